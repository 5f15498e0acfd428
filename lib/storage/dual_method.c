/*
 * The point nearest to a given one under linear inequalities: constraints are taken in one by one, the most violated first,
 * and the multipliers of those in hand stay >= 0. A constraint that lies in the span of those in hand and makes none of them
 * leave is a contradiction: its row and the multipliers are Farkas's. The active rows are kept as Q R, Q by Gram-Schmidt twice.
 * Source: Goldfarb & Idnani, Math. Program. 27 (1983) 1; Daniel, Gragg, Kaufman & Stewart, Math. Comp. 30 (1976) 772.
 */
#include "storage/storage.h"

#include <math.h>
#include <string.h>

/* Multiplications between two polls, some milliseconds. */
#define PIECE_WORK 3e6

void bni_dual_buffers(bni_plan *plan, void *object)
{
    bni_dual *w = object;
    BNI_BUFFER(plan, w->q, w->p * w->p);
    BNI_BUFFER(plan, w->r, w->p * w->p);
    BNI_BUFFER(plan, w->u, w->p + 1);
    BNI_BUFFER(plan, w->d, w->p + 1);
    BNI_BUFFER(plan, w->z, w->p + 1);
    BNI_BUFFER(plan, w->step, w->p + 1);
    BNI_BUFFER(plan, w->gradient, w->p + 1);
    BNI_BUFFER(plan, w->x, w->p + 1);
    BNI_BUFFER(plan, w->active, w->p + 1);
    BNI_BUFFER(plan, w->is_active, w->rows + 1);
}

