/* Attractors, basins, transients, margins and ties against simulation of every state (oracle.c) and closed forms. Everything
 * is decided exactly, so there are no tolerances but for logarithms and quotients. */
#include "oracle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- everything about one network --- */

static void check_synchronous(binnet_ctx *ctx, const system_t *s, const binnet_net *net, const char *what)
{
    size_t S = (size_t)1 << s->n;
    static uint32_t next[1 << MOST], got[1 << MOST];
    for (uint32_t a = 0; a < S; a++)
        next[a] = oracle_next(s, a);
    OK(binnet_net_successor_map(ctx, got, S, net));
    for (uint32_t a = 0; a < S; a++) {
        ck_assert_msg(got[a] == next[a], "%s: %u -> %u, expected %u", what, a, got[a], next[a]);
        uint64_t one;
        OK(binnet_net_successor(ctx, &one, net, a));
        ck_assert_msg(one == next[a], "%s: alone %u -> %u, expected %u", what, a, (unsigned)one, next[a]);
    }

    binnet_attractors *a;
    OK(binnet_attractors_new(ctx, &a, net));
    ck_assert(binnet_attractors_neurons(a) == s->n && binnet_attractors_update(a) == BINNET_UPDATE_SYNCHRONOUS);
    uint64_t count = binnet_attractors_count(a), states = 0, last_period = 0, last_least = 0;
    static uint64_t basin[1 << MOST], longest[1 << MOST], total[1 << MOST];
    memset(basin, 0, S * sizeof *basin);
    memset(longest, 0, S * sizeof *longest);
    memset(total, 0, S * sizeof *total);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t period = binnet_attractors_period(a, k), least = binnet_attractors_state(a, k, 0);
        ck_assert_msg(k == 0 || period > last_period || (period == last_period && least > last_least), "%s: order",
                      what);
        for (uint64_t t = 0; t < period; t++) {
            uint64_t state = binnet_attractors_state(a, k, t);
            ck_assert_msg(next[state] == binnet_attractors_state(a, k, (t + 1) % period), "%s: cycle %u", what,
                          (unsigned)k);
            ck_assert(state >= least && (t == 0 || state > least));
            ck_assert(binnet_attractors_holding(a, state) == k);
        }
        states += period;
        last_period = period;
        last_least = least;
    }
    for (uint32_t b = 0; b < S; b++) {
        fate f = oracle_fate(next, S, b);
        uint64_t k, steps, entry;
        OK(binnet_attractors_reached(ctx, &k, &steps, &entry, a, b));
        ck_assert_msg(binnet_attractors_state(a, k, 0) == f.least && binnet_attractors_period(a, k) == f.period &&
                          steps == f.steps,
                      "%s: state %u reaches %u in %u steps", what, b, (unsigned)k, (unsigned)steps);
        uint32_t at = b;
        for (uint32_t t = 0; t < f.steps; t++)
            at = next[at];
        ck_assert(binnet_attractors_state(a, k, entry) == at);
        ck_assert((binnet_attractors_holding(a, b) == BINNET_NO_ATTRACTOR) == (f.steps > 0));
        states -= f.steps == 0;
        basin[k]++;
        total[k] += steps;
        longest[k] = steps > longest[k] ? steps : longest[k];
    }
    ck_assert_msg(states == 0, "%s: %d states of attractors too many", what, (int)states);
    double entropy = 0;
    for (uint64_t k = 0; k < count; k++) {
        ck_assert_msg(binnet_attractors_basin(a, k) == basin[k], "%s: basin %u", what, (unsigned)k);
        ck_assert(binnet_attractors_weak_basin(a, k) == basin[k]);
        ck_assert_msg(binnet_attractors_longest_transient(a, k) == longest[k], "%s: longest %u", what, (unsigned)k);
        ck_assert(binnet_attractors_mean_transient(a, k) == (double)total[k] / (double)basin[k]);
        entropy -= (double)basin[k] / (double)S * log((double)basin[k] / (double)S);
    }
    ck_assert(fabs(binnet_attractors_basin_entropy(a) - entropy) <=
              1e-13 * (1 + entropy)); /* sums of at most 2^15 terms */
    binnet_attractors_free(a);
}

