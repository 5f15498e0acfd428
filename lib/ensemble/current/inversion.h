/* Inside of the inversion: characteristic functions of weights (characteristic_function.c), the inversion itself
 * (gil_pelaez.c). */
#ifndef BNI_ENSEMBLE_CURRENT_INVERSION_H
#define BNI_ENSEMBLE_CURRENT_INVERSION_H

#include "ensemble/current/saddlepoint_inversion.h"

enum { BNI_CHARACTERISTIC_EDGES = 513, BNI_CHARACTERISTIC_NODES = 1 << 16 };

/* One weight law. The arrays are there for laws that need them only: edge, mass [BNI_CHARACTERISTIC_EDGES] for the lognormal and a
 * caller's law with a cdf, x, v [BNI_CHARACTERISTIC_NODES] for a caller's law without a characteristic function. */
typedef struct bni_characteristic {
    const bni_weight *weight;
    double lo, hi, end[2];
    size_t edges, nodes;
    double *edge, *mass, *x, *v;
} bni_characteristic;

/* Which arrays a law needs: edge and mass; x and v. */
int bni_characteristic_has_cells(const bni_weight *w);
int bni_characteristic_has_nodes(const bni_weight *w);
/* `outside`: probability beyond the outer edges, on each side. */
void bni_characteristic_make(bni_characteristic *wave, const bni_weight *weight, double outside);
/* The nodes for arguments up to t, of a caller's law without a characteristic function. */
int32_t bni_characteristic_nodes(binnet_ctx *ctx, bni_characteristic *wave, double t);
void bni_characteristic_at(const bni_characteristic *wave, double t, double *re, double *im);
/* E with |w(t')| <= E (t/t')^power for t' >= t; for the lognormal and a caller's law by the decay seen before t. */
double bni_characteristic_envelope(const bni_characteristic *wave, double t, double *power);
/* Upper bound of log E exp(s W), for the lognormal and a caller's law of W between the outer edges; HUGE_VAL when infinite. */
double bni_characteristic_log_mgf(const bni_characteristic *wave, double s);

/* Bytes of one law of weights in the call below. */
double bni_gil_pelaez_bytes(const bni_weight *w);
/* One inversion, for one or many points and, with `any`, for all laws whose active candidates are among those of `law`. */
enum { BNI_INVERSION_BLOCK = 64 };

typedef struct bni_inversion {
    binnet_ctx *ctx;
    const binnet_current *law;
    bni_characteristic *wave;    /* [groups] */
    double *room;                /* arrays of the waves */
    const struct bni_kept *kept; /* psi at the terms, or NULL */
    int any;
    double candidates, shift; /* active ones; tau for the in-degree, else 0 */
    double left, right, step; /* reach of S - shift (number present), 2 pi / L */
    double terms, error;      /* a multiple of BNI_INVERSION_BLOCK; step and terms left out, without rounding */
    bni_saddlepoint tilt;     /* for small tails; tilt.group is NULL where they cannot be had */
} bni_inversion;

/* psi at all terms of a law, for any point; not for the in-degree, where psi depends on the point. */
typedef struct bni_kept {
    double tolerance; /* it was made for */
    double left, right, step, terms, error;
    double rounding, weight; /* sums over the terms, of rounding and of |psi| */
    double *re, *im;         /* one allocation */
} bni_kept;
void bni_kept_free(const bni_allocator *mem, bni_kept *kept);

/* --- the sum of the weights (sum_characteristic.c) --- */

/* E exp(i t (S - shift (number present))). */
void bni_inversion_whole(const bni_inversion *v, double t, double *re, double *im);
/* psi(t), that of the part that is inverted, and *rounded: what it was a difference of. */
void bni_psi(const bni_inversion *v, double t, double *re, double *im, double *rounded);
/* Bound of |psi(t')| for t' >= t is the value times (t/t')^power. t = 0: the probability rho. With `any` the square of the
 * greatest envelope: for any number of active candidates. */
int32_t bni_psi_envelope(const bni_inversion *v, double t, double *value, double *power);
/* Probability of what is inverted: that two or more continuous weights are present, or a blind one. */
double bni_inverted_part(const binnet_current *law);

/* --- the inversion (gil_pelaez.c) --- */

/* Room for the waves; nothing else is set. */
int32_t bni_inversion_open(binnet_ctx *ctx, bni_inversion *v, const binnet_current *law);
/* What follows `any` and `shift`. */
int32_t bni_inversion_prepare(bni_inversion *v, int with_density);
void bni_inversion_close(bni_inversion *v);
/* Pr(S > y) = rho/2 + sum, up to error: NOCONV beyond the tolerance or outside 0..rho, CALLBACK when not finite. */
int32_t bni_inversion_check(binnet_ctx *ctx, double sum, double error, double rho);
/* Laws with a blind weight (tails_from_characteristic.c): left and right, outside of which lies less than `outside`;
 * and, once there are the terms, whether the characteristic functions of those weights stay small. */
int32_t bni_tails_reach(bni_inversion *v, double outside);
int32_t bni_tails_fall(const bni_inversion *v);

/*
 * The part of the law with two or more continuous weights present, or a blind one, at count points: what above, below and density of
 * the sides it adds; error[k] is a bound of the absolute error of above and below.
 */
int32_t bni_gil_pelaez(binnet_ctx *ctx, bni_sides *out, double *error, size_t count, const binnet_current *law,
                       const double *x, int with_density);

/* A table of currents (occupation_table_inversion.c): the bytes, and the table; *error, unless NULL, is raised to the
 * greatest bound. */
double bni_table_invert_bytes(const binnet_ensemble *e, size_t a, size_t len);
int32_t bni_table_invert(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                         const binnet_ensemble *e, size_t a, double x, int32_t strict);

#endif
