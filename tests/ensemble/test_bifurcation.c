/*
 * Moments and occurrence of bifurcation points against exact rationals: two and three neurons with constant and uniform weights, whose
 * scales run from 1e-6 to 1e6 (tests/reference/make_bifurcation.py); and closed forms at the ends of that.
 *
 * Tolerances: those promised, 1e-10 of the deviation and 1e-9 of the variance, and the rounding of currents: theta minus a sum of
 * weights is a double, so places are known to 4e-16 of the greatest of these.
 */
#include "reference/bifurcation.h"
#include "support/support.h"

#include <stdio.h>

static binnet_bifurcation_law *make(binnet_ctx *ctx, const reference_bifurcation *r, double *size)
{
    binnet_ensemble *e;
    binnet_bifurcation_law *b;
    int64_t active[3];
    const int32_t axis[3] = {0, 0, 0};
    *size = 0;
    for (size_t i = 0; i < r->n; i++) {
        double sum = fabs(r->theta[i]);
        active[i] = r->active >> i & 1;
        for (size_t j = 0; j < r->n; j++)
            sum += fmax(fabs(r->par[3 * (i * r->n + j)]), fabs(r->par[3 * (i * r->n + j) + 1]));
        *size = fmax(*size, sum);
    }
    OK(binnet_ensemble_new_heterogeneous(ctx, &e, r->n, r->p, r->kind, r->par, r->theta, NULL, BINNET_NORMALISE_NONE,
                                         NULL));
    OK(binnet_bifurcation_law_new(ctx, &b, e, active, 1, axis));
    binnet_ensemble_free(e);
    return b;
}

START_TEST(exact_rationals)
{
    binnet_ctx *ctx = new_ctx(1);
    size_t cases = sizeof reference_bifurcations / sizeof *reference_bifurcations;
    for (size_t k = 0; k < cases; k++) {
        const reference_bifurcation *r = &reference_bifurcations[k];
        double size, occurs, error;
        binnet_bifurcation_law *b = make(ctx, r, &size);
        for (int32_t which = BINNET_LAMBDA; which <= BINNET_XI; which++) {
            const double *want = which == BINNET_LAMBDA ? r->lambda : r->xi;
            double mean, variance, rounding = 4e-16 * size, sd = sqrt(fmax(want[1], 0));
            OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, which));
            ck_assert_msg(fabs(mean - want[0]) <= 1e-10 * sd + rounding,
                          "case %zu, bound %d: mean %.17g, exact %.17g, deviation %g", k, (int)which, mean, want[0],
                          sd);
            ck_assert_msg(fabs(variance - want[1]) <= 1e-9 * want[1] + 4 * rounding * sd + rounding * rounding,
                          "case %zu, bound %d: variance %.17g, exact %.17g", k, (int)which, variance, want[1]);
        }
        OK(binnet_bifurcation_law_occurrence(ctx, &occurs, &error, b));
        ck_assert_msg(fabs(occurs - r->occurs) <= error + 1e-15, "case %zu: occurrence %.17g +- %.2g, exact %.17g", k,
                      occurs, error, r->occurs);
        ck_assert_msg(error <= 1e-11, "case %zu: occurrence %g +- %g", k, occurs, error);
        binnet_bifurcation_law_free(b);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Sums of uniform weights of several widths, both tails to the relative accuracy promised. */
START_TEST(several_widths)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < sizeof reference_boxes / sizeof *reference_boxes; k++) {
        const reference_box *r = &reference_boxes[k];
        double p[49] = {0}, par[147] = {0}, cdf, survival, x = -r->y;
        int32_t kind[49];
        int64_t active[7] = {0};
        size_t n = r->n + 1;
        binnet_ensemble *e;
        binnet_current *c;
        for (size_t j = 0; j < n * n; j++)
            kind[j] = BINNET_WEIGHT_UNIFORM;
        for (size_t j = 0; j < r->n; j++) {
            p[j + 1] = 1;
            active[j + 1] = 1;
            par[3 * (j + 1) + 1] = r->width[j];
        }
        OK(binnet_ensemble_new_heterogeneous(ctx, &e, n, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL));
        OK(binnet_current_new(ctx, &c, e, 0, active, NULL));
        ck_assert_int_eq(binnet_current_method(c), BINNET_CURRENT_UNIFORM);
        OK(binnet_current_eval(ctx, &cdf, NULL, &survival, NULL, NULL, NULL, 1, c, &x));
        ck_assert_msg(fabs(cdf - r->above) <= 1e-12 * r->above && fabs(survival - r->below) <= 1e-12 * r->below,
                      "case %zu: above %.17g, exact %.17g; below %.17g, exact %.17g", k, cdf, r->above, survival,
                      r->below);
        binnet_current_free(c);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* One population of two. */
static binnet_bifurcation_law *of_two(binnet_ctx *ctx, double p, int32_t kind, const double *par, double theta,
                                      int32_t self)
{
    const int64_t size = 2, active = 1;
    binnet_ensemble *e;
    binnet_bifurcation_law *b;
    OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, par, &theta, NULL, BINNET_NORMALISE_NONE, NULL, self));
    OK(binnet_bifurcation_law_new(ctx, &b, e, &active, 1, NULL));
    binnet_ensemble_free(e);
    return b;
}

