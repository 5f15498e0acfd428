/*
 * Ryser's sums in integers of one, two and more words and modulo a number, in Gray-code order.
 * Source: Ryser 1963; Montgomery 1985 for the products.
 */
#include "kernels/ryser.h"

#include "core/u128.h"

static inline uint64_t one_signed(int64_t x)
{
    return (uint64_t)x;
}
static inline uint64_t one_add(uint64_t x, uint64_t y)
{
    return x + y;
}
static inline uint64_t one_subtract(uint64_t x, uint64_t y)
{
    return x - y;
}
static inline uint64_t one_times(uint64_t x, uint64_t y)
{
    return x * y;
}

/* One and two words: NAME over the type, whose arithmetic is OP_signed, OP_add, OP_subtract and OP_times. */
#define RYSER_SUMS(name, type, op, store)                                                                              \
    static void name(uint64_t *total, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a)                   \
    {                                                                                                                  \
        type sum[BNI_RYSER_SIZE], all[BNI_RYSER_SIZE + 1];                                                             \
        size_t members = (size_t)__builtin_popcountll(rest);                                                           \
        for (size_t s = 0; s <= m; s++)                                                                                \
            all[s] = op##_signed(0);                                                                                   \
        for (size_t i = 0; i < m; i++) {                                                                               \
            sum[i] = op##_signed(0);                                                                                   \
            for (size_t j = f; j < n; j++)                                                                             \
                if (rest >> (j - f) & 1)                                                                               \
                    sum[i] = op##_add(sum[i], op##_signed(a[i * n + j]));                                              \
        }                                                                                                              \
        for (size_t q = 0;;) {                                                                                         \
            if (members <= m) {                                                                                        \
                type p = sum[0];                                                                                       \
                for (size_t i = 1; i < m; i++)                                                                         \
                    p = op##_times(p, sum[i]);                                                                         \
                all[members] = op##_add(all[members], p);                                                              \
            }                                                                                                          \
            if (++q >> f)                                                                                              \
                break;                                                                                                 \
            size_t j = (size_t)__builtin_ctzll(q);                                                                     \
            int enters = !(q >> j & 2);                                                                                \
            members += enters ? 1 : (size_t)-1;                                                                        \
            for (size_t i = 0; i < m; i++) {                                                                           \
                type v = op##_signed(a[i * n + j]);                                                                    \
                sum[i] = enters ? op##_add(sum[i], v) : op##_subtract(sum[i], v);                                      \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t s = 0; s <= m; s++)                                                                                \
            store(total, s, all[s]);                                                                                   \
    }

static void store_one(uint64_t *total, size_t s, uint64_t v)
{
    total[s] += v;
}

static void store_two(uint64_t *total, size_t s, bni_u128 v)
{
    bni_u128 t = bni_u128_add(bni_u128_make(total[2 * s + 1], total[2 * s]), v);
    total[2 * s] = bni_u128_low(t);
    total[2 * s + 1] = bni_u128_high(t);
}

RYSER_SUMS(sums_of_one, uint64_t, one, store_one)
RYSER_SUMS(sums_of_two, bni_u128, bni_u128, store_two)

/* p *= s with *used words of p in use, at most `words`; p >= 0 */
static void grow(uint64_t *p, size_t *used, size_t words, bni_u128 s)
{
    uint64_t low = bni_u128_low(s), high = bni_u128_high(s), before = 0;
    bni_u128 carry = bni_u128_make(0, 0);
    for (size_t k = 0; k < words && (k < *used || bni_u128_low(carry) != 0 || bni_u128_high(carry) != 0 || before != 0);
         k++) {
        uint64_t v = k < *used ? p[k] : 0;
        bni_u128 t = bni_u128_product_and(v, low, bni_u128_low(carry), 0), u = bni_u128_product(before, high);
        bni_u128 sum = bni_u128_product_and(bni_u128_low(t), 1, bni_u128_low(u), 0);
        p[k] = bni_u128_low(sum);
        carry = bni_u128_add(bni_u128_product_and(bni_u128_high(carry), 1, bni_u128_high(t), bni_u128_high(u)),
                             bni_u128_make(0, bni_u128_high(sum)));
        before = high != 0 ? v : 0;
        if (k >= *used)
            *used = k + 1;
    }
}

static void sums_of_many(uint64_t *total, size_t words, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a,
                         uint64_t *p)
{
    bni_u128 sum[BNI_RYSER_SIZE];
    size_t members = (size_t)__builtin_popcountll(rest);
    for (size_t i = 0; i < m; i++) {
        sum[i] = bni_u128_signed(0);
        for (size_t j = f; j < n; j++)
            if (rest >> (j - f) & 1)
                sum[i] = bni_u128_add(sum[i], bni_u128_signed(a[i * n + j]));
    }
    for (size_t q = 0;;) {
        if (members <= m) {
            size_t used = 1;
            int negative = 0;
            p[0] = 1;
            for (size_t i = 0; i < m; i++) {
                negative ^= bni_u128_negative(sum[i]);
                grow(p, &used, words, bni_u128_negative(sum[i]) ? bni_u128_negate(sum[i]) : sum[i]);
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
        for (size_t i = 0; i < m; i++) {
            bni_u128 v = bni_u128_signed(a[i * n + j]);
            sum[i] = enters ? bni_u128_add(sum[i], v) : bni_u128_subtract(sum[i], v);
        }
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

static uint64_t minus_inverse(uint64_t p)
{
    uint64_t x = p; /* right modulo 2^3; each step doubles the bits */
    for (int k = 0; k < 5; k++)
        x *= 2 - p * x;
    return (uint64_t)0 - x;
}

uint64_t bni_multiply_modulo(uint64_t x, uint64_t y, uint64_t modulus)
{
    uint64_t inverse = minus_inverse(modulus);
    return bni_u128_reduce(bni_u128_reduce(x, y, modulus, inverse), bni_u128_square_of_radix(modulus), modulus,
                           inverse);
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
                p = bni_u128_reduce(p, sum[i], modulus, inverse);
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
    uint64_t radix = bni_u128_square_of_radix(modulus);
    for (size_t s = 0; s <= m; s++) {
        for (size_t i = 1; i < m; i++)
            all[s] = bni_u128_reduce(all[s], radix, modulus, inverse);
        total[s] = (total[s] + all[s]) % modulus;
    }
}
