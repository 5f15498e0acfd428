/*
 * Statistics of random networks against independent slow ways.
 *  - every wiring of tiny ensembles with constant weights (2^connections networks, each simulated): exact expectations; sums
 *    of at most 2^16 products of 16 factors, so 1e-12 relative is rounding
 *  - homogeneous against heterogeneous description of one ensemble (occupation numbers against single states)
 *  - closed forms: with self-connections and continuous weights a state of one population occurs with probability
 *    1 / binomial(N, n), whatever the law
 * Monte Carlo is in test_ensemble_sampled.c.
 */
#include "ensemble_recipe.h"

#include <stdio.h>
#include <string.h>

/* --- every wiring --- */

typedef struct truth {
    double weight, fixed, fixed2, cycles[7], fixed_class[64], occurs[64];
} truth;

/* Next activity under the tie rule, exact: weights are multiples of 1/4, M a small whole number. */
static int fires(const recipe *r, size_t i, const unsigned char *T, unsigned state, double stimulus)
{
    double sum = 0, M = r->M[r->pop[i]];
    int degree = 0;
    for (size_t j = 0; j < r->n; j++) {
        degree += T[i * r->n + j];
        if (T[i * r->n + j] && (state >> j & 1))
            sum += r->par[((size_t)r->pop[i] * r->n_pop + (size_t)r->pop[j]) * BINNET_WEIGHT_PARAMETERS];
    }
    if (r->normalise == BINNET_NORMALISE_NONE)
        M = 1;
    if (r->normalise == BINNET_NORMALISE_N)
        M = (double)r->n;
    if (r->normalise == BINNET_NORMALISE_INDEGREE)
        M = degree > 0 ? degree : 1;
    double drive = sum + M * (stimulus - r->theta[r->pop[i]]);
    if (drive == 0)
        return r->tie == BINNET_TIE_ACTIVE || (r->tie == BINNET_TIE_KEEP && (state >> i & 1));
    return drive > 0;
}

static void count_network(const recipe *r, const unsigned char *T, double weight, truth *t)
{
    unsigned next[1 << MOST], states = 1u << r->n;
    double fixed = 0;
    for (unsigned s = 0; s < states; s++) {
        next[s] = 0;
        for (size_t i = 0; i < r->n; i++)
            next[s] |= (unsigned)fires(r, i, T, s, r->I[r->pop[i]]) << i;
        if (next[s] == s) {
            fixed++;
            t->fixed_class[class_of(r, s)] += weight;
        }
    }
    for (unsigned s = 0; s < states; s++) {
        unsigned at = s;
        for (int period = 1; period <= 6; period++) {
            at = next[at];
            if (at == s) {
                t->cycles[period] += weight / period; /* once for each state of the cycle */
                break;
            }
        }
    }
    t->fixed += weight * fixed;
    t->fixed2 += weight * fixed * fixed;
    t->weight += weight;
}

/* Is there a stimulus for each population at which the state is fixed? All currents are multiples of 1/8 between -8 and 8
 * here, so the multiples of 1/16 hold every one of them and a point between. */
static int occurs(const recipe *r, const unsigned char *T, unsigned state)
{
    for (size_t a = 0; a < r->n_pop; a++) {
        int possible = 0;
        for (int k = -160; k <= 160 && !possible; k++) {
            possible = 1;
            for (size_t i = 0; i < r->n && possible; i++)
                possible = r->pop[i] != (int)a || fires(r, i, T, state, k / 16.0) == (int)(state >> i & 1);
        }
        if (!possible)
            return 0;
    }
    return 1;
}

static void enumerate(const recipe *r, truth *t, int with_occurrence)
{
    size_t place[MOST * MOST], cells = 0;
    double chance[MOST * MOST];
    unsigned char T[MOST * MOST] = {0};
    *t = (truth){0};
    for (size_t i = 0; i < r->n; i++)
        for (size_t j = 0; j < r->n; j++) {
            double p = i == j && !r->self ? 0 : r->p[(size_t)r->pop[i] * r->n_pop + (size_t)r->pop[j]];
            T[i * r->n + j] = p == 1;
            if (p > 0 && p < 1) {
                place[cells] = i * r->n + j;
                chance[cells++] = p;
            }
        }
    ck_assert_uint_le(cells, 16);
    for (unsigned long w = 0; w < 1ul << cells; w++) {
        double weight = 1;
        for (size_t k = 0; k < cells; k++) {
            T[place[k]] = w >> k & 1;
            weight *= w >> k & 1 ? chance[k] : 1 - chance[k];
        }
        count_network(r, T, weight, t);
        for (unsigned s = 0; with_occurrence && s < 1u << r->n; s++)
            t->occurs[class_of(r, s)] += occurs(r, T, s) ? weight : 0;
    }
    near("weights of all wirings", t->weight, 1, 1e-12);
}

