/*
 * Stationary law: which neurons to solve first, whether it is unique, which method, and the neurons that influence nobody.
 * A neuron nobody listens to is a function of the others' past and fresh noise; the others form a chain of their own.
 * Source: THEORY 3; layers as binnet_net_layers.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

/* Up to this many states elimination is quicker than iteration and exact. */
enum { SMALL = BNI_SMALL };
/* What is affordable where iteration fails: states to eliminate, the same in wide numbers, and multiplications of a step in
 * wide numbers (some 5 ns each). */
enum { ELIMINATED = 8192, ELIMINATED_WIDE = 2048, WIDE_STEP = 1 << 26 };

typedef struct selection {
    int32_t neuron[BINNET_MAX_CHAIN_NEURONS];
    size_t n;
} selection;

/* Neurons of layers up to `most`. */
static selection up_to(const int32_t *layer, size_t n, int32_t most)
{
    selection s = {.n = 0};
    for (size_t i = 0; i < n; i++)
        if (layer[i] <= most)
            s.neuron[s.n++] = (int32_t)i;
    return s;
}

/* Layers of the chain: a neuron whose own activity matters, or that is never drawn, stays in the core. The first layer to
 * be solved and the last one. */
static void find_layers(int32_t *layer, int32_t *first, int32_t *last, const binnet_chain *c)
{
    unsigned char pinned[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < c->n; i++)
        pinned[i] = c->self[i] || (c->select != NULL && c->select[i] <= 0);
    bni_layers(layer, c->n, c->J, pinned);
    *first = INT32_MAX;
    *last = 0;
    for (size_t i = 0; i < c->n; i++) {
        *first = layer[i] < *first ? layer[i] : *first;
        *last = layer[i] > *last ? layer[i] : *last;
    }
}

static int by_elimination(const binnet_ctx *ctx, double states)
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

static int may_allocate(const binnet_ctx *ctx, double bytes)
{
    return ctx->memory_limit <= 0 || bytes <= (double)ctx->memory_limit;
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
    how->balance = m * 0x1p-50 + 0x1p-47;
    return find_figures(ctx, how, chain, x, team);
}

/* Operations of a pass over the law of a chain: updates of single neurons are done twice, for the states of either parity or
 * for those that stay where they are; then come the sums of the acceleration. */
static double pass_flops(const binnet_ctx *ctx, const binnet_chain *chain)
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

