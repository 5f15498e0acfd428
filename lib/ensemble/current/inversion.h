/* Inside of the inversion: characteristic functions of weights (characteristic_function.c), the inversion itself
 * (gil_pelaez.c). */
#ifndef BNI_ENSEMBLE_CURRENT_INVERSION_H
#define BNI_ENSEMBLE_CURRENT_INVERSION_H

#include "ensemble/current/saddlepoint_inversion.h"

enum { BNI_WAVE_EDGES = 513, BNI_WAVE_NODES = 1 << 16 };

/* One weight law. The arrays are there for laws that need them only: edge, mass [BNI_WAVE_EDGES] for the lognormal and a
 * caller's law with a cdf, x, v [BNI_WAVE_NODES] for a caller's law without a characteristic function. */
typedef struct bni_wave {
    const bni_weight *weight;
    double lo, hi, end[2];
    size_t edges, nodes;
    double *edge, *mass, *x, *v;
} bni_wave;

/* Which arrays a law needs: edge and mass; x and v. */
int bni_wave_has_cells(const bni_weight *w);
int bni_wave_has_nodes(const bni_weight *w);
/* `outside`: probability beyond the outer edges, on each side. */
void bni_wave_make(bni_wave *wave, const bni_weight *weight, double outside);
/* The nodes for arguments up to t, of a caller's law without a characteristic function. */
int32_t bni_wave_nodes(binnet_ctx *ctx, bni_wave *wave, double t);
void bni_wave_at(const bni_wave *wave, double t, double *re, double *im);
/* E with |w(t')| <= E (t/t')^power for t' >= t; for the lognormal and a caller's law by the decay seen before t. */
double bni_wave_envelope(const bni_wave *wave, double t, double *power);
/* Upper bound of log E exp(s W), for the lognormal and a caller's law of W between the outer edges; HUGE_VAL when infinite. */
double bni_wave_log_mgf(const bni_wave *wave, double s);

/* Bytes of one law of weights in the call below. */
double bni_invert_bytes(const bni_weight *w);
/* One inversion, for one or many points and, with `any`, for all laws whose active candidates are among those of `law`. */
enum { BNI_INVERSION_BLOCK = 64 };

typedef struct bni_inversion {
    binnet_ctx *ctx;
    const binnet_current *law;
    bni_wave *wave;              /* [groups] */
    double *room;                /* arrays of the waves */
    const struct bni_kept *kept; /* psi at the terms, or NULL */
    int any;
    double candidates, shift; /* active ones; tau for the in-degree, else 0 */
    double left, right, step; /* reach of S - shift (number present), 2 pi / L */
    double terms, error;      /* a multiple of BNI_INVERSION_BLOCK; step and terms left out, without rounding */
    bni_tilt tilt;            /* for small tails; tilt.group is NULL where they cannot be had */
} bni_inversion;

/* psi at all terms of a law, for any point; not for the in-degree, where psi depends on the point. */
typedef struct bni_kept {
    double tolerance; /* it was made for */
    double left, right, step, terms, error;
    double rounding, weight; /* sums over the terms, of rounding and of |psi| */
    double *re, *im;         /* one allocation */
} bni_kept;
void bni_kept_free(const bni_allocator *mem, bni_kept *kept);

/* Room for the waves; nothing else is set. */
int32_t bni_inversion_open(binnet_ctx *ctx, bni_inversion *v, const binnet_current *law);
/* What follows `any` and `shift`. */
int32_t bni_inversion_prepare(bni_inversion *v, int with_density);
void bni_inversion_close(bni_inversion *v);
/* Probability of what is inverted: that two or more continuous weights are present, or a blind one. */
double bni_inverted_part(const binnet_current *law);

/* Pr(S > y) = rho/2 + sum, up to error: NOCONV beyond the tolerance or outside 0..rho, CALLBACK when not finite. */
int32_t bni_inversion_check(binnet_ctx *ctx, double sum, double error, double rho);
/* E exp(i t (S - shift (number present))). */
void bni_inversion_whole(const bni_inversion *v, double t, double *re, double *im);

/* Laws with a blind weight (tails_from_characteristic.c): left and right, outside of which lies less than `outside`;
 * and, once there are the terms, whether the characteristic functions of those weights stay small. */
int32_t bni_blind_reach(bni_inversion *v, double outside);
int32_t bni_blind_falls(const bni_inversion *v);

/*
 * The part of the law with two or more continuous weights present, or a blind one, at count points: what above, below and density of
 * the sides it adds; error[k] is a bound of the absolute error of above and below.
 */
int32_t bni_invert(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                   const double *x, int with_density);

/* A table of currents (occupation_table_inversion.c): the bytes, and the table; *error, unless NULL, is raised to the
 * greatest bound. */
double bni_table_invert_bytes(const binnet_ensemble *e, size_t a, size_t len);
int32_t bni_table_invert(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                         const binnet_ensemble *e, size_t a, double x, int32_t strict);

#endif
