/* What the tests of order statistics from numbers share. */
#ifndef TEST_ORDER_HELP_H
#define TEST_ORDER_HELP_H

#include "support/support.h"

/* 8 n 2^-53 is what the header promises. */
static inline double tolerance(size_t n)
{
    return (8 * (double)n + 4) * 0x1p-53;
}

static inline void near(double got, double want, double relative, const char *what, size_t n, size_t r)
{
    if (!(fabs(got - want) <= relative * fabs(want) + 0x1p-1074))
        ck_abort_msg("%s, n %zu, r %zu: %.17g, expected %.17g, off by %.2g", what, n, r, got, want,
                     fabs(got / want - 1));
}

/* Probabilities of all kinds: 0, 1, tiny, nearly 1. */
static inline void some_inputs(dice *d, size_t n, double *F, double *G, double *f)
{
    for (size_t i = 0; i < n; i++) {
        double kind = roll(d), small = kind < 0.1 ? 0 : kind < 0.4 ? pow(10, -30 * roll(d)) : 0.5 * roll(d);
        int upper = roll(d) < 0.5;
        F[i] = upper ? 1 - small : small;
        G[i] = upper ? small : 1 - small;
        f[i] = roll(d) < 0.1 ? 0 : pow(10, roll_in(d, -5, 3));
    }
}

static inline double sum_of(const double *p, size_t from, size_t to)
{
    double sum = 0;
    for (size_t k = from; k < to; k++)
        sum += p[k];
    return sum;
}

#endif
