/*
 * Updates of single neurons on a whole law: the asynchronous step, and one neuron after the other in place.
 * Each neuron joins pairs of states; tiles of rows that several neurons' pairs stay inside are worked on while in cache.
 * Source: THEORY 3 (asynchronous); the blocking is that of quantum state-vector simulators.
 */
#include "chain/chain.h"
#include "num/double_double.h"
#include "num/vectors.h"

#include <string.h>

/* Row bits a tile spans: 2^LOW_BITS rows of 2 KiB each of x and y fill half of a second-level cache. Where no neuron works
 * within rows a tile takes only some columns of them, and more rows: fewer passes over memory. Rows that are far apart would
 * fall on the same few cache sets, so they are copied to a tile of their own. Within the tile GROUP_BITS bits and PART
 * columns at a time are worked on, 16 KiB of x and y. */
enum { LOW_BITS = 7, TILE_BITS = 9, TILE_ROWS = 1 << TILE_BITS, GROUP_BITS = 3, PART = BNI_ROW / 2 };

typedef struct pass {
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    binnet_ctx *ctx;
    double *tiles;    /* of all workers */
    double *y;        /* add */
    const double *x;  /* add */
    double *z;        /* set */
    int first;        /* add: y is not set yet */
    int off_diagonal; /* add: only what changes */
    int transposed;   /* expectations after the update, instead of laws */
    int32_t neuron[2 * BINNET_MAX_CHAIN_NEURONS];
    size_t n_neurons;
    int bit[TILE_BITS]; /* row bits of the tile, rising */
    int n_bits;
    size_t columns;  /* of a row, to a tile */
    double from, to; /* progress */
    atomic_int status;
} pass;

/* One tile: its rows' numbers, and where they are. Columns `column` .. `column` + len - 1 of the rows. */
typedef struct tile {
    uint64_t row[TILE_ROWS];
    size_t rows, column, len;
    double *y; /* the result; in place when x is NULL */
    const double *x;
} tile;

size_t bni_gates_doubles(const binnet_chain *chain)
{
    int bits = chain->low + LOW_BITS;
    return (chain->update == BINNET_UPDATE_ASYNCHRONOUS ? 2 : 1) *
           ((size_t)1 << (bits < (int)chain->n ? bits : (int)chain->n));
}

/* The number `k` with zeros put in at the places `bit`, rising. */
static uint64_t spread(uint64_t k, const int *bit, int n_bits)
{
    for (int b = 0; b < n_bits; b++) {
        uint64_t below = (UINT64_C(1) << bit[b]) - 1;
        k = (k & below) | (k & ~below) << 1;
    }
    return k;
}

/* How many tiles there are in a row. */
static uint64_t across(const pass *p)
{
    return (UINT64_C(1) << p->chain->low) / p->columns;
}

/* The tile's place in its rows is the last part of `number`; the rest is spread over all places but `bit`, and r over those. */
static void tile_rows(tile *t, const pass *p, uint64_t number)
{
    uint64_t base = spread(number / across(p), p->bit, p->n_bits);
    t->rows = (size_t)1 << p->n_bits;
    t->len = p->columns;
    t->column = number % across(p) * p->columns;
    for (uint64_t r = 0; r < t->rows; r++) {
        t->row[r] = base;
        for (int b = 0; b < p->n_bits; b++)
            t->row[r] |= (r >> b & 1) << p->bit[b];
    }
}

typedef struct odds {
    double p[2][BNI_ROW], q[2][BNI_ROW];
    const double *p1, *q1;
} odds;

/* Probabilities of some pairs, from both sides; only one evaluation where the own activity does not matter. */
static int row_odds(odds *o, const pass *p, size_t i, uint64_t row0, uint64_t row1, size_t from, size_t n, double s)
{
    int self = p->chain->self[i];
    int good = bni_probability_row(p->chain, p->kern, o->p[0], o->q[0], i, 0, row0, from, n, s);
    if (self)
        good &= bni_probability_row(p->chain, p->kern, o->p[1], o->q[1], i, 1, row1, from, n, s);
    o->p1 = o->p[self];
    o->q1 = o->q[self];
    return good;
}

/* What stays is left out. */
static const double nothing[BNI_ROW] = {0};

