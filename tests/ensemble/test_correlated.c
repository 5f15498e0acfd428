/*
 * Correlated reciprocal connections: against normal orthants in closed form, the uncorrelated sum, two descriptions, and
 * networks drawn with such weights (within 4 standard errors, fixed seeds).
 */
#include "ensemble_recipe.h"

#include "num/orthant.h"

#include <stdio.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static binnet_ensemble *dense(binnet_ctx *ctx, const recipe *r)
{
    return homogeneous(ctx, r);
}

static recipe make(uint64_t seed, int64_t first, int64_t second)
{
    recipe r = any_recipe(seed, second > 0 ? 2 : 1, (const int64_t[2]){first, second}, 0);
    for (size_t k = 0; k < r.n_pop * r.n_pop; k++) {
        r.p[k] = 1;
        r.par[3 * k + 1] = 0.3 + r.par[3 * k + 1];
    }
    r.normalise = r.normalise == BINNET_NORMALISE_INDEGREE ? BINNET_NORMALISE_N : r.normalise;
    return r;
}

/* Two and three neurons, no self-connections, weights N(mu, s^2), stimulus so that the mean drive of all active is 0:
 * N = 2: 1 + (1/4 + asin(rho) / 2 pi); N = 3: 1 + 3/2 Pr(two reach 2 mu) + 1/8 + 3 asin(rho/2) / 4 pi. The probability of
 * none active is 1, of one active 0, since a neuron without input is below its threshold. */
START_TEST(closed_forms)
{
    binnet_ctx *ctx = new_ctx(1);
    const double rhos[] = {-0.99, -0.9, -0.5, -0.1, 0, 0.2, 0.7, 0.95, 0.99};
    const double mu = 0.4, s = 0.7, p = 1, par[3] = {mu, s, 0}, theta = 1;
    const int32_t kind = BINNET_WEIGHT_GAUSSIAN;
    for (size_t k = 0; k < sizeof rhos / sizeof *rhos; k++)
        for (int64_t N = 2; N <= 3; N++) {
            binnet_ensemble *e;
            double rho = rhos[k], I = theta - mu * (double)(N - 1), mean, error;
            OK(binnet_ensemble_new(ctx, &e, 1, &N, &p, &kind, par, &theta, &I, BINNET_NORMALISE_NONE, NULL, 0));
            OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, e, &rho));
            double want = N == 2 ? 1 + 0.25 + asin(rho) / (2 * pi)
                                 : 1 + 1.5 * bni_bivariate(mu / s, mu / s, rho) + 0.125 + 3 * asin(rho / 2) / (4 * pi);
            ck_assert_msg(fabs(mean - want) < 1e-8, "N = %d, rho = %g: %.12g, expected %.12g (error %.1e)", (int)N, rho,
                          mean, want, error);
            ck_assert_msg(fabs(mean - want) <= error + 1e-12, "N = %d, rho = %g: off by %g, error %g", (int)N, rho,
                          fabs(mean - want), error);
            binnet_ensemble_free(e);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/*
 * Next to rho = -1 and 1: one field against orthants of as many dimensions (neuron by neuron), within both reported errors; and what
 * antisymmetric weights of mean 0 without thresholds lead to, N / 2^(N - 1) fixed points, as rho nears -1.
 */
