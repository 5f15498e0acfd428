/* The attractors of three neurons that inhibit each other, from C.
 * cc attractors.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

static void show(const binnet_attractors *a, uint64_t k, size_t n)
{
    uint64_t period = binnet_attractors_period(a, k);
    for (uint64_t t = 0; t < period; t++) {
        uint64_t state = binnet_attractors_state(a, k, t);
        for (size_t i = 0; i < n; i++) /* neuron 0 first */
            putchar(state >> i & 1 ? '1' : '0');
        putchar(t + 1 < period ? ' ' : '\n');
    }
}

int main(void)
{
    /* J[i*n + j] is the weight from neuron j to neuron i: the pyloric triad (examples/pyloric.json), without noise */
    enum { N = 3 };
    const double J[N * N] = {0,  -1, 0,  /* to AB/PD */
                             -2, 0,  -1, /* to LP */
                             -2, -1, 0}; /* to PY */
    const double stimulus[N] = {0.4, 0.8, 0.8};
    const int32_t group[N] = {0, 1, 1}; /* the pacemaker, the followers */

    binnet_ctx *ctx = NULL;
    binnet_net *net = NULL, *grouped = NULL;
    binnet_attractors *together = NULL, *singly = NULL;
    uint64_t tied = 0;
    int32_t status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_net_new(ctx, &net, N, J, NULL, NULL, stimulus);
    if (status == BINNET_OK)
        status = binnet_net_with_populations(ctx, &grouped, net, 2, group);
    if (status == BINNET_OK)
        status = binnet_attractors_new(ctx, &together, grouped);
    if (status == BINNET_OK)
        status = binnet_attractors_new_asynchronous(ctx, &singly, grouped);
    if (status == BINNET_OK)
        status = binnet_net_ties(ctx, &tied, NULL, NULL, NULL, 0, grouped);

    for (uint64_t k = 0; status == BINNET_OK && k < binnet_attractors_count(together); k++) {
        double down[2], up[2];
        printf("all at once: reached from %llu of 8 states, within %llu steps: ",
               (unsigned long long)binnet_attractors_basin(together, k),
               (unsigned long long)binnet_attractors_longest_transient(together, k));
        show(together, k, N);
        status = binnet_attractors_margins(ctx, down, up, 2, together, k);
        for (int g = 0; status == BINNET_OK && g < 2; g++) /* a margin can be infinite */
            printf("  stays while the stimulus of group %d falls by less than %g or rises by less than %g\n", g,
                   down[g], up[g]);
    }
    for (uint64_t k = 0; status == BINNET_OK && k < binnet_attractors_count(singly); k++) {
        printf("one at a time: reached surely from %llu states, possibly from %llu: ",
               (unsigned long long)binnet_attractors_basin(singly, k),
               (unsigned long long)binnet_attractors_weak_basin(singly, k));
        show(singly, k, N);
    }
    if (status == BINNET_OK)
        printf("states with a neuron exactly at its threshold: %llu\n", (unsigned long long)tied);
    else
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");

    binnet_attractors_free(together); /* in any order; NULL is allowed */
    binnet_attractors_free(singly);
    binnet_net_free(grouped);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
