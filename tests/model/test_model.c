/* Networks and noise: the three forms of a network agree with a plain loop, layers with their definition, noise with closed
 * forms; and every constructor refuses what it must. Tolerance of drives: n additions, so n * 2e-16 of the sum of |terms|. */
#include "support/support.h"

#include <string.h>

static void check_drive(binnet_ctx *ctx, const binnet_net *net, size_t n, const double *J, const double *M,
                        const double *theta, const double *I)
{
    double h[64];
    for (uint64_t A = 0; A<UINT64_C(1) << n; A += n> 6 ? 37 : 1) {
        OK(binnet_net_drive(ctx, h, n, net, A));
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += A >> j & 1 ? J[i * n + j] : 0;
            double want = sum / (M != NULL ? M[i] : 1) + (I != NULL ? I[i] : 0) - (theta != NULL ? theta[i] : 0);
            ck_assert_msg(fabs(h[i] - want) <= 1e-14, "state %llu neuron %zu: drive %.17g, expected %.17g",
                          (unsigned long long)A, i, h[i], want);
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            ck_assert(binnet_net_weight(net, i, j) == J[i * n + j]);
}

START_TEST(dense_and_sparse)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        dice d = dice_of(seed);
        size_t n = 1 + roll_to(&d, 9);
        double J[81], M[9], theta[9], I[9], w[81];
        int64_t row[10] = {0};
        int32_t col[81];
        for (size_t i = 0; i < n; i++) {
            row[i + 1] = row[i];
            for (size_t j = 0; j < n; j++) {
                J[i * n + j] = roll(&d) < 0.5 ? 0 : roll_in(&d, -1, 1);
                if (J[i * n + j] != 0) {
                    col[row[i + 1]] = (int32_t)j;
                    w[row[i + 1]++] = J[i * n + j];
                }
            }
            M[i] = roll_in(&d, 0.5, 2);
            theta[i] = roll_in(&d, -1, 1);
            I[i] = roll_in(&d, -1, 1);
        }
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net, *other;
        OK(binnet_net_new(ctx, &net, n, J, M, theta, I));
        check_drive(ctx, net, n, J, M, theta, I);
        ck_assert(binnet_net_neurons(net) == n && binnet_net_tie(net) == BINNET_TIE_ACTIVE);
        ck_assert(binnet_net_populations(net) == 1 && binnet_net_population(net, 0) == 0);
        ck_assert(binnet_net_threshold(net, 0) == theta[0] && binnet_net_stimulus(net, 0) == I[0]);
        ck_assert(binnet_net_normalisation(net, 0) == M[0] && isnan(binnet_net_threshold(net, n)));
        for (size_t i = 0; i < n; i++)
            I[i] += 1;
        OK(binnet_net_with_stimuli(ctx, &other, net, I));
        binnet_net_free(net);
        check_drive(ctx, other, n, J, M, theta, I);
        binnet_net_free(other);
        OK(binnet_net_new_csr(ctx, &net, n, row, col, w, M, theta, I));
        check_drive(ctx, net, n, J, M, theta, I);
        OK(binnet_net_with_tie(ctx, &other, net, BINNET_TIE_KEEP));
        ck_assert(binnet_net_tie(other) == BINNET_TIE_KEEP);
        check_drive(ctx, other, n, J, M, theta, I);
        binnet_net_free(net);
        binnet_net_free(other);
        OK(binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL));
        check_drive(ctx, net, n, J, NULL, NULL, NULL);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

START_TEST(homogeneous)
{
    for (int self = 0; self < 2; self++) {
        enum { N = 6, P = 3 };
        const int64_t size[P] = {3, 1, 2};
        const int32_t pop[N] = {0, 0, 0, 1, 2, 2};
        const double W[P * P] = {1, -2, 0.5, 0.25, 3, 0, -1, 2, 4}, Mp[P] = {1, 2, 3}, tp[P] = {0.1, 0.2, 0.3},
                           Ip[P] = {1, 0, -1};
        double J[N * N], M[N], theta[N], I[N];
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++)
                J[i * N + j] = i == j && !self ? 0 : W[pop[i] * P + pop[j]];
            M[i] = Mp[pop[i]];
            theta[i] = tp[pop[i]];
            I[i] = Ip[pop[i]];
        }
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net, *other;
        OK(binnet_net_new_homogeneous(ctx, &net, P, size, W, Mp, tp, Ip, self));
        check_drive(ctx, net, N, J, M, theta, I);
        ck_assert(binnet_net_populations(net) == P && binnet_net_population(net, 4) == 2);
        I[1] = 7; /* no longer alike */
        OK(binnet_net_with_stimuli(ctx, &other, net, I));
        check_drive(ctx, other, N, J, M, theta, I);
        ck_assert(binnet_net_populations(other) == P && binnet_net_population(other, 4) == 2);
        binnet_net_free(other);
        const int32_t new_pop[N] = {1, 0, 1, 0, 1, 0};
        OK(binnet_net_with_populations(ctx, &other, net, 2, new_pop));
        ck_assert(binnet_net_populations(other) == 2 && binnet_net_population(other, 2) == 1);
        binnet_net_free(net);
        binnet_net_free(other);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* By the definition: what is not in the core influences only neurons of higher layers, and the core has no such neuron. */
