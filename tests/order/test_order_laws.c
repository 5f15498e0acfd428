/*
 * Order statistics of laws: values, quantiles, means and variances against closed forms (uniform, exponential, logistic, Cauchy),
 * sums over ranks, atoms, and what does not exist. Errors are compared with the bounds and estimates that come with the numbers.
 */
#include "support/support.h"

#include "reference/order_moments.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

static void near(double got, double want, double absolute, const char *what, size_t n, size_t r)
{
    if (!(fabs(got - want) <= absolute))
        ck_abort_msg("%s, n %zu, r %zu: %.17g, expected %.17g within %.2g", what, n, r, got, want, absolute);
}

enum { MOST = 64 };

static binnet_noise *noise_of(binnet_ctx *ctx, int kind, size_t n, const double *scale, double dof)
{
    binnet_noise *noise = NULL;
    switch (kind) {
    case BINNET_NOISE_GAUSSIAN:
        OK(binnet_noise_new_gaussian(ctx, &noise, n, scale));
        break;
    case BINNET_NOISE_LOGISTIC:
        OK(binnet_noise_new_logistic(ctx, &noise, n, scale));
        break;
    case BINNET_NOISE_UNIFORM:
        OK(binnet_noise_new_uniform(ctx, &noise, n, scale));
        break;
    case BINNET_NOISE_LAPLACE:
        OK(binnet_noise_new_laplace(ctx, &noise, n, scale));
        break;
    default:
        OK(binnet_noise_new_student_t(ctx, &noise, n, scale, dof));
        break;
    }
    return noise;
}

static binnet_order *order_of(binnet_ctx *ctx, binnet_noise *noise, const double *location)
{
    const binnet_noise *part[1] = {noise};
    binnet_order *order;
    OK(binnet_order_new(ctx, &order, 1, part, location));
    binnet_noise_free(noise);
    return order;
}

/* n alike variables. */
static binnet_order *alike(binnet_ctx *ctx, int kind, size_t n, double location, double scale, double dof)
{
    double l[MOST], s[MOST];
    for (size_t i = 0; i < n; i++) {
        l[i] = location;
        s[i] = scale;
    }
    return order_of(ctx, noise_of(ctx, kind, n, s, dof), l);
}

/* All five kinds, `each` of them, unlike. */
static binnet_order *mixture(binnet_ctx *ctx, dice *d, size_t each, double dof)
{
    binnet_noise *part[5];
    const binnet_noise *borrowed[5];
    double l[5 * MOST], s[MOST];
    binnet_order *order;
    for (int k = 0; k < 5; k++) {
        for (size_t i = 0; i < each; i++) {
            s[i] = roll_in(d, 0.2, 2);
            l[(size_t)k * each + i] = roll_in(d, -1, 1);
        }
        borrowed[k] = part[k] = noise_of(ctx, k + 1, each, s, dof);
    }
    OK(binnet_order_new(ctx, &order, 5, borrowed, l));
    for (int k = 0; k < 5; k++)
        binnet_noise_free(part[k]);
    return order;
}

static double exponential_cdf(void *user, double x)
{
    (void)user;
    return x > 0 ? -expm1(-x) : 0;
}

static double exponential_survival(void *user, double x)
{
    (void)user;
    return x > 0 ? exp(-x) : 1;
}

static double exponential_density(void *user, double x)
{
    (void)user;
    return x >= 0 ? exp(-x) : 0;
}

/* scale = 1 / rate */
static binnet_order *exponentials(binnet_ctx *ctx, size_t n, const double *scale)
{
    double l[MOST] = {0};
    binnet_noise *noise;
    OK(binnet_noise_new_custom(ctx, &noise, n, scale, exponential_cdf, exponential_survival, exponential_density,
                               NULL));
    return order_of(ctx, noise, l);
}

/* --- values --- */

START_TEST(values)
{
    binnet_ctx *ctx = new_ctx(1), *two = new_ctx(2);
    dice d = dice_of(3);
    binnet_order *order = mixture(ctx, &d, 7, 2.5);
    size_t n = binnet_order_variables(order);
    ck_assert_uint_eq(n, 35);
    enum { POINTS = 200 };
    double x[POINTS], cdf[POINTS], survival[POINTS], pdf[POINTS], again[3][POINTS], F[MOST], G[MOST], f[MOST], v;
    for (int j = 0; j < POINTS; j++)
        x[j] = roll_in(&d, -40, 40) * roll(&d);
    x[7] = INFINITY;
    x[8] = -INFINITY;
    for (size_t r = 1; r <= n; r += 11) {
        OK(binnet_order_eval(ctx, cdf, survival, pdf, POINTS, order, r, x));
        for (int j = 0; j < POINTS; j++) {
            OK(binnet_order_marginals(ctx, F, G, f, n, order, x[j]));
            OK(binnet_order_cdf(ctx, &v, n, F, G, r));
            ck_assert(v == cdf[j]);
            OK(binnet_order_survival(ctx, &v, n, F, G, r));
            ck_assert(v == survival[j]);
            OK(binnet_order_pdf(ctx, &v, n, F, G, f, r));
            ck_assert(v == pdf[j]);
        }
        ck_assert(cdf[7] == 1 && survival[7] == 0 && pdf[7] == 0 && cdf[8] == 0 && survival[8] == 1 && pdf[8] == 0);
        OK(binnet_order_eval(two, again[0], again[1], again[2], POINTS, order, r, x));
        ck_assert_mem_eq(cdf, again[0], sizeof cdf);
        ck_assert_mem_eq(survival, again[1], sizeof cdf);
        ck_assert_mem_eq(pdf, again[2], sizeof cdf);
    }
    binnet_order_free(order);
    binnet_ctx_free(ctx);
    binnet_ctx_free(two);
}
END_TEST

