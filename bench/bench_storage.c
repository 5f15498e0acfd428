/*
 * Storing transitions: the figures of its goals. Processor seconds, medians of 5 (one run where it takes minutes).
 * usage: bench_storage SOURCE_ROOT [speed|numpy|cycle|capacity]
 */
#include "bench.h"

#include <binnet/binnet.h>
#include <cblas.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static void draw(uint8_t *state, size_t count)
{
    for (size_t k = 0; k < count; k++)
        state[k] = uniform() < 0.5;
}

typedef struct large {
    binnet_ctx *ctx;
    size_t n, L;
    uint8_t *from, *to;
    double *J;
    int look;
    double error;
} large;

static void store_large(void *arg)
{
    large *w = arg;
    binnet_storage *s;
    if (binnet_store(w->ctx, w->J, &s, w->n, w->L, w->from, w->to, BINNET_RULE_EXACT, NULL, NULL, NULL, NULL, NULL) !=
        BINNET_OK)
        printf("%s\n", binnet_ctx_message(w->ctx));
    for (size_t l = 0; w->look && l < w->L; l++)
        for (size_t i = 0; i < w->n; i++)
            w->error = fmax(w->error, fabs(binnet_storage_margin(s, l, i) - 1));
    binnet_storage_free(s);
}

/* openblas's own */
void openblas_set_num_threads(int threads);

/* Pairs of runs, ours and dgemm's, so that a busy machine slows both; medians of the ratios of processor time. BLAS threads that
 * wait spin, so that only with one of them processor time is work; with two the wall clock counts. */
static void measure_large(size_t n, size_t L, int threads)
{
    large w = {.n = n, .L = L};
    double wall[RUNS], cpu[RUNS], product[RUNS], ratio[RUNS];
    binnet_ctx_new(&w.ctx);
    binnet_ctx_set_i64(w.ctx, BINNET_P_THREADS, threads);
    openblas_set_num_threads(threads);
    w.from = malloc(n * L);
    w.to = malloc(n * L);
    w.J = calloc(n * n, sizeof *w.J);
    double *a = calloc(n * n, sizeof *a), *b = calloc(n * n, sizeof *b);
    draw(w.from, n * L);
    draw(w.to, n * L);
    for (size_t k = 0; k < n * n; k++)
        a[k] = b[k] = w.J[k] = uniform();
    /* what a factorisation A = L Q and its n solves take, however they are done here: L and Q 4 L^2 n - 4/3 L^3, triangular
     * solves L^2 n, weights 2 L n^2; not the product that verifies the margins, though it is in the time, as are all checks */
    double flops = 5.0 * (double)(L * L) * (double)n - 4.0 / 3 * (double)L * (double)L * (double)L +
                   2.0 * (double)L * (double)(n * n);
    w.look = 1;
    store_large(&w);
    w.look = 0;
    for (int k = 0; k < RUNS; k++) {
        double from = bench_now(), used = bench_cpu_now();
        store_large(&w);
        wall[k] = bench_now() - from;
        cpu[k] = bench_cpu_now() - used;
        from = bench_now();
        used = bench_cpu_now();
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)n, (int)n, 1, a, (int)n, b, (int)n, 0, w.J,
                    (int)n);
        product[k] = bench_cpu_now() - used;
        from = bench_now() - from;
        ratio[k] = flops / (2.0 * (double)n * (double)n * (double)n) *
                   (threads > 1 ? from / wall[k] : product[k] / cpu[k]);
    }
    qsort(wall, RUNS, sizeof *wall, bench_order);
    qsort(cpu, RUNS, sizeof *cpu, bench_order);
    qsort(ratio, RUNS, sizeof *ratio, bench_order);
    printf(
        "exact rule, N = %zu, %zu transitions, threads of BLAS %d: %.3g s, processor %.3g s, margins verified; %.2f Gflop (L Q "
        "and %zu solves) at %.0f %% of dgemm's rate, with those of verifying %.0f %%; largest error of a margin %.2g\n",
        n, L, threads, wall[RUNS / 2], cpu[RUNS / 2], 1e-9 * flops, n, 100 * ratio[RUNS / 2],
        100 * ratio[RUNS / 2] * (1 + 2.0 * (double)L * (double)(n * n) / flops), w.error);
    free(w.from);
    free(w.to);
    free(w.J);
    free(a);
    free(b);
    binnet_ctx_free(w.ctx);
}

static void measure_numpy(const char *root)
{
    char line[512];
    double ours = NAN, theirs = NAN;
    large w = {.n = 500, .L = 125};
    binnet_ctx_new(&w.ctx);
    w.from = malloc(w.n * w.L);
    w.to = malloc(w.n * w.L);
    w.J = calloc(w.n * w.n, sizeof *w.J);
    draw(w.from, w.n * w.L);
    draw(w.to, w.n * w.L);
    store_large(&w);
    ours = bench_cpu_now();
    store_large(&w);
    ours = bench_cpu_now() - ours;
    snprintf(line, sizeof line, "/usr/bin/python3 %s/bench/numpy_storage.py 500 125 25", root);
    FILE *p = popen(line, "r");
    if (p != NULL && fscanf(p, "%lf", &theirs) == 1)
        printf("numpy lstsq per neuron, N = 500, 125 transitions: %.3g s, ours %.3g s: %.0f times\n", theirs, ours,
               theirs / ours);
    else
        printf("numpy lstsq per neuron: not run (no numpy)\n");
    if (p != NULL)
        pclose(p);
    free(w.from);
    free(w.to);
    free(w.J);
    binnet_ctx_free(w.ctx);
}

