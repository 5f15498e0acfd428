/*
 * Strongly connected components of a directed graph: depth-first search without recursion, for graphs that are listed or are
 * made up as it goes. Inline, so that each user's functions are part of its loop.
 * Source: R. Tarjan, SIAM J. Comput. 1 (1972) 146.
 */
#ifndef BNI_COMPONENTS_H
#define BNI_COMPONENTS_H

#include "core/core.h"

#define BNI_LEFT UINT32_MAX /* order of a node whose component is complete, or that is to be passed over */

typedef struct bni_depth_first {
    uint32_t *order;              /* [nodes] when it was met first, from 1 on; 0: not yet */
    uint32_t *low, *stack, *path; /* [nodes]; low is free for a node that is left */
    uint32_t met, stacked;
} bni_depth_first;

typedef struct bni_graph_of {
    /* The next successor of the node, each once; 0: there is none. */
    int (*next)(void *graph, uint32_t node, uint32_t *successor);
    /* A component; no edge leads from it to one that is left later. */
    int32_t (*leave)(void *graph, const uint32_t *member, uint32_t count);
    /* Polls now and then. */
    int32_t (*step)(void *graph);
} bni_graph_of;

static inline void bni_meet(bni_depth_first *s, uint32_t node, uint32_t depth)
{
    s->path[depth] = s->stack[s->stacked++] = node;
    s->order[node] = s->low[node] = ++s->met;
}

/* All that can be reached from root, which was not met yet. */
static inline int32_t bni_components_from(bni_depth_first *s, uint32_t root, const bni_graph_of g, void *graph)
{
    uint32_t *order = s->order, *low = s->low, *path = s->path, depth = 0, to;
    bni_meet(s, root, depth++);
    while (depth > 0) {
        uint32_t node = path[depth - 1];
        BNI_TRY(g.step(graph));
        if (g.next(graph, node, &to)) {
            if (order[to] == 0)
                bni_meet(s, to, depth++);
            else if (order[to] < low[node]) /* not one that is left */
                low[node] = order[to];
            continue;
        }
        depth--;
        if (depth > 0 && low[node] < low[path[depth - 1]])
            low[path[depth - 1]] = low[node];
        if (low[node] != order[node])
            continue;
        uint32_t top = s->stacked;
        do {
            s->order[s->stack[--s->stacked]] = BNI_LEFT;
            BNI_TRY(g.step(graph));
        } while (s->stack[s->stacked] != node);
        BNI_TRY(g.leave(graph, s->stack + s->stacked, top - s->stacked));
    }
    return BINNET_OK;
}

#endif
