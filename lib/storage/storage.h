/*
 * Inside of storage: what is to be stored, how rules leave their weights, contradictions.
 */
#ifndef BNI_STORAGE_H
#define BNI_STORAGE_H

#include "core/core.h"
#include "model/model.h"

#include "binnet/storage.h"

struct binnet_wiring {
    bni_allocator mem;
    size_t n;
    uint8_t *mask; /* [n][n] or NULL: all */
    int32_t self_connections, free_offset;
    int32_t *sign;                         /* [n] or NULL */
    double *least, *greatest, *connectome; /* [n][n] or NULL */
};

/* Rows that contradict each other, of one neuron. */
typedef struct bni_contradiction {
    size_t rows, words;
    int32_t *kind;        /* [rows] */
    size_t *index;        /* [rows] */
    uint64_t *multiplier; /* [rows][words] */
} bni_contradiction;

struct binnet_storage {
    bni_allocator mem;
    size_t n, L;
    int32_t rule;
    int32_t *status, *sign;           /* [n] */
    double *margin;                   /* [n][L] */
    double *error, *theta, *stimulus; /* [n] */
    double *residual, *condition;     /* [n] */
    size_t *rank;                     /* [n] */
    bni_contradiction **why;          /* [n] */
};

/* A demand as it was given. The arrays are the caller's. */
typedef struct bni_demand {
    size_t n, L;
    const uint8_t *from, *to;
    int32_t rule;
    const double *margin, *M;
    const binnet_wiring *wiring; /* or NULL */
    int workers;                 /* of the margin rule; set by bni_storage_bytes */
} bni_demand;

/* A change of a threshold by this much costs what a weight of 1 costs. */
#define BNI_FREE_UNIT 1024.0

/* Inputs that neuron i may have, rising; returns how many. (wiring.c) */
size_t bni_demand_inputs(const bni_demand *d, size_t i, uint32_t *input);
int32_t bni_demand_free(const bni_demand *d);
double bni_demand_connectome(const bni_demand *d, size_t i, size_t j);
static inline double bni_demand_margin(const bni_demand *d, size_t l, size_t i)
{
    return d->margin != NULL ? d->margin[l * d->n + i] : 1;
}
static inline double bni_demand_M(const bni_demand *d, size_t i)
{
    return d->M != NULL ? d->M[i] : 1;
}
/* +1 or -1: what neuron i is to do after transition l. */
static inline double bni_demand_side(const bni_demand *d, size_t l, size_t i)
{
    return d->to[l * d->n + i] ? 1 : -1;
}

/* --- rules: they set J, thresholds or stimuli, rank and condition --- */

/* Equality, by singular values (least_squares.c); spins: of 2a - 1 with margin 1, as the pseudo-inverse rule. */
int32_t bni_store_exact(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, int spins);
double bni_store_exact_bytes(const bni_demand *d);
double bni_store_exact_flops(const bni_demand *d);
/* The sums of the literature (local_rules.c). */
int32_t bni_store_local(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d);
/* Weights for spins become weights for activities: twice, and thresholds of their sums. */
void bni_store_from_spins(double *J, binnet_storage *s, const bni_demand *d);

/* --- at least the margin (margin_rule.c) --- */

/* Of all neurons, or where only[i] != 0 and then without touching J: only whether there are weights. */
int32_t bni_store_margin(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, const uint8_t *only);
double bni_store_margin_bytes(const bni_demand *d, int workers);
double bni_store_margin_flops(const bni_demand *d);

/* --- the dual method (dual_method.c) --- */

/* min |x - start|^2 subject to row . x >= wanted: `dense` rows first, then `units` rows side e_at. */
typedef struct bni_quadratic {
    size_t p, dense, units;  /* unknowns, rows */
    const double *row;       /* [dense][p] */
    const uint32_t *at;      /* [units] */
    const signed char *side; /* [units] */
    const double *wanted;    /* [dense + units] */
    const double *length;    /* [dense] Euclidean */
    const double *start;     /* [p] */
} bni_quadratic;

