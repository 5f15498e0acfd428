/*
 * Least norm with at least the wanted margins: for each neuron min |x - connectome|^2 subject to (2b - 1)(a . x) >= M (margin -
 * (2b - 1)(I - theta)) for every transition, signs and bounds. Distance from the hull of the rows in [GI83]'s dual form; a neuron
 * without a solution gets its contradiction.   Source: [Ga88], V. N. Vapnik's generalised portrait.
 */
#include "storage/storage.h"

#include <math.h>
#include <string.h>

/* One neuron's problem, and what a worker needs to solve one after the other. */
typedef struct margin_work {
    size_t n, L;
    bni_quadratic problem;
    double *row, *wanted, *length, *start;
    uint32_t *input, *at;
    signed char *side;
    int32_t *kind;
    bni_dual dual;
    size_t neuron, inputs; /* being solved */
    int busy;
} margin_work;

/* Neurons are given to workers by the calling thread, which also takes what comes of them, so that nothing depends on who solves
 * which. */
typedef struct margin_pool {
    size_t n;
    int workers;
    margin_work *work; /* [workers] */
    bni_team *team;
    signed char *entry; /* of contradictions */
    size_t *some, *kept;
    int32_t *sign;  /* [n] the signs in use */
    double *blame;  /* [n] contradictions that lean on a sign that was only tried */
    double *before; /* [n] the same before the last try */
} margin_pool;

/* Rows of a contradiction that are looked at. */
enum { MOST_ROWS = BINNET_MAX_CONTRADICTION };

static void margin_buffers(bni_plan *plan, void *object)
{
    margin_work *w = object;
    size_t p = w->n + 1, rows = w->L + 3 * w->n;
    BNI_BUFFER(plan, w->row, w->L * p);
    BNI_BUFFER(plan, w->wanted, rows);
    BNI_BUFFER(plan, w->length, w->L);
    BNI_BUFFER(plan, w->start, p);
    BNI_BUFFER(plan, w->input, p);
    BNI_BUFFER(plan, w->at, 3 * w->n);
    BNI_BUFFER(plan, w->side, 3 * w->n);
    BNI_BUFFER(plan, w->kind, 3 * w->n);
    bni_dual_buffers(plan, &w->dual);
}

static void pool_buffers(bni_plan *plan, void *object)
{
    margin_pool *g = object;
    BNI_BUFFER(plan, g->entry, MOST_ROWS * (g->n + 1));
    BNI_BUFFER(plan, g->some, MOST_ROWS);
    BNI_BUFFER(plan, g->kept, MOST_ROWS);
    BNI_BUFFER(plan, g->sign, g->n);
    BNI_ZEROS(plan, g->blame, g->n);
    BNI_BUFFER(plan, g->before, g->n);
    for (int k = 0; k < g->workers; k++)
        margin_buffers(plan, &g->work[k]);
}

static margin_work work_of(const bni_demand *d)
{
    margin_work w = {.n = d->n, .L = d->L};
    w.dual.p = d->n + 1;
    w.dual.rows = d->L + 3 * d->n;
    return w;
}

double bni_store_margin_bytes(const bni_demand *d, int workers)
{
    margin_work w = work_of(d);
    margin_pool pool = {.n = d->n};
    /* a contradiction on its way: entries modulo a prime, factors, multipliers of at most 30 words */
    return bni_plan_bytes(pool_buffers, &pool) + workers * (bni_plan_bytes(margin_buffers, &w) + (double)sizeof w) +
           8.0 * MOST_ROWS * ((double)d->n + MOST_ROWS + 100) + 16 * (double)d->n + bni_team_bytes(workers);
}

/* Of some min(n_transitions, inputs) steps of each neuron: products with all rows, four with those in hand. */
double bni_store_margin_flops(const bni_demand *d)
{
    double n = (double)d->n, L = (double)d->L, steps = fmin(n, L);
    return n * steps * (2 * n * L + 5 * n * steps);
}

static void add_unit(margin_work *w, size_t at, int side, double wanted, int32_t kind)
{
    size_t k = w->problem.units++;
    w->at[k] = (uint32_t)at;
    w->side[k] = (signed char)side;
    w->kind[k] = kind;
    w->wanted[w->L + k] = wanted;
}

