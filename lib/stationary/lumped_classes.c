/*
 * Recurrent classes of lumped chains: strongly connected components that no transition leaves. After a stage a population's number may be any of
 * a range: those that are sure to fire and up to those that are not sure to rest; so a state leads to a box of states.
 */
#include "num/components.h"
#include "stationary/stationary.h"

#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

/* A node is a state before a stage: state + stage * states. */
typedef struct graph {
    int in_theory;
    binnet_ctx *ctx;
    const binnet_chain *chain;
    size_t states, nodes;
    uint32_t *low,
        *high;      /* [n_pop][nodes]: least and greatest next number; asynchronous: whether it may fall and rise */
    uint64_t *next; /* [nodes]: how many successors were given */
    uint32_t *component; /* [nodes] */
    unsigned char *open; /* [nodes], by component: a transition leaves it */
    int32_t *number;     /* [nodes], by component */
    bni_depth_first search;
    uint32_t components;
    uint64_t steps;
} graph;

static void lumped_graph_buffers(bni_plan *plan, void *graph_)
{
    graph *g = graph_;
    double n = (double)g->nodes, P = (double)g->chain->lumped->space->n_pop;
    BNI_BUFFER(plan, g->low, P * n);
    BNI_BUFFER(plan, g->high, P * n);
    BNI_ZEROS(plan, g->next, n);
    BNI_BUFFER(plan, g->component, n);
    BNI_ZEROS(plan, g->open, n);
    BNI_BUFFER(plan, g->number, n);
    BNI_ZEROS(plan, g->search.order, n);
    BNI_BUFFER(plan, g->search.low, n);
    BNI_BUFFER(plan, g->search.stack, n);
    BNI_BUFFER(plan, g->search.path, n);
}

double bni_lumped_classes_bytes(const binnet_chain *chain)
{
    graph g = {.chain = chain, .nodes = bni_chain_states(chain) * chain->n_stages};
    return bni_plan_bytes(lumped_graph_buffers, &g);
}

/* Whether a neuron may fire and may rest. */
static int outcomes_of(const graph *g, int *fires, int *rests, size_t a, int own, const size_t *count)
{
    double p, q;
    if (!bni_lumped_firing(g->chain, &p, &q, a, own, count))
        return 0;
    int any = g->in_theory && bni_chain_unbounded(g->chain, a);
    *fires = any || p > 0;
    *rests = any || q > 0;
    return 1;
}

static int32_t find_ranges(graph *g)
{
    const binnet_chain *c = g->chain;
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST];
    for (size_t stage = 0; stage < c->n_stages; stage++) {
        memset(count, 0, sizeof count);
        for (size_t s = 0; s < g->states; s++, bni_occupation_next(o, count)) {
            size_t node = stage * g->states + s;
            for (size_t a = 0; a < o->n_pop; a++)
                g->low[a * g->nodes + node] = g->high[a * g->nodes + node] = (uint32_t)count[a];
            for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
                size_t a = (size_t)c->stage_neuron[e], on = count[a], off = o->size[a] - on;
                int fires[2] = {0, 0}, rests[2] = {1, 1};
                if ((off > 0 && !outcomes_of(g, &fires[0], &rests[0], a, 0, count)) ||
                    (on > 0 && !outcomes_of(g, &fires[1], &rests[1], a, 1, count)))
                    return bni_lumped_outside(g->ctx);
                uint32_t *low = &g->low[a * g->nodes + node], *high = &g->high[a * g->nodes + node];
                if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
                    *low = on > 0 && rests[1] && c->select[a] > 0;
                    *high = off > 0 && fires[0] && c->select[a] > 0;
                } else {
                    *low = (uint32_t)((rests[0] ? 0 : off) + (rests[1] ? 0 : on));
                    *high = (uint32_t)((fires[0] ? off : 0) + (fires[1] ? on : 0));
                }
            }
            if (s % 1024 == 0)
                BNI_TRY(bni_poll(g->ctx, 0));
        }
    }
    return BINNET_OK;
}

