/*
 * All branches of fixed points along one stimulus, and the points where their stability changes.
 */
#include "approx/continuation.h"
#include "num/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct special {
    int32_t kind;
    size_t branch;
    double t, error, angle;
} special;

struct binnet_mean_branches {
    bni_allocator mem;
    size_t n, count, points, specials, steps;
    double from, to;
    size_t *first; /* [count + 1] */
    double *point; /* [points][n + 3]: means, t, radius, growth */
    special *list; /* [specials] */
    double *place; /* [specials][n] */
    double *x;     /* [steps + 1] */
    size_t *found; /* [steps + 1] */
    int32_t *complete;
};

static void list_grid(bni_plan *plan, void *object)
{
    binnet_mean_branches *b = object;
    double k = (double)b->steps + 1;
    BNI_ZEROS(plan, b->x, k);
    BNI_ZEROS(plan, b->found, k);
    BNI_ZEROS(plan, b->complete, k);
}

/* A fixed point at one of the stimuli, on a branch or not yet. */
typedef struct mark {
    int visited; /* 2: the branch in hand began here */
} mark;

typedef struct tracer {
    binnet_ctx *ctx;
    binnet_mean_branches *b;
    bni_curve curve;
    size_t n, steps;
    double *t;          /* [steps + 1] */
    size_t *grid_first; /* [steps + 2] into mark, of the proved ones */
    mark *mark;
    double *known; /* [marks][n] */
    size_t marks, mark_room, known_room;
    bni_curve_point now, then, trial, low, high, start; /* memory in `store` */
    double *store, *mean;
    size_t point_room, special_room, place_room, first_room;
    double bytes;
    int agree, followed, listed, closed;
    double trouble; /* x where the first thing went wrong */
} tracer;

static void list_tracer(bni_plan *plan, void *object)
{
    tracer *r = object;
    double n = (double)r->n;
    BNI_BUFFER(plan, r->t, (double)r->steps + 1);
    BNI_ZEROS(plan, r->grid_first, (double)r->steps + 2);
    BNI_BUFFER(plan, r->store, 6 * 2 * (n + 1));
    BNI_BUFFER(plan, r->mean, n);
}

static double x_at(const binnet_mean_branches *b, double t)
{
    return t <= 0 ? b->from : t >= 1 ? b->to : b->from + t * (b->to - b->from);
}

static void copy_point(bni_curve_point *to, const bni_curve_point *from, size_t n)
{
    double *mean = to->mean, *tangent = to->tangent;
    memcpy(mean, from->mean, (n + 1) * sizeof *mean);
    memcpy(tangent, from->tangent, (n + 1) * sizeof *tangent);
    *to = *from;
    to->mean = mean;
    to->tangent = tangent;
}

static void note_trouble(tracer *r, int *what, double t)
{
    if (r->agree && r->followed && r->listed)
        r->trouble = x_at(r->b, t);
    *what = 0;
}

/* --- lists --- */

static int32_t add_point(tracer *r, const bni_curve_point *p)
{
    binnet_mean_branches *b = r->b;
    size_t width = r->n + 3;
    BNI_TRY(bni_room(r->ctx, &r->bytes, &b->point, &r->point_room, (b->points + 1) * width, sizeof *b->point,
                     "points of branches"));
    double *to = b->point + b->points * width;
    memcpy(to, p->mean, (r->n + 1) * sizeof *to);
    to[r->n + 1] = p->radius;
    to[r->n + 2] = p->growth;
    b->points++;
    return BINNET_OK;
}

static int32_t add_special(tracer *r, special s, const double *mean)
{
    binnet_mean_branches *b = r->b;
    BNI_TRY(
        bni_room(r->ctx, &r->bytes, &b->list, &r->special_room, b->specials + 1, sizeof *b->list, "special points"));
    BNI_TRY(bni_room(r->ctx, &r->bytes, &b->place, &r->place_room, (b->specials + 1) * r->n, sizeof *b->place,
                     "special points"));
    b->list[b->specials] = s;
    memcpy(b->place + b->specials * r->n, mean, r->n * sizeof *mean);
    b->specials++;
    return BINNET_OK;
}

