/*
 * Activities of many states from small integers: member rank_bits of bni_kernels.
 */
#include "kernels/parts.h"

void bni_rank_bits_reference(uint32_t *out, const int16_t *rank, size_t ld, const int16_t *below, size_t n,
                             size_t count)
{
    for (size_t k = 0; k < count; k++)
        out[k] = 0;
    for (size_t i = 0; i < n; i++) {
        const int16_t *r = rank + i * ld;
        for (size_t k = 0; k < count; k++)
            out[k] |= (uint32_t)(r[k] > below[i]) << i;
    }
}
