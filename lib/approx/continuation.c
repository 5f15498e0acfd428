/*
 * Steps along a curve of fixed points, (m, t) with g = F(m, t) - m = 0: tangents and Newton's steps of the bordered system
 *     [ W - 1   dF/dt ] [dm]   [-g]
 *     [ tangent       ] [dt] = [ 0 ].
 * Source: H. B. Keller, in Applications of Bifurcation Theory (1977) 359.
 */
#include "approx/continuation.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

enum { CORRECTIONS = 8 };
/* Tangents that turn by more than this cosine ask for a shorter step; a corrector that moves by more than this part of it too. */
static const double least_cosine = 0.97, most_moved = 0.3;

void bni_curve_buffers(bni_plan *plan, void *curve)
{
    bni_curve *c = curve;
    double n = (double)c->n;
    BNI_BUFFER(plan, c->offset, n);
    BNI_BUFFER(plan, c->next, n);
    BNI_BUFFER(plan, c->slope, n * n);
    BNI_BUFFER(plan, c->by_input, n);
    BNI_BUFFER(plan, c->matrix, (n + 1) * (n + 1));
    BNI_BUFFER(plan, c->solution, (n + 1) * (n + 1));
    BNI_BUFFER(plan, c->step, n + 1);
    BNI_BUFFER(plan, c->guess, n + 1);
    BNI_BUFFER(plan, c->border, n + 1);
    BNI_BUFFER(plan, c->re, n);
    BNI_BUFFER(plan, c->im, n);
}

double bni_curve_bytes(size_t n)
{
    bni_curve c = {.n = n};
    return bni_plan_bytes(bni_curve_buffers, &c) + fmax(bni_eigen_bytes(n, 0), bni_lu_bytes(n + 1));
}

void bni_curve_at(bni_curve *c, double t)
{
    double x = c->from + t * (c->to - c->from);
    c->at = *c->f;
    c->at.offset = c->offset;
    for (size_t a = 0; a < c->n; a++)
        c->offset[a] = c->f->offset[a] + x * c->direction[a];
}

/* Codes that mean that a step failed. */
static int is_failure(int32_t status)
{
    return status == BINNET_E_UNDEFINED || status == BINNET_E_NAN || status == BINNET_E_NOCONV;
}

/* F and slopes at y = (m, t); the greatest |F - m| in *left; step = m - F, 0. */
static int32_t evaluate_curve(bni_curve *c, const double *y, double *left, int *found)
{
    bni_curve_at(c, y[c->n]);
    int32_t status = bni_field_map(c->ctx, c->next, c->slope, c->by_input, &c->at, y);
    *found = status == BINNET_OK;
    if (!*found)
        return is_failure(status) ? BINNET_OK : status;
    *left = 0;
    for (size_t a = 0; a < c->n; a++) {
        c->step[a] = y[a] - c->next[a];
        *left = fmax(*left, fabs(c->step[a]));
    }
    c->step[c->n] = 0;
    *found = isfinite(*left);
    return BINNET_OK;
}

/* The bordered matrix of what was evaluated, with `border` as its last row; solved for the step. */
static int32_t solve_bordered(bni_curve *c, const double *border, int *found)
{
    size_t n = c->n, m = n + 1;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++)
            c->matrix[a * m + b] = c->slope[a * n + b] - (a == b);
        c->matrix[a * m + n] = c->by_input[a] * c->direction[a] * (c->to - c->from);
    }
    memcpy(c->matrix + n * m, border, m * sizeof *border);
    int32_t status = bni_inverse(c->ctx, c->solution, c->matrix, m);
    *found = status == BINNET_OK;
    if (!*found)
        return is_failure(status) ? BINNET_OK : status;
    double *right = c->matrix; /* destroyed */
    memcpy(right, c->step, m * sizeof *right);
    c->inverse = 0;
    for (size_t a = 0; a < m; a++) {
        double row = 0;
        c->step[a] = 0;
        for (size_t b = 0; b < m; b++) {
            row += fabs(c->solution[a * m + b]);
            c->step[a] += c->solution[a * m + b] * right[b];
        }
        c->inverse = fmax(c->inverse, row);
    }
    return BINNET_OK;
}

