/*
 * Mixtures over the numbers of connections that are present:
 *   Pr(S > Y) = sum over m of Pr(m) Pr(S > Y | m),  m = (m_1, ..., m_G) and, for the in-degree, the inactive ones.
 * Numbers of little probability are left out under a bound: what is left out is at most `left` in all, and a second pass
 * with a smaller one follows until it is below 2^-56 of the least of the positive results.
 */
#include "ensemble/current/saddlepoint_inversion.h"

#include <math.h>

/* Numbers lo..hi of one law in turn. */
typedef struct window {
    const bni_count *count;
    int64_t lo, hi;
} window;

/* The greatest lo and least hi that leave out at most `mass` on each side. */
static window window_of(const bni_count *c, double mass)
{
    window w = {c, c->from, c->to};
    int64_t to = c->to;
    while (w.lo < to) { /* greatest lo with below[lo] <= mass */
        int64_t mid = to - (to - w.lo) / 2;
        if (c->below[mid] <= mass)
            w.lo = mid;
        else
            to = mid - 1;
    }
    int64_t from = w.lo;
    while (from < w.hi) { /* least hi with above[hi] <= mass */
        int64_t mid = from + (w.hi - from) / 2;
        if (c->above[mid] <= mass)
            w.hi = mid;
        else
            from = mid + 1;
    }
    return w;
}

static int whole_window(const window *w)
{
    return w->lo == w->count->from && w->hi == w->count->to;
}

/* Rows of a pass of `singles` that is done for accurate tails. */
static const double most_singles = 0x1p20;

/* A pass over all numbers within the windows; w[groups] is that of the inactive ones. */
typedef struct pass {
    binnet_ctx *ctx;
    const binnet_current *law;
    double x;
    int with_density, accurate;
    window *w;
    int64_t *m; /* [groups + 1] */
    uint64_t done;
    double all; /* rows of the pass */
} pass;

static void start(pass *p, size_t dims)
{
    for (size_t d = 0; d < dims; d++)
        p->m[d] = p->w[d].lo;
}

/* The next numbers of dimensions 0..dims-1 but `skip`; 0 at the end. */
static int next_window(pass *p, size_t dims, size_t skip)
{
    for (size_t d = dims; d-- > 0;) {
        if (d == skip)
            continue;
        if (p->m[d] < p->w[d].hi) {
            p->m[d]++;
            return 1;
        }
        p->m[d] = p->w[d].lo;
    }
    return 0;
}

static double mass_of(const pass *p, size_t dims, size_t skip)
{
    double mass = 1;
    for (size_t d = 0; d < dims; d++)
        if (d != skip)
            mass *= p->w[d].count->pmf[p->m[d]];
    return mass;
}

static int32_t poll(pass *p, uint64_t work)
{
    p->done++;
    return bni_poll_work(p->ctx, (double)p->done / p->all, work);
}

/* No continuous weight present: constants against Y. Dimensions: constants, then the inactive ones. */
static int32_t atoms(pass *p, bni_sides *out)
{
    const binnet_current *law = p->law;
    size_t dims = law->groups + 1;
    for (size_t g = law->constants; g < law->groups; g++)
        p->w[g].lo = p->w[g].hi = 0;
    start(p, dims);
    do {
        double mass = mass_of(p, dims, dims);
        int sign = bni_sums_sign(law, p->m, p->m[law->groups], p->x);
        *(sign > 0 ? &out->above : sign < 0 ? &out->below : &out->at) += mass;
        BNI_TRY(poll(p, 1));
    } while (next_window(p, dims, dims));
    return BINNET_OK;
}

