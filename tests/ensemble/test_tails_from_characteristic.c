/*
 * Weights known by their characteristic function alone, against the same law in closed form or by its cdf; laws that cannot
 * be inverted (atoms, heavy tails, no law at all) say so.
 */
#include "wiring.h"

#include "binnet/ensemble_stats.h"

#include <string.h>

typedef struct shape {
    double a, b;
} shape;

static void polar(double size, double phase, double *re, double *im)
{
    *re = size * cos(phase);
    *im = size * sin(phase);
}

static void normal_wave(void *user, double t, double *re, double *im)
{
    const shape *s = user;
    polar(exp(-0.5 * t * t * s->b * s->b), t * s->a, re, im);
}

static double normal_cdf(void *user, double x)
{
    const shape *s = user;
    return 0.5 * erfc((s->a - x) / s->b / sqrt(2.0));
}

static void laplace_wave(void *user, double t, double *re, double *im)
{
    const shape *s = user;
    polar(1 / (1 + t * t * s->b * s->b), t * s->a, re, im);
}

static void uniform_wave(void *user, double t, double *re, double *im)
{
    const shape *s = user;
    double half = 0.5 * t * (s->b - s->a);
    polar(half < 1e-9 ? 1 : sin(half) / half, 0.5 * t * (s->a + s->b), re, im);
}

/* Of the sum of two uniform variables on (a, b). */
static void triangular_wave(void *user, double t, double *re, double *im)
{
    double x, y;
    uniform_wave(user, t, &x, &y);
    *re = x * x - y * y;
    *im = 2 * x * y;
}

static double triangular_cdf(void *user, double x)
{
    const shape *s = user;
    double u = (x - 2 * s->a) / (s->b - s->a);
    return u <= 0 ? 0 : u <= 1 ? 0.5 * u * u : u <= 2 ? 1 - 0.5 * (2 - u) * (2 - u) : 1;
}

static double triangular_survival(void *user, double x)
{
    const shape *s = user;
    shape mirrored = {-s->b, -s->a};
    return triangular_cdf(&mirrored, -x);
}

static void cauchy_wave(void *user, double t, double *re, double *im)
{
    const shape *s = user;
    polar(exp(-fabs(t) * s->b), t * s->a, re, im);
}

enum { POINTS = 21 };

/* Both laws at points around theta; within the bounds of both. */
static void compare(binnet_ctx *ctx, const char *what, const binnet_ensemble *one, const binnet_ensemble *two,
                    const int64_t *active, const int64_t *inactive, double far, double tolerance, int with_density)
{
    binnet_current *a, *b;
    double x[POINTS], want[4][POINTS], got[4][POINTS], error[2][POINTS], density[2][POINTS];
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, tolerance));
    OK(binnet_current_new(ctx, &a, one, 0, active, inactive));
    OK(binnet_current_new(ctx, &b, two, 0, active, inactive));
    ck_assert_int_eq(binnet_current_method(b), BINNET_CURRENT_INVERSION);
    int points = binnet_ensemble_normalise(one) == BINNET_NORMALISE_INDEGREE ? 5 : POINTS;
    for (int k = 0; k < points; k++) /* the middle one is the atom theta */
        x[k] = binnet_ensemble_threshold(one, 0) + far * (2.0 * k / (points - 1) - 1);
    double *one_density = with_density ? density[0] : NULL, *two_density = with_density ? density[1] : NULL;
    OK(binnet_current_eval(ctx, want[0], want[1], want[2], want[3], one_density, error[0], (size_t)points, a, x));
    OK(binnet_current_eval(ctx, got[0], got[1], got[2], got[3], two_density, error[1], (size_t)points, b, x));
    for (int k = 0; k < points; k++) {
        double bound = error[0][k] + error[1][k];
        ck_assert_msg(error[1][k] <= tolerance, "%s: bound %g", what, error[1][k]);
        for (int side = 0; side < 4; side++)
            ck_assert_msg(fabs(got[side][k] - want[side][k]) <= bound + 1e-15,
                          "%s, side %d at %g: %.17g, expected %.17g, bound %g", what, side, x[k], got[side][k],
                          want[side][k], bound);
        /* The density of the continuous part: some 1e-6 of that at the centre. */
        if (with_density)
            ck_assert_msg(fabs(density[0][k] - density[1][k]) <= 1e-6, "%s: density %.10g, expected %.10g", what,
                          density[1][k], density[0][k]);
    }
    binnet_current_free(a);
    binnet_current_free(b);
}

