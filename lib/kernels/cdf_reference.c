/*
 * Both tails of the noise laws, portable: libm does the work.
 * The smaller tail is computed, the larger is 1 minus it (or comes from the same denominator), so neither cancels.
 */
#include "kernels/cdf.h"

#include <math.h>

/* 1/sqrt(2) as a sum of two doubles. */
static const double root_half = 0x1.6a09e667f3bcdp-1, root_half_rest = -0x1.bdd3413b26456p-55;

/*
 * Phi(-a), a >= 0: erfc(a/sqrt 2)/2. The rounding of a/sqrt 2 = x + rest costs a^2/2 ulp in the tail, so it is put back
 * to first order: -erfc'(x)/erfc(x) = x + sqrt(x^2 + 4/pi) within 11 % for all x >= 0, and rest is below 1e-16 x.
 */
static double gaussian_tail(double a)
{
    /* Beyond 40 the tail is 0 in double; this also keeps infinity out of the differences. */
    if (a > 40)
        return 0;
    double x = a * root_half;
    double rest = fma(a, root_half, -x) + a * root_half_rest;
    double hazard = x + sqrt(x * x + 1.2732395447351628);
    return 0.5 * erfc(x) * (1 - rest * hazard);
}

void bni_cdf_gaussian_reference(double *p, double *q, const double *z, size_t n, double s)
{
    for (size_t k = 0; k < n; k++) {
        double x = z[k], small = gaussian_tail(fabs(x)), big = 1 - small;
        p[k] = s * (x < 0 ? small : big);
        q[k] = s * (x < 0 ? big : small);
    }
}

void bni_cdf_logistic_reference(double *p, double *q, const double *z, size_t n, double s)
{
    for (size_t k = 0; k < n; k++) {
        double x = z[k], w = exp(-fabs(x)), big = s / (1 + w), small = w * big;
        p[k] = x < 0 ? small : big;
        q[k] = x < 0 ? big : small;
    }
}

void bni_odds_reference(double *p, double *q, const double *e, double f, size_t n, double s)
{
    for (size_t k = 0; k < n; k++) {
        double w = e[k] * f, r = s / (1 + w);
        p[k] = r;
        q[k] = w * r;
    }
}
