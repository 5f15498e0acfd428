/* One circuit through the core of the library, every number with all its digits: what the examples of the other languages print
 * too (bindings/r, rust, octave, julia), and the tests compare.
 * cc circuit.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <inttypes.h>
#include <stdio.h>

enum { N = 3, AXES = 2 };

/* Every call goes through here: the first failure is told, and ends the program. */
static int32_t checked(binnet_ctx *ctx, int32_t status)
{
    if (status != BINNET_OK)
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    return status;
}

static int32_t print_law(binnet_ctx *ctx, const binnet_law *law)
{
    double mean[N], covariance[N * N];
    int32_t status = binnet_law_mean(ctx, mean, N, law);
    if (status == BINNET_OK)
        status = binnet_law_covariance(ctx, covariance, N, law);
    if (status != BINNET_OK)
        return status;
    for (uint64_t s = 0; s < binnet_law_size(law); s++)
        printf("law %" PRIu64 " %.17g\n", s, binnet_law_data(law)[s]);
    for (int i = 0; i < N; i++)
        printf("mean %d %.17g\n", i, mean[i]);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            printf("covariance %d %d %.17g\n", i, j, covariance[i * N + j]);
    return BINNET_OK;
}

static void print_attractors(const binnet_attractors *attractors)
{
    for (uint64_t k = 0; k < binnet_attractors_count(attractors); k++) {
        printf("attractor basin %" PRIu64 " states", binnet_attractors_basin(attractors, k));
        for (uint64_t step = 0; step < binnet_attractors_period(attractors, k); step++)
            printf(" %" PRIu64, binnet_attractors_state(attractors, k, step));
        printf("\n");
    }
}

static int32_t print_diagram(binnet_ctx *ctx, const binnet_diagram *diagram)
{
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(diagram); k++) {
        uint64_t state;
        double lo[AXES], hi[AXES];
        const int32_t status = binnet_diagram_fixed(diagram, k, &state, lo, hi);
        if (status != BINNET_OK)
            return status;
        printf("fixed point %" PRIu64 " from %.17g %.17g to %.17g %.17g\n", state, lo[0], lo[1], hi[0], hi[1]);
    }
    const double point[AXES] = {1.2, 2.5}, least[AXES] = {-1, -1}, greatest[AXES] = {4, 4};
    const int32_t axis[AXES] = {0, 1};
    uint64_t fixed, cycles;
    int32_t status = binnet_diagram_query(ctx, diagram, point, &fixed, NULL, &cycles, NULL, 0);
    binnet_regions *regions = NULL;
    if (status == BINNET_OK)
        status = binnet_regions_new(ctx, &regions, diagram, AXES, axis, NULL, least, greatest, BINNET_REGIONS_BY_LABEL);
    if (status == BINNET_OK)
        printf("at 1.2 2.5 fixed points %" PRIu64 " cycles %" PRIu64 "\n", fixed, cycles);
    for (uint64_t k = 0; status == BINNET_OK && k < binnet_regions_count(regions); k++) {
        double points, area;
        status = binnet_regions_label(regions, k, NULL, &points, NULL, NULL, NULL, &area);
        if (status == BINNET_OK)
            printf("region fixed points %.17g area %.17g\n", points, area);
    }
    binnet_regions_free(regions);
    return status;
}

int main(void)
{
    /* the pyloric triad (examples/pyloric.json): J[i*N + j] is the weight from neuron j to neuron i */
    const double J[N * N] = {0, -1, 0, -2, 0, -1, -2, -1, 0};
    const double stimulus[N] = {1.2, 1.2, 1.2}, sigma[N] = {0.5, 0.5, 0.5}, wrong[N] = {0.5, -1, 0.5};
    const int32_t population[N] = {0, 1, 1};
    const double a[16] = {1,       1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5,
                          1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7};
    const double F[4] = {0.1, 0.2, 0.3, 0.4};

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL, *grouped = NULL;
    binnet_noise *noise = NULL, *none = NULL;
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    binnet_attractors *attractors = NULL;
    binnet_diagram *diagram = NULL;
    double permanent, bound, cdf;
    int32_t status = checked(ctx, binnet_ctx_new(&ctx));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_net_new(ctx, &net, N, J, NULL, NULL, stimulus));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_noise_new_gaussian(ctx, &noise, N, sigma));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_ASYNCHRONOUS));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_chain_stationary(ctx, &law, chain));
    if (status == BINNET_OK)
        status = checked(ctx, print_law(ctx, law));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_attractors_new(ctx, &attractors, net));
    if (status == BINNET_OK) {
        print_attractors(attractors);
        status = checked(ctx, binnet_net_with_populations(ctx, &grouped, net, AXES, population));
    }
    if (status == BINNET_OK)
        status = checked(ctx, binnet_diagram_new(ctx, &diagram, grouped));
    if (status == BINNET_OK)
        status = checked(ctx, print_diagram(ctx, diagram));
    if (status == BINNET_OK)
        status = checked(ctx, binnet_permanent(ctx, &permanent, &bound, 4, a));
    if (status == BINNET_OK) {
        printf("permanent %.17g error at most %.17g\n", permanent, bound);
        status = checked(ctx, binnet_order_cdf(ctx, &cdf, 4, F, NULL, 2));
    }
    if (status == BINNET_OK) {
        printf("order 2 %.17g\n", cdf);
        /* a noise that cannot be: the code, and the line about it */
        const int32_t code = binnet_noise_new_gaussian(ctx, &none, N, wrong);
        printf("refused %d: %s\n", (int)code, binnet_ctx_message(ctx));
    }

    binnet_diagram_free(diagram);
    binnet_attractors_free(attractors);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(grouped);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
