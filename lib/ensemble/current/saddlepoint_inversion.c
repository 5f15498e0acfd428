/*
 * Tails of what is inverted with a small relative error, where the weights have a moment generating function: with
 * psi(z) = E exp(z S) on that part (two or more continuous weights present), z_k = s + i (k + 1/2) 2 pi/L, s > 0 near the
 * saddle point of psi(s) exp(-s y)/s,
 *   Pr(S > y) = (2/L) Re sum over k >= 0 of psi(z_k) exp(-z_k y)/z_k;   the lower tail is the upper one of -S.
 * All terms are of the size of the tail (times s and the width of the law). By Poisson's formula for exp(s y) Pr(S > y) the
 * sum is off by the alternating sum over j != 0 of exp(s j L) Pr(S > y + j L):
 *   j < 0   at most rho exp(-s |j| L), rho the probability of the part
 *   j > 0   at most psi(s') exp(-s' y - (s' - s) j L) for any s' > s   (Chernoff)
 * and L is such that both are below 1e-15 psi(s) exp(-s y). What is left out is bounded by envelopes as in
 * gil_pelaez.c.
 * Factors are scaled by their values at s, and psi is added up from products without cancellation: for each law of weights
 * none, one, or more present. In-degree: S - shift * (number present) about 0.
 * Source: Daniels, Ann. Math. Statist. 25 (1954) 631; Abate & Whitt, Queueing Systems 10 (1992) 5.
 */
#include "ensemble/current/inversion.h"
#include "num/constants.h"

#include <float.h>
#include <math.h>

typedef bni_complex cx;

/* -log of the error of the step against psi(s) exp(-s y) on each side; log of what counts as 0, and of what is 0. */
static const double step_log = 34.5, nothing_log = -744, underflow = -746;
/* Relative errors: reached when it takes few terms; above which a tail is done again. */
static const double fine = 1e-12, most_wanted = 1e-10;
enum { FEW = 4096, EACH = 8, SERIES = 30 };