/* What the kernels take for p0, q0, p1, q1: those of the pair; or, transposed, y0 = q0 x0 + p0 x1, y1 = q1 x0 + p1 x1. */
typedef struct gate {
    const double *p0, *q0, *p1, *q1;
} gate;

static gate gate_of(const pass *p, const odds *o)
{
    if (p->off_diagonal)
        return (gate){o->p[0], nothing, nothing, o->q1};
    if (p->transposed)
        return (gate){o->q1, o->q[0], o->p1, o->p[0]};
    return (gate){o->p[0], o->q[0], o->p1, o->q1};
}

/* Neuron i < low on one row. */
static int update_row(const pass *p, const tile *t, size_t i, size_t r)
{
    const binnet_chain *c = p->chain;
    double *y = t->y + r * t->len;
    const double *e;
    odds o;
    if (t->x != NULL && c->fast[i] && !p->off_diagonal && !p->transposed) {
        double f = bni_odds_row(c, &e, i, 0, t->row[r], 0);
        p->kern->gate_row_odds_add(y, t->x + r * t->len, e, f, f * c->exp_self[i], t->len, (int)i, c->select[i]);
        return 1;
    }
    int good = row_odds(&o, p, i, t->row[r], t->row[r], 0, t->len / 2, t->x != NULL ? c->select[i] : 1);
    gate g = gate_of(p, &o);
    if (t->x != NULL)
        p->kern->gate_row_add(y, t->x + r * t->len, g.p0, g.q0, g.p1, g.q1, t->len, (int)i);
    else
        p->kern->gate_row_set(y, g.p0, g.q0, g.p1, g.q1, t->len, (int)i);
    return good;
}

/* Neuron i >= low on `n` columns of rows r0 (inactive) and r1 (active). */
static int update_pair(const pass *p, const tile *t, size_t i, size_t r0, size_t r1, size_t from, size_t n)
{
    const binnet_chain *c = p->chain;
    double *y0 = t->y + r0 * t->len + from, *y1 = t->y + r1 * t->len + from;
    const double *x0 = t->x == NULL ? NULL : t->x + r0 * t->len + from;
    const double *x1 = t->x == NULL ? NULL : t->x + r1 * t->len + from, *e;
    odds o;
    if (t->x != NULL && c->fast[i] && !p->off_diagonal && !p->transposed) {
        double f = bni_odds_row(c, &e, i, 0, t->row[r0], t->column + from);
        p->kern->gate_odds_add(y0, y1, x0, x1, e, f, f * c->exp_self[i], n, c->select[i]);
        return 1;
    }
    int good = row_odds(&o, p, i, t->row[r0], t->row[r1], t->column + from, n, t->x != NULL ? c->select[i] : 1);
    gate g = gate_of(p, &o);
    if (t->x != NULL)
        p->kern->gate_add(y0, y1, x0, x1, g.p0, g.q0, g.p1, g.q1, n);
    else
        p->kern->gate_set(y0, y1, g.p0, g.q0, g.p1, g.q1, n);
    return good;
}

/* Which bit of the tile's row number neuron i >= low is. */
static int place_bits(const pass *p, int32_t i)
{
    int b = 0;
    while (p->bit[b] != i - p->chain->low)
        b++;
    return b;
}

/* Neurons k .. last - 1 of the pass, whose row bits are among places[n_places]. */
static int update_group(const pass *p, const tile *t, size_t k, size_t last, const int *places, int n_places)
{
    int good = 1;
    size_t part = t->len < PART ? t->len : PART, members = (size_t)1 << n_places;
    for (uint64_t others = 0; others < t->rows >> n_places; others++) {
        uint64_t base = spread(others, places, n_places);
        for (size_t from = 0; from < t->len; from += part)
            for (size_t j = k; j < last; j++) {
                uint64_t own = UINT64_C(1) << place_bits(p, p->neuron[j]);
                for (uint64_t m = 0; m < members; m++) {
                    uint64_t r = base;
                    for (int b = 0; b < n_places; b++)
                        r |= (m >> b & 1) << places[b];
                    if (!(r & own))
                        good &= update_pair(p, t, (size_t)p->neuron[j], r, r | own, from, part);
                }
            }
    }
    return good;
}

/* Runs of low neurons row by row; runs of the others by groups of a few row bits. Each pair of states sees the neurons in
 * their order, so this is one neuron after the other on the whole tile. */
