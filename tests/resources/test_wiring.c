/*
 * Random wiring and the allocator: each allocation of each call fails once; limits and estimates hold; long calls are asked
 * and can be stopped.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/meter.h"
#include "support/watch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double custom_cdf(void *user, double x)
{
    (void)user;
    return 0.5 * erfc(-x);
}

static void custom_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    *re = exp(-0.25 * t * t);
    *im = 0;
}

/* Kinds of ensembles: one for each way a current is computed, and the caller's law by its cdf or characteristic function. */
enum { CLOSED, LATTICE, INVERTED, TILTED, CALLERS, BLIND, KINDS };

static int32_t make(binnet_ctx *ctx, binnet_ensemble **out, int kind, int64_t n, int32_t normalise, double p0)
{
    int64_t size[2] = {n, n};
    double p[4] = {p0, 0.4, 0.02, 0.3}, par[12] = {0.5, 0.25, 1, -1, 0.5, 1, 0.5, 0.25, 1, -1, 0.5, 1};
    int32_t kinds[4];
    for (int k = 0; k < 4; k++)
        kinds[k] = kind == LATTICE                  ? BINNET_WEIGHT_CONSTANT
                   : kind == INVERTED && k % 2 == 0 ? BINNET_WEIGHT_LOGNORMAL
                   : kind == TILTED && k % 2 == 0   ? BINNET_WEIGHT_LAPLACE
                                                    : BINNET_WEIGHT_GAUSSIAN;
    binnet_ensemble *e;
    *out = NULL;
    int32_t status = binnet_ensemble_new(ctx, &e, 2, size, p, kinds, par, NULL, NULL, normalise, NULL, 1);
    if (status != BINNET_OK || (kind != CALLERS && kind != BLIND)) {
        *out = e;
        return status;
    }
    status = kind == CALLERS ? binnet_ensemble_with_weight(ctx, out, e, 0, 0, custom_cdf, NULL, NULL, NULL)
                             : binnet_ensemble_with_weight(ctx, out, e, 0, 0, NULL, NULL, custom_wave, NULL);
    binnet_ensemble_free(e);
    return status;
}

typedef struct scene {
    meter m;
    binnet_ctx *ctx;
    binnet_ensemble *e;
    binnet_current *law;
    int kind;
    int32_t normalise;
} scene;

enum { N = 2, ENTRIES = (N + 1) * (N + 1) };
static const int64_t active[2] = {2, 1}, inactive[2] = {0, 1};

static char nothing;

#define MADE(type, made, code)                                                                                         \
    do {                                                                                                               \
        binnet_##type *made = (binnet_##type *)(void *)&nothing;                                                       \
        int32_t status = (code);                                                                                       \
        if (status != BINNET_OK)                                                                                       \
            *left = made != NULL;                                                                                      \
        else                                                                                                           \
            binnet_##type##_free(made);                                                                                \
        return status;                                                                                                 \
    } while (0)

enum {
    NEW,
    HETEROGENEOUS,
    WITH_WEIGHT,
    WITH_STIMULI,
    WITH_TIE,
    WITH_CORRELATION,
    CURRENT,
    EVAL,
    MOMENTS,
    ATOMS,
    TABLE,
    SAMPLE,
    CALLS
};

static int32_t run(scene *s, int call, int *left)
{
    binnet_ctx *ctx = s->ctx;
    double v[16] = {0}, x[2] = {-0.5, 0.25}, out[ENTRIES], more[ENTRIES];
    int32_t kinds[16] = {0};
    size_t count;
    *left = 0;
    switch (call) {
    case NEW:
        MADE(ensemble, made, make(ctx, &made, s->kind, N, s->normalise, 0.5));
    case HETEROGENEOUS: {
        double par[48] = {0};
        for (int k = 0; k < 16; k++)
            kinds[k] = BINNET_WEIGHT_CONSTANT;
        MADE(ensemble, made,
             binnet_ensemble_new_heterogeneous(ctx, &made, 4, v, kinds, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL));
    }
    case WITH_WEIGHT:
        MADE(ensemble, made, binnet_ensemble_with_weight(ctx, &made, s->e, 1, 1, custom_cdf, NULL, NULL, NULL));
    case WITH_STIMULI:
        MADE(ensemble, made, binnet_ensemble_with_stimuli(ctx, &made, s->e, v));
    case WITH_TIE:
        MADE(ensemble, made, binnet_ensemble_with_tie(ctx, &made, s->e, BINNET_TIE_KEEP));
    case WITH_CORRELATION:
        MADE(ensemble, made, binnet_ensemble_with_correlation(ctx, &made, s->e, v, BINNET_RECIPROCAL_INDEPENDENT));
    case CURRENT:
        MADE(current, made, binnet_current_new(ctx, &made, s->e, 0, active, inactive));
    case EVAL:
        return binnet_current_eval(ctx, v, NULL, NULL, NULL, NULL, NULL, 2, s->law, x);
    case MOMENTS:
        return binnet_current_moments(ctx, v, NULL, s->law);
    case ATOMS:
        return binnet_current_atoms(ctx, &count, NULL, NULL, 0, s->law);
    case TABLE:
        return binnet_current_table(ctx, out, more, ENTRIES, NULL, s->e, 0, 0.25, 0);
    default:
        MADE(net, made, binnet_ensemble_sample(ctx, &made, s->e, 3));
    }
}

