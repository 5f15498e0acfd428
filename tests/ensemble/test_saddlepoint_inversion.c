/*
 * Tails of laws of currents by inversion, with a small relative error: laws that have closed forms, whose method is
 * overruled here, against exact references; mixed laws and far tails against references made in other ways (make_tilt.py).
 * `error` bounds what comes on top of the 1e-12 relative that the rest of a law has.
 */
#include "wiring.h"

#include "ensemble/ensemble.h"
#include "reference/current.h"
#include "reference/tilt.h"

#include <string.h>

static binnet_ensemble *ensemble_of(binnet_ctx *ctx, const int32_t *kind, const double *par, const double *p,
                                    const int64_t *active, const int64_t *inactive, double theta, int32_t normalise,
                                    double M)
{
    int64_t size[2] = {active[0] + inactive[0], active[1] + inactive[1]};
    double all_p[4] = {p[0], p[1], 0, 0}, all_par[12] = {0}, all_theta[2] = {theta, 0}, all_M[2] = {M, 1};
    int32_t all_kind[4] = {kind[0], kind[1], 1, 1};
    binnet_ensemble *e;
    memcpy(all_par, par, 6 * sizeof *par);
    OK(binnet_ensemble_new(ctx, &e, 2, size, all_p, all_kind, all_par, all_theta, NULL, normalise,
                           normalise == BINNET_NORMALISE_FIXED ? all_M : NULL, 1));
    return e;
}

/* got against want: within the bound; whether the bound is relative to `wanted`. */
static int good(const char *what, size_t k, double got, double want, double error, double wanted)
{
    ck_assert_msg(fabs(got - want) <= error + 1e-12 * want + 1e-322, "%s %zu: %.17g, expected %.17g, bound %g", what, k,
                  got, want, error);
    return error <= wanted * want + 1e-322;
}

/* With the terms at most 2^7 * 1000 a few laws, of few weights that fall slowly, are left out. */
START_TEST(as_closed_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    int cases = 0, reached = 0, fine = 0;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_ITERATIONS, 2000));
    for (size_t k = 0; k < sizeof reference_currents / sizeof *reference_currents; k++) {
        const reference_current *r = &reference_currents[k];
        binnet_ensemble *e = ensemble_of(ctx, r->kind, r->par, r->p, r->active, r->inactive, r->theta, r->normalise,
                                         r->M);
        binnet_current *law;
        OK(binnet_current_new(ctx, &law, e, 0, r->active, r->inactive));
        if (law->method != BINNET_CURRENT_LATTICE) {
            double above, below, error;
            law->method = BINNET_CURRENT_INVERSION;
            OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-12));
            int32_t code = binnet_current_eval(ctx, NULL, &above, &below, NULL, NULL, &error, 1, law, &r->x);
            if (code == BINNET_E_NOCONV) {
                OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-9));
                code = binnet_current_eval(ctx, NULL, &above, &below, NULL, NULL, &error, 1, law, &r->x);
            }
            ck_assert(code == BINNET_OK || code == BINNET_E_NOCONV);
            if (code == BINNET_OK) {
                int up = good("above", k, above, r->above, error, 1e-8);
                int down = good("below", k, below, r->below, error, 1e-8);
                reached += up && down;
                fine += up && down && error <= 1e-10 * fmin(r->above, r->below);
            }
            cases++;
        }
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    ck_assert_msg(reached >= 80 && fine >= 55, "%d cases, %d within 1e-8, %d within 1e-10", cases, reached, fine);
    binnet_ctx_free(ctx);
}
END_TEST

