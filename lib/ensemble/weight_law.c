/*
 * The law of one weight: checks, tails and density without cancellation, moments, quantiles.
 */
#include "ensemble/ensemble.h"

#include "num/gamma.h"
#include "num/special.h"

#include <math.h>

static int32_t wrong(binnet_ctx *ctx, const char *name, size_t index, const char *what, double value)
{
    return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu]: %s, it is %g", name, index, what, value);
}

static size_t parameters(int32_t kind)
{
    switch (kind) {
    case BINNET_WEIGHT_CONSTANT:
    case BINNET_WEIGHT_EXPONENTIAL:
        return 1;
    case BINNET_WEIGHT_LOGNORMAL:
        return 3;
    case BINNET_WEIGHT_CUSTOM:
        return 0;
    default:
        return 2;
    }
}

int32_t bni_weight_check(binnet_ctx *ctx, const bni_weight *w, const char *name, size_t index)
{
    const double *par = w->par;
    if (w->kind == BINNET_WEIGHT_CUSTOM)
        return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu]: a caller's law goes through binnet_ensemble_with_weight", name,
                        index);
    if (w->kind < BINNET_WEIGHT_CONSTANT || w->kind > BINNET_WEIGHT_CUSTOM)
        return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu]: no weight law has the number %d", name, index, (int)w->kind);
    for (size_t k = 0; k < parameters(w->kind); k++)
        if (!isfinite(par[k]))
            return bni_fail(ctx, BINNET_E_NAN, "%s[%zu]: parameter %zu is %g", name, index, k, par[k]);
    switch (w->kind) {
    case BINNET_WEIGHT_GAUSSIAN:
        return par[1] >= 0 ? BINNET_OK : wrong(ctx, name, index, "a standard deviation must be >= 0", par[1]);
    case BINNET_WEIGHT_UNIFORM:
        return par[1] >= par[0] && isfinite(par[1] - par[0])
                   ? BINNET_OK
                   : wrong(ctx, name, index, "hi must be >= lo, at a finite distance", par[1]);
    case BINNET_WEIGHT_EXPONENTIAL:
        return par[0] != 0 ? BINNET_OK : wrong(ctx, name, index, "the mean must not be 0", par[0]);
    case BINNET_WEIGHT_GAMMA:
        if (!(par[0] > 0 && par[0] <= 1e6))
            return wrong(ctx, name, index, "the shape must be in (0, 1e6]", par[0]);
        return par[1] != 0 ? BINNET_OK : wrong(ctx, name, index, "the scale must not be 0", par[1]);
    case BINNET_WEIGHT_LOGNORMAL:
        if (!(par[1] >= 0 && par[1] <= 20 && fabs(par[0]) <= 500))
            return wrong(ctx, name, index, "mu must be in -500..500 and sigma in 0..20", par[par[1] >= 0 ? 0 : 1]);
        return fabs(par[2]) == 1 ? BINNET_OK : wrong(ctx, name, index, "the sign must be 1 or -1", par[2]);
    case BINNET_WEIGHT_LAPLACE:
        return par[1] >= 0 ? BINNET_OK : wrong(ctx, name, index, "a scale must be >= 0", par[1]);
    default:
        return BINNET_OK;
    }
}

bni_weight bni_weight_plain(const bni_weight *w)
{
    bni_weight plain = *w;
    double value = w->par[0];
    int flat = 0;
    switch (w->kind) {
    case BINNET_WEIGHT_GAUSSIAN:
    case BINNET_WEIGHT_LAPLACE:
        flat = w->par[1] == 0;
        break;
    case BINNET_WEIGHT_UNIFORM:
        flat = w->par[0] == w->par[1];
        break;
    case BINNET_WEIGHT_LOGNORMAL:
        flat = w->par[1] == 0;
        value = w->par[2] * exp(w->par[0]);
        break;
    case BINNET_WEIGHT_EXPONENTIAL: /* one kind less for what follows */
        plain.kind = BINNET_WEIGHT_GAMMA;
        plain.par[0] = 1;
        plain.par[1] = value;
        break;
    default:
        break;
    }
    if (flat) {
        plain.kind = BINNET_WEIGHT_CONSTANT;
        plain.par[0] = value;
    }
    for (size_t k = parameters(plain.kind); k < BINNET_WEIGHT_PARAMETERS; k++)
        plain.par[k] = 0;
    return plain;
}

int bni_weight_same(const bni_weight *a, const bni_weight *b)
{
    return a->kind == b->kind && a->par[0] == b->par[0] && a->par[1] == b->par[1] && a->par[2] == b->par[2] &&
           a->cdf == b->cdf && a->survival == b->survival && a->characteristic == b->characteristic &&
           a->user == b->user;
}

