/*
 * Linear noise between neurons: C = W C W^T or 2 C = W C + C W^T off the diagonal, m (1 - m) on it.
 * Source: [GS94]; THEORY 9.
 */
#include "approx/approx.h"
#include "num/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct linear_noise {
    const binnet_mean_field *f;
    size_t n;
    int32_t update;
    double *W, *C, *T, *next; /* [n][n] */
    double *variance, *value; /* [n], [2 n] */
    double most;              /* of the variances */
} linear_noise;

static void list_noise(bni_plan *plan, void *object)
{
    linear_noise *l = object;
    double n = (double)l->n;
    BNI_BUFFER(plan, l->W, n * n);
    BNI_BUFFER(plan, l->C, n * n);
    BNI_BUFFER(plan, l->T, n * n);
    BNI_BUFFER(plan, l->next, n * n);
    BNI_BUFFER(plan, l->variance, n);
    BNI_BUFFER(plan, l->value, 2 * n);
}

/* Refuses what is not stable. W is kept; T is destroyed. */
static int32_t need_stable(binnet_ctx *ctx, linear_noise *l)
{
    double *re = l->value, *im = re + l->n, worst = -INFINITY;
    memcpy(l->T, l->W, l->n * l->n * sizeof *l->T);
    BNI_TRY(bni_eigen(ctx, re, im, NULL, NULL, NULL, l->T, l->n));
    for (size_t k = 0; k < l->n; k++)
        worst = fmax(worst, l->update == BINNET_UPDATE_SYNCHRONOUS ? hypot(re[k], im[k]) : re[k]);
    if (worst < 1)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_UNMET, "the means are not stable: %s of the slopes' eigenvalues is %.6g, must be < 1",
                    l->update == BINNET_UPDATE_SYNCHRONOUS ? "the greatest size" : "the greatest real part", worst);
}

/* next = what the equations make of C, the diagonal included; *change of what is off it. */
static int32_t apply_equations(binnet_ctx *ctx, linear_noise *l, double *change)
{
    size_t n = l->n;
    int synchronous = l->update == BINNET_UPDATE_SYNCHRONOUS;
    BNI_TRY(bni_dense_product(ctx, l->T, n, l->W, n, l->C, n, n, n, n, 0));
    if (synchronous)
        BNI_TRY(bni_dense_product(ctx, l->next, n, l->T, n, l->W, n, n, n, n, BNI_B_TRANSPOSED));
    const double *from = synchronous ? l->next : l->T;
    *change = 0;
    for (size_t i = 0; i < n; i++) {
        l->next[i * n + i] = from[i * n + i];
        for (size_t j = 0; j < i; j++) {
            double c = 0.5 * (from[i * n + j] + from[j * n + i]), d = fabs(c - l->C[i * n + j]);
            l->next[i * n + j] = l->next[j * n + i] = c;
            *change = d > *change || isnan(d) ? d : *change;
        }
    }
    return BINNET_OK;
}

/* C = next off the diagonal. */
static void keep_equations(linear_noise *l)
{
    size_t n = l->n;
    memcpy(l->C, l->next, n * n * sizeof *l->C);
    for (size_t i = 0; i < n; i++)
        l->C[i * n + i] = l->variance[i];
}

static int32_t iterate_equations(binnet_ctx *ctx, linear_noise *l, double *residual)
{
    double change = 0, before = INFINITY;
    memset(l->C, 0, l->n * l->n * sizeof *l->C);
    for (size_t i = 0; i < l->n; i++)
        l->C[i * l->n + i] = l->variance[i];
    for (int64_t k = 0; k < ctx->max_iterations; k++) {
        BNI_TRY(apply_equations(ctx, l, &change));
        if (change <= 1e-12 * l->most && (change <= DBL_EPSILON * l->most || change > 0.9 * before))
            break;
        if (!(change < 1e3 * l->most))
            break;
        before = change;
        keep_equations(l);
        BNI_TRY(bni_poll(ctx, 0.5));
    }
    *residual = l->most > 0 ? change / l->most : 0;
    if (!(*residual <= 1e-12))
        return bni_fail(ctx, BINNET_E_NOCONV, "the equations of linear noise are solved to %.3g only", *residual);
    for (size_t i = 0; i < l->n; i++) {
        double own = l->variance[i] - l->next[i * l->n + i];
        if (own < -1e-12 * l->most)
            return bni_fail(ctx, BINNET_E_UNMET,
                            "linear noise asks for a variance of %.3g of neuron %zu's own: the coupling is too strong",
                            own, i);
    }
    return BINNET_OK;
}

static int32_t open_noise(binnet_ctx *ctx, linear_noise *l, const double *mean)
{
    BNI_TRY(bni_field_map(ctx, l->value, l->W, NULL, l->f, mean));
    for (size_t i = 0; i < l->n; i++) {
        l->variance[i] = mean[i] * (1 - mean[i]);
        l->most = fmax(l->most, l->variance[i]);
    }
    return need_stable(ctx, l);
}

int32_t binnet_linear_noise_covariance(binnet_ctx *ctx, double *cov, double *residual, size_t n,
                                       const binnet_mean_field *field, const double *mean, int32_t update)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, cov, "cov"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    if (field->populations)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "the units are populations; call binnet_linear_noise_populations");
    if (update != BINNET_UPDATE_SYNCHRONOUS && update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "update is %d, allowed are BINNET_UPDATE_SYNCHRONOUS and _ASYNCHRONOUS",
                        (int)update);
    linear_noise l = {.f = field, .n = n, .update = update};
    double left = INFINITY;
    BNI_TRY(bni_need_memory(ctx, bni_plan_bytes(list_noise, &l) + bni_eigen_bytes(n, 0), "linear noise"));
    BNI_TRY(bni_plan_make(ctx, list_noise, &l));
    int32_t status = open_noise(ctx, &l, mean);
    if (status == BINNET_OK)
        status = iterate_equations(ctx, &l, &left);
    if (status == BINNET_OK) {
        memcpy(cov, l.C, n * n * sizeof *cov);
        if (residual != NULL)
            *residual = left;
        status = bni_poll_end(ctx);
    }
    bni_plan_release(&ctx->mem, list_noise, &l);
    return status;
}
