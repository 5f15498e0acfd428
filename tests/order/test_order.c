/*
 * Order statistics from numbers: all subsets for small n, exact rational arithmetic (tests/reference/make_order.py), closed
 * forms of alike variables, permanents, and the ways of the library against each other.
 * Tolerance: 8 n 2^-53 relative is what the header promises; the oracles, sums of at most 2^10 products in long double, and
 * the nearest doubles of the table add 2^-53.
 */
#include "order_help.h"

#include "reference/order.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

/* P(K = k) and densities d[k] of X_(k+1), summed over all subsets. */
static void subsets(double *p, double *d, size_t n, const double *F, const double *G, const double *f)
{
    long double P[12] = {0}, D[12] = {0};
    for (size_t s = 0; s < (size_t)1 << n; s++) {
        long double product = 1;
        size_t k = 0;
        for (size_t i = 0; i < n; i++) {
            product *= s >> i & 1 ? F[i] : G[i];
            k += s >> i & 1;
        }
        P[k] += product;
        for (size_t i = 0; i < n; i++) {
            if (s >> i & 1)
                continue;
            product = f[i]; /* i at x, the subset below, the others above */
            for (size_t j = 0; j < n; j++)
                if (j != i)
                    product *= s >> j & 1 ? F[j] : G[j];
            D[k] += product;
        }
    }
    for (size_t k = 0; k <= n; k++) {
        p[k] = (double)P[k];
        d[k] = (double)D[k];
    }
}

