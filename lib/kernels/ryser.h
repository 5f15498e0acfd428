/*
 * Ryser's sums over the subsets of columns in integer arithmetic: total[s] of the products of row sums of the subsets with s
 * columns, one block of subsets at a time.
 */
#ifndef BNI_RYSER_H
#define BNI_RYSER_H

#include <stddef.h>
#include <stdint.h>

enum { BNI_RYSER_SIZE = 62 };

/* total[s] += sum over subsets of the first f columns, together with those columns of the others that are in `rest` (bit
 * j - f: column j), of prod_i (row sum), modulo 2^(64 words): total is [m + 1][words], a [m][n], scratch [words]. */
void bni_ryser_words(uint64_t *total, size_t words, size_t m, size_t n, size_t f, uint64_t rest, const int64_t *a,
                     uint64_t *scratch);

/* The same modulo an odd number below 2^63, a in 0 .. modulus - 1 [m][n]; total[s] stays below it. */
void bni_ryser_residue(uint64_t *total, uint64_t modulus, size_t m, size_t n, size_t f, uint64_t rest,
                       const uint64_t *a);

/* x y modulo an odd number below 2^63, for x, y below it. */
uint64_t bni_multiply_modulo(uint64_t x, uint64_t y, uint64_t modulus);

#endif
