/* The leading eigenvalues of a chain, ready to be shown and written. */
#ifndef TOOL_SPECTRUM_H
#define TOOL_SPECTRUM_H

#include "settings/settings.h"

typedef struct spectrum_options {
    int64_t count, sets; /* sets 0: none */
} spectrum_options;

typedef struct eigenvalue {
    double re, im, bound, relaxation, shortest, longest, period, right, left, condition;
    double gap, gap_bound; /* 1 - lambda of a real one; NaN */
} eigenvalue;

typedef struct spectrum {
    const model *m;
    const options *o;
    binnet_spectrum *found;
    size_t count;
    eigenvalue *value;
    double *mean_re, *mean_im; /* [count][n]: sum over s of l(s) A_i(s), what a mode is to the mean of a neuron */
    double seconds;
    /* of --sets */
    size_t sets, states;
    int32_t *set; /* [states] */
    uint64_t *corner, *members;
    double *weight, *coarse, *coarse_re, *coarse_im, residual;
} spectrum;

/* On standard output (report_spectrum.c). */
void report_spectrum(const spectrum *s);
/* "3.2", "infinite", "-" where there is none; returns text. */
char *time_text(char text[32], double time);
/* Files PREFIX... (write_spectrum.c). */
int spectrum_write(const spectrum *s, failure *why);
/* The picture of --plot. */
int spectrum_plot(const spectrum *s, failure *why);

#endif
