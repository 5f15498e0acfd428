/* Populations of interchangeable neurons: chains and laws of how many are active in each, exact for thousands of neurons. */
#ifndef BINNET_LUMPED_H
#define BINNET_LUMPED_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A lumped chain has one state for each set of occupation numbers n_a = 0 .. N_a of its populations a = 0 .. P - 1, instead of
 * 2^N: state = n_0 + (N_0 + 1) (n_1 + (N_1 + 1) (n_2 + ...)), population 0 fastest. It is a chain: binnet_chain_apply, _row,
 * _transition, _matrix, _classes, _evolve, _stationary, _stationary_from, _stationary_in_class and the estimates take it, states
 * being these. The laws that it gives are of occupation numbers: binnet_law_data is a probability of each such state, and
 * binnet_law_size how many there are. A law of occupation numbers is one of neurons too, all those of a population being alike:
 * binnet_law_neurons, _mean, _covariance, _correlation, _marginal, _central_moment, _groupwise, _cumulant and _entropy answer as
 * that of all states would. What would need the states of the neurons one by one returns BINNET_E_UNSUPPORTED;
 * binnet_occupation_expand gives that law where it is small enough.
 */

/**
 * Neurons that are interchangeable: nothing changes when two of them change places, weights, normalisation, thresholds, stimuli, noise.
 *
 * count [out] how many classes; n when no two neurons are alike
 * pop   [out] int32_t[n]: class of each neuron, 0 .. *count - 1 by first member
 * noise [in]  of n neurons, or NULL: not looked at
 *
 * Candidates by refinement of colours, then compared weight by weight: no tolerance, no chance. To make the lumped chain:
 * binnet_net_with_populations(ctx, &alike, net, count, pop), then binnet_chain_new_lumped(ctx, &chain, alike, noise, update).
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(n^2) for each refinement, a few, and O(n) for each neuron and class that has its colour.   Since 0.1
 */
BINNET_API int32_t binnet_net_interchangeable(binnet_ctx *ctx, size_t *count, int32_t *pop, size_t n,
                                              const binnet_net *net, const binnet_noise *noise);

/**
 * Make the chain of the occupation numbers of a network's populations.
 *
 * Given the state, n_a' = Binomial(n_a, p_on) + Binomial(N_a - n_a, p_off), independent for all populations that are updated
 * together: p_on of the active neurons of a, p_off of the inactive ones, which differ by what a neuron receives from itself.
 * Asynchronous: one neuron of all is drawn, a walk to neighbours on the grid.
 *
 * net     [in] made by binnet_net_new_homogeneous (it is not expanded, whatever its size), or any network whose populations
 *              (binnet_net_with_populations) turn out to be of interchangeable neurons: see binnet_net_interchangeable.
 *              At most BINNET_MAX_CHAIN_NEURONS populations and less than 2^32 states
 * noise   [in] of all neurons, equal within a population
 * update       BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS; _SWEEP where every population has one neuron (a fixed order tells the
 *              neurons of a population apart)
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (noise of another size); BINNET_E_RANGE (update; sizes; a sweep; neurons of a
 *           population that are not alike: the message says which); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(N + P^2); O(N^2) for a network that is not homogeneous in form.   Since 0.1
 */
BINNET_API int32_t binnet_chain_new_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                           const binnet_noise *noise, int32_t update);

/** Asynchronous, with the probability select[a] that the neuron drawn is of population a, each of these alike; select[n_pop] >= 0, sum 1
 *  within 1e-12. Returns as binnet_chain_new_lumped.  Since 0.1 */
BINNET_API int32_t binnet_chain_new_lumped_asynchronous(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                                        const binnet_noise *noise, const double *select);

/** Block-sequential: population a belongs to block block[a], block[n_pop], 0..n_blocks-1, none empty; block 0 is updated first, all its neurons
 *  at once. Returns as binnet_chain_new_lumped.  Since 0.1 */
BINNET_API int32_t binnet_chain_new_lumped_blocks(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                                  const binnet_noise *noise, size_t n_blocks, const int32_t *block);

/** Populations of a lumped chain; 0 for other chains and NULL. Since 0.1 */
BINNET_API size_t binnet_chain_populations(const binnet_chain *chain);
/** Neurons of population a of a lumped chain; 0 when there is none. Since 0.1 */
BINNET_API int64_t binnet_chain_population_size(const binnet_chain *chain, size_t a);

/**
 * Make a law of occupation numbers from the caller's probabilities.
 *
 * size [in] int64_t[n_pop] neurons of each population
 * p    [in] double[len], len = prod(size[a] + 1), population 0 fastest, >= 0, sum 1 within 1e-9; copied and divided by its sum
 *              as by binnet_law_new
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *         BINNET_E_INTERRUPTED.  Since 0.1
 */
