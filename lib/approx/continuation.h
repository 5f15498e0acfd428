/*
 * One curve of fixed points: m = F(m; stimuli I + x direction), in steps along its tangent.
 */
#ifndef BNI_CONTINUATION_H
#define BNI_CONTINUATION_H

#include "approx/approx.h"

/* A point of a curve: means, t = (x - from) / (to - from), the tangent (n + 1, t last), how many eigenvalues of the slopes are beyond
 * the unit circle and beyond real part 1. */
typedef struct bni_curve_point {
    double *mean, *tangent; /* [n], [n + 1]; mean[n] is t */
    double radius, growth;
    size_t outside, right;
} bni_curve_point;

typedef struct bni_curve {
    binnet_ctx *ctx;
    const binnet_mean_field *f; /* that at x = from */
    binnet_mean_field at;       /* f with the offsets of the point in hand */
    const double *direction;
    double from, to;
    size_t n;
    double *offset;                                             /* [n] */
    double *next, *slope, *by_input, *matrix, *solution, *step; /* [n], [n][n], [n], [n+1][n+1], [n+1] */
    double *guess, *border, *re, *im;                           /* [n+1], [n+1], [n], [n] */
    double inverse, grain;                                      /* of the last bordered matrix: |A^-1|; rounding of F */
} bni_curve;

void bni_curve_buffers(bni_plan *plan, void *curve);
double bni_curve_bytes(size_t n);
/* t moves to `t`. */
void bni_curve_at(bni_curve *c, double t);
/* Fixed point at t from a start, in place mean[n]; *found 0 when Newton's steps fail. */
int32_t bni_curve_solve(bni_curve *c, double *mean, double t, int *found);
/* From p by h along its tangent to q, p's orientation kept; *found 0 when that fails, as when the curve bends too much for it.
 * q may be p for h = 0. */
int32_t bni_curve_step(bni_curve *c, bni_curve_point *q, const bni_curve_point *p, double h, int *found);
/* Tangent, eigenvalues and their counts at q->mean; towards: the orientation (n + 1), or NULL: rising t. */
int32_t bni_curve_finish(bni_curve *c, bni_curve_point *q, const double *towards, int *found);

#endif
