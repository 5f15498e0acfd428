/* Storing patterns, sequences and cycles: weights with which given transitions happen, and proof where none do. */
#ifndef BINNET_STORAGE_H
#define BINNET_STORAGE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A transition leads from a state a to a state b: a -> a is a pattern that stays, a -> b -> c a sequence, a -> b -> a a cycle.
 * States are rows of n bytes 0 or 1, so that n may be large. Neuron i follows transition l without noise when
 *
 *   margin = (2 b_i - 1) h_i(a) > 0,     h_i(a) = (1/M_i) sum_j J_ij a_j + I_i - theta_i,
 *
 * and with noise of cdf F and scale sigma_i with probability F(margin / sigma_i) (b_i = 0) or 1 - F(-margin / sigma_i) (b_i = 1:
 * the same where the noise is symmetric). A margin of exactly 0 counts as not stored, whatever the tie rule.   [FCP18] sec. 2, [PGD86]
 */

/* How weights are chosen. The first two meet wanted margins, or say why not. */
#define BINNET_RULE_EXACT                                                                                              \
    0 /* margins equal to the wanted ones; of all such weights those of least norm (least squares) */
#define BINNET_RULE_MARGIN 1 /* margins at least the wanted ones; of all such weights those of least norm */
/* Rules of the literature, of patterns as spins 2a - 1 but for the last; they take no wanted margins and set thresholds. */
#define BINNET_RULE_HEBB 2    /* sum_l (2b_i - 1)(2a_j - 1) / n; of sequences: one step in time  [Hopfield 1982] */
#define BINNET_RULE_STORKEY 3 /* Hebb less the local field, pattern after pattern; patterns only  [SV99] */
#define BINNET_RULE_PSEUDO_INVERSE 4 /* least squares of spins  [PGD86] */
#define BINNET_RULE_TEMPORAL 5       /* Hebb of a -> a, and twice that of a -> b, without slow synapses  [SK86] */
#define BINNET_RULE_COVARIANCE 6     /* sum_l (b_i - <b_i>)(a_j - <a_j>) / (n f (1 - f)); sparse patterns  [TF88] */

/* What became of a neuron's transitions: binnet_storage_status. */
#define BINNET_STORED 0       /* all margins as wanted; by a rule of the literature: all above 0 */
#define BINNET_STORED_OTHER 1 /* all margins above 0, but not as wanted */
#define BINNET_NOT_STORED 2   /* some margin is not above 0; nothing is proved of other weights */
#define BINNET_IMPOSSIBLE 3   /* proved: no weights of this wiring have all margins above 0 */
#define BINNET_OUT_OF_REACH 4 /* proved: none of this wiring have margins of at least the wanted ones */

/* A row of a contradiction: binnet_storage_contradiction. */
#define BINNET_ROW_TRANSITION 0 /* the margin of transition `index` */
#define BINNET_ROW_SIGN 1       /* the sign of the weight from neuron `index` */
#define BINNET_ROW_LEAST 2      /* the least weight from neuron `index` */
#define BINNET_ROW_GREATEST 3   /* the greatest weight from neuron `index` */

/* Signs of what a neuron sends (Dale's law). */
#define BINNET_SIGN_ANY 0
#define BINNET_SIGN_EXCITATORY 1
#define BINNET_SIGN_INHIBITORY (-1)
#define BINNET_SIGN_FOUND 2 /* either, but one for all it sends to; the library looks for it */

/* What may be changed besides weights: binnet_wiring_new. */
#define BINNET_FREE_NONE 0
#define BINNET_FREE_THRESHOLD 1 /* the thresholds; a change of 1024 costs as much norm as a weight of 1 */
#define BINNET_FREE_STIMULUS 2  /* the stimuli, likewise */

/**
 * What weights may be: which connections exist, their signs and bounds, what they should be close to.
 *
 * out              the wiring; NULL on failure
 * n                neurons, 1..BINNET_MAX_NETWORK
 * mask      [in]   uint8_t[n][n] or NULL for all: mask[i*n + j] = 1 where a connection from j to i may be, else 0
 * self_connections 1: the diagonal too; 0: never
 * sign      [in]   int32_t[n], BINNET_SIGN_* of what neuron j sends, or NULL for any
 * least, greatest [in] double[n][n] bounds of the weights, infinities allowed, or NULL
 * connectome [in]  double[n][n] or NULL for 0: norms are those of J - connectome
 * free_offset      BINNET_FREE_*
 *
 * Signs and bounds hold for BINNET_RULE_MARGIN only; rules of the literature take mask and self-connections alone.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (an entry; least > greatest); BINNET_E_NAN; BINNET_E_LIMIT;
 *           BINNET_E_NOMEM; BINNET_E_INTERRUPTED
 * Cost      O(n^2) time and bytes; the arrays are copied.   Since 0.1
 */
