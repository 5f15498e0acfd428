/*
 * LAPACK's integers and failures.
 */
#include "num/dense_lapack.h"

#include <math.h>

static const double most = 2147483647; /* also where it could be more: CBLAS's integers are int */

int32_t bni_lapack_fits(binnet_ctx *ctx, double count, const char *what)
{
    if (count <= most)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_LIMIT, "%s: %.0f does not fit the integers of this LAPACK (%.0f)", what, count, most);
}

int32_t bni_lapack_sizes(binnet_ctx *ctx, size_t m, size_t n, size_t k)
{
    if (m == 0 || n == 0 || k == 0)
        return bni_fail(ctx, BINNET_E_SIZE, "a matrix without entries: %zu x %zu, %zu right-hand sides", m, n, k);
    double longest = m > n ? (double)m : (double)n;
    longest = longest > (double)k ? longest : (double)k;
    /* where sizes have 32 bits, m n entries may not */
    if (longest * (m < n ? (double)m : (double)n) * sizeof(double) > (double)SIZE_MAX)
        return bni_fail(ctx, BINNET_E_LIMIT, "a matrix of %zu x %zu does not fit in memory's addresses", m, n);
    return bni_lapack_fits(ctx, longest, "a matrix's size");
}

double *bni_lapack_work(binnet_ctx *ctx, double doubles)
{
    if (bni_lapack_fits(ctx, doubles, "a workspace") != BINNET_OK)
        return NULL;
    return bni_new_raw(ctx, (size_t)doubles, sizeof(double));
}

int32_t bni_lapack_status(binnet_ctx *ctx, lapack_int info, const char *routine)
{
    if (info == 0)
        return BINNET_OK;
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return bni_fail(ctx, BINNET_E_NOMEM, "%s has no memory", routine);
    if (info < 0)
        return bni_fail(ctx, BINNET_E_INTERNAL, "%s: argument %lld is wrong", routine, -(long long)info);
    return bni_fail(ctx, BINNET_E_NOCONV, "%s did not converge: %lld", routine, (long long)info);
}

int32_t bni_dense_finite(binnet_ctx *ctx, const double *v, size_t n, const char *what)
{
    for (size_t k = 0; k < n; k++)
        if (!isfinite(v[k]))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "%s: entry %zu is %g, beyond the range of numbers", what, k, v[k]);
    return BINNET_OK;
}

void bni_transpose(double *to, const double *from, size_t m, size_t n)
{
    enum { TILE = 32 };
    for (size_t i0 = 0; i0 < m; i0 += TILE)
        for (size_t j0 = 0; j0 < n; j0 += TILE)
            for (size_t i = i0; i < m && i < i0 + TILE; i++)
                for (size_t j = j0; j < n && j < j0 + TILE; j++)
                    to[j * m + i] = from[i * n + j];
}
