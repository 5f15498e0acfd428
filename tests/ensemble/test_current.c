/*
 * Laws of threshold currents against a reference table (exact rationals and 90 digits), enumeration of all connection
 * patterns, closed forms, and each other.
 *
 * Tolerances: 1e-12 relative is the promise of the closed forms, both tails. Against the table 4e-14 was measured; the
 * enumeration rounds the argument z of erfc, which costs z^2 2^-53 = 2e-13 where the tail is 1e-290 (4e-13 measured). The
 * inversion promises its own bound.
 */
#include "ensemble/current/inversion.h"
#include "num/gamma.h"
#include "reference/current.h"
#include "wiring.h"

#include <float.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void near(const char *what, size_t at, double got, double want, double relative)
{
    ck_assert_msg(fabs(got - want) <= relative * fabs(want) + 1e-306, "%s, %zu: %.17g, expected %.17g (error %.2e)",
                  what, at, got, want, fabs(got - want) / fabs(want));
}

/* --- functions --- */

START_TEST(gamma_table)
{
    for (size_t k = 0; k < COUNT(reference_gamma); k++) {
        const double *row = reference_gamma[k];
        double below, above, one;
        bni_gamma_tails(row[0], row[1], &below, &above, NULL);
        /* 1 - p where p is near 1 at small shapes, and exponents of up to 700 */
        near("gamma below", k, below, row[2], 3e-13);
        near("gamma above", k, above, row[3], 3e-13);
        bni_gamma_tails(row[0], row[1], NULL, &one, NULL);
        ck_assert(one == above);
    }
    double low, high, f;
    bni_gamma_tails(2, -1, &low, &high, &f);
    ck_assert(low == 0 && high == 1 && f == 0);
    bni_gamma_tails(2, HUGE_VAL, &low, &high, &f);
    ck_assert(low == 1 && high == 0 && f == 0);
}
END_TEST

/* erfc has 1e-15; the relative error of a tail is z^2 times that of z. */
START_TEST(gaussian_quantile)
{
    for (double u = 0.5; u > 1e-300; u *= 0.83) {
        double z = bni_gaussian_upper(u), back = 0.5 * erfc(z / sqrt(2.0));
        ck_assert_msg(fabs(back / u - 1) < 2e-15 * (2 + z * z), "u = %g: z = %.17g, error %g", u, z, back / u - 1);
    }
    ck_assert(bni_gaussian_upper(0.5) == 0);
}
END_TEST

START_TEST(lognormal_table)
{
    for (size_t k = 0; k < COUNT(reference_lognormal); k++) {
        const double *row = reference_lognormal[k];
        bni_weight w = {.kind = BINNET_WEIGHT_LOGNORMAL, .par = {row[0], row[1], 1}};
        bni_characteristic wave = {.weight = &w};
        double re, im, size = hypot(row[3], row[4]);
        bni_characteristic_at(&wave, row[2], &re, &im);
        ck_assert_msg(hypot(re - row[3], im - row[4]) < 1e-13 * size, "%zu: %.17g %.17g, expected %.17g %.17g", k, re,
                      im, row[3], row[4]);
        w.par[2] = -1;
        bni_characteristic_at(&wave, row[2], &re, &im);
        ck_assert(hypot(re - row[3], im + row[4]) < 1e-13 * size);
    }
}
END_TEST

/* --- the reference table --- */

static binnet_ensemble *of_row(binnet_ctx *ctx, const reference_current *r)
{
    binnet_ensemble *e;
    double p[4], par[12], theta[2] = {r->theta, r->theta}, M[2] = {r->M, r->M};
    int32_t kind[4];
    int64_t size[2];
    for (int k = 0; k < 4; k++) {
        p[k] = r->p[k % 2];
        kind[k] = r->kind[k % 2];
        memcpy(par + 3 * k, r->par + 3 * (k % 2), 3 * sizeof *par);
    }
    for (int b = 0; b < 2; b++)
        size[b] = r->active[b] + r->inactive[b];
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, r->normalise,
                           r->normalise == BINNET_NORMALISE_FIXED ? M : NULL, 1));
    return e;
}

