/*
 * How a set of states is left: its quasi-stationary law and the rate of escape, by inverse iteration.
 * Source: Darroch & Seneta, J. Appl. Prob. 2 (1965) 88.
 */
#include "stationary/first_passage.h"

#include <math.h>

typedef struct escape_job {
    binnet_law *law;
    double rate, error;
} escape_job;

/* v becomes next / *sum, that of next; the least and the greatest next/v. */
static int32_t take_next(const bni_passage *p, bni_wide *sum, bni_wide_vector v, bni_wide_vector next, bni_wide *least,
                         bni_wide *most)
{
    *sum = bni_wide_sum(next.m, next.e, p->m);
    *most = bni_wide_zero;
    for (size_t k = 0; k < p->m; k++) {
        bni_wide ratio = bni_wide_div(bni_wide_get(next, k), bni_wide_get(v, k));
        if (k == 0 || bni_wide_less(ratio, *least))
            *least = ratio;
        if (bni_wide_less(*most, ratio))
            *most = ratio;
        bni_wide_set(v, k, bni_wide_div(bni_wide_get(next, k), *sum));
        BNI_TRY(bni_passage_poll(p, k));
    }
    return BINNET_OK;
}

static int32_t set_escape_law(bni_passage *p, escape_job *j, bni_wide_vector v)
{
    binnet_ctx *ctx = p->ctx;
    bni_step *step = NULL;
    double *next = bni_new_raw(ctx, p->S, sizeof *next), *law = j->law->p;
    int32_t status = next == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, p->chain, p->team, 0);
    if (status == BINNET_OK)
        status = bni_passage_store(p, law, v);
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, next, law);
    double residual = 0;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        if (p->kind[s] < 0)
            residual += fabs(next[s] / (1 - j->rate) - law[s]);
        status = bni_passage_poll(p, s);
    }
    j->law->residual = j->rate < 1 ? residual : NAN;
    bni_step_free(step);
    bni_delete(&ctx->mem, next);
    return status;
}

/* Inverse iteration stops when the bounds no longer come closer; it gives up when they would take too long to. */
enum { ESCAPE_ITERATIONS = 20000, ESCAPE_PATIENCE = 40 };

static uint64_t most_iterations(const binnet_ctx *ctx)
{
    return ctx->max_iterations < ESCAPE_ITERATIONS ? (uint64_t)ctx->max_iterations : ESCAPE_ITERATIONS;
}

/* By elimination: the law and its bounds at once. */
static int32_t escape_by_law(bni_passage *p, escape_job *j, bni_wide_vector v, bni_wide_vector next)
{
    bni_wide least = bni_wide_one, most = bni_wide_one, mean = bni_wide_one;
    double spread = INFINITY, best = INFINITY;
    uint64_t last = most_iterations(p->ctx), stale = 0;
    for (uint64_t k = 0; k < last && stale < ESCAPE_PATIENCE && !(spread <= 0x1p-50); k++) {
        BNI_TRY(bni_restricted_solve_left(&p->r, next, v));
        BNI_TRY(bni_passage_check_underflow(p, 1));
        for (size_t i = 0; i < p->m; i++)
            if (!(next.m[i] > 0 && v.m[i] > 0))
                return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "state %lu: its quasi-stationary probability underflows",
                                (unsigned long)p->r.state[i]);
        BNI_TRY(take_next(p, &mean, v, next, &least, &most));
        spread = bni_wide_ratio(most, least) - 1;
        stale = spread < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, spread);
        j->law->iterations = k + 1;
        BNI_TRY(bni_poll(p->ctx, 1 - 1 / (double)(k + 2)));
    }
    j->rate = bni_wide_double(bni_wide_div(bni_wide_one, mean));
    j->error = spread + p->r.error;
    j->law->balance = j->error;
    return BINNET_OK;
}

/* By iteration: entries of (1 - Q)^-1 x are certified one by one for x > 0, those of v (1 - Q)^-1 are not. So the bounds are of
 * right vectors, and the law has only its residual. */
