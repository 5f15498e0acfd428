/* Eigenvalues of a chain and their modes: relaxation times, oscillations, metastable sets, the coarse chain, committors. */
#ifndef BINNET_SPECTRUM_H
#define BINNET_SPECTRUM_H

#include "chain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The leading eigenvalues of a chain with their left and right modes. */
typedef struct binnet_spectrum binnet_spectrum;

/* Most neurons for which the whole matrix is diagonalised. */
#define BINNET_MAX_DENSE_NEURONS 12

/**
 * The k eigenvalues of largest modulus of P, with modes.
 *
 * Right mode: P r = lambda r, a function of the state, whose expectation decays as lambda^t. Left mode: l P = lambda l, a
 * deviation of the law from the stationary one that decays so. The first is lambda = 1 with r = 1 and l the stationary law (of
 * the first recurrent class, where there are several: then 1 comes as often as there are classes; periodic classes bring roots
 * of unity). They come by falling modulus, of equal modulus (to 1e-10) by falling real part; of a conjugate pair the one with
 * im > 0 first, and both always: where the k-th is the first of a pair there are k + 1.
 *
 * By Krylov-Schur iteration with y = x P and y = P x (Stewart, SIAM J. Matrix Anal. Appl. 23 (2001) 601), among the vectors of
 * sum 0, repeated from random starts (BINNET_P_SEED) until a start finds nothing larger, so that several equal eigenvalues are
 * all found; or by the whole matrix (LAPACK dgeevx). BINNET_P_METHOD chooses: BINNET_METHOD_AUTO the matrix up to 7 neurons, and
 * up to BINNET_MAX_DENSE_NEURONS where k is above 2^n / 8; BINNET_METHOD_GTH the matrix, BINNET_METHOD_ITERATION Krylov. The
 * stationary law is found as by binnet_chain_stationary.
 *
 * out   [out] the spectrum, or NULL on failure
 * chain [in]  any update rule
 * k           1..2^n
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE (k; the matrix of more than BINNET_MAX_DENSE_NEURONS neurons);
 *           BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_CALLBACK; BINNET_E_INTERRUPTED; BINNET_E_UNDERFLOW (of
 *           the stationary law); BINNET_E_NOCONV (a residual stays above 1e-10 and BINNET_P_TOLERANCE; an eigenvalue is not known
 *           to 1e-3, which several that coincide without modes enough (Jordan blocks) are not; many are of one size and the last
 *           ones wanted are some of them; the message says which, and smaller k may do)
 * Accuracy  binnet_spectrum_value tells a bound of each error: what both residuals and rounding can do, divided by |l r|
 * Cost      matrix: about 25 * 8^n flops (some minutes for 12 neurons, which the hook cannot stop) and 40 * 4^n bytes; Krylov: some
 *           tens to hundreds of steps for each side, and about 4 k + 50 vectors of 2^n doubles.  Threads: the same bits for any
 *           number.   Since 0.1
 */
BINNET_API int32_t binnet_spectrum_new(binnet_ctx *ctx, binnet_spectrum **out, const binnet_chain *chain, size_t k);

/** What that will cost; states: 2^n; see base.h. flops: of the matrix, or of 150 steps for each side and the stationary law. Returns
 *  BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE; BINNET_E_NOMEM; BINNET_E_INTERRUPTED.  Since 0.1 */
BINNET_API int32_t binnet_spectrum_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                            const binnet_chain *chain, size_t k);

/** Free a spectrum; NULL is allowed. Since 0.1 */
BINNET_API void binnet_spectrum_free(binnet_spectrum *spectrum);

/** Eigenvalues; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_spectrum_count(const binnet_spectrum *spectrum);
/** Neurons; 0 for NULL. Since 0.1 */
BINNET_API size_t binnet_spectrum_neurons(const binnet_spectrum *spectrum);
/** BINNET_METHOD_GTH: by the whole matrix; BINNET_METHOD_ITERATION: Krylov; 0 for NULL. Since 0.1 */
BINNET_API int32_t binnet_spectrum_method(const binnet_spectrum *spectrum);
/** Applications of P, to laws and to functions; 0 by the matrix. Since 0.1 */
BINNET_API uint64_t binnet_spectrum_steps(const binnet_spectrum *spectrum);

