/*
 * Normal orthants of three to eight dimensions, and those of sums that share terms: bni_orthant, bni_orthant_sums.
 *
 * Independent ways: closed forms; one-factor correlations r_ij = l_i l_j as one integral of a product; one more dimension by
 * conditioning on one variable; identities between orthants of one law; for dependent sums, nested integrals over the
 * independent terms. Tolerances: 1e-12 where the condition number is moderate; the reported error must cover what is above
 * 1e-14 (rounding of the reference).
 */
#include "num/integrate.h"
#include "num/orthant.h"
#include "num/special.h"
#include "support/support.h"

#include <stdio.h>

enum { MOST = BNI_ORTHANT_MOST };

static const double goal = 1e-13;

static double above(double x)
{
    double q;
    bni_gaussian(x, NULL, &q, NULL);
    return q;
}

static void close_to(const char *what, double got, double want, double tolerance, double error)
{
    ck_assert_msg(fabs(got - want) <= tolerance, "%s: %.17g, expected %.17g (off %.2e, reported %.2e)", what, got, want,
                  got - want, error);
    ck_assert_msg(fabs(got - want) <= error + 2e-14, "%s: off %.2e, reported only %.2e", what, got - want, error);
}

/* --- closed forms --- */

START_TEST(closed_forms)
{
    for (int n = 1; n <= MOST; n++) {
        double h[MOST] = {0}, r[MOST * MOST], error, got;
        /* eight: two independent blocks of four */
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                r[i * n + j] = i == j ? 1 : n == 8 && i / 4 != j / 4 ? 0 : 0.5;
        got = bni_orthant(n, h, r, n <= 6 ? goal : 1e-9, &error);
        char what[40];
        snprintf(what, sizeof what, "n = %d, correlations 1/2", n);
        close_to(what, got, n == 8 ? 1.0 / 25 : 1.0 / (n + 1), n <= 6 ? 1e-13 : 1e-9, error);
        double product = 1;
        for (int i = 0; i < n; i++) {
            h[i] = 0.3 * i - 1;
            product *= above(h[i]);
            for (int j = 0; j < n; j++)
                r[i * n + j] = i == j;
        }
        close_to("independent", bni_orthant(n, h, r, goal, &error), product, 1e-15, error);
    }
    double error;
    ck_assert(bni_orthant(0, NULL, NULL, goal, &error) == 1);
}
END_TEST

/* --- one factor: X_i = l_i Z + sqrt(1 - l_i^2) E_i --- */

typedef struct factor {
    int n;
    double l[MOST], h[MOST];
} factor;

static double product(void *arg, double z)
{
    const factor *f = arg;
    double p = exp(-0.5 * z * z) / sqrt(2 * 3.14159265358979323846);
    for (int i = 0; i < f->n; i++)
        p *= above((f->h[i] - f->l[i] * z) / sqrt((1 - f->l[i]) * (1 + f->l[i])));
    return p;
}

START_TEST(one_factor)
{
    dice d = dice_of(3);
    for (int k = 0; k < 60; k++) {
        factor f = {.n = 3 + k % 4};
        double r[MOST * MOST], error, most = k % 3 == 0 ? 0.95 : 0.8;
        for (int i = 0; i < f.n; i++) {
            f.l[i] = roll_in(&d, -most, most);
            f.h[i] = roll_in(&d, -2, 2);
        }
        for (int i = 0; i < f.n; i++)
            for (int j = 0; j < f.n; j++)
                r[i * f.n + j] = i == j ? 1 : f.l[i] * f.l[j];
        double want = bni_integrate(product, &f, -12, 12, 1e-14, 1e-17, NULL),
               got = bni_orthant(f.n, f.h, r, goal, &error);
        char what[40];
        snprintf(what, sizeof what, "one factor, n = %d, case %d", f.n, k);
        close_to(what, got, want, 1e-13, error);
    }
}
END_TEST

/* --- any correlations --- */

