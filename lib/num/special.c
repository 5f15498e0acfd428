/*
 * Laws of one noise variable, both tails without cancellation.
 */
#include "num/special.h"
#include "num/constants.h"

#include "kernels/cdf.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

static void put_value(double *out, double value)
{
    if (out != NULL)
        *out = value;
}

/* small = Pr(B > |x|); big = 1 - small. */
static void put_tails(double x, double small, double big, double *cdf, double *sf)
{
    put_value(cdf, x < 0 ? small : big);
    put_value(sf, x < 0 ? big : small);
}

/* exp(-x^2/2) with the rounding of x^2 put back. */
static double exp_half_square(double x)
{
    if (fabs(x) > 40)
        return 0;
    double h = x * x, rest = fma(x, x, -h);
    return exp(-0.5 * h) * (1 - 0.5 * rest);
}

void bni_gaussian(double x, double *cdf, double *sf, double *pdf)
{
    double p, q;
    bni_cdf_gaussian_reference(&p, &q, &x, 1, 1);
    put_value(cdf, p);
    put_value(sf, q);
    put_value(pdf, isnan(x) ? x : BNI_INV_SQRT_2PI * exp_half_square(x));
}

void bni_logistic(double x, double *cdf, double *sf, double *pdf)
{
    double w = exp(-fabs(x)), big = 1 / (1 + w), small = w * big;
    put_tails(x, small, big, cdf, sf);
    put_value(pdf, small * big);
}

void bni_uniform(double x, double *cdf, double *sf, double *pdf)
{
    double t = fmin(fmax(x, -1), 1);
    if (isnan(x))
        t = x;
    put_value(cdf, 0.5 * (1 + t));
    put_value(sf, 0.5 * (1 - t));
    put_value(pdf, isnan(x) ? x : x > -1 && x < 1 ? 0.5 : 0);
}

void bni_laplace(double x, double *cdf, double *sf, double *pdf)
{
    double small = 0.5 * exp(-fabs(x));
    put_tails(x, small, 1 - small, cdf, sf);
    put_value(pdf, small);
}

/*
 * Stirling's series: log Gamma(a) = (a - 1/2) log a - a + log(2 pi)/2 + stirling(a).   [NIST DLMF 5.11.1]
 * For a >= 10 the first term left out is below 2e-17.
 */
static double stirling(double a)
{
    double u = 1 / (a * a);
    return (1 / 12.0 +
            u * (-1 / 360.0 +
                 u * (1 / 1260.0 + u * (-1 / 1680.0 + u * (1 / 1188.0 + u * (-691 / 360360.0 + u * (1 / 156.0))))))) /
           a;
}

/* Gamma(a + 1/2) / (Gamma(a) sqrt a), a > 0. */
static double student_constant(double a)
{
    /* Gamma(a + 1/2)/Gamma(a) = a/(a + 1/2) Gamma(a + 3/2)/Gamma(a + 1): upwards to where the series holds. */
    double shift = 1, b = a;
    while (b < 10) {
        shift *= b / (b + 0.5);
        b += 1;
    }
    /* log of the ratio at b: b log(1 + 1/(2b)) - 1/2 + stirling(b + 1/2) - stirling(b). */
    double r = exp(b * log1p(0.5 / b) - 0.5 + (stirling(b + 0.5) - stirling(b)));
    return shift * r * sqrt(b / a);
}

/*
 * The continued fraction r of I_u(a, b) = u^a y^b / B(a, b) r, y = 1 - u given apart so that nothing cancels as u -> 1,
 * b = 1/2.   [DiDonato & Morris 1992, ACM TOMS 708, eq. 9], modified Lentz method.
 */
static double beta_fraction(double a, double u, double y)
{
    const double b = 0.5;
    double start = (a + b) * y + (1 - b); /* a - (a + b) u + 1 */
    double f = a / (a + 1) * start, c = f, d = 0;
    for (int n = 1; n <= 2000; n++) {
        double s = a + 2 * n - 1, w = n * (b - n) * u / s;
        double alpha = (a + (n - 1)) * (a + b + (n - 1)) * (w * u / s);
        double beta = n + w + (a + n) / (s + 2) * (start + n * (1 + y));
        d = 1 / (beta + alpha * d);
        c = beta + alpha / c;
        double step = c * d;
        f *= step;
        if (fabs(step - 1) < DBL_EPSILON)
            break;
    }
    return 1 / f;
}

