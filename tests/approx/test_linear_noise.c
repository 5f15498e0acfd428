/*
 * Linear noise against exact chains, the equations written out, and itself neuron by neuron.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { N = 6, MOST = 12 };

typedef struct scene {
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_mean_field *field;
    size_t n;
    double mean[MOST];
} scene;

/* Random weights of both signs of about `coupling`. */
static scene make_scene(double coupling, int32_t input, int logistic, uint64_t seed, size_t n)
{
    scene s = {.ctx = new_ctx(1), .n = n};
    dice d = dice_of(seed);
    double J[MOST * MOST], theta[MOST], scale[MOST];
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&d, -0.5, 0.5);
        scale[i] = roll_in(&d, 0.8, 1.2);
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = i == j ? 0 : coupling * roll_in(&d, -1, 1);
    }
    OK(binnet_net_new(s.ctx, &s.net, n, J, NULL, theta, NULL));
    OK(logistic ? binnet_noise_new_logistic(s.ctx, &s.noise, n, scale)
                : binnet_noise_new_gaussian(s.ctx, &s.noise, n, scale));
    OK(binnet_mean_field_new(s.ctx, &s.field, s.net, s.noise, input));
    OK(binnet_mean_field_solve(s.ctx, s.mean, NULL, n, s.field, NULL));
    return s;
}

static void strike_scene(scene *s)
{
    binnet_mean_field_free(s->field);
    binnet_noise_free(s->noise);
    binnet_net_free(s->net);
    binnet_ctx_free(s->ctx);
}

static double greatest_difference(const double *a, const double *b, size_t count)
{
    double most = 0;
    for (size_t k = 0; k < count; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

/* Greatest error against the exact covariance at a lag. */
static double chain_error(double coupling, int32_t input, int logistic, int32_t update, uint64_t lag)
{
    scene s = make_scene(coupling, input, logistic, 3, N);
    double cov[N * N], exact[N * N], residual;
    binnet_chain *chain;
    binnet_law *law;
    OK(binnet_chain_new(s.ctx, &chain, s.net, s.noise, update));
    OK(binnet_chain_stationary(s.ctx, &law, chain));
    OK(binnet_chain_lagged_covariance(s.ctx, exact, N, chain, law, lag));
    OK(binnet_linear_noise_lagged(s.ctx, cov, &residual, N, s.field, s.mean, update, lag));
    ck_assert_double_le(residual, 1e-12);
    binnet_law_free(law);
    binnet_chain_free(chain);
    strike_scene(&s);
    return greatest_difference(cov, exact, N * N);
}

/* The error falls as the square of the coupling (naive means), at least. */
START_TEST(test_vanishing_coupling)
{
    const char *const rule[3] = {"", "synchronous", "asynchronous"};
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++)
        for (int logistic = 0; logistic < 2; logistic++)
            for (uint64_t lag = 0; lag < 3; lag++) {
                double naive[3], gauss[3];
                for (int k = 0; k < 3; k++) {
                    naive[k] = chain_error(ldexp(0.01, -k), BINNET_INPUT_MEAN, logistic, update, lag);
                    gauss[k] = chain_error(ldexp(0.08, -k), BINNET_INPUT_GAUSSIAN, logistic, update, lag);
                }
                double slope = log2(naive[1] / naive[2]), finer = log2(gauss[1] / gauss[2]);
                printf(
                    "%s, %s noise, lag %d: error %.1e at coupling 0.0025, slope %.3f; Gaussian input %.1e at 0.02, %.2f\n",
                    rule[update], logistic ? "logistic" : "Gaussian", (int)lag, naive[2], slope, gauss[2], finer);
                if (lag == 0 || update == BINNET_UPDATE_ASYNCHRONOUS)
                    ck_assert(slope > 1.9 && slope < 2.1);
                ck_assert(slope > 1.85);
                ck_assert(finer > 1.9);
            }
}
END_TEST

/* The equations, written out. */
static double equations_off(const scene *s, const double *cov, int32_t update)
{
    size_t n = s->n;
    double W[MOST * MOST], worst = 0;
    OK(binnet_mean_field_slopes(s->ctx, W, n, s->field, s->mean));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                if (update == BINNET_UPDATE_ASYNCHRONOUS)
                    sum += 0.5 * (W[i * n + k] * cov[k * n + j] + W[j * n + k] * cov[k * n + i]);
                else
                    for (size_t l = 0; l < n; l++)
                        sum += W[i * n + k] * cov[k * n + l] * W[j * n + l];
            if (i == j)
                sum = s->mean[i] * (1 - s->mean[i]);
            worst = fmax(worst, fabs(cov[i * n + j] - sum));
        }
    return worst;
}

