/*
 * Large populations: the limit law of a bifurcation point, an extreme of many independent currents.
 * With T(x) = sum over active neurons of Pr(c_i > x), Pr(Lambda <= x) = prod (1 - Pr(c_i > x)) is near exp(-T(x)), and T has
 * one of the shapes of Fisher & Tippett 1928 and Gnedenko 1943:
 *     Gumbel   T = exp(-(x - b)/a)       tails that fall faster than any power: T(b) = 1, T(b + a) = 1/e
 *     Weibull  T = ((b - x)/a)^alpha     a last value b, no atom there: T(b - a) = 1
 * alpha counts the weights that must all be extreme at the end: 1 for a uniform one, the shape for a gamma one. An atom at
 * the end leaves no limit law, nor does one across which T falls from above 1 to below 1/e. Xi is the same with signs turned.   Source: Leadbetter, Lindgren & Rootzen 1983, ch. 1.
 */
#include "ensemble/statistics/bifurcation_points.h"

#include <math.h>

/* c's end in the direction of the extreme, and the power of the tail there. */
typedef struct end {
    int bounded, atom;
    double value, power;
} end;

/* Least weighted sum of one group's present connections (upward: of minus the weights), and the power of its tail. */
static int least_of(const bni_group *g, int upward, double *least, double *power, int *atom)
{
    const double *par = g->weight.par;
    double sign = upward ? -1 : 1, low = 0, each = 0; /* the least value of sign * W; how often its tail counts */
    int64_t numbers[2] = {g->count.from, g->count.to};
    switch (g->weight.kind) {
    case BINNET_WEIGHT_CONSTANT:
        low = sign * par[0];
        break;
    case BINNET_WEIGHT_UNIFORM:
        low = fmin(sign * par[0], sign * par[1]);
        each = 1;
        break;
    case BINNET_WEIGHT_EXPONENTIAL:
        each = 1;
        break;
    case BINNET_WEIGHT_GAMMA:
        each = par[0];
        break;
    default:
        return numbers[1] == 0; /* Gaussian, Laplace, lognormal: looked at by the caller */
    }
    double scale = g->weight.kind == BINNET_WEIGHT_EXPONENTIAL ? par[0]
                   : g->weight.kind == BINNET_WEIGHT_GAMMA     ? par[1]
                                                               : 0;
    if (scale * sign < 0 && numbers[1] > 0)
        return 0; /* the unbounded side */
    int64_t number = low < 0 ? numbers[1] : numbers[0];
    *least += (double)number * low;
    *power += (double)number * each;
    *atom = *atom && (double)number * each == 0;
    return 1;
}

/* 1: unbounded, so Gumbel; 0 with *e: bounded; -1: not known. upward: the greatest currents are asked for. */
static int end_of_gap(end *e, const binnet_current *c, int upward)
{
    double least = 0;
    int flat = 0;
    *e = (end){.atom = 1};
    for (size_t g = 0; g < c->groups; g++) {
        const bni_weight *w = &c->group[g].weight;
        if (c->group[g].count.to == 0)
            continue;
        if (w->kind == BINNET_WEIGHT_CUSTOM)
            return -1;
        /* the greatest c is the least sum. A lognormal weight ends at 0 on one side, more flatly than any power: Gumbel too,
         * but an atom where it may be absent */
        if (w->kind == BINNET_WEIGHT_LOGNORMAL && (w->par[2] > 0) == upward) {
            flat = flat || c->group[g].count.from > 0;
            continue;
        }
        if (!least_of(&c->group[g], !upward, &least, &e->power, &e->atom))
            return 1;
    }
    if (flat)
        return 1;
    if (c->in_degree)
        return -1;
    e->bounded = 1;
    e->value = c->theta - (upward ? least : -least) / c->M;
    return 0;
}

/* T at x. */
static int32_t exceed(binnet_ctx *ctx, double *T, const bni_bound *bound, int xi, double x)
{
    *T = 0;
    for (size_t k = 0; k < bound->kins; k++) {
        double p;
        BNI_TRY(bni_current_at(ctx, xi ? &p : NULL, NULL, xi ? NULL : &p, NULL, NULL, 1, bound->kin[k].current, &x));
        *T += bound->kin[k].neurons * p;
    }
    return BINNET_OK;
}