static void set(scene *s, int kind, int32_t normalise, double p0)
{
    meter_reset(&s->m);
    s->kind = kind;
    s->normalise = normalise;
    ck_assert_int_eq(meter_ctx(&s->m, &s->ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_f64(s->ctx, BINNET_P_TOLERANCE, 1e-4), BINNET_OK);
    ck_assert_int_eq(make(s->ctx, &s->e, kind, N, normalise, p0), BINNET_OK);
    ck_assert_int_eq(binnet_current_new(s->ctx, &s->law, s->e, 0, active, inactive), BINNET_OK);
}

static void strike(scene *s)
{
    binnet_current_free(s->law);
    binnet_ensemble_free(s->e);
    binnet_ctx_free(s->ctx);
    ck_assert_uint_eq(s->m.live, 0);
    ck_assert_int_eq(s->m.broken, 0);
}

START_TEST(each_allocation_fails)
{
    int kind = _i % KINDS;
    int32_t normalise = _i / KINDS ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE;
    for (int call = 0; call < CALLS; call++)
        for (int keep = 0; keep < 2; keep++) {
            scene s;
            int left;
            set(&s, kind, normalise, keep ? 0.5 : 0.02); /* dense and sparse networks */
            size_t live = s.m.live;
            for (size_t k = 0;; k++) {
                s.m.calls = 0;
                s.m.failures = 0;
                s.m.fail_at = k;
                s.m.keep_failing = keep;
                int32_t code = run(&s, call, &left);
                s.m.fail_at = NEVER;
                s.m.keep_failing = 0;
                ck_assert_msg(s.m.live == live && !left, "call %d, kind %d: leaks when allocation %zu fails", call,
                              kind, k);
                if (s.m.failures == 0) {
                    int unknown = (call == MOMENTS && (kind == CALLERS || kind == BLIND)) ||
                                  (call == SAMPLE && kind == BLIND);
                    ck_assert_msg(code == (unknown ? BINNET_E_UNDEFINED : BINNET_OK), "call %d, kind %d: %d %s", call,
                                  kind, (int)code, binnet_ctx_message(s.ctx));
                    break;
                }
                ck_assert_msg(code == BINNET_E_NOMEM, "call %d, kind %d: %d when allocation %zu fails", call, kind,
                              (int)code, k);
                ck_assert(binnet_ctx_message(s.ctx)[0] != '\0');
            }
            strike(&s);
        }
}
END_TEST

/* What a table allocates is its estimate at most; that is enough as a limit, and less stops it before it allocates. */
START_TEST(tables_keep_their_estimate)
{
    int kind = _i % KINDS;
    int32_t normalise = _i / KINDS ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE;
    scene s;
    int left;
    uint64_t entries, bytes;
    set(&s, kind, normalise, 0.5);
    ck_assert_int_eq(binnet_current_table_estimate(s.ctx, &entries, &bytes, NULL, s.e, 0), BINNET_OK);
    ck_assert_uint_eq(entries, ENTRIES);
    size_t before = s.m.live_bytes;
    s.m.peak_bytes = before;
    ck_assert_int_eq(run(&s, TABLE, &left), BINNET_OK);
    ck_assert_msg(s.m.peak_bytes - before <= bytes, "%zu of %zu", s.m.peak_bytes - before, (size_t)bytes);
    ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
    ck_assert_int_eq(run(&s, TABLE, &left), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
    size_t calls = s.m.calls;
    ck_assert_int_eq(run(&s, TABLE, &left), BINNET_E_LIMIT);
    ck_assert_uint_eq(s.m.calls, calls);
    strike(&s);
}
END_TEST

/* Peaks of the others within a limit that is just enough for them; with next to none they say so at once. */
START_TEST(limits_are_kept)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int call = 0; call < CALLS; call++) {
            scene s;
            int left;
            if (call == HETEROGENEOUS || (call == NEW && kind >= CALLERS)) /* of an own size; two calls */
                continue;
            set(&s, kind, BINNET_NORMALISE_INDEGREE, 0.5);
            size_t before = s.m.live_bytes;
            s.m.peak_bytes = before;
            run(&s, call, &left);
            size_t peak = s.m.peak_bytes - before;
            int64_t limit = 1;
            int32_t code;
            for (;; limit += limit / 8 + 1) { /* the least limit, within an eighth */
                ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, limit), BINNET_OK);
                code = run(&s, call, &left);
                if (code != BINNET_E_LIMIT)
                    break;
                ck_assert_uint_eq(s.m.live_bytes, before);
            }
            ck_assert_msg((size_t)limit >= peak, "call %d, kind %d: allocates %zu with a limit of %zu", call, kind,
                          peak, (size_t)limit);
            strike(&s);
        }
}
END_TEST