START_TEST(nearly_certain)
{
    binnet_ctx *ctx = new_ctx(1);
    const double rest[] = {1e-1, 1e-4, 1e-6, 1e-8};
    double p[36], par[108] = {0}, rhos[36];
    int32_t kind[36];
    for (int k = 0; k < 36; k++) {
        p[k] = k / 6 != k % 6;
        par[3 * k + 1] = 1;
        kind[k] = BINNET_WEIGHT_GAUSSIAN;
    }
    for (int64_t N = 4; N <= 6; N++)
        for (size_t k = 0; k < 2 * sizeof rest / sizeof *rest; k++) {
            double rho = k % 2 ? 1 - rest[k / 2] : rest[k / 2] - 1, one, two, off[2], each[36];
            size_t n = (size_t)N;
            binnet_ensemble *e, *f;
            for (size_t j = 0; j < n * n; j++) {
                each[j] = j / n != j % n;
                rhos[j] = rho;
            }
            OK(binnet_ensemble_new(ctx, &e, 1, &N, p + 1, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL, 0));
            OK(binnet_ensemble_new_heterogeneous(ctx, &f, n, each, kind, par, NULL, NULL, BINNET_NORMALISE_NONE, NULL));
            OK(binnet_ensemble_fixed_mean_correlated(ctx, &one, &off[0], e, &rho));
            OK(binnet_ensemble_fixed_mean_correlated(ctx, &two, &off[1], f, rhos));
            ck_assert_msg(fabs(one - two) <= off[0] + off[1],
                          "N = %d, rho = %.9f: %.15g +- %.1e, by orthants %.15g +- %.1e", (int)N, rho, one, off[0], two,
                          off[1]);
            ck_assert_msg(off[0] < 1e-9, "N = %d, rho = %.9f: error %g", (int)N, rho, off[0]);
            if (rho < 0)
                ck_assert_msg(fabs(one - ldexp((double)N, 1 - (int)N)) < sqrt(rest[k / 2]), "N = %d, rho = %.9f: %.15g",
                              (int)N, rho, one);
            binnet_ensemble_free(e);
            binnet_ensemble_free(f);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* No correlation: the sum over classes. One population of N against two of N1 + N2 with the same numbers. */
START_TEST(consistency)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        recipe r = make(seed, 4, 2);
        binnet_ensemble *e = dense(ctx, &r);
        double none[4] = {0}, mean, plain, error;
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, e, none));
        OK(binnet_ensemble_fixed_mean(ctx, &plain, e));
        near("no correlation", mean, plain, 1e-10);
        binnet_ensemble_free(e);
    }
    for (uint64_t seed = 11; seed <= 14; seed++) {
        recipe one = make(seed, 5, 0), two = one;
        two.n_pop = 2;
        two.size[0] = 3;
        two.size[1] = 2;
        two.theta[1] = two.theta[0];
        two.I[1] = two.I[0];
        two.M[1] = two.M[0];
        for (size_t k = 0; k < 4; k++) {
            two.p[k] = 1;
            two.kind[k] = one.kind[0];
            two.par[3 * k] = one.par[0];
            two.par[3 * k + 1] = one.par[1];
        }
        binnet_ensemble *e = dense(ctx, &one), *f = dense(ctx, &two);
        double rho = seed % 2 ? 0.6 : -0.7, rhos[4] = {rho, rho, rho, rho}, a, b;
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &a, NULL, e, &rho));
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &b, NULL, f, rhos));
        ck_assert_msg(fabs(a - b) < 1e-7 * (1 + a), "seed %d: one population %.12g, two %.12g", (int)seed, a, b);
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* One population as several with the same numbers: a sum over one field against Fourier integrals over three to five, or
 * orthants of up to eight neurons. */
