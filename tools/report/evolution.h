/* A law on its way: means at many times, laws at some. */
#ifndef TOOL_EVOLUTION_H
#define TOOL_EVOLUTION_H

#include "settings/settings.h"

typedef struct evolution_options {
    const char *from, *schedule, *snapshots;
    int64_t steps;
    setting_list rates; /* continuous time */
} evolution_options;

/* The most probable states at a time. */
typedef struct snapshot {
    uint64_t time;
    uint64_t *state;     /* [top] */
    double *probability; /* [top] */
    double entropy;      /* nats */
} snapshot;

typedef struct evolution {
    model *m;
    const options *o;
    double events;    /* in a unit of time, all neurons together; 0: time is in steps */
    binnet_set *from; /* the states of the start; NULL: the stationary law */
    binnet_schedule *schedule;
    uint64_t *change; /* [changes]: times at which the schedule changes; NULL: none */
    size_t changes;
    size_t times, top, snapshots;
    uint64_t *time;   /* [times], rising */
    double *mean;     /* [times][n] */
    double *moved;    /* [times]: half of sum |p(t) - p(last)|, for the picture */
    double *followed; /* [times][shown]: probabilities of some states, for the picture */
    uint64_t *shown_state;
    size_t shown;
    snapshot *snapshot;
    double error; /* bound on the relative error of a probability at the end; continuous: on the sum of all errors */
    double seconds;
} evolution;

int evolution_write(const evolution *e, failure *why);
int evolution_plot(const evolution *e, failure *why);

#endif
