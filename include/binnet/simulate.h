/* Monte Carlo: trajectories of networks beyond exact reach, time averages with standard errors. */
#ifndef BINNET_SIMULATE_H
#define BINNET_SIMULATE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Burn-in of binnet_sim_run: an eighth of the samples. */
#define BINNET_BURN_IN_AUTO UINT64_MAX

/* Most trajectories of one call. */
#define BINNET_MAX_RUNS 1000

/**
 * Compile a network for simulation.
 *
 * net    [in] dense, sparse or homogeneous; copied      noise [in] of as many neurons; copied
 * update      BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS (a step: one neuron, each as likely), _SWEEP (a step: all, in order)
 *
 * Weights are rounded to multiples of a power of two, one for each neuron, 2^-30 of its largest weight (up to 2^22 weights in all
 * 2^-60 less the bits of its in-degree, which is exact for most), and potentials are sums of integers. So the order of adding
 * does not matter, nothing drifts, and the same seed gives the same trajectory for any number of threads and on any kernels.
 * What the rounding may do to a drive is binnet_sim_drive_error. Homogeneous networks count the active neurons of populations.
 *
 * Random words are of a counter-based generator [SMDS11]: word (seed, trajectory, step, neuron). A neuron fires when the upper 63
 * bits of its word are below p 2^63: its probability is kept to 2^-63.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (noise of another size); BINNET_E_RANGE (update; a drive that overflows; a
 *           homogeneous population with noise of several scales); BINNET_E_UNDEFINED (synchronous with correlated noise); BINNET_E_CALLBACK;
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_INTERRUPTED
 * Cost      10 bytes a weight, 6 above 2^22 of them; some 20 ns each.   Threads BINNET_P_THREADS.   Since 0.1
 */
BINNET_API int32_t binnet_sim_new(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net, const binnet_noise *noise,
                                  int32_t update);

/** The same, asynchronous: neuron i is drawn with probability select[i], double[n]: select[n], >= 0, sum 1 within 1e-12 (then normalised).
 *  Returns as binnet_sim_new; BINNET_E_NAN.  Since 0.1 */
BINNET_API int32_t binnet_sim_new_asynchronous(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net,
                                               const binnet_noise *noise, const double *select);

/** The same in continuous time: neuron i is updated at the events of a Poisson process of rate[i], double[n], >= 0, not all 0, as
 *  in binnet_chain_new_continuous. An event is a step; samples are taken at times.  Returns as binnet_sim_new; BINNET_E_NAN.
 *  Since 0.1 */
BINNET_API int32_t binnet_sim_new_continuous(binnet_ctx *ctx, binnet_sim **out, const binnet_net *net,
                                             const binnet_noise *noise, const double *rate);

/**
 * Populations whose wiring is drawn here, two bytes a synapse: 10^6 neurons and 10^9 synapses in 2 GB.
 *
 * A neuron of population a hears, with weight J_ab each, either in_degree_ab different neurons of b, every choice as likely, or
 * each neuron of b with probability p_ab; never itself. Who is heard comes from the counter (seed, index, neuron, population), so
 * the same wiring is drawn for any number of threads.
 *
 * n_pop           populations, 1..1000
 * size       [in] int64_t[n_pop], >= 1, together at most BINNET_MAX_NETWORK
 * J          [in] double[n_pop][n_pop], J[a*n_pop + b] from a neuron of b to a neuron of a; no normalisation
 * p          [in] double[n_pop][n_pop], 0..1, or NULL
 * in_degree  [in] int64_t[n_pop][n_pop], 0..neurons there (one less for a = b), or NULL; one of both must be given
 * theta, stimulus [in] double[n_pop] or NULL for 0
 * noise      [in] of n_pop scales, one for each population
 * tie             BINNET_TIE_*
 * update          as binnet_sim_new
 * rate       [in] double[n_pop] or NULL; rates of the neurons: continuous time, update must be BINNET_UPDATE_ASYNCHRONOUS
 * index           number of the wiring; another one, another wiring
 *
 * Weights are constant, so their rounding (2^-60 and the bits of the in-degree) is far below that of doubles.
 *
 * Returns   as binnet_sim_new; BINNET_E_NAN; BINNET_E_SIZE (noise)
 * Cost      2 bytes a synapse and up to 4 bytes for a neuron and 2^16 others; some 30 ns a synapse (in-degrees), 50 (probabilities).
 *           Since 0.1
 */
