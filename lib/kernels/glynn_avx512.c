/*
 * Signed sums of products of row sums over the corners of a cube, AVX-512: eight lanes hold the corners of three signs, a
 * pass over the rows does the eight corners of three more while the row sum is in a register, and passes follow the
 * others in Gray-code order.   Source: Glynn 2010; Bax and Franklin 1996; error terms as Ogita, Rump and Oishi 2005.
 */
#include "kernels/parts.h"

#include <immintrin.h>
#include <math.h>

enum { LANES = 8, LANE_SIGNS = 3, LEAST = 6 /* signs of a pass */ };

/* The sums of a row and, beside them, twice the columns by which they change, spread over the lanes (a broadcast costs a
 * multiplier): -2 c when a sign falls, 2 c when it rises again. A load waits for a store that is under way to the same place
 * of another page. So rows are an odd number of lines apart, and what every pass reads is where the row that is stored to
 * the same place is far away. */
typedef double lanes[LANES]; /* a line of the cache */

enum { ROW = 33, PAIR_ROW = 65, REST = 32, A = 1, B = 3 /* place(3), place(4) */, WIDTH = 31 };

/* Where the changes of sign k >= LANE_SIGNS are; those of a rising one, for k >= 5, two lines further. */
static inline size_t place(size_t k)
{
    return k < 5 ? 2 * k - 5 : k < 8 ? 4 * k - 15 : 4 * k - 30;
}

static inline void prepare(lanes *r, size_t row, size_t n, size_t f, const double *x, const double *c)
{
    const __m512d low = _mm512_set_pd(-1, 1, -1, 1, -1, 1, -1, 1), middle = _mm512_set_pd(-1, -1, 1, 1, -1, -1, 1, 1),
                  high = _mm512_set_pd(-1, -1, -1, -1, 1, 1, 1, 1);
    for (size_t i = 0; i < n; i++, r += row) {
        __m512d v = _mm512_set1_pd(x[i]);
        for (size_t k = LANE_SIGNS; k < f; k++) {
            __m512d a = _mm512_set1_pd(c[k * n + i]), twice = _mm512_add_pd(a, a);
            v = _mm512_add_pd(v, a);
            _mm512_store_pd(r[place(k)], _mm512_sub_pd(_mm512_setzero_pd(), twice));
            if (k >= 5)
                _mm512_store_pd(r[place(k) + 2], twice);
        }
        v = _mm512_add_pd(v, _mm512_mul_pd(low, _mm512_set1_pd(c[i])));
        v = _mm512_add_pd(v, _mm512_mul_pd(middle, _mm512_set1_pd(c[n + i])));
        v = _mm512_add_pd(v, _mm512_mul_pd(high, _mm512_set1_pd(c[2 * n + i])));
        _mm512_store_pd(r[0], v);
    }
}

/* The change within pass p, and the one after it: the sign that changes, and which way; without branches, they would not be
 * foreseen. After the last pass any will do. */
static inline size_t change_within(size_t p)
{
    return place(5) + 2 * (p & 1);
}

