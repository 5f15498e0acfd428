/*
 * Philox streams and variates. The only file that includes Random123.
 */
#include "num/random.h"

#include "num/gamma.h"

#include <math.h>

/* Products of 64 x 64 bits: by numbers of 128 bits where there are any, whatever the processor; else in halves. */
#ifdef __SIZEOF_INT128__
#define R123_USE_GNU_UINT128 1
#else
#define R123_USE_MULHILO64_C99 1
#endif
#include <Random123/philox.h>

void bni_philox(uint64_t out[4], const uint64_t counter[4], const uint64_t key[2])
{
    philox4x64_ctr_t c;
    philox4x64_key_t k;
    for (int i = 0; i < 4; i++)
        c.v[i] = counter[i];
    for (int i = 0; i < 2; i++)
        k.v[i] = key[i];
    c = philox4x64_R(10, c, k);
    for (int i = 0; i < 4; i++)
        out[i] = c.v[i];
}

void bni_random_start(bni_random *r, uint64_t seed, uint64_t domain, uint64_t a, uint64_t b, uint64_t c)
{
    *r = (bni_random){.key = {seed, domain}, .counter = {0, a, b, c}};
}

uint64_t bni_random_bits(bni_random *r)
{
    if (r->left == 0) {
        bni_philox(r->block, r->counter, r->key);
        r->counter[0]++;
        r->left = 4;
    }
    return r->block[4 - r->left--];
}

double bni_random_unit(bni_random *r)
{
    return (double)((bni_random_bits(r) >> 11) + 1) * 0x1p-53;
}

int bni_random_chance(bni_random *r, double p)
{
    return (double)(bni_random_bits(r) >> 11) * 0x1p-53 < p;
}

double bni_random_tail(bni_random *r, int *upper)
{
    uint64_t bits = bni_random_bits(r);
    *upper = (int)(bits & 1);
    /* 63 bits, centred in their cell, halved; the last cells may round to 1/2. */
    return ((double)(bits >> 1) + 0.5) * 0x1p-64;
}

double bni_random_gaussian(bni_random *r)
{
    int upper;
    double z = bni_gaussian_upper(bni_random_tail(r, &upper));
    return upper ? z : -z;
}

double bni_random_exponential(bni_random *r)
{
    int upper;
    double u = bni_random_tail(r, &upper);
    return upper ? -log(u) : -log1p(-u);
}

double bni_random_gamma(bni_random *r, double shape)
{
    if (shape < 1) {
        double u = bni_random_unit(r);
        return bni_random_gamma(r, shape + 1) * pow(u, 1 / shape);
    }
    double d = shape - 1 / 3.0, c = 1 / sqrt(9 * d);
    for (;;) {
        double z = bni_random_gaussian(r), v = 1 + c * z, u = bni_random_unit(r);
        v = v * v * v;
        if (v > 0 && log(u) < 0.5 * z * z + d - d * v + d * log(v))
            return d * v;
    }
}

int64_t bni_random_failures(bni_random *r, double p, int64_t most)
{
    /* Pr(at least k) = (1 - p)^k = Pr(u <= (1 - p)^k) */
    double k = floor(log(bni_random_unit(r)) / log1p(-p));
    return k < (double)most ? (int64_t)k : most;
}
