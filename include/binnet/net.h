/* Networks: weights, normalisation, thresholds, stimuli, populations, tie rule. */
#ifndef BINNET_NET_H
#define BINNET_NET_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tie rule: the next activity of a neuron whose drive (noise included) is exactly 0. Default BINNET_TIE_ACTIVE. */
#define BINNET_TIE_ACTIVE 0 /* it fires: A_i' = H(V_i - theta_i) with H(0) = 1 [FP19] */
#define BINNET_TIE_SILENT 1 /* it is silent */
#define BINNET_TIE_KEEP 2   /* it keeps its activity */

/* Most neurons a network can have when its states are to be numbered: a state is one uint64_t. */
#define BINNET_MAX_NEURONS 63

/* Most neurons of any network, for questions that do not number the states. */
#define BINNET_MAX_NETWORK 1000000

/**
 * Make a dense network.
 *
 * h_i(A) = (1/M_i) sum_j J_ij A_j + I_i - theta_i   [FP19] eq. 1
 *
 * ctx    [in,out]
 * out    [out]    the network; NULL on failure
 * n               neurons, 1..BINNET_MAX_NETWORK
 * J      [in]     double[n][n], J[i*n + j] from j to i; a diagonal entry is a self-connection
 * M      [in]     double[n] normalisation, > 0, or NULL for 1
 * theta  [in]     double[n] thresholds, or NULL for 0
 * stimulus [in]   double[n] stimuli I, or NULL for 0
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (n, M <= 0); BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_INTERRUPTED
 * Cost      O(n^2) time and bytes; the arrays are copied.   Since 0.1
 */
BINNET_API int32_t binnet_net_new(binnet_ctx *ctx, binnet_net **out, size_t n, const double *J, const double *M,
                                  const double *theta, const double *stimulus);

/**
 * Make a sparse network from compressed rows; row i holds the presynaptic partners of neuron i.
 *
 * row_ptr [in]    int64_t[n + 1], from 0, not decreasing
 * col     [in]    int32_t[row_ptr[n]], presynaptic neurons, 0..n-1; rising and unique within a row
 * w       [in]    double[row_ptr[n]]
 *
 * The rest as binnet_net_new.  Cost O(n + entries).  Since 0.1
 */
BINNET_API int32_t binnet_net_new_csr(binnet_ctx *ctx, binnet_net **out, size_t n, const int64_t *row_ptr,
                                      const int32_t *col, const double *w, const double *M, const double *theta,
                                      const double *stimulus);

/**
 * Make a homogeneous network: all neurons of a population are alike.
 *
 * n_pop            populations, 1..BINNET_MAX_NETWORK
 * size   [in]      int64_t[n_pop] neurons in each, >= 1
 * J      [in]      double[n_pop][n_pop], J[a*n_pop + b] from a neuron of b to a neuron of a
 * M, theta, stimulus [in] double[n_pop] or NULL, as binnet_net_new
 * self_connections 1: a neuron also receives its population's J[a][a] from itself; 0: not
 *
 * Neurons are numbered population after population.  The rest as binnet_net_new.  Cost O(n_pop^2 + neurons).  Since 0.1
 */
BINNET_API int32_t binnet_net_new_homogeneous(binnet_ctx *ctx, binnet_net **out, size_t n_pop, const int64_t *size,
                                              const double *J, const double *M, const double *theta,
                                              const double *stimulus, int32_t self_connections);

/** Copy of a network with other population labels pop[n], 0..n_pop-1. A homogeneous network becomes a dense one.
 *  Returns as binnet_net_new.  Since 0.1 */
BINNET_API int32_t binnet_net_with_populations(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, size_t n_pop,
                                               const int32_t *pop);
/** Copy of a network with another tie rule. Returns as binnet_net_new.  Since 0.1 */
BINNET_API int32_t binnet_net_with_tie(binnet_ctx *ctx, binnet_net **out, const binnet_net *net, int32_t tie);
/** Copy of a network with other stimuli, double[n], one for each neuron. A homogeneous network whose populations would no
 *  longer be alike becomes a dense one. Returns as binnet_net_new.  Since 0.1 */
