/* How activities vary together: moments of every order, groupwise correlations, cumulants, populations; and from one time to
 * another: lagged covariances, autocorrelation times, counts in windows. Pairs alone: law.h. Derivatives: response.h. */
#ifndef BINNET_CORRELATIONS_H
#define BINNET_CORRELATIONS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A group is k different neurons, int32_t[k], in any order. q_i = E A_i; a sum of probabilities is divided by that of the
 * whole law, so that the law's own rounding cancels. */

/* Most neurons of a group whose cumulant is asked for. */
#define BINNET_MAX_CUMULANT 16

/**
 * Central moment of a group: E[prod over i in group (A_i - q_i)].   k = 2: covariance
 *
 * value [out] one number
 * law   [in]  borrowed, unchanged
 * k           1..n; 1 gives 0
 * group [in]  int32_t[k], different neurons
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k, an unknown neuron, a repeated one); BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  to the last digits of double for the law as given, means beside 0 and 1 and small differences included: sums
 *           are carried in 106 bits, so that what is below 1e-16 of E prod|A_i - q_i| has fewer digits (0 may be 1e-31 of it)
 * Cost      O(2^n + k 2^k) time, 16 * 2^k bytes.   Since 0.1
 */
BINNET_API int32_t binnet_law_central_moment(binnet_ctx *ctx, double *value, const binnet_law *law, size_t k,
                                             const int32_t *group);

/**
 * Groupwise correlation: E[prod (A_i - q_i)] / (prod E|A_i - q_i|^k)^(1/k), -1..1.   k = 2: Pearson's   [FP19] sec. 5
 *
 * corr  [out] one number; NaN when a neuron of the group is never silent or never active
 * k           2..n
 *
 * Arguments, cost and codes as binnet_law_central_moment, and BINNET_E_UNDEFINED with the NaN.
 * Accuracy  1e-14, also where probabilities are 1e-300 or the result is; it may be tiny, and keeps its digits, as the central
 *           moment does.   Since 0.1
 */
BINNET_API int32_t binnet_law_groupwise(binnet_ctx *ctx, double *corr, const binnet_law *law, size_t k,
                                        const int32_t *group);

/**
 * Joint cumulant of a group: sum over its set partitions B of (-1)^(|B| - 1) (|B| - 1)! prod over blocks b of E[prod_b A_i].
 *
 * value [out] one number; k = 1: the mean, 2: the covariance, 3: the third central moment
 * k           1..n, at most BINNET_MAX_CUMULANT
 *
 * Arguments and codes as binnet_law_central_moment.
 * Accuracy  as there; what cancels is measured against 1e-32 of the products of central moments
 * Cost      O(2^n + 3^k) time, 24 * 2^k bytes: k = 16 takes some tenths of a second.   Since 0.1
 */
BINNET_API int32_t binnet_law_cumulant(binnet_ctx *ctx, double *value, const binnet_law *law, size_t k,
                                       const int32_t *group);

/**
 * All joint moments: moment[S] = E[prod over bits i of S of A_i] = Pr(all neurons of S are active); moment[0] = 1.
 *
 * moment [out] double[len], index a set of neurons written like a state
 * len          2^n
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_INTERRUPTED
 * Accuracy  sums of non-negative terms only: n 2^-53 relative
 * Cost      n 2^(n-1) additions in two passes over `moment` up to n = 24, which is the only vector (three above); some
 *           512 KiB beside it for each thread. Memory that the system has yet to supply, page by page, costs ten times as much as
 *           the sums: a vector that was written before is quicker.   Threads BINNET_P_THREADS; the same bits for any number.
 * Since 0.1
 */
BINNET_API int32_t binnet_law_moments(binnet_ctx *ctx, double *moment, size_t len, const binnet_law *law);

