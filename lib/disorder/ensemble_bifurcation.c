/*
 * Where a state of a random network exists: the laws of its bifurcation points, extreme order statistics of the currents,
 *     Pr(Lambda <= x) = prod over active i of F_i(x),     Pr(Xi > x) = prod over inactive i of (1 - F_i(x)),
 * and the probability that it exists for some stimuli, prod over axes of int Pr(Xi > x) dPr(Lambda <= x).
 * Source: [FP19] sec. 4, [FP19b]; THEORY 8. Atoms of the currents are kept, for Lambda and Xi, and for ties of the two.
 */
#include "disorder/bifurcation.h"

#include "num/integrate.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --- the object --- */

void binnet_bifurcation_free(binnet_bifurcation *b)
{
    if (b == NULL)
        return;
    bni_allocator mem = b->mem;
    for (size_t k = 0; k < b->kins; k++)
        binnet_current_free(b->kin[k].current);
    for (size_t k = 0; b->bound != NULL && k < 2 * b->n_axes; k++)
        bni_delete(&mem, b->bound[k].atom);
    bni_delete(&mem, b->kin);
    bni_delete(&mem, b->bound);
    bni_delete(&mem, b);
}

/* Heap sort: in place, and no qsort, which may allocate. */
static void sift(double *v, size_t root, size_t n)
{
    double x = v[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        child += child + 1 < n && v[child + 1] > v[child];
        if (!(v[child] > x))
            break;
        v[root] = v[child];
    }
    v[root] = x;
}

static void sort(double *v, size_t n)
{
    for (size_t k = n / 2; k-- > 0;)
        sift(v, k, n);
    for (size_t end = n; end-- > 1;) {
        double greatest = v[0];
        v[0] = v[end];
        v[end] = greatest;
        sift(v, 0, end);
    }
}

/* The atoms of all kins of a bound, sorted, each once. */
static int32_t gather_atoms(binnet_ctx *ctx, bni_bound *bound)
{
    size_t room = 0, kept = 0;
    for (size_t k = 0; k < bound->kins; k++) {
        size_t count = 0;
        int32_t status = bni_current_atoms(ctx, &count, NULL, NULL, 0, bound->kin[k].current);
        BNI_TRY(status);
        room += count;
    }
    if (room == 0)
        return BINNET_OK;
    BNI_TRY(bni_need_memory(ctx, 8 * (double)room, "the atoms of a bifurcation point"));
    bound->atom = bni_new_raw(ctx, room, sizeof(double));
    if (bound->atom == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < bound->kins; k++) {
        size_t count = 0;
        BNI_TRY(bni_current_atoms(ctx, &count, bound->atom + kept, NULL, room - kept, bound->kin[k].current));
        kept += count;
    }
    sort(bound->atom, kept);
    for (size_t k = 0; k < kept; k++)
        if (k == 0 || bound->atom[k] > bound->atom[bound->atoms - 1])
            bound->atom[bound->atoms++] = bound->atom[k];
    return BINNET_OK;
}

static int32_t add_population(binnet_ctx *ctx, binnet_bifurcation *b, bni_bound *bound, const binnet_ensemble *e,
                              size_t a, const int64_t *active, int own)
{
    int64_t neurons = own ? active[a] : e->size[a] - active[a];
    if (neurons == 0)
        return BINNET_OK;
    bni_kin *kin = &b->kin[b->kins];
    BNI_TRY(bni_class_current(ctx, &kin->current, e, a, active, own));
    kin->neurons = (double)neurons;
    b->kins++;
    b->continuous |= kin->current->groups > kin->current->constants;
    if (bound == NULL) { /* off the axes */
        double stays = 0;
        BNI_TRY(bni_log_stays(ctx, &stays, e, kin->current, own, e->I[a]));
        b->log_fixed += (double)neurons * stays;
        return BINNET_OK;
    }
    bound->kin = bound->kins == 0 ? kin : bound->kin;
    bound->kins++;
    return BINNET_OK;
}

