/*
 * Correlated noise: transition probabilities against closed forms and plain integrals in long double, the two forms against each
 * other, limits, laws against the whole matrix; errors that are reported are never below the true ones; and whoever cannot
 * have correlated noise says so.
 */
#include "support/support.h"

#include <string.h>

enum { N_MOST = 13 };

typedef struct circuit {
    size_t n;
    double J[N_MOST * N_MOST], theta[N_MOST];
} circuit;

static circuit random_circuit(dice *d, size_t n, double strength)
{
    circuit c = {.n = n};
    for (size_t i = 0; i < n * n; i++)
        c.J[i] = roll_in(d, -strength, strength);
    for (size_t i = 0; i < n; i++)
        c.theta[i] = roll_in(d, -0.5, 0.5);
    return c;
}

static binnet_chain *chain_of(binnet_ctx *ctx, const circuit *c, const binnet_noise *noise, int32_t update)
{
    binnet_net *net;
    binnet_chain *chain;
    OK(binnet_net_new(ctx, &net, c->n, c->J, NULL, c->theta, NULL));
    int32_t status = binnet_chain_new(ctx, &chain, net, noise, update);
    ck_assert_msg(status == BINNET_OK, "%d %s", (int)status, binnet_ctx_message(ctx));
    binnet_net_free(net);
    return chain;
}

static long double drive_of(const circuit *c, size_t i, uint64_t A)
{
    long double h = -(long double)c->theta[i];
    for (size_t j = 0; j < c->n; j++)
        h += A >> j & 1 ? (long double)c->J[i * c->n + j] : 0;
    return h;
}

static long double normal_cdf(long double x)
{
    return 0.5L * erfcl(-x / sqrtl(2));
}

static long double normal_pdf(long double x)
{
    return expl(-0.5L * x * x) / sqrtl(2 * acosl(-1));
}

/* phi(z) times the law of independent neurons with drives h + l z; bit i of the index is neuron i. */
static void law_given(long double *v, size_t n, const long double *h, const double *l, const double *own, long double z)
{
    v[0] = normal_pdf(z);
    for (size_t i = 0; i < n; i++) {
        long double u = h[i] + l[i] * z, p = own[i] > 0 ? normal_cdf(u / own[i]) : u >= 0,
                    q = own[i] > 0 ? normal_cdf(-u / own[i]) : u < 0;
        for (size_t m = 0, half = (size_t)1 << i; m < half; m++) {
            v[m + half] = v[m] * p;
            v[m] *= q;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    long double x = *(const long double *)a, y = *(const long double *)b;
    return (x > y) - (x < y);
}

/* Gauss's rule of 20 points, by Newton's method on Legendre's polynomial. */
enum { GAUSS = 20 };
static void gauss_rule(long double x[GAUSS], long double w[GAUSS])
{
    for (int k = 0; k < GAUSS; k++) {
        long double z = cosl(acosl(-1) * (k + 0.75L) / (GAUSS + 0.5L)), slope = 1;
        for (int t = 0; t < 12; t++) {
            long double a = 1, b = z;
            for (int n = 2; n <= GAUSS; n++) {
                long double next = ((2 * n - 1) * z * b - (n - 1) * a) / n;
                a = b;
                b = next;
            }
            slope = GAUSS * (z * b - a) / (z * z - 1);
            z -= b / slope;
        }
        x[k] = z;
        w[k] = 2 / ((1 - z * z) * slope * slope);
    }
}

/* One factor: Gauss's rule in `parts` of each interval between the places where neurons begin and end to turn. */
static void one_factor_row(double *row, const circuit *c, const double *l, const double *own, uint64_t A, int parts)
{
    size_t n = c->n, S = (size_t)1 << n, cuts = 0;
    long double h[N_MOST], cut[N_MOST * 5 + 2], *sum = calloc(2 * S, sizeof *sum), *v = sum + S, x[GAUSS], w[GAUSS];
    gauss_rule(x, w);
    cut[cuts++] = -12;
    cut[cuts++] = 12;
    for (size_t i = 0; i < n; i++) {
        h[i] = drive_of(c, i, A);
        for (int k = -2; k <= 2 && l[i] != 0; k++) {
            long double z = -h[i] / l[i] + 6 * k * own[i] / l[i];
            if (z > -12 && z < 12)
                cut[cuts++] = z;
        }
    }
    qsort(cut, cuts, sizeof *cut, by_value);
    for (size_t k = 1; k < cuts; k++)
        for (int part = 0; part < parts; part++) {
            long double half = (cut[k] - cut[k - 1]) / (2 * parts), middle = cut[k - 1] + half * (2 * part + 1);
            for (int j = 0; j < GAUSS && half > 0; j++) {
                law_given(v, n, h, l, own, middle + half * x[j]);
                for (size_t m = 0; m < S; m++)
                    sum[m] += half * w[j] * v[m];
            }
        }
    for (size_t m = 0; m < S; m++)
        row[m] = (double)sum[m];
    free(sum);
}

static void check_row(binnet_ctx *ctx, const binnet_chain *chain, uint64_t A, const double *reference, double floor)
{
    size_t S = (size_t)binnet_chain_states(chain);
    double *row = malloc(S * sizeof *row), all, each, sum = 0, off = 0;
    OK(binnet_chain_row(ctx, row, S, chain, A));
    OK(binnet_chain_row_error(ctx, &all, &each, chain));
    for (size_t m = 0; m < S; m++) {
        double one;
        ck_assert_msg(fabs(row[m] - reference[m]) <= each + floor, "%zu: %.17g, %.17g, error %g", m, row[m],
                      reference[m], each);
        OK(binnet_chain_transition(ctx, &one, chain, A, m));
        ck_assert_double_eq(one, row[m]);
        sum += row[m];
        off += fabs(row[m] - reference[m]);
    }
    ck_assert_double_eq_tol(sum, 1, 1e-12 + all);
    ck_assert_double_le(off, all + floor * (double)S);
    free(row);
}

START_TEST(arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    const double good[9] = {1, 0.5, 0.2, 0.5, 1, 0.5, 0.2, 0.5, 1}, skew[4] = {1, 0.5, 0.4, 1},
                 nan[4] = {1, NAN, NAN, 1}, third[9] = {1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1},
                 second[4] = {1, 2, 2, 1}, negative[4] = {1, 0, 0, -1}, L[4] = {1, 0, 0, 1}, D[4] = {1, 1, -1, 1};
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, NULL, 3, good), BINNET_E_NULL);
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 3, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 0, good), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 2, skew), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "symmetric"));
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 2, nan), BINNET_E_NAN);
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 3, third), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "minor of order 3"));
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 2, second), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "minor of order 2"));
    ck_assert_int_eq(binnet_noise_new_gaussian_cov(ctx, &noise, 2, negative), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "minor of order 2"));
    ck_assert_ptr_null(noise);
    ck_assert_int_eq(binnet_noise_new_gaussian_factors(ctx, &noise, 4, 1, L, D), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_gaussian_factors(ctx, &noise, 1, 4, L, D), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_gaussian_factors(ctx, &noise, 2, 1, NULL, D), BINNET_E_NULL);
    ck_assert_int_eq(binnet_noise_new_gaussian_factors(ctx, &noise, 2, 1, L, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_noise_new_gaussian_factors(ctx, &noise, 1, 1, nan + 1, D), BINNET_E_NAN);

    /* what is found in them */
    double r;
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, 3, good));
    ck_assert_int_eq(binnet_noise_form(noise), BINNET_NOISE_COVARIANCE);
    OK(binnet_noise_correlation(ctx, &r, noise, 0, 2));
    ck_assert_double_eq(r, 0.2);
    ck_assert_int_eq(binnet_noise_correlation(ctx, &r, noise, 0, 3), BINNET_E_RANGE);
    binnet_noise_free(noise);
    const double diagonal[4] = {4, 0, 0, 9}, pair[4] = {4, -1, -1, 9}, same[4] = {4, 6, 6, 9};
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, 2, diagonal));
    ck_assert_int_eq(binnet_noise_form(noise), BINNET_NOISE_INDEPENDENT);
    ck_assert_double_eq(binnet_noise_scale(noise, 1), 3);
    binnet_noise_free(noise);
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, 2, pair));
    ck_assert_uint_eq(binnet_noise_factors(noise), 1);
    binnet_noise_free(noise);
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, 2, same)); /* semidefinite */
    ck_assert_uint_eq(binnet_noise_factors(noise), 1);
    binnet_noise_free(noise);
    OK(binnet_noise_new_gaussian_factors(ctx, &noise, 2, 2, L, D));
    ck_assert_int_eq(binnet_noise_form(noise), BINNET_NOISE_INDEPENDENT);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Drives of 0: orthants of equicorrelated variables with r = 1/2 are 1/(n + 1), of two and three by arcsines. */
