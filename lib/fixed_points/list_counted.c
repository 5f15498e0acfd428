/*
 * Listing fixed points after they were counted: the same decisions again, but only into sides whose number is not 0, so
 * that the search never turns back in vain. Components that are open wait in a chain, each to be listed for every
 * solution of those before it.
 */
#include "fixed_points/count_components.h"

enum { NONE = -1 };

typedef struct waiting {
    int32_t from, length; /* in counter.order */
    int32_t next;
} waiting;

typedef struct station {
    size_t from, length, mark, base;
    int32_t rest; /* components that wait behind it */
    int32_t chain_top;
    int32_t neuron;
    unsigned char value, second, alive; /* alive: activities with fixed points, 1 + 2; 0: not known */
} station;

typedef struct walk {
    size_t n;
    bni_counter *c;
    binnet_fixed_points *f;
    size_t target;
    waiting *chain; /* [2 n + 2] */
    int32_t chain_top;
    station *stations; /* [n + 1] */
    size_t depth;
} walk;

static void walk_buffers(bni_plan *plan, void *of)
{
    walk *w = of;
    BNI_BUFFER(plan, w->chain, 2 * w->n + 2);
    BNI_BUFFER(plan, w->stations, w->n + 1);
}

double bni_list_bytes(const binnet_net *net)
{
    walk w = {.n = net->n};
    return bni_plan_bytes(walk_buffers, &w);
}

/* The children of a frame, before what waits already. */
static int32_t enchain_children(walk *w, const bni_frame *f, int32_t rest)
{
    for (size_t k = f->children_to; k-- > f->children_from;) {
        w->chain[w->chain_top] = (waiting){w->c->range_from[k], w->c->range_length[k], rest};
        rest = w->chain_top++;
    }
    return rest;
}

/* Neurons that are determined, but that rounding left open: those whose inputs are decided, until there are none. */
static void complete_state(bni_counter *c)
{
    const bni_sparse *p = c->p;
    while (c->s->decided < p->n)
        for (size_t i = 0; i < p->n; i++) {
            int ready = c->s->value[i] == BNI_OPEN;
            for (int64_t k = p->first[i]; ready && k < p->first[i + 1]; k++)
                ready = c->s->value[p->input[k]] != BNI_OPEN;
            if (!ready)
                continue;
            size_t mark = c->s->decided;
            if (bni_search_decide(c->s, i, 1) && bni_counter_rounded_hold(c, mark))
                continue;
            bni_search_undo(c->s, mark);
            bni_search_decide(c->s, i, 0);
        }
}

static int32_t list_state(walk *w)
{
    bni_search *s = w->c->s;
    size_t mark = s->decided;
    complete_state(w->c);
    int32_t status = bni_points_list(w->c->ctx, w->f, s->value);
    bni_search_undo(s, mark);
    return status;
}

/* Take the side of the topmost decision; *at: the components to go on with; *some = 0: there is nothing on it. */
static int32_t take_side(walk *w, int32_t *at, int *some)
{
    bni_counter *c = w->c;
    station *t = &w->stations[w->depth - 1];
    bni_frame *f = &c->frames[c->depth];
    *some = 0;
    if (t->alive != 0 && !(t->alive & (1 + t->value)))
        return BINNET_OK;
    if (!bni_effort_spend(c->e))
        return c->e->stopped;
    if (!bni_search_decide(c->s, (size_t)t->neuron, t->value) || !bni_counter_rounded_hold(c, t->base))
        return BINNET_OK;
    *f = (bni_frame){.from = t->from, .length = t->length, .neuron = -1, .sum = {0, 0, 1}, .product = {1, 1, 1}};
    bni_counter_split(c, f);
    *some = 1;
    if (t->alive == 0) {
        c->depth++;
        BNI_TRY(bni_counter_finish(c));
        *some = f->sum.value > 0;
    }
    w->chain_top = t->chain_top;
    *at = enchain_children(w, f, t->rest);
    return BINNET_OK;
}

/* To the next side with something on it; *more = 0: there is none. */
static int32_t next_side(walk *w, int32_t *at, int *more)
{
    while (w->depth > 0) {
        station *t = &w->stations[w->depth - 1];
        if (!t->second) {
            int some;
            bni_search_undo(w->c->s, t->base);
            t->second = 1;
            t->value = !t->value;
            BNI_TRY(take_side(w, at, &some));
            if (some)
                return BINNET_OK;
        }
        bni_search_undo(w->c->s, t->mark);
        w->depth--;
    }
    *more = 0;
    return BINNET_OK;
}

/* Decide something in the component that waits first. */
static int32_t enter_component(walk *w, int32_t *at, int *some)
{
    bni_counter *c = w->c;
    waiting first = w->chain[*at];
    int value;
    size_t mark = c->s->decided;
    unsigned char alive = 0;
    int32_t kept = bni_counter_recall(c, c->order + first.from, (size_t)first.length, &alive);
    int32_t j = bni_branch_choose(&c->branch, c->s, c->e, c->order + first.from, (size_t)first.length, &value);
    *some = j != BNI_DEAD_END;
    if (j == BNI_STOPPED)
        return c->e->stopped;
    if (j == BNI_ALL_DETERMINED)
        *at = first.next;
    if (j < 0)
        return BINNET_OK;
    w->stations[w->depth++] = (station){.from = (size_t)first.from,
                                        .length = (size_t)first.length,
                                        .mark = mark,
                                        .base = c->s->decided,
                                        .rest = first.next,
                                        .chain_top = w->chain_top,
                                        .neuron = j,
                                        .value = (unsigned char)value,
                                        .alive = j == kept ? alive : 0};
    return take_side(w, at, some);
}

static int32_t list_counted(walk *w)
{
    bni_counter *c = w->c;
    c->depth = 0;
    bni_counter_split(c, &c->frames[0]);
    int32_t at = enchain_children(w, &c->frames[0], NONE);
    for (int more = 1; more && w->f->listed < w->target;) {
        int some = 0;
        if (at == NONE)
            BNI_TRY(list_state(w));
        else
            BNI_TRY(enter_component(w, &at, &some));
        c->e->listed = (double)w->f->listed / (double)w->target;
        BNI_TRY(bni_poll(c->ctx, c->e->listed));
        if (!some)
            BNI_TRY(next_side(w, &at, &more));
    }
    return BINNET_OK;
}

int32_t bni_list(bni_counter *c, binnet_fixed_points *f, size_t target)
{
    walk w = {.n = c->p->n, .c = c, .f = f, .target = target};
    BNI_TRY(bni_plan_make(c->ctx, walk_buffers, &w));
    int32_t status = list_counted(&w);
    bni_plan_release(&c->ctx->mem, walk_buffers, &w);
    return status;
}