static void set_units(margin_work *w, const int32_t *sign, const bni_demand *d, size_t i, size_t inputs)
{
    const binnet_wiring *g = d->wiring;
    w->problem.units = 0;
    for (size_t c = 0; c < inputs; c++) {
        size_t j = w->input[c], at = i * d->n + j;
        if (sign[j] == BINNET_SIGN_EXCITATORY || sign[j] == BINNET_SIGN_INHIBITORY)
            add_unit(w, c, sign[j], 0, BINNET_ROW_SIGN);
        if (g != NULL && g->least != NULL && isfinite(g->least[at]))
            add_unit(w, c, 1, g->least[at], BINNET_ROW_LEAST);
        if (g != NULL && g->greatest != NULL && isfinite(g->greatest[at]))
            add_unit(w, c, -1, -g->greatest[at], BINNET_ROW_GREATEST);
    }
}

/* Returns the inputs. */
static size_t set_problem(margin_work *w, const int32_t *sign, const binnet_storage *s, const bni_demand *d, size_t i)
{
    size_t count = bni_demand_inputs(d, i, w->input), p = count + (bni_demand_free(d) != BINNET_FREE_NONE);
    double M = bni_demand_M(d, i);
    for (size_t l = 0; l < d->L; l++) {
        double side = bni_demand_side(d, l, i), *row = w->row + l * p, square = 0;
        const uint8_t *a = d->from + l * d->n;
        for (size_t c = 0; c < count; c++) {
            row[c] = a[w->input[c]] ? side : 0;
            square += a[w->input[c]];
        }
        if (p > count) {
            row[count] = side * BNI_FREE_UNIT;
            square += BNI_FREE_UNIT * BNI_FREE_UNIT;
        }
        w->length[l] = sqrt(square);
        w->wanted[l] = M * (bni_demand_margin(d, l, i) - side * (s->stimulus[i] - s->theta[i]));
    }
    for (size_t c = 0; c < p; c++)
        w->start[c] = c < count ? bni_demand_connectome(d, i, w->input[c]) : 0;
    set_units(w, sign, d, i, count);
    w->problem.p = p;
    w->problem.dense = d->L;
    w->problem.row = w->row;
    w->problem.at = w->at;
    w->problem.side = w->side;
    w->problem.wanted = w->wanted;
    w->problem.length = w->length;
    w->problem.start = w->start;
    return count;
}

static void set_entries(signed char *entries, const margin_work *w, const size_t *row, size_t rows, const bni_demand *d)
{
    size_t p = w->problem.p, i = w->neuron;
    memset(entries, 0, rows * p);
    for (size_t k = 0; k < rows; k++) {
        signed char *entry = entries + k * p;
        if (row[k] >= d->L) {
            entry[w->at[row[k] - d->L]] = w->side[row[k] - d->L];
            continue;
        }
        signed char side = d->to[row[k] * d->n + i] ? 1 : -1;
        for (size_t c = 0; c < p; c++)
            entry[c] = c >= w->inputs || d->from[row[k] * d->n + w->input[c]] ? side : 0;
    }
}

/* From the rows that the dual method ended with: those with weight first, then all. */
static int32_t find_contradiction(binnet_ctx *ctx, bni_contradiction **out, margin_pool *g, const margin_work *w,
                                  const bni_demand *d)
{
    *out = NULL;
    for (int all = 0; all < 2 && *out == NULL; all++) {
        size_t rows = 0, last = w->dual.count - 1;
        for (size_t c = 0; c <= last; c++)
            if (all || c == last || w->dual.step[c] < -1e-9) {
                if (rows == MOST_ROWS)
                    return BINNET_OK;
                g->some[rows++] = w->dual.active[c];
            }
        set_entries(g->entry, w, g->some, rows, d);
        BNI_TRY(bni_contradiction_find(ctx, out, g->kept, g->entry, rows, w->problem.p));
    }
    for (size_t k = 0; *out != NULL && k < (*out)->rows; k++) {
        size_t row = g->some[g->kept[k]];
        (*out)->kind[k] = row < d->L ? BINNET_ROW_TRANSITION : w->kind[row - d->L];
        (*out)->index[k] = row < d->L ? row : w->input[w->at[row - d->L]];
    }
    return BINNET_OK;
}