/* --- points where stability changes --- */

static int same_kind(const bni_curve_point *p, const bni_curve_point *q, size_t n)
{
    return p->outside == q->outside && p->right == q->right && (p->tangent[n] > 0) == (q->tangent[n] > 0);
}

/* The eigenvalue nearest to the unit circle, or to real part 1, that is not taken; of pairs the first. It is taken then: re = NaN. */
static size_t take_nearest(bni_curve *c, int circle)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t k = 0; k < c->n; k++) {
        double d = circle ? fabs(hypot(c->re[k], c->im[k]) - 1) : fabs(c->re[k] - 1);
        if (d < least && c->im[k] >= 0) {
            least = d;
            best = k;
        }
    }
    return best;
}

/* How well a place along the curve is known; where branches cross, a pitchfork say, rounding `grain` moves it by grain^(1/2) at
 * most. */
static double rounding_of_place(const bni_curve *c, double gap)
{
    double size = fmax(1, hypot(c->re[0], c->im[0]));
    return gap + fmin(c->inverse * c->grain, 10 * sqrt(c->grain)) + 64 * DBL_EPSILON * size * (double)c->n;
}

/* r->low and r->high enclose a change; the curve's eigenvalues are those of high. speed: |d eigenvalue / ds|, about. */
static int32_t name_change(tracer *r, double gap, double speed)
{
    bni_curve *c = &r->curve;
    size_t n = r->n;
    const bni_curve_point *p = &r->low, *q = &r->high;
    double dt = fabs(p->mean[n] - q->mean[n]);
    special s = {.branch = r->b->count, .t = 0.5 * p->mean[n] + 0.5 * q->mean[n]};
    double own = rounding_of_place(c, gap),
           eigen = 64 * DBL_EPSILON * (double)n * fmax(1, q->radius) / fmax(speed, 1e-6);
    int folds = (p->tangent[n] > 0) != (q->tangent[n] > 0);
    s.error = (dt + 4 * own + (folds ? eigen * eigen : eigen * fmax(fabs(p->tangent[n]), fabs(q->tangent[n])))) *
              fabs(r->b->to - r->b->from);
    if (folds) {
        s.kind = BINNET_POINT_FOLD;
        return add_special(r, s, q->mean);
    }
    for (int circle = 1; circle >= 0; circle--) {
        size_t before = circle ? p->outside : p->right, after = circle ? q->outside : q->right;
        size_t count = before > after ? before - after : after - before;
        for (size_t named = 0; named < count;) {
            size_t k = take_nearest(c, circle);
            double re = c->re[k], im = c->im[k];
            int pair = im != 0;
            c->re[k] = NAN;
            named += pair ? 2 : 1;
            if (!circle && !pair)
                continue; /* an eigenvalue of 1 is on the circle too */
            s.kind = !circle  ? BINNET_POINT_HOPF
                     : pair   ? BINNET_POINT_NEIMARK_SACKER
                     : re < 0 ? BINNET_POINT_PERIOD_DOUBLING
                              : BINNET_POINT_CROSSING;
            s.angle = !circle ? im : s.kind == BINNET_POINT_CROSSING ? 0 : atan2(im, re);
            BNI_TRY(add_special(r, s, q->mean));
        }
    }
    return BINNET_OK;
}

/* Whether special points k - 1 and k of a branch are one: a turn and an eigenvalue of 1 that fell on both sides of a cut, or what
 * rounding makes of the crossing of two branches. */
