/*
 * Moments of the noise, absolute ones about any point among them; logarithm of the density; the inverse of a rising function.
 * For B symmetric about 0, m >= 0, z = m/scale:
 *     E|m + scale B|^k = sum_j C(k, 2j) m^(k-2j) scale^(2j) E B^(2j) + [k odd] 2 scale^k T_k(z),   T_k(z) = E[(B - z)_+^k],
 * all terms positive. Gaussian: T_k = (k-1) T_(k-2) - z T_(k-1), which is 1F1(-k/2; 1/2; -z^2/2) without its cancellation.
 * Logistic: T_k = k! sum_n (-1)^(n-1) exp(-n z)/n^k, accelerated.   [Cohen, Rodriguez Villegas & Zagier 2000]
 */
#include "law/potentials.h"
#include "num/double_order.h"
#include "num/integrate.h"

#include <float.h>

enum { MOST_K = BINNET_MAX_CHAIN_NEURONS };

/* sum over n >= 1 of (-1)^(n-1) exp(-n z)/n^k, z >= 0: the moments of a positive measure, relative error 5.8^-24. */
static double alternating_sum(int k, double z)
{
    enum { TERMS = 24 };
    double d = pow(3 + sqrt(8), TERMS);
    d = (d + 1 / d) / 2;
    double b = -1, c = -d, sum = 0;
    for (int n = 0; n < TERMS; n++) {
        c = b - c;
        sum += c * exp(-z * (n + 1)) / pow(n + 1, k);
        b *= (n + TERMS) * (n - (double)TERMS) / ((n + 0.5) * (n + 1.0));
    }
    return sum / d;
}

static double factorial(int k)
{
    return tgamma(k + 1.0);
}

/* E B^(2j) of a symmetric law; the caller sees to it that it exists. */
static double even_moment(const binnet_noise *noise, int j)
{
    double m = 1;
    switch (noise->kind) {
    case BINNET_NOISE_LOGISTIC:
        return j == 0 ? 1 : 2 * factorial(2 * j) * alternating_sum(2 * j, 0);
    case BINNET_NOISE_UNIFORM:
        return 1.0 / (2 * j + 1);
    case BINNET_NOISE_LAPLACE:
        return factorial(2 * j);
    case BINNET_NOISE_STUDENT_T:
        for (int l = 1; l <= j; l++)
            m *= (2 * l - 1) * (noise->dof / (noise->dof - 2 * l));
        return m;
    default:
        for (int l = 1; l <= j; l++)
            m *= 2 * l - 1;
        return m;
    }
}

/* --- integrals of tails --- */

/* k r^(k-1) (upper(c + r) + [both] lower(c - r)), r = exp(y), times r. */
typedef struct tail {
    const binnet_noise *noise;
    double c;
    int k, both, bad;
} tail;

static double noise_tail(tail *t, double r)
{
    double F = 0, G = 0, H, unused;
    bni_noise_tails(t->noise, t->c + r, &unused, &G);
    if (t->both)
        bni_noise_tails(t->noise, t->c - r, &F, &unused);
    H = F + G;
    if (!(H >= 0 && H <= 2)) {
        t->bad = 1;
        return 0;
    }
    return H;
}

static double tail_integrand(void *arg, double y)
{
    tail *t = arg;
    double H = noise_tail(t, exp(y));
    return H > 0 ? t->k * exp(t->k * y) * H : 0;
}

/* By panels of one width, from y on; 0 when the integrand does not fall off. Panels follow until what is left, if it falls off as
 * it last did, is less than rounding. */
static int sum_panels(double *value, double *lost, tail *t, double from, double middle, double width)
{
    double sum = 0, last = 0, error;
    *lost = 0;
    for (double y = from;; y += width) {
        if (!(t->k * (y + width) < 690) || y > 690 || t->bad)
            return 0;
        double part = bni_integrate(tail_integrand, t, y, y + width, 1e-14, 1e-16 * sum, &error), ratio = part / last;
        sum += part;
        *lost += error;
        if (y > middle + 1 && (!(part > 0) || (ratio < 1 - 1e-6 && part * ratio / (1 - ratio) < 1e-17 * sum)))
            break;
        last = part;
    }
    *value = sum;
    return 1;
}

/* Integral over r of k r^(k-1) H(r), 0 where it does not settle: two rules may agree by accident where a caller's law has
 * kinks, so that the whole is done again on other panels until it stays what it was. exp(-45) of it is left out below. */
