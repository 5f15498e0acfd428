/*
 * Basins of the noiseless dynamics: groups of states between which a weakly noisy chain moves rarely, for aggregation.
 * Parallel stages: every neuron takes its likelier activity; each state of a cycle makes a group of its own, with the states
 * that fall in phase with it. Asynchronous: the neuron with the largest pull against its activity flips; a cycle is one group.
 * Neurons that are drawn much more rarely than others do not flip here: the rest settles in between, and the flips of the rare
 * ones are exchange between groups.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* The successors, paths and probabilities; or, when the groups are merged, the last of these and a list of the groups. */
double bni_basins_bytes(const binnet_chain *chain)
{
    return 36.0 * (double)bni_chain_states(chain);
}

/* What one stage (parallel) makes of a list of states; leave: probability of having done anything else so far. */
static void likeliest(const binnet_chain *c, const bni_chain_kernels *kern, size_t stage, uint64_t *state,
                      double *leave, size_t count)
{
    double p[BNI_ROW], q[BNI_ROW];
    uint64_t next[BNI_ROW];
    int correlated = bni_stage_correlated(c, stage);
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
            if (!correlated)
                leave[k] += (1 - leave[k]) * (next[k] & bit ? q[k] : p[k]);
        }
    }
    if (correlated)
        bni_stage_outcome(p, q, c, stage, state, next, count);
    for (size_t k = 0; correlated && k < count; k++)
        leave[k] += (1 - leave[k]) * q[k];
    memcpy(state, next, count * sizeof *state);
}

/* Asynchronous: the likeliest flip, if any is likelier than not; leave: probability of any flip. */
static void steepest(const binnet_chain *c, const bni_chain_kernels *kern, uint64_t *state, double *leave, size_t count,
                     double quick)
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
            leave[k] += c->select[i] * with;
            double pull = c->select[i] > quick && with > against ? 1 / (against + 1e-300) : 0;
            if (pull > best[k]) {
                best[k] = pull;
                flip[k] = UINT64_C(1) << i;
            }
        }
    }
    for (size_t k = 0; k < count; k++)
        state[k] ^= flip[k];
}

