/*
 * Joint and central moments of all sets of neurons, in place: for each neuron, the two halves of the vector where it is silent
 * and active become those of sets without and with it,
 *     joint:   (v0 + v1, v1)          central:   (v0 + v1, (1 - q) v1 - q v0)
 * (Yates 1937; the superset sums of Kennes & Smets 1990). The lower neurons' halves meet within blocks of consecutive entries
 * that stay in cache; for the upper neurons, columns of rows that are far apart are brought together in a tile.
 * Source: THEORY 5.
 */
#include "law/law.h"

#include <string.h>

/* A block: 2^BLOCK_BITS entries. A tile: 2^ROW_BITS rows of COLUMNS entries at most, up to 256 KiB. */
enum { BLOCK_BITS = 14, ROW_BITS = 10, COLUMN_BITS = 5, COLUMNS = 1 << COLUMN_BITS };

typedef struct transform {
    double *v;
    const double *from;     /* blocks are fetched here first; NULL: in place */
    const bni_sides *sides; /* NULL: joint moments */
    double *tiles;          /* one for each worker */
    int n, first, bits;     /* neurons first .. first + bits - 1 */
    uint64_t begin, end;    /* blocks or tiles of this turn */
} transform;

/* Three neurons at once, that are `step` entries apart in steps of 1, 2 and 4 of these. */
static void eight_rows(double *restrict v, size_t step, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        double *x = v + k;
        double a = x[0], b = x[step], c = x[2 * step], d = x[3 * step];
        double e = x[4 * step], f = x[5 * step], g = x[6 * step], h = x[7 * step];
        g += h, e += f, c += d, a += b;
        f += h, e += g, b += d, a += c;
        d += h, c += g, b += f, a += e;
        x[0] = a, x[step] = b, x[2 * step] = c, x[3 * step] = d;
        x[4 * step] = e, x[5 * step] = f, x[6 * step] = g;
    }
}

static void two_rows(double *restrict low, const double *restrict high, size_t count)
{
    for (size_t k = 0; k < count; k++)
        low[k] += high[k];
}

static void two_rows_central(double *restrict low, double *restrict high, size_t count, double q, double not_q)
{
    for (size_t k = 0; k < count; k++) {
        double silent = low[k], active = high[k];
        low[k] = silent + active;
        high[k] = not_q * active - q * silent;
    }
}

/* Bits of the row number, rows of `count` entries one after the other; neuron `first` is the lowest. */
static void transform_rows(const transform *t, double *v, int bits, size_t count, int first)
{
    size_t size = count << bits;
    int b = 0;
    for (; t->sides == NULL && b + 3 <= bits; b += 3)
        for (size_t step = count << b, at = 0; at < size; at += 8 * step)
            eight_rows(v + at, step, step);
    for (; b < bits; b++)
        for (size_t step = count << b, at = 0; at < size; at += 2 * step) {
            if (t->sides == NULL)
                two_rows(v + at, v + at + step, step);
            else
                two_rows_central(v + at, v + at + step, step, t->sides->active[first + b], t->sides->silent[first + b]);
        }
}

static void transform_blocks(void *arg, int worker, int workers)
{
    const transform *t = arg;
    size_t size = (size_t)1 << t->bits;
    uint64_t from, to;
    bni_share(t->end - t->begin, 1, worker, workers, &from, &to);
    for (uint64_t u = t->begin + from; u < t->begin + to; u++) {
        memcpy(t->v + u * size, t->from + u * size, size * sizeof *t->v);
        transform_rows(t, t->v + u * size, t->bits, 1, 0);
    }
}

/* Tile number u: the columns, then the rows that differ in the neurons' bits, then all that is above these. */
static void transform_tiles(void *arg, int worker, int workers)
{
    const transform *t = arg;
    size_t stride = (size_t)1 << t->first, rows = (size_t)1 << t->bits, across = stride / COLUMNS;
    double *tile = bni_align(t->tiles + (size_t)worker * (((size_t)COLUMNS << ROW_BITS) + 8));
    uint64_t from, to;
    bni_share(t->end - t->begin, 1, worker, workers, &from, &to);
    for (uint64_t u = t->begin + from; u < t->begin + to; u++) {
        double *v = t->v + u % across * COLUMNS + (u / across << (t->first + t->bits));
        for (size_t r = 0; r < rows; r++)
            memcpy(tile + r * COLUMNS, v + r * stride, COLUMNS * sizeof *v);
        transform_rows(t, tile, t->bits, COLUMNS, t->first);
        for (size_t r = 0; r < rows; r++)
            memcpy(v + r * stride, tile + r * COLUMNS, COLUMNS * sizeof *v);
    }
}

