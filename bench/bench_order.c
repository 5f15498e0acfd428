/*
 * Order statistics, F and 1 - F given: the goals' cases, and the recursion in numpy (when /usr/bin/python3 has numpy).
 * Medians of 5 of processor time. usage: bench_order [quick]
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Processor seconds of one call, median of RUNS samples of `calls` calls. */
static double median(void (*work)(void *), void *arg, int calls)
{
    double seconds[RUNS];
    work(arg);
    for (int k = 0; k < RUNS; k++) {
        double from = bench_cpu_now();
        for (int j = 0; j < calls; j++)
            work(arg);
        seconds[k] = (bench_cpu_now() - from) / calls;
    }
    qsort(seconds, RUNS, sizeof *seconds, bench_order);
    return seconds[RUNS / 2];
}

typedef struct problem {
    binnet_ctx *ctx;
    size_t n, r, points;
    const size_t *ranks;
    double *F, *G, *f, *cell, *out;
    binnet_order *order;
} problem;

static void cdf(void *arg)
{
    problem *p = arg;
    must(binnet_order_cdf(p->ctx, p->out, p->n, p->F, p->G, p->r), p->ctx);
}

static void pdf(void *arg)
{
    problem *p = arg;
    must(binnet_order_pdf(p->ctx, p->out, p->n, p->F, p->G, p->f, p->r), p->ctx);
}

static void all(void *arg)
{
    problem *p = arg;
    must(binnet_order_cdf_all(p->ctx, p->out, NULL, p->n, p->F, p->G), p->ctx);
}

static void many(void *arg)
{
    problem *p = arg;
    must(binnet_order_cdf_many(p->ctx, p->out, NULL, p->points, p->n, p->F, p->G, p->r), p->ctx);
}

static void joint(void *arg)
{
    problem *p = arg;
    must(binnet_order_joint_cdf(p->ctx, p->out, p->n, 2, p->ranks, p->cell), p->ctx);
}

static void joint_pdf(void *arg)
{
    problem *p = arg;
    must(binnet_order_joint_pdf(p->ctx, p->out, p->n, 2, p->ranks, p->cell, p->f), p->ctx);
}

static void quantile(void *arg)
{
    problem *p = arg;
    const double q = 0.9;
    must(binnet_order_quantile(p->ctx, p->out, p->out + 1, 1, p->order, p->r, &q), p->ctx);
}

static void moments(void *arg)
{
    problem *p = arg;
    must(binnet_order_moments(p->ctx, p->out, p->out + p->n, NULL, NULL, p->order, p->r > 0 ? p->r : 1,
                              p->r > 0 ? p->r : p->n),
         p->ctx);
}

static problem make(size_t n, size_t points)
{
    problem p = {.n = n, .r = n / 2, .points = points};
    size_t size = n * points;
    if (binnet_ctx_new(&p.ctx) != BINNET_OK || (p.F = malloc((9 * size + 4) * sizeof *p.F)) == NULL)
        exit(1);
    p.G = p.F + size;
    p.f = p.G + size;
    p.cell = p.f + 2 * size;
    p.out = p.cell + 3 * size;
    for (size_t k = 0; k < size; k++) {
        double a = uniform(), b = uniform();
        p.F[k] = fmin(a, b);
        p.G[k] = 1 - p.F[k];
        p.f[2 * k] = uniform();
        p.f[2 * k + 1] = uniform();
        p.cell[3 * k] = p.F[k];
        p.cell[3 * k + 1] = fmax(a, b) - p.F[k];
        p.cell[3 * k + 2] = 1 - fmax(a, b);
    }
    return p;
}

static void drop(problem *p)
{
    binnet_order_free(p->order);
    binnet_ctx_free(p->ctx);
    free(p->F);
}

static void one_rank(size_t n, int calls, const char *goal)
{
    problem p = make(n, 1);
    double a = median(cdf, &p, calls), b = median(pdf, &p, calls), c = median(all, &p, calls);
    printf("n = %7zu   cdf of X_(n/2) %10.3f us%-20s density %10.3f us   all ranks %10.3f us\n", n, 1e6 * a, goal,
           1e6 * b, 1e6 * c);
    drop(&p);
}

