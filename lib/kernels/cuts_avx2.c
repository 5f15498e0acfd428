/*
 * Comparing the threshold currents of many states with a cell of stimuli, AVX2: eight neurons at a time.
 */
#include "kernels/parts.h"

#include <immintrin.h>

/* `blocks` registers of eight neurons; unsigned c <= x iff max(c, x) = x. */
static inline void masks(uint32_t *low, uint32_t *middle, const uint32_t *row, size_t stride, size_t width,
                         const uint32_t *list, size_t n, const uint32_t *lo, const uint32_t *hi, int blocks)
{
    __m256i from[4], to[4];
    uint32_t all = (uint32_t)((UINT64_C(1) << width) - 1);
    for (int b = 0; b < blocks; b++) {
        from[b] = _mm256_loadu_si256((const __m256i *)(const void *)(lo + 8 * b));
        to[b] = _mm256_loadu_si256((const __m256i *)(const void *)(hi + 8 * b));
    }
    for (size_t q = 0; q < n; q++) {
        const uint32_t *c = row + list[q] * stride;
        uint32_t below = 0, above = 0;
        for (int b = 0; b < blocks; b++) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(c + 8 * b));
            __m256i is_low = _mm256_cmpeq_epi32(_mm256_max_epu32(x, from[b]), from[b]);
            __m256i is_high = _mm256_cmpeq_epi32(_mm256_max_epu32(x, to[b]), x);
            below |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is_low)) << 8 * b;
            above |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is_high)) << 8 * b;
        }
        low[q] = below & all;
        middle[q] = ~(below | above) & all;
    }
}

void bni_cut_masks_avx2(uint32_t *low, uint32_t *middle, const uint32_t *row, size_t stride, size_t width,
                        const uint32_t *list, size_t n, const uint32_t *lo, const uint32_t *hi)
{
    if (width <= 8)
        masks(low, middle, row, stride, width, list, n, lo, hi, 1);
    else if (width <= 16)
        masks(low, middle, row, stride, width, list, n, lo, hi, 2);
    else if (width <= 24)
        masks(low, middle, row, stride, width, list, n, lo, hi, 3);
    else
        masks(low, middle, row, stride, width, list, n, lo, hi, 4);
}
