/*
 * Inside of stationary: probabilities of reaching states.
 */
#ifndef BNI_STATIONARY_COMMITTOR_H
#define BNI_STATIONARY_COMMITTOR_H

#include "stationary/stationary.h"

/* Relative error of a transition, and of sums over many, by rounding. */
double bni_transition_rounding(const binnet_chain *chain);
/* By elimination: q(s) = Pr(state b is met before a), rest = 1 - q, both of them with a small relative error (committor.c). */
int32_t bni_committor(binnet_ctx *ctx, double *q, double *rest, const binnet_chain *chain, size_t a, size_t b);
double bni_committor_bytes(size_t n);

#endif
