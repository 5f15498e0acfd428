/* How the neurons of a stationary law vary together, at one time and between times, ready to be shown and written. */
#ifndef TOOL_CORRELATIONS_H
#define TOOL_CORRELATIONS_H

#include "settings/settings.h"

typedef struct correlate_options {
    text_list group, pair; /* as given */
    int64_t order;         /* 0: pairs, but a network of one neuron has none */
    int64_t lag, window;   /* -1, 0: not asked for */
    int potentials, populations, times, response;
} correlate_options;

typedef struct correlated_group {
    size_t k;
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    double correlation, moment, cumulant; /* NaN: not defined, or not known */
} correlated_group;

/* One of the strongest pairs or triples. */
typedef struct ranked_group {
    size_t neuron[3];
    double correlation, moment;
} ranked_group;

/* A curve of the correlogram: Corr(X_a(t), X_b(t + lag)). */
typedef struct neuron_pair {
    size_t a, b;
} neuron_pair;

enum { MOST_CURVES = 4 }; /* of those that nobody asked for */

typedef struct correlations {
    const model *m;
    const options *o;
    const correlate_options *own;
    const binnet_law *law;
    double seconds;
    int undefined;                           /* some variance is 0, or there is none */
    double *mean, *covariance, *correlation; /* [n], [n][n]; of activities or potentials */
    correlated_group *group;
    size_t groups;
    ranked_group *strongest; /* pairs, or triples with --order 3; the strongest first */
    size_t ranked;           /* all of them */
    /* --lag */
    double *lagged; /* [lag + 1][n][n]: Cov(X_i(t), X_j(t + l)) */
    neuron_pair *pair;
    size_t pairs;
    /* --populations: mean[p], variance on the diagonal of covariance[p][p] */
    size_t populations;
    int32_t *population; /* [n] */
    double *population_mean, *population_covariance, *population_correlation, *within, *population_fano;
    /* --window: counts */
    double *count_mean, *count_covariance, *fano, *population_count_fano;
    /* --times: [n], and of the mean activity of all neurons */
    double *time, time_of_all, time_error;
    /* --response: [n][n], of the mean of a by the stimulus of i */
    double *response, response_error;
} correlations;

/* Groups and pairs of the options, and whether all that is asked for can be had. Before the law is solved. */
int correlations_begin(correlations *c, const model *m, const options *o, failure *why);
int correlations_compute(correlations *c, const binnet_law *law, failure *why);
/* The same with progress on the terminal, and the time it took. */
int correlations_fill(correlations *c, const binnet_law *law, failure *why);
void correlations_free(correlations *c);

/* Corr(X_a(t), X_b(t + lag)) for -L <= lag <= L; NaN: not defined. */
double correlation_at(const correlations *c, neuron_pair pair, int64_t lag);
/* "activities A (0, 1)", "membrane potentials V" */
const char *variables_text(const correlations *c);
/* The same with its formulas, for files. */
const char *correlations_units(const correlations *c);
const char *population_name_of(const correlations *c, size_t a);
/* Names with commas between; returns text. */
char *members_text(char *text, size_t size, const correlations *c, size_t k, const int32_t *neuron);

void report_correlations(const correlations *c);
/* Files PREFIX... (write_correlations.c). */
int correlations_write(const correlations *c, failure *why);
/* The picture of --plot (plot/correlations.c). */
int correlations_plot(const correlations *c, failure *why);

#endif