START_TEST(reference_table)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < COUNT(reference_currents); k++) {
        const reference_current *r = &reference_currents[k];
        binnet_ensemble *e = of_row(ctx, r);
        binnet_current *law;
        double cdf, below, survival, at_least, error = 1;
        OK(binnet_current_new(ctx, &law, e, 0, r->active, r->inactive));
        ck_assert_int_lt(binnet_current_method(law), BINNET_CURRENT_INVERSION);
        OK(binnet_current_eval(ctx, &cdf, &below, &survival, &at_least, NULL, &error, 1, law, &r->x));
        near("cdf", k, cdf, r->above + r->at, 1e-12);
        near("below", k, below, r->above, 1e-12);
        near("survival", k, survival, r->below, 1e-12);
        near("at least", k, at_least, r->below + r->at, 1e-12);
        ck_assert(error == 0);

        size_t columns = (size_t)(r->active[1] + r->inactive[1]) + 1;
        size_t len = columns * (size_t)(r->active[0] + r->inactive[0] + 1);
        size_t place = (size_t)r->active[0] * columns + (size_t)r->active[1];
        double *up = malloc(len * sizeof *up), *down = malloc(len * sizeof *down);
        OK(binnet_current_table(ctx, up, down, len, &error, e, 0, r->x, 0));
        near("table at most", k, up[place], r->above + r->at, 1e-12);
        near("table beyond", k, down[place], r->below, 1e-12);
        OK(binnet_current_table(ctx, NULL, down, len, NULL, e, 0, r->x, 1));
        near("table beyond, strict", k, down[place], r->below + r->at, 1e-12);
        OK(binnet_current_table(ctx, up, NULL, len, NULL, e, 0, r->x, 1));
        near("table at most, strict", k, up[place], r->above, 1e-12);
        free(up);
        free(down);
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- enumeration of patterns --- */

/* Random ensembles of two populations, every normalisation; weights are small multiples of 1/4 so that ties happen. */
START_TEST(all_patterns)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(7);
    for (int round = 0; round < 120; round++) {
        int64_t size[2] = {1 + (int64_t)roll_to(&d, 6), 1 + (int64_t)roll_to(&d, 6)};
        double p[4], par[12] = {0}, theta[2] = {0.25, -0.5}, M[2] = {2, 0.5};
        int32_t kind[4], normalise = round % 4, self = (int32_t)roll_to(&d, 2);
        for (int k = 0; k < 4; k++) {
            p[k] = roll(&d) < 0.2 ? (double)roll_to(&d, 2) : roll(&d);
            kind[k] = roll(&d) < 0.5 ? BINNET_WEIGHT_CONSTANT : BINNET_WEIGHT_GAUSSIAN;
            par[3 * k] = 0.25 * (double)roll_to(&d, 9) - 1;
            par[3 * k + 1] = 0.25 * (double)roll_to(&d, 4);
            if (k % 2 && roll(&d) < 0.3) { /* the same law from both populations, other probabilities */
                kind[k] = kind[k - 1];
                memcpy(par + 3 * k, par + 3 * k - 3, 3 * sizeof *par);
            }
        }
        binnet_ensemble *e;
        OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, normalise,
                               normalise == BINNET_NORMALISE_FIXED ? M : NULL, self));
        size_t a = roll_to(&d, 2);
        int64_t active[2], inactive[2];
        candidate c[20];
        int n = 0;
        for (size_t b = 0; b < 2; b++) {
            int64_t most = size[b] - (a == b && !self);
            active[b] = (int64_t)roll_to(&d, (size_t)most + 1);
            inactive[b] = most - active[b];
            size_t pair = 2 * a + b;
            double sd = kind[pair] == BINNET_WEIGHT_GAUSSIAN ? par[3 * pair + 1] : 0;
            for (int64_t j = 0; j < most; j++)
                c[n++] = (candidate){j < active[b], p[pair], par[3 * pair], sd};
        }
        double m = normalise == BINNET_NORMALISE_FIXED ? M[a]
                   : normalise == BINNET_NORMALISE_N   ? (double)(size[0] + size[1])
                                                       : 1;
        binnet_current *law;
        OK(binnet_current_new(ctx, &law, e, a, active, inactive));
        for (int k = -12; k <= 12; k++) {
            double x = theta[a] + 0.25 * k, cdf, below, survival, at_least;
            oracle o = enumerate(c, n, theta[a], normalise == BINNET_NORMALISE_INDEGREE, m, x);
            OK(binnet_current_eval(ctx, &cdf, &below, &survival, &at_least, NULL, NULL, 1, law, &x));
            near("cdf", (size_t)round, cdf, o.at_most, 1e-12);
            near("below", (size_t)round, below, o.below, 1e-12);
            near("survival", (size_t)round, survival, o.beyond, 1e-12);
            near("at least", (size_t)round, at_least, o.at_least, 1e-12);
            if (k == 0) {
                double mean, variance;
                OK(binnet_current_moments(ctx, &mean, &variance, law));
                ck_assert_double_eq_tol(mean, o.mean, 1e-13 * (1 + fabs(o.mean)));
                ck_assert_double_eq_tol(variance, o.square - o.mean * o.mean, 1e-13 * (1 + o.square));
            }
        }
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Connection by connection. */
START_TEST(heterogeneous_patterns)
{
    enum { MOST = 7 };
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(11);
    for (int round = 0; round < 40; round++) {
        size_t n = 1 + roll_to(&d, MOST);
        double p[MOST * MOST], par[3 * MOST * MOST] = {0}, theta[MOST], M[MOST];
        int32_t kind[MOST * MOST], normalise = round % 4;
        for (size_t i = 0; i < n; i++) {
            theta[i] = 0.25 * (double)roll_to(&d, 5);
            M[i] = 0.5 + (double)roll_to(&d, 3);
        }
        for (size_t k = 0; k < n * n; k++) {
            p[k] = roll(&d);
            kind[k] = roll(&d) < 0.3 ? BINNET_WEIGHT_GAUSSIAN : BINNET_WEIGHT_CONSTANT;
            par[3 * k] = 0.25 * (double)roll_to(&d, 9) - 1;
            par[3 * k + 1] = roll(&d);
        }
        binnet_ensemble *e;
        OK(binnet_ensemble_new_heterogeneous(ctx, &e, n, p, kind, par, theta, NULL, normalise,
                                             normalise == BINNET_NORMALISE_FIXED ? M : NULL));
        size_t i = roll_to(&d, n);
        int64_t active[MOST], inactive[MOST];
        candidate c[MOST];
        for (size_t j = 0; j < n; j++) {
            active[j] = (int64_t)roll_to(&d, 2);
            inactive[j] = 1 - active[j];
            c[j] = (candidate){(int)active[j], p[i * n + j], par[3 * (i * n + j)],
                               kind[i * n + j] == BINNET_WEIGHT_GAUSSIAN ? par[3 * (i * n + j) + 1] : 0};
        }
        double m = normalise == BINNET_NORMALISE_FIXED ? M[i] : normalise == BINNET_NORMALISE_N ? (double)n : 1;
        binnet_current *law;
        OK(binnet_current_new(ctx, &law, e, i, active, inactive));
        for (int k = -8; k <= 8; k++) {
            double x = theta[i] + 0.25 * k, cdf, survival;
            oracle o = enumerate(c, (int)n, theta[i], normalise == BINNET_NORMALISE_INDEGREE, m, x);
            OK(binnet_current_eval(ctx, &cdf, NULL, &survival, NULL, NULL, NULL, 1, law, &x));
            near("cdf", (size_t)round, cdf, o.at_most, 1e-12);
            near("survival", (size_t)round, survival, o.beyond, 1e-12);
        }
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- ties and atoms --- */

/* 0.1 + 0.1 + 0.1 and 0.3 are different reals; 4 times 0.1 and 0.4 are the same. */
START_TEST(ties_are_exact)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *e;
    binnet_current *law;
    int64_t size = 4, three = 3, four = 4;
    int32_t kind = BINNET_WEIGHT_CONSTANT;
    double p = 1, par[3] = {0.1, 0, 0}, theta = 0, x = -0.3, cdf, below;
    OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, par, &theta, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, &three, NULL));
    /* c = -3 (0.1), the double 0.1 is above 1/10 and three times it above the double 0.3: c < x */
    OK(binnet_current_eval(ctx, &cdf, &below, NULL, NULL, NULL, NULL, 1, law, &x));
    ck_assert(cdf == 1 && below == 1);
    binnet_current_free(law);
    OK(binnet_current_new(ctx, &law, e, 0, &four, NULL));
    x = -0.4;
    OK(binnet_current_eval(ctx, &cdf, &below, NULL, NULL, NULL, NULL, 1, law, &x));
    ck_assert(cdf == 1 && below == 0);
    x = nextafter(-0.4, -1);
    OK(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x));
    ck_assert(cdf == 0);
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Atoms of dyadic weights: rising, their masses add up to the jumps of the cdf, which is flat between them when there is
 * nothing else. */
