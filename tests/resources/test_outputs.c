/*
 * What base.h promises of outputs: a call that fails with a code of the 100s or 200s leaves them as they were. Every call under
 * many memory limits that are too small, with allocations failing in turn, and stopped by the hook; then calls with wrong
 * arguments.
 */
#include "api_calls.h"

enum { MARK = 0xa5 };

static int is_marked(const void *array, size_t bytes)
{
    const unsigned char *c = array;
    return c[0] == MARK && memcmp(c, c + 1, bytes - 1) == 0; /* each is as the one before it */
}

static void mark_arrays(scene *s)
{
    memset(s->out, MARK, sizeof s->out);
    memset(s->u, MARK, sizeof s->u);
    memset(s->i, MARK, sizeof s->i);
    memset(s->l, MARK, sizeof s->l);
    memset(s->map, MARK, sizeof s->map);
}

/* These say that they leave what they have found (store: its weights, where memory ends after the rule has begun). */
static int keeps_what_it_has(const char *name)
{
    return strcmp(name, "bifurcation_quantile") == 0 || strcmp(name, "occurrence") == 0 ||
           (strncmp(name, "store_", 6) == 0 && strcmp(name, "store_margins") != 0);
}

static void check_arrays(const scene *s, const char *name, int32_t code)
{
    ck_assert_msg(code == BINNET_OK || code / 100 == 3 || (code / 100 == 2 && keeps_what_it_has(name)) ||
                      (is_marked(s->out, sizeof s->out) && is_marked(s->u, sizeof s->u) &&
                       is_marked(s->i, sizeof s->i) && is_marked(s->l, sizeof s->l) &&
                       is_marked(s->map, sizeof s->map)),
                  "%s: code %d, and outputs were written", name, (int)code);
}

START_TEST(limits_and_memory)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    make_scene(s);
    const entry *e = &calls[_i];
    int32_t code = BINNET_E_LIMIT;
    /* .ci/nightly asks for more limits and every allocation; else the first ones and every third, another third for each call */
    size_t sparse = getenv("BINNET_THOROUGH") == NULL ? 3 : 1;
    for (double limit = 0; code != BINNET_OK; limit = (sparse > 1 ? 1.6 : 1.2) * limit + 8) {
        OK(binnet_ctx_set_i64(s->ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit));
        mark_arrays(s);
        code = e->run(s, s->ctx);
        check_arrays(s, e->name, code);
    }
    code = BINNET_E_NOMEM;
    for (size_t k = 0; code != BINNET_OK; k += k < 8 ? 1 : k % sparse == (size_t)_i % sparse ? sparse : 1) {
        mark_arrays(s);
        s->m.fail_at = s->m.calls + k;
        code = e->run(s, s->ctx);
        s->m.fail_at = NEVER;
        check_arrays(s, e->name, code);
        ck_assert_msg(code == BINNET_OK || code == BINNET_E_NOMEM, "%s: %d", e->name, (int)code);
    }
    strike_scene(s);
}
END_TEST

static int32_t stop_at_once(void *user, double fraction, double seconds_left)
{
    (void)user, (void)fraction, (void)seconds_left;
    return 1;
}

START_TEST(stopped)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    make_scene(s);
    OK(binnet_ctx_set_hook(s->ctx, stop_at_once, NULL));
    mark_arrays(s);
    int32_t code = calls[_i].run(s, s->ctx);
    ck_assert_msg(code == BINNET_OK || code == BINNET_E_INTERRUPTED, "%s: %d", calls[_i].name, (int)code);
    check_arrays(s, calls[_i].name, code);
    strike_scene(s);
}
END_TEST

/* Wrong in the last thing that is looked at, where the outputs might have been begun. */
static double last_bad[VARIABLES * VARIABLES]; /* in order but for a NaN at the end */
static const int32_t twice[3] = {1, 2, 1}, odd[2] = {0, 7};
static const int64_t too_many[2] = {1, 9};
static const double half_nan[4] = {0.5, NAN, NAN, NAN}, beyond[2] = {0.5, 1.5};
static const size_t falling[2] = {30, 3};

