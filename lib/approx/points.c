/*
 * All fixed points of a mean field: boxes are cut with F(box), kept whole where Krawczyk's operator proves one fixed point, and
 * halved otherwise.
 *
 * F is taken beyond 0..1 as F(what lies nearest in 0..1), so that a fixed point on the edge has a box around it: that map is
 * Lipschitz with the slopes of F times 0..1 where it crosses the edge, and has the same fixed points. With g(m) = m - F(m), slopes
 * G of F over X, a middle c and any matrix Y, K = c - Y g(c) + (1 - Y (1 - G)) (X - c) holds all fixed points in X; when it lies
 * inside of X there is exactly one.   Source: [Kr69]; [Ne90] 5.1.
 */
#include "approx/contraction.h"
#include "num/dense.h"

#include <math.h>
#include <string.h>

struct binnet_mean_points {
    bni_allocator mem;
    size_t n, count, room, open, open_room;
    int32_t complete;
    uint64_t boxes;
    bni_interval *point, *around; /* [count][n]: where it is, and where there is no other */
    size_t around_room;
    bni_interval *left; /* [open][n] undecided boxes */
};

enum { MOST_OPEN = 4096, CUTS = 20, NARROWINGS = 500, INFLATIONS = 12 };
static const double least_width = 0x1p-30;

typedef struct search {
    binnet_ctx *ctx;
    const binnet_mean_field *f;
    binnet_mean_points *found;
    bni_contraction cut;
    size_t n, length, depth, stack_room; /* length of a box: n means, n inputs, its part of the whole */
    bni_interval *stack;                 /* [depth][length] */
    double bytes, done;
    bni_interval *box, *wide, *clamped, *image, *residual, *narrow, *G; /* [n], G [n][n] */
    double *Y, *A, *column;                                             /* [n][n], [n] */
} search;

static void list_search(bni_plan *plan, void *object)
{
    search *s = object;
    double n = (double)s->n;
    BNI_BUFFER(plan, s->box, 2 * n + 1);
    BNI_BUFFER(plan, s->wide, n);
    BNI_BUFFER(plan, s->clamped, n);
    BNI_BUFFER(plan, s->image, n);
    BNI_BUFFER(plan, s->residual, n);
    BNI_BUFFER(plan, s->narrow, n);
    BNI_BUFFER(plan, s->G, n * n);
    BNI_BUFFER(plan, s->Y, n * n);
    BNI_BUFFER(plan, s->A, n * n);
    BNI_BUFFER(plan, s->column, n);
    bni_contraction_buffers(plan, &s->cut);
}

static double middle_of(bni_interval x)
{
    return 0.5 * x.lo + 0.5 * x.hi;
}

static int is_inside(const bni_interval *a, const bni_interval *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!(a[k].lo >= b[k].lo && a[k].hi <= b[k].hi))
            return 0;
    return 1;
}

static int is_well_inside(const bni_interval *a, const bni_interval *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!(a[k].lo > b[k].lo && a[k].hi < b[k].hi))
            return 0;
    return 1;
}

/* a becomes what it shares with b; 0 when that is nothing. */
static int cut_box(bni_interval *a, const bni_interval *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        a[k].lo = b[k].lo > a[k].lo ? b[k].lo : a[k].lo;
        a[k].hi = b[k].hi < a[k].hi ? b[k].hi : a[k].hi;
        if (a[k].lo > a[k].hi)
            return 0;
    }
    return 1;
}

static int do_meet(const bni_interval *a, const bni_interval *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (a[k].lo > b[k].hi || a[k].hi < b[k].lo)
            return 0;
    return 1;
}

static double widest(const bni_interval *a, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, a[k].hi - a[k].lo);
    return most;
}

static double clamped(double x)
{
    return fmin(fmax(x, 0), 1);
}

/* --- Krawczyk's operator --- */

/* Slopes G of the map over X; 0 when they have no bound. */
static int find_slopes(search *s, const bni_interval *X)
{
    for (size_t b = 0; b < s->n; b++)
        s->clamped[b] = (bni_interval){clamped(X[b].lo), clamped(X[b].hi)};
    for (size_t a = 0; a < s->n; a++) {
        bni_interval *row = s->G + a * s->n;
        if (!bni_enclose_slopes(s->f, a, row, s->clamped))
            return 0;
        for (size_t b = 0; b < s->n; b++)
            if (X[b].lo < 0 || X[b].hi > 1)
                row[b] = (bni_interval){fmin(row[b].lo, 0), fmax(row[b].hi, 0)};
    }
    return 1;
}

