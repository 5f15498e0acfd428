/*
 * Lists that grow within the memory limit.
 */
#include "attractors/attractors.h"

int32_t bni_budget_take(binnet_ctx *ctx, bni_budget *budget, double bytes, const char *what)
{
    budget->used += bytes;
    return bni_need_memory(ctx, budget->used, what);
}

int32_t bni_list_grow(binnet_ctx *ctx, bni_budget *budget, uint32_t **p, size_t n, size_t *room)
{
    if (n < *room)
        return BINNET_OK;
    size_t more = *room == 0 ? BNI_LIST_ROOM : 2 * *room;
    if (*room > 0) /* the first room is counted beforehand */
        BNI_TRY(bni_budget_take(ctx, budget, 4.0 * (double)more, "a list of attractors, their states or transients"));
    uint32_t *longer = bni_new_raw(ctx, more, sizeof *longer);
    if (longer == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_copy_bytes(ctx, longer, *p, n, sizeof *longer);
    if (*room > 0)
        budget->used -= 4.0 * (double)*room;
    bni_delete(&ctx->mem, *p);
    *p = longer;
    *room = more;
    return status;
}