static int integrate_tail(double *value, tail *t)
{
    static const double width[5] = {0.53, 0.311, 0.171, 0.0571, 0.0173};
    double at_0 = noise_tail(t, 0), R = 1, lost, before = NAN;
    *value = 0;
    if (!(at_0 > 0) || t->bad)
        return !t->bad;
    while (R > 0x1p-900 && noise_tail(t, R) < 0.5 * at_0)
        R /= 2;
    while (R < 0x1p900 && noise_tail(t, R) >= 0.5 * at_0)
        R *= 2;
    double middle = log(R), changed = HUGE_VAL;
    for (int k = 0; k < 5; k++) {
        if (!sum_panels(value, &lost, t, middle - 1 - 45.0 / t->k - 0.1 * k, middle, width[k]))
            return 0;
        changed = fabs(*value - before) + lost;
        if (changed <= 1e-12 * *value)
            return !t->bad;
        before = *value;
    }
    return !t->bad && changed <= 1e-10 * *value;
}

static int32_t unsettled(binnet_ctx *ctx, const tail *t)
{
    if (t->bad)
        return bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
    return bni_fail(ctx, BINNET_E_NOCONV, "the integral of the noise's absolute moment of order %d does not settle",
                    t->k);
}

int32_t bni_noise_mean(binnet_ctx *ctx, double *mean, const binnet_noise *noise)
{
    *mean = 0;
    if (noise->kind == BINNET_NOISE_STUDENT_T && !(noise->dof > 1)) {
        *mean = NAN;
        return BINNET_E_UNDEFINED;
    }
    if (noise->kind != BINNET_NOISE_CUSTOM)
        return BINNET_OK;
    /* about the median c, which may be far from 0: E B = c + integral of 1 - F(c + r) less that of F(c - r) */
    double F, G, lo = -1, hi = 1, part[2];
    for (int k = 0; k < 1000; k++, lo *= 2) {
        bni_noise_tails(noise, lo, &F, &G);
        if (F <= 0.5)
            break;
    }
    for (int k = 0; k < 1000; k++, hi *= 2) {
        bni_noise_tails(noise, hi, &F, &G);
        if (F >= 0.5)
            break;
    }
    for (int k = 0; k < 60; k++) {
        double middle = lo + (hi - lo) / 2;
        bni_noise_tails(noise, middle, &F, &G);
        if (F < 0.5)
            lo = middle;
        else
            hi = middle;
    }
    for (int both = 0; both < 2; both++) { /* the lower one as the difference: both at once less the upper */
        tail t = {.noise = noise, .c = hi, .k = 1, .both = both};
        if (!integrate_tail(&part[both], &t))
            return unsettled(ctx, &t);
    }
    *mean = hi + (2 * part[0] - part[1]);
    return BINNET_OK;
}

/* T_k(z), z >= 0 */
static int32_t upper_moment(binnet_ctx *ctx, double *value, const binnet_noise *noise, int k, double z)
{
    switch (noise->kind) {
    case BINNET_NOISE_LOGISTIC:
        *value = factorial(k) * alternating_sum(k, z);
        return BINNET_OK;
    case BINNET_NOISE_UNIFORM:
        *value = z < 1 ? pow(1 - z, k + 1) / (2.0 * (k + 1)) : 0;
        return BINNET_OK;
    case BINNET_NOISE_LAPLACE:
        *value = 0.5 * factorial(k) * exp(-z);
        return BINNET_OK;
    case BINNET_NOISE_STUDENT_T: {
        tail t = {.noise = noise, .c = z, .k = k};
        return integrate_tail(value, &t) ? BINNET_OK : unsettled(ctx, &t);
    }
    default: {
        double before, now, F, G;
        bni_noise_tails(noise, z, &F, &G);
        before = G;
        now = bni_noise_density(noise, z) - z * G; /* its rounding, times z^(k-1), is nothing beside m^k */
        for (int j = 2; j <= k; j++) {
            double next = (j - 1) * before - z * now;
            before = now;
            now = next;
        }
        *value = z > 30 ? 0 : now;
        return BINNET_OK;
    }
    }
}

