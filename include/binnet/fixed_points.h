/* All fixed points of networks too large to number their states: branch and bound on the intervals of the drives. */
#ifndef BINNET_FIXED_POINTS_H
#define BINNET_FIXED_POINTS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A state here is an array of words, uint64_t[W] with W = (n + 63) / 64: bit i % 64 (least significant = 0) of word
 * i / 64 is the activity of neuron i; bits beyond the last neuron are 0. For n <= 63 the one word is the state number
 * of the other topics.
 */

/* Fixed points of a network; immutable. */
typedef struct binnet_fixed_points binnet_fixed_points;

/**
 * Find all fixed points at the network's own stimuli.
 *
 * A = A' for A_i' = H(h_i(A)), h_i(A) = (1/M_i) sum_j J_ij A_j + I_i - theta_i; a drive of exactly 0 as the network's
 * tie rule says   [FP19] sec. 3, [FCP18]
 *
 * While some neurons are open, each drive lies in an interval. A neuron whose interval decides its activity takes it,
 * an input that a decided neuron cannot do without is decided too, and a branch ends where a decided neuron's interval
 * has left its side. Neurons that influence nobody are never branched on.
 *
 * out  [out] the fixed points; NULL on failure
 * net  [in]  any form, any size; borrowed
 * most       fixed points to list at most; the others are only counted; 0: count only
 *
 * They are counted by components first, which goes far beyond what can be listed, and then listed.
 *
 * BINNET_P_WORK_LIMIT is the most steps: a step decides one neuron, on trial or not, and all that follows from it. With
 * a list to make, half of it is for the count. When that is reached the call succeeds with what was found,
 * binnet_fixed_points_complete is 0, and binnet_fixed_points_open tells what was not searched. When it is reached in
 * the listing, the count is complete, and the list is shorter than both the count and `most`.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  exact: the sign of each drive is that of exact arithmetic on the network's numbers
 * Cost      exponential in the worst case, and for sparse networks far below 2^n; see docs/fixed-points.md.
 * Threads   one.   Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_new(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net,
                                           size_t most);

/**
 * Find all states that are fixed points for some stimuli in a box, each neuron with its own stimulus lo_i <= I_i <=
 * hi_i. The network's own stimuli are not used.
 *
 * lo, hi [in] double[n]; lo may be -inf, hi may be +inf
 *
 * Returns   as binnet_fixed_points_new, BINNET_E_SIZE (n), BINNET_E_NAN, BINNET_E_RANGE (lo > hi).  Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_new_box(binnet_ctx *ctx, binnet_fixed_points **out, const binnet_net *net,
                                               const double *lo, const double *hi, size_t n, size_t most);

/**
 * The same with one stimulus I_a for all neurons of population a, lo_a <= I_a <= hi_a.
 *
 * With c_i(A) = theta_i - (1/M_i) sum_j J_ij A_j, rounded to the nearest double, Lambda_a = max of c_i over the active
 * neurons of a and Xi_a = min over the inactive ones, A is a fixed point for
 *   Lambda_a <= I_a < Xi_a (BINNET_TIE_ACTIVE),   Lambda_a < I_a <= Xi_a (BINNET_TIE_SILENT),
 *   Lambda_a <= I_a <= Xi_a (BINNET_TIE_KEEP)   [FCP18]
 * and found when that leaves a stimulus of the box for every population. Here fixed points are counted one by one.
 *
 * lo, hi [in] double[n_pop], n_pop the network's populations; lo may be -inf, hi may be +inf
 *
 * Returns   as binnet_fixed_points_new_box.  Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_new_population_box(binnet_ctx *ctx, binnet_fixed_points **out,
                                                          const binnet_net *net, const double *lo, const double *hi,
                                                          size_t n_pop, size_t most);

/** Free fixed points; NULL is allowed. Since 0.1 */
BINNET_API void binnet_fixed_points_free(binnet_fixed_points *points);

/** Neurons, and words of a state; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_fixed_points_neurons(const binnet_fixed_points *points);
BINNET_API size_t binnet_fixed_points_words(const binnet_fixed_points *points);

/** Fixed points found, listed or not: the number when complete, else a lower bound. Exact up to 2^53, above that
 *  rounded (relative error below 4 n 2^-53), +inf beyond the largest double; 0 for NULL. Since 0.1 */
BINNET_API double binnet_fixed_points_count(const binnet_fixed_points *points);
/** The same as an integer. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (2^64 or more).  Since 0.1 */
BINNET_API int32_t binnet_fixed_points_count_exact(const binnet_fixed_points *points, uint64_t *count);

/** Fixed points listed; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_fixed_points_listed(const binnet_fixed_points *points);
/** State k of the list, uint64_t[W], in rising order (as one number, the last word the most significant); valid until
 *  binnet_fixed_points_free. NULL when out of range. Since 0.1 */
BINNET_API const uint64_t *binnet_fixed_points_state(const binnet_fixed_points *points, size_t k);
/** Activity of neuron i in state k of the list, 0 or 1; -1 when out of range. Since 0.1 */
BINNET_API int32_t binnet_fixed_points_active(const binnet_fixed_points *points, size_t k, size_t i);

/**
 * The stimuli of the box for which listed state k is a fixed point.
 *
 * lo, hi [out] double[units]: of each population (binnet_fixed_points_new_population_box) or of each neuron; the
 *              intersection of the box with Lambda .. Xi (see there; a neuron alone has c_i as one end)
 * units        populations or neurons
 *
 * Which ends belong to it: those that are the box's own; a Lambda under BINNET_TIE_ACTIVE, a Xi under
 * BINNET_TIE_SILENT, both under BINNET_TIE_KEEP.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (k).   Cost O(weights).   Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_box(binnet_ctx *ctx, double *lo, double *hi, size_t units,
                                           const binnet_fixed_points *points, size_t k);

/** 1 when every state was searched or excluded; 0 when the work limit stopped it, or for NULL. Since 0.1 */
BINNET_API int32_t binnet_fixed_points_complete(const binnet_fixed_points *points);
/** Steps that were taken; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_fixed_points_steps(const binnet_fixed_points *points);
/** Part of the search that was done, 0..1, where the two branches of a decision count as equal; 1 when complete.
 *  Since 0.1 */
BINNET_API double binnet_fixed_points_searched(const binnet_fixed_points *points);

/** What was not searched is a union of this many disjoint sets of states, in each of which some neurons are decided; 0
 *  when complete, or for NULL. Every fixed point that was not counted is in one of them. Since 0.1 */
BINNET_API size_t binnet_fixed_points_open_count(const binnet_fixed_points *points);
/**
 * Set k of what was not searched: the states that agree with `value` in the neurons of `decided`.
 *
 * decided, value [out] uint64_t[words], words = binnet_fixed_points_words; value is 0 where decided is
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (k).   Cost O(n).   Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_open(binnet_ctx *ctx, uint64_t *decided, uint64_t *value, size_t words,
                                            const binnet_fixed_points *points, size_t k);

/**
 * What a search will cost (base.h, "Estimates").
 *
 * states      [out] states it is a search among, 2^n; UINT64_MAX when more
 * bytes       [out]
 * flops       [out] NaN: not known beforehand; BINNET_P_WORK_LIMIT bounds it
 * populations      1 for binnet_fixed_points_new_population_box, 0 for the others
 * most             as there
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (populations).   Cost O(weights).   Since 0.1
 */
BINNET_API int32_t binnet_fixed_points_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                                const binnet_net *net, int32_t populations, size_t most);

#ifdef __cplusplus
}
#endif

#endif
