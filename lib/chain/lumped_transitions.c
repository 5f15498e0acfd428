/*
 * Transition probabilities of lumped chains: one, a row, those to the neighbours on the grid, and of leaving a state.
 * Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"

#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

int32_t bni_lumped_outside(binnet_ctx *ctx)
{
    return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}

static double *new_laws(binnet_ctx *ctx, const binnet_chain *c)
{
    return bni_new_raw(ctx, bni_lumped_largest(c) + 1 + bni_lumped_scratch(c), sizeof(double));
}

static void split_state(const bni_occupation *o, size_t *count, size_t state)
{
    for (size_t a = 0; a < o->n_pop; a++)
        count[a] = bni_occupation_count(o, state, a);
}

static int32_t find_transition(binnet_ctx *ctx, double *p, const binnet_chain *c, double *law, size_t from, size_t to)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST], next[MOST];
    split_state(o, count, from);
    split_state(o, next, to);
    double product = 1;
    if (c->update != BINNET_UPDATE_ASYNCHRONOUS) {
        for (size_t s = 0; s < c->n_stages; s++) {
            for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++) {
                size_t a = (size_t)c->stage_neuron[e];
                if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                    return bni_lumped_outside(ctx);
                product *= law[next[a]];
            }
            for (int32_t e = c->stage_first[s]; e < c->stage_first[s + 1]; e++)
                count[c->stage_neuron[e]] = next[c->stage_neuron[e]];
        }
        *p = product;
        return BINNET_OK;
    }
    size_t changed = 0, which = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        if (count[a] != next[a]) {
            changed++;
            which = a;
        }
    *p = 0;
    for (size_t a = 0; a < o->n_pop && changed <= 1; a++) {
        double f, r, m = (double)(o->size[a] - count[a]), n = (double)count[a];
        if (changed == 1 && a != which)
            continue;
        if (m > 0 && next[a] != count[a] - 1) {
            if (!bni_lumped_firing(c, &f, &r, a, 0, count))
                return bni_lumped_outside(ctx);
            *p += next[a] == count[a] + 1 ? c->select[a] * m * f : changed == 0 ? c->select[a] * m * r : 0;
        }
        if (n > 0 && next[a] != count[a] + 1) {
            if (!bni_lumped_firing(c, &f, &r, a, 1, count))
                return bni_lumped_outside(ctx);
            *p += next[a] + 1 == count[a] ? c->select[a] * n * r : changed == 0 ? c->select[a] * n * f : 0;
        }
    }
    return BINNET_OK;
}

int32_t bni_lumped_transition(binnet_ctx *ctx, double *p, const binnet_chain *c, size_t from, size_t to)
{
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(bni_lumped_largest(c) + 1 + bni_lumped_scratch(c)),
                            "the laws of occupation numbers"));
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : find_transition(ctx, p, c, law, from, to);
    bni_delete(&ctx->mem, law);
    return status;
}

/* The row being filled: the laws of every stage's populations lie one after the other. */
typedef struct row_filling {
    binnet_ctx *ctx;
    const binnet_chain *c;
    double *row, *law, *scratch;
    size_t done;
} row_filling;

/* What follows the stages before `stage`, which led to `count` with that probability. */
static int32_t fill_stage(row_filling *f, size_t stage, const size_t *count, double weight, double *law)
{
    const binnet_chain *c = f->c;
    const bni_occupation *o = c->lumped->space;
    size_t n = bni_stage_size(c, stage), next[MOST], v[MOST] = {0};
    const int32_t *population = c->stage_neuron + c->stage_first[stage];
    double *of[MOST];
    memcpy(next, count, sizeof next);
    for (size_t e = 0; e < n; e++) {
        of[e] = law;
        law += o->size[population[e]] + 1;
        if (!bni_lumped_law(c, of[e], f->scratch, (size_t)population[e], count))
            return bni_lumped_outside(f->ctx);
    }
    for (int more = 1; more;) {
        double w = weight;
        for (size_t e = 0; e < n; e++) {
            w *= of[e][v[e]];
            next[population[e]] = v[e];
        }
        if (stage + 1 == c->n_stages) {
            size_t to = 0;
            for (size_t a = 0; a < o->n_pop; a++)
                to += next[a] * o->stride[a];
            f->row[to] = w;
            if (++f->done % 65536 == 0)
                BNI_TRY(bni_poll(f->ctx, (double)f->done / (double)o->states));
        } else if (w > 0) {
            BNI_TRY(fill_stage(f, stage + 1, next, w, law));
        }
        more = 0;
        for (size_t e = 0; e < n && !more; e++) {
            more = ++v[e] <= o->size[population[e]];
            v[e] = more ? v[e] : 0;
        }
    }
    return BINNET_OK;
}

