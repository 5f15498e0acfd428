/*
 * The inverse of a small matrix, row by row (Gauss-Jordan with pivots): LAPACK on matrices of a few rows wakes the threads of some
 * BLAS for each interchange.
 */
#include "approx/approx.h"

#include <math.h>

static void swap_rows(double *a, size_t i, size_t j, size_t n)
{
    for (size_t k = 0; k < n && i != j; k++) {
        double x = a[i * n + k];
        a[i * n + k] = a[j * n + k];
        a[j * n + k] = x;
    }
}

static void subtract_row(double *a, size_t i, size_t from, double by, size_t n)
{
    for (size_t k = 0; k < n; k++)
        a[i * n + k] -= by * a[from * n + k];
}

int32_t bni_small_inverse(binnet_ctx *ctx, double *inverse, double *a, size_t n, int *regular)
{
    *regular = 0;
    for (size_t k = 0; k < n * n; k++)
        inverse[k] = k / n == k % n;
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t i = c + 1; i < n; i++)
            if (fabs(a[i * n + c]) > fabs(a[pivot * n + c]))
                pivot = i;
        double size = a[pivot * n + c];
        if (!(fabs(size) > 0) || !isfinite(size))
            return BINNET_OK;
        swap_rows(a, c, pivot, n);
        swap_rows(inverse, c, pivot, n);
        for (size_t k = 0; k < n; k++) {
            a[c * n + k] /= size;
            inverse[c * n + k] /= size;
        }
        for (size_t i = 0; i < n; i++)
            if (i != c && a[i * n + c] != 0) {
                double by = a[i * n + c];
                subtract_row(a, i, c, by, n);
                subtract_row(inverse, i, c, by, n);
            }
        BNI_TRY(bni_poll(ctx, 0));
    }
    *regular = 1;
    for (size_t k = 0; k < n * n; k++)
        *regular &= isfinite(inverse[k]) != 0;
    return BINNET_OK;
}
