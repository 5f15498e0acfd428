/* Deterministic dynamics at given stimuli: successors, attractors with their basins, distances to bifurcations, ties. */
#ifndef BINNET_ATTRACTORS_H
#define BINNET_ATTRACTORS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Most neurons of a network all of whose states are followed. */
#define BINNET_MAX_ATTRACTOR_NEURONS 30    /* synchronous */
#define BINNET_MAX_ASYNCHRONOUS_NEURONS 24 /* asynchronous */

/* "None", where an index of an attractor is asked for. */
#define BINNET_NO_ATTRACTOR UINT64_MAX

/*
 * Everywhere below, the sign of a drive is that of exact arithmetic on the given doubles,
 *   sign(sum_j J_ij A_j + M_i (I_i - theta_i)),
 * never of a rounded sum; where it is exactly 0 the network's tie rule decides (BINNET_TIE_*).
 */

/**
 * The state after one synchronous step without noise: next_i = 1 iff h_i(state) > 0, or = 0 and the tie rule says so.
 *
 * next  [out] the successor                                                                          [FP19] sec. 2
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (more than BINNET_MAX_NEURONS neurons, state); BINNET_E_LIMIT;
 *           BINNET_E_NOMEM
 * Accuracy  exact.   Cost O(n^2).   Since 0.1
 */
BINNET_API int32_t binnet_net_successor(binnet_ctx *ctx, uint64_t *next, const binnet_net *net, uint64_t state);

/** The same for many states, next[count] and state[count]: next[k] follows state[k]; the two may be one array. Returns as
 *  binnet_net_successor, and BINNET_E_INTERRUPTED.  Cost O(n^2 + n^2 count).  Since 0.1 */
BINNET_API int32_t binnet_net_successors(binnet_ctx *ctx, uint64_t *next, size_t count, const binnet_net *net,
                                         const uint64_t *state);

/**
 * The successor of every state: next[s] follows s.
 *
 * next [out] uint32_t[len]
 * len        2^n, n <= BINNET_MAX_ATTRACTOR_NEURONS
 *
 * Returns   as binnet_net_successors; BINNET_E_SIZE (len); BINNET_E_THREAD
 * Accuracy  exact.   Cost O(n 2^n) in steps of many states at once.
 * Threads   BINNET_P_THREADS; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_net_successor_map(binnet_ctx *ctx, uint32_t *next, size_t len, const binnet_net *net);

/**
 * Audit of ties: the states in which the drive of some neuron is exactly 0.
 *
 * count   [out] how many states have such a neuron
 * changed [out] uint64_t[3] or NULL: states whose successor would be another one under BINNET_TIE_ACTIVE, _SILENT and
 *               _KEEP than under the network's own rule
 * state   [out] uint64_t[room] or NULL: the first of them, rising
 * neurons [out] uint64_t[room] or NULL: their neurons with drive 0, one bit each
 * room          length of state and neurons; what is beyond it is counted only
 *
 * With next the successor, t the neurons and s the state, the successor is next | t under BINNET_TIE_ACTIVE,
 * next & ~t under _SILENT and (next & ~t) | (s & t) under _KEEP.
 *
 * Returns   as binnet_net_successor_map.  Accuracy exact.  Cost O(n 2^(n - 12) + ties).  Since 0.1
 */
BINNET_API int32_t binnet_net_ties(binnet_ctx *ctx, uint64_t *count, uint64_t *changed, uint64_t *state,
                                   uint64_t *neurons, size_t room, const binnet_net *net);

