/*
 * Updates of single neurons on a whole law: the asynchronous step, and one neuron after the other in place.
 * Each neuron joins pairs of states; tiles of rows that several neurons' pairs stay inside are worked on while in cache.
 * Source: THEORY 3 (asynchronous); the blocking is that of quantum state-vector simulators.
 */
#include "chain/chain.h"

#include <string.h>

/* Row bits a tile spans: 2^TILE_BITS rows of 2 KiB each of x and y stay in the second-level cache. */
enum { TILE_BITS = 6, TILE_ROWS = 1 << TILE_BITS };

typedef struct pass {
    const binnet_chain *chain;
    const bni_kernels *kern;
    binnet_ctx *ctx;
    double *y;       /* add */
    const double *x; /* add */
    double *z;       /* set */
    int clear;       /* add: y is not set yet */
    int32_t neuron[2 * BINNET_MAX_CHAIN_NEURONS];
    size_t n_neurons;
    int bit[TILE_BITS]; /* row bits of the tile, rising */
    int n_bits;
    double from, to; /* progress */
    atomic_int status;
} pass;

/* The number `k` with its bits moved to the places where `mask` has ones, or, with complement, zeros. */
static uint64_t spread(uint64_t k, const int *bit, int n_bits)
{
    for (int b = 0; b < n_bits; b++) { /* rising: make room for each bit in turn */
        uint64_t below = (UINT64_C(1) << bit[b]) - 1;
        k = (k & below) | (k & ~below) << 1;
    }
    return k;
}

static void tile_rows(uint64_t *row, const pass *p, uint64_t tile)
{
    uint64_t base = spread(tile, p->bit, p->n_bits);
    for (uint64_t r = 0; r < UINT64_C(1) << p->n_bits; r++) {
        row[r] = base;
        for (int b = 0; b < p->n_bits; b++)
            row[r] |= (r >> b & 1) << p->bit[b];
    }
}

typedef struct odds {
    double p[2][BNI_ROW], q[2][BNI_ROW];
    const double *p1, *q1;
} odds;

/* Probabilities of one row, from both sides; only one evaluation where the own activity does not matter. */
static int row_odds(odds *o, const pass *p, size_t i, uint64_t row0, uint64_t row1, double s)
{
    int good = bni_probability_row(p->chain, p->kern, o->p[0], o->q[0], i, 0, row0, s), self = p->chain->self[i];
    if (self)
        good &= bni_probability_row(p->chain, p->kern, o->p[1], o->q[1], i, 1, row1, s);
    o->p1 = o->p[self];
    o->q1 = o->q[self];
    return good;
}

static int update_tile(const pass *p, size_t i, const uint64_t *row, uint64_t n_rows)
{
    const binnet_chain *c = p->chain;
    size_t len = (size_t)1 << c->low;
    double s = p->y != NULL ? c->select[i] : 1;
    odds o;
    int good = 1;
    if (i < (size_t)c->low) {
        for (uint64_t r = 0; r < n_rows; r++) {
            size_t at = (size_t)row[r] << c->low;
            good &= row_odds(&o, p, i, row[r], row[r], s);
            if (p->y != NULL)
                p->kern->gate_row_add(p->y + at, p->x + at, o.p[0], o.q[0], o.p1, o.q1, len, (int)i);
            else
                p->kern->gate_row_set(p->z + at, o.p[0], o.q[0], o.p1, o.q1, len, (int)i);
        }
        return good;
    }
    uint64_t own = UINT64_C(1) << (i - (size_t)c->low);
    for (uint64_t r = 0; r < n_rows; r++) {
        if (row[r] & own)
            continue;
        uint64_t partner = row[r] | own;
        size_t at0 = (size_t)row[r] << c->low, at1 = (size_t)partner << c->low;
        good &= row_odds(&o, p, i, row[r], partner, s);
        if (p->y != NULL)
            p->kern->gate_add(p->y + at0, p->y + at1, p->x + at0, p->x + at1, o.p[0], o.q[0], o.p1, o.q1, len);
        else
            p->kern->gate_set(p->z + at0, p->z + at1, o.p[0], o.q[0], o.p1, o.q1, len);
    }
    return good;
}

