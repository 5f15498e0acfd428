/*
 * Normal orthant probabilities in two and three dimensions.
 * Two: the integral over the correlation by Gauss-Legendre, with its expansion near |r| = 1 (Drezner & Wesolowsky 1990,
 * in the form of Genz 2004, Stat. Comput. 14:251); small results by an integral of a positive log-concave function, which
 * keeps relative accuracy:  Pr = int_h^inf phi(x) Pr(Y > k | X = x) dx.  Three: the same over one variable.
 */
#include "num/orthant.h"
#include "num/constants.h"

#include "num/integrate.h"
#include "num/special.h"
#include "num/gauss_rules.h"

#include <math.h>
#include <stddef.h>

/* Pr(X > x) */
static double upper_tail(double x)
{
    double q;
    bni_gaussian(x, NULL, &q, NULL);
    return q;
}

static double normal_density(double x)
{
    double f;
    bni_gaussian(x, NULL, NULL, &f);
    return f;
}

/* |r| < 0.925: Phi(-h) Phi(-k) + (1/2 pi) int_0^asin r exp(-(h^2 + k^2 - 2 h k sin t)/(2 cos^2 t)) dt. */
static double moderate(double h, double k, double r)
{
    const double *x = bni_gauss20_node, *w = bni_gauss20_weight;
    int n = 10;
    if (fabs(r) < 0.3) {
        x = bni_gauss6_node, w = bni_gauss6_weight, n = 3;
    } else if (fabs(r) < 0.75) {
        x = bni_gauss12_node, w = bni_gauss12_weight, n = 6;
    }
    double hk = h * k, hs = 0.5 * (h * h + k * k), half = 0.5 * asin(r), sum = 0;
    for (int i = 0; i < n; i++)
        for (int side = -1; side <= 1; side += 2) {
            double s = sin(half * (1 + side * x[i]));
            sum += w[i] * exp((s * hk - hs) / (1 - s * s));
        }
    return sum * half / BNI_TWO_PI + upper_tail(h) * upper_tail(k);
}

/* The integral from |r| to 1, its singular part in closed form (Genz's BVND). */
static double strong(double h, double k, double r)
{
    if (r < 0)
        k = -k;
    double hk = h * k, sum = 0;
    double as = (1 - r) * (1 + r), a = sqrt(as), bs = (h - k) * (h - k);
    double c = (4 - hk) / 8, d = (12 - hk) / 16, power = -0.5 * (bs / as + hk);
    if (a > 0 && power > -100)
        sum = a * exp(power) * (1 - c * (bs - as) * (1 - d * bs / 5) / 3 + c * d * as * as / 5);
    if (a > 0 && -hk < 100) {
        double b = sqrt(bs);
        sum -= exp(-0.5 * hk) * sqrt(BNI_TWO_PI) * upper_tail(b / a) * b * (1 - c * bs * (1 - d * bs / 5) / 3);
    }
    a *= 0.5;
    for (int i = 0; i < 10 && a > 0; i++)
        for (int side = -1; side <= 1; side += 2) {
            double x = a * (1 + side * bni_gauss20_node[i]), xs = x * x, rs = sqrt(1 - xs);
            power = -0.5 * (bs / xs + hk);
            if (power > -100)
                sum += a * bni_gauss20_weight[i] * exp(power) *
                       (exp(-0.5 * hk * (1 - rs) / (1 + rs)) / rs - (1 + c * xs * (1 + d * xs)));
        }
    sum /= -BNI_TWO_PI;
    if (r > 0)
        return sum + upper_tail(fmax(h, k));
    sum = -sum;
    if (k > h)
        sum += h < 0 ? upper_tail(-k) - upper_tail(-h) : upper_tail(h) - upper_tail(k);
    return sum;
}

typedef struct pair {
    double k, r, s;
} pair;

static double given_x(void *arg, double x)
{
    const pair *p = arg;
    return normal_density(x) * upper_tail((p->k - p->r * x) / p->s);
}

/* (log of given_x)' */
static double log_slope(const pair *p, double x)
{
    double z = (p->k - p->r * x) / p->s, q = upper_tail(z);
    double hazard = z > 30 ? z + 1 / z - 2 / (z * z * z) : q > 0 ? normal_density(z) / q : 0;
    return -x + p->r / p->s * hazard;
}

/* Panels from the peak to `end`, each twice as wide as the one before, until the function has vanished beside its peak. */
static double one_side(bni_real_fn f, void *arg, double peak, double end, double best, double relative, double sum)
{
    double sign = end > peak ? 1 : -1, width = fabs(end - peak), part = 0, at = peak;
    while (width > 1e-13 && f(arg, peak + sign * width) < 0.05 * best)
        width *= 0.5;
    for (; at != end && f(arg, at) > 1e-18 * best; width *= 2) {
        double next = fabs(end - at) <= width ? end : at + sign * width;
        double least = fmax(best * width * 1e-18, 0.1 * relative * (sum + part));
        part += bni_integrate(f, arg, fmin(at, next), fmax(at, next), relative, least, NULL);
        at = next;
    }
    return part;
}

/* Integral of a positive log-concave function over from..39, whose greatest value there is at peak. */
static double log_concave(bni_real_fn f, void *arg, double from, double peak, double relative)
{
    double best = f(arg, peak), sum = 0;
    if (peak < 39)
        sum = one_side(f, arg, peak, 39, best, relative, 0);
    return peak > from ? sum + one_side(f, arg, peak, from, best, relative, sum) : sum;
}