/* Y, near the inverse of 1 - G in the middle; *useful 0 when there is none. */
static int32_t find_preconditioner(search *s, int *useful)
{
    for (size_t k = 0; k < s->n * s->n; k++)
        s->A[k] = (k / s->n == k % s->n) - middle_of(s->G[k]);
    int32_t status = bni_inverse(s->ctx, s->Y, s->A, s->n);
    *useful = status == BINNET_OK;
    return status == BINNET_E_UNDEFINED ? BINNET_OK : status;
}

/* image = K(X); *useful 0 when it cannot be had. */
static int32_t apply_krawczyk(search *s, const bni_interval *X, int *useful)
{
    size_t n = s->n;
    *useful = find_slopes(s, X);
    if (!*useful)
        return BINNET_OK;
    BNI_TRY(find_preconditioner(s, useful));
    if (!*useful)
        return BINNET_OK;
    for (size_t b = 0; b < n; b++) {
        s->column[b] = middle_of(X[b]);
        s->clamped[b] = bni_point(clamped(s->column[b]));
    }
    for (size_t a = 0; a < n; a++)
        s->residual[a] = bni_interval_subtract(bni_point(s->column[a]),
                                               bni_enclose_map(s->f, a, bni_enclose_input(s->f, a, s->clamped),
                                                               s->clamped));
    for (size_t a = 0; a < n; a++) {
        bni_interval k = bni_point(s->column[a]);
        for (size_t b = 0; b < n; b++)
            k = bni_interval_subtract(k, bni_interval_scale(s->residual[b], s->Y[a * n + b]));
        for (size_t b = 0; b < n; b++) {
            /* (1 - Y + Y G)_ab */
            bni_interval r = bni_interval_subtract(bni_point(a == b), bni_point(s->Y[a * n + b]));
            for (size_t c = 0; c < n; c++)
                r = bni_interval_add(r, bni_interval_scale(s->G[c * n + b], s->Y[a * n + c]));
            bni_interval from = bni_interval_subtract(X[b], bni_point(s->column[b]));
            k = bni_interval_add(k, bni_interval_multiply(r, from));
        }
        s->image[a] = k;
        BNI_TRY(bni_poll(s->ctx, s->done));
    }
    return BINNET_OK;
}

/* --- what was found --- */

static int32_t keep_point(search *s, const bni_interval *point, const bni_interval *around)
{
    binnet_mean_points *p = s->found;
    size_t n = s->n, need = (p->count + 1) * n;
    BNI_TRY(bni_room(s->ctx, &s->bytes, &p->point, &p->room, need, sizeof *p->point, "fixed points"));
    BNI_TRY(bni_room(s->ctx, &s->bytes, &p->around, &p->around_room, need, sizeof *p->around, "fixed points"));
    memcpy(p->point + p->count * n, point, n * sizeof *point);
    memcpy(p->around + p->count * n, around, n * sizeof *around);
    p->count++;
    return BINNET_OK;
}

static int32_t keep_open(search *s, const bni_interval *box)
{
    binnet_mean_points *p = s->found;
    size_t n = s->n;
    for (size_t k = 0; k < p->open; k++) {
        bni_interval *o = p->left + k * n;
        int touches = 1;
        for (size_t a = 0; a < n && touches; a++)
            touches = box[a].lo <= o[a].hi + 2 * least_width && box[a].hi >= o[a].lo - 2 * least_width;
        for (size_t a = 0; a < n && touches; a++)
            o[a] = (bni_interval){fmin(o[a].lo, box[a].lo), fmax(o[a].hi, box[a].hi)};
        if (touches)
            return BINNET_OK;
    }
    BNI_TRY(bni_room(s->ctx, &s->bytes, &p->left, &p->open_room, (p->open + 1) * n, sizeof *box, "undecided boxes"));
    memcpy(p->left + p->open * n, box, n * sizeof *box);
    p->open++;
    return BINNET_OK;
}

