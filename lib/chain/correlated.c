/*
 * Chains whose noise is correlated within an update: tables of the laws of their stages or, where these are too large, nodes of a
 * sum over shared factors; steps, expectations, transitions by them.   Source: THEORY 3, 4.
 */
#include "chain/correlated.h"
#include "num/double_double.h"

#include <math.h>
#include <string.h>

/* Bits of a table's index, a state and an outcome; of those that a lattice fills; of a stage in any table. */
enum { TABLE_BITS = 24, LATTICE_BITS = 20, STAGE_BITS = 12 };
/* More nodes make a step too long. */
static const double most_nodes = 1 << 14;

static bni_correlated_stage *stage_of(const binnet_chain *c, size_t s)
{
    return &c->correlated->stage[s];
}

int bni_stage_correlated(const binnet_chain *c, size_t s)
{
    return c->correlated != NULL && stage_of(c, s)->noise != NULL;
}

int bni_stage_tabled(const binnet_chain *c, size_t s)
{
    return bni_stage_correlated(c, s) && stage_of(c, s)->law != NULL;
}

size_t bni_stage_nodes(const binnet_chain *c, size_t s)
{
    return bni_stage_correlated(c, s) && !bni_stage_tabled(c, s) ? stage_of(c, s)->nodes.count : 0;
}

int32_t bni_chain_need_independent(binnet_ctx *ctx, const binnet_chain *chain, const char *what)
{
    return chain->correlated == NULL ? BINNET_OK : bni_noise_need_independent(ctx, chain->noise, what);
}

static double law_entries(const binnet_chain *c, size_t s)
{
    return ldexp(1, (int)(c->n + bni_stage_size(c, s)));
}

double bni_correlated_bytes(const binnet_chain *c)
{
    return c->correlated != NULL ? c->correlated->bytes : 0;
}

void bni_correlated_free(bni_correlated *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    for (size_t s = 0; s < w->n_stages; s++) {
        binnet_noise_free(w->stage[s].noise);
        bni_factor_nodes_free(&mem, &w->stage[s].nodes);
        bni_delete(&mem, w->stage[s].law);
        bni_delete(&mem, w->stage[s].error);
    }
    bni_delete(&mem, w);
}

/* --- making --- */

/* The noise of every stage whose neurons have common noise; none when no stage has. */
static int32_t open_correlated(binnet_ctx *ctx, binnet_chain *c, double held)
{
    if (!bni_noise_correlated(c->noise) ||
        (c->update != BINNET_UPDATE_SYNCHRONOUS && c->update != BINNET_UPDATE_BLOCKS))
        return BINNET_OK;
    double bytes = sizeof(bni_correlated) + (double)c->n_stages * sizeof(bni_correlated_stage);
    for (size_t s = 0; s < c->n_stages; s++)
        bytes += bni_noise_bytes(c->noise, bni_stage_size(c, s));
    BNI_TRY(bni_need_memory(ctx, held + bytes, "a chain with correlated noise"));
    bni_correlated *w = bni_new(ctx, 1, sizeof *w + c->n_stages * sizeof *w->stage);
    if (w == NULL)
        return BINNET_E_NOMEM;
    w->mem = ctx->mem;
    w->n_stages = c->n_stages;
    w->bytes = bytes;
    int some = 0;
    int32_t status = BINNET_OK;
    for (size_t s = 0; s < c->n_stages && status == BINNET_OK; s++) {
        bni_correlated_stage *own = &w->stage[s];
        status = bni_noise_pick(ctx, &own->noise, c->noise, bni_stage_size(c, s), c->stage_neuron + c->stage_first[s]);
        if (status == BINNET_OK && !bni_noise_correlated(own->noise)) {
            binnet_noise_free(own->noise);
            own->noise = NULL;
        }
        some |= own->noise != NULL;
    }
    if (status != BINNET_OK || !some) {
        bni_correlated_free(w);
        return status;
    }
    c->correlated = w;
    return BINNET_OK;
}

