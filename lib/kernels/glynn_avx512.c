/*
 * Signed sums of products of row sums over the corners of a cube, AVX-512: eight lanes hold the corners of three signs, a
 * pass over the rows does the eight corners of three more while the row sum is in a register, and passes follow the
 * others in Gray-code order.   Source: Glynn 2010; Bax and Franklin 1996; error terms as Ogita, Rump and Oishi 2005.
 */
#include "kernels/parts.h"

#include <immintrin.h>

enum { LANES = 8, LANE_SIGNS = 3, LEAST = 6 /* signs of a pass */ };

/* Twice the columns by which the sums change: -2 c when a sign falls, 2 c when it rises again. */
typedef struct steps {
    double down[BNI_CUBE][BNI_PERMANENT_ROWS], up[BNI_CUBE][BNI_PERMANENT_ROWS];
} steps;

static inline void prepare(steps *w, double (*s)[LANES], size_t n, size_t f, const double *x, const double *c)
{
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        for (size_t k = LANE_SIGNS; k < f; k++) {
            double a = c[k * n + i];
            v += a;
            w->down[k][i] = -2 * a;
            w->up[k][i] = 2 * a;
        }
        double a = c[i], b = c[n + i], d = c[2 * n + i];
        for (int l = 0; l < LANES; l++)
            s[i][l] = v + (l & 1 ? -a : a) + (l & 2 ? -b : b) + (l & 4 ? -d : d);
    }
}

/* The step after pass p - 1: the sign that changes, and which way. After the last pass any will do. */
static inline const double *step_after(const steps *w, size_t f, size_t p)
{
    size_t k = LEAST + (size_t)__builtin_ctzll(p);
    if (k >= f)
        return w->down[LEAST - 1];
    return p >> (k - LEAST + 1) & 1 ? w->up[k] : w->down[k];
}

/* Signs of the lanes, and the sum over them in a fixed order. */
static void lanes_total(double total[2], __m512d high, __m512d low)
{
    double h[LANES], l[LANES];
    _mm512_storeu_pd(h, high);
    _mm512_storeu_pd(l, low);
    double s = 0, e = 0;
    for (int k = 0; k < LANES; k++) {
        double sign = __builtin_popcount((unsigned)k) & 1 ? -1 : 1, v = sign * h[k], t = s + v, z = t - s;
        e += ((s - (t - z)) + (v - z)) + sign * l[k];
        s = t;
    }
    total[0] = s + e;
    total[1] = e - (total[0] - s);
}

static inline void two_sum(__m512d *high, __m512d *low, __m512d v)
{
    __m512d s = _mm512_add_pd(*high, v), z = _mm512_sub_pd(s, *high);
    *low = _mm512_add_pd(*low, _mm512_add_pd(_mm512_sub_pd(*high, _mm512_sub_pd(s, z)), _mm512_sub_pd(v, z)));
    *high = s;
}

#define ABS_MAX(a, b) _mm512_range_pd(a, b, 0x0B) /* max(|a|, |b|) */

/* The eight row sums of a pass, one after the other; DO(k) uses s. A, B, C and J are the changes. */
#define EIGHT(DO)                                                                                                      \
    DO(0);                                                                                                             \
    s = _mm512_add_pd(s, A);                                                                                           \
    DO(1);                                                                                                             \
    s = _mm512_add_pd(s, B);                                                                                           \
    DO(2);                                                                                                             \
    s = _mm512_sub_pd(s, A);                                                                                           \
    DO(3);                                                                                                             \
    s = _mm512_add_pd(s, C);                                                                                           \
    DO(4);                                                                                                             \
    s = _mm512_add_pd(s, A);                                                                                           \
    DO(5);                                                                                                             \
    s = _mm512_sub_pd(s, B);                                                                                           \
    DO(6);                                                                                                             \
    s = _mm512_sub_pd(s, A);                                                                                           \
    DO(7);                                                                                                             \
    s = _mm512_add_pd(s, J)

#define CHANGES(i)                                                                                                     \
    const __m512d A = _mm512_set1_pd(a[i]), B = _mm512_set1_pd(b[i]), C = _mm512_set1_pd(c[i]), J = _mm512_set1_pd(j[i])

#define FIRST(k) p##k = s
#define TIMES(k) p##k = _mm512_mul_pd(p##k, s)

