/* Trajectories: one-step transitions against the chain's row (chi-square), every activity against a plain recomputation of drives
 * from the definition, the same bits for any number of threads; splitting against committors; laws of samples, dwell times and
 * continuous time against exact ones; bad input. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { N = 5, S = 1 << N };

static void make_small(binnet_ctx *ctx, binnet_net **net, binnet_noise **noise, size_t n, uint64_t seed, double scale)
{
    dice die = dice_of(seed);
    double J[16 * 16], theta[16], sigma[16];
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(&die) < 0.2 ? 0 : roll_in(&die, -1, 1);
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&die, -0.5, 0.5);
        sigma[i] = scale * roll_in(&die, 0.4, 1);
    }
    OK(binnet_net_new(ctx, net, n, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, noise, n, sigma));
}

/* --- one step --- */

/* 8,000 trajectories of one step from one state. Chi-square over targets with 5 expected or more (the others together), at most
 * 31 degrees of freedom; beyond 75 with a chance of 2e-5. */
START_TEST(steps_follow_the_chain)
{
    enum { TIMES = 8000 };
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_sim *sim;
    const int32_t update = BINNET_UPDATE_SYNCHRONOUS + _i;
    make_small(ctx, &net, &noise, N, 40 + (uint64_t)_i, 1);
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    OK(binnet_sim_new(ctx, &sim, net, noise, update));
    for (uint64_t from = 0; from < S; from += 11) {
        double row[S], seen[S] = {0}, chi = 0, rest = 0, rest_seen = 0;
        uint8_t start[N], next[N];
        OK(binnet_chain_row(ctx, row, S, chain, from));
        for (size_t i = 0; i < N; i++)
            start[i] = from >> i & 1;
        for (uint64_t k = 0; k < TIMES; k++) {
            size_t to = 0;
            OK(binnet_sim_raster(ctx, next, 1, N, NULL, sim, 1, 0, k, start));
            for (size_t i = 0; i < N; i++)
                to |= (size_t)next[i] << i;
            seen[to]++;
        }
        for (size_t t = 0; t < S; t++) {
            double expected = row[t] * TIMES;
            ck_assert_msg(row[t] > 0 || !(seen[t] > 0), "an impossible step");
            if (expected >= 5)
                chi += (seen[t] - expected) * (seen[t] - expected) / expected;
            else {
                rest += expected;
                rest_seen += seen[t];
            }
        }
        if (rest >= 5)
            chi += (rest_seen - rest) * (rest_seen - rest) / rest;
        ck_assert_msg(chi < 75, "update %d from %d: chi-square %g", (int)update, (int)from, chi);
    }
    binnet_sim_free(sim);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- potentials that follow flips against sums over all inputs --- */

/* Without noise every activity follows from the one before. Integer weights: ties are exact too. */
START_TEST(noiseless_steps_are_recomputed)
{
    enum { MANY = 200, TIMES = 80 };
    static double J[MANY * MANY], theta[MANY], zero[MANY];
    static uint8_t active[(TIMES + 1) * MANY];
    const int32_t ties[] = {BINNET_TIE_ACTIVE, BINNET_TIE_SILENT, BINNET_TIE_KEEP};
    dice die = dice_of(7 + (uint64_t)_i);
    for (size_t k = 0; k < MANY * MANY; k++)
        J[k] = roll(&die) < 0.9 ? 0 : floor(roll_in(&die, -3, 4));
    for (size_t i = 0; i < MANY; i++)
        theta[i] = floor(roll_in(&die, -2, 3));
    binnet_ctx *ctx = new_ctx(2);
    binnet_net *plain, *net;
    binnet_noise *noise;
    binnet_sim *sim;
    OK(binnet_net_new(ctx, &plain, MANY, J, NULL, theta, NULL));
    OK(binnet_net_with_tie(ctx, &net, plain, ties[_i]));
    OK(binnet_noise_new_gaussian(ctx, &noise, MANY, zero));
    for (int sweep = 0; sweep < 2; sweep++) {
        OK(binnet_sim_new(ctx, &sim, net, noise, sweep ? BINNET_UPDATE_SWEEP : BINNET_UPDATE_SYNCHRONOUS));
        ck_assert_double_eq(binnet_sim_drive_error(sim), 0);
        for (size_t i = 0; i < MANY; i++)
            active[i] = roll(&die) < 0.5;
        OK(binnet_sim_raster(ctx, active + MANY, TIMES, MANY, NULL, sim, 1, 0, 3, active));
        for (size_t t = 0; t < TIMES; t++) {
            uint8_t now[MANY];
            memcpy(now, active + t * MANY, MANY);
            for (size_t i = 0; i < MANY; i++) {
                double h = -theta[i];
                for (size_t j = 0; j < MANY; j++)
                    h += J[i * MANY + j] * (sweep ? now[j] : active[t * MANY + j]);
                int fires = h > 0 || (!(h < 0) && (_i == 0 || (_i == 2 && active[t * MANY + i])));
                now[i] = (uint8_t)fires;
                ck_assert_int_eq(active[(t + 1) * MANY + i], fires);
            }
        }
        binnet_sim_free(sim);
    }
    binnet_noise_free(noise);
    binnet_net_free(plain);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A network of real weights, dense, sparse and as populations of one weight, on any number of threads: the same bits. And a homogeneous
 * one as populations (where counts are kept) and neuron by neuron. */
START_TEST(trajectories_do_not_depend_on_threads_or_form)
{
    enum { MANY = 1500, DEGREE = 100, TIMES = 20 };
    static uint8_t first[TIMES * MANY], other[TIMES * MANY];
    const int64_t size[2] = {1000, 500}, degree[4] = {DEGREE, 40, DEGREE, 40};
    const double weight[4] = {0.05, -0.11, 0.04, -0.1}, theta[2] = {0.1, -0.2}, sigma[2] = {0.3, 0.5};
    const int32_t update = BINNET_UPDATE_SYNCHRONOUS + _i;
    for (int threads = 1; threads <= 4; threads *= 2) {
        binnet_ctx *ctx = new_ctx(threads);
        binnet_noise *noise;
        binnet_sim *sim;
        binnet_run *run;
        OK(binnet_noise_new_logistic(ctx, &noise, 2, sigma));
        OK(binnet_sim_new_populations(ctx, &sim, 2, size, weight, NULL, degree, theta, NULL, noise, BINNET_TIE_ACTIVE,
                                      update, NULL, 5));
        ck_assert_uint_eq(binnet_sim_synapses(sim), MANY * (DEGREE + 40));
        OK(binnet_sim_raster(ctx, threads == 1 ? first : other, TIMES, MANY, NULL, sim,
                             update == BINNET_UPDATE_ASYNCHRONOUS ? MANY : 1, 0, 2, NULL));
        ck_assert(threads == 1 || memcmp(first, other, sizeof first) == 0);
        static double mean[5][6], error[5][6];
        const uint64_t lag[1] = {0};
        const int32_t watched[6] = {0, 5, 7, 1000, 1001, 1499};
        int32_t status = binnet_sim_run(ctx, &run, sim, 6, watched, 1, lag, 1, 0, 64, 3);
        ck_assert(status == BINNET_OK || status == BINNET_E_NOCONV);
        OK(binnet_run_mean(ctx, mean[threads], error[threads], NULL, 6, run));
        ck_assert(memcmp(mean[1], mean[threads], sizeof mean[1]) == 0);
        ck_assert(memcmp(error[1], error[threads], sizeof error[1]) == 0);
        binnet_run_free(run);
        binnet_sim_free(sim);
        binnet_noise_free(noise);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Wiring that is kept, as targets of sources, against inputs that are drawn again for every update and summed one by one: the same
 * bits, by in-degrees and by probabilities, also in continuous time. */
START_TEST(what_is_redrawn_is_what_is_kept)
{
    enum { MANY = 3000, TIMES = 4 };
    static uint8_t active[2][TIMES * MANY];
    const int64_t size[2] = {2000, 1000}, degree[4] = {100, 40, 600, 3};
    const double weight[4] = {0.05, -0.11, 0.004, -0.1}, theta[2] = {0.1, -0.2}, sigma[2] = {0.3, 0.5},
                 rate[2] = {1, 3};
    const double p[4] = {0.05, 0.1, 0.3, 0};
    const int32_t update = _i / 2 < 3 ? BINNET_UPDATE_SYNCHRONOUS + _i / 2 : BINNET_UPDATE_ASYNCHRONOUS;
    const double *rates = _i / 2 < 3 ? NULL : rate, interval = update != BINNET_UPDATE_ASYNCHRONOUS ? 1
                                                               : rates                              ? 0.1
                                                                                                    : 300;
    for (int threads = 1; threads <= 2; threads++) {
        binnet_ctx *ctx = new_ctx(threads);
        binnet_noise *noise;
        binnet_sim *sim[2];
        OK(binnet_noise_new_logistic(ctx, &noise, 2, sigma));
        for (int redrawn = 0; redrawn < 2; redrawn++) {
            OK((redrawn ? binnet_sim_new_redrawn
                        : binnet_sim_new_populations)(ctx, &sim[redrawn], 2, size, weight, _i % 2 ? p : NULL,
                                                      _i % 2 ? NULL : degree, theta, NULL, noise, BINNET_TIE_ACTIVE,
                                                      update, rates, 5));
            OK(binnet_sim_raster(ctx, active[redrawn], TIMES, MANY, NULL, sim[redrawn], interval, 0, 2, NULL));
        }
        ck_assert(memcmp(active[0], active[1], sizeof active[0]) == 0);
        if (_i % 2 == 0)
            ck_assert_uint_eq(binnet_sim_synapses(sim[0]), binnet_sim_synapses(sim[1]));
        binnet_sim_free(sim[0]);
        binnet_sim_free(sim[1]);
        binnet_noise_free(noise);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Neurons that hear more active ones than a counter of 16 bits holds: thresholds half a weight below and above tell the sum. */
START_TEST(large_sums_are_counted)
{
    enum { A = 70000, ACTIVE = 35001, MANY = A + 4 };
    static uint8_t start[MANY], next[MANY];
    const int64_t size[3] = {A, 2, 2}, degree[9] = {0, 0, 0, A, 0, 0, A, 0, 0};
    const double weight[9] = {0, 0, 0, 1, 0, 0, 1, 0, 0}, zero[3] = {0};
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian(ctx, &noise, 3, zero));
    for (int inactive = 0; inactive < 2; inactive++) {
        const double sum = inactive ? A - ACTIVE : ACTIVE, theta[3] = {1, sum - 0.5, sum + 0.5};
        binnet_sim *sim;
        OK(binnet_sim_new_populations(ctx, &sim, 3, size, weight, NULL, degree, theta, NULL, noise, BINNET_TIE_ACTIVE,
                                      BINNET_UPDATE_SYNCHRONOUS, NULL, 0));
        for (size_t j = 0; j < A; j++)
            start[j] = (j < ACTIVE) != inactive;
        OK(binnet_sim_raster(ctx, next, 1, MANY, NULL, sim, 1, 0, 0, start));
        ck_assert(next[A] && next[A + 1] && !next[A + 2] && !next[A + 3]);
        binnet_sim_free(sim);
    }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* A memory limit of so much is enough, and of half of it is not. */
START_TEST(estimates_are_kept)
{
    const int64_t size[2] = {2000, 1000}, degree[4] = {25, 10, 25, 10};
    const double weight[4] = {0.05, -0.11, 0.04, -0.1}, sigma[2] = {1, 1};
    const uint64_t lag[1] = {3};
    binnet_ctx *ctx = new_ctx(2);
    binnet_noise *noise;
    OK(binnet_noise_new_logistic(ctx, &noise, 2, sigma));
    for (int redrawn = 0; redrawn < 2; redrawn++) {
        uint64_t synapses, bytes, updates;
        double draws, most;
        binnet_sim *sim;
        binnet_run *run;
        int32_t (*make)(binnet_ctx *, binnet_sim **, size_t, const int64_t *, const double *, const double *,
                        const int64_t *, const double *, const double *, const binnet_noise *, int32_t, int32_t,
                        const double *, uint64_t) = redrawn ? binnet_sim_new_redrawn : binnet_sim_new_populations;
        OK(binnet_sim_populations_estimate(ctx, &synapses, &bytes, &draws, 2, size, NULL, degree, 1, NULL, redrawn));
        ck_assert_uint_eq(synapses, 3000 * 35);
        ck_assert_double_eq(draws, redrawn ? 0 : 2 * 3000 * 35);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes / 2));
        ck_assert_int_eq(make(ctx, &sim, 2, size, weight, NULL, degree, NULL, NULL, noise, 0, 1, NULL, 0),
                         BINNET_E_LIMIT);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes));
        OK(make(ctx, &sim, 2, size, weight, NULL, degree, NULL, NULL, noise, 0, 1, NULL, 0));
        OK(binnet_sim_run_estimate(ctx, &updates, &bytes, &most, sim, 3, 1, lag, 1, 6, 64, 1));
        ck_assert_uint_eq(updates, 70 * 3000);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes / 2));
        ck_assert_int_eq(binnet_sim_run(ctx, &run, sim, 3, NULL, 1, lag, 1, 6, 64, 1), BINNET_E_LIMIT);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes));
        int32_t status = binnet_sim_run(ctx, &run, sim, 3, NULL, 1, lag, 1, 6, 64, 1);
        ck_assert(status == BINNET_OK || status == BINNET_E_NOCONV);
        /* the starting potentials are summed too */
        ck_assert_double_le((double)binnet_run_synaptic_events(run), most * 71 / 70);
        ck_assert_double_ge((double)binnet_run_synaptic_events(run), most / 3);
        binnet_run_free(run);
        binnet_sim_free(sim);
    }
    ck_assert_int_eq(binnet_sim_populations_estimate(ctx, NULL, NULL, NULL, 2, size, NULL, NULL, 1, NULL, 0),
                     BINNET_E_NULL);
    const double negative[2] = {1, -1}, positive[2] = {1, 1};
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++)
        for (int k = 0; k < 2; k++)
            ck_assert_int_eq(binnet_sim_populations_estimate(ctx, NULL, NULL, NULL, 2, size, NULL, degree, update,
                                                             k == 0 ? negative : positive, 0),
                             k == 1 && update == BINNET_UPDATE_ASYNCHRONOUS ? BINNET_OK : BINNET_E_RANGE);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(forms_agree)
{
    enum { MANY = 60, TIMES = 300 };
    static double J[MANY * MANY], w[MANY * MANY];
    static uint8_t dense[TIMES * MANY], sparse[TIMES * MANY], alike[TIMES * MANY];
    static int64_t row_ptr[MANY + 1];
    static int32_t col[MANY * MANY];
    const int64_t size[2] = {40, 20};
    const double block[4] = {0.125, -0.25, 0.0625, -0.5}, theta[2] = {1, -1};
    double each[MANY], sigma[MANY];
    const int32_t update = BINNET_UPDATE_SYNCHRONOUS + _i;
    size_t at = 0;
    for (size_t i = 0; i < MANY; i++) {
        each[i] = theta[i >= 40];
        sigma[i] = i >= 40 ? 1 : 0.5;
        for (size_t j = 0; j < MANY; j++) {
            J[i * MANY + j] = i == j ? 0 : block[2 * (i >= 40) + (j >= 40)];
            if (i != j) {
                col[at] = (int32_t)j;
                w[at++] = J[i * MANY + j];
            }
        }
        row_ptr[i + 1] = (int64_t)at;
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net[3];
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net[0], MANY, J, NULL, each, NULL));
    OK(binnet_net_new_csr(ctx, &net[1], MANY, row_ptr, col, w, NULL, each, NULL));
    OK(binnet_net_new_homogeneous(ctx, &net[2], 2, size, block, NULL, theta, NULL, 0));
    OK(binnet_noise_new_student_t(ctx, &noise, MANY, sigma, 3));
    uint8_t *raster[3] = {dense, sparse, alike};
    for (int k = 0; k < 3; k++) {
        binnet_sim *sim;
        OK(binnet_sim_new(ctx, &sim, net[k], noise, update));
        OK(binnet_sim_raster(ctx, raster[k], TIMES, MANY, NULL, sim, 1, 0, 1, NULL));
        binnet_sim_free(sim);
        binnet_net_free(net[k]);
        ck_assert(memcmp(raster[k], dense, sizeof dense) == 0);
    }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- drawn wiring --- */

