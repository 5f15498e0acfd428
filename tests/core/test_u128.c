/*
 * Numbers of 128 bits made of two words (BNI_U128_OF_WORDS, what 32-bit processors get), against long multiplication and division
 * with digits of 16 bits, and against the compiler's own where it has them; on random words and on words of all zeros and ones.
 */
#define BNI_U128_OF_WORDS
#include "support/support.h"

#include "core/u128.h"

#include <stdio.h>

static uint64_t stream = 20261126;

/* Words whose ends are met often. */
static uint64_t next_word(void)
{
    stream ^= stream << 13;
    stream ^= stream >> 7;
    stream ^= stream << 17;
    const uint64_t x = stream * UINT64_C(0x2545F4914F6CDD1D);
    switch (x >> 60) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return x & 0xFF;
    case 3:
        return UINT64_MAX - (x & 0xFF);
    case 4:
        return UINT64_C(1) << (x & 63);
    case 5:
        return x >> (x & 63);
    case 6:
        return UINT32_MAX + (x & 3);
    default:
        return x;
    }
}

enum { DIGITS = 8 };

static void split_digits(uint32_t *digit, uint64_t high, uint64_t low)
{
    for (int k = 0; k < DIGITS; k++)
        digit[k] = (k < 4 ? low >> 16 * k : high >> 16 * (k - 4)) & 0xFFFF;
}

static bni_u128 join_digits(const uint32_t *digit)
{
    uint64_t word[2] = {0, 0};
    for (int k = 0; k < DIGITS; k++)
        word[k / 4] |= (uint64_t)digit[k] << 16 * (k % 4);
    return bni_u128_make(word[1], word[0]);
}

/* x y modulo 2^128, digit by digit */
static bni_u128 multiply_digits(bni_u128 x, bni_u128 y)
{
    uint32_t a[DIGITS], b[DIGITS], c[DIGITS] = {0};
    split_digits(a, bni_u128_high(x), bni_u128_low(x));
    split_digits(b, bni_u128_high(y), bni_u128_low(y));
    for (int i = 0; i < DIGITS; i++)
        for (int j = 0, carry = 0; i + j < DIGITS; j++) {
            const uint64_t t = (uint64_t)a[i] * b[j] + c[i + j] + (uint64_t)carry;
            c[i + j] = t & 0xFFFF;
            carry = (int)(t >> 16);
        }
    return join_digits(c);
}

static int same_number(bni_u128 x, bni_u128 y)
{
    return bni_u128_low(x) == bni_u128_low(y) && bni_u128_high(x) == bni_u128_high(y);
}

START_TEST(test_products_and_quotients)
{
    printf("seed %llu\n", (unsigned long long)stream);
    for (int trial = 0; trial < 20000; trial++) {
        const uint64_t a = next_word(), b = next_word(), c = next_word(), d = next_word();
        const bni_u128 x = bni_u128_make(a, b), y = bni_u128_make(c, d);
        ck_assert(same_number(bni_u128_times(x, y), multiply_digits(x, y)));
        ck_assert(same_number(bni_u128_product(a, c), multiply_digits(bni_u128_make(0, a), bni_u128_make(0, c))));
        ck_assert(same_number(bni_u128_subtract(bni_u128_add(x, y), y), x));
        ck_assert(same_number(bni_u128_add(bni_u128_negate(x), x), bni_u128_make(0, 0)));
        ck_assert(same_number(bni_u128_subtract(bni_u128_product_and(a, b, c, d), bni_u128_product(a, b)),
                              bni_u128_add(bni_u128_make(0, c), bni_u128_make(0, d))));
        if (d > 0) { /* quotient by + rest is the number again, rest below by */
            uint64_t rest = 0;
            const uint64_t high = a % d, quotient = bni_u128_divide(high, b, d, &rest);
            ck_assert(rest < d);
            ck_assert(same_number(bni_u128_product_and(quotient, d, rest, 0), bni_u128_make(high, b)));
        }
#ifdef __SIZEOF_INT128__
        __extension__ typedef unsigned __int128 own;
        const own p = (((own)a << 64) | b) * (((own)c << 64) | d), sum = (((own)a << 64) | b) + (((own)c << 64) | d);
        ck_assert(same_number(bni_u128_times(x, y), bni_u128_make((uint64_t)(p >> 64), (uint64_t)p)));
        ck_assert(same_number(bni_u128_add(x, y), bni_u128_make((uint64_t)(sum >> 64), (uint64_t)sum)));
#endif
    }
}
END_TEST

START_TEST(test_signs)
{
    ck_assert(bni_u128_negative(bni_u128_signed(-1)) && bni_u128_negative(bni_u128_signed(INT64_MIN)));
    ck_assert(!bni_u128_negative(bni_u128_signed(0)) && !bni_u128_negative(bni_u128_signed(INT64_MAX)));
    ck_assert(same_number(bni_u128_negate(bni_u128_signed(INT64_MIN)), bni_u128_make(0, UINT64_C(1) << 63)));
    ck_assert(same_number(bni_u128_times(bni_u128_signed(-3), bni_u128_signed(5)), bni_u128_signed(-15)));
}
END_TEST

/* x y modulo p by Montgomery's product there and back, against products of digits that are reduced bit by bit. */
START_TEST(test_residues)
{
    for (int trial = 0; trial < 2000; trial++) {
        uint64_t p = next_word() >> 1 | 1, inverse;
        p = p < 3 ? 3 : p;
        inverse = p;
        for (int k = 0; k < 6; k++)
            inverse *= 2 - p * inverse;
        inverse = 0 - inverse;
        const uint64_t x = next_word() % p, y = next_word() % p, square = bni_u128_square_of_radix(p);
        uint64_t wanted;
        const bni_u128 product = bni_u128_product(x, y);
        bni_u128_divide(bni_u128_high(product), bni_u128_low(product), p, &wanted);
        ck_assert_uint_eq(bni_u128_reduce(bni_u128_reduce(x, y, p, inverse), square, p, inverse), wanted);
        ck_assert_uint_eq(bni_u128_reduce(bni_u128_reduce(x, square, p, inverse), 1, p, inverse), x);
    }
}
END_TEST

RUN_TESTS("numbers of 128 bits", test_products_and_quotients, test_signs, test_residues)
