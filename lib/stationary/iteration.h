/*
 * Inside of stationary: the parts of an iteration towards the law of a large chain (iterate.c), and what they offer each other.
 */
#ifndef BNI_STATIONARY_ITERATION_H
#define BNI_STATIONARY_ITERATION_H

#include "stationary/stationary.h"

/* Most differences that an acceleration keeps, and most slices of a pass. */
enum { BNI_DEPTH_MOST = 16, BNI_SLICES_MOST = 64 };
/* Largest relative change of a guess in a pass with which it needs no first part. */
#define BNI_NEAR_ENOUGH 1e-6
/* Within that flows between groups show how soon they exchange. */
#define BNI_NEARLY 0.1
/* The largest relative change of a state and of a group must be below it at the end. */
#define BNI_CERTIFIED 1e-11
/* Below it a probability of leaving decides nothing that doubles can tell. */
#define BNI_TRUSTED 1e-290

/* What a pass finds in one slice of the states. */
typedef struct bni_partial {
    double total, change, relative;
} bni_partial;

typedef struct bni_mixing bni_mixing;

typedef struct bni_iteration {
    binnet_ctx *ctx;
    bni_team *team;
    const binnet_chain *chain;
    bni_step *step;
    bni_balance *balance;
    size_t S;
    int plan, strict;
    bni_course course;

    double *memory;
    double *x, *y, *best; /* law, the law that balances it, and the best law so far or scratch */
    int weak;             /* some states are left rarely */
    int near;             /* x is near the law before the first part */
    int guessed;          /* x began as the caller's guess */
    double ceiling;       /* the larger of the two last changes of the law that is kept */

    /* Passes over the law (iteration_passes.c). */
    uint64_t steps, most;
    int spent; /* no more passes are allowed */
    double residual, relative, first_residual;
    size_t slice, slices;
    bni_partial *partials; /* [slices] */
    void (*pass)(struct bni_iteration *, size_t k, size_t from, size_t to);
    double factor;       /* of the present pass */
    int32_t poll_status; /* written by worker 0 */

    /* Their acceleration (anderson.c). */
    size_t depth; /* differences that are kept at most; 0: none */
    bni_mixing *mixing;
    int stalled; /* the last cycle ended before its goal */

    /* Groups of states whose weights are solved for (aggregation.c): the basins at first. */
    size_t groups, groups_room; /* now, and what flow and ordered have room for */
    int32_t *group;          /* [S] */
    unsigned char *rests;    /* [S]: the state of a basin that is left least */
    double slowest;          /* the least probability of leaving an attractor */
    double merged;           /* as of bni_basins */
    double *flow, *ordered;  /* [groups^2]; side by side: workspace of the flows' sums */
    double *weight, *coarse; /* [groups] */
    int32_t *order;          /* [groups]: those that are left last in front */
    uint64_t flow_passes;    /* passes that the flows between groups cost; 0: one for each group */
    double coarse_change;    /* the largest relative change of a weight */
    double doubtful;         /* weight that underflow may hide */

    /* Sets that no group tells apart (hidden_sets.c). */
    double *earlier, *before; /* a law of some passes ago, and of a cycle ago or anything; NULL: not kept */
    double earlier_change;    /* what a pass changed then, relatively; 0: there is none */
    uint64_t since;           /* passes */
    double hidden;            /* the largest ratio of a change over some passes to that of one, within a group */
    int aggregated;           /* the groups' weights are solved for in each pass; `before` is free */
    int plain;                /* far off, where acceleration led nowhere: passes are not accelerated */

    /* Inner and outer iterations (inner_outer.c). */
    bni_splitting splitting;
    double *inflow; /* [inflows][S]: of each group, where there are no more */
    size_t inflows;
    int held; /* the states that rest in deep basins keep their weights */
} bni_iteration;

/* --- passes over the law (iteration_passes.c) --- */