static int32_t fill_walk(binnet_ctx *ctx, double *row, const binnet_chain *c, size_t from)
{
    const bni_occupation *o = c->lumped->space;
    BNI_TRY(find_transition(ctx, &row[from], c, NULL, from, from));
    for (size_t a = 0; a < o->n_pop; a++) {
        size_t count = bni_occupation_count(o, from, a), step = o->stride[a];
        if (count > 0)
            BNI_TRY(find_transition(ctx, &row[from - step], c, NULL, from, from - step));
        if (count < o->size[a])
            BNI_TRY(find_transition(ctx, &row[from + step], c, NULL, from, from + step));
    }
    return BINNET_OK;
}

int32_t bni_lumped_row(binnet_ctx *ctx, double *row, const binnet_chain *c, size_t from)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST], laws = 0;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        BNI_TRY(bni_clear(ctx, row, o->states, sizeof *row));
        return fill_walk(ctx, row, c, from);
    }
    for (size_t a = 0; a < o->n_pop; a++)
        laws += o->size[a] + 1;
    split_state(o, count, from);
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(laws + bni_lumped_scratch(c)), "the laws of occupation numbers"));
    row_filling f = {.ctx = ctx, .c = c, .row = row};
    f.law = bni_new_raw(ctx, laws + bni_lumped_scratch(c), sizeof *f.law);
    if (f.law == NULL)
        return BINNET_E_NOMEM;
    f.scratch = f.law + laws;
    int32_t status = bni_clear(ctx, row, o->states, sizeof *row);
    if (status == BINNET_OK)
        status = fill_stage(&f, 0, count, 1, f.law);
    bni_delete(&ctx->mem, f.law);
    return status;
}

int32_t bni_lumped_rates(binnet_ctx *ctx, double *up, double *down, double *stay, const binnet_chain *c)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0}, S = o->states;
    for (size_t s = 0; s < S; s++, bni_occupation_next(o, count)) {
        double rests = 0;
        for (size_t a = 0; a < o->n_pop; a++) {
            double m = c->select[a] * (double)(o->size[a] - count[a]), n = c->select[a] * (double)count[a];
            double p[2] = {0, 0}, q[2] = {0, 0};
            if ((count[a] < o->size[a] && !bni_lumped_firing(c, &p[0], &q[0], a, 0, count)) ||
                (count[a] > 0 && !bni_lumped_firing(c, &p[1], &q[1], a, 1, count)))
                return bni_lumped_outside(ctx);
            if (up != NULL)
                up[a * S + s] = m * p[0];
            if (down != NULL)
                down[a * S + s] = n * q[1];
            rests += m * q[0] + n * p[1];
        }
        if (stay != NULL)
            stay[s] = rests;
        if (s % 4096 == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    return BINNET_OK;
}

/* Parallel stages, one population after the other: Pr(leave) = sum of Pr(a does not keep its number) prod_{earlier} Pr(keep). */
static int32_t fill_leave(binnet_ctx *ctx, double *out, const binnet_chain *c, double *law)
{
    const bni_occupation *o = c->lumped->space;
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        double leave = 0, keep = 1;
        for (size_t e = 0; e < o->n_pop; e++) {
            size_t a = (size_t)c->stage_neuron[e];
            double others = 0;
            if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                return bni_lumped_outside(ctx);
            for (size_t k = 0; k <= o->size[a]; k++)
                others += k != count[a] ? law[k] : 0;
            leave += keep * others;
            keep *= law[count[a]];
        }
        out[s] = leave;
        if (s % 8 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_lumped_leave(binnet_ctx *ctx, double *out, const binnet_chain *c)
{
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : fill_leave(ctx, out, c, law);
    bni_delete(&ctx->mem, law);
    return status;
}

static int32_t fill_likeliest(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *c, double *law)
{
    const bni_occupation *o = c->lumped->space;
    size_t start[MOST] = {0}, count[MOST], likely[MOST];
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, start)) {
        memcpy(count, start, sizeof count);
        double keep = 1;
        leave[s] = 0;
        for (size_t stage = 0; stage < c->n_stages; stage++) {
            for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++) {
                size_t a = (size_t)c->stage_neuron[e], best = count[a];
                double others = 0;
                if (!bni_lumped_law(c, law, law + o->size[a] + 1, a, count))
                    return bni_lumped_outside(ctx);
                for (size_t k = 0; k <= o->size[a]; k++)
                    best = law[k] > law[best] ? k : best;
                for (size_t k = 0; k <= o->size[a]; k++)
                    others += k != best ? law[k] : 0;
                leave[s] += keep * others;
                keep *= law[best];
                likely[a] = best;
            }
            for (int32_t e = c->stage_first[stage]; e < c->stage_first[stage + 1]; e++)
                count[c->stage_neuron[e]] = likely[c->stage_neuron[e]];
        }
        size_t to = 0;
        for (size_t a = 0; a < o->n_pop; a++)
            to += count[a] * o->stride[a];
        next[s] = (uint32_t)to;
        if (s % 8 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_lumped_likeliest(binnet_ctx *ctx, uint32_t *next, double *leave, const binnet_chain *c)
{
    double *law = new_laws(ctx, c);
    int32_t status = law == NULL ? BINNET_E_NOMEM : fill_likeliest(ctx, next, leave, c, law);
    bni_delete(&ctx->mem, law);
    return status;
}
