/* The Markov chain of a noisy network: transitions, one step of a law, recurrent classes, stationary law. */
#ifndef BINNET_CHAIN_H
#define BINNET_CHAIN_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BINNET_UPDATE_SYNCHRONOUS 1  /* all neurons at once (Little, Peretto) */
#define BINNET_UPDATE_ASYNCHRONOUS 2 /* one neuron drawn per step (Glauber) */
#define BINNET_UPDATE_SWEEP 3        /* one after the other in a fixed order; a step of the chain is the whole sweep */
#define BINNET_UPDATE_BLOCKS 4       /* block after block, each at once; a step of the chain is all blocks */

/* Most neurons of a chain whose state vector this library will hold. */
#define BINNET_MAX_CHAIN_NEURONS 32

/* Most steps of a lag or a window. */
#define BINNET_MAX_LAG 1000000

/**
 * Make the chain of a network with noise.
 *
 * Synchronous: P(A'|A) = prod_i p_i(A)^{A_i'} (1 - p_i(A))^{1 - A_i'}, p_i(A) = 1 - F(-h_i(A)/scale_i)   [FP19] sec. 2
 * Asynchronous: neuron i is drawn with probability 1/n and set to 1 with probability p_i(A)              [Gl63]
 * Sweep: neurons 0, 1, ..., n-1 in this order. BINNET_UPDATE_BLOCKS needs binnet_chain_new_blocks.
 *
 * net, noise [in] borrowed and copied; they may be freed
 *
 * Correlated noise, synchronous and blocks: P(A'|A) is the orthant probability of N(h(A), Sigma); a table of all of them is made here
 * (n + k <= 24, stages of k <= 12 neurons; without factors k <= 8, some 0.2 s 2^n for k = 8, or n + k <= 20, minutes), or the
 * nodes of a sum over shared factors (docs/noise.md). Asynchronous, sweep: the variances alone count.
 *
 * Synchronous chains and blocks: the order in which steps of sparse networks sum neurons out is looked for here, as long as
 * that takes less than a step.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (noise of another size); BINNET_E_RANGE (update, more than
 *           BINNET_MAX_CHAIN_NEURONS neurons; more than is possible with this correlated noise); BINNET_E_NOCONV (correlated
 *           noise: BINNET_P_ROW_ERROR was not reached, message: what was); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(n 2^12) time and bytes at most; the order: O(n^4) time, or O(n 2^n) time and 9 * 2^n bytes up to 22 neurons
 *           (where the memory limit allows).   Since 0.1
 */
BINNET_API int32_t binnet_chain_new(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                    const binnet_noise *noise, int32_t update);

/** Asynchronous chain with selection probabilities select[n], >= 0, sum 1 within 1e-12 (then normalised).
 *  Returns as binnet_chain_new.  Since 0.1 */
BINNET_API int32_t binnet_chain_new_asynchronous(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                                 const binnet_noise *noise, const double *select);

/** Sweep in the order order[n], a permutation of 0..n-1. Returns as binnet_chain_new.  Since 0.1 */
BINNET_API int32_t binnet_chain_new_sweep(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                          const binnet_noise *noise, const int32_t *order);

/** Block-sequential chain: block[n], neuron i belongs to block[i], 0..n_blocks-1, none empty; block 0 is updated first.
 *  Returns as binnet_chain_new.  Since 0.1 */
BINNET_API int32_t binnet_chain_new_blocks(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                           const binnet_noise *noise, size_t n_blocks, const int32_t *block);

/** Free a chain; NULL is allowed. Since 0.1 */
BINNET_API void binnet_chain_free(binnet_chain *chain);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_chain_neurons(const binnet_chain *chain);
/** BINNET_UPDATE_*; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_chain_update(const binnet_chain *chain);
/** "synchronous", "asynchronous", "sweep" or "blocks" for BINNET_UPDATE_*; NULL for no update rule. Since 0.1 */
BINNET_API const char *binnet_update_name(int32_t update);
/** States, 2^n, or those of a lumped chain (lumped.h), for which len is so many below; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_chain_states(const binnet_chain *chain);

/**
 * One step of a law: y = x P, without the matrix.
 *
 * y   [out] double[len]
 * len       2^n
 * x   [in]  double[len], >= 0 and finite; need not sum to 1
 *
 * Synchronous, dense product: y[hi, lo] = sum_A x(A) H_A[hi] L_A[lo], H_A and L_A the laws of the upper and lower half of the
 * neurons. Synchronous or in blocks, by variable elimination: the factors p_i(A_i' | A_parents of i) are multiplied in one by
 * one, and a neuron's old activity is summed out as soon as all neurons it projects to are in; new activities are gone through
 * one after the other. In networks whose neurons have few inputs the second takes a small part of the time, and is chosen where
 * it is estimated to be quicker and the memory limit allows it; laws with few states of positive weight are left to the first.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE (x < 0); BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  sums of non-negative terms only (correlated noise: and binnet_chain_row_error): relative error of each y[s] about (n + 20) 2^-53 times a small constant
 * Cost      synchronous 2 * 4^n flops by the BLAS and less than 64 MiB, or by elimination what binnet_chain_apply_estimate says: with
 *           in-degree 3 some 70 2^n multiply-adds of 0.1 to 0.2 ns at n = 18, 120 2^n at n = 24, and 2 to 5 vectors of 2^n doubles
 *           (at most 32); asynchronous and sweep O(n 2^n).
 * Threads   BINNET_P_THREADS; the same bits for any number, of BLAS threads too; another BLAS gives other last digits.
 *           Since 0.1
 */
