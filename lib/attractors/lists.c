/* All attractors in one call, for what a loop over the getters would ask. */
#include "attractors/attractors.h"

static int32_t check_list_length(binnet_ctx *ctx, size_t length, uint64_t have)
{
    if (length != have)
        return bni_fail(ctx, BINNET_E_SIZE, "the length is %zu, expected %llu", length, (unsigned long long)have);
    return BINNET_OK;
}

int32_t binnet_attractors_all(binnet_ctx *ctx, uint64_t *period, uint64_t *basin, uint64_t *weak_basin, size_t count,
                              const binnet_attractors *a)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, a, "a"));
    BNI_TRY(check_list_length(ctx, count, binnet_attractors_count(a)));
    for (size_t k = 0; k < count; k++) {
        if (period != NULL)
            period[k] = binnet_attractors_period(a, k);
        if (basin != NULL)
            basin[k] = binnet_attractors_basin(a, k);
        if (weak_basin != NULL)
            weak_basin[k] = binnet_attractors_weak_basin(a, k);
        BNI_TRY(bni_poll(ctx, (double)k / (double)count));
    }
    return bni_poll_end(ctx);
}

uint64_t binnet_attractors_all_states(const binnet_attractors *a)
{
    uint64_t all = 0;
    for (uint64_t k = 0; k < binnet_attractors_count(a); k++)
        all += binnet_attractors_period(a, k);
    return all;
}

int32_t binnet_attractors_states(binnet_ctx *ctx, uint64_t *state, size_t all_states, const binnet_attractors *a)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, a, "a"));
    BNI_TRY(check_list_length(ctx, all_states, binnet_attractors_all_states(a)));
    if (all_states > 0)
        BNI_TRY(bni_need(ctx, state, "state"));
    size_t at = 0;
    for (uint64_t k = 0; k < binnet_attractors_count(a); k++)
        for (uint64_t step = 0, period = binnet_attractors_period(a, k); step < period; step++) {
            state[at++] = binnet_attractors_state(a, k, step);
            BNI_TRY(bni_poll(ctx, (double)at / (double)all_states));
        }
    return bni_poll_end(ctx);
}
