/*
 * Laws of the number of connections that are present: binomials and sums of binomials of several probabilities.
 * Only sums of positive terms, so that every mass keeps its relative accuracy however small it is.
 */
#include "ensemble/ensemble.h"

#include <string.h>

double bni_count_bytes(int64_t most)
{
    return 3 * sizeof(double) * ((double)most + 1);
}

/* From the mode outwards by the ratio of neighbours, then divided by the sum. */
void bni_binomial(double *pmf, int64_t n, double p)
{
    memset(pmf, 0, ((size_t)n + 1) * sizeof *pmf);
    if (p <= 0 || p >= 1 || n == 0) {
        pmf[p >= 1 ? n : 0] = 1;
        return;
    }
    double odds = p / (1 - p), sum = 1;
    int64_t mode = (int64_t)((double)(n + 1) * p);
    if (mode > n)
        mode = n;
    pmf[mode] = 1;
    for (int64_t m = mode; m < n && pmf[m] > 0; m++)
        sum += pmf[m + 1] = pmf[m] * ((double)(n - m) / (double)(m + 1) * odds);
    double lower = 0;
    for (int64_t m = mode; m > 0 && pmf[m] > 0; m--)
        lower += pmf[m - 1] = pmf[m] * ((double)m / (double)(n - m + 1) / odds);
    sum += lower;
    for (int64_t m = 0; m <= n; m++)
        pmf[m] /= sum;
}

/* Limits of the positive masses, and the sums below and above. */
static void sum_up_tail(bni_count *c)
{
    c->from = 0;
    c->to = c->most;
    while (c->from < c->to && !(c->pmf[c->from] > 0))
        c->from++;
    while (c->to > c->from && !(c->pmf[c->to] > 0))
        c->to--;
    c->below[0] = 0;
    for (int64_t m = 0; m < c->most; m++)
        c->below[m + 1] = c->below[m] + c->pmf[m];
    c->above[c->most] = 0;
    for (int64_t m = c->most; m > 0; m--)
        c->above[m - 1] = c->above[m] + c->pmf[m];
}

static int32_t count_make(binnet_ctx *ctx, bni_count *out, int64_t most)
{
    size_t entries = (size_t)most + 1;
    *out = (bni_count){.most = most};
    double *all = bni_new_raw(ctx, 3 * entries, sizeof *all);
    if (all == NULL)
        return BINNET_E_NOMEM;
    out->pmf = all;
    out->below = all + entries;
    out->above = all + 2 * entries;
    return BINNET_OK;
}

int32_t bni_count_binomial(binnet_ctx *ctx, bni_count *out, int64_t n, double p)
{
    BNI_TRY(count_make(ctx, out, n));
    bni_binomial(out->pmf, n, p);
    sum_up_tail(out);
    return BINNET_OK;
}

int32_t bni_count_add(binnet_ctx *ctx, bni_count *out, int64_t n, double p)
{
    bni_count one, sum;
    BNI_TRY(bni_count_binomial(ctx, &one, n, p));
    int32_t status = count_make(ctx, &sum, out->most + n);
    if (status != BINNET_OK) {
        bni_count_free(&ctx->mem, &one);
        return status;
    }
    memset(sum.pmf, 0, ((size_t)sum.most + 1) * sizeof *sum.pmf);
    for (int64_t k = one.from; k <= one.to && status == BINNET_OK; k++) {
        double w = one.pmf[k];
        for (int64_t m = out->from; m <= out->to; m++)
            sum.pmf[k + m] += w * out->pmf[m];
        status = bni_poll(ctx, (double)(k - one.from) / (double)(one.to - one.from + 1));
    }
    bni_count_free(&ctx->mem, &one);
    if (status != BINNET_OK) {
        bni_count_free(&ctx->mem, &sum);
        return status;
    }
    bni_count_free(&ctx->mem, out);
    sum_up_tail(&sum);
    *out = sum;
    return BINNET_OK;
}

void bni_count_free(const bni_allocator *mem, bni_count *count)
{
    bni_delete(mem, count->pmf);
    count->pmf = NULL;
}
