/*
 * Networks drawn from ensembles: the generator against its published vectors, the variates against their laws, the networks
 * against the probabilities, and the currents of drawn networks against the law of the current. Seeds are fixed, so nothing
 * here is a matter of chance when it runs; a limit is stated with the probability that a correct library misses it once
 * when the seed is changed.
 */
#include "num/random.h"
#include "ensemble/ensemble.h"
#include "wiring.h"

#include <string.h>

/* Known answers of philox4x64 with 10 rounds, from the kat_vectors of Random123. */
START_TEST(philox_vectors)
{
    static const uint64_t vectors[3][10] = {
        {0, 0, 0, 0, 0, 0, UINT64_C(0x16554d9eca36314c), UINT64_C(0xdb20fe9d672d0fdc), UINT64_C(0xd7e772cee186176b),
         UINT64_C(0x7e68b68aec7ba23b)},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x87b092c3013fe90b),
         UINT64_C(0x438c3c67be8d0224), UINT64_C(0x9cc7d7c69cd777b6), UINT64_C(0xa09caebf594f0ba0)},
        {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344), UINT64_C(0xa4093822299f31d0),
         UINT64_C(0x082efa98ec4e6c89), UINT64_C(0x452821e638d01377), UINT64_C(0xbe5466cf34e90c6c),
         UINT64_C(0xa528f45403e61d95), UINT64_C(0x38c72dbd566e9788), UINT64_C(0xa5a1610e72fd18b5),
         UINT64_C(0x57bd43b5e52b7fe6)}};
    for (int v = 0; v < 3; v++) {
        uint64_t out[4];
        bni_philox(out, vectors[v], vectors[v] + 4);
        ck_assert_mem_eq(out, vectors[v] + 6, sizeof out);
    }
}
END_TEST

/* A stream yields the blocks of its counters in turn. */
START_TEST(streams)
{
    bni_random r;
    bni_random_start(&r, 5, 9, 1, 2, 3);
    for (uint64_t k = 0; k < 3; k++) {
        uint64_t out[4], counter[4] = {k, 1, 2, 3}, key[2] = {5, 9};
        bni_philox(out, counter, key);
        for (int j = 0; j < 4; j++)
            ck_assert_uint_eq(bni_random_bits(&r), out[j]);
    }
    for (int k = 0; k < 1000; k++) {
        int upper;
        double u = bni_random_unit(&r), t = bni_random_tail(&r, &upper);
        ck_assert(u > 0 && u <= 1 && t > 0 && t <= 0.5 && (upper == 0 || upper == 1));
        ck_assert(bni_random_chance(&r, 1) == 1 && bni_random_chance(&r, 0) == 0);
    }
}
END_TEST

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance times sqrt(n): above 2.2 with probability 2 exp(-2 2.2^2) = 1.3e-4. */
static void fits(const char *what, double *v, size_t n, double (*cdf)(const void *, double), const void *user)
{
    double worst = 0;
    qsort(v, n, sizeof *v, by_size);
    for (size_t k = 0; k < n; k++) {
        double F = cdf(user, v[k]);
        worst = fmax(worst, fmax(F - (double)k / (double)n, (double)(k + 1) / (double)n - F));
    }
    ck_assert_msg(worst * sqrt((double)n) < 2.2, "%s: distance %g with %zu values", what, worst, n);
}

static double weight_cdf(const void *user, double x)
{
    double below;
    bni_weight_tails(user, x, &below, NULL, NULL);
    return below;
}

static double cauchy_cdf(void *user, double x)
{
    (void)user;
    return 0.5 + atan(x) / (4 * atan(1.0));
}

