/*
 * Making chains: a network, its noise and an update rule, and the tables of partial sums that give every drive by two additions.
 * u_i(A) = M_i h_i(A) = sum_j J_ij A_j + M_i (I_i - theta_i), split over three parts of the state's bits.
 */
#include "chain/chain.h"

#include <math.h>

/* How a state's bits are split, and the doubles of the tables. */
static void split_bits(binnet_chain *c)
{
    size_t n = c->n;
    c->low = n < BNI_ROW_BITS ? (int)n : BNI_ROW_BITS;
    c->middle = ((int)n - c->low + 1) / 2;
    c->upper = (int)n - c->low - c->middle;
    size_t each = ((size_t)2 << c->low) + ((size_t)1 << c->middle) + ((size_t)1 << c->upper);
    c->n_tables = n * (c->noise->kind == BINNET_NOISE_LOGISTIC ? 2 * each + 1 : each);
}

static int32_t check_sizes(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, noise, "noise"));
    if (noise->n != net->n)
        return bni_fail(ctx, BINNET_E_SIZE, "the noise is of %zu neurons, the network has %zu", noise->n, net->n);
    if (net->n > BINNET_MAX_CHAIN_NEURONS)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu neurons: a chain can have at most %d", net->n,
                        BINNET_MAX_CHAIN_NEURONS);
    return BINNET_OK;
}

/* table[A] = sum of the weights of neurons first.. whose bits are set in A, by the highest bit first. */
static void subset_sums(double *table, const double *weight, int bits)
{
    table[0] = 0;
    for (int b = 0; b < bits; b++)
        for (size_t A = 0; A < (size_t)1 << b; A++)
            table[A + ((size_t)1 << b)] = table[A] + weight[b];
}

static double largest(const double *v, size_t n)
{
    double m = 0;
    for (size_t k = 0; k < n; k++)
        m = fmax(m, fabs(v[k]));
    return m;
}

static void exponentials(double *e, const double *u, size_t n, double factor)
{
    for (size_t k = 0; k < n; k++)
        e[k] = exp(-u[k] * factor);
}

static int32_t fill_drive_tables(binnet_ctx *ctx, binnet_chain *c)
{
    size_t n = c->n;
    size_t nl = (size_t)1 << c->low, nm = (size_t)1 << c->middle, nu = (size_t)1 << c->upper, half = nl / 2;
    int logistic = c->noise->kind == BINNET_NOISE_LOGISTIC;
    double *at = c->tables;
    for (int e = 0; e <= logistic; e++) {
        double **where[] = {e ? &c->exp_lo : &c->lo, e ? &c->exp_pair[0] : &c->pair[0],
                            e ? &c->exp_pair[1] : &c->pair[1], e ? &c->exp_mid : &c->mid, e ? &c->exp_top : &c->top};
        size_t size[] = {nl, half, half, nm, nu};
        for (int k = 0; k < 5; k++) {
            *where[k] = at;
            at += n * size[k];
        }
    }
    if (logistic)
        c->exp_self = at;
    c->unbounded = 1;
    for (size_t i = 0; i < n; i++) {
        const double *row = c->J + i * n;
        double scale = c->noise->scale[i];
        c->self[i] = row[i] != 0 || (scale == 0 && c->tie == BINNET_TIE_KEEP);
        c->unbounded &= bni_chain_unbounded(c, i) && (c->select == NULL || c->select[i] > 0);
        subset_sums(c->lo + i * nl, row, c->low);
        subset_sums(c->mid + i * nm, row + c->low, c->middle);
        subset_sums(c->top + i * nu, row + c->low + c->middle, c->upper);
        for (size_t A = 0; A < nu; A++)
            c->top[i * nu + A] += c->M[i] * (c->I[i] - c->theta[i]);
        for (size_t A = 0, k[2] = {0, 0}; i < (size_t)c->low && A < nl; A++) {
            size_t own = A >> i & 1;
            c->pair[own][i * half + k[own]++] = c->lo[i * nl + A];
        }
        double most = largest(c->lo + i * nl, nl) + largest(c->mid + i * nm, nm) + largest(c->top + i * nu, nu);
        if (!isfinite(most / (c->M[i] * (scale > 0 ? scale : 1))))
            return bni_fail(ctx, BINNET_E_RANGE, "the drive of neuron %zu overflows", i);
        c->rounding[i] = 0x1p-46 * (most + c->M[i] * (fabs(c->I[i]) + fabs(c->theta[i])));
        double z = scale > 0 ? most / (c->M[i] * scale) : 0; /* d log p = z dz (Gaussian) or dz at most */
        c->sensitivity += c->noise->kind == BINNET_NOISE_GAUSSIAN ? z * z : z;
        if (!logistic || scale == 0)
            continue;
        double factor = 1 / (c->M[i] * scale);
        c->fast[i] = isfinite(factor) && most * factor < 690;
        if (!c->fast[i])
            continue;
        c->exp_self[i] = exp(-row[i] * factor);
        exponentials(c->exp_lo + i * nl, c->lo + i * nl, nl, factor);
        exponentials(c->exp_mid + i * nm, c->mid + i * nm, nm, factor);
        exponentials(c->exp_top + i * nu, c->top + i * nu, nu, factor);
        for (int own = 0; own < 2; own++)
            exponentials(c->exp_pair[own] + i * half, c->pair[own] + i * half, half, factor);
    }
    return BINNET_OK;
}

