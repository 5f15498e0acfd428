/*
 * Information against its definitions: entropies as plain sums of p log p over all states and all pairs of states, in long
 * double, transition matrices from tests/chain/oracle.c. Those sums cancel to some 1e-18 absolute of entropies of some units;
 * the library's transition probabilities are off by some 1e-15 relative. Hence 1e-12 relative, 1e-14 absolute.
 */
#include "../chain/oracle.h"
#include "../reference/information.h"

#include <stdio.h>
#include <string.h>

enum { BIGGEST = 5, STATES = 1 << BIGGEST, LARGE = 8 };

static void near(double x, long double want, const char *what, uint64_t seed)
{
    ck_assert_msg(fabs((double)(x - want)) <= 1e-14 + 1e-12 * fabs((double)want),
                  "seed %llu: %s is %.17g, expected %.17Lg", (unsigned long long)seed, what, x, want);
}

static long double plogp(long double p)
{
    return p > 0 ? -p * logl(p) : 0;
}

/* A system with its chain, a law that is stationary or any, and its matrix. */
typedef struct scene {
    binnet_ctx *ctx;
    system_t system;
    binnet_chain *chain;
    binnet_law *law;
    const double *pi;
    size_t n, S;
    double *P; /* [S][S] */
    uint64_t seed;
    int stationary;
} scene;

static const int32_t updates[4] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP,
                                   BINNET_UPDATE_BLOCKS};

static void make_scene_of(scene *w, uint64_t seed, size_t n, int32_t noise, dice d)
{
    double p[1 << LARGE], sum = 0;
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->n = n;
    w->S = (size_t)1 << w->n;
    w->ctx = new_ctx(1 + (int)(seed % 2));
    w->system = random_system(&d, w->n, updates[seed % 4], noise, seed % 11 == 0);
    w->system.cdf_alone = seed % 5 == 0;
    for (size_t i = 0; i < w->n; i++) /* then tails have fewer digits: none far out */
        w->system.scale[i] *= noise == BINNET_NOISE_CUSTOM && w->system.cdf_alone ? 10 : 1;
    w->chain = system_chain(w->ctx, &w->system);
    w->P = malloc(w->S * w->S * sizeof *w->P);
    ck_assert(w->P != NULL);
    oracle_matrix(w->P, &w->system);
    w->stationary = seed % 3 == 0 && binnet_chain_stationary(w->ctx, &w->law, w->chain) == BINNET_OK;
    if (!w->stationary) {
        for (size_t s = 0; s < w->S; s++) /* any law; with holes and with depths */
            sum += p[s] = roll(&d) < 0.2 ? 0 : seed % 3 == 1 ? roll(&d) : pow(10, -12 * roll(&d));
        if (!(sum > 0))
            sum = p[0] = 1;
        for (size_t s = 0; s < w->S; s++)
            p[s] /= sum;
        OK(binnet_law_new(w->ctx, &w->law, w->n, p, w->S));
    }
    w->pi = binnet_law_data(w->law);
}

static void make_scene(scene *w, uint64_t seed)
{
    dice d = dice_of(seed);
    size_t n = 1 + roll_to(&d, BIGGEST);
    make_scene_of(w, seed, n, (int32_t)(1 + seed / 4 % 6), d);
}

static void strike_scene(scene *w)
{
    free(w->P);
    binnet_law_free(w->law);
    binnet_chain_free(w->chain);
    binnet_ctx_free(w->ctx);
}

/* P^lag in long double, [S][S]. */
static void power(long double *Q, const scene *w, uint64_t lag)
{
    long double R[STATES * STATES];
    size_t S = w->S;
    for (size_t k = 0; k < S * S; k++)
        Q[k] = k / S == k % S;
    for (uint64_t t = 0; t < lag; t++) {
        for (size_t a = 0; a < S; a++)
            for (size_t b = 0; b < S; b++) {
                R[a * S + b] = 0;
                for (size_t c = 0; c < S; c++)
                    R[a * S + b] += Q[a * S + c] * w->P[c * S + b];
            }
        memcpy(Q, R, S * S * sizeof *Q);
    }
}

static uint64_t pick(uint64_t s, size_t k, const int32_t *neuron)
{
    uint64_t m = 0;
    for (size_t b = 0; b < k; b++)
        m |= (s >> neuron[b] & 1) << b;
    return m;
}

/* Different neurons, in any order. */
static size_t random_group(dice *d, size_t n, int32_t *group)
{
    for (size_t i = 0; i < n; i++)
        group[i] = (int32_t)i;
    for (size_t i = 0; i < n; i++) {
        size_t k = i + roll_to(d, n - i);
        int32_t t = group[i];
        group[i] = group[k];
        group[k] = t;
    }
    return 1 + roll_to(d, n);
}

