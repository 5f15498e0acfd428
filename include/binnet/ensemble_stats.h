/* Statistics of random networks: fixed points, cycles, bifurcation points, states that occur for some stimuli. */
#ifndef BINNET_ENSEMBLE_STATS_H
#define BINNET_ENSEMBLE_STATS_H

#include "base.h"
#include "ensemble.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every result that comes with a bound of its error, given out or not (cycles, variances, correlated means, occurrence, moments of
 * bifurcation points), is no result where that bound is above 1e-6, or above BINNET_P_TOLERANCE where that is set higher, of the
 * greater of the result and 1 (moments: of the standard deviation and its square): then the call fails with BINNET_E_NOCONV and
 * says both.
 *
 * All functions but binnet_ensemble_fixed_mean_correlated refuse ensembles whose reciprocal connections are not independent
 * (binnet_ensemble_with_correlation) with BINNET_E_RANGE.
 *
 * A class of states: n = (n_1, ..., n_P) active neurons in the populations; binomial(N_1, n_1) ... binomial(N_P, n_P) states.
 * Classes are numbered with the last population fastest. In a heterogeneous ensemble every state is a class, and the
 * number of a class is the state with its bits reversed.
 */

/* What "most probable" is about. */
#define BINNET_BY_CLASS 0 /* all states of a class together */
#define BINNET_BY_STATE 1 /* one state of it */

/* Bifurcation points of a state: it exists for stimuli from Lambda to Xi. */
#define BINNET_LAMBDA 0 /* the greatest current of an active neuron; -infinity when none is active */
#define BINNET_XI 1     /* the least current of an inactive neuron; +infinity when all are active */

/* Limit laws of extremes. */
#define BINNET_DOMAIN_NONE                                                                                             \
    0 /* no limit law: an atom at the last value or at the norming level, or less than two neurons */
#define BINNET_DOMAIN_GUMBEL 1  /* exp(-exp(-y)) */
#define BINNET_DOMAIN_WEIBULL 3 /* exp(-(-y)^alpha) for y < 0, 1 above */

/** Number of classes, prod (N_a + 1); UINT64_MAX when it is beyond; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_ensemble_classes(const binnet_ensemble *ensemble);

/**
 * Probability that a state is a fixed point at the ensemble's stimuli.
 *
 * log Pr = sum_a n_a log F_a(I_a) + (N_a - n_a) log(1 - G_a(I_a)), F_a and G_a the laws of the currents of an active and
 * an inactive neuron of a   [FP19] sec. 4, [FP19b]
 *
 * log_probability [out] natural logarithm; -infinity for impossible
 * active          [in]  int64_t[n_pop] active neurons in each population
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_NOCONV; BINNET_E_INTERRUPTED
 * Accuracy  that of binnet_current_eval, times the neurons.   Cost 2 n_pop laws of currents.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_state_probability(binnet_ctx *ctx, double *log_probability,
                                                     const binnet_ensemble *ensemble, const int64_t *active);

/**
 * Expected number of fixed points at the ensemble's stimuli: E # = sum over classes of binomials times Pr(state fixed).
 *
 * The ensemble has at most 1000 neurons. No term is left out.
 *
 * Returns   as binnet_ensemble_state_probability
 * Accuracy  1e-11 relative where the laws of the currents have 1e-12; else the error of the laws times neurons
 * Cost      a table of currents for each population; 3 doubles a class and those of the table.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_fixed_mean(binnet_ctx *ctx, double *mean, const binnet_ensemble *ensemble);

/** The same class by class: log_expected[len], len = binnet_ensemble_classes, log of the expected number of fixed points
 *  in each class. Returns as binnet_ensemble_fixed_mean, and BINNET_E_SIZE.  Since 0.1 */
BINNET_API int32_t binnet_ensemble_fixed_classes(binnet_ctx *ctx, double *log_expected, size_t len,
                                                 const binnet_ensemble *ensemble);

