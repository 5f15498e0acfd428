/*
 * Single transition probabilities, rows and, for small chains, the whole matrix.
 * P(A'|A) = prod_i p_i(A)^{A_i'} (1 - p_i(A))^{1 - A_i'}, stage by stage.   Source: [FP19] sec. 2, [Gl63].
 */
#include "chain/chain.h"

#include <math.h>
#include <string.h>

static int32_t outside(binnet_ctx *ctx)
{
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

static int32_t one(binnet_ctx *ctx, double *p, double *q, const binnet_chain *chain, size_t i, uint64_t state)
{
    return bni_probability_states(chain, bni_kernels_get()->chain, p, q, i, &state, 1) ? BINNET_OK : outside(ctx);
}

int32_t bni_chain_transition(binnet_ctx *ctx, double *out, const binnet_chain *chain, uint64_t from, uint64_t to)
{
    double p, q;
    if (chain->lumped != NULL)
        return bni_lumped_transition(ctx, out, chain, (size_t)from, (size_t)to);
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
        int correlated = bni_stage_correlated(chain, s);
        for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++) {
            size_t i = (size_t)chain->stage_neuron[e];
            mask |= UINT64_C(1) << i;
            if (correlated)
                continue;
            BNI_TRY(one(ctx, &p, &q, chain, i, state));
            product *= to >> i & 1 ? p : q;
        }
        uint64_t after = (state & ~mask) | (to & mask);
        if (correlated) {
            bni_stage_outcome(&p, &q, chain, s, &state, &after, 1);
            product *= p;
        }
        state = after;
    }
    *out = product;
    return BINNET_OK;
}

int32_t binnet_chain_transition(binnet_ctx *ctx, double *out, const binnet_chain *chain, uint64_t from, uint64_t to)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "p"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    uint64_t S = bni_chain_states(chain);
    if (from >= S || to >= S)
        return bni_fail(ctx, BINNET_E_RANGE, "states %llu -> %llu: the chain has states 0..%llu",
                        (unsigned long long)from, (unsigned long long)to, (unsigned long long)(S - 1));
    return bni_chain_transition(ctx, out, chain, from, to);
}

/* Entries between two polls; most in a row that are doubled at once. */
enum { BETWEEN_POLLS = 1 << 18, RUN = 1 << 12 };

static int32_t count_entries(binnet_ctx *ctx, size_t *done, size_t more, double all)
{
    size_t before = *done / BETWEEN_POLLS;
    *done += more;
    return *done / BETWEEN_POLLS == before ? BINNET_OK : bni_poll(ctx, (double)*done / all);
}

static int32_t fill_asynchronous(binnet_ctx *ctx, double *row, const binnet_chain *chain, uint64_t from)
{
    size_t S = (size_t)1 << chain->n, done = 0;
    double p, q;
    for (size_t s = 0; s < S; s += BETWEEN_POLLS) {
        size_t more = S - s < BETWEEN_POLLS ? S - s : BETWEEN_POLLS;
        memset(row + s, 0, more * sizeof *row);
        BNI_TRY(count_entries(ctx, &done, more, (double)S));
    }
    for (size_t i = 0; i < chain->n; i++) {
        uint64_t bit = UINT64_C(1) << i;
        BNI_TRY(one(ctx, &p, &q, chain, i, from));
        row[from | bit] += chain->select[i] * p;
        row[from & ~bit] += chain->select[i] * q;
    }
    return BINNET_OK;
}

/* Neuron `bit` is updated in count entries, and again in those that are any subset of `set` away: each becomes two. */
static int32_t double_entries(binnet_ctx *ctx, double *row, const uint64_t *base, const double *p, const double *q,
                              size_t count, uint64_t set, uint64_t bit, size_t *done, double all)
{
    uint64_t run = set & ~(set + 1), rest = set & ~run, subset = 0; /* the lowest bits of the set: entries in a row */
    if (run >= RUN) {
        rest |= run & ~(uint64_t)(RUN - 1);
        run &= RUN - 1;
    }
    do {
        for (size_t k = 0; k < count; k++) {
            double *silent = row + (base[k] | subset), *active = silent + bit;
            for (size_t r = 0; r <= run; r++) {
                active[r] = silent[r] * p[k];
                silent[r] *= q[k];
            }
        }
        BNI_TRY(count_entries(ctx, done, 2 * count * (run + 1), all));
        subset = (subset - rest) & rest;
    } while (subset != 0);
    return BINNET_OK;
}

/* A correlated stage: the entry of each state before it, where the neurons of the stage and of those after it are silent,
 * becomes the entries of all its outcomes. */