/**
 * All attractors of the synchronous dynamics: fixed points and cycles, their basins and transients.   [FP19] sec. 3
 *
 * The order is by period, then by least state. A cycle begins with its least state and goes on in the order of time.
 *
 * out [out] the attractors; NULL on failure
 * net [in]  at most BINNET_MAX_ATTRACTOR_NEURONS neurons; what is needed of it is copied
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (neurons); BINNET_E_LIMIT (at once, or when the number of distinct
 *           successors and of attractors is known); BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_INTERRUPTED
 * Accuracy  exact and complete.   Cost see binnet_attractors_estimate.
 * Threads   BINNET_P_THREADS; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_attractors_new(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net);

/**
 * All attractors of the asynchronous dynamics: the terminal strongly connected components of the graph in which one
 * neuron at a time takes its next activity. From state A an edge leads to A with neuron i flipped, for each i whose
 * next activity differs from A_i; under BINNET_TIE_KEEP a neuron with drive 0 never flips.
 *
 * The order is by number of states, then by least state; the states of an attractor rise.
 *
 * net [in]  at most BINNET_MAX_ASYNCHRONOUS_NEURONS neurons
 *
 * Returns   as binnet_attractors_new
 * Accuracy  exact and complete.
 * Cost      (n + 5) / 8 bytes a state; for each attractor O(n) for each state that can reach it, at most some tens of
 *           sweeps over n 2^n bits.  Threads BINNET_P_THREADS for the successors only; the same bits for any number.  Since 0.1
 */
BINNET_API int32_t binnet_attractors_new_asynchronous(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net);

/** Free attractors; NULL is allowed. Since 0.1 */
BINNET_API void binnet_attractors_free(binnet_attractors *a);

/**
 * What a call will cost, before it runs (base.h, "Estimates").
 *
 * states [out] states, 2^n
 * bytes  [out] at most, when every state is the successor of another (synchronous: 4 bytes of this for each distinct
 *              successor are compared with the limit when their number is known, the rest at once). Lists of more than 256
 *              attractors, attractor states or steps of transients come on top, some 100 bytes each, and are compared as they
 *              grow.
 * flops  [out] state-neuron pairs that are evaluated; asynchronous: of one sweep
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (neurons); BINNET_E_NOMEM.  Since 0.1
 */
BINNET_API int32_t binnet_attractors_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                              const binnet_net *net);
BINNET_API int32_t binnet_attractors_asynchronous_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes,
                                                           double *flops, const binnet_net *net);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_attractors_neurons(const binnet_attractors *a);
/** Populations of the network; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_attractors_populations(const binnet_attractors *a);
/** BINNET_UPDATE_SYNCHRONOUS or BINNET_UPDATE_ASYNCHRONOUS (chain.h); 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_attractors_update(const binnet_attractors *a);
/** How many; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_attractors_count(const binnet_attractors *a);
/** Period of attractor k, 1 for a fixed point; asynchronous: its number of states. 0 when k is out of range. Since 0.1 */
BINNET_API uint64_t binnet_attractors_period(const binnet_attractors *a, uint64_t k);
/** State number `step` of attractor k, step < period; UINT64_MAX when out of range. Since 0.1 */
BINNET_API uint64_t binnet_attractors_state(const binnet_attractors *a, uint64_t k, uint64_t step);
/** States that end in attractor k and in no other, its own included (asynchronous: the strong basin). 0 when k is out of
 *  range. Since 0.1 */
BINNET_API uint64_t binnet_attractors_basin(const binnet_attractors *a, uint64_t k);
/** States that can end in attractor k, its own included; synchronous: the basin. 0 when k is out of range. Since 0.1 */
BINNET_API uint64_t binnet_attractors_weak_basin(const binnet_attractors *a, uint64_t k);
/** Most steps that a state of basin k takes to its attractor; UINT64_MAX when asynchronous or out of range. Since 0.1 */
BINNET_API uint64_t binnet_attractors_longest_transient(const binnet_attractors *a, uint64_t k);
/** Mean of the steps over all states of basin k (0 for those of the attractor); NaN when asynchronous or out of
 *  range. Since 0.1 */
BINNET_API double binnet_attractors_mean_transient(const binnet_attractors *a, uint64_t k);
/** Entropy of where a state drawn uniformly ends, in nats: -sum_k b_k log b_k, b_k = basin / 2^n. [Krawitz & Shmulevich
 *  2007] Asynchronous: of the strong basins, with the states outside all of them as one more part. NaN for NULL. Since 0.1 */
