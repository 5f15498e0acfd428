/*
 * What is refused, with which code and which words; what the getters say; copies.
 */
#include "wiring.h"

#include <string.h>

/* The arguments of binnet_ensemble_new, good as they are. */
typedef struct given {
    size_t n_pop;
    int64_t size[2];
    double p[4], par[12], theta[2], I[2], M[2];
    int32_t kind[4], normalise, self_connections;
    int with_M;
} given;

static given good(void)
{
    return (given){2,
                   {3, 4},
                   {0.5, 0.25, 1, 0},
                   {1, 2, 0, -1, 0.5, 0, 2, 0, 0, 3, 1, 0},
                   {1, 2},
                   {3, 4},
                   {5, 6},
                   {BINNET_WEIGHT_GAUSSIAN, BINNET_WEIGHT_UNIFORM, BINNET_WEIGHT_EXPONENTIAL, BINNET_WEIGHT_CONSTANT},
                   BINNET_NORMALISE_NONE,
                   0,
                   0};
}

static int32_t attempt(binnet_ctx *ctx, binnet_ensemble **out, const given *g)
{
    return binnet_ensemble_new(ctx, out, g->n_pop, g->size, g->p, g->kind, g->par, g->theta, g->I, g->normalise,
                               g->with_M ? g->M : NULL, g->self_connections);
}

static void refused(binnet_ctx *ctx, const given *g, int32_t code, const char *word)
{
    binnet_ensemble *e = (binnet_ensemble *)(void *)ctx;
    ck_assert_int_eq(attempt(ctx, &e, g), code);
    ck_assert_ptr_null(e);
    ck_assert_msg(strstr(binnet_ctx_message(ctx), word) != NULL, "'%s' does not mention '%s'", binnet_ctx_message(ctx),
                  word);
    ck_assert_ptr_null(strchr(binnet_ctx_message(ctx), '\n'));
}

#define REFUSED(field, value, code, word)                                                                              \
    do {                                                                                                               \
        given g = good();                                                                                              \
        g.field = (value);                                                                                             \
        refused(ctx, &g, code, word);                                                                                  \
    } while (0)