static int32_t spread_entries(binnet_ctx *ctx, double *row, const binnet_chain *chain, size_t s, uint64_t from,
                              uint64_t updated)
{
    size_t size = bni_stage_size(chain, s), outcomes = (size_t)1 << size, done = 0;
    const int32_t *neuron = chain->stage_neuron + chain->stage_first[s];
    double *law = bni_new_raw(ctx, outcomes, sizeof *law), all = ldexp(1, (int)chain->n);
    int32_t status = law == NULL ? BINNET_E_NOMEM : BINNET_OK;
    uint64_t subset = 0;
    do {
        double before = row[subset];
        if (status == BINNET_OK)
            status = bni_stage_law(ctx, law, chain, s, (from & ~updated) | subset);
        for (size_t m = 0; status == BINNET_OK && m < outcomes; m++)
            row[subset | bni_deposit(m, neuron, size)] = before * law[m];
        if (status == BINNET_OK)
            status = count_entries(ctx, &done, outcomes, all);
        subset = (subset - updated) & updated;
    } while (subset != 0 && status == BINNET_OK);
    bni_delete(&ctx->mem, law);
    return status;
}

/* Every neuron is updated exactly once a step, in its stage, by a state that is known from (from, to) alone. So the entries
 * of the states reached so far, one for each subset of the neurons updated so far, are doubled by each neuron; an entry is
 * kept where the neurons that follow are silent. */
static int32_t fill_parallel(binnet_ctx *ctx, double *row, const binnet_chain *chain, uint64_t from)
{
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    uint64_t updated = 0;
    size_t done = 0;
    double p[BNI_ROW], q[BNI_ROW], all = 2 * ldexp(1, (int)chain->n);
    uint64_t state[BNI_ROW], base[BNI_ROW];
    row[0] = 1;
    for (size_t s = 0; s < chain->n_stages; s++) {
        uint64_t mask = 0, subset = 0;
        for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++)
            mask |= UINT64_C(1) << chain->stage_neuron[e];
        if (bni_stage_correlated(chain, s)) {
            BNI_TRY(spread_entries(ctx, row, chain, s, from, updated));
            updated |= mask;
            continue;
        }
        do {
            size_t count = 0;
            do { /* the states before this stage, some at a time */
                base[count] = subset;
                state[count++] = (from & ~updated) | subset;
                subset = (subset - updated) & updated;
            } while (subset != 0 && count < BNI_ROW);
            uint64_t set = 0;
            for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++) {
                size_t i = (size_t)chain->stage_neuron[e];
                uint64_t bit = UINT64_C(1) << i;
                if (!bni_probability_states(chain, kern, p, q, i, state, count))
                    return outside(ctx);
                BNI_TRY(double_entries(ctx, row, base, p, q, count, set, bit, &done, all));
                set |= bit;
            }
        } while (subset != 0);
        updated |= mask;
    }
    return BINNET_OK;
}

int32_t bni_chain_fill_row(binnet_ctx *ctx, double *row, const binnet_chain *chain, uint64_t from)
{
    BNI_TRY(bni_need_chain(ctx, chain));
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS ? fill_asynchronous(ctx, row, chain, from)
                                                       : fill_parallel(ctx, row, chain, from);
}

int32_t binnet_chain_row(binnet_ctx *ctx, double *row, size_t len, const binnet_chain *chain, uint64_t from)
{
    BNI_TRY(bni_chain_check(ctx, chain, row, len));
    if (from >= len)
        return bni_fail(ctx, BINNET_E_RANGE, "state %llu: the chain has states 0..%zu", (unsigned long long)from,
                        len - 1);
    if (chain->lumped != NULL)
        return bni_lumped_row(ctx, row, chain, (size_t)from);
    return bni_chain_fill_row(ctx, row, chain, from);
}

int32_t binnet_chain_matrix(binnet_ctx *ctx, double *P, size_t len, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, P, "P"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    size_t S = bni_chain_states(chain);
    if (S > (size_t)1 << 16)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu states: the whole matrix is given up to 2^16", S);
    if (len != S * S)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the matrix has %zu entries", len, S * S);
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)S * (double)S, "the whole matrix"));
    for (size_t s = 0; s < S; s++) {
        bni_span(ctx, (double)s / (double)S, (double)(s + 1) / (double)S);
        BNI_TRY(chain->lumped != NULL ? bni_lumped_row(ctx, P + s * S, chain, s)
                                      : bni_chain_fill_row(ctx, P + s * S, chain, s));
        BNI_TRY(bni_poll(ctx, 1));
    }
    return BINNET_OK;
}
