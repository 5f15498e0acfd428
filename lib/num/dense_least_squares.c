/*
 * Least squares by singular values, and the singular values themselves.
 * Source: Golub & Van Loan, Matrix Computations, 5.5; LAPACK dgelsd, dgesdd.
 */
#include "num/dense_lapack.h"

#include <math.h>
#include <string.h>

static size_t lesser(size_t m, size_t n)
{
    return m < n ? m : n;
}

static size_t greater(size_t m, size_t n)
{
    return m > n ? m : n;
}

/* What dgelsd asks for; 0 when the sizes are beyond its integers. */
static void least_squares_workspace(double *doubles, lapack_int *integers, size_t m, size_t n, size_t k)
{
    double s = 0;
    lapack_int rank, ld = (lapack_int)greater(m, n);
    *doubles = *integers = 0;
    LAPACKE_dgelsd_work(LAPACK_COL_MAJOR, (lapack_int)m, (lapack_int)n, (lapack_int)k, &s, (lapack_int)m, &s, ld, &s,
                        -1, &rank, doubles, -1, integers);
}

double bni_least_squares_bytes(size_t m, size_t n, size_t k)
{
    double doubles, all = (double)m * (double)n + (double)greater(m, n) * (double)k + (double)lesser(m, n);
    lapack_int integers;
    if (greater(greater(m, n), k) > INT32_MAX)
        return INFINITY;
    least_squares_workspace(&doubles, &integers, m, n, k);
    return 8 * (all + doubles) + (double)integers * sizeof(lapack_int);
}

static double residual_norm(const double *a, const double *x, const double *b, size_t m, size_t n)
{
    double scale = 0, sum = 1; /* scale^2 sum, as dnrm2: no overflow */
    for (size_t i = 0; i < m; i++) {
        double r = -b[i];
        for (size_t j = 0; j < n; j++)
            r += a[i * n + j] * x[j];
        r = fabs(r);
        if (r > scale) {
            sum = 1 + sum * (scale / r) * (scale / r);
            scale = r;
        } else if (scale > 0)
            sum += (r / scale) * (r / scale);
    }
    return scale * sqrt(sum);
}

int32_t bni_least_squares(binnet_ctx *ctx, double *x, size_t *rank, double *residual, double *singular, const double *a,
                          const double *b, size_t m, size_t n, size_t k, double rcond)
{
    BNI_TRY(bni_lapack_sizes(ctx, m, n, k));
    BNI_TRY(bni_lapack_fits(ctx, (double)m * (double)n, "a matrix"));
    BNI_TRY(bni_lapack_fits(ctx, (double)greater(m, n) * (double)k, "right-hand sides"));
    BNI_TRY(bni_need_finite(ctx, a, m * n, "the matrix"));
    BNI_TRY(bni_need_finite(ctx, b, m * k, "the right-hand side"));
    BNI_TRY(bni_poll(ctx, 0));
    if (!(rcond >= 0))
        rcond = (double)greater(m, n) * 0x1p-52;
    size_t ld = greater(m, n), least = lesser(m, n);
    double doubles;
    lapack_int integers, found = 0;
    least_squares_workspace(&doubles, &integers, m, n, k);
    double *columns = bni_new_raw(ctx, m * n, sizeof *columns), *sides = bni_new(ctx, ld * k, sizeof *sides);
    double *s = bni_new_raw(ctx, least, sizeof *s), *work = bni_lapack_work(ctx, doubles);
    lapack_int *iwork = bni_new_raw(ctx, (size_t)integers, sizeof *iwork);
    int32_t status = BINNET_E_NOMEM;
    if (columns != NULL && sides != NULL && s != NULL && work != NULL && iwork != NULL) {
        bni_transpose(columns, a, m, n);
        for (size_t r = 0; r < k; r++)
            memcpy(sides + r * ld, b + r * m, m * sizeof *b);
        lapack_int info = LAPACKE_dgelsd_work(LAPACK_COL_MAJOR, (lapack_int)m, (lapack_int)n, (lapack_int)k, columns,
                                              (lapack_int)m, sides, (lapack_int)ld, s, rcond, &found, work,
                                              (lapack_int)doubles, iwork);
        status = bni_lapack_status(ctx, info, "dgelsd");
    }
    if (status == BINNET_OK)
        status = bni_dense_finite(ctx, s, least, "the singular values");
    for (size_t r = 0; r < k && status == BINNET_OK; r++) {
        status = bni_dense_finite(ctx, sides + r * ld, n, "the solution");
        memcpy(x + r * n, sides + r * ld, n * sizeof *x);
        if (residual != NULL)
            residual[r] = residual_norm(a, x + r * n, b + r * m, m, n);
    }
    if (status == BINNET_OK && rank != NULL)
        *rank = (size_t)found;
    if (status == BINNET_OK && singular != NULL)
        memcpy(singular, s, least * sizeof *s);
    bni_delete(&ctx->mem, iwork);
    bni_delete(&ctx->mem, work);
    bni_delete(&ctx->mem, s);
    bni_delete(&ctx->mem, sides);
    bni_delete(&ctx->mem, columns);
    return status == BINNET_OK ? bni_poll(ctx, 1) : status;
}

