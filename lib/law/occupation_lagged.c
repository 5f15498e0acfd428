/*
 * Lumped chains over time: covariances of the numbers of active neurons some steps apart.
 * Cov(n_a(t), n_b(t + lag)) = sum over n of [(law (n_a - E n_a)) P^lag](n) n_b.   Source: THEORY 3, "Exact lumping", and 5.
 */
#include "chain/chain.h"
#include "law/information.h"
#include "law/law.h"
#include "law/total.h"

#include "binnet/lumped.h"

enum { MOST = BINNET_MAX_CHAIN_NEURONS, BETWEEN_POLLS = 1 << 12 };

int32_t bni_occupation_chain_check(binnet_ctx *ctx, const void *out, const binnet_chain *chain, const binnet_law *law,
                                   const char *instead)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "the output"));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (chain->lumped == NULL)
        return bni_fail(ctx, BINNET_E_UNSUPPORTED, "the chain is one of the states of neurons: see %s", instead);
    return bni_need_law_of(ctx, law, "law", chain);
}

/* --- covariances --- */

typedef struct lagged_walk {
    binnet_ctx *ctx;
    const bni_occupation *space;
    bni_step *step;
    double *x, *y; /* [states] */
    double mean[MOST];
} lagged_walk;

static int32_t find_mean_numbers(lagged_walk *w, const double *law)
{
    const bni_occupation *o = w->space;
    total sum[MOST] = {{0, 0}};
    size_t count[MOST] = {0};
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        for (size_t a = 0; a < o->n_pop; a++)
            add_term(&sum[a], law[s] * (double)count[a]);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(w->ctx, 0));
    }
    for (size_t a = 0; a < o->n_pop; a++)
        w->mean[a] = total_of(&sum[a]);
    return BINNET_OK;
}

/* x = law (n_a - E n_a), then `lag` steps of it; cov: of a now and every population then. */
static int32_t carry_number(lagged_walk *w, double *cov, const double *law, size_t a, uint64_t lag)
{
    const bni_occupation *o = w->space;
    total sum[MOST] = {{0, 0}};
    size_t count[MOST] = {0};
    bni_progress whole = bni_progress_push(w->ctx);
    for (size_t s = 0; s < o->states; s++, bni_occupation_next(o, count)) {
        w->x[s] = law[s] * ((double)count[a] - w->mean[a]);
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(w->ctx, 0));
    }
    for (uint64_t t = 0; t < lag; t++) {
        bni_progress_part(w->ctx, whole, (double)t, (double)lag);
        BNI_TRY(bni_step_apply(w->ctx, w->step, w->y, w->x));
        double *swap = w->x;
        w->x = w->y;
        w->y = swap;
    }
    bni_progress_pop(w->ctx, whole);
    for (size_t s = 0; s < o->states; s++) {
        for (size_t b = 0; b < o->n_pop; b++)
            add_term(&sum[b], w->x[s] * ((double)bni_occupation_count(o, s, b) - w->mean[b]));
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(w->ctx, 1));
    }
    for (size_t b = 0; b < o->n_pop; b++)
        cov[b] = total_of(&sum[b]);
    return BINNET_OK;
}

int32_t binnet_occupation_lagged_covariance(binnet_ctx *ctx, double *cov, size_t n_pop, const binnet_chain *chain,
                                            const binnet_law *law, uint64_t lag)
{
    double found[MOST * MOST];
    BNI_TRY(bni_occupation_chain_check(ctx, cov, chain, law, "binnet_chain_lagged_covariance"));
    lagged_walk w = {.ctx = ctx, .space = chain->lumped->space};
    if (n_pop != w.space->n_pop)
        return bni_fail(ctx, BINNET_E_SIZE, "n_pop is %zu, the chain has %zu populations", n_pop, w.space->n_pop);
    BNI_TRY(bni_need_steps(ctx, "lag", lag, 0));
    size_t S = w.space->states;
    int workers = bni_chain_bits(chain) < BNI_THREADED ? 1 : (int)ctx->threads;
    double held = 16 * (double)S, room = bni_step_room(ctx, held);
    BNI_TRY(bni_need_memory(ctx, held + bni_step_bytes(chain, workers, room) + bni_team_bytes(workers),
                            "covariances over time"));
    bni_team *team = NULL;
    double *memory = bni_new_raw(ctx, 2 * S, sizeof *memory);
    int32_t status = memory == NULL ? BINNET_E_NOMEM : bni_team_new(ctx, &team, workers);
    if (status == BINNET_OK)
        status = bni_step_new_any(ctx, &w.step, chain, team, room);
    if (status == BINNET_OK) {
        w.x = memory;
        w.y = memory + S;
        status = find_mean_numbers(&w, law->p);
    }
    for (size_t a = 0; a < n_pop && status == BINNET_OK; a++) {
        bni_span(ctx, (double)a / (double)n_pop, (double)(a + 1) / (double)n_pop);
        status = carry_number(&w, found + a * n_pop, law->p, a, lag);
    }
    for (size_t k = 0; k < n_pop * n_pop && status == BINNET_OK; k++)
        cov[k] = found[k];
    bni_step_free(w.step);
    bni_team_free(team);
    bni_delete(&ctx->mem, memory);
    return status;
}