static int update_tile(const pass *p, const tile *t)
{
    int good = 1;
    for (size_t k = 0, last; k < p->n_neurons; k = last) {
        last = k;
        if (p->neuron[k] < p->chain->low) {
            while (last < p->n_neurons && p->neuron[last] < p->chain->low)
                last++;
            for (size_t r = 0; r < t->rows; r++)
                for (size_t j = k; j < last; j++)
                    good &= update_row(p, t, (size_t)p->neuron[j], r);
            continue;
        }
        int places[GROUP_BITS], n_places = 0;
        for (; last < p->n_neurons && p->neuron[last] >= p->chain->low; last++) {
            int b = place_bits(p, p->neuron[last]), at = 0;
            while (at < n_places && places[at] < b)
                at++;
            if (at < n_places && places[at] == b)
                continue;
            if (n_places == GROUP_BITS)
                break;
            memmove(places + at + 1, places + at, (size_t)(n_places - at) * sizeof *places);
            places[at] = b;
            n_places++;
        }
        good &= update_group(p, t, k, last, places, n_places);
    }
    return good;
}

/* Rows of a tile that are not side by side: into the tile, and back. */
static int run_tile(const pass *p, tile *t, double *space)
{
    size_t bytes = t->len * sizeof(double), all = t->rows * t->len;
    int together = across(p) == 1 && t->row[t->rows - 1] - t->row[0] + 1 == t->rows, add = p->x != NULL;
    double *out = add ? p->y : p->z;
    size_t width = (size_t)1 << p->chain->low, start = (size_t)t->row[0] * width;
    t->y = together ? out + start : space;
    t->x = !add ? NULL : together ? p->x + start : space + all;
    if (add && (p->first || !together))
        memset(t->y, 0, all * sizeof(double));
    for (size_t r = 0; r < t->rows && !together; r++)
        memcpy(space + (add ? all : 0) + r * t->len, (add ? p->x : p->z) + (size_t)t->row[r] * width + t->column,
               bytes);
    int good = update_tile(p, t);
    for (size_t r = 0; r < t->rows && !together; r++) {
        double *to = out + (size_t)t->row[r] * width + t->column;
        const double *from = space + r * t->len;
        if (!add || p->first)
            memcpy(to, from, bytes);
        else
            for (size_t s = 0; s < t->len; s++)
                to[s] += from[s];
    }
    return good;
}

static void run_pass(void *arg, int worker, int workers)
{
    pass *p = arg;
    const binnet_chain *c = p->chain;
    uint64_t tiles = across(p) << ((int)c->n - c->low - p->n_bits), first, last;
    tile t;
    bni_share(tiles, 1, worker, workers, &first, &last);
    for (uint64_t k = first; k < last; k++) {
        tile_rows(&t, p, k);
        if (!run_tile(p, &t, p->tiles + (size_t)worker * bni_gates_doubles(c)))
            atomic_store(&p->status, BINNET_E_CALLBACK);
        if (worker == 0) {
            double done = (double)(k - first + 1) / (double)(last - first);
            int32_t status = bni_poll(p->ctx, p->from + (p->to - p->from) * done);
            if (status != BINNET_OK)
                atomic_store(&p->status, status);
        }
        if (atomic_load_explicit(&p->status, memory_order_relaxed) != BINNET_OK)
            return;
    }
}

/* The next neurons, from k on, as many as have not too many row bits; returns where to go on. */
static size_t fill_pass(pass *p, const int32_t *neuron, size_t k, size_t count)
{
    int has_low = 0;
    p->n_neurons = 0;
    p->n_bits = 0;
    for (; k < count && p->n_neurons < sizeof p->neuron / sizeof *p->neuron; k++) {
        int bit = neuron[k] - p->chain->low, at = 0;
        if (bit < 0) {
            if (p->n_bits > LOW_BITS)
                break;
            has_low = 1;
        } else {
            while (at < p->n_bits && p->bit[at] < bit)
                at++;
            if (at == p->n_bits || p->bit[at] != bit) {
                if (p->n_bits == (has_low ? LOW_BITS : TILE_BITS))
                    break;
                memmove(p->bit + at + 1, p->bit + at, (size_t)(p->n_bits - at) * sizeof *p->bit);
                p->bit[at] = bit;
                p->n_bits++;
            }
        }
        p->neuron[p->n_neurons++] = neuron[k];
    }
    p->columns = (size_t)1 << p->chain->low;
    for (int b = LOW_BITS; b < p->n_bits; b++)
        p->columns /= 2;
    return k;
}

