/*
 * Exact sums of doubles and of products of two doubles: their sign, and their value or a quotient correctly rounded.
 * All inputs finite. No overflow, no underflow, no rounding before the end; independent of the order of the terms.
 */
#ifndef BNI_EXACT_H
#define BNI_EXACT_H

#include <stddef.h>
#include <stdint.h>

/* Digits of 32 bits from 2^-2148 (the least product) to above 2^2048 2^63 (2^63 greatest products). */
enum { BNI_EXACT_DIGITS = 137, BNI_EXACT_LEAST = -2148 };

/* sum_k digit[k] 2^(32 k - 2148) over low <= k < high; digits are signed and carried late. */
typedef struct bni_exact {
    int low, high;
    uint32_t pending; /* additions since the last carry */
    int64_t digit[BNI_EXACT_DIGITS];
} bni_exact;

/* The sum of nothing. */
void bni_exact_clear(bni_exact *e);
/* e += x */
void bni_exact_add(bni_exact *e, double x);
/* e += x y */
void bni_exact_add_product(bni_exact *e, double x, double y);

/* -1, 0 or 1; carries, so that e is not const, but its value stays. */
int bni_exact_sign(bni_exact *e);
/* The double nearest to e / y, y > 0; ties to even; overflow and underflow as IEEE division; +0 for 0. */
double bni_exact_quotient(bni_exact *e, double y);

/* e is a multiple of 2^low and |e| < 2^high, both as tight as can be; 0 and 0 for the value 0. */
void bni_exact_bits(bni_exact *e, int *low, int *high);
/* e / 2^low in two's complement, the lowest word first; e is such a multiple and fits. */
void bni_exact_words(bni_exact *e, int low, uint64_t *word, size_t words);

/* M times the drive: e = sum_j w[j] A_j + M (I - theta), A_j = bit j of state, j < n <= 64. */
void bni_exact_drive(bni_exact *e, const double *w, size_t n, uint64_t state, double M, double I, double theta);
/* Its sign: that of the drive h = sum_j w[j] A_j / M + I - theta, M > 0. */
int bni_exact_drive_sign(const double *w, size_t n, uint64_t state, double M, double I, double theta);
/* The double nearest to the threshold current theta - sum_j w[j] A_j / M. */
double bni_exact_threshold_current(const double *w, size_t n, uint64_t state, double M, double theta);

#endif