static int32_t fill(binnet_ctx *ctx, binnet_bifurcation *b, const binnet_ensemble *e, const int64_t *active,
                    const int32_t *axis)
{
    for (size_t u = 0; u < b->n_axes; u++)
        for (int xi = 0; xi <= 1; xi++) {
            bni_bound *bound = &b->bound[2 * u + (size_t)xi];
            for (size_t a = 0; a < e->n_pop; a++)
                if ((axis == NULL ? (int64_t)a : axis[a]) == (int64_t)u)
                    BNI_TRY(add_population(ctx, b, bound, e, a, active, !xi));
            BNI_TRY(gather_atoms(ctx, bound));
        }
    for (size_t a = 0; a < e->n_pop; a++)
        for (int own = 0; own <= 1 && axis != NULL && axis[a] < 0; own++)
            BNI_TRY(add_population(ctx, b, NULL, e, a, active, own));
    return BINNET_OK;
}

static int32_t bifurcation_make(binnet_ctx *ctx, binnet_bifurcation **out, const binnet_ensemble *e,
                             const int64_t *active, size_t n_axes, const int32_t *axis)
{
    *out = NULL;
    binnet_bifurcation *b = bni_new(ctx, 1, sizeof *b);
    if (b == NULL)
        return BINNET_E_NOMEM;
    b->mem = ctx->mem;
    b->n_axes = n_axes;
    b->tie = e->tie;
    b->kin = bni_new(ctx, 2 * e->n_pop, sizeof *b->kin);
    b->bound = bni_new(ctx, 2 * n_axes, sizeof *b->bound);
    int32_t status = b->kin != NULL && b->bound != NULL ? fill(ctx, b, e, active, axis) : BINNET_E_NOMEM;
    if (status != BINNET_OK) {
        binnet_bifurcation_free(b);
        return status;
    }
    *out = b;
    return BINNET_OK;
}

int32_t binnet_bifurcation_new(binnet_ctx *ctx, binnet_bifurcation **out, const binnet_ensemble *ensemble,
                               const int64_t *active, size_t n_axes, const int32_t *axis)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need_active(ctx, ensemble, active));
    BNI_TRY(bni_need_axis(ctx, ensemble, n_axes, axis));
    return bifurcation_make(ctx, out, ensemble, active, n_axes, axis);
}

/* --- laws of the bounds --- */

/* small and big: product of p_k^n_k and 1 minus it, from the sums of n_k log p_k. */
static void complete(double *power, double *rest, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        rest[k] = -expm1(power[k]);
        power[k] = exp(power[k]);
    }
}

static void add_logs(double *sum, const double *p, const double *q, size_t count, double neurons)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += neurons * (p[k] > 0.5 ? log1p(-q[k]) : log(p[k]));
}

int32_t bni_bound_at(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least, size_t count,
                     const bni_bound *bound, int xi, const double *x)
{
    double weak[BNI_POINTS] = {0}, strict[BNI_POINTS] = {0}, rest_weak[BNI_POINTS], rest_strict[BNI_POINTS];
    for (size_t k = 0; k < bound->kins; k++) {
        double c[BNI_POINTS], b[BNI_POINTS], s[BNI_POINTS], l[BNI_POINTS];
        BNI_TRY(bni_current_at(ctx, c, b, s, l, count, bound->kin[k].current, x));
        if (xi) {
            add_logs(strict, s, c, count, bound->kin[k].neurons);
            add_logs(weak, l, b, count, bound->kin[k].neurons);
        } else {
            add_logs(weak, c, s, count, bound->kin[k].neurons);
            add_logs(strict, b, l, count, bound->kin[k].neurons);
        }
    }
    complete(weak, rest_weak, count);
    complete(strict, rest_strict, count);
    /* Lambda: weak = Pr(<= x), strict = Pr(< x). Xi: weak = Pr(>= x), strict = Pr(> x). */
    double *const out[4] = {cdf, below, survival, at_least};
    const double *const lambda[4] = {weak, strict, rest_weak, rest_strict};
    const double *const least[4] = {rest_strict, rest_weak, strict, weak};
    for (int k = 0; k < 4; k++)
        if (out[k] != NULL)
            memcpy(out[k], xi ? least[k] : lambda[k], count * sizeof(double));
    return BINNET_OK;
}

/* A point and a width to begin searches with. */
static int32_t centre_of(binnet_ctx *ctx, double *centre, double *width, const bni_bound *bound)
{
    double mean, variance;
    int32_t status = bni_current_moments(ctx, &mean, &variance, bound->kin[0].current);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    int known = status == BINNET_OK && isfinite(mean) && isfinite(variance);
    *centre = known ? mean : bound->kin[0].current->theta;
    *width = known && variance > 0 ? sqrt(variance) : fmax(1e-3 * fabs(*centre), 1e-3);
    return BINNET_OK;
}

