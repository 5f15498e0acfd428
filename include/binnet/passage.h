/* First passage of a chain: sets of states, how long it takes to a set, which one is met first, how a set is left. */
#ifndef BINNET_PASSAGE_H
#define BINNET_PASSAGE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A set of states, from a list; a state may be named twice.
 *
 * n           neurons, 1..BINNET_MAX_CHAIN_NEURONS
 * state [in]  uint64_t[count], each below 2^n; NULL with count 0: the empty set
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (n, or which state); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(2^n / 64 + count) time, 2^n / 8 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_set_new_states(binnet_ctx *ctx, binnet_set **out, size_t n, const uint64_t *state,
                                         size_t count);

/** The states s with (s & mask) == value: the neurons of the mask at given activities, the others free. value has no bit
 *  outside of mask, mask none from n on. Returns as binnet_set_new_states.  Cost O(2^n) time, 2^n / 8 bytes.  Since 0.1 */
BINNET_API int32_t binnet_set_new_pattern(binnet_ctx *ctx, binnet_set **out, size_t n, uint64_t mask, uint64_t value);

/** The states of one set or the other, of as many neurons (BINNET_E_SIZE). Returns as binnet_set_new_states.  Since 0.1 */
BINNET_API int32_t binnet_set_new_union(binnet_ctx *ctx, binnet_set **out, const binnet_set *one,
                                        const binnet_set *other);

/** The states that are not in a set. Returns as binnet_set_new_states.  Since 0.1 */
BINNET_API int32_t binnet_set_new_complement(binnet_ctx *ctx, binnet_set **out, const binnet_set *set);

/** Free a set; NULL is allowed. Since 0.1 */
BINNET_API void binnet_set_free(binnet_set *set);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_set_neurons(const binnet_set *set);
/** States in it; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_set_count(const binnet_set *set);
/** 1 when the state is in it, else 0; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_set_contains(const binnet_set *set, uint64_t state);

/**
 * Time until a set of states is first reached, from every state: mean and variance, in steps.
 *
 * With Q the chain's matrix on the states outside of the target: (1 - Q) mean = 1, and the variance by
 * (1 - Q) variance(s) = sum over t of P(s, t) (mean(t) - mean(s) + 1)^2 (mean and variance are 0 in the target), or, where times are
 * so long that the differences of means lose their digits, as E T^2 - mean^2, (1 - Q) E T^2 = 2 mean - 1.  [KS60] ch. 3
 *
 * mean     [out] double[len]: 0 in the target; infinite where the target is missed with positive probability
 * variance [out] double[len] or NULL; infinite where the mean is
 * len            2^n
 * error    [out] or NULL: estimate of the largest relative error of a mean; by iteration: a bound on it, and of the variances when
 *              these are asked for. By elimination the variance of a long time has some 1e-12 of itself: with m states it is not below
 *              mean^2/m - mean [AS87]; a variance that is far below mean^2 is off by some 1e-31 mean^2 besides
 * target   [in]  not empty; when it is every state all times are 0
 *
 * Up to 1536 states outside of the target: elimination without subtraction [GTH85], all of whose numbers are sums, products and
 * quotients of non-negative ones, so that means of 1e12 or 1e300 have the relative accuracy of those of 1. Where probabilities
 * underflow in double and there are at most 2048 such states, the numbers have exponents of their own (with more, a probability
 * of being trapped that underflows counts as 0). More states, or BINNET_METHOD_ITERATION: iteration (GMRES), and an error that
 * is certified by the residual: for a vector x with |(1 - Q) x - 1| <= d everywhere the true one is within x / (1 + d) and
 * x / (1 - d), since (1 - Q)^-1 has no negative entry. Rounding is in d, some 1e-15 times the longest mean; where d is above
 * BINNET_P_RELATIVE_TOLERANCE, up to 8192 states are eliminated after all (unless the method is set, or the memory limit is
 * less), and for more the call fails with the figure. BINNET_METHOD_GTH: elimination always.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (len, target of another size); BINNET_E_RANGE (the target is empty);
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED;
 *           BINNET_E_NOCONV (message: the figure reached); BINNET_E_UNDERFLOW (a set of states is left with probabilities
 *           too small for double, and has too many states for more; or a time is above 1e300)
 * Cost      m states outside of the target: (2/3) m^3 flops and 8 m^2 bytes; iteration: tens to hundreds of y = P x.
 * Threads   BINNET_P_THREADS; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_passage_times(binnet_ctx *ctx, double *mean, double *variance, size_t len, double *error,
                                        const binnet_chain *chain, const binnet_set *target);

/**
 * The same from a law. States of the target count as 0 steps. Infinite when a state of positive weight has an infinite mean.
 *
 * mean     [out] one number
 * variance [out] one number or NULL
 *
 * Returns as binnet_passage_times; BINNET_E_SIZE (start).  Since 0.1
 */
BINNET_API int32_t binnet_passage_times_from(binnet_ctx *ctx, double *mean, double *variance, double *error,
                                             const binnet_chain *chain, const binnet_law *start,
                                             const binnet_set *target);

/** Mean and variance (NULL allowed) of the time until a target is reached in continuous time: the chain and its events per unit
 *  of time q (> 0, finite) as of binnet_chain_new_continuous. For N events the mean is E N / q and the variance
 *  (E N + Var N) / q^2. Otherwise as binnet_passage_times; BINNET_E_RANGE (q; the chain is not asynchronous).  Since 0.1 */