BINNET_API int32_t binnet_wiring_new(binnet_ctx *ctx, binnet_wiring **out, size_t n, const uint8_t *mask,
                                     int32_t self_connections, const int32_t *sign, const double *least,
                                     const double *greatest, const double *connectome, int32_t free_offset);
/** Free a wiring; NULL is allowed. Since 0.1 */
BINNET_API void binnet_wiring_free(binnet_wiring *wiring);

/**
 * Margins from probabilities: with margin[l][i] for every i, transition l happens with probability[l] in a synchronous step.
 *
 * The probability is shared out evenly over the n_noisy neurons with noise: each follows with p = probability^(1/n_noisy), and
 * margin = sigma_i F^-1(p). A neuron without noise is asked for `still`. A whole sequence or cycle of T transitions happens
 * with probability Q when each has Q^(1/T).
 *
 * margin      [out] double[n_transitions][n]
 * to          [in]  uint8_t[n_transitions][n]
 * probability [in]  double[n_transitions], in (0, 1); also 1 where the noise is bounded
 * still             > 0, margin of neurons without noise; they follow for certain
 * noise       [in]  of n neurons
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_NAN; BINNET_E_RANGE (a probability <= 0 or > 1, or 1 with noise
 *           of unbounded support, or of less than 1 without noise); BINNET_E_CALLBACK
 * Accuracy  the quantile to the last bits that F has (noise.h).   Cost O(n_transitions (n + 64)).   Since 0.1
 */
BINNET_API int32_t binnet_store_margins(binnet_ctx *ctx, double *margin, size_t n_transitions, size_t n,
                                        const uint8_t *to, const double *probability, double still,
                                        const binnet_noise *noise);

/**
 * Choose weights that store transitions.
 *
 * BINNET_RULE_EXACT solves for every neuron (1/M_i) sum_j J_ij a_j + I_i - theta_i = (2 b_i - 1) margin_i over its existing
 * inputs: minimum-norm least squares by LAPACK, one factorisation for all neurons with the same inputs (a missing
 * self-connection is taken out of it by rank one).   [FCP18], [PGD86]
 * BINNET_RULE_MARGIN minimises |J_i - connectome_i|^2 subject to margin_i, signs and bounds by the dual method of [GI83]. Where
 * thresholds equal stimuli, or may be changed, J_i / |J_i| so has the largest smallest margin of all unit vectors.
 *
 * J      [out] double[n][n], J[i*n + j] from j to i; filled in part when a code of the 200s stops the rule midway
 * out    [out] what became of it, or NULL
 * n, n_transitions  >= 1
 * from, to [in] uint8_t[n_transitions][n], 0 or 1
 * rule         BINNET_RULE_*
 * margin [in]  double[n_transitions][n] wanted margins (any sign by BINNET_RULE_EXACT, else > 0), or NULL for 1
 * M, theta, stimulus [in] double[n] or NULL for 1, 0, 0, as binnet_net_new
 * wiring [in]  or NULL: all connections but self-connections
 *
 * Returns   BINNET_OK: every neuron is BINNET_STORED; BINNET_E_UNMET: some are not; J and out are made all the same, and the
 *           message and binnet_storage_status say which and why; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_SIZE (wiring);
 *           BINNET_E_NAN; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_NOCONV; BINNET_E_INTERRUPTED
 * Accuracy  statuses are facts: margins are computed from the final weights, with a bound on the rounding, in exact arithmetic
 *           where that does not decide the sign; contradictions are verified in integers. "As wanted" is to 1e-10
 *           relative and 1e-14 of the neuron's largest wanted margin, and above 0 where that is wanted.
 * Cost      exact: one factorisation of n_transitions x inputs for each distinct set of inputs (Cholesky's of the states'
 *           products where that is well-conditioned, Householder's where it is not, by singular values where states are
 *           dependent), and 4 n_transitions n^2 flops; margin: O(n_transitions n) for each of some n_transitions steps of each
 *           neuron.
 *           A contradiction of m rows: O(m^4) (m <= BINNET_MAX_CONTRADICTION; larger ones stay unproved).
 * Threads   exact: those of the BLAS; margin: BINNET_P_THREADS workers, as many as the memory limit has room for, same bits.
 *           Since 0.1
 */