BINNET_API int32_t binnet_net_with_stimuli(binnet_ctx *ctx, binnet_net **out, const binnet_net *net,
                                           const double *stimulus);

/** Free a network; NULL is allowed. Since 0.1 */
BINNET_API void binnet_net_free(binnet_net *net);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_net_neurons(const binnet_net *net);
/** Populations; 1 when none were given; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_net_populations(const binnet_net *net);
/** Population of neuron i; -1 when out of range. Since 0.1 */
BINNET_API int32_t binnet_net_population(const binnet_net *net, size_t i);
/** Tie rule; -1 for NULL. Since 0.1 */
BINNET_API int32_t binnet_net_tie(const binnet_net *net);
/** Weight from j to i (0 where there is none), normalisation, threshold and stimulus of neuron i; NaN when out of range. Since 0.1 */
BINNET_API double binnet_net_weight(const binnet_net *net, size_t i, size_t j);
BINNET_API double binnet_net_normalisation(const binnet_net *net, size_t i);
BINNET_API double binnet_net_threshold(const binnet_net *net, size_t i);
BINNET_API double binnet_net_stimulus(const binnet_net *net, size_t i);
/** 1 for a network of homogeneous populations whose neurons are alike; 0 for others and NULL. Since 0.1 */
BINNET_API int32_t binnet_net_is_homogeneous(const binnet_net *net);
/** 0 for a homogeneous network that was made without self-connections, and for NULL; else 1. Since 0.1 */
BINNET_API int32_t binnet_net_self_connections(const binnet_net *net);
/** "active", "silent" or "keep" for BINNET_TIE_*; NULL for no tie rule. Since 0.1 */
BINNET_API const char *binnet_tie_name(int32_t tie);

/** All weights, J[n][n] as binnet_net_new takes them. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_INTERRUPTED.
 *  Cost O(n^2).  Since 0.1 */
BINNET_API int32_t binnet_net_weights(binnet_ctx *ctx, double *J, size_t n, const binnet_net *net);
/** Weights other than 0, of all neurons; 0 for NULL. Cost O(weights).  Since 0.1 */
BINNET_API uint64_t binnet_net_entries(const binnet_net *net);
/** Weights other than 0 in compressed rows, as binnet_net_new_csr takes them: row_ptr[n + 1], col[entries], w[entries]; entries is
 *  binnet_net_entries(net). Returns as binnet_net_weights.  Since 0.1 */
BINNET_API int32_t binnet_net_csr(binnet_ctx *ctx, int64_t *row_ptr, int32_t *col, double *w, size_t n, size_t entries,
                                  const binnet_net *net);
/** Normalisations M[n], thresholds theta[n], stimuli stimulus[n], populations pop[n] of all neurons; each may be NULL. Returns
 *  BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE.  Since 0.1 */
BINNET_API int32_t binnet_net_parameters(binnet_ctx *ctx, double *M, double *theta, double *stimulus, int32_t *pop,
                                         size_t n, const binnet_net *net);

/**
 * Drive of every neuron in one state: h[i] = (1/M_i) sum_j J_ij A_j + I_i - theta_i.
 *
 * h [out] double[n]
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n is not the network's); BINNET_E_RANGE (state, or more than
 *           BINNET_MAX_NEURONS neurons).  Cost O(weights).  Since 0.1
 */
BINNET_API int32_t binnet_net_drive(binnet_ctx *ctx, double *h, size_t n, const binnet_net *net, uint64_t state);

/**
 * Neurons whose activity changes no other neuron's drive, directly or through others that such neurons alone hear:
 * layer[i] = 0 for the core, k >= 1 for neurons that influence only neurons of layers above k. Neurons of layer >= 1
 * have no self-connection. The core is solved first, then layer 1, 2, ... (the greatest layer number is solved last).
 *
 * layer [out] int32_t[n]
 *
 * A network without a core (no cycle in its influences) keeps all neurons in layers >= 1.
 * Returns as binnet_net_drive; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED.  Cost O(weights).  Since 0.1
 */
BINNET_API int32_t binnet_net_layers(binnet_ctx *ctx, int32_t *layer, size_t n, const binnet_net *net);

#ifdef __cplusplus
}
#endif

#endif