BINNET_API int32_t binnet_law_new_lumped(binnet_ctx *ctx, binnet_law **out, size_t n_pop, const int64_t *size,
                                         const double *p, size_t len);

/** Populations of a law of occupation numbers; 0 for other laws and NULL. Since 0.1 */
BINNET_API size_t binnet_occupation_populations(const binnet_law *law);
/** Neurons of population a of such a law; 0 when there is none. Since 0.1 */
BINNET_API int64_t binnet_occupation_size(const binnet_law *law, size_t a);

/*
 * What follows takes laws of occupation numbers: BINNET_E_UNSUPPORTED for others. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE;
 * BINNET_E_RANGE; BINNET_E_INTERRUPTED, and what is said. Costs are passes over the occupation states.
 */

/** mean[n_pop]: probability that a neuron of each population is active. Accuracy 1e-15.  Since 0.1 */
BINNET_API int32_t binnet_occupation_mean(binnet_ctx *ctx, double *mean, size_t n_pop, const binnet_law *law);

/** cov[n_pop][n_pop]: covariance of two different neurons, one of a and one of b, as Pr(11) Pr(00) - Pr(10) Pr(01). A population of
 *  one neuron has no two: NaN on the diagonal, and BINNET_E_UNDEFINED. (A neuron's own variance is m (1 - m).) Since 0.1 */
BINNET_API int32_t binnet_occupation_covariance(binnet_ctx *ctx, double *cov, size_t n_pop, const binnet_law *law);

/** Law of the activity of population a: p[len], p[k] = Pr(k of its neurons are active), len = size + 1. Since 0.1 */
BINNET_API int32_t binnet_occupation_activity(binnet_ctx *ctx, double *p, size_t len, const binnet_law *law, size_t a);

/** Entropy of the occupation numbers, in nats. That of the neurons, binnet_law_entropy, is greater by the mean of
 *  log prod C(N_a, n_a). Since 0.1 */
BINNET_API int32_t binnet_occupation_entropy(binnet_ctx *ctx, double *nats, const binnet_law *law);

/** The law of all 2^N states of the neurons, N <= BINNET_MAX_CHAIN_NEURONS: each occupation number shared evenly; the figures of the
 *  solver go with it. Also BINNET_E_LIMIT, BINNET_E_NOMEM.  Since 0.1 */
BINNET_API int32_t binnet_occupation_expand(binnet_ctx *ctx, binnet_law **out, const binnet_law *law);