/* Without noise, with weight 1 and no threshold, a neuron tells whether it hears an active one: in-degrees by one active neuron at a
 * time. */
START_TEST(wiring_is_what_was_asked)
{
    enum { A = 30, B = 20, MANY = A + B };
    const int64_t size[2] = {A, B}, degree[4] = {29, 3, 0, 18};
    const double J[4] = {1, 1, 1, 1}, theta[2] = {0.5, 0.5}, zero[2] = {0, 0}, p[4] = {0.3, 0.9, 1, 0};
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, zero));
    double heard = 0, expected = 0, variance = 0;
    for (int by_p = 0; by_p < 2; by_p++)
        for (uint64_t index = 0; index < 20; index++) {
            int64_t count[MANY][2] = {{0}};
            binnet_sim *sim;
            OK(binnet_sim_new_populations(ctx, &sim, 2, size, J, by_p ? p : NULL, by_p ? NULL : degree, theta, NULL,
                                          noise, BINNET_TIE_ACTIVE, BINNET_UPDATE_SYNCHRONOUS, NULL, index));
            for (size_t j = 0; j < MANY; j++) {
                uint8_t start[MANY] = {0}, next[MANY];
                start[j] = 1;
                OK(binnet_sim_raster(ctx, next, 1, MANY, NULL, sim, 1, 0, 0, start));
                ck_assert_int_eq(next[j], 0);
                for (size_t i = 0; i < MANY; i++)
                    count[i][j >= A] += next[i];
            }
            for (size_t i = 0; i < MANY; i++)
                for (size_t b = 0; b < 2; b++) {
                    size_t a = i >= A;
                    double pairs = (double)(size[b] - (a == b)), q = p[2 * a + b];
                    if (!by_p)
                        ck_assert_int_eq(count[i][b], degree[2 * a + b]);
                    else if (q <= 0 || q >= 1)
                        ck_assert_double_eq((double)count[i][b], pairs * q);
                    else {
                        heard += (double)count[i][b];
                        expected += pairs * q;
                        variance += pairs * q * (1 - q);
                    }
                }
            binnet_sim_free(sim);
        }
    /* a chance of 6e-7 */
    ck_assert_double_lt(fabs(heard - expected), 5 * sqrt(variance));
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- against exact laws --- */

