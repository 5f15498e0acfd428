/*
 * First passage: what its questions share. Which states are kept and which are exits, what is never left for an exit, and the
 * ways to solve that are tried one after the other; what it takes.
 */
#include "stationary/first_passage.h"

#include <math.h>

int32_t bni_passage_check_set(binnet_ctx *ctx, const binnet_chain *chain, const binnet_set *set, const char *name)
{
    BNI_TRY(bni_need(ctx, set, name));
    if (set->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "%s is of %zu neurons, the chain has %zu", name, set->n, chain->n);
    if (set->count == 0)
        return bni_fail(ctx, BINNET_E_RANGE, "%s is empty", name);
    return BINNET_OK;
}

int32_t bni_passage_check_start(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *start)
{
    BNI_TRY(bni_need_law(ctx, start, "start"));
    if (start->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "start is of %zu neurons, the chain has %zu", start->n, chain->n);
    return BINNET_OK;
}

/* The kind of every state; sets of different kinds have no common state. */
static int32_t mark_sets(bni_passage *p, const binnet_set *const *set)
{
    binnet_ctx *ctx = p->ctx;
    for (size_t s = 0; s < p->S; s++) {
        p->kind[s] = -1;
        for (size_t k = 0; k < p->n_sets; k++) {
            if (!bni_set_has(set[k], s))
                continue;
            if (p->kind[s] >= 0)
                return bni_fail(ctx, BINNET_E_RANGE, "sets %d and %zu have state %zu in common", (int)p->kind[s], k, s);
            p->kind[s] = (int32_t)k;
        }
        BNI_TRY(bni_passage_poll(p, s));
    }
    return BINNET_OK;
}

static int32_t mark_traps(bni_passage *p)
{
    uint64_t count;
    BNI_TRY(bni_classes(p->ctx, &count, p->class_of, p->chain, 1));
    unsigned char *met = bni_new(p->ctx, (size_t)count, 1); /* the class has a state of a set */
    if (met == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        if (p->class_of[s] >= 0 && p->kind[s] >= 0)
            met[p->class_of[s]] = 1;
        status = bni_passage_poll(p, s);
    }
    for (size_t s = 0; status == BINNET_OK && s < p->S; s++) {
        if (p->class_of[s] >= 0 && !met[p->class_of[s]]) {
            p->kind[s] = (int32_t)p->n_sets;
            p->traps = 1;
        }
        status = bni_passage_poll(p, s);
    }
    bni_delete(&p->ctx->mem, met);
    return status;
}

static void passage_buffers(bni_plan *plan, void *passage_)
{
    bni_passage *p = passage_;
    BNI_BUFFER(plan, p->kind, p->S);
    if (!p->chain->unbounded)
        BNI_BUFFER(plan, p->class_of, p->S);
}

static double vector_bytes(const bni_passage *p)
{
    return 16 * (double)p->vectors * (double)p->m + 64;
}

static int32_t solve_one_way(bni_passage *p, int way, bni_passage_job job, void *arg)
{
    bni_progress whole = bni_progress_push(p->ctx);
    bni_progress_part(p->ctx, whole, 0, 2);
    p->r = (bni_restricted){.ctx = NULL};
    int32_t status = BINNET_OK;
    if (p->m > 0)
        status = bni_restricted_new(p->ctx, &p->r, p->chain, p->kind, p->m, p->n_sets + 1, way, p->team);
    bni_progress_part(p->ctx, whole, 1, 2);
    if (status == BINNET_OK)
        status = job(p, arg);
    bni_restricted_free(&p->r);
    bni_progress_pop(p->ctx, whole);
    return status;
}

