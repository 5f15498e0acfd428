/*
 * The recursions of the permanents: subsets and counts. Plain loops, compiled once for each instruction set; the file that
 * includes this defines BODY(name).
 */
#include "kernels/parts.h"

void BODY(bni_subset_rows)(double *f, size_t n, const double *coefficient, size_t from, size_t to)
{
    for (size_t q = from; q < to; q++) {
        double v[8] = {0};
        const double *c = coefficient + (size_t)__builtin_popcountll(q) * n * 8;
        for (size_t rest = q; rest != 0; rest &= rest - 1) {
            const double *a = c + (size_t)__builtin_ctzll(rest) * 8 + 24, *g = f + (q ^ (rest & -rest)) * 8;
            for (size_t k = 0; k < 8; k++)
                v[k] += a[k] * g[k];
        }
        if (q == 0)
            v[0] = 1;
        v[1] += c[1] * v[0];
        v[2] += c[10] * v[0];
        v[4] += c[20] * v[0];
        v[3] = v[3] + c[3] * v[2] + c[11] * v[1];
        v[5] = v[5] + c[5] * v[4] + c[21] * v[1];
        v[6] = v[6] + c[14] * v[4] + c[22] * v[2];
        v[7] = v[7] + c[7] * v[6] + c[15] * v[5] + c[23] * v[3];
        for (size_t k = 0; k < 8; k++)
            f[q * 8 + k] = v[k];
    }
}

void BODY(bni_subset_column)(double *f, const double *column, size_t from, size_t to)
{
    const double a = column[0], b = column[1], c = column[2];
    for (size_t q = to; q-- > from;) {
        double v[8], u[8];
        for (size_t k = 0; k < 8; k++)
            v[k] = u[k] = f[q * 8 + k];
        for (size_t rest = q; rest != 0; rest &= rest - 1) {
            const double w = column[__builtin_ctzll(rest) + 3], *g = f + (q ^ (rest & -rest)) * 8;
            for (size_t k = 0; k < 8; k++)
                v[k] += w * g[k];
        }
        v[1] += a * u[0];
        v[2] += b * u[0];
        v[4] += c * u[0];
        v[3] = v[3] + a * u[2] + b * u[1];
        v[5] = v[5] + a * u[4] + c * u[1];
        v[6] = v[6] + b * u[4] + c * u[2];
        v[7] = v[7] + a * u[6] + b * u[5] + c * u[3];
        for (size_t k = 0; k < 8; k++)
            f[q * 8 + k] = v[k];
    }
}

void BODY(bni_mix)(double *restrict y, size_t n, size_t k, const double *w, const double *const *x)
{
    if (k == 3) {
        const double *restrict x0 = x[0], *restrict x1 = x[1], *restrict x2 = x[2];
        const double w0 = w[0], w1 = w[1], w2 = w[2];
        for (size_t t = 0; t < n; t++)
            y[t] = w0 * x0[t] + w1 * x1[t] + w2 * x2[t];
        return;
    }
    if (k == 2) {
        const double *restrict x0 = x[0], *restrict x1 = x[1];
        const double w0 = w[0], w1 = w[1];
        for (size_t t = 0; t < n; t++)
            y[t] = w0 * x0[t] + w1 * x1[t];
        return;
    }
    for (size_t t = 0; t < n; t++)
        y[t] = w[0] * x[0][t];
    for (size_t q = 1; q < k; q++) {
        const double *restrict xq = x[q];
        const double wq = w[q];
        for (size_t t = 0; t < n; t++)
            y[t] += wq * xq[t];
    }
}

void BODY(bni_mix_pairs)(double *restrict y, double *restrict z, size_t n, size_t k, const double *w,
                         const double *const *x, const double *const *u)
{
    for (size_t t = 0; t < n; t++) {
        double high = 0, low = 0;
        for (size_t q = 0; q < k; q++) {
            double p = w[q] * x[q][t], e = FMA(w[q], x[q][t], -p), s = high + p, h = s - high;
            low += ((high - (s - h)) + (p - h)) + (e + w[q] * u[q][t]);
            high = s;
        }
        double s = high + low;
        z[t] = low - (s - high);
        y[t] = s;
    }
}
