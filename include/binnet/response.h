/* How a stationary law answers to small changes of the network: derivatives by stimuli, thresholds, weights and noise scales. */
#ifndef BINNET_RESPONSE_H
#define BINNET_RESPONSE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Derivatives of E f(A) = sum_A pi(A) f(A) in the stationary law pi.
 *
 * d E f = sum over A, A' of pi(A) dP(A, A') g(A'),  (I - P) g = f - E f   (Schweitzer, J. Appl. Prob. 5 (1968) 401): one solution
 * g, whatever the number of parameters.  dp_i = f_B(-h_i / sigma_i) (dh_i / sigma_i - h_i dsigma_i / sigma_i^2),
 * dh_i = dI_i - dtheta_i + sum_j A_j dJ_ij / M_i.
 *
 * stimulus [out] double[n] or NULL: by I_i; by the threshold theta_i it is the same with the other sign
 * weight   [out] double[n*n] or NULL: [i*n + j] by J_ij, also where J_ij is 0: what a new connection would begin to do
 * scale    [out] double[n] or NULL: by the noise scale sigma_i
 * error    [out] one number or NULL: what the solution of the linear system adds to the error of any entry, at most
 * n
 * chain    [in]
 * law      [in]  its stationary law, from binnet_chain_stationary or _in_class (derivatives within the class)
 * f        [in]  double[len], finite
 * len            2^n
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE (pi is not stationary: |pi P - pi|_1 > 1e-8);
 *           BINNET_E_UNDEFINED (a custom noise without density; noise correlated in a step; or entries that are NaN, the others valid: scale, where it is
 *           0 now; all of a neuron without noise at an exact tie, or on the edge of uniform noise); BINNET_E_NOCONV;
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  up to 1024 states: elimination without subtraction, `error` is a bound. Larger: iteration until the residual is
 *           1e-13 of f or no longer falls; `error` is an estimate from it and the largest answer to a residual so far, at most
 *           1e-8 of g. The law's own error comes on top.
 * Cost      elimination: (2/3) 8^n flops, once a call; iteration: some tens to hundreds of applications of P; 40 vectors.
 *           Since 0.1
 */
BINNET_API int32_t binnet_response_functional(binnet_ctx *ctx, double *stimulus, double *weight, double *scale,
                                              double *error, size_t n, const binnet_chain *chain, const binnet_law *law,
                                              const double *f, size_t len);

/**
 * Derivatives of all means E A_a, n of these functionals.
 *
 * stimulus [out] double[n*n] or NULL: [a*n + i] by I_i
 * weight   [out] double[n^3] or NULL: [(a*n + i)*n + j] by J_ij
 * scale    [out] double[n*n] or NULL: [a*n + i] by sigma_i
 * error    [out] one number or NULL, as above, for all of them
 *
 * Arguments and codes as binnet_response_functional.   Since 0.1
 */
BINNET_API int32_t binnet_response_mean(binnet_ctx *ctx, double *stimulus, double *weight, double *scale, double *error,
                                        size_t n, const binnet_chain *chain, const binnet_law *law);

/**
 * Derivatives of all covariances Cov(A_a, A_b): with the functional (A_a - q_a)(A_b - q_b), q held, for the means' own changes
 * cancel.
 *
 * stimulus [out] double[n^3] or NULL: [(a*n + b)*n + i] by I_i
 * weight   [out] double[n^4] or NULL: [((a*n + b)*n + i)*n + j] by J_ij
 * scale    [out] double[n^3] or NULL: [(a*n + b)*n + i] by sigma_i
 * error    [out] one number or NULL, as above, for all of them
 *
 * Arguments and codes as binnet_response_functional; n (n + 1) / 2 solutions.   Since 0.1
 */
BINNET_API int32_t binnet_response_covariance(binnet_ctx *ctx, double *stimulus, double *weight, double *scale,
                                              double *error, size_t n, const binnet_chain *chain,
                                              const binnet_law *law);

#ifdef __cplusplus
}
#endif

#endif
