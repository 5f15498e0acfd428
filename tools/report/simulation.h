/* A simulated network: what was asked, and what was found. */
#ifndef TOOL_SIMULATION_H
#define TOOL_SIMULATION_H

#include "settings/ensembles.h"
#include "settings/settings.h"

#include <stdio.h>

/* Samples of a raster, unless it is said. */
enum { MOST_DRAWN_SAMPLES = 500 };

typedef struct simulate_options {
    int64_t steps, most_steps, every, burn_in, runs, seed, index, raster_samples;
    double precision;
    int ensemble, continuous, covariances, wiring, redraw;
    const char *raster;
} simulate_options;

typedef struct simulation {
    const options *o;
    model m;
    ensemble_file e; /* --ensemble */
    binnet_ctx *ctx; /* m.ctx, or its own */
    binnet_sim *sim;
    binnet_run *run;
    int32_t update;
    size_t n, n_pop, k;  /* k: neurons watched */
    int64_t *size;       /* [n_pop] */
    int32_t *population; /* [n] */
    double interval, seconds, made;
    uint64_t synapses, bytes; /* --estimate, of drawn populations; 0: the simulator is made */
    int unmixed;              /* the code was BINNET_E_NOCONV: what was reached is told */
    char why_not[300];        /* and what the library says to it */
    double *mean, *error, *effective, *cov, *cov_error;
    double *share, *share_error, *variance, *variance_error;
} simulation;

static inline const simulate_options *simulation_options(const options *o)
{
    return o->own;
}

/* Name of neuron i, of a population; what the network is called. */
const char *simulated_name(const simulation *s, size_t i, char text[300]);
const char *simulated_population(const simulation *s, size_t a);
const char *simulated_title(const simulation *s);
/* How far samples are apart. */
const char *simulation_interval(const simulation *s, char text[80]);

void simulation_print_run(const simulation *s);
void simulation_print_populations(const simulation *s);
void simulation_print_neurons(const simulation *s);
/* Lines above a table: of what, and how it came about. */
void simulation_about(FILE *f, const simulation *s, const char *what);
/* CSV files with the prefix of -o. */
int simulation_write(const simulation *s, failure *why);
/* --raster and --plot (simulation_rasters.c). */
int simulation_rasters(const simulation *s, failure *why);
int simulation_path_ends(const char *path, const char *end);

#endif
