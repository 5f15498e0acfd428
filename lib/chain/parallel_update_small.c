/*
 * The synchronous step of a small chain, as a matrix product of which all that does not depend on the law is made once: the
 * probabilities of the upper half of the neurons (rows) and the laws of the lower half (columns), for every state.
 * The rows are cut into blocks by their highest neurons; whoever works on a block makes its panel by himself, so that a step
 * has one meeting of the workers. The blocks and the order of the states in each sum do not depend on how many they are.
 * Source: THEORY 3.
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <string.h>

/* States are multiplied in parts of PART: 32 x 32 x 256 at N = 12. */
enum { PART = BNI_ROW };
/* With more bytes than that, making it again takes less time than fetching it. */
enum { MOST_BYTES = 3 << 20 };

struct bni_small {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t states, part, ld;             /* ld is no power of 2: those would share a few sets of the cache */
    size_t across;                       /* blocks of columns */
    int row_bits, column_bits, top_bits; /* 2^top_bits blocks of rows */
    double *memory;
    double *p, *q;   /* [row_bits][ld] */
    double *columns; /* part after part */
    double *rows;    /* of each worker: the panel of a part and a block, and its weights */
    double *own;     /* of each worker: probabilities of the columns' neurons in a part */
    const double *x;
    double *y;
    int made;
    atomic_int good;
};

static size_t rows_doubles(const bni_small *w)
{
    return (w->part << (w->row_bits - w->top_bits)) + w->part;
}

static size_t own_doubles(const bni_small *w)
{
    return 2 * (size_t)w->column_bits * w->part;
}

static size_t kept_doubles(const bni_small *w)
{
    return 2 * (size_t)w->row_bits * w->ld + (w->states << w->column_bits);
}

static size_t doubles(const bni_small *w, int workers)
{
    return kept_doubles(w) + (size_t)workers * (rows_doubles(w) + own_doubles(w)) + 8;
}

/* The sizes; 0 when this is not for the chain. */
static int plan_small(bni_small *w, const binnet_chain *chain)
{
    if (chain->update != BINNET_UPDATE_SYNCHRONOUS || chain->n < 5 || chain->n > 2 * BNI_PANEL_BITS)
        return 0;
    w->chain = chain;
    w->states = (size_t)1 << chain->n;
    w->part = w->states < PART ? w->states : PART;
    w->ld = w->states + 8;
    w->row_bits = (int)chain->n / 2;
    w->column_bits = (int)chain->n - w->row_bits;
    int shared = chain->n >= BNI_THREADED;
    w->top_bits = shared;
    w->across = shared ? 2 : 1;
    return kept_doubles(w) * sizeof(double) <= MOST_BYTES;
}

double bni_small_bytes(const binnet_chain *chain, int workers)
{
    bni_small w;
    return plan_small(&w, chain) ? (double)(sizeof w + doubles(&w, workers) * sizeof(double)) : 0;
}

int32_t bni_small_new(binnet_ctx *ctx, bni_small **out, const binnet_chain *chain, bni_team *team)
{
    *out = NULL;
    bni_small sizes;
    if (!plan_small(&sizes, chain))
        return BINNET_OK;
    bni_small *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    plan_small(w, chain);
    w->mem = ctx->mem;
    w->kern = bni_kernels_get()->chain;
    w->team = chain->n < BNI_THREADED ? NULL : bni_blas_team(team);
    atomic_init(&w->good, 1);
    size_t workers = (size_t)bni_team_size(team);
    w->memory = bni_new_raw(ctx, doubles(w, (int)workers), sizeof(double));
    if (w->memory == NULL) {
        bni_small_free(w);
        return BINNET_E_NOMEM;
    }
    w->columns = bni_align(w->memory);
    w->p = w->columns + (w->states << w->column_bits);
    w->q = w->p + (size_t)w->row_bits * w->ld;
    w->rows = w->q + (size_t)w->row_bits * w->ld;
    w->own = w->rows + workers * rows_doubles(w);
    *out = w;
    return BINNET_OK;
}

void bni_small_free(bni_small *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    bni_delete(&mem, w->memory);
    bni_delete(&mem, w);
}

/* --- once --- */

static void make_small_part(bni_small *w, size_t first, double *own)
{
    uint64_t state[PART];
    for (size_t k = 0; k < w->part; k++)
        state[k] = first + k;
    double *p = own, *q = own + (size_t)w->column_bits * w->part;
    for (size_t i = 0; i < w->chain->n; i++) {
        int column = i < (size_t)w->column_bits;
        size_t at = column ? i * w->part : (i - (size_t)w->column_bits) * w->ld + first;
        if (!bni_probability_states(w->chain, w->kern, (column ? p : w->p) + at, (column ? q : w->q) + at, i, state,
                                    w->part))
            atomic_store(&w->good, 0);
    }
    bni_law_panels(w->columns + (first << w->column_bits), 0, p, q, w->part, w->column_bits, NULL, w->part);
}

static void make_small(void *arg, int worker, int workers)
{
    bni_small *w = arg;
    uint64_t from, to;
    bni_share(w->states, w->part, worker, workers, &from, &to);
    for (; from < to; from += w->part)
        make_small_part(w, from, w->own + (size_t)worker * own_doubles(w));
}

/* --- each step --- */

static void apply(void *arg, int worker, int workers)
{
    bni_small *w = arg;
    uint64_t from, to;
    bni_share(w->across << w->top_bits, 1, worker, workers, &from, &to);
    size_t m = (size_t)1 << (w->row_bits - w->top_bits), ldc = (size_t)1 << w->column_bits, n = ldc / w->across;
    double *rows = w->rows + (size_t)worker * rows_doubles(w), *weight = rows + m * w->part;
    for (uint64_t block = from; block < to; block++)
        for (size_t i = 0; i < m; i++)
            memset(w->y + (block / w->across * m + i) * ldc + block % w->across * n, 0, n * sizeof *w->y);
    for (size_t first = 0; first < w->states; first += w->part)
        for (uint64_t block = from; block < to; block++) {
            size_t up = block / w->across, j = block % w->across * n;
            if (block == from || j == 0)
                bni_law_panel(rows, weight, w->p + first, w->q + first, w->ld, w->row_bits, w->row_bits - w->top_bits,
                              up, w->x + first, w->part);
            bni_panels_multiply(w->y + up * m * ldc + j, ldc, rows, m, m, w->columns + (first << w->column_bits) + j,
                                ldc, n, w->part);
        }
}

int bni_small_suits(const bni_small *w, const double *x)
{
    if (w == NULL)
        return 0;
    size_t weights = 0;
    for (size_t s = 0; s < w->states; s++)
        weights += x[s] != 0;
    return weights > w->states / 2;
}

int32_t bni_small_apply(binnet_ctx *ctx, bni_small *w, double *y, const double *x)
{
    if (!w->made)
        bni_team_run(w->team, make_small, w);
    w->made = 1;
    if (!atomic_load(&w->good))
        return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    w->x = x;
    w->y = y;
    bni_team_run(w->team, apply, w);
    return bni_poll(ctx, 1);
}
