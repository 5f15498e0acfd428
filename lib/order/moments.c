/*
 * Means and variances of order statistics by quadrature of their tails: with c anywhere,
 *     E X       = c + int_c^inf P(X > x) dx - int_-inf^c P(X <= x) dx
 *     E (X-c)^2 = 2 int_c^inf (x - c) P(X > x) dx + 2 int_-inf^c (c - x) P(X <= x) dx
 * on panels that the laws' own scales give (panels.c), halved until each rank's errors are small; all ranks share the
 * nodes. Panels are walked from left to right and summed up at once: up to the median the integrals of the lower tail, with
 * the distance to where the walk is (which only adds as it goes on); that place is the rank's c, so that hardly anything
 * cancels. Beyond sinh(60) = 6e25 spreads, which only power tails reach, the rest is  S(x) (x-c) / (a - 1)  and
 * 2 S(x) (x-c)^2 / (a - 2),  a the exponent: of the k-th largest of variables with tails of exponents a_i it is the sum of
 * the k smallest. Source: THEORY 7; the rule is num/quadrature.c.
 */
#include "order/variables.h"
#include "num/quadrature.h"

#include <float.h>
#include <math.h>

enum { MOST_ENDS = 1 << 16, MOST_SPLITS = 1 << 20, DEPTH = 128, STEEP = 30, CHUNK = 2048 };
/* Integrals of a rank over a panel, m its middle: F, S, (x-m) F, (x-m) S; then their errors. */
enum { J0, I0, J1, I1, INTEGRALS, PARTS = 2 * INTEGRALS };

static const double farthest = 60;
/* Of a panel's errors, as a part of what the rank has so far. */
static const double tolerance = 2e-14;

typedef struct rank_sums {
    double below, above;                                     /* exponents of the tails */
    double after;                                            /* the median is before */
    double spread;                                           /* of the order of the standard deviation, or less */
    double arm;                                              /* c; NAN up to the median */
    double left[2], left_error[2], right[2], right_error[2]; /* zeroth and first moments of the two tails */
    double rest[3], rest_error[3];                           /* beyond the panels: below, above, second */
} rank_sums;

typedef struct moments {
    binnet_ctx *ctx;
    const binnet_order *o;
    bni_crew crew;
    size_t first, last, ranks;
    double x0, s;     /* about where, and how wide the ranks together */
    double low, high; /* the panels' range */
    int open_low, open_high;
    int smooth;                      /* no law of which nothing is known */
    double *memory, *cdf, *survival; /* [BNI_POINTS][ranks] */
    double *part;                    /* [PARTS][ranks] */
    double *end;
    size_t ends, splits;
    double done, share; /* of the panel at hand */
    rank_sums *rank;
} moments;

static size_t moments_doubles(size_t n, size_t ranks)
{
    return (2 * BNI_POINTS + PARTS) * ranks + n + MOST_ENDS;
}

/* --- exponents --- */

/* Clears the ranks. Their exponents: sum of the k smallest degrees of freedom; INFINITY when there are fewer heavy tails. */
static int32_t begin_ranks(moments *m, double *dof)
{
    size_t heavy = 0, n = m->o->n;
    for (size_t k = 0; k < m->o->parts; k++)
        for (size_t i = 0; i < m->o->part[k]->n; i++)
            if (m->o->part[k]->kind == BINNET_NOISE_STUDENT_T && m->o->part[k]->scale[i] > 0)
                dof[heavy++] = m->o->part[k]->dof;
    BNI_TRY(bni_sort(m->ctx, dof, heavy, sizeof *dof, bni_by_double, NULL));
    for (size_t k = 1; k < heavy; k++)
        dof[k] += dof[k - 1];
    for (size_t j = 0; j < m->ranks; j++) {
        size_t r = m->first + j, from_top = n - r + 1;
        if (j % 65536 == 0)
            BNI_TRY(bni_poll(m->ctx, 0));
        m->rank[j] = (rank_sums){.after = INFINITY};
        m->rank[j].below = r <= heavy ? dof[r - 1] : INFINITY;
        m->rank[j].above = from_top <= heavy ? dof[from_top - 1] : INFINITY;
    }
    return BINNET_OK;
}

