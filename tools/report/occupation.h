/* What a stationary law of occupation numbers gave: of populations, and of their neurons. */
#ifndef TOOL_OCCUPATION_H
#define TOOL_OCCUPATION_H

#include "settings/settings.h"

typedef struct occupation {
    const model *m;
    const options *o;
    const binnet_law *law;
    size_t n_pop;
    double *mean, *covariance; /* [n_pop], [n_pop][n_pop]: of two different neurons, NaN where there are none */
    double **activity;         /* [n_pop][size + 1] */
    size_t top;
    uint64_t *state;            /* most probable ones */
    double entropy, of_numbers; /* nats */
    double seconds;
} occupation;

int occupation_make(occupation *r, const model *m, const options *o, const binnet_law *law, failure *why);
void occupation_free(occupation *r);
/* On standard output; files PREFIX...; the picture of --plot. */
void report_occupation(const occupation *r);
int occupation_write(const occupation *r, failure *why);
int occupation_plot(const occupation *r, failure *why);
/* Number of active neurons of population a in a state. */
uint64_t occupation_count(const model *m, uint64_t state, size_t a);

#endif