BINNET_API double binnet_attractors_basin_entropy(const binnet_attractors *a);
/** The attractor that `state` belongs to; BINNET_NO_ATTRACTOR when to none. Cost O(log). Since 0.1 */
BINNET_API uint64_t binnet_attractors_holding(const binnet_attractors *a, uint64_t state);

/** Periods, basins and weak basins of all attractors: period[count], basin[count], weak_basin[count], each may be NULL; count is
 *  binnet_attractors_count(a). Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_INTERRUPTED.  Since 0.1 */
BINNET_API int32_t binnet_attractors_all(binnet_ctx *ctx, uint64_t *period, uint64_t *basin, uint64_t *weak_basin,
                                         size_t count, const binnet_attractors *a);
/** States of all attractors together: the sum of their periods; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_attractors_all_states(const binnet_attractors *a);
/** States of all attractors, one attractor after the other: state[all_states], all_states = binnet_attractors_all_states(a). Returns
 *  as binnet_attractors_all.  Since 0.1 */
BINNET_API int32_t binnet_attractors_states(binnet_ctx *ctx, uint64_t *state, size_t all_states,
                                            const binnet_attractors *a);

/**
 * Where a state goes (synchronous).
 *
 * k     [out] attractor that is reached            } each may be NULL
 * steps [out] steps until its first state          }
 * entry [out] step of the attractor at which it is entered: binnet_attractors_state(a, k, entry)
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (state; asynchronous attractors); BINNET_E_INTERRUPTED
 * Cost      O(n^2) for each step.   Since 0.1
 */
BINNET_API int32_t binnet_attractors_reached(binnet_ctx *ctx, uint64_t *k, uint64_t *steps, uint64_t *entry,
                                             const binnet_attractors *a, uint64_t state);

/**
 * Distance of attractor k to its nearest bifurcation in the stimulus of each population: while I_alpha + d,
 * -down[alpha] < d < up[alpha], the other stimuli as they are, every state of the attractor keeps its successors
 * (asynchronous: its edges). A synchronous attractor exists exactly as long.
 *
 * down  [out] double[n_pop], >= 0; INFINITY when there is no bifurcation        } each may be NULL
 * up    [out] double[n_pop], >= 0; INFINITY when there is no bifurcation        }
 * n_pop       the network's populations
 *
 * From the drives along the attractor: down = min of h_i(A) over the states A and the neurons i of alpha that fire next,
 * up = min of -h_i(A) over those that do not. At the distance itself the drive is 0 and the tie rule decides.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n_pop); BINNET_E_RANGE (k); BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  each correctly rounded.   Cost O(n^2) for each state of the attractor.   Since 0.1
 */
BINNET_API int32_t binnet_attractors_margins(binnet_ctx *ctx, double *down, double *up, size_t n_pop,
                                             const binnet_attractors *a, uint64_t k);

/** The same for the stimulus of each neuron alone: down[n], up[n]. Returns as binnet_attractors_margins.  Since 0.1 */
BINNET_API int32_t binnet_attractors_neuron_margins(binnet_ctx *ctx, double *down, double *up, size_t n,
                                                    const binnet_attractors *a, uint64_t k);

/**
 * Which attractors two analyses share, for example of one network under two tie rules.
 *
 * match [out] uint64_t[count] or NULL: for each attractor of a the number of the same states in the same order among those of
 *             b, or BINNET_NO_ATTRACTOR
 * same  [out] one number or NULL: how many have one
 * count       binnet_attractors_count(a)
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (count; neurons); BINNET_E_RANGE (one is asynchronous, the other not).
 * Cost      O(states of the attractors * log).   Since 0.1
 */
BINNET_API int32_t binnet_attractors_match(binnet_ctx *ctx, uint64_t *match, uint64_t *same, size_t count,
                                           const binnet_attractors *a, const binnet_attractors *b);

#ifdef __cplusplus
}
#endif

#endif