/* Population 0 has the law, population 1 a constant or, without a closed form, a lognormal weight. */
static binnet_ensemble *plain(binnet_ctx *ctx, int32_t kind, shape s, double p0, int32_t normalise, int lognormal)
{
    int64_t size[2] = {12, 9};
    double p[4] = {p0, 0.3, 0.2, 0.9}, theta[2] = {0.25, 0}, M[2] = {1.5, 1};
    double par[12] = {s.a, s.b, 0, lognormal ? -1 : -0.5, 0.4, 1};
    int32_t kinds[4] = {kind, lognormal ? BINNET_WEIGHT_LOGNORMAL : BINNET_WEIGHT_CONSTANT, 1, 1};
    binnet_ensemble *e;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kinds, par, theta, NULL, normalise,
                           normalise == BINNET_NORMALISE_FIXED ? M : NULL, 1));
    return e;
}

START_TEST(as_closed_forms)
{
    static const struct {
        const char *name;
        int32_t kind;
        binnet_complex_fn wave;
        shape s;
        double p, far, tolerance;
    } cases[] = {
        {"normal", BINNET_WEIGHT_GAUSSIAN, normal_wave, {1, 0.4}, 0.5, 9, 1e-12},
        {"normal, always", BINNET_WEIGHT_GAUSSIAN, normal_wave, {-300, 4}, 1, 3000, 1e-12},
        {"normal, rarely", BINNET_WEIGHT_GAUSSIAN, normal_wave, {1e-3, 2e-4}, 1e-3, 0.01, 1e-11},
        /* one weight falls as t^-2, t^-1: that is what the tolerance can be */
        {"Laplace", BINNET_WEIGHT_LAPLACE, laplace_wave, {0.5, 1.5}, 0.5, 30, 3e-6},
        {"Laplace, always", BINNET_WEIGHT_LAPLACE, laplace_wave, {0.5, 1.5}, 1, 60, 1e-12},
        {"uniform", BINNET_WEIGHT_UNIFORM, uniform_wave, {-1, 2}, 0.3, 8, 1e-3},
        {"uniform, always", BINNET_WEIGHT_UNIFORM, uniform_wave, {-1, 2}, 1, 20, 1e-12},
    };
    binnet_ctx *ctx = new_ctx(1);
    int64_t active[2] = {7, 4}, inactive[2] = {5, 5};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        shape s = cases[c].s;
        binnet_ensemble *out, *e = plain(ctx, cases[c].kind, s, cases[c].p, _i, 0);
        OK(binnet_ensemble_with_weight(ctx, &out, e, 0, 0, NULL, NULL, cases[c].wave, &s));
        ck_assert_int_eq(binnet_ensemble_kind(out, 0, 0), BINNET_WEIGHT_CUSTOM);
        double slack = _i == BINNET_NORMALISE_INDEGREE ? 100 : 1;
        compare(ctx, cases[c].name, e, out, active, inactive, cases[c].far, fmin(1e-3, slack * cases[c].tolerance),
                _i != BINNET_NORMALISE_INDEGREE && cases[c].wave == normal_wave && cases[c].p > 0.01);
        binnet_ensemble_free(out);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* With lognormal weights beside it: the same law with its cdf, from its cdf, and without. */
START_TEST(as_with_the_cdf)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t active[2] = {7, 4}, inactive[2] = {5, 5};
    shape s = {-1, 2}, n = {1, 0.4};
    binnet_ensemble *with, *without, *e = plain(ctx, BINNET_WEIGHT_CONSTANT, s, 0.5, _i, 1);
    OK(binnet_ensemble_with_weight(ctx, &with, e, 0, 0, triangular_cdf, triangular_survival, triangular_wave, &s));
    OK(binnet_ensemble_with_weight(ctx, &without, e, 0, 0, NULL, NULL, triangular_wave, &s));
    compare(ctx, "triangular", with, without, active, inactive, 20, 1e-4, 0);
    binnet_ensemble_free(with);
    binnet_ensemble_free(without);
    OK(binnet_ensemble_with_weight(ctx, &with, e, 0, 0, normal_cdf, NULL, NULL, &n));
    OK(binnet_ensemble_with_weight(ctx, &without, e, 0, 0, NULL, NULL, normal_wave, &n));
    compare(ctx, "normal", with, without, active, inactive, 9, 1e-8, 0);
    /* A law by its cdf alone and one blind law in one current. */
    binnet_ensemble *both, *cdfs;
    OK(binnet_ensemble_with_weight(ctx, &both, without, 0, 1, normal_cdf, NULL, NULL, &n));
    OK(binnet_ensemble_with_weight(ctx, &cdfs, with, 0, 1, normal_cdf, NULL, NULL, &n));
    compare(ctx, "two normal laws", cdfs, both, active, inactive, 9, 1e-8, 0);
    binnet_ensemble_free(both);
    binnet_ensemble_free(cdfs);
    binnet_ensemble_free(with);
    binnet_ensemble_free(without);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(tables_and_fixed_points)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[2] = {4, 3};
    double p[4] = {0.5, 0.4, 0.25, 1}, par[12] = {1, 0.4, 0, -0.5, 0, 0, 1, 0.4, 0, -0.5}, up[40], down[40], want[40],
           rest[40], error;
    int32_t kinds[4] = {BINNET_WEIGHT_GAUSSIAN, 1, BINNET_WEIGHT_GAUSSIAN, 1};
    shape s = {1, 0.4};
    binnet_ensemble *e, *one, *blind;
    int32_t normalise = _i == 0 ? BINNET_NORMALISE_N : BINNET_NORMALISE_INDEGREE;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kinds, par, NULL, NULL, normalise, NULL, 1));
    OK(binnet_ensemble_with_weight(ctx, &one, e, 0, 0, NULL, NULL, normal_wave, &s));
    OK(binnet_ensemble_with_weight(ctx, &blind, one, 1, 0, NULL, NULL, normal_wave, &s));
    for (int32_t strict = 0; strict < 2; strict++) {
        OK(binnet_current_table(ctx, up, down, 20, &error, blind, 0, 0, strict));
        ck_assert(error > 0 && error <= 1e-12);
        OK(binnet_current_table(ctx, want, rest, 20, NULL, e, 0, 0, strict));
        for (int k = 0; k < 20; k++) {
            ck_assert_double_eq_tol(up[k], want[k], error);
            ck_assert_double_eq_tol(down[k], rest[k], error);
        }
    }
    double mean, expected;
    OK(binnet_ensemble_fixed_mean(ctx, &expected, e));
    OK(binnet_ensemble_fixed_mean(ctx, &mean, blind));
    ck_assert_double_eq_tol(mean, expected, 1e-9); /* 128 states of 7 factors with errors below 1e-12 */

    /* There is nothing to draw the weights from, and no moments. */
    binnet_net *net = (binnet_net *)(void *)ctx;
    ck_assert_int_eq(binnet_ensemble_sample(ctx, &net, blind, 0), BINNET_E_UNDEFINED);
    ck_assert_ptr_null(net);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "cdf"));
    binnet_current *law;
    int64_t active[2] = {2, 1}, inactive[2] = {0, 1};
    OK(binnet_current_new(ctx, &law, blind, 0, active, inactive));
    ck_assert_int_eq(binnet_current_moments(ctx, &mean, NULL, law), BINNET_E_UNDEFINED);
    binnet_current_free(law);
    binnet_ensemble_free(blind);
    binnet_ensemble_free(one);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- heavy tails --- */

