/*
 * Stationary law: which neurons to solve first, whether it is unique, which method, and the neurons that influence nobody.
 * A neuron nobody listens to is a function of the others' past and fresh noise; the others form a chain of their own.
 * Source: THEORY 3; layers as binnet_net_layers.
 */
#include "chain/chain.h"

#include <math.h>
#include <string.h>

/* Up to this many states elimination is quicker than iteration and exact. */
enum { SMALL = 512 };

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

/* Elimination on the states with keep[s] (NULL: all). */
static int32_t eliminate(binnet_ctx *ctx, double *pi, const binnet_chain *chain, const unsigned char *keep,
                         bni_team *team)
{
    size_t S = (size_t)1 << chain->n, m = 0;
    for (size_t s = 0; s < S; s++)
        m += keep == NULL || keep[s];
    double *P = bni_new_raw(ctx, m * m + S, sizeof(double));
    double *x = bni_new_raw(ctx, m, sizeof(double));
    int32_t status = P == NULL || x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    double *row = P != NULL ? P + m * m : NULL, smallest;
    for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++) {
        if (keep != NULL && !keep[s])
            continue;
        status = bni_chain_fill_row(ctx, row, chain, s);
        for (size_t t = 0, c = 0; t < S; t++)
            if (keep == NULL || keep[t])
                P[r * m + c++] = row[t];
        r++;
        if (status == BINNET_OK)
            status = bni_poll(ctx, 0);
    }
    if (status == BINNET_OK)
        status = bni_gth(ctx, x, &smallest, m, P, team);
    if (status == BINNET_OK && smallest < 1e-290)
        status = bni_fail(ctx, BINNET_E_UNDERFLOW, "a set of states is left with a probability of %.3g only", smallest);
    for (size_t s = 0, r = 0; s < S && status == BINNET_OK; s++)
        pi[s] = keep == NULL || keep[s] ? x[r++] : 0;
    bni_delete(&ctx->mem, P);
    bni_delete(&ctx->mem, x);
    return status;
}

static int32_t residual(binnet_ctx *ctx, bni_solution *how, const binnet_chain *chain, const double *x, bni_team *team)
{
    bni_step *step;
    BNI_TRY(bni_step_new(ctx, &step, chain, team));
    double *scratch = bni_new_raw(ctx, (size_t)1 << chain->n, sizeof *scratch);
    int32_t status = scratch == NULL ? BINNET_E_NOMEM : bni_residual(ctx, how, step, x, scratch);
    bni_delete(&ctx->mem, scratch);
    bni_step_free(step);
    return status;
}

/* Solve one chain on the states with keep[s]; x is the start and the result. */
static int32_t solve(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain,
                     const unsigned char *keep, bni_team *team)
{
    size_t S = (size_t)1 << chain->n;
    double m = 0;
    for (size_t s = 0; s < S; s++)
        m += keep == NULL || keep[s];
    if (!by_elimination(ctx, m))
        return bni_iterate(ctx, x, how, chain, team);
    BNI_TRY(bni_need_memory(ctx, 8 * (m * m + 4 * (double)S) + bni_gth_bytes(m), "elimination"));
    BNI_TRY(eliminate(ctx, x, chain, keep, team));
    BNI_TRY(residual(ctx, how, chain, x, team));
    if (how->residual > ctx->tolerance)
        return bni_fail(ctx, BINNET_E_NOCONV, "elimination left a residual of %.3g (tolerance %.3g)", how->residual,
                        ctx->tolerance);
    return BINNET_OK;
}

