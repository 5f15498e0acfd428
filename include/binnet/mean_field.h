/* Mean field: means that are their own consequence, m = F(m), each neuron answering to the mean, or to a Gaussian input. */
#ifndef BINNET_MEAN_FIELD_H
#define BINNET_MEAN_FIELD_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One unit a is a neuron, or a population of neurons that are alike. With probabilities m_b of being active,
 *     mu_a = sum_b K_ab w_ab m_b + I_a - theta_a,   v_a = sum_b K_ab w_ab^2 m_b (1 - p_ab m_b),   w_ab = J_ab / M_a:
 * K_ab inputs from b, each of weight w_ab. Between neurons K = 1; p is 1, and the probability of a connection where the wiring
 * is random. The map is
 *     F_a(m) = Pr(mu_a + s_a B + sqrt(v_a) Z >= 0),   Z standard normal, B the noise, s_a its scale,
 * with v_a put to 0 in the naive form. It is an approximation: inputs are taken as independent (and, unless naive, as many).
 * What it makes of the network stands beside the exact answer in docs/mean-field.md.
 */
#define BINNET_INPUT_MEAN 1     /* naive: the mean input alone */
#define BINNET_INPUT_GAUSSIAN 2 /* the input is Gaussian, with the variance of independent activities */

typedef struct binnet_mean_field binnet_mean_field; /* a map m' = F(m); immutable */

/**
 * Mean field of single neurons: one unit for each neuron of any network.   [GS94]
 *
 * out   [out]  NULL on failure
 * net   [in]   copied
 * noise [in]   independent; copied
 * input        BINNET_INPUT_MEAN: any law, of scales > 0; BINNET_INPUT_GAUSSIAN: Gaussian or logistic noise, or none
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (noise of another number of neurons); BINNET_E_RANGE (input; naive without
 *           noise, when F is a step; weights that overflow; a unit whose weights and noise are all below 1e-100 or not all up to
 *           1e100, Gaussian input); BINNET_E_UNSUPPORTED (Gaussian input with another law of noise); BINNET_E_UNDEFINED (noise
 *           that is correlated, a custom law without density); BINNET_E_LIMIT; BINNET_E_NOMEM
 * Cost      8 n^2 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_mean_field_new(binnet_ctx *ctx, binnet_mean_field **out, const binnet_net *net,
                                         const binnet_noise *noise, int32_t input);

/**
 * Mean field of populations: one unit for each population of a network from binnet_net_new_homogeneous; K_ab = N_b, and one less
 * within a population without self-connections.
 *
 * noise [in]   one scale for each neuron, the same within a population
 *
 * Returns   as binnet_mean_field_new; BINNET_E_UNSUPPORTED (a network that was not made so); BINNET_E_RANGE (scales that
 *           differ within a population).   Cost 16 n_pop^2 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_mean_field_new_populations(binnet_ctx *ctx, binnet_mean_field **out, const binnet_net *net,
                                                     const binnet_noise *noise, int32_t input);

/**
 * Mean field of populations with fixed in-degrees: every neuron of a hears K_ab neurons of b, drawn at random.
 *
 * size     [in] int64_t[n_pop] neurons of each population, >= 1; or NULL: infinitely many
 * K        [in] double[n_pop][n_pop], >= 0, at most size[b] when there are sizes
 * J        [in] double[n_pop][n_pop] weight of one connection, J[a*n_pop + b] from b to a
 * theta, stimulus [in] double[n_pop] or NULL, as binnet_net_new
 * noise    [in] of n_pop neurons: one scale for each population
 *
 * [DBH16]; v_a = sum_b K_ab J_ab^2 m_b (1 - m_b), see [GS94].
 *
 * Returns   as binnet_mean_field_new; BINNET_E_RANGE (n_pop = 0, a size < 1, K); BINNET_E_NAN.   Cost 16 n_pop^2 bytes.
 * Since 0.1
 */
BINNET_API int32_t binnet_mean_field_new_degrees(binnet_ctx *ctx, binnet_mean_field **out, size_t n_pop,
                                                 const int64_t *size, const double *K, const double *J,
                                                 const double *theta, const double *stimulus, const binnet_noise *noise,
                                                 int32_t input);

/**
 * Mean field of populations with random wiring: any neuron of b projects to any of a with probability p_ab, K_ab = p_ab N_b.
 *
 * p        [in] double[n_pop][n_pop], 0..1; the rest as binnet_mean_field_new_degrees, sizes being needed
 *
 * The number of active inputs is binomial with probability p_ab m_b: v_a = sum_b N_b p_ab J_ab^2 m_b (1 - p_ab m_b), the variance
 * p (1 - p) m^2 of the wiring included [VS98]. That is exact for wiring drawn anew at each step; in wiring that lasts, m_b^2
 * should be the mean square of the neurons' different means, which is of higher order in p_ab.
 *
 * Returns and cost as binnet_mean_field_new_degrees, and 8 n_pop^2 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_mean_field_new_probabilities(binnet_ctx *ctx, binnet_mean_field **out, size_t n_pop,
                                                       const int64_t *size, const double *p, const double *J,
                                                       const double *theta, const double *stimulus,
                                                       const binnet_noise *noise, int32_t input);

/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_mean_field_free(binnet_mean_field *field);
/** Units: neurons or populations; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_mean_field_units(const binnet_mean_field *field);

/**
 * The map and what goes into it.
 *
 * next     [out] double[n] F(m)
 * input    [out] double[n] or NULL: mu
 * variance [out] double[n] or NULL: v (0 in the naive form)
 * n              units
 * mean     [in]  double[n], 0..1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (mean); BINNET_E_NAN; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  a few 2^-53 for given mu and v; those of sums of n terms.   Cost O(n^2).   Since 0.1
 */
