/*
 * Simulation: networks compiled for it, trajectories, and what is kept of them.
 *
 * All sums of weights are sums of integers: a weight is a whole multiple of a power of two, one for each neuron. So the order
 * of adding does not matter, nothing drifts, and a trajectory is the same for any number of threads.
 */
#ifndef BNI_SIMULATE_H
#define BNI_SIMULATE_H

#include "model/model.h"
#include "num/random.h"

#include "binnet/passage.h"
#include "binnet/simulate.h"

/* floor(word count / 2^64): uniform in 0..count - 1, count < 2^32. What is left is word * count modulo 2^64. */
static inline uint64_t bni_scale_word(uint64_t word, uint64_t count)
{
    return ((word >> 32) * count + ((word & UINT32_MAX) * count >> 32)) >> 32;
}

/* --- firing probabilities (firing.c) --- */

enum { BNI_FIRING_CELLS = 1024 };

/* Probabilities are compared with the upper 63 bits of a random word: p becomes the whole number p 2^63, rounded towards 1/2.
 * Those at the ends of cells of x = h / scale decide nearly always. */
typedef struct bni_firing {
    const binnet_noise *noise;
    uint64_t at[BNI_FIRING_CELLS + 1];
} bni_firing;

/* BINNET_E_CALLBACK where the law is none. */
int32_t bni_firing_fill(binnet_ctx *ctx, bni_firing *f, const binnet_noise *noise);
/* The whole number of a drive over its scale; *bad where the law is none. */
uint64_t bni_firing_probability(const binnet_noise *noise, double x, int *bad);
/* Whether a neuron with this word fires. */
int bni_firing_guess(const bni_firing *f, double x, uint64_t word); /* nearly always the same, at no cost */
int bni_firing_decide(const bni_firing *f, double x, uint64_t word, int *bad);

/* --- who hears whom (wiring.c) --- */

/* Where the inputs of neurons come from: a network, or populations whose wiring is drawn. */
typedef struct bni_inputs {
    const binnet_net *net;
    /* or */
    size_t n_pop;
    const int64_t *first;  /* [n_pop + 1] */
    const double *p;       /* [n_pop][n_pop] or NULL */
    const int64_t *degree; /* [n_pop][n_pop] */
    uint64_t seed, index;
} bni_inputs;

/* The inputs of neuron i, of population a where they are drawn: neurons col and, of a network, weights w; how many. taken: one
 * bit for each neuron, all 0 before and after. */
size_t bni_inputs_row(const bni_inputs *in, size_t i, size_t a, uint32_t *col, double *w, uint64_t *taken);

/* Synapses by source, in blocks of targets. */
typedef struct bni_wiring {
    size_t n, n_pop, blocks, longest; /* longest: neurons of a block, at most */
    uint64_t synapses;
    uint32_t *first;   /* [blocks + 1]: first neuron of each block */
    uint64_t *base;    /* [blocks + 1]: first synapse of each block */
    uint32_t *start;   /* [blocks][n + 1]: first synapse of a source, from that of the block */
    uint16_t *target;  /* [synapses]: neuron less the first of its block */
    int width;         /* bytes of a weight: 4, 8, or 0: one for each population of sources and block */
    int32_t *narrow;   /* [synapses] */
    int64_t *wide;     /* [synapses] */
    int64_t *constant; /* [blocks][n_pop] */
} bni_wiring;

/* --- the simulator (simulator.c) --- */

/* Whether more than one thread is worth it for its steps. */
int bni_sim_large(const binnet_sim *sim);
/* What an interval between samples must be. */
int32_t bni_sim_check_interval(binnet_ctx *ctx, const binnet_sim *sim, double interval);

struct binnet_sim {
    bni_allocator mem;
    size_t n, n_pop;
    int update, continuous, tie, homogeneous, self_connections;
    double rate; /* events per unit of time, continuous */
    binnet_noise *noise;
    bni_firing *firing;
    int32_t *pop;  /* [n] */
    int64_t *size; /* [n_pop] */
    /* [n]; homogeneous: [n_pop] */
    double *unit, *base, *sigma; /* h = V unit + base; scale of the noise */
    double *M, *I, *theta;
    double *step;          /* power of two that the weights are multiples of; unit = step / M */
    double *slack;         /* how much the rounding of weights may change h, at most */
    double *J;             /* homogeneous: [n_pop][n_pop] */
    int64_t *total;        /* [n]: V when all are active */
    uint64_t *alias_limit; /* [n] or NULL: all are drawn alike */
    uint32_t *alias;       /* [n] */
    double *select;        /* [n] or NULL */
    double drive_error;
    bni_wiring wiring;
    /* nothing of the wiring is kept: rows of inputs are drawn when they are needed */
    int redrawn;
    bni_inputs inputs;
    int64_t *pop_first;    /* [n_pop + 1] */
    double *probability;   /* [n_pop][n_pop], by_probability */
    int64_t *in_degree;    /* [n_pop][n_pop], else */
    int64_t *pop_constant; /* [n_pop][n_pop] */
    int by_probability;
};

static inline size_t bni_sim_units(const binnet_sim *sim)
{
    return sim->homogeneous ? sim->n_pop : sim->n;
}

