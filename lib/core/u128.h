/* Numbers of 128 bits: the compiler's own, or two words where it has none (32-bit processors). Arithmetic is modulo 2^128. */
#ifndef BNI_U128_H
#define BNI_U128_H

#include <stdint.h>

#if defined(__SIZEOF_INT128__) && !defined(BNI_U128_OF_WORDS)

__extension__ typedef unsigned __int128 bni_u128;

static inline bni_u128 bni_u128_make(uint64_t high, uint64_t low)
{
    return (bni_u128)high << 64 | low;
}
static inline uint64_t bni_u128_low(bni_u128 x)
{
    return (uint64_t)x;
}
static inline uint64_t bni_u128_high(bni_u128 x)
{
    return (uint64_t)(x >> 64);
}
static inline bni_u128 bni_u128_add(bni_u128 x, bni_u128 y)
{
    return x + y;
}
static inline bni_u128 bni_u128_subtract(bni_u128 x, bni_u128 y)
{
    return x - y;
}
static inline bni_u128 bni_u128_times(bni_u128 x, bni_u128 y)
{
    return x * y;
}
/* All of the product of two words. */
static inline bni_u128 bni_u128_product(uint64_t x, uint64_t y)
{
    return (bni_u128)x * y;
}
/* (high 2^64 + low) / by, for high < by, and what is left. */
static inline uint64_t bni_u128_divide(uint64_t high, uint64_t low, uint64_t by, uint64_t *rest)
{
    const bni_u128 x = bni_u128_make(high, low);
    *rest = (uint64_t)(x % by);
    return (uint64_t)(x / by);
}

#else

typedef struct bni_u128 {
    uint64_t low, high;
} bni_u128;

static inline bni_u128 bni_u128_make(uint64_t high, uint64_t low)
{
    const bni_u128 x = {low, high};
    return x;
}
static inline uint64_t bni_u128_low(bni_u128 x)
{
    return x.low;
}
static inline uint64_t bni_u128_high(bni_u128 x)
{
    return x.high;
}
static inline bni_u128 bni_u128_add(bni_u128 x, bni_u128 y)
{
    const uint64_t low = x.low + y.low;
    return bni_u128_make(x.high + y.high + (low < x.low), low);
}
static inline bni_u128 bni_u128_subtract(bni_u128 x, bni_u128 y)
{
    return bni_u128_make(x.high - y.high - (x.low < y.low), x.low - y.low);
}
static inline bni_u128 bni_u128_product(uint64_t x, uint64_t y)
{
    const uint64_t a = x >> 32, b = x & UINT32_MAX, c = y >> 32, d = y & UINT32_MAX;
    const uint64_t bd = b * d, ad = a * d + (bd >> 32), bc = b * c + (ad & UINT32_MAX);
    return bni_u128_make(a * c + (ad >> 32) + (bc >> 32), bc << 32 | (bd & UINT32_MAX));
}
static inline bni_u128 bni_u128_times(bni_u128 x, bni_u128 y)
{
    const bni_u128 p = bni_u128_product(x.low, y.low);
    return bni_u128_make(p.high + x.low * y.high + x.high * y.low, p.low);
}
static inline uint64_t bni_u128_divide(uint64_t high, uint64_t low, uint64_t by, uint64_t *rest)
{
    uint64_t quotient = 0;
    for (int bit = 0; bit < 64; bit++) { /* high stays below `by` */
        const uint64_t over = high >> 63;
        high = high << 1 | low >> 63;
        low <<= 1;
        quotient <<= 1;
        if (over || high >= by) {
            high -= by;
            quotient |= 1;
        }
    }
    *rest = high;
    return quotient;
}

#endif

/* A whole number with its sign. */
static inline bni_u128 bni_u128_signed(int64_t x)
{
    return bni_u128_make(x < 0 ? UINT64_MAX : 0, (uint64_t)x);
}
static inline int bni_u128_negative(bni_u128 x)
{
    return (int)(bni_u128_high(x) >> 63);
}
static inline bni_u128 bni_u128_negate(bni_u128 x)
{
    return bni_u128_subtract(bni_u128_make(0, 0), x);
}
/* x y + z + t, which fits. */
static inline bni_u128 bni_u128_product_and(uint64_t x, uint64_t y, uint64_t z, uint64_t t)
{
    return bni_u128_add(bni_u128_add(bni_u128_product(x, y), bni_u128_make(0, z)), bni_u128_make(0, t));
}

/* x y / 2^64 modulo p, below p: Montgomery's product; p odd and below 2^63, inverse = -1/p modulo 2^64, x y < 2^64 p. */
static inline uint64_t bni_u128_reduce(uint64_t x, uint64_t y, uint64_t p, uint64_t inverse)
{
    const bni_u128 t = bni_u128_product(x, y);
    const uint64_t r = bni_u128_high(bni_u128_add(t, bni_u128_product(bni_u128_low(t) * inverse, p)));
    return r >= p ? r - p : r;
}

/* 2^128 modulo p. */
static inline uint64_t bni_u128_square_of_radix(uint64_t p)
{
    uint64_t radix, square;
    bni_u128_divide(1, 0, p, &radix);      /* 2^64 */
    bni_u128_divide(radix, 0, p, &square); /* 2^64 (2^64 modulo p) */
    return square;
}

#endif
