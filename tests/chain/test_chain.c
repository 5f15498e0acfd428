/* Chains against the definition (oracle.c) on small random networks of every kind, and against themselves: rows, matrix,
 * single transitions, one step, transients, stationary laws by both methods and any number of threads, recurrent classes. */
#include "oracle.h"

#include <stdio.h>
#include <string.h>

/*
 * Tolerances. The oracle forms p and 1 - p to a few ulp of 1 (the drives are rounded too), so products of n factors agree
 * to n * 1e-15 absolutely; sums of S entries of a row the same. Stationary laws: the difference of two laws is at most the
 * difference of the matrices times the condition number of the chain, measured as 1e4 at most in these ensembles.
 */
static const double entry_tolerance = 2e-14, law_tolerance = 1e-10;

static const int32_t updates[] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP,
                                  BINNET_UPDATE_BLOCKS};

static void check_system(const system_t *s, dice *d, const char *what)
{
    binnet_ctx *ctx = new_ctx(2);
    binnet_chain *chain = system_chain(ctx, s);
    size_t S = (size_t)1 << s->n;
    double *P = malloc(2 * S * S * sizeof *P), *Q = P + S * S, *x = malloc(4 * S * sizeof *x), *y = x + S;
    ck_assert(P != NULL && x != NULL);
    oracle_matrix(P, s);
    OK(binnet_chain_matrix(ctx, Q, S * S, chain));
    for (size_t k = 0; k < S * S; k++)
        ck_assert_msg(fabs(P[k] - Q[k]) <= entry_tolerance, "%s: matrix entry %zu is %.17g, expected %.17g", what, k,
                      Q[k], P[k]);
    for (size_t a = 0; a < S; a++) {
        double row = 0;
        OK(binnet_chain_row(ctx, y, S, chain, a));
        for (size_t b = 0; b < S; b++) {
            double p;
            OK(binnet_chain_transition(ctx, &p, chain, a, b));
            ck_assert_msg(fabs(p - Q[a * S + b]) <= 1e-14 * p, "%s: transition %zu -> %zu", what, a, b);
            ck_assert_msg(fabs(y[b] - Q[a * S + b]) <= 1e-14 * p, "%s: row %zu, %zu", what, a, b);
            row += y[b];
        }
        ck_assert_msg(fabs(row - 1) <= 1e-13, "%s: row %zu sums to %.17g", what, a, row);
    }
    for (size_t a = 0; a < S; a++)
        x[a] = roll(d) < 0.3 ? 0 : roll(d);
    OK(binnet_chain_apply(ctx, y, S, chain, x));
    for (size_t b = 0; b < S; b++) {
        double sum = 0;
        for (size_t a = 0; a < S; a++)
            sum += x[a] * Q[a * S + b];
        /* only additions of non-negative terms */
        ck_assert_msg(fabs(y[b] - sum) <= 4e-14 * sum, "%s: y[%zu] is %.17g, expected %.17g", what, b, y[b], sum);
    }

    int32_t class_of[1 << MOST], got_class[1 << MOST];
    uint64_t count;
    size_t classes = oracle_classes(class_of, Q, S);
    OK(binnet_chain_classes(ctx, &count, got_class, S, chain));
    ck_assert_msg(count == classes, "%s: %llu classes, expected %zu", what, (unsigned long long)count, classes);
    for (size_t a = 0; a < S; a++)
        ck_assert_msg(got_class[a] == class_of[a], "%s: state %zu is in class %d, expected %d", what, a, got_class[a],
                      class_of[a]);

    long double *L = malloc(S * S * sizeof *L);
    ck_assert(L != NULL);
    for (size_t k = 0; k < classes && k < 3; k++) {
        /* the class alone */
        size_t m = 0, member[1 << MOST];
        for (size_t a = 0; a < S; a++)
            if (class_of[a] == (int32_t)k)
                member[m++] = a;
        for (size_t a = 0; a < m; a++)
            for (size_t b = 0; b < m; b++)
                L[a * m + b] = P[member[a] * S + member[b]];
        oracle_stationary(x, L, m);
        for (int32_t method = BINNET_METHOD_GTH; method <= BINNET_METHOD_ITERATION; method++) {
            binnet_law *law;
            OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method));
            int32_t status = classes == 1 ? binnet_chain_stationary(ctx, &law, chain)
                                          : binnet_chain_stationary_in_class(ctx, &law, chain, k);
            ck_assert_msg(status == BINNET_OK, "%s, method %d, class %zu: %s %s", what, method, k,
                          binnet_strerror(status), binnet_ctx_message(ctx));
            ck_assert(binnet_law_residual(law) <= 1e-12);
            ck_assert(binnet_law_size(law) == S && binnet_law_neurons(law) == s->n);
            const double *pi = binnet_law_data(law);
            double total = 0;
            for (size_t a = 0, r = 0; a < S; a++) {
                double want = class_of[a] == (int32_t)k ? x[r++] : 0;
                total += pi[a];
                ck_assert_msg(fabs(pi[a] - want) <= law_tolerance * want + 1e-290,
                              "%s, method %d: pi[%zu] is %.17g, expected %.17g", what, method, a, pi[a], want);
            }
            ck_assert(fabs(total - 1) <= 1e-13);
            binnet_law_free(law);
        }
    }
    if (classes > 1) {
        binnet_law *law = (binnet_law *)&count;
        ck_assert_int_eq(binnet_chain_stationary(ctx, &law, chain), BINNET_E_REDUCIBLE);
        ck_assert(law == NULL && binnet_ctx_message(ctx)[0] != 0);
    }
    free(L);
    free(P);
    free(x);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}

