/* Linear noise: covariances of neurons that answer linearly to each other around the means of a mean field. */
#ifndef BINNET_LINEAR_NOISE_H
#define BINNET_LINEAR_NOISE_H

#include "mean_field.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Covariances of the neurons at one time.   [GS94]
 *
 * With W the slopes of the map at the means m (binnet_mean_field_slopes), off the diagonal
 *     synchronous    C_ij = (W C W^T)_ij,
 *     asynchronous   2 C_ij = (W C + C W^T)_ij,
 * and C_ii = m_i (1 - m_i), which holds exactly of activities 0 and 1. That is C = W C W^T + D and (1 - W) C + C (1 - W)^T = 2 D with
 * the diagonal D that the variances ask for: D_ii is the variance that a neuron adds in an update of its own, E p_i (1 - p_i).
 * (Putting D_ii = m_i (1 - m_i) instead would make the variances of the answer wrong, and the rest in the third order.)
 *
 * cov      [out] double[n*n]: cov[i*n + j] = Cov(A_i, A_j); left as it was on failure
 * residual [out] one number or NULL: the greatest of what is left of the equations, over the greatest variance
 * n              units of `field`, which must be neurons
 * mean     [in]  double[n], 0..1: a fixed point
 * update         BINNET_UPDATE_SYNCHRONOUS or BINNET_UPDATE_ASYNCHRONOUS
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (mean, update); BINNET_E_NAN; BINNET_E_UNSUPPORTED (a field of
 *           populations); BINNET_E_UNMET (the mean is not stable under that update: some |eigenvalue| of W, or some real part,
 *           is >= 1, and the message has it; or a D_ii comes out negative); BINNET_E_NOCONV; BINNET_E_UNDEFINED; BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  the equations: `residual`, at most 1e-12. The approximation: its error falls as the square of the coupling.
 * Cost      10 n^3 for the eigenvalues, then 2 or 4 n^3 an iteration; some 50 n^2 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_linear_noise_covariance(binnet_ctx *ctx, double *cov, double *residual, size_t n,
                                                  const binnet_mean_field *field, const double *mean, int32_t update);

/**
 * Covariances at a lag: cov[i*n + j] = Cov(A_i(t), A_j(t + lag)), as binnet_chain_lagged_covariance. A deviation of the state is
 * carried on by W in a synchronous step and by 1 + (W - 1) / n in an asynchronous one, where one neuron is drawn:
 * C(lag) = C (W^T)^lag or C ((1 + (W - 1) / n)^T)^lag.
 *
 * lag    steps of the chain, any number
 *
 * The rest as binnet_linear_noise_covariance (`residual` is that of lag 0); 2 n^3 flops more for each binary digit of the lag.
 * Since 0.1
 */
BINNET_API int32_t binnet_linear_noise_lagged(binnet_ctx *ctx, double *cov, double *residual, size_t n,
                                              const binnet_mean_field *field, const double *mean, int32_t update,
                                              uint64_t lag);

/**
 * Means and covariances that know of each other: the variance of a neuron's input is that of its correlated inputs,
 * v_i = sum_jk w_ij w_ik C_jk, the means are those of a Gaussian input with it, C is linear noise around them.   [DBH16]
 *
 * mean   [out] double[n]     cov [out] double[n*n]     both left as they were on failure
 * change [out] one number or NULL: the last change of a mean before both settled
 * n            units of `field`, which must be neurons with BINNET_INPUT_GAUSSIAN
 * start  [in]  double[n] or NULL, as binnet_mean_field_solve
 *
 * Of [DBH16] this is the feedback of the covariances upon the means, checked against exact chains; its corrections of third order
 * in the fluctuations are left out. It helps where many inputs are correlated; the skewness of few inputs, which is left out, is of
 * the same order in the weights.
 *
 * Returns   as binnet_mean_field_solve and binnet_linear_noise_covariance; BINNET_E_UNSUPPORTED (a naive field); BINNET_E_NOCONV
 *           (200 rounds were not enough).   Cost some rounds of both.   Since 0.1
 */
BINNET_API int32_t binnet_linear_noise_consistent(binnet_ctx *ctx, double *mean, double *cov, double *change, size_t n,
                                                  const binnet_mean_field *field, const double *start, int32_t update);

/**
 * Covariances of populations, finite sizes included: of the equations of binnet_linear_noise_covariance the means over all pairs.
 *
 * For networks from binnet_net_new_homogeneous that is the same as neuron by neuron. With in-degrees or probabilities each possible
 * connection counts with its chance, as if drawn independently: K_ab / N_b.   [GS94], [DBH16]
 *
 * pair     [out] double[n*n]: [a*n + b] = Cov(A_i, A_j) of two different neurons i of a and j of b; 0 for a population of one
 * activity [out] double[n*n] or NULL: covariance of the mean activities of populations; [a*n + a] = (m_a (1 - m_a) + (N_a - 1)
 *                pair[a*n + a]) / N_a, else pair[a*n + b]
 * n              units of `field`, which must be populations of known sizes
 * mean     [in]  double[n], 0..1: a fixed point
 * update         BINNET_UPDATE_SYNCHRONOUS or BINNET_UPDATE_ASYNCHRONOUS
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_UNSUPPORTED (neurons; no sizes);
 *           BINNET_E_UNMET (not stable; the message has the eigenvalue); BINNET_E_NOCONV (nearly singular); BINNET_E_UNDEFINED;
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(n^6): an equation for each pair of populations.   Since 0.1
 */
BINNET_API int32_t binnet_linear_noise_populations(binnet_ctx *ctx, double *pair, double *activity, size_t n,
                                                   const binnet_mean_field *field, const double *mean, int32_t update);

#ifdef __cplusplus
}
#endif

#endif