/* Smaller stages than this are quick enough as they are. */
enum { ELIMINATED_LEAST = 6 };

/* Orders of elimination, of the stages where neurons do not all listen to each other. */
static int32_t make_factor_orders(binnet_ctx *ctx, binnet_chain *c)
{
    for (size_t s = 0; s < c->n_stages; s++)
        if (bni_stage_tabled(c, s))
            return BINNET_OK;
    if (c->update != BINNET_UPDATE_SYNCHRONOUS && c->update != BINNET_UPDATE_BLOCKS)
        return BINNET_OK;
    c->factor = bni_new(ctx, c->n, sizeof *c->factor);
    c->factor_cost = bni_new_raw(ctx, c->n_stages, sizeof *c->factor_cost);
    if (c->factor == NULL || c->factor_cost == NULL)
        return BINNET_E_NOMEM;
    for (size_t s = 0; s < c->n_stages; s++) {
        c->factor_cost[s] = INFINITY;
        if (c->stage_first[s + 1] - c->stage_first[s] >= ELIMINATED_LEAST)
            BNI_TRY(bni_elimination_order(ctx, c->factor + c->stage_first[s], &c->factor_cost[s], c, s,
                                          bni_chain_bytes(c)));
    }
    return BINNET_OK;
}

/* A chain of n neurons, nothing of it filled in. noise: becomes its own, and is freed if this fails. */
static int32_t open_chain(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *numbers)
{
    binnet_chain *c = bni_new(ctx, 1, sizeof *c);
    if (c == NULL) {
        binnet_noise_free(numbers->noise);
        return BINNET_E_NOMEM;
    }
    *c = *numbers;
    c->mem = ctx->mem;
    int32_t status = bni_chain_make_buffers(ctx, c);
    if (status != BINNET_OK)
        binnet_chain_free(c);
    else
        *out = c;
    return status;
}

/* What follows from weights, selection and stages. whole: NULL, or the chain of which it is these neurons, with its tables. */
static int32_t fill_derived_parts(binnet_ctx *ctx, binnet_chain *c, const int32_t *stage, const binnet_chain *whole,
                                  const int32_t *neuron)
{
    double sum = 0;
    for (size_t i = 0; c->select != NULL && i < c->n; i++)
        sum += c->select[i];
    for (size_t i = 0; c->select != NULL && i < c->n; i++)
        c->select[i] /= sum;
    bni_chain_fill_stages(c, stage);
    BNI_TRY(fill_drive_tables(ctx, c));
    BNI_TRY(whole != NULL ? bni_correlated_pick(ctx, c, whole, neuron)
                          : bni_correlated_make(ctx, c, bni_chain_bytes(c)));
    return make_factor_orders(ctx, c);
}