/* There is exactly one fixed point in s->wide, and it is in s->image: narrowed down and listed unless it is there already. */
static int32_t take_point(search *s)
{
    size_t n = s->n;
    binnet_mean_points *p = s->found;
    bni_interval *point = s->narrow;
    memcpy(point, s->wide, n * sizeof *point);
    cut_box(point, s->image, n);
    for (int k = 0; k < NARROWINGS; k++) {
        double before = 0, after = 0;
        int useful;
        for (size_t a = 0; a < n; a++)
            before += point[a].hi - point[a].lo;
        BNI_TRY(apply_krawczyk(s, point, &useful));
        if (!useful)
            break;
        cut_box(point, s->image, n);
        for (size_t a = 0; a < n; a++)
            after += point[a].hi - point[a].lo;
        if (!(after < 0.998 * before))
            break;
    }
    for (size_t k = 0; k < p->count; k++) {
        if (is_inside(point, p->around + k * n, n) || is_inside(p->point + k * n, s->wide, n)) {
            /* the same one: what is known of its surroundings, where that is more */
            if (is_inside(p->around + k * n, s->wide, n))
                memcpy(p->around + k * n, s->wide, n * sizeof *point);
            return BINNET_OK;
        }
        if (do_meet(point, p->point + k * n, n)) /* the same or another: cannot be told */
            return keep_open(s, s->box);
    }
    return keep_point(s, point, s->wide);
}

/* --- branch and prune --- */

static int is_known(const search *s)
{
    for (size_t k = 0; k < s->found->count; k++)
        if (is_inside(s->box, s->found->around + k * s->n, s->n))
            return 1;
    return 0;
}

/* What to halve: the input whose curve does most to all means; where inputs are as good as points, or there are no equations, the
 * mean or input that is widest. */
static size_t choose_side(const search *s, int useful)
{
    size_t best = 0;
    double most = 0;
    for (size_t a = 0; a < s->n && useful; a++) {
        const bni_interval *mu = s->box + s->n + a;
        double does = s->cut.envelope[a].bend * s->cut.reach[a];
        if (does > most && mu->hi - mu->lo > least_width * (fabs(mu->lo) + fabs(mu->hi))) {
            most = does;
            best = s->n + a;
        }
    }
    if (most > least_width)
        return best;
    most = -1;
    for (size_t a = 0; a < s->n; a++)
        if (s->box[a].hi - s->box[a].lo > most) {
            most = s->box[a].hi - s->box[a].lo;
            best = a;
        }
    return best;
}

static int32_t push_box(search *s, const bni_interval *box)
{
    BNI_TRY(bni_room(s->ctx, &s->bytes, &s->stack, &s->stack_room, (s->depth + 1) * s->length, sizeof *box, "boxes"));
    memcpy(s->stack + s->depth * s->length, box, s->length * sizeof *box);
    s->depth++;
    return BINNET_OK;
}

static double whole_width(const search *s)
{
    double sum = 0;
    for (size_t a = 0; a < s->n; a++)
        sum += s->box[a].hi - s->box[a].lo;
    return sum;
}

/* Krawczyk's operator on a box a little wider, and on what it makes of a small one, widened by a part: where units hear one another
 * in a row, or are saturated, no one width serves all. *done 1: s->box is decided.   Source: Rump, Acta Numerica 19 (2010) 287
 * (epsilon inflation). */
static int32_t try_proof(search *s, int *done)
{
    int useful, tries = widest(s->box, s->n) < 1e-6 ? INFLATIONS : 1;
    for (size_t a = 0; a < s->n; a++) {
        double more = 0.05 * (s->box[a].hi - s->box[a].lo) + 1e-9;
        s->wide[a] = (bni_interval){s->box[a].lo - more, s->box[a].hi + more};
    }
    for (int k = 0; k < tries; k++) {
        BNI_TRY(apply_krawczyk(s, s->wide, &useful));
        if (!useful)
            return BINNET_OK;
        if (is_well_inside(s->image, s->wide, s->n)) {
            *done = 1;
            return take_point(s);
        }
        *done = !cut_box(s->box, s->image, s->n);
        if (*done)
            return BINNET_OK;
        for (size_t a = 0; a < s->n; a++) { /* the fixed points of the box are in the image, and so in this */
            bni_interval i = s->image[a];
            double more = k == 0 ? 0 : 0.1 * (i.hi - i.lo) + 1e-15;
            s->wide[a] = k == 0 ? bni_outwards(s->box[a].lo - 1e-15, s->box[a].hi + 1e-15)
                                : (bni_interval){i.lo - more, i.hi + more};
        }
    }
    return BINNET_OK;
}

