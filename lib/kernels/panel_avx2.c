/*
 * The synchronous step's inner loops, AVX2: laws of half of the neurons as packed panels, and the product of two panels.
 * (x P)[hi, lo] = sum_A x(A) H_A[hi] L_A[lo].   Source: THEORY 3; the register tile as in BLIS and OpenBLAS.
 */
#include "kernels/parts.h"

#include <immintrin.h>

static void laws(__m256d *v, const double *p, const double *q, size_t ld, int bits, __m256d w)
{
    v[0] = w;
    for (int b = 0; b < bits; b++) {
        __m256d pb = _mm256_loadu_pd(p + (size_t)b * ld), qb = _mm256_loadu_pd(q + (size_t)b * ld);
        for (size_t m = 0, half = (size_t)1 << b; m < half; m++) {
            v[m + half] = _mm256_mul_pd(v[m], pb);
            v[m] = _mm256_mul_pd(v[m], qb);
        }
    }
}

void bni_panel_rows_avx2(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                         const double *w)
{
    __m256d low[1 << BNI_PANEL_LOW], high[1 << BNI_PANEL_HIGH];
    int lb = bits < BNI_PANEL_LOW ? bits : BNI_PANEL_LOW;
    laws(low, p, q, ld, lb, _mm256_set1_pd(1));
    laws(high, p + (size_t)lb * ld, q + (size_t)lb * ld, ld, bits - lb, _mm256_loadu_pd(w));
    size_t nh = (size_t)1 << (bits - lb), nl = (size_t)1 << lb;
    for (size_t h = 0; h < nh; h++)
        for (size_t l = 0; l < nl; l += BNI_MR, out += stride)
            for (size_t i = 0; i < BNI_MR; i++)
                _mm256_store_pd(out + i * 4, _mm256_mul_pd(high[h], low[l + i]));
}

void bni_panel_columns_avx2(double *out, size_t stride, const double *p, const double *q, size_t ld, int bits,
                            const double *w)
{
    __m256d low[1 << BNI_PANEL_LOW], high[1 << BNI_PANEL_HIGH];
    int lb = bits < BNI_PANEL_LOW ? bits : BNI_PANEL_LOW;
    laws(low, p, q, ld, lb, _mm256_set1_pd(1));
    laws(high, p + (size_t)lb * ld, q + (size_t)lb * ld, ld, bits - lb, _mm256_loadu_pd(w));
    size_t nh = (size_t)1 << (bits - lb), nl = (size_t)1 << lb;
    for (size_t h = 0; h < nh; h++)
        for (size_t l = 0; l < nl; l += BNI_NR, out += stride)
            for (size_t j = 0; j < BNI_NR; j += 4) {
                /* four joint activities x four states, transposed */
                __m256d a = _mm256_mul_pd(high[h], low[l + j]), b = _mm256_mul_pd(high[h], low[l + j + 1]);
                __m256d c = _mm256_mul_pd(high[h], low[l + j + 2]), d = _mm256_mul_pd(high[h], low[l + j + 3]);
                __m256d ab0 = _mm256_unpacklo_pd(a, b), ab1 = _mm256_unpackhi_pd(a, b);
                __m256d cd0 = _mm256_unpacklo_pd(c, d), cd1 = _mm256_unpackhi_pd(c, d);
                _mm256_store_pd(out + j, _mm256_permute2f128_pd(ab0, cd0, 0x20));
                _mm256_store_pd(out + BNI_NR + j, _mm256_permute2f128_pd(ab1, cd1, 0x20));
                _mm256_store_pd(out + 2 * BNI_NR + j, _mm256_permute2f128_pd(ab0, cd0, 0x31));
                _mm256_store_pd(out + 3 * BNI_NR + j, _mm256_permute2f128_pd(ab1, cd1, 0x31));
            }
}

#define STEP(kk)                                                                                                       \
    do {                                                                                                               \
        __m256d b0 = _mm256_load_pd(B + (kk)*BNI_NR), b1 = _mm256_load_pd(B + (kk)*BNI_NR + 4), a;                     \
        a = _mm256_broadcast_sd(A + (kk));                                                                             \
        c00 = _mm256_fmadd_pd(a, b0, c00);                                                                             \
        c01 = _mm256_fmadd_pd(a, b1, c01);                                                                             \
        a = _mm256_broadcast_sd(A + 4 + (kk));                                                                         \
        c10 = _mm256_fmadd_pd(a, b0, c10);                                                                             \
        c11 = _mm256_fmadd_pd(a, b1, c11);                                                                             \
        a = _mm256_broadcast_sd(A + 8 + (kk));                                                                         \
        c20 = _mm256_fmadd_pd(a, b0, c20);                                                                             \
        c21 = _mm256_fmadd_pd(a, b1, c21);                                                                             \
        a = _mm256_broadcast_sd(A + 12 + (kk));                                                                        \
        c30 = _mm256_fmadd_pd(a, b0, c30);                                                                             \
        c31 = _mm256_fmadd_pd(a, b1, c31);                                                                             \
    } while (0)

static inline void add_row(double *C, __m256d left, __m256d right)
{
    _mm256_storeu_pd(C, _mm256_add_pd(_mm256_loadu_pd(C), left));
    _mm256_storeu_pd(C + 4, _mm256_add_pd(_mm256_loadu_pd(C + 4), right));
}

void bni_gemm_tile_avx2(double *C, size_t ldc, size_t K, const double *A, const double *B)
{
    __m256d c00 = _mm256_setzero_pd(), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (size_t k = 0; k < K; k += 4, A += 4 * BNI_MR, B += 4 * BNI_NR) {
        STEP(0);
        STEP(1);
        STEP(2);
        STEP(3);
    }
    add_row(C, c00, c01);
    add_row(C + ldc, c10, c11);
    add_row(C + 2 * ldc, c20, c21);
    add_row(C + 3 * ldc, c30, c31);
}

void bni_gemm_four_avx2(double *C, size_t ldc, size_t K, const double *A, size_t a, const double *B, size_t b)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            bni_gemm_tile_avx2(C + i * BNI_MR * ldc + j * BNI_NR, ldc, K, A + i * a, B + j * b);
}
