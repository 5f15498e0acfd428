/* Recall: formulas against the chain's own matrix, solved in long double; curves against powers of the matrix; runs and sampled
 * curves against both; Cover's count in whole numbers, Gardner's bound by Simpson's rule. */
#include "support/support.h"

#include <string.h>

enum { MOST = 6, STATES = 1 << MOST };

static void bits_of(uint8_t *row, uint64_t state, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row[i] = state >> i & 1;
}

static void make_network(binnet_ctx *ctx, binnet_net **net, binnet_noise **noise, size_t n, dice *die, double scale,
                         int law)
{
    double J[20 * 20], sigma[20], theta[20];
    for (size_t k = 0; k < n * n; k++)
        J[k] = roll(die) < 0.3 ? 0 : roll_in(die, -1, 1);
    for (size_t i = 0; i < n; i++) {
        theta[i] = roll_in(die, -0.5, 0.5);
        sigma[i] = scale * roll_in(die, 0.5, 1.5);
    }
    OK(binnet_net_new(ctx, net, n, J, NULL, theta, NULL));
    if (law == 0)
        OK(binnet_noise_new_gaussian(ctx, noise, n, sigma));
    else
        OK(binnet_noise_new_laplace(ctx, noise, n, sigma));
}

/* --- paths --- */

/* ((I - P_CC)^-1 1)_0 by elimination with the exits summed from the other states' probabilities: no subtraction. */
static long double visits_of(const double *P, size_t S, const uint64_t *cycle, size_t T)
{
    static long double A[STATES][STATES], leak[STATES], c[STATES];
    for (size_t s = 0; s < T; s++) {
        leak[s] = 0;
        c[s] = 1;
        for (size_t t = 0; t < S; t++) {
            size_t in = T;
            for (size_t k = 0; k < T; k++)
                in = cycle[k] == t ? k : in;
            if (in < T)
                A[s][in] = (long double)P[cycle[s] * S + t];
            else
                leak[s] += (long double)P[cycle[s] * S + t];
        }
    }
    for (size_t k = T; k-- > 0;) {
        long double out = leak[k];
        for (size_t t = 0; t < k; t++)
            out += A[k][t];
        if (k == 0)
            return c[0] / out;
        for (size_t s = 0; s < k; s++) {
            for (size_t t = 0; t < k; t++)
                A[s][t] += A[s][k] * A[k][t] / out;
            leak[s] += A[s][k] * leak[k] / out;
            c[s] += A[s][k] * c[k] / out;
        }
    }
    return 0;
}

/* The first T different states in a random order. */
static void random_cycle(uint64_t *cycle, size_t T, size_t S, dice *die)
{
    for (size_t k = 0; k < T;) {
        cycle[k] = roll_to(die, S);
        size_t same = 0;
        while (cycle[same] != cycle[k])
            same++;
        k += same == k;
    }
}

START_TEST(paths)
{
    binnet_ctx *ctx = new_ctx(1);
    static double P[STATES * STATES];
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice die = dice_of(seed);
        size_t n = 1 + roll_to(&die, MOST), S = (size_t)1 << n, T = 1 + roll_to(&die, S < 8 ? S : 8);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        make_network(ctx, &net, &noise, n, &die, seed % 3 == 0 ? 0.05 : 0.5, (int)(seed % 2));
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_chain_matrix(ctx, P, S * S, chain));
        uint64_t cycle[8];
        uint8_t rows[8 * MOST];
        random_cycle(cycle, T, S, &die);
        for (size_t t = 0; t < T; t++)
            bits_of(rows + t * n, cycle[t], n);
        double whole, failure, followed, inside;
        int32_t code = binnet_recall_path(ctx, &whole, &failure, &followed, &inside, T, n, rows, 1, 3, net, noise);
        if (T == S) { /* nothing leaves all states */
            ck_assert_int_eq(code, BINNET_E_UNDERFLOW);
            binnet_chain_free(chain);
            binnet_net_free(net);
            binnet_noise_free(noise);
            continue;
        }
        if (code == BINNET_E_UNDERFLOW)
            OK(binnet_recall_path(ctx, &whole, &failure, &followed, NULL, T, n, rows, 1, 3, net, noise));
        else {
            OK(code);
            long double v = visits_of(P, S, cycle, T);
            ck_assert_msg(fabsl((long double)inside - v) <= 1e-9L * v, "seed %d: %.17g for %.17Lg", (int)seed, inside,
                          v);
        }
        long double q = 1, sum = 0, before_last = 0;
        for (size_t t = 0; t < T; t++) {
            before_last = sum;
            sum += q;
            q *= (long double)P[cycle[t] * S + cycle[(t + 1) % T]];
        }
        ck_assert_double_eq_tol(whole, (double)(q * q * q), 1e-13 * (double)(q * q * q) + 1e-300);
        ck_assert_double_eq_tol(failure, (double)(1 - q * q * q), 1e-13);
        if (q < 1 - 1e-6L)
            ck_assert_double_eq_tol(followed, (double)(sum / (1 - q)), 1e-9 * followed);
        if (T > 1) {
            OK(binnet_recall_path(ctx, &whole, NULL, &followed, &inside, T, n, rows, 0, 1, net, noise));
            ck_assert_double_eq_tol(followed, (double)before_last, 1e-13 * followed);
            ck_assert(isnan(inside));
        }
        binnet_chain_free(chain);
        binnet_net_free(net);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* A pattern that 1e-18 is lost from at a time: 1 / (1 - p) keeps its digits; against the tail of the normal law. */
