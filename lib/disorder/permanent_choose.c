/*
 * What a permanent is computed by.
 */
#include "disorder/permanent_parts.h"

#include <math.h>
#include <string.h>

static int zero_line(size_t m, size_t n, const double *a)
{
    for (size_t i = 0; i < m; i++) {
        int any = 0;
        for (size_t j = 0; j < n && !any; j++)
            any = a[i * n + j] != 0;
        if (!any)
            return 1;
    }
    for (size_t j = 0; j < n && m == n; j++) {
        int any = 0;
        for (size_t i = 0; i < m && !any; i++)
            any = a[i * n + j] != 0;
        if (!any)
            return 1;
    }
    return 0;
}

static int32_t dense(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, const double *a, int32_t method)
{
    if (n > BINNET_MAX_PERMANENT)
        return bni_fail(ctx, BINNET_E_SIZE, "%zu rows and columns without structure, at most %d can be done", n,
                        BINNET_MAX_PERMANENT);
    BNI_TRY(bni_need_memory(ctx, bni_permanent_glynn_cost(ctx, n, method).bytes, "the permanent"));
    return bni_permanent_glynn(ctx, out, used, n, a, method);
}

int32_t bni_permanent_any(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                          int32_t method)
{
    *used = 0;
    *out = bni_ball_of(m == 0, 0, 0, 0);
    if (m == 0 || zero_line(m, n, a))
        return BINNET_OK;
    if (method == BINNET_PERMANENT_SUBSETS) {
        BNI_TRY(bni_need_memory(ctx, bni_permanent_subsets_cost(m, n).bytes, "the recursion over subsets"));
        return bni_permanent_subsets(ctx, out, used, m, n, a);
    }
    if (m == n)
        return dense(ctx, out, used, n, a, method);
    double *more = bni_new_raw(ctx, n * n, sizeof *more);
    if (more == NULL)
        return BINNET_E_NOMEM;
    memcpy(more, a, m * n * sizeof *more);
    for (size_t t = m * n; t < n * n; t++)
        more[t] = 1;
    int32_t status = dense(ctx, out, used, n, more, method);
    bni_delete(&ctx->mem, more);
    for (size_t k = 2; k <= n - m && status == BINNET_OK; k++)
        *out = bni_ball_divide(*out, (double)k);
    return status;
}

int32_t bni_permanent_plan(binnet_ctx *ctx, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                           int32_t method)
{
    *cost = (bni_cost){0, 0};
    *used = 0;
    if (m == 0 || zero_line(m, n, a))
        return BINNET_OK;
    *used = method == BINNET_PERMANENT_AUTO ? BINNET_PERMANENT_GLYNN : method;
    *cost = method == BINNET_PERMANENT_SUBSETS ? bni_permanent_subsets_cost(m, n) : bni_permanent_glynn_cost(ctx, n, method);
    return BINNET_OK;
}

int32_t bni_permanent_kinds(binnet_ctx *ctx, bni_ball *out, size_t n, size_t k, const double *col,
                            const int64_t *multiplicity)
{
    int32_t used = 0;
    *out = bni_ball_of(n == 0, 0, 0, 0);
    if (n == 0 || zero_line(n, k, col))
        return BINNET_OK;
    return bni_permanent_counts(ctx, out, &used, n, k, col, multiplicity);
}
