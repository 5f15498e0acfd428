/*
 * Strongly connected components of two or more nodes of a directed graph without loops: nodes that no other leads
 * to are taken away first, again and again, then depth-first search.
 */
#include "diagram/diagram.h"
#include "num/components.h"

#include <string.h>

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

/* What is searched, and its hook: asked now and then. */
typedef struct search {
    bni_digraph *g;
    binnet_ctx *ctx;
    double done;
    unsigned steps;
} search;

static int32_t step_components(void *search_)
{
    enum { BETWEEN_POLLS = 1 << 16 };
    search *k = search_;
    return ++k->steps % BETWEEN_POLLS == 0 ? bni_poll(k->ctx, k->done) : BINNET_OK;
}

/* Take away nodes without predecessors. */
static int32_t peel_nodes(bni_digraph *g, search *k)
{
    size_t waiting = 0;
    for (size_t v = 0; v < g->nodes; v++) {
        BNI_TRY(step_components(k));
        if (g->degree[v] == 0)
            g->stack[waiting++] = (uint32_t)v;
    }
    while (waiting > 0) {
        uint32_t v = g->stack[--waiting];
        g->component[v] = BNI_NO_COMPONENT;
        BNI_TRY(step_components(k));
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++)
            if (--g->degree[g->edge[e]] == 0)
                g->stack[waiting++] = g->edge[e];
    }
    return BINNET_OK;
}

static int next_node(void *search_, uint32_t v, uint32_t *to)
{
    bni_digraph *g = ((search *)search_)->g;
    if (g->at[v] == g->first[v + 1])
        return 0;
    *to = g->edge[g->at[v]++];
    return 1;
}

static int32_t list_component(void *search_, const uint32_t *member, uint32_t count)
{
    bni_digraph *g = ((search *)search_)->g;
    if (count == 1) {
        g->component[*member] = BNI_NO_COMPONENT;
        return BINNET_OK;
    }
    for (uint32_t k = count; k-- > 0;) {
        g->component[member[k]] = (uint32_t)g->components;
        g->order[g->ordered++] = member[k];
    }
    g->components++;
    return BINNET_OK;
}

int32_t bni_digraph_components(binnet_ctx *ctx, bni_digraph *g, double done)
{
    static const bni_graph_of edges = {next_node, list_component, step_components};
    search k = {g, ctx, done, 0};
    bni_depth_first s = {g->degree, g->low, g->stack, g->call, 0, 0};
    g->components = g->ordered = 0;
    BNI_TRY(peel_nodes(g, &k));
    for (size_t v = 0; v < g->nodes; v++) { /* the degrees of those that are left give way to the order */
        BNI_TRY(step_components(&k));
        s.order[v] = s.order[v] == 0 ? BNI_LEFT : 0;
        g->at[v] = g->first[v];
    }
    for (size_t v = 0; v < g->nodes; v++) {
        BNI_TRY(step_components(&k));
        if (s.order[v] == 0)
            BNI_TRY(bni_components_from(&s, (uint32_t)v, edges, &k));
    }
    return BINNET_OK;
}
