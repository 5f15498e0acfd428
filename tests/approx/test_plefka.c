/*
 * Plefka expansions against exact moments: sums over all states before (one step), stationary laws by elimination in long double.
 * Orders in the couplings are judged by slopes: couplings of size e and e/2, errors e^k: log2 of their ratio is k.
 */
#include "chain/oracle.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { N = 5, S = 1 << N, NETWORKS = 12 };
enum { MEANS, COVARIANCES, LAGGED, QUANTITIES };
static const char *const quantity_name[QUANTITIES] = {"means", "covariances", "lagged"};

typedef struct moments {
    double mean[N], cov[N * N], lag[N * N];
} moments;

/* Couplings of size e, in units of the noise; symmetric without self-connections, or neither. */
static system_t coupled_system(dice *d, double e, int32_t update, int symmetric)
{
    system_t s = {.n = N, .update = update, .noise = BINNET_NOISE_LOGISTIC, .tie = BINNET_TIE_ACTIVE};
    for (int i = 0; i < N; i++) {
        s.M[i] = symmetric ? 2 : roll_in(d, 0.5, 3);
        s.scale[i] = symmetric ? 0.7 : roll_in(d, 0.3, 2);
        s.theta[i] = roll_in(d, -1, 1) * s.scale[i];
        s.I[i] = roll_in(d, -1, 1) * s.scale[i];
        s.select[i] = 1.0 / N;
        s.order[i] = i;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double k = roll_in(d, -1, 1) + 0.3;
            s.J[i * N + j] = e * k * s.M[i] * s.scale[i];
            if (symmetric && j == i)
                s.J[i * N + j] = 0;
            if (symmetric && j < i)
                s.J[i * N + j] = s.J[j * N + i];
        }
    return s;
}

/* Moments now and of the next step, from a law and the matrix. */
static void exact_moments(moments *now, moments *next, const double *law, const double *P)
{
    memset(now, 0, sizeof *now);
    memset(next, 0, sizeof *next);
    double after[S] = {0};
    for (int a = 0; a < S; a++)
        for (int b = 0; b < S; b++) {
            double w = law[a] * P[a * S + b];
            after[b] += w;
            for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++)
                    next->lag[i * N + j] += w * (a >> i & 1) * (b >> j & 1);
        }
    for (int a = 0; a < S; a++)
        for (int i = 0; i < N; i++) {
            now->mean[i] += law[a] * (a >> i & 1);
            next->mean[i] += after[a] * (a >> i & 1);
            for (int j = 0; j < N; j++) {
                now->cov[i * N + j] += law[a] * (a >> i & a >> j & 1);
                next->cov[i * N + j] += after[a] * (a >> i & a >> j & 1);
            }
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            now->cov[i * N + j] -= now->mean[i] * now->mean[j];
            next->cov[i * N + j] -= next->mean[i] * next->mean[j];
            next->lag[i * N + j] -= now->mean[i] * next->mean[j];
        }
}

