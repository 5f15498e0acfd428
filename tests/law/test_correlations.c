/* Moments, groupwise correlations, cumulants and populations against rational arithmetic (tests/reference), plain loops in long
 * double, and each other. */
#include "support/support.h"
#include "../reference/correlations.h"

#include <string.h>

enum { CASES = sizeof correlation_cases / sizeof *correlation_cases };

static void check_close(double got, double want, double relative, const char *what, int k)
{
    ck_assert_msg(fabs(got - want) <= relative * fabs(want) + 1e-307, "case %d: %s %.17g, expected %.17g", k, what, got,
                  want);
}

/* Sums in 106 bits: what is left is the rounding of the result, and of the norm's root. */
START_TEST(against_rationals)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int k = 0; k < CASES; k++) {
        const correlation_case *c = &correlation_cases[k];
        binnet_law *law;
        double value;
        OK(binnet_law_new(ctx, &law, c->n, c->p, (size_t)1 << c->n));
        OK(binnet_law_central_moment(ctx, &value, law, c->k, c->group));
        check_close(value, c->central, 1e-13, "central moment", k);
        OK(binnet_law_cumulant(ctx, &value, law, c->k, c->group));
        check_close(value, c->cumulant, 1e-13, "cumulant", k);
        if (c->k >= 2) {
            int32_t status = binnet_law_groupwise(ctx, &value, law, c->k, c->group);
            ck_assert_int_eq(status, isnan(c->corr) ? BINNET_E_UNDEFINED : BINNET_OK);
            ck_assert(isnan(c->corr) == isnan(value));
            if (!isnan(value))
                check_close(value, c->corr, 1e-13, "correlation", k);
        }
        binnet_law_free(law);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Weights of n neurons with means from 1e-12 to 1 - 1e-12, and dependent on each other. */
static binnet_law *graded_law(binnet_ctx *ctx, size_t n, uint64_t seed, double *p)
{
    dice d = dice_of(seed);
    double odds[32], total = 0;
    binnet_law *law;
    for (size_t i = 0; i < n; i++)
        odds[i] = i % 3 == 0 ? pow(10, roll_in(&d, -12, 12)) : roll_in(&d, 0.5, 2);
    for (size_t s = 0; s < (size_t)1 << n; s++) {
        double w = roll_in(&d, 0.1, 1);
        for (size_t i = 0; i < n; i++)
            w *= s >> i & 1 ? odds[i] : 1;
        total += p[s] = w;
    }
    for (size_t s = 0; s < (size_t)1 << n; s++)
        p[s] /= total;
    OK(binnet_law_new(ctx, &law, n, p, (size_t)1 << n));
    return law;
}

/* Probabilities that neurons are silent and active, of a law that need not add up to 1 to the last digit. */
static void find_sides(long double *silent, long double *active, const double *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        silent[i] = active[i] = 0;
        for (size_t s = 0; s < (size_t)1 << n; s++)
            *(s >> i & 1 ? active + i : silent + i) += p[s];
        long double all = silent[i] + active[i];
        silent[i] /= all;
        active[i] /= all;
    }
}

/* E prod (A_i - q_i) over a set, and E prod |A_i - q_i|. */
static void sum_central(long double *value, long double *size, const double *p, size_t n, size_t set,
                        const long double *silent, const long double *active)
{
    *value = *size = 0;
    for (size_t s = 0; s < (size_t)1 << n; s++) {
        long double term = p[s];
        for (size_t i = 0; i < n; i++)
            if (set >> i & 1)
                term *= s >> i & 1 ? silent[i] : -active[i];
        *value += term;
        *size += fabsl(term);
    }
}

/* The moments of a set of n neurons: E prod A_i is m, E prod (A_i - q_i) value, E prod |A_i - q_i| size. */
static void check_set(double joint, double central, size_t n, size_t set, long double m, long double value,
                      long double size)
{
    ck_assert_msg(fabsl(joint - m) <= (double)(n + 2) * 0x1p-53L * m, "n %zu, set %zu: %.17g, expected %.17Lg", n, set,
                  joint, m);
    ck_assert_msg(fabsl(central - value) <= 4 * (double)(n + 2) * 0x1p-53L * size,
                  "n %zu, set %zu: central %.17g, expected %.17Lg of %.3Lg", n, set, central, value, size);
}

