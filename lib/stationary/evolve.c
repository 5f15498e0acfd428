/*
 * Transients: p_t = p_0 P^t.   Source: THEORY 3.
 */
#include "stationary/stationary.h"

#include <math.h>

/* States between two polls. */
enum { BETWEEN_POLLS = 1 << 18 };

static int32_t run_steps(binnet_ctx *ctx, binnet_law *law, double *scratch, bni_step *step, const binnet_chain *chain,
                         uint64_t steps)
{
    size_t S = bni_law_states(law);
    for (uint64_t t = 0; t < steps; t++) {
        bni_span(ctx, (double)t / ((double)steps + 1), (double)(t + 1) / ((double)steps + 1));
        BNI_TRY(bni_step_apply(ctx, step, scratch, law->p));
        double total = 0;
        bni_span(ctx, (double)(t + 1) / ((double)steps + 1), (double)(t + 1) / ((double)steps + 1));
        for (size_t s = 0; s < S; s++) {
            total += scratch[s];
            if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, 0));
        }
        for (size_t s = 0; s < S; s++) {
            law->p[s] = scratch[s] / total;
            if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
                BNI_TRY(bni_poll(ctx, 0));
        }
    }
    bni_span(ctx, (double)steps / ((double)steps + 1), 1);
    /* how far from stationary: the change of one more step */
    BNI_TRY(bni_step_apply(ctx, step, scratch, law->p));
    double relative;
    law->residual = bni_chain_row_error(chain, &relative);
    for (size_t s = 0; s < S; s++) {
        law->residual += fabs(scratch[s] - law->p[s]);
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 1));
    }
    law->iterations = steps;
    return BINNET_OK;
}

int32_t binnet_chain_evolve(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, const binnet_law *p0,
                            uint64_t steps)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, chain, "chain"));
    BNI_TRY(bni_need_law_of(ctx, p0, "p0", chain));
    double S = (double)bni_chain_states(chain);
    int workers = bni_chain_bits(chain) < BNI_THREADED ? 1 : (int)ctx->threads;
    double held = (double)sizeof(binnet_law) + 16 * S + bni_chain_law_bytes(chain), room = bni_step_room(ctx, held);
    BNI_TRY(bni_need_memory(ctx, held + bni_step_bytes(chain, workers, room), "the evolution of a law"));
    bni_team *team = NULL;
    bni_step *step = NULL;
    binnet_law *law = NULL;
    double *scratch = NULL;
    int32_t status = bni_chain_law_make(ctx, &law, chain);
    if (status == BINNET_OK && (scratch = bni_new_raw(ctx, (size_t)S, sizeof *scratch)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = bni_step_new_any(ctx, &step, chain, team, room);
    if (status == BINNET_OK)
        status = bni_copy_bytes(ctx, law->p, p0->p, (size_t)S, sizeof *law->p);
    if (status == BINNET_OK)
        status = run_steps(ctx, law, scratch, step, chain, steps);
    bni_step_free(step);
    bni_team_free(team);
    bni_delete(&ctx->mem, scratch);
    if (status != BINNET_OK) {
        binnet_law_free(law);
        return status;
    }
    *out = law;
    return BINNET_OK;
}