void bni_glynn_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in)
{
    if (f < LEAST) {
        bni_glynn_avx2(total, size, n, f, x, c_in);
        return;
    }
    steps w;
    _Alignas(64) double sums[BNI_PERMANENT_ROWS][LANES];
    prepare(&w, sums, n, f, x, c_in);
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    const double *a = w.down[3], *b = w.down[4];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        const double *c = p & 1 ? w.up[5] : w.down[5], *j = step_after(&w, f, p + 1);
        __m512d p0, p1, p2, p3, p4, p5, p6, p7;
        {
            __m512d s = _mm512_load_pd(sums[0]);
            CHANGES(0);
            EIGHT(FIRST);
            _mm512_store_pd(sums[0], s);
        }
        for (size_t i = 1; i < n; i++) {
            __m512d s = _mm512_load_pd(sums[i]);
            CHANGES(i);
            EIGHT(TIMES);
            _mm512_store_pd(sums[i], s);
        }
        /* |u| + |v| = max(|u + v|, |u - v|) */
        __m512d d0 = _mm512_sub_pd(p0, p1), d1 = _mm512_sub_pd(p2, p3), d2 = _mm512_sub_pd(p4, p5),
                d3 = _mm512_sub_pd(p6, p7);
        __m512d m0 = ABS_MAX(d0, _mm512_add_pd(p0, p1)), m1 = ABS_MAX(d1, _mm512_add_pd(p2, p3)),
                m2 = ABS_MAX(d2, _mm512_add_pd(p4, p5)), m3 = ABS_MAX(d3, _mm512_add_pd(p6, p7));
        part = _mm512_add_pd(part, _mm512_add_pd(_mm512_add_pd(d0, d1), _mm512_add_pd(d2, d3)));
        sizes = _mm512_add_pd(sizes, _mm512_add_pd(_mm512_add_pd(m0, m1), _mm512_add_pd(m2, m3)));
        if ((p & 7) == 7 || p + 1 == passes) {
            two_sum(&high, &low, part);
            part = _mm512_setzero_pd();
        }
    }
    lanes_total(total, high, low);
    *size = _mm512_reduce_add_pd(sizes);
}

#define PAIR_FIRST(k) g##k = s
#define PAIR_SECOND(k)                                                                                                 \
    g##k = _mm512_mul_pd(g##k, s);                                                                                     \
    p##k = _mm512_mul_pd(p##k, g##k);                                                                                  \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(g##k, F))
#define SINGLE(k)                                                                                                      \
    p##k = _mm512_mul_pd(p##k, s);                                                                                     \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(s, F))

void bni_glynn_floor_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                            const double *floor)
{
    if (f < LEAST) {
        bni_glynn_floor_avx2(total, size, n, f, x, c_in, floor);
        return;
    }
    steps w;
    _Alignas(64) double sums[BNI_PERMANENT_ROWS][LANES];
    prepare(&w, sums, n, f, x, c_in);
    const __m512d one = _mm512_set1_pd(1);
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    const double *a = w.down[3], *b = w.down[4];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        const double *c = p & 1 ? w.up[5] : w.down[5], *j = step_after(&w, f, p + 1);
        __m512d p0 = one, p1 = one, p2 = one, p3 = one, p4 = one, p5 = one, p6 = one, p7 = one;
        __m512d m0 = one, m1 = one, m2 = one, m3 = one, m4 = one, m5 = one, m6 = one, m7 = one;
        for (size_t i = 0; i + 1 < n; i += 2) {
            __m512d g0, g1, g2, g3, g4, g5, g6, g7, s = _mm512_load_pd(sums[i]);
            {
                CHANGES(i);
                EIGHT(PAIR_FIRST);
            }
            _mm512_store_pd(sums[i], s);
            s = _mm512_load_pd(sums[i + 1]);
            const __m512d F = _mm512_set1_pd(floor[i / 2]);
            {
                CHANGES(i + 1);
                EIGHT(PAIR_SECOND);
            }
            _mm512_store_pd(sums[i + 1], s);
        }
        if (n & 1) {
            __m512d s = _mm512_load_pd(sums[n - 1]);
            const __m512d F = _mm512_set1_pd(floor[n / 2]);
            CHANGES(n - 1);
            EIGHT(SINGLE);
            _mm512_store_pd(sums[n - 1], s);
        }
        __m512d d0 = _mm512_sub_pd(p0, p1), d1 = _mm512_sub_pd(p2, p3), d2 = _mm512_sub_pd(p4, p5),
                d3 = _mm512_sub_pd(p6, p7);
        part = _mm512_add_pd(part, _mm512_add_pd(_mm512_add_pd(d0, d1), _mm512_add_pd(d2, d3)));
        m0 = _mm512_add_pd(_mm512_add_pd(m0, m1), _mm512_add_pd(m2, m3));
        m4 = _mm512_add_pd(_mm512_add_pd(m4, m5), _mm512_add_pd(m6, m7));
        sizes = _mm512_add_pd(sizes, _mm512_add_pd(m0, m4));
        if ((p & 7) == 7 || p + 1 == passes) {
            two_sum(&high, &low, part);
            part = _mm512_setzero_pd();
        }
    }
    lanes_total(total, high, low);
    *size = _mm512_reduce_add_pd(sizes);
}

/* (p, e) becomes (p, e) (h + l), h + l = s + r exactly as s is a multiple of the last bit of r; every other remainder on the
 * multipliers, which have less to do. */
