/* What `binnet ensemble` finds out about an ensemble, ready to be shown and written. */
#ifndef TOOL_ENSEMBLE_H
#define TOOL_ENSEMBLE_H

#include "settings/ensembles.h"
#include "settings/options.h"
#include "settings/progress.h"

/* A class of states with its figures. */
typedef struct class_row {
    const int64_t *active;                    /* [n_pop] */
    double states, log_expected, probability; /* probability: of one state (occurrence) */
    double log_probability;                   /* of one state (fixed points) */
} class_row;

/* A figure with its sampled value. */
typedef struct check_row {
    char what[40];
    double want, mean, error;
} check_row;

/* Longest cycles that are looked for. */
enum { MOST_PERIOD = 8, MOST_CHECKS = MOST_PERIOD + 2 };

/* What is asked for, points of a side of the diagram's grid, networks drawn. */
typedef struct ensemble_options {
    int fixed_points, variance, occurrence, mean_diagram;
    int64_t cycles, grid, samples, seed;
} ensemble_options;

typedef struct ensemble_result {
    const options *o;
    const ensemble_options *own;
    const ensemble_file *e;
    binnet_ctx *ctx;
    binnet_ensemble *object;
    double mean, variance, variance_error; /* of the number of fixed points; variance NaN when not asked for */
    class_row *fixed;
    size_t n_fixed;
    int64_t *fixed_active;
    double cycles[MOST_PERIOD + 1], cycles_error[MOST_PERIOD + 1]; /* by period; from 2 to longest */
    int longest;
    double occurring; /* expected states that occur for some stimuli */
    class_row *occurs;
    size_t n_occurs;
    int64_t *occurs_active;
    size_t n_axes;
    int32_t *axis; /* [n_pop]: of the diagram and of occurrence */
    size_t pop[2]; /* populations of the diagram's axes */
    double lo[2], hi[2], *x[2], *grid;
    size_t points[2];
    check_row check[MOST_CHECKS];
    size_t checks;
    int64_t networks;
    double seconds;
} ensemble_result;

void ensemble_report(const ensemble_result *r);
int ensemble_write(const ensemble_result *r, failure *why);

/* The lines of a picture: mean bifurcation points of frequent classes. NULL on failure; the bar runs meanwhile. */
typedef struct outline_list outline_list;
int32_t ensemble_outlines(outline_list **out, const ensemble_result *r, progress *p);
void ensemble_outlines_free(outline_list *lines);
int ensemble_plot(const ensemble_result *r, outline_list *lines, failure *why);

#endif