static int are_twins(const binnet_mean_branches *b, size_t k)
{
    const special *p = b->list + k - 1, *q = b->list + k;
    double off = 0;
    if (p->kind > BINNET_POINT_CROSSING || q->kind > BINNET_POINT_CROSSING)
        return 0;
    for (size_t a = 0; a < b->n; a++)
        off = fmax(off, fabs(b->place[(k - 1) * b->n + a] - b->place[k * b->n + a]));
    return off < 1e-3 && fabs(p->t - q->t) * (b->to - b->from) <= p->error + q->error + 1e-9 * (b->to - b->from);
}

/* Joins them: a fold when the branch turns in all. */
static void join_twins(binnet_mean_branches *b, size_t from)
{
    size_t kept = from;
    for (size_t k = from; k < b->specials;) {
        special s = b->list[k];
        size_t best = k, end = k + 1;
        int turns = s.kind == BINNET_POINT_FOLD;
        for (; end < b->specials && are_twins(b, end); end++) {
            turns ^= b->list[end].kind == BINNET_POINT_FOLD;
            s.error = fmax(s.error, b->list[end].error);
            best = b->list[end].error < b->list[best].error ? end : best;
        }
        if (end > k + 1) {
            s.t = b->list[best].t;
            s.kind = turns ? BINNET_POINT_FOLD : BINNET_POINT_CROSSING;
        }
        b->list[kept] = s;
        memmove(b->place + kept * b->n, b->place + best * b->n, b->n * sizeof *b->place);
        kept++;
        k = end;
    }
    b->specials = kept;
}

/* The changes between now and then, h apart; s in from..to by halving. Writes low and high. */
static int32_t locate_changes(tracer *r, double h)
{
    enum { DEPTH = 64 };
    double right[DEPTH], left = 0;
    int depth = 0, found, stuck = 0;
    double least = 1e-13 + 4 * r->curve.inverse * r->curve.grain;
    right[depth++] = h;
    copy_point(&r->low, &r->now, r->n);
    while (depth > 0) {
        double to = right[depth - 1];
        if (to == h)
            copy_point(&r->high, &r->then, r->n);
        else {
            BNI_TRY(bni_curve_step(&r->curve, &r->high, &r->now, to, &found));
            if (!found) { /* too near to a crossing: the next longer part */
                if (depth < 2)
                    return BINNET_OK;
                depth--;
                stuck = 1;
                continue;
            }
        }
        if (!same_kind(&r->low, &r->high, r->n)) {
            if (to - left > least && depth < DEPTH && !stuck) {
                right[depth++] = 0.5 * left + 0.5 * to;
                continue;
            }
            if (to == h) /* its eigenvalues are gone */
                BNI_TRY(bni_curve_finish(&r->curve, &r->high, r->now.tangent, &found));
            double speed = fmin(fabs(r->then.radius - r->now.radius), fabs(r->then.growth - r->now.growth)) / h;
            if (to - left > 1e-3)
                note_trouble(r, &r->followed, r->high.mean[r->n]);
            else
                BNI_TRY(name_change(r, to - left, fmin(speed, 0.1)));
        }
        copy_point(&r->low, &r->high, r->n);
        left = to;
        stuck = 0;
        depth--;
    }
    return BINNET_OK;
}

/* --- the stimuli where all fixed points are known --- */

/* Which known point at grid line k the curve passes, in r->mean; SIZE_MAX when none. */
static size_t find_mark(const tracer *r, size_t from, size_t to)
{
    for (size_t m = from; m < to; m++) {
        double off = 0;
        for (size_t a = 0; a < r->n; a++)
            off = fmax(off, fabs(r->mean[a] - r->known[m * r->n + a]));
        if (off < 1e-7)
            return m;
    }
    return SIZE_MAX;
}

