/* Inside of the inversion: characteristic functions of weights (wave.c), the inversion itself (invert.c). */
#ifndef BNI_INVERT_H
#define BNI_INVERT_H

#include "disorder/disorder.h"

enum { BNI_WAVE_EDGES = 513, BNI_WAVE_NODES = 1 << 16 };

/* One weight law. The arrays are there for laws that need them only: edge, mass [BNI_WAVE_EDGES] for the lognormal and a
 * caller's law, x, v [BNI_WAVE_NODES] for a caller's law without a characteristic function. */
typedef struct bni_wave {
    const bni_weight *weight;
    double lo, hi, end[2];
    size_t edges, nodes;
    double *edge, *mass, *x, *v;
} bni_wave;

/* `outside`: probability beyond the outer edges, on each side. */
void bni_wave_make(bni_wave *wave, const bni_weight *weight, double outside);
/* The nodes for arguments up to t, of a caller's law without a characteristic function. */
int32_t bni_wave_nodes(binnet_ctx *ctx, bni_wave *wave, double t);
void bni_wave_at(const bni_wave *wave, double t, double *re, double *im);
/* E with |w(t')| <= E (t/t')^power for t' >= t; for the lognormal and a caller's law by the decay seen before t. */
double bni_wave_envelope(const bni_wave *wave, double t, double *power);
/* Upper bound of log E exp(s W), for the lognormal and a caller's law of W between the outer edges; HUGE_VAL when infinite. */
double bni_wave_log_mgf(const bni_wave *wave, double s);

/*
 * The part of the law with two or more continuous weights present, at count points: what above, below and density of
 * the sides it adds; error[k] is a bound of the absolute error of above and below.
 */
int32_t bni_invert(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                   const double *x, int with_density);

#endif
