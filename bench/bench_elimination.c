/*
 * Synchronous steps of sparse networks by variable elimination, against the dense product of the same run. Medians of 5, the
 * dense product once.
 * usage: bench_elimination [quick] [table of the pharynx, pharynx_cook2020_chem.csv]
 */
#include "bench.h"
#include "meter.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct problem {
    binnet_ctx *ctx;
    binnet_chain *chain;
    size_t states;
    double *x, *y, made; /* made: seconds to make the chain */
} problem;

static problem make_problem(size_t n, const double *J, const double *theta, double noise, int threads)
{
    problem p = {.states = (size_t)1 << n};
    double scale[32];
    binnet_net *net;
    binnet_noise *law;
    for (size_t i = 0; i < n; i++)
        scale[i] = noise;
    must(binnet_ctx_new_alloc(&p.ctx, count_alloc, count_realloc, count_free, NULL), NULL);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, threads), p.ctx);
    must(binnet_net_new(p.ctx, &net, n, J, NULL, theta, NULL), p.ctx);
    must(binnet_noise_new_gaussian(p.ctx, &law, n, scale), p.ctx);
    double from = bench_now();
    must(binnet_chain_new(p.ctx, &p.chain, net, law, BINNET_UPDATE_SYNCHRONOUS), p.ctx);
    p.made = bench_now() - from;
    binnet_noise_free(law);
    binnet_net_free(net);
    p.x = malloc(2 * p.states * sizeof *p.x);
    if (p.x == NULL)
        exit(1);
    p.y = p.x + p.states;
    for (size_t s = 0; s < p.states; s++)
        p.x[s] = 1 / (double)p.states;
    memset(p.y, 0, p.states * sizeof *p.y);
    return p;
}

static void free_problem(problem *p)
{
    binnet_chain_free(p->chain);
    binnet_ctx_free(p->ctx);
    free(p->x);
}

/* Each neuron hears `degree` others. */
static problem random_problem(size_t n, size_t degree, int threads)
{
    static double J[32 * 32], theta[32];
    memset(J, 0, sizeof J);
    for (size_t i = 0; i < n; i++) {
        theta[i] = 0.3 * uniform();
        for (size_t k = 0; k < degree;) {
            size_t j = (size_t)(uniform() * (double)n);
            if (j == i || J[i * n + j] != 0)
                continue;
            J[i * n + j] = 2 * uniform() - 1;
            k++;
        }
    }
    return make_problem(n, J, theta, 0.7, threads);
}

static void apply(void *arg)
{
    problem *p = arg;
    must(binnet_chain_apply(p->ctx, p->y, p->states, p->chain, p->x), p->ctx);
}

/* Seconds of a step. */
static double report_step(const char *what, problem *p, int once)
{
    uint64_t bytes;
    double flops, from = bench_now();
    must(binnet_chain_apply_estimate(p->ctx, NULL, &bytes, &flops, p->chain), p->ctx);
    size_t before = present;
    peak = before;
    double seconds;
    if (once) {
        from = bench_now();
        apply(p);
        seconds = bench_now() - from;
    } else {
        seconds = bench_median(apply, p);
    }
    printf("%-34s %9.3g multiply-adds  %9.3g s  %6.3f ns each  chain made in %8.2g s  %5.0f MiB (estimate %.0f)\n",
           what, flops / 2, seconds, seconds / flops * 2e9, p->made, (double)(peak - before) / 0x1p20,
           (double)bytes / 0x1p20);
    fflush(stdout);
    return seconds;
}

/* weight[i*n + j]: from j to i. */
static size_t read_table(double *weight, size_t most, const char *path)
{
    char line[4096];
    size_t n = 0, rows = 0;
    FILE *f = path != NULL ? fopen(path, "r") : NULL;
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) != NULL)
        for (const char *c = line; *c != 0; c++)
            n += *c == ',';
    while (n <= most && rows < n && fgets(line, sizeof line, f) != NULL) {
        char *c = strchr(line, ',');
        for (size_t j = 0; c != NULL && j < n; j++)
            weight[j * n + rows] = strtod(c + 1, &c);
        rows++;
    }
    fclose(f);
    return rows == n ? n : 0;
}

