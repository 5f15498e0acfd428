/*
 * Inside of the folder: sets of states, and linear systems of a chain restricted to some of its states.
 */
#ifndef BNI_PASSAGE_H
#define BNI_PASSAGE_H

#include "stationary/wide.h"

#include "binnet/passage.h"

struct binnet_set {
    bni_allocator mem;
    size_t n;
    uint64_t count;
    uint64_t *member; /* bit s % 64 of word s / 64 */
};

static inline int bni_set_has(const binnet_set *set, uint64_t state)
{
    return (int)(set->member[state >> 6] >> (state & 63) & 1);
}

int32_t bni_set_complement(binnet_ctx *ctx, binnet_set **out, const binnet_set *set);

/*
 * The systems (1 - Q) x = b and v (1 - Q) = a, Q the chain's matrix on the `m` states that are kept; all others are exits, each
 * of a kind. Every kept state must lead to an exit.
 *
 * By elimination without subtraction, in doubles or (wide) in numbers that carry exponents, or by iteration.
 * Vectors are wide in either case, of the kept states in rising order.
 */
enum { BNI_BY_ELIMINATION = 1, BNI_BY_WIDE_ELIMINATION, BNI_BY_ITERATION };

typedef struct bni_restricted {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    const int32_t *kind; /* [2^n]: -1 for kept states, else the kind of exit, below kinds */
    size_t m, kinds;
    int way;
    uint32_t *state;      /* [m] */
    bni_wide_vector exit; /* [kinds][m]: probability of a step into each kind of exit */
    double error;    /* estimate of the relative error of solutions; by iteration: without what the residual says */
    double residual; /* iteration: bound on the residual of the last solution, rounding included (see krylov.c) */
    double relative; /* the same relative to b, state by state: the relative error of x to first order */
    double guess;    /* iteration: x starts as guess times b */
    int doubtful;    /* a solution in doubles had entries below 1e-140, or 0 */
    bni_wide_vector matrix;    /* elimination: [m + 1][m + 1] as bni_gth leaves it; row and column 0 are the exits */
    bni_wide_vector out;       /* [m]: probability of leaving a state while the later ones are eliminated */
    bni_wide_vector scratch;   /* [m] */
    struct bni_krylov *krylov; /* iteration */
} bni_restricted;

/* What a way takes (operations of an iteration: those of one); which ways, at most 3, a number of states goes one after the other until one succeeds, under the ctx's method
 * and memory limit, beside `held` bytes. */
double bni_restricted_bytes(const binnet_chain *chain, double m, double kinds, int way);
double bni_restricted_flops(const binnet_chain *chain, double m, int way, int workers);
int bni_restricted_ways(const binnet_ctx *ctx, int *way, const binnet_chain *chain, double m, double kinds,
                        double held);
/* BINNET_E_UNDERFLOW, _NOCONV: try the next way. Call bni_restricted_free also after a failure. */
int32_t bni_restricted_new(binnet_ctx *ctx, bni_restricted *r, const binnet_chain *chain, const int32_t *kind, size_t m,
                           size_t kinds, int way, bni_team *team);
void bni_restricted_free(bni_restricted *r);
/* x and b may be the same, as may v and a. */
int32_t bni_restricted_solve(bni_restricted *r, bni_wide_vector x, bni_wide_vector b);
int32_t bni_restricted_solve_left(bni_restricted *r, bni_wide_vector v, bni_wide_vector a);

/* Iteration (krylov.c): in doubles. The residual left behind: the largest |b - (1 - Q) x|, or the sum of |a - v (1 - Q)|. */
typedef struct bni_krylov bni_krylov;
int32_t bni_krylov_new(binnet_ctx *ctx, bni_krylov **out, bni_restricted *r, bni_team *team);
void bni_krylov_free(bni_krylov *k);
double bni_krylov_bytes(const binnet_chain *chain);
int32_t bni_krylov_solve(bni_krylov *k, bni_wide_vector x, bni_wide_vector b);
/* y = P x, of all states. */
int32_t bni_krylov_expect(bni_krylov *k, double *y, const double *x);
int32_t bni_krylov_solve_left(bni_krylov *k, bni_wide_vector v, bni_wide_vector a);

#endif
