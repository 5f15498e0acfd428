/* The membrane potentials of the stationary network, ready to be shown and written. */
#ifndef TOOL_POTENTIALS_H
#define TOOL_POTENTIALS_H

#include "settings/groups.h"

/* Of one neuron; NaN: does not exist. */
typedef struct potential {
    int32_t neuron;
    binnet_potential_marginal *law;
    uint64_t components;
    int single_values; /* no noise: the components are the values it takes */
    double scale, threshold, above;
    double mean, deviation;
    double least, most; /* of the table and the picture */
} potential;

typedef struct potentials {
    const model *m;
    const options *o;
    const binnet_law *law;
    double seconds, after;
    neuron_group group;
    potential *of;        /* [group.count] */
    char **name;          /* [group.count] */
    double *q, *quantile; /* [quantiles], [group.count][quantiles] */
    size_t quantiles;
    double *covariance, *correlation; /* [group.count][group.count] */
    int undefined;                    /* some moment or correlation does not exist */
} potentials;

typedef struct potential_options {
    const char *neuron, *quantiles;
    int64_t points;
} potential_options;

int potentials_plan(potentials *p, const model *m, const options *o, failure *why);
/* Everything, from the law of m->chain. */
int potentials_make(potentials *p, const binnet_law *law, failure *why);
void potentials_free(potentials *p);

void report_potentials(const potentials *p);
/* Files PREFIX... (write_potentials.c), the picture of --plot (plot/potentials.c). */
int potentials_write(const potentials *p, failure *why);
int potentials_plot(const potentials *p, failure *why);

#endif