/* The x where T falls to `level`, outwards. */
static int32_t reach_level(binnet_ctx *ctx, double *x, const bni_bound *bound, int xi, double level)
{
    double mean, variance, T, sign = xi ? -1 : 1;
    int32_t status = bni_current_moments(ctx, &mean, &variance, bound->kin[0].current);
    if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
        return status;
    int known = status == BINNET_OK;
    double low = known ? mean : bound->kin[0].current->theta, step = known && variance > 0 ? sqrt(variance) : 1e-3,
           high;
    for (double back = step;; back *= 2) {
        BNI_TRY(exceed(ctx, &T, bound, xi, low));
        if (T > level || back > 1e300)
            break;
        low -= sign * back;
    }
    high = low;
    for (; step < 1e300; step *= 2) {
        high += sign * step;
        BNI_TRY(exceed(ctx, &T, bound, xi, high));
        if (T <= level)
            break;
    }
    for (int k = 0; k < 200; k++) {
        double middle = 0.5 * low + 0.5 * high;
        if (middle == low || middle == high)
            break;
        BNI_TRY(exceed(ctx, &T, bound, xi, middle));
        if (T > level)
            low = middle;
        else
            high = middle;
    }
    *x = high;
    return BINNET_OK;
}

typedef struct limit {
    int32_t domain;
    double location, scale, shape;
} limit;

/* T of the limit law at x. */
static double limit_exceed(const limit *l, int xi, double x)
{
    double y = (xi ? l->location - x : x - l->location) / l->scale;
    if (l->domain == BINNET_DOMAIN_GUMBEL)
        return exp(-y);
    return y < 0 ? pow(-y, l->shape) : 0;
}

/* Both cdfs at x: that of the bound just below and at x. */
typedef struct cdfs {
    double x, exact[2], limit;
} cdfs;

typedef struct gap {
    binnet_ctx *ctx;
    const limit *l;
    const bni_bound *bound;
    int xi;
    double best; /* |difference| seen */
} gap;

static int32_t look_at_point(gap *g, cdfs *out, double x)
{
    double G = exp(-limit_exceed(g->l, g->xi, x));
    out->x = x;
    BNI_TRY(bni_bound_at(g->ctx, &out->exact[1], &out->exact[0], NULL, NULL, NULL, 1, g->bound, g->xi, &x));
    out->limit = g->xi ? 1 - G : G;
    for (int k = 0; k < 2; k++)
        g->best = fmax(g->best, fabs(out->exact[k] - out->limit));
    return bni_poll(g->ctx, 0.5);
}

/* Halves until monotony leaves open no more than `fine` beyond the best. */
static int32_t search_between(gap *g, const cdfs *a, const cdfs *b, int depth)
{
    static const double fine = 1e-5;
    double middle = 0.5 * a->x + 0.5 * b->x, most = fmax(b->exact[0] - a->limit, b->limit - a->exact[1]);
    cdfs m;
    if (most <= g->best + fine || depth == 0 || !(middle > a->x && middle < b->x))
        return BINNET_OK;
    BNI_TRY(look_at_point(g, &m, middle));
    BNI_TRY(search_between(g, a, &m, depth - 1));
    return search_between(g, &m, b, depth - 1);
}

/* The next atom or scale of the bound above x; *k runs through them. */
static double next_of(const double *list, size_t count, size_t *k, double x)
{
    while (*k < count && list[*k] <= x)
        ++*k;
    return *k < count ? list[*k] : INFINITY;
}