int32_t bni_bound_quantile(binnet_ctx *ctx, double *x, const bni_bound *bound, int xi, double u)
{
    double centre, width, low, high, F;
    BNI_TRY(centre_of(ctx, &centre, &width, bound));
    low = high = centre;
    BNI_TRY(bni_bound_at(ctx, &F, NULL, NULL, NULL, 1, bound, xi, &centre));
    int up = F < u;
    for (; (F < u) == up && width < 1e300; width *= 2) {
        double at = up ? centre + width : centre - width;
        *(up ? &low : &high) = *(up ? &high : &low);
        *(up ? &high : &low) = at;
        BNI_TRY(bni_bound_at(ctx, &F, NULL, NULL, NULL, 1, bound, xi, &at));
    }
    if (width >= 1e300)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the quantile %g is beyond 1e300", u);
    /* F(low) < u <= F(high): sixteen parts at a time until no double lies between */
    while (low < high) {
        double at[BNI_POINTS], value[BNI_POINTS];
        size_t k = 0;
        for (; k < BNI_POINTS; k++)
            at[k] = low + (high - low) * ((double)(k + 1) / (BNI_POINTS + 1));
        if (!(at[0] > low) || !(at[BNI_POINTS - 1] < high)) {
            double middle = 0.5 * low + 0.5 * high;
            if (!(middle > low && middle < high))
                break;
            for (k = 0; k < BNI_POINTS; k++)
                at[k] = middle;
        }
        BNI_TRY(bni_bound_at(ctx, value, NULL, NULL, NULL, BNI_POINTS, bound, xi, at));
        for (k = 0; k < BNI_POINTS && value[k] < u; k++)
            continue;
        if (k < BNI_POINTS)
            high = at[k];
        if (k > 0)
            low = at[k - 1];
    }
    *x = high;
    return BINNET_OK;
}

int32_t bni_bound_pick(binnet_ctx *ctx, const bni_bound **bound, const binnet_bifurcation *b, size_t axis,
                       int32_t which)
{
    BNI_TRY(bni_need(ctx, b, "bifurcation"));
    if (axis >= b->n_axes)
        return bni_fail(ctx, BINNET_E_RANGE, "axis is %zu, allowed is 0..%zu", axis, b->n_axes - 1);
    if (which != BINNET_LAMBDA && which != BINNET_XI)
        return bni_fail(ctx, BINNET_E_RANGE, "which is %d, allowed is %d or %d", (int)which, BINNET_LAMBDA, BINNET_XI);
    *bound = &b->bound[2 * axis + (which == BINNET_XI)];
    return BINNET_OK;
}

int32_t binnet_bifurcation_cdf(binnet_ctx *ctx, double *cdf, double *survival, size_t count,
                               const binnet_bifurcation *b, size_t axis, int32_t which, const double *x)
{
    const bni_bound *bound = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    if (count == 0)
        return BINNET_OK;
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need_finite(ctx, x, count, "x"));
    for (size_t k = 0; k < count; k += BNI_POINTS) {
        size_t some = count - k < BNI_POINTS ? count - k : BNI_POINTS;
        BNI_TRY(bni_bound_at(ctx, cdf != NULL ? cdf + k : NULL, NULL, survival != NULL ? survival + k : NULL, NULL, some,
                             bound, which == BINNET_XI, x + k));
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return BINNET_OK;
}

int32_t binnet_bifurcation_quantile(binnet_ctx *ctx, double *x, size_t count, const binnet_bifurcation *b, size_t axis,
                                    int32_t which, const double *u)
{
    const bni_bound *bound = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    if (count == 0)
        return BINNET_OK;
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(bni_need(ctx, u, "u"));
    for (size_t k = 0; k < count; k++)
        if (!(u[k] > 0 && u[k] < 1))
            return bni_fail(ctx, isnan(u[k]) ? BINNET_E_NAN : BINNET_E_RANGE,
                            "u[%zu] is %g, allowed is above 0 and below 1", k, u[k]);
    for (size_t k = 0; k < count; k++) {
        x[k] = which == BINNET_XI ? INFINITY : -INFINITY;
        if (bound->kins > 0)
            BNI_TRY(bni_bound_quantile(ctx, &x[k], bound, which == BINNET_XI, u[k]));
        BNI_TRY(bni_poll(ctx, (double)(k + 1) / (double)count));
    }
    return BINNET_OK;
}