START_TEST(atoms_are_the_jumps)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(3);
    for (int round = 0; round < 24; round++) {
        int64_t size[2] = {9, 8}, active[2] = {5, 6}, inactive[2] = {4, 2};
        double p[4] = {0.3, 0.6, 0.5, 0.5}, par[12] = {0.5, 0, 0, -0.75, 0, 0, 1, 0.5, 0, 1, 0.5, 0},
               theta[2] = {0.125, 0};
        int32_t lattice = round % 2, normalise = round % 4 == 3 ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE;
        int32_t kind[4] = {BINNET_WEIGHT_CONSTANT, lattice ? BINNET_WEIGHT_CONSTANT : BINNET_WEIGHT_UNIFORM, 2, 2};
        for (int k = 0; k < 2; k++)
            p[k] = roll(&d);
        if (!lattice)
            par[4] = 0.25;
        binnet_ensemble *e;
        binnet_current *law;
        size_t count = 0;
        double value[600], mass[600], total = 0, none = pow(1 - p[1], 6);
        OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, normalise, NULL, 1));
        OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
        ck_assert_int_eq(binnet_current_atoms(ctx, &count, value, mass, 1, law), BINNET_E_SIZE);
        ck_assert_uint_gt(count, 1);
        ck_assert_uint_lt(count, 600);
        OK(binnet_current_atoms(ctx, &count, NULL, NULL, 0, law));
        OK(binnet_current_atoms(ctx, &count, value, mass, 600, law));
        for (size_t k = 0; k < count; k++) {
            double cdf, below;
            total += mass[k];
            ck_assert(k == 0 || value[k] > value[k - 1]);
            /* in-degree: values are rounded quotients, the jump is next to them */
            double x[2] = {normalise == BINNET_NORMALISE_NONE ? value[k] : value[k] + 1e-12,
                           normalise == BINNET_NORMALISE_NONE ? value[k] : value[k] - 1e-12};
            OK(binnet_current_eval(ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, law, &x[0]));
            OK(binnet_current_eval(ctx, NULL, &below, NULL, NULL, NULL, NULL, 1, law, &x[1]));
            ck_assert_double_eq_tol(cdf - below, mass[k], 1e-10);
            if (lattice)
                ck_assert_double_eq_tol(cdf, total, 1e-13);
        }
        near("all atoms", (size_t)round, total, lattice ? 1 : none, 1e-12);
        binnet_current_free(law);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- any ensemble: sums to one, rising, density --- */

