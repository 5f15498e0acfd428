/* How long it will take, measured: a part of the work is done and scaled up. */
#ifndef TOOL_COSTS_H
#define TOOL_COSTS_H

#include "settings/settings.h"

/* Seconds, from and to; to is infinite where only a lower limit is known, and from is 0 then where nothing is. `part`: neurons that were solved for it, and how
   long that took. */
typedef struct cost {
    double from, to;
    size_t part;
    double part_seconds;
} cost;

/* Of the stationary law of m->chain, with its ctx. Takes some tens of milliseconds, half a second of processor time at most. */
int cost_stationary(cost *out, const model *m, failure *why);
/* The same of a chain of homogeneous populations (costs_lumped.c). */
int cost_populations(cost *out, const model *m, failure *why);

/* What work takes on a machine that is not busy: the time that passes, or that of the processors where others held them. */
typedef struct stopwatch {
    double began, worked;
} stopwatch;
void stopwatch_start(stopwatch *w);
double stopwatch_seconds(const stopwatch *w);

/* Seconds of a step of the chain, the quickest of three; *seconds is 0 when it has more than `most` operations and is not tried. */
int32_t cost_step(double *seconds, binnet_ctx *ctx, const binnet_chain *chain, double most);
/* "0.02 s", "3 min", "5 h": one digit. */
char *duration_text(char text[32], double seconds);
/* "4 to 30 s", "20 s to 2 min", "more than 5 min", "less than 0.1 s". */
char *cost_text(char text[80], const cost *c);

#endif