static int32_t escape_by_times(bni_passage *p, escape_job *j, bni_wide_vector v, bni_wide_vector next)
{
    bni_wide least = bni_wide_one, most = bni_wide_one, mean = bni_wide_one;
    double spread = INFINITY, best = INFINITY, change = INFINITY, figure;
    uint64_t last = most_iterations(p->ctx), stale = 0;
    BNI_TRY(bni_passage_solve_times(p, v, &figure));
    for (uint64_t k = 0; k < last && stale < 3 && !(spread <= 4 * p->r.relative); k++) {
        BNI_TRY(bni_restricted_solve(&p->r, next, v));
        BNI_TRY(take_next(p, &mean, v, next, &least, &most));
        p->r.guess = bni_wide_double(most);
        spread = bni_wide_ratio(most, least) - 1;
        stale = spread < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, spread);
        BNI_TRY(bni_poll(p->ctx, 0.5 - 1 / (double)(k + 2)));
    }
    j->rate = 2 / (bni_wide_double(least) + bni_wide_double(most));
    j->error = p->r.relative < 0.1 ? spread + 2 * p->r.relative + p->r.error : INFINITY;
    for (size_t k = 0; k < p->m; k++) {
        bni_wide_set(v, k, bni_wide_of(1 / (double)p->m));
        BNI_TRY(bni_passage_poll(p, k));
    }
    best = INFINITY;
    stale = 0;
    for (uint64_t k = 0; k < last && stale < 3 && !(change <= 0x1p-46); k++) {
        BNI_TRY(bni_restricted_solve_left(&p->r, next, v));
        mean = bni_wide_sum(next.m, next.e, p->m);
        change = 0;
        for (size_t i = 0; i < p->m; i++) {
            bni_wide now = bni_wide_div(bni_wide_get(next, i), mean);
            change += bni_wide_double(bni_wide_distance(now, bni_wide_get(v, i)));
            bni_wide_set(v, i, now);
            BNI_TRY(bni_passage_poll(p, i));
        }
        stale = change < 0.9 * best ? 0 : stale + 1;
        best = fmin(best, change);
        j->law->iterations = k + 1;
        BNI_TRY(bni_poll(p->ctx, 1 - 1 / (double)(k + 2)));
    }
    j->law->balance = NAN;
    return BINNET_OK;
}

static int32_t do_escape(bni_passage *p, void *arg)
{
    escape_job *j = arg;
    binnet_ctx *ctx = p->ctx;
    if (p->traps)
        return bni_fail(ctx, BINNET_E_REDUCIBLE, "the set holds states from which it is never left");
    bni_wide_vector v = p->v[0];
    for (size_t k = 0; k < p->m; k++) {
        bni_wide_set(v, k, bni_wide_of(1 / (double)p->m));
        BNI_TRY(bni_passage_poll(p, k));
    }
    int iterate = p->r.way == BNI_BY_ITERATION;
    BNI_TRY(iterate ? escape_by_times(p, j, v, p->v[1]) : escape_by_law(p, j, v, p->v[1]));
    if (!(j->error <= ctx->relative_tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the escape rate is known to a relative error of %.3g (allowed is %.3g)",
                        j->error, ctx->relative_tolerance);
    BNI_TRY(set_escape_law(p, j, v));
    if (iterate && !(j->rate < 1 && j->law->residual <= ctx->relative_tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the residual of the quasi-stationary law is %.3g (allowed is %.3g)",
                        j->law->residual, ctx->relative_tolerance);
    return BINNET_OK;
}

int32_t binnet_passage_quasi_stationary(binnet_ctx *ctx, binnet_law **out, double *rate, double *error,
                                        const binnet_chain *chain, const binnet_set *set)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "law"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, rate, "rate"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_passage_check_set(ctx, chain, set, "set"));
    double S = ldexp(1, (int)chain->n);
    if ((double)set->count >= S)
        return bni_fail(ctx, BINNET_E_RANGE, "the set is every state: it is never left");
    double sets = (double)sizeof(binnet_set) + S / 8 + 64, law_bytes = (double)sizeof(binnet_law) + 8 * S;
    BNI_TRY(bni_need_memory(ctx, sets + law_bytes, "a quasi-stationary law"));
    binnet_set *outside = NULL;
    escape_job j = {.law = NULL};
    int32_t status = bni_set_complement(ctx, &outside, set);
    if (status == BINNET_OK)
        status = bni_law_make(ctx, &j.law, chain->n);
    double held = sets + law_bytes + 8 * S + bni_step_bytes(chain, (int)ctx->threads, 0);
    const binnet_set *exits = outside;
    if (status == BINNET_OK)
        status = bni_passage_run(ctx, chain, 1, &exits, 2, held, do_escape, &j);
    binnet_set_free(outside);
    if (status != BINNET_OK) {
        binnet_law_free(j.law);
        return status;
    }
    *rate = j.rate;
    if (error != NULL)
        *error = j.error;
    *out = j.law;
    return BINNET_OK;
}
