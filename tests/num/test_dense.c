/*
 * Dense linear algebra (num/dense.h) against closed forms and integers, whose results are exact; where only rounding is left,
 * tolerances are n 2^-52 times the norms and the condition number known in theory.
 */
#include "support/meter.h"
#include "support/support.h"

#include "num/dense.h"

#include <float.h>
#include <string.h>

static const double eps = 0x1p-52;

static double *doubles(size_t n)
{
    double *p = calloc(n == 0 ? 1 : n, sizeof *p);
    ck_assert(p != NULL);
    return p;
}

/* Whole numbers -size .. size. */
static void fill_integers(dice *d, double *a, size_t count, int size)
{
    for (size_t k = 0; k < count; k++)
        a[k] = (double)roll_to(d, (size_t)(2 * size + 1)) - size;
}

static double entry(const double *a, size_t ld, size_t i, size_t j, int transposed)
{
    return transposed ? a[j * ld + i] : a[i * ld + j];
}

/* --- products --- */

/* Of whole numbers: every order of the sum gives the same. */
START_TEST(products)
{
    dice d = dice_of(1);
    binnet_ctx *ctx = new_ctx(1);
    const size_t sizes[][3] = {{70, 1300, 1300}, {1, 1, 1},    {3, 5, 2},   {64, 64, 64}, {65, 63, 129},
                               {1, 200, 70},     {130, 1, 65}, {100, 4, 1}, {5, 6, 300},  {128, 128, 128}};
    for (size_t t = 0; t < sizeof sizes / sizeof *sizes; t++)
        for (int round = 0; round < 24; round++) {
            int how = round % 12, large = round >= 12;
            if (t == 0 && round != 12 + BNI_A_TRANSPOSED + BNI_ADD) /* more than a slice of rows */
                continue;
            size_t m = sizes[t][0], n = sizes[t][1], k = sizes[t][2];
            int ta = how & BNI_A_TRANSPOSED, tb = (how & BNI_B_TRANSPOSED) != 0;
            size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
            double *A = doubles(lda * (ta ? k : m)), *B = doubles(ldb * (tb ? n : k)), *C = doubles(ldc * m),
                   *want = doubles(ldc * m);
            fill_integers(&d, A, lda * (ta ? k : m), 99);
            fill_integers(&d, B, ldb * (tb ? n : k), 99);
            fill_integers(&d, C, ldc * m, 99);
            if (how < BNI_ADD) /* what was there does not matter */
                for (size_t i = 0; i < m; i++)
                    C[i * ldc] = NAN;
            memcpy(want, C, ldc * m * sizeof *C);
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < n; j++) {
                    double sum = 0;
                    for (size_t l = 0; l < k; l++)
                        sum += entry(A, lda, i, l, ta) * entry(B, ldb, l, j, tb);
                    want[i * ldc + j] = how & BNI_SUBTRACT ? C[i * ldc + j] - sum
                                        : how & BNI_ADD    ? C[i * ldc + j] + sum
                                                           : sum;
                }
            OK((large ? bni_dense_large : bni_dense_product)(ctx, C, ldc, A, lda, B, ldb, m, n, k, how));
            for (size_t q = 0; q < ldc * m; q++)
                if (C[q] != want[q])
                    ck_abort_msg("%zu x %zu x %zu, how %d: entry %zu is %g, not %g", m, n, k, how, q, C[q], want[q]);
            free(A);
            free(B);
            free(C);
            free(want);
        }
    double c[2] = {5, 5};
    OK(bni_dense_product(ctx, c, 2, c, 1, c, 2, 1, 2, 0, 0));
    ck_assert(c[0] == 0 && c[1] == 0);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- LU --- */

static void plain_product(double *b, const double *a, const double *x, size_t n, int how)
{
    for (size_t i = 0; i < n; i++) {
        b[i] = 0;
        for (size_t j = 0; j < n; j++)
            b[i] += entry(a, n, i, j, how) * x[j];
    }
}

static double greatest_difference(const double *x, const double *y, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - y[i]));
    return most;
}

static double greatest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* Whole systems with whole solutions: the true error is seen. */
START_TEST(lu_solves)
{
    dice d = dice_of(2);
    binnet_ctx *ctx = new_ctx(1);
    const size_t sizes[] = {1, 2, 3, 7, 20, 63, 64, 65, 128, 200};
    for (size_t t = 0; t < 2 * sizeof sizes / sizeof *sizes; t++) {
        enum { SIDES = 3 };
        size_t n = sizes[t / 2];
        int how = t % 2 ? BNI_A_TRANSPOSED : 0;
        double *a = doubles(n * n), *f = doubles(n * n), *x = doubles(SIDES * n), *b = doubles(SIDES * n),
               *y = doubles(SIDES * n);
        fill_integers(&d, a, n * n, 9);
        for (size_t i = 0; i < n; i++)
            a[i * n + (i + 1) % n] += 40; /* the greatest entries are off the diagonal */
        fill_integers(&d, x, SIDES * n, 1000);
        for (size_t r = 0; r < SIDES; r++)
            plain_product(b + r * n, a, x + r * n, n, how);
        memcpy(f, a, n * n * sizeof *a);
        bni_lu *lu;
        OK(bni_lu_new(ctx, &lu, f, n));
        double rcond = bni_lu_rcond(lu);
        ck_assert_msg(rcond > 1e-9 && rcond <= 1, "n = %zu: rcond %g", n, rcond);
        OK(bni_lu_solve(ctx, b, SIDES, lu, how));
        ck_assert(greatest_difference(x, b, SIDES * n) <= 30 * (double)n * eps / rcond * greatest(x, SIDES * n));
        bni_lu_free(lu);
        double *inverse = doubles(n * n);
        plain_product(b, a, x, n, 0);
        OK(bni_inverse(ctx, inverse, a, n));
        plain_product(y, inverse, b, n, 0);
        ck_assert(greatest_difference(x, y, n) <= 30 * (double)n * eps / rcond * greatest(x, n));
        free(inverse);
        free(a);
        free(f);
        free(x);
        free(b);
        free(y);
    }
    binnet_ctx_free(ctx);
}
END_TEST