static void check_layers(binnet_ctx *ctx, const binnet_net *net, const char *form, uint64_t seed)
{
    enum { MOST = 32 };
    size_t n = binnet_net_neurons(net);
    int32_t layer[MOST];
    ck_assert_uint_le(n, MOST);
    OK(binnet_net_layers(ctx, layer, n, net));
    for (size_t j = 0; j < n; j++) {
        int deserves = binnet_net_weight(net, j, j) == 0; /* influences only neurons outside the core, not itself */
        for (size_t i = 0; i < n; i++) {
            if (binnet_net_weight(net, i, j) == 0)
                continue;
            deserves &= layer[i] > 0;
            ck_assert_msg(layer[j] == 0 || layer[i] > layer[j],
                          "%s, seed %llu: %zu (layer %d) influences %zu (layer %d)", form, (unsigned long long)seed, j,
                          layer[j], i, layer[i]);
        }
        ck_assert_msg((layer[j] > 0) == deserves, "%s, seed %llu: neuron %zu in layer %d", form,
                      (unsigned long long)seed, j, layer[j]);
    }
}

START_TEST(layers)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        dice d = dice_of(seed);
        size_t n = 1 + roll_to(&d, 7);
        double J[49], w[49];
        int64_t row[8] = {0}, size[7];
        int32_t col[49];
        for (size_t k = 0; k < n * n; k++)
            J[k] = roll(&d) < 0.8 ? 0 : 1;
        for (size_t i = 0; i < n; i++) { /* some zeros are entries too */
            row[i + 1] = row[i];
            size[i] = 1 + (int64_t)roll_to(&d, 3);
            for (size_t j = 0; j < n; j++)
                if (J[i * n + j] != 0 || roll(&d) < 0.2) {
                    w[row[i + 1]] = J[i * n + j];
                    col[row[i + 1]++] = (int32_t)j;
                }
        }
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net;
        OK(binnet_net_new(ctx, &net, n, J, NULL, NULL, NULL));
        check_layers(ctx, net, "dense", seed);
        binnet_net_free(net);
        OK(binnet_net_new_csr(ctx, &net, n, row, col, w, NULL, NULL, NULL));
        check_layers(ctx, net, "sparse", seed);
        binnet_net_free(net);
        OK(binnet_net_new_homogeneous(ctx, &net, n, size, J, NULL, NULL, NULL, (int32_t)(seed % 2)));
        check_layers(ctx, net, "homogeneous", seed);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* A million neurons, each heard by the next one, are as many layers. */
