/*
 * What approximations are measured by: the stationary law of the chain where that is in reach, else a simulation.
 */
#include "compare/compare.h"

#include "chain/chain.h"

#include <math.h>
#include <stdio.h>

/* Operations of an exact answer that is taken without being asked for: some minutes. */
static const double most_operations = 2e12;

static int32_t judge_chain(binnet_ctx *ctx, int *in_reach, char why[BNI_MESSAGE_SIZE], const binnet_chain *chain)
{
    uint64_t states, bytes, lagged;
    double flops, more;
    BNI_TRY(binnet_chain_stationary_estimate(ctx, &states, &bytes, &flops, chain));
    BNI_TRY(binnet_chain_lagged_estimate(ctx, &lagged, &more, chain, 1));
    double most = bni_chain_bytes(chain) + fmax((double)bytes, (double)lagged + 8 * (double)states + 512),
           work = flops + more;
    *in_reach = bni_fits_memory(ctx, most) && work <= most_operations;
    if (*in_reach)
        snprintf(why, BNI_MESSAGE_SIZE, "exact, %llu states", (unsigned long long)states);
    else if (work > most_operations)
        snprintf(why, BNI_MESSAGE_SIZE, "Monte Carlo: the exact answer takes some %.2g operations", work);
    else
        snprintf(why, BNI_MESSAGE_SIZE, "Monte Carlo: the exact answer takes %.3g MiB, the limit is %.3g",
                 most / 1048576, (double)ctx->memory_limit / 1048576);
    return BINNET_OK;
}

int32_t bni_reference_choose(binnet_ctx *ctx, int32_t *reference, char why[BNI_MESSAGE_SIZE], const binnet_net *net,
                             const binnet_noise *noise, int32_t update)
{
    size_t n = binnet_net_neurons(net);
    int in_reach = 0;
    if (n > BINNET_MAX_CHAIN_NEURONS) {
        snprintf(why, BNI_MESSAGE_SIZE, "Monte Carlo: %zu neurons, an exact chain has %d at most", n,
                 BINNET_MAX_CHAIN_NEURONS);
    } else {
        binnet_chain *chain = NULL;
        int32_t status = binnet_chain_new(ctx, &chain, net, noise, update);
        if (status == BINNET_OK)
            status = judge_chain(ctx, &in_reach, why, chain);
        binnet_chain_free(chain);
        if (status == BINNET_E_RANGE || status == BINNET_E_LIMIT || status == BINNET_E_NOCONV)
            snprintf(why, BNI_MESSAGE_SIZE, "Monte Carlo: %.200s", binnet_ctx_message(ctx));
        else
            BNI_TRY(status);
    }
    *reference = in_reach ? BINNET_REFERENCE_EXACT : BINNET_REFERENCE_MONTE_CARLO;
    return BINNET_OK;
}

int32_t bni_reference_law(binnet_ctx *ctx, binnet_comparison *c, const binnet_chain *chain, const binnet_law *law)
{
    const int32_t m = BINNET_APPROXIMATION_REFERENCE;
    BNI_TRY(binnet_law_mean(ctx, bni_compared_mean(c, m), c->n, law));
    BNI_TRY(binnet_law_covariance(ctx, bni_compared_cov(c, m), c->n, law));
    BNI_TRY(binnet_chain_lagged_covariance(ctx, bni_compared_lagged(c, m), c->n, chain, law, 1));
    c->has[m] = 1;
    return BINNET_OK;
}

int32_t bni_reference_exact(binnet_ctx *ctx, binnet_comparison *c, const binnet_net *net, const binnet_noise *noise)
{
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    int32_t status = binnet_chain_new(ctx, &chain, net, noise, c->update);
    /* the chain, then the law too, count against what is left */
    int64_t limit = bni_set_aside(ctx, status == BINNET_OK ? bni_chain_bytes(chain) : 0);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, &law, chain);
    bni_set_aside(ctx, law != NULL ? 8 * (double)binnet_law_size(law) + 512 : 0);
    if (status == BINNET_OK)
        status = bni_reference_law(ctx, c, chain, law);
    bni_give_back(ctx, limit);
    binnet_law_free(law);
    binnet_chain_free(chain);
    return status;
}
