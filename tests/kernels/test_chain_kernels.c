/* The kernels of chains against the reference, at awkward lengths and places. The cdf kernels: tests/num.
 * Tolerance: each result is a few products and sums of non-negative terms, so 8 ulp relative; matrix products K times that. */
#include "tables.h"

static const bni_kernels *ref = &bni_kernels_reference;

enum { ROOM = 1200 };

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

/* Against the sum of the products in long double. */
START_TEST(forced)
{
    enum { MOST = 150 };
    dice d = dice_of(79);
    double f[MOST + 2], was[MOST + 2], c[24];
    for (int round = 0; round < 300; round++) {
        size_t n = roll_to(&d, round < 100 ? 12 : MOST + 1), terms = roll_to(&d, 24);
        int down = roll(&d) < 0.5, shaped = roll(&d) < 0.5;
        double power = roll(&d) + 0.1, ratio = shaped ? roll_in(&d, 0.1, 8) : 1;
        for (size_t j = 0; j <= terms; j++)
            c[j] = j == 0 ? 1 : c[j - 1] * roll(&d) / (double)(n + 1);
        for (size_t k = 0; k <= n; k++) {
            was[k] = roll(&d);
            f[k] = shaped ? NAN : was[k];
        }
        f[n + 1] = 5;
        fast->chain->force(f, n, shaped ? was : NULL, power, ratio, down, c, terms);
        long double want[MOST + 2], all = 0;
        for (size_t k = 0; k <= n; k++) {
            long double sum = c[0], product = 1;
            size_t x = down ? n - k : k;
            for (size_t j = 0; j < terms && j <= x; j++)
                sum += c[j + 1] * (product *= (long double)(x - j));
            all += want[k] = sum * was[k] * powl(ratio, (long double)k);
        }
        for (size_t k = 0; k <= n; k++)
            ck_assert_msg(fabsl(f[k] - want[k] / all) <= (1e-14L + 3e-16L * (long double)n) * want[k] / all,
                          "n %zu, k %zu: %g", n, k, f[k]);
        ck_assert(f[n + 1] == 5);
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

RUN_TABLES(gates, rows, fused, scaling, convolutions, forced, contractions)
