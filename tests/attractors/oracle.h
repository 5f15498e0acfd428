/*
 * Networks with integer weights times one unit, and everything about their attractors the slow way: drives in integers,
 * every state simulated until it repeats, reachability from every state by search.
 */
#ifndef ATTRACT_ORACLE_H
#define ATTRACT_ORACLE_H

#include "support/support.h"

enum { MOST = 15 };

typedef struct system_t {
    size_t n;
    int32_t tie;
    double unit; /* a power of two; every number below is times it, but M */
    int64_t J[MOST * MOST], theta[MOST], I[MOST], M[MOST];
} system_t;

/* Kinds of weights: small integers (ties are common), multiples of the doubles 0.1, 0.2, ... (ties that rounding blurs),
 * fine random numbers (no ties), few connections. */
enum { INTEGERS, DECIMALS, FINE, SPARSE, KINDS };
system_t random_system(dice *d, size_t n, int kind, int32_t tie);

binnet_net *dense_net(binnet_ctx *ctx, const system_t *s);
binnet_net *csr_net(binnet_ctx *ctx, const system_t *s);

/* M times the drive, in units: exact. */
int64_t oracle_drive(const system_t *s, size_t i, uint32_t state);
uint32_t oracle_next(const system_t *s, uint32_t state);

/* Where a state goes: steps to its cycle, the least state of that cycle, its period. */
typedef struct fate {
    uint32_t least, period, steps;
} fate;
fate oracle_fate(const uint32_t *next, size_t states, uint32_t state);

/* can[s * 2^n + t]: t can be reached from s by flips of single neurons; n <= 6 or so. */
void oracle_reach(unsigned char *can, const system_t *s);

#endif
