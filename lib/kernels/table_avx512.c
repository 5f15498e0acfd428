/*
 * The tables for AVX-512: own functions where wider registers help, those for AVX2 elsewhere.
 */
#include "kernels/parts.h"

static const bni_chain_kernels chain = {
    .cdf_gaussian = bni_cdf_gaussian_avx512,
    .cdf_logistic = bni_cdf_logistic_avx512,
    .odds = bni_odds_avx512,
    .gate_add = bni_gate_add_avx2,
    .gate_set = bni_gate_set_avx2,
    .gate_row_add = bni_gate_row_add_avx2,
    .gate_row_set = bni_gate_row_set_avx2,
    .shift_scale = bni_shift_scale_avx2,
    .gate_odds_add = bni_gate_odds_add_avx2,
    .gate_row_odds_add = bni_gate_row_odds_add_avx2,
    .contract = bni_contract_avx512,
    .convolve = bni_convolve_avx512,
    .force = bni_force_avx512,
};

static const bni_dynamics_kernels dynamics = {
    .rank_bits = bni_rank_bits_avx2,
    .cut_masks = bni_cut_masks_avx2,
    .sieve = bni_sieve_avx2,
};

static const bni_order_kernels order = {
    .mix_down = bni_mix_down_avx2,
    .count_lanes = bni_count_lanes_avx2,
};

static const bni_permanent_kernels permanent = {
    .glynn = bni_glynn_avx512,
    .glynn_floor = bni_glynn_floor_avx512,
    .glynn_pairs = bni_glynn_pairs_avx512,
    .glynn_split = bni_glynn_split_avx512,
    .glynn_prepare = bni_glynn_prepare_avx512,
    .subset_rows = bni_subset_rows_avx512,
    .subset_column = bni_subset_column_avx512,
    .count_plane = bni_count_plane_avx512,
    .count_plane_pairs = bni_count_plane_pairs_avx512,
};

static const bni_law_kernels law = {
    .superset_low = bni_superset_low_avx512,
    .superset_rows = bni_superset_rows_avx512,
    .superset_rows_past = bni_superset_rows_past_avx512,
    .add_rows = bni_add_rows_avx512,
    .fold_block = bni_fold_block_avx512,
};

const bni_kernels bni_kernels_avx512 = {"avx512", &chain, &dynamics, &order, &permanent, &law};
