/*
 * Inside of the folder of what is found of a chain: the parts of the solvers.
 */
#ifndef BNI_STATIONARY_H
#define BNI_STATIONARY_H

#include "chain/chain.h"

/* How an iteration goes about it, by what memory there is: with as few vectors as can be, with an acceleration of the passes,
 * or with inner iterations besides. */
enum { BNI_PLAN_LEAN, BNI_PLAN_FAST, BNI_PLAN_SPLIT, BNI_PLANS };

typedef struct bni_solution {
    int plan;       /* [in] */
    uint64_t most;  /* [in]: steps at which to give up */
    int spent;      /* whether that was why */
    double held;    /* [in]: bytes that the call holds besides */
    uint64_t steps; /* passes over the law; counted on from what the caller set */
    /* ||x P - x||_1; max |z - x|/x, z the law that balances x state by state; an estimate of the relative error of the
     * weights of the basins */
    double residual, residual_relative, balance;
} bni_solution;

/* Recurrent classes (classes.c): class_of may be NULL. in_theory: what underflows counts as possible. */
int32_t bni_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, const binnet_chain *chain, int in_theory);
double bni_classes_bytes(const binnet_chain *chain);

/* Stationary law of a stochastic matrix (gth.c), P[m][m] destroyed; only off-diagonal entries are read. smallest: the least
 * sum of outgoing probabilities met. The last state is eliminated first: heavy states belong to the front. */
int32_t bni_gth(binnet_ctx *ctx, double *pi, double *smallest, size_t m, double *P, bni_team *team);
double bni_gth_bytes(double m);
/* The elimination alone, of the states from `keep` on: P becomes the transitions between the others, seen at their visits (the
 * diagonal is not kept), and below and beside it in the columns of those that are gone the shares w with
 * pi_k = sum_{j<k} pi_j w[j][k]. memory: double[bni_gth_bytes(m) / 8]. */
int32_t bni_gth_part(binnet_ctx *ctx, double *smallest, size_t m, size_t keep, double *P, double *memory,
                     bni_team *team);
/* The same in wide numbers (gth_wide.c), in any order. */
int32_t bni_gth_wide(binnet_ctx *ctx, double *pi_m, double *pi_e, size_t m, double *P_m, double *P_e);

/* Groups of states by the attractor of the noiseless dynamics they fall to (basins.c). At most BNI_GROUPS: when there are
 * more, those that are left soonest share the last one, and *merged is the least probability that a state of their
 * attractors is left in a step (else 1). *slowest: the least of all attractors. rests[s]: not 0 for the state of an attractor that
 * is left with the least probability, one a group before merging; BNI_DEEP_REST and BNI_HALF_DEEP_REST where that is below their rates. rests, merged and
 * slowest may be NULL. */
enum { BNI_GROUPS = 512, BNI_REST = 1, BNI_DEEP_REST, BNI_HALF_DEEP_REST };
/* Attractors that are left more rarely than this are deep, or half deep. */
#define BNI_DEEP_RATE 0.1
#define BNI_HALF_DEEP_RATE 0.35
int32_t bni_basins(binnet_ctx *ctx, int32_t *group, size_t *count, unsigned char *rests, double *merged,
                   double *slowest, const binnet_chain *chain);
double bni_basins_bytes(const binnet_chain *chain);
/* A larger error of the basins' weights is a code; this one, where it is that of merged ones. */
#define BNI_KNOWN 1e-8
int32_t bni_merged_unknown(binnet_ctx *ctx, double error);

/* States that stay as they are with a probability above 1/2 are balanced apart, up to so many. */
enum { BNI_DEEP_MOST = 1024 };
/* Neurons active in a state, modulo 2: every asynchronous flip changes it. */
static inline int bni_parity(uint64_t state)
{
    int parity = 0;
    for (; state != 0; state &= state - 1)
        parity ^= 1;
    return parity;
}

