/*
 * Signed sums of products of row sums over the corners of a cube, AVX-512: eight lanes hold the corners of three signs, a
 * pass over the rows does the eight corners of three more while the row sum is in a register, and passes follow the
 * others in Gray-code order.   Source: Glynn 2010; Bax and Franklin 1996; error terms as Ogita, Rump and Oishi 2005.
 */
#include "kernels/parts.h"

#include <immintrin.h>

enum { LANES = 8, LANE_SIGNS = 3, LEAST = 6 /* signs of a pass */ };

/* Twice the columns by which the sums change, spread over the lanes (a broadcast costs a multiplier): -2 c when a sign
 * falls, 2 c when it rises again. The sums first. An odd stride keeps them apart in the cache. */
typedef double lanes[LANES];

static inline size_t stride_of(size_t n)
{
    return n | 1;
}

static inline lanes *down(lanes *w, size_t n, size_t k)
{
    return w + (2 * k + 1 - 2 * LANE_SIGNS) * stride_of(n);
}

static inline lanes *up(lanes *w, size_t n, size_t k)
{
    return w + (2 * k + 2 - 2 * LANE_SIGNS) * stride_of(n);
}

static inline void prepare(lanes *s, size_t n, size_t f, const double *x, const double *c)
{
    const __m512d low = _mm512_set_pd(-1, 1, -1, 1, -1, 1, -1, 1), middle = _mm512_set_pd(-1, -1, 1, 1, -1, -1, 1, 1),
                  high = _mm512_set_pd(-1, -1, -1, -1, 1, 1, 1, 1);
    for (size_t i = 0; i < n; i++) {
        __m512d v = _mm512_set1_pd(x[i]);
        for (size_t k = LANE_SIGNS; k < f; k++) {
            __m512d a = _mm512_set1_pd(c[k * n + i]), twice = _mm512_add_pd(a, a);
            v = _mm512_add_pd(v, a);
            _mm512_store_pd(up(s, n, k)[i], twice);
            _mm512_store_pd(down(s, n, k)[i], _mm512_sub_pd(_mm512_setzero_pd(), twice));
        }
        v = _mm512_add_pd(v, _mm512_mul_pd(low, _mm512_set1_pd(c[i])));
        v = _mm512_add_pd(v, _mm512_mul_pd(middle, _mm512_set1_pd(c[n + i])));
        v = _mm512_add_pd(v, _mm512_mul_pd(high, _mm512_set1_pd(c[2 * n + i])));
        _mm512_store_pd(s[i], v);
    }
}

/* The step after pass p - 1: the sign that changes, and which way; without branches, they would not be foreseen. After the
 * last pass any will do. */
static inline lanes *step_after(lanes *w, size_t n, size_t f, size_t p)
{
    size_t z = (size_t)__builtin_ctzll(p), rises = p >> (z + 1) & 1, k = LEAST + z < f ? LEAST + z : LEAST - 1;
    return down(w, n, k) + rises * stride_of(n);
}

/* Operations that stay in the order in which they are written: sums and products in turns keep all units busy. */
static inline __m512d add(__m512d a, __m512d b)
{
    a = _mm512_add_pd(a, b);
    __asm__ volatile("" : "+v"(a));
    return a;
}

