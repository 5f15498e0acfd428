/* Doubles in their order as whole numbers, for bisections that end at neighbours. */
#ifndef BNI_DOUBLE_ORDER_H
#define BNI_DOUBLE_ORDER_H

#include <stdint.h>
#include <string.h>

/* x < y: bni_double_rank(x) < bni_double_rank(y). */
static inline int64_t bni_double_rank(double x)
{
    int64_t k;
    memcpy(&k, &x, sizeof k);
    return k >= 0 ? k : INT64_MIN - k;
}

static inline double bni_double_of_rank(int64_t k)
{
    double x;
    k = k >= 0 ? k : INT64_MIN - k;
    memcpy(&x, &k, sizeof x);
    return x;
}

/* Half way, without overflow. */
static inline int64_t bni_rank_between(int64_t low, int64_t high)
{
    return low / 2 + high / 2 + (low % 2 + high % 2) / 2;
}

#endif