BINNET_API int32_t binnet_store(binnet_ctx *ctx, double *J, binnet_storage **out, size_t n, size_t n_transitions,
                                const uint8_t *from, const uint8_t *to, int32_t rule, const double *margin,
                                const double *M, const double *theta, const double *stimulus,
                                const binnet_wiring *wiring);

/**
 * What binnet_store will cost, before it runs (base.h, "Estimates").
 *
 * margins [out] margins that are made and verified, n n_transitions
 * bytes   [out] contradictions come on top, at most 8 n BINNET_MAX_CONTRADICTION words each
 * flops   [out] a mask counts as if each neuron had its own inputs; margin rule: of n_transitions steps a neuron, seldom more
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_SIZE (wiring).   Since 0.1
 */
BINNET_API int32_t binnet_store_estimate(binnet_ctx *ctx, uint64_t *margins, uint64_t *bytes, double *flops, size_t n,
                                         size_t n_transitions, int32_t rule, const binnet_wiring *wiring);

/* Most rows of a contradiction that is verified. */
#define BINNET_MAX_CONTRADICTION 400

/** Free what binnet_store told; NULL is allowed. Since 0.1 */
BINNET_API void binnet_storage_free(binnet_storage *s);
/** Neurons and transitions; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_storage_neurons(const binnet_storage *s);
BINNET_API size_t binnet_storage_transitions(const binnet_storage *s);
/** BINNET_STORED... of neuron i; -1 when out of range. Since 0.1 */
BINNET_API int32_t binnet_storage_status(const binnet_storage *s, size_t i);
/** Margin of transition l at neuron i with the final weights, to binnet_storage_margin_error; NaN when out of range. Since 0.1 */
BINNET_API double binnet_storage_margin(const binnet_storage *s, size_t l, size_t i);
/** Bound on the error of the margins of neuron i; NaN when out of range. Since 0.1 */
BINNET_API double binnet_storage_margin_error(const binnet_storage *s, size_t i);
/** Threshold and stimulus of neuron i, as given or as the rule chose them; NaN when out of range. Since 0.1 */
BINNET_API double binnet_storage_threshold(const binnet_storage *s, size_t i);
BINNET_API double binnet_storage_stimulus(const binnet_storage *s, size_t i);
/** Sign of what neuron j sends, as given or found; 0: any, or out of range. Since 0.1 */
BINNET_API int32_t binnet_storage_sign(const binnet_storage *s, size_t j);
/** Numerical rank of the equations of neuron i, by BINNET_RULE_EXACT and _PSEUDO_INVERSE; else the constraints that are met with
 *  equality. 0 when out of range. Since 0.1 */
BINNET_API size_t binnet_storage_rank(const binnet_storage *s, size_t i);
/** By the same rules, of neuron i: |wanted - found| over its margins (2-norm), and greatest over least counted singular value;
 *  else NaN. Since 0.1 */
BINNET_API double binnet_storage_residual(const binnet_storage *s, size_t i);
BINNET_API double binnet_storage_condition(const binnet_storage *s, size_t i);

/**
 * Why neuron i is BINNET_IMPOSSIBLE or BINNET_OUT_OF_REACH: rows that contradict each other, none of which can be left out.
 *
 * With y_l = (2 b_i - 1) a over the neuron's inputs for a transition, +-e_j for a sign or bound, the whole multipliers u > 0
 * satisfy sum_k u_k y_k = 0 exactly. So sum_k u_k (what row k asks of J_ij) <= 0 whatever J, although the rows together ask
 * for more: sum over transitions u (M margin - (2b_i - 1) M (I - theta)) + sum u (bounds) > 0 (IMPOSSIBLE: margin = 0, >= 0).
 *
 * kind       [out] BINNET_ROW_*             } of row k, each may be NULL
 * index      [out] transition or neuron     }
 * multiplier [out] uint64_t[words], least word first, or NULL
 * words            at least binnet_storage_contradiction_words
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (i, k); BINNET_E_SIZE (words).  Since 0.1
 */
