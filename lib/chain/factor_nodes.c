/*
 * Nodes of the trapezoidal rule over shared factors of Gaussian noise, with a relative error bound for every orthant.
 *
 * f(z) = phi(z) prod_i Phi(a_i + b_i.z) is entire, and |phi(x + iy)| = phi(x) exp(y^2/2), |Phi(u + iv)| <= exp(v^2/2) Phi(u), so
 * that its Fourier transform is at most exp(-w.K^-1.w/2) times its integral, K = 1 + sum b_i b_i^T; Poisson's sum over the nodes'
 * frequencies gives the bound. Outside of the radius R* + T, on every ray, f falls at least as exp(-t^2/2) from R* on, where
 * R* is beyond every maximum; and the integral is at least the maximum times (2 pi)^(r/2)/sqrt(det K), for -(log f)'' <= K.
 * Source: Trefethen & Weideman, SIAM Review 56 (2014) 385 (one dimension); derived in docs/noise.md.
 */
#include "chain/correlated.h"
#include "num/constants.h"
#include "num/dense.h"
#include "num/double_double.h"
#include "num/special.h"

#include <math.h>

enum { R_MOST = BINNET_MAX_FACTORS, CELLS = 32 };
/* exp(-42) = 6e-19 for each direction, and what is cut off. */
static const double decay = 42, cut = 1e-19;
/* More are not counted. */
static const double many = 1e12;

typedef struct lattice {
    size_t r;
    double turned[R_MOST][R_MOST]; /* rows: directions in which K is diagonal */
    double K[R_MOST], step[R_MOST];
    double mode, radius; /* R*, R* + T */
} lattice;

/* phi(x)/Phi(x) */
static double mills(double x)
{
    double F, f;
    if (x < -30)
        return -x + 1 / -x;
    bni_gaussian(x, &F, NULL, &f);
    return f / F;
}

/* (log f)' on a ray at distance t, at most: -t + sum over i of the greatest beta mills(-a + beta t), 0 <= beta <= |b_i|. */
static double ray_slope(const binnet_noise *noise, const double *most, double t)
{
    size_t r = noise->factors;
    double sum = -t;
    for (size_t i = 0; i < noise->n; i++) {
        double b = 0, best = 0, own = noise->own[i];
        for (size_t f = 0; f < r; f++)
            b = hypot(b, noise->loading[i * r + f] / (own > 0 ? own : 1));
        if (b <= 0 || own <= 0)
            continue;
        double a = most[i] / own;
        if (r == 1) {
            sum += b * mills(b * t - a);
            continue;
        }
        for (int k = 0; k < CELLS; k++)
            best = fmax(best, b * (k + 1) / CELLS * mills(b * k / CELLS * t - a));
        sum += best;
    }
    return sum;
}

/* What lies beyond R* + T, relative to the integral. */
static double beyond(const lattice *w, double T)
{
    double det = 1, ball = w->r == 1 ? 2 : w->r == 2 ? 2 * BNI_PI : 4 * BNI_PI;
    for (size_t j = 0; j < w->r; j++)
        det *= w->K[j];
    /* int_T (R* + t)^(r-1) exp(-t^2/2) dt <= (R* + T)^(r-1) exp(-T^2/2) / (T - (r-1)/(R* + T)) */
    double R = w->mode + T, slope = T - (double)(w->r - 1) / R;
    return sqrt(det) * ball / pow(2 * BNI_PI, 0.5 * (double)w->r) * pow(R, (double)(w->r - 1)) * exp(-0.5 * T * T) /
           slope;
}

static int32_t plan_lattice(binnet_ctx *ctx, lattice *w, const binnet_noise *noise, const double *most)
{
    double A[R_MOST * R_MOST] = {0};
    size_t r = w->r = noise->factors;
    for (size_t f = 0; f < r; f++)
        A[f * r + f] = 1;
    for (size_t i = 0; i < noise->n; i++)
        for (size_t f = 0; f < r && noise->own[i] > 0; f++)
            for (size_t g = 0; g < r; g++)
                A[f * r + g] += noise->loading[i * r + f] / noise->own[i] * (noise->loading[i * r + g] / noise->own[i]);
    for (size_t f = 0; f < r * r; f++)
        if (!(A[f] < 1e200)) { /* more nodes than there can be */
            w->radius = INFINITY;
            return BINNET_OK;
        }
    BNI_TRY(bni_eigen_symmetric(ctx, w->K, A, r, 1));
    for (size_t j = 0; j < r; j++) {
        w->K[j] = fmax(w->K[j], 1) * (1 + 1e-10);
        w->step[j] = BNI_PI * sqrt(2 / (w->K[j] * decay));
        for (size_t f = 0; f < r; f++)
            w->turned[j][f] = A[j * r + f];
    }
    double low = 0, high = 1, T = 4;
    while (ray_slope(noise, most, high) > 0 && high < 1e6)
        high *= 2;
    for (int k = 0; k < 60; k++) {
        double middle = 0.5 * (low + high);
        *(ray_slope(noise, most, middle) > 0 ? &low : &high) = middle;
    }
    w->mode = high;
    while (beyond(w, T) > cut)
        T += 0.125;
    double diagonal = 0;
    for (size_t j = 0; j < r; j++)
        diagonal = hypot(diagonal, w->step[j]);
    w->radius = high + T + diagonal;
    return BINNET_OK;
}

