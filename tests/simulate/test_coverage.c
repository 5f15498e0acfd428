/* 95 % intervals against exact stationary laws, on random networks of 2 to 12 neurons under all three update rules: the share of
 * intervals that hold the exact mean, covariance, covariance one sample later and probability of a state. The number of networks is the argument.
 *
 * Intervals of one network are not independent (they are of the same trajectories), so the share's standard deviation comes from
 * the spread between networks; it must not be outside of 93..97 % by more than three of them. */
#include "support/support.h"

#include <stdio.h>

enum { MOST = 12 };

static int networks = 12;

typedef struct hits {
    double inside, of;          /* of one network */
    double sum, weight, square; /* over networks: of shares, how many, squares */
} hits;

static void count_hit(hits *h, double estimate, double error, double exact)
{
    h->inside += fabs(estimate - exact) <= 1.96 * error;
    h->of++;
}

static void end_network(hits *h)
{
    double share = h->of > 0 ? h->inside / h->of : 0;
    if (h->of > 0) {
        h->sum += share;
        h->square += share * share;
        h->weight++;
    }
    h->inside = h->of = 0;
}

static void judge(const hits *h, const char *what)
{
    double mean = h->sum / h->weight, deviation = sqrt(fmax(h->square / h->weight - mean * mean, 0) / h->weight);
    printf("%-36s %.2f %% (deviation %.2f)\n", what, 100 * mean, 100 * deviation);
    fflush(stdout);
    ck_assert_msg(mean >= 0.93 - 3 * deviation && mean <= 0.97 + 3 * deviation, "%s: coverage %g", what, mean);
}

/* Probabilities of the states of the first neurons, those of 0.01 or more: rarer ones are not normal in so few samples. */
static void cover_histogram(binnet_ctx *ctx, const binnet_law *law, const binnet_sim *sim, size_t n, double interval,
                            hits *states)
{
    enum { FIRST = 3 };
    size_t k = n < FIRST ? n : FIRST;
    const double *exact = binnet_law_data(law);
    double p[1 << FIRST], error[1 << FIRST], marginal[1 << FIRST] = {0};
    for (size_t s = 0; s < (size_t)1 << n; s++)
        marginal[s & (((size_t)1 << k) - 1)] += exact[s];
    OK(binnet_sim_histogram(ctx, p, error, (size_t)1 << k, sim, k, NULL, interval, BINNET_BURN_IN_AUTO, 4096, 4));
    for (size_t s = 0; s < (size_t)1 << k; s++)
        if (marginal[s] >= 0.01)
            count_hit(states, p[s], error[s], marginal[s]);
    end_network(states);
}

static void cover_network(uint64_t seed, int32_t update, hits *mean, hits *cov, hits *lagged, hits *states)
{
    dice die = dice_of(seed);
    size_t n = 2 + roll_to(&die, MOST - 1);
    double J[MOST * MOST], theta[MOST], sigma[MOST];
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(&die) < 0.3 ? 0 : roll_in(&die, -1, 1);
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(&die, -0.5, 0.5);
        sigma[i] = roll_in(&die, 0.4, 1.2);
    }
    binnet_ctx *ctx = new_ctx(2);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_SEED, (int64_t)seed));
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    binnet_sim *sim;
    binnet_run *run;
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
    if (seed % 3 == 0)
        OK(binnet_noise_new_gaussian(ctx, &noise, n, sigma));
    else if (seed % 3 == 1)
        OK(binnet_noise_new_logistic(ctx, &noise, n, sigma));
    else
        OK(binnet_noise_new_laplace(ctx, &noise, n, sigma));
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_sim_new(ctx, &sim, net, noise, update));
    double m[MOST], c[MOST * MOST], l[MOST * MOST];
    OK(binnet_law_mean(ctx, m, n, law));
    OK(binnet_law_covariance(ctx, c, n, law));
    uint64_t interval = update == BINNET_UPDATE_ASYNCHRONOUS ? 1 + roll_to(&die, n) : 1;
    OK(binnet_chain_lagged_covariance(ctx, l, n, chain, law, interval));
    const uint64_t lag[2] = {0, 1};
    OK(binnet_sim_run(ctx, &run, sim, n, NULL, 2, lag, (double)interval, BINNET_BURN_IN_AUTO, 4096, 4));
    double em[MOST], sm[MOST], ec[MOST * MOST], sc[MOST * MOST];
    OK(binnet_run_mean(ctx, em, sm, NULL, n, run));
    for (size_t i = 0; i < n; i++)
        count_hit(mean, em[i], sm[i], m[i]);
    OK(binnet_run_covariance(ctx, ec, sc, n, run, 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            count_hit(cov, ec[i * n + j], sc[i * n + j], c[i * n + j]);
    OK(binnet_run_covariance(ctx, ec, sc, n, run, 1));
    for (size_t k = 0; k < n * n; k++)
        count_hit(lagged, ec[k], sc[k], l[k]);
    end_network(mean);
    end_network(cov);
    end_network(lagged);
    cover_histogram(ctx, law, sim, n, (double)interval, states);
    binnet_run_free(run);
    binnet_sim_free(sim);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}

START_TEST(intervals_cover)
{
    const int32_t update = BINNET_UPDATE_SYNCHRONOUS + _i;
    const char *name[] = {"synchronous", "asynchronous", "sweep"};
    char what[80];
    hits h[4] = {{0}};
    for (int k = 0; k < networks; k++)
        cover_network((uint64_t)(1 + k), update, &h[0], &h[1], &h[2], &h[3]);
    const char *of[] = {"means", "covariances", "covariances, lag 1", "states"};
    for (int q = 0; q < 4; q++) {
        snprintf(what, sizeof what, "%s, %s", name[_i], of[q]);
        judge(&h[q], what);
    }
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1)
        networks = atoi(argv[1]);
    printf("%d networks, seeds 1 and on\n", networks);
    const repeated_test tests[] = {{intervals_cover, 3}};
    return run_repeated("coverage", tests, sizeof tests / sizeof *tests) != 0;
}
