/*
 * Inside of stationary: linear systems, and probabilities of reaching states.
 */
#ifndef BNI_LINEAR_SYSTEMS_H
#define BNI_LINEAR_SYSTEMS_H

#include "stationary/stationary.h"

/* y = M x, n numbers each, which do not overlap. */
typedef struct bni_linear_system {
    size_t n;
    int32_t (*apply)(binnet_ctx *ctx, void *arg, double *y, const double *x);
    void *arg;
} bni_linear_system;

/* GMRES (gmres.c) from x = 0 until the largest entry of the residual b - M x, *residual, is `goal` of that of b, falls no longer or
 * BINNET_P_MAX_ITERATIONS steps are done: whether it is small enough the caller judges. basis: bni_gmres_doubles(n). */
int32_t bni_gmres(binnet_ctx *ctx, double *x, double *residual, const bni_linear_system *m, const double *b,
                  double goal, double *basis);
double bni_gmres_doubles(double n);

/* Relative error of a transition, and of sums over many, by rounding. */
double bni_transition_rounding(const binnet_chain *chain);
/* By elimination: q(s) = Pr(state b is met before a), rest = 1 - q, both of them with a small relative error (committor.c). */
int32_t bni_committor(binnet_ctx *ctx, double *q, double *rest, const binnet_chain *chain, size_t a, size_t b);
double bni_committor_bytes(size_t n);

double bni_dot(const double *x, const double *y, size_t n);
/* Of |x|. */
double bni_largest_entry(const double *x, size_t n);

#endif
