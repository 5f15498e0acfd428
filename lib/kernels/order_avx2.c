/*
 * Laws of counts with AVX2 and FMA: four entries, or eight points, at a time.   Source: THEORY 7.
 */
#include "kernels/parts.h"

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

typedef __m256d v4;

static inline v4 all(double x)
{
    return _mm256_set1_pd(x);
}

/* From the top down, so that y may be x[0] and the other x[j] = y - j. `count` is a constant where this is inlined; the
 * copies keep coefficients and pointers in registers, which y might overwrite for all the compiler knows. */
static inline void mix(double *y, size_t n, const double *const *x, const double *c, const size_t count)
{
    v4 factor[9];
    const double *from[9];
    for (size_t j = 0; j < count; j++)
        factor[j] = all(c[j]);
    for (size_t j = 0; j < count; j++)
        from[j] = x[j];
    size_t k = n;
    for (; k >= 8; k -= 8) {
        v4 high = _mm256_mul_pd(factor[0], _mm256_loadu_pd(from[0] + k - 4));
        v4 low = _mm256_mul_pd(factor[0], _mm256_loadu_pd(from[0] + k - 8));
        for (size_t j = 1; j < count; j++) {
            high = _mm256_fmadd_pd(factor[j], _mm256_loadu_pd(from[j] + k - 4), high);
            low = _mm256_fmadd_pd(factor[j], _mm256_loadu_pd(from[j] + k - 8), low);
        }
        _mm256_storeu_pd(y + k - 4, high);
        _mm256_storeu_pd(y + k - 8, low);
    }
    for (; k >= 4; k -= 4) {
        v4 sum = _mm256_mul_pd(factor[0], _mm256_loadu_pd(from[0] + k - 4));
        for (size_t j = 1; j < count; j++)
            sum = _mm256_fmadd_pd(factor[j], _mm256_loadu_pd(from[j] + k - 4), sum);
        _mm256_storeu_pd(y + k - 4, sum);
    }
    while (k-- > 0) {
        double sum = c[0] * from[0][k];
        for (size_t j = 1; j < count; j++)
            sum = __builtin_fma(c[j], from[j][k], sum);
        y[k] = sum;
    }
}

/* Three terms, which rows of joint laws have: pointers come one by one, having been written just before (loading them in
 * pairs would wait for the writes). */
static void mix3(double *y, size_t n, const double *x0, const double *x1, const double *x2, const double *c)
{
    double c0 = c[0], c1 = c[1], c2 = c[2];
    v4 f0 = all(c0), f1 = all(c1), f2 = all(c2);
    size_t k = n;
    for (; k >= 8; k -= 8) {
        v4 high = _mm256_mul_pd(f0, _mm256_loadu_pd(x0 + k - 4)), low = _mm256_mul_pd(f0, _mm256_loadu_pd(x0 + k - 8));
        high = _mm256_fmadd_pd(f1, _mm256_loadu_pd(x1 + k - 4), high);
        low = _mm256_fmadd_pd(f1, _mm256_loadu_pd(x1 + k - 8), low);
        _mm256_storeu_pd(y + k - 4, _mm256_fmadd_pd(f2, _mm256_loadu_pd(x2 + k - 4), high));
        _mm256_storeu_pd(y + k - 8, _mm256_fmadd_pd(f2, _mm256_loadu_pd(x2 + k - 8), low));
    }
    for (; k >= 4; k -= 4) {
        v4 sum = _mm256_fmadd_pd(f1, _mm256_loadu_pd(x1 + k - 4), _mm256_mul_pd(f0, _mm256_loadu_pd(x0 + k - 4)));
        _mm256_storeu_pd(y + k - 4, _mm256_fmadd_pd(f2, _mm256_loadu_pd(x2 + k - 4), sum));
    }
    while (k-- > 0)
        y[k] = __builtin_fma(c2, x2[k], __builtin_fma(c1, x1[k], c0 * x0[k]));
}

/* Any number of terms. */
static void mix_any(double *y, size_t n, const double *const *x, const double *c, size_t count)
{
    size_t k = n;
    for (; k >= 4; k -= 4) {
        v4 sum = _mm256_mul_pd(all(c[0]), _mm256_loadu_pd(x[0] + k - 4));
        for (size_t j = 1; j < count; j++)
            sum = _mm256_fmadd_pd(all(c[j]), _mm256_loadu_pd(x[j] + k - 4), sum);
        _mm256_storeu_pd(y + k - 4, sum);
    }
    while (k-- > 0) {
        double sum = c[0] * x[0][k];
        for (size_t j = 1; j < count; j++)
            sum = __builtin_fma(c[j], x[j][k], sum);
        y[k] = sum;
    }
}

void bni_mix_down_avx2(double *y, size_t n, const double *const *x, const double *c, size_t count)
{
    switch (count) {
    case 3:
        mix3(y, n, x[0], x[1], x[2], c);
        break;
    case 5:
        mix(y, n, x, c, 5);
        break;
    case 9:
        mix(y, n, x, c, 9);
        break;
    default:
        mix_any(y, n, x, c, count);
    }
}

