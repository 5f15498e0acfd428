/*
 * The attractors object: its memory, its questions and answers.
 */
#include "attractors/attractors.h"

#include "binnet/chain.h"

#include <math.h>
#include <string.h>

enum { BETWEEN_POLLS = 1 << 14 };

/* Of a synchronous network the weak basins are the basins. */
static void attractor_buffers(bni_plan *plan, void *of)
{
    binnet_attractors *a = of;
    BNI_BUFFER(plan, a->pop, a->n);
    BNI_BUFFER(plan, a->first, a->count + 1);
    BNI_BUFFER(plan, a->state, a->n_states);
    BNI_BUFFER(plan, a->where, a->n_states);
    BNI_BUFFER(plan, a->basin, a->count);
    if (a->update == BINNET_UPDATE_SYNCHRONOUS) {
        BNI_BUFFER(plan, a->longest, a->count);
        BNI_BUFFER(plan, a->steps, a->count);
    } else {
        BNI_BUFFER(plan, a->weak, a->count);
    }
}

double bni_attractors_bytes(const binnet_net *net, int32_t update, size_t count, size_t n_states)
{
    binnet_attractors a = {.n = net->n, .update = update, .count = count, .n_states = n_states};
    return (double)sizeof a + bni_successor_bytes(net->n) + bni_plan_bytes(attractor_buffers, &a);
}

int32_t bni_attractors_make(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net, int32_t update,
                            size_t count, size_t n_states)
{
    *out = NULL;
    binnet_attractors *a = bni_new(ctx, 1, sizeof *a);
    if (a == NULL)
        return BINNET_E_NOMEM;
    a->mem = ctx->mem;
    a->n = net->n;
    a->n_pop = net->n_pop;
    a->update = update;
    a->count = count;
    a->n_states = n_states;
    int32_t status = bni_successor_new(ctx, &a->rows, net);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, attractor_buffers, a);
    if (status != BINNET_OK) {
        binnet_attractors_free(a);
        return status;
    }
    if (update == BINNET_UPDATE_SYNCHRONOUS)
        a->weak = a->basin;
    a->first[0] = 0;
    for (size_t i = 0; i < net->n; i++)
        a->pop[i] = binnet_net_population(net, i);
    *out = a;
    return BINNET_OK;
}

void binnet_attractors_free(binnet_attractors *a)
{
    if (a == NULL)
        return;
    bni_allocator mem = a->mem;
    bni_successor_free(&mem, &a->rows);
    bni_plan_release(&mem, attractor_buffers, a);
    bni_delete(&mem, a);
}

int32_t bni_attractors_index(binnet_ctx *ctx, binnet_attractors *a)
{
    bni_pair *pair = bni_new_raw(ctx, 2 * a->n_states, sizeof *pair);
    if (pair == NULL)
        return BINNET_E_NOMEM;
    int32_t status = BINNET_OK;
    for (size_t k = 0, s = 0; s < a->n_states && status == BINNET_OK; s++) {
        while (s == a->first[k + 1])
            k++;
        pair[s] = (bni_pair){a->state[s], k};
        if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 1);
    }
    if (status == BINNET_OK)
        status = bni_sort_pairs(ctx, pair, pair + a->n_states, a->n_states);
    for (size_t s = 0; s < a->n_states && status == BINNET_OK; s++) {
        a->where[s] = pair[s].key << 32 | pair[s].value;
        if (s % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, 1);
    }
    bni_delete(&ctx->mem, pair);
    return status;
}

/* --- questions --- */

size_t binnet_attractors_neurons(const binnet_attractors *a)
{
    return a == NULL ? 0 : a->n;
}

size_t binnet_attractors_populations(const binnet_attractors *a)
{
    return a == NULL ? 0 : a->n_pop;
}

int32_t binnet_attractors_update(const binnet_attractors *a)
{
    return a == NULL ? 0 : a->update;
}

uint64_t binnet_attractors_count(const binnet_attractors *a)
{
    return a == NULL ? 0 : a->count;
}

uint64_t binnet_attractors_period(const binnet_attractors *a, uint64_t k)
{
    return a == NULL || k >= a->count ? 0 : a->first[k + 1] - a->first[k];
}

uint64_t binnet_attractors_state(const binnet_attractors *a, uint64_t k, uint64_t step)
{
    return step < binnet_attractors_period(a, k) ? a->state[a->first[k] + step] : UINT64_MAX;
}

