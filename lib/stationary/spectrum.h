/*
 * Inside of stationary: the parts of the spectrum. All of it happens among the vectors whose entries sum to 0. A = C P C, C x =
 * x - mean of x, has the eigenvalues of P there but for one eigenvalue 1, whose right mode is known, the constant: left modes
 * of P are those of A, right ones are those of A up to a constant.
 */
#ifndef BNI_STATIONARY_SPECTRUM_H
#define BNI_STATIONARY_SPECTRUM_H

#include "num/vectors.h"
#include "stationary/committor.h"

#include "binnet/spectrum.h"

struct binnet_spectrum {
    bni_allocator mem;
    size_t n, S, count, rows; /* rows of the modes: at least count */
    int32_t method;
    uint64_t steps;
    double *re, *im, *bound, *condition, *residual_right, *residual_left; /* [rows] */
    /* [rows][S]; row k of a real value, rows k and k + 1 the real and the imaginary part of a pair's first */
    double *right, *left;
};

/* P and its transpose, of a chain. */
typedef struct bni_operator {
    const binnet_chain *chain;
    bni_step *step;
    bni_expectation *e;
    double *scratch; /* [2^n] */
} bni_operator;

int32_t bni_operator_new(binnet_ctx *ctx, bni_operator *o, const binnet_chain *chain, bni_team *team, double room);
void bni_operator_free(binnet_ctx *ctx, bni_operator *o);
double bni_operator_bytes(const binnet_chain *chain, int workers, double room);
/* y = x P (left) or P x. */
int32_t bni_operator_apply(binnet_ctx *ctx, const bni_operator *o, double *y, const double *x, int left);
/* Pairs whose imaginary part is rounding become two real values: the parts of their mode are modes of them. */
void bni_split_pairs(double *im, size_t count);

/* Rows 1 .. of the spectrum's modes, and its values, from the first eigenvalues of A: `wanted` of them and what follows; *found
 * of them. By the whole matrix (spectrum_dense.c), and by Krylov (spectrum_krylov.c). */
int32_t bni_spectrum_dense(binnet_ctx *ctx, binnet_spectrum *s, size_t *found, const binnet_chain *chain);
double bni_spectrum_dense_bytes(size_t n);
int32_t bni_spectrum_krylov(binnet_ctx *ctx, binnet_spectrum *s, size_t *found, size_t wanted, const bni_operator *o);
double bni_spectrum_krylov_bytes(size_t n, size_t wanted);
/* Vectors that are looked for, where `wanted` are. */
size_t bni_spectrum_krylov_rows(size_t n, size_t wanted);

/* The first k values, a pair whole, with modes of P, residuals and bounds (spectrum_modes.c); law: a stationary one. */
int32_t bni_spectrum_finish(binnet_ctx *ctx, binnet_spectrum *s, const bni_operator *o, size_t found, size_t k,
                            const binnet_law *law);

#endif
