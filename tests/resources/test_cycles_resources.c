/*
 * Cycles of several states and correlated weights: every allocation fails once; the estimate is enough and the memory limit stops
 * a call before it allocates; the hook is called in time and stops.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <string.h>

enum { NORMAL3, NORMAL6, SHARED2, DEGREE2, TERMS3, PLAIN, FOURIER, SPARSE, CALLS };
static const struct {
    const char *name;
    int64_t size[3], period; /* 0: correlated */
    int32_t kind, normalise;
    double p;
} calls[CALLS] = {
    [NORMAL3] = {"3-cycles, Gaussian", {3, 2, 0}, 3, BINNET_WEIGHT_GAUSSIAN, BINNET_NORMALISE_NONE, 0.5},
    [NORMAL6] = {"6-cycles, Gaussian", {3, 0, 0}, 6, BINNET_WEIGHT_GAUSSIAN, BINNET_NORMALISE_NONE, 1},
    [SHARED2] = {"2-cycles, uniform", {3, 2, 0}, 2, BINNET_WEIGHT_UNIFORM, BINNET_NORMALISE_NONE, 0.5},
    [DEGREE2] = {"2-cycles, uniform, in-degree", {3, 1, 0}, 2, BINNET_WEIGHT_UNIFORM, BINNET_NORMALISE_INDEGREE, 0.5},
    [TERMS3] = {"3-cycles, uniform", {2, 1, 0}, 3, BINNET_WEIGHT_UNIFORM, BINNET_NORMALISE_NONE, 0.5},
    [PLAIN] = {"correlated, one field", {9, 0, 0}, 0, BINNET_WEIGHT_GAUSSIAN, BINNET_NORMALISE_NONE, 1},
    [FOURIER] = {"correlated, three fields", {3, 2, 2}, 0, BINNET_WEIGHT_GAUSSIAN, BINNET_NORMALISE_NONE, 1},
    [SPARSE] = {"correlated, sparse", {2, 1, 0}, 0, BINNET_WEIGHT_GAUSSIAN, BINNET_NORMALISE_NONE, 0.5},
};

static binnet_ensemble *make(binnet_ctx *ctx, int what, const int64_t *size)
{
    size_t n_pop = 0;
    double chance[9], theta[3] = {0.4, 0.3, 0.3}, I[3] = {0.35, 0.3, 0.4}, par[9 * BINNET_WEIGHT_PARAMETERS] = {0};
    int32_t kinds[9];
    while (n_pop < 3 && size[n_pop] > 0)
        n_pop++;
    for (size_t k = 0; k < n_pop * n_pop; k++) {
        chance[k] = calls[what].p;
        kinds[k] = calls[what].kind;
        par[3 * k] = k % 2 == 0 ? 0.25 : -0.5;
        par[3 * k + 1] = calls[what].kind == BINNET_WEIGHT_UNIFORM ? par[3 * k] + 1
                                                                   : 0.75; /* of one width: a closed form */
    }
    binnet_ensemble *e = NULL;
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, n_pop, size, chance, kinds, par, theta, I, calls[what].normalise,
                                         NULL, 0),
                     BINNET_OK);
    return e;
}

static int32_t call(binnet_ctx *ctx, int what, const binnet_ensemble *e)
{
    const double rho[9] = {0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4};
    double value, error;
    return calls[what].period > 0 ? binnet_ensemble_cycles_mean(ctx, &value, &error, e, calls[what].period)
                                  : binnet_ensemble_fixed_mean_correlated(ctx, &value, &error, e, rho);
}

START_TEST(every_allocation)
{
    meter m;
    binnet_ctx *ctx;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    binnet_ensemble *e = make(ctx, _i, calls[_i].size);
    size_t live = m.live, before = m.calls;
    ck_assert_int_eq(call(ctx, _i, e), BINNET_OK);
    ck_assert_uint_eq(m.live, live);
    size_t count = m.calls - before, step = count > 120 ? count / 60 : 1; /* all of the first, a sample of the others */
    for (size_t k = 0; k < count; k += k < 60 ? 1 : step)
        for (int keep = 0; keep <= 1; keep++) {
            m.fail_at = m.calls + k;
            m.keep_failing = keep;
            int32_t status = call(ctx, _i, e);
            ck_assert_msg(status == BINNET_E_NOMEM, "%s, allocation %zu of %zu: %d %s", calls[_i].name, k, count,
                          (int)status, binnet_ctx_message(ctx));
            ck_assert_msg(m.live == live, "%s, allocation %zu of %zu: leaks %zu", calls[_i].name, k, count,
                          m.live - live);
            m.fail_at = NEVER;
            m.keep_failing = 0;
        }
    ck_assert_int_eq(call(ctx, _i, e), BINNET_OK);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}
END_TEST

START_TEST(budget)
{
    meter m;
    binnet_ctx *ctx;
    uint64_t bytes, tuples;
    if (calls[_i].period == 0)
        return;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    binnet_ensemble *e = make(ctx, _i, calls[_i].size);
    ck_assert_int_eq(binnet_ensemble_tuples_estimate(ctx, &tuples, &bytes, NULL, e, calls[_i].period), BINNET_OK);
    size_t before = m.peak_bytes = m.live_bytes;
    ck_assert_int_eq(call(ctx, _i, e), BINNET_OK);
    ck_assert_msg(m.peak_bytes - before <= bytes, "%s: %zu of %zu", calls[_i].name, m.peak_bytes - before,
                  (size_t)bytes);
    ck_assert_msg(m.peak_bytes - before >= bytes / 8, "%s: only %zu of %zu", calls[_i].name, m.peak_bytes - before,
                  (size_t)bytes);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
    ck_assert_int_eq(call(ctx, _i, e), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
    size_t count = m.calls;
    ck_assert_int_eq(call(ctx, _i, e), BINNET_E_LIMIT);
    ck_assert_uint_eq(m.calls, count);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Each would take many seconds. */
START_TEST(interrupt)
{
    static const struct {
        int what;
        int64_t size[3];
    } slow[] = {{NORMAL3, {12, 12, 0}},
                {NORMAL6, {6, 0, 0}},
                {SHARED2, {9, 9, 0}},
                {DEGREE2, {10, 9, 0}},
                {FOURIER, {20, 20, 20}}};
    binnet_ctx *ctx;
    watch w;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    binnet_ensemble *e = make(ctx, slow[_i].what, slow[_i].size);
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, 0.25);
    int32_t status = call(ctx, slow[_i].what, e);
    ck_assert_msg(status == BINNET_E_INTERRUPTED, "%s: %d %s", calls[slow[_i].what].name, (int)status,
                  binnet_ctx_message(ctx));
    ck_assert_int_eq(w.wrong, 0);
    /* 100 ms are promised; ten times that allows for a loaded machine */
    ck_assert_msg(in_time(w.longest, 1), "%s: %g s without a call", calls[slow[_i].what].name, w.longest);
    ck_assert(now() - w.began < 3);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("resources of cycles", {every_allocation, CALLS}, {budget, CALLS}, {interrupt, 5})
