/* Random wiring: ensembles of networks, the law of the threshold current of a neuron, networks drawn from an ensemble. */
#ifndef BINNET_ENSEMBLE_H
#define BINNET_ENSEMBLE_H

#include "base.h"
#include "noise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Laws of one weight W, given that the connection is there. Parameters par[0], par[1], par[2]; those not named are ignored. */
#define BINNET_WEIGHT_CONSTANT 1    /* value */
#define BINNET_WEIGHT_GAUSSIAN 2    /* mean, standard deviation >= 0 */
#define BINNET_WEIGHT_UNIFORM 3     /* lo, hi >= lo */
#define BINNET_WEIGHT_EXPONENTIAL 4 /* mean != 0; a negative one is the law of -Exp(|mean|) */
#define BINNET_WEIGHT_GAMMA 5       /* shape > 0, scale != 0; a negative scale is the law of -Gamma(shape, |scale|) */
#define BINNET_WEIGHT_LOGNORMAL 6   /* mu, sigma >= 0, sign +1 or -1: sign * exp(mu + sigma Z) */
#define BINNET_WEIGHT_LAPLACE 7     /* location, scale >= 0: density exp(-|w - location| / scale) / (2 scale) */
#define BINNET_WEIGHT_CUSTOM 8      /* the caller's functions: binnet_ensemble_with_weight */

/* Parameters of a weight law. */
#define BINNET_WEIGHT_PARAMETERS 3

/* Normalisation M_i of the summed weights. */
#define BINNET_NORMALISE_NONE 0     /* M = 1 */
#define BINNET_NORMALISE_FIXED 1    /* the caller's, one for each population */
#define BINNET_NORMALISE_N 2        /* the number of neurons */
#define BINNET_NORMALISE_INDEGREE 3 /* the random number of connections into the neuron; 1 when there is none */

/* Whether the connections from i to j and from j to i are present. */
#define BINNET_RECIPROCAL_INDEPENDENT 0 /* independently of each other */
#define BINNET_RECIPROCAL_SAME 1        /* both or none */

/* Most neurons of a heterogeneous ensemble. */
#define BINNET_MAX_HETEROGENEOUS 24

/* How the law of a current is computed. */
#define BINNET_CURRENT_LATTICE 1  /* constant weights: atoms only */
#define BINNET_CURRENT_GAUSSIAN 2 /* Gaussian and constant weights: mixture of normal laws */
#define BINNET_CURRENT_GAMMA 3    /* exponential and gamma weights of one signed scale: mixture of gamma laws */
#define BINNET_CURRENT_TWO_SIDED                                                                                       \
    4 /* exponential and Laplace weights, one scale for each sign: mixture of differences of gamma laws */
#define BINNET_CURRENT_UNIFORM                                                                                         \
    5 /* uniform weights of one width, or a few of several: mixture of cardinal B-splines, box splines */
#define BINNET_CURRENT_INVERSION 6 /* any: inversion of the characteristic function */
#define BINNET_CURRENT_CONTOUR                                                                                         \
    7 /* gamma, exponential and Laplace weights of any shapes and scales: mixture of contour integrals */

typedef struct binnet_current binnet_current; /* the law of a threshold current; immutable */

/** A characteristic function: *re + i *im = E exp(i t W), with the caller's pointer. Must be pure. */
typedef void (*binnet_complex_fn)(void *user, double t, double *re, double *im);

