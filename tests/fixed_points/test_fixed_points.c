/* Fixed points by branch and bound against every state of small networks. */
#include "oracle_fixed.h"

#include <float.h>
#include <string.h>

enum { ALL = 1 << MOST_N };

/* The list is `want`, ascending, and the count is its length. */
static void check_list(const binnet_fixed_points *f, const unsigned char *want, size_t n, const char *what)
{
    uint64_t count = 0, exact;
    ck_assert_int_eq(binnet_fixed_points_complete(f), 1);
    ck_assert(binnet_fixed_points_searched(f) == 1);
    ck_assert_uint_eq(binnet_fixed_points_open_count(f), 0);
    ck_assert_uint_eq(binnet_fixed_points_neurons(f), n);
    for (uint64_t A = 0; A < UINT64_C(1) << n; A++) {
        if (!want[A])
            continue;
        const uint64_t *state = binnet_fixed_points_state(f, count);
        ck_assert_msg(state != NULL && *state == A, "%s, n = %zu: state %llu is missing", what, n,
                      (unsigned long long)A);
        count++;
    }
    ck_assert_msg(binnet_fixed_points_listed(f) == count, "%s, n = %zu: %zu states, not %llu", what, n,
                  binnet_fixed_points_listed(f), (unsigned long long)count);
    OK(binnet_fixed_points_count_exact(f, &exact));
    ck_assert(exact == count && binnet_fixed_points_count(f) == (double)count);
}

static void given_stimuli(binnet_ctx *ctx, const exact_net *x, int dense)
{
    static unsigned char want[ALL];
    for (uint64_t A = 0; A < UINT64_C(1) << x->n; A++) {
        want[A] = 1;
        for (size_t i = 0; i < x->n; i++)
            want[A] &= (unsigned char)oracle_stays(x, i, A, x->I[i], x->I_tiny[i]);
    }
    binnet_net *net = library_net(ctx, x, dense);
    binnet_fixed_points *f;
    OK(binnet_fixed_points_new(ctx, &f, net, ALL));
    check_list(f, want, x->n, "given stimuli");
    binnet_fixed_points_free(f);
    OK(binnet_fixed_points_new(ctx, &f, net, 0));
    ck_assert(binnet_fixed_points_listed(f) == 0);
    double count = 0;
    for (uint64_t A = 0; A < UINT64_C(1) << x->n; A++)
        count += want[A];
    ck_assert_msg(binnet_fixed_points_count(f) == count, "counted %g, not %g", binnet_fixed_points_count(f), count);
    binnet_fixed_points_free(f);
    binnet_net_free(net);
}

