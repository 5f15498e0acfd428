/* The kernels of counts of every table against their definitions, at awkward lengths and places. Sums of non-negative terms:
 * 8 ulp relative for a step, 4 n ulp for the law of n trials. */
#include "tables.h"

static void near_count(const char *what, double got, double want, double tolerance, size_t n, size_t k)
{
    if (!(fabs(got - want) <= tolerance * fabs(want)))
        ck_abort_msg("%s %s, n %zu: [%zu] is %.17g, expected %.17g", fast->name, what, n, k, got, want);
}

/* Into another array, and in place with shifts 0 .. count - 1, which must read what was there before. */
START_TEST(mix)
{
    enum { ROOM = 90, MOST = 12 };
    dice d = dice_of(4);
    for (size_t n = 0; n < 70; n++)
        for (size_t count = 1; count <= MOST; count++)
            for (int in_place = 0; in_place < 2; in_place++) {
                double v[ROOM], y[ROOM], other[MOST][ROOM], c[MOST];
                const double *x[MOST];
                size_t at = MOST + n % 4;
                for (size_t k = 0; k < ROOM; k++) {
                    y[k] = v[k] = roll(&d);
                    for (size_t j = 0; j < count; j++)
                        other[j][k] = roll(&d);
                }
                for (size_t j = 0; j < count; j++) {
                    c[j] = roll(&d);
                    x[j] = in_place ? y + at - j : other[j] + at;
                }
                fast->order->mix_down(y + at, n, x, c, count);
                for (size_t k = 0; k < ROOM; k++) {
                    double want = v[k];
                    if (k >= at && k < at + n) {
                        want = 0;
                        for (size_t j = 0; j < count; j++)
                            want += c[j] * (in_place ? v[k - j] : other[j][k]);
                    }
                    near_count("mix_down", y[k], want, 2e-15, n, k);
                }
            }
}
END_TEST

START_TEST(count_lanes)
{
    enum { MOST = 30, LD = BNI_LANES + 3 };
    dice d = dice_of(9);
    for (size_t n = 1; n <= MOST; n++)
        for (size_t m = 1; m <= n; m++) {
            double F[MOST * LD], G[MOST * LD], p[(MOST + 4) * BNI_LANES], low[3][BNI_LANES], high[3][BNI_LANES];
            for (size_t k = 0; k < n * LD; k++) {
                F[k] = roll(&d) < 0.1 ? 0 : roll(&d);
                G[k] = 1 - F[k];
            }
            ck_assert_int_eq(fast->order->count_lanes(low[0], high[0], p, F, G, LD, n, m, 1e-9), 1);
            ck_assert_int_eq(fast->order->count_lanes(low[1], high[1], p, F, NULL, LD, n, m, 1e-9), 1);
            ck_assert_mem_eq(low[0], low[1], sizeof low[0]);
            ck_assert_int_eq(fast->order->count_lanes(low[2], high[2], p, NULL, F, LD, n, m, 1e-9), 1); /* failures */
            for (size_t v = 0; v < BNI_LANES; v++) {
                double law[MOST + 1] = {1}, below = 0, above = 0, mirrored = 0;
                for (size_t i = 0; i < n; i++)
                    for (size_t k = i + 2; k-- > 0;)
                        law[k] = law[k] * G[i * LD + v] + (k > 0 ? law[k - 1] * F[i * LD + v] : 0);
                for (size_t k = 0; k <= n; k++) {
                    *(k < m ? &below : &above) += law[k];
                    mirrored += n - k < m ? law[k] : 0;
                }
                near_count("low", low[0][v], below, (double)n * 1e-15, n, m);
                near_count("high", high[0][v], above, (double)n * 1e-15, n, m);
                near_count("low of failures", low[2][v], mirrored, (double)n * 1e-15, n, m);
            }
            /* what is no probability is found in every place */
            size_t at = roll_to(&d, n) * LD + roll_to(&d, BNI_LANES);
            const double wrong[] = {-0x1p-60, 1 + 0x1p-52, NAN, INFINITY};
            double keep = F[at], rest = G[at];
            for (int k = 0; k < 4; k++) {
                F[at] = wrong[k];
                ck_assert_int_eq(fast->order->count_lanes(low[0], high[0], p, F, NULL, LD, n, m, 1e-9), 0);
                ck_assert_int_eq(fast->order->count_lanes(low[0], high[0], p, F, G, LD, n, m, 1e-9), 0);
            }
            F[at] = keep;
            G[at] = rest > 0.5 ? rest - 1e-8 : rest + 1e-8;
            ck_assert_int_eq(fast->order->count_lanes(low[0], high[0], p, F, G, LD, n, m, 1e-9), 0);
        }
}
END_TEST

RUN_TABLES(mix, count_lanes)
