/*
 * LU factors of small matrices by plain loops, in LAPACK's layout: LAPACK wakes the threads of some BLAS for each interchange of
 * rows, however few there are.
 *
 * b(i, j) = a[j*n + i] is A^T, P b = L U. Source: Golub & Van Loan, Matrix Computations, 3.4.
 */
#include "num/dense_lapack.h"

#include <math.h>

static void swap_columns(double *a, size_t i, size_t k, size_t n)
{
    for (size_t j = 0; j < n && i != k; j++) {
        double x = a[j * n + i];
        a[j * n + i] = a[j * n + k];
        a[j * n + k] = x;
    }
}

/* to -= by from */
static void subtract_multiple(double *to, const double *from, double by, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] -= by * from[i];
}

size_t bni_small_factor(double *a, lapack_int *pivot, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t p = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[k * n + i]) > fabs(a[k * n + p]))
                p = i;
        pivot[k] = (lapack_int)p + 1;
        if (a[k * n + p] == 0)
            return k + 1;
        swap_columns(a, k, p, n);
        for (size_t i = k + 1; i < n; i++)
            a[k * n + i] /= a[k * n + k];
        for (size_t j = k + 1; j < n; j++)
            subtract_multiple(a + j * n + k + 1, a + k * n + k + 1, a[j * n + k], n - k - 1);
    }
    return 0;
}

static void swap_numbers(double *x, size_t i, size_t k)
{
    double y = x[i];
    x[i] = x[k];
    x[k] = y;
}

static double dot_columns(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* x A = b: b(i, j) x = b. */
static void solve_rows(double *x, const double *a, const lapack_int *pivot, size_t n)
{
    for (size_t k = 0; k < n; k++)
        swap_numbers(x, k, (size_t)pivot[k] - 1);
    for (size_t k = 0; k < n; k++)
        subtract_multiple(x + k + 1, a + k * n + k + 1, x[k], n - k - 1);
    for (size_t k = n; k-- > 0;) {
        x[k] /= a[k * n + k];
        subtract_multiple(x, a + k * n, x[k], k);
    }
}

/* A x = b. */
static void solve_columns(double *x, const double *a, const lapack_int *pivot, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] = (x[k] - dot_columns(a + k * n, x, k)) / a[k * n + k];
    for (size_t k = n; k-- > 0;)
        x[k] -= dot_columns(a + k * n + k + 1, x + k + 1, n - k - 1);
    for (size_t k = n; k-- > 0;)
        swap_numbers(x, k, (size_t)pivot[k] - 1);
}

void bni_small_solve(double *x, const double *a, const lapack_int *pivot, size_t n, int how)
{
    (how & BNI_A_TRANSPOSED ? solve_rows : solve_columns)(x, a, pivot, n);
}

double bni_small_rcond(double *work, const double *a, const lapack_int *pivot, size_t n, const double norm[2])
{
    double most = 0, *x = work, *rows = work + n; /* row sums of the inverse, and its columns one by one */
    for (size_t i = 0; i < n; i++)
        rows[i] = 0;
    for (size_t k = 0; k < n; k++) {
        double column = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = i == k;
        solve_columns(x, a, pivot, n);
        for (size_t i = 0; i < n; i++) {
            column += fabs(x[i]);
            rows[i] += fabs(x[i]);
        }
        most = fmax(most, column * norm[1]);
        if (!isfinite(column))
            return 0;
    }
    for (size_t i = 0; i < n; i++)
        most = fmax(most, rows[i] * norm[0]);
    return fmin(1 / most, 1);
}
