/*
 * Laws of one noise variable: num/special.h and the kernels of kernels/cdf.h.
 *
 * Tolerances, relative:
 * - against the table (exact values rounded to double, 1.1e-16): gaussian 2e-15 (libm's erfc may be off by 5 ulp = 1.1e-15,
 *   three more roundings), logistic and laplace 1e-15 (exp 1 ulp, division and product), Student t 1e-13 (promised;
 *   6e-15 measured, from the product of up to 100 steps of the continued fraction).
 * - vector kernels against the reference: the sum of both errors, 4e-15 promised + 1.3e-15 for the Gaussian, 1e-15 each for
 *   the logistic; below the least normal double also 4 units of 2^-1074, since each side rounds there at most twice.
 * - p + q = s: each of p and q is rounded once more, so 2 ulp of s.
 */
#include "kernels/kernels.h"
#include "num/special.h"
#include "reference/special.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef void cdf_kernel(double *p, double *q, const double *z, size_t n, double s);
typedef void odds_kernel(double *p, double *q, const double *e, double f, size_t n, double s);

static const double least = 0x1p-1074;

static void near(const char *what, double x, double got, double want, double relative)
{
    ck_assert_msg(fabs(got - want) <= relative * fabs(want), "%s at %.17g is %.17g, expected %.17g (error %.2e)", what,
                  x, got, want, fabs(got - want) / fabs(want));
}

static int same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* xorshift64; the seed is fixed, so every run sees the same numbers. */
static uint64_t random_state;

static double random_in(double from, double to)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return from + (to - from) * ((double)(random_state >> 11) * 0x1p-53);
}

/* --- num/special against the table --- */

typedef void law(double x, double *cdf, double *sf, double *pdf);

static void check_table(const char *name, law *f, const double (*row)[4], size_t rows, double tolerance)
{
    for (size_t i = 0; i < rows; i++) {
        double x = row[i][0], cdf, sf, pdf, one;
        f(x, &cdf, &sf, &pdf);
        near(name, x, cdf, row[i][1], tolerance);
        near(name, x, sf, row[i][2], tolerance);
        near(name, x, pdf, row[i][3], tolerance);
        f(x, &one, NULL, NULL);
        ck_assert(same(one, cdf));
        f(x, NULL, &one, NULL);
        ck_assert(same(one, sf));
        f(x, NULL, NULL, &one);
        ck_assert(same(one, pdf));
        f(-x, NULL, &one, NULL);
        ck_assert(same(one, cdf));
    }
}

START_TEST(table_gaussian)
{
    check_table("gaussian", bni_gaussian, reference_gaussian, COUNT(reference_gaussian), 2e-15);
}
END_TEST

START_TEST(table_logistic)
{
    check_table("logistic", bni_logistic, reference_logistic, COUNT(reference_logistic), 1e-15);
}
END_TEST

START_TEST(table_laplace)
{
    check_table("laplace", bni_laplace, reference_laplace, COUNT(reference_laplace), 1e-15);
}
END_TEST

START_TEST(table_student_t)
{
    for (size_t i = 0; i < COUNT(reference_student_t); i++) {
        const double *row = reference_student_t[i];
        double x = row[0], dof = row[1], cdf, sf, pdf, one;
        bni_student_t(x, dof, &cdf, &sf, &pdf);
        near("student_t cdf", x, cdf, row[2], 1e-13);
        near("student_t sf", x, sf, row[3], 1e-13);
        near("student_t pdf", x, pdf, row[4], 1e-13);
        bni_student_t(x, dof, NULL, NULL, &one);
        ck_assert(same(one, pdf));
        bni_student_t(-x, dof, NULL, &one, NULL);
        ck_assert(same(one, cdf));
    }
}
END_TEST

/* Closed forms: dof 1 is 1/2 + atan(x)/pi, dof 2 is 1/2 + x/(2 sqrt(2 + x^2)); in the tail atan(1/x)/pi and
 * 1/(s (s + x)), s = sqrt(2 + x^2). */
START_TEST(student_closed)
{
    for (int i = 0; i < 400; i++) {
        double x = pow(10, -3 + 0.05 * i), s = hypot(x, sqrt(2.0)), sf;
        bni_student_t(x, 1, NULL, &sf, NULL);
        near("Cauchy", x, sf, atan(1 / x) * 0.31830988618379067, 2e-14);
        bni_student_t(x, 2, NULL, &sf, NULL);
        near("dof 2", x, sf, 1 / (s * (s + x)), 2e-14);
    }
}
END_TEST

