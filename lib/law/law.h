/*
 * Inside of the folder of what a law yields: groups of neurons, and sums over a law.
 */
#ifndef BNI_LAW_H
#define BNI_LAW_H

#include "kernels/kernels.h"
#include "model/model.h"
#include "num/double_double.h"

#include "binnet/chain.h"
#include "binnet/correlations.h"

/* Arguments (group.c). A group of k = least .. most different neurons of 0 .. n - 1; name is the argument's. */
int32_t bni_need_group(binnet_ctx *ctx, const char *name, size_t n, size_t k, const int32_t *group, size_t least,
                       size_t most);
/* The same of a law's neurons, whatever its states; most is cut to their number. */
int32_t bni_need_law_group(binnet_ctx *ctx, const char *name, const binnet_law *law, size_t k, const int32_t *group,
                           size_t least, size_t most);
/* Steps of a lag or a window: least .. BINNET_MAX_LAG. */
int32_t bni_need_steps(binnet_ctx *ctx, const char *name, uint64_t steps, uint64_t least);
/* p[2^k]: the law of a group, with what rounding loses; lost [2^k] is scratch. */
int32_t bni_marginal(binnet_ctx *ctx, double *p, double *lost, const binnet_law *law, size_t k, const int32_t *group);
/* Sums of a law over the states where the group has each of its 2^k activities, in 106 bits (group.c). */
int32_t bni_group_law(binnet_ctx *ctx, bni_doubled *cell, const binnet_law *law, size_t k, const int32_t *group);

/* Laws of occupation numbers: the group's law, as bni_group_law and bni_marginal (occupation_groups.c). cell[4]: Pr(both silent), (the
 * one of a alone active: 2; of b alone: 1), (both: 3), of two neurons of a and b, or of the same one. mean: of each neuron. */
int32_t bni_occupation_group_law(binnet_ctx *ctx, bni_doubled *cell, const binnet_law *law, size_t k,
                                 const int32_t *group);
int32_t bni_occupation_marginal(binnet_ctx *ctx, double *p, const binnet_law *law, size_t k, const int32_t *group);
int32_t bni_occupation_pair(binnet_ctx *ctx, double *cell, const binnet_law *law, size_t a, size_t b, int same);
int32_t bni_occupation_means(binnet_ctx *ctx, double *mean, const binnet_law *law);
/* log of how many states of the neurons have these numbers. */
double bni_occupation_log_states(const bni_occupation *o, const size_t *count);

/* Probabilities that a neuron is silent or active, both as sums, and so that they add up to 1. */
typedef struct bni_sides {
    double silent[BINNET_MAX_CHAIN_NEURONS], active[BINNET_MAX_CHAIN_NEURONS];
} bni_sides;

/* From the law alone, without a copy of it (sides.c). */
int32_t bni_law_sides(binnet_ctx *ctx, bni_sides *sides, const binnet_law *law);
/* Sums of blocks of 2^BNI_BLOCK_BITS consecutive states, or of all: each is added to level[0 .. size - 1] by the caller, then
 * bni_cascade_carry is told how many there were, so that rounding stays small. */
enum { BNI_BLOCK_BITS = 12 };
int bni_block_bits(size_t n);
typedef struct bni_cascade {
    double *level;
    size_t size;
    int levels;
} bni_cascade;
int32_t bni_cascade_open(binnet_ctx *ctx, bni_cascade *c, size_t n);
void bni_cascade_carry(bni_cascade *c, size_t blocks);
void bni_cascade_close(binnet_ctx *ctx, double *sum, bni_cascade *c);
/* What these, bni_law_sides and bni_sums_by_neuron allocate at most. */
double bni_sum_blocks_bytes(size_t n);
/* For any vector over the states of n neurons: silent[i] and active[i] are the sums over its states where neuron i is. */
int32_t bni_sums_by_neuron(binnet_ctx *ctx, double *silent, double *active, const double *v, size_t n);

/* In place on 2^bits rows of count entries, (count << b) % 8 = 0: row S becomes the sum of the rows that have its bits b .. bits - 1
 * and perhaps more of these (subsets.c). side: NULL; else of central moments, pair k of bit k as of the kernels. */
void bni_sum_supersets(const bni_law_kernels *kern, double *v, int b, int bits, size_t count, const double *side);

/* Central moment and groupwise correlation of a group of which the law is `cell` (groupwise.c). The correlation is NaN when
 * a neuron of it never changes. */
int32_t bni_central_moment(binnet_ctx *ctx, double *value, const bni_doubled *cell, size_t k, int normalised);
double bni_central_moment_bytes(size_t k);
/* Of all subsets of a group: mu[S] = E prod over S of (A_i - q_i), in place of the law of the group (cumulants.c). */
int32_t bni_centre_subsets(binnet_ctx *ctx, bni_doubled *mu, size_t k);
/* pair[n][n]: covariances of all pairs, each with its own digits (triples.c). */
int32_t bni_pair_covariances(binnet_ctx *ctx, double *pair, const binnet_law *law);
double bni_pair_covariances_bytes(size_t n);

#endif
