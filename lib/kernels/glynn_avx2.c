/*
 * Signed sums of products of row sums over the corners of a cube, AVX2: four lanes hold the corners of two signs, a pass
 * over the rows does the corners of two or three more while the row sum is in a register, and passes follow the others
 * in Gray-code order.   Source: Glynn 2010; Bax and Franklin 1996; error terms as Ogita, Rump and Oishi 2005.
 */
#include "kernels/parts.h"

#include <immintrin.h>
#include <math.h>

enum { LANES = 4, LANE_SIGNS = 2, LEAST_8 = 5, LEAST_4 = 4 /* signs of a pass of 8 and of 4 corners */ };

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
        double a = c[i], b = c[n + i];
        for (int l = 0; l < LANES; l++)
            s[i][l] = v + (l & 1 ? -a : a) + (l & 2 ? -b : b);
    }
}

/* The step after pass p - 1: the sign that changes, and which way. After the last pass any will do. */
static inline const double *step_after(const steps *w, size_t f, size_t least, size_t p)
{
    size_t k = least + (size_t)__builtin_ctzll(p);
    if (k >= f)
        return w->down[least - 1];
    return p >> (k - least + 1) & 1 ? w->up[k] : w->down[k];
}

/* Signs of the lanes, and the sum over them in a fixed order. */
static void lanes_total(double total[2], __m256d high, __m256d low)
{
    double h[LANES], l[LANES];
    _mm256_storeu_pd(h, high);
    _mm256_storeu_pd(l, low);
    double s = 0, e = 0;
    for (int k = 0; k < LANES; k++) {
        double sign = k == 1 || k == 2 ? -1 : 1, v = sign * h[k], t = s + v, z = t - s;
        e += ((s - (t - z)) + (v - z)) + sign * l[k];
        s = t;
    }
    total[0] = s + e;
    total[1] = e - (total[0] - s);
}

static double lanes_size(__m256d sizes)
{
    double v[LANES];
    _mm256_storeu_pd(v, sizes);
    return (v[0] + v[1]) + (v[2] + v[3]);
}

static inline void two_sum(__m256d *high, __m256d *low, __m256d v)
{
    __m256d s = _mm256_add_pd(*high, v), z = _mm256_sub_pd(s, *high);
    *low = _mm256_add_pd(*low, _mm256_add_pd(_mm256_sub_pd(*high, _mm256_sub_pd(s, z)), _mm256_sub_pd(v, z)));
    *high = s;
}

static inline __m256d size_of(__m256d v)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v);
}

/* The row sums of a pass, one after the other; DO(k) uses s. A, B, C and J are the changes. */
#define FOUR(DO, k0, k1, k2, k3)                                                                                       \
    DO(k0);                                                                                                            \
    s = _mm256_add_pd(s, A);                                                                                           \
    DO(k1);                                                                                                            \
    s = _mm256_add_pd(s, B);                                                                                           \
    DO(k2);                                                                                                            \
    s = _mm256_sub_pd(s, A);                                                                                           \
    DO(k3)
#define EIGHT(DO)                                                                                                      \
    FOUR(DO, 0, 1, 2, 3);                                                                                              \
    s = _mm256_add_pd(s, C);                                                                                           \
    DO(4);                                                                                                             \
    s = _mm256_add_pd(s, A);                                                                                           \
    DO(5);                                                                                                             \
    s = _mm256_sub_pd(s, B);                                                                                           \
    DO(6);                                                                                                             \
    s = _mm256_sub_pd(s, A);                                                                                           \
    DO(7)
#define ADD_STEP(i) s = _mm256_add_pd(s, _mm256_broadcast_sd(j + (i)))

#define CHANGES(i) const __m256d A = _mm256_broadcast_sd(a + (i)), B = _mm256_broadcast_sd(b + (i))
#define CHANGE_C(i) const __m256d C = _mm256_broadcast_sd(c + (i))

#define FIRST(k) p##k = s
#define TIMES(k) p##k = _mm256_mul_pd(p##k, s)

