/*
 * Means and variances of order statistics by quadrature of their tails: with c anywhere,
 *     E X       = c + int_c^inf P(X > x) dx - int_-inf^c P(X <= x) dx
 *     E (X-c)^2 = 2 int_c^inf (x - c) P(X > x) dx + 2 int_-inf^c (c - x) P(X <= x) dx
 * in u, x = x0 + s sinh u, where power tails become exponential ones. All ranks share the nodes. For each rank c is the end
 * of a panel next to its median, so that hardly anything cancels. Beyond u = 60 (x = 6e25 s), which only power tails reach,
 * the rest is  S(x) (x-c) / (a - 1)  and  2 S(x) (x-c)^2 / (a - 2),  a the exponent: of the k-th largest of variables with
 * tails of exponents a_i it is the sum of the k smallest. Source: THEORY 7; the quadrature is num/quadrature.c.
 */
#include "disorder/order_object.h"
#include "num/quadrature.h"

#include <float.h>
#include <math.h>

enum { MOST_BREAKS = 1000, STEPS = 64, PARTS = 5 };
/* Functions of a rank: F, S, (x-m) F, (x-m) S, F S, times dx/du; m the middle of the panel. */
enum { J0, I0, J1, I1, SPREAD };

static const double farthest = 60;

typedef struct side {
    double u;              /* where the panels end */
    double *first, *second; /* the rest of both integrals beyond */
    double *first_error, *second_error;
    int open;              /* there is a rest */
} side;

typedef struct moments {
    binnet_ctx *ctx;
    const binnet_order *o;
    bni_crew crew;
    size_t first, last, ranks;
    double x0, s;
    double *memory;
    double *cdf, *survival; /* [2 BNI_POINTS][ranks] */
    double *arm, *spread;   /* c (as u) and a length of the order of the standard deviation */
    double *below, *above;  /* exponents of the tails */
    side low, high;
    size_t evaluations;
} moments;

static double x_of(const moments *m, double u)
{
    return m->x0 + m->s * sinh(u);
}

/* Places where laws are not smooth that are made ends of panels: as many as 64 MiB of panels allow. */
static size_t most_breaks(size_t ranks)
{
    size_t fit = ((size_t)64 << 20) / (4 * 2 * PARTS * sizeof(double) * ranks);
    return fit < MOST_BREAKS ? fit : MOST_BREAKS;
}

static size_t most_panels(size_t ranks)
{
    return 256 + 4 * most_breaks(ranks);
}

static size_t moments_doubles(size_t n, size_t ranks)
{
    return 4 * BNI_POINTS * ranks + 12 * ranks + n + most_breaks(ranks) + STEPS;
}

/* --- exponents --- */

static void sift(double *v, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && v[child + 1] > v[child])
            child++;
        if (!(v[child] > v[at]))
            return;
        double swap = v[at];
        v[at] = v[child];
        v[child] = swap;
    }
}

static void heap_sort(double *v, size_t n)
{
    for (size_t k = n / 2; k-- > 0;)
        sift(v, k, n);
    for (size_t k = n; k-- > 1;) {
        double swap = v[0];
        v[0] = v[k];
        v[k] = swap;
        sift(v, 0, k);
    }
}

/* Sum of the k smallest degrees of freedom, for every rank; INFINITY when there are fewer heavy tails than k. */
static void find_exponents(moments *m, double *dof)
{
    size_t heavy = 0, n = m->o->n;
    for (size_t k = 0; k < m->o->parts; k++)
        for (size_t i = 0; i < m->o->part[k]->n; i++)
            if (m->o->part[k]->kind == BINNET_NOISE_STUDENT_T && m->o->part[k]->scale[i] > 0)
                dof[heavy++] = m->o->part[k]->dof;
    heap_sort(dof, heavy);
    for (size_t k = 1; k < heavy; k++)
        dof[k] += dof[k - 1];
    for (size_t j = 0; j < m->ranks; j++) {
        size_t r = m->first + j, from_top = n - r + 1;
        m->below[j] = r <= heavy ? dof[r - 1] : INFINITY;
        m->above[j] = from_top <= heavy ? dof[from_top - 1] : INFINITY;
    }
}

static int exists(const moments *m, size_t j, double power)
{
    return m->below[j] > power && m->above[j] > power;
}

/* --- evaluation --- */