/* A random pair of laws that goes to the given method. */
static void random_laws(dice *d, int32_t method, int32_t *kind, double *par)
{
    double scale = roll_in(d, 0.3, 1.5), one = roll_in(d, 0.5, 2);
    memset(par, 0, 12 * sizeof *par);
    for (int k = 0; k < 4; k++) {
        double *q = par + 3 * k, sign = k % 2 ? -1 : 1;
        switch (method) {
        case BINNET_CURRENT_LATTICE:
            kind[k] = BINNET_WEIGHT_CONSTANT;
            q[0] = sign * roll_in(d, 0.2, 1);
            break;
        case BINNET_CURRENT_GAUSSIAN:
            kind[k] = BINNET_WEIGHT_GAUSSIAN;
            q[0] = sign * roll_in(d, 0, 1);
            q[1] = roll_in(d, 0.1, 1);
            break;
        case BINNET_CURRENT_GAMMA:
            kind[k] = k % 2 ? BINNET_WEIGHT_GAMMA : BINNET_WEIGHT_EXPONENTIAL;
            q[0] = k % 2 ? one : scale;
            q[1] = scale;
            break;
        case BINNET_CURRENT_TWO_SIDED:
            kind[k] = k % 2 ? BINNET_WEIGHT_LAPLACE : BINNET_WEIGHT_EXPONENTIAL;
            q[0] = k % 2 ? -0.25 : scale;
            q[1] = scale;
            break;
        case BINNET_CURRENT_UNIFORM:
            kind[k] = BINNET_WEIGHT_UNIFORM;
            q[0] = k % 2 ? -0.5 : 0;
            q[1] = q[0] + 0.75;
            break;
        default:
            kind[k] = k % 2 ? BINNET_WEIGHT_LOGNORMAL : BINNET_WEIGHT_GAUSSIAN;
            q[0] = roll_in(d, -1, 0);
            q[1] = roll_in(d, 0.2, 0.7);
            q[2] = sign;
        }
    }
}

