/*
 * The law object: a probability vector over the states and how it was found.
 */
#include "model/model.h"

#include <math.h>

int32_t bni_law_make(binnet_ctx *ctx, binnet_law **out, size_t n)
{
    *out = NULL;
    binnet_law *law = bni_new(ctx, 1, sizeof *law);
    if (law == NULL)
        return BINNET_E_NOMEM;
    law->mem = ctx->mem;
    law->n = n;
    law->residual = law->residual_relative = law->balance = NAN;
    law->p = bni_new_raw(ctx, (size_t)1 << n, sizeof *law->p);
    if (law->p == NULL) {
        binnet_law_free(law);
        return BINNET_E_NOMEM;
    }
    *out = law;
    return BINNET_OK;
}

void binnet_law_free(binnet_law *law)
{
    if (law == NULL)
        return;
    bni_allocator mem = law->mem;
    bni_delete(&mem, law->p);
    bni_delete(&mem, law);
}
