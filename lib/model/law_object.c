/*
 * The law object: a probability vector over the states of neurons, or over occupation numbers, and how it was found.
 */
#include "model/model.h"

#include <math.h>

static int32_t make_law(binnet_ctx *ctx, binnet_law **out, size_t n, const bni_occupation *o)
{
    *out = NULL;
    size_t states = o != NULL ? o->states : (size_t)1 << n;
    binnet_law *law = bni_new_raw(ctx, sizeof *law / sizeof *law->p + states, sizeof *law->p);
    if (law == NULL)
        return BINNET_E_NOMEM;
    *law = (binnet_law){.mem = ctx->mem, .n = n, .residual = NAN, .residual_relative = NAN, .balance = NAN};
    law->p = bni_align(law->spare);
    int32_t status = o != NULL ? bni_occupation_copy(ctx, &law->occupation, o) : BINNET_OK;
    if (status != BINNET_OK) {
        binnet_law_free(law);
        return status;
    }
    *out = law;
    return BINNET_OK;
}

int32_t bni_law_make(binnet_ctx *ctx, binnet_law **out, size_t n)
{
    return make_law(ctx, out, n, NULL);
}

int32_t bni_law_make_lumped(binnet_ctx *ctx, binnet_law **out, const bni_occupation *o)
{
    return make_law(ctx, out, 0, o);
}

int32_t bni_need_law(binnet_ctx *ctx, const binnet_law *law, const char *name)
{
    BNI_TRY(bni_need(ctx, law, name));
    if (law->occupation != NULL)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED,
                        "%s is a law of occupation numbers, this needs one of the states of neurons: see "
                        "binnet_occupation_expand",
                        name);
    return BINNET_OK;
}

void binnet_law_free(binnet_law *law)
{
    if (law == NULL)
        return;
    bni_allocator mem = law->mem;
    bni_delete(&mem, law->own);
    bni_occupation_free(law->occupation);
    bni_delete(&mem, law);
}
