/*
 * Correlated noise in parallel updates: within the chain folder.
 *
 * Pr(A'|A) of the neurons of a stage is an orthant probability of N(h(A), Sigma). Where all fit, they are kept: a table of a row
 * for each state. Else, for noise with factors, a step is a weighted sum of steps with independent noise (nodes).
 */
#ifndef BNI_CORRELATED_H
#define BNI_CORRELATED_H

#include "chain/chain.h"

/*
 * B = own b + L z, given z independent: Pr(A'|A) = E prod_i Phi(+-(h_i + (L z)_i)/own_i). By the trapezoidal rule in z, turned so
 * that K = 1 + sum_i b_i b_i^T, b_i = L_i/own_i, is diagonal. Its relative error is at most prod_j theta_j - 1,
 * theta_j = 1 + 2 sum_k exp(-2 pi^2 k^2/(K_jj step_j^2)), for every drive and every A': docs/noise.md.
 */
typedef struct bni_factor_nodes {
    size_t count;    /* 0: none */
    double *shift;   /* [neurons][count]: (L z)_i / own_i; 0 where own_i = 0 */
    double *weight;  /* [count], sum 1 */
    double relative; /* bound of the relative error, with rounding of the sum but not of its terms */
    double rounding; /* relative error by rounding of the arguments, in units of 2^-53: where all are in tails */
    double absolute; /* sum of the errors of a row, with rounding */
} bni_factor_nodes;

/* Nodes, not made: their number, or infinity when a neuron has factors and nothing of its own. most[i] >= |h_i|. */
int32_t bni_factor_nodes_count(binnet_ctx *ctx, double *count, const binnet_noise *noise, const double *most);
int32_t bni_factor_nodes_make(binnet_ctx *ctx, bni_factor_nodes *nodes, const binnet_noise *noise, const double *most);
void bni_factor_nodes_free(const bni_allocator *mem, bni_factor_nodes *nodes);

enum { BNI_BY_NODES = 1, BNI_BY_PANELS, BNI_BY_INTEGRALS, BNI_BY_LATTICE };

typedef struct bni_correlated_stage {
    binnet_noise *noise; /* of the stage's neurons; NULL when it is independent */
    int method;
    bni_factor_nodes nodes; /* where there is no table */
    double *law;            /* [2^n][2^size], or NULL */
    double *error;          /* the same, of each entry; NULL: relative alone */
    double relative;        /* of each entry, beside that */
    double row, entry;      /* greatest sum of the errors of a row; greatest error of an entry */
    double points;          /* of a row, at most */
} bni_correlated_stage;

typedef struct bni_correlated {
    bni_allocator mem;
    size_t n_stages;
    double bytes;
    bni_correlated_stage stage[];
} bni_correlated;
static inline bni_correlated_stage *bni_correlated_stage_of(const binnet_chain *chain, size_t stage)
{
    return &chain->correlated->stage[stage];
}

/* Fills law[2^size] and error[2^size], errors of its entries, for the drives h[size] (correlated_rows.c). */
typedef struct bni_correlated_rows bni_correlated_rows;
/* Against the memory limit: held, what it takes itself, and the tables. */
int32_t bni_correlated_rows_new(binnet_ctx *ctx, bni_correlated_rows **out, const binnet_chain *chain, size_t stage,
                                bni_correlated_stage *how, double held);
/* Of the law, and of its errors. */
double bni_correlated_table_bytes(const binnet_chain *chain, size_t stage, int method);
void bni_correlated_rows_free(bni_correlated_rows *rows);
int32_t bni_correlated_rows_fill(binnet_ctx *ctx, bni_correlated_rows *rows, double *law, double *error,
                                 uint64_t state);
/* |h_i| of the stage's neurons, at most. */
void bni_largest_drives(double *most, const binnet_chain *chain, size_t stage);

#endif
