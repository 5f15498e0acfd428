/* The subcommands. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "options.h"

int command_stationary(const options *o, failure *why);
int command_info(const options *o, failure *why);
int command_convert(const options *o, failure *why);
int command_permanent(const options *o, failure *why);
int command_order(const options *o, failure *why);

#endif
