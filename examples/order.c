/* When does the first, the fourth, the last of eight neurons fire, their threshold currents being independent but not alike?
 * cc order.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>

int main(void)
{
    enum { N = 8 };
    const double scale[N] = {0.3, 0.3, 0.3, 0.3, 0.6, 0.6, 0.1, 0.1};
    const double location[N] = {1.0, 1.0, 1.1, 1.2, 0.8, 1.5, 1.0, 2.0};
    const size_t two[2] = {1, N};
    const double q[3] = {0.05, 0.5, 0.95}, between[2] = {0.3, 2.2};

    binnet_ctx *ctx = NULL;
    binnet_noise *noise = NULL;
    binnet_order *order = NULL;
    double mean[N], variance[N], x[3], joint = 0, log_rare = 0, F[N], G[N];
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_noise_new_gaussian(ctx, &noise, N, scale);
    const binnet_noise *part[1] = {noise};
    if (status == BINNET_OK)
        status = binnet_order_new(ctx, &order, 1, part, location);
    if (status == BINNET_OK)
        status = binnet_order_moments(ctx, mean, variance, NULL, NULL, order, 1, N);
    for (size_t r = 1; status == BINNET_OK && r <= N; r++) {
        status = binnet_order_quantile(ctx, x, NULL, 3, order, r, q);
        if (status == BINNET_OK)
            printf("X_(%zu)  mean %.6f  sd %.6f  5%% %.6f  median %.6f  95%% %.6f\n", r, mean[r - 1],
                   sqrt(variance[r - 1]), x[0], x[1], x[2]);
    }
    /* both at once: the first fires below 0.3 and the last below 2.2 */
    if (status == BINNET_OK)
        status = binnet_order_joint_eval(ctx, &joint, NULL, order, 2, two, between);
    /* all eight below -1.5: far beyond the range of double, as a logarithm */
    if (status == BINNET_OK)
        status = binnet_order_marginals(ctx, F, G, NULL, N, order, -1.5);
    if (status == BINNET_OK)
        status = binnet_order_log_cdf(ctx, &log_rare, NULL, N, F, G, N);
    if (status == BINNET_OK)
        printf("P(X_(1) <= 0.3, X_(%d) <= 2.2) = %.9f\nP(X_(%d) <= -1.5) = 10^%.6f\n", N, joint, N, log_rare / log(10));
    else
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    binnet_order_free(order);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
