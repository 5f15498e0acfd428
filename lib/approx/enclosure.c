/*
 * Bounds of a mean field's map and slopes over a box.
 *
 * F rises with mu. The noise and the Gaussian input are symmetric and unimodal, and so is their sum (Wintner 1938): F moves towards
 * 1/2 as v grows. So the extremes of F over intervals of mu and v are at known corners. With S = s^2 + v and Gaussian noise
 *     dF/dmu = phi(mu / sqrt S) / sqrt S      falls with |mu|, has in S one maximum, at mu^2;
 *     -dF/dv = mu phi(mu / sqrt S) / (2 S^(3/2))     has, for mu > 0, in mu one maximum, at sqrt S, in S one, at mu^2 / 3, and no
 * point where both derivatives vanish: extremes over a rectangle are on its edges, the least ones in its corners.
 * F is concave where mu >= 0 and convex where mu <= 0: beside a straight line its extremes are at the ends or where its slope is the
 * line's, and a tangent bounds it there wherever it is drawn.
 * Logistic noise with a Gaussian input: the value in the middle and a bound of the next derivatives, those of the two densities,
 * either of which bounds those of their convolution.
 */
#include "approx/enclosure.h"
#include "num/special.h"

#include <math.h>

static const double mixture_error = BNI_FIRING_ERROR; /* absolute, of mixtures */
/* Densities below it count as that much. */
static const double least_density = 1e-300;

/* Relative error of a law's probabilities and densities, more than noise.h promises. */
static double law_error(const binnet_mean_field *f)
{
    return f->noise->kind == BINNET_NOISE_STUDENT_T ? 4e-13 : 1e-14;
}

bni_interval bni_enclose_input(const binnet_mean_field *f, size_t a, const bni_interval *box)
{
    bni_interval mu = bni_point(f->offset[a]);
    for (size_t b = 0; b < f->n; b++) {
        double w = f->weight[a * f->n + b], K = bni_field_degree(f, a, b);
        if (w != 0 && K != 0)
            mu = bni_interval_add(mu, bni_interval_scale(bni_interval_scale(box[b], w), K));
    }
    return mu;
}

/* m (1 - p m), m in 0..1. */
static bni_interval spread_at(double m, double p)
{
    return bni_interval_multiply(bni_point(m),
                                 bni_interval_subtract(bni_point(1), bni_interval_scale(bni_point(m), p)));
}

static bni_interval input_variance(const binnet_mean_field *f, size_t a, const bni_interval *box)
{
    bni_interval v = {0, 0};
    if (f->input != BINNET_INPUT_GAUSSIAN)
        return v;
    for (size_t b = 0; b < f->n; b++) {
        double w = f->weight[a * f->n + b], K = bni_field_degree(f, a, b), p = bni_field_chance(f, a, b);
        if (w == 0 || K == 0)
            continue;
        bni_interval left = spread_at(box[b].lo, p), right = spread_at(box[b].hi, p);
        bni_interval g = {fmin(left.lo, right.lo), fmax(left.hi, right.hi)};
        if (box[b].lo * p <= 0.5 * (1 + 1e-15) && box[b].hi * p >= 0.5 * (1 - 1e-15))
            g.hi = bni_up(0.25 / p);
        if ((box[b].lo == 0 && box[b].hi == 0) || (p == 1 && box[b].lo == 1 && box[b].hi == 1))
            g = bni_point(0);
        g = bni_interval_scale(bni_interval_scale(bni_interval_scale(g, fabs(w)), fabs(w)), K);
        v = bni_interval_add(v, g);
        v.lo = fmax(v.lo, 0);
    }
    return v;
}

/* --- the law of a unit --- */

static int is_gaussian(const binnet_mean_field *f, size_t a)
{
    return f->input == BINNET_INPUT_GAUSSIAN && (f->noise->kind == BINNET_NOISE_GAUSSIAN || !(f->noise->scale[a] > 0));
}

/* s^2 + v. */
static bni_interval whole_variance(const binnet_mean_field *f, size_t a, bni_interval v)
{
    double s = f->noise->scale[a];
    if (!(s > 0))
        return v;
    return bni_interval_add(v, bni_interval_multiply(bni_point(s), bni_point(s)));
}

