/*
 * Parallel update of a set of neurons on a whole law: the synchronous step, or one block of a block-sequential one.
 * (x P)[hi, lo] = sum_A x(A) H_A[hi] L_A[lo]: a matrix product over tiles of states A. The neurons' probabilities of a tile are
 * made by all workers while the previous tile is multiplied. The blocks of the result are shared among the workers, and
 * whoever adds to a block makes the panels of its operands by himself: what another core has written would have to be fetched.
 * The blocks and the order of the states in each sum do not depend on how many workers there are.
 * (Small chains: parallel_update_small.c.)   Source: THEORY 3.
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <math.h>

/* States of a tile, and of the panels made at a time: fewer where the result is large, since a tile is between two polls. */
enum { MOST_STATES = 2048, MOST_PART = 256, FEWEST_STATES = 64 };
enum { MOST_PANELS = 1 << 20 }; /* bytes of a worker */
#define TILE_WORK 0x1p27        /* multiply-adds */

/* One tile of source states and the probabilities of their successors. */
typedef struct tile {
    uint64_t *state;
    double *weight, *p, *q; /* [slots][states] */
    size_t count;           /* states */
} tile;

struct bni_product {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t part, states; /* in a part and in a tile at most; powers of 2 */
    int row_bits, column_bits;
    double *own; /* of each worker: the panels of a part, and weights */
    size_t own_doubles;
    const int32_t *neuron;
    size_t n_neurons;
    double *memory, *C_memory, *C;
    size_t ldc;
    tile tiles[2];
    uint64_t *state_memory;
    int making, multiplying; /* which tile, or -1 */
    atomic_int good;
};

static void halves(size_t count, int *row_bits, int *column_bits)
{
    *row_bits = (int)count / 2;
    *column_bits = (int)count - *row_bits;
}

/* The result is cut into blocks of 2^block_bits(row_bits) times 2^block_bits(column_bits): two of both at least, so that workers
 * have something to share. */
static int block_bits(int bits)
{
    int some = bits > 3 ? bits - 1 : bits;
    return some < BNI_PANEL_BITS ? some : BNI_PANEL_BITS;
}

typedef struct plan {
    size_t part, states, slots, own, buffer; /* doubles */
} plan;

static plan make_plan(const binnet_chain *chain)
{
    int rb, cb;
    size_t stage = bni_largest_stage(chain);
    halves(stage, &rb, &cb);
    plan p = {.states = FEWEST_STATES, .slots = stage};
    while (p.states < MOST_STATES && p.states << 3 < (size_t)1 << chain->n &&
           ldexp((double)p.states, (int)stage) < TILE_WORK)
        p.states *= 2;
    size_t each = ((size_t)1 << cb) + ((size_t)1 << block_bits(rb)) + 1;
    p.part = p.states < MOST_PART ? p.states : MOST_PART;
    while (p.part > FEWEST_STATES && p.part * each * sizeof(double) > MOST_PANELS)
        p.part /= 2;
    p.own = p.part * each;
    p.buffer = stage == chain->n ? 0 : (size_t)1 << stage;
    return p;
}

static size_t plan_doubles(const plan *p, int workers)
{
    return (size_t)workers * p->own + 2 * p->states * (2 * p->slots + 1) + 8;
}

double bni_product_bytes(const binnet_chain *chain, int workers)
{
    plan p = make_plan(chain);
    return 8.0 * (double)(plan_doubles(&p, workers) + p.buffer + 16 + 2 * p.states) + sizeof(bni_product);
}

int32_t bni_product_new(binnet_ctx *ctx, bni_product **out, const binnet_chain *chain, bni_team *team)
{
    *out = NULL;
    bni_product *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    plan p = make_plan(chain);
    w->mem = ctx->mem;
    w->chain = chain;
    w->kern = bni_kernels_get()->chain;
    w->team = bni_blas_team(team);
    w->part = p.part;
    w->states = p.states;
    w->memory = bni_new_raw(ctx, plan_doubles(&p, bni_team_size(team)), sizeof(double));
    w->state_memory = bni_new_raw(ctx, 2 * p.states, sizeof(uint64_t));
    atomic_init(&w->good, 1);
    w->C_memory = p.buffer > 0 ? bni_new_raw(ctx, p.buffer + 8, sizeof(double)) : NULL;
    if (w->memory == NULL || w->state_memory == NULL || (p.buffer > 0 && w->C_memory == NULL)) {
        bni_product_free(w);
        return BINNET_E_NOMEM;
    }
    w->own = bni_align(w->memory);
    w->own_doubles = p.own;
    double *at = w->own + (size_t)bni_team_size(team) * p.own;
    for (int t = 0; t < 2; t++) {
        w->tiles[t].p = at;
        w->tiles[t].q = at + p.slots * p.states;
        w->tiles[t].weight = at + 2 * p.slots * p.states;
        at += (2 * p.slots + 1) * p.states;
        w->tiles[t].state = w->state_memory + (size_t)t * p.states;
    }
    *out = w;
    return BINNET_OK;
}

void bni_product_free(bni_product *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    bni_delete(&mem, w->memory);
    bni_delete(&mem, w->C_memory);
    bni_delete(&mem, w->state_memory);
    bni_delete(&mem, w);
}

