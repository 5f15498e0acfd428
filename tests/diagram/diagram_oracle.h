/* What a diagram is compared with: all states simulated at one point, and plain depth-first search. Its own
 * arithmetic. */
#ifndef DIAGRAM_ORACLE_H
#define DIAGRAM_ORACLE_H

#include "support/support.h"

enum { ORACLE_NEURONS = 16, ORACLE_AXES = 6 };

/* A network as the oracle has it. */
typedef struct wiring {
    size_t n, axes;
    int32_t tie;
    int grid; /* 0: reals */
    int32_t axis[ORACLE_NEURONS];
    double J[ORACLE_NEURONS * ORACLE_NEURONS], M[ORACLE_NEURONS], theta[ORACLE_NEURONS], I[ORACLE_NEURONS];
} wiring;

/* Weights, thresholds and stimuli: small integers (grid 1), multiples of 1/4 (4), or uniform reals (0). */
wiring random_wiring(dice *d, size_t n, size_t axes, int32_t tie, int grid);
/* The same as a network of the library. */
binnet_net *net_of(binnet_ctx *ctx, const wiring *w);
/* Threshold current, in long double. */
long double current_of(const wiring *w, size_t i, uint64_t state);
/* Successor of a state at the stimuli I[axes]. */
uint64_t successor_of(const wiring *w, uint64_t state, const double *I);

/* Is what the diagram says at the point exactly what a simulation of all states finds there? */
void check_point(binnet_ctx *ctx, const binnet_diagram *d, const wiring *w, const double *I);
/* Are the lists exactly those of a plain depth-first search (periods up to most; 0: any)? Fixed points and cycles
 * with all their states, boxes and ends. */
void check_lists(const binnet_diagram *d, const wiring *w, uint64_t most);

#endif