/**
 * Eigenvalue k.
 *
 * re, im [out] NULL allowed
 * bound  [out] NULL allowed: |lambda - true eigenvalue| is at most this. First order in the residuals, times the number of
 *              eigenvalues that these bounds do not tell apart (a Jordan block of m moves by the m-th root of a perturbation; to
 *              which its own condition adds up so).
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_spectrum_value(const binnet_spectrum *spectrum, size_t k, double *re, double *im,
                                         double *bound);

/**
 * Times of eigenvalue k, in steps of the chain.
 *
 * relaxation [out] NULL allowed: -1 / log |lambda|; infinite for modulus 1, 0 for the eigenvalue 0
 * shortest, longest [out] NULL allowed: of an eigenvalue within the bound
 * period     [out] NULL allowed: 2 pi / |arg lambda|; infinite for a positive eigenvalue; NaN when the bound reaches 0
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_spectrum_times(const binnet_spectrum *spectrum, size_t k, double *relaxation,
                                         double *shortest, double *longest, double *period);

/**
 * How good eigenvalue k and its modes are.
 *
 * right, left [out] NULL allowed: max_s |P r - lambda r| with max |r| = 1; sum_s |l P - lambda l| with sum |l| = 1
 * condition   [out] NULL allowed: 1 / |sum_s l(s) r(s)|, at least 1: how much more than the entries of P it changes
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_RANGE.  Since 0.1
 */
BINNET_API int32_t binnet_spectrum_residual(const binnet_spectrum *spectrum, size_t k, double *right, double *left,
                                            double *condition);

/**
 * 1 - lambda of a real eigenvalue, also where that is far below 2^-53: weak noise, a few wells.
 *
 * With a left mode l and the committor q between the two states where it is largest with either sign, (1 - lambda) sum l q =
 * l (I - P) q, a difference of two terms of opposite sign; q and 1 - q come by elimination without subtraction. Up to 10 neurons and
 * for lambda > 0.9; elsewhere, or where that is better, it is 1 less the value, with its bound.
 *
 * gap   [out] 1 - lambda
 * bound [out] NULL allowed: of its error. Relative some 1e-10 to 1e-8 where lambda is apart from other eigenvalues
 * chain [in]  of which the spectrum is
 * k           of a real eigenvalue
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_CALLBACK;
 *           BINNET_E_INTERRUPTED.   Cost (2/3) 8^n flops, 8 * 4^n bytes.   Since 0.1
 */
BINNET_API int32_t binnet_spectrum_gap(binnet_ctx *ctx, double *gap, double *bound, const binnet_spectrum *spectrum,
                                       const binnet_chain *chain, size_t k);

/** Right mode k, max |r(s)| = 1, the first entry of that size real and positive: re[len], im[len], im NULL allowed;
 *  len 2^n. Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_INTERRUPTED.  Since 0.1 */
BINNET_API int32_t binnet_spectrum_right(binnet_ctx *ctx, double *re, double *im, size_t len,
                                         const binnet_spectrum *spectrum, size_t k);
/** Left mode k, sum |l(s)| = 1, re[len], im[len], likewise. Since 0.1 */
BINNET_API int32_t binnet_spectrum_left(binnet_ctx *ctx, double *re, double *im, size_t len,
                                        const binnet_spectrum *spectrum, size_t k);

