/*
 * Stationary law of an asynchronous lumped chain: a walk to neighbours on a grid of occupation numbers. The grid is cut in two
 * by a plane of states, each half again, and so on (nested dissection); elimination without subtraction goes from the smallest
 * parts to the first plane, each part being a dense matrix of its plane and of the states beside the part. Every operand is
 * >= 0, as in gth.c, whatever the order. Two populations of N: some 20 N^3 multiply-adds and 4 N^2 log2 N numbers, where blocks
 * along a population would take 2 N^4 and N^3.
 * Laws of many neurons have probabilities far beyond the range of double: substitution back is in wide numbers.
 * Source: George, SIAM J. Numer. Anal. 10 (1973) 345; Duff & Reid, ACM TOMS 9 (1983) 302; Grassmann, Taksar & Heyman, Oper. Res.
 * 33 (1985) 1107.
 */
#include "num/wide.h"
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* The part of the time that rates take, and substitution. */
static const double rates_part = 0.05, back_part = 0.1;

/* Parts of at most so many states are eliminated at once. */
enum { LEAF = 24, MOST = BINNET_MAX_CHAIN_NEURONS };

typedef struct grid_box {
    size_t low[MOST], high[MOST]; /* low <= number < high */
} grid_box;

/* What a part leaves: transitions between the states beside it through it. */
typedef struct remainder_of {
    size_t n;
    uint32_t *state;
    double *P; /* [n][n] */
} remainder_of;

/* Shares of a part's own states, kept for substitution: rows are those beside it, then its own. */
typedef struct kept_part {
    size_t beside, own;
    uint32_t *state; /* [beside + own] */
    double *share;   /* [beside + own][own] */
} kept_part;

typedef struct dissection {
    binnet_ctx *ctx;
    const binnet_chain *chain;
    const bni_occupation *o;
    bni_team *team;
    const double *up, *down; /* [n_pop][states] */
    uint32_t *place;         /* [states]: 1 + number within the present part, 0 elsewhere */
    double *workspace;       /* of bni_gth_part */
    kept_part *part;         /* in the order of elimination */
    size_t parts;
    double smallest, chained, done, work; /* work: multiply-adds of it all */
    double shares;                        /* numbers that are kept */
    int lossy;                            /* something may have underflowed */
} dissection;

static size_t box_volume(const bni_occupation *o, const grid_box *b)
{
    size_t v = 1;
    for (size_t a = 0; a < o->n_pop; a++)
        v *= b->high[a] - b->low[a];
    return v;
}

/* Where a box is cut: its longest side, in the middle. */
static size_t cut_side(const bni_occupation *o, const grid_box *b, size_t *at)
{
    size_t side = 0;
    for (size_t a = 1; a < o->n_pop; a++)
        if (b->high[a] - b->low[a] > b->high[side] - b->low[side])
            side = a;
    *at = b->low[side] + (b->high[side] - b->low[side]) / 2;
    return side;
}

/* States beside a box: one layer at each of its faces that is inside of the grid. */
static size_t count_beside(const bni_occupation *o, const grid_box *b)
{
    size_t volume = box_volume(o, b), n = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        n += volume / (b->high[a] - b->low[a]) * ((size_t)(b->low[a] > 0) + (size_t)(b->high[a] <= o->size[a]));
    return n;
}

/* Adds the states of a box to a list. */
static size_t list_box(uint32_t *list, const bni_occupation *o, const grid_box *b)
{
    size_t count[MOST], n = 0, volume = box_volume(o, b);
    memcpy(count, b->low, sizeof count);
    for (size_t k = 0; k < volume; k++) {
        size_t s = 0;
        for (size_t a = 0; a < o->n_pop; a++)
            s += count[a] * o->stride[a];
        list[n++] = (uint32_t)s;
        for (size_t a = 0; a < o->n_pop; a++) {
            if (++count[a] < b->high[a])
                break;
            count[a] = b->low[a];
        }
    }
    return n;
}

static size_t list_beside(uint32_t *list, const bni_occupation *o, const grid_box *b)
{
    size_t n = 0;
    for (size_t a = 0; a < o->n_pop; a++)
        for (int upper = 0; upper < 2; upper++) {
            grid_box face = *b;
            if (upper ? b->high[a] > o->size[a] : b->low[a] == 0)
                continue;
            face.low[a] = upper ? b->high[a] : b->low[a] - 1;
            face.high[a] = face.low[a] + 1;
            n += list_box(list + n, o, &face);
        }
    return n;
}

