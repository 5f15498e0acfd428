/*
 * Information, exact, in nats: rates of entropy and of its production, information between groups of neurons and over time, and
 * what the response of a group says about stimuli, with the parts that correlations have in it. Any law may be given, stationary
 * or of a transient: `law` is that of A(t), the chain leads to A(t + 1).
 *
 * 0 log 0 is 0. Divergences are sums of terms p log(p/q) - p + q, none of them negative, so that small ones keep digits: an
 * information of x nats has a relative error of about 1e-15 (1 + 1/sqrt(x)), and is never negative.
 */
#ifndef BINNET_INFORMATION_H
#define BINNET_INFORMATION_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Entropy rate: entropy of the next state given the present one, sum_A P(A) H(P(. | A)).
 *
 * Synchronous: sum_A P(A) sum_i H_b(p_i(A)), H_b(p) = -p log p - (1-p) log(1-p); asynchronous: of the row, n flips and
 * staying; sweep and blocks: as synchronous, each neuron by the law of the state it sees.
 *
 * nats [out]     chain [in]     law [in] as many neurons as the chain; stationary for the rate of the process
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  1e-14 relative.   Cost O(n 2^n) time; sweep and blocks one application of the chain more, and 2^n * 8 bytes.
 * Since 0.1
 */
BINNET_API int32_t binnet_chain_entropy_rate(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                             const binnet_law *law);

/**
 * Entropy production per step: sum over A, A' of P(A) P(A'|A) log(P(A'|A) / P(A|A')).
 *
 * 0 for a stationary law in detailed balance, positive for any other stationary law. Of a law that is not stationary it is the
 * entropy that flows out in this step, which may be negative.
 * Synchronous: -h - sum_i E log p_i(A_i | A'), h the entropy rate; only the inputs of i are needed of A'. Asynchronous: a sum over
 * the edges of the hypercube. Sweep and blocks: all pairs of states; the reverse of a step is a step, in the same order.
 *
 * nats [out] +inf when a transition that happens has no reverse: then BINNET_E_UNDEFINED, the message names one
 *
 * Returns   as binnet_chain_entropy_rate; BINNET_E_UNDEFINED (above); BINNET_E_RANGE (sweep or blocks of more than
 *           BINNET_MAX_PAIRS_NEURONS neurons)
 * Accuracy  1e-14 of the sum of P(A) P(A'|A) |log(P(A'|A) / P(A|A'))| and of h; within that, 0 rather than negative. Of a
 *           stationary law, asynchronous or of up to 10 neurons, as a divergence (above), also beside detailed balance. Reverse
 *           probabilities that underflow are taken as logarithms (but for callers' laws).
 * Cost      synchronous 2^(n+1) sum_i 2^(inputs of i) flops (twice for a neuron with a weight to itself), 2^n * 16 bytes (up
 *           to 10 neurons 4^n * 8); asynchronous O(n 2^n); sweep and blocks some 4^n.   Since 0.1
 */
BINNET_API int32_t binnet_chain_entropy_production(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                                   const binnet_law *law);

/* Most neurons of calls that look at all pairs of states. */
#define BINNET_MAX_PAIRS_NEURONS 14

/**
 * How far from detailed balance, P(A) P(A'|A) = P(A') P(A|A'): with f and r the two sides,
 *
 * net      [out] sum over pairs {A, A'} of |f - r|, 0..1
 * relative [out] max over pairs of |f - r| / max(f, r), 0..1; 1 when a transition has no reverse. Either may be NULL
 *
 * Returns   as binnet_chain_entropy_rate; BINNET_E_RANGE (other than asynchronous, and more than BINNET_MAX_PAIRS_NEURONS)
 * Accuracy  1e-14 of the sum of f (relative: absolute).   Cost asynchronous O(n 2^n); else O(n 4^n) time,
 *           more for sweeps and blocks of over 13 neurons, and as much of 512 MiB as the memory limit leaves.   Since 0.1
 */
BINNET_API int32_t binnet_chain_detailed_balance(binnet_ctx *ctx, double *net, double *relative,
                                                 const binnet_chain *chain, const binnet_law *law);

/**
 * Multi-information of k neurons: sum of their entropies less their joint entropy, D(p(A) || prod p(A_i)).
 *
 * k 1..n     neuron [in] int32_t[k], different
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED.
 * Cost O(k 2^n) time, 16 * 2^k bytes.  Since 0.1
 */
BINNET_API int32_t binnet_law_multi_information(binnet_ctx *ctx, double *nats, const binnet_law *law, size_t k,
                                                const int32_t *neuron);

/**
 * Joint law of one group now and another later: p[f + 2^n_first s] = Pr(first group in f at t, second in s at t + lag).
 *
 * p      [out] double[len], len = 2^(n_first + n_second); bit b of f is the activity of first[b]
 * lag          0 ..; at most BINNET_MAX_LAG
 * first [in] int32_t[n_first], second [in] int32_t[n_second]: each 1..n different neurons; the two may share neurons
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (groups, lag); as binnet_chain_apply
 * Accuracy  relative, as binnet_chain_apply.
 * Cost      lag 0: O(2^n). Lag 1: synchronous 2^(n + n_second), asynchronous O(n 2^n), else 2^n_first applications of the chain.
 *           Each further step 2^n_first applications; 2^n * 16 bytes.   Since 0.1
 */
