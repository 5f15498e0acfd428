/*
 * Ten eigenvalues with both modes at N = 14, asynchronous and synchronous, and the same by scipy's eigs (bench/scipy_eigs.py, when
 * /usr/bin/python3 has scipy) in the same run.
 * usage: bench_spectrum SOURCE_DIR
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>

enum { N = 14, K = 10 };

static double uniform_between(double from, double to)
{
    return from + (to - from) * uniform();
}

static void by_scipy(const char *source, const char *update, const double *data, double ours)
{
    char command[1000], line[1000];
    const char *path = "bench_spectrum.tmp";
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, sizeof *data, N * N + N + 1, f) != N * N + N + 1) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    fclose(f);
    snprintf(command, sizeof command, "/usr/bin/python3 '%s/bench/scipy_eigs.py' %d %s %s 2>&1", source, N, update,
             path);
    f = popen(command, "r");
    double made, seconds, steps, worst, second;
    if (f == NULL || fgets(line, sizeof line, f) == NULL ||
        sscanf(line, "%lf %lf %lf %lf %*f %lf", &made, &seconds, &steps, &worst, &second) != 5)
        printf("  scipy: none here (apt-get install python3-scipy)\n");
    else
        printf(
            "  scipy eigs: %.3g s (and %.2g s for the matrix), %.0f steps, residual %.2g, |lambda_2| %.12f; ratio %.2f\n",
            seconds, made, steps, worst, second, seconds / ours);
    if (f != NULL)
        pclose(f);
    remove(path);
}

int main(int argc, char **argv)
{
    for (int32_t update = BINNET_UPDATE_ASYNCHRONOUS; update >= BINNET_UPDATE_SYNCHRONOUS; update--) {
        double data[N * N + N + 1], scale[N], *theta = data + N * N;
        double T = data[N * N + N] = update == BINNET_UPDATE_SYNCHRONOUS ? 0.2 : 0.1;
        for (size_t i = 0; i < N; i++) {
            scale[i] = T;
            theta[i] = uniform_between(-0.3, 0.3);
            for (size_t j = 0; j < N; j++)
                data[i * N + j] = i == j ? 0 : uniform_between(-1, 1) / sqrt(N);
        }
        binnet_ctx *ctx;
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_spectrum *s;
        if (binnet_ctx_new(&ctx) != BINNET_OK)
            return 1;
        must(binnet_net_new(ctx, &net, N, data, NULL, theta, NULL), ctx);
        must(binnet_noise_new_logistic(ctx, &noise, N, scale), ctx);
        must(binnet_chain_new(ctx, &chain, net, noise, update), ctx);
        double from = bench_now();
        must(binnet_spectrum_new(ctx, &s, chain, K), ctx);
        double seconds = bench_now() - from, worst = 0, bound = 0, re, im;
        for (size_t k = 0; k < binnet_spectrum_count(s); k++) {
            double right, left, own;
            must(binnet_spectrum_residual(s, k, &right, &left, NULL), ctx);
            must(binnet_spectrum_value(s, k, NULL, NULL, &own), ctx);
            worst = fmax(worst, fmax(right, left));
            bound = fmax(bound, own);
        }
        must(binnet_spectrum_value(s, 1, &re, &im, NULL), ctx);
        const char *name = update == BINNET_UPDATE_SYNCHRONOUS ? "synchronous" : "asynchronous";
        printf(
            "%s, N = %d, %zu eigenvalues: %.3g s, %.0f steps, residual of a mode %.2g, error of a value at most %.2g, |lambda_2| "
            "%.12f\n",
            name, N, binnet_spectrum_count(s), seconds, (double)binnet_spectrum_steps(s), worst, bound, hypot(re, im));
        if (argc > 1)
            by_scipy(argv[1], name, data, seconds);
        binnet_spectrum_free(s);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
    return 0;
}
