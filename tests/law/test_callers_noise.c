/*
 * Noise of a caller's law, of other scale for each neuron: all of correlations.h against the matrix and its law from the
 * definition (tests/chain/oracle.c), in long double; information.h is in test_information.c, potentials in test_potentials.c.
 * Probabilities of the library are off by some 1e-15 relative, laws by some 1e-13 (of these well-conditioned chains).
 */
#include "../chain/oracle.h"

#include <string.h>

enum { BIGGEST = 5, STATES = 1 << BIGGEST, SEEDS = 60, LAGS = 5 };

static const int32_t updates[4] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP,
                                   BINNET_UPDATE_BLOCKS};

typedef struct scene {
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *law;
    size_t n, S;
    double P[STATES * STATES], pi[STATES]; /* of the definition */
} scene;

static scene make_scene(int seed)
{
    scene w = {.n = 1 + (size_t)seed % BIGGEST};
    dice d = dice_of(5000 + (uint64_t)seed);
    system_t s = random_system(&d, w.n, updates[seed % 4], BINNET_NOISE_CUSTOM, 0);
    long double P[STATES * STATES];
    s.cdf_alone = seed % 3 == 0;
    for (size_t i = 0; i < w.n; i++) /* then tails have fewer digits: none far out */
        s.scale[i] *= s.cdf_alone ? 10 : 1;
    w.S = (size_t)1 << w.n;
    w.ctx = new_ctx(1);
    w.chain = system_chain(w.ctx, &s);
    oracle_matrix(w.P, &s);
    for (size_t k = 0; k < w.S * w.S; k++)
        P[k] = w.P[k];
    oracle_stationary(w.pi, P, w.S);
    OK(binnet_chain_stationary(w.ctx, &w.law, w.chain));
    return w;
}

static void strike_scene(scene *w)
{
    binnet_law_free(w->law);
    binnet_chain_free(w->chain);
    binnet_ctx_free(w->ctx);
}

/* Within 1e-12 of `size`, what the terms of a sum add up to. */
static void check_near(double got, long double want, long double size, const char *what, int seed)
{
    ck_assert_msg(fabsl(got - want) <= 1e-12L * size + 1e-300L, "seed %d: %s is %.17g, expected %.17Lg", seed, what,
                  got, want);
}

static long double mean_of(const scene *w, size_t i)
{
    long double q = 0;
    for (size_t s = 0; s < w->S; s++)
        q += s >> i & 1 ? w->pi[s] : 0;
    return q;
}

/* E prod (A_i - q_i) over a set; *size: E prod |A_i - q_i|. */
static long double central_of(const scene *w, uint64_t set, long double *size)
{
    long double sum = 0;
    *size = 0;
    for (size_t s = 0; s < w->S; s++) {
        long double term = w->pi[s];
        for (size_t i = 0; i < w->n; i++)
            term *= set >> i & 1 ? (long double)(s >> i & 1) - mean_of(w, i) : 1;
        sum += term;
        *size += fabsl(term);
    }
    return sum;
}

/* All that a law yields at one time. */
START_TEST(moments)
{
    scene w = make_scene(_i);
    double value, joint[STATES], central[STATES], pair[BIGGEST * BIGGEST], triple[BIGGEST * BIGGEST];
    size_t triples = w.n < 3 ? 0 : w.n * (w.n - 1) * (w.n - 2) / 6;
    for (size_t s = 0; s < w.S; s++)
        check_near(binnet_law_data(w.law)[s], w.pi[s], w.pi[s], "law", _i);
    OK(binnet_law_moments(w.ctx, joint, w.S, w.law));
    OK(binnet_law_central_moments(w.ctx, central, w.S, w.law));
    OK(binnet_law_triples(w.ctx, pair, w.n, triple, triples, w.law));
    for (size_t set = 0; set < w.S; set++) {
        int32_t group[BIGGEST];
        size_t k = 0;
        long double both = 0, size, want = central_of(&w, set, &size), norm = 1;
        for (size_t s = 0; s < w.S; s++)
            both += (s & set) == set ? w.pi[s] : 0;
        check_near(joint[set], both, both, "joint moment", _i);
        check_near(central[set], want, size, "central moment", _i);
        for (size_t i = 0; i < w.n; i++)
            if (set >> i & 1)
                group[k++] = (int32_t)i;
        for (size_t b = 0; b < k; b++) {
            long double q = mean_of(&w, (size_t)group[b]);
            norm *= powl(q * powl(1 - q, k) + (1 - q) * powl(q, k), 1.0L / (long double)k);
        }
        if (k < 1)
            continue;
        OK(binnet_law_central_moment(w.ctx, &value, w.law, k, group));
        check_near(value, want, size, "central moment of a group", _i);
        if (k >= 2) {
            OK(binnet_law_groupwise(w.ctx, &value, w.law, k, group));
            check_near(value, want / norm, size / norm, "groupwise correlation", _i);
        }
        if (k == 2)
            check_near(pair[(size_t)group[0] * w.n + (size_t)group[1]], want / norm, size / norm, "of all pairs", _i);
        if (k == 3)
            check_near(triple[binnet_triple_index((size_t)group[0], (size_t)group[1], (size_t)group[2])], want / norm,
                       size / norm, "of all triples", _i);
        if (k == 4) { /* kappa = mu_1234 - mu_12 mu_34 - mu_13 mu_24 - mu_14 mu_23 */
            for (int m = 1; m < 4; m++) {
                uint64_t one = UINT64_C(1) << group[0] | UINT64_C(1) << group[m];
                long double a, b;
                want -= central_of(&w, one, &a) * central_of(&w, set & ~one, &b);
                size += a * b;
            }
            OK(binnet_law_cumulant(w.ctx, &value, w.law, k, group));
            check_near(value, want, size, "cumulant", _i);
        }
    }
    strike_scene(&w);
}
END_TEST