/* Own states of a part: all of it, or the plane that cuts it. lower and upper: what the plane leaves, 1 where there is any. */
static grid_box own_box(const bni_occupation *o, const grid_box *b, grid_box half[2], int has[2])
{
    grid_box own = *b;
    has[0] = has[1] = 0;
    if (box_volume(o, b) <= LEAF)
        return own;
    size_t at, side = cut_side(o, b, &at);
    half[0] = half[1] = *b;
    half[0].high[side] = at;
    half[1].low[side] = at + 1;
    has[0] = at > b->low[side];
    has[1] = at + 1 < b->high[side];
    own.low[side] = at;
    own.high[side] = at + 1;
    return own;
}

/* Sizes of it all, of boxes that differ in place only once: bytes kept, most bytes on the way, parts, multiply-adds. */
typedef struct dissection_size {
    double kept, peak, parts, work, front, chained, shares;
} dissection_size;

/* Multiply-adds of eliminating m of so many states. */
static double part_work(double m, double all)
{
    return m * (all * all - all * m + m * m / 3);
}

static void measure_box(dissection_size *z, const bni_occupation *o, const grid_box *b, double held)
{
    grid_box half[2];
    int has[2];
    grid_box own = own_box(o, b, half, has);
    double m = (double)box_volume(o, &own), f = (double)count_beside(o, b), all = m + f, below = 0, depth = 0;
    double before = z->chained;
    for (int h = 0; h < 2; h++)
        if (has[h]) {
            double g = (double)count_beside(o, &half[h]);
            z->chained = 0;
            measure_box(z, o, &half[h], held + below);
            depth = fmax(depth, z->chained);
            below += 8 * g * g + 4 * g;
        }
    z->chained = before > depth + all ? before : depth + all;
    z->kept += 8 * all * m + 4 * all;
    z->shares += all * m;
    z->parts++;
    z->work += part_work(m, all);
    z->peak = fmax(z->peak, held + below + 8 * all * all + 8 * f * f + 4 * f);
    z->front = fmax(z->front, all);
}

static grid_box whole_grid(const bni_occupation *o)
{
    grid_box b;
    memset(&b, 0, sizeof b);
    for (size_t a = 0; a < o->n_pop; a++)
        b.high[a] = o->size[a] + 1;
    return b;
}

static dissection_size measure_grid(const bni_occupation *o)
{
    dissection_size z = {.parts = 0};
    grid_box all = whole_grid(o);
    measure_box(&z, o, &all, 0);
    return z;
}

double bni_lumped_eliminate_bytes(const binnet_chain *chain, double *flops)
{
    const bni_occupation *o = chain->lumped->space;
    double S = (double)o->states, P = (double)o->n_pop;
    if (S > 0x1p27) { /* tens of gigabytes at least: parts are not counted */
        if (flops != NULL)
            *flops = NAN;
        return 8 * (2 * P + 40) * S;
    }
    dissection_size z = measure_grid(o);
    if (flops != NULL)
        *flops = 2 * z.work;
    return z.kept + z.parts * (sizeof(kept_part) + 32) + z.peak + bni_gth_bytes(z.front) + 16 * P * S + 4 * S + 16 * S +
           32 * z.front + 4096;
}

/* Rates out of a state of the part to those that are still there. own: it is one of those being eliminated, so that rates into it from
 * the states beside are entered too. */
static void enter_rates(dissection *d, double *P, size_t all, size_t beside, const uint32_t *state)
{
    const bni_occupation *o = d->o;
    size_t S = o->states;
    for (size_t k = beside; k < all; k++) {
        size_t s = state[k];
        for (size_t a = 0; a < o->n_pop; a++) {
            size_t count = bni_occupation_count(o, s, a), step = o->stride[a], to;
            if (count < o->size[a] && (to = d->place[s + step]) > 0) {
                P[k * all + to - 1] += d->up[a * S + s];
                if (to - 1 < beside)
                    P[(to - 1) * all + k] += d->down[a * S + s + step];
            }
            if (count > 0 && (to = d->place[s - step]) > 0) {
                P[k * all + to - 1] += d->down[a * S + s];
                if (to - 1 < beside)
                    P[(to - 1) * all + k] += d->up[a * S + s - step];
            }
        }
    }
}

static void enter_remainder(const dissection *d, double *P, size_t all, const remainder_of *r)
{
    for (size_t i = 0; i < r->n; i++) {
        double *row = P + (size_t)(d->place[r->state[i]] - 1) * all;
        for (size_t j = 0; j < r->n; j++)
            if (j != i)
                row[d->place[r->state[j]] - 1] += r->P[i * r->n + j];
    }
}

static void free_remainder(const dissection *d, remainder_of *r)
{
    bni_delete(&d->ctx->mem, r->state);
    bni_delete(&d->ctx->mem, r->P);
    r->state = NULL;
    r->P = NULL;
}