static void compare(binnet_ctx *ctx, const truth *t, const binnet_ensemble *e, int by_state)
{
    double mean, variance, error, cycles;
    OK(binnet_ensemble_fixed_mean(ctx, &mean, e));
    near("mean number of fixed points", mean, t->fixed, 1e-12);
    OK(binnet_ensemble_fixed_variance(ctx, &mean, &variance, &error, e));
    near("mean by pairs", mean, t->fixed, 1e-12);
    double want = t->fixed2 - t->fixed * t->fixed;
    ck_assert_msg(fabs(variance - want) < 1e-11 * (1 + t->fixed2), "variance %.15g, expected %.15g", variance, want);
    ck_assert_msg(fabs(variance - want) <= error + 1e-12 * (1 + t->fixed2), "error bound %g", error);
    for (int64_t period = 1; period <= (by_state ? 2 : binnet_ensemble_neurons(e) > 3 ? 4 : 6); period++) {
        OK(binnet_ensemble_cycles_mean(ctx, &cycles, &error, e, period));
        ck_assert_msg(fabs(cycles - t->cycles[period]) < 1e-12 * (1 + t->cycles[period]),
                      "cycles of length %d: %.15g, expected %.15g", (int)period, cycles, t->cycles[period]);
    }
    size_t classes = (size_t)binnet_ensemble_classes(e);
    double expected[64];
    OK(binnet_ensemble_fixed_classes(ctx, expected, classes, e));
    for (size_t k = 0; k < classes && !by_state; k++)
        ck_assert_msg(fabs(exp(expected[k]) - t->fixed_class[k]) < 1e-12, "class %zu: %.15g, expected %.15g", k,
                      exp(expected[k]), t->fixed_class[k]);
}

START_TEST(every_wiring)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t sizes[4][3] = {{3, 0, 0}, {2, 1, 0}, {1, 1, 1}, {4, 0, 0}};
    const size_t pops[4] = {1, 2, 3, 1};
    for (uint64_t seed = 1; seed <= 120; seed++) {
        size_t which = seed % 4;
        recipe r = constant_recipe(seed, pops[which], sizes[which]);
        if (which == 3)
            r.self = 0; /* 12 connections */
        truth t;
        enumerate(&r, &t, 0);
        binnet_ensemble *e = homogeneous(ctx, &r), *f = heterogeneous(ctx, &r);
        compare(ctx, &t, e, 0);
        compare(ctx, &t, f, 1);
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(every_wiring_occurrence)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t sizes[2][3] = {{2, 1, 0}, {3, 0, 0}};
    const size_t pops[2] = {2, 1};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        recipe r = constant_recipe(1000 + seed, pops[seed % 2], sizes[seed % 2]);
        r.normalise = seed % 3 == 0 ? BINNET_NORMALISE_FIXED : BINNET_NORMALISE_NONE;
        truth t;
        enumerate(&r, &t, 1);
        binnet_ensemble *e = homogeneous(ctx, &r);
        size_t classes = (size_t)binnet_ensemble_classes(e);
        double p[64];
        OK(binnet_ensemble_occurrence(ctx, p, classes, e, r.n_pop, NULL));
        for (size_t k = 0; k < classes; k++)
            ck_assert_msg(fabs(p[k] - t.occurs[k] / states_in(&r, k)) < 1e-12,
                          "seed %d, class %zu: %.15g, expected %.15g", (int)seed, k, p[k],
                          t.occurs[k] / states_in(&r, k));
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- two descriptions of one ensemble --- */

static double total_of(const double *log_expected, size_t count)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += exp(log_expected[k]);
    return sum;
}

/* One state: the first neurons of each population are active. Its probability both ways, and its numbers. */
static void one_state(binnet_ctx *ctx, const recipe *r, const binnet_ensemble *e, const binnet_ensemble *f,
                      const double *log_e, const double *log_f)
{
    int64_t n[MOST] = {r->size[0] / 2, r->n_pop > 1 ? r->size[1] : 0}, each[MOST] = {0};
    size_t number = 0, class = (size_t)n[0];
    double one, other;
    for (size_t i = 0; i < r->n; i++) {
        int64_t before = 0;
        for (size_t j = 0; j < i; j++)
            before += r->pop[j] == r->pop[i];
        each[i] = before < n[r->pop[i]];
        number = 2 * number + (size_t)each[i];
    }
    if (r->n_pop > 1)
        class = class * ((size_t)r->size[1] + 1) + (size_t)n[1];
    OK(binnet_ensemble_state_probability(ctx, &one, e, n));
    OK(binnet_ensemble_state_probability(ctx, &other, f, each));
    near("one state, two descriptions", exp(one), exp(other), 1e-10);
    near("the number of a state", exp(one), exp(log_f[number]), 1e-10);
    near("the number of a class", exp(one) * states_in(r, class), exp(log_e[class]), 1e-10);
}

