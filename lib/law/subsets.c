/*
 * Joint and central moments of all sets of neurons, in place: for each neuron, the two halves of the vector where it is silent
 * and active become those of sets without and with it,
 *     joint:   (v0 + v1, v1)          central:   (v0 + v1, (1 - q) v1 - q v0)
 * (Yates 1937; the superset sums of Kennes & Smets 1990). The lower neurons' halves meet within blocks of consecutive entries
 * that stay in cache; before that, for the upper neurons, columns of rows that are far apart are brought together in a tile.
 * Source: THEORY 5.
 */
#include "kernels/kernels.h"
#include "law/law.h"

#include <string.h>

/* A block: 2^BLOCK_BITS entries, 512 KiB. A tile: as many, in 2^ROW_BITS rows at most. Pieces of 1 KiB and more that begin where a line of
 * the cache does are fetched and stored at half the cost of shorter ones that do not. */
enum { BLOCK_BITS = 16, ROW_BITS = 9, TILE = (1 << BLOCK_BITS) + 8 };
/* Parts of a block that stay in the first level of cache; neurons of a step at most, and of one whose rows are so far apart that they
 * compete for the same few lines of that level. */
enum { PART_BITS = 10, MOST_BITS = 4, FAR_BITS = 3 };
/* From so many neurons on, tiles are stored past the caches. Doubles of a line. */
enum { PAST_BITS = 23, LINE = 8 };

typedef struct transform {
    const bni_law_kernels *kern;
    double *v;
    const double *from;  /* the law, or v */
    const double *side;  /* [2n] how often each neuron is active and silent; NULL: joint moments */
    double *tiles;       /* one for each worker */
    int n, first, bits;  /* neurons first .. first + bits - 1 */
    uint64_t begin, end; /* blocks or tiles of this turn */
} transform;

