/*
 * Normal orthant probabilities and the integrals they stand on: num/orthant.h, num/integrate.h.
 *
 * Tolerances: those promised (two dimensions 1e-11, 1e-10 next to |r| = 1; three 1e-9, 1e-10 above 1e-5; relative). The table has exact
 * doubles as arguments (tests/reference/make_orthant.py, 20 to 30 digits).
 */
#include "num/integrate.h"
#include "num/orthant.h"
#include "num/special.h"
#include "reference/orthant.h"
#include "support/support.h"

#include <stdio.h>

static const double pi = 3.14159265358979323846;

static void near(const char *what, double got, double want, double relative)
{
    ck_assert_msg(fabs(got - want) <= relative * fabs(want), "%s is %.17g, expected %.17g (error %.2e)", what, got,
                  want, fabs(got - want) / fabs(want));
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(two_against_table)
{
    for (size_t k = 0; k < COUNT(bivariate_reference); k++) {
        const double *v = bivariate_reference[k];
        char what[80];
        snprintf(what, sizeof what, "Pr(X > %g, Y > %g), r = %g", v[0], v[1], v[2]);
        near(what, bni_bivariate(v[0], v[1], v[2]), v[3], fabs(v[2]) > 0.99999 ? 1e-10 : 1e-11);
        near(what, bni_bivariate(v[1], v[0], v[2]), v[3], fabs(v[2]) > 0.99999 ? 1e-10 : 1e-11);
    }
}
END_TEST

START_TEST(three_against_table)
{
    const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t k = 0; k < COUNT(trivariate_reference); k++) {
        const double *v = trivariate_reference[k];
        for (int o = 0; o < 6; o++) {
            int a = order[o][0], b = order[o][1], c = order[o][2];
            double h[3] = {v[a], v[b], v[c]}, r[3] = {v[2 + a + b], v[2 + a + c], v[2 + b + c]};
            char what[120];
            snprintf(what, sizeof what, "Pr(X > (%g, %g, %g)), r = %g %g %g", h[0], h[1], h[2], r[0], r[1], r[2]);
            near(what, bni_trivariate(h, r), v[6], v[6] > 1e-5 ? 1e-10 : 1e-9);
        }
    }
}
END_TEST

/* Pr(X > 0, Y > 0) = 1/4 + asin r / 2 pi; three: 1/8 + (asin r12 + asin r13 + asin r23) / 4 pi. */
START_TEST(centres)
{
    dice d = dice_of(1);
    for (int k = 0; k < 100; k++) {
        double r = roll_in(&d, -1, 1);
        near("centre of two", bni_bivariate(0, 0, r), 0.25 + asin(r) / (2 * pi), 1e-12);
        /* correlations of three random vectors */
        double v[3][3], c[3], zero[3] = {0, 0, 0};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                v[i][j] = roll_in(&d, -1, 1);
        for (int p = 0; p < 3; p++) {
            int i = p == 2, j = p == 0 ? 1 : 2;
            double dot = 0, a = 0, b = 0;
            for (int q = 0; q < 3; q++)
                dot += v[i][q] * v[j][q], a += v[i][q] * v[i][q], b += v[j][q] * v[j][q];
            c[p] = dot / sqrt(a * b);
        }
        double want = 0.125 + (asin(c[0]) + asin(c[1]) + asin(c[2])) / (4 * pi);
        double got = bni_trivariate(zero, c);
        ck_assert_msg(fabs(got - want) < 1e-10 * fmax(want, 1e-4),
                      "centre of three, r = %g %g %g: %.15g, expected %.15g", c[0], c[1], c[2], got, want);
    }
}
END_TEST

