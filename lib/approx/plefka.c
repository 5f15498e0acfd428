/*
 * Kinetic Plefka expansions: what is given, one step, and steps until nothing changes.
 * Source: [AMS21]; derived for 0/1 activities in docs/approximations.md.
 */
#include "approx/plefka.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

static void plefka_buffers(bni_plan *plan, void *object)
{
    bni_plefka *p = object;
    double n = (double)p->n, nn = n * n;
    BNI_BUFFER(plan, p->k, nn);
    BNI_BUFFER(plan, p->b, n);
    BNI_BUFFER(plan, p->x, n);
    BNI_BUFFER(plan, p->kc, nn);
    BNI_BUFFER(plan, p->q, nn);
    BNI_BUFFER(plan, p->work, nn);
    BNI_BUFFER(plan, p->third, nn);
    if (p->expansion == BINNET_PLEFKA_INPUT) {
        BNI_BUFFER(plan, p->hermite, n * BNI_HERMITE);
        BNI_BUFFER(plan, p->nodes, 6 * BNI_HERMITE_NODES);
    }
    bni_moments *both[2] = {&p->now, &p->next};
    for (int m = 0; m < 2; m++) {
        BNI_BUFFER(plan, both[m]->active, n);
        BNI_BUFFER(plan, both[m]->silent, n);
        BNI_BUFFER(plan, both[m]->cov, nn);
    }
    BNI_BUFFER(plan, p->now.lag, nn);
}

static int32_t check_arguments(binnet_ctx *ctx, size_t n, const binnet_net *net, const binnet_noise *noise,
                               int32_t expansion)
{
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (n != net->n || n != noise->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu, but the network has %zu neurons and the noise %zu", n, net->n,
                        noise->n);
    if (expansion < BINNET_PLEFKA_NAIVE || expansion > BINNET_PLEFKA_EQUILIBRIUM)
        return bni_fail(ctx, BINNET_E_RANGE, "expansion %d is none", (int)expansion);
    int gaussian = expansion == BINNET_PLEFKA_INPUT && noise->kind == BINNET_NOISE_GAUSSIAN;
    if (noise->kind != BINNET_NOISE_LOGISTIC && !gaussian)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        expansion == BINNET_PLEFKA_INPUT ? "Plefka[t-1] is for logistic or Gaussian noise"
                                                         : "this expansion is for logistic noise");
    BNI_TRY(bni_noise_need_independent(ctx, noise, "an expansion in the couplings"));
    for (size_t i = 0; i < n; i++)
        if (!(noise->scale[i] > 0))
            return bni_fail(ctx, BINNET_E_RANGE, "neuron %zu has no noise: there is nothing to expand about", i);
    return BINNET_OK;
}

static int32_t check_means(binnet_ctx *ctx, size_t n, const double *mean, const char *name)
{
    BNI_TRY(bni_need_finite(ctx, mean, n, name));
    for (size_t i = 0; mean != NULL && i < n; i++)
        if (mean[i] < 0 || mean[i] > 1)
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] = %g is not in 0..1", name, i, mean[i]);
    return BINNET_OK;
}

