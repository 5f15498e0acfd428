/* Schedules of stimuli, weights and noise from a table. */
#ifndef TOOL_SCHEDULES_H
#define TOOL_SCHEDULES_H

#include "settings/settings.h"

/*
 * A CSV table, a line for each time from which something is another: the column `time` (the first line: 0), and any of: a neuron,
 * a population or `all` (stimuli), `weights` (a factor of all weights) and `noise` (a factor of all scales), where nothing
 * in the network is called so. What no column says is as in the network.
 */
int schedule_read(binnet_schedule **out, uint64_t **start, size_t *count, const model *m, const char *path,
                  uint64_t max_bytes, failure *why);
/* The network as it is, for ever. */
int schedule_constant(binnet_schedule **out, const model *m, failure *why);

#endif
