/*
 * How probably a unit fires when its input is Gaussian and its noise has a law of its own.
 *
 * Gaussian noise: Phi(mu / sqrt(s^2 + v)). Logistic noise: the mean of the logistic function over a normal variable, or, where
 * the input is the wider one, of Phi over a logistic variable, by the trapezoidal rule, which is all but exact for functions that
 * are analytic in a strip: with f bounded by M in the mean along the lines Im z = +-d, its error is at most
 * 2 M / (exp(2 pi d / h) - 1)   (Trefethen & Weideman, SIAM Review 56 (2014) 385, theorem 5.1).
 * The poles are at distance pi or more; d = 3, h = 3/8 leave exp(-16 pi) = 1.5e-22 times
 *     normal weights:   2 exp(9/2) / (2 cos(3/2)) = 1300 for the probability, 750 exp(9/2) 2 = 1.4e5 for the second derivative;
 *     logistic weights: 2 int dx / (2 (cosh x + cos 3)) (1 + int_0^3 phi(i y) dy) = 620, and less than 1e5 for the derivatives.
 */
#include "approx/approx.h"
#include "num/special.h"

#include <math.h>

static const double step = 0.375;
enum { NORMAL_NODES = 24, LOGISTIC_NODES = 107 }; /* on each side: to 9, where 1 - Phi is 1e-19, and to 40 */

void bni_field_input(const binnet_mean_field *f, size_t a, double *mu, double *v, const double *mean)
{
    double m = f->offset[a], s = f->extra == NULL ? 0 : f->extra[a];
    const double *w = f->weight + a * f->n;
    for (size_t b = 0; b < f->n; b++)
        m += bni_field_degree(f, a, b) * w[b] * mean[b];
    for (size_t b = 0; b < f->n && f->input == BINNET_INPUT_GAUSSIAN; b++)
        s += bni_field_degree(f, a, b) * w[b] * w[b] * mean[b] * (1 - bni_field_chance(f, a, b) * mean[b]);
    *mu = m;
    *v = fmax(s, 0);
}

static bni_firing without_noise(const binnet_mean_field *f, double mu, double kept)
{
    bni_firing r = {0};
    if (mu != 0)
        r.fires = mu > 0;
    else {
        r.fires = f->tie == BINNET_TIE_KEEP ? kept : f->tie == BINNET_TIE_ACTIVE;
        r.by_input = r.by_variance = NAN;
    }
    r.rests = 1 - r.fires;
    return r;
}

/* Squares may be out of range. */
static double root_of_squares(double s, double v)
{
    double square = s * s + v;
    return square > 1e-280 && square < 1e280 ? sqrt(square) : hypot(s, sqrt(v));
}

static bni_firing gaussian(double mu, double s)
{
    bni_firing r;
    double x = mu / s, density;
    bni_gaussian(x, &r.fires, &r.rests, &density);
    r.by_input = density / s;
    r.by_variance = -0.5 * x * (density / s) / s;
    return r;
}

static void add_logistic(bni_firing *r, double weight, double mu, double s)
{
    double up, down, density;
    bni_logistic(mu / s, &up, &down, &density);
    r->fires += weight * up;
    r->rests += weight * down;
    r->by_input += weight * density / s;
    r->by_variance += weight * 0.5 * density * (down - up) / s / s;
}

static bni_firing logistic_over_normal(double mu, double v, double s)
{
    bni_firing r = {0};
    for (int k = -NORMAL_NODES; k <= NORMAL_NODES; k++) {
        double density;
        bni_gaussian(k * step, NULL, NULL, &density);
        add_logistic(&r, step * density, mu + sqrt(v) * (k * step), s);
    }
    return r;
}

static bni_firing normal_over_logistic(double mu, double v, double s)
{
    bni_firing r = {0};
    double root = sqrt(v);
    for (int k = -LOGISTIC_NODES; k <= LOGISTIC_NODES; k++) {
        double density;
        bni_logistic(k * step, NULL, NULL, &density);
        bni_firing g = gaussian(mu + s * (k * step), root);
        r.fires += step * density * g.fires;
        r.rests += step * density * g.rests;
        r.by_input += step * density * g.by_input;
        r.by_variance += step * density * g.by_variance;
    }
    return r;
}

bni_firing bni_field_fires(const binnet_mean_field *f, size_t a, double mu, double v, double kept)
{
    double s = f->noise->scale[a];
    int gauss = f->noise->kind == BINNET_NOISE_GAUSSIAN;
    if (!(s > 0) && !(v > 0))
        return without_noise(f, mu, kept);
    if (f->input == BINNET_INPUT_GAUSSIAN && (gauss || !(s > 0)))
        return gaussian(mu, root_of_squares(gauss ? s : 0, v));
    if (f->input == BINNET_INPUT_GAUSSIAN && v > 0)
        return v <= s * s ? logistic_over_normal(mu, v, s) : normal_over_logistic(mu, v, s);
    bni_firing r;
    bni_noise_tails(f->noise, -mu / s, &r.rests, &r.fires);
    r.by_input = bni_noise_density(f->noise, -mu / s) / s;
    /* a Gaussian input of vanishing variance */
    double up = r.fires, down = r.rests;
    r.by_variance = f->input == BINNET_INPUT_GAUSSIAN ? 0.5 * r.by_input * (down - up) / s : 0;
    return r;
}
