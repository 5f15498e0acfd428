/* Random wiring: the mean diagram against its goal, and what the other statistics cost. */
#include "bench.h"

#include <binnet/binnet.h>

#include <stdio.h>
#include <string.h>

typedef struct job {
    binnet_ctx *ctx;
    binnet_ensemble *e;
    size_t points;
    double *x, *mean;
    int32_t code;
} job;

/* Excitatory and inhibitory population of `size` neurons each; weights shrink with the number of inputs. */
static int make(job *j, int64_t size, double p, int32_t kind, int threads)
{
    const int64_t sizes[2] = {size, size};
    double scale = 1 / (p * (double)size), chance[4] = {p, p, p, p}, theta[2] = {0.5, 0.5};
    double par[4 * BINNET_WEIGHT_PARAMETERS] = {0};
    const int32_t kinds[4] = {kind, kind, kind, kind};
    for (int k = 0; k < 4; k++) {
        par[3 * k] = (k % 2 == 0 ? 1 : -1.5) * scale;
        par[3 * k + 1] = kind == BINNET_WEIGHT_UNIFORM ? par[3 * k] + scale : scale;
    }
    memset(j, 0, sizeof *j);
    return binnet_ctx_new(&j->ctx) == BINNET_OK && binnet_ctx_set_i64(j->ctx, BINNET_P_THREADS, threads) == BINNET_OK &&
           binnet_ensemble_new(j->ctx, &j->e, 2, sizes, chance, kinds, par, theta, NULL, BINNET_NORMALISE_NONE, NULL,
                               0) == BINNET_OK;
}

static void drop(job *j)
{
    free(j->x);
    free(j->mean);
    binnet_ensemble_free(j->e);
    binnet_ctx_free(j->ctx);
}

static void run_diagram(void *arg)
{
    job *j = arg;
    const int32_t axis[2] = {0, 1};
    j->code = binnet_ensemble_diagram(j->ctx, j->mean, j->points * j->points, j->e, axis, j->x, j->points, j->x,
                                      j->points);
}

static void diagram(const char *name, int64_t size, double p, int32_t kind, size_t points, int threads, double goal,
                    int once)
{
    job j;
    if (!make(&j, size, p, kind, threads))
        return;
    j.points = points;
    j.x = calloc(points, sizeof *j.x);
    j.mean = calloc(points * points, sizeof *j.mean);
    for (size_t k = 0; k < points; k++)
        j.x[k] = -0.5 + 2 * (double)k / (double)points;
    double from = bench_now();
    run_diagram(&j);
    double seconds = bench_now() - from;
    if (!once)
        seconds = bench_median(run_diagram, &j);
    uint64_t classes, bytes;
    binnet_ensemble_diagram_estimate(j.ctx, &classes, &bytes, NULL, j.e, points, points);
    printf("%-34s 2 x %3d, %3zu x %3zu stimuli, %d threads %8.3f s  %6.0f MiB", name, (int)size, points, points,
           threads, seconds, (double)bytes / 1048576);
    if (goal > 0)
        printf("  (at most %g s)", goal);
    printf("%s\n", j.code != BINNET_OK ? "  FAILED" : "");
    drop(&j);
}

static void run_cycles2(void *arg)
{
    job *j = arg;
    double mean;
    j->code = binnet_ensemble_cycles_mean(j->ctx, &mean, NULL, j->e, 2);
}

static void run_cycles3(void *arg)
{
    job *j = arg;
    double mean;
    j->code = binnet_ensemble_cycles_mean(j->ctx, &mean, NULL, j->e, 3);
}

static void run_cycles5(void *arg)
{
    job *j = arg;
    double mean;
    j->code = binnet_ensemble_cycles_mean(j->ctx, &mean, NULL, j->e, 5);
}

static void run_variance(void *arg)
{
    job *j = arg;
    double variance;
    j->code = binnet_ensemble_fixed_variance(j->ctx, NULL, &variance, NULL, j->e);
}

static void run_occurrence(void *arg)
{
    job *j = arg;
    double p[4096];
    j->code = binnet_ensemble_occurrence(j->ctx, p, (size_t)binnet_ensemble_classes(j->e), j->e, 2, NULL);
}

static void sum(const char *name, void (*run)(void *), int64_t size, double p, int32_t kind, int64_t states)
{
    job j;
    uint64_t tuples = 0;
    if (!make(&j, size, p, kind, 1))
        return;
    if (states > 0)
        binnet_ensemble_tuples_estimate(j.ctx, &tuples, NULL, NULL, j.e, states);
    else
        tuples = binnet_ensemble_classes(j.e);
    double seconds = bench_median(run, &j);
    printf("%-34s 2 x %3d, %10.0f classes %28.3f s%s\n", name, (int)size, (double)tuples, seconds,
           j.code != BINNET_OK ? "  FAILED" : "");
    drop(&j);
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    diagram("mean diagram, Gaussian", 100, 1, BINNET_WEIGHT_GAUSSIAN, 200, 1, 3, 0);
    diagram("mean diagram, Gaussian, p = 0.1", 100, 0.1, BINNET_WEIGHT_GAUSSIAN, 200, 1, 3, 0);
    diagram("mean diagram, constant, p = 0.1", 100, 0.1, BINNET_WEIGHT_CONSTANT, 200, 1, 3, 0);
    diagram("mean diagram, Gaussian, p = 0.1", 100, 0.1, BINNET_WEIGHT_GAUSSIAN, 200, 2, 0, 0);
    if (!quick) {
        diagram("mean diagram, Gaussian", 500, 1, BINNET_WEIGHT_GAUSSIAN, 50, 2, 0, 1);
        diagram("mean diagram, Gaussian, p = 0.1", 500, 0.1, BINNET_WEIGHT_GAUSSIAN, 50, 2, 0, 1);
    }
    sum("2-cycles, Gaussian", run_cycles2, 10, 1, BINNET_WEIGHT_GAUSSIAN, 2);
    sum("2-cycles, Gaussian, p = 0.2", run_cycles2, 5, 0.2, BINNET_WEIGHT_GAUSSIAN, 2);
    sum("2-cycles, uniform, p = 0.2", run_cycles2, 3, 0.2, BINNET_WEIGHT_UNIFORM, 2);
    sum("3-cycles, Gaussian", run_cycles3, 2, 1, BINNET_WEIGHT_GAUSSIAN, 3);
    sum("3-cycles, Gaussian", run_cycles3, 4, 1, BINNET_WEIGHT_GAUSSIAN, 3);
    sum("5-cycles, Gaussian, p = 0.5", run_cycles5, 2, 0.5, BINNET_WEIGHT_GAUSSIAN, 5);
    sum("variance, Gaussian", run_variance, 10, 1, BINNET_WEIGHT_GAUSSIAN, 2);
    sum("occurrence of all classes, Gaussian", run_occurrence, 20, 1, BINNET_WEIGHT_GAUSSIAN, 0);
    sum("occurrence, Gaussian, p = 0.1", run_occurrence, 20, 0.1, BINNET_WEIGHT_GAUSSIAN, 0);
    return 0;
}
