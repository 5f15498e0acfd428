/* Order statistics of independent variables that need not be alike: X_(r) is the r-th smallest of X_1 .. X_n. */
#ifndef BINNET_ORDER_H
#define BINNET_ORDER_H

#include "noise.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Two ways in. From numbers: F[i] = P(X_i <= x), G[i] = P(X_i > x) and densities f[i] at one x, however they were found.
 * From laws: a binnet_order, made of binnet_noise and locations, that evaluates them itself.
 *
 * F and G are given apart because 1 - F has no digits left where F is near 1. G may be NULL: 1 - F is taken, and the upper
 * tail then has the digits that are left. |F + G - 1| must be below BINNET_ORDER_SLACK; results are those of the
 * polynomial prod_i (G_i + F_i z) with the given numbers.
 *
 * Ranks run from 1 (smallest) to n (largest). All sums have non-negative terms only. Accuracy, unless said otherwise:
 * relative error at most 8 n 2^-53 (mostly about sqrt(n) 2^-53), in both tails, also for results that only the logarithmic
 * forms can hold.
 */
#define BINNET_MAX_ORDER 1000000 /* most variables */
#define BINNET_MAX_ORDER_JOINT 8 /* most order statistics at once */
#define BINNET_ORDER_SLACK 1e-9  /* largest |F + G - 1| */

typedef struct binnet_order binnet_order; /* laws of independent variables; immutable */

/* --- from numbers --- */

/**
 * Distribution function of X_(r) at one point.
 *
 * P(X_(r) <= x) = P(K >= r), K = number of variables <= x: a Poisson-binomial law. It equals
 * sum_{k >= r} per[F^(k) | G^(n-k)] / (k! (n-k)!)   [BB89], [VV72]
 *
 * out [out] double
 * n         1..BINNET_MAX_ORDER
 * F   [in]  double[n], 0..1        G [in] double[n] or NULL
 * r         1..n
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (n, r, F or G outside 0..1, F + G not 1); BINNET_E_NAN;
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  as above; n = 10^5: band of the law that matters, what is dropped is below 2^-56 of the result (checked)
 * Cost      n min(r, n - r + 1) multiplications or about 8 n^1.5, the fewer; 32 n bytes (none up to n = 256).   Since 0.1
 */
BINNET_API int32_t binnet_order_cdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G, size_t r);

/** P(X_(r) > x), as binnet_order_cdf; never 1 minus something small. Since 0.1 */
BINNET_API int32_t binnet_order_survival(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G,
                                         size_t r);

/**
 * Density of X_(r) at one point.
 *
 * f_(r)(x) = sum_i f_i P(exactly r - 1 of the others <= x) = per[F^(r-1) | f | G^(n-r)] / ((r-1)! (n-r)!)   [VV72]
 *
 * f [in] double[n], >= 0: densities of the variables at x
 *
 * Returns as binnet_order_cdf.  Cost about three times binnet_order_cdf, 48 n bytes (none up to n = 256).  Since 0.1
 */
BINNET_API int32_t binnet_order_pdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G,
                                    const double *f, size_t r);

/**
 * Logarithms of both tails of X_(r): finite wherever the probability is not exactly 0, however small.
 *
 * log_cdf, log_survival [out] double each, or NULL; -INFINITY for probability 0
 *
 * Accuracy  the probability as above, then its logarithm to 2 ulp: relative 1e-12 of a probability of 10^-1000 is
 *           4e-16 of the logarithm, so that the double holds no more.  Returns, cost as binnet_order_cdf.  Since 0.1
 */
BINNET_API int32_t binnet_order_log_cdf(binnet_ctx *ctx, double *log_cdf, double *log_survival, size_t n,
                                        const double *F, const double *G, size_t r);
/** Logarithm of the density. Returns, cost as binnet_order_pdf. Since 0.1 */
BINNET_API int32_t binnet_order_log_pdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G,
                                        const double *f, size_t r);

/**
 * All ranks at once, from one law of the count.
 *
 * cdf, survival [out] double[n] each, entry r - 1 is for X_(r); each may be NULL
 *
 * Accuracy  as above for results above 1e-300; an absolute error of 1e-300 below.
 * Cost      n^2 multiplications at most, about 60 n^1.5 for large n; 32 n bytes (none up to n = 256). Returns as above.
 * Since     0.1
 */
BINNET_API int32_t binnet_order_cdf_all(binnet_ctx *ctx, double *cdf, double *survival, size_t n, const double *F,
                                        const double *G);
/** Densities of all ranks, pdf[n], from F[n], G[n] or NULL and f[n]; the absolute error below 1e-300 is relative to the sum of f. Cost three times. Since 0.1 */
BINNET_API int32_t binnet_order_pdf_all(binnet_ctx *ctx, double *pdf, size_t n, const double *F, const double *G,
                                        const double *f);
