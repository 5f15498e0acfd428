/*
 * The product of panels, AVX-512: two row panels by two column panels in 16 registers, ten loads for sixteen multiply-adds.
 * Source: the register tile as in BLIS and OpenBLAS.
 */
#include "kernels/parts.h"

#include <immintrin.h>

enum { ROWS = 2 * BNI_MR };

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
