/*
 * Plefka[t-1]: the inputs x are jointly normal. With f_i(z) = g(E x_i + s_i z) = sum_m f_im h_m(z) in normalised Hermite
 * polynomials, E f_i = f_i0 and Cov(f_i, f_j) = sum_{m >= 1} r^m f_im f_jm, r the correlation of x_i and x_j (Mehler): nothing
 * cancels where it is small. What is left out of the sum is at most |r|^m sqrt(R_i R_j), R_i = Var f_i - sum f_im^2 what is left
 * of the variance.
 * The f_im are sums over equidistant nodes, whose error falls exponentially with the distance of the poles of g, pi / s_i.
 */
#include "approx/plefka.h"
#include "num/constants.h"
#include "num/special.h"

#include <math.h>

/* Beyond, the normal density is below rounding. */
static const double range = 13;

typedef struct node_list {
    size_t count;
    double root[BNI_HERMITE + 1];                    /* square roots of 0, 1, 2, ... */
    double *z, *weight, *value, *other, *h, *before; /* all but the first two: scratch */
} node_list;

static int32_t place_input_nodes(binnet_ctx *ctx, node_list *nodes, double *memory, double widest)
{
    /* exp(-2 pi^2 / (h s)) = 1e-16, and fine enough for h_m, m < BNI_HERMITE. */
    double h = fmin(0.08, 0.53 / fmax(widest, 1e-6));
    size_t half = (size_t)ceil(range / h);
    if (!(widest < 200) || 2 * half + 1 > BNI_HERMITE_NODES)
        return bni_fail(ctx, BINNET_E_NOCONV, "an input's standard deviation is %g of the noise, 200 is the most",
                        widest);
    nodes->count = 2 * half + 1;
    double **part[6] = {&nodes->z, &nodes->weight, &nodes->value, &nodes->other, &nodes->h, &nodes->before};
    for (size_t k = 0; k < 6; k++)
        *part[k] = memory + k * BNI_HERMITE_NODES;
    for (int m = 0; m <= BNI_HERMITE; m++)
        nodes->root[m] = sqrt((double)m);
    for (size_t k = 0; k < nodes->count; k++) {
        double z = ((double)k - (double)half) * h;
        nodes->z[k] = z;
        nodes->weight[k] = h * exp(-0.5 * z * z) * BNI_INV_SQRT_2PI;
    }
    return BINNET_OK;
}

static void noise_law(const bni_plefka *p, double x, double *cdf, double *sf, double *pdf)
{
    if (p->gaussian)
        bni_gaussian(x, cdf, sf, pdf);
    else
        bni_logistic(x, cdf, sf, pdf);
}

/* Coefficients of neuron i, its means, E g' and Var g. */
static void expand_neuron(bni_plefka *p, const node_list *nodes, size_t i, double *slope, double *variance)
{
    double s = sqrt(p->q[i * p->n + i]), active = 0, silent = 0, sum = 0, *f = p->hermite + i * BNI_HERMITE;
    for (size_t k = 0; k < nodes->count; k++) {
        double cdf, sf, pdf;
        noise_law(p, p->x[i] + s * nodes->z[k], &cdf, &sf, &pdf);
        active += nodes->weight[k] * cdf;
        silent += nodes->weight[k] * sf;
        sum += nodes->weight[k] * pdf;
        nodes->value[k] = cdf;
        nodes->other[k] = sf;
    }
    p->next.active[i] = active;
    p->next.silent[i] = silent;
    *slope = sum;
    /* The rarer side, about its mean. */
    int rare = active <= silent;
    *variance = 0;
    for (size_t k = 0; k < nodes->count; k++) {
        double v = rare ? nodes->value[k] - active : silent - nodes->other[k];
        nodes->value[k] = nodes->weight[k] * v;
        *variance += nodes->weight[k] * v * v;
    }
    for (int m = 0; m < BNI_HERMITE; m++)
        f[m] = 0;
    if (s == 0) {
        *variance = 0;
        return;
    }
    for (size_t k = 0; k < nodes->count; k++) {
        nodes->before[k] = 0;
        nodes->h[k] = 1;
    }
    double left = *variance;
    for (int m = 1; m < BNI_HERMITE && left > 1e-15 * *variance; m++) {
        double sum_m = 0, a = 1 / nodes->root[m], b = nodes->root[m - 1] * a;
        for (size_t k = 0; k < nodes->count; k++) {
            double after = a * nodes->z[k] * nodes->h[k] - b * nodes->before[k];
            nodes->before[k] = nodes->h[k];
            nodes->h[k] = after;
            sum_m += nodes->value[k] * after;
        }
        f[m] = sum_m;
        left -= sum_m * sum_m;
    }
}

/* Cov(f_i, f_j); NaN when the sum did not get there. */
static double mehler_sum(const double *f, const double *g, double r, double vf, double vg)
{
    double sum = 0, power = 1, left_f = vf, left_g = vg, scale = sqrt(vf * vg);
    for (int m = 1; m < BNI_HERMITE; m++) {
        power *= r;
        sum += power * f[m] * g[m];
        left_f -= f[m] * f[m];
        left_g -= g[m] * g[m];
        /* rounding of the subtraction: 1e-15 of the variance */
        double left = sqrt(fmax(left_f, 0) + 1e-15 * vf) * sqrt(fmax(left_g, 0) + 1e-15 * vg);
        if (fabs(power * r) * left <= 1e-14 * scale || (fabs(power * r) * left <= 1e-9 * scale && m == BNI_HERMITE - 1))
            return sum;
    }
    return NAN;
}

int32_t bni_plefka_input(binnet_ctx *ctx, bni_plefka *p)
{
    size_t n = p->n;
    double widest = 0, *slope = p->work, *variance = p->third;
    node_list nodes = {0};
    for (size_t i = 0; i < n; i++)
        widest = fmax(widest, sqrt(p->q[i * n + i]));
    BNI_TRY(place_input_nodes(ctx, &nodes, p->nodes, widest));
    for (size_t i = 0; i < n; i++) {
        expand_neuron(p, &nodes, i, &slope[i], &variance[i]);
        for (size_t l = 0; l < n; l++)
            p->now.lag[l * n + i] = slope[i] * p->kc[i * n + l];
        BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t i = 0; i < n; i++) {
        p->next.cov[i * n + i] = p->next.active[i] * p->next.silent[i];
        for (size_t j = 0; j < i; j++) {
            double both = sqrt(p->q[i * n + i]) * sqrt(p->q[j * n + j]), c = 0;
            if (both > 0) {
                double r = fmax(-1, fmin(1, p->q[i * n + j] / both));
                c = mehler_sum(p->hermite + i * BNI_HERMITE, p->hermite + j * BNI_HERMITE, r, variance[i], variance[j]);
            }
            if (isnan(c))
                return bni_fail(ctx, BINNET_E_NOCONV,
                                "the inputs of neurons %zu and %zu are too wide (%g and %g of the noise) and too alike",
                                j, i, sqrt(p->q[j * n + j]), sqrt(p->q[i * n + i]));
            p->next.cov[i * n + j] = p->next.cov[j * n + i] = c;
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}
