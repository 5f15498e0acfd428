/*
 * Integers of many words.
 */
#include "num/words.h"

#include "core/u128.h"

void bni_words_set(uint64_t *x, size_t count, int64_t value)
{
    for (size_t k = 0; k < count; k++)
        x[k] = k == 0 ? (uint64_t)value : value < 0 ? UINT64_MAX : 0;
}

void bni_words_copy(uint64_t *x, size_t count, const uint64_t *from, size_t from_count)
{
    uint64_t sign = bni_words_negative(from, from_count) ? UINT64_MAX : 0;
    for (size_t k = 0; k < count; k++)
        x[k] = k < from_count ? from[k] : sign;
}

int bni_words_negative(const uint64_t *x, size_t count)
{
    return x[count - 1] >> 63 != 0;
}

void bni_words_negate(uint64_t *x, size_t count)
{
    int carry = 1;
    for (size_t k = 0; k < count; k++) {
        x[k] = ~x[k] + (uint64_t)carry;
        carry = carry && x[k] == 0;
    }
}

void bni_words_add(uint64_t *x, const uint64_t *y, size_t count)
{
    uint64_t carry = 0;
    for (size_t k = 0; k < count; k++) {
        bni_u128 t = bni_u128_product_and(x[k], 1, y[k], carry);
        x[k] = bni_u128_low(t);
        carry = bni_u128_high(t);
    }
}

static uint64_t absolute_word(int64_t v)
{
    return v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
}

void bni_words_add_product(uint64_t *x, const uint64_t *y, size_t count, int64_t by)
{
    uint64_t size = absolute_word(by), carry = 0;
    if (by >= 0)
        for (size_t k = 0; k < count; k++) {
            bni_u128 t = bni_u128_product_and(y[k], size, x[k], carry);
            x[k] = bni_u128_low(t);
            carry = bni_u128_high(t);
        }
    else
        for (size_t k = 0; k < count; k++) {
            bni_u128 t = bni_u128_product_and(y[k], size, carry, 0);
            uint64_t low = bni_u128_low(t);
            carry = bni_u128_high(t) + (x[k] < low);
            x[k] -= low;
        }
}

void bni_words_times(uint64_t *x, size_t count, int64_t by)
{
    uint64_t size = absolute_word(by), carry = 0;
    for (size_t k = 0; k < count; k++) {
        bni_u128 t = bni_u128_product_and(x[k], size, carry, 0);
        x[k] = bni_u128_low(t);
        carry = bni_u128_high(t);
    }
    if (by < 0)
        bni_words_negate(x, count);
}

void bni_words_multiply(uint64_t *x, const uint64_t *y, const uint64_t *z, size_t count)
{
    bni_words_set(x, count, 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t carry = 0;
        if (y[i] == 0)
            continue;
        for (size_t k = 0; i + k < count; k++) {
            bni_u128 t = bni_u128_product_and(y[i], z[k], x[i + k], carry);
            x[i + k] = bni_u128_low(t);
            carry = bni_u128_high(t);
        }
    }
}

uint64_t bni_words_divide(uint64_t *x, size_t count, uint64_t by)
{
    uint64_t rest = 0;
    for (size_t k = count; k-- > 0;)
        x[k] = bni_u128_divide(rest, x[k], by, &rest);
    return rest;
}

void bni_words_add_scaled(uint64_t *x, size_t count, int64_t m, int64_t e)
{
    if (e < 0) { /* nothing is lost: the product is whole */
        m = -e > 62 ? 0 : m / (INT64_C(1) << -e);
        e = 0;
    }
    size_t at = (size_t)(e / 64);
    int shift = (int)(e % 64);
    uint64_t size = absolute_word(m), add[2] = {size << shift, shift == 0 ? 0 : size >> (64 - shift)};
    if (m < 0)
        bni_words_negate(x, count);
    for (size_t k = at, carry = 0; k < count; k++) {
        bni_u128 sum = bni_u128_product_and(x[k], 1, k - at < 2 ? add[k - at] : 0, carry);
        x[k] = bni_u128_low(sum);
        carry = (size_t)bni_u128_high(sum);
    }
    if (m < 0)
        bni_words_negate(x, count);
}
