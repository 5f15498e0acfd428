/*
 * Potentials of the golden network under five noise laws: against 50 digits; joint densities integrate to 1; samples against
 * distribution functions in closed form.
 */
#include "../reference/potentials.h"
#include "../support/support.h"

enum { N = 3, S = 8, NOISES = 5, DOF = 5 };

static const double J[N * N] = {0, 1.5, -2, .7, 0, -1, 1.2, .9, 0}, stimulus[N] = {.3, -.2, .1},
                          theta[N] = {.5, .25, .75}, sigma[N] = {.8, 1, .6};

typedef struct scene {
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *law;
    int kind;
} scene;

static scene golden_scene(int kind)
{
    scene w = {.ctx = new_ctx(1), .kind = kind};
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(w.ctx, &net, N, J, NULL, theta, stimulus));
    OK(kind == 0   ? binnet_noise_new_gaussian(w.ctx, &noise, N, sigma)
       : kind == 1 ? binnet_noise_new_logistic(w.ctx, &noise, N, sigma)
       : kind == 2 ? binnet_noise_new_uniform(w.ctx, &noise, N, sigma)
       : kind == 3 ? binnet_noise_new_laplace(w.ctx, &noise, N, sigma)
                   : binnet_noise_new_student_t(w.ctx, &noise, N, sigma, DOF));
    OK(binnet_chain_new(w.ctx, &w.chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(w.ctx, &w.law, w.chain));
    binnet_noise_free(noise);
    binnet_net_free(net);
    return w;
}

static void strike_scene(scene *w)
{
    binnet_law_free(w->law);
    binnet_chain_free(w->chain);
    binnet_ctx_free(w->ctx);
}

/* The next value of the reference; digits: relative, or of `size` where terms of that size cancel. */
static void expect(const scene *w, const double **want, double got, double digits, double size, const char *what)
{
    double value = *(*want)++;
    ck_assert_msg(fabs(got - value) <= digits * fmax(fabs(value), size), "noise %d, %s: %.17g, expected %.17g", w->kind,
                  what, got, value);
}