BINNET_API int32_t binnet_passage_times_continuous(binnet_ctx *ctx, double *mean, double *variance, size_t len,
                                                   double *error, const binnet_chain *chain, double q,
                                                   const binnet_set *target);

/**
 * Which of several sets is reached first, from every state.
 *
 * (1 - Q) p_k = the probability of a step into set k, Q on the states of no set.
 *
 * p     [out] double[n_sets * 2^n]: p[k * 2^n + s] = Pr(set k is the first one reached | start s); 1 or 0 for states of a set. What
 *             the sum over k lacks to 1 is the probability never to reach one.
 * len         n_sets * 2^n
 * error [out] or NULL: estimate of the largest relative error of those above 1e-140 (1e-300 with up to 2048 states of no
 *             set); by iteration: a bound on the largest absolute error
 * n_sets      1 or more
 * set   [in]  [n_sets], none empty, no two with a common state. With two sets these are splitting probabilities
 *             (committors); with one, the probability of absorption.
 *
 * Returns   as binnet_passage_times; BINNET_E_RANGE (which set is empty; which two have a common state)
 * Cost      as binnet_passage_times, and 2 m^2 flops for each set.   Since 0.1
 */
BINNET_API int32_t binnet_passage_probabilities(binnet_ctx *ctx, double *p, size_t len, double *error,
                                                const binnet_chain *chain, size_t n_sets, const binnet_set *const *set);

/**
 * Expected number of steps spent in each state before the target is reached: v (1 - Q) = start outside of the target.
 *
 * steps [out] double[len]: 0 in the target; infinite for recurrent states that are entered with positive probability. The sum is
 *             the mean of binnet_passage_times_from; sums over sets are the times spent in them.
 * len         2^n
 * error [out] or NULL: as of binnet_passage_times for entries above 1e-140; by iteration: a bound on the sum of all errors
 *             over the sum of all entries
 * start [in]  law at time 0, which counts as the first step
 *
 * Returns and cost as binnet_passage_times_from.  Since 0.1
 */
BINNET_API int32_t binnet_passage_occupation(binnet_ctx *ctx, double *steps, size_t len, double *error,
                                             const binnet_chain *chain, const binnet_law *start,
                                             const binnet_set *target);

/**
 * How a set is left when it has been kept for long: the quasi-stationary law v of a set and its escape rate.
 *
 * v Q = (1 - rate) v, Q the chain's matrix on the set: from the law v the set is left in each step with probability rate,
 * whatever happened before, and while it is not v stays.  [DS65]
 *
 * law   [out] v, 0 outside of the set; its residual is |v Q / (1 - rate) - v|_1, NaN when the set is left in one step; its
 *             balance_error the last relative change of an entry
 * rate  [out] 1 / (expected steps until the set is left from v), with full relative accuracy (1e-12 or 1e-300)
 * error [out] or NULL: relative; the rate is between the least and the greatest of (v (1 - Q)^-1)(s) / v(s)
 *             (Collatz and Wielandt) inverted, and the rounding of elimination is added as an estimate
 * set   [in]  neither empty nor every state; it must be possible to leave it from everywhere in it
 *
 * Inverse iteration with (1 - Q)^-1, which converges as the ratio of the escape rate to the next one: at once for a set with
 * one well. With many states the systems are solved by iteration as above: the rate then comes from right vectors, whose
 * entries are certified one by one, and of the law only the residual is known (at most BINNET_P_RELATIVE_TOLERANCE;
 * balance_error is NaN).
 *
 * Returns   as binnet_passage_times; BINNET_E_RANGE (empty or everything); BINNET_E_REDUCIBLE (it holds states from which it is
 *           never left: the rate is 0); BINNET_E_NOCONV (more than one law, or two wells in the set that are left at about the
 *           same rate and hardly joined; message: the figure)
 * Cost      as binnet_passage_times for m states in the set, and 4 m^2 flops for each iteration.   Since 0.1
 */
BINNET_API int32_t binnet_passage_quasi_stationary(binnet_ctx *ctx, binnet_law **law, double *rate, double *error,
                                                   const binnet_chain *chain, const binnet_set *set);

/**
 * Probability that the chain follows a path of states: product of P(state[k], state[k + 1]), from state[0] on.
 *
 * p     [out] or NULL: it, 0 when below the range of double
 * log_p [out] or NULL: its natural logarithm, -infinity when it is 0; right also far below the range of double
 * count       1..; the path has count - 1 steps (one state: probability 1)
 * state [in]  uint64_t[count]
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (count, or which state); BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  about (n + 5) 2^-53 times the steps, and what the rounding of the drives makes.   Cost O(n) for each step.   Since 0.1
 */
BINNET_API int32_t binnet_passage_path(binnet_ctx *ctx, double *p, double *log_p, const binnet_chain *chain,
                                       size_t count, const uint64_t *state);

/** What binnet_passage_times will cost, count: the states outside of the target; flops: of the elimination or, where times are
 *  found by iteration (BINNET_METHOD_ITERATION, or the method is free and count is above 1536 or the memory limit too low), of
 *  one iteration: how many it takes depends on the chain and is not known beforehand. Returns BINNET_OK; BINNET_E_NULL;
 *  BINNET_E_SIZE.  Since 0.1 */
BINNET_API int32_t binnet_passage_estimate(binnet_ctx *ctx, uint64_t *count, uint64_t *bytes, double *flops,
                                           const binnet_chain *chain, const binnet_set *target);

#ifdef __cplusplus
}
#endif

#endif