static double binomial(size_t n, size_t k)
{
    double c = 1;
    for (size_t i = 1; i <= k; i++)
        c = c * (double)(n - k + i) / (double)i;
    return c;
}

/* Hilbert's matrix, whose inverse is known in whole numbers: (-1)^(i+j) (i+j+1) C(n+i, n-j-1) C(n+j, n-i-1) C(i+j, i)^2;
 * times lcm(1 .. 15) = 360360 it is exact. Conditions 1 .. 1e16. */
START_TEST(lu_of_hilbert)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 8; n++) {
        double a[64], f[64], norm = 0, inverse = 0, x[8], b[8];
        for (size_t i = 0; i < n; i++) {
            double row = 0, of_inverse = 0;
            for (size_t j = 0; j < n; j++) {
                a[i * n + j] = 360360 / (double)(i + j + 1);
                row += a[i * n + j];
                double c = binomial(i + j, i);
                of_inverse += (double)(i + j + 1) * binomial(n + i, n - j - 1) * binomial(n + j, n - i - 1) * c * c;
            }
            norm = fmax(norm, row);
            inverse = fmax(inverse, of_inverse / 360360);
            x[i] = (double)(i % 3) - 1 + (double)i;
        }
        memcpy(f, a, sizeof a);
        bni_lu *lu;
        OK(bni_lu_new(ctx, &lu, f, n));
        double rcond = bni_lu_rcond(lu), truth = 1 / (norm * inverse);
        /* of small matrices the truth but for what rounding moves */
        ck_assert_msg(fabs(rcond - truth) <= 100 * eps, "n = %zu: rcond %g, true %g", n, rcond, truth);
        plain_product(b, a, x, n, 0);
        OK(bni_lu_solve(ctx, b, 1, lu, 0));
        double off = greatest_difference(x, b, n), most = 10 * (double)n * eps / rcond * greatest(x, n);
        ck_assert_msg(off <= most, "n = %zu: error %g, at most %g", n, off, most);
        bni_lu_free(lu);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(lu_refuses)
{
    binnet_ctx *ctx = new_ctx(1);
    bni_lu *lu;
    /* exactly, in whatever order a BLAS works and with fused products: the quotients are powers of two */
    double singular[9] = {1, 2, 4, 2, 4, 8, 1, 1, 1}, zero[1] = {0}, nan[4] = {1, 2, NAN, 3}, fine[4] = {1, 0, 0, 1};
    ck_assert_int_eq(bni_lu_new(ctx, &lu, singular, 3), BINNET_E_UNDEFINED);
    ck_assert(lu == NULL);
    ck_assert_int_eq(bni_lu_new(ctx, &lu, zero, 1), BINNET_E_UNDEFINED);
    ck_assert_int_eq(bni_lu_new(ctx, &lu, nan, 2), BINNET_E_NAN);
    ck_assert_int_eq(bni_lu_new(ctx, &lu, fine, 0), BINNET_E_SIZE);
    ck_assert_int_eq(bni_lu_new(ctx, &lu, fine, (size_t)1 << (sizeof(size_t) > 4 ? 40 : 20)), BINNET_E_LIMIT);
    double big[4] = {DBL_MAX, DBL_MAX, -DBL_MAX, DBL_MAX}; /* the second pivot overflows */
    ck_assert_int_eq(bni_lu_new(ctx, &lu, big, 2), BINNET_E_UNDEFINED);
    double small[1] = {DBL_MIN}, b[1] = {DBL_MAX};
    OK(bni_lu_new(ctx, &lu, small, 1));
    ck_assert_int_eq(bni_lu_solve(ctx, b, 1, lu, 0), BINNET_E_UNDEFINED);
    b[0] = INFINITY;
    ck_assert_int_eq(bni_lu_solve(ctx, b, 1, lu, 0), BINNET_E_NAN);
    bni_lu_free(lu);
    bni_lu_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- Cholesky --- */

/* A = L L^T of whole numbers: all steps are exact but the square roots' quotients, which are whole again. */
START_TEST(cholesky_factors)
{
    dice d = dice_of(3);
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 40; n += 3) {
        double *l = doubles(n * n), *a = doubles(n * n), *x = doubles(2 * n), *b = doubles(2 * n), rcond;
        for (size_t i = 0; i < n; i++) {
            fill_integers(&d, l + i * n, i, 2);
            l[i * n + i] = 3 + (double)roll_to(&d, 3);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                for (size_t k = 0; k < n; k++)
                    a[i * n + j] += l[i * n + k] * l[j * n + k];
            }
        fill_integers(&d, x, 2 * n, 50);
        for (size_t r = 0; r < 2; r++)
            plain_product(b + r * n, a, x + r * n, n, 0);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                a[i * n + j] = NAN; /* not read */
        OK(bni_cholesky(ctx, a, &rcond, n));
        ck_assert_msg(greatest_difference(a, l, n * n) <= (double)n * eps * 100, "n = %zu", n);
        ck_assert(rcond > 0 && rcond <= 1);
        OK(bni_cholesky_solve(ctx, b, 2, a, n));
        ck_assert_msg(greatest_difference(b, x, 2 * n) <= 30 * (double)n * eps / rcond * greatest(x, 2 * n), "n = %zu",
                      n);
        free(l);
        free(a);
        free(x);
        free(b);
    }
    double indefinite[4] = {1, 0, 2, 3}, nan[4] = {1, 0, NAN, 3};
    ck_assert_int_eq(bni_cholesky(ctx, indefinite, NULL, 2), BINNET_E_RANGE);
    ck_assert_int_eq(bni_cholesky(ctx, nan, NULL, 2), BINNET_E_NAN);
    binnet_ctx_free(ctx);
}
END_TEST

/* Gram matrices of whole vectors: rank known, A reproduced up to the bound. */
START_TEST(cholesky_semidefinite)
{
    dice d = dice_of(4);
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 150; n += 1 + n / 3)
        for (size_t rank = 0; rank <= n; rank += 1 + rank) {
            double *g = doubles(n * (rank + 1)), *a = doubles(n * n), *l = doubles(n * n);
            size_t *order = calloc(n, sizeof *order), found;
            fill_integers(&d, g, n * rank, 9);
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    for (size_t k = 0; k < rank; k++)
                        a[i * n + j] += g[i * rank + k] * g[j * rank + k];
            memcpy(l, a, n * n * sizeof *a);
            double dropped, most = greatest(a, n * n);
            OK(bni_cholesky_semidefinite(ctx, l, order, &found, &dropped, n, -1));
            ck_assert_msg(found <= rank && (found == rank || most == 0 || n < 3), "n = %zu: rank %zu, not %zu", n,
                          found, rank);
            ck_assert(dropped <= 100 * (double)n * eps * most);
            unsigned char seen[151] = {0};
            for (size_t i = 0; i < n; i++) {
                ck_assert(order[i] < n && !seen[order[i]]++);
                for (size_t j = 0; j < n; j++) {
                    double sum = a[order[i] * n + order[j]];
                    for (size_t k = 0; k < n; k++) {
                        if (l[i * n + k] != 0 && (k > i || k >= found))
                            ck_abort_msg("n = %zu: column %zu of row %zu is not 0", n, k, i);
                        sum -= l[i * n + k] * l[j * n + k];
                    }
                    if (!(fabs(sum) <= dropped))
                        ck_abort_msg("n = %zu: %g is left, bound %g", n, sum, dropped);
                }
            }
            free(g);
            free(a);
            free(l);
            free(order);
        }
    size_t order[3], rank;
    double dropped, negative[9] = {1, 0, 0, 0, 1, 0, 0, 0, -1e-10}, saddle[4] = {0, 1, 1, 0};
    ck_assert_int_eq(bni_cholesky_semidefinite(ctx, negative, order, &rank, &dropped, 3, -1), BINNET_E_RANGE);
    ck_assert_int_eq(bni_cholesky_semidefinite(ctx, saddle, order, &rank, &dropped, 2, -1), BINNET_E_RANGE);
    double again[9] = {1, 0, 0, 0, 1, 0, 0, 0, -1e-10};
    OK(bni_cholesky_semidefinite(ctx, again, order, &rank, &dropped, 3, 1e-9)); /* as the caller allows */
    ck_assert(rank == 2 && dropped >= 1e-10);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- eigenvalues --- */

/* Second differences: 2 - 2 cos(k pi / (n + 1)), vectors sin(k i pi / (n + 1)). */
START_TEST(symmetric_eigenvalues)
{
    binnet_ctx *ctx = new_ctx(1);
    const double pi = acos(-1);
    for (size_t n = 1; n <= 100; n += 1 + n / 2)
        for (int vectors = 0; vectors < 2; vectors++) {
            double *a = doubles(n * n), *value = doubles(n);
            for (size_t i = 0; i < n; i++) {
                a[i * n + i] = 2;
                if (i > 0)
                    a[i * n + i - 1] = -1;
                for (size_t j = i + 1; j < n; j++)
                    a[i * n + j] = NAN;
            }
            OK(bni_eigen_symmetric(ctx, value, a, n, vectors));
            for (size_t k = 1; k <= n; k++) {
                double want = 2 - 2 * cos((double)k * pi / (double)(n + 1));
                ck_assert_msg(fabs(value[k - 1] - want) <= 8 * (double)n * eps, "n = %zu: %.17g, not %.17g", n,
                              value[k - 1], want);
                double lead = 0, sign = 0, gap = 1 / (double)(n * n);
                for (size_t i = 1; vectors && i <= n; i++) {
                    double v = sqrt(2 / (double)(n + 1)) * sin((double)(k * i) * pi / (double)(n + 1));
                    if (fabs(v) > lead * (1 + 1e-8)) {
                        lead = fabs(v);
                        sign = v > 0 ? 1 : -1;
                    }
                }
                for (size_t i = 1; vectors && i <= n; i++) {
                    double v = sign * sqrt(2 / (double)(n + 1)) * sin((double)(k * i) * pi / (double)(n + 1));
                    if (!(fabs(a[(k - 1) * n + i - 1] - v) <= 8 * (double)n * eps / gap))
                        ck_abort_msg("n = %zu: vector %zu, %zu: %g, not %g", n, k, i, a[(k - 1) * n + i - 1], v);
                }
            }
            free(a);
            free(value);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* |A v - value v| and |u A - value u|, the greatest entry over all. */
static double eigen_residual(const double *a, const double *re, const double *im, const double *vectors, int left,
                             size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++) {
        const double *x = vectors + k * n, *y = im[k] != 0 ? x + n : NULL;
        for (size_t i = 0; i < n; i++) {
            double r = -re[k] * x[i] + (y != NULL ? im[k] * y[i] : 0), s = y != NULL ? -re[k] * y[i] - im[k] * x[i] : 0;
            for (size_t j = 0; j < n; j++) {
                r += entry(a, n, i, j, left) * x[j];
                s += y != NULL ? entry(a, n, i, j, left) * y[j] : 0;
            }
            most = fmax(most, hypot(r, s));
        }
        k += y != NULL;
    }
    return most;
}

START_TEST(general_eigenvalues)
{
    dice d = dice_of(5);
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 60; n += 1 + n / 3) {
        double *a = doubles(n * n), *copy = doubles(n * n), *right = doubles(n * n), *left = doubles(n * n),
               *re = doubles(n), *im = doubles(n), *condition = doubles(n), *re2 = doubles(n), *im2 = doubles(n);
        fill_integers(&d, a, n * n, 9);
        memcpy(copy, a, n * n * sizeof *a);
        OK(bni_eigen(ctx, re, im, right, left, condition, copy, n));
        double norm = sqrt((double)n) * 9 * sqrt((double)n), trace = 0, sum = 0;
        ck_assert(eigen_residual(a, re, im, right, 0, n) <= 10 * (double)n * eps * norm);
        ck_assert(eigen_residual(a, re, im, left, 1, n) <= 10 * (double)n * eps * norm);
        for (size_t k = 0; k < n; k++) {
            trace += a[k * n + k];
            sum += re[k];
            ck_assert(condition[k] > 0 && condition[k] <= 1);
            ck_assert(k == 0 || hypot(re[k], im[k]) <= hypot(re[k - 1], im[k - 1]) + 1e-8 * norm);
            if (im[k] > 0)
                ck_assert(re[k + 1] == re[k] && im[k + 1] == -im[k]);
        }
        ck_assert(fabs(trace - sum) <= 10 * (double)n * eps * norm);
        memcpy(copy, a, n * n * sizeof *a);
        OK(bni_eigen(ctx, re2, im2, NULL, NULL, NULL, copy, n));
        for (size_t k = 0; k < n; k++)
            ck_assert(hypot(re[k] - re2[k], im[k] - im2[k]) <= 100 * (double)n * eps * norm / condition[k]);
        memcpy(copy, a, n * n * sizeof *a);
        OK(bni_eigen(ctx, re2, im2, NULL, NULL, condition, copy, n)); /* with memory of its own */
        free(a);
        free(copy);
        free(right);
        free(left);
        free(re);
        free(im);
        free(condition);
        free(re2);
        free(im2);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* A cycle: the roots of unity, all of one size, by falling real part, pairs with im > 0 first; vectors of phases. */
START_TEST(roots_of_unity)
{
    binnet_ctx *ctx = new_ctx(1);
    const double pi = acos(-1);
    for (size_t n = 1; n <= 31; n++) {
        double *a = doubles(n * n), *right = doubles(n * n), *re = doubles(n), *im = doubles(n), *c = doubles(n);
        for (size_t i = 0; i < n; i++)
            a[i * n + (i + 1) % n] = 1;
        OK(bni_eigen(ctx, re, im, right, NULL, c, a, n));
        for (size_t k = 0; k < n; k++) {
            double angle = 2 * pi * (double)((k + 1) / 2) / (double)n;
            ck_assert_msg(fabs(re[k] - cos(angle)) < 1e-13 && fabs(im[k] - (k % 2 ? 1 : -1) * sin(angle)) < 1e-13,
                          "n = %zu: root %zu is %g %+g i", n, k, re[k], im[k]);
            ck_assert(fabs(c[k] - 1) < 1e-13); /* normal matrix */
        }
        for (size_t k = 1; k + 1 < n; k += 2) /* v_i = exp(i angle) / sqrt(n), the first component real */
            for (size_t i = 0; i < n; i++) {
                double angle = 2 * pi * (double)((k + 1) / 2) / (double)n * (double)i, s = sqrt((double)n);
                ck_assert(fabs(right[k * n + i] - cos(angle) / s) < 1e-12);
                ck_assert(fabs(right[(k + 1) * n + i] - sin(angle) / s) < 1e-12);
            }
        free(a);
        free(right);
        free(re);
        free(im);
        free(c);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* [[1 + g, c], [0, 1]]: condition g / sqrt(g^2 + c^2); and a Jordan block, of which nothing is sure. The error of every value is
 * below n 2^-52 |A| / condition to first order. */
START_TEST(conditions_of_eigenvalues)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int e = 0; e <= 20; e++) {
        double g = ldexp(1, -e), a[4] = {1 + g, 3, 0, 1}, re[2], im[2], condition[2], want = g / hypot(g, 3);
        OK(bni_eigen(ctx, re, im, NULL, NULL, condition, a, 2));
        for (int k = 0; k < 2; k++)
            ck_assert_msg(fabs(condition[k] - want) <= 1e-6 * want, "2^-%d: %g, not %g", e, condition[k], want);
        ck_assert(fabs(re[0] - (1 + g)) <= 8 * eps * 4 / want && fabs(re[1] - 1) <= 8 * eps * 4 / want);
    }
    double jordan[9] = {1, 1, 0, 0, 1, 1, 0, 0, 1}, re[3], im[3], condition[3];
    OK(bni_eigen(ctx, re, im, NULL, NULL, condition, jordan, 3));
    for (int k = 0; k < 3; k++)
        ck_assert(condition[k] < 1e-8);
    double nan[1] = {NAN};
    ck_assert_int_eq(bni_eigen(ctx, re, im, NULL, NULL, NULL, nan, 1), BINNET_E_NAN);
    ck_assert_int_eq(bni_eigen_symmetric(ctx, re, nan, 1, 0), BINNET_E_NAN);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- rectangular --- */

/* Rows e_i and their sums: the solution, the residual and the singular values are known. */
START_TEST(least_squares)
{
    binnet_ctx *ctx = new_ctx(1);
    /* x = (2, 3) fits the first two; the third asks for x + y = 5 + 3: moved by 1 each, residual sqrt(1 + 1 + 1) */
    const double a[6] = {1, 0, 0, 1, 1, 1}, b[6] = {2, 3, 8, 2, 3, 5};
    double x[4], residual[2], singular[2];
    size_t rank;
    OK(bni_least_squares(ctx, x, &rank, residual, singular, a, b, 3, 2, 2, -1));
    ck_assert_uint_eq(rank, 2);
    const double want[4] = {3, 4, 2, 3};
    ck_assert(greatest_difference(x, want, 4) <= 40 * eps);
    ck_assert(fabs(residual[0] - sqrt(3)) <= 20 * eps && residual[1] <= 40 * eps);
    ck_assert(fabs(singular[0] - sqrt(3)) <= 8 * eps && fabs(singular[1] - 1) <= 8 * eps);
    /* fewer equations than unknowns: x + y = 4 in the shortest way; twice the same equation; nothing at all */
    const double one[2] = {1, 1}, four[2] = {4, 4}, twice[4] = {1, 1, 1, 1}, nothing[4] = {0};
    OK(bni_least_squares(ctx, x, &rank, residual, singular, one, four, 1, 2, 1, -1));
    ck_assert(rank == 1 && fabs(x[0] - 2) <= 8 * eps && fabs(x[1] - 2) <= 8 * eps && residual[0] <= 16 * eps);
    OK(bni_least_squares(ctx, x, &rank, residual, singular, twice, four, 2, 2, 1, -1));
    ck_assert(rank == 1 && fabs(x[0] - 2) <= 8 * eps && fabs(x[1] - 2) <= 8 * eps);
    OK(bni_least_squares(ctx, x, &rank, residual, singular, nothing, four, 2, 2, 1, -1));
    ck_assert(rank == 0 && x[0] == 0 && x[1] == 0 && fabs(residual[0] - sqrt(32)) <= 20 * eps);
    const double nan[2] = {1, NAN};
    ck_assert_int_eq(bni_least_squares(ctx, x, NULL, NULL, NULL, nan, four, 1, 2, 1, -1), BINNET_E_NAN);
    ck_assert_int_eq(bni_least_squares(ctx, x, NULL, NULL, NULL, one, nan, 2, 1, 1, -1), BINNET_E_NAN);
    ck_assert_int_eq(bni_least_squares(ctx, x, NULL, NULL, NULL, one, four, 0, 1, 1, -1), BINNET_E_SIZE);
    /* whole solutions of larger systems, m > n; the residual of what is added orthogonally is that */
    dice d = dice_of(6);
    for (size_t n = 1; n <= 70; n += 1 + n / 2) {
        size_t m = 2 * n + 3;
        double *A = doubles(m * n), *y = doubles(n), *z = doubles(n), *c = doubles(m), *s = doubles(n), r;
        for (size_t i = 0; i < n; i++) { /* rows come in pairs (v, v): (1, -1) is orthogonal to the columns */
            fill_integers(&d, A + 2 * i * n, n, 5);
            A[2 * i * n + i] += 30;
            memcpy(A + (2 * i + 1) * n, A + 2 * i * n, n * sizeof *A);
        }
        fill_integers(&d, y, n, 20);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                c[i] += A[i * n + j] * y[j];
        c[0] += 3;
        c[1] -= 3;
        c[m - 1] += 4;
        OK(bni_least_squares(ctx, z, &rank, &r, s, A, c, m, n, 1, -1));
        ck_assert_uint_eq(rank, n);
        ck_assert_msg(greatest_difference(y, z, n) <= 50 * (double)m * eps * s[0] / s[n - 1] * 20, "n = %zu", n);
        ck_assert(fabs(r - sqrt(34)) <= 1e-11);
        free(A);
        free(y);
        free(z);
        free(c);
        free(s);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(singular_values)
{
    dice d = dice_of(7);
    binnet_ctx *ctx = new_ctx(1);
    const size_t sizes[][2] = {{1, 1}, {1, 5}, {4, 1}, {3, 3}, {20, 7}, {7, 20}, {50, 50}};
    for (size_t t = 0; t < sizeof sizes / sizeof *sizes; t++) {
        size_t m = sizes[t][0], n = sizes[t][1], least = m < n ? m : n;
        double *a = doubles(m * n), *copy = doubles(m * n), *u = doubles(m * least), *v = doubles(least * n),
               *s = doubles(least), *alone = doubles(least);
        fill_integers(&d, a, m * n, 9);
        memcpy(copy, a, m * n * sizeof *a);
        OK(bni_svd(ctx, s, u, v, copy, m, n));
        double norm = 0, within = 10 * (double)(m + n) * eps * (s[0] + 1);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                double sum = -a[i * n + j];
                for (size_t r = 0; r < least; r++)
                    sum += u[i * least + r] * s[r] * v[r * n + j];
                ck_assert_msg(fabs(sum) <= within, "%zu x %zu: off by %g at %zu %zu", m, n, sum, i, j);
                norm += a[i * n + j] * a[i * n + j];
            }
        for (size_t r = 0; r < least; r++) {
            norm -= s[r] * s[r];
            ck_assert(s[r] >= 0 && (r == 0 || s[r] <= s[r - 1]));
            double lead = 0, sign = 0;
            for (size_t j = 0; j < n; j++)
                if (fabs(v[r * n + j]) > lead * (1 + 1e-7)) {
                    lead = fabs(v[r * n + j]);
                    sign = v[r * n + j];
                }
            ck_assert(sign > 0);
            for (size_t q = 0; q <= r; q++) {
                double uu = 0, vv = 0;
                for (size_t i = 0; i < m; i++)
                    uu += u[i * least + r] * u[i * least + q];
                for (size_t j = 0; j < n; j++)
                    vv += v[r * n + j] * v[q * n + j];
                ck_assert(fabs(uu - (q == r)) < 1e-13 && fabs(vv - (q == r)) < 1e-13);
            }
        }
        ck_assert(fabs(norm) <= 10 * (double)(m * n) * eps * s[0] * s[0] + eps);
        memcpy(copy, a, m * n * sizeof *a);
        OK(bni_svd(ctx, alone, NULL, NULL, copy, m, n));
        ck_assert(greatest_difference(alone, s, least) <= within);
        free(a);
        free(copy);
        free(u);
        free(v);
        free(s);
        free(alone);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- Schur form, matrix equations --- */

/* A = L Q of whole numbers by the products of rows, against A and the singular values; refused, and A kept, where it is worse. */
START_TEST(gram_rows)
{
    enum { M = 30, N = 50 };
    binnet_ctx *ctx = new_ctx(1);
    double a[M * N], q[M * N], l[M * M], s[M], singular[M];
    dice d = dice_of(5);
    for (int k = 0; k < M * N; k++)
        a[k] = roll(&d) < 0.5;
    int done;
    for (int bad = 0; bad < 2; bad++) {
        memcpy(q, a, sizeof a);
        OK(bni_svd(ctx, singular, NULL, NULL, q, M, N));
        memcpy(q, a, sizeof a);
        OK(bni_gram_rows(ctx, l, s, &done, q, M, N, bad ? 2 : 100));
        ck_assert_int_eq(done, !bad);
        if (bad)
            ck_assert(memcmp(q, a, sizeof a) == 0);
    }
    memcpy(q, a, sizeof a);
    OK(bni_gram_rows(ctx, l, s, &done, q, M, N, 100));
    for (int i = 0; i < M; i++) {
        ck_assert_double_eq_tol(s[i], singular[i], 1e-12 * singular[i]);
        for (int k = 0; k < N; k++) {
            double sum = 0;
            for (int e = 0; e < M; e++) {
                sum += l[i * M + e] * q[e * N + k];
                ck_assert(e <= i || l[i * M + e] == 0);
            }
            ck_assert_double_eq_tol(sum, a[i * N + k], 1e-14);
        }
        for (int e = 0; e < M; e++) {
            double dot = 0;
            for (int k = 0; k < N; k++)
                dot += q[i * N + k] * q[e * N + k];
            ck_assert_double_eq_tol(dot, i == e, 1e-12);
        }
    }
    memcpy(a + N, a, N * sizeof *a); /* dependent rows */
    OK(bni_gram_rows(ctx, l, s, &done, a, M, N, 1e6));
    ck_assert_int_eq(done, 0);
    binnet_ctx_free(ctx);
}
END_TEST

/* A = Q T Q^T, Q orthogonal, T of blocks; the eigenvalues those of bni_eigen. */
static void look_at_schur(const double *a, const double *t, const double *q, const double *im, size_t n, double norm)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0, unit = 0;
            for (size_t k = 0; k < n; k++) {
                unit += q[k * n + i] * q[k * n + j];
                for (size_t l = k > 0 ? k - 1 : 0; l < n; l++)
                    sum += q[i * n + k] * t[k * n + l] * q[j * n + l];
            }
            if (!(fabs(sum - a[i * n + j]) <= 10 * (double)n * eps * norm &&
                  fabs(unit - (i == j)) <= 10 * (double)n * eps))
                ck_abort_msg("n = %zu: entry %zu %zu is %g, not %g; %g", n, i, j, sum, a[i * n + j], unit);
            if (j < i && t[i * n + j] != 0 && !(j + 1 == i && im[j] > 0))
                ck_abort_msg("n = %zu: entry %zu %zu of T is %g", n, i, j, t[i * n + j]);
        }
}

START_TEST(schur_forms)
{
    dice d = dice_of(9);
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 40; n += 1 + n / 2) {
        double *a = doubles(n * n), *t = doubles(n * n), *q = doubles(n * n), *re = doubles(n), *im = doubles(n), s,
               sep;
        unsigned char *chosen = calloc(n, 1);
        fill_integers(&d, a, n * n, 9);
        memcpy(t, a, n * n * sizeof *a);
        OK(bni_schur(ctx, t, q, re, im, n));
        look_at_schur(a, t, q, im, n, 9 * (double)n);
        size_t wanted = 0, count;
        for (size_t k = 0; k < n; k++)
            wanted += chosen[k] = re[k] > 0;
        OK(bni_schur_reorder(ctx, t, q, re, im, &count, &s, &sep, chosen, n));
        look_at_schur(a, t, q, im, n, 9 * (double)n);
        ck_assert_uint_eq(count, wanted);
        for (size_t k = 0; k < n; k++)
            ck_assert_msg((re[k] > 0) == (k < count), "n = %zu: value %zu is %g", n, k, re[k]);
        ck_assert(s > 0 && s <= 1 && sep >= 0);
        free(a);
        free(t);
        free(q);
        free(re);
        free(im);
        free(chosen);
    }
    /* [[1, c], [0, 2]]: the mean of {2} has condition 1 / sqrt(1 + c^2), sep = 1 */
    double t[4] = {1, 3, 0, 2}, q[4] = {1, 0, 0, 1}, re[2], im[2], s, sep;
    const unsigned char second[2] = {0, 1};
    size_t count;
    OK(bni_schur_reorder(ctx, t, q, re, im, &count, &s, &sep, second, 2));
    ck_assert(count == 1 && fabs(t[0] - 2) < 8 * eps && fabs(t[3] - 1) < 8 * eps && t[2] == 0);
    ck_assert(fabs(s - 1 / sqrt(10)) < 1e-14 && fabs(sep - 1) < 1e-14);
    binnet_ctx_free(ctx);
}
END_TEST

/* A = S - 1, S antisymmetric, C = 2: X = 1. A chain of relaxations against whole numbers: A = -L, X whole. */
START_TEST(lyapunov_equations)
{
    dice d = dice_of(11);
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 40; n += 1 + n / 2) {
        double *a = doubles(n * n), *copy = doubles(n * n), *c = doubles(n * n), *x = doubles(n * n), rcond;
        for (size_t i = 0; i < n; i++) {
            a[i * n + i] = -1;
            c[i * n + i] = 2;
            for (size_t j = 0; j < i; j++)
                a[j * n + i] = -(a[i * n + j] = (double)roll_to(&d, 9) - 4);
        }
        memcpy(copy, a, n * n * sizeof *a);
        OK(bni_lyapunov(ctx, c, &rcond, copy, n));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                ck_assert(fabs(c[i * n + j] - (i == j)) <= 10 * (double)n * eps / rcond);
        for (size_t i = 0; i < n; i++) {
            fill_integers(&d, a + i * n, n, 3);
            a[i * n + i] = -4 * (double)n;
            for (size_t j = 0; j <= i; j++)
                x[i * n + j] = x[j * n + i] = (double)roll_to(&d, 100);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                c[i * n + j] = 0;
                for (size_t k = 0; k < n; k++)
                    c[i * n + j] -= a[i * n + k] * x[k * n + j] + x[i * n + k] * a[j * n + k];
            }
        OK(bni_lyapunov(ctx, c, &rcond, a, n));
        ck_assert(greatest_difference(c, x, n * n) <= 20 * (double)n * eps / rcond * 100);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                ck_assert(c[i * n + j] == c[j * n + i]);
        free(a);
        free(copy);
        free(c);
        free(x);
    }
    double a[4] = {0, 1, -1, 0}, c[4] = {1, 0, 0, 1}; /* i - i = 0 */
    ck_assert_int_eq(bni_lyapunov(ctx, c, NULL, a, 2), BINNET_E_UNDEFINED);
    double nan[1] = {NAN};
    ck_assert_int_eq(bni_lyapunov(ctx, c, NULL, nan, 1), BINNET_E_NAN);
    ck_assert_int_eq(bni_schur(ctx, nan, c, c, c, 1), BINNET_E_NAN);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- resources --- */

/* One call of each with its figure of memory; a is 12 x 12, b 12 x 2. */
static int32_t call_one(binnet_ctx *ctx, int which, double *bytes)
{
    enum { N = 12, SIDES = 2 };
    dice d = dice_of(8);
    double a[N * N], f[N * N], b[SIDES * N], x[SIDES * N], error[SIDES], u[N * N], v[N * N], s[N], im[N];
    size_t order[N], rank;
    fill_integers(&d, a, N * N, 3);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            a[i * N + j] = a[j * N + i];
    for (size_t i = 0; i < N; i++)
        a[i * N + i] = 40;
    fill_integers(&d, b, SIDES * N, 3);
    memcpy(f, a, sizeof a);
    switch (which) {
    case 0: {
        bni_lu *lu;
        *bytes = bni_lu_bytes(N);
        int32_t status = bni_lu_new(ctx, &lu, f, N);
        bni_lu_free(lu);
        return status;
    }
    case 1:
        *bytes = bni_cholesky_bytes(N);
        return bni_cholesky(ctx, f, error, N);
    case 2:
        *bytes = bni_cholesky_semidefinite_bytes(N);
        return bni_cholesky_semidefinite(ctx, f, order, &rank, error, N, -1);
    case 3:
    case 4:
        *bytes = bni_eigen_symmetric_bytes(N, which == 4);
        return bni_eigen_symmetric(ctx, s, f, N, which == 4);
    case 5:
        *bytes = bni_eigen_bytes(N, 0);
        return bni_eigen(ctx, s, im, NULL, NULL, NULL, f, N);
    case 6:
        *bytes = bni_eigen_bytes(N, 1);
        return bni_eigen(ctx, s, im, NULL, NULL, x, f, N);
    case 7:
        *bytes = bni_least_squares_bytes(N, N, SIDES);
        return bni_least_squares(ctx, x, &rank, error, s, a, b, N, N, SIDES, -1);
    case 8:
    case 9:
        *bytes = bni_svd_bytes(N, N, which == 9);
        return bni_svd(ctx, s, which == 9 ? u : NULL, which == 9 ? v : NULL, f, N, N);
    case 10:
        *bytes = bni_schur_bytes(N);
        return bni_schur(ctx, f, u, s, im, N);
    case 11: {
        const unsigned char chosen[N] = {0, 1, 0, 1};
        *bytes = bni_schur_bytes(N) + bni_schur_reorder_bytes(N);
        BNI_TRY(bni_schur(ctx, f, u, s, im, N));
        return bni_schur_reorder(ctx, f, u, s, im, &rank, NULL, NULL, chosen, N);
    }
    case 12:
        *bytes = bni_lyapunov_bytes(N);
        memcpy(u, a, sizeof a);
        return bni_lyapunov(ctx, u, error, f, N);
    case 13: {
        int done;
        *bytes = bni_gram_rows_bytes(N);
        return bni_gram_rows(ctx, u, s, &done, f, N, N, 1e6);
    }
    default:
        return -1;
    }
}

START_TEST(memory)
{
    for (int which = 0; which < 14; which++) {
        int32_t status = BINNET_E_NOMEM;
        for (size_t k = 0; status != BINNET_OK; k++) {
            ck_assert(k < 100);
            meter m;
            binnet_ctx *ctx;
            meter_reset(&m);
            OK(meter_ctx(&m, &ctx));
            size_t live = m.live, live_bytes = m.live_bytes;
            double bytes;
            m.fail_at = m.calls + k;
            status = call_one(ctx, which, &bytes);
            ck_assert_msg(status == BINNET_OK || status == BINNET_E_NOMEM, "%d: %d %s", which, (int)status,
                          binnet_ctx_message(ctx));
            ck_assert(m.live == live && !m.broken && (status == BINNET_OK) == (m.failures == 0));
            if (status == BINNET_OK)
                ck_assert_msg((double)(m.peak_bytes - live_bytes) <= bytes, "%d takes %zu bytes, says %g", which,
                              m.peak_bytes - live_bytes, bytes);
            binnet_ctx_free(ctx);
        }
    }
}
END_TEST

RUN_TESTS("dense", products, lu_solves, lu_of_hilbert, lu_refuses, cholesky_factors, cholesky_semidefinite,
          symmetric_eigenvalues, general_eigenvalues, roots_of_unity, conditions_of_eigenvalues, least_squares,
          singular_values, gram_rows, schur_forms, lyapunov_equations, memory)
