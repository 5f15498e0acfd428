/*
 * Processor time between two calls of the hook, at sizes where each method and each look at the structure takes long. Promised
 * are 100 ms; the hook itself is called each 50 ms at most.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct gaps {
    double began, last, longest, stop_after; /* of the processor's clock, seconds */
} gaps;

static double busy(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void look(gaps *g)
{
    double t = busy();
    g->longest = t - g->last > g->longest ? t - g->last : g->longest;
    g->last = t;
}

static int32_t hook(void *user, double fraction, double left)
{
    gaps *g = user;
    (void)fraction, (void)left;
    look(g);
    return g->last - g->began > g->stop_after;
}

enum {
    CHAIN,
    CYCLE,
    REVERSED,
    TRIANGULAR,
    DENSE_SPARSE,
    GRADED,
    RANK_ONE,
    KINDS,
    CONSTANT,
    BANDED,
    GLYNN,
    PAIRS,
    SUBSETS,
    WIDE,
    RESIDUE,
    WHOLE_DENSE,
    WHOLE_LONG,
    WHOLE_CHAIN,
    WHOLE_KINDS,
    WHOLE_BAND,
    REPEATED_FLAT,
    REPEATED_DEEP,
    SPARSE_ROWS,
    CASES
};
static const char *const names[CASES] = {"chain",
                                         "cycle",
                                         "reversed chain",
                                         "triangular",
                                         "dense and a zero",
                                         "graded",
                                         "rank one",
                                         "kinds",
                                         "constant",
                                         "banded",
                                         "glynn",
                                         "compensated",
                                         "subsets",
                                         "wide",
                                         "residue",
                                         "dense integers",
                                         "long integers",
                                         "chain of integers",
                                         "kinds of integers",
                                         "band of integers",
                                         "two kinds",
                                         "four kinds",
                                         "sparse"};

static double entry(dice *d, int what, size_t i, size_t j, size_t n)
{
    switch (what) {
    case CHAIN:
    case WHOLE_CHAIN:
        return i == j || j == i + 1;
    case CYCLE:
        return i == j || j == (i + 1) % n;
    case REVERSED: /* the greedy matching is wrong everywhere */
        return j == n - 1 - i || j + i == n - 2 || (i > n / 2 && j == i);
    case TRIANGULAR:
        return i <= j;
    case DENSE_SPARSE:
        return i + j == 0 ? 0 : roll(d);
    case GRADED:
        return j == i || j == (i + 1) % n || j == (i + 7) % n ? ldexp(1 + roll(d), (int)roll_to(d, 2000) - 1000) : 0;
    case RANK_ONE:
        return (double)((i + 1) * (j + 1));
    case KINDS:
        return (double)(1 + (j % 3) * ((i * i) % 17) + i % 5);
    case CONSTANT:
        return (i < n / 3 ? 1.5 : 2) * (j < n / 4 ? 1 : 3) + (i < n / 3 && j < n / 4);
    case BANDED:
    case WHOLE_BAND:
        return j + 9 > i && j < i + 9 ? 1 + (double)roll_to(d, 3) : 0;
    case SPARSE_ROWS:
        return i == j || roll(d) < 0.004;
    default:
        return roll(d);
    }
}

/* A square matrix of n rows, as doubles or integers, as it stands. */
static int32_t run_square(binnet_ctx *ctx, gaps *g, int what, size_t n, int32_t method, int whole)
{
    dice d = dice_of(7);
    double mantissa, bound, *a = malloc(n * n * sizeof *a);
    int64_t exponent, high, *x = whole ? malloc(n * n * sizeof *x) : NULL;
    uint64_t low;
    ck_assert(a != NULL && (!whole || x != NULL));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a[i * n + j] = entry(&d, what, i, j, n);
            if (whole)
                x[i * n + j] = what == WHOLE_DENSE  ? (int64_t)(100 * a[i * n + j])
                               : what == WHOLE_LONG ? (int64_t)(0x1p62 * a[i * n + j])
                                                    : (int64_t)a[i * n + j];
        }
    g->began = g->last = busy();
    int32_t code;
    char *text = NULL;
    size_t room;
    if (!whole) {
        code = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, n, n, a, method);
    } else if (what == WHOLE_CHAIN || what == WHOLE_BAND) {
        OK(binnet_permanent_decimal(ctx, NULL, 0, &room, n, n, x));
        text = malloc(room);
        code = binnet_permanent_decimal(ctx, text, room, &room, n, n, x);
    } else if (what == RESIDUE) {
        code = binnet_permanent_residue(ctx, &low, 1000003, n, n, x);
    } else {
        code = binnet_permanent_integer(ctx, &high, &low, n, n, x);
    }
    look(g);
    free(text);
    free(x);
    free(a);
    return code;
}

