/* Lumped chains: against the chains of all states (from the definition, and the library's), closed forms, weak noise with several
 * wells by elimination in long double; what their laws say of neurons; and what refuses them. */
#include "chain/oracle.h"

#include <string.h>

enum { POPULATIONS = 3 };

typedef struct model {
    size_t n_pop, n;
    int64_t size[POPULATIONS];
    double J[POPULATIONS * POPULATIONS], M[POPULATIONS], theta[POPULATIONS], I[POPULATIONS], scale[POPULATIONS];
    double select[POPULATIONS]; /* of a population */
    int32_t self, tie, update, noise, block[POPULATIONS], uniform;
    size_t n_blocks;
} model;

static size_t states_of(const model *m)
{
    size_t S = 1;
    for (size_t a = 0; a < m->n_pop; a++)
        S *= (size_t)m->size[a] + 1;
    return S;
}

static size_t population_of(const model *m, size_t i)
{
    size_t a = 0;
    while (i >= (size_t)m->size[a])
        i -= (size_t)m->size[a++];
    return a;
}

/* Occupation state of a state of the neurons. */
static size_t lump(const model *m, uint64_t A)
{
    size_t s = 0, stride = 1, i = 0;
    for (size_t a = 0; a < m->n_pop; a++) {
        for (int64_t k = 0; k < m->size[a]; k++, i++)
            s += (A >> i & 1) * stride;
        stride *= (size_t)m->size[a] + 1;
    }
    return s;
}

static model random_model(dice *d, int64_t n0, int64_t n1, int64_t n2, int32_t update, double weight)
{
    model m = {.n_pop = 3, .n = (size_t)(n0 + n1 + n2), .size = {n0, n1, n2}, .update = update};
    double sum = 0;
    m.self = roll(d) < 0.5;
    m.tie = (int32_t)roll_to(d, 3);
    m.noise = BINNET_NOISE_GAUSSIAN + (int32_t)roll_to(d, 4);
    m.uniform = roll(d) < 0.5;
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++)
            m.J[a * 3 + b] = roll_in(d, -weight, weight);
        m.M[a] = roll_in(d, 0.5, 2);
        m.theta[a] = roll_in(d, -0.5, 0.5);
        m.I[a] = roll_in(d, -0.5, 0.5);
        m.scale[a] = roll_in(d, 1, 2) * (m.noise == BINNET_NOISE_UNIFORM ? 20 * weight : 1);
        sum += m.select[a] = roll_in(d, 0.5, 1);
    }
    for (size_t a = 0; a < 3; a++)
        m.select[a] /= sum;
    m.n_blocks = 2;
    m.block[0] = 1;
    m.block[1] = 0;
    m.block[2] = roll(d) < 0.5;
    return m;
}

static int32_t make_noise_of(binnet_ctx *ctx, binnet_noise **noise, int32_t kind, size_t n, const double *scale)
{
    switch (kind) {
    case BINNET_NOISE_GAUSSIAN:
        return binnet_noise_new_gaussian(ctx, noise, n, scale);
    case BINNET_NOISE_LOGISTIC:
        return binnet_noise_new_logistic(ctx, noise, n, scale);
    case BINNET_NOISE_UNIFORM:
        return binnet_noise_new_uniform(ctx, noise, n, scale);
    default:
        return binnet_noise_new_laplace(ctx, noise, n, scale);
    }
}

static binnet_noise *noise_of(binnet_ctx *ctx, const model *m)
{
    double *scale = malloc(m->n * sizeof *scale);
    binnet_noise *noise;
    ck_assert(scale != NULL);
    for (size_t i = 0; i < m->n; i++)
        scale[i] = m->scale[population_of(m, i)];
    OK(make_noise_of(ctx, &noise, m->noise, m->n, scale));
    free(scale);
    return noise;
}

static binnet_net *net_of(binnet_ctx *ctx, const model *m)
{
    binnet_net *plain, *net;
    OK(binnet_net_new_homogeneous(ctx, &plain, m->n_pop, m->size, m->J, m->M, m->theta, m->I, m->self));
    OK(binnet_net_with_tie(ctx, &net, plain, m->tie));
    binnet_net_free(plain);
    return net;
}

static binnet_chain *lumped_of(binnet_ctx *ctx, const model *m)
{
    binnet_net *net = net_of(ctx, m);
    binnet_noise *noise = noise_of(ctx, m);
    binnet_chain *chain;
    if (m->update == BINNET_UPDATE_BLOCKS)
        OK(binnet_chain_new_lumped_blocks(ctx, &chain, net, noise, m->n_blocks, m->block));
    else if (m->update == BINNET_UPDATE_ASYNCHRONOUS && !m->uniform)
        OK(binnet_chain_new_lumped_asynchronous(ctx, &chain, net, noise, m->select));
    else
        OK(binnet_chain_new_lumped(ctx, &chain, net, noise, m->update));
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

/* The same as a system of neurons. */
static system_t expand(const model *m)
{
    system_t s = {.n = m->n, .tie = m->tie, .update = m->update, .noise = m->noise, .n_blocks = m->n_blocks};
    for (size_t i = 0; i < m->n; i++) {
        size_t a = population_of(m, i);
        for (size_t j = 0; j < m->n; j++)
            s.J[i * m->n + j] = i == j && !m->self ? 0 : m->J[a * m->n_pop + population_of(m, j)];
        s.M[i] = m->M[a];
        s.theta[i] = m->theta[a];
        s.I[i] = m->I[a];
        s.scale[i] = m->scale[a];
        s.block[i] = m->block[a];
        s.order[i] = (int32_t)i;
        s.select[i] = m->uniform ? 1 / (double)m->n : m->select[a] / (double)m->size[a];
    }
    return s;
}

/* want[s]: of the law pi over the states of the neurons. */
static void lump_law(double *want, const model *m, const double *pi)
{
    memset(want, 0, states_of(m) * sizeof *want);
    for (uint64_t A = 0; A < UINT64_C(1) << m->n; A++)
        want[lump(m, A)] += pi[A];
}

static double worst_of(const double *got, const double *want, size_t S)
{
    double worst = 0;
    for (size_t s = 0; s < S; s++)
        worst = fmax(worst, want[s] > 1e-280 ? fabs(got[s] / want[s] - 1) : fabs(got[s] - want[s]) > 1e-280);
    return worst;
}

static const int32_t updates[4] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_BLOCKS,
                                   BINNET_UPDATE_SWEEP};

/* Every transition, a step, and the stationary law, from the definition. */
static void compare_with_definition(const model *m, double tolerance)
{
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = lumped_of(ctx, m);
    size_t S = states_of(m), N = (size_t)1 << m->n;
    ck_assert_uint_eq(binnet_chain_states(chain), S);
    ck_assert_uint_eq(binnet_chain_neurons(chain), m->n);
    system_t system = expand(m);
    double *P = malloc(N * N * sizeof *P), *got = malloc(S * S * sizeof *got), *row = malloc(3 * S * sizeof *row);
    double *pi = malloc(N * sizeof *pi), *want = row + S, *x = want + S;
    long double *exact = malloc(N * N * sizeof *exact);
    ck_assert(P != NULL && got != NULL && row != NULL && pi != NULL && exact != NULL);
    oracle_matrix(P, &system);
    OK(binnet_chain_matrix(ctx, got, S * S, chain));
    for (uint64_t A = 0; A < N; A++) {
        size_t s = lump(m, A);
        lump_law(want, m, P + A * N);
        for (size_t t = 0; t < S; t++) {
            double p;
            ck_assert_msg(fabs(got[s * S + t] - want[t]) <= 1e-12 * want[t] + 1e-305, "%zu -> %zu: %.17g, not %.17g", s,
                          t, got[s * S + t], want[t]);
            if (A % 7 == 0) {
                OK(binnet_chain_transition(ctx, &p, chain, s, t));
                ck_assert(fabs(p - want[t]) <= 1e-12 * want[t] + 1e-305);
            }
        }
    }
    dice d = dice_of(3);
    for (size_t s = 0; s < S; s++)
        x[s] = roll(&d) < 0.2 ? 0 : roll(&d);
    OK(binnet_chain_apply(ctx, row, S, chain, x));
    for (size_t t = 0; t < S; t++) {
        double sum = 0;
        for (size_t s = 0; s < S; s++)
            sum += x[s] * got[s * S + t];
        ck_assert(fabs(row[t] - sum) <= 1e-13 * sum);
    }
    for (size_t k = 0; k < N * N; k++)
        exact[k] = P[k];
    oracle_stationary(pi, exact, N);
    lump_law(want, m, pi);
    binnet_law *law;
    for (int32_t method = BINNET_METHOD_AUTO; method <= BINNET_METHOD_ITERATION; method++) {
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
        int32_t status = binnet_chain_stationary(ctx, &law, chain);
        ck_assert_msg(status == BINNET_OK, "update %d method %d: %s", (int)m->update, (int)method,
                      binnet_ctx_message(ctx));
        double worst = worst_of(binnet_law_data(law), want, S);
        ck_assert_msg(worst <= tolerance && worst <= binnet_law_balance_error(law) + 1e-13,
                      "update %d method %d: %.3g, told %.3g", (int)m->update, (int)method, worst,
                      binnet_law_balance_error(law));
        binnet_law_free(law);
    }
    free(P);
    free(got);
    free(row);
    free(pi);
    free(exact);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}