/* Whether products of two entries of the part's matrix may underflow. */
static int32_t look_for_loss(dissection *d, const double *P, size_t all)
{
    const double least = 1e-150;
    for (size_t i = 0; i < all; i++) {
        int safe = 1;
        for (size_t j = 0; j < all; j++)
            safe &= i == j || !(P[i * all + j] > 0) || P[i * all + j] >= least;
        d->lossy |= !safe;
        if (i % 256 == 255)
            BNI_TRY(bni_poll(d->ctx, 1));
    }
    return BINNET_OK;
}

/* The part's own states, seen from those that are left. */
static int32_t eliminate_part(dissection *d, remainder_of *out, const grid_box *b, const grid_box *own,
                              remainder_of below[2])
{
    binnet_ctx *ctx = d->ctx;
    kept_part *part = &d->part[d->parts];
    size_t f = count_beside(d->o, b), m = box_volume(d->o, own), all = f + m;
    part->beside = f;
    part->own = m;
    part->state = bni_new_raw(ctx, all, sizeof *part->state);
    part->share = bni_new_raw(ctx, all * m, sizeof *part->share);
    double *P = bni_new_raw(ctx, all * all, sizeof *P);
    out->n = f;
    out->state = bni_new_raw(ctx, f + 1, sizeof *out->state);
    out->P = bni_new_raw(ctx, f * f + 1, sizeof *out->P);
    d->parts++;
    int32_t status = BINNET_OK;
    if (part->state == NULL || part->share == NULL || P == NULL || out->state == NULL || out->P == NULL)
        status = BINNET_E_NOMEM;
    bni_progress progress = bni_progress_push(ctx);
    double work = part_work((double)m, (double)all);
    bni_progress_parts(ctx, progress, d->done, work, d->work);
    d->done += work;
    if (status == BINNET_OK)
        status = bni_clear(ctx, P, all * all, sizeof *P);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, P);
        return status;
    }
    list_beside(part->state, d->o, b);
    list_box(part->state + f, d->o, own);
    for (size_t k = 0; k < all; k++)
        d->place[part->state[k]] = (uint32_t)k + 1;
    enter_rates(d, P, all, f, part->state);
    for (int h = 0; h < 2; h++)
        if (below[h].P != NULL)
            enter_remainder(d, P, all, &below[h]);
    for (size_t k = 0; k < all; k++)
        d->place[part->state[k]] = 0;
    double smallest;
    /* the last part keeps one state: all are seen from there */
    status = bni_gth_part(ctx, &smallest, all, f > 0 ? f : 1, P, d->workspace, d->team);
    d->smallest = fmin(d->smallest, smallest);
    if (status == BINNET_OK)
        status = look_for_loss(d, P, all);
    bni_progress_pop(ctx, progress);
    for (size_t i = 0; i < all && status == BINNET_OK; i++)
        memcpy(part->share + i * m, P + i * all + f, m * sizeof *P);
    for (size_t i = 0; i < f && status == BINNET_OK; i++) {
        out->state[i] = part->state[i];
        memcpy(out->P + i * f, P + i * all, f * sizeof *P);
    }
    bni_delete(&ctx->mem, P);
    return status;
}

static int32_t dissect(dissection *d, remainder_of *out, const grid_box *b)
{
    grid_box half[2];
    remainder_of below[2] = {{0, NULL, NULL}, {0, NULL, NULL}};
    int has[2];
    grid_box own = own_box(d->o, b, half, has);
    int32_t status = BINNET_OK;
    for (int h = 0; h < 2 && status == BINNET_OK; h++)
        if (has[h])
            status = dissect(d, &below[h], &half[h]);
    if (status == BINNET_OK)
        status = eliminate_part(d, out, b, &own, below);
    for (int h = 0; h < 2; h++)
        free_remainder(d, &below[h]);
    return status;
}

/* pi_k = sum over earlier j of pi_j share[j][k], from the last part to the first. x_m, x_e: [states] wide numbers; row: scratch of
 * four rows. */
