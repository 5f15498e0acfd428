/*
 * Cholesky factors of definite and semidefinite matrices. The lower triangle of rows is LAPACK's upper one of columns.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, ch. 10; LAPACK dpotrf, dpstrf.
 */
#include "num/dense_lapack.h"

#include <math.h>
#include <string.h>

/* The lower triangle is all that counts. */
static int32_t need_finite_lower(binnet_ctx *ctx, const double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        BNI_TRY(bni_need_finite(ctx, a + i * n, i + 1, "a row of the symmetric matrix"));
    return BINNET_OK;
}

static void clear_upper(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        memset(a + i * n + i + 1, 0, (n - i - 1) * sizeof *a);
}

double bni_cholesky_bytes(size_t n)
{
    return (double)n * (double)(3 * sizeof(double) + sizeof(lapack_int));
}

int32_t bni_cholesky(binnet_ctx *ctx, double *a, double *rcond, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(need_finite_lower(ctx, a, n));
    BNI_TRY(bni_poll(ctx, 0));
    double *work = bni_new_raw(ctx, 3 * n, sizeof *work);
    lapack_int *iwork = bni_new_raw(ctx, n, sizeof *iwork), ld = (lapack_int)n;
    int32_t status = work == NULL || iwork == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK) {
        memset(work, 0, n * sizeof *work);
        double norm = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                work[i] += fabs(a[i * n + j]);
                work[j] += j < i ? fabs(a[i * n + j]) : 0;
            }
        for (size_t i = 0; i < n; i++)
            norm = work[i] > norm ? work[i] : norm;
        lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', ld, a, ld);
        if (info > 0)
            status = bni_fail(ctx, BINNET_E_RANGE, "the matrix is not positive definite: its first %lld rows are not",
                              (long long)info);
        else
            status = bni_lapack_status(ctx, info, "dpotrf");
        clear_upper(a, n);
        if (status == BINNET_OK)
            status = bni_dense_finite(ctx, a, n * n, "the Cholesky factor");
        if (status == BINNET_OK && rcond != NULL) {
            *rcond = 0;
            if (norm <= 1.7e308)
                status = bni_lapack_status(
                    ctx, LAPACKE_dpocon_work(LAPACK_COL_MAJOR, 'U', ld, a, ld, norm, rcond, work, iwork), "dpocon");
        }
    }
    bni_delete(&ctx->mem, iwork);
    bni_delete(&ctx->mem, work);
    return status == BINNET_OK ? bni_poll(ctx, 1) : status;
}

int32_t bni_cholesky_solve(binnet_ctx *ctx, double *b, size_t k, const double *l, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, k));
    BNI_TRY(bni_need_finite(ctx, b, n * k, "the right-hand side"));
    lapack_int ld = (lapack_int)n;
    for (size_t r = 0; r < k; r += BNI_BLOCK) {
        size_t count = k - r < BNI_BLOCK ? k - r : BNI_BLOCK;
        lapack_int info = LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', ld, (lapack_int)count, l, ld, b + r * n, ld);
        BNI_TRY(bni_lapack_status(ctx, info, "dpotrs"));
        BNI_TRY(bni_poll(ctx, (double)(r + count) / (double)k));
    }
    return bni_dense_finite(ctx, b, n * k, "the solution");
}

double bni_cholesky_semidefinite_bytes(size_t n)
{
    return 16.0 * (double)n * ((double)n + 1) + (double)n * sizeof(lapack_int);
}

/* rest -= L L^T, and its greatest entry. */
static int32_t greatest_left(binnet_ctx *ctx, double *greatest, double *rest, const double *l, size_t rank, size_t n)
{
    if (rank > 0)
        BNI_TRY(bni_dense_product(ctx, rest, n, l, n, l, n, n, n, rank, BNI_B_TRANSPOSED | BNI_SUBTRACT));
    *greatest = 0;
    for (size_t i = 0; i < n * n; i++) {
        double size = fabs(rest[i]);
        if (!(size <= *greatest))
            *greatest = size;
    }
    return BINNET_OK;
}

int32_t bni_cholesky_semidefinite(binnet_ctx *ctx, double *a, size_t *order, size_t *rank, double *dropped, size_t n,
                                  double tolerance)
{
    BNI_TRY(bni_lapack_sizes(ctx, n, n, 1));
    BNI_TRY(need_finite_lower(ctx, a, n));
    BNI_TRY(bni_poll(ctx, 0));
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = a[i * n + i] > greatest ? a[i * n + i] : greatest;
    double rounding = (double)n * 0x1p-53 * greatest;
    if (!(tolerance >= 0))
        tolerance = rounding;
    double *kept = bni_new_raw(ctx, n * n, sizeof *kept), *work = bni_new_raw(ctx, 2 * n, sizeof *work);
    lapack_int *pivot = bni_new_raw(ctx, n, sizeof *pivot), found = 0;
    int32_t status = kept == NULL || work == NULL || pivot == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, kept, a, n * n, sizeof *a);
    if (status == BINNET_OK) {
        lapack_int info = LAPACKE_dpstrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n, pivot, &found,
                                              tolerance, work);
        status = info > 0 ? BINNET_OK : bni_lapack_status(ctx, info, "dpstrf");
    }
    if (status == BINNET_OK) {
        *rank = (size_t)found;
        for (size_t i = 0; i < n; i++)
            order[i] = (size_t)pivot[i] - 1;
        clear_upper(a, n);
        for (size_t i = *rank; i < n; i++)
            memset(a + i * n + *rank, 0, (n - *rank) * sizeof *a);
    }
    bni_delete(&ctx->mem, pivot);
    bni_delete(&ctx->mem, work);
    double *permuted = status == BINNET_OK ? bni_new_raw(ctx, n * n, sizeof *permuted) : NULL;
    if (status == BINNET_OK && permuted == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                size_t r = order[i], c = order[j];
                permuted[i * n + j] = kept[r > c ? r * n + c : c * n + r];
            }
        status = greatest_left(ctx, dropped, permuted, a, *rank, n);
    }
    bni_delete(&ctx->mem, permuted);
    bni_delete(&ctx->mem, kept);
    BNI_TRY(status);
    double allowed = 100 * (tolerance > rounding ? tolerance : rounding);
    if (!(*dropped <= allowed))
        return bni_fail(ctx, BINNET_E_RANGE,
                        "the matrix is not positive semidefinite: after %zu pivots an entry of size %.3g is left",
                        *rank, *dropped);
    *dropped += 2 * rounding; /* of the product that looked */
    return bni_poll(ctx, 1);
}
