/*
 * Naive mean field and TAP of asynchronous chains: means neuron after neuron, then covariances; and TAP with linear response for
 * symmetric couplings.
 */
#include "approx/plefka.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

/* Means in p->now, by updates of one neuron after the other. */
static int32_t find_means(binnet_ctx *ctx, bni_plefka *p, int order, uint64_t *iterations)
{
    bni_convergence c = {.tolerance = ctx->tolerance};
    size_t n = p->n;
    bni_moments *m = &p->now;
    double change = 0;
    while ((int64_t)c.steps < ctx->max_iterations) {
        memcpy(p->next.active, m->active, n * sizeof *m->active);
        memcpy(p->next.silent, m->silent, n * sizeof *m->silent);
        for (size_t i = 0; i < n; i++) {
            double x = p->b[i], d = 0;
            for (size_t j = 0; j < n; j++) {
                double k = p->k[i * n + j];
                x += k * m->active[j];
                d += k * k * (m->active[j] * m->silent[j]);
            }
            bni_tap_solve(&m->active[i], &m->silent[i], x, order == 2 ? d : 0);
            if (!isfinite(x) || (order == 2 && !isfinite(d)))
                return bni_fail(ctx, BINNET_E_RANGE, "the couplings are so large that the expansion overflows");
            if (i % 64 == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
        change = bni_mean_change(&p->next, m, n);
        int state = bni_converge(&c, change);
        *iterations = c.steps;
        if (state == BNI_CONVERGED)
            return BINNET_OK;
        if (state == BNI_STUCK)
            break;
    }
    return bni_fail(ctx, BINNET_E_NOCONV, "means still change by %.2g after %llu sweeps: a cycle, or too slow", change,
                    (unsigned long long)c.steps);
}

static double activity_variance(const bni_moments *m, size_t i)
{
    return m->active[i] * m->silent[i];
}

/* What Cov(g(x_i), A_j) has beside v_i (k C)_ij at order 2. */
static double second_order_term(const bni_plefka *p, size_t i, size_t j)
{
    const bni_moments *m = &p->now;
    double k = p->k[i * p->n + j];
    return activity_variance(m, i) * 0.5 * (m->silent[i] - m->active[i]) * k * k * (m->silent[j] - m->active[j]) *
           activity_variance(m, j);
}

/* work[i][j] = Cov(g(x_i), A_j), from p->now.cov. */
static int32_t fill_responses(binnet_ctx *ctx, bni_plefka *p, int order)
{
    size_t n = p->n;
    const bni_moments *m = &p->now;
    if (order == 2)
        BNI_TRY(bni_dense_product(ctx, p->kc, n, p->k, n, m->cov, n, n, n, n, 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            p->work[i * n + j] = order == 2 ? activity_variance(m, i) * p->kc[i * n + j] + second_order_term(p, i, j)
                                            : activity_variance(m, i) * p->k[i * n + j] * activity_variance(m, j);
    return BINNET_OK;
}

/* 2 C_ij = G_ij + G_ji, by iteration; the step is as large as any spectrum within the norm allows. */
static int32_t find_covariances(binnet_ctx *ctx, bni_plefka *p, int order)
{
    size_t n = p->n;
    bni_moments *m = &p->now;
    double norm = 0;
    for (size_t i = 0; i < n; i++) {
        double row = 0;
        for (size_t j = 0; j < n; j++) {
            row += fabs(p->k[i * n + j]);
            m->cov[i * n + j] = i == j ? activity_variance(m, i) : 0;
        }
        norm = fmax(norm, row * activity_variance(m, i));
    }
    double step = norm < 0.9 ? 1 : 1 / (1 + norm), change = 0;
    bni_convergence c = {.tolerance = ctx->tolerance};
    while ((int64_t)c.steps < ctx->max_iterations) {
        BNI_TRY(fill_responses(ctx, p, order));
        change = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) {
                double *a = &m->cov[i * n + j], goal = 0.5 * (p->work[i * n + j] + p->work[j * n + i]);
                double scale = sqrt(activity_variance(m, i) * activity_variance(m, j)), d = step * (goal - *a);
                if (d != 0)
                    change = fmax(change, fabs(d) / scale);
                *a += d;
                m->cov[j * n + i] = *a;
            }
        if (order == 1)
            return BINNET_OK;
        if (!(change < 1e6))
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "covariances grow without bound: the fixed point of the means is unstable");
        int state = bni_converge(&c, change);
        if (state == BNI_CONVERGED)
            return BINNET_OK;
        if (state == BNI_STUCK)
            break;
        BNI_TRY(bni_poll(ctx, 0));
    }
    return bni_fail(ctx, BINNET_E_NOCONV, "covariances still change by %.2g after %llu iterations", change,
                    (unsigned long long)c.steps);
}

/* One neuron drawn of n: A_j stays with probability 1 - 1/n, else A_j(t+1) follows g(x_j). */
static int32_t fill_lagged(binnet_ctx *ctx, bni_plefka *p, int order)
{
    size_t n = p->n;
    BNI_TRY(fill_responses(ctx, p, order));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            p->now.lag[i * n + j] = p->now.cov[i * n + j] + (p->work[j * n + i] - p->now.cov[i * n + j]) / (double)n;
    return BINNET_OK;
}

static int32_t need_symmetric(binnet_ctx *ctx, const bni_plefka *p)
{
    size_t n = p->n;
    for (size_t i = 0; i < n; i++) {
        if (p->k[i * n + i] != 0)
            return bni_fail(ctx, BINNET_E_RANGE, "neuron %zu has a self-connection: TAP with linear response has none",
                            i);
        for (size_t j = 0; j < i; j++) {
            double a = p->k[i * n + j], b = p->k[j * n + i];
            if (fabs(a - b) > 1e-12 * fmax(fabs(a), fabs(b)))
                return bni_fail(ctx, BINNET_E_RANGE, "J / (M scale) is not symmetric at %zu, %zu", i, j);
        }
    }
    return BINNET_OK;
}

/* C^-1_ij = dI_i/dq_j of I_i = log(q_i / (1 - q_i)) - sum k q - (1/2 - q_i) sum k^2 v; what is not on the diagonal. */
static int32_t respond_linearly(binnet_ctx *ctx, bni_plefka *p)
{
    size_t n = p->n;
    bni_moments *m = &p->now;
    /* in units of the standard deviations, so that rare neurons are no smaller than others */
    for (size_t i = 0; i < n; i++) {
        double d = 0, v = activity_variance(m, i);
        for (size_t j = 0; j < n; j++) {
            double k = p->k[i * n + j], w = activity_variance(m, j);
            d += k * k * w;
            p->work[i * n + j] = -(k + 0.5 * k * k * (m->silent[i] - m->active[i]) * (m->silent[j] - m->active[j])) *
                                 sqrt(v * w);
            m->cov[i * n + j] = i == j;
        }
        p->work[i * n + i] = 1 + d * v;
    }
    double rcond;
    int32_t status = bni_cholesky(ctx, p->work, &rcond, n);
    if (status == BINNET_E_RANGE)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the solution is no minimum of the free energy: it is unstable");
    BNI_TRY(status);
    BNI_TRY(bni_cholesky_solve(ctx, m->cov, n, p->work, n));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            m->cov[i * n + j] = m->cov[j * n + i] = i == j
                                                        ? activity_variance(m, i)
                                                        : 0.5 * (m->cov[i * n + j] + m->cov[j * n + i]) *
                                                              sqrt(activity_variance(m, i) * activity_variance(m, j));
    /* Detailed balance: Cov(g(x_j), A_i) = C_ij; beside the diagonal nothing moves in one step. */
    BNI_TRY(fill_lagged(ctx, p, 2));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j)
                m->lag[i * n + j] = m->cov[i * n + j];
    return BINNET_OK;
}

int32_t bni_tap_asynchronous(binnet_ctx *ctx, bni_plefka *p, uint64_t *iterations)
{
    int order = p->expansion == BINNET_PLEFKA_NAIVE ? 1 : 2;
    if (p->expansion == BINNET_PLEFKA_EQUILIBRIUM)
        BNI_TRY(need_symmetric(ctx, p));
    BNI_TRY(find_means(ctx, p, order, iterations));
    if (p->expansion == BINNET_PLEFKA_EQUILIBRIUM)
        return respond_linearly(ctx, p);
    BNI_TRY(find_covariances(ctx, p, order));
    return fill_lagged(ctx, p, order);
}
