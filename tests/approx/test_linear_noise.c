/*
 * Linear noise against exact chains and plain iteration.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { N = 6 };

static double chain_error(double coupling, int32_t update, int32_t input, int logistic, uint64_t seed)
{
    dice d = dice_of(seed);
    binnet_ctx *ctx = new_ctx(1);
    double J[N * N], theta[N], scale[N], mean[N], cov[N * N], exact[N * N], exact_mean[N], worst = 0, residual;
    for (int i = 0; i < N; i++) {
        theta[i] = roll_in(&d, -0.5, 0.5);
        scale[i] = roll_in(&d, 0.8, 1.2);
        for (int j = 0; j < N; j++)
            J[i * N + j] = i == j ? 0 : coupling * roll_in(&d, -1, 1);
    }
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    binnet_mean_field *field;
    OK(binnet_net_new(ctx, &net, N, J, NULL, theta, NULL));
    OK(logistic ? binnet_noise_new_logistic(ctx, &noise, N, scale) : binnet_noise_new_gaussian(ctx, &noise, N, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_law_mean(ctx, exact_mean, N, law));
    OK(binnet_law_covariance(ctx, exact, N, law));
    OK(binnet_mean_field_new(ctx, &field, net, noise, input));
    OK(binnet_mean_field_solve(ctx, mean, NULL, N, field, NULL));
    OK(binnet_linear_noise_covariance(ctx, cov, &residual, N, field, mean, update));
    double off = 0, m = 0;
    for (int k = 0; k < N * N; k++) {
        worst = fmax(worst, fabs(cov[k] - exact[k]));
        if (k % (N + 1))
            off = fmax(off, fabs(cov[k] - exact[k]));
    }
    for (int k = 0; k < N; k++)
        m = fmax(m, fabs(mean[k] - exact_mean[k]));
    printf("coupling %g: %.4g  off %.4g mean %.4g residual %.1e\n", coupling, worst, off, m, residual);
    binnet_mean_field_free(field);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return worst;
}

START_TEST(test_slope)
{
    for (int input = 1; input <= 2; input++)
        for (int update = 1; update <= 2; update++)
            for (int logistic = 0; logistic < 2; logistic++) {
                printf("input %d update %d logistic %d\n", input, update, logistic);
                double before = 0;
                for (double g = 0.4; g > 0.01; g /= 2) {
                    double e = chain_error(g, update, input, logistic, 3);
                    if (before > 0)
                        printf("   slope %.3f\n", log2(before / e));
                    before = e;
                }
            }
}
END_TEST

RUN_TESTS("linear noise", test_slope)