static double largest_difference(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

static void add_errors(double *error, const moments *a, const moments *b)
{
    error[MEANS] += largest_difference(a->mean, b->mean, N);
    error[COVARIANCES] += largest_difference(a->cov, b->cov, (size_t)N * N);
    error[LAGGED] += largest_difference(a->lag, b->lag, (size_t)N * N);
}

static void make_objects(binnet_ctx *ctx, binnet_net **net, binnet_noise **noise, const system_t *s)
{
    OK(binnet_net_new(ctx, net, s->n, s->J, s->M, s->theta, s->I));
    OK(s->noise == BINNET_NOISE_GAUSSIAN ? binnet_noise_new_gaussian(ctx, noise, s->n, s->scale)
                                         : binnet_noise_new_logistic(ctx, noise, s->n, s->scale));
}

/* What law is before the step, or that it is the stationary one. */
enum { INDEPENDENT, CORRELATED, STATIONARY };

static void independent_law(double *law, dice *d)
{
    double q[N];
    for (int i = 0; i < N; i++)
        q[i] = roll_in(d, 0.05, 0.95);
    for (int a = 0; a < S; a++) {
        law[a] = 1;
        for (int i = 0; i < N; i++)
            law[a] *= a >> i & 1 ? q[i] : 1 - q[i];
    }
}

/* Pairs (0,1) and (2,3) are correlated, nothing else: no three neurons are together. */
static void paired_law(double *law, dice *d)
{
    double pair[2][4], q = roll_in(d, 0.1, 0.9);
    for (int k = 0; k < 2; k++) {
        double sum = 0;
        for (int a = 0; a < 4; a++)
            sum += pair[k][a] = roll_in(d, 0.05, 1);
        for (int a = 0; a < 4; a++)
            pair[k][a] /= sum;
    }
    for (int a = 0; a < S; a++)
        law[a] = pair[0][a & 3] * pair[1][a >> 2 & 3] * (a >> 4 & 1 ? q : 1 - q);
}

static void sum_errors(double *error, double e, int32_t update, int32_t expansion, int before, int32_t noise)
{
    binnet_ctx *ctx = new_ctx(1);
    double *P = malloc(sizeof *P * S * S), law[S];
    long double *lost = malloc(sizeof *lost * S * S);
    ck_assert(P != NULL && lost != NULL);
    memset(error, 0, QUANTITIES * sizeof *error);
    for (uint64_t k = 0; k < NETWORKS; k++) {
        dice d = dice_of(100 + k);
        system_t s = coupled_system(&d, e, update, expansion == BINNET_PLEFKA_EQUILIBRIUM);
        s.noise = noise;
        binnet_net *net;
        binnet_noise *of_net;
        moments now, exact, found;
        make_objects(ctx, &net, &of_net, &s);
        oracle_matrix(P, &s);
        if (before == INDEPENDENT)
            independent_law(law, &d);
        else if (before == CORRELATED)
            paired_law(law, &d);
        else {
            for (int a = 0; a < S * S; a++)
                lost[a] = (long double)P[a];
            oracle_stationary(law, lost, S);
        }
        exact_moments(&now, &exact, law, P);
        if (before == STATIONARY)
            OK(binnet_plefka_stationary(ctx, found.mean, found.cov, found.lag, NULL, N, net, of_net, update, expansion,
                                        NULL));
        else
            OK(binnet_plefka_step(ctx, found.mean, found.cov, found.lag, N, net, of_net, expansion, now.mean,
                                  before == INDEPENDENT ? NULL : now.cov));
        add_errors(error, &exact, &found);
        binnet_net_free(net);
        binnet_noise_free(of_net);
    }
    free(P);
    free(lost);
    binnet_ctx_free(ctx);
}

typedef struct expected {
    const char *name;
    int32_t update, expansion;
    int before;
    int32_t noise;
    int order[QUANTITIES];
} expected;

#define SYNC BINNET_UPDATE_SYNCHRONOUS
#define ASYNC BINNET_UPDATE_ASYNCHRONOUS
#define LOGISTIC BINNET_NOISE_LOGISTIC
#define GAUSSIAN BINNET_NOISE_GAUSSIAN
static const expected expectations[] = {
    {"naive, a step", SYNC, BINNET_PLEFKA_NAIVE, INDEPENDENT, LOGISTIC, {2, 2, 2}},
    {"TAP, a step", SYNC, BINNET_PLEFKA_TAP, INDEPENDENT, LOGISTIC, {3, 3, 3}},
    {"Plefka[t] 1, a step", SYNC, BINNET_PLEFKA_T_1, INDEPENDENT, LOGISTIC, {2, 2, 2}},
    {"Plefka[t] 2, a step", SYNC, BINNET_PLEFKA_T_2, INDEPENDENT, LOGISTIC, {3, 3, 3}},
    {"Plefka[t-1], a step", SYNC, BINNET_PLEFKA_INPUT, INDEPENDENT, LOGISTIC, {3, 3, 2}},
    {"Plefka[t-1], Gaussian noise, a step", SYNC, BINNET_PLEFKA_INPUT, INDEPENDENT, GAUSSIAN, {3, 3, 2}},
    {"Plefka2[t], a step", SYNC, BINNET_PLEFKA_PAIRS, INDEPENDENT, LOGISTIC, {3, 3, 4}},
    {"Plefka[t] 1, from a correlated law", SYNC, BINNET_PLEFKA_T_1, CORRELATED, LOGISTIC, {2, 2, 2}},
    {"Plefka[t] 2, from a correlated law", SYNC, BINNET_PLEFKA_T_2, CORRELATED, LOGISTIC, {3, 3, 3}},
    {"Plefka[t-1], from a correlated law", SYNC, BINNET_PLEFKA_INPUT, CORRELATED, LOGISTIC, {3, 3, 2}},
    {"Plefka2[t], from a correlated law", SYNC, BINNET_PLEFKA_PAIRS, CORRELATED, LOGISTIC, {3, 3, 2}},
    {"naive", SYNC, BINNET_PLEFKA_NAIVE, STATIONARY, LOGISTIC, {2, 2, 2}},
    {"TAP", SYNC, BINNET_PLEFKA_TAP, STATIONARY, LOGISTIC, {3, 3, 3}},
    {"Plefka[t] 1", SYNC, BINNET_PLEFKA_T_1, STATIONARY, LOGISTIC, {2, 2, 2}},
    {"Plefka[t] 2", SYNC, BINNET_PLEFKA_T_2, STATIONARY, LOGISTIC, {3, 3, 3}},
    {"Plefka[t-1]", SYNC, BINNET_PLEFKA_INPUT, STATIONARY, LOGISTIC, {3, 3, 2}},
    {"Plefka[t-1], Gaussian noise", SYNC, BINNET_PLEFKA_INPUT, STATIONARY, GAUSSIAN, {3, 3, 2}},
    {"Plefka2[t]", SYNC, BINNET_PLEFKA_PAIRS, STATIONARY, LOGISTIC, {3, 3, 4}},
    {"naive, asynchronous", ASYNC, BINNET_PLEFKA_NAIVE, STATIONARY, LOGISTIC, {2, 2, 2}},
    {"TAP, asynchronous", ASYNC, BINNET_PLEFKA_TAP, STATIONARY, LOGISTIC, {3, 3, 3}},
    {"TAP, equilibrium", ASYNC, BINNET_PLEFKA_EQUILIBRIUM, STATIONARY, LOGISTIC, {3, 3, 3}},
};

START_TEST(errors_fall_with_the_order)
{
    const expected *x = &expectations[_i];
    double coarse[QUANTITIES], fine[QUANTITIES];
    /* The next order is a few per cent of the leading one here. */
    const double e = 0.04;
    sum_errors(coarse, e, x->update, x->expansion, x->before, x->noise);
    sum_errors(fine, e / 2, x->update, x->expansion, x->before, x->noise);
    for (int q = 0; q < QUANTITIES; q++) {
        double slope = log2(coarse[q] / fine[q]);
        printf("%-38s %-12s %.2e at e = %.2g, slope %.3f\n", x->name, quantity_name[q], coarse[q] / NETWORKS, e, slope);
        ck_assert_msg(fabs(slope - x->order[q]) < 0.2, "%s: %s fall with slope %g, not %d", x->name, quantity_name[q],
                      slope, x->order[q]);
    }
}
END_TEST

/* A network of n neurons in units of the noise: k[n][n], b[n]. */
static void make_plain(binnet_ctx *ctx, binnet_net **net, binnet_noise **noise, size_t n, const double *k,
                       const double *b, int32_t kind)
{
    double scale[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    OK(binnet_net_new(ctx, net, n, k, NULL, NULL, b));
    OK(kind == GAUSSIAN ? binnet_noise_new_gaussian(ctx, noise, n, scale)
                        : binnet_noise_new_logistic(ctx, noise, n, scale));
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* With one neuron a pair is everything: a step of Plefka2[t], and what it converges to, are exact. */
START_TEST(pairs_are_exact_for_one_neuron)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(3);
    for (int trial = 0; trial < 20; trial++) {
        double k = roll_in(&d, -6, 6), b = roll_in(&d, -4, 4), q = roll(&d), mean, cov, lag;
        double on = logistic(b + k), off = logistic(b);
        binnet_net *net;
        binnet_noise *noise;
        make_plain(ctx, &net, &noise, 1, &k, &b, LOGISTIC);
        OK(binnet_plefka_step(ctx, &mean, &cov, &lag, 1, net, noise, BINNET_PLEFKA_PAIRS, &q, NULL));
        double m = q * on + (1 - q) * off;
        ck_assert_double_eq_tol(mean, m, 4e-16);
        ck_assert_double_eq_tol(cov, m * (1 - m), 4e-16);
        ck_assert_double_eq_tol(lag, q * (1 - q) * (on - off), 4e-16);
        OK(binnet_plefka_stationary(ctx, &mean, &cov, &lag, NULL, 1, net, noise, SYNC, BINNET_PLEFKA_PAIRS, NULL));
        double pi = off / (1 - on + off);
        /* the tolerance is relative to the rarer side */
        ck_assert_double_eq_tol(mean, pi, 2e-12);
        ck_assert_double_eq_tol(lag, pi * (1 - pi) * (on - off), 2e-12);
        binnet_net_free(net);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* A neuron that hears one other: their lagged covariance is exact with Plefka2[t], at any strength. */
START_TEST(pairs_are_exact_for_one_input)
{
    binnet_ctx *ctx = new_ctx(1);
    const double k[9] = {0, 5, 0, 0, 0, -7, 3, 0, 0}, b[3] = {-1, 2, 0.5}, q[3] = {0.2, 0.7, 0.4};
    double mean[3], lag[9];
    binnet_net *net;
    binnet_noise *noise;
    make_plain(ctx, &net, &noise, 3, k, b, LOGISTIC);
    OK(binnet_plefka_step(ctx, mean, NULL, lag, 3, net, noise, BINNET_PLEFKA_PAIRS, q, NULL));
    for (int i = 0; i < 3; i++)
        for (int l = 0; l < 3; l++) {
            double v = q[l] * (1 - q[l]), w = k[i * 3 + l];
            double exact = w == 0 ? 0 : v * (logistic(b[i] + w) - logistic(b[i]));
            ck_assert_double_eq_tol(lag[l * 3 + i], exact, 4e-16);
        }
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Without couplings every expansion is exact, at both ends. */
START_TEST(nothing_coupled_is_exact)
{
    binnet_ctx *ctx = new_ctx(1);
    const double k[16] = {0}, b[4] = {-600, -30, 0.3, 35};
    for (int32_t update = SYNC; update <= ASYNC; update++)
        for (int32_t x = BINNET_PLEFKA_NAIVE; x <= BINNET_PLEFKA_EQUILIBRIUM; x++) {
            double mean[4], cov[16], lag[16];
            if (update == SYNC ? x == BINNET_PLEFKA_EQUILIBRIUM : x >= BINNET_PLEFKA_T_1 && x <= BINNET_PLEFKA_PAIRS)
                continue;
            binnet_net *net;
            binnet_noise *noise;
            make_plain(ctx, &net, &noise, 4, k, b, LOGISTIC);
            OK(binnet_plefka_stationary(ctx, mean, cov, lag, NULL, 4, net, noise, update, x, NULL));
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 4; j++) {
                    double p = exp(b[i]) / (1 + exp(b[i])), v = p / (1 + exp(b[i]));
                    if (i == j) {
                        ck_assert_double_eq_tol(mean[i] / p, 1, 2e-15);
                        ck_assert_double_eq_tol(cov[i * 4 + j] / v, 1, 4e-15);
                    } else {
                        ck_assert_double_eq(cov[i * 4 + j], 0);
                    }
                    ck_assert_double_eq_tol(lag[i * 4 + j], i == j && update == ASYNC ? 0.75 * v : 0, 1e-15 * v);
                }
            binnet_net_free(net);
            binnet_noise_free(noise);
        }
    binnet_ctx_free(ctx);
}
END_TEST

static double bell(double z)
{
    return exp(-0.5 * z * z) / sqrt(2 * acos(-1));
}

/* Cov(g(x), g(y)) of normal x, y: as the integral over their covariance s c, 0 < s < 1, of c E g'(x) g'(y) (Price), for Gaussian
 * noise; E g' g' is then a normal density. */
static double price(double a, double va, double b, double vb, double c)
{
    enum { STEPS = 2000 };
    double sum = 0;
    for (int k = 0; k < STEPS; k++) {
        double t = c * (k + 0.5) / STEPS, A = 1 + va, B = 1 + vb, det = A * B - t * t;
        sum += c / STEPS * exp(-0.5 * (a * a * B - 2 * a * b * t + b * b * A) / det) / (2 * acos(-1) * sqrt(det));
    }
    return sum;
}

/* The same of logistic noise by a sum over a grid, x = a + sqrt(va) z, y = b + sqrt(vb)(r z + sqrt(1 - r^2) w). */
static double grid_covariance(double a, double va, double b, double vb, double r)
{
    const double h = 0.05;
    double both = 0, fx = 0, fy = 0;
    for (double z = -9; z <= 9; z += h)
        for (double w = -9; w <= 9; w += h) {
            double p = h * h * bell(z) * bell(w);
            double x = logistic(a + sqrt(va) * z), y = logistic(b + sqrt(vb) * (r * z + sqrt(1 - r * r) * w));
            both += p * x * y;
            fx += p * x;
            fy += p * y;
        }
    return both - fx * fy;
}

START_TEST(input_covariances_are_those_of_normal_inputs)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(11);
    for (int trial = 0; trial < 12; trial++) {
        /* neurons 0 and 1 hear 2 and 3; in the last trials they are alike (r = 1) */
        double k[16] = {0}, b[4], q[4], mean[4], cov[16];
        for (int i = 0; i < 4; i++) {
            b[i] = roll_in(&d, -2, 2);
            q[i] = roll_in(&d, 0.1, 0.9);
        }
        for (int i = 0; i < 2; i++)
            for (int j = 2; j < 4; j++)
                k[i * 4 + j] = roll_in(&d, -4, 4);
        if (trial >= 10)
            memcpy(k + 4, k, 4 * sizeof *k);
        double v[2] = {0}, x[2] = {b[0], b[1]}, c = 0;
        for (int j = 2; j < 4; j++) {
            for (int i = 0; i < 2; i++) {
                v[i] += k[i * 4 + j] * k[i * 4 + j] * q[j] * (1 - q[j]);
                x[i] += k[i * 4 + j] * q[j];
            }
            c += k[j] * k[4 + j] * q[j] * (1 - q[j]);
        }
        for (int32_t kind = GAUSSIAN; kind <= LOGISTIC; kind++) {
            binnet_net *net;
            binnet_noise *noise;
            make_plain(ctx, &net, &noise, 4, k, b, kind);
            OK(binnet_plefka_step(ctx, mean, cov, NULL, 4, net, noise, BINNET_PLEFKA_INPUT, q, NULL));
            if (kind == GAUSSIAN) {
                ck_assert_double_eq_tol(mean[0], 0.5 * erfc(-x[0] / sqrt(2 * (1 + v[0]))), 1e-14);
                /* midpoints of 2000: relative error about 1e-6 of c^2 */
                ck_assert_double_eq_tol(cov[1], price(x[0], v[0], x[1], v[1], c), 2e-6);
            } else {
                double r = fmax(-1, fmin(1, c / sqrt(v[0] * v[1])));
                ck_assert_double_eq_tol(cov[1], grid_covariance(x[0], v[0], x[1], v[1], r), 1e-9);
            }
            binnet_net_free(net);
            binnet_noise_free(noise);
        }
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Inputs of 100 times the noise and more: an answer that is right, or none. */
START_TEST(wide_inputs_are_right_or_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    const double b[3] = {0}, q[3] = {0.5, 0.5, 0.5};
    for (double width = 1; width < 1e5; width *= 3) {
        /* 0 and 1 hear 2 alike: sign(x) beyond all widths, variance 1/4 */
        double k[9] = {0, 0, width, 0, 0, width, 0, 0, 0}, mean[3], cov[9], sum = 0;
        binnet_net *net;
        binnet_noise *noise;
        make_plain(ctx, &net, &noise, 3, k, b, LOGISTIC);
        int32_t code = binnet_plefka_step(ctx, mean, cov, NULL, 3, net, noise, BINNET_PLEFKA_INPUT, q, NULL);
        if (code == BINNET_OK) {
            const double h = 1e-4;
            for (double z = -9; z <= 9; z += h) {
                double f = logistic(width * 0.5 + width * 0.5 * z);
                sum += h * bell(z) * f * f;
            }
            ck_assert_double_eq_tol(cov[1], sum - mean[0] * mean[0], 1e-8);
        } else {
            ck_assert_int_eq(code, BINNET_E_NOCONV);
            ck_assert(width > 5);
        }
        binnet_net_free(net);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Where nothing stationary is to be had, the code says so. */
START_TEST(what_does_not_converge_is_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    double mean[2] = {7, 7}, cov[4], start[2] = {0.9, 0.2};
    /* each silences both: synchronously on, off, on, ... */
    const double k[4] = {-20, -20, -20, -20}, b[2] = {20, 20}, pair[4] = {0, 8, 8, 0}, half[2] = {-4, -4};
    binnet_net *net;
    binnet_noise *noise;
    make_plain(ctx, &net, &noise, 2, k, b, LOGISTIC);
    ck_assert_int_eq(binnet_plefka_stationary(ctx, mean, NULL, NULL, NULL, 2, net, noise, SYNC, BINNET_PLEFKA_NAIVE,
                                              start),
                     BINNET_E_NOCONV);
    ck_assert_double_eq(mean[0], 7);
    ck_assert_int_eq(binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, 2, net, noise, SYNC, BINNET_PLEFKA_T_2, NULL),
                     BINNET_E_NOCONV);
    binnet_net_free(net);
    binnet_noise_free(noise);
    /* a ferromagnet below its transition: 1/2 solves TAP, and is unstable */
    make_plain(ctx, &net, &noise, 2, pair, half, LOGISTIC);
    int32_t code = binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, 2, net, noise, ASYNC, BINNET_PLEFKA_EQUILIBRIUM,
                                            NULL);
    ck_assert_msg(code == BINNET_OK || code == BINNET_E_UNDEFINED, "%d %s", (int)code, binnet_ctx_message(ctx));
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Curie-Weiss, six neurons, total coupling 1.5 times the critical one: q = 1/2 is found from 1/2, and refused. */
START_TEST(an_unstable_solution_is_refused)
{
    enum { M = 6 };
    binnet_ctx *ctx = new_ctx(1);
    double k[M * M], b[M], mean[M], cov[M * M], scale[M];
    for (int i = 0; i < M; i++) {
        scale[i] = 1;
        b[i] = 0;
        for (int j = 0; j < M; j++) {
            k[i * M + j] = i == j ? 0 : 6.0 / (M - 1);
            b[i] -= k[i * M + j] / 2;
        }
    }
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net, M, k, NULL, NULL, b));
    OK(binnet_noise_new_logistic(ctx, &noise, M, scale));
    const double alike[M] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, up[M] = {1, 1, 1, 1, 1, 1};
    ck_assert_int_eq(binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, M, net, noise, ASYNC,
                                              BINNET_PLEFKA_EQUILIBRIUM, alike),
                     BINNET_E_UNDEFINED);
    ck_assert(strstr(binnet_ctx_message(ctx), "unstable") != NULL);
    ck_assert_int_eq(binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, M, net, noise, ASYNC, BINNET_PLEFKA_TAP,
                                              alike),
                     BINNET_E_NOCONV);
    OK(binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, M, net, noise, ASYNC, BINNET_PLEFKA_EQUILIBRIUM, up));
    ck_assert(mean[0] > 0.6);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Twelve spins at an inverse temperature where Plefka[t] of order 2 converges to covariances that no neurons have. */
START_TEST(impossible_covariances_are_refused)
{
    enum { M = 8 };
    binnet_ctx *ctx = new_ctx(1);
    double k[M * M], b[M], scale[M], mean[M], cov[M * M], lag[M * M];
    int refused = 0, found = 0;
    for (double beta = 0.5; beta < 2; beta += 0.05) {
        for (int i = 0; i < M; i++) {
            scale[i] = 1;
            b[i] = 0.1 * beta * (i - 3);
            for (int j = 0; j < M; j++) {
                k[i * M + j] = 4 * beta / M * (1 + 0.3 * ((i * 3 + j * 5) % 7 - 3));
                b[i] -= k[i * M + j] / 2;
            }
        }
        binnet_net *net;
        binnet_noise *noise;
        OK(binnet_net_new(ctx, &net, M, k, NULL, NULL, b));
        OK(binnet_noise_new_logistic(ctx, &noise, M, scale));
        int32_t code = binnet_plefka_stationary(ctx, mean, cov, lag, NULL, M, net, noise, SYNC, BINNET_PLEFKA_T_2,
                                                NULL);
        refused += code == BINNET_E_UNMET;
        found += code == BINNET_OK;
        for (int i = 0; code == BINNET_OK && i < M; i++)
            for (int j = 0; j < M; j++)
                ck_assert(fabs(cov[i * M + j]) <= sqrt(cov[i * M + i] * cov[j * M + j]) * (1 + 1e-8));
        binnet_net_free(net);
        binnet_noise_free(noise);
    }
    printf("Plefka[t] order 2: %d betas found, %d refused for their covariances\n", found, refused);
    ck_assert(found > 0);
    ck_assert(refused > 0);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(wrong_inputs_are_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    const double k[4] = {0, 1, 1, 0}, skew[4] = {0, 1, 2, 0}, self[4] = {1, 1, 1, 0}, b[2] = {0}, frozen[2] = {1, 0};
    const double ones[2] = {1, 1}, sigma[4] = {1, 0.5, 0.5, 1}, huge[4] = {0, 1e308, 1e308, 0}, tiny[2] = {1e-10, 1};
    double q[2] = {0.3, 0.6}, mean[2] = {7, 7}, cov[4], wrong[2] = {0.3, 1.1}, none[2] = {0.3, NAN};
    const double too_much[4] = {0, 0.3, 0.3, 0}, uneven[4] = {0, 0.1, 0.05, 0};
    binnet_net *net, *other, *looped, *large;
    binnet_noise *noise, *still, *flat, *bell_noise, *together, *little;
    make_plain(ctx, &net, &noise, 2, k, b, LOGISTIC);
    OK(binnet_net_new(ctx, &other, 2, skew, NULL, NULL, b));
    OK(binnet_net_new(ctx, &looped, 2, self, NULL, NULL, b));
    OK(binnet_net_new(ctx, &large, 2, huge, NULL, NULL, b));
    OK(binnet_noise_new_logistic(ctx, &still, 2, frozen));
    OK(binnet_noise_new_logistic(ctx, &little, 2, tiny));
    OK(binnet_noise_new_uniform(ctx, &flat, 2, ones));
    OK(binnet_noise_new_gaussian(ctx, &bell_noise, 2, ones));
    OK(binnet_noise_new_gaussian_cov(ctx, &together, 2, sigma));
#define STEP(code, net_, noise_, x, q_, c_)                                                                            \
    ck_assert_int_eq(binnet_plefka_step(ctx, mean, cov, NULL, 2, net_, noise_, x, q_, c_), code)
#define REST(code, net_, noise_, update, x)                                                                            \
    ck_assert_int_eq(binnet_plefka_stationary(ctx, mean, cov, NULL, NULL, 2, net_, noise_, update, x, NULL), code)
    ck_assert_int_eq(binnet_plefka_step(NULL, mean, cov, NULL, 2, net, noise, 1, q, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_plefka_step(ctx, NULL, cov, NULL, 2, net, noise, 1, q, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_plefka_step(ctx, mean, cov, NULL, 3, net, noise, 1, q, NULL), BINNET_E_SIZE);
    STEP(BINNET_E_NULL, NULL, noise, 1, q, NULL);
    STEP(BINNET_E_NULL, net, NULL, 1, q, NULL);
    STEP(BINNET_E_NULL, net, noise, 1, NULL, NULL);
    STEP(BINNET_E_RANGE, net, noise, 0, q, NULL);
    STEP(BINNET_E_RANGE, net, noise, 8, q, NULL);
    STEP(BINNET_E_RANGE, net, noise, BINNET_PLEFKA_TAP, wrong, NULL);
    STEP(BINNET_E_NAN, net, noise, BINNET_PLEFKA_TAP, none, NULL);
    STEP(BINNET_E_RANGE, net, noise, BINNET_PLEFKA_T_2, q, too_much);
    STEP(BINNET_E_RANGE, net, noise, BINNET_PLEFKA_T_2, q, uneven);
    STEP(BINNET_E_RANGE, net, still, BINNET_PLEFKA_TAP, q, NULL);
    STEP(BINNET_E_RANGE, large, little, BINNET_PLEFKA_TAP, q, NULL);
    STEP(BINNET_E_UNSUPPORTED, net, flat, BINNET_PLEFKA_TAP, q, NULL);
    STEP(BINNET_E_UNSUPPORTED, net, flat, BINNET_PLEFKA_INPUT, q, NULL);
    STEP(BINNET_E_UNSUPPORTED, net, bell_noise, BINNET_PLEFKA_PAIRS, q, NULL);
    STEP(BINNET_E_UNDEFINED, net, together, BINNET_PLEFKA_INPUT, q, NULL);
    STEP(BINNET_E_UNSUPPORTED, net, noise, BINNET_PLEFKA_EQUILIBRIUM, q, NULL);
    REST(BINNET_E_RANGE, net, noise, 0, BINNET_PLEFKA_TAP);
    REST(BINNET_E_UNSUPPORTED, net, noise, BINNET_UPDATE_SWEEP, BINNET_PLEFKA_TAP);
    REST(BINNET_E_UNSUPPORTED, net, noise, ASYNC, BINNET_PLEFKA_PAIRS);
    REST(BINNET_E_UNSUPPORTED, net, noise, SYNC, BINNET_PLEFKA_EQUILIBRIUM);
    REST(BINNET_E_RANGE, other, noise, ASYNC, BINNET_PLEFKA_EQUILIBRIUM);
    REST(BINNET_E_RANGE, looped, noise, ASYNC, BINNET_PLEFKA_EQUILIBRIUM);
    ck_assert_double_eq(mean[0], 7);
    binnet_net_free(net);
    binnet_net_free(other);
    binnet_net_free(looped);
    binnet_net_free(large);
    binnet_noise_free(noise);
    binnet_noise_free(still);
    binnet_noise_free(flat);
    binnet_noise_free(bell_noise);
    binnet_noise_free(together);
    binnet_noise_free(little);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("plefka", {errors_fall_with_the_order, sizeof expectations / sizeof *expectations},
             {pairs_are_exact_for_one_neuron, 1}, {pairs_are_exact_for_one_input, 1}, {nothing_coupled_is_exact, 1},
             {input_covariances_are_those_of_normal_inputs, 1}, {wide_inputs_are_right_or_refused, 1},
             {what_does_not_converge_is_refused, 1}, {an_unstable_solution_is_refused, 1},
             {impossible_covariances_are_refused, 1}, {wrong_inputs_are_refused, 1})
