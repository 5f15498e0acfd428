/* The slow, obvious way to fixed points: every state, from the definition, in numbers that add without rounding. */
#ifndef TEST_ORACLE_FIXED_H
#define TEST_ORACLE_FIXED_H

#include "support/support.h"

enum { MOST_N = 16, MOST_POP = 3 };

/*
 * J = whole[] / 8 + tiny[] 2^-80, theta and I likewise: sums of either part are exact, and the tiny part matters only
 * where the rest is 0 (with tenths: nothing tiny). M is a power of two or a small whole number.
 */
typedef struct exact_net {
    size_t n, n_pop;
    int whole[MOST_N][MOST_N], tiny[MOST_N][MOST_N];
    int theta[MOST_N], theta_tiny[MOST_N], I[MOST_N], I_tiny[MOST_N], M[MOST_N];
    int32_t pop[MOST_N], tie;
    double parts; /* 8; or 10: tenths, which no double is */
} exact_net;

/* A random one. in_degree 0: dense; `tiny` 0: multiples of 1/8 only; 2: with many self-excited neurons too. */
exact_net random_exact_net(dice *d, size_t n, size_t in_degree, int tiny, int32_t tie);
/* The library's network for it: as compressed rows, or dense. */
binnet_net *library_net(binnet_ctx *ctx, const exact_net *x, int dense);

/* Sign of the drive of neuron i in state A with stimulus I/8 + I_tiny 2^-80; infinite: +-1000000. */
int oracle_sign(const exact_net *x, size_t i, uint64_t A, int I, int I_tiny);
/* Neuron i may be as it is in A at that stimulus. */
int oracle_stays(const exact_net *x, size_t i, uint64_t A, int I, int I_tiny);
/* c_i(A), rounded to nearest; tiny parts must be 0, and M 1 with tenths. */
double oracle_current(const exact_net *x, size_t i, uint64_t A);

#endif