START_TEST(any_law_is_a_law)
{
    enum { POINTS = 40 };
    int32_t method = 1 + _i % 6, normalise = _i / 6 % 4;
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 100);
    int64_t size[2] = {12, 9}, active[2] = {7, 5}, inactive[2] = {5, 4};
    double p[4], par[12], theta[2] = {0.1, -0.2}, M[2] = {1.5, 2};
    int32_t kind[4];
    random_laws(&d, method, kind, par);
    for (int k = 0; k < 4; k++)
        p[k] = roll(&d);
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, normalise,
                           normalise == BINNET_NORMALISE_FIXED ? M : NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
    ck_assert_int_eq(binnet_current_method(law), method);
    double mean, variance, x[POINTS], cdf[POINTS], below[POINTS], survival[POINTS], at_least[POINTS], error[POINTS];
    OK(binnet_current_moments(ctx, &mean, &variance, law));
    for (int k = 0; k < POINTS; k++)
        x[k] = mean + sqrt(variance) * (0.3 * k - 6);
    OK(binnet_current_eval(ctx, cdf, below, survival, at_least, NULL, error, POINTS, law, x));
    for (int k = 0; k < POINTS; k++) {
        ck_assert(method == BINNET_CURRENT_INVERSION ? error[k] > 0 && error[k] <= 1e-12 : error[k] == 0);
        ck_assert_double_eq_tol(cdf[k] + survival[k], 1, 1e-13 + 2 * error[k]);
        ck_assert_double_eq_tol(below[k] + at_least[k], 1, 1e-13 + 2 * error[k]);
        ck_assert(below[k] <= cdf[k] && survival[k] <= at_least[k] && cdf[k] >= 0 && survival[k] >= 0);
        ck_assert(k == 0 || (cdf[k] >= cdf[k - 1] * (1 - 1e-12) - error[k] &&
                             survival[k] <= survival[k - 1] * (1 + 1e-12) + error[k]));
    }
    /* One at a time gives the same bits as together, but for the inversion, whose phases are stepped along. */
    for (int k = 0; k < POINTS; k += 7) {
        double alone;
        OK(binnet_current_eval(ctx, &alone, NULL, NULL, NULL, NULL, NULL, 1, law, &x[k]));
        ck_assert(alone == cdf[k]);
    }
    /* The mean by the tails, in fine steps: E c = mid - int F below mid + int (1 - F) above; midpoint rule with 4000 steps
     * of 1/100 sd; atoms and kinks limit it to about one step times one jump. */
    enum { STEPS = 1600 };
    double integral = 0, step = sqrt(variance) / 50;
    for (int k = 0; k < STEPS; k++) {
        double at = mean + step * (k + 0.5 - STEPS / 2), F, G;
        if (method == BINNET_CURRENT_INVERSION && k % 128 == 0) {
            double many[128], out[128];
            for (int j = 0; j < 128; j++)
                many[j] = at + step * j;
            OK(binnet_current_eval(ctx, out, NULL, NULL, NULL, NULL, NULL, 128, law, many));
            for (int j = 0; j < 128 && k + j < STEPS; j++)
                integral += step * (many[j] < mean ? -out[j] : 1 - out[j]);
        } else if (method != BINNET_CURRENT_INVERSION) {
            OK(binnet_current_eval(ctx, &F, NULL, &G, NULL, NULL, NULL, 1, law, &at));
            integral += step * (at < mean ? -F : G);
        }
        if (method == BINNET_CURRENT_INVERSION && normalise == BINNET_NORMALISE_INDEGREE)
            break; /* one inversion for each point: too slow here */
    }
    if (method != BINNET_CURRENT_INVERSION || normalise != BINNET_NORMALISE_INDEGREE)
        ck_assert_double_eq_tol(integral, 0, 0.02 * sqrt(variance));
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Between kinks the density integrates to the difference of the cdf: Gauss-Legendre with 5 points in 400 panels. */
START_TEST(density_integrates)
{
    static const double gx[5] = {-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664};
    static const double gw[5] = {0.236926885056189, 0.478628670499366, 0.568888888888889, 0.478628670499366,
                                 0.236926885056189};
    int32_t method = 2 + _i % 5, normalise = _i / 5 ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_N;
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of((uint64_t)_i + 300);
    int64_t size[2] = {9, 6}, active[2] = {7, 5}, inactive[2] = {2, 1};
    double p[4] = {0.5, 0.4, 0.5, 0.5}, par[12], theta[2] = {0, 0};
    int32_t kind[4];
    random_laws(&d, method, kind, par);
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, normalise, NULL, 1));
    OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
    double ends[2] = {-0.6, -0.01}, cdf[2], sum = 0;
    if (method == BINNET_CURRENT_INVERSION && normalise == BINNET_NORMALISE_INDEGREE) {
        ck_assert_int_eq(binnet_current_eval(ctx, cdf, NULL, NULL, NULL, &sum, NULL, 1, law, ends), BINNET_E_UNDEFINED);
    } else {
        OK(binnet_current_eval(ctx, cdf, NULL, NULL, NULL, NULL, NULL, 2, law, ends));
        double half = 0.5 * (ends[1] - ends[0]) / 400, x[2000], f[2000];
        for (int k = 0; k < 2000; k++)
            x[k] = ends[0] + half * (2 * (k / 5) + 1 + gx[k % 5]);
        OK(binnet_current_eval(ctx, NULL, NULL, NULL, NULL, f, NULL, 2000, law, x));
        for (int k = 0; k < 2000; k++)
            sum += half * gw[k % 5] * f[k];
        /* a kink or jump of the density within a panel (uniform, gamma at its end) costs a panel's share */
        ck_assert_double_eq_tol(sum, cdf[1] - cdf[0],
                                method == BINNET_CURRENT_GAUSSIAN || method == BINNET_CURRENT_INVERSION ? 1e-9 : 2e-4);
        ck_assert_double_gt(sum, 0.001);
    }
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- large numbers --- */