#define WRONG_CALLS                                                                                                    \
    W(binnet_net_drive(c, s->out, N + 1, s->sparse, 5))                                                                \
    W(binnet_net_drive(c, s->out, N, s->sparse, 64))                                                                   \
    W(binnet_net_layers(c, s->i, N - 1, s->dense))                                                                     \
    W(binnet_net_successor(c, s->u, s->dense, 64))                                                                     \
    W(binnet_net_successors(c, s->u, 4, s->dense, (const uint64_t[4]){0, 5, 9, 64}))                                   \
    W(binnet_net_successor_map(c, s->map, S - 1, s->dense))                                                            \
    W(binnet_chain_apply(c, s->out, S - 1, s->chain[0], binnet_law_data(s->law)))                                      \
    W(binnet_chain_apply(c, s->out, S, s->chain[0], last_bad))                                                         \
    W(binnet_chain_row(c, s->out, S, s->chain[2], 64))                                                                 \
    W(binnet_chain_transition(c, s->out, s->chain[0], 1, 64))                                                          \
    W(binnet_chain_classes(c, s->u, s->i, S - 1, s->chain[2]))                                                         \
    W(binnet_law_mean(c, s->out, N - 1, s->law))                                                                       \
    W(binnet_law_covariance(c, s->out, N + 1, s->law))                                                                 \
    W(binnet_law_marginal(c, s->out, 8, s->law, 3, twice))                                                             \
    W(binnet_law_top(c, s->u, s->out, S + 1, s->law))                                                                  \
    W(binnet_attractors_reached(c, s->u, s->u + 1, s->u + 2, s->attractors, 64))                                       \
    W(binnet_attractors_margins(c, s->out, s->out + 1, 2, s->attractors, 0))                                           \
    W(binnet_attractors_margins(c, s->out, s->out + 1, 1, s->attractors, 999))                                         \
    W(binnet_attractors_match(c, s->u, s->u + 9, 999, s->attractors, s->others))                                       \
    W(binnet_diagram_query(c, s->diagram, half_nan, s->u, s->u + 1, s->u + 20, s->u + 21, 10))                         \
    W(binnet_diagram_fixed(s->diagram, 999, s->u, s->out, s->out + 9))                                                 \
    W(binnet_diagram_cycle(s->diagram, 999, s->u, s->out, s->out + 9))                                                 \
    W(binnet_diagram_cycle_state(s->diagram, 999, 0, s->u))                                                            \
    W(binnet_diagram_fixed_class(s->diagram, 999, s->l, s->out))                                                       \
    W(binnet_regions_label(s->regions, 999, s->u, s->out, s->u + 1, s->u + 2, s->i, s->out + 1))                       \
    W(binnet_regions_period(s->regions, 0, 999, s->u, s->out, s->u + 1))                                               \
    W(binnet_regions_rectangle(s->regions, 0, 999, s->out, s->out + 9))                                                \
    W(binnet_regions_ring(s->regions, 0, 0, s->out, 1))                                                                \
    W(binnet_regions_attractors(c, s->u, s->u + 1, s->u + 9, s->u + 10, 5, s->regions, 999))                           \
    W(binnet_fixed_points_box(c, s->out, s->out + N, N, s->points, 9999))                                              \
    W(binnet_fixed_points_open(c, s->u, s->u + 1, 1, s->points, 9999))                                                 \
    W(binnet_current_eval(c, s->out, s->out + 2, s->out + 4, s->out + 6, s->out + 8, s->out + 10, 2, s->current,       \
                          half_nan))                                                                                   \
    W(binnet_current_table(c, s->out, s->out + 12, 11, s->out + 30, s->ensemble, 0, 0.25, 0))                          \
    W(binnet_current_table(c, s->out, s->out + 12, 12, s->out + 30, s->ensemble, 0, NAN, 0))                           \
    W(binnet_ensemble_state_probability(c, s->out, s->ensemble, too_many))                                             \
    W(binnet_ensemble_fixed_classes(c, s->out, 17, s->ensemble))                                                       \
    W(binnet_ensemble_diagram(c, s->out, 4, s->ensemble, grouped, at, 2, half_nan, 2))                                 \
    W(binnet_ensemble_diagram(c, s->out, 4, s->ensemble, odd, at, 2, at, 2))                                           \
    W(binnet_ensemble_cycles_mean(c, s->out, s->out + 1, s->ensemble, 9))                                              \
    W(binnet_ensemble_fixed_mean_correlated(c, s->out, s->out + 1, s->gaussian, half_nan))                             \
    W(binnet_bifurcation_law_cdf(c, s->out, s->out + 2, 2, s->bifurcation, 0, BINNET_LAMBDA, half_nan))                \
    W(binnet_bifurcation_law_quantile(c, s->out, 2, s->bifurcation, 0, BINNET_XI, beyond))                             \
    W(binnet_bifurcation_law_moments(c, s->out, s->out + 1, s->bifurcation, 5, BINNET_XI))                             \
    W(binnet_ensemble_occurrence(c, s->out, 17, s->ensemble, 2, NULL))                                                 \
    W(binnet_order_cdf(c, s->out, VARIABLES, last_bad, s->w, 20))                                                      \
    W(binnet_order_pdf_all(c, s->out, VARIABLES, s->v, s->w, last_bad))                                                \
    W(binnet_order_cdf_all(c, s->out, s->out + VARIABLES, VARIABLES, last_bad, s->w))                                  \
    W(binnet_order_counts(c, s->out, VARIABLES, VARIABLES, s->v, s->w))                                                \
    W(binnet_order_cdf_many(c, s->out, s->out + 40, 5, 8, last_bad, s->w, 3))                                          \
    W(binnet_order_joint_cdf(c, s->out, VARIABLES, 2, falling, s->cell))                                               \
    W(binnet_order_marginals(c, s->out, s->out + 40, s->out + 80, VARIABLES, s->order, NAN))                           \
    W(binnet_order_eval(c, s->out, s->out + 2, s->out + 4, 2, s->order, 9, half_nan))                                  \
    W(binnet_order_quantile(c, s->out, s->out + 2, 2, s->order, 9, beyond))                                            \
    W(binnet_order_moments(c, s->out, s->out + 1, s->out + 2, s->out + 3, s->order, 9, 41))                            \
    W(binnet_noise_eval(c, s->out, s->out + 1, s->out + 2, s->noise, NAN))                                             \
    W(binnet_permanent(c, s->out, s->out + 1, 6, last_bad))                                                            \
    W(binnet_permanent_scaled(c, s->out, s->l, s->out + 1, s->i, 9, 8, s->v, 0))                                       \
    W(binnet_permanent_integer(c, s->l, s->u, 7, 6, whole))                                                            \
    W(binnet_permanent_decimal(c, (char *)s->out, 2, &(size_t){0}, 6, 6, whole))                                       \
    W(binnet_ctx_get_i64(c, 999, s->l))                                                                                \
    W(binnet_param_range_f64(999, s->out, s->out + 1, s->out + 2))

START_TEST(wrong_arguments)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    make_scene(s);
    binnet_ctx *c = s->ctx;
    for (size_t k = 0; k < VARIABLES * VARIABLES; k++)
        last_bad[k] = 0.5;
    last_bad[35] = last_bad[VARIABLES - 1] = last_bad[S - 1] = NAN;
#define W(call)                                                                                                        \
    do {                                                                                                               \
        mark_arrays(s);                                                                                                \
        int32_t code = call;                                                                                           \
        ck_assert_msg(code / 100 == 1, "%s: %d %s", #call, (int)code, binnet_ctx_message(c));                          \
        check_arrays(s, #call, code);                                                                                  \
    } while (0);
    WRONG_CALLS
#undef W
    strike_scene(s);
}
END_TEST

RUN_REPEATED("outputs", {limits_and_memory, COUNT}, {stopped, COUNT}, {wrong_arguments, 1})
