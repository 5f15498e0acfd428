/*
 * Order statistics of many variables: alike ones against the binomial law in long double, unlike ones by two ways of the
 * library. Tolerances: 2e-12 is asked for where 8 n 2^-53 would allow more, the roundings nearly cancelling.
 */
#include "order_help.h"

/* log P(K >= r) for K binomial, p + q being 1 but for the rounding of q, which counts n times. Terms by their ratio from the
 * first one, which comes from lgammal (good to 1e-19 of itself). */
static double binomial_log_tail(size_t n, double p, double q, size_t r)
{
    long double first = lgammal((long double)n + 1) - lgammal((long double)r + 1) - lgammal((long double)(n - r) + 1) +
                        (long double)r * logl(p) + (long double)(n - r) * logl(q);
    long double term = 1, sum = 0, odds = (long double)p / (long double)q;
    for (size_t k = r; k <= n && term > 1e-25L * sum; k++) {
        sum += term;
        term *= odds * (long double)(n - k) / (long double)(k + 1);
    }
    return (double)(first + logl(sum));
}

START_TEST(alike_variables)
{
    binnet_ctx *ctx = new_ctx(1);
    static const size_t sizes[] = {100, 900, 5000, 100000};
    static double F[100000], G[100000], f[100000];
    for (size_t k = 0; k < 4; k++) {
        size_t n = sizes[k];
        double p = 0.3, sd = sqrt((double)n * p * (1 - p));
        for (size_t i = 0; i < n; i++) {
            F[i] = p;
            G[i] = 1 - p;
            f[i] = 1;
        }
        size_t mean = 3 * n / 10,
               ranks[] = {mean + 1, mean + (size_t)(3 * sd), mean + (size_t)(12 * sd), n / 2, 9 * n / 10, n - 1, n};
        for (size_t j = 0; j < 7; j++) {
            size_t r = ranks[j] < n ? ranks[j] : n;
            double log_cdf, log_pdf, want = binomial_log_tail(n, p, 1 - p, r);
            /* 8 n 2^-53 at the worst, 2e-12 + 2^-50 of the logarithm is asked for: random roundings nearly cancel */
            OK(binnet_order_log_cdf(ctx, &log_cdf, NULL, n, F, G, r));
            ck_assert_msg(fabs(log_cdf - want) <= 2e-12 + 0x1p-50 * fabs(want), "n %zu r %zu: %.17g, expected %.17g", n,
                          r, log_cdf, want);
            /* survival of the mirrored variables */
            double log_survival;
            OK(binnet_order_log_cdf(ctx, NULL, &log_survival, n, G, F, n - r + 1));
            ck_assert_msg(fabs(log_survival - want) <= 2e-12 + 0x1p-50 * fabs(want),
                          "n %zu r %zu: %.17g, expected %.17g", n, r, log_survival, want);
            /* n f C(n-1, r-1) p^(r-1) q^(n-r) */
            OK(binnet_order_log_pdf(ctx, &log_pdf, n, F, G, f, r));
            want = (double)(lgammal((long double)n + 1) - lgammal((long double)r) - lgammal((long double)(n - r) + 1) +
                            (long double)(r - 1) * logl(p) + (long double)(n - r) * logl(1 - p));
            ck_assert_msg(fabs(log_pdf - want) <= 2e-12 + 0x1p-50 * fabs(want),
                          "pdf, n %zu r %zu: %.17g, expected %.17g", n, r, log_pdf, want);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* One rank (direct, or tilted with dropped ends) against the whole law, for unlike variables. */
START_TEST(ways_agree)
{
    binnet_ctx *ctx = new_ctx(1);
    static double F[20000], G[20000], f[20000], cdf[20000], survival[20000], pdf[20000];
    static const size_t sizes[] = {300, 1500, 4000, 20000};
    for (size_t k = 0; k < 4; k++) {
        size_t n = sizes[k];
        dice d = dice_of(n);
        double mean = 0, variance = 0;
        for (size_t i = 0; i < n; i++) {
            F[i] = roll(&d);
            G[i] = 1 - F[i];
            f[i] = roll(&d);
            mean += F[i];
            variance += F[i] * G[i];
        }
        OK(binnet_order_cdf_all(ctx, cdf, survival, n, F, G));
        OK(binnet_order_pdf_all(ctx, pdf, n, F, G, f));
        for (int z = -36; z <= 36; z += 4) {
            double at = mean + z * sqrt(variance), x;
            if (at < 1 || at > (double)n)
                continue;
            size_t r = (size_t)at;
            OK(binnet_order_cdf(ctx, &x, n, F, G, r));
            near(fmax(x, 1e-290), fmax(cdf[r - 1], 1e-290), 1e-12, "cdf", n, r); /* all: absolute errors of 1e-300 */
            OK(binnet_order_survival(ctx, &x, n, F, G, r));
            near(fmax(x, 1e-290), fmax(survival[r - 1], 1e-290), 1e-12, "survival", n, r);
            OK(binnet_order_pdf(ctx, &x, n, F, G, f, r));
            near(fmax(x, 1e-285), fmax(pdf[r - 1], 1e-285), 1e-12, "pdf", n, r);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("order, large", alike_variables, ways_agree)