/* --- moments --- */

/* An integrand that calls the library: the first failure is kept. */
typedef struct probe {
    binnet_ctx *ctx;
    const bni_bound *bound;
    int xi, upper, power;
    double centre;
    int32_t status;
} probe;

/* |x - centre|^power times the tail beyond x, away from the centre. */
static double tail(void *arg, double x)
{
    probe *p = arg;
    double cdf = 0, survival = 0;
    if (p->status == BINNET_OK)
        p->status = bni_bound_at(p->ctx, &cdf, NULL, &survival, NULL, 1, p->bound, p->xi, &x);
    double t = p->upper ? survival : cdf;
    return p->power == 0 ? t : t * fabs(x - p->centre);
}

/* Integral of the tail on one side, panel after panel twice as wide, each cut at the atoms. */
static int32_t side(binnet_ctx *ctx, double *value, probe *p, double width)
{
    double from = p->centre, sum = 0, sign = p->upper ? 1 : -1;
    for (int panel = 0;; panel++, width *= 2) {
        double to = from + sign * width, low = fmin(from, to), high = fmax(from, to), part = 0, at = low;
        size_t k = 0;
        while (k < p->bound->atoms && p->bound->atom[k] <= low)
            k++;
        while (at < high) {
            double next = k < p->bound->atoms && p->bound->atom[k] < high ? p->bound->atom[k++] : high;
            part += bni_integrate(tail, p, at, next, 1e-13, 1e-15 * sum, NULL);
            at = next;
        }
        BNI_TRY(p->status);
        BNI_TRY(bni_poll(ctx, 0.5));
        sum += part;
        from = to;
        double left = tail(p, to);
        BNI_TRY(p->status);
        if (left == 0 || (panel > 2 && part <= 1e-17 * sum && left * width <= 1e-17 * sum))
            break;
        if (width > 1e150)
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the moments of this bifurcation point do not exist");
    }
    *value = sum;
    return BINNET_OK;
}

int32_t binnet_bifurcation_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_bifurcation *b,
                                   size_t axis, int32_t which)
{
    const bni_bound *bound = NULL;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_bound_pick(ctx, &bound, b, axis, which));
    double first[2] = {0}, second[2] = {0}, low, high;
    if (bound->kins == 0) {
        if (mean != NULL)
            *mean = which == BINNET_XI ? INFINITY : -INFINITY;
        if (variance != NULL)
            *variance = 0;
        return BINNET_OK;
    }
    /* E (c - m) = int_m Pr(c > x) dx - int^m Pr(c <= x) dx; E (c - m)^2 likewise with 2 |x - m|. m: the median. */
    probe p = {ctx, bound, which == BINNET_XI, 0, 0, 0, BINNET_OK};
    BNI_TRY(bni_bound_quantile(ctx, &p.centre, bound, p.xi, 0.5));
    BNI_TRY(bni_bound_quantile(ctx, &low, bound, p.xi, 0.25));
    BNI_TRY(bni_bound_quantile(ctx, &high, bound, p.xi, 0.75));
    double width = fmax(fmax(high - low, 1e-12 * fabs(p.centre)), DBL_MIN * 1e20);
    for (p.upper = 0; p.upper <= 1; p.upper++)
        for (p.power = 0; p.power <= (variance != NULL); p.power++)
            BNI_TRY(side(ctx, p.power == 0 ? &first[p.upper] : &second[p.upper], &p, width));
    double off = first[1] - first[0];
    if (mean != NULL)
        *mean = p.centre + off;
    if (variance != NULL)
        *variance = fmax(0, 2 * (second[0] + second[1]) - off * off);
    return BINNET_OK;
}

/* --- existence for some stimuli --- */

typedef struct meeting {
    binnet_ctx *ctx;
    const bni_bound *lambda, *xi;
    int32_t status;
} meeting;

static void pair_at(void *arg, int n, const double *x, double *F, double *C, double *g)
{
    meeting *m = arg;
    if (m->status == BINNET_OK)
        m->status = bni_bound_at(m->ctx, F, NULL, C, NULL, (size_t)n, m->lambda, 0, x);
    if (m->status == BINNET_OK)
        m->status = bni_bound_at(m->ctx, NULL, NULL, g, NULL, (size_t)n, m->xi, 1, x);
}

