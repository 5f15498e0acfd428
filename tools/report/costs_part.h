/* The smaller chain that is solved for an estimate, and what its time says of the whole: of neurons (costs.c) and of populations
 * (costs_lumped.c). */
#ifndef TOOL_COSTS_PART_H
#define TOOL_COSTS_PART_H

#include "report/costs.h"

typedef struct cost_part {
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
} cost_part;

void cost_part_free(cost_part *p);
/* Of a part of so many neurons that was solved in so many seconds and steps; ratio: how much more work the whole is. */
cost cost_scaled(size_t neurons, double seconds, double steps, double ratio);

#endif
