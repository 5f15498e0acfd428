/*
 * Permanents and the ctx: each allocation fails once, memory stays within the estimate, a limit stops the call before it
 * starts, the hook is asked and can stop it.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/meter.h"
#include "support/watch.h"
#include "support/support.h"

#include <string.h>
#include <time.h>

enum { MOST = 40 };

/* Matrices that go to each method. */
enum {
    DENSE,
    THREADED,
    MIXED,
    BLOCKS,
    EQUAL,
    BANDED,
    RANK_ONE,
    CONSTANT,
    WIDE,
    SPARSE_WIDE,
    GRADED,
    TALL_KINDS,
    INTEGER,
    RESIDUE,
    CASES
};
static const char *const names[CASES] = {"dense",  "threaded", "mixed",    "blocks", "equal",
                                         "banded", "rank one", "constant", "wide",   "sparse wide",
                                         "graded", "kinds",    "integer",  "residue"};

typedef struct matrix {
    size_t m, n;
    double a[MOST * MOST];
    int64_t whole[MOST * MOST];
} matrix;

static void fill(matrix *x, int what)
{
    uint64_t seed = 3;
    static const size_t size[CASES] = {9, 20, 10, 11, 18, 30, 12, 12, 12, 40, 10, 12, 18, 18};
    x->m = x->n = size[what];
    if (what == WIDE)
        x->m = 3;
    if (what == SPARSE_WIDE)
        x->m = 36;
    for (size_t i = 0; i < x->m; i++)
        for (size_t j = 0; j < x->n; j++) {
            double v = draw(&seed), *to = &x->a[i * x->n + j];
            *to = what == MIXED ? v : fabs(v) + 0.01;
            if (what == BLOCKS && i / 4 > j / 4)
                *to = 0;
            if (what == EQUAL)
                *to = j < 3 ? fabs(v) : x->a[i * x->n + j % 3];
            if (what == BANDED)
                *to = i <= j + 1 && j <= i + 1 ? v : 0;
            if (what == SPARSE_WIDE)
                *to = i <= j && j <= i + 4 ? v : 0;
            if (what == GRADED)
                *to = ldexp(v, (int)(i * i * 9 + 80 * j) - 900);
            if (what == RANK_ONE)
                *to = (double)((i + 1) * (j + 1));
            if (what == CONSTANT)
                *to = (i < 5 ? 1.5 : 2) * (j < 4 ? 1 : 3) + (i < 5 && j < 4);
            x->whole[i * x->n + j] = what == INTEGER || what == RESIDUE ? (int64_t)(v * 9)
                                     : what == GRADED                   ? (int64_t)(v * 0x1p60)
                                                                        : (int64_t)(*to * 0x1p40);
        }
}

static int32_t run(binnet_ctx *ctx, const matrix *x, int what)
{
    static const int64_t times[3] = {4, 5, 3};
    double mantissa, bound;
    int64_t exponent, high;
    uint64_t low;
    switch (what) {
    case TALL_KINDS:
        return binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, 12, 3, x->a, times);
    case INTEGER:
        return binnet_permanent_integer(ctx, &high, &low, x->m, x->n, x->whole);
    case RESIDUE:
        return binnet_permanent_residue(ctx, &low, 1000003, x->m, x->n, x->whole);
    default:
        return binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, x->m, x->n, x->a,
                                       BINNET_PERMANENT_AUTO);
    }
}