START_TEST(two_descriptions)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t sizes[3][2] = {{3, 2}, {4, 0}, {2, 2}};
    const size_t pops[3] = {2, 1, 2};
    for (uint64_t seed = 1; seed <= 24; seed++) {
        recipe r = any_recipe(seed, pops[seed % 3], sizes[seed % 3], (int)(seed / 8));
        if (seed / 8 >= 2) { /* the slow way: smaller, and not with the in-degree */
            r.size[0] = 2;
            r.size[1] = pops[seed % 3] > 1;
            neurons_of(&r);
            if (r.normalise == BINNET_NORMALISE_INDEGREE)
                r.normalise = BINNET_NORMALISE_N;
        }
        binnet_ensemble *e = homogeneous(ctx, &r), *f = heterogeneous(ctx, &r);
        double a, b, log_e[64], log_f[256];
        size_t classes = (size_t)binnet_ensemble_classes(e), states = (size_t)binnet_ensemble_classes(f);
        OK(binnet_ensemble_fixed_mean(ctx, &a, e));
        OK(binnet_ensemble_fixed_mean(ctx, &b, f));
        near("mean, two descriptions", a, b, 1e-11);
        OK(binnet_ensemble_fixed_classes(ctx, log_e, classes, e));
        OK(binnet_ensemble_fixed_classes(ctx, log_f, states, f));
        near("sum of the classes", total_of(log_e, classes), a, 1e-12);
        near("sum of the states", total_of(log_f, states), a, 1e-11);
        one_state(ctx, &r, e, f, log_e, log_f);
        OK(binnet_ensemble_fixed_variance(ctx, NULL, &a, NULL, e));
        OK(binnet_ensemble_fixed_variance(ctx, NULL, &b, NULL, f));
        ck_assert_msg(fabs(a - b) < 1e-8 * (1 + a), "seed %d, variance: %.15g and %.15g", (int)seed, a, b);
        OK(binnet_ensemble_cycles_mean(ctx, &a, NULL, e, 2));
        OK(binnet_ensemble_cycles_mean(ctx, &b, NULL, f, 2));
        ck_assert_msg(fabs(a - b) < 1e-8 * (1 + a), "seed %d, 2-cycles: %.15g and %.15g", (int)seed, a, b);
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the mean diagram against the mean at each point --- */

START_TEST(diagram)
{
    binnet_ctx *one = new_ctx(1), *two = new_ctx(2);
    const int64_t sizes[2][2] = {{7, 5}, {12, 4}};
    for (uint64_t seed = 1; seed <= 9; seed++) {
        recipe r = any_recipe(300 + seed, 2, (const int64_t[2]){3, 2}, 1);
        r.size[0] = sizes[seed % 2][0];
        r.size[1] = sizes[seed % 2][1];
        r.tie = (int32_t)(seed % 3);
        binnet_ensemble *e = homogeneous(one, &r), *moved;
        double x[5], y[4], mean[20], again[20], want, I[2];
        for (int k = 0; k < 5; k++)
            x[k] = -0.5 + 0.5 * k;
        for (int k = 0; k < 4; k++)
            y[k] = k == 0 ? r.theta[1] : -1 + 0.75 * k;
        const int32_t axis[3][2] = {{0, 1}, {-1, 1}, {1, 0}}, *a = axis[seed % 3];
        OK(binnet_ensemble_diagram(one, mean, 20, e, a, x, 5, y, 4));
        OK(binnet_ensemble_diagram(two, again, 20, e, a, x, 5, y, 4));
        ck_assert_msg(memcmp(mean, again, sizeof mean) == 0, "two threads change the bits");
        for (int j = 0; j < 4; j++)
            for (int i = 0; i < 5; i++) {
                for (int p = 0; p < 2; p++)
                    I[p] = a[p] == 0 ? x[i] : a[p] == 1 ? y[j] : r.I[p];
                OK(binnet_ensemble_with_stimuli(one, &moved, e, I));
                OK(binnet_ensemble_fixed_mean(one, &want, moved));
                near("point of the diagram", mean[j * 5 + i], want, 1e-12);
                binnet_ensemble_free(moved);
            }
        const int32_t both[2] = {0, 0};
        OK(binnet_ensemble_diagram(one, mean, 5, e, both, x, 5, NULL, 0));
        for (int i = 0; i < 5; i++) {
            I[0] = I[1] = x[i];
            OK(binnet_ensemble_with_stimuli(one, &moved, e, I));
            OK(binnet_ensemble_fixed_mean(one, &want, moved));
            near("point of a line", mean[i], want, 1e-12);
            binnet_ensemble_free(moved);
        }
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(one);
    binnet_ctx_free(two);
}
END_TEST

/* --- the most probable --- */

START_TEST(top)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int32_t by = 0; by <= 1; by++) {
        recipe r = any_recipe(77, 2, (const int64_t[2]){4, 4}, 1);
        binnet_ensemble *e = homogeneous(ctx, &r);
        double all[25], expected[40], probability[40];
        int64_t active[80];
        size_t count = 40;
        OK(binnet_ensemble_fixed_classes(ctx, all, 25, e));
        OK(binnet_ensemble_fixed_top(ctx, active, expected, probability, &count, e, by));
        size_t possible = 0;
        for (size_t k = 0; k < 25; k++)
            possible += all[k] > -INFINITY;
        ck_assert_uint_eq(count, possible);
        double sum = 0;
        for (size_t k = 0; k < count; k++) {
            double one, key = by == BINNET_BY_CLASS ? expected[k] : probability[k];
            size_t class = (size_t)(active[2 * k] * 5 + active[2 * k + 1]);
            ck_assert(expected[k] == all[class]);
            OK(binnet_ensemble_state_probability(ctx, &one, e, active + 2 * k));
            ck_assert(fabs(one - probability[k]) < 1e-10 * (1 + fabs(one)));
            if (k > 0)
                ck_assert(key <= (by == BINNET_BY_CLASS ? expected[k - 1] : probability[k - 1]));
            sum += exp(expected[k]);
        }
        double mean;
        OK(binnet_ensemble_fixed_mean(ctx, &mean, e));
        near("all of them", sum, mean, 1e-12);
        int64_t first[2] = {active[0], active[1]};
        count = 1;
        OK(binnet_ensemble_fixed_top(ctx, active, expected, probability, &count, e, by));
        ck_assert(count == 1 && active[0] == first[0] && active[1] == first[1]);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- bifurcation points --- */

/* Continuous weights and self-connections: all currents of one population are alike, so each of the N! orders is equally
 * likely, and n given neurons are the lowest with probability 1 / binomial(N, n), whatever the law. */
START_TEST(occurrence_is_free_of_the_law)
{
    binnet_ctx *ctx = new_ctx(1);
    const struct {
        int32_t kind;
        double par[3];
    } law[] = {{BINNET_WEIGHT_GAUSSIAN, {0.3, 2, 0}},
               {BINNET_WEIGHT_UNIFORM, {-1, 2, 0}},
               {BINNET_WEIGHT_EXPONENTIAL, {1.5, 0, 0}},
               {BINNET_WEIGHT_GAMMA, {2.5, -1, 0}},
               {BINNET_WEIGHT_LAPLACE, {0.1, 1, 0}}};
    for (size_t k = 0; k < sizeof law / sizeof *law; k++)
        for (int64_t N = 2; N <= 40; N = 3 * N + 1)
            for (int64_t n = 1; n < N; n += 1 + N / 5) {
                binnet_ensemble *e;
                binnet_bifurcation_law *b;
                double p = 1, probability, error, binomial = 1, theta = 0.7;
                for (int64_t j = 0; j < n; j++)
                    binomial *= (double)(N - j) / (double)(j + 1);
                OK(binnet_ensemble_new(ctx, &e, 1, &N, &p, &law[k].kind, law[k].par, &theta, NULL, BINNET_NORMALISE_N,
                                       NULL, 1));
                OK(binnet_bifurcation_law_new(ctx, &b, e, &n, 1, NULL));
                OK(binnet_bifurcation_law_occurrence(ctx, &probability, &error, b));
                near("occurrence", probability, 1 / binomial, 1e-10);
                ck_assert_msg(error <= 1e-9 * probability, "law %zu, N %d: error %g of %g", k, (int)N, error,
                              probability);
                binnet_bifurcation_law_free(b);
                binnet_ensemble_free(e);
            }
    binnet_ctx_free(ctx);
}
END_TEST

/* Mean and variance by midpoints: E X = low + int Pr(X > x) dx, E (X - low)^2 = 2 int (x - low) Pr(X > x) dx; each cell with
 * a jump may be off by its width. */
static void check_moments(binnet_ctx *ctx, const binnet_bifurcation_law *b, size_t a, int32_t which, double low,
                          double high)
{
    enum { CELLS = 20000 };
    static double x[CELLS], s[CELLS];
    double h = (high - low) / CELLS, first = 0, second = 0, m, v;
    for (int i = 0; i < CELLS; i++)
        x[i] = low + (i + 0.5) * h;
    OK(binnet_bifurcation_law_cdf(ctx, NULL, s, CELLS, b, a, which, x));
    for (int i = 0; i < CELLS; i++) {
        first += h * s[i];
        second += 2 * h * (x[i] - low) * s[i];
    }
    OK(binnet_bifurcation_law_moments(ctx, &m, &v, b, a, which));
    ck_assert_msg(fabs(m - (low + first)) < 2 * h, "mean %.12g, by a grid %.12g", m, low + first);
    ck_assert_msg(fabs(v - (second - first * first)) < 4 * h * (high - low), "variance %.12g, by a grid %.12g", v,
                  second - first * first);
}

/* Currents whose exact values are no doubles: every wiring of four neurons, states compared by how many connections are
 * present; and any weights, where a division of all currents by 3 changes nothing. */
START_TEST(atoms_between_doubles)
{
    enum { N = 4 };
    const double weights[] = {0.1, -0.7, 0.3}, third = 3, whole = 1, p = 0.4, theta = 0.2;
    const int64_t size = N;
    const int32_t axis = 0, constant = BINNET_WEIGHT_CONSTANT;
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *e;
    double found[2 * N + 2], other[9];
    for (size_t t = 0; t < sizeof weights / sizeof *weights; t++)
        for (int keep = 0; keep < 2; keep++) {
            const double par[3] = {weights[t], 0, 0};
            double want[N + 1] = {0};
            OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &constant, par, &theta, NULL, BINNET_NORMALISE_FIXED, &third,
                                   0));
            if (keep) {
                binnet_ensemble *same = e;
                OK(binnet_ensemble_with_tie(ctx, &e, same, BINNET_TIE_KEEP));
                binnet_ensemble_free(same);
            }
            OK(binnet_ensemble_occurrence(ctx, found, N + 1, e, 1, &axis));
            for (unsigned wiring = 0; wiring < 1u << (N * (N - 1)); wiring++) {
                double weight = 1;
                for (int c = 0; c < N * (N - 1); c++)
                    weight *= wiring >> c & 1 ? p : 1 - p;
                for (int active = 0; active <= N; active++) {
                    int lambda = -99, xi = 99;
                    for (int i = 0; i < N; i++) {
                        int present = 0;
                        for (int j = 0; j < active; j++)
                            present += j != i && (wiring >> (i * (N - 1) + j - (j > i)) & 1);
                        int current = weights[t] > 0 ? -present : present;
                        if (i < active)
                            lambda = current > lambda ? current : lambda;
                        else
                            xi = current < xi ? current : xi;
                    }
                    want[active] += lambda < xi || (keep && lambda == xi) ? weight : 0;
                }
            }
            for (int k = 0; k <= N; k++)
                near("occurrence, atoms between doubles", found[k], want[k], 1e-12);
            binnet_ensemble_free(e);
        }
    const int64_t two[2] = {2, 2};
    const double ps[4] = {0.5, 0.7, 0.6, 0.4}, pars[12] = {0.5, 0, 0, -0.5, 0.3, 0, 1, 0, 0, 0.25, 0, 0},
                 zero[2] = {0, 0};
    const double thirds[2] = {3, 3}, wholes[2] = {whole, whole};
    const int32_t kinds[4] = {BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_CONSTANT,
                              BINNET_WEIGHT_CONSTANT};
    for (int divided = 0; divided < 2; divided++) {
        OK(binnet_ensemble_new(ctx, &e, 2, two, ps, kinds, pars, zero, NULL, BINNET_NORMALISE_FIXED,
                               divided ? thirds : wholes, 0));
        OK(binnet_ensemble_occurrence(ctx, divided ? other : found, 9, e, 2, NULL));
        binnet_ensemble_free(e);
    }
    for (int k = 0; k < 9; k++)
        near("occurrence, currents divided by 3", other[k], found[k], 1e-11);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(bifurcation_laws)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {4, 4}, active[2] = {3, 1};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        recipe r = any_recipe(500 + seed, 2, size, (int)(seed % 4));
        if (r.normalise == BINNET_NORMALISE_INDEGREE)
            r.normalise = BINNET_NORMALISE_NONE;
        binnet_ensemble *e = homogeneous(ctx, &r);
        binnet_bifurcation_law *b;
        OK(binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL));
        for (size_t a = 0; a < 2; a++)
            for (int32_t which = 0; which <= 1; which++) {
                int64_t k[2] = {active[0], active[1]};
                k[a] -= !r.self && which == BINNET_LAMBDA;
                binnet_current *c;
                double mean, variance;
                OK(binnet_current_new(ctx, &c, e, a, k, NULL));
                OK(binnet_current_moments(ctx, &mean, &variance, c));
                double neurons = (double)(which == BINNET_LAMBDA ? active[a] : size[a] - active[a]);
                double sd = sqrt(variance) + 1e-3;
                for (int i = -4; i <= 4; i++) {
                    double x = mean + i * sd, F, G, cdf, survival;
                    OK(binnet_current_eval(ctx, &F, NULL, &G, NULL, NULL, NULL, 1, c, &x));
                    OK(binnet_bifurcation_law_cdf(ctx, &cdf, &survival, 1, b, a, which, &x));
                    if (which == BINNET_LAMBDA)
                        near("cdf of Lambda", cdf, pow(F, neurons), 1e-11);
                    else
                        near("survival of Xi", survival, pow(G, neurons), 1e-11);
                    ck_assert(fabs(cdf + survival - 1) < 1e-14);
                }
                double u[4] = {1e-6, 0.3, 0.5, 0.999}, q[4];
                OK(binnet_bifurcation_law_quantile(ctx, q, 4, b, a, which, u));
                for (int i = 0; i < 4; i++) {
                    double at[2] = {q[i], nextafter(q[i], -INFINITY)}, cdf[2];
                    OK(binnet_bifurcation_law_cdf(ctx, cdf, NULL, 2, b, a, which, at));
                    ck_assert_msg(cdf[0] >= u[i] && cdf[1] < u[i], "quantile %g: cdf %.17g, just below %.17g", u[i],
                                  cdf[0], cdf[1]);
                }
                check_moments(ctx, b, a, which, mean - 20 * sd, mean + 20 * sd);
                binnet_current_free(c);
            }
        binnet_bifurcation_law_free(b);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* E max of n standard normals: 1/sqrt(pi) for 2, 3/(2 sqrt(pi)) for 3; variance 1 - 1/pi for 2. */
