/*
 * Every allocation of every public call fails once: the call returns BINNET_E_NOMEM, makes nothing, leaks nothing,
 * leaves a message, and works the next time. Twice: the k-th allocation alone fails, and the k-th and all after it.
 */
#include "support/support.h"
#include "support/meter.h"

#include <stdio.h>
#include <string.h>

/* What a call is given, made before allocations start to fail. */
typedef struct scene {
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    size_t n;
    double *x, *y; /* 4^n, for outputs */
    int32_t *label;
    uint64_t *state;
} scene;

/* The call under test: its code. Frees what it made; sets *left when a failed call left an object behind. */
typedef int32_t (*call)(scene *s, int what, int *left);

/* An address that no call leaves in an output. */
static char nothing;

#define NEW(type, made, code)                                                                                          \
    do {                                                                                                               \
        binnet_##type *made = (binnet_##type *)(void *)&nothing;                                                       \
        int32_t status = (code);                                                                                       \
        if (status != BINNET_OK)                                                                                       \
            *left = made != NULL;                                                                                      \
        else                                                                                                           \
            binnet_##type##_free(made);                                                                                \
        return status;                                                                                                 \
    } while (0)

static int32_t call_net(scene *s, int what, int *left)
{
    double v[32 * 32];
    uint64_t seed = 5;
    for (size_t k = 0; k < s->n * s->n; k++)
        v[k] = draw(&seed);
    (void)what;
    NEW(net, made, binnet_net_new(s->ctx, &made, s->n, v, NULL, NULL, NULL));
}

static int32_t call_make_net(scene *s, int what, int *left)
{
    NEW(net, made, make_net(s->ctx, &made, what, s->n, 3));
}

static int32_t call_with_populations(scene *s, int what, int *left)
{
    (void)what;
    for (size_t i = 0; i < s->n; i++)
        s->label[i] = (int32_t)(i % 2);
    NEW(net, made, binnet_net_with_populations(s->ctx, &made, s->net, 2, s->label));
}

static int32_t call_with_tie(scene *s, int what, int *left)
{
    (void)what;
    NEW(net, made, binnet_net_with_tie(s->ctx, &made, s->net, BINNET_TIE_KEEP));
}

static int32_t call_with_stimuli(scene *s, int what, int *left)
{
    for (size_t i = 0; i < s->n; i++)
        s->x[i] = what ? 0.25 : 0.1 * (double)i; /* populations stay alike, or do not */
    NEW(net, made, binnet_net_with_stimuli(s->ctx, &made, s->net, s->x));
}

static int32_t call_drive(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_net_drive(s->ctx, s->y, s->n, s->net, 1);
}

static int32_t call_layers(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_net_layers(s->ctx, s->label, s->n, s->net);
}

static int32_t call_noise(scene *s, int what, int *left)
{
    NEW(noise, made, make_noise(s->ctx, &made, what, s->n));
}

static int32_t call_noise_eval(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_noise_eval(s->ctx, &s->y[0], &s->y[1], NULL, s->noise, 0.3);
}

static int32_t call_chain(scene *s, int what, int *left)
{
    NEW(chain, made, make_chain(s->ctx, &made, what, s->net, s->noise));
}

static int32_t call_apply(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_chain_apply(s->ctx, s->y, (size_t)1 << s->n, s->chain, s->x);
}

static int32_t call_transition(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_chain_transition(s->ctx, s->y, s->chain, 1, 2);
}

static int32_t call_row(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_chain_row(s->ctx, s->y, (size_t)1 << s->n, s->chain, 1);
}

static int32_t call_matrix(scene *s, int what, int *left)
{
    (void)what;
    (void)left;
    return binnet_chain_matrix(s->ctx, s->y, (size_t)1 << 2 * s->n, s->chain);
}

static int32_t call_classes(scene *s, int what, int *left)
{
    uint64_t classes;
    (void)left;
    return binnet_chain_classes(s->ctx, &classes, what ? s->label : NULL, (size_t)1 << s->n, s->chain);
}

static int32_t call_stationary(scene *s, int what, int *left)
{
    (void)what;
    NEW(law, made, binnet_chain_stationary(s->ctx, &made, s->chain));
}

static int32_t call_stationary_from(scene *s, int what, int *left)
{
    (void)what;
    NEW(law, made, binnet_chain_stationary_from(s->ctx, &made, s->chain, s->law));
}

