/* Whole arrays against the getters of one entry, on networks and noise of every kind; names; a caller's data destroyed once. */
#include "support/meter.h"
#include "support/support.h"

#include <string.h>

enum { N = 6 };

START_TEST(arrays_are_the_entries)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net, *again;
    double J[N * N], w[N * N], M[N], theta[N], stimulus[N];
    int32_t col[N * N], pop[N];
    int64_t row[N + 1];
    OK(make_net(ctx, &net, _i, N, 7));
    size_t entries = (size_t)binnet_net_entries(net), other = 0;
    OK(binnet_net_weights(ctx, J, N, net));
    OK(binnet_net_csr(ctx, row, col, w, N, entries, net));
    OK(binnet_net_parameters(ctx, M, theta, stimulus, pop, N, net));
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq(M[i], binnet_net_normalisation(net, i));
        ck_assert_double_eq(theta[i], binnet_net_threshold(net, i));
        ck_assert_double_eq(stimulus[i], binnet_net_stimulus(net, i));
        ck_assert_int_eq(pop[i], binnet_net_population(net, i));
        for (size_t j = 0; j < N; j++) {
            ck_assert_double_eq(J[i * N + j], binnet_net_weight(net, i, j));
            other += J[i * N + j] != 0;
        }
    }
    ck_assert_uint_eq(other, entries);
    OK(binnet_net_new_csr(ctx, &again, N, row, col, w, M, theta, stimulus));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            ck_assert_double_eq(binnet_net_weight(again, i, j), J[i * N + j]);
    ck_assert_int_eq(binnet_net_is_homogeneous(net), _i == NET_HOMOGENEOUS);
    ck_assert_int_eq(binnet_net_csr(ctx, row, col, w, N, entries + 1, net), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_net_weights(ctx, J, N + 1, net), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_net_weights(ctx, NULL, N, net), BINNET_E_NULL);
    binnet_net_free(net);
    binnet_net_free(again);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(the_noise_at_many_points)
{
    static const double x[] = {-40, -8, -1, -0.25, 0, 0.25, 1, 8, 40};
    enum { POINTS = sizeof x / sizeof *x };
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    double F[POINTS], G[POINTS], scale[N];
    OK(make_noise(ctx, &noise, _i, N));
    OK(binnet_noise_eval_many(ctx, F, G, NULL, noise, POINTS, x));
    for (size_t k = 0; k < POINTS; k++) {
        double f, g;
        OK(binnet_noise_eval(ctx, &f, &g, NULL, noise, x[k]));
        ck_assert(f == F[k] && g == G[k]);
    }
    OK(binnet_noise_scales(ctx, scale, N, noise));
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq(scale[i], binnet_noise_scale(noise, i));
    const double bad[] = {0, NAN};
    ck_assert_int_eq(binnet_noise_eval_many(ctx, F, G, NULL, noise, 2, bad), BINNET_E_NAN);
    OK(binnet_noise_eval_many(ctx, NULL, NULL, NULL, noise, 0, NULL));
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}
END_TEST

