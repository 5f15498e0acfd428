/* Expansions in the couplings: naive mean field, TAP and the kinetic Plefka expansions. Approximations, all of them. */
#ifndef BINNET_PLEFKA_H
#define BINNET_PLEFKA_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is expanded, about what, and to which order in the couplings [AMS21]. docs/approximations.md derives each. */
#define BINNET_PLEFKA_NAIVE 1       /* Plefka[t-1,t], order 1: naive mean field */
#define BINNET_PLEFKA_TAP 2         /* Plefka[t-1,t], order 2: Thouless, Anderson and Palmer, in time */
#define BINNET_PLEFKA_T_1 3         /* Plefka[t], order 1: the law before is kept */
#define BINNET_PLEFKA_T_2 4         /* Plefka[t], order 2 */
#define BINNET_PLEFKA_INPUT 5       /* Plefka[t-1]: the synaptic input is Gaussian; logistic or Gaussian noise */
#define BINNET_PLEFKA_PAIRS 6       /* Plefka2[t], order 2: pairs of neurons are kept */
#define BINNET_PLEFKA_EQUILIBRIUM 7 /* TAP with linear response: asynchronous, symmetric weights */

/**
 * One synchronous step of an expansion: moments at t from those at t - 1.
 *
 * In units of the noise, x_i = h_i / s_i = b_i + sum_j k_ij A_j, k_ij = J_ij / (M_i s_i), g the cdf of the noise; v_i = q_i (1 - q_i),
 * Q = k C k^T the covariance of the inputs (C = diag(v) in Plefka[t-1,t]); primes at t:
 *   order 1             q_i' = g(b_i + sum_j k_ij q_j);  C' = diag(v');  Cov(A_i', A_l) = v_i' (k C)_il
 *   order 2             q_i' = g(b_i + sum_j k_ij q_j + (1/2 - q_i') Q_ii);  C_ij' = v_i' v_j' Q_ij;
 *                       Cov(A_i', A_l) = v_i' ((k C)_il + (1/2 - q_i') E[x_i x_i A_l]), third central moments of three neurons 0
 *   BINNET_PLEFKA_INPUT q_i' = E g(x_i), C_ij' = Cov(g(x_i), g(x_j)), x normal with covariance Q;  Cov(A_i', A_l) = E g'(x_i) (k C)_il
 *   BINNET_PLEFKA_PAIRS order 2 given A_l = 0 and 1, which moves x_i by (A_l - q_l) (k C)_il / v_l; q_i' is the mean over l
 *
 * mean        [out] double[n]: E A_i(t)
 * cov         [out] double[n*n] or NULL: Cov(A_i(t), A_j(t)), on the diagonal q_i (1 - q_i)
 * lagged      [out] double[n*n] or NULL: [i*n + j] = Cov(A_i(t-1), A_j(t))
 * n
 * net         [in]
 * noise       [in]  logistic, of scales > 0
 * expansion         BINNET_PLEFKA_NAIVE .. _PAIRS
 * mean_before [in]  double[n], 0..1: E A_i(t-1)
 * cov_before  [in]  double[n*n] or NULL (independent): Cov(A_i(t-1), A_j(t-1)), symmetric; its diagonal is not read.
 *                   Plefka[t-1,t] uses the means alone
 *
 * Errors of an independent law before, couplings of size e: means e^2 (order 1) and e^3 (order 2, INPUT, PAIRS); covariances
 * e^2, and e^3 (the same); lagged ones e^2 (order 1, INPUT), e^3 (order 2), e^4 (PAIRS). With one neuron PAIRS is exact.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE (expansion; a scale of 0; means outside 0..1;
 *           cov_before not symmetric, or larger than variances allow: an input's variance < 0);
 *           BINNET_E_UNSUPPORTED (noise that is not logistic; INPUT: neither logistic nor Gaussian); BINNET_E_UNDEFINED (correlated noise);
 *           BINNET_E_NOCONV (INPUT: inputs so wide and alike that their covariance was not found to 1e-9 of the standard
 *           deviations; nothing is written); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  that of the expansion, which nobody knows without the exact answer: compare.h. The expression itself: 1e-14.
 *           Beyond its reach an expansion yields covariances that are none, |C_ij|^2 > C_ii C_jj.
 * Cost      O(n^3), at most some 10 n^2 doubles.   Since 0.1
 */
BINNET_API int32_t binnet_plefka_step(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n,
                                      const binnet_net *net, const binnet_noise *noise, int32_t expansion,
                                      const double *mean_before, const double *cov_before);

/**
 * The stationary moments of an expansion.
 *
 * Synchronous: binnet_plefka_step again and again, until what is left to go is below BINNET_P_TOLERANCE (estimated from the rate
 * at which changes fall; of means relative to q and 1 - q, of covariances to the standard deviations), or within rounding.
 * Asynchronous (one neuron drawn uniformly a step, lagged: one such step), from E A_i = E g(x_i) and, for i != j,
 * 2 Cov(A_i, A_j) = Cov(g(x_i), A_j) + Cov(g(x_j), A_i):
 *   BINNET_PLEFKA_NAIVE       q_i = g(b_i + sum_j k_ij q_j),  2 C_ij = v_i k_ij v_j + v_j k_ji v_i
 *   BINNET_PLEFKA_TAP         q as at order 2 above, 2 C_ij = G_ij + G_ji, G_ij = v_i ((k C)_ij + (1/2 - q_i) k_ij^2 (1 - 2 q_j) v_j)
 *   BINNET_PLEFKA_EQUILIBRIUM q as TAP, C^-1 = dI/dq of it: k symmetric to 1e-12, no self-connections [TAP77]
 * Means err by e^2 (NAIVE) or e^3, covariances likewise.
 *
 * mean, cov, lagged [out] as above; lagged = Cov(A_i(t), A_j(t+1))
 * iterations        [out] one number or NULL: steps made
 * update                  BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS
 * start             [in]  double[n], 0..1, or NULL: 1/2, with naive steps first until means change by
 *                         less than 1e-3. Where there are several solutions it decides which is found
 *
 * Returns   as binnet_plefka_step, and BINNET_E_RANGE (update; weights not symmetric); BINNET_E_UNSUPPORTED (this expansion with this update);
 *           BINNET_E_NOCONV (the message says what: a cycle or slow convergence, covariances that grow without bound; nothing
 *           is written); BINNET_E_UNMET (what it converges to has a covariance that the variances do not allow, |C_ij|^2 > C_ii C_jj;
 *           nothing is written); BINNET_E_UNDEFINED (EQUILIBRIUM: the solution is no minimum of the free energy; nothing is written)
 * Accuracy  where nearly unstable, rounding is amplified by 1 / (1 - rate).
 * Cost      O(n^3) an iteration, BINNET_P_MAX_ITERATIONS at most.   Since 0.1
 */
BINNET_API int32_t binnet_plefka_stationary(binnet_ctx *ctx, double *mean, double *cov, double *lagged,
                                            uint64_t *iterations, size_t n, const binnet_net *net,
                                            const binnet_noise *noise, int32_t update, int32_t expansion,
                                            const double *start);

#ifdef __cplusplus
}
#endif

#endif
