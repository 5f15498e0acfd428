/*
 * Depth-first search for fixed points: decide a neuron, follow what it decides, turn back at contradictions.
 * An explicit stack, since a network may have a million neurons.
 */
#include "fixed_points/fixed_points.h"

#include <math.h>

typedef struct level {
    int32_t neuron;
    unsigned char value, second; /* second: the other activity is behind */
    size_t mark;                 /* neurons decided before */
} level;

typedef struct hunt {
    size_t n, units;
    binnet_ctx *ctx;
    binnet_fixed_points *f;
    bni_search *s;
    bni_branch branch;
    int32_t *all;  /* [n] 0 .. n - 1 */
    level *levels; /* [n] */
    size_t depth;
    double *scratch;
} hunt;

static void hunt_buffers(bni_plan *plan, void *of)
{
    hunt *h = of;
    BNI_BUFFER(plan, h->all, h->n);
    BNI_BUFFER(plan, h->levels, h->n);
    BNI_BUFFER(plan, h->scratch, 2 * h->units);
}

double bni_enumerate_bytes(const binnet_net *net, int coupled)
{
    hunt h = {.n = net->n, .units = coupled ? net->n_pop : net->n};
    return bni_search_bytes(net, coupled) + bni_branch_bytes(net) + bni_plan_bytes(hunt_buffers, &h);
}

/* A node of the search is behind. */
static void leave_node(hunt *h)
{
    h->f->effort.done += ldexp(1, h->depth < 2000 ? -(int)h->depth : -2000);
}

/* To the next branch that is not behind and not impossible; *more = 0: all are behind. */
static int32_t turn_back(hunt *h, int *more)
{
    leave_node(h);
    while (h->depth > 0) {
        level *l = &h->levels[h->depth - 1];
        bni_search_undo(h->s, l->mark);
        if (!l->second) {
            l->second = 1;
            l->value = !l->value;
            if (!bni_effort_spend(&h->f->effort))
                return h->f->effort.stopped;
            if (bni_search_decide(h->s, (size_t)l->neuron, l->value))
                return BINNET_OK;
            bni_search_undo(h->s, l->mark);
            leave_node(h);
        }
        h->depth--;
    }
    *more = 0;
    return BINNET_OK;
}

/* An open neuron, when all are determined but rounding left one side open; the last one. */
static size_t any_open(const bni_search *s)
{
    size_t j = s->p->n - 1;
    while (s->value[j] != BNI_OPEN)
        j--;
    return j;
}

/* The state that was reached, if what was left open by rounding holds. */
static int32_t take(hunt *h)
{
    const bni_sparse *p = h->s->p;
    if (p->coupled) {
        if (!bni_sparse_fixed(p, h->s->value, h->scratch))
            return BINNET_OK;
    } else {
        for (size_t i = 0; i < p->n; i++)
            if (!bni_search_settled(h->s, i) && !bni_sparse_row_holds(p, i, h->s->value))
                return BINNET_OK;
    }
    h->f->count.value += 1;
    h->f->count.exact++;
    return bni_points_list(h->ctx, h->f, h->s->value);
}

/* BINNET_E_LIMIT: the work limit. */
static int32_t search_hunt(hunt *h)
{
    bni_effort *e = &h->f->effort;
    if (!bni_search_start(h->s))
        return BINNET_OK;
    for (int more = 1; more;) {
        int first;
        int32_t j = bni_branch_choose(&h->branch, h->s, e, h->all, h->s->p->n, &first);
        if (j == BNI_STOPPED)
            return e->stopped;
        if (j == BNI_ALL_DETERMINED && h->s->decided < h->s->p->n)
            j = (int32_t)any_open(h->s);
        else if (j == BNI_ALL_DETERMINED)
            BNI_TRY(take(h));
        if (j >= 0) {
            if (!bni_effort_spend(e))
                return e->stopped;
            h->levels[h->depth++] = (level){.neuron = j, .value = (unsigned char)first, .mark = h->s->decided};
            if (bni_search_decide(h->s, (size_t)j, first))
                continue;
        }
        BNI_TRY(turn_back(h, &more));
    }
    return BINNET_OK;
}

/* Where the work limit stopped it. */
static void keep_path(const hunt *h)
{
    binnet_fixed_points *f = h->f;
    f->path_length = h->depth;
    for (size_t k = 0; k < h->depth; k++)
        f->path[k] = (bni_decision){h->levels[k].neuron, h->levels[k].value, !h->levels[k].second};
}

int32_t bni_enumerate(binnet_ctx *ctx, binnet_fixed_points *f)
{
    const bni_sparse *p = f->p;
    hunt h = {.n = p->n, .units = p->units, .ctx = ctx, .f = f};
    int32_t status = bni_search_new(ctx, &h.s, p);
    if (status == BINNET_OK)
        status = bni_branch_new(ctx, &h.branch, p);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, hunt_buffers, &h);
    if (status == BINNET_OK) {
        for (size_t j = 0; j < p->n; j++)
            h.all[j] = (int32_t)j;
        status = search_hunt(&h);
        keep_path(&h);
    }
    bni_plan_release(&ctx->mem, hunt_buffers, &h);
    bni_branch_free(&ctx->mem, &h.branch);
    bni_search_free(&ctx->mem, h.s);
    return status;
}
