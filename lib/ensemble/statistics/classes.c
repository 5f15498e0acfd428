/*
 * What the sums over states of a random network share: classes of states by their occupation numbers, how many states each has,
 * checks of arguments, and the sum itself.
 */
#include "ensemble/statistics/statistics.h"

#include <math.h>

double bni_class_count(const binnet_ensemble *e)
{
    double count = 1;
    for (size_t a = 0; a < e->n_pop; a++)
        count *= (double)(e->size[a] + 1);
    return count;
}

int bni_class_next(const binnet_ensemble *e, int64_t *n)
{
    for (size_t a = e->n_pop; a-- > 0; n[a] = 0)
        if (n[a]++ < e->size[a])
            return 1;
    return 0;
}

double *bni_log_choose(binnet_ctx *ctx, const double ***row, const binnet_ensemble *e)
{
    double *all = bni_new_raw(ctx, e->n + e->n_pop, sizeof *all), *at = all;
    const double **rows = bni_new_raw(ctx, e->n_pop, sizeof *rows);
    if (all == NULL || rows == NULL) {
        bni_delete(&ctx->mem, all);
        bni_delete(&ctx->mem, (void *)rows);
        return NULL;
    }
    for (size_t a = 0; a < e->n_pop; a++) {
        int64_t size = e->size[a];
        rows[a] = at;
        /* from both ends, so that the table is symmetric; the sum's error is a few ulp of log binomial */
        double sum = 0, rest = 0;
        at[0] = at[size] = 0;
        for (int64_t k = 1; k <= size / 2; k++) {
            double term = log((double)(size - k + 1) / (double)k) - rest, next = sum + term;
            rest = (next - sum) - term;
            sum = next;
            at[k] = at[size - k] = sum;
        }
        at += size + 1;
    }
    *row = rows;
    return all;
}

double bni_log_states(const binnet_ensemble *e, const double *const *choose, const int64_t *n)
{
    double sum = 0;
    for (size_t a = 0; a < e->n_pop; a++)
        sum += choose[a][n[a]];
    return sum;
}

/* --- arguments --- */

int32_t bni_need_ensemble(binnet_ctx *ctx, const binnet_ensemble *e)
{
    BNI_TRY(bni_need(ctx, e, "ensemble"));
    for (size_t a = 0; a < e->n_pop; a++)
        for (size_t b = 0; b < e->n_pop; b++) {
            size_t k = a * e->n_pop + b, back = b * e->n_pop + a;
            int pairs = a != b || e->size[a] > 1, paired = e->reciprocal == BINNET_RECIPROCAL_SAME && e->p[k] < 1;
            if (pairs && e->p[k] > 0 && e->p[back] > 0 && (paired || (e->rho != NULL && e->rho[k] != 0)))
                return bni_fail(
                    ctx, BINNET_E_RANGE,
                    "the connections of both directions between populations %zu and %zu are not independent; only "
                    "binnet_ensemble_fixed_mean_correlated allows for that",
                    a, b);
        }
    return BINNET_OK;
}

int32_t bni_need_active(binnet_ctx *ctx, const binnet_ensemble *e, const int64_t *active)
{
    BNI_TRY(bni_need(ctx, active, "active"));
    for (size_t a = 0; a < e->n_pop; a++)
        if (active[a] < 0 || active[a] > e->size[a])
            return bni_fail(ctx, BINNET_E_RANGE, "active[%zu] is %lld, allowed is 0..%lld", a, (long long)active[a],
                            (long long)e->size[a]);
    return BINNET_OK;
}

int32_t bni_need_axis(binnet_ctx *ctx, const binnet_ensemble *e, size_t n_axes, const int32_t *axis)
{
    if (axis == NULL && n_axes != e->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_axes is %zu; without axis it must be the %zu populations", n_axes,
                        e->n_pop);
    if (n_axes < 1 || n_axes > e->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "n_axes is %zu, allowed is 1..%zu", n_axes, e->n_pop);
    for (size_t a = 0; axis != NULL && a < e->n_pop; a++)
        if (axis[a] < -1 || axis[a] >= (int64_t)n_axes)
            return bni_fail(ctx, BINNET_E_RANGE, "axis[%zu] is %d, allowed is -1..%zu", a, (int)axis[a], n_axes - 1);
    return BINNET_OK;
}

/* --- sums --- */

void bni_sum_add(bni_sum *s, double x)
{
    s->block += x;
    if (++s->left == BNI_SUM_BLOCK) {
        s->total += s->block;
        s->block = 0;
        s->left = 0;
    }
}

double bni_sum_value(const bni_sum *s)
{
    return s->total + s->block;
}