static int32_t call_stationary_in_class(scene *s, int what, int *left)
{
    (void)what;
    NEW(law, made, binnet_chain_stationary_in_class(s->ctx, &made, s->chain, 0));
}

static int32_t call_evolve(scene *s, int what, int *left)
{
    NEW(law, made, binnet_chain_evolve(s->ctx, &made, s->chain, s->law, (uint64_t)what));
}

static int32_t call_law(scene *s, int what, int *left)
{
    (void)what;
    NEW(law, made, binnet_law_new(s->ctx, &made, s->n, s->x, (size_t)1 << s->n));
}

static int32_t call_law_query(scene *s, int what, int *left)
{
    const int32_t two[2] = {2, 0};
    (void)left;
    switch (what) {
    case 0:
        return binnet_law_mean(s->ctx, s->y, s->n, s->law);
    case 1:
        return binnet_law_covariance(s->ctx, s->y, s->n, s->law);
    case 2:
        return binnet_law_correlation(s->ctx, s->y, s->n, s->law);
    case 3:
        return binnet_law_marginal(s->ctx, s->y, 4, s->law, 2, two);
    case 4:
        return binnet_law_top(s->ctx, s->state, s->y, 5, s->law);
    case 5:
        return binnet_law_top(s->ctx, s->state, s->y, (size_t)1 << s->n, s->law);
    default:
        return binnet_law_entropy(s->ctx, s->y, s->law);
    }
}

static int32_t call_correlations(scene *s, int what, int *left)
{
    static double out[5 * 9 * 9 * 9 * 9], triple[200];
    const int32_t group[5] = {2, 0, 1, 4, 3}, pop[9] = {0, 1, 0, 1, 0, 1, 0, 1, 0};
    size_t n = s->n, S = (size_t)1 << n, triples = n * (n - 1) * (n - 2) / 6;
    (void)left;
    switch (what) {
    case 0:
        return binnet_law_central_moment(s->ctx, out, s->law, 5, group);
    case 1:
        return binnet_law_groupwise(s->ctx, out, s->law, 5, group);
    case 2:
        return binnet_law_cumulant(s->ctx, out, s->law, 5, group);
    case 3:
        return binnet_law_moments(s->ctx, out, S, s->law);
    case 4:
        return binnet_law_central_moments(s->ctx, out, S, s->law);
    case 5:
        return binnet_law_triples(s->ctx, out, n, triple, triples, s->law);
    case 6:
        return binnet_law_populations(s->ctx, out, out + 9, out + 18, out + 27, out + 36, 2, pop, n, s->law);
    case 7:
        return binnet_chain_lagged_covariances(s->ctx, out, 4 * n * n, s->chain, s->law, 3);
    case 8:
        return binnet_chain_window(s->ctx, NULL, out, NULL, n, s->chain, s->law, 3);
    default:
        break;
    }
    /* of the stationary law, whose own allocations are not counted here */
    binnet_ctx *other;
    binnet_law *law;
    binnet_ctx_new(&other);
    int32_t status = binnet_chain_stationary(other, &law, s->chain);
    binnet_ctx_free(other);
    if (status != BINNET_OK)
        return status;
    status = what == 9    ? binnet_response_mean(s->ctx, out, NULL, NULL, NULL, n, s->chain, law)
             : what == 10 ? binnet_response_covariance(s->ctx, NULL, NULL, out, NULL, n, s->chain, law)
             : what == 11 ? binnet_response_functional(s->ctx, NULL, out, NULL, NULL, n, s->chain, law, s->x, S)
                          : binnet_chain_autocorrelation_time(s->ctx, out, out + 9, NULL, n, s->chain, law);
    binnet_law_free(law);
    return status;
}

