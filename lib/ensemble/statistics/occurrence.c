/*
 * The probability that a state of a random network exists for some stimuli: prod over axes of int Pr(Xi > x) dPr(Lambda <= x),
 * Lambda the greatest current of its active neurons and Xi the least of its inactive ones. Ties of the two are kept.
 * Source: [FP19] sec. 4, [FP19b]; THEORY 8.
 */
#include "ensemble/statistics/bifurcation_points.h"

#include "num/integrate.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct meeting {
    binnet_ctx *ctx;
    const bni_bound *lambda, *xi;
    double noise; /* the greatest bound of an error of either law */
    int32_t status;
} meeting;

static void pair_at(void *arg, int n, const double *x, double *F, double *C, double *g)
{
    meeting *m = arg;
    double off[2][BNI_POINTS] = {{0}};
    if (m->status == BINNET_OK)
        m->status = bni_bound_at(m->ctx, F, NULL, C, NULL, off[0], (size_t)n, m->lambda, 0, x);
    if (m->status == BINNET_OK)
        m->status = bni_bound_at(m->ctx, NULL, NULL, g, NULL, off[1], (size_t)n, m->xi, 1, x);
    for (int k = 0; k < n; k++) {
        m->noise = fmax(m->noise, fmax(off[0][k], off[1][k]));
        if (m->status != BINNET_OK)
            F[k] = C[k] = g[k] = 0;
    }
}

/* Both laws at a point: just below it, at most it, and the chance that an end there is shared. */
typedef struct sides {
    double F[2], C[2], g[2]; /* [0]: limits from the left, [1]: from the right */
} sides;

static int32_t both_sides(meeting *m, sides *s, double x)
{
    double off[2];
    BNI_TRY(bni_bound_at(m->ctx, &s->F[1], &s->F[0], &s->C[1], &s->C[0], &off[0], 1, m->lambda, 0, &x));
    BNI_TRY(bni_bound_at(m->ctx, NULL, NULL, &s->g[1], &s->g[0], &off[1], 1, m->xi, 1, &x));
    m->noise = fmax(m->noise, fmax(off[0], off[1]));
    return BINNET_OK;
}

/* From `from` outwards (doubling) to where value(x) <= goal, then back to a quarter of the last step. */
static int32_t reach_goal(meeting *m, double *x, double from, double width, int upper, double goal)
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
    BNI_TRY(bni_bound_centre(m->ctx, &centre[0], &w[0], m->lambda));
    BNI_TRY(bni_bound_centre(m->ctx, &centre[1], &w[1], m->xi));
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
static int32_t meet_bounds(binnet_ctx *ctx, double *value, double *error, const bni_bound *lambda, const bni_bound *xi,
                           int touch, int continuous, const bni_stieltjes_rule *rule)
{
    meeting m = {ctx, lambda, xi, 0, BINNET_OK};
    double from = 0, to = 0, centre = 0, width = 1, bound = 0, sum = 0, off = 0;
    size_t jump[2] = {0, 0};
    sides left, right;
    if (lambda->kins == 0 || xi->kins == 0) {
        *value = 1;
        return BINNET_OK;
    }
    BNI_TRY(crossing(&m, &centre, &width, &bound));
    double goal = fmax(1e-16 * bound, DBL_MIN);
    BNI_TRY(reach_goal(&m, &from, centre, width, 0, goal));
    BNI_TRY(reach_goal(&m, &to, centre, width, 1, goal));
    /* x runs through the jumps (and the centre); between two of them both laws are continuous */
    BNI_TRY(both_sides(&m, &left, from));
    for (double x = from; x < to;) {
        double next = fmin(next_jump(&m, jump, x), to);
        if (x < centre && next > centre)
            next = centre;
        next = fmin(next, fmin(bni_bound_next_cut(lambda, x, 1), bni_bound_next_cut(xi, x, 1)));
        BNI_TRY(both_sides(&m, &right, next));
        if (next <= nextafter(x, INFINITY)) {
            /* a current whose exact value is no double jumps between two of them; both bounds there: at the same value */
            double mass = right.F[0] < 0.5 ? right.F[0] - left.F[1] : left.C[1] - right.C[0];
            if (mass > 0)
                sum += mass * (touch ? left.g[1] : right.g[0]);
        } else if (continuous && right.F[0] > left.F[1] && left.g[1] > 0) {
            const double a[3] = {left.F[1], left.C[1], left.g[1]}, z[3] = {right.F[0], right.C[0], right.g[0]};
            double part = 0;
            sum += bni_stieltjes(rule, pair_at, &m, 1, x, next, a, z, 1e-13, fmax(1e-14 * bound, DBL_MIN), m.noise,
                                 &part);
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
    /* outside of from..to; int (g + e) d(F + d) is off by 2 max|e| + 2 max|d| at most */
    *error = off + 2 * goal + 4 * m.noise;
    return BINNET_OK;
}

static int32_t point_exists(binnet_ctx *ctx, double *probability, double *error, const binnet_bifurcation_law *b,
                            const bni_stieltjes_rule *rule)
{
    double product = exp(b->log_fixed), sum = product * expm1(b->fixed_off);
    for (size_t u = 0; u < b->n_axes; u++) {
        double value, off = 0;
        BNI_TRY(meet_bounds(ctx, &value, &off, &b->bound[2 * u], &b->bound[2 * u + 1], b->tie == BINNET_TIE_KEEP,
                            b->continuous, rule));
        sum = sum * (value + off) + product * off;
        product *= value;
    }
    *probability = product;
    *error = sum + 1e-12 * product;
    return bni_need_bound(ctx, product, *error, 1, "the probability of the state");
}

int32_t binnet_bifurcation_law_occurrence(binnet_ctx *ctx, double *probability, double *error,
                                          const binnet_bifurcation_law *b)
{
    bni_stieltjes_rule rule;
    double off;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, probability, "probability"));
    BNI_TRY(bni_need(ctx, b, "bifurcation"));
    bni_stieltjes_prepare(&rule);
    return point_exists(ctx, probability, error != NULL ? error : &off, b, &rule);
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
        return bni_fail(ctx, BINNET_E_SIZE, "len is %zu, the ensemble has %.0f classes", len,
                        bni_class_count(ensemble));
    double bytes = (double)ensemble->n_pop * sizeof(int64_t);
    BNI_TRY(bni_need_memory(ctx, bytes, "the occurrence of all classes"));
    int64_t *n = bni_new(ctx, ensemble->n_pop, sizeof *n);
    if (n == NULL)
        return BINNET_E_NOMEM;
    bni_stieltjes_prepare(&rule);
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < len && status == BINNET_OK; k++, bni_class_next(ensemble, n)) {
        binnet_bifurcation_law *b;
        double error;
        bni_span(ctx, (double)k / (double)len, (double)(k + 1) / (double)len);
        status = bni_bifurcation_law_make(ctx, &b, ensemble, n, n_axes, axis, bytes);
        if (status == BINNET_OK)
            status = point_exists(ctx, &probability[k], &error, b, &rule);
        binnet_bifurcation_law_free(b);
    }
    bni_delete(&ctx->mem, n);
    return status;
}
