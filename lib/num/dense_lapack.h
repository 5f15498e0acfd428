/*
 * What dense*.c share: LAPACK's integers and failures.
 */
#ifndef BNI_DENSE_LAPACK_H
#define BNI_DENSE_LAPACK_H

#include "num/dense.h"

#include <lapacke.h>

/* Whether a length, an index or a workspace fits LAPACK's integer; `what` for the message. */
int32_t bni_lapack_fits(binnet_ctx *ctx, double count, const char *what);
/* n >= 1 and n^2 numbers can be numbered. */
int32_t bni_lapack_sizes(binnet_ctx *ctx, size_t m, size_t n, size_t k);
/* A workspace of so many doubles as LAPACK asked for, or NULL with a message. */
double *bni_lapack_work(binnet_ctx *ctx, double doubles);
/* info < 0: BINNET_E_INTERNAL, and BINNET_E_NOMEM for LAPACKE's own failures; info > 0: BINNET_E_NOCONV. */
int32_t bni_lapack_status(binnet_ctx *ctx, lapack_int info, const char *routine);
/* All finite, else BINNET_E_UNDEFINED. */
int32_t bni_dense_finite(binnet_ctx *ctx, const double *v, size_t n, const char *what);
/* The sign of a vector: its first component of greatest size (to 1e-8) becomes positive. */
void bni_lead_positive(double *v, size_t n);
/* to[j*m + i] = from[i*n + j], m x n. */
void bni_transpose(double *to, const double *from, size_t m, size_t n);

/* --- small matrices without LAPACK (dense_small.c) --- */

enum { BNI_SMALL = BNI_BLOCK };
/* As dgetrf2, n <= BNI_SMALL; 0, or one more than the number of the pivot that is 0. */
size_t bni_small_factor(double *a, lapack_int *pivot, size_t n);
/* As dgetrs, one right-hand side; how as bni_lu_solve. */
void bni_small_solve(double *x, const double *a, const lapack_int *pivot, size_t n, int how);
/* As bni_lu_rcond, but not estimated; norm: infinity and 1, work [2 n]. */
double bni_small_rcond(double *work, const double *a, const lapack_int *pivot, size_t n, const double norm[2]);

#endif
