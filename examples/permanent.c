/* In how many ways can eight people be seated so that nobody keeps the seat, nor takes that to the right? The permanent of a
 * matrix of zeros and ones; and one that no double holds, from its three distinct columns.
 * cc permanent.c $(pkg-config --cflags --libs binnet) */
#include <binnet/binnet.h>

#include <stdio.h>

int main(void)
{
    enum { N = 8, MANY = 300, KINDS = 3 };
    double seats[N * N], value, bound, mantissa, flops;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            seats[i * N + j] = j != i && j != (i + 1) % N;

    static double columns[MANY * KINDS];
    const int64_t multiplicity[KINDS] = {150, 100, 50};
    for (int i = 0; i < MANY * KINDS; i++)
        columns[i] = 1 + (double)(i * 37 % 101) / 101;

    binnet_ctx *ctx = NULL;
    int64_t exponent;
    int32_t used, status = binnet_ctx_new(&ctx);
    if (status == BINNET_OK)
        status = binnet_permanent(ctx, &value, &bound, N, seats);
    if (status == BINNET_OK)
        printf("%g ways, +- %g\n", value, bound);
    if (status == BINNET_OK)
        status = binnet_permanent_estimate(ctx, NULL, NULL, &flops, &used, N, N, seats, BINNET_PERMANENT_AUTO);
    if (status == BINNET_OK)
        printf("method %d, %g operations foreseen\n", (int)used, flops);
    if (status == BINNET_OK)
        status = binnet_permanent_repeated_scaled(ctx, &mantissa, &exponent, &bound, MANY, KINDS, columns,
                                                  multiplicity);
    if (status == BINNET_OK)
        printf("%d x %d: %.15f * 2^%lld, relative error below %.1e\n", MANY, MANY, mantissa, (long long)exponent,
               bound / mantissa);
    if (status != BINNET_OK)
        fprintf(stderr, "%s: %s\n", binnet_strerror(status), ctx != NULL ? binnet_ctx_message(ctx) : "");
    binnet_ctx_free(ctx);
    return status == BINNET_OK ? 0 : 1;
}
