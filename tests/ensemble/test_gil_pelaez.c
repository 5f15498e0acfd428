/*
 * Laws of currents by inversion of the characteristic function, against closed forms: the same law given as a caller's, sums
 * of a normal and one other weight, two lognormal weights by quadrature. The error bound that is returned must hold and
 * must be below the tolerance that was asked for.
 */
#include "wiring.h"

#include <string.h>

/* --- the caller's laws --- */

typedef struct shape {
    double a, b;
} shape;

static double exponential_cdf(void *user, double x)
{
    double s = ((shape *)user)->a;
    return x > 0 ? -expm1(-x / s) : 0;
}

static double exponential_survival(void *user, double x)
{
    double s = ((shape *)user)->a;
    return x > 0 ? exp(-x / s) : 1;
}

static void exponential_wave(void *user, double t, double *re, double *im)
{
    double s = t * ((shape *)user)->a;
    *re = 1 / (1 + s * s);
    *im = s / (1 + s * s);
}

static double normal_cdf(void *user, double x)
{
    const shape *s = user;
    return 0.5 * erfc((s->a - x) / s->b / sqrt(2.0));
}

static double normal_survival(void *user, double x)
{
    const shape *s = user;
    return 0.5 * erfc((x - s->a) / s->b / sqrt(2.0));
}

static void normal_wave(void *user, double t, double *re, double *im)
{
    const shape *s = user;
    double size = exp(-0.5 * t * t * s->b * s->b);
    *re = size * cos(t * s->a);
    *im = size * sin(t * s->a);
}

static double logistic_cdf(void *user, double x)
{
    (void)user;
    return 1 / (1 + exp(-x));
}

/* --- comparison --- */

enum { POINTS = 31 };

static void compare(binnet_ctx *ctx, const char *what, const binnet_ensemble *exact, const binnet_ensemble *inverted,
                    const int64_t *active, const int64_t *inactive, double tolerance)
{
    binnet_current *one, *two;
    double mean, variance, x[POINTS], want[4][POINTS], got[4][POINTS], error[POINTS];
    OK(binnet_current_new(ctx, &one, exact, 0, active, inactive));
    OK(binnet_current_new(ctx, &two, inverted, 0, active, inactive));
    ck_assert_int_lt(binnet_current_method(one), BINNET_CURRENT_INVERSION);
    ck_assert_int_eq(binnet_current_method(two), BINNET_CURRENT_INVERSION);
    OK(binnet_current_moments(ctx, &mean, &variance, one));
    /* One inversion for each point with the in-degree, one for all otherwise. The middle one is the atom theta. */
    size_t points = binnet_ensemble_normalise(exact) == BINNET_NORMALISE_INDEGREE ? 9 : POINTS;
    for (size_t k = 0; k < points; k++)
        x[k] = k == points / 2 ? binnet_ensemble_threshold(exact, 0)
                               : mean + sqrt(variance) * 15 * ((double)k / (double)(points - 1) - 0.51);
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, tolerance));
    OK(binnet_current_eval(ctx, want[0], want[1], want[2], want[3], NULL, NULL, points, one, x));
    OK(binnet_current_eval(ctx, got[0], got[1], got[2], got[3], NULL, error, points, two, x));
    for (size_t k = 0; k < points; k++)
        for (int side = 0; side < 4; side++) {
            double off = fabs(got[side][k] - want[side][k]);
            ck_assert_msg(error[k] <= tolerance && off <= error[k] + 1e-15,
                          "%s, side %d at %g: %.17g, expected %.17g, bound %g", what, side, x[k], got[side][k],
                          want[side][k], error[k]);
        }
    binnet_current_free(one);
    binnet_current_free(two);
}

