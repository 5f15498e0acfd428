/*
 * Making simulators, inside of the room: what both ways of making one, of a network and of populations, share (simulator.c).
 */
#ifndef BNI_SIMULATE_SIMULATOR_H
#define BNI_SIMULATE_SIMULATOR_H

#include "simulate/simulate.h"

/* The buffers of one whose numbers are set. */
void bni_sim_buffers(bni_plan *plan, void *object);
/* The beginning of a call that makes one, and its arguments. */
int32_t bni_sim_begin(binnet_ctx *ctx, binnet_sim **out);
int32_t bni_sim_check_update(binnet_ctx *ctx, int32_t update);
int32_t bni_sim_check_rates(binnet_ctx *ctx, const double *v, size_t n, const char *name);
/* Walker's alias method, filled as Vose does: neuron k keeps a word below its limit, else its alias is drawn. */
int32_t bni_sim_fill_alias(binnet_ctx *ctx, binnet_sim *s, const double *weight, double sum);
/* What unit i is told of its weights, `times` of each (NULL: 1); w may be NULL with many == 0. */
int32_t bni_sim_set_unit(binnet_ctx *ctx, binnet_sim *s, size_t i, const double *w, const double *times, size_t many);

#endif
