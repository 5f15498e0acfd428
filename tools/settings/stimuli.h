/* Sets of stimuli with a prior, for what responses say about them. */
#ifndef TOOL_STIMULI_H
#define TOOL_STIMULI_H

#include "settings/settings.h"

typedef struct stimulus_set {
    size_t count, columns;
    char **name;      /* [columns]: of neurons or populations */
    double *value;    /* [count][columns], as given */
    double *stimulus; /* [count][n]: of every neuron; where no column says it that of the network */
    double *prior;    /* [count], sum 1 */
    unsigned char heard[BINNET_MAX_CHAIN_NEURONS]; /* by which neurons */
} stimulus_set;

/* "NAME=V,V,V" or "NAME=V,V,V:W,W,W": one neuron, one population or all; priors behind the colon. */
int stimuli_read_text(stimulus_set *out, const model *m, const char *text, failure *why);
/* A CSV table: a stimulus a line, a column for each neuron or population that hears it, and `prior` where they differ. */
int stimuli_read_file(stimulus_set *out, const model *m, const char *path, uint64_t max_bytes, failure *why);
/* The same set for another network of the same neurons: those that no column names hear what they hear there. */
void stimuli_move(stimulus_set *s, const model *to);
void stimuli_free(stimulus_set *s);
/* "E=0.5, I=1", cut off where it is longer than the text; returns text. */
char *stimulus_text(char *text, size_t size, const stimulus_set *s, size_t k);

#endif