void bni_glynn_avx2(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                    double *scratch)
{
    if (f < LEAST_8) {
        bni_glynn_reference(total, size, n, f, x, c_in, scratch);
        return;
    }
    steps w;
    _Alignas(32) double sums[BNI_PERMANENT_ROWS][LANES];
    prepare(&w, sums, n, f, x, c_in);
    __m256d high = _mm256_setzero_pd(), low = high, part = high, sizes = high;
    const double *a = w.down[2], *b = w.down[3];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST_8); p < passes; p++) {
        const double *c = p & 1 ? w.up[4] : w.down[4], *j = step_after(&w, f, LEAST_8, p + 1);
        __m256d p0, p1, p2, p3, p4, p5, p6, p7;
        {
            __m256d s = _mm256_load_pd(sums[0]);
            CHANGES(0);
            CHANGE_C(0);
            EIGHT(FIRST);
            ADD_STEP(0);
            _mm256_store_pd(sums[0], s);
        }
        for (size_t i = 1; i < n; i++) {
            __m256d s = _mm256_load_pd(sums[i]);
            CHANGES(i);
            CHANGE_C(i);
            EIGHT(TIMES);
            ADD_STEP(i);
            _mm256_store_pd(sums[i], s);
        }
        part = _mm256_add_pd(part, _mm256_add_pd(_mm256_add_pd(_mm256_sub_pd(p0, p1), _mm256_sub_pd(p2, p3)),
                                                 _mm256_add_pd(_mm256_sub_pd(p4, p5), _mm256_sub_pd(p6, p7))));
        p0 = _mm256_add_pd(_mm256_add_pd(size_of(p0), size_of(p1)), _mm256_add_pd(size_of(p2), size_of(p3)));
        p4 = _mm256_add_pd(_mm256_add_pd(size_of(p4), size_of(p5)), _mm256_add_pd(size_of(p6), size_of(p7)));
        sizes = _mm256_add_pd(sizes, _mm256_add_pd(p0, p4));
        if ((p & 7) == 7 || p + 1 == passes) {
            two_sum(&high, &low, part);
            part = _mm256_setzero_pd();
        }
    }
    lanes_total(total, high, low);
    *size = lanes_size(sizes);
}

#define PAIR_FIRST(k) g##k = s
#define PAIR_SECOND(k)                                                                                                 \
    g##k = _mm256_mul_pd(g##k, s);                                                                                     \
    p##k = _mm256_mul_pd(p##k, g##k);                                                                                  \
    m##k = _mm256_mul_pd(m##k, _mm256_max_pd(size_of(g##k), F))
#define SINGLE(k)                                                                                                      \
    p##k = _mm256_mul_pd(p##k, s);                                                                                     \
    m##k = _mm256_mul_pd(m##k, _mm256_max_pd(size_of(s), F))

void bni_glynn_floor_avx2(double total[2], double *size, size_t n, size_t f, const double *x, const double *c_in,
                          const double *floor, double *scratch)
{
    if (f < LEAST_4) {
        bni_glynn_floor_reference(total, size, n, f, x, c_in, floor, scratch);
        return;
    }
    steps w;
    _Alignas(32) double sums[BNI_PERMANENT_ROWS][LANES];
    prepare(&w, sums, n, f, x, c_in);
    const __m256d one = _mm256_set1_pd(1);
    __m256d high = _mm256_setzero_pd(), low = high, part = high, sizes = high;
    const double *a = w.down[2];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST_4); p < passes; p++) {
        const double *b = p & 1 ? w.up[3] : w.down[3], *j = step_after(&w, f, LEAST_4, p + 1);
        __m256d p0 = one, p1 = one, p2 = one, p3 = one, m0 = one, m1 = one, m2 = one, m3 = one;
        for (size_t i = 0; i + 1 < n; i += 2) {
            __m256d g0, g1, g2, g3, s = _mm256_load_pd(sums[i]);
            {
                CHANGES(i);
                FOUR(PAIR_FIRST, 0, 1, 2, 3);
            }
            ADD_STEP(i);
            _mm256_store_pd(sums[i], s);
            s = _mm256_load_pd(sums[i + 1]);
            const __m256d F = _mm256_broadcast_sd(floor + i / 2);
            {
                CHANGES(i + 1);
                FOUR(PAIR_SECOND, 0, 1, 2, 3);
            }
            ADD_STEP(i + 1);
            _mm256_store_pd(sums[i + 1], s);
        }
        if (n & 1) {
            __m256d s = _mm256_load_pd(sums[n - 1]);
            const __m256d F = _mm256_broadcast_sd(floor + n / 2);
            CHANGES(n - 1);
            FOUR(SINGLE, 0, 1, 2, 3);
            ADD_STEP(n - 1);
            _mm256_store_pd(sums[n - 1], s);
        }
        part = _mm256_add_pd(part, _mm256_add_pd(_mm256_sub_pd(p0, p1), _mm256_sub_pd(p2, p3)));
        sizes = _mm256_add_pd(sizes, _mm256_add_pd(_mm256_add_pd(m0, m1), _mm256_add_pd(m2, m3)));
        if ((p & 7) == 7 || p + 1 == passes) {
            two_sum(&high, &low, part);
            part = _mm256_setzero_pd();
        }
    }
    lanes_total(total, high, low);
    *size = lanes_size(sizes);
}

