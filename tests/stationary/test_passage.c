/*
 * Passage times, hitting probabilities, time spent, escape rates and paths: against linear systems solved in quadruple precision
 * by Gaussian elimination (from the matrix, with the diagonal made of what leaves a state), closed forms of birth and death
 * chains, independent neurons, and sums over paths.
 */
#include "support/support.h"
#include "support/meter.h"

#include <string.h>

__extension__ typedef __float128 quad;

enum { N = 5, S = 1 << N, MOST = 256 };

static double relative(double x, quad truth)
{
    quad d = (quad)x - truth;
    if (truth == 0)
        return x == 0 ? 0 : INFINITY;
    return fabs((double)(d / truth));
}

/* a[m][m] becomes L and U. Rows of 1 - Q and what leaves each add up to 0, and the diagonal is kept from cancelling by that. */
static void factor_quad(quad *a, quad *leave, size_t m)
{
    for (size_t c = 0; c < m; c++)
        for (size_t r = c + 1; r < m; r++) {
            quad f = a[r * m + c] /= a[c * m + c];
            leave[r] -= f * leave[c];
            quad out = leave[r];
            for (size_t j = c + 1; j < m; j++) {
                a[r * m + j] -= f * a[c * m + j];
                out -= r == j ? 0 : a[r * m + j];
            }
            a[r * m + r] = out;
        }
}

/* a x = b in place. */
static void solve_quad(const quad *a, quad *b, size_t m)
{
    for (size_t r = 0; r < m; r++)
        for (size_t j = 0; j < r; j++)
            b[r] -= a[r * m + j] * b[j];
    for (size_t r = m; r-- > 0;) {
        for (size_t j = r + 1; j < m; j++)
            b[r] -= a[r * m + j] * b[j];
        b[r] /= a[r * m + r];
    }
}

/* x a = b in place. */
static void solve_quad_left(const quad *a, quad *b, size_t m)
{
    for (size_t c = 0; c < m; c++) {
        b[c] /= a[c * m + c];
        for (size_t j = c + 1; j < m; j++)
            b[j] -= b[c] * a[c * m + j];
    }
    for (size_t c = m; c-- > 0;)
        for (size_t j = 0; j < c; j++)
            b[j] -= b[c] * a[c * m + j];
}

typedef struct truth {
    size_t n, m;
    size_t state[MOST]; /* outside of the target */
    quad mean[MOST], variance[MOST], first[MOST], steps[MOST];
} truth;

/* 1 - Q, the diagonal being what leaves the state; leave: to the exits alone. */
static void fill_system(quad *a, quad *leave, const double *P, const truth *t, size_t n_states)
{
    for (size_t r = 0; r < t->m; r++) {
        quad out = 0;
        for (size_t s = 0; s < n_states; s++)
            out += s == t->state[r] ? 0 : (quad)P[t->state[r] * n_states + s];
        leave[r] = 0;
        for (size_t s = 0, c = 0; s < n_states; s++) {
            int kept = c < t->m && t->state[c] == s;
            c += (size_t)kept;
            leave[r] += kept ? 0 : (quad)P[t->state[r] * n_states + s];
        }
        for (size_t c = 0; c < t->m; c++)
            a[r * t->m + c] = r == c ? out : -(quad)P[t->state[r] * n_states + t->state[c]];
    }
}

/* first: the probability to meet target before other; the rest concerns the union of both (other may be NULL). */
static void find_truth(truth *t, const double *P, const binnet_set *target, const binnet_set *other,
                       const double *start)
{
    size_t n = (size_t)1 << binnet_set_neurons(target);
    t->m = 0;
    for (size_t s = 0; s < n; s++)
        if (!binnet_set_contains(target, s) && !binnet_set_contains(other, s))
            t->state[t->m++] = s;
    size_t m = t->m;
    quad *a = calloc(m * m + m, sizeof *a);
    fill_system(a, a + m * m, P, t, n);
    factor_quad(a, a + m * m, m);
    for (size_t r = 0; r < m; r++) {
        t->mean[r] = 1;
        t->first[r] = 0;
        t->steps[r] = start[t->state[r]];
        for (size_t s = 0; s < n; s++)
            if (binnet_set_contains(target, s))
                t->first[r] += (quad)P[t->state[r] * n + s];
    }
    solve_quad(a, t->mean, m);
    solve_quad(a, t->first, m);
    solve_quad_left(a, t->steps, m);
    for (size_t r = 0; r < m; r++) /* E T^2: (1 - Q) x = 1 + 2 Q mean = 2 mean - 1 */
        t->variance[r] = 2 * t->mean[r] - 1;
    solve_quad(a, t->variance, m);
    for (size_t r = 0; r < m; r++)
        t->variance[r] -= t->mean[r] * t->mean[r];
    free(a);
}

