/* Two populations with fixed in-degrees and no noise but that of their inputs: all fixed points of the mean field, with proved
 * bounds, their stability, and how correlated the neurons are. cc mean_field.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

enum { P = 2 };

static int32_t show_point(binnet_ctx *ctx, const binnet_mean_field *field, const binnet_mean_points *points, size_t k)
{
    double mean[P], error[P], re[P], im[P], radius, growth, pair[P * P];
    binnet_mean_points_get(points, k, mean, error);
    printf("E %.12f +- %.1e, I %.12f +- %.1e\n", mean[0], error[0], mean[1], error[1]);
    int32_t status = binnet_mean_field_stability(ctx, re, im, &radius, &growth, P, field, mean);
    if (status != BINNET_OK)
        return status;
    printf("eigenvalues up to %.3f in size, %.3f in real part\n", radius, growth);
    if (growth >= 1)
        return BINNET_OK;
    status = binnet_linear_noise_populations(ctx, pair, NULL, P, field, mean, BINNET_UPDATE_ASYNCHRONOUS);
    if (status == BINNET_OK)
        printf("covariances of two neurons: EE %.3e, EI %.3e, II %.3e\n", pair[0], pair[1], pair[3]);
    return status;
}

int main(void)
{
    const int64_t size[P] = {1000, 800};
    const double J[P * P] = {0.1, -0.2, 0.1, -0.2}, K[P * P] = {150, 200, 350, 200}, theta[P] = {-5.5, 8.5},
                       none[P] = {0, 0};
    binnet_ctx *ctx = NULL;
    binnet_noise *noise = NULL;
    binnet_mean_field *field = NULL;
    binnet_mean_points *points = NULL;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, P, none);
    if (status == BINNET_OK)
        status = binnet_mean_field_new_degrees(ctx, &field, P, size, K, J, theta, NULL, noise, BINNET_INPUT_GAUSSIAN);
    if (status == BINNET_OK)
        status = binnet_mean_points_new(ctx, &points, field);
    for (size_t k = 0; status == BINNET_OK && k < binnet_mean_points_count(points); k++)
        status = show_point(ctx, field, points, k);
    if (status != BINNET_OK)
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    binnet_mean_points_free(points);
    binnet_mean_field_free(field);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