BINNET_API int32_t binnet_mean_field_map(binnet_ctx *ctx, double *next, double *input, double *variance, size_t n,
                                         const binnet_mean_field *field, const double *mean);

/** Slopes of the map: slope[n*n], [a*n + b] = dF_a / dm_b, the change of the variance included.
 *  Returns and cost as binnet_mean_field_map; BINNET_E_UNDEFINED where F has no derivative (v = 0, mu = 0 without noise).
 *  Since 0.1 */
BINNET_API int32_t binnet_mean_field_slopes(binnet_ctx *ctx, double *slope, size_t n, const binnet_mean_field *field,
                                            const double *mean);

/**
 * A fixed point from a start: implicit steps of dm/dt = F(m) - m, which grow into Newton's (Kelley & Keyes, SIAM J. Numer. Anal.
 * 35 (1998) 508). From a start in the basin of a stable fixed point of that flow it is nearly always that one.
 *
 * mean    [out] double[n], 0..1; left as it was on failure
 * error   [out] one number or NULL: bound of |mean - true fixed point| in every entry, to first order (an estimate: see
 *               binnet_mean_points_new for proofs)
 * start   [in]  double[n], 0..1; or NULL: 1/2
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_NAN; BINNET_E_NOCONV (the message has what F still
 *           changes); BINNET_E_UNDEFINED; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Cost      some tens of n^3 (LAPACK), 16 n^2 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_mean_field_solve(binnet_ctx *ctx, double *mean, double *error, size_t n,
                                           const binnet_mean_field *field, const double *start);

/**
 * Stability at a mean: the eigenvalues of the slopes. The synchronous map m' = F(m) is stable where all |re + i im| < 1, the
 * flow dm/dt = F(m) - m of asynchronous updates where all re < 1.
 *
 * re, im  [out] double[n], by falling size, pairs with im > 0 first
 * radius  [out] one number or NULL: the greatest size
 * growth  [out] one number or NULL: the greatest real part
 *
 * Returns as binnet_mean_field_slopes; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_NOCONV.  Cost 10 n^3.  Since 0.1
 */
BINNET_API int32_t binnet_mean_field_stability(binnet_ctx *ctx, double *re, double *im, double *radius, double *growth,
                                               size_t n, const binnet_mean_field *field, const double *mean);

/* --- all fixed points --- */

typedef struct binnet_mean_points binnet_mean_points; /* the fixed points of a mean field; immutable */

/**
 * All fixed points of the map, with a proof: boxes of means and inputs are halved until linear envelopes of F leave nothing of them
 * (no fixed point), or Krawczyk's operator maps a box into its inside (exactly one).   [Kr69], [Ne90] ch. 5
 *
 * Bounds are moved outwards by more than any rounding, the errors of the noise's law included; the numbers J / M and I - theta are
 * taken as they are stored, rounded to double.
 *
 * out    [out]  made also with BINNET_E_NOCONV, when binnet_mean_points_complete is 0; NULL on other failures
 * field  [in]   any but of a custom law of noise
 *
 * Returns   BINNET_OK: the list is complete; BINNET_E_NULL; BINNET_E_UNSUPPORTED (custom law); BINNET_E_NOCONV: what is listed
 *           exists, but BINNET_P_WORK_LIMIT boxes were not enough (0: any number), or some boxes too small to halve (2^-30) could
 *           not be decided, as where a fixed point is degenerate (an eigenvalue of exactly 1); BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_INTERRUPTED
 * Cost      O(n^3) a box; their number may grow as 2^n or worse with strong coupling.   Since 0.1
 */
BINNET_API int32_t binnet_mean_points_new(binnet_ctx *ctx, binnet_mean_points **out, const binnet_mean_field *field);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_mean_points_free(binnet_mean_points *points);
/** Fixed points that are proved to exist, each once; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_mean_points_count(const binnet_mean_points *points);
/** 1: there are no others. Since 0.1 */
BINNET_API int32_t binnet_mean_points_complete(const binnet_mean_points *points);
/** Boxes that were looked at. Since 0.1 */
BINNET_API uint64_t binnet_mean_points_boxes(const binnet_mean_points *points);
/** Fixed point k, by rising mean[0], then mean[1], ...: mean[n], and error[n] (NULL allowed), bounds of |mean - true one| that are
 *  proved. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k). Since 0.1 */
