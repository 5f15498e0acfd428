/*
 * All branches of fixed points along one stimulus, and the points where their stability changes.
 */
#include "approx/branches.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void list_grid(bni_plan *plan, void *object)
{
    binnet_mean_branches *b = object;
    double k = (double)b->steps + 1;
    BNI_ZEROS(plan, b->x, k);
    BNI_ZEROS(plan, b->found, k);
    BNI_ZEROS(plan, b->complete, k);
}

static void list_tracer(bni_plan *plan, void *object)
{
    bni_tracer *r = object;
    double n = (double)r->n;
    BNI_BUFFER(plan, r->t, (double)r->steps + 1);
    BNI_ZEROS(plan, r->grid_first, (double)r->steps + 2);
    BNI_BUFFER(plan, r->store, 6 * 2 * (n + 1));
    BNI_BUFFER(plan, r->mean, n);
}

/* All fixed points at grid line k; moved a little when one is degenerate there. */
static int32_t find_line(bni_tracer *r, size_t k)
{
    static const double shift[3] = {0, 0.0123, 0.0371};
    binnet_mean_branches *b = r->b;
    binnet_mean_points *points = NULL;
    int64_t limit = r->ctx->memory_limit;
    for (int attempt = 0; attempt < 3; attempt++) {
        r->t[k] = ((double)k + (k == r->steps ? -1 : 1) * shift[attempt]) / (double)r->steps;
        bni_curve_at(&r->curve, r->t[k]);
        limit = bni_set_aside(r->ctx, r->bytes);
        int32_t status = bni_mean_points(r->ctx, &points, &r->curve.at);
        bni_give_back(r->ctx, limit);
        if (status != BINNET_OK && status != BINNET_E_NOCONV)
            return status;
        int degenerate = !binnet_mean_points_complete(points) &&
                         (r->ctx->work_limit == 0 || binnet_mean_points_boxes(points) < (uint64_t)r->ctx->work_limit);
        if (!degenerate || attempt == 2)
            break;
        binnet_mean_points_free(points);
        points = NULL;
    }
    size_t count = binnet_mean_points_count(points);
    b->x[k] = bni_branch_stimulus(b, r->t[k]);
    b->found[k] = count;
    b->complete[k] = binnet_mean_points_complete(points);
    if (!b->complete[k])
        bni_note_trouble(r, &r->listed, r->t[k]);
    r->grid_first[k] = r->marks;
    int32_t status = bni_room(r->ctx, &r->bytes, &r->mark, &r->mark_room, r->marks + count, sizeof *r->mark,
                              "fixed points");
    if (status == BINNET_OK)
        status = bni_room(r->ctx, &r->bytes, &r->known, &r->known_room, (r->marks + count) * r->n, sizeof *r->known,
                          "fixed points");
    for (size_t i = 0; i < count && status == BINNET_OK; i++) {
        r->mark[r->marks] = (bni_grid_mark){0};
        binnet_mean_points_get(points, i, r->known + r->marks * r->n, NULL);
        r->marks++;
    }
    r->grid_first[k + 1] = r->marks;
    binnet_mean_points_free(points);
    return status;
}

static int32_t run_tracer(bni_tracer *r)
{
    binnet_ctx *ctx = r->ctx;
    bni_progress whole = bni_progress_push(ctx);
    for (size_t k = 0; k <= r->steps; k++) {
        bni_progress_parts(ctx, whole, 0.8 * (double)k, 0.8, (double)r->steps + 1);
        BNI_TRY(find_line(r, k));
    }
    bni_progress_parts(ctx, whole, 0.8, 0.2, 1);
    for (size_t k = 0; k <= r->steps; k++)
        for (size_t m = r->grid_first[k]; m < r->grid_first[k + 1]; m++)
            if (!r->mark[m].visited)
                BNI_TRY(bni_trace_branch(r, k, m));
    bni_progress_pop(ctx, whole);
    if (r->agree && r->followed && r->listed)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_NOCONV, "%s, first at %.9g",
                    !r->followed ? "a branch could not be followed to its end"
                    : !r->agree  ? "fixed points and branches do not agree"
                                 : "not all fixed points are known",
                    r->trouble);
}

static void share_store(bni_tracer *r)
{
    bni_curve_point *point[6] = {&r->now, &r->then, &r->trial, &r->low, &r->high, &r->start};
    for (size_t k = 0; k < 6; k++) {
        point[k]->mean = r->store + 2 * k * (r->n + 1);
        point[k]->tangent = point[k]->mean + r->n + 1;
    }
}

static int32_t need_range(binnet_ctx *ctx, const binnet_mean_field *field, const double *direction, size_t n,
                          double from, double to, size_t steps)
{
    const double ends[2] = {from, to};
    double most = 0;
    BNI_TRY(bni_need_field(ctx, field, n));
    BNI_TRY(bni_need(ctx, direction, "direction"));
    BNI_TRY(bni_need_finite(ctx, direction, n, "direction"));
    BNI_TRY(bni_need_finite(ctx, ends, 2, "the range"));
    for (size_t a = 0; a < n; a++)
        most = fmax(most, fabs(direction[a]));
    if (!(most > 0))
        return bni_fail(ctx, BINNET_E_RANGE, "direction is 0 for all units");
    if (!(from < to) || !isfinite((to - from) * most))
        return bni_fail(ctx, BINNET_E_RANGE, "the range is %g to %g, must rise", from, to);
    if (steps < 1 || steps > 100000)
        return bni_fail(ctx, BINNET_E_RANGE, "steps is %zu, allowed is 1..100000", steps);
    if (field->noise->kind == BINNET_NOISE_CUSTOM || field->noise->kind == BINNET_NOISE_UNIFORM)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "branches are followed for laws of noise with a continuous density");
    return BINNET_OK;
}