static cx complex_product(cx a, cx b)
{
    return (cx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static cx complex_sum(cx a, cx b)
{
    return (cx){a.re + b.re, a.im + b.im};
}

/* c exp(a); 0 for c = 0, whatever a is */
static cx exponential(double c, cx a)
{
    double size = c != 0 ? c * exp(a.re) : 0;
    return (cx){size * cos(a.im), size * sin(a.im)};
}

/* log(1 - p + p exp(l)) */
static cx log_mixed(double p, cx l)
{
    if (p == 1)
        return l;
    int large = l.re > 1;
    double e = exp(large ? -l.re : l.re), c = e * cos(l.im), s = (large ? -e : e) * sin(l.im);
    double re = large ? p + (1 - p) * c : 1 - p + p * c, im = large ? (1 - p) * s : p * s;
    cx out = {log(fmax(hypot(re, im), DBL_MIN)), atan2(im, re)};
    return large ? complex_sum(l, out) : out;
}

/* log of prod (1 - p + p exp(l))^n */
static cx log_product(const bni_part *part, size_t parts, cx l)
{
    cx sum = {0, 0};
    for (size_t k = 0; k < parts; k++) {
        cx one = log_mixed(part[k].p, l);
        sum.re += (double)part[k].n * one.re;
        sum.im += (double)part[k].n * one.im;
    }
    return sum;
}

/* Sum over m >= 2 of pmf[m] w^m, divided by the scale: all, the sum over all m, without none and one (first), or where little
 * would be left of it by its first terms, which fall fast then (the law of the number is log-concave). */
static cx two_or_more_tilted(const bni_group *g, double log_scale, cx l, cx all, cx first, double none, int small)
{
    const bni_count *c = &g->count;
    if (!small)
        return (cx){all.re - first.re - none, all.im - first.im};
    int64_t to = c->to < 2 + SERIES ? c->to : 2 + SERIES;
    if (to < 2)
        return (cx){0, 0};
    cx w = to > 2 ? exponential(1, l) : (cx){0, 0}, sum = {c->pmf[to], 0};
    for (int64_t m = to - 1; m >= 2; m--) {
        sum = complex_product(sum, w);
        sum.re += c->pmf[m];
    }
    return complex_product(sum, exponential(1, (cx){2 * l.re - log_scale, 2 * l.im}));
}

/* The law of weights g at z, or its envelope at im(z) with *falls; without the shift. */
static cx weight_at(const bni_saddlepoint *t, size_t g, cx z, double *falls)
{
    const bni_weight *w = &t->law->group[g].weight;
    cx signed_z = {t->direction * z.re, z.im}, l;
    double power = 0;
    if (falls == NULL) {
        l = bni_mgf_log(w, signed_z);
        l.im *= t->direction;
        return l;
    }
    l = (cx){bni_mgf_log_envelope(w, signed_z.re, z.im, &power), 0};
    *falls = fmin(*falls, power);
    return l;
}

/* psi(z) exp(-z y) divided by exp(log_scale). With `falls` an upper bound of its modulus, *falls the least power of any of
 * the continuous laws. */
static cx evaluate_tilted_psi(const bni_saddlepoint *t, cx z, double *falls)
{
    const binnet_current *law = t->law;
    int envelope = falls != NULL;
    cx none = {1, 0}, one = {0, 0}, more = {0, 0};
    cx turn = {-t->direction * t->shift * z.re, envelope ? 0 : -t->direction * t->shift * z.im};
    cx outer = {-z.re * t->y - t->log_scale, envelope ? 0 : -z.im * t->y};
    if (law->in_degree)
        outer = complex_sum(outer, log_product(law->rest_part, law->rest_parts, envelope ? (cx){turn.re, 0} : turn));
    for (size_t g = 0; g < law->groups; g++) {
        const bni_group *group = &law->group[g];
        const bni_tilted *at = &t->group[g];
        double ignored = 0;
        cx l = complex_sum(weight_at(t, g, z, !envelope ? NULL : g < law->constants ? &ignored : falls), turn);
        cx all = log_product(group->part, group->parts, l);
        if (g < law->constants) {
            outer = complex_sum(outer, all);
            continue;
        }
        outer.re += at->log_scale;
        all = exponential(1, (cx){all.re - at->log_scale, all.im});
        double c0 = exponential(group->count.pmf[0], (cx){-at->log_scale, 0}).re;
        cx first = exponential(group->count.most > 0 ? group->count.pmf[1] : 0, (cx){l.re - at->log_scale, l.im});
        int small = envelope ? c0 + first.re > 0.9 * all.re : at->small;
        cx second = two_or_more_tilted(group, at->log_scale, l, all, first, c0, small);
        more = complex_sum(complex_sum(complex_product(more, all), complex_product(one, complex_sum(first, second))),
                           complex_product(none, second));
        one = complex_sum((cx){one.re * c0, one.im * c0}, complex_product(none, first));
        none.re *= c0;
    }
    return complex_product(more, exponential(1, outer));
}

/* Sets s; log of psi(s) exp(-s y), HUGE_VAL beyond the limit. */
static double set(bni_saddlepoint *t, double s)
{
    const binnet_current *law = t->law;
    double turn = -t->direction * t->shift * s;
    t->s = s;
    if (!(s > 0 && s < t->limit))
        return HUGE_VAL;
    t->log_scale = -s * t->y;
    t->rounded = fabs(s * t->y);
    if (law->in_degree) {
        double rest = log_product(law->rest_part, law->rest_parts, (cx){turn, 0}).re;
        t->log_scale += rest;
        t->rounded += fabs(rest);
    }
    for (size_t g = 0; g < law->groups; g++) {
        const bni_group *group = &law->group[g];
        double l = weight_at(t, g, (cx){s, 0}, NULL).re + turn;
        double all = log_product(group->part, group->parts, (cx){l, 0}).re;
        double none = exponential(group->count.pmf[0], (cx){-all, 0}).re;
        double one = exponential(group->count.most > 0 ? group->count.pmf[1] : 0, (cx){l - all, 0}).re;
        t->group[g] = (bni_tilted){all, none + one > 0.9};
        t->log_scale += all;
        t->rounded += fabs(all) + (double)group->count.most * fabs(l) * 0.25;
    }
    t->size = evaluate_tilted_psi(t, (cx){s, 0}, NULL).re;
    return t->size > 0 ? t->log_scale + log(t->size) : t->size == 0 ? t->log_scale + underflow : HUGE_VAL;
}

/* s between 0 and the limit for u between 0 and infinity. */
static double saddle_of(const bni_saddlepoint *t, double u)
{
    return t->limit < HUGE_VAL ? t->limit * (u / (1 + u)) : u / t->spread;
}

typedef double value_fn(bni_saddlepoint *t, const void *arg, double u);

/* The u where value is least, and *best that value; from `start` on in steps of a factor, down to `last`; at once where it is
 * below `enough`. */
static double least_point(bni_saddlepoint *t, value_fn *value, const void *arg, double start, double last,
                          double enough, double *best)
{
    double u = start;
    *best = value(t, arg, u);
    for (double factor = 4; factor > last; factor = sqrt(factor))
        for (int direction = 0; direction < 2; direction++)
            for (int k = 0; k < 600 && *best > enough; k++) {
                double next = direction ? u / factor : u * factor, v = value(t, arg, next);
                if (!(v < *best))
                    break;
                u = next;
                *best = v;
            }
    return u;
}

static double with_pole(bni_saddlepoint *t, const void *arg, double u)
{
    (void)arg;
    return set(t, saddle_of(t, u)) - log(t->s);
}

/* How the law at a greater s bounds L on the right. */
typedef struct right {
    double s, log_size;
} right;

static double length_right(bni_saddlepoint *t, const void *arg, double more)
{
    const right *base = arg;
    double s = t->limit < HUGE_VAL ? base->s + (t->limit - base->s) * (more / (1 + more)) : base->s + more / t->spread;
    return (set(t, s) - base->log_size + step_log) / (s - base->s);
}

/* The period for the s that is set, whose log of psi(s) exp(-s y) is log_size; s is set again. */
static double period(bni_saddlepoint *t, double log_size)
{
    right base = {t->s, log_size};
    double length;
    least_point(t, length_right, &base, 1, 1.1, -HUGE_VAL, &length);
    set(t, base.s);
    return fmax(length, (log(t->rho) - log_size + step_log) / base.s);
}

/* Bound of what the terms from number k on add up to, against exp(log_scale). */
static double tail_left_out(const bni_saddlepoint *t, double k, double step)
{
    double falls = HUGE_VAL, value = evaluate_tilted_psi(t, (cx){t->s, k * step}, &falls).re;
    return value == 0 ? 0 : value / (2 * BNI_PI * falls);
}

/* The number of terms that leaves out at most `aim`, a multiple of EACH; HUGE_VAL when it is above `most`. */
static double terms_for(const bni_saddlepoint *t, double aim, double step, double most)
{
    double k = 2 * EACH;
    while (!(tail_left_out(t, k, step) <= aim))
        if ((k *= 2) > most)
            return HUGE_VAL;
    for (double from = 0.5 * k, factor = sqrt(2); factor > 1.04 && k > 2 * EACH; factor = sqrt(factor)) {
        if (tail_left_out(t, from * factor, step) <= aim)
            k = from * factor;
        else
            from *= factor;
    }
    return ceil(k / EACH) * EACH;
}

/* The sum, and in *rounding what its terms were rounded by, both against exp(log_scale). */
static int32_t add_contour_terms(const bni_saddlepoint *t, double terms, double step, double *sum, double *rounding)
{
    double differences = 0; /* of parts of the scale, in two_or_more */
    for (size_t g = t->law->constants; g < t->law->groups; g++)
        differences = t->group[g].small ? differences : 4;
    *sum = *rounding = 0;
    for (double k = 0.5; k < terms; k++) {
        cx z = {t->s, k * step}, value = evaluate_tilted_psi(t, z, NULL);
        double square = z.re * z.re + z.im * z.im;
        *sum += (value.re * z.re + value.im * z.im) / square;
        double phase = z.im * (fabs(t->y) + 8 * t->spread);
        *rounding += (differences + hypot(value.re, value.im) * (4 + t->candidates + phase)) / sqrt(square);
        if (fmod(k, 256) == 0.5)
            BNI_TRY(bni_poll(t->ctx, k / terms));
    }
    *sum *= step / BNI_PI;
    *rounding *= DBL_EPSILON * step / BNI_PI;
    return BINNET_OK;
}

/* Few and a fine sum, or those for `accept` and the tolerance. */
static double number_of_terms(const bni_saddlepoint *t, double guess, double accept, double step)
{
    double most = fmin(64 * (double)t->ctx->max_iterations, 0x1p40);
    double terms = terms_for(t, fine * guess, step, fmin(FEW, most));
    double aim = fmin(0.5 * accept * guess, 0.25 * t->ctx->tolerance / exp(t->log_scale));
    return terms < HUGE_VAL ? terms : terms_for(t, aim, step, most);
}

/* One tail of the part, *error = HUGE_VAL where it cannot be had within `accept` of total. */
static int32_t tail(bni_saddlepoint *t, double y, int direction, double accept, double *value, double *error)
{
    t->direction = direction;
    t->y = direction * y;
    t->limit = HUGE_VAL;
    *value = 0;
    *error = HUGE_VAL;
    for (size_t g = 0; g < t->law->groups; g++)
        t->limit = fmin(t->limit, bni_mgf_limit(&t->law->group[g].weight, direction));
    if (!(t->limit > 0))
        return BINNET_OK;
    double pole, start = t->limit < HUGE_VAL ? 1 / (t->limit * t->spread) : 1;
    double u = least_point(t, with_pole, NULL, start, 1.02, nothing_log - 800, &pole);
    double log_size = set(t, saddle_of(t, u));
    if (log_size < nothing_log) { /* Chernoff: below the least double */
        *error = 0;
        return BINNET_OK;
    }
    double step = 2 * BNI_PI / period(t, log_size), s = t->s, h = 0.05 * fmin(s, t->limit - s);
    double curvature = (set(t, s + h) - 2 * log_size + set(t, s - h)) / (h * h);
    set(t, s);
    BNI_TRY(bni_poll(t->ctx, 0));
    if (!(step > 0 && isfinite(step) && isfinite(log_size)))
        return BINNET_OK;
    /* Of the size of the tail; where that was too great, once more with what came out. */
    double guess = t->size / (1 + s * sqrt(2 * BNI_PI * fmax(0, curvature))), sum, rounding, left;
    for (int again = 0; again < 2; again++) {
        double terms = number_of_terms(t, guess, accept, step);
        if (terms == HUGE_VAL)
            return BINNET_OK;
        left = tail_left_out(t, terms, step);
        BNI_TRY(add_contour_terms(t, terms, step, &sum, &rounding));
        if (left <= 0.5 * accept * sum || !(sum > 0))
            break;
        guess = 0.9 * sum;
    }
    double scale = exp(t->log_scale);
    *value = scale * sum;
    *error = scale * (2.1e-15 * t->size + left + rounding + sum * DBL_EPSILON * (4 + t->candidates + t->rounded));
    if (!(sum >= 0) || *value > t->rho * (1 + 1e-9))
        *error = HUGE_VAL;
    return BINNET_OK;
}

int bni_saddlepoint_possible(const binnet_current *law)
{
    int up = 1, down = 1;
    for (size_t g = 0; g < law->groups; g++) {
        up = up && bni_mgf_limit(&law->group[g].weight, 1) > 0;
        down = down && bni_mgf_limit(&law->group[g].weight, -1) > 0;
    }
    return up || down;
}

double bni_saddlepoint_bytes(size_t groups)
{
    return (double)groups * sizeof(bni_tilted);
}

int32_t bni_saddlepoint_open(binnet_ctx *ctx, bni_saddlepoint *t, const binnet_current *law)
{
    *t = (bni_saddlepoint){.ctx = ctx, .law = law, .rho = bni_inverted_part(law)};
    for (size_t g = 0; g < law->groups; g++)
        t->candidates += (double)law->group[g].count.most;
    BNI_TRY(bni_need_memory(ctx, bni_saddlepoint_bytes(law->groups), "the tails of a current"));
    t->group = bni_new(ctx, law->groups, sizeof *t->group);
    return t->group == NULL ? BINNET_E_NOMEM : BINNET_OK;
}

void bni_saddlepoint_close(bni_saddlepoint *t)
{
    bni_delete(&t->ctx->mem, t->group);
    t->group = NULL;
}

/* Variance of the sum of the weights present. */
static double variance_of(const bni_part *part, size_t parts, double mean, double variance)
{
    double sum = 0;
    for (size_t k = 0; k < parts; k++)
        sum += (double)part[k].n * part[k].p * (variance + (1 - part[k].p) * mean * mean);
    return sum;
}

/* Standard deviation of S - shift * (number present). */
static double spread_of(const bni_saddlepoint *t)
{
    const binnet_current *law = t->law;
    double sum = law->in_degree ? variance_of(law->rest_part, law->rest_parts, t->shift, 0) : 0;
    for (size_t g = 0; g < law->groups; g++) {
        double mean, variance;
        bni_weight_moments(&law->group[g].weight, &mean, &variance);
        sum += variance_of(law->group[g].part, law->group[g].parts, mean - t->shift, variance);
    }
    return sqrt(sum);
}

/* Mean of S - shift * (number present). */
static double tilted_mean(const bni_saddlepoint *t)
{
    const binnet_current *law = t->law;
    double sum = 0;
    for (size_t k = 0; law->in_degree && k < law->rest_parts; k++)
        sum -= (double)law->rest_part[k].n * law->rest_part[k].p * t->shift;
    for (size_t g = 0; g < law->groups; g++) {
        double mean, variance;
        bni_weight_moments(&law->group[g].weight, &mean, &variance);
        for (size_t k = 0; k < law->group[g].parts; k++)
            sum += (double)law->group[g].part[k].n * law->group[g].part[k].p * (mean - t->shift);
    }
    return sum;
}

int32_t bni_saddlepoint_sides(bni_saddlepoint *t, bni_sides *part, double *error, const bni_sides *rest, double x)
{
    const binnet_current *law = t->law;
    double tolerance = t->ctx->relative_tolerance, wanted = fmin(most_wanted, tolerance);
    double tau = law->theta - x, y = law->in_degree ? 0 : law->M * tau, worst = 0;
    t->shift = law->in_degree ? tau : 0;
    t->spread = spread_of(t);
    int unknown = *error == HUGE_VAL, done = 0;
    int first = unknown ? y < tilted_mean(t) : part->below + rest->below < part->above + rest->above;
    /* The smaller one, and the other if it needs it. */
    for (int turn = 0; turn < 2 && (turn == 0 || done || !unknown); turn++) {
        int side = turn ? !first : first;
        double *own = side ? &part->below : &part->above, *other = side ? &part->above : &part->below;
        double total = *own + (side ? rest->below : rest->above), value, bound;
        if (!(*error > wanted * total))
            continue;
        double accept = *error > tolerance * total ? tolerance : wanted;
        BNI_TRY(tail(t, y, side ? -1 : 1, accept, &value, &bound));
        if (!(bound < *error))
            continue;
        *own = value;
        if (!done)
            *other = fmax(0, t->rho - value);
        worst = fmax(worst, bound);
        *error = worst;
        done = 1;
    }
    return BINNET_OK;
}