/**
 * Metastable sets: the states in m parts by the first m right modes.
 *
 * On a set that the chain seldom leaves the slow right modes are nearly constant: their values lie near the corners of a simplex.
 * The corners are sought among the states (one that is farthest from the origin once the mean is taken off, then each time the
 * one farthest from the span of those before), and a state belongs to the corner of which it has most: chi(s) = the coordinates of
 * s in the corners, sum 1; equal ones (to 1e-8) go to the corner with the smaller number. A pair of modes counts as its real and
 * imaginary part, so that the phases of a slow oscillation are sets too.   Weber & Galliat 2002; Deuflhard & Weber, Linear Algebra
 * Appl. 398 (2005) 161.
 *
 * set    [out] int32_t[len]: 0..m-1, no set is empty; they are numbered by falling stationary weight
 * len          2^n
 * corner [out] uint64_t[m] or NULL: the corner of each set
 * m            1..count, not between the two of a pair
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (m); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_UNDEFINED (the
 *           modes do not tell m states apart); BINNET_E_INTERRUPTED.   Cost O(m^2 2^n).   Since 0.1
 */
BINNET_API int32_t binnet_spectrum_sets(binnet_ctx *ctx, int32_t *set, size_t len, uint64_t *corner, size_t m,
                                        const binnet_spectrum *spectrum);

/**
 * The chain between sets of states, in stationarity: C[a*m + b] = Pr(next state in b | state in a) with the state of the law.
 *
 * C        [out] double[m*m]; off the diagonal sums of terms >= 0, so small rates (down to 1e-290) are right relative to themselves; the
 *                diagonal is 1 less those
 * weight   [out] double[m] or NULL: probability of each set
 * residual [out] one number or NULL: E sum over b of |Pr(next in b | state) - C[set of the state, b]|, 0..2; 0 when the sets are a
 *                Markov chain of themselves
 * re, im   [out] double[m] or NULL, both or neither: the eigenvalues of C, as sorted above, to compare with those of P
 * m              1..min(2^n, 512)
 * chain, law     the law from binnet_chain_stationary
 * set      [in]  int32_t[len], 0..m-1, each occurs
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (m; a set out of range or empty; the law is not stationary, a step
 *           changes it by more than 1e-8); BINNET_E_UNDEFINED (a set of weight 0); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD;
 *           BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  as the law, and some n 2^-53 of each entry off the diagonal
 * Cost      m applications of P, and m more for the residual.   Since 0.1
 */
BINNET_API int32_t binnet_chain_coarse(binnet_ctx *ctx, double *C, double *weight, double *residual, double *re,
                                       double *im, size_t m, const binnet_chain *chain, const binnet_law *law,
                                       const int32_t *set, size_t len);

/**
 * Forward committor: q[s] = Pr(the chain is in a state of B before one of A | it starts in s); 0 in A, 1 in B.
 *
 * q = P q outside A and B. Up to 1024 states by elimination without subtraction; larger: by iteration (GMRES), and the times t =
 * 1 + P t until A or B are solved for besides: where t > 0 leaves a residual below 1, an error of q is at most t times
 * what its own residual is, whether the chain is reversible or not.   [Metzner, Schuette & Vanden-Eijnden 2009]
 *
 * q     [out] double[len]
 * error [out] one number or NULL: bound of the error of any q[s]
 * len         2^n
 * set   [in]  int32_t[len]: A are the states with set[s] = a, B those with set[s] = b; all others are free
 * a, b        different; both sets must have a state
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (a = b; an empty set); BINNET_E_REDUCIBLE (from some state
 *           neither is ever reached: elimination); BINNET_E_NOCONV (the bound stays above 1e-6, or neither is reached: iteration); BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_CALLBACK; BINNET_E_INTERRUPTED
 * Accuracy  elimination: relative for each q[s] and each 1 - q[s] before rounding, the bound says what it adds up to; iteration:
 *           the bound
 * Cost      elimination (2/3) 8^n flops and 8 * 4^n bytes; iteration some tens to hundreds of applications of P, 40 vectors.
 *           BINNET_P_METHOD chooses.   Since 0.1
 */
BINNET_API int32_t binnet_chain_committor(binnet_ctx *ctx, double *q, double *error, size_t len,
                                          const binnet_chain *chain, const int32_t *set, int32_t a, int32_t b);

#ifdef __cplusplus
}
#endif

#endif
