/*
 * Intervals that hold what is computed: every bound is moved outwards by more than it was rounded.
 *
 * A rounded sum, product or quotient r differs from the true one by at most |r| 2^-53, or 2^-1075 where it is subnormal. The bound
 * r - (|r| 2^-51 + 2^-1073) is itself rounded, by at most |r| 2^-53 (1 + 2^-50) more, which leaves it below r - |r| 2^-53. The
 * state of the processor's rounding is not touched. Overflow gives infinite bounds; bounds that are NaN hold nothing and contain
 * nothing: comparisons with them are false, so that a proof fails.
 */
#ifndef BNI_INTERVAL_H
#define BNI_INTERVAL_H

#include <math.h>

typedef struct bni_interval {
    double lo, hi;
} bni_interval;

static inline double bni_down(double r)
{
    return r - (fabs(r) * 0x1p-51 + 0x1p-1073);
}
static inline double bni_up(double r)
{
    return r + (fabs(r) * 0x1p-51 + 0x1p-1073);
}
static inline bni_interval bni_outwards(double lo, double hi)
{
    return (bni_interval){bni_down(lo), bni_up(hi)};
}
static inline bni_interval bni_point(double x)
{
    return (bni_interval){x, x};
}
static inline bni_interval bni_interval_add(bni_interval a, bni_interval b)
{
    return bni_outwards(a.lo + b.lo, a.hi + b.hi);
}
static inline bni_interval bni_interval_subtract(bni_interval a, bni_interval b)
{
    return bni_outwards(a.lo - b.hi, a.hi - b.lo);
}
static inline bni_interval bni_interval_multiply(bni_interval a, bni_interval b)
{
    double p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
    double lo = p < q ? p : q, hi = p < q ? q : p;
    lo = r < lo ? r : lo;
    hi = r > hi ? r : hi;
    return bni_outwards(s < lo ? s : lo, s > hi ? s : hi);
}
/* By a number that is known exactly. */
static inline bni_interval bni_interval_scale(bni_interval a, double by)
{
    return by < 0 ? bni_outwards(a.hi * by, a.lo * by) : bni_outwards(a.lo * by, a.hi * by);
}
/* What may be off by a relative error, small, and an absolute one. */
static inline bni_interval bni_interval_widen(bni_interval a, double relative, double absolute)
{
    return bni_outwards(a.lo - (fabs(a.lo) * relative + absolute), a.hi + (fabs(a.hi) * relative + absolute));
}

#endif