/* The orthants of one corner add up to 1; two of three variables are left when the third has no bound. */
START_TEST(sums)
{
    dice d = dice_of(2);
    for (int k = 0; k < 60; k++) {
        double h[3], r[3], sum = 0;
        for (int i = 0; i < 3; i++) {
            h[i] = roll_in(&d, -3, 3);
            r[i] = roll_in(&d, -0.5, 0.99); /* made positive definite by the mixing below */
        }
        r[0] *= 0.5, r[1] *= 0.5, r[2] *= 0.5;
        double two = 0;
        for (int s = 0; s < 8; s++) {
            double e[3], g[3], c[3];
            for (int i = 0; i < 3; i++) {
                e[i] = s >> i & 1 ? -1 : 1;
                g[i] = e[i] * h[i];
            }
            c[0] = e[0] * e[1] * r[0], c[1] = e[0] * e[2] * r[1], c[2] = e[1] * e[2] * r[2];
            sum += bni_trivariate(g, c);
            if (s < 4)
                two += bni_bivariate(g[0], g[1], c[0]);
        }
        ck_assert_msg(fabs(sum - 1) < 1e-10, "orthants add up to %.15g", sum);
        ck_assert_msg(fabs(two - 1) < 1e-13, "quadrants add up to %.15g", two);
        h[2] = -50;
        near("third without bound", bni_trivariate(h, r), bni_bivariate(h[0], h[1], r[0]), 1e-10);
    }
}
END_TEST

START_TEST(degenerate)
{
    double q, p;
    bni_gaussian(0.7, &p, &q, NULL);
    near("r = 1", bni_bivariate(0.7, -3, 1), q, 1e-14);
    ck_assert(bni_bivariate(0.7, -0.7, -1) == 0);
    double wide;
    bni_gaussian(1.1, &wide, NULL, NULL);
    near("r = -1", bni_bivariate(-0.7, -1.1, -1), wide - q, 1e-14);
    ck_assert(bni_bivariate(INFINITY, 0, 0.5) == 0 && bni_bivariate(-INFINITY, -INFINITY, 0.5) == 1);
    ck_assert(isnan(bni_bivariate(NAN, 0, 0.5)));
    /* one variable and its two images */
    const double h[3] = {0.7, -3, -1.1}, r[3] = {1, -1, -1};
    near("all one", bni_trivariate(h, r), wide - p, 1e-13);
    /* X2 = X1, X3 independent */
    const double g[3] = {0.7, -0.2, 0}, s[3] = {1, 0, 0};
    near("two alike", bni_trivariate(g, s), q * 0.5, 1e-11);
}
END_TEST

static double bump(void *arg, double x)
{
    (void)arg;
    return exp(-x * x) / (1e-4 + (x - 0.3) * (x - 0.3));
}

/* The bump's value from mpmath (30 digits). */
START_TEST(integral)
{
    double error;
    double value = bni_integrate(bump, NULL, -9, 9, 1e-12, 0, &error);
    near("integral", value, 284.19957016619567, 2e-12);
    ck_assert(error < 1e-9);
}
END_TEST

/* F = Phi^a, g = (1 - Phi)^b: the integral over the line is 1/binomial(a + b, a), a and b whole. */
typedef struct powers {
    int a, b;
} powers;

static void power_law(void *arg, int n, const double *x, double *F, double *C, double *g)
{
    const powers *w = arg;
    for (int k = 0; k < n; k++) {
        double p, q;
        bni_gaussian(x[k], &p, &q, NULL);
        F[k] = pow(p, w->a);
        C[k] = -expm1(w->a * (p < 0.5 ? log(p) : log1p(-q)));
        g[k] = pow(q, w->b);
    }
}

START_TEST(stieltjes)
{
    bni_stieltjes_rule rule;
    bni_stieltjes_prepare(&rule);
    double binomial = 1;
    for (int m = 1; m <= 40; m++) {
        powers w = {m, m};
        const double low[3] = {0, 1, 1}, high[3] = {1, 0, 0};
        double error;
        binomial *= (2.0 * m) * (2.0 * m - 1) / ((double)m * m);
        double value = bni_stieltjes(&rule, power_law, &w, 1, -9, 9, low, high, 0, 1e-13 / binomial, 0, &error);
        ck_assert_msg(fabs(value * binomial - 1) < 1e-11, "m = %d: %.15g, expected %.15g", m, value, 1 / binomial);
        ck_assert_msg(error < 1e-10 / binomial, "m = %d: error %.3g of %.3g", m, error, 1 / binomial);
    }
}
END_TEST

RUN_TESTS("orthants", two_against_table, three_against_table, centres, sums, degenerate, integral, stieltjes)
