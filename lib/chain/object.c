/*
 * The chain object, of either kind: its memory, what it is asked, and what it is checked for.
 */
#include "chain/chain.h"

#include "binnet/lumped.h"

size_t bni_lumped_largest(const binnet_chain *chain)
{
    const bni_occupation *o = chain->lumped->space;
    size_t most = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        most = o->size[a] > most ? o->size[a] : most;
    return most;
}

/* One of everything for each neuron, or population. */
static size_t chain_units(const binnet_chain *c)
{
    return c->lumped != NULL ? c->lumped->space->n_pop : c->n;
}

static void list_chain_buffers(bni_plan *plan, void *object)
{
    binnet_chain *c = object;
    size_t n = chain_units(c);
    BNI_BUFFER(plan, c->J, n * n);
    BNI_BUFFER(plan, c->M, n);
    BNI_BUFFER(plan, c->theta, n);
    BNI_BUFFER(plan, c->I, n);
    BNI_BUFFER(plan, c->rounding, n);
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        BNI_BUFFER(plan, c->select, n);
    BNI_ZEROS(plan, c->stage_first, c->n_stages + 1);
    BNI_ZEROS(plan, c->stage_neuron, n);
    if (c->lumped != NULL) {
        BNI_BUFFER(plan, c->lumped->own, n);
        BNI_BUFFER(plan, c->lumped->inverse, bni_lumped_largest(c) + 1);
        BNI_BUFFER(plan, c->lumped->shape, c->lumped->space->neurons + n);
        return;
    }
    BNI_ZEROS(plan, c->tables, c->n_tables);
    BNI_ZEROS(plan, c->fast, n);
    BNI_ZEROS(plan, c->self, n);
}

int32_t bni_chain_make_buffers(binnet_ctx *ctx, binnet_chain *chain)
{
    return bni_plan_make(ctx, list_chain_buffers, chain);
}

void binnet_chain_free(binnet_chain *chain)
{
    if (chain == NULL)
        return;
    bni_allocator mem = chain->mem;
    bni_correlated_free(chain->correlated);
    binnet_noise_free(chain->noise);
    bni_delete(&mem, chain->factor);
    bni_delete(&mem, chain->factor_cost);
    bni_lumped *lumped = chain->lumped;
    if (lumped == NULL || lumped->space != NULL) /* else there is nothing yet */
        bni_plan_release(&mem, list_chain_buffers, chain);
    if (lumped != NULL)
        bni_occupation_free(lumped->space);
    bni_delete(&mem, lumped);
    bni_delete(&mem, chain);
}

double bni_chain_bytes(const binnet_chain *chain)
{
    binnet_chain numbers = *chain;
    double bytes = (double)sizeof(binnet_chain) + bni_noise_bytes(chain->noise, chain_units(chain)) +
                   bni_plan_bytes(list_chain_buffers, &numbers);
    if (chain->lumped != NULL)
        return bytes + (double)sizeof(bni_lumped) + bni_occupation_bytes(chain->lumped->space);
    double orders = 4 * (double)chain->n + 8 * (double)chain->n_stages; /* of elimination */
    return bytes + orders + bni_correlated_bytes(chain);
}

int bni_chain_unbounded(const binnet_chain *chain, size_t i)
{
    int32_t kind = chain->noise->kind;
    return chain->noise->scale[i] > 0 && (kind == BINNET_NOISE_GAUSSIAN || kind == BINNET_NOISE_LOGISTIC ||
                                          kind == BINNET_NOISE_LAPLACE || kind == BINNET_NOISE_STUDENT_T);
}

void bni_chain_fill_stages(binnet_chain *chain, const int32_t *stage)
{
    int32_t k = 0;
    for (size_t s = 0; s < chain->n_stages; s++) {
        for (size_t i = 0; i < chain_units(chain); i++)
            if (stage == NULL || (size_t)stage[i] == s)
                chain->stage_neuron[k++] = (int32_t)i;
        chain->stage_first[s + 1] = k;
    }
}

/* --- what it is asked --- */

size_t binnet_chain_neurons(const binnet_chain *chain)
{
    return chain == NULL ? 0 : bni_chain_neurons(chain);
}

int32_t binnet_chain_update(const binnet_chain *chain)
{
    return chain == NULL ? 0 : chain->update;
}

uint64_t binnet_chain_states(const binnet_chain *chain)
{
    return chain == NULL ? 0 : bni_chain_states(chain);
}

size_t binnet_chain_populations(const binnet_chain *chain)
{
    return chain == NULL || chain->lumped == NULL ? 0 : chain->lumped->space->n_pop;
}

int64_t binnet_chain_population_size(const binnet_chain *chain, size_t a)
{
    return a >= binnet_chain_populations(chain) ? 0 : (int64_t)chain->lumped->space->size[a];
}

/* --- what it is checked for --- */

int32_t bni_chain_check(binnet_ctx *ctx, const binnet_chain *chain, const void *out, size_t len)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (len != bni_chain_states(chain))
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the chain has %zu states", len, bni_chain_states(chain));
    return BINNET_OK;
}

int32_t bni_need_chain(binnet_ctx *ctx, const binnet_chain *chain)
{
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (chain->lumped != NULL)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "the chain is one of occupation numbers, this needs one of the states of neurons");
    return BINNET_OK;
}

size_t bni_chain_bits(const binnet_chain *chain)
{
    size_t bits = 0;
    while (chain->lumped != NULL && bits < 63 && (size_t)1 << bits < chain->lumped->space->states)
        bits++;
    return chain->lumped != NULL ? bits : chain->n;
}

int32_t bni_chain_law_make(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain)
{
    return chain->lumped != NULL ? bni_law_make_lumped(ctx, out, chain->lumped->space)
                                 : bni_law_make(ctx, out, chain->n);
}

int32_t bni_need_law_of(binnet_ctx *ctx, const binnet_law *law, const char *name, const binnet_chain *chain)
{
    BNI_TRY(bni_need(ctx, law, name));
    if ((law->occupation != NULL) != (chain->lumped != NULL))
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "of %s and the chain one is of occupation numbers, the other of neurons", name);
    if (law->occupation != NULL && !bni_occupation_same(law->occupation, chain->lumped->space))
        return bni_fail(ctx, BINNET_E_SIZE, "%s and the chain are of populations of other sizes", name);
    if (law->n != chain->n)
        return bni_fail(ctx, BINNET_E_SIZE, "%s is of %zu neurons, the chain has %zu", name, law->n, chain->n);
    return BINNET_OK;
}

size_t bni_largest_stage(const binnet_chain *chain)
{
    size_t most = 0;
    for (size_t s = 0; s < chain->n_stages; s++) {
        size_t size = bni_stage_size(chain, s);
        most = size > most ? size : most;
    }
    return most;
}
