/* Making the synapses of a simulator. */
#ifndef BNI_SIMULATE_WIRING_H
#define BNI_SIMULATE_WIRING_H

#include "simulate/simulate.h"

/* Bytes of it and of making it, at most some. longest: few long blocks, for one neuron at a time. */
double bni_wiring_bytes(size_t n, size_t n_pop, double synapses, int width, int longest, int workers);
/* w has n and width; pop[n]; pop_first[n_pop + 1] where weights are constant (width 0), whose `constant` is the caller's to
 * set; else inverse_unit[n], and total[n], 0 before, is the sum of the weights into each. synapses: about how many. */
int32_t bni_wiring_make(binnet_ctx *ctx, bni_wiring *w, const bni_inputs *in, const int32_t *pop, size_t n_pop,
                        const int64_t *pop_first, double synapses, int longest, const double *inverse_unit,
                        int64_t *total);
void bni_wiring_free(const bni_allocator *mem, bni_wiring *w);

#endif
