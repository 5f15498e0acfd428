/*
 * Diagrams over two stimuli. Fixed points: time for each state and neuron. All cycles: against a plain depth-first
 * search (below: from each state as the least of its cycle, all successors whose boxes meet), which must find as
 * many. User CPU time of one thread, medians of 5 (the search: once).
 * usage: bench_diagram [quick | long]: long runs the plain search where it takes minutes
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 40 };

/* --- networks --- */

typedef struct network {
    size_t n, first; /* neurons 0 .. first - 1 are one population, the others another */
    double J[MOST * MOST];
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_diagram *d;
} network;

/* Weights of modulus uniform in 0..1, without self-connections. With signs: 60 % excitatory neurons, one
 * population, and inhibitory ones, the other; else both signs at random and halves. */
static network make(size_t n, int with_signs, uint64_t seed, int64_t threads, int64_t most_period)
{
    network w = {.n = n, .first = with_signs ? (6 * n + 5) / 10 : n / 2};
    int32_t pop[MOST];
    binnet_net *plain;
    random_state = 88172645463325252u + 7919 * seed;
    for (int k = 0; k < 20; k++)
        uniform();
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double x = with_signs ? (j < w.first ? uniform() : -uniform()) : 2 * uniform() - 1;
            w.J[i * n + j] = i == j ? 0 : x;
        }
    for (size_t i = 0; i < n; i++)
        pop[i] = i >= w.first;
    if (binnet_ctx_new(&w.ctx) != BINNET_OK)
        exit(1);
    must(binnet_ctx_set_i64(w.ctx, BINNET_P_THREADS, threads), w.ctx);
    must(binnet_ctx_set_i64(w.ctx, BINNET_P_MAX_PERIOD, most_period), w.ctx);
    must(binnet_ctx_set_i64(w.ctx, BINNET_P_MEMORY_LIMIT, INT64_C(12) << 30), w.ctx);
    must(binnet_net_new(w.ctx, &plain, n, w.J, NULL, NULL, NULL), w.ctx);
    must(binnet_net_with_populations(w.ctx, &w.net, plain, 2, pop), w.ctx);
    binnet_net_free(plain);
    return w;
}

static void drop(network *w)
{
    binnet_net_free(w->net);
    binnet_ctx_free(w->ctx);
}

static void solve(network *w)
{
    must(binnet_diagram_new(w->ctx, &w->d, w->net), w->ctx);
}

/* Median seconds, of the wall or the processor, of `runs` calls. */
static double median_solve(network *w, int runs, double (*clock_now)(void))
{
    double seconds[RUNS];
    for (int k = 0; k < runs; k++) {
        double from = clock_now();
        solve(w);
        seconds[k] = clock_now() - from;
        if (k + 1 < runs)
            binnet_diagram_free(w->d);
    }
    qsort(seconds, (size_t)runs, sizeof *seconds, bench_order);
    return seconds[runs / 2];
}

/* --- plain depth-first search --- */

typedef struct search {
    size_t n, size[2];
    double *cut;   /* [2^n][n] in order within each population */
    uint32_t *sum; /* [2^n][n + 2]: which neurons fire above the first k cuts */
    uint8_t *on_path;
    uint32_t start;
    uint64_t cycles, longest;
} search;

static void prepare(search *s, const network *w)
{
    size_t n = w->n, states = (size_t)1 << n;
    *s = (search){.n = n, .size = {w->first, n - w->first}};
    s->cut = malloc(states * n * sizeof *s->cut);
    s->sum = malloc(states * (n + 2) * sizeof *s->sum);
    s->on_path = calloc(states, 1);
    if (s->cut == NULL || s->sum == NULL || s->on_path == NULL)
        exit(1);
    for (size_t state = 0; state < states; state++)
        for (size_t a = 0, from = 0; a < 2; from += s->size[a], a++) {
            double *cut = s->cut + state * n + from;
            uint32_t bit[MOST], *sum = s->sum + state * (n + 2) + from + a;
            for (size_t k = 0; k < s->size[a]; k++) {
                double c = 0;
                size_t place = k;
                for (size_t j = 0; j < n; j++)
                    if (state >> j & 1)
                        c -= w->J[(from + k) * n + j];
                for (; place > 0 && cut[place - 1] > c; place--) {
                    cut[place] = cut[place - 1];
                    bit[place] = bit[place - 1];
                }
                cut[place] = c;
                bit[place] = UINT32_C(1) << (from + k);
            }
            sum[0] = 0;
            for (size_t k = 0; k < s->size[a]; k++)
                sum[k + 1] = sum[k] | bit[k];
        }
}