START_TEST(all_states_at_given_stimuli)
{
    dice d = dice_of(11 + (uint64_t)_i);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 600; round++) {
        size_t n = 1 + roll_to(&d, round < 590 ? 9 : 13);
        exact_net x = random_exact_net(&d, n, roll_to(&d, 4), round % 3, _i);
        given_stimuli(ctx, &x, round % 2);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Own stimulus of each neuron: every side of the box alone decides. */
START_TEST(all_states_in_a_box)
{
    static unsigned char want[ALL];
    dice d = dice_of(21 + (uint64_t)_i);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 400; round++) {
        size_t n = 1 + roll_to(&d, 9);
        exact_net x = random_exact_net(&d, n, 1 + roll_to(&d, 4), round % 3 == 2, _i);
        int lo[MOST_N], hi[MOST_N];
        double lo_d[MOST_N], hi_d[MOST_N], from[MOST_N], to[MOST_N];
        for (size_t i = 0; i < n; i++) {
            lo[i] = roll(&d) < 0.1 ? -1000000 : (int)roll_to(&d, 17) - 8;
            hi[i] = roll(&d) < 0.1 ? 1000000 : lo[i] < -100 ? 0 : lo[i] + (int)roll_to(&d, 5);
            lo_d[i] = lo[i] < -100 ? -INFINITY : lo[i] / 8.0;
            hi_d[i] = hi[i] > 100 ? INFINITY : hi[i] / 8.0;
        }
        for (uint64_t A = 0; A < UINT64_C(1) << n; A++) {
            want[A] = 1;
            for (size_t i = 0; i < n; i++)
                want[A] &= (unsigned char)oracle_stays(&x, i, A, A >> i & 1 ? hi[i] : lo[i], 0);
        }
        binnet_net *net = library_net(ctx, &x, round % 2);
        binnet_fixed_points *f;
        OK(binnet_fixed_points_new_box(ctx, &f, net, lo_d, hi_d, n, ALL));
        check_list(f, want, n, "box");
        for (size_t k = 0; round % 3 != 2 && k < binnet_fixed_points_listed(f); k++) {
            uint64_t A = *binnet_fixed_points_state(f, k);
            OK(binnet_fixed_points_box(ctx, from, to, n, f, k));
            for (size_t i = 0; i < n; i++) {
                double c = oracle_current(&x, i, A);
                double a = A >> i & 1 ? fmax(c, lo_d[i]) : lo_d[i], b = A >> i & 1 ? hi_d[i] : fmin(c, hi_d[i]);
                ck_assert(from[i] == a && to[i] == b);
            }
        }
        binnet_fixed_points_free(f);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Common stimuli: max(lo, Lambda) against min(hi, Xi), with the ends that the tie rule gives to them. */
START_TEST(all_states_in_a_population_box)
{
    static unsigned char want[ALL];
    dice d = dice_of(31 + (uint64_t)_i);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 500; round++) {
        size_t n = 1 + roll_to(&d, 9);
        exact_net x = random_exact_net(&d, n, roll_to(&d, 4), 0, _i);
        int tenths = LDBL_MANT_DIG >= 64 && round % 3 == 2, same = round % 2;
        x.parts = tenths ? 10 : 8;
        for (size_t i = 0; i < n; i++) {
            x.M[i] = tenths ? 1 : same ? x.M[0] : x.M[i];
            x.theta[i] = same ? x.theta[0] : x.theta[i];
        }
        double lo[MOST_POP], hi[MOST_POP], Lambda[MOST_POP], Xi[MOST_POP], from[MOST_POP], to[MOST_POP];
        if (x.n_pop > n)
            x.n_pop = n;
        for (size_t i = 0; i < n; i++)
            x.pop[i] %= (int32_t)x.n_pop;
        for (size_t a = 0; a < x.n_pop; a++) {
            int begin = (int)roll_to(&d, 65) - 32, end = begin + (int)roll_to(&d, 10);
            lo[a] = roll(&d) < 0.3 ? -INFINITY : begin / x.parts;
            hi[a] = roll(&d) < 0.3 ? INFINITY : end / x.parts;
        }
        binnet_net *net = library_net(ctx, &x, round % 2);
        binnet_fixed_points *f;
        OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, x.n_pop, ALL));
        size_t k = 0;
        for (uint64_t A = 0; A < UINT64_C(1) << n; A++) {
            want[A] = 1;
            for (size_t a = 0; a < x.n_pop; a++) {
                Lambda[a] = -INFINITY;
                Xi[a] = INFINITY;
            }
            for (size_t i = 0; i < n; i++) {
                double c = oracle_current(&x, i, A);
                if (A >> i & 1)
                    Lambda[x.pop[i]] = fmax(Lambda[x.pop[i]], c);
                else
                    Xi[x.pop[i]] = fmin(Xi[x.pop[i]], c);
            }
            for (size_t a = 0; a < x.n_pop; a++) {
                int ok = x.tie == BINNET_TIE_KEEP ? Lambda[a] <= Xi[a] : Lambda[a] < Xi[a];
                ok &= x.tie == BINNET_TIE_SILENT ? Lambda[a] < hi[a] : Lambda[a] <= hi[a];
                ok &= x.tie == BINNET_TIE_ACTIVE ? lo[a] < Xi[a] : lo[a] <= Xi[a];
                want[A] &= (unsigned char)ok;
            }
            if (!want[A])
                continue;
            ck_assert_uint_lt(k, binnet_fixed_points_listed(f));
            OK(binnet_fixed_points_box(ctx, from, to, x.n_pop, f, k++));
            for (size_t a = 0; a < x.n_pop; a++) {
                ck_assert(from[a] == fmax(lo[a], Lambda[a]) && to[a] == fmin(hi[a], Xi[a]));
            }
        }
        check_list(f, want, n, "population box");
        binnet_fixed_points_free(f);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* For all stimuli these are the fixed points of the diagram, with the same boxes to the last bit. */
START_TEST(as_in_the_diagram)
{
    dice d = dice_of(51 + (uint64_t)_i);
    binnet_ctx *ctx = new_ctx(1);
    for (int round = 0; round < 60; round++) {
        size_t n = 1 + roll_to(&d, 8), n_pop = 1 + roll_to(&d, n < 3 ? n : 3);
        double J[64], M[8], theta[8], from[3], to[3], lo[3], hi[3];
        int32_t pop[8];
        const double step = round % 3 == 0 ? 0.1 : round % 3 == 1 ? 0.7 : 0; /* many ties, or none */
        for (size_t k = 0; k < n * n; k++)
            J[k] = roll(&d) < 0.5 ? 0 : step > 0 ? step * (double)((int)roll_to(&d, 9) - 4) : roll_in(&d, -1, 1);
        for (size_t i = 0; i < n; i++) {
            M[i] = round % 2 ? 1 : 1 + (double)roll_to(&d, 3);
            theta[i] = round % 5 ? 0.3 : roll_in(&d, -1, 1);
            pop[i] = (int32_t)(i < n_pop ? i : roll_to(&d, n_pop));
        }
        binnet_net *net, *grouped;
        OK(binnet_net_new(ctx, &net, n, J, M, theta, NULL));
        OK(binnet_net_with_populations(ctx, &grouped, net, n_pop, pop));
        binnet_net_free(net);
        OK(binnet_net_with_tie(ctx, &net, grouped, _i));
        binnet_net_free(grouped);
        for (size_t a = 0; a < n_pop; a++) {
            lo[a] = -INFINITY;
            hi[a] = INFINITY;
        }
        binnet_diagram *all;
        binnet_fixed_points *f;
        OK(binnet_diagram_new(ctx, &all, net));
        OK(binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, n_pop, ALL));
        ck_assert_uint_eq(binnet_diagram_fixed_count(all), binnet_fixed_points_listed(f));
        for (uint64_t k = 0; k < binnet_diagram_fixed_count(all); k++) {
            uint64_t state;
            size_t l = 0;
            OK(binnet_diagram_fixed(all, k, &state, lo, hi));
            while (l < binnet_fixed_points_listed(f) && *binnet_fixed_points_state(f, l) != state)
                l++;
            OK(binnet_fixed_points_box(ctx, from, to, n_pop, f, l));
            for (size_t a = 0; a < n_pop; a++)
                ck_assert_msg(from[a] == lo[a] && to[a] == hi[a], "%.17g..%.17g is %.17g..%.17g", lo[a], hi[a], from[a],
                              to[a]);
        }
        binnet_diagram_free(all);
        binnet_fixed_points_free(f);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

enum { TIE_RULES = 3 };

RUN_REPEATED("fixed points", {all_states_at_given_stimuli, TIE_RULES}, {all_states_in_a_box, TIE_RULES},
             {all_states_in_a_population_box, TIE_RULES}, {as_in_the_diagram, TIE_RULES})