static int moment_exists(const rank_sums *r, double power)
{
    return r->below > power && r->above > power;
}

/* --- evaluation --- */

static int32_t evaluate_points(moments *m, const double *x, size_t points)
{
    m->crew.x = x;
    m->crew.points = points;
    return bni_crew_run(m->ctx, &m->crew, m->done, m->share);
}

/* --- the range --- */

/* Centre and length from rough quantiles of the ranks. */
static int32_t find_centre(moments *m)
{
    size_t n = m->o->n;
    double a, b, *room = m->crew.memory, centre, length;
    bni_order_work w;
    bni_order_lay(&w, m->ctx, room + 3 * n, n, 0);
    w.share = 0;
    w.plain = 1;
    bni_order_extent(m->o, &centre, &length);
    BNI_TRY(bni_order_find(&w, &m->x0, NULL, m->o, room, (m->first + m->last) / 2, 0.5, 1));
    BNI_TRY(bni_order_find(&w, &a, NULL, m->o, room, m->first, 0.25, 1));
    BNI_TRY(bni_order_find(&w, &b, NULL, m->o, room, m->last, 0.75, 1));
    m->s = fmax(0.5 * (b - a), 1e-9 * length);
    return BINNET_OK;
}

/* u spreads away: x0 + s sinh u, within the range of double. */
static double abscissa_of(const moments *m, double u)
{
    return fmin(fmax(m->x0 + m->s * sinh(u), -0.25 * DBL_MAX), 0.25 * DBL_MAX);
}

/* The first of some distances where nothing is left beyond; the farthest when there is. */
static int32_t find_end(moments *m, double *end, int *open, int upper)
{
    static const double u[] = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 36, 60};
    enum { TRIALS = sizeof u / sizeof *u };
    double x[TRIALS], tail[TRIALS];
    bni_crew *c = &m->crew, whole = {.first = c->first, .last = c->last, .cdf = c->cdf, .survival = c->survival};
    for (int k = 0; k < TRIALS; k++)
        x[k] = abscissa_of(m, upper ? u[k] : -u[k]);
    c->first = c->last = upper ? m->last : m->first;
    c->cdf = upper ? NULL : tail;
    c->survival = upper ? tail : NULL;
    BNI_TRY(evaluate_points(m, x, TRIALS));
    c->first = whole.first;
    c->last = whole.last;
    c->cdf = whole.cdf;
    c->survival = whole.survival;
    int k = 0;
    while (k < TRIALS - 1 && !(tail[k] * pow(sinh(u[k]), 2) < 1e-34))
        k++;
    *end = x[k];
    *open = !(tail[k] * pow(sinh(u[k]), 2) < 1e-34);
    return BINNET_OK;
}

/* The integrals beyond the panels, with the exponent known (Student t) or seen there. */
static int32_t find_rest(moments *m, int upper)
{
    if (!(upper ? m->open_high : m->open_low))
        return BINNET_OK;
    double near = sinh(farthest) * m->s, far = sinh(farthest + 1) * m->s;
    double x[2] = {m->x0 + (upper ? near : -near), m->x0 + (upper ? far : -far)};
    BNI_TRY(evaluate_points(m, x, 2));
    for (size_t j = 0; j < m->ranks; j++) {
        rank_sums *r = &m->rank[j];
        const double *tail = upper ? m->survival : m->cdf;
        double here = tail[j], seen = log(here / tail[m->ranks + j]) / log(far / near);
        double known = upper ? r->above : r->below, a = known < INFINITY ? known : seen;
        if (!(here > 0) || !moment_exists(r, 1))
            continue;
        double off = known < INFINITY ? fabs(seen - known)
                                      : a; /* an exponent that was only seen is not to be relied on */
        double rest = a > 1 ? here * near / (a - 1) : INFINITY,
               second = a > 2 ? 2 * here * near * near / (a - 2) : INFINITY;
        r->rest[upper] = rest;
        r->rest_error[upper] = rest * off / fabs(a - 1);
        r->rest[2] += second;
        r->rest_error[2] += second * off / fabs(a - 2);
    }
    return BINNET_OK;
}

/* --- first look: at the ends of the panels --- */

