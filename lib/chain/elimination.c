/*
 * A parallel update by elimination, as planned: the tables of the factors, and the rounds. Only products and sums of
 * non-negative numbers; each entry of each vector is made by the same operations whoever makes it.
 * Source: THEORY 3, sparse synchronous step.
 */
#include "chain/elimination.h"

#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS, LINE_BITS = 3 };
/* Vectors are copied in runs of 2^RUN_BITS on either side; bits below NEAR_BITS go first. */
enum { RUN_BITS = 6, RUN = 1 << RUN_BITS, NEAR_BITS = 9 };
/* States between two polls of short loops, pieces between two polls of a round. */
enum { BETWEEN_POLLS = 1 << 18, PIECES = 16 };

struct bni_elimination {
    bni_allocator mem;
    bni_elimination_plan plan;
    const bni_chain_kernels *kern;
    bni_elimination_pass *pass; /* [count] */
    double *tables;
    uint32_t *offsets;
    unsigned char result[MOST]; /* neurons in the order of the bits of the result */

    /* of the present call */
    binnet_ctx *ctx;
    bni_elimination_places at;
    double *to; /* of the present copy */
    const double *of;
    const unsigned char *to_bit, *of_bit;
    int round; /* of the present job */
    const double *in;
    uint64_t node, slice;
    atomic_uint_fast64_t next, done; /* vectors to go on with; those that came to the end */
    uint64_t all;
    atomic_int stop;
    int32_t status; /* written by worker 0 */
};

/* --- tables --- */

/* The state of the parents that entry e, lane l stands for. */
static uint64_t entry_state(const bni_elimination_plan *p, const bni_elimination_pass *pass, size_t e, size_t l)
{
    uint64_t state = 0;
    for (int t = 0; t < pass->terms; t++, e >>= 1)
        state |= (uint64_t)(e & 1) << p->neuron_at[pass->term[t]];
    for (int b = 0; b < pass->near; b++, e >>= 1)
        state |= (uint64_t)(e & 1) << p->neuron_at[pass->near_of[b]];
    for (int b = 0; b < pass->far; b++, e >>= 1)
        state |= (uint64_t)(e & 1) << p->neuron_at[pass->far_of[b]];
    for (int b = 0; b < pass->lanes; b++)
        state |= (uint64_t)(l >> pass->lane_at[b] & 1) << p->neuron_at[pass->lane[b]];
    return state;
}

