/*
 * Parallel update of a set of neurons on a whole law: the synchronous step, or one block of a block-sequential one.
 * (x P)[hi, lo] = sum_A x(A) H_A[hi] L_A[lo]: a matrix product over tiles of states A, whose operands are made in packed
 * form tile by tile while the previous tile is multiplied. (Small chains: parallel_update_small.c.)
 * Source: THEORY 3.
 */
#include "chain/chain.h"

/* PART states are multiplied at a time; a tile has as many parts as make the meeting of the workers rare. */
enum { PART = BNI_ROW, MOST_PARTS = 8, ROW_BLOCK = 32 /* micro-panels of rows that stay in cache */ };

/* One tile of source states and the laws of their successors' halves. */
typedef struct tile {
    uint64_t *state;
    double *weight, *p, *q; /* [slots][states] */
    double *rows, *columns; /* panels, part after part */
    size_t count;           /* states, padded to a multiple of 4 */
} tile;

struct bni_product {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t part, states; /* in a part and in a tile at most */
    int row_bits, column_bits, column_real;
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
    int rows = (int)count / 2, columns = (int)count - rows;
    *row_bits = rows < 2 ? 2 : rows;
    *column_bits = columns < 3 ? 3 : columns;
}

/* The largest stage decides. */
static size_t largest_stage(const binnet_chain *chain)
{
    size_t most = 0;
    for (size_t s = 0; s < chain->n_stages; s++) {
        size_t size = (size_t)(chain->stage_first[s + 1] - chain->stage_first[s]);
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
    size_t stage = largest_stage(chain);
    halves(stage, &rb, &cb);
    plan p = {.part = PART, .slots = (size_t)(rb + cb)};
    p.panel = ((size_t)1 << rb) + ((size_t)1 << cb);
    int direct = stage == chain->n && rb + cb == (int)chain->n;
    while (p.part > 16 && p.part * p.panel * 2 * sizeof(double) > (size_t)40 << 20)
        p.part /= 2;
    p.states = p.part;
    while (p.states < MOST_PARTS * p.part && p.states << 3 < (size_t)1 << chain->n &&
           p.states * p.panel * sizeof(double) < (size_t)1 << 20)
        p.states *= 2;
    p.buffer = direct ? 0 : (size_t)1 << (rb + cb);
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
    w->team = team;
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

/* The neuron whose law is in slot b, or -1 for padding. Columns come first: the lower neurons. */
static int32_t slot_neuron(const bni_product *w, int b)
{
    if (b < w->column_bits)
        return b < w->column_real ? w->neuron[b] : -1;
    size_t k = (size_t)(w->column_real + b - w->column_bits);
    return k < w->n_neurons ? w->neuron[k] : -1;
}

static void make_columns(const bni_product *w, tile *t, uint64_t start, uint64_t from, uint64_t to)
{
    static const double ones[4] = {1, 1, 1, 1};
    double *columns = t->columns + (start << w->column_bits);
    for (uint64_t k = from; k < to; k += 4)
        w->kern->panel_columns(columns + (k - start) * BNI_NR, BNI_NR * w->part, t->p + k, t->q + k, w->states,
                               w->column_bits, ones);
}

static void make_rows(const bni_product *w, tile *t, uint64_t start, uint64_t from, uint64_t to)
{
    double *rows = t->rows + (start << w->row_bits);
    const double *p = t->p + (size_t)w->column_bits * w->states, *q = t->q + (size_t)w->column_bits * w->states;
    for (uint64_t k = from; k < to; k += 4)
        w->kern->panel_rows(rows + (k - start) * BNI_MR, BNI_MR * w->part, p + k, q + k, w->states, w->row_bits,
                            t->weight + k);
}

/* States from .. to - 1 of one part, which begins at state `start`. */
static void make_part(bni_product *w, tile *t, uint64_t start, uint64_t from, uint64_t to)
{
    for (int b = 0; b < w->row_bits + w->column_bits; b++) {
        double *p = t->p + (size_t)b * w->states, *q = t->q + (size_t)b * w->states;
        int32_t i = slot_neuron(w, b);
        if (i >= 0) {
            if (!bni_probability_states(w->chain, w->kern, p + from, q + from, (size_t)i, t->state + from, to - from))
                atomic_store(&w->good, 0);
            continue;
        }
        for (uint64_t k = from; k < to; k++) {
            p[k] = 0;
            q[k] = 1;
        }
    }
    make_rows(w, t, start, from, to);
    make_columns(w, t, start, from, to);
}

static void make_tile(bni_product *w, tile *t, int worker, int workers)
{
    uint64_t from, to;
    bni_share(t->count, 4, worker, workers, &from, &to);
    for (uint64_t start = from - from % w->part; start < to; start += w->part)
        make_part(w, t, start, from > start ? from : start, to < start + w->part ? to : start + w->part);
}

void bni_panels_multiply(const bni_chain_kernels *kern, double *C, size_t ldc, size_t count, const double *A, size_t a,
                         size_t row_panels, const double *B, size_t b, size_t column_panels)
{
    int four = row_panels > 1 && column_panels > 1; /* then both are even */
    for (size_t c = 0; c < column_panels; c += four ? 2 : 1)
        for (size_t r = 0; r < row_panels; r += four ? 2 : 1) {
            double *to = C + r * BNI_MR * ldc + c * BNI_NR;
            if (four)
                kern->gemm_four(to, ldc, count, A + r * a, a, B + c * b, b);
            else
                kern->gemm_tile(to, ldc, count, A + r * a, B + c * b);
        }
}

static void multiply_part(bni_product *w, const tile *t, uint64_t start, uint64_t first, uint64_t last)
{
    uint64_t count = t->count - start < w->part ? t->count - start : w->part;
    const double *A = t->rows + (start << w->row_bits), *B = t->columns + (start << w->column_bits);
    size_t a = BNI_MR * w->part, b = BNI_NR * w->part;
    for (uint64_t block = first; block < last; block += ROW_BLOCK) {
        uint64_t panels = last - block < ROW_BLOCK ? last - block : ROW_BLOCK;
        bni_panels_multiply(w->kern, w->C + block * BNI_MR * w->ldc, w->ldc, count, A + block * a, a, panels, B, b,
                            ((size_t)1 << w->column_bits) / BNI_NR);
    }
}

static void multiply_tile(bni_product *w, const tile *t, int worker, int workers)
{
    uint64_t first, last;
    bni_share((UINT64_C(1) << w->row_bits) / BNI_MR, 2, worker, workers, &first, &last);
    for (uint64_t start = 0; start < t->count; start += w->part)
        multiply_part(w, t, start, first, last);
}

static void work(void *arg, int worker, int workers)
{
    bni_product *w = arg;
    if (w->making >= 0)
        make_tile(w, &w->tiles[w->making], worker, workers);
    if (w->multiplying >= 0)
        multiply_tile(w, &w->tiles[w->multiplying], worker, workers);
}

/* State of the set's neurons m within the rest of the state. */
static uint64_t deposit(uint64_t m, const int32_t *neuron, size_t n)
{
    uint64_t s = 0;
    for (size_t b = 0; b < n; b++)
        s |= (m >> b & 1) << neuron[b];
    return s;
}

/* The next states of positive weight, from m on; returns where to go on. */
static uint64_t fill_tile(bni_product *w, tile *t, const double *x, uint64_t rest, uint64_t m)
{
    uint64_t end = UINT64_C(1) << w->n_neurons;
    int whole = w->n_neurons == w->chain->n;
    size_t k = 0;
    for (; m < end && k < w->states; m++) {
        uint64_t s = whole ? m : rest | deposit(m, w->neuron, w->n_neurons);
        if (x[s] > 0) {
            t->state[k] = s;
            t->weight[k++] = x[s];
        }
    }
    for (; k % 4 != 0; k++) {
        t->state[k] = rest;
        t->weight[k] = 0;
    }
    t->count = k;
    return m;
}

/* States between two polls of a short loop. */
enum { BETWEEN_POLLS = 1 << 16 };

int32_t bni_product_apply(binnet_ctx *ctx, bni_product *w, double *y, const double *x, const int32_t *neuron,
                          size_t count)
{
    const binnet_chain *chain = w->chain;
    size_t S = (size_t)1 << chain->n;
    w->neuron = neuron;
    w->n_neurons = count;
    halves(count, &w->row_bits, &w->column_bits);
    w->column_real = (int)count - (int)count / 2;
    for (int t = 0; t < 2; t++)
        w->tiles[t].columns = w->tiles[t].rows + ((size_t)w->states << w->row_bits);
    int direct = count == chain->n && w->row_bits + w->column_bits == (int)count;
    size_t size = (size_t)1 << (w->row_bits + w->column_bits);
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
        uint64_t rest = deposit(r, others, n_others);
        BNI_TRY(bni_clear(ctx, w->C, direct ? S : size, sizeof *w->C));
        uint64_t m = fill_tile(w, &w->tiles[0], x, rest, 0);
        w->making = 0;
        w->multiplying = -1;
        bni_team_run(team, work, w);
        while (w->tiles[w->making].count > 0) {
            w->multiplying = w->making;
            w->making = 1 - w->making;
            double done = ((double)r + (double)m / (double)end) / (double)rests;
            m = fill_tile(w, &w->tiles[w->making], x, rest, m);
            bni_team_run(team, work, w);
            BNI_TRY(bni_poll(ctx, done));
        }
        if (!atomic_load(&w->good))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        if (direct)
            continue;
        size_t lower = (size_t)1 << w->column_real;
        for (uint64_t k = 0; k < end; k++) {
            y[rest | deposit(k, neuron, count)] = w->C[(k / lower) * w->ldc + k % lower];
            if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, (double)(r + 1) / (double)rests));
        }
    }
    return BINNET_OK;
}