/* Ends that the ranks' own scale gives, x0 + s sinh u: the first after x. */
static double next_step(const moments *m, double x)
{
    static const double u[] = {-60, -56, -52, -48, -44, -40, -36, -32, -28, -24, -20, -16, -12, -8, -4, -3, -2, -1, 0,
                               1,   2,   3,   4,   8,   12,  16,  20,  24,  28,  32,  36,  40,  44, 48, 52, 56, 60};
    size_t k = 0;
    while (k < sizeof u / sizeof *u && !(abscissa_of(m, u[k]) - x > 0.25 * m->s))
        k++;
    return k < sizeof u / sizeof *u ? abscissa_of(m, u[k]) : INFINITY;
}

/* The end of a panel from x by the scales of the laws and of the ranks. */
static int32_t next_end(moments *m, double *next, double x)
{
    double step = next_step(m, x);
    BNI_TRY(bni_order_panel_end(m->ctx, next, m->o, x));
    if (step<m->high && * next - x> 1.5 * (step - x))
        *next = step;
    *next = fmin(*next, m->high);
    return BINNET_OK;
}

/* From F at the left end (in arm) to that at the right: one of the ranks passes its median all at once. */
static int is_steep(const moments *m, const double *F)
{
    for (size_t j = 0; j < m->ranks; j++)
        if (m->rank[j].arm < 0.3 && F[j] > 0.7)
            return 1;
    return 0;
}

/* Both tails are monotone: between a and b  int F S >= (b - a) F(a) S(b). */
static void look_at_ends(moments *m, double a, double b)
{
    const double *F = m->cdf + m->ranks, *S = m->survival + m->ranks;
    for (size_t j = 0; j < m->ranks; j++) {
        rank_sums *r = &m->rank[j];
        r->spread += (b - a) * r->arm * S[j];
        r->arm = F[j];
        if (F[j] >= 0.5)
            r->after = fmin(r->after, b);
    }
}

/* Ends from low to high; steep panels are halved. *ends is MOST_ENDS + 1 when there are more. */
static int32_t find_ends(moments *m)
{
    double waiting[STEEP], x = m->low;
    size_t count = 0;
    m->end[0] = x;
    for (m->ends = 1; x < m->high && m->ends <= MOST_ENDS;) {
        if (count == 0)
            BNI_TRY(next_end(m, &waiting[count++], x));
        double b = waiting[count - 1], at[2] = {nextafter(b, -INFINITY), b}, middle = 0.5 * x + 0.5 * b;
        BNI_TRY(evaluate_points(m, at, 2));
        BNI_TRY(bni_poll(m->ctx, m->done));
        if (count < STEEP && middle > x && middle < b && is_steep(m, m->cdf)) {
            waiting[count++] = middle;
            continue;
        }
        look_at_ends(m, x, b);
        if (m->ends < MOST_ENDS)
            m->end[m->ends] = b;
        m->ends++;
        x = b;
        count--;
    }
    for (size_t j = 0; j < m->ranks; j++) {
        m->rank[j].arm = NAN;
        m->rank[j].after = fmin(m->rank[j].after, m->high);
    }
    return BINNET_OK;
}

/* --- panels --- */

typedef struct panel {
    double a, b;
} panel;

/* Good enough for rank j: its errors are small against what it has so far, or against its spread, or no more than the
 * rounding of the nodes makes. */