static void check_many(size_t from, size_t to, int frozen, uint64_t seed)
{
    for (size_t n = from; n <= to; n++)
        for (size_t u = 0; u < 4; u++)
            for (int32_t noise = BINNET_NOISE_GAUSSIAN; noise <= BINNET_NOISE_STUDENT_T; noise++) {
                dice d = dice_of(seed + 1000 * n + 100 * u + (uint64_t)noise);
                system_t s = random_system(&d, n, updates[u], noise, frozen);
                char what[80];
                snprintf(what, sizeof what, "seed %d, n %zu, update %d, noise %d%s", (int)seed, n, updates[u], noise,
                         frozen ? ", frozen" : "");
                check_system(&s, &d, what);
            }
}

/* A neuron without noise decides by the exact sum: 1e16 - 1 - 1e16 is below 0, and 0 when added up in doubles. */
START_TEST(no_noise_no_rounding)
{
    static const double J[16] = {[12] = 1e16, [13] = -1, [14] = -1e16}, scale[4] = {1, 1, 1, 0};
    static const int32_t rule[] = {BINNET_UPDATE_SYNCHRONOUS, BINNET_UPDATE_ASYNCHRONOUS, BINNET_UPDATE_SWEEP};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net, 4, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 4, scale));
    for (int k = 0; k < 3; k++) {
        binnet_chain *chain;
        double p, row[16];
        OK(binnet_chain_new(ctx, &chain, net, noise, rule[k]));
        OK(binnet_chain_transition(ctx, &p, chain, 7, 15));
        ck_assert(p == 0);
        OK(binnet_chain_transition(ctx, &p, chain, 5, 13)); /* 1e16 - 1e16: a tie, and active */
        ck_assert(p > 0);
        OK(binnet_chain_row(ctx, row, 16, chain, 7));
        ck_assert(row[15] == 0);
        double x[16] = {[7] = 1}, y[16];
        OK(binnet_chain_apply(ctx, y, 16, chain, x));
        for (size_t s = 0; s < 16; s++)
            ck_assert(fabs(y[s] - row[s]) <= 1e-15);
        binnet_chain_free(chain);
    }
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(noisy)
{
    check_many(1, 5, 0, 1);
}
END_TEST

START_TEST(some_without_noise)
{
    for (uint64_t seed = 2; seed < 8; seed++)
        check_many(1, 4, 1, seed);
}
END_TEST

