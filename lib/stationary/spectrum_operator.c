/*
 * The chain's matrix and its transpose as operators on vectors.
 */
#include "stationary/spectrum.h"

double bni_operator_bytes(const binnet_chain *chain, int workers, double room)
{
    return bni_step_bytes(chain, workers, room) + bni_expectation_bytes(chain, workers) +
           8 * (double)((size_t)1 << chain->n);
}

int32_t bni_operator_new(binnet_ctx *ctx, bni_operator *o, const binnet_chain *chain, bni_team *team, double room)
{
    *o = (bni_operator){.chain = chain};
    o->scratch = bni_new_raw(ctx, (size_t)1 << chain->n, sizeof *o->scratch);
    int32_t status = o->scratch == NULL ? BINNET_E_NOMEM : bni_expectation_new(ctx, &o->e, chain, team);
    if (status == BINNET_OK)
        status = bni_step_new(ctx, &o->step, chain, team, room);
    return status;
}

void bni_operator_free(binnet_ctx *ctx, bni_operator *o)
{
    bni_step_free(o->step);
    bni_expectation_free(o->e);
    bni_delete(&ctx->mem, o->scratch);
    *o = (bni_operator){.chain = NULL};
}

int32_t bni_operator_apply(binnet_ctx *ctx, const bni_operator *o, double *y, const double *x, int left)
{
    return left ? bni_step_apply(ctx, o->step, y, x) : bni_expectation_apply(ctx, o->e, y, x, o->scratch);
}