/* F at one mu and v. */
static bni_interval fires_at(const binnet_mean_field *f, size_t a, double mu, double v)
{
    double s = f->noise->scale[a], lo, hi, unused;
    if (f->input == BINNET_INPUT_GAUSSIAN && f->noise->kind == BINNET_NOISE_LOGISTIC && s > 0) {
        bni_firing r = bni_field_fires(f, a, mu, v, 0);
        bni_interval p = bni_interval_widen(bni_point(r.fires), 0, mixture_error);
        return (bni_interval){fmax(p.lo, 0), fmin(p.hi, 1)};
    }
    if (is_gaussian(f, a)) {
        double S = s * s + v;
        if (!(S > 0)) /* mu = 0: both sides of the step */
            return (bni_interval){mu > 0, mu >= 0};
        double x = mu / sqrt(S), off = fabs(x) * 0x1p-50 + 1e-320;
        bni_gaussian(x - off, &lo, &unused, NULL);
        bni_gaussian(x + off, &hi, &unused, NULL);
    } else {
        double x = -mu / s, off = fabs(x) * 0x1p-51 + 1e-320;
        bni_noise_tails(f->noise, x + off, &unused, &lo);
        bni_noise_tails(f->noise, x - off, &unused, &hi);
    }
    bni_interval p = bni_interval_widen((bni_interval){lo, hi}, law_error(f), least_density);
    return (bni_interval){fmax(p.lo, 0), fmin(p.hi, 1)};
}

bni_interval bni_enclose_map(const binnet_mean_field *f, size_t a, bni_interval mu, const bni_interval *box)
{
    bni_interval v = input_variance(f, a, box);
    if (is_gaussian(f, a) && !(whole_variance(f, a, v).lo > 0) && mu.lo <= 0 && mu.hi >= 0)
        return (bni_interval){0, 1}; /* a step may be inside */
    double v_low = mu.lo < 0 ? v.lo : v.hi, v_high = mu.hi > 0 ? v.lo : v.hi;
    return (bni_interval){fires_at(f, a, mu.lo, v_low).lo, fires_at(f, a, mu.hi, v_high).hi};
}

/* --- derivatives by mu and v --- */

typedef struct derivatives {
    bni_interval by_input, by_variance;
} derivatives;

/* phi(u / sqrt S) / sqrt S; 0 in the limit S = 0, u > 0. */
static double normal_slope(double u, double S)
{
    double density;
    if (!(S > 0))
        return 0;
    bni_gaussian(u / sqrt(S), NULL, NULL, &density);
    return density / sqrt(S);
}

/* u phi(u / sqrt S) / (2 S^(3/2)) */
static double normal_curve(double u, double S)
{
    return S > 0 ? 0.5 * u / S * normal_slope(u, S) : 0;
}