static inline size_t change_after(size_t p, size_t f)
{
    size_t z = (size_t)__builtin_ctzll(p + 1), rises = (p + 1) >> (z + 1) & 1;
    return place(LEAST + z < f ? LEAST + z : 5) + 2 * rises;
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

/* Sums by the multipliers, which have less to do. */
static inline __m512d one_of(void)
{
    __m512d one = _mm512_set1_pd(1);
    __asm__ volatile("" : "+v"(one));
    return one;
}

#define PLUS(a, b) _mm512_fmadd_pd(a, one, b)
#define MINUS(a, b) _mm512_fmsub_pd(a, one, b)

/* The eight row sums of a pass in Gray-code order, t0 .. t7 with t0 = s, in a tree that is four sums deep (all are exact);
 * DO(k) uses t##k. s becomes that of the next pass. */
#define EIGHT(DO, r)                                                                                                   \
    do {                                                                                                               \
        const __m512d t0 = _mm512_load_pd((r)[0]), a = _mm512_load_pd((r)[A]), b = _mm512_load_pd((r)[B]);             \
        const __m512d t1 = add(t0, a), t3 = add(t0, b);                                                                \
        DO(0);                                                                                                         \
        DO(1);                                                                                                         \
        const __m512d t2 = add(t1, b), t4 = add(t3, _mm512_load_pd((r)[within]));                                      \
        DO(3);                                                                                                         \
        DO(2);                                                                                                         \
        const __m512d t5 = add(t4, a), t7 = sub(t4, b);                                                                \
        DO(4);                                                                                                         \
        DO(5);                                                                                                         \
        const __m512d t6 = sub(t5, b), next = add(t7, _mm512_load_pd((r)[after]));                                     \
        DO(7);                                                                                                         \
        DO(6);                                                                                                         \
        _mm512_store_pd((r)[0], next);                                                                                 \
    } while (0)

#define FIRST(k) p##k = t##k
#define TIMES(k)                                                                                                       \
    p##k = _mm512_mul_pd(p##k, t##k);                                                                                  \
    __asm__ volatile("" : "+v"(p##k))

void bni_glynn_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,
                      double *scratch)
{
    if (f < LEAST) {
        bni_glynn_avx2(total, size, n, f, x, c, scratch);
        return;
    }
    lanes *rows = (lanes *)(void *)scratch, *last = rows + (n - 1) * ROW;
    prepare(rows, ROW, n, f, x, c);
    const __m512d one = one_of();
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        size_t within = change_within(p), after = change_after(p, f);
        __m512d p0, p1, p2, p3, p4, p5, p6, p7;
        EIGHT(FIRST, rows);
        lanes *r = rows + ROW;
        for (; r < last; r += 2 * ROW) {
            EIGHT(TIMES, r);
            EIGHT(TIMES, r + ROW);
        }
        if (r == last)
            EIGHT(TIMES, r);
        /* |u| + |v| <= 2 max(|u|, |v|) */
        __m512d m0 = ABS_MAX(p0, p1), m1 = ABS_MAX(p2, p3), m2 = ABS_MAX(p4, p5), m3 = ABS_MAX(p6, p7);
        p0 = MINUS(p0, p1), p2 = MINUS(p2, p3), p4 = MINUS(p4, p5), p6 = MINUS(p6, p7);
        part = _mm512_add_pd(part, PLUS(PLUS(p0, p2), PLUS(p4, p6)));
        sizes = _mm512_add_pd(sizes, PLUS(PLUS(m0, m1), PLUS(m2, m3)));
        if ((p & 7) == 7 || p + 1 == passes) {
            two_sum(&high, &low, part);
            part = _mm512_setzero_pd();
        }
    }
    lanes_total(total, high, low);
    *size = 2 * _mm512_reduce_add_pd(sizes);
}

#define PAIR_FIRST(k) g##k = t##k
#define PAIR_SECOND(k)                                                                                                 \
    g##k = _mm512_mul_pd(g##k, t##k);                                                                                  \
    p##k = _mm512_mul_pd(p##k, g##k);                                                                                  \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(g##k, F))
#define SINGLE(k)                                                                                                      \
    p##k = _mm512_mul_pd(p##k, t##k);                                                                                  \
    m##k = _mm512_mul_pd(m##k, ABS_MAX(t##k, F))

void bni_glynn_floor_avx512(double total[2], double *size, size_t n, size_t f, const double *x, const double *c,
                            const double *floor, double *scratch)
{
    if (f < LEAST) {
        bni_glynn_floor_avx2(total, size, n, f, x, c, floor, scratch);
        return;
    }
    lanes *rows = (lanes *)(void *)scratch;
    prepare(rows, ROW, n, f, x, c);
    const __m512d one = one_of();
    __m512d high = _mm512_setzero_pd(), low = high, part = high, sizes = high;
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        size_t within = change_within(p), after = change_after(p, f);
        __m512d p0 = one, p1 = one, p2 = one, p3 = one, p4 = one, p5 = one, p6 = one, p7 = one;
        __m512d m0 = one, m1 = one, m2 = one, m3 = one, m4 = one, m5 = one, m6 = one, m7 = one;
        lanes *r = rows;
        for (size_t i = 0; i + 1 < n; i += 2, r += 2 * ROW) {
            __m512d g0, g1, g2, g3, g4, g5, g6, g7;
            const __m512d F = _mm512_set1_pd(floor[i / 2]);
            EIGHT(PAIR_FIRST, r);
            EIGHT(PAIR_SECOND, r + ROW);
        }
        if (n & 1) {
            const __m512d F = _mm512_set1_pd(floor[n / 2]);
            EIGHT(SINGLE, r);
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

/* (p, e) becomes (p s, what is missing to (p + e) (s + r)). */
#define PAIRED(k, s, r)                                                                                                \
    do {                                                                                                               \
        __m512d h = add(s, r), t = _mm512_mul_pd(p##k, s);                                                             \
        e##k = _mm512_fmadd_pd(e##k, h, _mm512_fmadd_pd(p##k, r, _mm512_fmsub_pd(p##k, s, t)));                        \
        p##k = t;                                                                                                      \
    } while (0)
#define FIRST_PAIR(k, s, r) p##k = s, e##k = r
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

/* The corners of a pass in turn; the last line: all of them are within half of |a| + |b| + |c| of the middle. */
#define EIGHT_PAIRS(DO, row)                                                                                           \
    do {                                                                                                               \
        const __m512d s0 = _mm512_load_pd((row)[0]), r0 = _mm512_load_pd((row)[REST]);                                 \
        const __m512d a = _mm512_load_pd((row)[A]), b = _mm512_load_pd((row)[B]);                                      \
        const __m512d a2 = _mm512_load_pd((row)[REST + A]), b2 = _mm512_load_pd((row)[REST + B]);                      \
        DO(0, s0, r0);                                                                                                 \
        BOTH(1, 0, add, a, a2);                                                                                        \
        BOTH(3, 0, add, b, b2);                                                                                        \
        DO(1, s1, r1);                                                                                                 \
        BOTH(2, 1, add, b, b2);                                                                                        \
        DO(3, s3, r3);                                                                                                 \
        BOTH(4, 3, add, _mm512_load_pd((row)[within]), _mm512_load_pd((row)[REST + within]));                          \
        DO(2, s2, r2);                                                                                                 \
        BOTH(5, 4, add, a, a2);                                                                                        \
        DO(4, s4, r4);                                                                                                 \
        BOTH(7, 4, sub, b, b2);                                                                                        \
        DO(5, s5, r5);                                                                                                 \
        BOTH(6, 5, sub, b, b2);                                                                                        \
        DO(7, s7, r7);                                                                                                 \
        BOTH(8, 7, add, _mm512_load_pd((row)[after]), _mm512_load_pd((row)[REST + after]));                            \
        DO(6, s6, r6);                                                                                                 \
        _mm512_store_pd((row)[0], s8);                                                                                 \
        _mm512_store_pd((row)[REST], r8);                                                                              \
        m = _mm512_mul_pd(m, _mm512_add_pd(ABS(_mm512_add_pd(s0, s5)), _mm512_load_pd((row)[WIDTH])));                 \
    } while (0)

#define ABS(v) _mm512_abs_pd(v)

/* Twice what the sums of a row may be away from the middle of a pass; at least the caller's. */
static void prepare_widths(lanes *r, size_t n, const double *c, const double *least)
{
    for (size_t i = 0; i < n; i++, r += PAIR_ROW) {
        double w = (fabs(c[3 * n + i]) + fabs(c[4 * n + i])) + fabs(c[5 * n + i]);
        _mm512_store_pd(r[WIDTH], _mm512_set1_pd(2 * (w > least[i] ? w : least[i])));
    }
}

void bni_glynn_pairs_avx512(double total[2], double size[2], size_t n, size_t f, const double *x, const double *c,
                            const double *y, const double *d, const double *least, double *scratch)
{
    if (f < LEAST) {
        bni_glynn_pairs_avx2(total, size, n, f, x, c, y, d, least, scratch);
        return;
    }
    lanes *rows = (lanes *)(void *)scratch, *end = rows + n * PAIR_ROW;
    prepare(rows, PAIR_ROW, n, f, x, c);
    prepare(rows + REST, PAIR_ROW, n, f, y, d);
    prepare_widths(rows, n, c, least);
    const __m512d one = _mm512_set1_pd(1), none = _mm512_setzero_pd();
    __m512d high = none, low = none, sizes = none, reach = none;
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST); p < passes; p++) {
        size_t within = change_within(p), after = change_after(p, f);
        __m512d p0, p1, p2, p3, p4, p5, p6, p7, e0, e1, e2, e3, e4, e5, e6, e7, m = one;
        EIGHT_PAIRS(FIRST_PAIR, rows);
        for (lanes *r = rows + PAIR_ROW; r < end; r += PAIR_ROW)
            EIGHT_PAIRS(PAIRED, r);
        reach = _mm512_add_pd(reach, m);
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
        p0 = _mm512_add_pd(ABS(p0), ABS(p1));
        p2 = _mm512_add_pd(ABS(p2), ABS(p3));
        p4 = _mm512_add_pd(ABS(p4), ABS(p5));
        p6 = _mm512_add_pd(ABS(p6), ABS(p7));
        sizes = _mm512_add_pd(sizes, _mm512_add_pd(_mm512_add_pd(p0, p2), _mm512_add_pd(p4, p6)));
    }
    lanes_total(total, high, low);
    size[0] = _mm512_reduce_add_pd(sizes);
    size[1] = ldexp(_mm512_reduce_add_pd(reach), 3 - (int)n); /* eight corners, each factor doubled */
}