START_TEST(definition)
{
    dice d = dice_of(11 + (uint64_t)_i);
    int32_t update = updates[_i % 4];
    model m = update == BINNET_UPDATE_SWEEP ? random_model(&d, 1, 1, 1, update, 1)
                                            : random_model(&d, 2, 1 + _i % 3, 4 - _i % 3, update, 1);
    compare_with_definition(&m, 1e-12);
}
END_TEST

/* Strong coupling within populations and weak noise: wells that are left with 1e-8 and less. */
START_TEST(wells)
{
    dice d = dice_of(29 + (uint64_t)_i);
    model m = random_model(&d, 2, 2, 3, updates[_i % 3], 0.2);
    m.noise = _i % 2 ? BINNET_NOISE_GAUSSIAN : BINNET_NOISE_LOGISTIC;
    for (size_t a = 0; a < 3; a++) {
        m.J[a * 4] = 2;
        m.M[a] = 1;
        m.I[a] = 0;
        m.theta[a] = (double)m.size[a] - 0.9;
        m.scale[a] = m.noise == BINNET_NOISE_GAUSSIAN ? 0.2 : 0.05;
    }
    compare_with_definition(&m, 1e-11);
}
END_TEST

/* Ten neurons, against the library's chain of all states. */
START_TEST(expanded)
{
    dice d = dice_of(47 + (uint64_t)_i);
    model m = random_model(&d, 3, 5, 2, updates[_i % 3], 1);
    binnet_ctx *ctx = new_ctx(1);
    system_t system = expand(&m);
    binnet_chain *chain = lumped_of(ctx, &m), *all = system_chain(ctx, &system);
    binnet_law *law, *of_all, *start, *next, *next_all, *again;
    size_t S = states_of(&m), N = (size_t)1 << m.n;
    double *want = malloc(2 * S * sizeof *want);
    ck_assert(want != NULL);
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_stationary(ctx, &of_all, all));
    lump_law(want, &m, binnet_law_data(of_all));
    double worst = worst_of(binnet_law_data(law), want, S);
    ck_assert_msg(worst <= 1e-12, "update %d: %.3g", (int)m.update, worst);
    OK(binnet_chain_stationary_from(ctx, &again, chain, law));
    ck_assert(worst_of(binnet_law_data(again), want, S) <= 1e-11);
    /* transients */
    memset(want, 0, S * sizeof *want);
    want[0] = 1;
    OK(binnet_law_new_lumped(ctx, &start, 3, m.size, want, S));
    OK(binnet_chain_evolve(ctx, &next, chain, start, 3));
    double *point = calloc(N, sizeof *point);
    ck_assert(point != NULL);
    point[0] = 1;
    binnet_law *start_all;
    OK(binnet_law_new(ctx, &start_all, m.n, point, N));
    OK(binnet_chain_evolve(ctx, &next_all, all, start_all, 3));
    lump_law(want, &m, binnet_law_data(next_all));
    ck_assert(worst_of(binnet_law_data(next), want, S) <= 1e-12);
    free(point);
    free(want);
    binnet_law_free(law);
    binnet_law_free(again);
    binnet_law_free(of_all);
    binnet_law_free(start);
    binnet_law_free(start_all);
    binnet_law_free(next);
    binnet_law_free(next_all);
    binnet_chain_free(chain);
    binnet_chain_free(all);
    binnet_ctx_free(ctx);
}
END_TEST

static long double log_binomial(int64_t N, int64_t k, long double p)
{
    return lgammal((long double)N + 1) - lgammal((long double)k + 1) - lgammal((long double)(N - k) + 1) +
           (long double)k * logl(p) + (long double)(N - k) * logl(1 - p);
}

/* Two populations that nobody drives: binomial, whatever the update. */
START_TEST(independent)
{
    int32_t update = updates[_i % 3];
    model m = {.n_pop = 2, .size = {37, 61}, .n = 98, .self = 1, .update = update, .uniform = 1};
    m.noise = BINNET_NOISE_LOGISTIC;
    m.n_blocks = 2;
    m.block[1] = 1;
    long double p[2];
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = m.scale[a] = 1;
        m.I[a] = a == 0 ? -2 : 0.7;
        p[a] = 1 / (1 + expl(-(long double)m.I[a]));
    }
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = lumped_of(ctx, &m);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    double worst = 0;
    for (int64_t i = 0; i <= 37; i++)
        for (int64_t j = 0; j <= 61; j++) {
            long double want = expl(log_binomial(37, i, p[0]) + log_binomial(61, j, p[1]));
            worst = fmax(worst, (double)fabsl(binnet_law_data(law)[i + 38 * j] / want - 1));
        }
    ck_assert_msg(worst <= 1e-10 && worst <= binnet_law_balance_error(law), "update %d: %.3g, told %.3g", (int)update,
                  worst, binnet_law_balance_error(law));
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Wells of many neurons, synchronous or in blocks: iteration against elimination, and what it says of its error. */
START_TEST(many_neurons)
{
    model m = {.n_pop = 2, .size = {30, 20}, .n = 50, .update = _i ? BINNET_UPDATE_BLOCKS : BINNET_UPDATE_SYNCHRONOUS};
    const double J[4] = {2.6, -0.8, 1.2, -0.4};
    m.noise = BINNET_NOISE_GAUSSIAN;
    m.n_blocks = 2;
    m.block[1] = 1;
    memcpy(m.J, J, sizeof J);
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = 50;
        m.theta[a] = 0.8;
        m.scale[a] = 0.3;
    }
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = lumped_of(ctx, &m);
    binnet_law *law, *want;
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_GTH));
    OK(binnet_chain_stationary(ctx, &want, chain));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    OK(binnet_chain_stationary(ctx, &law, chain));
    ck_assert_int_eq(binnet_law_method(law), BINNET_METHOD_ITERATION);
    double worst = worst_of(binnet_law_data(law), binnet_law_data(want), states_of(&m));
    ck_assert_msg(worst <= 1e-10 && worst <= binnet_law_balance_error(law) + binnet_law_balance_error(want),
                  "update %d: %.3g, told %.3g", (int)m.update, worst, binnet_law_balance_error(law));
    binnet_law_free(law);
    binnet_law_free(want);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Laws of the next number without self-connections: neuron after neuron in long double, both signs of the weight, from nearly equal
 * probabilities of the active and the silent to very different ones, also where most or few are active. */
