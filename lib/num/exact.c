/*
 * Exact sums: a fixed-point register that is wide enough for every double and every product of two doubles.
 * Terms are added digit by digit without carry, carried before a digit can overflow; only the part in use is touched.
 * Source: U. Kulisch, "Computer Arithmetic and Validity" (2nd ed. 2013), ch. 8: the long accumulator.
 */
#include "num/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    DIGIT_BITS = 32,
    DOUBLE_POINT = 1074,      /* a double is an integer times 2^-1074 */
    POINT = 2 * DOUBLE_POINT, /* the register counts units of 2^-2148 */
    MANTISSA_BITS = 53
};

/* An addition changes a digit by less than 2^33, so 2^28 of them stay below 2^61. */
static const uint32_t most_pending = UINT32_C(1) << 28;
static const int64_t digit_mask = (INT64_C(1) << DIGIT_BITS) - 1;

/* |x| = mantissa 2^(exponent - 1074) */
static uint64_t take_apart(double x, int *exponent, int *negative)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    *negative = (int)(bits >> 63);
    int field = (int)(bits >> (MANTISSA_BITS - 1) & 0x7FF);
    uint64_t mantissa = bits & ((UINT64_C(1) << (MANTISSA_BITS - 1)) - 1);
    *exponent = field > 0 ? field - 1 : 0;
    return field > 0 ? mantissa | UINT64_C(1) << (MANTISSA_BITS - 1) : mantissa;
}

void bni_exact_clear(bni_exact *e)
{
    e->low = e->high = 0;
    e->pending = 0;
}

/* Make digits from .. to - 1 part of what is in use. */
static void open_digits(bni_exact *e, int from, int to)
{
    if (e->low == e->high)
        e->low = e->high = from;
    while (e->low > from)
        e->digit[--e->low] = 0;
    while (e->high < to)
        e->digit[e->high++] = 0;
}

/* Carry: digits in 0 .. 2^32 - 1, but for the highest, which has the sign and lies within 2^32 of 0. */
static void carry_digits(bni_exact *e)
{
    int64_t over = 0;
    for (int k = e->low; k < e->high; k++) {
        int64_t v = e->digit[k] + over, digit = v & digit_mask;
        over = (v - digit) / (INT64_C(1) << DIGIT_BITS); /* exact: rounds down */
        if (k == e->high - 1 && (over == 0 || over == -1)) {
            e->digit[k] = v;
            break;
        }
        e->digit[k] = digit;
        if (k == e->high - 1)
            open_digits(e, e->low, e->high + 1);
    }
    e->pending = 0;
}

/* e += (-1)^negative m 2^(position - 2148) */
static void add_word(bni_exact *e, uint64_t m, int position, int negative)
{
    int k = position / DIGIT_BITS, shift = position % DIGIT_BITS;
    uint64_t mask = (uint64_t)digit_mask;
    uint64_t a = (m & mask) << shift, b = (m >> DIGIT_BITS) << shift;
    int64_t d0 = (int64_t)(a & mask), d1 = (int64_t)((a >> DIGIT_BITS) + (b & mask)), d2 = (int64_t)(b >> DIGIT_BITS);
    if (m == 0)
        return;
    if (e->pending == most_pending)
        carry_digits(e);
    e->pending++;
    open_digits(e, k, k + 3);
    if (negative) {
        d0 = -d0;
        d1 = -d1;
        d2 = -d2;
    }
    e->digit[k] += d0;
    e->digit[k + 1] += d1;
    e->digit[k + 2] += d2;
}

void bni_exact_add(bni_exact *e, double x)
{
    int exponent, negative;
    uint64_t m = take_apart(x, &exponent, &negative);
    add_word(e, m, exponent + POINT - DOUBLE_POINT, negative);
}

void bni_exact_add_product(bni_exact *e, double x, double y)
{
    int ex, ey, nx, ny;
    uint64_t mask = (uint64_t)digit_mask, mx = take_apart(x, &ex, &nx), my = take_apart(y, &ey, &ny);
    uint64_t xl = mx & mask, xh = mx >> DIGIT_BITS, yl = my & mask, yh = my >> DIGIT_BITS;
    int position = ex + ey, negative = nx != ny;
    add_word(e, xl * yl, position, negative);
    add_word(e, xl * yh, position + DIGIT_BITS, negative);
    add_word(e, xh * yl, position + DIGIT_BITS, negative);
    add_word(e, xh * yh, position + 2 * DIGIT_BITS, negative);
}

int bni_exact_sign(bni_exact *e)
{
    carry_digits(e);
    if (e->low == e->high)
        return 0;
    if (e->digit[e->high - 1] < 0)
        return -1;
    for (int k = e->high - 1; k >= e->low; k--)
        if (e->digit[k] > 0)
            return 1;
    return 0;
}

static void negate(bni_exact *e)
{
    for (int k = e->low; k < e->high; k++)
        e->digit[k] = -e->digit[k];
    carry_digits(e);
}