#define PAIRED(k, REST)                                                                                                \
    do {                                                                                                               \
        __m512d h = _mm512_add_pd(s, r), l = REST(r, _mm512_sub_pd(h, s)), t = _mm512_mul_pd(p##k, h);                 \
        __m512d d = _mm512_fmsub_pd(p##k, h, t);                                                                       \
        e##k = _mm512_fmadd_pd(e##k, h, _mm512_fmadd_pd(p##k, l, d));                                                  \
        p##k = t;                                                                                                      \
    } while (0)
#define BY_ADD(u, v) _mm512_sub_pd(u, v)
#define BY_MULTIPLY(u, v) _mm512_fnmadd_pd(v, one, u)
#define BOTH(op, u, v)                                                                                                 \
    s = _mm512_##op##_pd(s, _mm512_set1_pd(u[i]));                                                                     \
    r = _mm512_##op##_pd(r, _mm512_set1_pd(v[i]))

/* high + low += e, normalised */
static inline void add_low(__m512d *high, __m512d *low, __m512d e)
{
    e = _mm512_add_pd(e, *low);
    __m512d s = _mm512_add_pd(*high, e);
    *low = _mm512_sub_pd(e, _mm512_sub_pd(s, *high));
    *high = s;
}

void bni_glynn_pairs_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                            const double *y, const double *d_in)
{
    if (f < LEAST) {
        bni_glynn_pairs_avx2(total, size, n, f, x, c_in, y, d_in);
        return;
    }
    steps w, v;
    _Alignas(64) double sums[BNI_PERMANENT_ROWS][LANES], rests[BNI_PERMANENT_ROWS][LANES];
    prepare(&w, sums, n, f, x, c_in);
    prepare(&v, rests, n, f, y, d_in);
    const __m512d one = _mm512_set1_pd(1), none = _mm512_setzero_pd();
    __m512d high = none, low = none, sizes = none;
    const double *a = w.down[3], *b = w.down[4], *a2 = v.down[3], *b2 = v.down[4];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        const double *c = p & 1 ? w.up[5] : w.down[5], *j = step_after(&w, f, p + 1);
        const double *c2 = p & 1 ? v.up[5] : v.down[5], *j2 = step_after(&v, f, p + 1);
        __m512d p0 = one, p1 = one, p2 = one, p3 = one, p4 = one, p5 = one, p6 = one, p7 = one;
        __m512d e0 = none, e1 = none, e2 = none, e3 = none, e4 = none, e5 = none, e6 = none, e7 = none;
        for (size_t i = 0; i < n; i++) {
            __m512d s = _mm512_load_pd(sums[i]), r = _mm512_load_pd(rests[i]);
            PAIRED(0, BY_ADD);
            BOTH(add, a, a2);
            PAIRED(1, BY_MULTIPLY);
            BOTH(add, b, b2);
            PAIRED(2, BY_ADD);
            BOTH(sub, a, a2);
            PAIRED(3, BY_MULTIPLY);
            BOTH(add, c, c2);
            PAIRED(4, BY_ADD);
            BOTH(add, a, a2);
            PAIRED(5, BY_MULTIPLY);
            BOTH(sub, b, b2);
            PAIRED(6, BY_ADD);
            BOTH(sub, a, a2);
            PAIRED(7, BY_MULTIPLY);
            BOTH(add, j, j2);
            _mm512_store_pd(sums[i], s);
            _mm512_store_pd(rests[i], r);
        }
        two_sum(&high, &low, p0);
        two_sum(&high, &low, _mm512_sub_pd(none, p1));
        two_sum(&high, &low, p2);
        two_sum(&high, &low, _mm512_sub_pd(none, p3));
        two_sum(&high, &low, p4);
        two_sum(&high, &low, _mm512_sub_pd(none, p5));
        two_sum(&high, &low, p6);
        two_sum(&high, &low, _mm512_sub_pd(none, p7));
        e0 = _mm512_add_pd(_mm512_sub_pd(e0, e1), _mm512_sub_pd(e2, e3));
        e4 = _mm512_add_pd(_mm512_sub_pd(e4, e5), _mm512_sub_pd(e6, e7));
        add_low(&high, &low, _mm512_add_pd(e0, e4));
        p0 = _mm512_add_pd(ABS_MAX(p0, none), ABS_MAX(p1, none));
        p2 = _mm512_add_pd(ABS_MAX(p2, none), ABS_MAX(p3, none));
        p4 = _mm512_add_pd(ABS_MAX(p4, none), ABS_MAX(p5, none));
        p6 = _mm512_add_pd(ABS_MAX(p6, none), ABS_MAX(p7, none));
        sizes = _mm512_add_pd(sizes, _mm512_add_pd(_mm512_add_pd(p0, p2), _mm512_add_pd(p4, p6)));
    }
    lanes_total(total, high, low);
    *size = _mm512_reduce_add_pd(sizes);
}