/* The sums of two populations, neurons by turns. */
START_TEST(populations)
{
    scene w = make_scene(_i);
    size_t n_pop = w.n < 2 ? 1 : 2;
    int32_t pop[BIGGEST];
    double cov[4], fano[2], mean[2];
    long double count[2] = {0}, of[2] = {0}, size, sum;
    for (size_t i = 0; i < w.n; i++) {
        pop[i] = (int32_t)(i % n_pop);
        count[pop[i]]++;
        of[pop[i]] += mean_of(&w, i);
    }
    OK(binnet_law_populations(w.ctx, mean, cov, NULL, NULL, fano, n_pop, pop, w.n, w.law));
    for (size_t a = 0; a < n_pop; a++) {
        check_near(mean[a], of[a] / count[a], of[a], "mean of a population", _i);
        for (size_t b = 0; b < n_pop; b++) {
            long double all = 0;
            sum = 0;
            for (size_t s = 0; s < w.S; s++) {
                long double x = -of[a], y = -of[b];
                for (size_t i = 0; i < w.n; i++) {
                    x += pop[i] == (int32_t)a && (s >> i & 1);
                    y += pop[i] == (int32_t)b && (s >> i & 1);
                }
                sum += w.pi[s] * x * y;
                all += w.pi[s] * fabsl(x * y);
            }
            size = all / count[a] / count[b];
            check_near(cov[a * n_pop + b], sum / count[a] / count[b], size, "covariance of populations", _i);
            if (a == b)
                check_near(fano[a], sum / of[a], sum / of[a], "Fano factor", _i);
        }
    }
    strike_scene(&w);
}
END_TEST

/* x becomes x P. */
static void multiply(long double *x, const scene *w)
{
    long double y[STATES] = {0};
    for (size_t s = 0; s < w->S; s++)
        for (size_t t = 0; t < w->S; t++)
            y[t] += x[s] * w->P[s * w->S + t];
    memcpy(x, y, sizeof y);
}

/* Cov(A_i(0), A_j(lag)) when A(0) has the law p. */
static long double lagged_of(const scene *w, const long double *p, size_t i, size_t j, uint64_t lag)
{
    long double x[STATES], q = 0, sum = 0;
    for (size_t s = 0; s < w->S; s++)
        q += s >> i & 1 ? p[s] : 0;
    for (size_t s = 0; s < w->S; s++)
        x[s] = p[s] * ((long double)(s >> i & 1) - q);
    for (uint64_t l = 0; l < lag; l++)
        multiply(x, w);
    for (size_t s = 0; s < w->S; s++)
        sum += s >> j & 1 ? x[s] : 0;
    return sum;
}