static void fill_start(binnet_ctx *ctx, binnet_law **law, double *p, size_t n, uint64_t seed)
{
    double sum = 0;
    for (size_t s = 0; s < (size_t)1 << n; s++)
        sum += p[s] = 1.5 + draw(&seed);
    for (size_t s = 0; s < (size_t)1 << n; s++)
        p[s] /= sum;
    OK(binnet_law_new(ctx, law, n, p, (size_t)1 << n));
    memcpy(p, binnet_law_data(*law), sizeof *p << n);
}

/* Everything of one chain against the truth: errors at most `allowed`, and at most what is reported. */
static void compare_all(binnet_ctx *ctx, const binnet_chain *chain, const binnet_set *a, const binnet_set *b,
                        double allowed, double allowed_variance)
{
    size_t n = binnet_chain_neurons(chain), states = (size_t)1 << n;
    double *P = malloc(states * states * sizeof *P), *mean = malloc(2 * states * sizeof *mean),
           *variance = malloc(states * sizeof *variance), start[MOST], error, worst = 0, worst_variance = 0;
    binnet_law *law;
    truth *t = malloc(sizeof *t);
    OK(binnet_chain_matrix(ctx, P, states * states, chain));
    fill_start(ctx, &law, start, n, 7);
    find_truth(t, P, a, NULL, start);
    ck_assert_msg(binnet_passage_times(ctx, mean, variance, states, &error, chain, a) == BINNET_OK, "%s",
                  binnet_ctx_message(ctx));
    for (size_t r = 0; r < t->m; r++) {
        worst = fmax(worst, relative(mean[t->state[r]], t->mean[r]));
        /* a row of P adds up to 1 but for rounding, which the systems' diagonal takes up */
        double off = fabs((double)((quad)variance[t->state[r]] - t->variance[r])), row = (double)t->mean[r];
        worst_variance = fmax(worst_variance, (off - 1e-15 * row * row) / (double)t->variance[r]);
    }
    ck_assert_msg(worst <= error && worst <= allowed, "means: %g, reported %g", worst, error);
    ck_assert_msg(worst_variance <= allowed_variance, "variances: %g", worst_variance);
    quad from = 0, second = 0;
    for (size_t r = 0; r < t->m; r++)
        from += (quad)start[t->state[r]] * t->mean[r];
    for (size_t s = 0, r = 0; s < states; s++) {
        int in = r < t->m && t->state[r] == s;
        quad d = (in ? t->mean[r] : 0) - from;
        second += (quad)start[s] * ((in ? t->variance[r] : 0) + d * d);
        r += (size_t)in;
    }
    double one, two;
    OK(binnet_passage_times_from(ctx, &one, &two, &error, chain, law, a));
    ck_assert_msg(relative(one, from) <= error, "mean from a law: %g, reported %g", relative(one, from), error);
    ck_assert_msg(relative(two, second) <= allowed_variance, "variance from a law: %g", relative(two, second));

    OK(binnet_passage_occupation(ctx, mean, states, &error, chain, law, a));
    worst = 0;
    for (size_t r = 0; r < t->m; r++)
        worst = fmax(worst, relative(mean[t->state[r]], t->steps[r]));
    ck_assert_msg(worst <= error && worst <= allowed, "time spent: %g, reported %g", worst, error);

    find_truth(t, P, a, b, start);
    const binnet_set *sets[2] = {a, b};
    OK(binnet_passage_probabilities(ctx, mean, 2 * states, &error, chain, 2, sets));
    worst = 0;
    for (size_t r = 0; r < t->m; r++) {
        worst = fmax(worst, relative(mean[t->state[r]], t->first[r]));
        ck_assert_double_le(fabs(mean[t->state[r]] + mean[states + t->state[r]] - 1), error + 4e-16);
    }
    ck_assert_msg(worst <= error && worst <= allowed, "probabilities: %g, reported %g", worst, error);
    binnet_law_free(law);
    free(t);
    free(P);
    free(mean);
    free(variance);
}

