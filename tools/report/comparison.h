/* Approximations beside the exact answer, ready to be shown and written. */
#ifndef TOOL_COMPARISON_H
#define TOOL_COMPARISON_H

#include "settings/settings.h"

typedef struct compare_options {
    int reference; /* BINNET_REFERENCE_* */
    double precision;
} compare_options;

enum { COMPARISON_QUANTITIES = 3, COMPARISON_METHODS = 32 };

typedef struct comparison {
    const model *m;
    const options *o;
    binnet_comparison *found;
    size_t methods;
    double *mean, *cov, *lagged; /* [methods + 1][n], [..][n][n]; the last are the standard errors */
    double rms[COMPARISON_METHODS][COMPARISON_QUANTITIES]; /* NaN where there is none */
    double largest[COMPARISON_METHODS][COMPARISON_QUANTITIES];
    double standard[COMPARISON_QUANTITIES]; /* root mean square of the standard errors */
} comparison;

/* "means", "covariances", "lagged covariances". */
extern const char *const comparison_quantity[COMPARISON_QUANTITIES];
/* Whether a method is for such noise and update at all: what it says of one neuron. applies[COMPARISON_METHODS] */
int comparison_methods(int applies[COMPARISON_METHODS], const model *m, failure *why);
/* On standard output (report_comparison.c). */
void report_comparison(const comparison *c);
/* Files PREFIX... (write_comparison.c). */
int comparison_write(const comparison *c, failure *why);
/* The picture of --plot (plot/comparison.c). */
int comparison_plot(const comparison *c, failure *why);

#endif
