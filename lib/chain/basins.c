/*
 * Basins of the noiseless dynamics: groups of states between which a weakly noisy chain moves rarely, for aggregation.
 * Parallel stages: every neuron takes its likelier activity; each state of a cycle makes a group of its own, with the states
 * that fall in phase with it. Asynchronous: the neuron with the largest pull against its activity flips; a cycle is one group.
 */
#include "chain/chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More groups than this are not worth a coarse problem: the smallest basins share the last group. */
enum { MOST_GROUPS = 512 };

double bni_basins_bytes(const binnet_chain *chain)
{
    return 32.0 * (double)((size_t)1 << chain->n);
}

/* What one stage (parallel) makes of a list of states. */
static void likeliest(const binnet_chain *c, const bni_kernels *kern, size_t stage, uint64_t *state, size_t count)
{
    double p[BNI_ROW], q[BNI_ROW];
    uint64_t next[BNI_ROW];
    memcpy(next, state, count * sizeof *state);
    for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
        size_t i = (size_t)c->stage_neuron[e];
        bni_probability_states(c, kern, p, q, i, state, count);
        for (size_t k = 0; k < count; k++) {
            uint64_t bit = UINT64_C(1) << i;
            if (p[k] > q[k])
                next[k] |= bit;
            else if (p[k] < q[k])
                next[k] &= ~bit;
        }
    }
    memcpy(state, next, count * sizeof *state);
}

/* Asynchronous: the likeliest flip, if any is likelier than not. */
static void steepest(const binnet_chain *c, const bni_kernels *kern, uint64_t *state, size_t count)
{
    double p[BNI_ROW], q[BNI_ROW], best[BNI_ROW];
    uint64_t flip[BNI_ROW];
    for (size_t k = 0; k < count; k++) {
        best[k] = 0;
        flip[k] = 0;
    }
    for (size_t i = 0; i < c->n; i++) {
        bni_probability_states(c, kern, p, q, i, state, count);
        for (size_t k = 0; k < count; k++) {
            int active = (int)(state[k] >> i & 1);
            double with = active ? q[k] : p[k], against = active ? p[k] : q[k];
            double pull = c->select[i] > 0 && with > against ? 1 / (against + 1e-300) : 0;
            if (pull > best[k]) {
                best[k] = pull;
                flip[k] = UINT64_C(1) << i;
            }
        }
    }
    for (size_t k = 0; k < count; k++)
        state[k] ^= flip[k];
}

static int32_t find_successors(binnet_ctx *ctx, uint32_t *next, const binnet_chain *chain)
{
    const bni_kernels *kern = bni_kernels_get();
    size_t S = (size_t)1 << chain->n;
    uint64_t state[BNI_ROW];
    for (size_t s0 = 0; s0 < S; s0 += BNI_ROW) {
        size_t count = S - s0 < BNI_ROW ? S - s0 : BNI_ROW;
        for (size_t k = 0; k < count; k++)
            state[k] = s0 + k;
        if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
            steepest(chain, kern, state, count);
        else
            for (size_t stage = 0; stage < chain->n_stages; stage++)
                likeliest(chain, kern, stage, state, count);
        for (size_t k = 0; k < count; k++)
            next[s0 + k] = (uint32_t)state[k];
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

typedef struct basins {
    uint32_t *next, *path;
    int32_t *before; /* group of the state before, along the cycle */
    size_t states;
} basins;

/* group[s] for the functional graph next[]. With phases each state of a cycle has a group of its own, which the states that
 * will be in phase with it share; otherwise a cycle and its basin are one group. Returns the number of groups. */
static size_t follow(int32_t *group, const basins *b, int phases)
{
    enum { UNSEEN = -1, ON_PATH = -2 };
    size_t count = 0;
    for (size_t s = 0; s < b->states; s++)
        group[s] = UNSEEN;
    for (size_t s = 0; s < b->states; s++) {
        size_t length = 0, t = s;
        for (; group[t] == UNSEEN; t = b->next[t]) {
            group[t] = ON_PATH;
            b->path[length++] = (uint32_t)t;
        }
        if (group[t] == ON_PATH) { /* a cycle that begins at t: the end of the path */
            size_t first = count, u = t;
            do {
                group[u] = (int32_t)count;
                b->before[count] = (int32_t)count - (phases ? 1 : 0);
                count += phases ? 1 : 0;
                length--;
                u = b->next[u];
            } while (u != t);
            count += phases ? 0 : 1;
            b->before[first] = (int32_t)count - 1;
        }
        int32_t g = group[t];
        while (length > 0)
            group[b->path[--length]] = g = b->before[g];
    }
    return count;
}

typedef struct ranked {
    size_t size;
    int32_t group;
} ranked;

static int by_size(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->group < y->group ? -1 : 1;
}

/* The smallest groups share the last one. */
static int32_t merge(binnet_ctx *ctx, int32_t *group, size_t *count, size_t states)
{
    ranked *r = bni_new(ctx, *count, sizeof *r);
    int32_t *number = bni_new(ctx, *count, sizeof *number);
    if (r != NULL && number != NULL) {
        for (size_t g = 0; g < *count; g++)
            r[g].group = (int32_t)g;
        for (size_t s = 0; s < states; s++)
            r[group[s]].size++;
        qsort(r, *count, sizeof *r, by_size);
        for (size_t g = 0; g < *count; g++)
            number[r[g].group] = g < MOST_GROUPS ? (int32_t)g : MOST_GROUPS - 1;
        for (size_t s = 0; s < states; s++)
            group[s] = number[group[s]];
        *count = MOST_GROUPS;
    }
    int32_t status = r != NULL && number != NULL ? BINNET_OK : BINNET_E_NOMEM;
    bni_delete(&ctx->mem, r);
    bni_delete(&ctx->mem, number);
    return status;
}

int32_t bni_basins(binnet_ctx *ctx, int32_t *group, size_t *count, const binnet_chain *chain)
{
    basins b = {.states = (size_t)1 << chain->n};
    b.next = bni_new_raw(ctx, b.states, sizeof *b.next);
    b.path = bni_new_raw(ctx, b.states, sizeof *b.path);
    b.before = bni_new_raw(ctx, b.states, sizeof *b.before);
    int32_t status = b.next != NULL && b.path != NULL && b.before != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = find_successors(ctx, b.next, chain);
    if (status == BINNET_OK) {
        *count = follow(group, &b, chain->update != BINNET_UPDATE_ASYNCHRONOUS);
        if (*count > MOST_GROUPS)
            *count = follow(group, &b, 0);
    }
    bni_delete(&ctx->mem, b.next);
    bni_delete(&ctx->mem, b.path);
    bni_delete(&ctx->mem, b.before);
    if (status == BINNET_OK && *count > MOST_GROUPS)
        status = merge(ctx, group, count, b.states);
    return status;
}