static void check_asynchronous(binnet_ctx *ctx, const system_t *s, const binnet_net *net, const char *what)
{
    size_t S = (size_t)1 << s->n;
    unsigned char *can = malloc(S * S);
    uint32_t of[64];
    ck_assert(can != NULL && S <= 64);
    oracle_reach(can, s);
    binnet_attractors *a;
    OK(binnet_attractors_new_asynchronous(ctx, &a, net));
    ck_assert(binnet_attractors_update(a) == BINNET_UPDATE_ASYNCHRONOUS);
    /* a state is terminal when everything it reaches reaches it; number the components by size, then least state */
    size_t terminal = 0, count = 0;
    for (size_t b = 0; b < S; b++) {
        int in = 1;
        for (size_t c = 0; c < S; c++)
            in &= !can[b * S + c] || can[c * S + b];
        of[b] = UINT32_MAX;
        ck_assert_msg((binnet_attractors_holding(a, b) != BINNET_NO_ATTRACTOR) == in, "%s: state %zu", what, b);
        if (!in)
            continue;
        of[b] = (uint32_t)binnet_attractors_holding(a, b);
        terminal++;
        int first = 1;
        uint64_t at = 0, size = 0;
        for (size_t c = 0; c < S; c++) {
            if (!can[b * S + c])
                continue;
            first &= c >= b;
            size++;
            ck_assert(binnet_attractors_state(a, of[b], at++) == c);
        }
        ck_assert(binnet_attractors_period(a, of[b]) == size);
        count += first;
    }
    ck_assert_msg(binnet_attractors_count(a) == count, "%s: %d attractors, expected %zu", what,
                  (int)binnet_attractors_count(a), count);
    uint64_t outside = S;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t weak = 0, strong = 0, period = binnet_attractors_period(a, k), s0 = binnet_attractors_state(a, k, 0);
        if (k > 0) {
            uint64_t before = binnet_attractors_period(a, k - 1);
            ck_assert(before < period || (before == period && binnet_attractors_state(a, k - 1, 0) < s0));
        }
        for (size_t b = 0; b < S; b++) {
            int others = 0;
            for (size_t c = 0; c < S; c++)
                others |= can[b * S + c] && of[c] != UINT32_MAX && of[c] != k;
            weak += can[b * S + s0];
            strong += can[b * S + s0] && !others;
        }
        ck_assert_msg(binnet_attractors_weak_basin(a, k) == weak, "%s: weak basin %d", what, (int)k);
        ck_assert_msg(binnet_attractors_basin(a, k) == strong, "%s: strong basin %d is %d, expected %d", what, (int)k,
                      (int)binnet_attractors_basin(a, k), (int)strong);
        outside -= strong;
    }
    double entropy = 0;
    for (uint64_t k = 0; k <= count; k++) {
        double b = (double)(k < count ? binnet_attractors_basin(a, k) : outside) / (double)S;
        entropy -= b > 0 ? b * log(b) : 0;
    }
    ck_assert(fabs(binnet_attractors_basin_entropy(a) - entropy) <= 1e-14);
    ck_assert(terminal > 0 && binnet_attractors_longest_transient(a, 0) == UINT64_MAX);
    ck_assert(isnan(binnet_attractors_mean_transient(a, 0)));
    ck_assert_int_eq(binnet_attractors_reached(ctx, NULL, NULL, NULL, a, 0), BINNET_E_RANGE);
    binnet_attractors_free(a);
    free(can);
}

static void check_ties(binnet_ctx *ctx, const system_t *s, const binnet_net *net, const char *what)
{
    size_t S = (size_t)1 << s->n, found = 0;
    static uint64_t state[1 << MOST], neurons[1 << MOST];
    uint64_t count, changed[3], want[3] = {0};
    OK(binnet_net_ties(ctx, &count, changed, state, neurons, S, net));
    for (uint32_t a = 0; a < S; a++) {
        uint64_t tied = 0;
        for (size_t i = 0; i < s->n; i++)
            tied |= (uint64_t)(oracle_drive(s, i, a) == 0) << i;
        for (int32_t tie = 0; tie < 3; tie++) {
            system_t other = *s;
            other.tie = tie;
            want[tie] += oracle_next(&other, a) != oracle_next(s, a);
        }
        if (tied == 0)
            continue;
        ck_assert_msg(found < count && state[found] == a && neurons[found] == tied, "%s: ties of state %u", what, a);
        found++;
    }
    ck_assert_msg(found == count, "%s: %d ties, expected %zu", what, (int)count, found);
    ck_assert_msg(memcmp(changed, want, sizeof want) == 0, "%s: changes under other rules", what);
    ck_assert(changed[s->tie] == 0);
    state[1] = neurons[1] = 77; /* a list without room is only counted */
    OK(binnet_net_ties(ctx, &count, NULL, state, neurons, 1, net));
    ck_assert(count == found && state[1] == 77 && neurons[1] == 77);
    OK(binnet_net_ties(ctx, &count, NULL, NULL, NULL, S, net));
    ck_assert(count == found);
}