/**
 * Make an ensemble of networks with homogeneous populations.
 *
 * J_ij = T_ij W_ij, all independent, T_ij ~ Bernoulli(p_ab), W_ij ~ law_ab for i in population a, j in b   [FP19b], [FP19c]
 *
 * ctx       [in,out]
 * out       [out]    the ensemble; NULL on failure
 * n_pop              populations, 1..4096
 * size      [in]     int64_t[n_pop] neurons in each, >= 1, together at most BINNET_MAX_NETWORK
 * p         [in]     double[n_pop][n_pop] connection probabilities; p[a*n_pop + b] from population b to population a
 * kind      [in]     int32_t[n_pop][n_pop] BINNET_WEIGHT_*, not BINNET_WEIGHT_CUSTOM
 * par       [in]     double[n_pop][n_pop][BINNET_WEIGHT_PARAMETERS]
 * theta     [in]     double[n_pop] thresholds, or NULL for 0
 * stimulus  [in]     double[n_pop] stimuli I, or NULL for 0
 * normalise          BINNET_NORMALISE_*
 * M         [in]     double[n_pop], > 0, for BINNET_NORMALISE_FIXED; NULL otherwise
 * self_connections   1: a neuron may be connected to itself, like any other pair; 0: never
 *
 * A law with no spread (standard deviation, width, sigma or scale 0) counts as BINNET_WEIGHT_CONSTANT.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (sizes, probabilities outside 0..1, kinds, parameters, M);
 *           BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM
 * Cost      O(n_pop^2) time and bytes; the arrays are copied.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_new(binnet_ctx *ctx, binnet_ensemble **out, size_t n_pop, const int64_t *size,
                                       const double *p, const int32_t *kind, const double *par, const double *theta,
                                       const double *stimulus, int32_t normalise, const double *M,
                                       int32_t self_connections);

/**
 * Make an ensemble given connection by connection: n populations of one neuron each, with self-connections where
 * p[i*n + i] > 0.
 *
 * n              neurons, 1..BINNET_MAX_HETEROGENEOUS
 * p, kind        [in] double[n][n], int32_t[n][n]: from j to i at i*n + j
 * par            [in] double[n][n][BINNET_WEIGHT_PARAMETERS]
 * theta, stimulus, M [in] double[n] or NULL, as binnet_ensemble_new
 *
 * The rest as binnet_ensemble_new.  Since 0.1
 */
BINNET_API int32_t binnet_ensemble_new_heterogeneous(binnet_ctx *ctx, binnet_ensemble **out, size_t n, const double *p,
                                                     const int32_t *kind, const double *par, const double *theta,
                                                     const double *stimulus, int32_t normalise, const double *M);

/**
 * Copy of an ensemble where the weights from population b to population a follow the caller's law.
 *
 * cdf            [in] F(w) = Pr(W <= w), continuous, not decreasing, 0..1; or NULL: the law is given by characteristic alone
 * survival       [in] 1 - F(w) without cancellation, or NULL for 1 - cdf(w)
 * characteristic [in] E exp(i t W), for t >= 0; NULL when it is not known: then computed from cdf
 * user           [in] passed to the functions; must stay valid while the ensemble, its copies or its currents live
 *
 * A law given by its characteristic function alone must have a density, so that the function falls. Laws of currents are
 * then inverted with one weight present, too: the smaller the power of t with which it falls, the more terms that takes.
 * Networks cannot be drawn from such an ensemble (binnet_ensemble_sample: BINNET_E_UNDEFINED). See docs/ensemble-laws.md.
 *
 * Returns   as binnet_ensemble_new; BINNET_E_RANGE (a, b); BINNET_E_NULL (cdf and characteristic NULL; cdf NULL, but not
 *           survival); BINNET_E_CALLBACK (not a law: a value outside 0..1, a cdf that decreases, tails that do not go to 0
 *           and 1 within 1e300, a characteristic function that is not 1 at and near 0 or greater than 1 in modulus).
 * Since 0.1
 */
BINNET_API int32_t binnet_ensemble_with_weight(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble,
                                               size_t a, size_t b, binnet_real_fn cdf, binnet_real_fn survival,
                                               binnet_complex_fn characteristic, void *user);
/**
 * Copy of an ensemble where the weights of the two directions of a pair of neurons are correlated: W_ij and W_ji, i in
 * population a, j in b, i != j, are jointly Gaussian with correlation rho_ab. Different pairs stay independent, so the law
 * of one current is the same.
 *
 * rho        [in] double[n_pop][n_pop] symmetric, -1..1; 0 where either direction is not BINNET_WEIGHT_GAUSSIAN
 * reciprocal      BINNET_RECIPROCAL_*; BINNET_RECIPROCAL_SAME needs p_ab = p_ba
 *
 * Returns   as binnet_ensemble_new; BINNET_E_RANGE (rho, reciprocal, p_ab != p_ba).   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_with_correlation(binnet_ctx *ctx, binnet_ensemble **out,
                                                    const binnet_ensemble *ensemble, const double *rho,
                                                    int32_t reciprocal);
/** Copy of an ensemble with other stimuli, double[n_pop]. Returns as binnet_ensemble_new.  Since 0.1 */
BINNET_API int32_t binnet_ensemble_with_stimuli(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble,
                                                const double *stimulus);
/** Copy of an ensemble with another tie rule, BINNET_TIE_*. Returns as binnet_ensemble_new.  Since 0.1 */
BINNET_API int32_t binnet_ensemble_with_tie(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble *ensemble,
                                            int32_t tie);

