/* The permanents' kernels of every table against sums over the corners written out in long double.
 * Tolerances: those promised in kernels.h, of the size of the terms. */
#include "tables.h"

enum { ROWS = 9 };

/* On a grid of 2^-30, sums below 1 in size; rests on a grid of 2^-95 below 2^-53. */
static void fill_magnitudes(dice *d, double *v, size_t count, double size, double grid)
{
    for (size_t k = 0; k < count; k++)
        v[k] = roll(d) < 0.1 ? 0 : rint(roll_in(d, -size, size) / grid) * grid;
}

/* floor: NULL for the plain sizes; of pairs of rows, or of each row */
static void corners(long double *total, long double *size, size_t n, size_t f, const double *x, const double *c,
                    const double *y, const double *e, const double *floor, int paired)
{
    *total = *size = 0;
    for (size_t q = 0; q < (size_t)1 << f; q++) {
        long double t = 1, m = 1, g = 1;
        for (size_t i = 0; i < n; i++) {
            long double s = x[i] + (y != NULL ? (long double)y[i] : 0);
            for (size_t k = 0; k < f; k++)
                s += (q >> k & 1 ? -1 : 1) * (c[k * n + i] + (y != NULL ? (long double)e[k * n + i] : 0));
            t *= s;
            g = paired && i % 2 ? g * s : s;
            if (floor != NULL && (!paired || i % 2 || i + 1 == n))
                m *= fmaxl(fabsl(g), floor[paired ? i / 2 : i]);
        }
        for (size_t k = 0; k < f; k++)
            t *= q >> k & 1 ? -1 : 1;
        *total += t;
        *size += floor != NULL ? m : fabsl(t);
    }
}

START_TEST(cubes)
{
    dice d = dice_of(1);
    double x[ROWS], c[10 * ROWS], y[ROWS], e[10 * ROWS], floor[ROWS], total[2], size[2];
    double *memory = malloc((BNI_CUBE_SCRATCH(ROWS) + 8) * sizeof *memory);
    ck_assert(memory != NULL);
    double *scratch = memory + (-(uintptr_t)memory % 64) / sizeof *memory;
    for (size_t n = 1; n <= ROWS; n++)
        for (size_t f = 0; f <= 10; f++) {
            long double want, want_size;
            fill_magnitudes(&d, x, n, 0.09, 0x1p-30);
            fill_magnitudes(&d, c, f * n, 0.09, 0x1p-30);
            fill_magnitudes(&d, y, n, 0x1p-57, 0x1p-95);
            fill_magnitudes(&d, e, f * n, 0x1p-57, 0x1p-95);
            for (size_t g = 0; g < ROWS; g++)
                floor[g] = 0.01 * roll(&d);
            corners(&want, &want_size, n, f, x, c, NULL, NULL, NULL, 0);
            fast->permanent->glynn(total, size, n, f, x, c, scratch);
            ck_assert(fabsl(total[0] + (long double)total[1] - want) <=
                      (double)(n + BNI_CUBE_ROUNDINGS) * 0x1p-53L * want_size);
            ck_assert(size[0] >= (1 - 1e-9L) * want_size && size[0] <= (2 + 1e-9L) * want_size);
            fast->permanent->glynn_floor(total, size, n, f, x, c, floor, scratch);
            ck_assert(fabsl(total[0] + (long double)total[1] - want) <=
                      (double)(n + BNI_CUBE_ROUNDINGS) * 0x1p-53L * want_size);
            corners(&want, &want_size, n, f, x, c, NULL, NULL, floor, 1);
            ck_assert(fabsl(size[0] - want_size) <= 1e-9L * want_size);
            /* long double is the limit here: 2^-64 for each of n + f + 2 operations */
            corners(&want, &want_size, n, f, x, c, y, e, NULL, 0);
            fast->permanent->glynn_pairs(total, size, n, f, x, c, y, e, floor, scratch);
            ck_assert_msg(fabsl(total[0] + (long double)total[1] - want) <=
                              (double)(n * (f + 2) + 1024) * 0x1p-63L * want_size,
                          "pairs, n = %zu, f = %zu: %Lg of %Lg", n, f, total[0] + (long double)total[1] - want,
                          want_size);
            corners(&want, &want_size, n, f, x, c, NULL, NULL, NULL, 0);
            ck_assert(fabsl(size[0] - want_size) <= 1e-9L * want_size);
            corners(&want, &want_size, n, f, x, c, NULL, NULL, floor, 0);
            ck_assert(size[1] >= (1 - 1e-9L) * want_size);
        }
    free(memory);
}
END_TEST

