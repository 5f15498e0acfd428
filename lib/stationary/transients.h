/*
 * Inside of the folder: laws that evolve.
 */
#ifndef BNI_TRANSIENTS_H
#define BNI_TRANSIENTS_H

#include "stationary/stationary.h"

#include "binnet/transients.h"

/* Bound on what a step adds to the relative error of every probability. */
static inline double bni_step_error(const binnet_chain *chain)
{
    return (2 * (double)chain->n + 60 + 2 * chain->sensitivity) * 0x1p-53;
}

/* Divides by the sum, which has a relative error of some 2^-53 log2(S) (schedule.c). */
int32_t bni_law_normalise(binnet_ctx *ctx, double *p, size_t S);

/* Arguments of continuous time (uniformisation.c). */
int32_t bni_check_continuous(binnet_ctx *ctx, const binnet_chain *chain, double q);

#endif
