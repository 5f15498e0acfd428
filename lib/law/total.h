/*
 * Sums of many terms of any size.
 */
#ifndef BNI_TOTAL_H
#define BNI_TOTAL_H

#include <math.h>

/* A sum with what rounding lost of it.   Source: Neumaier, ZAMM 54 (1974) 39. */
typedef struct total {
    double sum, lost;
} total;

static inline void add_term(total *t, double x)
{
    double next = t->sum + x;
    t->lost += fabs(t->sum) >= fabs(x) ? (t->sum - next) + x : (x - next) + t->sum;
    t->sum = next;
}

/* The same of sums kept apart, terms >= 0. */
static inline void bni_add_positive(double *sum, double *lost, double x)
{
    double next = *sum + x;
    *lost += *sum >= x ? (*sum - next) + x : (x - next) + *sum;
    *sum = next;
}

/* Infinite sums have no rest. */
static inline double total_of(const total *t)
{
    return isfinite(t->sum) ? t->sum + t->lost : t->sum;
}

/* What probabilities of this sum are divided by: those whose sum is 1 but for rounding, as the library's own, stay what they are. */
static inline double divisor_of(double sum)
{
    return fabs(sum - 1) <= 2e-15 ? 1 : sum;
}

#endif