/**
 * All central moments, moment[len]: moment[S] = E[prod over bits i of S of (A_i - q_i)]; moment[0] = 1, those of one neuron are 0.
 *
 * Arguments and codes as binnet_law_moments.
 * Accuracy  4 n 2^-53 of E prod|A_i - q_i|, with q_i and 1 - q_i both as sums: means beside 0 and 1 keep their digits
 * Cost      three multiplications where binnet_law_moments has one addition, and one pass more for the q_i.   Since 0.1
 */
BINNET_API int32_t binnet_law_central_moments(binnet_ctx *ctx, double *moment, size_t len, const binnet_law *law);

/** Number of the triple {i, j, k} of different neurons, in any order, among those of binnet_law_triples:
 *  C(c, 3) + C(b, 2) + a for its members a < b < c. UINT64_MAX when two are the same.   Since 0.1 */
BINNET_API uint64_t binnet_triple_index(size_t i, size_t j, size_t k);

/**
 * Groupwise correlations of all pairs and all triples at once (k = 2 and 3 of binnet_law_groupwise).
 *
 * pair   [out] double[n*n] or NULL: Pearson's, diagonal 1
 * n
 * triple [out] double[len]: see binnet_triple_index
 * len          n (n - 1) (n - 2) / 6
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_UNDEFINED (entries of a neuron that never changes are NaN, the
 *           others valid); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  some 1e-15 of the largest term of E|A_i - q_i||A_j - q_j||A_k - q_k| after normalisation; up to 8 neurons that of
 *           binnet_law_groupwise
 * Cost      4 * 2^n additions in one pass over the law (two where a sample of it misleads); 2^(n-12) * 640 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_law_triples(binnet_ctx *ctx, double *pair, size_t n, double *triple, size_t len,
                                      const binnet_law *law);

/** Central moments of all pairs (diagonal: variances) and triples; arguments, codes and cost as binnet_law_triples, but never
 *  BINNET_E_UNDEFINED.   Since 0.1 */
BINNET_API int32_t binnet_law_central_triples(binnet_ctx *ctx, double *pair, size_t n, double *triple, size_t len,
                                              const binnet_law *law);

/**
 * Populations: K_a = number of active neurons of population a, R_a = K_a / N_a its activity.
 *
 * mean [out] double[n_pop] or NULL: E R_a
 * cov  [out] double[n_pop*n_pop] or NULL: Cov(R_a, R_b)
 * corr [out] double[n_pop*n_pop] or NULL: Pearson's correlation of R_a and R_b, diagonal 1
 * within [out] double[n_pop*n_pop] or NULL: mean of Cov(A_i, A_j) over pairs of different neurons i of a, j of b; NaN on the
 *              diagonal for a population of one neuron, which is no error
 * fano [out] double[n_pop] or NULL: Var K_a / E K_a
 * n_pop
 * pop  [in]  int32_t[n]: population of each neuron, 0..n_pop-1, none empty
 * n
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n); BINNET_E_RANGE (n_pop, pop); BINNET_E_UNDEFINED (a population that
 *           never changes: its corr is NaN, or that is never active: its fano is NaN); BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_INTERRUPTED
 * Accuracy  variances: sums of non-negative terms, 1e-14 relative; covariances: 1e-14 of E|K_a - E K_a||K_b - E K_b|, below
 *           1e-290 none; within, diagonal: as binnet_law_central_triples
 * Cost      O(2^n), and 16 bytes for each possible set of counts, prod (N_a + 1); for within also a binnet_law_central_triples.
 *           Since 0.1
 */
BINNET_API int32_t binnet_law_populations(binnet_ctx *ctx, double *mean, double *cov, double *corr, double *within,
                                          double *fano, size_t n_pop, const int32_t *pop, size_t n,
                                          const binnet_law *law);