/* acos |c / sqrt(v w)|, 1 - r^2 without cancellation; the exponents are taken off. */
static double angle_of_covariance(double c, double v, double w)
{
    int a = ilogb(v) / 2, b = ilogb(w) / 2;
    v = ldexp(v, -2 * a);
    w = ldexp(w, -2 * b);
    c = ldexp(c, -a - b);
    bni_doubled p = bni_any_product(v, w), q = bni_any_product(c, c);
    double rest = (p.high - q.high) + (p.low - q.low);
    return atan2(sqrt(fmax(rest, 0)), fabs(c));
}

/* The same of the correlation that the probabilities are made with: that of the factor, or rounded. */
static double angle_used(const binnet_noise *noise, size_t i, size_t j)
{
    double si = noise->scale[i], sj = noise->scale[j];
    if (noise->factors == 0) {
        double r = noise->cov[i * noise->n + j] / si / sj;
        return atan2(sqrt(fmax((1 - r) * (1 + r), 0)), fabs(r));
    }
    double li = noise->loading[i] / si, lj = noise->loading[j] / sj, di = noise->own[i] / si, dj = noise->own[j] / sj;
    double a = di * lj, b = dj * li, c = di * dj;
    return atan2(sqrt(a * a + b * b + c * c), fabs(li * lj));
}

/* How far a row may be off because correlations near 1 or -1 were rounded: with one from r to r' the probabilities of all orthants
 * move by 2/pi |asin r - asin r'| together at most, a quarter of that each (Plackett 1954). */
static double correlation_rounding(const binnet_noise *noise)
{
    double off = 0;
    for (size_t i = 0; noise->cov != NULL && i < noise->n; i++)
        for (size_t j = 0; j < i; j++) {
            double c = noise->cov[i * noise->n + j];
            if (c != 0)
                off += fabs(angle_of_covariance(c, noise->cov[i * noise->n + i], noise->cov[j * noise->n + j]) -
                            angle_used(noise, i, j));
        }
    return 2 / 3.14159265358979323846 * off;
}

static void add_correlation_rounding(bni_correlated_stage *own)
{
    double row = correlation_rounding(own->noise);
    own->row += row;
    own->entry += row / 4;
}

/* What the whole stage is wrong by. */
static void add_row_errors(bni_correlated_stage *own, const double *error, size_t count)
{
    double row = 0;
    for (size_t m = 0; m < count; m++) {
        row += error[m];
        own->entry = fmax(own->entry, error[m]);
    }
    own->row = fmax(own->row, row);
}

static int32_t fill_rows(binnet_ctx *ctx, const binnet_chain *c, size_t s, bni_correlated_rows *rows, double *error)
{
    bni_correlated_stage *own = stage_of(c, s);
    size_t states = (size_t)1 << c->n, size = (size_t)1 << bni_stage_size(c, s);
    bni_progress whole = bni_progress_push(ctx);
    for (size_t A = 0; A < states; A++) {
        double *e = own->error != NULL ? own->error + A * size : error;
        bni_progress_part(ctx, whole, (double)A, (double)states);
        BNI_TRY(bni_correlated_rows_fill(ctx, rows, own->law + A * size, e, A));
        if (own->error != NULL)
            add_row_errors(own, e, size);
        BNI_TRY(bni_poll(ctx, 1));
    }
    bni_progress_pop(ctx, whole);
    return BINNET_OK;
}

