/* The stationary law of three neurons that inhibit each other, from C.
 * cc stationary.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

int main(void)
{
    /* J[i*n + j] is the weight from neuron j to neuron i: the pyloric triad (examples/pyloric.json) */
    enum { N = 3 };
    const char *name[N] = {"AB/PD", "LP", "PY"};
    const double J[N * N] = {0,  -1, 0,  /* to AB/PD */
                             -2, 0,  -1, /* to LP */
                             -2, -1, 0}; /* to PY */
    const double stimulus[N] = {1.2, 1.2, 1.2}, sigma[N] = {0.5, 0.5, 0.5};

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &net, N, J, NULL, NULL, stimulus);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, N, sigma);
    if (status == BINNET_OK)
        status = binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_ASYNCHRONOUS);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, &law, chain);
    double mean[N], correlation[N * N];
    if (status == BINNET_OK)
        status = binnet_law_mean(ctx, mean, N, law);
    if (status == BINNET_OK)
        status = binnet_law_correlation(ctx, correlation, N, law);

    if (status == BINNET_OK) {
        const double *pi = binnet_law_data(law);
        for (uint64_t s = 0; s < binnet_law_size(law); s++) /* bit i of s is neuron i */
            printf("state %llu  probability %.6f\n", (unsigned long long)s, pi[s]);
        for (int i = 0; i < N; i++)
            printf("%-6s active %.6f of the time, correlation with %s %.6f\n", name[i], mean[i], name[(i + 1) % N],
                   correlation[i * N + (i + 1) % N]);
        printf("residual %.1e\n", binnet_law_residual(law));
    } else {
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    }

    binnet_law_free(law); /* in any order; NULL is allowed */
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
