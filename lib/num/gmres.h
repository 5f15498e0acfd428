/*
 * GMRES, one cycle at a time: of some directions z_0, z_1, ... the combination that leaves least of a residual. The matrix is what
 * the caller makes of a vector; restarts, scales, preconditioners and when to stop are the caller's too.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
 */
#ifndef BNI_GMRES_H
#define BNI_GMRES_H

#include "core/core.h"

enum { BNI_GMRES_MOST = 32 };

/* Set n, directions (at most BNI_GMRES_MOST) and team (NULL: this thread alone), then list the buffers in a plan. Results do not
 * depend on the number of threads. */
typedef struct bni_gmres {
    size_t n, directions;
    bni_team *team;
    double *basis;                 /* [directions + 1][n]: orthonormal vectors v_0, v_1, ... */
    double *part;                  /* sums over pieces of vectors */
    double by[BNI_GMRES_MOST + 1]; /* after a cycle: of each direction */
} bni_gmres;

void bni_gmres_buffers(bni_plan *plan, bni_gmres *g);
/* y = M z_k, where z_k is anything that does not change during a cycle: v_k, or what a preconditioner makes of it. */
typedef int32_t (*bni_gmres_apply)(binnet_ctx *ctx, void *arg, double *y, size_t k);
/* v_0 is the residual, not 0, and becomes of length 1. Takes up to `most` directions, fewer when the residual's length is `enough`, down to
 * rounding, or nothing new comes of M z_k. What to add to the solution is the sum of by[k] z_k, k < *used; v_used and those after it
 * are free. */
int32_t bni_gmres_cycle(binnet_ctx *ctx, bni_gmres *g, size_t *used, bni_gmres_apply apply, void *arg, size_t most,
                        double enough);
/* y += sum of by[k] v_k, k < count. */
int32_t bni_gmres_add(binnet_ctx *ctx, bni_gmres *g, double *y, size_t count);

#endif
