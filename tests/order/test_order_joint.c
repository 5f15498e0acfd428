/*
 * Joint laws of order statistics: every assignment of variables to cells for small n, permanents, a plain programme over all
 * counts for larger n, and marginals. Tolerance: 4 n 2^-53 is promised; the oracles sum at most 10^6 products in long double.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

static double tolerance(size_t n)
{
    return (4 * (double)n + 4) * 0x1p-53;
}

static void near(double got, double want, double relative, const char *what, size_t n, size_t k)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        ck_abort_msg("%s, n %zu, k %zu: %.17g, expected %.17g", what, n, k, got, want);
}

static void some_cells(dice *d, size_t n, size_t k, double *cell, double *f)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j <= k; j++)
            sum += cell[i * (k + 1) + j] = roll(d) < 0.15 ? 0 : pow(10, roll_in(d, -4, 0));
        for (size_t j = 0; j <= k; j++)
            cell[i * (k + 1) + j] = sum > 0 ? cell[i * (k + 1) + j] / sum : j == 0;
        for (size_t t = 0; t < k; t++)
            f[i * k + t] = roll(d) < 0.1 ? 0 : 3 * roll(d);
    }
}

/* k of 1 .. n, rising. */
static void some_ranks(dice *d, size_t n, size_t k, size_t *r)
{
    for (size_t t = 0, at = 1; t < k; t++) {
        at += roll_to(d, n - at - (k - 1 - t) + 1);
        r[t] = at++;
    }
}

/* All (2k+1)^n choices: a cell, or "at x_t". */
static void assignments(double *cdf, double *pdf, size_t n, size_t k, const size_t *r, const double *cell,
                        const double *f)
{
    size_t choice[8] = {0}, kinds = 2 * k + 1;
    long double up = 0, density = 0;
    for (;;) {
        size_t number[17] = {0}, below = 0;
        long double product = 1;
        int densities = 0, in = 1, exactly = 1;
        for (size_t i = 0; i < n; i++) {
            number[choice[i]]++;
            densities += choice[i] > k;
            product *= choice[i] <= k ? cell[i * (k + 1) + choice[i]] : f[i * k + choice[i] - k - 1];
        }
        for (size_t t = 0; t <= k; t++) {
            size_t inside = (t < k ? r[t] - 1 : n) - (t > 0 ? r[t - 1] : 0);
            below += number[t];
            in &= t == k || below >= r[t];
            exactly &= number[t] == inside && (t == k || number[k + 1 + t] == 1);
        }
        up += densities == 0 && in ? product : 0;
        density += exactly ? product : 0;
        size_t i = 0;
        while (i < n && ++choice[i] == kinds)
            choice[i++] = 0;
        if (i == n)
            break;
    }
    *cdf = (double)up;
    *pdf = (double)density;
}

START_TEST(all_assignments)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 7; n++)
        for (size_t k = 1; k <= 3 && k <= n; k++)
            for (uint64_t seed = 0; seed < (n < 5 ? 30 : n + k < 9 ? 8 : 2); seed++) {
                dice d = dice_of(1000 * n + 100 * k + seed);
                double cell[32], f[24], cdf, pdf, x;
                size_t r[3];
                some_cells(&d, n, k, cell, f);
                some_ranks(&d, n, k, r);
                assignments(&cdf, &pdf, n, k, r, cell, f);
                OK(binnet_order_joint_cdf(ctx, &x, n, k, r, cell));
                near(x, cdf, tolerance(n), "cdf", n, k);
                OK(binnet_order_joint_pdf(ctx, &x, n, k, r, cell, f));
                near(x, pdf, tolerance(n), "pdf", n, k);
            }
    binnet_ctx_free(ctx);
}
END_TEST

/* All eight at once: the only assignment left is the ordering itself. */
START_TEST(as_many_as_allowed)
{
    binnet_ctx *ctx = new_ctx(1);
    enum { K = 8 };
    dice d = dice_of(5);
    double cell[K * (K + 1)], f[K * K], x, want = 0;
    size_t r[K], order[K];
    some_cells(&d, K, K, cell, f);
    for (size_t t = 0; t < K; t++)
        r[t] = order[t] = t + 1;
    OK(binnet_order_joint_pdf(ctx, &x, K, K, r, cell, f));
    /* per f = sum over subsets in order: f[S] = sum of f[i][|S|-1] f[S without i] */
    double part[1 << K] = {1};
    for (size_t s = 1; s < (size_t)1 << K; s++)
        for (size_t i = 0, size = 0; i < K; i++) {
            if (i == 0)
                for (size_t j = 0; j < K; j++)
                    size += s >> j & 1;
            if (s >> i & 1)
                part[s] += f[i * K + size - 1] * part[s & ~((size_t)1 << i)];
        }
    want = part[(1 << K) - 1];
    near(x, want, tolerance(K), "pdf of all", K, K);
    OK(binnet_order_joint_cdf(ctx, &x, K, K, r, cell));
    /* X_(t) <= x_t for all t: counts by cell, a plain programme over (variables, counts below each x) is the oracle's; here
     * the last cell must be empty and the rest is monotone in the cells */
    ck_assert(x >= 0 && x <= 1);
    binnet_ctx_free(ctx);
}
END_TEST

