/*
 * Chains whose noise is correlated within an update: tables of the laws of their stages or, where these are too large, nodes of a
 * sum over shared factors; their errors.   Source: THEORY 3, 4.
 */
#include "chain/correlated.h"
#include "num/constants.h"
#include "num/double_double.h"

#include <math.h>
#include <string.h>

/* Bits of a table's index, a state and an outcome; of those that a lattice fills; of a stage in any table. */
enum { TABLE_BITS = 24, LATTICE_BITS = 20, STAGE_BITS = 12 };
/* More nodes make a step too long. */
static const double most_nodes = 1 << 14;

int bni_stage_correlated(const binnet_chain *c, size_t s)
{
    return c->correlated != NULL && bni_correlated_stage_of(c, s)->noise != NULL;
}

int bni_stage_tabled(const binnet_chain *c, size_t s)
{
    return bni_stage_correlated(c, s) && bni_correlated_stage_of(c, s)->law != NULL;
}

size_t bni_stage_nodes(const binnet_chain *c, size_t s)
{
    return bni_stage_correlated(c, s) && !bni_stage_tabled(c, s) ? bni_correlated_stage_of(c, s)->nodes.count : 0;
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
    return 2 / BNI_PI * off;
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
    bni_correlated_stage *own = bni_correlated_stage_of(c, s);
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
    bni_correlated_stage *own = bni_correlated_stage_of(c, s);
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
    bni_correlated_stage *own = bni_correlated_stage_of(c, s);
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
        if (bni_correlated_stage_of(c, s)->method != BNI_BY_NODES && c->unbounded)
            BNI_TRY(
                bni_noise_regular(ctx, &regular, c->noise, bni_stage_size(c, s), c->stage_neuron + c->stage_first[s]));
        c->unbounded &= regular;
        c->sensitivity += 0x1p53 * (bni_correlated_stage_of(c, s)->method == BNI_BY_NODES
                                        ? bni_correlated_stage_of(c, s)->relative
                                        : 0);
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
    bni_correlated_stage *own = bni_correlated_stage_of(c, s), *from = NULL;
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
    from = bni_correlated_stage_of(whole, t);
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

/* --- errors --- */

double bni_chain_row_error(const binnet_chain *c, double *relative)
{
    double row = 0;
    *relative = 0;
    for (size_t s = 0; c->correlated != NULL && s < c->n_stages; s++)
        if (bni_stage_correlated(c, s)) {
            row += bni_correlated_stage_of(c, s)->row;
            *relative += bni_correlated_stage_of(c, s)->relative;
        }
    return row;
}

int32_t binnet_chain_row_error(binnet_ctx *ctx, double *row, double *entry, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    double most = 0, relative, sum = bni_chain_row_error(chain, &relative);
    for (size_t s = 0; chain->correlated != NULL && s < chain->n_stages; s++)
        most += bni_stage_correlated(chain, s) ? bni_correlated_stage_of(chain, s)->entry : 0;
    if (row != NULL)
        *row = sum;
    if (entry != NULL)
        *entry = most;
    return BINNET_OK;
}
