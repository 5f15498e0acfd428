/*
 * Potentials and information when memory or patience ends: under any memory limit a call succeeds within it or answers
 * BINNET_E_LIMIT with a figure; the k-th allocation fails, for every k; the hook is called often enough and stops the work.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <ctype.h>
#include <string.h>

enum { MOST = 17 };

typedef struct scene {
    meter m;
    binnet_ctx *ctx;
    size_t n;
    binnet_chain *chain[4]; /* synchronous, asynchronous, sweep, blocks */
    binnet_law *law;
    binnet_potential_marginal *marginal;
    double V[2 * MOST], out[MOST * MOST + 4096];
    int32_t all[MOST];
} scene;

static void make_scene(scene *s, size_t n)
{
    static double p[1 << MOST];
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    uint64_t seed = 3;
    double sum = 0;
    memset(s, 0, sizeof *s);
    meter_reset(&s->m);
    OK(meter_ctx(&s->m, &s->ctx));
    s->n = n;
    OK(make_net(ctx, &net, NET_DENSE, n, 1));
    OK(make_noise(ctx, &noise, NOISE_STUDENT, n));
    for (int k = 0; k < 4; k++)
        OK(make_chain(ctx, &s->chain[k], k, net, noise));
    for (size_t k = 0; k < (size_t)1 << n; k++)
        sum += p[k] = 1.5 + draw(&seed);
    for (size_t k = 0; k < (size_t)1 << n; k++)
        p[k] /= sum;
    OK(binnet_law_new(ctx, &s->law, n, p, (size_t)1 << n));
    OK(binnet_potential_marginal_new(ctx, &s->marginal, s->chain[0], s->law, 0));
    for (size_t i = 0; i < n; i++) {
        s->all[i] = (int32_t)i;
        s->V[i] = 0.3 * draw(&seed);
        s->V[n + i] = 0.3 * draw(&seed);
    }
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}

static void strike_scene(scene *s)
{
    for (int k = 0; k < 4; k++)
        binnet_chain_free(s->chain[k]);
    binnet_law_free(s->law);
    binnet_potential_marginal_free(s->marginal);
    binnet_ctx_free(s->ctx);
    ck_assert_uint_eq(s->m.live, 0);
    ck_assert_int_eq(s->m.broken, 0);
}

#define MAKES(name, type, call)                                                                                        \
    static int32_t run_##name(scene *s, binnet_ctx *c)                                                                 \
    {                                                                                                                  \
        binnet_##type *made = (binnet_##type *)(void *)s;                                                              \
        int32_t code = call;                                                                                           \
        ck_assert((code == BINNET_OK) == (made != NULL));                                                              \
        binnet_##type##_free(made);                                                                                    \
        return code;                                                                                                   \
    }
#define FILLS(name, call)                                                                                              \
    static int32_t run_##name(scene *s, binnet_ctx *c)                                                                 \
    {                                                                                                                  \
        return call;                                                                                                   \
    }

