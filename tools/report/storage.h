/* What `binnet store` found, for its tables and its picture. */
#ifndef TOOL_STORAGE_REPORT_H
#define TOOL_STORAGE_REPORT_H

#include "settings/patterns.h"
#include "settings/settings.h"

/* One recall curve: of a path, by distance. */
typedef struct recall_curve {
    size_t path, distances;
    size_t *distance;                  /* [distances] */
    double *mean, *low, *high, *worst; /* [distances] after the last step; exact: low = high = mean */
    int exact;
} recall_curve;

typedef struct storing {
    const options *o;
    binnet_ctx *ctx;
    patterns p;
    size_t L;
    uint8_t *from, *to;            /* [L][n] */
    size_t *path, *step;           /* [L] which path a transition is of */
    double *margin, *J;            /* [L][n] wanted, or NULL; [n][n] */
    double *probability, *failure; /* [L], with noise */
    binnet_storage *s;
    int32_t status; /* of binnet_store */
    binnet_noise *noise;
    binnet_net *net;
    recall_curve *curve; /* [curves] */
    size_t curves;
    int64_t steps, runs; /* of recall curves; runs also of basins */
} storing;

void storage_report(const storing *s);
void storage_report_result(const storing *s, int rule);
/* Which neuron is not stored, by which lines of the file, what to change: for BINNET_E_UNMET. */
int storage_unmet(const storing *s, failure *why);
/* Of the dynamics without noise: basins of what is stored, spurious attractors. */
void report_basins(const storing *s);
/* The names of a path with arrows between them. */
void print_path(const patterns *p, const pattern_path *path);
/* Wilson's interval of 95 % of a fraction p; of a mean of what lies in 0..1 it is at least as wide as it should be. */
void wilson_interval(double *low, double *high, double p, double runs);
int storage_plot(const storing *s, failure *why);

/* Runs of the network from a cue. */
typedef struct recalled {
    const options *o;
    const network *net;
    size_t n, width, times; /* times: steps + 1 */
    const uint8_t *state;   /* [times][n] */
    const patterns *known;  /* NULL: none */
} recalled;

int recall_plot(const recalled *r, failure *why);
/* The nearest known pattern; -1: none. */
int64_t nearest_pattern(const patterns *known, const uint8_t *state, size_t *distance);

#endif