START_TEST(transients)
{
    for (size_t u = 0; u < 4; u++) {
        dice d = dice_of(77 + u);
        system_t s = random_system(&d, 4, updates[u], BINNET_NOISE_GAUSSIAN, 0);
        binnet_ctx *ctx = new_ctx(1);
        binnet_chain *chain = system_chain(ctx, &s);
        double P[256], x[16], y[16];
        binnet_law *start, *later;
        oracle_matrix(P, &s);
        for (size_t a = 0; a < 16; a++)
            x[a] = a == 5;
        OK(binnet_law_new(ctx, &start, 4, x, 16));
        for (uint64_t t = 0; t < 6; t++) {
            OK(binnet_chain_evolve(ctx, &later, chain, start, t));
            for (size_t a = 0; a < 16; a++)
                ck_assert(fabs(binnet_law_data(later)[a] - x[a]) <= 1e-14 * (double)(t + 4));
            binnet_law_free(later);
            for (size_t b = 0; b < 16; b++) {
                y[b] = 0;
                for (size_t a = 0; a < 16; a++)
                    y[b] += x[a] * P[a * 16 + b];
            }
            memcpy(x, y, sizeof x);
        }
        binnet_law_free(start);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* Layers of neurons that influence nobody, several deep: the same law as the oracle's on all neurons at once. */
START_TEST(influence_nobody)
{
    for (size_t u = 0; u < 4; u++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            dice d = dice_of(500 + 10 * u + seed);
            system_t s = random_system(&d, 6, updates[u], BINNET_NOISE_LOGISTIC, 0);
            size_t core = 2 + roll_to(&d, 3);
            for (size_t i = 0; i < s.n; i++)
                for (size_t j = core; j < s.n; j++)
                    if (i <= j)
                        s.J[i * s.n + j] = 0; /* neuron j >= core is heard only by later ones */
            check_system(&s, &d, "layers");
        }
}
END_TEST

START_TEST(thread_counts_give_the_same_bits)
{
    for (size_t u = 0; u < 4; u++)
        for (int noise = BINNET_NOISE_GAUSSIAN; noise <= BINNET_NOISE_LOGISTIC; noise++) {
            enum { N = 15 };
            dice d = dice_of(900 + u);
            double J[N * N], scale[N], *x = malloc((size_t)2 << N << 3), *y = x + (1 << N), *first = NULL;
            int32_t block[N];
            ck_assert(x != NULL);
            for (size_t k = 0; k < N * N; k++)
                J[k] = roll_in(&d, -1, 1);
            for (size_t i = 0; i < N; i++) {
                scale[i] = roll_in(&d, 0.3, 1);
                block[i] = i < 7;
            }
            for (size_t k = 0; k < 1 << N; k++)
                x[k] = roll(&d);
            for (int threads = 1; threads <= 4; threads++) {
                binnet_ctx *ctx = new_ctx(threads);
                binnet_net *net;
                binnet_noise *law;
                binnet_chain *chain;
                OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
                OK(noise == BINNET_NOISE_GAUSSIAN ? binnet_noise_new_gaussian(ctx, &law, N, scale)
                                                  : binnet_noise_new_logistic(ctx, &law, N, scale));
                OK(updates[u] == BINNET_UPDATE_BLOCKS ? binnet_chain_new_blocks(ctx, &chain, net, law, 2, block)
                                                      : binnet_chain_new(ctx, &chain, net, law, updates[u]));
                OK(binnet_chain_apply(ctx, y, 1 << N, chain, x));
                if (first == NULL) {
                    first = malloc(sizeof *first << N);
                    ck_assert(first != NULL);
                    memcpy(first, y, sizeof *first << N);
                }
                ck_assert_msg(memcmp(first, y, sizeof *first << N) == 0, "update %d: %d threads give other bits",
                              updates[u], threads);
                binnet_net_free(net);
                binnet_noise_free(law);
                binnet_chain_free(chain);
                binnet_ctx_free(ctx);
            }
            free(first);
            free(x);
        }
}
END_TEST

/* Renumbering the neurons renumbers the law. */
/* What fresh memory holds makes no difference: the same bits with zeros in it and with NaNs. */
static void *filled_alloc(void *user, size_t size)
{
    void *p = malloc(size);
    if (p != NULL)
        memset(p, *(int *)user, size);
    return p;
}

static void *plain_realloc(void *user, void *ptr, size_t size)
{
    (void)user;
    return realloc(ptr, size);
}

static void plain_free(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

START_TEST(fresh_memory)
{
    dice d = dice_of(23);
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_BLOCKS; update++) {
        system_t s = random_system(&d, MOST, update, BINNET_NOISE_GAUSSIAN, 0);
        binnet_law *law[2];
        for (int k = 0; k < 2; k++) {
            int byte = k == 0 ? 0 : 0xFF; /* a double of 0xFF bytes is a NaN */
            binnet_ctx *ctx;
            OK(binnet_ctx_new_alloc(&ctx, filled_alloc, plain_realloc, plain_free, &byte));
            OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
            binnet_chain *chain = system_chain(ctx, &s);
            OK(binnet_chain_stationary(ctx, &law[k], chain));
            binnet_chain_free(chain);
            binnet_ctx_free(ctx);
        }
        ck_assert(memcmp(binnet_law_data(law[0]), binnet_law_data(law[1]), sizeof(double) << MOST) == 0);
        ck_assert(binnet_law_residual(law[1]) <= 1e-12);
        binnet_law_free(law[0]);
        binnet_law_free(law[1]);
    }
}
END_TEST

START_TEST(permuting_neurons)
{
    for (size_t u = 0; u < 2; u++) {
        dice d = dice_of(31 + u);
        system_t s = random_system(&d, 5, updates[u], BINNET_NOISE_GAUSSIAN, 0), t = s;
        const int32_t *to = s.order; /* neuron i becomes to[i] */
        for (size_t i = 0; i < 5; i++) {
            for (size_t j = 0; j < 5; j++)
                t.J[to[i] * 5 + to[j]] = s.J[i * 5 + j];
            t.M[to[i]] = s.M[i];
            t.theta[to[i]] = s.theta[i];
            t.I[to[i]] = s.I[i];
            t.scale[to[i]] = s.scale[i];
            t.select[to[i]] = s.select[i];
        }
        binnet_ctx *ctx = new_ctx(1);
        binnet_chain *a = system_chain(ctx, &s), *b = system_chain(ctx, &t);
        binnet_law *p, *q;
        OK(binnet_chain_stationary(ctx, &p, a));
        OK(binnet_chain_stationary(ctx, &q, b));
        for (uint64_t A = 0; A < 32; A++) {
            uint64_t B = 0;
            for (size_t i = 0; i < 5; i++)
                B |= (A >> i & 1) << to[i];
            ck_assert(fabs(binnet_law_data(p)[A] - binnet_law_data(q)[B]) <= 1e-12 * binnet_law_data(p)[A]);
        }
        binnet_law_free(p);
        binnet_law_free(q);
        binnet_chain_free(a);
        binnet_chain_free(b);
        binnet_ctx_free(ctx);
    }
}
END_TEST

static double bad_cdf(void *user, double x)
{
    (void)user;
    return x > 100 ? NAN : x < 0 ? 0.25 : 0.75; /* good at the points that are looked at beforehand */
}

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *one;
    binnet_noise *noise, *bad;
    binnet_chain *chain = NULL, *broken;
    binnet_law *law;
    double J[9] = {0, 1000, 0, 0, 0, 1, 1, 0, 0}, scale[3] = {1, 1, 1}, x[8] = {1}, y[8], select[3] = {0.5, 0.6, 0.1};
    int32_t order[3] = {0, 1, 1}, block[3] = {0, 2, 2};
    OK(binnet_net_new(ctx, &net, 3, J, NULL, NULL, NULL));
    OK(binnet_net_new(ctx, &one, 1, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 3, scale));
    ck_assert_int_eq(binnet_chain_new(ctx, &chain, one, noise, BINNET_UPDATE_SWEEP), BINNET_E_SIZE);
    ck_assert(chain == NULL);
    ck_assert_int_eq(binnet_chain_new(ctx, &chain, net, noise, 9), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_BLOCKS), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_new(ctx, NULL, net, noise, BINNET_UPDATE_SWEEP), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_new(NULL, &chain, net, noise, BINNET_UPDATE_SWEEP), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_new(ctx, &chain, NULL, noise, BINNET_UPDATE_SWEEP), BINNET_E_NULL);
    ck_assert_int_eq(binnet_chain_new_asynchronous(ctx, &chain, net, noise, select), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_new_sweep(ctx, &chain, net, noise, order), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_new_blocks(ctx, &chain, net, noise, 3, block), BINNET_E_RANGE); /* block 1 is empty */
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SWEEP));
    ck_assert_int_eq(binnet_chain_apply(ctx, y, 7, chain, x), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_chain_apply(ctx, NULL, 8, chain, x), BINNET_E_NULL);
    x[3] = -1;
    ck_assert_int_eq(binnet_chain_apply(ctx, y, 8, chain, x), BINNET_E_RANGE);
    x[3] = NAN;
    ck_assert_int_eq(binnet_chain_apply(ctx, y, 8, chain, x), BINNET_E_NAN);
    x[3] = INFINITY;
    ck_assert_int_eq(binnet_chain_apply(ctx, y, 8, chain, x), BINNET_E_NAN);
    ck_assert_int_eq(binnet_chain_transition(ctx, y, chain, 8, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_row(ctx, y, 8, chain, 9), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_chain_stationary_in_class(ctx, &law, chain, 1), BINNET_E_RANGE);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_ITERATIONS, 1));
    ck_assert_int_eq(binnet_chain_stationary(ctx, &law, chain), BINNET_E_NOCONV);
    ck_assert(law == NULL && strstr(binnet_ctx_message(ctx), "residual") != NULL);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 100));
    ck_assert_int_eq(binnet_chain_stationary(ctx, &law, chain), BINNET_E_LIMIT);
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 1 << 20));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_MAX_ITERATIONS, 1000));
    OK(binnet_noise_new_custom(ctx, &bad, 3, scale, bad_cdf, NULL, NULL, NULL));
    for (int32_t u = BINNET_UPDATE_SYNCHRONOUS; u <= BINNET_UPDATE_SWEEP; u++) {
        double good[8] = {0.5, 0.5};
        OK(binnet_chain_new(ctx, &broken, net, bad, u));
        good[6] = 0.1;
        J[1] = -1000;
        ck_assert_int_eq(binnet_chain_apply(ctx, y, 8, broken, good), BINNET_OK); /* -h <= 100 everywhere */
        binnet_chain_free(broken);
    }
    binnet_net_free(net);
    OK(binnet_net_new(ctx, &net, 3, J, NULL, NULL, NULL)); /* now -h = 1000 where neuron 1 is active */
    for (int32_t u = BINNET_UPDATE_SYNCHRONOUS; u <= BINNET_UPDATE_SWEEP; u++) {
        double good[8] = {0, 0, 1};
        OK(binnet_chain_new(ctx, &broken, net, bad, u));
        ck_assert_int_eq(binnet_chain_apply(ctx, y, 8, broken, good), BINNET_E_CALLBACK);
        ck_assert_int_eq(binnet_chain_stationary(ctx, &law, broken), BINNET_E_CALLBACK);
        binnet_chain_free(broken);
    }
    binnet_chain_free(chain);
    binnet_chain_free(NULL);
    binnet_noise_free(noise);
    binnet_noise_free(bad);
    binnet_net_free(net);
    binnet_net_free(one);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("chain", no_noise_no_rounding, noisy, some_without_noise, transients, influence_nobody,
          thread_counts_give_the_same_bits, fresh_memory, permuting_neurons, errors)