static int32_t tabulate_stage(binnet_ctx *ctx, binnet_chain *c, size_t s, double held)
{
    bni_correlated_stage *own = stage_of(c, s);
    bni_correlated_rows *rows;
    size_t k = bni_stage_size(c, s), entries = (size_t)law_entries(c, s);
    BNI_TRY(bni_correlated_rows_new(ctx, &rows, c, s, own, held + c->correlated->bytes));
    int exact = own->method == BNI_BY_NODES;
    double bytes = bni_correlated_table_bytes(c, s, own->method), *error = NULL;
    int32_t status = BINNET_OK;
    if (own->method == BNI_BY_LATTICE && c->n + k > LATTICE_BITS)
        status = bni_fail(
            ctx, BINNET_E_RANGE,
            "%zu neurons updated at once in a chain of %zu: noise of any covariance is possible up to %d and %d "
            "(10 in a synchronous chain); with factors more are",
            k, c->n, STAGE_BITS, LATTICE_BITS - (int)k);
    if (status == BINNET_OK) {
        own->law = bni_new_raw(ctx, entries, sizeof *own->law);
        own->error = exact ? NULL : bni_new_raw(ctx, entries, sizeof *own->error);
        error = exact ? bni_new_raw(ctx, (size_t)1 << k, sizeof *error) : NULL;
        if (own->law == NULL || (exact ? error == NULL : own->error == NULL))
            status = BINNET_E_NOMEM;
    }
    if (status == BINNET_OK)
        status = fill_rows(ctx, c, s, rows, error);
    if (exact)
        own->row = own->entry = own->nodes.absolute;
    if (status == BINNET_OK)
        add_correlation_rounding(own);
    bni_delete(&ctx->mem, error);
    bni_correlated_rows_free(rows);
    bni_factor_nodes_free(&ctx->mem, &own->nodes);
    c->correlated->bytes += bytes;
    if (status == BINNET_OK && own->row > ctx->row_error)
        return bni_fail(
            ctx, BINNET_E_NOCONV,
            "the transition probabilities from a state are off by %.2g together, estimated from %.3g points "
            "(BINNET_P_ROW_ERROR: %.2g)",
            own->row, own->points, ctx->row_error);
    return status;
}

static int32_t make_nodes(binnet_ctx *ctx, binnet_chain *c, size_t s, double held)
{
    bni_correlated_stage *own = stage_of(c, s);
    size_t k = bni_stage_size(c, s);
    double most[BINNET_MAX_CHAIN_NEURONS], count = INFINITY;
    bni_largest_drives(most, c, s);
    if (own->noise->factors > 0)
        BNI_TRY(bni_factor_nodes_count(ctx, &count, own->noise, most));
    if (!(count <= most_nodes))
        return bni_fail(
            ctx, BINNET_E_RANGE,
            "%zu neurons updated at once in a chain of %zu, their noise correlated: %s; beyond %d neurons it needs "
            "factors, and noise of their own in every neuron, for at most %g nodes",
            k, c->n, own->noise->factors == 0 ? "it has no factors" : "its factors are too strong for their own noise",
            STAGE_BITS, most_nodes);
    double bytes = 8 * count * (double)(k + 1);
    BNI_TRY(bni_need_memory(ctx, held + c->correlated->bytes + bytes, "a chain with correlated noise"));
    BNI_TRY(bni_factor_nodes_make(ctx, &own->nodes, own->noise, most));
    own->method = BNI_BY_NODES;
    own->points = (double)own->nodes.count;
    double sum = 0x1p-53 * (double)own->nodes.count; /* of steps, one node after the other */
    own->relative = own->nodes.relative + sum + (double)k * 6e-15 + 0x1p-53 * own->nodes.rounding;
    own->row = own->entry = own->nodes.absolute + sum;
    add_correlation_rounding(own);
    c->correlated->bytes += bytes;
    return BINNET_OK;
}

/* Tables, or nodes. */
static int fits_table(const binnet_chain *c)
{
    for (size_t s = 0; s < c->n_stages; s++) {
        size_t k = bni_stage_size(c, s);
        if (bni_stage_correlated(c, s) && (k > STAGE_BITS || c->n + k > TABLE_BITS))
            return 0;
    }
    return 1;
}

