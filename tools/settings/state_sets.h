/* States and sets of states as the command line names them. */
#ifndef TOOL_STATE_SETS_H
#define TOOL_STATE_SETS_H

#include "settings/settings.h"

/* "0110", "01x0" (x: either), "attractor:2" (all states of it, without noise, all neurons at once), or several of them with
   commas between; the first neuron is leftmost. */
int states_named(binnet_set **out, const model *m, const char *option, const char *text, failure *why);

#endif
