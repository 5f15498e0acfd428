/*
 * The sieve of fixed points: of 256 states, those whose active neurons' threshold currents lie below the inactive
 * ones', portable.
 */
#include "kernels/parts.h"

int bni_sieve_reference(uint32_t *alive, const float *const *up, const float *up_add, size_t n_up,
                        const float *const *down, const float *down_add, size_t n_down, float floor, float ceiling)
{
    int any = 0;
    for (size_t s = 0; s < BNI_SIEVE; s++) {
        if ((alive[s / 32] >> (s % 32) & 1) == 0)
            continue;
        float greatest = floor, least = ceiling;
        for (size_t r = 0; r < n_up; r++)
            greatest = up_add[r] + up[r][s] > greatest ? up_add[r] + up[r][s] : greatest;
        for (size_t r = 0; r < n_down; r++)
            least = down_add[r] + down[r][s] < least ? down_add[r] + down[r][s] : least;
        if (greatest > least)
            alive[s / 32] &= ~(UINT32_C(1) << s % 32);
        else
            any = 1;
    }
    return any;
}