/* Neurons that share factors but have nothing of their own are not for nodes. */
static int suits_nodes(const binnet_noise *noise)
{
    for (size_t i = 0; i < noise->n; i++)
        for (size_t f = 0; f < noise->factors; f++)
            if (noise->loading[i * noise->factors + f] != 0 && !(noise->own[i] > 0))
                return 0;
    return 1;
}

/* Goes through the nodes; to: where they are kept, or NULL. Their number. */
static double go_through(const lattice *w, bni_factor_nodes *to, const binnet_noise *noise)
{
    size_t r = w->r, at = 0;
    long last[R_MOST] = {0, 0, 0};
    double box = 1;
    for (size_t j = 0; j < r; j++) {
        double side = floor(w->radius / w->step[j]);
        box *= 2 * side + 1;
        if (!(box < many))
            return INFINITY;
        last[j] = (long)side;
    }
    for (long k2 = -last[2]; k2 <= last[2]; k2++)
        for (long k1 = -last[1]; k1 <= last[1]; k1++) {
            double y1 = r > 1 ? (double)k1 * w->step[1] : 0, y2 = r > 2 ? (double)k2 * w->step[2] : 0,
                   left = w->radius * w->radius - y1 * y1 - y2 * y2;
            if (left < 0)
                continue;
            long most = (long)floor(sqrt(left) / w->step[0]);
            if (to == NULL) {
                at += 2 * (size_t)most + 1;
                continue;
            }
            for (long k0 = -most; k0 <= most; k0++, at++) {
                double y[R_MOST] = {(double)k0 * w->step[0], y1, y2}, square = 0;
                for (size_t j = 0; j < r; j++)
                    square += y[j] * y[j];
                to->weight[at] = exp(-0.5 * square);
                for (size_t i = 0; i < noise->n; i++) {
                    double u = 0;
                    for (size_t j = 0; j < r; j++)
                        for (size_t f = 0; f < r; f++)
                            u += noise->loading[i * r + f] * w->turned[j][f] * y[j];
                    to->shift[i * to->count + at] = noise->own[i] > 0 ? u / noise->own[i] : 0;
                }
            }
        }
    return (double)at;
}

int32_t bni_factor_nodes_count(binnet_ctx *ctx, double *count, const binnet_noise *noise, const double *most)
{
    lattice w;
    *count = INFINITY;
    if (!suits_nodes(noise))
        return BINNET_OK;
    BNI_TRY(plan_lattice(ctx, &w, noise, most));
    if (w.radius < 1e9)
        *count = go_through(&w, NULL, noise);
    return BINNET_OK;
}

int32_t bni_factor_nodes_make(binnet_ctx *ctx, bni_factor_nodes *nodes, const binnet_noise *noise, const double *most)
{
    lattice w;
    BNI_TRY(plan_lattice(ctx, &w, noise, most));
    nodes->count = (size_t)go_through(&w, NULL, noise);
    nodes->shift = bni_new_raw(ctx, nodes->count * noise->n, sizeof *nodes->shift);
    nodes->weight = bni_new_raw(ctx, nodes->count, sizeof *nodes->weight);
    if (nodes->shift == NULL || nodes->weight == NULL)
        return BINNET_E_NOMEM;
    go_through(&w, nodes, noise);
    bni_doubled sum = {0, 0}; /* there may be 1e5 weights */
    double theta = 1;
    for (size_t k = 0; k < nodes->count; k++)
        sum = bni_doubled_add(sum, (bni_doubled){nodes->weight[k], 0});
    for (size_t k = 0; k < nodes->count; k++)
        nodes->weight[k] /= sum.high; /* the sum times the steps is (2 pi)^(r/2), to the same bound */
    for (size_t j = 0; j < w.r; j++)
        theta *= 1 + 2 * exp(-decay) * (1 + 1e-6);
    nodes->relative = 2 * (theta - 1 + (double)w.r * 2 * exp(-decay) + cut);
    /* sums over the nodes go by BNI_ROW of them, and then over these */
    nodes->relative += ((double)BNI_ROW + (double)nodes->count / (double)BNI_ROW) * 0x1p-53;
    nodes->rounding = 0;
    nodes->absolute = nodes->relative + 6e-15 * (double)noise->n;
    for (size_t i = 0; i < noise->n; i++) {
        double b = 0;
        for (size_t f = 0; f < w.r; f++)
            b = hypot(b, noise->loading[i * w.r + f]);
        if (noise->own[i] > 0) {
            double z = (most[i] + b * (w.mode + 3)) / noise->own[i];
            nodes->rounding += z * z;
            nodes->absolute += 0x1p-49 * (most[i] + 4 * b) / noise->own[i]; /* of u, times 2 phi(u) */
        }
    }
    return BINNET_OK;
}

void bni_factor_nodes_free(const bni_allocator *mem, bni_factor_nodes *nodes)
{
    bni_delete(mem, nodes->shift);
    bni_delete(mem, nodes->weight);
    *nodes = (bni_factor_nodes){.count = 0};
}
