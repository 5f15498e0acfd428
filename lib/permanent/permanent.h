/*
 * What the files of the permanents share: numbers with their error, and one function for each method.
 */
#ifndef BNI_PERMANENT_H
#define BNI_PERMANENT_H

#include "core/core.h"

#include "binnet/permanent.h"

#include <math.h>
#include <string.h>

/* As frexp's exponent, and 2^e; by the bits, as the calls of libm cost more than a small permanent. */
static inline int bni_exponent(double v)
{
    uint64_t bits;
    int e;
    memcpy(&bits, &v, sizeof bits);
    e = (int)(bits >> 52 & 2047);
    if (e > 0)
        return e - 1022;
    frexp(v, &e);
    return e;
}

static inline double bni_power(int e)
{
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double v;
    if (e < -1022 || e > 1023)
        return ldexp(1, e);
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* (hi + lo) 2^exponent, within radius 2^exponent of the number meant; hi = 0 or 1/2 <= |hi| < 1, |lo| <= ulp(hi) / 2. */
typedef struct bni_ball {
    double hi, lo, radius;
    int64_t exponent;
} bni_ball;

/* --- ball.c --- */

/* Normalised; hi and lo need not be. */
bni_ball bni_ball_of(double hi, double lo, double radius, int64_t exponent);
bni_ball bni_ball_mul(bni_ball a, bni_ball b);
bni_ball bni_ball_add(bni_ball a, bni_ball b);
/* By a double that is not 0. */
bni_ball bni_ball_divide(bni_ball a, double by);
/* k! */
bni_ball bni_ball_factorial(uint64_t k);
/* As two doubles, of which the bound holds the rounding; code as binnet_permanent, not converged before out of range. */
int32_t bni_ball_double(binnet_ctx *ctx, double *value, double *bound, bni_ball b, double tolerance);
/* As mantissa and exponent; bound may be NULL. */
void bni_ball_parts(double *mantissa, int64_t *exponent, double *bound, bni_ball b);
/* BINNET_OK or BINNET_E_NOCONV. */
int32_t bni_ball_meets(binnet_ctx *ctx, bni_ball b, double tolerance);

/* --- scaling.c: entries moved to a convenient range by powers of two --- */

/* w = 2^-r_i a_ij 2^-c_j with row sums of |w| in 1/2..1 and balanced columns, or, with `columns`, the other way round;
 * *exponent = sum r + sum c; *lost: 1 when a nonzero entry left the range, which is then nothing beside the largest term;
 * BNI_NO_TERM, and w is not set, when all terms were found to be 0. e: int64_t[BNI_SCALE_WORDS n] scratch. */
enum { BNI_SCALE_WORDS = 5, BNI_NO_TERM = 2 };
int32_t bni_permanent_scale(binnet_ctx *ctx, double *w, int64_t *exponent, int *lost, size_t n, const double *a,
                            int64_t *e, int columns);
/* The same for rows only: [m][n]; all-zero rows are allowed. */
int32_t bni_permanent_scale_rows(binnet_ctx *ctx, double *w, int64_t *exponent, int *lost, size_t m, size_t n,
                                 const double *a);
/* When the ball leaves one multiple of the grid that the sums of products of one entry of each row of w [m][n] (and, when
 * m = n, of each column) are on: that one, exactly, and INTEGRAL added to *used. */
int32_t bni_permanent_integral(binnet_ctx *ctx, int32_t *used, bni_ball *b, size_t m, size_t n, const double *w);

/* --- assign.c: the largest term of a permanent --- */

/* u[n], v[k] with |a_ij| 2^(u_i + v_j) < 2 for a [n][k], and >= 1 on n entries, one of each row and most[j] (NULL: 1) of each
 * column; *possible: whether there are such entries that are not 0. work: int64_t[(5 k + n + 1) / 2]. */
int32_t bni_permanent_assign(binnet_ctx *ctx, int64_t *u, int64_t *v, int *possible, size_t n, size_t k,
                             const double *a, const int64_t *most, int64_t *work);

/* --- one function for each method; a is [n][n], n >= 1 --- */

typedef struct bni_cost {
    double bytes, flops;
} bni_cost;

/* By which method, and the relative error that is good enough. */
typedef struct bni_request {
    int32_t method;
    double tolerance;
} bni_request;

/* Glynn's formula: BINNET_PERMANENT_GLYNN, _COMPENSATED, or both as the tolerance asks (AUTO); adds to *used. */
int32_t bni_permanent_glynn(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, const double *a, bni_request want);
bni_cost bni_permanent_glynn_cost(const binnet_ctx *ctx, size_t n, int32_t method);

/* Recursion over subsets of the rows of an m x n matrix, m <= n. */
enum { BNI_MOST_SUBSETS = 28 };
int32_t bni_permanent_subsets(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a);
bni_cost bni_permanent_subsets_cost(size_t m, size_t n);

/* Recursion over multiplicities: col [n][k], multiplicity adding up to n. */
int32_t bni_permanent_counts(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, size_t k, const double *col,
                             const int64_t *multiplicity, double tolerance);
bni_cost bni_permanent_counts_cost(size_t n, size_t k, const int64_t *multiplicity);

/* Rows in an order found by the first call: with at most that many states, and products in all; infinite: too wide. m <= n;
 * work: int32_t[6 n], entries: int32_t for each that is not 0. */
typedef struct bni_frontier_cost {
    double states, products;
} bni_frontier_cost;
int32_t bni_permanent_frontier_order(binnet_ctx *ctx, bni_frontier_cost *cost, size_t m, size_t n, const double *a,
                                     int32_t *order, int32_t *work, int32_t *entries);
bni_cost bni_permanent_frontier_cost(size_t m, size_t n, bni_frontier_cost c);
int32_t bni_permanent_frontier(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                               const int32_t *order, double states);

/* Rank one, exactly; no entry is 0. */
int32_t bni_permanent_is_rank_one(binnet_ctx *ctx, int *is, size_t n, const double *a);
bni_ball bni_permanent_rank_one(size_t n, const double *a);
/* r rows of (b0, b1) and `rest` of (b2, b3), c columns of the first kind; no entry is 0. */
bni_ball bni_permanent_two_by_two(int64_t r, int64_t rest, int64_t c, const double b[4]);

/* --- the same in integers modulo 2^(64 words) --- */

int32_t bni_permanent_ryser(binnet_ctx *ctx, uint64_t *out, size_t words, size_t m, size_t n, const int64_t *a);
bni_cost bni_permanent_ryser_cost(const binnet_ctx *ctx, size_t m, size_t n, size_t words);

bni_cost bni_permanent_frontier_words_cost(size_t m, size_t n, bni_frontier_cost c, size_t words);
int32_t bni_permanent_frontier_words(binnet_ctx *ctx, uint64_t *out, size_t words, size_t m, size_t n, const int64_t *a,
                                     const int32_t *order, double states);

int32_t bni_permanent_counts_words(binnet_ctx *ctx, uint64_t *out, size_t words, size_t n, size_t k, const int64_t *col,
                                   const int64_t *multiplicity);
bni_cost bni_permanent_counts_words_cost(size_t k, const int64_t *multiplicity, size_t words);

/* Of rank one; no entry is 0. */
void bni_permanent_rank_one_words(uint64_t *out, size_t words, size_t n, const int64_t *a);

/* --- zero_pattern.c --- */

/* Blocks of the block triangular form: column[i] is matched with row i, label[i] its block; *blocks how many, 0 without a
 * perfect matching. work: int32_t[7 n + 1], entries: int32_t for each that is not 0. */
int32_t bni_permanent_pattern(binnet_ctx *ctx, size_t *blocks, size_t n, const double *a, int32_t *column,
                              int32_t *label, int32_t *work, int32_t *entries);
/* Equal lines: kind[i], times[q], the first line of each; a line is a[i line_step + k step], k < count; *kinds of them.
 * All arrays as long as there are lines. */
int32_t bni_permanent_group(binnet_ctx *ctx, size_t *kinds, size_t lines, size_t count, size_t line_step, size_t step,
                            const double *a, int32_t *kind, int64_t *times, int32_t *first, uint64_t *marks);

/* n! / (n - m)!; UINT64_MAX when more. */
uint64_t bni_permanent_terms(size_t m, size_t n);

/* --- structure.c: a square matrix by its blocks, and the method for each --- */

typedef struct bni_structure {
    size_t n, blocks;               /* blocks: 0 without a permutation without a zero */
    const double *a;                /* [n][n] */
    double *block, *other;          /* [n][n]: a block; for the methods */
    int32_t *column, *label, *work; /* [n], [n], [7 n + 1]: the columns matched with the rows, the blocks of these */
    int32_t *kind[2], *first[2];    /* [n] of rows and of columns of the block */
    int32_t *order;                 /* [n] */
    int64_t *times[2];              /* [n] */
    uint64_t *marks;                /* [n] */
    size_t kinds[2];
    double states; /* of the frontier */
} bni_structure;

typedef struct bni_choice {
    int32_t method; /* one of BINNET_PERMANENT_*; 0: of a single entry */
    int columns;    /* REPEATED: equal columns, not rows */
    bni_cost cost;
} bni_choice;

/* What the integers of a block are computed in: 0 words for floating point; inexact: they are not those of the doubles. */
typedef struct bni_arithmetic {
    size_t words;
    int inexact;
} bni_arithmetic;

int32_t bni_structure_new(binnet_ctx *ctx, bni_structure *s, size_t n, const double *a);
void bni_structure_drop(const binnet_ctx *ctx, bni_structure *s);
double bni_structure_bytes(size_t n);
/* Block q of any matrix laid out like a; returns its size. Rows of items of `size` bytes. */
int32_t bni_structure_block(binnet_ctx *ctx, size_t *size, void *block, const bni_structure *s, const void *a,
                            size_t item, size_t q);
/* The method for a block without lines of zeros; s holds what it needs. Infinite cost: none. */
int32_t bni_structure_choose(binnet_ctx *ctx, bni_choice *best, bni_structure *s, size_t n, const double *block,
                             bni_arithmetic arithmetic);

/* --- choose_method.c: checked arguments in, structure found, methods chosen --- */

/* Whether the plan found a method for each part: BINNET_OK or BINNET_E_SIZE. */
int32_t bni_permanent_need(binnet_ctx *ctx, const bni_cost *cost, size_t m, size_t n);
/* An order of the rows of a wide matrix, [m], and the bytes of finding it; NULL and infinite when most entries are not 0. */
typedef struct bni_wide_order {
    int32_t *order;
    bni_frontier_cost found;
    double bytes;
} bni_wide_order;
int32_t bni_permanent_order_wide(binnet_ctx *ctx, bni_wide_order *w, size_t m, size_t n, const double *a);
/* m <= n, the entries fit an address and are there. */
int32_t bni_permanent_check(binnet_ctx *ctx, size_t m, size_t n, const void *a);
int32_t bni_permanent_any(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                          bni_request want);
int32_t bni_permanent_plan(binnet_ctx *ctx, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                           int32_t method);
/* By distinct columns. */
int32_t bni_permanent_kinds(binnet_ctx *ctx, bni_ball *out, size_t n, size_t k, const double *col,
                            const int64_t *multiplicity);

#endif