static void check_system(binnet_ctx *ctx, const system_t *s, int asynchronous, const char *what)
{
    binnet_net *net = dense_net(ctx, s), *sparse = csr_net(ctx, s);
    check_synchronous(ctx, s, net, what);
    check_ties(ctx, s, net, what);
    if (asynchronous)
        check_asynchronous(ctx, s, net, what);
    check_synchronous(ctx, s, sparse, what);
    binnet_net_free(net);
    binnet_net_free(sparse);
}

/* --- many networks --- */

/* All networks with 2 neurons, weights and thresholds -1, 0 or 1, under each tie rule: 3 * 3^6. */
START_TEST(all_pairs)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int code = 0; code < 3 * 729; code++) {
        system_t s = {.n = 2, .tie = code % 3, .unit = 1, .M = {1, 1}};
        int rest = code / 3;
        for (size_t k = 0; k < 4; k++, rest /= 3)
            s.J[k] = rest % 3 - 1;
        for (size_t k = 0; k < 2; k++, rest /= 3)
            s.theta[k] = rest % 3 - 1;
        char what[40];
        snprintf(what, sizeof what, "pair %d", code);
        check_system(ctx, &s, 1, what);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(random_networks)
{
    binnet_ctx *ctx = new_ctx(1);
    for (size_t n = 1; n <= 8; n++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int32_t tie = 0; tie < 3; tie++)
                for (uint64_t seed = 0; seed < 4; seed++) {
                    dice d = dice_of(1000 * n + 100 * (uint64_t)kind + 10 * (uint64_t)tie + seed);
                    system_t s = random_system(&d, n, kind, tie);
                    char what[80];
                    snprintf(what, sizeof what, "n %zu, kind %d, tie %d, seed %d", n, kind, tie, (int)seed);
                    check_system(ctx, &s, n <= 6, what);
                }
    binnet_ctx_free(ctx);
}
END_TEST

/* More neurons than a block has. */
START_TEST(several_blocks)
{
    binnet_ctx *ctx = new_ctx(3);
    for (int kind = 0; kind < KINDS; kind++)
        for (int32_t tie = 0; tie < 3; tie++) {
            dice d = dice_of(7000 + 10 * (uint64_t)kind + (uint64_t)tie);
            system_t s = random_system(&d, 13 + (size_t)tie % 2, kind, tie);
            binnet_net *net = dense_net(ctx, &s);
            char what[40];
            snprintf(what, sizeof what, "blocks, kind %d, tie %d", kind, tie);
            uint64_t count, seen = 0;
            static uint32_t next[1 << MOST];
            OK(binnet_net_successor_map(ctx, next, (size_t)1 << s.n, net));
            for (uint32_t a = 0; a < 1u << s.n; a++) {
                int tied = 0;
                ck_assert_msg(next[a] == oracle_next(&s, a), "%s: %u", what, a);
                for (size_t i = 0; i < s.n; i++)
                    tied |= oracle_drive(&s, i, a) == 0;
                seen += (uint64_t)tied;
            }
            OK(binnet_net_ties(ctx, &count, NULL, NULL, NULL, 0, net));
            ck_assert_msg(count == seen, "%s: ties", what);
            binnet_net_free(net);
        }
    binnet_ctx_free(ctx);
}
END_TEST

static int same_attractors(const binnet_attractors *a, const binnet_attractors *b)
{
    uint64_t count = binnet_attractors_count(a);
    int same = binnet_attractors_count(b) == count;
    for (uint64_t k = 0; same && k < count; k++) {
        uint64_t period = binnet_attractors_period(a, k);
        same = binnet_attractors_period(b, k) == period &&
               binnet_attractors_basin(a, k) == binnet_attractors_basin(b, k) &&
               binnet_attractors_weak_basin(a, k) == binnet_attractors_weak_basin(b, k) &&
               binnet_attractors_longest_transient(a, k) == binnet_attractors_longest_transient(b, k);
        for (uint64_t t = 0; same && t < period; t++)
            same = binnet_attractors_state(a, k, t) == binnet_attractors_state(b, k, t);
    }
    double x = binnet_attractors_basin_entropy(a), y = binnet_attractors_basin_entropy(b);
    return same && memcmp(&x, &y, sizeof x) == 0;
}

START_TEST(thread_counts_give_the_same_bits)
{
    for (int32_t tie = 0; tie < 3; tie++) {
        binnet_attractors *first[2] = {NULL, NULL};
        for (int threads = 1; threads <= 4; threads++) {
            dice d = dice_of(60 + (uint64_t)tie);
            system_t s = random_system(&d, 15, tie == 0 ? FINE : INTEGERS, tie);
            binnet_ctx *ctx = new_ctx(threads);
            binnet_net *net = dense_net(ctx, &s);
            binnet_attractors *a[2];
            OK(binnet_attractors_new(ctx, &a[0], net));
            OK(binnet_attractors_new_asynchronous(ctx, &a[1], net));
            for (int u = 0; u < 2; u++)
                if (first[u] == NULL) {
                    first[u] = a[u];
                } else {
                    ck_assert_msg(same_attractors(first[u], a[u]), "%d threads", threads);
                    binnet_attractors_free(a[u]);
                }
            binnet_net_free(net);
            binnet_ctx_free(ctx);
        }
        binnet_attractors_free(first[0]);
        binnet_attractors_free(first[1]);
    }
}
END_TEST

/* A homogeneous network and the same network neuron by neuron. */
START_TEST(homogeneous)
{
    binnet_ctx *ctx = new_ctx(1);
    for (int32_t tie = 0; tie < 3; tie++)
        for (int32_t self = 0; self < 2; self++)
            for (uint64_t seed = 0; seed < 3; seed++) {
                dice d = dice_of(300 + seed);
                const int64_t size[3] = {4, 1, 8};
                int32_t label[13];
                double J[9], M[3], theta[3], I[3];
                for (size_t k = 0; k < 9; k++)
                    J[k] = (double)roll_to(&d, 9) / 10 - 0.4;
                for (size_t k = 0; k < 3; k++) {
                    M[k] = 1 + (double)roll_to(&d, 3);
                    theta[k] = (double)roll_to(&d, 5) / 10;
                    I[k] = (double)roll_to(&d, 5) / 10;
                }
                binnet_net *plain, *net, *dense;
                OK(binnet_net_new_homogeneous(ctx, &plain, 3, size, J, M, theta, I, self));
                OK(binnet_net_with_tie(ctx, &net, plain, tie));
                for (size_t i = 0; i < 13; i++)
                    label[i] = binnet_net_population(net, i);
                OK(binnet_net_with_populations(ctx, &dense, net, 3, label));
                binnet_attractors *a, *b;
                for (int u = 0; u < 2; u++) {
                    OK(u ? binnet_attractors_new_asynchronous(ctx, &a, net) : binnet_attractors_new(ctx, &a, net));
                    OK(u ? binnet_attractors_new_asynchronous(ctx, &b, dense) : binnet_attractors_new(ctx, &b, dense));
                    ck_assert(same_attractors(a, b));
                    for (uint64_t k = 0; k < binnet_attractors_count(a); k++) {
                        double v[4][3];
                        OK(binnet_attractors_margins(ctx, v[0], v[1], 3, a, k));
                        OK(binnet_attractors_margins(ctx, v[2], v[3], 3, b, k));
                        ck_assert_mem_eq(v[0], v[2], 2 * sizeof *v);
                    }
                    binnet_attractors_free(a);
                    binnet_attractors_free(b);
                }
                binnet_net_free(plain);
                binnet_net_free(net);
                binnet_net_free(dense);
            }
    binnet_ctx_free(ctx);
}
END_TEST

static uint32_t permuted(uint32_t state, const size_t *to, size_t n)
{
    uint32_t s = 0;
    for (size_t i = 0; i < n; i++)
        s |= (state >> i & 1) << to[i];
    return s;
}

/* Renumbering the neurons renumbers the attractors; blocks and ranks fall quite differently. */
START_TEST(permuting_neurons)
{
    enum { N = 14 };
    binnet_ctx *ctx = new_ctx(2);
    for (int kind = 0; kind < KINDS; kind++) {
        dice d = dice_of(40 + (uint64_t)kind);
        system_t s = random_system(&d, N, kind, kind % 3), t = s;
        size_t to[N];
        for (size_t i = 0; i < N; i++)
            to[i] = (5 * i + 3) % N;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++)
                t.J[to[i] * N + to[j]] = s.J[i * N + j];
            t.M[to[i]] = s.M[i];
            t.theta[to[i]] = s.theta[i];
            t.I[to[i]] = s.I[i];
        }
        binnet_net *p = dense_net(ctx, &s), *q = dense_net(ctx, &t);
        binnet_attractors *a, *b;
        for (int u = 0; u < 2; u++) {
            OK(u ? binnet_attractors_new_asynchronous(ctx, &a, p) : binnet_attractors_new(ctx, &a, p));
            OK(u ? binnet_attractors_new_asynchronous(ctx, &b, q) : binnet_attractors_new(ctx, &b, q));
            ck_assert(binnet_attractors_count(a) == binnet_attractors_count(b));
            for (uint64_t k = 0; k < binnet_attractors_count(a); k++) {
                uint64_t m = binnet_attractors_holding(b, permuted((uint32_t)binnet_attractors_state(a, k, 0), to, N));
                ck_assert(m != BINNET_NO_ATTRACTOR && binnet_attractors_period(a, k) == binnet_attractors_period(b, m));
                ck_assert(binnet_attractors_basin(a, k) == binnet_attractors_basin(b, m));
                ck_assert(binnet_attractors_weak_basin(a, k) == binnet_attractors_weak_basin(b, m));
                ck_assert(binnet_attractors_longest_transient(a, k) == binnet_attractors_longest_transient(b, m));
                double x = binnet_attractors_mean_transient(a, k), y = binnet_attractors_mean_transient(b, m);
                ck_assert(x == y || (u && isnan(x) && isnan(y)));
            }
            binnet_attractors_free(a);
            binnet_attractors_free(b);
        }
        binnet_net_free(p);
        binnet_net_free(q);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- closed forms --- */

static binnet_attractors *analyse(binnet_ctx *ctx, const system_t *s, int asynchronous)
{
    binnet_net *net = dense_net(ctx, s);
    binnet_attractors *a;
    OK(asynchronous ? binnet_attractors_new_asynchronous(ctx, &a, net) : binnet_attractors_new(ctx, &a, net));
    binnet_net_free(net);
    return a;
}

/* Each neuron hears itself: every state is fixed. */
START_TEST(every_state_is_fixed)
{
    binnet_ctx *ctx = new_ctx(2);
    for (int u = 0; u < 2; u++) {
        system_t s = {.n = 13, .unit = 0.5};
        for (size_t i = 0; i < s.n; i++) {
            s.J[i * s.n + i] = 2;
            s.theta[i] = s.M[i] = 1;
        }
        binnet_attractors *a = analyse(ctx, &s, u);
        ck_assert_uint_eq(binnet_attractors_count(a), 1 << 13);
        for (uint64_t k = 0; k < 1 << 13; k++)
            ck_assert(binnet_attractors_state(a, k, 0) == k && binnet_attractors_basin(a, k) == 1);
        ck_assert(fabs(binnet_attractors_basin_entropy(a) - 13 * log(2)) < 1e-10);
        binnet_attractors_free(a);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Tens of thousands of asynchronous attractors. The first neurons keep their activity; of the last two either both fall
 * silent, so that each attractor is a state that four lead to, or they run round in a loop of four states. */
START_TEST(many_asynchronous)
{
    enum { N = 17, KEEP = N - 2 };
    for (int loop = 0; loop < 2; loop++) {
        double J[N * N] = {0}, theta[N];
        binnet_net *net;
        binnet_attractors *a;
        binnet_ctx *ctx = new_ctx(1);
        for (int i = 0; i < N; i++) {
            J[i * N + i] = i < KEEP ? 1 : 0;
            theta[i] = 0.5;
        }
        if (loop) {
            J[KEEP * N + KEEP + 1] = -1;
            theta[KEEP] = -0.5;
            J[(KEEP + 1) * N + KEEP] = 1;
        }
        OK(binnet_net_new(ctx, &net, N, J, NULL, theta, NULL));
        clock_t began = clock();
        OK(binnet_attractors_new_asynchronous(ctx, &a, net));
        double took = (double)(clock() - began) / CLOCKS_PER_SEC; /* 0.2 s; when each looks at all states, 8 s */
        ck_assert_msg(took < 3, "%d: %g s", loop, took);
        ck_assert_uint_eq(binnet_attractors_count(a), 1 << KEEP);
        uint64_t wrong = 0;
        for (uint64_t k = 0; k < 1 << KEEP; k++) {
            wrong += binnet_attractors_period(a, k) != (loop ? 4 : 1) || binnet_attractors_basin(a, k) != 4 ||
                     binnet_attractors_weak_basin(a, k) != 4 || binnet_attractors_state(a, k, 0) != k;
            for (uint64_t s = 1; loop && s < 4; s++)
                wrong += binnet_attractors_state(a, k, s) != (k | s << KEEP);
        }
        ck_assert_uint_eq(wrong, 0);
        binnet_attractors_free(a);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* A ring of neurons, each copying the one before: the cycles are the binary necklaces. Of n = 14 beads there are
 * (1/14) sum_{d | 14} phi(d) 2^(14/d) = 1182. */
START_TEST(necklaces)
{
    binnet_ctx *ctx = new_ctx(1);
    system_t s = {.n = 14, .unit = 1};
    for (size_t i = 0; i < s.n; i++) {
        s.J[i * s.n + (i + 13) % 14] = 2;
        s.theta[i] = s.M[i] = 1;
    }
    binnet_attractors *a = analyse(ctx, &s, 0);
    uint64_t of_period[15] = {0};
    ck_assert_uint_eq(binnet_attractors_count(a), 1182);
    for (uint64_t k = 0; k < 1182; k++) {
        of_period[binnet_attractors_period(a, k)]++;
        ck_assert(binnet_attractors_basin(a, k) == binnet_attractors_period(a, k));
        ck_assert(binnet_attractors_longest_transient(a, k) == 0);
    }
    ck_assert(of_period[1] == 2 && of_period[2] == 1 && of_period[7] == 18 && of_period[14] == 1161);
    binnet_attractors_free(a);
    binnet_ctx_free(ctx);
}
END_TEST

/* A chain of neurons, each copying the one before, the first silent: after n - (number of the lowest active neuron) steps
 * all is silent. */
START_TEST(chain)
{
    binnet_ctx *ctx = new_ctx(2);
    system_t s = {.n = 13, .unit = 1};
    for (size_t i = 0; i < s.n; i++) {
        if (i > 0)
            s.J[i * s.n + i - 1] = 2;
        s.theta[i] = s.M[i] = 1;
    }
    binnet_attractors *a = analyse(ctx, &s, 0);
    ck_assert_uint_eq(binnet_attractors_count(a), 1);
    ck_assert(binnet_attractors_basin(a, 0) == 1 << 13 && binnet_attractors_longest_transient(a, 0) == 13);
    double sum = 0; /* 2^(12 - l) states have lowest active neuron l */
    for (int l = 0; l < 13; l++)
        sum += ldexp(13 - l, 12 - l);
    ck_assert(binnet_attractors_mean_transient(a, 0) == sum / 8192);
    ck_assert(binnet_attractors_basin_entropy(a) == 0);
    binnet_attractors_free(a);
    binnet_ctx_free(ctx);
}
END_TEST

/* Weights over the whole range of doubles: the two ways to a successor agree, and so do ties made on purpose. */
START_TEST(all_magnitudes)
{
    enum { N = 13 };
    binnet_ctx *ctx = new_ctx(1);
    static uint32_t next[1 << N];
    static uint64_t state[1 << N], alone[1 << N];
    for (int32_t tie = 0; tie < 3; tie++) {
        dice d = dice_of(90 + (uint64_t)tie);
        double J[N * N], M[N], theta[N], I[N];
        for (size_t k = 0; k < N * N; k++)
            J[k] = ldexp(roll_in(&d, -1, 1), (int)roll_to(&d, 2000) - 1000);
        for (size_t i = 0; i < N; i++) {
            M[i] = i == 0 ? 0x1p-1074 : ldexp(1 + roll(&d), (int)roll_to(&d, 2000) - 1000);
            theta[i] = I[i] = ldexp(roll_in(&d, -1, 1), (int)roll_to(&d, 2000) - 1000);
            J[i * N + (i + 1) % N] = -J[i * N + i]; /* a tie when both are active and the rest silent */
        }
        I[0] = 1.5;
        theta[0] = -0x1p1000;
        binnet_net *plain, *net;
        uint64_t count, found = 0;
        OK(binnet_net_new(ctx, &plain, N, J, M, theta, I));
        OK(binnet_net_with_tie(ctx, &net, plain, tie));
        OK(binnet_net_successor_map(ctx, next, 1 << N, net));
        for (uint32_t s = 0; s < 1 << N; s++)
            state[s] = s;
        OK(binnet_net_successors(ctx, alone, 1 << N, net, state));
        for (uint32_t s = 0; s < 1 << N; s++)
            ck_assert_msg(next[s] == alone[s], "tie %d, state %u: %u and %u", tie, s, next[s], (unsigned)alone[s]);
        OK(binnet_net_ties(ctx, &count, NULL, state, alone, 1 << N, net));
        for (uint64_t k = 0; k < count; k++)
            for (size_t i = 1; i < N; i++)
                found += state[k] == (UINT64_C(1) << i | UINT64_C(1) << (i + 1) % N) && alone[k] >> i & 1;
        ck_assert_uint_eq(found, N - 1);
        binnet_net_free(plain);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* --- margins --- */

/* Is the attractor still one when the stimuli are changed by `by` units? */
static int persists(const system_t *s, const binnet_attractors *a, uint64_t k, const int64_t *by)
{
    system_t moved = *s;
    for (size_t i = 0; i < s->n; i++)
        moved.I[i] += by[i];
    uint64_t period = binnet_attractors_period(a, k);
    for (uint64_t t = 0; t < period; t++)
        if (oracle_next(&moved, (uint32_t)binnet_attractors_state(a, k, t)) !=
            binnet_attractors_state(a, k, (t + 1) % period))
            return 0;
    return 1;
}

/* Move the stimuli of one group to just before and just behind the margin; M divides the integers, so that margins are
 * whole numbers of units. */
static void check_margin(const system_t *s, const binnet_attractors *a, uint64_t k, const size_t *group, size_t g,
                         double margin, int64_t sign)
{
    int64_t by[MOST], d = isinf(margin) ? 1 << 20 : (int64_t)(margin / s->unit);
    ck_assert(margin >= 0 && (isinf(margin) || (double)d * s->unit == margin));
    for (int64_t step = d - 1; step <= d + 1; step++) {
        for (size_t i = 0; i < s->n; i++)
            by[i] = group[i] == g ? sign * step : 0;
        if (step < d || isinf(margin))
            ck_assert_msg(step < 0 || persists(s, a, k, by), "attractor %d is lost %d units before its margin", (int)k,
                          (int)(d - step));
        else if (step > d)
            ck_assert_msg(!persists(s, a, k, by), "attractor %d persists behind its margin", (int)k);
    }
}

START_TEST(margins)
{
    binnet_ctx *ctx = new_ctx(1);
    size_t finite = 0, infinite = 0, at_zero = 0;
    for (uint64_t seed = 0; seed < 120; seed++) {
        dice d = dice_of(2000 + seed);
        system_t s = random_system(&d, 1 + seed % 8, seed % 2 ? SPARSE : INTEGERS, (int32_t)(seed / 2 % 3));
        int32_t label[MOST];
        size_t group[MOST], own[MOST];
        for (size_t k = 0; k < s.n * s.n; k++)
            s.J[k] *= 6;
        for (size_t i = 0; i < s.n; i++) {
            label[i] = (int32_t)(i % 3);
            group[i] = i % 3;
            own[i] = i;
        }
        s.unit = 0.25;
        binnet_net *plain = dense_net(ctx, &s), *net;
        OK(binnet_net_with_populations(ctx, &net, plain, 4, label)); /* population 3 is empty */
        binnet_attractors *a;
        OK(binnet_attractors_new(ctx, &a, net));
        ck_assert_uint_eq(binnet_attractors_populations(a), 4);
        for (uint64_t k = 0; k < binnet_attractors_count(a); k++) {
            double down[MOST], up[MOST];
            OK(binnet_attractors_margins(ctx, down, up, 4, a, k));
            for (size_t g = 0; g < 4; g++) {
                check_margin(&s, a, k, group, g, down[g], -1);
                check_margin(&s, a, k, group, g, up[g], 1);
                finite += isfinite(down[g]) != 0;
                infinite += isinf(up[g]) != 0;
                at_zero += down[g] == 0;
            }
            ck_assert(isinf(down[3]) && isinf(up[3]));
            OK(binnet_attractors_neuron_margins(ctx, down, up, s.n, a, k));
            for (size_t i = 0; i < s.n; i++) {
                check_margin(&s, a, k, own, i, down[i], -1);
                check_margin(&s, a, k, own, i, up[i], 1);
            }
            OK(binnet_attractors_margins(ctx, NULL, NULL, 4, a, k));
        }
        binnet_attractors_free(a);
        binnet_net_free(plain);
        binnet_net_free(net);
    }
    ck_assert(finite > 100 && infinite > 100 && at_zero > 10);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- two analyses, and errors --- */

START_TEST(matches)
{
    binnet_ctx *ctx = new_ctx(1);
    for (uint64_t seed = 0; seed < 60; seed++) {
        dice d = dice_of(4000 + seed);
        system_t s = random_system(&d, 6, INTEGERS, BINNET_TIE_ACTIVE), t = s;
        t.tie = seed % 2 ? BINNET_TIE_SILENT : BINNET_TIE_KEEP;
        binnet_attractors *a = analyse(ctx, &s, 0), *b = analyse(ctx, &t, 0);
        uint64_t match[64], same, want = 0, count = binnet_attractors_count(a);
        int64_t none[MOST] = {0};
        OK(binnet_attractors_match(ctx, match, &same, count, a, b));
        for (uint64_t k = 0; k < count; k++) {
            int stays = persists(&t, a, k, none);
            want += (uint64_t)stays;
            ck_assert(stays == (match[k] != BINNET_NO_ATTRACTOR));
            for (uint64_t p = 0; stays && p < binnet_attractors_period(a, k); p++)
                ck_assert(binnet_attractors_state(a, k, p) == binnet_attractors_state(b, match[k], p));
        }
        ck_assert(same == want);
        OK(binnet_attractors_match(ctx, match, &same, count, a, a));
        ck_assert(same == count);
        binnet_attractors_free(a);
        binnet_attractors_free(b);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(errors)
{
    binnet_ctx *ctx = new_ctx(1);
    dice d = dice_of(1);
    system_t s = random_system(&d, 4, INTEGERS, BINNET_TIE_ACTIVE);
    binnet_net *net = dense_net(ctx, &s), *large, *huge;
    binnet_attractors *a = (binnet_attractors *)(void *)&s, *b, *c;
    uint64_t next[2], state[2] = {3, 16}, count;
    uint32_t map[16];
    double v[4];
    const int64_t size = 31, more = 64, row_ptr[26] = {0};
    const int32_t col = 0;
    const double J = 1, w = 1;
    OK(binnet_net_new_homogeneous(ctx, &large, 1, &size, &J, NULL, NULL, NULL, 1));
    OK(binnet_net_new_homogeneous(ctx, &huge, 1, &more, &J, NULL, NULL, NULL, 1));
    ck_assert_int_eq(binnet_net_successor(ctx, next, large, 0),
                     BINNET_OK); /* 31 neurons are few enough for one state */
    ck_assert_uint_eq(next[0], (UINT64_C(1) << 31) - 1);
    ck_assert_int_eq(binnet_net_successor(ctx, next, huge, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_net_successor(NULL, next, net, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_successor(ctx, NULL, net, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_successor(ctx, next, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_successors(ctx, next, 2, net, state), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_net_successors(ctx, next, 2, net, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_successor_map(ctx, map, 15, net), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_net_successor_map(ctx, NULL, 16, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_successor_map(ctx, map, 16, large), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_net_ties(ctx, NULL, NULL, NULL, NULL, 0, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_net_ties(ctx, &count, NULL, NULL, NULL, 0, large), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_new(ctx, NULL, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_attractors_new(NULL, &a, net), BINNET_E_NULL);
    ck_assert_int_eq(binnet_attractors_new(ctx, &a, large), BINNET_E_RANGE);
    ck_assert(a == NULL && binnet_ctx_message(ctx)[0] != '\0');
    a = (binnet_attractors *)(void *)&s;
    ck_assert_int_eq(binnet_attractors_new(ctx, &a, NULL), BINNET_E_NULL);
    ck_assert(a == NULL);
    binnet_net_free(large);
    OK(binnet_net_new_csr(ctx, &large, 25, row_ptr, &col, &w, NULL, NULL, NULL));
    ck_assert_int_eq(binnet_attractors_new_asynchronous(ctx, &a, large), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_asynchronous_estimate(ctx, NULL, NULL, NULL, large), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_estimate(ctx, NULL, NULL, NULL, huge), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_estimate(ctx, NULL, NULL, NULL, net), BINNET_OK);

    OK(binnet_attractors_new(ctx, &a, net));
    OK(binnet_attractors_new_asynchronous(ctx, &b, net));
    count = binnet_attractors_count(a);
    ck_assert_int_eq(binnet_attractors_margins(ctx, v, v, 2, a, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_attractors_margins(ctx, v, v, 1, a, count), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_margins(ctx, v, v, 1, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_attractors_neuron_margins(ctx, v, v, 1, a, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_attractors_reached(ctx, next, NULL, NULL, a, 16), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_reached(ctx, next, NULL, NULL, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_attractors_match(ctx, next, NULL, count, a, b), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_attractors_match(ctx, next, NULL, count + 1, a, a), BINNET_E_SIZE);
    s.n = 3;
    c = analyse(ctx, &s, 0);
    ck_assert_int_eq(binnet_attractors_match(ctx, NULL, NULL, 0, a, c), BINNET_E_SIZE);
    ck_assert(binnet_attractors_period(a, count) == 0 && binnet_attractors_basin(a, count) == 0);
    ck_assert(binnet_attractors_state(a, 0, binnet_attractors_period(a, 0)) == UINT64_MAX);
    ck_assert(binnet_attractors_state(a, count, 0) == UINT64_MAX && binnet_attractors_weak_basin(a, count) == 0);
    ck_assert(binnet_attractors_holding(a, 16) == BINNET_NO_ATTRACTOR);
    ck_assert(binnet_attractors_holding(NULL, 0) == BINNET_NO_ATTRACTOR);
    ck_assert(binnet_attractors_longest_transient(a, count) == UINT64_MAX);
    ck_assert(isnan(binnet_attractors_mean_transient(a, count)) && isnan(binnet_attractors_basin_entropy(NULL)));
    ck_assert(binnet_attractors_count(NULL) == 0 && binnet_attractors_neurons(NULL) == 0);
    ck_assert(binnet_attractors_update(NULL) == 0 && binnet_attractors_populations(NULL) == 0);
    binnet_attractors_free(NULL);
    binnet_attractors_free(a);
    binnet_attractors_free(b);
    binnet_attractors_free(c);
    binnet_net_free(net);
    binnet_net_free(large);
    binnet_net_free(huge);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("attractors", all_pairs, random_networks, several_blocks, thread_counts_give_the_same_bits, homogeneous,
          permuting_neurons, every_state_is_fixed, many_asynchronous, necklaces, chain, all_magnitudes, margins,
          matches, errors)