/* The table of two populations of 300 against the mixture of single laws: different orders of summation. */
START_TEST(large_table)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[2] = {300, 300};
    double p[4] = {0.1, 0.2, 0.5, 0.5}, par[12] = {1, 0.5, 0, -1.5, 0.25, 0, 1, 0, 0, 1, 0, 0}, theta[2] = {1, 0};
    int32_t kind[4] = {2, 2, 1, 1};
    binnet_ensemble *e;
    size_t len = 300 * 301;
    double *up = malloc(len * sizeof *up), *down = malloc(len * sizeof *down), x = 3.5;
    uint64_t entries;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL, BINNET_NORMALISE_NONE, NULL, 0));
    OK(binnet_current_table_estimate(ctx, &entries, NULL, NULL, e, 0));
    ck_assert_uint_eq(entries, len);
    OK(binnet_current_table(ctx, up, down, len, NULL, e, 0, x, 0));
    for (int64_t i = 0; i < 300; i += 43)
        for (int64_t j = 0; j <= 300; j += 50) {
            int64_t active[2] = {i, j};
            binnet_current *law;
            double cdf, survival;
            OK(binnet_current_new(ctx, &law, e, 0, active, NULL));
            OK(binnet_current_eval(ctx, &cdf, NULL, &survival, NULL, NULL, NULL, 1, law, &x));
            near("at most", (size_t)(i * 301 + j), up[i * 301 + j], cdf, 1e-12);
            near("beyond", (size_t)(i * 301 + j), down[i * 301 + j], survival, 1e-12);
            binnet_current_free(law);
        }
    free(up);
    free(down);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("current", {gamma_table, 1}, {gaussian_quantile, 1}, {lognormal_table, 1}, {reference_table, 1},
             {all_patterns, 1}, {heterogeneous_patterns, 1}, {ties_are_exact, 1}, {atoms_are_the_jumps, 1},
             {any_law_is_a_law, 24}, {density_integrates, 10}, {large_table, 1})