/* Sums in 1/2..1, parts that add up, on the grid; and matrices it is not for. */
START_TEST(splits)
{
    dice d = dice_of(4);
    enum { MOST = 20 };
    double a[MOST * MOST], w[MOST * MOST], b[MOST * MOST], same[MOST * MOST], scaled[MOST * MOST], sums[4 * MOST],
        ones[MOST];
    for (size_t i = 0; i < MOST; i++)
        ones[i] = 1;
    for (int turn = 0; turn < 400; turn++) {
        size_t n = 1 + roll_to(&d, MOST);
        int64_t exponent, taken = 0;
        int negative = turn % 2;
        for (size_t k = 0; k < n * n; k++)
            a[k] = roll_in(&d, 0.1, 3) * ldexp(1, (int)(turn % 50)) * (negative && k % 3 == 0 ? -1 : 1);
        int any = -1;
        ck_assert_int_eq(fast->permanent->glynn_prepare(b, w, sums, &exponent, &any, n, a), 1);
        ck_assert_int_eq(any, negative);
        ck_assert_int_eq(fast->permanent->glynn_split(same, scaled, sums, n, w, ones), negative);
        ck_assert(memcmp(same, b, n * n * sizeof *b) == 0 && memcmp(scaled, w, n * n * sizeof *w) == 0);
        for (size_t i = 0; i < n; i++) {
            double factor = w[i] / a[i], sum = 0, want[4] = {0};
            int e;
            ck_assert(frexp(factor, &e) == 0.5);
            taken -= e - 1;
            for (size_t j = 0; j < n; j++) {
                double v = w[j * n + i], g = b[j * n + i], r = v - g;
                ck_assert(v == a[j * n + i] * factor && ldexp(g, 53) == rint(ldexp(g, 53)) && fabs(r) <= 0x1p-54);
                sum += fabs(v);
                want[0] += g * g;
                want[1] += fabs(g);
                want[2] += fabs(r);
                want[3] += r * r;
            }
            ck_assert(sum > 0.49 && sum <= 1);
            for (size_t q = 0; q < 4; q++)
                ck_assert(fabs(sums[q * n + i] - want[q]) <= 1e-14 * want[q]);
        }
        ck_assert_int_eq(exponent, taken);
        size_t k = roll_to(&d, n * n);
        const double other[] = {0, a[k] * 1e5, a[k] / 1e5, INFINITY};
        for (size_t q = 0; q < 4 && n > 1; q++) {
            a[k] = other[q];
            ck_assert_int_eq(fast->permanent->glynn_prepare(b, w, sums, &exponent, &any, n, a), 0);
        }
    }
}
END_TEST

/* Both recursions over subsets, of matrices whose permanents are sums over permutations. */
static double brute(size_t m, size_t n, const double *a, size_t row, unsigned used)
{
    double sum = 0;
    if (row == m)
        return 1;
    for (size_t j = 0; j < n; j++)
        if (!(used >> j & 1))
            sum += a[row * n + j] * brute(m, n, a, row + 1, used | 1u << j);
    return sum;
}