START_TEST(normal_extremes)
{
    binnet_ctx *ctx = new_ctx(1);
    const double pi = 3.14159265358979323846, p = 1, par[3] = {0, 1, 0};
    const int32_t kind = BINNET_WEIGHT_GAUSSIAN;
    for (int64_t n = 2; n <= 3; n++) {
        binnet_ensemble *e;
        binnet_bifurcation_law *b;
        const int64_t N = n + 1;
        double mean, variance, M = sqrt((double)n);
        OK(binnet_ensemble_new(ctx, &e, 1, &N, &p, &kind, par, NULL, NULL, BINNET_NORMALISE_FIXED, &M, 1));
        OK(binnet_bifurcation_law_new(ctx, &b, e, &n, 1, NULL));
        OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, BINNET_LAMBDA));
        near("mean of the greatest", mean, n == 2 ? 1 / sqrt(pi) : 1.5 / sqrt(pi), 1e-10);
        if (n == 2)
            near("its variance", variance, 1 - 1 / pi, 1e-9);
        OK(binnet_bifurcation_law_moments(ctx, &mean, &variance, b, 0, BINNET_XI));
        ck_assert(fabs(mean) < 1e-10 && fabs(variance - 1) < 1e-9); /* one inactive neuron */
        binnet_bifurcation_law_free(b);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

