/*
 * Panels of rows, and the product of panels, AVX-512. Rows: two joint activities of four states in a register. Product: two row
 * panels by two column panels in 16 registers, ten loads for sixteen multiply-adds.
 * Source: the register tile as in BLIS and OpenBLAS.
 */
#include "kernels/parts.h"

#include <immintrin.h>

enum { ROWS = 2 * BNI_MR };

static __m512d both(const double *four)
{
    return _mm512_broadcast_f64x4(_mm256_loadu_pd(four));
}

/* Doubles the list of count registers by one more neuron. */
static void extend(__m512d *v, size_t count, const double *p, const double *q)
{
    __m512d fires = both(p), silent = both(q);
    for (size_t m = 0; m < count; m++) {
        v[m + count] = _mm512_mul_pd(v[m], fires);
        v[m] = _mm512_mul_pd(v[m], silent);
    }
}

void bni_panel_rows_avx512(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                           const double *w)
{
    __m512d low[1 << (BNI_PANEL_LOW - 1)], high[1 << BNI_PANEL_HIGH];
    int lb = bits < BNI_PANEL_LOW ? bits : BNI_PANEL_LOW;
    low[0] = _mm512_insertf64x4(both(q), _mm256_loadu_pd(p), 1);
    if (lb == bits)
        low[0] = _mm512_mul_pd(low[0], both(w));
    for (int b = 1; b < lb; b++)
        extend(low, (size_t)1 << (b - 1), p + (size_t)b * ld, q + (size_t)b * ld);
    size_t nl = (size_t)1 << (lb - 1);
    if (lb == bits) {
        for (size_t l = 0; l < nl; l += 2, out += stride) {
            _mm512_storeu_pd(out, low[l]);
            _mm512_storeu_pd(out + 8, low[l + 1]);
        }
        return;
    }
    high[0] = both(w);
    for (int b = lb; b < bits; b++)
        extend(high, (size_t)1 << (b - lb), p + (size_t)b * ld, q + (size_t)b * ld);
    for (size_t h = 0; h < (size_t)1 << (bits - lb); h++)
        for (size_t l = 0; l < nl; l += 2, out += stride) {
            _mm512_storeu_pd(out, _mm512_mul_pd(high[h], low[l]));
            _mm512_storeu_pd(out + 8, _mm512_mul_pd(high[h], low[l + 1]));
        }
}

void bni_gemm_four_avx512(double *C, size_t ldc, size_t K, const double *A, size_t a, const double *B, size_t b)
{
    __m512d left[ROWS], right[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        left[i] = right[i] = _mm512_setzero_pd();
        _mm_prefetch((const char *)(C + i * ldc), _MM_HINT_T0);
        _mm_prefetch((const char *)(C + i * ldc + BNI_NR), _MM_HINT_T0);
    }
    for (size_t k = 0; k < K; k += 4, A += 4 * BNI_MR, B += 4 * BNI_NR)
        for (size_t m = 0; m < 4; m++) {
            __m512d b0 = _mm512_load_pd(B + m * BNI_NR), b1 = _mm512_load_pd(B + b + m * BNI_NR);
#pragma GCC unroll 8
            for (size_t i = 0; i < ROWS; i++) {
                __m512d v = _mm512_set1_pd(A[i / BNI_MR * a + i % BNI_MR * 4 + m]);
                left[i] = _mm512_fmadd_pd(v, b0, left[i]);
                right[i] = _mm512_fmadd_pd(v, b1, right[i]);
            }
        }
#pragma GCC unroll 8
    for (size_t i = 0; i < ROWS; i++) {
        double *row = C + i * ldc;
        _mm512_storeu_pd(row, _mm512_add_pd(_mm512_loadu_pd(row), left[i]));
        _mm512_storeu_pd(row + BNI_NR, _mm512_add_pd(_mm512_loadu_pd(row + BNI_NR), right[i]));
    }
}