/* Both laws at a point: just below it, at most it, and the chance that an end there is shared. */
typedef struct sides {
    double F[2], C[2], g[2]; /* [0]: limits from the left, [1]: from the right */
} sides;

static int32_t both_sides(meeting *m, sides *s, double x)
{
    BNI_TRY(bni_bound_at(m->ctx, &s->F[1], &s->F[0], &s->C[1], &s->C[0], 1, m->lambda, 0, &x));
    return bni_bound_at(m->ctx, NULL, NULL, &s->g[1], &s->g[0], 1, m->xi, 1, &x);
}

/* From `from` outwards (doubling) to where value(x) <= goal, then back to a quarter of the last step. */
static int32_t reach(meeting *m, double *x, double from, double width, int upper, double goal)
{
    double at = from, last = from;
    for (int k = 0; k < 1100; k++, width *= 2) {
        sides s;
        last = at;
        at = upper ? from + width : from - width;
        if (!isfinite(at)) {
            *x = last;
            return BINNET_OK;
        }
        BNI_TRY(both_sides(m, &s, at));
        if ((upper ? s.g[1] : s.F[1]) <= goal)
            break;
    }
    for (int k = 0; k < 6; k++) {
        sides s;
        double middle = 0.5 * last + 0.5 * at;
        BNI_TRY(both_sides(m, &s, middle));
        if ((upper ? s.g[1] : s.F[1]) <= goal)
            at = middle;
        else
            last = middle;
    }
    *x = at;
    return BINNET_OK;
}

/* Where Pr(Lambda <= x) passes Pr(Xi > x): there their product, a lower bound of the result, is about greatest. */
static int32_t crossing(meeting *m, double *x, double *width, double *bound)
{
    double centre[2], w[2], low, high;
    sides s;
    BNI_TRY(centre_of(m->ctx, &centre[0], &w[0], m->lambda));
    BNI_TRY(centre_of(m->ctx, &centre[1], &w[1], m->xi));
    *width = fmax(w[0], w[1]);
    low = fmin(centre[0], centre[1]);
    high = fmax(centre[0], centre[1]);
    double step = *width;
    for (int k = 0; k < 1000; k++, step *= 2) {
        BNI_TRY(both_sides(m, &s, low));
        if (s.F[1] <= s.g[1])
            break;
        low -= step;
    }
    step = *width;
    for (int k = 0; k < 1000; k++, step *= 2) {
        BNI_TRY(both_sides(m, &s, high));
        if (s.F[1] >= s.g[1])
            break;
        high += step;
    }
    for (int k = 0; k < 60 && high - low > 1e-6 * *width; k++) {
        double middle = 0.5 * (low + high);
        BNI_TRY(both_sides(m, &s, middle));
        if (s.F[1] < s.g[1])
            low = middle;
        else
            high = middle;
    }
    *x = 0.5 * (low + high);
    BNI_TRY(both_sides(m, &s, *x));
    *bound = s.F[1] * s.g[1];
    return BINNET_OK;
}

/* The next place beyond x to look at: where either law jumps, and the doubles before and after it. */
static double next_jump(const meeting *m, size_t at[2], double x)
{
    const bni_bound *const bound[2] = {m->lambda, m->xi};
    double next = INFINITY;
    for (int k = 0; k < 2; k++) {
        while (at[k] < bound[k]->atoms && nextafter(bound[k]->atom[at[k]], INFINITY) <= x)
            at[k]++;
        if (at[k] == bound[k]->atoms)
            continue;
        double atom = bound[k]->atom[at[k]], before = nextafter(atom, -INFINITY);
        next = fmin(next, x < before ? before : x < atom ? atom : nextafter(atom, INFINITY));
    }
    return next;
}