/** The law of the count, p[len]: p[k] = P(exactly k variables <= x), k = 0..n, len = n + 1 (else BINNET_E_SIZE). As above. Since 0.1 */
BINNET_API int32_t binnet_order_counts(binnet_ctx *ctx, double *p, size_t len, size_t n, const double *F,
                                       const double *G);

/**
 * One rank at many points.
 *
 * cdf, survival [out] double[points] each; each may be NULL
 * F             [in]  double[n][points]: F[i*points + j] is that of variable i at point j
 * G             [in]  double[n][points] or NULL, likewise
 *
 * Returns   as binnet_order_cdf, and BINNET_E_THREAD.   Cost as so many single calls, but eight points are computed together:
 *           an eighth of the time for n = 20.   Threads BINNET_P_THREADS; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_order_cdf_many(binnet_ctx *ctx, double *cdf, double *survival, size_t points, size_t n,
                                         const double *F, const double *G, size_t r);

/**
 * What a call above will cost at one point (base.h, "Estimates").
 *
 * counts [out] numbers of variables whose probability is followed
 * bytes  [out]
 * flops  [out] multiplications
 * r            the rank; 0: all of them
 * density      1 for a density, else 0
 *
 * Returns BINNET_OK; BINNET_E_NULL (ctx); BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_order_estimate(binnet_ctx *ctx, uint64_t *counts, uint64_t *bytes, double *flops, size_t n,
                                         size_t r, int32_t density);

/**
 * Joint distribution function of k order statistics, P(X_(r[0]) <= x[0], ..., X_(r[k-1]) <= x[k-1]), x rising.
 *
 * The line is cut at the x into k + 1 cells; the numbers of variables below each x are counted by a dynamic programme over
 * the variables, each counter on the cheaper side: below x[t] up to r[t], or above up to n - r[t].
 * It equals a sum of permanents with k + 1 kinds of columns   [BB89]
 *
 * k         1..BINNET_MAX_ORDER_JOINT
 * r    [in] size_t[k], rising, 1..n
 * cell [in] double[n][k + 1]: cell[i*(k+1) + j] = P(x[j-1] < X_i <= x[j]), x[-1] = -infinity, x[k] = infinity; rows sum
 *           to 1 within BINNET_ORDER_SLACK
 *
 * Returns   as binnet_order_cdf
 * Accuracy  relative 4 n 2^-53 above 1e-300, absolute 1e-300 below (times products of f for the density)
 * Cost      about n prod_t min(r[t] + 1, n - r[t] + 1) (k + 1) multiplications; see binnet_order_joint_estimate.   Since 0.1
 */
BINNET_API int32_t binnet_order_joint_cdf(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r,
                                          const double *cell);

/**
 * Joint density of k order statistics r[k] at x[0] < ... < x[k-1].
 *
 * Exactly r[0] - 1 variables in the first cell, r[1] - r[0] - 1 in the second, ..., one at each x:
 * per[cell_0^(r[0]-1) | f_0 | cell_1^(r[1]-r[0]-1) | f_1 | ... ] / prod of factorials   [VV72]
 *
 * f [in] double[n][k], >= 0: f[i*k + t] is the density of X_i at x[t]
 *
 * Returns, accuracy as binnet_order_joint_cdf.  Cost n 2^k (2 k + 1) times the product of all numbers of a cell + 1 but the
 * largest.  Since 0.1
 */
BINNET_API int32_t binnet_order_joint_pdf(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r,
                                          const double *cell, const double *f);

/** The same of the two joint calls, r[k]: tuples of counts that are followed, bytes, multiplications.  Since 0.1 */
BINNET_API int32_t binnet_order_joint_estimate(binnet_ctx *ctx, uint64_t *counts, uint64_t *bytes, double *flops,
                                               size_t n, size_t k, const size_t *r, int32_t density);

/* --- from laws --- */

/**
 * Make independent variables X_i = location[i] + scale_i B_i.
 *
 * The variables are those of part[0], then those of part[1], ...: a part is a binnet_noise, one kind of law with a scale for
 * each variable. A scale of 0 puts all probability on the location.
 *
 * n_parts        >= 1
 * part     [in]  part[n_parts], noises, copied
 * location [in]  double[n], n = sum of the numbers of neurons of the parts, at most BINNET_MAX_ORDER
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM.  Cost O(n).  Since 0.1
 */
BINNET_API int32_t binnet_order_new(binnet_ctx *ctx, binnet_order **out, size_t n_parts,
                                    const binnet_noise *const *part, const double *location);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_order_free(binnet_order *order);
/** Variables; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_order_variables(const binnet_order *order);
/** Variable i: BINNET_NOISE_* of its law, location, scale, and degrees of freedom of Student's t (NaN for others); each output may be
 *  NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (i). Since 0.1 */
BINNET_API int32_t binnet_order_variable(binnet_ctx *ctx, int32_t *kind, double *location, double *scale, double *dof,
                                         const binnet_order *order, size_t i);