static int is_fine(const moments *m, const panel *p, size_t j)
{
    const rank_sums *r = &m->rank[j];
    if (!moment_exists(r, 1))
        return 1;
    const double *v = m->part + j;
    size_t R = m->ranks;
    int left = isnan(r->arm) && v[J0 * R] < v[I0 * R];
    double width = p->b - p->a, e0 = v[(INTEGRALS + (left ? J0 : I0)) * R], e1 = v[(INTEGRALS + (left ? J1 : I1)) * R];
    double *F = m->cdf + BNI_NODES * R + j, *S = m->survival + BNI_NODES * R + j, step = fmax(F[R] - F[0], S[0] - S[R]);
    double noise = 8 * DBL_EPSILON * fmax(fabs(p->a), fabs(p->b)) * fmax(step, 0), zeroth, first, way;
    if (left) {
        zeroth = r->left[0] + v[J0 * R];
        first = r->left[1] + width * r->left[0] + fmax(0.5 * width * v[J0 * R] - v[J1 * R], 0);
        way = fmax(r->after - p->a, width);
    } else {
        double arm = isnan(r->arm) ? p->a : r->arm;
        way = p->b - arm;
        zeroth = r->right[0] + v[I0 * R];
        first = r->right[1] + (0.5 * (p->b + p->a) - arm) * v[I0 * R] + v[I1 * R];
    }
    if (!(e0 <= tolerance * (zeroth + r->spread) + noise))
        return 0;
    if (!moment_exists(r, 2) ||
        (e0 <= tolerance * v[(left ? J0 : I0) * R] && e1 <= 0.5 * tolerance * width * v[(left ? J0 : I0) * R]))
        return 1;
    return e1 + way * e0 <= tolerance * (fmax(first, 0) + r->spread * r->spread) + 2 * way * noise;
}

/* Integrals of all ranks over a panel; *fine when they are good enough for all. */
static int32_t measure_panel(moments *m, const panel *p, int *fine)
{
    double x[BNI_POINTS], away[BNI_NODES], half = 0.5 * (p->b - p->a), middle = 0.5 * p->a + 0.5 * p->b;
    size_t R = m->ranks;
    bni_kronrod_points(x, p->a, p->b);
    for (size_t k = 0; k < BNI_NODES; k++)
        away[k] = x[k] - middle;
    BNI_TRY(evaluate_points(m, x, BNI_POINTS));
    *fine = 1;
    /* a panel of some roundings cannot be halved any more */
    int last = p->b - p->a <= 64 * DBL_EPSILON * fmax(fabs(p->a), fabs(p->b)) || m->splits >= MOST_SPLITS;
    for (size_t from = 0; from < R && *fine; from += CHUNK) {
        size_t count = R - from < CHUNK ? R - from : CHUNK;
        double *v = m->part + from;
        for (int upper = 0; upper < 2; upper++) {
            const double *tail = (upper ? m->survival : m->cdf) + from;
            double *zeroth = v + (upper ? I0 : J0) * R, *first = v + (upper ? I1 : J1) * R;
            bni_kronrod(zeroth, zeroth + INTEGRALS * R, count, tail, R, NULL, half, m->smooth);
            bni_kronrod(first, first + INTEGRALS * R, count, tail, R, away, half, m->smooth);
        }
        for (size_t j = from; j < from + count && *fine; j++)
            *fine = last || is_fine(m, p, j);
        BNI_TRY(bni_poll(m->ctx, m->done));
    }
    return BINNET_OK;
}

static void add_panel(moments *m, const panel *p)
{
    double width = p->b - p->a, half = 0.5 * width, middle = 0.5 * p->a + 0.5 * p->b;
    size_t R = m->ranks;
    for (size_t j = 0; j < R; j++) {
        rank_sums *r = &m->rank[j];
        const double *v = m->part + j, *e = v + INTEGRALS * R;
        if (isnan(r->arm) && v[J0 * R] < v[I0 * R]) {
            r->left[1] += width * r->left[0] + fmax(half * v[J0 * R] - v[J1 * R], 0);
            r->left_error[1] += width * r->left_error[0] + half * e[J0 * R] + e[J1 * R];
            r->left[0] += v[J0 * R];
            r->left_error[0] += e[J0 * R];
            continue;
        }
        if (isnan(r->arm))
            r->arm = p->a;
        r->right[0] += v[I0 * R];
        r->right_error[0] += e[I0 * R];
        r->right[1] += (middle - r->arm) * v[I0 * R] + v[I1 * R];
        r->right_error[1] += (middle - r->arm) * e[I0 * R] + e[I1 * R];
    }
}

/* The panel and its parts, from left to right. */
static int32_t walk_panel(moments *m, double a, double b, double done, double share)
{
    panel waiting[DEPTH], p;
    size_t count = 0;
    waiting[count++] = (panel){a, b};
    while (count > 0) {
        int fine;
        p = waiting[--count];
        m->done = done + share * ((p.a - a) / (b - a));
        m->share = share * ((p.b - p.a) / (b - a));
        BNI_TRY(measure_panel(m, &p, &fine));
        double middle = 0.5 * p.a + 0.5 * p.b;
        if (fine || count + 2 > DEPTH || !(middle > p.a && middle < p.b)) {
            add_panel(m, &p);
            continue;
        }
        m->splits++;
        waiting[count++] = (panel){middle, p.b};
        waiting[count++] = (panel){p.a, middle};
    }
    return BINNET_OK;
}

