/*
 * One neuron's update on pairs of states that differ in it, AVX2.
 * (x0, x1) -> (x0 q0 + x1 q1, x0 p0 + x1 p1).   Source: THEORY 3, asynchronous.
 */
#include "kernels/parts.h"

#include <immintrin.h>

void bni_gate_add_avx2(double *y0, double *y1, const double *x0, const double *x1, const double *p0, const double *q0,
                       const double *p1, const double *q1, size_t n)
{
    size_t k = 0;
    if (p0 == p1 && q0 == q1) {
        for (; k + 4 <= n; k += 4) {
            __m256d m = _mm256_add_pd(_mm256_loadu_pd(x0 + k), _mm256_loadu_pd(x1 + k));
            _mm256_storeu_pd(y0 + k, _mm256_fmadd_pd(m, _mm256_loadu_pd(q0 + k), _mm256_loadu_pd(y0 + k)));
            _mm256_storeu_pd(y1 + k, _mm256_fmadd_pd(m, _mm256_loadu_pd(p0 + k), _mm256_loadu_pd(y1 + k)));
        }
    } else {
        for (; k + 4 <= n; k += 4) {
            __m256d a = _mm256_loadu_pd(x0 + k), b = _mm256_loadu_pd(x1 + k);
            __m256d s0 = _mm256_fmadd_pd(a, _mm256_loadu_pd(q0 + k), _mm256_loadu_pd(y0 + k));
            __m256d s1 = _mm256_fmadd_pd(a, _mm256_loadu_pd(p0 + k), _mm256_loadu_pd(y1 + k));
            _mm256_storeu_pd(y0 + k, _mm256_fmadd_pd(b, _mm256_loadu_pd(q1 + k), s0));
            _mm256_storeu_pd(y1 + k, _mm256_fmadd_pd(b, _mm256_loadu_pd(p1 + k), s1));
        }
    }
    bni_gate_add_reference(y0 + k, y1 + k, x0 + k, x1 + k, p0 + k, q0 + k, p1 + k, q1 + k, n - k);
}

/* Four pairs, in registers. */
static inline void set4(__m256d *x0, __m256d *x1, const double *p0, const double *q0, const double *p1,
                        const double *q1)
{
    __m256d a = *x0, b = *x1;
    *x0 = _mm256_fmadd_pd(b, _mm256_loadu_pd(q1), _mm256_mul_pd(a, _mm256_loadu_pd(q0)));
    *x1 = _mm256_fmadd_pd(b, _mm256_loadu_pd(p1), _mm256_mul_pd(a, _mm256_loadu_pd(p0)));
}

void bni_gate_set_avx2(double *x0, double *x1, const double *p0, const double *q0, const double *p1, const double *q1,
                       size_t n)
{
    size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        __m256d a = _mm256_loadu_pd(x0 + k), b = _mm256_loadu_pd(x1 + k);
        set4(&a, &b, p0 + k, q0 + k, p1 + k, q1 + k);
        _mm256_storeu_pd(x0 + k, a);
        _mm256_storeu_pd(x1 + k, b);
    }
    bni_gate_set_reference(x0 + k, x1 + k, p0 + k, q0 + k, p1 + k, q1 + k, n - k);
}

/* Eight consecutive states into four pairs and back; its own inverse for bit 1. */
static inline void split(__m256d *even, __m256d *odd, __m256d a, __m256d b, int bit)
{
    if (bit == 0) {
        *even = _mm256_permute4x64_pd(_mm256_unpacklo_pd(a, b), 0xD8);
        *odd = _mm256_permute4x64_pd(_mm256_unpackhi_pd(a, b), 0xD8);
    } else {
        *even = _mm256_permute2f128_pd(a, b, 0x20);
        *odd = _mm256_permute2f128_pd(a, b, 0x31);
    }
}

static inline void join(__m256d *a, __m256d *b, __m256d even, __m256d odd, int bit)
{
    if (bit == 0) {
        even = _mm256_permute4x64_pd(even, 0xD8);
        odd = _mm256_permute4x64_pd(odd, 0xD8);
        *a = _mm256_unpacklo_pd(even, odd);
        *b = _mm256_unpackhi_pd(even, odd);
    } else {
        *a = _mm256_permute2f128_pd(even, odd, 0x20);
        *b = _mm256_permute2f128_pd(even, odd, 0x31);
    }
}

void bni_gate_row_add_avx2(double *y, const double *x, const double *p0, const double *q0, const double *p1,
                           const double *q1, size_t n, int bit)
{
    if (bit >= 2) {
        size_t run = (size_t)1 << bit;
        for (size_t at = 0, pair = 0; at < n; at += 2 * run, pair += run)
            bni_gate_add_avx2(y + at, y + at + run, x + at, x + at + run, p0 + pair, q0 + pair, p1 + pair, q1 + pair,
                              run);
        return;
    }
    size_t k = 0;
    for (; k + 8 <= n; k += 8) {
        __m256d a, b, y0, y1;
        split(&a, &b, _mm256_loadu_pd(x + k), _mm256_loadu_pd(x + k + 4), bit);
        set4(&a, &b, p0 + k / 2, q0 + k / 2, p1 + k / 2, q1 + k / 2);
        join(&y0, &y1, a, b, bit);
        _mm256_storeu_pd(y + k, _mm256_add_pd(y0, _mm256_loadu_pd(y + k)));
        _mm256_storeu_pd(y + k + 4, _mm256_add_pd(y1, _mm256_loadu_pd(y + k + 4)));
    }
    bni_gate_row_add_reference(y + k, x + k, p0 + k / 2, q0 + k / 2, p1 + k / 2, q1 + k / 2, n - k, bit);
}

void bni_gate_row_set_avx2(double *x, const double *p0, const double *q0, const double *p1, const double *q1, size_t n,
                           int bit)
{
    if (bit >= 2) {
        size_t run = (size_t)1 << bit;
        for (size_t at = 0, pair = 0; at < n; at += 2 * run, pair += run)
            bni_gate_set_avx2(x + at, x + at + run, p0 + pair, q0 + pair, p1 + pair, q1 + pair, run);
        return;
    }
    size_t k = 0;
    for (; k + 8 <= n; k += 8) {
        __m256d a, b, y0, y1;
        split(&a, &b, _mm256_loadu_pd(x + k), _mm256_loadu_pd(x + k + 4), bit);
        set4(&a, &b, p0 + k / 2, q0 + k / 2, p1 + k / 2, q1 + k / 2);
        join(&y0, &y1, a, b, bit);
        _mm256_storeu_pd(x + k, y0);
        _mm256_storeu_pd(x + k + 4, y1);
    }
    bni_gate_row_set_reference(x + k, p0 + k / 2, q0 + k / 2, p1 + k / 2, q1 + k / 2, n - k, bit);
}
