/*
 * Mean fields: maps, slopes, fixed points from a start, against published values, closed forms and plain sums.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

/* NNMT 1.3, binary_neurons: published means. */
START_TEST(test_published_means)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[4] = {0.1, -0.2, 0.1, -0.2}, K[4] = {150, 200, 350, 200}, theta[2] = {-5.5, 8.5}, none[2] = {0, 0};
    binnet_noise *noise;
    binnet_mean_field *field;
    double mean[2], error;
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, none));
    OK(binnet_mean_field_new_degrees(ctx, &field, 2, NULL, K, J, theta, NULL, noise, BINNET_INPUT_GAUSSIAN));
    OK(binnet_mean_field_solve(ctx, mean, &error, 2, field, NULL));
    printf("published means: off by %.2e %.2e, error %.2e\n", mean[0] - 0.644498588461, mean[1] - 0.365451684957,
           error);
    ck_assert_double_le(fabs(mean[0] - 0.644498588461), 1e-11);
    ck_assert_double_le(fabs(mean[1] - 0.365451684957), 1e-11);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("mean field", test_published_means)