START_TEST(split)
{
    binnet_ctx *ctx = new_ctx(1);
    const int64_t sizes[][MOST] = {{3, 3, 2}, {2, 2, 2, 2}, {6, 1, 1}, {4, 4}, {2, 2, 2, 1, 1}, {1, 1, 1, 1, 1, 1}};
    const double rhos[] = {0.6, -0.7, 0.1, 0.9, -0.2};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (size_t w = 0; w < sizeof rhos / sizeof *rhos; w++) {
            recipe one = make(200 + k, 5, 0), many;
            if (k == 4 && w != 1)
                continue; /* five fields take longer */
            one.self = w % 2;
            one.I[0] = one.theta[0] + 0.1 * (double)w;
            one.size[0] = 0;
            many = one;
            many.n_pop = 0;
            for (size_t a = 0; a < MOST && sizes[k][a] > 0; a++) {
                many.n_pop++;
                many.size[a] = sizes[k][a];
                one.size[0] += sizes[k][a];
                many.theta[a] = one.theta[0];
                many.I[a] = one.I[0];
                many.M[a] = one.M[0];
            }
            double rho[MOST * MOST], a, b, error, off;
            for (size_t c = 0; c < many.n_pop * many.n_pop; c++) {
                many.p[c] = 1;
                many.kind[c] = one.kind[0];
                many.par[3 * c] = one.par[0];
                many.par[3 * c + 1] = one.par[1];
                rho[c] = rhos[w];
            }
            binnet_ensemble *e = dense(ctx, &one), *f = dense(ctx, &many);
            OK(binnet_ensemble_fixed_mean_correlated(ctx, &a, &error, e, rho));
            OK(binnet_ensemble_fixed_mean_correlated(ctx, &b, &off, f, rho));
            if (getenv("BINNET_TEST_VERBOSE") != NULL)
                printf("split %zu, rho %g: %.15g %.15g (off %.1e, reported %.1e, %.1e)\n", k, rhos[w], a, b, a - b,
                       error, off);
            ck_assert_msg(fabs(a - b) < 1e-8 * (1 + a), "split %zu, rho %g: %.15g, %.15g", k, rhos[w], a, b);
            ck_assert_msg(fabs(a - b) <= error + off + 1e-11 * a, "split %zu, rho %g: off %.2e, reported %.2e, %.2e", k,
                          rhos[w], a - b, error, off);
            binnet_ensemble_free(e);
            binnet_ensemble_free(f);
        }
    binnet_ctx_free(ctx);
}
END_TEST

static double normal(dice *d)
{
    return sqrt(-2 * log(1 - roll(d))) * cos(2 * pi * roll(d));
}

static int fixed_points(const recipe *r, const double *J)
{
    int count = 0;
    for (unsigned s = 0; s < 1u << r->n; s++) {
        int fixed = 1;
        for (size_t i = 0; i < r->n && fixed; i++) {
            double sum = 0, M = r->normalise == BINNET_NORMALISE_FIXED ? r->M[r->pop[i]]
                                : r->normalise == BINNET_NORMALISE_N   ? (double)r->n
                                                                       : 1;
            for (size_t j = 0; j < r->n; j++)
                sum += s >> j & 1 ? J[i * r->n + j] : 0;
            fixed = (sum / M + r->I[r->pop[i]] - r->theta[r->pop[i]] >= 0) == (int)(s >> i & 1);
        }
        count += fixed;
    }
    return count;
}

START_TEST(networks_drawn)
{
    enum { NETWORKS = 20000 };
    binnet_ctx *ctx = new_ctx(1);
    const double cases[4][3] = {{0.8, 0.8, 0.8}, {-0.8, -0.8, -0.8}, {0.5, -0.9, 0}, {0, 0.9, -0.6}};
    for (size_t k = 0; k < 4; k++) {
        recipe r = make(40 + k, 4, 2);
        r.theta[0] = r.theta[1] = 0.2;
        r.I[0] = 0.1;
        r.I[1] = 0.2;
        for (size_t p = 0; p < 4; p++)
            r.par[3 * p] = p % 2 == 0 ? 0.3 : -0.2;
        binnet_ensemble *e = dense(ctx, &r);
        const double rho[4] = {cases[k][0], cases[k][1], cases[k][1], cases[k][2]};
        double mean, error, sum = 0, square = 0, J[MOST * MOST];
        dice d = dice_of(900 + k);
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, e, rho));
        ck_assert_msg(error < 1e-6, "error %g", error);
        for (int network = 0; network < NETWORKS; network++) {
            for (size_t i = 0; i < r.n; i++)
                for (size_t j = 0; j <= i; j++) {
                    size_t ab = (size_t)r.pop[i] * r.n_pop + (size_t)r.pop[j],
                           ba = (size_t)r.pop[j] * r.n_pop + (size_t)r.pop[i];
                    double x = normal(&d), y = normal(&d);
                    J[i * r.n + j] = r.par[3 * ab] + r.par[3 * ab + 1] * x;
                    if (i != j)
                        J[j * r.n + i] = r.par[3 * ba] +
                                         r.par[3 * ba + 1] * (rho[ab] * x + sqrt(1 - rho[ab] * rho[ab]) * y);
                    else
                        J[i * r.n + i] = r.self ? J[i * r.n + i] : 0;
                }
            double fixed = fixed_points(&r, J);
            sum += fixed;
            square += fixed * fixed;
        }
        double sampled = sum / NETWORKS, sd = sqrt((square / NETWORKS - sampled * sampled) / NETWORKS), plain;
        OK(binnet_ensemble_fixed_mean(ctx, &plain, e));
        if (getenv("BINNET_TEST_VERBOSE") != NULL)
            printf("rho %g %g %g: %.6g (without correlations %.6g), sampled %.6g +- %.2g\n", rho[0], rho[1], rho[3],
                   mean, plain, sampled, sd);
        ck_assert_msg(fabs(sampled - mean) < 4 * sd, "case %zu: %.8g, sampled %.8g +- %.2g", k, mean, sampled, sd);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Networks that the library draws: more populations, single neurons, connections that may be absent (each by itself, or both
 * directions together), self-connections, ties; the ensemble's own correlations. */