static double occurrence_of(binnet_ctx *ctx, const binnet_ensemble *e, const int64_t *active, size_t n_axes,
                            const int32_t *axis)
{
    binnet_bifurcation_law *b;
    double p;
    OK(binnet_bifurcation_law_new(ctx, &b, e, active, n_axes, axis));
    OK(binnet_bifurcation_law_occurrence(ctx, &p, NULL, b));
    binnet_bifurcation_law_free(b);
    return p;
}

/* The freer the stimuli, the more probable; axes that are off multiply by the probability at their own stimuli. */
START_TEST(axes)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {4, 3}, active[2] = {2, 1}, only[2] = {2, 0};
    recipe r = any_recipe(901, 2, size, 0);
    binnet_ensemble *e = homogeneous(ctx, &r);
    const int32_t first[2] = {0, -1}, second[2] = {-1, 0}, together[2] = {0, 0};
    double fixed, both = occurrence_of(ctx, e, active, 2, NULL), one = occurrence_of(ctx, e, active, 1, first);
    double other = occurrence_of(ctx, e, active, 1, second), line = occurrence_of(ctx, e, active, 1, together);
    OK(binnet_ensemble_state_probability(ctx, &fixed, e, active));
    ck_assert_msg(exp(fixed) < one && one < both && line < both && both < 1, "%g < %g < %g > %g", exp(fixed), one, both,
                  line);
    /* population against population: product of the parts */
    near("factors", one * other, both * exp(fixed), 1e-10);
    double all[20];
    OK(binnet_ensemble_occurrence(ctx, all, 20, e, 2, NULL));
    near("one of all", all[2 * 4 + 1], both, 1e-12);
    ck_assert(all[0] == 1 && all[19] == 1); /* nobody active, everybody active */
    ck_assert(occurrence_of(ctx, e, only, 2, NULL) < 1);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- limit laws --- */