/* The neurons with there[i], weights divided by the in-degree. */
static problem circuit(size_t n, const double *weight, const unsigned char *there, int threads)
{
    static double J[32 * 32];
    size_t kept[32], m = 0;
    for (size_t i = 0; i < n; i++)
        if (there[i])
            kept[m++] = i;
    for (size_t i = 0; i < m; i++) {
        double in = 0;
        for (size_t j = 0; j < m; j++)
            in += weight[kept[i] * n + kept[j]] != 0;
        for (size_t j = 0; j < m; j++)
            J[i * m + j] = weight[kept[i] * n + kept[j]] / fmax(in, 1);
    }
    return make_problem(m, J, NULL, 2, threads);
}

static void pharynx(const char *path, int quick)
{
    static double weight[32 * 32];
    unsigned char there[32], all[32];
    size_t n = read_table(weight, 20, path);
    if (n == 0) {
        printf("no table of the pharynx\n");
        return;
    }
    memset(there, 1, sizeof there);
    memset(all, 1, sizeof all);
    for (size_t round = 0; round < n; round++) /* without those that influence nobody */
        for (size_t j = 0; j < n; j++) {
            int heard = 0;
            for (size_t i = 0; i < n; i++)
                heard |= there[i] && weight[i * n + j] != 0;
            there[j] = there[j] && heard;
        }
    for (int threads = 1; threads <= 2; threads++) {
        problem core = circuit(n, weight, there, threads);
        char what[80];
        snprintf(what, sizeof what, "pharynx, core, %d thread%s", threads, threads > 1 ? "s" : "");
        double sparse = report_step(what, &core, 0);
        free_problem(&core);
        if (quick)
            continue;
        problem full = random_problem(18, 17, threads);
        snprintf(what, sizeof what, "18 neurons, dense product, %d", threads);
        printf("  %.1f times quicker than the dense product\n", report_step(what, &full, 1) / sparse);
        free_problem(&full);
    }
    for (int threads = 1; threads <= 2; threads++) {
        problem whole = circuit(n, weight, all, threads);
        binnet_law *law;
        double from = bench_now();
        must(binnet_chain_stationary(whole.ctx, &law, whole.chain), whole.ctx);
        printf(
            "pharynx, stationary law of all %zu neurons, %d threads: %.3g s, %d passes, residual %.2g, balance %.2g\n",
            n, threads, bench_now() - from, (int)binnet_law_iterations(law), binnet_law_residual(law),
            binnet_law_balance_error(law));
        binnet_law_free(law);
        free_problem(&whole);
    }
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    static const size_t degree[] = {1, 2, 3, 4, 6, 8, 10};
    static const size_t small[] = {8, 10, 12, 14, 16};
    char what[80];
    printf("kernels: %s\n", binnet_kernels());
    for (size_t k = 0; k < sizeof small / sizeof *small; k++) {
        problem p = random_problem(small[k], 3, 1);
        snprintf(what, sizeof what, "N = %zu, in-degree 3, 1 thread", small[k]);
        report_step(what, &p, 0);
        free_problem(&p);
    }
    for (size_t k = 0; k < sizeof degree / sizeof *degree; k++)
        for (int threads = 1; threads <= 2; threads++) {
            problem p = random_problem(18, degree[k], threads);
            snprintf(what, sizeof what, "N = 18, in-degree %zu, %d thread%s", degree[k], threads,
                     threads > 1 ? "s" : "");
            report_step(what, &p, 0);
            free_problem(&p);
        }
    for (int threads = 1; !quick && threads <= 2; threads++) {
        problem p = random_problem(24, 3, threads);
        snprintf(what, sizeof what, "N = 24, in-degree 3, %d thread%s", threads, threads > 1 ? "s" : "");
        report_step(what, &p, 0);
        free_problem(&p);
    }
    pharynx(argc > 1 + quick ? argv[1 + quick] : NULL, quick);
    return 0;
}