static void visit(search *s, uint32_t state, uint64_t depth, double lo0, double hi0, double lo1, double hi1)
{
    const double *c0 = s->cut + (size_t)state * s->n, *c1 = c0 + s->size[0];
    const uint32_t *m0 = s->sum + (size_t)state * (s->n + 2), *m1 = m0 + s->size[0] + 1;
    s->on_path[state] = 1;
    for (size_t k = 0; k <= s->size[0]; k++) {
        double from0 = k > 0 && c0[k - 1] > lo0 ? c0[k - 1] : lo0, to0 = k < s->size[0] && c0[k] < hi0 ? c0[k] : hi0;
        if (!(from0 < to0))
            continue;
        for (size_t j = 0; j <= s->size[1]; j++) {
            double from1 = j > 0 && c1[j - 1] > lo1 ? c1[j - 1] : lo1;
            double to1 = j < s->size[1] && c1[j] < hi1 ? c1[j] : hi1;
            uint32_t next = m0[k] | m1[j];
            if (!(from1 < to1) || next < s->start)
                continue;
            if (next == s->start) {
                s->cycles += depth > 1;
                s->longest = depth > s->longest ? depth : s->longest;
            } else if (!s->on_path[next]) {
                visit(s, next, depth + 1, from0, to0, from1, to1);
            }
        }
    }
    s->on_path[state] = 0;
}

static double plain_search(search *s, const network *w)
{
    double from = bench_cpu_now();
    prepare(s, w);
    for (s->start = 0; s->start < UINT32_C(1) << s->n; s->start++)
        visit(s, s->start, 1, -INFINITY, INFINITY, -INFINITY, INFINITY);
    double seconds = bench_cpu_now() - from;
    free(s->cut);
    free(s->sum);
    free(s->on_path);
    return seconds;
}

/* --- the figures --- */

static void fixed_points(size_t n, int with_signs, const char *goal)
{
    network w = make(n, with_signs, 1, 2, 1);
    double seconds = median_solve(&w, RUNS, bench_now);
    double each = seconds * 1e9 / ldexp((double)n, (int)n);
    printf("fixed points, N = %zu, %s, 2 threads   %8.3f s   %7.4f ns per state and neuron%s; %llu of them\n", n,
           with_signs ? "excitatory/inhibitory" : "random weights       ", seconds, each, goal,
           (unsigned long long)binnet_diagram_fixed_count(w.d));
    binnet_diagram_free(w.d);
    drop(&w);
}

static void cycles(size_t n, int with_signs, uint64_t seed, int with_plain, const char *goal)
{
    network w = make(n, with_signs, seed, 1, 0);
    double seconds = median_solve(&w, n <= 16 ? RUNS : n <= 18 ? 3 : 1, bench_cpu_now);
    uint64_t count = binnet_diagram_cycle_count(w.d), longest = 0;
    if (count > 0)
        binnet_diagram_cycle(w.d, count - 1, &longest, NULL, NULL);
    printf("all cycles, N = %zu, %s, network %llu   %8.3f s   %llu cycles, longest %llu", n,
           with_signs ? "excitatory/inhibitory" : "random weights       ", (unsigned long long)seed, seconds,
           (unsigned long long)count, (unsigned long long)longest);
    if (with_plain) {
        search s;
        double plain = plain_search(&s, &w);
        printf("; plain search %.3f s: %.1f times%s%s", plain, plain / seconds, goal,
               s.cycles == count && s.longest == longest ? "" : "; THEY DIFFER");
    }
    printf("\n");
    binnet_diagram_free(w.d);
    drop(&w);
}

static void homogeneous(int64_t size)
{
    const int64_t sizes[2] = {size, size};
    const double J[4] = {0.5, -1.25, 1.5, -0.75};
    network w = {.n = 0};
    if (binnet_ctx_new(&w.ctx) != BINNET_OK)
        exit(1);
    must(binnet_net_new_homogeneous(w.ctx, &w.net, 2, sizes, J, NULL, NULL, NULL, 0), w.ctx);
    double seconds = median_solve(&w, RUNS, bench_cpu_now);
    printf("homogeneous, two populations of %lld                   %8.3f s%s; %llu classes of fixed points, "
           "%llu of cycles\n",
           (long long)size, seconds, size == 200 ? " (under 1 s)" : "",
           (unsigned long long)binnet_diagram_fixed_count(w.d), (unsigned long long)binnet_diagram_cycle_count(w.d));
    binnet_diagram_free(w.d);
    drop(&w);
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0, at_length = argc > 1 && strcmp(argv[1], "long") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("kernels %s\n", binnet_kernels());
    fixed_points(26, 0, " (at most 0.2)");
    fixed_points(26, 1, "");
    if (!quick) {
        fixed_points(30, 0, " (under 10 s)");
        fixed_points(30, 1, "");
    }
    for (uint64_t seed = 1; seed <= 3; seed++)
        cycles(16, 1, seed, 1, " (at least 5)");
    for (uint64_t seed = 1; seed <= 3; seed++)
        cycles(14, 0, seed, 1, " (at least 10)");
    for (uint64_t seed = 1; seed <= 3; seed++)
        cycles(16, 0, seed, at_length || seed == 1, " (at least 10)");
    if (!quick) {
        cycles(18, 1, 1, at_length, " (at least 5)");
        cycles(18, 0, 1, 0, "");
        cycles(20, 1, 1, 0, "");
        cycles(20, 0, 1, 0, "");
    }
    homogeneous(200);
    homogeneous(1000);
    return 0;
}
