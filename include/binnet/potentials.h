/*
 * Membrane potentials, from the law of the activities one step before: densities, distribution functions, quantiles, moments,
 * correlations, samples; and back from potentials to activities.
 *
 *     V_i(t) = (1/M_i) sum_j J_ij A_j(t-1) + I_i + scale_i B_i(t)         [FP19] sec. 2
 *
 * for every neuron i, whatever the update rule: the potential that the state A(t-1) gives it. Given A(t-1) the potentials are
 * independent, so that every law of V(t) is a mixture over the states A(t-1), m_i(A) = (1/M_i) sum_j J_ij A_j + I_i:
 *
 *     p(V) = sum_A P(A, t-1) prod_i f((V_i - m_i(A)) / scale_i) / scale_i
 *
 * `previous` is always the law of A(t-1): stationary, of a transient, or given potentials (binnet_potential_given). Which
 * potentials set activities is the update rule's: synchronous, A_i(t) = [V_i(t) >= theta_i] for all i; asynchronous, for the
 * neuron that is drawn, the others keep their activity; in a sweep or block by block only for those that are updated first,
 * since later ones see a state of which V(t) does not know.
 */
#ifndef BINNET_POTENTIALS_H
#define BINNET_POTENTIALS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Means E V_i(t), mean[n].
 *
 * previous [in] law of A(t-1), as many neurons as the chain
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED;
 *           BINNET_E_UNDEFINED (noise without a mean, Student t with dof <= 1: NaN for its neurons); BINNET_E_NOCONV (the
 *           moments of a caller's noise, integrals of its distribution function, do not settle to 1e-9); BINNET_E_RANGE (a mean
 *           that overflows)
 * Accuracy  some 1e-15 of the sum of |J_ij| / M_i + |I_i|.   Cost O(2^n) time, 2^n * 8 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_potential_mean(binnet_ctx *ctx, double *mean, size_t n, const binnet_chain *chain,
                                         const binnet_law *previous);

/**
 * Covariances cov[n][n]: cov[i*n + j] = Cov(V_i(t), V_j(t)) = sum_kl J_ik J_jl Cov(A_k, A_l) / (M_i M_j), and scale_i^2 Var B more on the
 * diagonal.
 *
 * Returns   as binnet_potential_mean; BINNET_E_UNDEFINED without a second moment (dof <= 2: NaN on the diagonal); BINNET_E_RANGE (a
 *           covariance that overflows)
 * Accuracy  some 1e-15 of the sum of the terms' sizes, also for means beside 0 and 1.   Cost O(2^n + n^4) time, 12 * 2^n bytes.
 * Since 0.1
 */
BINNET_API int32_t binnet_potential_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                               const binnet_law *previous);

/**
 * Groupwise correlation of the potentials of k different neurons; k = 2 is Pearson's.   [FP19] sec. 5
 *
 *     E[prod_i (V_i - E V_i)] / (prod_i E|V_i - E V_i|^k)^(1/k),   numerator sum_A P(A) prod_i (m_i(A) - E m_i)
 *
 * E|m + scale B|^k: even k, a sum of positive terms; odd k, one more, 2 scale^k E[(B - |m|/scale)_+^k], in closed form
 * (Gaussian, as 1F1(-k/2; 1/2; -m^2/(2 scale^2)); uniform; Laplace), by an accelerated series (logistic), or by quadrature
 * (Student t, a caller's law).
 *
 * corr  [out] -1..1
 * k           2..n
 * group [in]  int32_t[k], different neurons
 *
 * Returns   as binnet_potential_mean; BINNET_E_RANGE (group); BINNET_E_UNDEFINED (a potential of the group never changes, or
 *           has no k-th absolute moment: Student t with dof <= k): corr is NaN; BINNET_E_NOCONV (quadrature)
 * Accuracy  1e-13 of the sum of the terms' sizes (quadrature 1e-11)
 * Cost      O(2^n k) time; Student t with odd k and a caller's law some 0.3 ms for each mean of a neuron.   Since 0.1
 */
BINNET_API int32_t binnet_potential_groupwise(binnet_ctx *ctx, double *corr, const binnet_chain *chain,
                                              const binnet_law *previous, size_t k, const int32_t *group);