START_TEST(closed_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    const double pi = acos(-1);
    for (size_t n = 2; n <= 7; n++) {
        circuit c = {.n = n};
        double cov[49], p, each;
        for (size_t i = 0; i < n * n; i++)
            cov[i] = i % (n + 1) == 0 ? 1 : 0.5;
        binnet_noise *noise;
        OK(binnet_noise_new_gaussian_cov(ctx, &noise, n, cov));
        ck_assert_uint_eq(binnet_noise_factors(noise), 1);
        binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_transition(ctx, &p, chain, 0, (UINT64_C(1) << n) - 1));
        OK(binnet_chain_row_error(ctx, NULL, &each, chain));
        ck_assert_double_le(each, 1e-12);
        ck_assert_double_le(fabs(p * (double)(n + 1) - 1), each);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
    }
    const double sets[3][3] = {{0.5, 0.5, -0.3}, {-0.4, 0.7, -0.9}, {0.99, 0.3, 0.4}};
    for (int k = 0; k < 3; k++) {
        const double *r = sets[k], cov[9] = {1, r[0], r[1], r[0], 1, r[2], r[1], r[2], 1};
        circuit c = {.n = 3};
        binnet_noise *noise;
        double p, each;
        OK(binnet_noise_new_gaussian_cov(ctx, &noise, 3, cov));
        binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_row_error(ctx, NULL, &each, chain));
        OK(binnet_chain_transition(ctx, &p, chain, 0, 7));
        ck_assert_double_le(each, 1e-11);
        ck_assert_double_le(fabs(p - (0.125 + (asin(r[0]) + asin(r[1]) + asin(r[2])) / (4 * pi))), each);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* acos r, 1 - r having few digits. */
static double angle_between(double r)
{
    return atan2(sqrt((1 - r) * (1 + r)), r);
}

