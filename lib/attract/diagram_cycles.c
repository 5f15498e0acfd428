/*
 * All cycles over all stimuli, each on the box where all its transitions exist.
 * Depth-first: from each state, as the least of its cycle, the successors whose box meets the boxes so far.
 * Source: [FCP18]; THEORY 2.
 */
#include "attract/diagram.h"

#include <string.h>

/* A box in ranks, [axes][2]. */
typedef uint32_t ranks[BINNET_MAX_AXES][2];

typedef struct search {
    binnet_ctx *ctx;
    binnet_diagram *d;
    bni_stimulated *p;
    bni_tables t;
    uint8_t *on_path;
    uint32_t *path;
    uint64_t *cycle;
    uint64_t start, most;
    int full; /* the work limit */
} search;

double bni_diagram_cycles_bytes(size_t n, size_t axes, const int32_t *axis)
{
    return bni_tables_bytes(n, axes, axis) + 13 * ldexp(1, (int)n);
}

static int32_t found(search *s, uint64_t length)
{
    const bni_stimulated *p = s->p;
    uint64_t least = 0;
    bni_cut side[BINNET_MAX_AXES][2];
    for (size_t a = 0; a < p->axes; a++) {
        side[a][0] = bni_cut_lowest();
        side[a][1] = bni_cut_highest();
    }
    for (uint64_t k = 0; k < length; k++)
        if (bni_tables_state(&s->t, s->path[k]) < bni_tables_state(&s->t, s->path[least]))
            least = k;
    for (uint64_t k = 0; k < length; k++)
        s->cycle[k] = bni_tables_state(&s->t, s->path[(least + k) % length]);
    for (uint64_t k = 0; k < length; k++)
        for (size_t i = 0; i < p->n; i++) {
            if (p->axis[i] < 0)
                continue;
            bni_cut c = bni_current_cut(p, i, s->cycle[k]), *sd = side[p->axis[i]];
            int next = (int)(s->cycle[(k + 1) % length] >> i & 1);
            if (next && bni_cut_less(sd[0], c))
                sd[0] = c;
            if (!next && bni_cut_less(c, sd[1]))
                sd[1] = c;
        }
    return bni_diagram_add_cycle(s->ctx, s->d, length, s->cycle, NULL, 1, (const bni_cut(*)[2])side);
}

static int32_t visit(search *s, uint32_t state, uint64_t depth, ranks box);

static int32_t expand(search *s, uint32_t state, uint64_t depth, size_t axis, uint32_t next, ranks box)
{
    const bni_tables *t = &s->t;
    if (axis == t->axes) {
        if (next == s->start)
            return depth > 1 ? found(s, depth) : BINNET_OK;
        if (next < s->start || s->on_path[next] || depth == s->most)
            return BINNET_OK;
        return visit(s, next, depth, box);
    }
    size_t varying = t->n - t->fixed;
    const uint32_t *cut = t->cut + state * varying;
    const uint8_t *who = t->who + state * varying;
    uint32_t lo = box[axis][0], hi = box[axis][1];
    for (size_t k = t->first[axis]; k <= t->first[axis + 1]; k++) {
        uint32_t from = k > t->first[axis] ? cut[k - 1] : 0, to = k < t->first[axis + 1] ? cut[k] : UINT32_MAX;
        if (k > t->first[axis])
            next |= UINT32_C(1) << who[k - 1];
        box[axis][0] = from > lo ? from : lo;
        box[axis][1] = to < hi ? to : hi;
        if (box[axis][0] < box[axis][1])
            BNI_TRY(expand(s, state, depth, axis + 1, next, box));
    }
    box[axis][0] = lo;
    box[axis][1] = hi;
    return BINNET_OK;
}

static int32_t visit(search *s, uint32_t state, uint64_t depth, ranks box)
{
    if (s->p->steps >= s->p->most_steps)
        s->full = 1;
    if (s->full)
        return BINNET_OK;
    s->p->steps++;
    s->path[depth] = state;
    s->on_path[state] = 1;
    int32_t status = expand(s, state, depth + 1, 0, s->t.base != NULL ? s->t.base[state] : 0, box);
    s->on_path[state] = 0;
    return status;
}

static int32_t all_starts(search *s)
{
    uint64_t states = UINT64_C(1) << s->t.n;
    ranks box;
    for (s->start = 0; s->start < states; s->start++) {
        for (size_t a = 0; a < s->t.axes; a++) {
            box[a][0] = 0;
            box[a][1] = UINT32_MAX;
        }
        BNI_TRY(visit(s, (uint32_t)s->start, 0, box));
        BNI_TRY(bni_poll(s->ctx, (double)s->start / (double)states));
    }
    return BINNET_OK;
}

int32_t bni_diagram_all_cycles(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    if (p->n > BNI_TABLE_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "cycles of %zu neurons: allowed is up to %d (BINNET_P_MAX_PERIOD 1: no cycles)",
                        p->n, BNI_TABLE_NEURONS);
    search s = {.ctx = ctx, .d = d, .p = p, .most = ctx->max_period > 0 ? (uint64_t)ctx->max_period : UINT64_MAX};
    size_t states = (size_t)1 << p->n;
    int32_t status = bni_tables_make(ctx, &s.t, p);
    if (status == BINNET_OK) {
        s.on_path = bni_new(ctx, states, 1);
        s.path = bni_new_raw(ctx, states, sizeof *s.path);
        s.cycle = bni_new_raw(ctx, states, sizeof *s.cycle);
        status = s.on_path != NULL && s.path != NULL && s.cycle != NULL ? all_starts(&s) : BINNET_E_NOMEM;
    }
    if (status == BINNET_OK)
        d->period_complete = s.full ? -1 : ctx->max_period > 0 ? ctx->max_period : INT64_MAX;
    bni_delete(&ctx->mem, s.on_path);
    bni_delete(&ctx->mem, s.path);
    bni_delete(&ctx->mem, s.cycle);
    bni_tables_free(ctx, &s.t);
    return status;
}
