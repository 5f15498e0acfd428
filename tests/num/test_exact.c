/*
 * Exact sums (num/exact.h) against a table from rational arithmetic, and against integer arithmetic on scaled terms.
 * Everything is promised exactly or correctly rounded, so there are no tolerances.
 */
#include "support/support.h"

#include "num/exact.h"
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

RUN_TESTS("exact", table, drives_of_scaled_integers, decimals, ends_of_the_range)
