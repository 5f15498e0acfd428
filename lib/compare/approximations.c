/*
 * The approximations: means, covariances at one time and one step apart, by what lib/approx offers.
 */
#include "compare/compare.h"

#include "approx/approx.h"
#include "num/dense.h"

/* What a mean field takes on the way. */
typedef struct field_work {
    binnet_mean_field *field;
    double *slope, *response; /* [n][n] dF_i/dm_j, and Cov(F_i, A_j) */
} field_work;

static int32_t make_field_work(binnet_ctx *ctx, field_work *w, size_t n)
{
    BNI_TRY(bni_need_memory(ctx, 16.0 * (double)n * (double)n, "the slopes of a mean field"));
    w->slope = bni_new_raw(ctx, n * n, sizeof *w->slope);
    if (w->slope != NULL)
        w->response = bni_new_raw(ctx, n * n, sizeof *w->response);
    return w->response != NULL ? BINNET_OK : BINNET_E_NOMEM;
}

static void free_field_work(binnet_ctx *ctx, field_work *w)
{
    binnet_mean_field_free(w->field);
    bni_delete(&ctx->mem, w->slope);
    bni_delete(&ctx->mem, w->response);
}

/* Neurons that are independent at one time, or those of linear noise. */
static int32_t fill_covariances_about(binnet_ctx *ctx, double *cov, const field_work *w, size_t n, const double *mean,
                                      int linear, int32_t update)
{
    if (linear)
        return binnet_linear_noise_covariance(ctx, cov, NULL, n, w->field, mean, update);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            cov[i * n + j] = i == j ? mean[i] * (1 - mean[i]) : 0;
    return BINNET_OK;
}

/* Cov(A_i(t), A_j(t+1)): that of A_i with F_j; asynchronous, with probability 1/n, else A_j stays. */
static int32_t fill_lagged_about(binnet_ctx *ctx, double *lagged, field_work *w, size_t n, const double *mean,
                                 const double *cov, int32_t update)
{
    BNI_TRY(binnet_mean_field_slopes(ctx, w->slope, n, w->field, mean));
    BNI_TRY(bni_dense_product(ctx, w->response, n, w->slope, n, cov, n, n, n, n, 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *to = &lagged[i * n + j], next = w->response[j * n + i], now = cov[i * n + j];
            *to = update == BINNET_UPDATE_SYNCHRONOUS ? next : now + (next - now) / (double)n;
        }
    return BINNET_OK;
}

static int32_t run_mean_field(binnet_ctx *ctx, binnet_comparison *c, int32_t method, const binnet_net *net,
                              const binnet_noise *noise)
{
    int consistent = method == BINNET_APPROXIMATION_CONSISTENT,
        gaussian = consistent || method == BINNET_APPROXIMATION_GAUSSIAN_INPUT ||
                   method == BINNET_APPROXIMATION_LINEAR_GAUSSIAN,
        linear = method == BINNET_APPROXIMATION_LINEAR_NOISE || method == BINNET_APPROXIMATION_LINEAR_GAUSSIAN;
    size_t n = c->n;
    double *mean = bni_compared_mean(c, method), *cov = bni_compared_cov(c, method);
    field_work w = {0};
    int32_t status = binnet_mean_field_new(ctx, &w.field, net, noise,
                                           gaussian ? BINNET_INPUT_GAUSSIAN : BINNET_INPUT_MEAN);
    /* the field counts against what is left */
    int64_t limit = bni_set_aside(ctx, status == BINNET_OK ? bni_mean_field_bytes(w.field) + 256 : 0);
    if (status == BINNET_OK && consistent)
        status = binnet_linear_noise_consistent(ctx, mean, cov, NULL, n, w.field, NULL, c->update);
    else if (status == BINNET_OK)
        status = binnet_mean_field_solve(ctx, mean, NULL, n, w.field, NULL);
    if (status == BINNET_OK && !consistent)
        status = fill_covariances_about(ctx, cov, &w, n, mean, linear, c->update);
    if (status == BINNET_OK)
        status = make_field_work(ctx, &w, n);
    if (status == BINNET_OK)
        status = fill_lagged_about(ctx, bni_compared_lagged(c, method), &w, n, mean, cov, c->update);
    bni_give_back(ctx, limit);
    free_field_work(ctx, &w);
    return status;
}

int32_t bni_approximate(binnet_ctx *ctx, binnet_comparison *c, int32_t method, const binnet_net *net,
                        const binnet_noise *noise)
{
    static const int32_t expansion[BNI_APPROXIMATIONS] = {
        [BINNET_APPROXIMATION_TAP] = BINNET_PLEFKA_TAP,
        [BINNET_APPROXIMATION_PLEFKA_T_1] = BINNET_PLEFKA_T_1,
        [BINNET_APPROXIMATION_PLEFKA_T_2] = BINNET_PLEFKA_T_2,
        [BINNET_APPROXIMATION_PLEFKA_INPUT] = BINNET_PLEFKA_INPUT,
        [BINNET_APPROXIMATION_PLEFKA_PAIRS] = BINNET_PLEFKA_PAIRS,
        [BINNET_APPROXIMATION_EQUILIBRIUM] = BINNET_PLEFKA_EQUILIBRIUM,
    };
    if (c->update != BINNET_UPDATE_SYNCHRONOUS && c->update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "for synchronous and asynchronous updates");
    if (c->uneven)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "for asynchronous updates of neurons that are drawn uniformly");
    if (expansion[method] == 0)
        return run_mean_field(ctx, c, method, net, noise);
    return binnet_plefka_stationary(ctx, bni_compared_mean(c, method), bni_compared_cov(c, method),
                                    bni_compared_lagged(c, method), NULL, c->n, net, noise, c->update,
                                    expansion[method], NULL);
}
