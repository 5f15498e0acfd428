/*
 * Laws of counts with AVX2 and FMA: four entries, or eight points, at a time.   Source: THEORY 7.
 */
#include "kernels/parts.h"

#include <immintrin.h>
#include <string.h>

typedef __m256d v4;

static inline v4 all(double x)
{
    return _mm256_set1_pd(x);
}

/* From the top down, so that y may be x[0] and the other x[j] = y - j. `count` is a constant where this is inlined. */
static inline void mix(double *y, size_t n, const double *const *x, const double *c, size_t count)
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

void bni_mix_avx2(double *y, size_t n, const double *const *x, const double *c, size_t count)
{
    switch (count) {
    case 3: mix(y, n, x, c, 3); break;
    case 5: mix(y, n, x, c, 5); break;
    case 9: mix(y, n, x, c, 9); break;
    default: mix(y, n, x, c, count);
    }
}

/* Two variables in one pass over the entries below `top`; a, b, c walk down with k. */
static inline void pass(double *p, size_t top, const double *f, const double *g, int both)
{
    v4 fa = _mm256_loadu_pd(f), fb = _mm256_loadu_pd(f + 4), ga = _mm256_loadu_pd(g), gb = _mm256_loadu_pd(g + 4);
    v4 c0a = ga, c0b = gb, c1a = fa, c1b = fb, c2a = _mm256_setzero_pd(), c2b = c2a;
    if (both) {
        v4 f2a = _mm256_loadu_pd(f + 8), f2b = _mm256_loadu_pd(f + 12);
        v4 g2a = _mm256_loadu_pd(g + 8), g2b = _mm256_loadu_pd(g + 12);
        c0a = _mm256_mul_pd(ga, g2a);
        c0b = _mm256_mul_pd(gb, g2b);
        c1a = _mm256_fmadd_pd(fa, g2a, _mm256_mul_pd(ga, f2a));
        c1b = _mm256_fmadd_pd(fb, g2b, _mm256_mul_pd(gb, f2b));
        c2a = _mm256_mul_pd(fa, f2a);
        c2b = _mm256_mul_pd(fb, f2b);
    }
    double *at = p + (top - 1) * BNI_LANES;
    v4 xa = _mm256_loadu_pd(at), xb = _mm256_loadu_pd(at + 4);
    v4 ya = _mm256_loadu_pd(at - 8), yb = _mm256_loadu_pd(at - 4);
    for (; at >= p; at -= BNI_LANES) {
        v4 za = _mm256_loadu_pd(at - 16), zb = _mm256_loadu_pd(at - 12);
        _mm256_storeu_pd(at, _mm256_fmadd_pd(c2a, za, _mm256_fmadd_pd(c1a, ya, _mm256_mul_pd(c0a, xa))));
        _mm256_storeu_pd(at + 4, _mm256_fmadd_pd(c2b, zb, _mm256_fmadd_pd(c1b, yb, _mm256_mul_pd(c0b, xb))));
        xa = ya;
        xb = yb;
        ya = za;
        yb = zb;
    }
}

void bni_count_lanes_avx2(double *low, double *high, double *p, const double *F, const double *G, size_t n, size_t m)
{
    enum { W = BNI_LANES };
    size_t hi = 1;
    memset(p, 0, (m + 4) * W * sizeof *p);
    p += 2 * W;
    _mm256_storeu_pd(p, all(1));
    _mm256_storeu_pd(p + 4, all(1));
    v4 over_a = _mm256_setzero_pd(), over_b = over_a, sum_a = over_a, sum_b = over_a;
    double *edge = p + m * W;
    for (size_t i = 0; i < n; i += 2) {
        pass(p, hi + 2, F + i * W, G + i * W, i + 1 < n);
        hi = hi + 2 < m ? hi + 2 : m;
        if (hi < m)
            continue;
        over_a = _mm256_add_pd(over_a, _mm256_add_pd(_mm256_loadu_pd(edge), _mm256_loadu_pd(edge + 8)));
        over_b = _mm256_add_pd(over_b, _mm256_add_pd(_mm256_loadu_pd(edge + 4), _mm256_loadu_pd(edge + 12)));
        for (size_t v = 0; v < 2 * W; v += 4)
            _mm256_storeu_pd(edge + v, _mm256_setzero_pd());
    }
    for (size_t k = 0; k < hi; k++) {
        sum_a = _mm256_add_pd(sum_a, _mm256_loadu_pd(p + k * W));
        sum_b = _mm256_add_pd(sum_b, _mm256_loadu_pd(p + k * W + 4));
    }
    _mm256_storeu_pd(low, sum_a);
    _mm256_storeu_pd(low + 4, sum_b);
    _mm256_storeu_pd(high, over_a);
    _mm256_storeu_pd(high + 4, over_b);
}