/* Each variable's numbers are those of its noise at (x - location)/scale. */
START_TEST(marginals)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int kind = 1; kind <= 5; kind++) {
        double l[3] = {-1, 0.5, 2}, s[3] = {0.5, 1, 3}, F[3], G[3], f[3], a, b, c;
        binnet_noise *noise = noise_of(ctx, kind, 3, s, 4);
        const binnet_noise *part[1] = {noise};
        binnet_order *order;
        OK(binnet_order_new(ctx, &order, 1, part, l));
        for (double x = -6; x <= 6; x += 0.37) {
            OK(binnet_order_marginals(ctx, F, G, f, 3, order, x));
            for (int i = 0; i < 3; i++) {
                OK(binnet_noise_eval(ctx, &a, &b, &c, noise, (x - l[i]) / s[i]));
                /* both within 4e-15 of the law */
                ck_assert(fabs(F[i] - a) <= 1e-14 * a && fabs(G[i] - b) <= 1e-14 * b &&
                          fabs(f[i] - c / s[i]) <= 1e-14 * f[i]);
            }
        }
        binnet_noise_free(noise);
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* P(X_(1) <= a, X_(n) <= b) = prod F(b) - prod (F(b) - F(a)); f likewise by differences of it. */
START_TEST(joint)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(8);
    binnet_order *order = mixture(ctx, &d, 3, 3);
    size_t n = 15, r[2] = {1, 15};
    for (int k = 0; k < 20; k++) {
        double x[2] = {roll_in(&d, -3, 1), 0}, Fa[MOST], Ga[MOST], fa[MOST], Fb[MOST], Gb[MOST], fb[MOST], cdf, pdf;
        x[1] = x[0] + roll_in(&d, 0.1, 4);
        OK(binnet_order_joint_eval(ctx, &cdf, &pdf, order, 2, r, x));
        OK(binnet_order_marginals(ctx, Fa, Ga, fa, n, order, x[0]));
        OK(binnet_order_marginals(ctx, Fb, Gb, fb, n, order, x[1]));
        double all = 1, none = 1, density = 0;
        for (size_t i = 0; i < n; i++) {
            all *= Fb[i];
            none *= Fb[i] - Fa[i];
            for (size_t j = 0; j < n; j++) {
                double product = i == j ? 0 : fa[i] * fb[j];
                for (size_t m = 0; m < n; m++)
                    product *= m == i || m == j ? 1 : Fb[m] - Fa[m];
                density += product;
            }
        }
        near(cdf, all - none, 1e-14, "P(X_(1) <= a, X_(n) <= b)", n, 1);      /* all - none cancels: absolute */
        near(pdf, density, 1e-12 * density, "density of X_(1), X_(n)", n, 1); /* F(b) - F(a) of nearly equal ones */
    }
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- means and variances --- */

static void check_moments(binnet_ctx *ctx, const binnet_order *order, const double *mean, const double *variance,
                          double allowed, const char *what)
{
    size_t n = binnet_order_variables(order);
    double m[MOST], v[MOST], em[MOST], ev[MOST];
    OK(binnet_order_moments(ctx, m, v, em, ev, order, 1, n));
    for (size_t j = 0; j < n; j++) {
        near(m[j], mean[j], em[j] + 4 * DBL_EPSILON * fabs(mean[j]), what, n, j + 1);
        near(v[j], variance[j], ev[j] + 4 * DBL_EPSILON * variance[j], what, n, j + 1);
        ck_assert_msg(em[j] <= allowed * sqrt(variance[j]) && ev[j] <= 30 * allowed * variance[j],
                      "%s, n %zu, r %zu: errors of %.2g and %.2g", what, n, j + 1, em[j], ev[j]);
        double one[4];
        OK(binnet_order_moments(ctx, &one[0], &one[1], &one[2], &one[3], order, j + 1, j + 1));
        near(one[0], mean[j], one[2] + 4 * DBL_EPSILON * fabs(mean[j]), what, n, j + 1);
        near(one[1], variance[j], one[3] + 4 * DBL_EPSILON * variance[j], what, n, j + 1);
    }
}

START_TEST(uniform_moments)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 50; n = 2 * n + 1) {
        binnet_order *order = alike(ctx, BINNET_NOISE_UNIFORM, n, 0.5, 0.5, 0);
        double m[MOST], v[MOST], N = (double)n;
        for (size_t j = 0; j < n; j++) {
            double r = (double)j + 1;
            m[j] = r / (N + 1);
            v[j] = r * (N - r + 1) / ((N + 1) * (N + 1) * (N + 2));
        }
        check_moments(ctx, order, m, v, 5e-12, "uniform");
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* X_(r) is a sum of independent spacings with the means 1/(n - k), k < r; locations and scales move and stretch. */
START_TEST(exponential_moments)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 40; n = 3 * n) {
        double s[MOST], m[MOST], v[MOST], mean = 0, variance = 0;
        for (size_t j = 0; j < n; j++) {
            double spacing = 3 / (double)(n - j);
            s[j] = 3;
            m[j] = mean += spacing;
            v[j] = variance += spacing * spacing;
        }
        binnet_order *order = exponentials(ctx, n, s);
        check_moments(ctx, order, m, v, 1e-10, "exponential"); /* custom laws count as good to 1e-13 */
        binnet_order_free(order);
    }
    /* unlike: the least is exponential with the sum of the rates; the largest by inclusion and exclusion */
    double s[4] = {0.3, 1, 2, 5}, m[4], v[4], rate = 0, most = 0;
    binnet_order *order = exponentials(ctx, 4, s);
    OK(binnet_order_moments(ctx, m, v, NULL, NULL, order, 1, 4));
    for (int i = 0; i < 4; i++)
        rate += 1 / s[i];
    for (unsigned set = 1; set < 16; set++) {
        double part = 0;
        int size = 0;
        for (int i = 0; i < 4; i++)
            if (set >> i & 1) {
                part += 1 / s[i];
                size++;
            }
        most += (size % 2 == 1 ? 1 : -1) / part;
    }
    near(m[0], 1 / rate, 1e-12, "least of exponentials", 4, 1);
    near(v[0], 1 / rate / rate, 1e-12, "least of exponentials", 4, 1);
    near(m[3], most, 1e-11, "largest of exponentials", 4, 4);
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* E X_(r) = psi(r) - psi(n - r + 1), variance psi'(r) + psi'(n - r + 1). */
START_TEST(logistic_moments)
{
    binnet_ctx *ctx = new_ctx(2);
    for (size_t n = 1; n <= 60; n = 4 * n - 1) {
        binnet_order *order = alike(ctx, BINNET_NOISE_LOGISTIC, n, -2, 0.5, 0);
        double m[MOST], v[MOST];
        for (size_t j = 0; j < n; j++) {
            double mean = 0, variance = 2 * 1.6449340668482264;
            for (size_t k = 1; k <= j; k++) {
                mean += 1 / (double)k;
                variance -= 1 / (double)(k * k);
            }
            for (size_t k = 1; k < n - j; k++) {
                mean -= 1 / (double)k;
                variance -= 1 / (double)(k * k);
            }
            m[j] = -2 + 0.5 * mean;
            v[j] = 0.25 * variance;
        }
        check_moments(ctx, order, m, v, 1e-12, "logistic");
        binnet_order_free(order);
        if (n == 1)
            n = 2;
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Cauchy: X = tan(pi (U - 1/2)), so E X_(r)^k = int tan^k dBeta; smooth in u for 2 + k <= ..., by Simpson. */
static double cauchy_moment(size_t n, size_t r, int power)
{
    enum { STEPS = 20000 };
    double sum = 0, beta = lgamma((double)n + 1) - lgamma((double)r) - lgamma((double)(n - r) + 1);
    for (int j = 1; j < STEPS; j++) {
        double u = (double)j / STEPS, t = tan(3.14159265358979323846 * (u - 0.5));
        sum += (j % 2 == 1 ? 4 : 2) * pow(t, power) *
               exp(beta + (double)(r - 1) * log(u) + (double)(n - r) * log1p(-u));
    }
    return sum / STEPS / 3;
}

START_TEST(cauchy_moments)
{
    binnet_ctx *ctx = new_ctx(1);
    size_t n = 12;
    binnet_order *order = alike(ctx, BINNET_NOISE_STUDENT_T, n, 0, 1, 1);
    double m[12], v[12], em[12], ev[12];
    ck_assert_int_eq(binnet_order_moments(ctx, m, v, em, ev, order, 1, n), BINNET_E_UNDEFINED);
    /* exponents are r and n - r + 1 */
    for (size_t r = 1; r <= n; r++) {
        size_t k = r < n - r + 1 ? r : n - r + 1;
        ck_assert_msg(isnan(m[r - 1]) == (k <= 1) && isnan(v[r - 1]) == (k <= 2), "r %zu: %g %g", r, m[r - 1],
                      v[r - 1]);
        if (k < 6) /* Simpson needs four derivatives at both ends */
            continue;
        double mean = cauchy_moment(n, r, 1);
        near(m[r - 1], mean, em[r - 1] + 1e-11, "Cauchy mean", n, r);
        near(v[r - 1], cauchy_moment(n, r, 2) - mean * mean, ev[r - 1] + 1e-11, "Cauchy variance", n, r);
    }
    OK(binnet_order_moments(ctx, m, v, NULL, NULL, order, 3, 10));
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* One Student variable: variance dof/(dof - 2), its tail integrated to infinity; slow for dof near 2. */
START_TEST(student_moments)
{
    binnet_ctx *ctx = new_ctx(1);
    static const double dofs[] = {2.015625, 2.125, 2.5, 3, 4, 7, 100};
    for (size_t k = 0; k < 7; k++) {
        double m, v, em, ev, dof = dofs[k];
        binnet_order *order = alike(ctx, BINNET_NOISE_STUDENT_T, 1, 1, 2, dof);
        OK(binnet_order_moments(ctx, &m, &v, &em, &ev, order, 1, 1));
        near(m, 1, em, "Student mean", 1, 1);
        near(v, 4 * dof / (dof - 2), ev, "Student variance", 1, 1);
        ck_assert(ev <= 1e-10 * v);
        binnet_order_free(order);
    }
    /* no mean, no variance */
    for (int k = 0; k < 2; k++) {
        double m, v;
        binnet_order *order = alike(ctx, BINNET_NOISE_STUDENT_T, 1, 1, 2, k == 0 ? 1 : 2);
        ck_assert_int_eq(binnet_order_moments(ctx, &m, &v, NULL, NULL, order, 1, 1), BINNET_E_UNDEFINED);
        ck_assert(isnan(v) && isnan(m) == (k == 0));
        ck_assert(k == 0 || fabs(m - 1) <= 1e-12);
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* sum_r E X_(r) = sum_i E X_i, sum_r E X_(r)^2 = sum_i E X_i^2. */
START_TEST(sums)
{
    binnet_ctx *ctx = new_ctx(1), *two = new_ctx(2);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        dice d = dice_of(seed), e = dice_of(seed);
        const double dof = 5;
        size_t each = 1 + 3 * seed, n = 5 * each;
        binnet_order *order = mixture(ctx, &d, each, dof);
        double m[5 * MOST], v[5 * MOST], em[5 * MOST], ev[5 * MOST], sum = 0, square = 0, off = 0, off2 = 0;
        static double again[4][5 * MOST];
        OK(binnet_order_moments(ctx, m, v, em, ev, order, 1, n));
        for (size_t j = 0; j < n; j++) {
            sum += m[j];
            square += v[j] + m[j] * m[j];
            off += em[j] + 1e-15;
            off2 += ev[j] + 2 * fabs(m[j]) * em[j] + 1e-15 * (double)n;
            ck_assert(j == 0 || m[j] > m[j - 1]);
        }
        const double unit[6] = {0,       1, 3.2898681336964529,
                                1 / 3.0, 2, dof / (dof - 2)}; /* variances of the kinds, pi^2/3 */
        for (int k = 1; k <= 5; k++)
            for (size_t i = 0; i < each; i++) {
                double s = roll_in(&e, 0.2, 2), l = roll_in(&e, -1, 1);
                sum -= l;
                square -= l * l + unit[k] * s * s;
            }
        near(sum, 0, off, "sum of means", n, 0);
        near(square, 0, off2, "sum of squares", n, 0);
        OK(binnet_order_moments(two, again[0], again[1], again[2], again[3], order, 1, n));
        ck_assert_mem_eq(again[0], m, n * sizeof *m);
        ck_assert_mem_eq(again[1], v, n * sizeof *m);
        ck_assert_mem_eq(again[2], em, n * sizeof *m);
        ck_assert_mem_eq(again[3], ev, n * sizeof *m);
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
    binnet_ctx_free(two);
}
END_TEST

/* Scale 0: numbers that are not random, and one that is between them. */
START_TEST(atoms)
{
    binnet_ctx *ctx = new_ctx(1);
    double s[3] = {0, 0, 0}, l[3] = {3, 1, 2}, m[3], v[3], F[3], G[3], f[3], x, bound, q = 0.5, cdf;
    binnet_order *order = order_of(ctx, noise_of(ctx, BINNET_NOISE_GAUSSIAN, 3, s, 0), l);
    OK(binnet_order_moments(ctx, m, v, NULL, NULL, order, 1, 3));
    for (int j = 0; j < 3; j++) {
        near(m[j], j + 1, 1e-14, "mean of an atom", 3, (size_t)j + 1);
        near(v[j], 0, 1e-14, "variance of an atom", 3, (size_t)j + 1);
    }
    OK(binnet_order_quantile(ctx, &x, &bound, 1, order, 2, &q));
    near(x, 2, bound, "quantile of an atom", 3, 2);
    ck_assert(bound <= 1e-14);
    x = 2;
    OK(binnet_order_eval(ctx, &cdf, NULL, NULL, 1, order, 2, &x));
    ck_assert(cdf == 1);
    x = nextafter(2, 0);
    OK(binnet_order_eval(ctx, &cdf, NULL, NULL, 1, order, 2, &x));
    ck_assert(cdf == 0);
    ck_assert_int_eq(binnet_order_marginals(ctx, F, G, f, 3, order, 2), BINNET_E_UNDEFINED);
    ck_assert_int_eq(binnet_order_eval(ctx, NULL, NULL, &cdf, 1, order, 2, &x), BINNET_E_UNDEFINED);
    binnet_order_free(order);

    /* min(X, 0), X uniform on (-1, 1): mean -1/4, E^2 = 1/6 */
    double t[2] = {1, 0}, z[2] = {0, 0};
    order = order_of(ctx, noise_of(ctx, BINNET_NOISE_UNIFORM, 2, t, 0), z);
    OK(binnet_order_moments(ctx, m, v, NULL, NULL, order, 1, 2));
    near(m[0], -0.25, 1e-14, "min(X, 0)", 2, 1);
    near(v[0], 1 / 6.0 - 1 / 16.0, 1e-14, "min(X, 0)", 2, 1);
    near(m[1], 0.25, 1e-14, "max(X, 0)", 2, 2);
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* 1 - x^-1.5 for x >= 1: mean 3, no variance; nothing says so but the numbers. */
static double pareto_cdf(void *user, double x)
{
    (void)user;
    return x > 1 ? -expm1(-1.5 * log(x)) : 0;
}

static double pareto_survival(void *user, double x)
{
    (void)user;
    return x > 1 ? exp(-1.5 * log(x)) : 1;
}

START_TEST(heavy_custom_law)
{
    binnet_ctx *ctx = new_ctx(1);
    double s[3] = {1, 1, 1}, l[3] = {0, 0, 0}, m[3], v[3], em[3];
    binnet_noise *noise;
    OK(binnet_noise_new_custom(ctx, &noise, 1, s, pareto_cdf, pareto_survival, NULL, NULL));
    binnet_order *order = order_of(ctx, noise, l);
    ck_assert_int_eq(binnet_order_moments(ctx, m, v, em, NULL, order, 1, 1), BINNET_E_NOCONV);
    near(m[0], 3, em[0], "Pareto mean", 1, 1);
    ck_assert_msg(em[0] <= 1e-6 && !(v[0] < 1e10), "%g %g", em[0], v[0]); /* no variance is made up */
    binnet_order_free(order);
    /* the least of three falls as x^-4.5: mean 4.5/3.5, variance 4.5/(3.5^2 2.5) */
    OK(binnet_noise_new_custom(ctx, &noise, 3, s, pareto_cdf, pareto_survival, NULL, NULL));
    order = order_of(ctx, noise, l);
    OK(binnet_order_moments(ctx, m, v, NULL, NULL, order, 1, 1));
    near(m[0], 4.5 / 3.5, 1e-11, "least of three Pareto", 3, 1);
    near(v[0], 4.5 / (3.5 * 3.5 * 2.5), 1e-11, "least of three Pareto", 3, 1);
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* Variables of very different scale and place: each rank needs its own steps. Checked by sums over the ranks, Gaussian ones. */
START_TEST(unlike_scales)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int kind = 0; kind < 4; kind++) {
        enum { N = 24 };
        dice d = dice_of((uint64_t)kind);
        double s[N], l[N], m[N], v[N], em[N], ev[N], sum = 0, square = 0, off = 0, off2 = 0;
        for (int i = 0; i < N; i++) {
            s[i] = kind == 0 && i < 3 ? 1e6 : kind == 3 ? pow(10, roll_in(&d, -6, 6)) : roll_in(&d, 0.5, 2);
            l[i] = kind == 1 ? roll_in(&d, -1e6, 1e6) : kind == 2 && i % 2 == 0 ? 1e6 : roll_in(&d, -1, 1);
        }
        binnet_order *order = order_of(ctx, noise_of(ctx, BINNET_NOISE_GAUSSIAN, N, s, 0), l);
        OK(binnet_order_moments(ctx, m, v, em, ev, order, 1, N));
        for (int i = 0; i < N; i++) {
            sum += m[i] - l[i];
            square += v[i] + m[i] * m[i] - (l[i] * l[i] + s[i] * s[i]);
            off += em[i] + 1e-15 * fabs(m[i]);
            off2 += ev[i] + 2 * fabs(m[i]) * em[i] + 1e-14 * m[i] * m[i];
            ck_assert_msg(em[i] <= 1e-8 * sqrt(v[i]), "kind %d, r %d: error %g, sd %g", kind, i + 1, em[i], sqrt(v[i]));
        }
        near(sum, 0, off, "sum of means", N, (size_t)kind);
        near(square, 0, off2, "sum of squares", N, (size_t)kind);
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Ranks together and one by one: within the errors reported, which are small against the standard deviation unless the
 * rounding of the places is not. */
static void check_unlike(binnet_ctx *ctx, const binnet_order *order, const double *mean, const double *variance,
                         double size, const char *what, size_t place)
{
    size_t n = binnet_order_variables(order);
    double m[MOST], v[MOST], em[MOST], ev[MOST];
    for (size_t at = 0; at <= n; at++) {
        size_t first = at < n ? at : 0, last = at < n ? at : n - 1;
        OK(binnet_order_moments(ctx, m + first, v + first, em + first, ev + first, order, first + 1, last + 1));
        for (size_t j = first; j <= last; j++) {
            double sd = sqrt(variance[j]);
            near(m[j], mean[j], em[j], what, place, j + 1);
            near(v[j], variance[j], ev[j] + DBL_EPSILON * variance[j], what, place, j + 1);
            ck_assert_msg(em[j] <= 1e-11 * sd + 1e-14 * size && ev[j] <= 1e-11 * variance[j] + 1e-13 * size * sd,
                          "%s %zu, r %zu: errors %g and %g, sd %g", what, place, j + 1, em[j], ev[j], sd);
        }
    }
}

/* Uniform variables with scales from 1e-6 to 1e6: exact rationals. */
START_TEST(unlike_uniform)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < sizeof reference_order_moments / sizeof *reference_order_moments; k++) {
        const double *l = reference_order_moments[k].location, *s = reference_order_moments[k].scale;
        size_t n = reference_order_moments[k].n;
        double size = 0;
        for (size_t i = 0; i < n; i++)
            size = fmax(size, fabs(l[i]));
        binnet_order *order = order_of(ctx, noise_of(ctx, BINNET_NOISE_UNIFORM, n, s, 0), l);
        check_unlike(ctx, order, reference_order_moments[k].mean, reference_order_moments[k].variance, size, "uniform",
                     k);
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Two Gaussian variables [Clark 1961]: with t^2 = s1^2 + s2^2, a = (m1 - m2)/t the larger has the mean
 * m1 Phi(a) + m2 Phi(-a) + t phi(a) and E^2 = (m1^2 + s1^2) Phi(a) + (m2^2 + s2^2) Phi(-a) + (m1 + m2) t phi(a). */
START_TEST(unlike_gaussian)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 0; seed < 150; seed++) {
        dice d = dice_of(seed);
        double s[2] = {pow(10, roll_in(&d, -6, 6)), pow(10, roll_in(&d, -6, 6))}, t = hypot(s[0], s[1]), l[2] = {0},
               mean[2], variance[2];
        l[0] = seed % 3 == 0 ? 0 : roll_in(&d, -2, 2) * (seed % 3 == 1 ? t : fmin(s[0], s[1]));
        /* about l[1] = 0 */
        double a = l[0] / t, density = exp(-0.5 * a * a) / sqrt(2 * 3.14159265358979323846);
        for (int upper = 0; upper < 2; upper++) {
            double sign = upper ? 1 : -1, p = 0.5 * erfc(-sign * a / sqrt(2)), q = 0.5 * erfc(sign * a / sqrt(2));
            mean[upper] = l[0] * p + sign * t * density;
            /* E^2 - mean^2, the mean's square taken apart so that less cancels */
            variance[upper] = s[0] * s[0] * p + s[1] * s[1] * q - t * t * density * density + l[0] * l[0] * p * q +
                              sign * l[0] * t * density * (1 - 2 * p);
        }
        binnet_order *order = order_of(ctx, noise_of(ctx, BINNET_NOISE_GAUSSIAN, 2, s, 0), l);
        check_unlike(ctx, order, mean, variance, fabs(l[0]), "Gaussian", (size_t)seed);
        binnet_order_free(order);
    }
    /* a narrow one beside a wide one, against mpmath to 30 digits */
    double m, v, em, ev;
    binnet_noise *part[2] = {noise_of(ctx, BINNET_NOISE_GAUSSIAN, 1, (double[]){1e-4}, 0),
                             noise_of(ctx, BINNET_NOISE_LOGISTIC, 1, (double[]){1}, 0)};
    const binnet_noise *borrowed[2] = {part[0], part[1]};
    binnet_order *order;
    OK(binnet_order_new(ctx, &order, 2, borrowed, (double[]){0, 0}));
    OK(binnet_order_moments(ctx, &m, &v, &em, &ev, order, 1, 1));
    near(m, -0.693147181809945308, em, "Gaussian and logistic", 2, 1);
    near(v, 1.16448105619715706, ev, "Gaussian and logistic", 2, 1);
    ck_assert(em <= 1e-12 && ev <= 1e-12);
    binnet_order_free(order);
    order = order_of(ctx, noise_of(ctx, BINNET_NOISE_GAUSSIAN, 3, (double[]){1e-4, 1, 1e-4}, 0), (double[]){10, 0, 0});
    OK(binnet_order_moments(ctx, &m, &v, &em, &ev, order, 1, 1));
    near(m, -0.398942282396144075, em, "three Gaussian", 3, 1);
    near(v, 0.340845060316555233, ev, "three Gaussian", 3, 1);
    ck_assert(em <= 1e-12 && ev <= 1e-12);
    binnet_order_free(order);
    binnet_noise_free(part[0]);
    binnet_noise_free(part[1]);
    binnet_ctx_free(ctx);
}
END_TEST

/* Three exponentials with rates from 1e-6 to 1e6, a law of which the library knows nothing. Sets of them: P(all of a set
 * above x) has the sum of the rates, and E X_(r) = sum over sets of size k > n - r of (-1)^(k - n + r - 1) C(k - 1, n - r) / rate. */
START_TEST(unlike_exponentials)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 0; seed < 40; seed++) {
        dice d = dice_of(seed);
        enum { N = 3 };
        double s[N], m[N], v[N], em[N], ev[N];
        for (int i = 0; i < N; i++)
            s[i] = pow(10, roll_in(&d, -6, 6));
        binnet_order *order = exponentials(ctx, N, s);
        OK(binnet_order_moments(ctx, m, v, em, ev, order, 1, N));
        for (int r = 1; r <= N; r++) {
            static const double choose[3][3] = {{1, 0, 0}, {1, 1, 0}, {1, 2, 1}};
            double mean = 0, square = 0, terms = 0;
            for (unsigned set = 1; set < 8; set++) {
                double rate = 0;
                int k = 0;
                for (int i = 0; i < N; i++)
                    if (set >> i & 1) {
                        rate += 1 / s[i];
                        k++;
                    }
                double c = k > N - r ? choose[k - 1][N - r] * ((k - N + r - 1) % 2 ? -1 : 1) : 0;
                mean += c / rate;
                square += c * 2 / rate / rate;
                terms += 2 * fabs(c) / rate / rate;
            }
            double variance = square - mean * mean;
            near(m[r - 1], mean, em[r - 1] + 8 * DBL_EPSILON * sqrt(terms), "exponential", (size_t)seed, (size_t)r);
            near(v[r - 1], variance, ev[r - 1] + 8 * DBL_EPSILON * terms, "exponential", (size_t)seed, (size_t)r);
            ck_assert(em[r - 1] <= 1e-11 * m[r - 1]);
        }
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- quantiles --- */

/* The least of n logistic variables: 1 - (1 - F)^n = q. The largest: F^n = q. */
START_TEST(quantiles_of_extremes)
{
    binnet_ctx *ctx = new_ctx(1);
    static const double q[] = {1e-300, 1e-100, 1e-17, 1e-6, 0.1, 0.5, 0.75, 0.999, 1 - 0x1p-50};
    enum { COUNT = sizeof q / sizeof *q };
    double x[COUNT], bound[COUNT];
    for (size_t n = 1; n <= 50; n += 7) {
        binnet_order *order = alike(ctx, BINNET_NOISE_LOGISTIC, n, 3, 2, 0);
        OK(binnet_order_quantile(ctx, x, bound, COUNT, order, 1, q));
        for (int k = 0; k < COUNT; k++) {
            double log_g = log1p(-q[k]) / (double)n, f = -expm1(log_g);
            near(x[k], 3 + 2 * (log(f) - log_g), bound[k] + 8 * DBL_EPSILON * fabs(x[k]), "least", n, 1);
            ck_assert_msg(bound[k] <= 1e-9 * fmax(1, fabs(x[k])), "bound %g", bound[k]);
        }
        OK(binnet_order_quantile(ctx, x, bound, COUNT, order, n, q));
        for (int k = 0; k < COUNT; k++) {
            double log_f = log(q[k]) / (double)n, g = -expm1(log_f);
            near(x[k], 3 + 2 * (log_f - log(g)), bound[k] + 8 * DBL_EPSILON * fabs(x[k]), "largest", n, n);
            ck_assert_msg(bound[k] <= 1e-9 * fmax(1, fabs(x[k])), "bound %g", bound[k]);
        }
        binnet_order_free(order);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* F at the quantile is q, and the bounds are not far. */
START_TEST(quantiles)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(12);
    for (int trial = 0; trial < 4; trial++) {
        binnet_order *order = mixture(ctx, &d, 8, 1.5);
        for (size_t r = 1; r <= 40; r += 13) {
            double q[5] = {1e-12, 0.01, roll(&d), 0.9, 1 - 1e-12}, x[5], bound[5], cdf[5], survival[5], pdf[5];
            OK(binnet_order_quantile(ctx, x, bound, 5, order, r, q));
            OK(binnet_order_eval(ctx, cdf, survival, pdf, 5, order, r, x));
            for (int k = 0; k < 5; k++) {
                /* the error of F, 40 (8 2^-53 + 1e-13), in x: F / density */
                double small = q[k] <= 0.5 ? q[k] : 1 - q[k],
                       miss = q[k] <= 0.5 ? cdf[k] - q[k] : survival[k] - (1 - q[k]);
                ck_assert_msg(fabs(miss) <= 1e-11 * small + 2 * pdf[k] * DBL_EPSILON * fabs(x[k]),
                              "r %zu q %g: off by %g", r, q[k], miss);
                ck_assert_msg(bound[k] <= 1e-10 * small / pdf[k] + 1e-14 * fmax(1, fabs(x[k])),
                              "r %zu q %g: bound %g, F/f %g", r, q[k], bound[k], small / pdf[k]);
            }
        }
        binnet_order_free(order);
    }
    /* beyond double: a Student variable of 0.05 degrees of freedom */
    binnet_order *order = alike(ctx, BINNET_NOISE_STUDENT_T, 1, 0, 1, 0.05);
    double q[2] = {1e-300, 0.5}, x[2];
    ck_assert_int_eq(binnet_order_quantile(ctx, x, NULL, 2, order, 1, q), BINNET_E_UNDEFINED);
    ck_assert(isnan(x[0]) && fabs(x[1]) <= 1e-8);
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- misuse --- */

static double broken_cdf(void *user, double x)
{
    return x > 20 ? *(double *)user : x < 0 ? 0 : x < 1 ? x : 1;
}

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    double s[2] = {1, 1}, l[2] = {0, 0}, bad = 1, x[3], y, q = 0.5;
    binnet_order *order = (binnet_order *)(void *)s;
    binnet_noise *noise = noise_of(ctx, BINNET_NOISE_GAUSSIAN, 2, s, 0);
    const binnet_noise *part[2] = {noise, NULL};
    ck_assert_int_eq(binnet_order_new(ctx, &order, 2, part, l), BINNET_E_NULL);
    ck_assert_ptr_null(order);
    ck_assert_int_eq(binnet_order_new(ctx, &order, 0, part, l), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_new(ctx, &order, 1, NULL, l), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_new(ctx, &order, 1, part, NULL), BINNET_E_NULL);
    l[1] = NAN;
    ck_assert_int_eq(binnet_order_new(ctx, &order, 1, part, l), BINNET_E_NAN);
    l[1] = 0;
    OK(binnet_order_new(ctx, &order, 1, part, l));
    binnet_noise_free(noise);
    ck_assert_int_eq(binnet_order_marginals(ctx, x, x + 1, NULL, 3, order, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_order_marginals(ctx, x, NULL, NULL, 2, order, NAN), BINNET_E_NAN);
    y = NAN;
    ck_assert_int_eq(binnet_order_eval(ctx, x, NULL, NULL, 1, order, 1, &y), BINNET_E_NAN);
    ck_assert_int_eq(binnet_order_eval(ctx, x, NULL, NULL, 1, order, 3, l), BINNET_E_RANGE);
    q = 1;
    ck_assert_int_eq(binnet_order_quantile(ctx, x, NULL, 1, order, 1, &q), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_moments(ctx, x, x + 1, NULL, NULL, order, 2, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_moments(ctx, x, x + 1, NULL, NULL, order, 1, 3), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_moments(ctx, NULL, x + 1, NULL, NULL, order, 1, 1), BINNET_E_NULL);
    const size_t r[2] = {1, 2};
    const double down[2] = {1, 0};
    ck_assert_int_eq(binnet_order_joint_eval(ctx, &y, NULL, order, 2, r, down), BINNET_E_RANGE);
    binnet_order_free(order);
    binnet_order_free(NULL);
    ck_assert_uint_eq(binnet_order_variables(NULL), 0);

    OK(binnet_noise_new_custom(ctx, &noise, 2, s, broken_cdf, NULL, NULL, &bad));
    order = order_of(ctx, noise, l);
    y = 30;
    OK(binnet_order_eval(ctx, x, NULL, NULL, 1, order, 1, &y));
    ck_assert_int_eq(binnet_order_eval(ctx, NULL, NULL, x, 1, order, 1, &y), BINNET_E_UNDEFINED);
    bad = 2;
    ck_assert_int_eq(binnet_order_eval(ctx, x, NULL, NULL, 1, order, 1, &y), BINNET_E_CALLBACK);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "30"));
    ck_assert_int_eq(binnet_order_marginals(ctx, x, x + 2, NULL, 2, order, 30), BINNET_E_CALLBACK);
    ck_assert_int_eq(binnet_order_moments(ctx, x, x + 2, NULL, NULL, order, 1, 2), BINNET_E_CALLBACK);
    binnet_order_free(order);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("order laws", values, marginals, joint, uniform_moments, exponential_moments, logistic_moments,
          cauchy_moments, student_moments, sums, heavy_custom_law, unlike_scales, unlike_uniform, unlike_gaussian,
          unlike_exponentials, atoms, quantiles_of_extremes, quantiles, errors)