START_TEST(as_callers_laws)
{
    binnet_ctx *ctx = new_ctx(1);
    int32_t normalise = _i;
    int64_t size[2] = {20, 20}, active[2] = {11, 6}, inactive[2] = {9, 14};
    double p[4] = {0.5, 0.3, 0.2, 0.9}, theta[2] = {0.25, 0}, M[2] = {1.5, 1};
    const double *fixed = normalise == BINNET_NORMALISE_FIXED ? M : NULL;
    binnet_ensemble *exact, *inverted, *other;

    shape normal = {1, 0.4};
    int32_t kind[4] = {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_CONSTANT, 1, 1};
    double par[12] = {1, 0.4, 0, -0.5};
    OK(binnet_ensemble_new(ctx, &exact, 2, size, p, kind, par, theta, NULL, normalise, fixed, 1));
    OK(binnet_ensemble_with_weight(ctx, &inverted, exact, 0, 0, normal_cdf, normal_survival, normal_wave, &normal));
    compare(ctx, "normal", exact, inverted, active, inactive, 1e-12);
    OK(binnet_ensemble_with_weight(ctx, &other, exact, 0, 0, normal_cdf, normal_survival, NULL, &normal));
    compare(ctx, "normal by its cdf", exact, other, active, inactive, 1e-11);
    binnet_ensemble_free(exact);
    binnet_ensemble_free(inverted);
    binnet_ensemble_free(other);

    shape two = {2, 0};
    kind[0] = BINNET_WEIGHT_EXPONENTIAL;
    par[0] = 2;
    OK(binnet_ensemble_new(ctx, &exact, 2, size, p, kind, par, theta, NULL, normalise, fixed, 1));
    OK(binnet_ensemble_with_weight(ctx, &inverted, exact, 0, 0, exponential_cdf, exponential_survival, exponential_wave,
                                   &two));
    compare(ctx, "exponential", exact, inverted, active, inactive,
            normalise == BINNET_NORMALISE_INDEGREE ? 1e-5 : 1e-8);
    OK(binnet_ensemble_with_weight(ctx, &other, exact, 0, 0, exponential_cdf, exponential_survival, NULL, &two));
    compare(ctx, "exponential by its cdf", exact, other, active, inactive, 1e-5);
    binnet_ensemble_free(exact);
    binnet_ensemble_free(inverted);
    binnet_ensemble_free(other);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- many normal weights and one other --- */

/* z Phi(z) + phi(z), the integral of Phi up to z; an asymptotic series is not needed for absolute errors. */
static double integral_of_phi(double z)
{
    return z * 0.5 * erfc(-z / sqrt(2.0)) + exp(-0.5 * z * z) / sqrt(8 * atan(1.0));
}

/* Pr(N(mean, sd^2) + W > y) for W of the kind. */
static double normal_and_one(double mean, double sd, int32_t kind, const double *par, double y)
{
    double d = mean - y;
    if (kind == BINNET_WEIGHT_UNIFORM)
        return sd * (integral_of_phi((d + par[1]) / sd) - integral_of_phi((d + par[0]) / sd)) / (par[1] - par[0]);
    /* Exponential of mean b: Phi(d/sd) + exp((d + sd^2/(2b))/b) Phi(-(d + sd^2/b)/sd) */
    double b = par[0];
    return 0.5 * erfc(-d / sd / sqrt(2.0)) +
           exp((d + sd * sd / (2 * b)) / b) * 0.5 * erfc((d + sd * sd / b) / sd / sqrt(2.0));
}

START_TEST(normal_with_one_other)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[2] = {8, 1}, active[2] = {7, 1};
    double p[4] = {0.6, 0.7, 0, 0}, theta[2] = {0.5, 0};
    int32_t kind[4] = {BINNET_WEIGHT_GAUSSIAN, _i ? BINNET_WEIGHT_EXPONENTIAL : BINNET_WEIGHT_UNIFORM, 1, 1};
    double par[12] = {0.5, 0.75, 0, _i ? 1.5 : -1, 2, 0};
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, active, NULL));
    ck_assert_int_eq(binnet_current_method(law), BINNET_CURRENT_INVERSION);
    for (double x = -12; x < 9; x += 0.61) {
        double y = theta[0] - x, want = 0, cdf, error;
        for (int m = 0; m <= 7; m++) {
            double mass = 1, sd = par[1] * sqrt((double)m), mean = m * par[0];
            for (int k = 0; k < m; k++)
                mass *= (7.0 - k) / (k + 1.0);
            mass *= pow(p[0], m) * pow(1 - p[0], 7 - m);
            double none = m == 0 ? 0 >= y : 0.5 * erfc((y - mean) / sd / sqrt(2.0));
            double one;
            if (m > 0)
                one = normal_and_one(mean, sd, kind[1], par + 3, y);
            else if (_i)
                one = y > 0 ? exp(-y / par[3]) : 1;
            else
                one = fmin(1, fmax(0, (par[4] - y) / (par[4] - par[3])));
            want += mass * ((1 - p[1]) * none + p[1] * one);
        }
        OK(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, &error, 1, law, &x));
        ck_assert_msg(fabs(cdf - want) <= error + 1e-14, "at %g: %.17g, expected %.17g, bound %g", x, cdf, want, error);
    }
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- lognormal --- */