/* sup over x: between quantiles of the limit law from 1e-6 on, the atoms and the scales of the exact one. */
static int32_t greatest_gap(binnet_ctx *ctx, double *out, const limit *l, const bni_bound *bound, int xi)
{
    enum { POINTS = 64, DEEPEST = 60 };
    gap g = {ctx, l, bound, xi, 0};
    cdfs last = {0}, here;
    size_t atom = 0, cut = 0;
    for (int k = 0; k <= POINTS; k++) {
        double u = k == 0 ? 1e-6 : k == POINTS ? 1 - 1e-6 : (double)k / POINTS, T = -log(xi ? 1 - u : u);
        double y = l->domain == BINNET_DOMAIN_GUMBEL ? -log(T) : -pow(T, 1 / l->shape),
               x = l->location + (xi ? -1 : 1) * l->scale * y;
        for (int arrived = 0; !arrived;) {
            double next = fmin(next_of(bound->atom, bound->atoms, &atom, k > 0 ? last.x : x),
                               next_of(bound->cut, bound->cuts, &cut, k > 0 ? last.x : x));
            arrived = k == 0 || !(next < x);
            BNI_TRY(look_at_point(&g, &here, arrived ? x : next));
            if (k > 0)
                BNI_TRY(search_between(&g, &last, &here, DEEPEST));
            last = here;
        }
    }
    *out = g.best;
    return BINNET_OK;
}

/* Domain, and for Weibull the end: the farthest of those of the kins, whose powers are alike or the smallest counts. */
static int32_t classify(binnet_ctx *ctx, limit *l, const bni_bound *bound, int xi)
{
    int any = 0, atom = 0;
    for (size_t k = 0; k < bound->kins; k++) {
        end e;
        int kind = end_of_gap(&e, bound->kin[k].current, !xi);
        if (kind < 0)
            return bni_fail(ctx, BINNET_E_UNDEFINED, "the tail of the currents is not known in closed form");
        if (kind > 0) {
            l->domain = BINNET_DOMAIN_GUMBEL;
            return BINNET_OK;
        }
        double beyond = any ? (xi ? l->location - e.value : e.value - l->location) : 1;
        if (beyond > 0 || (beyond == 0 && e.power < l->shape)) {
            l->location = e.value;
            l->shape = e.power;
            atom = e.atom;
        }
        any = 1;
    }
    l->domain = atom || !(l->shape > 0) ? BINNET_DOMAIN_NONE : BINNET_DOMAIN_WEIBULL;
    return BINNET_OK;
}

int32_t binnet_bifurcation_law_limit(binnet_ctx *ctx, int32_t *domain, double *location, double *scale, double *shape,
                                     double *distance, const binnet_bifurcation_law *bifurcation, size_t axis,
                                     int32_t which)
{
    const bni_bound *bound = NULL;
    limit l = {BINNET_DOMAIN_NONE, NAN, NAN, NAN};
    double gap_found = NAN, at;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, domain, "domain"));
    BNI_TRY(bni_bound_pick(ctx, &bound, bifurcation, axis, which));
    int xi = which == BINNET_XI;
    double neurons = 0;
    for (size_t k = 0; k < bound->kins; k++)
        neurons += bound->kin[k].neurons;
    if (neurons > 1) /* T of one does not pass 1 */
        BNI_TRY(classify(ctx, &l, bound, xi));
    if (l.domain != BINNET_DOMAIN_NONE) {
        BNI_TRY(reach_level(ctx, &at, bound, xi, 1));
        if (l.domain == BINNET_DOMAIN_GUMBEL) {
            l.location = at;
            l.shape = 0;
            BNI_TRY(reach_level(ctx, &at, bound, xi, exp(-1)));
        }
        l.scale = fabs(at - l.location);
        if (l.scale > 0)
            BNI_TRY(greatest_gap(ctx, &gap_found, &l, bound, xi));
        else /* an atom holds the level */
            l = (limit){BINNET_DOMAIN_NONE, NAN, NAN, NAN};
    }
    if (l.domain == BINNET_DOMAIN_NONE)
        l.location = l.shape = NAN;
    *domain = l.domain;
    double *const out[4] = {location, scale, shape, distance};
    const double value[4] = {l.location, l.scale, l.shape, gap_found};
    for (int k = 0; k < 4; k++)
        if (out[k] != NULL)
            *out[k] = value[k];
    return BINNET_OK;
}
