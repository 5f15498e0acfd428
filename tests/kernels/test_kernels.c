/* Every kernel of every table against the reference, at awkward lengths and places. The cdf kernels: tests/num.
 * Tolerance: each result is a few products and sums of non-negative terms, so 8 ulp relative; matrix products K times that. */
#include "kernels/kernels.h"

#include "support.h"

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
                fast->gate_add(y[0] + shift, y[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, q[0] + shift,
                               p1 + shift, q1 + shift, n);
                ref->gate_add(z[0] + shift, z[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, q[0] + shift,
                              p1 + shift, q1 + shift, n);
                near("gate_add y0", y[0], z[0], ROOM, 1e-15);
                near("gate_add y1", y[1], z[1], ROOM, 1e-15);
                fast->gate_set(y[0] + shift, y[1] + shift, p[0] + shift, q[0] + shift, p1 + shift, q1 + shift, n);
                ref->gate_set(z[0] + shift, z[1] + shift, p[0] + shift, q[0] + shift, p1 + shift, q1 + shift, n);
                near("gate_set x0", y[0], z[0], ROOM, 2e-15);
                near("gate_set x1", y[1], z[1], ROOM, 2e-15);
                double f0 = roll(&d) * 3, f1 = same ? f0 : roll(&d) * 3;
                fast->gate_odds_add(y[0] + shift, y[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, f0, f1, n, 0.7);
                ref->gate_odds_add(z[0] + shift, z[1] + shift, x[0] + shift, x[1] + shift, p[0] + shift, f0, f1, n, 0.7);
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
                fast->gate_row_add(y, x, p[0], q[0], p1, q1, n, bit);
                ref->gate_row_add(z, x, p[0], q[0], p1, q1, n, bit);
                near("gate_row_add", y, z, ROOM, 1e-15);
                fast->gate_row_set(y, p[0], q[0], p1, q1, n, bit);
                ref->gate_row_set(z, p[0], q[0], p1, q1, n, bit);
                near("gate_row_set", y, z, ROOM, 2e-15);
                double f0 = roll(&d) * 3, f1 = same ? f0 : roll(&d) * 3;
                fast->gate_row_odds_add(y, x, p[0], f0, f1, n, bit, 0.3);
                ref->gate_row_odds_add(z, x, p[0], f0, f1, n, bit, 0.3);
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
        ref->odds(p[0], q[0], e, f0, ROOM, 0.25);
        ref->odds(p[1], q[1], e, f1, ROOM, 0.25);
        ref->gate_add(z[0], z[1], x[0], x[1], p[0], q[0], p[1], q[1], ROOM);
        fast->gate_odds_add(y[0], y[1], x[0], x[1], e, f0, f1, ROOM, 0.25);
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
        fast->shift_scale(z + 1, base + 3, -0.4, 1.7, n);
        ref->shift_scale(want + 1, base + 3, -0.4, 1.7, n);
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
            (columns ? fast->panel_columns : fast->panel_rows)(a + 4 * micro, stride, p + 4, q + 4, K, bits, w);
            (columns ? ref->panel_columns : ref->panel_rows)(b + 4 * micro, stride, p + 4, q + 4, K, bits, w);
            near(columns ? "columns" : "rows", a, b, size, 4e-15);
            /* and by the definition */
            for (size_t m = 0; m < (size_t)1 << bits; m++)
                for (size_t k = 0; k < 4; k++) {
                    double want = w[k];
                    for (int i = 0; i < bits; i++)
                        want *= (m >> i & 1 ? p : q)[i * K + 4 + (int)k];
                    size_t at = m / micro * stride + (columns ? (4 + k) * micro + m % micro : 4 * micro + m % micro * 4 + k);
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
        fast->gemm_tile(C, 16, K, A, B);
        ref->gemm_tile(E, 16, K, A, B);
        near("gemm_tile", C, D, BNI_MR * 16, 2e-14);
        near("gemm_tile, reference", E, D, BNI_MR * 16, 2e-14);
    }
}
END_TEST

/* Also tables that BINNET_KERNELS keeps from being chosen. The reference comes first: against itself and the definitions. */
int main(void)
{
    const TTest *const tests[] = {gates, rows, fused, scaling, panels, products};
    const bni_kernels *tables[BNI_TABLES];
    int failed = 0;
    for (int t = 0, count = bni_kernels_runnable(tables); t < count; t++) {
        fast = tables[t];
        Suite *suite = suite_create(fast->name);
        TCase *tcase = tcase_create("kernels");
        tcase_set_timeout(tcase, 0);
        for (size_t k = 0; k < sizeof tests / sizeof *tests; k++)
            tcase_add_test(tcase, tests[k]);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed += srunner_ntests_failed(runner);
        srunner_free(runner);
    }
    return failed != 0;
}
