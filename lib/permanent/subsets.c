/*
 * The permanent by a recursion over subsets; nothing is subtracted where entries are >= 0.
 * Square: f(S) = sum over j in S of a(|S| - 1, j) f(S - j) over sets of columns. Rows m < columns n: over sets of rows,
 * column by column, f(S) += sum over i in S of a(i, j) f(S - i). Where signs are mixed the same with |a| gives the bound.
 * Source: the inclusion of one row at a time, e.g. Minc 1978, section 7.
 */
#include "permanent/permanent.h"

#include "kernels/kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 13 /* groups of eight subsets between polls */ };

static size_t members_of(size_t m)
{
    return m < 3 ? 3 : m;
}

/* coefficient[(h n + j) 8 + l] = a(h + |l| - 1, j) for n members, the first m of them real */
static void lay_out_subsets(double *coefficient, size_t m, size_t n, const double *a, int sizes)
{
    for (size_t h = 0; h + 3 <= n; h++)
        for (size_t j = 0; j < n; j++)
            for (size_t l = 0; l < 8; l++) {
                size_t row = h + (l & 1) + (l >> 1 & 1) + (l >> 2);
                double v = row >= 1 && row <= m && j < m ? a[(row - 1) * m + j] : 0;
                coefficient[(h * n + j) * 8 + l] = sizes ? fabs(v) : v;
            }
}

/* One pass of the recursion on f; part from..to of the whole call. */
static int32_t subset_pass(binnet_ctx *ctx, double *f, double *coefficient, size_t n, const double *a, int sizes,
                           double from, double to)
{
    const bni_permanent_kernels *kern = bni_kernels_get()->permanent;
    size_t members = members_of(n), groups = (size_t)1 << (members - 3);
    lay_out_subsets(coefficient, n, members, a, sizes);
    for (size_t q = 0; q < groups; q += CHUNK) {
        kern->subset_rows(f, members, coefficient, q, q + CHUNK < groups ? q + CHUNK : groups);
        BNI_TRY(bni_poll(ctx, from + (to - from) * (double)q / (double)groups));
    }
    return BINNET_OK;
}

static int32_t columns(binnet_ctx *ctx, double *f, double *column, size_t m, size_t n, const double *a, int sizes,
                       double from, double to)
{
    const bni_permanent_kernels *kern = bni_kernels_get()->permanent;
    size_t members = members_of(m), groups = (size_t)1 << (members - 3);
    for (size_t q = 0; q < groups; q += CHUNK) { /* the first touch of the memory takes its time */
        memset(f + 8 * q, 0, 8 * (groups - q < CHUNK ? groups - q : CHUNK) * sizeof *f);
        BNI_TRY(bni_poll(ctx, from));
    }
    f[0] = 1;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < members; i++)
            column[i] = i >= m ? 0 : sizes ? fabs(a[i * n + j]) : a[i * n + j];
        for (size_t q = groups; q > 0;) {
            size_t first = q > CHUNK ? q - CHUNK : 0;
            kern->subset_column(f, column, first, q);
            q = first;
            double done = ((double)j + 1 - (double)q / (double)groups) / (double)n;
            BNI_TRY(bni_poll(ctx, from + (to - from) * done));
        }
    }
    return BINNET_OK;
}

static size_t subset_doubles(size_t m, size_t n)
{
    size_t members = members_of(m);
    return ((size_t)1 << members) + 8 * members * members + m * n;
}

bni_cost bni_permanent_subsets_cost(size_t m, size_t n)
{
    double sets = ldexp(1, (int)members_of(m));
    return (bni_cost){8.0 * (double)subset_doubles(m, n), sets * (double)m * (m == n ? 1 : (double)n)};
}

int32_t bni_permanent_subsets(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a)
{
    size_t full = ((size_t)1 << m) - 1, members = members_of(m);
    int64_t exponent, small[BNI_SCALE_WORDS * BNI_MOST_SUBSETS];
    int lost, negative = 0;
    double *f = bni_new_raw(ctx, subset_doubles(m, n), sizeof *f);
    if (f == NULL)
        return BINNET_E_NOMEM;
    double *coefficient = f + ((size_t)1 << members), *w = coefficient + 8 * members * members;
    int32_t status = BINNET_OK;
    if (m == n)
        status = bni_permanent_scale(ctx, w, &exponent, &lost, n, a, small, 0);
    else
        status = bni_permanent_scale_rows(ctx, w, &exponent, &lost, m, n, a);
    if (status != BINNET_OK || lost == BNI_NO_TERM) {
        bni_delete(&ctx->mem, f);
        *out = bni_ball_of(0, 0, 0, 0);
        return status;
    }
    for (size_t k = 0; k < m * n; k++)
        negative |= w[k] < 0;
    double value = 0, size = 0;
    for (int sizes = 0; sizes <= negative && status == BINNET_OK; sizes++) {
        double from = sizes / (1.0 + negative), to = (sizes + 1) / (1.0 + negative);
        status = m == n ? subset_pass(ctx, f, coefficient, n, w, sizes, from, to)
                        : columns(ctx, f, coefficient, m, n, w, sizes, from, to);
        size = fabs(f[full]);
        value = sizes == 0 ? f[full] : value;
    }
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, f);
        return status;
    }
    /* each layer or column: one product and as many sums as there are members */
    double dm = (double)m, dn = (double)n, roundings = m == n ? dm * (dm + 3) / 2 : dn * (dm + 1);
    double tiny = ldexp(dm * dn, (int)m) * DBL_TRUE_MIN + (lost ? 0x1p-1000 : 0);
    *out = bni_ball_of(value, 0, roundings * 0x1p-53 * size * (1 + 1e-6) + tiny, 0);
    *used |= BINNET_PERMANENT_SUBSETS;
    if (!lost)
        status = bni_permanent_integral(ctx, used, out, m, n, w);
    bni_delete(&ctx->mem, f);
    if (out->hi != 0 || out->radius != 0)
        out->exponent += exponent;
    return status;
}
