/*
 * The law of a chain in one piece, on its only recurrent class or a wanted one: by elimination, by iteration, or by whichever
 * is left where one fails.
 * Source: THEORY 3.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* Up to this many states elimination is quicker than iteration, and exact. */
enum { SMALL = 512 };
/* What is affordable where iteration fails: states to eliminate (lumped ones as many as there is memory for: their passes are dear),
 * the same in wide numbers, and multiplications of a step in wide numbers (some 5 ns each). */
enum { ELIMINATED = 8192, ELIMINATED_WIDE = 2048, WIDE_STEP = 1 << 26 };

int bni_solves_by_elimination(const binnet_ctx *ctx, double states)
{
    return ctx->method == BINNET_METHOD_GTH || (ctx->method == BINNET_METHOD_AUTO && states <= SMALL);
}

/* Elimination in doubles loses at most some 1e-308 of a transition wherever it underflows. Where no set of states is left with
 * less than the first, and no two probabilities are further apart than the second, that cannot be seen in the law. */
static const double least_out = 1e-140, most_apart = 1e140;

static int spans_too_much(const double *x, size_t m)
{
    double least = INFINITY, most = 0;
    int finite = 1;
    for (size_t s = 0; s < m; s++) {
        finite &= isfinite(x[s]);
        least = fmin(least, x[s]);
        most = fmax(most, x[s]);
    }
    return !finite || !(least * most_apart >= most);
}

/* Elimination on the states with keep[s] (NULL: all). */
static int32_t eliminate(binnet_ctx *ctx, double *pi, const binnet_chain *chain, const unsigned char *keep,
                         bni_team *team)
{
    size_t S = bni_chain_states(chain), m = 0;
    for (size_t s = 0; s < S; s++)
        m += keep == NULL || keep[s];
    double *P = bni_new_raw(ctx, m * m + S, sizeof(double));
    double *x = bni_new_raw(ctx, m, sizeof(double));
    int32_t status = P == NULL || x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    double *row = P != NULL ? P + m * m : NULL, smallest;
    const double rows_part = 0.1; /* of the time */
    bni_progress whole = bni_progress_push(ctx);
    bni_progress_parts(ctx, whole, 0, rows_part, 1);
    for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++) {
        if (keep != NULL && !keep[s])
            continue;
        status = chain->lumped != NULL ? bni_lumped_row(ctx, row, chain, s) : bni_chain_fill_row(ctx, row, chain, s);
        for (size_t t = 0, c = 0; t < S; t++)
            if (keep == NULL || keep[t])
                P[r * m + c++] = row[t];
        r++;
        if (status == BINNET_OK)
            status = bni_poll(ctx, (double)s / (double)S);
    }
    bni_progress_parts(ctx, whole, rows_part, 1 - rows_part, 1);
    if (status == BINNET_OK)
        status = bni_gth(ctx, x, &smallest, m, P, team);
    bni_progress_pop(ctx, whole);
    int lost = status == BINNET_OK && (!(smallest >= least_out) || spans_too_much(x, m));
    if (lost && chain->lumped != NULL) /* laws of many neurons span as much as they like */
        lost = !(bni_lumped_lost(x, m, smallest) <= 1e-12);
    if (lost)
        status = bni_fail(ctx, BINNET_E_UNDERFLOW, "a set of states is left with a probability of %.3g only", smallest);
    for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++)
        pi[s] = keep == NULL || keep[s] ? x[r++] : 0;
    bni_delete(&ctx->mem, P);
    bni_delete(&ctx->mem, x);
    return status;
}