static void random_law(dice *d, int n, double *r, double own)
{
    double v[MOST][MOST], cov[MOST][MOST];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            v[i][j] = roll_in(d, -1, 1) + (i == j ? own : 0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            cov[i][j] = 0;
            for (int k = 0; k < n; k++)
                cov[i][j] += v[i][k] * v[j][k];
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            r[i * n + j] = i == j ? 1 : cov[i][j] / sqrt(cov[i][i] * cov[j][j]);
}

/* The variables of the set, with the signs of `flip`. */
static double of_set(int n, const double *h, const double *r, unsigned set, unsigned flip, double tolerance)
{
    double g[MOST], c[MOST * MOST], error;
    int at[MOST], m = 0;
    for (int i = 0; i < n; i++)
        if (set >> i & 1)
            at[m++] = i;
    for (int i = 0; i < m; i++) {
        double s = flip >> at[i] & 1 ? -1 : 1;
        g[i] = s * h[at[i]];
        for (int j = 0; j < m; j++)
            c[i * m + j] = s * (flip >> at[j] & 1 ? -1 : 1) * r[at[i] * n + at[j]];
    }
    double p = bni_orthant(m, g, c, tolerance, &error);
    ck_assert(error < 1e3 * tolerance + 1e-12);
    return p;
}

/* All 2^n orthants add up to 1; at the centre, n odd, the orthant is half the alternating sum of the smaller ones. */
START_TEST(identities)
{
    dice d = dice_of(4);
    for (int k = 0; k < 14; k++) {
        int n = 3 + k % 3;
        double h[MOST], r[MOST * MOST], zero[MOST] = {0}, sum = 0;
        random_law(&d, n, r, 0.5);
        for (int i = 0; i < n; i++)
            h[i] = roll_in(&d, -2, 2);
        unsigned all = (1u << n) - 1;
        for (unsigned flip = 0; flip <= all; flip++)
            sum += of_set(n, h, r, all, flip, goal);
        ck_assert_msg(fabs(sum - 1) < 1e-12, "n = %d: the orthants add up to %.15g", n, sum);
        if (n % 2 == 0)
            continue;
        double want = 0;
        for (unsigned set = 0; set < all; set++) {
            int size = 0;
            for (unsigned b = set; b != 0; b &= b - 1)
                size++;
            want += (size % 2 == 0 ? 0.5 : -0.5) * of_set(n, zero, r, set, 0, goal);
        }
        double got = of_set(n, zero, r, all, 0, goal);
        ck_assert_msg(fabs(got - want) < 1e-12, "centre, n = %d: %.15g, expected %.15g", n, got, want);
    }
}
END_TEST

/* Four dimensions as an integral over the first of three, these by another method. */
typedef struct four {
    double h[4], r[4][4];
} four;

static double three_given(void *arg, double x)
{
    const four *f = arg;
    double h[3], r[3], s[3];
    for (int i = 0; i < 3; i++) {
        s[i] = sqrt((1 - f->r[0][i + 1]) * (1 + f->r[0][i + 1]));
        h[i] = (f->h[i + 1] - f->r[0][i + 1] * x) / s[i];
    }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++)
            r[i + j - 1] = (f->r[i + 1][j + 1] - f->r[0][i + 1] * f->r[0][j + 1]) / (s[i] * s[j]);
    return exp(-0.5 * x * x) / sqrt(2 * 3.14159265358979323846) * bni_trivariate(h, r);
}

START_TEST(by_conditioning)
{
    dice d = dice_of(5);
    for (int k = 0; k < 8; k++) {
        double r[16], error;
        four f;
        random_law(&d, 4, r, 0.3);
        for (int i = 0; i < 4; i++) {
            f.h[i] = roll_in(&d, -2, 1);
            for (int j = 0; j < 4; j++)
                f.r[i][j] = r[4 * i + j];
        }
        double want = bni_integrate(three_given, &f, f.h[0], 9, 1e-9, 1e-11, NULL),
               got = bni_orthant(4, f.h, r, goal, &error);
        close_to("four by conditioning", got, want, 2e-10, error + 2e-10);
    }
}
END_TEST

/* --- sums that share terms: over the terms one after the other, the last in closed form --- */

typedef struct nested {
    int n, patterns;
    const int *sign;
    const unsigned *pattern;
    const double *variance;
    double h[MOST][MOST]; /* bounds of sign S by depth */
    int depth;
    double relative;
} nested;

static double over(nested *w);

static double inner(void *arg, double x)
{
    nested *w = arg;
    int u = w->depth;
    for (int t = 0; t < w->n; t++)
        w->h[u + 1][t] = w->h[u][t] - (w->pattern[u] >> t & 1 ? w->sign[t] * x * sqrt(w->variance[u]) : 0);
    w->depth++;
    double p = exp(-0.5 * x * x) / sqrt(2 * 3.14159265358979323846) * over(w);
    w->depth--;
    return p;
}

/* Where the integrand may have a kink, before the last variable: a bound of the last one, +-(h - +-x s_u) / s_last for the sums
 * that hold both, meets another, or a sum without the last one reaches its own; and some points more. */
static int cuts_of(const nested *w, double *cut)
{
    int u = w->depth, last = w->patterns - 1, count = 0;
    double a[MOST], b[MOST];
    for (int k = 0; k <= 8; k++)
        cut[count++] = -9 + 2.25 * k;
    for (int t = 0; t < w->n && u == last - 1; t++) {
        double slope = w->pattern[u] >> t & 1 ? sqrt(w->variance[u]) : 0;
        a[t] = w->sign[t] * w->h[u][t];
        b[t] = -slope;
        if (!(w->pattern[last] >> t & 1) && slope > 0)
            cut[count++] = a[t] / slope;
        for (int v = 0; v < t; v++)
            if ((w->pattern[last] >> t & 1) && (w->pattern[last] >> v & 1) && b[t] != b[v])
                cut[count++] = (a[v] - a[t]) / (b[t] - b[v]);
    }
    int kept = 0;
    for (int k = 0; k < count; k++)
        if (fabs(cut[k]) <= 9)
            cut[kept++] = cut[k];
    for (int i = 1; i < kept; i++)
        for (int k = i; k > 0 && cut[k] < cut[k - 1]; k--) {
            double swap = cut[k];
            cut[k] = cut[k - 1];
            cut[k - 1] = swap;
        }
    return kept;
}

