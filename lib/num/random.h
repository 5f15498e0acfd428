/*
 * Random numbers by counter: Philox4x64-10 of Random123. A stream is named by a seed, a domain and three numbers; what it
 * yields depends on nothing else.   [Salmon, Moraes, Dror & Shaw 2011, Parallel random numbers: as easy as 1, 2, 3]
 */
#ifndef BNI_RANDOM_H
#define BNI_RANDOM_H

#include <stdint.h>

/* What streams are for; numbers are never reused. */
enum {
    BNI_RANDOM_CONNECTION = 1,
    BNI_RANDOM_WIRING = 2,
    BNI_RANDOM_POTENTIAL = 3,
    BNI_RANDOM_RECALL = 4,
    BNI_RANDOM_PATTERN = 5,
    BNI_RANDOM_LATTICE = 6,
    BNI_RANDOM_MODE = 11,
    BNI_RANDOM_ACTIVITY = 20,
    BNI_RANDOM_SELECTION = 21,
    BNI_RANDOM_TIME = 22,
    BNI_RANDOM_START = 23,
    BNI_RANDOM_INPUTS = 24
};

typedef struct bni_random {
    uint64_t key[2], counter[4], block[4];
    unsigned left; /* of the block */
} bni_random;

/* One block: the generator itself. */
void bni_philox(uint64_t out[4], const uint64_t counter[4], const uint64_t key[2]);

void bni_random_start(bni_random *r, uint64_t seed, uint64_t domain, uint64_t a, uint64_t b, uint64_t c);
uint64_t bni_random_bits(bni_random *r);
/* Uniform in (0, 1], multiples of 2^-53. */
double bni_random_unit(bni_random *r);
/* 1 with probability p, to 2^-53; always for 1, never for 0. */
int bni_random_chance(bni_random *r, double p);
/* A tail probability u in (0, 1/2), uniform, to 2^-64, and the side: *upper 0 or 1. For inversion. */
double bni_random_tail(bni_random *r, int *upper);
double bni_random_gaussian(bni_random *r);
double bni_random_exponential(bni_random *r);
/* Gamma(shape, 1).   [Marsaglia & Tsang 2000, A simple method for generating gamma variables] */
double bni_random_gamma(bni_random *r, double shape);
/* Failures before the first success of probability p in (0, 1), at most `most`. */
int64_t bni_random_failures(bni_random *r, double p, int64_t most);

#endif
