/*
 * Firing probabilities p_i(A) = 1 - F(-h_i(A)/scale_i) of many states at once, and 1 - p_i beside them.
 * Logistic noise: exp(-h) is a product of table entries, so no exp is called in the loop.   Source: THEORY 3, [FP19] sec. 2.
 */
#include "chain/chain.h"
#include "num/exact.h"

#include <math.h>

int bni_fires_without_noise(const binnet_chain *c, size_t i, uint64_t state, double u)
{
    int sign = u > 0 ? 1 : u < 0 ? -1 : 0;
    if (!(fabs(u) > c->rounding[i])) /* the sums of tables are rounded: near a tie the exact sum decides */
        sign = bni_exact_drive_sign(c->J + i * c->n, c->n, state, c->M[i], c->I[i], c->theta[i]);
    return sign > 0 || (sign == 0 && (c->tie == BINNET_TIE_ACTIVE || (c->tie == BINNET_TIE_KEEP && (state >> i & 1))));
}

/* A neuron without noise, of state[k] with u = base[k] + shift. */
static void set_without_noise(const binnet_chain *c, double *p, double *q, size_t i, uint64_t state, double u, double s)
{
    int fires = bni_fires_without_noise(c, i, state, u);
    *p = fires ? s : 0;
    *q = fires ? 0 : s;
}

/* From u = base[k] + shift; exp_base NULL or the exponentials that go with base, exp_shift with shift. */
static int fill_noisy(const binnet_chain *c, const bni_chain_kernels *kern, double *p, double *q, size_t i,
                      const double *base, double shift, size_t n, double s)
{
    const binnet_noise *noise = c->noise;
    double scale = noise->scale[i];
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

int bni_probability_row(const binnet_chain *c, const bni_chain_kernels *kern, double *p, double *q, size_t i, int own,
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
    double shift = c->mid[mid] + c->top[top];
    if (c->noise->scale[i] > 0)
        return fill_noisy(c, kern, p, q, i, base, shift, n, s);
    uint64_t below = (UINT64_C(1) << i) - 1, bit = (uint64_t)own << i;
    for (size_t k = 0; k < n; k++) {
        uint64_t low = from + k;
        low = i < (size_t)c->low ? (low & below) | (low & ~below) << 1 | bit : low;
        set_without_noise(c, p + k, q + k, i, row << c->low | low, base[k] + shift, s);
    }
    return 1;
}

int bni_probability_states(const binnet_chain *c, const bni_chain_kernels *kern, double *p, double *q, size_t i,
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
    if (c->noise->scale[i] > 0)
        return fill_noisy(c, kern, p, q, i, u, 0, count, 1);
    for (size_t k = 0; k < count; k++)
        set_without_noise(c, p + k, q + k, i, state[k], u[k], 1);
    return 1;
}

double bni_drive(const binnet_chain *c, size_t i, uint64_t state)
{
    size_t low = state & (((size_t)1 << c->low) - 1), middle = state >> c->low & (((size_t)1 << c->middle) - 1);
    double u = c->lo[(i << c->low) + low] +
               (c->mid[(i << c->middle) + middle] + c->top[(i << c->upper) + (state >> (c->low + c->middle))]);
    return u / c->M[i];
}