static void run_pass(void *arg, int worker, int workers)
{
    pass *p = arg;
    const binnet_chain *c = p->chain;
    uint64_t tiles = UINT64_C(1) << ((int)c->n - c->low - p->n_bits), first, last, row[TILE_ROWS];
    bni_share(tiles, 1, worker, workers, &first, &last);
    for (uint64_t t = first; t < last; t++) {
        tile_rows(row, p, t);
        uint64_t n_rows = UINT64_C(1) << p->n_bits;
        for (uint64_t r = 0; p->clear && r < n_rows; r++)
            memset(p->y + ((size_t)row[r] << c->low), 0, sizeof(double) << c->low);
        for (size_t k = 0; k < p->n_neurons; k++)
            if (!update_tile(p, (size_t)p->neuron[k], row, n_rows))
                atomic_store(&p->status, BINNET_E_CALLBACK);
        if (worker == 0) {
            double done = (double)(t - first + 1) / (double)(last - first);
            int32_t status = bni_poll(p->ctx, p->from + (p->to - p->from) * done);
            if (status != BINNET_OK)
                atomic_store(&p->status, status);
        }
        if (atomic_load_explicit(&p->status, memory_order_relaxed) != BINNET_OK)
            return;
    }
}

/* Neurons in the given order, as many to a pass as its tile can join. */
static int32_t run_passes(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, pass *p, const int32_t *neuron,
                          size_t count)
{
    p->chain = chain;
    p->kern = bni_kernels_get();
    p->ctx = ctx;
    atomic_init(&p->status, BINNET_OK);
    if (chain->n < 14)
        team = NULL;
    for (size_t k = 0; k < count;) {
        size_t from = k;
        p->n_neurons = 0;
        p->n_bits = 0;
        for (; k < count && p->n_neurons < sizeof p->neuron / sizeof *p->neuron; k++) {
            int bit = neuron[k] - chain->low, at = 0;
            if (bit >= 0) {
                while (at < p->n_bits && p->bit[at] < bit)
                    at++;
                if (at == p->n_bits || p->bit[at] != bit) {
                    if (p->n_bits == TILE_BITS)
                        break;
                    memmove(p->bit + at + 1, p->bit + at, (size_t)(p->n_bits - at) * sizeof *p->bit);
                    p->bit[at] = bit;
                    p->n_bits++;
                }
            }
            p->neuron[p->n_neurons++] = neuron[k];
        }
        p->from = (double)from / (double)count;
        p->to = (double)k / (double)count;
        bni_team_run(team, run_pass, p);
        p->clear = 0;
        int32_t status = atomic_load(&p->status);
        if (status == BINNET_E_CALLBACK)
            return bni_fail(ctx, status, "a custom noise function returned a value outside 0..1");
        if (status != BINNET_OK)
            return status;
    }
    return BINNET_OK;
}

int32_t bni_gates_add(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *y, const double *x)
{
    pass p = {.y = y, .x = x, .clear = 1};
    return run_passes(ctx, chain, team, &p, chain->stage_neuron, chain->n);
}

int32_t bni_gates_set(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *x, const int32_t *neuron,
                      size_t count)
{
    pass p = {.z = x};
    return run_passes(ctx, chain, team, &p, neuron, count);
}

int32_t bni_gates_flows(binnet_ctx *ctx, const binnet_chain *chain, double *flow, size_t k, const int32_t *group,
                        const double *x)
{
    pass p = {.chain = chain, .kern = bni_kernels_get()};
    uint64_t rows = UINT64_C(1) << ((int)chain->n - chain->low);
    odds o;
    int good = 1;
    memset(flow, 0, k * k * sizeof *flow);
    for (uint64_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < chain->n; i++) {
            int inside = i < (size_t)chain->low;
            uint64_t own = UINT64_C(1) << i, above = inside ? 0 : UINT64_C(1) << (i - (size_t)chain->low);
            if (row & above)
                continue;
            good &= row_odds(&o, &p, i, row, row | above, chain->select[i]);
            size_t pairs = inside ? ((size_t)1 << chain->low) / 2 : (size_t)1 << chain->low;
            for (size_t m = 0; m < pairs; m++) {
                uint64_t low = inside ? (m & (own - 1)) | (m & ~(own - 1)) << 1 : m;
                uint64_t A = row << chain->low | low, B = A | own;
                size_t a = (size_t)group[A], b = (size_t)group[B];
                if (a == b)
                    continue;
                flow[a * k + b] += x[A] * o.p[0][m];
                flow[b * k + a] += x[B] * o.q1[m];
            }
        }
        if (row % 16 == 0)
            BNI_TRY(bni_poll(ctx, (double)row / (double)rows));
    }
    return good ? BINNET_OK : bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}
