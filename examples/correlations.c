/* Three neurons in a noisy circuit: how they vary together, now and from one step to the next, and what a stimulus changes.
 * cc correlations.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

int main(void)
{
    /* J[i*n + j] is the weight from neuron j to neuron i */
    enum { N = 3, LAGS = 4 };
    const double J[N * N] = {0, 1.5, -2, 0.7, 0, -1, 1.2, 0.9, 0};
    const double stimulus[N] = {0.3, -0.2, 0.1}, theta[N] = {0.5, 0.25, 0.75}, sigma[N] = {0.8, 1, 0.6};
    const int32_t all[N] = {0, 1, 2};

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    double pearson[N * N], triple, third, cumulant, lagged[(LAGS + 1) * N * N], tau[N], tau_error;
    double count[N], fano[N], by_stimulus[N * N], error;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &net, N, J, NULL, theta, stimulus);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, N, sigma);
    if (status == BINNET_OK)
        status = binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, &law, chain);
    /* at one time */
    if (status == BINNET_OK)
        status = binnet_law_triples(ctx, pearson, N, &triple, 1, law);
    if (status == BINNET_OK)
        status = binnet_law_central_moment(ctx, &third, law, N, all);
    if (status == BINNET_OK)
        status = binnet_law_cumulant(ctx, &cumulant, law, N, all);
    /* from one time to another */
    if (status == BINNET_OK)
        status = binnet_chain_lagged_covariances(ctx, lagged, (LAGS + 1) * N * N, chain, law, LAGS);
    if (status == BINNET_OK)
        status = binnet_chain_autocorrelation_time(ctx, tau, NULL, &tau_error, N, chain, law);
    if (status == BINNET_OK)
        status = binnet_chain_window(ctx, count, NULL, fano, N, chain, law, 100);
    /* under another stimulus */
    if (status == BINNET_OK)
        status = binnet_response_mean(ctx, by_stimulus, NULL, NULL, &error, N, chain, law);

    if (status == BINNET_OK) {
        for (int i = 0; i < N; i++)
            for (int j = i + 1; j < N; j++)
                printf("correlation of %d and %d: %.15f\n", i, j, pearson[i * N + j]);
        printf("of all three: %.15f (third central moment %.15f, cumulant %.15f)\n", triple, third, cumulant);
        for (int l = 0; l <= LAGS; l++)
            printf("lag %d: from 0 to 2 %+.12f, from 2 to 0 %+.12f\n", l, lagged[l * N * N + 0 * N + 2],
                   lagged[l * N * N + 2 * N + 0]);
        for (int i = 0; i < N; i++)
            printf(
                "neuron %d: autocorrelation time %.6f steps (error below %.0e), in 100 steps active %.3f times, Fano "
                "factor %.4f\n",
                i, tau[i], tau_error, count[i], fano[i]);
        for (int a = 0; a < N; a++)
            printf("mean of %d by the stimuli: %+.9f %+.9f %+.9f (error below %.0e)\n", a, by_stimulus[a * N],
                   by_stimulus[a * N + 1], by_stimulus[a * N + 2], error);
    } else {
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    }

    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
