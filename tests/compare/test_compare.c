/*
 * Comparisons: the reference against the chain's own answers, the methods against their own calls, the errors against a plain sum,
 * what does not apply, and how expansions rank in networks like those of Aguilera, Moosavi and Shimazaki.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { N = 6, NN = N * N, M = 12, MM = M * M };

#define SYNC BINNET_UPDATE_SYNCHRONOUS
#define ASYNC BINNET_UPDATE_ASYNCHRONOUS
#define REFERENCE BINNET_APPROXIMATION_REFERENCE

/* Couplings of size e. */
static binnet_net *random_net(binnet_ctx *ctx, uint64_t seed, double e)
{
    dice d = dice_of(seed);
    double J[NN], theta[N], M_[N];
    for (int i = 0; i < N; i++) {
        theta[i] = roll_in(&d, -1, 1);
        M_[i] = roll_in(&d, 0.5, 2);
        for (int j = 0; j < N; j++)
            J[i * N + j] = e * roll_in(&d, -1, 1) * M_[i];
    }
    binnet_net *net;
    OK(binnet_net_new(ctx, &net, N, J, M_, theta, NULL));
    return net;
}

static binnet_noise *even_noise(binnet_ctx *ctx, size_t n, int gaussian)
{
    double scale[M];
    binnet_noise *noise;
    for (size_t i = 0; i < n; i++)
        scale[i] = 0.8;
    OK(gaussian ? binnet_noise_new_gaussian(ctx, &noise, n, scale) : binnet_noise_new_logistic(ctx, &noise, n, scale));
    return noise;
}

typedef struct moments {
    double mean[M], cov[MM], lagged[MM];
} moments;

static void assert_same(const moments *a, const moments *b, size_t n, double tolerance, const char *what)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(a->mean[i] - b->mean[i]) <= tolerance, "%s: mean %zu", what, i);
    for (size_t k = 0; k < n * n; k++) {
        ck_assert_msg(fabs(a->cov[k] - b->cov[k]) <= tolerance, "%s: covariance %zu", what, k);
        ck_assert_msg(fabs(a->lagged[k] - b->lagged[k]) <= tolerance, "%s: lagged %zu", what, k);
    }
}

static const int32_t expansion_of[] = {[BINNET_APPROXIMATION_TAP] = BINNET_PLEFKA_TAP,
                                       [BINNET_APPROXIMATION_PLEFKA_T_1] = BINNET_PLEFKA_T_1,
                                       [BINNET_APPROXIMATION_PLEFKA_T_2] = BINNET_PLEFKA_T_2,
                                       [BINNET_APPROXIMATION_PLEFKA_INPUT] = BINNET_PLEFKA_INPUT,
                                       [BINNET_APPROXIMATION_PLEFKA_PAIRS] = BINNET_PLEFKA_PAIRS};

