/*
 * Characteristic functions of the weights, w(t) = E exp(i t W), t > 0, and how fast they decay.
 *   lognormal   trapezoidal rule along a horizontal line near the saddle point -W0(-i t exp(mu) sigma^2)/sigma of
 *               exp(-z^2/2 + i t exp(mu + sigma z)), where little oscillates   [Asmussen, Jensen & Rojas-Nandayapa 2016]
 *   by its cdf  w(t) = exp(i t hi) F(hi) - exp(i t lo) F(lo) - i t int F(x) exp(i t x) dx, Gauss-Legendre in panels
 */
#include "ensemble/current/inversion.h"
#include "num/constants.h"
#include "num/gauss_rules.h"

#include <float.h>
#include <math.h>

/* W0(-i v), v > 0, by Halley's iteration. */
static void lambert(double v, double *re, double *im)
{
    double x, y;
    if (v < 1) { /* a (1 - a) */
        x = v * v / (1 + v * v);
        y = -v / (1 + v * v);
    } else { /* log a - log log a */
        double l = log(v), c = -BNI_PI / 2, r = log(hypot(l, c)), s = atan2(c, l);
        x = l - r;
        y = c - s;
    }
    for (int k = 0; k < 12; k++) {
        /* f = w - a exp(-w), f' = 1 + a exp(-w), f'' = -a exp(-w); a exp(-w) = (p, q) */
        double e = v * exp(-x), p = -e * sin(y), q = -e * cos(y); /* -i v exp(-x) (cos y - i sin y) */
        double fr = x - p, fi = y - q, gr = 1 + p, gi = q;
        /* step = 2 f f' / (2 f'^2 - f f''), f'' = -(p, q) */
        double nr = 2 * (fr * gr - fi * gi), ni = 2 * (fr * gi + fi * gr);
        double dr = 2 * (gr * gr - gi * gi) + fr * p - fi * q, di = 4 * gr * gi + fr * q + fi * p;
        double size = dr * dr + di * di, sr = (nr * dr + ni * di) / size, si = (ni * dr - nr * di) / size;
        x -= sr;
        y -= si;
        if (fabs(sr) + fabs(si) < 1e-12 * (fabs(x) + fabs(y)))
            break;
    }
    *re = x;
    *im = y;
}

static void lognormal(double mu, double sigma, double t, double *re, double *im)
{
    double u = t * exp(mu), wr, wi;
    lambert(u * sigma * sigma, &wr, &wi);
    /* The integrand decays to the right in 0 < Im z < pi/sigma only: the line keeps away from both, and the step is a sixth
     * of the distance (error exp(-12 pi)). */
    double x0 = -wr / sigma, eta = fmax(fmin(-wi, (BNI_PI / 2)) / sigma, fmin(0.8, 0.5 * (BNI_PI / 2) / sigma));
    double sine = sin(sigma * eta), cosine = cos(sigma * eta), far = fmin(eta, 2 * (BNI_PI / 2) / sigma - eta);
    double step = fmin(0.3 / sqrt(hypot(1 + wr, wi)), far / 6), sum_re = 0, sum_im = 0, most = 0;
    for (int side = 0; side < 2; side++)
        for (int k = side; k < 100000; k++) {
            double x = x0 + (side ? -k : k) * step, grown = u * exp(sigma * x);
            /* exp(-(x + i eta)^2/2 + i u exp(sigma x) (cosine + i sine)) */
            double size = exp(0.5 * (eta * eta - x * x) - grown * sine), phase = grown * cosine - x * eta;
            sum_re += size * cos(phase);
            sum_im += size * sin(phase);
            most = fmax(most, size);
            if (size < 1e-18 * most && k > 2)
                break;
        }
    *re = BNI_INV_SQRT_2PI * step * sum_re;
    *im = BNI_INV_SQRT_2PI * step * sum_im;
}

static void from_cdf(const bni_characteristic *wave, double t, double *re, double *im)
{
    double sum_re = 0, sum_im = 0;
    for (size_t j = 0; j < wave->nodes; j++) {
        double x = t * wave->x[j];
        sum_re += wave->v[j] * cos(x);
        sum_im += wave->v[j] * sin(x);
    }
    *re = wave->end[1] * cos(t * wave->hi) - wave->end[0] * cos(t * wave->lo) + t * sum_im;
    *im = wave->end[1] * sin(t * wave->hi) - wave->end[0] * sin(t * wave->lo) - t * sum_re;
}

/* size exp(i phase) */
static void polar(double size, double phase, double *re, double *im)
{
    *re = size * cos(phase);
    *im = size * sin(phase);
}

