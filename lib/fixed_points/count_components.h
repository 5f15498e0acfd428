/*
 * The state of a count by components (count_components.c), which lists the fixed points too (list_counted.c).
 */
#ifndef BNI_FIXED_POINTS_COUNT_COMPONENTS_H
#define BNI_FIXED_POINTS_COUNT_COMPONENTS_H

#include "fixed_points/fixed_points.h"

typedef struct bni_frame {
    size_t from, length;                      /* its neurons in order */
    size_t mark, base;                        /* neurons decided before it, and after what choosing decided */
    size_t child, children_from, children_to; /* in range_from, range_length */
    double share;                             /* of the whole search */
    bni_tally sum, product;
    uint32_t generation, slot;          /* where to keep the result, while the cache is of that generation */
    int32_t neuron;                     /* -1: a root, no decision */
    unsigned char value, second, alive; /* alive: 1 + 2: there are fixed points with it inactive, active */
} bni_frame;

typedef struct bni_cached {
    uint64_t hash;
    bni_tally count;
    uint32_t at, length, generation;
    int32_t neuron;
    unsigned char alive, known;
} bni_cached;

typedef struct bni_counter {
    binnet_ctx *ctx;
    const bni_sparse *p;
    bni_search *s;
    bni_effort *e;
    bni_branch branch;
    int inexact; /* some row is rounded */

    int32_t *order, *buffer;            /* [n] */
    int32_t *range_from, *range_length; /* [2 n + 2] */
    uint32_t *seen_neuron, *seen_row;   /* [n] */
    uint32_t stamp;
    bni_frame *frames; /* [n + 3] */
    size_t depth;

    int32_t *key, *rows; /* [7 n + 2 + entries / 16], [n] */
    bni_cached *slots;   /* [n_slots], a power of two */
    int32_t *store;      /* [room] keys */
    size_t n_slots, room, used, kept;
    uint32_t generation;
    int32_t status; /* BINNET_E_NOMEM: the cache could not grow */
} bni_counter;

int32_t bni_counter_new(bni_counter *c, binnet_ctx *ctx, const bni_sparse *p, bni_effort *e);
void bni_counter_free(bni_counter *c);
/* frames[0].sum = all fixed points; the search is back where it started. BINNET_E_LIMIT: the work limit. */
int32_t bni_counter_run(bni_counter *c);
/* Sort the neurons of a frame by component; the components become its children. */
void bni_counter_split(bni_counter *c, bni_frame *f);
/* The topmost frame, a root that was split, is counted and removed; its sum stays. */
int32_t bni_counter_finish(bni_counter *c);
/* What was kept of a component that was branched on: the neuron, and which of its activities have fixed points; -1: not
 * kept. Sorts vars. */
int32_t bni_counter_recall(bni_counter *c, int32_t *vars, size_t count, unsigned char *alive);
/* Rows that were rounded and are complete since `mark` neurons were decided hold exactly. */
int bni_counter_rounded_hold(const bni_counter *c, size_t mark);
/* After BINNET_E_LIMIT: a lower bound, and the way to where it stopped (path[n]), as far as what was counted beside it
 * is part of the bound: a component that others wait for counts nothing yet, so that the way ends above it. */
void bni_counter_trace(const bni_counter *c, bni_tally *count, bni_decision *path, size_t *length);

/* Up to `target` fixed points into the list of f, after bni_counter_run found that many or more. */
int32_t bni_list(bni_counter *c, binnet_fixed_points *f, size_t target);
double bni_list_bytes(const binnet_net *net);

#endif
