/*
 * Parallel update of a set of neurons on a whole law: the synchronous step, or one block of a block-sequential one.
 * (x P)[hi, lo] = sum_A x(A) H_A[hi] L_A[lo]: a matrix product over tiles of states A, whose operands are made tile by tile
 * while the previous tile is multiplied, block by block with the BLAS. (Small chains: parallel_update_small.c.)
 * Source: THEORY 3.
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <math.h>

/* PART states are made at a time; a tile has as many parts as make the meeting of the workers rare. */
enum { PART = BNI_ROW, MOST_PARTS = 8 };

/* One tile of source states and the laws of their successors' halves. */
typedef struct tile {
    uint64_t *state;
    double *weight, *p, *q; /* [slots][states] */
    double *rows, *columns; /* panels, part after part */
    size_t count;           /* states */
} tile;

struct bni_product {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t part, states; /* in a part and in a tile at most */
    int row_bits, column_bits;
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

size_t bni_panel_width(int bits)
{
    return (size_t)1 << (bits < BNI_PANEL_BITS ? bits : BNI_PANEL_BITS);
}

/* Rows or columns of a block of the result: there are two blocks of both at least, so that workers have something to share. */
static size_t block_width(int bits)
{
    return bni_panel_width(bits > 3 ? bits - 1 : bits);
}

/* The largest stage decides. */
size_t bni_largest_stage(const binnet_chain *chain)
{
    size_t most = 0;
    for (size_t s = 0; s < chain->n_stages; s++) {
        size_t size = bni_stage_size(chain, s);
        most = size > most ? size : most;
    }
    return most;
}

typedef struct plan {
    size_t part, states, panel, slots, buffer; /* doubles */
} plan;

static plan make_plan(const binnet_chain *chain)
{
    int rb, cb;
    size_t stage = bni_largest_stage(chain);
    halves(stage, &rb, &cb);
    plan p = {.part = PART, .slots = (size_t)(rb + cb)};
    p.panel = ((size_t)1 << rb) + ((size_t)1 << cb);
    while (p.part > 16 && p.part * p.panel * 2 * sizeof(double) > (size_t)40 << 20)
        p.part /= 2;
    p.states = p.part;
    while (p.states < MOST_PARTS * p.part && p.states << 3 < (size_t)1 << chain->n &&
           p.states * p.panel * sizeof(double) < (size_t)1 << 20)
        p.states *= 2;
    p.buffer = stage == chain->n ? 0 : (size_t)1 << stage;
    return p;
}

static size_t plan_doubles(const plan *p)
{
    return 2 * p->states * (p->panel + 2 * p->slots + 1) + 8;
}

double bni_product_bytes(const binnet_chain *chain)
{
    plan p = make_plan(chain);
    return 8.0 * (double)(plan_doubles(&p) + p.buffer + 16 + 2 * p.states) + sizeof(bni_product);
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
    w->memory = bni_new(ctx, plan_doubles(&p), sizeof(double));
    w->state_memory = bni_new(ctx, 2 * p.states, sizeof(uint64_t));
    atomic_init(&w->good, 1);
    w->C_memory = p.buffer > 0 ? bni_new(ctx, p.buffer + 8, sizeof(double)) : NULL;
    if (w->memory == NULL || w->state_memory == NULL || (p.buffer > 0 && w->C_memory == NULL)) {
        bni_product_free(w);
        return BINNET_E_NOMEM;
    }
    double *at = bni_align(w->memory);
    for (int t = 0; t < 2; t++) {
        w->tiles[t].rows = at; /* rows and columns share p.panel * states doubles; bni_product_apply splits them */
        at += p.panel * p.states;
    }
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

/* States from .. to - 1 of one part, which begins at state `start`. */
static void make_part(bni_product *w, tile *t, uint64_t start, uint64_t from, uint64_t to)
{
    for (size_t b = 0; b < w->n_neurons; b++) /* the lower neurons are the columns */
        if (!bni_probability_states(w->chain, w->kern, t->p + b * w->states + from, t->q + b * w->states + from,
                                    (size_t)w->neuron[b], t->state + from, to - from))
            atomic_store(&w->good, 0);
    size_t upper = (size_t)w->column_bits * w->states + from, row = bni_panel_width(w->row_bits),
           column = bni_panel_width(w->column_bits);
    bni_law_panels(t->rows + (start << w->row_bits) + (from - start) * row, row * w->part, t->p + upper, t->q + upper,
                   w->states, w->row_bits, t->weight + from, to - from);
    bni_law_panels(t->columns + (start << w->column_bits) + (from - start) * column, column * w->part, t->p + from,
                   t->q + from, w->states, w->column_bits, NULL, to - from);
}

static void make_tile(bni_product *w, tile *t, int worker, int workers)
{
    uint64_t from, to;
    bni_share(t->count, 16, worker, workers, &from, &to);
    for (uint64_t start = from - from % w->part; start < to; start += w->part)
        make_part(w, t, start, from > start ? from : start, to < start + w->part ? to : start + w->part);
}

void bni_panels_multiply(double *C, size_t ldc, const double *rows, size_t a, size_t m, const double *columns, size_t b,
                         size_t n, size_t count)
{
    size_t depth = BNI_BLOCK_WORK / (m * n);
    for (size_t k = 0; k < count; k += depth)
        bni_dense_block(C, ldc, rows + k * a, a, columns + k * b, b, m, n, count - k < depth ? count - k : depth,
                        BNI_A_TRANSPOSED | BNI_ADD);
}

/* The blocks of the result, each of which is one worker's. */
static void multiply_tile(bni_product *w, const tile *t, int worker, int workers)
{
    size_t a = bni_panel_width(w->row_bits), b = bni_panel_width(w->column_bits);
    size_t m = block_width(w->row_bits), n = block_width(w->column_bits), across = ((size_t)1 << w->column_bits) / n;
    uint64_t first, last;
    bni_share(((uint64_t)1 << w->row_bits) / m * across, 1, worker, workers, &first, &last);
    for (uint64_t block = first; block < last; block++) {
        size_t i = block / across * m, j = block % across * n;
        for (uint64_t start = 0; start < t->count; start += w->part) {
            const double *A = t->rows + (start << w->row_bits) + i / a * a * w->part + i % a;
            const double *B = t->columns + (start << w->column_bits) + j / b * b * w->part + j % b;
            bni_panels_multiply(w->C + i * w->ldc + j, w->ldc, A, a, m, B, b, n,
                                t->count - start < w->part ? t->count - start : w->part);
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

/* Bits of m at the neurons' places. */
uint64_t bni_deposit(uint64_t m, const int32_t *neuron, size_t n)
{
    uint64_t s = 0;
    for (size_t b = 0; b < n; b++)
        s |= (m >> b & 1) << neuron[b];
    return s;
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
enum { ALONE = 1 << 21 };

int32_t bni_product_apply(binnet_ctx *ctx, bni_product *w, double *y, const double *x, const int32_t *neuron,
                          size_t count)
{
    const binnet_chain *chain = w->chain;
    w->neuron = neuron;
    w->n_neurons = count;
    halves(count, &w->row_bits, &w->column_bits);
    for (int t = 0; t < 2; t++)
        w->tiles[t].columns = w->tiles[t].rows + ((size_t)w->states << w->row_bits);
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
