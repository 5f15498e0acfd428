/* Every kernel of every table against the reference, at awkward lengths and places. The cdf kernels: tests/num.
 * Tolerance: each result is a few products and sums of non-negative terms, so 8 ulp relative; matrix products K times that. */
#include "kernels/kernels.h"

#include "support/support.h"

#include <string.h>

enum { ROOM = 1200 };

static const bni_kernels *ref = &bni_kernels_reference, *fast;

static void near(const char *what, const double *got, const double *want, size_t n, double tolerance)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= tolerance * fabs(want[k]))) /* quicker than ck_assert */
            ck_abort_msg("%s: [%zu] is %.17g, expected %.17g", what, k, got[k], want[k]);
}

static void fill(dice *d, double *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        v[k] = roll(d) < 0.1 ? 0 : roll(d);
}

START_TEST(gates)
{
    dice d = dice_of(1);
    static double y[2][ROOM], z[2][ROOM], x[2][ROOM], p[2][ROOM], q[2][ROOM];
    for (size_t n = 0; n < 70; n++)
        for (size_t shift = 0; shift < 4; shift++)
            for (int same = 0; same < 2; same++) {
                fill(&d, y[0], ROOM);
                fill(&d, y[1], ROOM);
                fill(&d, x[0], ROOM);
                fill(&d, x[1], ROOM);
                for (int k = 0; k < 2; k++) {
                    fill(&d, p[k], ROOM);
                    fill(&d, q[k], ROOM);
                }
                const double *p1 = same ? p[0] : p[1], *q1 = same ? q[0] : q[1];
                memcpy(z, y, sizeof y);
                fast->chain->gate_add(y[0] + shift, y[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift,
                                      q[0] + shift, p1 + shift, q1 + shift, n);
                ref->chain->gate_add(z[0] + shift, z[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, q[0] + shift,
                                     p1 + shift, q1 + shift, n);
                near("gate_add y0", y[0], z[0], ROOM, 1e-15);
                near("gate_add y1", y[1], z[1], ROOM, 1e-15);
                fast->chain->gate_set(y[0] + shift, y[1] + shift, p[0] + shift, q[0] + shift, p1 + shift, q1 + shift,
                                      n);
                ref->chain->gate_set(z[0] + shift, z[1] + shift, p[0] + shift, q[0] + shift, p1 + shift, q1 + shift, n);
                near("gate_set x0", y[0], z[0], ROOM, 2e-15);
                near("gate_set x1", y[1], z[1], ROOM, 2e-15);
                double f0 = roll(&d) * 3, f1 = same ? f0 : roll(&d) * 3;
                fast->chain->gate_odds_add(y[0] + shift, y[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, f0, f1,
                                           n, 0.7);
                ref->chain->gate_odds_add(z[0] + shift, z[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, f0, f1,
                                          n, 0.7);
                near("gate_odds_add y0", y[0], z[0], ROOM, 4e-15);
                near("gate_odds_add y1", y[1], z[1], ROOM, 4e-15);
            }
}
END_TEST

START_TEST(rows)
{
    dice d = dice_of(2);
    static double y[ROOM], z[ROOM], x[ROOM], p[2][ROOM], q[2][ROOM];
    for (int bit = 0; bit < 8; bit++)
        for (size_t n = (size_t)2 << bit; n <= 512; n += (size_t)2 << bit)
            for (int same = 0; same < 2; same++) {
                fill(&d, y, ROOM);
                fill(&d, x, ROOM);
                for (int k = 0; k < 2; k++) {
                    fill(&d, p[k], ROOM);
                    fill(&d, q[k], ROOM);
                }
                const double *p1 = same ? p[0] : p[1], *q1 = same ? q[0] : q[1];
                memcpy(z, y, sizeof y);
                fast->chain->gate_row_add(y, x, p[0], q[0], p1, q1, n, bit);
                ref->chain->gate_row_add(z, x, p[0], q[0], p1, q1, n, bit);
                near("gate_row_add", y, z, ROOM, 1e-15);
                fast->chain->gate_row_set(y, p[0], q[0], p1, q1, n, bit);
                ref->chain->gate_row_set(z, p[0], q[0], p1, q1, n, bit);
                near("gate_row_set", y, z, ROOM, 2e-15);
                double f0 = roll(&d) * 3, f1 = same ? f0 : roll(&d) * 3;
                fast->chain->gate_row_odds_add(y, x, p[0], f0, f1, n, bit, 0.3);
                ref->chain->gate_row_odds_add(z, x, p[0], f0, f1, n, bit, 0.3);
                near("gate_row_odds_add", y, z, ROOM, 4e-15);
            }
}
END_TEST

/* The fused kernel is odds followed by gate_add. */
START_TEST(fused)
{
    dice d = dice_of(3);
    static double y[2][ROOM], z[2][ROOM], x[2][ROOM], e[ROOM], p[2][ROOM], q[2][ROOM];
    for (int large = 0; large < 2; large++) {
        fill(&d, x[0], ROOM);
        fill(&d, x[1], ROOM);
        memset(y, 0, sizeof y);
        memset(z, 0, sizeof z);
        for (size_t k = 0; k < ROOM; k++)
            e[k] = large ? pow(10, roll_in(&d, -150, 150)) : roll(&d);
        double f0 = large ? 1e150 : 2, f1 = large ? 1e149 : 3;
        ref->chain->odds(p[0], q[0], e, f0, ROOM, 0.25);
        ref->chain->odds(p[1], q[1], e, f1, ROOM, 0.25);
        ref->chain->gate_add(z[0], z[1], x[0], x[1], p[0], q[0], p[1], q[1], ROOM);
        fast->chain->gate_odds_add(y[0], y[1], x[0], x[1], e, f0, f1, ROOM, 0.25);
        near("inactive", y[0], z[0], ROOM, 2e-15);
        near("active", y[1], z[1], ROOM, 2e-15);
    }
}
END_TEST

START_TEST(scaling)
{
    dice d = dice_of(4);
    static double z[ROOM], want[ROOM], base[ROOM];
    fill(&d, base, ROOM);
    for (size_t n = 0; n < 40; n++) {
        memset(z, 0, sizeof z);
        memset(want, 0, sizeof want);
        fast->chain->shift_scale(z + 1, base + 3, -0.4, 1.7, n);
        ref->chain->shift_scale(want + 1, base + 3, -0.4, 1.7, n);
        near("shift_scale", z, want, ROOM, 0);
    }
}
END_TEST

/* Exactly, at every length, place and number of neurons. */
START_TEST(ranks)
{
    enum { STATES = 150, LD = STATES + 8 };
    dice d = dice_of(7);
    static int16_t rank[32 * LD], below[32];
    uint32_t out[STATES], want[STATES];
    for (size_t n = 0; n <= 32; n++)
        for (size_t count = 0; count < STATES - 4; count += 1 + count / 8) {
            size_t shift = roll_to(&d, 4);
            for (size_t k = 0; k < 32 * LD; k++)
                rank[k] = (int16_t)(roll(&d) < 0.1 ? 32767 : (int)roll_to(&d, 8));
            for (size_t i = 0; i < 32; i++)
                below[i] = (int16_t)(roll(&d) < 0.1 ? 32767 : (int)roll_to(&d, 10) - 1);
            for (size_t k = 0; k < STATES; k++) {
                int inside = k >= shift && k < shift + count;
                out[k] = 77;
                want[k] = inside ? 0 : 77;
                for (size_t i = 0; inside && i < n; i++)
                    want[k] += (uint32_t)(rank[i * LD + k] > below[i]) * ((uint32_t)1 << i);
            }
            fast->dynamics->rank_bits(out + shift, rank + shift, LD, below, n, count);
            ck_assert_mem_eq(out, want, sizeof out);
        }
}
END_TEST

/* Threshold currents against a cell: bit for bit, and by the definition. */
START_TEST(cuts)
{
    enum { STATES = 70, STRIDE = 60 };
    dice d = dice_of(7);
    static uint32_t row[STATES * STRIDE + 32];
    for (size_t width = 1; width <= 32; width++) {
        uint32_t list[STATES], lo[32], hi[32], low[2][STATES], middle[2][STATES];
        for (size_t k = 0; k < STATES * STRIDE + 32; k++)
            row[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7); /* also beyond the signed integers */
        for (size_t k = 0; k < 32; k++) {
            lo[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7);
            hi[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7);
            if (lo[k] > hi[k])
                lo[k] = hi[k];
        }
        size_t n = roll_to(&d, STATES);
        for (size_t q = 0; q < n; q++)
            list[q] = (uint32_t)roll_to(&d, STATES);
        fast->dynamics->cut_masks(low[0], middle[0], row, STRIDE, width, list, n, lo, hi);
        ref->dynamics->cut_masks(low[1], middle[1], row, STRIDE, width, list, n, lo, hi);
        for (size_t q = 0; q < n; q++) {
            uint32_t below = 0, between = 0;
            for (size_t k = 0; k < width; k++) {
                uint32_t c = row[list[q] * STRIDE + k];
                below |= (uint32_t)(c <= lo[k]) << k;
                between |= (uint32_t)(c > lo[k] && c < hi[k]) << k;
            }
            if (low[0][q] != below || low[1][q] != below || middle[0][q] != between || middle[1][q] != between)
                ck_abort_msg("cut_masks: width %zu, state %zu", width, q);
        }
    }
}
END_TEST

/* The sieve of fixed points: the same states stay, with no, few and many rows and with infinite entries. */
START_TEST(sieve)
{
    dice d = dice_of(8);
    static float row[24][BNI_SIEVE];
    for (int round = 0; round < 200; round++) {
        const float *up[12], *down[12];
        float up_add[12], down_add[12], bound = roll(&d) < 0.3 ? 0 : INFINITY;
        uint32_t alive[3][BNI_SIEVE / 32];
        size_t n_up = roll_to(&d, 13), n_down = roll_to(&d, 13);
        for (size_t r = 0; r < 24; r++)
            for (size_t s = 0; s < BNI_SIEVE; s++)
                row[r][s] = roll(&d) < 0.2 ? (r < 12 ? -INFINITY : INFINITY) : (float)roll_in(&d, -1, 1);
        for (size_t r = 0; r < 12; r++) {
            up[r] = row[r];
            down[r] = row[12 + r];
            up_add[r] = (float)roll_in(&d, -2, 0.5);
            down_add[r] = (float)roll_in(&d, -0.5, 2);
        }
        for (size_t w = 0; w < BNI_SIEVE / 32; w++)
            alive[0][w] = alive[1][w] = alive[2][w] = roll(&d) < 0.2 ? 0
                                                                     : (uint32_t)roll_to(&d, 65536) * UINT32_C(65521);
        int any[2] = {fast->dynamics->sieve(alive[0], up, up_add, n_up, down, down_add, n_down, -bound, bound),
                      ref->dynamics->sieve(alive[1], up, up_add, n_up, down, down_add, n_down, -bound, bound)};
        int left = 0;
        for (size_t s = 0; s < BNI_SIEVE; s++) {
            float greatest = -bound, least = bound;
            for (size_t r = 0; r < n_up; r++)
                greatest = fmaxf(greatest, up_add[r] + up[r][s]);
            for (size_t r = 0; r < n_down; r++)
                least = fminf(least, down_add[r] + down[r][s]);
            int stays = (alive[2][s / 32] >> s % 32 & 1) != 0 && greatest <= least;
            left |= stays;
            for (int v = 0; v < 2; v++)
                if ((int)(alive[v][s / 32] >> s % 32 & 1) != stays)
                    ck_abort_msg("sieve: round %d, state %zu", round, s);
        }
        ck_assert((any[0] != 0) == left && (any[1] != 0) == left);
    }
}
END_TEST

/* Every variant adds in the order of the definition. */
START_TEST(convolutions)
{
    enum { MOST = 150 };
    dice d = dice_of(78);
    double g[MOST + 1], h[3 * MOST + 1 + BNI_CONVOLVED], f[2 * MOST + 2], want[2 * MOST + 2];
    for (int round = 0; round < 200; round++) {
        size_t n = roll_to(&d, round < 100 ? 12 : MOST), m = roll_to(&d, MOST);
        memset(h, 0, sizeof h);
        for (size_t i = 0; i <= n; i++)
            g[i] = roll(&d);
        for (size_t k = 0; k <= m; k++)
            h[n + k] = roll(&d);
        for (size_t k = 0; k <= n + m; k++) {
            want[k] = 0;
            for (size_t i = k > m ? k - m : 0; i <= n && i <= k; i++)
                want[k] += g[i] * h[n + k - i];
        }
        want[n + m + 1] = f[n + m + 1] = 5;
        fast->chain->convolve(f, g, n, h + n, m);
        ck_assert_msg(memcmp(f, want, (n + m + 2) * sizeof *f) == 0, "n %zu, m %zu", n, m);
    }
}
END_TEST

START_TEST(supersets)
{
    enum { SIZE = 1 << 11 };
    dice d = dice_of(77);
    static double x[SIZE], y[SIZE], z[SIZE], sum[2][SIZE];
    fill(&d, x, SIZE);
    fast->law->superset_low(y, x, SIZE, NULL);
    for (size_t S = 0; S < SIZE; S++) {
        z[S] = 0;
        for (size_t T = 0; T < 1 << BNI_SUPERSET_LOW; T++)
            z[S] += (T & S) == 0 ? x[S | T] : 0;
    }
    near("superset_low", y, z, SIZE, 8e-16);
    for (int bits = 1; bits <= 4; bits++) {
        size_t high = (size_t)1 << bits, count = 24, ld = 100, to = 40;
        memset(y, 0, sizeof y);
        fast->law->superset_rows(y, to, x, ld, count, bits, NULL);
        for (size_t r = 0; r < high; r++)
            for (size_t k = 0; k < to; k++) {
                z[r * to + k] = 0;
                for (size_t t = 0; t < high && k < count; t++)
                    z[r * to + k] += (t & r) == r ? x[t * ld + k] : 0;
            }
        near("superset_rows", y, z, high * to, 8e-16);
        static _Alignas(64) double past[SIZE];
        fast->law->superset_rows_past(past, to, x, ld, count, bits, NULL);
        for (size_t r = 0; r < high; r++)
            ck_assert(memcmp(past + r * to, y + r * to, count * sizeof *y) == 0);
    }
    /* central: each bit in turn by its definition, which every variant rounds alike */
    double side[2 * BNI_SUPERSET_LOW];
    for (int b = 0; b < BNI_SUPERSET_LOW; b++) {
        side[2 * b] = roll(&d);
        side[2 * b + 1] = 1 - side[2 * b];
    }
    memcpy(z, x, sizeof z);
    for (int b = 0; b < BNI_SUPERSET_LOW; b++)
        for (size_t S = 0, with = (size_t)1 << b; S < SIZE; S++)
            if ((S & with) == 0) {
                double silent = z[S], active = z[S | with];
                z[S] = silent + active;
                z[S | with] = side[2 * b + 1] * active - side[2 * b] * silent;
            }
    fast->law->superset_low(y, x, SIZE, side);
    ck_assert(memcmp(y, z, sizeof y) == 0);
    for (int bits = 1; bits <= 4; bits++) {
        size_t count = 24, ld = 40;
        memcpy(z, x, sizeof z);
        memcpy(y, x, sizeof y);
        for (int b = 0; b < bits; b++)
            for (size_t r = 0, with = (size_t)1 << b; r < (size_t)1 << bits; r++)
                for (size_t k = 0; k < count && (r & with) == 0; k++) {
                    double silent = z[r * ld + k], active = z[(r | with) * ld + k];
                    z[r * ld + k] = silent + active;
                    z[(r | with) * ld + k] = side[2 * b + 1] * active - side[2 * b] * silent;
                }
        fast->law->superset_rows(y, ld, y, ld, count, bits, side);
        ck_assert(memcmp(y, z, sizeof y) == 0);
        static _Alignas(64) double past[SIZE];
        fast->law->superset_rows_past(past, ld, x, ld, count, bits, side);
        for (size_t r = 0; r < (size_t)1 << bits; r++)
            ck_assert(memcmp(past + r * ld, y + r * ld, count * sizeof *y) == 0);
    }
    for (size_t high = 2; high <= 16; high += 2)
        for (int flip = 0; flip < 2; flip++) {
            size_t columns = 48, half = high / 2 * columns;
            fill(&d, y, SIZE);
            memcpy(z, y, sizeof y);
            for (size_t blocks = 1; blocks <= BNI_ADDED_BLOCKS; blocks += BNI_ADDED_BLOCKS - 1) {
                size_t some = blocks == 1 ? high : high / 4 + 1; /* as many as x has room for */
                fast->law->add_rows(y, sum[0], x, some, columns, blocks);
                ref->law->add_rows(z, sum[1], x, some, columns, blocks);
                near("add_rows", y, z, SIZE, 0);
                near("sums of add_rows", sum[0], sum[1], some * blocks, 1e-14);
                for (size_t r = 0; r < some * blocks; r++) {
                    sum[1][r] = 0;
                    for (size_t c = 0; c < columns; c++)
                        sum[1][r] += x[r * columns + c];
                }
                near("rows of add_rows", sum[0], sum[1], some * blocks, 1e-14);
            }
            fast->law->fold_rows(y, sum[0], x, high, columns, flip);
            for (size_t c = 0; c < columns; c++) {
                sum[1][c] = 0;
                for (size_t r = 0; r < high / 2; r++) {
                    z[r * columns + c] = x[r * columns + c] + x[half + r * columns + c];
                    sum[1][c] += x[(flip ? 0 : half) + r * columns + c];
                }
            }
            near("fold_rows", y, z, half, 0);
            near("sums of fold_rows", sum[0], sum[1], columns, 1e-15);
        }
}
END_TEST

START_TEST(contractions)
{
    dice d = dice_of(9);
    static double table[ROOM], x[ROOM], y[2 * ROOM], z[2 * ROOM];
    uint32_t offset[16];
    for (size_t terms = 1; terms <= 4; terms *= 2)
        for (size_t len = 1; len <= 64; len += len < 20 ? 1 : 11)
            for (size_t count = 1; count <= 3; count++)
                for (int wide = 0; wide < 2; wide++) {
                    size_t ldu = len + 5 * (count - 1);
                    fill(&d, x, ROOM);
                    fill(&d, table, ROOM);
                    fill(&d, y, 2 * ROOM);
                    memcpy(z, y, sizeof y);
                    for (size_t line = 0; line < 16; line++)
                        offset[line] = (uint32_t)roll_to(&d, 16) * (wide ? 64 : 8);
                    fast->chain->contract(y, ldu, x, count, len, terms, table, offset, wide);
                    ref->chain->contract(z, ldu, x, count, len, terms, table, offset, wide);
                    near("contract", y, z, 2 * ROOM, 2e-15);
                    for (size_t r = 0; r < count; r++)
                        for (size_t k = 0; k < len; k++)
                            for (size_t b = 0; b < 2; b++) {
                                long double sum = 0;
                                for (size_t t = 0; t < terms; t++)
                                    sum += (long double)x[(r * terms + t) * len + k] *
                                           (wide ? table[offset[k / 8] + 16 * t + 8 * b + k % 8]
                                                 : table[offset[k / 8] + 2 * t + b]);
                                near("contract", &y[(2 * r + b) * ldu + k], &(double){(double)sum}, 1, 2e-15);
                            }
                }
}
END_TEST

/* Also tables that BINNET_KERNELS keeps from being chosen. The reference comes first: against itself and the definitions. */
int main(void)
{
    const TTest *const tests[] = {gates, rows,  fused,     scaling,      ranks,
                                  cuts,  sieve, supersets, convolutions, contractions};
    const bni_kernels *tables[BNI_TABLES];
    int failed = 0;
    for (int t = 0, count = bni_kernels_runnable(tables); t < count; t++) {
        fast = tables[t];
        failed += run_tests(fast->name, tests, sizeof tests / sizeof *tests);
    }
    return failed != 0;
}
