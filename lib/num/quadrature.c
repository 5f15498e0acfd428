/*
 * Gauss-Kronrod rule of 10 and 21 points for many functions on one panel. Error: |K - G|, for smooth functions reduced as in
 * QUADPACK, e = A min(1, (200 |K - G| / A)^1.5), A = integral of |f - mean f|. A step that hides between an end and the node
 * next to it shows in the value at the end: where it is off by more than the difference of the next two nodes, which are
 * five times as far from each other, that times the gap is added.
 * Source: Piessens et al., QUADPACK 1983 (rule and error).
 */
#include "num/quadrature.h"
#include "num/gauss_rules.h"

#include <math.h>

enum { HALF = BNI_NODES / 2 };

void bni_kronrod_points(double x[BNI_POINTS], double a, double b)
{
    double middle = 0.5 * a + 0.5 * b, half = 0.5 * (b - a);
    for (size_t j = 0; j < HALF; j++) {
        x[j] = middle - half * bni_kronrod21_node[j];
        x[BNI_NODES - 1 - j] = middle + half * bni_kronrod21_node[j];
    }
    x[HALF] = middle;
    x[BNI_NODES] = a;
    x[BNI_NODES + 1] = nextafter(b, -INFINITY);
}

/* What hides beside an end: values there, at the next node and at the one after. */
static double hidden(double end, double near, double far)
{
    double step = fabs(end - near);
    return step > fabs(near - far) + 1e-14 * fmax(fabs(end), fabs(near)) ? step : 0;
}

enum { LANES = 32 };

/* Up to LANES functions. */
static void some_kronrod(double *integral, double *error, size_t count, const double *v, size_t stride,
                         const double *weight, double half, int smooth)
{
    double K[LANES] = {0}, G[LANES] = {0}, A[LANES] = {0};
    for (size_t j = 0; j < BNI_NODES; j++) {
        size_t from_end = j <= HALF ? j : BNI_NODES - 1 - j;
        double w = weight != NULL ? weight[j] : 1, wk = bni_kronrod21_weight[from_end] * w,
               wg = from_end % 2 == 1 ? bni_gauss10_weight[from_end / 2] * w : 0;
        for (size_t k = 0; k < count; k++) {
            K[k] += wk * v[j * stride + k];
            G[k] += wg * v[j * stride + k];
        }
    }
    for (size_t j = 0; j < BNI_NODES; j++) {
        double w = weight != NULL ? weight[j] : 1, wk = bni_kronrod21_weight[j <= HALF ? j : BNI_NODES - 1 - j];
        for (size_t k = 0; k < count; k++)
            A[k] += wk * fabs(w * v[j * stride + k] - 0.5 * K[k]);
    }
    double gap = (1 - bni_kronrod21_node[0]) *
                 (weight != NULL ? fmax(fabs(weight[0]), fabs(weight[BNI_NODES - 1])) : 1);
    const double *left = v + BNI_NODES * stride, *right = left + stride, *last = v + (BNI_NODES - 1) * stride;
    for (size_t k = 0; k < count; k++) {
        double e = fabs(K[k] - G[k]), share = A[k] > 0 ? 200 * e / A[k] : 1;
        if (smooth && share < 1)
            e = A[k] * share * sqrt(share);
        double ends = hidden(left[k], v[k], v[stride + k]) + hidden(right[k], last[k], (last - stride)[k]);
        integral[k] = half * K[k];
        error[k] = half * (e + gap * ends);
    }
}

void bni_kronrod(double *integral, double *error, size_t count, const double *v, size_t stride, const double *weight,
                 double half, int smooth)
{
    for (size_t k = 0; k < count; k += LANES)
        some_kronrod(integral + k, error + k, count - k < LANES ? count - k : LANES, v + k, stride, weight, half,
                     smooth);
}
