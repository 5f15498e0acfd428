/*
 * Transitions of a chain in wide numbers, for noise so weak that their products underflow in double: the chance of every
 * neuron to change in every state, one step of a law, the law without the transitions of a state to itself.
 * Source: THEORY 3.
 */
#include "stationary/wide.h"

#include <string.h>

int bni_firing_wide(const binnet_chain *c, bni_wide *p, bni_wide *q, size_t i, uint64_t state)
{
    size_t lmask = ((size_t)1 << c->low) - 1, mmask = ((size_t)1 << c->middle) - 1;
    double u = c->lo[(i << c->low) + (state & lmask)] + (c->mid[(i << c->middle) + (state >> c->low & mmask)] +
                                                         c->top[(i << c->upper) + (state >> (c->low + c->middle))]);
    double scale = c->noise->scale[i];
    if (scale > 0) {
        bni_noise_tails_wide(c->noise, -(u / (c->M[i] * scale)), q, p);
        return p->m >= 0 && q->m >= 0 && !bni_wide_less(bni_wide_one, *p) && !bni_wide_less(bni_wide_one, *q);
    }
    int active = bni_fires_without_noise(c, i, state, u);
    *p = active ? bni_wide_one : bni_wide_zero;
    *q = active ? bni_wide_zero : bni_wide_one;
    return 1;
}

static int wide_asynchronous(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS;
}

double bni_transitions_bytes(const binnet_chain *chain)
{
    double S = (double)((size_t)1 << chain->n), n = (double)chain->n;
    double deep = wide_asynchronous(chain) ? 0 : S < BNI_DEEP_MOST ? S : BNI_DEEP_MOST;
    return S * 16 * ((wide_asynchronous(chain) ? n : 2 * n) + 2) + 8 * S + 16 * deep * deep + 4096;
}

/* Pr(the state changes in a step): sum_i flip_i prod_{earlier j} stay_j, or sum_i select_i flip_i. */
static bni_wide leave_rate(const bni_transitions *t, uint64_t s)
{
    const binnet_chain *c = t->chain;
    size_t S = t->states;
    bni_wide out = bni_wide_zero, before = bni_wide_one;
    for (size_t e = 0; e < c->n; e++) {
        size_t i = (size_t)c->stage_neuron[e], at = i * S + s;
        out = bni_wide_add(out, bni_wide_mul(before, (bni_wide){t->flip.m[at], t->flip.e[at]}));
        if (!wide_asynchronous(c))
            before = bni_wide_mul(before, (bni_wide){t->stay.m[at], t->stay.e[at]});
    }
    return out;
}

