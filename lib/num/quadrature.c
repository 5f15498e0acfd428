/*
 * Gauss-Kronrod rule of 10 and 21 points for many functions on one panel. Error: |K - G|, for smooth functions reduced as in
 * QUADPACK, e = A min(1, (200 |K - G| / A)^1.5), A = integral of |f - mean f|. A step that hides between an end and the node
 * next to it shows in the value at the end: where it is off by more than the difference of the next two nodes, which are
 * five times as far from each other, that times the gap is added.
 * Source: Piessens et al., QUADPACK 1983 (rule and error).
 */
#include "num/quadrature.h"

#include <math.h>

enum { HALF = BNI_NODES / 2 };

static const double node[HALF + 1] = {0.995657163025808080735527280689003,
                                      0.973906528517171720077964012084452,
                                      0.930157491355708226001207180059508,
                                      0.865063366688984510732096688423493,
                                      0.780817726586416897063717578345042,
                                      0.679409568299024406234327365114874,
                                      0.562757134668604683339000099272694,
                                      0.433395394129247190799265943165784,
                                      0.294392862701460198131126603103866,
                                      0.148874338981631210884826001129720,
                                      0};
static const double kronrod[HALF + 1] = {0.011694638867371874278064396062192, 0.032558162307964727478818972459390,
                                         0.054755896574351996031381300244580, 0.075039674810919952767043140916190,
                                         0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
                                         0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
                                         0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
                                         0.149445554002916905664936468389821};
/* of nodes 1, 3, 5, 7, 9 */
static const double gauss[HALF / 2] = {0.066671344308688137593568809893332, 0.149451349150580593145863397657697,
                                       0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
                                       0.295524224714752870173815619188769};

void bni_kronrod_points(double x[BNI_POINTS], double a, double b)
{
    double middle = 0.5 * a + 0.5 * b, half = 0.5 * (b - a);
    for (size_t j = 0; j < HALF; j++) {
        x[j] = middle - half * node[j];
        x[BNI_NODES - 1 - j] = middle + half * node[j];
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
        double w = weight != NULL ? weight[j] : 1, wk = kronrod[from_end] * w,
               wg = from_end % 2 == 1 ? gauss[from_end / 2] * w : 0;
        for (size_t k = 0; k < count; k++) {
            K[k] += wk * v[j * stride + k];
            G[k] += wg * v[j * stride + k];
        }
    }
    for (size_t j = 0; j < BNI_NODES; j++) {
        double w = weight != NULL ? weight[j] : 1, wk = kronrod[j <= HALF ? j : BNI_NODES - 1 - j];
        for (size_t k = 0; k < count; k++)
            A[k] += wk * fabs(w * v[j * stride + k] - 0.5 * K[k]);
    }
    double gap = (1 - node[0]) * (weight != NULL ? fmax(fabs(weight[0]), fabs(weight[BNI_NODES - 1])) : 1);
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