/* (p, e) becomes (p s, what is missing to (p + e) (s + r)). */
#define PAIRED(k)                                                                                                      \
    do {                                                                                                               \
        __m256d h = _mm256_add_pd(s, r), t = _mm256_mul_pd(p##k, s);                                                   \
        e##k = _mm256_fmadd_pd(e##k, h, _mm256_fmadd_pd(p##k, r, _mm256_fmsub_pd(p##k, s, t)));                        \
        p##k = t;                                                                                                      \
    } while (0)
#define BOTH(op, u, v)                                                                                                 \
    s = _mm256_##op##_pd(s, _mm256_broadcast_sd(u + i));                                                               \
    r = _mm256_##op##_pd(r, _mm256_broadcast_sd(v + i))

/* high + low += e, normalised */
static inline void add_low(__m256d *high, __m256d *low, __m256d e)
{
    e = _mm256_add_pd(e, *low);
    __m256d s = _mm256_add_pd(*high, e);
    *low = _mm256_sub_pd(e, _mm256_sub_pd(s, *high));
    *high = s;
}

void bni_glynn_pairs_avx2(double total[2], double size[2], size_t n, size_t f, const double *x, const double *c_in,
                          const double *y, const double *d_in, const double *least, double *scratch)
{
    if (f < LEAST_4) {
        bni_glynn_pairs_reference(total, size, n, f, x, c_in, y, d_in, least, scratch);
        return;
    }
    steps w, v;
    _Alignas(32) double sums[BNI_PERMANENT_ROWS][LANES], rests[BNI_PERMANENT_ROWS][LANES];
    double width[BNI_PERMANENT_ROWS]; /* twice what the sums of a row may be away from the middle of a pass */
    prepare(&w, sums, n, f, x, c_in);
    prepare(&v, rests, n, f, y, d_in);
    for (size_t i = 0; i < n; i++) {
        double most = fabs(c_in[2 * n + i]) + fabs(c_in[3 * n + i]);
        width[i] = 2 * (most > least[i] ? most : least[i]);
    }
    const __m256d one = _mm256_set1_pd(1), none = _mm256_setzero_pd();
    __m256d high = none, low = none, sizes = none, reach = none;
    const double *a = w.down[2], *a2 = v.down[2];
    for (size_t p = 0, passes = (size_t)1 << (f - LEAST_4); p < passes; p++) {
        const double *b = p & 1 ? w.up[3] : w.down[3], *j = step_after(&w, f, LEAST_4, p + 1);
        const double *b2 = p & 1 ? v.up[3] : v.down[3], *j2 = step_after(&v, f, LEAST_4, p + 1);
        __m256d p0 = one, p1 = one, p2 = one, p3 = one, e0 = none, e1 = none, e2 = none, e3 = none, m = one;
        for (size_t i = 0; i < n; i++) {
            __m256d s = _mm256_load_pd(sums[i]), r = _mm256_load_pd(rests[i]), first = s;
            PAIRED(0);
            BOTH(add, a, a2);
            PAIRED(1);
            BOTH(add, b, b2);
            PAIRED(2);
            m = _mm256_mul_pd(m, _mm256_add_pd(size_of(_mm256_add_pd(first, s)), _mm256_broadcast_sd(width + i)));
            BOTH(sub, a, a2);
            PAIRED(3);
            BOTH(add, j, j2);
            _mm256_store_pd(sums[i], s);
            _mm256_store_pd(rests[i], r);
        }
        reach = _mm256_add_pd(reach, m);
        two_sum(&high, &low, p0);
        two_sum(&high, &low, _mm256_sub_pd(none, p1));
        two_sum(&high, &low, p2);
        two_sum(&high, &low, _mm256_sub_pd(none, p3));
        add_low(&high, &low, _mm256_add_pd(_mm256_sub_pd(e0, e1), _mm256_sub_pd(e2, e3)));
        p0 = _mm256_add_pd(_mm256_add_pd(size_of(p0), size_of(p1)), _mm256_add_pd(size_of(p2), size_of(p3)));
        sizes = _mm256_add_pd(sizes, p0);
    }
    lanes_total(total, high, low);
    size[0] = lanes_size(sizes);
    size[1] = ldexp(lanes_size(reach), 2 - (int)n); /* four corners, each factor doubled */
}
