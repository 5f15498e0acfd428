/*
 * Attractors of the synchronous dynamics with their basins and transients: from the flow of all states
 * (functional_graph.c) to the object. Order: by period, then by least state; a cycle begins with its least state.
 * Source: [FP19] sec. 3.
 */
#include "attractors/attractors.h"

#include "binnet/chain.h"

/* The lists of a flow, of the leaves of its classes, and of the object, as long as they are short; two arrays for sorting. */
static double short_lists(const binnet_net *net)
{
    return 6 * 4.0 * BNI_LIST_ROOM +
           bni_attractors_bytes(net, BINNET_UPDATE_SYNCHRONOUS, BNI_LIST_ROOM, BNI_LIST_ROOM) +
           2.0 * sizeof(bni_pair) * BNI_LIST_ROOM;
}

static double least_map(const binnet_net *net, int workers)
{
    return bni_team_bytes(workers) + bni_successor_map_bytes(net, workers) + bni_graph_bytes(net->n, workers) +
           short_lists(net);
}

int32_t binnet_attractors_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                   const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ATTRACTOR_NEURONS));
    double least = least_map(net, (int)ctx->threads);
    uint64_t S = UINT64_C(1) << net->n;
    if (states != NULL)
        *states = S;
    if (bytes != NULL)
        *bytes = (uint64_t)least + 4 * S;
    if (flops != NULL)
        *flops = 3.0 * (double)S * (double)net->n;
    return BINNET_OK;
}

/* States of attractor k of the flow. */
static uint32_t cycle_period(const bni_flow *f, size_t k)
{
    return (uint32_t)(k + 1 < f->n_attractors ? f->first[k + 1] : f->n_cyclic) - f->first[k];
}

enum { BETWEEN_POLLS = 1 << 14 };

/* Where the least state of attractor k is in its list. */
static int32_t find_least(binnet_ctx *ctx, uint32_t *at, const bni_flow *f, size_t k)
{
    const uint32_t *s = f->cyclic + f->first[k];
    *at = 0;
    for (uint32_t t = 1, period = cycle_period(f, k); t < period; t++) {
        *at = s[t] < s[*at] ? t : *at;
        if (t % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}

/* Attractor number k of the object is number `from` of the flow. */
static int32_t fill_attractor(binnet_ctx *ctx, binnet_attractors *a, size_t k, const bni_flow *f, size_t from)
{
    const uint32_t *s = f->cyclic + f->first[from];
    uint32_t period = cycle_period(f, from), at, *to = a->state + a->first[k];
    BNI_TRY(find_least(ctx, &at, f, from));
    a->first[k + 1] = a->first[k] + period;
    for (uint32_t t = 0; t < period; t++) { /* the flow's list goes back in time */
        to[t] = s[at >= t ? at - t : at + period - t];
        if (t % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    uint32_t distance = 0;
    a->basin[k] = a->steps[k] = 0;
    for (uint32_t c = f->root[from]; c != 0; c = f->up[c], distance++) {
        a->basin[k] += f->size[c];
        a->steps[k] += (uint64_t)distance * f->size[c];
        a->longest[k] = distance;
        if (distance % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    return k % BETWEEN_POLLS == 0 ? bni_poll(ctx, 1) : BINNET_OK;
}

static int32_t fill_all(binnet_ctx *ctx, binnet_attractors *a, const bni_flow *f)
{
    size_t count = a->count;
    bni_pair *pair = bni_new_raw(ctx, 2 * count, sizeof *pair);
    if (pair == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < count && status == BINNET_OK; k++) {
        uint32_t at;
        status = find_least(ctx, &at, f, k);
        pair[k] = (bni_pair){(uint64_t)cycle_period(f, k) << 32 | f->cyclic[f->first[k] + at], k};
        if (k % BETWEEN_POLLS == 0 && status == BINNET_OK)
            status = bni_poll(ctx, 1);
    }
    if (status == BINNET_OK)
        status = bni_sort_pairs(ctx, pair, pair + count, count);
    for (size_t k = 0; k < count && status == BINNET_OK; k++)
        status = fill_attractor(ctx, a, k, f, (size_t)pair[k].value);
    bni_delete(&ctx->mem, pair);
    return status == BINNET_OK ? bni_attractors_index(ctx, a) : status;
}

static int32_t make_object(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net, const bni_flow *f,
                           bni_budget *budget)
{
    size_t longer = f->n_cyclic > f->n_attractors ? f->n_cyclic : f->n_attractors;
    double bytes = bni_attractors_bytes(net, BINNET_UPDATE_SYNCHRONOUS, f->n_attractors, f->n_cyclic) +
                   2.0 * sizeof(bni_pair) * (double)longer;
    double counted = bni_attractors_bytes(net, BINNET_UPDATE_SYNCHRONOUS, BNI_LIST_ROOM, BNI_LIST_ROOM) +
                     2.0 * sizeof(bni_pair) * BNI_LIST_ROOM;
    if (bytes > counted)
        BNI_TRY(bni_budget_take(ctx, budget, bytes - counted, "the list of attractors and their states"));
    binnet_attractors *a;
    BNI_TRY(bni_attractors_make(ctx, &a, net, BINNET_UPDATE_SYNCHRONOUS, f->n_attractors, f->n_cyclic));
    int32_t status = fill_all(ctx, a, f);
    if (status != BINNET_OK)
        binnet_attractors_free(a);
    else
        *out = a;
    return status;
}

int32_t binnet_attractors_new(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ATTRACTOR_NEURONS));
    int workers = (int)ctx->threads;
    bni_budget budget = {0};
    BNI_TRY(bni_budget_take(ctx, &budget, least_map(net, workers), "the attractors"));
    bni_team *team;
    bni_successor_map *ranks = NULL;
    bni_flow flow = {0};
    BNI_TRY(bni_team_new(ctx, &team, workers));
    int32_t status = bni_successor_map_new(ctx, &ranks, net, workers);
    if (status == BINNET_OK)
        status = bni_flow_find(ctx, &flow, ranks, team, &budget);
    bni_successor_map_free(ranks);
    bni_team_free(team);
    budget.used -= bni_successor_map_bytes(net, workers) + bni_team_bytes(workers);
    bni_span(ctx, 0.95, 1);
    if (status == BINNET_OK)
        status = make_object(ctx, out, net, &flow, &budget);
    bni_flow_free(&ctx->mem, &flow);
    return status;
}

/* --- the map itself --- */

static void copy_block(void *arg, int worker, uint64_t block, const uint32_t *next)
{
    const bni_successor_map *ranks = ((void **)arg)[0];
    (void)worker;
    uint32_t *to = (uint32_t *)((void **)arg)[1] + block * ranks->count;
    for (size_t k = 0; k < ranks->count; k++)
        to[k] = next[k];
}

int32_t binnet_net_successor_map(binnet_ctx *ctx, uint32_t *next, size_t len, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, next, "next"));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ATTRACTOR_NEURONS));
    if (len != (size_t)1 << net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the network has 2^%zu states", len, net->n);
    int workers = (int)ctx->threads;
    BNI_TRY(bni_need_memory(ctx, bni_successor_map_bytes(net, workers) + bni_team_bytes(workers), "tables of drives"));
    bni_team *team;
    bni_successor_map *ranks;
    BNI_TRY(bni_team_new(ctx, &team, workers));
    int32_t status = bni_successor_map_new(ctx, &ranks, net, workers);
    if (status == BINNET_OK)
        status = bni_successor_map_sweep(ctx, ranks, team, copy_block, (void *[2]){ranks, next});
    bni_successor_map_free(ranks);
    bni_team_free(team);
    return status;
}
