/*
 * The probability of a path of states, in numbers that do not underflow.
 */
#include "stationary/passage.h"

#include <math.h>

/* Pr(neuron i is active, or silent, after the state). */
static int32_t multiply_neuron(binnet_ctx *ctx, bni_wide *product, const binnet_chain *c, size_t i, uint64_t state,
                               int active)
{
    bni_wide p, q;
    if (!bni_firing_wide(c, &p, &q, i, state))
        return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    *product = bni_wide_mul(*product, active ? p : q);
    return BINNET_OK;
}

static int32_t path_transition(binnet_ctx *ctx, bni_wide *out, const binnet_chain *c, uint64_t from, uint64_t to)
{
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        uint64_t changed = from ^ to;
        *out = bni_wide_zero;
        for (size_t i = 0; i < c->n; i++) {
            if ((changed & ~(UINT64_C(1) << i)) != 0)
                continue; /* another neuron changes too */
            bni_wide term = bni_wide_of(c->select[i]);
            BNI_TRY(multiply_neuron(ctx, &term, c, i, from, (int)(to >> i & 1)));
            *out = bni_wide_add(*out, term);
        }
        return BINNET_OK;
    }
    uint64_t state = from; /* with the neurons updated so far as in `to` */
    *out = bni_wide_one;
    for (size_t s = 0; s < c->n_stages; s++) {
        uint64_t mask = 0;
        for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++) {
            size_t i = (size_t)c->stage_neuron[e];
            BNI_TRY(multiply_neuron(ctx, out, c, i, state, (int)(to >> i & 1)));
            mask |= UINT64_C(1) << i;
        }
        state = (state & ~mask) | (to & mask);
    }
    return BINNET_OK;
}

int32_t binnet_passage_path(binnet_ctx *ctx, double *p, double *log_p, const binnet_chain *chain, size_t count,
                            const uint64_t *state)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need_chain(ctx, chain));
    BNI_TRY(bni_chain_need_independent(ctx, chain, "the probability of a path"));
    BNI_TRY(bni_need(ctx, state, "state"));
    if (count < 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a path has one state or more");
    uint64_t S = UINT64_C(1) << chain->n;
    for (size_t k = 0; k < count; k++)
        if (state[k] >= S)
            return bni_fail(ctx, BINNET_E_RANGE, "state[%zu] is %llu, allowed is 0..%llu", k,
                            (unsigned long long)state[k], (unsigned long long)(S - 1));
    bni_wide product = bni_wide_one, step;
    for (size_t k = 0; k + 1 < count && product.m > 0; k++) {
        BNI_TRY(path_transition(ctx, &step, chain, state[k], state[k + 1]));
        product = bni_wide_mul(product, step);
        if (k % 256 == 0)
            BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    if (p != NULL)
        *p = bni_wide_double(product);
    if (log_p != NULL)
        *log_p = product.m > 0 ? log(product.m) + 512 * product.e * 0.69314718055994530942 : -INFINITY;
    return BINNET_OK;
}
