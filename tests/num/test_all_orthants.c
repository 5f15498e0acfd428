/*
 * All orthants of eight normal variables: random covariances with two shared factors, which the integrals know nothing of, against a
 * plain double sum over the factors in long double; and the lattice. No error is above the one reported.
 * usage: test_all_orthants [all]   (100 covariances; otherwise 3)
 */
#include "support/support.h"

#include "num/orthant.h"

#include <string.h>

enum { N = 8, S = 1 << N };
static int times = 3;

static long double tail(long double x)
{
    return 0.5L * erfcl(x / sqrtl(2));
}

/* The trapezoidal rule with steps of 1/10: 2 pi^2 100/K is above 40 while K, 1 + sum (L/D)^2, is below 49. */
static void plain_sum(long double *p, const double *h, const double *L, const double *D)
{
    memset(p, 0, S * sizeof *p);
    for (int a = -100; a <= 100; a++)
        for (int b = -100; b <= 100; b++) {
            long double x = 0.1L * a, y = 0.1L * b, v[S];
            v[0] = 0.01L * expl(-0.5L * (x * x + y * y)) / (2 * acosl(-1));
            if (v[0] < 1e-22L)
                continue;
            for (int i = 0; i < N; i++) {
                long double u = (h[i] - L[2 * i] * x - L[2 * i + 1] * y) / D[i], above = tail(u), below = tail(-u);
                for (int m = 0; m < 1 << i; m++) {
                    v[m + (1 << i)] = v[m] * above;
                    v[m] *= below;
                }
            }
            for (int m = 0; m < S; m++)
                p[m] += v[m];
        }
}

START_TEST(eight)
{
    for (int t = 0; t < times; t++) {
        dice d = dice_of(500 + (uint64_t)t);
        double L[2 * N], D[N], h[N], r[N * N], scale[N], p[S], error, sum = 0;
        for (int i = 0; i < N; i++) {
            L[2 * i] = roll_in(&d, -1, 1);
            L[2 * i + 1] = roll_in(&d, -1, 1);
            D[i] = roll_in(&d, 0.55, 1);
            h[i] = roll_in(&d, -2, 2);
            scale[i] = sqrt(L[2 * i] * L[2 * i] + L[2 * i + 1] * L[2 * i + 1] + D[i] * D[i]);
        }
        double bounds[N], drives[N];
        for (int i = 0; i < N; i++) {
            bounds[i] = h[i] / scale[i];
            drives[i] = -bounds[i];
            for (int j = 0; j < N; j++)
                r[i * N + j] = i == j ? 1 : (L[2 * i] * L[2 * j] + L[2 * i + 1] * L[2 * j + 1]) / scale[i] / scale[j];
        }
        static long double reference[S];
        plain_sum(reference, h, L, D);
        binnet_ctx *ctx = new_ctx(1);
        OK(bni_all_orthants(ctx, p, &error, N, bounds, r, 1e-12));
        ck_assert_double_le(error, 1e-10);
        for (int m = 0; m < S; m++) {
            sum += p[m];
            ck_assert_msg(fabsl(p[m] - reference[m]) <= error, "covariance %d, %d: %g, error %g", t, m,
                          (double)(p[m] - reference[m]), error);
        }
        ck_assert_double_eq_tol(sum, 1, 1e-13);
        double q[S], off[S], points;
        bni_lattice lattice;
        const uint64_t key[2] = {1, (uint64_t)t};
        OK(bni_lattice_prepare(ctx, &lattice, N, r));
        OK(bni_lattice_orthants(ctx, q, off, &points, &lattice, drives, 0.05, 4096, key));
        for (int m = 0; m < S; m++)
            ck_assert_msg(fabsl(q[m] - reference[m]) <= off[m], "lattice, covariance %d, %d: %g, error %g", t, m,
                          (double)(q[m] - reference[m]), off[m]);
        binnet_ctx_free(ctx);
    }
}
END_TEST

int main(int argc, char **argv)
{
    (void)argv;
    times = argc > 1 ? 100 : 3;
    const TTest *const tests[] = {eight};
    return run_tests("all orthants", tests, 1) != 0;
}
