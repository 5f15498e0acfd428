/*
 * The synchronous step's inner loops, portable: laws of half of the neurons as packed panels, and the product of two panels.
 * (x P)[hi, lo] = sum_A x(A) H_A[hi] L_A[lo].   Source: THEORY 3.
 */
#include "kernels/parts.h"

/* v[m][k] for `bits` neurons. */
static void laws(double v[][4], const double *p, const double *q, size_t ld, int bits, const double *w)
{
    for (int k = 0; k < 4; k++)
        v[0][k] = w[k];
    for (int b = 0; b < bits; b++)
        for (size_t m = 0, half = (size_t)1 << b; m < half; m++)
            for (size_t k = 0; k < 4; k++) {
                v[m + half][k] = v[m][k] * p[(size_t)b * ld + k];
                v[m][k] *= q[(size_t)b * ld + k];
            }
}

static const double ones[4] = {1, 1, 1, 1};

void bni_panel_rows_reference(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                              const double *w)
{
    double low[1 << BNI_PANEL_LOW][4], high[1 << BNI_PANEL_HIGH][4];
    int lb = bits < BNI_PANEL_LOW ? bits : BNI_PANEL_LOW;
    laws(low, p, q, ld, lb, ones);
    laws(high, p + (size_t)lb * ld, q + (size_t)lb * ld, ld, bits - lb, w);
    size_t n = (size_t)1 << bits, mask = ((size_t)1 << lb) - 1;
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < 4; k++)
            out[m / BNI_MR * stride + m % BNI_MR * 4 + k] = high[m >> lb][k] * low[m & mask][k];
}

void bni_panel_columns_reference(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                                 const double *w)
{
    double low[1 << BNI_PANEL_LOW][4], high[1 << BNI_PANEL_HIGH][4];
    int lb = bits < BNI_PANEL_LOW ? bits : BNI_PANEL_LOW;
    laws(low, p, q, ld, lb, ones);
    laws(high, p + (size_t)lb * ld, q + (size_t)lb * ld, ld, bits - lb, w);
    size_t n = (size_t)1 << bits, mask = ((size_t)1 << lb) - 1;
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < 4; k++)
            out[m / BNI_NR * stride + k * BNI_NR + m % BNI_NR] = high[m >> lb][k] * low[m & mask][k];
}

void bni_gemm_tile_reference(double *C, size_t ldc, size_t K, const double *A, const double *B)
{
    double c[BNI_MR][BNI_NR] = {{0}};
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < BNI_MR; i++) {
            double a = A[k / 4 * (4 * BNI_MR) + i * 4 + k % 4];
            for (size_t j = 0; j < BNI_NR; j++)
                c[i][j] += a * B[k * BNI_NR + j];
        }
    for (size_t i = 0; i < BNI_MR; i++)
        for (size_t j = 0; j < BNI_NR; j++)
            C[i * ldc + j] += c[i][j];
}

void bni_gemm_four_reference(double *C, size_t ldc, size_t K, const double *A, size_t a, const double *B, size_t b)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            bni_gemm_tile_reference(C + i * BNI_MR * ldc + j * BNI_NR, ldc, K, A + i * a, B + j * b);
}