START_TEST(methods_are_what_they_are_called)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net = random_net(ctx, 4, 0.5);
    binnet_noise *noise = even_noise(ctx, N, 0);
    binnet_comparison *c;
    binnet_chain *chain;
    binnet_law *law;
    moments by, own;
    OK(binnet_comparison_new(ctx, &c, net, noise, SYNC, BINNET_REFERENCE_AUTO, 0));
    ck_assert_uint_eq(binnet_comparison_neurons(c), N);
    ck_assert_int_eq(binnet_comparison_reference(c), BINNET_REFERENCE_EXACT);
    ck_assert(strstr(binnet_comparison_message(c, REFERENCE), "64 states") != NULL);
    OK(binnet_chain_new(ctx, &chain, net, noise, SYNC));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_law_mean(ctx, own.mean, N, law));
    OK(binnet_law_covariance(ctx, own.cov, N, law));
    OK(binnet_chain_lagged_covariance(ctx, own.lagged, N, chain, law, 1));
    OK(binnet_comparison_moments(ctx, by.mean, by.cov, by.lagged, N, c, REFERENCE));
    assert_same(&by, &own, N, 0, "reference");
    binnet_comparison *of_law;
    OK(binnet_comparison_new_of_law(ctx, &of_law, net, noise, chain, law));
    ck_assert_int_eq(binnet_comparison_reference(of_law), BINNET_REFERENCE_EXACT);
    for (int32_t m = 0; m < (int32_t)binnet_approximation_count(); m++) {
        ck_assert_int_eq(binnet_comparison_status(of_law, m), binnet_comparison_status(c, m));
        if (!binnet_comparison_has(c, m))
            continue;
        OK(binnet_comparison_moments(ctx, by.mean, by.cov, by.lagged, N, c, m));
        OK(binnet_comparison_moments(ctx, own.mean, own.cov, own.lagged, N, of_law, m));
        assert_same(&by, &own, N, 0, binnet_approximation_name(m));
    }
    binnet_comparison_free(of_law);
    OK(binnet_comparison_standard_errors(ctx, own.mean, own.cov, own.lagged, N, c));
    for (int i = 0; i < N; i++)
        ck_assert_double_eq(own.mean[i], 0);
    for (int32_t m = BINNET_APPROXIMATION_TAP; m <= BINNET_APPROXIMATION_PLEFKA_PAIRS; m++) {
        ck_assert_int_eq(binnet_comparison_has(c, m), 1);
        OK(binnet_plefka_stationary(ctx, own.mean, own.cov, own.lagged, NULL, N, net, noise, SYNC, expansion_of[m],
                                    NULL));
        OK(binnet_comparison_moments(ctx, by.mean, by.cov, by.lagged, N, c, m));
        assert_same(&by, &own, N, 0, binnet_approximation_name(m));
    }
    /* the naive mean field of logistic noise is Plefka[t-1,t] of order 1: two rooms, one answer */
    OK(binnet_plefka_stationary(ctx, own.mean, own.cov, own.lagged, NULL, N, net, noise, SYNC, BINNET_PLEFKA_NAIVE,
                                NULL));
    OK(binnet_comparison_moments(ctx, by.mean, by.cov, by.lagged, N, c, BINNET_APPROXIMATION_NAIVE));
    assert_same(&by, &own, N, 1e-11, "naive");
    /* means of a Gaussian input are those of Plefka[t-1] with independent neurons; covariances of linear noise are near */
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_EQUILIBRIUM), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_comparison_moments(ctx, by.mean, NULL, NULL, N, c, BINNET_APPROXIMATION_EQUILIBRIUM),
                     BINNET_E_UNSUPPORTED);
    ck_assert(strlen(binnet_comparison_message(c, BINNET_APPROXIMATION_EQUILIBRIUM)) > 0);
    binnet_comparison_free(c);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* The order in the couplings in which each method errs, by slopes, where lib/approx does not test it: both mean fields and linear
 * noise, all three quantities, both updates. */