static int32_t walk_panels(moments *m)
{
    for (size_t k = 0; k + 1 < m->ends; k++) {
        double share = 0.9 / (double)(m->ends - 1);
        BNI_TRY(walk_panel(m, m->end[k], m->end[k + 1], 0.1 + share * (double)k, share));
    }
    for (size_t j = 0; j < m->ranks; j++)
        if (isnan(m->rank[j].arm))
            m->rank[j].arm = m->high;
    return BINNET_OK;
}

/* --- the sums --- */

typedef struct moment {
    double mean, variance, mean_error, variance_error, spread;
    int has_mean, has_variance;
} moment;

static moment sum_up_ranks(const moments *m, size_t j)
{
    const rank_sums *r = &m->rank[j];
    double down = r->left[0] + r->rest[0], up = r->right[0] + r->rest[1], shift = up - down;
    double second = 2 * (r->left[1] + r->right[1]) + r->rest[2];
    double relative = 2 * bni_order_error(m->o, m->first + j) + 64 * DBL_EPSILON,
           nodes = 8 * DBL_EPSILON * fabs(r->arm);
    moment out = {.mean = r->arm + shift,
                  .variance = fmax(second - shift * shift, 0),
                  .spread = up + down,
                  .has_mean = moment_exists(r, 1),
                  .has_variance = moment_exists(r, 2)};
    out.mean_error = r->left_error[0] + r->right_error[0] + r->rest_error[0] + r->rest_error[1] +
                     relative * (up + down) + nodes;
    out.variance_error = 2 * (r->left_error[1] + r->right_error[1]) + r->rest_error[2] +
                         2 * fabs(shift) * out.mean_error + out.mean_error * out.mean_error + 2 * relative * second +
                         2 * nodes * (up + down);
    return out;
}

/* BINNET_E_NOCONV, with a message, when the laws need more panels than there may be. */
static int32_t solve_moments(moments *m)
{
    size_t R = m->ranks;
    m->cdf = m->crew.cdf = m->memory;
    m->survival = m->crew.survival = m->cdf + BNI_POINTS * R;
    m->part = m->survival + BNI_POINTS * R;
    m->end = m->part + PARTS * R;
    m->crew.first = m->first;
    m->crew.last = m->last;
    m->crew.plain = m->smooth = 1;
    for (size_t k = 0; k < m->o->parts; k++)
        m->smooth &= m->o->part[k]->kind != BINNET_NOISE_CUSTOM;
    BNI_TRY(begin_ranks(m, m->end + MOST_ENDS));
    BNI_TRY(find_centre(m));
    m->share = 0.01;
    BNI_TRY(find_end(m, &m->low, &m->open_low, 0));
    BNI_TRY(find_end(m, &m->high, &m->open_high, 1));
    BNI_TRY(find_rest(m, 0));
    BNI_TRY(find_rest(m, 1));
    BNI_TRY(find_ends(m));
    if (m->ends > MOST_ENDS)
        return bni_fail(m->ctx, BINNET_E_NOCONV,
                        "the scales of the laws need more than %d panels; ask for fewer ranks at once", MOST_ENDS);
    return walk_panels(m);
}

static void put_moment(double *out, size_t j, int there, double value)
{
    if (out != NULL)
        out[j] = there ? value : NAN;
}

