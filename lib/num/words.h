/*
 * Integers modulo 2^(64 count), least word first, in two's complement: sums of products may wrap on the way, what counts is that
 * the last one fits.
 */
#ifndef BNI_WORDS_H
#define BNI_WORDS_H

#include <stddef.h>
#include <stdint.h>

void bni_words_set(uint64_t *x, size_t count, int64_t value);
/* From more words to fewer, or to more with the sign. */
void bni_words_copy(uint64_t *x, size_t count, const uint64_t *from, size_t from_count);
int bni_words_negative(const uint64_t *x, size_t count);
void bni_words_negate(uint64_t *x, size_t count);
/* x += y */
void bni_words_add(uint64_t *x, const uint64_t *y, size_t count);
/* x += y by */
void bni_words_add_product(uint64_t *x, const uint64_t *y, size_t count, int64_t by);
/* x *= by */
void bni_words_times(uint64_t *x, size_t count, int64_t by);
/* x = y z; x is neither. */
void bni_words_multiply(uint64_t *x, const uint64_t *y, const uint64_t *z, size_t count);
/* x = floor(x / by) for x taken as >= 0, by > 0; returns the rest. */
uint64_t bni_words_divide(uint64_t *x, size_t count, uint64_t by);
/* x += m 2^e for a whole number m 2^e and |m| < 2^63 */
void bni_words_add_scaled(uint64_t *x, size_t count, int64_t m, int64_t e);

#endif