START_TEST(test_every_kind)
{
    binnet_ctx *ctx = new_ctx(1);
    const uint64_t listed[3] = {3, 16, 30};
    binnet_set *a, *b;
    OK(binnet_set_new_states(ctx, &a, N, listed, 3));
    OK(binnet_set_new_pattern(ctx, &b, N, 7, 1));
    for (int kind = 0; kind < CHAIN_KINDS; kind++)
        for (int noise_kind = 0; noise_kind < NOISE_PARTIAL; noise_kind++) {
            binnet_net *net;
            binnet_noise *noise;
            binnet_chain *chain;
            uint64_t count;
            OK(make_net(ctx, &net, NET_DENSE, N, (uint64_t)(10 * kind + noise_kind)));
            OK(make_noise(ctx, &noise, noise_kind, N));
            OK(make_chain(ctx, &chain, kind, net, noise));
            OK(binnet_chain_classes(ctx, &count, NULL, 0, chain));
            if (noise_kind != NOISE_UNIFORM)
                compare_all(ctx, chain, a, b, 1e-13, 1e-11);
            binnet_chain_free(chain);
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
    binnet_set_free(a);
    binnet_set_free(b);
    binnet_ctx_free(ctx);
}
END_TEST

/* Every neuron excites every other: two wells, all silent and all active. */
static binnet_chain *double_well(binnet_ctx *ctx, size_t n, double weight, double sigma, int32_t update, int logistic)
{
    double *J = malloc(n * n * sizeof *J), stimulus[32];
    for (size_t i = 0; i < n; i++) {
        stimulus[i] = -0.5 * weight * (double)(n - 1);
        for (size_t j = 0; j < n; j++)
            J[i * n + j] = i == j ? 0 : weight;
    }
    int32_t kind = logistic ? BINNET_NOISE_LOGISTIC : BINNET_NOISE_GAUSSIAN;
    binnet_chain *chain = new_chain(ctx, n, J, NULL, stimulus, kind, sigma, update);
    free(J);
    return chain;
}

/* Six and eight neurons, both rules, gaps down to 1e-22. */
START_TEST(test_wells)
{
    binnet_ctx *ctx = new_ctx(1);
    const int32_t update = _i % 2 ? BINNET_UPDATE_SYNCHRONOUS : BINNET_UPDATE_ASYNCHRONOUS;
    const double sigma = (const double[4]){2, 0.9, 0.75, 0.6}[_i];
    const size_t n = _i < 2 ? 6 : 8, states = (size_t)1 << n;
    binnet_chain *chain = double_well(ctx, n, 1, sigma, update, 0);
    binnet_set *up, *down;
    const uint64_t all = states - 1, none = 0;
    OK(binnet_set_new_states(ctx, &up, n, &all, 1));
    OK(binnet_set_new_states(ctx, &down, n, &none, 1));
    compare_all(ctx, chain, up, down, 1e-12, 1e-10);
    double mean[256];
    OK(binnet_passage_times(ctx, mean, NULL, states, NULL, chain, up));
    if (_i == 3)
        ck_assert_double_gt(mean[0], 1e20);
    binnet_set_free(up);
    binnet_set_free(down);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Equal neurons one at a time: the number k of active ones goes up with probability (n - k)/n p(k), down with k/n q(k - 1), by
 * the logistic p(k) = 1/(1 + exp(-h(k)/T)). Mean time from k to k + 1: t(k) = (1 + down(k) t(k - 1)) / up(k); its variance
 * v(k) = (t(k) - 1 + down(k) (v(k - 1) + t(k - 1) (t(k) + t(k - 1)))) / up(k); all sums of positive terms. Far beyond double in
 * transitions, and up to 1e250 in times. */
START_TEST(test_birth_and_death)
{
    binnet_ctx *ctx = new_ctx(1);
    const size_t n = 8;
    const double T = (const double[3]){0.2, 0.05, 0.0145}[_i];
    binnet_chain *chain = double_well(ctx, n, 1, T, BINNET_UPDATE_ASYNCHRONOUS, 1);
    binnet_set *up;
    const uint64_t all = 255;
    OK(binnet_set_new_states(ctx, &up, n, &all, 1));
    double mean[256], variance[256], error;
    long double t = 0, v = 0, from[9] = {0}, spread[9] = {0}, step[9], step_variance[9];
    for (size_t k = 0; k < n; k++) {
        long double h = (long double)k - 3.5L, before = (long double)k - 4.5L;
        long double rise = (long double)(n - k) / (long double)n / (1 + expl(-h / (long double)T));
        long double fall = (long double)k / (long double)n / (1 + expl(before / (long double)T));
        long double last = t;
        t = (1 + fall * t) / rise;
        v = (fmaxl(t - 1, 0) + fall * (v + last * (t + last))) / rise;
        step[k] = t;
        step_variance[k] = v;
    }
    for (size_t k = n; k-- > 0;) {
        from[k] = from[k + 1] + step[k];
        spread[k] = spread[k + 1] + step_variance[k];
    }
    /* above 1e200 the variance is beyond the range of double */
    int32_t code = binnet_passage_times(ctx, mean, _i < 2 ? variance : NULL, 256, &error, chain, up);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
    double worst = 0, worst_variance = 0;
    for (size_t s = 0; s < 255; s++) {
        size_t k = 0;
        for (size_t b = s; b != 0; b &= b - 1)
            k++;
        worst = fmax(worst, fabs((double)((mean[s] - from[k]) / from[k])));
        if (_i < 2)
            worst_variance = fmax(worst_variance, fabs((double)((variance[s] - spread[k]) / spread[k])));
    }
    ck_assert_msg(worst_variance < 1e-10, "T = %g, time %g: variance off by %g", T, mean[0], worst_variance);
    ck_assert_msg(worst <= error && worst < 1e-11, "T = %g, time %g: error %g, reported %g", T, mean[0], worst, error);
    if (_i == 2)
        ck_assert_double_gt(mean[0], 1e200);
    binnet_set_free(up);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Long times from wells that differ, so that the means' differences have lost their digits: variances keep theirs. */
START_TEST(test_long_times)
{
    binnet_ctx *ctx = new_ctx(1);
    const uint64_t most = 31;
    binnet_set *up, *down;
    double longest = 0;
    OK(binnet_set_new_states(ctx, &up, N, &most, 1));
    OK(binnet_set_new_pattern(ctx, &down, N, 1, 0));
    for (uint64_t seed = 1; seed <= 20; seed++) {
        double J[N * N], theta[N], scale[N], mean[S];
        uint64_t die = 100 + seed;
        for (size_t i = 0; i < N; i++) {
            theta[i] = draw(&die);
            scale[i] = 0.05;
            for (size_t j = 0; j < N; j++)
                J[i * N + j] = draw(&die);
        }
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        OK(binnet_net_new(ctx, &net, N, J, NULL, theta, NULL));
        OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
        OK(make_chain(ctx, &chain, (int)(seed % CHAIN_KINDS), net, noise));
        OK(binnet_passage_times(ctx, mean, NULL, S, NULL, chain, up));
        double most_time = 0;
        for (size_t s = 0; s < S; s++)
            most_time = fmax(most_time, mean[s]);
        if (most_time < 1e150) {
            compare_all(ctx, chain, up, down, 1e-12, 1e-10);
            longest = fmax(longest, most_time);
        }
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    ck_assert_double_gt(longest, 1e30);
    binnet_set_free(up);
    binnet_set_free(down);
    binnet_ctx_free(ctx);
}
END_TEST

/* The escape rate of a well is that of the time: within the set of the states with at most 3 active, birth and death again; the
 * law by power iteration in long double with the rate as sum of what leaves. */
START_TEST(test_escape)
{
    binnet_ctx *ctx = new_ctx(1);
    const size_t n = 8;
    const double T = (const double[4]){2, 0.3, 0.1, 0.012}[_i];
    binnet_chain *chain = double_well(ctx, n, 1, T, BINNET_UPDATE_ASYNCHRONOUS, 1);
    uint64_t low[256];
    size_t count = 0;
    static const int choose[5] = {1, 8, 28, 56, 70};
    for (uint64_t s = 0; s < 256; s++) {
        size_t k = 0;
        for (uint64_t b = s; b != 0; b &= b - 1)
            k++;
        if (k <= 3)
            low[count++] = s;
    }
    binnet_set *set;
    OK(binnet_set_new_states(ctx, &set, n, low, count));
    binnet_law *law;
    double rate, error;
    int32_t code = binnet_passage_quasi_stationary(ctx, &law, &rate, &error, chain, set);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
    /* inverse iteration on the four numbers of active neurons, by the recursion of sums of flows: w[k] visits */
    long double v[4] = {1, 0.1L, 0.01L, 0.001L}, true_rate = 0, rise[5], fall[5];
    for (size_t k = 0; k < 5; k++) {
        rise[k] = (long double)(n - k) / n / (1 + expl(-((long double)k - 3.5L) / (long double)T));
        fall[k] = (long double)k / n / (1 + expl(((long double)k - 4.5L) / (long double)T));
    }
    for (int it = 0; it < 400; it++) {
        /* expected visits w of a start v: flow up across k | k + 1 is w[k] rise[k] - w[k + 1] fall[k + 1] = v[0] + ... + v[k] */
        long double w[4], sum = 0, flow[4];
        for (size_t k = 0; k < 4; k++)
            flow[k] = (k > 0 ? flow[k - 1] : 0) + v[k];
        for (size_t k = 4; k-- > 0;)
            w[k] = (flow[k] + (k < 3 ? w[k + 1] * fall[k + 1] : 0)) / rise[k];
        long double before = v[0] + v[1] + v[2] + v[3];
        for (size_t k = 0; k < 4; k++)
            sum += w[k];
        true_rate = before / sum;
        for (size_t k = 0; k < 4; k++)
            v[k] = w[k] / sum;
    }
    double off = fabs((double)((rate - true_rate) / true_rate)), worst = 0, total = 0;
    ck_assert_msg(off <= error && off < 1e-11, "T = %g: rate %g, error %g, reported %g", T, rate, off, error);
    if (_i == 3)
        ck_assert_double_lt(rate, 1e-100);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        for (uint64_t b = low[i]; b != 0; b &= b - 1)
            k++;
        worst = fmax(worst, fabs((double)(binnet_law_data(law)[low[i]] * choose[k] / v[k] - 1)));
    }
    for (size_t s = 0; s < 256; s++)
        total += binnet_law_data(law)[s];
    ck_assert_msg(worst < 1e-11, "T = %g: law %g", T, worst);
    ck_assert_double_le(fabs(total - 1), 1e-14);
    ck_assert_double_le(binnet_law_residual(law), 1e-14);
    binnet_law_free(law);
    binnet_set_free(set);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Without weights the next state does not depend on this one: times to B are geometric with p = Pr(B), the quasi-stationary law is
 * the law given that it is not in B. */
START_TEST(test_independent)
{
    binnet_ctx *ctx = new_ctx(1);
    double J[N * N] = {0}, scale[N], stimulus[N], mean[S], variance[S], error, rate, p[S], in = 0;
    for (size_t i = 0; i < N; i++) {
        scale[i] = 0.5 + 0.1 * (double)i;
        stimulus[i] = 0.3 - 0.2 * (double)i;
    }
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_set *b, *out;
    binnet_law *law;
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, stimulus));
    OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_set_new_pattern(ctx, &b, N, 22, 18));
    OK(binnet_set_new_complement(ctx, &out, b));
    ck_assert_uint_eq(binnet_set_count(b) + binnet_set_count(out), S);
    for (size_t s = 0; s < S; s++) {
        p[s] = 1;
        for (size_t i = 0; i < N; i++)
            p[s] *= 1 / (1 + exp((s >> i & 1 ? -1 : 1) * stimulus[i] / scale[i]));
        in += binnet_set_contains(b, s) ? p[s] : 0;
    }
    OK(binnet_passage_times(ctx, mean, variance, S, &error, chain, b));
    OK(binnet_passage_quasi_stationary(ctx, &law, &rate, NULL, chain, out));
    ck_assert_double_le(fabs(rate / in - 1), 1e-13);
    for (size_t s = 0; s < S; s++) {
        if (binnet_set_contains(b, s)) {
            ck_assert_double_le(mean[s], 0);
            continue;
        }
        ck_assert_double_le(fabs(mean[s] * in - 1), 1e-13);
        ck_assert_double_le(fabs(variance[s] * in * in / (1 - in) - 1), 1e-12);
        ck_assert_double_le(fabs(binnet_law_data(law)[s] * (1 - in) / p[s] - 1), 1e-13);
    }
    binnet_law_free(law);
    binnet_set_free(b);
    binnet_set_free(out);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Three neurons without noise: 0 copies itself (a memory), 1 copies 0, 2 copies 1, all at once. From a state with neuron 0 active
 * the target "2 active" is reached in as many steps as it takes to get there; with 0 silent it may be missed for ever. Then a
 * cycle: 0 -> 1 -> 2 -> 0. */
START_TEST(test_without_noise)
{
    binnet_ctx *ctx = new_ctx(1);
    const double chain_weights[9] = {1, 0, 0, 1, 0, 0, 0, 1, 0}, ring[9] = {0, 0, 1, 1, 0, 0, 0, 1, 0};
    const double half_theta[3] = {0.5, 0.5, 0.5}, none[3] = {0, 0, 0};
    const double ways[2][8] = {{INFINITY, 2, 1, 1, 0, 0, 0, 0}, {INFINITY, 2, 1, 1, 0, 0, 0, 0}};
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian(ctx, &noise, 3, none));
    for (int k = 0; k < 2; k++)
        for (int iterate = 0; iterate < 2; iterate++) {
            binnet_net *net;
            binnet_chain *chain;
            binnet_set *target;
            binnet_law *start;
            double mean[8], variance[8], steps[8], p[8], uniform[8];
            OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, iterate ? BINNET_METHOD_ITERATION : BINNET_METHOD_GTH));
            OK(binnet_net_new(ctx, &net, 3, k ? ring : chain_weights, NULL, half_theta, NULL));
            OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
            OK(binnet_set_new_pattern(ctx, &target, 3, 4, 4));
            for (int s = 0; s < 8; s++)
                uniform[s] = 0.125;
            OK(binnet_law_new(ctx, &start, 3, uniform, 8));
            int32_t code = binnet_passage_times(ctx, mean, iterate ? NULL : variance, 8, NULL, chain, target);
            ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
            OK(binnet_passage_probabilities(ctx, p, 8, NULL, chain, 1, (const binnet_set *const *)&target));
            OK(binnet_passage_occupation(ctx, steps, 8, NULL, chain, start, target));
            for (int s = 0; s < 8; s++) {
                double expected = ways[k][s];
                ck_assert_msg(isinf(expected) ? isinf(mean[s]) : fabs(mean[s] - expected) < 1e-13,
                              "net %d state %d: %g", k, s, mean[s]);
                ck_assert_double_le(fabs(p[s] - (isinf(expected) ? 0 : 1)), 1e-13);
                if (!iterate && !isinf(expected))
                    ck_assert_double_le(fabs(variance[s]), 1e-13);
            }
            ck_assert(isinf(steps[0])); /* silence lasts */
            ck_assert_double_le(fabs(steps[1] - 0.125), 1e-13);
            double total;
            OK(binnet_passage_times_from(ctx, &total, NULL, NULL, chain, start, target));
            ck_assert(isinf(total));
            binnet_law *law = NULL;
            double rate;
            binnet_set *outside;
            OK(binnet_set_new_complement(ctx, &outside, target));
            ck_assert_int_eq(binnet_passage_quasi_stationary(ctx, &law, &rate, NULL, chain, outside),
                             BINNET_E_REDUCIBLE);
            ck_assert_ptr_null(law);
            binnet_set_free(outside);
            binnet_law_free(start);
            binnet_set_free(target);
            binnet_chain_free(chain);
            binnet_net_free(net);
        }
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Iteration against elimination, and its certified bound. */
START_TEST(test_iteration)
{
    enum { n = 9, states = 1 << n };
    binnet_ctx *ctx = new_ctx(2), *other = new_ctx(1);
    OK(binnet_ctx_set_i64(other, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_set *a, *b;
    const uint64_t listed[2] = {5, 300};
    static double x[3][2 * states], y[3][2 * states];
    OK(make_net(ctx, &net, NET_DENSE, n, 40 + (uint64_t)_i));
    OK(make_noise(ctx, &noise, NOISE_LOGISTIC, n));
    if (_i < CHAIN_KINDS)
        OK(make_chain(ctx, &chain, _i, net, noise));
    else
        chain = double_well(ctx, n, 1, 2, _i % 2 ? BINNET_UPDATE_ASYNCHRONOUS : BINNET_UPDATE_SYNCHRONOUS, 0);
    OK(binnet_set_new_states(ctx, &a, n, listed, 2));
    OK(binnet_set_new_pattern(ctx, &b, n, 448, 448));
    const binnet_set *sets[2] = {a, b};
    double error, known, p[states];
    binnet_law *start;
    fill_start(ctx, &start, p, n, 3);
    OK(binnet_passage_times(ctx, x[0], x[1], states, &known, chain, a));
    int32_t code = binnet_passage_times(other, y[0], y[1], states, &error, chain, a);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(other));
    double off = 0, off_variance = 0;
    for (size_t s = 0; s < states; s++)
        if (x[0][s] > 0) {
            off = fmax(off, fabs(y[0][s] / x[0][s] - 1));
            off_variance = fmax(off_variance, fabs(y[1][s] / x[1][s] - 1));
        }
    ck_assert_msg(off <= error + known && off_variance <= error + 1e-11 && error <= 1e-8,
                  "%d: times %g, variances %g, bound %g", _i, off, off_variance, error);
    OK(binnet_passage_probabilities(ctx, x[0], 2 * states, &known, chain, 2, sets));
    OK(binnet_passage_probabilities(other, y[0], 2 * states, &error, chain, 2, sets));
    off = 0;
    for (size_t s = 0; s < 2 * states; s++)
        off = fmax(off, fabs(y[0][s] - x[0][s]));
    ck_assert_msg(off <= error + known && error <= 1e-8, "%d: probabilities %g, bound %g", _i, off, error);
    OK(binnet_passage_occupation(ctx, x[0], states, &known, chain, start, a));
    OK(binnet_passage_occupation(other, y[0], states, &error, chain, start, a));
    double sum = 0;
    off = 0;
    for (size_t s = 0; s < states; s++) {
        off += fabs(y[0][s] - x[0][s]);
        sum += x[0][s];
    }
    binnet_set *outside;
    binnet_law *law, *same;
    double rate, same_rate;
    OK(binnet_set_new_complement(ctx, &outside, b));
    OK(binnet_passage_quasi_stationary(ctx, &law, &rate, NULL, chain, outside));
    code = binnet_passage_quasi_stationary(other, &same, &same_rate, &known, chain, outside);
    ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(other));
    ck_assert_msg(fabs(same_rate / rate - 1) <= known && known <= 1e-8, "%d: rate %g, bound %g", _i,
                  fabs(same_rate / rate - 1), known);
    for (size_t s = 0; s < states; s++)
        ck_assert_double_le(fabs(binnet_law_data(law)[s] - binnet_law_data(same)[s]), 1e-9);
    binnet_law_free(law);
    binnet_law_free(same);
    binnet_set_free(outside);
    known = 1e-12;
    ck_assert_msg(off / sum <= error + known && error <= 1e-8, "%d: time spent %g, bound %g", _i, off / sum, error);
    binnet_law_free(start);
    binnet_set_free(a);
    binnet_set_free(b);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    binnet_ctx_free(other);
}
END_TEST