/* S is set. */
int32_t bni_passes_new(bni_iteration *it);
double bni_passes_bytes(void);
/* Slice by slice, whoever does them, so that sums do not depend on the number of workers; k: number of the slice. */
int32_t bni_pass_slices(bni_iteration *it, void (*pass)(bni_iteration *, size_t k, size_t from, size_t to));
/* Sum of the partial totals. */
double bni_total_flow(const bni_iteration *it);
/* So many more passes, which follow, unless the caller allows no more. */
int32_t bni_count_passes(bni_iteration *it, uint64_t passes);
/* y is divided by its sum; the two changes. */
int32_t bni_measure_image(bni_iteration *it);
/* y balances x; the two changes. */
int32_t bni_advance_pass(bni_iteration *it);
/* The last image becomes the law. */
void bni_accept_image(bni_iteration *it);
/* x is divided by its sum. This and all else that goes over all states polls. */
int32_t bni_normalise_law(bni_iteration *it);
/* The first half: the residual on its way to the tolerance. */
void bni_report_residual(bni_iteration *it);
/* Small changes on the way to the goal of all: what is left is rounding. */
void bni_report_change(bni_iteration *it, double change);

/* --- acceleration (anderson.c) --- */

/* Sums of squares are in the norm in which a reversible chain is symmetric, sum f^2/y, or, to give small probabilities their
 * digits, in that of the relative changes, sum (f/y)^2. */
enum { BNI_BY_WEIGHT, BNI_BY_RELATIVE_CHANGE };

/* depth and slices are set. */
int32_t bni_mixing_new(bni_iteration *it);
void bni_mixing_free(bni_iteration *it);
double bni_mixing_bytes(double states, size_t depth);
/* There are differences to lose. */
int bni_mixing_begun(const bni_iteration *it);
/* x or what a pass does was changed: earlier images say no more. */
void bni_forget_images(bni_iteration *it);
/* From (x, y = x P) to the next x: the combination of the last images whose residual is least, kept within a factor 4 of y
 * so that it stays positive. */
int32_t bni_mix_images(bni_iteration *it, int norm);
/* Accelerated passes until the norm's figure is down to the goal, or no longer falls tenfold in `cycle` of them; y is the
 * image of x at the end, and at the start too if `have_image`. */
int32_t bni_accelerate(bni_iteration *it, size_t cycle, int norm, double goal, int have_image);

/* --- groups and their weights (aggregation.c) --- */

/* Weights of the groups count as found when a coarse solution changes none of them by more: what rounding leaves. */
static inline double bni_coarse_goal(const bni_iteration *it)
{
    return 2e-14 + 0x1p-52 * (double)it->groups;
}

/* The basins. */
int32_t bni_groups_new(bni_iteration *it);
/* Room for flows between so many groups; those that are there are lost. */
int32_t bni_groups_room(bni_iteration *it, size_t groups);
void bni_groups_free(bni_iteration *it);
double bni_groups_bytes(double states);
/* The weights that the groups have in x. */
void bni_weigh_groups(bni_iteration *it, const double *x);
/* Their weights from the flows between them: weight[] becomes the factor of each, coarse_change the largest relative change. */
int32_t bni_solve_groups(bni_iteration *it);
/* The same with the flows of x, the law or its image. */
int32_t bni_aggregate_law(bni_iteration *it, const double *x);
/* x is rescaled so, unless that would change next to nothing and there are differences to lose. */
int32_t bni_rebalance(bni_iteration *it);
/* Passes with the states of rest held. */
int32_t bni_hold_rests(bni_iteration *it);
/* Groups between which much flows become one, but for those whose rest is held. */
int32_t bni_join_soon(bni_iteration *it);
/* The same beforehand, where each group costs a pass: by what a step from the states they rest in does. */
int32_t bni_join_by_rests(bni_iteration *it);

/* --- sets that no group tells apart (hidden_sets.c) --- */

/* The groups are those that the change of the law from `from` shows, and from here on their weights are solved for in each
 * pass. */
int32_t bni_follow_change(bni_iteration *it, const double *from, double least_change);
/* Looks at x and its change from time to time; *split: whether groups were split. */
int32_t bni_watch_law(bni_iteration *it, int *split);
/* Accelerated passes with the groups' weights solved for in each, until the changes of the law and of the weights are down to
 * what is wanted or no longer fall. x is where they ended. */
int32_t bni_aggregated_passes(bni_iteration *it, int norm, double law_goal, double weights_goal);

/* --- inner and outer iterations (inner_outer.c) --- */

double bni_inner_outer_bytes(const binnet_chain *chain);
/* Whether they are worth a try, and which rests count as deep then. */
int bni_inner_outer_pays(bni_iteration *it, int weak);
/* The law by them; *near: whether it came near. Otherwise x is uniform. */
int32_t bni_inner_outer(bni_iteration *it, int *near);

#endif
