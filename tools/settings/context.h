/* A ctx as the options want it, for commands without a network. */
#ifndef TOOL_WORK_H
#define TOOL_WORK_H

#include "settings/options.h"

int work_ctx(binnet_ctx **out, const options *o, failure *why);

#endif
