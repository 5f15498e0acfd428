/* Noise: the law of B_i in h_i + sigma_i B_i, one scale for each neuron; independent, or Gaussian and correlated. */
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

/** A function of one variable with the caller's pointer. Must be pure: it may be called from several threads at once;
 *  with BINNET_P_THREADS 1, the default, it is called on the calling thread only. */
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

/** Destroys a caller's data; called once, in the thread that frees the last object that has it. */
typedef void (*binnet_destroy_fn)(void *user);

/** As binnet_noise_new_custom; destroy(user) is called when the noise and all chains and order statistics made with it are freed,
 *  in any order. NULL: never. It is not called when this function fails: user is still the caller's.  Since 0.1 */
BINNET_API int32_t binnet_noise_new_custom_owned(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *scale,
                                                 binnet_real_fn cdf, binnet_real_fn survival, binnet_real_fn density,
                                                 void *user, binnet_destroy_fn destroy);

/** Make independent noise of a kind, BINNET_NOISE_GAUSSIAN to _STUDENT_T: n, scale[n] as binnet_noise_new_gaussian; dof is of Student t, for
 *  the others any. Returns as binnet_noise_new_student_t; BINNET_E_RANGE (kind).  Since 0.1 */
BINNET_API int32_t binnet_noise_new(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale,
                                    double dof);

#define BINNET_MAX_FACTORS 3

/**
 * Make correlated Gaussian noise from its covariance: the B_i of one update are jointly normal, drawn anew in every update.
 *
 * cov [in] double[n][n]: cov[i][j] = Cov(B_i, B_j), symmetric to 1e-12 of sqrt(cov[i][i] cov[j][j]) (the mean of both is taken);
 *          scale i becomes sqrt(cov[i][i])
 *
 * Positive semidefinite is enough: neurons may have the same noise, or none. What rounding (n 2^-53 of the correlations) cannot
 * tell from semidefinite is taken. A diagonal covariance gives independent noise; one of the form D^2 + l l^T to rounding is
 * found and treated as binnet_noise_new_gaussian_factors.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_RANGE (n; not symmetric; not semidefinite: the message names the
 *           leading minor); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(n^3) (LAPACK).  What chains do with it: docs/noise.md.   Since 0.1
 */
BINNET_API int32_t binnet_noise_new_gaussian_cov(binnet_ctx *ctx, binnet_noise **out, size_t n, const double *cov);

/**
 * Make Gaussian noise with shared factors: B = D b + L z, b and z independent standard normal, drawn anew in every update.
 *
 * r        factors, 1..BINNET_MAX_FACTORS
 * L   [in] double[n][r]     D [in] double[n], >= 0; scale i is sqrt(D_i^2 + sum_f L_if^2)
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_RANGE (n, r, D < 0, a variance that overflows); BINNET_E_LIMIT;
 *           BINNET_E_NOMEM.  Cost O(n r).   Since 0.1
 */
BINNET_API int32_t binnet_noise_new_gaussian_factors(binnet_ctx *ctx, binnet_noise **out, size_t n, size_t r,
                                                     const double *L, const double *D);

#define BINNET_NOISE_INDEPENDENT 1 /* of each neuron's own */
#define BINNET_NOISE_FACTORS 2     /* Gaussian, shared factors */
#define BINNET_NOISE_COVARIANCE 3  /* Gaussian, any other covariance */

/** BINNET_NOISE_INDEPENDENT, _FACTORS or _COVARIANCE: as what the noise is treated; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_noise_form(const binnet_noise *noise);
/** Shared factors; 0 when there are none, and for NULL. Since 0.1 */
BINNET_API size_t binnet_noise_factors(const binnet_noise *noise);
/** Correlation of the noise of two neurons, 0 where one has none. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.
 *  Since 0.1 */
BINNET_API int32_t binnet_noise_correlation(binnet_ctx *ctx, double *r, const binnet_noise *noise, size_t i, size_t j);

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

/** The same at many x: cdf[count], survival[count], density[count], each may be NULL, x[count]. Returns as binnet_noise_eval;
 *  BINNET_E_INTERRUPTED.  Since 0.1 */
BINNET_API int32_t binnet_noise_eval_many(binnet_ctx *ctx, double *cdf, double *survival, double *density,
                                          const binnet_noise *noise, size_t count, const double *x);

/** Scales of all neurons, scale[n]. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE. Since 0.1 */
BINNET_API int32_t binnet_noise_scales(binnet_ctx *ctx, double *scale, size_t n, const binnet_noise *noise);
/** Degrees of freedom of Student t; NaN for another kind. Since 0.1 */
BINNET_API double binnet_noise_dof(const binnet_noise *noise);
/** "gaussian", "logistic", "uniform", "laplace", "student_t" or "custom" for BINNET_NOISE_*; NULL for no kind. Since 0.1 */
BINNET_API const char *binnet_noise_name(int32_t kind);

/**
 * The table of p_i(A): probability that neuron i is active after an update in which it sees state A,
 * p_i(A) = 1 - F_i(-h_i(A) / scale_i); without noise the sign of h_i and the tie rule.
 *
 * p     [out] double[count][n], row k for state first + k
 * n           neurons of both
 * first       first state; first + count <= 2^n
 *
 * Also for correlated noise, of which this is the marginal law. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE
 * (states; more than BINNET_MAX_NEURONS neurons); BINNET_E_INTERRUPTED. Accuracy as of the noise, h as binnet_net_drive.
 * Cost O(count n^2).  Since 0.1
 */
BINNET_API int32_t binnet_noise_activation(binnet_ctx *ctx, double *p, size_t count, size_t n, const binnet_net *net,
                                           const binnet_noise *noise, uint64_t first);

#ifdef __cplusplus
}
#endif

#endif
