/* Two patterns and a cycle of three states, each transition with probability 0.99; then two demands that contradict each other. */
#include <binnet/binnet.h>

#include <stdio.h>

enum { N = 8, L = 5 };

int main(void)
{
    const uint8_t from[L * N] = {1, 1, 1, 1, 0, 0, 0, 0,  /* stays */
                                 0, 0, 1, 1, 1, 1, 0, 0,  /* stays */
                                 1, 0, 0, 0, 0, 0, 0, 1,  /* the cycle */
                                 0, 1, 0, 0, 0, 0, 1, 0,  /**/
                                 0, 0, 1, 0, 0, 1, 0, 0}; /**/
    const uint8_t to[L * N] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0,
                               0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1};
    const double scale[N] = {0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2}, probability[L] = {0.99, 0.99, 0.99, 0.99, 0.99};
    double J[N * N], margin[L * N], p[L], once, steps;
    binnet_ctx *ctx = NULL;
    binnet_noise *noise = NULL;
    binnet_net *net = NULL;
    binnet_storage *stored = NULL;
    int32_t code = binnet_ctx_new(&ctx);
    if (code == BINNET_OK)
        code = binnet_noise_new_gaussian(ctx, &noise, N, scale);
    if (code == BINNET_OK)
        code = binnet_store_margins(ctx, margin, L, N, to, probability, 1, noise);
    if (code == BINNET_OK)
        code = binnet_store(ctx, J, NULL, N, L, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, NULL);
    if (code == BINNET_OK)
        code = binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL);
    if (code == BINNET_OK)
        code = binnet_recall_transitions(ctx, p, NULL, L, N, from, to, net, noise);
    for (int l = 0; l < L && code == BINNET_OK; l++)
        printf("transition %d: %.12f\n", l, p[l]);
    if (code == BINNET_OK)
        code = binnet_recall_path(ctx, &once, NULL, &steps, NULL, 3, N, from + 2 * N, 1, 1, net, noise);
    if (code == BINNET_OK)
        printf("cycle once round: %.12f, steps until it is left: %.6f\n", once, steps);
    if (code == BINNET_OK) { /* the second pattern is also to lead to the first */
        uint8_t both[2 * N], successor[2 * N];
        for (int i = 0; i < N; i++) {
            both[i] = both[N + i] = from[N + i];
            successor[i] = from[N + i];
            successor[N + i] = from[i];
        }
        int32_t unmet = binnet_store(ctx, J, &stored, N, 2, both, successor, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL,
                                     NULL);
        printf("%s: %s\n", binnet_strerror(unmet), binnet_ctx_message(ctx));
        code = unmet == BINNET_E_UNMET && binnet_storage_status(stored, 0) == BINNET_IMPOSSIBLE ? BINNET_OK : unmet;
    }
    if (code != BINNET_OK)
        fprintf(stderr, "%s: %s\n", binnet_strerror(code), binnet_ctx_message(ctx));
    binnet_storage_free(stored);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
    return code != BINNET_OK;
}
