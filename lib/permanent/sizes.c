/*
 * What every permanent asks of the sizes of a matrix.
 */
#include "permanent/permanent.h"

int32_t bni_permanent_check(binnet_ctx *ctx, size_t m, size_t n, const void *a)
{
    if (m > n)
        return bni_fail(ctx, BINNET_E_SIZE, "m = %zu rows are more than n = %zu columns", m, n);
    if (n > 0 && m > SIZE_MAX / 8 / n)
        return bni_fail(ctx, BINNET_E_SIZE, "%zu x %zu entries do not fit an address", m, n);
    return m * n > 0 ? bni_need(ctx, a, "a") : BINNET_OK;
}