static int32_t evaluate(moments *m, const double *x, size_t points)
{
    m->crew.x = x;
    m->crew.points = points;
    double before = (double)m->evaluations, after = before + (double)points;
    before /= before + 500;
    after /= after + 500;
    m->evaluations += points;
    return bni_crew_run(m->ctx, &m->crew, before, after - before);
}

/* Inside the end u of a panel by more than the rounding of x. */
static double inside(const moments *m, double u, double way)
{
    return x_of(m, u) + way * 4 * DBL_EPSILON * (fabs(m->x0) + m->s * cosh(u) * (1 + fabs(u)));
}

static int32_t values(void *user, double *out, const double *u, const bni_panel *panel, size_t panels)
{
    moments *m = user;
    double x[2 * BNI_POINTS];
    size_t R = m->ranks;
    for (size_t k = 0; k < panels * BNI_POINTS; k++) {
        size_t j = k % BNI_POINTS;
        x[k] = j < BNI_NODES ? x_of(m, u[k]) : inside(m, u[k], j == BNI_NODES ? 1 : -1);
    }
    BNI_TRY(evaluate(m, x, panels * BNI_POINTS));
    for (size_t k = 0; k < panels * BNI_POINTS; k++) {
        const bni_panel *p = &panel[k / BNI_POINTS];
        double away = x[k] - 0.5 * (x_of(m, p->a) + x_of(m, p->b)), dx = m->s * cosh(u[k]), *v = out + k * PARTS * R;
        for (size_t j = 0; j < R; j++) {
            double F = m->cdf[k * R + j], S = m->survival[k * R + j];
            v[J0 * R + j] = F * dx;
            v[I0 * R + j] = S * dx;
            v[J1 * R + j] = away * F * dx;
            v[I1 * R + j] = away * S * dx;
            v[SPREAD * R + j] = F * S * dx;
        }
    }
    return BINNET_OK;
}

static void look(void *user, const bni_panel *panel, size_t panels)
{
    moments *m = user;
    size_t R = m->ranks;
    for (size_t j = 0; j < R; j++) {
        double sum = 0;
        size_t k = 0;
        for (size_t p = 0; p < panels; p++)
            sum += panel[p].integral[SPREAD * R + j];
        while (k + 1 < panels && !(panel[k].integral[J0 * R + j] > panel[k].integral[I0 * R + j]))
            k++;
        m->arm[j] = panel[k].a;
        /* int F S dx = E|X - X'| / 2, 0.56 standard deviations of a Gaussian */
        m->spread[j] = fmax(1.77 * sum, 1e-13 * m->s + DBL_EPSILON * fabs(m->x0));
    }
}

static double norm(void *user, const bni_panel *p)
{
    const moments *m = user;
    size_t R = m->ranks;
    double most = 0, middle = 0.5 * (x_of(m, p->a) + x_of(m, p->b));
    for (size_t j = 0; j < R; j++) {
        if (!exists(m, j, 1))
            continue;
        int left = p->b <= m->arm[j];
        double e0 = p->error[(left ? J0 : I0) * R + j] / m->spread[j], e1 = p->error[(left ? J1 : I1) * R + j];
        most = fmax(most, e0);
        if (exists(m, j, 2))
            most = fmax(most, 2 * (e1 / m->spread[j] + fabs(middle - x_of(m, m->arm[j])) * e0) / m->spread[j]);
    }
    return most;
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
    bni_order_extent(m->o, &centre, &length);
    BNI_TRY(bni_order_find(&w, &m->x0, NULL, m->o, room, (m->first + m->last) / 2, 0.5, 1));
    BNI_TRY(bni_order_find(&w, &a, NULL, m->o, room, m->first, 0.25, 1));
    BNI_TRY(bni_order_find(&w, &b, NULL, m->o, room, m->last, 0.75, 1));
    m->s = fmax(0.5 * (b - a), 1e-9 * length);
    return BINNET_OK;
}

/* The first of some distances where nothing is left beyond; the farthest when there is. */
static int32_t find_end(moments *m, side *end, int upper)
{
    static const double u[] = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 36, 60};
    enum { TRIALS = sizeof u / sizeof *u };
    double x[TRIALS], tail[TRIALS];
    bni_crew *c = &m->crew, whole = {.first = c->first, .last = c->last, .cdf = c->cdf, .survival = c->survival};
    for (int k = 0; k < TRIALS; k++)
        x[k] = x_of(m, upper ? u[k] : -u[k]);
    c->first = c->last = upper ? m->last : m->first;
    c->cdf = upper ? NULL : tail;
    c->survival = upper ? tail : NULL;
    BNI_TRY(evaluate(m, x, TRIALS));
    c->first = whole.first;
    c->last = whole.last;
    c->cdf = whole.cdf;
    c->survival = whole.survival;
    int k = 0;
    while (k < TRIALS - 1 && !(tail[k] * pow(sinh(u[k]), 2) < 1e-34))
        k++;
    end->u = u[k];
    end->open = !(tail[k] * pow(sinh(u[k]), 2) < 1e-34);
    return BINNET_OK;
}

