/* What three noisy neurons know: of each other, of their past, and of the stimulus they are given.
 * cc information.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

enum { N = 3, STIMULI = 2 };

/* The chain and its stationary law at a stimulus. */
static int32_t solve(binnet_ctx *ctx, binnet_chain **chain, binnet_law **law, const double *stimulus)
{
    /* J[i*n + j] is the weight from neuron j to neuron i */
    const double J[N * N] = {0, 1.5, -2, 0.7, 0, -1, 1.2, 0.9, 0};
    const double theta[N] = {0.5, 0.25, 0.75}, sigma[N] = {0.8, 1, 0.6};
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    int32_t status = binnet_net_new(ctx, &net, N, J, NULL, theta, stimulus);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, N, sigma);
    if (status == BINNET_OK)
        status = binnet_chain_new(ctx, chain, net, noise, BINNET_UPDATE_SYNCHRONOUS);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, law, *chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    return status;
}

int main(void)
{
    const double stimulus[STIMULI][N] = {{0.3, -0.2, 0.1}, {0.3, 0.8, 0.1}}, prior[STIMULI] = {0.5, 0.5};
    const int32_t all[N] = {0, 1, 2};
    binnet_ctx *ctx = NULL;
    binnet_chain *chain[STIMULI] = {NULL};
    binnet_law *law[STIMULI] = {NULL};
    double rate = 0, production = 0, multi = 0, memory = 0, transfer[N * N], told = 0, part[BINNET_INFORMATION_PARTS];
    int32_t status = binnet_ctx_new(&ctx);
    for (int s = 0; s < STIMULI && status == BINNET_OK; s++)
        status = solve(ctx, &chain[s], &law[s], stimulus[s]);

    if (status == BINNET_OK)
        status = binnet_chain_entropy_rate(ctx, &rate, chain[0], law[0]);
    if (status == BINNET_OK)
        status = binnet_chain_entropy_production(ctx, &production, chain[0], law[0]);
    if (status == BINNET_OK)
        status = binnet_law_multi_information(ctx, &multi, law[0], N, all);
    if (status == BINNET_OK)
        status = binnet_chain_mutual_information(ctx, &memory, chain[0], law[0], 1, N, all, N, all);
    if (status == BINNET_OK)
        status = binnet_chain_transfer_entropy_pairs(ctx, transfer, N, chain[0], law[0]);
    if (status == BINNET_OK) {
        const binnet_law *response[STIMULI] = {law[0], law[1]};
        status = binnet_stimulus_information(ctx, &told, part, STIMULI, response, prior, N, all);
    }
    if (status == BINNET_OK) {
        printf("entropy rate %.6f nats a step, production %.6f\n", rate, production);
        printf("shared by the neurons %.6f, remembered for a step %.6f\n", multi, memory);
        printf("transfer entropy from 2 to 0 %.6f, from 0 to 2 %.6f\n", transfer[0 * N + 2], transfer[2 * N + 0]);
        printf("about the stimulus %.6f = linear %.6f, signal similarity %.6f, correlations %.6f and %.6f\n", told,
               part[BINNET_INFORMATION_LINEAR], part[BINNET_INFORMATION_SIGNAL_SIMILARITY],
               part[BINNET_INFORMATION_CORRELATION_INDEPENDENT], part[BINNET_INFORMATION_CORRELATION_DEPENDENT]);
    } else {
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    }
    for (int s = 0; s < STIMULI; s++) {
        binnet_law_free(law[s]);
        binnet_chain_free(chain[s]);
    }
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
