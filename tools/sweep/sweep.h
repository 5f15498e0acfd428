/*
 * One or two parameters that vary (--vary), and what becomes of the stationary law: a table, a picture. A command says which
 * quantities it wants of the law at each point (a sweep_plan) and calls sweep_run, which does the rest.
 */
#ifndef TOOL_SWEEP_H
#define TOOL_SWEEP_H

#include "settings/groups.h"

/* --- quantities --- */

typedef struct sweep_quantity {
    char *name;         /* of the column: "correlation:E,I" */
    const char *family; /* those of one family have one panel of the picture; names may begin with it: "correlation" */
    const char *label;  /* of its axis */
    int drawn;          /* in the picture and the report; the files have all */
    int signs;          /* negative values are of the same importance as positive ones */
    double lo, hi;      /* of the axis; equal: as the values need */
} sweep_quantity;

typedef struct sweep_plan sweep_plan;
struct sweep_plan {
    sweep_quantity *quantity; /* [count] */
    size_t count;
    /* value[count] of a law; at: ctx, object, noise and chain are those of the point; NaN: not defined. */
    int (*evaluate)(double *value, const sweep_plan *plan, const model *at, const binnet_law *law, failure *why);
    const char *units; /* what the values are of, for the files; NULL: activities, or spins */
    const unsigned char
        *set;         /* [n]: neurons whose stimulus evaluate replaces, which therefore cannot vary; NULL: none */
    size_t more_laws; /* that evaluate solves at each point */
    const options *o;
    void *own;
};

/* Means of neurons and populations, and what --show names (quantities.c). */
int plan_moments(sweep_plan *out, const model *m, const options *o, failure *why);
void plan_moments_free(sweep_plan *plan);
/* What the options of binnet correlate name (correlation_quantities.c). */
int plan_correlations(sweep_plan *out, const model *m, const options *o, failure *why);
void plan_correlations_free(sweep_plan *plan);
/* Entropies, what --source and --target of binnet information or its populations tell of each other, and what a group tells of
 * stimuli (information_quantities.c). */
int plan_information(sweep_plan *out, const model *m, const options *o, failure *why);
void plan_information_free(sweep_plan *plan);

/* Errors of approximations, by method (comparison_quantities.c). */
int plan_comparisons(sweep_plan *out, const model *m, const options *o, failure *why);
void plan_comparisons_free(sweep_plan *plan);

/* --- parameters --- */

enum { VARY_STIMULUS, VARY_NOISE, VARY_NOISE_FACTOR, VARY_WEIGHTS };
enum { SWEEP_AXES = 2, SWEEP_POINTS = 1000000, SWEEP_MAPS = 16 };

typedef struct sweep_axis {
    int what; /* VARY_* */
    const char *name;
    neuron_group heard; /* VARY_STIMULUS */
    double lo, hi;
    size_t steps; /* values, both ends included */
} sweep_axis;

double axis_value(const sweep_axis *axis, size_t k);
/* "stimulus to E", "noise scale", "factor of the weights"; returns text. */
char *axis_text(char text[320], const sweep_axis *axis);

/* --- the result --- */

enum { SWEEP_NOTE = 120 };

typedef struct sweep_point {
    double residual, error; /* of the law; NaN without one */
    uint64_t steps;
    char *note; /* why there is no law; NULL: there is one */
} sweep_point;

/* A bifurcation point of the network without noise. */
typedef struct sweep_mark {
    double value;
    int broken; /* of states in which neurons that are alike differ */
} sweep_mark;

typedef struct sweep {
    const model *m;
    const options *o;
    const sweep_plan *plan;
    size_t axes;
    sweep_axis axis[SWEEP_AXES];
    size_t points;      /* the first axis runs fastest */
    double *value;      /* [points][plan->count] */
    sweep_point *point; /* [points] */
    size_t gaps;
    int interrupted; /* the points not reached are gaps */
    double seconds;
    /* without noise (bifurcations.c) */
    int stimulus_axis; /* one that varies a stimulus alone: its marks; -1: none */
    sweep_mark *mark;
    size_t marks;
    binnet_regions *regions; /* two stimuli: NULL otherwise */
    int cycles;              /* counted too: synchronous update */
    char unmarked[160];      /* why there is neither; "" */
} sweep;

/* --vary to axes (axes.c). */
int sweep_read(sweep *s, failure *why);
/* Bifurcation points or regions of the noiseless network; what cannot be had is left out and said (bifurcations.c). */
int sweep_mark_bifurcations(sweep *s, failure *why);
/* Everything: reading --vary, --estimate or solving, report, files of -o, picture of --plot. EXIT_STOPPED when a point has no
 * unique law, or none was found; files and picture are written all the same. */
int sweep_run(model *m, const options *o, const sweep_plan *plan, failure *why);
/* Files PREFIX_sweep.csv, PREFIX.json (write_sweep.c); pictures (plot/sweep_line.c, plot/sweep_map.c). */
int sweep_write(const sweep *s, failure *why);
/* "asynchronous update, noise gaussian, scale 0.5": what is the same at all points; returns text. */
char *sweep_about(char text[200], const sweep *s);
/* Least and largest of a quantity's values; 0 when there is none. */
int sweep_range(double *least, double *most, const sweep *s, size_t quantity);
/* Before the work: EXIT_USAGE when a picture has no place for what is drawn. */
int plot_sweep_possible(const sweep *s, failure *why);
int plot_sweep_line(const sweep *s, failure *why);
int plot_sweep_map(const sweep *s, failure *why);

/* --- a start from the laws before (extrapolation.c) --- */

typedef struct extrapolation extrapolation;
/* For laws of so many states; NULL: no memory, or not within `bytes`; the other functions take that. */
extrapolation *extrapolation_new(size_t states, double bytes);
void extrapolation_free(extrapolation *e);
void extrapolation_forget(extrapolation *e);
/* What comes next lies in another direction: only the last law counts. */
void extrapolation_turn(extrapolation *e);
/* The law at the next value, at equal distances. */
void extrapolation_add(extrapolation *e, const binnet_law *law);
/* What comes next; NULL: not known. */
binnet_law *extrapolation_next(binnet_ctx *ctx, extrapolation *e, size_t n);

#endif