static int32_t find_figures(binnet_ctx *ctx, bni_solution *how, const binnet_chain *chain, const double *x,
                            bni_team *team)
{
    if (chain->lumped != NULL && chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        return bni_lumped_walk_figures(ctx, how, chain, x);
    size_t S = bni_chain_states(chain);
    bni_step *step = NULL;
    bni_balance *balance = NULL;
    double *scratch = bni_new_raw(ctx, S, sizeof *scratch);
    int32_t status = scratch == NULL ? BINNET_E_NOMEM : bni_step_new_any(ctx, &step, chain, team, INFINITY);
    if (status == BINNET_OK)
        status = bni_balance_new(ctx, &balance, chain, step);
    if (status == BINNET_OK)
        status = bni_balance_figures(ctx, balance, how, scratch, x);
    bni_balance_free(balance);
    bni_step_free(step);
    bni_delete(&ctx->mem, scratch);
    if (status == BINNET_OK && !(how->residual <= ctx->tolerance))
        return bni_fail(ctx, BINNET_E_NOCONV, "the residual is %.3g (tolerance %.3g)", how->residual, ctx->tolerance);
    return status;
}

/* Multiplications of a step in wide numbers. */
static double wide_step_cost(const binnet_chain *c)
{
    if (c->lumped != NULL)
        return INFINITY; /* there are none for it */
    double S = (double)((size_t)1 << c->n), cost = 0;
    for (size_t s = 0; s < c->n_stages; s++)
        cost += c->update == BINNET_UPDATE_ASYNCHRONOUS ? (double)c->n
                                                        : ldexp(1, c->stage_first[s + 1] - c->stage_first[s]);
    return S * cost;
}

/* Relative error of the probabilities of m states: no subtraction, and every transition rounded. */
static double elimination_error(double m)
{
    return m * 0x1p-50 + 0x1p-47;
}

static int32_t solve_by_elimination(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                                    const unsigned char *keep, double m, bni_team *team)
{
    double S = (double)bni_chain_states(chain);
    BNI_TRY(bni_need_memory(ctx, 8 * (m * m + 4 * S) + bni_gth_bytes(m), "elimination"));
    int32_t status = eliminate(ctx, x, chain, keep, team);
    if (status == BINNET_E_UNDERFLOW && chain->lumped == NULL && chain->correlated == NULL) {
        BNI_TRY(bni_need_memory(ctx, bni_eliminate_wide_bytes(chain, m), "elimination beyond the range of double"));
        status = bni_eliminate_wide(ctx, x, chain, keep);
    }
    BNI_TRY(status);
    how->balance = elimination_error(m);
    return find_figures(ctx, how, chain, x, team);
}

/* Operations of a pass over the law of a chain: updates of single neurons are done twice, for the states of either parity or
 * for those that stay where they are; then come the sums of the acceleration. */
double bni_pass_flops(const binnet_ctx *ctx, const binnet_chain *chain)
{
    enum { ACCELERATION = 100 }; /* for each state */
    double S = (double)bni_chain_states(chain);
    if (chain->lumped == NULL && (chain->update == BINNET_UPDATE_ASYNCHRONOUS || chain->update == BINNET_UPDATE_SWEEP))
        return (12 * (double)chain->n + ACCELERATION) * S;
    return bni_step_flops(chain, (int)ctx->threads, INFINITY) + ACCELERATION * S;
}

/* Elimination where iteration fails or takes longer. */
typedef struct way_out {
    int open;      /* it is affordable */
    double passes; /* of an iteration, which take as long */
    int first;     /* it is quicker than an iteration in wide numbers */
} way_out;

/* left: passes that are allowed; an elimination of more states than usual takes no longer. */
static way_out find_way_out(const binnet_ctx *ctx, const binnet_chain *chain, const bni_solution *how, double m,
                            double left)
{
    /* operations of an elimination are quicker, by so much; an iteration in wide numbers takes so many passes, some 5 ns an operation */
    const double quicker = 4, wide_passes = 100, nanoseconds = 0.04, of_wide = 5;
    double flops = 2.0 / 3 * m * m * m, passes = ceil(flops / quicker / bni_pass_flops(ctx, chain));
    int few = m <= ELIMINATED || (chain->lumped != NULL && passes <= left);
    return (way_out){.open = ctx->method == BINNET_METHOD_AUTO && few &&
                             bni_fits_memory(ctx, how->held + 8 * m * m + bni_gth_bytes(m)),
                     .passes = passes,
                     .first = flops * nanoseconds < wide_passes * wide_step_cost(chain) * of_wide};
}

static int gave_up(int32_t status)
{
    return status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW;
}

/* Ways where the passes of an iteration came to nothing, from `before` on: elimination and iteration in wide numbers, the quicker
 * first, then elimination in wide numbers. BINNET_E_UNDERFLOW or BINNET_E_NOCONV: none leads there. */
static int32_t solve_otherwise(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                               const unsigned char *keep, double m, uint64_t before, int wide, way_out out,
                               bni_team *team)
{
    enum { DIRECT, WIDE, DIRECT_WIDE, WAYS };
    const int order[2][WAYS] = {{WIDE, DIRECT, DIRECT_WIDE}, {DIRECT, WIDE, DIRECT_WIDE}};
    const uint64_t spent = how->steps;
    int32_t status = BINNET_E_NOCONV;
    bni_progress whole = bni_progress_push(ctx);
    for (size_t k = 0; k < WAYS && gave_up(status); k++) {
        int way = order[out.first][k], is_open = way == WIDE ? wide && spent < (uint64_t)ctx->max_iterations : out.open;
        if (way == DIRECT_WIDE)
            is_open &= chain->lumped == NULL && chain->correlated == NULL && m <= ELIMINATED_WIDE &&
                       bni_fits_memory(ctx, how->held + bni_eliminate_wide_bytes(chain, m));
        if (!is_open)
            continue;
        bni_progress_remain(ctx);
        how->steps = way == WIDE ? spent : before;
        how->balance = elimination_error(m);
        status = way == WIDE     ? bni_iterate_wide(ctx, x, how, chain, keep)
                 : way == DIRECT ? eliminate(ctx, x, chain, keep, team)
                                 : bni_eliminate_wide(ctx, x, chain, keep);
        bni_progress_pop(ctx, whole);
        if (status == BINNET_OK)
            return find_figures(ctx, how, chain, x, team);
    }
    return status;
}

/* Iteration in doubles, then beyond their range; where the method is free, elimination as far as it is affordable, also when the
 * passes take as long. guess: NULL, or a law that may be close. */
static int32_t solve_by_iteration(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                                  const unsigned char *keep, double m, const double *guess, bni_team *team)
{
    uint64_t before = how->steps, all = (uint64_t)ctx->max_iterations, left = all > before ? all - before : 0;
    int wide = chain->correlated == NULL && wide_step_cost(chain) <= WIDE_STEP &&
               bni_fits_memory(ctx, how->held + bni_iterate_wide_bytes(chain));
    way_out out = find_way_out(ctx, chain, how, m, (double)left);
    left = wide ? (left + 1) / 2 : left; /* passes are kept for the second try */
    how->most = before + (out.open && out.passes < (double)left ? (uint64_t)out.passes : left);
    int32_t status = bni_iterate(ctx, x, how, chain, wide, guess, team);
    if (!gave_up(status))
        return status;
    int more = how->spent && how->most < before + left;
    char message[BNI_MESSAGE_SIZE];
    memcpy(message, ctx->message, sizeof message);
    int32_t otherwise = solve_otherwise(ctx, x, how, chain, keep, m, before, wide, out, team);
    if (!gave_up(otherwise))
        return otherwise;
    if (!more)
        return bni_fail(ctx, status, "%s", message);
    for (size_t s = 0; s < bni_chain_states(chain); s++)
        x[s] = keep == NULL || keep[s] ? 1 / m : 0;
    how->steps = before;
    how->most = before + left;
    return bni_iterate(ctx, x, how, chain, wide, guess, team);
}

/* Solve one chain on the states with keep[s]; x is the start, unless the guess is better, and the result. */
static int32_t solve_kept(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                          const unsigned char *keep, const double *guess, bni_team *team)
{
    size_t S = bni_chain_states(chain);
    double m = 0;
    for (size_t s = 0; s < S; s++)
        m += keep == NULL || keep[s];
    if (m < 2) { /* absorbed: x is the law */
        how->balance = 0;
        return find_figures(ctx, how, chain, x, team);
    }
    if (bni_solves_by_elimination(ctx, m))
        return solve_by_elimination(ctx, x, how, chain, keep, m, team);
    return solve_by_iteration(ctx, x, how, chain, keep, m, guess, team);
}

int32_t bni_solve_from(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, const double *guess,
                       bni_team *team)
{
    return solve_by_iteration(ctx, x, how, chain, NULL, (double)bni_chain_states(chain), guess, team);
}

int32_t bni_solve_piece(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                        const double *guess, bni_team *team)
{
    size_t S = bni_chain_states(chain);
    bni_progress all = bni_progress_push(ctx);
    uint64_t count = 1;
    unsigned char *keep = NULL;
    int32_t *class_of = NULL;
    int32_t status = BINNET_OK;
    if (!chain->unbounded || wanted != UINT64_MAX) {
        class_of = bni_new_raw(ctx, S, sizeof *class_of);
        keep = bni_new(ctx, S, 1);
        bni_progress_parts(ctx, all, 0, 0.1, 1);
        status = class_of == NULL || keep == NULL ? BINNET_E_NOMEM
                                                  : bni_classes(ctx, &count, class_of, chain, wanted == UINT64_MAX);
        bni_progress_parts(ctx, all, 0.1, 0.9, 1);
    }
    if (status == BINNET_OK && wanted != UINT64_MAX && wanted >= count)
        status = bni_fail(ctx, BINNET_E_RANGE, "class %llu: the chain has %llu", (unsigned long long)wanted,
                          (unsigned long long)count);
    if (status == BINNET_OK && wanted == UINT64_MAX && count > 1)
        status = bni_fail(ctx, BINNET_E_REDUCIBLE, "%llu recurrent classes: the stationary law depends on the start",
                          (unsigned long long)count);
    double members = (double)S;
    if (status == BINNET_OK && class_of != NULL) {
        int32_t class = wanted == UINT64_MAX ? 0 : (int32_t)wanted;
        members = 0;
        for (size_t s = 0; s < S; s++)
            members += keep[s] = class_of[s] == class;
    }
    bni_delete(&ctx->mem, class_of);
    if (status == BINNET_OK) {
        for (size_t s = 0; s < S; s++)
            x[s] = keep == NULL || keep[s] ? 1 / members : 0;
        status = solve_kept(ctx, x, how, chain, keep, guess, team);
    }
    bni_delete(&ctx->mem, keep);
    bni_progress_pop(ctx, all);
    return status;
}
