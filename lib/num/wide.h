/*
 * Wide numbers, non-negative and beyond the range of double: m 2^(512 e), with m in [2^-256, 2^256) and e a whole number kept in a
 * double, so that arrays of mantissas and of exponents are worked on alike. 0 is m = 0 with the least exponent.
 * Every operation has the relative accuracy of the same one on doubles.
 */
#ifndef BNI_WIDE_H
#define BNI_WIDE_H

#include "num/double_double.h"

#include <stddef.h>

typedef struct bni_wide {
    double m, e;
} bni_wide;

#define BNI_WIDE_ZERO_EXPONENT (-1e300)
static const bni_wide bni_wide_zero = {0, BNI_WIDE_ZERO_EXPONENT}, bni_wide_one = {1, 0};

/* m 2^(512 e) for any m >= 0. */
static inline bni_wide bni_wide_fix(double m, double e)
{
    if (m >= 0x1p256)
        return (bni_wide){m * 0x1p-512, e + 1};
    if (m >= 0x1p-256)
        return (bni_wide){m, e};
    if (!(m > 0))
        return bni_wide_zero;
    m *= 0x1p512;
    return m >= 0x1p-256 ? (bni_wide){m, e - 1} : (bni_wide){m * 0x1p512, e - 2};
}

static inline bni_wide bni_wide_of(double v)
{
    return bni_wide_fix(v, 0);
}

static inline bni_wide bni_wide_mul(bni_wide a, bni_wide b)
{
    return bni_wide_fix(a.m * b.m, a.e + b.e);
}

/* b > 0 */
static inline bni_wide bni_wide_div(bni_wide a, bni_wide b)
{
    return bni_wide_fix(a.m / b.m, a.e - b.e);
}

static inline bni_wide bni_wide_add(bni_wide a, bni_wide b)
{
    if (a.e < b.e) {
        bni_wide c = a;
        a = b;
        b = c;
    }
    if (b.e < a.e)
        b.m = b.e < a.e - 1 ? 0 : b.m * 0x1p-512;
    return bni_wide_fix(a.m + b.m, a.e);
}

/* Adds v to the sum; what rounding takes from it goes to *rest, in units of the sum's exponent. As bni_pair_add. */
static inline bni_wide bni_wide_add_kept(bni_wide sum, double *rest, bni_wide v)
{
    double high = sum.e > v.e ? sum.e : v.e;
    double a = sum.e < high - 1 ? 0 : sum.e < high ? 0x1p-512 : 1, b = v.e < high - 1 ? 0 : v.e < high ? 0x1p-512 : 1;
    bni_doubled s = bni_two_sum(sum.m * a, v.m * b);
    bni_wide w = bni_wide_fix(s.high, high);
    *rest = (*rest * a + s.low) * (w.e > high ? 0x1p-512 : 1);
    return w;
}

static inline int bni_wide_less(bni_wide a, bni_wide b)
{
    return a.e < b.e || (!(a.e > b.e) && a.m < b.m);
}

/* |a - b| */
static inline bni_wide bni_wide_distance(bni_wide a, bni_wide b)
{
    if (bni_wide_less(a, b)) {
        bni_wide c = a;
        a = b;
        b = c;
    }
    if (b.e < a.e)
        b.m = b.e < a.e - 1 ? 0 : b.m * 0x1p-512;
    return bni_wide_fix(a.m - b.m, a.e);
}

/* The nearest double: 0 or infinite outside its range. */
static inline double bni_wide_double(bni_wide a)
{
    double m = a.m;
    for (int k = 0; k < 4 && a.e < 0; k++, a.e++)
        m *= 0x1p-512;
    for (int k = 0; k < 4 && a.e > 0; k++, a.e--)
        m *= 0x1p512;
    return m;
}

/* a/b as a double, 1 for 0/0. */
static inline double bni_wide_ratio(bni_wide a, bni_wide b)
{
    return b.m > 0 ? bni_wide_double(bni_wide_div(a, b)) : a.m > 0 ? (double)1e308 : 1;
}

/* exp(y + low), |low| small beside |y|. */
bni_wide bni_wide_exp(double y, double low);
/* y[k] += f x[k]: mantissas and exponents of the arrays apart; no overlap. */
void bni_wide_add_multiple(double *y_m, double *y_e, const double *x_m, const double *x_e, bni_wide f, size_t n);
/* Sum of an array. */
bni_wide bni_wide_sum(const double *m, const double *e, size_t n);

#endif