/** Free an ensemble; NULL is allowed. Since 0.1 */
BINNET_API void binnet_ensemble_free(binnet_ensemble *ensemble);

/** Neurons, populations; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_ensemble_neurons(const binnet_ensemble *ensemble);
BINNET_API size_t binnet_ensemble_populations(const binnet_ensemble *ensemble);
/** Neurons of population a; 0 when out of range. Since 0.1 */
BINNET_API int64_t binnet_ensemble_size(const binnet_ensemble *ensemble, size_t a);
/** Tie rule, BINNET_NORMALISE_*, self-connections (1 or 0); -1 for NULL. Since 0.1 */
BINNET_API int32_t binnet_ensemble_tie(const binnet_ensemble *ensemble);
BINNET_API int32_t binnet_ensemble_normalise(const binnet_ensemble *ensemble);
BINNET_API int32_t binnet_ensemble_self_connections(const binnet_ensemble *ensemble);
/** BINNET_RECIPROCAL_*; -1 for NULL. Since 0.1 */
BINNET_API int32_t binnet_ensemble_reciprocal(const binnet_ensemble *ensemble);
/** Correlation of the weights of both directions between a and b, 0 unless set; NaN when out of range. Since 0.1 */
BINNET_API double binnet_ensemble_correlation(const binnet_ensemble *ensemble, size_t a, size_t b);
/** Connection probability from b to a; NaN when out of range. Since 0.1 */
BINNET_API double binnet_ensemble_probability(const binnet_ensemble *ensemble, size_t a, size_t b);
/** Kind of the weights from b to a, and their parameter k (0 where there is none); 0 and NaN when out of range. Since 0.1 */
BINNET_API int32_t binnet_ensemble_kind(const binnet_ensemble *ensemble, size_t a, size_t b);
BINNET_API double binnet_ensemble_parameter(const binnet_ensemble *ensemble, size_t a, size_t b, size_t k);
/** Threshold, stimulus, and normalisation (NaN for the random in-degree) of population a; NaN when out of range. Since 0.1 */
BINNET_API double binnet_ensemble_threshold(const binnet_ensemble *ensemble, size_t a);
BINNET_API double binnet_ensemble_stimulus(const binnet_ensemble *ensemble, size_t a);
BINNET_API double binnet_ensemble_normalisation(const binnet_ensemble *ensemble, size_t a);

/**
 * Make the law of the threshold current of a neuron of population a in a given state.
 *
 * c = theta_a - (1/M) sum_j J_ij A_j,  the neuron fires iff I >= c   [FP19] sec. 3
 *
 * out      [out] the law; NULL on failure
 * a              population of the neuron
 * active   [in]  int64_t[n_pop] active presynaptic candidates in each population. Without self-connections the neuron is
 *                not its own candidate: for an active neuron active[a] is one less than the active neurons of a
 * inactive [in]  int64_t[n_pop] inactive candidates (the same holds for an inactive neuron); may be NULL unless the
 *                normalisation is the in-degree
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (a, numbers below 0 or above the size of the population);
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK
 * Cost      O(connection candidates) time and bytes.   Since 0.1
 */
BINNET_API int32_t binnet_current_new(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *ensemble, size_t a,
                                      const int64_t *active, const int64_t *inactive);

/** Free a law; NULL is allowed. Since 0.1 */
BINNET_API void binnet_current_free(binnet_current *current);

/** BINNET_CURRENT_*; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_current_method(const binnet_current *current);

/**
 * The law at many points; each output may be NULL.
 *
 * cdf      [out] double[count] Pr(c <= x): fires at stimulus x, ties active
 * below    [out] double[count] Pr(c < x):  fires at stimulus x, ties silent
 * survival [out] double[count] Pr(c > x)
 * at_least [out] double[count] Pr(c >= x)
 * density  [out] double[count] density of the continuous part at x
 * error    [out] double[count] bound of the absolute error of the four probabilities, apart from a relative 1e-12
 * x        [in]  double[count], finite
 *
 * Whether an atom lies at, below or above x is decided in exact arithmetic on the given doubles.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED;
 *           BINNET_E_UNDEFINED (density asked of the caller's law where one connection alone has no known density);
 *           BINNET_E_NOCONV (inversion: BINNET_P_TOLERANCE not reached within BINNET_P_MAX_ITERATIONS * 2^6 terms; tails
 *           too heavy; a characteristic function that does not fall, of a law with atoms, or gives probabilities outside
 *           0..1); BINNET_E_CALLBACK (a characteristic function that is not finite)
 * Accuracy  every method but BINNET_CURRENT_INVERSION: relative, 1e-12 in both tails; see docs/ensemble-laws.md.
 *           Inversion: error, at most BINNET_P_TOLERANCE; where all weights are constant, Gaussian, uniform, exponential,
 *           gamma or Laplace it is also below BINNET_P_RELATIVE_TOLERANCE of the smaller probability, down to 1e-300,
 *           unless that takes too many terms. Lognormal and callers' laws: no relative accuracy in the tails.
 * Cost      terms of the mixture (products of the numbers of present connections of each law that matter) * count
 * Since 0.1
 */
