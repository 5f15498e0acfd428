/* Transients: laws and means of a chain over time, under stimuli, weights and noise that may change; continuous time. */
#ifndef BINNET_TRANSIENTS_H
#define BINNET_TRANSIENTS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A schedule: chains that follow each other. The step from time t to t + 1 is one of chain[k], start[k] <= t < start[k + 1]; the
 * last one goes on for ever.
 *
 * count        1 or more
 * start  [in]  uint64_t[count], start[0] = 0, rising
 * chain  [in]  [count], of the same number of neurons, of any update rules; copied, they may be freed
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (count; which start is not above the one before); BINNET_E_SIZE (which
 *           chain); and as binnet_chain_new
 * Cost      that of making the chains.   Since 0.1
 */
BINNET_API int32_t binnet_schedule_new(binnet_ctx *ctx, binnet_schedule **out, size_t count, const uint64_t *start,
                                       const binnet_chain *const *chain);

/**
 * A schedule of stimuli: the chain with other ones from each start on.
 *
 * chain     [in]  copied
 * start     [in]  uint64_t[count], as above
 * stimulus  [in]  double[count][n], finite: I_i
 *
 * Returns   as binnet_schedule_new; BINNET_E_NAN
 * Cost      count * n doubles; the chains are made one after the other when they are used.   Since 0.1
 */
BINNET_API int32_t binnet_schedule_new_stimuli(binnet_ctx *ctx, binnet_schedule **out, const binnet_chain *chain,
                                               size_t count, const uint64_t *start, const double *stimulus);

/** Free a schedule; NULL is allowed. Since 0.1 */
BINNET_API void binnet_schedule_free(binnet_schedule *schedule);

/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_schedule_neurons(const binnet_schedule *schedule);

/**
 * The law at time `to` from that at time `from`.
 *
 * out  [out] the law; NULL on failure. binnet_law_balance_error: bound on the relative error of every probability above 1e-290,
 *            that of the law it started from (if known) and (4 n + 120 + 4 z) 2^-53 for each step, z the rounding of the drives
 *            (largest drive over noise, summed over neurons, squared for Gaussian noise); the other figures are NaN
 * law  [in]  at time `from`, borrowed
 * from       at most `to`; with equal ones the law is copied
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (law of another size); BINNET_E_RANGE (from > to); and as binnet_chain_apply
 * Cost      to - from steps (binnet_chain_apply), 16 * 2^n bytes and what a step takes.   Since 0.1
 */
BINNET_API int32_t binnet_schedule_evolve(binnet_ctx *ctx, binnet_law **out, const binnet_schedule *schedule,
                                          const binnet_law *law, uint64_t from, uint64_t to);

/**
 * Laws at some times, from the law at time 0.
 *
 * p      [out] double[count * 2^n]: p[k * 2^n + s] = Pr(state s at time[k])
 * len          count * 2^n
 * error  [out] or NULL: bound on the relative error of the last law, as above
 * start  [in]  law at time 0
 * time   [in]  uint64_t[count], rising; 0 is allowed
 *
 * Returns   as binnet_schedule_evolve; BINNET_E_SIZE (len); BINNET_E_RANGE (which time is not above the one before)
 * Cost      time[count - 1] steps.   Since 0.1
 */
BINNET_API int32_t binnet_schedule_laws(binnet_ctx *ctx, double *p, size_t len, double *error,
                                        const binnet_schedule *schedule, const binnet_law *start, size_t count,
                                        const uint64_t *time);

/** Means at some times: mean[len], mean[k * n + i] = Pr(neuron i active at time[k]), len = count * n; the laws are not kept. Otherwise as
 *  binnet_schedule_laws; the error is relative and of every mean; time[count] likewise.  Cost O(2^n) for each time, and the steps to the last one.  Since 0.1 */
BINNET_API int32_t binnet_schedule_means(binnet_ctx *ctx, double *mean, size_t len, double *error,
                                         const binnet_schedule *schedule, const binnet_law *start, size_t count,
                                         const uint64_t *time);

/**
 * The chain of continuous time: neuron i is updated at the events of a Poisson process of rate[i], independent of the others
 * (Glauber dynamics).  [Gl63]
 *
 * Watched at the events alone it is the asynchronous chain in which neuron i is drawn with probability rate[i] / q, q the sum of
 * the rates; so that chain is what is made. Its stationary law is that of continuous time, its quasi-stationary laws too;
 * an escape rate per event times q is one per unit of time.
 *
 * out    [out] the asynchronous chain
 * q      [out] events per unit of time
 * rate   [in]  double[n], >= 0 and finite, not all 0 (a neuron of rate 0 stays as it is)
 *
 * Returns   as binnet_chain_new; BINNET_E_NAN; BINNET_E_RANGE (which rate is negative, or below 1e-290 of the sum but not 0; all are 0;
 *           the sum overflows).   Since 0.1
 */
BINNET_API int32_t binnet_chain_new_continuous(binnet_ctx *ctx, binnet_chain **out, double *q, const binnet_net *net,
                                               const binnet_noise *noise, const double *rate);

/**
 * The law after some time in continuous time, by uniformisation: sum over k of exp(-q t) (q t)^k / k! p P^k.  [Je53]
 *
 * out    [out] the law; balance_error is the error below, the other figures are NaN
 * error  [out] or NULL: bound on sum over states of |p - true p|: the terms left out (both tails of the Poisson law; and, where
 *              the law has become stationary on the way, the rest of the sum at a bound for how much it could still change),
 *              and rounding
 * chain  [in]  asynchronous, as binnet_chain_new_continuous makes it
 * q            > 0, finite
 * time         >= 0, finite; q * time at most 2^40
 * law    [in]  at time 0
 *
 * The weights are made from the largest one outwards and divided by their sum, so that none underflows that matters
 * [FG88]. Several times: call it again with the time between and the law that it gave.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (q, time; the chain is not asynchronous); BINNET_E_NAN;
 *           and as binnet_chain_apply
 * Cost      about q t + 9 sqrt(q t) + n steps, fewer where the law becomes stationary; 24 * 2^n bytes.   Since 0.1
 */
BINNET_API int32_t binnet_continuous_evolve(binnet_ctx *ctx, binnet_law **out, double *error, const binnet_chain *chain,
                                            double q, const binnet_law *law, double time);

#ifdef __cplusplus
}
#endif

#endif
