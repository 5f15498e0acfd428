/*
 * Audit of ties: every state in which the drive of some neuron is exactly 0, and what the other tie rules would change.
 * The low parts of a drive that meet the level of a block exactly are neighbours in the ranked table (successor_map.c).
 */
#include "attractors/attractors.h"

#include <string.h>

enum { RULES = 3, BLOCKS_BETWEEN_POLLS = 16 };

typedef struct audit {
    const bni_successor_map *ranks;
    uint32_t *tied; /* [count] neurons with drive 0, by state of the block */
    uint64_t count, changed[RULES];
    uint64_t *state, *neurons;
    size_t room;
} audit;

/* The activities that a rule gives to the neurons with drive 0. */
static uint32_t by_rule(int32_t rule, uint32_t tied, uint64_t state)
{
    return rule == BINNET_TIE_ACTIVE ? tied : rule == BINNET_TIE_SILENT ? 0 : tied & (uint32_t)state;
}

static void note_tie(audit *a, uint64_t state, uint32_t tied)
{
    uint32_t own = by_rule(a->ranks->tie, tied, state);
    for (int32_t rule = 0; rule < RULES; rule++)
        a->changed[rule] += by_rule(rule, tied, state) != own;
    if (a->count < a->room) {
        if (a->state != NULL)
            a->state[a->count] = state;
        if (a->neurons != NULL)
            a->neurons[a->count] = tied;
    }
    a->count++;
}

static void look_at_block(audit *a, uint64_t block)
{
    const bni_successor_map *r = a->ranks;
    int any = 0;
    for (size_t i = 0; i < r->n; i++) {
        size_t from, to;
        bni_successor_map_ties(r, block, i, &from, &to);
        any |= from < to;
        for (size_t k = from; k < to; k++)
            a->tied[r->order[i * r->count + k]] |= UINT32_C(1) << i;
    }
    if (!any)
        return;
    for (size_t k = 0; k < r->count; k++)
        if (a->tied[k] != 0)
            note_tie(a, block * r->count + k, a->tied[k]);
    memset(a->tied, 0, r->count * sizeof *a->tied);
}

int32_t binnet_net_ties(binnet_ctx *ctx, uint64_t *count, uint64_t *changed, uint64_t *state, uint64_t *neurons,
                        size_t room, const binnet_net *net)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, count, "count"));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_ATTRACTOR_NEURONS));
    BNI_TRY(bni_need_memory(ctx, bni_successor_map_bytes(net, 1) + 4.0 * (1 << BNI_LOW_BITS), "tables of drives"));
    bni_successor_map *ranks;
    BNI_TRY(bni_successor_map_new(ctx, &ranks, net, 1));
    audit a = {.ranks = ranks, .state = state, .neurons = neurons, .room = room};
    a.tied = bni_new(ctx, ranks->count, sizeof *a.tied);
    int32_t status = a.tied != NULL ? BINNET_OK : BINNET_E_NOMEM;
    for (uint64_t block = 0; block < ranks->blocks && status == BINNET_OK; block++) {
        look_at_block(&a, block);
        if (block % BLOCKS_BETWEEN_POLLS == BLOCKS_BETWEEN_POLLS - 1)
            status = bni_poll(ctx, (double)block / (double)ranks->blocks);
    }
    if (status == BINNET_OK)
        *count = a.count;
    if (status == BINNET_OK && changed != NULL)
        memcpy(changed, a.changed, sizeof a.changed);
    bni_delete(&ctx->mem, a.tied);
    bni_successor_map_free(ranks);
    return status;
}