BINNET_API int32_t binnet_current_eval(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least,
                                       double *density, double *error, size_t count, const binnet_current *current,
                                       const double *x);

/** Mean and variance of c; each output may be NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_UNDEFINED (a caller's
 *  law: the entries are NaN).  Accuracy 1e-13 relative to E|c| and E c^2.  Since 0.1 */
BINNET_API int32_t binnet_current_moments(binnet_ctx *ctx, double *mean, double *variance,
                                          const binnet_current *current);

/**
 * The atoms of the law: values that c takes with positive probability, rising, each once.
 *
 * count [out] atoms
 * value [out] double[len] or NULL; correctly rounded
 * mass  [out] double[len] or NULL
 * len         room in value and mass: BINNET_E_SIZE when too small (count is set all the same)
 *
 * Atoms whose values round to the same double are one. Masses that underflow to 0 are left out.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  masses 1e-13 relative.   Cost O(A log A), A the product of the numbers of present constant weights.   Since 0.1
 */
BINNET_API int32_t binnet_current_atoms(binnet_ctx *ctx, size_t *count, double *value, double *mass, size_t len,
                                        const binnet_current *current);

/**
 * Pr(c <= x) and Pr(c > x) at one x for all occupation numbers at once: k = (k_1, ..., k_P), 0 <= k_b <= m_b, where
 * m_b = size_b, less one for b = a without self-connections, are the candidates; k_b of them are active.
 *
 * at_most  [out] double[len] or NULL, row-major in k, the last population fastest; Pr(c <= x), or Pr(c < x) if strict
 * beyond   [out] double[len] or NULL; Pr(c > x), or Pr(c >= x) if strict
 * len            product of (m_b + 1)
 * error    [out] bound of the absolute error of the entries, or NULL; 0 where relative accuracy is promised
 * strict         1: ties belong to `beyond`; 0: to `at_most`
 *
 * Returns   as binnet_current_new and binnet_current_eval; BINNET_E_SIZE (len)
 * Accuracy  as binnet_current_eval, absolute wherever weights are inverted.   Cost O(len * sum of m_b); in-degree: times the possible numbers of inactive ones
 * Since 0.1
 */
BINNET_API int32_t binnet_current_table(binnet_ctx *ctx, double *at_most, double *beyond, size_t len, double *error,
                                        const binnet_ensemble *ensemble, size_t a, double x, int32_t strict);

/**
 * What binnet_current_table will cost (base.h, "Estimates").
 *
 * entries [out] of the table: its len
 * bytes   [out]
 * flops   [out] NaN: not known beforehand
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (a); BINNET_E_LIMIT (more entries than an address).  Since 0.1
 */
BINNET_API int32_t binnet_current_table_estimate(binnet_ctx *ctx, uint64_t *entries, uint64_t *bytes, double *flops,
                                                 const binnet_ensemble *ensemble, size_t a);

/**
 * Draw a network of an ensemble: number `index` of the sequence of BINNET_P_SEED.
 *
 * net [out] the network, its populations those of the ensemble; dense, or compressed rows when fewer than a third of the
 *           connections are expected; NULL on failure
 *
 * Each connection has its own counter of Philox4x64-10 (Salmon et al. 2011): the network depends on the seed, the index
 * and the ensemble only.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK (a weight that is not finite);
 *           BINNET_E_UNDEFINED (weights known by their characteristic function alone); BINNET_E_INTERRUPTED
 * Cost      O(neurons^2) time.   Since 0.1
 */
BINNET_API int32_t binnet_ensemble_sample(binnet_ctx *ctx, binnet_net **net, const binnet_ensemble *ensemble,
                                          uint64_t index);

#ifdef __cplusplus
}
#endif

#endif
