/*
 * Which open neuron to branch on. Neurons whose every listener is settled, or is itself determined by its inputs alone,
 * are determined and never branched on (the layers of influence, found anew at each node). Of the others a few with the
 * greatest influence on unsettled rows are tried both ways, and the one that decides most is taken (look-ahead).
 * Source: look-ahead as in satisfiability solvers: M. Heule, H. van Maaren, Handbook of Satisfiability (2nd ed. 2021),
 * ch. 5.
 */
#include "fixed_points/fixed_points.h"

#include <math.h>

enum { CANDIDATES = 16 };

static void branch_buffers(bni_plan *plan, void *branch)
{
    bni_branch *b = branch;
    BNI_BUFFER(plan, b->listeners, b->n);
    BNI_BUFFER(plan, b->stack, b->n);
    BNI_BUFFER(plan, b->score, b->n);
    BNI_ZEROS(plan, b->member, b->n);
}

double bni_branch_bytes(const binnet_net *net)
{
    bni_branch b = {.n = net->n};
    return bni_plan_bytes(branch_buffers, &b);
}

int32_t bni_branch_new(binnet_ctx *ctx, bni_branch *b, const bni_sparse *p)
{
    *b = (bni_branch){.n = p->n};
    return bni_plan_make(ctx, branch_buffers, b);
}

void bni_branch_free(const bni_allocator *mem, bni_branch *b)
{
    bni_plan_release(mem, branch_buffers, b);
}

int bni_effort_spend(bni_effort *e)
{
    e->stopped = e->limit != 0 && e->steps >= e->limit ? BINNET_E_LIMIT
                                                       : bni_poll(e->ctx, e->listed < 0 ? e->done : e->listed);
    e->steps += e->stopped == BINNET_OK;
    return e->stopped == BINNET_OK;
}

/* Row i is open, and not of the neurons looked at: it was determined before and influences none of them. */
static int is_separate_row(const bni_branch *b, const bni_search *s, size_t i)
{
    return s->value[i] == BNI_OPEN && b->member[i] != b->stamp;
}

static void mark_members(bni_branch *b, size_t n, const int32_t *vars, size_t count)
{
    if (++b->stamp == 0) {
        for (size_t j = 0; j < n; j++)
            b->member[j] = 0;
        b->stamp = 1;
    }
    for (size_t v = 0; v < count; v++)
        b->member[vars[v]] = b->stamp;
}

/* Listeners and scores of the open ones; the determined are peeled off. */
void bni_branch_influence(bni_branch *b, const bni_search *s, const int32_t *vars, size_t count)
{
    const bni_sparse *p = s->p;
    size_t top = 0;
    mark_members(b, p->n, vars, count);
    for (size_t v = 0; v < count; v++) {
        size_t j = (size_t)vars[v];
        b->listeners[j] = 0;
        b->score[j] = 0;
        if (s->value[j] != BNI_OPEN)
            continue;
        for (int64_t k = p->out_first[j]; k < p->out_first[j + 1]; k++) {
            size_t i = (size_t)p->out[k];
            if (is_separate_row(b, s, i) || bni_search_settled(s, i))
                continue;
            b->listeners[j]++;
            b->score[j] += fabs((double)p->out_weight[k]) / (1 + (double)s->high[i] - (double)s->low[i]);
        }
        if (b->listeners[j] == 0 && p->functional[j]) {
            b->listeners[j] = BNI_DETERMINED;
            b->stack[top++] = (int32_t)j;
        }
    }
    while (top > 0) {
        size_t i = (size_t)b->stack[--top];
        double range = 1 + (double)s->high[i] - (double)s->low[i];
        for (int64_t k = p->first[i]; k < p->first[i + 1]; k++) {
            size_t j = (size_t)p->input[k];
            if (s->value[j] != BNI_OPEN)
                continue;
            b->score[j] -= fabs((double)p->weight[k]) / range;
            if (--b->listeners[j] == 0 && p->functional[j]) {
                b->listeners[j] = BNI_DETERMINED;
                b->stack[top++] = (int32_t)j;
            }
        }
    }
}

/* Scores in single precision, so that the order in which they were added up does not matter. */
static int scores_higher(const bni_branch *b, int32_t j, int32_t than)
{
    float x = (float)b->score[j], y = (float)b->score[than];
    return x > y || (x == y && j < than);
}

/* The open neurons with the greatest scores, best first; returns how many. */
static size_t best_neurons(int32_t *best, const bni_branch *b, const bni_search *s, const int32_t *vars, size_t count)
{
    size_t found = 0;
    for (size_t v = 0; v < count; v++) {
        size_t j = (size_t)vars[v];
        if (s->value[j] != BNI_OPEN || b->listeners[j] == BNI_DETERMINED)
            continue;
        size_t at = found < CANDIDATES ? found++ : CANDIDATES;
        for (; at > 0 && scores_higher(b, (int32_t)j, best[at - 1]); at--)
            if (at < CANDIDATES)
                best[at] = best[at - 1];
        if (at < CANDIDATES)
            best[at] = (int32_t)j;
    }
    return found;
}

/* Neurons that a decision settles; 0: it is impossible. */
static size_t probe(bni_search *s, size_t j, int v)
{
    size_t before = s->decided;
    size_t more = bni_search_decide(s, j, v) ? s->decided - before : 0;
    bni_search_undo(s, before);
    return more;
}

int32_t bni_branch_choose(bni_branch *b, bni_search *s, bni_effort *e, const int32_t *vars, size_t count, int *first)
{
    int32_t best[CANDIDATES];
    *first = 0;
    for (;;) {
        bni_branch_influence(b, s, vars, count);
        size_t found = best_neurons(best, b, s, vars, count), forced = 0;
        if (found == 0)
            return BNI_ALL_DETERMINED;
        if (found == 1)
            return best[0];
        int32_t chosen = BNI_DEAD_END;
        double most = -1;
        for (size_t k = 0; k < found; k++) {
            size_t j = (size_t)best[k];
            if (s->value[j] != BNI_OPEN)
                continue;
            if (!bni_effort_spend(e) || !bni_effort_spend(e))
                return BNI_STOPPED;
            size_t on = probe(s, j, 1), off = probe(s, j, 0);
            if (on == 0 && off == 0)
                return BNI_DEAD_END;
            if (on == 0 || off == 0) {
                bni_search_decide(s, j, on > 0); /* it went well a moment ago */
                forced++;
                continue;
            }
            double value = (double)on * (double)off + 0.001 * (double)(on + off);
            if (value > most) {
                most = value;
                chosen = best[k];
                *first = on < off; /* what leaves more open is tried first: fixed points are found early */
            }
        }
        if (forced == 0)
            return chosen;
    }
}
