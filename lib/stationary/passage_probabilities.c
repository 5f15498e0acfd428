/*
 * First passage: which of several sets is met first.
 */
#include "stationary/first_passage.h"

#include <math.h>

typedef struct first_job {
    double *p, *error;
} first_job;

static int32_t do_first(bni_passage *p, void *arg)
{
    first_job *j = arg;
    double figure = 0;
    if (p->m > 0 && p->r.way == BNI_BY_ITERATION)
        BNI_TRY(bni_passage_solve_times(p, p->v[0], &figure));
    *j->error = p->m > 0 ? p->r.error : 0;
    double largest = 0;
    for (size_t k = 0; k < p->n_sets; k++) {
        for (size_t i = 0; i < p->m; i++) {
            bni_wide_set(p->v[0], i, bni_wide_get(p->r.exit, k * p->m + i));
            BNI_TRY(bni_passage_poll(p, i));
        }
        if (p->m > 0)
            BNI_TRY(bni_restricted_solve(&p->r, p->v[0], p->v[0]));
        BNI_TRY(bni_passage_check_underflow(p, p->tails));
        largest = fmax(largest, p->r.residual * p->longest);
        double *out = j->p + k * p->S;
        BNI_TRY(bni_passage_store(p, out, p->v[0]));
        for (size_t s = 0; s < p->S; s++) {
            out[s] = p->kind[s] == (int32_t)k ? 1 : fmin(out[s], 1);
            BNI_TRY(bni_passage_poll(p, s));
        }
    }
    if (p->m == 0 || p->r.way != BNI_BY_ITERATION)
        return BINNET_OK;
    largest += p->r.error;
    *j->error = largest;
    if (!(largest <= p->ctx->relative_tolerance))
        return bni_fail(p->ctx, BINNET_E_NOCONV, "probabilities are certified to an error of %.3g (allowed is %.3g)",
                        largest, p->ctx->relative_tolerance);
    return BINNET_OK;
}

int32_t binnet_passage_probabilities(binnet_ctx *ctx, double *out, size_t len, double *error, const binnet_chain *chain,
                                     size_t n_sets, const binnet_set *const *set)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "p"));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_need(ctx, set, "set"));
    size_t S = (size_t)1 << chain->n;
    if (n_sets < 1 || n_sets > S)
        return bni_fail(ctx, BINNET_E_RANGE, "n_sets is %zu, allowed is 1..%zu", n_sets, S);
    if (len / S != n_sets || len % S != 0)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu: there are %zu sets and %zu states", len, n_sets, S);
    for (size_t k = 0; k < n_sets; k++) {
        if (set[k] == NULL)
            return bni_fail(ctx, BINNET_E_NULL, "set[%zu] is NULL", k);
        if (set[k]->n != chain->n)
            return bni_fail(ctx, BINNET_E_SIZE, "set[%zu] is of %zu neurons, the chain has %zu", k, set[k]->n,
                            chain->n);
        if (set[k]->count == 0)
            return bni_fail(ctx, BINNET_E_RANGE, "set[%zu] is empty", k);
    }
    double figure, bytes = 8 * (double)len;
    BNI_TRY(bni_need_memory(ctx, bytes, "hitting probabilities"));
    double *own = bni_new_raw(ctx, len, sizeof *own);
    if (own == NULL)
        return BINNET_E_NOMEM;
    first_job j = {own, &figure};
    int32_t status = bni_passage_run(ctx, chain, n_sets, set, 1, bytes, do_first, &j);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, out, own, len, sizeof *out);
    if (status == BINNET_OK && error != NULL)
        *error = figure;
    bni_delete(&ctx->mem, own);
    return status;
}
