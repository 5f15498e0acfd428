/*
 * Integrated autocorrelation times: sum over l >= 0 of Cov(X(t), X(t + l)) = E[(X - E X) g], (I - P) g = X - E X.
 * Source: THEORY 5; Sokal, in Functional Integration (1997), 131.
 */
#include "law/poisson.h"

#include <math.h>

/* Of the sum, by which its solution may be wrong for each step of the time. */
static const double precision = 1e-12;

/* tau of b = X - E X, and its error. */
static int32_t time_of(binnet_ctx *ctx, double *tau, double *worst, bni_poisson *p, const binnet_law *law,
                       const double *b, double *size, double *g, double *error)
{
    size_t S = (size_t)1 << law->n;
    double variance = 0, sum = 0, wrong = 0, rounding = 0, norm = 0;
    for (size_t s = 0; s < S; s++) {
        double weighted = law->p[s] * b[s];
        size[s] = 2 * fabs(b[s]) + 1.0 / (double)law->n;
        variance += weighted * b[s];
        norm += weighted * weighted;
    }
    norm = sqrt(norm);
    bni_poisson_aim(p, norm > 0 ? precision * variance / norm
                                : 0); /* what is left of b moves the sum by its part of that norm */
    BNI_TRY(bni_poisson_solve(ctx, p, g, error, b, size));
    for (size_t s = 0; s < S; s++) {
        double weighted = law->p[s] * b[s];
        sum += weighted * g[s];
        wrong += fabs(weighted) * error[s];
        rounding += fabs(weighted * g[s]) * 0x1p-50;
    }
    wrong = fmin(wrong, norm * bni_poisson_error_norm(p)) + rounding;
    *tau = variance > 0 ? (2 * sum - variance) / variance : NAN;
    if (variance > 0)
        *worst = fmax(*worst, 2 * wrong / variance + 0x1p-50 * fabs(*tau));
    return bni_poll(ctx, 1);
}

static int32_t fill_times(binnet_ctx *ctx, double *tau, double *population, double *worst, bni_poisson *p,
                          const binnet_law *law, double *v)
{
    size_t n = law->n, S = (size_t)1 << n;
    double *b = v, *size = v + S, *g = v + 2 * S, *error = v + 3 * S;
    bni_sides sides;
    BNI_TRY(bni_law_sides(ctx, &sides, law));
    for (size_t i = 0; i < n && tau != NULL; i++) {
        bni_span(ctx, (double)i / (double)(n + 1), (double)(i + 1) / (double)(n + 1));
        for (size_t s = 0; s < S; s++)
            b[s] = s >> i & 1 ? sides.silent[i] : -sides.active[i];
        BNI_TRY(time_of(ctx, tau + i, worst, p, law, b, size, g, error));
    }
    if (population == NULL)
        return BINNET_OK;
    for (size_t s = 0; s < S; s++) {
        b[s] = 0;
        for (size_t i = 0; i < n; i++)
            b[s] += (s >> i & 1 ? sides.silent[i] : -sides.active[i]) / (double)n;
    }
    return time_of(ctx, population, worst, p, law, b, size, g, error);
}

int32_t binnet_chain_autocorrelation_time(binnet_ctx *ctx, double *tau, double *population, double *error, size_t n,
                                          const binnet_chain *chain, const binnet_law *law)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the chain has %zu neurons", n, chain->n);
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the law is of %zu neurons, the chain has %zu", law->n, chain->n);
    size_t S = (size_t)1 << n;
    double work = bni_poisson_bytes(ctx, chain) + 32 * (double)S + bni_sum_blocks_bytes(n);
    BNI_TRY(bni_need_memory(ctx, fmax(work, bni_need_stationary_bytes(ctx, chain)), "autocorrelation times"));
    BNI_TRY(bni_need_stationary(ctx, chain, law));
    bni_poisson *p = NULL;
    double *v = bni_new_raw(ctx, 4 * S, sizeof *v), worst = 0;
    int32_t status = v == NULL ? BINNET_E_NOMEM : bni_poisson_new(ctx, &p, chain, law);
    if (status == BINNET_OK)
        status = fill_times(ctx, tau, population, &worst, p, law, v);
    bni_poisson_free(p);
    bni_delete(&ctx->mem, v);
    BNI_TRY(status);
    if (error != NULL)
        *error = worst;
    for (size_t i = 0; i < n && tau != NULL; i++)
        if (isnan(tau[i]))
            return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %zu never changes: it has no autocorrelation time", i);
    if (population != NULL && isnan(*population))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "no neuron ever changes: there is no autocorrelation time");
    return BINNET_OK;
}
