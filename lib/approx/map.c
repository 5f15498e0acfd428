/*
 * The map of a mean field, its slopes, fixed points from a start, and their stability.
 * Source: Kelley & Keyes, SIAM J. Numer. Anal. 35 (1998) 508 (pseudo-transient continuation).
 */
#include "approx/approx.h"
#include "num/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

static int32_t map_unit(binnet_ctx *ctx, double *value, double *slope, double *by_input, const binnet_mean_field *f,
                        const double *mean, size_t a)
{
    double mu, v;
    bni_field_input(f, a, &mu, &v, mean);
    bni_firing r = bni_field_fires(f, a, mu, v, mean[a]);
    if (!(r.fires >= 0 && r.fires <= 1 + 8 * DBL_EPSILON))
        return bni_fail(ctx, BINNET_E_CALLBACK, "unit %zu fires with probability %g at input %g", a, r.fires, mu);
    *value = fmin(r.fires, 1);
    if (slope == NULL)
        return BINNET_OK;
    if (!isfinite(r.by_input) || !isfinite(r.by_variance))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the map has no slope at unit %zu: input %g, variance %g", a, mu, v);
    if (by_input != NULL)
        *by_input = r.by_input;
    for (size_t b = 0; b < f->n; b++) {
        double w = f->weight[a * f->n + b], by_variance = 0;
        if (f->input == BINNET_INPUT_GAUSSIAN)
            by_variance = w * w * (1 - 2 * bni_field_chance(f, a, b) * mean[b]) * r.by_variance;
        slope[b] = bni_field_degree(f, a, b) * (w * r.by_input + by_variance);
    }
    return BINNET_OK;
}

int32_t bni_field_map(binnet_ctx *ctx, double *next, double *slope, double *by_input, const binnet_mean_field *f,
                      const double *mean)
{
    for (size_t a = 0; a < f->n; a++) {
        BNI_TRY(map_unit(ctx, next + a, slope == NULL ? NULL : slope + a * f->n, by_input == NULL ? NULL : by_input + a,
                         f, mean, a));
        BNI_TRY(bni_poll(ctx, (double)a / (double)f->n));
    }
    return BINNET_OK;
}

int32_t binnet_mean_field_map(binnet_ctx *ctx, double *next, double *input, double *variance, size_t n,
                              const binnet_mean_field *field, const double *mean)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, next, "next"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    for (size_t a = 0; a < n; a++) {
        double mu, v;
        BNI_TRY(map_unit(ctx, next + a, NULL, NULL, field, mean, a));
        bni_field_input(field, a, &mu, &v, mean);
        if (input != NULL)
            input[a] = mu;
        if (variance != NULL)
            variance[a] = v;
        BNI_TRY(bni_poll(ctx, (double)a / (double)n));
    }
    return bni_poll_end(ctx);
}

int32_t binnet_mean_field_slopes(binnet_ctx *ctx, double *slope, size_t n, const binnet_mean_field *field,
                                 const double *mean)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, slope, "slope"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    double next;
    for (size_t a = 0; a < n; a++) {
        BNI_TRY(map_unit(ctx, &next, slope + a * n, NULL, field, mean, a));
        BNI_TRY(bni_poll(ctx, (double)a / (double)n));
    }
    return bni_poll_end(ctx);
}

/* --- fixed points --- */

typedef struct relaxation {
    const binnet_mean_field *f;
    size_t n;
    double *mean, *next, *trial, *change, *matrix; /* [n], matrix [n][n] */
} relaxation;

static void list_relaxation(bni_plan *plan, void *object)
{
    relaxation *r = object;
    double n = (double)r->n;
    BNI_BUFFER(plan, r->mean, n);
    BNI_BUFFER(plan, r->next, n);
    BNI_BUFFER(plan, r->trial, n);
    BNI_BUFFER(plan, r->change, n);
    BNI_BUFFER(plan, r->matrix, n * n);
}

/* F - m in change; the greatest of it. */
static double find_change(relaxation *r)
{
    double most = 0;
    for (size_t a = 0; a < r->n; a++) {
        r->change[a] = r->next[a] - r->mean[a];
        most = fmax(most, fabs(r->change[a]));
    }
    return most;
}

/* The matrix of slopes becomes (1 + rate) - W, change the step; *scale: |A^-1|, estimated. */
static int32_t find_step(binnet_ctx *ctx, relaxation *r, double rate, double *inverse)
{
    bni_lu *lu;
    double norm = 0;
    for (size_t a = 0; a < r->n; a++) {
        double row = 0;
        for (size_t b = 0; b < r->n; b++) {
            double *w = r->matrix + a * r->n + b;
            *w = (a == b ? 1 + rate : 0) - *w;
            row += fabs(*w);
        }
        norm = fmax(norm, row);
    }
    BNI_TRY(bni_lu_new(ctx, &lu, r->matrix, r->n));
    *inverse = 1 / (bni_lu_rcond(lu) * norm);
    int32_t status = bni_lu_solve(ctx, r->change, 1, lu, 0);
    bni_lu_free(lu);
    return status;
}

static double take_step(relaxation *r)
{
    double most = 0;
    for (size_t a = 0; a < r->n; a++) {
        double to = fmin(fmax(r->mean[a] + r->change[a], 0), 1);
        most = fmax(most, fabs(r->change[a]));
        r->mean[a] = to;
    }
    return most;
}

/* The greatest row of slopes. */
static double slopes_norm(const double *slope, size_t n)
{
    double most = 0;
    for (size_t a = 0; a < n; a++) {
        double row = 0;
        for (size_t b = 0; b < n; b++)
            row += fabs(slope[a * n + b]);
        most = fmax(most, row);
    }
    return most;
}

