/*
 * A stage of a chain whose neurons have correlated noise: probabilities of its outcomes, its law after a state, steps and
 * expectations, by its table or as a sum over the nodes of the shared factors.   Source: THEORY 3, 4.
 */
#include "chain/correlated.h"

#include <math.h>
#include <string.h>

/* Activities of a stage's neurons. */
static size_t stage_outcome(const binnet_chain *c, size_t s, uint64_t state)
{
    return (size_t)bni_group_state(state, bni_stage_size(c, s), c->stage_neuron + c->stage_first[s]);
}

const double *bni_stage_table(const binnet_chain *c, size_t s, uint64_t from)
{
    return bni_stage_tabled(c, s) ? bni_correlated_stage_of(c, s)->law + (from << bni_stage_size(c, s)) : NULL;
}

const double *bni_stage_errors(const binnet_chain *c, size_t s, uint64_t from)
{
    return bni_stage_tabled(c, s) && bni_correlated_stage_of(c, s)->error != NULL
               ? bni_correlated_stage_of(c, s)->error + (from << bni_stage_size(c, s))
               : NULL;
}

/* Probabilities of neuron b of a stage at nodes first .. first + count - 1, count <= BNI_ROW. */
static void fill_node_sides(double *p, double *q, const binnet_chain *c, size_t s, size_t b, uint64_t from,
                            size_t first, size_t count)
{
    const bni_correlated_stage *own = bni_correlated_stage_of(c, s);
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    size_t i = (size_t)c->stage_neuron[(size_t)c->stage_first[s] + b];
    double h = bni_drive(c, i, from), sigma = own->noise->own[b], z[BNI_ROW];
    if (sigma > 0) {
        kern->shift_scale(z, own->nodes.shift + b * own->nodes.count + first, h / sigma, 1, count);
        kern->cdf_gaussian(p, q, z, count, 1);
        return;
    }
    int fires = bni_fires_without_noise(c, i, from, h * c->M[i]);
    for (size_t k = 0; k < count; k++) {
        p[k] = fires;
        q[k] = !fires;
    }
}

static void sum_outcome(double *is, double *is_not, const binnet_chain *c, size_t s, uint64_t from, uint64_t to)
{
    const bni_factor_nodes *nodes = &bni_correlated_stage_of(c, s)->nodes;
    double p[BNI_ROW], q[BNI_ROW], yes[BNI_ROW], no[BNI_ROW];
    *is = *is_not = 0;
    for (size_t first = 0; first < nodes->count; first += BNI_ROW) {
        size_t count = nodes->count - first < BNI_ROW ? nodes->count - first : BNI_ROW;
        for (size_t k = 0; k < count; k++) {
            yes[k] = 1;
            no[k] = 0;
        }
        for (size_t b = 0; b < bni_stage_size(c, s); b++) {
            fill_node_sides(p, q, c, s, b, from, first, count);
            int active = (int)(to >> c->stage_neuron[(size_t)c->stage_first[s] + b] & 1);
            for (size_t k = 0; k < count; k++) {
                no[k] += yes[k] * (active ? q[k] : p[k]);
                yes[k] *= active ? p[k] : q[k];
            }
        }
        for (size_t k = 0; k < count; k++) {
            *is += nodes->weight[first + k] * yes[k];
            *is_not += nodes->weight[first + k] * no[k];
        }
    }
}

void bni_stage_outcome(double *is, double *is_not, const binnet_chain *c, size_t s, const uint64_t *from,
                       const uint64_t *to, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        const double *law = bni_stage_table(c, s, from[k]);
        if (law == NULL) {
            sum_outcome(&is[k], &is_not[k], c, s, from[k], to[k]);
            continue;
        }
        size_t outcome = stage_outcome(c, s, to[k]), size = (size_t)1 << bni_stage_size(c, s);
        is[k] = law[outcome];
        is_not[k] = 0;
        for (size_t m = 0; m < size; m++)
            is_not[k] += m != outcome ? law[m] : 0;
    }
}

/* The law of neurons first .. first + bits - 1 of a stage at one node of `count` whose sides are there. */
static void multiply_sides(double *v, const double *p, const double *q, size_t ld, size_t bits, double weight)
{
    v[0] = weight;
    for (size_t b = 0; b < bits; b++)
        for (size_t m = 0, half = (size_t)1 << b; m < half; m++) {
            v[m + half] = v[m] * p[b * ld];
            v[m] *= q[b * ld];
        }
}