/* What else follows from the correlations. */
static int32_t note_correlations(binnet_ctx *ctx, binnet_chain *c)
{
    for (size_t s = 0; s < c->n_stages; s++) {
        int regular = 1;
        if (!bni_stage_correlated(c, s))
            continue;
        if (stage_of(c, s)->method != BNI_BY_NODES && c->unbounded)
            BNI_TRY(
                bni_noise_regular(ctx, &regular, c->noise, bni_stage_size(c, s), c->stage_neuron + c->stage_first[s]));
        c->unbounded &= regular;
        c->sensitivity += 0x1p53 * (stage_of(c, s)->method == BNI_BY_NODES ? stage_of(c, s)->relative : 0);
    }
    return BINNET_OK;
}

int32_t bni_correlated_make(binnet_ctx *ctx, binnet_chain *c, double held)
{
    BNI_TRY(open_correlated(ctx, c, held));
    if (c->correlated == NULL)
        return BINNET_OK;
    int tables = fits_table(c);
    bni_progress whole = bni_progress_push(ctx);
    for (size_t s = 0; s < c->n_stages; s++) {
        bni_progress_part(ctx, whole, (double)s, (double)c->n_stages);
        if (bni_stage_correlated(c, s))
            BNI_TRY(tables ? tabulate_stage(ctx, c, s, held) : make_nodes(ctx, c, s, held));
    }
    bni_progress_pop(ctx, whole);
    return note_correlations(ctx, c);
}

/* Outcomes of a stage of `whole` as outcomes of the stage of its part: bit b of these is bit from[b] of those. */
static int32_t sum_outcomes(binnet_ctx *ctx, double *to, const double *from, size_t states, size_t size, size_t many,
                            const int *bit, size_t k, const uint64_t *row)
{
    for (size_t A = 0; A < states; A++) {
        memset(to + A * size, 0, size * sizeof *to);
        for (size_t m = 0; m < many; m++) {
            size_t o = 0;
            for (size_t b = 0; b < k; b++)
                o |= (m >> bit[b] & 1) << b;
            to[A * size + o] += from[row[A] * many + m];
        }
        BNI_TRY(bni_poll(ctx, (double)A / (double)states));
    }
    return BINNET_OK;
}

static int32_t pick_table(binnet_ctx *ctx, binnet_chain *c, size_t s, const binnet_chain *whole, const int32_t *neuron,
                          const uint64_t *row)
{
    bni_correlated_stage *own = stage_of(c, s), *from = NULL;
    size_t k = bni_stage_size(c, s), entries = (size_t)law_entries(c, s), t = 0;
    int bit[BINNET_MAX_CHAIN_NEURONS];
    for (size_t b = 0; b < k; b++) {
        int32_t i = neuron[c->stage_neuron[c->stage_first[s] + (int32_t)b]];
        for (size_t u = 0; u < whole->n_stages; u++)
            for (int32_t e = whole->stage_first[u]; e < whole->stage_first[u + 1]; e++)
                if (whole->stage_neuron[e] == i) {
                    t = u;
                    bit[b] = (int)(e - whole->stage_first[u]);
                }
    }
    from = stage_of(whole, t);
    own->method = from->method;
    own->relative = from->relative;
    own->row = from->row;
    own->entry = fmin(from->row, ldexp(from->entry, (int)(bni_stage_size(whole, t) - k)));
    own->points = from->points;
    own->law = bni_new_raw(ctx, entries, sizeof *own->law);
    own->error = from->error != NULL ? bni_new_raw(ctx, entries, sizeof *own->error) : NULL;
    if (own->law == NULL || (from->error != NULL && own->error == NULL))
        return BINNET_E_NOMEM;
    size_t states = (size_t)1 << c->n, size = (size_t)1 << k, many = (size_t)1 << bni_stage_size(whole, t);
    BNI_TRY(sum_outcomes(ctx, own->law, from->law, states, size, many, bit, k, row));
    if (own->error != NULL)
        BNI_TRY(sum_outcomes(ctx, own->error, from->error, states, size, many, bit, k, row));
    c->correlated->bytes += 8 * (double)entries * (own->error != NULL ? 2 : 1);
    return BINNET_OK;
}