START_TEST(fifty_digits)
{
    static const double points[N][4] = {{-3.5, -.45, .75, 4}, {-2, -.25, .25, 2.5}, {-1.5, .5, 1, 5}},
                        probability[4] = {.001, .25, .5, .99}, place[2][N] = {{.25, -.4, 1}, {-.45, .4, .75}};
    static const int32_t group[4][3] = {{0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};
    scene w = golden_scene(_i);
    const double *want = reference_potentials[_i];
    double x[N * N], F[4], G[4], f[4];
    OK(binnet_potential_mean(w.ctx, x, N, w.chain, w.law));
    for (int i = 0; i < N; i++)
        expect(&w, &want, x[i], 1e-13, 1, "mean");
    OK(binnet_potential_covariance(w.ctx, x, N, w.chain, w.law));
    for (int i = 0; i < N * N; i++)
        expect(&w, &want, x[i], 1e-13, 1, "covariance");
    for (int k = 0; k < 4; k++) {
        OK(binnet_potential_groupwise(w.ctx, x, w.chain, w.law, k < 3 ? 2 : 3, group[k]));
        expect(&w, &want, x[0], 1e-12, 0.01, "groupwise correlation"); /* odd moments of Student t: quadrature */
    }
    binnet_potential_marginal *m[N];
    for (int32_t i = 0; i < N; i++) {
        OK(binnet_potential_marginal_new(w.ctx, &m[i], w.chain, w.law, i));
        OK(binnet_potential_marginal_eval(w.ctx, F, G, f, NULL, 4, m[i], points[i]));
        for (int k = 0; k < 4; k++) {
            expect(&w, &want, F[k], 1e-13, 0, "distribution function");
            expect(&w, &want, G[k], 1e-13, 0, "survival function");
            expect(&w, &want, f[k], 1e-13, 0, "density");
        }
    }
    for (int32_t i = 0; i < N; i++) {
        OK(binnet_potential_marginal_quantile(w.ctx, x, 4, m[i], probability));
        for (int k = 0; k < 4; k++)
            expect(&w, &want, x[k], 1e-12, 1, "quantile");
        binnet_potential_marginal_free(m[i]);
    }
    for (int k = 0; k < 2; k++) {
        const double pair[2] = {place[k][0], place[k][2]};
        binnet_law *before;
        OK(binnet_potential_density(w.ctx, x, NULL, 1, w.chain, w.law, N, group[3], place[k]));
        expect(&w, &want, x[0], 1e-13, 0, "joint density");
        OK(binnet_potential_orthant(w.ctx, x, 1, w.chain, w.law, 2, group[1], pair, 0));
        expect(&w, &want, x[0], 1e-13, 0, "joint distribution function");
        OK(binnet_potential_posterior(w.ctx, &before, w.chain, w.law, place[k]));
        for (int s = 0; s < S; s++)
            expect(&w, &want, binnet_law_data(before)[s], 1e-13, 0, "state before");
        binnet_law_free(before);
    }
    for (uint64_t lag = 1; lag <= 2; lag++) {
        OK(binnet_potential_lagged_covariance(w.ctx, x, N, w.chain, w.law, lag));
        for (int i = 0; i < N * N; i++)
            expect(&w, &want, x[i], 1e-12, 0.1, "lagged covariance");
    }
    ck_assert(want == reference_potentials[_i] + sizeof reference_potentials[0] / sizeof(double));
    strike_scene(&w);
}
END_TEST

/* Sums at equal distances h: of a Gaussian law off by exp(-2 (pi scale / h)^2), of a logistic one by exp(-2 pi^2 scale / h), h =
 * scale / 2; what lies beyond the ends is below 1e-15. */
START_TEST(joint_integrals)
{
    enum { MOST = 256 };
    static const int32_t group[2][3] = {{0, 2, 1}, {0, 1, 2}};
    static const double low[N] = {-1.7, -1.2, .1}, high[N] = {1.8, .5, 2.2}; /* of the means */
    for (int kind = 0; kind < 2; kind++) {
        scene w = golden_scene(kind);
        double ends = kind == 0 ? 9 : 38;
        for (size_t k = 2; k <= (kind == 0 ? 3 : 2); k++) {
            static double V[MOST * 3], f[MOST];
            const int32_t *g = group[k - 2];
            double volume = 1;
            int count[N] = {1, 1, 1};
            for (size_t b = 0; b < k; b++) {
                volume *= sigma[g[b]] / 2;
                count[b] = (int)((high[g[b]] - low[g[b]]) / sigma[g[b]] * 2 + 4 * ends) + 1;
                ck_assert_int_le(count[b], MOST);
            }
            long double sum = 0;
            for (int x = 0; x < count[0]; x++)
                for (int y = 0; y < count[1]; y++) {
                    for (int z = 0; z < count[2]; z++) {
                        const int at[N] = {x, y, z};
                        for (size_t b = 0; b < k; b++)
                            V[(size_t)z * k + b] = low[g[b]] + (at[b] * 0.5 - ends) * sigma[g[b]];
                    }
                    OK(binnet_potential_density(w.ctx, f, NULL, (size_t)count[2], w.chain, w.law, k, g, V));
                    for (int z = 0; z < count[2]; z++)
                        sum += f[z];
                }
            ck_assert_msg(fabsl(sum * volume - 1) <= 1e-12L, "noise %d, %zu potentials: %.17Lg", kind, k, sum * volume);
        }
        strike_scene(&w);
    }
}
END_TEST

/* Pr(B <= x). */
static double noise_below(int kind, double x)
{
    double u = x / sqrt(5), v = 1 + u * u;
    switch (kind) {
    case 0:
        return 0.5 * erfc(-x / sqrt(2));
    case 1:
        return 1 / (1 + exp(-x));
    case 2:
        return fmin(fmax((1 + x) / 2, 0), 1);
    case 3:
        return x < 0 ? exp(x) / 2 : 1 - exp(-x) / 2;
    default:
        return 0.5 + (u / v * (1 + 2 / (3 * v)) + atan(u)) / acos(-1);
    }
}

static double mean_given(int i, int s)
{
    double m = stimulus[i];
    for (int j = 0; j < N; j++)
        m += s >> j & 1 ? J[i * N + j] : 0;
    return m;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: sqrt(n) sup |F_n - F| above 2.5 has probability 2 exp(-12.5) = 7e-6; 18 of them. Each potential, and
 * under Gaussian noise three sums of potentials, c V, which depend on the joint law. */
START_TEST(samples)
{
    enum { COUNT = 20000 };
    static const double c[6][N] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, -1}, {1, -2, .5}, {-.7, .3, 1}};
    static double V[COUNT * N], x[COUNT];
    scene w = golden_scene(_i);
    const double *pi = binnet_law_data(w.law);
    OK(binnet_ctx_set_i64(w.ctx, BINNET_P_SEED, 7 + _i));
    OK(binnet_potential_sample(w.ctx, V, COUNT, w.chain, w.law, 0));
    for (int k = 0; k < (_i == 0 ? 6 : 3); k++) {
        double scale = 0, most = 0;
        for (int i = 0; i < N; i++)
            scale = hypot(scale, c[k][i] * sigma[i]);
        for (size_t a = 0; a < COUNT; a++)
            x[a] = c[k][0] * V[a * N] + c[k][1] * V[a * N + 1] + c[k][2] * V[a * N + 2];
        qsort(x, COUNT, sizeof *x, rising);
        for (size_t a = 0; a < COUNT; a++) {
            double F = 0;
            for (int s = 0; s < S; s++) {
                double m = 0;
                for (int i = 0; i < N; i++)
                    m += c[k][i] * mean_given(i, s);
                F += pi[s] * noise_below(_i, (x[a] - m) / scale);
            }
            most = fmax(most, fmax(F - (double)a / COUNT, (double)(a + 1) / COUNT - F));
        }
        ck_assert_msg(sqrt(COUNT) * most <= 2.5, "noise %d, seed %d, sum %d: %g", _i, 7 + _i, k, sqrt(COUNT) * most);
    }
    strike_scene(&w);
}
END_TEST

RUN_REPEATED("golden potentials", {fifty_digits, NOISES}, {joint_integrals, 1}, {samples, NOISES})
