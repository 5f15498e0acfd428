/*
 * The recursions of the permanents: subsets and counts. Plain loops, compiled once for each instruction set; the file that
 * includes this defines BODY(name), FMA and LANES.
 */
#include "kernels/parts.h"

#include <stddef.h>
#include <string.h>

/* The registers of the instruction set; eight doubles are PARTS of them. */
typedef double lane __attribute__((vector_size(8 * LANES)));
enum { PARTS = 8 / LANES };

/* Not inlined: gcc forgets then that the arrays are apart, and the loop is no longer one of vectors. */
__attribute__((noinline)) int BODY(bni_glynn_split)(double *restrict b, double *restrict w, double *restrict sums,
                                                    size_t n, const double *restrict a, const double *restrict factor)
{
    double *restrict squares = sums, *restrict sizes = sums + n, *restrict rests = sums + 2 * n,
                     *restrict rest_squares = sums + 3 * n;
    double lowest[BNI_PERMANENT_ROWS];
    int negative = 0;
    for (size_t i = 0; i < n; i++)
        squares[i] = sizes[i] = rests[i] = rest_squares[i] = lowest[i] = 0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            double v = a[j * n + i] * factor[i], g = bni_on_grid(v, 0.5), r = v - g;
            w[j * n + i] = v;
            b[j * n + i] = g;
            squares[i] += g * g;
            sizes[i] += fabs(g);
            rests[i] += fabs(r);
            rest_squares[i] += r * r;
            lowest[i] = v < lowest[i] ? v : lowest[i];
        }
    for (size_t i = 0; i < n; i++)
        negative |= lowest[i] < 0;
    return negative;
}

int BODY(bni_glynn_prepare)(double *restrict b, double *restrict w, double *restrict sums, int64_t *exponent,
                            int *negative, size_t n, const double *restrict a)
{
    double sum[BNI_PERMANENT_ROWS], factor[BNI_PERMANENT_ROWS], least[BNI_PERMANENT_ROWS], most[BNI_PERMANENT_ROWS];
    int64_t taken = 0;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        least[i] = most[i] = fabs(a[i]);
        sum[i] = 0;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            double u = fabs(a[j * n + i]);
            sum[i] += u;
            least[i] = u < least[i] ? u : least[i];
            most[i] = u > most[i] ? u : most[i];
        }
    double low = least[0], high = most[0];
    for (size_t i = 1; i < n; i++) {
        low = least[i] < low ? least[i] : low;
        high = most[i] > high ? most[i] : high;
    }
    if (!(low > 0x1p-100 && high < 0x1p100 && high < 0x1p12 * low))
        return 0;
    for (size_t i = 0; i < n; i++) {
        double roomy = sum[i] * (1 + (double)n * 0x1p-52);
        uint64_t bits;
        memcpy(&bits, &roomy, sizeof bits);
        int64_t e = (int64_t)(bits >> 52) - 1022;
        bits = (uint64_t)(1023 - e) << 52;
        memcpy(&factor[i], &bits, sizeof bits);
        taken += e;
    }
    *exponent = taken;
    *negative = BODY(bni_glynn_split)(b, w, sums, n, a, factor);
    return 1;
}