static inline __m512d sub(__m512d a, __m512d b)
{
    a = _mm512_sub_pd(a, b);
    __asm__ volatile("" : "+v"(a));
    return a;
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

/* The eight row sums of a pass in Gray-code order, t0 .. t7 with t0 = s, in a tree that is four sums deep (all are exact);
 * DO(k) uses t##k. s becomes that of the next pass. */
#define EIGHT(DO, i)                                                                                                   \
    do {                                                                                                               \
        const __m512d t0 = _mm512_load_pd(s[i]), A = _mm512_load_pd(a[i]), B = _mm512_load_pd(b[i]);                   \
        const __m512d t1 = add(t0, A), t3 = add(t0, B);                                                                \
        DO(0);                                                                                                         \
        DO(1);                                                                                                         \
        const __m512d t2 = add(t1, B), t4 = add(t3, _mm512_load_pd(c[i]));                                             \
        DO(3);                                                                                                         \
        DO(2);                                                                                                         \
        const __m512d t5 = add(t4, A), t7 = sub(t4, B);                                                                \
        DO(4);                                                                                                         \
        DO(5);                                                                                                         \
        const __m512d t6 = sub(t5, B), next = add(t7, _mm512_load_pd(j[i]));                                           \
        DO(7);                                                                                                         \
        DO(6);                                                                                                         \
        _mm512_store_pd(s[i], next);                                                                                   \
    } while (0)

#define CHANGES(p)                                                                                                     \
    lanes *c = down(s, n, 5) + (p & 1) * stride_of(n), *j = step_after(s, n, f, p + 1)

#define FIRST(k) p##k = t##k
#define TIMES(k)                                                                                                       \
    p##k = _mm512_mul_pd(p##k, t##k);                                                                                  \
    __asm__ volatile("" : "+v"(p##k))

void bni_glynn_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                      double *scratch)
{
    if (f < LEAST) {
        bni_glynn_avx2(total, size, n, f, x, c_in, scratch);
        return;
    }
    lanes *s = (lanes *)(void *)scratch;
    prepare(s, n, f, x, c_in);
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    lanes *a = down(s, n, 3), *b = down(s, n, 4);
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        CHANGES(p);
        __m512d p0, p1, p2, p3, p4, p5, p6, p7;
        EIGHT(FIRST, 0);
        size_t i = 1;
        for (; i + 1 < n; i += 2) {
            EIGHT(TIMES, i);
            EIGHT(TIMES, i + 1);
        }
        if (i < n)
            EIGHT(TIMES, i);
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

#define PAIR_FIRST(k) g##k = t##k
#define PAIR_SECOND(k)                                                                                                 \
    g##k = _mm512_mul_pd(g##k, t##k);                                                                                  \
    p##k = _mm512_mul_pd(p##k, g##k);                                                                                  \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(g##k, F))
#define SINGLE(k)                                                                                                      \
    p##k = _mm512_mul_pd(p##k, t##k);                                                                                  \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(t##k, F))

void bni_glynn_floor_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                            const double *floor, double *scratch)
{
    if (f < LEAST) {
        bni_glynn_floor_avx2(total, size, n, f, x, c_in, floor, scratch);
        return;
    }
    lanes *s = (lanes *)(void *)scratch;
    prepare(s, n, f, x, c_in);
    const __m512d one = _mm512_set1_pd(1);
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    lanes *a = down(s, n, 3), *b = down(s, n, 4);
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        CHANGES(p);
        __m512d p0 = one, p1 = one, p2 = one, p3 = one, p4 = one, p5 = one, p6 = one, p7 = one;
        __m512d m0 = one, m1 = one, m2 = one, m3 = one, m4 = one, m5 = one, m6 = one, m7 = one;
        for (size_t i = 0; i + 1 < n; i += 2) {
            __m512d g0, g1, g2, g3, g4, g5, g6, g7;
            const __m512d F = _mm512_set1_pd(floor[i / 2]);
            EIGHT(PAIR_FIRST, i);
            EIGHT(PAIR_SECOND, i + 1);
        }
        if (n & 1) {
            const __m512d F = _mm512_set1_pd(floor[n / 2]);
            EIGHT(SINGLE, n - 1);
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
#define PAIRED(k, s, r, REST)                                                                                          \
    do {                                                                                                               \
        __m512d h = _mm512_add_pd(s, r), l = REST(r, _mm512_sub_pd(h, s)), t = _mm512_mul_pd(p##k, h);                 \
        __m512d d = _mm512_fmsub_pd(p##k, h, t);                                                                       \
        e##k = _mm512_fmadd_pd(e##k, h, _mm512_fmadd_pd(p##k, l, d));                                                  \
        p##k = t;                                                                                                      \
    } while (0)
#define BY_ADD(u, v) _mm512_sub_pd(u, v)
#define BY_MULTIPLY(u, v) _mm512_fnmadd_pd(v, one, u)
/* Both sums of the next corner, `to`, from those of corner `from`. */
#define BOTH(to, from, op, u, v)                                                                                       \
    const __m512d s##to = _mm512_##op##_pd(s##from, u), r##to = _mm512_##op##_pd(r##from, v)

/* high + low += e, normalised */
static inline void add_low(__m512d *high, __m512d *low, __m512d e)
{
    e = _mm512_add_pd(e, *low);
    __m512d s = _mm512_add_pd(*high, e);
    *low = _mm512_sub_pd(e, _mm512_sub_pd(s, *high));
    *high = s;
}

void bni_glynn_pairs_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                            const double *y, const double *d_in, double *scratch)
{
    if (f < LEAST) {
        bni_glynn_pairs_avx2(total, size, n, f, x, c_in, y, d_in, scratch);
        return;
    }
    lanes *sums = (lanes *)(void *)scratch, *rests = sums + (2 * (f - LANE_SIGNS) + 1) * stride_of(n);
    prepare(sums, n, f, x, c_in);
    prepare(rests, n, f, y, d_in);
    const __m512d one = _mm512_set1_pd(1), none = _mm512_setzero_pd();
    __m512d high = none, low = none, sizes = none;
    lanes *a = down(sums, n, 3), *b = down(sums, n, 4), *a2 = down(rests, n, 3), *b2 = down(rests, n, 4);
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        lanes *c = down(sums, n, 5) + (p & 1) * stride_of(n), *j = step_after(sums, n, f, p + 1);
        lanes *c2 = down(rests, n, 5) + (p & 1) * stride_of(n), *j2 = step_after(rests, n, f, p + 1);
        __m512d p0 = one, p1 = one, p2 = one, p3 = one, p4 = one, p5 = one, p6 = one, p7 = one;
        __m512d e0 = none, e1 = none, e2 = none, e3 = none, e4 = none, e5 = none, e6 = none, e7 = none;
        for (size_t i = 0; i < n; i++) {
            const __m512d s0 = _mm512_load_pd(sums[i]), r0 = _mm512_load_pd(rests[i]);
            const __m512d A = _mm512_load_pd(a[i]), B = _mm512_load_pd(b[i]);
            const __m512d A2 = _mm512_load_pd(a2[i]), B2 = _mm512_load_pd(b2[i]);
            PAIRED(0, s0, r0, BY_ADD);
            BOTH(1, 0, add, A, A2);
            BOTH(3, 0, add, B, B2);
            PAIRED(1, s1, r1, BY_MULTIPLY);
            BOTH(2, 1, add, B, B2);
            PAIRED(3, s3, r3, BY_ADD);
            BOTH(4, 3, add, _mm512_load_pd(c[i]), _mm512_load_pd(c2[i]));
            PAIRED(2, s2, r2, BY_MULTIPLY);
            BOTH(5, 4, add, A, A2);
            PAIRED(4, s4, r4, BY_ADD);
            BOTH(7, 4, sub, B, B2);
            PAIRED(5, s5, r5, BY_MULTIPLY);
            BOTH(6, 5, sub, B, B2);
            PAIRED(7, s7, r7, BY_ADD);
            BOTH(8, 7, add, _mm512_load_pd(j[i]), _mm512_load_pd(j2[i]));
            PAIRED(6, s6, r6, BY_MULTIPLY);
            _mm512_store_pd(sums[i], s8);
            _mm512_store_pd(rests[i], r8);
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
