/* What a law yields, against plain loops over its states. Tolerances: sums of up to 1024 terms of total 1, so 1e-14 absolute. */
#include "support/support.h"

static binnet_law *random_law(binnet_ctx *ctx, dice *d, size_t n, double *p)
{
    size_t S = (size_t)1 << n;
    double total = 0;
    binnet_law *law;
    for (size_t s = 0; s < S; s++)
        total += p[s] = roll(d) < 0.2 ? 0 : roll(d);
    for (size_t s = 0; s < S; s++)
        p[s] /= total > 0 ? total : 1;
    if (total <= 0)
        p[0] = 1;
    OK(binnet_law_new(ctx, &law, n, p, S));
    return law;
}

START_TEST(moments)
{
    static double p[1024], q[1024];
    for (size_t n = 1; n <= 10; n++) {
        dice d = dice_of(n);
        binnet_ctx *ctx = new_ctx(1);
        binnet_law *law = random_law(ctx, &d, n, p);
        size_t S = (size_t)1 << n;
        double mean[10], cov[100], corr[100], entropy, h = 0;
        OK(binnet_law_mean(ctx, mean, n, law));
        OK(binnet_law_covariance(ctx, cov, n, law));
        int32_t status = binnet_law_correlation(ctx, corr, n, law);
        int undefined = 0;
        for (size_t i = 0; i < n; i++) {
            double m = 0;
            for (size_t s = 0; s < S; s++)
                m += s >> i & 1 ? p[s] : 0;
            ck_assert(fabs(mean[i] - m) <= 1e-14);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double c = 0;
                for (size_t s = 0; s < S; s++)
                    c += p[s] * ((double)(s >> i & 1) - mean[i]) * ((double)(s >> j & 1) - mean[j]);
                ck_assert_msg(fabs(cov[i * n + j] - c) <= 1e-14, "n %zu: cov %zu %zu is %.17g, expected %.17g", n, i, j,
                              cov[i * n + j], c);
                double v = mean[i] * (1 - mean[i]), w = mean[j] * (1 - mean[j]);
                if (v <= 0 || w <= 0) {
                    undefined = 1;
                    ck_assert(isnan(corr[i * n + j]));
                } else {
                    ck_assert(fabs(corr[i * n + j] - c / sqrt(v * w)) <= 1e-12 / fmin(v, w));
                    ck_assert(i != j || corr[i * n + j] == 1);
                }
            }
        ck_assert_int_eq(status, undefined ? BINNET_E_UNDEFINED : BINNET_OK);
        OK(binnet_law_entropy(ctx, &entropy, law));
        for (size_t s = 0; s < S; s++)
            h -= p[s] > 0 ? p[s] * log(p[s]) : 0;
        ck_assert(fabs(entropy - h) <= 1e-13);

        int32_t some[10];
        size_t k = roll_to(&d, n + 1);
        for (size_t i = 0; i < n; i++)
            some[i] = (int32_t)i;
        for (size_t i = 0; i < k; i++) {
            size_t with = i + roll_to(&d, n - i);
            int32_t t = some[i];
            some[i] = some[with];
            some[with] = t;
        }
        OK(binnet_law_marginal(ctx, q, (size_t)1 << k, law, k, some));
        for (size_t m = 0; m < (size_t)1 << k; m++) {
            double want = 0;
            for (size_t s = 0; s < S; s++) {
                size_t index = 0;
                for (size_t b = 0; b < k; b++)
                    index |= (s >> some[b] & 1) << b;
                want += index == m ? p[s] : 0;
            }
            ck_assert(fabs(q[m] - want) <= 1e-14);
        }
        binnet_law_free(law);
        binnet_ctx_free(ctx);
    }
}
END_TEST

