/*
 * The synchronous step of a small chain, as a matrix product of which all that does not depend on the law is made once: the
 * probabilities of the upper half of the neurons (rows) and the laws of the lower half (columns), for every state.
 * The states are cut into RANGES, each of which has a sum of its own; whoever works on a range makes its rows by himself, so that
 * a step has one meeting of the workers. The ranges and the order of all sums do not depend on how many they are.
 * Source: THEORY 3.
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <string.h>

/* Where steps are shared; and the states whose rows are made at a time, at most. */
enum { RANGES = 4, PART = 128 };
/* With more bytes than that, making it again takes less time than fetching it. */
enum { MOST_BYTES = 3 << 20 };

struct bni_small {
    bni_allocator mem;
    const binnet_chain *chain;
    const bni_chain_kernels *kern;
    bni_team *team;
    size_t states, part, ld; /* ld is no power of 2: those would share a few sets of the cache */
    size_t ranges;
    int row_bits, column_bits;
    double *memory;
    double *p, *q;   /* [row_bits][ld] */
    double *columns; /* [states][2^column_bits] */
    double *sums;    /* [ranges - 1][states]: of all but the first */
    double *rows;    /* of each worker: [part][2^row_bits] */
    double *own;     /* of each worker: probabilities of the columns' neurons in a part */
    const double *x;
    double *y;
    int made;
    atomic_int good;
};

static size_t rows_doubles(const bni_small *w)
{
    return w->part << w->row_bits;
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
    return kept_doubles(w) + (w->ranges - 1) * w->states + (size_t)workers * (rows_doubles(w) + own_doubles(w)) + 8;
}

/* The sizes; 0 when this is not for the chain. */
static int plan_small(bni_small *w, const binnet_chain *chain)
{
    if (chain->update != BINNET_UPDATE_SYNCHRONOUS || chain->n < 5 || chain->n > 2 * BNI_PANEL_BITS)
        return 0;
    w->chain = chain;
    w->states = (size_t)1 << chain->n;
    w->ranges = chain->n >= BNI_THREADED ? RANGES : 1;
    w->part = w->states / w->ranges < PART ? w->states / w->ranges : PART;
    w->ld = w->states + 8;
    w->row_bits = (int)chain->n / 2;
    w->column_bits = (int)chain->n - w->row_bits;
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
    w->sums = w->q + (size_t)w->row_bits * w->ld;
    w->rows = w->sums + (w->ranges - 1) * w->states;
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
    bni_share(w->ranges, 1, worker, workers, &from, &to);
    size_t m = (size_t)1 << w->row_bits, n = (size_t)1 << w->column_bits, range = w->states / w->ranges;
    double *rows = w->rows + (size_t)worker * rows_doubles(w);
    for (uint64_t r = from; r < to; r++) {
        double *sum = r == 0 ? w->y : w->sums + (r - 1) * w->states;
        memset(sum, 0, w->states * sizeof *sum);
        for (size_t first = r * range; first < (r + 1) * range; first += w->part) {
            bni_law_panels(rows, 0, w->p + first, w->q + first, w->ld, w->row_bits, w->x + first, w->part);
            bni_panels_multiply(sum, n, rows, m, m, w->columns + (first << w->column_bits), n, n, w->part);
        }
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
    for (size_t r = 1; r < w->ranges; r++)
        for (size_t k = 0; k < w->states; k++)
            y[k] += w->sums[(r - 1) * w->states + k];
    return bni_poll(ctx, 1);
}