/**
 * Lagged covariances: cov[i*n + j] = Cov(A_i(t), A_j(t + lag)) when A(t) has the given law, stationary or not.
 *
 * cov   [out] double[n*n]
 * n
 * chain [in]  who makes the steps
 * law   [in]  of A(t), of as many neurons
 * lag         steps of the chain, 0..BINNET_MAX_LAG
 *
 * E[(A_i - q_i) A_j'] is carried forward: the signed vector (A_i - q_i) law(A) takes lag - 1 steps (synchronous; then the
 * probabilities of firing finish) or lag steps (the others).
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (lag); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD;
 *           BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  some n (lag + 1) 2^-53 of E[|A_i - q_i| A_j'] or E[|A_i - q_i| (1 - A_j')], whichever is less
 * Cost      n + 1 applications a step (synchronous at lag 1: none, O(n^2 2^n)); 16 * 2^n bytes, a step's, and n for each lag.
 * Threads   as binnet_chain_apply.   Since 0.1
 */
BINNET_API int32_t binnet_chain_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                                  const binnet_law *law, uint64_t lag);

/** The same for the lags 0, 1, ..., lags in one go, cov[len]: cov[l*n*n + i*n + j], len = (lags + 1) n^2; the cost of the last one
 *  alone. Returns as binnet_chain_lagged_covariance.   Since 0.1 */
BINNET_API int32_t binnet_chain_lagged_covariances(binnet_ctx *ctx, double *cov, size_t len, const binnet_chain *chain,
                                                   const binnet_law *law, uint64_t lags);

/** What binnet_chain_lagged_covariances will cost up to that lag; each output may be NULL. bytes: what
 *  BINNET_P_MEMORY_LIMIT is compared with. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.   Since 0.1 */
BINNET_API int32_t binnet_chain_lagged_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops,
                                                const binnet_chain *chain, uint64_t lags);

/**
 * Counts in a window: C_i = A_i(t) + A_i(t + 1) + ... + A_i(t + steps - 1) when A(t) has the given law, stationary or not.
 *
 * mean [out] double[n] or NULL
 * cov  [out] double[n*n] or NULL: Cov(C_i, C_j)
 * fano [out] double[n] or NULL: Var C_i / E C_i
 * n
 * steps      1..BINNET_MAX_LAG
 *
 * Counts of populations are sums: Var(sum C_i) = sum of cov.
 *
 * Returns   as binnet_chain_lagged_covariance, and BINNET_E_UNDEFINED (a neuron that is never active: its fano is NaN)
 * Accuracy  as binnet_chain_lagged_covariance, times steps
 * Cost      n + 1 applications a step; (n + 3) * 8 * 2^n bytes and a step's.   Since 0.1
 */
BINNET_API int32_t binnet_chain_window(binnet_ctx *ctx, double *mean, double *cov, double *fano, size_t n,
                                       const binnet_chain *chain, const binnet_law *law, uint64_t steps);

/**
 * Integrated autocorrelation times, in steps: tau = 1 + 2 sum over lag >= 1 of Cov(X(t), X(t + lag)) / Var X in the stationary
 * law: the mean over T steps has variance tau Var X / T for large T. Independent steps: 1.
 *
 * tau        [out] double[n] or NULL: X = A_i
 * population [out] one number or NULL: X = the mean activity of all neurons
 * error      [out] one number or NULL: bound of the absolute error of each tau
 * n
 * law        [in]  stationary law of the chain
 *
 * The sum is (I - P)^-1 on the states the law has weight on, by the same solver as response.h; for a neuron's own, on the states of
 * those neurons alone that influence it, at whatever remove.
 *
 * Returns   as binnet_response_functional, and BINNET_E_UNDEFINED (X that never changes: its tau is NaN)
 * Cost      one solution for each neuron; for the population one more only where tau is NULL.   Since 0.1
 */
BINNET_API int32_t binnet_chain_autocorrelation_time(binnet_ctx *ctx, double *tau, double *population, double *error,
                                                     size_t n, const binnet_chain *chain, const binnet_law *law);

#ifdef __cplusplus
}
#endif

#endif
