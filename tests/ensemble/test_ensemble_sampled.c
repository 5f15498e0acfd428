/*
 * Statistics of random networks against networks drawn from the ensemble, each simulated in all its states by this test.
 * Every figure within 4 standard errors of the sample: a right figure fails with probability 6e-5 where the average is near
 * normal; seeds are fixed, so the outcome never changes. The argument "slow" runs 20,000 networks, else 2,000.
 */
#include "ensemble_recipe.h"

#include <stdio.h>
#include <string.h>

static int networks = 2000;

typedef struct tally {
    double sum, square;
} tally;

static void count(tally *t, double x)
{
    t->sum += x;
    t->square += x * x;
}

static void check(const char *name, const char *what, const tally *t, double want)
{
    double n = networks, mean = t->sum / n, variance = (t->square / n - mean * mean) * n / (n - 1);
    /* never seen: Pr(no event of mean `want`) must not be absurd */
    double error = sqrt(fmax(variance, 0) / n), z = error > 0 ? (mean - want) / error : 0;
    if (getenv("BINNET_TEST_VERBOSE") != NULL)
        printf("%-28s %-14s %12.6g sampled %12.6g +- %8.2g  z %6.2f\n", name, what, want, mean, error, z);
    if (t->sum == 0)
        ck_assert_msg(want * n < 10, "%s, %s: expected %g, never seen in %d", name, what, want, networks);
    else if (error == 0) /* always the same: then it is certain */
        ck_assert_msg(fabs(mean - want) < 10 / n, "%s, %s: %g, always %g", name, what, want, mean);
    else
        ck_assert_msg(fabs(z) < 4, "%s, %s: %.8g, sampled %.8g +- %.2g (z = %.2f)", name, what, want, mean, error, z);
}

/* Moves of one network, and its currents. */
static void simulate(const binnet_net *net, int32_t tie, unsigned *next, double *current)
{
    size_t n = binnet_net_neurons(net);
    double J[MOST * MOST];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = binnet_net_weight(net, i, j);
    for (unsigned s = 0; s < 1u << n; s++) {
        next[s] = 0;
        for (size_t i = 0; i < n; i++) {
            double sum = 0, c, I = binnet_net_stimulus(net, i);
            for (size_t j = 0; j < n; j++)
                sum += s >> j & 1 ? J[i * n + j] : 0;
            c = binnet_net_threshold(net, i) - sum / binnet_net_normalisation(net, i);
            current[s * n + i] = c;
            int fires = I > c || (I == c && (tie == BINNET_TIE_ACTIVE || (tie == BINNET_TIE_KEEP && (s >> i & 1))));
            next[s] |= (unsigned)fires << i;
        }
    }
}

typedef struct sample {
    tally fixed, square, cycles[4], occurs, lambda, xi;
} sample;

static void tally_network(const recipe *r, const unsigned *next, const double *current, sample *t)
{
    double fixed = 0, cycles[4] = {0}, occurs = 0;
    for (unsigned s = 0; s < 1u << r->n; s++) {
        fixed += next[s] == s;
        unsigned at = s;
        for (int period = 1; period <= 3; period++) {
            at = next[at];
            if (at == s) {
                cycles[period] += 1.0 / period;
                break;
            }
        }
        double low[MOST], high[MOST];
        int possible = 1;
        for (size_t a = 0; a < r->n_pop; a++)
            low[a] = -INFINITY, high[a] = INFINITY;
        for (size_t i = 0; i < r->n; i++) {
            int a = r->pop[i];
            if (s >> i & 1)
                low[a] = fmax(low[a], current[s * r->n + i]);
            else
                high[a] = fmin(high[a], current[s * r->n + i]);
        }
        for (size_t a = 0; a < r->n_pop; a++)
            possible = possible && (low[a] < high[a] || (low[a] == high[a] && r->tie == BINNET_TIE_KEEP));
        occurs += possible;
        if (s == 3) { /* neurons 0 and 1, of population 0, active */
            count(&t->lambda, low[0]);
            count(&t->xi, high[0]);
        }
    }
    count(&t->fixed, fixed);
    for (int period = 2; period <= 3; period++)
        count(&t->cycles[period], cycles[period]);
    count(&t->occurs, occurs);
}

