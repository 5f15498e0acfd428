/*
 * The hook: called often enough during long work, with a fraction that never decreases; stopping from it returns
 * BINNET_E_INTERRUPTED and leaves everything freeable and the ctx usable.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

/* Long calls. */
enum { EVOLVE, STATIONARY_ITERATION, STATIONARY_GTH, LONG_CALLS };
static const char *const long_names[LONG_CALLS] = {"evolve", "iteration", "gth"};

static int32_t long_call(binnet_ctx *ctx, binnet_law **out, int what, const binnet_chain *chain, const binnet_law *p0)
{
    if (what == EVOLVE)
        return binnet_chain_evolve(ctx, out, chain, p0, UINT64_C(1) << 40);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_METHOD,
                                        what == STATIONARY_GTH ? BINNET_METHOD_GTH : BINNET_METHOD_ITERATION),
                     BINNET_OK);
    return binnet_chain_stationary(ctx, out, chain);
}

static void make(binnet_ctx *ctx, binnet_chain **chain, binnet_law **p0, int chain_kind, size_t n)
{
    binnet_net *net;
    binnet_noise *noise;
    size_t states = (size_t)1 << n;
    double *p = malloc(states * sizeof *p);
    ck_assert_ptr_nonnull(p);
    for (size_t s = 0; s < states; s++)
        p[s] = 1 / (double)states;
    ck_assert_int_eq(make_net(ctx, &net, NET_DENSE, n, 23), BINNET_OK);
    ck_assert_int_eq(make_noise(ctx, &noise, NOISE_GAUSSIAN, n), BINNET_OK);
    ck_assert_int_eq(make_chain(ctx, chain, chain_kind, net, noise), BINNET_OK);
    ck_assert_int_eq(binnet_law_new(ctx, p0, n, p, states), BINNET_OK);
    binnet_net_free(net);
    binnet_noise_free(noise);
    free(p);
}

/* Neurons so that the call takes long enough for the hook, on a fast machine; it is stopped anyway. */
static size_t neurons(int what, int chain_kind)
{
    if (what == STATIONARY_GTH)
        return 11;
    return chain_kind == CHAIN_SYNCHRONOUS || chain_kind == CHAIN_BLOCKS ? 13 : 17;
}

static void stop(int what, int chain_kind, int64_t threads, double after)
{
    meter m;
    watch w;
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *p0, *law = (binnet_law *)(void *)&m;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads), BINNET_OK);
    make(ctx, &chain, &p0, chain_kind, neurons(what, chain_kind));
    size_t live = m.live;
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);

    watch_start(&w, after);
    int32_t code = long_call(ctx, &law, what, chain, p0);
    double took = now() - w.began;
    ck_assert_msg(w.wrong == 0, "%s %s: fraction was wrong %d times of %d", long_names[what], chain_names[chain_kind],
                  w.wrong, w.calls);
    if (code == BINNET_OK) { /* a machine so fast that it was not asked: only when that was within the promise */
        ck_assert_msg(what != EVOLVE && in_time(took, after + 0.5), "%s %s: ran %g s, %d calls, was not stopped",
                      long_names[what], chain_names[chain_kind], took, w.calls);
        binnet_law_free(law);
    } else {
        ck_assert_msg(code == BINNET_E_INTERRUPTED, "%s %s: %d %s", long_names[what], chain_names[chain_kind],
                      (int)code, binnet_ctx_message(ctx));
        ck_assert_ptr_null(law);
        ck_assert(binnet_ctx_message(ctx)[0] != '\0');
        /* The promise is 100 ms between calls; ten times that allows for a loaded machine, not for a missing poll. */
        ck_assert_msg(in_time(w.longest, 1), "%s %s: %g s without a call", long_names[what], chain_names[chain_kind],
                      w.longest);
        ck_assert_msg(in_time(took - after, 2), "%s %s: stopped %g s late", long_names[what], chain_names[chain_kind],
                      took - after);
    }
    ck_assert_uint_eq(m.live, live);

    /* The ctx still works, and without the hook nothing stops it. */
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, NULL, NULL), BINNET_OK);
    ck_assert_int_eq(binnet_chain_evolve(ctx, &law, chain, p0, 1), BINNET_OK);
    binnet_law_free(law);
    binnet_law_free(p0);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
    ck_assert_int_eq(m.broken, 0);
}

