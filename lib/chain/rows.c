/*
 * Single transition probabilities, rows and, for small chains, the whole matrix.
 * P(A'|A) = prod_i p_i(A)^{A_i'} (1 - p_i(A))^{1 - A_i'}, stage by stage.   Source: [FP19] sec. 2, [Gl63].
 */
#include "chain/chain.h"

#include <string.h>

static int32_t one(binnet_ctx *ctx, double *p, double *q, const binnet_chain *chain, size_t i, uint64_t state)
{
    if (bni_probability_states(chain, bni_kernels_get(), p, q, i, &state, 1))
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

int32_t bni_chain_transition(binnet_ctx *ctx, double *out, const binnet_chain *chain, uint64_t from, uint64_t to)
{
    double p, q;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        uint64_t changed = from ^ to;
        *out = 0;
        for (size_t i = 0; i < chain->n; i++) {
            uint64_t bit = UINT64_C(1) << i;
            if ((changed & ~bit) != 0)
                continue; /* another neuron changes too */
            BNI_TRY(one(ctx, &p, &q, chain, i, from));
            *out += chain->select[i] * (to & bit ? p : q);
        }
        return BINNET_OK;
    }
    double product = 1;
    uint64_t state = from; /* with the neurons updated so far as in `to` */
    for (size_t s = 0; s < chain->n_stages; s++) {
        uint64_t mask = 0;
        for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++) {
            size_t i = (size_t)chain->stage_neuron[e];
            BNI_TRY(one(ctx, &p, &q, chain, i, state));
            product *= to >> i & 1 ? p : q;
            mask |= UINT64_C(1) << i;
        }
        state = (state & ~mask) | (to & mask);
    }
    *out = product;
    return BINNET_OK;
}

int32_t binnet_chain_transition(binnet_ctx *ctx, double *out, const binnet_chain *chain, uint64_t from, uint64_t to)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "p"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    uint64_t S = UINT64_C(1) << chain->n;
    if (from >= S || to >= S)
        return bni_fail(ctx, BINNET_E_RANGE, "states %llu -> %llu: the chain has states 0..%llu",
                        (unsigned long long)from, (unsigned long long)to, (unsigned long long)(S - 1));
    return bni_chain_transition(ctx, out, chain, from, to);
}

/* Every neuron is updated exactly once a step, in its stage, by a state that is known from (from, to) alone: the row is made
 * stage by stage from the states reached so far. */
int32_t bni_chain_fill_row(binnet_ctx *ctx, double *row, const binnet_chain *chain, uint64_t from)
{
    size_t S = (size_t)1 << chain->n;
    double p, q;
    memset(row, 0, S * sizeof *row);
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        for (size_t i = 0; i < chain->n; i++) {
            uint64_t bit = UINT64_C(1) << i;
            BNI_TRY(one(ctx, &p, &q, chain, i, from));
            row[from | bit] += chain->select[i] * p;
            row[from & ~bit] += chain->select[i] * q;
        }
        return BINNET_OK;
    }
    row[from] = 1;
    for (size_t s = 0; s < chain->n_stages; s++) {
        uint64_t mask = 0;
        for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++)
            mask |= UINT64_C(1) << chain->stage_neuron[e];
        /* the states before this stage agree with `from` on the stage's neurons */
        for (uint64_t state = 0; state < S; state++) {
            if ((state & mask) != (from & mask) || row[state] <= 0)
                continue;
            double weight = row[state];
            row[state] = 0;
            uint64_t done = 0;
            row[state & ~mask] = weight;
            for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++) {
                uint64_t bit = UINT64_C(1) << chain->stage_neuron[e], base = state & ~mask, subset = 0;
                BNI_TRY(one(ctx, &p, &q, chain, (size_t)chain->stage_neuron[e], state));
                do { /* every outcome of the neurons done so far */
                    double w = row[base | subset];
                    row[base | subset] = w * q;
                    row[base | subset | bit] = w * p;
                    subset = (subset - done) & done;
                } while (subset != 0);
                done |= bit;
            }
        }
        BNI_TRY(bni_poll(ctx, (double)(s + 1) / (double)chain->n_stages));
    }
    return BINNET_OK;
}

int32_t binnet_chain_row(binnet_ctx *ctx, double *row, size_t len, const binnet_chain *chain, uint64_t from)
{
    BNI_TRY(bni_chain_check(ctx, chain, row, len));
    if (from >= len)
        return bni_fail(ctx, BINNET_E_RANGE, "state %llu: the chain has states 0..%zu", (unsigned long long)from,
                        len - 1);
    return bni_chain_fill_row(ctx, row, chain, from);
}

int32_t binnet_chain_matrix(binnet_ctx *ctx, double *P, size_t len, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, P, "P"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (chain->n > 16)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: the whole matrix is given up to 16", chain->n);
    size_t S = (size_t)1 << chain->n;
    if (len != S * S)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the matrix has %zu entries", len, S * S);
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)S * (double)S, "the whole matrix"));
    for (size_t s = 0; s < S; s++) {
        bni_span(ctx, (double)s / (double)S, (double)(s + 1) / (double)S);
        BNI_TRY(bni_chain_fill_row(ctx, P + s * S, chain, s));
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}