/* Probabilities of four points; `good` keeps its lanes while they are probabilities. */
typedef struct pair {
    v4 f, g;
} pair;

static inline pair load(const double *F, const double *G, size_t at, v4 slack, v4 *good)
{
    pair t;
    /* the points after the next ones: many rows, few bytes of each, which the processor does not foresee */
    if (F != NULL)
        _mm_prefetch((const char *)((uintptr_t)F + (at + 2 * BNI_LANES) * sizeof *F), _MM_HINT_T0);
    if (G != NULL)
        _mm_prefetch((const char *)((uintptr_t)G + (at + 2 * BNI_LANES) * sizeof *G), _MM_HINT_T0);
    t.f = F != NULL ? _mm256_loadu_pd(F + at) : _mm256_sub_pd(all(1), _mm256_loadu_pd(G + at));
    t.g = G != NULL ? _mm256_loadu_pd(G + at) : _mm256_sub_pd(all(1), t.f);
    v4 off = _mm256_andnot_pd(all(-0.0), _mm256_sub_pd(_mm256_add_pd(t.f, t.g), all(1)));
    v4 within = _mm256_and_pd(_mm256_cmp_pd(_mm256_min_pd(t.f, t.g), all(0), _CMP_GE_OQ),
                              _mm256_cmp_pd(_mm256_max_pd(t.f, t.g), all(1), _CMP_LE_OQ));
    *good = _mm256_and_pd(*good, _mm256_and_pd(within, _mm256_cmp_pd(off, slack, _CMP_LE_OQ)));
    return t;
}

/* (c0 + c1 z + c2 z^2) for both halves of the lanes. */
typedef struct quadratic {
    v4 c0[2], c1[2], c2[2];
} quadratic;

/* Two trials in one pass over the entries below `top`; x, y, z walk down with k. */
static inline void pass(double *p, size_t top, quadratic q)
{
    double *at = p + (top - 1) * BNI_LANES;
    v4 xa = _mm256_loadu_pd(at), xb = _mm256_loadu_pd(at + 4);
    v4 ya = _mm256_loadu_pd(at - 8), yb = _mm256_loadu_pd(at - 4);
    for (; at >= p; at -= BNI_LANES) {
        v4 za = _mm256_loadu_pd(at - 16), zb = _mm256_loadu_pd(at - 12);
        _mm256_storeu_pd(at, _mm256_fmadd_pd(q.c2[0], za, _mm256_fmadd_pd(q.c1[0], ya, _mm256_mul_pd(q.c0[0], xa))));
        _mm256_storeu_pd(at + 4,
                         _mm256_fmadd_pd(q.c2[1], zb, _mm256_fmadd_pd(q.c1[1], yb, _mm256_mul_pd(q.c0[1], xb))));
        xa = ya;
        xb = yb;
        ya = za;
        yb = zb;
    }
}

int bni_count_lanes_avx2(double *low, double *high, double *p, const double *F, const double *G, size_t ld, size_t n,
                         size_t m, double slack)
{
    enum { W = BNI_LANES };
    size_t hi = 1;
    memset(p, 0, (m + 4) * W * sizeof *p);
    p += 2 * W;
    _mm256_storeu_pd(p, all(1));
    _mm256_storeu_pd(p + 4, all(1));
    v4 over[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()}, sum[2] = {over[0], over[0]};
    v4 good = _mm256_cmp_pd(over[0], over[0], _CMP_EQ_OQ), allowed = all(slack);
    double *edge = p + m * W;
    for (size_t i = 0; i < n; i += 2) {
        quadratic q;
        for (size_t h = 0; h < 2; h++) {
            pair a = load(F, G, i * ld + 4 * h, allowed, &good), b = {_mm256_setzero_pd(), all(1)};
            if (i + 1 < n)
                b = load(F, G, (i + 1) * ld + 4 * h, allowed, &good);
            q.c0[h] = _mm256_mul_pd(a.g, b.g);
            q.c1[h] = _mm256_fmadd_pd(a.f, b.g, _mm256_mul_pd(a.g, b.f));
            q.c2[h] = _mm256_mul_pd(a.f, b.f);
        }
        pass(p, hi + 2, q);
        hi = hi + 2 < m ? hi + 2 : m;
        if (hi < m)
            continue;
        for (size_t h = 0; h < 2; h++) {
            over[h] = _mm256_add_pd(over[h],
                                    _mm256_add_pd(_mm256_loadu_pd(edge + 4 * h), _mm256_loadu_pd(edge + W + 4 * h)));
            _mm256_storeu_pd(edge + 4 * h, _mm256_setzero_pd());
            _mm256_storeu_pd(edge + W + 4 * h, _mm256_setzero_pd());
        }
    }
    for (size_t k = 0; k < hi; k++)
        for (size_t h = 0; h < 2; h++)
            sum[h] = _mm256_add_pd(sum[h], _mm256_loadu_pd(p + k * W + 4 * h));
    for (size_t h = 0; h < 2; h++) {
        _mm256_storeu_pd(low + 4 * h, sum[h]);
        _mm256_storeu_pd(high + 4 * h, over[h]);
    }
    return _mm256_movemask_pd(good) == 15;
}