/* Pr(Lambda < Xi), or Pr(Lambda <= Xi) when `touch`. */
static int32_t meet(binnet_ctx *ctx, double *value, double *error, const bni_bound *lambda, const bni_bound *xi, int touch,
                    int continuous, const bni_stieltjes_rule *rule)
{
    meeting m = {ctx, lambda, xi, BINNET_OK};
    double from = 0, to = 0, centre = 0, width = 1, bound = 0, sum = 0, off = 0;
    size_t jump[2] = {0, 0};
    sides left, right;
    if (lambda->kins == 0 || xi->kins == 0) {
        *value = 1;
        return BINNET_OK;
    }
    BNI_TRY(crossing(&m, &centre, &width, &bound));
    double goal = fmax(1e-16 * bound, DBL_MIN);
    BNI_TRY(reach(&m, &from, centre, width, 0, goal));
    BNI_TRY(reach(&m, &to, centre, width, 1, goal));
    /* x runs through the jumps (and the centre); between two of them both laws are continuous */
    BNI_TRY(both_sides(&m, &left, from));
    for (double x = from; x < to;) {
        double next = fmin(next_jump(&m, jump, x), to);
        if (x < centre && next > centre)
            next = centre;
        BNI_TRY(both_sides(&m, &right, next));
        if (next <= nextafter(x, INFINITY)) {
            /* a current whose exact value is no double jumps between two of them; both bounds there: at the same value */
            double mass = right.F[0] < 0.5 ? right.F[0] - left.F[1] : left.C[1] - right.C[0];
            if (mass > 0)
                sum += mass * (touch ? left.g[1] : right.g[0]);
        } else if (continuous && right.F[0] > left.F[1] && left.g[1] > 0) {
            const double a[3] = {left.F[1], left.C[1], left.g[1]}, z[3] = {right.F[0], right.C[0], right.g[0]};
            double part = 0;
            sum += bni_stieltjes(rule, pair_at, &m, 1, x, next, a, z, 1e-13, fmax(1e-14 * bound, DBL_MIN), &part);
            off += part;
            BNI_TRY(m.status);
        }
        /* the jump of Lambda at `next`, from the complement that has the digits */
        double mass = right.F[1] < 0.5 ? right.F[1] - right.F[0] : right.C[0] - right.C[1];
        if (mass > 0)
            sum += mass * (touch ? right.g[0] : right.g[1]);
        left = right;
        x = next;
        BNI_TRY(bni_poll(ctx, 0.5));
    }
    *value = fmin(sum, 1);
    *error += off + goal;
    return BINNET_OK;
}

static int32_t exists(binnet_ctx *ctx, double *probability, double *error, const binnet_bifurcation *b,
                               const bni_stieltjes_rule *rule)
{
    double product = exp(b->log_fixed), relative = 0;
    for (size_t u = 0; u < b->n_axes; u++) {
        double value, off = 0;
        BNI_TRY(meet(ctx, &value, &off, &b->bound[2 * u], &b->bound[2 * u + 1], b->tie == BINNET_TIE_KEEP, b->continuous,
                     rule));
        product *= value;
        relative += value > 0 ? off / value : 0;
    }
    *probability = product;
    *error = product * (relative + 1e-12);
    return BINNET_OK;
}

int32_t binnet_bifurcation_occurrence(binnet_ctx *ctx, double *probability, double *error, const binnet_bifurcation *b)
{
    bni_stieltjes_rule rule;
    double off;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, probability, "probability"));
    BNI_TRY(bni_need(ctx, b, "bifurcation"));
    bni_stieltjes_prepare(&rule);
    return exists(ctx, probability, error != NULL ? error : &off, b, &rule);
}

int32_t binnet_ensemble_occurrence(binnet_ctx *ctx, double *probability, size_t len, const binnet_ensemble *ensemble,
                                   size_t n_axes, const int32_t *axis)
{
    bni_stieltjes_rule rule;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, probability, "probability"));
    BNI_TRY(bni_need_ensemble(ctx, ensemble));
    BNI_TRY(bni_need_axis(ctx, ensemble, n_axes, axis));
    if ((double)len != bni_class_count(ensemble))
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the ensemble has %.0f classes", len, bni_class_count(ensemble));
    int64_t *n = bni_new(ctx, ensemble->n_pop, sizeof *n);
    if (n == NULL)
        return BINNET_E_NOMEM;
    bni_stieltjes_prepare(&rule);
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < len && status == BINNET_OK; k++, bni_class_next(ensemble, n)) {
        binnet_bifurcation *b;
        double error;
        bni_span(ctx, (double)k / (double)len, (double)(k + 1) / (double)len);
        status = bifurcation_make(ctx, &b, ensemble, n, n_axes, axis);
        if (status == BINNET_OK)
            status = exists(ctx, &probability[k], &error, b, &rule);
        binnet_bifurcation_free(b);
    }
    bni_delete(&ctx->mem, n);
    return status;
}