/**
 * The classes or states that are most probably fixed points at the ensemble's stimuli.
 *
 * active          [out]    int64_t[count][n_pop], in falling order
 * log_expected    [out]    double[count]: log of the expected number of fixed points in the class
 * log_probability [out]    double[count]: log of the probability of one state of it
 * count           [in,out] room; then how many there are (impossible ones are left out)
 * by                       BINNET_BY_CLASS or BINNET_BY_STATE
 *
 * Returns   as binnet_ensemble_fixed_mean.   Cost as there, and classes times count comparisons at worst.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_fixed_top(binnet_ctx *ctx, int64_t *active, double *log_expected,
                                             double *log_probability, size_t *count, const binnet_ensemble *ensemble,
                                             int32_t by);

/**
 * The mean multistability diagram: expected number of fixed points over one or two stimuli.
 *
 * A term of the sum is a product of a function of (n, x) and one of (n, y), so the diagram is a matrix product.
 *
 * mean [out] double[len], mean[j * nx + i] at (x[i], y[j])
 * len        nx * ny, or nx when ny is 0
 * axis [in]  int32_t[n_pop]: 0: the population's stimulus is x; 1: y; -1: the ensemble's own
 * x    [in]  double[nx]
 * y    [in]  double[ny]; NULL with ny = 0
 *
 * Returns   as binnet_ensemble_fixed_mean, and BINNET_E_SIZE, BINNET_E_NAN, BINNET_E_THREAD
 * Accuracy  as binnet_ensemble_fixed_mean; contributions below 1e-300 may be lost
 * Cost      nx + ny tables of currents and classes * nx * ny multiply-adds; 8 (nx + 3) bytes a class, and the tables'
 * Threads   BINNET_P_THREADS for the sums; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_diagram(binnet_ctx *ctx, double *mean, size_t len, const binnet_ensemble *ensemble,
                                           const int32_t *axis, const double *x, size_t nx, const double *y, size_t ny);

/**
 * What binnet_ensemble_diagram will cost, or with nx = 0 binnet_ensemble_fixed_mean (base.h, "Estimates").
 *
 * classes [out] classes of states
 * bytes   [out]
 * flops   [out] multiply-adds of the sums, beside the tables of currents
 *
 * Returns BINNET_OK; BINNET_E_NULL.  Since 0.1
 */
BINNET_API int32_t binnet_ensemble_diagram_estimate(binnet_ctx *ctx, uint64_t *classes, uint64_t *bytes, double *flops,
                                                    const binnet_ensemble *ensemble, size_t nx, size_t ny);