void BODY(bni_subset_rows)(double *f, size_t n, const double *coefficient, size_t from, size_t to)
{
    for (size_t q = from; q < to; q++) {
        double v[8];
        lane sum[PARTS] = {{0}};
        const double *c = coefficient + (size_t)__builtin_popcountll(q) * n * 8;
        for (size_t rest = q; rest != 0; rest &= rest - 1) {
            const double *a = c + (size_t)__builtin_ctzll(rest) * 8 + 24, *g = f + (q ^ (rest & -rest)) * 8;
            for (size_t k = 0; k < PARTS; k++) {
                lane u, w;
                memcpy(&u, a + k * LANES, sizeof u);
                memcpy(&w, g + k * LANES, sizeof w);
                sum[k] += u * w;
            }
        }
        memcpy(v, sum, sizeof v);
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
        lane sum[PARTS];
        memcpy(sum, f + q * 8, sizeof sum);
        memcpy(u, sum, sizeof u);
        for (size_t rest = q; rest != 0; rest &= rest - 1) {
            const double w = column[__builtin_ctzll(rest) + 3], *g = f + (q ^ (rest & -rest)) * 8;
            for (size_t k = 0; k < PARTS; k++) {
                lane x;
                memcpy(&x, g + k * LANES, sizeof x);
                sum[k] += w * x;
            }
        }
        memcpy(v, sum, sizeof v);
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

/* c = from .. to of a row of the plane, in turn from the last. */
static void count_few(double *y, size_t from, size_t to, size_t k, const double *w, const size_t *back)
{
    for (size_t c = to + 1; c-- > from;) {
        double sum = w[0] * y[c];
        for (size_t q = 1; q < k; q++)
            sum += w[q] * (y + c)[-(ptrdiff_t)back[q]];
        y[c] = sum;
    }
}

static inline lane lanes_at(const double *x)
{
    lane v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* The same for whole groups of eight; the first three factors apart, as a store might be to the lists. */
static inline void count_groups(double *y, size_t from, size_t to, size_t k, const double *w, const size_t *back)
{
    const double w0 = w[0], w1 = w[1], w2 = k > 2 ? w[2] : 0;
    const size_t back2 = k > 2 ? back[2] : 0;
    double *z = y + (to - to % 8 + 8), *end = y + (from - from % 8);
    while (z > end)
        for (size_t part = 0; part < PARTS; part++) {
            z -= LANES;
            lane sum = w0 * lanes_at(z) + w1 * lanes_at(z - 1);
            if (k > 2)
                sum += w2 * lanes_at(z - back2);
            for (size_t q = 3; q < k; q++)
                sum += w[q] * lanes_at(z - back[q]);
            memcpy(z, &sum, sizeof sum);
        }
}

/* Rows of the plane with a count in range, from the last; in each the range. */
#define COUNT_ROWS                                                                                                     \
    for (int64_t o = (int64_t)rows - 1 < last ? (int64_t)rows - 1 : last, from, to;                                    \
         from = first - o < 0 ? 0 : first - o, to = last - o < (int64_t)inner ? last - o : (int64_t)inner,             \
                 o >= 0 && from <= (int64_t)inner;                                                                     \
         o--)

void BODY(bni_count_plane)(double *f, size_t ld, size_t rows, int64_t first, int64_t last, size_t inner, size_t k,
                           const double *w, const size_t *back)
{
    if (inner + 1 < 8 || k < 2)
        COUNT_ROWS
    count_few(f + (size_t)o * ld, (size_t)from, (size_t)to, k, w, back);
    else if (k == 3) COUNT_ROWS count_groups(f + (size_t)o * ld, (size_t)from, (size_t)to, 3, w, back);
    else COUNT_ROWS count_groups(f + (size_t)o * ld, (size_t)from, (size_t)to, k, w, back);
}

void BODY(bni_count_plane_pairs)(double *f, double *low, size_t ld, size_t rows, int64_t first, int64_t last,
                                 size_t inner, size_t k, const double *w, const size_t *back)
{
    COUNT_ROWS
    for (int64_t c = to; c >= from; c--) {
        double *y = f + (size_t)o * ld + (size_t)c, *z = low + (size_t)o * ld + (size_t)c, high = 0, rest = 0;
        for (size_t q = 0; q < k; q++) {
            double x = y[-(ptrdiff_t)back[q]], p = w[q] * x, e = FMA(w[q], x, -p), s = high + p, h = s - high;
            rest += ((high - (s - h)) + (p - h)) + (e + w[q] * z[-(ptrdiff_t)back[q]]);
            high = s;
        }
        double s = high + rest;
        *z = rest - (s - high);
        *y = s;
    }
}