/* 2^15 states are one block and a row of tiles; 2^17 more. All sets up to 8 neurons, some hundred beyond. */
START_TEST(all_sets)
{
    static const size_t sizes[] = {1, 2, 3, 5, 8, 11, 14, 15, 17};
    size_t n = sizes[_i], S = (size_t)1 << n, trials = n <= 8 ? S : n < 15 ? 60 : 20;
    double *p = malloc(3 * S * sizeof *p), *joint = p + S, *central = joint + S;
    ck_assert_ptr_nonnull(p);
    binnet_ctx *ctx = new_ctx(1 + _i % 2);
    binnet_law *law = graded_law(ctx, n, 7 + n, p);
    long double silent[32], active[32];
    dice d = dice_of(n);
    OK(binnet_law_moments(ctx, joint, S, law));
    OK(binnet_law_central_moments(ctx, central, S, law));
    p = memcpy(p, binnet_law_data(law), S * sizeof *p);
    find_sides(silent, active, p, n);
    for (size_t t = 0; t < trials; t++) {
        size_t set = n <= 8 ? t : roll_to(&d, S);
        long double m = 0, value, size;
        for (size_t s = 0; s < S; s++)
            m += (s & set) == set ? p[s] : 0;
        sum_central(&value, &size, p, n, set, silent, active);
        check_set(joint[set], central[set], n, set, m, value, size);
    }
    binnet_law_free(law);
    binnet_ctx_free(ctx);
    free(p);
}
END_TEST

/* --- many neurons: mixtures of laws in which neurons are independent --- */

enum { LOW = 10, PARTS = 3 };

/* entry[s] = sum over parts k of the product of f[k][i][1] where s has bit i, else of f[k][i][0]: that of the lower neurons times
 * that of the others. */
typedef struct products {
    double low[PARTS][1 << LOW], *high;
} products;

static void fill_products(double *to, double (*f)[2], size_t n)
{
    to[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t s = 0, half = (size_t)1 << i; s < half; s++) {
            to[s + half] = to[s] * f[i][1];
            to[s] *= f[i][0];
        }
}

static void open_products(products *t, double f[PARTS][32][2], const double *weight, size_t n)
{
    size_t rows = (size_t)1 << (n - LOW);
    t->high = malloc(PARTS * rows * sizeof *t->high);
    ck_assert_ptr_nonnull(t->high);
    for (size_t k = 0; k < PARTS; k++) {
        fill_products(t->low[k], f[k], LOW);
        fill_products(t->high + k * rows, f[k] + LOW, n - LOW);
        for (size_t r = 0; r < rows; r++)
            t->high[k * rows + r] *= weight[k];
    }
}

static void fill_row(double *to, const products *t, size_t r, size_t rows)
{
    double a = t->high[r], b = t->high[rows + r], c = t->high[2 * rows + r];
    for (size_t s = 0; s < (size_t)1 << LOW; s++)
        to[s] = a * t->low[0][s] + b * t->low[1][s] + c * t->low[2][s];
}

/* Sets within `relative` of what `size` gives: all, of the largest laws some rows. */
static void check_rows(const double *got, const products *t, const products *size, double relative, size_t n)
{
    size_t rows = (size_t)1 << (n - LOW), step = n > 21 ? 61 : 1;
    double want[1 << LOW], of[1 << LOW], worst = 0;
    for (size_t r = 0; r < rows; r += step) {
        fill_row(want, t, r, rows);
        fill_row(of, size, r, rows);
        for (size_t s = 0; s < (size_t)1 << LOW; s++)
            worst = fmax(worst, fabs(got[(r << LOW) + s] - want[s]) / of[s]);
        ck_assert_msg(worst <= relative, "n %zu, sets from %zu on: %.3g, expected %.3g", n, r << LOW, worst, relative);
    }
}

/* Where blocks and tiles have every shape: one to nine bits of rows, stored past the caches or not, with whole lines or
 * edges. Means and weights are multiples of 1/64 and 1/4: those of the mixture are exact. */