/* Bit of a carried, non-negative register. */
static int bit(const bni_exact *e, int position)
{
    int k = position / DIGIT_BITS;
    return k >= e->low && k < e->high ? (int)(e->digit[k] >> (position % DIGIT_BITS) & 1) : 0;
}

/* Position of the highest bit of a carried register > 0. */
static int highest_bit(const bni_exact *e)
{
    int k = e->high - 1;
    while (e->digit[k] == 0)
        k--;
    int position = k * DIGIT_BITS;
    for (int64_t d = e->digit[k]; d > 1; d /= 2)
        position++;
    return position;
}

/* Bits position .. position + 52. */
static uint64_t bits_from(const bni_exact *e, int position)
{
    uint64_t m = 0;
    for (int b = MANTISSA_BITS - 1; b >= 0; b--)
        m = m * 2 + (uint64_t)bit(e, position + b);
    return m;
}

/* Sign of 2 e - (q + up) y; an infinite `up` stands for 2^1024, which IEEE rounding takes it to be. */
static int against_middle(const bni_exact *e, double q, double up, double y)
{
    bni_exact t = *e;
    for (int k = t.low; k < t.high; k++)
        t.digit[k] *= 2;
    bni_exact_add_product(&t, -q, y);
    if (isinf(up)) {
        bni_exact_add_product(&t, -0x1p1023, y);
        bni_exact_add_product(&t, -0x1p1023, y);
    } else {
        bni_exact_add_product(&t, -up, y);
    }
    return bni_exact_sign(&t);
}

static int is_odd(double q)
{
    int exponent, negative;
    return (int)(take_apart(q, &exponent, &negative) & 1);
}

double bni_exact_quotient(bni_exact *e, double y)
{
    int sign = bni_exact_sign(e);
    if (sign == 0)
        return 0;
    bni_exact a = *e;
    if (sign < 0)
        negate(&a);
    int scale, last = highest_bit(&a) - (MANTISSA_BITS - 1);
    if (last < 0)
        last = 0;
    double fraction = frexp(y, &scale);
    double q = ldexp((double)bits_from(&a, last) / fraction, last - POINT - scale); /* within a few units */
    if (isinf(q))
        q = DBL_MAX;
    /* up while e / y is above the middle of q and its upper neighbour, or on it and q is odd; then down likewise */
    for (;;) {
        double up = nextafter(q, INFINITY);
        int side = isinf(q) ? -1 : against_middle(&a, q, up, y);
        if (side < 0 || (side == 0 && !is_odd(q)))
            break;
        q = up;
    }
    while (q > 0) {
        double down = nextafter(q, 0);
        int side = against_middle(&a, down, q, y);
        if (side > 0 || (side == 0 && !is_odd(q)))
            break;
        q = down;
    }
    return sign * q;
}

void bni_exact_bits(bni_exact *e, int *low, int *high)
{
    int sign = bni_exact_sign(e);
    *low = *high = 0;
    if (sign == 0)
        return;
    bni_exact a = *e;
    if (sign < 0)
        negate(&a);
    *high = highest_bit(&a) + 1 - POINT;
    int position = a.low * DIGIT_BITS;
    while (!bit(&a, position))
        position++;
    *low = position - POINT;
}

/* Digit k of a carried register in endless two's complement. */
static uint64_t digit_of(const bni_exact *e, int k)
{
    if (k < e->low || e->low == e->high)
        return 0;
    if (k < e->high)
        return (uint64_t)(e->digit[k] & digit_mask);
    return e->digit[e->high - 1] < 0 ? (uint64_t)digit_mask : 0;
}

void bni_exact_words(bni_exact *e, int low, uint64_t *word, size_t words)
{
    carry_digits(e);
    int k = (low + POINT) / DIGIT_BITS, shift = (low + POINT) % DIGIT_BITS;
    for (size_t w = 0; w < words; w++, k += 2) {
        word[w] = (digit_of(e, k) | digit_of(e, k + 1) << DIGIT_BITS) >> shift;
        if (shift > 0)
            word[w] |= digit_of(e, k + 2) << (2 * DIGIT_BITS - shift);
    }
}

static void add_active(bni_exact *e, const double *w, size_t n, uint64_t state)
{
    for (size_t j = 0; j < n; j++)
        if (state >> j & 1)
            bni_exact_add(e, w[j]);
}

void bni_exact_drive(bni_exact *e, const double *w, size_t n, uint64_t state, double M, double I, double theta)
{
    bni_exact_clear(e);
    add_active(e, w, n, state);
    bni_exact_add_product(e, M, I);
    bni_exact_add_product(e, -M, theta);
}

int bni_exact_drive_sign(const double *w, size_t n, uint64_t state, double M, double I, double theta)
{
    bni_exact e;
    bni_exact_drive(&e, w, n, state, M, I, theta);
    return bni_exact_sign(&e);
}

double bni_exact_threshold_current(const double *w, size_t n, uint64_t state, double M, double theta)
{
    bni_exact e;
    bni_exact_clear(&e);
    add_active(&e, w, n, state);
    bni_exact_add_product(&e, -M, theta);
    return 0 - bni_exact_quotient(&e, M); /* 0 - 0 is +0 */
}