static double lognormal_above(double mu, double sigma, double x)
{
    return x > 0 ? 0.5 * erfc((log(x) - mu) / sigma / sqrt(2.0)) : 1;
}

/* Pr(W1 + W2 > y): W1 > y alone, else by Gauss-Legendre with 5 points in 3000 panels of the normal variable of W1; the
 * steepest place, where W1 comes near y, is some 0.02 wide. */
static double two_lognormals(double mu, double sigma, double y)
{
    static const double gx[5] = {-0.906179845938663993, -0.538469310105683091, 0, 0.538469310105683091,
                                 0.906179845938663993};
    static const double gw[5] = {0.236926885056189088, 0.478628670499366468, 0.568888888888888889, 0.478628670499366468,
                                 0.236926885056189088};
    double top = (log(y) - mu) / sigma, half = (top + 10) / 6000, sum = 0;
    for (int k = 0; k < 3000; k++)
        for (int j = 0; j < 5; j++) {
            double z = -10 + half * (2 * k + 1 + gx[j]);
            sum += half * gw[j] * exp(-0.5 * z * z) * lognormal_above(mu, sigma, y - exp(mu + sigma * z));
        }
    return sum / sqrt(8 * atan(1.0)) + 0.5 * erfc(top / sqrt(2.0));
}

START_TEST(two_lognormal_weights)
{
    static const double laws[][2] = {{0, 0.25}, {0.5, 0.5}, {-1, 1}};
    double sign = _i % 2 ? -1 : 1, mu = laws[_i / 2][0], sigma = laws[_i / 2][1];
    binnet_ctx *ctx = new_ctx(1);
    int64_t size = 2;
    int32_t kind = BINNET_WEIGHT_LOGNORMAL;
    double p = 0.4, par[3] = {mu, sigma, sign}, theta = 0.25;
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, par, &theta, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, &size, NULL));
    enum { MANY = 22 };
    double x[MANY], cdf[MANY], survival[MANY], error[MANY];
    for (int k = 0; k < MANY; k++)
        x[k] = theta - sign * 0.125 * pow(1.3, k);
    OK(binnet_current_eval(ctx, cdf, NULL, survival, NULL, NULL, error, MANY, law, x));
    for (int k = 0; k < MANY; k++) { /* sums beyond y, in the direction of the sign */
        double y = sign * (theta - x[k]), got = sign > 0 ? cdf[k] : survival[k];
        double want = 0.48 * lognormal_above(mu, sigma, y) + 0.16 * two_lognormals(mu, sigma, y);
        ck_assert_msg(fabs(got - want) <= error[k] + 1e-14, "%g %g at %g: %.17g, expected %.17g, bound %g", mu, sigma,
                      y, got, want, error[k]);
    }
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- when it cannot be done --- */