static void tails(void)
{
    for (size_t n = 200; n <= 100000; n *= n == 200 ? 5 : 100) {
        problem p = make(n, 1);
        for (size_t i = 0; i < n; i++) {
            p.F[i] = pow(10, -1 - 10 * uniform());
            p.G[i] = 1 - p.F[i];
        }
        double log_cdf, seconds;
        p.r = n / 4;
        seconds = median(cdf, &p, n > 10000 ? 1 : 20);
        must(binnet_order_log_cdf(p.ctx, &log_cdf, NULL, n, p.F, p.G, p.r), p.ctx);
        printf("n = %7zu   cdf of X_(n/4) %10.3f us   a probability of 10^%.0f\n", n, 1e6 * seconds, log_cdf / log(10));
        drop(&p);
    }
}

static void joints(void)
{
    static const size_t ranks[][2] = {{67, 133}, {100, 101}, {50, 150}, {20, 40}, {1, 200}};
    problem p = make(200, 1);
    for (size_t k = 0; k < sizeof ranks / sizeof *ranks; k++) {
        p.ranks = ranks[k];
        printf("n = 200, X_(%zu) and X_(%zu)   joint cdf %8.3f ms (goal 0.3)   joint density %8.3f ms\n", ranks[k][0],
               ranks[k][1], 1e3 * median(joint, &p, 20), 1e3 * median(joint_pdf, &p, 20));
    }
    drop(&p);
}

static void laws(size_t n, int with_all)
{
    problem p = make(n, 1);
    binnet_noise *noise;
    must(binnet_noise_new_gaussian(p.ctx, &noise, n, p.f), p.ctx);
    const binnet_noise *part[1] = {noise};
    must(binnet_order_new(p.ctx, &p.order, 1, part, p.F), p.ctx);
    binnet_noise_free(noise);
    printf("n = %7zu   Gaussian laws: quantile %10.3f ms   mean and variance %10.3f ms", n,
           1e3 * median(quantile, &p, 1), 1e3 * median(moments, &p, 1));
    p.r = 0;
    if (with_all)
        printf("   of all ranks %10.3f ms", 1e3 * median(moments, &p, 1));
    printf("\n");
    drop(&p);
}

static void against_numpy(void)
{
    FILE *f = popen(
        "/usr/bin/python3 - 2>/dev/null <<'E'\n"
        "import time\nimport numpy as np\n"
        "def cdf(F, G, r):\n    p = np.zeros(len(F) + 1); p[0] = 1\n"
        "    for a, b in zip(F, G):\n        p[1:] = p[1:] * b + p[:-1] * a; p[0] *= b\n    return p[r:].sum()\n"
        "for n in (20, 200, 1000):\n    F = np.random.rand(n); best = 1e9\n    G = 1 - F\n"
        "    for k in range(50):\n        t = time.process_time(); cdf(F, G, n // 2); best = min(best, time.process_time() - t)\n"
        "    print(best)\nE\n",
        "r");
    double us[3];
    if (f != NULL && fscanf(f, "%lf %lf %lf", &us[0], &us[1], &us[2]) == 3)
        printf("the recursion in numpy, n = 20, 200, 1000: %.1f, %.1f, %.1f us\n", 1e6 * us[0], 1e6 * us[1],
               1e6 * us[2]);
    else
        printf("(no numpy here: apt-get install python3-numpy)\n");
    if (f != NULL)
        pclose(f);
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("kernels %s\n", binnet_kernels());
    one_rank(20, 20000, " (goal 0.2)");
    one_rank(200, 2000, " (goal 4)");
    one_rank(1000, 200, " (goal 100)");
    one_rank(10000, 10, "");
    if (!quick)
        one_rank(100000, 1, "");
    for (size_t n = 20; n <= 200; n *= 10) {
        problem p = make(n, 20000);
        printf("n = %7zu   20000 points at once, %.4f us a point%s\n", n, 1e6 * median(many, &p, 5) / 20000,
               n == 20 ? " (goal 0.03)" : "");
        drop(&p);
    }
    tails();
    joints();
    laws(20, 1);
    laws(200, 1);
    if (!quick) {
        laws(2000, 1);
        laws(100000, 0);
    }
    against_numpy();
    return 0;
}
