/*
 * Statistics of ensembles: every allocation fails once (nothing made, nothing leaked, works the next time); the memory limit
 * stops a call before it allocates, and its estimate is enough; the hook is called in time and stops.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <string.h>

static binnet_ensemble *make(binnet_ctx *ctx, int64_t size, double p, int32_t kind)
{
    const int64_t sizes[2] = {size, size - 1};
    const double chance[4] = {p, p, p, p}, theta[2] = {0.4, 0.3}, I[2] = {0.35, 0.3};
    double par[4 * BINNET_WEIGHT_PARAMETERS] = {0};
    const int32_t kinds[4] = {kind, kind, kind, kind};
    for (int k = 0; k < 4; k++) {
        par[3 * k] = (k % 2 == 0 ? 1.0 : -1.25) / (double)size;
        par[3 * k + 2] = k % 2 == 0 ? 1 : -1;
        par[3 * k + 1] = kind == BINNET_WEIGHT_UNIFORM ? par[3 * k] + 1 : 0.5 / (double)size;
    }
    binnet_ensemble *e = NULL;
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, 2, sizes, chance, kinds, par, theta, I, BINNET_NORMALISE_NONE, NULL,
                                         0),
                     BINNET_OK);
    return e;
}

enum { STATE, MEAN, CLASSES, TOP, DIAGRAM, CYCLES, VARIANCE, BIFURCATION, LAWS, OCCURRENCE, CORRELATED, CALLS };
static const char *const names[CALLS] = {"state",    "mean",        "classes", "top",        "diagram",   "cycles",
                                         "variance", "bifurcation", "laws",    "occurrence", "correlated"};

static int32_t call(binnet_ctx *ctx, int what, const binnet_ensemble *e, const binnet_bifurcation_law *made)
{
    static double v[4096], w[4096];
    static int64_t n[4096];
    const int64_t active[2] = {1, 1};
    const int32_t axis[2] = {0, 1};
    const double rho[4] = {0.5, 0, 0, -0.5};
    const double x[6] = {0, 0.1, 0.2, 0.3, 0.4, 0.5};
    size_t count = 4;
    binnet_bifurcation_law *b = (binnet_bifurcation_law *)(void *)v;
    int32_t status, domain;
    switch (what) {
    case STATE:
        return binnet_ensemble_state_probability(ctx, v, e, active);
    case MEAN:
        return binnet_ensemble_fixed_mean(ctx, v, e);
    case CLASSES:
        return binnet_ensemble_fixed_classes(ctx, v, (size_t)binnet_ensemble_classes(e), e);
    case TOP:
        return binnet_ensemble_fixed_top(ctx, n, v, w, &count, e, BINNET_BY_STATE);
    case DIAGRAM:
        return binnet_ensemble_diagram(ctx, v, 36, e, axis, x, 6, x, 6);
    case CYCLES:
        return binnet_ensemble_cycles_mean(ctx, v, w, e, 2);
    case VARIANCE:
        return binnet_ensemble_fixed_variance(ctx, v, w, NULL, e);
    case BIFURCATION:
        status = binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL);
        ck_assert((status == BINNET_OK) == (b != NULL));
        binnet_bifurcation_law_free(b);
        return status;
    case LAWS:
        status = binnet_bifurcation_law_cdf(ctx, v, w, 6, made, 0, BINNET_LAMBDA, x);
        if (status == BINNET_OK)
            status = binnet_bifurcation_law_moments(ctx, v, w, made, 1, BINNET_XI);
        if (status == BINNET_OK)
            status = binnet_bifurcation_law_quantile(ctx, v, 1, made, 0, BINNET_XI, x + 3);
        if (status == BINNET_OK)
            status = binnet_bifurcation_law_limit(ctx, &domain, v, w, NULL, v + 1, made, 1, BINNET_LAMBDA);
        return status;
    case CORRELATED:
        return binnet_ensemble_fixed_mean_correlated(ctx, v, w, e, rho);
    default:
        return binnet_ensemble_occurrence(ctx, v, (size_t)binnet_ensemble_classes(e), e, 2, NULL);
    }
}

static void fail_each(int what, int32_t kind, double p, int keep)
{
    meter m;
    binnet_ctx *ctx;
    const int64_t active[2] = {1, 1};
    binnet_bifurcation_law *b;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, what == DIAGRAM ? 2 : 1), BINNET_OK);
    binnet_ensemble *e = make(ctx, 3, p, kind);
    ck_assert_int_eq(binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL), BINNET_OK);
    size_t live = m.live, before = m.calls, step;
    int32_t first = call(ctx, what, e, b);
    ck_assert_msg(first == BINNET_OK, "%s: %d %s", names[what], (int)first, binnet_ctx_message(ctx));
    size_t calls = m.calls - before;
    step = calls > 160 ? calls / 80
                       : 1; /* occurrence and integrals allocate in loops: a sample of them, and the first */
    for (size_t k = 0; k < calls; k += k < 60 ? 1 : step) {
        m.fail_at = m.calls + k;
        m.keep_failing = keep;
        int32_t status = call(ctx, what, e, b);
        ck_assert_msg(status == BINNET_E_NOMEM, "%s, allocation %zu of %zu: %d %s", names[what], k, calls, (int)status,
                      binnet_ctx_message(ctx));
        ck_assert_msg(m.live == live, "%s, allocation %zu of %zu: leaks %zu", names[what], k, calls, m.live - live);
        ck_assert(binnet_ctx_message(ctx)[0] != '\0');
        m.fail_at = NEVER;
        m.keep_failing = 0;
    }
    ck_assert_int_eq(call(ctx, what, e, b), BINNET_OK);
    ck_assert_uint_eq(m.live, live);
    binnet_bifurcation_law_free(b);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}