/* Entropy rate and production, and the flow against detailed balance, from all pairs of states. */
static void check_rates(const scene *w)
{
    long double h = 0, production = 0, size = 0, net = 0, most = 0;
    int infinite = 0;
    for (size_t a = 0; a < w->S; a++) {
        long double row = 0, row_size = 0; /* row by row: rounding stays that of some rows */
        for (size_t b = 0; b < w->S; b++) {
            long double f = (long double)w->P[a * w->S + b], r = (long double)w->P[b * w->S + a];
            h += w->pi[a] * plogp(f);
            if (w->pi[a] * f > 0 && a != b) {
                infinite |= !(r > 0);
                row += r > 0 ? w->pi[a] * f * logl(f / r) : 0;
                row_size += r > 0 ? w->pi[a] * f * fabsl(logl(f / r)) : 0;
            }
            f *= w->pi[a];
            r *= w->pi[b];
            if (a < b && f + r > 0) {
                net += fabsl(f - r);
                most = fmaxl(most, fabsl(f - r) / fmaxl(f, r));
            }
        }
        production += row;
        size += row_size;
    }
    double x, y;
    OK(binnet_chain_entropy_rate(w->ctx, &x, w->chain, w->law));
    near(x, h, "entropy rate", w->seed);
    int32_t code = binnet_chain_entropy_production(w->ctx, &x, w->chain, w->law);
    ck_assert_msg(code == (infinite ? BINNET_E_UNDEFINED : BINNET_OK), "seed %llu: code %d",
                  (unsigned long long)w->seed, (int)code);
    if (infinite) {
        ck_assert(isinf(x) && x > 0);
        ck_assert(binnet_ctx_message(w->ctx)[0] != '\0');
    } else {
        ck_assert_msg(fabsl(x - production) <= 1e-13L * (size + h) + 1e-300L,
                      "seed %llu: production %.17g, expected %.17Lg", (unsigned long long)w->seed, x, production);
        ck_assert(!w->stationary || x >= 0);
    }
    OK(binnet_chain_detailed_balance(w->ctx, &x, &y, w->chain, w->law));
    near(x, net, "flow against detailed balance", w->seed);
    ck_assert(fabsl(y - most) <= 1e-12L);
    OK(binnet_chain_detailed_balance(w->ctx, NULL, &y, w->chain, w->law));
}

START_TEST(rates)
{
    for (uint64_t seed = 0; seed < 400; seed++) {
        scene w;
        make_scene(&w, seed);
        check_rates(&w);
        strike_scene(&w);
    }
}
END_TEST

/* All 4^N pairs at N = 6, 7, 8. Without Student t noise, whose matrix makes an object for every entry. */
START_TEST(large_rates)
{
    const int32_t noise[5] = {BINNET_NOISE_GAUSSIAN, BINNET_NOISE_LOGISTIC, BINNET_NOISE_LAPLACE, BINNET_NOISE_UNIFORM,
                              BINNET_NOISE_CUSTOM};
    for (uint64_t seed = 1; seed <= 20; seed++) { /* every noise with every update */
        scene w;
        size_t n = 6 + seed % 3;
        make_scene_of(&w, seed, n, noise[seed % 5], dice_of(seed));
        check_rates(&w);
        strike_scene(&w);
    }
}
END_TEST

/* Symmetric weights, logistic noise of one scale: detailed balance under asynchronous and synchronous updates, exactly. */
START_TEST(equilibrium)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        dice d = dice_of(seed);
        size_t n = 2 + roll_to(&d, 7);
        double J[64], theta[8], scale[8], T = seed % 5 == 0 ? 0.05 : roll_in(&d, 0.3, 2), x, net, relative;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++)
                J[i * n + j] = J[j * n + i] = i == j && seed % 2 == 0 ? 0 : roll_in(&d, -1, 1);
            theta[i] = roll_in(&d, -0.5, 0.5);
            scale[i] = T;
        }
        binnet_ctx *ctx = new_ctx(1);
        binnet_net *net_;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        OK(binnet_net_new(ctx, &net_, n, J, NULL, theta, NULL));
        OK(binnet_noise_new_logistic(ctx, &noise, n, scale));
        OK(binnet_chain_new(ctx, &chain, net_, noise,
                            seed % 2 == 0 ? BINNET_UPDATE_ASYNCHRONOUS : BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_chain_entropy_production(ctx, &x, chain, law));
        OK(binnet_chain_detailed_balance(ctx, &net, &relative, chain, law));
        ck_assert_msg(x >= 0 && x <= 1e-12 && net <= 1e-12 && relative <= 1e-9, "seed %llu: %g, %g, %g",
                      (unsigned long long)seed, x, net, relative);
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net_);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Noise so weak that the reverse of a step underflows in double: N = 1, a drive of 60 standard deviations. From a law that
 * is not stationary, production = sum_A P(A) sum_A' p(A'|A) log(p(A'|A)/p(A|A')), by hand; log Phi(-60) = -1805.01356... */
