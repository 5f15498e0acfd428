/* Storing transitions: margins from the definition in long double; contradictions in whole numbers, and against demands that are
 * possible by construction; least norm and largest margins against the conditions that prove them. */
#include "support/support.h"

#include <string.h>

enum { MOST = 40 };

typedef struct demand {
    size_t n, L;
    uint8_t from[MOST * MOST * 2], to[MOST * MOST * 2];
    double J[MOST * MOST], margin[MOST * MOST * 2];
} demand;

static void random_states(uint8_t *state, size_t count, dice *d)
{
    for (size_t k = 0; k < count; k++)
        state[k] = roll(d) < 0.5;
}

/* Definition: (2b - 1) h. */
static long double margin_of(const double *row, const uint8_t *a, int fires, size_t n, double M, double theta,
                             double I0)
{
    long double h = 0;
    for (size_t j = 0; j < n; j++)
        h += a[j] ? row[j] : 0;
    h = h / M + I0 - theta;
    return fires ? h : -h;
}

/* --- contradictions are true: sum_k u_k y_k = 0 exactly, modulo 2^(64 words) with room to spare --- */

static void check_contradiction(binnet_ctx *ctx, const binnet_storage *s, const demand *d, const uint8_t *mask,
                                size_t i, int freed)
{
    size_t rows = binnet_storage_contradiction_rows(s, i), words = binnet_storage_contradiction_words(s, i) + 1;
    ck_assert_uint_gt(rows, 0);
    ck_assert_uint_le(words, 64);
    for (size_t j = 0; j <= d->n; j++) { /* column n: the free threshold */
        uint64_t sum[64] = {0}, u[64];
        if (j < d->n ? (j == i || (mask != NULL && !mask[i * d->n + j])) : !freed)
            continue;
        for (size_t k = 0; k < rows; k++) {
            int32_t kind;
            size_t index;
            OK(binnet_storage_contradiction(ctx, &kind, &index, u, words, s, i, k));
            int entry = 0, positive = 0;
            if (kind == BINNET_ROW_TRANSITION)
                entry = (j == d->n || d->from[index * d->n + j]) ? (d->to[index * d->n + i] ? 1 : -1) : 0;
            else if (index == j)
                entry = kind == BINNET_ROW_GREATEST ? -1 : kind == BINNET_ROW_LEAST ? 1 : binnet_storage_sign(s, j);
            for (size_t w = 0; w < words; w++)
                positive |= u[w] != 0;
            ck_assert(positive && u[words - 1] == 0);
            uint64_t carry = entry < 0;
            for (size_t w = 0; w < words && entry != 0; w++) {
                uint64_t add = entry < 0 ? ~u[w] : u[w], t = sum[w] + add, c = t < add;
                sum[w] = t + carry;
                carry = c | (sum[w] < carry);
            }
        }
        for (size_t w = 0; w < words; w++)
            ck_assert_msg(sum[w] == 0, "neuron %zu, column %zu", i, j);
    }
}

START_TEST(contradictions)
{
    binnet_ctx *ctx = new_ctx(1);
    int impossible = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice die = dice_of(seed);
        static demand d;
        d.n = 3 + roll_to(&die, 10);
        d.L = 1 + roll_to(&die, 3 * d.n);
        random_states(d.from, d.n * d.L, &die);
        random_states(d.to, d.n * d.L, &die);
        int32_t sign[MOST];
        uint8_t mask[MOST * MOST];
        for (size_t k = 0; k < d.n * d.n; k++)
            mask[k] = roll(&die) < 0.8;
        for (size_t j = 0; j < d.n; j++)
            sign[j] = (int)roll_to(&die, 3) - 1;
        binnet_wiring *wiring;
        int freed = seed % 3 == 0;
        OK(binnet_wiring_new(ctx, &wiring, d.n, seed % 2 ? mask : NULL, 0, seed % 5 < 2 ? sign : NULL, NULL, NULL, NULL,
                             freed ? BINNET_FREE_THRESHOLD : BINNET_FREE_NONE));
        binnet_storage *s;
        int32_t code = binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL,
                                    wiring);
        ck_assert(code == BINNET_OK || code == BINNET_E_UNMET);
        for (size_t i = 0; i < d.n; i++) {
            int32_t status = binnet_storage_status(s, i);
            ck_assert_msg(status == BINNET_STORED || status == BINNET_IMPOSSIBLE, "seed %d neuron %zu: %d", (int)seed,
                          i, (int)status);
            for (size_t l = 0; l < d.L; l++) {
                double got = binnet_storage_margin(s, l, i);
                long double true_margin = margin_of(d.J + i * d.n, d.from + l * d.n, d.to[l * d.n + i], d.n, 1,
                                                    binnet_storage_threshold(s, i), binnet_storage_stimulus(s, i));
                ck_assert(fabsl(got - true_margin) <= (long double)binnet_storage_margin_error(s, i));
                if (status == BINNET_STORED)
                    ck_assert(true_margin >= 1 - 1e-9L);
            }
            if (status == BINNET_IMPOSSIBLE) {
                impossible++;
                check_contradiction(ctx, s, &d, seed % 2 ? mask : NULL, i, freed);
            }
        }
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    ck_assert_int_gt(impossible, 50);
    binnet_ctx_free(ctx);
}
END_TEST

