/*
 * Dense linear algebra, through CBLAS and LAPACKE: dense*.c alone include their headers.
 *
 * Matrices are row-major, a[i*n + j] in row i and column j; several right-hand sides or vectors lie one after the other.
 * Inputs that are not finite are BINNET_E_NAN, sizes beyond BLAS's integers BINNET_E_LIMIT, an overflow on the way
 * BINNET_E_UNDEFINED. Memory is the ctx's: what a call takes beside its arguments says the _bytes function below it.
 *
 * LAPACK runs on the calling thread, which must not be a worker of a team; what it returns depends in the last digits on the
 * BLAS in use and on how many threads that has (never set here). It cannot be interrupted: the hook is asked before and after,
 * within bni_lu_new and products all the time.
 */
#ifndef BNI_DENSE_H
#define BNI_DENSE_H

#include "core/core.h"

/* --- the BLAS in use (dense_blas.c) --- */

/* The team, when its workers may call bni_dense_block at the same time; NULL where the BLAS is not made for that. */
bni_team *bni_blas_team(bni_team *team);

/* --- products (dense_product.c) --- */

/* op(A) is m x k, op(B) k x n, C m x n; a transposed operand is stored as k x m or n x k. The default is C = A B. */
enum {
    BNI_A_TRANSPOSED = 1,
    BNI_B_TRANSPOSED = 2,
    BNI_ADD = 4,     /* C += A B */
    BNI_SUBTRACT = 8 /* C -= A B */
};
/* m n k of a block at most: such calls run on the thread that makes them, in every BLAS that is known to us, so that workers may
 * make them, and their bits depend neither on the number of workers nor on that of BLAS threads. */
enum { BNI_BLOCK = 64, BNI_BLOCK_WORK = BNI_BLOCK * BNI_BLOCK * BNI_BLOCK };

/* One block: m n k <= BNI_BLOCK_WORK; lda, ldb, ldc doubles from row to row. For workers too; nothing is checked. */
void bni_dense_block(double *C, size_t ldc, const double *A, size_t lda, const double *B, size_t ldb, size_t m,
                     size_t n, size_t k, int how);
/* Any size by the BLAS as it is, from the calling thread as LAPACK, with what threads it has; polls between pieces. For
 * products beside factors of LAPACK, whose last digits depend on the BLAS all the same. */
int32_t bni_dense_large(binnet_ctx *ctx, double *C, size_t ldc, const double *A, size_t lda, const double *B,
                        size_t ldb, size_t m, size_t n, size_t k, int how);
/* Any size, block after block in an order that depends on m, n, k alone; polls. C overlaps neither A nor B. */
int32_t bni_dense_product(binnet_ctx *ctx, double *C, size_t ldc, const double *A, size_t lda, const double *B,
                          size_t ldb, size_t m, size_t n, size_t k, int how);

/* --- factors (dense_lu.c, dense_cholesky.c) --- */

/* The LU factors of a square matrix. a [n][n] is overwritten by them and must live until bni_lu_free. BINNET_E_UNDEFINED when
 * the matrix is singular, a zero pivot being met; how near it is otherwise tells bni_lu_rcond. */
typedef struct bni_lu bni_lu;
int32_t bni_lu_new(binnet_ctx *ctx, bni_lu **out, double *a, size_t n);
double bni_lu_bytes(size_t n);
void bni_lu_free(bni_lu *lu);
/* The lesser of 1 / (|A| |A^-1|) in the norms 1 and infinity, above 64 rows |A^-1| being estimated (seldom more than 3 times too
 * small):
 * solutions have about 16 + log10(rcond) valid digits, below 2^-52 none. */
double bni_lu_rcond(const bni_lu *lu);
/* In place, for k right-hand sides b[k][n]: A x = b, or x A = b for BNI_A_TRANSPOSED. BINNET_E_UNDEFINED on overflow. */
int32_t bni_lu_solve(binnet_ctx *ctx, double *b, size_t k, const bni_lu *lu, int how);
/* inverse[n][n]; a [n][n] is destroyed; memory and codes of bni_lu_new. */
int32_t bni_inverse(binnet_ctx *ctx, double *inverse, double *a, size_t n);

/* A = L L^T of a symmetric positive definite matrix: a becomes L, zeros above the diagonal; only the lower triangle of A is
 * read. rcond (NULL allowed) as of LU. BINNET_E_RANGE, naming the row, when A is not positive definite to rounding. */
int32_t bni_cholesky(binnet_ctx *ctx, double *a, double *rcond, size_t n);
double bni_cholesky_bytes(size_t n);
/* In place, for k right-hand sides b[k][n]: L L^T x = b. */
int32_t bni_cholesky_solve(binnet_ctx *ctx, double *b, size_t k, const double *l, size_t n);
/* Positive semidefinite, by pivots: A[order[i]][order[j]] = sum_{r < rank} L[i][r] L[j][r] up to `dropped`, a bound on the
 * entries of what is left out. a becomes L[n][n], columns from rank on 0. tolerance: pivots at most that (>= 0, as the
 * entries of A) end it; negative: n 2^-53 max A_ii. BINNET_E_RANGE when what is left has an entry above 100 times that
 * tolerance: then A is not semidefinite. */
int32_t bni_cholesky_semidefinite(binnet_ctx *ctx, double *a, size_t *order, size_t *rank, double *dropped, size_t n,
                                  double tolerance);
double bni_cholesky_semidefinite_bytes(size_t n);

/* --- eigenvalues (dense_eigen.c) --- */