/* held: what the call has beside. */
static int32_t choose_and_solve(bni_passage *p, double held, bni_passage_job job, void *arg)
{
    binnet_ctx *ctx = p->ctx;
    const binnet_chain *c = p->chain;
    double m = (double)p->m, kinds = (double)p->n_sets + 1;
    held += bni_plan_bytes(passage_buffers, p) + vector_bytes(p) + bni_team_bytes((int)ctx->threads);
    int way[3], ways = bni_restricted_ways(ctx, way, c, m, kinds, held);
    BNI_TRY(bni_need_memory(ctx, held + bni_restricted_bytes(c, m, kinds, way[0]), "passage"));
    p->memory = bni_new_raw(ctx, 2 * p->vectors * p->m + 1, sizeof *p->memory);
    if (p->memory == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < p->vectors; k++) {
        p->v[k].m = p->memory + 2 * k * p->m;
        p->v[k].e = p->v[k].m + p->m;
    }
    BNI_TRY(bni_team_new(ctx, &p->team, c->n < BNI_THREADED ? 1 : (int)ctx->threads));
    int32_t status = BINNET_E_NOCONV;
    for (int k = 0; k < ways && (status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW); k++) {
        p->last = k + 1 == ways;
        status = solve_one_way(p, way[k], job, arg);
    }
    return status;
}

int32_t bni_passage_run(binnet_ctx *ctx, const binnet_chain *chain, size_t n_sets, const binnet_set *const *set,
                        size_t vectors, double held, bni_passage_job job, void *arg)
{
    bni_passage p = {.ctx = ctx, .chain = chain, .S = (size_t)1 << chain->n, .n_sets = n_sets, .vectors = vectors};
    for (size_t i = 0; i < chain->n; i++)
        p.tails |= bni_chain_unbounded(chain, i);
    double first = held + bni_plan_bytes(passage_buffers, &p);
    BNI_TRY(bni_need_memory(ctx, first + (chain->unbounded ? 0 : bni_classes_bytes(chain)), "passage"));
    int32_t status = bni_plan_make(ctx, passage_buffers, &p);
    if (status == BINNET_OK)
        status = mark_sets(&p, set);
    if (status == BINNET_OK && !chain->unbounded)
        status = mark_traps(&p);
    for (size_t s = 0; status == BINNET_OK && s < p.S; s++) {
        p.m += p.kind[s] < 0;
        status = bni_passage_poll(&p, s);
    }
    if (status == BINNET_OK)
        status = choose_and_solve(&p, held, job, arg);
    bni_team_free(p.team);
    bni_delete(&ctx->mem, p.memory);
    bni_plan_release(&ctx->mem, passage_buffers, &p);
    return status;
}

int32_t bni_passage_check_underflow(bni_passage *p, int matters)
{
    if (!matters || !p->r.doubtful || p->last)
        return BINNET_OK;
    return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "probabilities below 1e-140 decide the answer");
}

int32_t bni_passage_store(const bni_passage *p, double *out, bni_wide_vector v)
{
    for (size_t s = 0, k = 0; s < p->S; s++) {
        out[s] = p->kind[s] < 0 ? bni_wide_double(bni_wide_get(v, k)) : 0;
        if (p->kind[s] < 0 && !(out[s] < 1e300))
            return bni_fail(p->ctx, BINNET_E_UNDERFLOW, "state %zu: the result is above 1e300", s);
        k += p->kind[s] < 0;
        BNI_TRY(bni_passage_poll(p, s));
    }
    return BINNET_OK;
}

int32_t binnet_passage_estimate(binnet_ctx *ctx, uint64_t *count, uint64_t *bytes, double *flops,
                                const binnet_chain *chain, const binnet_set *target)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "passage between sets"));
    BNI_TRY(bni_need(ctx, target, "target"));
    if (target->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "target is of %zu neurons, the chain has %zu", target->n, chain->n);
    double S = ldexp(1, (int)chain->n), m = S - (double)target->count;
    bni_passage p = {
        .ctx = ctx, .chain = chain, .S = (size_t)S, .n_sets = 1, .m = (size_t)m, .vectors = BNI_TIMES_VECTORS};
    double held = 24 * S + bni_plan_bytes(passage_buffers, &p) + vector_bytes(&p) + bni_team_bytes((int)ctx->threads);
    int way[3];
    bni_restricted_ways(ctx, way, chain, m, 2, held);
    double need = held + bni_restricted_bytes(chain, m, 2, way[0]);
    if (!chain->unbounded)
        need = fmax(need, 24 * S + bni_plan_bytes(passage_buffers, &p) + bni_classes_bytes(chain));
    if (count != NULL)
        *count = (uint64_t)m;
    if (bytes != NULL)
        *bytes = (uint64_t)need;
    if (flops != NULL)
        *flops = bni_restricted_flops(chain, m, way[0], (int)ctx->threads);
    return BINNET_OK;
}