/* Three factors have some 1e4 to 1e5 nodes: rows add up to 1, and two neurons with drives of 0 differ with probability acos(r)/pi. */
START_TEST(many_nodes)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(78);
    const double pi = acos(-1);
    for (int k = 0; k < 4; k++) {
        double L[9], own[3], p[8], row, each, sum = 0;
        for (int i = 0; i < 9; i++)
            L[i] = roll_in(&d, -1.5, 1.5);
        for (int i = 0; i < 3; i++)
            own[i] = roll_in(&d, 0.3, 0.6);
        circuit c = {.n = 3};
        binnet_noise *noise;
        OK(binnet_noise_new_gaussian_factors(ctx, &noise, 3, 3, L, own));
        binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_row_error(ctx, &row, &each, chain));
        OK(binnet_chain_row(ctx, p, 8, chain, 0));
        for (int m = 0; m < 8; m++)
            sum += p[m];
        ck_assert_msg(fabs(sum - 1) <= 2e-14 && fabs(sum - 1) <= row && row <= 1e-12, "case %d: off by %g, told %g", k,
                      sum - 1, row);
        double v = L[0] * L[0] + L[1] * L[1] + L[2] * L[2] + own[0] * own[0],
               w = L[3] * L[3] + L[4] * L[4] + L[5] * L[5] + own[1] * own[1],
               r = (L[0] * L[3] + L[1] * L[4] + L[2] * L[5]) / sqrt(v * w);
        ck_assert_double_le(fabs(p[1] + p[2] + p[5] + p[6] - angle_between(r) / pi), row);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Correlations of 1 - 1e-6 to 1 - 1e-15, of one factor but for some roundings, and drives of 0: two neurons differ with probability
 * acos(r)/pi. Rounded correlations are off by far more than the sums are. */
START_TEST(rounded_correlations)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(77);
    const double pi = acos(-1);
    for (int k = 0; k < 400; k++) {
        double x = pow(10, roll_in(&d, -15, -6)), y = pow(10, roll_in(&d, -15, -6)), sign = k % 2 ? 1 : -1;
        double r[3] = {1 - x, 1 - y, (1 - x) * (1 - y) + floor(roll_in(&d, -4, 5)) * 0x1p-53};
        double s[3] = {1, k % 3 ? 4 : 1, k % 5 ? 1 : 0.25}, cov[9], p[8], row, each;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                cov[3 * i + j] = i == j ? s[i] * s[i] : 0;
        cov[1] = cov[3] = sign * r[0] * s[0] * s[1];
        cov[2] = cov[6] = r[1] * s[0] * s[2];
        cov[5] = cov[7] = sign * r[2] * s[1] * s[2];
        const double angle[3] = {angle_between(cov[1] / s[0] / s[1]), angle_between(cov[2] / s[0] / s[2]),
                                 angle_between(cov[5] / s[1] / s[2])};
        circuit c = {.n = 3};
        binnet_noise *noise;
        if (binnet_noise_new_gaussian_cov(ctx, &noise, 3, cov) != BINNET_OK)
            continue; /* a minor is negative, by rounding */
        binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_row_error(ctx, &row, &each, chain));
        OK(binnet_chain_row(ctx, p, 8, chain, 0));
        ck_assert_double_le(row, 1e-6);
        const double differ[3] = {p[1] + p[2] + p[5] + p[6], p[1] + p[4] + p[3] + p[6], p[2] + p[4] + p[3] + p[5]};
        for (int e = 0; e < 3; e++) {
            double off = fabs(differ[e] - angle[e] / pi);
            ck_assert_msg(off <= row && off <= 4 * each, "case %d, pair %d: %g off, told %g and %g", k, e, off, row,
                          each);
        }
        binnet_chain_free(chain);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* One factor, from much noise of the neurons' own to none. */
START_TEST(one_factor)
{
    static const double own_of[] = {1, 0.3, 0.02, 1e-3, 1e-8, 0};
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(20 + (uint64_t)_i);
    size_t n = 3 + (size_t)_i % 3;
    circuit c = random_circuit(&d, n, 0.8);
    double l[N_MOST], own[N_MOST], row[1 << 6];
    for (size_t i = 0; i < n; i++) {
        l[i] = roll_in(&d, -1, 1);
        own[i] = own_of[_i] * roll_in(&d, 0.5, 1.5);
    }
    if (_i == 5)
        own[0] = 0.1; /* some have none */
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian_factors(ctx, &noise, n, 1, l, own));
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    double all;
    OK(binnet_chain_row_error(ctx, &all, NULL, chain));
    ck_assert_double_le(all, 1e-10);
    for (uint64_t A = 0; A < 4; A++) {
        one_factor_row(row, &c, l, own, A, 6);
        check_row(ctx, chain, A, row, 2e-16); /* of the sum in double at the end */
    }
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Shared factors are relatively exact in the tails too: all neurons silent against a strong drive. */
START_TEST(tails)
{
    binnet_ctx *ctx = new_ctx(1);
    circuit c = {.n = 3, .theta = {-6, -7, -8}};
    const double l[3] = {0.6, 0.8, 0.5}, own[3] = {0.8, 0.6, 1};
    double row[8], p;
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian_factors(ctx, &noise, 3, 1, l, own));
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    one_factor_row(row, &c, l, own, 0, 10);
    for (uint64_t m = 0; m < 8; m++) {
        OK(binnet_chain_transition(ctx, &p, chain, 0, m));
        ck_assert_msg(fabs(p / row[m] - 1) < 1e-11, "%d: %g %g", (int)m, p, row[m]);
    }
    ck_assert_double_lt(row[0], 1e-18);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Two factors as factors and as a covariance; the two and a plain double sum. */