BINNET_API int32_t binnet_chain_joint_law(binnet_ctx *ctx, double *p, size_t len, const binnet_chain *chain,
                                          const binnet_law *law, uint64_t lag, size_t n_first, const int32_t *first,
                                          size_t n_second, const int32_t *second);

/** Mutual information I(A_first(t); A_second(t + lag)) of two groups. Arguments, errors and cost as binnet_chain_joint_law.
 *  Since 0.1 */
BINNET_API int32_t binnet_chain_mutual_information(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                                   const binnet_law *law, uint64_t lag, size_t n_first,
                                                   const int32_t *first, size_t n_second, const int32_t *second);

/** The same of all pairs of neurons, nats[n][n]: nats[i*n + j] = I(A_i(t); A_j(t + lag)).
 *  Returns as binnet_chain_mutual_information.  Cost O(n^2 2^n), and n (lag - 1) applications of the chain (sweep and blocks:
 *  n lag).  Since 0.1 */
BINNET_API int32_t binnet_chain_mutual_information_pairs(binnet_ctx *ctx, double *nats, size_t n,
                                                         const binnet_chain *chain, const binnet_law *law,
                                                         uint64_t lag);

/**
 * Transfer entropy from one group to another, I(A_to(t+1); A_from(t) | A_to(t)), one step of history.   [Schreiber 2000]
 *
 * from [in] int32_t[n_from], to [in] int32_t[n_to]: groups without a neuron in common
 *
 * Returns as binnet_chain_joint_law with lag 1, first = from and to together, second = to.  Since 0.1
 */
BINNET_API int32_t binnet_chain_transfer_entropy(binnet_ctx *ctx, double *nats, const binnet_chain *chain,
                                                 const binnet_law *law, size_t n_from, const int32_t *from, size_t n_to,
                                                 const int32_t *to);

/** The same of all pairs of neurons, nats[n][n]: nats[i*n + j] from j to i, as in J; 0 on the diagonal. Cost O(n^2 2^n), sweep and blocks
 *  2 n^2 applications of the chain.  Since 0.1 */
BINNET_API int32_t binnet_chain_transfer_entropy_pairs(binnet_ctx *ctx, double *nats, size_t n,
                                                       const binnet_chain *chain, const binnet_law *law);

/* Parts of the information about stimuli; they add up to the whole. */
#define BINNET_INFORMATION_LINEAR 0            /* sum of the informations of the single neurons, >= 0 */
#define BINNET_INFORMATION_SIGNAL_SIMILARITY 1 /* what is lost since neurons prefer alike stimuli, <= 0 */
#define BINNET_INFORMATION_CORRELATION_INDEPENDENT                                                                     \
    2 /* noise correlations against or along signal correlations: of any sign, also when they do not change */
#define BINNET_INFORMATION_CORRELATION_DEPENDENT 3 /* that correlations change with the stimulus, >= 0 */
#define BINNET_INFORMATION_PARTS 4

/**
 * Information between stimuli and the response of a group: I(S; R) = sum_s w_s D(p(r|s) || p(r)), and its exact breakdown.
 *
 *     linear               sum_i I(S; R_i)
 *     signal similarity    -D(q || prod_i p(r_i)),  q(r) = sum_s w_s q(r|s),  q(r|s) = prod_i p(r_i|s)
 *     stimulus-independent -sum_r (p(r) - q(r)) log q(r)
 *     stimulus-dependent   sum_r,s w_s p(r|s) log(p(s|r) / q(s|r)),  q(s|r) = w_s q(r|s) / q(r)
 *
 * [Panzeri, Schultz, Treves & Rolls 1999; Pola, Thiele, Hoffmann & Panzeri 2003]; derived in docs/information.md.
 *
 * nats  [out] the whole
 * parts [out] double[BINNET_INFORMATION_PARTS] or NULL
 * law   [in]  law[n_stimuli], the law of the activities at each stimulus, all of as many neurons
 * prior [in]  double[n_stimuli], >= 0, sum 1 within 1e-12 (then normalised)
 * k, group [in] 1..n different neurons, int32_t[k]
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (laws of different sizes); BINNET_E_RANGE (group, prior, no stimuli);
 *           BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Accuracy  as above; the stimulus-independent part some 1e-15 of the sum over r, s of w_s |p(r|s) - q(r|s)| |log q(r)|, where
 *           correlations are not below 1e-16 of E prod|A_i - q_i|.
 * Cost      O(n_stimuli (2^n + k 2^k)) time, 16 (n_stimuli + 2) 2^k bytes.   Since 0.1
 */
BINNET_API int32_t binnet_stimulus_information(binnet_ctx *ctx, double *nats, double *parts, size_t n_stimuli,
                                               const binnet_law *const *law, const double *prior, size_t k,
                                               const int32_t *group);

/**
 * What a call will cost, before it runs; each output may be NULL.
 *
 * bytes [out] most that is allocated at once: what BINNET_P_MEMORY_LIMIT is compared with
 * flops [out] floating-point operations, or what counts as such
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (as the call).  Since 0.1
 */
BINNET_API int32_t binnet_chain_entropy_production_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops,
                                                            const binnet_chain *chain);
BINNET_API int32_t binnet_chain_joint_law_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops,
                                                   const binnet_chain *chain, uint64_t lag, size_t n_first,
                                                   size_t n_second);

#ifdef __cplusplus
}
#endif

#endif
