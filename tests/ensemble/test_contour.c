/*
 * Sums of gamma variables (contour.c): against the closed form for whole shapes of two scales (sums_of_weights.c:
 * negative binomial and Poisson sums), against Stieltjes integrals for other shapes, and in the far tails. Tolerance:
 * the relative 1e-12 promised, 1e-9 for the integrals.
 */
#include "ensemble/current/contour.h"
#include "num/gamma.h"
#include "num/integrate.h"
#include "support/support.h"

#include <stdio.h>

/* Pr(S > y), S = gamma(k, a) - gamma(m, b), k and m whole: through the public method BINNET_CURRENT_TWO_SIDED. */
START_TEST(whole_shapes)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(20261126);
    for (int round = 0; round < 400; round++) {
        double k = 1 + (double)roll_to(&d, 12), m = 1 + (double)roll_to(&d, 12), a = pow(10, roll_in(&d, -2, 2)),
               b = pow(10, roll_in(&d, -2, 2));
        double sd = sqrt(k * a * a + m * b * b), x = (round % 10 == 0 ? 0 : roll_in(&d, -8, 8) * sd), above, below,
               density, cdf, survival, f;
        const double one[9] = {0, 1, 1, 0, 0, 0, 0, 0, 0};
        double par3[27] = {0};
        const int32_t kind[9] = {5, 5, 5, 5, 5, 5, 5, 5, 5};
        const int64_t active[3] = {0, 1, 1};
        par3[3] = k, par3[4] = a, par3[6] = m, par3[7] = -b;
        for (int j = 0; j < 9; j++)
            if (par3[3 * j] == 0)
                par3[3 * j] = par3[3 * j + 1] = 1;
        binnet_ensemble *e;
        binnet_current *c;
        OK(binnet_ensemble_new_heterogeneous(ctx, &e, 3, one, kind, par3, NULL, NULL, BINNET_NORMALISE_NONE, NULL));
        OK(binnet_current_new(ctx, &c, e, 0, active, NULL));
        ck_assert_int_eq(binnet_current_method(c), BINNET_CURRENT_TWO_SIDED);
        double at = -x; /* c = -S */
        OK(binnet_current_eval(ctx, &cdf, NULL, &survival, NULL, &f, NULL, 1, c, &at));
        bni_gammas g = {.count = 0};
        bni_gammas_add(&g, k, a);
        bni_gammas_add(&g, m, -b);
        bni_contour_tails(&g, x, &above, &below, &density);
        ck_assert_msg(
            fabs(above - cdf) <= 1e-12 * cdf + 1e-300 && fabs(below - survival) <= 1e-12 * survival + 1e-300,
            "gamma(%g, %g) - gamma(%g, %g) at %.17g: above %.17g, expected %.17g (%.1e); below %.17g, expected %.17g (%.1e)",
            k, a, m, b, x, above, cdf, above / cdf - 1, below, survival, below / survival - 1);
        ck_assert_msg(fabs(density - f) <= 1e-11 * f + 1e-300, "density %.17g, expected %.17g", density, f);
        binnet_current_free(c);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Extreme shapes and scales: an answer whose tails add up to 1, or none. Against the exact tail of one of them, where the other is too
 * narrow to matter: E S and the deviation move the tail by their size times the density. */
START_TEST(extremes)
{
    dice d = dice_of(99);
    int none = 0;
    for (int round = 0; round < 400; round++) {
        double k = pow(10, roll_in(&d, -2, 3)), m = pow(10, roll_in(&d, -2, 3)),
               narrow = pow(10, roll_in(&d, -13, -11)) / m;
        double sd = sqrt(k), x = fmax(k + roll_in(&d, -3, 3) * sd, 0.05 * k), above, below, density, p, q, f;
        bni_gammas g = {.count = 0};
        bni_gammas_add(&g, k, 1);
        bni_gammas_add(&g, m, round % 2 ? narrow : -narrow);
        bni_contour_tails(&g, x, &above, &below, &density);
        if (isnan(above)) {
            none++;
            continue;
        }
        bni_gamma_tails(k, x, &p, &q, &f);
        double moved = 1e-11 * f + 1e-12;
        ck_assert_msg(fabs(above - q) <= moved * fmax(1, q) && fabs(below - p) <= moved,
                      "gamma(%g, 1) %c gamma(%g, %g) at %g: %.15g, %.15g; expected %.15g", k, round % 2 ? '+' : '-', m,
                      narrow, x, above, below, q);
    }
    ck_assert_msg(none <= 4, "%d of 400 without an answer", none);
}
END_TEST

/* Pr(X + Y > y) = int Pr(Y > y - x) dF(x). */
typedef struct pair {
    double shape[2], scale[2], y;
} pair;

static void tails_of(double shape, double scale, double x, double *below, double *above)
{
    double f;
    if (scale > 0)
        bni_gamma_tails(shape, fmax(x, 0) / scale, below, above, &f);
    else
        bni_gamma_tails(shape, fmax(-x, 0) / -scale, above, below, &f);
}

static void both(void *arg, int n, const double *x, double *F, double *C, double *g)
{
    const pair *w = arg;
    for (int k = 0; k < n; k++) {
        double ignored;
        tails_of(w->shape[0], w->scale[0], x[k], &F[k], &C[k]);
        tails_of(w->shape[1], w->scale[1], w->y - x[k], &ignored, &g[k]);
    }
}

START_TEST(any_shapes)
{
    bni_stieltjes_rule rule;
    dice d = dice_of(7);
    bni_stieltjes_prepare(&rule);
    for (int round = 0; round < 300; round++) {
        pair w = {{pow(10, roll_in(&d, -1, 1)), pow(10, roll_in(&d, -1, 1))},
                  {pow(10, roll_in(&d, -1, 1)), pow(10, roll_in(&d, -1, 1))},
                  0};
        for (int k = 0; k < 2; k++)
            w.scale[k] *= roll(&d) < 0.5 ? -1 : 1;
        double mean = w.shape[0] * w.scale[0] + w.shape[1] * w.scale[1];
        double sd = sqrt(w.shape[0] * w.scale[0] * w.scale[0] + w.shape[1] * w.scale[1] * w.scale[1]), above, below,
               density;
        w.y = round % 10 == 0 ? 0 : mean + roll_in(&d, -3, 3) * sd;
        /* from 0 to where nothing is left, cut where the other's law begins */
        double far = w.scale[0] * (w.shape[0] + 60 + 10 * sqrt(w.shape[0])), cut[3] = {fmin(0, far), w.y, fmax(0, far)},
               sum = 0, error = 0;
        for (int k = 0; k < 2; k++) {
            double lo = k == 0 ? cut[0] : fmin(fmax(cut[1], cut[0]), cut[2]),
                   hi = k == 1 ? cut[2] : fmin(fmax(cut[1], cut[0]), cut[2]), end[2][3], off;
            if (!(lo < hi))
                continue;
            both(&w, 1, &lo, &end[0][0], &end[0][1], &end[0][2]);
            both(&w, 1, &hi, &end[1][0], &end[1][1], &end[1][2]);
            sum += bni_stieltjes(&rule, both, &w, 1, lo, hi, end[0], end[1], 1e-13, 1e-15, 0, &off);
            error += off;
        }
        bni_gammas g = {.count = 0};
        for (int k = 0; k < 2; k++)
            bni_gammas_add(&g, w.shape[k], w.scale[k]);
        bni_contour_tails(&g, w.y, &above, &below, &density);
        ck_assert_msg(fabs(above - sum) <= error + 1e-12,
                      "gamma(%g, %g) + gamma(%g, %g) above %g: %.15g, by an integral %.15g +- %.1e", w.shape[0],
                      w.scale[0], w.shape[1], w.scale[1], w.y, above, sum, error);
        ck_assert_msg(error < 1e-9, "error of the integral %g", error);
        ck_assert_msg(fabs(above + below - 1) < 1e-13, "above %.17g, below %.17g", above, below);
    }
}
END_TEST

RUN_TESTS("contours", whole_shapes, extremes, any_shapes)