/* Possible by construction: states labelled by a hidden neuron, with near-duplicates; never called impossible. Then a set made
 * impossible on purpose: always found. */
static void hidden_demand(demand *d, dice *die, const int32_t *sign, int near)
{
    double hidden[MOST];
    for (size_t j = 0; j < d->n; j++) {
        hidden[j] = roll_in(die, 0.2, 1) * (sign != NULL ? sign[j] : roll(die) < 0.5 ? 1 : -1);
    }
    for (size_t l = 0; l < d->L;) {
        uint8_t *a = d->from + l * d->n;
        if (near && l > 0) {
            memcpy(a, a - d->n, d->n);
            a[roll_to(die, d->n)] ^= 1;
        } else
            random_states(a, d->n, die);
        double h = 0;
        for (size_t j = 0; j + 1 < d->n; j++)
            h += a[j] ? hidden[j] : 0;
        if (fabs(h) < 1e-2)
            continue;
        memset(d->to + l * d->n, 0, d->n);
        d->to[l * d->n + d->n - 1] = h > 0; /* the last neuron is the one that is judged */
        l++;
    }
}

START_TEST(possible_and_impossible)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 1; seed <= 125; seed++) {
        dice die = dice_of(seed + 1000 * (uint64_t)_i);
        static demand d;
        int32_t sign[MOST];
        d.n = 4 + roll_to(&die, 12);
        d.L = 2 + roll_to(&die, 3 * d.n);
        for (size_t j = 0; j < d.n; j++)
            sign[j] = roll(&die) < 0.5 ? 1 : -1;
        int signs = _i % 2;
        hidden_demand(&d, &die, signs ? sign : NULL, _i / 2 % 2);
        binnet_wiring *wiring;
        binnet_storage *s;
        OK(binnet_wiring_new(ctx, &wiring, d.n, NULL, 0, signs ? sign : NULL, NULL, NULL, NULL, BINNET_FREE_NONE));
        binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL, wiring);
        ck_assert_int_eq(binnet_storage_status(s, d.n - 1), BINNET_STORED);
        binnet_storage_free(s);
        /* on purpose: one state asked for both, or a sum of rows (disjoint states a, b with a | b asked otherwise), or by signs */
        size_t at = roll_to(&die, d.L);
        uint8_t *more = d.from + d.L * d.n, wanted = d.to[at * d.n + d.n - 1];
        memcpy(more, d.from + at * d.n, d.n);
        memset(d.to + d.L * d.n, 0, 3 * d.n);
        d.to[d.L * d.n + d.n - 1] = !wanted;
        size_t many = 1;
        if (seed % 3 == 1) { /* 2 wants, split into halves that want the contrary */
            many = 2;
            memset(more, 0, 2 * d.n);
            for (size_t j = 0; j < d.n; j++)
                if (d.from[at * d.n + j])
                    more[(roll(&die) < 0.5 ? 0 : d.n) + j] = 1;
            d.to[(d.L + 1) * d.n + d.n - 1] = !wanted;
        } else if (seed % 3 == 2 && signs) { /* fires although only inhibited */
            for (size_t j = 0; j < d.n; j++)
                more[j] = sign[j] < 0;
            d.to[d.L * d.n + d.n - 1] = 1;
        }
        d.L += many;
        ck_assert_int_eq(binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL,
                                      wiring),
                         BINNET_E_UNMET);
        ck_assert_int_eq(binnet_storage_status(s, d.n - 1), BINNET_IMPOSSIBLE);
        check_contradiction(ctx, s, &d, NULL, d.n - 1, 0);
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- equality: asked margins, least norm, signed connectome, masks, normalisation --- */

