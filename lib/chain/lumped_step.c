/*
 * One step of a law of occupation numbers. A stage's populations are split into rows and columns; given a state their next
 * numbers are independent, so (x P)[c, r] = sum_n x(n) C_n[c] R_n[r], a matrix product over tiles of states n, whose operands
 * are made tile by tile, or kept from step to step where there is room. Asynchronous: from the neighbours on the grid.
 * Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

enum {
    MOST = BINNET_MAX_CHAIN_NEURONS,
    TILE = 512,
    SIDE = 104,
    SOON = 16
}; /* SIDE: of the blocks of a product; SOON: steps before panels are kept */

/* How a stage is multiplied: its populations in order, those before `split` are the rows. */
typedef struct stage_shape {
    const int32_t *population;
    size_t n, split, rows, columns, fibres; /* products of the sizes + 1; states of the other populations */
} stage_shape;

struct bni_lumped_step {
    bni_allocator mem;
    const binnet_chain *chain;
    bni_team *team;
    double *up, *down, *stay; /* asynchronous; stay is the beginning of all three */
    /* parallel stages */
    double *panels;       /* one tile, or all of them, stage after stage: rows, then columns */
    unsigned char *made;  /* NULL, or for each tile of all: its panels are made */
    size_t steps;         /* done */
    double *weighted;     /* [TILE][columns] */
    double *laws, *image; /* scratch of each worker; one fibre of the result */
    double *between;      /* [states], two stages and more */
    size_t *row_offset, *column_offset;
    size_t laws_each;
    /* the present tile */
    stage_shape shape;
    const double *x;
    double *rows, *columns, *C;
    size_t from, count, base; /* sources of the fibre that begins at state `base` */
    int make;
    int counts, was, becomes; /* of population `counted` neurons are counted that go from one to the other */
    size_t counted;
    int32_t poll_status; /* written by worker 0 */
    binnet_ctx *ctx;
    atomic_int good;
};

static void shape_stage(stage_shape *g, const binnet_chain *c, size_t stage)
{
    const bni_occupation *o = c->lumped->space;
    *g = (stage_shape){.population = c->stage_neuron + c->stage_first[stage], .n = bni_stage_size(c, stage)};
    double best = INFINITY;
    for (size_t k = 1; k <= g->n; k++) {
        size_t rows = 1, columns = 1;
        for (size_t e = 0; e < g->n; e++)
            *(e < k ? &rows : &columns) *= o->size[g->population[e]] + 1;
        if ((double)rows + (double)columns < best) {
            best = (double)rows + (double)columns;
            g->split = k;
            g->rows = rows;
            g->columns = columns;
        }
    }
    g->fibres = o->states / (g->rows * g->columns);
}

static size_t tiles_of(const stage_shape *g)
{
    return g->fibres * ((g->rows * g->columns + TILE - 1) / TILE);
}

/* What a step takes, in doubles but for the bytes of `made`. */
typedef struct lumped_plan {
    double panels, all_panels, tiles, weighted, laws, image, between, offsets;
    int kept;
} lumped_plan;

/* Panels are kept where making them is much beside multiplying them, where laws are sums of two binomials; in long runs only, as
 * fresh pages are dear too. */
static int sums_two(const binnet_chain *c)
{
    size_t P = c->lumped->space->n_pop;
    for (size_t a = 0; a < P; a++)
        if (c->lumped->own[a] != c->J[a * P + a] && c->lumped->space->size[a] > 1)
            return 1;
    return 0;
}

static lumped_plan plan_step(const binnet_chain *c, int workers, double room)
{
    lumped_plan p = {.kept = 0};
    const bni_occupation *o = c->lumped->space;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return p;
    for (size_t s = 0; s < c->n_stages; s++) {
        stage_shape g;
        shape_stage(&g, c, s);
        double sum = (double)(g.rows + g.columns);
        p.panels = fmax(p.panels, TILE * sum);
        p.all_panels += (double)o->states * sum;
        p.tiles += (double)tiles_of(&g);
        p.weighted = fmax(p.weighted, TILE * (double)g.columns);
        p.image = fmax(p.image, (double)(g.rows * g.columns));
        p.offsets = fmax(p.offsets, sum);
    }
    double largest = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        largest = fmax(largest, (double)o->size[a]);
    p.laws = workers * (largest + 1 + (double)bni_lumped_scratch(c) + 2 * p.offsets);
    p.between = c->n_stages > 1 ? (double)o->states : 0;
    double rest = 8 * (p.weighted + p.laws + p.image + p.between + p.offsets) + p.tiles;
    p.kept = sums_two(c) && 8 * p.all_panels <= 0x1p31 && 8 * p.all_panels + rest <= room / 2;
    if (p.kept)
        p.panels = p.all_panels;
    return p;
}