/* Rows over the last group. */
static int32_t continuous(pass *p, bni_sides *out)
{
    const binnet_current *law = p->law;
    size_t dims = law->groups + 1, inner = law->groups - 1;
    const window *in = &p->w[inner];
    double above[BNI_ROW], below[BNI_ROW], density[BNI_ROW];
    start(p, dims);
    do {
        double mass = mass_of(p, dims, inner);
        int64_t others = 0;
        for (size_t g = law->constants; g < inner; g++)
            others += p->m[g];
        bni_row row = {law, p->m, p->m[law->groups], inner, others == 0 && in->lo == 0 ? 1 : in->lo, 0, p->x};
        for (; mass > 0 && row.from <= in->hi; row.from = row.to + 1) {
            row.to = in->hi - row.from < BNI_ROW ? in->hi : row.from + BNI_ROW - 1;
            bni_sums_row(&row, above, below, p->with_density ? density : NULL);
            BNI_TRY(bni_sums_check(p->ctx, &row, above, below));
            bni_sides sum = {.above = 0};
            for (int64_t m = row.from; m <= row.to; m++) {
                double one = in->count->pmf[m];
                sum.above += one * above[m - row.from];
                sum.below += one * below[m - row.from];
                if (p->with_density)
                    sum.density += one * density[m - row.from];
            }
            out->above += mass * sum.above;
            out->below += mass * sum.below;
            out->density += mass * sum.density;
            BNI_TRY(poll(p, (uint64_t)(row.to - row.from) + 8));
        }
    } while (next_window(p, dims, inner));
    return BINNET_OK;
}

/* Exactly one continuous weight present, whose tails are known. Dimensions: constants, then the inactive ones. */
static int32_t single_weights(pass *p, bni_sides *out)
{
    const binnet_current *law = p->law;
    size_t dims = law->groups + 1;
    double tau = law->theta - p->x;
    for (size_t g = law->constants; g < law->groups; g++)
        p->w[g].lo = p->w[g].hi = 0;
    start(p, dims);
    do {
        double fixed = p->w[law->groups].count->pmf[p->m[law->groups]], sum = 0;
        int64_t present = 1 + p->m[law->groups];
        for (size_t g = 0; g < law->constants; g++) {
            fixed *= law->group[g].count.pmf[p->m[g]];
            sum += (double)p->m[g] * law->group[g].weight.par[0];
            present += p->m[g];
        }
        double M = law->in_degree ? (double)present : law->M;
        for (size_t g = law->constants; g < law->groups; g++) {
            double below, above, density, mass = fixed * law->group[g].count.pmf[1];
            for (size_t h = law->constants; h < law->groups; h++)
                mass *= h == g ? 1 : law->group[h].count.pmf[0];
            if (!(mass > 0) || bni_weight_blind(&law->group[g].weight))
                continue;
            bni_weight_tails(&law->group[g].weight, tau * M - sum, &below, &above, &density);
            out->above += mass * above;
            out->below += mass * below;
            if (p->with_density)
                out->density += mass * M * density;
        }
        BNI_TRY(poll(p, 1 + law->groups - law->constants));
    } while (next_window(p, dims, dims));
    return BINNET_OK;
}

/* Probability that exactly one continuous weight is present, whose tails are known. */
static double single_weight(const binnet_current *law)
{
    double none = 1, one = 0;
    for (size_t g = law->constants; g < law->groups; g++) {
        const bni_count *c = &law->group[g].count;
        int known = c->most > 0 && !bni_weight_blind(&law->group[g].weight);
        one = one * c->pmf[0] + (known ? none * c->pmf[1] : 0);
        none *= c->pmf[0];
    }
    return one;
}

static double least_count(double a, double b)
{
    return b > 0 && !(b >= a) ? b : a;
}

/* Sets the windows that leave out at most `left`; whether they leave out nothing. */
static int open_windows(pass *p, double left, int all_groups, size_t inner)
{
    const binnet_current *law = p->law;
    size_t dims = law->groups + 1;
    int complete = 1;
    p->all = 1;
    p->done = 0;
    for (size_t d = 0; d < dims; d++) {
        p->w[d] = window_of(d < law->groups ? &law->group[d].count : &law->rest, left / (2 * (double)dims));
        if (!all_groups && d >= law->constants && d < law->groups)
            continue;
        complete = complete && whole_window(&p->w[d]);
        if (d != inner)
            p->all *= (double)(p->w[d].hi - p->w[d].lo + 1);
    }
    return complete;
}

