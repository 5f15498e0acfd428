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
    int64_t steps;
} storing;

void storage_report(const storing *s);
void storage_report_result(const storing *s, int rule);
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
