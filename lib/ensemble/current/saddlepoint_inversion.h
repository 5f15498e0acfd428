/* Inside of the tilted inversion: moment generating functions of the weights (moment_generating.c), and the tails they
 * give (saddlepoint_inversion.c). */
#ifndef BNI_ENSEMBLE_CURRENT_SADDLEPOINT_INVERSION_H
#define BNI_ENSEMBLE_CURRENT_SADDLEPOINT_INVERSION_H

#include "ensemble/ensemble.h"

typedef struct bni_complex {
    double re, im;
} bni_complex;

/* The greatest s with E exp(s |direction| W) finite for W in the direction +1 or -1: HUGE_VAL, or 1/scale; 0 where it is
 * infinite for all s > 0, or not known. */
double bni_mgf_limit(const bni_weight *w, int direction);
/* log E exp(z W) for z within the limits, with im(z) >= 0; the imaginary part up to a multiple of 2 pi. */
bni_complex bni_mgf_log(const bni_weight *w, bni_complex z);
/* log E with |E exp((s + i t') W)| <= E (t/t')^power for t' >= t > 0; for lognormal laws by the decay seen at t. */
double bni_mgf_log_envelope(const bni_weight *w, double s, double t, double *power);

/* One law of weights, at some s. */
typedef struct bni_tilted {
    double log_scale; /* of (1 - p + p w(s))^n: all is divided by that */
    int small;        /* two or more present are less than a tenth of that */
} bni_tilted;

/* For one law, at one point after the other. */
typedef struct bni_saddlepoint {
    binnet_ctx *ctx;
    const binnet_current *law;
    bni_tilted *group; /* [groups] */
    double rho, spread, candidates;
    /* at one point, in one direction */
    int direction;
    double shift, y, s, limit;
    double log_scale, size; /* E exp(s (S - y)) of what is inverted is exp(log_scale) size */
    double rounded;         /* magnitudes that were added to log_scale */
} bni_saddlepoint;

/* Whether either tail can be had. */
int bni_saddlepoint_possible(const binnet_current *law);
double bni_saddlepoint_bytes(size_t groups);
int32_t bni_saddlepoint_open(binnet_ctx *ctx, bni_saddlepoint *t, const binnet_current *law);
void bni_saddlepoint_close(bni_saddlepoint *t);
/* What the inversion adds to `rest`, part->above and part->below up to *error, once more with an error that is small
 * against above and below where that can be had. *error = HUGE_VAL: they are not known yet. */
int32_t bni_saddlepoint_sides(bni_saddlepoint *t, bni_sides *part, double *error, const bni_sides *rest, double x);

#endif