START_TEST(beyond_double)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    const double scale = 1, J = 0, stimulus = 60, p[2] = {0.5, 0.5};
    const double log_tail = -1805.0135606805672; /* -60^2/2 - log(60 sqrt(2 pi)) + log(1 - 1/60^2 + 3/60^4 - 15/60^6) */
    OK(binnet_net_new(ctx, &net, 1, &J, NULL, NULL, &stimulus));
    OK(binnet_noise_new_gaussian(ctx, &noise, 1, &scale));
    for (int k = 0; k < 2; k++) {
        binnet_chain *chain;
        binnet_law *law;
        double x;
        OK(binnet_chain_new(ctx, &chain, net, noise, k == 0 ? BINNET_UPDATE_SYNCHRONOUS : BINNET_UPDATE_ASYNCHRONOUS));
        OK(binnet_law_new(ctx, &law, 1, p, 2));
        OK(binnet_chain_entropy_production(ctx, &x, chain, law));
        ck_assert_msg(fabs(x + 0.5 * log_tail) <= 1e-12 * fabs(x), "%d: %.17g, expected %.17g", k, x, -0.5 * log_tail);
        OK(binnet_chain_entropy_rate(ctx, &x, chain, law));
        ck_assert(x >= 0 && x < 1e-300);
        binnet_law_free(law);
        binnet_chain_free(chain);
    }
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* I(X; Y) as H(X) + H(Y) - H(X, Y), p[rows][columns]. */
static long double plain_information(const long double *p, size_t rows, size_t columns)
{
    long double h = 0;
    for (size_t r = 0; r < rows; r++) {
        long double sum = 0;
        for (size_t c = 0; c < columns; c++) {
            sum += p[r * columns + c];
            h -= plogp(p[r * columns + c]);
        }
        h += plogp(sum);
    }
    for (size_t c = 0; c < columns; c++) {
        long double sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += p[r * columns + c];
        h += plogp(sum);
    }
    return h;
}

static void plain_joint(long double *p, const scene *w, const long double *Q, size_t a, const int32_t *first, size_t b,
                        const int32_t *second)
{
    for (size_t k = 0; k < (size_t)1 << (a + b); k++)
        p[k] = 0;
    for (size_t s = 0; s < w->S; s++)
        for (size_t t = 0; t < w->S; t++)
            p[pick(s, a, first) << b | pick(t, b, second)] += w->pi[s] * Q[s * w->S + t];
}

START_TEST(groups)
{
    static long double Q[STATES * STATES], p[STATES * STATES];
    static double got[STATES * STATES];
    for (uint64_t seed = 0; seed < 400; seed++) {
        scene w;
        make_scene(&w, seed);
        dice d = dice_of(seed + 1000);
        int32_t first[BIGGEST], second[BIGGEST];
        size_t a = random_group(&d, w.n, first), b = random_group(&d, w.n, second);
        uint64_t lag = seed / 20 % 4;
        double x, all[BIGGEST * BIGGEST];
        power(Q, &w, lag);
        plain_joint(p, &w, Q, a, first, b, second);
        OK(binnet_chain_joint_law(w.ctx, got, (size_t)1 << (a + b), w.chain, w.law, lag, a, first, b, second));
        for (size_t f = 0; f < (size_t)1 << a; f++)
            for (size_t s = 0; s < (size_t)1 << b; s++)
                ck_assert(fabsl(got[f | s << a] - p[f << b | s]) <= 1e-13L * p[f << b | s]);
        OK(binnet_chain_mutual_information(w.ctx, &x, w.chain, w.law, lag, a, first, b, second));
        near(x, plain_information(p, (size_t)1 << a, (size_t)1 << b), "mutual information", seed);
        ck_assert(x >= 0);
        OK(binnet_chain_mutual_information_pairs(w.ctx, all, w.n, w.chain, w.law, lag));
        for (int32_t i = 0; i < (int32_t)w.n; i++)
            for (int32_t j = 0; j < (int32_t)w.n; j++) {
                plain_joint(p, &w, Q, 1, &i, 1, &j);
                near(all[i * (int32_t)w.n + j], plain_information(p, 2, 2), "information of a pair", seed);
                ck_assert(all[i * (int32_t)w.n + j] >= 0);
            }
        strike_scene(&w);
    }
}
END_TEST

