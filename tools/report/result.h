/* What a stationary law gave, ready to be shown and written. */
#ifndef TOOL_RESULT_H
#define TOOL_RESULT_H

#include "settings/settings.h"

typedef struct result {
    const model *m;
    const options *o;
    const binnet_law *law;
    double *mean, *covariance, *correlation; /* [n], [n][n]; of spins when asked for */
    int undefined;                           /* some variance is 0: NaN in correlation */
    size_t top;
    uint64_t *state;
    double *probability;
    double entropy; /* nats */
    double seconds;
} result;

/* The stationary law of --class, or of the chain; several classes are listed on standard output (solve.c). */
int solve_law(binnet_law **out, double *seconds, const model *m, const options *o, failure *why);
/* On standard output: what it would cost. */
int report_estimate(const model *m, failure *why);

int result_make(result *r, const model *m, const options *o, const binnet_law *law, failure *why);
void result_free(result *r);

/* 0/1 string of a state, the first neuron leftmost; text[n + 1]. */
char *state_bits(char *text, uint64_t state, size_t n);

/* "gaussian, scale 0.5", or the range of the scales; returns text. */
char *noise_text(char text[100], const model *m);
/* "stationary law, asynchronous update, noise ..., residual 1e-17", for pictures; returns text. */
char *law_text(char text[200], const model *m, const binnet_law *law);
/* On standard output (report.c). */
void report_network(const model *m, const options *o);
/* "BLAS           ..." with a warning where it is slow or for one worker only (also for --version). */
void report_blas(void);
/* How a law was found, and how good it is. */
void report_solved(const binnet_law *law, double seconds);
void report_result(const result *r);
/* Files PREFIX... (write_result.c); what was written goes to standard output unless --quiet. */
int result_write(const result *r, failure *why);
/* The picture of --plot (stationary.c). */
int result_plot(const result *r, failure *why);

#endif