static int32_t fill_factor(binnet_ctx *ctx, const bni_elimination *e, const bni_elimination_pass *pass)
{
    const bni_elimination_plan *p = &e->plan;
    size_t lanes = pass->wide ? BNI_LINE : 1, count = bni_elimination_entries(pass) * lanes;
    uint64_t state[BNI_ROW];
    double fires[BNI_ROW], silent[BNI_ROW];
    for (size_t from = 0; from < count; from += BNI_ROW) {
        size_t some = count - from < BNI_ROW ? count - from : BNI_ROW;
        for (size_t k = 0; k < some; k++)
            state[k] = entry_state(p, pass, (from + k) / lanes, (from + k) % lanes);
        if (!bni_probability_states(p->chain, e->kern, fires, silent, (size_t)pass->neuron, state, some))
            return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
        for (size_t k = 0; k < some; k++) {
            double *entry = pass->table + (from + k) / lanes * 2 * lanes + (from + k) % lanes;
            entry[0] = silent[k];
            entry[lanes] = fires[k];
        }
        if (from % (64 * BNI_ROW) == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Where in the table, seen from a piece's part of it, the entries of each line of a row begin. */
static void fill_offsets(const bni_elimination_pass *pass, size_t lines)
{
    size_t size = (pass->wide ? 2 * BNI_LINE : 2) << pass->terms;
    for (size_t line = 0; line < lines; line++) {
        pass->offset[line] = 0;
        for (int b = 0; b < pass->near; b++)
            if (line >> (pass->near_at[b] - LINE_BITS) & 1)
                pass->offset[line] += (uint32_t)(size << b);
    }
}

/* The result is written in the order in which it is found: the bits of a piece, those of the piece's number, and the new
 * values before the last round. */
static void order_result(bni_elimination *e)
{
    const bni_elimination_plan *p = &e->plan;
    int from = p->first[p->rounds - 1], low = p->low[p->rounds - 1], shift = e->pass[p->count - 1].shift, at = 0;
    for (int k = from + shift; k-- > from;)
        e->result[at++] = (unsigned char)p->factor[k];
    for (int position = 0; position < low; position++)
        e->result[at++] = p->neuron_at[position];
    for (int k = p->count; k-- > from + shift;)
        e->result[at++] = (unsigned char)p->factor[k];
    for (int position = low; position < p->kept; position++)
        e->result[at++] = p->neuron_at[position];
    for (int k = from; k-- > 0;)
        e->result[at++] = (unsigned char)p->factor[k];
}

static int32_t factor_tables(binnet_ctx *ctx, bni_elimination *e)
{
    const bni_elimination_plan *p = &e->plan;
    double *table = bni_align(e->tables);
    uint32_t *offset = e->offsets;
    for (int r = 0; r < p->rounds; r++)
        for (int k = p->first[r]; k < p->first[r + 1]; k++) {
            bni_elimination_pass *pass = &e->pass[k];
            bni_elimination_describe(pass, p, r, k);
            size_t lines = pass->len_bits > LINE_BITS ? (size_t)1 << (pass->len_bits - LINE_BITS) : 1;
            pass->table = table;
            pass->offset = offset;
            table += bni_elimination_entries(pass) * (pass->wide ? 2 * BNI_LINE : 2);
            offset += lines;
            fill_offsets(pass, lines);
            BNI_TRY(fill_factor(ctx, e, pass));
        }
    order_result(e);
    return BINNET_OK;
}

int32_t bni_elimination_new(binnet_ctx *ctx, bni_elimination **out, const bni_elimination_plan *plan)
{
    *out = NULL;
    bni_elimination *e = bni_new(ctx, 1, sizeof *e);
    if (e == NULL)
        return BINNET_E_NOMEM;
    e->mem = ctx->mem;
    e->plan = *plan;
    e->kern = bni_kernels_get()->chain;
    e->pass = bni_new(ctx, (size_t)plan->count, sizeof *e->pass);
    e->tables = bni_new_raw(ctx, plan->table_doubles + 8, sizeof *e->tables);
    e->offsets = bni_new_raw(ctx, plan->offsets, sizeof *e->offsets);
    e->at.worker = bni_new(ctx, (size_t)plan->workers, sizeof *e->at.worker);
    int32_t status = e->pass == NULL || e->tables == NULL || e->offsets == NULL || e->at.worker == NULL
                         ? BINNET_E_NOMEM
                         : factor_tables(ctx, e);
    if (status != BINNET_OK) {
        bni_elimination_free(e);
        return status;
    }
    *out = e;
    return BINNET_OK;
}

void bni_elimination_free(bni_elimination *e)
{
    if (e == NULL)
        return;
    bni_allocator mem = e->mem;
    bni_delete(&mem, e->pass);
    bni_delete(&mem, e->tables);
    bni_delete(&mem, e->offsets);
    bni_delete(&mem, e->at.worker);
    bni_delete(&mem, e);
}

/* --- vectors with their bits in another order --- */

/* Bits of `index`, lowest first, at the places `bit`. */
static uint64_t spread_bits(uint64_t index, const unsigned char *bit, int count)
{
    uint64_t v = 0;
    for (int b = 0; b < count; b++)
        v |= (index >> b & 1) << bit[b];
    return v;
}

/* Of a team that may be larger than planned. */
static int share_for(const bni_elimination *e, int me, int workers, uint64_t count, uint64_t *from, uint64_t *to)
{
    workers = workers < e->plan.workers ? workers : e->plan.workers;
    if (me < workers)
        bni_share(count, 1, me, workers, from, to);
    return me < workers;
}

/* A tile: the lowest RUN_BITS bits of both sides. It is read run by run, put in order in the cache and written run by run. */
typedef struct copy_tile {
    size_t reads, writes; /* runs */
    size_t read[RUN];     /* where in `of` each begins */
    size_t write[RUN];    /* where in `to` each begins */
    size_t begin[RUN];    /* its first double in the tile as read */
    size_t next[RUN];     /* the others of a run, from there */
    int bits, outer;      /* of the tile; of its number */
    unsigned char outer_to[MOST], outer_of[MOST];
} copy_tile;

static void describe_tile(copy_tile *tile, const bni_elimination *e)
{
    int n = (int)e->plan.chain->n, run = n < RUN_BITS ? n : RUN_BITS, above = 0, below = 0;
    unsigned char read[RUN_BITS], write[RUN_BITS], begin[RUN_BITS], next[RUN_BITS];
    tile->outer = 0;
    for (int round = 0; round < 2; round++)
        for (int b = 0; b < n; b++) {
            int to = e->to_bit[b], of = e->of_bit[b], lowest = to < of ? to : of;
            if (lowest >= run && (lowest >= NEAR_BITS) == round) {
                tile->outer_to[tile->outer] = (unsigned char)to;
                tile->outer_of[tile->outer++] = (unsigned char)of;
            }
            if (round > 0 || lowest >= run)
                continue;
            if (to < run)
                next[to] = (unsigned char)(of < run ? of : run + above);
            if (of >= run)
                read[above++] = (unsigned char)of;
            if (to >= run) {
                write[below] = (unsigned char)to;
                begin[below++] = (unsigned char)of;
            }
        }
    tile->bits = run + above;
    tile->reads = (size_t)1 << above;
    tile->writes = (size_t)1 << below;
    for (size_t k = 0; k < tile->reads; k++) {
        tile->read[k] = (size_t)spread_bits(k, read, above);
        tile->write[k] = (size_t)spread_bits(k, write, below);
        tile->begin[k] = (size_t)spread_bits(k, begin, below);
    }
    for (size_t k = 0; k < (size_t)1 << run; k++)
        tile->next[k] = (size_t)spread_bits(k, next, run);
}

/* A slice of the copy: tiles that are soon at the same pages again. */
static void copy_slice(void *arg, int me, int workers)
{
    bni_elimination *e = arg;
    copy_tile tile;
    double values[RUN * RUN];
    describe_tile(&tile, e);
    size_t run = ((size_t)1 << tile.bits) / tile.reads;
    uint64_t tiles = UINT64_C(1) << tile.outer, first = e->slice, last = first + (BETWEEN_POLLS >> tile.bits), from,
             end;
    last = last < tiles ? last : tiles;
    if (!share_for(e, me, workers, last - first, &from, &end))
        return;
    for (uint64_t o = first + from; o < first + end; o++) {
        double *to = e->to + spread_bits(o, tile.outer_to, tile.outer);
        const double *of = e->of + spread_bits(o, tile.outer_of, tile.outer);
        for (size_t k = 0; k < tile.reads; k++)
            memcpy(values + k * run, of + tile.read[k], run * sizeof *values);
        for (size_t k = 0; k < tile.writes; k++)
            for (size_t l = 0; l < run; l++)
                to[tile.write[k] + l] = values[tile.begin[k] + tile.next[l]];
    }
    if (me == 0)
        atomic_store(&e->next, last == tiles ? 0 : last);
}

/* Bit of_bit[b] of a state of `of` is bit to_bit[b] of a state of `to`. */
static int32_t copy_piece(bni_elimination *e, bni_team *team, double *to, const unsigned char *to_bit, const double *of,
                          const unsigned char *of_bit, double fraction)
{
    e->to = to;
    e->of = of;
    e->to_bit = to_bit;
    e->of_bit = of_bit;
    e->slice = 0;
    do {
        bni_team_run(team, copy_slice, e);
        e->slice = atomic_load(&e->next);
        BNI_TRY(bni_poll(e->ctx, fraction));
    } while (e->slice != 0);
    return BINNET_OK;
}

/* The upper half of 2 count values onto the lower one. */
static int32_t add_halves(binnet_ctx *ctx, double *v, size_t count)
{
    for (size_t from = 0; from < count; from += BETWEEN_POLLS) {
        size_t to = count - from < BETWEEN_POLLS ? count : from + BETWEEN_POLLS;
        for (size_t k = from; k < to; k++)
            v[k] += v[count + k];
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- rounds --- */

static void poll_pass(bni_elimination *e, int me)
{
    if (me != 0 || e->status != BINNET_OK)
        return;
    e->status = bni_poll(e->ctx, (double)atomic_load_explicit(&e->done, memory_order_relaxed) / (double)e->all);
    if (e->status != BINNET_OK)
        atomic_store(&e->stop, 1);
}

/* [rows][len] becomes [len][rows]. */
static void turn_piece(double *to, const double *from, size_t rows, size_t len)
{
    enum { TILE = 8 };
    for (size_t r = 0; r < rows; r += TILE)
        for (size_t k = 0; k < len; k++)
            for (size_t b = 0; b < TILE; b++)
                to[k * rows + r + b] = from[(r + b) * len + k];
}

/* One more old value of each row summed out. */
static void sum_rows(double *piece, size_t rows, size_t len)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < len / 2; k++)
            piece[r * (len / 2) + k] = piece[r * len + k] + piece[r * len + len / 2 + k];
}

static const double *pass_table(const bni_elimination_pass *pass, uint64_t outside)
{
    size_t step = (pass->wide ? 2 * BNI_LINE : 2) << (pass->terms + pass->near), at = 0;
    for (int b = 0; b < pass->far; b++)
        at += (outside >> pass->far_of[b] & 1) * (step << b);
    return pass->table + at;
}

/* All factors of a round on one piece: the old values outside of it are as `outside` says. The last pass writes its rows to
 * u, ldu apart. */
static void multiply_piece(const bni_elimination *e, bni_elimination_worker *w, int r, const double *piece,
                           uint64_t outside, double *u, size_t ldu)
{
    const bni_elimination_plan *p = &e->plan;
    for (int k = p->first[r]; k < p->first[r + 1]; k++) {
        const bni_elimination_pass *pass = &e->pass[k];
        size_t rows = (size_t)1 << pass->row_bits, len = (size_t)1 << pass->len_bits;
        if (pass->turn > 0) {
            size_t old = len << pass->terms >> pass->shift;
            double *turned = piece == w->piece[0] ? w->piece[1] : w->piece[0];
            turn_piece(turned, piece, (size_t)1 << pass->shift, old);
            piece = turned;
        }
        int last = k + 1 == p->first[r + 1], direct = last && pass->halvings == 0;
        double *to = direct ? u : piece == w->piece[0] ? w->piece[1] : w->piece[0];
        e->kern->contract(to, direct ? ldu : len, piece, rows, len, (size_t)1 << pass->terms, pass_table(pass, outside),
                          pass->offset, pass->wide);
        for (int h = 0; h < pass->halvings; h++)
            sum_rows(to, 2 * rows, len >> h);
        piece = to;
        for (size_t row = 0; last && !direct && row < 2 * rows; row++)
            memcpy(u + row * ldu, piece + (row * len >> pass->halvings), (len >> pass->halvings) * sizeof *u);
    }
}

/* Pieces from .. to - 1 of vector `in`, number `node` of those that round r begins with. */
static void do_pieces(bni_elimination *e, int me, int r, const double *in, double *out, uint64_t node, uint64_t from,
                      uint64_t to)
{
    const bni_elimination_plan *p = &e->plan;
    bni_elimination_worker *w = &e->at.worker[me];
    int base = p->there[p->first[r + 1]], low = p->low[r], summed = p->there[p->first[r]] - base;
    size_t run = (size_t)1 << low;
    for (uint64_t m = from; m < to; m++) {
        uint64_t outside = m << low;
        const double *piece = in + outside;
        for (size_t k = 0; summed > 0 && low < base && k < (size_t)1 << summed; k++)
            memcpy(w->piece[0] + k * run, in + (k << base) + outside, run * sizeof *in);
        if (summed > 0 && low < base)
            piece = w->piece[0];
        if (r + 1 < p->rounds) {
            multiply_piece(e, w, r, piece, outside, out + outside, (size_t)1 << base);
        } else {
            const bni_elimination_pass *last = &e->pass[p->count - 1];
            int bits = p->count - p->first[r] + low;
            multiply_piece(e, w, r, piece, outside, e->at.finish + (((node << (base - low)) + m) << bits),
                           (size_t)1 << (last->len_bits - last->halvings));
        }
        if (m % PIECES == PIECES - 1) {
            poll_pass(e, me);
            if (atomic_load_explicit(&e->stop, memory_order_relaxed))
                return;
        }
    }
}

static uint64_t pieces_of(const bni_elimination_plan *p, int r)
{
    return UINT64_C(1) << (p->there[p->first[r + 1]] - p->low[r]);
}

/* From vector `in` to the end, by one worker. */
static void go_on_pass(bni_elimination *e, int me, int r, const double *in, uint64_t node)
{
    const bni_elimination_plan *p = &e->plan;
    if (atomic_load_explicit(&e->stop, memory_order_relaxed))
        return;
    double *out = e->at.worker[me].vectors[r];
    do_pieces(e, me, r, in, out, node, 0, pieces_of(p, r));
    if (r + 1 == p->rounds) {
        atomic_fetch_add_explicit(&e->done, 1, memory_order_relaxed);
        poll_pass(e, me);
        return;
    }
    int to = p->first[r + 1];
    for (uint64_t a = 0; a < UINT64_C(1) << (to - p->first[r]); a++)
        go_on_pass(e, me, r + 1, out + (a << p->there[to]), (node << (to - p->first[r])) + a);
}

static void share_pieces(void *arg, int me, int workers)
{
    bni_elimination *e = arg;
    uint64_t from, to;
    if (share_for(e, me, workers, pieces_of(&e->plan, e->round), &from, &to))
        do_pieces(e, me, e->round, e->in, e->at.worker[0].vectors[e->round], e->node, from, to);
}

/* The vectors that the present round left, to the end. */
static void share_vectors(void *arg, int me, int workers)
{
    (void)workers;
    bni_elimination *e = arg;
    const bni_elimination_plan *p = &e->plan;
    int r = e->round, to = p->first[r + 1];
    while (me < p->workers) {
        uint64_t a = atomic_fetch_add(&e->next, 1);
        if (a >= UINT64_C(1) << (to - p->first[r]))
            return;
        go_on_pass(e, me, r + 1, e->at.worker[0].vectors[r] + (a << p->there[to]), (e->node << (to - p->first[r])) + a);
    }
}

/* The same by all workers: the shared rounds piece by piece, then vector by vector. */
static void go_on_together(bni_elimination *e, bni_team *team, int r, const double *in, uint64_t node)
{
    const bni_elimination_plan *p = &e->plan;
    e->round = r;
    e->in = in;
    e->node = node;
    bni_team_run(team, share_pieces, e);
    poll_pass(e, 0);
    if (atomic_load(&e->stop))
        return;
    if (r + 1 == p->rounds) {
        atomic_fetch_add(&e->done, 1);
        return;
    }
    if (r + 1 == p->shared) {
        e->next = 0;
        bni_team_run(team, share_vectors, e);
        return;
    }
    int to = p->first[r + 1];
    for (uint64_t a = 0; a < UINT64_C(1) << (to - p->first[r]) && !atomic_load(&e->stop); a++)
        go_on_together(e, team, r + 1, e->at.worker[0].vectors[r] + (a << p->there[to]),
                       (node << (to - p->first[r])) + a);
}

int32_t bni_elimination_apply(binnet_ctx *ctx, bni_elimination *e, bni_team *team, double *arena, double *y,
                              const double *x)
{
    const bni_elimination_plan *p = &e->plan;
    team = p->workers > 1 ? team : NULL;
    unsigned char by_position[MOST];
    for (size_t b = 0; b < p->chain->n; b++)
        by_position[b] = (unsigned char)b;
    e->ctx = ctx;
    e->status = BINNET_OK;
    atomic_store(&e->stop, 0);
    atomic_store(&e->done, 0);
    e->all = UINT64_C(1) << p->first[p->rounds - 1];
    bni_elimination_lay_out(&e->at, p, y, arena);
    BNI_TRY(copy_piece(e, team, e->at.start, by_position, x, p->neuron_at, 0));
    for (int k = 1; k <= p->alone; k++)
        BNI_TRY(add_halves(ctx, e->at.start, (size_t)1 << ((int)p->chain->n - k)));
    if (p->shared > 0)
        go_on_together(e, team, 0, e->at.start, 0);
    else
        go_on_pass(e, 0, 0, e->at.start, 0);
    BNI_TRY(e->status);
    return copy_piece(e, team, y, e->result, e->at.finish, by_position, 1);
}
