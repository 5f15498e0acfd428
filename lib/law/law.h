/*
 * Inside of the folder of what a law yields: groups of neurons, and sums over a law.
 */
#ifndef BNI_LAW_H
#define BNI_LAW_H

#include "model/model.h"
#include "num/double_double.h"

#include "binnet/chain.h"
#include "binnet/correlations.h"

/* A group of least .. most different neurons of 0 .. n - 1 (group.c). */
int32_t bni_need_group(binnet_ctx *ctx, size_t n, size_t k, const int32_t *group, size_t least, size_t most);
/* Sums of a law over the states where the group has each of its 2^k activities, in 106 bits (group.c). */
int32_t bni_group_law(binnet_ctx *ctx, doubled *cell, const binnet_law *law, size_t k, const int32_t *group);

/* Probabilities that a neuron is silent or active, both as sums, and so that they add up to 1. */
typedef struct bni_sides {
    double silent[BINNET_MAX_CHAIN_NEURONS], active[BINNET_MAX_CHAIN_NEURONS];
} bni_sides;

/* From the law alone, without a copy of it (sides.c). */
int32_t bni_law_sides(binnet_ctx *ctx, bni_sides *sides, const binnet_law *law);
/* Blocks of 2^BNI_BLOCK_BITS consecutive states, or of all: within[k] = sum over the blocks of their k-th entry, block[u] = sum
 * of block u. */
enum { BNI_BLOCK_BITS = 12 };
int bni_block_bits(size_t n);
int32_t bni_sum_blocks(binnet_ctx *ctx, double *within, double *block, const double *v, size_t n);
/* What this and the two functions around it allocate, their results included. */
double bni_sum_blocks_bytes(size_t n);
/* For any vector over the states of n neurons: silent[i] and active[i] are the sums over its states where neuron i is. */
int32_t bni_sums_by_neuron(binnet_ctx *ctx, double *silent, double *active, const double *v, size_t n);

/* Central moment and groupwise correlation of a group of which the law is `cell` (groupwise.c). The correlation is NaN when
 * a neuron of it never changes. */
int32_t bni_central_moment(binnet_ctx *ctx, double *value, const doubled *cell, size_t k, int normalised);
double bni_central_moment_bytes(size_t k);

#endif
