/* Approximations beside the exact answer: means, covariances and their errors, method by method. */
#ifndef BINNET_COMPARE_H
#define BINNET_COMPARE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is compared; 0 is the reference. New ones come at the end. */
#define BINNET_APPROXIMATION_REFERENCE 0
#define BINNET_APPROXIMATION_NAIVE 1           /* naive mean field (mean_field.h), neurons independent at one time */
#define BINNET_APPROXIMATION_GAUSSIAN_INPUT 2  /* mean field with Gaussian inputs, likewise */
#define BINNET_APPROXIMATION_LINEAR_NOISE 3    /* linear noise about the first (linear_noise.h) */
#define BINNET_APPROXIMATION_LINEAR_GAUSSIAN 4 /* linear noise about the second */
#define BINNET_APPROXIMATION_TAP 5             /* BINNET_PLEFKA_TAP (plefka.h) */
#define BINNET_APPROXIMATION_PLEFKA_T_1 6      /* BINNET_PLEFKA_T_1 */
#define BINNET_APPROXIMATION_PLEFKA_T_2 7      /* BINNET_PLEFKA_T_2 */
#define BINNET_APPROXIMATION_PLEFKA_INPUT 8    /* BINNET_PLEFKA_INPUT */
#define BINNET_APPROXIMATION_PLEFKA_PAIRS 9    /* BINNET_PLEFKA_PAIRS */
#define BINNET_APPROXIMATION_EQUILIBRIUM 10    /* BINNET_PLEFKA_EQUILIBRIUM */
#define BINNET_APPROXIMATION_CONSISTENT                                                                                \
    11 /* means and covariances that know of each other (binnet_linear_noise_consistent) */

/* Where the reference comes from. */
#define BINNET_REFERENCE_AUTO 0        /* exact where that is in reach, else Monte Carlo */
#define BINNET_REFERENCE_EXACT 1       /* the stationary law of the chain (chain.h) */
#define BINNET_REFERENCE_MONTE_CARLO 2 /* time averages with standard errors (simulate.h) */

/* Quantities. */
#define BINNET_QUANTITY_MEANS 0
#define BINNET_QUANTITY_COVARIANCES                                                                                    \
    1 /* of different neurons at one time; those of a neuron with itself follow from the means */
#define BINNET_QUANTITY_LAGGED 2 /* of all pairs, one step apart */

typedef struct binnet_comparison binnet_comparison; /* immutable */

/** One more than the number of the last approximation. Since 0.1 */
BINNET_API size_t binnet_approximation_count(void);
/** Its name in a few words, without commas; "" for others. Since 0.1 */
BINNET_API const char *binnet_approximation_name(int32_t method);

/**
 * The stationary moments of a network by every approximation, and the exact ones, or those of a simulation.
 *
 * A method that does not apply, is unstable or does not converge has a status and a line why; the others go on. Solutions of mean
 * fields and expansions are those found from means of 1/2.
 *
 * out         [out] NULL on failure
 * net, noise  [in]  not kept
 * update            BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS (a step: one neuron drawn uniformly), _SWEEP (the reference alone)
 * reference         BINNET_REFERENCE_*; AUTO is exact with up to BINNET_MAX_CHAIN_NEURONS neurons where the memory limit allows it and
 *                   the chain's own estimate is at most 2e12 operations
 * precision         standard error that Monte Carlo is to reach; 0: 1e-3
 *
 * Monte Carlo: 4 trajectories, at most 2^25 samples of each; what is not reached then has BINNET_E_NOCONV as its status, and stays.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (update, reference, precision); BINNET_E_LIMIT (the moments
 *           themselves; a method that would take more has that status); BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED
 * Cost      of the reference, mostly; O(n^3) an iteration of each method; 300 n^2 bytes.   Threads as the chain.   Since 0.1
 */
BINNET_API int32_t binnet_comparison_new(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net,
                                         const binnet_noise *noise, int32_t update, int32_t reference,
                                         double precision);

/**
 * The same beside a law that is known already: that of a sweep's point, or one that was found by other means.
 *
 * out         [out] NULL on failure
 * net, noise  [in]  those the chain was made of, which is not checked; not kept
 * chain       [in]  its update rule is that of the methods; asynchronous, they are for neurons that are drawn uniformly, and have
 *                   BINNET_E_UNSUPPORTED as their status for others
 * law         [in]  its moments are the reference, with `chain` for the lagged ones: the stationary law, which is not checked
 *
 * Returns   as binnet_comparison_new, and BINNET_E_SIZE (chain or law of another size); BINNET_E_RANGE (update);
 *           BINNET_E_UNSUPPORTED (a lumped chain).
 * Cost      one pass over the law and one over the chain; O(n^3) an iteration of each method.   Since 0.1
 */
BINNET_API int32_t binnet_comparison_new_of_law(binnet_ctx *ctx, binnet_comparison **out, const binnet_net *net,
                                                const binnet_noise *noise, const binnet_chain *chain,
                                                const binnet_law *law);

/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_comparison_free(binnet_comparison *comparison);
/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_comparison_neurons(const binnet_comparison *comparison);
/** BINNET_REFERENCE_EXACT or _MONTE_CARLO; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_comparison_reference(const binnet_comparison *comparison);
/** Status of a method, the reference included: BINNET_OK, or why it has no moments (the reference also: NOCONV, with moments);
 *  BINNET_E_RANGE for no such method. Since 0.1 */
BINNET_API int32_t binnet_comparison_status(const binnet_comparison *comparison, int32_t method);
/** One line: why it failed; of the reference also which it is; "" else. Valid as long as the comparison. Since 0.1 */
BINNET_API const char *binnet_comparison_message(const binnet_comparison *comparison, int32_t method);
/** 1 where there are moments. Since 0.1 */
BINNET_API int32_t binnet_comparison_has(const binnet_comparison *comparison, int32_t method);
/** Seconds it took; 0 for none. Since 0.1 */
BINNET_API double binnet_comparison_seconds(const binnet_comparison *comparison, int32_t method);

/**
 * Moments by a method.
 *
 * mean   [out] double[n] or NULL
 * cov    [out] double[n*n] or NULL: [i*n + j] = Cov(A_i(t), A_j(t))
 * lagged [out] double[n*n] or NULL: [i*n + j] = Cov(A_i(t), A_j(t + 1))
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (method); else the status of a method without moments.
 *           Since 0.1
 */
BINNET_API int32_t binnet_comparison_moments(binnet_ctx *ctx, double *mean, double *cov, double *lagged, size_t n,
                                             const binnet_comparison *comparison, int32_t method);

/** Standard errors of the reference, in the same shapes; 0 when it is exact. Returns as binnet_comparison_moments. Since 0.1 */
BINNET_API int32_t binnet_comparison_standard_errors(binnet_ctx *ctx, double *mean, double *cov, double *lagged,
                                                     size_t n, const binnet_comparison *comparison);

/**
 * Errors of a method: what it says less what the reference says.
 *
 * largest  [out] double[3] or NULL: greatest size, BINNET_QUANTITY_*
 * rms      [out] double[3] or NULL: root mean square; of Monte Carlo its own standard errors are part of it
 * standard [out] double[3] or NULL: root mean square of the standard errors of the reference
 * method         1 .. number of approximations - 1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (method); else the status of a method, or reference, without moments.
 *           Since 0.1
 */
BINNET_API int32_t binnet_comparison_errors(binnet_ctx *ctx, double *largest, double *rms, double *standard,
                                            const binnet_comparison *comparison, int32_t method);

#ifdef __cplusplus
}
#endif

#endif
