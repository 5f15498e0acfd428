/*
 * First passage: mean times, from every state, averaged over a start, or of continuous time; how they vary (passage_variance.c).
 * Source: Kemeny & Snell, Finite Markov Chains (1960) ch. 3.
 */
#include "stationary/first_passage.h"
#include "stationary/transients.h"

#include <math.h>

typedef struct times_job {
    double *mean, *variance, *error;
} times_job;

/* Iteration: what a residual d of mean times of `longest` makes of their relative error. */
static int32_t certify_times(bni_passage *p, double *error)
{
    double d = p->r.relative;
    *error = p->r.error + (p->r.way == BNI_BY_ITERATION ? d / (1 - d) : 0);
    if (p->r.way == BNI_BY_ITERATION && !(d < 0.5 && *error <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV,
                        "mean times are certified to a relative error of %.3g (allowed is %.3g)", *error,
                        p->ctx->relative_tolerance);
    return BINNET_OK;
}

int32_t bni_passage_solve_times(bni_passage *p, bni_wide_vector v, double *error)
{
    for (size_t k = 0; k < p->m; k++) {
        bni_wide_set(v, k, bni_wide_one);
        BNI_TRY(bni_passage_poll(p, k));
    }
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    BNI_TRY(certify_times(p, error));
    p->longest = 0;
    for (size_t k = 0; k < p->m; k++) {
        p->longest = fmax(p->longest, bni_wide_double(bni_wide_get(v, k)) * (1 + *error));
        BNI_TRY(bni_passage_poll(p, k));
    }
    return BINNET_OK;
}

/* v > 0 from where a trap may be entered, by as many steps as it takes. */
static int32_t reach_traps(bni_passage *p, bni_wide_vector v)
{
    double *x = bni_new_raw(p->ctx, 2 * p->S, sizeof *x), *next = x != NULL ? x + p->S : NULL;
    int32_t status = x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        x[s] = p->kind[s] == (int32_t)p->n_sets;
        status = bni_passage_poll(p, s);
    }
    for (size_t found = 1; status == BINNET_OK && found > 0;) {
        found = 0;
        status = bni_krylov_expect(p->r.krylov, next, x);
        for (size_t k = 0; status == BINNET_OK && k < p->m; k++) {
            size_t s = p->r.state[k];
            found += next[s] > 0 && !(x[s] > 0);
            x[s] = x[s] > 0 || next[s] > 0;
            status = bni_passage_poll(p, k);
        }
    }
    for (size_t k = 0; status == BINNET_OK && k < p->m; k++) {
        bni_wide_set(v, k, bni_wide_of(x[p->r.state[k]]));
        status = bni_passage_poll(p, k);
    }
    bni_delete(&p->ctx->mem, x);
    return status;
}

static int32_t find_trapped(bni_passage *p, bni_wide_vector v)
{
    if (p->m == 0)
        return BINNET_OK;
    if (p->r.way == BNI_BY_ITERATION)
        return reach_traps(p, v);
    for (size_t k = 0; k < p->m; k++)
        bni_wide_set(v, k, bni_wide_get(p->r.exit, p->n_sets * p->m + k));
    BNI_TRY(bni_restricted_solve(&p->r, v, v));
    return bni_passage_check_underflow(p, p->tails);
}

/* Times are infinite from where a trap may be entered. */
static int32_t mark_infinite(bni_passage *p, double *mean, double *variance, bni_wide_vector v)
{
    BNI_TRY(find_trapped(p, v));
    for (size_t s = 0, k = 0; s < p->S; s++) {
        int trapped = p->kind[s] == (int32_t)p->n_sets || (p->kind[s] < 0 && v.m[k] > 0);
        k += p->kind[s] < 0;
        BNI_TRY(bni_passage_poll(p, s));
        if (!trapped)
            continue;
        mean[s] = INFINITY;
        if (variance != NULL)
            variance[s] = INFINITY;
    }
    return BINNET_OK;
}

