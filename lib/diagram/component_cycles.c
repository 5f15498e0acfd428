/*
 * The cycles of a strongly connected component within a cell of stimuli: those whose box, where all their transitions exist, has
 * its lower corner in the cell, so that each is listed once. A component that is not a cycle is searched depth first.
 */
#include "diagram/cycle_search.h"

#include <string.h>

enum { HUNT_STEPS = 400 }; /* of a search, for each state, before the cell is divided instead */

/* The box of the transition from `state` to `next`, met with `box`. */
static void meet_box(const bni_cycle_search *s, uint32_t state, uint32_t next, bni_cell box)
{
    const uint32_t *row = bni_cut_row(s, state);
    for (size_t a = 0; a < s->t.axes; a++) {
        const uint32_t *sum = bni_axis_sums(s, row, a), *cut = row + s->t.first[a];
        size_t size = s->t.first[a + 1] - s->t.first[a];
        uint32_t fire = next & sum[size];
        for (size_t k = 0; k < size; k++) {
            if ((sum[k + 1] & ~sum[k] & fire) != 0)
                box[a][0] = cut[k] > box[a][0] ? cut[k] : box[a][0];
            else
                box[a][1] = cut[k] < box[a][1] ? cut[k] : box[a][1];
        }
    }
}

/* Is the box not empty, with its lower corner in the present cell? */
static int begins_here(const bni_cycle_search *s, const bni_cell box)
{
    for (size_t a = 0; a < s->t.axes; a++)
        if (box[a][0] >= box[a][1] || box[a][0] < s->box[a][0] || box[a][0] >= s->box[a][1])
            return 0;
    return 1;
}

/* List the cycle s->cycle[length], in the network's own numbering. */
static int32_t list_cycle(bni_cycle_search *s, uint64_t length)
{
    const bni_stimulated *p = s->p;
    bni_cut side[BINNET_MAX_AXES][2];
    for (size_t a = 0; a < p->axes; a++) {
        side[a][0] = bni_cut_lowest();
        side[a][1] = bni_cut_highest();
    }
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

static void whole_plane(const bni_cycle_search *s, bni_cell box)
{
    for (size_t a = 0; a < s->t.axes; a++) {
        box[a][0] = 0;
        box[a][1] = UINT32_MAX;
    }
}

/* List the cycle of these nodes, in their order, if its box begins in the present cell. */
static int32_t list_path(bni_cycle_search *s, const uint32_t *path, size_t count)
{
    bni_cell box;
    whole_plane(s, box);
    for (size_t k = 0; k < count; k++)
        meet_box(s, s->copy[path[k]], s->copy[path[(k + 1) % count]], box);
    if (!begins_here(s, (const uint32_t(*)[2])box))
        return BINNET_OK;
    uint64_t least = UINT64_MAX;
    size_t at = 0;
    for (size_t k = 0; k < count; k++) {
        s->cycle[k] = bni_tables_state(&s->t, s->copy[path[k]]);
        if (s->cycle[k] < least) {
            least = s->cycle[k];
            at = k;
        }
    }
    for (size_t k = 0; k < count; k++)
        s->cycle[k] = bni_tables_state(&s->t, s->copy[path[(at + k) % count]]);
    return list_cycle(s, count);
}

int32_t bni_list_simple_cycle(bni_cycle_search *s, const uint32_t *node, size_t count)
{
    uint32_t *path = s->g.stack, at = node[0];
    if (count > s->most)
        return BINNET_OK;
    for (size_t k = 0; k < count; k++, at = bni_only_successor(&s->g, at))
        path[k] = at;
    return list_path(s, path, count);
}

/* Depth-first search within a component, from s->g.stack[depth] on: all its cycles whose least node is the first and whose
 * transitions meet in the cell. *allowed counts down; 0: given up. */
static int32_t follow_cycles_from(bni_cycle_search *s, size_t depth, size_t *allowed)
{
    const bni_digraph *g = &s->g;
    uint32_t *path = g->stack, *on_path = g->low, v = path[depth];
    size_t sides = 2 * s->t.axes;
    uint32_t(*box)[2] = s->hunted + depth * s->t.axes, (*next)[2] = box + s->t.axes;
    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
        uint32_t w = g->edge[e];
        if (g->component[w] != g->component[v] || w < path[0] || (w != path[0] && on_path[w]))
            continue;
        if (*allowed == 0)
            return BINNET_OK;
        --*allowed;
        memcpy(next, box, sides * sizeof(uint32_t));
        meet_box(s, s->copy[v], s->copy[w], next);
        int empty = 0;
        for (size_t a = 0; a < s->t.axes; a++)
            empty |= next[a][0] >= next[a][1];
        if (empty)
            continue;
        if (w == path[0]) {
            BNI_TRY(list_path(s, path, depth + 1));
        } else if (depth + 2 <= s->most) {
            path[depth + 1] = w;
            on_path[w] = 1;
            BNI_TRY(follow_cycles_from(s, depth + 1, allowed));
            on_path[w] = 0;
        }
    }
    return BINNET_OK;
}

int32_t bni_list_small_component(bni_cycle_search *s, const uint32_t *node, size_t count, int *done)
{
    size_t allowed = HUNT_STEPS * count;
    uint64_t before = s->d->cycle_first.count;
    for (size_t k = 0; k < count; k++)
        s->g.low[node[k]] = 0;
    memcpy(s->hunted, s->box, s->t.axes * sizeof *s->hunted);
    for (size_t k = 0; k < count && allowed > 0; k++) {
        s->g.stack[0] = node[k];
        BNI_TRY(follow_cycles_from(s, 0, &allowed));
    }
    *done = allowed > 0;
    if (!*done)
        bni_diagram_shorten(s->d, before);
    s->p->steps += (double)(HUNT_STEPS * count - allowed);
    s->full = s->p->steps >= s->p->most_steps;
    return bni_poll(s->ctx, s->done);
}