/* I(A_to'; A_from | A_to) = H(to', to) + H(from, to) - H(to) - H(to', from, to). */
static long double plain_transfer(const scene *w, size_t a, const int32_t *from, size_t b, const int32_t *to)
{
    static long double p[STATES * STATES * 8];
    size_t F = (size_t)1 << a, T = (size_t)1 << b;
    memset(p, 0, F * T * T * sizeof *p);
    for (size_t s = 0; s < w->S; s++)
        for (size_t t = 0; t < w->S; t++)
            p[(pick(s, b, to) * F + pick(s, a, from)) * T + pick(t, b, to)] += (long double)w->pi[s] *
                                                                               w->P[s * w->S + t];
    long double h = 0;
    for (size_t now = 0; now < T; now++) {
        long double whole = 0;
        for (size_t f = 0; f < F; f++) {
            long double sum = 0;
            for (size_t t = 0; t < T; t++) {
                sum += p[(now * F + f) * T + t];
                h -= plogp(p[(now * F + f) * T + t]);
            }
            h += plogp(sum);
            whole += sum;
        }
        for (size_t t = 0; t < T; t++) {
            long double sum = 0;
            for (size_t f = 0; f < F; f++)
                sum += p[(now * F + f) * T + t];
            h += plogp(sum);
        }
        h -= plogp(whole);
    }
    return h;
}

START_TEST(transfer)
{
    for (uint64_t seed = 0; seed < 400; seed++) {
        scene w;
        make_scene(&w, seed);
        dice d = dice_of(seed + 2000);
        double x, all[BIGGEST * BIGGEST];
        int32_t order[BIGGEST];
        random_group(&d, w.n, order);
        if (w.n > 1) {
            size_t a = 1 + roll_to(&d, w.n - 1), b = 1 + roll_to(&d, w.n - a);
            OK(binnet_chain_transfer_entropy(w.ctx, &x, w.chain, w.law, a, order, b, order + a));
            near(x, plain_transfer(&w, a, order, b, order + a), "transfer entropy", seed);
            ck_assert(x >= 0);
        }
        OK(binnet_chain_transfer_entropy_pairs(w.ctx, all, w.n, w.chain, w.law));
        for (int32_t i = 0; i < (int32_t)w.n; i++)
            for (int32_t j = 0; j < (int32_t)w.n; j++) {
                if (i == j)
                    ck_assert(all[i * (int32_t)w.n + j] == 0);
                else
                    near(all[i * (int32_t)w.n + j], plain_transfer(&w, 1, &j, 1, &i), "transfer between two", seed);
            }
        long double h = 0;
        size_t k = random_group(&d, w.n, order);
        long double joint[STATES] = {0}, single[BIGGEST][2] = {{0}};
        for (size_t s = 0; s < w.S; s++) {
            joint[pick(s, k, order)] += w.pi[s];
            for (size_t b = 0; b < k; b++)
                single[b][s >> order[b] & 1] += w.pi[s];
        }
        for (size_t m = 0; m < (size_t)1 << k; m++)
            h -= plogp(joint[m]);
        for (size_t b = 0; b < k; b++)
            h += plogp(single[b][0]) + plogp(single[b][1]);
        OK(binnet_law_multi_information(w.ctx, &x, w.law, k, order));
        near(x, h, "multi-information", seed);
        ck_assert(x >= 0);
        strike_scene(&w);
    }
}
END_TEST

