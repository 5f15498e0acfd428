/*
 * Passage times by iteration in units of a step of the same chain (binnet_chain_apply), both rules, and what is certified: from everywhere
 * to one state of a random network, and to the far well of a network that excites itself. Elimination beside it up to 11
 * neurons. Medians of 5 steps; one run of each passage.
 * usage: bench_passage [MOST_NEURONS, default 16]
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <stdint.h>
#include <stdio.h>

typedef struct problem {
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_set *target;
    size_t states;
    double *x, *y;
} problem;

static problem make(size_t n, int32_t update, int wells, int32_t method)
{
    problem p = {.states = (size_t)1 << n};
    double J[1024], stimulus[32] = {0}, scale[32];
    binnet_net *net;
    binnet_noise *noise;
    uint64_t last = p.states - 1;
    random_state = UINT64_C(0x9E3779B97F4A7C15) + n; /* the same network for every way */
    for (size_t k = 0; k < n * n; k++)
        J[k] = k % (n + 1) == 0 ? 0 : wells ? 8 / (double)n : 2 * uniform() - 1;
    for (size_t i = 0; i < n; i++) {
        scale[i] = wells ? 2 : 1;
        for (size_t j = 0; j < n; j++)
            stimulus[i] -= 0.5 * J[i * n + j];
    }
    must(binnet_ctx_new(&p.ctx), NULL);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, 2), p.ctx);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_METHOD, method), p.ctx);
    must(binnet_ctx_set_f64(p.ctx, BINNET_P_RELATIVE_TOLERANCE, 1), p.ctx);
    must(binnet_net_new(p.ctx, &net, n, J, NULL, NULL, stimulus), p.ctx);
    must(binnet_noise_new_gaussian(p.ctx, &noise, n, scale), p.ctx);
    must(binnet_chain_new(p.ctx, &p.chain, net, noise, update), p.ctx);
    must(binnet_set_new_states(p.ctx, &p.target, n, &last, 1), p.ctx);
    p.x = malloc(2 * p.states * sizeof(double));
    if (p.x == NULL)
        exit(1);
    p.y = p.x + p.states;
    for (size_t s = 0; s < p.states; s++)
        p.x[s] = 1 / (double)p.states;
    binnet_net_free(net);
    binnet_noise_free(noise);
    return p;
}

static void step(void *arg)
{
    problem *p = arg;
    must(binnet_chain_apply(p->ctx, p->y, p->states, p->chain, p->x), p->ctx);
}

static void run(size_t n, int32_t update, int wells, int32_t method)
{
    problem p = make(n, update, wells, method);
    double each = bench_median(step, &p), error = 0, from = bench_now();
    must(binnet_passage_times(p.ctx, p.y, NULL, p.states, &error, p.chain, p.target), p.ctx);
    double whole = bench_now() - from;
    printf("%2zu  %-12s  %-7s %-11s  %9.3g s  %9.3g s  %8.0f  %9.3g  %.1e\n", n,
           update == BINNET_UPDATE_SYNCHRONOUS ? "synchronous" : "asynchronous", wells ? "wells" : "random",
           method == BINNET_METHOD_GTH ? "elimination" : "iteration", each, whole, whole / each, p.y[0], error);
    binnet_set_free(p.target);
    binnet_chain_free(p.chain);
    binnet_ctx_free(p.ctx);
    free(p.x);
}

int main(int argc, char **argv)
{
    size_t most = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 16;
    printf("%-2s  %-12s  %-7s %-11s  %11s  %11s  %8s  %9s  error\n", "n", "update", "network", "way", "a step",
           "passage", "steps", "mean time");
    for (size_t n = 10; n <= most; n += n < 12 ? 1 : 2)
        for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++)
            for (int wells = 0; wells < 2; wells++) {
                if (n <= 11)
                    run(n, update, wells, BINNET_METHOD_GTH);
                run(n, update, wells, BINNET_METHOD_ITERATION);
            }
    return 0;
}