static void check_mixture(size_t n, size_t offset, int threads)
{
    static const double weight[PARTS] = {0.5, 0.25, 0.25};
    size_t S = (size_t)1 << n, rows = S >> LOW;
    static double law_of[PARTS][32][2], joint_of[PARTS][32][2], central_of[PARTS][32][2], size_of[PARTS][32][2];
    static products table, size;
    double *p = malloc(S * sizeof *p), *memory = malloc((S + 16) * sizeof *memory);
    ck_assert(p != NULL && memory != NULL);
    double *moment = memory + (8 - (uintptr_t)memory / sizeof *memory % 8) % 8 + offset;
    dice d = dice_of(n);
    for (size_t i = 0; i < n; i++) {
        double a[PARTS], q = 0;
        for (size_t k = 0; k < PARTS; k++) {
            a[k] = (double)(1 + roll_to(&d, 63)) / 64;
            q += weight[k] * a[k];
        }
        for (size_t k = 0; k < PARTS; k++) {
            law_of[k][i][0] = 1 - a[k];
            joint_of[k][i][0] = central_of[k][i][0] = size_of[k][i][0] = 1;
            law_of[k][i][1] = joint_of[k][i][1] = a[k];
            central_of[k][i][1] = a[k] - q;
            size_of[k][i][1] = a[k] * (1 - q) + (1 - a[k]) * q;
        }
    }
    binnet_ctx *ctx = new_ctx(threads);
    binnet_law *law;
    open_products(&table, law_of, weight, n);
    for (size_t r = 0; r < rows; r++)
        fill_row(p + (r << LOW), &table, r, rows);
    free(table.high);
    OK(binnet_law_new(ctx, &law, n, p, S));
    free(p);
    OK(binnet_law_moments(ctx, moment, S, law));
    open_products(&table, joint_of, weight, n);
    check_rows(moment, &table, &table, 4 * (double)n * 0x1p-53, n);
    free(table.high);
    OK(binnet_law_central_moments(ctx, moment, S, law));
    open_products(&table, central_of, weight, n);
    open_products(&size, size_of, weight, n);
    /* each q_i, within 3 n 2^-53, moves the product of n */
    check_rows(moment, &table, &size, (double)(3 * n * n + 8 * n) * 0x1p-53, n);
    free(table.high);
    free(size.high);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
    free(memory);
}

START_TEST(many_neurons)
{
    static const size_t n[] = {18, 19, 21, 21}, offset[] = {0, 1, 0, 5};
    check_mixture(n[_i], offset[_i], 1 + _i % 2);
}
END_TEST

START_TEST(most_neurons)
{
    static const size_t offset[] = {0, 3, 0, 1};
    check_mixture(22 + (size_t)_i, offset[_i], 1 + _i % 2);
}
END_TEST

/* E prod over a set of f_i, f_i = f[i][0] or f[i][1]: by the lower neurons' products, then by the others'. */
static long double sum_products(const double *p, long double (*f)[2], size_t n, size_t set)
{
    long double low[1 << LOW], sum = 0;
    for (size_t s = 0; s < (size_t)1 << LOW; s++) {
        low[s] = 1;
        for (size_t i = 0; i < LOW; i++)
            low[s] *= set >> i & 1 ? f[i][s >> i & 1] : 1;
    }
    for (size_t r = 0; r < (size_t)1 << (n - LOW); r++) {
        long double row = 0;
        for (size_t s = 0; s < (size_t)1 << LOW; s++)
            row += p[r << LOW | s] * low[s];
        for (size_t i = LOW; i < n; i++)
            row *= set >> i & 1 ? f[i][r >> (i - LOW) & 1] : 1;
        sum += row;
    }
    return sum;
}

/* Sets by chance, of a law in which means are from 1e-12 to 1 - 1e-12, against sums over all states. */
START_TEST(sets_of_most_neurons)
{
    enum { TRIALS = 6 };
    size_t n = 22 + (size_t)_i, S = (size_t)1 << n;
    double *joint = malloc(S * sizeof *joint), *central = malloc(S * sizeof *central);
    ck_assert(joint != NULL && central != NULL);
    binnet_ctx *ctx = new_ctx(2 - _i % 2);
    binnet_law *law = graded_law(ctx, n, n, joint);
    OK(binnet_law_moments(ctx, joint, S, law));
    OK(binnet_law_central_moments(ctx, central, S, law));
    const double *p = binnet_law_data(law);
    long double f[32][2], size_of[32][2], both[32][2], all = 0;
    dice d = dice_of(n);
    for (size_t i = 0; i < n; i++) {
        both[i][0] = 0;
        both[i][1] = 1;
    }
    for (size_t s = 0; s < S; s++)
        all += p[s];
    for (size_t i = 0; i < n; i++) {
        long double active = 0, silent = 0;
        for (size_t s = 0; s < S; s++)
            *(s >> i & 1 ? &active : &silent) += p[s];
        f[i][0] = -(size_of[i][0] = active / all);
        f[i][1] = size_of[i][1] = silent / all;
    }
    for (int t = 0; t < TRIALS; t++) {
        size_t set = roll_to(&d, S) & (t % 2 ? S - 1 : roll_to(&d, S)); /* of half or of a quarter of the neurons */
        long double m = sum_products(p, both, n, set), value = sum_products(p, f, n, set),
                    size = sum_products(p, size_of, n, set);
        check_set(joint[set], central[set], n, set, m, value, size);
    }
    binnet_law_free(law);
    binnet_ctx_free(ctx);
    free(joint);
    free(central);
}
END_TEST