static void limit_of(binnet_ctx *ctx, int64_t n, int32_t kind, double a, double b, double p, int32_t which,
                     int32_t *domain, double v[4])
{
    const int64_t size = n + 1;
    const double par[3] = {a, b, 0}, theta = 2, M = 1;
    /* a population of one neuron drives another of n + 1: every current has one connection */
    const int64_t sizes[2] = {size, 1};
    const double chance[4] = {0, p, 0, 0}, laws[12] = {0, 0, 0, par[0], par[1], 0}, thetas[2] = {theta, 0},
                 Ms[2] = {M, M};
    const int32_t kinds[4] = {BINNET_WEIGHT_CONSTANT, kind, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_CONSTANT};
    const int64_t active[2] = {which == BINNET_LAMBDA ? n : 1, 1};
    binnet_ensemble *e;
    binnet_bifurcation_law *bifurcation;
    OK(binnet_ensemble_new(ctx, &e, 2, sizes, chance, kinds, laws, thetas, NULL, BINNET_NORMALISE_FIXED, Ms, 0));
    OK(binnet_bifurcation_law_new(ctx, &bifurcation, e, active, 2, NULL));
    OK(binnet_bifurcation_law_limit(ctx, domain, &v[0], &v[1], &v[2], &v[3], bifurcation, 0, which));
    binnet_bifurcation_law_free(bifurcation);
    binnet_ensemble_free(e);
}