BINNET_API int32_t binnet_chain_apply(binnet_ctx *ctx, double *y, size_t len, const binnet_chain *chain,
                                      const double *x);

/** Probability of one transition: p = Pr(to next | from now). Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE;
 *  BINNET_E_CALLBACK; BINNET_E_NOMEM.  Since 0.1
 *  Cost O(n^2); sweep and blocks the same (each stage is fixed by the two states). */
BINNET_API int32_t binnet_chain_transition(binnet_ctx *ctx, double *p, const binnet_chain *chain, uint64_t from,
                                           uint64_t to);

/** One row, row[len]: row[t] = Pr(t next | from now), len = 2^n. Returns as binnet_chain_apply.  Cost O(2^n).  Since 0.1 */
BINNET_API int32_t binnet_chain_row(binnet_ctx *ctx, double *row, size_t len, const binnet_chain *chain, uint64_t from);

/** Whole matrix, P[len]: P[s*S + t], S = 2^n, len = 4^n; n <= 16. Returns as binnet_chain_apply, and BINNET_E_LIMIT when the
 *  matrix itself is over the memory limit.  Cost O(4^n).  Since 0.1 */
BINNET_API int32_t binnet_chain_matrix(binnet_ctx *ctx, double *P, size_t len, const binnet_chain *chain);

/**
 * Errors of the transition probabilities by correlated noise (docs/noise.md); 0 where the noise of neurons that are updated
 * together is independent.
 *
 * row   [out] or NULL: the greatest sum over t of the errors of Pr(t | s)
 * entry [out] or NULL: the greatest error of one Pr(t | s)
 *
 * Shared factors: bounds, some 1e-13 of the probabilities. One factor with hardly any noise of the neurons' own, and two or three
 * neurons of any covariance: conservative, 1e-13 and 1e-9. Any other covariance: estimates from a randomised lattice, 5
 * standard errors, row at most BINNET_P_ROW_ERROR.  Returns BINNET_OK; BINNET_E_NULL.  Since 0.1
 */
BINNET_API int32_t binnet_chain_row_error(binnet_ctx *ctx, double *row, double *entry, const binnet_chain *chain);

/**
 * Recurrent classes: the sets of states the chain ends in and then never leaves.
 *
 * count    [out] how many classes
 * class_of [out] int32_t[len] or NULL: class of each state, 0..count-1 by least member; -1 for a transient state
 * len            2^n (ignored when class_of is NULL)
 *
 * A neuron that fires, or is silent, with a probability that underflows to 0 in double counts as one that cannot; the product of
 * the probabilities of several may underflow. Lumped chains likewise: their classes are those of the chain of neurons. (Tables of
 * correlated noise: an entry that is 0.)
 *
 * Returns   as binnet_chain_apply
 * Cost      O(2^n) when every neuron has noise of unbounded support; else O(n 2^n) for asynchronous and sweep, and
 *           about one visit of each possible (distinct) set of successors for synchronous.   Since 0.1
 */
BINNET_API int32_t binnet_chain_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, size_t len,
                                        const binnet_chain *chain);