/* Every pair and triple against the sum over all states. 13 and 15 neurons: several blocks. */
START_TEST(all_triples)
{
    static const size_t sizes[] = {1, 2, 3, 6, 9, 11, 12, 13, 15};
    enum { MOST = 15 };
    size_t n = sizes[_i], S = (size_t)1 << n, triples = n < 3 ? 0 : n * (n - 1) * (n - 2) / 6;
    double *p = malloc(S * sizeof *p), pair[2][MOST * MOST], triple[2][MOST * MOST * MOST];
    ck_assert_ptr_nonnull(p);
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law = graded_law(ctx, n, 3 + n, p);
    long double silent[MOST], active[MOST], value, size;
    OK(binnet_law_central_triples(ctx, pair[0], n, triple[0], triples, law));
    OK(binnet_law_triples(ctx, pair[1], n, triple[1], triples, law));
    p = memcpy(p, binnet_law_data(law), S * sizeof *p);
    find_sides(silent, active, p, n);
    for (size_t i = 0; i < n; i++) {
        check_close(pair[0][i * n + i], (double)(silent[i] * active[i]), 1e-15 * (double)n, "variance", (int)n);
        ck_assert(pair[1][i * n + i] == 1);
        for (size_t j = 0; j < i; j++)
            for (size_t k = 0; k <= j; k++) { /* k = j: the pair */
                size_t set = (size_t)1 << i | (size_t)1 << j | (size_t)1 << k, members[3] = {i, j, k};
                size_t at = k == j ? i * n + j : (size_t)binnet_triple_index(j, i, k);
                long double norm = 1, power = k == j ? 2 : 3;
                if (k < j && n > 13 && (i + j + k) % 5 != 0)
                    continue;
                sum_central(&value, &size, p, n, set, silent, active);
                for (int m = 0; m < (int)power; m++) {
                    long double q = active[members[m]], r = silent[members[m]];
                    norm *= q * r * (power == 2 ? 1 : q * q + r * r);
                }
                norm = power == 2 ? sqrtl(norm) : cbrtl(norm);
                double central = k == j ? pair[0][at] : triple[0][at], corr = k == j ? pair[1][at] : triple[1][at];
                ck_assert_msg(fabsl(central - value) <= (20 + (double)n) * 0x1p-53L * size,
                              "n %zu, %zu %zu %zu: %.17g, expected %.17Lg of %.3Lg", n, i, j, k, central, value, size);
                ck_assert_msg(fabsl(corr - value / norm) <= (40 + (double)n) * 0x1p-53L * size / norm &&
                                  fabs(corr) <= 1,
                              "n %zu, %zu %zu %zu: correlation %.17g, expected %.17Lg", n, i, j, k, corr, value / norm);
                ck_assert(k != j || pair[1][i * n + j] == pair[1][j * n + i]);
            }
    }
    binnet_law_free(law);
    binnet_ctx_free(ctx);
    free(p);
}
END_TEST

