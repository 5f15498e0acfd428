/*
 * Numbers as unevaluated sums of two doubles.
 * Source: T. J. Dekker, Numer. Math. 18 (1971) 224; the sum, D. E. Knuth.
 */
#ifndef BNI_DOUBLE_DOUBLE_H
#define BNI_DOUBLE_DOUBLE_H

#include <math.h>

typedef struct bni_doubled {
    double high, low;
} bni_doubled;

static inline bni_doubled bni_two_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (bni_doubled){s, (a - (s - t)) + (b - t)};
}

/* Adds v to pair[0] + pair[1], the sum and what rounding took from it. Terms of one sign so add up with a relative error of some
 * 2^-53; m equal ones may lose m 2^-54 in a plain sum, as it is rounded the same way again and again. */
static inline void bni_pair_add(double *pair, double v)
{
    bni_doubled s = bni_two_sum(pair[0], v);
    pair[0] = s.high;
    pair[1] += s.low;
}

/* Magnitudes within 2^+-400: without fma(), which is a call where the processor is not known to have it. */
static inline bni_doubled bni_two_product(double a, double b)
{
    double p = a * b, f = 0x1p27 + 1;
    double ta = f * a, ah = ta - (ta - a), al = a - ah, tb = f * b, bh = tb - (tb - b), bl = b - bh;
    return (bni_doubled){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

/* Wherever a b and its rest are in range. */
static inline bni_doubled bni_any_product(double a, double b)
{
    double p = a * b;
    return (bni_doubled){p, fma(a, b, -p)};
}

/* Magnitudes as above, as for what follows. */
static inline bni_doubled bni_doubled_add(bni_doubled a, bni_doubled b)
{
    bni_doubled s = bni_two_sum(a.high, b.high);
    double low = s.low + (a.low + b.low), high = s.high + low;
    return (bni_doubled){high, low - (high - s.high)};
}

static inline bni_doubled bni_doubled_negate(bni_doubled a)
{
    return (bni_doubled){-a.high, -a.low};
}

/* Relative error some 2^-103. */
static inline bni_doubled bni_doubled_multiply(bni_doubled a, bni_doubled b)
{
    bni_doubled p = bni_two_product(a.high, b.high);
    double low = p.low + (a.high * b.low + a.low * b.high), high = p.high + low;
    return (bni_doubled){high, low - (high - p.high)};
}

static inline bni_doubled bni_doubled_divide(bni_doubled a, bni_doubled b)
{
    double q = a.high / b.high;
    bni_doubled rest = bni_doubled_add(a, bni_doubled_negate(bni_doubled_multiply(b, (bni_doubled){q, 0})));
    return bni_two_sum(q, rest.high / b.high);
}

/* The nearest double to t / m when that is certain; t is wrong by at most some n 2^-103 scale m. */
static inline double bni_doubled_rounded(bni_doubled t, double m, double error, int *certain)
{
    double q = t.high, r = t.low;
    if (m != 1) {
        q = t.high / m;
        bni_doubled back = bni_two_product(q, m);
        r = (((t.high - back.high) - back.low) + t.low) / m;
    }
    double c = q + r;
    *certain = q + (r - error) == q + (r + error);
    return c;
}

#endif
