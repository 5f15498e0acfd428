/* Permanents of real and integer matrices, square or not, with error bounds. */
#ifndef BINNET_PERMANENT_H
#define BINNET_PERMANENT_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows and columns of the largest matrix that may go to a method of exponential cost as a whole. */
#define BINNET_MAX_PERMANENT 62

/* Methods: one of the first three can be asked for, and then does the whole matrix; what was used is their sum. */
#define BINNET_PERMANENT_AUTO 0
#define BINNET_PERMANENT_GLYNN 1       /* Glynn's formula in double */
#define BINNET_PERMANENT_COMPENSATED 2 /* Glynn's formula with error terms, about 106 bits */
#define BINNET_PERMANENT_SUBSETS 4     /* recursion over subsets; nothing is subtracted where entries are >= 0 */
#define BINNET_PERMANENT_REPEATED 8    /* recursion over the multiplicities of equal rows or columns */
#define BINNET_PERMANENT_FRONTIER 16   /* recursion over sparse rows and the columns they share */
#define BINNET_PERMANENT_BLOCKS 32     /* the zero pattern splits the matrix, or entries are in no permutation */
#define BINNET_PERMANENT_RANK_ONE 64   /* n! times a product */
#define BINNET_PERMANENT_CONSTANT 128  /* blocks of equal entries: a finite sum */
#define BINNET_PERMANENT_INTEGRAL 256  /* the bound leaves a single multiple of the entries' common grid: exact */

#define BINNET_PERMANENT_RYSER 512 /* Ryser's formula, of integer matrices */

/**
 * Permanent of a square matrix.
 *
 * per A = sum over permutations p of prod_i a[i, p(i)]; 1 for n = 0. Structure first: the zero pattern splits the matrix
 * (Dulmage, Mendelsohn 1958), equal rows or columns, few entries in a row, rank one; then Glynn's formula
 * per A = 2^(1-n) sum over d in {1} x {-1,1}^(n-1) of prod_j d_j prod_i sum_j d_j a_ij  (Glynn 2010), in double and, when
 * its error bound is not within BINNET_P_RELATIVE_TOLERANCE of the value, with error terms. See docs/permanent.md.
 *
 * ctx         [in,out] tolerance, threads, limits, message
 * value       [out] the permanent
 * error_bound [out] or NULL: |per A - value| <= error_bound, rounding of the value included
 * n           0 or more; the parts that need exponential work at most BINNET_MAX_PERMANENT
 * a           [in]  double[n][n], finite; NULL is allowed for n = 0
 *
 * Returns   BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_SIZE (a part is too large); BINNET_E_LIMIT; BINNET_E_NOMEM;
 *           BINNET_E_THREAD; BINNET_E_INTERRUPTED; BINNET_E_NOCONV (also the compensated bound is above the tolerance;
 *           value and error_bound are set, infinite where they are beyond double); else BINNET_E_RANGE (beyond double:
 *           binnet_permanent_scaled); BINNET_E_UNDERFLOW (not 0, but below the normal range of double: value is the nearest
 *           double)
 * Accuracy  error_bound holds always; it is within the tolerance but for the rounding of the value, half an ulp
 * Cost      dense parts n 2^n flops, 4.5 times that compensated. Threads BINNET_P_THREADS, same bits for any.  Since 0.1
 */
BINNET_API int32_t binnet_permanent(binnet_ctx *ctx, double *value, double *error_bound, size_t n, const double *a);

/**
 * Permanent of a matrix given by its distinct columns and their multiplicities.
 *
 * f(c) = sum_j a[|c| - 1, j] f(c - e_j), f(0) = 1, over c <= m;  per = f(m) prod_j m_j!.  [THEORY 7]; two columns are the
 * Poisson-binomial law.
 *
 * n            rows = sum of the multiplicities; 0 or more
 * k            distinct columns
 * col          [in] double[n][k], finite: col[i*k + j] is row i of column j
 * multiplicity [in] int64_t[k], >= 0
 * others as binnet_permanent
 *
 * Returns   as binnet_permanent; BINNET_E_SIZE (multiplicities do not add up to n); BINNET_E_RANGE (one is negative)
 * Accuracy  as binnet_permanent; where all entries are >= 0 nothing is subtracted: about 1e-15 relative
 * Cost      k prod(m_j + 1) flops times 2 (4 when signs are mixed), prod(m_j + 1) / (max m_j + 1) states.   Since 0.1
 */
BINNET_API int32_t binnet_permanent_repeated(binnet_ctx *ctx, double *value, double *error_bound, size_t n, size_t k,
                                             const double *col, const int64_t *multiplicity);

/**
 * Permanent of any matrix with m <= n as mantissa and exponent, so that it cannot leave the range of double.
 *
 * per A = sum over injections p of 0..m-1 into 0..n-1 of prod_i a[i, p(i)] = mantissa 2^exponent.
 *
 * mantissa    [out] 0, or 1/2 <= |mantissa| < 1
 * exponent    [out] that of the bound when the mantissa is 0; 0 when both are
 * error_bound [out] or NULL: |per A - mantissa 2^exponent| <= error_bound 2^exponent
 * used        [out] or NULL: sum of the BINNET_PERMANENT_* that contributed; 0 for an empty matrix or a structural 0
 * m, n        rows, columns; m <= n
 * a           [in]  double[m][n]
 * method      BINNET_PERMANENT_AUTO; or _GLYNN, _COMPENSATED or _SUBSETS: the whole matrix that way, whatever its
 *             structure and the tolerance (max 62 rows and columns; _SUBSETS: 28 rows)
 *
 * Returns   as binnet_permanent; BINNET_E_SIZE (m > n); BINNET_E_RANGE (method)
 * Cost      not square: m n 2^m flops by subsets, or (m + 1) 2^n; sparse rows by their frontier.   Since 0.1
 */
