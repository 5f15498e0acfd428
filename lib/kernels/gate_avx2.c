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

void bni_shift_scale_avx2(double *z, const double *base, double shift, double factor, size_t n)
{
    __m256d a = _mm256_set1_pd(shift), f = _mm256_set1_pd(factor);
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        _mm256_storeu_pd(z + k, _mm256_mul_pd(_mm256_add_pd(_mm256_loadu_pd(base + k), a), f));
    bni_shift_scale_reference(z + k, base + k, shift, factor, n - k);
}

/* Four pairs: (y0, y1) += (x0 q0 + x1 q1, x0 p0 + x1 p1) with p = s / (1 + e f), q = s - p; f1 = f0 unless `self`. */
static inline void odds4(__m256d *y0, __m256d *y1, __m256d x0, __m256d x1, __m256d e, __m256d f0, __m256d f1, __m256d s,
                         int self)
{
    const __m256d one = _mm256_set1_pd(1);
    __m256d w = _mm256_mul_pd(e, f0), p = _mm256_div_pd(s, _mm256_add_pd(w, one));
    __m256d x = self ? x0 : _mm256_add_pd(x0, x1);
    *y0 = _mm256_fmadd_pd(x, _mm256_mul_pd(w, p), *y0);
    *y1 = _mm256_fmadd_pd(x, p, *y1);
    if (self) {
        w = _mm256_mul_pd(e, f1);
        p = _mm256_div_pd(s, _mm256_add_pd(w, one));
        *y0 = _mm256_fmadd_pd(x1, _mm256_mul_pd(w, p), *y0);
        *y1 = _mm256_fmadd_pd(x1, p, *y1);
    }
}

/* Runs of n pairs, n a multiple of 4, `step` apart; e goes on without gaps. */
static inline void odds_runs(double *y0, double *y1, const double *x0, const double *x1, const double *e, double f0,
                             double f1, size_t n, size_t step, size_t all, double s, int self)
{
    const __m256d vf0 = _mm256_set1_pd(f0), vf1 = _mm256_set1_pd(f1), vs = _mm256_set1_pd(s);
    for (size_t at = 0; at < all; at += step, e += n)
        for (size_t k = at; k < at + n; k += 4) {
            __m256d a = _mm256_loadu_pd(y0 + k), b = _mm256_loadu_pd(y1 + k);
            odds4(&a, &b, _mm256_loadu_pd(x0 + k), _mm256_loadu_pd(x1 + k), _mm256_loadu_pd(e + (k - at)), vf0, vf1, vs,
                  self);
            _mm256_storeu_pd(y0 + k, a);
            _mm256_storeu_pd(y1 + k, b);
        }
}

void bni_gate_odds_add_avx2(double *y0, double *y1, const double *x0, const double *x1, const double *e, double f0,
                            double f1, size_t n, double s)
{
    size_t k = n & ~(size_t)3;
    if (f0 == f1)
        odds_runs(y0, y1, x0, x1, e, f0, f0, k, k + 1, k, s, 0);
    else
        odds_runs(y0, y1, x0, x1, e, f0, f1, k, k + 1, k, s, 1);
    bni_gate_odds_add_reference(y0 + k, y1 + k, x0 + k, x1 + k, e + k, f0, f1, n - k, s);
}

/* Pairs within vectors: bits 0 and 1. */
static inline size_t odds_shuffled(double *y, const double *x, const double *e, double f0, double f1, size_t n, int bit,
                                   double s, int self)
{
    const __m256d vf0 = _mm256_set1_pd(f0), vf1 = _mm256_set1_pd(f1), vs = _mm256_set1_pd(s);
    size_t k = 0;
    for (; k + 8 <= n; k += 8) {
        __m256d a, b, y0, y1;
        split(&y0, &y1, _mm256_loadu_pd(y + k), _mm256_loadu_pd(y + k + 4), bit);
        split(&a, &b, _mm256_loadu_pd(x + k), _mm256_loadu_pd(x + k + 4), bit);
        odds4(&y0, &y1, a, b, _mm256_loadu_pd(e + k / 2), vf0, vf1, vs, self);
        join(&a, &b, y0, y1, bit);
        _mm256_storeu_pd(y + k, a);
        _mm256_storeu_pd(y + k + 4, b);
    }
    return k;
}

void bni_gate_row_odds_add_avx2(double *y, const double *x, const double *e, double f0, double f1, size_t n, int bit,
                                double s)
{
    size_t run = (size_t)1 << bit, k = n;
    int self = f0 != f1;
    if (bit == 0)
        k = self ? odds_shuffled(y, x, e, f0, f1, n, 0, s, 1) : odds_shuffled(y, x, e, f0, f0, n, 0, s, 0);
    else if (bit == 1)
        k = self ? odds_shuffled(y, x, e, f0, f1, n, 1, s, 1) : odds_shuffled(y, x, e, f0, f0, n, 1, s, 0);
    else if (self)
        odds_runs(y, y + run, x, x + run, e, f0, f1, run, 2 * run, n, s, 1);
    else
        odds_runs(y, y + run, x, x + run, e, f0, f0, run, 2 * run, n, s, 0);
    bni_gate_row_odds_add_reference(y + k, x + k, e + k / 2, f0, f1, n - k, bit, s);
}