/**
 * Expected number of cycles of exactly `period` states at the ensemble's stimuli (synchronous dynamics).
 *
 * E # = (1/T) sum over T different states of prod_i Pr([c_i(A(t)) <= I] = A_i(t+1) for all t): rows of J are independent,
 * and the joint law of one neuron's currents depends only on how many neurons of each population have each pattern of
 * activity over the cycle (docs/ensembles.md).
 *
 * error  [out] bound of what was skipped and of rounding, with the estimated errors of the integrals, or NULL
 * period       1 (fixed points) to 8 with Gaussian and constant weights; to 2 with others, to 8 when no neuron has more than
 *              three candidates of connections with weights that are not constant
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (period; more than 1e12 classes of tuples); BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_NOCONV; BINNET_E_INTERRUPTED
 * Accuracy  reported; some 1e-11 relative (Gaussian and constant weights), 1e-9 (others), worse where the mean is below 1e-13
 * Cost      prod_a binomial(N_a + 2^T - 1, 2^T - 1) classes of tuples at most (binnet_ensemble_tuples_estimate), each with
 *           an orthant probability for each pattern that occurs: of min(T, connections) dimensions; from 4 us (three) to
 *           0.3 s (eight). Other weights: integrals over one term, two for three candidates. Sums of
 *           other weights without a closed form (binnet_current_method: inversion) may take seconds a class.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_cycles_mean(binnet_ctx *ctx, double *mean, double *error,
                                               const binnet_ensemble *ensemble, int64_t period);

/**
 * Mean and variance of the number of fixed points at the ensemble's stimuli, by pairs of states.
 *
 * Var # = E # + sum over A != B of Pr(A and B fixed) - (E #)^2
 *
 * mean  [out] or NULL
 * error [out] bound of the error of variance, or NULL
 *
 * Returns and cost as binnet_ensemble_cycles_mean with period 2.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_fixed_variance(binnet_ctx *ctx, double *mean, double *variance, double *error,
                                                  const binnet_ensemble *ensemble);

/**
 * Expected number of fixed points when reciprocal connections are correlated: corr(J_ij, J_ji) = rho_ab for i in a, j in b.
 *
 * Only the inputs of active neurons are then correlated, like a shared Gaussian field: Pr(state fixed) =
 * prod over inactive (...) times E_u prod_a Phi((m_a - Y_a + u_a) / sqrt(v_a - R_aa))^{n_a}, R_ab = rho_ab sigma_ab
 * sigma_ba; the field is imaginary where R is not positive (docs/ensembles.md).
 *
 * error [out] bound of the absolute error with the estimated errors of the sums, or NULL
 * rho   [in]  double[n_pop][n_pop], symmetric, -1 < rho < 1; NULL: the ensemble's own (binnet_ensemble_with_correlation)
 *
 * Weights are Gaussian or constant, the normalisation is not the in-degree. All connections certain or impossible: one to five
 * populations, or at most eight neurons. Else at most four neurons; five when both directions are present together
 * (BINNET_RECIPROCAL_SAME): then a sum over which connections between active neurons are present.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_NOCONV;
 *           BINNET_E_INTERRUPTED
 * Accuracy  1e-9 of the number of states that matter, reported
 * Cost      each class: a sum of some hundred points for one population, ten thousand for two, about 50^P / 5 for P = 3..5; times
 *           1 / sqrt(1 + rho) as rho nears -1; for few neurons an orthant of as many dimensions.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_fixed_mean_correlated(binnet_ctx *ctx, double *mean, double *error,
                                                         const binnet_ensemble *ensemble, const double *rho);

/**
 * What the sums above over tuples of states will cost (base.h, "Estimates").
 *
 * classes [out] classes of tuples; UINT64_MAX when more
 * bytes   [out]
 * flops   [out] orthant probabilities or integrals, each of min(states, connections) dimensions, at most
 * states        in a tuple: 1..8, the period of a cycle, 2 for the variance
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_ensemble_tuples_estimate(binnet_ctx *ctx, uint64_t *classes, uint64_t *bytes, double *flops,
                                                   const binnet_ensemble *ensemble, int64_t states);

/**
 * Make the laws of the bifurcation points of a state.
 *
 * Stimuli may be shared: neurons whose population has axis u get the stimulus I_u, those with axis -1 keep their own. The
 * state is a fixed point for Lambda_u <= I_u < Xi_u on every axis u (ends as the tie rule says), where
 * Lambda_u = max over active i on axis u of c_i, Xi_u = min over inactive i of c_i   [FP19] sec. 3, 4
 *
 * active [in] int64_t[n_pop] active neurons in each population
 * n_axes      1..n_pop
 * axis   [in] int32_t[n_pop], -1..n_axes - 1, or NULL: each population is an axis
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_NOCONV; BINNET_E_INTERRUPTED
 * Cost      2 n_pop laws of currents, their atoms, and the terms of those that are inverted (binnet_current_method), up to 64 MiB
 *           each.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_law_new(binnet_ctx *ctx, binnet_bifurcation_law **out,
                                              const binnet_ensemble *ensemble, const int64_t *active, size_t n_axes,
                                              const int32_t *axis);

/** Free; NULL is allowed. Since 0.1 */
BINNET_API void binnet_bifurcation_law_free(binnet_bifurcation_law *bifurcation);

/**
 * Law of a bifurcation point: an extreme order statistic of independent currents.
 *
 * Pr(Lambda <= x) = prod over active i of F_i(x),  Pr(Xi > x) = prod over inactive i of (1 - F_i(x))
 *
 * cdf      [out] double[count] Pr(<= x), or NULL
 * survival [out] double[count] Pr(> x), or NULL
 * axis           0..n_axes - 1
 * which          BINNET_LAMBDA or BINNET_XI
 * x        [in]  double[count]
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_NOMEM; BINNET_E_NOCONV; BINNET_E_INTERRUPTED
 * Accuracy  both tails as accurate as those of the currents.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_law_cdf(binnet_ctx *ctx, double *cdf, double *survival, size_t count,
                                              const binnet_bifurcation_law *bifurcation, size_t axis, int32_t which,
                                              const double *x);

/** Quantiles x[count] of u[count]: the least x[k] with Pr(<= x[k]) >= u[k], 0 < u[k] < 1, to the last bit of the computed cdf. Returns as
 *  binnet_bifurcation_law_cdf; BINNET_E_UNDEFINED (beyond 1e300). With any of these codes but those of arguments the quantiles
 *  before the one that failed are there.  Since 0.1 */