/* The same, and hands the chain out; frees it if this fails. */
static int32_t finish_chain(binnet_ctx *ctx, binnet_chain **out, binnet_chain *c, const int32_t *stage,
                            const binnet_chain *whole, const int32_t *neuron)
{
    int32_t status = fill_derived_parts(ctx, c, stage, whole, neuron);
    if (status != BINNET_OK)
        binnet_chain_free(c);
    else
        *out = c;
    return status;
}

static int32_t chain_build(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                           int32_t update, const double *select, size_t n_stages, const int32_t *stage)
{
    size_t n = net->n;
    binnet_noise scales = *noise;
    binnet_chain numbers = {.n = n, .update = update, .tie = net->tie, .n_stages = n_stages, .noise = &scales}, *c;
    split_bits(&numbers);
    BNI_TRY(bni_need_memory(ctx, bni_chain_bytes(&numbers), "a chain"));
    BNI_TRY(bni_noise_copy(ctx, &numbers.noise, noise));
    BNI_TRY(open_chain(ctx, &c, &numbers));
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        bni_net_row(net, i, c->J + i * n);
        c->M[i] = net->M[u];
        c->theta[i] = net->theta[u];
        c->I[i] = net->I[u];
        if (c->select != NULL)
            c->select[i] = select != NULL ? select[i] : 1;
    }
    return finish_chain(ctx, out, c, stage, NULL, NULL);
}

int32_t binnet_chain_new(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                         int32_t update)
{
    BNI_TRY(check_sizes(ctx, out, net, noise));
    int32_t each[BINNET_MAX_CHAIN_NEURONS];
    for (int32_t i = 0; i < BINNET_MAX_CHAIN_NEURONS; i++)
        each[i] = i;
    switch (update) {
    case BINNET_UPDATE_SYNCHRONOUS:
    case BINNET_UPDATE_ASYNCHRONOUS:
        return chain_build(ctx, out, net, noise, update, NULL, 1, NULL);
    case BINNET_UPDATE_SWEEP:
        return chain_build(ctx, out, net, noise, update, NULL, net->n, each);
    default:
        return bni_fail(
            ctx, BINNET_E_RANGE,
            "update is %d, allowed is 1 (synchronous), 2 (asynchronous), 3 (sweep); blocks have a function of "
            "their own",
            (int)update);
    }
}