/* The network of which the numbers are known to 15 digits. */
START_TEST(golden)
{
    const double J[9] = {0, 1.5, -2, 0.7, 0, -1, 1.2, 0.9, 0}, stimulus[3] = {0.3, -0.2, 0.1};
    const double theta[3] = {0.5, 0.25, 0.75}, sigma[3] = {0.8, 1, 0.6};
    const int32_t all[3] = {0, 1, 2};
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    double pair[9], triple, third, cumulant;
    OK(binnet_net_new(ctx, &net, 3, J, NULL, theta, stimulus));
    OK(binnet_noise_new_gaussian(ctx, &noise, 3, sigma));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    OK(binnet_chain_stationary(ctx, &law, chain));
    OK(binnet_law_triples(ctx, pair, 3, &triple, 1, law));
    OK(binnet_law_central_moment(ctx, &third, law, 3, all));
    OK(binnet_law_cumulant(ctx, &cumulant, law, 3, all));
    ck_assert_double_eq_tol(pair[1], .162463615121815, 1e-14);
    ck_assert_double_eq_tol(pair[2], .105336836133574, 1e-14);
    ck_assert_double_eq_tol(pair[5], .101194854128781, 1e-14);
    ck_assert_double_eq_tol(third, .003268552684555, 1e-15);
    ck_assert_double_eq_tol(cumulant, third, 1e-17);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* Neurons that are always, or never, the same; larger groups of equal neurons. */
START_TEST(bounds)
{
    enum { N = 16 };
    static double p[1 << N];
    int32_t group[N];
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    double value;
    for (int32_t i = 0; i < N; i++)
        group[i] = i;
    p[0] = 1 - 1e-9;
    p[(1 << N) - 1] = 1e-9;
    OK(binnet_law_new(ctx, &law, N, p, 1 << N));
    double q = binnet_law_data(law)[(1 << N) - 1];
    for (size_t k = 2; k <= N; k++) { /* (q (1-q)^k +- (1-q) q^k) / the same with + */
        OK(binnet_law_groupwise(ctx, &value, law, k, group));
        double ratio = pow(q / (1 - q), (double)(k - 1));
        check_close(value, k % 2 == 0 ? 1 : (1 - ratio) / (1 + ratio), 1e-13, "correlation", (int)k);
        OK(binnet_law_cumulant(ctx, &value, law, k, group)); /* that of one neuron: q + O(q^2) */
        check_close(value, q, pow(2, (double)k) * 1e-9, "cumulant", (int)k);
    }
    binnet_law_free(law);
    p[0] = 0;
    p[1] = 1 - 1e-9;
    OK(binnet_law_new(ctx, &law, N, p, 1 << N)); /* neuron 0 is always active */
    ck_assert_int_eq(binnet_law_groupwise(ctx, &value, law, 3, group), BINNET_E_UNDEFINED);
    ck_assert(isnan(value));
    OK(binnet_law_central_moment(ctx, &value, law, 3, group));
    ck_assert(value == 0);
    double triple[N * (N - 1) * (N - 2) / 6], pair[N * N];
    ck_assert_int_eq(binnet_law_triples(ctx, pair, N, triple, sizeof triple / sizeof *triple, law), BINNET_E_UNDEFINED);
    ck_assert(isnan(pair[0]) && isnan(pair[1]) && isnan(triple[0]) && !isnan(pair[N + 1]));
    ck_assert_double_eq_tol(pair[N + 2], 1, 1e-15);
    ck_assert(!isnan(triple[binnet_triple_index(3, 1, 2)]));
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_law *law;
    const double p[8] = {0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125};
    const int32_t twice[2] = {1, 1}, outside[2] = {0, 3}, below[2] = {-1, 0}, good[3] = {0, 1, 2};
    double out[8];
    OK(binnet_law_new(ctx, &law, 3, p, 8));
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 2, twice), BINNET_E_RANGE);
    ck_assert_str_eq(binnet_ctx_message(ctx), "group[1] is 1: different neurons of 0..2 are wanted");
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 2, outside), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 2, below), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 1, good), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 4, good), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, law, 2, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_law_groupwise(ctx, NULL, law, 2, good), BINNET_E_NULL);
    ck_assert_int_eq(binnet_law_groupwise(ctx, out, NULL, 2, good), BINNET_E_NULL);
    ck_assert_int_eq(binnet_law_cumulant(ctx, out, law, 0, good), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_central_moment(ctx, out, law, 2, twice), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_law_moments(ctx, out, 7, law), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_central_moments(ctx, NULL, 8, law), BINNET_E_NULL);
    ck_assert_int_eq(binnet_law_triples(ctx, NULL, 3, out, 2, law), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_triples(ctx, NULL, 2, out, 1, law), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_law_triples(ctx, NULL, 3, NULL, 1, law), BINNET_E_NULL);
    ck_assert(binnet_triple_index(4, 2, 4) == UINT64_MAX && binnet_triple_index(5, 3, 1) == 10 + 3 + 1);
    binnet_law_free(law);
    binnet_ctx_free(ctx);
}
END_TEST

int main(int argc, char **argv)
{
    const repeated_test tests[] = {{against_rationals, 1},
                                   {all_sets, 9},
                                   {many_neurons, 4},
                                   {all_triples, 9},
                                   {golden, 1},
                                   {bounds, 1},
                                   {errors, 1}};
    const repeated_test slow[] = {{most_neurons, 4}, {sets_of_most_neurons, 4}};
    int more = argc > 1 && strcmp(argv[1], "slow") == 0;
    return run_repeated("correlations", more ? slow : tests,
                        more ? sizeof slow / sizeof *slow : sizeof tests / sizeof *tests) != 0;
}