int32_t bni_correlated_pick(binnet_ctx *ctx, binnet_chain *c, const binnet_chain *whole, const int32_t *neuron)
{
    int tables = whole->correlated != NULL;
    for (size_t s = 0; s < whole->n_stages; s++)
        tables &= !bni_stage_correlated(whole, s) || bni_stage_tabled(whole, s);
    if (!tables)
        return bni_correlated_make(ctx, c, 0);
    BNI_TRY(open_correlated(ctx, c, 0));
    if (c->correlated == NULL)
        return BINNET_OK;
    uint64_t *row = bni_new_raw(ctx, (size_t)1 << c->n, sizeof *row);
    if (row == NULL)
        return BINNET_E_NOMEM;
    for (uint64_t A = 0; A < (uint64_t)1 << c->n; A++)
        row[A] = bni_deposit(A, neuron, c->n);
    int32_t status = BINNET_OK;
    for (size_t s = 0; s < c->n_stages && status == BINNET_OK; s++)
        if (bni_stage_correlated(c, s))
            status = pick_table(ctx, c, s, whole, neuron, row);
    bni_delete(&ctx->mem, row);
    return status == BINNET_OK ? note_correlations(ctx, c) : status;
}

/* --- what they say --- */

/* Activities of a stage's neurons. */
static size_t stage_outcome(const binnet_chain *c, size_t s, uint64_t state)
{
    return (size_t)bni_group_state(state, bni_stage_size(c, s), c->stage_neuron + c->stage_first[s]);
}

const double *bni_stage_table(const binnet_chain *c, size_t s, uint64_t from)
{
    return bni_stage_tabled(c, s) ? stage_of(c, s)->law + (from << bni_stage_size(c, s)) : NULL;
}

const double *bni_stage_errors(const binnet_chain *c, size_t s, uint64_t from)
{
    return bni_stage_tabled(c, s) && stage_of(c, s)->error != NULL
               ? stage_of(c, s)->error + (from << bni_stage_size(c, s))
               : NULL;
}

/* Probabilities of neuron b of a stage at nodes first .. first + count - 1, count <= BNI_ROW. */
static void fill_node_sides(double *p, double *q, const binnet_chain *c, size_t s, size_t b, uint64_t from,
                            size_t first, size_t count)
{
    const bni_correlated_stage *own = stage_of(c, s);
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
    const bni_factor_nodes *nodes = &stage_of(c, s)->nodes;
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
    const bni_factor_nodes *nodes = &stage_of(c, s)->nodes;
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
        v->noise.scale[c->stage_neuron[(size_t)c->stage_first[s] + b]] = stage_of(c, s)->noise->own[b];
    return BINNET_OK;
}

double bni_node_view_set(bni_node_view *v, const binnet_chain *c, size_t s, size_t k)
{
    const bni_correlated_stage *own = stage_of(c, s);
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

/* --- errors --- */

double bni_chain_row_error(const binnet_chain *c, double *relative)
{
    double row = 0;
    *relative = 0;
    for (size_t s = 0; c->correlated != NULL && s < c->n_stages; s++)
        if (bni_stage_correlated(c, s)) {
            row += stage_of(c, s)->row;
            *relative += stage_of(c, s)->relative;
        }
    return row;
}

int32_t binnet_chain_row_error(binnet_ctx *ctx, double *row, double *entry, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    double most = 0, relative, sum = bni_chain_row_error(chain, &relative);
    for (size_t s = 0; chain->correlated != NULL && s < chain->n_stages; s++)
        most += bni_stage_correlated(chain, s) ? stage_of(chain, s)->entry : 0;
    if (row != NULL)
        *row = sum;
    if (entry != NULL)
        *entry = most;
    return BINNET_OK;
}