START_TEST(all_subsets)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 10; n++)
        for (uint64_t seed = 0; seed < (n < 8 ? 40 : 6); seed++) {
            dice d = dice_of(100 * n + seed);
            double F[10], G[10], f[10], p[11], D[11], cdf[10], survival[10], pdf[10], counts[11], x, y;
            some_inputs(&d, n, F, G, f);
            subsets(p, D, n, F, G, f);
            OK(binnet_order_cdf_all(ctx, cdf, survival, n, F, G));
            OK(binnet_order_pdf_all(ctx, pdf, n, F, G, f));
            OK(binnet_order_counts(ctx, counts, n + 1, n, F, G));
            double e = tolerance(n);
            near(counts[n], p[n], e, "counts", n, n);
            for (size_t r = 1; r <= n; r++) {
                double up = sum_of(p, r, n + 1), down = sum_of(p, 0, r);
                near(counts[r - 1], p[r - 1], e, "counts", n, r - 1);
                near(cdf[r - 1], up, e, "cdf_all", n, r);
                near(survival[r - 1], down, e, "survival_all", n, r);
                near(pdf[r - 1], D[r - 1], e, "pdf_all", n, r);
                OK(binnet_order_cdf(ctx, &x, n, F, G, r));
                near(x, up, e, "cdf", n, r);
                OK(binnet_order_survival(ctx, &x, n, F, G, r));
                near(x, down, e, "survival", n, r);
                OK(binnet_order_pdf(ctx, &x, n, F, G, f, r));
                near(x, D[r - 1], e, "pdf", n, r);
                OK(binnet_order_log_cdf(ctx, &x, &y, n, F, G, r));
                near(exp(x), up, up > 0 ? e + 0x1p-50 * (1 + fabs(x)) : 0, "exp(log_cdf)", n, r);
                near(exp(y), down, down > 0 ? e + 0x1p-50 * (1 + fabs(y)) : 0, "exp(log_survival)", n, r);
                OK(binnet_order_log_pdf(ctx, &x, n, F, G, f, r));
                near(exp(x), D[r - 1], D[r - 1] > 0 ? e + 0x1p-50 * (1 + fabs(x)) : 0, "exp(log_pdf)", n, r);
            }
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the table of exact rationals --- */

/* As in make_order.py. */
static uint64_t draw_state;

static uint64_t draw20(void)
{
    draw_state = draw_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (draw_state >> 44) + 1;
}

static void table_inputs(int kind, size_t n, double *F, double *G, double *f)
{
    draw_state = (uint64_t)(1000 * kind) + n;
    for (size_t i = 0; i < n; i++) {
        double small = ldexp((double)draw20(), -21);
        if (kind == 1)
            small = ldexp(small, -(int)(draw20() % 64));
        else if (kind == 2)
            small = ldexp(small, -(int)(900 + draw20() % 100));
        int upper = kind == 3 || (kind < 2 && draw20() % 2 == 0);
        if (kind == 3)
            small = ldexp(small, -(int)(draw20() % 16));
        F[i] = upper ? 1 - small : small;
        G[i] = upper ? small : 1 - small;
        f[i] = ldexp((double)draw20(), -15);
    }
}

/* A result that may be beyond double, against the double and the logarithm the library gives. */
static void near_scaled(double got, double got_log, double m, int e, const char *what, size_t n, size_t r)
{
    double want = ldexp(m, e), log_want = log(m) + e * 0.69314718055994530942;
    if (e > -1000 && e < 1000)
        near(got, want, tolerance(n), what, n, r);
    /* a double holds the logarithm to 2^-52 of itself; near 0 (probability near 1) it is compared absolutely */
    double off = fabs(got_log - log_want);
    if (!(off <= tolerance(n) + 4 * DBL_EPSILON * fabs(log_want)))
        ck_abort_msg("log %s, n %zu, r %zu: %.17g, expected %.17g", what, n, r, got_log, log_want);
}

START_TEST(exact_table)
{
    binnet_ctx *ctx = new_ctx(1);
    static double F[300], G[300], f[300];
    size_t count = sizeof reference_order / sizeof *reference_order, tiny = 0;
    for (size_t k = 0; k < count; k++) {
        size_t n = (size_t)reference_order[k].n, r = (size_t)reference_order[k].r;
        double x, log_x, log_y;
        table_inputs(reference_order[k].kind, n, F, G, f);
        OK(binnet_order_log_cdf(ctx, &log_x, &log_y, n, F, G, r));
        OK(binnet_order_cdf(ctx, &x, n, F, G, r));
        near_scaled(x, log_x, reference_order[k].cdf, reference_order[k].cdf_e, "cdf", n, r);
        OK(binnet_order_survival(ctx, &x, n, F, G, r));
        near_scaled(x, log_y, reference_order[k].survival, reference_order[k].survival_e, "survival", n, r);
        OK(binnet_order_pdf(ctx, &x, n, F, G, f, r));
        OK(binnet_order_log_pdf(ctx, &log_x, n, F, G, f, r));
        near_scaled(x, log_x, reference_order[k].pdf, reference_order[k].pdf_e, "pdf", n, r);
        tiny += reference_order[k].cdf_e < -1000;
    }
    ck_assert_uint_ge(tiny, 10); /* the table has what it is for */
    binnet_ctx_free(ctx);
}
END_TEST

/* sum_r P(X_(r) <= x) = sum_i F_i, sum_r f_(r) = sum_i f_i. */
START_TEST(sums)
{
    binnet_ctx *ctx = new_ctx(1);
    static double F[3000], G[3000], f[3000], cdf[3000], pdf[3000];
    for (size_t n = 1; n <= 3000; n = 3 * n + 1) {
        dice d = dice_of(n);
        some_inputs(&d, n, F, G, f);
        OK(binnet_order_cdf_all(ctx, cdf, NULL, n, F, G));
        OK(binnet_order_pdf_all(ctx, pdf, n, F, G, f));
        near(sum_of(cdf, 0, n), sum_of(F, 0, n), tolerance(n), "sum of cdf", n, 0);
        near(sum_of(pdf, 0, n), sum_of(f, 0, n), tolerance(n), "sum of pdf", n, 0);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- permanents --- */

/* Permanent by expansion along the first row: n! terms. */
static double expand(size_t n, size_t ld, const double *a, size_t free_columns)
{
    if (n == 0)
        return 1;
    double sum = 0;
    for (size_t j = 0; j < ld; j++)
        if (free_columns >> j & 1)
            sum += a[j] * expand(n - 1, ld, a + ld, free_columns & ~((size_t)1 << j));
    return sum;
}

/* Row i of the matrix: counts[t] times the column t of variable i. */
static double permanent(size_t n, size_t kinds, const double *const *column, const size_t *counts)
{
    double a[64], factor = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0, j = 0; t < kinds; t++)
            for (size_t c = 0; c < counts[t]; c++)
                a[i * n + j++] = column[t][i];
    for (size_t t = 0; t < kinds; t++)
        for (size_t c = 2; c <= counts[t]; c++)
            factor *= (double)c;
    return expand(n, n, a, ((size_t)1 << n) - 1) / factor;
}

START_TEST(permanents)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 7; n++) {
        dice d = dice_of(n);
        double F[7], G[7], f[7], x;
        some_inputs(&d, n, F, G, f);
        for (size_t r = 1; r <= n; r++) {
            const double *two[] = {F, G}, *three[] = {F, f, G};
            double cdf = 0;
            for (size_t k = r; k <= n; k++)
                cdf += permanent(n, 2, two, (size_t[]){k, n - k}); /* [BB89] */
            OK(binnet_order_cdf(ctx, &x, n, F, G, r));
            near(x, cdf, 1e-13, "Bapat and Beg", n, r);
            OK(binnet_order_pdf(ctx, &x, n, F, G, f, r));
            near(x, permanent(n, 3, three, (size_t[]){r - 1, 1, n - r}), 1e-13, "Vaughan and Venables", n, r);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* per[column_0^counts[0] | column_1^counts[1] | ...] / prod of counts!, by the library's permanents. */
static double repeated(binnet_ctx *ctx, size_t n, size_t kinds, const double *columns, const int64_t *counts)
{
    double m;
    int64_t e;
    OK(binnet_permanent_repeated_scaled(ctx, &m, &e, NULL, n, kinds, columns, counts));
    for (size_t t = 0; t < kinds; t++)
        for (int64_t c = 2; c <= counts[t]; c++) {
            int shift;
            m = frexp(m / (double)c, &shift);
            e += shift;
        }
    return m == 0 ? 0 : ldexp(m, (int)e);
}

/* The formulas of Bapat and Beg, and of Vaughan and Venables, by permanents with repeated columns. */
START_TEST(permanents_of_many)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 8; n <= 40; n += 8) {
        dice d = dice_of(n);
        double F[40], G[40], f[40], two[80], three[120], x;
        some_inputs(&d, n, F, G, f);
        for (size_t i = 0; i < n; i++) {
            two[2 * i] = three[3 * i] = F[i];
            two[2 * i + 1] = three[3 * i + 1] = G[i];
            three[3 * i + 2] = f[i];
        }
        for (size_t r = 1; r <= n; r += 3) {
            double cdf = 0;
            for (size_t k = r; k <= n; k++)
                cdf += repeated(ctx, n, 2, two, (int64_t[]){(int64_t)k, (int64_t)(n - k)});
            OK(binnet_order_cdf(ctx, &x, n, F, G, r));
            near(x, cdf, 1e-13, "Bapat and Beg", n, r);
            OK(binnet_order_pdf(ctx, &x, n, F, G, f, r));
            near(x, repeated(ctx, n, 3, three, (int64_t[]){(int64_t)r - 1, (int64_t)(n - r), 1}), 1e-13,
                 "Vaughan and Venables", n, r);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- many points --- */

START_TEST(many_points)
{
    binnet_ctx *one = new_ctx(1), *two = new_ctx(2);
    static double F[64 * 1100], G[64 * 1100], f[64], cdf[1100], survival[1100], again[1100];
    static const size_t sizes[] = {1, 2, 3, 8, 20, 63, 64};
    for (size_t k = 0; k < 7; k++)
        for (size_t points = 1; points <= 1100; points = points < 20 ? points + 1 : points * 7) {
            size_t n = sizes[k];
            dice d = dice_of(n * points);
            for (size_t j = 0; j < points; j++) {
                double a[64], b[64];
                some_inputs(&d, n, a, b, f);
                for (size_t i = 0; i < n; i++) {
                    F[i * points + j] = a[i];
                    G[i * points + j] = b[i];
                }
            }
            size_t r = 1 + roll_to(&d, n);
            OK(binnet_order_cdf_many(one, cdf, survival, points, n, F, G, r));
            for (size_t j = 0; j < points; j += points < 20 ? 1 : 37) {
                double a[64], b[64], x;
                for (size_t i = 0; i < n; i++) {
                    a[i] = F[i * points + j];
                    b[i] = G[i * points + j];
                }
                OK(binnet_order_cdf(one, &x, n, a, b, r));
                near(cdf[j], x, 2 * tolerance(n), "cdf of many", n, r);
                OK(binnet_order_survival(one, &x, n, a, b, r));
                near(survival[j], x, 2 * tolerance(n), "survival of many", n, r);
            }
            OK(binnet_order_cdf_many(two, again, NULL, points, n, F, G, r));
            ck_assert_mem_eq(cdf, again, points * sizeof *cdf);
            OK(binnet_order_cdf_many(two, NULL, again, points, n, F, G, r));
            ck_assert_mem_eq(survival, again, points * sizeof *cdf);
        }
    binnet_ctx_free(one);
    binnet_ctx_free(two);
}
END_TEST

/* Without G the upper tail of F is what 1 - F leaves; many variables at few points go one by one. */
/* --- graded inputs --- */

/* m 2^e, so that nothing underflows. */
typedef struct scaled {
    double m;
    long e;
} scaled;

static scaled scaled_of(double v, long e)
{
    int more;
    double m = frexp(v, &more);
    return (scaled){m, m > 0 ? e + more : 0};
}

static scaled scaled_add(scaled a, scaled b)
{
    if (!(a.m > 0) || !(b.m > 0))
        return a.m > 0 ? a : b;
    scaled large = a.e >= b.e ? a : b, small = a.e >= b.e ? b : a;
    long gap = large.e - small.e;
    return scaled_of(large.m + (gap < 200 ? ldexp(small.m, -(int)gap) : 0), large.e);
}

static scaled scaled_times(scaled a, double v)
{
    scaled b = scaled_of(v, 0);
    return scaled_of(a.m * b.m, a.e + b.e);
}

static double scaled_log(scaled a)
{
    return a.m > 0 ? log(a.m) + (double)a.e * 0.69314718055994531 : -INFINITY;
}

enum { GRADED = 300 };

/* The law of the count and the density of every rank, one variable after the other. */
static void scaled_counts(scaled *p, scaled *d, size_t n, const double *F, const double *G, const double *f)
{
    for (size_t k = 0; k <= n; k++)
        p[k] = d[k] = (scaled){k == 0 ? 0.5 : 0, k == 0 ? 1 : 0};
    d[0] = (scaled){0, 0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 2; k-- > 0;) {
            scaled below = k > 0 ? p[k - 1] : (scaled){0, 0}, below_d = k > 0 ? d[k - 1] : (scaled){0, 0};
            d[k] = scaled_add(scaled_add(scaled_times(d[k], G[i]), scaled_times(below_d, F[i])),
                              scaled_times(p[k], f[i]));
            p[k] = scaled_add(scaled_times(p[k], G[i]), scaled_times(below, F[i]));
        }
}

/* The logarithm of a tail; near 1 from the other. */
static double tail_log(scaled p, scaled other)
{
    return !(other.m > 0)  ? 0
           : other.e <= -1 ? log1p(-ldexp(other.m, other.e < -2000 ? -2000 : (int)other.e))
                           : scaled_log(p);
}

static void near_log(double got, double want, size_t n, const char *what, size_t r, unsigned seed)
{
    if (!(got == want ||
          fabs(got - want) <= 4 * tolerance(n) * (want > -0.5 && want < 0 ? -want : 1) + 1e-15 * fabs(want)))
        ck_abort_msg("%s, seed %u, n %zu, r %zu: %.17g, expected %.17g", what, seed, n, r, got, want);
}

static double graded(dice *d, double depth)
{
    double kind = roll(d);
    return kind < 0.05 ? 5e-324 : kind < 0.1 ? 0 : kind < 0.9 ? fmax(5e-324, pow(10, -depth * roll(d))) : 0.5 * roll(d);
}

static void check_graded(binnet_ctx *ctx, unsigned seed, size_t n, const double *F, const double *G, const double *f,
                         size_t step)
{
    static scaled p[GRADED + 1], d[GRADED + 1];
    scaled_counts(p, d, n, F, G, f);
    for (size_t r = 1; r <= n; r += step) {
        scaled upper = {0, 0}, lower = {0, 0};
        double log_cdf, log_survival, log_pdf, cdf, survival;
        for (size_t k = n + 1; k-- > r;)
            upper = scaled_add(upper, p[k]);
        for (size_t k = 0; k < r; k++)
            lower = scaled_add(lower, p[k]);
        OK(binnet_order_log_cdf(ctx, &log_cdf, &log_survival, n, F, G, r));
        OK(binnet_order_log_pdf(ctx, &log_pdf, n, F, G, f, r));
        OK(binnet_order_cdf(ctx, &cdf, n, F, G, r));
        OK(binnet_order_survival(ctx, &survival, n, F, G, r));
        near_log(log_cdf, tail_log(upper, lower), n, "log cdf", r, seed);
        near_log(log_survival, tail_log(lower, upper), n, "log survival", r, seed);
        near_log(log_pdf, scaled_log(d[r - 1]), n, "log pdf", r, seed);
        near(cdf, upper.e < -1100 ? 0 : ldexp(upper.m, (int)upper.e), 4 * tolerance(n), "cdf", n, r);
        near(survival, lower.e < -1100 ? 0 : ldexp(lower.m, (int)lower.e), 4 * tolerance(n), "survival", n, r);
    }
}

/* F, 1 - F down to the least double, densities from 1e-300 to 1e300: against numbers that do not underflow. */
START_TEST(graded_inputs)
{
    binnet_ctx *ctx = new_ctx(1);
    static double F[GRADED], G[GRADED], f[GRADED];
    for (unsigned seed = 0; seed < 1500; seed++) {
        dice d = dice_of(seed);
        size_t n = seed < 1492 ? 1 + roll_to(&d, 12) : seed < 1496 ? 130 : GRADED;
        double depth = seed % 4 == 0 ? 3 : seed % 4 == 1 ? 30 : 323;
        for (size_t i = 0; i < n; i++) {
            double small = graded(&d, depth);
            int upper = roll(&d) < 0.5;
            F[i] = upper ? 1 - small : small;
            G[i] = upper ? small : 1 - small;
            f[i] = roll(&d) < 0.2 ? 0 : pow(10, roll_in(&d, -300, 300));
        }
        check_graded(ctx, seed, n, F, G, f, n > 12 ? 17 : 1);
    }
    double log_survival;
    OK(binnet_order_log_cdf(ctx, NULL, &log_survival, 2, (double[]){1, 1}, (double[]){1e-200, 1e-200}, 1));
    ck_assert(fabs(log_survival + 921.03403719761827) <= 2e-13);
    /* ten N(0,1) at 30, rank 9: 45 Phi(-30)^2 = 10^-392.96 */
    for (int i = 0; i < 10; i++)
        F[i] = 1, G[i] = 0.5 * erfc(30 / sqrt(2));
    OK(binnet_order_log_cdf(ctx, NULL, &log_survival, 10, F, G, 9));
    ck_assert(fabs(log_survival / log(10) + 392.965) <= 5e-4);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(without_survival)
{
    binnet_ctx *ctx = new_ctx(1);
    static double F[30000], G[30000];
    double x, y, many[1];
    for (size_t n = 1; n <= 30000; n = n * 17 + 1) {
        dice d = dice_of(n);
        for (size_t i = 0; i < n; i++) {
            F[i] = roll(&d);
            G[i] = 1 - F[i];
        }
        size_t r = n / 2 + 1;
        OK(binnet_order_cdf(ctx, &x, n, F, G, r));
        OK(binnet_order_cdf(ctx, &y, n, F, NULL, r));
        ck_assert(x == y);
        OK(binnet_order_cdf_many(ctx, many, NULL, 1, n, F, NULL, r));
        near(many[0], x, 1e-12, "many, no G", n, r);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- misuse --- */

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    double F[3] = {0.1, 0.5, 0.9}, G[3] = {0.9, 0.5, 0.1}, f[3] = {1, 1, 1}, x, y[4];
    ck_assert_int_eq(binnet_order_cdf(NULL, &x, 3, F, G, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_cdf(ctx, NULL, 3, F, G, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, NULL, G, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 0, F, G, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, F, G, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, F, G, 4), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, BINNET_MAX_ORDER + 1, F, G, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_pdf(ctx, &x, 3, F, G, NULL, 1), BINNET_E_NULL);
    f[2] = -1;
    ck_assert_int_eq(binnet_order_pdf(ctx, &x, 3, F, G, f, 1), BINNET_E_RANGE);
    f[2] = INFINITY;
    ck_assert_int_eq(binnet_order_pdf_all(ctx, y, 3, F, G, f), BINNET_E_NAN);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "f[2]"));
    ck_assert_int_eq(binnet_order_counts(ctx, y, 3, 3, F, G), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_order_cdf_many(ctx, y, NULL, 1, 3, NULL, G, 1), BINNET_E_NULL);
    G[1] = 0.5 + 1e-8;
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, F, G, 1), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "F[1] + G[1]"));
    ck_assert_int_eq(binnet_order_cdf_many(ctx, y, NULL, 1, 3, F, G, 1), BINNET_E_RANGE);
    G[1] = NAN;
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, F, G, 1), BINNET_E_NAN);
    ck_assert_int_eq(binnet_order_cdf_many(ctx, y, NULL, 1, 3, F, G, 1), BINNET_E_NAN);
    F[1] = 1.5;
    ck_assert_int_eq(binnet_order_cdf(ctx, &x, 3, F, NULL, 1), BINNET_E_RANGE);
    F[1] = -0.1;
    ck_assert_int_eq(binnet_order_cdf_all(ctx, y, NULL, 3, F, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_order_estimate(ctx, NULL, NULL, NULL, 3, 4, 0), BINNET_E_RANGE);
    OK(binnet_order_estimate(ctx, NULL, NULL, NULL, 3, 3, 1));
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("order", all_subsets, exact_table, sums, permanents, permanents_of_many, graded_inputs, many_points,
          without_survival, errors)