START_TEST(recursions)
{
    dice d = dice_of(2);
    enum { MOST = 7 };
    double a[MOST * MOST], coefficient[8 * MOST * MOST], f[1 << MOST], g[1 << MOST], column[MOST];
    for (size_t n = 3; n <= MOST; n++) {
        for (size_t k = 0; k < n * n; k++)
            a[k] = roll(&d);
        for (size_t h = 0; h + 3 <= n; h++)
            for (size_t j = 0; j < n; j++)
                for (size_t l = 0; l < 8; l++) {
                    size_t row = h + (l & 1) + (l >> 1 & 1) + (l >> 2);
                    coefficient[(h * n + j) * 8 + l] = row > 0 && row <= n ? a[(row - 1) * n + j] : 0;
                }
        size_t groups = (size_t)1 << (n - 3);
        fast->permanent->subset_rows(f, n, coefficient, 0, groups / 2);
        fast->permanent->subset_rows(f, n, coefficient, groups / 2, groups);
        memset(g, 0, sizeof g);
        g[0] = 1;
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++)
                column[i] = a[i * n + j];
            fast->permanent->subset_column(g, column, groups / 2, groups);
            fast->permanent->subset_column(g, column, 0, groups / 2);
        }
        double want = brute(n, n, a, 0, 0), room = 2e-16 * (double)(n * (n + 3)) * want; /* nothing is subtracted */
        ck_assert(fabs(f[8 * groups - 1] - want) <= room);
        ck_assert(fabs(g[8 * groups - 1] - want) <= room);
    }
}
END_TEST

/* A plane behind another one and a row of zeros; sums of all sizes of ranges, and nothing else is touched. */
START_TEST(planes)
{
    dice d = dice_of(3);
    enum { MOST = 21, ROWS_MOST = 4, LD = 8 + 24, SIZE = LD * (ROWS_MOST + 2) * 2 };
    static double v[SIZE], u[SIZE], f[SIZE], low[SIZE];
    for (int turn = 0; turn < 300; turn++) {
        size_t inner = roll_to(&d, MOST), rows = 1 + roll_to(&d, ROWS_MOST), k = 1 + roll_to(&d, 4);
        int64_t last = (int64_t)roll_to(&d, inner + rows + 3), first = last - (int64_t)roll_to(&d, inner + rows + 3);
        size_t back[4] = {0, 1, LD, LD * (ROWS_MOST + 2)}, start = LD * (ROWS_MOST + 2) + 8 + LD;
        double w[4];
        for (size_t q = 0; q < 4; q++)
            w[q] = roll_in(&d, -1, 1);
        fill_magnitudes(&d, v, SIZE, 1, 0x1p-30);
        fill_magnitudes(&d, u, SIZE, 0x1p-56, 0x1p-100);
        for (int pairs = 0; pairs < 2; pairs++) {
            memcpy(f, v, sizeof f);
            memcpy(low, u, sizeof low);
            if (pairs)
                fast->permanent->count_plane_pairs(f + start, low + start, LD, rows, first, last, inner, k, w, back);
            else
                fast->permanent->count_plane(f + start, LD, rows, first, last, inner, k, w, back);
            for (size_t t = 0; t < SIZE; t++) {
                int64_t o = ((int64_t)t - (int64_t)start) / LD, c = (int64_t)t - (int64_t)start - o * LD;
                int inside = t >= start && o < (int64_t)rows && c <= (int64_t)inner && o + c >= first && o + c <= last;
                int grouped = t >= start && o < (int64_t)rows && c < 24 && inner >= 7 && !pairs;
                if (!inside) {
                    ck_assert(grouped || (f[t] == v[t] && low[t] == u[t]));
                    continue;
                }
                long double want = 0, size = 0, rests = 0;
                for (size_t q = 0; q < k; q++) {
                    rests += fabsl((long double)w[q] * u[t - back[q]]);
                    long double x = v[t - back[q]] + (pairs ? (long double)u[t - back[q]] : 0);
                    want += w[q] * x;
                    size += fabsl(w[q] * x);
                }
                long double got = f[t] + (pairs ? (long double)low[t] : 0);
                ck_assert_msg(fabsl(got - want) <= (pairs ? 1e-18L * size + (double)(4 * k) * 0x1p-53L * rests
                                                          : (double)k * 0x1.1p-53L * size),
                              "o = %d, c = %d, k = %zu, inner = %zu, pairs = %d: %Lg for %Lg", (int)o, (int)c, k, inner,
                              pairs, got, want);
            }
        }
    }
}
END_TEST

RUN_TABLES(cubes, splits, recursions, planes)