static void check_ensemble(const char *name, const recipe *r, int longest)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *e = homogeneous(ctx, r);
    sample t = {0};
    unsigned next[1 << MOST];
    static double current[MOST << MOST], fixed[20000];
    for (int k = 0; k < networks; k++) {
        binnet_net *net;
        OK(binnet_ensemble_sample(ctx, &net, e, (uint64_t)k));
        simulate(net, r->tie, next, current);
        double before = t.fixed.sum;
        tally_network(r, next, current, &t);
        fixed[k] = t.fixed.sum - before;
        binnet_net_free(net);
    }
    double mean, variance, cycles, lambda, xi, p[256], occurs = 0;
    OK(binnet_ensemble_fixed_mean(ctx, &mean, e));
    check(name, "fixed points", &t.fixed, mean);
    for (int period = 2; period <= longest; period++) {
        char what[24];
        snprintf(what, sizeof what, "%d-cycles", period);
        OK(binnet_ensemble_cycles_mean(ctx, &cycles, NULL, e, period));
        check(name, what, &t.cycles[period], cycles);
    }
    if (longest >= 2) {
        OK(binnet_ensemble_fixed_variance(ctx, NULL, &variance, NULL, e));
        for (int k = 0; k < networks; k++)
            count(&t.square, (fixed[k] - mean) * (fixed[k] - mean));
        check(name, "variance", &t.square, variance);
    }
    size_t classes = (size_t)binnet_ensemble_classes(e);
    OK(binnet_ensemble_occurrence(ctx, p, classes, e, r->n_pop, NULL));
    for (size_t k = 0; k < classes; k++)
        occurs += p[k] * states_in(r, k);
    check(name, "occurring", &t.occurs, occurs);
    binnet_bifurcation_law *b;
    const int64_t active[MOST] = {2, 0};
    OK(binnet_bifurcation_law_new(ctx, &b, e, active, r->n_pop, NULL));
    OK(binnet_bifurcation_law_moments(ctx, &lambda, NULL, b, 0, BINNET_LAMBDA));
    OK(binnet_bifurcation_law_moments(ctx, &xi, NULL, b, 0, BINNET_XI));
    check(name, "mean Lambda", &t.lambda, lambda);
    check(name, "mean Xi", &t.xi, xi);
    binnet_bifurcation_law_free(b);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}

/* Excitation from population 0, inhibition from population 1, with probability p. */
static recipe circuit(int32_t kind, double p, double excitation, double inhibition, double spread, int32_t normalise,
                      int32_t tie)
{
    recipe r = {.n_pop = 2,
                .size = {4, 2},
                .theta = {0.5, 0.5},
                .I = {0.45, 0.4},
                .M = {2, 2},
                .normalise = normalise,
                .tie = tie};
    for (size_t k = 0; k < 4; k++) {
        double mean = k % 2 == 0 ? excitation : -inhibition, *par = r.par + k * BINNET_WEIGHT_PARAMETERS;
        r.p[k] = p;
        r.kind[k] = kind;
        par[0] = mean;
        par[1] = spread;
        if (kind == BINNET_WEIGHT_UNIFORM)
            par[0] = mean - spread, par[1] = mean + spread;
        if (kind == BINNET_WEIGHT_GAMMA)
            par[0] = 2, par[1] = mean / 2;
    }
    neurons_of(&r);
    return r;
}

START_TEST(gaussian)
{
    recipe dense = circuit(BINNET_WEIGHT_GAUSSIAN, 1, 0.5, 0.8, 1, BINNET_NORMALISE_N, 0);
    check_ensemble("Gaussian, dense", &dense, networks > 2000 ? 3 : 2);
    recipe half = circuit(BINNET_WEIGHT_GAUSSIAN, 0.5, 1, 2, 0.7, BINNET_NORMALISE_NONE, 0);
    check_ensemble("Gaussian, p = 0.5", &half, 2);
    recipe self = circuit(BINNET_WEIGHT_GAUSSIAN, 0.15, 0.6, 0.9, 0.3, BINNET_NORMALISE_NONE, 2);
    self.self = 1;
    self.theta[0] = self.I[0];
    check_ensemble("Gaussian, p = 0.15, self", &self, 2);
    recipe degree = circuit(BINNET_WEIGHT_GAUSSIAN, 0.3, 0.6, 0.9, 0.3, BINNET_NORMALISE_INDEGREE, 1);
    degree.theta[1] = degree.I[1];
    check_ensemble("Gaussian, in-degree", &degree, 2);
}
END_TEST

START_TEST(constant)
{
    recipe sparse = circuit(BINNET_WEIGHT_CONSTANT, 0.2, 0.25, 0.5, 0, BINNET_NORMALISE_NONE, 0);
    sparse.I[0] = 0.25; /* ties */
    check_ensemble("constant, p = 0.2", &sparse, 3);
    sparse.tie = 1;
    check_ensemble("constant, ties silent", &sparse, 3);
    sparse.tie = 2;
    check_ensemble("constant, ties kept", &sparse, 3);
}
END_TEST

START_TEST(others)
{
    recipe uniform = circuit(BINNET_WEIGHT_UNIFORM, 0.4, 0.5, 1, 0.5, BINNET_NORMALISE_NONE, 0);
    check_ensemble("uniform, p = 0.4", &uniform, 2);
    recipe exponential = circuit(BINNET_WEIGHT_EXPONENTIAL, 0.25, 0.6, 0.6, 0, BINNET_NORMALISE_FIXED, 0);
    check_ensemble("exponential, p = 0.25", &exponential, 2);
    exponential.theta[0] = exponential.I[0]; /* no connection: a tie */
    check_ensemble("exponential, ties active", &exponential, 2);
    exponential.tie = 2;
    check_ensemble("exponential, ties kept", &exponential, 2);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {gaussian, constant, others};
    if (argc > 1 && strcmp(argv[1], "slow") == 0)
        networks = 20000;
    return run_tests("ensembles sampled", tests, sizeof tests / sizeof *tests) != 0;
}