static int32_t run_repeated_kinds(binnet_ctx *ctx, gaps *g, size_t k, int64_t each)
{
    dice d = dice_of(8);
    size_t n = k * (size_t)each;
    int64_t times[8], exponent;
    double mantissa, bound, *col = malloc(n * k * sizeof *col);
    ck_assert(col != NULL);
    for (size_t t = 0; t < n * k; t++)
        col[t] = roll(&d);
    for (size_t q = 0; q < k; q++)
        times[q] = each;
    g->began = g->last = busy();
    int32_t code = binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, n, k, col, times);
    look(g);
    free(col);
    return code;
}

static int32_t run_wide(binnet_ctx *ctx, gaps *g, size_t m, size_t n, int32_t method)
{
    dice d = dice_of(9);
    int64_t exponent;
    double mantissa, bound, *a = malloc(m * n * sizeof *a);
    ck_assert(a != NULL);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = method != BINNET_PERMANENT_AUTO || (j >= i && j < i + 20) ? roll(&d) : 0;
    g->began = g->last = busy();
    int32_t code = binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, NULL, m, n, a, method);
    look(g);
    free(a);
    return code;
}

START_TEST(polls)
{
    gaps g = {.stop_after = getenv("POLLS_FOR") != NULL ? atof(getenv("POLLS_FOR")) : 0.4};
    binnet_ctx *ctx = new_ctx(1);
    OK(binnet_ctx_set_hook(ctx, hook, &g));
    int32_t code;
    switch (_i) {
    case GLYNN:
        code = run_square(ctx, &g, _i, 40, BINNET_PERMANENT_GLYNN, 0);
        break;
    case PAIRS:
        code = run_square(ctx, &g, _i, 40, BINNET_PERMANENT_COMPENSATED, 0);
        break;
    case SUBSETS:
        code = run_square(ctx, &g, _i, 26, BINNET_PERMANENT_SUBSETS, 0);
        break;
    case WIDE:
        code = run_wide(ctx, &g, 25, 40, BINNET_PERMANENT_SUBSETS);
        if (code == BINNET_E_INTERRUPTED)
            code = run_wide(ctx, &g, 200, 220, BINNET_PERMANENT_AUTO);
        break;
    case RESIDUE:
    case WHOLE_DENSE:
    case WHOLE_LONG:
        code = run_square(ctx, &g, _i, 34, 0, 1);
        break;
    case WHOLE_KINDS:
        code = run_square(ctx, &g, KINDS, 600, 0, 1);
        break;
    case WHOLE_CHAIN:
    case WHOLE_BAND:
        code = run_square(ctx, &g, _i, 1500, 0, 1);
        break;
    case REPEATED_FLAT:
        code = run_repeated_kinds(ctx, &g, 3, 3000);
        break;
    case REPEATED_DEEP:
        code = run_repeated_kinds(ctx, &g, 6, 20);
        break;
    case SPARSE_ROWS:
        code = run_square(ctx, &g, _i, 600, 0, 0);
        break;
    default:
        code = run_square(ctx, &g, _i, 3000, 0, 0);
    }
    printf("%-20s %.3f s of the processor, %.3f s at most without a call, code %d\n", names[_i], g.last - g.began,
           g.longest, (int)code);
    ck_assert_msg(code == BINNET_OK || code == BINNET_E_INTERRUPTED || code == BINNET_E_SIZE ||
                      code == BINNET_E_RANGE || code == BINNET_E_NOCONV,
                  "%s: %d %s", names[_i], (int)code, binnet_ctx_message(ctx));
    ck_assert_msg(g.longest < 0.15, "%s: %g s without a call", names[_i], g.longest);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("permanent_polls", {polls, CASES})