static int32_t sum_law(binnet_ctx *ctx, double *law, const binnet_chain *c, size_t s, uint64_t from)
{
    const bni_factor_nodes *nodes = &bni_correlated_stage_of(c, s)->nodes;
    size_t size = bni_stage_size(c, s), low = size / 2, high = size - low;
    size_t columns = (size_t)1 << low, rows = (size_t)1 << high;
    double *p = bni_new_raw(ctx, 2 * size * BNI_ROW + columns + rows, sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    double *q = p + size * BNI_ROW, *v = q + size * BNI_ROW, *u = v + columns;
    int32_t status = bni_clear(ctx, law, rows * columns, sizeof *law);
    for (size_t first = 0; first < nodes->count && status == BINNET_OK; first += BNI_ROW) {
        size_t count = nodes->count - first < BNI_ROW ? nodes->count - first : BNI_ROW;
        for (size_t b = 0; b < size; b++)
            fill_node_sides(p + b * BNI_ROW, q + b * BNI_ROW, c, s, b, from, first, count);
        for (size_t k = 0; k < count && status == BINNET_OK; k++) {
            multiply_sides(v, p + k, q + k, BNI_ROW, low, 1);
            multiply_sides(u, p + low * BNI_ROW + k, q + low * BNI_ROW + k, BNI_ROW, high, nodes->weight[first + k]);
            for (size_t i = 0; i < rows; i++)
                for (size_t j = 0; j < columns; j++)
                    law[i * columns + j] += u[i] * v[j];
            status = bni_poll(ctx, (double)(first + k) / (double)nodes->count);
        }
    }
    bni_delete(&ctx->mem, p);
    return status;
}

int32_t bni_stage_law(binnet_ctx *ctx, double *law, const binnet_chain *c, size_t s, uint64_t from)
{
    const double *row = bni_stage_table(c, s, from);
    return row != NULL ? bni_copy_bytes(ctx, law, row, (size_t)1 << bni_stage_size(c, s), sizeof *law)
                       : sum_law(ctx, law, c, s, from);
}

/* --- steps by tables --- */

typedef struct places {
    int32_t other[BINNET_MAX_CHAIN_NEURONS];
    size_t others, size; /* of the neurons that are not updated; outcomes */
    const int32_t *neuron;
    size_t k;
} places;

static places find_places(const binnet_chain *c, size_t s)
{
    places w = {.neuron = c->stage_neuron + c->stage_first[s], .k = bni_stage_size(c, s)};
    w.size = (size_t)1 << w.k;
    for (size_t i = 0, b = 0; i < c->n; i++)
        if (b < w.k && (size_t)w.neuron[b] == i)
            b++;
        else
            w.other[w.others++] = (int32_t)i;
    return w;
}

/* x of the states that differ in the stage's neurons alone, and back. */
static void pack_states(double *to, const double *x, uint64_t rest, const places *w)
{
    for (size_t m = 0; m < w->size; m++)
        to[m] = x[rest | bni_deposit(m, w->neuron, w->k)];
}

static void unpack_states(double *y, const double *from, uint64_t rest, const places *w)
{
    for (size_t m = 0; m < w->size; m++)
        y[rest | bni_deposit(m, w->neuron, w->k)] = from[m];
}

static int32_t work_table(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *c, size_t s, int backwards)
{
    places w = find_places(c, s);
    uint64_t rests = UINT64_C(1) << w.others;
    double *buffer = bni_new_raw(ctx, 2 * w.size, sizeof *buffer);
    if (buffer == NULL)
        return BINNET_E_NOMEM;
    double *sum = buffer + w.size;
    int32_t status = BINNET_OK;
    for (uint64_t r = 0; r < rests && status == BINNET_OK; r++) {
        uint64_t rest = bni_deposit(r, w.other, w.others);
        pack_states(buffer, x, rest, &w);
        memset(sum, 0, w.size * sizeof *sum);
        for (size_t m = 0; m < w.size && status == BINNET_OK; m++) {
            const double *law = bni_stage_table(c, s, rest | bni_deposit(m, w.neuron, w.k));
            double weight = buffer[m], total = 0;
            for (size_t t = 0; backwards && t < w.size; t++)
                total += law[t] * buffer[t];
            for (size_t t = 0; !backwards && weight != 0 && t < w.size; t++)
                sum[t] += weight * law[t];
            if (backwards)
                sum[m] = total;
            if (m % 64 == 63)
                status = bni_poll(ctx, ((double)r + (double)m / (double)w.size) / (double)rests);
        }
        if (status == BINNET_OK)
            unpack_states(y, sum, rest, &w);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)(r + 1) / (double)rests);
    }
    bni_delete(&ctx->mem, buffer);
    return status;
}

int32_t bni_stage_apply(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *c, size_t s)
{
    return work_table(ctx, y, x, c, s, 0);
}

int32_t bni_stage_expect(binnet_ctx *ctx, double *y, const double *x, const binnet_chain *c, size_t s)
{
    return work_table(ctx, y, x, c, s, 1);
}

/* --- steps by nodes --- */

int32_t bni_node_view_open(binnet_ctx *ctx, bni_node_view *v, const binnet_chain *c, size_t s)
{
    size_t tops = c->n << c->upper;
    v->memory = bni_new_raw(ctx, tops + c->n, sizeof *v->memory);
    if (v->memory == NULL)
        return BINNET_E_NOMEM;
    v->chain = *c;
    v->noise = *c->noise;
    v->chain.correlated = NULL;
    v->chain.noise = &v->noise;
    v->chain.top = v->memory;
    v->noise.scale = v->memory + tops;
    v->noise.factors = 0;
    v->noise.loading = v->noise.own = v->noise.cov = NULL;
    memcpy(v->chain.top, c->top, tops * sizeof *c->top);
    memcpy(v->noise.scale, c->noise->scale, c->n * sizeof *c->noise->scale);
    for (size_t b = 0; b < bni_stage_size(c, s); b++)
        v->noise.scale[c->stage_neuron[(size_t)c->stage_first[s] + b]] = bni_correlated_stage_of(c, s)->noise->own[b];
    return BINNET_OK;
}

double bni_node_view_set(bni_node_view *v, const binnet_chain *c, size_t s, size_t k)
{
    const bni_correlated_stage *own = bni_correlated_stage_of(c, s);
    for (size_t b = 0; b < bni_stage_size(c, s); b++) {
        size_t i = (size_t)c->stage_neuron[(size_t)c->stage_first[s] + b];
        double shift = c->M[i] * own->noise->own[b] * own->nodes.shift[b * own->nodes.count + k];
        for (size_t A = i << c->upper; A < (i + 1) << c->upper; A++)
            v->chain.top[A] = c->top[A] + shift;
    }
    return own->nodes.weight[k];
}

void bni_node_view_close(binnet_ctx *ctx, bni_node_view *v)
{
    bni_delete(&ctx->mem, v->memory);
}
