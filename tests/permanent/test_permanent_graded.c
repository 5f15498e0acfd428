/*
 * Permanents of graded matrices, entries from 5e-324 to 1.8e308 side by side, by every method: the bound holds against the
 * definition in integers of 13,000 bits, and what has no cancellation is found to the tolerance.
 */
#include "support/support.h"

#define LIMBS 420
#include "exact.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST = 5,
    GRID = 1074 /* every double is a multiple of 2^-GRID */,
    BELOW = 256 /* bits kept below the products */
};

typedef struct graded {
    size_t m, n;
    double a[2 * MOST * MOST];
} graded;

/* x y for y a double times 2^GRID. */
static whole whole_times_double(whole x, double y)
{
    int e;
    double m = frexp(y, &e);
    int64_t bits = (int64_t)ldexp(m, 53);
    for (; e - 53 + GRID < 0; e++) /* subnormal: the lowest bits are 0 */
        bits /= 2;
    return bits == 0 ? whole_of(0) : whole_shift(whole_times(x, bits), e - 53 + GRID);
}

/* sum over injections of products, times 2^(m GRID). */
static whole by_injections(const graded *g, size_t row, unsigned used)
{
    whole sum = whole_of(0);
    if (row == g->m)
        return whole_of(1);
    for (size_t j = 0; j < g->n; j++)
        if (!(used >> j & 1) && g->a[row * g->n + j] != 0)
            sum = whole_add(sum, whole_times_double(by_injections(g, row + 1, used | 1u << j), g->a[row * g->n + j]));
    return sum;
}

/* v 2^e as a multiple of 2^-(m GRID + BELOW), rounded away from 0 when `up`. */
static whole scaled(double v, int64_t e, size_t m, int up)
{
    int k;
    double f = frexp(v, &k);
    int64_t bits = (int64_t)ldexp(f, 53), place = e + k - 53 + (int64_t)m * GRID + BELOW;
    ck_assert(place < 32 * LIMBS - 80);
    for (; place < 0 && bits != 0; place++)
        bits = up ? (bits + 1) / 2 : bits / 2;
    return bits == 0 ? whole_of(up && v != 0) : whole_shift(whole_of(bits), (int)place);
}

/* Whether |exact - mantissa 2^e| <= bound 2^e. */
static int within(whole exact, size_t m, double mantissa, double bound, int64_t e)
{
    whole off = whole_add(whole_shift(exact, BELOW), whole_negate(scaled(mantissa, e, m, 0)));
    if (whole_negative(off))
        off = whole_negate(off);
    return !whole_negative(whole_add(scaled(bound, e, m, 1), whole_negate(off)));
}

enum { ANY, ENDS, NEAR, KINDS };

static double draw(dice *d, int kind)
{
    static const int ends[] = {-1074, -1073, -1060, -1022, 1023, 0, 0, 500, -500};
    int e = kind == ENDS   ? ends[roll_to(d, sizeof ends / sizeof *ends)]
            : kind == NEAR ? (int)roll_to(d, 120) - 60
                           : (int)roll_to(d, 2098) - 1074;
    double m = roll(d) < 0.4 ? 1 : 1 + roll(d);
    return ldexp(m, e);
}

static void fill(dice *d, graded *g, size_t m, size_t n, int kind, int mixed, double zeros)
{
    g->m = m;
    g->n = n;
    for (size_t k = 0; k < m * n; k++)
        g->a[k] = roll(d) < zeros ? 0 : draw(d, kind) * (mixed && roll(d) < 0.5 ? -1 : 1);
}

static const double tolerances[] = {1e-2, 1e-8, 1e-14, 1e-18};

typedef struct found {
    double mantissa, bound;
    int64_t exponent;
} found;

static void check(binnet_ctx *ctx, const char *what, int number, int32_t code, const found *f, whole exact, size_t m,
                  int certain, double tolerance)
{
    ck_assert_msg(code == BINNET_OK || (code == BINNET_E_NOCONV && !certain), "%s %d: %d %s", what, number, (int)code,
                  binnet_ctx_message(ctx));
    ck_assert_msg(within(exact, m, f->mantissa, f->bound, f->exponent),
                  "%s %d, code %d: %.17g * 2^%lld, bound %g: not within", what, number, (int)code, f->mantissa,
                  (long long)f->exponent, f->bound);
    if (code == BINNET_OK && tolerance > 0)
        ck_assert_msg(f->bound <= (tolerance + 0x1.001p-53) * fabs(f->mantissa), "%s %d: bound %g of %g", what, number,
                      f->bound, f->mantissa);
}