static way_out find_way_out(const binnet_ctx *ctx, const binnet_chain *chain, const bni_solution *how, double m)
{
    /* operations of an elimination are quicker, by so much; an iteration in wide numbers takes so many passes, some 5 ns an operation */
    const double quicker = 4, wide_passes = 100, nanoseconds = 0.04, of_wide = 5;
    double flops = 2.0 / 3 * m * m * m;
    return (way_out){.open = ctx->method == BINNET_METHOD_AUTO && m <= ELIMINATED &&
                             may_allocate(ctx, how->held + 8 * m * m + bni_gth_bytes(m)),
                     .passes = ceil(flops / quicker / pass_flops(ctx, chain)),
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
                       may_allocate(ctx, how->held + bni_eliminate_wide_bytes(chain, m));
        if (!is_open)
            continue;
        bni_progress_remain(ctx);
        how->steps = way == WIDE ? spent : before;
        how->balance = m * 0x1p-50 + 0x1p-47;
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
               may_allocate(ctx, how->held + bni_iterate_wide_bytes(chain));
    way_out out = find_way_out(ctx, chain, how, m);
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
    if (by_elimination(ctx, m))
        return solve_by_elimination(ctx, x, how, chain, keep, m, team);
    return solve_by_iteration(ctx, x, how, chain, keep, m, guess, team);
}

/* A chain in one piece: classes, then the method. wanted: number of a class, or UINT64_MAX for the only one. */
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

/* Neurons that are connected, directly or through others, in whatever direction, or by their noise: piece[i], numbered from 0. */
static int32_t find_pieces(int32_t *piece, const binnet_chain *c)
{
    int32_t count = 0, stack[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < c->n; i++)
        piece[i] = -1;
    for (size_t first = 0; first < c->n; first++) {
        size_t depth = 0;
        if (piece[first] >= 0)
            continue;
        piece[first] = count;
        stack[depth++] = (int32_t)first;
        while (depth > 0) {
            size_t i = (size_t)stack[--depth];
            for (size_t j = 0; j < c->n; j++)
                if (piece[j] < 0 && (c->J[i * c->n + j] != 0 || c->J[j * c->n + i] != 0 ||
                                     (c->correlated != NULL && bni_noise_covariance(c->noise, i, j) != 0))) {
                    piece[j] = count;
                    stack[depth++] = (int32_t)j;
                }
        }
        count++;
    }
    return count;
}

static uint64_t place_state(uint64_t m, const selection *part, const selection *whole);

static selection all_neurons(size_t n)
{
    selection all = {.n = n};
    for (size_t i = 0; i < n; i++)
        all.neuron[i] = (int32_t)i;
    return all;
}

/* What a law of the neurons `whole` says of the neurons `part`, a new array; NULL when the law is NULL. */
static int32_t find_marginal(binnet_ctx *ctx, double **out, const double *law, const selection *part,
                             const selection *whole)
{
    *out = NULL;
    if (law == NULL)
        return BINNET_OK;
    size_t S = (size_t)1 << part->n;
    uint64_t all = ((uint64_t)1 << whole->n) - 1, mask = place_state(S - 1, part, whole), others = all & ~mask,
             subset = 0;
    double *p = bni_new(ctx, S, sizeof *p);
    if (p == NULL)
        return BINNET_E_NOMEM;
    for (size_t m = 0; m < S; m++) {
        uint64_t rest = 0;
        do {
            p[m] += law[subset | rest];
            rest = (rest - others) & others;
        } while (rest != 0);
        subset = (subset - mask) & mask;
        if (m % 1024 == 0) {
            int32_t status = bni_poll(ctx, 0);
            if (status != BINNET_OK) {
                bni_delete(&ctx->mem, p);
                return status;
            }
        }
    }
    *out = p;
    return BINNET_OK;
}

/* The core. Pieces that do not influence each other are independent in the stationary law, if that is the only one. */
static int32_t solve_core(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                          const double *guess, bni_team *team)
{
    size_t S = (size_t)1 << chain->n;
    int32_t piece[BINNET_MAX_CHAIN_NEURONS], count = find_pieces(piece, chain);
    if (count == 1 || !chain->unbounded || wanted != UINT64_MAX)
        return bni_solve_piece(ctx, x, how, chain, wanted, guess, team);
    selection whole = all_neurons(chain->n);
    bni_progress whole_span = bni_progress_push(ctx);
    double done = 0, work = 0;
    for (int32_t k = 0; k < count; k++) {
        int size = 0;
        for (size_t i = 0; i < chain->n; i++)
            size += piece[i] == k;
        work += ldexp(1, size);
    }
    for (size_t s = 0; s < S; s++)
        x[s] = 1;
    for (int32_t k = 0; k < count; k++) {
        selection part = {.n = 0};
        for (size_t i = 0; i < chain->n; i++)
            if (piece[i] == k)
                part.neuron[part.n++] = (int32_t)i;
        binnet_chain *alone;
        bni_solution how_alone = {.plan = how->plan, .steps = how->steps, .held = how->held};
        bni_progress_parts(ctx, whole_span, done, ldexp(1, (int)part.n), work);
        done += ldexp(1, (int)part.n);
        BNI_TRY(bni_chain_pick(ctx, &alone, chain, part.n, part.neuron));
        double *law = bni_new_raw(ctx, (size_t)1 << part.n, sizeof *law), *share = NULL;
        int32_t status = law == NULL ? BINNET_E_NOMEM : find_marginal(ctx, &share, guess, &part, &whole);
        if (status == BINNET_OK)
            status = bni_solve_piece(ctx, law, &how_alone, alone, UINT64_MAX, share,
                                     part.n < BNI_THREADED ? NULL : team);
        bni_delete(&ctx->mem, share);
        binnet_chain_free(alone);
        uint64_t mask = place_state(((uint64_t)1 << part.n) - 1, &part, &whole);
        for (uint64_t m = 0, subset = 0; status == BINNET_OK && m < (uint64_t)1 << part.n; m++) {
            /* the piece's state, and every state of the others */
            uint64_t rest = 0, others = (S - 1) & ~mask;
            do {
                x[subset | rest] *= law[m];
                rest = (rest - others) & others;
            } while (rest != 0);
            subset = (subset - mask) & mask;
        }
        bni_delete(&ctx->mem, law);
        BNI_TRY(status);
        bni_progress_pop(ctx, whole_span);
        how->steps = how_alone.steps;
        how->residual += how_alone.residual;
        how->residual_relative += how_alone.residual_relative;
        how->balance += how_alone.balance;
    }
    return BINNET_OK;
}

/* Index of a state's neurons `part` within the neurons `whole`. */
static uint64_t place_state(uint64_t m, const selection *part, const selection *whole)
{
    uint64_t s = 0;
    for (size_t b = 0, w = 0; b < part->n; b++) {
        while (whole->neuron[w] != part->neuron[b])
            w++;
        s |= (m >> b & 1) << w;
    }
    return s;
}

/* From the law of `known` to that of `more`, which adds neurons that do not influence `known`. guess: NULL, or a law of
 * `more`. */
static int32_t extend_law(binnet_ctx *ctx, double **law, bni_solution *how, const binnet_chain *chain,
                          const selection *known, const selection *more, const double *guess, bni_team *team)
{
    binnet_chain *part;
    BNI_TRY(bni_chain_pick(ctx, &part, chain, more->n, more->neuron));
    size_t S = (size_t)1 << more->n, old = (size_t)1 << known->n;
    double *x = bni_new(ctx, S, sizeof *x), *y = NULL;
    int32_t status = x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK && chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        /* start: the new neurons as if at rest under the known ones' present state, then solve all together */
        const bni_chain_kernels *kern = bni_kernels_get()->chain;
        uint64_t added = (S - 1) & ~place_state(old - 1, known, more);
        for (uint64_t m = 0; m < old; m++) {
            uint64_t base = place_state(m, known, more), done = 0;
            x[base] = (*law)[m];
            for (size_t i = 0; i < more->n; i++) {
                uint64_t bit = UINT64_C(1) << i, subset = 0;
                if (!(added & bit))
                    continue;
                double p, q;
                if (!bni_probability_states(part, kern, &p, &q, i, &base, 1))
                    status = bni_fail(ctx, BINNET_E_CALLBACK, "a custom noise function returned a value outside 0..1");
                do {
                    double w = x[base | subset];
                    x[base | subset] = w * q;
                    x[base | subset | bit] = w * p;
                    subset = (subset - done) & done;
                } while (subset != 0);
                done |= bit;
            }
        }
        if (status == BINNET_OK)
            status = solve_by_iteration(ctx, x, how, part, NULL, (double)S, guess, team);
    } else if (status == BINNET_OK) {
        /* one step from the known law gives the joint law: what the new neurons were does not matter */
        bni_step *step = NULL;
        y = bni_new_raw(ctx, S, sizeof *y);
        status = y == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, part, team, INFINITY);
        for (uint64_t m = 0; status == BINNET_OK && m < old; m++)
            x[place_state(m, known, more)] = (*law)[m];
        if (status == BINNET_OK)
            status = bni_step_apply(ctx, step, y, x);
        double total = 0;
        for (size_t s = 0; status == BINNET_OK && s < S; s++)
            total += y[s];
        for (size_t s = 0; status == BINNET_OK && s < S; s++)
            x[s] = y[s] / total;
        bni_step_free(step);
    }
    bni_delete(&ctx->mem, y);
    binnet_chain_free(part);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, x);
        return status;
    }
    bni_delete(&ctx->mem, *law);
    *law = x;
    return BINNET_OK;
}

