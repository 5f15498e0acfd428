/*
 * Ryser's sums in integers of one, two and more words and modulo a number, in Gray-code order. Compilers with a 128-bit type only.
 * Source: Ryser 1963; Montgomery 1985 for the products.
 */
#include "kernels/ryser.h"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

/* One and two words: NAME over the type. */
#define RYSER_SUMS(name, type, signed_type, store)                                                                     \
    static void name(uint64_t *total, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a)                   \
    {                                                                                                                  \
        type sum[BNI_RYSER_SIZE], all[BNI_RYSER_SIZE + 1] = {0};                                                       \
        size_t members = (size_t)__builtin_popcountll(rest);                                                           \
        for (size_t i = 0; i < m; i++) {                                                                               \
            sum[i] = 0;                                                                                                \
            for (size_t j = f; j < n; j++)                                                                             \
                if (rest >> (j - f) & 1)                                                                               \
                    sum[i] += (type)(signed_type)a[i * n + j];                                                         \
        }                                                                                                              \
        for (size_t q = 0;;) {                                                                                         \
            if (members <= m) {                                                                                        \
                type p = sum[0];                                                                                       \
                for (size_t i = 1; i < m; i++)                                                                         \
                    p *= sum[i];                                                                                       \
                all[members] += p;                                                                                     \
            }                                                                                                          \
            if (++q >> f)                                                                                              \
                break;                                                                                                 \
            size_t j = (size_t)__builtin_ctzll(q);                                                                     \
            int enters = !(q >> j & 2);                                                                                \
            members += enters ? 1 : (size_t)-1;                                                                        \
            for (size_t i = 0; i < m; i++) {                                                                           \
                type v = (type)(signed_type)a[i * n + j];                                                              \
                sum[i] += enters ? v : -v;                                                                             \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t s = 0; s <= m; s++)                                                                                \
            store(total, s, all[s]);                                                                                   \
    }

static void store_one(uint64_t *total, size_t s, uint64_t v)
{
    total[s] += v;
}

static void store_two(uint64_t *total, size_t s, wide v)
{
    wide t = ((wide)total[2 * s + 1] << 64 | total[2 * s]) + v;
    total[2 * s] = (uint64_t)t;
    total[2 * s + 1] = (uint64_t)(t >> 64);
}

RYSER_SUMS(sums_of_one, uint64_t, int64_t, store_one)
RYSER_SUMS(sums_of_two, wide, signed_wide, store_two)

/* p *= s with *used words of p in use, at most `words`; p >= 0 */
static void grow(uint64_t *p, size_t *used, size_t words, wide s)
{
    uint64_t low = (uint64_t)s, high = (uint64_t)(s >> 64), before = 0;
    wide carry = 0;
    for (size_t k = 0; k < words && (k < *used || carry != 0 || before != 0); k++) {
        uint64_t v = k < *used ? p[k] : 0;
        wide t = (wide)v * low + (uint64_t)carry, u = high != 0 ? (wide)before * high : 0;
        wide sum = (wide)(uint64_t)t + (uint64_t)u;
        p[k] = (uint64_t)sum;
        carry = (carry >> 64) + (t >> 64) + (u >> 64) + (sum >> 64);
        before = high != 0 ? v : 0;
        if (k >= *used)
            *used = k + 1;
    }
}

static void sums_of_many(uint64_t *total, size_t words, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a,
                         uint64_t *p)
{
    signed_wide sum[BNI_RYSER_SIZE];
    size_t members = (size_t)__builtin_popcountll(rest);
    for (size_t i = 0; i < m; i++) {
        sum[i] = 0;
        for (size_t j = f; j < n; j++)
            sum[i] += rest >> (j - f) & 1 ? a[i * n + j] : 0;
    }
    for (size_t q = 0;;) {
        if (members <= m) {
            size_t used = 1;
            int negative = 0;
            p[0] = 1;
            for (size_t i = 0; i < m; i++) {
                negative ^= sum[i] < 0;
                grow(p, &used, words, sum[i] < 0 ? (wide)0 - (wide)sum[i] : (wide)sum[i]);
            }
            uint64_t *to = total + members * words;
            unsigned over = 0;
            for (size_t k = 0; k < words && (k < used || over); k++) {
                uint64_t v = k < used ? p[k] : 0, before = to[k],
                         after = negative ? before - v - over : before + v + over;
                over = negative ? before < v || (before == v && over) : after < before || (after == before && over);
                to[k] = after;
            }
        }
        if (++q >> f)
            break;
        size_t j = (size_t)__builtin_ctzll(q);
        int enters = !(q >> j & 2);
        members += enters ? 1 : (size_t)-1;
        for (size_t i = 0; i < m; i++)
            sum[i] += enters ? (signed_wide)a[i * n + j] : -(signed_wide)a[i * n + j];
    }
}

void bni_ryser_words(uint64_t *total, size_t words, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a,
                     uint64_t *scratch)
{
    if (words == 1)
        sums_of_one(total, m, n, f, rest, a);
    else if (words == 2)
        sums_of_two(total, m, n, f, rest, a);
    else
        sums_of_many(total, words, m, n, f, rest, a, scratch);
}

/* x y / 2^64 modulo p; inverse = -1/p modulo 2^64 */
static inline uint64_t reduce(uint64_t x, uint64_t y, uint64_t p, uint64_t inverse)
{
    wide t = (wide)x * y;
    uint64_t r = (uint64_t)((t + (wide)((uint64_t)t * inverse) * p) >> 64);
    return r >= p ? r - p : r;
}

static uint64_t minus_inverse(uint64_t p)
{
    uint64_t x = p; /* right modulo 2^3; each step doubles the bits */
    for (int k = 0; k < 5; k++)
        x *= 2 - p * x;
    return (uint64_t)0 - x;
}

/* 2^128 modulo p */
static uint64_t square_of_radix(uint64_t p)
{
    return (uint64_t)(((wide)0 - p) % p);
}

uint64_t bni_multiply_modulo(uint64_t x, uint64_t y, uint64_t modulus)
{
    uint64_t inverse = minus_inverse(modulus);
    return reduce(reduce(x, y, modulus, inverse), square_of_radix(modulus), modulus, inverse);
}

void bni_ryser_residue(uint64_t *total, uint64_t modulus, size_t m, size_t n, size_t f, uint64_t rest,
                       const uint64_t *a)
{
    uint64_t sum[BNI_RYSER_SIZE], all[BNI_RYSER_SIZE + 1] = {0}, inverse = minus_inverse(modulus);
    size_t members = (size_t)__builtin_popcountll(rest);
    for (size_t i = 0; i < m; i++) {
        sum[i] = 0;
        for (size_t j = f; j < n; j++)
            if (rest >> (j - f) & 1)
                sum[i] = (sum[i] + a[i * n + j]) % modulus;
    }
    for (size_t q = 0;;) {
        if (members <= m) {
            uint64_t p = sum[0];
            for (size_t i = 1; i < m; i++)
                p = reduce(p, sum[i], modulus, inverse);
            all[members] = (all[members] + p) % modulus;
        }
        if (++q >> f)
            break;
        size_t j = (size_t)__builtin_ctzll(q);
        int enters = !(q >> j & 2);
        members += enters ? 1 : (size_t)-1;
        for (size_t i = 0; i < m; i++) {
            uint64_t v = a[i * n + j], s = sum[i] + (enters ? v : modulus - v);
            sum[i] = s >= modulus ? s - modulus : s;
        }
    }
    /* m - 1 factors 2^-64 to be taken back */
    uint64_t radix = square_of_radix(modulus);
    for (size_t s = 0; s <= m; s++) {
        for (size_t i = 1; i < m; i++)
            all[s] = reduce(all[s], radix, modulus, inverse);
        total[s] = (total[s] + all[s]) % modulus;
    }
}