/* Balancing state by state (balance.c). */
typedef struct bni_balance bni_balance;
int32_t bni_balance_new(binnet_ctx *ctx, bni_balance **out, const binnet_chain *chain, bni_step *step);
void bni_balance_free(bni_balance *balance);
double bni_balance_bytes(const binnet_chain *chain);
/* 0 when a state of x is left with a probability that double cannot be trusted with. */
int bni_balance_sure(const bni_balance *balance, const double *x);
/* y: the law that balances x; y and x do not overlap. */
int32_t bni_balance_apply(binnet_ctx *ctx, bni_balance *balance, double *y, const double *x);
/* Asynchronous: some passes towards the law within every group alone, the states with rests[s] held at 1: from below, so that
 * no state is far too heavy; x is set. */
int32_t bni_balance_groups(binnet_ctx *ctx, bni_balance *balance, double *x, const int32_t *group,
                           const unsigned char *rests);
/* The two residuals of x; z: scratch [2^n]. */
int32_t bni_balance_figures(binnet_ctx *ctx, bni_balance *balance, bni_solution *how, double *z, const double *x);

/* out[s] = 1 - P(s, s). */
const double *bni_balance_out(const bni_balance *balance);
/* Flows between groups as bni_step_flows. */
int32_t bni_balance_flows(binnet_ctx *ctx, bni_balance *balance, double *flow, const double *weight, size_t k,
                          const int32_t *group, const double *x);
/* The flow r(t) = sum over s != t of x(s) P(s, t) - x(t) out(t) that is missing where x does not balance itself (states that
 * stay with a probability below 1/2: (x P)(t) - x(t), the same), parallel stages. group, weight [k] and flow [2 k k] as
 * bni_step_flows, or NULL: r alone. inflow [k][S], or NULL: the first sum, of the law of each group, its weight 1. */
int32_t bni_balance_missing(binnet_ctx *ctx, bni_balance *balance, double *r, double *flow, double *inflow,
                            const double *weight, size_t k, const int32_t *group, const double *x);
/* The same without a step when the groups get other weights, x with them. */
int32_t bni_balance_missing_from(binnet_ctx *ctx, const bni_balance *balance, double *r, const double *inflow,
                                 const double *weight, size_t k, const double *x);

/* The large transitions of a synchronous chain (splitting.c), as parts of what leaves their state. */
typedef struct bni_large {
    float p;
    uint32_t to;
} bni_large;
typedef struct bni_splitting {
    const binnet_chain *chain;
    uint64_t *first; /* [2^n + 1] */
    bni_large *entry;
    uint64_t count, room; /* entries; count 0: they do not fit */
    double threshold;
} bni_splitting;
/* From all states but the deep rests, in memory of the caller's, of at least 2 * 2^n + 1 doubles. */
double bni_splitting_bytes(void); /* besides */
int32_t bni_splitting_fill(binnet_ctx *ctx, bni_splitting *a, const binnet_chain *chain, const double *out,
                           const unsigned char *rests, double *memory, size_t doubles);
/* Adds to x, but for the deep rests, what settles the missing flow by large transitions alone, state by state down to `least` of its own; flow: what
 * is left. */
int32_t bni_splitting_solve(binnet_ctx *ctx, const bni_splitting *a, double *x, double *flow, const double *out,
                            const unsigned char *rests, double least);

/* How far an iteration is (course.c). */
typedef struct bni_course {
    bni_progress whole;
    double passes, way; /* work so far; the farthest that a figure came */
    double half,
        most; /* passes without a figure that falls after which half of what is left is done; the most that figures show */
} bni_course;
/* In what is left of the present span. */
void bni_course_begin(binnet_ctx *ctx, bni_course *c);
/* What follows, with progress from 0 to 1, is so many passes, or as long as that. */
void bni_course_work(binnet_ctx *ctx, bni_course *c, double passes);
/* What is left is a few passes, whatever the figures say. */
void bni_course_finish(binnet_ctx *ctx, bni_course *c);
/* A figure on its way down to a goal, which would be the part of all. */
void bni_course_way(bni_course *c, double figure, double from, double goal, double part);