/* The law of the ensemble at x in closed form, and by inversion; whether both tails came within 1e-8. */
static int both_ways(binnet_ctx *ctx, size_t k, const binnet_ensemble *e, const int64_t *active,
                     const int64_t *inactive, double x, int *compared)
{
    binnet_current *law;
    double above[2], below[2], error;
    OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
    *compared = 0;
    int good_enough = 0;
    if (law->method != BINNET_CURRENT_LATTICE && law->method != BINNET_CURRENT_INVERSION) {
        OK(binnet_current_eval(ctx, NULL, &above[0], &below[0], NULL, NULL, NULL, 1, law, &x));
        law->method = BINNET_CURRENT_INVERSION;
        int32_t code = binnet_current_eval(ctx, NULL, &above[1], &below[1], NULL, NULL, &error, 1, law, &x);
        ck_assert(code == BINNET_OK || code == BINNET_E_NOCONV);
        if (code == BINNET_OK) {
            int up = good("above", k, above[1], above[0], error, 1e-8);
            good_enough = good("below", k, below[1], below[0], error, 1e-8) && up;
            *compared = 1;
        }
    }
    binnet_current_free(law);
    return good_enough;
}

/* Laws of one or two candidates that are nearly always present beside others that hardly are. */
START_TEST(small_parts)
{
    static const struct {
        int32_t kind[2], normalise;
        double par[6], p[2], x;
        int64_t active[2], inactive[2];
    } cases[] = {
        {{3, 3}, 0, {0.078125, 1.078125, 0, -1.296875, -0.296875, 0}, {0.963, 0.9585}, -0.4975, {1, 2}, {5, 5}},
        {{3, 3}, 0, {-0.890625, 0.109375, 0, 0.015625, 1.015625, 0}, {0.69, 0.448}, 1.1247, {1, 1}, {0, 1}},
        {{2, 2}, 0, {0.635931, 0.0896605, 0, -1.08453, 0.0922838, 0}, {0.428038, 0.0132066}, -2.7735, {1, 4}, {2, 0}},
        {{2, 2}, 3, {-0.696885, 0.375594, 0, 1.53538, 0.116916, 0}, {0.00217854, 0.00487906}, 0.8858, {1, 8}, {5, 5}},
        {{2, 2}, 0, {-1.97855, 0.190879, 0, 0.400736, 0.12247, 0}, {0.462953, 0.113305}, -5.05, {4, 1}, {4, 3}},
        {{2, 2}, 3, {1.9, 0.25, 0, -0.06, 1.1, 0}, {1, 1e-6}, -5.2, {1, 1}, {0, 3}},
    };
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int compared;
        binnet_ensemble *e = ensemble_of(ctx, cases[k].kind, cases[k].par, cases[k].p, cases[k].active,
                                         cases[k].inactive, 0.25, cases[k].normalise, 1);
        int reached = both_ways(ctx, k, e, cases[k].active, cases[k].inactive, cases[k].x, &compared);
        ck_assert_msg(reached || (!compared && cases[k].kind[0] == 3), "%zu", k);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Random laws, numbers and points, far out, too. */
START_TEST(random_laws)
{
    enum { LAWS = 400 };
    binnet_ctx *ctx = new_ctx(1);
    uint64_t seed = 20261124;
    int cases = 0, reached = 0;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_ITERATIONS, 200));
    for (size_t k = 0; k < LAWS; k++) {
        double u[20], p[2], par[6] = {0};
        int64_t active[2], inactive[2];
        int32_t kind[2];
        for (int j = 0; j < 20; j++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            u[j] = (double)(seed >> 11) / 9007199254740992.0;
        }
        for (int b = 0; b < 2; b++) {
            const double *v = u + 9 * b;
            double *q = par + 3 * b;
            active[b] = (int64_t)(1 + (v[0] < 0.5 ? 4 : 40) * v[1]);
            inactive[b] = (int64_t)(6 * v[2]);
            p[b] = v[3] < 0.2 ? 1 : v[3] < 0.5 ? 0.02 * v[4] : v[4];
            switch (v[5] < 0.2 ? 4 : (int)(4 * u[18])) {
            case 0:
                kind[b] = BINNET_WEIGHT_GAUSSIAN;
                q[0] = 4 * v[6] - 2;
                q[1] = exp(4 * v[7] - 3);
                break;
            case 1:
                kind[b] = BINNET_WEIGHT_GAMMA;
                q[0] = v[6] < 0.5 ? exp(3 * v[7] - 1) : floor(1 + 3 * v[7]);
                q[1] = 1.25;
                break;
            case 2:
                kind[b] = v[6] < 0.5 ? BINNET_WEIGHT_LAPLACE : BINNET_WEIGHT_EXPONENTIAL;
                q[0] = v[6] < 0.5 ? 2 * v[7] - 1 : v[7] < 0.5 ? 0.75 : -0.75;
                q[1] = 0.75;
                break;
            case 3:
                kind[b] = BINNET_WEIGHT_UNIFORM;
                q[0] = floor(128 * v[7]) / 64 - 1.5;
                q[1] = q[0] + 1;
                break;
            default:
                kind[b] = BINNET_WEIGHT_CONSTANT;
                q[0] = 2 * v[6] - 1;
            }
        }
        binnet_ensemble *e = ensemble_of(ctx, kind, par, p, active, inactive, 0.25,
                                         u[17] < 0.3 ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE, 1);
        binnet_current *law;
        double mean, variance;
        OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
        OK(binnet_current_moments(ctx, &mean, &variance, law));
        binnet_current_free(law);
        int compared,
            good_enough = both_ways(ctx, k, e, active, inactive,
                                    mean + sqrt(variance) * exp(4 * u[19] - 1) * (u[8] < 0.5 ? -1 : 1), &compared);
        cases += compared;
        reached += good_enough;
        binnet_ensemble_free(e);
    }
    ck_assert_msg(cases >= LAWS / 2 && reached >= 0.95 * cases, "%d compared, %d reached", cases, reached);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(mixed_laws)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t none[2] = {0, 0};
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-9));
    for (size_t k = 0; k < sizeof reference_tilts / sizeof *reference_tilts; k++) {
        const reference_tilt *r = &reference_tilts[k];
        double par[6] = {r->par[0][0], r->par[0][1], 0, r->par[1][0], r->par[1][1], 0};
        binnet_ensemble *e = ensemble_of(ctx, r->kind, par, r->p, r->active, none, 0, BINNET_NORMALISE_NONE, 1);
        binnet_current *law;
        double above, below, error, x = -r->y;
        OK(binnet_current_new(ctx, &law, e, 0, r->active, none));
        law->method = BINNET_CURRENT_INVERSION; /* others would have a closed form */
        OK(binnet_current_eval(ctx, NULL, &above, &below, NULL, NULL, &error, 1, law, &x));
        int up = good("above", k, above, r->above, error, 1e-8), down = good("below", k, below, r->below, error, 1e-8);
        ck_assert_msg(up && down, "%zu at %g: %g and %g with an error of %g", k, r->y, above, below, error);
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Far out nothing, not a small number: beyond the support of bounded weights, below the least double. */
START_TEST(nothing_beyond)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t active[2] = {5, 4}, none[2] = {0, 0};
    double p[2] = {1, 0.5}, par[6] = {0, 1, 0, -0.5, 1, 0}, x[4] = {-9.0000001, -50, 2.0000001, 50};
    double above[4], below[4], error[4];
    int32_t kind[2] = {BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_UNIFORM};
    binnet_current *law;
    binnet_ensemble *e = ensemble_of(ctx, kind, par, p, active, none, 0, BINNET_NORMALISE_NONE, 1);
    OK(binnet_current_new(ctx, &law, e, 0, active, none));
    law->method = BINNET_CURRENT_INVERSION; /* others would have a closed form */
    OK(binnet_current_eval(ctx, NULL, above, below, NULL, NULL, error, 4, law, x));
    for (int k = 0; k < 4; k++) {
        ck_assert(k < 2 ? above[k] == 0 && below[k] == 1 : above[k] == 1 && below[k] == 0);
        ck_assert_double_le(error[k], 1e-300);
    }
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Pr(a A + b B > y), A and B uniform on (0, 1), a < b; 0 for a or b: that one is absent. */
static double two_uniforms(double a, double b, double y)
{
    if (a == 0 || b == 0)
        return a + b == 0 ? y < 0 : fmin(1, fmax(0, 1 - y / (a + b)));
    double corners = fmax(0, a + b - y) * fmax(0, a + b - y) - fmax(0, a - y) * fmax(0, a - y) -
                     fmax(0, b - y) * fmax(0, b - y) + fmax(0, -y) * fmax(0, -y);
    return corners / (2 * a * b);
}

/* Constants that are hardly ever present in such numbers, and at most two others: what is not inverted matters, too. */
START_TEST(improbable_constants)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[3] = {40, 1, 1};
    double p[9] = {1e-3, 0.01, 0.02}, par[27] = {1, 0, 0, 0, 1, 0, 0, 2, 0}, q = p[1], r = p[2];
    int32_t kind[9] = {1, BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_UNIFORM, 1, 1, 1, 1, 1, 1};
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 3, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, size, NULL));
    law->method = BINNET_CURRENT_INVERSION; /* others would have a closed form */
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-9));
    OK(binnet_ctx_set_f64(ctx, BINNET_P_RELATIVE_TOLERANCE, 1e-5));
    for (double y = 3.4; y < 40; y += 8) {
        double want = 0, x = -y, got, error;
        for (int m = 0; m <= 40; m++) {
            double mass = exp(lgamma(41) - lgamma(m + 1.0) - lgamma(41.0 - m) + m * log(1e-3) +
                              (40 - m) * log1p(-1e-3));
            want += mass * ((1 - q) * (1 - r) * two_uniforms(0, 0, y - m) + q * (1 - r) * two_uniforms(1, 0, y - m) +
                            (1 - q) * r * two_uniforms(0, 2, y - m) + q * r * two_uniforms(1, 2, y - m));
        }
        OK(binnet_current_eval(ctx, NULL, &got, NULL, NULL, NULL, &error, 1, law, &x));
        ck_assert_msg(error <= 1e-5 * want && fabs(got - want) <= error + 1e-11 * want,
                      "%g: %.15g, expected %.15g, bound %g", y, got, want, error); /* 1e-11: lgamma, log */
    }
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Sums of many uniform weights of one width: recursion up to some cost, inversion beyond; both agree. */
START_TEST(many_uniform_weights)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t active[2] = {70, 65}, none[2] = {0, 0};
    double p[2] = {0.3, 0.4}, par[6] = {0, 1, 0, -0.5, 0.5, 0};
    int32_t kind[2] = {BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_UNIFORM};
    binnet_current *law;
    binnet_ensemble *e = ensemble_of(ctx, kind, par, p, active, none, 0, BINNET_NORMALISE_NONE, 1);
    OK(binnet_current_new(ctx, &law, e, 0, active, none));
    ck_assert_int_eq(binnet_current_method(law), BINNET_CURRENT_INVERSION);
    double x[6] = {-50, -25, -15, -10, -1, 8}, above[2][6], below[2][6], error[6];
    OK(binnet_current_eval(ctx, NULL, above[0], below[0], NULL, NULL, error, 6, law, x));
    law->method = BINNET_CURRENT_UNIFORM;
    OK(binnet_current_eval(ctx, NULL, above[1], below[1], NULL, NULL, NULL, 6, law, x));
    for (size_t k = 0; k < 6; k++)
        ck_assert(good("above", k, above[0][k], above[1][k], error[k], 1e-10) &&
                  good("below", k, below[0][k], below[1][k], error[k], 1e-10));
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("tilt", as_closed_forms, small_parts, random_laws, mixed_laws, nothing_beyond, improbable_constants,
          many_uniform_weights)