START_TEST(every_allocation)
{
    for (int what = 0; what < CALLS; what++)
        for (int keep = 0; keep <= 1; keep++) {
            double p = what == CORRELATED ? 1 : 0.5;
            fail_each(what, BINNET_WEIGHT_GAUSSIAN, p, keep);
            fail_each(what, BINNET_WEIGHT_CONSTANT, p, keep);
        }
    fail_each(CYCLES, BINNET_WEIGHT_UNIFORM, 0.5, 0);
    fail_each(CYCLES, BINNET_WEIGHT_LOGNORMAL, 0.5, 0);
    fail_each(BIFURCATION, BINNET_WEIGHT_LOGNORMAL, 0.5, 0);
}
END_TEST

START_TEST(budget)
{
    for (int what = MEAN; what <= DIAGRAM; what += DIAGRAM - MEAN)
        for (int64_t size = 4; size <= 40; size *= 3) {
            meter m;
            binnet_ctx *ctx;
            uint64_t classes, bytes;
            double terms;
            meter_reset(&m);
            ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
            binnet_ensemble *e = make(ctx, size, 0.5, BINNET_WEIGHT_GAUSSIAN);
            size_t points = what == MEAN ? 0 : 6, before = m.live_bytes;
            ck_assert_int_eq(binnet_ensemble_diagram_estimate(ctx, &classes, &bytes, &terms, e, points, points),
                             BINNET_OK);
            ck_assert_uint_eq(classes, (uint64_t)((size + 1) * size));
            ck_assert(what == MEAN || terms == 36.0 * (double)classes);
            m.peak_bytes = before;
            ck_assert_int_eq(call(ctx, what, e, NULL), BINNET_OK);
            ck_assert_msg(m.peak_bytes - before <= bytes, "%s: %zu of %zu", names[what], m.peak_bytes - before,
                          (size_t)bytes);
            ck_assert_msg(m.peak_bytes - before >= bytes / 2, "%s: only %zu of %zu", names[what], m.peak_bytes - before,
                          (size_t)bytes);
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
            ck_assert_int_eq(call(ctx, what, e, NULL), BINNET_OK);
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
            size_t calls = m.calls;
            ck_assert_int_eq(call(ctx, what, e, NULL), BINNET_E_LIMIT);
            ck_assert_uint_eq(m.calls, calls);
            ck_assert(strstr(binnet_ctx_message(ctx), "memory limit is") != NULL);
            binnet_ensemble_free(e);
            binnet_ctx_free(ctx);
        }
}
END_TEST

