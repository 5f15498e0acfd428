/*
 * Stationary laws of lumped chains. Asynchronous ones are eliminated on the grid of occupation numbers; parallel ones are solved as
 * any chain in one piece, by elimination while they are small and by iteration when they are large.
 * Source: THEORY 3, "Exact lumping".
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* Elimination loses some 2^-1074 of a transition wherever it underflows, once for each state eliminated: what that may be of the least
 * probability that the figures speak of, times the longest stay. */
static const double least_probability = 1e-280, least_step = 0x1p-1070;

double bni_lumped_lost(const double *x, size_t m, double smallest)
{
    double least = 1;
    for (size_t s = 0; s < m; s++)
        least = x[s] < least ? x[s] : least;
    return (double)m * least_step / smallest / fmax(least, least_probability);
}

static int is_walk(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS;
}

/* Flow in against flow out, state by state. */
int32_t bni_lumped_walk_figures(binnet_ctx *ctx, bni_solution *how, const binnet_chain *chain, const double *x)
{
    const bni_occupation *o = chain->lumped->space;
    size_t S = o->states, P = o->n_pop;
    double *up = bni_new_raw(ctx, 2 * P * S, sizeof *up), *down = up != NULL ? up + P * S : NULL;
    int32_t status = up == NULL ? BINNET_E_NOMEM : bni_lumped_rates(ctx, up, down, NULL, chain);
    how->residual = how->residual_relative = 0;
    for (size_t s = 0; status == BINNET_OK && s < S; s++) {
        double in = 0, out = 0;
        for (size_t a = 0; a < P; a++) {
            size_t count = bni_occupation_count(o, s, a), step = o->stride[a];
            out += up[a * S + s] + down[a * S + s];
            if (count > 0)
                in += x[s - step] * up[a * S + s - step];
            if (count < o->size[a])
                in += x[s + step] * down[a * S + s + step];
        }
        double change = fabs(in - x[s] * out);
        how->residual += change;
        if (x[s] > 1e-290)
            how->residual_relative = fmax(how->residual_relative, change / (x[s] * (out > 0 ? out : 1)));
        if (s % 65536 == 0)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_delete(&ctx->mem, up);
    BNI_TRY(status);
    if (!(how->residual <= ctx->tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the residual is %.3g (tolerance %.3g)", how->residual, ctx->tolerance);
    return BINNET_OK;
}

static int32_t solve_walk(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, bni_team *team)
{
    double smallest, chained;
    int lossy;
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_parts(ctx, whole, 0, 0.95, 1);
    BNI_TRY(bni_lumped_eliminate(ctx, x, &smallest, &lossy, &chained, chain, team));
    bni_progress_parts(ctx, whole, 0.95, 0.05, 1);
    double lost = !lossy ? 0 : bni_lumped_lost(x, bni_chain_states(chain), smallest);
    how->balance = chained * 0x1p-50 + 0x1p-47 + lost;
    if (!(lost <= 1e-8))
        return bni_fail(ctx, BINNET_E_UNDERFLOW, "a set of states is left with a probability of %.3g only", smallest);
    return bni_lumped_walk_figures(ctx, how, chain, x);
}

/* Every state can reach every other one. */
static int32_t is_in_one_class(binnet_ctx *ctx, int *one, const binnet_chain *chain)
{
    size_t S = bni_chain_states(chain);
    uint64_t count;
    *one = chain->unbounded;
    if (chain->unbounded)
        return BINNET_OK;
    int32_t *class_of = bni_new_raw(ctx, S, sizeof *class_of);
    int32_t status = class_of == NULL ? BINNET_E_NOMEM : bni_lumped_classes(ctx, &count, class_of, chain, 1);
    *one = 1;
    for (size_t s = 0; s < S && status == BINNET_OK; s++)
        *one &= class_of[s] == 0;
    bni_delete(&ctx->mem, class_of);
    return status;
}

/* Beside the edge of uniform noise a probability is a small difference: the rounding of drives, relative to the least one. */
static int32_t find_lumped_edge(binnet_ctx *ctx, double *edge, const binnet_chain *chain)
{
    const bni_occupation *o = chain->lumped->space;
    size_t count[BINNET_MAX_CHAIN_NEURONS];
    *edge = 0;
    for (size_t a = 0; a < o->n_pop && chain->noise->kind == BINNET_NOISE_UNIFORM; a++) {
        double least = 1, scale = chain->noise->scale[a], p, q;
        memset(count, 0, sizeof count);
        for (size_t s = 0; s < o->states && scale > 0; s++, bni_occupation_next(o, count)) {
            for (int own = 0; own < 2; own++)
                if ((own ? count[a] : o->size[a] - count[a]) > 0) {
                    bni_lumped_firing(chain, &p, &q, a, own, count);
                    least = p > 0 && p < least ? p : least;
                    least = q > 0 && q < least ? q : least;
                }
            if (s % 4096 == 0)
                BNI_TRY(bni_poll(ctx, 1));
        }
        *edge += scale > 0 ? (1 + chain->rounding[a] * 0x1p46 / chain->M[a] / scale) / least : 0;
    }
    return BINNET_OK;
}

double bni_lumped_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain, double *flops)
{
    double S = (double)bni_chain_states(chain), work;
    double law = 8 * S + (double)sizeof(binnet_law) + bni_chain_law_bytes(chain) + bni_team_bytes((int)ctx->threads);
    double classes = chain->unbounded ? 0 : bni_lumped_classes_bytes(chain) + 5 * S;
    double dense = 8 * (S * S + 6 * S) + bni_gth_bytes(S) + bni_step_most(chain, (int)ctx->threads) +
                   bni_balance_bytes(chain);
    int gth = ctx->method == BINNET_METHOD_GTH || (ctx->method == BINNET_METHOD_AUTO && S <= BNI_SMALL);
    double most = gth ? dense : bni_iterate_bytes(chain, (int)ctx->threads, BNI_PLAN_FAST) + 16 * S;
    work = gth ? 2.0 / 3 * S * S * S : 100 * (bni_lumped_step_flops(chain) + 100 * S);
    if (is_walk(chain))
        most = bni_lumped_eliminate_bytes(chain, &work);
    if (flops != NULL)
        *flops = work;
    return law + fmax(most, classes) + 65536;
}

static int32_t solve_lumped(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                            const double *start, bni_team *team)
{
    int one = 0;
    if (is_walk(chain) && wanted == UINT64_MAX)
        BNI_TRY(is_in_one_class(ctx, &one, chain));
    if (one)
        return solve_walk(ctx, x, how, chain, team);
    if (!is_walk(chain))
        return bni_solve_piece(ctx, x, how, chain, wanted, start, team);
    /* a walk on some of the states is small, or it is not solved */
    int64_t method = ctx->method;
    ctx->method = BINNET_METHOD_GTH;
    int32_t status = bni_solve_piece(ctx, x, how, chain, wanted, NULL, team);
    ctx->method = method;
    return status;
}

int32_t bni_lumped_stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t wanted,
                              const binnet_law *start)
{
    BNI_TRY(
        bni_need_memory(ctx, bni_lumped_stationary_bytes(ctx, chain, NULL), "the stationary law of a lumped chain"));
    bni_team *team = NULL;
    binnet_law *law = NULL;
    bni_solution how = {.plan = BNI_PLAN_FAST, .held = 32 * (double)bni_chain_states(chain)};
    int32_t status = bni_chain_law_make(ctx, &law, chain);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, bni_chain_bits(chain) < BNI_THREADED ? 1 : (int)ctx->threads);
    bni_span(ctx, 0, 0.96);
    if (status == BINNET_OK)
        status = solve_lumped(ctx, law->p, &how, chain, wanted, start != NULL ? start->p : NULL, team);
    double edge = 0;
    bni_span(ctx, 0.98, 0.99);
    if (status == BINNET_OK)
        status = find_lumped_edge(ctx, &edge, chain);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    bni_team_free(team);
    if (status != BINNET_OK) {
        binnet_law_free(law);
        return status;
    }
    law->residual = how.residual;
    law->residual_relative = how.residual_relative;
    /* ratios of binomials and their sums: some roundings for each neuron of the largest population */
    law->balance = how.balance + 0x1p-50 +
                   0x1p-52 * (chain->sensitivity + edge + 4 * (double)bni_lumped_largest(chain));
    law->iterations = how.steps;
    law->method = how.steps == 0 ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION;
    *out = law;
    return BINNET_OK;
}