BINNET_API int32_t binnet_bifurcation_law_quantile(binnet_ctx *ctx, double *x, size_t count,
                                                   const binnet_bifurcation_law *bifurcation, size_t axis,
                                                   int32_t which, const double *u);

/**
 * Mean and variance of a bifurcation point: the lines of the mean diagram; each output may be NULL.
 *
 * -infinity, or infinity, and variance 0 when no neuron is active, or inactive. Jumps are exact; integrals are cut at all kinks,
 * jumps and scales of the currents' laws.
 *
 * Returns   as binnet_bifurcation_law_cdf; BINNET_E_UNDEFINED (the moments do not exist); BINNET_E_NOCONV (an error above 1e-6 of
 *           the standard deviation or of the variance may remain)
 * Accuracy  1e-10 of the standard deviation (1e-9 of the variance) where the currents have 1e-12, beside the rounding of currents
 *           (some 1e-16 of thresholds and sums of weights)
 * Cost      15 evaluations of the currents for each cut, some thousand in all.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_law_moments(binnet_ctx *ctx, double *mean, double *variance,
                                                  const binnet_bifurcation_law *bifurcation, size_t axis,
                                                  int32_t which);

/**
 * Probability that the state is a fixed point for some stimuli: the product over axes of
 * Pr(Lambda < Xi) = int Pr(Xi > x) dPr(Lambda <= x), jumps included (ties of the two count with BINNET_TIE_KEEP), times the
 * probability that the neurons off the axes stay as they are   [FP19] sec. 4
 *
 * error [out] bound of the absolute error, or NULL
 *
 * Returns   as binnet_bifurcation_law_cdf
 * Accuracy  1e-11 relative where the currents have 1e-12; jumps to 1e-15 absolute.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_law_occurrence(binnet_ctx *ctx, double *probability, double *error,
                                                     const binnet_bifurcation_law *bifurcation);

/**
 * The limit law of a bifurcation point for many neurons, and how far the exact law is from it.
 *
 * Pr(Lambda <= x) is near G((x - location) / scale), Pr(Xi > x) near G((location - x) / scale), G of the domain. With
 * T(x) the expected number of active neurons with c > x (Xi: inactive ones with c <= x): Gumbel T(location) = 1 and
 * T(location +- scale) = 1/e; Weibull location = the last value, T(location -+ scale) = 1   [Fisher & Tippett 1928,
 * Gnedenko 1943]. The norming constants are those of the exact currents at this number of neurons.
 *
 * domain   [out] BINNET_DOMAIN_*
 * location, scale, shape [out] shape is alpha, 0 for Gumbel; NaN without a limit law; each may be NULL
 * distance [out] sup over x of the difference of the two cdfs (Kolmogorov), or NULL; NaN without a limit law
 *
 * No weight law of this library has a power tail, so the Frechet domain does not arise; the tail of a caller's law is not
 * known.
 *
 * Returns   as binnet_bifurcation_law_cdf; BINNET_E_UNDEFINED (a caller's law, or bounded weights with the in-degree)
 * Accuracy  constants to the last bits of T; distance: at most 1e-5 below the supremum, by the monotony of both
 * Cost      some thousand evaluations of the currents.   Since 0.1
 */
BINNET_API int32_t binnet_bifurcation_law_limit(binnet_ctx *ctx, int32_t *domain, double *location, double *scale,
                                                double *shape, double *distance,
                                                const binnet_bifurcation_law *bifurcation, size_t axis, int32_t which);

/**
 * Occurrence of all classes: probability[k] that one state of class k is a fixed point for some stimuli.
 *
 * probability [out] double[len], len = binnet_ensemble_classes
 * n_axes, axis      as binnet_bifurcation_law_new: axis [in] int32_t[n_pop] or NULL
 *
 * Returns   as binnet_bifurcation_law_new and _occurrence; with any code but those of arguments the classes before the one that
 *           failed are there.   Cost that of each, times the classes.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_occurrence(binnet_ctx *ctx, double *probability, size_t len,
                                              const binnet_ensemble *ensemble, size_t n_axes, const int32_t *axis);

#ifdef __cplusplus
}
#endif

#endif