void bni_sum_supersets(const bni_law_kernels *kern, double *v, int b, int bits, size_t count, const double *side)
{
    for (int more; b < bits; b += more) {
        more = bits - b < MOST_BITS ? bits - b : MOST_BITS;
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

/* Entries in front of the first line of the cache. */
static size_t before_line(const double *v)
{
    return (LINE - (uintptr_t)v / sizeof *v % LINE) % LINE;
}

/* Eight columns that are not neighbours: `head` ones where the rows begin, the others where they end. */
static void sum_edges(const bni_law_kernels *kern, double *to, const double *from, size_t stride, size_t head,
                      double *tile, int bits, const double *side)
{
    size_t rows = (size_t)1 << bits, tail = LINE - head;
    for (size_t r = 0; r < rows; r++) {
        memcpy(tile + r * LINE, from + r * stride, head * sizeof *to);
        memcpy(tile + r * LINE + head, from + (r + 1) * stride - tail, tail * sizeof *to);
    }
    bni_sum_supersets(kern, tile, 0, bits, LINE, side);
    for (size_t r = 0; r < rows; r++) {
        memcpy(to + r * stride, tile + r * LINE, head * sizeof *to);
        memcpy(to + (r + 1) * stride - tail, tile + r * LINE + head, tail * sizeof *to);
    }
}

/* superset_rows in place on rows that follow each other, whole lines at a time. */
static void sum_lines(const bni_law_kernels *kern, double *v, size_t stride, int bits, const double *side)
{
    double edge[LINE << FAR_BITS];
    size_t head = before_line(v);
    kern->superset_rows(v + head, stride, v + head, stride, head > 0 ? stride - LINE : stride, bits, side);
    if (head > 0)
        sum_edges(kern, v, v, stride, head, edge, bits, side);
}

/* In parts that stay in cache, then in place. */
static void sum_block(const bni_law_kernels *kern, double *v, const double *from, int bits, const double *side)
{
    _Alignas(64) double part[1 << PART_BITS];
    enum { LOW = BNI_SUPERSET_LOW };
    int more = bits < PART_BITS ? bits - LOW : PART_BITS - LOW;
    size_t all = (size_t)1 << bits, size = all < 1 << PART_BITS ? all : 1 << PART_BITS;
    if (bits < LOW) {
        memcpy(v, from, all * sizeof *v);
        sum_low(v, bits, side);
        return;
    }
    for (size_t at = 0; at < all; at += size) {
        kern->superset_low(more > 0 ? part : v, from + at, size, side);
        if (more > 0)
            kern->superset_rows(v + at, 1 << LOW, part, 1 << LOW, 1 << LOW, more, side != NULL ? side + 2 * LOW : NULL);
    }
    for (int b = PART_BITS; b < bits; b += more) {
        more = bits - b < FAR_BITS ? bits - b : FAR_BITS;
        for (size_t step = (size_t)1 << b, at = 0; at < all; at += step << more)
            sum_lines(kern, v + at, step, more, side != NULL ? side + 2 * b : NULL);
    }
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

/* Rows from + r stride of some columns: the first neurons while they are fetched, the last ones while they are stored. */
static void sum_tile(const bni_law_kernels *kern, double *to, const double *from, size_t stride, size_t columns,
                     double *tile, int bits, int past, const double *side)
{
    int first = bits < MOST_BITS ? bits : MOST_BITS, last = bits - first < MOST_BITS ? bits - first : MOST_BITS;
    size_t rows = (size_t)1 << bits, ld = last == 0 ? stride : columns, few = rows >> last;
    double *first_to = last == 0 ? to : tile;
    for (size_t r = 0; r < rows; r += (size_t)1 << first)
        kern->superset_rows(first_to + r * ld, ld, from + r * stride, stride, columns, first, side);
    if (last == 0)
        return;
    for (size_t part = columns * few, at = 0; at < columns * rows; at += part)
        bni_sum_supersets(kern, tile + at, first, bits - last, columns, side);
    for (size_t r = 0; r < few; r++)
        (past ? kern->superset_rows_past : kern->superset_rows)(to + r * stride, stride * few, tile + r * columns,
                                                                columns * few, columns, last,
                                                                side != NULL ? side + 2 * (bits - last) : NULL);
}

/* Tile number u: the columns, then all that is above the rows' bits. Tiles begin where lines of the cache do, so that of the last
 * one some columns are where the rows begin. */
static void transform_tiles(void *arg, int worker, int workers)
{
    const transform *t = arg;
    size_t stride = (size_t)1 << t->first, each = (size_t)1 << (BLOCK_BITS - t->bits), across = stride / each,
           head = before_line(t->v);
    double *tile = bni_align(t->tiles + (size_t)worker * TILE);
    const double *side = t->side != NULL ? t->side + 2 * t->first : NULL;
    int past = t->n >= PAST_BITS && t->from != t->v;
    uint64_t from, to;
    bni_share(t->end - t->begin, 1, worker, workers, &from, &to);
    for (uint64_t u = t->begin + from; u < t->begin + to; u++) {
        size_t start = u / across << (t->first + t->bits);
        size_t at = start + u % across * each + head,
               columns = head > 0 && u % across == across - 1 ? each - LINE : each;
        sum_tile(t->kern, t->v + at, t->from + at, stride, columns, tile, t->bits, past, side);
        if (columns < each)
            sum_edges(t->kern, t->v + start, t->from + start, stride, head, tile, t->bits, side);
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
    for (int p = passes - 1; p >= 0; p--) {
        bni_span(ctx, 1 - (1 - start) * (p + 1) / passes, 1 - (1 - start) * p / passes);
        if (p == 0) {
            t->bits = t->n < BLOCK_BITS ? t->n : BLOCK_BITS;
            return run_turns(ctx, t, team, transform_blocks, UINT64_C(1) << (t->n - t->bits), TURN);
        }
        t->first = BLOCK_BITS + (p - 1) * ROW_BITS;
        t->bits = t->n - t->first < ROW_BITS ? t->n - t->first : ROW_BITS;
        BNI_TRY(run_turns(ctx, t, team, transform_tiles, UINT64_C(1) << (t->n - BLOCK_BITS), TILES_TURN));
        t->from = t->v;
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
