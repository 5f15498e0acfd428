/*
 * First passage: the time spent in each state until then.
 */
#include "stationary/first_passage.h"

#include <math.h>

typedef struct occupation_job {
    double *steps, *error;
    const binnet_law *start;
} occupation_job;

/* Recurrent classes that are entered, from the start or from the states with steps > 0: infinitely many steps in each. */
static int32_t mark_entered(bni_passage *p, double *steps, const double *start)
{
    binnet_ctx *ctx = p->ctx;
    int32_t trap = (int32_t)p->n_sets;
    bni_step *step = NULL;
    unsigned char *entered = bni_new(ctx, p->S, 1); /* by class */
    double *next = bni_new_raw(ctx, p->S, sizeof *next);
    int32_t status = entered == NULL || next == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, p->chain, p->team, 0);
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, next, steps);
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        if (p->kind[s] == trap && (next[s] > 0 || start[s] > 0))
            entered[p->class_of[s]] = 1;
        status = bni_passage_poll(p, s);
    }
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        if (p->kind[s] == trap && entered[p->class_of[s]])
            steps[s] = INFINITY;
        status = bni_passage_poll(p, s);
    }
    bni_step_free(step);
    bni_delete(&ctx->mem, next);
    bni_delete(&ctx->mem, entered);
    return status;
}

static int32_t do_occupation(bni_passage *p, void *arg)
{
    occupation_job *j = arg;
    double figure = 0;
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION)
        BNI_TRY(bni_passage_solve_times(p, p->v[0], &figure));
    *j->error = p->m > 0 ? p->r.error : 0;
    for (size_t k = 0; k < p->m; k++) {
        bni_wide_set(p->v[0], k, bni_wide_of(j->start->p[p->r.state[k]]));
        BNI_TRY(bni_passage_poll(p, k));
    }
    if (p->m > 0)
        BNI_TRY(bni_restricted_solve_left(&p->r, p->v[0], p->v[0]));
    BNI_TRY(bni_passage_check_underflow(p, p->tails));
    BNI_TRY(bni_passage_store(p, j->steps, p->v[0]));
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION) {
        double sum = 0;
        for (size_t s = 0; s < p->S; s++) {
            sum += j->steps[s];
            BNI_TRY(bni_passage_poll(p, s));
        }
        *j->error = p->r.error + (sum > 0 ? p->r.residual * p->longest / sum : 0);
        if (!(*j->error <= p->ctx->relative_tolerance))
            return bni_fail(p->ctx, BINNET_E_NOCONV,
                            "the time spent is certified to a relative error of %.3g (allowed is %.3g)", *j->error,
                            p->ctx->relative_tolerance);
    }
    return p->traps ? mark_entered(p, j->steps, j->start->p) : BINNET_OK;
}

int32_t binnet_passage_occupation(binnet_ctx *ctx, double *steps, size_t len, double *error, const binnet_chain *chain,
                                  const binnet_law *start, const binnet_set *target)
{
    BNI_TRY(bni_chain_check(ctx, chain, steps, len));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_passage_check_start(ctx, chain, start));
    BNI_TRY(bni_passage_check_set(ctx, chain, target, "target"));
    double figure, bytes = 8 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "the time spent"));
    double *own = bni_new_raw(ctx, len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    occupation_job j = {own, &figure, start};
    /* marking the entered classes takes a step's room */
    double held = bytes + (chain->unbounded ? 0 : 9 * (double)len + bni_step_bytes(chain, (int)ctx->threads, 0));
    int32_t status = bni_passage_run(ctx, chain, 1, &target, 1, held, do_occupation, &j);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, steps, own, len, sizeof *steps);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}
