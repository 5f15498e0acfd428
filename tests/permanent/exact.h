/*
 * Integers of 1024 bits, or as many as LIMBS say, and the permanent by its definition in them: what the permanents are
 * tested against.
 */
#ifndef EXACT_H
#define EXACT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef LIMBS /* 32 bits each */
#define LIMBS 32
#endif

/* Two's complement, least limb first. */
typedef struct whole {
    uint32_t limb[LIMBS];
} whole;

static inline whole whole_of(int64_t v)
{
    whole w;
    memset(&w, v < 0 ? 0xff : 0, sizeof w);
    w.limb[0] = (uint32_t)(uint64_t)v;
    w.limb[1] = (uint32_t)((uint64_t)v >> 32);
    return w;
}

static inline whole whole_add(whole a, whole b)
{
    uint64_t carry = 0;
    for (int k = 0; k < LIMBS; k++) {
        carry += (uint64_t)a.limb[k] + b.limb[k];
        a.limb[k] = (uint32_t)carry;
        carry >>= 32;
    }
    return a;
}

static inline whole whole_negate(whole a)
{
    for (int k = 0; k < LIMBS; k++)
        a.limb[k] = ~a.limb[k];
    return whole_add(a, whole_of(1));
}

static inline int whole_negative(whole a)
{
    return a.limb[LIMBS - 1] >> 31 != 0;
}

static inline whole whole_times(whole a, int64_t v)
{
    uint64_t size = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    uint32_t word[2] = {(uint32_t)size, (uint32_t)(size >> 32)};
    whole sum = whole_of(0);
    for (int w = 0; w < 2; w++) {
        uint64_t carry = 0;
        for (int k = 0; k + w < LIMBS; k++) {
            carry += (uint64_t)a.limb[k] * word[w] + sum.limb[k + w];
            sum.limb[k + w] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return v < 0 ? whole_negate(sum) : sum;
}

static inline whole whole_shift(whole a, int bits)
{
    for (; bits >= 32; bits -= 32)
        a = whole_times(whole_times(a, 1 << 16), 1 << 16);
    return whole_times(a, INT64_C(1) << bits);
}

/* Nearly: the top 96 bits, truncated; relative error below 2^-63 in long double, 2^-52 elsewhere. */
static inline long double whole_size(whole a)
{
    long double v = 0;
    if (whole_negative(a))
        a = whole_negate(a);
    for (int k = LIMBS - 1; k >= 0; k--)
        v = v * 4294967296.0L + a.limb[k];
    return v;
}

/* |a - value 2^shift|; value 2^shift has at most 900 bits before the point, what comes after it counts as well. */
static inline long double whole_distance(whole a, double value, int shift)
{
    int e;
    double m = frexp(value, &e);
    int64_t bits = (int64_t)ldexp(m, 53);
    int place = e - 53 + shift;
    if (place >= 0)
        return whole_size(whole_add(a, whole_negate(whole_shift(whole_of(bits), place))));
    /* the point into the number */
    if (place < -60) {
        long double tail = ldexpl((long double)bits, place);
        return whole_size(a) == 0 ? fabsl(tail) : fabsl((whole_negative(a) ? -whole_size(a) : whole_size(a)) - tail);
    }
    return ldexpl(whole_size(whole_add(whole_shift(a, -place), whole_negate(whole_of(bits)))), place);
}

/* sum over injections of m rows into n <= 12 columns; by sets of used columns. */
static inline whole whole_permanent(size_t m, size_t n, const int64_t *a)
{
    size_t sets = (size_t)1 << n;
    whole *f = malloc(sets * sizeof *f), total = whole_of(0);
    if (f == NULL)
        abort();
    for (size_t s = 0; s < sets; s++)
        f[s] = whole_of(s == 0);
    for (size_t s = 1; s < sets; s++) {
        size_t row = 0;
        for (size_t t = s; t != 0; t &= t - 1)
            row++;
        for (size_t j = 0; j < n && row <= m; j++)
            if (s >> j & 1 && a[(row - 1) * n + j] != 0)
                f[s] = whole_add(f[s], whole_times(f[s ^ (size_t)1 << j], a[(row - 1) * n + j]));
        if (row == m)
            total = whole_add(total, f[s]);
    }
    if (m == 0)
        total = whole_of(1);
    free(f);
    return total;
}

#endif