/* 400,000 samples: the total variation distance to the law is at most a few times sqrt(states / samples). */
START_TEST(samples_make_a_law)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *exact, *law;
    binnet_sim *sim;
    make_small(ctx, &net, &noise, N, 90, 1);
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &exact, chain));
    OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_sim_law(ctx, &law, sim, N, NULL, 1, BINNET_BURN_IN_AUTO, 100000, 4));
    const double *p = binnet_law_data(exact), *q = binnet_law_data(law);
    double distance = 0, sum = 0;
    for (size_t s = 0; s < S; s++) {
        distance += fabs(p[s] - q[s]);
        sum += q[s];
    }
    ck_assert_double_lt(fabs(sum - 1), 1e-12);
    ck_assert_double_lt(distance, 3 * sqrt(S / 4e5));
    ck_assert(isnan(binnet_law_residual(law)));
    binnet_law_free(law);
    binnet_law_free(exact);
    binnet_sim_free(sim);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A state is left with probability 1 - P(s, s): geometric times, independent; within 5 standard errors (6e-7 each). In continuous
 * time the mean is 1 / (q (1 - P(s, s))). */
START_TEST(states_are_kept_as_long_as_they_should)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_sim *sim;
    binnet_set *set[3];
    const uint64_t state[3] = {0, 3, 31};
    const double rate[N] = {1, 2, 0.5, 1, 3};
    double q = 1, mean[3], error[3], share[3];
    uint64_t count[3];
    make_small(ctx, &net, &noise, N, 91, 1);
    if (_i == 2) {
        OK(binnet_chain_new_continuous(ctx, &chain, &q, net, noise, rate));
        OK(binnet_sim_new_continuous(ctx, &sim, net, noise, rate));
    } else {
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS + _i));
        OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_SYNCHRONOUS + _i));
    }
    for (int k = 0; k < 3; k++)
        OK(binnet_set_new_states(ctx, &set[k], N, &state[k], 1));
    OK(binnet_sim_dwell(ctx, share, mean, error, count, 3, (const binnet_set *const *)set, sim, 100, 200000, 0));
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    for (int k = 0; k < 3; k++) {
        double stay;
        OK(binnet_chain_transition(ctx, &stay, chain, state[k], state[k]));
        double exact = 1 / (q * (1 - stay));
        ck_assert_msg(fabs(mean[k] - exact) <= 5 * error[k], "%g, exact %g, error %g", mean[k], exact, error[k]);
        ck_assert_double_gt(error[k], 0);
        ck_assert_double_lt(error[k], exact / 5);
        /* correlated: ten times the error of independent visits */
        double p = binnet_law_data(law)[state[k]];
        ck_assert_double_lt(fabs(share[k] - p), 10 * p / sqrt((double)count[k]));
        binnet_set_free(set[k]);
    }
    binnet_law_free(law);
    binnet_sim_free(sim);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Two wells: within 4.5 standard errors (7e-6), which are small. */
