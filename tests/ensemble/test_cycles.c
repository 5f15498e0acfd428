/*
 * Expected cycles of two to eight states.
 *  - two neurons that excite each other by one weight each: four networks, enumerated
 *  - Gaussian weights by orthants and by integrals over the terms; the in-degree of a full network against that number;
 *    populations against single neurons
 *  - networks drawn and simulated, within 4 standard errors (fixed seeds; "slow": 20,000 networks, else 2,000;
 *    four neurons both ways)
 */
#include "ensemble_recipe.h"

#include <stdio.h>
#include <string.h>

static int networks = 2000;

static double cycles(binnet_ctx *ctx, const binnet_ensemble *e, int64_t period, double *error)
{
    double mean;
    OK(binnet_ensemble_cycles_mean(ctx, &mean, error, e, period));
    return mean;
}

static void same(const char *what, int period, double a, double b, double error)
{
    ck_assert_msg(fabs(a - b) <= 2e-10 * fabs(b) + 1e-13, "%s, period %d: %.15g and %.15g", what, period, a, b);
    ck_assert_msg(fabs(a - b) <= 2 * error + 1e-12 * fabs(b), "%s, period %d: %.15g and %.15g, reported only %.1e",
                  what, period, a, b, error);
}

/* Neuron i fires on 0 iff I >= theta, on 1 iff J >= theta - I. */
START_TEST(two_neurons)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int above = 0; above <= 1; above++) {
        const int64_t size = 2;
        const double p = 1, par[3] = {-0.3, 0.9, 0}, theta = 0.4, I = above ? 0.5 : 0.2;
        const int32_t kind = BINNET_WEIGHT_GAUSSIAN;
        binnet_ensemble *e;
        double on_one = 0.5 * erfc((theta - I + 0.3) / 0.9 / sqrt(2)), want[5] = {0};
        OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, par, &theta, &I, BINNET_NORMALISE_NONE, NULL, 0));
        for (int f = 0; f < 4; f++) { /* bit i: neuron i fires on 1 */
            double weight = (f & 1 ? on_one : 1 - on_one) * (f & 2 ? on_one : 1 - on_one);
            for (int s = 0; s < 4; s++) {
                int at = s;
                for (int k = 1; k <= 4; k++) {
                    int first = at & 2 ? f & 1 : above, second = at & 1 ? f >> 1 : above;
                    at = first | second << 1;
                    if (at == s) {
                        want[k] += weight / k;
                        break;
                    }
                }
            }
        }
        for (int k = 1; k <= 4; k++) {
            double error, got = cycles(ctx, e, k, &error);
            ck_assert_msg(fabs(got - want[k]) < 1e-12, "period %d: %.15g, expected %.15g", k, got, want[k]);
        }
        ck_assert(cycles(ctx, e, 8, NULL) == 0);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

static recipe of_kind(int32_t kind, int64_t first, int64_t second, double p, int32_t normalise)
{
    recipe r = {.n_pop = second > 0 ? 2 : 1,
                .size = {first, second},
                .theta = {0.3, 0.25},
                .I = {0.35, 0.3},
                .M = {1, 1},
                .normalise = normalise};
    for (size_t k = 0; k < r.n_pop * r.n_pop; k++) {
        double *par = r.par + 3 * k, mean = k % r.n_pop == 0 ? 0.2 : -0.3;
        r.p[k] = p;
        r.kind[k] = kind;
        par[0] = mean;
        par[1] = 0.8;
        if (kind == BINNET_WEIGHT_UNIFORM)
            par[0] = mean - 0.9, par[1] = mean + 0.9;
        if (kind == BINNET_WEIGHT_GAMMA)
            par[0] = 2, par[1] = k % r.n_pop == 0 ? 0.2 : -0.3;
    }
    neurons_of(&r);
    return r;
}

/* Orthants against integrals over the terms: a law that no connection has, from a population of one neuron to itself, makes the
 * library take the way for any weights. */
