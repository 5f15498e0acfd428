/*
 * One step of a law, y = x P, whatever the update rule; and the flows between groups of states.
 * Source: THEORY 3.
 */
#include "chain/chain.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct bni_step {
    bni_allocator mem;
    const binnet_chain *chain;
    bni_team *team;
    bni_product *product; /* when a stage has more than one neuron */
    bni_small *small;     /* of small synchronous chains */
    double *tiles;        /* when one has a single neuron */
};

static int single_neurons(const binnet_chain *chain)
{
    return chain->update == BINNET_UPDATE_ASYNCHRONOUS ||
           (chain->update != BINNET_UPDATE_SYNCHRONOUS && chain->n_stages == chain->n);
}

static size_t tiles_doubles(const binnet_chain *chain, int workers)
{
    return chain->update == BINNET_UPDATE_SYNCHRONOUS ? 0 : bni_gates_doubles(chain) * (size_t)workers + 8;
}

double bni_step_bytes(const binnet_chain *chain, int workers)
{
    return sizeof(bni_step) + (single_neurons(chain) ? 0 : bni_product_bytes(chain)) + bni_small_bytes(chain, workers) +
           bni_team_bytes(workers) + 8.0 * (double)tiles_doubles(chain, workers);
}

int32_t bni_step_new(binnet_ctx *ctx, bni_step **out, const binnet_chain *chain, bni_team *team)
{
    *out = NULL;
    bni_step *step = bni_new(ctx, 1, sizeof *step);
    if (step == NULL)
        return BINNET_E_NOMEM;
    step->mem = ctx->mem;
    step->chain = chain;
    step->team = team;
    int32_t status = BINNET_OK;
    size_t tiles = tiles_doubles(chain, bni_team_size(team));
    if (tiles > 0 && (step->tiles = bni_new_raw(ctx, tiles, sizeof(double))) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK && !single_neurons(chain))
        status = bni_product_new(ctx, &step->product, chain, team);
    if (status == BINNET_OK)
        status = bni_small_new(ctx, &step->small, chain, team);
    if (status != BINNET_OK) {
        bni_step_free(step);
        return status;
    }
    *out = step;
    return BINNET_OK;
}

void bni_step_free(bni_step *step)
{
    if (step == NULL)
        return;
    bni_allocator mem = step->mem;
    bni_product_free(step->product);
    bni_small_free(step->small);
    bni_delete(&mem, step->tiles);
    bni_delete(&mem, step);
}

/* Stage after stage, in place; runs of single neurons together. Progress within the present span. */
static int32_t apply_stages(binnet_ctx *ctx, bni_step *step, double *y)
{
    const binnet_chain *c = step->chain;
    bni_progress whole = bni_progress_push(ctx);
    int32_t status = BINNET_OK;
    for (size_t s = 0, last; s < c->n_stages && status == BINNET_OK; s = last) {
        const int32_t *neuron = c->stage_neuron + c->stage_first[s];
        size_t count = (size_t)(c->stage_first[s + 1] - c->stage_first[s]);
        last = s + 1;
        while (count == 1 && last < c->n_stages && c->stage_first[last + 1] - c->stage_first[last] == 1)
            last++;
        bni_progress_parts(ctx, whole, (double)s, (double)(last - s), (double)c->n_stages);
        if (count == 1)
            status = bni_gates_set(ctx, c, step->team, bni_align(step->tiles), y, neuron, last - s);
        else
            status = bni_product_apply(ctx, step->product, y, y, neuron, count);
    }
    bni_progress_pop(ctx, whole);
    return status;
}

int32_t bni_step_apply(binnet_ctx *ctx, bni_step *step, double *y, const double *x)
{
    const binnet_chain *c = step->chain;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return bni_gates_add(ctx, c, step->team, bni_align(step->tiles), y, x);
    if (bni_small_suits(step->small, x))
        return bni_small_apply(ctx, step->small, y, x);
    if (c->n_stages == 1 && step->product != NULL) /* all neurons at once */
        return bni_product_apply(ctx, step->product, y, x, c->stage_neuron, c->n);
    memcpy(y, x, sizeof *y << c->n);
    return apply_stages(ctx, step, y);
}

