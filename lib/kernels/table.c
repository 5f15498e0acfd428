/*
 * The choice of the table, once, from what the processor has; BINNET_KERNELS=reference forces the portable one.
 */
#include "kernels/kernels.h"

#include "binnet/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/parts.h"

const bni_kernels bni_kernels_reference = {
    .name = "reference",
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
    .panel_rows = bni_panel_rows_reference,
    .panel_columns = bni_panel_columns_reference,
    .gemm_tile = bni_gemm_tile_reference,
    .cut_masks = bni_cut_masks_reference,
    .sieve = bni_sieve_reference,
};

static const bni_kernels *choose(void)
{
    const char *forced = getenv("BINNET_KERNELS");
    if (forced != NULL && strcmp(forced, "reference") == 0)
        return &bni_kernels_reference;
#if defined(BNI_HAVE_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &bni_kernels_avx2;
#endif
    return &bni_kernels_reference;
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