/* P(N_1 >= r_1, N_2 >= r_2) from the whole joint law of (N_1, N_2). */
static double two_counts(size_t n, const size_t *r, const double *cell)
{
    static long double law[81][81];
    memset(law, 0, sizeof law);
    law[0][0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t a = i + 2; a-- > 0;)
            for (size_t b = i + 2; b-- > 0;)
                law[a][b] = law[a][b] * cell[3 * i + 2] + (b > 0 ? law[a][b - 1] * cell[3 * i + 1] : 0) +
                            (a > 0 && b > 0 ? law[a - 1][b - 1] * cell[3 * i] : 0);
    long double sum = 0;
    for (size_t a = r[0]; a <= n; a++)
        for (size_t b = r[1]; b <= n; b++)
            sum += law[a][b];
    return (double)sum;
}

START_TEST(two_of_many)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 0; seed < 60; seed++) {
        dice d = dice_of(seed);
        size_t n = 2 + roll_to(&d, 79), r[2];
        double cell[240], f[160], x;
        some_cells(&d, n, 2, cell, f);
        some_ranks(&d, n, 2, r);
        OK(binnet_order_joint_cdf(ctx, &x, n, 2, r, cell));
        near(x, two_counts(n, r, cell), tolerance(n), "two of many", n, 2);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* An empty cell joins two points: of X_(r) <= x and X_(s) <= x the second is the stronger; one rank is the plain call. */
START_TEST(marginals)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 0; seed < 30; seed++) {
        dice d = dice_of(seed);
        size_t n = 3 + roll_to(&d, 60), r[3];
        double F[64], G[64], f[64], one[128], three[256], x, y;
        for (size_t i = 0; i < n; i++) {
            F[i] = roll(&d);
            G[i] = 1 - F[i];
            f[i] = roll(&d);
            one[2 * i] = F[i];
            one[2 * i + 1] = G[i];
            three[4 * i] = F[i];
            three[4 * i + 1] = three[4 * i + 2] = 0;
            three[4 * i + 3] = G[i];
        }
        some_ranks(&d, n, 3, r);
        OK(binnet_order_cdf(ctx, &x, n, F, G, r[2]));
        OK(binnet_order_joint_cdf(ctx, &y, n, 1, &r[2], one));
        near(y, x, 3 * tolerance(n), "cdf of one", n, 1);
        OK(binnet_order_joint_cdf(ctx, &y, n, 3, r, three));
        near(y, x, 3 * tolerance(n), "cdf of one as three", n, 3);
        OK(binnet_order_pdf(ctx, &x, n, F, G, f, r[0]));
        OK(binnet_order_joint_pdf(ctx, &y, n, 1, r, one, f));
        near(y, x, 3 * tolerance(n), "pdf of one", n, 1);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* The joint density integrates over x_1 < x_2 to the density of X_(s): two uniform variables and more, by Simpson. */
START_TEST(density_integrates)
{
    binnet_ctx *ctx = new_ctx(1);
    enum { N = 5, STEPS = 200 };
    const double width[N] = {1, 1.5, 2, 1.2, 3};
    const size_t r[2] = {2, 4};
    double sum = 0, x2 = 0.9, F[N], G[N], f[N], want;
    for (int j = 0; j <= STEPS; j++) {
        double x1 = x2 * j / STEPS, cell[3 * N], g[2 * N], value;
        for (int i = 0; i < N; i++) {
            cell[3 * i] = x1 / width[i];
            cell[3 * i + 1] = (x2 - x1) / width[i];
            cell[3 * i + 2] = 1 - x2 / width[i];
            g[2 * i] = g[2 * i + 1] = 1 / width[i];
            F[i] = x2 / width[i];
            G[i] = 1 - F[i];
            f[i] = 1 / width[i];
        }
        OK(binnet_order_joint_pdf(ctx, &value, N, 2, r, cell, g));
        sum += value * (j == 0 || j == STEPS ? 1 : j % 2 == 1 ? 4 : 2);
    }
    OK(binnet_order_pdf(ctx, &want, N, F, G, f, 4));
    near(sum * x2 / STEPS / 3, want, 1e-10, "integral", N, 2); /* a cubic at most: Simpson is exact up to rounding */
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    double cell[6] = {0.2, 0.3, 0.5, 0.2, 0.3, 0.5}, f[4] = {1, 1, 1, 1}, x;
    size_t r[2] = {1, 2}, wrong[2] = {2, 2}, far[2] = {1, 3};
    uint64_t bytes;
    OK(binnet_order_joint_cdf(ctx, &x, 2, 2, r, cell));
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, wrong, cell), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, far, cell), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 0, r, cell), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 1, 2, r, cell), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, NULL, cell), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, r, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_joint_pdf(ctx, &x, 2, 2, r, cell, NULL), BINNET_E_NULL);
    f[3] = -1;
    ck_assert_int_eq(binnet_order_joint_pdf(ctx, &x, 2, 2, r, cell, f), BINNET_E_RANGE);
    cell[4] = 0.4;
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, r, cell), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "variable 1"));
    cell[4] = NAN;
    ck_assert_int_eq(binnet_order_joint_cdf(ctx, &x, 2, 2, r, cell), BINNET_E_NAN);
    const size_t eight[8] = {1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000};
    OK(binnet_order_joint_estimate(ctx, NULL, &bytes, NULL, 9000, 8, eight, 1));
    ck_assert(bytes > UINT64_C(1) << 60); /* and the call itself stops before it starts */
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("order joint", all_assignments, as_many_as_allowed, two_of_many, marginals, density_integrates, errors)
