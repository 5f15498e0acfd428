/*
 * A ctx within a call: the same parameters and allocator, the caller's hook through the caller's own ctx.
 */
#include "compare/compare.h"

static int32_t forward_progress(void *user, double fraction, double seconds_left)
{
    (void)seconds_left;
    return bni_poll(user, fraction) != BINNET_OK;
}

static int32_t copy_parameters(binnet_ctx *to, const binnet_ctx *from)
{
    static const int32_t whole[] = {BINNET_P_THREADS, BINNET_P_MEMORY_LIMIT, BINNET_P_MAX_ITERATIONS, BINNET_P_SEED,
                                    BINNET_P_METHOD,  BINNET_P_MAX_PERIOD,   BINNET_P_WORK_LIMIT},
                         real[] = {BINNET_P_TOLERANCE, BINNET_P_RELATIVE_TOLERANCE, BINNET_P_ROW_ERROR};
    for (size_t k = 0; k < sizeof whole / sizeof *whole; k++) {
        int64_t v;
        BNI_TRY(binnet_ctx_get_i64(from, whole[k], &v));
        BNI_TRY(binnet_ctx_set_i64(to, whole[k], v));
    }
    for (size_t k = 0; k < sizeof real / sizeof *real; k++) {
        double v;
        BNI_TRY(binnet_ctx_get_f64(from, real[k], &v));
        BNI_TRY(binnet_ctx_set_f64(to, real[k], v));
    }
    return BINNET_OK;
}

int32_t bni_inner_open(binnet_ctx *outer, bni_inner *inner, double held)
{
    const bni_allocator *mem = &outer->mem;
    *inner = (bni_inner){.outer = outer};
    if (binnet_ctx_new_alloc(&inner->ctx, mem->alloc, mem->realloc, mem->free, mem->user) != BINNET_OK)
        return bni_fail(outer, BINNET_E_NOMEM, "no memory for a ctx");
    int32_t status = copy_parameters(inner->ctx, outer);
    double left = (double)outer->memory_limit - held - (double)sizeof *inner->ctx;
    if (status == BINNET_OK && outer->memory_limit < INT64_MAX)
        status = binnet_ctx_set_i64(inner->ctx, BINNET_P_MEMORY_LIMIT, left > 0 ? (int64_t)left : 0);
    if (status == BINNET_OK && outer->hook != NULL)
        status = binnet_ctx_set_hook(inner->ctx, forward_progress, outer);
    if (status != BINNET_OK) {
        bni_inner_close(inner);
        return bni_fail(outer, BINNET_E_INTERNAL, "the parameters of a ctx could not be copied");
    }
    return BINNET_OK;
}

void bni_inner_close(bni_inner *inner)
{
    binnet_ctx_free(inner->ctx);
    inner->ctx = NULL;
}