static binnet_ensemble *single(binnet_ctx *ctx, int64_t n, double p, binnet_complex_fn wave, void *user)
{
    int32_t kind = BINNET_WEIGHT_CONSTANT;
    double par[3] = {0};
    binnet_ensemble *e, *out;
    OK(binnet_ensemble_new(ctx, &e, 1, &n, &p, &kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_ensemble_with_weight(ctx, &out, e, 0, 0, NULL, NULL, wave, user));
    binnet_ensemble_free(e);
    return out;
}

START_TEST(cauchy)
{
    binnet_ctx *ctx = new_ctx(1);
    shape s = {0.5, 2};
    int64_t active = 3;
    binnet_current *law;
    binnet_ensemble *e = single(ctx, active, 0.5, cauchy_wave, &s);
    OK(binnet_current_new(ctx, &law, e, 0, &active, NULL));
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-3));
    for (double x = -50; x < 50; x += 7.3) {
        double got, error, want = (-x <= 0) / 8.0;
        for (int m = 1; m <= 3; m++) /* Pr(S >= -x), S Cauchy about m/2 of scale 2 m */
            want += (m < 3 ? 3 : 1) / 8.0 * (0.5 + atan((x + m * s.a) / (m * s.b)) / (4 * atan(1.0)));
        OK(binnet_current_eval(ctx, &got, NULL, NULL, NULL, NULL, &error, 1, law, &x));
        ck_assert_msg(error <= 1e-3 && fabs(got - want) <= error, "at %g: %.10g, expected %.10g, bound %g", x, got,
                      want, error);
    }
    double x = 1, cdf;
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-12));
    ck_assert_int_eq(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x), BINNET_E_NOCONV);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "heavy"));
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- what cannot be inverted --- */