/* --- trajectories (trajectory.c) --- */

/* Pairs of steps of single neurons that are drawn ahead. */
enum { BNI_AHEAD = 4 };

typedef struct bni_walk {
    const binnet_sim *sim;
    bni_team *team;
    size_t workers;
    binnet_ctx *ctx; /* NULL: this is not the calling thread; stops when halt says so */
    const atomic_int *halt;
    uint64_t seed, run, step;
    uint8_t *active;                               /* [n] */
    int64_t *V;                                    /* [n]; not for homogeneous networks */
    int64_t *count;                                /* [n_pop]: how many are active */
    uint32_t *list;                                /* [n]: flips of a step, or active or inactive neurons */
    size_t flips[256];                             /* of each worker */
    uint64_t *limit;                               /* homogeneous: [n_pop][2], a step's probabilities */
    uint64_t events, synaptic_events, visits[256]; /* flips; synapses gone through, those of a push by worker */
    double time, next;                             /* continuous: of the next event */
    uint64_t ahead[4 * BNI_AHEAD], block_of;       /* random words of steps to come */
    uint32_t selected[2 * BNI_AHEAD];
    int bad;
    /* where rows are drawn anew */
    uint32_t *col;   /* [workers][n] */
    uint64_t *taken; /* [workers][n / 64 + 1] */
    /* of a push */
    int16_t *counter; /* [workers][wiring.longest] */
    size_t listed;
    int sign;
    atomic_size_t turn;
    atomic_int stopped;
} bni_walk;

double bni_walk_bytes(const binnet_sim *sim, int workers);
/* team: NULL, or what synchronous steps are shared by. */
int32_t bni_walk_new(binnet_ctx *ctx, bni_walk **out, const binnet_sim *sim, bni_team *team);
void bni_walk_free(const bni_allocator *mem, bni_walk *walk);
/* Trajectory number `run` from its start: 0 all silent, 1 all active, others at random; or from `state`. */
int32_t bni_walk_start(bni_walk *walk, uint64_t run, const uint8_t *state);
/* So many steps, or to a time. Polls without moving the progress on. */
int32_t bni_walk_steps(bni_walk *walk, uint64_t steps);
int32_t bni_walk_until(bni_walk *walk, double time);
/* What went wrong on the way, with a message unless ctx is NULL. */
int32_t bni_walk_check(binnet_ctx *ctx, const bni_walk *walk);
/* Calling thread: the hook; others: whether it is to stop. */
static inline int32_t bni_walk_poll(const bni_walk *walk)
{
    if (walk->ctx != NULL)
        return bni_poll(walk->ctx, -1);
    return atomic_load(walk->halt) ? BINNET_E_INTERRUPTED : BINNET_OK;
}
/* Of a small network: the number of its state. */
uint64_t bni_walk_state(const bni_walk *walk);

/* --- potentials along trajectories (trajectory_potentials.c) --- */

/* gcc takes a function that does nothing but fetch for one without effect, and drops its calls. */
#define BNI_FETCHES static inline __attribute__((always_inline)) void

/* Of all, in the present state, in which so many are active; where rows are drawn anew and neurons updated one by one, none. */
int32_t bni_walk_sum_potentials(bni_walk *walk, int64_t active);
/* Of those that neuron j leads to, which has changed; of those that the listed ones lead to, which have. */
void bni_walk_push_neuron(bni_walk *walk, size_t j);
int32_t bni_walk_push_flips(bni_walk *walk);
/* Of neuron i in the present state, from its inputs, which are drawn again; how many these are. */
uint64_t bni_walk_redraw_potential(const bni_walk *walk, int worker, size_t i);

/* --- samples in batches (batches.c) --- */

enum { BNI_BATCHES = 64 };

typedef struct bni_batches {
    size_t k, n_pop, n_lags, depth;
    const int32_t *neuron; /* [k] */
    const uint64_t *lag;   /* [n_lags] */
    const int64_t *size;   /* [n_pop] */
    uint64_t *history;     /* [depth][k]: word 0 is being filled, 64 samples each */
    uint64_t seen;         /* samples, those that only fill the history too */
    uint64_t length, in_batch;
    size_t count;
    int flushed;        /* bits of word 0 */
    uint32_t *sum;      /* [BNI_BATCHES][k] */
    uint32_t *product;  /* [BNI_BATCHES][n_lags][k][k] */
    double *population; /* [BNI_BATCHES][2][n_pop]: share active, its square */
} bni_batches;

double bni_batches_bytes(const bni_batches *b);
int32_t bni_batches_make(binnet_ctx *ctx, bni_batches *b);
void bni_batches_release(const bni_allocator *mem, bni_batches *b);
/* Samples that only fill the history. */
uint64_t bni_batches_warm(const bni_batches *b);
/* One sample; counted: it goes into a batch. */
void bni_batches_add(bni_batches *b, const bni_walk *walk, int counted);
/* Halves the number of full batches. */
void bni_batches_merge(bni_batches *b);

/* --- standard errors (standard_error.c) --- */

/* Of the mean of batch means z[runs][count], autocorrelated within a run. */
double bni_standard_error(const double *z, size_t runs, size_t count, double *mean);

#endif