BINNET_API int32_t binnet_permanent_scaled(binnet_ctx *ctx, double *mantissa, int64_t *exponent, double *error_bound,
                                           int32_t *used, size_t m, size_t n, const double *a, int32_t method);

/** binnet_permanent_repeated as mantissa and exponent, see binnet_permanent_scaled. Since 0.1 */
BINNET_API int32_t binnet_permanent_repeated_scaled(binnet_ctx *ctx, double *mantissa, int64_t *exponent,
                                                    double *error_bound, size_t n, size_t k, const double *col,
                                                    const int64_t *multiplicity);

/**
 * What binnet_permanent_scaled will do and cost (base.h, "Estimates").
 *
 * terms [out] of the definition, n! / (n - m)!; UINT64_MAX when more
 * bytes [out]
 * flops [out] floating-point operations of the first attempt
 * used  [out] its methods (the grade that meets the tolerance is known only afterwards), or NULL
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_NAN; BINNET_E_SIZE; BINNET_E_RANGE; BINNET_E_LIMIT; BINNET_E_NOMEM;
 *         BINNET_E_INTERRUPTED.
 * Cost O(n^2) for dense matrices, O(n^3) at worst.  Since 0.1
 */
BINNET_API int32_t binnet_permanent_estimate(binnet_ctx *ctx, uint64_t *terms, uint64_t *bytes, double *flops,
                                             int32_t *used, size_t m, size_t n, const double *a, int32_t method);

/**
 * Permanent of an integer matrix, exactly, as a 128-bit number: per A = high 2^64 + low.
 *
 * In floating point as binnet_permanent_scaled, to all digits: a bound that leaves one integer proves it. Else the same
 * structure again in integers modulo 2^(64 L), and Ryser's formula (Ryser 1963) for parts that have none, with L words so that
 * the residue tells which number within the bound it is.
 *
 * high [out]  low [out]
 * m, n        rows, columns; m <= n; parts without structure at most BINNET_MAX_PERMANENT
 * a    [in]   int64_t[m][n]
 *
 * Returns  BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE (a part is too large); BINNET_E_RANGE (the result does not fit: see
 *          binnet_permanent_decimal); BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_THREAD; BINNET_E_INTERRUPTED
 * Accuracy exact.  Cost binnet_permanent_integer_estimate.  Threads BINNET_P_THREADS.   Since 0.1
 */
BINNET_API int32_t binnet_permanent_integer(binnet_ctx *ctx, int64_t *high, uint64_t *low, size_t m, size_t n,
                                            const int64_t *a);

/**
 * Permanent of an integer matrix, exactly, of any size, in decimal.
 *
 * text   [out] char[room]: the digits, '-' before them where it is negative, a 0 byte after them; NULL: only the length
 * room         bytes of text
 * length [out] characters without the 0 byte; with text NULL at once a room that is surely enough, from the sums of rows and
 *              columns
 * others as binnet_permanent_integer
 *
 * Returns  as binnet_permanent_integer, without BINNET_E_RANGE; BINNET_E_SIZE also when room is too small
 * Accuracy exact.  Cost binnet_permanent_integer_estimate.  Threads BINNET_P_THREADS.   Since 0.1
 */
BINNET_API int32_t binnet_permanent_decimal(binnet_ctx *ctx, char *text, size_t room, size_t *length, size_t m,
                                            size_t n, const int64_t *a);

/**
 * What binnet_permanent_integer and binnet_permanent_decimal will do and cost at most (base.h, "Estimates").
 *
 * terms [out] of the definition, n! / (n - m)!; UINT64_MAX when more
 * bytes [out]
 * flops [out] floating-point and integer operations of all that may be tried
 * used  [out] methods, those in integers too where floating point is not sure to prove the number, or NULL
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_LIMIT; BINNET_E_NOMEM; BINNET_E_INTERRUPTED.
 * Cost as binnet_permanent_estimate.  Since 0.1
 */
BINNET_API int32_t binnet_permanent_integer_estimate(binnet_ctx *ctx, uint64_t *terms, uint64_t *bytes, double *flops,
                                                     int32_t *used, size_t m, size_t n, const int64_t *a);

/**
 * Permanent of an integer matrix modulo a number, for results of any size (Chinese remainders).
 *
 * residue [out] 0..modulus - 1     modulus: odd, 3..2^63 - 1     m <= n <= BINNET_MAX_PERMANENT
 * others as binnet_permanent_integer; whatever the structure
 *
 * Returns BINNET_OK; BINNET_E_NULL; BINNET_E_SIZE; BINNET_E_RANGE (modulus); BINNET_E_NOMEM; BINNET_E_THREAD;
 *         BINNET_E_INTERRUPTED.  Cost m 2^n multiplications modulo a 64-bit number.   Since 0.1
 */
BINNET_API int32_t binnet_permanent_residue(binnet_ctx *ctx, uint64_t *residue, uint64_t modulus, size_t m, size_t n,
                                            const int64_t *a);

#ifdef __cplusplus
}
#endif

#endif
