/*
 * Chains in wide numbers, inside the chain folder: transitions, and the two solvers that use them.
 */
#ifndef BNI_STATIONARY_WIDE_H
#define BNI_STATIONARY_WIDE_H

#include "stationary/stationary.h"
#include "num/wide.h"

typedef struct bni_wide_vector {
    double *m, *e;
} bni_wide_vector;

static inline bni_wide bni_wide_get(bni_wide_vector v, size_t k)
{
    return (bni_wide){v.m[k], v.e[k]};
}

static inline void bni_wide_set(bni_wide_vector v, size_t k, bni_wide a)
{
    v.m[k] = a.m;
    v.e[k] = a.e;
}

/* Adds to an entry, and closes n such sums: bni_wide_add_kept. */
static inline void bni_wide_gather(bni_wide_vector sum, double *rest, size_t k, bni_wide v)
{
    bni_wide_set(sum, k, bni_wide_add_kept(bni_wide_get(sum, k), rest + k, v));
}
void bni_wide_close(bni_wide_vector sum, const double *rest, size_t n);

/* Pr(i active next | state), Pr(i silent next | state); 0 when a caller's function misbehaved. */
int bni_firing_wide(const binnet_chain *c, bni_wide *p, bni_wide *q, size_t i, uint64_t state);

typedef struct bni_transitions {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    size_t states;
    double *memory;             /* of the vectors below */
    bni_wide_vector flip, stay; /* [n][states]: neuron i changes (asynchronous: is drawn and changes), or does not */
    bni_wide_vector out;        /* [states]: Pr(the state changes in a step) */
    bni_wide_vector outcome;    /* [states]: workspace */
    uint32_t *spread;           /* [states]: workspace */
    uint32_t *deep;             /* parallel stages: states that stay with a probability above 1/2 */
    size_t n_deep;
    bni_wide_vector between; /* [n_deep][n_deep]: P(d, e), e != d, of those */
} bni_transitions;

/* Call bni_transitions_free also after a failure. */
int32_t bni_transitions_new(binnet_ctx *ctx, bni_transitions *t, const binnet_chain *chain);
void bni_transitions_free(bni_transitions *t);
double bni_transitions_bytes(const binnet_chain *chain);
void bni_wide_clear(bni_wide_vector v, size_t n);
/* row[t] = Pr(t next | from now), t != from; 0 for itself. row and scratch may change places. */
int32_t bni_transitions_row(bni_transitions *t, bni_wide_vector *row, bni_wide_vector *scratch, uint64_t from);
/* What bni_transitions_balance needs to know of the deep states; their number may be too large. */
int32_t bni_transitions_meet(bni_transitions *t, bni_wide_vector scratch[2]);
/* y(s) = sum over r != s of x(r) P(r, s) / (1 - P(s, s)), the law that balances x state by state; asynchronous: for the
 * even states, then with these for the odd ones; parallel stages: first for the states of t->deep, then with these (x P)(s)
 * for the others.
 * y and the scratch vectors may change places. */
int32_t bni_transitions_balance(bni_transitions *t, bni_wide_vector *y, bni_wide_vector x, bni_wide_vector scratch[2]);
/* Some passes towards the law within each of k groups alone, the states with rests[s] held at 1: from below, so that no state
 * is far too heavy. x is set; y and the scratch vectors may change places with it. */
int32_t bni_transitions_groups(bni_transitions *t, bni_wide_vector *x, bni_wide_vector *y, size_t k,
                               const int32_t *group, const unsigned char *rests, bni_wide_vector scratch[2]);
/* flow[a*k + b] = sum over s in group a, r in group b != a of x(s) P(s, r); rest [k^2]: workspace, what rounding takes from the
 * sums (bni_step_flows). */
int32_t bni_transitions_flows(bni_transitions *t, bni_wide_vector flow, double *rest, size_t k, const int32_t *group,
                              bni_wide_vector x, bni_wide_vector scratch[2]);

#endif
