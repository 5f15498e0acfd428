/*
 * The arrangement of boxes on a line or in a plane: what the files of the regions share (regions.c collects the boxes,
 * arrangement.c sweeps them, outlines.c walks around the regions, bifurcations.c lists the points of one stimulus).
 */
#ifndef BNI_DIAGRAM_ARRANGEMENT_H
#define BNI_DIAGRAM_ARRANGEMENT_H

#include "core/core.h"

#include "binnet/regions.h"

/* A fixed point or cycle in the slice, cut to the window. One varying stimulus: lo[1], hi[1] are 0 and 1. */
typedef struct bni_slab {
    double lo[2], hi[2];
    double multiplicity; /* how many states, or cycles, it stands for; a whole number >= 1, or infinite */
    uint64_t index;      /* in the list of fixed points, or of cycles */
    uint64_t period;     /* 0: a fixed point */
    uint32_t kind;       /* 0: a fixed point, 1 + place of the period in the list of periods (set by bni_arrange) */
    int32_t broken;
} bni_slab;

/* Corners are places in the lists of coordinates. */
typedef struct bni_rectangle {
    uint32_t x0, x1, y0, y1;
    uint32_t region;
} bni_rectangle;

struct binnet_regions {
    bni_allocator mem;
    size_t axes;
    int32_t by;
    double window_lo[2], window_hi[2];
    size_t slabs, thin; /* thin: exist within the window on a segment or a point only; not among the slabs */
    bni_slab *slab;
    size_t size[2];
    double *coordinate[2]; /* rising */
    size_t periods;
    uint64_t *period; /* rising */

    size_t labels; /* each of `width` words: classes and states (a double) of each kind, and what is broken */
    uint64_t *label;
    size_t regions;
    uint32_t *label_of; /* [regions] */
    double *area;
    size_t *first_rectangle; /* [regions + 1] */
    bni_rectangle *rectangle;
    size_t *first_ring;   /* [regions + 1] */
    size_t *first_corner; /* [rings + 1] */
    uint32_t *corner;     /* two a corner */
};

/* Words of a label. */
size_t bni_label_width(const binnet_regions *r);

/* Sweeps r->slab; fills everything behind it up to rectangle. */
int32_t bni_arrange(binnet_ctx *ctx, binnet_regions *r);
/* Fills the rings of two varying stimuli. */
int32_t bni_rings(binnet_ctx *ctx, binnet_regions *r);
/* Bytes that both allocate at least, for n boxes. */
double bni_arrange_bytes(size_t n);

/* Words in the order of the doubles; -0 is 0. Not for NaN. */
uint64_t bni_key_of(double x);

#endif
