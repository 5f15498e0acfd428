/* Closed forms: the Boltzmann law (symmetric, asynchronous, logistic) and Peretto's (symmetric, synchronous, logistic), every
 * probability to 1e-10 relative; independent neurons; and weak noise, where naive iteration stalls. usage: test_closed [slow] */
#include "support/support.h"

#include <string.h>

static int slow;

/* log of the unnormalised probability; spins S = 2A - 1 in Peretto's. */
static long double boltzmann(size_t n, const double *J, const double *theta, double T, uint64_t A)
{
    long double e = 0;
    for (size_t i = 0; i < n; i++) {
        e -= A >> i & 1 ? theta[i] : 0;
        for (size_t j = 0; j < i; j++)
            e += A >> i & A >> j & 1 ? J[i * n + j] : 0;
    }
    return e / T;
}

static long double peretto(size_t n, const double *J, const double *theta, double T, uint64_t A)
{
    long double e = 0;
    for (size_t i = 0; i < n; i++) {
        long double b = -theta[i], h = 0;
        for (size_t j = 0; j < n; j++) {
            b += J[i * n + j] / 2;
            h += J[i * n + j] * (A >> j & 1 ? 0.5L : -0.5L);
        }
        e += b * (A >> i & 1 ? 1 : -1) / (2 * T) + logl(2 * coshl((h + b) / (2 * T)));
    }
    return e;
}

/* The largest relative error of any probability. */
static double worst(size_t n, int32_t update, double T, uint64_t seed, int32_t method)
{
    dice d = dice_of(seed);
    double J[32 * 32], theta[32], scale[32];
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&d, -0.5, 0.5);
        scale[i] = T;
        for (size_t j = 0; j <= i; j++)
            J[i * n + j] = J[j * n + i] = i == j && update == BINNET_UPDATE_ASYNCHRONOUS ? 0 : roll_in(&d, -1, 1);
    }
    binnet_ctx *ctx = new_ctx(2);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
    OK(binnet_noise_new_logistic(ctx, &noise, n, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    OK(binnet_chain_stationary(ctx, &law, chain));
    size_t S = (size_t)1 << n;
    long double *want = malloc(S * sizeof *want), total = 0;
    ck_assert(want != NULL);
    for (size_t A = 0; A < S; A++) {
        want[A] = expl(update == BINNET_UPDATE_ASYNCHRONOUS ? boltzmann(n, J, theta, T, A)
                                                            : peretto(n, J, theta, T, A));
        total += want[A];
    }
    double error = 0;
    for (size_t A = 0; A < S; A++)
        error = fmax(error, (double)fabsl(binnet_law_data(law)[A] / (want[A] / total) - 1));
    free(want);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    return error;
}

START_TEST(closed_forms)
{
    size_t from = slow ? 11 : 8, to = slow ? 14 : 10;
    for (size_t n = from; n <= to; n++)
        for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++)
            for (int k = 0; k < 3; k++) {
                double T = k == 0   ? 0.2
                           : k == 1 ? 0.5
                                    : 1,
                       error = worst(n, update, T, 40 + n, BINNET_METHOD_ITERATION);
                ck_assert_msg(error < 1e-10, "n %zu, update %d, T %g: relative error %g", n, update, T, error);
            }
}
END_TEST

START_TEST(elimination)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
        double error = worst(9, update, 0.05, 3, BINNET_METHOD_GTH);
        ck_assert_msg(error < 1e-10, "update %d: relative error %g", update, error);
    }
}
END_TEST

/* No connections: a product law, whatever the update. */
START_TEST(independent_neurons)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        enum { N = 6 };
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        double J[N * N] = {0}, I[N], scale[N], mean[N];
        for (size_t i = 0; i < N; i++) {
            I[i] = 0.4 * (double)i - 1;
            scale[i] = 0.3 + 0.1 * (double)i;
        }
        OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, I));
        OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
        OK(binnet_chain_new(ctx, &chain, net, noise, update));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_law_mean(ctx, mean, N, law));
        for (size_t i = 0; i < N; i++)
            ck_assert(fabs(mean[i] - 0.5 * erfc(-I[i] / scale[i] / sqrt(2))) < 1e-14);
        for (uint64_t A = 0; A < 64; A++) {
            double p = 1;
            for (size_t i = 0; i < N; i++)
                p *= A >> i & 1 ? mean[i] : 1 - mean[i];
            ck_assert(fabs(binnet_law_data(law)[A] - p) <= 1e-12 * p);
        }
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Noise of 1/20 of the typical drive, where the basins of the noiseless dynamics are rarely left. */
START_TEST(weak_noise)
{
    for (int32_t update = BINNET_UPDATE_ASYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        size_t n = slow ? 14 : 8;
        dice d = dice_of(4);
        double J[14 * 14], scale[14];
        binnet_ctx *ctx = new_ctx(2);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        for (size_t k = 0; k < n * n; k++)
            J[k] = roll_in(&d, -1, 1);
        for (size_t i = 0; i < n; i++)
            scale[i] = slow ? 0.05 : 0.1;
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
        OK(binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL));
        OK(binnet_noise_new_gaussian(ctx, &noise, n, scale));
        OK(binnet_chain_new(ctx, &chain, net, noise, update));
        OK(binnet_chain_stationary(ctx, &law, chain));
        ck_assert(binnet_law_residual(law) <= 1e-12);
        if (!slow) {
            binnet_law *exact;
            OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_GTH));
            OK(binnet_chain_stationary(ctx, &exact, chain));
            for (size_t A = 0; A < 256; A++) {
                double want = binnet_law_data(exact)[A];
                ck_assert_msg(fabs(binnet_law_data(law)[A] - want) <= 1e-9 * want + 1e-250,
                              "state %zu: %g, expected %g", A, binnet_law_data(law)[A], want);
            }
            binnet_law_free(exact);
        }
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {closed_forms, elimination, independent_neurons, weak_noise};
    slow = argc > 1 && strcmp(argv[1], "slow") == 0;
    return run_tests("closed", tests, sizeof tests / sizeof *tests) != 0;
}