enum { BNI_QUADRATIC_SOLVED, BNI_QUADRATIC_INFEASIBLE, BNI_QUADRATIC_STUCK, BNI_QUADRATIC_OPEN };

typedef struct bni_dual {
    size_t p;
    double *q;                /* [p][p] orthonormal, vector after vector */
    double *r;                /* [p][p]: column c in r[c*p ..] */
    double *u;                /* [p + 1] multipliers, the new row's last */
    double *d, *z, *step;     /* [p] */
    double *gradient, *x;     /* [p] of the row being taken in; the point */
    size_t *active;           /* [p + 1]; when infeasible the rows that contradict each other, the last one the new */
    unsigned char *is_active; /* [rows] */
    size_t rows, count, left; /* steps that are left */
    int verdict;
} bni_dual;

void bni_dual_buffers(bni_plan *plan, void *dual);
/* A piece of the search, of some milliseconds, until the verdict is not OPEN any more; for workers. When INFEASIBLE
 * active[0 .. count - 1] contradict each other as far as rounding shows. */
void bni_dual_start(bni_dual *w, const bni_quadratic *problem);
void bni_dual_advance(bni_dual *w, const bni_quadratic *problem);

/* --- contradictions (contradiction.c, modular.c) --- */

/* sum_k u_k y_k = 0, u >= 0, in integers: entry[rows][p] of -1, 0, 1. *out is NULL when there are none such u, or they are not found;
 * rows of u = 0 are left out: kept[rows] numbers those that remain. */
int32_t bni_contradiction_find(binnet_ctx *ctx, bni_contradiction **out, size_t *kept, const signed char *entry,
                               size_t rows, size_t p);
void bni_contradiction_free(const bni_allocator *mem, bni_contradiction *c);
/* Multipliers of the one dependency of the first rows of entry (modular.c): *count rows, *words words each, signed, in
 * multiplier (the caller frees it); NULL when the rows are independent. */
int32_t bni_dependency(binnet_ctx *ctx, uint64_t **multiplier, size_t *count, size_t *words, const signed char *entry,
                       size_t rows, size_t p);
/* What a contradiction proves of neuron i: BINNET_IMPOSSIBLE, BINNET_OUT_OF_REACH or BINNET_NOT_STORED (nothing). */
int32_t bni_contradiction_status(const bni_contradiction *c, const bni_demand *d, size_t i, double theta,
                                 double stimulus);

/* --- facts (verify.c) --- */

/* Margins, their errors, residuals and statuses from the final weights. */
int32_t bni_storage_verify(binnet_ctx *ctx, binnet_storage *s, const double *J, const bni_demand *d);
double bni_storage_verify_bytes(const bni_demand *d);

/* binnet_store within a call; all is well also where demands are not met (store.c). */
int32_t bni_store(binnet_ctx *ctx, double *J, binnet_storage **out, bni_demand *d, const double *theta,
                  const double *stimulus);

/* --- recall (dynamics.c) --- */

/* A network by its weights that are not 0, and its noise. */
typedef struct bni_dynamics {
    bni_allocator mem;
    size_t n;
    int32_t tie;
    size_t *first;   /* [n + 1] */
    uint32_t *input; /* [first[n]] */
    double *weight;
    double *M, *theta, *stimulus, *size; /* [n]; sum |w| / M + |theta| + |stimulus| */
    const binnet_noise *noise;
} bni_dynamics;

int32_t bni_dynamics_new(binnet_ctx *ctx, bni_dynamics *d, const binnet_net *net, const binnet_noise *noise, size_t n,
                         double more_bytes);
void bni_dynamics_free(bni_dynamics *d);
/* Probabilities that neuron i fires and is silent after a state; BINNET_E_CALLBACK. */
int32_t bni_dynamics_fires(binnet_ctx *ctx, double *fires, double *silent, const bni_dynamics *d, size_t i,
                           const uint8_t *state);
/* Rows of 0 and 1 (store.c). */
int32_t bni_need_activities(binnet_ctx *ctx, const uint8_t *state, size_t n, size_t L, const char *name);

#endif