/* --- singular values --- */

/* LAPACK sees A^T, n x m: its left vectors are the rows of v, its right ones the columns of u. */
static lapack_int call_dgesdd(double *s, double *u, double *v, double *a, size_t m, size_t n, double *work,
                              lapack_int doubles, lapack_int *iwork)
{
    lapack_int rows = (lapack_int)n, columns = (lapack_int)m, least = (lapack_int)lesser(m, n);
    return LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, u != NULL ? 'S' : 'N', rows, columns, a, rows, s, v, rows, u, least,
                               work, doubles, iwork);
}

static double svd_workspace(size_t m, size_t n, int vectors)
{
    double wanted = 0, s = 0;
    lapack_int iwork = 0;
    call_dgesdd(&s, vectors ? &s : NULL, vectors ? &s : NULL, &s, m, n, &wanted, -1, &iwork);
    return wanted;
}

double bni_svd_bytes(size_t m, size_t n, int vectors)
{
    if (greater(m, n) > INT32_MAX)
        return INFINITY;
    return 8 * svd_workspace(m, n, vectors) + 8.0 * (double)lesser(m, n) * sizeof(lapack_int);
}

int32_t bni_svd(binnet_ctx *ctx, double *s, double *u, double *v, double *a, size_t m, size_t n)
{
    BNI_TRY(bni_lapack_sizes(ctx, m, n, 1));
    BNI_TRY(bni_lapack_fits(ctx, (double)m * (double)n, "a matrix"));
    BNI_TRY(bni_need_finite(ctx, a, m * n, "the matrix"));
    BNI_TRY(bni_poll(ctx, 0));
    size_t least = lesser(m, n);
    double doubles = svd_workspace(m, n, u != NULL);
    double *work = bni_lapack_work(ctx, doubles);
    lapack_int *iwork = bni_new_raw(ctx, 8 * least, sizeof *iwork);
    int32_t status = BINNET_E_NOMEM;
    if (work != NULL && iwork != NULL)
        status = bni_lapack_status(ctx, call_dgesdd(s, u, v, a, m, n, work, (lapack_int)doubles, iwork), "dgesdd");
    bni_delete(&ctx->mem, iwork);
    bni_delete(&ctx->mem, work);
    BNI_TRY(status);
    BNI_TRY(bni_dense_finite(ctx, s, least, "the singular values"));
    for (size_t r = 0; u != NULL && r < least; r++) {
        double before = v[r * n];
        size_t at = 0;
        while (before == 0 && ++at < n)
            before = v[r * n + at];
        bni_lead_positive(v + r * n, n);
        if (at < n && v[r * n + at] != before)
            for (size_t i = 0; i < m; i++)
                u[i * least + r] = -u[i * least + r];
    }
    return bni_poll(ctx, 1);
}