BINNET_API int32_t binnet_storage_contradiction(binnet_ctx *ctx, int32_t *kind, size_t *index, uint64_t *multiplier,
                                                size_t words, const binnet_storage *s, size_t i, size_t k);
/** Rows of the contradiction of neuron i, and 64-bit words of its longest multiplier; 0 where there is none. Since 0.1 */
BINNET_API size_t binnet_storage_contradiction_rows(const binnet_storage *s, size_t i);
BINNET_API size_t binnet_storage_contradiction_words(const binnet_storage *s, size_t i);

/* --- recall: what the noisy network makes of it --- */

/**
 * Probability of each transition in one synchronous step, exact for any number of neurons:
 * p[l] = prod_i F(+-h_i(from l) / sigma_i).   [FCP18] sec. 2
 *
 * p       [out] double[n_transitions]
 * failure [out] double[n_transitions] or NULL: 1 - p without cancellation
 * n             neurons of net and noise
 * from, to [in] uint8_t[n_transitions][n], 0 or 1
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_CALLBACK; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_INTERRUPTED
 * Accuracy  that of the noise's tails (noise.h) at the rounded drives; a neuron without noise by the exact sign and the tie rule.
 * Cost      O(n_transitions weights) time, 12 bytes a weight.   Since 0.1
 */
BINNET_API int32_t binnet_recall_transitions(binnet_ctx *ctx, double *p, double *failure, size_t n_transitions,
                                             size_t n, const uint8_t *from, const uint8_t *to, const binnet_net *net,
                                             const binnet_noise *noise);

/**
 * A sequence state[0] -> state[1] -> ..., or the cycle that closes it, under synchronous updates; exact for any number of neurons.
 * A pattern is a cycle of one state.
 *
 * whole    [out] Pr(all transitions one after the other), of a cycle `rounds` times round: Q^rounds      } each may be NULL
 * failure  [out] 1 - whole without cancellation                                                          }
 * followed [out] expected steps up to and with the first that is not the sequence's, from state[0]: sum_{m >= 0} Pr(the first m are),
 *                of a cycle with transition probabilities q_t: sum_{m < T} q_0 .. q_{m-1} / (1 - Q); a sequence ends with its last state
 * inside   [out] of a cycle: expected steps until the network is in none of its states, from state[0], ((I - P_CC)^-1 1)_0; jumps
 *                within the cycle count as inside; NaN for a sequence
 * n_states       >= 1 (a sequence: >= 2), all different in a cycle
 * state    [in]  uint8_t[n_states][n]
 * cyclic         1 or 0
 * rounds         >= 0; 1 for a sequence
 *
 * Returns   as binnet_recall_transitions; BINNET_E_UNDERFLOW (nearly all failures lead back into the cycle: `inside` would lose
 *           more than 6 digits). Infinite where nothing ever fails.
 * Accuracy  sums and products of non-negative terms; relative error about 1e-15 (n + n_states) beside that of the transitions, of `whole` that times
 *           max(1, rounds failure), of `inside` 1e-9 at worst, where jumps within the cycle are most of what fails.
 * Cost      O(n_states weights + n_states^2 (n + n_states)), 8 n_states (n_states + 3 n) bytes.   Since 0.1
 */
BINNET_API int32_t binnet_recall_path(binnet_ctx *ctx, double *whole, double *failure, double *followed, double *inside,
                                      size_t n_states, size_t n, const uint8_t *state, int32_t cyclic, uint64_t rounds,
                                      const binnet_net *net, const binnet_noise *noise);

/**
 * Recall curve, exact: the probability of having been in one of the target states within t steps, from states at Hamming
 * distance d of the nearest target.
 *
 * mean  [out] double[steps + 1][n + 1]: mean[t*(n + 1) + d], over all states at that distance; NaN where there are none
 * worst [out] double[steps + 1][n + 1] or NULL: the same of the worst such state
 * steps       0..BINNET_MAX_LAG
 * n           neurons of the chain
 * target [in] uint64_t[n_targets], >= 1: a pattern, or the states of a cycle
 * chain  [in] of any update rule
 *
 * u_0 = 1 on targets; u_{t+1} = P u_t, 1 on targets.
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (n); BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED
 * Accuracy  sums of non-negative terms.   Cost steps expectations: synchronous O(4^n) each, else O(n 2^n); 29 * 2^n bytes.
 * Threads   BINNET_P_THREADS for chains that update one neuron at a time, same bits.   Since 0.1
 */
