/*
 * Expansions in the couplings, inside of the room. All is in units of the noise: x_i = b_i + sum_j k_ij A_j, A_i fires with
 * probability g(x_i). Means are kept as q and 1 - q, so that both ends are sharp.
 */
#ifndef BNI_PLEFKA_H
#define BNI_PLEFKA_H

#include "model/model.h"

#include "binnet/plefka.h"

/* Moments at one time; cov[n][n] with its diagonal, lag[earlier][later]. */
typedef struct bni_moments {
    double *active, *silent, *cov, *lag;
} bni_moments;

typedef struct bni_plefka {
    size_t n;
    int gaussian; /* the noise; else logistic */
    const binnet_noise *noise;
    double *k, *b;        /* [n][n], [n] */
    double *x;            /* [n] mean input */
    double *kc;           /* [n][n] Cov(x_i, A_l) */
    double *q;            /* [n][n] Cov(x_i, x_j) */
    double *work, *third; /* [n][n] each */
    double *hermite;      /* [n][BNI_HERMITE], INPUT only */
    double *nodes;        /* its nodes */
    bni_moments now, next;
    int32_t expansion;
} bni_plefka;

enum { BNI_HERMITE = 1024, BNI_HERMITE_NODES = 8192 };

/* From p->x, kc and q (those of p->now), p->next. (plefka_step.c, plefka_input.c, plefka_pairs.c) */
int32_t bni_plefka_independent(binnet_ctx *ctx, bni_plefka *p, int order);
int32_t bni_plefka_input(binnet_ctx *ctx, bni_plefka *p);
int32_t bni_plefka_pairs(binnet_ctx *ctx, bni_plefka *p);

/* Stationary moments of asynchronous chains in p->now, whose means are the start (tap_asynchronous.c). */
int32_t bni_tap_asynchronous(binnet_ctx *ctx, bni_plefka *p, uint64_t *iterations);

/* --- self_consistent_means.c --- */

/* q = g(y), 1 - q and x of x = y + (1/2 - q) d, g logistic; d > -4. */
double bni_tap_solve(double *active, double *silent, double y, double d);
/* Greatest relative change of the rarer side of the means. */
double bni_mean_change(const bni_moments *a, const bni_moments *b, size_t n);

/* Whether an iteration that changes by `change` is done: what is left, judged by how changes fell, is below the tolerance. */
typedef struct bni_convergence {
    double tolerance, least, past[8];
    uint64_t steps, least_at;
} bni_convergence;
enum { BNI_GOING = 0, BNI_CONVERGED = 1, BNI_STUCK = 2 };
int bni_converge(bni_convergence *c, double change);

#endif
