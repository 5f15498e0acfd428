/*
 * Bounds of a mean field's map and slopes over a box.
 *
 * F rises with mu. The noise and the Gaussian input are symmetric and unimodal, and so is their sum (Wintner 1938): F moves towards
 * 1/2 as v grows. So the extremes of F over intervals of mu and v are at known corners. With S = s^2 + v and Gaussian noise
 *     dF/dmu = phi(mu / sqrt S) / sqrt S      falls with |mu|, has in S one maximum, at mu^2;
 *     -dF/dv = mu phi(mu / sqrt S) / (2 S^(3/2))     has, for mu > 0, in mu one maximum, at sqrt S, in S one, at mu^2 / 3, and no
 * point where both derivatives vanish: extremes over a rectangle are on its edges, the least ones in its corners.
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

static bni_interval input_mean(const binnet_mean_field *f, size_t a, const bni_interval *box)
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

bni_interval bni_enclose_map(const binnet_mean_field *f, size_t a, const bni_interval *box)
{
    bni_interval mu = input_mean(f, a, box), v = input_variance(f, a, box);
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

int bni_enclose_slopes(const binnet_mean_field *f, size_t a, bni_interval *slope, const bni_interval *box)
{
    derivatives d;
    bni_interval mu = input_mean(f, a, box), v = input_variance(f, a, box);
    if (is_gaussian(f, a)) {
        if (!normal_derivatives(&d, mu, whole_variance(f, a, v)))
            return 0;
    } else if (f->input == BINNET_INPUT_GAUSSIAN)
        mixture_derivatives(&d, f, a, mu, v);
    else
        noise_derivatives(&d, f, a, mu);
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