/* Where the part of the step between p and q, from..to along the tangent of `now`, passes t: to r->mean. */
static int32_t find_passage(tracer *r, const bni_curve_point *p, double from, const bni_curve_point *q, double to,
                            double t, int *found)
{
    size_t n = r->n;
    double part = (t - p->mean[n]) / (q->mean[n] - p->mean[n]), off = 0, size = 0;
    for (size_t a = 0; a < n; a++)
        r->mean[a] = p->mean[a] + part * (q->mean[a] - p->mean[a]);
    BNI_TRY(bni_curve_solve(&r->curve, r->mean, t, found));
    for (size_t a = 0; a < n && *found; a++) {
        off = fmax(off, fabs(r->mean[a] - p->mean[a] - part * (q->mean[a] - p->mean[a])));
        size = fmax(size, fabs(q->mean[a] - p->mean[a]));
    }
    if (*found && off <= 0.5 * size + 1e-9)
        return BINNET_OK;
    /* the straight line was no start: along the curve, by halving */
    double rising = q->mean[n] > p->mean[n] ? 1 : -1;
    for (int k = 0; k < 40; k++) {
        double s = 0.5 * from + 0.5 * to;
        BNI_TRY(bni_curve_step(&r->curve, &r->high, &r->now, s, found));
        if (!*found)
            return BINNET_OK;
        if ((r->high.mean[n] - t) * rising > 0)
            to = s;
        else
            from = s;
    }
    memcpy(r->mean, r->high.mean, n * sizeof *r->mean);
    return bni_curve_solve(&r->curve, r->mean, t, found);
}

/* The curve from p to q, t monotone, passes grid lines: ticks off the points there. */
static int32_t pass_lines(tracer *r, const bni_curve_point *p, double from, const bni_curve_point *q, double to)
{
    size_t n = r->n;
    double low = fmin(p->mean[n], q->mean[n]), high = fmax(p->mean[n], q->mean[n]);
    for (size_t k = 0; k <= r->steps; k++) {
        double t = r->t[k];
        int found;
        /* the line where a step begins belongs to the step before */
        if (!(t >= low && t <= high) || t == p->mean[n])
            continue;
        BNI_TRY(find_passage(r, p, from, q, to, t, &found));
        size_t m = found ? find_mark(r, r->grid_first[k], r->grid_first[k + 1]) : SIZE_MAX;
        if (m == SIZE_MAX) {
            if (r->b->complete[k])
                note_trouble(r, &r->agree, t);
            continue;
        }
        if (r->mark[m].visited == 2)
            r->closed = 1; /* where this branch began */
        else if (r->mark[m].visited) {
            note_trouble(r, &r->agree, t);
            r->closed = 1;
        } else
            r->mark[m].visited = 1;
    }
    return BINNET_OK;
}

/* --- one branch --- */

/* The fold between now and then goes to `trial`. */
static int32_t find_turn(tracer *r, double h, double *at, int *found)
{
    double left = 0, right = h;
    *found = 1;
    copy_point(&r->trial, &r->then, r->n);
    for (int k = 0; k < 60 && right - left > 1e-14; k++) {
        double s = *at = 0.5 * left + 0.5 * right;
        BNI_TRY(bni_curve_step(&r->curve, &r->trial, &r->now, s, found));
        if (!*found)
            return BINNET_OK;
        if ((r->trial.tangent[r->n] > 0) == (r->now.tangent[r->n] > 0))
            left = s;
        else
            right = s;
    }
    return BINNET_OK;
}

/* The step that ends at t = edge instead of beyond it: then becomes that point. */
static int32_t end_at(tracer *r, double edge, int *found)
{
    size_t n = r->n;
    double part = (edge - r->now.mean[n]) / (r->then.mean[n] - r->now.mean[n]);
    for (size_t a = 0; a < n; a++)
        r->mean[a] = r->now.mean[a] + part * (r->then.mean[a] - r->now.mean[a]);
    BNI_TRY(bni_curve_solve(&r->curve, r->mean, edge, found));
    if (!*found)
        return BINNET_OK;
    memcpy(r->then.mean, r->mean, n * sizeof *r->mean);
    r->then.mean[n] = edge;
    memcpy(r->trial.tangent, r->now.tangent, (n + 1) * sizeof *r->now.tangent);
    return bni_curve_finish(&r->curve, &r->then, r->trial.tangent, found);
}

