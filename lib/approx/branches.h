/*
 * Branches of fixed points of a mean field, inside of the room: the object, and the search that makes it.
 */
#ifndef BNI_BRANCHES_H
#define BNI_BRANCHES_H

#include "approx/continuation.h"

typedef struct bni_special_point {
    int32_t kind;
    size_t branch;
    double t, error, angle;
} bni_special_point;

struct binnet_mean_branches {
    bni_allocator mem;
    size_t n, count, points, specials, steps;
    double from, to;
    size_t *first;           /* [count + 1] */
    double *point;           /* [points][n + 3]: means, t, radius, growth */
    bni_special_point *list; /* [specials] */
    double *place;           /* [specials][n] */
    double *x;               /* [steps + 1] */
    size_t *found;           /* [steps + 1] */
    int32_t *complete;
};

static inline double bni_branch_stimulus(const binnet_mean_branches *b, double t)
{
    return t <= 0 ? b->from : t >= 1 ? b->to : b->from + t * (b->to - b->from);
}

/* A fixed point at one of the stimuli, on a branch or not yet. */
typedef struct bni_grid_mark {
    int visited; /* 2: the branch in hand began here */
} bni_grid_mark;

typedef struct bni_tracer {
    binnet_ctx *ctx;
    binnet_mean_branches *b;
    bni_curve curve;
    size_t n, steps;
    double *t;          /* [steps + 1] */
    size_t *grid_first; /* [steps + 2] into mark, of the proved ones */
    bni_grid_mark *mark;
    double *known; /* [marks][n] */
    size_t marks, mark_room, known_room;
    bni_curve_point now, then, trial, low, high, start; /* memory in `store` */
    double *store, *mean;
    size_t point_room, special_room, place_room, first_room;
    double bytes;
    int agree, followed, listed, closed;
    double trouble; /* x where the first thing went wrong */
} bni_tracer;

/* --- branch_tracing.c --- */

/* Something went wrong at t: `what` is one of agree, followed, listed. */
void bni_note_trouble(bni_tracer *r, int *what, double t);
/* The branch through known point `start` of grid line `line`. */
int32_t bni_trace_branch(bni_tracer *r, size_t line, size_t start);

#endif
