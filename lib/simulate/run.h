/*
 * Runs, inside of the room: what is sampled, and what is estimated of it.
 */
#ifndef BNI_SIMULATE_RUN_H
#define BNI_SIMULATE_RUN_H

#include "simulate/simulate.h"

/* Columns of a covariance matrix that are estimated together. */
enum { BNI_TILE = 64 };

struct binnet_run {
    bni_allocator mem;
    size_t k, n_pop, n_lags;
    uint64_t runs, samples, burn_in, flips, synaptic_events;
    double largest, discrepancy;
    double *mean, *mean_error, *effective;                   /* [k] */
    double *cov, *cov_error;                                 /* [n_lags][k][k] */
    double *share, *share_error, *variance, *variance_error; /* [n_pop] */
};

/* What was asked. */
typedef struct bni_demand {
    size_t k, n_lags;
    const int32_t *neuron;
    const uint64_t *lag;
    double interval, precision; /* precision 0: as many samples as `samples` */
    uint64_t burn_in, samples, runs;
} bni_demand;

/* A call's work. */
typedef struct bni_sampling {
    binnet_ctx *ctx;
    const binnet_sim *sim;
    const bni_demand *d;
    bni_team *team;       /* shares out trajectories, or is the walks' */
    int by_run;           /* the former */
    int32_t *neuron;      /* [k] */
    bni_walk **walk;      /* [runs] */
    bni_batches *batches; /* [runs] */
    uint64_t *taken;      /* [runs]: samples, burn-in included */
    int32_t *status;      /* [runs] */
    double *z;            /* [BNI_TILE][runs][BNI_BATCHES] */
    size_t drop;
    uint64_t before; /* samples that are not counted */
    double done, of; /* of the work of trajectory 0 */
    atomic_size_t turn;
    atomic_int halt;
} bni_sampling;

/* From the batches of all trajectories (run_estimates.c). */
int32_t bni_estimate_run(bni_sampling *w, binnet_run *run);

#endif
