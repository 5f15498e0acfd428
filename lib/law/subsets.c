/*
 * Joint and central moments of all sets of neurons, in place: for each neuron, the two halves of the vector where it is silent
 * and active become those of sets without and with it,
 *     joint:   (v0 + v1, v1)          central:   (v0 + v1, (1 - q) v1 - q v0)
 * (Yates 1937; the superset sums of Kennes & Smets 1990). The lower neurons' halves meet within blocks of consecutive entries
 * that stay in cache; for the upper neurons, columns of rows that are far apart are brought together in a tile.
 * Source: THEORY 5.
 */
#include "kernels/kernels.h"
#include "law/law.h"

#include <string.h>

/* A block: 2^BLOCK_BITS entries, 512 KiB. A tile: 2^ROW_BITS rows of COLUMNS entries at most, up to 256 KiB; longer pieces of fewer
 * rows are fetched faster. */
enum { BLOCK_BITS = 16, ROW_BITS = 9, COLUMN_BITS = 6, COLUMNS = 1 << COLUMN_BITS, TILE = (COLUMNS << ROW_BITS) + 8 };
/* Parts of a block that stay in the first level of cache. */
enum { PART_BITS = 11 };

typedef struct transform {
    const bni_law_kernels *kern;
    double *v;
    const double *from;  /* blocks are fetched here first; NULL: in place */
    const double *side;  /* [2n] how often each neuron is active and silent; NULL: joint moments */
    double *tiles;       /* one for each worker */
    int n, first, bits;  /* neurons first .. first + bits - 1 */
    uint64_t begin, end; /* blocks or tiles of this turn */
} transform;

void bni_sum_supersets(const bni_law_kernels *kern, double *v, int b, int bits, size_t count, const double *side)
{
    for (int more; b < bits; b += more) {
        more = bits - b < 3 ? bits - b : 3;
        for (size_t step = count << b, at = 0; at < count << bits; at += step << more)
            kern->superset_rows(v + at, step, v + at, step, step, more, side != NULL ? side + 2 * b : NULL);
    }
}

/* Few entries. */
static void sum_low(double *v, int bits, const double *side)
{
    for (int b = 0; b < bits; b++)
        for (size_t m = 0, with = (size_t)1 << b; m < (size_t)1 << bits; m++)
            if ((m & with) == 0) {
                double silent = v[m], active = v[m | with];
                v[m] = silent + active;
                if (side != NULL)
                    v[m | with] = side[2 * b + 1] * active - side[2 * b] * silent;
            }
}

static void sum_block(const bni_law_kernels *kern, double *v, const double *from, int bits, const double *side)
{
    enum { PIECE = 4 << BNI_SUPERSET_LOW };
    size_t all = (size_t)1 << bits, size = bits < PART_BITS ? all : (size_t)1 << PART_BITS;
    if (bits < BNI_SUPERSET_LOW) {
        memcpy(v, from, all * sizeof *v);
        sum_low(v, bits, side);
        return;
    }
    for (size_t at = 0; at < all; at += size) {
        for (size_t k = at, piece = size < PIECE ? size : PIECE; k < at + size; k += piece) {
            for (size_t e = k + size; e < k + size + piece && e < all; e += 8) /* the next part */
                __builtin_prefetch(from + e);
            kern->superset_low(v + k, from + k, piece, side);
        }
        bni_sum_supersets(kern, v + at, BNI_SUPERSET_LOW, bits < PART_BITS ? bits : PART_BITS, 1, side);
    }
    if (bits > PART_BITS)
        bni_sum_supersets(kern, v, PART_BITS, bits, 1, side);
}

static void transform_blocks(void *arg, int worker, int workers)
{
    const transform *t = arg;
    size_t size = (size_t)1 << t->bits;
    uint64_t from, to;
    bni_share(t->end - t->begin, 1, worker, workers, &from, &to);
    for (uint64_t u = t->begin + from; u < t->begin + to; u++)
        sum_block(t->kern, t->v + u * size, t->from + u * size, t->bits, t->side);
}

/* Rows v + r stride of COLUMNS entries: the first neurons while they are fetched, the last ones while they are brought back. */
static void sum_tile(const bni_law_kernels *kern, double *v, size_t stride, double *tile, int bits, const double *side)
{
    int first = bits < 3 ? bits : 3, last = bits <= 3 ? 0 : bits % 3 == 0 ? 3 : bits % 3;
    size_t rows = (size_t)1 << bits, ld = last == 0 ? stride : COLUMNS;
    double *to = last == 0 ? v : tile;
    for (size_t r = 0; r < rows; r += (size_t)1 << first)
        kern->superset_rows(to + r * ld, ld, v + r * stride, stride, COLUMNS, first, side);
    if (last == 0)
        return;
    for (size_t part = (size_t)COLUMNS << (bits - last), at = 0; at < (size_t)COLUMNS << bits; at += part)
        bni_sum_supersets(kern, tile + at, first, bits - last, COLUMNS, side);
    for (size_t r = 0; r < rows >> last; r++)
        kern->superset_rows(v + r * stride, stride << (bits - last), tile + r * COLUMNS,
                            (size_t)COLUMNS << (bits - last), COLUMNS, last,
                            side != NULL ? side + 2 * (bits - last) : NULL);
}

/* Tile number u: the columns, then all that is above the rows' bits. */
static void transform_tiles(void *arg, int worker, int workers)
{
    const transform *t = arg;
    size_t stride = (size_t)1 << t->first, across = stride / COLUMNS;
    double *tile = bni_align(t->tiles + (size_t)worker * TILE);
    uint64_t from, to;
    bni_share(t->end - t->begin, 1, worker, workers, &from, &to);
    for (uint64_t u = t->begin + from; u < t->begin + to; u++) {
        double *v = t->v + u % across * COLUMNS + (u / across << (t->first + t->bits));
        sum_tile(t->kern, v, stride, tile, t->bits, t->side != NULL ? t->side + 2 * t->first : NULL);
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

static int32_t run_subset_passes(binnet_ctx *ctx, transform *t, bni_team *team, double start)
{
    enum { TURN = 1 << 8, TILES_TURN = 1 << 8 };
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
    BNI_TRY(bni_need_law(ctx, law, "law"));
    if (len != (size_t)1 << law->n)
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, %zu neurons have %zu sets", len, law->n, (size_t)1 << law->n);
    int n = (int)law->n, workers = n <= BLOCK_BITS ? 1 : (int)ctx->threads;
    size_t tiles = n <= BLOCK_BITS ? 0 : (size_t)workers * TILE;
    BNI_TRY(
        bni_need_memory(ctx,
                        8 * (double)tiles + 32 + bni_team_bytes(workers) + (central ? bni_sum_blocks_bytes(law->n) : 0),
                        "the moments of all sets"));
    bni_sides sides;
    double side[2 * BINNET_MAX_CHAIN_NEURONS];
    if (central) {
        bni_span(ctx, 0, 0.2);
        BNI_TRY(bni_law_sides(ctx, &sides, law));
        for (int i = 0; i < n; i++) {
            side[2 * i] = sides.active[i];
            side[2 * i + 1] = sides.silent[i];
        }
    }
    transform t = {.kern = bni_kernels_get()->law, .v = moment, .from = law->p, .side = central ? side : NULL, .n = n};
    bni_team *team = NULL;
    if ((t.tiles = bni_new_raw(ctx, tiles, sizeof *t.tiles)) == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = run_subset_passes(ctx, &t, team, central ? 0.2 : 0);
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