/* The k-th successor, 0 when there are no more. */
static int successor_at(const graph *g, size_t node, uint64_t k, uint32_t *to)
{
    const binnet_chain *c = g->chain;
    const bni_occupation *o = c->lumped->space;
    size_t stage = node / g->states, s = node % g->states;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        for (size_t a = 0; a < o->n_pop; a++) {
            if (g->low[a * g->nodes + node] && k-- == 0) {
                *to = (uint32_t)(s - o->stride[a]);
                return 1;
            }
            if (g->high[a * g->nodes + node] && k-- == 0) {
                *to = (uint32_t)(s + o->stride[a]);
                return 1;
            }
        }
        return 0;
    }
    size_t next = (stage + 1) % c->n_stages * g->states;
    for (size_t a = 0; a < o->n_pop; a++) {
        uint64_t low = g->low[a * g->nodes + node], width = g->high[a * g->nodes + node] - low + 1;
        next += (size_t)(low + k % width) * o->stride[a];
        k /= width;
    }
    *to = (uint32_t)next;
    return k == 0;
}

static int32_t step_lumped_graph(void *graph_)
{
    graph *g = graph_;
    return ++g->steps % 65536 == 0 ? bni_poll(g->ctx, 0) : BINNET_OK;
}

static int next_lumped_successor(void *graph_, uint32_t node, uint32_t *to)
{
    graph *g = graph_;
    return successor_at(g, node, g->next[node]++, to);
}

static int32_t leave_component(void *graph_, const uint32_t *member, uint32_t count)
{
    graph *g = graph_;
    for (uint32_t k = 0; k < count; k++)
        g->component[member[k]] = g->components;
    g->components++;
    return BINNET_OK;
}

static int32_t number_lumped(graph *g, uint64_t *count, int32_t *class_of)
{
    const bni_graph_of functions = {next_lumped_successor, leave_component, step_lumped_graph};
    for (size_t node = 0; node < g->nodes; node++)
        if (g->search.order[node] == 0)
            BNI_TRY(bni_components_from(&g->search, (uint32_t)node, functions, g));
    for (size_t node = 0; node < g->nodes; node++) {
        uint32_t to;
        for (uint64_t k = 0; successor_at(g, node, k, &to); k++) {
            g->open[g->component[node]] |= g->component[to] != g->component[node];
            BNI_TRY(step_lumped_graph(g));
        }
    }
    for (uint32_t k = 0; k < g->components; k++)
        g->number[k] = -1;
    *count = 0;
    for (size_t s = 0; s < g->states; s++) {
        uint32_t k = g->component[s];
        if (!g->open[k] && g->number[k] < 0)
            g->number[k] = (int32_t)(*count)++;
        if (class_of != NULL)
            class_of[s] = g->number[k];
    }
    return BINNET_OK;
}

int32_t bni_lumped_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, const binnet_chain *chain,
                           int in_theory)
{
    size_t S = bni_chain_states(chain);
    if (chain->unbounded && in_theory) {
        *count = 1;
        return class_of != NULL ? bni_clear(ctx, class_of, S, sizeof *class_of) : BINNET_OK;
    }
    graph g = {.in_theory = in_theory, .ctx = ctx, .chain = chain, .states = S, .nodes = S * chain->n_stages};
    BNI_TRY(bni_need_memory(ctx, bni_lumped_classes_bytes(chain), "the search for recurrent classes"));
    if ((double)S * (double)chain->n_stages >= 4294967294.0)
        return bni_fail(ctx, BINNET_E_RANGE, "the search for recurrent classes ends at 2^32 states and stages");
    BNI_TRY(bni_plan_make(ctx, lumped_graph_buffers, &g));
    int32_t status = find_ranges(&g);
    if (status == BINNET_OK)
        status = number_lumped(&g, count, class_of);
    bni_plan_release(&ctx->mem, lumped_graph_buffers, &g);
    return status;
}