/* The core: classes, then the method. wanted: number of a class, or UINT64_MAX for the only one. */
static int32_t solve_core(binnet_ctx *ctx, double *x, bni_solution *how, const binnet_chain *chain, uint64_t wanted,
                          bni_team *team)
{
    size_t S = (size_t)1 << chain->n;
    uint64_t count;
    unsigned char *keep = NULL;
    int32_t *class_of = NULL;
    int32_t status = BINNET_OK;
    bni_span(ctx, 0, 0.02);
    if (!chain->unbounded || wanted != UINT64_MAX) {
        class_of = bni_new_raw(ctx, S, sizeof *class_of);
        keep = bni_new(ctx, S, 1);
        status = class_of == NULL || keep == NULL ? BINNET_E_NOMEM : BINNET_OK;
    }
    if (status == BINNET_OK)
        status = bni_classes(ctx, &count, class_of, chain);
    if (status == BINNET_OK && wanted != UINT64_MAX && wanted >= count)
        status = bni_fail(ctx, BINNET_E_RANGE, "class %llu: the chain has %llu", (unsigned long long)wanted,
                          (unsigned long long)count);
    if (status == BINNET_OK && wanted == UINT64_MAX && count > 1)
        status = bni_fail(ctx, BINNET_E_REDUCIBLE, "%llu recurrent classes%s: the stationary law depends on the start",
                          (unsigned long long)count,
                          chain->unbounded ? " (transition probabilities underflow to 0; the noise is too weak for double)"
                                           : "");
    double members = (double)S;
    if (status == BINNET_OK && class_of != NULL) {
        int32_t class = wanted == UINT64_MAX ? 0 : (int32_t)wanted;
        members = 0;
        for (size_t s = 0; s < S; s++)
            members += keep[s] = class_of[s] == class;
    }
    bni_delete(&ctx->mem, class_of);
    bni_span(ctx, 0.02, 0.95);
    if (status == BINNET_OK) {
        for (size_t s = 0; s < S; s++)
            x[s] = keep == NULL || keep[s] ? 1 / members : 0;
        status = solve(ctx, x, how, chain, keep, team);
    }
    bni_delete(&ctx->mem, keep);
    return status;
}

/* Index of a state's neurons `part` within the neurons `whole`. */
static uint64_t place(uint64_t m, const selection *part, const selection *whole)
{
    uint64_t s = 0;
    for (size_t b = 0, w = 0; b < part->n; b++) {
        while (whole->neuron[w] != part->neuron[b])
            w++;
        s |= (m >> b & 1) << w;
    }
    return s;
}

