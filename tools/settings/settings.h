/* The network of a file with what the command line changes; and the library's objects for it. */
#ifndef TOOL_SETTINGS_H
#define TOOL_SETTINGS_H

#include "settings/options.h"

typedef struct model {
    network net;
    binnet_ctx *ctx;
    binnet_net *object;
    binnet_noise *noise; /* model_chain only */
    binnet_chain *chain;
    int32_t update;
    int may_lump; /* set before model_chain: its chain may be one of occupation numbers, when the network is large */
    double dof;   /* of the noise: Student t */
    const noise_choice *choice;
} model;

/* Reads the network and applies thresholds, stimuli, normalisation and tie rule; makes ctx and object. */
int model_read(model *m, const options *o, failure *why);
/* More neurons than that in homogeneous populations are lumped where that may be. */
enum { LUMPED_ABOVE = 20 };
/* Noise alone, from the options, or else from the file, or else none. */
int model_noise(model *m, const options *o, failure *why);
/* Update rule and noise, from the options or else from the file; and the chain besides. */
int model_update_and_noise(model *m, const options *o, failure *why);
/* Noise and chain, from the options or else from the file. */
int model_chain(model *m, const options *o, failure *why);
void model_free(model *m);

/* A code of the library as a failure of the command. */
int library_failure(failure *why, const binnet_ctx *ctx, int32_t status);

/* Noise of neuron i, as its scale. */
double model_scale(const model *m, size_t i);

#endif
