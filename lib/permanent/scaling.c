/*
 * Rows and columns of a matrix scaled by powers of two, so that products of row sums stay in range and graded matrices
 * lose nothing; and the grid that a permanent lies on: with row i on multiples of 2^l_i it is a multiple of
 * 2^(sum l_i), so that a small enough error bound makes it exact.
 */
#include "permanent/permanent.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { SWEEPS = 6 };

/* w = a, and whether an exponent is beyond +-100; else powers of two can be multiplied without care. */
static int32_t copy_entries(binnet_ctx *ctx, int *wide, double *w, size_t n, const double *a)
{
    *wide = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i * n; k < i * n + n; k++) {
            double v = fabs(a[k]);
            *wide |= v != 0 && !(v > 0x1p-100 && v < 0x1p100);
            w[k] = a[k];
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Exponent to take out of a line with that sum, so that it is in 1/2..1; 0 also for sums in 1/4..2 when that will do. */
static int excess(double sum, size_t n, int loosely)
{
    if (sum == 0 || (loosely && sum >= 0.25 && sum < 2))
        return 0;
    return bni_exponent(sum * (1 + (double)n * DBL_EPSILON));
}

/* Rows, or columns; taken: int64_t[n], what was taken out of each; *changed: whether anything was. */
static int32_t scale_lines(binnet_ctx *ctx, int *changed, double *w, size_t n, int columns, int loosely, int64_t *taken)
{
    *changed = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, *line = columns ? w + i : w + i * n;
        size_t step = columns ? n : 1;
        for (size_t j = 0; j < n; j++)
            sum += fabs(line[j * step]);
        BNI_TRY(bni_poll(ctx, 0));
        int e = excess(sum, n, loosely);
        if (e == 0)
            continue;
        taken[i] += e;
        *changed = 1;
        for (size_t j = 0; j < n; j++)
            line[j * step] *= bni_power(-e);
    }
    return BINNET_OK;
}

/* w = 2^-e_i a_ij 2^-e_(n + j), rounded once; *lost: whether a nonzero entry left the range. */
static int32_t scale_entries(binnet_ctx *ctx, int *lost, double *w, size_t n, const double *a, const int64_t *e)
{
    *lost = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double v = a[i * n + j];
            int64_t k = -e[i] - e[n + j];
            w[i * n + j] = ldexp(v, k < -5000 ? -5000 : (int)k);
            *lost |= v != 0 && fabs(w[i * n + j]) < DBL_MIN;
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_permanent_scale(binnet_ctx *ctx, double *w, int64_t *exponent, int *lost, size_t n, const double *a,
                            int64_t *e, int columns)
{
    int wide, possible, changed;
    *exponent = 0;
    *lost = 0;
    memset(e, 0, 2 * n * sizeof *e);
    BNI_TRY(copy_entries(ctx, &wide, w, n, a));
    if (wide) {
        BNI_TRY(bni_permanent_assign(ctx, e, e + n, &possible, n, n, a, NULL, e + 2 * n));
        if (!possible) {
            *lost = BNI_NO_TERM;
            return BINNET_OK;
        }
        for (size_t i = 0; i < 2 * n; i++)
            e[i] = -e[i];
        BNI_TRY(scale_entries(ctx, lost, w, n, a, e));
    }
    for (int sweep = 0; sweep <= SWEEPS; sweep++) {
        BNI_TRY(scale_lines(ctx, &changed, w, n, columns, 0, columns ? e + n : e));
        if (sweep == SWEEPS)
            break;
        BNI_TRY(scale_lines(ctx, &changed, w, n, !columns, 1, columns ? e : e + n));
        if (!changed)
            break;
    }
    for (size_t i = 0; i < 2 * n; i++)
        *exponent += e[i];
    *lost = 0;
    return wide ? scale_entries(ctx, lost, w, n, a, e) : BINNET_OK;
}

int32_t bni_permanent_scale_rows(binnet_ctx *ctx, double *w, int64_t *exponent, int *lost, size_t m, size_t n,
                                 const double *a)
{
    *exponent = 0;
    *lost = 0;
    for (size_t i = 0; i < m; i++) {
        double most = 0, sum = 0;
        int e, more;
        for (size_t j = 0; j < n; j++)
            most = fmax(most, fabs(a[i * n + j]));
        frexp(most, &e);
        for (size_t j = 0; j < n; j++)
            sum += ldexp(fabs(a[i * n + j]), -e);
        frexp(sum * (1 + (double)n * DBL_EPSILON), &more);
        e += more;
        *exponent += e;
        for (size_t j = 0; j < n; j++) {
            double v = w[i * n + j] = ldexp(a[i * n + j], -e);
            *lost |= a[i * n + j] != 0 && fabs(v) < DBL_MIN;
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Exponent of the lowest bit of a number that is not 0. */
static int64_t entry_bit(double v)
{
    int e = bni_exponent(v);
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bits = bits & ((UINT64_C(1) << 52) - 1);
    if (fabs(v) >= DBL_MIN)
        bits |= UINT64_C(1) << 52;
    else
        e = DBL_MIN_EXP;
    return (int64_t)e - 53 + bni_exponent((double)(bits & (~bits + 1))) - 1;
}

/* Sum over rows (or columns) of their least lowest bits; stops below `least`. */
static int32_t find_grid(binnet_ctx *ctx, int64_t *out, size_t lines, size_t count, const double *w, size_t line_step,
                         size_t step, double least)
{
    int64_t sum = 0;
    for (size_t i = 0; i < lines && (double)sum >= least; i++) {
        int64_t low = INT64_MAX;
        for (size_t j = 0; j < count; j++) {
            double v = w[i * line_step + j * step];
            if (v != 0) {
                int64_t k = entry_bit(v);
                low = k < low ? k : low;
                if ((double)(sum + low) < least)
                    break;
            }
        }
        sum += low == INT64_MAX ? 0 : low;
        BNI_TRY(bni_poll(ctx, 1));
    }
    *out = sum;
    return BINNET_OK;
}

/* Whether one entry of each row, and of each column when m = n, tells that either grid's sum is below `least`: a quick look, as
 * it is for most matrices that are not of integers. */
static int grid_is_below(size_t m, size_t n, const double *w, double least)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m && (double)sum >= least; i++) {
        double v = w[i * n + i % n];
        if (v == 0)
            return 0;
        sum += entry_bit(v);
    }
    return (double)sum < least;
}

int32_t bni_permanent_integral(binnet_ctx *ctx, int32_t *used, bni_ball *b, size_t m, size_t n, const double *w)
{
    if (b->radius == 0)
        return BINNET_OK;
    double least = (double)b->exponent + bni_exponent(b->radius) - 1;
    if (grid_is_below(m, n, w, least))
        return BINNET_OK;
    int64_t unit, columns;
    BNI_TRY(find_grid(ctx, &unit, m, n, w, n, 1, least));
    columns = unit;
    if (m == n)
        BNI_TRY(find_grid(ctx, &columns, n, n, w, 1, n, least));
    unit = columns > unit ? columns : unit;
    if ((double)unit < least || unit - b->exponent > 2000 || unit - b->exponent < -900)
        return BINNET_OK;
    int shift = (int)(b->exponent - unit);
    double high = ldexp(b->hi, shift), low = ldexp(b->lo, shift), radius = ldexp(b->radius, shift);
    double whole = rint(high), rest = (high - whole) + low, part = rint(rest);
    if (!(fabs(rest - part) + radius < 0.999))
        return BINNET_OK;
    *b = bni_ball_of(whole, part, 0, unit);
    *used |= BINNET_PERMANENT_INTEGRAL;
    return BINNET_OK;
}