BINNET_API int32_t binnet_sim_new_populations(binnet_ctx *ctx, binnet_sim **out, size_t n_pop, const int64_t *size,
                                              const double *J, const double *p, const int64_t *in_degree,
                                              const double *theta, const double *stimulus, const binnet_noise *noise,
                                              int32_t tie, int32_t update, const double *rate, uint64_t index);

/**
 * The same, but no synapse is kept: whom a neuron hears is drawn again, from the same counter, whenever it is updated. The wiring
 * and the trajectories are those of binnet_sim_new_populations, bit for bit.
 *
 * For networks that do not fit the memory: an update costs 15 to 25 ns for each input. Arguments and returns as binnet_sim_new_populations.
 *
 * Cost      some 100 bytes a neuron, and in each run 4 for each thread.   Since 0.1
 */
BINNET_API int32_t binnet_sim_new_redrawn(binnet_ctx *ctx, binnet_sim **out, size_t n_pop, const int64_t *size,
                                          const double *J, const double *p, const int64_t *in_degree,
                                          const double *theta, const double *stimulus, const binnet_noise *noise,
                                          int32_t tie, int32_t update, const double *rate, uint64_t index);

/**
 * What binnet_sim_new_populations (redrawn 0) or binnet_sim_new_redrawn (1) will cost, before it runs (base.h, "Estimates").
 *
 * synapses [out] expected      bytes [out]      flops [out] inputs that are drawn: each synapse twice; 0 where none is kept
 * size     [in] int64_t[n_pop]; p, in_degree [n_pop][n_pop], one of both, and rate [n_pop] as there; update as there
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_RANGE.   Since 0.1
 */
BINNET_API int32_t binnet_sim_populations_estimate(binnet_ctx *ctx, uint64_t *synapses, uint64_t *bytes, double *flops,
                                                   size_t n_pop, const int64_t *size, const double *p,
                                                   const int64_t *in_degree, int32_t update, const double *rate,
                                                   int32_t redrawn);

/** Free a simulator; NULL is allowed. Since 0.1 */
BINNET_API void binnet_sim_free(binnet_sim *sim);

/** Neurons, populations, synapses (0 for a homogeneous network; the expected number where they are drawn by probability and not kept); 0 for
 *  NULL. Since 0.1 */
BINNET_API size_t binnet_sim_neurons(const binnet_sim *sim);
BINNET_API size_t binnet_sim_populations(const binnet_sim *sim);
BINNET_API uint64_t binnet_sim_synapses(const binnet_sim *sim);
/** BINNET_UPDATE_*; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_sim_update(const binnet_sim *sim);
/** Most that the rounding of weights may change a drive; 0 when none was rounded; NaN for NULL. Since 0.1 */
BINNET_API double binnet_sim_drive_error(const binnet_sim *sim);