static double within(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

/* Least and greatest curve for u0 <= u <= u1, u0 >= 0. */
static bni_interval curve_range(double u0, double u1, bni_interval S)
{
    bni_interval r = {INFINITY, 0};
    for (int k = 0; k < 4; k++) {
        double u = k & 1 ? u1 : u0, s = k & 2 ? S.hi : S.lo;
        r.lo = fmin(r.lo, normal_curve(u, s));
        r.hi = fmax(r.hi,
                    fmax(normal_curve(u, within(u * u / 3, S.lo, S.hi)), normal_curve(within(sqrt(s), u0, u1), s)));
    }
    return bni_interval_widen(r, 1e-13, least_density);
}

/* 0 when there is no bound: a step may be inside. */
static int normal_derivatives(derivatives *d, bni_interval mu, bni_interval S)
{
    double u0 = mu.lo > 0 ? mu.lo : mu.hi < 0 ? -mu.hi : 0, u1 = fmax(fabs(mu.lo), fabs(mu.hi));
    if (!(S.lo > 0) && !(u0 > 0))
        return 0;
    d->by_input.lo = fmin(normal_slope(u1, S.lo), normal_slope(u1, S.hi));
    d->by_input.hi = normal_slope(u0, within(u0 * u0, S.lo, S.hi));
    d->by_input = bni_interval_widen(d->by_input, 1e-13, least_density);
    if (mu.lo < 0 && mu.hi > 0)
        d->by_variance = (bni_interval){-curve_range(0, mu.hi, S).hi, curve_range(0, -mu.lo, S).hi};
    else {
        bni_interval c = curve_range(u0, u1, S);
        d->by_variance = mu.hi <= 0 ? c : (bni_interval){-c.hi, -c.lo};
    }
    return 1;
}

/* The density of the noise alone, symmetric and unimodal. */
static void noise_derivatives(derivatives *d, const binnet_mean_field *f, size_t a, bni_interval mu)
{
    double s = f->noise->scale[a];
    double near = mu.lo > 0 ? mu.lo : mu.hi < 0 ? -mu.hi : 0, far = fmax(fabs(mu.lo), fabs(mu.hi));
    near = near / s * (1 - 0x1p-50);
    far = far / s * (1 + 0x1p-50);
    d->by_input = (bni_interval){bni_noise_density(f->noise, far) / s, bni_noise_density(f->noise, near) / s};
    d->by_input = bni_interval_widen(d->by_input, law_error(f), least_density / s);
    d->by_variance = bni_point(0);
}

/* Logistic noise of scale s and a Gaussian input: greatest sizes of the density's k-th derivatives, 1, 2, 3. */
static void mixture_derivatives(derivatives *d, const binnet_mean_field *f, size_t a, bni_interval mu, bni_interval v)
{
    static const double logistic_most[4] = {0, 0.0963, 0.1251, 0.13}, normal_most[4] = {0, 0.242, 0.399, 0.551};
    double s = f->noise->scale[a], most[4], m = 0.5 * mu.lo + 0.5 * mu.hi, middle = 0.5 * v.lo + 0.5 * v.hi;
    double by_mu = bni_up(fmax(mu.hi - m, m - mu.lo)), by_v = bni_up(fmax(v.hi - middle, middle - v.lo));
    for (int k = 1; k <= 3; k++)
        most[k] = fmin(logistic_most[k] / pow(s, k + 1), normal_most[k] / pow(v.lo, 0.5 * (k + 1))) * (1 + 1e-12);
    bni_firing r = bni_field_fires(f, a, m, middle, 0);
    d->by_input = bni_interval_widen(bni_point(r.by_input), 1e-12,
                                     by_mu * most[1] + 0.5 * by_v * most[2] + mixture_error / s);
    d->by_variance = bni_interval_widen(bni_point(r.by_variance), 1e-12,
                                        0.5 * (by_mu * most[2] + 0.5 * by_v * most[3]) + mixture_error / (s * s));
}

/* 0 when there is no bound. */
static int find_derivatives(derivatives *d, const binnet_mean_field *f, size_t a, bni_interval mu, bni_interval v)
{
    if (is_gaussian(f, a))
        return normal_derivatives(d, mu, whole_variance(f, a, v));
    if (f->input == BINNET_INPUT_GAUSSIAN)
        mixture_derivatives(d, f, a, mu, v);
    else
        noise_derivatives(d, f, a, mu);
    return 1;
}

/* --- linear envelopes --- */

/* dF/dmu at a point. */
static bni_interval slope_at(const binnet_mean_field *f, size_t a, double mu, double v)
{
    double s = f->noise->scale[a], error = 1e-12, absolute = 0, d;
    if (is_gaussian(f, a))
        d = normal_slope(fabs(mu), s * s + v);
    else if (f->input == BINNET_INPUT_GAUSSIAN) {
        d = bni_field_fires(f, a, mu, v, 0).by_input;
        absolute = mixture_error / s;
    } else
        d = bni_noise_density(f->noise, mu / s) / s;
    bni_interval r = bni_interval_widen(bni_point(d), error, absolute + least_density);
    return (bni_interval){fmax(r.lo, 0), r.hi};
}

/* F - s mu at a point. */
static bni_interval tilted_at(const binnet_mean_field *f, size_t a, double mu, double v, double s)
{
    return bni_interval_subtract(fires_at(f, a, mu, v), bni_interval_multiply(bni_point(mu), bni_point(s)));
}

/* A bound of F - s mu for 0 <= low <= mu <= high, where F is concave: its tangents on both sides of where its slope is s. */
static double concave_most(const binnet_mean_field *f, size_t a, double low, double high, double v, double s)
{
    double left = low, right = high;
    bni_interval at_left = slope_at(f, a, low, v), at_right = slope_at(f, a, high, v);
    if (at_left.lo <= s) {
        right = left;
        at_right = at_left;
    } else if (at_right.hi >= s) {
        left = right;
        at_left = at_right;
    }
    for (int k = 0; k < 14 && right - left > 1e-4 * (high - low); k++) {
        double x = 0.5 * left + 0.5 * right;
        bni_interval at = slope_at(f, a, x, v);
        if (at.lo > s) {
            left = x;
            at_left = at;
        } else {
            right = x;
            at_right = at;
        }
    }
    double from_left = tilted_at(f, a, left, v, s).hi, from_right = tilted_at(f, a, right, v, s).hi;
    double back = fmax(s - at_left.lo, 0) * (left - low), between = fmax(at_left.hi - s, 0) * (right - left);
    double on = fmax(at_right.hi - s, 0) * (high - right);
    return bni_up(fmax(from_left + bni_up(fmax(back, between)), from_right + bni_up(on)));
}

/* Where mu < 0, F is convex. */
static double tilted_most(const binnet_mean_field *f, size_t a, bni_interval mu, double v, double s)
{
    double most = mu.hi > 0 ? concave_most(f, a, fmax(mu.lo, 0), mu.hi, v, s) : tilted_at(f, a, mu.hi, v, s).hi;
    return mu.lo < 0 ? fmax(most, tilted_at(f, a, mu.lo, v, s).hi) : most;
}

/* F - s mu; F(-mu) = 1 - F(mu). */
static bni_interval tilted_range(const binnet_mean_field *f, size_t a, bni_interval mu, double v, double s)
{
    double most = tilted_most(f, a, mu, v, s), rest = tilted_most(f, a, (bni_interval){-mu.hi, -mu.lo}, v, s);
    return (bni_interval){bni_down(1 - rest), most};
}

bni_envelope bni_enclose_linear(const binnet_mean_field *f, size_t a, bni_interval mu, const bni_interval *box)
{
    bni_envelope e = {.rest = {0, 1}};
    bni_interval v = input_variance(f, a, box);
    if (is_gaussian(f, a) && !(whole_variance(f, a, v).lo > 0)) {
        e.rest = bni_enclose_map(f, a, mu, box);
        e.bend = e.rest.hi - e.rest.lo;
        return e;
    }
    double middle = 0.5 * v.lo + 0.5 * v.hi, width = mu.hi - mu.lo, s;
    if (width > 1e-9 * (fabs(mu.lo) + fabs(mu.hi)))
        s = (fires_at(f, a, mu.hi, middle).lo - fires_at(f, a, mu.lo, middle).lo) / width;
    else
        s = slope_at(f, a, 0.5 * mu.lo + 0.5 * mu.hi, middle).lo;
    s = s > 0 && isfinite(s) ? s : 0;
    e.by_input = s;
    bni_interval low = tilted_range(f, a, mu, v.lo, s), high = v.hi > v.lo ? tilted_range(f, a, mu, v.hi, s) : low;
    e.rest = (bni_interval){fmin(low.lo, high.lo), fmax(low.hi, high.hi)};
    e.bend = fmax(low.hi - low.lo, high.hi - high.lo);
    derivatives d;
    if (!(v.hi > v.lo) || !find_derivatives(&d, f, a, mu, v))
        return e;
    double t = 0.5 * d.by_variance.lo + 0.5 * d.by_variance.hi;
    if (!isfinite(t))
        return e;
    bni_interval off = bni_interval_subtract(v, bni_point(middle)),
                 by = bni_interval_subtract(d.by_variance, bni_point(t)),
                 r = bni_interval_add(tilted_range(f, a, mu, middle, s), bni_interval_multiply(by, off));
    r = bni_interval_subtract(r, bni_interval_multiply(bni_point(t), bni_point(middle)));
    if (r.hi - r.lo < e.rest.hi - e.rest.lo) {
        e.rest = r;
        e.by_variance = t;
    }
    return e;
}

/* --- slopes --- */

int bni_enclose_slopes(const binnet_mean_field *f, size_t a, bni_interval *slope, const bni_interval *box)
{
    derivatives d;
    if (!find_derivatives(&d, f, a, bni_enclose_input(f, a, box), input_variance(f, a, box)))
        return 0;
    for (size_t b = 0; b < f->n; b++) {
        double w = f->weight[a * f->n + b], K = bni_field_degree(f, a, b);
        slope[b] = bni_point(0);
        if (w == 0 || K == 0)
            continue;
        bni_interval s = bni_interval_scale(d.by_input, w);
        if (f->input == BINNET_INPUT_GAUSSIAN) {
            bni_interval g =
                bni_interval_subtract(bni_point(1),
                                      bni_interval_scale(bni_interval_scale(box[b], bni_field_chance(f, a, b)), 2));
            g = bni_interval_multiply(bni_interval_scale(bni_interval_scale(d.by_variance, w), w), g);
            s = bni_interval_add(s, g);
        }
        slope[b] = bni_interval_scale(s, K);
        if (!isfinite(slope[b].lo) || !isfinite(slope[b].hi))
            return 0;
    }
    return 1;
}