/* Iteration (iterate.c): x holds a start (0 outside a recurrent class keeps to it) and receives the law. strict: a basin whose
 * weight cannot be told from 0 is BINNET_E_UNDERFLOW; otherwise only if that weight could be above 1e-30. guess: NULL, or a
 * law to start from instead: only when it nearly balances itself, and not for good when that does not end well. */
int32_t bni_iterate(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, int strict,
                    const double *guess, bni_team *team);
double bni_iterate_bytes(const binnet_chain *chain, int workers, int plan);
/* Whether BNI_PLAN_SPLIT is any different from BNI_PLAN_FAST (inner_outer.c). */
int bni_iterate_splits(const binnet_chain *chain);

/* A chain in one piece, of either kind (recurrent_class.c): its classes, then elimination or iteration, whichever is asked for or
 * quicker. wanted: number of a class, or UINT64_MAX for the only one; guess: NULL, or a law that may be close. */
int bni_solves_by_elimination(const binnet_ctx *ctx, double states);
/* Operations of a pass of an iteration over the law. */
double bni_pass_flops(const binnet_ctx *ctx, const binnet_chain *chain);
int32_t bni_solve_piece(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                        const double *guess, bni_team *team);
/* Its law by iteration from x, if that is not 0 where the law is not, or from the guess where that is better. */
int32_t bni_solve_from(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, const double *guess,
                       bni_team *team);

/* Lumped chains (lumped.c): wanted is a class, or UINT64_MAX for the only one; start NULL or a law of the chain's states. */
int32_t bni_lumped_stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t wanted,
                              const binnet_law *start);
/* Relative error of the probabilities of x above 1e-280 by what underflowed in an elimination (lumped_residuals.c). */
double bni_lumped_lost(const double *x, size_t m, double smallest);
/* Asynchronous ones: the two residuals, flow in against flow out. */
int32_t bni_lumped_walk_figures(binnet_ctx *ctx, bni_solution *how, const binnet_chain *chain, const double *x);
double bni_lumped_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain, double *flops);
/* Classes, as bni_classes (lumped_classes.c). */
int32_t bni_lumped_classes(binnet_ctx *ctx, uint64_t *count, int32_t *class_of, const binnet_chain *chain,
                           int in_theory);
double bni_lumped_classes_bytes(const binnet_chain *chain);
/* The law of an asynchronous lumped chain all states of which exchange, by elimination part by part of the grid
 * (lumped_elimination.c). lossy: something may have underflowed; chained: rounding errors that may add up. */
int32_t bni_lumped_eliminate(binnet_ctx *ctx, double *x, double *smallest, int *lossy, double *chained,
                             const binnet_chain *chain, bni_team *team);
/* What that takes, without the law. */
double bni_lumped_eliminate_bytes(const binnet_chain *chain, double *flops);
/* Of correlated noise (row_errors.c): what the errors of the transition probabilities add to ||x P - x||_1, and to the relative
 * error of each probability (infinite: several classes). */
int32_t bni_row_errors(binnet_ctx *ctx, double *residual, double *relative, const binnet_chain *chain, const double *x);
double bni_row_errors_bytes(const binnet_chain *chain);

/* The same two ways in wide numbers, on the states with keep[s] (NULL: all) (weak_noise.c). */
int32_t bni_eliminate_wide(binnet_ctx *ctx, double *x, const binnet_chain *chain, const unsigned char *keep);
double bni_eliminate_wide_bytes(const binnet_chain *chain, double states);
int32_t bni_iterate_wide(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                         const unsigned char *keep);
double bni_iterate_wide_bytes(const binnet_chain *chain);

/* Within another call (stationary.c): the law of class k, or of the only one (UINT64_MAX). Progress from 0 to 1. */
int32_t bni_stationary_in_class(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t k);
double bni_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain);

#endif
