/*
 * Numbers of about 106 bits with an error radius and an exponent of their own: what the parts of a permanent are
 * multiplied as.
 */
#include "permanent/permanent.h"
#include "num/double_double.h"

#include <float.h>
#include <math.h>

/* Relative error of one product or quotient of two balls' centres, with room. */
static const double pair_epsilon = 0x1p-102;

/* Upwards past the rounding of a few operations. */
static double up(double x)
{
    return x * (1 + 8 * DBL_EPSILON);
}

bni_ball bni_ball_of(double hi, double lo, double radius, int64_t exponent)
{
    int e;
    bni_doubled sum = bni_two_sum(hi, lo);
    bni_ball b = {.hi = sum.high, .lo = sum.low};
    if (b.hi == 0) {
        if (radius == 0)
            return (bni_ball){0, 0, 0, 0};
        e = isfinite(radius) ? bni_exponent(radius) : 0; /* near 1, so that products of radii do not underflow */
        return (bni_ball){0, 0, up(ldexp(radius, -e)), exponent + e};
    }
    e = bni_exponent(b.hi);
    if (e > -1000 && e < 1000) {
        double down = bni_power(-e), lo_scaled = b.lo * down;
        b.hi *= down;
        /* lo and radius can only lose bits below the smallest double */
        b.radius = radius == 0 && lo_scaled * bni_power(e) == b.lo ? 0 : up(radius * down) + DBL_MIN;
        b.lo = lo_scaled;
    } else {
        double lo_scaled = ldexp(b.lo, -e);
        b.hi = ldexp(b.hi, -e);
        b.radius = radius == 0 && ldexp(lo_scaled, e) == b.lo ? 0 : up(ldexp(radius, -e)) + DBL_MIN;
        b.lo = lo_scaled;
    }
    b.exponent = exponent + e;
    return b;
}

bni_ball bni_ball_mul(bni_ball a, bni_ball b)
{
    bni_doubled p = bni_any_product(a.hi, b.hi);
    double cross = a.hi * b.lo + a.lo * b.hi;
    int exact = a.lo == 0 && b.lo == 0;
    double radius = fabs(a.hi) * b.radius + fabs(b.hi) * a.radius + a.radius * b.radius +
                    2 * DBL_EPSILON * (a.radius + b.radius);
    return bni_ball_of(p.high, p.low + cross, up(radius) + (exact ? 0 : pair_epsilon * fabs(p.high)),
                       a.exponent + b.exponent);
}

bni_ball bni_ball_add(bni_ball a, bni_ball b)
{
    if (a.hi == 0 && a.radius == 0)
        return b;
    if (b.hi == 0 && b.radius == 0)
        return a;
    if (a.exponent < b.exponent) {
        bni_ball c = a;
        a = b;
        b = c;
    }
    int64_t by = b.exponent - a.exponent;
    int shift = by < -2000 ? -2000 : (int)by;
    bni_doubled sum = bni_two_sum(a.hi, ldexp(b.hi, shift));
    double low = sum.low + (a.lo + ldexp(b.lo, shift));
    /* two roundings of the low parts, and what the shift loses */
    double rounding = a.lo == 0 && b.lo == 0 && shift > -900
                          ? 0
                          : 4 * DBL_EPSILON * (fabs(a.lo) + fabs(sum.low) + 0x1p-53) + 0x1p-900;
    return bni_ball_of(sum.high, low,
                       up(a.radius + ldexp(b.radius, shift)) + rounding * 0x1p-2 +
                           (a.radius + b.radius > 0 ? 0x1p-900 : 0),
                       a.exponent);
}

bni_ball bni_ball_divide(bni_ball a, double by)
{
    int e;
    double d = frexp(by, &e), q = a.hi / d;
    bni_doubled p = bni_any_product(q, d);
    double rest = (((a.hi - p.high) - p.low) + a.lo) / d;
    return bni_ball_of(q, rest, up(a.radius / fabs(d)) + pair_epsilon * fabs(q), a.exponent - e);
}

bni_ball bni_ball_factorial(uint64_t k)
{
    bni_ball f = bni_ball_of(1, 0, 0, 0);
    for (uint64_t i = 2; i <= k; i++)
        f = bni_ball_mul(f, bni_ball_of((double)i, 0, 0, 0));
    return f;
}

int32_t bni_ball_double(binnet_ctx *ctx, double *value, double *bound, bni_ball b, double tolerance)
{
    if (b.hi == 0 && b.radius == 0) {
        *value = 0;
        *bound = 0;
        return BINNET_OK;
    }
    int e = b.exponent > 5000 ? 5000 : b.exponent < -5000 ? -5000 : (int)b.exponent;
    *value = ldexp(b.hi, e);
    double lost = fabs(b.lo) + b.radius, subnormal = ldexp(*value, -e) == b.hi ? 0 : DBL_TRUE_MIN;
    *bound = lost == 0 ? subnormal : up(ldexp(up(lost), e)) + subnormal + DBL_TRUE_MIN;
    *bound = isfinite(*value) ? *bound : INFINITY;
    BNI_TRY(bni_ball_meets(ctx, b, tolerance));
    if (!isfinite(*value) || !isfinite(*bound))
        return bni_fail(ctx, BINNET_E_RANGE, "the permanent is %.17g * 2^%lld, beyond the range of double", b.hi,
                        (long long)b.exponent);
    if (b.hi != 0 && fabs(*value) < DBL_MIN)
        return bni_fail(ctx, BINNET_E_UNDERFLOW, "the permanent is %.17g * 2^%lld, below the normal range of double",
                        b.hi, (long long)b.exponent);
    return BINNET_OK;
}

void bni_ball_parts(double *mantissa, int64_t *exponent, double *bound, bni_ball b)
{
    *mantissa = b.hi;
    *exponent = b.exponent;
    if (bound != NULL)
        *bound = b.lo == 0 && b.radius == 0 ? 0 : up(fabs(b.lo) + b.radius);
}

int32_t bni_ball_meets(binnet_ctx *ctx, bni_ball b, double tolerance)
{
    if (b.radius <= tolerance * fabs(b.hi))
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_NOCONV,
                    "the error bound is %.3g * 2^%lld, the value %.3g * 2^%lld: not within %.3g of it", b.radius,
                    (long long)b.exponent, b.hi, (long long)b.exponent, tolerance);
}