/* The neurons' probabilities; the lower ones are the columns. */
static void make_tile(bni_product *w, tile *t, int worker, int workers)
{
    uint64_t from, to;
    bni_share(t->count, 16, worker, workers, &from, &to);
    for (size_t upto; from < to; from = upto) {
        upto = to - from < BNI_ROW ? to : from + BNI_ROW;
        for (size_t b = 0; b < w->n_neurons; b++)
            if (!bni_probability_states(w->chain, w->kern, t->p + b * w->states + from, t->q + b * w->states + from,
                                        (size_t)w->neuron[b], t->state + from, upto - from))
                atomic_store(&w->good, 0);
    }
}

/* The blocks of the result, each of which is one worker's. */
static void multiply_tile(bni_product *w, const tile *t, int worker, int workers)
{
    int high = block_bits(w->row_bits), low = block_bits(w->column_bits);
    size_t m = (size_t)1 << high, n = (size_t)1 << low, across = (size_t)1 << (w->column_bits - low);
    uint64_t first, last;
    bni_share(across << (w->row_bits - high), 1, worker, workers, &first, &last);
    if (first == last)
        return;
    double *columns = w->own + (size_t)worker * w->own_doubles, *rows = columns + (w->part << w->column_bits);
    double *weight = rows + w->part * m;
    size_t upper = (size_t)w->column_bits * w->states;
    int one_row = first / across == (last - 1) / across;
    size_t left = one_row ? first % across : 0, right = one_row ? (last - 1) % across + 1 : across;
    for (size_t start = 0; start < t->count; start += w->part) {
        size_t count = t->count - start < w->part ? t->count - start : w->part;
        const double *p = t->p + start, *q = t->q + start;
        for (size_t j = left; j < right; j++)
            bni_law_panel(columns + j * n * w->part, weight, p, q, w->states, w->column_bits, low, j, NULL, count);
        for (uint64_t block = first; block < last; block++) {
            size_t i = block / across, j = block % across;
            if (block == first || j == 0)
                bni_law_panel(rows, weight, p + upper, q + upper, w->states, w->row_bits, high, i, t->weight + start,
                              count);
            bni_panels_multiply(w->C + i * m * w->ldc + j * n, w->ldc, rows, m, m, columns + j * n * w->part, n, n,
                                count);
        }
    }
}

static void work_on_tiles(void *arg, int worker, int workers)
{
    bni_product *w = arg;
    if (w->making >= 0)
        make_tile(w, &w->tiles[w->making], worker, workers);
    if (w->multiplying >= 0)
        multiply_tile(w, &w->tiles[w->multiplying], worker, workers);
}

/* The next states with a weight, from m on; returns where to go on. */
static uint64_t fill_tile(bni_product *w, tile *t, const double *x, uint64_t rest, uint64_t m)
{
    uint64_t end = UINT64_C(1) << w->n_neurons;
    int whole = w->n_neurons == w->chain->n;
    size_t k = 0;
    for (; m < end && k < w->states; m++) {
        uint64_t s = whole ? m : rest | bni_deposit(m, w->neuron, w->n_neurons);
        if (x[s] != 0) {
            t->state[k] = s;
            t->weight[k++] = x[s];
        }
    }
    t->count = k;
    return m;
}

/* States between two polls of a short loop. */
enum { BETWEEN_POLLS = 1 << 16 };
/* Multiply-adds that are not worth a meeting of the workers. */
enum { ALONE = 1 << 18 };

int32_t bni_product_apply(binnet_ctx *ctx, bni_product *w, double *y, const double *x, const int32_t *neuron,
                          size_t count)
{
    const binnet_chain *chain = w->chain;
    w->neuron = neuron;
    w->n_neurons = count;
    halves(count, &w->row_bits, &w->column_bits);
    int direct = count == chain->n;
    w->C = direct ? y : bni_align(w->C_memory);
    w->ldc = (size_t)1 << w->column_bits;
    bni_team *team = count < BNI_THREADED ? NULL : w->team;
    int32_t others[BINNET_MAX_CHAIN_NEURONS];
    size_t n_others = 0;
    for (size_t i = 0, k = 0; i < chain->n; i++)
        if (k < count && (size_t)neuron[k] == i)
            k++;
        else
            others[n_others++] = (int32_t)i;

    uint64_t rests = UINT64_C(1) << n_others, end = UINT64_C(1) << count;
    for (uint64_t r = 0; r < rests; r++) {
        uint64_t rest = bni_deposit(r, others, n_others);
        BNI_TRY(bni_clear(ctx, w->C, (size_t)1 << count, sizeof *w->C));
        uint64_t m = fill_tile(w, &w->tiles[0], x, rest, 0);
        /* a few states are quicker done alone than shared */
        bni_team *workers = m == end && ldexp((double)w->tiles[0].count, (int)count) < ALONE ? NULL : team;
        w->making = 0;
        w->multiplying = -1;
        bni_team_run(workers, work_on_tiles, w);
        while (w->tiles[w->making].count > 0) {
            w->multiplying = w->making;
            w->making = 1 - w->making;
            double done = ((double)r + (double)m / (double)end) / (double)rests;
            m = fill_tile(w, &w->tiles[w->making], x, rest, m);
            bni_team_run(workers, work_on_tiles, w);
            BNI_TRY(bni_poll(ctx, done));
        }
        if (!atomic_load(&w->good))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        if (direct)
            continue;
        for (uint64_t k = 0; k < end; k++) {
            y[rest | bni_deposit(k, neuron, count)] = w->C[k];
            if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, (double)(r + 1) / (double)rests));
        }
    }
    return BINNET_OK;
}
