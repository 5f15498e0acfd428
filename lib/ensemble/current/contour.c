/*
 * Sums of gamma variables of any shapes and signed scales, both tails to relative accuracy. With M(z) = prod (1 - s_j z)^-k_j,
 *   Pr(S > y) = (1/2 pi i) int M(z) exp(-z y)/z dz,  the line to the right of 0;   to the left of it: -Pr(S < y).
 * M has cuts on the real axis only, so for y >= 0 the line may bend to the right around them, where exp(-z y) falls:
 *   z(u) = p + r sin(alpha + i u),   through the saddle point of M(z) exp(-z y)/z, alpha = pi/4.
 * Turning alpha by pi/4 either way meets no singularity, so the trapezoidal sum over u converges as exp(-pi^2 / (2 h)), and the
 * terms fall at least as exp(-(sum of k_j) u) (y = 0), like exp(-exp u) otherwise. y < 0 is the mirror image.
 * Source: Talbot 1979; Weideman & Trefethen, Math. Comp. 76 (2007) 1341 (hyperbolas).
 */
#include "ensemble/current/contour.h"
#include "num/constants.h"

#include <complex.h>
#include <math.h>

#undef I /* a name of the model */

void bni_gammas_add(bni_gammas *g, double shape, double scale)
{
    int k = 0;
    while (k < g->count && g->scale[k] != scale)
        k++;
    if (k == g->count && k < BNI_GAMMAS) {
        g->scale[k] = scale;
        g->shape[k] = 0;
        g->count++;
    }
    if (k < BNI_GAMMAS)
        g->shape[k] += shape;
}

/* Derivative of log M(z) - z y - log |z|, and minus that of it. */
static double saddle_slope(const bni_gammas *g, double y, double z, double *curvature)
{
    double sum = -y - 1 / z;
    *curvature = 1 / (z * z);
    for (int k = 0; k < g->count; k++) {
        double one = g->scale[k] / (1 - g->scale[k] * z);
        sum += g->shape[k] * one;
        *curvature += g->shape[k] * one * one;
    }
    return sum;
}

/* The saddle point between 0 and `far` (of either sign, maybe infinite): a place and its distance to both ends. */
static double saddle(const bni_gammas *g, double y, double far, double *curvature)
{
    /* u = |z| / (|far| - |z|) runs over all sizes */
    double low = -700, high = 700, z = 0, sign = far < 0 ? -1 : 1;
    for (int k = 0; k < 60; k++) {
        double middle = 0.5 * (low + high), u = exp(middle);
        z = isinf(far) ? sign * u : far * (u / (1 + u));
        double s = saddle_slope(g, y, z, curvature);
        *(s * sign > 0 ? &high : &low) = middle;
    }
    return z;
}

/* log of M(z) exp(-z y)/z. */
static double complex exponent(const bni_gammas *g, double y, double complex z)
{
    double complex sum = -z * y - clog(z);
    for (int k = 0; k < g->count; k++)
        sum -= g->shape[k] * clog(1 - g->scale[k] * z);
    return sum;
}

/* The integral over the line through the side of 0 that `far` is on, and that of its integrand times z: of the density. */
static void integrate(const bni_gammas *g, double y, double far, double *tail, double *density)
{
    enum { MOST = 1 << 18, HALVINGS = 5 };
    int done = 0;
    double curvature, z0 = saddle(g, y, far, &curvature), sum[2] = {0, 0}, before = 0;
    /* room on each side of the saddle: to 0, to the cut; d2 = 0.41 d1 makes alpha pi/4 */
    double left = far > 0 ? z0 : isinf(far) ? fabs(z0) : z0 - far, right = far > 0 ? far - z0 : -z0;
    double d1 = fmin(fmin(0.5 * left, 0.5 * right / (sqrt(2) - 1)), 3 / sqrt(curvature)), r = sqrt(2) * d1, p = z0 - d1;
    double top = creal(exponent(g, y, z0));
    double h = 0.12;
    for (int round = 0; round <= HALVINGS && !done; round++, h *= 0.5) {
        double most = 0;
        int k = round == 0 ? 0 : 1;
        for (; k < MOST; k += round == 0 ? 1 : 2) {
            double u = k * h, weight = k == 0 ? 0.5 : 1, c = cosh(u), s = sinh(u);
            double complex z = p + r * sqrt(0.5) * (c + _Complex_I * s), turn = r * sqrt(0.5) * (c - _Complex_I * s);
            /* z'(u) / i = r cos(alpha + i u) */
            double complex f = cexp(exponent(g, y, z) - top) * turn;
            sum[0] += weight * creal(f);
            sum[1] += weight * creal(f * z);
            most = fmax(most, cabs(f));
            if (cabs(f) < 1e-18 * most && k > 8)
                break;
        }
        double value = sum[0] * h;
        /* the error is about the square of the difference */
        done = round > 0 && k < MOST && fabs(value - before) <= 1e-9 * fabs(value);
        before = value;
    }
    double scale = done ? exp(top) / BNI_PI : NAN;
    *tail = (far > 0 ? 1 : -1) * before * scale;
    *density = sum[1] / sum[0] * before * scale;
}

void bni_contour_tails(const bni_gammas *given, double y, double *above, double *below, double *density)
{
    bni_gammas g = *given;
    double ends[2] = {-INFINITY, INFINITY}, f[2]; /* the cuts begin there */
    int mirrored = y < 0;
    for (int k = 0; k < g.count; k++) {
        g.scale[k] = mirrored ? -g.scale[k] : g.scale[k];
        if (g.scale[k] > 0)
            ends[1] = fmin(ends[1], 1 / g.scale[k]);
        else
            ends[0] = fmax(ends[0], 1 / g.scale[k]);
    }
    double *up = mirrored ? below : above, *down = mirrored ? above : below;
    y = fabs(y);
    if (isinf(ends[1]) || (y == 0 && isinf(ends[0]))) { /* all of one sign, and y on the other side */
        *up = !isinf(ends[1]);
        *down = isinf(ends[1]);
        *density = 0;
        return;
    }
    integrate(&g, y, ends[1], up, &f[1]);
    integrate(&g, y, ends[0], down, &f[0]);
    *density = *up < *down ? f[1] : f[0];
    if (isnan(*up) || isnan(*down))
        *up = *down = NAN;
    else if (*up > *down)
        *up = 1 - *down;
    else
        *down = 1 - *up;
}