/* --- the hook --- */

enum { LONG_EVAL, LONG_INVERSION, LONG_TILTED, LONG_TABLE, LONG_TABLE_INVERSIONS, LONG_SAMPLE, LONG_ATOMS, LONG_CALLS };

START_TEST(long_calls_are_asked)
{
    meter m;
    binnet_ctx *ctx;
    binnet_ensemble *e;
    binnet_current *law = NULL;
    watch w;
    int kind = _i == LONG_TILTED                                     ? TILTED
               : _i == LONG_INVERSION || _i == LONG_TABLE_INVERSIONS ? INVERTED
               : _i == LONG_ATOMS                                    ? LATTICE
                                                                     : CLOSED;
    int64_t n = _i == LONG_SAMPLE             ? 6000
                : _i == LONG_TABLE_INVERSIONS ? 250
                : _i == LONG_TABLE            ? 150
                : _i == LONG_ATOMS            ? 3000
                                              : 400;
    int64_t some[2] = {n, n}, none[2] = {0, 0};
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(make(ctx, &e, kind, n, _i == LONG_TABLE ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE, 0.5),
                     BINNET_OK);
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, some, none), BINNET_OK);
    size_t live = m.live, len = (size_t)((n + 1) * (n + 1)), points = 200000, count;
    double *out = malloc((len > points ? len : points) * sizeof *out), *x = malloc(points * sizeof *x);
    ck_assert(out != NULL && x != NULL);
    for (size_t k = 0; k < points; k++)
        x[k] = 1e-3 * (double)k - 100;
    binnet_net *net = NULL;
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, INFINITY);
    w.stop_at = 3;
    int32_t code = _i == LONG_EVAL || _i == LONG_INVERSION || _i == LONG_TILTED
                       ? binnet_current_eval(ctx, out, NULL, NULL, NULL, NULL, NULL, points, law, x)
                   : _i == LONG_SAMPLE ? binnet_ensemble_sample(ctx, &net, e, 0)
                   : _i == LONG_ATOMS  ? binnet_current_atoms(ctx, &count, NULL, NULL, 0, law)
                                       : binnet_current_table(ctx, out, NULL, len, NULL, e, 0, 0.5, 0);
    ck_assert_msg(code == BINNET_E_INTERRUPTED, "%d: %d %s after %d calls", _i, (int)code, binnet_ctx_message(ctx),
                  w.calls);
    ck_assert_ptr_null(net);
    ck_assert_msg(w.wrong == 0, "%d: the fraction was wrong %d times of %d", _i, w.wrong, w.calls);
    /* 100 ms are promised; ten times that is for a loaded machine, not for a missing poll. */
    ck_assert_msg(in_time(w.longest, 1), "%d: %g s without a call", _i, w.longest);
    ck_assert_uint_eq(m.live, live);
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, NULL, NULL), BINNET_OK);
    free(out);
    free(x);
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wiring");
    TCase *tests = tcase_create("wiring");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, each_allocation_fails, 0, 2 * KINDS);
    tcase_add_loop_test(tests, tables_keep_their_estimate, 0, 2 * KINDS);
    tcase_add_test(tests, limits_are_kept);
    tcase_add_loop_test(tests, long_calls_are_asked, 0, LONG_CALLS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