/**
 * Simulate, and estimate stationary means and covariances of some neurons, with standard errors.
 *
 * Trajectory 0 starts with all neurons silent, 1 with all active, the others at random (each neuron active with probability 1/2):
 * when they still disagree at the end, the network was not mixed, and the call says so.
 *
 * out      [out] the estimates; also made with BINNET_E_NOCONV
 * k              neurons that are watched one by one, 0..n
 * neuron   [in]  int32_t[k], different; or NULL: 0..k-1
 * n_lags         lags of covariances, 0..64; 0: none
 * lag      [in]  uint64_t[n_lags], in samples: Cov(A_i(t), A_j(t + lag)); 0: at the same time
 * interval       between samples: steps (a whole number), in continuous time the time; > 0
 * burn_in        samples at the beginning of each trajectory that are left out, besides as many as the longest lag; or
 *                BINNET_BURN_IN_AUTO: an eighth of `samples`
 * samples        of each trajectory, 64..2^31; rounded up to a multiple of 64
 * runs           trajectories, 1..BINNET_MAX_RUNS; more than one for the comparison; 4 is a good number
 *
 * Standard errors allow for autocorrelation: 64 batches of consecutive samples of each trajectory, and the initial monotone
 * sequence of the autocovariances of their means [Ge92]. For covariances: of (A_i - m_i)(A_j - m_j), and the product of the
 * errors of the means. None is less than 1.53/U after U updates of the neuron (what happened in none of
 * them has a probability of at most 3/U, 95 %): a neuron that never changed has that.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k, neuron, lag, interval, samples, runs); BINNET_E_NAN; BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED; BINNET_E_UNDERFLOW (a neuron without
 *           noise whose drive is 0 to the rounding of its weights); BINNET_E_NOCONV (trajectories from different starts
 *           disagree: binnet_run_discrepancy is above 1; the estimates are there but are not those of the stationary law)
 * Cost      a step: some 20 ns a neuron and 0.5 to 1.5 ns for each synapse of a neuron that flips (synchronous: or that is active, or
 *           silent, whichever are fewest); covariances k^2/64 ns a sample and lag, 256 k^2 bytes a lag and trajectory.
 * Threads   BINNET_P_THREADS: trajectories, or the neurons of large synchronous networks; the same bits for any number.   Since 0.1
 */
BINNET_API int32_t binnet_sim_run(binnet_ctx *ctx, binnet_run **out, const binnet_sim *sim, size_t k,
                                  const int32_t *neuron, size_t n_lags, const uint64_t *lag, double interval,
                                  uint64_t burn_in, uint64_t samples, uint64_t runs);

/**
 * Simulate until the standard errors are small enough.
 *
 * precision  that no standard error of a mean, of a neuron or a population, and of a covariance is to exceed; > 0
 * most       samples of each trajectory, at most; >= 1024
 *
 * The errors are looked at only when each trajectory has 1024, 2048, 4096, ... samples, and 1.1 times the largest must be at most
 * `precision`: so few looks, and the margin, that stopping when an error happens to be small hardly matters.
 * BINNET_BURN_IN_AUTO: an eighth of the samples at each look.
 *
 * Returns   as binnet_sim_run; BINNET_E_NOCONV also when the next look would be beyond `most` (message: what was reached, and about
 *           how many samples it takes).   Since 0.1
 */
BINNET_API int32_t binnet_sim_run_to_precision(binnet_ctx *ctx, binnet_run **out, const binnet_sim *sim, size_t k,
                                               const int32_t *neuron, size_t n_lags, const uint64_t *lag,
                                               double interval, uint64_t burn_in, double precision, uint64_t most,
                                               uint64_t runs);

/**
 * What binnet_sim_run will cost, before it runs (base.h, "Estimates"); as it is called there.
 *
 * updates [out] of neurons, in continuous time expected; some 20 ns each
 * bytes   [out] of the run: those of the simulator are apart
 * flops   [out] synapses gone through if every update were a flip, synchronous: if half of the neurons were active, which is the most
 *               (binnet_sim_new_redrawn: those that are drawn, whatever flips)
 * lag     [in]  uint64_t[n_lags]
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE and BINNET_E_NAN as binnet_sim_run.   Since 0.1
 */
BINNET_API int32_t binnet_sim_run_estimate(binnet_ctx *ctx, uint64_t *updates, uint64_t *bytes, double *flops,
                                           const binnet_sim *sim, size_t k, size_t n_lags, const uint64_t *lag,
                                           double interval, uint64_t burn_in, uint64_t samples, uint64_t runs);