/* Whatever the limit: what a call allocates at a time stays below it, or the call says that it needs more. */
START_TEST(every_limit)
{
    const int32_t kinds[] = {BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_UNIFORM,
                             BINNET_WEIGHT_LOGNORMAL};
    for (int what = 0; what < CALLS; what++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            meter m;
            binnet_ctx *ctx;
            binnet_bifurcation_law *b;
            const int64_t active[2] = {1, 1};
            int done = 0, stopped = 0;
            meter_reset(&m);
            ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
            binnet_ensemble *e = make(ctx, 3, what == CORRELATED ? 1 : 0.5, kinds[k]);
            ck_assert_int_eq(binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL), BINNET_OK);
            if (what == CORRELATED && kinds[k] > BINNET_WEIGHT_GAUSSIAN)
                done = stopped = 1; /* not offered */
            for (double limit = 16; limit < 1e9 && done < 2; limit *= 1.3) {
                size_t before = m.peak_bytes = m.live_bytes;
                ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit), BINNET_OK);
                int32_t status = call(ctx, what, e, b);
                if (what == CORRELATED && kinds[k] > BINNET_WEIGHT_GAUSSIAN)
                    break;
                ck_assert_msg(m.peak_bytes - before <= (size_t)limit,
                              "%s, weights %d: %zu bytes, allowed %.0f (code %d)", names[what], (int)kinds[k],
                              m.peak_bytes - before, limit, (int)status);
                ck_assert_msg(status == BINNET_OK || status == BINNET_E_LIMIT, "%s: %d %s", names[what], (int)status,
                              binnet_ctx_message(ctx));
                ck_assert(status == BINNET_OK || done == 0);
                done += status == BINNET_OK;
                stopped += status != BINNET_OK;
            }
            ck_assert_msg(done > 0 && (stopped > 0 || what == LAWS), "%s, weights %d: done %d, stopped %d", names[what],
                          (int)kinds[k], done, stopped);
            binnet_bifurcation_law_free(b);
            binnet_ensemble_free(e);
            binnet_ctx_free(ctx);
        }
}
END_TEST

/* Bytes of sums over tuples likewise. */
START_TEST(budget_of_tuples)
{
    meter m;
    binnet_ctx *ctx;
    uint64_t bytes, tuples;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    binnet_ensemble *e = make(ctx, 4, 0.5, BINNET_WEIGHT_CONSTANT);
    ck_assert_int_eq(binnet_ensemble_tuples_estimate(ctx, &tuples, &bytes, NULL, e, 2), BINNET_OK);
    ck_assert(tuples == 35 * 20); /* binomial(4 + 3, 3) binomial(3 + 3, 3) */
    size_t before = m.peak_bytes = m.live_bytes;
    ck_assert_int_eq(call(ctx, CYCLES, e, NULL), BINNET_OK);
    ck_assert_msg(m.peak_bytes - before <= bytes, "%zu of %zu", m.peak_bytes - before, (size_t)bytes);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 1000), BINNET_OK);
    size_t calls = m.calls;
    ck_assert_int_eq(call(ctx, CYCLES, e, NULL), BINNET_E_LIMIT);
    ck_assert_uint_eq(m.calls, calls);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(interrupt)
{
    static double x[200], mean[200 * 200];
    const int32_t axis[2] = {0, 1};
    for (int k = 0; k < 200; k++)
        x[k] = 0.01 * k;
    for (int what = 0; what < 3; what++) {
        binnet_ctx *ctx;
        watch w;
        ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
        /* each would take many seconds */
        binnet_ensemble *e = make(ctx,
                                  what == 0   ? 300
                                  : what == 1 ? 60
                                              : 40,
                                  what == 1 ? 1 : 0.3, BINNET_WEIGHT_GAUSSIAN);
        ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
        watch_start(&w, 0.25);
        int32_t status = what == 0   ? binnet_ensemble_diagram(ctx, mean, 200 * 200, e, axis, x, 200, x, 200)
                         : what == 1 ? binnet_ensemble_cycles_mean(ctx, mean, NULL, e, 2)
                                     : binnet_ensemble_occurrence(ctx, mean, 41 * 40, e, 2, NULL);
        ck_assert_msg(status == BINNET_E_INTERRUPTED, "%d: %d %s", what, (int)status, binnet_ctx_message(ctx));
        ck_assert_int_eq(w.wrong, 0);
        /* 100 ms are promised; ten times that allows for a loaded machine */
        ck_assert_msg(in_time(w.longest, 1), "%d: %g s without a call", what, w.longest);
        ck_assert(now() - w.began < 3);
        binnet_ensemble_free(e);
        binnet_ctx_free(ctx);
    }
}
END_TEST

RUN_TESTS("resources of ensembles", every_allocation, budget, every_limit, budget_of_tuples, interrupt)