/* One of the parts, with as many passes as it takes. A result of 0 may be one that was left out. */
static int32_t settle_weight(pass *p, bni_sides *out, int32_t (*part)(pass *, bni_sides *), size_t inner)
{
    double left = 0x1p-60;
    int complete = open_windows(p, left, part == continuous, inner);
    for (;;) {
        bni_sides sum = {.above = 0};
        BNI_TRY(part(p, &sum));
        double bound = least_count(least_count(least_count(1, sum.above), sum.below), sum.at);
        if (!(sum.above > 0 && sum.below > 0) || (part == atoms && !(sum.at > 0)))
            bound = 0;
        int settled = complete || left <= 0x1p-56 * bound;
        double next_left = fmin(0x1p-57 * bound, 0x1p-20 * left);
        if (!settled)
            complete = open_windows(p, next_left, part == continuous, inner);
        /* The inversion that follows `singles` has an absolute error, unless its tails are accurate as well. */
        if (settled || (part == single_weights && (!p->accurate || p->all > most_singles))) {
            out->left += settled ? 0 : left;
            out->above += sum.above;
            out->below += sum.below;
            out->at += sum.at;
            out->density += sum.density;
            return BINNET_OK;
        }
        left = next_left;
    }
}

int32_t bni_mixture(binnet_ctx *ctx, bni_sides *out, const binnet_current *law, double x, int with_density,
                    void *scratch)
{
    size_t dims = law->groups + 1;
    window *w = scratch;
    pass p = {.ctx = ctx, .law = law, .x = x, .with_density = with_density, .w = w, .all = 1};
    p.m = (int64_t *)(void *)(w + dims);
    *out = (bni_sides){.above = 0};
    if (law->atom > 0)
        BNI_TRY(settle_weight(&p, out, atoms, dims));
    if (law->groups == law->constants)
        return BINNET_OK;
    if (law->method == BINNET_CURRENT_INVERSION && !(single_weight(law) > 0))
        return BINNET_OK;
    p.accurate = law->method == BINNET_CURRENT_INVERSION && bni_saddlepoint_possible(law);
    if (law->method == BINNET_CURRENT_INVERSION)
        return settle_weight(&p, out, single_weights, dims);
    return settle_weight(&p, out, continuous, law->groups - 1);
}

/* E S/M and, about a given mean, E (S/M - mean)^2. */
static int32_t moment_pass(pass *p, const double *mean, double *first, double *second)
{
    const binnet_current *law = p->law;
    size_t dims = law->groups + 1;
    double sum = 0, square = 0;
    start(p, dims);
    do {
        double mass = mass_of(p, dims, dims), centre = 0, spread = 0;
        int64_t present = 0;
        for (size_t g = 0; g < law->groups; g++) {
            double one, variance;
            bni_weight_moments(&law->group[g].weight, &one, &variance);
            centre += (double)p->m[g] * one;
            spread += (double)p->m[g] * variance;
            present += p->m[g];
        }
        present += p->m[law->groups];
        double M = !law->in_degree ? law->M : present > 0 ? (double)present : 1;
        sum += mass * (centre / M);
        square += mass * ((centre / M - *mean) * (centre / M - *mean) + spread / (M * M));
        BNI_TRY(poll(p, 1));
    } while (next_window(p, dims, dims));
    *first = sum;
    *second = square;
    return BINNET_OK;
}

int32_t bni_mixture_moments(binnet_ctx *ctx, double *mean, double *variance, const binnet_current *law, void *scratch)
{
    size_t dims = law->groups + 1;
    window *w = scratch;
    pass p = {.ctx = ctx, .law = law, .w = w, .m = (int64_t *)(void *)(w + dims), .all = 2};
    double zero = 0, first, second;
    for (size_t d = 0; d < dims; d++) {
        w[d] = window_of(d < law->groups ? &law->group[d].count : &law->rest, 0x1p-70);
        p.all *= (double)(w[d].hi - w[d].lo + 1);
    }
    BNI_TRY(moment_pass(&p, &zero, mean, &second));
    return moment_pass(&p, mean, &first, variance);
}

double bni_mixture_terms(const binnet_current *law)
{
    double terms = 1;
    for (size_t d = 0; d <= law->groups; d++) {
        window w = window_of(d < law->groups ? &law->group[d].count : &law->rest, 0x1p-60);
        terms *= (double)(w.hi - w.lo + 1);
    }
    return terms;
}

double bni_mixture_bytes(size_t groups)
{
    return ((double)groups + 1) * (double)(sizeof(window) + sizeof(int64_t));
}
