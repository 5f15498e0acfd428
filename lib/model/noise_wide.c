/*
 * Tails of the noise far beyond the range of double, for networks whose noise is so weak that only ratios of such numbers
 * decide.   Far tails: Gaussian phi(x)/|x| (1 - 1/x^2 + 3/x^4 - ...), Abramowitz & Stegun 26.2.12; Student t the power
 * series of the incomplete beta function, A&S 26.5.4 and 26.7.1.
 */
#include "model/model.h"

#include <math.h>

/* Below this a tail is formed here: doubles lose digits from 2.2e-308 on. */
static const double least_double = 1e-290;

/* Pr(Z > x), x >= 36. */
static bni_wide gaussian_far_tail(double x)
{
    if (!(x < 1e150))
        return bni_wide_zero;
    double square = x * x, low = fma(x, x, -square), t = 1 / square, series = 1;
    for (int k = 13; k > 0; k -= 2) /* 1 - t (1 - 3t (1 - 5t ...)) */
        series = 1 - (double)k * t * series;
    static const double root_two_pi = 2.50662827463100050;
    return bni_wide_mul(bni_wide_exp(-square / 2, -low / 2), bni_wide_of(series / (x * root_two_pi)));
}

/* Gamma(a + 1/2) / Gamma(a) */
static double wide_constant(double a)
{
    if (a < 100)
        return exp(lgamma(a + 0.5) - lgamma(a));
    double t = 1 / a;
    return sqrt(a) *
           (1 - t * (1.0 / 8 - t * (1.0 / 128 + t * (5.0 / 1024 - t * (21.0 / 32768 + t * (399.0 / 262144))))));
}

/* Pr(T > x) = w^a sqrt(1 - w) / (2 a B(a, 1/2)) sum_k prod_j (a + 1/2 + j)/(a + 1 + j) w^k, w = dof/(dof + x^2), a = dof/2. */
static bni_wide student_far_tail(double x, double dof)
{
    double a = dof / 2, q = x / sqrt(dof) * (x / sqrt(dof)), log_w, w, rest; /* rest = 1 - w */
    if (isfinite(q)) {
        log_w = -log1p(q);
        w = 1 / (1 + q);
        rest = q / (1 + q);
    } else { /* x^2 overflows */
        log_w = log(dof) - 2 * log(x);
        w = 0;
        rest = 1;
    }
    double term = 1, sum = 1;
    for (int k = 0; k < 100000 && term > 1e-18 * sum; k++) {
        term *= (a + 0.5 + k) / (a + 1 + k) * w;
        sum += term;
    }
    /* 1 / B(a, 1/2) = Gamma(a + 1/2) / (Gamma(a) sqrt(pi)) */
    double factor = sqrt(rest) * sum * wide_constant(a) / (2 * a * 1.77245385090551603);
    return bni_wide_mul(bni_wide_exp(a * log_w, fma(a, log_w, -(a * log_w))), bni_wide_of(factor));
}

/* Pr(B > x) where a double would lose it. */
static bni_wide far_tail(const binnet_noise *noise, double x, double survival)
{
    switch (noise->kind) {
    case BINNET_NOISE_GAUSSIAN:
        return gaussian_far_tail(x);
    case BINNET_NOISE_LOGISTIC:
        return bni_wide_exp(-x, 0);
    case BINNET_NOISE_LAPLACE:
        return bni_wide_mul(bni_wide_exp(-x, 0), bni_wide_of(0.5));
    case BINNET_NOISE_STUDENT_T:
        return student_far_tail(x, noise->dof);
    default:
        return bni_wide_of(survival);
    }
}

void bni_noise_tails_wide(const binnet_noise *noise, double x, bni_wide *cdf, bni_wide *survival)
{
    double F, G;
    bni_noise_tails(noise, x, &F, &G);
    *cdf = x < 0 && F < least_double ? far_tail(noise, -x, F) : bni_wide_of(F);
    *survival = x > 0 && G < least_double ? far_tail(noise, x, G) : bni_wide_of(G);
}
