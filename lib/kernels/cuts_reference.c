/*
 * Comparing the threshold currents of many states with a cell of stimuli, portable: which neurons fire all over the
 * cell, and which in a part of it.
 */
#include "kernels/parts.h"

void bni_cut_masks_reference(uint32_t *low, uint32_t *middle, const uint32_t *row, size_t stride, size_t width,
                             const uint32_t *list, size_t n, const uint32_t *lo, const uint32_t *hi)
{
    for (size_t q = 0; q < n; q++) {
        const uint32_t *c = row + list[q] * stride;
        uint32_t below = 0, above = 0;
        for (size_t k = 0; k < width; k++) {
            below |= (uint32_t)(c[k] <= lo[k]) << k;
            above |= (uint32_t)(c[k] >= hi[k]) << k;
        }
        low[q] = below;
        middle[q] = ~(below | above) & (uint32_t)((UINT64_C(1) << width) - 1);
    }
}