/* Neurons in the given order. */
static int32_t run_passes(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, pass *p, const int32_t *neuron,
                          size_t count)
{
    p->chain = chain;
    p->kern = bni_kernels_get()->chain;
    p->ctx = ctx;
    atomic_init(&p->status, BINNET_OK);
    if (chain->n < 14)
        team = NULL;
    for (size_t k = 0; k < count;) {
        size_t from = k;
        k = fill_pass(p, neuron, k, count);
        p->from = (double)from / (double)count;
        p->to = (double)k / (double)count;
        bni_team_run(team, run_pass, p);
        p->first = 0;
        int32_t status = atomic_load(&p->status);
        if (status == BINNET_E_CALLBACK)
            return bni_fail(ctx, status, "a custom noise function returned a value outside 0..1");
        if (status != BINNET_OK)
            return status;
    }
    return BINNET_OK;
}

int32_t bni_gates_add(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                      const double *x)
{
    pass p = {.y = y, .x = x, .first = 1, .tiles = tiles};
    return run_passes(ctx, chain, team, &p, chain->stage_neuron, chain->n);
}

int32_t bni_gates_off_diagonal(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                               const double *x)
{
    pass p = {.y = y, .x = x, .first = 1, .off_diagonal = 1, .tiles = tiles};
    return run_passes(ctx, chain, team, &p, chain->stage_neuron, chain->n);
}

int32_t bni_gates_expect(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *y,
                         const double *x)
{
    pass p = {.y = y, .x = x, .first = 1, .transposed = 1, .tiles = tiles};
    return run_passes(ctx, chain, team, &p, chain->stage_neuron, chain->n);
}

int32_t bni_gates_expect_set(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *x,
                             const int32_t *neuron, size_t count)
{
    pass p = {.z = x, .transposed = 1, .tiles = tiles};
    return run_passes(ctx, chain, team, &p, neuron, count);
}

int32_t bni_gates_set(binnet_ctx *ctx, const binnet_chain *chain, bni_team *team, double *tiles, double *x,
                      const int32_t *neuron, size_t count)
{
    pass p = {.z = x, .tiles = tiles};
    return run_passes(ctx, chain, team, &p, neuron, count);
}

int32_t bni_gates_flows(binnet_ctx *ctx, const binnet_chain *chain, double *flow, const double *weight, size_t k,
                        const int32_t *group, const double *x)
{
    pass p = {.chain = chain, .kern = bni_kernels_get()->chain};
    uint64_t rows = UINT64_C(1) << ((int)chain->n - chain->low);
    odds o;
    int good = 1;
    memset(flow, 0, 2 * k * k * sizeof *flow);
    for (uint64_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < chain->n; i++) {
            int inside = i < (size_t)chain->low;
            uint64_t own = UINT64_C(1) << i, above = inside ? 0 : UINT64_C(1) << (i - (size_t)chain->low);
            if (row & above)
                continue;
            size_t pairs = inside ? ((size_t)1 << chain->low) / 2 : (size_t)1 << chain->low;
            good &= row_odds(&o, &p, i, row, row | above, 0, pairs, chain->select[i]);
            for (size_t m = 0; m < pairs; m++) {
                uint64_t low = inside ? (m & (own - 1)) | (m & ~(own - 1)) << 1 : m;
                uint64_t A = row << chain->low | low, B = A | own;
                size_t a = (size_t)group[A], b = (size_t)group[B];
                if (a == b)
                    continue;
                if (weight[a] > 0)
                    bni_pair_add(flow + 2 * (a * k + b), x[A] / weight[a] * o.p[0][m]);
                if (weight[b] > 0)
                    bni_pair_add(flow + 2 * (b * k + a), x[B] / weight[b] * o.q1[m]);
            }
        }
        if (row % 16 == 0)
            BNI_TRY(bni_poll(ctx, (double)row / (double)rows));
    }
    bni_close_pairs(flow, k * k);
    return good ? BINNET_OK : bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
}