START_TEST(top)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    const double p[8] = {0.1, 0.2, 0.1, 0.05, 0.2, 0.1, 0.2, 0.05};
    const uint64_t order[8] = {1, 4, 6, 0, 2, 5, 3, 7};
    uint64_t state[8];
    double q[8];
    OK(binnet_law_new(ctx, &law, 3, p, 8));
    for (size_t k = 1; k <= 8; k++) {
        OK(binnet_law_top(ctx, state, q, k, law));
        for (size_t i = 0; i < k; i++)
            ck_assert_msg(state[i] == order[i] && fabs(q[i] - p[order[i]]) <= 1e-16, "k %zu: place %zu is state %llu",
                          k, i, (unsigned long long)state[i]);
    }
    OK(binnet_law_top(ctx, state, NULL, 2, law));
    ck_assert_int_eq(binnet_law_top(ctx, state, q, 9, law), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_top(ctx, state, q, 0, law), BINNET_E_RANGE);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(constant_neuron)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    const double p[4] = {0, 0.3, 0, 0.7}; /* neuron 0 is always active */
    double corr[4];
    OK(binnet_law_new(ctx, &law, 2, p, 4));
    ck_assert_int_eq(binnet_law_correlation(ctx, corr, 2, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(corr[0]) && isnan(corr[1]) && isnan(corr[2]) && corr[3] == 1);
    ck_assert(isnan(binnet_law_residual(law)) && binnet_law_method(law) == 0 && binnet_law_iterations(law) == 0);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

/* A pair with one probability beside 1: e times a share for each other state. r = (a b - c d) / sqrt of the four sums, in
 * long double and with the sums of the small ones written out; as e falls it tends to the middle formula. */
START_TEST(beside_one)
{
    binnet_ctx *ctx = new_ctx(1);
    const double share[3] = {0.5, 0.3, 0.2};
    double e = 0.1;
    for (int step = 0; step < 301; step++, e = pow(10, -step))
        for (int big = 0; big < 4; big++) {
            /* p[big] = 1 - e, opposite to it .5 e, beside it .3 e and .2 e */
            double p[4], cov[4], corr[4];
            p[big] = 1 - e;
            p[3 - big] = share[0] * e;
            p[big ^ 1] = share[1] * e;
            p[big ^ 2] = share[2] * e;
            binnet_law *law;
            OK(binnet_law_new(ctx, &law, 2, p, 4));
            OK(binnet_law_covariance(ctx, cov, 2, law));
            OK(binnet_law_correlation(ctx, corr, 2, law));
            binnet_law_free(law);
            long double a = p[big], b = p[3 - big], c = p[big ^ 1], d = p[big ^ 2], sum = a + b + c + d,
                        sign = big % 3 == 0 ? 1 : -1;
            a /= sum, b /= sum, c /= sum, d /= sum;
            long double want = sign * (a * b - c * d), v0 = (a + d) * (b + c), v1 = (a + c) * (b + d),
                        r = want / sqrtl(v0) / sqrtl(v1);
            if (step == 300)
                ck_assert(fabs((double)r - (double)sign * 0.5 / sqrt(0.8 * 0.7)) <= 1e-15);
            ck_assert_msg(fabs(corr[1] - (double)r) <= 1e-15 && corr[1] == corr[2] && corr[0] == 1 && corr[3] == 1,
                          "e %g, state %d: correlation %.17g, expected %.17g", e, big, corr[1], (double)r);
            ck_assert_msg(fabs(cov[1] - (double)want) <= 1e-15 * fabs((double)want) && cov[1] == cov[2] &&
                              fabs(cov[0] - (double)v0) <= 1e-15 * (double)v0 &&
                              fabs(cov[3] - (double)v1) <= 1e-15 * (double)v1,
                          "e %g, state %d: covariance %.17g, expected %.17g", e, big, cov[1], (double)want);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Laws of up to six neurons with probabilities from 1 to 1e-300: every pair against its four sums in long double, |r| <= 1,
 * and no neuron that has two activities is called constant. Two neurons that always agree have r = 1. */
START_TEST(graded_laws)
{
    binnet_ctx *ctx = new_ctx(1);
    double p[64], corr[36];
    for (uint64_t seed = 0; seed < 2000; seed++) {
        dice d = dice_of(seed);
        size_t n = 2 + roll_to(&d, 5), S = (size_t)1 << n;
        double depth = seed % 2 ? 300 : 20, total = 0;
        for (size_t s = 0; s < S; s++)
            total += p[s] = roll(&d) < 0.3 || (seed % 3 == 0 && (s & 1) != (s >> 1 & 1)) ? 0
                                                                                         : pow(10, -depth * roll(&d));
        if (!(total > 0))
            total = p[0] = 1;
        for (size_t s = 0; s < S; s++)
            p[s] /= total;
        binnet_law *law;
        OK(binnet_law_new(ctx, &law, n, p, S));
        int constant = 0;
        int32_t status = binnet_law_correlation(ctx, corr, n, law);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                long double cell[4] = {0};
                for (size_t s = 0; s < S; s++)
                    cell[(s >> i & 1) * 2 + (s >> j & 1)] += p[s];
                long double i1 = cell[2] + cell[3], i0 = cell[0] + cell[1], j1 = cell[1] + cell[3],
                            j0 = cell[0] + cell[2];
                double r = corr[i * n + j];
                if (!(i1 > 0 && i0 > 0 && j1 > 0 && j0 > 0)) {
                    constant = 1;
                    ck_assert(isnan(r));
                    continue;
                }
                long double want = i == j ? 1
                                          : (cell[0] * cell[3] - cell[1] * cell[2]) / sqrtl(i1) / sqrtl(i0) /
                                                sqrtl(j1) / sqrtl(j0);
                ck_assert_msg(fabs(r - (double)want) <= 4e-15 && fabs(r) <= 1,
                              "seed %llu, %zu %zu: %.17g, expected %.17g", (unsigned long long)seed, i, j, r,
                              (double)want);
            }
        ck_assert_int_eq(status, constant ? BINNET_E_UNDEFINED : BINNET_OK);
        binnet_law_free(law);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    double p[4] = {0.25, 0.25, 0.25, 0.25}, q[4];
    const int32_t twice[2] = {1, 1}, outside[1] = {2};
    ck_assert_int_eq(binnet_law_new(ctx, &law, 0, p, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_new(ctx, &law, 64, p, 4), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_new(ctx, &law, 2, p, 3), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_new(ctx, &law, 2, NULL, 4), BINNET_E_NULL);
    p[1] = NAN;
    ck_assert_int_eq(binnet_law_new(ctx, &law, 2, p, 4), BINNET_E_NAN);
    p[1] = -0.25;
    ck_assert_int_eq(binnet_law_new(ctx, &law, 2, p, 4), BINNET_E_RANGE);
    p[1] = 0.2;
    ck_assert_int_eq(binnet_law_new(ctx, &law, 2, p, 4), BINNET_E_RANGE); /* sum 0.95 */
    ck_assert(law == NULL);
    /* what adds up to 1 but for rounding stays what it is; other sums divide */
    double near[4] = {0.1, 0.2, 0.3, 0.4 - 1e-15};
    OK(binnet_law_new(ctx, &law, 2, near, 4));
    ck_assert_mem_eq(binnet_law_data(law), near, sizeof near);
    binnet_law_free(law);
    near[3] = 0.4 - 1e-10;
    OK(binnet_law_new(ctx, &law, 2, near, 4));
    ck_assert_double_eq_tol(binnet_law_data(law)[0], 0.1 * (1 + 1e-10), 1e-16);
    binnet_law_free(law);
    p[1] = 0.25;
    OK(binnet_law_new(ctx, &law, 2, p, 4));
    ck_assert_int_eq(binnet_law_mean(ctx, q, 3, law), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_covariance(ctx, NULL, 2, law), BINNET_E_NULL);
    ck_assert_int_eq(binnet_law_marginal(ctx, q, 4, law, 2, twice), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_marginal(ctx, q, 2, law, 1, outside), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_marginal(ctx, q, 3, law, 2, twice), BINNET_E_SIZE);
    ck_assert(binnet_law_data(NULL) == NULL && binnet_law_size(NULL) == 0);
    binnet_law_free(law);
    binnet_law_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("law", moments, top, constant_neuron, beside_one, graded_laws, errors)