/* A cycle of 10 and 5 fixed points at N = 20: the formula, and steps of the chain with what leaves the cycle taken out. */
static void measure_cycle(void)
{
    enum { N = 20, CYCLE = 10, L = 15, STATES = 1 << N };
    binnet_ctx *ctx;
    binnet_noise *noise = NULL;
    binnet_net *net = NULL;
    binnet_chain *chain = NULL;
    uint8_t from[L * N], to[L * N];
    double scale[N], p[L], margin[L * N], J[N * N], got[L], whole, followed, inside, worst = 0;
    binnet_ctx_new(&ctx);
    binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 2);
    draw(from, L * N);
    for (size_t l = 0; l < L; l++) {
        memcpy(to + l * N, from + (l < CYCLE ? (l + 1) % CYCLE : l) * N, N);
        p[l] = l < CYCLE ? 0.9 : 0.8;
    }
    for (size_t i = 0; i < N; i++)
        scale[i] = 0.3;
    binnet_noise_new_gaussian(ctx, &noise, N, scale);
    binnet_store_margins(ctx, margin, L, N, to, p, 1, noise);
    if (binnet_store(ctx, J, NULL, N, L, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, NULL) != BINNET_OK)
        printf("cycle: %s\n", binnet_ctx_message(ctx));
    binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL);
    binnet_recall_transitions(ctx, got, NULL, L, N, from, to, net, noise);
    for (size_t l = 0; l < L; l++)
        worst = fmax(worst, fabs(got[l] - p[l]));
    binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS);
    double *x = calloc(STATES, sizeof *x), *y = calloc(STATES, sizeof *y), off = 0;
    for (size_t first = 0; first < L; first = first == 0 ? CYCLE : first + 1) {
        size_t T = first == 0 ? CYCLE : 1;
        uint64_t state[CYCLE] = {0};
        for (size_t t = 0; t < T; t++)
            for (size_t i = 0; i < N; i++)
                state[t] |= (uint64_t)from[(first + t) * N + i] << i;
        binnet_recall_path(ctx, &whole, NULL, &followed, &inside, T, N, from + first * N, 1, 1, net, noise);
        double mass = 1, dwell = 0, along = 1;
        for (size_t t = 0; t < T; t++) {
            double q;
            binnet_chain_transition(ctx, &q, chain, state[t], state[(t + 1) % T]);
            along *= q;
        }
        memset(x, 0, STATES * sizeof *x);
        x[state[0]] = 1;
        while (mass > 1e-13) {
            dwell += mass;
            binnet_chain_apply(ctx, y, STATES, chain, x);
            mass = 0;
            for (size_t t = 0; t < T; t++)
                mass += x[state[t]] = y[state[t]];
        }
        off = fmax(off, fmax(fabs(inside / dwell - 1), fabs(whole / along - 1)));
    }
    printf(
        "N = 20, a cycle of 10 and 5 fixed points: asked probabilities to %.2g, dwell times and round trips: formula and chain "
        "agree to %.2g\n",
        worst, off);
    free(x);
    free(y);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}

static void measure_capacity(void)
{
    enum { N = 200 };
    static const char *const name[] = {"exact", "margin", "Hebb", "Storkey", "pseudo-inverse"};
    binnet_ctx *ctx;
    binnet_ctx_new(&ctx);
    for (size_t n = 20; n <= N; n *= 10)
        for (size_t load = n == N ? 20 : 4; load <= 24; load += n == N ? 20 : 4) {
            double cover, neurons, unproved, used = bench_cpu_now();
            size_t patterns = (n - 1) * load / 10;
            binnet_capacity_cover(ctx, &cover, patterns, n - 1);
            printf("N = %zu, load %.1f: Cover %.3f;", n, (double)load / 10, cover);
            for (int rule = n == N ? 1 : 0; rule <= (n == N ? 1 : 4); rule++) {
                binnet_capacity_sampled(ctx, NULL, &neurons, &unproved, n == N ? 1 : 20, n, patterns, 0.5, rule,
                                        1 - (rule == 3), 0, NULL, NULL);
                printf(" %s %.3f (unproved %.3f)", name[rule], neurons, unproved);
            }
            printf("; %.3g s\n", bench_cpu_now() - used);
            fflush(stdout);
        }
    binnet_ctx_free(ctx);
}

int main(int argc, char **argv)
{
    const char *which = argc > 2 ? argv[2] : "";
    if (*which == '\0' || strcmp(which, "speed") == 0)
        for (int threads = 1; threads <= 2; threads++)
            measure_large(2000, 500, threads);
    if (*which == '\0' || strcmp(which, "numpy") == 0)
        measure_numpy(argc > 1 ? argv[1] : ".");
    if (*which == '\0' || strcmp(which, "cycle") == 0)
        measure_cycle();
    if (*which == '\0' || strcmp(which, "capacity") == 0)
        measure_capacity();
    return 0;
}