/* Whether t, a cubic by its values and slopes at both ends of a step, comes near to turning between them. */
static int may_turn_twice(const bni_curve_point *p, const bni_curve_point *q, size_t n, double h)
{
    double sign = p->tangent[n] > 0 ? 1 : -1, rise = sign * (q->mean[n] - p->mean[n]);
    double left = sign * p->tangent[n] * h, right = sign * q->tangent[n] * h, least = fmin(left, right);
    for (int k = 1; k < 8; k++) {
        double u = k / 8.0;
        least = fmin(least, left + u * (6 * rise - 4 * left - 2 * right) + 3 * u * u * (left + right - 2 * rise));
    }
    return least < 0.3 * fmin(left, right);
}

/* From `now` until the range or the curve ends. */
static int32_t follow_curve(tracer *r)
{
    size_t n = r->n;
    const double longest = fmin(0.02, 0.25 / (double)r->steps), least = 1e-9;
    const int64_t most = 10000 + 100 * (int64_t)r->steps;
    double h = longest * 0.1;
    int found, leaps = 0;
    for (int64_t k = 0;; k++) {
        BNI_TRY(bni_poll(r->ctx, 0.5));
        /* where branches cross steps may fail however short they are: over it */
        static const double leap[4] = {1e-5, 1e-4, 1e-3, 4e-3};
        if (h < least && leaps < 4)
            h = leap[leaps++];
        if (k >= most || h < least) {
            note_trouble(r, &r->followed, r->now.mean[n]);
            return BINNET_OK;
        }
        BNI_TRY(bni_curve_step(&r->curve, &r->then, &r->now, h, &found));
        if (!found) {
            h = leaps > 0 ? 0 : 0.5 * h;
            continue;
        }
        leaps = 0;
        int turns = (r->then.tangent[n] > 0) != (r->now.tangent[n] > 0), last = 0;
        double length = h, turn = h;
        if (!turns && h > 0.01 * longest && may_turn_twice(&r->now, &r->then, n, h)) {
            h *= 0.5;
            continue;
        }
        if (!turns && (r->then.mean[n] > 1 || r->then.mean[n] < 0)) {
            double edge = r->then.mean[n] > 1 ? 1 : 0;
            if (r->now.mean[n] == edge)
                return BINNET_OK; /* began there, outwards */
            BNI_TRY(end_at(r, edge, &found));
            if (!found) {
                h *= 0.5;
                continue;
            }
            last = 1;
            length = 0;
            for (size_t a = 0; a <= n; a++)
                length += (r->then.mean[a] - r->now.mean[a]) * r->now.tangent[a];
        }
        if (turns) {
            BNI_TRY(find_turn(r, h, &turn, &found));
            if (!found) {
                h *= 0.5;
                continue;
            }
            if (r->trial.mean[n] > 1 || r->trial.mean[n] < 0 || r->then.mean[n] > 1 ||
                r->then.mean[n] < 0) { /* not in one step with the edge */
                if (h > 1e-7) {
                    h *= 0.5;
                    continue;
                }
                return BINNET_OK;
            }
            BNI_TRY(pass_lines(r, &r->now, 0, &r->trial, turn));
            if (!r->closed)
                BNI_TRY(pass_lines(r, &r->trial, turn, &r->then, length));
        } else
            BNI_TRY(pass_lines(r, &r->now, 0, &r->then, length));
        if (!same_kind(&r->now, &r->then, n))
            BNI_TRY(locate_changes(r, length));
        if (turns)
            BNI_TRY(add_point(r, &r->trial));
        BNI_TRY(add_point(r, &r->then));
        copy_point(&r->now, &r->then, n);
        if (last || r->closed)
            return BINNET_OK;
        h = fmin(1.4 * h, longest);
    }
}

static void reverse_points(tracer *r, size_t from, size_t to)
{
    size_t width = r->n + 3;
    double *p = r->b->point;
    for (size_t i = from, j = to; i + 1 < j; i++) {
        j--;
        for (size_t k = 0; k < width; k++) {
            double x = p[i * width + k];
            p[i * width + k] = p[j * width + k];
            p[j * width + k] = x;
        }
    }
}

