/* A probability law over the states, and what it yields: probabilities, marginals, means, covariances, entropy. */
#ifndef BINNET_LAW_H
#define BINNET_LAW_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a law from the caller's probabilities.
 *
 * n        neurons, 1..BINNET_MAX_CHAIN_NEURONS
 * p   [in] double[2^n], >= 0, sum 1 within 1e-9; copied, and divided by its sum where that is
 *              not 1 within 2e-15: the library's own laws stay what they are
 * len      2^n
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM. Since 0.1
 */
BINNET_API int32_t binnet_law_new(binnet_ctx *ctx, binnet_law **out, size_t n, const double *p, size_t len);

/** Free a law; NULL is allowed. Since 0.1 */
BINNET_API void binnet_law_free(binnet_law *law);

/** The probabilities, double[2^n] or one for each occupation state (lumped.h), valid while the law lives; NULL for NULL. Since 0.1 */
BINNET_API const double *binnet_law_data(const binnet_law *law);
/** States, 2^n, or the occupation states (lumped.h); 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_law_size(const binnet_law *law);
/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_law_neurons(const binnet_law *law);
/** ||pi P - pi||_1 from the solver, recomputed from the final vector; NaN for a law that no solver made. Since 0.1 */
BINNET_API double binnet_law_residual(const binnet_law *law);
/** The honest figure: max over states of |z(s) - pi(s)| / pi(s), z(s) = sum over r != s of pi(r) P(r, s) / (1 - P(s, s)): what
 *  flows into a state against what flows out of it. (The change |pi P - pi| / pi is smaller by the factor 1 - P(s, s), which
 *  weak noise makes tiny.) States of probability 0 or below 1e-290 left out; NaN as above. Since 0.1 */
BINNET_API double binnet_law_residual_relative(const binnet_law *law);
/** Estimate of the largest relative error of the weight of a basin of attraction, and so of every probability: what solving
 *  for the weights of the basins last changed, and the rounding of the drives and of elimination. Where noise is weak this
 *  is what the figures above cannot see. NaN as above. Since 0.1 */
BINNET_API double binnet_law_balance_error(const binnet_law *law);
/** Steps y = x P the solver took; 0 for elimination and for a law that no solver made. Since 0.1 */
BINNET_API uint64_t binnet_law_iterations(const binnet_law *law);
/** BINNET_METHOD_GTH or _ITERATION: how the core was solved; 0 for a law that no solver made. Since 0.1 */
BINNET_API int32_t binnet_law_method(const binnet_law *law);

/** Means mean[n]: mean[i] = Pr(neuron i active). Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NOMEM; BINNET_E_LIMIT.
 *  BINNET_E_INTERRUPTED. Accuracy a few times 1e-16 relative.  Cost O(2^n) time, 2^n * 8 bytes.  Since 0.1 */
BINNET_API int32_t binnet_law_mean(binnet_ctx *ctx, double *mean, size_t n, const binnet_law *law);

/** Covariances cov[n][n]: cov[i*n + j] = E[A_i A_j] - E[A_i] E[A_j], as Pr(11) Pr(00) - Pr(10) Pr(01). Returns as binnet_law_mean.
 *  Accuracy about 1e-15 of the larger product, also for means beside 0 and 1.  Cost O(2^n) time (not n^2 2^n), 2^n * 12
 *  bytes.  Since 0.1 */
BINNET_API int32_t binnet_law_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_law *law);

/** Pearson correlations corr[n][n], -1..1, diagonal 1 [FP19] sec. 5 with k = 2. Where a neuron is never silent or never active the
 *  entries are NaN and the call returns BINNET_E_UNDEFINED. Otherwise returns as binnet_law_mean. Accuracy about 1e-15,
 *  also where means are within 1e-300 of 0 or 1.  Cost as binnet_law_covariance.  Since 0.1 */
BINNET_API int32_t binnet_law_correlation(binnet_ctx *ctx, double *corr, size_t n, const binnet_law *law);

/**
 * Marginal law of k neurons.
 *
 * p       [out] double[2^k]; bit b of the index is the activity of neuron[b]
 * k             0..n
 * neuron  [in]  int32_t[k], different neurons
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (len is not 2^k); BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *         BINNET_E_INTERRUPTED.  Accuracy 2e-16 relative.  Cost O(k 2^n) time, 8 * 2^k bytes.  Since 0.1
 */
BINNET_API int32_t binnet_law_marginal(binnet_ctx *ctx, double *p, size_t len, const binnet_law *law, size_t k,
                                       const int32_t *neuron);

/**
 * The k most probable states, most probable first; equal probabilities by the smaller state.
 *
 * state [out] uint64_t[k]     p [out] double[k] or NULL
 * k           1..2^n
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_INTERRUPTED.  Cost O(2^n log k) at worst.  Since 0.1
 */
BINNET_API int32_t binnet_law_top(binnet_ctx *ctx, uint64_t *state, double *p, size_t k, const binnet_law *law);

/** Shannon entropy in nats, -sum p log p. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_INTERRUPTED.  Cost O(2^n).  Since 0.1 */
BINNET_API int32_t binnet_law_entropy(binnet_ctx *ctx, double *nats, const binnet_law *law);

#ifdef __cplusplus
}
#endif

#endif