/* A well too deep for doubles and iteration is refused with the figure. */
START_TEST(test_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    binnet_chain *chain = double_well(ctx, 8, 1, 0.45, BINNET_UPDATE_ASYNCHRONOUS, 0);
    binnet_set *up;
    const uint64_t all = 255;
    double mean[256] = {-1};
    OK(binnet_set_new_states(ctx, &up, 8, &all, 1));
    ck_assert_int_eq(binnet_passage_times(ctx, mean, NULL, 256, NULL, chain, up), BINNET_E_NOCONV);
    ck_assert_msg(strstr(binnet_ctx_message(ctx), "certified") != NULL, "%s", binnet_ctx_message(ctx));
    ck_assert_double_le(mean[0], -1);
    binnet_set_free(up);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* A limit of what the estimate says is enough, a byte in ten less is not; by elimination and by iteration. */
START_TEST(test_estimate)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = double_well(ctx, 8, 1, 2, BINNET_UPDATE_SYNCHRONOUS, 0);
    binnet_set *up;
    const uint64_t all = 255;
    double mean[256], variance[256];
    uint64_t count, bytes;
    OK(binnet_set_new_states(ctx, &up, 8, &all, 1));
    for (int32_t method = BINNET_METHOD_GTH; method <= BINNET_METHOD_ITERATION; method++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, INT64_C(1) << 32));
        OK(binnet_passage_estimate(ctx, &count, &bytes, NULL, chain, up));
        ck_assert_uint_eq(count, 255);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes));
        int32_t code = binnet_passage_times(ctx, mean, variance, 256, NULL, chain, up);
        ck_assert_msg(code == BINNET_OK, "%s", binnet_ctx_message(ctx));
        OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)(0.9 * (double)bytes)));
        ck_assert_int_eq(binnet_passage_times(ctx, mean, variance, 256, NULL, chain, up), BINNET_E_LIMIT);
    }
    binnet_set_free(up);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Paths: the product of single transitions; all paths of three steps add up to a power of the matrix; far below double. */