static int32_t check_covariances(binnet_ctx *ctx, size_t n, const double *mean, const double *cov)
{
    if (cov == NULL)
        return BINNET_OK;
    BNI_TRY(bni_need_finite(ctx, cov, n * n, "cov_before"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double c = cov[i * n + j], most = sqrt(mean[i] * (1 - mean[i]) * mean[j] * (1 - mean[j]));
            if (fabs(c - cov[j * n + i]) > 1e-12 * most + 1e-300)
                return bni_fail(ctx, BINNET_E_RANGE, "cov_before is not symmetric at %zu, %zu", i, j);
            if (fabs(c) > most * (1 + 1e-9) + 1e-300)
                return bni_fail(ctx, BINNET_E_RANGE, "cov_before[%zu][%zu] = %g, but the variances allow %g at most", i,
                                j, c, most);
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* The network in units of its noise. */
static int32_t fill_couplings(binnet_ctx *ctx, bni_plefka *p, const binnet_net *net)
{
    size_t n = p->n;
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        double s = p->noise->scale[i], *row = p->k + i * n;
        bni_net_row(net, i, row);
        for (size_t j = 0; j < n; j++) {
            row[j] = row[j] / net->M[u] / s;
            if (!isfinite(row[j]))
                return bni_fail(ctx, BINNET_E_RANGE, "J[%zu][%zu] / (M scale) is too large", i, j);
        }
        p->b[i] = (net->I[u] - net->theta[u]) / s;
        if (!isfinite(p->b[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "(I - theta) / scale of neuron %zu is too large", i);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* now = the moments given; cov NULL: independent. */
static void start_moments(bni_plefka *p, const double *mean, const double *cov)
{
    size_t n = p->n;
    bni_moments *m = &p->now;
    for (size_t i = 0; i < n; i++) {
        m->active[i] = mean != NULL ? mean[i] : 0.5;
        m->silent[i] = 1 - m->active[i];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m->cov[i * n + j] = i == j ? m->active[i] * m->silent[i] : cov != NULL ? cov[i * n + j] : 0;
}

static int32_t open_plefka(binnet_ctx *ctx, bni_plefka *p, size_t n, const binnet_net *net, const binnet_noise *noise,
                           int32_t expansion)
{
    *p = (bni_plefka){.n = n, .noise = noise, .gaussian = noise->kind == BINNET_NOISE_GAUSSIAN, .expansion = expansion};
    double bytes = bni_plan_bytes(plefka_buffers, p) +
                   (expansion == BINNET_PLEFKA_EQUILIBRIUM ? bni_cholesky_bytes(n) : 0);
    BNI_TRY(bni_need_memory(ctx, bytes, "the moments of an expansion"));
    BNI_TRY(bni_plan_make(ctx, plefka_buffers, p));
    int32_t status = fill_couplings(ctx, p, net);
    if (status != BINNET_OK)
        bni_plan_release(&ctx->mem, plefka_buffers, p);
    return status;
}

/* Mean inputs, their covariances with the neurons, and among each other where an order needs them. */
static int32_t fill_inputs(binnet_ctx *ctx, bni_plefka *p)
{
    size_t n = p->n;
    const bni_moments *m = &p->now;
    int independent = p->expansion == BINNET_PLEFKA_NAIVE || p->expansion == BINNET_PLEFKA_TAP;
    for (size_t i = 0; i < n; i++) {
        double sum = p->b[i];
        for (size_t j = 0; j < n; j++)
            sum += p->k[i * n + j] * m->active[j];
        p->x[i] = sum;
        for (size_t j = 0; independent && j < n; j++)
            p->kc[i * n + j] = p->k[i * n + j] * (m->active[j] * m->silent[j]);
        BNI_TRY(bni_poll(ctx, 0));
    }
    if (!independent)
        BNI_TRY(bni_dense_product(ctx, p->kc, n, p->k, n, m->cov, n, n, n, n, 0));
    if (p->expansion == BINNET_PLEFKA_NAIVE || p->expansion == BINNET_PLEFKA_T_1)
        return BINNET_OK;
    BNI_TRY(bni_dense_product(ctx, p->q, n, p->kc, n, p->k, n, n, n, n, BNI_B_TRANSPOSED));
    for (size_t i = 0; i < n; i++) {
        double *variance = &p->q[i * n + i], size = 0;
        for (size_t j = 0; j < n; j++)
            size += fabs(p->kc[i * n + j] * p->k[i * n + j]);
        if (!(*variance >= -1e-12 * size))
            return bni_fail(ctx, BINNET_E_RANGE,
                            "the input of neuron %zu has the variance %g: these are no covariances", i, *variance);
        *variance = fmax(*variance, 0);
    }
    return BINNET_OK;
}

/* From now to next. */
static int32_t make_expansion_step(binnet_ctx *ctx, bni_plefka *p)
{
    BNI_TRY(fill_inputs(ctx, p));
    switch (p->expansion) {
    case BINNET_PLEFKA_NAIVE:
    case BINNET_PLEFKA_T_1:
        return bni_plefka_independent(ctx, p, 1);
    case BINNET_PLEFKA_TAP:
    case BINNET_PLEFKA_T_2:
        return bni_plefka_independent(ctx, p, 2);
    case BINNET_PLEFKA_INPUT:
        return bni_plefka_input(ctx, p);
    default:
        return bni_plefka_pairs(ctx, p);
    }
}

static void copy_expansion(double *mean, double *cov, double *lagged, const bni_plefka *p, const bni_moments *m)
{
    size_t n = p->n;
    memcpy(mean, m->active, n * sizeof *mean);
    if (cov != NULL)
        memcpy(cov, m->cov, n * n * sizeof *cov);
    if (lagged != NULL)
        memcpy(lagged, p->now.lag, n * n * sizeof *lagged);
}

/* Correlations of at most 1. */
static int32_t check_pearson_range(binnet_ctx *ctx, const bni_plefka *p)
{
    size_t n = p->n;
    const double *c = p->now.cov;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(c[i * n + j]) > sqrt(c[i * n + i]) * sqrt(c[j * n + j]) * (1 + 1e-9))
                return bni_fail(ctx, BINNET_E_UNMET,
                                "the covariance of neurons %zu and %zu is %.3g, more than their variances allow: the "
                                "couplings are beyond the expansion's reach",
                                j, i, c[i * n + j]);
    return BINNET_OK;
}

/* All finite: couplings may be so large that an order overflows. */
static int32_t check_results(binnet_ctx *ctx, const bni_plefka *p, const bni_moments *m)
{
    size_t nn = p->n * p->n;
    for (size_t k = 0; k < nn; k++)
        if (!isfinite(m->cov[k]) || !isfinite(p->now.lag[k]))
            return bni_fail(ctx, BINNET_E_RANGE, "the couplings are so large that the expansion overflows");
    return BINNET_OK;
}

int32_t binnet_plefka_step(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n, const binnet_net *net,
                           const binnet_noise *noise, int32_t expansion, const double *mean_before,
                           const double *cov_before)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, mean_before, "mean_before"));
    BNI_TRY(check_arguments(ctx, n, net, noise, expansion));
    if (expansion == BINNET_PLEFKA_EQUILIBRIUM)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "TAP with linear response has no steps, it is stationary");
    BNI_TRY(check_means(ctx, n, mean_before, "mean_before"));
    BNI_TRY(check_covariances(ctx, n, mean_before, cov_before));
    bni_plefka p;
    BNI_TRY(open_plefka(ctx, &p, n, net, noise, expansion));
    start_moments(&p, mean_before, cov_before);
    int32_t status = make_expansion_step(ctx, &p);
    if (status == BINNET_OK)
        status = check_results(ctx, &p, &p.next);
    if (status == BINNET_OK)
        copy_expansion(mean, cov, lagged, &p, &p.next);
    bni_plan_release(&ctx->mem, plefka_buffers, &p);
    return status;
}

/* next becomes now. */
static void turn_moments(bni_plefka *p)
{
    double *lag = p->now.lag;
    bni_moments m = p->now;
    p->now = p->next;
    p->next = m;
    p->now.lag = lag;
    p->next.lag = NULL;
}

/* Greatest change of a covariance, to the standard deviations. */
static int32_t find_covariance_change(binnet_ctx *ctx, double *most, const bni_plefka *p)
{
    size_t n = p->n;
    const double *a = p->now.cov, *b = p->next.cov;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double change = fabs(a[i * n + j] - b[i * n + j]);
            if (change > 0)
                *most = fmax(*most, change / sqrt(fmax(a[i * n + i], b[i * n + i]) * fmax(a[j * n + j], b[j * n + j])));
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* From means of 1/2 inputs are as wide as they can be, and an expansion may go astray before it comes to where it holds: the naive
 * mean field goes there first, if it gets anywhere. */
static int32_t approach_naively(binnet_ctx *ctx, bni_plefka *p)
{
    enum { STEPS = 2000 };
    bni_convergence c = {.tolerance = 1e-3};
    int32_t wanted = p->expansion;
    int state = BNI_GOING;
    p->expansion = BINNET_PLEFKA_NAIVE;
    while (state == BNI_GOING && c.steps < STEPS) {
        BNI_TRY(make_expansion_step(ctx, p));
        state = bni_converge(&c, bni_mean_change(&p->now, &p->next, p->n));
        turn_moments(p);
    }
    p->expansion = wanted;
    if (state != BNI_CONVERGED)
        start_moments(p, NULL, NULL);
    return BINNET_OK;
}

static int32_t not_converged(binnet_ctx *ctx, double change, uint64_t steps)
{
    return bni_fail(ctx, BINNET_E_NOCONV, "moments still change by %.2g after %llu steps: a cycle, or too slow", change,
                    (unsigned long long)steps);
}

static int32_t iterate_steps(binnet_ctx *ctx, bni_plefka *p, uint64_t *iterations)
{
    bni_convergence c = {.tolerance = ctx->tolerance};
    double change = 0;
    while ((int64_t)c.steps < ctx->max_iterations) {
        int32_t status = make_expansion_step(ctx, p);
        if (status == BINNET_E_RANGE)
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "the covariances of step %llu are none: the couplings are beyond the expansion's reach",
                            (unsigned long long)c.steps + 1);
        BNI_TRY(status);
        BNI_TRY(find_covariance_change(ctx, &change, p));
        change = fmax(change, bni_mean_change(&p->now, &p->next, p->n));
        turn_moments(p);
        if (!(change < 1e6))
            return bni_fail(ctx, BINNET_E_NOCONV, "covariances grow without bound: the expansion is unstable here");
        int state = bni_converge(&c, change);
        *iterations = c.steps;
        if (state == BNI_CONVERGED)
            return BINNET_OK;
        if (state == BNI_STUCK)
            break;
        BNI_TRY(bni_poll(ctx, 0));
    }
    return not_converged(ctx, change, c.steps);
}

int32_t binnet_plefka_stationary(binnet_ctx *ctx, double *mean, double *cov, double *lagged, uint64_t *iterations,
                                 size_t n, const binnet_net *net, const binnet_noise *noise, int32_t update,
                                 int32_t expansion, const double *start)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(check_arguments(ctx, n, net, noise, expansion));
    if (update < BINNET_UPDATE_SYNCHRONOUS || update > BINNET_UPDATE_BLOCKS)
        return bni_fail(ctx, BINNET_E_RANGE, "update %d is none", (int)update);
    int equal = expansion <= BINNET_PLEFKA_TAP;
    if (update != BINNET_UPDATE_SYNCHRONOUS && update != BINNET_UPDATE_ASYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "expansions are for synchronous and asynchronous updates");
    if (update == BINNET_UPDATE_ASYNCHRONOUS ? !equal && expansion != BINNET_PLEFKA_EQUILIBRIUM
                                             : expansion == BINNET_PLEFKA_EQUILIBRIUM)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "this expansion is for %s updates",
                        update == BINNET_UPDATE_ASYNCHRONOUS ? "synchronous" : "asynchronous");
    BNI_TRY(check_means(ctx, n, start, "start"));
    bni_plefka p;
    uint64_t count = 0;
    BNI_TRY(open_plefka(ctx, &p, n, net, noise, expansion));
    start_moments(&p, start, NULL);
    int32_t status = BINNET_OK;
    if (start == NULL && update == BINNET_UPDATE_SYNCHRONOUS)
        status = approach_naively(ctx, &p);
    if (status == BINNET_OK)
        status = update == BINNET_UPDATE_SYNCHRONOUS ? iterate_steps(ctx, &p, &count)
                                                     : bni_tap_asynchronous(ctx, &p, &count);
    if (status == BINNET_OK)
        status = check_results(ctx, &p, &p.now);
    if (status == BINNET_OK)
        status = check_pearson_range(ctx, &p);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    if (status == BINNET_OK) {
        copy_expansion(mean, cov, lagged, &p, &p.now);
        if (iterations != NULL)
            *iterations = count;
    }
    bni_plan_release(&ctx->mem, plefka_buffers, &p);
    return status;
}