START_TEST(stops_at_once)
{
    for (int what = 0; what < LONG_CALLS; what++)
        stop(what, _i, 1, 0);
}
END_TEST

START_TEST(stops_with_threads)
{
    stop(EVOLVE, _i, 2, 0.12);
}
END_TEST

START_TEST(stops_later)
{
    stop(EVOLVE, _i, 1, 0.35);
}
END_TEST

/* A single long application is asked too, not only between applications. */
START_TEST(one_step_is_asked)
{
    watch w;
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *p0;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    make(ctx, &chain, &p0, CHAIN_SYNCHRONOUS, 15);
    size_t states = binnet_law_size(p0);
    double *y = malloc(states * sizeof *y);
    ck_assert_ptr_nonnull(y);
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, 0);
    int32_t code = binnet_chain_apply(ctx, y, states, chain, binnet_law_data(p0));
    double took = now() - w.began;
    ck_assert_msg(code == BINNET_E_INTERRUPTED || (code == BINNET_OK && in_time(took, 0.5)), "%d after %g s", (int)code,
                  took);
    ck_assert_int_eq(w.wrong, 0);
    free(y);
    binnet_law_free(p0);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

/* Calls without a solver that are long only for large networks and laws: each is stopped at the first question, which comes
 * within 0.1 s; 0.3 s of processor time allow for a machine that shares its cores. */
enum {
    ROW,
    ROW_SYNCHRONOUS,
    CLASSES,
    CLASSES_BOUNDED,
    LAW,
    MARGINAL,
    TOP,
    ENTROPY,
    MOMENTS,
    CENTRAL,
    TRIPLES,
    GROUPWISE,
    LAGGED,
    STIMULI,
    LAYERS,
    LONG_QUERIES
};

