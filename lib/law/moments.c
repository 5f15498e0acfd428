/*
 * Means, covariances, correlations and marginals by folding: summing a law over one neuron halves it, so that all pairs
 * together cost O(2^n).   Cov(A_i, A_j) = Pr(11) Pr(00) - Pr(10) Pr(01).   Source: THEORY 5, [FP19] sec. 5.
 */
#include "model/model.h"

#include <math.h>
#include <string.h>

/* half[s] = v[s] + v[s + 2^(n-1)]; returns the sum of the upper half. Sums are pairwise, so that rounding stays O(n). */
static double fold(double *half, const double *v, size_t n)
{
    size_t m = (size_t)1 << (n - 1);
    const double *upper = v + m;
    enum { LANES = 8 };
    double part[LANES] = {0}, total = 0;
    size_t s = 0;
    for (; s + LANES <= m; s += LANES)
        for (size_t l = 0; l < LANES; l++) {
            part[l] += upper[s + l];
            half[s + l] = v[s + l] + upper[s + l];
        }
    for (; s < m; s++) {
        total += upper[s];
        half[s] = v[s] + upper[s];
    }
    for (size_t l = 0; l < LANES; l++)
        total += part[l];
    return total;
}

/* sum[i] = sum of v over the states with neuron i active, for i < n; v is folded in place. Returns the sum of v. */
static double fold_all(double *sum, double *v, size_t n)
{
    for (size_t i = n; i-- > 0;)
        sum[i] = fold(v, v, i + 1);
    return v[0];
}

static int32_t check(binnet_ctx *ctx, const void *out, size_t n, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (n != law->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the law has %zu neurons", n, law->n);
    return BINNET_OK;
}

static int32_t copy_of(binnet_ctx *ctx, double **v, const binnet_law *law)
{
    size_t S = (size_t)1 << law->n;
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)S, "the moments of a law"));
    if ((*v = bni_new_raw(ctx, S, sizeof **v)) == NULL)
        return BINNET_E_NOMEM;
    memcpy(*v, law->p, S * sizeof **v);
    return BINNET_OK;
}

int32_t binnet_law_mean(binnet_ctx *ctx, double *mean, size_t n, const binnet_law *law)
{
    BNI_TRY(check(ctx, mean, n, law));
    double *v;
    BNI_TRY(copy_of(ctx, &v, law));
    fold_all(mean, v, n);
    bni_delete(&ctx->mem, v);
    return BINNET_OK;
}

/* second[i*n + j] = Pr(i and j active), i >= j; upper half of the recursion on one neuron after the other. */
static int32_t pairs(binnet_ctx *ctx, double *second, const binnet_law *law)
{
    size_t n = law->n;
    double *v, *upper;
    BNI_TRY(copy_of(ctx, &v, law));
    if ((upper = bni_new_raw(ctx, (size_t)1 << (n - 1), sizeof *upper)) == NULL) {
        bni_delete(&ctx->mem, v);
        return BINNET_E_NOMEM;
    }
    for (size_t i = n; i-- > 0;) {
        size_t half = (size_t)1 << i;
        memcpy(upper, v + half, half * sizeof *upper);
        second[i * n + i] = fold_all(second + i * n, upper, i);
        fold(v, v, i + 1);
    }
    bni_delete(&ctx->mem, upper);
    bni_delete(&ctx->mem, v);
    return BINNET_OK;
}

int32_t binnet_law_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_law *law)
{
    BNI_TRY(check(ctx, cov, n, law));
    BNI_TRY(pairs(ctx, cov, law));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double both = cov[i * n + j], mi = cov[i * n + i], mj = cov[j * n + j];
            double none = (1 - mi) - (mj - both);
            cov[i * n + j] = cov[j * n + i] = both * none - (mi - both) * (mj - both);
        }
    for (size_t i = 0; i < n; i++)
        cov[i * n + i] *= 1 - cov[i * n + i];
    return BINNET_OK;
}

int32_t binnet_law_correlation(binnet_ctx *ctx, double *corr, size_t n, const binnet_law *law)
{
    BNI_TRY(binnet_law_covariance(ctx, corr, n, law));
    int32_t undefined = -1;
    for (size_t i = 0; i < n; i++) {
        double vi = corr[i * n + i];
        if (!(vi > 0))
            undefined = (int32_t)i;
        for (size_t j = 0; j < i; j++) {
            double vj = corr[j * n + j];
            corr[i * n + j] = corr[j * n + i] = vi > 0 && vj > 0 ? corr[i * n + j] / sqrt(vi * vj) : NAN;
        }
    }
    for (size_t i = 0; i < n; i++)
        corr[i * n + i] = corr[i * n + i] > 0 ? 1 : NAN;
    if (undefined >= 0)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %d never changes: its correlations are NaN", (int)undefined);
    return BINNET_OK;
}

enum { MARGINAL_STRETCH = 1 << 16 }; /* states between two polls */

int32_t binnet_law_marginal(binnet_ctx *ctx, double *p, size_t len, const binnet_law *law, size_t k,
                            const int32_t *neuron)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (k > law->n)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %zu, the law has %zu neurons", k, law->n);
    if (k > 0)
        BNI_TRY(bni_need(ctx, neuron, "neuron"));
    if (len != (size_t)1 << k)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu states", len, k, (size_t)1 << k);
    uint64_t seen = 0;
    for (size_t b = 0; b < k; b++) {
        if (neuron[b] < 0 || (size_t)neuron[b] >= law->n || (seen >> neuron[b] & 1))
            return bni_fail(ctx, BINNET_E_RANGE, "neuron[%zu] is %d: different neurons of 0..%zu are wanted", b,
                            (int)neuron[b], law->n - 1);
        seen |= UINT64_C(1) << neuron[b];
    }
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)len, "a marginal law"));
    double *lost = bni_new_raw(ctx, len, sizeof *lost); /* by rounding: Neumaier's sums */
    if (lost == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_clear(ctx, p, len, sizeof *p);
    if (status == BINNET_OK)
        status = bni_clear(ctx, lost, len, sizeof *lost);
    for (uint64_t s = 0, S = UINT64_C(1) << law->n; s < S && status == BINNET_OK; s++) {
        uint64_t m = 0;
        for (size_t b = 0; b < k; b++)
            m |= (s >> neuron[b] & 1) << b;
        double x = law->p[s], next = p[m] + x;
        lost[m] += p[m] >= x ? (p[m] - next) + x : (x - next) + p[m];
        p[m] = next;
        if (s % MARGINAL_STRETCH == MARGINAL_STRETCH - 1)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    for (size_t m = 0; m < len; m++)
        p[m] += lost[m];
    bni_delete(&ctx->mem, lost);
    return status;
}
