/* A program that knows nothing of the source tree: the stationary law of three neurons. C and C++. */
#include <binnet/binnet.h>
#include <math.h>
#include <stdio.h>

static int check(binnet_ctx *ctx, const char *what, int32_t code)
{
    if (code != BINNET_OK)
        printf("%s: %s: %s\n", what, binnet_strerror(code), binnet_ctx_message(ctx));
    return code != BINNET_OK;
}

int main(void)
{
    const double J[9] = {0, 1.5, -2, 0.5, 0, 1, -1, 2, 0}, theta[3] = {0.25, -0.5, 0.75}, scale[3] = {1, 0.5, 2};
    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    double mean[3], sum = 0;
    int bad = check(NULL, "ctx", binnet_ctx_new(&ctx));
    bad = bad || check(ctx, "net", binnet_net_new(ctx, &net, 3, J, NULL, theta, NULL));
    bad = bad || check(ctx, "noise", binnet_noise_new_gaussian(ctx, &noise, 3, scale));
    bad = bad || check(ctx, "chain", binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    binnet_net_free(net);
    binnet_noise_free(noise);
    bad = bad || check(ctx, "threads", binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 2));
    bad = bad || check(ctx, "stationary", binnet_chain_stationary(ctx, &law, chain));
    bad = bad || check(ctx, "mean", binnet_law_mean(ctx, mean, 3, law));
    if (!bad) {
        const double *pi = binnet_law_data(law);
        for (uint64_t s = 0; s < binnet_law_size(law); s++)
            sum += pi[s];
        bad = binnet_law_size(law) != 8 || !(fabs(sum - 1) < 1e-14) || !(binnet_law_residual(law) < 1e-12);
        printf("%s sum %.12f mean %.12f %.12f %.12f\n", binnet_version(), sum, mean[0], mean[1], mean[2]);
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
    return bad;
}
