/*
 * How far the stimuli may move before an attractor changes: down_i = min of h_i over its states after which neuron i is
 * active, up_i = min of -h_i over those after which it is silent; h_i exactly, then rounded.
 * Source: the boxes of [FP19] sec. 3 seen from inside: Lambda <= I < Xi with the threshold currents c_i = I_i - h_i.
 */
#include "attractors/attractors.h"

#include "num/exact.h"

#include "binnet/chain.h"

#include <math.h>

/* Lower down[group] and up[group], group = population or the neuron itself, by what one state asks for. */
static void narrow_margin(double *down, double *up, const int32_t *group, const bni_successor *r, uint64_t state,
                          uint64_t next)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t g = group != NULL ? (size_t)group[i] : i;
        double *side = next >> i & 1 ? down : up;
        if (side == NULL)
            continue;
        bni_exact e;
        bni_exact_drive(&e, r->w + i * r->n, r->n, state, r->M[i], r->I[i], r->theta[i]);
        double h = fabs(bni_exact_quotient(&e, r->M[i]));
        side[g] = h < side[g] ? h : side[g];
    }
}

static int32_t find_margins(binnet_ctx *ctx, double *down, double *up, size_t len, const binnet_attractors *a,
                            uint64_t k, const int32_t *group)
{
    enum { BETWEEN_POLLS = 64 };
    uint64_t period = binnet_attractors_period(a, k);
    for (size_t g = 0; g < len; g++) {
        if (down != NULL)
            down[g] = INFINITY;
        if (up != NULL)
            up[g] = INFINITY;
    }
    for (uint64_t t = 0; t < period; t++) {
        uint64_t state = binnet_attractors_state(a, k, t);
        uint64_t next = a->update == BINNET_UPDATE_SYNCHRONOUS ? binnet_attractors_state(a, k, (t + 1) % period)
                                                               : bni_successor_next(&a->rows, state);
        narrow_margin(down, up, group, &a->rows, state, next);
        if (t % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, (double)t / (double)period));
    }
    return BINNET_OK;
}

static int32_t check_attractor(binnet_ctx *ctx, const binnet_attractors *a, uint64_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, a, "the attractors"));
    if (k >= a->count)
        return bni_fail(ctx, BINNET_E_RANGE, "k is %llu, there are %zu attractors", (unsigned long long)k, a->count);
    return BINNET_OK;
}

int32_t binnet_attractors_margins(binnet_ctx *ctx, double *down, double *up, size_t n_pop, const binnet_attractors *a,
                                  uint64_t k)
{
    BNI_TRY(check_attractor(ctx, a, k));
    if (n_pop != a->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_pop is %zu, the network has %zu populations", n_pop, a->n_pop);
    return find_margins(ctx, down, up, n_pop, a, k, a->pop);
}

int32_t binnet_attractors_neuron_margins(binnet_ctx *ctx, double *down, double *up, size_t n,
                                         const binnet_attractors *a, uint64_t k)
{
    BNI_TRY(check_attractor(ctx, a, k));
    if (n != a->n)
        return bni_fail(ctx, BINNET_E_SIZE, "n is %zu, the network has %zu neurons", n, a->n);
    return find_margins(ctx, down, up, n, a, k, NULL);
}