double bni_lumped_step_bytes(const binnet_chain *c, int workers, double room)
{
    lumped_plan p = plan_step(c, workers, room);
    double P = (double)c->lumped->space->n_pop, S = (double)c->lumped->space->states;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return (double)sizeof(bni_lumped_step) + 8 * (2 * P + 1) * S + bni_team_bytes(workers);
    return (double)sizeof(bni_lumped_step) + 8 * (p.panels + p.weighted + p.laws + p.image + p.between + p.offsets) +
           (p.kept ? p.tiles : 0) + bni_team_bytes(workers) + 1024;
}

double bni_lumped_step_flops(const binnet_chain *c)
{
    double S = (double)c->lumped->space->states, flops = 0;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return (4 * (double)c->lumped->space->n_pop + 1) * S;
    for (size_t s = 0; s < c->n_stages; s++) {
        stage_shape g;
        shape_stage(&g, c, s);
        flops += 2 * S * (double)g.rows * (double)g.columns;
    }
    return flops;
}

static int32_t make_buffers(binnet_ctx *ctx, bni_lumped_step *w, double room)
{
    const binnet_chain *c = w->chain;
    size_t P = c->lumped->space->n_pop, S = c->lumped->space->states;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        w->stay = bni_new_raw(ctx, (2 * P + 1) * S, sizeof(double));
        if (w->stay == NULL)
            return BINNET_E_NOMEM;
        w->up = w->stay + S;
        w->down = w->up + P * S;
        return bni_lumped_rates(ctx, w->up, w->down, w->stay, c);
    }
    int workers = bni_team_size(w->team);
    lumped_plan p = plan_step(c, workers, room);
    w->laws_each = (size_t)(p.laws / workers);
    w->panels = bni_new_raw(ctx, (size_t)p.panels + 8, sizeof(double));
    w->weighted = bni_new_raw(ctx, (size_t)p.weighted + 8, sizeof(double));
    w->laws = bni_new_raw(ctx, (size_t)p.laws, sizeof(double));
    w->image = bni_new_raw(ctx, (size_t)p.image + 8, sizeof(double));
    w->row_offset = bni_new_raw(ctx, (size_t)p.offsets, sizeof(size_t));
    if (p.between > 0 && (w->between = bni_new_raw(ctx, S, sizeof(double))) == NULL)
        return BINNET_E_NOMEM;
    if (p.kept && (w->made = bni_new(ctx, (size_t)p.tiles, 1)) == NULL)
        return BINNET_E_NOMEM;
    return w->panels == NULL || w->weighted == NULL || w->laws == NULL || w->image == NULL || w->row_offset == NULL
               ? BINNET_E_NOMEM
               : BINNET_OK;
}

int32_t bni_lumped_step_new(binnet_ctx *ctx, bni_lumped_step **out, const binnet_chain *chain, bni_team *team,
                            double room)
{
    *out = NULL;
    bni_lumped_step *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    w->mem = ctx->mem;
    w->chain = chain;
    w->team = chain->update == BINNET_UPDATE_ASYNCHRONOUS ? team : bni_blas_team(team);
    atomic_init(&w->good, 1);
    int32_t status = make_buffers(ctx, w, room);
    if (status != BINNET_OK) {
        bni_lumped_step_free(w);
        return status;
    }
    *out = w;
    return BINNET_OK;
}

void bni_lumped_step_free(bni_lumped_step *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    bni_delete(&mem, w->stay);
    bni_delete(&mem, w->panels);
    bni_delete(&mem, w->made);
    bni_delete(&mem, w->weighted);
    bni_delete(&mem, w->laws);
    bni_delete(&mem, w->image);
    bni_delete(&mem, w->between);
    bni_delete(&mem, w->row_offset);
    bni_delete(&mem, w);
}

/* --- parallel stages --- */

/* offset[k]: of the k-th joint number of some populations, the first fastest. */
static void fill_state_offsets(size_t *offset, const bni_occupation *o, const int32_t *population, size_t n)
{
    size_t len = 1;
    offset[0] = 0;
    for (size_t e = 0; e < n; e++) {
        size_t a = (size_t)population[e];
        for (size_t v = 1; v <= o->size[a]; v++)
            for (size_t k = 0; k < len; k++)
                offset[v * len + k] = offset[k] + v * o->stride[a];
        len *= o->size[a] + 1;
    }
}