/**
 * Potentials of the neurons of a lumped chain after a state with the law `previous`: V_i = (1/M_a) sum_j J_ij A_j + I_a + scale_a B_i.
 *
 * mean     [out] double[n_pop] or NULL
 * variance [out] double[n_pop] or NULL, of one neuron
 * cov      [out] double[n_pop][n_pop] or NULL, of two different neurons
 * previous [in]  law of the occupation numbers of A(t-1), as the chain's
 *
 * Returns   as above; BINNET_E_UNSUPPORTED for a chain of neurons; BINNET_E_UNDEFINED (a noise without these moments, a population of
 *           one neuron: NaN); BINNET_E_RANGE (what overflows); BINNET_E_NOCONV (as binnet_potential_mean)
 * Accuracy  some 1e-15 of the sum of the terms' sizes.   Cost n_pop^2 passes over the law.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_potential(binnet_ctx *ctx, double *mean, double *variance, double *cov,
                                               size_t n_pop, const binnet_chain *chain, const binnet_law *previous);

/**
 * Covariances of the numbers of active neurons, now and `lag` steps later, under the law now (the stationary one, or any).
 *
 *     cov[a][b] = Cov(n_a(t), n_b(t + lag)) = sum over n of [(law (n_a - E n_a)) P^lag](n) n_b
 *
 * For a and b different this is N_a N_b times the covariance of a neuron of a at t with one of b at t + lag. For a = b it is
 * N_a times the covariance of a neuron at t with itself at t + lag, and N_a (N_a - 1) times that of two different neurons. The sum
 * does not tell these two; for them make one of the neurons a population of its own, beside the N_a - 1 others.
 *
 * cov [out] double[n_pop][n_pop]
 * law [in]  of the occupation numbers, as the chain's
 * lag       0 to BINNET_MAX_LAG
 *
 * Returns   as above; BINNET_E_UNSUPPORTED for a chain of neurons (binnet_chain_lagged_covariance); BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_CALLBACK
 * Accuracy  some 1e-15 (lag + 1) of the product of the deviations.   Cost n_pop lag steps.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n_pop,
                                                       const binnet_chain *chain, const binnet_law *law, uint64_t lag);

/**
 * Entropy rate of the neurons (not of their numbers), H(A(t + 1) | A(t)) in nats, as binnet_chain_entropy_rate of the network: when all
 * neurons are updated at once sum over n of law(n) sum_a [n_a H(p_a) + (N_a - n_a) H(p_a')], p_a and p_a' the probabilities that
 * active and silent neurons of a fire, H(p) = -p log p - (1 - p) log(1 - p); asynchronously the entropy of which neuron
 * changes, if any.
 *
 * law  [in] of the occupation numbers, as the chain's
 *
 * Returns   as above; BINNET_E_UNSUPPORTED for a chain of neurons, for sweeps and for blocks (a neuron sees who was updated before
 *           it, and numbers before the step do not tell); BINNET_E_CALLBACK
 * Accuracy  some 1e-15, relative.   Cost one pass.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_entropy_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                                  const binnet_law *law);

/**
 * Entropy production of the neurons (not of their numbers), in nats per step, as binnet_chain_entropy_production of the network: E
 * log(P(A'|A) / P(A|A')), A and A' the states of the neurons before and after a step, with the law of the numbers shared evenly
 * by the states that have them.
 *
 * Updated at once: less the entropy rate, E of -log P(A|A'), which needs for every A' how many neurons of each population are
 * expected to have been active and silent before. The numbers alone produce less in general: of two states of the neurons
 * with the same numbers as many ways lead on, but not the same ones back. Asynchronously, and in stationarity, both are equal.
 *
 * law  [in] of the occupation numbers, as the chain's
 *
 * Returns   as above; BINNET_E_UNSUPPORTED for a chain of neurons, for sweeps and for blocks (as binnet_occupation_entropy_rate);
 *           BINNET_E_UNDEFINED (a transition has no reverse: infinite); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD;
 *           BINNET_E_CALLBACK
 * Accuracy  some 1e-14 of the entropy rate and its counterpart backwards; asynchronous in stationarity relative to itself, as the
 *           law allows.   Cost asynchronous: one pass; else 4 n_pop steps whose operands are made anew.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_entropy_production(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                                        const binnet_law *law);

/**
 * Mutual information between the numbers of active neurons, now and `lag` steps later: I(n_a(t); n_b(t + lag)) in nats.
 *
 * It is of the numbers: which neurons are active is not looked at, and pairs of neurons of a and b share less.
 *
 * nats [out] double[n_pop][n_pop]: a now, b later; with lag 0 the entropies of the numbers on the diagonal
 * law  [in]  now, of the occupation numbers, as the chain's
 * lag        0 to BINNET_MAX_LAG
 *
 * Returns   as above; BINNET_E_UNSUPPORTED for a chain of neurons; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK
 * Accuracy  sums of terms none of which is negative: some 1e-13 relative, and what rounding of the transition probabilities makes,
 *           some 1e-15 sqrt(I): an I of 1e-24 has three digits left.   Cost n_pop^2 passes, making the laws of the next numbers
 *           in each, for lags of 0 and 1 (sweeps and blocks: of 0); else lag sum over a of (N_a + 1) steps.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_mutual_information(binnet_ctx *ctx, double *nats, size_t n_pop,
                                                        const binnet_chain *chain, const binnet_law *law, uint64_t lag);

/**
 * Transfer entropy between the numbers of active neurons, one step of history: I(n_a(t + 1); n_b(t) | n_a(t)) in nats, from
 * population b to a.   [Schreiber 2000]
 *
 * It is of the numbers, as binnet_occupation_mutual_information; of a and b alone, whatever else there is.
 *
 * nats [out] double[n_pop][n_pop]: nats[a*n_pop + b] from b to a, as in J; 0 on the diagonal
 * law  [in]  now, of the occupation numbers, as the chain's
 *
 * Returns   as binnet_occupation_mutual_information
 * Accuracy  sums of terms none of which is negative: some 1e-13 relative to the information that both numbers have of the next, which
 *           it may be a small part of.   Cost n_pop^2 passes over the law for each number of a, making the laws of the next numbers
 *           once for each b; sweeps and blocks (N_a + 1)(N_b + 1) steps for each pair.   Since 0.1
 */
BINNET_API int32_t binnet_occupation_transfer_entropy(binnet_ctx *ctx, double *nats, size_t n_pop,
                                                      const binnet_chain *chain, const binnet_law *law);

#ifdef __cplusplus
}
#endif

#endif