static int32_t trace_branch(tracer *r, size_t line, size_t start)
{
    binnet_mean_branches *b = r->b;
    size_t n = r->n, first = b->points, specials = b->specials;
    int found;
    BNI_TRY(bni_room(r->ctx, &r->bytes, &b->first, &r->first_room, b->count + 2, sizeof *b->first, "branches"));
    b->first[b->count] = first;
    r->mark[start].visited = 2;
    r->closed = 0;
    memcpy(r->start.mean, r->known + start * n, n * sizeof *r->known);
    r->start.mean[n] = r->t[line];
    BNI_TRY(bni_curve_finish(&r->curve, &r->start, NULL, &found));
    if (!found) {
        note_trouble(r, &r->followed, r->t[line]);
        return BINNET_OK;
    }
    copy_point(&r->now, &r->start, n);
    for (size_t a = 0; a <= n; a++)
        r->now.tangent[a] = -r->start.tangent[a];
    BNI_TRY(follow_curve(r));
    reverse_points(r, first, b->points);
    BNI_TRY(add_point(r, &r->start));
    if (!r->closed) {
        copy_point(&r->now, &r->start, n);
        BNI_TRY(follow_curve(r));
    }
    r->mark[start].visited = 1;
    join_twins(b, specials);
    b->count++;
    b->first[b->count] = b->points;
    return BINNET_OK;
}

/* --- all of it --- */

/* All fixed points at grid line k; moved a little when one is degenerate there. */
static int32_t find_line(tracer *r, size_t k)
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
    b->x[k] = x_at(b, r->t[k]);
    b->found[k] = count;
    b->complete[k] = binnet_mean_points_complete(points);
    if (!b->complete[k])
        note_trouble(r, &r->listed, r->t[k]);
    r->grid_first[k] = r->marks;
    int32_t status = bni_room(r->ctx, &r->bytes, &r->mark, &r->mark_room, r->marks + count, sizeof *r->mark,
                              "fixed points");
    if (status == BINNET_OK)
        status = bni_room(r->ctx, &r->bytes, &r->known, &r->known_room, (r->marks + count) * r->n, sizeof *r->known,
                          "fixed points");
    for (size_t i = 0; i < count && status == BINNET_OK; i++) {
        r->mark[r->marks] = (mark){0};
        binnet_mean_points_get(points, i, r->known + r->marks * r->n, NULL);
        r->marks++;
    }
    r->grid_first[k + 1] = r->marks;
    binnet_mean_points_free(points);
    return status;
}

static int32_t run_tracer(tracer *r)
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
                BNI_TRY(trace_branch(r, k, m));
    bni_progress_pop(ctx, whole);
    if (r->agree && r->followed && r->listed)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_NOCONV, "%s, first at %.9g",
                    !r->followed ? "a branch could not be followed to its end"
                    : !r->agree  ? "fixed points and branches do not agree"
                                 : "not all fixed points are known",
                    r->trouble);
}

static void share_store(tracer *r)
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
    tracer r = {.ctx = ctx, .n = n, .steps = steps, .agree = 1, .followed = 1, .listed = 1};
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

static void put_number(double *to, double value)
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
    *x = x_at(branches, p[branches->n]);
    put_number(radius, p[branches->n + 1]);
    put_number(growth, p[branches->n + 2]);
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
    const special *s = branches->list + k;
    if (kind != NULL)
        *kind = s->kind;
    if (branch != NULL)
        *branch = s->branch;
    put_number(x, x_at(branches, s->t));
    put_number(error, s->error);
    put_number(angle, s->angle);
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
    put_number(x, branches->x[k]);
    if (count != NULL)
        *count = branches->found[k];
    if (complete != NULL)
        *complete = branches->complete[k];
    return BINNET_OK;
}