static int32_t do_times(bni_passage *p, void *arg)
{
    times_job *j = arg;
    *j->error = 0;
    if (p->m > 0)
        BNI_TRY(bni_passage_solve_times(p, p->v[0], j->error));
    BNI_TRY(bni_passage_store(p, j->mean, p->v[0]));
    if (j->variance != NULL) {
        if (p->m > 0)
            BNI_TRY(p->r.way == BNI_BY_ITERATION ? bni_passage_iterate_variance(p, p->v[1], j->mean, j->error)
                                                 : bni_passage_solve_variance(p, p->v[1], p->v[0]));
        BNI_TRY(bni_passage_store(p, j->variance, p->v[1]));
    }
    return p->traps ? mark_infinite(p, j->mean, j->variance, p->v[0]) : BINNET_OK;
}

static int32_t find_times(binnet_ctx *ctx, times_job *j, const binnet_chain *chain, const binnet_set *target,
                          double held)
{
    return bni_passage_run(ctx, chain, 1, &target, BNI_TIMES_VECTORS, held + 8 * ldexp(1, (int)chain->n), do_times, j);
}

/* Arrays of the caller are written when all is known. */
int32_t binnet_passage_times(binnet_ctx *ctx, double *mean, double *variance, size_t len, double *error,
                             const binnet_chain *chain, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, mean, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_passage_check_set(ctx, chain, target, "target"));
    double figure, bytes = 16 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "passage times"));
    double *own = bni_new_raw(ctx, 2 * len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    times_job j = {own, variance == NULL ? NULL : own + len, &figure};
    int32_t status = find_times(ctx, &j, chain, target, bytes);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, mean, own, len, sizeof *mean);
    if (status == BINNET_OK && variance != NULL)
        status = bni_copy_bytes(ctx, variance, own + len, len, sizeof *variance);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}

int32_t binnet_passage_times_continuous(binnet_ctx *ctx, double *mean, double *variance, size_t len, double *error,
                                        const binnet_chain *chain, double q, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, mean, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_check_continuous(ctx, chain, q));
    BNI_TRY(binnet_passage_times(ctx, mean, variance, len, error, chain, target));
    for (size_t s = 0; s < len; s++) {
        if (variance != NULL)
            variance[s] = (mean[s] / q + variance[s] / q) / q;
        mean[s] /= q;
        if (s % 65536 == 65535)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

/* Mean and variance over a law of times with means and variances; Var = E variance + E (mean - E mean)^2. */
static int32_t average_times(binnet_ctx *ctx, double *mean, double *variance, const double *law, const double *of,
                             const double *spread, size_t S)
{
    double all = 0, second = 0;
    for (size_t s = 0; s < S; s++) {
        all += law[s] > 0 ? law[s] * of[s] : 0;
        if (s % 65536 == 65535)
            BNI_TRY(bni_poll(ctx, 1));
    }
    for (size_t s = 0; s < S && variance != NULL; s++) {
        if (law[s] > 0)
            second += isinf(all) ? INFINITY : law[s] * (spread[s] + (of[s] - all) * (of[s] - all));
        if (s % 65536 == 65535)
            BNI_TRY(bni_poll(ctx, 1));
    }
    *mean = all;
    if (variance != NULL)
        *variance = second;
    return BINNET_OK;
}

int32_t binnet_passage_times_from(binnet_ctx *ctx, double *mean, double *variance, double *error,
                                  const binnet_chain *chain, const binnet_law *start, const binnet_set *target)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_passage_check_start(ctx, chain, start));
    BNI_TRY(bni_passage_check_set(ctx, chain, target, "target"));
    size_t S = (size_t)1 << chain->n;
    double figure, bytes = 16 * (double)S;
    BNI_TRY(bni_need_memory(ctx, bytes, "passage times"));
    double *own = bni_new_raw(ctx, 2 * S, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    times_job j = {own, variance == NULL ? NULL : own + S, &figure};
    int32_t status = find_times(ctx, &j, chain, target, bytes);
    if (status == BINNET_OK)
        status = average_times(ctx, mean, variance, start->p, own, own + S, S);
    if (status == BINNET_OK && error != NULL)
        *error = figure + 0x1p-52 * (double)chain->n;
    bni_delete(&ctx->mem, own);
    return status;
}