/* Exponential and uniform extremes: (1 - y/n)^n against exp(-y), whose greatest difference is 2 e^-2 / n + O(n^-2).
 * Normal ones: T(b) = n (1 - Phi(b)) = 1. */
START_TEST(limits)
{
    binnet_ctx *ctx = new_ctx(1);
    int32_t domain;
    double v[4];
    for (int64_t n = 10; n <= 10000; n *= 10) {
        double gap = 2 * exp(-2) / (double)n;
        /* c = 2 + Exp(1): b = 2 + log n, a = 1 */
        limit_of(ctx, n, BINNET_WEIGHT_EXPONENTIAL, -1, 0, 1, BINNET_LAMBDA, &domain, v);
        ck_assert_int_eq(domain, BINNET_DOMAIN_GUMBEL);
        near("location", v[0], 2 + log((double)n), 1e-12);
        near("scale", v[1], 1, 1e-11);
        ck_assert(v[2] == 0);
        near("distance, exponential", v[3], gap, 2.0 / (double)n);
        /* c = 2 - U(0, 3): from -1 to 2; alpha = 1, b = 2, a = 3/n; Xi: b = -1 */
        limit_of(ctx, n, BINNET_WEIGHT_UNIFORM, 0, 3, 1, BINNET_LAMBDA, &domain, v);
        ck_assert_int_eq(domain, BINNET_DOMAIN_WEIBULL);
        near("last value", v[0], 2, 1e-15);
        near("scale", v[1], 3 / (double)n, 1e-11);
        near("shape", v[2], 1, 1e-15);
        near("distance, uniform", v[3], gap, 2.0 / (double)n);
        limit_of(ctx, n, BINNET_WEIGHT_UNIFORM, 0, 3, 1, BINNET_XI, &domain, v);
        near("first value", v[0], -1, 1e-15);
        near("distance, uniform", v[3], gap, 2.0 / (double)n);
        /* c = 2 - Gamma(2.5, 1) has its last value 2: alpha = 2.5; on the other side it is unbounded */
        limit_of(ctx, n, BINNET_WEIGHT_GAMMA, 2.5, 1, 1, BINNET_LAMBDA, &domain, v);
        ck_assert_int_eq(domain, BINNET_DOMAIN_WEIBULL);
        near("shape", v[2], 2.5, 1e-15);
        limit_of(ctx, n, BINNET_WEIGHT_GAMMA, 2.5, 1, 1, BINNET_XI, &domain, v);
        ck_assert_int_eq(domain, BINNET_DOMAIN_GUMBEL);
        /* normal: T(b) = 1; slow */
        limit_of(ctx, n, BINNET_WEIGHT_GAUSSIAN, 0, 1, 1, BINNET_LAMBDA, &domain, v);
        ck_assert_int_eq(domain, BINNET_DOMAIN_GUMBEL);
        near("T(b)", (double)n * 0.5 * erfc((v[0] - 2) / sqrt(2)), 1, 1e-11);
        ck_assert_msg(v[3] > 0.03 / log((double)n) && v[3] < 0.12 / log((double)n), "n = %d: distance %g", (int)n,
                      v[3]);
    }
    /* an atom at the last value: absent connections */
    limit_of(ctx, 10, BINNET_WEIGHT_EXPONENTIAL, 1, 0, 0.5, BINNET_LAMBDA, &domain, v);
    ck_assert_int_eq(domain, BINNET_DOMAIN_NONE);
    limit_of(ctx, 10, BINNET_WEIGHT_CONSTANT, 1, 0, 0.5, BINNET_LAMBDA, &domain, v);
    ck_assert_int_eq(domain, BINNET_DOMAIN_NONE);
    ck_assert(isnan(v[0]) && isnan(v[3]));
    /* uniform weights that may be negative: the last value needs the connection */
    limit_of(ctx, 10, BINNET_WEIGHT_UNIFORM, -1, 2, 0.5, BINNET_LAMBDA, &domain, v);
    ck_assert_int_eq(domain, BINNET_DOMAIN_WEIBULL);
    near("last value", v[0], 3, 1e-15);
    near("scale", v[1], 3 / 5.0, 1e-11); /* 10 neurons, half of them connected */
    binnet_ctx_free(ctx);
}
END_TEST

