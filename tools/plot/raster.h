/* A raster of simulated neurons, and the activity of populations below it. */
#ifndef TOOL_RASTER_H
#define TOOL_RASTER_H

#include "settings/options.h"

typedef struct raster {
    size_t samples, neurons, n_pop;
    const uint8_t *active;     /* [samples][neurons] */
    const int32_t *population; /* [neurons]: of those shown */
    const int32_t *neuron;     /* [neurons]: their numbers */
    char *const *label;        /* [neurons]: their names; NULL: numbers are written at some */
    char *const *name;         /* [n_pop] */
    const char *title, *about; /* above it */
    const char *time;          /* what the axis counts */
    double step;               /* between samples, on that axis */
} raster;

/* Draws the file of --plot. */
int plot_raster(const raster *r, const options *o, failure *why);

#endif
