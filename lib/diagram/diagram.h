/*
 * The inside of bifurcation diagrams: the problem, ends of boxes, the lists, the tables of threshold currents.
 * Private to this folder.
 */
#ifndef BNI_DIAGRAM_H
#define BNI_DIAGRAM_H

#include <math.h>

#include "core/core.h"
#include "model/model.h"

#include "binnet/diagram.h"

/* A place where an axis is cut: just below the value v (above = 0), or just above it (1). A neuron fires for
 * stimuli above its cut; a side of a box is what lies between two cuts, never empty when the first is the lesser. */
typedef struct bni_cut {
    double v;
    int above;
} bni_cut;

static inline int bni_cut_less(bni_cut a, bni_cut b)
{
    return a.v < b.v || (a.v == b.v && a.above < b.above);
}

static inline bni_cut bni_cut_lowest(void)
{
    return (bni_cut){-INFINITY, 1};
}

static inline bni_cut bni_cut_highest(void)
{
    return (bni_cut){INFINITY, 0};
}

/* An array that grows with its list. */
typedef struct bni_grown {
    void *data;
    size_t size, room;
    uint64_t count;
} bni_grown;

struct binnet_diagram {
    bni_allocator mem;
    size_t n, axes, n_pop;
    int32_t tie;
    int classes;          /* solved by occupation numbers */
    int64_t *size;        /* [n_pop] neurons of each population */
    uint64_t *population; /* [n_pop] its neurons; NULL with more than BINNET_MAX_NEURONS */
    uint64_t *alike;      /* [n_alike] sets of neurons that are alike, of two or more */
    size_t n_alike;
    int fixed_complete;
    int64_t period_complete;
    double lists, beside; /* bytes of the lists, and of what else the running call holds */
    /* fixed points */
    bni_grown fixed_state;  /* uint64_t; in order */
    bni_grown fixed_active; /* int64_t[n_pop], classes only */
    bni_grown fixed_side;   /* bni_cut[axes][2] */
    /* cycles, in the order found */
    bni_grown cycle_first;   /* uint64_t: where its states begin */
    bni_grown cycle_state;   /* uint64_t */
    bni_grown cycle_active;  /* int64_t[n_pop] for each state, classes only */
    bni_grown cycle_side;    /* bni_cut[axes][2] */
    bni_grown cycle_members; /* double, classes only */
    uint64_t *order;         /* number of the k-th cycle */
};

/* How threshold currents are computed: by plain sums that are never rounded; in double-double, rounded at the end
 * only; in double-double with a proof of the rounding; or always by exact sums (magnitudes beyond 2^+-400). */
enum { BNI_GRID, BNI_PAIRS, BNI_DOUBLED, BNI_EXACT };

/* The network to be solved neuron by neuron, as dense arrays. */
typedef struct bni_stimulated {
    size_t n, axes;
    int32_t tie;
    const int32_t *axis;       /* [n] */
    double *J, *M, *theta, *I; /* [n][n], [n]: as given */
    double *w, *m;             /* [n][n], [n]: J and M, powers of two in M divided out */
    double *scale;             /* [n] |c_i| and all its partial sums are at most this */
    int arithmetic;
    double grid;              /* BNI_GRID: all are multiples of it */
    double steps, most_steps; /* elementary steps done, and allowed (infinite: any number) */
} bni_stimulated;

/* --- threshold currents (threshold_currents.c) --- */

/* The derived fields of p. BINNET_E_RANGE when a threshold current is beyond the range of double. */
int32_t bni_stimulated_prepare(binnet_ctx *ctx, bni_stimulated *p);
/* Next activity of a neuron whose stimulus is fixed. */
int bni_next_fixed(const bni_stimulated *p, size_t i, uint64_t state);
/* Cut of neuron i after a state. */
bni_cut bni_current_cut(const bni_stimulated *p, size_t i, uint64_t state);

/* Threshold currents of all states as ranks within their axis. Neurons are renumbered: those with fixed stimuli
 * first, then axis after axis. */
typedef struct bni_tables {
    size_t n, fixed, axes, width;
    size_t first[BINNET_MAX_AXES + 1];  /* axis a has the varying neurons first[a] .. first[a + 1] - 1, from 0 */
    int32_t neuron[BINNET_MAX_NEURONS]; /* original number of each */
    uint32_t *row;  /* [2^n][width]: the cuts of the varying neurons, > 0 and < UINT32_MAX, in order within each axis;
                     * then for each axis which of its neurons fire above the first k cuts, k = 0 .. their number */
    uint32_t *base; /* [2^n] next activities of the neurons with fixed stimuli, or NULL */
} bni_tables;

enum { BNI_TABLE_NEURONS = 26 };

/* Bytes of the tables, and what making them takes besides. */
double bni_tables_bytes(size_t n, size_t axes, const int32_t *axis, double *making);
int32_t bni_tables_make(binnet_ctx *ctx, bni_tables *t, const bni_stimulated *p);
void bni_tables_free(binnet_ctx *ctx, bni_tables *t);
/* State in the network's own numbering. */
uint64_t bni_tables_state(const bni_tables *t, uint64_t s);

/* --- components (components.c) --- */

/* A directed graph: node v leads to edge[first[v]] .. edge[first[v + 1] - 1], never to itself. */
typedef struct bni_digraph {
    size_t nodes, room; /* room: of edges */
    uint32_t *first, *edge;
    uint32_t *degree;    /* edges that lead to each node; lost by the search */
    uint32_t *component; /* of each node, 0 .. components - 1, or BNI_NO_COMPONENT */
    uint32_t *order;     /* [ordered] the nodes of components, one component after the other */
    size_t components, ordered;
    uint32_t *low, *stack, *call, *at;
} bni_digraph;

#define BNI_NO_COMPONENT UINT32_MAX

double bni_digraph_bytes(double nodes, double edges);
int32_t bni_digraph_make(binnet_ctx *ctx, bni_digraph *g, size_t nodes, size_t edges);
void bni_digraph_free(binnet_ctx *ctx, bni_digraph *g);
/* Components of two or more nodes, from nodes, first, edge and degree; polls with the fraction `done`. */
int32_t bni_digraph_components(binnet_ctx *ctx, bni_digraph *g, double done);

/* --- lists (lists.c) --- */

int32_t bni_diagram_add_fixed(binnet_ctx *ctx, binnet_diagram *d, uint64_t state, const int64_t *active,
                              const bni_cut (*side)[2]);
/* The least state must come first. */
int32_t bni_diagram_add_cycle(binnet_ctx *ctx, binnet_diagram *d, uint64_t period, const uint64_t *state,
                              const int64_t *active, double members, const bni_cut (*side)[2]);
/* Forget all but the first so many cycles (not of classes). */
void bni_diagram_shorten(binnet_diagram *d, uint64_t cycles);
/* Put the cycles in order. */
int32_t bni_diagram_sort(binnet_ctx *ctx, binnet_diagram *d);

/* --- the enumerations --- */

/* Each has its bytes beside the lists, within which it stays. */
int32_t bni_diagram_all_fixed(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p);
double bni_diagram_fixed_bytes(size_t n, size_t axes, int threads);
int32_t bni_diagram_all_cycles(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p);
double bni_diagram_cycles_bytes(size_t n, size_t axes, const int32_t *axis);
/* axis[n_pop] */
int32_t bni_diagram_all_classes(binnet_ctx *ctx, binnet_diagram *d, const binnet_net *net, const int32_t *axis);
double bni_diagram_classes_bytes(size_t n_pop, size_t axes);

#endif
