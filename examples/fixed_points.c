/* All fixed points of a sparse network of 200 neurons, at given stimuli and for all stimuli in a box, from C.
 * cc fixed_points.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

enum { PAIRS = 100, N = 2 * PAIRS };

/* Toggle switches: neurons 2k and 2k + 1 inhibit each other; the first of a pair excites the first of the next one. */
static int32_t make(binnet_ctx *ctx, binnet_net **net)
{
    int64_t row_ptr[N + 1] = {0};
    int32_t col[2 * N];
    double w[2 * N], theta[N];
    int64_t e = 0;
    for (int i = 0; i < N; i++) { /* row i: what neuron i receives, columns rising */
        if (i % 2 == 0 && i > 0) {
            col[e] = i - 2;
            w[e++] = 0.75;
        }
        col[e] = i ^ 1;
        w[e++] = -1;
        row_ptr[i + 1] = e;
        theta[i] = -0.5;
    }
    return binnet_net_new_csr(ctx, net, N, row_ptr, col, w, NULL, theta, NULL);
}

static void report(const binnet_fixed_points *f, const char *what)
{
    printf("%s: %.0f fixed points, %s, %llu steps\n", what, binnet_fixed_points_count(f),
           binnet_fixed_points_complete(f) ? "all of them" : "or more",
           (unsigned long long)binnet_fixed_points_steps(f));
    for (size_t k = 0; k < binnet_fixed_points_listed(f); k++) {
        for (size_t i = 0; i < N; i += 2)
            putchar(binnet_fixed_points_active(f, k, i) ? '1' : '0');
        printf("  first of each pair\n");
    }
}

int main(void)
{
    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL;
    binnet_fixed_points *f = NULL;
    const double lo = -0.25, hi = 0.25; /* the stimulus of all neurons */
    double from, to;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = make(ctx, &net);
    if (status == BINNET_OK)
        status = binnet_fixed_points_new(ctx, &f, net, 3); /* list three of them, count all */
    if (status == BINNET_OK) {
        report(f, "stimulus 0");
        binnet_fixed_points_free(f);
        status = binnet_fixed_points_new_population_box(ctx, &f, net, &lo, &hi, 1, 3);
    }
    if (status == BINNET_OK) {
        report(f, "stimulus -0.25 .. 0.25");
        status = binnet_fixed_points_box(ctx, &from, &to, 1, f, 0);
    }
    if (status == BINNET_OK)
        printf("the first of them for stimuli of %g to %g\n", from, to);
    else
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    binnet_fixed_points_free(f);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