static double over(nested *w)
{
    int u = w->depth;
    if (u < w->patterns - 1) {
        double cut[MOST * MOST + 12], sum = 0;
        int cuts = cuts_of(w, cut);
        for (int k = 0; k + 1 < cuts; k++)
            sum += bni_integrate(inner, w, cut[k], cut[k + 1], w->relative, 1e-15, NULL);
        return sum;
    }
    double low = -40, high = 40;
    for (int t = 0; t < w->n; t++) {
        double bound = w->h[u][t] / sqrt(w->variance[u]);
        if (!(w->pattern[u] >> t & 1)) {
            if (w->h[u][t] >= 0)
                return 0;
        } else if (w->sign[t] > 0) {
            low = fmax(low, bound);
        } else {
            high = fmin(high, -bound);
        }
    }
    return low < high ? above(low) - above(high) : 0;
}

static void check_sums(dice *d, int n, int patterns, int level, double relative, double tolerance)
{
    int sign[MOST];
    unsigned pattern[MOST];
    double h[MOST], variance[MOST], error;
    unsigned covered = 0, all = (1u << n) - 1;
    for (int t = 0; t < n; t++) {
        sign[t] = roll(d) < 0.5 ? 1 : -1;
        h[t] = level ? sign[t] * 0.4 : roll_in(d, -1.5, 0.5);
    }
    while (covered != all) {
        covered = 0;
        for (int u = 0; u < patterns; u++) {
            int again = 1;
            while (again) {
                pattern[u] = 1 + (unsigned)roll_to(d, all);
                again = 0;
                for (int v = 0; v < u; v++)
                    again = again || pattern[v] == pattern[u];
            }
            covered |= pattern[u];
            variance[u] = roll_in(d, 0.2, 2);
        }
    }
    nested w = {
        .n = n, .patterns = patterns, .sign = sign, .pattern = pattern, .variance = variance, .relative = relative};
    for (int t = 0; t < n; t++)
        w.h[0][t] = h[t];
    double want = over(&w), got = bni_orthant_sums(n, sign, h, patterns, pattern, variance, goal, &error);
    char what[60];
    snprintf(what, sizeof what, "%d sums of %d terms", n, patterns);
    close_to(what, got, want, tolerance, error + tolerance);
    ck_assert_msg(error < 1e-11, "%s: error %g", what, error);
}

START_TEST(dependent_sums)
{
    dice d = dice_of(6);
    for (int k = 0; k < 200; k++)
        check_sums(&d, 2 + k % 7, 1, k / 7 % 2, 1e-12, 1e-12);
    for (int k = 0; k < 200; k++)
        check_sums(&d, 2 + k % 7, 2, k / 7 % 2, 1e-12, 3e-12);
    for (int k = 0; k < 12; k++)
        check_sums(&d, 3 + k % 4, 3, k / 4 % 2, 1e-8, 1e-8);
}
END_TEST

/* Terms of very different sizes: nearly dependent. Two patterns 01 and 11 of variances 1 and small: against two dimensions. */
START_TEST(nearly_dependent)
{
    for (int k = 0; k <= 12; k += 2) {
        const int sign[3] = {1, -1, 1};
        const unsigned pattern[3] = {7, 1, 2};
        double small = pow(10, -k), h[3] = {0.2, -0.3, 0.1}, error;
        const double variance[3] = {1, small, small};
        /* X above h_2 and with E_0 above h_0, with E_1 below -h_1: over X */
        const double r01 = -1 / (1 + small), r02 = 1 / sqrt(1 + small), c[3] = {r01, r02, -r02};
        const double g[3] = {h[0] / sqrt(1 + small), h[1] / sqrt(1 + small), h[2]};
        double want = bni_trivariate(g, c), got = bni_orthant_sums(3, sign, h, 3, pattern, variance, goal, &error);
        ck_assert_msg(fabs(got - want) < 1e-9, "size %g: %.15g, expected %.15g (reported %.1e)", small, got, want,
                      error);
        ck_assert_msg(fabs(got - want) < 1e-10 * want + error + 1e-14, "size %g: off %.2e, reported %.2e", small,
                      got - want, error);
    }
}
END_TEST

RUN_TESTS("orthants of many dimensions", closed_forms, one_factor, identities, by_conditioning, dependent_sums,
          nearly_dependent)