/** Free estimates; NULL is allowed. Since 0.1 */
BINNET_API void binnet_run_free(binnet_run *run);

/** Samples of all trajectories that count; those of each that were left out at its beginning; trajectories; neurons watched; lags; 0
 *  for NULL. Since 0.1 */
BINNET_API uint64_t binnet_run_samples(const binnet_run *run);
BINNET_API uint64_t binnet_run_burn_in(const binnet_run *run);
BINNET_API uint64_t binnet_run_count(const binnet_run *run);
BINNET_API size_t binnet_run_neurons(const binnet_run *run);
BINNET_API size_t binnet_run_lags(const binnet_run *run);
/** Largest standard error of means and covariances; NaN for NULL. Since 0.1 */
BINNET_API double binnet_run_largest_error(const binnet_run *run);
/** How much the means of the trajectories differ, over what would be too much (chance 1e-7 for each mean, and half as much again): above 1 they are not from one
 *  stationary law. 0 for one trajectory; NaN for NULL. Since 0.1 */
BINNET_API double binnet_run_discrepancy(const binnet_run *run);
/** Flips, and synapses gone through, of all trajectories, burn-in included; 0 for NULL. Since 0.1 */
BINNET_API uint64_t binnet_run_flips(const binnet_run *run);
BINNET_API uint64_t binnet_run_synaptic_events(const binnet_run *run);

/** Means mean[k], their standard errors error[k], and effective sample sizes effective[k] (as many independent samples would have that
 *  error); each may be NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (k).  Since 0.1 */
BINNET_API int32_t binnet_run_mean(binnet_ctx *ctx, double *mean, double *error, double *effective, size_t k,
                                   const binnet_run *run);

/** Covariances of lag number l, cov[k][k]: cov[i*k + j] = Cov(A_i(t), A_j(t + lag)), and their standard errors error[k][k]; each may be
 *  NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (k); BINNET_E_RANGE (l).  Since 0.1 */
BINNET_API int32_t binnet_run_covariance(binnet_ctx *ctx, double *cov, double *error, size_t k, const binnet_run *run,
                                         size_t l);

/** Of each population the mean of the share that is active, mean[n_pop], its variance in time, variance[n_pop], and their standard errors,
 *  mean_error[n_pop] and variance_error[n_pop]; each may be NULL. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n_pop).
 *  Since 0.1 */
BINNET_API int32_t binnet_run_populations(binnet_ctx *ctx, double *mean, double *mean_error, double *variance,
                                          double *variance_error, size_t n_pop, const binnet_run *run);

/**
 * The activities of one trajectory, sample after sample.
 *
 * active   [out] uint8_t[samples * k]: of neuron[j] in sample t at active[t*k + j]
 * k, neuron      as binnet_sim_run; a neuron may be named twice
 * interval       as binnet_sim_run
 * burn_in        samples left out at the beginning
 * run            number of the trajectory: the same as in binnet_sim_run
 * start    [in]  uint8_t[n], 0 or 1, or NULL: that of the number
 *
 * Returns   as binnet_sim_run but BINNET_E_NOCONV; with BINNET_E_INTERRUPTED the samples so far are there.   Since 0.1
 */
BINNET_API int32_t binnet_sim_raster(binnet_ctx *ctx, uint8_t *active, uint64_t samples, size_t k,
                                     const int32_t *neuron, const binnet_sim *sim, double interval, uint64_t burn_in,
                                     uint64_t run, const uint8_t *start);

/**
 * How often states of some neurons were met, as a law: the samples of binnet_sim_run, counted.
 *
 * out  [out] law of k neurons; its figures of error are NaN
 * k          1..24
 *
 * Probabilities of states that were not met are 0. For standard errors: binnet_sim_histogram.
 *
 * Returns   as binnet_sim_run but BINNET_E_NOCONV; BINNET_E_RANGE (samples: 1..2^31).  Cost 16 * 2^k bytes.   Since 0.1
 */
