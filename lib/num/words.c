/*
 * Integers of many words. Compilers with a 128-bit type only.
 */
#include "num/words.h"

__extension__ typedef unsigned __int128 wide;

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
        wide t = (wide)x[k] + y[k] + carry;
        x[k] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
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
            wide t = (wide)y[k] * size + x[k] + carry;
            x[k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    else
        for (size_t k = 0; k < count; k++) {
            wide t = (wide)y[k] * size + carry;
            uint64_t low = (uint64_t)t;
            carry = (uint64_t)(t >> 64) + (x[k] < low);
            x[k] -= low;
        }
}

void bni_words_times(uint64_t *x, size_t count, int64_t by)
{
    uint64_t size = absolute_word(by), carry = 0;
    for (size_t k = 0; k < count; k++) {
        wide t = (wide)x[k] * size + carry;
        x[k] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
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
            wide t = (wide)y[i] * z[k] + x[i + k] + carry;
            x[i + k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    }
}

uint64_t bni_words_divide(uint64_t *x, size_t count, uint64_t by)
{
    uint64_t rest = 0;
    for (size_t k = count; k-- > 0;) {
        wide t = (wide)rest << 64 | x[k];
        x[k] = (uint64_t)(t / by);
        rest = (uint64_t)(t % by);
    }
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
    wide t = (wide)absolute_word(m) << shift;
    uint64_t add[2] = {(uint64_t)t, (uint64_t)(t >> 64)};
    if (m < 0)
        bni_words_negate(x, count);
    for (size_t k = at, carry = 0; k < count; k++) {
        wide sum = (wide)x[k] + (k - at < 2 ? add[k - at] : 0) + carry;
        x[k] = (uint64_t)sum;
        carry = (size_t)(sum >> 64);
    }
    if (m < 0)
        bni_words_negate(x, count);
}