/* Where the method changes the error may change, the value may not: neighbours differ by less than 1e-13. */
START_TEST(student_seams)
{
    const double dofs[] = {0.05, 0.3, 1, 2, 5, 19.99, 20.01, 100, 5e3, 1e6};
    for (size_t i = 0; i < COUNT(dofs); i++) {
        double dof = dofs[i], before_sf = 1, before_pdf = HUGE_VAL;
        for (int k = 0; k < 4000; k++) {
            double x = 0.001 * k, sf, pdf;
            bni_student_t(x, dof, NULL, &sf, &pdf);
            ck_assert_msg(sf < before_sf && pdf < before_pdf, "dof %g x %g", dof, x);
            before_sf = sf;
            before_pdf = pdf;
        }
        /* the seam itself: x^2/(dof + x^2) (dof/2 + 2) = 1 */
        double x = sqrt(dof / (dof / 2 + 1)), left, right;
        bni_student_t(x * (1 - 4e-16), dof, NULL, &left, NULL);
        bni_student_t(x * (1 + 4e-16), dof, NULL, &right, NULL);
        near("seam", x, left, right, 2e-14);
    }
}
END_TEST

START_TEST(uniform_values)
{
    const double rows[][4] = {{-INFINITY, 0, 1, 0},      {-3, 0, 1, 0},         {-1, 0, 1, 0},
                              {-0.5, 0.25, 0.75, 0.5},   {-0.0, 0.5, 0.5, 0.5}, {0, 0.5, 0.5, 0.5},
                              {0.75, 0.875, 0.125, 0.5}, {1, 1, 0, 0},          {7, 1, 0, 0},
                              {INFINITY, 1, 0, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        double cdf, sf, pdf;
        bni_uniform(rows[i][0], &cdf, &sf, &pdf);
        ck_assert(cdf == rows[i][1] && sf == rows[i][2] && pdf == rows[i][3]);
    }
    /* Close to the ends the tail keeps its digits: 1 - (1 - 2^-53) = 2^-53. */
    double cdf, sf;
    bni_uniform(1 - 0x1p-53, NULL, &sf, NULL);
    bni_uniform(-1 + 0x1p-53, &cdf, NULL, NULL);
    ck_assert(sf == 0x1p-54 && cdf == 0x1p-54);
}
END_TEST

static void student_3(double x, double *cdf, double *sf, double *pdf)
{
    bni_student_t(x, 3, cdf, sf, pdf);
}

START_TEST(ends)
{
    law *const laws[] = {bni_gaussian, bni_logistic, bni_laplace, bni_uniform, student_3};
    for (size_t i = 0; i < COUNT(laws); i++) {
        double cdf, sf, pdf;
        laws[i](INFINITY, &cdf, &sf, &pdf);
        ck_assert(cdf == 1 && sf == 0 && pdf == 0);
        laws[i](-INFINITY, &cdf, &sf, &pdf);
        ck_assert(cdf == 0 && sf == 1 && pdf == 0);
        laws[i](-0.0, &cdf, &sf, &pdf);
        ck_assert(cdf == 0.5 && sf == 0.5 && pdf > 0);
        laws[i](NAN, &cdf, &sf, &pdf);
        ck_assert(isnan(cdf) && isnan(sf) && isnan(pdf));
        laws[i](1, NULL, NULL, NULL);
    }
}
END_TEST

/* --- kernels --- */

enum { GAUSSIAN, LOGISTIC, FAMILIES };
enum { REFERENCE, VARIANTS = BNI_TABLES };

/* NULL when this machine or build has no such variant. */
static const bni_kernels *table(int variant)
{
    const bni_kernels *tables[BNI_TABLES];
    return variant < bni_kernels_runnable(tables) ? tables[variant] : NULL;
}

static cdf_kernel *kernel(int family, int variant)
{
    const bni_kernels *t = table(variant);
    return t == NULL ? NULL : family == GAUSSIAN ? t->chain->cdf_gaussian : t->chain->cdf_logistic;
}

static odds_kernel *odds(int variant)
{
    const bni_kernels *t = table(variant);
    return t == NULL ? NULL : t->chain->odds;
}

/* Where p or q become denormal, and where they vanish. */
static const double family_limit[FAMILIES] = {37.51, 708.3}, family_end[FAMILIES] = {38.7, 746};
static const double family_tolerance[VARIANTS][FAMILIES] = {{2e-15, 1e-15}, {4e-15, 1e-15}, {4e-15, 1e-15}};

START_TEST(kernel_table)
{
    cdf_kernel *g = kernel(GAUSSIAN, _i), *l = kernel(LOGISTIC, _i);
    if (g == NULL)
        return;
    double p, q;
    for (size_t i = 0; i < COUNT(reference_gaussian); i++) {
        const double *row = reference_gaussian[i];
        g(&p, &q, row, 1, 1);
        near("gaussian p", row[0], p, row[1], family_tolerance[_i][GAUSSIAN]);
        near("gaussian q", row[0], q, row[2], family_tolerance[_i][GAUSSIAN]);
    }
    for (size_t i = 0; i < COUNT(reference_logistic); i++) {
        const double *row = reference_logistic[i];
        l(&p, &q, row, 1, 1);
        near("logistic p", row[0], p, row[1], family_tolerance[_i][LOGISTIC]);
        near("logistic q", row[0], q, row[2], family_tolerance[_i][LOGISTIC]);
    }
}
END_TEST

START_TEST(kernel_ends)
{
    const double z[] = {0, -0.0, INFINITY, -INFINITY, 5e-324, -5e-324, DBL_MAX, -DBL_MAX, 800, -800, DBL_MIN, NAN};
    const double p_want[] = {0.5, 0.5, 1, 0, 0.5, 0.5, 1, 0, 1, 0, 0.5};
    for (int family = 0; family < FAMILIES; family++) {
        cdf_kernel *f = kernel(family, _i);
        if (f == NULL)
            return;
        for (int e = -800; e <= 4; e += 67) {
            double s = e == 4 ? 0 : ldexp(1, e), p[COUNT(z)], q[COUNT(z)];
            f(p, q, z, COUNT(z), s);
            for (size_t i = 0; i < COUNT(p_want); i++)
                ck_assert_msg(p[i] == s * p_want[i] && q[i] == s * (1 - p_want[i]), "family %d z %g s %g: %g %g",
                              family, z[i], s, p[i], q[i]);
            ck_assert(isnan(p[COUNT(z) - 1]) && isnan(q[COUNT(z) - 1]));
        }
    }
}
END_TEST

/* Dense sweep: the vector kernel against the reference; p + q = s; p(z) = q(-z); rising. */
START_TEST(kernel_sweep)
{
    enum { STEPS = 6001 };
    double *z = malloc(6 * STEPS * sizeof *z), *p = z + STEPS, *q = p + STEPS, *u = q + STEPS, *v = u + STEPS,
           *m = v + STEPS;
    ck_assert_ptr_nonnull(z);
    for (int family = 0; family < FAMILIES; family++) {
        cdf_kernel *f = kernel(family, _i), *r = kernel(family, REFERENCE);
        if (f == NULL)
            break;
        const double end = family_end[family], reach[] = {1e-6, 1, 4, 10, 60, end};
        for (size_t j = 0; j < COUNT(reach); j++) {
            double s = j % 2 == 0 ? 1 : 0.3;
            for (size_t i = 0; i < STEPS; i++) {
                z[i] = reach[j] * (2.0 * (double)i / (STEPS - 1) - 1);
                m[i] = -z[i];
            }
            r(u, v, z, STEPS, s);
            f(p, q, z, STEPS, s);
            double tolerance = family_tolerance[_i][family] + family_tolerance[REFERENCE][family];
            for (size_t i = 0; i < STEPS; i++) {
                ck_assert_msg(fabs(p[i] - u[i]) <= tolerance * u[i] + 4 * least,
                              "family %d z %.17g p %.17g reference %.17g", family, z[i], p[i], u[i]);
                ck_assert_msg(fabs(q[i] - v[i]) <= tolerance * v[i] + 4 * least,
                              "family %d z %.17g q %.17g reference %.17g", family, z[i], q[i], v[i]);
                ck_assert(fabs(p[i] + q[i] - s) <= 2 * DBL_EPSILON * s);
                /* Strictly rising can be asked only where one step outgrows the error. */
                if (i > 0 && z[i] < 0 && z[i] > -family_limit[family] && reach[j] >= 1)
                    ck_assert_msg(p[i] > p[i - 1], "family %d z %.17g", family, z[i]);
                if (i > 0)
                    ck_assert(p[i] >= p[i - 1] * (1 - 2 * tolerance) && q[i] <= q[i - 1] * (1 + 2 * tolerance) + least);
            }
            f(u, v, m, STEPS, s);
            for (size_t i = 0; i < STEPS; i++)
                ck_assert(same(p[i], v[i]) && same(q[i], u[i]));
        }
    }
    free(z);
}
END_TEST

/* The same z gives the same bits at any place, length and alignment; nothing is written outside; in place is allowed. */
START_TEST(kernel_place)
{
    enum { N = 70, PAD = 4 };
    const double guard = 0x1.23456789abcdep+0;
    for (int family = 0; family < FAMILIES; family++) {
        cdf_kernel *f = kernel(family, _i);
        if (f == NULL)
            return;
        double z[N + 2 * PAD], p[N + 2 * PAD], q[N + 2 * PAD], want_p[N], want_q[N];
        random_state = UINT64_C(88172645463325252);
        for (size_t n = 0; n <= N; n++)
            for (size_t from = 0; from < PAD; from++) {
                for (size_t i = 0; i < n; i++) {
                    z[from + i] = random_in(-1, 1) * family_end[family] * (i % 3 == 0 ? 1 : 0.1);
                    f(&want_p[i], &want_q[i], &z[from + i], 1, 0.125);
                }
                for (size_t i = 0; i < N + 2 * PAD; i++)
                    p[i] = q[i] = guard;
                size_t p_from = (from + 1) % PAD, q_from = (from + 3) % PAD;
                f(p + p_from, q + q_from, z + from, n, 0.125);
                for (size_t i = 0; i < N + 2 * PAD; i++) {
                    int in_p = i >= p_from && i < p_from + n, in_q = i >= q_from && i < q_from + n;
                    ck_assert(same(p[i], in_p ? want_p[i - p_from] : guard));
                    ck_assert(same(q[i], in_q ? want_q[i - q_from] : guard));
                }
                double copy[N + 2 * PAD];
                memcpy(copy, z, sizeof z);
                f(copy + from, q + q_from, copy + from, n, 0.125);
                ck_assert(n == 0 || memcmp(copy + from, want_p, n * sizeof *copy) == 0);
                memcpy(copy, z, sizeof z);
                f(p + p_from, copy + from, copy + from, n, 0.125);
                ck_assert(n == 0 || memcmp(copy + from, want_q, n * sizeof *copy) == 0);
            }
    }
}
END_TEST

/* odds: w = e f, p = s/(1 + w), q = s w/(1 + w): 1 + w, the division and the product round once each (plus e f): 4 ulp. */
START_TEST(kernel_odds)
{
    enum { N = 2003 };
    odds_kernel *f = odds(_i);
    if (f == NULL)
        return;
    double e[N], p[N], q[N], u[N], v[N], one_p, one_q;
    random_state = UINT64_C(88172645463325252);
    for (size_t i = 0; i < N; i++)
        e[i] = pow(10, random_in(-307, 305));
    e[0] = 0;
    e[1] = 1;
    e[2] = 1e305;
    const double factors[] = {0, 1e-3, 1, 2, 9.9};
    for (size_t j = 0; j < COUNT(factors); j++) {
        double s = j % 2 ? 1 : 0.25, factor = factors[j];
        f(p, q, e, factor, N, s);
        bni_kernels_reference.chain->odds(u, v, e, factor, N, s);
        for (size_t i = 0; i < N; i++) {
            double w = e[i] * factor;
            near("odds p", w, p[i], s / (1 + w), 4 * DBL_EPSILON);
            ck_assert_msg(fabs(q[i] - w / (1 + w) * s) <= 4 * DBL_EPSILON * q[i] + 4 * least, "odds q at %g", w);
            near("odds p", w, p[i], u[i], 4 * DBL_EPSILON);
            ck_assert(fabs(q[i] - v[i]) <= 4 * DBL_EPSILON * v[i] + 4 * least);
            ck_assert(fabs(p[i] + q[i] - s) <= 2 * DBL_EPSILON * s);
            f(&one_p, &one_q, &e[i], factor, 1, s);
            ck_assert(same(one_p, p[i]) && same(one_q, q[i]));
        }
        for (size_t n = 0; n < 9; n++) {
            double short_p[9] = {-1, -1, -1, -1, -1, -1, -1, -1, -1}, short_q[9];
            memcpy(short_q, short_p, sizeof short_p);
            f(short_p, short_q, e, factor, n, s);
            ck_assert(short_p[n] == -1 && short_q[n] == -1);
            ck_assert(memcmp(short_p, p, n * sizeof *p) == 0 && memcmp(short_q, q, n * sizeof *q) == 0);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("special");
    TCase *laws = tcase_create("laws");
    tcase_add_test(laws, table_gaussian);
    tcase_add_test(laws, table_logistic);
    tcase_add_test(laws, table_laplace);
    tcase_add_test(laws, table_student_t);
    tcase_add_test(laws, student_closed);
    tcase_add_test(laws, student_seams);
    tcase_add_test(laws, uniform_values);
    tcase_add_test(laws, ends);
    suite_add_tcase(suite, laws);
    TCase *kernels = tcase_create("kernels");
    tcase_set_timeout(kernels, 60);
    tcase_add_loop_test(kernels, kernel_table, REFERENCE, VARIANTS);
    tcase_add_loop_test(kernels, kernel_ends, REFERENCE, VARIANTS);
    tcase_add_loop_test(kernels, kernel_sweep, REFERENCE, VARIANTS);
    tcase_add_loop_test(kernels, kernel_place, REFERENCE, VARIANTS);
    tcase_add_loop_test(kernels, kernel_odds, REFERENCE, VARIANTS);
    suite_add_tcase(suite, kernels);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