/* Operations of a law by iteration: some passes over the core, then over all, or one step from the core. */
static int32_t iteration_flops(binnet_ctx *ctx, double *flops, const binnet_chain *chain, const selection *known)
{
    /* what was seen (docs/command.md): mostly within a factor of 2, and of 4 with weak noise; more where basins of many sizes are
     * left at all rates. Inner iterations keep dense products few; steps by elimination take one for each basin besides,
     * whenever the basins' weights are solved for. */
    int eliminates = chain->update == BINNET_UPDATE_SYNCHRONOUS &&
                     bni_step_flops(chain, (int)ctx->threads, INFINITY) < ldexp(2, 2 * (int)chain->n);
    const double passes = chain->update == BINNET_UPDATE_ASYNCHRONOUS  ? 100
                          : chain->update == BINNET_UPDATE_SWEEP       ? 40
                          : chain->update != BINNET_UPDATE_SYNCHRONOUS ? 60
                          : eliminates                                 ? 85
                                                                       : 40;
    if (known->n == chain->n) {
        *flops = passes * pass_flops(ctx, chain);
        return BINNET_OK;
    }
    binnet_chain *core;
    BNI_TRY(bni_chain_pick(ctx, &core, chain, known->n, known->neuron));
    *flops = passes * pass_flops(ctx, core);
    binnet_chain_free(core);
    double C = ldexp(1, (int)known->n), S = ldexp(1, (int)chain->n);
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        *flops += passes * pass_flops(ctx, chain);
    else
        *flops += chain->update == BINNET_UPDATE_SWEEP
                      ? 6 * (double)chain->n * S
                      : fmin(2 * C * S, bni_step_flops(chain, (int)ctx->threads, INFINITY));
    return BINNET_OK;
}

