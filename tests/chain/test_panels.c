/*
 * Parallel updates from inside: the panels of laws against their definition and their product against plain sums; and the same
 * bits for any number of workers and of BLAS threads.
 */
#include "support/support.h"

#include "chain/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* bits <= 9: at most 10 factors, each product one rounding. */
START_TEST(panels)
{
    dice d = dice_of(1);
    enum { COUNT = 5, LD = COUNT + 2, BITS = 9, STRIDE = BNI_PANEL * COUNT + 3 };
    double p[BITS * LD], q[BITS * LD], weight[COUNT], *out = malloc(8 * STRIDE * sizeof *out);
    ck_assert(out != NULL);
    for (size_t k = 0; k < BITS * LD; k++) {
        p[k] = roll(&d) < 0.1 ? 0 : roll(&d) < 0.2 ? 1e-200 : roll(&d);
        q[k] = roll(&d);
    }
    for (size_t k = 0; k < COUNT; k++)
        weight[k] = roll(&d);
    for (int bits = 0; bits <= BITS; bits++)
        for (int weighted = 0; weighted < 2; weighted++) {
            size_t width = bits < BNI_PANEL_BITS ? (size_t)1 << bits : BNI_PANEL, all = (size_t)1 << bits;
            for (size_t k = 0; k < 8 * STRIDE; k++)
                out[k] = -1;
            bni_law_panels(out, STRIDE, p, q, LD, bits, weighted ? weight : NULL, COUNT);
            for (size_t m = 0; m < all; m++)
                for (size_t k = 0; k < COUNT; k++) {
                    double want = weighted ? weight[k] : 1, *at = out + m / width * STRIDE + k * width + m % width;
                    for (int b = 0; b < bits; b++)
                        want *= (m >> b & 1 ? p : q)[b * LD + (int)k];
                    /* an underflow may come in one order of the factors and not in another */
                    if (!(fabs(*at - want) <= 20 * 0x1p-53 * want + 1e-300))
                        ck_abort_msg("%d bits: entry %zu of state %zu is %g, not %g", bits, m, k, *at, want);
                    *at = -1;
                }
            for (size_t k = 0; k < 8 * STRIDE; k++)
                if (out[k] != -1)
                    ck_abort_msg("%d bits: wrote at %zu", bits, k);
        }
    free(out);
}
END_TEST

/* One panel alone is that part of all of them. */
START_TEST(single_panels)
{
    dice d = dice_of(3);
    enum { COUNT = 5, LD = COUNT + 2, BITS = 9 };
    double p[BITS * LD], q[BITS * LD], weight[COUNT], scratch[COUNT], all[COUNT << BITS], one[COUNT * BNI_PANEL + 1];
    for (size_t k = 0; k < BITS * LD; k++) {
        p[k] = roll(&d);
        q[k] = roll(&d);
    }
    for (size_t k = 0; k < COUNT; k++)
        weight[k] = roll(&d);
    for (int bits = 0; bits <= BITS; bits++)
        for (int low = bits < BNI_PANEL_BITS ? bits : BNI_PANEL_BITS; low >= 0 && low >= bits - 4; low--)
            for (int weighted = 0; weighted < 2; weighted++) {
                const double *w = weighted ? weight : NULL;
                size_t wide = bits < BNI_PANEL_BITS ? (size_t)1 << bits : BNI_PANEL, n = (size_t)1 << low;
                bni_law_panels(all, wide * COUNT, p, q, LD, bits, w, COUNT);
                for (size_t index = 0; index < (size_t)1 << (bits - low); index++) {
                    one[COUNT * n] = -1;
                    bni_law_panel(one, scratch, p, q, LD, bits, low, index, w, COUNT);
                    ck_assert(one[COUNT * n] == -1);
                    for (size_t k = 0; k < COUNT; k++)
                        for (size_t m = 0; m < n; m++) {
                            size_t whole = index * n + m;
                            double want = all[whole / wide * wide * COUNT + k * wide + whole % wide];
                            ck_assert(fabs(one[k * n + m] - want) <= 20 * 0x1p-53 * want);
                        }
                }
            }
}
END_TEST

/* Of whole numbers, every order of the sum gives the same. */
START_TEST(products_of_panels)
{
    dice d = dice_of(2);
    const size_t sizes[][3] = {{1, 1, 1}, {4, 8, 32}, {16, 32, 256}, {32, 32, 300}, {64, 64, 200}, {64, 32, 129}};
    for (size_t t = 0; t < sizeof sizes / sizeof *sizes; t++) {
        size_t m = sizes[t][0], n = sizes[t][1], count = sizes[t][2], a = m + 3, b = n + 5, ldc = n + 1;
        double *rows = malloc(count * a * sizeof *rows), *columns = malloc(count * b * sizeof *columns);
        double *C = malloc(m * ldc * sizeof *C), *want = malloc(m * ldc * sizeof *want);
        ck_assert(rows != NULL && columns != NULL && C != NULL && want != NULL);
        for (size_t k = 0; k < count * a; k++)
            rows[k] = (double)roll_to(&d, 100);
        for (size_t k = 0; k < count * b; k++)
            columns[k] = (double)roll_to(&d, 100);
        for (size_t k = 0; k < m * ldc; k++)
            C[k] = want[k] = (double)roll_to(&d, 100);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                for (size_t k = 0; k < count; k++)
                    want[i * ldc + j] += rows[k * a + i] * columns[k * b + j];
        bni_panels_multiply(C, ldc, rows, a, m, columns, b, n, count);
        ck_assert_mem_eq(C, want, m * ldc * sizeof *C);
        free(rows);
        free(columns);
        free(C);
        free(want);
    }
}
END_TEST