START_TEST(errors_fall_with_the_order)
{
    static const struct {
        int32_t update, method;
        int gaussian, order[3];
    } expected[] = {
        {SYNC, BINNET_APPROXIMATION_NAIVE, 1, {2, 2, 2}},
        {SYNC, BINNET_APPROXIMATION_GAUSSIAN_INPUT, 1, {3, 2, 3}},
        {SYNC, BINNET_APPROXIMATION_LINEAR_NOISE, 1, {2, 3, 2}},
        {SYNC, BINNET_APPROXIMATION_LINEAR_GAUSSIAN, 1, {3, 4, 3}},
        {SYNC, BINNET_APPROXIMATION_LINEAR_GAUSSIAN, 0, {3, 4, 3}},
        {SYNC, BINNET_APPROXIMATION_CONSISTENT, 0, {3, 4, 3}},
        {ASYNC, BINNET_APPROXIMATION_CONSISTENT, 0, {3, 3, 3}},
        {ASYNC, BINNET_APPROXIMATION_NAIVE, 0, {2, 1, 1}},
        {ASYNC, BINNET_APPROXIMATION_LINEAR_NOISE, 0, {2, 2, 2}},
        {ASYNC, BINNET_APPROXIMATION_LINEAR_GAUSSIAN, 0, {3, 3, 3}},
    };
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        double largest[2][3], sum[2][3] = {{0}};
        const double e = 0.04;
        binnet_noise *noise = even_noise(ctx, N, expected[k].gaussian);
        for (int half = 0; half < 2; half++)
            for (uint64_t seed = 1; seed < 9; seed++) {
                binnet_net *net = random_net(ctx, seed, half ? e / 2 : e);
                binnet_comparison *c;
                OK(binnet_comparison_new(ctx, &c, net, noise, expected[k].update, BINNET_REFERENCE_EXACT, 0));
                OK(binnet_comparison_errors(ctx, largest[half], NULL, NULL, c, expected[k].method));
                for (int q = 0; q < 3; q++)
                    sum[half][q] += largest[half][q];
                binnet_comparison_free(c);
                binnet_net_free(net);
            }
        for (int q = 0; q < 3; q++) {
            double slope = log2(sum[0][q] / sum[1][q]);
            printf("%-12s %-32s %-8s quantity %d: slope %.3f\n",
                   expected[k].update == SYNC ? "synchronous" : "asynchronous",
                   binnet_approximation_name(expected[k].method), expected[k].gaussian ? "Gaussian" : "logistic", q,
                   slope);
            ck_assert_msg(fabs(slope - expected[k].order[q]) < 0.2, "case %zu, quantity %d: %g, not %d", k, q, slope,
                          expected[k].order[q]);
        }
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors_are_what_they_say)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net = random_net(ctx, 9, 1);
    binnet_noise *noise = even_noise(ctx, N, 1);
    binnet_comparison *c;
    moments a, r;
    double largest[3], rms[3], standard[3], most[3] = {0}, squares[3] = {0};
    OK(binnet_comparison_new(ctx, &c, net, noise, ASYNC, BINNET_REFERENCE_AUTO, 0));
    OK(binnet_comparison_moments(ctx, r.mean, r.cov, r.lagged, N, c, REFERENCE));
    OK(binnet_comparison_moments(ctx, a.mean, a.cov, a.lagged, N, c, BINNET_APPROXIMATION_LINEAR_NOISE));
    for (int i = 0; i < N; i++) {
        double d = a.mean[i] - r.mean[i];
        most[0] = fmax(most[0], fabs(d));
        squares[0] += d * d / N;
        for (int j = 0; j < N; j++) {
            d = a.cov[i * N + j] - r.cov[i * N + j];
            if (i != j) {
                most[1] = fmax(most[1], fabs(d));
                squares[1] += d * d / (N * (N - 1));
            }
            d = a.lagged[i * N + j] - r.lagged[i * N + j];
            most[2] = fmax(most[2], fabs(d));
            squares[2] += d * d / NN;
        }
    }
    OK(binnet_comparison_errors(ctx, largest, rms, standard, c, BINNET_APPROXIMATION_LINEAR_NOISE));
    for (int q = 0; q < 3; q++) {
        ck_assert_double_eq_tol(largest[q], most[q], 1e-15);
        ck_assert_double_eq_tol(rms[q], sqrt(squares[q]), 1e-15);
        ck_assert_double_eq(standard[q], 0);
        ck_assert(largest[q] > 0);
    }
    /* not logistic */
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_TAP), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_comparison_errors(ctx, largest, rms, NULL, c, BINNET_APPROXIMATION_TAP),
                     BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_comparison_errors(ctx, largest, rms, NULL, c, 12), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_comparison_errors(ctx, largest, rms, NULL, NULL, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_comparison_moments(ctx, a.mean, NULL, NULL, N + 1, c, 1), BINNET_E_SIZE);
    binnet_comparison_free(c);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Monte Carlo in place of the exact answer: within its standard errors, and said so. */
