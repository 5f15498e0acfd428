/*
 * Permanents of real matrices: the public calls, their checks, and the choice between the methods.
 */
#include "permanent/permanent.h"

#include <math.h>

/* Row by row, with polls; the index of the message is that of the array. */
static int32_t check_finite(binnet_ctx *ctx, size_t rows, size_t n, const double *v, const char *name)
{
    if (rows * n < 4096)
        return bni_need_finite(ctx, v, rows * n, name);
    for (size_t i = 0; i < rows; i++) {
        int finite = 1;
        for (size_t j = 0; j < n; j++)
            finite &= isfinite(v[i * n + j]) != 0;
        if (!finite)
            return bni_need_finite(ctx, v, (i + 1) * n, name);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t check_matrix(binnet_ctx *ctx, size_t m, size_t n, const double *a)
{
    BNI_TRY(bni_permanent_check(ctx, m, n, a));
    return check_finite(ctx, m, n, a, "a");
}

static int32_t check_method(binnet_ctx *ctx, size_t m, size_t n, int32_t method)
{
    if (method != BINNET_PERMANENT_AUTO && method != BINNET_PERMANENT_GLYNN && method != BINNET_PERMANENT_COMPENSATED &&
        method != BINNET_PERMANENT_SUBSETS)
        return bni_fail(ctx, BINNET_E_RANGE, "method = %d cannot be asked for", (int)method);
    if (method == BINNET_PERMANENT_SUBSETS && m > BNI_MOST_SUBSETS)
        return bni_fail(ctx, BINNET_E_SIZE, "m = %zu rows: the recursion over subsets takes at most %d", m,
                        BNI_MOST_SUBSETS);
    if (method != BINNET_PERMANENT_AUTO && method != BINNET_PERMANENT_SUBSETS && n > BINNET_MAX_PERMANENT)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu columns: Glynn's formula takes at most %d", n,
                        BINNET_MAX_PERMANENT);
    return BINNET_OK;
}

int32_t binnet_permanent_scaled(binnet_ctx *ctx, double *mantissa, int64_t *exponent, double *error_bound,
                                int32_t *used, size_t m, size_t n, const double *a, int32_t method)
{
    bni_ball b;
    int32_t methods = 0;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mantissa, "mantissa"));
    BNI_TRY(bni_need(ctx, exponent, "exponent"));
    BNI_TRY(check_matrix(ctx, m, n, a));
    BNI_TRY(check_method(ctx, m, n, method));
    BNI_TRY(bni_permanent_any(ctx, &b, &methods, m, n, a, (bni_request){method, ctx->relative_tolerance}));
    bni_ball_parts(mantissa, exponent, error_bound, b);
    if (used != NULL)
        *used = methods;
    return method == BINNET_PERMANENT_AUTO ? bni_ball_meets(ctx, b, ctx->relative_tolerance) : BINNET_OK;
}

static int32_t finish_value(binnet_ctx *ctx, double *value, double *error_bound, bni_ball b)
{
    double bound = 0;
    int32_t status = bni_ball_double(ctx, value, &bound, b, ctx->relative_tolerance);
    if (error_bound != NULL)
        *error_bound = bound;
    return status;
}

int32_t binnet_permanent(binnet_ctx *ctx, double *value, double *error_bound, size_t n, const double *a)
{
    bni_ball b;
    int32_t methods = 0;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, value, "value"));
    BNI_TRY(check_matrix(ctx, n, n, a));
    BNI_TRY(
        bni_permanent_any(ctx, &b, &methods, n, n, a, (bni_request){BINNET_PERMANENT_AUTO, ctx->relative_tolerance}));
    return finish_value(ctx, value, error_bound, b);
}

static int32_t repeated(binnet_ctx *ctx, bni_ball *b, size_t n, size_t k, const double *col,
                        const int64_t *multiplicity)
{
    int64_t left = (int64_t)n;
    if (k > 0)
        BNI_TRY(bni_need(ctx, multiplicity, "multiplicity"));
    if (n > INT64_MAX / 8 || (k > 0 && n > SIZE_MAX / 8 / k))
        return bni_fail(ctx, BINNET_E_SIZE, "%zu x %zu entries do not fit an address", n, k);
    for (size_t j = 0; j < k; j++) {
        if (multiplicity[j] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "multiplicity[%zu] = %lld is negative", j, (long long)multiplicity[j]);
        if (multiplicity[j] > left)
            return bni_fail(ctx, BINNET_E_SIZE, "the multiplicities add up to more than n = %zu", n);
        left -= multiplicity[j];
    }
    if (left != 0)
        return bni_fail(ctx, BINNET_E_SIZE, "the multiplicities add up to %lld, not to n = %zu",
                        (long long)((int64_t)n - left), n);
    if (n * k > 0)
        BNI_TRY(bni_need(ctx, col, "col"));
    BNI_TRY(check_finite(ctx, n, k, col, "col"));
    return bni_permanent_kinds(ctx, b, n, k, col, multiplicity);
}

int32_t binnet_permanent_repeated(binnet_ctx *ctx, double *value, double *error_bound, size_t n, size_t k,
                                  const double *col, const int64_t *multiplicity)
{
    bni_ball b;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, value, "value"));
    BNI_TRY(repeated(ctx, &b, n, k, col, multiplicity));
    return finish_value(ctx, value, error_bound, b);
}

int32_t binnet_permanent_repeated_scaled(binnet_ctx *ctx, double *mantissa, int64_t *exponent, double *error_bound,
                                         size_t n, size_t k, const double *col, const int64_t *multiplicity)
{
    bni_ball b;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mantissa, "mantissa"));
    BNI_TRY(bni_need(ctx, exponent, "exponent"));
    BNI_TRY(repeated(ctx, &b, n, k, col, multiplicity));
    bni_ball_parts(mantissa, exponent, error_bound, b);
    return bni_ball_meets(ctx, b, ctx->relative_tolerance);
}

uint64_t bni_permanent_terms(size_t m, size_t n)
{
    double terms = 1;
    uint64_t exact = 1;
    for (size_t k = 0; k < m && terms < 0x1p64; k++) {
        terms *= (double)(n - k);
        exact *= n - k;
    }
    return terms < 0x1.fp63 ? exact : UINT64_MAX;
}

int32_t binnet_permanent_estimate(binnet_ctx *ctx, uint64_t *terms, uint64_t *bytes, double *flops, int32_t *used,
                                  size_t m, size_t n, const double *a, int32_t method)
{
    bni_cost cost;
    int32_t methods = 0;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_matrix(ctx, m, n, a));
    BNI_TRY(check_method(ctx, m, n, method));
    BNI_TRY(bni_permanent_plan(ctx, &cost, &methods, m, n, a, method));
    if (terms != NULL)
        *terms = bni_permanent_terms(m, n);
    if (used != NULL)
        *used = methods;
    if (bytes != NULL)
        *bytes = cost.bytes < 0x1p63 ? (uint64_t)cost.bytes : UINT64_MAX;
    if (flops != NULL)
        *flops = cost.flops;
    return BINNET_OK;
}