static uint64_t mix(uint64_t hash, const double *v, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint64_t bits;
        memcpy(&bits, v + k, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(1099511628211);
    }
    return hash;
}

/* Steps from a broad law and from few states, of all neurons and of blocks of them, and an elimination. */
static uint64_t hash_of_results(int workers, size_t largest)
{
    uint64_t hash = 14695981039346656037u;
    const size_t sizes[] = {5, 9, 10, 11, 12, 13, 14};
    for (size_t t = 0; t < sizeof sizes / sizeof *sizes && sizes[t] <= largest; t++) {
        size_t n = sizes[t], states = (size_t)1 << n;
        dice d = dice_of(n);
        double J[14 * 14], sigma[14], *x = malloc(2 * states * sizeof *x), *y = x + states;
        ck_assert(x != NULL);
        for (size_t k = 0; k < n * n; k++)
            J[k] = roll_in(&d, -1, 1);
        for (size_t i = 0; i < n; i++)
            sigma[i] = 0.7;
        binnet_ctx *ctx = new_ctx(workers);
        binnet_net *net;
        binnet_noise *noise;
        OK(binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL));
        OK(binnet_noise_new_gaussian(ctx, &noise, n, sigma));
        for (int rule = 0; rule < 2; rule++) {
            int32_t block[14];
            binnet_chain *chain;
            for (size_t i = 0; i < n; i++)
                block[i] = i % 3 != 0; /* two thirds of the neurons, and the others */
            OK(rule == 0 ? binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS)
                         : binnet_chain_new_blocks(ctx, &chain, net, noise, 2, block));
            for (int few = 0; few < 2; few++) {
                double total = 0;
                for (size_t s = 0; s < states; s++)
                    total += x[s] = few && s % 5 != 0 ? 0 : roll(&d);
                for (size_t s = 0; s < states; s++)
                    x[s] /= total;
                OK(binnet_chain_apply(ctx, y, states, chain, x));
                hash = mix(hash, y, states);
            }
            if (n == 9 || n == 10) {
                binnet_law *law;
                OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_GTH));
                OK(binnet_chain_stationary(ctx, &law, chain));
                hash = mix(hash, binnet_law_data(law), states);
                binnet_law_free(law);
            }
            binnet_chain_free(chain);
        }
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
        free(x);
    }
    return hash;
}

static const char *program;

/* What the thread sanitizer sees. */
START_TEST(same_bits_for_two_and_five_workers)
{
    uint64_t one = hash_of_results(1, 13);
    ck_assert(hash_of_results(2, 13) == one && hash_of_results(5, 13) == one);
}
END_TEST

START_TEST(same_bits_for_any_workers)
{
    uint64_t one = hash_of_results(1, 14);
    for (int workers = 2; workers <= 7; workers++)
        ck_assert_msg(hash_of_results(workers, 14) == one, "%d workers", workers);
    const char *const settings[] = {"OPENBLAS_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=2", "OPENBLAS_NUM_THREADS=5",
                                    "OMP_NUM_THREADS=3 BLIS_NUM_THREADS=3 MKL_NUM_THREADS=3"};
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        char command[4200];
        char line[256];
        uint64_t theirs = 0;
        snprintf(command, sizeof command, "BINNET_TESTS=print_hash %s '%s' hash", settings[k], program);
        FILE *f = popen(command, "r");
        ck_assert(f != NULL);
        while (fgets(line, sizeof line, f) != NULL)
            sscanf(line, "hash %" SCNx64, &theirs);
        ck_assert(pclose(f) == 0);
        ck_assert_msg(theirs == one, "with %s: %" PRIx64 ", not %" PRIx64, settings[k], theirs, one);
    }
}
END_TEST

/* Alone in a process, whose surroundings are new. */
START_TEST(print_hash)
{
    printf("hash %" PRIx64 "\n", hash_of_results(3, 14));
    fflush(stdout);
}
END_TEST

int main(int argc, char **argv)
{
    program = argv[0];
    const TTest *const tests[] = {panels, single_panels, products_of_panels, same_bits_for_two_and_five_workers,
                                  same_bits_for_any_workers},
                       *const child[] = {print_hash};
    if (argc > 1 && strcmp(argv[1], "hash") == 0)
        return run_tests("hash", child, 1) != 0;
    return run_tests("panels", tests, sizeof tests / sizeof *tests) != 0;
}