/**
 * The numbers that the functions above take: F[i] = P(X_i <= x), G[i] = P(X_i > x), f[i] the density at x.
 *
 * F, G, f [out] double[n] each; each may be NULL
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n); BINNET_E_NAN (x); BINNET_E_CALLBACK; BINNET_E_NOMEM; BINNET_E_LIMIT;
 *           BINNET_E_UNDEFINED (f asked for a scale of 0 or a custom law without density)
 * Accuracy  that of binnet_noise_eval at the double next to (x - location)/scale: 1e-12 in tails of 1e-300.   Since 0.1
 */
BINNET_API int32_t binnet_order_marginals(binnet_ctx *ctx, double *F, double *G, double *f, size_t n,
                                          const binnet_order *order, double x);

/**
 * X_(r) at many points.
 *
 * cdf, survival, pdf [out] double[points] each; each may be NULL
 * x                  [in]  double[points], in any order, not NaN
 *
 * Returns as binnet_order_marginals and binnet_order_cdf.  Cost points * (marginals + cdf or pdf); BINNET_P_THREADS. Since 0.1
 */
BINNET_API int32_t binnet_order_eval(binnet_ctx *ctx, double *cdf, double *survival, double *pdf, size_t points,
                                     const binnet_order *order, size_t r, const double *x);

/** Joint cdf and density (each output may be NULL) of k order statistics at x[k], strictly rising. Returns, cost as
 *  binnet_order_joint_cdf and _pdf, and BINNET_E_UNDEFINED, BINNET_E_CALLBACK.  A cell loses digits only where it is much
 *  smaller than both tails around it. Since 0.1 */
BINNET_API int32_t binnet_order_joint_eval(binnet_ctx *ctx, double *cdf, double *pdf, const binnet_order *order,
                                           size_t k, const size_t *r, const double *x);

/**
 * Quantiles of X_(r): the least x with P(X_(r) <= x) >= q.
 *
 * x     [out] double[count]
 * bound [out] double[count] or NULL: |x - exact| <= bound, from two points where the computed cdf is below and above q by more
 *             than its error (law values taken as accurate to 1e-13)
 * q     [in]  double[count], 0 < q < 1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_CALLBACK; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_UNDEFINED (a quantile beyond the range of double is NaN, the others are valid); BINNET_E_INTERRUPTED
 * Cost      some 20 evaluations each.   Since 0.1
 */
BINNET_API int32_t binnet_order_quantile(binnet_ctx *ctx, double *x, double *bound, size_t count,
                                         const binnet_order *order, size_t r, const double *q);

/**
 * Means and variances of X_(first), ..., X_(last).
 *
 * E X = c + int_c^inf P(X > x) dx - int_-inf^c P(X <= x) dx, E (X - c)^2 likewise with 2 |x - c|, by Gauss-Kronrod rules on
 * panels that are no longer than the scales of the laws that matter there, halved until every rank's error is small; one law
 * of the count serves all ranks at a node. Power tails (Student t) are integrated to infinity by their exponent. The mean of X_(r) exists iff the sums of the r and of the n - r + 1 smallest
 * degrees of freedom exceed 1, the variance iff they exceed 2, other laws counting as infinite.
 *
 * mean, variance             [out] double[last - first + 1] each; NaN where it does not exist
 * mean_error, variance_error [out] double[last - first + 1] each, or NULL: estimates of the absolute errors (quadrature and
 *                                  rounding); tested to hold for scales 1e12 apart
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_CALLBACK; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD;
 *           BINNET_E_INTERRUPTED; BINNET_E_UNDEFINED (some do not exist, the others are valid); BINNET_E_NOCONV (the errors
 *           are larger than 1e-8 of the spread: all outputs are set; or the laws need more than 65536 panels: none is)
 * Accuracy  mean_error about 1e-13 of the standard deviation for smooth laws; custom laws count as having light tails: if
 *           their integrals do not settle, BINNET_E_NOCONV
 * Cost      some 500 evaluations of binnet_order_cdf (one rank) or _cdf_all; about 200 more for each law of a scale of its
 *           own.   Threads BINNET_P_THREADS; same bits. Since 0.1
 */
BINNET_API int32_t binnet_order_moments(binnet_ctx *ctx, double *mean, double *variance, double *mean_error,
                                        double *variance_error, const binnet_order *order, size_t first, size_t last);
/** What binnet_order_moments will cost (base.h, "Estimates"): points at which the laws are evaluated, about; bytes; flops:
 *  multiplications, about.  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_INTERRUPTED. Since 0.1 */
BINNET_API int32_t binnet_order_moments_estimate(binnet_ctx *ctx, uint64_t *points, uint64_t *bytes, double *flops,
                                                 const binnet_order *order, size_t first, size_t last);

#ifdef __cplusplus
}
#endif

#endif