int32_t bni_transitions_new(binnet_ctx *ctx, bni_transitions *t, const binnet_chain *chain)
{
    size_t n = chain->n, S = (size_t)1 << n, tables = wide_asynchronous(chain) ? 1 : 2;
    *t = (bni_transitions){.ctx = ctx, .chain = chain, .states = S};
    t->memory = bni_new_raw(ctx, 2 * S * (tables * n + 1) + 2 * S, sizeof(double));
    t->spread = bni_new_raw(ctx, S, sizeof *t->spread);
    t->deep = bni_new(ctx, S, sizeof *t->deep);
    if (t->memory == NULL || t->spread == NULL || t->deep == NULL)
        return BINNET_E_NOMEM;
    double *at = t->memory;
    bni_wide_vector *all[] = {&t->out, &t->outcome, &t->flip, &t->stay};
    for (size_t k = 0; k < 2 + tables; k++) {
        size_t length = k < 2 ? S : n * S;
        all[k]->m = at;
        all[k]->e = at + length;
        at += 2 * length;
    }
    for (size_t i = 0; i < n; i++) {
        bni_wide select = chain->select != NULL ? bni_wide_of(chain->select[i]) : bni_wide_one;
        for (uint64_t s = 0; s < S; s++) {
            bni_wide p, q;
            if (!bni_firing_wide(chain, &p, &q, i, s))
                return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
            bni_wide flip = bni_wide_mul(select, s >> i & 1 ? q : p), stay = s >> i & 1 ? p : q;
            t->flip.m[i * S + s] = flip.m;
            t->flip.e[i * S + s] = flip.e;
            if (tables == 2) {
                t->stay.m[i * S + s] = stay.m;
                t->stay.e[i * S + s] = stay.e;
            }
            if (s % 1024 == 0)
                BNI_TRY(bni_poll(ctx, 0));
        }
    }
    for (uint64_t s = 0; s < S; s++) {
        bni_wide out = leave_rate(t, s);
        t->out.m[s] = out.m;
        t->out.e[s] = out.e;
        if (!wide_asynchronous(chain) && bni_wide_less(out, bni_wide_of(0.5)))
            t->deep[t->n_deep++] = (uint32_t)s;
        if (s % 1024 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

void bni_transitions_free(bni_transitions *t)
{
    bni_delete(&t->ctx->mem, t->memory);
    bni_delete(&t->ctx->mem, t->spread);
    bni_delete(&t->ctx->mem, t->deep);
    bni_delete(&t->ctx->mem, t->between.m);
}

void bni_wide_clear(bni_wide_vector v, size_t n)
{
    for (size_t s = 0; s < n; s++) {
        v.m[s] = 0;
        v.e[s] = BNI_WIDE_ZERO_EXPONENT;
    }
}

void bni_wide_close(bni_wide_vector sum, const double *rest, size_t n)
{
    for (size_t k = 0; k < n; k++)
        bni_wide_set(sum, k, bni_wide_fix(sum.m[k] + rest[k], sum.e[k]));
}

static void add_wide(bni_wide_vector v, uint64_t s, bni_wide a)
{
    a = bni_wide_add((bni_wide){v.m[s], v.e[s]}, a);
    v.m[s] = a.m;
    v.e[s] = a.e;
}

/* y = x after the update of one stage: every outcome of its neurons, from every state that has weight. */
static int32_t update_stage(bni_transitions *t, size_t stage, bni_wide_vector y, bni_wide_vector x)
{
    const binnet_chain *c = t->chain;
    size_t S = t->states, count = bni_stage_size(c, stage);
    const int32_t *neuron = c->stage_neuron + c->stage_first[stage];
    bni_wide_vector w = t->outcome;
    uint64_t mask = 0;
    t->spread[0] = 0;
    for (size_t b = 0; b < count; b++) {
        uint64_t bit = UINT64_C(1) << neuron[b];
        mask |= bit;
        for (size_t m = 0; m < (size_t)1 << b; m++)
            t->spread[m + ((size_t)1 << b)] = (uint32_t)(t->spread[m] | bit);
    }
    bni_wide_clear(y, S);
    for (uint64_t s = 0; s < S; s++) {
        if (!(x.m[s] > 0))
            continue;
        w.m[0] = x.m[s];
        w.e[0] = x.e[s];
        for (size_t b = 0; b < count; b++) {
            size_t at = (size_t)neuron[b] * S + s, half = (size_t)1 << b;
            bni_wide flip = {t->flip.m[at], t->flip.e[at]}, stay = {t->stay.m[at], t->stay.e[at]};
            int active = (int)(s >> neuron[b] & 1);
            bni_wide on = active ? stay : flip, off = active ? flip : stay;
            for (size_t m = 0; m < half; m++) {
                bni_wide v = {w.m[m], w.e[m]}, one = bni_wide_mul(v, on), zero = bni_wide_mul(v, off);
                w.m[m + half] = one.m;
                w.e[m + half] = one.e;
                w.m[m] = zero.m;
                w.e[m] = zero.e;
            }
        }
        if (count == c->n)
            bni_wide_add_multiple(y.m, y.e, w.m, w.e, bni_wide_one, S);
        else
            for (size_t m = 0; m < (size_t)1 << count; m++)
                add_wide(y, (s & ~mask) | t->spread[m], (bni_wide){w.m[m], w.e[m]});
        BNI_TRY(bni_poll(t->ctx, 0));
    }
    return BINNET_OK;
}

/* y = x P for parallel stages; x is destroyed, and the result is in *y, which may change places with x. */
static int32_t update_stages(bni_transitions *t, bni_wide_vector *y, bni_wide_vector *x)
{
    for (size_t stage = 0; stage < t->chain->n_stages; stage++) {
        if (stage > 0) {
            bni_wide_vector swap = *x;
            *x = *y;
            *y = swap;
        }
        BNI_TRY(update_stage(t, stage, *y, *x));
    }
    return BINNET_OK;
}

/* Asynchronous: what flows into the states of a parity, off the diagonal. */
static int32_t flow_into(bni_transitions *t, bni_wide_vector y, bni_wide_vector x, int parity)
{
    size_t S = t->states, n = t->chain->n;
    for (uint64_t s = 0; s < S; s++) {
        if (bni_parity(s) != parity)
            continue;
        bni_wide sum = bni_wide_zero;
        for (size_t i = 0; i < n; i++) {
            uint64_t from = s ^ UINT64_C(1) << i;
            bni_wide flip = {t->flip.m[i * S + from], t->flip.e[i * S + from]};
            sum = bni_wide_add(sum, bni_wide_mul((bni_wide){x.m[from], x.e[from]}, flip));
        }
        y.m[s] = sum.m;
        y.e[s] = sum.e;
        if (s % 1024 < 2)
            BNI_TRY(bni_poll(t->ctx, 0));
    }
    return BINNET_OK;
}

/* A state that is never left is the whole law: only then is it asked for with nothing flowing in. */
static void divide_by_out(const bni_transitions *t, bni_wide_vector y, uint64_t s)
{
    bni_wide out = {t->out.m[s], t->out.e[s]}, z = {y.m[s], y.e[s]};
    if (z.m > 0 && out.m > 0)
        z = bni_wide_div(z, out);
    y.m[s] = z.m;
    y.e[s] = z.e;
}

/* What a step brings to every state from `from` alone, itself left out. */
static int32_t row_without_itself(bni_transitions *t, bni_wide_vector *row, bni_wide_vector *scratch, uint64_t from)
{
    bni_wide_clear(*scratch, t->states);
    scratch->m[from] = 1;
    scratch->e[from] = 0;
    BNI_TRY(update_stages(t, row, scratch));
    row->m[from] = 0;
    row->e[from] = BNI_WIDE_ZERO_EXPONENT;
    return BINNET_OK;
}

int32_t bni_transitions_row(bni_transitions *t, bni_wide_vector *row, bni_wide_vector *scratch, uint64_t from)
{
    if (!wide_asynchronous(t->chain))
        return row_without_itself(t, row, scratch, from);
    bni_wide_clear(*row, t->states);
    for (size_t i = 0; i < t->chain->n; i++) {
        uint64_t to = from ^ UINT64_C(1) << i;
        row->m[to] = t->flip.m[i * t->states + from];
        row->e[to] = t->flip.e[i * t->states + from];
    }
    return BINNET_OK;
}

static void copy_vector(bni_wide_vector to, bni_wide_vector from, size_t n)
{
    memcpy(to.m, from.m, n * sizeof *to.m);
    memcpy(to.e, from.e, n * sizeof *to.e);
}

int32_t bni_transitions_balance(bni_transitions *t, bni_wide_vector *y, bni_wide_vector x, bni_wide_vector scratch[2])
{
    size_t S = t->states;
    if (wide_asynchronous(t->chain)) {
        for (int parity = 0; parity < 2; parity++) {
            BNI_TRY(flow_into(t, *y, parity == 0 ? x : *y, parity));
            for (uint64_t s = 0; s < S; s++)
                if (bni_parity(s) == parity)
                    divide_by_out(t, *y, s);
        }
        return BINNET_OK;
    }
    size_t n = t->n_deep;
    copy_vector(scratch[0], x, S);
    for (size_t d = 0; d < n; d++) {
        scratch[0].m[t->deep[d]] = 0;
        scratch[0].e[t->deep[d]] = BNI_WIDE_ZERO_EXPONENT;
    }
    BNI_TRY(update_stages(t, y, &scratch[0]));
    bni_wide_clear(scratch[0], S);
    for (size_t d = 0; d < n; d++) {
        uint64_t s = t->deep[d];
        for (size_t e = 0; e < n; e++) {
            bni_wide p = {t->between.m[e * n + d], t->between.e[e * n + d]}, from = {x.m[t->deep[e]], x.e[t->deep[e]]};
            add_wide(*y, s, bni_wide_mul(p, from));
        }
        divide_by_out(t, *y, s);
        scratch[0].m[s] = y->m[s];
        scratch[0].e[s] = y->e[s];
    }
    if (n == 0)
        return BINNET_OK;
    BNI_TRY(update_stages(t, &scratch[1], &scratch[0]));
    for (size_t d = 0; d < n; d++) {
        scratch[1].m[t->deep[d]] = 0;
        scratch[1].e[t->deep[d]] = BNI_WIDE_ZERO_EXPONENT;
    }
    bni_wide_add_multiple(y->m, y->e, scratch[1].m, scratch[1].e, bni_wide_one, S);
    return BINNET_OK;
}

int32_t bni_transitions_meet(bni_transitions *t, bni_wide_vector scratch[2])
{
    size_t n = t->n_deep;
    if (n == 0)
        return BINNET_OK;
    if (n > BNI_DEEP_MOST)
        return bni_fail(t->ctx, BINNET_E_NOCONV, "%zu states stay as they are with a probability above 1/2", n);
    t->between.m = bni_new_raw(t->ctx, 2 * n * n, sizeof(double));
    if (t->between.m == NULL)
        return BINNET_E_NOMEM;
    t->between.e = t->between.m + n * n;
    for (size_t d = 0; d < n; d++) {
        BNI_TRY(row_without_itself(t, &scratch[1], &scratch[0], t->deep[d]));
        for (size_t e = 0; e < n; e++) {
            t->between.m[d * n + e] = scratch[1].m[t->deep[e]];
            t->between.e[d * n + e] = scratch[1].e[t->deep[e]];
        }
    }
    return BINNET_OK;
}

/* Parallel stages: one group after the other. Every deep state is one that rests. */
static int32_t balance_groups_apart(bni_transitions *t, bni_wide_vector *y, bni_wide_vector x, size_t k,
                                    const int32_t *group, const unsigned char *rests, bni_wide_vector scratch[2])
{
    size_t S = t->states;
    for (size_t g = 0; g < k; g++) {
        bni_wide_clear(scratch[0], S);
        for (uint64_t s = 0; s < S; s++)
            if (group[s] == (int32_t)g) {
                scratch[0].m[s] = x.m[s];
                scratch[0].e[s] = x.e[s];
            }
        BNI_TRY(update_stages(t, &scratch[1], &scratch[0]));
        for (uint64_t s = 0; s < S; s++)
            if (group[s] == (int32_t)g) {
                y->m[s] = rests[s] ? 1 : scratch[1].m[s];
                y->e[s] = rests[s] ? 0 : scratch[1].e[s];
            }
    }
    return BINNET_OK;
}

int32_t bni_transitions_groups(bni_transitions *t, bni_wide_vector *x, bni_wide_vector *y, size_t k,
                               const int32_t *group, const unsigned char *rests, bni_wide_vector scratch[2])
{
    size_t S = t->states, n = t->chain->n;
    for (uint64_t s = 0; s < S; s++) {
        x->m[s] = rests[s];
        x->e[s] = rests[s] ? 0 : BNI_WIDE_ZERO_EXPONENT;
    }
    for (size_t pass = 0; !wide_asynchronous(t->chain) && pass < 2 * n; pass++) {
        BNI_TRY(balance_groups_apart(t, y, *x, k, group, rests, scratch));
        bni_wide_vector swap = *x;
        *x = *y;
        *y = swap;
    }
    if (!wide_asynchronous(t->chain))
        return BINNET_OK;
    for (size_t pass = 0; pass < 2 * n; pass++) /* there and back */
        for (uint64_t at = 0; at < S; at++) {
            uint64_t s = pass % 2 ? S - 1 - at : at;
            if (rests[s] || !(t->out.m[s] > 0))
                continue;
            bni_wide sum = bni_wide_zero;
            for (size_t i = 0; i < n; i++) {
                uint64_t from = s ^ UINT64_C(1) << i;
                bni_wide flip = {t->flip.m[i * S + from], t->flip.e[i * S + from]};
                if (group[from] == group[s] && x->m[from] > 0)
                    sum = bni_wide_add(sum, bni_wide_mul((bni_wide){x->m[from], x->e[from]}, flip));
            }
            x->m[s] = sum.m;
            x->e[s] = sum.e;
            divide_by_out(t, *x, s);
            if (s % 1024 == 0)
                BNI_TRY(bni_poll(t->ctx, 0));
        }
    return BINNET_OK;
}

int32_t bni_transitions_flows(bni_transitions *t, bni_wide_vector flow, double *rest, size_t k, const int32_t *group,
                              bni_wide_vector x, bni_wide_vector scratch[2])
{
    size_t S = t->states;
    bni_wide_clear(flow, k * k);
    memset(rest, 0, k * k * sizeof *rest);
    if (wide_asynchronous(t->chain)) {
        for (size_t i = 0; i < t->chain->n; i++)
            for (uint64_t s = 0; s < S; s++) {
                size_t a = (size_t)group[s], b = (size_t)group[s ^ UINT64_C(1) << i];
                bni_wide flip = {t->flip.m[i * S + s], t->flip.e[i * S + s]};
                if (a != b)
                    bni_wide_gather(flow, rest, a * k + b, bni_wide_mul((bni_wide){x.m[s], x.e[s]}, flip));
                if (s % 1024 == 0)
                    BNI_TRY(bni_poll(t->ctx, 0));
            }
        bni_wide_close(flow, rest, k * k);
        return BINNET_OK;
    }
    for (size_t a = 0; a < k; a++) {
        bni_wide_clear(scratch[0], S);
        for (uint64_t s = 0; s < S; s++)
            if (group[s] == (int32_t)a) {
                scratch[0].m[s] = x.m[s];
                scratch[0].e[s] = x.e[s];
            }
        BNI_TRY(update_stages(t, &scratch[1], &scratch[0]));
        for (uint64_t s = 0; s < S; s++)
            if (group[s] != (int32_t)a)
                bni_wide_gather(flow, rest, a * k + (size_t)group[s], (bni_wide){scratch[1].m[s], scratch[1].e[s]});
    }
    bni_wide_close(flow, rest, k * k);
    return BINNET_OK;
}