START_TEST(long_chain_of_layers)
{
    enum { N = 1000000 };
    int64_t *row = malloc((N + 1) * sizeof *row);
    int32_t *col = malloc(N * sizeof *col);
    double *w = malloc(N * sizeof *w);
    ck_assert(row != NULL && col != NULL && w != NULL);
    row[0] = row[1] = 0;
    for (int32_t i = 1; i < N; i++) {
        row[i + 1] = i;
        col[i - 1] = i - 1;
        w[i - 1] = -0.5;
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    OK(binnet_net_new_csr(ctx, &net, N, row, col, w, NULL, NULL, NULL));
    OK(binnet_net_layers(ctx, col, N, net));
    size_t wrong = 0;
    for (int32_t i = 0; i < N; i++)
        wrong += col[i] != i + 1;
    ck_assert_uint_eq(wrong, 0);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    free(row);
    free(col);
    free(w);
}
END_TEST

START_TEST(bad_networks)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    double J[4] = {0, 1, 1, 0}, bad[4] = {0, NAN, 1, 0}, M[2] = {1, 0}, inf[2] = {0, INFINITY};
    const int64_t row[3] = {0, 1, 2}, falling[3] = {0, 2, 1}, late[3] = {1, 1, 2};
    const int32_t col[2] = {1, 0}, outside[2] = {1, 2}, negative[2] = {-1, 0}, twice[2] = {1, 1};
    const int64_t both[3] = {0, 2, 2}, size[2] = {1, 0};
    const int32_t pop[2] = {0, 2};
    const struct {
        int32_t got, want;
    } cases[] = {
        {binnet_net_new(ctx, &net, 0, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new(ctx, &net, BINNET_MAX_NETWORK + 1, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new(ctx, &net, SIZE_MAX / 2, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new(ctx, &net, 2, NULL, NULL, NULL, NULL), BINNET_E_NULL},
        {binnet_net_new(ctx, NULL, 2, J, NULL, NULL, NULL), BINNET_E_NULL},
        {binnet_net_new(NULL, &net, 2, J, NULL, NULL, NULL), BINNET_E_NULL},
        {binnet_net_new(ctx, &net, 2, bad, NULL, NULL, NULL), BINNET_E_NAN},
        {binnet_net_new(ctx, &net, 2, J, M, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new(ctx, &net, 2, J, NULL, inf, NULL), BINNET_E_NAN},
        {binnet_net_new(ctx, &net, 2, J, NULL, NULL, inf), BINNET_E_NAN},
        {binnet_net_new_csr(ctx, &net, 2, falling, col, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new_csr(ctx, &net, 2, late, col, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new_csr(ctx, &net, 2, row, outside, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new_csr(ctx, &net, 2, row, negative, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new_csr(ctx, &net, 2, both, twice, J, NULL, NULL, NULL), BINNET_E_RANGE},
        {binnet_net_new_csr(ctx, &net, 2, row, col, bad, NULL, NULL, NULL), BINNET_E_NAN},
        {binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, NULL, NULL, 0), BINNET_E_RANGE},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        ck_assert_msg(cases[k].got == cases[k].want, "case %zu: %d, expected %d", k, cases[k].got, cases[k].want);
    ck_assert(net == NULL && binnet_ctx_message(ctx)[0] != 0);
    binnet_net *good, *other;
    OK(binnet_net_new(ctx, &good, 2, J, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_net_with_tie(ctx, &other, good, 3), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_net_with_populations(ctx, &other, good, 2, pop), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_net_with_stimuli(ctx, &other, good, inf), BINNET_E_NAN);
    ck_assert_int_eq(binnet_net_drive(ctx, J, 3, good, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_net_drive(ctx, J, 2, good, 4), BINNET_E_RANGE);
    ck_assert(binnet_net_neurons(NULL) == 0 && binnet_net_tie(NULL) == -1);
    binnet_net_free(good);
    binnet_net_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

static double falling_cdf(void *user, double x)
{
    (void)user;
    return x > 0 ? 0.2 : 0.7;
}

static double logistic_cdf(void *user, double x)
{
    return 1 / (1 + exp(-x / *(double *)user));
}

static double wrong_survival(void *user, double x)
{
    return 0.9 - logistic_cdf(user, x);
}

START_TEST(noises)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise, *custom;
    double scale[2] = {0.5, 0}, negative[2] = {1, -1}, bad[2] = {NAN, 1}, F, G, f, unit = 1;
    ck_assert_int_eq(binnet_noise_new_gaussian(ctx, &noise, 2, negative), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_logistic(ctx, &noise, 2, bad), BINNET_E_NAN);
    ck_assert_int_eq(binnet_noise_new_laplace(ctx, &noise, 0, scale), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_uniform(ctx, &noise, 2, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_noise_new_student_t(ctx, &noise, 2, scale, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new_student_t(ctx, &noise, 2, scale, NAN), BINNET_E_NAN);
    ck_assert_int_eq(binnet_noise_new_custom(ctx, &noise, 2, scale, falling_cdf, NULL, NULL, NULL), BINNET_E_CALLBACK);
    ck_assert_int_eq(binnet_noise_new_custom(ctx, &noise, 2, scale, logistic_cdf, wrong_survival, NULL, &unit),
                     BINNET_E_CALLBACK);
    ck_assert_int_eq(binnet_noise_new_custom(ctx, &noise, 2, scale, NULL, NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert(noise == NULL);
    OK(binnet_noise_new_logistic(ctx, &noise, 2, scale));
    OK(binnet_noise_new_custom(ctx, &custom, 2, scale, logistic_cdf, NULL, NULL, &unit));
    ck_assert(binnet_noise_kind(noise) == BINNET_NOISE_LOGISTIC && binnet_noise_kind(custom) == BINNET_NOISE_CUSTOM);
    ck_assert(binnet_noise_scale(noise, 0) == 0.5 && isnan(binnet_noise_scale(noise, 2)));
    for (double x = -5; x <= 5; x += 0.5) {
        double F2;
        OK(binnet_noise_eval(ctx, &F, &G, &f, noise, x));
        OK(binnet_noise_eval(ctx, &F2, NULL, NULL, custom, x));
        ck_assert(fabs(F - 1 / (1 + exp(-x))) <= 1e-15 && fabs(F - F2) <= 1e-15);
        ck_assert(fabs(F + G - 1) <= 1e-15 && fabs(f - F * G) <= 1e-15);
    }
    ck_assert_int_eq(binnet_noise_eval(ctx, NULL, NULL, &f, custom, 0), BINNET_E_UNDEFINED);
    ck_assert_int_eq(binnet_noise_eval(ctx, &F, NULL, NULL, noise, NAN), BINNET_E_NAN);
    binnet_noise_free(noise);
    binnet_noise_free(custom);
    binnet_noise_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("model", dense_and_sparse, homogeneous, layers, long_chain_of_layers, bad_networks, noises)
