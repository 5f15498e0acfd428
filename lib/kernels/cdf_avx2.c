/*
 * Both tails of the noise laws, four at a time with AVX2 and FMA.
 *
 * Gaussian: with a = |z|, Phi(-a) = exp(-a^2/2) R(a), R = P/Q a minimax rational of degrees 9 and 10 on 0 .. 40 (relative
 * error 5.4e-17); the larger tail is 1 minus this one. The polynomials are evaluated in Knuth's preprocessed form
 * [Knuth, TAOCP 2, 4.6.4; Eve 1964]: with y = (a + 2)^2 each step  p (y + alpha) + beta  gains two degrees for one FMA and
 * one addition, which run in different units. The shift 2 makes all terms of nearly one size (condition 4.4 and 1.7).
 * exp: Cody-Waite reduction by FMA, minimax polynomial of degree 10 (relative error 3e-16), preprocessed likewise.
 * The coefficients are checked by what they give: tests/num compares with tables from mpmath, 4e-15 and below.
 */
#include "kernels/cdf.h"

#include <immintrin.h>
#include <string.h>

typedef __m256d v4;

static inline v4 all(double x)
{
    return _mm256_set1_pd(x);
}

/* The exponents are raised by this much until the last product, so that tails may become denormal there and only there. */
#define RAISE 160
#define LOWER 0x1p-160

/* 2^RAISE exp(-(h + rest)/2) for 0 <= h <= 1700 and a tiny rest. */
static inline v4 exp_half(v4 h, v4 rest)
{
    /* k = round(-h/(2 log 2)), from the low bits of a sum near 1.5 2^52 */
    const v4 magic = all(0x1.8p52 + RAISE);
    v4 km = _mm256_fnmadd_pd(h, all(0x1.71547652b82fep-1), magic);
    v4 k = _mm256_sub_pd(km, magic);
    v4 v = _mm256_fmadd_pd(k, all(0x1.62e42fefa39efp+0), h);
    v = _mm256_fmadd_pd(k, all(0x1.abc9e3b39803fp-55), v);
    v = _mm256_add_pd(v, rest);
    /* exp(-v/2) = 1 + v (c + v g(v)), |v| <= log 2 */
    v4 x = _mm256_sub_pd(v, all(6.5)), y = _mm256_mul_pd(x, x);
    v4 g = _mm256_fmadd_pd(y, all(0x1.2a47778b89eb3p-32), all(0x1.05f56fafc9182p-23));
    g = _mm256_fmadd_pd(x, all(0x1.2b2e2f9d81521p-27), g);
    g = _mm256_fmadd_pd(g, _mm256_add_pd(y, all(0x1.13ccf1603fcf2p+7)), all(-0x1.1b92b8e962063p-17));
    g = _mm256_fmadd_pd(g, _mm256_add_pd(y, all(-0x1.6abc18dfd82e1p+5)), all(0x1.d59a72052fbc5p-11));
    g = _mm256_fmadd_pd(g, _mm256_add_pd(y, all(0x1.713398f841e69p+6)), all(0x1.b8df4012f7143p-8));
    g = _mm256_fmadd_pd(v, g, all(-0x1.0000000000029p-1));
    g = _mm256_fmadd_pd(v, g, all(1));
    __m256i bits = _mm256_slli_epi64(_mm256_castpd_si256(km), 52);
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(g), bits));
}

/* |z|, at most `most`; NaN stays. */
static inline v4 magnitude(v4 z, double most)
{
    return _mm256_min_pd(all(most), _mm256_andnot_pd(all(-0.0), z));
}

static inline void store(double *p, double *q, v4 z, v4 small, v4 big)
{
    _mm256_storeu_pd(p, _mm256_blendv_pd(big, small, z));
    _mm256_storeu_pd(q, _mm256_blendv_pd(small, big, z));
}