static int32_t write_out(const moments *m, double *mean, double *variance, double *mean_error, double *variance_error)
{
    size_t missing = 0, poor = 0, worst = 0, ranks = m->ranks;
    for (size_t j = 0; j < ranks; j++) {
        const moment one = sum_up_ranks(m, j), *r = &one;
        double floor_at = 1e-14 * fabs(r->mean), sd = fmax(sqrt(r->variance), floor_at);
        missing += !r->has_variance;
        if ((r->has_mean &&
             !(isfinite(r->mean) && r->mean_error <= 1e-8 * (r->has_variance ? sd : r->spread) + floor_at)) ||
            (r->has_variance &&
             !(r->variance_error <= 1e-8 * sd * sd + floor_at * (sd + floor_at) && isfinite(r->variance)))) {
            worst = poor == 0 ? j : worst;
            poor++;
        }
        put_moment(mean, j, r->has_mean, r->mean);
        put_moment(variance, j, r->has_variance, r->variance);
        put_moment(mean_error, j, r->has_mean, r->mean_error);
        put_moment(variance_error, j, r->has_variance, r->variance_error);
    }
    if (poor > 0)
        return bni_fail(m->ctx, BINNET_E_NOCONV,
                        "%zu of %zu ranks, X_(%zu) first: the error estimates exceed 1e-8 of the spread", poor, ranks,
                        m->first + worst);
    if (missing > 0)
        return bni_fail(m->ctx, BINNET_E_UNDEFINED, "%zu of %zu ranks have no variance, or no mean", missing, ranks);
    return BINNET_OK;
}

static double moments_bytes(size_t n, size_t ranks, int workers)
{
    return 8.0 * (double)moments_doubles(n, ranks) + (double)ranks * sizeof(rank_sums) + bni_crew_bytes(n, workers);
}

static int32_t check_range(binnet_ctx *ctx, const binnet_order *order, size_t first, size_t last)
{
    BNI_TRY(bni_need(ctx, order, "order"));
    if (first < 1 || last > order->n || first > last)
        return bni_fail(ctx, BINNET_E_RANGE, "ranks %zu..%zu, allowed is 1..%zu", first, last, order->n);
    return BINNET_OK;
}

int32_t binnet_order_moments(binnet_ctx *ctx, double *mean, double *variance, double *mean_error,
                             double *variance_error, const binnet_order *order, size_t first, size_t last)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, variance, "variance"));
    BNI_TRY(check_range(ctx, order, first, last));
    moments m = {.ctx = ctx, .o = order, .first = first, .last = last, .ranks = last - first + 1};
    int workers = bni_crew_workers(ctx, (double)order->n * (double)order->n < 1e5 ? 1 : BNI_POINTS);
    BNI_TRY(bni_need_memory(ctx, moments_bytes(order->n, m.ranks, workers), "the moments of order statistics"));
    m.memory = bni_new_raw(ctx, moments_doubles(order->n, m.ranks), sizeof *m.memory);
    m.rank = bni_new_raw(ctx, m.ranks, sizeof *m.rank);
    int32_t status = m.memory == NULL || m.rank == NULL ? BINNET_E_NOMEM : bni_crew_open(ctx, &m.crew, order, workers);
    if (status == BINNET_OK)
        status = solve_moments(&m);
    if (status == BINNET_OK)
        status = write_out(&m, mean, variance, mean_error, variance_error);
    else if (status == BINNET_E_UNDEFINED)
        bni_fail(ctx, status, "the quartiles are beyond the range of double");
    bni_crew_close(ctx, &m.crew);
    bni_delete(&ctx->mem, m.memory);
    bni_delete(&ctx->mem, m.rank);
    return status;
}

int32_t binnet_order_moments_estimate(binnet_ctx *ctx, uint64_t *points, uint64_t *bytes, double *flops,
                                      const binnet_order *order, size_t first, size_t last)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_range(ctx, order, first, last));
    double n = (double)order->n, panels = 0, ranks = (double)(last - first + 1);
    int workers = bni_crew_workers(ctx, n * n < 1e5 ? 1 : BNI_POINTS);
    if (flops != NULL || points != NULL)
        BNI_TRY(bni_order_count_panels(ctx, &panels, order, first, last));
    double evaluations = (BNI_POINTS + 2) * panels + 90;
    if (points != NULL)
        *points = (uint64_t)evaluations;
    if (bytes != NULL)
        *bytes = (uint64_t)moments_bytes(order->n, last - first + 1, workers);
    double law = 40 * n,
           count = first == last ? bni_order_cost(order->n, first) : n * fmin(n, 60 * sqrt(n)) + 100 * ranks;
    if (flops != NULL)
        *flops = evaluations * (law + count);
    return BINNET_OK;
}