static int32_t call_spectrum(scene *s, int what, int *left)
{
    static double out[600];
    int32_t set[512] = {0};
    size_t S = (size_t)1 << s->n;
    binnet_spectrum *sp = NULL;
    binnet_law *law;
    (void)left;
    if (what == 0) {
        int32_t status = binnet_spectrum_new(s->ctx, &sp, s->chain, 3);
        binnet_spectrum_free(sp);
        return status;
    }
    set[0] = 1;
    set[S - 1] = 2;
    if (what == 1)
        return binnet_chain_committor(s->ctx, out, out + S, S, s->chain, set, 1, 2);
    binnet_ctx *other;
    binnet_ctx_new(&other);
    int32_t status = binnet_chain_stationary(other, &law, s->chain);
    if (status == BINNET_OK)
        status = binnet_spectrum_new(other, &sp, s->chain, 3);
    binnet_ctx_free(other);
    if (status == BINNET_OK && what == 2)
        status = binnet_chain_coarse(s->ctx, out, NULL, out + 9, out + 10, out + 13, 3, s->chain, law, set, S);
    if (status == BINNET_OK && what == 3)
        status = binnet_spectrum_sets(s->ctx, set, S, NULL, binnet_spectrum_count(sp), sp);
    binnet_spectrum_free(sp);
    binnet_law_free(law);
    return status;
}

/* One case: the scene to set, and the call. */
typedef struct oom_case {
    const char *name;
    call run;
    int what;
    int net, noise, chain;
    int64_t method;
    size_t n;
} oom_case;

#define AUTO BINNET_METHOD_AUTO
#define GTH BINNET_METHOD_GTH
#define ITER BINNET_METHOD_ITERATION
#define ON_NETS(name, run, what)                                                                                       \
    {name " dense", run, what, NET_DENSE, 0, 0, AUTO, 5}, {name " csr", run, what, NET_CSR, 0, 0, AUTO, 5},            \
        {name " homogeneous", run, what, NET_HOMOGENEOUS, 0, 0, AUTO, 5},                                              \
    {                                                                                                                  \
        name " sinks", run, what, NET_SINKS, 0, 0, AUTO, 5                                                             \
    }
#define ON_CHAINS(name, run, what, net, noise, method, n)                                                              \
    {name " synchronous", run, what, net, noise, CHAIN_SYNCHRONOUS, method, n},                                        \
        {name " asynchronous", run, what, net, noise, CHAIN_ASYNCHRONOUS, method, n},                                  \
        {name " sweep", run, what, net, noise, CHAIN_SWEEP, method, n},                                                \
        {name " blocks", run, what, net, noise, CHAIN_BLOCKS, method, n},                                              \
        {name " select", run, what, net, noise, CHAIN_SELECT, method, n},                                              \
    {                                                                                                                  \
        name " order", run, what, net, noise, CHAIN_ORDER, method, n                                                   \
    }

