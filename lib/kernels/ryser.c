/*
 * Ryser's sums in 128-bit and in modular integers, in Gray-code order. Compilers with a 128-bit type only.
 * Source: Ryser 1963; Montgomery 1985 for the products.
 */
#include "kernels/ryser.h"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

void bni_ryser_wide(uint64_t (*total)[2], size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a)
{
    wide sum[BNI_RYSER_SIZE], all[BNI_RYSER_SIZE + 1] = {0};
    size_t members = (size_t)__builtin_popcountll(rest);
    for (size_t i = 0; i < m; i++) {
        sum[i] = 0;
        for (size_t j = f; j < n; j++)
            if (rest >> (j - f) & 1)
                sum[i] += (wide)(signed_wide)a[i * n + j];
    }
    for (size_t q = 0;;) {
        if (members <= m) {
            wide p = sum[0];
            for (size_t i = 1; i < m; i++)
                p *= sum[i];
            all[members] += p;
        }
        if (++q >> f)
            break;
        size_t j = (size_t)__builtin_ctzll(q);
        int enters = !(q >> j & 2);
        members += enters ? 1 : (size_t)-1;
        for (size_t i = 0; i < m; i++) {
            wide v = (wide)(signed_wide)a[i * n + j];
            sum[i] += enters ? v : -v;
        }
    }
    for (size_t s = 0; s <= m; s++) {
        wide t = ((wide)total[s][1] << 64 | total[s][0]) + all[s];
        total[s][0] = (uint64_t)t;
        total[s][1] = (uint64_t)(t >> 64);
    }
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

void bni_ryser_residue(uint64_t *total, uint64_t modulus, size_t m, size_t n, size_t f, uint64_t rest, const uint64_t *a)
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

void bni_add_product(uint64_t x[2], const uint64_t y[2], int64_t z)
{
    wide t = ((wide)x[1] << 64 | x[0]) + ((wide)y[1] << 64 | y[0]) * (wide)(signed_wide)z;
    x[0] = (uint64_t)t;
    x[1] = (uint64_t)(t >> 64);
}