START_TEST(queries_stop)
{
    enum { N = 24, WIDE = 5000, FEW = 20 };
    const size_t S = (size_t)1 << N;
    watch w;
    binnet_ctx *ctx;
    binnet_net *net, *made = NULL;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law = NULL, *other = NULL;
    uint64_t count;
    const int32_t some[2] = {3, 20};
    double scale[N], *v = malloc(S * sizeof *v), *wide = NULL;
    ck_assert_ptr_nonnull(v);
    int32_t group[20];
    for (int32_t k = 0; k < 20; k++)
        group[k] = k;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    for (size_t s = 0; s < S && _i >= LAW && _i <= LAGGED; s++)
        v[s] = 1 / (double)S;
    for (int i = 0; i < N; i++)
        scale[i] = _i == CLASSES ? 0 : 0.1;
    size_t n = _i == CLASSES || _i == CLASSES_BOUNDED ? FEW : N;
    ck_assert_int_eq(make_net(ctx, &net, NET_DENSE, n, 5), BINNET_OK);
    ck_assert_int_eq(_i == CLASSES_BOUNDED ? binnet_noise_new_uniform(ctx, &noise, n, scale)
                                           : binnet_noise_new_gaussian(ctx, &noise, n, scale),
                     BINNET_OK);
    ck_assert_int_eq(make_chain(ctx, &chain, _i == ROW ? CHAIN_SWEEP : CHAIN_SYNCHRONOUS, net, noise), BINNET_OK);
    if (_i >= MARGINAL && _i <= LAGGED)
        ck_assert_int_eq(binnet_law_new(ctx, &law, N, v, S), BINNET_OK);
    if (_i == STIMULI || _i == LAYERS) {
        wide = malloc((size_t)WIDE * WIDE * sizeof *wide);
        ck_assert_ptr_nonnull(wide);
        for (size_t k = 0; k < (size_t)WIDE * WIDE; k++)
            wide[k] = 1;
        binnet_net_free(net);
        ck_assert_int_eq(binnet_net_new(ctx, &net, WIDE, wide, NULL, NULL, NULL), BINNET_OK);
    }
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, 0);
    double began = w.last;
    int32_t code;
    switch (_i) {
    case ROW:
    case ROW_SYNCHRONOUS:
        code = binnet_chain_row(ctx, v, S, chain, 5);
        break;
    case CLASSES:
    case CLASSES_BOUNDED:
        code = binnet_chain_classes(ctx, &count, NULL, 0, chain);
        break;
    case LAW:
        code = binnet_law_new(ctx, &other, N, v, S);
        break;
    case MARGINAL:
        code = binnet_law_marginal(ctx, v, 4, law, 2, some);
        break;
    case TOP:
        code = binnet_law_top(ctx, (uint64_t *)(void *)v, NULL, S, law);
        break;
    case ENTROPY:
        code = binnet_law_entropy(ctx, v, law);
        break;
    case MOMENTS:
        code = binnet_law_moments(ctx, v, S, law);
        break;
    case CENTRAL:
        code = binnet_law_central_moments(ctx, v, S, law);
        break;
    case TRIPLES:
        code = binnet_law_triples(ctx, NULL, N, v, N * (N - 1) * (N - 2) / 6, law);
        break;
    case GROUPWISE:
        code = binnet_law_groupwise(ctx, v, law, 20, group);
        break;
    case LAGGED:
        code = binnet_chain_lagged_covariance(ctx, v, N, chain, law, 1);
        break;
    case STIMULI:
        code = binnet_net_with_stimuli(ctx, &made, net, wide);
        break;
    default:
        code = binnet_net_layers(ctx, (int32_t *)(void *)v, WIDE, net);
    }
    double took = thread_time() - began;
    ck_assert_msg(code == BINNET_E_INTERRUPTED || code == BINNET_OK, "query %d: %d %s", _i, (int)code,
                  binnet_ctx_message(ctx));
    ck_assert_msg(in_time(took, 0.3), "query %d: %d after %g s of processor time, asked %d times", _i, (int)code, took,
                  w.calls);
    ck_assert(w.wrong == 0 && (code == BINNET_OK || (made == NULL && other == NULL)));
    binnet_net_free(made);
    binnet_law_free(other);
    binnet_law_free(law);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    free(wide);
    free(v);
}
END_TEST

/* A call that runs to its end: asked, never wrong, and the result is that of a call without a hook, bit for bit. */
START_TEST(watching_changes_nothing)
{
    watch w;
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *p0, *a, *b;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    make(ctx, &chain, &p0, _i, 10);
    ck_assert_int_eq(binnet_chain_evolve(ctx, &a, chain, p0, 40), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
    watch_start(&w, INFINITY);
    ck_assert_int_eq(binnet_chain_evolve(ctx, &b, chain, p0, 40), BINNET_OK);
    ck_assert_int_eq(w.wrong, 0);
    ck_assert_mem_eq(binnet_law_data(a), binnet_law_data(b), binnet_law_size(a) * sizeof(double));
    binnet_law_free(a);
    binnet_law_free(b);
    watch_start(&w, INFINITY);
    ck_assert_int_eq(binnet_chain_stationary(ctx, &b, chain), BINNET_OK);
    ck_assert_int_eq(w.wrong, 0);
    binnet_law_free(b);
    binnet_law_free(p0);
    binnet_chain_free(chain);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("interrupt", {stops_at_once, CHAIN_KINDS}, {stops_with_threads, CHAIN_KINDS}, {stops_later, CHAIN_KINDS},
             {one_step_is_asked, 1}, {queries_stop, LONG_QUERIES}, {watching_changes_nothing, CHAIN_KINDS})
