/* The membrane potentials of three noisy neurons: where they are, how they are spread, and what they share.
 * cc potentials.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

int main(void)
{
    /* J[i*n + j] is the weight from neuron j to neuron i */
    enum { N = 3 };
    const double J[N * N] = {0, 1.5, -2, 0.7, 0, -1, 1.2, 0.9, 0};
    const double stimulus[N] = {0.3, -0.2, 0.1}, theta[N] = {0.5, 0.25, 0.75}, sigma[N] = {0.8, 1, 0.6};
    const double q[3] = {0.05, 0.5, 0.95};
    const int32_t all[N] = {0, 1, 2};

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL, *after = NULL;
    double mean[N], x[3], density = 0, corr = 0, sample[2 * N], next = 0;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &net, N, J, NULL, theta, stimulus);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, N, sigma);
    if (status == BINNET_OK)
        status = binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, &law, chain); /* of A(t-1); the potentials are those of t */
    if (status == BINNET_OK)
        status = binnet_potential_mean(ctx, mean, N, chain, law);
    for (int i = 0; status == BINNET_OK && i < N; i++) {
        binnet_potential_marginal *marginal = NULL;
        status = binnet_potential_marginal_new(ctx, &marginal, chain, law, i);
        if (status == BINNET_OK)
            status = binnet_potential_marginal_quantile(ctx, x, 3, marginal, q);
        if (status == BINNET_OK)
            status = binnet_potential_marginal_eval(ctx, NULL, NULL, &density, NULL, 1, marginal, &theta[i]);
        if (status == BINNET_OK)
            printf("V_%d  mean %.6f  5%% %.6f  median %.6f  95%% %.6f  density at threshold %.6f, %d components\n", i,
                   mean[i], x[0], x[1], x[2], density, (int)binnet_potential_marginal_count(marginal));
        binnet_potential_marginal_free(marginal);
    }
    if (status == BINNET_OK)
        status = binnet_potential_groupwise(ctx, &corr, chain, law, N, all);
    if (status == BINNET_OK)
        status = binnet_potential_sample(ctx, sample, 2, chain, law, 0);
    /* two exact samples, and the density of one after the other: p(V(t+1) | V(t)) */
    if (status == BINNET_OK)
        status = binnet_potential_given(ctx, &after, chain, NULL, sample);
    if (status == BINNET_OK)
        status = binnet_potential_density(ctx, &next, NULL, 1, chain, after, N, all, sample + N);
    if (status == BINNET_OK)
        printf("correlation of all three %.6f\np((%.3f, %.3f, %.3f) after (%.3f, %.3f, %.3f)) = %.6g\n", corr,
               sample[3], sample[4], sample[5], sample[0], sample[1], sample[2], next);
    else
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");

    binnet_law_free(after);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
