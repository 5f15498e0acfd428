/*
 * Least norm with at least the wanted margins: for each neuron min |x - connectome|^2 subject to (2b - 1)(a . x) >= M (margin -
 * (2b - 1)(I - theta)) for every transition, signs and bounds. Distance from the hull of the rows in [GI83]'s dual form; a neuron
 * without a solution gets its contradiction.   Source: [Ga88], V. N. Vapnik's generalised portrait.
 */
#include "storage/storage.h"

#include <math.h>
#include <string.h>

/* One neuron's problem, and what is needed to solve one after the other. */
typedef struct margin_work {
    size_t n, L;
    bni_quadratic problem;
    double *row, *wanted, *length, *start, *x, *norm;
    uint32_t *input, *at;
    signed char *side, *entry;
    int32_t *kind;
    size_t *some, *kept;
    int32_t *sign; /* [n] the signs in use */
    bni_dual dual;
} margin_work;

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
    BNI_BUFFER(plan, w->x, p);
    BNI_BUFFER(plan, w->norm, w->n);
    BNI_BUFFER(plan, w->input, p);
    BNI_BUFFER(plan, w->at, 3 * w->n);
    BNI_BUFFER(plan, w->side, 3 * w->n);
    BNI_BUFFER(plan, w->entry, MOST_ROWS * p);
    BNI_BUFFER(plan, w->kind, 3 * w->n);
    BNI_BUFFER(plan, w->some, MOST_ROWS);
    BNI_BUFFER(plan, w->kept, MOST_ROWS);
    BNI_BUFFER(plan, w->sign, w->n);
    bni_dual_buffers(plan, &w->dual);
}

static margin_work work_of(const bni_demand *d)
{
    margin_work w = {.n = d->n, .L = d->L};
    w.dual.p = d->n + 1;
    w.dual.rows = d->L + 3 * d->n;
    return w;
}

double bni_store_margin_bytes(const bni_demand *d)
{
    margin_work w = work_of(d);
    /* a contradiction on its way: entries modulo a prime, factors, multipliers of at most 30 words */
    return bni_plan_bytes(margin_buffers, &w) + 8.0 * MOST_ROWS * ((double)d->n + MOST_ROWS + 100) + 16 * (double)d->n;
}

static void add_unit(margin_work *w, size_t at, int side, double wanted, int32_t kind)
{
    size_t k = w->problem.units++;
    w->at[k] = (uint32_t)at;
    w->side[k] = (signed char)side;
    w->kind[k] = kind;
    w->wanted[w->L + k] = wanted;
}

static void set_units(margin_work *w, const bni_demand *d, size_t i, size_t inputs)
{
    const binnet_wiring *g = d->wiring;
    w->problem.units = 0;
    for (size_t c = 0; c < inputs; c++) {
        size_t j = w->input[c], at = i * d->n + j;
        if (w->sign[j] == BINNET_SIGN_EXCITATORY || w->sign[j] == BINNET_SIGN_INHIBITORY)
            add_unit(w, c, w->sign[j], 0, BINNET_ROW_SIGN);
        if (g != NULL && g->least != NULL && isfinite(g->least[at]))
            add_unit(w, c, 1, g->least[at], BINNET_ROW_LEAST);
        if (g != NULL && g->greatest != NULL && isfinite(g->greatest[at]))
            add_unit(w, c, -1, -g->greatest[at], BINNET_ROW_GREATEST);
    }
}

/* Returns the inputs. */
static size_t set_problem(margin_work *w, const binnet_storage *s, const bni_demand *d, size_t i)
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
    set_units(w, d, i, count);
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

static void set_entries(margin_work *w, const size_t *row, size_t rows, const bni_demand *d, size_t i, size_t inputs)
{
    size_t p = w->problem.p;
    memset(w->entry, 0, rows * p);
    for (size_t k = 0; k < rows; k++) {
        signed char *entry = w->entry + k * p;
        if (row[k] >= d->L) {
            entry[w->at[row[k] - d->L]] = w->side[row[k] - d->L];
            continue;
        }
        signed char side = d->to[row[k] * d->n + i] ? 1 : -1;
        for (size_t c = 0; c < p; c++)
            entry[c] = c >= inputs || d->from[row[k] * d->n + w->input[c]] ? side : 0;
    }
}