START_TEST(two_kinds)
{
    binnet_ctx *ctx = new_ctx(2);
    const int64_t sizes[] = {1, 2, 7, 61, 200};
    const double weights[] = {1e-14, 1e-5, 0.003, 0.02, 0.1, 0.7, 5}, drives[] = {0.2, -6, 9, -40};
    for (size_t test = 0; test < 5 * 7 * 4 * 2; test++) {
        int64_t size = sizes[test % 5];
        size_t N = (size_t)size;
        double J = weights[test / 5 % 7] * (test % 2 ? 1 : -1), stimulus = drives[test / 35 % 4], row[201];
        double *one = malloc(N * sizeof *one);
        ck_assert(one != NULL);
        for (size_t i = 0; i < N; i++)
            one[i] = 1;
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        OK(binnet_net_new_homogeneous(ctx, &net, 1, &size, &J, NULL, NULL, &stimulus, 0));
        OK(binnet_noise_new_logistic(ctx, &noise, N, one));
        OK(binnet_chain_new_lumped(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        for (size_t n = test % 3; n <= N; n += 1 + N / 13) {
            long double law[202] = {1};
            for (size_t i = 0; i < N; i++) {
                double u = stimulus + J * (double)(n - (i < n)); /* rounded as the library does */
                long double p = 1 / (1 + expl(-(long double)u)), q = 1 / (1 + expl((long double)u));
                for (size_t k = i + 2; k-- > 0;)
                    law[k] = law[k] * q + (k > 0 ? law[k - 1] * p : 0);
            }
            OK(binnet_chain_row(ctx, row, N + 1, chain, n));
            for (size_t k = 0; k <= N; k++)
                if (law[k] > 1e-280L)
                    ck_assert_msg(fabsl(row[k] / law[k] - 1) <= 4e-16L * (long double)(N + 8),
                                  "%zu of %zu by %g and %g, then %zu: %g, not %Lg", n, N, J, stimulus, k, row[k],
                                  law[k]);
        }
        free(one);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Symmetric weights, asynchronous, logistic: pi(n) = C(N_0, n_0) C(N_1, n_1) exp(E(n)/T), and E has two wells. */
START_TEST(boltzmann)
{
    enum { A = 40, B = 50 };
    model m = {.n_pop = 2, .size = {A, B}, .n = A + B, .update = BINNET_UPDATE_ASYNCHRONOUS, .uniform = 1};
    const double T = 0.25, J[4] = {0.04, 0.01, 0.01, 0.03}, theta[2] = {1.03, 0.96};
    m.noise = BINNET_NOISE_LOGISTIC;
    memcpy(m.J, J, sizeof J);
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = 1;
        m.theta[a] = theta[a];
        m.scale[a] = T;
    }
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = lumped_of(ctx, &m);
    binnet_law *law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    long double *e = malloc((A + 1) * (B + 1) * sizeof *e), most = -1e9L, total = 0;
    ck_assert(e != NULL);
    for (int i = 0; i <= A; i++)
        for (int j = 0; j <= B; j++) {
            long double energy = (long double)J[0] * i * (i - 1) / 2 + (long double)J[3] * j * (j - 1) / 2 +
                                 (long double)J[1] * i * j - (long double)theta[0] * i - (long double)theta[1] * j;
            long double *v = &e[i + (A + 1) * j];
            *v = energy / (long double)T + log_binomial(A, i, 0.5L) + log_binomial(B, j, 0.5L);
            most = fmaxl(most, *v);
        }
    for (int k = 0; k < (A + 1) * (B + 1); k++)
        total += e[k] = expl(e[k] - most);
    double worst = 0;
    for (int k = 0; k < (A + 1) * (B + 1); k++)
        worst = fmax(worst, (double)fabsl(binnet_law_data(law)[k] / (e[k] / total) - 1));
    ck_assert_msg(worst <= 1e-11 && worst <= binnet_law_balance_error(law), "%.3g, told %.3g", worst,
                  binnet_law_balance_error(law));
    free(e);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* log(2 cosh(x)) */
static long double log_cosh(long double x)
{
    return fabsl(x) + log1pl(expl(-2 * fabsl(x)));
}

/* Peretto's law, synchronous with symmetric weights J and logistic noise T, of numbers: with S_a = 2 n_a - N_a and b = J N/2 + I,
 * prod C(N_a, n_a) exp(b_a S_a/(2T)) (2 cosh((J S/2 + b)_a/(2T)))^N_a. */
static void peretto_of(long double *want, const model *m)
{
    long double most = -INFINITY, total = 0;
    size_t S = states_of(m);
    for (size_t s = 0; s < S; s++) {
        long double spin[2], v = 0, T = m->scale[0];
        int64_t count[2] = {(int64_t)s % (m->size[0] + 1), (int64_t)s / (m->size[0] + 1)};
        for (size_t a = 0; a < 2; a++)
            spin[a] = (long double)(2 * count[a] - m->size[a]);
        for (size_t a = 0; a < 2; a++) {
            long double J[2] = {m->J[2 * a], m->J[2 * a + 1]};
            long double b = (J[0] * m->size[0] + J[1] * m->size[1]) / 2 + (long double)m->I[a];
            long double h = (J[0] * spin[0] + J[1] * spin[1]) / 2 + b;
            v += log_binomial(m->size[a], count[a], 0.5L) + b * spin[a] / (2 * T) +
                 (long double)m->size[a] * log_cosh(h / (2 * T));
        }
        want[s] = v;
        most = fmaxl(most, v);
    }
    for (size_t s = 0; s < S; s++)
        total += want[s] = expl(want[s] - most);
    for (size_t s = 0; s < S; s++)
        want[s] /= total;
}

/* Wells of two populations under weak noise, by iteration: sets that exchange rarely are found where the law is far off, and some
 * wells begin with much too much or too little. */
START_TEST(peretto)
{
    static const struct {
        int64_t size[2];
        double within[2], across, tilt, T;
    } of[] = {{{10, 24}, {0.1285, 0.1361}, 0.0023, 0.1, 0.1},
              {{11, 19}, {0.2639, 0.2073}, 0.0193, 0.01, 0.1},
              {{18, 13}, {0.1784, 0.2587}, -0.0174, 0, 0.2},
              {{20, 30}, {0.1, 0.1}, -0.02, 0.1, 0.2},
              {{30, 40}, {0.05, 0.05}, 0.01, 0.3, 0.2}};
    model m = {.n_pop = 2, .size = {of[_i].size[0], of[_i].size[1]}, .self = 1, .update = BINNET_UPDATE_SYNCHRONOUS};
    m.n = (size_t)(m.size[0] + m.size[1]);
    m.noise = BINNET_NOISE_LOGISTIC;
    m.J[0] = of[_i].within[0];
    m.J[1] = m.J[2] = of[_i].across;
    m.J[3] = of[_i].within[1];
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = 1;
        m.scale[a] = of[_i].T;
        m.I[a] = of[_i].tilt - (m.J[2 * a] * (double)m.size[0] + m.J[2 * a + 1] * (double)m.size[1]) / 2;
    }
    size_t S = states_of(&m);
    long double *want = malloc(S * sizeof *want);
    ck_assert(want != NULL);
    peretto_of(want, &m);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    const int64_t method[2] = {BINNET_METHOD_ITERATION, BINNET_METHOD_AUTO};
    for (int k = 0; k < 2; k++) {
        binnet_law *law;
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method[k]));
        OK(binnet_chain_stationary(ctx, &law, chain));
        double worst = 0;
        for (size_t s = 0; s < S; s++)
            if (want[s] > 1e-280L)
                worst = fmax(worst, (double)fabsl(binnet_law_data(law)[s] / want[s] - 1));
        ck_assert_msg(worst <= 1e-11 && worst <= binnet_law_balance_error(law), "%d: %.3g, told %.3g", _i, worst,
                      binnet_law_balance_error(law));
        binnet_law_free(law);
    }
    free(want);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Wells so deep that one has no weight in double beside the other: a code that says so, whatever the elimination makes of it. */
START_TEST(wells_below_double)
{
    const int64_t methods[3] = {BINNET_METHOD_AUTO, BINNET_METHOD_GTH, BINNET_METHOD_ITERATION};
    model m = {
        .n_pop = 2, .size = {24, 17}, .n = 41, .update = BINNET_UPDATE_SYNCHRONOUS, .noise = BINNET_NOISE_GAUSSIAN};
    const double J[4] = {0.1432, -0.04999, -0.04999, 0.1853};
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = 1;
        m.scale[a] = 0.09 + 0.01 * _i;
        m.I[a] = 0.1 - (J[2 * a] * (24 - (a == 0)) + J[2 * a + 1] * (17 - (a == 1))) / 2;
    }
    memcpy(m.J, J, sizeof J);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    for (int k = 0; k < 3; k++) {
        binnet_law *law;
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, methods[k]));
        ck_assert_int_eq(binnet_chain_stationary(ctx, &law, chain), BINNET_E_UNDERFLOW);
        ck_assert_ptr_null(law);
    }
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

