/*
 * The reference by simulation: several trajectories from different starts, until standard errors are small enough.
 */
#include "compare/compare.h"

#include <stdio.h>

/* Samples of each trajectory, at most. */
static const uint64_t most_samples = UINT64_C(1) << 25;
enum { TRAJECTORIES = 4 };

static int32_t read_run(binnet_ctx *ctx, binnet_comparison *c, const binnet_run *run)
{
    const int32_t m = BINNET_APPROXIMATION_REFERENCE, e = BNI_APPROXIMATIONS;
    size_t n = c->n;
    BNI_TRY(binnet_run_mean(ctx, bni_compared_mean(c, m), bni_compared_mean(c, e), NULL, n, run));
    BNI_TRY(binnet_run_covariance(ctx, bni_compared_cov(c, m), bni_compared_cov(c, e), n, run, 0));
    BNI_TRY(binnet_run_covariance(ctx, bni_compared_lagged(c, m), bni_compared_lagged(c, e), n, run, 1));
    c->has[m] = 1;
    return BINNET_OK;
}

int32_t bni_reference_sampled(binnet_ctx *ctx, binnet_comparison *c, const binnet_net *net, const binnet_noise *noise,
                              double precision)
{
    const uint64_t lag[2] = {0, 1};
    binnet_sim *sim = NULL;
    binnet_run *run = NULL;
    char message[BNI_MESSAGE_SIZE];
    int32_t status = binnet_sim_new(ctx, &sim, net, noise, c->update);
    if (status == BINNET_OK)
        status = binnet_sim_run_to_precision(ctx, &run, sim, c->n, NULL, 2, lag, 1, BINNET_BURN_IN_AUTO, precision,
                                             most_samples, TRAJECTORIES);
    if (status == BINNET_E_NOCONV && run != NULL) {
        /* what was reached is kept, and the message that says how much that is */
        snprintf(message, sizeof message, "%s", binnet_ctx_message(ctx));
        status = read_run(ctx, c, run);
        if (status == BINNET_OK)
            status = bni_fail(ctx, BINNET_E_NOCONV, "%s", message);
    } else if (status == BINNET_OK) {
        status = read_run(ctx, c, run);
    }
    binnet_run_free(run);
    binnet_sim_free(sim);
    return status;
}