START_TEST(two_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(40 + (uint64_t)_i);
    size_t n = 4 + (size_t)_i % 2, S = (size_t)1 << n;
    circuit c = random_circuit(&d, n, 1);
    double L[2 * N_MOST], own[N_MOST], cov[N_MOST * N_MOST], row[2][1 << 5], sum[1 << 5] = {0}, error[2];
    for (size_t i = 0; i < n; i++) {
        own[i] = roll_in(&d, 0.3, 1);
        L[2 * i] = roll_in(&d, -1, 1);
        L[2 * i + 1] = roll_in(&d, -1, 1);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            cov[i * n + j] = L[2 * i] * L[2 * j] + L[2 * i + 1] * L[2 * j + 1] + (i == j ? own[i] * own[i] : 0);
    binnet_noise *noise[2];
    OK(binnet_noise_new_gaussian_factors(ctx, &noise[0], n, 2, L, own));
    OK(binnet_noise_new_gaussian_cov(ctx, &noise[1], n, cov));
    ck_assert_int_eq(binnet_noise_form(noise[1]), BINNET_NOISE_COVARIANCE);
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain = chain_of(ctx, &c, noise[k], BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_row(ctx, row[k], S, chain, 3));
        OK(binnet_chain_row_error(ctx, NULL, &error[k], chain));
        ck_assert_double_le(error[k], k == 0 ? 1e-12 : 1e-10);
        binnet_chain_free(chain);
        binnet_noise_free(noise[k]);
    }
    /* Simpson's rule over the second factor, one_factor_row over the first */
    double l[N_MOST], part[1 << 5];
    for (int k = 0; k <= 200; k++) {
        double z = -10 + 0.1 * k, w = k == 0 || k == 200 ? 1 : k % 2 == 1 ? 4 : 2;
        circuit moved = c;
        for (size_t i = 0; i < n; i++) {
            moved.theta[i] -= L[2 * i + 1] * z;
            l[i] = L[2 * i];
        }
        one_factor_row(part, &moved, l, own, 3, 2);
        for (size_t m = 0; m < S; m++)
            sum[m] += w * 0.1 / 3 * (double)normal_pdf(z) * part[m];
    }
    for (size_t m = 0; m < S; m++) {
        ck_assert_double_le(fabs(row[0][m] - row[1][m]), error[0] + error[1]);
        ck_assert_double_le(fabs(row[0][m] - sum[m]), 1e-7); /* of Simpson's rule */
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Rank two, no noise of their own: a lattice. Outcomes by the angle of (z1, z2): along a ray neurons turn at known distances. */
START_TEST(singular)
{
    enum { ANGLES = 200000, N = 4 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(60);
    circuit c = random_circuit(&d, N, 0.7);
    double L[2 * N], own[N] = {0}, row[1 << N] = {0};
    for (size_t i = 0; i < 2 * N; i++)
        L[i] = roll_in(&d, -1, 1);
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian_factors(ctx, &noise, N, 2, L, own));
    OK(binnet_ctx_set_f64(ctx, BINNET_P_ROW_ERROR, 0.03));
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    for (int k = 0; k < ANGLES; k++) {
        double angle = 2 * acos(-1) * (k + 0.5) / ANGLES, at[N + 2], h[N], slope[N];
        size_t cuts = 0;
        at[cuts++] = 0;
        for (size_t i = 0; i < N; i++) {
            h[i] = (double)drive_of(&c, i, 5);
            slope[i] = L[2 * i] * cos(angle) + L[2 * i + 1] * sin(angle);
            double r = -h[i] / slope[i];
            size_t to = cuts;
            if (!(r > 0))
                continue;
            while (to > 0 && at[to - 1] > r)
                to--;
            memmove(at + to + 1, at + to, (cuts++ - to) * sizeof *at);
            at[to] = r;
        }
        for (size_t j = 0; j < cuts; j++) {
            double next = j + 1 < cuts ? at[j + 1] : at[j] + 2, middle = 0.5 * (at[j] + next);
            size_t m = 0;
            for (size_t i = 0; i < N; i++)
                m |= (size_t)(h[i] + slope[i] * middle >= 0) << i;
            row[m] += (exp(-0.5 * at[j] * at[j]) - (j + 1 < cuts ? exp(-0.5 * next * next) : 0)) / ANGLES;
        }
    }
    double all;
    OK(binnet_chain_row_error(ctx, &all, NULL, chain));
    ck_assert_double_le(all, 0.03);
    check_row(ctx, chain, 5, row, 1e-5); /* the polar sum: jumps of size 1/ANGLES */
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* No factor to speak of: independent noise. Nothing but a factor: neurons that do the same. */
START_TEST(limits)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(70);
    circuit c = random_circuit(&d, 4, 1);
    const double weak[4] = {1e-9, 1e-9, -1e-9, 1e-9}, own[4] = {0.4, 0.5, 0.6, 0.7}, one[4] = {1, 1, 1, 1},
                 nothing[4] = {0};
    double a[256], b[256], all[16];
    binnet_noise *noise[2];
    OK(binnet_noise_new_gaussian_factors(ctx, &noise[0], 4, 1, weak, own));
    OK(binnet_noise_new_gaussian(ctx, &noise[1], 4, own));
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain = chain_of(ctx, &c, noise[k], BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_matrix(ctx, k == 0 ? a : b, 256, chain));
        binnet_chain_free(chain);
        binnet_noise_free(noise[k]);
    }
    for (size_t k = 0; k < 256; k++)
        ck_assert_double_le(fabs(a[k] - b[k]), 2e-13 * b[k]);
    /* the same noise and the same drive: all or none */
    circuit same = {.n = 4, .theta = {0.3, 0.3, 0.3, 0.3}};
    for (size_t i = 0; i < 4; i++)
        same.J[4 * i] = 0.5;
    for (size_t i = 0; i < 16; i++)
        all[i] = 1;
    OK(binnet_noise_new_gaussian_cov(ctx, &noise[0], 4, all));
    OK(binnet_noise_new_gaussian_factors(ctx, &noise[1], 4, 1, one, nothing));
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain = chain_of(ctx, &same, noise[k], BINNET_UPDATE_SYNCHRONOUS);
        double row[16];
        OK(binnet_chain_row(ctx, row, 16, chain, 1));
        for (size_t m = 0; m < 16; m++)
            ck_assert_double_eq_tol(row[m],
                                    m == 15  ? (double)normal_cdf(0.2L)
                                    : m == 0 ? (double)normal_cdf(-0.2L)
                                             : 0,
                                    1e-13);
        binnet_law *law;
        uint64_t classes;
        OK(binnet_chain_classes(ctx, &classes, NULL, 0, chain));
        ck_assert_uint_eq(classes, 1);
        OK(binnet_chain_stationary(ctx, &law, chain));
        double up = (double)normal_cdf(-0.3L), stay = (double)normal_cdf(0.2L);
        ck_assert_double_eq_tol(binnet_law_data(law)[15], up / (up + 1 - stay), 1e-12);
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise[k]);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- laws --- */

static binnet_noise *some_noise(binnet_ctx *ctx, dice *d, size_t n, int general)
{
    double L[3 * N_MOST], own[N_MOST], cov[N_MOST * N_MOST];
    binnet_noise *noise;
    for (size_t i = 0; i < n; i++) {
        own[i] = roll_in(d, 0.3, 0.8);
        for (size_t f = 0; f < 3; f++)
            L[3 * i + f] = roll_in(d, -0.7, 0.7);
    }
    if (!general) {
        OK(binnet_noise_new_gaussian_factors(ctx, &noise, n, 1, L, own));
        return noise;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            cov[i * n + j] = i == j ? own[i] * own[i] : 0;
            for (size_t f = 0; f < 3; f++)
                cov[i * n + j] += L[3 * i + f] * L[3 * j + f];
        }
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, n, cov));
    return noise;
}

