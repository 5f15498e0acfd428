/*
 * Fixed points of sparse networks: processor seconds and steps against the number of neurons for random networks, and
 * for the connectome of C. elegans against the threshold, at given stimuli and for all common stimuli.
 * usage: bench_fixed_points [CONNECTOME.csv]   (columns pre, post, weight, predicted_sign)
 */
#include "bench.h"
#include "files/network.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NETWORKS = 5 };

/* Each neuron hears `inputs` others, weights uniform in -1..1, threshold half their sum: as often active as not. */
static binnet_net *random_net(binnet_ctx *ctx, size_t n, size_t inputs, uint64_t seed)
{
    binnet_net *net;
    int64_t *row = calloc(n + 1, sizeof *row);
    int32_t *col = malloc(n * inputs * sizeof *col);
    double *w = malloc(n * inputs * sizeof *w), *theta = calloc(n, sizeof *theta);
    unsigned char *used = malloc(n);
    if (row == NULL || col == NULL || w == NULL || theta == NULL || used == NULL)
        exit(1);
    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    size_t e = 0;
    for (size_t i = 0; i < n; i++) {
        memset(used, 0, n);
        for (size_t k = 0; k < inputs;) {
            size_t j = (size_t)(uniform() * (double)n);
            if (j == i || used[j])
                continue;
            used[j] = 1;
            k++;
        }
        for (size_t j = 0; j < n; j++)
            if (used[j]) {
                col[e] = (int32_t)j;
                w[e] = 2 * uniform() - 1;
                theta[i] += w[e++] / 2;
            }
        row[i + 1] = (int64_t)e;
    }
    must(binnet_net_new_csr(ctx, &net, n, row, col, w, NULL, theta, NULL), ctx);
    free(row);
    free(col);
    free(w);
    free(theta);
    free(used);
    return net;
}

static void random_networks(binnet_ctx *ctx, size_t inputs)
{
    printf("\n%zu inputs each, %d networks, at most 1000 listed and 5e6 steps\n", inputs, NETWORKS);
    printf("%6s %12s %12s %12s %12s %12s %10s\n", "N", "median s", "longest s", "median steps", "steps/s",
           "fixed points", "unfinished");
    for (size_t n = 100; n <= 300; n += 50) {
        double seconds[NETWORKS], steps[NETWORKS], found = 0, all_steps = 0, all_seconds = 0;
        int cut = 0;
        for (size_t k = 0; k < NETWORKS; k++) {
            binnet_net *net = random_net(ctx, n, inputs, 1000 * inputs + k);
            binnet_fixed_points *f;
            seconds[k] = bench_cpu_now();
            must(binnet_fixed_points_new(ctx, &f, net, 1000), ctx);
            seconds[k] = bench_cpu_now() - seconds[k];
            steps[k] = (double)binnet_fixed_points_steps(f);
            found += binnet_fixed_points_count(f);
            cut += !binnet_fixed_points_complete(f);
            all_steps += steps[k];
            all_seconds += seconds[k];
            binnet_fixed_points_free(f);
            binnet_net_free(net);
        }
        qsort(seconds, NETWORKS, sizeof *seconds, bench_order);
        qsort(steps, NETWORKS, sizeof *steps, bench_order);
        printf("%6zu %12.4f %12.4f %12.0f %12.3g %12.0f %10d\n", n, seconds[NETWORKS / 2], seconds[NETWORKS - 1],
               steps[NETWORKS / 2], all_steps / all_seconds, found, cut);
    }
}

static void connectome(binnet_ctx *ctx, const char *path)
{
    static const char *const ways[] = {"", "dropped", "counted as +", "counted as -"};
    static const double thetas[] = {0, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50};
    for (int way = UNSIGNED_DROP; way <= UNSIGNED_MINUS; way++)
        for (int tie = 0; tie <= 2; tie += 2) {
            import_options how = {.weight_scale = 1, .sign_column = "predicted_sign", .unsigned_edges = way};
            network file;
            failure why = {0};
            if (network_read(&file, path, &how, &why) != EXIT_DONE) {
                printf("%s\n", why.text);
                return;
            }
            printf("\n%s, %zu neurons, %lld connections, unsigned ones %s, tie %s\n", path, file.n,
                   (long long)file.row_ptr[file.n], ways[way], tie == 0 ? "active" : "keep");
            printf("%10s %14s %10s %12s %12s %10s\n", "threshold", "fixed points", "listed", "steps", "seconds",
                   "searched");
            for (size_t t = 0; t < sizeof thetas / sizeof *thetas; t++) {
                binnet_net *net;
                binnet_fixed_points *f;
                for (size_t i = 0; i < file.n; i++)
                    file.threshold[i] = thetas[t];
                file.tie = tie;
                if (network_make(ctx, &net, &file, &why) != EXIT_DONE)
                    return;
                double seconds = bench_cpu_now();
                must(binnet_fixed_points_new(ctx, &f, net, 10000), ctx);
                seconds = bench_cpu_now() - seconds;
                printf("%10g %s%13.9g %10zu %12llu %12.4f %10.3g\n", thetas[t],
                       binnet_fixed_points_complete(f) ? " " : ">", binnet_fixed_points_count(f),
                       binnet_fixed_points_listed(f), (unsigned long long)binnet_fixed_points_steps(f), seconds,
                       binnet_fixed_points_searched(f));
                binnet_fixed_points_free(f);
                binnet_net_free(net);
            }
            binnet_net *net;
            binnet_fixed_points *f;
            double lo = -INFINITY, hi = INFINITY;
            for (size_t i = 0; i < file.n; i++)
                file.threshold[i] = 0;
            if (network_make(ctx, &net, &file, &why) != EXIT_DONE)
                return;
            double seconds = bench_cpu_now();
            must(binnet_fixed_points_new_population_box(ctx, &f, net, &lo, &hi, 1, 10000), ctx);
            seconds = bench_cpu_now() - seconds;
            printf("%10s %s%13.9g %10zu %12llu %12.4f %10.3g\n", "all", binnet_fixed_points_complete(f) ? " " : ">",
                   binnet_fixed_points_count(f), binnet_fixed_points_listed(f),
                   (unsigned long long)binnet_fixed_points_steps(f), seconds, binnet_fixed_points_searched(f));
            binnet_fixed_points_free(f);
            binnet_net_free(net);
            network_free(&file);
        }
}

int main(int argc, char **argv)
{
    binnet_ctx *ctx;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (binnet_ctx_new(&ctx) != BINNET_OK)
        return 1;
    must(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, 5000000), ctx);
    for (size_t inputs = 3; inputs <= 5; inputs++)
        random_networks(ctx, inputs);
    if (argc > 1)
        connectome(ctx, argv[1]);
    binnet_ctx_free(ctx);
    return 0;
}