/* From the law of `known` to that of `more`, which adds neurons that do not influence `known`. */
static int32_t extend(binnet_ctx *ctx, double **law, bni_solution *how, const binnet_chain *chain,
                      const selection *known, const selection *more, bni_team *team)
{
    binnet_chain *part;
    BNI_TRY(bni_chain_pick(ctx, &part, chain, more->n, more->neuron));
    size_t S = (size_t)1 << more->n, old = (size_t)1 << known->n;
    double *x = bni_new(ctx, S, sizeof *x), *y = NULL;
    int32_t status = x == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK && chain->update == BINNET_UPDATE_ASYNCHRONOUS) {
        /* start: the new neurons as if at rest under the known ones' present state, then solve all together */
        const bni_kernels *kern = bni_kernels_get();
        uint64_t added = (S - 1) & ~place(old - 1, known, more);
        for (uint64_t m = 0; m < old; m++) {
            uint64_t base = place(m, known, more), done = 0;
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
        uint64_t before = how->steps;
        if (status == BINNET_OK)
            status = bni_iterate(ctx, x, how, part, team);
        how->steps += before;
    } else if (status == BINNET_OK) {
        /* one step from the known law gives the joint law: what the new neurons were does not matter */
        bni_step *step = NULL;
        y = bni_new_raw(ctx, S, sizeof *y);
        status = y == NULL ? BINNET_E_NOMEM : bni_step_new(ctx, &step, part, team);
        for (uint64_t m = 0; status == BINNET_OK && m < old; m++)
            x[place(m, known, more)] = (*law)[m];
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

/* Peak of the allocations of a call, with room for either solver on the whole chain. */
static double stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain, double *flops)
{
    int32_t layer[BINNET_MAX_CHAIN_NEURONS], first, last;
    find_layers(layer, &first, &last, chain);
    size_t core = up_to(layer, chain->n, first).n;
    double S = (double)((size_t)1 << chain->n), C = (double)((size_t)1 << core);
    double step = chain->update == BINNET_UPDATE_ASYNCHRONOUS || chain->update == BINNET_UPDATE_SWEEP
                      ? 6 * (double)core * C
                      : 2 * C * C;
    double iteration = bni_iterate_bytes(chain, (int)ctx->threads) + 8 * S;
    double elimination = 8 * (C * C + 4 * C) + bni_gth_bytes(C) + bni_step_bytes(chain, (int)ctx->threads);
    double classes = bni_classes_bytes(chain) + 8 * C;
    int gth = by_elimination(ctx, C);
    if (flops != NULL)
        *flops = gth ? 2.0 / 3 * C * C * C : 100 * step;
    double most = gth ? elimination : iteration;
    if (core < chain->n)
        most = fmax(most, chain->update == BINNET_UPDATE_ASYNCHRONOUS
                              ? iteration + 8 * C
                              : 24 * S + bni_step_bytes(chain, (int)ctx->threads));
    return fmax(most, classes) + 8 * S + 5 * C + 2 * bni_chain_bytes(chain) + 65536;
}

static int32_t stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t wanted)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, chain, "chain"));
    BNI_TRY(bni_need_memory(ctx, stationary_bytes(ctx, chain, NULL), "the stationary law"));

    int32_t layer[BINNET_MAX_CHAIN_NEURONS], first, last;
    find_layers(layer, &first, &last, chain);
    /* Where some states are transient the asynchronous extension would only approach their 0. */
    int split = wanted == UINT64_MAX && (chain->unbounded || chain->update != BINNET_UPDATE_ASYNCHRONOUS);
    selection known = up_to(layer, chain->n, split ? first : last);
    bni_team *team = NULL;
    binnet_chain *core = NULL;
    double *x = NULL;
    bni_solution how = {.steps = 0};
    int32_t status = bni_chain_pick(ctx, &core, chain, known.n, known.neuron);
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, chain->n < BNI_THREADED ? 1 : (int)ctx->threads);
    if (status == BINNET_OK && (x = bni_new_raw(ctx, (size_t)1 << known.n, sizeof *x)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = solve_core(ctx, x, &how, core, wanted, team);
    bni_span(ctx, 0.95, 1);
    /* asynchronous: all that is left at once; otherwise layer after layer */
    while (status == BINNET_OK && known.n < chain->n) {
        first = chain->update == BINNET_UPDATE_ASYNCHRONOUS ? last : first + 1;
        selection more = up_to(layer, chain->n, first);
        status = extend(ctx, &x, &how, chain, &known, &more, team);
        known = more;
    }
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
                        .residual = how.residual,
                        .residual_relative = how.residual_relative,
                        .iterations = how.steps,
                        .method = elimination ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION};
    *out = law;
    return BINNET_OK;
}

int32_t binnet_chain_stationary(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain)
{
    return stationary(ctx, out, chain, UINT64_MAX);
}

int32_t binnet_chain_stationary_in_class(binnet_ctx *ctx, binnet_law **out, const binnet_chain *chain, uint64_t k)
{
    if (ctx != NULL && k == UINT64_MAX)
        return bni_fail(ctx, BINNET_E_RANGE, "class %llu", (unsigned long long)k);
    return stationary(ctx, out, chain, k);
}

int32_t binnet_chain_stationary_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                         const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    double b = stationary_bytes(ctx, chain, flops);
    if (states != NULL)
        *states = UINT64_C(1) << chain->n;
    if (bytes != NULL)
        *bytes = b < 1.8e19 ? (uint64_t)b : UINT64_MAX;
    return BINNET_OK;
}