/* pi P = pi by plain elimination. */
static void plain_stationary(double *pi, const double *P, size_t S)
{
    double *a = malloc(S * S * sizeof *a);
    memcpy(a, P, S * S * sizeof *a);
    for (size_t k = S - 1; k > 0; k--) {
        double out = 0;
        for (size_t t = 0; t < k; t++)
            out += a[k * S + t];
        for (size_t s = 0; s < k; s++) {
            a[s * S + k] /= out;
            for (size_t t = 0; t < k; t++)
                a[s * S + t] += a[s * S + k] * a[k * S + t];
        }
    }
    double total = pi[0] = 1;
    for (size_t k = 1; k < S; k++) {
        pi[k] = 0;
        for (size_t s = 0; s < k; s++)
            pi[k] += pi[s] * a[s * S + k];
        total += pi[k];
    }
    for (size_t k = 0; k < S; k++)
        pi[k] /= total;
    free(a);
}

/* _i: factors or any covariance; synchronous, or two blocks. */
START_TEST(laws)
{
    enum { N = 5, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(80 + (uint64_t)_i);
    circuit c = random_circuit(&d, N, 1);
    const int32_t block[N] = {0, 1, 0, 1, 0};
    binnet_noise *noise = some_noise(ctx, &d, N, _i % 2);
    binnet_net *net;
    binnet_chain *chain;
    binnet_law *law, *later;
    OK(binnet_net_new(ctx, &net, N, c.J, NULL, c.theta, NULL));
    if (_i < 2)
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    else
        OK(binnet_chain_new_blocks(ctx, &chain, net, noise, 2, block));
    static double P[STATES * STATES], x[STATES], y[STATES], pi[STATES];
    OK(binnet_chain_matrix(ctx, P, STATES * STATES, chain));
    double total = 0;
    for (size_t s = 0; s < STATES; s++)
        total += x[s] = roll(&d);
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    for (size_t t = 0; t < STATES; t++) {
        double sum = 0;
        for (size_t s = 0; s < STATES; s++)
            sum += x[s] * P[s * STATES + t];
        ck_assert_double_eq_tol(y[t], sum, 1e-14 * total);
        for (uint64_t s = 0; s < STATES; s += 7) {
            double p;
            OK(binnet_chain_transition(ctx, &p, chain, s, t));
            ck_assert_double_eq_tol(p, P[s * STATES + t], 1e-15);
        }
    }
    plain_stationary(pi, P, STATES);
    for (int method = BINNET_METHOD_GTH; method <= BINNET_METHOD_ITERATION; method++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
        OK(binnet_chain_stationary(ctx, &law, chain));
        double row;
        OK(binnet_chain_row_error(ctx, &row, NULL, chain));
        ck_assert_double_ge(binnet_law_residual(law), row);
        for (size_t s = 0; s < STATES; s++)
            ck_assert_double_eq_tol(binnet_law_data(law)[s], pi[s], 1e-11 * pi[s]);
        if (method == BINNET_METHOD_GTH)
            binnet_law_free(law);
    }
    OK(binnet_chain_evolve(ctx, &later, chain, law, 2));
    ck_assert_double_eq_tol(binnet_law_data(later)[7], pi[7], 1e-12);

    /* entropies, from the matrix */
    double rate = 0, production = 0, found;
    for (size_t s = 0; s < STATES; s++)
        for (size_t t = 0; t < STATES; t++) {
            double p = P[s * STATES + t];
            rate -= p > 0 ? pi[s] * p * log(p) : 0;
            production += p > 0 ? pi[s] * p * log(p / P[t * STATES + s]) : 0;
        }
    OK(binnet_chain_entropy_rate(ctx, &found, chain, law));
    if (_i < 2)
        ck_assert_double_eq_tol(found, rate, 1e-11);
    OK(binnet_chain_entropy_production(ctx, &found, chain, law));
    ck_assert_double_eq_tol(found, production, 1e-10);
    /* two neurons now, two a step later */
    const int32_t first[2] = {0, 3}, second[2] = {1, 2};
    double joint[16], lagged[N * N], mean[N] = {0}, next = 0;
    OK(binnet_chain_joint_law(ctx, joint, 16, chain, law, 1, 2, first, 2, second));
    double sum = 0;
    for (size_t s = 0; s < STATES; s++)
        for (size_t t = 0; t < STATES; t++) {
            sum += (s & 1) && (s >> 3 & 1) && (t >> 1 & 1) && (t >> 2 & 1) ? pi[s] * P[s * STATES + t] : 0;
            next += (s & 1) && (t >> 2 & 1) ? pi[s] * P[s * STATES + t] : 0;
        }
    ck_assert_double_eq_tol(joint[15], sum, 1e-12);
    OK(binnet_chain_lagged_covariance(ctx, lagged, N, chain, law, 1));
    OK(binnet_law_mean(ctx, mean, N, law));
    ck_assert_double_eq_tol(lagged[2], next - mean[0] * mean[2], 1e-11);
    double tau[N];
    OK(binnet_chain_autocorrelation_time(ctx, tau, NULL, NULL, N, chain, law));
    binnet_law_free(later);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* A neuron that nobody hears, and pieces that only their noise joins: the law is that of the whole matrix. */
START_TEST(pieces)
{
    enum { N = 4, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(90 + (uint64_t)_i);
    circuit c = random_circuit(&d, N, 1);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            if (_i == 0 ? j == 3 : (i < 2) != (j < 2))
                c.J[i * N + j] = 0;
    binnet_noise *noise = some_noise(ctx, &d, N, 1);
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    static double P[STATES * STATES], pi[STATES];
    binnet_law *law;
    OK(binnet_chain_matrix(ctx, P, STATES * STATES, chain));
    plain_stationary(pi, P, STATES);
    OK(binnet_chain_stationary(ctx, &law, chain));
    for (size_t s = 0; s < STATES; s++)
        ck_assert_double_eq_tol(binnet_law_data(law)[s], pi[s], 1e-9 * pi[s]);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* The error of a law covers what the errors of its transitions do: against a chain with as many digits as there are. */
START_TEST(errors_of_laws)
{
    enum { N = 4, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(100 + (uint64_t)_i);
    circuit c = random_circuit(&d, N, 0.8);
    double L[2 * N], own[N] = {0.05, 0, 0, 0}, tiny[N];
    for (size_t i = 0; i < 2 * N; i++)
        L[i] = roll_in(&d, -1, 1);
    for (size_t i = 0; i < N; i++)
        tiny[i] = own[i] > 0 ? own[i] : 0.05;
    binnet_noise *rough, *fine;
    OK(binnet_noise_new_gaussian_factors(ctx, &fine, N, 2, L, tiny)); /* nodes */
    double cov[N * N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            cov[i * N + j] = L[2 * i] * L[2 * j] + L[2 * i + 1] * L[2 * j + 1] + (i == j ? tiny[i] * tiny[i] : 0);
    OK(binnet_noise_new_gaussian_cov(ctx, &rough, N, cov)); /* integrals */
    binnet_law *law[2];
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain = chain_of(ctx, &c, k == 0 ? rough : fine, BINNET_UPDATE_SYNCHRONOUS);
        OK(binnet_chain_stationary(ctx, &law[k], chain));
        binnet_chain_free(chain);
    }
    double error = binnet_law_balance_error(law[0]) + binnet_law_balance_error(law[1]);
    for (size_t s = 0; s < STATES; s++) {
        double a = binnet_law_data(law[0])[s], b = binnet_law_data(law[1])[s];
        ck_assert_double_le(fabs(a - b), error * b);
    }
    binnet_law_free(law[0]);
    binnet_law_free(law[1]);
    binnet_noise_free(rough);
    binnet_noise_free(fine);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- more neurons than tables have room for --- */

START_TEST(nodes)
{
    enum { N = 13, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(110);
    circuit c = {.n = N};
    double l[N], own[N], p;
    for (size_t i = 0; i < N; i++) {
        c.J[i * N + (i + 1) % N] = roll_in(&d, -1, 1);
        c.theta[i] = roll_in(&d, -0.5, 0.5);
        l[i] = 0.3;
        own[i] = 0.6;
    }
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian_factors(ctx, &noise, N, 1, l, own));
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    double *x = calloc(STATES, sizeof *x), *y = calloc(STATES, sizeof *y), *row = calloc(2 * STATES, sizeof *row);
    x[5] = 0.25;
    x[4711] = 0.75;
    OK(binnet_chain_apply(ctx, y, STATES, chain, x));
    OK(binnet_chain_row(ctx, row, STATES, chain, 5));
    OK(binnet_chain_row(ctx, row + STATES, STATES, chain, 4711));
    double error, sum = 0, mean[N] = {0};
    OK(binnet_chain_row_error(ctx, NULL, &error, chain));
    for (size_t t = 0; t < STATES; t++) {
        double both = 0.25 * row[t] + 0.75 * row[STATES + t];
        ck_assert_double_le(fabs(y[t] - both), 1e-13 * both);
        sum += y[t];
        for (size_t i = 0; i < N; i++)
            mean[i] += t >> i & 1 ? row[t] : 0;
    }
    ck_assert_double_eq_tol(sum, 1, 1e-12);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_le(fabs(mean[i] - (double)normal_cdf(drive_of(&c, i, 5) / hypotl(0.3L, 0.6L))), 10 * error);
    OK(binnet_chain_transition(ctx, &p, chain, 5, 77));
    ck_assert_double_le(fabs(p - row[77]), 1e-13 * p);
    double flops[2], bytes;
    uint64_t most;
    OK(binnet_chain_apply_estimate(ctx, NULL, &most, &flops[0], chain));
    bytes = (double)most;
    ck_assert_double_gt(bytes, 8.0 * STATES);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    /* what is too large or too singular is said */
    double cov[N * N];
    for (size_t i = 0; i < N * N; i++)
        cov[i] = i % (N + 1) == 0 ? 1 : 0.1 + 0.01 * (double)(i % N + i / N);
    OK(binnet_noise_new_gaussian_cov(ctx, &noise, N, cov));
    binnet_net *net;
    OK(binnet_net_new(ctx, &net, N, c.J, NULL, c.theta, NULL));
    ck_assert_int_eq(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS), BINNET_E_RANGE);
    ck_assert_ptr_null(chain);
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_ASYNCHRONOUS)); /* variances alone */
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    free(x);
    free(y);
    free(row);
    binnet_ctx_free(ctx);
}
END_TEST

/* Neurons updated one by one: as with independent noise of the same variances, to the last bit. */
START_TEST(one_by_one)
{
    enum { N = 4, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(120);
    circuit c = random_circuit(&d, N, 1);
    binnet_noise *noise = some_noise(ctx, &d, N, 1), *alone;
    double scale[N], a[STATES], b[STATES];
    for (size_t i = 0; i < N; i++)
        scale[i] = binnet_noise_scale(noise, i);
    OK(binnet_noise_new_gaussian(ctx, &alone, N, scale));
    for (int32_t update = BINNET_UPDATE_ASYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        binnet_chain *with = chain_of(ctx, &c, noise, update), *without = chain_of(ctx, &c, alone, update);
        OK(binnet_chain_row(ctx, a, STATES, with, 6));
        OK(binnet_chain_row(ctx, b, STATES, without, 6));
        ck_assert_mem_eq(a, b, sizeof a);
        double row;
        OK(binnet_chain_row_error(ctx, &row, NULL, with));
        ck_assert_double_eq(row, 0);
        binnet_chain_free(with);
        binnet_chain_free(without);
    }
    binnet_noise_free(noise);
    binnet_noise_free(alone);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- potentials, and who says no --- */

START_TEST(potentials)
{
    enum { N = 4, STATES = 1 << N, SAMPLES = 20000 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(130 + (uint64_t)_i);
    circuit c = random_circuit(&d, N, 1);
    binnet_noise *noise = some_noise(ctx, &d, N, _i);
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    binnet_law *law, *next;
    OK(binnet_chain_stationary(ctx, &law, chain));
    const double *pi = binnet_law_data(law);
    double sigma[N][N], m[STATES][N], mean[N] = {0}, cov[N * N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            OK(binnet_noise_correlation(ctx, &sigma[i][j], noise, i, j));
            sigma[i][j] *= binnet_noise_scale(noise, i) * binnet_noise_scale(noise, j);
        }
    for (uint64_t s = 0; s < STATES; s++)
        for (size_t i = 0; i < N; i++) {
            m[s][i] = (double)drive_of(&c, i, s) + c.theta[i];
            mean[i] += pi[s] * m[s][i];
        }
    OK(binnet_potential_covariance(ctx, cov, N, chain, law));
    double four = 0, two = 0, cell[N * N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = sigma[i][j];
            for (size_t s = 0; s < STATES; s++)
                sum += pi[s] * (m[s][i] - mean[i]) * (m[s][j] - mean[j]);
            ck_assert_double_eq_tol(cov[i * N + j], sum, 1e-13);
        }
    /* groups of two and of four, by Isserlis written out; the norms are those of independent noise of the same variances */
    const int32_t all[N] = {0, 1, 2, 3};
    double scale[N], with, without, plain = 0;
    for (size_t i = 0; i < N; i++)
        scale[i] = binnet_noise_scale(noise, i);
    binnet_noise *alone;
    OK(binnet_noise_new_gaussian(ctx, &alone, N, scale));
    binnet_chain *apart = chain_of(ctx, &c, alone, BINNET_UPDATE_SYNCHRONOUS);
    for (size_t s = 0; s < STATES; s++) {
        double x[N];
        for (size_t i = 0; i < N; i++)
            x[i] = m[s][i] - mean[i];
        double product = x[0] * x[1] * x[2] * x[3];
        plain += pi[s] * product;
        four += pi[s] * (product + sigma[0][1] * sigma[2][3] + sigma[0][2] * sigma[1][3] + sigma[0][3] * sigma[1][2] +
                         sigma[0][1] * x[2] * x[3] + sigma[0][2] * x[1] * x[3] + sigma[0][3] * x[1] * x[2] +
                         sigma[1][2] * x[0] * x[3] + sigma[1][3] * x[0] * x[2] + sigma[2][3] * x[0] * x[1]);
    }
    OK(binnet_potential_groupwise(ctx, &with, chain, law, 4, all));
    OK(binnet_potential_groupwise(ctx, &without, apart, law, 4, all));
    ck_assert_double_eq_tol(with * plain, without * four, 1e-12 * (fabs(without * four) + 1e-3));
    OK(binnet_potential_groupwise(ctx, &two, chain, law, 2, all + 1));
    ck_assert_double_eq_tol(two, cov[1 * N + 2] / sqrt(cov[1 * N + 1] * cov[2 * N + 2]), 1e-12);
    /* the density of a pair */
    const int32_t pair[2] = {2, 0};
    const double V[2] = {0.3, -0.2};
    double density, sum = 0, det = sigma[0][0] * sigma[2][2] - sigma[0][2] * sigma[0][2];
    for (size_t s = 0; s < STATES; s++) {
        double a = V[0] - m[s][2], b = V[1] - m[s][0];
        sum += pi[s] * exp(-0.5 * (a * a * sigma[0][0] - 2 * a * b * sigma[0][2] + b * b * sigma[2][2]) / det) /
               (2 * acos(-1) * sqrt(det));
    }
    OK(binnet_potential_density(ctx, &density, NULL, 1, chain, law, 2, pair, V));
    ck_assert_double_eq_tol(density, sum, 1e-12 * sum);
    OK(binnet_potential_law(ctx, &next, chain, law));
    for (size_t s = 0; s < STATES; s++)
        ck_assert_double_eq_tol(binnet_law_data(next)[s], pi[s], 1e-11);
    binnet_law_free(next);
    OK(binnet_potential_posterior(ctx, &next, chain, law, mean));
    binnet_law_free(next);
    /* samples: covariances to six standard errors of products of near normal variables (kurtosis at most 3 or so) */
    double *sample = malloc(SAMPLES * N * sizeof *sample);
    OK(binnet_potential_sample(ctx, sample, SAMPLES, chain, law, 0));
    memset(cell, 0, sizeof cell);
    for (size_t k = 0; k < SAMPLES; k++)
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                cell[i * N + j] += (sample[k * N + i] - mean[i]) * (sample[k * N + j] - mean[j]) / SAMPLES;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            ck_assert_double_le(fabs(cell[i * N + j] - cov[i * N + j]),
                                6 * sqrt(2 * cov[i * N + i] * cov[j * N + j] / SAMPLES));
    free(sample);
    binnet_chain_free(apart);
    binnet_noise_free(alone);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

#define REFUSED(call)                                                                                                  \
    do {                                                                                                               \
        ck_assert_int_eq(call, BINNET_E_UNDEFINED);                                                                    \
        ck_assert_msg(strstr(binnet_ctx_message(ctx), "independent") != NULL, "%s", binnet_ctx_message(ctx));          \
    } while (0)

START_TEST(refusals)
{
    enum { N = 4, STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(140);
    circuit c = random_circuit(&d, N, 1);
    binnet_noise *noise = some_noise(ctx, &d, N, 0);
    const binnet_noise *part[1] = {noise};
    binnet_chain *chain = chain_of(ctx, &c, noise, BINNET_UPDATE_SYNCHRONOUS);
    binnet_chain *single = chain_of(ctx, &c, noise, BINNET_UPDATE_ASYNCHRONOUS);
    binnet_law *law, *other;
    binnet_order *order;
    double out[N * N * N * N], f[STATES] = {0}, V[N] = {0};
    const int32_t pair[2] = {0, 1};
    OK(binnet_chain_stationary(ctx, &law, chain));
    REFUSED(binnet_order_new(ctx, &order, 1, part, V));
    REFUSED(binnet_response_functional(ctx, out, NULL, NULL, NULL, N, chain, law, f, STATES));
    REFUSED(binnet_response_mean(ctx, out, NULL, NULL, NULL, N, chain, law));
    REFUSED(binnet_response_covariance(ctx, out, NULL, NULL, NULL, N, chain, law));
    REFUSED(binnet_potential_lagged_covariance(ctx, out, N, chain, law, 1));
    REFUSED(binnet_potential_lagged_covariance(ctx, out, N, single, law, 1));
    REFUSED(binnet_potential_orthant(ctx, out, 1, chain, law, 2, pair, V, 0));
    OK(binnet_potential_orthant(ctx, out, 1, chain, law, 1, pair, V, 0));
    REFUSED(binnet_potential_law(ctx, &other, single, law)); /* all neurons at once */
    ck_assert_ptr_null(other);
    OK(binnet_potential_given(ctx, &other, single, law, V));
    binnet_law_free(other);
    binnet_set *set;
    binnet_spectrum *spectrum;
    binnet_schedule *schedule;
    const uint64_t start[1] = {0}, way[2] = {0, 1};
    int32_t halves[STATES] = {0, 1};
    double steps[STATES], more[STATES], bound;
    OK(binnet_set_new_states(ctx, &set, N, start, 1));
    const binnet_set *sets[1] = {set};
    REFUSED(binnet_passage_times(ctx, steps, more, STATES, &bound, chain, set));
    REFUSED(binnet_passage_times_from(ctx, steps, more, &bound, chain, law, set));
    REFUSED(binnet_passage_probabilities(ctx, steps, STATES, &bound, chain, 1, sets));
    REFUSED(binnet_passage_occupation(ctx, steps, STATES, &bound, chain, law, set));
    REFUSED(binnet_passage_quasi_stationary(ctx, &other, steps, &bound, chain, set));
    REFUSED(binnet_passage_path(ctx, steps, more, chain, 2, way));
    REFUSED(binnet_schedule_new(ctx, &schedule, 1, start, (const binnet_chain *const *)&chain));
    REFUSED(binnet_schedule_new_stimuli(ctx, &schedule, chain, 1, start, V));
    REFUSED(binnet_spectrum_new(ctx, &spectrum, chain, 2));
    REFUSED(binnet_chain_coarse(ctx, steps, more, &bound, NULL, NULL, 2, chain, law, halves, STATES));
    REFUSED(binnet_chain_committor(ctx, steps, &bound, STATES, chain, halves, 0, 1));
    REFUSED(binnet_recall_curve(ctx, out, NULL, 1, N, 1, start, chain));
    binnet_set_free(set);
    /* and these do not mind */
    OK(binnet_chain_transfer_entropy_pairs(ctx, out, N, chain, law));
    OK(binnet_chain_mutual_information_pairs(ctx, out, N, chain, law, 2));
    OK(binnet_chain_detailed_balance(ctx, out, NULL, chain, law));
    OK(binnet_chain_window(ctx, out, out + N, NULL, N, chain, law, 3));
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_chain_free(single);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("correlated noise", {arguments, 1}, {closed_forms, 1}, {rounded_correlations, 1}, {many_nodes, 1},
             {one_factor, 6}, {tails, 1}, {two_forms, 3}, {singular, 1}, {limits, 1}, {laws, 4}, {pieces, 2},
             {errors_of_laws, 4}, {nodes, 1}, {one_by_one, 1}, {potentials, 2}, {refusals, 1})
