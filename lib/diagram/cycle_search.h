/* The search for all cycles over all stimuli (cycles.c), and what lists the cycles of one component (component_cycles.c). */
#ifndef BNI_CYCLE_SEARCH_H
#define BNI_CYCLE_SEARCH_H

#include "diagram/diagram.h"
#include "kernels/kernels.h"

/* Most states of a component in which cycles are looked for by depth-first search before the cell is divided. */
enum { BNI_HUNTED = 64 };

/* A cell, in ranks: the stimuli from cut [a][0] to cut [a][1]. */
typedef uint32_t bni_cell[BINNET_MAX_AXES][2];

/* The list a state is in, by its stamp, and its number there. */
typedef struct bni_mark {
    uint32_t stamp, node;
} bni_mark;

/* What is known of a state in the last cell it was looked at. */
typedef struct bni_sight {
    uint32_t always; /* neurons that fire next all over the cell */
    uint32_t middle; /* places of the cuts inside the cell, in order within each axis */
} bni_sight;

/* A component that waits: its states come after those of the ones before, and are to be divided at a cut of an axis. */
typedef struct bni_waiting {
    uint32_t count, axis, cut;
} bni_waiting;

typedef struct bni_cycle_search {
    binnet_ctx *ctx;
    binnet_diagram *d;
    bni_stimulated *p;
    const bni_dynamics_kernels *kern;
    bni_tables t;
    bni_digraph g;
    size_t varying, axes;
    double size, branches;   /* states; most successors of one */
    uint64_t most;           /* longest cycles wanted */
    int full;                /* the work limit was reached */
    double done;             /* fraction */
    bni_cell box;            /* the present cell */
    uint32_t lo[32], hi[32]; /* the same for each varying neuron */
    uint32_t *states;        /* [2^n] permuted within the part of each cell */
    uint32_t *copy;          /* [2^n] the list as the nodes are numbered */
    bni_mark *mark;          /* [2^n] */
    bni_sight *sight;        /* [2^n] */
    uint32_t now;            /* last stamp given */
    uint32_t *next;          /* [branches + 4] of one state */
    uint32_t *reached;       /* a bit for each state */
    bni_waiting *waiting; /* a stack; components of different calls have no state in common, so 2^(n - 1) is enough */
    size_t n_waiting;
    uint32_t (*hunted)[2]; /* [BNI_HUNTED + 1][axes] a box for each depth of the search */
    uint64_t *cycle;       /* [2^n] */
} bni_cycle_search;

static inline const uint32_t *bni_cut_row(const bni_cycle_search *s, uint32_t state)
{
    return s->t.row + (size_t)state * s->t.width;
}

/* Which neurons of axis a fire above its first k cuts, k = 0, 1, ... */
static inline const uint32_t *bni_axis_sums(const bni_cycle_search *s, const uint32_t *row, size_t a)
{
    return row + s->varying + s->t.first[a] + a;
}

/* The one successor of a node within its component, or BNI_NO_COMPONENT when there are several. */
static inline uint32_t bni_only_successor(const bni_digraph *g, uint32_t v)
{
    uint32_t only = v;
    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
        uint32_t w = g->edge[e];
        if (g->component[w] != g->component[v] || w == only)
            continue;
        if (only != v)
            return BNI_NO_COMPONENT;
        only = w;
    }
    return only;
}

/* A component whose nodes have one successor each: it is listed when its box begins in the present cell. */
int32_t bni_list_simple_cycle(bni_cycle_search *s, const uint32_t *node, size_t count);
/* All cycles of a component of at most BNI_HUNTED states that begin in the present cell; *done = 0 when there is too much to follow,
 * and then none is listed. */
int32_t bni_list_small_component(bni_cycle_search *s, const uint32_t *node, size_t count, int *done);

#endif