/* In stationarity and from all neurons at rest with 3/4, all active with 1/4. */
START_TEST(lagged)
{
    scene w = make_scene(_i);
    double cov[(LAGS + 1) * BIGGEST * BIGGEST], one[BIGGEST * BIGGEST], start[STATES] = {0.75}, mean[BIGGEST],
                                                                        window[BIGGEST * BIGGEST], fano[BIGGEST];
    binnet_law *law;
    start[w.S - 1] = 0.25;
    OK(binnet_law_new(w.ctx, &law, w.n, start, w.S));
    for (int transient = 0; transient < 2; transient++) {
        const binnet_law *from = transient ? law : w.law;
        long double p[STATES] = {0};
        for (size_t s = 0; s < w.S; s++)
            p[s] = transient ? start[s] : w.pi[s];
        OK(binnet_chain_lagged_covariances(w.ctx, cov, (LAGS + 1) * w.n * w.n, w.chain, from, LAGS));
        OK(binnet_chain_window(w.ctx, mean, window, fano, w.n, w.chain, from, LAGS));
        for (uint64_t l = 0; l <= LAGS; l++) {
            OK(binnet_chain_lagged_covariance(w.ctx, one, w.n, w.chain, from, l));
            for (size_t k = 0; k < w.n * w.n; k++) {
                check_near(cov[l * w.n * w.n + k], lagged_of(&w, p, k / w.n, k % w.n, l), 0.5L, "lagged covariance",
                           _i);
                ck_assert(one[k] == cov[l * w.n * w.n + k]);
            }
        }
        long double of_mean[BIGGEST] = {0}, of_window[BIGGEST * BIGGEST] = {0};
        for (uint64_t t = 0; t < LAGS; t++) {
            for (size_t i = 0; i < w.n; i++) {
                for (size_t s = 0; s < w.S; s++)
                    of_mean[i] += s >> i & 1 ? p[s] : 0;
                for (size_t j = 0; j < w.n; j++)
                    for (uint64_t u = t; u < LAGS; u++)
                        of_window[i * w.n + j] += lagged_of(&w, p, i, j, u - t) +
                                                  (u > t ? lagged_of(&w, p, j, i, u - t) : 0);
            }
            multiply(p, &w);
        }
        for (size_t i = 0; i < w.n; i++) {
            check_near(mean[i], of_mean[i], LAGS, "mean count", _i);
            check_near(fano[i], of_window[i * w.n + i] / of_mean[i], LAGS / of_mean[i], "Fano factor of a count", _i);
        }
        for (size_t k = 0; k < w.n * w.n; k++)
            check_near(window[k], of_window[k], LAGS * LAGS, "covariance of counts", _i);
    }
    binnet_law_free(law);
    strike_scene(&w);
}
END_TEST

/* (I - P + 1 pi) g = b, solved by elimination with pivots: tau = 2 E b g / E b^2 - 1. */
START_TEST(times)
{
    scene w = make_scene(_i);
    double tau[BIGGEST], population, error;
    OK(binnet_chain_autocorrelation_time(w.ctx, tau, &population, &error, w.n, w.chain, w.law));
    for (size_t i = 0; i <= w.n; i++) {
        long double a[STATES][STATES], b[STATES], g[STATES], mean = 0, variance = 0, sum = 0;
        for (size_t s = 0; s < w.S; s++) {
            b[s] = 0;
            for (size_t k = 0; k < w.n; k++)
                b[s] += (i == w.n || i == k) && (s >> k & 1);
            mean += w.pi[s] * b[s];
        }
        for (size_t s = 0; s < w.S; s++) {
            g[s] = b[s] -= mean;
            variance += w.pi[s] * b[s] * b[s];
            for (size_t t = 0; t < w.S; t++)
                a[s][t] = (s == t) - (long double)w.P[s * w.S + t] + w.pi[t];
        }
        for (size_t k = 0; k < w.S; k++) {
            size_t top = k;
            for (size_t r = k + 1; r < w.S; r++)
                top = fabsl(a[r][k]) > fabsl(a[top][k]) ? r : top;
            for (size_t c = 0; c < w.S; c++) {
                long double swap = a[k][c];
                a[k][c] = a[top][c];
                a[top][c] = swap;
            }
            long double swap = g[k];
            g[k] = g[top];
            g[top] = swap;
            for (size_t r = 0; r < w.S; r++) {
                long double by = r == k ? 0 : a[r][k] / a[k][k];
                for (size_t c = k; c < w.S; c++)
                    a[r][c] -= by * a[k][c];
                g[r] -= by * g[k];
            }
        }
        for (size_t s = 0; s < w.S; s++)
            sum += w.pi[s] * b[s] * g[s] / a[s][s];
        double got = i == w.n ? population : tau[i];
        long double want = 2 * sum / variance - 1;
        ck_assert_msg(fabsl(got - want) <= error + 1e-11L * fabsl(want) && error < 1e-9 * (1 + fabs(got)),
                      "seed %d: tau %zu is %.17g, expected %.17Lg (error %.3g)", _i, i, got, want, error);
    }
    strike_scene(&w);
}
END_TEST

RUN_REPEATED("caller's noise", {moments, SEEDS}, {populations, SEEDS}, {lagged, SEEDS}, {times, SEEDS})