START_TEST(splitting_finds_committors)
{
    enum { n = 6 };
    double J[n * n], theta[n], sigma[n], *p = malloc(2 * (1 << n) * sizeof *p);
    for (size_t k = 0; k < n * n; k++)
        J[k] = k / n == k % n ? 0 : 1;
    for (size_t i = 0; i < n; i++) {
        theta[i] = 2.5;
        sigma[i] = 0.7;
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_sim *sim;
    binnet_set *up, *down;
    const uint64_t top = (1 << n) - 1, bottom = 0;
    const int32_t update = _i ? BINNET_UPDATE_ASYNCHRONOUS : BINNET_UPDATE_SYNCHRONOUS;
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, n, sigma));
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    OK(binnet_sim_new(ctx, &sim, net, noise, update));
    OK(binnet_set_new_states(ctx, &up, n, &top, 1));
    OK(binnet_set_new_states(ctx, &down, n, &bottom, 1));
    const binnet_set *sets[2] = {up, down};
    OK(binnet_passage_probabilities(ctx, p, 2 * (1 << n), NULL, chain, 2, sets));
    double estimate, error, exact = p[1];
    OK(binnet_sim_reach(ctx, &estimate, &error, sim, 1, up, down, 200, 40));
    printf("committor %.4g, by splitting %.4g, error %.2g\n", exact, estimate, error);
    ck_assert_double_lt(exact, 0.03);
    ck_assert_double_lt(fabs(estimate - exact), 4.5 * error);
    ck_assert_double_lt(error, 0.2 * exact);
    OK(binnet_sim_reach(ctx, &estimate, &error, sim, top, up, down, 2, 2));
    ck_assert_double_eq(estimate, 1);
    ck_assert_int_eq(binnet_sim_reach(ctx, &estimate, &error, sim, 0, up, down, 2, 2), BINNET_E_UNDEFINED);
    ck_assert_double_eq(estimate, 0);
    binnet_set_free(up);
    binnet_set_free(down);
    binnet_sim_free(sim);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    free(p);
}
END_TEST

