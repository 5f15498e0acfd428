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

START_TEST(panels)
{
    dice d = dice_of(5);
    enum { K = 8, BITS = 9 };
    double p[BITS * K], q[BITS * K], w[4];
    double *a = aligned_alloc(64, sizeof *a * (K << BITS)), *b = aligned_alloc(64, sizeof *b * (K << BITS));
    ck_assert(a != NULL && b != NULL);
    fill(&d, p, BITS * K);
    fill(&d, q, BITS * K);
    fill(&d, w, 4);
    for (int columns = 0; columns < 2; columns++)
        for (int bits = columns ? 3 : 2; bits <= BITS; bits++) {
            size_t micro = columns ? BNI_NR : BNI_MR, stride = micro * K, size = (size_t)K << bits;
            for (size_t k = 0; k < size; k++)
                a[k] = b[k] = -1;
            (columns ? fast->chain->panel_columns : fast->chain->panel_rows)(a + 4 * micro, stride, p + 4, q + 4, K,
                                                                             bits, w);
            (columns ? ref->chain->panel_columns : ref->chain->panel_rows)(b + 4 * micro, stride, p + 4, q + 4, K, bits,
                                                                           w);
            near(columns ? "columns" : "rows", a, b, size, 4e-15);
            /* and by the definition */
            for (size_t m = 0; m < (size_t)1 << bits; m++)
                for (size_t k = 0; k < 4; k++) {
                    double want = w[k];
                    for (int i = 0; i < bits; i++)
                        want *= (m >> i & 1 ? p : q)[i * K + 4 + (int)k];
                    size_t at = m / micro * stride +
                                (columns ? (4 + k) * micro + m % micro : 4 * micro + m % micro * 4 + k);
                    ck_assert_msg(fabs(b[at] - want) <= 4e-15 * want, "panel entry %zu of %d bits", m, bits);
                }
        }
    free(a);
    free(b);
}
END_TEST

START_TEST(products)
{
    dice d = dice_of(6);
    _Alignas(64) static double A[64 * BNI_MR], B[64 * BNI_NR];
    double C[BNI_MR * 16], D[BNI_MR * 16];
    fill(&d, A, 64 * BNI_MR);
    fill(&d, B, 64 * BNI_NR);
    for (size_t K = 0; K <= 64; K += 4) {
        fill(&d, C, BNI_MR * 16);
        memcpy(D, C, sizeof C);
        for (size_t i = 0; i < BNI_MR; i++)
            for (size_t j = 0; j < BNI_NR; j++)
                for (size_t k = 0; k < K; k++)
                    D[i * 16 + j] += A[k / 4 * 4 * BNI_MR + i * 4 + k % 4] * B[k * BNI_NR + j];
        double E[BNI_MR * 16];
        memcpy(E, C, sizeof C);
        fast->chain->gemm_tile(C, 16, K, A, B);
        ref->chain->gemm_tile(E, 16, K, A, B);
        near("gemm_tile", C, D, BNI_MR * 16, 2e-14);
        near("gemm_tile, reference", E, D, BNI_MR * 16, 2e-14);
    }
    /* four panels: the same as four tiles */
    _Alignas(64) static double P[2 * 64 * BNI_MR], Q[2 * 64 * BNI_NR];
    double F[2 * BNI_MR * 16], G[2 * BNI_MR * 16];
    fill(&d, P, 2 * 64 * BNI_MR);
    fill(&d, Q, 2 * 64 * BNI_NR);
    for (size_t K = 0; K <= 64; K += 4) {
        fill(&d, F, 2 * BNI_MR * 16);
        memcpy(G, F, sizeof F);
        for (size_t i = 0; i < 2; i++)
            for (size_t j = 0; j < 2; j++)
                ref->chain->gemm_tile(G + i * BNI_MR * 16 + j * BNI_NR, 16, K, P + i * 64 * BNI_MR,
                                      Q + j * 64 * BNI_NR);
        fast->chain->gemm_four(F, 16, K, P, 64 * BNI_MR, Q, 64 * BNI_NR);
        near("gemm_four", F, G, 2 * BNI_MR * 16, 2e-14);
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

/* Also tables that BINNET_KERNELS keeps from being chosen. The reference comes first: against itself and the definitions. */
int main(void)
{
    const TTest *const tests[] = {gates, rows, fused, scaling, panels, products, ranks, cuts, sieve};
    const bni_kernels *tables[BNI_TABLES];
    int failed = 0;
    for (int t = 0, count = bni_kernels_runnable(tables); t < count; t++) {
        fast = tables[t];
        failed += run_tests(fast->name, tests, sizeof tests / sizeof *tests);
    }
    return failed != 0;
}
