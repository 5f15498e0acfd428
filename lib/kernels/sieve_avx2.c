/*
 * The sieve of fixed points, AVX2: 32 states at a time, given up as soon as all are out.
 */
#include "kernels/parts.h"

#include <immintrin.h>

/* States of eight that are still in. */
#define IN(k) _mm256_cmp_ps(greatest##k, least##k, _CMP_LE_OQ)

int bni_sieve_avx2(uint32_t *alive, const float *const *up, const float *up_add, size_t n_up, const float *const *down,
                   const float *down_add, size_t n_down, float floor, float ceiling)
{
    enum { STRIDE = 4 }; /* rows between two looks whether any state is still in */
    uint32_t any = 0;
    for (size_t w = 0; w < BNI_SIEVE / 32; w++) {
        if (alive[w] == 0)
            continue;
        __m256 greatest0 = _mm256_set1_ps(floor), greatest1 = greatest0, greatest2 = greatest0, greatest3 = greatest0;
        __m256 least0 = _mm256_set1_ps(ceiling), least1 = least0, least2 = least0, least3 = least0;
        __m256 in;
        size_t u = 0, d = 0;
        do {
            for (size_t end = u + STRIDE < n_up ? u + STRIDE : n_up; u < end; u++) {
                const float *row = up[u] + 32 * w;
                __m256 add = _mm256_broadcast_ss(up_add + u);
                greatest0 = _mm256_max_ps(greatest0, _mm256_add_ps(add, _mm256_loadu_ps(row)));
                greatest1 = _mm256_max_ps(greatest1, _mm256_add_ps(add, _mm256_loadu_ps(row + 8)));
                greatest2 = _mm256_max_ps(greatest2, _mm256_add_ps(add, _mm256_loadu_ps(row + 16)));
                greatest3 = _mm256_max_ps(greatest3, _mm256_add_ps(add, _mm256_loadu_ps(row + 24)));
            }
            for (size_t end = d + STRIDE < n_down ? d + STRIDE : n_down; d < end; d++) {
                const float *row = down[d] + 32 * w;
                __m256 add = _mm256_broadcast_ss(down_add + d);
                least0 = _mm256_min_ps(least0, _mm256_add_ps(add, _mm256_loadu_ps(row)));
                least1 = _mm256_min_ps(least1, _mm256_add_ps(add, _mm256_loadu_ps(row + 8)));
                least2 = _mm256_min_ps(least2, _mm256_add_ps(add, _mm256_loadu_ps(row + 16)));
                least3 = _mm256_min_ps(least3, _mm256_add_ps(add, _mm256_loadu_ps(row + 24)));
            }
            in = _mm256_or_ps(_mm256_or_ps(IN(0), IN(1)), _mm256_or_ps(IN(2), IN(3)));
        } while ((u < n_up || d < n_down) && _mm256_movemask_ps(in) != 0);
        uint32_t left = 0;
        if (_mm256_movemask_ps(in) != 0)
            left = (uint32_t)_mm256_movemask_ps(IN(0)) | (uint32_t)_mm256_movemask_ps(IN(1)) << 8 |
                   (uint32_t)_mm256_movemask_ps(IN(2)) << 16 | (uint32_t)_mm256_movemask_ps(IN(3)) << 24;
        alive[w] &= left;
        any |= alive[w];
    }
    return any != 0;
}