/* Decides s->box, or pushes its halves. */
static int32_t examine_box(search *s)
{
    int useful = 0, left, inside, done = 0;
    for (int k = 0; k < CUTS; k++) {
        double before = whole_width(s);
        if (!bni_cut_by_units(&s->cut, s->box) || is_known(s))
            return BINNET_OK;
        BNI_TRY(bni_cut_by_lines(&s->cut, s->box, &left, &inside, &useful));
        if (!left)
            return BINNET_OK;
        if ((inside && useful) || widest(s->box, s->n) < 1e-3)
            BNI_TRY(try_proof(s, &done));
        if (done)
            return BINNET_OK;
        if (!(whole_width(s) < 0.9 * before))
            break;
    }
    if (widest(s->box, s->n) <= least_width)
        return keep_open(s, s->box);
    size_t b = choose_side(s, useful);
    bni_interval whole = s->box[b];
    double cut = whole.lo + 0.515625 * (whole.hi - whole.lo); /* not through symmetric points */
    s->box[2 * s->n].lo *= 0.5;
    s->box[b] = (bni_interval){cut, whole.hi};
    BNI_TRY(push_box(s, s->box));
    s->box[b] = (bni_interval){whole.lo, cut};
    return push_box(s, s->box);
}

static int32_t run_search(search *s)
{
    binnet_mean_points *p = s->found;
    uint64_t limit = s->ctx->work_limit > 0 ? (uint64_t)s->ctx->work_limit : UINT64_MAX;
    for (size_t a = 0; a < s->n; a++) {
        s->box[a] = (bni_interval){0, 1};
        s->box[s->n + a] = (bni_interval){-INFINITY, INFINITY};
    }
    s->box[2 * s->n] = bni_point(1);
    bni_contraction_start(&s->cut);
    BNI_TRY(push_box(s, s->box));
    while (s->depth > 0 && p->boxes < limit && p->open < MOST_OPEN) {
        s->depth--;
        memcpy(s->box, s->stack + s->depth * s->length, s->length * sizeof *s->box);
        double part = s->box[2 * s->n].lo;
        size_t depth = s->depth;
        p->boxes++;
        s->cut.done = fmin(s->done, 1);
        BNI_TRY(examine_box(s));
        s->done += s->depth == depth ? part : 0;
        BNI_TRY(bni_poll(s->ctx, fmin(fmax(s->done, 0), 1)));
    }
    size_t undecided = p->open, boxes_left = s->depth;
    if (boxes_left > 0) { /* one box around all */
        for (size_t k = 1; k < boxes_left; k++)
            for (size_t a = 0; a < s->n; a++) {
                bni_interval *o = s->stack + a, b = s->stack[k * s->length + a];
                *o = (bni_interval){fmin(o->lo, b.lo), fmax(o->hi, b.hi)};
            }
        BNI_TRY(bni_room(s->ctx, &s->bytes, &p->left, &p->open_room, (p->open + 1) * s->n, sizeof *p->left, "boxes"));
        memcpy(p->left + p->open * s->n, s->stack, s->n * sizeof *p->left);
        p->open++;
    }
    p->complete = p->open == 0;
    if (p->complete)
        return BINNET_OK;
    return bni_fail(
        s->ctx, BINNET_E_NOCONV,
        "%zu fixed points are certain; after %llu boxes, %zu too small to halve are undecided, %zu not looked at",
        p->count, (unsigned long long)p->boxes, undecided, boxes_left);
}

/* --- the object --- */

/* Means in steps of 1e-9: those that differ less are ordered by the next one. */
static int is_before(void *points, size_t a, size_t b)
{
    const binnet_mean_points *p = points;
    const bni_interval *x = p->point + a * p->n, *y = p->point + b * p->n;
    for (size_t k = 0; k < p->n; k++) {
        double u = floor(middle_of(x[k]) * 1e9 + 0.5), v = floor(middle_of(y[k]) * 1e9 + 0.5);
        if (u != v)
            return u < v;
    }
    return 0;
}

