/* Groups of neurons on the command line: "A,B,C", names of neurons and populations. */
#ifndef TOOL_GROUPS_H
#define TOOL_GROUPS_H

#include "settings/settings.h"

/* Different neurons, in the order given. */
typedef struct neuron_group {
    size_t count;
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
} neuron_group;

/* "NAME", "neuron:NAME" or "population:NAME". EXIT_USAGE when there is none, or when NAME is a neuron and another
 * population; option is for the message. */
int group_named(neuron_group *out, const model *m, const char *option, const char *text, failure *why);
/* Several, with commas between; names may have commas of their own. EXIT_USAGE too when a neuron comes twice. */
int group_read(neuron_group *out, const model *m, const char *option, const char *text, failure *why);
/* The same where a neuron may come twice. */
int group_read_tuple(neuron_group *out, const model *m, const char *option, const char *text, failure *why);
void group_all(neuron_group *out, size_t n);
/* Populations of the network, 0: it has none; and the neurons of one. */
size_t population_count(const network *net);
void group_population(neuron_group *out, const model *m, size_t population);
/* A neuron that is in both, or -1. */
int32_t group_common_neuron(const neuron_group *a, const neuron_group *b);
/* "A, B, C", or "all 20 neurons", cut off where it is longer than the text; returns text. */
char *group_text(char *text, size_t size, const neuron_group *of, const network *net);

#endif