START_TEST(rare_failures)
{
    binnet_ctx *ctx = new_ctx(1);
    const double J[4] = {0, 9, 9, 0}, sigma[2] = {1, 1}, none[2] = {0, 0};
    const uint8_t on[2] = {1, 1};
    binnet_net *net;
    binnet_noise *noise;
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, sigma));
    double whole, failure, followed, inside, tail = 0.5 * erfc(9 / sqrt(2)); /* 1.13e-19 */
    OK(binnet_recall_path(ctx, &whole, &failure, &followed, &inside, 1, 2, on, 1, 1, net, noise));
    ck_assert_double_eq(whole, 1);
    ck_assert_double_eq_tol(failure / (2 * tail), 1, 1e-13);
    ck_assert_double_eq_tol(followed * 2 * tail, 1, 1e-13);
    ck_assert_double_eq_tol(inside * 2 * tail, 1, 1e-13);
    OK(binnet_recall_path(ctx, &whole, &failure, NULL, NULL, 1, 2, on, 1, UINT64_C(1000000000000000000), net, noise));
    ck_assert_double_eq_tol(whole, exp(-2e18 * tail), 1e-12);
    binnet_noise_free(noise);
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, none));
    OK(binnet_recall_path(ctx, &whole, &failure, &followed, &inside, 1, 2, on, 1, 1, net, noise));
    ck_assert(whole == 1 && failure == 0 && !signbit(failure) && followed == HUGE_VAL && inside == HUGE_VAL);
    OK(binnet_recall_transitions(ctx, &whole, &failure, 1, 2, on, on, net, noise));
    ck_assert(whole == 1 && failure == 0 && !signbit(failure));
    const uint8_t twice[4] = {1, 1, 1, 1};
    ck_assert_int_eq(binnet_recall_path(ctx, &whole, NULL, NULL, NULL, 2, 2, twice, 1, 1, net, noise), BINNET_E_RANGE);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* A cycle of 10 and 5 fixed points stored at N = 20: dwell and round trip by the formula, and by steps of the chain itself. */
START_TEST(stored_cycle)
{
    enum { N = 12, L = 6 };
    binnet_ctx *ctx = new_ctx(1);
    dice die = dice_of(5);
    uint8_t from[L * N], to[L * N];
    double scale[N], p[L], margin[L * N], J[N * N];
    for (size_t k = 0; k < L * N; k++)
        from[k] = roll(&die) < 0.5;
    for (size_t l = 0; l < L; l++) {
        memcpy(to + l * N, from + (l < 4 ? (l + 1) % 4 : l) * N, N);
        p[l] = l < 4 ? 0.8 : 0.6;
    }
    for (size_t i = 0; i < N; i++)
        scale[i] = 0.3;
    binnet_noise *noise;
    binnet_net *net;
    binnet_chain *chain;
    OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
    OK(binnet_store_margins(ctx, margin, L, N, to, p, 1, noise));
    OK(binnet_store(ctx, J, NULL, N, L, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, NULL));
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    double whole, followed, inside;
    OK(binnet_recall_path(ctx, &whole, NULL, &followed, &inside, 4, N, from, 1, 1, net, noise));
    ck_assert_double_eq_tol(whole, 0.8 * 0.8 * 0.8 * 0.8, 1e-12);
    ck_assert_double_eq_tol(followed, (1 + 0.8 + 0.64 + 0.512) / (1 - 0.4096), 1e-11);
    static double x[1 << N], y[1 << N];
    uint64_t state[4] = {0};
    for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < N; i++)
            state[t] |= (uint64_t)from[t * N + i] << i;
    double mass = 1, sum = 0;
    memset(x, 0, sizeof x);
    x[state[0]] = 1;
    while (mass > 1e-14) {
        sum += mass;
        OK(binnet_chain_apply(ctx, y, 1 << N, chain, x));
        mass = 0;
        memset(x, 0, sizeof x);
        for (size_t t = 0; t < 4; t++)
            mass += x[state[t]] = y[state[t]];
    }
    ck_assert_double_eq_tol(inside, sum, 1e-10 * sum);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- curves --- */