static inline void gaussian4(double *p, double *q, const double *zs, v4 s, v4 lowered)
{
    v4 z = _mm256_loadu_pd(zs), a = magnitude(z, 40);
    v4 h = _mm256_mul_pd(a, a), rest = _mm256_fmsub_pd(a, a, h);
    v4 x = _mm256_add_pd(a, all(2)), y = _mm256_mul_pd(x, x);
    v4 P = _mm256_fmadd_pd(x, all(0x1.9884533d3eae8p-2), all(0x1.c3e76f902b25ap+1));
    v4 Q = _mm256_fmadd_pd(x, all(0x1.b660b2e33c92ap+2), _mm256_add_pd(y, all(0x1.435ebc3f14753p+4)));
    P = _mm256_fmadd_pd(P, _mm256_add_pd(y, all(0x1.4113cae7d34f7p+5)), all(-0x1.a4c195fa09521p+6));
    Q = _mm256_fmadd_pd(Q, _mm256_add_pd(y, all(0x1.11933defd9162p+4)), all(-0x1.23d069c26a9dbp+7));
    P = _mm256_fmadd_pd(P, _mm256_add_pd(y, all(0x1.c64d8614823a4p+3)), all(-0x1.7bfa00248608dp+7));
    Q = _mm256_fmadd_pd(Q, _mm256_add_pd(y, all(0x1.1a8496db9c6cbp+3)), all(-0x1.350c342c07a18p+9));
    P = _mm256_fmadd_pd(P, _mm256_add_pd(y, all(0x1.e19ee77858887p+2)), all(-0x1.7baa4e6060984p+9));
    Q = _mm256_fmadd_pd(Q, _mm256_add_pd(y, all(0x1.dd741b550d577p+1)), all(-0x1.8d37b774b30f9p+10));
    P = _mm256_fmadd_pd(P, _mm256_add_pd(y, all(0x1.6789ee6d065e9p+2)), all(-0x1.edf3d1a036c3ep+10));
    Q = _mm256_fmadd_pd(Q, _mm256_add_pd(y, all(0x1.d0ad7d6116b08p-1)), all(-0x1.57ae689b342f8p+10));
    v4 R = _mm256_div_pd(P, Q);
    v4 small = _mm256_mul_pd(_mm256_mul_pd(exp_half(h, rest), R), lowered);
    store(p, q, z, small, _mm256_sub_pd(s, small));
}

static inline void logistic4(double *p, double *q, const double *zs, v4 s)
{
    v4 z = _mm256_loadu_pd(zs), a = magnitude(z, 800);
    v4 w = _mm256_mul_pd(exp_half(_mm256_add_pd(a, a), _mm256_setzero_pd()), all(LOWER));
    v4 big = _mm256_div_pd(s, _mm256_add_pd(w, all(1)));
    store(p, q, z, _mm256_mul_pd(w, big), big);
}

static inline void odds4(double *p, double *q, const double *e, v4 f, v4 s)
{
    v4 w = _mm256_mul_pd(_mm256_loadu_pd(e), f);
    v4 r = _mm256_div_pd(s, _mm256_add_pd(w, all(1)));
    _mm256_storeu_pd(p, r);
    _mm256_storeu_pd(q, _mm256_mul_pd(w, r));
}

void bni_cdf_gaussian_avx2(double *p, double *q, const double *z, size_t n, double s)
{
    v4 vs = all(s), lowered = all(s * LOWER);
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        gaussian4(p + k, q + k, z + k, vs, lowered);
    if (k < n) {
        double in[4] = {0}, lower[4], upper[4];
        memcpy(in, z + k, (n - k) * sizeof *in);
        gaussian4(lower, upper, in, vs, lowered);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}

void bni_cdf_logistic_avx2(double *p, double *q, const double *z, size_t n, double s)
{
    v4 vs = all(s);
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        logistic4(p + k, q + k, z + k, vs);
    if (k < n) {
        double in[4] = {0}, lower[4], upper[4];
        memcpy(in, z + k, (n - k) * sizeof *in);
        logistic4(lower, upper, in, vs);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}

void bni_odds_avx2(double *p, double *q, const double *e, double f, size_t n, double s)
{
    v4 vs = all(s), vf = all(f);
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        odds4(p + k, q + k, e + k, vf, vs);
    if (k < n) {
        double in[4] = {0}, lower[4], upper[4];
        memcpy(in, e + k, (n - k) * sizeof *in);
        odds4(lower, upper, in, vf, vs);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}