/**
 * Stationary law: pi P = pi, sum pi = 1.
 *
 * Pieces of the network that do not influence each other are solved apart, neurons that influence nobody after the others.
 * BINNET_P_METHOD chooses between elimination without subtraction (Grassmann, Taksar, Heyman 1985) and iteration: passes that
 * balance what flows into each state with what flows out, accelerated (Anderson), and the weights of the basins of the
 * noiseless dynamics solved for exactly in between (aggregation and disaggregation), until both no longer change. Under weak
 * noise large synchronous chains are first solved by inner iterations over their large transitions alone between passes over
 * all (a regular splitting); what is certified in the end are passes over all. Which way an iteration goes follows from
 * BINNET_P_MEMORY_LIMIT: beside what a step takes, some 160 vectors of 2^n with inner iterations (75 from 21 neurons on), 24 accelerated, else 10 to 12
 * and more passes. Where probabilities underflow in double, both go on with numbers that carry an exponent of their own:
 * elimination up to some thousand states, asynchronous chains and sweeps up to some 20 neurons, synchronous ones up to 13.
 *
 * out [out] the law, with residual, iterations and method; NULL on failure
 *
 * BINNET_P_MAX_ITERATIONS counts passes over all states, those that only find flows or fill a start as well, in all pieces and
 * attempts together; where numbers with exponents may follow, half of them are kept for those.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED; BINNET_E_NOCONV (message: the residual reached, or the passes that were allowed);
 *           BINNET_E_REDUCIBLE (several recurrent classes; message: how many; see binnet_chain_classes);
 *           BINNET_E_UNDERFLOW (the balance between parts of the state space hangs on numbers below 1e-290, and there are
 *           too many states for more)
 * Accuracy  binnet_law_residual <= BINNET_P_TOLERANCE (correlated noise: and binnet_chain_row_error, which is added), recomputed from the result (where pieces or neurons that influence
 *           nobody were added to a core, those of the parts, which bound it); binnet_law_balance_error estimates the
 *           relative error of every probability above 1e-280, some 1e-13 to 1e-10
 * Cost      GTH (2/3) 8^n flops and 8 * 4^n bytes; iteration: some tens to hundreds of steps (binnet_chain_apply); in numbers with exponents some
 *           5 ns a multiplication.   Since 0.1
 */
BINNET_API int32_t binnet_chain_stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain);

/**
 * The same from a law that may be close, such as that of a slightly different network.
 *
 * start [in] borrowed, of the same number of neurons, any law; NULL: as binnet_chain_stationary
 *
 * The start only saves work, it decides nothing: where the iteration cannot use it (it is far from balancing itself, or does
 * not lead to a certified law) the usual start is taken; elimination does not look at it. What is promised is the same; the
 * last digits, within the promise, may differ. A law extrapolated from several neighbours saves most.
 *
 * Returns   as binnet_chain_stationary; BINNET_E_SIZE (start of another size)
 * Accuracy  as binnet_chain_stationary
 * Cost      as binnet_chain_stationary and 24 * 2^n bytes more; steps from a start that is right to k digits: about
 *           1 - k/16 of the usual, at least some 10.   Since 0.1
 */
BINNET_API int32_t binnet_chain_stationary_from(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                                const binnet_law *start);

/** Stationary law of one recurrent class k of binnet_chain_classes; 0 on all other states. Returns as
 *  binnet_chain_stationary, and BINNET_E_RANGE (k).  Since 0.1 */
BINNET_API int32_t binnet_chain_stationary_in_class(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                                    uint64_t k);

/** Law after `steps` steps from p0: p0 P^steps. Returns as binnet_chain_apply, BINNET_E_SIZE (p0 of another size).
 *  Its residual is ||p P - p||_1; the other figures of a stationary law are NaN.  Cost steps + 1 applications.  Since 0.1 */
BINNET_API int32_t binnet_chain_evolve(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                       const binnet_law *p0, uint64_t steps);

/**
 * What a call will cost, before it runs; each output may be NULL.
 *
 * states [out] states of the chain
 * bytes  [out] most that is allocated at once, result included: what BINNET_P_MEMORY_LIMIT is compared with
 * flops  [out] floating-point operations: of one step as it is done under the present memory limit (from a law with few
 *              states of positive weight it may take less), or of the elimination, or of a typical run of the iteration
 *              (its number of steps is not known beforehand; counted are 100 asynchronous ones, 40 dense synchronous ones and
 *              sweeps, 85 by elimination and 60 of blocks, from a third to three times of which are usual)
 *
 * Returns BINNET_OK; BINNET_E_NULL; and, where the flops of a stationary law are asked for, BINNET_E_NOMEM and
 * BINNET_E_INTERRUPTED.  Since 0.1
 */
BINNET_API int32_t binnet_chain_apply_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                               const binnet_chain *chain);
BINNET_API int32_t binnet_chain_stationary_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                                    const binnet_chain *chain);

#ifdef __cplusplus
}
#endif

#endif