/* The weights of drawn networks follow their laws: 150^2 of each. */
START_TEST(weights_follow_their_laws)
{
    static const bni_weight laws[] = {
        {.kind = BINNET_WEIGHT_GAUSSIAN, .par = {1, 2}},     {.kind = BINNET_WEIGHT_UNIFORM, .par = {-1, 3}},
        {.kind = BINNET_WEIGHT_EXPONENTIAL, .par = {2}},     {.kind = BINNET_WEIGHT_EXPONENTIAL, .par = {-0.5}},
        {.kind = BINNET_WEIGHT_GAMMA, .par = {0.3, 2}},      {.kind = BINNET_WEIGHT_GAMMA, .par = {7.5, -1}},
        {.kind = BINNET_WEIGHT_LOGNORMAL, .par = {0, 1, 1}}, {.kind = BINNET_WEIGHT_LOGNORMAL, .par = {0.5, 0.25, -1}},
        {.kind = BINNET_WEIGHT_LAPLACE, .par = {1, 0.5}},    {.kind = BINNET_WEIGHT_GAMMA, .par = {1, 3}},
        {.kind = BINNET_WEIGHT_CUSTOM, .cdf = cauchy_cdf}};
    enum { SIDE = 150 };
    bni_weight law = laws[_i], plain = bni_weight_plain(&law);
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *e, *custom;
    binnet_net *net;
    int64_t size = SIDE;
    int32_t kind = law.kind == BINNET_WEIGHT_CUSTOM ? BINNET_WEIGHT_CONSTANT : law.kind;
    double p = 1, *v = malloc(SIDE * SIDE * sizeof *v);
    OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, law.par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    if (law.kind == BINNET_WEIGHT_CUSTOM) {
        OK(binnet_ensemble_with_weight(ctx, &custom, e, 0, 0, law.cdf, NULL, NULL, NULL));
        binnet_ensemble_free(e);
        e = custom;
    }
    OK(binnet_ensemble_sample(ctx, &net, e, 77));
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < SIDE; j++)
            v[i * SIDE + j] = binnet_net_weight(net, i, j);
    /* Rows and columns are not correlated: the mean of the signs of the products of neighbours about the median is below
     * 5 / 150, with probability 1 - 6e-7. */
    double along = 0, across = 0;
    for (size_t i = 0; i + 1 < SIDE; i++)
        for (size_t j = 0; j + 1 < SIDE; j++) {
            int here = weight_cdf(&plain, v[i * SIDE + j]) > 0.5;
            along += here == (weight_cdf(&plain, v[i * SIDE + j + 1]) > 0.5) ? 1 : -1;
            across += here == (weight_cdf(&plain, v[(i + 1) * SIDE + j]) > 0.5) ? 1 : -1;
        }
    ck_assert_double_lt(fabs(along) / ((SIDE - 1) * (SIDE - 1)), 5.0 / (SIDE - 1));
    ck_assert_double_lt(fabs(across) / ((SIDE - 1) * (SIDE - 1)), 5.0 / (SIDE - 1));
    fits("weights", v, SIDE * SIDE, weight_cdf, &plain);
    free(v);
    binnet_net_free(net);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

static uint64_t sum_of(const binnet_net *net)
{
    uint64_t sum = 1469598103934665603u;
    size_t n = binnet_net_neurons(net);
    for (size_t i = 0; i < n; i++) {
        double v[3] = {binnet_net_normalisation(net, i), binnet_net_threshold(net, i), binnet_net_stimulus(net, i)};
        for (size_t j = 0; j < n + 3; j++) {
            double w = j < n ? binnet_net_weight(net, i, j) : v[j - n];
            uint64_t bits;
            memcpy(&bits, &w, sizeof bits);
            sum = (sum ^ bits) * UINT64_C(1099511628211);
        }
    }
    return sum;
}

static binnet_ensemble *two_populations(binnet_ctx *ctx, double dense, double sparse, int32_t normalise)
{
    int64_t size[2] = {40, 30};
    double p[4] = {dense, sparse, sparse, dense}, par[12] = {1, 0.5, 0, -1, 0, 0, 2, 1, 0, -1, 1, 1}, theta[2] = {1, 2},
           I[2] = {0.5, -0.5};
    int32_t kind[4] = {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_CONSTANT, BINNET_WEIGHT_GAMMA, BINNET_WEIGHT_UNIFORM};
    binnet_ensemble *e, *silent;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, I, normalise, NULL, 0));
    OK(binnet_ensemble_with_tie(ctx, &silent, e, BINNET_TIE_SILENT));
    binnet_ensemble_free(e);
    return silent;
}

/* Seed, index and ensemble decide, not what was drawn before nor the threads; each of them matters. */
START_TEST(reproducible)
{
    binnet_ctx *ctx = new_ctx(1), *other = new_ctx(4);
    binnet_ensemble *e = two_populations(ctx, _i ? 0.05 : 0.8, 0.04, BINNET_NORMALISE_NONE);
    uint64_t seen[6];
    for (uint64_t k = 0; k < 6; k++) {
        binnet_net *net;
        if (k == 4)
            OK(binnet_ctx_set_i64(ctx, BINNET_P_SEED, 2));
        OK(binnet_ensemble_sample(ctx, &net, e, k < 4 ? k : k - 4));
        seen[k] = sum_of(net);
        for (uint64_t before = 0; before < k; before++)
            ck_assert(seen[before] != seen[k]);
        binnet_net_free(net);
    }
    for (uint64_t k = 4; k-- > 0;) {
        binnet_net *net;
        OK(binnet_ensemble_sample(other, &net, e, k));
        ck_assert_uint_eq(seen[k], sum_of(net));
        binnet_net_free(net);
    }
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
    binnet_ctx_free(other);
}
END_TEST

