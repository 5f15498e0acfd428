/*
 * The choice of the tables, once, from what the processor and the system have; BINNET_KERNELS=reference or avx2 forces
 * lower ones.
 */
#include "kernels/kernels.h"

#include "binnet/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/parts.h"

static const bni_chain_kernels chain = {
    .cdf_gaussian = bni_cdf_gaussian_reference,
    .cdf_logistic = bni_cdf_logistic_reference,
    .odds = bni_odds_reference,
    .gate_add = bni_gate_add_reference,
    .gate_set = bni_gate_set_reference,
    .gate_row_add = bni_gate_row_add_reference,
    .gate_row_set = bni_gate_row_set_reference,
    .shift_scale = bni_shift_scale_reference,
    .gate_odds_add = bni_gate_odds_add_reference,
    .gate_row_odds_add = bni_gate_row_odds_add_reference,
    .contract = bni_contract_reference,
    .convolve = bni_convolve_reference,
    .force = bni_force_reference,
};

static const bni_dynamics_kernels dynamics = {
    .rank_bits = bni_rank_bits_reference,
    .cut_masks = bni_cut_masks_reference,
    .sieve = bni_sieve_reference,
};

static const bni_order_kernels order = {
    .mix_down = bni_mix_down_reference,
    .count_lanes = bni_count_lanes_reference,
};

static const bni_permanent_kernels permanent = {
    .glynn = bni_glynn_reference,
    .glynn_floor = bni_glynn_floor_reference,
    .glynn_pairs = bni_glynn_pairs_reference,
    .glynn_split = bni_glynn_split_reference,
    .glynn_prepare = bni_glynn_prepare_reference,
    .subset_rows = bni_subset_rows_reference,
    .subset_column = bni_subset_column_reference,
    .count_plane = bni_count_plane_reference,
    .count_plane_pairs = bni_count_plane_pairs_reference,
};

static const bni_law_kernels law = {
    .superset_low = bni_superset_low_reference,
    .superset_rows = bni_superset_rows_reference,
    .superset_rows_past = bni_superset_rows_past_reference,
    .add_rows = bni_add_rows_reference,
    .fold_block = bni_fold_block_reference,
};

const bni_kernels bni_kernels_reference = {"reference", &chain, &dynamics, &order, &permanent, &law};

int bni_kernels_runnable(const bni_kernels *tables[BNI_TABLES])
{
    int count = 0;
    tables[count++] = &bni_kernels_reference;
#if defined(BNI_HAVE_AVX2)
    /* these look at the registers that the system saves as well */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        tables[count++] = &bni_kernels_avx2;
#endif
#if defined(BNI_HAVE_AVX512)
    if (count == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        tables[count++] = &bni_kernels_avx512;
#endif
    return count;
}

static const bni_kernels *choose(void)
{
    const bni_kernels *tables[BNI_TABLES];
    int count = bni_kernels_runnable(tables);
    const char *forced = getenv("BINNET_KERNELS");
    for (int k = 0; forced != NULL && k < count; k++)
        if (strcmp(forced, tables[k]->name) == 0)
            return tables[k];
    return tables[count - 1];
}

static _Atomic(const bni_kernels *) chosen; /* every thread would choose the same */

const bni_kernels *bni_kernels_get(void)
{
    const bni_kernels *k = atomic_load_explicit(&chosen, memory_order_acquire);
    if (k == NULL) {
        k = choose();
        atomic_store_explicit(&chosen, k, memory_order_release);
    }
    return k;
}

const char *binnet_kernels(void)
{
    return bni_kernels_get()->name;
}