START_TEST(one_law_two_ways)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k < (networks > 2000 ? 4 : 3); k++) { /* the last: integrals over two terms */
        recipe r = of_kind(BINNET_WEIGHT_GAUSSIAN, k == 3 ? 3 : 2, 1, k == 1 ? 0.6 : 1,
                           k == 2 ? BINNET_NORMALISE_INDEGREE : 0);
        binnet_ensemble *e = homogeneous(ctx, &r);
        r.kind[3] = BINNET_WEIGHT_LAPLACE;
        binnet_ensemble *f = homogeneous(ctx, &r);
        for (int period = 2; period <= (k == 0 ? 6 : 3); period++) {
            double error, off, a = cycles(ctx, e, period, &error), b = cycles(ctx, f, period, &off);
            same("orthants, integrals", period, b, a, error + off);
            ck_assert_msg(error < 1e-10 && off < 1e-9, "case %d, period %d: errors %g and %g", k, period, error, off);
        }
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* All connections present: the in-degree is N - 1. */
START_TEST(full_in_degree)
{
    binnet_ctx *ctx = new_ctx(1);
    const int32_t kinds[3] = {BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_LAPLACE, BINNET_WEIGHT_GAMMA};
    for (int k = 0; k < 3; k++) {
        recipe r = of_kind(kinds[k], 3, k == 2 ? 1 : 2, 1, BINNET_NORMALISE_INDEGREE);
        binnet_ensemble *e = homogeneous(ctx, &r);
        r.normalise = BINNET_NORMALISE_FIXED;
        r.M[0] = r.M[1] = (double)r.n - 1;
        binnet_ensemble *f = homogeneous(ctx, &r);
        double error, off, a = cycles(ctx, e, 2, &error), b = cycles(ctx, f, 2, &off), v, w;
        same("full network", 2, a, b, error + off);
        OK(binnet_ensemble_fixed_variance(ctx, NULL, &v, &error, e));
        OK(binnet_ensemble_fixed_variance(ctx, NULL, &w, &off, f));
        same("variance", 2, v, w, error + off);
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(two_descriptions)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k < 10; k++) {
        recipe r;
        int gaussian = k < 5, longest = gaussian ? 4 : 3;
        if (gaussian)
            r = any_recipe(700 + (uint64_t)k, 2, (const int64_t[2]){2, k % 2 + 1}, k % 3 == 2);
        else
            r = of_kind(k % 2 ? BINNET_WEIGHT_UNIFORM : BINNET_WEIGHT_LAPLACE, 2, 1, k == 9 ? 0.5 : 0.8, k % 4);
        r.tie = k % 3;
        if (gaussian && r.n == 4)
            longest = 3;
        binnet_ensemble *e = homogeneous(ctx, &r), *f = heterogeneous(ctx, &r);
        for (int period = 2; period <= longest; period++) {
            double error, off, a = cycles(ctx, e, period, &error), b = cycles(ctx, f, period, &off);
            same("two descriptions", period, a, b, error + off);
        }
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- networks drawn --- */

enum { LONGEST = 8 };

static void count_cycles(const recipe *r, const binnet_net *net, double *by_period)
{
    unsigned next[1 << MOST];
    size_t n = binnet_net_neurons(net);
    for (unsigned s = 0; s < 1u << n; s++) {
        next[s] = 0;
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += s >> j & 1 ? binnet_net_weight(net, i, j) : 0;
            double c = binnet_net_threshold(net, i) - sum / binnet_net_normalisation(net, i),
                   I = binnet_net_stimulus(net, i);
            next[s] |= (unsigned)(I > c || (I == c && (r->tie == BINNET_TIE_ACTIVE ||
                                                       (r->tie == BINNET_TIE_KEEP && (s >> i & 1)))))
                       << i;
        }
    }
    for (unsigned s = 0; s < 1u << n; s++) {
        unsigned at = s;
        for (int period = 1; period <= LONGEST; period++) {
            at = next[at];
            if (at == s) {
                by_period[period] += 1.0 / period;
                break;
            }
        }
    }
}

static void draw(const char *name, const recipe *r, int longest)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *e = homogeneous(ctx, r);
    double sum[LONGEST + 1] = {0}, square[LONGEST + 1] = {0};
    for (int k = 0; k < networks; k++) {
        double one[LONGEST + 1] = {0};
        binnet_net *net;
        OK(binnet_ensemble_sample(ctx, &net, e, (uint64_t)k));
        count_cycles(r, net, one);
        for (int period = 2; period <= longest; period++) {
            sum[period] += one[period];
            square[period] += one[period] * one[period];
        }
        binnet_net_free(net);
    }
    for (int period = 2; period <= longest; period++) {
        double error, want = cycles(ctx, e, period, &error), n = networks, mean = sum[period] / n;
        double sd = sqrt((square[period] / n - mean * mean) / (n - 1));
        if (getenv("BINNET_TEST_VERBOSE") != NULL)
            printf("%-24s cycles of %d %12.6g (error %.0e) sampled %12.6g +- %8.2g  z %6.2f\n", name, period, want,
                   error, mean, sd, sd > 0 ? (mean - want) / sd : 0);
        ck_assert_msg(error < 1e-8 * (1 + want), "%s, period %d: error %g", name, period, error);
        if (sum[period] == 0) /* Pr(never seen) = exp(-10) at worst */
            ck_assert_msg(want * n < 10, "%s, period %d: expected %g, never seen", name, period, want);
        else
            ck_assert_msg(fabs(mean - want) < 4 * sd, "%s, period %d: %.8g, sampled %.8g +- %.2g", name, period, want,
                          mean, sd);
    }
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}

START_TEST(networks_drawn)
{
    int slow = networks > 2000;
    recipe r = of_kind(BINNET_WEIGHT_GAUSSIAN, 4, 0, 1, BINNET_NORMALISE_NONE);
    r.par[0] = -0.2;
    draw("Gaussian, dense", &r, 6);
    r = of_kind(BINNET_WEIGHT_GAUSSIAN, 3, 2, 1, BINNET_NORMALISE_N);
    r.I[0] = 0.4;
    draw("Gaussian, two kinds", &r, slow ? 4 : 3);
    r = of_kind(BINNET_WEIGHT_GAUSSIAN, 5, 0, 1, BINNET_NORMALISE_NONE);
    r.par[0] = -0.3;
    draw("Gaussian, five", &r, slow ? 5 : 4);
    r = of_kind(BINNET_WEIGHT_GAUSSIAN, 4, 0, 0.5, BINNET_NORMALISE_NONE);
    draw("Gaussian, p = 0.5", &r, 6);
    r.self = 1;
    r.I[0] = r.theta[0];
    r.tie = BINNET_TIE_KEEP;
    draw("Gaussian, self, ties kept", &r, 4);
    r = of_kind(BINNET_WEIGHT_GAUSSIAN, 4, 0, 0.6, BINNET_NORMALISE_INDEGREE);
    draw("Gaussian, in-degree", &r, 5);
    r = of_kind(BINNET_WEIGHT_UNIFORM, 3, 2, 0.6, BINNET_NORMALISE_INDEGREE);
    draw("uniform, in-degree", &r, 2);
    r = of_kind(BINNET_WEIGHT_GAMMA, 2, 1, 0.7, BINNET_NORMALISE_NONE);
    draw("gamma, three neurons", &r, 4);
    r = of_kind(BINNET_WEIGHT_LAPLACE, 3, 0, 0.8, BINNET_NORMALISE_INDEGREE);
    r.par[0] = -0.2;
    draw("Laplace, three, in-degree", &r, 6);
    r = of_kind(BINNET_WEIGHT_UNIFORM, 4, 0, 0.9, BINNET_NORMALISE_NONE);
    r.par[0] -= 0.3;
    r.par[1] -= 0.3;
    draw("uniform, four neurons", &r, slow ? 4 : 3);
    /* inhibition that is constant: it moves the bounds */
    for (int degree = 0; degree <= 1; degree++) {
        r = of_kind(BINNET_WEIGHT_UNIFORM, 2, 2, 0.8, degree ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_NONE);
        for (size_t k = 1; k < 4; k += 2) {
            r.kind[k] = BINNET_WEIGHT_CONSTANT;
            r.par[3 * k] = -0.5;
            r.par[3 * k + 1] = 0;
        }
        draw(degree ? "constant too, in-degree" : "constant too", &r, 4);
    }
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {two_neurons, one_law_two_ways, full_in_degree, two_descriptions, networks_drawn};
    if (argc > 1 && strcmp(argv[1], "slow") == 0)
        networks = 20000;
    return run_tests("cycles", tests, sizeof tests / sizeof *tests) != 0;
}
