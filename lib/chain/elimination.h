/*
 * Parallel updates of sparse networks by variable elimination: within the chain folder.
 *
 * y(A') = sum_A x(A) prod_i f_i(A'_i | A_parents of i). The factors are multiplied in one by one, and an old value is summed
 * out as soon as all factors that it is in are there. New values stay to the end, so they are never stored together: the sum
 * goes on for A'_i = 0 and for 1 one after the other (conditioning), and what is stored are vectors over the old values that
 * are left. Several factors are a round: it takes a vector apart into pieces that fit into the cache, multiplies its factors
 * into each, and leaves a vector for each of their joint new values; the next round goes on with these, one by one.
 */
#ifndef BNI_ELIMINATION_H
#define BNI_ELIMINATION_H

#include "chain/chain.h"

/* Positions: old values in the order of the bits of all vectors. Those that stay are lowest, then those that are summed out
 * last; so what is summed out is always highest. */
typedef struct bni_elimination_plan {
    const binnet_chain *chain;
    size_t stage;
    int count, kept; /* updated neurons, and others */
    int alone;       /* old values that no factor has: summed out before all */
    int32_t factor[BINNET_MAX_CHAIN_NEURONS];
    unsigned char neuron_at[BINNET_MAX_CHAIN_NEURONS], position[BINNET_MAX_CHAIN_NEURONS];
    unsigned char there[BINNET_MAX_CHAIN_NEURONS + 1]; /* old values before factor k, and at the end */
    int rounds, shared;                                /* the first `shared` ones are done by all workers together */
    unsigned char first[BINNET_MAX_CHAIN_NEURONS + 1]; /* round r: factors first[r] .. first[r + 1] - 1 */
    unsigned char low[BINNET_MAX_CHAIN_NEURONS];       /* lowest positions within a piece */
    unsigned char peak[BINNET_MAX_CHAIN_NEURONS];      /* a piece at its largest: 2^peak doubles */
    int workers;
    double multiply_adds, seconds;
    size_t table_doubles, offsets, arena_doubles;
} bni_elimination_plan;

/* What one factor does to a piece. */
typedef struct bni_elimination_pass {
    int32_t neuron;
    int terms, halvings; /* old values summed with the factor, 0 .. 2, and after it */
    int wide;            /* entries of the table are lines */
    int shift;           /* new values below the old ones, after the piece was turned; 0: not turned */
    int turn;            /* turn the piece before: so many new values below */
    int row_bits, len_bits;
    int lanes, near, far;                       /* parents within a line, a row, outside of a piece */
    unsigned char lane[3], lane_at[3], term[2]; /* positions; bits of the line */
    unsigned char near_of[BINNET_MAX_CHAIN_NEURONS], near_at[BINNET_MAX_CHAIN_NEURONS]; /* positions; bits of the row */
    unsigned char far_of[BINNET_MAX_CHAIN_NEURONS];                                     /* positions */
    double *table;
    uint32_t *offset;
} bni_elimination_pass;

/* Whether old value j is in the factor of neuron i. */
int bni_listens(const binnet_chain *chain, size_t i, size_t j);

/* The parts of a plan that follow from the order of the factors: all but the rounds. */
void bni_elimination_plan_place(bni_elimination_plan *plan, const binnet_chain *chain, size_t stage, int workers);
/* The plan of a stage that takes at most `room` bytes; 0 when there is none. */
int bni_elimination_plan_make(bni_elimination_plan *plan, const binnet_chain *chain, size_t stage, int workers,
                              double room);
/* Without the arena, which stages share. */
double bni_elimination_bytes(const bni_elimination_plan *plan);
/* Sizes that follow from the rounds. */
void bni_elimination_count_memory(bni_elimination_plan *plan);
/* Where a call has its vectors and pieces. */
typedef struct bni_elimination_worker {
    double *vectors[BINNET_MAX_CHAIN_NEURONS]; /* what round r leaves */
    double *piece[2];
} bni_elimination_worker;
typedef struct bni_elimination_places {
    double *start;                  /* x, by position */
    double *finish;                 /* the result, piece after piece */
    bni_elimination_worker *worker; /* [workers]; NULL: they are counted only */
} bni_elimination_places;
/* Returns the doubles of the arena. */
size_t bni_elimination_lay_out(bni_elimination_places *at, const bni_elimination_plan *plan, double *y, double *arena);
/* Factor k of round r. */
void bni_elimination_describe(bni_elimination_pass *pass, const bni_elimination_plan *plan, int r, int k);
size_t bni_elimination_entries(const bni_elimination_pass *pass);
/* Seconds that the dense product takes for so many states of positive weight on one thread. */
double bni_product_seconds(const binnet_chain *chain, size_t stage, double states);

typedef struct bni_elimination bni_elimination;
int32_t bni_elimination_new(binnet_ctx *ctx, bni_elimination **out, const bni_elimination_plan *plan);
void bni_elimination_free(bni_elimination *elimination);
/* y = x P_stage; y may be x. arena: plan->arena_doubles, aligned to 64 bytes. Progress within the present span. */
int32_t bni_elimination_apply(binnet_ctx *ctx, bni_elimination *elimination, bni_team *team, double *arena, double *y,
                              const double *x);

#endif
