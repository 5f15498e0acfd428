/*
 * Rules of the literature, sums over patterns with spins S = 2A - 1; and from weights for spins to weights for activities:
 * J S = 2 J A - J 1.
 * Source: [Hopfield 1982], [SV99], [SK86], [TF88]; see docs/bibliography.md.
 */
#include "storage/storage.h"

#include <string.h>

/* How much more the next pattern weighs than the present one. */
#define TEMPORAL_WEIGHT 2.0

static double spin(uint8_t a)
{
    return a ? 1 : -1;
}

void bni_store_from_spins(double *J, binnet_storage *s, const bni_demand *d)
{
    for (size_t i = 0; i < d->n; i++) {
        double sum = 0, M = bni_demand_M(d, i);
        for (size_t j = 0; j < d->n; j++) {
            sum += J[i * d->n + j];
            J[i * d->n + j] *= 2 * M;
        }
        s->theta[i] += sum;
    }
}

/* Connections that are not there; what they bring is lost. */
static void cut_connections(double *J, const bni_demand *d)
{
    const binnet_wiring *w = d->wiring;
    for (size_t i = 0; i < d->n; i++)
        for (size_t j = 0; j < d->n; j++)
            if ((i == j && !(w != NULL && w->self_connections)) ||
                (w != NULL && w->mask != NULL && !w->mask[i * d->n + j]))
                J[i * d->n + j] = 0;
}

static int32_t add_hebb(binnet_ctx *ctx, double *J, const bni_demand *d, int temporal)
{
    for (size_t l = 0; l < d->L; l++) {
        const uint8_t *a = d->from + l * d->n, *b = d->to + l * d->n;
        int moves = memcmp(a, b, d->n) != 0;
        for (size_t i = 0; i < d->n; i++) {
            double side = spin(b[i]);
            if (temporal && moves)
                side = spin(a[i]) + TEMPORAL_WEIGHT * side;
            for (size_t j = 0; j < d->n; j++)
                J[i * d->n + j] += side * spin(a[j]) / (double)d->n;
        }
        BNI_TRY(bni_poll(ctx, (double)l / (double)d->L));
    }
    return BINNET_OK;
}

/* J_ij += (S_i S_j - S_i h_ji - h_ij S_j) / n, h_ij = sum_{k != i, j} J_ik S_k of the weights before. */
static int32_t add_storkey(binnet_ctx *ctx, double *J, const bni_demand *d)
{
    size_t n = d->n;
    double *h = bni_new(ctx, n, sizeof *h);
    if (h == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    for (size_t l = 0; l < d->L && status == BINNET_OK; l++) {
        const uint8_t *a = d->from + l * n;
        for (size_t i = 0; i < n; i++) {
            h[i] = 0;
            for (size_t k = 0; k < n; k++)
                h[i] += k != i ? J[i * n + k] * spin(a[k]) : 0;
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) { /* both h before either weight changes; J is symmetric */
                double x = J[i * n + j], si = spin(a[i]), sj = spin(a[j]);
                double hij = h[i] - (i != j ? x * sj : 0), hji = h[j] - (i != j ? x * si : 0);
                double more = (si * sj - si * hji - hij * sj) / (double)n;
                J[i * n + j] = J[j * n + i] = x + more;
            }
        }
        status = bni_poll(ctx, (double)l / (double)d->L);
    }
    bni_delete(&ctx->mem, h);
    return status;
}

static int32_t check_local(binnet_ctx *ctx, const bni_demand *d)
{
    size_t n = d->n, active = 0;
    for (size_t l = 0; d->rule == BINNET_RULE_STORKEY && l < d->L; l++)
        if (memcmp(d->from + l * n, d->to + l * n, n) != 0)
            return bni_fail(ctx, BINNET_E_RANGE,
                            "transition %zu leads to another state; Storkey's rule stores patterns that stay", l);
    for (size_t k = 0; d->rule == BINNET_RULE_COVARIANCE && k < n * d->L; k++)
        active += d->from[k];
    if (d->rule == BINNET_RULE_COVARIANCE && (active == 0 || active == n * d->L))
        return bni_fail(ctx, BINNET_E_RANGE, "all neurons are %s in every state: there is no covariance",
                        active > 0 ? "active" : "silent");
    return BINNET_OK;
}

/* sum_l (b_i - f_i)(a_j - g_j) / (n f (1 - f)) with g and f the means over transitions, theta half way between the two cases. */
static int32_t add_covariance(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d)
{
    size_t n = d->n;
    double *before = bni_new(ctx, 2 * n, sizeof *before), all = 0;
    if (before == NULL)
        return BINNET_E_NOMEM;
    double *after = before + n;
    for (size_t l = 0; l < d->L; l++)
        for (size_t j = 0; j < n; j++) {
            before[j] += d->from[l * n + j] / (double)d->L;
            after[j] += d->to[l * n + j] / (double)d->L;
            all += d->from[l * n + j];
        }
    double f = all / ((double)n * (double)d->L);
    int32_t status = BINNET_OK;
    for (size_t l = 0; l < d->L && status == BINNET_OK; l++) {
        for (size_t i = 0; i < n; i++) {
            double side = (d->to[l * n + i] - after[i]) / ((double)n * f * (1 - f));
            for (size_t j = 0; j < n; j++)
                J[i * n + j] += side * (d->from[l * n + j] - before[j]);
        }
        status = bni_poll(ctx, (double)l / (double)d->L);
    }
    if (status == BINNET_OK)
        cut_connections(J, d);
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        double mean = 0, M = bni_demand_M(d, i);
        for (size_t j = 0; j < n; j++) {
            mean += J[i * n + j] * before[j];
            J[i * n + j] *= M;
        }
        s->theta[i] += mean + 0.5 - after[i]; /* the drives of a pattern are near b_i - f_i */
    }
    bni_delete(&ctx->mem, before);
    return status;
}

int32_t bni_store_local(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d)
{
    BNI_TRY(check_local(ctx, d));
    BNI_TRY(bni_clear(ctx, J, d->n * d->n, sizeof *J));
    if (d->rule == BINNET_RULE_COVARIANCE)
        return add_covariance(ctx, J, s, d);
    if (d->rule == BINNET_RULE_STORKEY)
        BNI_TRY(add_storkey(ctx, J, d));
    else
        BNI_TRY(add_hebb(ctx, J, d, d->rule == BINNET_RULE_TEMPORAL));
    cut_connections(J, d);
    bni_store_from_spins(J, s, d);
    return BINNET_OK;
}
