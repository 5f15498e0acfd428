/* Covariances between times, counts in windows and populations against powers of the whole matrix and sums over all states, in
 * long double. Tolerances: the matrix itself has some 20 2^-53 relative, a step some (n + 20) 2^-53. */
#include "support/support.h"

#include <string.h>

enum { MOST = 5, STATES = 1 << MOST };

/* A random network of n neurons: every noise and every update in turn. */
static binnet_chain *random_chain(binnet_ctx *ctx, size_t n, uint64_t seed)
{
    dice d = dice_of(seed);
    double J[MOST * MOST], theta[MOST], stimulus[MOST], scale[MOST];
    int32_t block[MOST];
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(&d) < 0.3 ? 0 : roll_in(&d, -2, 2);
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&d, -1, 1);
        stimulus[i] = roll_in(&d, -1, 1);
        scale[i] = roll_in(&d, seed % 7 == 0 ? 0.2 : 0.6, 1.5);
        block[i] = (int32_t)(i % 2);
    }
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, stimulus));
    if (seed % 4 == 0)
        OK(binnet_noise_new_gaussian(ctx, &noise, n, scale));
    else if (seed % 4 == 1)
        OK(binnet_noise_new_logistic(ctx, &noise, n, scale));
    else if (seed % 4 == 2)
        OK(binnet_noise_new_laplace(ctx, &noise, n, scale));
    else
        OK(binnet_noise_new_student_t(ctx, &noise, n, scale, 3));
    if (seed / 4 % 4 < 3)
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS + (int32_t)(seed / 4 % 4)));
    else
        OK(binnet_chain_new_blocks(ctx, &chain, net, noise, n > 1 ? 2 : 1, block));
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

/* A law that is not stationary, with some states left out. */
static binnet_law *random_law(binnet_ctx *ctx, size_t n, uint64_t seed)
{
    dice d = dice_of(seed + 1000);
    double p[STATES], total = 0;
    binnet_law *law;
    for (size_t s = 0; s < (size_t)1 << n; s++)
        total += p[s] = roll(&d) < 0.2 ? 0 : pow(10, -3 * roll(&d));
    if (!(total > 0))
        total = p[0] = 1;
    for (size_t s = 0; s < (size_t)1 << n; s++)
        p[s] /= total;
    OK(binnet_law_new(ctx, &law, n, p, (size_t)1 << n));
    return law;
}

/* x becomes x P. */
static void multiply(long double *x, const double *P, size_t S)
{
    long double y[STATES] = {0};
    for (size_t s = 0; s < S; s++)
        for (size_t t = 0; t < S; t++)
            y[t] += x[s] * P[s * S + t];
    memcpy(x, y, S * sizeof *x);
}

/* Cov(A_i(0), A_j(lag)) from p; *size: E|A_i - q_i| */
static long double covariance(long double *size, const long double *p, const double *P, size_t S, size_t i, size_t j,
                              uint64_t lag)
{
    long double q = 0, all = 0, x[STATES], sum = 0;
    for (size_t s = 0; s < S; s++) {
        q += s >> i & 1 ? p[s] : 0;
        all += p[s];
    }
    q /= all;
    *size = 2 * q * (1 - q);
    for (size_t s = 0; s < S; s++)
        x[s] = p[s] * ((long double)(s >> i & 1) - q);
    for (uint64_t l = 0; l < lag; l++)
        multiply(x, P, S);
    for (size_t s = 0; s < S; s++)
        sum += s >> j & 1 ? x[s] : 0;
    return sum;
}

enum { SEEDS = 64, LAGS = 6 };