static int32_t find_successors(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *chain, double quick)
{
    if (chain->lumped != NULL)
        return bni_lumped_likeliest(ctx, next, leave, chain);
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    size_t S = (size_t)1 << chain->n;
    uint64_t state[BNI_ROW];
    for (size_t s0 = 0; s0 < S; s0 += BNI_ROW) {
        size_t count = S - s0 < BNI_ROW ? S - s0 : BNI_ROW;
        for (size_t k = 0; k < count; k++)
            state[k] = s0 + k, leave[s0 + k] = 0;
        if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
            steepest(chain, kern, state, leave + s0, count, quick);
        else
            for (size_t stage = 0; stage < chain->n_stages; stage++)
                likeliest(chain, kern, stage, state, leave + s0, count);
        for (size_t k = 0; k < count; k++)
            next[s0 + k] = (uint32_t)state[k];
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

typedef struct basins {
    uint32_t *next, *path;
    int32_t *before; /* group of the state before, along the cycle */
    double *leave;   /* probability of not following next */
    double *rate;    /* of a group: the least over its attractor */
    uint32_t *rest;  /* of a group: the state where that is */
    size_t states;
} basins;

/* group[s] for the functional graph next[]. With phases each state of a cycle has a group of its own, which the states that
 * will be in phase with it share; otherwise a cycle and its basin are one group. */
static int32_t follow(binnet_ctx *ctx, size_t *groups, int32_t *group, const basins *b, int phases)
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
            b->rate[count] = 2;
            do {
                if (phases || b->leave[u] < b->rate[count]) {
                    b->rate[count] = b->leave[u];
                    b->rest[count] = (uint32_t)u;
                }
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
        if (s % 4096 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    *groups = count;
    return BINNET_OK;
}

/* A group and how soon it is left. */
typedef struct ranked {
    double rate;
    int32_t group;
} ranked;

static int by_rate(const void *a, const void *b, const void *unused)
{
    const ranked *x = a, *y = b;
    (void)unused;
    if (x->rate < y->rate || x->rate > y->rate)
        return x->rate < y->rate ? -1 : 1;
    return x->group < y->group ? -1 : 1;
}

/* Those that are left soonest share the last group. */
static int32_t merge_groups(binnet_ctx *ctx, int32_t *group, size_t *count, double *merged, const double *rate,
                            size_t states)
{
    ranked *r = bni_new_raw(ctx, *count, sizeof *r);
    int32_t *number = bni_new_raw(ctx, *count, sizeof *number);
    if (r != NULL && number != NULL) {
        for (size_t g = 0; g < *count; g++)
            r[g] = (ranked){.rate = rate[g], .group = (int32_t)g};
        bni_sort(NULL, r, *count, sizeof *r, by_rate, NULL);
        for (size_t g = 0; g < *count; g++)
            number[r[g].group] = g < BNI_GROUPS ? (int32_t)g : BNI_GROUPS - 1;
        for (size_t s = 0; s < states; s++)
            group[s] = number[group[s]];
        *merged = r[BNI_GROUPS - 1].rate;
        *count = BNI_GROUPS;
    }
    int32_t status = r != NULL && number != NULL ? BINNET_OK : BINNET_E_NOMEM;
    bni_delete(&ctx->mem, r);
    bni_delete(&ctx->mem, number);
    return status;
}

/* Neurons drawn at most that often (*quick) count as rare; the least probability among them, 1 when there is none. */
static double find_rare(double *quick, const binnet_chain *chain)
{
    double most = 0, slow = 1;
    for (size_t i = 0; chain->select != NULL && i < chain->n; i++)
        most = fmax(most, chain->select[i]);
    *quick = most / 32;
    for (size_t i = 0; chain->select != NULL && i < chain->n; i++)
        if (chain->select[i] > 0 && chain->select[i] <= *quick)
            slow = fmin(slow, chain->select[i]);
    return slow;
}

int32_t bni_basins(binnet_ctx *ctx, int32_t *group, size_t *count, unsigned char *rests, double *merged,
                   double *slowest, const binnet_chain *chain)
{
    basins b = {.states = bni_chain_states(chain)};
    double quick = 0, slow = find_rare(&quick, chain);
    double of_merged = 1;
    b.next = bni_new_raw(ctx, b.states, sizeof *b.next);
    b.path = bni_new_raw(ctx, b.states, sizeof *b.path);
    b.before = bni_new_raw(ctx, b.states, sizeof *b.before);
    b.rest = bni_new_raw(ctx, b.states, sizeof *b.rest);
    b.leave = bni_new_raw(ctx, 2 * b.states, sizeof *b.leave);
    int32_t status = b.next != NULL && b.path != NULL && b.before != NULL && b.rest != NULL && b.leave != NULL
                         ? BINNET_OK
                         : BINNET_E_NOMEM;
    if (status == BINNET_OK) {
        b.rate = b.leave + b.states;
        status = find_successors(ctx, b.next, b.leave, chain, quick);
    }
    if (status == BINNET_OK) {
        status = follow(ctx, count, group, &b, chain->update != BINNET_UPDATE_ASYNCHRONOUS);
        if (status == BINNET_OK && *count > BNI_GROUPS && chain->update != BINNET_UPDATE_ASYNCHRONOUS)
            status = follow(ctx, count, group, &b, 0);
    }
    for (size_t s = 0; status == BINNET_OK && rests != NULL && s < b.states; s++)
        rests[s] = 0;
    for (size_t g = 0; status == BINNET_OK && g < *count; g++) {
        if (slowest != NULL && (g == 0 || b.rate[g] < *slowest))
            *slowest = b.rate[g];
        if (rests != NULL)
            rests[b.rest[g]] = b.rate[g] < BNI_DEEP_RATE        ? BNI_DEEP_REST
                               : b.rate[g] < BNI_HALF_DEEP_RATE ? BNI_HALF_DEEP_REST
                                                                : BNI_REST;
    }
    bni_delete(&ctx->mem, b.next);
    bni_delete(&ctx->mem, b.path);
    bni_delete(&ctx->mem, b.before);
    bni_delete(&ctx->mem, b.rest);
    if (status == BINNET_OK && *count > BNI_GROUPS)
        status = merge_groups(ctx, group, count, &of_merged, b.rate, b.states);
    bni_delete(&ctx->mem, b.leave);
    if (merged != NULL)
        *merged = of_merged < 1 ? fmin(of_merged, slow) : 1;
    return status;
}

int32_t bni_merged_unknown(binnet_ctx *ctx, double error)
{
    return bni_fail(ctx, BINNET_E_NOCONV,
                    "more than %d basins; the weights of those not solved for are known to %.3g only", BNI_GROUPS,
                    error);
}