BINNET_API int32_t binnet_mean_points_get(const binnet_mean_points *points, size_t k, double *mean, double *error);
/** Boxes where more fixed points may be, touching ones joined; 0 when complete. Boxes that the work limit left are one, their
 *  hull. Since 0.1 */
BINNET_API size_t binnet_mean_points_open_count(const binnet_mean_points *points);
/** Such a box: low[n], high[n]. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k). Since 0.1 */
BINNET_API int32_t binnet_mean_points_open(const binnet_mean_points *points, size_t k, double *low, double *high);

/* --- along one stimulus --- */

typedef struct binnet_mean_branches binnet_mean_branches; /* fixed points along one stimulus; immutable */

#define BINNET_POINT_FOLD 1     /* two fixed points meet and vanish: an eigenvalue of the slopes is 1 */
#define BINNET_POINT_CROSSING 2 /* an eigenvalue is 1 and the branch goes on: branches cross (symmetric networks) */
#define BINNET_POINT_PERIOD_DOUBLING 3 /* an eigenvalue is -1: cycles of period 2 of the synchronous map */
#define BINNET_POINT_NEIMARK_SACKER                                                                                    \
    4                       /* a pair of eigenvalues is on the unit circle: oscillations of the synchronous map */
#define BINNET_POINT_HOPF 5 /* a pair has real part 1: oscillations of the asynchronous flow dm/dt = F(m) - m */

/**
 * Branches of fixed points while stimuli are I + x direction, from <= x <= to, by pseudo-arclength continuation (Keller 1977),
 * and the points where their stability changes.
 *
 * At steps + 1 equidistant x all fixed points are found (binnet_mean_points_new; an x where one is degenerate is moved by a small
 * part of a step). Branches start there and are followed both ways, until they leave the range or close; where they pass such an x
 * they must pass through one of the points found, and each point lies on one branch.
 *
 * out       [out] made also with BINNET_E_NOCONV; NULL on other failures
 * field     [in]  noise neither custom nor uniform
 * direction [in]  double[n], not all 0
 * n               units
 * steps           1..100000
 *
 * Returns   BINNET_OK: the lists at all steps + 1 x are proved to be complete and agree with the branches; BINNET_E_NULL;
 *           BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE; BINNET_E_UNSUPPORTED; BINNET_E_NOCONV: they do not, or a branch could not
 *           be followed to its end: the message says where, and what is listed is still true to rounding; BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  what is not proved: that no closed branch lies between two neighbouring x, and that no two changes of stability within
 *           one step along a branch undo each other. BINNET_P_WORK_LIMIT holds for each x.
 * Cost      O(n^3) a step, and the fixed points of steps + 1 fields.   Since 0.1
 */
BINNET_API int32_t binnet_mean_branches_new(binnet_ctx *ctx, binnet_mean_branches **out, const binnet_mean_field *field,
                                            const double *direction, size_t n, double from, double to, size_t steps);
/** Free it; NULL is allowed. Since 0.1 */
BINNET_API void binnet_mean_branches_free(binnet_mean_branches *branches);
/** Branches; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_mean_branches_count(const binnet_mean_branches *branches);
/** Points of branch k; 0 when out of range. Since 0.1 */
BINNET_API size_t binnet_mean_branches_length(const binnet_mean_branches *branches, size_t k);
/** Point i of branch k: x, mean[n] and, each may be NULL, the greatest size and the greatest real part of the slopes' eigenvalues.
 *  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE. Since 0.1 */
BINNET_API int32_t binnet_mean_branches_point(const binnet_mean_branches *branches, size_t k, size_t i, double *x,
                                              double *mean, double *radius, double *growth);
/** Folds and other points where stability changes; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_mean_branches_special_count(const binnet_mean_branches *branches);
/** Special point k: BINNET_POINT_*, the branch, x, an estimate of the error of x (what is left of its bracket and what rounding may
 *  do to it), mean[n], and the imaginary part of its eigenvalue (Hopf: the angular frequency) or its angle (Neimark-Sacker: radians
 *  a step; period doubling: pi), 0 for the others; each output may be NULL. Returns BINNET_OK; BINNET_E_NULL (branches);
 *  BINNET_E_RANGE. Since 0.1 */
BINNET_API int32_t binnet_mean_branches_special(const binnet_mean_branches *branches, size_t k, int32_t *kind,
                                                size_t *branch, double *x, double *error, double *mean, double *angle);
/** Fixed points found at the k-th of the steps + 1 stimuli, its x, and whether their list is proved to be complete. Returns
 *  BINNET_OK; BINNET_E_NULL (branches); BINNET_E_RANGE. Since 0.1 */
BINNET_API int32_t binnet_mean_branches_at(const binnet_mean_branches *branches, size_t k, double *x, size_t *count,
                                           int32_t *complete);

#ifdef __cplusplus
}
#endif

#endif