/* Weak and strong coupling, where the equations no longer converge by themselves. */
START_TEST(test_equations)
{
    int solved = 0, refused = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        double coupling = 0.1 * (double)(1 + seed % 60);
        scene s = make_scene(coupling, 1 + (int32_t)(seed % 2), (int)(seed / 2 % 2), seed, 4 + seed % 9);
        for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
            double cov[MOST * MOST], radius, growth, re[MOST], im[MOST], residual;
            OK(binnet_mean_field_stability(s.ctx, re, im, &radius, &growth, s.n, s.field, s.mean));
            int32_t code = binnet_linear_noise_covariance(s.ctx, cov, &residual, s.n, s.field, s.mean, update);
            double worst = update == BINNET_UPDATE_SYNCHRONOUS ? radius : growth;
            if (worst >= 1) {
                ck_assert_int_eq(code, BINNET_E_UNMET);
                char figure[32];
                snprintf(figure, sizeof figure, "%.6g", worst);
                ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), figure));
                refused++;
                continue;
            }
            if (code == BINNET_E_UNMET) { /* a negative variance */
                ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "too strong"));
                refused++;
                continue;
            }
            ck_assert_msg(code == BINNET_OK, "seed %d: %s", (int)seed, binnet_ctx_message(s.ctx));
            double most = 0;
            for (size_t k = 0; k < s.n * s.n; k++)
                most = fmax(most, fabs(cov[k]));
            ck_assert_double_le(equations_off(&s, cov, update), (residual + 1e-13) * most);
            for (size_t i = 0; i < s.n; i++)
                for (size_t j = 0; j < i; j++)
                    ck_assert(cov[i * s.n + j] == cov[j * s.n + i]);
            solved++;
        }
        strike_scene(&s);
    }
    printf("%d solved, %d refused\n", solved, refused);
    ck_assert(solved > 60 && refused > 20);
}
END_TEST

/* A lag is so many products. */
START_TEST(test_lags)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
        scene s = make_scene(0.6, BINNET_INPUT_GAUSSIAN, 0, 9, N);
        double W[N * N], cov[N * N], now[N * N], next[N * N];
        OK(binnet_mean_field_slopes(s.ctx, W, N, s.field, s.mean));
        OK(binnet_linear_noise_covariance(s.ctx, now, NULL, N, s.field, s.mean, update));
        for (size_t k = 0; k < N * N && update == BINNET_UPDATE_ASYNCHRONOUS; k++)
            W[k] = (W[k] - (k / N == k % N)) / N + (k / N == k % N);
        for (uint64_t lag = 0; lag < 12; lag++) {
            OK(binnet_linear_noise_lagged(s.ctx, cov, NULL, N, s.field, s.mean, update, lag));
            ck_assert_double_le(greatest_difference(cov, now, N * N), 1e-14);
            for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++) {
                    next[i * N + j] = 0;
                    for (int k = 0; k < N; k++)
                        next[i * N + j] += now[i * N + k] * W[j * N + k];
                }
            memcpy(now, next, sizeof now);
        }
        strike_scene(&s);
    }
}
END_TEST