static size_t distance_of(uint64_t s, const uint64_t *target, size_t T, size_t n)
{
    size_t least = n;
    for (size_t k = 0; k < T; k++) {
        size_t d = 0;
        for (size_t i = 0; i < n; i++)
            d += (s ^ target[k]) >> i & 1;
        least = d < least ? d : least;
    }
    return least;
}

START_TEST(curves)
{
    binnet_ctx *ctx = new_ctx(1);
    static double P[STATES * STATES];
    enum { STEPS = 7 };
    for (uint64_t seed = 1; seed <= 24; seed++) {
        dice die = dice_of(seed + 300);
        size_t n = 1 + roll_to(&die, MOST), S = (size_t)1 << n, T = 1 + roll_to(&die, 2);
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        const int32_t block[MOST] = {1, 0, 1, 0, 1, 0};
        make_network(ctx, &net, &noise, n, &die, 0.4, (int)(seed % 2));
        int32_t update = 1 + (int32_t)(seed % 4);
        if (update == BINNET_UPDATE_BLOCKS && n > 1)
            OK(binnet_chain_new_blocks(ctx, &chain, net, noise, 2, block));
        else
            OK(binnet_chain_new(ctx, &chain, net, noise, update == BINNET_UPDATE_BLOCKS ? 1 : update));
        OK(binnet_chain_matrix(ctx, P, S * S, chain));
        uint64_t target[2];
        random_cycle(target, T, S, &die);
        double mean[(STEPS + 1) * (MOST + 1)], worst[(STEPS + 1) * (MOST + 1)];
        OK(binnet_recall_curve(ctx, mean, worst, STEPS, n, T, target, chain));
        long double u[STATES] = {0}, v[STATES];
        for (size_t t = 0; t <= STEPS; t++) {
            for (size_t s = 0; s < S; s++) {
                v[s] = 0;
                for (size_t r = 0; r < S; r++)
                    v[s] += (long double)P[s * S + r] * u[r];
            }
            for (size_t k = 0; k < T; k++)
                v[target[k]] = 1;
            memcpy(u, v, sizeof u);
            for (size_t d = 0; d <= n; d++) {
                long double sum = 0, least = 2;
                size_t count = 0;
                for (size_t s = 0; s < S; s++)
                    if (distance_of(s, target, T, n) == d) {
                        sum += u[s];
                        least = u[s] < least ? u[s] : least;
                        count++;
                    }
                double m = mean[t * (n + 1) + d], w = worst[t * (n + 1) + d];
                if (count == 0)
                    ck_assert(isnan(m) && isnan(w));
                else {
                    ck_assert_double_eq_tol(m, (double)(sum / count), 1e-13);
                    ck_assert_double_eq_tol(w, (double)least, 1e-13);
                }
            }
        }
        if (update == BINNET_UPDATE_SYNCHRONOUS && T == 1 &&
            n > 2) { /* the same by simulation: within 5 standard errors */
            enum { RUNS = 4000 };
            uint8_t row[MOST];
            const size_t distance[2] = {1, 2};
            double got[2 * (STEPS + 1)], low[2 * (STEPS + 1)], high[2 * (STEPS + 1)];
            bits_of(row, target[0], n);
            OK(binnet_recall_curve_sampled(ctx, got, low, high, STEPS, 2, distance, RUNS, n, 1, row, net, noise));
            for (size_t t = 0; t <= STEPS; t++)
                for (size_t k = 0; k < 2; k++) {
                    double e = mean[t * (n + 1) + distance[k]], at = got[2 * t + k];
                    ck_assert(fabs(at - e) <= 5 * sqrt(e * (1 - e) / RUNS) + 1e-12);
                    ck_assert(low[2 * t + k] <= at && at <= high[2 * t + k]);
                    ck_assert(high[2 * t + k] - low[2 * t + k] <= 2.1 / sqrt(RUNS));
                }
        }
        binnet_chain_free(chain);
        binnet_net_free(net);
        binnet_noise_free(noise);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Without noise a run follows the successors; with it, frequencies of single steps are the transition probabilities. */
/* Curves and committors of a chain that is large enough for several workers: the same bits for any number of them. */
START_TEST(curve_workers)
{
    enum { N = 13, MANY = 1 << N, STEPS = 2 };
    static double mean[2][(STEPS + 1) * (N + 1)], q[2][MANY];
    static int32_t set[MANY];
    double J[N * N];
    dice die = dice_of(4711);
    for (size_t k = 0; k < N * N; k++)
        J[k] = roll_in(&die, -1, 1);
    for (size_t s = 0; s < MANY; s++)
        set[s] = s == 0 ? 1 : s == MANY - 1 ? 2 : 0;
    for (int k = 0; k < 2; k++) {
        binnet_ctx *ctx = new_ctx(1 + 2 * k);
        binnet_chain *chain = new_chain(ctx, N, J, NULL, NULL, BINNET_NOISE_LOGISTIC, 1, BINNET_UPDATE_ASYNCHRONOUS);
        const uint64_t target[1] = {5};
        OK(binnet_recall_curve(ctx, mean[k], NULL, STEPS, N, 1, target, chain));
        ck_assert_int_eq(binnet_recall_curve(ctx, mean[k], NULL, STEPS, N - 1, 1, target, chain), BINNET_E_SIZE);
        OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-6));
        OK(binnet_chain_committor(ctx, q[k], NULL, MANY, chain, set, 1, 2));
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
    ck_assert(memcmp(mean[0], mean[1], sizeof mean[0]) == 0 && memcmp(q[0], q[1], sizeof q[0]) == 0);
}
END_TEST

START_TEST(runs)
{
    enum { N = 10, STEPS = 20 };
    binnet_ctx *ctx = new_ctx(1);
    dice die = dice_of(4);
    binnet_net *net, *tied;
    binnet_noise *noise;
    make_network(ctx, &net, &noise, N, &die, 0, 0);
    const double zero[N * N] = {0};
    OK(binnet_net_new(ctx, &tied, N, zero, NULL, NULL, NULL));
    uint8_t state[(STEPS + 1) * N], cue[N], again[(STEPS + 1) * N];
    bits_of(cue, 717, N);
    OK(binnet_recall_run(ctx, state, STEPS, N, cue, net, noise, BINNET_UPDATE_SYNCHRONOUS, 0));
    uint64_t s = 717;
    for (size_t t = 0; t <= STEPS; t++) {
        for (size_t i = 0; i < N; i++)
            ck_assert_int_eq(state[t * N + i], s >> i & 1);
        OK(binnet_net_successor(ctx, &s, net, s));
    }
    for (int32_t tie = 0; tie < 3; tie++) { /* every drive is 0 */
        binnet_net *other;
        OK(binnet_net_with_tie(ctx, &other, tied, tie));
        OK(binnet_recall_run(ctx, state, 1, N, cue, other, noise, BINNET_UPDATE_SYNCHRONOUS, 0));
        for (size_t i = 0; i < N; i++)
            ck_assert_int_eq(state[N + i], tie == BINNET_TIE_ACTIVE ? 1 : tie == BINNET_TIE_SILENT ? 0 : cue[i]);
        binnet_net_free(other);
    }
    binnet_noise_free(noise);
    binnet_net_free(net);
    make_network(ctx, &net, &noise, N, &die, 0.5, 0);
    OK(binnet_recall_run(ctx, state, STEPS, N, cue, net, noise, BINNET_UPDATE_ASYNCHRONOUS, 3));
    OK(binnet_recall_run(ctx, again, STEPS, N, cue, net, noise, BINNET_UPDATE_ASYNCHRONOUS, 3));
    ck_assert_mem_eq(state, again, sizeof state);
    int moved = 0;
    for (size_t t = 0; t < STEPS; t++) {
        int changed = 0;
        for (size_t i = 0; i < N; i++)
            changed += state[t * N + i] != state[(t + 1) * N + i];
        ck_assert_int_le(changed, 1);
        moved += changed;
    }
    ck_assert_int_gt(moved, 0);
    binnet_net_free(net);
    binnet_net_free(tied);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- capacity --- */

START_TEST(bounds_of_capacity)
{
    binnet_ctx *ctx = new_ctx(1);
    double f;
    for (uint64_t p = 1; p <= 40; p++)
        for (uint64_t n = 1; n <= 40; n++) {
            double choose = 1, sum = 0; /* C(p - 1, k) < 2^53 */
            for (uint64_t k = 0; k < n && k <= p - 1; k++) {
                sum += choose;
                choose = choose * (double)(p - 1 - k) / (double)(k + 1);
            }
            OK(binnet_capacity_cover(ctx, &f, p, n));
            ck_assert_double_eq_tol(f, ldexp(sum, 1 - (int)p), 1e-12);
        }
    /* many patterns: by mpmath 1.2.1, logarithms of factorials and the sum with 50 digits */
    const struct {
        uint64_t patterns, inputs;
        double fraction;
    } many[] = {{2000, 1000, 0.5},
                {1000000, 500000, 0.5},
                {1000000, 499000, 0.022750050961703566714},
                {1000000, 495000, 7.6131229508968129505e-24},
                {1000000, 482000, 3.6336931798307962048e-284},
                {1000000, 501000, 0.97724994903829643329},
                {99999, 49000, 1.2938284235657038603e-10},
                {1100, 20, 6.3333454707931907475e-291}};
    for (size_t k = 0; k < sizeof many / sizeof *many; k++) {
        OK(binnet_capacity_cover(ctx, &f, many[k].patterns, many[k].inputs));
        ck_assert_msg(fabs(f / many[k].fraction - 1) <= 1e-12, "%zu: %.17g", k, f);
    }
    for (double kappa = -2; kappa <= 6; kappa += 0.5) {
        double sum = 0, h = (10 + kappa) / 4000;
        for (int k = 0; k <= 4000; k++) {
            double t = -kappa + k * h;
            sum += (k == 0 || k == 4000 ? 1 : k % 2 ? 4 : 2) * (t + kappa) * (t + kappa) * exp(-t * t / 2);
        }
        OK(binnet_capacity_gardner(ctx, &f, kappa));
        ck_assert_double_eq_tol(f * sum * h / 3 / sqrt(2 * acos(-1)), 1, 1e-9);
    }
    OK(binnet_capacity_gardner(ctx, &f, 0));
    ck_assert_double_eq_tol(f, 2, 1e-15);
    ck_assert_int_eq(binnet_capacity_cover(ctx, &f, 0, 3), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_capacity_gardner(ctx, &f, NAN), BINNET_E_NAN);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(capacity)
{
    enum { N = 16 };
    binnet_ctx *ctx = new_ctx(1);
    double whole, neurons, unproved, hebb, cover;
    OK(binnet_capacity_sampled(ctx, &whole, &neurons, &unproved, 3, N, 4, 0.5, BINNET_RULE_MARGIN, 0, 0, NULL, NULL));
    ck_assert_double_ge(neurons, 0.9);
    /* load 2, 15 inputs each: Cover's fraction for 30 patterns; some 0/1 states are in special position, and 25 sets of 16 neurons
     * have a standard error below 0.06 (those of a set are not independent) */
    OK(binnet_capacity_sampled(ctx, &whole, &neurons, &unproved, 25, N, 30, 0.5, BINNET_RULE_MARGIN, 1, 0, NULL, NULL));
    OK(binnet_capacity_cover(ctx, &cover, 30, N - 1));
    ck_assert_double_eq_tol(cover, 0.5, 1e-12);
    ck_assert_double_eq_tol(neurons, cover, 0.2);
    ck_assert_double_eq(unproved, 0);
    double scale[N];
    for (size_t i = 0; i < N; i++)
        scale[i] = 0.3;
    binnet_noise *noise;
    OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
    OK(binnet_capacity_sampled(ctx, NULL, &hebb, NULL, 10, N, 4, 0.5, BINNET_RULE_HEBB, 0, 0, NULL, NULL));
    OK(binnet_capacity_sampled(ctx, NULL, &neurons, NULL, 10, N, 4, 0.5, BINNET_RULE_HEBB, 0, 0.99, noise, NULL));
    ck_assert(neurons < hebb && hebb < 1 && hebb > 0.5);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("recall", paths, rare_failures, stored_cycle, curves, curve_workers, runs, bounds_of_capacity, capacity)