BINNET_API int32_t binnet_recall_curve(binnet_ctx *ctx, double *mean, double *worst, uint64_t steps, size_t n,
                                       size_t n_targets, const uint64_t *target, const binnet_chain *chain);

/**
 * A run of the noisy network from a cue.
 *
 * state [out] uint8_t[steps + 1][n], state[0] the cue
 * cue   [in]  uint8_t[n]
 * update      BINNET_UPDATE_SYNCHRONOUS or _ASYNCHRONOUS (a step is one neuron)
 * run         which run of the seed BINNET_P_SEED
 *
 * Returns as binnet_recall_transitions.  Cost O(weights) a synchronous step, O(n) an asynchronous one.  Since 0.1
 */
BINNET_API int32_t binnet_recall_run(binnet_ctx *ctx, uint8_t *state, uint64_t steps, size_t n, const uint8_t *cue,
                                     const binnet_net *net, const binnet_noise *noise, int32_t update, uint64_t run);

/**
 * Recall curve by simulation, for networks beyond exact reach: synchronous, from target 0 with d random neurons flipped.
 *
 * mean      [out] double[steps + 1][n_distances]: fraction of runs that have been in a target within t steps
 * low, high [out] double[steps + 1][n_distances] or NULL: Wilson's interval of 95 % [Wilson 1927]
 * distance  [in]  size_t[n_distances], 0..n
 * runs            >= 1 for each distance
 * target    [in]  uint8_t[n_targets][n]
 *
 * Returns as binnet_recall_transitions.  Cost O(runs n_distances steps weights).  Since 0.1
 */
BINNET_API int32_t binnet_recall_curve_sampled(binnet_ctx *ctx, double *mean, double *low, double *high, uint64_t steps,
                                               size_t n_distances, const size_t *distance, uint64_t runs, size_t n,
                                               size_t n_targets, const uint8_t *target, const binnet_net *net,
                                               const binnet_noise *noise);

/* --- capacity --- */

/** Cover's count: the fraction of the 2^patterns ways of asking one neuron without threshold to fire that some weights fulfil,
 *  patterns in general position: 2^(1 - patterns) sum_{k < inputs} C(patterns - 1, k). [Co65]
 *  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (patterns or inputs < 1 or > 1e6).  Accuracy 1e-12.  Since 0.1 */
BINNET_API int32_t binnet_capacity_cover(binnet_ctx *ctx, double *fraction, uint64_t patterns, uint64_t inputs);

/** Gardner's bound: the greatest load (patterns / inputs) at which weights of norm sqrt(inputs) have margins of kappa for random
 *  spin patterns, many inputs: 1 / integral_{-kappa}^inf (t + kappa)^2 phi(t) dt; 2 for kappa = 0. [Ga88]
 *  Returns BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_RANGE (kappa not in -5..100).  Accuracy 1e-12.  Since 0.1 */
BINNET_API int32_t binnet_capacity_gardner(binnet_ctx *ctx, double *load, double kappa);

/**
 * Random sets of patterns, and how much of them a rule stores.
 *
 * whole    [out] fraction of sets of which everything is stored
 * neurons  [out] fraction of (set, neuron) of which everything is stored
 * unproved [out] fraction of (set, neuron) that is neither stored nor proved impossible     each may be NULL
 * sets           >= 1
 * n, patterns    each pattern's activities are 1 with probability `activity` in (0, 1), by BINNET_P_SEED
 * rule           BINNET_RULE_*; margins 1, thresholds equal to stimuli unless `wiring` frees them
 * cycles         0: patterns stay; 1: each leads to the next, the last to the first
 * least          with noise: a neuron counts only when it follows every transition with at least that probability, in (0, 1)
 * noise    [in]  of n neurons, or NULL: signs count
 *
 * Returns   BINNET_OK; as binnet_store but for BINNET_E_UNMET.  Cost sets times that of binnet_store.  Since 0.1
 */
BINNET_API int32_t binnet_capacity_sampled(binnet_ctx *ctx, double *whole, double *neurons, double *unproved,
                                           uint64_t sets, size_t n, size_t patterns, double activity, int32_t rule,
                                           int32_t cycles, double least, const binnet_noise *noise,
                                           const binnet_wiring *wiring);

#ifdef __cplusplus
}
#endif

#endif
