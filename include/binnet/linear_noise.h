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

#ifdef __cplusplus
}
#endif

#endif