START_TEST(library_networks)
{
    enum { NETWORKS = 5000, CASES = 8 };
    binnet_ctx *ctx = new_ctx(1);
    const int64_t sizes[CASES][MOST] = {{2, 2, 2}, {1, 1, 1, 1, 1}, {2, 2}, {3, 1}, {3, 2}, {2, 2, 1}, {4}, {3}};
    for (size_t k = 0; k < CASES; k++) {
        size_t n_pop = 0;
        while (n_pop < MOST && sizes[k][n_pop] > 0)
            n_pop++;
        recipe r = any_recipe(60 + k, n_pop, sizes[k], 0);
        int32_t same = k == 4 || k == 5 || k == 7 ? BINNET_RECIPROCAL_SAME : BINNET_RECIPROCAL_INDEPENDENT;
        double rho[MOST * MOST], mean, error, sum = 0, square = 0, J[MOST * MOST];
        dice d = dice_of(800 + k);
        r.normalise = k % 2 ? BINNET_NORMALISE_FIXED : BINNET_NORMALISE_NONE;
        r.self = k == 3 || k == 7;
        r.tie = (int32_t)(k % 3);
        for (size_t a = 0; a < n_pop; a++) {
            r.theta[a] = 0.25;
            r.I[a] = k == 6 ? 0.25 : 0.4; /* ties of neurons without input */
            for (size_t b = 0; b <= a; b++) {
                size_t to = a * n_pop + b, from = b * n_pop + a;
                rho[to] = rho[from] = roll_in(&d, -0.95, 0.95);
                r.p[to] = r.p[from] = k < 2 ? 1 : k == 4 && a != b ? 1 : roll_in(&d, 0.3, 0.9);
                r.par[3 * to + 1] = 0.4 + r.par[3 * to + 1];
            }
        }
        binnet_ensemble *plain = homogeneous(ctx, &r), *e;
        OK(binnet_ensemble_with_correlation(ctx, &e, plain, rho, same));
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, e, NULL));
        ck_assert_msg(error < 1e-8, "case %zu: error %g", k, error);
        for (int network = 0; network < NETWORKS; network++) {
            binnet_net *net;
            OK(binnet_ensemble_sample(ctx, &net, e, (uint64_t)network));
            double fixed = 0;
            for (size_t i = 0; i < r.n * r.n; i++)
                J[i] = binnet_net_weight(net, i / r.n, i % r.n);
            for (unsigned s = 0; s < 1u << r.n; s++) {
                int stays = 1;
                for (size_t i = 0; i < r.n && stays; i++) {
                    double input = 0, M = r.normalise == BINNET_NORMALISE_FIXED ? r.M[r.pop[i]] : 1;
                    for (size_t j = 0; j < r.n; j++)
                        input += s >> j & 1 ? J[i * r.n + j] : 0;
                    double drive = input / M + (r.I[r.pop[i]] - r.theta[r.pop[i]]);
                    int active = s >> i & 1;
                    stays = drive == 0 ? (r.tie == BINNET_TIE_KEEP || active == (r.tie == BINNET_TIE_ACTIVE))
                                       : (drive > 0) == active;
                }
                fixed += stays;
            }
            sum += fixed;
            square += fixed * fixed;
            binnet_net_free(net);
        }
        double sampled = sum / NETWORKS, sd = sqrt((square / NETWORKS - sampled * sampled) / NETWORKS);
        if (getenv("BINNET_TEST_VERBOSE") != NULL)
            printf("case %zu: %.6g (error %.0e), sampled %.6g +- %.2g, z %.2f\n", k, mean, error, sampled, sd,
                   (sampled - mean) / sd);
        ck_assert_msg(fabs(sampled - mean) < 4 * sd, "case %zu: %.8g, sampled %.8g +- %.2g", k, mean, sampled, sd);
        binnet_ensemble_free(plain);
        binnet_ensemble_free(e);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Connections that may be absent, without correlations: the sum over classes, by quite other means. */
