/* The subcommands. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "settings/options.h"

int command_stationary(const options *o, failure *why);
int command_info(const options *o, failure *why);
int command_convert(const options *o, failure *why);
int command_attractors(const options *o, failure *why);
int command_diagram(const options *o, failure *why);
int command_fixed_points(const options *o, failure *why);
int command_permanent(const options *o, failure *why);
int command_order(const options *o, failure *why);
int command_ensemble(const options *o, failure *why);

#endif
