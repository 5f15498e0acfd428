/*
 * States of populations of interchangeable neurons: sizes, numbering, and which population a neuron belongs to.
 * Source: THEORY 3, "Exact lumping".
 */
#include "model/model.h"

#include <string.h>

int32_t bni_occupation_new(binnet_ctx *ctx, bni_occupation **out, size_t n_pop, const int64_t *size,
                           const int32_t *population)
{
    *out = NULL;
    if (n_pop < 1 || n_pop > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu populations: occupation numbers are for 1..%d of them", n_pop,
                        BINNET_MAX_CHAIN_NEURONS);
    double states = 1, neurons = 0;
    for (size_t a = 0; a < n_pop; a++) {
        if (size[a] < 1 || size[a] > BINNET_MAX_NETWORK)
            return bni_fail(ctx, BINNET_E_RANGE, "size[%zu] is %lld, allowed is 1..%d", a, (long long)size[a],
                            BINNET_MAX_NETWORK);
        states *= (double)size[a] + 1;
        neurons += (double)size[a];
    }
    if (neurons > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "%.0f neurons, allowed is 1..%d", neurons, BINNET_MAX_NETWORK);
    if (!(states < 4294967296.0))
        return bni_fail(ctx, BINNET_E_RANGE, "the populations have %.4g occupation states, allowed is below 2^32",
                        states);
    bni_occupation *o = bni_new(ctx, 1, sizeof *o);
    if (o == NULL)
        return BINNET_E_NOMEM;
    o->mem = ctx->mem;
    o->n_pop = n_pop;
    o->states = 1;
    for (size_t a = 0; a < n_pop; a++) {
        o->size[a] = (size_t)size[a];
        o->stride[a] = o->states;
        o->states *= o->size[a] + 1;
        o->neurons += o->size[a];
    }
    if (population != NULL) {
        o->population = bni_new_raw(ctx, o->neurons, sizeof *population);
        if (o->population == NULL) {
            bni_occupation_free(o);
            return BINNET_E_NOMEM;
        }
        memcpy(o->population, population, o->neurons * sizeof *population);
    }
    *out = o;
    return BINNET_OK;
}

int32_t bni_occupation_copy(binnet_ctx *ctx, bni_occupation **out, const bni_occupation *o)
{
    int64_t size[BINNET_MAX_CHAIN_NEURONS];
    for (size_t a = 0; a < o->n_pop; a++)
        size[a] = (int64_t)o->size[a];
    return bni_occupation_new(ctx, out, o->n_pop, size, o->population);
}

void bni_occupation_free(bni_occupation *o)
{
    if (o == NULL)
        return;
    bni_allocator mem = o->mem;
    bni_delete(&mem, o->population);
    bni_delete(&mem, o);
}

double bni_occupation_bytes(const bni_occupation *o)
{
    return (double)sizeof *o + (o->population != NULL ? 4 * (double)o->neurons : 0);
}

int bni_occupation_same(const bni_occupation *a, const bni_occupation *b)
{
    int same = a->n_pop == b->n_pop;
    for (size_t k = 0; same && k < a->n_pop; k++)
        same = a->size[k] == b->size[k];
    return same;
}

size_t bni_occupation_of(const bni_occupation *o, size_t neuron)
{
    if (o->population != NULL)
        return (size_t)o->population[neuron];
    size_t a = 0, first = 0;
    while (neuron >= first + o->size[a])
        first += o->size[a++];
    return a;
}