/* --- precision, and what it cannot reach --- */

START_TEST(precision_is_reached_or_not)
{
    binnet_ctx *ctx = new_ctx(2);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    binnet_sim *sim;
    binnet_run *run;
    double m[N], mean[N], error[N], effective[N], cov[N * N], cov_error[N * N], exact[N * N];
    const uint64_t lag[1] = {0};
    make_small(ctx, &net, &noise, N, 92, 1);
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_law_mean(ctx, m, N, law));
    OK(binnet_law_covariance(ctx, exact, N, law));
    OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_sim_run_to_precision(ctx, &run, sim, N, NULL, 1, lag, 1, BINNET_BURN_IN_AUTO, 0.003, 1 << 20, 4));
    ck_assert_double_le(binnet_run_largest_error(run), 0.003);
    OK(binnet_run_mean(ctx, mean, error, effective, N, run));
    OK(binnet_run_covariance(ctx, cov, cov_error, N, run, 0));
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_le(error[i], 0.003);
        ck_assert_double_lt(fabs(mean[i] - m[i]), 5 * error[i]);
        ck_assert_double_lt(effective[i], 2 * (double)binnet_run_samples(run));
    }
    for (size_t k = 0; k < N * N; k++)
        ck_assert_double_lt(fabs(cov[k] - exact[k]), 5 * cov_error[k]);
    binnet_run_free(run);
    /* what was reached is said, and is there */
    ck_assert_int_eq(binnet_sim_run_to_precision(ctx, &run, sim, N, NULL, 0, NULL, 1, 0, 1e-6, 5000, 4),
                     BINNET_E_NOCONV);
    ck_assert_ptr_nonnull(run);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "after 4096 samples"));
    ck_assert_double_gt(binnet_run_largest_error(run), 1e-6);
    ck_assert_uint_eq(binnet_run_samples(run), 4 * 4096);
    binnet_run_free(run);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_sim_free(sim);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Two wells that are never left in this time: trajectories from different starts disagree. A neuron that never fires: an error that
 * holds its probability, 1e-5 in 10^4 updates. */
