/* The bifurcation diagram of two excitatory and two inhibitory neurons over the stimuli of the two populations, from C.
 * cc diagram.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

static void print_box(const double *lo, const double *hi)
{
    printf("  for %g <= E < %g, %g <= I < %g\n", lo[0], hi[0], lo[1], hi[1]);
}

int main(void)
{
    /* J[i*n + j] is the weight from neuron j to neuron i */
    enum { N = 4 };
    const double J[N * N] = {0, 4, -3, -3, /* to the first excitatory neuron */
                             4, 0, -3, -3, /* to the second */
                             2, 2, 0,  -1, /* to the first inhibitory neuron */
                             2, 2, -1, 0}; /* to the second */
    const int32_t population[N] = {0, 0, 1, 1};

    binnet_ctx *ctx = NULL;
    binnet_net *plain = NULL, *net = NULL;
    binnet_diagram *diagram = NULL;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &plain, N, J, NULL, NULL, NULL);
    if (status == BINNET_OK)
        status = binnet_net_with_populations(ctx, &net, plain, 2, population);
    if (status == BINNET_OK)
        status = binnet_diagram_new(ctx, &diagram, net);

    double lo[2], hi[2];
    for (uint64_t k = 0; status == BINNET_OK && k < binnet_diagram_fixed_count(diagram); k++) {
        uint64_t state;
        status = binnet_diagram_fixed(diagram, k, &state, lo, hi);
        printf("fixed point %2llu%s", (unsigned long long)state,
               binnet_diagram_fixed_broken(diagram, k) ? ", equal neurons differ" : "");
        print_box(lo, hi);
    }
    for (uint64_t k = 0; status == BINNET_OK && k < binnet_diagram_cycle_count(diagram); k++) {
        uint64_t period, state;
        status = binnet_diagram_cycle(diagram, k, &period, lo, hi);
        printf("cycle of period %llu:", (unsigned long long)period);
        for (uint64_t t = 0; status == BINNET_OK && t < period; t++) {
            status = binnet_diagram_cycle_state(diagram, k, t, &state);
            printf(" %llu", (unsigned long long)state);
        }
        print_box(lo, hi);
    }

    /* what there is at one point */
    const double I[2] = {2.5, 0.5};
    uint64_t n_fixed = 0, n_cycles = 0;
    if (status == BINNET_OK)
        status = binnet_diagram_query(ctx, diagram, I, &n_fixed, NULL, &n_cycles, NULL, 0);
    if (status == BINNET_OK)
        printf("at E = %g, I = %g: %llu fixed points, %llu cycles\n", I[0], I[1], (unsigned long long)n_fixed,
               (unsigned long long)n_cycles);
    else
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");

    binnet_diagram_free(diagram);
    binnet_net_free(net);
    binnet_net_free(plain);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