static double dot_of_rows(const double *a, const double *b, size_t p)
{
    double s[4] = {0};
    size_t k = 0;
    for (; k + 4 <= p; k += 4)
        for (size_t e = 0; e < 4; e++)
            s[e] += a[k + e] * b[k + e];
    for (; k < p; k++)
        s[0] += a[k] * b[k];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

static void add_vector(double *y, double factor, const double *x, size_t p)
{
    for (size_t k = 0; k < p; k++)
        y[k] += factor * x[k];
}

static void set_row(double *g, const bni_quadratic *m, size_t row)
{
    if (row < m->dense) {
        memcpy(g, m->row + row * m->p, m->p * sizeof *g);
        return;
    }
    memset(g, 0, m->p * sizeof *g);
    g[m->at[row - m->dense]] = m->side[row - m->dense];
}

/* row . x - wanted, and about what rounding makes of it */
static double row_excess(double *rounding, const bni_quadratic *m, size_t row, const double *x, double largest)
{
    double got;
    if (row < m->dense) {
        got = dot_of_rows(m->row + row * m->p, x, m->p);
        *rounding = 0x1p-50 * (largest * m->length[row] + fabs(m->wanted[row]));
    } else {
        got = m->side[row - m->dense] * x[m->at[row - m->dense]];
        *rounding = 0;
    }
    return got - m->wanted[row];
}

static int most_violated(size_t *row, double *excess, const bni_dual *w, const bni_quadratic *m, const double *x)
{
    double worst = 0, size = sqrt(dot_of_rows(x, x, m->p)); /* |g . x| <= |g| |x| */
    for (size_t k = 0; k < m->dense + m->units; k++) {
        double rounding, e = row_excess(&rounding, m, k, x, size);
        double length = k < m->dense ? fmax(m->length[k], 1e-300) : 1;
        if (!w->is_active[k] && e < -rounding && e / length < worst) {
            worst = e / length;
            *row = k;
            *excess = e;
        }
    }
    return worst < 0;
}

/* d = Q^T g, z = g - Q d, twice for rounding; r with R r = d. Returns |z|. */
static double split_row(bni_dual *w, const double *g)
{
    size_t p = w->p;
    memcpy(w->z, g, p * sizeof *g);
    memset(w->d, 0, w->count * sizeof *w->d);
    for (int again = 0; again < 2; again++)
        for (size_t c = 0; c < w->count; c++) {
            double along = dot_of_rows(w->q + c * p, w->z, p);
            w->d[c] += along;
            add_vector(w->z, -along, w->q + c * p, p);
        }
    memcpy(w->step, w->d, w->count * sizeof *w->d);
    for (size_t c = w->count; c-- > 0;) {
        w->step[c] /= w->r[c * p + c];
        add_vector(w->step, -w->step[c], w->r + c * p, c);
    }
    return sqrt(dot_of_rows(w->z, w->z, p));
}

static void take_row(bni_dual *w, size_t row, double length)
{
    size_t p = w->p, c = w->count++;
    memcpy(w->r + c * p, w->d, c * sizeof *w->d);
    w->r[c * p + c] = length;
    for (size_t k = 0; k < p; k++)
        w->q[c * p + k] = w->z[k] / length;
    w->active[c] = row;
    w->is_active[row] = 1;
}

/* Without column `at` R is upper Hessenberg from there on: rotations of its rows and of the vectors of Q. */
static void drop_row(bni_dual *w, size_t at)
{
    size_t p = w->p;
    w->is_active[w->active[at]] = 0;
    w->count--;
    for (size_t c = at; c < w->count; c++) {
        memcpy(w->r + c * p, w->r + (c + 1) * p, (c + 2) * sizeof *w->r);
        w->active[c] = w->active[c + 1];
        w->u[c] = w->u[c + 1];
    }
    w->u[w->count] = w->u[w->count + 1]; /* that of the row being taken in */
    for (size_t k = at; k < w->count; k++) {
        double a = w->r[k * p + k], b = w->r[k * p + k + 1], h = hypot(a, b), c = a / h, s = b / h;
        for (size_t e = k; e < w->count; e++) {
            double *column = w->r + e * p, t = c * column[k] + s * column[k + 1];
            column[k + 1] = c * column[k + 1] - s * column[k];
            column[k] = t;
        }
        double *u = w->q + k * p, *v = u + p;
        for (size_t e = 0; e < p; e++) {
            double t = c * u[e] + s * v[e];
            v[e] = c * v[e] - s * u[e];
            u[e] = t;
        }
    }
}

/* One violated row: steps until it is met, or contradicts the others. */
static int meet_row(double *x, bni_dual *w, const bni_quadratic *m, double *g, size_t row, double excess)
{
    size_t p = w->p;
    set_row(g, m, row);
    double length = sqrt(dot_of_rows(g, g, p));
    w->u[w->count] = 0;
    for (;;) {
        double across = w->count < p ? split_row(w, g) : (split_row(w, g), 0);
        int flat = !(across > 1e-10 * length);
        double shortest = INFINITY;
        size_t leaving = 0;
        for (size_t c = 0; c < w->count; c++)
            if (w->step[c] > 1e-12 && w->u[c] / w->step[c] < shortest) {
                shortest = w->u[c] / w->step[c];
                leaving = c;
            }
        double full = flat ? INFINITY : -excess / (across * across);
        double t = fmin(shortest, full);
        if (t == INFINITY) {
            w->active[w->count++] = row;
            return BNI_QUADRATIC_INFEASIBLE;
        }
        for (size_t c = 0; c < w->count; c++)
            w->u[c] = fmax(w->u[c] - t * w->step[c], 0);
        w->u[w->count] += t;
        if (!flat) {
            add_vector(x, t, w->z, p);
            excess += t * across * across;
        }
        if (t == full) {
            take_row(w, row, across);
            return BNI_QUADRATIC_SOLVED;
        }
        drop_row(w, leaving);
    }
}

/* Rows in hand are met once more: x += Q y, R^T y = what is missing. */
static void refine_point(double *x, bni_dual *w, const bni_quadratic *m)
{
    size_t p = w->p;
    for (size_t c = 0; c < w->count; c++) {
        double unused, missing = -row_excess(&unused, m, w->active[c], x, 0);
        for (size_t e = 0; e < c; e++)
            missing -= w->r[c * p + e] * w->d[e];
        w->d[c] = missing / w->r[c * p + c];
    }
    for (size_t c = 0; c < w->count; c++)
        add_vector(x, w->d[c], w->q + c * p, p);
}

void bni_dual_start(bni_dual *w, const bni_quadratic *m)
{
    size_t rows = m->dense + m->units;
    w->p = m->p;
    w->count = 0;
    w->left = 100 * (rows + m->p) + 1000;
    w->verdict = BNI_QUADRATIC_OPEN;
    memset(w->is_active, 0, rows);
    memcpy(w->x, m->start, m->p * sizeof *w->x);
}

void bni_dual_advance(bni_dual *w, const bni_quadratic *m)
{
    double work = 0, excess = 0;
    size_t row = 0;
    while (w->verdict == BNI_QUADRATIC_OPEN && work < PIECE_WORK) {
        if (!most_violated(&row, &excess, w, m, w->x)) {
            refine_point(w->x, w, m);
            w->verdict = BNI_QUADRATIC_SOLVED;
        } else if (w->left-- == 0)
            w->verdict = BNI_QUADRATIC_STUCK;
        else if (meet_row(w->x, w, m, w->gradient, row, excess) == BNI_QUADRATIC_INFEASIBLE)
            w->verdict = BNI_QUADRATIC_INFEASIBLE;
        work += (double)m->p * (double)(m->dense + 4 * w->count);
    }
}