START_TEST(test_paths)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int kind = 0; kind < CHAIN_KINDS; kind++) {
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        double row[8], x[8] = {0}, p, log_p;
        OK(make_net(ctx, &net, NET_DENSE, 3, 70));
        OK(make_noise(ctx, &noise, NOISE_GAUSSIAN, 3));
        OK(make_chain(ctx, &chain, kind, net, noise));
        double sum = 0;
        for (uint64_t a = 0; a < 8; a++)
            for (uint64_t b = 0; b < 8; b++) {
                const uint64_t path[4] = {2, a, b, 5};
                OK(binnet_passage_path(ctx, &p, &log_p, chain, 4, path));
                sum += p;
                if (p > 0)
                    ck_assert_double_le(fabs(exp(log_p) / p - 1), 1e-13);
            }
        x[2] = 1;
        for (int k = 0; k < 3; k++) {
            OK(binnet_chain_apply(ctx, row, 8, chain, x));
            memcpy(x, row, sizeof x);
        }
        ck_assert_double_le(fabs(sum / x[5] - 1), 1e-13);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    /* 8 neurons fire against drives of -3.5: each step has the probability (1 + exp(3.5/T))^-8 */
    binnet_chain *chain = double_well(ctx, 8, 1, 0.005, BINNET_UPDATE_SYNCHRONOUS, 1);
    const uint64_t path[3] = {0, 255, 0};
    double p, log_p;
    OK(binnet_passage_path(ctx, &p, &log_p, chain, 3, path));
    ck_assert_double_le(p, 0);
    ck_assert_double_le(fabs(log_p / (-16 * 3.5 / 0.005) - 1), 1e-13);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(test_arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = double_well(ctx, 3, 1, 1, BINNET_UPDATE_SYNCHRONOUS, 1);
    binnet_set *empty, *all, *some, *wide, *made;
    const uint64_t one[2] = {1, 8}, bad[2] = {1, 9};
    double x[16], rate;
    OK(binnet_set_new_states(ctx, &empty, 3, NULL, 0));
    OK(binnet_set_new_complement(ctx, &all, empty));
    OK(binnet_set_new_states(ctx, &some, 3, one, 1));
    OK(binnet_set_new_states(ctx, &wide, 4, one, 2));
    ck_assert_int_eq(binnet_set_new_states(ctx, &made, 3, bad, 2), BINNET_E_RANGE);
    ck_assert_ptr_null(made);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "state[1]"));
    ck_assert_int_eq(binnet_set_new_pattern(ctx, &made, 3, 8, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_set_new_pattern(ctx, &made, 3, 3, 4), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_set_new_pattern(ctx, &made, 0, 0, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_set_new_pattern(ctx, &made, 33, 0, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_set_new_union(ctx, &made, some, wide), BINNET_E_SIZE);
    OK(binnet_set_new_union(ctx, &made, some, all));
    ck_assert_uint_eq(binnet_set_count(made), 8);
    binnet_set_free(made);
    ck_assert_int_eq(binnet_set_contains(some, 1), 1);
    ck_assert_int_eq(binnet_set_contains(some, 0), 0);
    ck_assert_int_eq(binnet_set_contains(some, 1000), 0);

    ck_assert_int_eq(binnet_passage_times(ctx, x, NULL, 8, NULL, chain, empty), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_passage_times(ctx, x, NULL, 8, NULL, chain, wide), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_passage_times(ctx, x, NULL, 7, NULL, chain, some), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_passage_times(ctx, NULL, NULL, 8, NULL, chain, some), BINNET_E_NULL);
    ck_assert_int_eq(binnet_passage_times(ctx, x, NULL, 8, NULL, chain, NULL), BINNET_E_NULL);
    OK(binnet_passage_times(ctx, x, x + 8, 8, NULL, chain, all));
    for (int s = 0; s < 16; s++)
        ck_assert_double_le(fabs(x[s]), 0);
    const binnet_set *twice[2] = {some, all};
    ck_assert_int_eq(binnet_passage_probabilities(ctx, x, 16, NULL, chain, 2, twice), BINNET_E_RANGE);
    twice[1] = empty;
    ck_assert_int_eq(binnet_passage_probabilities(ctx, x, 16, NULL, chain, 2, twice), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "set[1]"));
    twice[1] = NULL;
    ck_assert_int_eq(binnet_passage_probabilities(ctx, x, 16, NULL, chain, 2, twice), BINNET_E_NULL);
    ck_assert_int_eq(binnet_passage_probabilities(ctx, x, 16, NULL, chain, 1, twice), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_passage_probabilities(ctx, x, 16, NULL, chain, 0, twice), BINNET_E_RANGE);
    binnet_law *law;
    ck_assert_int_eq(binnet_passage_quasi_stationary(ctx, &law, &rate, NULL, chain, empty), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_passage_quasi_stationary(ctx, &law, &rate, NULL, chain, all), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_passage_path(ctx, x, NULL, chain, 0, one), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_passage_path(ctx, x, NULL, chain, 2, bad), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_passage_times_continuous(ctx, x, NULL, 8, NULL, chain, 1, some), BINNET_E_RANGE);
    binnet_set_free(empty);
    binnet_set_free(all);
    binnet_set_free(some);
    binnet_set_free(wide);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("passage", {test_every_kind, 1}, {test_wells, 4}, {test_birth_and_death, 3}, {test_long_times, 1},
             {test_escape, 4}, {test_independent, 1}, {test_without_noise, 1}, {test_iteration, CHAIN_KINDS + 2},
             {test_refused, 1}, {test_estimate, 1}, {test_paths, 1}, {test_arguments, 1})