/* What rounding may do to F, in any unit. */
double bni_field_rounding(const binnet_mean_field *f, const double *slope)
{
    return (BNI_FIRING_ERROR + (double)(f->n + 8) * DBL_EPSILON) * (1 + slopes_norm(slope, f->n));
}

static int32_t relax(binnet_ctx *ctx, relaxation *r, double *error)
{
    const double most_rate = 1e3;
    enum { HASTE = 200 }; /* steps after which the flow dm/dt = F - m is followed in short ones */
    const int64_t most = ctx->max_iterations < 5000 ? ctx->max_iterations : 5000;
    double rate = 1, left, inverse, grain = 0;
    BNI_TRY(bni_field_map(ctx, r->next, r->matrix, NULL, r->f, r->mean));
    left = find_change(r);
    for (int64_t k = 0;; k++) {
        if (k >= most)
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "no fixed point after %lld steps: the map still changes a mean by %.3g", (long long)k,
                            left);
        grain = bni_field_rounding(r->f, r->matrix);
        int last = left <= 1e-6; /* Newton's steps */
        if (k >= HASTE)
            rate = fmax(4, 2 * slopes_norm(r->matrix, r->n));
        memcpy(r->trial, r->change, r->n * sizeof *r->trial);
        int32_t status = find_step(ctx, r, last ? 0 : rate, &inverse);
        if (status == BINNET_E_UNDEFINED)
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "no fixed point that can be told from its neighbours: the slopes have an eigenvalue of 1");
        BNI_TRY(status);
        double along = 0, before = left;
        for (size_t a = 0; a < r->n; a++)
            along += r->trial[a] * r->change[a];
        int backwards = !last && k < HASTE && !(along > 0) && rate < most_rate;
        double moved = backwards ? 1 : take_step(r);
        BNI_TRY(bni_field_map(ctx, r->next, r->matrix, NULL, r->f, r->mean));
        left = find_change(r);
        if (last && (left <= grain || moved <= 1e-15)) {
            *error = 2 * inverse * (left + grain);
            break;
        }
        if (backwards) /* against the flow: the step was too long */
            rate = fmin(4 * fmax(rate, 0.1), most_rate);
        else if (last && left > before)
            rate = 1;
        else
            rate = fmin(fmax(rate * fmin(fmax(before > 0 ? left / before : 0, 0.02), 4), 1e-6), most_rate);
        BNI_TRY(bni_poll(ctx, 0.5));
    }
    if (!(*error <= 1e-6))
        return bni_fail(ctx, BINNET_E_NOCONV,
                        "the fixed point is known to %.3g only: the slopes nearly have an eigenvalue of 1", *error);
    return BINNET_OK;
}

double bni_field_solve_bytes(size_t n)
{
    relaxation r = {.n = n};
    return bni_plan_bytes(list_relaxation, &r) + bni_lu_bytes(n);
}

int32_t bni_field_solve(binnet_ctx *ctx, double *mean, double *error, const binnet_mean_field *f, const double *start)
{
    relaxation r = {.f = f, .n = f->n};
    double found = INFINITY;
    BNI_TRY(bni_plan_make(ctx, list_relaxation, &r));
    for (size_t a = 0; a < f->n; a++)
        r.mean[a] = start == NULL ? 0.5 : start[a];
    int32_t status = relax(ctx, &r, &found);
    if (status == BINNET_OK) {
        memcpy(mean, r.mean, f->n * sizeof *mean);
        if (error != NULL)
            *error = found;
    }
    bni_plan_release(&ctx->mem, list_relaxation, &r);
    return status;
}

int32_t binnet_mean_field_solve(binnet_ctx *ctx, double *mean, double *error, size_t n, const binnet_mean_field *field,
                                const double *start)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need_field(ctx, field, n));
    if (start != NULL)
        BNI_TRY(bni_need_means(ctx, field, n, start, "start"));
    BNI_TRY(bni_need_memory(ctx, bni_field_solve_bytes(n), "a mean field's fixed point"));
    BNI_TRY(bni_field_solve(ctx, mean, error, field, start));
    return bni_poll_end(ctx);
}

int32_t binnet_mean_field_stability(binnet_ctx *ctx, double *re, double *im, double *radius, double *growth, size_t n,
                                    const binnet_mean_field *field, const double *mean)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, re, "re"));
    BNI_TRY(bni_need(ctx, im, "im"));
    BNI_TRY(bni_need_means(ctx, field, n, mean, "mean"));
    double size = (double)n;
    BNI_TRY(bni_need_memory(ctx, 8 * size * (size + 3) + bni_eigen_bytes(n, 0), "the slopes of a mean field"));
    double *slope = bni_new_raw(ctx, n * (n + 3), sizeof *slope);
    if (slope == NULL)
        return BINNET_E_NOMEM;
    double *value = slope + n * n;
    int32_t status = bni_field_map(ctx, value, slope, NULL, field, mean);
    if (status == BINNET_OK)
        status = bni_eigen(ctx, value, value + n, NULL, NULL, NULL, slope, n);
    if (status == BINNET_OK) {
        double most = -INFINITY;
        memcpy(re, value, n * sizeof *re);
        memcpy(im, value + n, n * sizeof *im);
        for (size_t k = 0; k < n; k++)
            most = fmax(most, re[k]);
        if (growth != NULL)
            *growth = most;
        if (radius != NULL)
            *radius = hypot(re[0], im[0]);
        status = bni_poll_end(ctx);
    }
    bni_delete(&ctx->mem, slope);
    return status;
}