/* Peak of the allocations of a call, with room for either solver on the whole chain. */
static double stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain, int with_classes, int plan)
{
    int32_t layer[BINNET_MAX_CHAIN_NEURONS], first, last;
    find_layers(layer, &first, &last, chain);
    size_t core = up_to(layer, chain->n, first).n;
    double S = (double)((size_t)1 << chain->n), C = (double)((size_t)1 << core);
    double iteration = bni_iterate_bytes(chain, (int)ctx->threads, plan) + 8 * S;
    double elimination = 8 * (C * C + 4 * C) + bni_gth_bytes(C) + bni_step_most(chain, (int)ctx->threads) +
                         bni_balance_bytes(chain) + 8 * S;
    double classes = with_classes ? bni_classes_bytes(chain) + 8 * C : 0;
    int gth = by_elimination(ctx, C);
    double most = gth ? elimination : iteration;
    if (core < chain->n)
        most = fmax(most, chain->update == BINNET_UPDATE_ASYNCHRONOUS
                              ? iteration + 8 * C
                              : 24 * S + bni_step_most(chain, (int)ctx->threads));
    return fmax(fmax(most, classes), bni_row_errors_bytes(chain)) + 8 * S + 5 * C + 2 * bni_chain_bytes(chain) + 65536;
}

/* Laws of the core and a piece, the recurrent class, the guess, and what does not grow with the states. */
static double bytes_beside_solver(const binnet_chain *chain)
{
    return 48 * ldexp(1, (int)chain->n) + 2 * bni_chain_bytes(chain) + 65536;
}

/* The plan that fits, or the leanest, and what it takes: `more` bytes are needed besides. */
static double choose_plan(int *plan, const binnet_ctx *ctx, const binnet_chain *chain, int with_classes, double more)
{
    *plan = BNI_PLANS;
    double bytes;
    do
        bytes = stationary_bytes(ctx, chain, with_classes, --*plan) + more;
    while (*plan > 0 && !may_allocate(ctx, bytes));
    return bytes;
}