/* The integrals from the last panel to infinity, with the exponent known (Student t) or seen at the end. */
static int32_t find_rest(moments *m, side *end, int upper)
{
    size_t R = m->ranks;
    for (size_t j = 0; j < R; j++)
        end->first[j] = end->second[j] = end->first_error[j] = end->second_error[j] = 0;
    if (!end->open)
        return BINNET_OK;
    double near = sinh(farthest) * m->s, far = sinh(farthest + 1) * m->s;
    double x[2] = {m->x0 + (upper ? near : -near), m->x0 + (upper ? far : -far)};
    BNI_TRY(evaluate(m, x, 2));
    for (size_t j = 0; j < R; j++) {
        const double *tail = upper ? m->survival : m->cdf;
        double here = tail[j], seen = log(here / tail[R + j]) / log(far / near);
        double known = upper ? m->above[j] : m->below[j], a = known < INFINITY ? known : seen;
        if (!(here > 0) || !(exists(m, j, 1)))
            continue;
        double off = known < INFINITY ? fabs(seen - known) : a; /* an exponent that was only seen is not to be relied on */
        end->first[j] = a > 1 ? here * near / (a - 1) : INFINITY;
        end->first_error[j] = end->first[j] * off / fabs(a - 1);
        end->second[j] = a > 2 ? 2 * here * near * near / (a - 2) : INFINITY;
        end->second_error[j] = end->second[j] * off / fabs(a - 2);
    }
    return BINNET_OK;
}

static void add_end(double *end, size_t *count, double u, double low, double high)
{
    if (u > low && u < high)
        end[(*count)++] = u;
}

/* Sorted, without those closer than a rounding. */
static size_t tidy(double *end, size_t count)
{
    size_t kept = 1;
    heap_sort(end, count);
    for (size_t k = 1; k < count; k++)
        if (end[k] - end[kept - 1] > 1e-15 * fmax(1, fabs(end[k])))
            end[kept++] = end[k];
    return kept;
}

/* Ends of the first panels: the range in steps, and the places where a law is not smooth, if there is room for them all. */
static size_t first_panels(const moments *m, double *end)
{
    size_t count = 0, steps, room = most_breaks(m->ranks);
    double low = -m->low.u, high = m->high.u;
    end[count++] = low;
    end[count++] = high;
    for (double u = 0; u < farthest; u += u < 4 ? 1 : 4) {
        add_end(end, &count, u, low, high);
        if (u > 0)
            add_end(end, &count, -u, low, high);
    }
    steps = count;
    for (size_t k = 0, at = 0; k < m->o->parts; at += m->o->part[k]->n, k++) {
        const binnet_noise *part = m->o->part[k];
        for (size_t i = 0; i < part->n; i++) {
            double where = m->o->location[at + i], width = part->kind == BINNET_NOISE_UNIFORM ? part->scale[i] : 0;
            if (part->scale[i] > 0 && part->kind != BINNET_NOISE_UNIFORM && part->kind != BINNET_NOISE_LAPLACE)
                continue;
            if (count - steps + 2 > room)
                return tidy(end, steps);
            add_end(end, &count, asinh((where - width - m->x0) / m->s), low, high);
            if (width > 0)
                add_end(end, &count, asinh((where + width - m->x0) / m->s), low, high);
        }
    }
    return tidy(end, count);
}

/* --- the sums --- */

typedef struct moment {
    double mean, variance, mean_error, variance_error;
    double spread, loose; /* standard deviation, about; what quadrature alone may be off by, in units of it */
    int has_mean, has_variance;
} moment;