int32_t bni_noise_absolute(binnet_ctx *ctx, double *value, const binnet_noise *noise, double scale, double m,
                           double centre, int k)
{
    m = fabs(m) > 0 || noise->kind == BINNET_NOISE_CUSTOM ? m : 0;
    if (!(scale > 0)) {
        *value = pow(fabs(m), k);
        return BINNET_OK;
    }
    if (noise->kind == BINNET_NOISE_CUSTOM) {
        tail t = {.noise = noise, .c = centre - m / scale, .k = k, .both = 1};
        if (!integrate_tail(value, &t))
            return unsettled(ctx, &t);
        *value *= pow(scale, k);
        return BINNET_OK;
    }
    if (noise->kind == BINNET_NOISE_STUDENT_T && !(noise->dof > k)) {
        *value = NAN;
        return BINNET_E_UNDEFINED;
    }
    m = fabs(m);
    double sum = 0, choose = 1; /* C(k, 2j) */
    for (int j = 0; 2 * j <= k; j++) {
        sum += choose * pow(m, k - 2 * j) * pow(scale, 2 * j) * even_moment(noise, j);
        choose *= (double)(k - 2 * j) * (k - 2 * j - 1) / ((2 * j + 1.0) * (2 * j + 2));
    }
    if (k % 2 == 1) {
        double part;
        BNI_TRY(upper_moment(ctx, &part, noise, k, m / scale));
        sum += 2 * pow(scale, k) * part;
    }
    *value = sum;
    return BINNET_OK;
}

int32_t bni_noise_upper_part(binnet_ctx *ctx, double *value, const binnet_noise *noise, double x, double centre)
{
    double F, G, z = fabs(x); /* of a symmetric law: the same at x and -x */
    switch (noise->kind) {
    case BINNET_NOISE_LOGISTIC:
        bni_noise_tails(noise, z, &F, &G);
        *value = z * G + log1p(exp(-z));
        return BINNET_OK;
    case BINNET_NOISE_UNIFORM:
        *value = z < 1 ? (1 - z) * (1 + z) / 4 : 0;
        return BINNET_OK;
    case BINNET_NOISE_LAPLACE:
        *value = 0.5 * (1 + z) * exp(-z);
        return BINNET_OK;
    case BINNET_NOISE_STUDENT_T:
        *value = (noise->dof + x * x) / (noise->dof - 1) * bni_noise_density(noise, x);
        return BINNET_OK;
    case BINNET_NOISE_CUSTOM: {
        tail t = {.noise = noise, .c = x, .k = 1};
        bni_noise_tails(noise, x, &F, &G);
        if (!integrate_tail(value, &t))
            return unsettled(ctx, &t);
        *value += (x - centre) * G;
        return BINNET_OK;
    }
    default:
        *value = bni_noise_density(noise, x);
        return BINNET_OK;
    }
}

double bni_noise_log_density(const binnet_noise *noise, double x)
{
    double z = fabs(x);
    switch (noise->kind) {
    case BINNET_NOISE_GAUSSIAN:
        return -0.5 * z * z - 0.91893853320467274178;
    case BINNET_NOISE_LOGISTIC:
        return -z - 2 * log1p(exp(-z));
    case BINNET_NOISE_UNIFORM:
        return z < 1 ? -0.69314718055994530942 : -HUGE_VAL;
    case BINNET_NOISE_LAPLACE:
        return -z - 0.69314718055994530942;
    case BINNET_NOISE_STUDENT_T: {
        double w = z / sqrt(noise->dof), square = w < 1e150 ? log1p(w * w) : 2 * log(w);
        return log(bni_noise_density(noise, 0)) - 0.5 * (noise->dof + 1) * square;
    }
    default: {
        double f = bni_noise_density(noise, x);
        return f >= 0 && f <= DBL_MAX ? log(f) : NAN;
    }
    }
}

int32_t bni_need_density(binnet_ctx *ctx, const binnet_noise *noise, size_t i, int32_t neuron)
{
    if (!(noise->scale[i] > 0))
        return bni_fail(ctx, BINNET_E_UNDEFINED, "neuron %d has no noise, its potential no density", (int)neuron);
    if (noise->kind == BINNET_NOISE_CUSTOM && noise->density == NULL)
        return bni_fail(ctx, BINNET_E_UNDEFINED, "the noise was made without a density");
    return BINNET_OK;
}

double bni_first_reached(int (*reached)(void *arg, double x), void *arg, double centre, double width)
{
    double upper = width, lower = width;
    while (!reached(arg, centre + upper)) {
        lower = -upper; /* no further down than that */
        if (!(centre + 2 * upper <= DBL_MAX))
            return NAN;
        upper *= 2;
    }
    while (lower > 0 && reached(arg, centre - lower)) {
        upper = -lower;
        if (!(centre - 2 * lower >= -DBL_MAX))
            break;
        lower *= 2;
    }
    int64_t lo = bni_double_rank(centre - lower), hi = bni_double_rank(centre + upper);
    while (hi - 1 > lo) {
        int64_t middle = bni_rank_between(lo, hi);
        if (middle <= lo || middle >= hi)
            middle = lo + 1;
        if (reached(arg, bni_double_of_rank(middle)))
            hi = middle;
        else
            lo = middle;
    }
    return bni_double_of_rank(hi);
}