static int32_t substitute_back(dissection *d, double *x_m, double *x_e, double *row)
{
    size_t front = 0;
    double done = 0;
    for (size_t p = 0; p < d->parts; p++)
        front = d->part[p].own > front ? d->part[p].own : front;
    double *w_m = row, *w_e = row + front, *v_m = w_e + front, *v_e = v_m + front;
    for (size_t p = d->parts; p-- > 0;) {
        const kept_part *part = &d->part[p];
        size_t f = part->beside, m = part->own;
        for (size_t k = 0; k < m; k++) {
            v_m[k] = f == 0 && k == 0;
            v_e[k] = f == 0 && k == 0 ? 0 : BNI_WIDE_ZERO_EXPONENT;
        }
        for (size_t j = 0; j < f + m; j++) {
            size_t from = j < f ? 0 : j - f + 1;
            bni_wide at = j < f ? (bni_wide){x_m[part->state[j]], x_e[part->state[j]]}
                                : (bni_wide){v_m[j - f], v_e[j - f]};
            for (size_t k = from; k < m; k++) {
                bni_wide w = bni_wide_of(part->share[j * m + k]);
                w_m[k] = w.m;
                w_e[k] = w.e;
            }
            if (at.m > 0 && from < m)
                bni_wide_add_multiple(v_m + from, v_e + from, w_m + from, w_e + from, at, m - from);
        }
        for (size_t k = 0; k < m; k++) {
            x_m[part->state[f + k]] = v_m[k];
            x_e[part->state[f + k]] = v_e[k];
        }
        done += (double)m * (double)(f + m);
        BNI_TRY(bni_poll(d->ctx, done / d->shares));
    }
    return BINNET_OK;
}

static int32_t solve_grid(dissection *d, double *x, double *x_m, double *x_e, double *row)
{
    enum { RUN = 1 << 20 };
    size_t S = d->o->states;
    grid_box all = whole_grid(d->o);
    remainder_of nothing = {0, NULL, NULL};
    bni_progress whole = bni_progress_push(d->ctx);
    bni_progress_parts(d->ctx, whole, rates_part, 1 - rates_part - back_part, 1);
    int32_t status = dissect(d, &nothing, &all);
    free_remainder(d, &nothing);
    bni_progress_parts(d->ctx, whole, 1 - back_part, back_part, 1);
    if (status == BINNET_OK)
        status = substitute_back(d, x_m, x_e, row);
    BNI_TRY(status);
    bni_wide total = bni_wide_zero;
    for (size_t from = 0; from < S; from += RUN) {
        total = bni_wide_add(total, bni_wide_sum(x_m + from, x_e + from, S - from < RUN ? S - from : RUN));
        BNI_TRY(bni_poll(d->ctx, 1));
    }
    for (size_t s = 0; s < S; s++) {
        x[s] = bni_wide_double(bni_wide_div((bni_wide){x_m[s], x_e[s]}, total));
        if (s % RUN == RUN - 1)
            BNI_TRY(bni_poll(d->ctx, 1));
    }
    bni_progress_pop(d->ctx, whole);
    return BINNET_OK;
}

int32_t bni_lumped_eliminate(binnet_ctx *ctx, double *x, double *smallest, int *lossy, double *chained,
                             const binnet_chain *chain, bni_team *team)
{
    const bni_occupation *o = chain->lumped->space;
    size_t S = o->states, P = o->n_pop;
    dissection_size z = measure_grid(o);
    dissection d = {
        .ctx = ctx, .chain = chain, .o = o, .team = team, .smallest = INFINITY, .work = z.work, .shares = z.shares};
    double *rates = bni_new_raw(ctx, 2 * P * S, sizeof *rates), *wide = bni_new_raw(ctx, 2 * S, sizeof *wide);
    double *row = bni_new_raw(ctx, 4 * (size_t)z.front, sizeof *row);
    d.place = bni_new(ctx, S, sizeof *d.place);
    d.part = bni_new(ctx, (size_t)z.parts, sizeof *d.part);
    d.workspace = bni_new_raw(ctx, (size_t)(bni_gth_bytes(z.front) / 8), sizeof(double));
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_parts(ctx, whole, 0, rates_part, 1);
    int32_t status = rates == NULL || wide == NULL || row == NULL || d.place == NULL || d.part == NULL ||
                             d.workspace == NULL
                         ? BINNET_E_NOMEM
                         : bni_lumped_rates(ctx, rates, rates + P * S, NULL, chain);
    bni_progress_pop(ctx, whole);
    d.up = rates;
    d.down = rates != NULL ? rates + P * S : NULL;
    if (status == BINNET_OK)
        status = solve_grid(&d, x, wide, wide + S, row);
    for (size_t p = 0; p < d.parts; p++) {
        bni_delete(&ctx->mem, d.part[p].state);
        bni_delete(&ctx->mem, d.part[p].share);
    }
    *smallest = d.smallest;
    *lossy = d.lossy;
    *chained = z.chained;
    bni_delete(&ctx->mem, rates);
    bni_delete(&ctx->mem, wide);
    bni_delete(&ctx->mem, row);
    bni_delete(&ctx->mem, d.place);
    bni_delete(&ctx->mem, d.part);
    bni_delete(&ctx->mem, d.workspace);
    return status;
}