START_TEST(monte_carlo_is_the_exact_answer_within_its_errors)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net = random_net(ctx, 21, 1);
    binnet_noise *noise = even_noise(ctx, N, 0);
    for (int32_t update = SYNC; update <= ASYNC; update++) {
        binnet_comparison *exact, *sampled;
        moments a, b, e;
        double rms[3], standard[3];
        OK(binnet_comparison_new(ctx, &exact, net, noise, update, BINNET_REFERENCE_EXACT, 0));
        OK(binnet_comparison_new(ctx, &sampled, net, noise, update, BINNET_REFERENCE_MONTE_CARLO, 4e-3));
        ck_assert_int_eq(binnet_comparison_reference(sampled), BINNET_REFERENCE_MONTE_CARLO);
        ck_assert_int_eq(binnet_comparison_status(sampled, REFERENCE), BINNET_OK);
        OK(binnet_comparison_moments(ctx, a.mean, a.cov, a.lagged, N, exact, REFERENCE));
        OK(binnet_comparison_moments(ctx, b.mean, b.cov, b.lagged, N, sampled, REFERENCE));
        OK(binnet_comparison_standard_errors(ctx, e.mean, e.cov, e.lagged, N, sampled));
        /* 156 numbers: 5 standard errors are passed by chance once in 10^4 runs; the seed is fixed */
        for (int k = 0; k < NN; k++) {
            ck_assert(e.cov[k] > 0 && e.cov[k] <= 4e-3);
            ck_assert_msg(fabs(a.cov[k] - b.cov[k]) < 5 * e.cov[k], "covariance %d: %g, %g +- %g", k, a.cov[k],
                          b.cov[k], e.cov[k]);
            ck_assert_msg(fabs(a.lagged[k] - b.lagged[k]) < 5 * e.lagged[k], "lagged %d: %g, %g +- %g", k, a.lagged[k],
                          b.lagged[k], e.lagged[k]);
        }
        for (int k = 0; k < N; k++)
            ck_assert(fabs(a.mean[k] - b.mean[k]) < 5 * e.mean[k]);
        OK(binnet_comparison_errors(ctx, NULL, rms, standard, sampled, BINNET_APPROXIMATION_NAIVE));
        ck_assert(standard[0] > 0 && standard[0] <= 4e-3);
        binnet_comparison_free(exact);
        binnet_comparison_free(sampled);
    }
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(what_does_not_apply_says_why)
{
    binnet_ctx *ctx = new_ctx(1);
    const double pair[4] = {0, 6, 6, 0}, half[2] = {3, 3}, ones[2] = {1, 1}, sigma[4] = {1, 0.5, 0.5, 1},
                 far[2] = {-3, -3};
    const double swing[4] = {-20, -20, -20, -20}, up[2] = {20, 20};
    binnet_net *net, *oscillating;
    binnet_noise *noise, *together;
    binnet_comparison *c;
    double v[4];
    (void)far;
    OK(binnet_net_new(ctx, &net, 2, pair, NULL, half, NULL));
    OK(binnet_net_new(ctx, &oscillating, 2, swing, NULL, NULL, up));
    OK(binnet_noise_new_logistic(ctx, &noise, 2, ones));
    OK(binnet_noise_new_gaussian_cov(ctx, &together, 2, sigma));
    /* 1/2 is the unstable fixed point between two others */
    OK(binnet_comparison_new(ctx, &c, net, noise, ASYNC, BINNET_REFERENCE_AUTO, 0));
    ck_assert_int_eq(binnet_comparison_status(c, REFERENCE), BINNET_OK);
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_LINEAR_NOISE), BINNET_E_UNMET);
    ck_assert_int_eq(binnet_comparison_has(c, BINNET_APPROXIMATION_LINEAR_NOISE), 0);
    ck_assert(strlen(binnet_comparison_message(c, BINNET_APPROXIMATION_LINEAR_NOISE)) > 0);
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_PLEFKA_PAIRS), BINNET_E_UNSUPPORTED);
    binnet_comparison_free(c);
    /* synchronously on, off, on */
    OK(binnet_comparison_new(ctx, &c, oscillating, noise, SYNC, BINNET_REFERENCE_AUTO, 0));
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_PLEFKA_T_2), BINNET_E_NOCONV);
    binnet_comparison_free(c);
    /* correlated noise: the chain can, nothing else */
    OK(binnet_comparison_new(ctx, &c, net, together, SYNC, BINNET_REFERENCE_AUTO, 0));
    ck_assert_int_eq(binnet_comparison_has(c, REFERENCE), 1);
    for (int32_t m = 1; m < (int32_t)binnet_approximation_count(); m++)
        ck_assert_msg(binnet_comparison_status(c, m) != BINNET_OK && !binnet_comparison_has(c, m), "%d", (int)m);
    binnet_comparison_free(c);
    OK(binnet_comparison_new(ctx, &c, net, noise, BINNET_UPDATE_SWEEP, BINNET_REFERENCE_AUTO, 0));
    ck_assert_int_eq(binnet_comparison_has(c, REFERENCE), 1);
    ck_assert_int_eq(binnet_comparison_status(c, BINNET_APPROXIMATION_NAIVE), BINNET_E_UNSUPPORTED);
    binnet_comparison_free(c);
    ck_assert_int_eq(binnet_comparison_new(ctx, &c, net, noise, BINNET_UPDATE_BLOCKS, 0, 0), BINNET_E_RANGE);
    ck_assert_ptr_null(c);
    ck_assert_int_eq(binnet_comparison_new(ctx, &c, net, noise, SYNC, 3, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_comparison_new(ctx, &c, net, noise, SYNC, 0, -1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_comparison_new(ctx, &c, NULL, noise, SYNC, 0, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_comparison_new(ctx, NULL, net, noise, SYNC, 0, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_comparison_new_of_law(ctx, &c, net, noise, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_comparison_status(NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_comparison_moments(ctx, v, NULL, NULL, 2, NULL, 0), BINNET_E_NULL);
    ck_assert_str_eq(binnet_approximation_name(12), "");
    ck_assert_str_eq(binnet_approximation_name(-1), "");
    binnet_comparison_free(NULL);
    binnet_net_free(net);
    binnet_net_free(oscillating);
    binnet_noise_free(noise);
    binnet_noise_free(together);
    binnet_ctx_free(ctx);
}
END_TEST

/* The +-1 network of [AMS21]: fields uniform in (-1/2, 1/2), couplings normal of mean 1/N and standard deviation 0.1/sqrt(N), all
 * times beta, in 0/1 activities: J = 4 K, b = 2 H - sum_j J_ij / 2. */
static binnet_net *published_net(binnet_ctx *ctx, uint64_t seed, double beta)
{
    dice d = dice_of(seed);
    double J[MM], b[M];
    for (int i = 0; i < M; i++) {
        b[i] = 2 * beta * roll_in(&d, -0.5, 0.5);
        for (int j = 0; j < M; j++) {
            double z = sqrt(-2 * log(1 - roll(&d))) * cos(2 * acos(-1) * roll(&d));
            J[i * M + j] = 4 * beta * (1.0 / M + 0.1 / sqrt(M) * z);
            b[i] -= J[i * M + j] / 2;
        }
    }
    binnet_net *net;
    OK(binnet_net_new(ctx, &net, M, J, NULL, NULL, b));
    return net;
}

START_TEST(expansions_rank_as_published)
{
    enum { METHODS = 5, NETWORKS = 3, BETAS = 5 };
    static const int32_t method[METHODS] = {BINNET_APPROXIMATION_NAIVE, BINNET_APPROXIMATION_TAP,
                                            BINNET_APPROXIMATION_PLEFKA_T_2, BINNET_APPROXIMATION_PLEFKA_INPUT,
                                            BINNET_APPROXIMATION_PLEFKA_PAIRS};
    static const double beta[BETAS] = {0.1, 0.2, 0.4, 0.6, 0.8};
    binnet_ctx *ctx = new_ctx(1);
    double scale[M], error[BETAS][METHODS][3] = {{{0}}};
    binnet_noise *noise;
    for (int i = 0; i < M; i++)
        scale[i] = 1;
    OK(binnet_noise_new_logistic(ctx, &noise, M, scale));
    for (int b = 0; b < BETAS; b++)
        for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
            binnet_net *net = published_net(ctx, seed, beta[b]);
            binnet_comparison *c;
            OK(binnet_comparison_new(ctx, &c, net, noise, SYNC, BINNET_REFERENCE_EXACT, 0));
            for (int m = 0; m < METHODS; m++) {
                double rms[3];
                int32_t code = binnet_comparison_errors(ctx, NULL, rms, NULL, c, method[m]);
                if (code != BINNET_OK)
                    printf("beta %.2f %s: %s\n", beta[b], binnet_approximation_name(method[m]),
                           binnet_ctx_message(ctx));
                for (int q = 0; q < 3; q++)
                    error[b][m][q] += code == BINNET_OK ? rms[q] / NETWORKS : NAN;
            }
            binnet_comparison_free(c);
            binnet_net_free(net);
        }
    for (int m = 0; m < METHODS; m++)
        for (int q = 0; q < 3; q++) {
            printf("%-18s %s:", binnet_approximation_name(method[m]), q == 0 ? "means " : q == 1 ? "covar." : "lagged");
            for (int b = 0; b < BETAS; b++)
                printf(" %.2e", error[b][m][q]);
            printf("   slope %.2f\n", log2(error[1][m][q] / error[0][m][q]));
        }
    /* naive, TAP, Plefka[t], Plefka2[t]: each better than the one before, in everything and at every beta; Plefka[t-1] beats
     * Plefka[t] */
    for (int b = 0; b < BETAS; b++)
        for (int q = 0; q < 3; q++) {
            ck_assert(error[b][1][q] < error[b][0][q]);
            ck_assert(error[b][2][q] < error[b][1][q]);
            ck_assert(error[b][3][q] < error[b][2][q]);
            ck_assert(error[b][4][q] < error[b][2][q]);
        }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Neurons that are not drawn uniformly are none of the methods'; drawn uniformly, however that is said, they are. */
START_TEST(uneven_selection_is_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net = random_net(ctx, 4, 0.5);
    binnet_noise *noise = even_noise(ctx, N, 0);
    const double even[N] = {1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0};
    const double uneven[N] = {0.5, 0.1, 0.1, 0.1, 0.1, 0.1}, *select[2] = {even, uneven};
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain;
        binnet_law *law;
        binnet_comparison *c;
        OK(binnet_chain_new_asynchronous(ctx, &chain, net, noise, select[k]));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_comparison_new_of_law(ctx, &c, net, noise, chain, law));
        OK(binnet_comparison_status(c, REFERENCE));
        for (int32_t m = 1; m < (int32_t)binnet_approximation_count(); m++)
            if (k == 1)
                ck_assert_int_eq(binnet_comparison_status(c, m), BINNET_E_UNSUPPORTED);
        ck_assert_int_eq(binnet_comparison_has(c, BINNET_APPROXIMATION_NAIVE), k == 0);
        ck_assert(k == 0 || strstr(binnet_comparison_message(c, BINNET_APPROXIMATION_NAIVE), "uniformly") != NULL);
        binnet_comparison_free(c);
        binnet_law_free(law);
        binnet_chain_free(chain);
    }
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Differences whose squares underflow. */
START_TEST(small_errors_are_not_none)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[4] = {0, 1e-170, 1e-170, 0}, scale[2] = {1, 1};
    binnet_net *net;
    binnet_noise *noise;
    binnet_comparison *c;
    moments r, a;
    double largest[3], rms[3];
    int small = 0;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    OK(binnet_noise_new_logistic(ctx, &noise, 2, scale));
    OK(binnet_comparison_new(ctx, &c, net, noise, ASYNC, BINNET_REFERENCE_EXACT, 0));
    OK(binnet_comparison_moments(ctx, r.mean, r.cov, r.lagged, 2, c, REFERENCE));
    for (int32_t m = 1; m < (int32_t)binnet_approximation_count(); m++) {
        if (!binnet_comparison_has(c, m))
            continue;
        OK(binnet_comparison_moments(ctx, a.mean, a.cov, a.lagged, 2, c, m));
        OK(binnet_comparison_errors(ctx, largest, rms, NULL, c, m));
        double error = fabs(a.cov[1] - r.cov[1]);
        small += largest[1] > 0 && largest[1] < 1e-160;
        ck_assert_double_eq(largest[1], fmax(error, fabs(a.cov[2] - r.cov[2])));
        ck_assert_msg(rms[1] <= largest[1] && rms[1] >= largest[1] / 1.5, "%s: %g, %g", binnet_approximation_name(m),
                      rms[1], largest[1]);
    }
    ck_assert_int_gt(small, 0);
    binnet_comparison_free(c);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Rare events in few samples: neurons that were never seen to differ do differ. 24 networks of two neurons that hold each other to
 * all but 2.3e-4, in some 1000 samples: 5 standard errors. */
START_TEST(rare_events_have_errors)
{
    for (int64_t seed = 1; seed <= 24; seed++) {
        binnet_ctx *ctx = new_ctx(1);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_SEED, seed));
        const double J[4] = {-7, 0, 7, 0}, theta[2] = {-3.5, 3.5}, scale[2] = {1, 1};
        binnet_net *net;
        binnet_noise *noise;
        binnet_comparison *exact, *sampled;
        moments a, b, e;
        OK(binnet_net_new(ctx, &net, 2, J, NULL, theta, NULL));
        OK(binnet_noise_new_gaussian(ctx, &noise, 2, scale));
        OK(binnet_comparison_new(ctx, &exact, net, noise, SYNC, BINNET_REFERENCE_EXACT, 0));
        OK(binnet_comparison_new(ctx, &sampled, net, noise, SYNC, BINNET_REFERENCE_MONTE_CARLO, 0.02));
        OK(binnet_comparison_moments(ctx, a.mean, a.cov, a.lagged, 2, exact, REFERENCE));
        OK(binnet_comparison_moments(ctx, b.mean, b.cov, b.lagged, 2, sampled, REFERENCE));
        OK(binnet_comparison_standard_errors(ctx, e.mean, e.cov, e.lagged, 2, sampled));
        for (int k = 0; k < 4; k++) {
            ck_assert_msg(fabs(a.cov[k] - b.cov[k]) <= 5 * e.cov[k], "seed %d, covariance %d: %g, %g +- %g", (int)seed,
                          k, a.cov[k], b.cov[k], e.cov[k]);
            ck_assert_msg(fabs(a.lagged[k] - b.lagged[k]) <= 5 * e.lagged[k], "seed %d, lagged %d: %g, %g +- %g",
                          (int)seed, k, a.lagged[k], b.lagged[k], e.lagged[k]);
        }
        binnet_comparison_free(exact);
        binnet_comparison_free(sampled);
        binnet_net_free(net);
        binnet_noise_free(noise);
        binnet_ctx_free(ctx);
    }
}
END_TEST

RUN_TESTS("compare", methods_are_what_they_are_called, errors_fall_with_the_order, errors_are_what_they_say,
          monte_carlo_is_the_exact_answer_within_its_errors, what_does_not_apply_says_why, expansions_rank_as_published,
          uneven_selection_is_refused, small_errors_are_not_none, rare_events_have_errors)
