/*
 * A parallel update of some neurons alone, whatever the chain's update rule.   Source: THEORY 3.
 */
#include "chain/chain.h"

#include <math.h>

/* The chain with one stage, the set. */
static binnet_chain staged(const binnet_chain *chain, int32_t first[2], int32_t *neuron, size_t count)
{
    binnet_chain view = *chain;
    view.correlated = NULL; /* that is seen to before */
    first[0] = 0;
    first[1] = (int32_t)count;
    view.update = BINNET_UPDATE_BLOCKS;
    view.n_stages = 1;
    view.stage_first = first;
    view.stage_neuron = neuron;
    return view;
}

double bni_update_set_bytes(const binnet_chain *chain, size_t count)
{
    int32_t first[2];
    binnet_chain view = staged(chain, first, NULL, count);
    if (bni_noise_correlated(chain->noise) && count > 1)
        return ldexp(16, (int)count) + bni_product_bytes(&view, 1) + sizeof(binnet_noise) +
               8 * (double)(count * (count + 6));
    return count > 1 ? bni_product_bytes(&view, 1) : count == 1 ? 8.0 * (double)(bni_gates_doubles(chain) + 8) : 0;
}

static int32_t update_tabled_stage(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *chain, size_t s)
{
    if (bni_stage_tabled(chain, s))
        return bni_stage_apply(ctx, y, x, chain, s);
    return bni_fail(ctx, BINNET_E_UNDEFINED,
                    "an update of %zu neurons at once whose noise is correlated: possible up to 12",
                    bni_stage_size(chain, s));
}

int32_t bni_update_set(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *chain, const int32_t *neuron,
                       size_t count)
{
    if (count <= 1) {
        BNI_TRY(bni_copy_bytes(ctx, y, x, (size_t)1 << chain->n, sizeof *y));
        if (count == 0)
            return BINNET_OK;
        double *tiles = bni_new_raw(ctx, bni_gates_doubles(chain) + 8, sizeof *tiles);
        if (tiles == NULL)
            return BINNET_E_NOMEM;
        int32_t status = bni_gates_set(ctx, chain, NULL, bni_align(tiles), y, neuron, 1);
        bni_delete(&ctx->mem, tiles);
        return status;
    }
    for (size_t s = 0; chain->update != BINNET_UPDATE_ASYNCHRONOUS && s < chain->n_stages; s++)
        if (bni_stage_correlated(chain, s) && bni_stage_size(chain, s) == count &&
            bni_deposit(~UINT64_C(0), neuron, count) ==
                bni_deposit(~UINT64_C(0), chain->stage_neuron + chain->stage_first[s], count))
            return update_tabled_stage(ctx, y, x, chain, s);
    binnet_noise *noise;
    BNI_TRY(bni_noise_pick(ctx, &noise, chain->noise, count, neuron));
    int32_t independent = bni_noise_need_independent(ctx, noise, "an update of these neurons at once");
    binnet_noise_free(noise);
    BNI_TRY(independent);
    int32_t first[2], set[BINNET_MAX_CHAIN_NEURONS];
    for (size_t b = 0; b < count; b++)
        set[b] = neuron[b];
    binnet_chain view = staged(chain, first, set, count);
    bni_product *product;
    BNI_TRY(bni_product_new(ctx, &product, &view, NULL));
    int32_t status = bni_product_apply(ctx, product, y, x, set, count);
    bni_product_free(product);
    return status;
}