/* Whether a contradiction leans on a sign that was only tried. */
static int on_tried_sign(const bni_contradiction *c, const bni_demand *d)
{
    for (size_t k = 0; k < c->rows; k++)
        if (c->kind[k] == BINNET_ROW_SIGN && d->wiring->sign[c->index[k]] == BINNET_SIGN_FOUND)
            return 1;
    return 0;
}

/* Rank, contradiction and status of a neuron that was solved. */
static int32_t take_verdict(binnet_ctx *ctx, binnet_storage *s, margin_pool *g, const margin_work *w,
                            const bni_demand *d)
{
    size_t i = w->neuron;
    s->rank[i] = w->dual.count;
    bni_contradiction_free(&s->mem, s->why[i]);
    s->why[i] = NULL;
    s->status[i] = BINNET_NOT_STORED;
    if (w->dual.verdict != BNI_QUADRATIC_INFEASIBLE)
        return BINNET_OK;
    bni_contradiction *c;
    BNI_TRY(find_contradiction(ctx, &c, g, w, d));
    for (size_t k = 0; c != NULL && k < c->rows; k++)
        if (c->kind[k] == BINNET_ROW_SIGN && d->wiring->sign[c->index[k]] == BINNET_SIGN_FOUND)
            g->blame[c->index[k]]++;
    int32_t status = c == NULL || on_tried_sign(c, d) ? BINNET_NOT_STORED
                                                      : bni_contradiction_status(c, d, i, s->theta[i], s->stimulus[i]);
    if (status == BINNET_NOT_STORED)
        bni_contradiction_free(&ctx->mem, c);
    else
        s->why[i] = c;
    s->status[i] = status;
    return BINNET_OK;
}

static void take_weights(double *row, const margin_work *w, const bni_demand *d)
{
    memset(row, 0, d->n * sizeof *row);
    for (size_t c = 0; c < w->inputs; c++)
        row[w->input[c]] = w->dual.x[c];
    for (size_t k = 0; k < w->problem.units; k++) { /* to the last digit, and where there is no solution */
        double *weight = row + w->input[w->at[k]], bound = w->side[k] * w->wanted[d->L + k];
        *weight = w->side[k] > 0 ? fmax(*weight, bound) : fmin(*weight, bound);
    }
}

static void take_offset(binnet_storage *s, const margin_work *w, const bni_demand *d)
{
    double offset = w->problem.p > w->inputs ? BNI_FREE_UNIT * w->dual.x[w->inputs] : 0;
    if (bni_demand_free(d) == BINNET_FREE_STIMULUS)
        s->stimulus[w->neuron] += offset / bni_demand_M(d, w->neuron);
    else if (offset != 0)
        s->theta[w->neuron] -= offset / bni_demand_M(d, w->neuron);
}

static void advance_neuron(void *arg, int worker, int workers)
{
    margin_work *w = (margin_work *)arg + worker;
    (void)workers;
    if (w->busy)
        bni_dual_advance(&w->dual, &w->problem);
}

/* All neurons, or those of `only`: their statuses and contradictions; weights where J is not NULL, offsets where they are to be
 * kept. *unsolved: how many have no solution. */
static int32_t solve_neurons(binnet_ctx *ctx, size_t *unsolved, double *J, binnet_storage *s, margin_pool *g,
                             const bni_demand *d, const uint8_t *only, int keep_offsets)
{
    size_t next = 0, open = 1;
    for (*unsolved = 0; open > 0;) {
        open = 0;
        for (int k = 0; k < g->workers; k++) {
            margin_work *w = &g->work[k];
            while (!w->busy && next < d->n) {
                w->neuron = next++;
                if (only != NULL && !only[w->neuron])
                    continue;
                w->inputs = set_problem(w, g->sign, s, d, w->neuron);
                bni_dual_start(&w->dual, &w->problem);
                w->busy = 1;
            }
            open += (size_t)w->busy;
        }
        bni_team_run(open > 1 ? g->team : NULL, advance_neuron, g->work);
        BNI_TRY(bni_poll(ctx, (double)next / (double)(d->n + 1)));
        for (int k = 0; k < g->workers; k++) {
            margin_work *w = &g->work[k];
            if (!w->busy || w->dual.verdict == BNI_QUADRATIC_OPEN)
                continue;
            w->busy = 0;
            BNI_TRY(take_verdict(ctx, s, g, w, d));
            *unsolved += w->dual.verdict != BNI_QUADRATIC_SOLVED;
            if (J != NULL)
                take_weights(J + w->neuron * d->n, w, d);
            if (keep_offsets)
                take_offset(s, w, d);
        }
    }
    return BINNET_OK;
}

