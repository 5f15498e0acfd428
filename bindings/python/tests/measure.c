/* The C side of measure.py: reads n and the weights of a network, then makes the stationary law of its sweeps once for each byte
 * that comes and answers with the processor time of the call, in seconds. */
#include <binnet/binnet.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(void)
{
    int n;
    if (scanf("%d", &n) != 1 || n < 1 || n > 24)
        return 2;
    double *J = malloc(sizeof *J * (size_t)n * (size_t)n), *sigma = malloc(sizeof *sigma * (size_t)n);
    if (J == NULL || sigma == NULL)
        return 2;
    for (int i = 0; i < n * n; i++)
        if (scanf("%lf", &J[i]) != 1)
            return 2;
    for (int i = 0; i < n; i++)
        sigma[i] = 1;
    getchar(); /* the end of the line */

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    if (binnet_ctx_new(&ctx) || binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL) ||
        binnet_noise_new_gaussian(ctx, &noise, n, sigma) ||
        binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SWEEP))
        return 1;
    while (getchar() != EOF) {
        binnet_law *law = NULL;
        double start = processor_seconds();
        int32_t code = binnet_chain_stationary(ctx, &law, chain);
        double seconds = processor_seconds() - start;
        if (code)
            return 1;
        printf("%.9f %.17g\n", seconds, binnet_law_data(law)[0]);
        fflush(stdout);
        binnet_law_free(law);
    }
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    free(sigma);
    free(J);
    return 0;
}
