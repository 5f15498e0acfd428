/*
 * Chains of occupation numbers: how many neurons are active in each population of interchangeable ones. Given the state, the
 * active and the inactive neurons of a population fire each with a probability of their own (they differ by what a neuron
 * receives from itself), independently: n_a' = Binomial(n_a, p_on) + Binomial(N_a - n_a, p_off). Asynchronous: a walk to
 * neighbours on the grid.   Source: THEORY 3, "Exact lumping".
 */
#include "chain/chain.h"
#include "kernels/kernels.h"
#include "num/exact.h"

#include "binnet/lumped.h"

#include <math.h>
#include <string.h>

enum { MOST = BINNET_MAX_CHAIN_NEURONS };

/* --- what a network and its noise say of each population --- */

/* Populations are alike: neurons of one have the same normalisation, threshold and stimulus, the same weight to themselves and from
 * all others of every population. One neuron of each stands for it. row: [n] scratch. */
static int32_t check_alike(binnet_ctx *ctx, binnet_chain *c, double *row, const binnet_net *net, const int32_t *first)
{
    size_t P = net->n_pop;
    for (size_t k = 0; k < P; k++)
        for (size_t b = 0; b < P; b++)
            c->J[k * P + b] = NAN; /* not seen yet */
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i), f = (size_t)first[a];
        if (net->M[i] != c->M[a] || net->theta[i] != c->theta[a] || net->I[i] != c->I[a])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "neurons %zu and %zu of population %zu differ in normalisation, threshold or stimulus", f,
                            i, a);
        bni_net_row(net, i, row);
        if (i == f)
            c->lumped->own[a] = row[i];
        if (row[i] != c->lumped->own[a])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "neurons %zu and %zu of population %zu have different weights to themselves", f, i, a);
        for (size_t j = 0; j < net->n; j++) {
            size_t b = (size_t)binnet_net_population(net, j);
            double *w = &c->J[a * P + b];
            if (j == i)
                continue;
            if (isnan(*w))
                *w = row[j];
            if (row[j] != *w)
                return bni_fail(ctx, BINNET_E_RANGE,
                                "the weight from neuron %zu to neuron %zu is %g, others from population %zu to "
                                "population %zu are %g",
                                j, i, row[j], b, a, *w);
        }
        BNI_TRY(bni_poll(ctx, (double)i / (double)net->n));
    }
    for (size_t k = 0; k < P; k++)
        for (size_t b = 0; b < P; b++)
            if (isnan(c->J[k * P + b])) /* a population of one has no other neuron */
                c->J[k * P + b] = 0;
    return BINNET_OK;
}

static int32_t copy_populations(binnet_ctx *ctx, binnet_chain *c, const binnet_net *net, const int32_t *first)
{
    size_t P = net->n_pop;
    for (size_t a = 0; a < P; a++) {
        size_t u = net->form == BNI_HOMOGENEOUS ? a : (size_t)first[a];
        c->M[a] = net->M[u];
        c->theta[a] = net->theta[u];
        c->I[a] = net->I[u];
    }
    if (net->form == BNI_HOMOGENEOUS) {
        memcpy(c->J, net->J, P * P * sizeof *c->J);
        for (size_t a = 0; a < P; a++)
            c->lumped->own[a] = net->self_connections ? c->J[a * P + a] : 0;
        return BINNET_OK;
    }
    double *row = bni_new_raw(ctx, net->n, sizeof *row);
    int32_t status = row == NULL ? BINNET_E_NOMEM : check_alike(ctx, c, row, net, first);
    bni_delete(&ctx->mem, row);
    return status;
}