/* What is given: thresholds, stimuli, tie, populations, constants, M; nothing on the diagonal. The number of connections
 * of each pair of populations over 50 networks is within 5 standard deviations (6e-7 each, 16 of them). */
START_TEST(networks_are_as_said)
{
    binnet_ctx *ctx = new_ctx(1);
    int32_t in_degree = _i % 2;
    double prob[2] = {_i / 2 ? 0.05 : 0.7, 0.04};
    binnet_ensemble *e = two_populations(ctx, prob[0], prob[1],
                                         in_degree ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_N);
    double count[4] = {0};
    for (uint64_t k = 0; k < 50; k++) {
        binnet_net *net;
        OK(binnet_ensemble_sample(ctx, &net, e, k));
        ck_assert_uint_eq(binnet_net_neurons(net), 70);
        ck_assert_uint_eq(binnet_net_populations(net), 2);
        ck_assert_int_eq(binnet_net_tie(net), BINNET_TIE_SILENT);
        for (size_t i = 0; i < 70; i++) {
            size_t a = i >= 40, degree = 0;
            ck_assert_int_eq(binnet_net_population(net, i), (int)a);
            ck_assert(binnet_net_threshold(net, i) == (a ? 2 : 1) && binnet_net_stimulus(net, i) == (a ? -0.5 : 0.5));
            ck_assert(binnet_net_weight(net, i, i) == 0);
            for (size_t j = 0; j < 70; j++) {
                double w = binnet_net_weight(net, i, j);
                degree += w != 0;
                count[2 * a + (j >= 40)] += w != 0;
                ck_assert(a != 0 || j < 40 || w == 0 || w == -1);
            }
            ck_assert(binnet_net_normalisation(net, i) == (!in_degree ? 70 : degree > 0 ? (double)degree : 1));
        }
        binnet_net_free(net);
    }
    for (int k = 0; k < 4; k++) {
        double p = prob[k == 1 || k == 2], n = 50 * (k == 0 ? 40 * 39 : k == 3 ? 30 * 29 : 1200);
        ck_assert_msg(fabs(count[k] - n * p) < 5 * sqrt(n * p * (1 - p)), "pair %d: %g of %g, p = %g", k, count[k], n,
                      p);
    }
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

/* Both directions of 12 000 pairs: the correlation is within 5 / sqrt(pairs) (6e-7), the marginal laws are the same, and
 * with BINNET_RECIPROCAL_SAME both are present or none. */
START_TEST(correlated_pairs)
{
    enum { SIDE = 220, HALF = SIDE / 2 };
    static double one[SIDE * SIDE], other[SIDE * SIDE];
    binnet_ctx *ctx = new_ctx(1);
    binnet_ensemble *plain, *e;
    binnet_net *net;
    int64_t size[2] = {HALF, HALF};
    double p[4] = {0.5, 0.5, 0.5, 0.5}, par[12] = {1, 2, 0, -1, 0.5, 0, 0, 3, 0, 1, 1, 0},
           rho[4] = {0.75, -0.5, -0.5, 1};
    int32_t kind[4] = {2, 2, 2, 2};
    OK(binnet_ensemble_new(ctx, &plain, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    OK(binnet_ensemble_with_correlation(ctx, &e, plain, rho, _i));
    ck_assert_int_eq(binnet_ensemble_reciprocal(e), _i);
    ck_assert(binnet_ensemble_correlation(e, 0, 1) == -0.5 && binnet_ensemble_correlation(plain, 0, 1) == 0);
    OK(binnet_ensemble_sample(ctx, &net, e, 5));
    for (int pair = 0; pair < 4; pair++) {
        size_t a = (size_t)pair / 2, b = (size_t)pair % 2, n = 0, differ = 0, both = 0;
        double sum = 0;
        for (size_t i = a * HALF; i < (a + 1) * HALF; i++)
            for (size_t j = b * HALF; j < (b + 1) * HALF; j++) {
                double w = binnet_net_weight(net, i, j), v = binnet_net_weight(net, j, i);
                const double *here = par + 3 * (2 * a + b), *there = par + 3 * (2 * b + a);
                if (i == j || (a == b && i > j))
                    continue;
                differ += (w != 0) != (v != 0);
                if (w != 0)
                    one[n++] = w;
                if (w != 0 && v != 0) {
                    both++;
                    other[both] = (w - here[0]) / here[1] * ((v - there[0]) / there[1]);
                    sum += other[both];
                }
            }
        ck_assert(_i == BINNET_RECIPROCAL_SAME ? differ == 0 : differ > n / 3);
        /* the product of two normal variables of correlation rho has variance 1 + rho^2 */
        ck_assert_double_eq_tol(sum / (double)both, rho[pair], 5 * sqrt((1 + rho[pair] * rho[pair]) / (double)both));
        bni_weight law = {.kind = BINNET_WEIGHT_GAUSSIAN, .par = {par[3 * pair], par[3 * pair + 1]}};
        fits("correlated weights", one, n, weight_cdf, &law);
    }
    binnet_net_free(net);
    binnet_ensemble_free(e);

    rho[1] = 0.5;
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 0), BINNET_E_RANGE);
    rho[1] = rho[2] = 1.5;
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 0), BINNET_E_RANGE);
    rho[1] = rho[2] = NAN;
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 0), BINNET_E_NAN);
    rho[1] = rho[2] = 0;
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 2), BINNET_E_RANGE);
    binnet_ensemble_free(plain);
    p[1] = 0.25;
    kind[0] = BINNET_WEIGHT_UNIFORM;
    OK(binnet_ensemble_new(ctx, &plain, 2, size, p, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 1));
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 0), BINNET_E_RANGE); /* uniform */
    rho[0] = 0;
    ck_assert_int_eq(binnet_ensemble_with_correlation(ctx, &e, plain, rho, 1), BINNET_E_RANGE); /* p differ */
    ck_assert_ptr_null(e);
    binnet_ensemble_free(plain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Large and sparse: 20000 neurons, 10 connections each. */
START_TEST(sparse_networks)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size = 20000;
    int32_t kind = BINNET_WEIGHT_CONSTANT;
    double p = 5e-4, par[3] = {1, 0, 0}, degree = 0;
    binnet_ensemble *e;
    binnet_net *net;
    OK(binnet_ensemble_new(ctx, &e, 1, &size, &p, &kind, par, NULL, NULL, BINNET_NORMALISE_INDEGREE, NULL, 0));
    OK(binnet_ensemble_sample(ctx, &net, e, 0));
    for (size_t i = 0; i < 20000; i++)
        degree += binnet_net_normalisation(net, i);
    /* in-degree 0, counted as 1, has probability exp(-10) */
    ck_assert_double_eq_tol(degree / 20000, 10, 5 * sqrt(10.0 / 20000) + 1e-4);
    binnet_net_free(net);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

typedef struct current_law {
    binnet_ctx *ctx;
    const binnet_current *law;
} current_law;

static double current_cdf(const void *user, double x)
{
    const current_law *c = user;
    double cdf;
    OK(binnet_current_eval(c->ctx, &cdf, NULL, NULL, NULL, NULL, NULL, 1, c->law, &x));
    return cdf;
}

/* Threshold currents of the neurons of population 0 in a fixed state, over drawn networks, follow the law; Gaussian weights
 * from both populations, all present at least once, so that it is continuous: in-degree normalisation as well. */
START_TEST(currents_of_drawn_networks)
{
    binnet_ctx *ctx = new_ctx(1);
    int64_t size[2] = {12, 12}, active[2] = {5, 7}, inactive[2] = {6, 5};
    double p[4] = {1, 0.5, 0.5, 0.5}, par[12] = {1, 0.5, 0, -1.5, 0.25, 0, 1, 1, 0, 1, 1, 0}, theta[2] = {0.5, 0};
    int32_t kind[4] = {2, 2, 2, 2};
    enum { NETS = 200 };
    double v[NETS * 6];
    size_t n = 0;
    binnet_ensemble *e;
    binnet_current *law;
    OK(binnet_ensemble_new(ctx, &e, 2, size, p, kind, par, theta, NULL,
                           _i ? BINNET_NORMALISE_INDEGREE : BINNET_NORMALISE_N, NULL, 0));
    for (uint64_t k = 0; k < NETS; k++) { /* neurons 0..5 and 12..18 are active; 0..5 are looked at */
        binnet_net *net;
        double h[24];
        OK(binnet_ensemble_sample(ctx, &net, e, k));
        OK(binnet_net_drive(ctx, h, 24, net, 0x3f | 0x7full << 12));
        for (size_t i = 0; i < 6; i++)
            v[n++] = -h[i]; /* I = 0: the drive is -c */
        binnet_net_free(net);
    }
    OK(binnet_current_new(ctx, &law, e, 0, active, inactive));
    current_law c = {ctx, law};
    fits("currents", v, n, current_cdf, &c);
    binnet_current_free(law);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("sample", {philox_vectors, 1}, {streams, 1}, {weights_follow_their_laws, 11}, {reproducible, 2},
             {networks_are_as_said, 4}, {correlated_pairs, 2}, {sparse_networks, 1}, {currents_of_drawn_networks, 2})
