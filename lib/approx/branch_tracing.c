/*
 * One branch of fixed points along a stimulus, followed both ways from a point that is known: the points where its stability
 * changes, the known fixed points that it passes, and whether both agree.
 */
#include "approx/branches.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void copy_point(bni_curve_point *to, const bni_curve_point *from, size_t n)
{
    double *mean = to->mean, *tangent = to->tangent;
    memcpy(mean, from->mean, (n + 1) * sizeof *mean);
    memcpy(tangent, from->tangent, (n + 1) * sizeof *tangent);
    *to = *from;
    to->mean = mean;
    to->tangent = tangent;
}

void bni_note_trouble(bni_tracer *r, int *what, double t)
{
    if (r->agree && r->followed && r->listed)
        r->trouble = bni_branch_stimulus(r->b, t);
    *what = 0;
}

/* --- lists --- */

static int32_t add_point(bni_tracer *r, const bni_curve_point *p)
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

static int32_t add_special(bni_tracer *r, bni_special_point s, const double *mean)
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

/* The eigenvalue nearest to the unit circle, or to real part 1, of pairs the first; not one that was named already, whose re is NaN. */
static size_t nearest_eigenvalue(bni_curve *c, int circle)
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
static int32_t name_change(bni_tracer *r, double gap, double speed)
{
    bni_curve *c = &r->curve;
    size_t n = r->n;
    const bni_curve_point *p = &r->low, *q = &r->high;
    double dt = fabs(p->mean[n] - q->mean[n]);
    bni_special_point s = {.branch = r->b->count, .t = 0.5 * p->mean[n] + 0.5 * q->mean[n]};
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
            size_t k = nearest_eigenvalue(c, circle);
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
    const bni_special_point *p = b->list + k - 1, *q = b->list + k;
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
        bni_special_point s = b->list[k];
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
static int32_t locate_changes(bni_tracer *r, double h)
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
                bni_note_trouble(r, &r->followed, r->high.mean[r->n]);
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
static size_t find_mark(const bni_tracer *r, size_t from, size_t to)
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
static int32_t find_passage(bni_tracer *r, const bni_curve_point *p, double from, const bni_curve_point *q, double to,
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
static int32_t pass_lines(bni_tracer *r, const bni_curve_point *p, double from, const bni_curve_point *q, double to)
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
                bni_note_trouble(r, &r->agree, t);
            continue;
        }
        if (r->mark[m].visited == 2)
            r->closed = 1; /* where this branch began */
        else if (r->mark[m].visited) {
            bni_note_trouble(r, &r->agree, t);
            r->closed = 1;
        } else
            r->mark[m].visited = 1;
    }
    return BINNET_OK;
}

/* --- one branch --- */

/* The fold between now and then goes to `trial`. */
static int32_t find_turn(bni_tracer *r, double h, double *at, int *found)
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
static int32_t end_at(bni_tracer *r, double edge, int *found)
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
static int32_t follow_curve(bni_tracer *r)
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
            bni_note_trouble(r, &r->followed, r->now.mean[n]);
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

static void reverse_points(bni_tracer *r, size_t from, size_t to)
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

int32_t bni_trace_branch(bni_tracer *r, size_t line, size_t start)
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
        bni_note_trouble(r, &r->followed, r->t[line]);
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