/* A synchronous step from state s alone: Pr(t | s) is the product of p_i or 1 - p_i; with ties, and neurons without noise. */
START_TEST(the_table_of_activations)
{
    enum { STATES = 1 << N };
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    binnet_chain *chain;
    static double p[STATES][N];
    double row[STATES];
    for (int32_t tie = BINNET_TIE_ACTIVE; tie <= BINNET_TIE_KEEP; tie++) {
        binnet_net *net, *tied;
        const double whole[N * N] = {0, 1, -1, 0, 0, 0, 1, 0, -1, 0, 1, 0, -1, 1, 0, 0, 0, 0,
                                     0, 0, 1,  0, 1, 0, 1, 0, 0,  0, 0, 1, 1,  0, 0, 0, 0, 0};
        OK(binnet_net_new(ctx, &net, N, whole, NULL, NULL, NULL));
        OK(binnet_net_with_tie(ctx, &tied, net, tie));
        OK(make_noise(ctx, &noise, _i, N));
        OK(binnet_chain_new(ctx, &chain, tied, noise, BINNET_UPDATE_SYNCHRONOUS));
        OK(binnet_noise_activation(ctx, p[0], STATES / 2, N, tied, noise, 0));
        OK(binnet_noise_activation(ctx, p[STATES / 2], STATES / 2, N, tied, noise, STATES / 2));
        for (uint64_t s = 0; s < STATES; s++) {
            OK(binnet_chain_row(ctx, row, STATES, chain, s));
            for (uint64_t t = 0; t < STATES; t++) {
                double product = 1;
                for (size_t i = 0; i < N; i++)
                    product *= t >> i & 1 ? p[s][i] : 1 - p[s][i];
                /* six factors and their complements */
                ck_assert_double_eq_tol(product, row[t], 1e-14);
            }
        }
        ck_assert_int_eq(binnet_noise_activation(ctx, p[0], 2, N, tied, noise, STATES - 1), BINNET_E_RANGE);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
        binnet_net_free(tied);
    }
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(names_of_constants)
{
    ck_assert_str_eq(binnet_update_name(BINNET_UPDATE_SWEEP), "sweep");
    ck_assert_str_eq(binnet_update_name(BINNET_UPDATE_BLOCKS), "blocks");
    ck_assert_str_eq(binnet_noise_name(BINNET_NOISE_STUDENT_T), "student_t");
    ck_assert_str_eq(binnet_tie_name(BINNET_TIE_ACTIVE), "active");
    ck_assert_str_eq(binnet_tie_name(BINNET_TIE_KEEP), "keep");
    ck_assert_str_eq(binnet_method_name(BINNET_METHOD_GTH), "gth");
    ck_assert(!binnet_update_name(0) && !binnet_noise_name(7) && !binnet_tie_name(-1) &&
              !binnet_method_name(INT32_MIN));
}
END_TEST

static double half_cdf(void *user, double x)
{
    (void)user;
    return x < 0 ? 0 : 1;
}

static void count_destroyed(void *user)
{
    ++*(int *)user;
}

START_TEST(a_callers_data_is_destroyed_once)
{
    static const double scale[N] = {1, 1, 1, 1, 1, 1};
    meter m;
    int kind = 0, orders[2][2] = {{0, 1}, {1, 0}};
    for (int k = 0; k < 2; k++) {
        binnet_ctx *ctx;
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        int destroyed = 0;
        meter_reset(&m);
        OK(meter_ctx(&m, &ctx));
        OK(make_net(ctx, &net, NET_DENSE, N, 1));
        OK(binnet_noise_new_custom_owned(ctx, &noise, N, scale, half_cdf, NULL, NULL, &destroyed, count_destroyed));
        OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
        binnet_net_free(net);
        binnet_ctx_free(ctx);
        for (int e = 0; e < 2; e++) {
            ck_assert_int_eq(destroyed, 0);
            if (orders[k][e])
                binnet_chain_free(chain);
            else
                binnet_noise_free(noise);
        }
        ck_assert_int_eq(destroyed, 1);
        ck_assert_uint_eq(m.live, 0);
    }
    /* a call that fails leaves it to the caller */
    for (kind = 0; kind < 4; kind++) {
        binnet_ctx *ctx;
        binnet_noise *noise;
        int destroyed = 0;
        meter_reset(&m);
        OK(meter_ctx(&m, &ctx));
        m.fail_at = m.calls + (size_t)kind;
        int32_t code = binnet_noise_new_custom_owned(ctx, &noise, N, scale, half_cdf, NULL, NULL, &destroyed,
                                                     count_destroyed);
        ck_assert_int_eq(code, kind < 3 ? BINNET_E_NOMEM : BINNET_OK);
        ck_assert_int_eq(destroyed, 0);
        binnet_noise_free(noise);
        ck_assert_int_eq(destroyed, kind == 3);
        binnet_ctx_free(ctx);
        ck_assert_uint_eq(m.live, 0);
    }
}
END_TEST

START_TEST(noise_by_its_kind)
{
    static const double scale[2] = {0.5, 2};
    binnet_ctx *ctx = new_ctx(1);
    binnet_noise *noise;
    for (int32_t kind = BINNET_NOISE_GAUSSIAN; kind <= BINNET_NOISE_STUDENT_T; kind++) {
        OK(binnet_noise_new(ctx, &noise, kind, 2, scale, 3));
        ck_assert_int_eq(binnet_noise_kind(noise), kind);
        ck_assert(kind == BINNET_NOISE_STUDENT_T ? binnet_noise_dof(noise) == 3 : isnan(binnet_noise_dof(noise)));
        binnet_noise_free(noise);
    }
    ck_assert_int_eq(binnet_noise_new(ctx, &noise, BINNET_NOISE_CUSTOM, 2, scale, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_noise_new(ctx, &noise, BINNET_NOISE_STUDENT_T, 2, scale, 0), BINNET_E_RANGE);
    ck_assert(noise == NULL);
    binnet_ctx_free(ctx);
}
END_TEST

/* What a library on top of this one asks of a ctx. */
START_TEST(contexts_for_other_libraries)
{
    binnet_alloc_fn alloc;
    binnet_free_fn release;
    void *user, *p;
    meter m;
    binnet_ctx *ctx;
    char line[3000];
    meter_reset(&m);
    OK(meter_ctx(&m, &ctx));
    OK(binnet_ctx_allocator(ctx, &alloc, NULL, &release, &user));
    size_t live = m.live;
    ck_assert_ptr_nonnull(p = alloc(user, 100));
    ck_assert_uint_eq(m.live, live + 1);
    binnet_ctx_free(ctx);
    release(user, p);
    ck_assert_uint_eq(m.live, 0);
    ctx = new_ctx(1);
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = 0;
    line[1] = '\n';
    ck_assert_int_eq(binnet_ctx_fail(ctx, BINNET_E_FORMAT, line), BINNET_E_FORMAT);
    ck_assert_uint_eq(strlen(binnet_ctx_message(ctx)), 1023);
    ck_assert_int_eq(binnet_ctx_message(ctx)[1], '?');
    ck_assert_int_eq(binnet_ctx_fail(ctx, 7, binnet_ctx_message(ctx)), 7);
    ck_assert_uint_eq(strlen(binnet_ctx_message(ctx)), 1023);
    OK(binnet_ctx_begin(ctx));
    ck_assert_str_eq(binnet_ctx_message(ctx), "");
    OK(binnet_ctx_poll(ctx, 0.5));
    OK(binnet_ctx_poll(ctx, 1));
    ck_assert_int_eq(binnet_ctx_poll(ctx, NAN), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ctx_fail(NULL, 3, ""), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ctx_allocator(NULL, NULL, NULL, NULL, NULL), BINNET_E_NULL);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(lists_of_attractors_and_boxes)
{
    enum { ROOM = 2000 };
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net;
    binnet_attractors *a;
    binnet_diagram *d;
    const int32_t axis[N] = {0, 0, 0, 1, 1, 1};
    uint64_t period[ROOM], basin[ROOM], weak[ROOM], state[ROOM], at = 0;
    double lo[ROOM], hi[ROOM], l[2], h[2], times[ROOM];
    int32_t ends[ROOM], e[2];
    int64_t active[ROOM];
    OK(make_net(ctx, &net, NET_DENSE, N, (uint64_t)_i));
    OK(binnet_attractors_new(ctx, &a, net));
    size_t count = (size_t)binnet_attractors_count(a), all = (size_t)binnet_attractors_all_states(a);
    ck_assert(count >= 1 && all <= ROOM);
    OK(binnet_attractors_all(ctx, period, basin, weak, count, a));
    OK(binnet_attractors_states(ctx, state, all, a));
    for (size_t k = 0; k < count; k++) {
        ck_assert(period[k] == binnet_attractors_period(a, k) && basin[k] == binnet_attractors_basin(a, k));
        for (uint64_t s = 0; s < period[k]; s++)
            ck_assert(state[at++] == binnet_attractors_state(a, k, s));
    }
    ck_assert_uint_eq(at, all);
    ck_assert_int_eq(binnet_attractors_states(ctx, state, all + 1, a), BINNET_E_SIZE);
    OK(binnet_diagram_new_grouped(ctx, &d, net, 2, axis));
    size_t fixed = (size_t)binnet_diagram_fixed_count(d), cycles = (size_t)binnet_diagram_cycle_count(d);
    ck_assert(fixed > 0 && 2 * fixed <= ROOM && 2 * cycles <= ROOM);
    OK(binnet_diagram_all_fixed(ctx, state, lo, hi, ends, fixed, 2, d));
    OK(binnet_diagram_all_classes(ctx, active, times, fixed, binnet_net_populations(net), d));
    for (size_t k = 0; k < fixed; k++) {
        OK(binnet_diagram_fixed(d, k, &at, l, h));
        OK(binnet_diagram_fixed_ends(d, k, e));
        ck_assert(at == state[k] && !memcmp(l, lo + 2 * k, sizeof l) && !memcmp(h, hi + 2 * k, sizeof h));
        ck_assert(e[0] == ends[2 * k] && e[1] == ends[2 * k + 1] && times[k] == 1);
    }
    OK(binnet_diagram_all_cycles(ctx, period, lo, hi, ends, cycles, 2, d));
    for (size_t k = 0; k < cycles; k++) {
        OK(binnet_diagram_cycle(d, k, &at, l, h));
        ck_assert(at == period[k] && !memcmp(l, lo + 2 * k, sizeof l) && !memcmp(h, hi + 2 * k, sizeof h));
    }
    ck_assert_int_eq(binnet_diagram_all_fixed(ctx, state, lo, hi, ends, fixed, 3, d), BINNET_E_SIZE);
    binnet_diagram_free(d);
    binnet_attractors_free(a);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("bulk");
    tcase_add_loop_test(tcase, arrays_are_the_entries, 0, NET_KINDS);
    tcase_add_loop_test(tcase, the_noise_at_many_points, 0, NOISE_KINDS);
    tcase_add_loop_test(tcase, the_table_of_activations, 0, NOISE_KINDS);
    tcase_add_loop_test(tcase, lists_of_attractors_and_boxes, 1, 6);
    tcase_add_test(tcase, names_of_constants);
    tcase_add_test(tcase, a_callers_data_is_destroyed_once);
    tcase_add_test(tcase, noise_by_its_kind);
    tcase_add_test(tcase, contexts_for_other_libraries);
    return run_case("bulk", tcase) == 0 ? 0 : 1;
}