START_TEST(says_when_not)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[2] = {6, 6}, active[2] = {4, 4};
    double p[4] = {0.5, 0.5, 0.5, 0.5}, x = 0, cdf;
    /* gamma weights of shape 0.1: the characteristic function falls as t^-0.2 where two are present */
    int32_t kind[4] = {BINNET_WEIGHT_GAMMA, BINNET_WEIGHT_UNIFORM, 1, 1};
    double par[12] = {0.1, 1, 0, -1, 0, 0};
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, active, NULL));
    ck_assert_int_eq(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x), BINNET_E_NOCONV);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "terms"));
    /* Fewer terms are allowed: a tolerance that was met no longer is. */
    binnet_current_free(law);
    binnet_ensemble_free(e);
    kind[0] = BINNET_WEIGHT_LAPLACE;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, active, NULL));
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-8));
    OK(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_ITERATIONS, 1));
    ck_assert_int_eq(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x), BINNET_E_NOCONV);
    binnet_current_free(law);
    binnet_ensemble_free(e);

    /* A caller's law has no moments here. */
    double mean, variance;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    binnet_ensemble *custom;
    OK(binnet_ensemble_with_weight(ctx, &custom, e, 0, 0, logistic_cdf, NULL, NULL, NULL));
    OK(binnet_current_new(ctx, &law, custom, 0, active, NULL));
    ck_assert_int_eq(binnet_current_moments(ctx, &mean, &variance, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(mean) && isnan(variance));
    binnet_current_free(law);
    binnet_ensemble_free(custom);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* The table has one set of terms for all: within the bounds of both of the laws one by one. */
START_TEST(table_of_inversions)
{
    static const struct {
        int32_t kind[3];
        double par[9], p[3], tolerance;
    } cases[] = {
        {{BINNET_WEIGHT_LOGNORMAL, BINNET_WEIGHT_GAUSSIAN, 1},
         {0, 0.5, 1, -0.5, 0.25, 0, 1, 0, 0},
         {0.5, 0.4, 0},
         1e-12},
        {{BINNET_WEIGHT_LAPLACE, BINNET_WEIGHT_UNIFORM, 1}, {0, 0.5, 0, -1, 0.5, 0, 0.5, 0, 0}, {0.25, 1, 0.5}, 1e-8},
        {{1, BINNET_WEIGHT_LOGNORMAL, BINNET_WEIGHT_LOGNORMAL},
         {-0.75, 0, 0, 0, 0.5, 1, 0, 0.5, 1},
         {0.6, 0.3, 0.8},
         1e-9},
        {{BINNET_WEIGHT_GAUSSIAN, 1, BINNET_WEIGHT_LOGNORMAL},
         {1, 1, 0, 0.25, 0, 0, -1, 0.4, -1},
         {0.9, 0.5, 0.2},
         1e-7},
    };
    binnet_ctx *ctx = new_ctx(1);
    shape normal = {0.5, 1};
    int64_t size[3] = {2, 4, 3}, most[3] = {1, 4, 3};
    double up[40], down[40], error, x = -0.75;
    for (size_t c = 0; c < 2 * sizeof cases / sizeof *cases; c++) {
        int32_t normalise = c % 2 ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_N, kind[9],
                strict = (int32_t)(c / 2 % 2);
        double p[9], par[27];
        for (int k = 0; k < 9; k++) {
            kind[k] = cases[c / 2].kind[k % 3];
            p[k] = cases[c / 2].p[k % 3];
            memcpy(par + 3 * k, cases[c / 2].par + 3 * (k % 3), 3 * sizeof *par);
        }
        binnet_ensemble *e;
        OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, cases[c / 2].tolerance));
        OK(binnet_ensemble_new(ctx, &e, 3, size, p, kind, par, NULL, NULL, normalise, NULL, 0));
        if (c / 2 == 3) {
            binnet_ensemble *custom;
            OK(binnet_ensemble_with_weight(ctx, &custom, e, 0, 0, normal_cdf, normal_survival, NULL, &normal));
            binnet_ensemble_free(e);
            e = custom;
        }
        OK(binnet_current_table(ctx, up, down, 40, &error, e, 0, x, strict));
        ck_assert(error > 0 && error <= cases[c / 2].tolerance);
        for (int64_t k = 0; k < 40; k++) {
            int64_t active[3] = {k / 20, k / 4 % 5, k % 4}, inactive[3];
            binnet_current *law;
            double out[4], own;
            for (int b = 0; b < 3; b++)
                inactive[b] = most[b] - active[b];
            OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
            OK(binnet_current_eval(ctx, &out[0], &out[1], &out[2], &out[3], NULL, &own, 1, law, &x));
            ck_assert_double_eq_tol(up[k], out[strict ? 1 : 0], error + own);
            ck_assert_double_eq_tol(down[k], out[strict ? 3 : 2], error + own);
            binnet_current_free(law);
        }
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("invert", {as_callers_laws, 4}, {normal_with_one_other, 2}, {two_lognormal_weights, 6}, {says_when_not, 1},
             {table_of_inversions, 1})
