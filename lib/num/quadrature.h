/*
 * Adaptive integration of many functions of one variable at once.
 */
#ifndef BNI_QUADRATURE_H
#define BNI_QUADRATURE_H

#include "core/core.h"

enum { BNI_NODES = 21, BNI_POINTS = BNI_NODES + 2 }; /* of the Gauss-Kronrod rule on a panel; and both ends */

typedef struct bni_panel {
    double a, b;
    double *integral, *error; /* double[dim] each: the integrals over a .. b and estimates of their absolute errors */
    double norm;              /* what is to become small; 0 when halving cannot help */
} bni_panel;

typedef struct bni_quadrature {
    size_t dim, most; /* functions; panels */
    /* Values of all functions at the points u[panels][BNI_POINTS] of some panels, the nodes and then a and b, where limits
     * from inside are wanted: out[panels][BNI_POINTS][dim]. */
    int32_t (*values)(void *user, double *out, const double *u, const bni_panel *panel, size_t panels);
    /* One figure for the errors of a panel (its integral and error are set). */
    double (*norm)(void *user, const bni_panel *panel);
    /* All panels so far, in order, before norms are asked for the first time and whenever their number has doubled. */
    void (*look)(void *user, const bni_panel *panel, size_t panels);
    void *user;
    double tolerance; /* of the sum of the norms */
    /* what bni_quadrature_run makes */
    bni_allocator mem;
    bni_panel *panel; /* in order */
    size_t panels;
    double *memory;
} bni_quadrature;

double bni_quadrature_bytes(size_t dim, size_t most);
/* Integrate over the panels between `ends` consecutive points; end[ends], rising, ends - 1 <= most / 2. Free it also after a
 * failure. Reaching `most` is no failure: the sum of the norms is then above the tolerance. */
int32_t bni_quadrature_run(binnet_ctx *ctx, bni_quadrature *q, const double *end, size_t ends);
void bni_quadrature_free(bni_quadrature *q);

#endif