START_TEST(each_allocation_fails)
{
    matrix x;
    meter m;
    binnet_ctx *ctx;
    fill(&x, _i);
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, _i == THREADED || _i >= INTEGER ? 2 : 1), BINNET_OK);
    size_t live = m.live;
    for (int keep = 0; keep < 2; keep++)
        for (size_t k = 0;; k++) {
            m.failures = 0;
            m.keep_failing = keep;
            m.fail_at = m.calls + k;
            int32_t code = run(ctx, &x, _i);
            m.fail_at = NEVER;
            m.keep_failing = 0;
            ck_assert_msg(m.live == live, "%s, allocation %zu leaks", names[_i], k);
            if (m.failures == 0) {
                ck_assert_msg(code == BINNET_OK, "%s: %d %s", names[_i], (int)code, binnet_ctx_message(ctx));
                break;
            }
            ck_assert_msg(code == BINNET_E_NOMEM, "%s, allocation %zu: %d", names[_i], k, (int)code);
            ck_assert(binnet_ctx_message(ctx)[0] != '\0');
            ck_assert(k < 1000);
        }
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}
END_TEST

/* The estimate is what is allocated at most, and a limit of exactly that is enough. */
START_TEST(estimates)
{
    matrix x;
    meter m;
    binnet_ctx *ctx;
    uint64_t bytes;
    double flops;
    int32_t used, really;
    fill(&x, _i);
    for (int threads = 1; threads <= 2; threads++) {
        meter_reset(&m);
        ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads), BINNET_OK);
        ck_assert_int_eq(binnet_permanent_estimate(ctx, NULL, &bytes, &flops, &used, x.m, x.n, x.a,
                                                   BINNET_PERMANENT_AUTO),
                         BINNET_OK);
        ck_assert(flops > 0 && isfinite(flops));
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
        size_t before = m.live_bytes;
        m.peak_bytes = before;
        double mantissa;
        int64_t exponent;
        int32_t code = binnet_permanent_scaled(ctx, &mantissa, &exponent, NULL, &really, x.m, x.n, x.a,
                                               BINNET_PERMANENT_AUTO);
        ck_assert_msg(code == BINNET_OK, "%s: %d %s", names[_i], (int)code, binnet_ctx_message(ctx));
        ck_assert_msg(m.peak_bytes - before <= bytes, "%s, %d threads: %zu bytes, the estimate is %zu", names[_i],
                      threads, m.peak_bytes - before, (size_t)bytes);
        /* the grade may change afterwards; the rest is as foreseen */
        int32_t grades = BINNET_PERMANENT_GLYNN | BINNET_PERMANENT_COMPENSATED | BINNET_PERMANENT_INTEGRAL;
        ck_assert_msg((used & ~grades) == (really & ~grades), "%s: used %d, foreseen %d", names[_i], (int)really,
                      (int)used);
        if (bytes > 0) {
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
            m.peak_bytes = before;
            code = binnet_permanent_scaled(ctx, &mantissa, &exponent, NULL, NULL, x.m, x.n, x.a, BINNET_PERMANENT_AUTO);
            int unneeded = _i == WIDE && code == BINNET_OK; /* memory for a second attempt */
            ck_assert(m.peak_bytes - before < bytes);
            ck_assert_msg(unneeded || code == BINNET_E_LIMIT, "%s below the estimate: %d", names[_i], (int)code);
            ck_assert_uint_eq(m.live_bytes, before);
        }
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Integers of each structure in full, so large that they are done in integers too: each allocation fails, memory within the
 * estimate and the limit. */
