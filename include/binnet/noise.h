/* Noise: the law of B_i in h_i + sigma_i B_i, one scale for each neuron. */
#ifndef BINNET_NOISE_H
#define BINNET_NOISE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BINNET_NOISE_GAUSSIAN 1 /* density exp(-x^2/2)/sqrt(2 pi); scale = standard deviation */
#define BINNET_NOISE_LOGISTIC                                                                                          \
    2 /* cdf 1/(1 + exp(-x)); scale = temperature T of Glauber, Little and Peretto (0/1 activities) */
#define BINNET_NOISE_UNIFORM 3 /* density 1/2 on (-1, 1); scale = half width */
#define BINNET_NOISE_LAPLACE 4 /* density exp(-|x|)/2; scale = mean |x| */
#define BINNET_NOISE_STUDENT_T                                                                                         \
    5                         /* Student t with the given degrees of freedom; scale as in the location-scale family */
#define BINNET_NOISE_CUSTOM 6 /* the caller's functions */

/** A function of one variable with the caller's pointer. Must be pure: it may be called from several threads at once. */
typedef double (*binnet_real_fn)(void *user, double x);

/**
 * Make independent noise: neuron i fires with probability p_i = 1 - F(-h_i / scale_i).
 *
 * n            neurons, 1..BINNET_MAX_NETWORK
 * scale [in]   double[n], >= 0; 0 means no noise: the sign of the drive and the tie rule decide
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (n, scale < 0, dof <= 0); BINNET_E_NAN; BINNET_E_NOMEM
 * Accuracy  both p and 1 - p to a relative error of about 1e-15 (Gaussian: 4e-15, Student t: 1e-13), tails included,
 *           down to the least normal double.   Cost O(n).   Since 0.1
 */
BINNET_API int32_t binnet_noise_new_gaussian(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale);
BINNET_API int32_t binnet_noise_new_logistic(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale);
BINNET_API int32_t binnet_noise_new_uniform(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale);
BINNET_API int32_t binnet_noise_new_laplace(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale);
BINNET_API int32_t binnet_noise_new_student_t(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale,
                                              double dof);

/**
 * Make noise from the caller's functions.
 *
 * cdf      [in] F(x) = Pr(B <= x), not decreasing, 0..1
 * survival [in] 1 - F(x) computed without cancellation, or NULL for 1 - cdf(x) (relative accuracy is then lost above)
 * density  [in] F'(x) >= 0, or NULL when no density will be asked for
 * user     [in] passed to the functions; must stay valid while the noise or a chain made with it lives
 *
 * Returns as above, and BINNET_E_CALLBACK when cdf or survival is NaN or outside 0..1, decreases, or when the two do
 * not add up to 1 within 1e-9 at any of 33 points between -8 and 8.  Since 0.1
 */
BINNET_API int32_t binnet_noise_new_custom(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale,
                                           binnet_real_fn cdf, binnet_real_fn survival, binnet_real_fn density,
                                           void *user);

/** Free noise; NULL is allowed. Since 0.1 */
BINNET_API void binnet_noise_free(binnet_noise *noise);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_noise_neurons(const binnet_noise *noise);
/** BINNET_NOISE_*; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_noise_kind(const binnet_noise *noise);
/** Scale of neuron i; NaN when out of range. Since 0.1 */
BINNET_API double binnet_noise_scale(const binnet_noise *noise, size_t i);

/**
 * Law of B at x: F(x), 1 - F(x) and the density f(x), each output may be NULL.
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_NAN (x); BINNET_E_UNDEFINED (density asked of a custom law without one).
 * Accuracy as above.  Since 0.1
 */
BINNET_API int32_t binnet_noise_eval(binnet_ctx *ctx, double *cdf, double *survival, double *density,
                                     const binnet_noise *noise, double x);

#ifdef __cplusplus
}
#endif

#endif
