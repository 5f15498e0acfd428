/*
 * Inside of the folder: first passage, what its questions (times, which set is first, time spent, how a set is left) share.
 */
#ifndef BNI_FIRST_PASSAGE_H
#define BNI_FIRST_PASSAGE_H

#include "stationary/passage.h"

/* Those that times and their variances use, the most of all. */
enum { BNI_TIMES_VECTORS = 4 };

/* A chain, some sets of exits, and the states that are never left for them. */
typedef struct bni_passage {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    size_t S, m, n_sets;
    int32_t *kind; /* [S]: the set of a state; n_sets: in a recurrent class with no state of a set; -1: all others */
    int32_t *class_of; /* [S] or NULL: the recurrent class */
    int traps;         /* there is such a class */
    int tails;         /* some neuron has noise of unbounded support: what is 0 in double need not be */
    int last;          /* nothing better comes after this way: accept what it yields */
    size_t vectors;    /* that the job uses */
    double *memory;
    bni_wide_vector v[BNI_TIMES_VECTORS]; /* [m] */
    bni_team *team;
    bni_restricted r;
    double longest; /* by iteration: a bound on the longest mean time */
} bni_passage;

typedef int32_t (*bni_passage_job)(bni_passage *p, void *arg);

/* In a loop over all states: now and then it polls. */
static inline int32_t bni_passage_poll(const bni_passage *p, size_t k)
{
    return k % 65536 == 65535 ? bni_poll(p->ctx, 0) : BINNET_OK;
}

/* --- what they share (passage.c) --- */

/* A set, a law, that goes with the chain. */
int32_t bni_passage_check_set(binnet_ctx *ctx, const binnet_chain *chain, const binnet_set *set, const char *name);
int32_t bni_passage_check_start(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *start);
/* Runs a job, with `vectors` vectors, beside `held` bytes; once more, with a p->r of another way, when it ends with
 * BINNET_E_NOCONV or _UNDERFLOW. */
int32_t bni_passage_run(binnet_ctx *ctx, const binnet_chain *chain, size_t n_sets, const binnet_set *const *set,
                        size_t vectors, double held, bni_passage_job job, void *arg);
/* A solution with entries that underflow, if that matters, is BINNET_E_UNDERFLOW where wider numbers can still be tried. */
int32_t bni_passage_check_underflow(bni_passage *p, int matters);
/* out[s]: v of the kept states, 0 of the others. */
int32_t bni_passage_store(const bni_passage *p, double *out, bni_wide_vector v);

/* --- times (passage_times.c, passage_variance.c) --- */

/* Mean times into v, p->longest; what is trapped has a time too, until it is. *error: relative. */
int32_t bni_passage_solve_times(bni_passage *p, bni_wide_vector v, double *error);
/* Variances into v, from the mean times of all states by iteration, of the kept ones by elimination; *error: the larger. */
int32_t bni_passage_iterate_variance(bni_passage *p, bni_wide_vector v, const double *mean, double *error);
int32_t bni_passage_solve_variance(bni_passage *p, bni_wide_vector v, bni_wide_vector time);

#endif