static void constant_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    polar(1, 0.75 * t, re, im);
}

static void coin_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    polar(cos(t), 0, re, im);
}

/* Nearly normal, but on a lattice. */
static void poisson_wave(void *user, double t, double *re, double *im)
{
    double mean = ((const shape *)user)->a;
    polar(exp(-mean * (1 - cos(t))), mean * sin(t), re, im);
}

/* An atom of 1e-5 at 0.25. */
static void partly_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    *re = 0.99999 * exp(-0.5 * t * t) + 1e-5 * cos(0.25 * t);
    *im = 1e-5 * sin(0.25 * t);
}

/* No law: its transform is negative in places. */
static void quartic_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    polar(exp(-t * t * t * t), 0, re, im);
}

/* Not finite from some place on. */
static void hole_wave(void *user, double t, double *re, double *im)
{
    (void)user;
    polar(t > 2e4 ? (double)NAN : 1 / (1 + t * t), 0, re, im);
}

START_TEST(says_when_not)
{
    static const struct {
        binnet_complex_fn wave;
        double a;
        int32_t code;
        const char *says;
    } cases[] = {{constant_wave, 0, BINNET_E_NOCONV, "fall"},
                 {coin_wave, 0, BINNET_E_NOCONV, "terms"},
                 {poisson_wave, 20, BINNET_E_NOCONV, "atoms"},
                 {poisson_wave, 1e4, BINNET_E_NOCONV, "atoms"},
                 {partly_wave, 0, BINNET_E_NOCONV, "terms"},
                 {quartic_wave, 0, BINNET_E_NOCONV, "not the characteristic function"},
                 {hole_wave, 0, BINNET_E_CALLBACK, "finite"}};
    binnet_ctx *ctx = new_ctx(1);
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-9));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        shape s = {cases[c].a, 0};
        int64_t active = 2;
        double x[POINTS], cdf[POINTS];
        for (int k = 0; k < POINTS; k++)
            x[k] = k - 8.5;
        binnet_current *law;
        binnet_ensemble *e = single(ctx, active, 0.9, cases[c].wave, &s);
        OK(binnet_current_new(ctx, &law, e, 0, &active, NULL));
        int32_t code = binnet_current_eval(ctx, cdf, NULL, NULL, NULL, NULL, NULL, POINTS, law, x);
        ck_assert_msg(code == cases[c].code && strstr(binnet_ctx_message(ctx), cases[c].says) != NULL,
                      "case %zu: %d %s", c, (int)code, binnet_ctx_message(ctx));
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("blind", {as_closed_forms, 4}, {as_with_the_cdf, 4}, {tables_and_fixed_points, 2}, {cauchy, 1},
             {says_when_not, 1})