START_TEST(what_did_not_mix_says_so)
{
    double J[4] = {0, 1, 1, 0}, theta[2] = {0.5, 0.5}, weak[2] = {0.08, 0.08}, mean, error;
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_sim *sim;
    binnet_run *run;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, weak));
    OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_ASYNCHRONOUS));
    ck_assert_int_eq(binnet_sim_run(ctx, &run, sim, 2, NULL, 0, NULL, 1, 0, 10000, 2), BINNET_E_NOCONV);
    ck_assert_ptr_nonnull(run);
    ck_assert_double_gt(binnet_run_discrepancy(run), 1);
    binnet_run_free(run);
    binnet_sim_free(sim);
    binnet_noise_free(noise);
    binnet_net_free(net);
    J[0] = 0;
    theta[0] = 4.2648907939228256; /* Phi(-x) = 1e-5 */
    weak[0] = 1;
    OK(binnet_net_new(ctx, &net, 1, J, NULL, theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 1, weak));
    OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_sim_run(ctx, &run, sim, 1, NULL, 0, NULL, 1, 1, 640, 4));
    OK(binnet_run_mean(ctx, &mean, &error, NULL, 1, run));
    ck_assert_double_le(fabs(mean - 1e-5), 1.96 * error);
    ck_assert_double_le(error, 3 / 1.96 / 2560 * 1.0001);
    binnet_run_free(run);
    binnet_sim_free(sim);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

