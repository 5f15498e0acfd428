/*
 * Deterministic dynamics inside this folder: successors of single states and of all states, the attractors object.
 */
#ifndef BNI_ATTRACTORS_H
#define BNI_ATTRACTORS_H

#include "core/core.h"
#include "kernels/kernels.h"
#include "model/model.h"

#include "binnet/attractors.h"

/* --- single states (successor.c) --- */

/* What decides the successors of single states; for at most BINNET_MAX_NEURONS neurons. */
typedef struct bni_successor {
    size_t n;
    int32_t tie;
    double *w;             /* [n][n] weights into each neuron; the one block that is allocated */
    double *M, *theta, *I; /* [n] */
    double *base,
        *margin; /* [n] rounded M (I - theta); beyond the margin a rounded sum has the sign of the exact one */
} bni_successor;

double bni_successor_bytes(size_t n);
int32_t bni_successor_new(binnet_ctx *ctx, bni_successor *rows, const binnet_net *net);
void bni_successor_free(const bni_allocator *mem, bni_successor *rows);
/* The successor of a state. */
uint64_t bni_successor_next(const bni_successor *rows, uint64_t state);
/* A network whose states are numbered, and a state of it. */
int32_t bni_need_states(binnet_ctx *ctx, size_t n, size_t most);
int32_t bni_need_state(binnet_ctx *ctx, size_t n, uint64_t state, const char *name);

/* --- all states (successor_map.c) --- */

/* The low neurons, whose joint activities are tabulated: a block is the 2^BNI_LOW_BITS states that differ in them. */
enum { BNI_LOW_BITS = 12 };

typedef struct bni_successor_map {
    bni_allocator mem;
    const bni_dynamics_kernels *kern;
    size_t n, count, words; /* neurons, states in a block, words of an exact drive, the highest first */
    size_t workers;
    size_t ld; /* count and some more, so that the rows of `rank` do not share lines of the cache */
    int low_bits;
    int32_t tie;
    uint64_t blocks;
    uint64_t *value; /* [n][words][count] contributions of the low neurons, rising */
    uint64_t *minus; /* [n][1 + n - low_bits][words] minus M (I - theta), minus the weights of the high neurons */
    uint16_t *order; /* [n][count] low state at each rank */
    int16_t *rank, *rank_memory; /* [n][ld] rank of each low state */
    uint32_t *next;              /* [workers][count] */
    int16_t *below;              /* [blocks][n] the highest rank that leaves a neuron silent; set by the first sweep */
    int swept;
} bni_successor_map;

double bni_successor_map_bytes(const binnet_net *net, int workers);
int32_t bni_successor_map_new(binnet_ctx *ctx, bni_successor_map **out, const binnet_net *net, int workers);
void bni_successor_map_free(bni_successor_map *ranks);
/* The ranks of neuron i whose drive is exactly 0 in this block: from .. to - 1. */
void bni_successor_map_ties(const bni_successor_map *ranks, uint64_t block, size_t i, size_t *from, size_t *to);

/* Called by a worker with the successors next[count] of the states block * count + k. */
typedef void (*bni_visit)(void *arg, int worker, uint64_t block, const uint32_t *next);
/* All blocks, each once, in any order. */
int32_t bni_successor_map_sweep(binnet_ctx *ctx, bni_successor_map *ranks, bni_team *team, bni_visit visit, void *arg);

/* --- memory as it becomes known (attractors.c) --- */

/* Bytes in use by the running call, against the limit of the ctx. */
typedef struct bni_budget {
    double used;
} bni_budget;

int32_t bni_budget_take(binnet_ctx *ctx, bni_budget *budget, double bytes, const char *what);
/* Room for one more: item array p of `n` items; doubles it when full. BNI_LIST_ROOM items at first. */
enum { BNI_LIST_ROOM = 256 };
int32_t bni_list_grow(binnet_ctx *ctx, bni_budget *budget, uint32_t **p, size_t n, size_t *room);

/* --- the graph of successors (functional_graph.c) --- */

/* The attractors and the classes of states that are equally far from one. */
typedef struct bni_flow {
    size_t n_attractors, n_cyclic, n_classes;
    uint32_t *first;  /* [n_attractors] where its states begin in `cyclic`, in reverse order of time */
    uint32_t *cyclic; /* [n_cyclic] states */
    uint32_t *root;   /* [n_attractors] class of its states */
    uint32_t *up;     /* [n_classes] class one step farther, or 0 */
    uint32_t *size;   /* [n_classes] states in it */
    size_t attractor_room, root_room, cyclic_room, up_room, size_room;
} bni_flow;

double bni_graph_bytes(size_t n, int workers);
int32_t bni_flow_find(binnet_ctx *ctx, bni_flow *flow, bni_successor_map *ranks, bni_team *team, bni_budget *budget);
void bni_flow_free(const bni_allocator *mem, bni_flow *flow);

/* --- the object --- */

struct binnet_attractors {
    bni_allocator mem;
    bni_successor rows;
    size_t n, n_pop;
    int32_t update;
    int32_t *pop; /* [n] */
    size_t count, n_states;
    uint32_t *first;        /* [count + 1] where its states begin */
    uint32_t *state;        /* [n_states] */
    uint64_t *where;        /* [n_states] state << 32 | attractor, rising */
    uint64_t *basin, *weak; /* [count]; synchronous: one array */
    uint32_t *longest;      /* [count], synchronous */
    uint64_t *steps;        /* [count], synchronous: sum of the transients of the basin */
};

/* An object with everything but what is counted by attractor and state; of that the memory, not set, but first[0]. */
double bni_attractors_bytes(const binnet_net *net, int32_t update, size_t count, size_t n_states);
int32_t bni_attractors_make(binnet_ctx *ctx, binnet_attractors **out, const binnet_net *net, int32_t update,
                            size_t count, size_t n_states);
/* Fill `where` from first and state. */
int32_t bni_attractors_index(binnet_ctx *ctx, binnet_attractors *a);

#endif