/* All blocks or tiles, some at a time. */
static int32_t run_turns(binnet_ctx *ctx, transform *t, bni_team *team, bni_job job, uint64_t count, uint64_t turn)
{
    for (t->begin = 0; t->begin < count; t->begin = t->end) {
        t->end = count - t->begin < turn ? count : t->begin + turn;
        bni_team_run(team, job, t);
        BNI_TRY(bni_poll(ctx, (double)t->end / (double)count));
    }
    return BINNET_OK;
}

static int passes_for(int n)
{
    return 1 + (n - BLOCK_BITS + ROW_BITS - 1) / ROW_BITS;
}

static int32_t run_passes(binnet_ctx *ctx, transform *t, bni_team *team, double start)
{
    enum { TURN = 1 << 10, TILES_TURN = 1 << 8 };
    int passes = t->n <= BLOCK_BITS ? 1 : passes_for(t->n);
    for (int p = 0; p < passes; p++) {
        bni_span(ctx, start + (1 - start) * p / passes, start + (1 - start) * (p + 1) / passes);
        if (p == 0) {
            t->bits = t->n < BLOCK_BITS ? t->n : BLOCK_BITS;
            BNI_TRY(run_turns(ctx, t, team, transform_blocks, UINT64_C(1) << (t->n - t->bits), TURN));
            continue;
        }
        t->first = BLOCK_BITS + (p - 1) * ROW_BITS;
        t->bits = t->n - t->first < ROW_BITS ? t->n - t->first : ROW_BITS;
        BNI_TRY(run_turns(ctx, t, team, transform_tiles, UINT64_C(1) << (t->n - t->bits - COLUMN_BITS), TILES_TURN));
    }
    return BINNET_OK;
}

static int32_t all_moments(binnet_ctx *ctx, double *moment, size_t len, const binnet_law *law, int central)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, moment, "moment"));
    BNI_TRY(bni_need(ctx, law, "law"));
    if (len != (size_t)1 << law->n)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu sets", len, law->n, (size_t)1 << law->n);
    int n = (int)law->n, workers = n <= BLOCK_BITS ? 1 : (int)ctx->threads;
    size_t tiles = n <= BLOCK_BITS ? 0 : (size_t)workers * (((size_t)COLUMNS << ROW_BITS) + 8);
    BNI_TRY(
        bni_need_memory(ctx,
                        8 * (double)tiles + 32 + bni_team_bytes(workers) + (central ? bni_sum_blocks_bytes(law->n) : 0),
                        "the moments of all sets"));
    bni_sides sides;
    if (central) {
        bni_span(ctx, 0, 0.2);
        BNI_TRY(bni_law_sides(ctx, &sides, law));
    }
    transform t = {.v = moment, .from = law->p, .sides = central ? &sides : NULL, .n = n};
    bni_team *team = NULL;
    if ((t.tiles = bni_new_raw(ctx, tiles, sizeof *t.tiles)) == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = run_passes(ctx, &t, team, central ? 0.2 : 0);
    bni_team_free(team);
    bni_delete(&ctx->mem, t.tiles);
    if (status == BINNET_OK)
        moment[0] = 1;
    for (int i = 0; status == BINNET_OK && central && i < n; i++)
        moment[(size_t)1 << i] = 0;
    return status;
}

int32_t binnet_law_moments(binnet_ctx *ctx, double *moment, size_t len, const binnet_law *law)
{
    return all_moments(ctx, moment, len, law, 0);
}

int32_t binnet_law_central_moments(binnet_ctx *ctx, double *moment, size_t len, const binnet_law *law)
{
    return all_moments(ctx, moment, len, law, 1);
}