static void swap_points(void *points, size_t a, size_t b)
{
    const binnet_mean_points *p = points;
    for (size_t k = 0; k < p->n; k++) {
        bni_interval x = p->point[a * p->n + k];
        p->point[a * p->n + k] = p->point[b * p->n + k];
        p->point[b * p->n + k] = x;
    }
}

int32_t bni_mean_points(binnet_ctx *ctx, binnet_mean_points **out, const binnet_mean_field *field)
{
    *out = NULL;
    if (field->noise->kind == BINNET_NOISE_CUSTOM)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "nothing is known of a custom law between its values; call binnet_mean_field_solve");
    search s = {.ctx = ctx, .f = field, .n = field->n, .length = 2 * field->n + 1};
    s.cut = (bni_contraction){.ctx = ctx, .f = field, .n = field->n};
    double own = (double)sizeof(binnet_mean_points);
    s.bytes = own + bni_plan_bytes(list_search, &s) + bni_lu_bytes(s.n);
    BNI_TRY(bni_need_memory(ctx, s.bytes, "the fixed points of a mean field"));
    binnet_mean_points *p = bni_new(ctx, 1, sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    p->mem = ctx->mem;
    p->n = s.n;
    s.found = p;
    int32_t status = bni_plan_make(ctx, list_search, &s);
    if (status == BINNET_OK) {
        status = run_search(&s);
        bni_plan_release(&ctx->mem, list_search, &s);
    }
    bni_delete(&ctx->mem, s.stack);
    bni_delete(&ctx->mem, p->around);
    p->around = NULL;
    if (status == BINNET_OK || status == BINNET_E_NOCONV) {
        int32_t sorted = bni_sort_places(ctx, p->count, &(bni_places){is_before, swap_points, p});
        status = sorted == BINNET_OK ? status : sorted;
    }
    if (status != BINNET_OK && status != BINNET_E_NOCONV) {
        binnet_mean_points_free(p);
        return status;
    }
    *out = p;
    return status;
}

int32_t binnet_mean_points_new(binnet_ctx *ctx, binnet_mean_points **out, const binnet_mean_field *field)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, field, "field"));
    BNI_TRY(bni_mean_points(ctx, out, field));
    int32_t status = bni_poll_end(ctx);
    if (status == BINNET_OK)
        return status;
    binnet_mean_points_free(*out);
    *out = NULL;
    return status;
}

void binnet_mean_points_free(binnet_mean_points *points)
{
    if (points == NULL)
        return;
    bni_allocator mem = points->mem;
    bni_delete(&mem, points->point);
    bni_delete(&mem, points->around);
    bni_delete(&mem, points->left);
    bni_delete(&mem, points);
}

size_t binnet_mean_points_count(const binnet_mean_points *points)
{
    return points == NULL ? 0 : points->count;
}

int32_t binnet_mean_points_complete(const binnet_mean_points *points)
{
    return points == NULL ? 0 : points->complete;
}

uint64_t binnet_mean_points_boxes(const binnet_mean_points *points)
{
    return points == NULL ? 0 : points->boxes;
}

int32_t binnet_mean_points_get(const binnet_mean_points *points, size_t k, double *mean, double *error)
{
    if (points == NULL || mean == NULL)
        return BINNET_E_NULL;
    if (k >= points->count)
        return BINNET_E_RANGE;
    for (size_t a = 0; a < points->n; a++) {
        bni_interval x = points->point[k * points->n + a];
        mean[a] = clamped(middle_of(x));
        if (error != NULL)
            error[a] = bni_up(fmax(x.hi - mean[a], mean[a] - x.lo));
    }
    return BINNET_OK;
}

size_t binnet_mean_points_open_count(const binnet_mean_points *points)
{
    return points == NULL ? 0 : points->open;
}

int32_t binnet_mean_points_open(const binnet_mean_points *points, size_t k, double *low, double *high)
{
    if (points == NULL || low == NULL || high == NULL)
        return BINNET_E_NULL;
    if (k >= points->open)
        return BINNET_E_RANGE;
    for (size_t a = 0; a < points->n; a++) {
        low[a] = points->left[k * points->n + a].lo;
        high[a] = points->left[k * points->n + a].hi;
    }
    return BINNET_OK;
}