START_TEST(exact_rule)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        dice die = dice_of(seed);
        static demand d;
        static double connectome[MOST * MOST];
        static uint8_t mask[MOST * MOST];
        double M[MOST], theta[MOST], stimulus[MOST];
        d.n = 8 + roll_to(&die, 20);
        d.L = 1 + roll_to(&die, d.n / 3);
        random_states(d.from, d.n * d.L, &die);
        random_states(d.to, d.n * d.L, &die);
        for (size_t k = 0; k < d.n * d.n; k++) {
            mask[k] = roll(&die) < 0.9;
            connectome[k] = roll_in(&die, -1, 1);
        }
        for (size_t k = 0; k < d.n * d.L; k++)
            d.margin[k] = roll_in(&die, -1, 3);
        for (size_t i = 0; i < d.n; i++) {
            M[i] = roll_in(&die, 0.5, 20);
            theta[i] = roll_in(&die, -2, 2);
            stimulus[i] = roll_in(&die, -2, 2);
        }
        int masked = seed % 2, near = seed % 3 == 0, self = seed % 5 == 0;
        binnet_wiring *wiring;
        binnet_storage *s;
        OK(binnet_wiring_new(ctx, &wiring, d.n, masked ? mask : NULL, self, NULL, NULL, NULL, near ? connectome : NULL,
                             BINNET_FREE_NONE));
        int32_t code = binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_EXACT, d.margin, M, theta,
                                    stimulus, wiring);
        ck_assert(code == BINNET_OK || code == BINNET_E_UNMET);
        for (size_t i = 0; i < d.n; i++) {
            if (binnet_storage_rank(s, i) < d.L)
                continue; /* an accident of small networks */
            ck_assert_int_eq(binnet_storage_status(s, i), BINNET_STORED);
            ck_assert_double_le(binnet_storage_residual(s, i), 1e-11);
            ck_assert_double_ge(binnet_storage_condition(s, i), 1);
            for (size_t l = 0; l < d.L; l++)
                ck_assert(fabsl(margin_of(d.J + i * d.n, d.from + l * d.n, d.to[l * d.n + i], d.n, M[i], theta[i],
                                          stimulus[i]) -
                                (long double)d.margin[l * d.n + i]) <
                          1e-12L * (1 + (long double)binnet_storage_condition(s, i)));
            /* least norm: orthogonal to every change that keeps the margins, so in the span of the states: the change by any
             * other weights with the same margins is orthogonal. Take random ones made to agree by Gram-Schmidt. */
            double w[MOST], basis[MOST][MOST];
            size_t count = 0;
            for (size_t l = 0; l <= d.L; l++) {
                for (size_t j = 0; j < d.n; j++) {
                    int there = (!masked || mask[i * d.n + j]) && (self || i != j);
                    w[j] = !there ? 0 : l < d.L ? d.from[l * d.n + j] : roll_in(&die, -1, 1);
                    ck_assert(there || d.J[i * d.n + j] == 0);
                }
                for (int again = 0; again < 2; again++)
                    for (size_t b = 0; b < count; b++) {
                        double along = 0;
                        for (size_t j = 0; j < d.n; j++)
                            along += basis[b][j] * w[j];
                        for (size_t j = 0; j < d.n; j++)
                            w[j] -= along * basis[b][j];
                    }
                double size = 0, along = 0;
                for (size_t j = 0; j < d.n; j++) {
                    size += w[j] * w[j];
                    along += w[j] * (d.J[i * d.n + j] - (near ? connectome[i * d.n + j] : 0));
                }
                if (l == d.L)
                    ck_assert_msg(fabs(along) < 1e-9, "seed %d, neuron %zu: %g", (int)seed, i, along);
                for (size_t j = 0; j < d.n && l < d.L; j++)
                    basis[count][j] = w[j] / sqrt(size);
                count += l < d.L;
            }
        }
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* States that fill up neuron by neuron: weights are differences of what is asked, singular values 1 / (2 sin((2k - 1) pi / (4n + 2)));
 * well-conditioned, worse, and with states given twice. */