#define FAILS(code, call) ck_assert_int_eq((call), (code))

START_TEST(bad_input_is_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise, *one;
    binnet_sim *sim, *none;
    binnet_run *run;
    binnet_law *law;
    const double J[1] = {0.5}, p[1] = {1.5}, scale[1] = {1}, not_a_number[1] = {NAN}, select[N] = {0.5};
    const int64_t empty[1] = {0}, size[1] = {10}, degree[1] = {10};
    const int32_t twice[2] = {1, 1}, outside[1] = {N};
    const uint64_t lag[1] = {1000};
    uint8_t active[8 * N], start[N] = {2};
    make_small(ctx, &net, &noise, N, 93, 1);
    OK(binnet_noise_new_gaussian(ctx, &one, 1, scale));
    OK(binnet_sim_new(ctx, &sim, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    FAILS(BINNET_E_RANGE, binnet_sim_new(ctx, &none, net, noise, BINNET_UPDATE_BLOCKS));
    ck_assert_ptr_null(none);
    FAILS(BINNET_E_SIZE, binnet_sim_new(ctx, &none, net, one, BINNET_UPDATE_SYNCHRONOUS));
    FAILS(BINNET_E_NULL, binnet_sim_new(ctx, &none, NULL, noise, BINNET_UPDATE_SYNCHRONOUS));
    FAILS(BINNET_E_RANGE, binnet_sim_new_asynchronous(ctx, &none, net, noise, select));
    FAILS(BINNET_E_RANGE,
          binnet_sim_new_populations(ctx, &none, 1, empty, J, NULL, degree, NULL, NULL, one, 0, 1, NULL, 0));
    FAILS(BINNET_E_RANGE,
          binnet_sim_new_populations(ctx, &none, 1, size, J, NULL, degree, NULL, NULL, one, 0, 1, NULL, 0));
    FAILS(BINNET_E_RANGE, binnet_sim_new_populations(ctx, &none, 1, size, J, p, NULL, NULL, NULL, one, 0, 1, NULL, 0));
    FAILS(BINNET_E_NULL,
          binnet_sim_new_populations(ctx, &none, 1, size, J, NULL, NULL, NULL, NULL, one, 0, 1, NULL, 0));
    FAILS(BINNET_E_NAN,
          binnet_sim_new_populations(ctx, &none, 1, size, J, not_a_number, NULL, NULL, NULL, one, 0, 1, NULL, 0));
    FAILS(BINNET_E_RANGE,
          binnet_sim_new_populations(ctx, &none, 1, size, J, NULL, empty, NULL, NULL, one, 0, 1, scale, 0));
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 1, NULL, 0, NULL, 1, 0, 0, 1));
    ck_assert_ptr_null(run);
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 1, NULL, 0, NULL, 0.5, 0, 100, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 1, NULL, 0, NULL, 1, 0, 100, 0));
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 2, twice, 0, NULL, 1, 0, 100, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 1, outside, 0, NULL, 1, 0, 100, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_run(ctx, &run, sim, 1, NULL, 1, lag, 1, 0, 100, 1));
    FAILS(BINNET_E_NAN, binnet_sim_run(ctx, &run, sim, 1, NULL, 0, NULL, NAN, 0, 100, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_run_to_precision(ctx, &run, sim, 1, NULL, 0, NULL, 1, 0, 0, 10000, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_run_to_precision(ctx, &run, sim, 1, NULL, 0, NULL, 1, 0, 0.1, 1000, 1));
    FAILS(BINNET_E_RANGE, binnet_sim_raster(ctx, active, 8, N, NULL, sim, 1, 0, 0, start));
    FAILS(BINNET_E_RANGE, binnet_sim_raster(ctx, active, 0, N, NULL, sim, 1, 0, 0, NULL));
    FAILS(BINNET_E_RANGE, binnet_sim_law(ctx, &law, sim, 0, NULL, 1, 0, 10, 1));
    binnet_noise *shared;
    const double L[N] = {1, 1, 1, 1, 1}, D[N] = {1, 1, 1, 1, 1};
    OK(binnet_noise_new_gaussian_factors(ctx, &shared, N, 1, L, D));
    FAILS(BINNET_E_UNDEFINED, binnet_sim_new(ctx, &none, net, shared, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_sim_new(ctx, &none, net, shared, BINNET_UPDATE_ASYNCHRONOUS));
    binnet_sim_free(none);
    binnet_noise_free(shared);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 1 << 16));
    const int64_t large[1] = {100000}, many[1] = {1000};
    FAILS(BINNET_E_LIMIT,
          binnet_sim_new_populations(ctx, &none, 1, large, J, NULL, many, NULL, NULL, one, 0, 1, NULL, 0));
    binnet_sim_free(sim);
    binnet_noise_free(noise);
    binnet_noise_free(one);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("simulate", {steps_follow_the_chain, 3}, {noiseless_steps_are_recomputed, 3},
             {trajectories_do_not_depend_on_threads_or_form, 3}, {what_is_redrawn_is_what_is_kept, 8},
             {large_sums_are_counted, 1}, {estimates_are_kept, 1}, {forms_agree, 3}, {wiring_is_what_was_asked, 1},
             {samples_make_a_law, 1}, {states_are_kept_as_long_as_they_should, 3}, {splitting_finds_committors, 2},
             {precision_is_reached_or_not, 1}, {what_did_not_mix_says_so, 1}, {bad_input_is_refused, 1})
