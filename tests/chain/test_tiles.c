/* One step of networks so large that updates of single neurons go tile by tile, several passes over the law: against the
 * definition, state by state. Both are sums of at most n products of a few factors; 1e-13 relative is hundreds of roundings. */
#include "support/support.h"

typedef struct network {
    size_t n;
    double J[32 * 32], theta[32], scale[32];
    binnet_net *net;
    binnet_noise *noise;
} network;

static network network_of(binnet_ctx *ctx, size_t n, uint64_t seed)
{
    network w = {.n = n};
    dice d = dice_of(seed);
    for (size_t k = 0; k < n * n; k++)
        w.J[k] = roll_in(&d, -1, 1); /* with self-connections */
    for (size_t i = 0; i < n; i++) {
        w.theta[i] = roll_in(&d, -0.5, 0.5);
        w.scale[i] = roll_in(&d, 0.5, 1);
    }
    OK(binnet_net_new(ctx, &w.net, n, w.J, NULL, w.theta, NULL));
    OK(binnet_noise_new_logistic(ctx, &w.noise, n, w.scale));
    return w;
}

/* Probability that neuron i is `active` after its update; not as 1 - p, which would lose its digits. */
static double law_of(const network *w, size_t i, uint64_t state, int active)
{
    double drive = -w->theta[i];
    for (size_t j = 0; j < w->n; j++)
        drive += state >> j & 1 ? w->J[i * w->n + j] : 0;
    return 1 / (1 + exp((active ? -drive : drive) / w->scale[i]));
}

/* One step of the chain, which it frees, from x: want. */
static void check_step(binnet_ctx *ctx, binnet_chain *chain, double *y, const double *want, const double *x, size_t S)
{
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    for (size_t s = 0; s < S; s++)
        ck_assert_msg(fabs(y[s] - want[s]) <= 1e-13 * want[s], "state %zu: %.17g for %.17g", s, y[s], want[s]);
    binnet_chain_free(chain);
}

static void free_network(network *w)
{
    binnet_net_free(w->net);
    binnet_noise_free(w->noise);
}

/* One neuron after the other, from the last to the first and from a shuffled order: tiles with and without neurons within rows. */
START_TEST(sweeps)
{
    enum { N = 17 };
    binnet_ctx *ctx = new_ctx(2);
    network w = network_of(ctx, N, 1);
    size_t S = (size_t)1 << N;
    double *x = malloc(3 * S * sizeof *x), *y = x + S, *want = y + S;
    ck_assert(x != NULL);
    dice d = dice_of(2);
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        int32_t order[N];
        for (size_t i = 0; i < N; i++)
            order[i] = (int32_t)(N - 1 - i);
        for (size_t i = N; shuffled && i-- > 1;) {
            size_t j = roll_to(&d, i + 1);
            int32_t other = order[i];
            order[i] = order[j];
            order[j] = other;
        }
        for (size_t s = 0; s < S; s++)
            want[s] = x[s] = roll(&d);
        for (size_t k = 0; k < N; k++) {
            size_t bit = (size_t)1 << order[k];
            for (size_t s = 0; s < S; s++)
                if (!(s & bit)) {
                    size_t i = (size_t)order[k];
                    double a = want[s], b = want[s | bit];
                    want[s] = a * law_of(&w, i, s, 0) + b * law_of(&w, i, s | bit, 0);
                    want[s | bit] = a * law_of(&w, i, s, 1) + b * law_of(&w, i, s | bit, 1);
                }
        }
        binnet_chain *chain;
        OK(binnet_chain_new_sweep(ctx, &chain, w.net, w.noise, order));
        check_step(ctx, chain, y, want, x, S);
    }
    free(x);
    free_network(&w);
    binnet_ctx_free(ctx);
}
END_TEST

/* From a law on some hundreds of states, 24 neurons. */
START_TEST(asynchronous)
{
    enum { N = 24, STATES = 300 };
    binnet_ctx *ctx = new_ctx(2);
    network w = network_of(ctx, N, 3);
    size_t S = (size_t)1 << N;
    double *x = calloc(3 * S, sizeof *x), *y = x + S, *want = y + S;
    ck_assert(x != NULL);
    dice d = dice_of(4);
    for (int k = 0; k < STATES; k++) {
        size_t s = roll_to(&d, S);
        double weight = roll(&d);
        x[s] += weight;
        for (size_t i = 0; i < N; i++) {
            size_t bit = (size_t)1 << i;
            want[s | bit] += weight * law_of(&w, i, s, 1) / N;
            want[s & ~bit] += weight * law_of(&w, i, s, 0) / N;
        }
    }
    binnet_chain *chain;
    OK(binnet_chain_new(ctx, &chain, w.net, w.noise, BINNET_UPDATE_ASYNCHRONOUS));
    check_step(ctx, chain, y, want, x, S);
    free(x);
    free_network(&w);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("tiles", sweeps, asynchronous)