/* Not all have room for 2^n in `out`. */
#define CALLS                                                                                                          \
    F(rate, binnet_chain_entropy_rate(c, s->out, s->chain[0], s->law))                                                 \
    F(rate_asynchronous, binnet_chain_entropy_rate(c, s->out, s->chain[1], s->law))                                    \
    F(rate_sweep, binnet_chain_entropy_rate(c, s->out, s->chain[2], s->law))                                           \
    F(rate_blocks, binnet_chain_entropy_rate(c, s->out, s->chain[3], s->law))                                          \
    F(production_asynchronous, binnet_chain_entropy_production(c, s->out, s->chain[1], s->law))                        \
    F(balance_asynchronous, binnet_chain_detailed_balance(c, s->out, NULL, s->chain[1], s->law))                       \
    F(multi, binnet_law_multi_information(c, s->out, s->law, s->n, s->all))                                            \
    F(joint_now, binnet_chain_joint_law(c, s->out, 32, s->chain[0], s->law, 0, 2, s->all, 3, s->all))                  \
    F(joint, binnet_chain_joint_law(c, s->out, 32, s->chain[0], s->law, 1, 2, s->all, 3, s->all))                      \
    F(joint_asynchronous, binnet_chain_joint_law(c, s->out, 32, s->chain[1], s->law, 3, 2, s->all, 3, s->all))         \
    F(mutual_sweep, binnet_chain_mutual_information(c, s->out, s->chain[2], s->law, 2, 2, s->all, 3, s->all))          \
    F(mutual_blocks, binnet_chain_mutual_information(c, s->out, s->chain[3], s->law, 1, 1, s->all, 3, s->all))         \
    F(pairs, binnet_chain_mutual_information_pairs(c, s->out, s->n, s->chain[0], s->law, 1))                           \
    F(pairs_later, binnet_chain_mutual_information_pairs(c, s->out, s->n, s->chain[1], s->law, 3))                     \
    F(transfer, binnet_chain_transfer_entropy(c, s->out, s->chain[0], s->law, 2, s->all, 2, s->all + 2))               \
    F(transfer_pairs, binnet_chain_transfer_entropy_pairs(c, s->out, s->n, s->chain[1], s->law))                       \
    F(stimuli, binnet_stimulus_information(c, s->out, s->out + 1, 2, (const binnet_law *[2]){s->law, s->law},          \
                                           (const double[2]){0.5, 0.5}, s->n, s->all))                                 \
    F(mean, binnet_potential_mean(c, s->out, s->n, s->chain[0], s->law))                                               \
    F(covariance, binnet_potential_covariance(c, s->out, s->n, s->chain[1], s->law))                                   \
    F(groupwise, binnet_potential_groupwise(c, s->out, s->chain[0], s->law, 2, s->all))                                \
    F(lagged, binnet_potential_lagged_covariance(c, s->out, s->n, s->chain[0], s->law, 1))                             \
    M(marginal, potential_marginal, binnet_potential_marginal_new(c, &made, s->chain[0], s->law, 1))                   \
    F(eval, binnet_potential_marginal_eval(c, s->out, s->out + 2, s->out + 4, s->out + 6, 2, s->marginal, s->V))       \
    F(quantile, binnet_potential_marginal_quantile(c, s->out, 1, s->marginal, (const double[1]){0.3}))                 \
    F(density, binnet_potential_density(c, s->out, s->out + 2, 2, s->chain[0], s->law, s->n, s->all, s->V))            \
    F(density_pair, binnet_potential_density(c, s->out, NULL, 1, s->chain[0], s->law, 2, s->all, s->V))                \
    F(orthant, binnet_potential_orthant(c, s->out, 2, s->chain[0], s->law, s->n, s->all, s->V, 1))                     \
    M(given, law, binnet_potential_given(c, &made, s->chain[0], NULL, s->V))                                           \
    M(given_asynchronous, law, binnet_potential_given(c, &made, s->chain[1], s->law, s->V))                            \
    M(posterior, law, binnet_potential_posterior(c, &made, s->chain[2], s->law, s->V))                                 \
    F(sample, binnet_potential_sample(c, s->out, 9, s->chain[0], s->law, 7))

/* Those that take long with many neurons, or refuse. */
#define SMALL_CALLS                                                                                                    \
    F(production, binnet_chain_entropy_production(c, s->out, s->chain[0], s->law))                                     \
    F(production_sweep, binnet_chain_entropy_production(c, s->out, s->chain[2], s->law))                               \
    F(production_blocks, binnet_chain_entropy_production(c, s->out, s->chain[3], s->law))                              \
    F(balance, binnet_chain_detailed_balance(c, s->out, s->out + 1, s->chain[0], s->law))                              \
    F(transfer_sweep, binnet_chain_transfer_entropy_pairs(c, s->out, s->n, s->chain[2], s->law))                       \
    F(lagged_later, binnet_potential_lagged_covariance(c, s->out, s->n, s->chain[1], s->law, 2))                       \
    F(lagged_blocks, binnet_potential_lagged_covariance(c, s->out, s->n, s->chain[3], s->law, 1))                      \
    M(activities, law, binnet_potential_law(c, &made, s->chain[1], s->law))

#define M(name, type, call) MAKES(name, type, call)
#define F(name, call) FILLS(name, call)
CALLS SMALL_CALLS
#undef M
#undef F

    typedef struct entry {
    const char *name;
    int32_t (*run)(scene *, binnet_ctx *);
} entry;