/**
 * Lagged covariances cov[n][n]: cov[i*n + j] = Cov(V_i(t), V_j(t + lag)), t - 1 being the time of `previous`, stationary or not.
 *
 *     Cov(V_i(t), V_j(t + lag)) = sum_k J_jk Cov(V_i(t), A_k(t + lag - 1)) / M_j
 *
 * where the noise of V_i(t) is the noise that sets A_i(t): scale_i E[B; B >= -h_i/scale_i] enters for the neurons updated.
 *
 * lag  steps of the chain; 0 gives binnet_potential_covariance
 *
 * Returns   as binnet_potential_covariance, without BINNET_E_UNDEFINED for lag > 0 when means exist and noise is independent; as binnet_chain_apply
 * Accuracy  some 1e-14 of the sum of the terms' sizes
 * Cost      n (lag - 1) 2 applications of the chain, and about as much as 2 n more for lag >= 1; 2^n * 32 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_potential_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n, const binnet_chain *chain,
                                                      const binnet_law *previous, uint64_t lag);

/* --- one neuron --- */

/* The law of one potential: a mixture of copies of the noise, one for each different mean. Immutable; outlives its inputs. */
typedef struct binnet_potential_marginal binnet_potential_marginal;

/**
 * The law of V_i(t).
 *
 * Means that are equal are one component, and so are the states that differ in neurons without a weight to neuron i or in which
 * of several equal weights are in: a neuron with k inputs has at most 2^k components.
 *
 * neuron  0..n-1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  weights 4e-16 relative, means rounded a few times.   Cost O(2^n) time once; 32 bytes a component.   Since 0.1
 */
BINNET_API int32_t binnet_potential_marginal_new(binnet_ctx *ctx, binnet_potential_marginal **out,
                                                 const binnet_chain *chain, const binnet_law *previous, int32_t neuron);

/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_potential_marginal_free(binnet_potential_marginal *marginal);

/** Components of positive weight; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_potential_marginal_count(const binnet_potential_marginal *marginal);

/** Mean and weight of component k, by rising mean; each output may be NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.
 *  Since 0.1 */
BINNET_API int32_t binnet_potential_marginal_component(binnet_ctx *ctx, double *mean, double *weight,
                                                       const binnet_potential_marginal *marginal, uint64_t k);

/**
 * Distribution function Pr(V <= x), survival function Pr(V > x), density and its logarithm at len points.
 *
 * cdf, survival, density, log_density [out] double[len] each, or NULL
 * x [in] double[len], not NaN
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_UNDEFINED (density or its logarithm asked of a neuron without noise,
 *           whose potential takes single values, or of a caller's law without one); BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  1e-14 relative, tails included (Student t 1e-13); log_density has full digits where the density underflows, -inf
 *           where it is 0.   Cost O(len components).   Since 0.1
 */
BINNET_API int32_t binnet_potential_marginal_eval(binnet_ctx *ctx, double *cdf, double *survival, double *density,
                                                  double *log_density, size_t len,
                                                  const binnet_potential_marginal *marginal, const double *x);

/**
 * Quantiles: the least x with Pr(V <= x) >= q.
 *
 * x [out] double[len]     q [in] double[len], 0 < q < 1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (q); BINNET_E_CALLBACK; BINNET_E_INTERRUPTED; BINNET_E_NOCONV (no double has a
 *           distribution function as large)
 * Accuracy  the double at which the computed function (above 1/2: 1 - survival) passes q.   Cost O(100 len components).
 * Since 0.1
 */
BINNET_API int32_t binnet_potential_marginal_quantile(binnet_ctx *ctx, double *x, size_t len,
                                                      const binnet_potential_marginal *marginal, const double *q);

/* --- several neurons --- */

/**
 * Joint density of the potentials of k neurons, and its logarithm, at count points.
 *
 * density, log_density [out] double[count] each, or NULL
 * k, group [in] 1..n different neurons, int32_t[k]; all of them give the density of the whole network
 * V        [in] double[count][k], V[p*k + b] the potential of group[b]; finite
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_UNDEFINED (as the marginal's, for any
 *           neuron of the group); BINNET_E_CALLBACK; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  log_density 1e-14 (1 + |log_density|); density, where it does not underflow, the same relative.
 * Cost      O(count k 2^n), some 5 to 30 ns each.   Since 0.1
 */