/* --- Dale's law: signs that are to be found --- */

/* At first the sign of what the neuron sends in sum when it is free; then the signs that contradictions lean on most are turned
 * one by one, as long as fewer neurons have none. */
static int32_t find_signs(binnet_ctx *ctx, double *J, binnet_storage *s, margin_pool *g, const bni_demand *d)
{
    const int32_t *given = d->wiring->sign;
    size_t n = d->n, unsolved, fewer;
    double *blame = g->blame;
    for (size_t j = 0; j < n; j++)
        g->sign[j] = given[j] == BINNET_SIGN_FOUND ? BINNET_SIGN_ANY : given[j];
    BNI_TRY(solve_neurons(ctx, &unsolved, J, s, g, d, NULL, 0));
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += J[i * n + j];
        if (given[j] == BINNET_SIGN_FOUND)
            g->sign[j] = sum >= 0 ? BINNET_SIGN_EXCITATORY : BINNET_SIGN_INHIBITORY;
        blame[j] = 0;
    }
    BNI_TRY(solve_neurons(ctx, &unsolved, NULL, s, g, d, NULL, 0));
    for (size_t tries = 2 * n; unsolved > 0 && tries > 0; tries--) {
        size_t at = 0;
        for (size_t j = 1; j < n; j++)
            at = blame[j] > blame[at] ? j : at;
        if (!(blame[at] > 0))
            break;
        memcpy(g->before, blame, n * sizeof *blame);
        memset(blame, 0, n * sizeof *blame);
        g->sign[at] = -g->sign[at];
        BNI_TRY(solve_neurons(ctx, &fewer, NULL, s, g, d, NULL, 0));
        if (fewer < unsolved) {
            unsolved = fewer;
            continue;
        }
        g->sign[at] = -g->sign[at];
        memcpy(blame, g->before, n * sizeof *blame);
        blame[at] = 0;
    }
    return BINNET_OK;
}

int32_t bni_store_margin(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, const uint8_t *only)
{
    margin_pool g = {.n = d->n};
    size_t unsolved;
    if ((g.work = bni_new(ctx, (size_t)d->workers, sizeof *g.work)) == NULL)
        return BINNET_E_NOMEM;
    for (g.workers = 0; g.workers < d->workers; g.workers++)
        g.work[g.workers] = work_of(d);
    int32_t status = bni_plan_make(ctx, pool_buffers, &g);
    if (status == BINNET_OK && g.workers > 1)
        status = bni_team_new(ctx, &g.team, g.workers);
    int to_be_found = 0;
    for (size_t j = 0; j < d->n && status == BINNET_OK; j++) {
        g.sign[j] = d->wiring != NULL && d->wiring->sign != NULL ? d->wiring->sign[j] : BINNET_SIGN_ANY;
        to_be_found |= g.sign[j] == BINNET_SIGN_FOUND;
    }
    if (to_be_found)
        status = find_signs(ctx, J, s, &g, d);
    if (status == BINNET_OK)
        status = solve_neurons(ctx, &unsolved, only == NULL ? J : NULL, s, &g, d, only, only == NULL);
    for (size_t j = 0; j < d->n && status == BINNET_OK; j++)
        s->sign[j] = g.sign[j];
    bni_team_free(g.team);
    bni_plan_release(&ctx->mem, pool_buffers, &g);
    bni_delete(&ctx->mem, g.work);
    return status;
}