static int32_t check_noise(binnet_ctx *ctx, const binnet_net *net, const binnet_noise *noise, const int32_t *first)
{
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i), f = (size_t)first[a];
        if (noise->scale[i] != noise->scale[f])
            return bni_fail(ctx, BINNET_E_RANGE,
                            "the noise of neuron %zu is %g, that of neuron %zu of its population %g", i,
                            noise->scale[i], f, noise->scale[f]);
        if (i % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Bounds of the drives, and of what their rounding does to a transition. */
static int32_t find_bounds(binnet_ctx *ctx, binnet_chain *c)
{
    size_t P = c->lumped->space->n_pop;
    c->unbounded = 1;
    for (size_t a = 0; a < P; a++) {
        double scale = c->noise->scale[a], most = fabs(c->lumped->own[a]);
        for (size_t b = 0; b < P; b++)
            most += fabs(c->J[a * P + b]) * (double)c->lumped->space->size[b];
        most += c->M[a] * (fabs(c->I[a]) + fabs(c->theta[a]));
        if (!isfinite(most / (c->M[a] * (scale > 0 ? scale : 1))))
            return bni_fail(ctx, BINNET_E_RANGE, "the drive of population %zu overflows", a);
        c->rounding[a] = 0x1p-46 * most;
        double z = scale > 0 ? most / (c->M[a] * scale) : 0;
        c->sensitivity += c->noise->kind == BINNET_NOISE_GAUSSIAN ? z * z : z;
        c->unbounded &= bni_chain_unbounded(c, a) && (c->select == NULL || c->select[a] > 0);
    }
    return BINNET_OK;
}

/* Steepest: its power most + BNI_CONVOLVED over the least of a shape is in range. */
static void fill_shapes(bni_lumped *l, size_t most)
{
    const bni_occupation *o = l->space;
    double *shape = l->shape;
    for (size_t a = 0; a < o->n_pop; shape += o->size[a++] + 1) {
        size_t N = o->size[a], half = N / 2;
        long double v = 1;
        shape[half] = 1;
        for (size_t k = half; k > 0; k--)
            shape[k - 1] = (double)(v *= (long double)k / (long double)(N - k + 1));
        for (size_t k = half + 1; k <= N; k++)
            shape[k] = shape[N - k];
    }
    l->steepest = exp((600 - log(2) * (double)most) / (double)(most + BNI_CONVOLVED));
}

static int32_t fill_chain(binnet_ctx *ctx, binnet_chain *c, const binnet_net *net, const binnet_noise *noise,
                          const double *select, const int32_t *stage, const int64_t *size, const int32_t *first)
{
    size_t P = net->n_pop;
    BNI_TRY(bni_occupation_new(ctx, &c->lumped->space, P, size, net->form == BNI_HOMOGENEOUS ? NULL : net->pop));
    BNI_TRY(bni_noise_pick(ctx, &c->noise, noise, P, first));
    size_t most = bni_lumped_largest(c);
    BNI_TRY(bni_chain_make_buffers(ctx, c));
    for (size_t k = 0; k <= most; k++)
        c->lumped->inverse[k] = 1 / ((double)k + 1);
    fill_shapes(c->lumped, most);
    double sum = 0;
    for (size_t a = 0; c->select != NULL && a < P; a++) {
        c->select[a] = select != NULL ? select[a] : 1;
        sum += c->select[a] * (double)size[a];
    }
    for (size_t a = 0; c->select != NULL && a < P; a++)
        c->select[a] /= sum;
    bni_chain_fill_stages(c, stage);
    BNI_TRY(copy_populations(ctx, c, net, first));
    return find_bounds(ctx, c);
}

/* Sizes of the populations and a neuron of each. */
static int32_t count_populations(binnet_ctx *ctx, int64_t *size, int32_t *first, const binnet_net *net)
{
    for (size_t a = 0; a < net->n_pop; a++) {
        size[a] = 0;
        first[a] = -1;
    }
    for (size_t i = 0; i < net->n; i++) {
        size_t a = (size_t)binnet_net_population(net, i);
        first[a] = first[a] < 0 ? (int32_t)i : first[a];
        size[a]++;
        if (i % 65536 == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t a = 0; a < net->n_pop; a++)
        if (size[a] < 1)
            return bni_fail(ctx, BINNET_E_RANGE, "population %zu has no neuron", a);
    return BINNET_OK;
}

static int32_t check_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    BNI_TRY(bni_noise_need_independent(ctx, noise, "occupation numbers"));
    if (noise->n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, the network has %zu", noise->n, net->n);
    if (net->n_pop > MOST)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu populations: a lumped chain can have at most %d", net->n_pop, MOST);
    return BINNET_OK;
}

/* The chain, and a row of weights while it is made. */
static int32_t need_memory_of(binnet_ctx *ctx, const binnet_net *net, const binnet_noise *noise, int32_t update,
                              size_t n_stages, const int64_t *size)
{
    int32_t label;
    binnet_noise scales = *noise;
    bni_occupation space = {.n_pop = net->n_pop, .neurons = net->n};
    bni_lumped lumped = {.space = &space};
    binnet_chain numbers = {.update = update, .n_stages = n_stages, .lumped = &lumped, .noise = &scales};
    space.population = net->form == BNI_HOMOGENEOUS ? NULL : &label;
    for (size_t a = 0; a < net->n_pop; a++)
        space.size[a] = (size_t)size[a];
    return bni_need_memory(ctx, bni_chain_bytes(&numbers) + 8 * (double)net->n, "a lumped chain");
}

static int32_t make_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                           int32_t update, const double *select, size_t n_stages, const int32_t *stage)
{
    int64_t size[MOST];
    int32_t first[MOST], each[MOST];
    BNI_TRY(count_populations(ctx, size, first, net));
    int64_t most = 0;
    for (size_t a = 0; a < net->n_pop; a++)
        most = size[a] > most ? size[a] : most;
    if (update == BINNET_UPDATE_SWEEP) {
        for (size_t a = 0; a < net->n_pop; a++) {
            if (size[a] > 1)
                return bni_fail(
                    ctx, BINNET_E_RANGE,
                    "a sweep tells the %lld neurons of population %zu apart: only populations of one neuron "
                    "can be swept; blocks update whole populations in order",
                    (long long)size[a], a);
            each[a] = first[a]; /* neurons in order, whatever their labels */
        }
        stage = each;
        n_stages = net->n_pop;
    }
    BNI_TRY(need_memory_of(ctx, net, noise, update, n_stages, size));
    BNI_TRY(check_noise(ctx, net, noise, first));
    binnet_chain *c = bni_new(ctx, 1, sizeof *c);
    if (c == NULL)
        return BINNET_E_NOMEM;
    c->mem = ctx->mem;
    c->update = update;
    c->tie = net->tie;
    c->n_stages = n_stages;
    c->lumped = bni_new(ctx, 1, sizeof *c->lumped);
    int32_t status = c->lumped == NULL ? BINNET_E_NOMEM : fill_chain(ctx, c, net, noise, select, stage, size, first);
    if (status != BINNET_OK) {
        binnet_chain_free(c);
        return status;
    }
    *out = c;
    return BINNET_OK;
}

int32_t binnet_chain_new_lumped(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                                int32_t update)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    if (update != BINNET_UPDATE_SYNCHRONOUS && update != BINNET_UPDATE_ASYNCHRONOUS && update != BINNET_UPDATE_SWEEP)
        return bni_fail(ctx, BINNET_E_RANGE,
                        "update is %d, allowed is 1 (synchronous), 2 (asynchronous), 3 (sweep); blocks have a function "
                        "of their own",
                        (int)update);
    return make_lumped(ctx, out, net, noise, update, NULL, 1, NULL);
}

