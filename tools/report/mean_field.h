/* Mean fields of a network beside the exact answer, ready to be shown and written. */
#ifndef TOOL_MEAN_FIELD_H
#define TOOL_MEAN_FIELD_H

#include "settings/settings.h"
#include "sweep/sweep.h"

typedef struct mean_field_options {
    int input; /* BINNET_INPUT_*; 0: by the noise */
} mean_field_options;

/* A fixed point of the mean field. */
typedef struct mean_point {
    double radius, growth, error;
    int noisy; /* its covariances are there */
} mean_point;

/* The exact stationary law at one stimulus. */
typedef struct exact_point {
    double x;
    int known;
} exact_point;

typedef struct mean_field {
    const model *m;
    const options *o;
    int32_t input, update;
    int populations;
    binnet_mean_field *field;
    size_t n;    /* units */
    char **name; /* [n], those of the network */
    double seconds;
    /* at the stimuli of the network */
    size_t count;
    int complete;
    uint64_t boxes;
    char open[300]; /* why the list is not complete */
    mean_point *point;
    double *mean, *cov; /* [count][n], [count][n][n] between two different neurons of the units */
    int exact;          /* the stationary law is known: */
    double *exact_mean, *exact_cov;
    char without[160]; /* why not */
    /* along a stimulus */
    sweep line;        /* its axis and the bifurcation points without noise */
    double *direction; /* [n] */
    binnet_mean_branches *branches;
    size_t stimuli; /* where the exact law is asked for */
    exact_point *at;
    double *at_mean; /* [stimuli][n] */
} mean_field;

/* On standard output, and files PREFIX... (report_mean_field.c). */
void report_mean_field(const mean_field *f);
int mean_field_write(const mean_field *f, failure *why);
/* "stable", "synchronous only", ... */
const char *stability_text(double radius, double growth);
const char *special_text(int32_t kind);
/* The picture of --vary (plot/mean_field.c). */
int mean_field_plot(const mean_field *f, failure *why);

#endif