/* The joint law of the next numbers of some populations. scratch: two laws' room, then one of the products before the last. */
static int fill_joint_law(bni_lumped_step *w, double *joint, double *scratch, const int32_t *population, size_t n,
                          const size_t *count)
{
    const bni_occupation *o = w->chain->lumped->space;
    size_t len = 1;
    joint[0] = 1;
    for (size_t e = 0; e < n; e++) {
        size_t a = (size_t)population[e], N = o->size[a];
        double *law = n == 1 ? joint : scratch;
        if (!(w->counts && a == w->counted
                  ? bni_lumped_counted_law(w->chain, law, scratch + N + 1, a, w->was, w->becomes, count)
                  : bni_lumped_law(w->chain, law, scratch + N + 1, a, count)))
            return 0;
        if (n == 1)
            return 1;
        for (size_t v = N + 1; v-- > 0;)
            for (size_t k = 0; k < len; k++)
                joint[v * len + k] = joint[k] * law[v];
        len *= N + 1;
    }
    return 1;
}

static size_t source_state(const bni_lumped_step *w, size_t k)
{
    return w->base + w->row_offset[k % w->shape.rows] + w->column_offset[k / w->shape.rows];
}

static void make_panels(bni_lumped_step *w, int worker, int workers)
{
    const bni_occupation *o = w->chain->lumped->space;
    const stage_shape *g = &w->shape;
    double *scratch = w->laws + (size_t)worker * w->laws_each;
    uint64_t from, to;
    bni_share(w->count, 4, worker, workers, &from, &to);
    for (size_t k = from; k < to; k++) {
        size_t s = source_state(w, w->from + k), count[MOST];
        double *columns = w->columns + k * g->columns;
        for (size_t a = 0; a < o->n_pop; a++)
            count[a] = bni_occupation_count(o, s, a);
        if (w->make && (!fill_joint_law(w, w->rows + k * g->rows, scratch, g->population, g->split, count) ||
                        !fill_joint_law(w, columns, scratch, g->population + g->split, g->n - g->split, count)))
            atomic_store(&w->good, 0);
        if (worker == 0 && k % 16 == 0 && w->poll_status == BINNET_OK) /* laws of many neurons take long */
            w->poll_status = bni_poll(w->ctx, 0);
        double x = w->x[s], *weighted = w->weighted + k * g->columns;
        for (size_t j = 0; j < g->columns; j++)
            weighted[j] = x * columns[j];
    }
}

/* Widths of equal parts, at most `most`. */
static size_t part_width(size_t n, size_t most)
{
    size_t parts = (n + most - 1) / most;
    return (n + parts - 1) / parts;
}

static void multiply_panels(bni_lumped_step *w, int worker, int workers)
{
    size_t rows = w->shape.rows, columns = w->shape.columns;
    size_t m = part_width(columns, SIDE), n = part_width(rows, SIDE);
    size_t across = (rows + n - 1) / n, blocks = (columns + m - 1) / m * across;
    uint64_t from, to;
    bni_share(blocks, 1, worker, workers, &from, &to);
    for (size_t b = from; b < to; b++) {
        size_t i = b / across * m, j = b % across * n;
        size_t mi = columns - i < m ? columns - i : m, nj = rows - j < n ? rows - j : n,
               depth = BNI_BLOCK_WORK / (mi * nj);
        for (size_t k = 0; k < w->count; k += depth)
            bni_dense_block(w->C + i * rows + j, rows, w->weighted + k * columns + i, columns, w->rows + k * rows + j,
                            rows, mi, nj, w->count - k < depth ? w->count - k : depth, BNI_A_TRANSPOSED | BNI_ADD);
    }
}

static void do_panels(void *arg, int worker, int workers)
{
    make_panels(arg, worker, workers);
}

static void do_products(void *arg, int worker, int workers)
{
    multiply_panels(arg, worker, workers);
}

static int has_weight(const bni_lumped_step *w)
{
    for (size_t k = 0; k < w->count; k++)
        if (w->x[source_state(w, w->from + k)] != 0)
            return 1;
    return 0;
}

/* One fibre: the states that agree in the populations of other stages. *tile: its number among all of the step. */
static int32_t multiply_fibre(binnet_ctx *ctx, bni_lumped_step *w, double *y, size_t *tile, size_t panels, double done,
                              double share)
{
    size_t K = w->shape.rows * w->shape.columns, sum = w->shape.rows + w->shape.columns;
    bni_team *team = K * K < (size_t)1 << 18 ? NULL : w->team;
    int whole = w->shape.fibres == 1 && w->row_offset[w->shape.rows - 1] == w->shape.rows - 1 &&
                w->column_offset[w->shape.columns - 1] == K - w->shape.rows;
    w->C = whole ? y : bni_align(w->image);
    BNI_TRY(bni_clear(ctx, w->C, K, sizeof *w->C));
    for (w->from = 0; w->from < K; w->from += w->count, ++*tile) {
        w->count = K - w->from < TILE ? K - w->from : TILE;
        if (!has_weight(w))
            continue;
        int keep = w->made != NULL && w->steps >= SOON;
        double *at = bni_align(w->panels) + (keep ? panels + w->from * sum : 0);
        w->rows = at;
        w->columns = at + w->count * w->shape.rows;
        w->make = !keep || !w->made[*tile];
        w->poll_status = BINNET_OK;
        w->ctx = ctx;
        bni_team_run(team, do_panels, w);
        BNI_TRY(w->poll_status);
        if (!atomic_load(&w->good))
            return bni_lumped_outside(ctx);
        if (keep)
            w->made[*tile] = 1;
        bni_team_run(team, do_products, w);
        BNI_TRY(bni_poll(ctx, done + share * (double)(w->from + w->count) / (double)K));
    }
    for (size_t k = 0; !whole && k < K; k++)
        y[source_state(w, k)] = w->C[k];
    return BINNET_OK;
}

