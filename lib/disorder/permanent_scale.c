/*
 * Rows and columns of a matrix scaled by powers of two, so that products of row sums stay in range and graded matrices
 * lose nothing; and the grid that a permanent lies on: with row i on multiples of 2^l_i it is a multiple of
 * 2^(sum l_i), so that a small enough error bound makes it exact.
 */
#include "disorder/permanent_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { SWEEPS = 6, MODERATE = 100 };

/* Exponents within +-MODERATE: powers of two can be multiplied without care. */
static int moderate(size_t n, const double *a)
{
    for (size_t k = 0; k < n * n; k++) {
        double v = fabs(a[k]);
        if (v != 0 && !(v > 0x1p-100 && v < 0x1p100))
            return 0;
    }
    return 1;
}

/* Exponent to take out of a line with that sum, so that it is in 1/2..1; 0 also for sums in 1/4..2 when that will do. */
static int excess(double sum, size_t n, int loosely)
{
    if (sum == 0 || (loosely && sum >= 0.25 && sum < 2))
        return 0;
    return bni_exponent(sum * (1 + (double)n * DBL_EPSILON));
}

/* Rows, or columns; taken: int64_t[n], what was taken out of each. Returns whether any was changed. */
static int scale_lines(double *w, size_t n, int columns, int loosely, int64_t *taken)
{
    int changed = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, *line = columns ? w + i : w + i * n;
        size_t step = columns ? n : 1;
        for (size_t j = 0; j < n; j++)
            sum += fabs(line[j * step]);
        int e = excess(sum, n, loosely);
        if (e == 0)
            continue;
        taken[i] += e;
        changed = 1;
        for (size_t j = 0; j < n; j++)
            line[j * step] *= bni_power(-e);
    }
    return changed;
}

/* w = 2^-e_i a_ij 2^-e_(n + j), rounded once; whether a nonzero entry left the range. */
static int scale_entries(double *w, size_t n, const double *a, const int64_t *e)
{
    int lost = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double v = a[i * n + j];
            int64_t k = -e[i] - e[n + j];
            w[i * n + j] = ldexp(v, k < -5000 ? -5000 : (int)k);
            lost |= v != 0 && fabs(w[i * n + j]) < DBL_MIN;
        }
    return lost;
}

int32_t bni_permanent_scale(binnet_ctx *ctx, double *w, int64_t *exponent, int *lost, size_t n, const double *a, int64_t *e,
                            int columns)
{
    int wide = !moderate(n, a), possible;
    *exponent = 0;
    *lost = 0;
    memset(e, 0, 2 * n * sizeof *e);
    if (wide) {
        BNI_TRY(bni_permanent_assign(ctx, e, e + n, &possible, n, n, a, NULL, e + 2 * n));
        if (!possible) {
            *lost = BNI_NO_TERM;
            return BINNET_OK;
        }
        for (size_t i = 0; i < 2 * n; i++)
            e[i] = -e[i];
        scale_entries(w, n, a, e);
    } else {
        memcpy(w, a, n * n * sizeof *w);
    }
    for (int sweep = 0; sweep <= SWEEPS; sweep++) {
        scale_lines(w, n, columns, 0, columns ? e + n : e);
        BNI_TRY(bni_poll(ctx, 0));
        if (sweep == SWEEPS || !scale_lines(w, n, !columns, 1, columns ? e : e + n))
            break;
    }
    for (size_t i = 0; i < 2 * n; i++)
        *exponent += e[i];
    if (wide)
        *lost = scale_entries(w, n, a, e);
    return BINNET_OK;
}

void bni_permanent_scale_rows(double *w, int64_t *exponent, int *lost, size_t m, size_t n, const double *a)
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
    }
}

/* Exponent of the lowest bit of a number that is not 0. */
static int64_t lowest_bit(double v)
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
static int64_t grid(size_t lines, size_t count, const double *w, size_t line_step, size_t step, double least)
{
    int64_t sum = 0;
    for (size_t i = 0; i < lines && (double)sum >= least; i++) {
        int64_t low = INT64_MAX;
        for (size_t j = 0; j < count; j++) {
            double v = w[i * line_step + j * step];
            if (v != 0) {
                int64_t k = lowest_bit(v);
                low = k < low ? k : low;
                if ((double)(sum + low) < least)
                    return sum + low;
            }
        }
        sum += low == INT64_MAX ? 0 : low;
    }
    return sum;
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
        sum += lowest_bit(v);
    }
    return (double)sum < least;
}

int bni_permanent_integral(bni_ball *b, size_t m, size_t n, const double *w)
{
    if (b->radius == 0)
        return 0;
    double least = (double)b->exponent + bni_exponent(b->radius) - 1;
    if (grid_is_below(m, n, w, least))
        return 0;
    int64_t unit = grid(m, n, w, n, 1, least), columns = m == n ? grid(n, n, w, 1, n, least) : unit;
    unit = columns > unit ? columns : unit;
    if ((double)unit < least || unit - b->exponent > 2000 || unit - b->exponent < -900)
        return 0;
    int shift = (int)(b->exponent - unit);
    double high = ldexp(b->hi, shift), low = ldexp(b->lo, shift), radius = ldexp(b->radius, shift);
    double whole = rint(high), rest = (high - whole) + low, part = rint(rest);
    if (!(fabs(rest - part) + radius < 0.999))
        return 0;
    *b = bni_ball_of(whole, part, 0, unit);
    return 1;
}
