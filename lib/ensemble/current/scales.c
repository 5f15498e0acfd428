/*
 * Where the law of a current has scales of its own: the kinks of its cdf, and the centre and width of each part of the mixture.
 * Integrals are cut there, so that none can hide within a panel.
 *   uniform    kinks at all sums of ends
 *   gamma, Laplace, lognormal   kinks at the sums of their ends or locations
 *   any        mean, and two and six standard deviations around it (lognormal, a caller's: quantiles)
 * Where the mixture has many parts, a grid of them: laws that are many lie close together.
 */
#include "ensemble/ensemble.h"

#include <math.h>

/* Sums of more random weights than that have no kinks that matter. */
enum { MOST_PARTS = 256, MOST_KINKED = 4, MOST_WIDE = 9 };

/* Chance on each side of the numbers present that need no place of their own. */
static const double rare = 1e-18;

/* Where the points go; point NULL: only counted. */
typedef struct places {
    bni_scale *point;
    size_t count;
} places;

/* Numbers of one group in turn: lo, lo + step, ..., hi. */
typedef struct grid {
    int64_t lo, hi, step, at;
} grid;

static void put_point(places *p, const binnet_current *law, double sum, double M, double width)
{
    bni_scale s = {law->theta - sum / M, width / M};
    if (!isfinite(s.at))
        return;
    if (p->point != NULL)
        p->point[p->count] = s;
    p->count++;
}

/* An end of the law, or where it has its kink. */
static double lower_end(const bni_weight *w)
{
    return w->kind == BINNET_WEIGHT_CONSTANT || w->kind == BINNET_WEIGHT_LAPLACE || w->kind == BINNET_WEIGHT_UNIFORM
               ? w->par[0]
               : 0;
}

/* All kinks from group g on: each uniform weight at one of its ends. */
static void put_kinks(places *p, const binnet_current *law, const grid *m, size_t g, double sum, double M)
{
    if (g == law->groups) {
        put_point(p, law, sum, M, 0);
        return;
    }
    const bni_weight *w = &law->group[g].weight;
    double number = (double)m[g].at;
    if (w->kind == BINNET_WEIGHT_UNIFORM)
        for (double high = 0; high <= number; high++)
            put_kinks(p, law, m, g + 1, sum + (number - high) * w->par[0] + high * w->par[1], M);
    else
        put_kinks(p, law, m, g + 1, sum + number * lower_end(w), M);
}

/* Values of one weight that show how wide its law is, where moments do not; how many. */
static int wide_values(const bni_weight *w, double value[MOST_WIDE])
{
    int count = 0;
    if (w->kind == BINNET_WEIGHT_LOGNORMAL)
        for (int k = -4; k <= 4; k++)
            value[count++] = w->par[2] * exp(w->par[0] + k * w->par[1]);
    else if (w->kind == BINNET_WEIGHT_CUSTOM && !bni_weight_blind(w))
        for (int k = 0; k < 4; k++) {
            value[count++] = bni_weight_quantile(w, pow(10, -3.0 * k - 0.5), 0);
            value[count++] = bni_weight_quantile(w, pow(10, -3.0 * k - 0.5), 1);
        }
    return count;
}

/* One part of the mixture. */
static void put_part(places *p, const binnet_current *law, const grid *m, size_t dims)
{
    double mean = 0, variance = 0, edge = 0, M = law->M, present = 0, random = 0;
    int smooth = 0, known = 1;
    for (size_t d = 0; d < dims; d++)
        present += (double)m[d].at;
    if (law->in_degree)
        M = fmax(1, present);
    for (size_t g = 0; g < law->groups; g++) {
        const bni_weight *w = &law->group[g].weight;
        double number = (double)m[g].at, one, spread;
        if (number == 0)
            continue;
        bni_weight_moments(w, &one, &spread);
        known = known && isfinite(one) && isfinite(spread);
        mean += number * one;
        variance += number * spread;
        random += w->kind != BINNET_WEIGHT_CONSTANT ? number : 0;
        smooth = smooth || w->kind == BINNET_WEIGHT_GAUSSIAN || w->kind == BINNET_WEIGHT_CUSTOM;
        edge += number * lower_end(w);
    }
    if (random == 0) /* an atom */
        return;
    if (!smooth && random <= MOST_KINKED)
        put_kinks(p, law, m, 0, 0, M);
    for (int k = -6; k <= 6 && known; k += k == -6 || k == 2 ? 4 : 2)
        put_point(p, law, mean + k * sqrt(variance), M, sqrt(variance));
    for (size_t g = law->constants; g < law->groups; g++) {
        double value[MOST_WIDE];
        int count = m[g].at > 0 ? wide_values(&law->group[g].weight, value) : 0;
        for (int k = 0; k < count; k++)
            put_point(p, law, edge + (double)m[g].at * value[k], M, fabs(value[k]));
    }
}

static grid grid_of(const bni_count *c, int64_t most)
{
    grid g = {c->from, c->to, 1, 0};
    while (g.hi - g.lo >= most && c->below[g.lo + 1] <= rare)
        g.lo++;
    while (g.hi - g.lo >= most && c->above[g.hi - 1] <= rare)
        g.hi--;
    g.step = most > 1 ? (g.hi - g.lo + most - 2) / (most - 1) : 1;
    g.step = g.step < 1 ? 1 : g.step;
    g.at = g.lo;
    return g;
}

size_t bni_current_scales(bni_scale *point, const binnet_current *law, void *scratch)
{
    places p = {point, 0};
    size_t dims = law->groups + (law->in_degree ? 1 : 0);
    grid *m = scratch;
    double parts = 1;
    for (size_t d = 0; d < dims; d++) {
        const bni_count *c = d < law->groups ? &law->group[d].count : &law->rest;
        parts *= (double)(c->to - c->from + 1);
    }
    int64_t most = parts <= MOST_PARTS ? INT64_MAX / 4 : (int64_t)fmax(2, floor(pow(MOST_PARTS, 1 / (double)dims)));
    for (size_t d = 0; d < dims; d++)
        m[d] = grid_of(d < law->groups ? &law->group[d].count : &law->rest, most);
    for (size_t seen = 0; law->groups > law->constants && seen < 2 * MOST_PARTS; seen++) {
        put_part(&p, law, m, dims);
        size_t d = dims;
        for (; d > 0; d--) {
            grid *g = &m[d - 1];
            if (g->at < g->hi) {
                g->at = g->hi - g->at < g->step ? g->hi : g->at + g->step;
                break;
            }
            g->at = g->lo;
        }
        if (d == 0)
            break;
    }
    return p.count;
}

double bni_current_scales_bytes(const binnet_current *law)
{
    return ((double)law->groups + 1) * sizeof(grid);
}
