/*
 * Exact sums (num/exact.h) against a table from rational arithmetic, and against integer arithmetic on scaled terms.
 * Everything is promised exactly or correctly rounded, so there are no tolerances, but for long sums (num/vectors.h, num/wide.h).
 */
#include "support/support.h"

#include "num/exact.h"
#include "num/double_double.h"
#include "num/vectors.h"
#include "num/wide.h"
#include "reference/exact.h"

#include <float.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int same(double a, double b)
{
    return a == b && signbit(a) == signbit(b);
}

static double zero_is_positive(double x)
{
    return x == 0 ? 0 : x;
}

#define EXPECT(got, want, k)                                                                                           \
    ck_assert_msg(same(got, want), "case %zu: %s is %a, expected %a", (size_t)(k), #got, got, want)

static double exact_sum(const double *x, size_t n)
{
    bni_exact e;
    bni_exact_clear(&e);
    for (size_t k = 0; k < n; k++)
        bni_exact_add(&e, x[k]);
    return bni_exact_quotient(&e, 1);
}

START_TEST(table)
{
    ck_assert(COUNT(exact_cases) >= 400);
    for (size_t k = 0; k < COUNT(exact_cases); k++) {
        const exact_case *c = &exact_cases[k];
        bni_exact e;
        bni_exact_clear(&e);
        for (int i = 0; i < c->n; i++)
            bni_exact_add(&e, c->x[i]);
        ck_assert_int_eq(bni_exact_sign(&e), c->sign);
        EXPECT(bni_exact_quotient(&e, 1), c->sum, k);
        EXPECT(bni_exact_quotient(&e, c->by), c->quotient, k);
        EXPECT(bni_exact_quotient(&e, 1), c->sum, k); /* unchanged */
        EXPECT(exact_sum(c->x, (size_t)c->n), c->sum, k);

        bni_exact_clear(&e);
        for (int i = c->n - 1; i >= 0; i--)
            bni_exact_add_product(&e, c->x[i], c->y[i]);
        ck_assert_int_eq(bni_exact_sign(&e), c->product_sign);
        EXPECT(bni_exact_quotient(&e, 1), c->product_sum, k);
        EXPECT(bni_exact_quotient(&e, c->by), c->product_quotient, k);
        ck_assert_int_eq(bni_exact_sign(&e), c->product_sign);
    }
}
END_TEST

/* Weights that are multiples of a power of two: the drive is an integer. */
START_TEST(drives_of_scaled_integers)
{
    dice d = dice_of(5);
    size_t ties = 0;
    for (int round = 0; round < 20000; round++) {
        double w[64], unit = ldexp(1, (int)roll_to(&d, 1900) - 1000);
        size_t n = 1 + roll_to(&d, 64);
        uint64_t state = 0;
        int64_t sum = 0, M = 1 + (int64_t)roll_to(&d, 9), I = (int64_t)roll_to(&d, 41) - 20,
                theta = (int64_t)roll_to(&d, 41) - 20;
        for (size_t j = 0; j < n; j++) {
            int64_t v = (int64_t)roll_to(&d, 41) - 20;
            w[j] = (double)v * unit;
            if (roll(&d) < 0.5) {
                state |= UINT64_C(1) << j;
                sum += v;
            }
        }
        int64_t h = sum + M * (I - theta);
        int sign = bni_exact_drive_sign(w, n, state, (double)M, (double)I * unit, (double)theta * unit);
        ck_assert_int_eq(sign, (h > 0) - (h < 0));
        ties += h == 0;
        /* (M theta - sum) / M: one division of small integers, which the processor rounds correctly */
        double c = bni_exact_threshold_current(w, n, state, (double)M, (double)theta * unit);
        EXPECT(c, zero_is_positive((double)(M * theta - sum) / (double)M * unit), round);
        bni_exact e;
        bni_exact_drive(&e, w, n, state, (double)M, (double)I * unit, (double)theta * unit);
        EXPECT(bni_exact_quotient(&e, 1), (double)h * unit, round);
    }
    ck_assert(ties > 100);
}
END_TEST

/* 0.1 + 0.2 - 0.3 is 2^-55 for the doubles of these names, and rounding would say otherwise in some orders. */
START_TEST(decimals)
{
    const double w[3] = {0.1, 0.2, -0.3};
    ck_assert_int_eq(bni_exact_drive_sign(w, 3, 7, 1, 0, 0), 1);
    EXPECT(exact_sum(w, 3), 0x1p-55, 0);
    ck_assert_int_eq(bni_exact_drive_sign(w, 3, 3, 1, 0, 0.3), 1);
    ck_assert_int_eq(bni_exact_drive_sign(w, 3, 1, 1, 0, 0.1), 0);
    ck_assert_int_eq(bni_exact_drive_sign(w, 3, 1, 3, 0.1, 0.1), 1);
    ck_assert_int_eq(bni_exact_drive_sign(w, 3, 0, 3, 0.1, 0.1), 0);
}
END_TEST

START_TEST(ends_of_the_range)
{
    const double big[4] = {DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX}, least = 0x1p-1074;
    EXPECT(exact_sum(big, 4), 0.0, 0);
    EXPECT(exact_sum(big, 3), DBL_MAX, 0);
    EXPECT(exact_sum(big, 2), (double)INFINITY, 0);
    EXPECT(exact_sum(big + 2, 2), (double)-INFINITY, 0);
    EXPECT(exact_sum(big, 0), 0.0, 0);
    bni_exact e;
    bni_exact_clear(&e);
    for (int k = 0; k < 1000; k++) /* far above DBL_MAX and back, least bit of all in place */
        bni_exact_add_product(&e, -DBL_MAX, DBL_MAX);
    bni_exact_add_product(&e, least, -least);
    ck_assert_int_eq(bni_exact_sign(&e), -1);
    EXPECT(bni_exact_quotient(&e, 1), (double)-INFINITY, 0);
    for (int k = 0; k < 1000; k++)
        bni_exact_add_product(&e, DBL_MAX, DBL_MAX);
    ck_assert_int_eq(bni_exact_sign(&e), -1);
    EXPECT(bni_exact_quotient(&e, 1), -0.0, 0);
    EXPECT(bni_exact_quotient(&e, least), -least, 0);
    for (int k = 0; k < 1000; k++) /* asking changes nothing */
        ck_assert_int_eq(bni_exact_sign(&e), -1);
    bni_exact_add_product(&e, least, least);
    ck_assert_int_eq(bni_exact_sign(&e), 0);
    EXPECT(bni_exact_quotient(&e, 3), 0.0, 0);
}
END_TEST

/* Equal terms, which a plain sum rounds the same way again and again: 1e-12 of it here. */
START_TEST(long_sums)
{
    enum { TERMS = 300007 };
    static double x[TERMS], e[TERMS];
    const double terms[] = {0.1, 1.0 / 3, 0x1.fffp-250, 0x1.00001p200};
    for (size_t t = 0; t < COUNT(terms); t++) {
        double v = terms[t], want = TERMS * v, pairs[4] = {0}; /* rounded once */
        for (size_t k = 0; k < TERMS; k++) {
            x[k] = v;
            e[k] = -3;
            bni_pair_add(pairs, v);
            bni_pair_add(pairs + 2, 2 * v);
        }
        double error = fabs(bni_sum(x, TERMS) - want) / want;
        ck_assert_msg(error <= 0x1p-47, "case %zu: bni_sum is wrong by %g", t, error);
        bni_close_pairs(pairs, 2);
        EXPECT(pairs[0], want, t);
        EXPECT(pairs[1], 2 * want, t);
        bni_wide sum = bni_wide_sum(x, e, TERMS), of = bni_wide_fix(want, -3);
        ck_assert_msg(sum.e == of.e && fabs(sum.m - of.m) <= 0x1p-52 * of.m, "case %zu: %g 2^(512 * %g), expected %g",
                      t, sum.m, sum.e, of.m);
    }
    EXPECT(bni_sum(NULL, 0), 0.0, 0);
    for (size_t k = 0; k < TERMS; k++) { /* beyond a mantissa's range, from below and back */
        x[k] = k < 1000 ? 0x1.8p-256 : k < 2000 ? 0x1.8p255 : 0x1.8p-255;
        e[k] = k < 1000 ? 1 : 0;
    }
    bni_wide sum = bni_wide_sum(x, e, TERMS); /* 1000 (1.5 2^256 + 1.5 2^255), and what cannot be seen */
    ck_assert_msg(sum.e == 1 && fabs(sum.m / (2250 * 0x1p-256) - 1) <= 0x1p-52, "%g 2^(512 * %g)", sum.m, sum.e);
}
END_TEST

RUN_TESTS("exact", table, drives_of_scaled_integers, decimals, ends_of_the_range, long_sums)
