/* The list of subcommands: one line each. Their tables and functions are in the file of the name. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "settings/options.h"

#define LIST_COMMANDS(_)                                                                                               \
    _(stationary)                                                                                                      \
    _(correlate)                                                                                                       \
    _(information)                                                                                                     \
    _(spectrum)                                                                                                        \
    _(compare)                                                                                                         \
    _(mean_field)                                                                                                      \
    _(potentials)                                                                                                      \
    _(evolve)                                                                                                          \
    _(passage)                                                                                                         \
    _(info)                                                                                                            \
    _(convert)                                                                                                         \
    _(attractors)                                                                                                      \
    _(diagram)                                                                                                         \
    _(fixed_points)                                                                                                    \
    _(permanent)                                                                                                       \
    _(order)                                                                                                           \
    _(ensemble)                                                                                                        \
    _(store)                                                                                                           \
    _(recall)                                                                                                          \
    _(capacity)

#define DECLARE_COMMAND(name) extern const command command_##name;
LIST_COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