int32_t binnet_chain_new_lumped_asynchronous(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                             const binnet_noise *noise, const double *select)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, select, "select"));
    BNI_TRY(bni_need_finite(ctx, select, net->n_pop, "select"));
    int64_t size[MOST];
    int32_t first[MOST];
    BNI_TRY(count_populations(ctx, size, first, net));
    double sum = 0, each[MOST];
    for (size_t a = 0; a < net->n_pop; a++) {
        if (select[a] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "select[%zu] is %g, a probability must be >= 0", a, select[a]);
        sum += select[a];
        each[a] = select[a] / (double)size[a];
    }
    if (!(fabs(sum - 1) <= 1e-12))
        return bni_fail(ctx, BINNET_E_RANGE, "the selection probabilities add up to %.17g, not to 1", sum);
    return make_lumped(ctx, out, net, noise, BINNET_UPDATE_ASYNCHRONOUS, each, 1, NULL);
}

int32_t binnet_chain_new_lumped_blocks(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                       const binnet_noise *noise, size_t n_blocks, const int32_t *block)
{
    BNI_TRY(check_lumped(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, block, "block"));
    if (n_blocks < 1 || n_blocks > net->n_pop)
        return bni_fail(ctx, BINNET_E_RANGE, "n_blocks is %zu, allowed is 1..%zu", n_blocks, net->n_pop);
    uint64_t seen = 0;
    for (size_t a = 0; a < net->n_pop; a++) {
        if (block[a] < 0 || (size_t)block[a] >= n_blocks)
            return bni_fail(ctx, BINNET_E_RANGE, "block[%zu] is %d, allowed is 0..%zu", a, (int)block[a], n_blocks - 1);
        seen |= UINT64_C(1) << block[a];
    }
    if (seen != (UINT64_C(1) << n_blocks) - 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a block of 0..%zu has no population", n_blocks - 1);
    return make_lumped(ctx, out, net, noise, BINNET_UPDATE_BLOCKS, NULL, n_blocks, block);
}