int32_t binnet_mean_branches_new(binnet_ctx *ctx, binnet_mean_branches **out, const binnet_mean_field *field,
                                 const double *direction, size_t n, double from, double to, size_t steps)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(need_range(ctx, field, direction, n, from, to, steps));
    binnet_mean_branches sized = {.n = n, .steps = steps, .from = from, .to = to, .mem = ctx->mem};
    bni_tracer r = {.ctx = ctx, .n = n, .steps = steps, .agree = 1, .followed = 1, .listed = 1};
    r.curve = (bni_curve){.ctx = ctx, .f = field, .direction = direction, .from = from, .to = to, .n = n};
    r.bytes = (double)sizeof sized + bni_plan_bytes(list_grid, &sized) + bni_plan_bytes(list_tracer, &r) +
              bni_curve_bytes(n);
    BNI_TRY(bni_need_memory(ctx, r.bytes, "branches of a mean field"));
    binnet_mean_branches *b = bni_new(ctx, 1, sizeof *b);
    if (b == NULL)
        return BINNET_E_NOMEM;
    *b = sized;
    r.b = b;
    int32_t status = bni_plan_make(ctx, list_grid, b);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, list_tracer, &r);
    if (status == BINNET_OK)
        status = bni_plan_make(ctx, bni_curve_buffers, &r.curve);
    if (status == BINNET_OK) {
        share_store(&r);
        status = run_tracer(&r);
    }
    bni_plan_release(&ctx->mem, bni_curve_buffers, &r.curve);
    bni_plan_release(&ctx->mem, list_tracer, &r);
    bni_delete(&ctx->mem, r.mark);
    bni_delete(&ctx->mem, r.known);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    if (status != BINNET_OK && status != BINNET_E_NOCONV) {
        binnet_mean_branches_free(b);
        return status;
    }
    *out = b;
    return status;
}

void binnet_mean_branches_free(binnet_mean_branches *branches)
{
    if (branches == NULL)
        return;
    bni_allocator mem = branches->mem;
    bni_plan_release(&mem, list_grid, branches);
    bni_delete(&mem, branches->first);
    bni_delete(&mem, branches->point);
    bni_delete(&mem, branches->list);
    bni_delete(&mem, branches->place);
    bni_delete(&mem, branches);
}

size_t binnet_mean_branches_count(const binnet_mean_branches *branches)
{
    return branches == NULL ? 0 : branches->count;
}

size_t binnet_mean_branches_length(const binnet_mean_branches *branches, size_t k)
{
    return branches == NULL || k >= branches->count ? 0 : branches->first[k + 1] - branches->first[k];
}

static void put_figure(double *to, double value)
{
    if (to != NULL)
        *to = value;
}

int32_t binnet_mean_branches_point(const binnet_mean_branches *branches, size_t k, size_t i, double *x, double *mean,
                                   double *radius, double *growth)
{
    if (branches == NULL || x == NULL || mean == NULL)
        return BINNET_E_NULL;
    if (i >= binnet_mean_branches_length(branches, k))
        return BINNET_E_RANGE;
    const double *p = branches->point + (branches->first[k] + i) * (branches->n + 3);
    memcpy(mean, p, branches->n * sizeof *mean);
    *x = bni_branch_stimulus(branches, p[branches->n]);
    put_figure(radius, p[branches->n + 1]);
    put_figure(growth, p[branches->n + 2]);
    return BINNET_OK;
}

size_t binnet_mean_branches_special_count(const binnet_mean_branches *branches)
{
    return branches == NULL ? 0 : branches->specials;
}

int32_t binnet_mean_branches_special(const binnet_mean_branches *branches, size_t k, int32_t *kind, size_t *branch,
                                     double *x, double *error, double *mean, double *angle)
{
    if (branches == NULL)
        return BINNET_E_NULL;
    if (k >= branches->specials)
        return BINNET_E_RANGE;
    const bni_special_point *s = branches->list + k;
    if (kind != NULL)
        *kind = s->kind;
    if (branch != NULL)
        *branch = s->branch;
    put_figure(x, bni_branch_stimulus(branches, s->t));
    put_figure(error, s->error);
    put_figure(angle, s->angle);
    if (mean != NULL)
        memcpy(mean, branches->place + k * branches->n, branches->n * sizeof *mean);
    return BINNET_OK;
}

int32_t binnet_mean_branches_at(const binnet_mean_branches *branches, size_t k, double *x, size_t *count,
                                int32_t *complete)
{
    if (branches == NULL)
        return BINNET_E_NULL;
    if (k > branches->steps)
        return BINNET_E_RANGE;
    put_figure(x, branches->x[k]);
    if (count != NULL)
        *count = branches->found[k];
    if (complete != NULL)
        *complete = branches->complete[k];
    return BINNET_OK;
}
