/*
 * Recurrent classes: strongly connected components of the transition graph that no transition leaves. A parallel update leads from a state to a cube of states (each neuron either free or
 * fixed); equal cubes are one node of the graph, so that edges are counted once for each cube and not for each state.
 */
#include "stationary/stationary.h"
#include "num/components.h"

/* A node is a state before the update of a stage, or a cube of states before the next stage. A state leads to one cube, a
 * cube to its members. In an asynchronous chain a state leads to the states that differ in one neuron; no cubes. */
typedef struct cube {
    uint64_t base,
        free; /* members: base plus any subset of free; the stage that comes next is above the state's bits */
} cube;

typedef struct graph {
    int in_theory; /* noise of unbounded support makes everything possible, though it may underflow */
    binnet_ctx *ctx;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    uint64_t states, staged, nodes; /* states, states x stages, and with the cubes */
    int tabled;                     /* correlated noise: outcomes as in its tables, no cubes */
    uint64_t *can
        [2]; /* asynchronous, and stages without a table: neurons that may become silent / active, one word a state */
    cube *cubes;            /* in the order in which they are met */
    uint32_t *cube_of;      /* number of the cube a staged state leads to */
    uint32_t *place;        /* [2 staged] hash table of 1 + number of a cube; 0: free */
    uint64_t steps;         /* since the last poll */
    bni_depth_first search; /* low is the component's number when order is BNI_LEFT */
    uint64_t *next;         /* where a node on the path has got to */
    uint32_t components;
} graph;

/* Whether outcomes are tabled, so that they are no cubes. */
static int has_tables(const binnet_chain *chain)
{
    int some = 0;
    for (size_t s = 0; s < chain->n_stages; s++)
        some |= bni_stage_tabled(chain, s);
    return some;
}

static double node_count(const binnet_chain *chain)
{
    double staged = (double)((size_t)1 << chain->n) * (double)chain->n_stages;
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS || has_tables(chain) ? staged : 2 * staged;
}

static void graph_buffers(bni_plan *plan, void *graph_)
{
    graph *g = graph_;
    double nodes = node_count(g->chain);
    if (g->chain->update == BINNET_UPDATE_ASYNCHRONOUS || has_tables(g->chain)) {
        BNI_BUFFER(plan, g->can[0], g->staged);
        BNI_BUFFER(plan, g->can[1], g->staged);
    } else {
        BNI_BUFFER(plan, g->cubes, g->staged);
        BNI_BUFFER(plan, g->cube_of, g->staged);
        BNI_ZEROS(plan, g->place, 2 * g->staged);
    }
    BNI_ZEROS(plan, g->search.order, nodes);
    BNI_BUFFER(plan, g->search.low, nodes);
    BNI_BUFFER(plan, g->search.stack, nodes);
    BNI_BUFFER(plan, g->search.path, nodes);
    BNI_ZEROS(plan, g->next, nodes);
}

/* And of the numbers of the components, of which there may be as many as nodes. */
double bni_classes_bytes(const binnet_chain *chain)
{
    graph g = {.chain = chain, .staged = chain->n_stages << chain->n};
    return bni_plan_bytes(graph_buffers, &g) + 5 * node_count(chain);
}

/* off[k], on[k]: which neurons of the stage may be silent or active after the update of the states from first on. */
static int outcomes(graph *g, uint64_t *off, uint64_t *on, size_t stage, uint64_t first, size_t count)
{
    const binnet_chain *c = g->chain;
    double p[BNI_ROW], q[BNI_ROW];
    uint64_t state[BNI_ROW];
    int good = 1;
    for (size_t k = 0; k < count; k++) {
        state[k] = first + k;
        off[k] = on[k] = 0;
    }
    for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
        size_t i = (size_t)c->stage_neuron[e];
        good &= bni_probability_states(c, g->kern, p, q, i, state, count);
        int drawn = c->select == NULL || c->select[i] > 0, free = g->in_theory && bni_chain_unbounded(c, i);
        for (size_t k = 0; k < count; k++) {
            off[k] |= (uint64_t)(drawn && (free || q[k] > 0)) << i;
            on[k] |= (uint64_t)(drawn && (free || p[k] > 0)) << i;
        }
    }
    return good;
}

static int32_t step_graph(graph *g, double fraction)
{
    enum { BETWEEN_POLLS = 1 << 15 };
    return ++g->steps % BETWEEN_POLLS == 0 ? bni_poll(g->ctx, fraction) : BINNET_OK;
}