/* Symmetric (the lower triangle is read): value[n] rising; with `vectors`, row k of a becomes the unit eigenvector of value[k],
 * its first component of greatest size (to 1e-8) positive; without, a is destroyed. Each value is within a small multiple of
 * n 2^-53 |A| of a true one. */
int32_t bni_eigen_symmetric(binnet_ctx *ctx, double *value, double *a, size_t n, int vectors);
double bni_eigen_symmetric_bytes(size_t n, int vectors);

/* General, a is destroyed: re[k] + i im[k], sorted by falling size; those of one size (to 1e-10 of the greatest) by falling real
 * part, then falling |im|; of a conjugate pair the one with im > 0 comes first.
 * right (NULL or [n][n]): A v = value v; left: u A = value u (no conjugation), one vector a row: for im[k] = 0 row k; for a
 * pair k, k + 1 row k is the real part and row k + 1 the imaginary part of the vector of k, that of k + 1 its conjugate. Unit
 * 2-norm; real vectors with signs as above, complex ones with that component real and positive.
 * condition (NULL or [n]): |sum_i u_i v_i| for unit u, v; a perturbation E of A moves the simple value k by |E| / condition[k]
 * to first order, and |E| is a small multiple of n 2^-53 |A| by rounding. 0: not to be told from a multiple value. */
int32_t bni_eigen(binnet_ctx *ctx, double *re, double *im, double *right, double *left, double *condition, double *a,
                  size_t n);
double bni_eigen_bytes(size_t n, int vectors);

/* --- Schur form and the Lyapunov equation (dense_schur.c) --- */

/* A = Q T Q^T: a becomes T[n][n], upper triangular but for the 2 x 2 blocks of conjugate pairs on its diagonal; q[n][n]
 * orthogonal, its columns the Schur vectors; re[k] + i im[k] the eigenvalues in the order of the diagonal. */
int32_t bni_schur(binnet_ctx *ctx, double *a, double *q, double *re, double *im, size_t n);
double bni_schur_bytes(size_t n);
/* Moves the eigenvalues with chosen[k] != 0 to the top of T (of a pair both, when one is chosen): the first *count columns of q
 * then span their invariant subspace. *condition (NULL allowed): the reciprocal condition of their mean, *separation: of the
 * subspace, an estimate of sep(T11, T22); both as dtrsen. BINNET_E_NOCONV when two are too near to change places; a and q are
 * then still a Schur form of A. */
int32_t bni_schur_reorder(binnet_ctx *ctx, double *t, double *q, double *re, double *im, size_t *count,
                          double *condition, double *separation, const unsigned char *chosen, size_t n);
double bni_schur_reorder_bytes(size_t n);
/* Symmetric X with A X + X A^T + C = 0 of a symmetric C: c[n][n] becomes X; a is destroyed. *rcond (NULL allowed):
 * sep(A, -A^T) / (2 |A|), estimated; X has about 16 + log10(rcond) valid digits. BINNET_E_UNDEFINED when two eigenvalues of A sum to 0
 * to rounding. The
 * stationary covariance of dx = A x dt + noise of covariance C dt, where all eigenvalues of A have negative real parts. */
int32_t bni_lyapunov(binnet_ctx *ctx, double *c, double *rcond, double *a, size_t n);
double bni_lyapunov_bytes(size_t n);

/* --- rectangular (dense_least_squares.c) --- */

/* The x[k][n] of least |x| among those of least |A x - b|, A[m][n] (kept), b[k][m]. Singular values up to rcond times the
 * greatest count as 0 (negative: max(m, n) 2^-52). rank; residual[k] = |A x - b|; singular[min(m, n)] falling, greatest
 * over least counted is the condition number. Each output but x may be NULL. */
int32_t bni_least_squares(binnet_ctx *ctx, double *x, size_t *rank, double *residual, double *singular, const double *a,
                          const double *b, size_t m, size_t n, size_t k, double rcond);
double bni_least_squares_bytes(size_t m, size_t n, size_t k);

/* A = L Q, m <= n: the rows of a[m][n] become orthonormal (Q), l[m][m] is lower triangular (dense_orthogonal.c). */
int32_t bni_orthogonal_rows(binnet_ctx *ctx, double *l, double *a, size_t m, size_t n);
double bni_orthogonal_rows_bytes(size_t m, size_t n);
/* The same of whole numbers whose products of rows are exact (below 2^53), by the Cholesky factor of A A^T; singular[m]: the
 * singular values of A, falling. *done = 0, and a is kept, when their ratio is `most` or more: Q is orthonormal, and the ratio
 * right, to some 2^-53 ratio^2. */
int32_t bni_gram_rows(binnet_ctx *ctx, double *l, double *singular, int *done, double *a, size_t m, size_t n,
                      double most);
double bni_gram_rows_bytes(size_t m);
/* In place, for k right-hand sides b[k][m]: L x = b. BINNET_E_UNDEFINED on a zero of the diagonal and on overflow. */
int32_t bni_lower_solve(binnet_ctx *ctx, double *b, size_t k, const double *l, size_t m);

/* A = sum_r s[r] u_r v_r^T, r < min(m, n): s falling, u[m][min], v[min][n] (row r is v_r); u and v both or neither NULL. The
 * component of v_r of greatest size is positive. a is destroyed. */
int32_t bni_svd(binnet_ctx *ctx, double *s, double *u, double *v, double *a, size_t m, size_t n);
double bni_svd_bytes(size_t m, size_t n, int vectors);

#endif