/* From the rows that the dual method ended with: those with weight first, then all. */
static int32_t find_contradiction(binnet_ctx *ctx, bni_contradiction **out, margin_work *w, const bni_demand *d,
                                  size_t i, size_t inputs)
{
    *out = NULL;
    for (int all = 0; all < 2 && *out == NULL; all++) {
        size_t rows = 0, last = w->dual.count - 1;
        for (size_t c = 0; c <= last; c++)
            if (all || c == last || w->dual.step[c] < -1e-9) {
                if (rows == MOST_ROWS)
                    return BINNET_OK;
                w->some[rows++] = w->dual.active[c];
            }
        set_entries(w, w->some, rows, d, i, inputs);
        BNI_TRY(bni_contradiction_find(ctx, out, w->kept, w->entry, rows, w->problem.p));
    }
    for (size_t k = 0; *out != NULL && k < (*out)->rows; k++) {
        size_t row = w->some[w->kept[k]];
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

/* Weights of neuron i into row, unless that is NULL; its contradiction into s. *blame, where not NULL, gets 1 for each tried sign
 * that a contradiction leans on. */
static int32_t solve_neuron(binnet_ctx *ctx, double *row, int *verdict, binnet_storage *s, margin_work *w,
                            const bni_demand *d, size_t i, double *blame)
{
    size_t inputs = set_problem(w, s, d, i);
    BNI_TRY(bni_dual_solve(ctx, w->x, verdict, &w->dual, &w->problem));
    s->rank[i] = w->dual.count;
    bni_contradiction_free(&s->mem, s->why[i]);
    s->why[i] = NULL;
    s->status[i] = BINNET_NOT_STORED;
    if (*verdict == BNI_QUADRATIC_INFEASIBLE) {
        bni_contradiction *c;
        BNI_TRY(find_contradiction(ctx, &c, w, d, i, inputs));
        for (size_t k = 0; c != NULL && blame != NULL && k < c->rows; k++)
            blame[c->index[k]] += c->kind[k] == BINNET_ROW_SIGN && d->wiring->sign[c->index[k]] == BINNET_SIGN_FOUND;
        int32_t status = c == NULL || on_tried_sign(c, d)
                             ? BINNET_NOT_STORED
                             : bni_contradiction_status(c, d, i, s->theta[i], s->stimulus[i]);
        if (status == BINNET_NOT_STORED)
            bni_contradiction_free(&ctx->mem, c);
        else
            s->why[i] = c;
        s->status[i] = status;
    }
    if (row == NULL)
        return BINNET_OK;
    memset(row, 0, d->n * sizeof *row);
    for (size_t c = 0; c < inputs; c++)
        row[w->input[c]] = w->x[c];
    for (size_t k = 0; k < w->problem.units; k++) { /* to the last digit, and where there is no solution */
        double *weight = row + w->input[w->at[k]], bound = w->side[k] * w->wanted[d->L + k];
        *weight = w->side[k] > 0 ? fmax(*weight, bound) : fmin(*weight, bound);
    }
    double offset = w->problem.p > inputs ? BNI_FREE_UNIT * w->x[inputs] : 0;
    if (bni_demand_free(d) == BINNET_FREE_STIMULUS)
        s->stimulus[i] += offset / bni_demand_M(d, i);
    else if (offset != 0)
        s->theta[i] -= offset / bni_demand_M(d, i);
    return BINNET_OK;
}

/* --- Dale's law: signs that are to be found --- */

/* With the signs in use: how many neurons have no solution. theta and stimulus stay. */
static int32_t count_unsolved(binnet_ctx *ctx, size_t *unsolved, double *J, binnet_storage *s, margin_work *w,
                              const bni_demand *d, double *blame)
{
    *unsolved = 0;
    for (size_t i = 0; i < d->n; i++) {
        int verdict;
        double theta = s->theta[i], stimulus = s->stimulus[i];
        BNI_TRY(solve_neuron(ctx, J != NULL ? J + i * d->n : NULL, &verdict, s, w, d, i, blame));
        s->theta[i] = theta;
        s->stimulus[i] = stimulus;
        *unsolved += verdict != BNI_QUADRATIC_SOLVED;
    }
    return BINNET_OK;
}

/* At first the sign of what the neuron sends in sum when it is free; then the signs that contradictions lean on most are turned
 * one by one, as long as fewer neurons have none. */
static int32_t find_signs(binnet_ctx *ctx, double *J, binnet_storage *s, margin_work *w, const bni_demand *d)
{
    const int32_t *given = d->wiring->sign;
    size_t n = d->n, unsolved, fewer;
    for (size_t j = 0; j < n; j++)
        w->sign[j] = given[j] == BINNET_SIGN_FOUND ? BINNET_SIGN_ANY : given[j];
    BNI_TRY(count_unsolved(ctx, &unsolved, J, s, w, d, NULL));
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += J[i * n + j];
        if (given[j] == BINNET_SIGN_FOUND)
            w->sign[j] = sum >= 0 ? BINNET_SIGN_EXCITATORY : BINNET_SIGN_INHIBITORY;
    }
    double *blame = w->norm;
    memset(blame, 0, n * sizeof *blame);
    BNI_TRY(count_unsolved(ctx, &unsolved, NULL, s, w, d, blame));
    for (size_t tries = 2 * n; unsolved > 0 && tries > 0; tries--) {
        size_t at = 0;
        for (size_t j = 1; j < n; j++)
            at = blame[j] > blame[at] ? j : at;
        if (!(blame[at] > 0))
            break;
        w->sign[at] = -w->sign[at];
        BNI_TRY(count_unsolved(ctx, &fewer, NULL, s, w, d, NULL));
        if (fewer < unsolved) {
            unsolved = fewer;
            memset(blame, 0, n * sizeof *blame);
            BNI_TRY(count_unsolved(ctx, &fewer, NULL, s, w, d, blame));
        } else {
            w->sign[at] = -w->sign[at];
            blame[at] = 0;
        }
    }
    return BINNET_OK;
}

int32_t bni_store_margin(binnet_ctx *ctx, double *J, binnet_storage *s, const bni_demand *d, const uint8_t *only)
{
    margin_work w = work_of(d);
    BNI_TRY(bni_plan_make(ctx, margin_buffers, &w));
    int32_t status = BINNET_OK;
    int to_be_found = 0;
    for (size_t j = 0; j < d->n; j++) {
        w.sign[j] = d->wiring != NULL && d->wiring->sign != NULL ? d->wiring->sign[j] : BINNET_SIGN_ANY;
        to_be_found |= w.sign[j] == BINNET_SIGN_FOUND;
    }
    if (to_be_found)
        status = find_signs(ctx, J, s, &w, d);
    for (size_t i = 0; i < d->n && status == BINNET_OK; i++) {
        int verdict;
        if (only == NULL || only[i])
            status = solve_neuron(ctx, only == NULL ? J + i * d->n : NULL, &verdict, s, &w, d, i, NULL);
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)i / (double)d->n);
    }
    for (size_t j = 0; j < d->n && status == BINNET_OK; j++)
        s->sign[j] = w.sign[j];
    bni_plan_release(&ctx->mem, margin_buffers, &w);
    return status;
}