/* sum over n of (a + 1/2)_n / (3/2)_n y^n; positive terms.   [DLMF 8.17.8] */
static double beta_series(double a, double y)
{
    double term = 1, sum = 1;
    for (int n = 0; n < 2000 && term > 0.25 * DBL_EPSILON * sum; n++) {
        term *= (a + 0.5 + n) / (1.5 + n) * y;
        sum += term;
    }
    return sum;
}

/*
 * (1 + x^2/dof)^-a, x >= 0. The logarithm is carried in two doubles: it is multiplied by a, and the result of exp has
 * a relative error as large as the absolute error of its argument, which reaches 700.
 */
static double student_power(double x, double dof, double a)
{
    static const double ln2 = 0x1.62e42fefa39efp-1, ln2_rest = 0x1.abc9e3b39803fp-56;
    int e = 0, k = 0;
    double one = 1;
    if (x > 1e100) {
        x = frexp(x, &e);
        one = 0;
    }
    /* w + w_rest = x^2/dof */
    double h = x * x, w = h / dof, w_rest = (fma(-w, dof, h) + fma(x, x, -h)) / dof;
    /* m + m_rest = (one + w) / 2^k, m in sqrt(1/2) .. sqrt(2) */
    double m = one + w, m_rest = (w >= one ? one - (m - w) : w - (m - one)) + w_rest;
    m = frexp(m, &k);
    if (m < 0.70710678118654752) {
        m *= 2;
        k--;
    }
    m_rest = ldexp(m_rest, -k);
    /* log m = 2 atanh(f), f = (m - 1)/(m + 1); m - 1 is exact. */
    double num = m - 1, den = m + 1, den_rest = (m - (den - 1)) + m_rest;
    if (k == 0 && one > 0) {
        /* Near 1 use w itself: m has lost its last digits. */
        num = w;
        m_rest = w_rest;
    }
    double f = (num + m_rest) / den;
    double f_rest = (fma(-f, den, num) + m_rest - f * den_rest) / den;
    double u = f * f, tail = 0;
    for (int j = 25; j >= 3; j -= 2)
        tail = tail * u + 1.0 / j;
    double cubic = 2 * f * u * tail, l = 2 * f + cubic, l_rest = 2 * f - l + cubic + 2 * f_rest;
    /* log = (k + 2e) ln 2 + l, times a */
    double power = k + 2.0 * e, t = power * ln2, t_rest = fma(power, ln2, -t) + power * ln2_rest;
    double sum = t + l, sum_rest = (fabs(t) > fabs(l) ? l - (sum - t) : t - (sum - l)) + t_rest + l_rest;
    double product = a * sum, product_rest = fma(a, sum, -product) + a * sum_rest;
    return exp(-product) * (1 - product_rest);
}

void bni_student_t(double x, double dof, double *cdf, double *sf, double *pdf)
{
    if (isnan(x) || isnan(dof)) {
        put_value(cdf, NAN);
        put_value(sf, NAN);
        put_value(pdf, NAN);
        return;
    }
    if (isinf(x)) {
        put_tails(x, 0, 1, cdf, sf);
        put_value(pdf, 0);
        return;
    }
    /* With u = 1/(1 + x^2/dof), y = 1 - u, a = dof/2:  Pr(B > x) = I_u(a, 1/2)/2 = 1/2 - I_y(1/2, a)/2.   [DLMF 8.17] */
    double ax = fabs(x), a = 0.5 * dof, root = sqrt(dof), hyp = hypot(ax, root);
    double sin = ax / hyp, cos = root / hyp, u = cos * cos, y = sin * sin;
    double scale = student_constant(a) * BNI_INV_SQRT_2PI; /* the density at 0 */
    double power = student_power(ax, dof, a);
    put_value(pdf, scale * power * cos);
    if (cdf == NULL && sf == NULL)
        return;
    /* u^a y^(1/2) / B(a, 1/2) */
    double front = scale * root * power * sin;
    double small = y * (a + 2) < 1 ? 0.5 - front * beta_series(a, y) : 0.5 * front * beta_fraction(a, u, y);
    put_tails(x, small, 1 - small, cdf, sf);
}

double bni_choose(int64_t n, int64_t k)
{
    if (k > n - k)
        k = n - k;
    double c = k >= 0;
    for (int64_t j = 1; j <= k; j++)
        c = c < 0x1p53 / (double)n ? c * (double)(n - k + j) / (double)j /* exact */
                                   : c * ((double)(n - k + j) / (double)j);
    return c;
}
