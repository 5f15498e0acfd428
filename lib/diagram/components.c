/*
 * Strongly connected components of two or more nodes of a directed graph without loops: nodes that no other leads
 * to are taken away first, again and again, then depth-first search.
 * Source: R. Tarjan, SIAM J. Comput. 1 (1972) 146.
 */
#include "diagram/diagram.h"

#include <string.h>

enum { OPEN = INT32_MAX }; /* component of a node that the search has not left yet */

double bni_digraph_bytes(double nodes, double edges)
{
    return 4 * (8 * nodes + 1 + edges);
}

int32_t bni_digraph_make(binnet_ctx *ctx, bni_digraph *g, size_t nodes, size_t edges)
{
    memset(g, 0, sizeof *g);
    g->room = edges;
    uint32_t **array[] = {&g->component, &g->degree, &g->order, &g->low, &g->stack, &g->call, &g->at};
    int ok = (g->edge = bni_new_raw(ctx, edges, sizeof *g->edge)) != NULL &&
             (g->first = bni_new_raw(ctx, nodes + 1, sizeof *g->first)) != NULL;
    for (size_t k = 0; ok && k < sizeof array / sizeof *array; k++)
        ok = (*array[k] = bni_new_raw(ctx, nodes, sizeof **array[k])) != NULL;
    return ok ? BINNET_OK : BINNET_E_NOMEM;
}

void bni_digraph_free(binnet_ctx *ctx, bni_digraph *g)
{
    uint32_t *array[] = {g->edge, g->first, g->component, g->degree, g->order, g->low, g->stack, g->call, g->at};
    for (size_t k = 0; k < sizeof array / sizeof *array; k++)
        bni_delete(&ctx->mem, array[k]);
}

/* The hook of a search: asked now and then. */
typedef struct asker {
    binnet_ctx *ctx;
    double done;
    unsigned steps;
} asker;

static inline int32_t take_step(asker *k)
{
    enum { BETWEEN_POLLS = 1 << 16 };
    return ++k->steps % BETWEEN_POLLS == 0 ? bni_poll(k->ctx, k->done) : BINNET_OK;
}

/* Take away nodes without predecessors. */
static int32_t peel(bni_digraph *g, asker *k)
{
    size_t waiting = 0;
    for (size_t v = 0; v < g->nodes; v++) {
        BNI_TRY(take_step(k));
        g->component[v] = OPEN;
        if (g->degree[v] == 0)
            g->stack[waiting++] = (uint32_t)v;
    }
    while (waiting > 0) {
        uint32_t v = g->stack[--waiting];
        g->component[v] = BNI_NO_COMPONENT;
        BNI_TRY(take_step(k));
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++)
            if (--g->degree[g->edge[e]] == 0)
                g->stack[waiting++] = g->edge[e];
    }
    return BINNET_OK;
}

/* The search from one node; components get numbers from g->components on. `degree` serves as the index of visit. */
static int32_t search_from(bni_digraph *g, uint32_t root, uint32_t *clock, asker *k)
{
    uint32_t *index = g->degree, *low = g->low, *stack = g->stack, *call = g->call, *at = g->at;
    size_t depth = 0, height = 0;
    call[depth++] = root;
    at[root] = g->first[root];
    index[root] = low[root] = ++*clock;
    stack[height++] = root;
    while (depth > 0) {
        uint32_t v = call[depth - 1];
        BNI_TRY(take_step(k));
        if (at[v] < g->first[v + 1]) {
            uint32_t w = g->edge[at[v]++];
            if (g->component[w] != OPEN)
                continue;
            if (index[w] == 0) {
                call[depth++] = w;
                at[w] = g->first[w];
                index[w] = low[w] = ++*clock;
                stack[height++] = w;
            } else if (index[w] < low[v]) {
                low[v] = index[w];
            }
            continue;
        }
        depth--;
        if (depth > 0 && low[v] < low[call[depth - 1]])
            low[call[depth - 1]] = low[v];
        if (low[v] != index[v])
            continue;
        if (stack[height - 1] == v) {
            g->component[v] = BNI_NO_COMPONENT;
            height--;
            continue;
        }
        uint32_t w;
        do {
            w = stack[--height];
            g->component[w] = (uint32_t)g->components;
            g->order[g->ordered++] = w;
            BNI_TRY(take_step(k));
        } while (w != v);
        g->components++;
    }
    return BINNET_OK;
}

int32_t bni_digraph_components(binnet_ctx *ctx, bni_digraph *g, double done)
{
    uint32_t clock = 0;
    asker k = {ctx, done, 0};
    g->components = g->ordered = 0;
    BNI_TRY(peel(g, &k));
    BNI_TRY(bni_clear(ctx, g->degree, g->nodes, sizeof *g->degree));
    for (size_t v = 0; v < g->nodes; v++) {
        BNI_TRY(take_step(&k));
        if (g->component[v] == OPEN && g->degree[v] == 0)
            BNI_TRY(search_from(g, (uint32_t)v, &clock, &k));
    }
    return BINNET_OK;
}
