/* How long noise keeps three excited neurons active, and what becomes of their means when a stimulus sets in, from C.
 * cc passage.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

int main(void)
{
    enum { N = 3, STATES = 1 << N, TIMES = 4 };
    /* every neuron excites the others: all silent and all active both last */
    const double J[N * N] = {0, 1, 1, 1, 0, 1, 1, 1, 0}, theta[N] = {1, 1, 1}, scale[N] = {0.3, 0.3, 0.3};
    const uint64_t all_active = 7, start[2] = {0, 10}, time[TIMES] = {0, 10, 20, 40};
    const double stimulus[2 * N] = {0, 0, 0, 0.5, 0.5, 0.5}; /* from step 10 on */
    double silent[STATES] = {1}, mean[STATES], variance[STATES], error, rate, means[TIMES * N];

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    binnet_set *active = NULL, *others = NULL;
    binnet_law *law = NULL, *lasting = NULL;
    binnet_schedule *schedule = NULL;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &net, N, J, NULL, theta, NULL);
    if (status == BINNET_OK)
        status = binnet_noise_new_logistic(ctx, &noise, N, scale);
    if (status == BINNET_OK)
        status = binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_ASYNCHRONOUS);
    if (status == BINNET_OK)
        status = binnet_set_new_states(ctx, &active, N, &all_active, 1);
    if (status == BINNET_OK)
        status = binnet_passage_times(ctx, mean, variance, STATES, &error, chain, active);
    if (status == BINNET_OK)
        status = binnet_set_new_complement(ctx, &others, active);
    if (status == BINNET_OK)
        status = binnet_passage_quasi_stationary(ctx, &lasting, &rate, NULL, chain, others);
    if (status == BINNET_OK)
        status = binnet_law_new(ctx, &law, N, silent, STATES);
    if (status == BINNET_OK)
        status = binnet_schedule_new_stimuli(ctx, &schedule, chain, 2, start, stimulus);
    if (status == BINNET_OK)
        status = binnet_schedule_means(ctx, means, TIMES * N, NULL, schedule, law, TIMES, time);

    if (status == BINNET_OK) {
        for (int s = 0; s < STATES; s++)
            printf("from state %d  mean %.6f steps, variance %.6f\n", s, mean[s], variance[s]);
        printf("relative error %.1e; when it has been kept for long, left at rate %.6f a step\n", error, rate);
        for (int k = 0; k < TIMES; k++)
            printf("time %llu  means %.6f %.6f %.6f\n", (unsigned long long)time[k], means[k * N], means[k * N + 1],
                   means[k * N + 2]);
    } else {
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    }

    binnet_schedule_free(schedule);
    binnet_law_free(lasting);
    binnet_law_free(law);
    binnet_set_free(others);
    binnet_set_free(active);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