START_TEST(integers)
{
    matrix x;
    meter m;
    binnet_ctx *ctx;
    uint64_t bytes;
    double flops;
    char text[4096];
    size_t length;
    int32_t used;
    fill(&x, _i == THREADED ? MIXED : _i);
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 1 + _i % 2), BINNET_OK);
    ck_assert_int_eq(binnet_permanent_integer_estimate(ctx, NULL, &bytes, &flops, &used, x.m, x.n, x.whole), BINNET_OK);
    ck_assert(flops > 0 && isfinite(flops));
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
    size_t live = m.live, before = m.live_bytes;
    m.peak_bytes = before;
    int32_t code = binnet_permanent_decimal(ctx, text, sizeof text, &length, x.m, x.n, x.whole);
    ck_assert_msg(code == BINNET_OK, "%s: %d %s", names[_i], (int)code, binnet_ctx_message(ctx));
    ck_assert_msg(m.peak_bytes - before <= bytes, "%s: %zu bytes, the estimate is %zu", names[_i],
                  m.peak_bytes - before, (size_t)bytes);
    size_t most = m.peak_bytes - before;
    for (int64_t limit = (int64_t)most - 1; limit > 64; limit = limit * 2 / 3) {
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, limit), BINNET_OK);
        m.peak_bytes = before;
        code = binnet_permanent_decimal(ctx, text, sizeof text, &length, x.m, x.n, x.whole);
        ck_assert_msg(m.peak_bytes - before <= (size_t)limit, "%s: %zu bytes, the limit is %zu", names[_i],
                      m.peak_bytes - before, (size_t)limit);
        ck_assert_msg(code == BINNET_E_LIMIT, "%s, limit %zu of %zu: %d", names[_i], (size_t)limit, most, (int)code);
        ck_assert_uint_eq(m.live, live);
    }
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
    for (size_t k = 0;; k++) {
        m.failures = 0;
        m.fail_at = m.calls + k;
        code = binnet_permanent_decimal(ctx, text, sizeof text, &length, x.m, x.n, x.whole);
        m.fail_at = NEVER;
        ck_assert_msg(m.live == live, "%s, allocation %zu leaks", names[_i], k);
        if (m.failures == 0) {
            ck_assert_int_eq(code, BINNET_OK);
            break;
        }
        ck_assert_msg(code == BINNET_E_NOMEM, "%s, allocation %zu: %d", names[_i], k, (int)code);
        ck_assert(k < 1000);
    }
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}
END_TEST

/* Minutes of work, stopped after 0.2 s. */
START_TEST(stops)
{
    binnet_ctx *ctx;
    meter m;
    uint64_t seed = 9, low;
    static double a[MOST * MOST];
    static int64_t whole[MOST * MOST];
    const int64_t times[4] = {120, 120, 120, 120};
    static double col[4 * 480];
    double mantissa, bound;
    int64_t exponent, high;
    for (size_t k = 0; k < MOST * MOST; k++) {
        a[k] = fabs(draw(&seed)) + 0.01;
        whole[k] = (int64_t)(3 * draw(&seed));
    }
    for (size_t k = 0; k < 4 * 480; k++)
        col[k] = fabs(draw(&seed));
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 1 + _i % 2), BINNET_OK);
    size_t live = m.live;
    watch w;
    int32_t code = BINNET_OK;
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, 0.2);
    clock_t began = clock();
    switch (_i / 2) {
    case 0:
        code = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, 38, 38, a, BINNET_PERMANENT_GLYNN);
        break;
    case 1:
        code = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, 36, 36, a,
                                       BINNET_PERMANENT_COMPENSATED);
        break;
    case 2:
        code = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, 25, 40, a, BINNET_PERMANENT_SUBSETS);
        break;
    case 3:
        code = binnet_permanent_integer(ctx, &high, &low, 34, 34, whole);
        break;
    case 4:
        code = binnet_permanent_residue(ctx, &low, 97, 34, 34, whole);
        break;
    default:
        code = binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, 480, 4, col, times);
        break;
    }
    double took = (double)(clock() - began) / CLOCKS_PER_SEC; /* of all threads: others may use the machine */
    ck_assert_msg(code == BINNET_E_INTERRUPTED || (code == BINNET_OK && in_time(took, 1)), "%d after %g s: %s",
                  (int)code, took, binnet_ctx_message(ctx));
    ck_assert_int_eq(w.wrong, 0);
    /* promised are 100 ms of each thread after 0.2 s; more than that for slow checkers. test_permanent_polls has the rest */
    ck_assert_msg(in_time(took, 1.5), "case %d: stopped after %g s of the processor", _i, took);
    ck_assert_uint_eq(m.live, live);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("permanent_resources", {each_allocation_fails, CASES}, {estimates, TALL_KINDS}, {integers, TALL_KINDS},
             {stops, 12})