uint64_t binnet_attractors_basin(const binnet_attractors *a, uint64_t k)
{
    return a == NULL || k >= a->count ? 0 : a->basin[k];
}

uint64_t binnet_attractors_weak_basin(const binnet_attractors *a, uint64_t k)
{
    return a == NULL || k >= a->count ? 0 : a->weak[k];
}

uint64_t binnet_attractors_longest_transient(const binnet_attractors *a, uint64_t k)
{
    return a == NULL || k >= a->count || a->longest == NULL ? UINT64_MAX : a->longest[k];
}

double binnet_attractors_mean_transient(const binnet_attractors *a, uint64_t k)
{
    return a == NULL || k >= a->count || a->steps == NULL ? NAN : (double)a->steps[k] / (double)a->basin[k];
}

double binnet_attractors_basin_entropy(const binnet_attractors *a)
{
    if (a == NULL)
        return NAN;
    double all = ldexp(1, (int)a->n), sum = 0;
    uint64_t rest = UINT64_C(1) << a->n;
    for (size_t k = 0; k < a->count; k++) {
        double b = (double)a->basin[k] / all;
        sum += b > 0 ? b * log(b) : 0;
        rest -= a->basin[k];
    }
    double b = (double)rest / all;
    sum += b > 0 ? b * log(b) : 0;
    return 0 - sum;
}

uint64_t binnet_attractors_holding(const binnet_attractors *a, uint64_t state)
{
    if (a == NULL || state >> a->n != 0)
        return BINNET_NO_ATTRACTOR;
    size_t low = 0, high = a->n_states; /* the first entry that is not below the state */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->where[middle] >> 32 < state)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->n_states && a->where[low] >> 32 == state ? a->where[low] & UINT32_MAX : BINNET_NO_ATTRACTOR;
}

int32_t binnet_attractors_reached(binnet_ctx *ctx, uint64_t *k, uint64_t *steps, uint64_t *entry,
                                  const binnet_attractors *a, uint64_t state)
{
    enum { STEPS_BETWEEN_POLLS = 256 };
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, a, "the attractors"));
    if (a->update != BINNET_UPDATE_SYNCHRONOUS)
        return bni_fail(ctx, BINNET_E_RANGE, "asynchronous attractors: a state may reach several");
    BNI_TRY(bni_need_state(ctx, a->n, state, "state"));
    uint64_t taken = 0, found;
    while ((found = binnet_attractors_holding(a, state)) == BINNET_NO_ATTRACTOR) {
        state = bni_successor_next(&a->rows, state);
        if (++taken % STEPS_BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    if (k != NULL)
        *k = found;
    if (steps != NULL)
        *steps = taken;
    if (entry != NULL)
        for (*entry = 0; a->state[a->first[found] + *entry] != state;)
            ++*entry;
    return BINNET_OK;
}

int32_t binnet_attractors_match(binnet_ctx *ctx, uint64_t *match, uint64_t *same, size_t count,
                                const binnet_attractors *a, const binnet_attractors *b)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, a, "a"));
    BNI_TRY(bni_need(ctx, b, "b"));
    if (a->n != b->n)
        return bni_fail(ctx, BINNET_E_SIZE, "a has %zu neurons, b %zu", a->n, b->n);
    if (match != NULL && count != a->count)
        return bni_fail(ctx, BINNET_E_SIZE, "count is %llu, a has %zu attractors", (unsigned long long)count, a->count);
    if (a->update != b->update)
        return bni_fail(ctx, BINNET_E_RANGE, "one of a and b is synchronous, the other asynchronous");
    uint64_t found = 0, compared = 0;
    for (size_t k = 0; k < a->count; k++) {
        const uint32_t *s = a->state + a->first[k];
        uint64_t other = binnet_attractors_holding(b, s[0]), period = binnet_attractors_period(a, k);
        if (other != BINNET_NO_ATTRACTOR && (binnet_attractors_period(b, other) != period ||
                                             memcmp(s, b->state + b->first[other], period * sizeof *s) != 0))
            other = BINNET_NO_ATTRACTOR;
        if (match != NULL)
            match[k] = other;
        found += other != BINNET_NO_ATTRACTOR;
        compared += period;
        if (compared >= BETWEEN_POLLS) {
            BNI_TRY(bni_poll(ctx, (double)k / (double)a->count));
            compared = 0;
        }
    }
    if (same != NULL)
        *same = found;
    return BINNET_OK;
}