int bni_weight_blind(const bni_weight *w)
{
    return w->kind == BINNET_WEIGHT_CUSTOM && w->cdf == NULL;
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Of the positive law of a signed scale or sign; mirrored by the caller. */
static void tails_positive(const bni_weight *w, double x, double *below, double *above, double *density)
{
    if (!(x > 0)) {
        double shape = w->kind == BINNET_WEIGHT_GAMMA ? w->par[0] : 2;
        *below = 0;
        *above = 1;
        *density = x < 0 || shape > 1 ? 0 : shape == 1 ? 1 / fabs(w->par[1]) : HUGE_VAL;
        return;
    }
    if (w->kind == BINNET_WEIGHT_GAMMA) {
        double scale = fabs(w->par[1]);
        bni_gamma_tails(w->par[0], x / scale, below, above, density);
        *density /= scale;
        return;
    }
    double z = (log(x) - w->par[0]) / w->par[1];
    bni_gaussian(z, below, above, density);
    *density /= w->par[1] * x;
}

void bni_weight_tails(const bni_weight *w, double x, double *below, double *above, double *density)
{
    double p, q, f = NAN;
    const double *par = w->par;
    switch (w->kind) {
    case BINNET_WEIGHT_GAUSSIAN:
        bni_gaussian((x - par[0]) / par[1], &p, &q, &f);
        f /= par[1];
        break;
    case BINNET_WEIGHT_UNIFORM: {
        double width = par[1] - par[0];
        p = x <= par[0] ? 0 : x >= par[1] ? 1 : (x - par[0]) / width;
        q = x <= par[0] ? 1 : x >= par[1] ? 0 : (par[1] - x) / width;
        f = x < par[0] || x > par[1] ? 0 : 1 / width;
        break;
    }
    case BINNET_WEIGHT_LAPLACE:
        bni_laplace((x - par[0]) / par[1], &p, &q, &f);
        f /= par[1];
        break;
    case BINNET_WEIGHT_CUSTOM:
        p = w->cdf(w->user, x);
        q = w->survival != NULL ? w->survival(w->user, x) : 1 - p;
        break;
    default: {
        int mirrored = (w->kind == BINNET_WEIGHT_GAMMA ? par[1] : par[2]) < 0;
        tails_positive(w, mirrored ? -x : x, &p, &q, &f);
        if (mirrored)
            swap(&p, &q);
    }
    }
    if (below != NULL)
        *below = p;
    if (above != NULL)
        *above = q;
    if (density != NULL)
        *density = f;
}

void bni_weight_moments(const bni_weight *w, double *mean, double *variance)
{
    const double *par = w->par;
    switch (w->kind) {
    case BINNET_WEIGHT_CONSTANT:
        *mean = par[0];
        *variance = 0;
        return;
    case BINNET_WEIGHT_GAUSSIAN:
        *mean = par[0];
        *variance = par[1] * par[1];
        return;
    case BINNET_WEIGHT_UNIFORM:
        *mean = 0.5 * par[0] + 0.5 * par[1];
        *variance = (par[1] - par[0]) * (par[1] - par[0]) / 12;
        return;
    case BINNET_WEIGHT_EXPONENTIAL:
        *mean = par[0];
        *variance = par[0] * par[0];
        return;
    case BINNET_WEIGHT_GAMMA:
        *mean = par[0] * par[1];
        *variance = par[0] * par[1] * par[1];
        return;
    case BINNET_WEIGHT_LOGNORMAL: {
        double s2 = par[1] * par[1];
        *mean = par[2] * exp(par[0] + 0.5 * s2);
        *variance = expm1(s2) * exp(2 * par[0] + s2);
        return;
    }
    case BINNET_WEIGHT_LAPLACE:
        *mean = par[0];
        *variance = 2 * par[1] * par[1];
        return;
    default:
        *mean = *variance = NAN;
    }
}

/* A place between which and whose other side of 0 the caller's quantile lies, then bisection on the doubles. */
static double quantile_search(const bni_weight *w, double u, int upper)
{
    /* Rising f: Pr(W < x) - u, or u - Pr(W > x). */
    double lo = -1, hi = 1;
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 1100; k++) {
            double p, q, at = side == 0 ? lo : hi;
            bni_weight_tails(w, at, &p, &q, NULL);
            int rising = upper ? q <= u : p >= u;
            if (side == 0 ? !rising : rising)
                break;
            *(side == 0 ? &lo : &hi) = 2 * at;
        }
    while (lo < hi) {
        double mid = 0.5 * lo + 0.5 * hi, p, q;
        if (!(mid > lo && mid < hi))
            break;
        bni_weight_tails(w, mid, &p, &q, NULL);
        if (upper ? q <= u : p >= u)
            hi = mid;
        else
            lo = mid;
    }
    return hi;
}

double bni_weight_quantile(const bni_weight *w, double u, int upper)
{
    const double *par = w->par;
    double away = upper ? 1 : -1;
    switch (w->kind) {
    case BINNET_WEIGHT_CONSTANT:
        return par[0];
    case BINNET_WEIGHT_GAUSSIAN:
        return par[0] + away * par[1] * bni_gaussian_upper(u);
    case BINNET_WEIGHT_UNIFORM:
        return upper ? par[1] - u * (par[1] - par[0]) : par[0] + u * (par[1] - par[0]);
    case BINNET_WEIGHT_LAPLACE:
        return par[0] - away * par[1] * log(2 * u);
    case BINNET_WEIGHT_EXPONENTIAL:
        return upper == (par[0] > 0) ? -par[0] * log(u) : -par[0] * log1p(-u);
    case BINNET_WEIGHT_LOGNORMAL:
        return par[2] * exp(par[0] + par[1] * par[2] * away * bni_gaussian_upper(u));
    default:
        return quantile_search(w, u, upper);
    }
}