static moment sum_up(const moments *m, const bni_quadrature *q, size_t j)
{
    size_t R = m->ranks;
    double c = x_of(m, m->arm[j]), up = m->high.first[j], down = m->low.first[j];
    double second = m->high.second[j] + m->low.second[j];
    double e0 = m->high.first_error[j] + m->low.first_error[j], e1 = m->high.second_error[j] + m->low.second_error[j];
    for (size_t k = 0; k < q->panels; k++) {
        const bni_panel *p = &q->panel[k];
        int left = p->b <= m->arm[j];
        double arm = 0.5 * (x_of(m, p->a) + x_of(m, p->b)) - c;
        double zeroth = p->integral[(left ? J0 : I0) * R + j], first = p->integral[(left ? J1 : I1) * R + j];
        double error = p->error[(left ? J0 : I0) * R + j];
        *(left ? &down : &up) += zeroth;
        second += (left ? -2 : 2) * (first + arm * zeroth);
        e0 += error;
        e1 += 2 * (p->error[(left ? J1 : I1) * R + j] + fabs(arm) * error);
    }
    double relative = 2 * bni_order_error(m->o) + 32 * DBL_EPSILON, shift = up - down;
    moment out = {.mean = c + shift, .variance = fmax(second - shift * shift, 0), .spread = m->spread[j],
                  .has_mean = exists(m, j, 1), .has_variance = exists(m, j, 2)};
    out.mean_error = e0 + relative * (up + down) + DBL_EPSILON * fabs(out.mean);
    out.variance_error = e1 + 2 * fabs(shift) * out.mean_error + 2 * relative * second;
    out.loose = out.has_variance ? fmax(e0, e1 / out.spread) / out.spread : out.has_mean ? e0 / out.spread : 0;
    return out;
}

static void lay_out(moments *m, size_t first, size_t last)
{
    size_t R = m->ranks = last - first + 1;
    m->crew.first = m->first = first;
    m->crew.last = m->last = last;
    double *at = m->memory;
    double **some[] = {&m->arm, &m->spread, &m->below, &m->above, &m->low.first, &m->low.second, &m->low.first_error,
                       &m->low.second_error, &m->high.first, &m->high.second, &m->high.first_error, &m->high.second_error};
    for (size_t k = 0; k < sizeof some / sizeof *some; k++, at += R)
        *some[k] = at;
    m->crew.cdf = m->cdf = at;
    m->crew.survival = m->survival = at + 2 * BNI_POINTS * R;
}

/* Ranks first .. last together. */
static int32_t solve(moments *m, moment *out, size_t first, size_t last)
{
    lay_out(m, first, last);
    double *dof = m->survival + 2 * BNI_POINTS * m->ranks, *end = dof + m->o->n;
    bni_quadrature q = {.dim = PARTS * m->ranks, .most = most_panels(m->ranks), .values = values, .norm = norm, .look = look,
                        .user = m, .tolerance = 1e-13};
    find_exponents(m, dof);
    BNI_TRY(find_centre(m));
    q.tolerance = fmax(q.tolerance, 8 * DBL_EPSILON * fabs(m->x0) / m->s); /* x itself is not known better */
    BNI_TRY(find_end(m, &m->low, 0));
    BNI_TRY(find_end(m, &m->high, 1));
    BNI_TRY(find_rest(m, &m->low, 0));
    BNI_TRY(find_rest(m, &m->high, 1));
    int32_t status = bni_quadrature_run(m->ctx, &q, end, first_panels(m, end));
    if (status == BINNET_OK) {
        look(m, q.panel, q.panels);
        for (size_t j = 0; j < m->ranks; j++)
            out[j] = sum_up(m, &q, j);
    }
    bni_quadrature_free(&q);
    return status;
}

/* All together, then those by themselves for which that was too coarse: ranks of very different spread. */
static int32_t solve_all(moments *m, moment *out, size_t first, size_t last)
{
    BNI_TRY(solve(m, out, first, last));
    for (size_t r = first; first < last && r <= last; r++) {
        moment alone;
        if (out[r - first].loose <= 1e-11)
            continue;
        BNI_TRY(solve(m, &alone, r, r));
        if (alone.spread * alone.loose < out[r - first].spread * out[r - first].loose)
            out[r - first] = alone;
    }
    return BINNET_OK;
}

static void put(double *out, size_t j, int there, double value)
{
    if (out != NULL)
        out[j] = there ? value : NAN;
}

