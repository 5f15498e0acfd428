/*
 * Laws over time: schedules against powers of the matrices in long double, continuous time against the exponential of the generator
 * (scaling and squaring in long double) and against independent neurons in closed form.
 */
#include "support/support.h"
#include "support/meter.h"

#include <string.h>

enum { N = 5, S = 1 << N, PARTS = 3 };

typedef struct scene {
    binnet_ctx *ctx;
    binnet_chain *chain[PARTS];
    binnet_law *start;
    double p[S];
} scene;

static void make_scene(scene *s, int kind, uint64_t seed)
{
    s->ctx = new_ctx(1);
    for (int k = 0; k < PARTS; k++) {
        binnet_net *net;
        binnet_noise *noise;
        OK(make_net(s->ctx, &net, NET_DENSE, N, seed + (uint64_t)k));
        OK(make_noise(s->ctx, &noise, k == 1 ? NOISE_GAUSSIAN : NOISE_LOGISTIC, N));
        OK(make_chain(s->ctx, &s->chain[k], (kind + k) % CHAIN_KINDS, net, noise));
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    double sum = 0;
    for (size_t i = 0; i < S; i++)
        sum += s->p[i] = 1 + draw(&seed);
    for (size_t i = 0; i < S; i++)
        s->p[i] /= sum;
    OK(binnet_law_new(s->ctx, &s->start, N, s->p, S));
    memcpy(s->p, binnet_law_data(s->start), sizeof s->p);
}

static void strike_scene(scene *s)
{
    for (int k = 0; k < PARTS; k++)
        binnet_chain_free(s->chain[k]);
    binnet_law_free(s->start);
    binnet_ctx_free(s->ctx);
}

static void multiply(long double *x, const double *P)
{
    long double y[S] = {0};
    for (size_t s = 0; s < S; s++)
        for (size_t t = 0; t < S; t++)
            y[t] += x[s] * (long double)P[s * S + t];
    memcpy(x, y, sizeof y);
}

static double farthest(const double *p, const long double *truth)
{
    double worst = 0;
    for (size_t s = 0; s < S; s++)
        worst = fmax(worst, fabs((double)((p[s] - truth[s]) / truth[s])));
    return worst;
}

START_TEST(test_schedule)
{
    static double P[PARTS][S * S], laws[5 * S], means[5 * N];
    const uint64_t start[PARTS] = {0, 3, 10}, time[5] = {0, 2, 3, 11, 200};
    scene s;
    make_scene(&s, _i, 11 + (uint64_t)_i);
    binnet_schedule *schedule;
    OK(binnet_schedule_new(s.ctx, &schedule, PARTS, start, (const binnet_chain *const *)s.chain));
    for (int k = 0; k < PARTS; k++)
        OK(binnet_chain_matrix(s.ctx, P[k], S * S, s.chain[k]));
    double error, mean_error, worst = 0;
    OK(binnet_schedule_laws(s.ctx, laws, 5 * S, &error, schedule, s.start, 5, time));
    OK(binnet_schedule_means(s.ctx, means, 5 * N, &mean_error, schedule, s.start, 5, time));
    long double x[S];
    for (size_t i = 0; i < S; i++)
        x[i] = s.p[i];
    for (uint64_t t = 0, k = 0; k < 5; t++) {
        if (t == time[k]) {
            worst = fmax(worst, farthest(laws + k * S, x));
            for (size_t i = 0; i < N; i++) {
                long double mean = 0;
                for (size_t a = 0; a < S; a++)
                    mean += a >> i & 1 ? x[a] : 0;
                double off = fabs((double)((means[k * N + i] - mean) / mean));
                ck_assert_msg(off <= mean_error, "time %d mean %zu: %g, bound %g", (int)t, i, off, mean_error);
            }
            k++;
        }
        multiply(x, P[t < 3 ? 0 : t < 10 ? 1 : 2]);
    }
    ck_assert_msg(worst <= error && error < 1e-11, "laws: %g, bound %g", worst, error);
    /* in pieces, as law objects */
    binnet_law *half, *end;
    OK(binnet_schedule_evolve(s.ctx, &half, schedule, s.start, 0, 7));
    OK(binnet_schedule_evolve(s.ctx, &end, schedule, half, 7, 200));
    ck_assert_double_gt(binnet_law_balance_error(end), binnet_law_balance_error(half));
    for (size_t i = 0; i < S; i++)
        ck_assert_double_le(fabs(binnet_law_data(end)[i] / laws[4 * S + i] - 1), binnet_law_balance_error(end));
    binnet_law_free(half);
    binnet_law_free(end);
    /* and a schedule of one chain does what binnet_chain_evolve does */
    binnet_schedule *alone;
    OK(binnet_schedule_new(s.ctx, &alone, 1, start, (const binnet_chain *const *)s.chain));
    OK(binnet_schedule_evolve(s.ctx, &half, alone, s.start, 5, 25));
    OK(binnet_chain_evolve(s.ctx, &end, s.chain[0], s.start, 20));
    for (size_t i = 0; i < S; i++)
        ck_assert_double_le(fabs(binnet_law_data(end)[i] / binnet_law_data(half)[i] - 1), 1e-13);
    binnet_law_free(half);
    binnet_law_free(end);
    binnet_schedule_free(alone);
    binnet_schedule_free(schedule);
    strike_scene(&s);
}
END_TEST

/* Stimuli in a table are what chains of networks with these stimuli are. */
START_TEST(test_stimuli)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *with[PARTS];
    binnet_noise *noise;
    binnet_chain *chain[PARTS];
    double stimulus[PARTS * N], a[2 * S], b[2 * S];
    const uint64_t start[PARTS] = {0, 2, 5}, time[2] = {4, 9};
    uint64_t seed = 5;
    OK(make_net(ctx, &net, NET_DENSE, N, 3));
    OK(make_noise(ctx, &noise, NOISE_LOGISTIC, N));
    for (size_t k = 0; k < PARTS * N; k++)
        stimulus[k] = draw(&seed);
    for (int k = 0; k < PARTS; k++) {
        OK(binnet_net_with_stimuli(ctx, &with[k], net, stimulus + k * N));
        OK(make_chain(ctx, &chain[k], _i, with[k], noise));
    }
    double p[S];
    for (size_t s = 0; s < S; s++)
        p[s] = 1.0 / S;
    binnet_law *law;
    OK(binnet_law_new(ctx, &law, N, p, S));
    binnet_schedule *one, *other;
    OK(binnet_schedule_new(ctx, &one, PARTS, start, (const binnet_chain *const *)chain));
    OK(binnet_schedule_new_stimuli(ctx, &other, chain[1], PARTS, start, stimulus));
    OK(binnet_schedule_laws(ctx, a, 2 * S, NULL, one, law, 2, time));
    OK(binnet_schedule_laws(ctx, b, 2 * S, NULL, other, law, 2, time));
    ck_assert_mem_eq(a, b, sizeof a);
    binnet_schedule_free(one);
    binnet_schedule_free(other);
    for (int k = 0; k < PARTS; k++) {
        binnet_chain_free(chain[k]);
        binnet_net_free(with[k]);
    }
    binnet_law_free(law);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* exp(G t) by the series of G t / 2^k and k squarings. */
static void exponential(long double *E, const long double *G, long double t)
{
    int halvings = 0;
    long double size = 0;
    for (size_t s = 0; s < S; s++)
        size = fmaxl(size, -2 * G[s * S + s] * t);
    while (size > 0.01L) {
        size /= 2;
        halvings++;
    }
    static long double A[S * S], B[S * S], C[S * S];
    for (size_t k = 0; k < S * S; k++) {
        A[k] = G[k] * t / powl(2, halvings);
        E[k] = B[k] = k % (S + 1) == 0;
    }
    for (int term = 1; term < 16; term++) {
        for (size_t i = 0; i < S; i++)
            for (size_t j = 0; j < S; j++) {
                C[i * S + j] = 0;
                for (size_t l = 0; l < S; l++)
                    C[i * S + j] += B[i * S + l] * A[l * S + j] / term;
            }
        memcpy(B, C, sizeof B);
        for (size_t k = 0; k < S * S; k++)
            E[k] += B[k];
    }
    for (; halvings > 0; halvings--) {
        for (size_t i = 0; i < S; i++)
            for (size_t j = 0; j < S; j++) {
                C[i * S + j] = 0;
                for (size_t l = 0; l < S; l++)
                    C[i * S + j] += E[i * S + l] * E[l * S + j];
            }
        memcpy(E, C, sizeof C);
    }
}

/* The generator from firing probabilities: rate[i] times the chance to flip. */
START_TEST(test_exponential)
{
    static long double G[S * S], E[S * S];
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain, *sweep;
    const double rate[N] = {0.5, 2, 0, 1, 3}, time = (const double[4]){1e-6, 0.7, 20, 3000}[_i];
    double q, p[S], error, row[S];
    OK(make_net(ctx, &net, NET_DENSE, N, 21));
    OK(make_noise(ctx, &noise, NOISE_LOGISTIC, N));
    OK(binnet_chain_new_continuous(ctx, &chain, &q, net, noise, rate));
    OK(binnet_chain_new(ctx, &sweep, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    ck_assert_double_le(fabs(q - 6.5), 1e-15);
    memset(G, 0, sizeof G);
    for (size_t s = 0; s < S; s++) {
        OK(binnet_chain_row(ctx, row, S, sweep, s));
        for (size_t i = 0; i < N; i++) {
            long double fires = 0;
            for (size_t t = 0; t < S; t++)
                fires += t >> i & 1 ? row[t] : 0;
            long double flip = rate[i] * (s >> i & 1 ? 1 - fires : fires);
            G[s * S + (s ^ (size_t)1 << i)] += flip;
            G[s * S + s] -= flip;
        }
    }
    exponential(E, G, time);
    memset(p, 0, sizeof p);
    p[3] = 0.25;
    p[17] = 0.75;
    binnet_law *start, *law;
    OK(binnet_law_new(ctx, &start, N, p, S));
    OK(binnet_continuous_evolve(ctx, &law, &error, chain, q, start, time));
    double off = 0;
    for (size_t s = 0; s < S; s++)
        off += fabs((double)(binnet_law_data(law)[s] - (0.25L * E[3 * S + s] + 0.75L * E[17 * S + s])));
    ck_assert_msg(off <= error + 1e-16 && error < 1e-9, "time %g: %g, bound %g", time, off, error);
    if (_i == 0) /* four flips away, of order time^4, with all digits but those of the expansion of E */
        for (size_t s = 0; s < S; s++)
            ck_assert_msg(E[3 * S + s] <= 0 || binnet_law_data(law)[s] > 0, "state %zu", s);
    binnet_law_free(law);
    binnet_law_free(start);
    binnet_chain_free(chain);
    binnet_chain_free(sweep);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Without weights every neuron relaxes by itself: m_i(t) = p_i + (m_i(0) - p_i) exp(-rate_i t). Also at q t = 1e7; and the mean
 * time until neuron 1 fires is 1/(rate p), geometric events with exponential waits. */
START_TEST(test_independent)
{
    binnet_ctx *ctx = new_ctx(1);
    double J[9] = {0}, scale[3] = {1, 0.5, 2}, stimulus[3] = {0.2, -1, 1.5}, q, p[8] = {0}, error, m[3], mean[8],
           variance[8];
    const double rate[3] = {1e-3, 1, 2.5}, times[6] = {0, 1e-3, 0.5, 30, 2000, 3e6};
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *start, *law;
    binnet_set *fires;
    OK(binnet_net_new(ctx, &net, 3, J, NULL, NULL, stimulus));
    OK(binnet_noise_new_logistic(ctx, &noise, 3, scale));
    OK(binnet_chain_new_continuous(ctx, &chain, &q, net, noise, rate));
    p[5] = 1;
    OK(binnet_law_new(ctx, &start, 3, p, 8));
    for (int k = 0; k < 6; k++) {
        OK(binnet_continuous_evolve(ctx, &law, &error, chain, q, start, times[k]));
        OK(binnet_law_mean(ctx, m, 3, law));
        for (int i = 0; i < 3; i++) {
            double f = 1 / (1 + exp(-stimulus[i] / scale[i])), first = i == 1 ? 0 : 1;
            double truth = f + (first - f) * exp(-rate[i] * times[k]);
            ck_assert_msg(fabs(m[i] - truth) <= error + 4e-16, "time %g neuron %d: %g, bound %g", times[k], i,
                          m[i] - truth, error);
        }
        ck_assert_msg(error <= 1e-9 * (1 + times[k]), "time %g: bound %g", times[k], error);
        binnet_law_free(law);
    }
    OK(binnet_set_new_pattern(ctx, &fires, 3, 2, 2));
    OK(binnet_passage_times_continuous(ctx, mean, variance, 8, &error, chain, q, fires));
    double truth = (1 + exp(2)) / rate[1];
    for (int s = 0; s < 8; s++)
        if (!(s & 2)) {
            ck_assert_double_le(fabs(mean[s] / truth - 1), 1e-13);
            ck_assert_double_le(fabs(variance[s] / (truth * truth) - 1), 1e-12);
        }
    binnet_set_free(fires);
    binnet_law_free(start);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A neuron that turns over with p = 1e-17 at each of 2^39 events: no event changes the law by as much as rounding, all of them by 6e-6. */
START_TEST(test_hidden_change)
{
    binnet_ctx *ctx = new_ctx(1);
    const double away[3] = {8.3, 8.49, 8.6};
    double theta = away[_i], J = 2 * theta, scale = 1, rate = 1, q, error, wide[2];
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *start, *law;
    const double p[2] = {0.75, 0.25};
    OK(binnet_net_new(ctx, &net, 1, &J, NULL, &theta, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 1, &scale));
    OK(binnet_chain_new_continuous(ctx, &chain, &q, net, noise, &rate));
    OK(binnet_law_new(ctx, &start, 1, p, 2));
    OK(binnet_noise_eval(ctx, &wide[0], &wide[1], NULL, noise, -theta));
    OK(binnet_continuous_evolve(ctx, &law, &error, chain, q, start, 0x1p39));
    double truth = 0.5 + 0.25 * exp(-2 * wide[0] * 0x1p39), off = 2 * fabs(binnet_law_data(law)[0] - truth);
    ck_assert_msg(off > 1e-7 && off <= error && error < 1, "off by %g, bound %g", off, error);
    binnet_law_free(law);
    binnet_law_free(start);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(test_arguments)
{
    scene s;
    make_scene(&s, CHAIN_SYNCHRONOUS, 3);
    binnet_schedule *schedule, *none;
    const binnet_chain *const *chain = (const binnet_chain *const *)s.chain;
    const uint64_t start[PARTS] = {0, 3, 10}, late[1] = {1}, back[PARTS] = {0, 5, 5};
    double x[2 * S] = {0}, q;
    ck_assert_int_eq(binnet_schedule_new(s.ctx, &none, 1, late, chain), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_schedule_new(s.ctx, &none, 0, start, chain), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_schedule_new(s.ctx, &none, PARTS, back, chain), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "start[2]"));
    ck_assert_ptr_null(none);
    const binnet_chain *hole[2] = {s.chain[0], NULL};
    ck_assert_int_eq(binnet_schedule_new(s.ctx, &none, 2, start, hole), BINNET_E_NULL);
    x[1] = NAN;
    ck_assert_int_eq(binnet_schedule_new_stimuli(s.ctx, &none, s.chain[0], 1, start, x), BINNET_E_NAN);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "stimulus[0][1]"));
    OK(binnet_schedule_new(s.ctx, &schedule, 1, start, chain));
    const uint64_t falling[2] = {4, 3};
    ck_assert_int_eq(binnet_schedule_laws(s.ctx, x, 2 * S, NULL, schedule, s.start, 2, falling), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "time[1]"));
    ck_assert_int_eq(binnet_schedule_laws(s.ctx, x, S, NULL, schedule, s.start, 2, start), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_schedule_means(s.ctx, x, N, NULL, schedule, NULL, 1, start), BINNET_E_NULL);
    binnet_law *law;
    ck_assert_int_eq(binnet_schedule_evolve(s.ctx, &law, schedule, s.start, 4, 3), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_continuous_evolve(s.ctx, &law, NULL, s.chain[0], 1, s.start, 1), BINNET_E_RANGE);
    ck_assert_ptr_null(law);
    binnet_schedule_free(schedule);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *made;
    OK(make_net(s.ctx, &net, NET_DENSE, N, 1));
    OK(make_noise(s.ctx, &noise, NOISE_LOGISTIC, N));
    double rate[N] = {1, 1, -1, 1, 1};
    ck_assert_int_eq(binnet_chain_new_continuous(s.ctx, &made, &q, net, noise, rate), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "rate[2]"));
    rate[2] = NAN;
    ck_assert_int_eq(binnet_chain_new_continuous(s.ctx, &made, &q, net, noise, rate), BINNET_E_NAN);
    memset(rate, 0, sizeof rate);
    ck_assert_int_eq(binnet_chain_new_continuous(s.ctx, &made, &q, net, noise, rate), BINNET_E_RANGE);
    ck_assert_ptr_null(made);
    rate[0] = 1e150;
    rate[3] = 1e-300; /* would be drawn with probability 1e-450, 0 in double: never */
    ck_assert_int_eq(binnet_chain_new_continuous(s.ctx, &made, &q, net, noise, rate), BINNET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(s.ctx), "rate[3]"));
    rate[3] = 0;
    rate[0] = 2;
    OK(binnet_chain_new_continuous(s.ctx, &made, &q, net, noise, rate));
    ck_assert_int_eq(binnet_continuous_evolve(s.ctx, &law, NULL, made, -1, s.start, 1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_continuous_evolve(s.ctx, &law, NULL, made, NAN, s.start, 1), BINNET_E_NAN);
    ck_assert_int_eq(binnet_continuous_evolve(s.ctx, &law, NULL, made, 1, s.start, -1), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_continuous_evolve(s.ctx, &law, NULL, made, 1, s.start, 1e300), BINNET_E_RANGE);
    binnet_chain_free(made);
    binnet_noise_free(noise);
    binnet_net_free(net);
    strike_scene(&s);
}
END_TEST

RUN_REPEATED("transients", {test_schedule, CHAIN_KINDS}, {test_stimuli, CHAIN_KINDS}, {test_exponential, 4},
             {test_independent, 1}, {test_hidden_change, 3}, {test_arguments, 1})