/* What a start takes besides: its marginal law of the core and of a piece, and a copy of the usual start. */
static double guess_bytes(const binnet_chain *chain)
{
    return 24 * (double)((size_t)1 << chain->n);
}

/* Beside the edge of uniform noise a probability is a small difference: the rounding of drives, relative to the least one. */
static int32_t find_edge(binnet_ctx *ctx, double *edge, const binnet_chain *chain)
{
    const bni_chain_kernels *kern = bni_kernels_get()->chain;
    size_t S = (size_t)1 << chain->n;
    uint64_t state[BNI_ROW];
    double p[BNI_ROW], q[BNI_ROW];
    *edge = 0;
    for (size_t i = 0; i < chain->n; i++) {
        double least = 1, size = chain->rounding[i] * 0x1p46 / chain->M[i] / chain->noise->scale[i];
        for (size_t from = 0; from < S && chain->noise->scale[i] > 0; from += BNI_ROW) {
            size_t count = S - from < BNI_ROW ? S - from : BNI_ROW;
            for (size_t k = 0; k < count; k++)
                state[k] = from + k;
            bni_probability_states(chain, kern, p, q, i, state, count);
            for (size_t k = 0; k < count; k++) {
                least = p[k] > 0 && p[k] < least ? p[k] : least;
                least = q[k] > 0 && q[k] < least ? q[k] : least;
            }
            BNI_TRY(bni_poll(ctx, 1));
        }
        *edge += chain->noise->scale[i] > 0 ? (1 + size) / least : 0;
    }
    return BINNET_OK;
}

/* start: NULL, or a law that may be close. */
static int32_t stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t wanted,
                          const binnet_law *start)
{
    if (chain->lumped != NULL)
        return bni_lumped_stationary(ctx, out, chain, wanted, start);
    bni_solution how = {.steps = 0};
    double bytes = choose_plan(&how.plan, ctx, chain, !chain->unbounded || wanted != UINT64_MAX,
                               start != NULL ? guess_bytes(chain) : 0);
    BNI_TRY(bni_need_memory(ctx, bytes, "the stationary law"));
    how.held = bytes_beside_solver(chain);

    int32_t layer[BINNET_MAX_CHAIN_NEURONS], first, last;
    find_layers(layer, &first, &last, chain);
    /* Where some states are transient the asynchronous extension would only approach their 0. */
    int split = wanted == UINT64_MAX && (chain->update != BINNET_UPDATE_ASYNCHRONOUS ||
                                         (chain->unbounded && !by_elimination(ctx, ldexp(1, (int)chain->n))));
    selection known = up_to(layer, chain->n, split ? first : last);
    bni_team *team = NULL;
    binnet_chain *core = NULL;
    double *x = NULL, *guess = NULL;
    selection whole = all_neurons(chain->n);
    int32_t status = bni_chain_pick(ctx, &core, chain, known.n, known.neuron);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, chain->n < BNI_THREADED ? 1 : (int)ctx->threads);
    if (status == BINNET_OK && (x = bni_new_raw(ctx, (size_t)1 << known.n, sizeof *x)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = find_marginal(ctx, &guess, start != NULL ? start->p : NULL, &known, &whole);
    /* the core takes some tens of passes; the others one, but where they are solved with it */
    double C = ldexp(1, (int)known.n), S = ldexp(1, (int)chain->n);
    double passes = chain->update == BINNET_UPDATE_ASYNCHRONOUS ? 1 : 60;
    double share = known.n == chain->n ? 1 : passes * C / (passes * C + S), from = 0.98 * share;
    bni_span(ctx, 0, from);
    if (status == BINNET_OK)
        status = solve_core(ctx, x, &how, core, wanted, guess, team);
    bni_delete(&ctx->mem, guess);
    /* asynchronous: all that is left at once; otherwise layer after layer */
    while (status == BINNET_OK && known.n < chain->n) {
        first = chain->update == BINNET_UPDATE_ASYNCHRONOUS ? last : first + 1;
        selection more = up_to(layer, chain->n, first);
        double to = from + (0.98 - from) * ldexp(1, (int)more.n) / S;
        bni_span(ctx, from, to);
        from = to;
        status = extend_law(ctx, &x, &how, chain, &known, &more, start != NULL ? start->p : NULL, team);
        known = more;
    }
    double edge = 0;
    bni_span(ctx, 0.98, 0.98);
    if (status == BINNET_OK && chain->noise->kind == BINNET_NOISE_UNIFORM)
        status = find_edge(ctx, &edge, chain);
    double row = 0, uncertain = 0;
    if (status == BINNET_OK && chain->correlated != NULL)
        status = bni_row_errors(ctx, &row, &uncertain, chain, x);
    if (status == BINNET_OK)
        status = bni_poll_end(ctx);
    int elimination = core != NULL && how.steps == 0;
    binnet_chain_free(core);
    bni_team_free(team);
    binnet_law *law = NULL;
    if (status == BINNET_OK && (law = bni_new(ctx, 1, sizeof *law)) == NULL)
        status = BINNET_E_NOMEM;
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, x);
        return status;
    }
    *law = (binnet_law){.mem = ctx->mem,
                        .n = chain->n,
                        .p = x,
                        .own = x,
                        .residual = how.residual + row,
                        .residual_relative = how.residual_relative,
                        .balance = how.balance + uncertain + 0x1p-50 + 0x1p-52 * (chain->sensitivity + edge),
                        .iterations = how.steps,
                        .method = elimination ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION};
    *out = law;
    return BINNET_OK;
}