static int32_t write_out(const moments *m, const moment *all, size_t first, size_t last, double *mean, double *variance,
                         double *mean_error, double *variance_error)
{
    size_t missing = 0, poor = 0, worst = 0, ranks = last - first + 1;
    for (size_t j = 0; j < ranks; j++) {
        const moment *r = &all[j];
        double floor_at = 1e-14 * fabs(r->mean), sd = fmax(sqrt(r->variance), floor_at);
        missing += !r->has_variance;
        if ((r->has_mean && !(isfinite(r->mean) && r->mean_error <= 1e-8 * (r->has_variance ? sd : r->spread) + floor_at)) ||
            (r->has_variance && !(r->variance_error <= 1e-8 * sd * sd + floor_at * (sd + floor_at) && isfinite(r->variance)))) {
            worst = poor == 0 ? j : worst;
            poor++;
        }
        put(mean, j, r->has_mean, r->mean);
        put(variance, j, r->has_variance, r->variance);
        put(mean_error, j, r->has_mean, r->mean_error);
        put(variance_error, j, r->has_variance, r->variance_error);
    }
    if (poor > 0)
        return bni_fail(m->ctx, BINNET_E_NOCONV, "%zu of %zu ranks, X_(%zu) first: the error estimates exceed 1e-8 of the spread",
                        poor, ranks, first + worst);
    if (missing > 0)
        return bni_fail(m->ctx, BINNET_E_UNDEFINED, "%zu of %zu ranks have no variance, or no mean", missing, ranks);
    return BINNET_OK;
}

static double moments_bytes(size_t n, size_t ranks, int workers)
{
    double together = bni_quadrature_bytes(PARTS * ranks, most_panels(ranks)), alone = bni_quadrature_bytes(PARTS, most_panels(1));
    size_t room = moments_doubles(n, ranks), room_alone = moments_doubles(n, 1);
    return fmax(together, alone) + 8.0 * (double)(room > room_alone ? room : room_alone) + (double)ranks * sizeof(moment) +
           bni_crew_bytes(n, workers);
}

static int32_t check_range(binnet_ctx *ctx, const binnet_order *order, size_t first, size_t last)
{
    BNI_TRY(bni_need(ctx, order, "order"));
    if (first < 1 || last > order->n || first > last)
        return bni_fail(ctx, BINNET_E_RANGE, "ranks %zu..%zu, allowed is 1..%zu", first, last, order->n);
    return BINNET_OK;
}

int32_t binnet_order_moments(binnet_ctx *ctx, double *mean, double *variance, double *mean_error, double *variance_error,
                             const binnet_order *order, size_t first, size_t last)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, mean, "mean"));
    BNI_TRY(bni_need(ctx, variance, "variance"));
    BNI_TRY(check_range(ctx, order, first, last));
    moments m = {.ctx = ctx, .o = order};
    size_t ranks = last - first + 1, room = moments_doubles(order->n, ranks), room_alone = moments_doubles(order->n, 1);
    int workers = bni_crew_workers(ctx, (double)order->n * (double)order->n < 1e5 ? 1 : BNI_POINTS);
    BNI_TRY(bni_need_memory(ctx, moments_bytes(order->n, ranks, workers), "the moments of order statistics"));
    m.memory = bni_new_raw(ctx, room > room_alone ? room : room_alone, sizeof *m.memory);
    moment *all = bni_new_raw(ctx, ranks, sizeof *all);
    int32_t status = m.memory == NULL || all == NULL ? BINNET_E_NOMEM : bni_crew_open(ctx, &m.crew, order, workers);
    if (status == BINNET_OK)
        status = solve_all(&m, all, first, last);
    if (status == BINNET_OK)
        status = write_out(&m, all, first, last, mean, variance, mean_error, variance_error);
    else if (status == BINNET_E_UNDEFINED)
        bni_fail(ctx, status, "the quartiles are beyond the range of double");
    bni_crew_close(ctx, &m.crew);
    bni_delete(&ctx->mem, m.memory);
    bni_delete(&ctx->mem, all);
    return status;
}

int32_t binnet_order_moments_estimate(binnet_ctx *ctx, uint64_t *bytes, double *flops, const binnet_order *order, size_t first,
                                      size_t last)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(check_range(ctx, order, first, last));
    double n = (double)order->n;
    int workers = bni_crew_workers(ctx, n * n < 1e5 ? 1 : BNI_POINTS);
    if (bytes != NULL)
        *bytes = (uint64_t)moments_bytes(order->n, last - first + 1, workers);
    if (flops != NULL)
        *flops = 1000 * (first == last ? bni_order_cost(order->n, first) : n * fmin(n, 60 * sqrt(n)) + 100 * (double)(last - first + 1));
    return BINNET_OK;
}