static double small_bivariate(double h, double k, double r)
{
    if (h < k) {
        double swap = h;
        h = k;
        k = swap;
    }
    pair p = {k, r, sqrt((1 - r) * (1 + r))};
    double low = fmax(h, -39), high = 39, peak = low;
    if (log_slope(&p, low) > 0) {
        for (int i = 0; i < 60; i++) {
            peak = 0.5 * (low + high);
            if (log_slope(&p, peak) > 0)
                low = peak;
            else
                high = peak;
        }
    }
    return log_concave(given_x, &p, fmax(h, -39), peak, 1e-13);
}

/* r in -1..1, h and k not NaN. The quick formulas are right to 1e-15 (8e-16 measured); below `small` the slow one. */
static double quadrant(double h, double k, double r, double small)
{
    if (h > 39 || k > 39)
        return 0;
    if (h < -39)
        return upper_tail(k);
    if (k < -39)
        return upper_tail(h);
    if (r >= 1)
        return upper_tail(fmax(h, k));
    if (r <= -1)
        return h + k >= 0 ? 0 : h < k ? upper_tail(h) - upper_tail(-k) : upper_tail(k) - upper_tail(-h);
    if (r == 0)
        return upper_tail(h) * upper_tail(k);
    double p = fabs(r) < 0.925 ? moderate(h, k, r) : strong(h, k, r);
    if (p > small)
        return fmin(fmax(p, 0), 1);
    return small_bivariate(h, k, r);
}

double bni_bivariate(double h, double k, double r)
{
    return isnan(h) || isnan(k) || isnan(r) ? NAN : quadrant(h, k, r, 1e-4);
}

double bni_bivariate_quick(double h, double k, double r)
{
    return quadrant(h, k, r, -1);
}

/* --- three --- */

typedef struct triple {
    double h2, h3, r12, r13, s2, s3, r;
    double small;
} triple;

static double rest_given_x(void *arg, double x)
{
    const triple *t = arg;
    double f = normal_density(x);
    return f > 0 ? f * quadrant((t->h2 - t->r12 * x) / t->s2, (t->h3 - t->r13 * x) / t->s3, t->r, t->small) : 0;
}

/* Greatest value of a log-concave function on low..high, by golden section on values. */
static double peak_of(bni_real_fn f, void *arg, double low, double high)
{
    const double golden = 0.6180339887498949;
    double a = high - golden * (high - low), b = low + golden * (high - low), fa = f(arg, a), fb = f(arg, b);
    for (int i = 0; i < 40 && high - low > 0.05; i++) {
        /* where both underflow to 0 the function is larger nearer to 0 */
        int left = fa > fb || (fa == fb && fabs(a) < fabs(b));
        if (left) {
            high = b, b = a, fb = fa;
            a = high - golden * (high - low);
            fa = f(arg, a);
        } else {
            low = a, a = b, fa = fb;
            b = low + golden * (high - low);
            fb = f(arg, b);
        }
    }
    return 0.5 * (low + high);
}

double bni_trivariate(const double h[3], const double r[3])
{
    /* The variable that is least correlated with the others is conditioned on. */
    const double with[3][2] = {{r[0], r[1]}, {r[0], r[2]}, {r[1], r[2]}};
    const int other[3][2] = {{1, 2}, {0, 2}, {0, 1}};
    int v = 0;
    for (int i = 0; i < 3; i++) {
        if (isnan(h[i]) || isnan(r[i]))
            return NAN;
        if (h[i] > 39)
            return 0;
        if (fmax(fabs(with[i][0]), fabs(with[i][1])) < fmax(fabs(with[v][0]), fabs(with[v][1])))
            v = i;
    }
    for (int i = 0; i < 3; i++)
        if (h[i] < -39)
            return bni_bivariate(h[other[i][0]], h[other[i][1]], r[2 - i]);
    triple t = {.h2 = h[other[v][0]], .h3 = h[other[v][1]], .r12 = with[v][0], .r13 = with[v][1]};
    double r23 = r[2 - v];
    t.s2 = sqrt((1 - t.r12) * (1 + t.r12));
    t.s3 = sqrt((1 - t.r13) * (1 + t.r13));
    if (fabs(t.r12) >= 1 || fabs(t.r13) >= 1) { /* then all three are one variable up to signs */
        double low = h[0], high = INFINITY;
        for (int i = 1; i < 3; i++) {
            if (r[i - 1] > 0)
                low = fmax(low, h[i]);
            else
                high = fmin(high, -h[i]);
        }
        return low >= high ? 0 : low > 0 ? upper_tail(low) - upper_tail(high) : upper_tail(-high) - upper_tail(-low);
    }
    t.r = fmin(fmax((r23 - t.r12 * t.r13) / (t.s2 * t.s3), -1), 1);
    /* errors of 1e-15 in the two-dimensional probabilities are harmless unless the result is small */
    t.small = -1;
    double from = fmax(h[v], -39), p = log_concave(rest_given_x, &t, from, peak_of(rest_given_x, &t, from, 39), 1e-10);
    if (p > 1e-5)
        return p;
    t.small = 1e-6;
    return log_concave(rest_given_x, &t, from, peak_of(rest_given_x, &t, from, 39), 1e-10);
}