/* --- arguments --- */

START_TEST(arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t size[2] = {3, 2}, active[2] = {1, 1}, wrong[2] = {1, 3};
    recipe r = any_recipe(5, 2, size, 1);
    binnet_ensemble *e = homogeneous(ctx, &r);
    binnet_bifurcation_law *b = NULL;
    double v[64], x[2] = {0, NAN};
    size_t count = 3;
    int64_t states[6];
    const int32_t axis[2] = {0, 1}, odd[2] = {0, 2};
    ck_assert_int_eq(binnet_ensemble_state_probability(NULL, v, e, active), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_state_probability(ctx, NULL, e, active), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_state_probability(ctx, v, NULL, active), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_state_probability(ctx, v, e, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_state_probability(ctx, v, e, wrong), BINNET_E_RANGE);
    ck_assert_str_eq(binnet_ctx_message(ctx), "active[1] is 3, allowed is 0..2");
    ck_assert_int_eq(binnet_ensemble_fixed_mean(ctx, NULL, e), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_fixed_classes(ctx, v, 11, e), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_ensemble_fixed_top(ctx, states, v, v, &count, e, 2), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_fixed_top(ctx, NULL, v, v, &count, e, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_diagram(ctx, v, 4, e, odd, x, 2, x, 2), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_diagram(ctx, v, 3, e, axis, x, 2, x, 2), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_ensemble_diagram(ctx, v, 4, e, axis, x, 2, x, 2), BINNET_E_NAN);
    ck_assert_int_eq(binnet_ensemble_diagram(ctx, v, 1, e, axis, x, 1, NULL, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_cycles_mean(ctx, v, NULL, e, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_cycles_mean(ctx, v, NULL, e, 9), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_tuples_estimate(ctx, NULL, NULL, NULL, e, 9), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_bifurcation_law_new(ctx, &b, e, active, 3, NULL), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_bifurcation_law_new(ctx, &b, e, active, 1, odd), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_bifurcation_law_new(ctx, &b, e, wrong, 2, NULL), BINNET_E_RANGE);
    ck_assert_ptr_null(b);
    OK(binnet_bifurcation_law_new(ctx, &b, e, active, 2, NULL));
    ck_assert_int_eq(binnet_bifurcation_law_cdf(ctx, v, NULL, 2, b, 0, BINNET_LAMBDA, x), BINNET_E_NAN);
    ck_assert_int_eq(binnet_bifurcation_law_cdf(ctx, v, NULL, 1, b, 2, BINNET_LAMBDA, x), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_bifurcation_law_cdf(ctx, v, NULL, 1, b, 0, 2, x), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_bifurcation_law_quantile(ctx, v, 1, b, 0, 0, x), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_occurrence(ctx, v, 4, e, 2, NULL), BINNET_E_SIZE);
    ck_assert_uint_eq(binnet_ensemble_classes(NULL), 0);
    ck_assert_uint_eq(binnet_ensemble_classes(e), 12);
    binnet_bifurcation_law_free(b);
    binnet_bifurcation_law_free(NULL);
    binnet_ensemble_free(e);
    /* weights for which three states at once are not known */
    recipe u = any_recipe(6, 2, size, 2);
    u.normalise = BINNET_NORMALISE_N;
    e = homogeneous(ctx, &u);
    ck_assert_int_eq(binnet_ensemble_cycles_mean(ctx, v, NULL, e, 3), BINNET_E_RANGE);
    binnet_ensemble_free(e);
    /* too many neurons for a sum */
    const int64_t many[1] = {1001};
    const double p = 1, par[3] = {0, 1, 0};
    const int32_t kind = BINNET_WEIGHT_GAUSSIAN;
    OK(binnet_ensemble_new(ctx, &e, 1, many, &p, &kind, par, NULL, NULL, 0, NULL, 0));
    ck_assert_int_eq(binnet_ensemble_fixed_mean(ctx, v, e), BINNET_E_RANGE);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("statistics of ensembles", every_wiring, every_wiring_occurrence, atoms_between_doubles, two_descriptions,
          diagram, top, occurrence_is_free_of_the_law, bifurcation_laws, normal_extremes, axes, limits, arguments)
