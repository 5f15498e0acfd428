/*
 * Boxes of means and inputs that lose what no fixed point can have.
 */
#ifndef BNI_CONTRACTION_H
#define BNI_CONTRACTION_H

#include "approx/enclosure.h"

/* A box: [n] means, [n] inputs mu. */
typedef struct bni_contraction {
    binnet_ctx *ctx;
    const binnet_mean_field *f;
    size_t n;
    double done;                       /* progress, for the hook */
    bni_interval *constant, *heard;    /* [n]: of the equations; mu - offset */
    bni_envelope *envelope;            /* [n] */
    double *weight;                    /* [n][n]: K J / M, rounded */
    double *A, *Y, *factor, *by_input; /* [n][n] */
    double *row, *image, *error;       /* [2 n], [n], [n] */
    double *reach;                     /* [n]: what the curve of a unit does to all means */
} bni_contraction;

void bni_contraction_buffers(bni_plan *plan, void *contraction);
/* Once its buffers are made. */
void bni_contraction_start(bni_contraction *c);

/* Cuts a box unit by unit, mu with what the means make of it, the means with F, the means with mu; 0: nothing is left. */
int bni_cut_by_units(const bni_contraction *c, bni_interval *box);
/* Cuts it with all equations at once. *left 0: nothing is left; *inside 1: no mean was at an end of its interval (the box may
 * hold a fixed point in its inside); *useful 0: no better than unit by unit. */
int32_t bni_cut_by_lines(bni_contraction *c, bni_interval *box, int *left, int *inside, int *useful);

#endif
