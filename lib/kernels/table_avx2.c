/*
 * The table of the AVX2 functions.
 */
#include "kernels/parts.h"

const bni_kernels bni_kernels_avx2 = {
    .name = "avx2",
    .cdf_gaussian = bni_cdf_gaussian_avx2,
    .cdf_logistic = bni_cdf_logistic_avx2,
    .odds = bni_odds_avx2,
    .gate_add = bni_gate_add_avx2,
    .gate_set = bni_gate_set_avx2,
    .gate_row_add = bni_gate_row_add_avx2,
    .gate_row_set = bni_gate_row_set_avx2,
    .shift_scale = bni_shift_scale_avx2,
    .gate_odds_add = bni_gate_odds_add_avx2,
    .gate_row_odds_add = bni_gate_row_odds_add_avx2,
    .panel_rows = bni_panel_rows_avx2,
    .panel_columns = bni_panel_columns_avx2,
    .gemm_tile = bni_gemm_tile_avx2,
    .rank_bits = bni_rank_bits_avx2,
    .cut_masks = bni_cut_masks_avx2,
};