START_TEST(ensembles_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    REFUSED(n_pop, 0, BINNET_E_RANGE, "n_pop");
    REFUSED(n_pop, 5000, BINNET_E_RANGE, "4096");
    REFUSED(size[1], 0, BINNET_E_RANGE, "size[1]");
    REFUSED(size[1], 999999, BINNET_E_RANGE, "1000000");
    REFUSED(p[2], 1.5, BINNET_E_RANGE, "p[2] is 1.5");
    REFUSED(p[2], -1e-9, BINNET_E_RANGE, "p[2]");
    REFUSED(p[1], NAN, BINNET_E_NAN, "p[1]");
    REFUSED(kind[1], 0, BINNET_E_RANGE, "kind[1]");
    REFUSED(kind[1], 9, BINNET_E_RANGE, "9");
    REFUSED(kind[1], BINNET_WEIGHT_CUSTOM, BINNET_E_RANGE, "binnet_ensemble_with_weight");
    REFUSED(par[0], NAN, BINNET_E_NAN, "kind[0]");
    REFUSED(par[1], -1, BINNET_E_RANGE, "standard deviation");
    REFUSED(par[4], -2, BINNET_E_RANGE, "hi");
    REFUSED(par[6], 0, BINNET_E_RANGE, "mean");
    REFUSED(theta[1], INFINITY, BINNET_E_NAN, "theta[1]");
    REFUSED(I[0], NAN, BINNET_E_NAN, "stimulus[0]");
    REFUSED(normalise, 4, BINNET_E_RANGE, "normalise");
    REFUSED(normalise, BINNET_NORMALISE_FIXED, BINNET_E_NULL, "M");
    REFUSED(with_M, 1, BINNET_E_RANGE, "M");
    REFUSED(self_connections, 2, BINNET_E_RANGE, "self_connections");
    given g = good();
    g.normalise = BINNET_NORMALISE_FIXED;
    g.with_M = 1;
    g.M[1] = 0;
    refused(ctx, &g, BINNET_E_RANGE, "M[1]");
    static const struct {
        int32_t kind;
        double par[3];
    } bad[] = {{BINNET_WEIGHT_GAMMA, {0, 1, 0}},
               {BINNET_WEIGHT_GAMMA, {1, 0, 0}},
               {BINNET_WEIGHT_GAMMA, {2e6, 1, 0}},
               {BINNET_WEIGHT_LOGNORMAL, {0, -1, 1}},
               {BINNET_WEIGHT_LOGNORMAL, {0, 1, 0}},
               {BINNET_WEIGHT_LAPLACE, {0, -1, 0}},
               {BINNET_WEIGHT_UNIFORM, {-1.7e308, 1.7e308, 0}}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        g = good();
        g.kind[3] = bad[k].kind;
        memcpy(g.par + 9, bad[k].par, sizeof bad[k].par);
        refused(ctx, &g, BINNET_E_RANGE, "kind[3]");
    }

    binnet_ensemble *e;
    g = good();
    ck_assert_int_eq(attempt(NULL, &e, &g), BINNET_E_NULL);
    ck_assert_int_eq(attempt(ctx, NULL, &g), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, 2, NULL, g.p, g.kind, g.par, NULL, NULL, 0, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, 2, g.size, NULL, g.kind, g.par, NULL, NULL, 0, NULL, 0),
                     BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, 2, g.size, g.p, NULL, g.par, NULL, NULL, 0, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_new(ctx, &e, 2, g.size, g.p, g.kind, NULL, NULL, NULL, 0, NULL, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_new_heterogeneous(ctx, &e, 25, g.p, g.kind, g.par, NULL, NULL, 0, NULL),
                     BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 100), BINNET_OK);
    refused(ctx, &g, BINNET_E_LIMIT, "100");
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(getters)
{
    binnet_ctx *ctx = new_ctx(1);
    given g = good();
    binnet_ensemble *e, *other;
    OK(attempt(ctx, &e, &g));
    ck_assert_uint_eq(binnet_ensemble_neurons(e), 7);
    ck_assert_uint_eq(binnet_ensemble_populations(e), 2);
    ck_assert_int_eq(binnet_ensemble_tie(e), BINNET_TIE_ACTIVE);
    ck_assert_int_eq(binnet_ensemble_normalise(e), BINNET_NORMALISE_NONE);
    ck_assert_int_eq(binnet_ensemble_self_connections(e), 0);
    for (size_t a = 0; a < 2; a++) {
        ck_assert_int_eq(binnet_ensemble_size(e, a), g.size[a]);
        ck_assert(binnet_ensemble_threshold(e, a) == g.theta[a] && binnet_ensemble_stimulus(e, a) == g.I[a]);
        ck_assert(binnet_ensemble_normalisation(e, a) == 1);
        for (size_t b = 0; b < 2; b++) {
            ck_assert(binnet_ensemble_probability(e, a, b) == g.p[2 * a + b]);
            ck_assert_int_eq(binnet_ensemble_kind(e, a, b), g.kind[2 * a + b]);
            for (size_t k = 0; k < 3; k++)
                ck_assert(binnet_ensemble_parameter(e, a, b, k) == g.par[3 * (2 * a + b) + k]);
        }
    }
    ck_assert(isnan(binnet_ensemble_probability(e, 2, 0)) && isnan(binnet_ensemble_probability(e, 0, 2)));
    ck_assert(isnan(binnet_ensemble_parameter(e, 0, 0, 3)) && binnet_ensemble_kind(e, 0, 2) == 0);
    ck_assert(isnan(binnet_ensemble_threshold(e, 2)) && isnan(binnet_ensemble_stimulus(NULL, 0)));
    ck_assert(binnet_ensemble_size(e, 2) == 0 && binnet_ensemble_neurons(NULL) == 0 && binnet_ensemble_tie(NULL) == -1);
    ck_assert(binnet_ensemble_populations(NULL) == 0 && binnet_ensemble_normalise(NULL) == -1);
    ck_assert(binnet_ensemble_self_connections(NULL) == -1 && isnan(binnet_ensemble_normalisation(NULL, 0)));
    ck_assert_int_eq(binnet_current_method(NULL), 0);

    double I[2] = {7, 8}, bad[2] = {7, NAN};
    OK(binnet_ensemble_with_stimuli(ctx, &other, e, I));
    ck_assert(binnet_ensemble_stimulus(other, 0) == 7 && binnet_ensemble_stimulus(e, 0) == 3);
    binnet_ensemble_free(other);
    ck_assert_int_eq(binnet_ensemble_with_stimuli(ctx, &other, e, bad), BINNET_E_NAN);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(binnet_ensemble_with_stimuli(ctx, &other, NULL, I), BINNET_E_NULL);
    OK(binnet_ensemble_with_tie(ctx, &other, e, BINNET_TIE_KEEP));
    ck_assert_int_eq(binnet_ensemble_tie(other), BINNET_TIE_KEEP);
    binnet_ensemble_free(other);
    ck_assert_int_eq(binnet_ensemble_with_tie(ctx, &other, e, 3), BINNET_E_RANGE);
    binnet_ensemble_free(e);
    g.normalise = BINNET_NORMALISE_N;
    OK(attempt(ctx, &e, &g));
    ck_assert(binnet_ensemble_normalisation(e, 1) == 7);
    binnet_ensemble_free(e);
    g.normalise = BINNET_NORMALISE_INDEGREE;
    OK(attempt(ctx, &e, &g));
    ck_assert(isnan(binnet_ensemble_normalisation(e, 1)));
    binnet_ensemble_free(e);
    binnet_ensemble_free(NULL);
    binnet_current_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the caller's laws --- */

static double rising(void *user, double x)
{
    (void)user;
    return 0.5 + atan(x) / (4 * atan(1.0));
}

static double falling(void *user, double x)
{
    return 1 - rising(user, x);
}

static double above_one(void *user, double x)
{
    return 1.1 * rising(user, x);
}

static double half(void *user, double x)
{
    (void)user;
    return x < 0 ? 0 : 0.5;
}

static double no_number(void *user, double x)
{
    (void)user;
    (void)x;
    return NAN;
}

static void wave(void *user, double t, double *re, double *im)
{
    (void)user;
    *re = exp(-fabs(t));
    *im = 0;
}

static void not_one(void *user, double t, double *re, double *im)
{
    wave(user, t + 1, re, im);
}

static void too_great(void *user, double t, double *re, double *im)
{
    (void)user;
    *re = 1 + t;
    *im = 0;
}

START_TEST(callers_laws)
{
    binnet_ctx *ctx = new_ctx(1);
    given g = good();
    binnet_ensemble *e, *out;
    OK(attempt(ctx, &e, &g));
    OK(binnet_ensemble_with_weight(ctx, &out, e, 0, 1, rising, falling, wave, NULL));
    ck_assert_int_eq(binnet_ensemble_kind(out, 0, 1), BINNET_WEIGHT_CUSTOM);
    ck_assert_int_eq(binnet_ensemble_kind(e, 0, 1), BINNET_WEIGHT_UNIFORM);
    binnet_ensemble_free(out);
    ck_assert_int_eq(binnet_ensemble_with_weight(ctx, &out, e, 0, 2, rising, NULL, NULL, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ensemble_with_weight(ctx, &out, e, 0, 1, NULL, NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ensemble_with_weight(ctx, &out, e, 0, 1, NULL, rising, wave, NULL), BINNET_E_NULL);
    OK(binnet_ensemble_with_weight(ctx, &out, e, 0, 1, NULL, NULL, wave, NULL));
    binnet_ensemble_free(out);
    const struct {
        binnet_real_fn cdf, survival;
        binnet_complex_fn wave;
    } bad[] = {{falling, NULL, NULL},     {above_one, NULL, NULL}, {half, NULL, NULL},
               {no_number, NULL, NULL},   {rising, half, NULL},    {rising, NULL, not_one},
               {rising, NULL, too_great}, {NULL, NULL, not_one},   {NULL, NULL, too_great}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        out = e;
        ck_assert_int_eq(binnet_ensemble_with_weight(ctx, &out, e, 0, 1, bad[k].cdf, bad[k].survival, bad[k].wave,
                                                     NULL),
                         BINNET_E_CALLBACK);
        ck_assert_ptr_null(out);
        ck_assert_uint_gt(strlen(binnet_ctx_message(ctx)), 10);
    }
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(currents_refused)
{
    binnet_ctx *ctx = new_ctx(1);
    given g = good();
    binnet_ensemble *e;
    binnet_current *law;
    int64_t active[2] = {2, 4}, many[2] = {3, 4}, less[2] = {-1, 4}, none[2] = {0, 0};
    double x[2] = {0, NAN}, out[20];
    size_t count;
    OK(attempt(ctx, &e, &g));
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 2, active, NULL), BINNET_E_RANGE);
    ck_assert_ptr_null(law);
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_new(ctx, &law, NULL, 0, active, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, many, NULL), BINNET_E_RANGE); /* without itself */
    ck_assert_ptr_nonnull(strstr(binnet_ctx_message(ctx), "active[0] is 3, allowed is 0..2"));
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, less, NULL), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, active, active), BINNET_E_RANGE); /* together */
    OK(binnet_current_new(ctx, &law, e, 0, active, none));
    ck_assert_int_eq(binnet_current_eval(ctx, out, NULL, NULL, NULL, NULL, NULL, 2, law, x), BINNET_E_NAN);
    ck_assert_int_eq(binnet_current_eval(ctx, out, NULL, NULL, NULL, NULL, NULL, 2, law, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_eval(ctx, out, NULL, NULL, NULL, NULL, NULL, 2, NULL, x), BINNET_E_NULL);
    OK(binnet_current_eval(ctx, NULL, NULL, NULL, NULL, NULL, NULL, 0, law, NULL));
    ck_assert_int_eq(binnet_current_moments(ctx, NULL, NULL, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_atoms(ctx, NULL, NULL, NULL, 0, law), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_atoms(ctx, &count, NULL, NULL, 0, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_table(ctx, out, NULL, 14, NULL, e, 0, 0, 0), BINNET_E_SIZE);
    ck_assert_int_eq(binnet_current_table(ctx, out, NULL, 15, NULL, e, 2, 0, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_current_table(ctx, out, NULL, 15, NULL, e, 0, INFINITY, 0), BINNET_E_NAN);
    ck_assert_int_eq(binnet_current_table(ctx, out, NULL, 15, NULL, e, 0, 0, 2), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_current_table(ctx, out, NULL, 15, NULL, NULL, 0, 0, 0), BINNET_E_NULL);
    ck_assert_int_eq(binnet_current_table_estimate(ctx, NULL, NULL, NULL, e, 3), BINNET_E_RANGE);
    binnet_net *net = (binnet_net *)(void *)ctx;
    ck_assert_int_eq(binnet_ensemble_sample(ctx, &net, NULL, 0), BINNET_E_NULL);
    ck_assert_ptr_null(net);
    ck_assert_int_eq(binnet_ensemble_sample(ctx, NULL, e, 0), BINNET_E_NULL);
    binnet_current_free(law);
    binnet_ensemble_free(e);
    g.normalise = BINNET_NORMALISE_INDEGREE;
    OK(attempt(ctx, &e, &g));
    ck_assert_int_eq(binnet_current_new(ctx, &law, e, 0, active, NULL), BINNET_E_NULL);
    binnet_ensemble_free(e);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_TESTS("wiring arguments", ensembles_refused, getters, callers_laws, currents_refused)