/* Populations say of their pairs what the neurons say. */
START_TEST(test_populations)
{
    enum { P = 3 };
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[P] = {3, 4, 1};
    const int of[8] = {0, 0, 0, 1, 1, 1, 1, 2};
    const double J[P * P] = {0.4, -0.6, 0.3, 0.5, -0.3, 0.2, -0.7, 0.4, 0}, theta[P] = {0.2, -0.3, 0.1};
    double scale[8] = {1, 1, 1, 1, 1, 1, 1, 1}, mean[8], mean_of[P], cov[64], pair[P * P], activity[P * P];
    for (int32_t self = 0; self < 2; self++)
        for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
            binnet_net *net;
            binnet_noise *noise;
            binnet_mean_field *neurons, *populations;
            OK(binnet_net_new_homogeneous(ctx, &net, P, size, J, NULL, theta, NULL, self));
            OK(binnet_noise_new_gaussian(ctx, &noise, 8, scale));
            OK(binnet_mean_field_new(ctx, &neurons, net, noise, BINNET_INPUT_GAUSSIAN));
            OK(binnet_mean_field_new_populations(ctx, &populations, net, noise, BINNET_INPUT_GAUSSIAN));
            OK(binnet_mean_field_solve(ctx, mean, NULL, 8, neurons, NULL));
            OK(binnet_mean_field_solve(ctx, mean_of, NULL, P, populations, NULL));
            OK(binnet_linear_noise_covariance(ctx, cov, NULL, 8, neurons, mean, update));
            OK(binnet_linear_noise_populations(ctx, pair, activity, P, populations, mean_of, update));
            double sum[P * P] = {0};
            for (int i = 0; i < 8; i++)
                for (int j = 0; j < 8; j++) {
                    sum[of[i] * P + of[j]] += cov[i * 8 + j] / (double)(size[of[i]] * size[of[j]]);
                    if (i != j)
                        ck_assert_double_le(fabs(cov[i * 8 + j] - pair[of[i] * P + of[j]]), 1e-13);
                }
            ck_assert_double_le(greatest_difference(sum, activity, P * P), 1e-13);
            ck_assert(pair[8] == 0);
            binnet_mean_field_free(neurons);
            binnet_mean_field_free(populations);
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Many equal inputs: means that know of the covariances are nearer to the exact ones. */
START_TEST(test_consistent)
{
    enum { SIZE = 10 };
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++)
        for (int sign = -1; sign <= 1; sign += 2) {
            binnet_ctx *ctx = new_ctx(1);
            double J[SIZE * SIZE], theta[SIZE], scale[SIZE], mean[SIZE], better[SIZE], exact[SIZE], cov[SIZE * SIZE],
                better_cov[SIZE * SIZE], exact_cov[SIZE * SIZE], change;
            for (int i = 0; i < SIZE; i++) {
                theta[i] = sign > 0 ? 1.0 : -0.1;
                scale[i] = 0.6;
                for (int j = 0; j < SIZE; j++)
                    J[i * SIZE + j] = i == j ? 0 : sign * 0.12;
            }
            binnet_net *net;
            binnet_noise *noise;
            binnet_mean_field *field;
            binnet_chain *chain;
            binnet_law *law;
            OK(binnet_net_new(ctx, &net, SIZE, J, NULL, theta, NULL));
            OK(binnet_noise_new_gaussian(ctx, &noise, SIZE, scale));
            OK(binnet_chain_new(ctx, &chain, net, noise, update));
            OK(binnet_chain_stationary(ctx, &law, chain));
            OK(binnet_law_mean(ctx, exact, SIZE, law));
            OK(binnet_law_covariance(ctx, exact_cov, SIZE, law));
            OK(binnet_mean_field_new(ctx, &field, net, noise, BINNET_INPUT_GAUSSIAN));
            OK(binnet_mean_field_solve(ctx, mean, NULL, SIZE, field, NULL));
            OK(binnet_linear_noise_covariance(ctx, cov, NULL, SIZE, field, mean, update));
            OK(binnet_linear_noise_consistent(ctx, better, better_cov, &change, SIZE, field, NULL, update));
            double before = fabs(mean[0] - exact[0]), after = fabs(better[0] - exact[0]);
            double cov_before = fabs(cov[1] - exact_cov[1]), cov_after = fabs(better_cov[1] - exact_cov[1]);
            printf("update %d, weights %g: mean off by %.2e, then %.2e; covariance %.2e, then %.2e\n", update, J[1],
                   before, after, cov_before, cov_after);
            ck_assert_double_le(change, 1e-10);
            ck_assert_double_le(after, 0.8 * before);
            ck_assert_double_le(cov_after, cov_before);
            /* it is a fixed point: of its own variance the means are those */
            double extra = 0, mu = -theta[0], own = 0;
            for (int j = 1; j < SIZE; j++) {
                mu += J[1] * better[j];
                for (int k = 1; k < SIZE; k++)
                    extra += J[1] * J[1] * better_cov[j * SIZE + k];
            }
            own = 0.5 * erfc(-mu / sqrt(2 * (0.36 + extra)));
            ck_assert_double_le(fabs(own - better[0]), 1e-10);
            binnet_mean_field_free(field);
            binnet_law_free(law);
            binnet_chain_free(chain);
            binnet_noise_free(noise);
            binnet_net_free(net);
            binnet_ctx_free(ctx);
        }
}
END_TEST

START_TEST(test_refusals)
{
    scene s = make_scene(0.3, BINNET_INPUT_MEAN, 0, 1, N);
    const double K[4] = {5, 5, 5, 5}, J[4] = {0.1, -0.1, 0.1, -0.1}, ones[2] = {1, 1}, mean[2] = {0.5, 0.5};
    const int64_t size[2] = {20, 20};
    double cov[N * N], pair[4];
    binnet_noise *two;
    binnet_mean_field *unsized, *sized;
    OK(binnet_noise_new_gaussian(s.ctx, &two, 2, ones));
    OK(binnet_mean_field_new_degrees(s.ctx, &unsized, 2, NULL, K, J, NULL, NULL, two, 1));
    OK(binnet_mean_field_new_degrees(s.ctx, &sized, 2, size, K, J, NULL, NULL, two, 1));
    ck_assert_int_eq(binnet_linear_noise_covariance(s.ctx, cov, NULL, N, s.field, s.mean, BINNET_UPDATE_SWEEP),
                     BINNET_E_RANGE);
    ck_assert_int_eq(binnet_linear_noise_covariance(s.ctx, cov, NULL, N - 1, s.field, s.mean, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_linear_noise_covariance(s.ctx, cov, NULL, 2, sized, mean, 1), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_linear_noise_populations(s.ctx, pair, NULL, 2, unsized, mean, 1), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_linear_noise_populations(s.ctx, cov, NULL, N, s.field, s.mean, 1), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_linear_noise_consistent(s.ctx, s.mean, cov, NULL, N, s.field, NULL, 1),
                     BINNET_E_UNSUPPORTED);
    OK(binnet_linear_noise_populations(s.ctx, pair, NULL, 2, sized, mean, 1));
    binnet_mean_field_free(unsized);
    binnet_mean_field_free(sized);
    binnet_noise_free(two);
    strike_scene(&s);
}
END_TEST

RUN_TESTS("linear noise", test_vanishing_coupling, test_equations, test_lags, test_populations, test_consistent,
          test_refusals)