BINNET_API int32_t binnet_sim_law(binnet_ctx *ctx, binnet_law **out, const binnet_sim *sim, size_t k,
                                  const int32_t *neuron, double interval, uint64_t burn_in, uint64_t samples,
                                  uint64_t runs);

/**
 * How often states of some neurons were met, with standard errors.
 *
 * p        [out] double[states]: share of the samples, states = 2^k
 * error    [out] double[states]: standard errors, autocorrelation allowed for as in binnet_sim_run; none below 1.53 / samples of all
 *                trajectories, also for states that were not met
 * k              1..16
 * samples        of each trajectory, 64..2^31; rounded up to a multiple of 64
 *
 * The other arguments and Returns as binnet_sim_law; BINNET_E_SIZE (states).  Cost 512 runs 2^k bytes.   Since 0.1
 */
BINNET_API int32_t binnet_sim_histogram(binnet_ctx *ctx, double *p, double *error, size_t states, const binnet_sim *sim,
                                        size_t k, const int32_t *neuron, double interval, uint64_t burn_in,
                                        uint64_t samples, uint64_t runs);

/**
 * How long sets of states are kept, once they are entered; of one trajectory.
 *
 * share    [out] double[n_sets] or NULL: share of the time that is spent in the set
 * mean     [out] double[n_sets] or NULL: mean of the time from entering to leaving, in steps, in continuous time the time; visits
 *                that were not entered or not left within the run are left out. NaN without visits
 * error    [out] double[n_sets] or NULL: its standard error: that of independent visits, which those of one state are, or where batches
 *                of consecutive visits tell more, as in binnet_sim_run, that; at least 1.53/visits steps; NaN for fewer than two
 * count    [out] uint64_t[n_sets] or NULL: visits
 * set      [in]  [n_sets], of the network's neurons
 * burn_in, steps in steps, in continuous time events; steps >= 1
 * run            number of the trajectory
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED; BINNET_E_UNDEFINED (a set with fewer than two visits)
 * Cost      a step as binnet_sim_run, and O(n + n_sets).   Since 0.1
 */
BINNET_API int32_t binnet_sim_dwell(binnet_ctx *ctx, double *share, double *mean, double *error, uint64_t *count,
                                    size_t n_sets, const binnet_set *const *set, const binnet_sim *sim,
                                    uint64_t burn_in, uint64_t steps, uint64_t run);

/**
 * Probability that a set is reached before another, also when it is tiny: adaptive multilevel splitting, unbiased.  [BGG16]
 *
 * p         [out] the mean of the estimates
 * error     [out] or NULL: its standard error, from the spread of the estimates
 * sim             of at most 24 neurons
 * start           a state; 1 when it is in the target, 0 when it is in the other set
 * target, against [in] neither empty, no common state
 * particles       trajectories of one estimate, 2..10^6; some hundred
 * repeats         independent estimates, 2..10^6; some tens
 *
 * Trajectories run until a set is reached; those that came least close to the target (in neurons that differ) are started again
 * from where others came closer, and the estimate is multiplied by the share that was kept. Unbiased for any numbers; few
 * particles make a skew estimate, whose error is then too small where p is: compare with more of them.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (sets); BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED; BINNET_E_NOCONV (BINNET_P_WORK_LIMIT steps were not enough: a network may be caught elsewhere);
 *           BINNET_E_UNDEFINED (all estimates are 0: p is 0, error NaN)
 * Cost      about log(1/p) times as much as particles * repeats trajectories; 2^n bytes.   Since 0.1
 */
BINNET_API int32_t binnet_sim_reach(binnet_ctx *ctx, double *p, double *error, const binnet_sim *sim, uint64_t start,
                                    const binnet_set *target, const binnet_set *against, size_t particles,
                                    size_t repeats);

#ifdef __cplusplus
}
#endif

#endif