void bni_characteristic_at(const bni_characteristic *wave, double t, double *re, double *im)
{
    const double *par = wave->weight->par;
    switch (wave->weight->kind) {
    case BINNET_WEIGHT_CONSTANT:
        polar(1, t * par[0], re, im);
        break;
    case BINNET_WEIGHT_GAUSSIAN:
        polar(exp(-0.5 * t * t * par[1] * par[1]), t * par[0], re, im);
        break;
    case BINNET_WEIGHT_UNIFORM: {
        double half = 0.5 * t * (par[1] - par[0]);
        polar(half < 1e-9 ? 1 : sin(half) / half, t * (0.5 * par[0] + 0.5 * par[1]), re, im);
        break;
    }
    case BINNET_WEIGHT_GAMMA: {
        double s = t * par[1];
        polar(exp(-0.5 * par[0] * log1p(s * s)), par[0] * atan(s), re, im);
        break;
    }
    case BINNET_WEIGHT_LAPLACE: {
        double s = t * par[1];
        polar(1 / (1 + s * s), t * par[0], re, im);
        break;
    }
    case BINNET_WEIGHT_LOGNORMAL:
        lognormal(par[0], par[1], t, re, im);
        *im *= par[2];
        break;
    default:
        if (wave->weight->characteristic != NULL)
            wave->weight->characteristic(wave->weight->user, t, re, im);
        else
            from_cdf(wave, t, re, im);
    }
}

double bni_characteristic_envelope(const bni_characteristic *wave, double t, double *power)
{
    const double *par = wave->weight->par;
    double s2 = t * par[1] * t * par[1], size, re, im;
    switch (wave->weight->kind) {
    case BINNET_WEIGHT_GAUSSIAN:
        *power = s2;
        return exp(-0.5 * s2);
    case BINNET_WEIGHT_UNIFORM:
        size = 2 / (t * (par[1] - par[0]));
        *power = size < 1;
        return fmin(1, size);
    case BINNET_WEIGHT_GAMMA:
        *power = par[0] * s2 / (1 + s2);
        return exp(-0.5 * par[0] * log1p(s2));
    case BINNET_WEIGHT_LAPLACE:
        *power = 2 * s2 / (1 + s2);
        return 1 / (1 + s2);
    default: {
        /* The greatest over an octave against that of the octave before. */
        double late = 0, early = 0, points = bni_weight_blind(wave->weight) ? 32 : 8;
        for (int k = 0; k < points; k++) {
            bni_characteristic_at(wave, t * (1 - k / (2 * points)), &re, &im);
            late = fmax(late, hypot(re, im));
            bni_characteristic_at(wave, 0.5 * t * (1 - k / (2 * points)), &re, &im);
            early = fmax(early, hypot(re, im));
        }
        *power = late < early ? log2(early / fmax(late, DBL_MIN)) : 0;
        return fmin(1, late);
    }
    }
}

double bni_characteristic_log_mgf(const bni_characteristic *wave, double s)
{
    const double *par = wave->weight->par;
    switch (wave->weight->kind) {
    case BINNET_WEIGHT_CONSTANT:
        return s * par[0];
    case BINNET_WEIGHT_GAUSSIAN:
        return s * par[0] + 0.5 * s * s * par[1] * par[1];
    case BINNET_WEIGHT_UNIFORM: {
        double z = fabs(s) * (par[1] - par[0]); /* log(sinh(z/2)/(z/2)) */
        return s * (0.5 * par[0] + 0.5 * par[1]) + (z < 1e-4 ? z * z / 24 : 0.5 * z + log(-expm1(-z) / z));
    }
    case BINNET_WEIGHT_GAMMA:
        return s * par[1] < 1 ? -par[0] * log1p(-s * par[1]) : HUGE_VAL;
    case BINNET_WEIGHT_LAPLACE:
        return fabs(s) * par[1] < 1 ? s * par[0] - log1p(-s * s * par[1] * par[1]) : HUGE_VAL;
    default: {
        /* An upper bound for the law between the outer edges: each cell at its worse edge. */
        double sum = 0, top = s * wave->edge[s > 0 ? wave->edges - 1 : 0];
        for (size_t k = 0; k + 1 < wave->edges; k++)
            sum += wave->mass[k] * exp(s * wave->edge[s > 0 ? k + 1 : k] - top);
        return sum > 0 ? top + log(sum) : top; /* a greater s is out of reach of doubles, but never of use */
    }
    }
}

