/*
 * Wide numbers: exponentials and sums over arrays (see wide.h).
 */
#include "num/wide.h"

#include <math.h>

bni_wide bni_wide_exp(double y, double low)
{
    /* log2(e) in two parts; the product in two parts, so that large arguments keep the digits of the fraction. */
    static const double L = 0x1.71547652b82fep+0, l = 0x1.777d0ffda0d24p-56;
    if (isnan(y) || isinf(y))
        return y > 0 ? (bni_wide){1, 1e299} : bni_wide_zero;
    double high = y * L, rest = fma(y, L, -high) + y * l + low * L;
    if (!(fabs(high) < 0x1p52)) /* the mantissa is no longer known */
        return (bni_wide){1, rint(high / 512)};
    double whole = rint(high), m = exp2((high - whole) + rest), e = rint(whole / 512);
    return bni_wide_fix(ldexp(m, (int)(whole - 512 * e)), e);
}

void bni_wide_add_multiple(double *restrict y_m, double *restrict y_e, const double *restrict x_m,
                           const double *restrict x_e, bni_wide f, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double m = f.m * x_m[k], e = f.e + x_e[k], to = y_e[k];
        double high = to > e ? to : e, below = high - 1;
        double a = to < high ? (to < below ? 0 : 0x1p-512) : 1, b = e < high ? (e < below ? 0 : 0x1p-512) : 1;
        double sum = y_m[k] * a + m * b;
        double shrink = sum >= 0x1p256 ? 0x1p-512 : 1, grow = sum < 0x1p-256 ? 0x1p512 : 1;
        double up = sum >= 0x1p256 ? 1 : 0, down = sum < 0x1p-256 ? 1 : 0;
        sum *= shrink * grow;
        y_m[k] = sum;
        y_e[k] = sum > 0 ? high + up - down : BNI_WIDE_ZERO_EXPONENT;
    }
}

bni_wide bni_wide_sum(const double *m, const double *e, size_t n)
{
    bni_wide sum = bni_wide_zero;
    double rest = 0;
    for (size_t k = 0; k < n; k++)
        sum = bni_wide_add_kept(sum, &rest, (bni_wide){m[k], e[k]});
    return bni_wide_fix(sum.m + rest, sum.e);
}
