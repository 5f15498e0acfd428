/*
 * Orthonormal rows that span those of a matrix: A = L Q. Rows of A are LAPACK's columns of A^T = Q^T R, R = L^T.
 * Where A A^T is known exactly and well-conditioned: L L^T = A A^T, Q = L^-1 A, half the work.
 * Source: Golub & Van Loan, Matrix Computations, 5.2; LAPACK dgeqrf, dorgqr, dtrtrs, dsyevd, dpotrf.
 */
#include "num/dense_lapack.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static double orthogonal_workspace(size_t m, size_t n)
{
    double wanted[2] = {0}, s = 0;
    lapack_int rows = (lapack_int)n, columns = (lapack_int)m;
    LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, rows, columns, &s, rows, &s, &wanted[0], -1);
    LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, rows, columns, columns, &s, rows, &s, &wanted[1], -1);
    return wanted[0] > wanted[1] ? wanted[0] : wanted[1];
}

double bni_orthogonal_rows_bytes(size_t m, size_t n)
{
    return m > n ? 0 : n > INT32_MAX ? 1e300 : 8 * (orthogonal_workspace(m, n) + (double)m);
}

int32_t bni_orthogonal_rows(binnet_ctx *ctx, double *l, double *a, size_t m, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, m, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)m * (double)n, "a matrix"));
    if (m > n)
        return bni_fail(ctx, BINNET_E_INTERNAL, "%zu rows of %zu numbers are not independent", m, n);
    BNI_TRY(bni_need_finite(ctx, a, m * n, "the matrix"));
    BNI_TRY(bni_poll(ctx, 0));
    lapack_int rows = (lapack_int)n, columns = (lapack_int)m;
    double doubles = orthogonal_workspace(m, n);
    double *work = bni_lapack_work(ctx, doubles), *tau = bni_new_raw(ctx, m, sizeof *tau);
    int32_t status = work == NULL || tau == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK)
        status = bni_lapack_status(ctx,
                                   LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, rows, columns, a, rows, tau, work,
                                                       (lapack_int)doubles),
                                   "dgeqrf");
    for (size_t i = 0; i < m && status == BINNET_OK; i++) {
        memcpy(l + i * m, a + i * n, (i + 1) * sizeof *l);
        memset(l + i * m + i + 1, 0, (m - i - 1) * sizeof *l);
    }
    if (status == BINNET_OK)
        status = bni_lapack_status(ctx,
                                   LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, rows, columns, columns, a, rows, tau, work,
                                                       (lapack_int)doubles),
                                   "dorgqr");
    bni_delete(&ctx->mem, work);
    bni_delete(&ctx->mem, tau);
    return status == BINNET_OK ? bni_poll(ctx, 1) : status;
}

double bni_gram_rows_bytes(size_t m)
{
    return 8 * (double)m * (double)m + fmax(bni_eigen_symmetric_bytes(m, 0), bni_cholesky_bytes(m));
}

/* Columns between two polls. */
static size_t slice_of_columns(size_t m)
{
    return (size_t)(1e8 / ((double)m * (double)m)) + BNI_BLOCK;
}

/* A A^T, its lower triangle. */
static int32_t set_gram(binnet_ctx *ctx, double *gram, const double *a, size_t m, size_t n)
{
    size_t slice = slice_of_columns(m);
    for (size_t k = 0; k < n; k += slice) {
        BNI_TRY(bni_poll(ctx, 0));
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)m, (int)(n - k < slice ? n - k : slice), 1, a + k,
                    (int)n, k > 0, gram, (int)m);
    }
    return BINNET_OK;
}

int32_t bni_gram_rows(binnet_ctx *ctx, double *l, double *singular, int *done, double *a, size_t m, size_t n,
                      double most)
{
    *done = 0;
    BNI_TRY(bni_lapack_sizes(ctx, m, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)m * (double)n, "a matrix"));
    double *values = bni_new_raw(ctx, m * m, sizeof *values);
    if (values == NULL)
        return BINNET_E_NOMEM;
    int32_t status = set_gram(ctx, l, a, m, n);
    if (status == BINNET_OK)
        memcpy(values, l, m * m * sizeof *l);
    if (status == BINNET_OK)
        status = bni_eigen_symmetric(ctx, singular, values, m, 0);
    bni_delete(&ctx->mem, values);
    BNI_TRY(status);
    if (!(singular[m - 1] < most * most * singular[0]))
        return BINNET_OK;
    for (size_t k = 0; k < m / 2; k++) {
        double least = singular[k];
        singular[k] = singular[m - 1 - k];
        singular[m - 1 - k] = least;
    }
    for (size_t k = 0; k < m; k++)
        singular[k] = sqrt(singular[k]);
    BNI_TRY(bni_cholesky(ctx, l, NULL, m));
    size_t slice = slice_of_columns(m);
    for (size_t k = 0; k < n; k += slice) {
        BNI_TRY(bni_poll(ctx, (double)k / (double)n));
        cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)m,
                    (int)(n - k < slice ? n - k : slice), 1, l, (int)m, a + k, (int)n);
    }
    *done = 1;
    return bni_poll(ctx, 1);
}

int32_t bni_lower_solve(binnet_ctx *ctx, double *b, size_t k, const double *l, size_t m)
{
    BNI_TRY(bni_lapack_sizes(ctx, m, m, k));
    lapack_int size = (lapack_int)m;
    lapack_int info = LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, 'U', 'T', 'N', size, (lapack_int)k, l, size, b, size);
    if (info > 0)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "row %lld of the triangle has a 0 on its diagonal", (long long)info);
    BNI_TRY(bni_lapack_status(ctx, info, "dtrtrs"));
    return bni_dense_finite(ctx, b, k * m, "the solution");
}