/* Newton's steps on the plane through y across `border`. */
static int32_t correct_point(bni_curve *c, double *y, const double *border, double *moved, int *found)
{
    double left, before = INFINITY;
    *moved = 0;
    for (int k = 0; k < CORRECTIONS; k++) {
        BNI_TRY(evaluate_curve(c, y, &left, found));
        if (!*found)
            return BINNET_OK;
        c->grain = bni_field_rounding(&c->at, c->slope);
        BNI_TRY(solve_bordered(c, border, found));
        if (!*found)
            return BINNET_OK;
        double most = 0;
        for (size_t a = 0; a <= c->n; a++) {
            y[a] += c->step[a];
            most = fmax(most, fabs(c->step[a]));
        }
        *moved += most;
        if (most <= 1e-14 || (most <= 1e-10 && most > 0.3 * before) ||
            (left <= 4 * c->grain && most <= fmin(4 * c->inverse * c->grain, 1e-5)))
            return BINNET_OK;
        if (!(most < 1))
            break;
        before = most;
    }
    *found = 0;
    return BINNET_OK;
}

int32_t bni_curve_solve(bni_curve *c, double *mean, double t, int *found)
{
    double moved;
    memcpy(c->guess, mean, c->n * sizeof *mean);
    c->guess[c->n] = t;
    memset(c->border, 0, (c->n + 1) * sizeof *c->border);
    c->border[c->n] = 1;
    BNI_TRY(correct_point(c, c->guess, c->border, &moved, found));
    if (*found)
        memcpy(mean, c->guess, c->n * sizeof *mean);
    return BINNET_OK;
}

int32_t bni_curve_finish(bni_curve *c, bni_curve_point *q, const double *towards, int *found)
{
    size_t n = c->n;
    double left, size = 0;
    BNI_TRY(evaluate_curve(c, q->mean, &left, found));
    if (!*found)
        return BINNET_OK;
    if (towards == NULL) {
        memset(c->border, 0, (n + 1) * sizeof *c->border);
        c->border[n] = 1;
    } else
        memcpy(c->border, towards, (n + 1) * sizeof *c->border);
    memset(c->step, 0, n * sizeof *c->step);
    c->step[n] = 1;
    BNI_TRY(solve_bordered(c, c->border, found));
    if (!*found)
        return BINNET_OK;
    for (size_t a = 0; a <= n; a++)
        size += c->step[a] * c->step[a];
    for (size_t a = 0; a <= n; a++)
        q->tangent[a] = c->step[a] / sqrt(size);
    int32_t status = bni_eigen(c->ctx, c->re, c->im, NULL, NULL, NULL, c->slope, n);
    *found = status == BINNET_OK;
    if (!*found)
        return is_failure(status) ? BINNET_OK : status;
    q->radius = hypot(c->re[0], c->im[0]);
    q->growth = -INFINITY;
    q->outside = q->right = 0;
    for (size_t k = 0; k < n; k++) {
        q->growth = fmax(q->growth, c->re[k]);
        q->outside += hypot(c->re[k], c->im[k]) > 1;
        q->right += c->re[k] > 1;
    }
    return BINNET_OK;
}

int32_t bni_curve_step(bni_curve *c, bni_curve_point *q, const bni_curve_point *p, double h, int *found)
{
    size_t n = c->n;
    double moved, cosine = 0;
    for (size_t a = 0; a <= n; a++)
        c->guess[a] = p->mean[a] + h * p->tangent[a];
    BNI_TRY(correct_point(c, c->guess, p->tangent, &moved, found));
    if (!*found)
        return BINNET_OK;
    if (moved > most_moved * fabs(h) + 1e-12) {
        *found = 0;
        return BINNET_OK;
    }
    memcpy(q->mean, c->guess, (n + 1) * sizeof *q->mean);
    BNI_TRY(bni_curve_finish(c, q, p->tangent, found));
    if (!*found)
        return BINNET_OK;
    for (size_t a = 0; a <= n; a++)
        cosine += q->tangent[a] * p->tangent[a];
    *found = cosine >= least_cosine;
    return BINNET_OK;
}
