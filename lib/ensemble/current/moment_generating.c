/*
 * Moment generating functions of the weights at complex arguments z = s + i t, as logarithms, and how they decay with t.
 *   Gaussian  z mean + z^2 sd^2/2           uniform  z centre + log(sinh(u)/u), u = z width/2
 *   gamma     -shape log(1 - scale z)       Laplace  z location - log(1 - scale z) - log(1 + scale z)
 */
#include "ensemble/current/saddlepoint_inversion.h"

#include <float.h>
#include <math.h>

double bni_mgf_limit(const bni_weight *w, int direction)
{
    switch (w->kind) {
    case BINNET_WEIGHT_CONSTANT:
    case BINNET_WEIGHT_GAUSSIAN:
    case BINNET_WEIGHT_UNIFORM:
        return HUGE_VAL;
    case BINNET_WEIGHT_LAPLACE:
        return 1 / w->par[1];
    case BINNET_WEIGHT_GAMMA:
        return w->par[1] * direction > 0 ? 1 / fabs(w->par[1]) : HUGE_VAL;
    default:
        return 0;
    }
}

static bni_complex logarithm(double re, double im)
{
    return (bni_complex){log(fmax(hypot(re, im), DBL_MIN)), atan2(im, re)};
}

/* log(1 + x), |im| not near 1: without cancellation in 1 + re. */
static bni_complex log_one_plus(double re, double im)
{
    double square = re * (2 + re) + im * im; /* |1 + x|^2 - 1 */
    return (bni_complex){fabs(square) < 0.5 ? 0.5 * log1p(square) : 0.5 * log((1 + re) * (1 + re) + im * im),
                         atan2(im, 1 + re)};
}

/* log(sinh(u)/u): its Taylor series within 1/2, |u| <= pi being the circle of convergence. */
static bni_complex log_sinh_ratio(double re, double im)
{
    static const double c[] = {1 / 6.0,
                               -1 / 180.0,
                               1 / 2835.0,
                               -1 / 37800.0,
                               1 / 467775.0,
                               -691 / 3831077250.0,
                               2 / 127702575.0,
                               -3617 / 2605132530000.0,
                               43867 / 350813659321125.0};
    enum { TERMS = sizeof c / sizeof *c };
    if (re < 0) { /* even */
        re = -re;
        im = -im;
    }
    if (re * re + im * im < 0.25) {
        double xr = re * re - im * im, xi = 2 * re * im, sr = 0, si = 0;
        for (int k = TERMS - 1; k >= 0; k--) {
            double old = sr + c[k];
            sr = old * xr - si * xi;
            si = old * xi + si * xr;
        }
        return (bni_complex){sr, si};
    }
    /* u + log((1 - exp(-2u))/(2u)) */
    double e = exp(-2 * re);
    bni_complex up = logarithm(1 - e * cos(2 * im), e * sin(2 * im)), down = logarithm(2 * re, 2 * im);
    return (bni_complex){re + up.re - down.re, im + up.im - down.im};
}

bni_complex bni_mgf_log(const bni_weight *w, bni_complex z)
{
    const double *par = w->par;
    bni_complex a, b;
    switch (w->kind) {
    case BINNET_WEIGHT_GAUSSIAN: {
        double half = 0.5 * par[1] * par[1];
        return (bni_complex){z.re * par[0] + half * (z.re - z.im) * (z.re + z.im),
                             z.im * par[0] + 2 * half * z.re * z.im};
    }
    case BINNET_WEIGHT_UNIFORM: {
        double half = 0.5 * (par[1] - par[0]), centre = 0.5 * par[0] + 0.5 * par[1];
        a = log_sinh_ratio(z.re * half, z.im * half);
        return (bni_complex){z.re * centre + a.re, z.im * centre + a.im};
    }
    case BINNET_WEIGHT_GAMMA:
        a = log_one_plus(-z.re * par[1], -z.im * par[1]);
        return (bni_complex){-par[0] * a.re, -par[0] * a.im};
    case BINNET_WEIGHT_LAPLACE:
        a = log_one_plus(-z.re * par[1], -z.im * par[1]);
        b = log_one_plus(z.re * par[1], z.im * par[1]);
        return (bni_complex){z.re * par[0] - a.re - b.re, z.im * par[0] - a.im - b.im};
    default:
        return (bni_complex){z.re * par[0], z.im * par[0]};
    }
}

double bni_mgf_log_envelope(const bni_weight *w, double s, double t, double *power)
{
    const double *par = w->par;
    bni_complex real = {s, 0};
    switch (w->kind) {
    case BINNET_WEIGHT_GAUSSIAN:
        *power = t * t * par[1] * par[1];
        return bni_mgf_log(w, real).re - 0.5 * *power;
    case BINNET_WEIGHT_UNIFORM: {
        /* |sinh(a + i b)| <= cosh(a) */
        double half = 0.5 * (par[1] - par[0]), a = fabs(s) * half, top = a + log1p(exp(-2 * a)) - log(2);
        double size = s * (0.5 * par[0] + 0.5 * par[1]) + top - log(half * hypot(s, t)), most = bni_mgf_log(w, real).re;
        *power = size < most ? t * t / (s * s + t * t) : 0;
        return fmin(size, most);
    }
    case BINNET_WEIGHT_GAMMA: {
        double gap = (1 - s * par[1]) * (1 - s * par[1]), along = t * t * par[1] * par[1];
        *power = par[0] * along / (gap + along);
        return -0.5 * par[0] * log(gap + along);
    }
    case BINNET_WEIGHT_LAPLACE: {
        double left = (1 - s * par[1]) * (1 - s * par[1]), right = (1 + s * par[1]) * (1 + s * par[1]),
               along = t * t * par[1] * par[1];
        *power = along / (left + along) + along / (right + along);
        return s * par[0] - 0.5 * log(left + along) - 0.5 * log(right + along);
    }
    default:
        *power = 0;
        return s * par[0];
    }
}