int32_t bni_step_off_diagonal(binnet_ctx *ctx, bni_step *step, double *y, const double *x)
{
    return bni_gates_off_diagonal(ctx, step->chain, step->team, bni_align(step->tiles), y, x);
}

int32_t bni_step_flows(binnet_ctx *ctx, bni_step *step, double *flow, const double *weight, size_t k,
                       const int32_t *group, const double *x, double *part, double *image)
{
    const binnet_chain *c = step->chain;
    size_t S = (size_t)1 << c->n;
    if (c->update == BINNET_UPDATE_ASYNCHRONOUS)
        return bni_gates_flows(ctx, c, flow, weight, k, group, x);
    /* One group at a time: a synchronous step costs as much as it has states of positive weight. */
    memset(flow, 0, k * k * sizeof *flow);
    bni_progress whole = bni_progress_push(ctx);
    int32_t status = BINNET_OK;
    for (size_t a = 0; a < k && status == BINNET_OK; a++) {
        if (!(weight[a] > 0))
            continue;
        for (size_t s = 0; s < S; s++)
            part[s] = group[s] == (int32_t)a ? x[s] / weight[a] : 0;
        bni_progress_part(ctx, whole, (double)a, (double)k);
        status = bni_step_apply(ctx, step, image, part);
        for (size_t s = 0; s < S && status == BINNET_OK; s++)
            flow[a * k + (size_t)group[s]] += image[s];
    }
    for (size_t a = 0; a < k; a++)
        flow[a * k + a] = 0;
    bni_progress_pop(ctx, whole);
    return status;
}

static int workers_for(const binnet_ctx *ctx, const binnet_chain *chain)
{
    return chain->n < BNI_THREADED ? 1 : (int)ctx->threads;
}

/* Block by block without a branch, then which one it was. */
static int32_t check_weights(binnet_ctx *ctx, const double *x, size_t len)
{
    for (size_t from = 0, to; from < len; from = to) {
        to = len - from < 4096 ? len : from + 4096;
        int64_t bad = 0;
        for (size_t s = from; s < to; s++)
            bad |= !(x[s] >= 0) | !(x[s] <= DBL_MAX);
        for (size_t s = from; bad && s < to; s++)
            if (!(x[s] >= 0 && x[s] <= DBL_MAX))
                return bni_fail(ctx, isfinite(x[s]) ? BINNET_E_RANGE : BINNET_E_NAN, "x[%zu] is %g, must be >= 0", s,
                                x[s]);
        if (from % ((size_t)1 << 20) == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* A step with everything made for the occasion. */
int32_t binnet_chain_apply(binnet_ctx *ctx, double *y, size_t len, const binnet_chain *chain, const double *x)
{
    BNI_TRY(bni_chain_check(ctx, chain, y, len));
    BNI_TRY(bni_need(ctx, x, "x"));
    BNI_TRY(check_weights(ctx, x, len));
    int workers = workers_for(ctx, chain);
    BNI_TRY(bni_need_memory(ctx, bni_step_bytes(chain, workers), "a step"));
    bni_team *team;
    bni_step *step;
    BNI_TRY(bni_team_new(ctx, &team, workers));
    int32_t status = bni_step_new(ctx, &step, chain, team);
    if (status == BINNET_OK)
        status = bni_step_apply(ctx, step, y, x);
    bni_step_free(step);
    bni_team_free(team);
    return status;
}

int32_t binnet_chain_apply_estimate(binnet_ctx *ctx, uint64_t *states, uint64_t *bytes, double *flops,
                                    const binnet_chain *chain)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, chain, "chain"));
    double S = (double)((size_t)1 << chain->n), f = 0;
    if (chain->update == BINNET_UPDATE_ASYNCHRONOUS)
        f = 6 * (double)chain->n * S;
    else
        for (size_t s = 0; s < chain->n_stages; s++) {
            int32_t size = chain->stage_first[s + 1] - chain->stage_first[s];
            f += size == 1 && chain->update != BINNET_UPDATE_SYNCHRONOUS ? 6 * S : ldexp(2 * S, size);
        }
    if (states != NULL)
        *states = UINT64_C(1) << chain->n;
    if (bytes != NULL)
        *bytes = (uint64_t)ceil(bni_step_bytes(chain, workers_for(ctx, chain)));
    if (flops != NULL)
        *flops = f;
    return BINNET_OK;
}