int32_t binnet_chain_new_asynchronous(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net,
                                      const binnet_noise *noise, const double *select)
{
    BNI_TRY(check_sizes(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, select, "select"));
    BNI_TRY(bni_need_finite(ctx, select, net->n, "select"));
    double sum = 0;
    for (size_t i = 0; i < net->n; i++) {
        if (select[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "select[%zu] is %g, a probability must be >= 0", i, select[i]);
        sum += select[i];
    }
    if (!(fabs(sum - 1) <= 1e-12))
        return bni_fail(ctx, BINNET_E_RANGE, "the selection probabilities add up to %.17g, not to 1", sum);
    return chain_build(ctx, out, net, noise, BINNET_UPDATE_ASYNCHRONOUS, select, 1, NULL);
}

int32_t binnet_chain_new_sweep(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                               const int32_t *order)
{
    BNI_TRY(check_sizes(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, order, "order"));
    int32_t stage[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < net->n; i++)
        stage[i] = -1;
    for (size_t k = 0; k < net->n; k++) {
        if (order[k] < 0 || (size_t)order[k] >= net->n || stage[order[k]] >= 0)
            return bni_fail(ctx, BINNET_E_RANGE, "order[%zu] is %d: the order must name each of 0..%zu once", k,
                            (int)order[k], net->n - 1);
        stage[order[k]] = (int32_t)k;
    }
    return chain_build(ctx, out, net, noise, BINNET_UPDATE_SWEEP, NULL, net->n, stage);
}

int32_t binnet_chain_new_blocks(binnet_ctx *ctx, binnet_chain **out, const binnet_net *net, const binnet_noise *noise,
                                size_t n_blocks, const int32_t *block)
{
    BNI_TRY(check_sizes(ctx, out, net, noise));
    BNI_TRY(bni_need(ctx, block, "block"));
    if (n_blocks < 1 || n_blocks > net->n)
        return bni_fail(ctx, BINNET_E_RANGE, "n_blocks is %zu, allowed is 1..%zu", n_blocks, net->n);
    uint64_t seen = 0;
    for (size_t i = 0; i < net->n; i++) {
        if (block[i] < 0 || (size_t)block[i] >= n_blocks)
            return bni_fail(ctx, BINNET_E_RANGE, "block[%zu] is %d, allowed is 0..%zu", i, (int)block[i], n_blocks - 1);
        seen |= UINT64_C(1) << block[i];
    }
    if (seen != (UINT64_C(1) << n_blocks) - 1)
        return bni_fail(ctx, BINNET_E_RANGE, "a block of 0..%zu has no neuron", n_blocks - 1);
    return chain_build(ctx, out, net, noise, BINNET_UPDATE_BLOCKS, NULL, n_blocks, block);
}

/* stimulus: of all neurons of the chain; NULL: its own. */
static int32_t pick_neurons(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *chain, size_t k,
                            const int32_t *neuron, const double *stimulus)
{
    *out = NULL;
    BNI_TRY(bni_need_chain(ctx, chain));
    /* the stages that are left, in their order */
    int32_t stage[BINNET_MAX_CHAIN_NEURONS], stages = 0;
    for (size_t s = 0; s < chain->n_stages; s++) {
        int used = 0;
        for (int32_t e = chain->stage_first[s]; e < chain->stage_first[s + 1]; e++)
            for (size_t i = 0; i < k; i++)
                if (chain->stage_neuron[e] == neuron[i]) {
                    stage[i] = stages;
                    used = 1;
                }
        stages += used;
    }
    binnet_chain numbers = {.n = k, .update = chain->update, .tie = chain->tie, .n_stages = (size_t)stages}, *c;
    BNI_TRY(bni_noise_pick(ctx, &numbers.noise, chain->noise, k, neuron));
    split_bits(&numbers);
    BNI_TRY(open_chain(ctx, &c, &numbers));
    for (size_t i = 0; i < k; i++) {
        size_t from = (size_t)neuron[i];
        c->M[i] = chain->M[from];
        c->theta[i] = chain->theta[from];
        c->I[i] = stimulus != NULL ? stimulus[from] : chain->I[from];
        for (size_t j = 0; j < k; j++)
            c->J[i * k + j] = chain->J[from * chain->n + (size_t)neuron[j]];
        if (c->select != NULL)
            c->select[i] = chain->select[from];
    }
    return finish_chain(ctx, out, c, stage, stimulus == NULL ? chain : NULL, neuron);
}

int32_t bni_chain_pick(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *chain, size_t k, const int32_t *neuron)
{
    return pick_neurons(ctx, out, chain, k, neuron, NULL);
}

int32_t bni_chain_with_stimuli(binnet_ctx *ctx, binnet_chain **out, const binnet_chain *chain, const double *stimulus)
{
    int32_t all[BINNET_MAX_CHAIN_NEURONS];
    for (int32_t i = 0; i < BINNET_MAX_CHAIN_NEURONS; i++)
        all[i] = i;
    return pick_neurons(ctx, out, chain, chain->n, all, stimulus);
}
