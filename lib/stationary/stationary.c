/*
 * Stationary law: which neurons to solve first, and the neurons that influence nobody; what that takes.
 * A neuron nobody listens to is a function of the others' past and fresh noise; the others form a chain of their own.
 * Source: THEORY 3; layers as binnet_net_layers.
 */
#include "stationary/stationary.h"

#include <math.h>
#include <string.h>

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

/* Positions of the neurons `part` among the neurons `whole`. */
static selection find_positions(const selection *part, const selection *whole)
{
    selection place = {.n = part->n};
    for (size_t b = 0, w = 0; b < part->n; b++) {
        while (whole->neuron[w] != part->neuron[b])
            w++;
        place.neuron[b] = (int32_t)w;
    }
    return place;
}

/* What a law of n neurons says of some of them, a new array; NULL when the law is NULL. */
static int32_t find_marginal(binnet_ctx *ctx, double **out, const double *law, size_t n, const selection *part)
{
    *out = NULL;
    if (law == NULL)
        return BINNET_OK;
    double *p = bni_new(ctx, (size_t)1 << part->n, sizeof *p);
    int32_t status = p == NULL ? BINNET_E_NOMEM : BINNET_OK;
    for (uint64_t s = 0; s < (uint64_t)1 << n && status == BINNET_OK; s++) {
        p[bni_group_state(s, part->n, part->neuron)] += law[s];
        if (s % 65536 == 0)
            status = bni_poll(ctx, 0);
    }
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, p);
    else
        *out = p;
    return status;
}

/* The core. Pieces that do not influence each other are independent in the stationary law, if that is the only one. */
static int32_t solve_core(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                          const double *guess, bni_team *team)
{
    size_t S = (size_t)1 << chain->n;
    int32_t piece[BINNET_MAX_CHAIN_NEURONS], count = find_pieces(piece, chain);
    if (count == 1 || !chain->unbounded || wanted != UINT64_MAX)
        return bni_solve_piece(ctx, x, how, chain, wanted, guess, team);
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
        int32_t status = law == NULL ? BINNET_E_NOMEM : find_marginal(ctx, &share, guess, chain->n, &part);
        if (status == BINNET_OK)
            status = bni_solve_piece(ctx, law, &how_alone, alone, UINT64_MAX, share,
                                     part.n < BNI_THREADED ? NULL : team);
        bni_delete(&ctx->mem, share);
        binnet_chain_free(alone);
        uint64_t mask = bni_deposit(~UINT64_C(0), part.neuron, part.n);
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

/* From the law of `known` to that of `more`, which adds neurons that do not influence `known`. guess: NULL, or a law of
 * `more`. */
static int32_t extend_law(binnet_ctx *ctx, double **law, bni_solution *how, const binnet_chain *chain,
                          const selection *known, const selection *more, const double *guess, bni_team *team)
{
    binnet_chain *part;
    BNI_TRY(bni_chain_pick(ctx, &part, chain, more->n, more->neuron));
    size_t S = (size_t)1 << more->n, old = (size_t)1 << known->n;
    selection place = find_positions(known, more);
    double *x = bni_new(ctx, S, sizeof *x), *y = NULL;
    int32_t status = x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK && chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        /* start: the new neurons as if at rest under the known ones' present state, then solve all together */
        const bni_chain_kernels *kern = bni_kernels_get()->chain;
        uint64_t added = (S - 1) & ~bni_deposit(old - 1, place.neuron, place.n);
        for (uint64_t m = 0; m < old; m++) {
            uint64_t base = bni_deposit(m, place.neuron, place.n), done = 0;
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
            status = bni_solve_from(ctx, x, how, part, guess, team);
    } else if (status == BINNET_OK) {
        /* one step from the known law gives the joint law: what the new neurons were does not matter */
        bni_step *step = NULL;
        y = bni_new_raw(ctx, S, sizeof *y);
        status = y == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, part, team, INFINITY);
        for (uint64_t m = 0; status == BINNET_OK && m < old; m++)
            x[bni_deposit(m, place.neuron, place.n)] = (*law)[m];
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
        *flops = passes * bni_pass_flops(ctx, chain);
        return BINNET_OK;
    }
    binnet_chain *core;
    BNI_TRY(bni_chain_pick(ctx, &core, chain, known->n, known->neuron));
    *flops = passes * bni_pass_flops(ctx, core);
    binnet_chain_free(core);
    double C = ldexp(1, (int)known->n), S = ldexp(1, (int)chain->n);
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        *flops += passes * bni_pass_flops(ctx, chain);
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
    int gth = bni_solves_by_elimination(ctx, C);
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
    while (*plan > 0 && !bni_fits_memory(ctx, bytes));
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
    int split = wanted == UINT64_MAX &&
                (chain->update != BINNET_UPDATE_ASYNCHRONOUS ||
                 (chain->unbounded && !bni_solves_by_elimination(ctx, ldexp(1, (int)chain->n))));
    selection known = up_to(layer, chain->n, split ? first : last);
    bni_team *team = NULL;
    binnet_chain *core = NULL;
    double *x = NULL, *guess = NULL;
    int32_t status = bni_chain_pick(ctx, &core, chain, known.n, known.neuron);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, chain->n < BNI_THREADED ? 1 : (int)ctx->threads);
    if (status == BINNET_OK && (x = bni_new_raw(ctx, (size_t)1 << known.n, sizeof *x)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = find_marginal(ctx, &guess, start != NULL ? start->p : NULL, chain->n, &known);
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
    if (flops != NULL && bni_solves_by_elimination(ctx, C)) {
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