static void same_law(double got, double want, double tolerance, const char *what)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fabs(want) + 1e-300, "%s: %.17g, not %.17g", what, got, want);
}

/* Laws of occupation numbers answer as those of all states. */
START_TEST(neurons)
{
    enum { N = 9 };
    dice d = dice_of(61);
    model m = random_model(&d, 4, 1, 4, BINNET_UPDATE_SYNCHRONOUS, 0.7);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    binnet_law *law, *all;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_occupation_expand(ctx, &all, law));
    ck_assert_uint_eq(binnet_law_neurons(law), N);
    ck_assert_uint_eq(binnet_law_size(law), 50);
    ck_assert_uint_eq(binnet_law_size(all), 512);
    ck_assert_uint_eq(binnet_occupation_populations(law), 3);
    ck_assert_int_eq(binnet_occupation_size(law, 2), 4);
    double got[512], want[512], cov[9], mean[3], u, v;
    OK(binnet_law_mean(ctx, got, N, law));
    OK(binnet_law_mean(ctx, want, N, all));
    for (size_t i = 0; i < N; i++)
        same_law(got[i], want[i], 1e-14, "mean");
    OK(binnet_occupation_mean(ctx, mean, 3, law));
    same_law(mean[1], want[4], 1e-14, "mean of a population");
    ck_assert_int_eq(binnet_law_covariance(ctx, got, N * N, law), BINNET_E_SIZE);
    OK(binnet_law_covariance(ctx, got, N, law));
    OK(binnet_law_covariance(ctx, want, N, all));
    for (size_t k = 0; k < N * N; k++)
        ck_assert(fabs(got[k] - want[k]) <= 1e-15);
    ck_assert_int_eq(binnet_occupation_covariance(ctx, cov, 3, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(cov[4]) && fabs(cov[0] - want[1]) <= 1e-15 && fabs(cov[2] - want[8]) <= 1e-15);
    OK(binnet_law_correlation(ctx, got, N, law));
    OK(binnet_law_correlation(ctx, want, N, all));
    for (size_t k = 0; k < N * N; k++)
        ck_assert(fabs(got[k] - want[k]) <= 1e-14);
    const int32_t group[5] = {7, 0, 4, 2, 8};
    for (size_t k = 1; k <= 5; k++) {
        OK(binnet_law_central_moment(ctx, &u, law, k, group));
        OK(binnet_law_central_moment(ctx, &v, all, k, group));
        ck_assert_msg(fabs(u - v) <= 1e-12 * fabs(v) + 1e-17, "central moment %zu: %g %g", k, u, v);
        OK(binnet_law_cumulant(ctx, &u, law, k, group));
        OK(binnet_law_cumulant(ctx, &v, all, k, group));
        ck_assert_msg(fabs(u - v) <= 1e-12 * fabs(v) + 1e-17, "cumulant %zu: %g %g", k, u, v);
        OK(binnet_law_multi_information(ctx, &u, law, k, group));
        OK(binnet_law_multi_information(ctx, &v, all, k, group));
        ck_assert(fabs(u - v) <= 1e-14);
        OK(binnet_law_marginal(ctx, got, (size_t)1 << k, law, k, group));
        OK(binnet_law_marginal(ctx, want, (size_t)1 << k, all, k, group));
        for (size_t c = 0; c < (size_t)1 << k; c++)
            same_law(got[c], want[c], 1e-14, "marginal");
        if (k < 2)
            continue;
        OK(binnet_law_groupwise(ctx, &u, law, k, group));
        OK(binnet_law_groupwise(ctx, &v, all, k, group));
        ck_assert(fabs(u - v) <= 1e-12 * fabs(v) + 1e-17);
    }
    OK(binnet_law_entropy(ctx, &u, law));
    OK(binnet_law_entropy(ctx, &v, all));
    same_law(u, v, 1e-14, "entropy");
    double occupation = 0;
    for (size_t s = 0; s < 50; s++)
        occupation -= binnet_law_data(law)[s] * log(binnet_law_data(law)[s]);
    OK(binnet_occupation_entropy(ctx, &u, law));
    same_law(u, occupation, 1e-13, "entropy of the numbers");
    OK(binnet_occupation_activity(ctx, got, 5, law, 2));
    memset(want, 0, sizeof want);
    for (uint64_t A = 0; A < 512; A++) {
        size_t k = 0;
        for (size_t i = 5; i < 9; i++)
            k += A >> i & 1;
        want[k] += binnet_law_data(all)[A];
    }
    for (size_t k = 0; k < 5; k++)
        same_law(got[k], want[k], 1e-13, "activity");
    binnet_law_free(law);
    binnet_law_free(all);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Potentials of populations against those of the neurons. */
START_TEST(potentials)
{
    enum { N = 8 };
    dice d = dice_of(83 + (uint64_t)_i);
    model m = random_model(&d, 4, 1, 3, BINNET_UPDATE_SYNCHRONOUS, 1);
    m.self = _i;
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    system_t system = expand(&m);
    binnet_chain *plain = system_chain(ctx, &system);
    binnet_law *law, *all;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_occupation_expand(ctx, &all, law));
    double mean[3], variance[3], cov[9], want[N], covariance[N * N];
    ck_assert_int_eq(binnet_occupation_potential(ctx, mean, variance, cov, 3, chain, law), BINNET_E_UNDEFINED);
    OK(binnet_occupation_potential(ctx, mean, variance, NULL, 3, chain, law));
    OK(binnet_potential_mean(ctx, want, N, plain, all));
    OK(binnet_potential_covariance(ctx, covariance, N, plain, all));
    const size_t first[3] = {0, 4, 5}, second[3] = {3, 4, 7};
    for (size_t a = 0; a < 3; a++) {
        ck_assert(fabs(mean[a] - want[first[a]]) <= 1e-13);
        ck_assert(fabs(variance[a] - covariance[first[a] * (N + 1)]) <= 1e-13);
        for (size_t b = 0; b < 3; b++)
            ck_assert(a == 1 && b == 1 ? isnan(cov[4])
                                       : fabs(cov[a * 3 + b] - covariance[first[a] * N + second[b]]) <= 1e-13);
    }
    ck_assert_int_eq(binnet_occupation_potential(ctx, mean, variance, cov, 3, plain, all), BINNET_E_UNSUPPORTED);
    ck_assert_int_eq(binnet_occupation_potential(ctx, mean, variance, cov, 2, chain, law), BINNET_E_SIZE);
    binnet_law_free(law);
    binnet_law_free(all);
    binnet_chain_free(chain);
    binnet_chain_free(plain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Numbers some steps apart, and the entropy rate, against the neurons; the stationary law and one far from it. */
START_TEST(over_time)
{
    enum { N = 8 };
    const size_t first[4] = {0, 4, 5, 8};
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
        dice d = dice_of(97 + (uint64_t)_i);
        model m = random_model(&d, 4, 1, 3, update, 1);
        m.self = _i % 2;
        binnet_ctx *ctx = new_ctx(1 + _i % 2);
        binnet_chain *chain = lumped_of(ctx, &m);
        system_t system = expand(&m);
        binnet_chain *plain = system_chain(ctx, &system);
        binnet_law *laws[2], *all;
        OK(binnet_chain_stationary(ctx, &laws[0], chain));
        OK(binnet_chain_evolve(ctx, &laws[1], chain, laws[0], 0));
        double p[64], sum = 0, got[9], cov[N * N], rate, want_rate;
        size_t S = (size_t)binnet_law_size(laws[0]);
        ck_assert_uint_le(S, 64);
        for (size_t s = 0; s < S; s++)
            sum += p[s] = (double)(1 + s * s % 7);
        for (size_t s = 0; s < S; s++)
            p[s] /= sum;
        binnet_law_free(laws[1]);
        const int64_t size[3] = {4, 1, 3};
        OK(binnet_law_new_lumped(ctx, &laws[1], 3, size, p, S));
        for (int k = 0; k < 2; k++) {
            OK(binnet_occupation_expand(ctx, &all, laws[k]));
            for (uint64_t lag = 0; lag < 5; lag += 1 + lag) {
                OK(binnet_occupation_lagged_covariance(ctx, got, 3, chain, laws[k], lag));
                OK(binnet_chain_lagged_covariance(ctx, cov, N, plain, all, lag));
                for (size_t a = 0; a < 3; a++)
                    for (size_t b = 0; b < 3; b++) {
                        double want = 0;
                        for (size_t i = first[a]; i < first[a + 1]; i++)
                            for (size_t j = first[b]; j < first[b + 1]; j++)
                                want += cov[i * N + j];
                        ck_assert_msg(fabs(got[a * 3 + b] - want) <= 2e-14, "update %d law %d lag %d: %g, not %g",
                                      (int)update, k, (int)lag, got[a * 3 + b], want);
                    }
            }
            OK(binnet_occupation_entropy_rate(ctx, &rate, chain, laws[k]));
            OK(binnet_chain_entropy_rate(ctx, &want_rate, plain, all));
            ck_assert_msg(fabs(rate - want_rate) <= 1e-13 * want_rate, "update %d law %d: %.17g, not %.17g",
                          (int)update, k, rate, want_rate);
            ck_assert_int_eq(binnet_occupation_entropy_rate(ctx, &rate, plain, all), BINNET_E_UNSUPPORTED);
            ck_assert_int_eq(binnet_occupation_lagged_covariance(ctx, got, 3, plain, all, 1), BINNET_E_UNSUPPORTED);
            ck_assert_int_eq(binnet_occupation_lagged_covariance(ctx, got, 2, chain, laws[k], 1), BINNET_E_SIZE);
            binnet_law_free(all);
            binnet_law_free(laws[k]);
        }
        binnet_chain_free(chain);
        binnet_chain_free(plain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* A block sees what the one before it did: the entropy rate is refused, and answered where there is one block. */
START_TEST(entropy_rate_of_blocks)
{
    dice d = dice_of(11);
    model m = random_model(&d, 2, 1, 3, BINNET_UPDATE_SYNCHRONOUS, 1);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *together = lumped_of(ctx, &m), *blocks;
    binnet_law *law;
    double rate, want;
    OK(binnet_chain_stationary(ctx, &law, together));
    OK(binnet_occupation_entropy_rate(ctx, &want, together, law));
    m.update = BINNET_UPDATE_BLOCKS;
    blocks = lumped_of(ctx, &m);
    ck_assert_int_eq(binnet_occupation_entropy_rate(ctx, &rate, blocks, law), BINNET_E_UNSUPPORTED);
    binnet_chain_free(blocks);
    m.n_blocks = 1;
    memset(m.block, 0, sizeof m.block);
    blocks = lumped_of(ctx, &m);
    OK(binnet_occupation_entropy_rate(ctx, &rate, blocks, law));
    ck_assert(fabs(rate - want) <= 1e-14 * want);
    binnet_chain_free(blocks);
    binnet_chain_free(together);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

/* Sum of p log(p q_all / (p_u p_v)) of a table of joint probabilities. */
static double table_information(const long double *p, size_t rows, size_t columns)
{
    long double sum = 0, all = 0, row[16] = {0}, column[16] = {0};
    for (size_t u = 0; u < rows; u++)
        for (size_t v = 0; v < columns; v++) {
            row[u] += p[u * columns + v];
            column[v] += p[u * columns + v];
            all += p[u * columns + v];
        }
    for (size_t u = 0; u < rows; u++)
        for (size_t v = 0; v < columns; v++)
            if (p[u * columns + v] > 0)
                sum += p[u * columns + v] * logl(p[u * columns + v] * all / row[u] / column[v]);
    return (double)sum;
}

static size_t number_of(const model *m, uint64_t A, size_t a)
{
    size_t k = 0, i = 0;
    for (size_t b = 0; b < a; b++)
        i += (size_t)m->size[b];
    for (int64_t j = 0; j < m->size[a]; j++)
        k += A >> (i + (size_t)j) & 1;
    return k;
}

/* Entropy production of the neurons, information of the numbers, by sums over all pairs of states from the definition. p: over the
 * states of the neurons; P: the matrix, [N][N]. */
static void information_of_definition(double *production, double *mutual, double *transfer, const model *m,
                                      const double *p, const double *P, uint64_t lag)
{
    size_t N = (size_t)1 << m->n;
    long double sum = 0, *x = malloc(2 * N * N * sizeof *x), *y = x + N * N;
    ck_assert(x != NULL);
    for (size_t k = 0; k < N * N; k++)
        if (P[k] > 0 && p[k / N] > 0)
            sum += (long double)(p[k / N] * P[k]) * logl((long double)P[k] / P[k % N * N + k / N]);
    *production = (double)sum;
    for (size_t k = 0; k < N * N; k++)
        x[k] = k / N == k % N ? p[k / N] : 0;
    for (uint64_t t = 0; t < lag; t++) {
        for (size_t A = 0; A < N; A++)
            for (size_t B = 0; B < N; B++) {
                long double v = 0;
                for (size_t C = 0; C < N; C++)
                    v += x[A * N + C] * P[C * N + B];
                y[A * N + B] = v;
            }
        memcpy(x, y, N * N * sizeof *x);
    }
    for (size_t a = 0; a < m->n_pop; a++)
        for (size_t b = 0; b < m->n_pop; b++) {
            long double joint[16 * 16] = {0}, part[8][16 * 16] = {{0}};
            size_t rows = (size_t)m->size[a] + 1, columns = (size_t)m->size[b] + 1;
            for (size_t A = 0; A < N; A++)
                for (size_t B = 0; B < N; B++) {
                    joint[number_of(m, A, a) * columns + number_of(m, B, b)] += x[A * N + B];
                    part[number_of(m, A, a)][number_of(m, A, b) * rows + number_of(m, B, a)] += (long double)p[A] *
                                                                                                P[A * N + B];
                }
            mutual[a * m->n_pop + b] = table_information(joint, rows, columns);
            transfer[a * m->n_pop + b] = 0;
            for (size_t v = 0; v < rows && a != b; v++)
                transfer[a * m->n_pop + b] += table_information(part[v], columns, rows);
        }
    free(x);
}

/* The stationary law and one far from it; strong and weak noise, every rule. */
START_TEST(information)
{
    int32_t update = updates[_i % 4];
    dice d = dice_of(131 + (uint64_t)_i);
    model m = update == BINNET_UPDATE_SWEEP ? random_model(&d, 1, 1, 1, update, 1)
                                            : random_model(&d, 3, 1, 2, update, 1);
    m.self = _i / 4 % 2;
    if (_i >= 8) {
        m.noise = _i % 8 < 4 ? BINNET_NOISE_GAUSSIAN : BINNET_NOISE_LOGISTIC;
        for (size_t a = 0; a < 3; a++)
            m.scale[a] = 0.15;
    } else if (m.noise == BINNET_NOISE_UNIFORM) {
        m.noise = BINNET_NOISE_LAPLACE;
    }
    binnet_ctx *ctx = new_ctx(1 + _i % 2);
    binnet_chain *chain = lumped_of(ctx, &m);
    system_t system = expand(&m);
    size_t N = (size_t)1 << m.n, S = states_of(&m);
    double *P = malloc(N * N * sizeof *P), *p = malloc(N * sizeof *p), given[64], sum = 0;
    ck_assert(P != NULL && p != NULL && S <= 64);
    oracle_matrix(P, &system);
    binnet_law *laws[2], *all;
    OK(binnet_chain_stationary(ctx, &laws[0], chain));
    for (size_t s = 0; s < S; s++)
        sum += given[s] = (double)(1 + s * s % 7);
    for (size_t s = 0; s < S; s++)
        given[s] /= sum;
    OK(binnet_law_new_lumped(ctx, &laws[1], 3, m.size, given, S));
    for (int k = 0; k < 2; k++) {
        OK(binnet_occupation_expand(ctx, &all, laws[k]));
        memcpy(p, binnet_law_data(all), N * sizeof *p);
        binnet_law_free(all);
        for (uint64_t lag = 0; lag < 4; lag += 1 + lag / 2) {
            double got[9], production, want, mutual[9], transfer[9];
            information_of_definition(&want, mutual, transfer, &m, p, P, lag);
            OK(binnet_occupation_mutual_information(ctx, got, 3, chain, laws[k], lag));
            for (size_t e = 0; e < 9; e++)
                ck_assert_msg(fabs(got[e] - mutual[e]) <= 1e-11 * mutual[e] + 1e-17,
                              "update %d law %d lag %d: %g, not %g", (int)update, k, (int)lag, got[e], mutual[e]);
            OK(binnet_occupation_transfer_entropy(ctx, got, 3, chain, laws[k]));
            for (size_t e = 0; e < 9; e++)
                ck_assert_msg(fabs(got[e] - transfer[e]) <= 1e-11 * transfer[e] + 1e-17, "update %d law %d: %g, not %g",
                              (int)update, k, got[e], transfer[e]);
            int32_t status = binnet_occupation_entropy_production(ctx, &production, chain, laws[k]);
            if (update == BINNET_UPDATE_BLOCKS || update == BINNET_UPDATE_SWEEP) {
                ck_assert_int_eq(status, BINNET_E_UNSUPPORTED);
                continue;
            }
            OK(status);
            double rate;
            OK(binnet_occupation_entropy_rate(ctx, &rate, chain, laws[k]));
            ck_assert_msg(fabs(production - want) <= 3e-14 * (2 * rate + fabs(want)) + 1e-300,
                          "update %d law %d: %.17g, not %.17g", (int)update, k, production, want);
        }
        binnet_law_free(laws[k]);
    }
    free(P);
    free(p);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Symmetric weights, logistic, one at a time: detailed balance, nothing is produced. Uniform noise: some steps have no way back. A
 * neuron that always changes: the entropy rate is what it may fail by. */
START_TEST(information_at_the_ends)
{
    model m = {.n_pop = 2, .size = {30, 20}, .n = 50, .update = BINNET_UPDATE_ASYNCHRONOUS, .uniform = 1};
    const double J[4] = {0.05, 0.02, 0.02, 0.04};
    m.noise = BINNET_NOISE_LOGISTIC;
    memcpy(m.J, J, sizeof J);
    for (size_t a = 0; a < 2; a++) {
        m.M[a] = 1;
        m.theta[a] = 0.8;
        m.scale[a] = 0.2;
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    binnet_law *law;
    double production, rate;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_occupation_entropy_production(ctx, &production, chain, law));
    ck_assert_msg(production >= 0 && production <= 1e-25, "%g", production);
    binnet_law_free(law);
    binnet_chain_free(chain);
    m.noise = BINNET_NOISE_UNIFORM;
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_ASYNCHRONOUS; update++) {
        m.update = update;
        double p[31 * 21];
        for (size_t s = 0; s < 31 * 21; s++)
            p[s] = 1.0 / (31 * 21);
        chain = lumped_of(ctx, &m);
        OK(binnet_law_new_lumped(ctx, &law, 2, m.size, p, 31 * 21));
        ck_assert_int_eq(binnet_occupation_entropy_production(ctx, &production, chain, law), BINNET_E_UNDEFINED);
        ck_assert(isinf(production));
        binnet_law_free(law);
        binnet_chain_free(chain);
    }
    model one = {.n_pop = 1,
                 .size = {1},
                 .n = 1,
                 .J = {-2},
                 .M = {1},
                 .theta = {-1},
                 .scale = {0.02},
                 .self = 1,
                 .noise = BINNET_NOISE_LOGISTIC,
                 .update = BINNET_UPDATE_ASYNCHRONOUS,
                 .uniform = 1};
    chain = lumped_of(ctx, &one);
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_occupation_entropy_rate(ctx, &rate, chain, law));
    double fails = 1 / (1 + exp(50.0));
    same_law(rate, fails * (1 + 50), 1e-13, "entropy rate");
    binnet_law_free(law);
    /* nearly all of a law in one state */
    const double most[2] = {1, 1e-17};
    double nats;
    OK(binnet_law_new_lumped(ctx, &law, 1, one.size, most, 2));
    OK(binnet_occupation_entropy(ctx, &nats, law));
    same_law(nats, 1e-17 * (1 + 17 * log(10)), 1e-14, "entropy of the numbers");
    OK(binnet_law_entropy(ctx, &nats, law));
    same_law(nats, 1e-17 * (1 + 17 * log(10)), 1e-14, "entropy of the neurons");
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

#define NO(call)                                                                                                       \
    do {                                                                                                               \
        int32_t status_ = (call);                                                                                      \
        ck_assert_msg(status_ == BINNET_E_UNSUPPORTED, "%s: %d %s", #call, (int)status_, binnet_ctx_message(ctx));     \
        ck_assert(binnet_ctx_message(ctx)[0] != '\0');                                                                 \
    } while (0)

/* Every public function that takes a chain or a law answers, above, or refuses. */
START_TEST(refusals)
{
    enum { N = 4, S = 6 };
    dice d = dice_of(5);
    model m = random_model(&d, 2, 1, 1, BINNET_UPDATE_SYNCHRONOUS, 1);
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    system_t system = expand(&m);
    binnet_chain *plain = system_chain(ctx, &system);
    binnet_law *law, *of_plain, *out;
    binnet_potential_marginal *marginal;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_stationary(ctx, &of_plain, plain));
    double v[4096], w[4096], e[4], f[16] = {0}, V[4] = {0};
    const double prior[1] = {1};
    uint64_t u[16];
    const int32_t one[1] = {0}, two[2] = {0, 1}, pop[N] = {0, 0, 1, 1};
    const binnet_law *laws[1] = {law};
    const binnet_chain *chains[2] = {chain, plain};
    const binnet_law *given[2] = {law, of_plain};
    /* a lumped chain with its law, and each with the other's */
    for (int k = 0; k < 3; k++) {
        const binnet_chain *c = chains[k == 2];
        const binnet_law *l = given[k == 1];
        NO(binnet_chain_lagged_covariance(ctx, v, N, c, l, 1));
        NO(binnet_chain_lagged_covariances(ctx, v, 2 * N * N, c, l, 1));
        NO(binnet_chain_window(ctx, v, w, e, N, c, l, 3));
        NO(binnet_chain_autocorrelation_time(ctx, v, w, e, N, c, l));
        NO(binnet_chain_entropy_rate(ctx, v, c, l));
        NO(binnet_chain_entropy_production(ctx, v, c, l));
        NO(binnet_chain_detailed_balance(ctx, v, w, c, l));
        NO(binnet_chain_joint_law(ctx, v, 4, c, l, 1, 1, one, 1, one));
        NO(binnet_chain_mutual_information(ctx, v, c, l, 1, 1, one, 1, one));
        NO(binnet_chain_mutual_information_pairs(ctx, v, N, c, l, 1));
        NO(binnet_chain_transfer_entropy(ctx, v, c, l, 1, one, 1, two + 1));
        NO(binnet_chain_transfer_entropy_pairs(ctx, v, N, c, l));
        NO(binnet_response_functional(ctx, v, w, NULL, e, N, c, l, f, 16));
        NO(binnet_response_mean(ctx, v, w, NULL, e, N, c, l));
        NO(binnet_response_covariance(ctx, v, w, NULL, e, N, c, l));
        NO(binnet_potential_law(ctx, &out, c, l));
        NO(binnet_potential_posterior(ctx, &out, c, l, V));
        NO(binnet_potential_given(ctx, &out, c, l, V));
        NO(binnet_potential_sample(ctx, v, 1, c, l, 0));
        NO(binnet_potential_mean(ctx, v, N, c, l));
        NO(binnet_potential_covariance(ctx, v, N, c, l));
        NO(binnet_potential_groupwise(ctx, v, c, l, 2, two));
        NO(binnet_potential_lagged_covariance(ctx, v, N, c, l, 1));
        NO(binnet_potential_marginal_new(ctx, &marginal, c, l, 0));
        NO(binnet_potential_density(ctx, v, w, 1, c, l, 1, one, V));
        NO(binnet_potential_orthant(ctx, v, 1, c, l, 1, one, V, 0));
        if (k > 0) {
            NO(binnet_chain_evolve(ctx, &out, c, l, 1));
            NO(binnet_chain_stationary_from(ctx, &out, c, l));
        }
    }
    NO(binnet_chain_lagged_estimate(ctx, u, v, chain, 2));
    NO(binnet_chain_joint_law_estimate(ctx, u, v, chain, 1, 1, 1));
    NO(binnet_chain_entropy_production_estimate(ctx, u, v, chain));
    NO(binnet_law_moments(ctx, v, 16, law));
    NO(binnet_law_central_moments(ctx, v, 16, law));
    NO(binnet_law_triples(ctx, v, N, w, 4, law));
    NO(binnet_law_central_triples(ctx, v, N, w, 4, law));
    NO(binnet_law_populations(ctx, v, w, NULL, NULL, NULL, 2, pop, N, law));
    NO(binnet_law_top(ctx, u, v, 2, law));
    NO(binnet_stimulus_information(ctx, v, w, 1, laws, prior, 1, one));
    NO(binnet_occupation_mean(ctx, v, 3, of_plain));
    NO(binnet_occupation_covariance(ctx, v, 3, of_plain));
    NO(binnet_occupation_activity(ctx, v, 3, of_plain, 0));
    NO(binnet_occupation_entropy(ctx, v, of_plain));
    NO(binnet_occupation_entropy_production(ctx, v, plain, of_plain));
    NO(binnet_occupation_mutual_information(ctx, v, 3, plain, of_plain, 1));
    NO(binnet_occupation_transfer_entropy(ctx, v, 3, plain, of_plain));
    NO(binnet_occupation_expand(ctx, &out, of_plain));
    binnet_comparison *comparison;
    binnet_net *net;
    binnet_noise *noise;
    const double zeros[N * N] = {0}, ones[N] = {1, 1, 1, 1};
    OK(binnet_net_new(ctx, &net, N, zeros, NULL, NULL, NULL));
    OK(binnet_noise_new_logistic(ctx, &noise, N, ones));
    NO(binnet_comparison_new_of_law(ctx, &comparison, net, noise, chain, law));
    binnet_noise_free(noise);
    binnet_net_free(net);
    /* spectra, passage, schedules, recall */
    binnet_set *set;
    binnet_spectrum *spectrum;
    binnet_schedule *schedule;
    const uint64_t start[1] = {0}, way[2] = {0, 1};
    const int32_t halves[18] = {0, 1};
    const size_t states = (size_t)binnet_chain_states(chain);
    double t[32], s2[32], bound;
    OK(binnet_set_new_states(ctx, &set, N, start, 1));
    const binnet_set *sets[1] = {set};
    NO(binnet_passage_times(ctx, t, s2, states, &bound, chain, set));
    NO(binnet_passage_times_from(ctx, t, s2, &bound, chain, of_plain, set));
    NO(binnet_passage_times_continuous(ctx, t, s2, states, &bound, chain, 1, set));
    NO(binnet_passage_probabilities(ctx, t, states, &bound, chain, 1, sets));
    NO(binnet_passage_occupation(ctx, t, states, &bound, chain, of_plain, set));
    NO(binnet_passage_quasi_stationary(ctx, &out, t, &bound, chain, set));
    NO(binnet_passage_path(ctx, t, s2, chain, 2, way));
    NO(binnet_passage_estimate(ctx, u, u + 1, t, chain, set));
    NO(binnet_schedule_new(ctx, &schedule, 1, start, (const binnet_chain *const *)&chain));
    NO(binnet_schedule_new_stimuli(ctx, &schedule, chain, 1, start, V));
    NO(binnet_continuous_evolve(ctx, &out, &bound, chain, 1, of_plain, 1));
    NO(binnet_spectrum_new(ctx, &spectrum, chain, 2));
    NO(binnet_spectrum_estimate(ctx, u, u + 1, t, chain, 2));
    NO(binnet_chain_coarse(ctx, t, s2, &bound, NULL, NULL, 2, chain, of_plain, halves, states));
    NO(binnet_chain_committor(ctx, t, &bound, states, chain, halves, 0, 1));
    NO(binnet_recall_curve(ctx, t, s2, 1, 2, 1, start, chain));
    OK(binnet_schedule_new(ctx, &schedule, 1, start, (const binnet_chain *const *)&plain));
    NO(binnet_schedule_evolve(ctx, &out, schedule, law, 0, 1));
    NO(binnet_schedule_laws(ctx, t, 16, &bound, schedule, law, 1, start));
    NO(binnet_schedule_means(ctx, t, N, &bound, schedule, law, 1, start));
    binnet_schedule_free(schedule);
    binnet_set_free(set);
    ck_assert_uint_eq(binnet_occupation_populations(of_plain), 0);
    ck_assert_uint_eq(binnet_chain_populations(plain), 0);
    ck_assert_uint_eq(binnet_chain_populations(chain), 3);
    ck_assert_int_eq(binnet_chain_population_size(chain, 0), 2);
    binnet_law_free(law);
    binnet_law_free(of_plain);
    binnet_chain_free(chain);
    binnet_chain_free(plain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Both neurons fire with 1e-200 from rest, with 0 in double from elsewhere: together they can, although the product underflows,
 * and what that makes of the classes is the same for numbers and neurons. */
START_TEST(classes_below_double)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J = -400, theta = 460, scale[2] = {1, 1};
    const int64_t size = 2;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *lumped, *expanded_chain;
    OK(binnet_net_new_homogeneous(ctx, &net, 1, &size, &J, NULL, &theta, NULL, 1));
    OK(binnet_noise_new_logistic(ctx, &noise, 2, scale));
    OK(binnet_chain_new_lumped(ctx, &lumped, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_new(ctx, &expanded_chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    const binnet_chain *chain[2] = {lumped, expanded_chain};
    for (size_t k = 0; k < 2; k++) {
        int32_t class_of[4];
        double p;
        uint64_t count, states = binnet_chain_states(chain[k]);
        OK(binnet_chain_transition(ctx, &p, chain[k], 0, states - 1));
        ck_assert_double_eq(p, 0);
        OK(binnet_chain_classes(ctx, &count, class_of, (size_t)states, chain[k]));
        ck_assert_uint_eq(count, 1);
        for (size_t s = 0; s < (size_t)states; s++)
            ck_assert_int_eq(class_of[s], 0);
        binnet_law *law;
        OK(binnet_chain_stationary(ctx, &law, chain[k]));
        ck_assert_double_eq(binnet_law_data(law)[0], 1);
        ck_assert_double_eq_tol(binnet_law_data(law)[1] / exp(-theta), k == 0 ? 2 : 1, 1e-12);
        binnet_law_free(law);
    }
    binnet_chain_free(lumped);
    binnet_chain_free(expanded_chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Without noise: recurrent classes are the attractors, of occupation numbers. */
START_TEST(attractors)
{
    dice d = dice_of(71 + (uint64_t)_i);
    model m = random_model(&d, 2, 3, 2, updates[_i % 3], 1);
    for (size_t a = 0; a < 3; a++) {
        m.scale[a] = 0;
        m.M[a] = 1;
        m.theta[a] = (double)(int)roll_in(&d, -1, 3);
        m.I[a] = 0;
        for (size_t b = 0; b < 3; b++)
            m.J[a * 3 + b] = (double)(int)roll_in(&d, -3, 4); /* ties */
    }
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *chain = lumped_of(ctx, &m);
    system_t system = expand(&m);
    size_t S = states_of(&m), N = (size_t)1 << m.n;
    double *P = malloc(N * N * sizeof *P), *lumped = calloc(S * S, sizeof *lumped);
    int32_t *want = malloc(S * sizeof *want), *got = malloc(S * sizeof *got);
    ck_assert(P != NULL && lumped != NULL && want != NULL && got != NULL);
    oracle_matrix(P, &system);
    for (uint64_t A = 0; A < N; A++)
        lump_law(lumped + lump(&m, A) * S, &m, P + A * N);
    uint64_t count;
    OK(binnet_chain_classes(ctx, &count, got, S, chain));
    ck_assert_uint_eq(count, oracle_classes(want, lumped, S));
    for (size_t s = 0; s < S; s++)
        ck_assert_int_eq(got[s], want[s]);
    binnet_law *law;
    int32_t status = binnet_chain_stationary(ctx, &law, chain);
    ck_assert_int_eq(status, count > 1 ? BINNET_E_REDUCIBLE : BINNET_OK);
    binnet_law_free(law);
    OK(binnet_chain_stationary_in_class(ctx, &law, chain, count - 1));
    double *next = malloc(S * sizeof *next);
    ck_assert(next != NULL);
    OK(binnet_chain_apply(ctx, next, S, chain, binnet_law_data(law)));
    for (size_t s = 0; s < S; s++) {
        ck_assert(fabs(next[s] - binnet_law_data(law)[s]) <= 1e-12);
        ck_assert(got[s] == (int32_t)count - 1 || !(binnet_law_data(law)[s] > 0));
    }
    free(next);
    binnet_law_free(law);
    free(P);
    free(lumped);
    free(want);
    free(got);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(arguments)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *dense, *labelled;
    binnet_noise *noise, *unequal, *other;
    binnet_chain *chain;
    const int64_t size[2] = {2, 3};
    const double J[4] = {1, -1, 0.5, 2}, scale[6] = {1, 1, 2, 2, 2, 1}, bad[5] = {1, 1, 2, 2.5, 2};
    const double select[2] = {0.5, 0.4};
    OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, NULL, NULL, 0));
    OK(binnet_noise_new_gaussian(ctx, &noise, 5, scale));
    OK(binnet_noise_new_gaussian(ctx, &unequal, 5, bad));
    OK(binnet_noise_new_gaussian(ctx, &other, 6, scale));
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, net, unequal, 1), BINNET_E_RANGE);
    ck_assert(strstr(binnet_ctx_message(ctx), "neuron 3") != NULL && chain == NULL);
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, net, other, 1), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, net, noise, BINNET_UPDATE_SWEEP), BINNET_E_RANGE);
    ck_assert(strstr(binnet_ctx_message(ctx), "apart") != NULL);
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, net, noise, BINNET_UPDATE_BLOCKS), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, NULL, net, noise, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, NULL, noise, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_new_lumped_asynchronous(ctx, &chain, net, noise, select), BINNET_E_RANGE);
    const int32_t block[2] = {0, 2}, labels[5] = {0, 0, 0, 1, 1}, mixed[5] = {1, 1, 0, 0, 0};
    ck_assert_int_eq(binnet_chain_new_lumped_blocks(ctx, &chain, net, noise, 2, block), BINNET_E_RANGE);
    /* as a dense network: labels that are right in another order, and wrong ones */
    OK(binnet_net_with_populations(ctx, &dense, net, 2, labels));
    ck_assert_int_eq(binnet_chain_new_lumped(ctx, &chain, dense, noise, 1), BINNET_E_RANGE);
    OK(binnet_net_with_populations(ctx, &labelled, net, 2, mixed));
    OK(binnet_chain_new_lumped(ctx, &chain, labelled, noise, 1));
    ck_assert_int_eq(binnet_chain_population_size(chain, 0), 3);
    binnet_chain *first;
    binnet_law *law, *of_first;
    OK(binnet_chain_new_lumped(ctx, &first, net, noise, 1));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_stationary(ctx, &of_first, first));
    double mean[2][5];
    OK(binnet_law_mean(ctx, mean[0], 5, law));
    OK(binnet_law_mean(ctx, mean[1], 5, of_first));
    for (size_t i = 0; i < 5; i++)
        ck_assert(fabs(mean[0][i] - mean[1][i]) <= 1e-14);
    binnet_law_free(law);
    ck_assert_int_eq(binnet_chain_evolve(ctx, &law, chain, of_first, 1), BINNET_E_SIZE);
    binnet_law_free(of_first);
    binnet_chain_free(first);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_net_free(dense);
    binnet_net_free(labelled);
    binnet_noise_free(noise);
    binnet_noise_free(unequal);
    binnet_noise_free(other);
    binnet_ctx_free(ctx);
}
END_TEST

/* By trying every exchange. */
static int exchange(const system_t *s, size_t i, size_t k)
{
    if (s->M[i] != s->M[k] || s->theta[i] != s->theta[k] || s->I[i] != s->I[k] || s->scale[i] != s->scale[k])
        return 0;
    for (size_t a = 0; a < s->n; a++)
        for (size_t b = 0; b < s->n; b++) {
            size_t c = a == i ? k : a == k ? i : a, e = b == i ? k : b == k ? i : b;
            if (s->J[a * s->n + b] != s->J[c * s->n + e])
                return 0;
        }
    return 1;
}

/* Populations whose neurons are shuffled, sometimes with a weight that breaks one. */
START_TEST(interchangeable)
{
    dice d = dice_of(97 + (uint64_t)_i);
    model m = random_model(&d, 3, 4, 2, BINNET_UPDATE_SYNCHRONOUS, 1);
    system_t plain = expand(&m), s = plain;
    size_t place[MOST], n = m.n, count;
    for (size_t i = 0; i < n; i++)
        place[i] = i;
    for (size_t i = 0; i < n; i++) {
        size_t k = i + roll_to(&d, n - i), t = place[i];
        place[i] = place[k];
        place[k] = t;
    }
    for (size_t i = 0; i < n; i++) {
        s.M[place[i]] = plain.M[i];
        s.theta[place[i]] = plain.theta[i];
        s.I[place[i]] = plain.I[i];
        s.scale[place[i]] = plain.scale[i];
        for (size_t j = 0; j < n; j++)
            s.J[place[i] * n + place[j]] = plain.J[i * n + j];
    }
    if (_i % 3 == 1)
        s.J[roll_to(&d, n * n)] += 1;
    if (_i % 3 == 2)
        s.scale[roll_to(&d, n)] += 1;
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *alike;
    binnet_noise *noise;
    binnet_chain *chain, *all;
    int32_t pop[MOST];
    OK(binnet_net_new(ctx, &net, n, s.J, s.M, s.theta, s.I));
    OK(make_noise_of(ctx, &noise, m.noise, n, s.scale));
    OK(binnet_net_interchangeable(ctx, &count, pop, n, net, noise));
    ck_assert(_i % 3 != 0 || count == 3);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            ck_assert_int_eq(pop[i] == pop[k], i == k || exchange(&s, i, k));
    OK(binnet_net_with_populations(ctx, &alike, net, count, pop));
    OK(binnet_chain_new_lumped(ctx, &chain, alike, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_new(ctx, &all, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    binnet_law *law, *of_all, *expanded_law;
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_chain_stationary(ctx, &of_all, all));
    OK(binnet_occupation_expand(ctx, &expanded_law, law));
    ck_assert(worst_of(binnet_law_data(expanded_law), binnet_law_data(of_all), (size_t)1 << n) <= 1e-11);
    binnet_law_free(law);
    binnet_law_free(of_all);
    binnet_law_free(expanded_law);
    binnet_chain_free(chain);
    binnet_chain_free(all);
    binnet_net_free(net);
    binnet_net_free(alike);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* Entropy of the neurons where few of very many are active: the number of ways, log(N) of one, keeps its digits. */
START_TEST(few_of_many_active)
{
    binnet_ctx *ctx = new_ctx(1);
    const size_t N[] = {1000000, 400000, 45, 20};
    const size_t k[] = {1, 3, 22, 10};
    const double ways[] = {1e6, 4e5 * 399999 * 399998 / 6, 4116715363800.0, 184756};
    for (size_t m = 0; m < 4; m++) {
        double *p = calloc(N[m] + 1, sizeof *p), nats;
        ck_assert_ptr_nonnull(p);
        binnet_law *law;
        p[m % 2 ? N[m] - k[m] : k[m]] = 1;
        OK(binnet_law_new_lumped(ctx, &law, 1, &(int64_t){(int64_t)N[m]}, p, N[m] + 1));
        OK(binnet_law_entropy(ctx, &nats, law));
        ck_assert_msg(fabs(nats / log(ways[m]) - 1) <= 4e-15, "%zu: %.17g", m, nats);
        binnet_law_free(law);
        free(p);
    }
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("lumped", {definition, 12}, {wells, 6}, {expanded, 3}, {independent, 3}, {two_kinds, 1}, {boltzmann, 1},
             {peretto, 5}, {wells_below_double, 3}, {many_neurons, 2}, {neurons, 1}, {potentials, 2}, {over_time, 4},
             {entropy_rate_of_blocks, 1}, {information, 16}, {information_at_the_ends, 1}, {refusals, 1},
             {classes_below_double, 1}, {attractors, 6}, {arguments, 1}, {interchangeable, 6}, {few_of_many_active, 1})
