/*
 * Firing probabilities p_i(A) = 1 - F(-h_i(A)/scale_i) of many states at once, and 1 - p_i beside them.
 * Logistic noise: exp(-h) is a product of table entries, so no exp is called in the loop.   Source: THEORY 3, [FP19] sec. 2.
 */
#include "chain/chain.h"

#include <math.h>

/* From u = base[k] + shift; exp_base NULL or the exponentials that go with base, exp_shift with shift. */
static int fill(const binnet_chain *c, const bni_kernels *kern, double *p, double *q, size_t i, int own,
                const double *base, double shift, size_t n, double s)
{
    const binnet_noise *noise = c->noise;
    double scale = noise->scale[i];
    if (scale == 0) {
        double at_tie = c->tie == BINNET_TIE_ACTIVE ? 1 : c->tie == BINNET_TIE_SILENT ? 0 : own;
        for (size_t k = 0; k < n; k++) {
            double u = base[k] + shift;
            p[k] = s * (u > 0 ? 1 : u < 0 ? 0 : at_tie);
            q[k] = s - p[k];
        }
        return 1;
    }
    double z[BNI_ROW], unit = c->M[i] * scale;
    if (noise->kind == BINNET_NOISE_GAUSSIAN || noise->kind == BINNET_NOISE_LOGISTIC) {
        double factor = 1 / unit;
        if (isfinite(factor) && isnormal(factor))
            kern->shift_scale(z, base, shift, factor, n);
        else
            for (size_t k = 0; k < n; k++)
                z[k] = (base[k] + shift) / unit;
        (noise->kind == BINNET_NOISE_GAUSSIAN ? kern->cdf_gaussian : kern->cdf_logistic)(p, q, z, n, s);
        return 1;
    }
    int good = 1;
    for (size_t k = 0; k < n; k++) {
        double F, G;
        bni_noise_tails(noise, -((base[k] + shift) / unit), &F, &G);
        good &= F >= 0 && F <= 1 && G >= 0 && G <= 1;
        p[k] = s * G;
        q[k] = s * F;
    }
    return good;
}

/* Where the upper parts of a row's states are in the tables. */
static void upper_parts(const binnet_chain *c, size_t *mid, size_t *top, size_t i, uint64_t row)
{
    *mid = (i << c->middle) + (row & (((size_t)1 << c->middle) - 1));
    *top = (i << c->upper) + (row >> c->middle);
}

double bni_odds_row(const binnet_chain *c, const double **e, size_t i, int own, uint64_t row, size_t from)
{
    size_t nl = (size_t)1 << c->low, mid, top;
    upper_parts(c, &mid, &top, i, row);
    *e = (i < (size_t)c->low ? c->exp_pair[own] + i * (nl / 2) : c->exp_lo + i * nl) + from;
    return c->exp_mid[mid] * c->exp_top[top];
}

int bni_probability_row(const binnet_chain *c, const bni_kernels *kern, double *p, double *q, size_t i, int own,
                        uint64_t row, size_t from, size_t n, double s)
{
    const double *e;
    if (c->fast[i]) {
        double f = bni_odds_row(c, &e, i, own, row, from);
        kern->odds(p, q, e, f, n, s);
        return 1;
    }
    size_t nl = (size_t)1 << c->low, mid, top;
    upper_parts(c, &mid, &top, i, row);
    const double *base = (i < (size_t)c->low ? c->pair[own] + i * (nl / 2) : c->lo + i * nl) + from;
    return fill(c, kern, p, q, i, own, base, c->mid[mid] + c->top[top], n, s);
}

int bni_probability_states(const binnet_chain *c, const bni_kernels *kern, double *p, double *q, size_t i,
                           const uint64_t *state, size_t count)
{
    size_t lmask = ((size_t)1 << c->low) - 1, mmask = ((size_t)1 << c->middle) - 1;
    int fast = c->fast[i];
    const double *lo = (fast ? c->exp_lo : c->lo) + (i << c->low);
    const double *mid = (fast ? c->exp_mid : c->mid) + (i << c->middle);
    const double *top = (fast ? c->exp_top : c->top) + (i << c->upper);
    double u[BNI_ROW];
    for (size_t k = 0; k < count; k++) {
        uint64_t A = state[k];
        double a = lo[A & lmask], b = mid[A >> c->low & mmask], d = top[A >> (c->low + c->middle)];
        u[k] = fast ? a * (b * d) : a + (b + d);
    }
    if (fast) {
        kern->odds(p, q, u, 1, count, 1);
        return 1;
    }
    if (c->tie != BINNET_TIE_KEEP || c->noise->scale[i] > 0)
        return fill(c, kern, p, q, i, 0, u, 0, count, 1);
    for (size_t k = 0; k < count; k++)
        fill(c, kern, p + k, q + k, i, (int)(state[k] >> i & 1), u + k, 0, 1, 1);
    return 1;
}