/* Square and wide matrices by every method. */
START_TEST(matrices)
{
    static const int32_t methods[] = {BINNET_PERMANENT_AUTO, BINNET_PERMANENT_GLYNN, BINNET_PERMANENT_COMPENSATED,
                                      BINNET_PERMANENT_SUBSETS};
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 300);
    graded g;
    for (int k = 0; k < (getenv("BINNET_THOROUGH") == NULL ? 30 : 60); k++) {
        size_t m = 1 + roll_to(&d, k % 8 == 0 ? MOST : 3), n = m + (k % 4 == 3 ? 1 + roll_to(&d, 2) : 0);
        int mixed = k % 3 == 0;
        double tolerance = tolerances[roll_to(&d, 4)];
        fill(&d, &g, m, n, _i, mixed, k % 5 == 0 ? 0.4 : 0);
        if (k % 7 == 1) /* equal columns */
            for (size_t t = 0; t < m * n; t++)
                g.a[t] = t % n > 0 && t % 2 ? g.a[t - t % n] : g.a[t];
        whole exact = by_injections(&g, 0, 0);
        OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, tolerance));
        for (int q = 0; q < 4; q++) {
            found f;
            int32_t code = binnet_permanent_scaled(ctx, &f.mantissa, &f.exponent, &f.bound, NULL, m, n, g.a,
                                                   methods[q]);
            check(ctx, q == 0 ? "auto" : "method", k, code, &f, exact, m, !mixed && m == n, q == 0 ? tolerance : 0);
        }
        if (m != n)
            continue;
        found f = {.exponent = 0};
        int32_t code = binnet_permanent(ctx, &f.mantissa, &f.bound, n, g.a);
        ck_assert(code == BINNET_OK || code == BINNET_E_RANGE || code == BINNET_E_UNDERFLOW ||
                  (code == BINNET_E_NOCONV && mixed));
        if (isfinite(f.mantissa) && isfinite(f.bound))
            ck_assert_msg(within(exact, m, f.mantissa, f.bound, 0), "plain %d, code %d: %.17g +- %g", k, (int)code,
                          f.mantissa, f.bound);
        else
            ck_assert(code == BINNET_E_RANGE || code == BINNET_E_NOCONV);
        if (code == BINNET_E_RANGE) /* really beyond double */
            ck_assert(!within(exact, m, 0, DBL_MAX, 0));
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* By distinct columns; what the issue was about first: 4.9e-16, not 0. */
START_TEST(repeated)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 310);
    static const double pairs[2][4] = {{1, 5e-324, 1e308, 5e-324}, {1, 5e-324, 1e200, 1e-200}};
    const int64_t one_each[2] = {1, 1};
    for (int k = 0; k < (getenv("BINNET_THOROUGH") == NULL ? 60 : 120); k++) {
        graded g = {.m = 0}, full;
        int64_t times[4] = {1, 1, 0, 0};
        size_t kinds = 2, n = 2;
        int mixed = k % 3 == 0 && k > 1;
        double tolerance = tolerances[roll_to(&d, 4)];
        if (k < 2) {
            memcpy(g.a, pairs[k], sizeof pairs[k]);
        } else {
            kinds = 1 + roll_to(&d, 4);
            n = 0;
            for (size_t j = 0; j < kinds; j++)
                n += (size_t)(times[j] = (int64_t)roll_to(&d, n > 3 ? 1 : 3));
            fill(&d, &g, n, kinds, _i, mixed, k % 5 == 0 ? 0.4 : 0);
        }
        full.m = full.n = n;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0, at = 0; j < kinds; j++)
                for (int64_t t = 0; t < times[j]; t++)
                    full.a[i * n + at++] = g.a[i * kinds + j];
        found f;
        OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, tolerance));
        int32_t code = binnet_permanent_repeated_scaled(ctx, &f.mantissa, &f.exponent, &f.bound, n, kinds, g.a, times);
        check(ctx, "repeated", k, code, &f, by_injections(&full, 0, 0), n, !mixed, tolerance);
    }
    double value, bound;
    OK(binnet_permanent_repeated(ctx, &value, &bound, 2, 2, pairs[0], one_each));
    ck_assert_msg(fabs(value / (5e-324 * 1e308) - 1) < 1e-15 && bound < 1e-30, "%g +- %g", value, bound);
    binnet_ctx_free(ctx);
}
END_TEST

/* m 2^e times v. */
typedef struct product {
    long double m;
    int64_t e;
} product;

static void multiply(product *p, double v)
{
    int e;
    p->m *= (long double)frexp(v, &e);
    p->e += e;
    p->m = frexpl(p->m, &e);
    p->e += e;
}

/* Long cycles: two permutations only, of which the products are known; nothing is subtracted. */
START_TEST(cycles)
{
    enum { N = 200 };
    static double a[N * N];
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 320);
    OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, 1e-13));
    for (int k = 0; k < 5; k++) {
        double mantissa, bound;
        int64_t exponent;
        int32_t used;
        product p[2] = {{1, 0}, {1, 0}};
        memset(a, 0, sizeof a);
        for (size_t i = 0; i < N; i++)
            for (size_t q = 0; q < 2; q++) {
                a[i * N + (i + q) % N] = draw(&d, _i);
                multiply(&p[q], a[i * N + (i + q) % N]);
            }
        OK(binnet_permanent_scaled(ctx, &mantissa, &exponent, &bound, &used, N, N, a, BINNET_PERMANENT_AUTO));
        ck_assert(used & BINNET_PERMANENT_FRONTIER);
        long double exact = 0;
        for (int q = 0; q < 2; q++)
            exact += p[q].e - exponent > -2000 ? ldexpl(p[q].m, (int)(p[q].e - exponent)) : 0;
        long double room = 2 * N * (sizeof(long double) > 8 ? 0x1p-63L : 0x1p-52L); /* of the products here */
        ck_assert_msg(fabsl(exact - (long double)mantissa) <= (long double)bound + room * exact, "%Lg, not %.17g +- %g",
                      exact, mantissa, bound);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("permanent_graded", {matrices, KINDS}, {repeated, KINDS}, {cycles, KINDS})