/* The parts by their entropies: H(R), H(R|S), and those of independent neurons.   [Pola et al. 2003] */
START_TEST(stimuli)
{
    enum { MOST_STIMULI = 6 };
    for (uint64_t seed = 0; seed < 400; seed++) {
        dice d = dice_of(seed);
        size_t n = 1 + roll_to(&d, BIGGEST), S = (size_t)1 << n, count = 1 + roll_to(&d, MOST_STIMULI);
        binnet_ctx *ctx = new_ctx(1);
        binnet_law *law[MOST_STIMULI];
        double prior[MOST_STIMULI], p[STATES], sum = 0, x, part[BINNET_INFORMATION_PARTS];
        int32_t group[BIGGEST];
        size_t k = random_group(&d, n, group), R = (size_t)1 << k;
        for (size_t s = 0; s < count; s++) {
            double all = 0;
            for (size_t r = 0; r < S; r++)
                all += p[r] = roll(&d) < (seed % 2 ? 0.3 : 0) ? 0 : seed % 3 == 0 ? pow(10, -13 * roll(&d)) : roll(&d);
            for (size_t r = 0; r < S; r++)
                p[r] = all > 0 ? p[r] / all : r == 0;
            OK(binnet_law_new(ctx, &law[s], n, p, S));
            sum += prior[s] = s > 0 && roll(&d) < 0.1 ? 0 : roll_in(&d, 0.1, 1);
        }
        for (size_t s = 0; s < count; s++)
            prior[s] /= sum;
        OK(binnet_stimulus_information(ctx, &x, part, count, (const binnet_law *const *)law, prior, k, group));

        static long double pr[MOST_STIMULI][STATES], q[MOST_STIMULI][STATES], pm[STATES], qm[STATES];
        long double single[MOST_STIMULI + 1][BIGGEST][2] = {{{0}}};
        memset(pr, 0, sizeof pr);
        for (size_t s = 0; s < count; s++)
            for (size_t r = 0; r < S; r++) {
                long double v = binnet_law_data(law[s])[r];
                pr[s][pick(r, k, group)] += v;
                for (size_t b = 0; b < k; b++) {
                    single[s][b][r >> group[b] & 1] += v;
                    single[count][b][r >> group[b] & 1] += prior[s] * v;
                }
            }
        long double H = 0, H_given = 0, H_single = 0, H_single_given = 0, H_ind = 0, chi = 0;
        for (size_t r = 0; r < R; r++) {
            pm[r] = qm[r] = 0;
            for (size_t s = 0; s < count; s++) {
                q[s][r] = 1;
                for (size_t b = 0; b < k; b++)
                    q[s][r] *= single[s][b][r >> b & 1];
                pm[r] += prior[s] * pr[s][r];
                qm[r] += prior[s] * q[s][r];
                H_given += prior[s] * plogp(pr[s][r]);
            }
            H += plogp(pm[r]);
            H_ind += plogp(qm[r]);
            chi += pm[r] > 0 ? -pm[r] * logl(qm[r]) : 0;
        }
        for (size_t b = 0; b < k; b++)
            for (int a = 0; a < 2; a++) {
                H_single += plogp(single[count][b][a]);
                for (size_t s = 0; s < count; s++)
                    H_single_given += prior[s] * plogp(single[s][b][a]);
            }
        near(x, H - H_given, "information", seed);
        near(part[BINNET_INFORMATION_LINEAR], H_single - H_single_given, "linear part", seed);
        near(part[BINNET_INFORMATION_SIGNAL_SIMILARITY], H_ind - H_single, "similarity", seed);
        near(part[BINNET_INFORMATION_CORRELATION_INDEPENDENT], chi - H_ind, "independent part", seed);
        near(part[BINNET_INFORMATION_CORRELATION_DEPENDENT], H - H_given - chi + H_single_given, "dependent part",
             seed);
        near(x, (long double)part[0] + part[1] + part[2] + part[3], "sum of the parts", seed);
        ck_assert(x >= 0 && part[0] >= 0 && part[1] <= 0 && part[3] >= 0);
        for (size_t s = 0; s < count; s++)
            binnet_law_free(law[s]);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Small ones keep digits: a pair with p = 1/4 (1 + e), 1/4 (1 - e): I = ((1+e) log(1+e) + (1-e) log(1-e))/2 = e^2/2 (1 + e^2/6 ...);
 * a rare pair, p(11) = d, else 0 but p(00): I = d log(1/d) + ... in closed form. */
START_TEST(ends)
{
    binnet_ctx *ctx = new_ctx(1);
    const int32_t two[2] = {0, 1};
    for (int k = 2; k <= 7; k++) {
        double e = ldexp(1, -3 * k), p[4] = {0.25 * (1 + e), 0.25 * (1 - e), 0.25 * (1 - e), 0.25 * (1 + e)}, x;
        binnet_law *law;
        OK(binnet_law_new(ctx, &law, 2, p, 4));
        OK(binnet_law_multi_information(ctx, &x, law, 2, two));
        double want = e * e / 2 * (1 + e * e / 6 + pow(e, 4) / 15 + pow(e, 6) / 28 + pow(e, 8) / 45);
        ck_assert_msg(fabs(x - want) <= 1e-14 * want, "e %g: %.17g, expected %.17g", e, x, want);
        binnet_law_free(law);
    }
    for (int k = 1; k <= 280; k += 9) {
        double r = pow(10, -k), p[4] = {1 - r, 0, 0, r}, x;
        binnet_law *law;
        OK(binnet_law_new(ctx, &law, 2, p, 4));
        OK(binnet_law_multi_information(ctx, &x, law, 2, two)); /* both neurons the same: the entropy of one */
        double want = -r * log(r) - (1 - r) * log1p(-r);
        ck_assert_msg(fabs(x - want) <= 1e-14 * want, "r %g: %.17g, expected %.17g", r, x, want);
        binnet_law_free(law);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* The golden network and one with means beside 0 and 1, against 50 digits. The laws are the library's, to some 1e-15 relative: an
 * information of x is a sum of q d^2/2, d known to that, so that its relative error is some 1e-15/sqrt(x). */
START_TEST(fifty_digits)
{
    enum { N = 3 };
    const double J[N * N] = {0, 1.5, -2, .7, 0, -1, 1.2, .9, 0}, theta[N] = {.5, .25, .75}, sigma[N] = {.8, 1, .6},
                       stimulus[2][N] = {{.3, -.2, .1}, {.3, -6.5, 4.5}};
    const int32_t all[N] = {0, 1, 2}, two[1] = {2};
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian(ctx, &noise, N, sigma));
    for (int k = 0; k < 4; k++) {
        binnet_net *net;
        binnet_chain *chain;
        binnet_law *law;
        double x[10];
        const double *want = reference_information[k / 2][k % 2];
        OK(binnet_net_new(ctx, &net, N, J, NULL, theta, stimulus[k / 2]));
        OK(binnet_chain_new(ctx, &chain, net, noise, 1 + k % 2));
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_chain_entropy_rate(ctx, &x[0], chain, law));
        OK(binnet_chain_entropy_production(ctx, &x[1], chain, law));
        OK(binnet_law_multi_information(ctx, &x[2], law, N, all));
        OK(binnet_chain_mutual_information(ctx, &x[3], chain, law, 1, N, all, N, all));
        OK(binnet_chain_transfer_entropy(ctx, &x[4], chain, law, 1, two, 1, all));
        OK(binnet_potential_mean(ctx, x + 5, N, chain, law));
        OK(binnet_potential_groupwise(ctx, &x[8], chain, law, 2, all));
        OK(binnet_potential_groupwise(ctx, &x[9], chain, law, 3, all));
        for (int m = 0; m < 10; m++) {
            double error = m >= 2 && m <= 4 ? 4e-15 * sqrt(want[m]) : m == 9 ? 4e-27 : 0; /* m = 9: of terms of 1e-12 */
            ck_assert_msg(fabs(x[m] - want[m]) <= fmax(1e-12 * fabs(want[m]), error),
                          "network %d, update %d, value %d: %.17g, expected %.17g", k / 2, 1 + k % 2, m, x[m], want[m]);
        }
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_net_free(net);
    }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(refusals)
{
    scene w;
    make_scene(&w, 2);
    while (w.n < 3) {
        uint64_t seed = w.seed + 4;
        strike_scene(&w);
        make_scene(&w, seed);
    }
    double x, p[STATES * STATES], half[2] = {0.5, 0.5};
    const int32_t twice[2] = {1, 1}, far[1] = {9}, minus[1] = {-1}, good[2] = {0, 1}, third[1] = {2};
    binnet_ctx *c = w.ctx;
#define CODE(want, call)                                                                                               \
    do {                                                                                                               \
        int32_t code = (call);                                                                                         \
        ck_assert_msg(code == (want) && binnet_ctx_message(c)[0] != '\0', "%s: %d", #call, (int)code);                 \
    } while (0)
    CODE(BINNET_E_RANGE, binnet_law_multi_information(c, &x, w.law, 2, twice));
    CODE(BINNET_E_RANGE, binnet_law_multi_information(c, &x, w.law, 1, far));
    CODE(BINNET_E_RANGE, binnet_law_multi_information(c, &x, w.law, 0, good));
    CODE(BINNET_E_RANGE, binnet_chain_mutual_information(c, &x, w.chain, w.law, 1, 2, twice, 1, good));
    CODE(BINNET_E_RANGE, binnet_chain_mutual_information(c, &x, w.chain, w.law, 1, 1, good, 1, minus));
    CODE(BINNET_E_RANGE, binnet_chain_mutual_information(c, &x, w.chain, w.law, UINT64_MAX, 1, good, 1, good));
    CODE(BINNET_E_RANGE, binnet_chain_mutual_information_pairs(c, p, w.n, w.chain, w.law, UINT64_C(1) << 40));
    CODE(BINNET_E_SIZE, binnet_chain_mutual_information_pairs(c, p, w.n + 1, w.chain, w.law, 1));
    CODE(BINNET_E_SIZE, binnet_chain_joint_law(c, p, 5, w.chain, w.law, 1, 1, good, 1, good));
    CODE(BINNET_E_RANGE, binnet_chain_transfer_entropy(c, &x, w.chain, w.law, 2, good, 1, good));
    CODE(BINNET_E_RANGE, binnet_chain_transfer_entropy(c, &x, w.chain, w.law, 1, good, 2, twice));
    CODE(BINNET_E_NULL, binnet_chain_entropy_rate(c, NULL, w.chain, w.law));
    CODE(BINNET_E_NULL, binnet_chain_entropy_production(c, &x, NULL, w.law));
    CODE(BINNET_E_NULL, binnet_chain_detailed_balance(c, NULL, NULL, w.chain, w.law));
    binnet_law *other;
    OK(binnet_law_new(c, &other, 1, half, 2));
    CODE(BINNET_E_SIZE, binnet_chain_entropy_rate(c, &x, w.chain, other));
    const binnet_law *laws[2] = {w.law, other}, *same[2] = {w.law, w.law}, *none[2] = {w.law, NULL};
    const double wrong[2] = {0.5, 0.6}, negative[2] = {1.5, -0.5}, nan[2] = {0.5, NAN};
    CODE(BINNET_E_SIZE, binnet_stimulus_information(c, &x, NULL, 2, laws, half, 1, good));
    CODE(BINNET_E_NULL, binnet_stimulus_information(c, &x, NULL, 2, none, half, 1, good));
    CODE(BINNET_E_RANGE, binnet_stimulus_information(c, &x, NULL, 2, same, wrong, 1, good));
    CODE(BINNET_E_RANGE, binnet_stimulus_information(c, &x, NULL, 2, same, negative, 1, good));
    CODE(BINNET_E_NAN, binnet_stimulus_information(c, &x, NULL, 2, same, nan, 1, good));
    CODE(BINNET_E_RANGE, binnet_stimulus_information(c, &x, NULL, 0, same, half, 1, good));
    CODE(BINNET_E_RANGE, binnet_stimulus_information(c, &x, NULL, 2, same, half, 2, twice));
    OK(binnet_stimulus_information(c, &x, NULL, 2, same, half, 1, third));
    ck_assert(x >= 0 && x <= 1e-30); /* two stimuli that do the same */
    binnet_law_free(other);
    strike_scene(&w);
}
END_TEST

/* One flip of an asynchronous step is all but certain: what is left has its digits, and so has the entropy. */
START_TEST(certain_flip)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    const double J[4] = {0}, stimulus[2] = {30, 0.3}, scale[2] = {1, 1}, p[4] = {1, 0, 0, 0};
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, stimulus));
    OK(binnet_noise_new_logistic(ctx, &noise, 2, scale));
    OK(binnet_law_new(ctx, &law, 2, p, 4));
    for (double rare = 1e-3; rare > 1e-200; rare *= 1e-4) {
        const double select[2] = {1 - rare, rare};
        OK(binnet_chain_new_asynchronous(ctx, &chain, net, noise, select));
        double nats;
        OK(binnet_chain_entropy_rate(ctx, &nats, chain, law));
        long double rests = 1 / (1 + expl(30)), other = rare / (1 + expl(-0.3L)),
                    stay = rests + rare / (1 + expl(0.3L));
        stay -= rare * rests;
        long double left = other + stay, want = plogp(other) + plogp(stay) - (1 - left) * log1pl(-left);
        ck_assert_msg(fabs((double)(nats / want - 1)) <= 1e-12, "rare %g: %.17g, expected %.17Lg", rare, nats, want);
        binnet_chain_free(chain);
    }
    binnet_law_free(law);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Responses so rare, and stimuli, that their products are below the least double: the information is finite, and nothing. */
START_TEST(rare_stimuli)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law[2];
    const double p[2][4] = {{1, 0, 0, 0}, {1 - 2e-50, 0, 0, 2e-50}}, prior[2] = {1, 1e-280};
    const int32_t both[2] = {0, 1};
    for (int s = 0; s < 2; s++)
        OK(binnet_law_new(ctx, &law[s], 2, p[s], 4));
    double x, part[BINNET_INFORMATION_PARTS];
    OK(binnet_stimulus_information(ctx, &x, part, 2, (const binnet_law *const *)law, prior, 2, both));
    ck_assert_msg(x >= 0 && x < 1e-320, "%g", x);
    for (int m = 0; m < BINNET_INFORMATION_PARTS; m++)
        ck_assert_msg(fabs(part[m]) < 1e-320, "part %d is %g", m, part[m]);
    for (int s = 0; s < 2; s++)
        binnet_law_free(law[s]);
    binnet_ctx_free(ctx);
}
END_TEST

/* Correlations that are tiny beside what is all but certain. Of two neurons p(r|s) - q(r|s) is c_s = p(00) p(11) - p(01) p(10) where
 * they do the same, else -c_s; the stimulus-independent part is -sum_s w_s c_s log(q(00) q(11) / (q(01) q(10))). */
START_TEST(tiny_correlations)
{
    enum { COUNT = 3 };
    const int32_t both[2] = {1, 0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        dice d = dice_of(seed);
        binnet_ctx *ctx = new_ctx(1);
        binnet_law *law[COUNT];
        double prior[COUNT], sum = 0, x, part[BINNET_INFORMATION_PARTS];
        long double q[4] = {0}, c = 0, size = 0;
        for (int s = 0; s < COUNT; s++)
            sum += prior[s] = pow(10, -8 * roll(&d));
        for (int s = 0; s < COUNT; s++) {
            double p[4], all = 0;
            for (int r = 0; r < 4; r++)
                all += p[r] = pow(10, -70 * roll(&d));
            p[roll_to(&d, 4)] += 1 - all;
            all = p[0] + p[1] + p[2] + p[3];
            for (int r = 0; r < 4; r++)
                p[r] = fabs(p[r] / all);
            OK(binnet_law_new(ctx, &law[s], 2, p, 4));
            prior[s] /= sum;
            const double *v = binnet_law_data(law[s]);
            long double one = (long double)v[0] + v[1] + v[2] + v[3], side[2][2];
            for (int b = 0; b < 2; b++) {
                side[b][1] = ((long double)v[1 << b] + v[3]) / one;
                side[b][0] = ((long double)v[0] + v[3 - (1 << b)]) / one;
            }
            for (int r = 0; r < 4; r++)
                q[r] += prior[s] * side[0][r & 1] * side[1][r >> 1];
            long double same = prior[s] * v[0] * (long double)v[3], other = prior[s] * v[1] * (long double)v[2];
            c += (same - other) / one / one;
            size += (same + other) / one / one;
        }
        OK(binnet_stimulus_information(ctx, &x, part, COUNT, (const binnet_law *const *)law, prior, 2, both));
        long double logs = logl(q[0]) - logl(q[1]) - logl(q[2]) + logl(q[3]),
                    most = -logl(q[0]) - logl(q[1]) - logl(q[2]) - logl(q[3]);
        double got = part[BINNET_INFORMATION_CORRELATION_INDEPENDENT];
        ck_assert_msg(fabsl(got + c * logs) <= 1e-14L * size * most, "seed %llu: %.17g, expected %.17Lg",
                      (unsigned long long)seed, got, -c * logs);
        for (int s = 0; s < COUNT; s++)
            binnet_law_free(law[s]);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Noise correlations of 1e-9: the stimulus-independent part is a sum of differences of that size. */
START_TEST(weak_correlations)
{
    enum { N = 3, S = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law[2];
    const double fires[2][N] = {{.3, .6, .45}, {.7, .2, .55}}, prior[2] = {.5, .5};
    const int32_t group[N] = {0, 1, 2};
    for (double size = 1e-6; size > 1e-12; size /= 10) {
        long double p[S] = {0}, q[S] = {0}, want = 0;
        for (int k = 0; k < 2; k++) {
            double v[S];
            for (int r = 0; r < S; r++) {
                v[r] = size * ((r & 1) == (r >> 1 & 1) ? 1 : -1) * (r >> 2 ? .5 : 1);
                double product = 1;
                for (int i = 0; i < N; i++)
                    product *= r >> i & 1 ? fires[k][i] : 1 - fires[k][i];
                v[r] += product;
            }
            OK(binnet_law_new(ctx, &law[k], N, v, S));
            const double *pi = binnet_law_data(law[k]);
            long double all = 0, active[N] = {0};
            for (int r = 0; r < S; r++) {
                all += pi[r];
                for (int i = 0; i < N; i++)
                    active[i] += r >> i & 1 ? pi[r] : 0;
            }
            for (int r = 0; r < S; r++) {
                long double product = prior[k];
                for (int i = 0; i < N; i++)
                    product *= (r >> i & 1 ? active[i] : all - active[i]) / all;
                p[r] += prior[k] * (pi[r] / all);
                q[r] += product;
            }
        }
        for (int r = 0; r < S; r++)
            want -= (p[r] - q[r]) * logl(q[r]);
        double nats, part[BINNET_INFORMATION_PARTS];
        OK(binnet_stimulus_information(ctx, &nats, part, 2, (const binnet_law *const *)law, prior, N, group));
        double got = part[BINNET_INFORMATION_CORRELATION_INDEPENDENT];
        /* the reference is off by some 1e-19 */
        ck_assert_msg(fabs((double)(got - want)) <= 1e-18 + 1e-12 * fabs((double)want),
                      "size %g: %.17g, expected %.17Lg", size, got, want);
        binnet_law_free(law[0]);
        binnet_law_free(law[1]);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("information", rates, large_rates, equilibrium, beyond_double, groups, transfer, stimuli, ends, fifty_digits,
          certain_flip, weak_correlations, rare_stimuli, tiny_correlations, refusals)