BINNET_API int32_t binnet_potential_density(binnet_ctx *ctx, double *density, double *log_density, size_t count,
                                            const binnet_chain *chain, const binnet_law *previous, size_t k,
                                            const int32_t *group, const double *V);

/**
 * Orthants: Pr(V_g <= v_g for the neurons g = group[b] with bit b of `above` 0, V_g > v_g for those with 1).
 *
 * above = 0 is the joint distribution function (of a pair, k = 2), all bits set the joint survival function; the thresholds
 * for v give probabilities of activities, P(A, t) = integral of p(V, t) over the orthant of A.
 *
 * p [out] double[count]     V [in] double[count][k], finite or infinite
 *
 * Returns as binnet_potential_density, BINNET_E_UNDEFINED for correlated noise and k > 1 alone; BINNET_E_RANGE (above has bits beyond k).  Accuracy 1e-14
 * relative (k + 1 times that of the noise), down to 1e-290.  Cost O(count k 2^n).  Since 0.1
 */
BINNET_API int32_t binnet_potential_orthant(binnet_ctx *ctx, double *p, size_t count, const binnet_chain *chain,
                                            const binnet_law *previous, size_t k, const int32_t *group, const double *V,
                                            uint64_t above);

/* --- between potentials and activities --- */

/**
 * Potentials to activities: the law of [V_i(t) >= theta_i] for all i, the orthant probabilities of V(t). Of a synchronous chain
 * this is the law of A(t), one step on from `previous`; binnet_chain_evolve takes the step of the others.
 *
 * Returns   as binnet_chain_apply.   Cost of one synchronous step, 2 * 4^n flops.   Since 0.1
 */
BINNET_API int32_t binnet_potential_law(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                        const binnet_law *previous);

/**
 * The law of A(t) given all potentials V(t) = V.
 *
 * Synchronous: one state, A_i = [V_i >= theta_i] (the tie rule decides at V_i = theta_i).
 * Asynchronous: sum_A P(A | V) sum_i select_i [A with neuron i set by V_i], P(A | V) = P(A) p(V | A) / p(V).
 * With the result as `previous`, every function of this header answers for V(t + 1) given V(t): binnet_potential_density is
 * p(V(t+1) | V(t)).
 *
 * previous [in] law of A(t-1); NULL is allowed for a synchronous chain, which forgets it
 * V        [in] double[n], finite
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE (a sweep, or blocks: A(t) is set by potentials
 *           other than V(t)); BINNET_E_UNDEFINED (asynchronous: no density, or density 0 at V; V_i = theta_i with BINNET_TIE_KEEP); BINNET_E_CALLBACK;
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  1e-13 relative.   Cost O(n 2^n).   Since 0.1
 */
BINNET_API int32_t binnet_potential_given(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                          const binnet_law *previous, const double *V);

/**
 * Back: the law of A(t-1) given V(t) = V, P(A) p(V | A) / p(V). Any update rule.
 *
 * Returns as binnet_potential_given, and never BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_potential_posterior(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                              const binnet_law *previous, const double *V);

/**
 * Exact samples of V(t): A(t-1) drawn from `previous`, then the noise.
 *
 * V      [out] double[count][n]
 * first        number of the first sample; sample s of a seed (BINNET_P_SEED) is the same in whatever call it is asked for
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  states to 2^-53 of probability; noise by inversion to 2^-64, Student t as a ratio; a caller's law and dof < 1 by bisection of
 *           its distribution function.   Cost 2^n * 8 bytes, O(2^n) once, then some 20 ns (caller's law 100 calls) a number.
 * Since 0.1
 */
BINNET_API int32_t binnet_potential_sample(binnet_ctx *ctx, double *V, size_t count, const binnet_chain *chain,
                                           const binnet_law *previous, uint64_t first);

#ifdef __cplusplus
}
#endif

#endif