#define M(name, type, call) {#name, run_##name},
#define F(name, call) {#name, run_##name},
static const entry calls[] = {CALLS SMALL_CALLS}, large_calls[] = {CALLS}, small_calls[] = {SMALL_CALLS};
#undef M
#undef F
enum {
    COUNT = sizeof calls / sizeof *calls,
    LARGE = sizeof large_calls / sizeof *large_calls,
    SMALL = sizeof small_calls / sizeof *small_calls
};

START_TEST(limit_holds)
{
    static scene s;
    make_scene(&s, 5);
    const entry *e = &calls[_i];
    size_t live = s.m.live, before = s.m.live_bytes;
    int32_t code = BINNET_E_LIMIT;
    for (double limit = 0; code != BINNET_OK; limit = 1.25 * limit + 8) {
        ck_assert_msg(limit < 1e10, "%s: no limit is enough", e->name);
        OK(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit));
        s.m.peak_bytes = before;
        code = e->run(&s, s.ctx);
        ck_assert_msg(code == BINNET_OK || code == BINNET_E_LIMIT, "%s: %d %s", e->name, (int)code,
                      binnet_ctx_message(s.ctx));
        ck_assert_uint_eq(s.m.live, live);
        ck_assert_msg(s.m.peak_bytes - before <= (size_t)limit, "%s: %zu bytes under a limit of %g", e->name,
                      s.m.peak_bytes - before, limit);
        const char *c = binnet_ctx_message(s.ctx);
        while (*c != '\0' && !isdigit((unsigned char)*c))
            c++;
        ck_assert_msg(code == BINNET_OK || *c != '\0', "%s: no figure in '%s'", e->name, binnet_ctx_message(s.ctx));
    }
    strike_scene(&s);
}
END_TEST

START_TEST(each_allocation_fails)
{
    static scene s;
    make_scene(&s, 5);
    const entry *e = &calls[_i];
    size_t live = s.m.live;
    for (int keep = 0; keep < 2; keep++)
        for (size_t k = 0;; k++) {
            s.m.calls = s.m.failures = 0;
            s.m.fail_at = k;
            s.m.keep_failing = keep;
            int32_t code = e->run(&s, s.ctx);
            ck_assert_msg(s.m.live == live, "%s, allocation %zu: leaks", e->name, k);
            ck_assert_msg(k < 10000, "%s never stops allocating", e->name);
            if (s.m.failures == 0) {
                OK(code);
                break;
            }
            ck_assert_msg(code == BINNET_E_NOMEM && binnet_ctx_message(s.ctx)[0] != '\0', "%s, allocation %zu: %d",
                          e->name, k, (int)code);
        }
    s.m.fail_at = NEVER;
    strike_scene(&s);
}
END_TEST

/* The hook is asked often enough, its fractions do not fall, and a call that is stopped says so and leaves nothing. */
static void watch_call(const entry *e, size_t n)
{
    static scene s;
    watch w;
    make_scene(&s, n);
    size_t live = s.m.live;
    OK(binnet_ctx_set_hook(s.ctx, watch_hook, &w));
    watch_start(&w, INFINITY);
    OK(e->run(&s, s.ctx));
    ck_assert_msg(w.wrong == 0, "%s: fraction was wrong %d times of %d", e->name, w.wrong, w.calls);
    double rest = thread_time() - w.last; /* after the last call */
    ck_assert_msg(in_time(fmax(w.longest, rest), 1), "%s: %g s without a call", e->name, fmax(w.longest, rest));
    if (w.calls > 1) {
        int last = w.calls;
        watch_start(&w, INFINITY);
        w.stop_at = 1 + last / 2;
        int32_t code = e->run(&s, s.ctx);
        ck_assert_msg(code == BINNET_E_INTERRUPTED || (code == BINNET_OK && w.calls < w.stop_at), "%s: %d", e->name,
                      (int)code);
        ck_assert_uint_eq(s.m.live, live);
    }
    strike_scene(&s);
}

START_TEST(hook_large)
{
    watch_call(&large_calls[_i], 13);
}
END_TEST

START_TEST(hook_small)
{
    watch_call(&small_calls[_i], 9);
}
END_TEST

RUN_REPEATED("law resources", {limit_holds, COUNT}, {each_allocation_fails, COUNT}, {hook_large, LARGE},
             {hook_small, SMALL})
