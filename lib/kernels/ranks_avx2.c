/*
 * Activities of many states from small integers: member rank_bits of bni_kernels, AVX2.
 * Sixteen states at a time: the bits of neurons 0..15 are gathered in one vector, those of 16..31 in another.
 */
#include "kernels/parts.h"

#include <immintrin.h>

/* 32 states: the bits of neurons from .. to - 1, at most 16, in two vectors. */
static inline void gather(__m256i *a, __m256i *b, const int16_t *rank, size_t ld, const int16_t *below, size_t from,
                          size_t to)
{
    __m256i bit = _mm256_set1_epi16(1), x = _mm256_setzero_si256(), y = x;
    for (size_t i = from; i < to; i++) {
        __m256i cut = _mm256_set1_epi16(below[i]);
        const __m256i *r = (const __m256i *)(const void *)(rank + i * ld);
        x = _mm256_or_si256(x, _mm256_and_si256(bit, _mm256_cmpgt_epi16(_mm256_loadu_si256(r), cut)));
        y = _mm256_or_si256(y, _mm256_and_si256(bit, _mm256_cmpgt_epi16(_mm256_loadu_si256(r + 1), cut)));
        bit = _mm256_add_epi16(bit, bit);
    }
    *a = x;
    *b = y;
}

/* 16 states from their lower and upper halves. */
static inline void store(uint32_t *out, __m256i low, __m256i high)
{
    __m256i even = _mm256_unpacklo_epi16(low, high), odd = _mm256_unpackhi_epi16(low, high);
    _mm256_storeu_si256((__m256i *)(void *)out, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(out + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

void bni_rank_bits_avx2(uint32_t *out, const int16_t *rank, size_t ld, const int16_t *below, size_t n, size_t count)
{
    size_t k = 0, half = n < 16 ? n : 16;
    for (; k + 32 <= count; k += 32) {
        __m256i low0, low1, high0, high1;
        gather(&low0, &low1, rank + k, ld, below, 0, half);
        gather(&high0, &high1, rank + k, ld, below, half, n);
        store(out + k, low0, high0);
        store(out + k + 16, low1, high1);
    }
    bni_rank_bits_reference(out + k, rank + k, ld, below, n, count - k);
}