/* Number of a cube, a new one when it was not met before. */
static uint32_t number_of_cube(graph *g, uint64_t *count, cube c)
{
    uint64_t room = 2 * g->staged, at = (bni_hash(bni_hash(0, c.base), c.free) >> 32) * room >> 32;
    while (g->place[at] != 0) {
        const cube *other = &g->cubes[g->place[at] - 1];
        if (other->base == c.base && other->free == c.free)
            return g->place[at] - 1;
        at = at + 1 < room ? at + 1 : 0;
    }
    g->cubes[*count] = c;
    g->place[at] = (uint32_t)++ * count;
    return (uint32_t)(*count - 1);
}

static int32_t find_outcomes(graph *g)
{
    const binnet_chain *c = g->chain;
    int good = 1, parallel = g->cubes != NULL;
    uint64_t cubes = 0;
    for (size_t stage = 0; stage < c->n_stages; stage++) {
        uint64_t next = (stage + 1 == c->n_stages ? 0 : (uint64_t)stage + 1) << c->n;
        for (uint64_t first = 0; first < g->states; first += BNI_ROW) {
            uint64_t off[BNI_ROW], on[BNI_ROW];
            size_t count = g->states - first < BNI_ROW ? (size_t)(g->states - first) : BNI_ROW;
            good &= outcomes(g, off, on, stage, first, count);
            for (size_t k = 0; k < count; k++) {
                uint64_t node = (uint64_t)stage << c->n | (first + k);
                if (parallel)
                    g->cube_of[node] = number_of_cube(
                        g, &cubes,
                        (cube){next | ((first + k) & ~(off[k] | on[k])) | (on[k] & ~off[k]), off[k] & on[k]});
                else {
                    g->can[0][node] = off[k];
                    g->can[1][node] = on[k];
                }
            }
            BNI_TRY(bni_poll(g->ctx, 0));
        }
    }
    if (!good)
        return bni_fail(g->ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    g->nodes = g->staged + cubes;
    return BINNET_OK;
}

/* The same with tables: *at goes through the outcomes of the stage. */
static int tabled_successor(const graph *g, uint64_t node, uint64_t *at, uint64_t *to)
{
    const binnet_chain *c = g->chain;
    size_t stage = (size_t)(node >> c->n), size = bni_stage_size(c, stage);
    uint64_t state = node & (g->states - 1), next = stage + 1 == c->n_stages ? 0 : (uint64_t)stage + 1;
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    const double *law = bni_stage_table(c, stage, state);
    uint64_t mask = bni_deposit(~UINT64_C(0), neuron, size);
    for (; *at < (UINT64_C(1) << size); ++*at) {
        uint64_t bits = bni_deposit(*at, neuron, size);
        int possible = law != NULL ? law[*at] > 0
                                   : (bits & ~g->can[1][node]) == 0 && (mask & ~bits & ~g->can[0][node]) == 0;
        if (possible) {
            *to = next << c->n | (state & ~mask) | bits;
            ++*at;
            return 1;
        }
    }
    return 0;
}

/* The next successor of a node at or after *at; 0 when there is none. */
static int successor(const graph *g, uint64_t node, uint64_t *at, uint64_t *to)
{
    const binnet_chain *c = g->chain;
    if (g->tabled)
        return tabled_successor(g, node, at, to);
    if (g->cubes == NULL) {
        for (; *at < c->n; ++*at) {
            uint64_t bit = UINT64_C(1) << *at;
            if (g->can[node & bit ? 0 : 1][node] & bit) {
                *to = node ^ bit;
                ++*at;
                return 1;
            }
        }
        return 0;
    }
    if (*at == UINT64_MAX)
        return 0;
    if (node < g->staged) {
        *to = g->staged + g->cube_of[node];
        *at = UINT64_MAX;
        return 1;
    }
    const cube *k = &g->cubes[node - g->staged];
    *to = k->base | *at;
    *at = *at == k->free ? UINT64_MAX : ((*at | ~k->free) + 1) & k->free; /* the next subset of `free` */
    return 1;
}

static int next_successor(void *graph_, uint32_t node, uint32_t *to)
{
    graph *g = graph_;
    uint64_t next;
    if (!successor(g, node, &g->next[node], &next))
        return 0;
    *to = (uint32_t)next;
    return 1;
}

static int32_t number_members(void *graph_, const uint32_t *member, uint32_t count)
{
    graph *g = graph_;
    for (uint32_t k = 0; k < count; k++)
        g->search.low[member[k]] = g->components;
    g->components++;
    return BINNET_OK;
}

static int32_t search_step(void *graph_)
{
    graph *g = graph_;
    return step_graph(g, (double)g->search.met / (double)g->nodes);
}

static int32_t find_components(graph *g)
{
    static const bni_graph_of transitions = {next_successor, number_members, search_step};
    for (uint64_t root = 0; root < g->states; root++) /* every node is reached from stage 0 or does not matter */
        if (g->search.order[root] == 0)
            BNI_TRY(bni_components_from(&g->search, (uint32_t)root, transitions, g));
    return BINNET_OK;
}

/* closed[c] = 0 for components with a way out. */
static int32_t find_closed(graph *g, unsigned char *closed)
{
    for (uint64_t node = 0; node < g->nodes; node++) {
        if (g->search.order[node] != BNI_LEFT)
            continue;
        uint64_t at = 0, to;
        BNI_TRY(step_graph(g, 1));
        while (closed[g->search.low[node]] && successor(g, node, &at, &to)) {
            if (g->search.low[to] != g->search.low[node])
                closed[g->search.low[node]] = 0;
            BNI_TRY(step_graph(g, 1));
        }
    }
    return BINNET_OK;
}

static int32_t number_classes(graph *g, uint64_t *count, int32_t *class_of)
{
    BNI_TRY(find_components(g));
    uint32_t n = g->components;
    unsigned char *closed = bni_new_raw(g->ctx, n, 1);
    int32_t *number = bni_new_raw(g->ctx, n, sizeof *number);
    int32_t status = closed == NULL || number == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (uint32_t k = 0; status == BINNET_OK && k < n; k++) {
        closed[k] = 1;
        number[k] = -1;
        status = step_graph(g, 1);
    }
    if (status == BINNET_OK)
        status = find_closed(g, closed);
    *count = 0;
    for (uint64_t s = 0; status == BINNET_OK && s < g->states; s++) {
        status = step_graph(g, 1);
        uint32_t k = g->search.low[s];
        if (closed[k] && number[k] < 0)
            number[k] = (int32_t)(*count)++;
        if (class_of != NULL)
            class_of[s] = number[k];
    }
    bni_delete(&g->ctx->mem, closed);
    bni_delete(&g->ctx->mem, number);
    return status;
}

/* In theory every allowed transition has positive probability; in double it has unless a table entry underflows. */
static int32_t underflows(binnet_ctx *ctx, const binnet_chain *chain, int *found)
{
    double p[BNI_ROW], q[BNI_ROW];
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    uint64_t rows = UINT64_C(1) << ((int)chain->n - chain->low);
    *found = 0;
    for (size_t s = 0; s < chain->n_stages; s++)
        for (uint64_t A = 0; bni_stage_tabled(chain, s) && A < UINT64_C(1) << chain->n; A++) {
            const double *law = bni_stage_table(chain, s, A);
            for (size_t m = 0; m < (size_t)1 << bni_stage_size(chain, s); m++)
                *found |= law[m] <= 0;
            BNI_TRY(bni_poll(ctx, 0));
        }
    for (uint64_t row = 0; row < rows && !*found; row++) {
        for (size_t i = 0; i < chain->n; i++)
            for (int own = 0; own < 2; own++) {
                size_t pairs = i < (size_t)chain->low ? (size_t)1 << chain->low >> 1 : (size_t)1 << chain->low;
                bni_probability_row(chain, kern, p, q, i, own, row, 0, pairs, 1);
                for (size_t k = 0; k < pairs; k++)
                    *found |= p[k] <= 0 || q[k] <= 0;
                if (!chain->self[i])
                    break;
            }
        BNI_TRY(bni_poll(ctx, (double)row / (double)rows));
    }
    return BINNET_OK;
}

int32_t bni_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, const binnet_chain *chain, int in_theory)
{
    if (chain->lumped != NULL)
        return bni_lumped_classes(ctx, count, class_of, chain, in_theory);
    uint64_t S = UINT64_C(1) << chain->n;
    if (chain->unbounded) {
        int found = 0;
        if (!in_theory)
            BNI_TRY(underflows(ctx, chain, &found));
        if (!found) {
            *count = 1;
            return class_of != NULL ? bni_clear(ctx, class_of, (size_t)S, sizeof *class_of) : BINNET_OK;
        }
    }
    graph g = {.in_theory = in_theory,
               .tabled = has_tables(chain),
               .ctx = ctx,
               .chain = chain,
               .kern = bni_kernels_get()->chain,
               .states = S,
               .staged = S * chain->n_stages};
    BNI_TRY(bni_need_memory(ctx, bni_classes_bytes(chain), "the search for recurrent classes"));
    if (node_count(chain) >= 4294967294.0)
        return bni_fail(ctx, BINNET_E_RANGE, "%.4g states and stages: the search for recurrent classes ends at 2^32",
                        node_count(chain));
    BNI_TRY(bni_plan_make(ctx, graph_buffers, &g));
    int32_t status = find_outcomes(&g);
    if (status == BINNET_OK)
        status = number_classes(&g, count, class_of);
    bni_plan_release(&ctx->mem, graph_buffers, &g);
    return status;
}

int32_t binnet_chain_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, size_t len, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, count, "count"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (class_of != NULL && len != bni_chain_states(chain))
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the chain has %zu states", len, bni_chain_states(chain));
    return bni_classes(ctx, count, class_of, chain, 0);
}