static const oom_case cases[] = {
    {"net_new", call_net, 0, 0, 0, 0, AUTO, 5},
    ON_NETS("with_populations", call_with_populations, 0),
    ON_NETS("with_tie", call_with_tie, 0),
    ON_NETS("with_stimuli", call_with_stimuli, 0),
    ON_NETS("with_stimuli alike", call_with_stimuli, 1),
    ON_NETS("drive", call_drive, 0),
    ON_NETS("layers", call_layers, 0),
    {"net dense", call_make_net, NET_DENSE, 0, 0, 0, AUTO, 5},
    {"net csr", call_make_net, NET_CSR, 0, 0, 0, AUTO, 5},
    {"net homogeneous", call_make_net, NET_HOMOGENEOUS, 0, 0, 0, AUTO, 5},
    {"noise gaussian", call_noise, NOISE_GAUSSIAN, 0, 0, 0, AUTO, 5},
    {"noise logistic", call_noise, NOISE_LOGISTIC, 0, 0, 0, AUTO, 5},
    {"noise uniform", call_noise, NOISE_UNIFORM, 0, 0, 0, AUTO, 5},
    {"noise laplace", call_noise, NOISE_LAPLACE, 0, 0, 0, AUTO, 5},
    {"noise student", call_noise, NOISE_STUDENT, 0, 0, 0, AUTO, 5},
    {"noise custom", call_noise, NOISE_CUSTOM, 0, 0, 0, AUTO, 5},
    {"noise eval", call_noise_eval, 0, 0, NOISE_STUDENT, 0, AUTO, 5},
    {"chain synchronous", call_chain, CHAIN_SYNCHRONOUS, NET_DENSE, 0, 0, AUTO, 5},
    {"chain asynchronous", call_chain, CHAIN_ASYNCHRONOUS, NET_DENSE, 0, 0, AUTO, 5},
    {"chain sweep", call_chain, CHAIN_SWEEP, NET_CSR, NOISE_CUSTOM, 0, AUTO, 5},
    {"chain blocks", call_chain, CHAIN_BLOCKS, NET_HOMOGENEOUS, NOISE_UNIFORM, 0, AUTO, 5},
    {"chain select", call_chain, CHAIN_SELECT, NET_SINKS, NOISE_PARTIAL, 0, AUTO, 5},
    {"chain order", call_chain, CHAIN_ORDER, NET_DENSE, NOISE_STUDENT, 0, AUTO, 5},
    ON_CHAINS("apply", call_apply, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("apply csr uniform", call_apply, 0, NET_CSR, NOISE_UNIFORM, AUTO, 5),
    ON_CHAINS("apply homogeneous logistic", call_apply, 0, NET_HOMOGENEOUS, NOISE_LOGISTIC, AUTO, 5),
    ON_CHAINS("apply custom", call_apply, 0, NET_DENSE, NOISE_CUSTOM, AUTO, 5),
    ON_CHAINS("apply larger", call_apply, 0, NET_DENSE, NOISE_LAPLACE, AUTO, 9),
    {"central moment", call_correlations, 0, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"groupwise", call_correlations, 1, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"cumulant", call_correlations, 2, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"moments", call_correlations, 3, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"central moments", call_correlations, 4, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"triples", call_correlations, 5, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 5},
    {"triples larger", call_correlations, 5, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 9},
    {"populations", call_correlations, 6, NET_DENSE, NOISE_GAUSSIAN, CHAIN_SYNCHRONOUS, AUTO, 9},
    ON_CHAINS("lagged", call_correlations, 7, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("window", call_correlations, 8, NET_DENSE, NOISE_LOGISTIC, AUTO, 5),
    ON_CHAINS("response of means", call_correlations, 9, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("response of covariances", call_correlations, 10, NET_DENSE, NOISE_STUDENT, AUTO, 3),
    ON_CHAINS("response iterated", call_correlations, 11, NET_DENSE, NOISE_LOGISTIC, ITER, 5),
    ON_CHAINS("autocorrelation", call_correlations, 12, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("autocorrelation of parts", call_correlations, 12, NET_SINKS, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("autocorrelation of parts iterated", call_correlations, 12, NET_SINKS, NOISE_LOGISTIC, ITER, 5),
    ON_CHAINS("spectrum", call_spectrum, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("spectrum iterated", call_spectrum, 0, NET_DENSE, NOISE_LOGISTIC, ITER, 5),
    ON_CHAINS("committor", call_spectrum, 1, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("committor iterated", call_spectrum, 1, NET_DENSE, NOISE_LOGISTIC, ITER, 5),
    ON_CHAINS("coarse chain", call_spectrum, 2, NET_DENSE, NOISE_LOGISTIC, AUTO, 5),
    {"metastable sets", call_spectrum, 3, NET_DENSE, NOISE_LOGISTIC, CHAIN_ASYNCHRONOUS, AUTO, 5},
    ON_CHAINS("autocorrelation iterated", call_correlations, 12, NET_DENSE, NOISE_GAUSSIAN, ITER, 4),
    ON_CHAINS("transition", call_transition, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("row", call_row, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("matrix", call_matrix, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("classes count", call_classes, 0, NET_DENSE, NOISE_UNIFORM, AUTO, 5),
    ON_CHAINS("classes uniform", call_classes, 1, NET_DENSE, NOISE_UNIFORM, AUTO, 5),
    ON_CHAINS("classes partial", call_classes, 1, NET_DENSE, NOISE_PARTIAL, AUTO, 5),
    ON_CHAINS("classes gaussian", call_classes, 1, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("stationary auto", call_stationary, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 4),
    ON_CHAINS("stationary gth", call_stationary, 0, NET_DENSE, NOISE_LOGISTIC, GTH, 4),
    ON_CHAINS("stationary iteration", call_stationary, 0, NET_DENSE, NOISE_GAUSSIAN, ITER, 5),
    ON_CHAINS("stationary sinks gth", call_stationary, 0, NET_SINKS, NOISE_GAUSSIAN, GTH, 5),
    ON_CHAINS("stationary sinks iteration", call_stationary, 0, NET_SINKS, NOISE_STUDENT, ITER, 6),
    ON_CHAINS("stationary homogeneous", call_stationary, 0, NET_HOMOGENEOUS, NOISE_LOGISTIC, AUTO, 5),
    ON_CHAINS("from iteration", call_stationary_from, 0, NET_DENSE, NOISE_GAUSSIAN, ITER, 5),
    ON_CHAINS("from sinks iteration", call_stationary_from, 0, NET_SINKS, NOISE_STUDENT, ITER, 6),
    ON_CHAINS("in_class gth", call_stationary_in_class, 0, NET_DENSE, NOISE_PARTIAL, GTH, 4),
    ON_CHAINS("in_class iteration", call_stationary_in_class, 0, NET_DENSE, NOISE_GAUSSIAN, ITER, 5),
    ON_CHAINS("evolve", call_evolve, 3, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    ON_CHAINS("evolve 0 steps", call_evolve, 0, NET_DENSE, NOISE_GAUSSIAN, AUTO, 5),
    {"law new", call_law, 0, NET_DENSE, 0, 0, AUTO, 5},
    {"law mean", call_law_query, 0, NET_DENSE, 0, 0, AUTO, 5},
    {"law covariance", call_law_query, 1, NET_DENSE, 0, 0, AUTO, 5},
    {"law correlation", call_law_query, 2, NET_DENSE, 0, 0, AUTO, 5},
    {"law marginal", call_law_query, 3, NET_DENSE, 0, 0, AUTO, 5},
    {"law top", call_law_query, 4, NET_DENSE, 0, 0, AUTO, 5},
    {"law top all", call_law_query, 5, NET_DENSE, 0, 0, AUTO, 5},
    {"law entropy", call_law_query, 6, NET_DENSE, 0, 0, AUTO, 5},
};

enum { CASES = sizeof cases / sizeof *cases };

static void set_scene(scene *s, meter *m, const oom_case *c, int64_t threads)
{
    size_t states = (size_t)1 << c->n;
    *s = (scene){.n = c->n};
    meter_reset(m);
    ck_assert_int_eq(meter_ctx(m, &s->ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s->ctx, BINNET_P_THREADS, threads), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s->ctx, BINNET_P_METHOD, c->method), BINNET_OK);
    ck_assert_int_eq(make_net(s->ctx, &s->net, c->net, c->n, 11), BINNET_OK);
    ck_assert_int_eq(make_noise(s->ctx, &s->noise, c->noise, c->n), BINNET_OK);
    ck_assert_int_eq(make_chain(s->ctx, &s->chain, c->chain, s->net, s->noise), BINNET_OK);
    size_t room = states * states > 1024 ? states * states : 1024;
    s->x = malloc(room * sizeof *s->x);
    s->y = malloc(room * sizeof *s->y);
    s->label = malloc(room * sizeof *s->label);
    s->state = malloc(room * sizeof *s->state);
    ck_assert(s->x != NULL && s->y != NULL && s->label != NULL && s->state != NULL);
    for (size_t k = 0; k < states; k++)
        s->x[k] = 1.0 / (double)states;
    ck_assert_int_eq(binnet_law_new(s->ctx, &s->law, c->n, s->x, states), BINNET_OK);
}

static void strike_scene(scene *s, meter *m)
{
    free(s->x);
    free(s->y);
    free(s->label);
    free(s->state);
    binnet_ctx_free(s->ctx); /* first: objects outlive it */
    binnet_net_free(s->net);
    binnet_noise_free(s->noise);
    binnet_chain_free(s->chain);
    binnet_law_free(s->law);
    ck_assert_uint_eq(m->live, 0);
    ck_assert_uint_eq(m->live_bytes, 0);
    ck_assert_int_eq(m->broken, 0);
}

static void fail_each(const oom_case *c, int64_t threads, int keep_failing)
{
    scene s;
    meter m;
    set_scene(&s, &m, c, threads);
    const size_t before = m.live, bytes = m.live_bytes;
    for (size_t k = 0;; k++) {
        int left = 0;
        m.failures = 0;
        m.keep_failing = keep_failing;
        m.fail_at = m.calls + k;
        int32_t code = c->run(&s, c->what, &left);
        m.fail_at = NEVER;
        m.keep_failing = 0;
        ck_assert_msg(m.live == before && m.live_bytes == bytes, "%s, allocation %zu: leaks %zd of %zd bytes", c->name,
                      k, (ptrdiff_t)(m.live - before), (ptrdiff_t)(m.live_bytes - bytes));
        ck_assert_msg(!m.broken, "%s, allocation %zu: not our memory, or another thread", c->name, k);
        ck_assert_msg(!left, "%s, allocation %zu: an object is left behind", c->name, k);
        if (m.failures == 0) {
            ck_assert_msg(code == BINNET_OK, "%s after %zu allocations: %d %s", c->name, k, (int)code,
                          binnet_ctx_message(s.ctx));
            break;
        }
        ck_assert_msg(code == BINNET_E_NOMEM, "%s, allocation %zu: %d %s", c->name, k, (int)code,
                      binnet_ctx_message(s.ctx));
        ck_assert_msg(binnet_ctx_message(s.ctx)[0] != '\0', "%s, allocation %zu: no message", c->name, k);
        ck_assert_msg(k < 100000, "%s never stops allocating", c->name);
    }
    strike_scene(&s, &m);
}

START_TEST(each_allocation_fails)
{
    fail_each(&cases[_i], 1, 0);
    fail_each(&cases[_i], 1, 1);
}
END_TEST

START_TEST(each_allocation_fails_with_threads)
{
    if (cases[_i].run == call_apply || cases[_i].run == call_stationary || cases[_i].run == call_evolve ||
        cases[_i].run == call_matrix || cases[_i].run == call_classes)
        fail_each(&cases[_i], 2, 0);
}
END_TEST

START_TEST(ctx_fails)
{
    meter m;
    for (size_t k = 0;; k++) {
        binnet_ctx *ctx = (binnet_ctx *)(void *)&nothing;
        meter_reset(&m);
        m.fail_at = k;
        int32_t code = meter_ctx(&m, &ctx);
        if (code == BINNET_OK) {
            ck_assert_uint_eq(m.failures, 0);
            binnet_ctx_free(ctx);
            ck_assert_uint_eq(m.live, 0);
            break;
        }
        ck_assert_int_eq(code, BINNET_E_NOMEM);
        ck_assert_ptr_null(ctx);
        ck_assert_uint_eq(m.live, 0);
    }
}
END_TEST

/* The objects of one ctx, freed in the order first made, last made, and after the ctx or before it. */
START_TEST(any_order_of_freeing)
{
    for (int order = 0; order < 8; order++) {
        meter m;
        binnet_ctx *ctx;
        binnet_net *net;
        binnet_noise *noise;
        binnet_chain *chain;
        binnet_law *law;
        meter_reset(&m);
        ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
        ck_assert_int_eq(make_net(ctx, &net, NET_DENSE, 4, 1), BINNET_OK);
        ck_assert_int_eq(make_noise(ctx, &noise, NOISE_GAUSSIAN, 4), BINNET_OK);
        ck_assert_int_eq(make_chain(ctx, &chain, CHAIN_SYNCHRONOUS, net, noise), BINNET_OK);
        if (order & 1) {
            binnet_net_free(net);
            binnet_noise_free(noise);
        }
        ck_assert_int_eq(binnet_chain_stationary(ctx, &law, chain), BINNET_OK);
        if (order & 2)
            binnet_ctx_free(ctx);
        if (order & 4)
            binnet_chain_free(chain);
        double sum = 0;
        for (uint64_t k = 0; k < binnet_law_size(law); k++)
            sum += binnet_law_data(law)[k];
        ck_assert_double_eq_tol(sum, 1, 1e-14);
        binnet_law_free(law);
        if (!(order & 4)) {
            ck_assert_uint_eq(binnet_chain_states(chain), 16);
            binnet_chain_free(chain);
        }
        if (!(order & 2))
            binnet_ctx_free(ctx);
        if (!(order & 1)) {
            binnet_noise_free(noise);
            binnet_net_free(net);
        }
        ck_assert_uint_eq(m.live, 0);
        ck_assert_int_eq(m.broken, 0);
    }
    binnet_ctx_free(NULL);
    binnet_net_free(NULL);
    binnet_noise_free(NULL);
    binnet_chain_free(NULL);
    binnet_law_free(NULL);
}
END_TEST

RUN_REPEATED("oom", {ctx_fails, 1}, {any_order_of_freeing, 1}, {each_allocation_fails, CASES},
             {each_allocation_fails_with_threads, CASES})