START_TEST(ladder)
{
    enum { N = 120 };
    static const size_t sizes[] = {1, 2, 5, 40, 70, N};
    static uint8_t from[2 * N * N], to[2 * N * N];
    static double J[N * N], margin[2 * N * N];
    binnet_ctx *ctx = new_ctx(1);
    for (size_t k = 0; k < 2 * sizeof sizes / sizeof *sizes; k++) {
        dice die = dice_of(k);
        size_t n = sizes[k / 2], twice = k % 2, L = n + (twice ? n : 0);
        for (size_t l = 0; l < L; l++)
            for (size_t j = 0; j < n; j++) {
                from[l * n + j] = j <= l % n;
                to[l * n + j] = l < n ? roll(&die) < 0.5 : to[(l - n) * n + j];
                margin[l * n + j] = l < n ? roll_in(&die, 0.5, 2) : margin[(l - n) * n + j];
            }
        binnet_wiring *wiring;
        binnet_storage *s;
        OK(binnet_wiring_new(ctx, &wiring, n, NULL, 1, NULL, NULL, NULL, NULL, 0));
        OK(binnet_store(ctx, J, &s, n, L, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, wiring));
        double unit = acos(-1.0) / (double)(4 * n + 2);
        double condition = sin((double)(2 * n - 1) * unit) / sin(unit);
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_eq(binnet_storage_rank(s, i), n);
            ck_assert_double_eq_tol(binnet_storage_condition(s, i), condition, 1e-10 * condition);
            ck_assert_double_le(binnet_storage_residual(s, i), 1e-12 * (double)n);
            for (size_t j = 0; j < n; j++) {
                double now = margin[j * n + i] * (to[j * n + i] ? 1 : -1);
                double before = j > 0 ? margin[(j - 1) * n + i] * (to[(j - 1) * n + i] ? 1 : -1) : 0;
                ck_assert_double_eq_tol(J[i * n + j], now - before, 1e-12 * condition);
            }
        }
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Asked probabilities happen: every law, shared out over neurons, to 1e-12. */
START_TEST(asked_probabilities)
{
    binnet_ctx *ctx = new_ctx(1);
    enum { N = 20, L = 8 };
    dice die = dice_of(77 + (uint64_t)_i);
    uint8_t from[L * N], to[L * N];
    double scale[N], p[L], margin[L * N], J[N * N], got[L], fails[L];
    random_states(from, N * L, &die);
    random_states(to, N * L, &die);
    for (size_t i = 0; i < N; i++)
        scale[i] = roll(&die) < 0.2 ? 0 : roll_in(&die, 0.1, 2);
    const double asked[L] = {0.5, 0.99, 1 - 1e-9, 0.9, 1e-3, 0.3, 1 - 1e-14, 0.75};
    memcpy(p, asked, sizeof p);
    binnet_noise *noise;
    if (_i == 0)
        OK(binnet_noise_new_gaussian(ctx, &noise, N, scale));
    else if (_i == 1)
        OK(binnet_noise_new_logistic(ctx, &noise, N, scale));
    else if (_i == 2)
        OK(binnet_noise_new_laplace(ctx, &noise, N, scale));
    else if (_i == 3)
        OK(binnet_noise_new_student_t(ctx, &noise, N, scale, 3));
    if (_i == 3)
        p[6] = 1 - 1e-6; /* of its margin the others' digits hang: 1e-14 would need one of 1e5 */
    if (_i == 4) {
        OK(binnet_noise_new_uniform(ctx, &noise, N, scale));
        p[0] = 1;
    }
    OK(binnet_store_margins(ctx, margin, L, N, to, p, 0.5, noise));
    binnet_storage *s;
    binnet_net *net;
    OK(binnet_store(ctx, J, &s, N, L, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, NULL));
    OK(binnet_net_new(ctx, &net, N, J, NULL, NULL, NULL));
    OK(binnet_recall_transitions(ctx, got, fails, L, N, from, to, net, noise));
    for (size_t l = 0; l < L; l++) {
        ck_assert_msg(fabs(got[l] - p[l]) <= 1e-12, "law %d: %.17g for %.17g", _i, got[l], p[l]);
        /* a bounded law has no digits left of 1 - F where its margin is rounded near the bound */
        ck_assert_msg(fabs(fails[l] - (1 - p[l])) <= (_i == 4 ? 1e-13 : 1e-15 + 1e-10 * (1 - p[l])),
                      "law %d: %.17g for %.17g", _i, fails[l], 1 - p[l]);
    }
    /* the chain says the same */
    binnet_chain *chain;
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    for (size_t l = 0; l < L; l++) {
        uint64_t a = 0, b = 0;
        double q;
        for (size_t i = 0; i < N; i++) {
            a |= (uint64_t)from[l * N + i] << i;
            b |= (uint64_t)to[l * N + i] << i;
        }
        OK(binnet_chain_transition(ctx, &q, chain, a, b));
        ck_assert_double_le(fabs(q - p[l]), 1e-12);
    }
    p[1] = 0;
    ck_assert_int_eq(binnet_store_margins(ctx, margin, L, N, to, p, 0.5, noise), BINNET_E_RANGE);
    p[1] = 1;
    ck_assert_int_eq(binnet_store_margins(ctx, margin, L, N, to, p, 0.5, noise), _i == 4 ? BINNET_OK : BINNET_E_RANGE);
    binnet_chain_free(chain);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_storage_free(s);
    binnet_ctx_free(ctx);
}
END_TEST

/* Skewed noise of the caller: firing and silence need different margins. */
static double skewed(void *user, double x)
{
    (void)user;
    return x <= -1 ? 0 : x >= 2 ? 1 : x < 0 ? 0.75 * (x + 1) : 0.75 + 0.125 * x;
}

START_TEST(skewed_noise)
{
    binnet_ctx *ctx = new_ctx(1);
    const uint8_t from[] = {1, 1, 0, 1}, to[] = {1, 0, 0, 1};
    const double scale[] = {1, 2}, p[] = {0.81, 0.25};
    double margin[4], J[4], got[2];
    binnet_noise *noise;
    binnet_net *net;
    OK(binnet_noise_new_custom(ctx, &noise, 2, scale, skewed, NULL, NULL, NULL));
    OK(binnet_store_margins(ctx, margin, 2, 2, to, p, 1, noise));
    binnet_wiring *wiring;
    OK(binnet_wiring_new(ctx, &wiring, 2, NULL, 1, NULL, NULL, NULL, NULL, 0));
    OK(binnet_store(ctx, J, NULL, 2, 2, from, to, BINNET_RULE_EXACT, margin, NULL, NULL, NULL, wiring));
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    OK(binnet_recall_transitions(ctx, got, NULL, 2, 2, from, to, net, noise));
    for (int l = 0; l < 2; l++)
        ck_assert_double_le(fabs(got[l] - p[l]), 1e-13);
    binnet_net_free(net);
    binnet_noise_free(noise);
    binnet_wiring_free(wiring);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- largest margins --- */

static double least_margin(const double *row, const demand *d, size_t i)
{
    double least = INFINITY, norm = 0;
    for (size_t j = 0; j < d->n; j++)
        norm += row[j] * row[j];
    for (size_t l = 0; l < d->L; l++)
        least = fmin(least, (double)margin_of(row, d->from + l * d->n, d->to[l * d->n + i], d->n, 1, 0, 0));
    return norm > 0 ? least / sqrt(norm) : 0;
}

/* Never below the pseudo-inverse's nor the exact rule's, loads 0.1 to 1.9; optimal: the active rows' multipliers are >= 0, seen as
 * no random or exact weights of the same neuron being better. */
START_TEST(largest_margin)
{
    binnet_ctx *ctx = new_ctx(1);
    static demand d, other;
    d.n = other.n = 20;
    for (int load = 1; load <= 19; load += 2) {
        dice die = dice_of((uint64_t)load + 50);
        d.L = (size_t)(load * 2);
        random_states(d.from, d.n * d.L, &die);
        memcpy(d.to, d.from, d.n * d.L);
        binnet_storage *s;
        binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL, NULL);
        for (int rule = 0; rule < 2; rule++) {
            binnet_storage *t;
            binnet_store(ctx, other.J, &t, d.n, d.L, d.from, d.to,
                         rule ? BINNET_RULE_PSEUDO_INVERSE : BINNET_RULE_EXACT, NULL, NULL, NULL, NULL, NULL);
            for (size_t i = 0; i < d.n; i++) {
                double theirs = INFINITY, norm = 0;
                for (size_t j = 0; j < d.n; j++)
                    norm += other.J[i * d.n + j] * other.J[i * d.n + j];
                for (size_t l = 0; l < d.L; l++)
                    theirs = fmin(theirs, binnet_storage_margin(t, l, i));
                theirs = norm > 0 ? theirs / sqrt(norm) : 0;
                if (binnet_storage_status(s, i) == BINNET_STORED) {
                    if (rule == 0)
                        ck_assert_double_ge(least_margin(d.J + i * d.n, &d, i), theirs * (1 - 1e-9));
                } else
                    ck_assert(rule == 1 || theirs <= 0);
            }
            binnet_storage_free(t);
        }
        binnet_storage_free(s);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Spins and free thresholds against the pseudo-inverse rule in its own terms: weights for spins w, threshold t; activities 2w and
 * t + sum w. Our largest margin over |2w| is at least its. */
START_TEST(free_threshold)
{
    binnet_ctx *ctx = new_ctx(1);
    static demand d, other;
    d.n = other.n = 20;
    for (int load = 1; load <= 19; load += 2) {
        dice die = dice_of((uint64_t)load + 150);
        d.L = (size_t)(load * 2);
        random_states(d.from, d.n * d.L, &die);
        memcpy(d.to, d.from, d.n * d.L);
        binnet_wiring *wiring;
        binnet_storage *s, *t;
        OK(binnet_wiring_new(ctx, &wiring, d.n, NULL, 0, NULL, NULL, NULL, NULL, BINNET_FREE_THRESHOLD));
        binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, NULL, NULL, wiring);
        binnet_store(ctx, other.J, &t, d.n, d.L, d.from, d.to, BINNET_RULE_PSEUDO_INVERSE, NULL, NULL, NULL, NULL,
                     NULL);
        for (size_t i = 0; i < d.n; i++) {
            double ours = INFINITY, theirs = INFINITY, norm[2] = {0};
            for (size_t j = 0; j < d.n; j++) {
                norm[0] += d.J[i * d.n + j] * d.J[i * d.n + j];
                norm[1] += other.J[i * d.n + j] * other.J[i * d.n + j];
            }
            for (size_t l = 0; l < d.L; l++) {
                ours = fmin(ours, binnet_storage_margin(s, l, i));
                theirs = fmin(theirs, binnet_storage_margin(t, l, i));
            }
            if (theirs > 0) {
                ck_assert_int_eq(binnet_storage_status(s, i), BINNET_STORED);
                /* the threshold costs 2^-20 of what a weight does */
                ck_assert_double_ge(ours / sqrt(norm[0]), theirs / sqrt(norm[1]) * (1 - 1e-4));
            }
        }
        binnet_storage_free(s);
        binnet_storage_free(t);
        binnet_wiring_free(wiring);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Signs, bounds and a connectome are kept to the last digit; out of reach is told apart from impossible. */
START_TEST(bounds)
{
    binnet_ctx *ctx = new_ctx(1);
    const uint8_t from[] = {1, 1, 1}, to[] = {0, 0, 1};
    double J[9], least[9], greatest[9], margin[3];
    for (int k = 0; k < 9; k++) {
        least[k] = -2;
        greatest[k] = 2;
    }
    const double theta[3] = {0.5, 0.5, 0.5};
    binnet_wiring *wiring;
    binnet_storage *s;
    OK(binnet_wiring_new(ctx, &wiring, 3, NULL, 0, NULL, least, greatest, NULL, BINNET_FREE_NONE));
    OK(binnet_store(ctx, J, &s, 3, 1, from, to, BINNET_RULE_MARGIN, NULL, NULL, theta, NULL, wiring));
    /* neuron 2 fires after {0, 1}: J20 + J21 >= 1.5, least norm 0.75 each */
    ck_assert_double_eq_tol(J[6], 0.75, 1e-14);
    ck_assert_double_eq_tol(J[7], 0.75, 1e-14);
    binnet_storage_free(s);
    for (int k = 0; k < 3; k++)
        margin[k] = 4; /* needs 4.5 of weights that sum to 4 at most */
    ck_assert_int_eq(binnet_store(ctx, J, &s, 3, 1, from, to, BINNET_RULE_MARGIN, margin, NULL, theta, NULL, wiring),
                     BINNET_E_UNMET);
    ck_assert_int_eq(binnet_storage_status(s, 2), BINNET_OUT_OF_REACH);
    ck_assert_uint_eq(binnet_storage_contradiction_rows(s, 2), 3);
    int32_t kind;
    size_t index;
    OK(binnet_storage_contradiction(ctx, &kind, &index, NULL, 0, s, 2, 0));
    ck_assert(kind == BINNET_ROW_GREATEST || kind == BINNET_ROW_TRANSITION);
    for (int k = 0; k < 9; k++)
        ck_assert(J[k] >= -2 && J[k] <= 2);
    binnet_storage_free(s);
    binnet_wiring_free(wiring);
    binnet_ctx_free(ctx);
}
END_TEST

/* Dale's law found: made with hidden signs, all neurons; some signs come out that do. */
START_TEST(signs_found)
{
    binnet_ctx *ctx = new_ctx(1);
    int stored = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        dice die = dice_of(seed + 7);
        static demand d;
        d.n = 8;
        d.L = 6;
        int32_t sign[MOST];
        for (size_t j = 0; j < d.n; j++)
            sign[j] = BINNET_SIGN_FOUND;
        double hidden[MOST * MOST];
        for (size_t k = 0; k < d.n * d.n; k++)
            hidden[k] = roll_in(&die, 0, 1) * (k % d.n < 4 ? 1 : -1);
        random_states(d.from, d.n * d.L, &die);
        for (size_t l = 0; l < d.L; l++)
            for (size_t i = 0; i < d.n; i++) {
                double h = -0.1;
                for (size_t j = 0; j < d.n; j++)
                    h += d.from[l * d.n + j] && j != i ? hidden[i * d.n + j] : 0;
                d.to[l * d.n + i] = h > 0;
            }
        double theta[MOST];
        for (size_t i = 0; i < d.n; i++)
            theta[i] = 0.1;
        binnet_wiring *wiring;
        binnet_storage *s;
        OK(binnet_wiring_new(ctx, &wiring, d.n, NULL, 0, sign, NULL, NULL, NULL, BINNET_FREE_NONE));
        int32_t code = binnet_store(ctx, d.J, &s, d.n, d.L, d.from, d.to, BINNET_RULE_MARGIN, NULL, NULL, theta, NULL,
                                    wiring);
        stored += code == BINNET_OK;
        for (size_t j = 0; j < d.n; j++) {
            int32_t found = binnet_storage_sign(s, j);
            ck_assert(found == 1 || found == -1);
            for (size_t i = 0; i < d.n; i++) {
                ck_assert(d.J[i * d.n + j] * found >= 0);
                ck_assert_int_ne(binnet_storage_status(s, i), BINNET_IMPOSSIBLE); /* they are possible */
            }
        }
        binnet_storage_free(s);
        binnet_wiring_free(wiring);
    }
    ck_assert_int_ge(stored, 8);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- rules of the literature: a pattern by hand, and what they are known for --- */

START_TEST(local_rules)
{
    binnet_ctx *ctx = new_ctx(1);
    enum { N = 30 };
    static double J[N * N];
    uint8_t pattern[3 * N], next[3 * N];
    dice die = dice_of(3);
    random_states(pattern, 3 * N, &die);
    binnet_storage *s;
    for (int rule = BINNET_RULE_HEBB; rule <= BINNET_RULE_COVARIANCE; rule++) {
        /* one pattern: any of them holds it (the covariance rule has no covariance in one) */
        size_t L = rule == BINNET_RULE_COVARIANCE ? 2 : 1;
        int32_t code = binnet_store(ctx, J, &s, N, L, pattern, pattern, rule, NULL, NULL, NULL, NULL, NULL);
        ck_assert_msg(code == BINNET_OK, "rule %d: %s", rule, binnet_ctx_message(ctx));
        binnet_storage_free(s);
    }
    OK(binnet_store(ctx, J, NULL, N, 1, pattern, pattern, BINNET_RULE_HEBB, NULL, NULL, NULL, NULL, NULL));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            ck_assert_double_eq_tol(J[i * N + j], i == j ? 0 : (pattern[i] == pattern[j] ? 2.0 : -2.0) / N, 1e-15);
    for (size_t k = 0; k < 3 * N; k++)
        next[k] = pattern[(k + N) % (3 * N)];
    binnet_store(ctx, J, NULL, N, 3, pattern, next, BINNET_RULE_TEMPORAL, NULL, NULL, NULL, NULL, NULL);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t l = 0; l < 3; l++)
                sum += (2.0 * pattern[l * N + i] - 1 + 2 * (2.0 * next[l * N + i] - 1)) *
                       (2.0 * pattern[l * N + j] - 1);
            ck_assert_double_eq_tol(J[i * N + j], i == j ? 0 : 2 * sum / N, 1e-14);
        }
    ck_assert_int_eq(binnet_store(ctx, J, NULL, N, 3, pattern, next, BINNET_RULE_STORKEY, NULL, NULL, NULL, NULL, NULL),
                     BINNET_E_RANGE);
    /* the pseudo-inverse rule with self-connections: J S = S to rounding */
    binnet_wiring *wiring;
    OK(binnet_wiring_new(ctx, &wiring, N, NULL, 1, NULL, NULL, NULL, NULL, 0));
    OK(binnet_store(ctx, J, &s, N, 3, pattern, next, BINNET_RULE_PSEUDO_INVERSE, NULL, NULL, NULL, NULL, wiring));
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < N; i++)
            ck_assert_double_eq_tol(binnet_storage_margin(s, l, i), 1, 1e-13);
    binnet_storage_free(s);
    binnet_wiring_free(wiring);
    binnet_ctx_free(ctx);
}
END_TEST

/* Storkey's rule is local to rounding: [SV99] by its definition with h_ij summed anew. */
START_TEST(storkey_definition)
{
    enum { N = 12, L = 4 };
    binnet_ctx *ctx = new_ctx(1);
    uint8_t pattern[L * N];
    static double J[N * N], W[N][N], D[N][N];
    dice die = dice_of(9);
    random_states(pattern, L * N, &die);
    binnet_wiring *wiring;
    OK(binnet_wiring_new(ctx, &wiring, N, NULL, 1, NULL, NULL, NULL, NULL, 0));
    binnet_store(ctx, J, NULL, N, L, pattern, pattern, BINNET_RULE_STORKEY, NULL, NULL, NULL, NULL, wiring);
    memset(W, 0, sizeof W);
    for (size_t l = 0; l < L; l++) {
        double S[N];
        for (size_t i = 0; i < N; i++)
            S[i] = pattern[l * N + i] ? 1 : -1;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                double hij = 0, hji = 0;
                for (size_t k = 0; k < N; k++)
                    if (k != i && k != j) {
                        hij += W[i][k] * S[k];
                        hji += W[j][k] * S[k];
                    }
                D[i][j] = (S[i] * S[j] - S[i] * hji - hij * S[j]) / N;
            }
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                W[i][j] += D[i][j];
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            ck_assert_double_eq_tol(J[i * N + j], 2 * W[i][j], 1e-13);
    binnet_wiring_free(wiring);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- what is told of bad demands --- */

#define SAYS(text)                                                                                                     \
    ck_assert_msg(strstr(binnet_ctx_message(ctx), text) != NULL, "\"%s\" lacks \"%s\"", binnet_ctx_message(ctx), text)

/* The margin rule gives the same bits for any number of workers: weights, contradictions, signs that are found. */
START_TEST(workers)
{
    enum { N = 60, L = 70 };
    static uint8_t from[N * L], to[N * L];
    static double J[3][N * N];
    int32_t sign[N];
    for (size_t j = 0; j < N; j++)
        sign[j] = j % 3 == 0 ? BINNET_SIGN_FOUND : BINNET_SIGN_ANY;
    for (int found = 0; found < 2; found++) {
        dice die = dice_of(7 + (uint64_t)found);
        size_t n = found ? 24 : N, count = found ? 30 : L;
        random_states(from, n * count, &die);
        random_states(to, n * count, &die);
        binnet_storage *s[3];
        for (int threads = 1; threads <= 3; threads++) {
            binnet_ctx *ctx = new_ctx(threads);
            binnet_wiring *wiring;
            OK(binnet_wiring_new(ctx, &wiring, n, NULL, 0, found ? sign : NULL, NULL, NULL, NULL,
                                 BINNET_FREE_THRESHOLD));
            int32_t code = binnet_store(ctx, J[threads - 1], &s[threads - 1], n, count, from, to, BINNET_RULE_MARGIN,
                                        NULL, NULL, NULL, NULL, wiring);
            ck_assert(code == BINNET_OK || code == BINNET_E_UNMET);
            ck_assert(memcmp(J[0], J[threads - 1], n * n * sizeof(double)) == 0);
            for (size_t i = 0; i < n; i++) {
                ck_assert_int_eq(binnet_storage_status(s[0], i), binnet_storage_status(s[threads - 1], i));
                ck_assert_int_eq(binnet_storage_sign(s[0], i), binnet_storage_sign(s[threads - 1], i));
                ck_assert(binnet_storage_threshold(s[0], i) == binnet_storage_threshold(s[threads - 1], i));
                ck_assert_uint_eq(binnet_storage_contradiction_rows(s[0], i),
                                  binnet_storage_contradiction_rows(s[threads - 1], i));
            }
            binnet_wiring_free(wiring);
            binnet_ctx_free(ctx);
        }
        for (int k = 0; k < 3; k++)
            binnet_storage_free(s[k]);
    }
}
END_TEST

/* Margins far apart: what is asked to be above 0 and is not was never stored. Weights at the least doubles: the error that is told
 * covers the rounding there too. */
START_TEST(margins_at_the_ends)
{
    binnet_ctx *ctx = new_ctx(1);
    enum { N = 5, L = 2 };
    int unmet = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice die = dice_of(seed + 900);
        uint8_t from[L * N], to[L * N];
        double J[N * N], margin[L * N], M[N];
        random_states(from, L * N, &die);
        random_states(to, L * N, &die);
        int least = seed % 2 == 0;
        for (size_t k = 0; k < L * N; k++)
            margin[k] = least ? ldexp(roll_in(&die, 0.5, 1), -1030 - (int)roll_to(&die, 30)) : k < N ? 1 : 1e-16;
        for (size_t i = 0; i < N; i++)
            M[i] = roll_in(&die, 1, 7);
        for (int32_t rule = BINNET_RULE_EXACT; rule <= BINNET_RULE_MARGIN; rule++) {
            binnet_storage *s;
            int32_t code = binnet_store(ctx, J, &s, N, L, from, to, rule, margin, M, NULL, NULL, NULL);
            ck_assert(code == BINNET_OK || code == BINNET_E_UNMET);
            unmet += !least && code == BINNET_E_UNMET;
            for (size_t i = 0; i < N; i++)
                for (size_t l = 0; l < L; l++) {
                    double got = binnet_storage_margin(s, l, i);
                    long double exact = margin_of(J + i * N, from + l * N, to[l * N + i], N, M[i], 0, 0);
                    ck_assert_msg(fabsl(got - exact) <= (long double)binnet_storage_margin_error(s, i),
                                  "seed %d, neuron %zu: %g off by %Lg", (int)seed, i, got, fabsl(got - exact));
                    if (code == BINNET_OK || binnet_storage_status(s, i) <= BINNET_STORED_OTHER)
                        ck_assert_msg(got > 0, "seed %d, rule %d, neuron %zu: %g", (int)seed, (int)rule, i, got);
                }
            binnet_storage_free(s);
        }
    }
    ck_assert_int_gt(unmet, 10);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(messages)
{
    binnet_ctx *ctx = new_ctx(1);
    double J[9];
    const uint8_t from[] = {1, 1, 0, 1, 1, 0}, to[] = {1, 0, 0, 0, 0, 0}, bad[] = {1, 2, 0, 1, 1, 0};
    ck_assert_int_eq(binnet_store(ctx, J, NULL, 3, 2, from, to, 0, NULL, NULL, NULL, NULL, NULL), BINNET_E_UNMET);
    SAYS("transitions 0 and 1 start from one state");
    SAYS("neuron 0");
    ck_assert_int_eq(binnet_store(ctx, J, NULL, 3, 2, bad, to, 0, NULL, NULL, NULL, NULL, NULL), BINNET_E_RANGE);
    SAYS("from[0][1] is 2");
    /* a neuron without inputs: threshold and stimulus decide */
    uint8_t mask[9] = {1, 1, 1, 0, 0, 0, 1, 1, 1};
    const uint8_t one[3] = {1, 1, 0};
    binnet_wiring *wiring;
    binnet_storage *s;
    OK(binnet_wiring_new(ctx, &wiring, 3, mask, 0, NULL, NULL, NULL, NULL, 0));
    const double theta[3] = {0, 0.5, 0};
    for (int rule = 0; rule < 2; rule++) {
        ck_assert_int_eq(binnet_store(ctx, J, &s, 3, 1, one, one, rule, NULL, NULL, theta, NULL, wiring),
                         BINNET_E_UNMET);
        ck_assert_int_eq(binnet_storage_status(s, 1), BINNET_IMPOSSIBLE);
        SAYS("neuron 1");
        SAYS("no input");
        binnet_storage_free(s);
    }
    binnet_wiring_free(wiring);
    /* all silent with thresholds 0 stays at a tie: not stored, whatever the tie rule */
    const uint8_t silent[3] = {0};
    ck_assert_int_eq(binnet_store(ctx, J, &s, 3, 1, silent, silent, 0, NULL, NULL, NULL, NULL, NULL), BINNET_E_UNMET);
    ck_assert_int_eq(binnet_storage_status(s, 0), BINNET_IMPOSSIBLE);
    binnet_storage_free(s);
    ck_assert_int_eq(binnet_store(ctx, J, NULL, 3, 2, from, to, 7, NULL, NULL, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_store(ctx, J, NULL, 3, 0, from, to, 0, NULL, NULL, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_store(ctx, NULL, NULL, 3, 2, from, to, 0, NULL, NULL, NULL, NULL, NULL), BINNET_E_NULL);
    int32_t sign[3] = {1, 3, 0};
    ck_assert_int_eq(binnet_wiring_new(ctx, &wiring, 3, NULL, 0, sign, NULL, NULL, NULL, 0), BINNET_E_RANGE);
    SAYS("sign[1] is 3");
    binnet_ctx_free(ctx);
}
END_TEST

int main(void)
{
    const repeated_test tests[] = {
        {contradictions, 1}, {possible_and_impossible, 8}, {exact_rule, 1},     {ladder, 1},  {asked_probabilities, 5},
        {skewed_noise, 1},   {largest_margin, 1},          {free_threshold, 1}, {bounds, 1},  {signs_found, 1},
        {local_rules, 1},    {storkey_definition, 1},      {messages, 1},       {workers, 1}, {margins_at_the_ends, 1}};
    return run_repeated("storage", tests, sizeof tests / sizeof *tests) != 0;
}