static int32_t begin(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    return bni_need(ctx, chain, "chain");
}

int32_t binnet_chain_stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain)
{
    BNI_TRY(begin(ctx, out, chain));
    return stationary(ctx, out, chain, UINT64_MAX, NULL);
}

int32_t binnet_chain_stationary_from(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain,
                                     const binnet_law *start)
{
    BNI_TRY(begin(ctx, out, chain));
    if (start != NULL)
        BNI_TRY(bni_need_law_of(ctx, start, "start", chain));
    return stationary(ctx, out, chain, UINT64_MAX, start);
}

int32_t bni_stationary_in_class(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t k)
{
    return stationary(ctx, out, chain, k, NULL);
}

double bni_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain)
{
    int plan;
    return choose_plan(&plan, ctx, chain, 1, 0);
}

int32_t binnet_chain_stationary_in_class(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t k)
{
    BNI_TRY(begin(ctx, out, chain));
    if (k == UINT64_MAX)
        return bni_fail(ctx, BINNET_E_RANGE, "class %llu", (unsigned long long)k);
    return stationary(ctx, out, chain, k, NULL);
}

int32_t binnet_chain_stationary_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                         const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    if (chain->lumped != NULL) {
        double most = bni_lumped_stationary_bytes(ctx, chain, flops);
        if (states != NULL)
            *states = bni_chain_states(chain);
        if (bytes != NULL)
            *bytes = most < 1.8e19 ? (uint64_t)ceil(most) : UINT64_MAX;
        return BINNET_OK;
    }
    int32_t layer[BINNET_MAX_CHAIN_NEURONS], first, last;
    find_layers(layer, &first, &last, chain);
    int plan;
    selection known = up_to(layer, chain->n, first);
    double b = choose_plan(&plan, ctx, chain, !chain->unbounded, 0), C = ldexp(1, (int)known.n);
    if (flops != NULL && by_elimination(ctx, C)) {
        *flops = 2.0 / 3 * C * C * C;
    } else if (flops != NULL) {
        BNI_TRY(iteration_flops(ctx, flops, chain, &known));
    }
    if (states != NULL)
        *states = UINT64_C(1) << chain->n;
    if (bytes != NULL)
        *bytes = b < 1.8e19 ? (uint64_t)b : UINT64_MAX;
    return BINNET_OK;
}