START_TEST(sparse_consistency)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        recipe r = any_recipe(90 + seed, 2, (const int64_t[2]){2, seed % 2 + 1}, 1);
        r.normalise = seed % 3 == 0 ? BINNET_NORMALISE_N : BINNET_NORMALISE_NONE;
        r.tie = (int32_t)(seed % 3);
        binnet_ensemble *e = homogeneous(ctx, &r), *f, *g;
        double mean, plain, error, none[4] = {0}, rho[4] = {0, 0.3, 0.3, 0};
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, e, NULL));
        OK(binnet_ensemble_fixed_mean(ctx, &plain, e));
        near("no correlation", mean, plain, 1e-10);
        /* what takes the inputs for independent must refuse */
        r.kind[1] = r.kind[2] = BINNET_WEIGHT_GAUSSIAN;
        r.par[4] = r.par[7] = 0.5;
        r.p[1] = r.p[2] = 0.5;
        f = homogeneous(ctx, &r);
        OK(binnet_ensemble_with_correlation(ctx, &g, f, seed % 2 ? rho : none,
                                            seed % 2 ? BINNET_RECIPROCAL_INDEPENDENT : BINNET_RECIPROCAL_SAME));
        ck_assert_int_eq(binnet_ensemble_fixed_mean(ctx, &plain, g), BINNET_E_RANGE);
        ck_assert_int_eq(binnet_ensemble_cycles_mean(ctx, &plain, NULL, g, 2), BINNET_E_RANGE);
        ck_assert_int_eq(binnet_ensemble_fixed_variance(ctx, NULL, &plain, NULL, g), BINNET_E_RANGE);
        OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, &error, g, NULL));
        binnet_ensemble_free(e);
        binnet_ensemble_free(f);
        binnet_ensemble_free(g);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    recipe r = make(3, 3, 2);
    binnet_ensemble *e = dense(ctx, &r);
    double mean;
    const double one[4] = {1, 0, 0, 0}, odd[4] = {0, 0.1, 0.2, 0}, none[4] = {0}, wrong[4] = {NAN, 0, 0, 0};
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, NULL, NULL, e, none), BINNET_E_NULL);
    OK(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, NULL));
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, NULL, none), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, one), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, odd), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, wrong), BINNET_E_NAN);
    binnet_ensemble_free(e);
    r.p[1] = 0.5; /* five neurons */
    e = dense(ctx, &r);
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, none), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "at most 4, or 5 when both"));
    binnet_ensemble_free(e);
    r = make(3, 3, 2);
    r.kind[2] = BINNET_WEIGHT_UNIFORM;
    r.par[7] = r.par[6] + 1;
    e = dense(ctx, &r);
    ck_assert_int_eq(binnet_ensemble_fixed_mean_correlated(ctx, &mean, NULL, e, none), BINNET_E_RANGE);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("correlated ensembles", closed_forms, nearly_certain, consistency, split, networks_drawn, library_networks,
          sparse_consistency, arguments)