static int32_t apply_lumped_stage(binnet_ctx *ctx, bni_lumped_step *w, double *y, const double *x, size_t stage,
                                  size_t *tile, size_t *panels)
{
    const binnet_chain *c = w->chain;
    const bni_occupation *o = c->lumped->space;
    int32_t others[MOST];
    size_t n_others = 0, count[MOST] = {0};
    shape_stage(&w->shape, c, stage);
    w->column_offset = w->row_offset + w->shape.rows;
    fill_state_offsets(w->row_offset, o, w->shape.population, w->shape.split);
    fill_state_offsets(w->column_offset, o, w->shape.population + w->shape.split, w->shape.n - w->shape.split);
    for (size_t a = 0; a < o->n_pop; a++) {
        int in = 0;
        for (size_t e = 0; e < w->shape.n; e++)
            in |= (size_t)w->shape.population[e] == a;
        if (!in)
            others[n_others++] = (int32_t)a;
    }
    w->x = x;
    double stages = (double)c->n_stages, fibres = (double)w->shape.fibres;
    for (size_t f = 0; f < w->shape.fibres; f++) {
        w->base = 0;
        for (size_t e = 0; e < n_others; e++)
            w->base += count[e] * o->stride[others[e]];
        double done = ((double)stage + (double)f / fibres) / stages;
        BNI_TRY(multiply_fibre(ctx, w, y, tile, *panels, done, 1 / stages / fibres));
        *panels += w->shape.rows * w->shape.columns * (w->shape.rows + w->shape.columns);
        for (size_t e = 0; e < n_others; e++) {
            if (++count[e] <= o->size[others[e]])
                break;
            count[e] = 0;
        }
    }
    return BINNET_OK;
}

/* --- asynchronous --- */

typedef struct walk_pass {
    const bni_lumped_step *w;
    double *y;
    const double *x;
} walk_pass;

static void gather_flows(void *arg, int worker, int workers)
{
    const walk_pass *t = arg;
    const bni_occupation *o = t->w->chain->lumped->space;
    size_t S = o->states, count[MOST];
    uint64_t from, to;
    bni_share(S, 4096, worker, workers, &from, &to);
    for (size_t a = 0; a < o->n_pop; a++)
        count[a] = bni_occupation_count(o, from, a);
    for (size_t s = from; s < to; s++, bni_occupation_next(o, count)) {
        double in = t->x[s] * t->w->stay[s];
        for (size_t a = 0; a < o->n_pop; a++) {
            size_t d = o->stride[a];
            if (count[a] > 0)
                in += t->x[s - d] * t->w->up[a * S + s - d];
            if (count[a] < o->size[a])
                in += t->x[s + d] * t->w->down[a * S + s + d];
        }
        t->y[s] = in;
    }
}

int32_t bni_lumped_step_apply(binnet_ctx *ctx, bni_lumped_step *w, double *y, const double *x)
{
    const binnet_chain *c = w->chain;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS) {
        walk_pass t = {w, y, x};
        bni_team_run(w->team, gather_flows, &t);
        return bni_poll(ctx, 1);
    }
    size_t tile = 0, panels = 0;
    for (size_t s = 0; s < c->n_stages; s++) {
        /* the last stage writes y */
        double *to = (c->n_stages - 1 - s) % 2 == 0 ? y : w->between;
        BNI_TRY(apply_lumped_stage(ctx, w, to, x, s, &tile, &panels));
        x = to;
    }
    w->steps++;
    return BINNET_OK;
}

int32_t bni_lumped_step_count(binnet_ctx *ctx, bni_lumped_step *w, double *y, const double *x, size_t a, int was,
                              int becomes)
{
    w->counts = 1;
    w->counted = a;
    w->was = was;
    w->becomes = becomes;
    int32_t status = bni_lumped_step_apply(ctx, w, y, x);
    w->counts = 0;
    return status;
}