/* Cells of a law without a moment generating function in closed form; the tails beyond are below `outside` each. */
static void cells(bni_characteristic *wave, double outside)
{
    double p = 0, q = 1;
    int lognormal_law = wave->weight->kind == BINNET_WEIGHT_LOGNORMAL;
    wave->lo = bni_weight_quantile(wave->weight, outside, 0);
    wave->hi = bni_weight_quantile(wave->weight, outside, 1);
    wave->edges = BNI_CHARACTERISTIC_EDGES;
    for (size_t k = 0; k < wave->edges; k++) {
        double part = (double)k / (double)(wave->edges - 1), next_p, next_q;
        wave->edge[k] = k == 0                 ? wave->lo
                        : k + 1 == wave->edges ? wave->hi
                        : !lognormal_law       ? wave->lo + (wave->hi - wave->lo) * part
                                               : wave->lo * pow(wave->hi / wave->lo, part);
        bni_weight_tails(wave->weight, wave->edge[k], &next_p, &next_q, NULL);
        if (k > 0)
            wave->mass[k - 1] = p < 0.5 ? next_p - p : q - next_q;
        p = next_p;
        q = next_q;
    }
}

int bni_characteristic_has_cells(const bni_weight *w)
{
    return w->kind == BINNET_WEIGHT_LOGNORMAL || (w->kind == BINNET_WEIGHT_CUSTOM && w->cdf != NULL);
}

int bni_characteristic_has_nodes(const bni_weight *w)
{
    return w->kind == BINNET_WEIGHT_CUSTOM && w->characteristic == NULL;
}

void bni_characteristic_make(bni_characteristic *wave, const bni_weight *weight, double outside)
{
    wave->weight = weight;
    wave->edges = wave->nodes = 0;
    if (bni_characteristic_has_cells(weight))
        cells(wave, outside);
}

/* The integral of F over a panel, and its nodes. */
static double node_panel(bni_characteristic *wave, double a, double b)
{
    double centre = 0.5 * (a + b), half = 0.5 * (b - a), sum = 0;
    for (int k = 0; k < 16; k++) {
        double x = centre + half * (k < 8 ? -bni_gauss16_node[k] : bni_gauss16_node[15 - k]), F;
        bni_weight_tails(wave->weight, x, &F, NULL, NULL);
        wave->x[wave->nodes + (size_t)k] = x;
        wave->v[wave->nodes + (size_t)k] = half * bni_gauss16_weight[k < 8 ? k : 15 - k] * F;
        sum += wave->v[wave->nodes + (size_t)k];
    }
    return sum;
}

/* Bisection until the halves agree with the whole; the nodes of the halves are kept. */
static int32_t halve_nodes(binnet_ctx *ctx, bni_characteristic *wave, double a, double b, double whole, double agree,
                           int depth)
{
    if (wave->nodes + 32 > BNI_CHARACTERISTIC_NODES)
        return bni_fail(ctx, BINNET_E_NOCONV, "the characteristic function of a caller's law: more than %d nodes",
                        BNI_CHARACTERISTIC_NODES);
    double mid = 0.5 * (a + b);
    size_t start = wave->nodes;
    double left = node_panel(wave, a, mid);
    wave->nodes += 16;
    double right = node_panel(wave, mid, b);
    wave->nodes += 16;
    if (fabs(left + right - whole) <= agree || depth == 0)
        return BINNET_OK;
    wave->nodes = start;
    BNI_TRY(halve_nodes(ctx, wave, a, mid, left, agree, depth - 1));
    return halve_nodes(ctx, wave, mid, b, right, agree, depth - 1);
}

int32_t bni_characteristic_nodes(binnet_ctx *ctx, bni_characteristic *wave, double t)
{
    double range = wave->hi - wave->lo, p, q;
    double panels = fmax(8, ceil(t * range / 12)); /* each is halved at least once */
    bni_weight_tails(wave->weight, wave->lo, &p, &q, NULL);
    wave->end[0] = p;
    bni_weight_tails(wave->weight, wave->hi, &p, &q, NULL);
    wave->end[1] = p;
    wave->nodes = 0;
    if (!(32 * panels <= BNI_CHARACTERISTIC_NODES))
        return bni_fail(ctx, BINNET_E_NOCONV, "the characteristic function of a caller's law: more than %d nodes",
                        BNI_CHARACTERISTIC_NODES);
    for (double k = 0; k < panels; k++) {
        double a = wave->lo + range * (k / panels), b = wave->lo + range * ((k + 1) / panels);
        double whole = node_panel(wave, a, b);
        BNI_TRY(halve_nodes(ctx, wave, a, b, whole, 1e-15 * (b - a), 30));
    }
    return BINNET_OK;
}