START_TEST(jumps)
{
    binnet_ctx *ctx = new_ctx(1);
    double mean, variance;
    /* c = 1 - W with probability 1/5, W uniform on .9..1.1, else 1: mean .8, E c^2 = (.8 + .2 var W) */
    const double narrow[3] = {0.9, 1.1, 0}, one[3] = {1, 0, 0};
    binnet_bifurcation_law *b = of_two(ctx, 0.2, BINNET_WEIGHT_UNIFORM, narrow, 1, 1);
    OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, BINNET_LAMBDA));
    ck_assert_msg(fabs(mean - 0.8) < 1e-15, "mean %.17g", mean);
    ck_assert_msg(fabs(variance - (0.16 + 0.2 * 0.04 / 12)) < 1e-15, "variance %.17g", variance);
    binnet_bifurcation_law_free(b);
    /* c = -1 with probability p, else 0 */
    for (double p = 0.1; p > 1e-300; p *= p) {
        b = of_two(ctx, p, BINNET_WEIGHT_CONSTANT, one, 0, 0);
        OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, BINNET_XI));
        ck_assert_msg(fabs(mean + p) <= 1e-15 * p && fabs(variance - p * (1 - p)) <= 1e-15 * p,
                      "p %g: mean %.17g, variance %.17g", p, mean, variance);
        binnet_bifurcation_law_free(b);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/*
 * A law 1e-k as wide as another beside it: the maximum of c_0, on -s..s, and c_1, on -1..1. E max = 1/4 + s^2/12;
 * E max^2 = int x^2 dF_1 F_0 = 1/6 + s^2/6 - ... by symmetry: E max^2 + E min^2 = s^2/3 + 1/3, and max^2 - min^2 has mean
 * E (max - min)(max + min) = E |d| (c_0 + c_1) = 0, the law being symmetric about 0.
 */
START_TEST(narrow_beside_wide)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k <= 15; k++) {
        double s = pow(10, -k), mean, variance, off = 0.25 + s * s / 12;
        const double p[4] = {0, 1, 1, 0}, par[12] = {0, 0, 0, -s, s, 0, -1, 1, 0, 0, 0, 0};
        const int32_t kind[4] = {BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_UNIFORM,
                                 BINNET_WEIGHT_CONSTANT},
                      axis[2] = {0, 0};
        const int64_t size[2] = {1, 1}, active[2] = {1, 1};
        binnet_ensemble *e;
        binnet_bifurcation_law *b;
        OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
        OK(binnet_bifurcation_law_new(ctx, &b, e, active, 1, axis));
        OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, BINNET_LAMBDA));
        ck_assert_msg(fabs(mean - off) < 1e-12, "s = 1e-%d: mean %.17g, exact %.17g", k, mean, off);
        ck_assert_msg(fabs(variance - ((s * s + 1) / 6 - off * off)) < 1e-12, "s = 1e-%d: variance %.17g", k, variance);
        binnet_bifurcation_law_free(b);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Limit laws: none of one neuron, nor where an atom holds the norming level; with jumps elsewhere the distance is that of both cdfs on
 * a fine grid, from below by at most 2e-5 and a step of the grid. */
START_TEST(limits)
{
    binnet_ctx *ctx = new_ctx(1);
    const double par[3] = {0, 1, 0}, few = 0.001, many = 0.3, theta = 0.5;
    const int32_t kind = BINNET_WEIGHT_GAUSSIAN;
    for (int what = 0; what < 3; what++) {
        const int64_t size = 30, active = what == 0 ? 1 : 20;
        binnet_ensemble *e;
        binnet_bifurcation_law *b;
        int32_t domain;
        double location, scale, shape, distance, greatest = 0;
        OK(binnet_ensemble_new(ctx, &e, 1, &size, what == 1 ? &few : &many, &kind, par, &theta, NULL,
                               BINNET_NORMALISE_NONE, NULL, 1));
        OK(binnet_bifurcation_law_new(ctx, &b, e, &active, 1, NULL));
        OK(binnet_bifurcation_law_limit(ctx, &domain, &location, &scale, &shape, &distance, b, 0, BINNET_LAMBDA));
        if (what < 2) {
            ck_assert_int_eq(domain, BINNET_DOMAIN_NONE);
            ck_assert(isnan(location) && isnan(scale) && isnan(shape) && isnan(distance));
        } else {
            ck_assert_int_eq(domain, BINNET_DOMAIN_GUMBEL);
            for (int k = -4000; k <= 12000; k++) {
                double x = location + 1e-3 * k * scale, F;
                OK(binnet_bifurcation_law_cdf(ctx, &F, NULL, 1, b, 0, BINNET_LAMBDA, &x));
                greatest = fmax(greatest, fabs(F - exp(-exp(-1e-3 * k))));
            }
            ck_assert_msg(distance >= greatest - 2e-5 && distance <= greatest + 1e-3, "distance %g, on a grid %g",
                          distance, greatest);
        }
        binnet_bifurcation_law_free(b);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("bifurcation points", exact_rationals, several_widths, jumps, narrow_beside_wide, limits)
