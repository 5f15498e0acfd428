/*
 * What a law yields, against the rates of this machine in one run, one thread: a memory triad y += x over as many bytes, and one
 * pass over the law, each by turns with what is measured. Medians; of the pass, which takes one or two tenths of a millisecond as
 * the shared cache will have it, the ratio of the sums too.
 * usage: bench_law
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <stdio.h>

typedef struct scene {
    binnet_ctx *ctx;
    binnet_law *law;
    binnet_chain *chain;
    size_t n, states;
    uint64_t lag;
    double *v, *x, sum;
} scene;

static void triad(void *arg)
{
    scene *s = arg;
    for (size_t k = 0; k < s->states; k++)
        s->v[k] += s->x[k];
}

/* Eight sums, so that adding does not take longer than reading. */
static void one_pass(void *arg)
{
    scene *s = arg;
    const double *p = binnet_law_data(s->law);
    double lane[8] = {0};
    for (size_t k = 0; k < s->states; k += 8)
        for (size_t l = 0; l < 8; l++)
            lane[l] += p[k + l];
    for (size_t l = 0; l < 8; l++)
        s->sum += lane[l];
}

static void joint(void *arg)
{
    scene *s = arg;
    must(binnet_law_moments(s->ctx, s->v, s->states, s->law), s->ctx);
}

static void central(void *arg)
{
    scene *s = arg;
    must(binnet_law_central_moments(s->ctx, s->v, s->states, s->law), s->ctx);
}

static void triples(void *arg)
{
    scene *s = arg;
    double pair[32 * 32], triple[32 * 31 * 30 / 6];
    must(binnet_law_triples(s->ctx, pair, s->n, triple, s->n * (s->n - 1) * (s->n - 2) / 6, s->law), s->ctx);
}

static void groupwise(void *arg)
{
    scene *s = arg;
    const int32_t group[10] = {19, 1, 3, 5, 7, 9, 11, 13, 15, 17};
    double corr;
    must(binnet_law_groupwise(s->ctx, &corr, s->law, 10, group), s->ctx);
}

static void lagged(void *arg)
{
    scene *s = arg;
    must(binnet_chain_lagged_covariance(s->ctx, s->v, s->n, s->chain, s->law, s->lag), s->ctx);
}

/* Medians of two by turns, and the sum of the second over that of the first. */
typedef struct turns {
    double first, second, ratio;
} turns;

static turns by_turns(void (*first)(void *), void (*second)(void *), void *arg, int runs)
{
    enum { MOST = 201 };
    double seconds[2][MOST], sum[2] = {0};
    first(arg);
    second(arg);
    for (int k = 0; k < runs; k++)
        for (int of = 0; of < 2; of++) {
            double from = bench_now();
            (of == 0 ? first : second)(arg);
            sum[of] += seconds[of][k] = bench_now() - from;
        }
    for (int of = 0; of < 2; of++)
        qsort(seconds[of], (size_t)runs, sizeof *seconds[of], bench_order);
    return (turns){seconds[0][runs / 2], seconds[1][runs / 2], sum[1] / sum[0]};
}

/* A law of n neurons far from uniform, and a network with it. */
static scene make(size_t n, int32_t update)
{
    scene s = {.n = n, .states = (size_t)1 << n};
    double J[32 * 32], scale[32], total = 0;
    binnet_net *net;
    binnet_noise *noise;
    s.v = calloc(s.states, sizeof *s.v);
    s.x = malloc(s.states * sizeof *s.x);
    if (s.v == NULL || s.x == NULL)
        exit(1);
    for (size_t k = 0; k < s.states; k++)
        total += s.x[k] = 1 + (double)(k * 2654435761u % 1000) / (double)(1 + k % 97);
    for (size_t k = 0; k < s.states; k++)
        s.x[k] /= total;
    for (size_t k = 0; k < n * n; k++)
        J[k] = k / n == k % n ? 0 : (double)(k * 40503u % 200) / 100 - 1;
    for (size_t i = 0; i < n; i++)
        scale[i] = 0.7;
    must(binnet_ctx_new(&s.ctx), s.ctx);
    must(binnet_ctx_set_i64(s.ctx, BINNET_P_THREADS, 1), s.ctx);
    must(binnet_law_new(s.ctx, &s.law, n, s.x, s.states), s.ctx);
    must(binnet_net_new(s.ctx, &net, n, J, NULL, NULL, NULL), s.ctx);
    must(binnet_noise_new_gaussian(s.ctx, &noise, n, scale), s.ctx);
    must(binnet_chain_new(s.ctx, &s.chain, net, noise, update), s.ctx);
    binnet_noise_free(noise);
    binnet_net_free(net);
    return s;
}

static void strike(scene *s)
{
    binnet_chain_free(s->chain);
    binnet_law_free(s->law);
    binnet_ctx_free(s->ctx);
    free(s->v);
    free(s->x);
}

int main(void)
{
    scene s = make(24, BINNET_UPDATE_SYNCHRONOUS);
    turns t = by_turns(triad, joint, &s, 15);
    /* y += x moves three vectors; two passes read and write one each */
    printf("memory: triad %.1f GB/s\n", 24e-9 * (double)s.states / t.first);
    printf(
        "joint moments, 24 neurons: %.1f ms, two passes over the vector %.1f ms: %.2f of the memory rate (at least 0.5)\n",
        1e3 * t.second, 4e3 / 3 * t.first, 4.0 / 3 * t.first / t.second);
    t = by_turns(triad, central, &s, 15);
    printf("central moments, 24 neurons: %.1f ms: %.2f\n", 1e3 * t.second, 4.0 / 3 * t.first / t.second);
    strike(&s);

    s = make(20, BINNET_UPDATE_SYNCHRONOUS);
    t = by_turns(one_pass, triples, &s, 201);
    printf(
        "pairs and triples, 20 neurons: %.3f ms, one pass over the law %.3f ms: %.2f times, of the sums %.2f (at most 3)\n",
        1e3 * t.second, 1e3 * t.first, t.second / t.first, t.ratio);
    double seconds = bench_median(groupwise, &s);
    printf("a group of 10 of 20 neurons: %.2f ms\n", 1e3 * seconds);
    s.lag = 1;
    seconds = bench_median(lagged, &s);
    printf("lagged covariances, 20 neurons, synchronous, lag 1: %.0f ms\n", 1e3 * seconds);
    strike(&s);
    s = make(20, BINNET_UPDATE_ASYNCHRONOUS);
    s.lag = 4;
    seconds = bench_median(lagged, &s);
    printf("lagged covariances, 20 neurons, asynchronous, lag 4: %.0f ms\n", 1e3 * seconds);
    strike(&s);
    return 0;
}