START_TEST(against_matrix)
{
    uint64_t seed = (uint64_t)_i;
    size_t n = 1 + seed % MOST, S = (size_t)1 << n;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = random_chain(ctx, n, seed);
    binnet_law *law = random_law(ctx, n, seed);
    double P[STATES * STATES], cov[(LAGS + 1) * MOST * MOST], one[MOST * MOST];
    long double p[STATES], size;
    if (seed % 3 == 0) {
        binnet_law_free(law);
        OK(binnet_chain_stationary(ctx, &law, chain));
    }
    OK(binnet_chain_matrix(ctx, P, S * S, chain));
    for (size_t s = 0; s < S; s++)
        p[s] = binnet_law_data(law)[s];
    OK(binnet_chain_lagged_covariances(ctx, cov, (LAGS + 1) * n * n, chain, law, LAGS));
    for (uint64_t l = 0; l <= LAGS; l++) {
        OK(binnet_chain_lagged_covariance(ctx, one, n, chain, law, l));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double got = cov[l * n * n + i * n + j];
                long double want = covariance(&size, p, P, S, i, j, l);
                ck_assert_msg(fabsl(got - want) <= 50 * (double)(l + 1) * 0x1p-53L * size,
                              "seed %llu, lag %llu, %zu %zu: %.17g, expected %.17Lg of %.3Lg", (unsigned long long)seed,
                              (unsigned long long)l, i, j, got, want, size);
                ck_assert(one[i * n + j] == got);
            }
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* The count's covariance is the sum over both times. */
START_TEST(windows)
{
    uint64_t seed = (uint64_t)_i;
    size_t n = 1 + seed % MOST, S = (size_t)1 << n, steps = 1 + seed % 6;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = random_chain(ctx, n, seed);
    binnet_law *law = random_law(ctx, n, seed);
    double P[STATES * STATES], mean[MOST], cov[MOST * MOST], fano[MOST];
    long double p[STATES], size;
    OK(binnet_chain_matrix(ctx, P, S * S, chain));
    int32_t status = binnet_chain_window(ctx, mean, cov, fano, n, chain, law, steps);
    ck_assert(status == BINNET_OK || status == BINNET_E_UNDEFINED);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = 0, total = 0;
            for (size_t s = 0; s < S; s++)
                p[s] = binnet_law_data(law)[s];
            for (size_t t = 0; t < steps; t++) {
                for (size_t u = t; u < steps; u++) {
                    sum += covariance(&size, p, P, S, i, j, u - t);
                    sum += u > t ? covariance(&size, p, P, S, j, i, u - t) : 0;
                }
                for (size_t s = 0; s < S; s++)
                    total += s >> i & 1 ? p[s] : 0;
                multiply(p, P, S);
            }
            ck_assert_msg(fabsl(cov[i * n + j] - sum) <= 1e-14L * (double)(steps * steps),
                          "seed %llu: cov %zu %zu %.17g, expected %.17Lg", (unsigned long long)seed, i, j,
                          cov[i * n + j], sum);
            ck_assert(fabsl(mean[i] - total) <= 1e-14L * (double)steps);
            if (i == j && total > 0)
                ck_assert(fabsl(fano[i] - sum / total) <= 1e-12L);
            else if (i == j)
                ck_assert(isnan(fano[i]) && status == BINNET_E_UNDEFINED);
        }
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Larger chains, where the step has other ways: lag 2 is lag 1 of what one step makes of (A_i - q_i) law, split by sign. */
START_TEST(large)
{
    enum { N = 11, S = 1 << N };
    static double J[N * N], p[S], part[2][S], image[2][S];
    dice d = dice_of(5);
    double scale[N], cov[N * N];
    binnet_ctx *ctx = new_ctx(2);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    for (size_t k = 0; k < N * N; k++)
        J[k] = roll_in(&d, -1, 1);
    for (size_t i = 0; i < N; i++)
        scale[i] = 1;
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
    OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
    for (size_t s = 0; s < S; s++)
        p[s] = s < 600 ? 1.0 / 600 : 0; /* fewer than half of the states */
    OK(binnet_law_new(ctx, &law, N, p, S));
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        OK(binnet_chain_new(ctx, &chain, net, noise, update));
        OK(binnet_chain_lagged_covariance(ctx, cov, N, chain, law, 2));
        for (size_t i = 0; i < N; i += 3) {
            double q = 0, sum[N] = {0};
            for (size_t s = 0; s < 600; s++)
                q += s >> i & 1 ? p[s] : 0;
            for (size_t s = 0; s < S; s++) {
                part[0][s] = s >> i & 1 ? 0 : p[s] * q;
                part[1][s] = s >> i & 1 ? p[s] * (1 - q) : 0;
            }
            for (int side = 0; side < 2; side++) {
                OK(binnet_chain_apply(ctx, image[side], S, chain, part[side]));
                OK(binnet_chain_apply(ctx, part[side], S, chain, image[side]));
            }
            for (size_t s = 0; s < S; s++)
                for (size_t j = 0; j < N; j++)
                    sum[j] += s >> j & 1 ? part[1][s] - part[0][s] : 0;
            for (size_t j = 0; j < N; j++)
                ck_assert_msg(fabs(cov[i * N + j] - sum[j]) <= 1e-14, "update %d, %zu %zu: %.17g, expected %.17g",
                              (int)update, i, j, cov[i * N + j], sum[j]);
        }
        binnet_chain_free(chain);
    }
    binnet_law_free(law);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(golden)
{
    const double J[9] = {0, 1.5, -2, 0.7, 0, -1, 1.2, 0.9, 0}, stimulus[3] = {0.3, -0.2, 0.1};
    const double theta[3] = {0.5, 0.25, 0.75}, sigma[3] = {0.8, 1, 0.6};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    double cov[9];
    OK(binnet_net_new(ctx, &net, 3, J, NULL, theta, stimulus));
    OK(binnet_noise_new_gaussian(ctx, &noise, 3, sigma));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_lagged_covariance(ctx, cov, 3, chain, law, 1));
    ck_assert_double_eq_tol(cov[2], .136014016893687, 1e-14);
    ck_assert_double_eq_tol(cov[6], -.115569631572593, 1e-14);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Against the definition, with the means subtracted in long double; means from 1e-12 to 1 - 1e-12. */
START_TEST(populations)
{
    enum { N = 6 };
    static const int32_t pops[4][N] = {{0, 0, 0, 0, 0, 0}, {0, 1, 0, 1, 2, 1}, {0, 1, 2, 3, 4, 5}, {1, 1, 1, 0, 0, 0}};
    static const size_t n_pops[4] = {1, 3, 6, 2};
    const int32_t *pop = pops[_i % 4];
    size_t n_pop = n_pops[_i % 4];
    dice d = dice_of((uint64_t)_i);
    double p[1 << N], total = 0, mean[N], cov[N * N], corr[N * N], within[N * N], fano[N];
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    for (size_t s = 0; s < 1 << N; s++) {
        p[s] = roll(&d);
        for (size_t i = 0; i < N; i++)
            p[s] *= _i < 8 ? 1 : (s >> i & 1) == (size_t)(_i < 16) ? 1e-12 : 1;
        total += p[s];
    }
    for (size_t s = 0; s < 1 << N; s++)
        p[s] /= total;
    OK(binnet_law_new(ctx, &law, N, p, 1 << N));
    OK(binnet_law_populations(ctx, mean, cov, corr, within, fano, n_pop, pop, N, law));
    for (size_t a = 0; a < n_pop; a++)
        for (size_t b = 0; b < n_pop; b++) {
            long double ma = 0, mb = 0, sum = 0, size = 0, va = 0, vb = 0, all = 0, na = 0, nb = 0, pairs = 0, sums = 0,
                        sizes = 0;
            for (size_t i = 0; i < N; i++) {
                na += pop[i] == (int32_t)a;
                nb += pop[i] == (int32_t)b;
            }
            const double *x = binnet_law_data(law);
            int often = _i >= 16; /* then neurons that rest are counted */
            for (int round = 0; round < 2; round++)
                for (size_t s = 0; s < 1 << N; s++) {
                    long double ka = 0, kb = 0;
                    for (size_t i = 0; i < N; i++) {
                        int counted = (s >> i & 1) != (size_t)often;
                        ka += counted && pop[i] == (int32_t)a;
                        kb += counted && pop[i] == (int32_t)b;
                    }
                    if (round == 0) {
                        ma += x[s] * ka;
                        mb += x[s] * kb;
                        all += x[s];
                        continue;
                    }
                    sum += x[s] * (ka - ma / all) * (kb - mb / all) / all;
                    size += x[s] * fabsl((ka - ma / all) * (kb - mb / all)) / all;
                    va += x[s] * (ka - ma / all) * (ka - ma / all) / all;
                    vb += x[s] * (kb - mb / all) * (kb - mb / all) / all;
                }
            ma /= all;
            double *at[3] = {&cov[a * n_pop + b], &corr[a * n_pop + b], &within[a * n_pop + b]};
            ck_assert_msg(fabsl(*at[0] * na * nb - sum) <= 1e-14L * size, "%d: cov %zu %zu %.17g, expected %.17Lg", _i,
                          a, b, *at[0], sum / na / nb);
            ck_assert(fabsl(*at[1] - sum / sqrtl(va) / sqrtl(vb)) <= 1e-14L * (1 + size / sqrtl(va) / sqrtl(vb)));
            ck_assert(fabsl(mean[a] * na - (often ? na - ma : ma)) <= 1e-14L * (often ? 1 : ma));
            if (a == b)
                ck_assert(fabsl(fano[a] * (often ? na - ma : ma) - va) <= 1e-14L * va);
            double pair[N * N];
            OK(binnet_law_covariance(ctx, pair, N, law));
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    if (i != j && pop[i] == (int32_t)a && pop[j] == (int32_t)b) {
                        pairs++;
                        sums += pair[i * N + j];
                        sizes += fabs(pair[i * N + j]);
                    }
            if (pairs > 0)
                ck_assert(fabsl(*at[2] - sums / pairs) <= 1e-14L * size);
            else
                ck_assert(isnan(*at[2]));
            if (pairs > 0 && a == b) /* weak covariances of neurons that hardly vary keep their digits */
                ck_assert(fabsl(*at[2] - sums / pairs) <= 1e-11L * sizes / pairs);
        }
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

/* One neuron that hardly ever fires, or rests, with a weight to itself: Cov(A(t), A(t + 1)) = q (1 - q) (p(1) - p(0)). */
START_TEST(rare)
{
    const double J = 1, theta = _i == 0 ? 20 : -21, scale = 1, half[2] = {0.5, 0.5};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net, 1, &J, NULL, &theta, NULL));
    OK(binnet_noise_new_laplace(ctx, &noise, 1, &scale));
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        binnet_chain *chain;
        binnet_law *law;
        double cov[3], window;
        long double d = _i == 0 ? (expl(-19) - expl(-20)) / 2 : (expl(-21) - expl(-22)) / 2;
        OK(binnet_chain_new(ctx, &chain, net, noise, update));
        OK(binnet_law_new(ctx, &law, 1, half, 2));
        OK(binnet_chain_lagged_covariances(ctx, cov, 3, chain, law, 2));
        ck_assert_msg(fabsl(cov[1] - d / 4) <= 1e-14L * d, "update %d: %.17g, expected %.17Lg", (int)update, cov[1],
                      d / 4);
        ck_assert_msg(fabsl(cov[2] - d * d / 4) <= 1e-14L * d, "update %d: %.17g", (int)update, cov[2]);
        OK(binnet_chain_window(ctx, NULL, &window, NULL, 1, chain, law, 2));
        ck_assert(fabs(window - 0.25) <= 1e-8);
        binnet_law_free(law);
        binnet_chain_free(chain);
    }
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = random_chain(ctx, 3, 2);
    binnet_law *law = random_law(ctx, 3, 2), *other = random_law(ctx, 4, 2);
    double out[64];
    const int32_t outside[3] = {0, 1, 2}, empty[3] = {0, 0, 2};
    ck_assert_int_eq(binnet_chain_lagged_covariance(ctx, out, 3, chain, other, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_lagged_covariance(ctx, out, 4, chain, law, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_lagged_covariance(ctx, out, 3, chain, law, UINT64_MAX), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_lagged_covariance(ctx, out, 3, chain, law, BINNET_MAX_LAG + 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_lagged_covariance(ctx, NULL, 3, chain, law, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_lagged_covariances(ctx, out, 17, chain, law, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_window(ctx, out, NULL, NULL, 3, chain, law, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_window(ctx, out, NULL, NULL, 3, chain, other, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_populations(ctx, out, NULL, NULL, NULL, NULL, 2, outside, 3, law), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_populations(ctx, out, NULL, NULL, NULL, NULL, 3, empty, 3, law), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_populations(ctx, out, NULL, NULL, NULL, NULL, 0, empty, 3, law), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_populations(ctx, out, NULL, NULL, NULL, NULL, 4, empty, 3, law), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_populations(ctx, out, NULL, NULL, NULL, NULL, 1, empty, 2, law), BINNET_E_SIZE);
    uint64_t bytes;
    double flops;
    OK(binnet_chain_lagged_estimate(ctx, &bytes, &flops, chain, 3));
    ck_assert(bytes > 0 && flops > 0);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1));
    ck_assert_int_eq(binnet_chain_lagged_covariances(ctx, out, 36, chain, law, 3), BINNET_E_LIMIT);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes));
    OK(binnet_chain_lagged_covariances(ctx, out, 36, chain, law, 3));
    binnet_ctx_free(ctx);
    ctx = new_ctx(1);
    /* silence */
    const double silent[8] = {1};
    binnet_law_free(law);
    OK(binnet_law_new(ctx, &law, 3, silent, 8));
    const int32_t pop[3] = {0, 1, 1};
    ck_assert_int_eq(binnet_law_populations(ctx, NULL, NULL, NULL, NULL, out, 2, pop, 3, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(out[0]) && isnan(out[1]));
    ck_assert_int_eq(binnet_law_populations(ctx, NULL, NULL, out, NULL, NULL, 2, pop, 3, law), BINNET_E_UNDEFINED);
    OK(binnet_law_populations(ctx, out, out + 2, NULL, NULL, NULL, 2, pop, 3, law));
    ck_assert(out[0] == 0 && out[2] == 0);
    binnet_law_free(law);
    binnet_law_free(other);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("lagged", {against_matrix, SEEDS}, {windows, SEEDS}, {large, 1}, {golden, 1}, {rare, 2}, {populations, 24},
             {errors, 1})
