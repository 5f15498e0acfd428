/*
 * Deterministic dynamics and resources: every allocation fails once; what is allocated stays within the limit and within
 * the estimate; the hook is asked and stops. The meter is that of tests/resources.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/meter.h"
#include "support/watch.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { MAP, SUCCESSOR, TIES, SYNCHRONOUS, ASYNCHRONOUS, CALLS };
static const char *const names[CALLS] = {"map", "successor", "ties", "attractors", "asynchronous"};

/* One call; what it made is freed. *left: a failed call left an object behind. */
static int32_t run(binnet_ctx *ctx, int call, const binnet_net *net, uint32_t *map, int *left)
{
    uint64_t one;
    binnet_attractors *a = (binnet_attractors *)(void *)&one;
    int32_t code;
    *left = 0;
    switch (call) {
    case MAP:
        return binnet_net_successor_map(ctx, map, (size_t)1 << binnet_net_neurons(net), net);
    case SUCCESSOR:
        return binnet_net_successor(ctx, &one, net, 0);
    case TIES:
        return binnet_net_ties(ctx, &one, NULL, NULL, NULL, 0, net);
    default:
        code = call == SYNCHRONOUS ? binnet_attractors_new(ctx, &a, net)
                                   : binnet_attractors_new_asynchronous(ctx, &a, net);
    }
    if (code == BINNET_OK)
        binnet_attractors_free(a);
    else
        *left = a != NULL;
    return code;
}

/* Random weights, or a ring in which every neuron copies another, or neurons that hear themselves only (every state is an
 * attractor), or that do the opposite of what they did (one asynchronous attractor of all states). */
enum { RANDOM, RING, SELF, OPPOSITE, NETS };

static binnet_net *network(binnet_ctx *ctx, int kind, size_t n)
{
    double J[32 * 32] = {0}, theta[32] = {0};
    uint64_t seed = 3;
    binnet_net *net;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            if (kind == RANDOM)
                J[i * n + j] = draw(&seed);
        if (kind == RING || kind == SELF)
            J[i * n + (kind == RING ? i + 1 : i) % n] = 1;
        if (kind == OPPOSITE)
            J[i * n + i] = -1;
        theta[i] = kind == OPPOSITE ? -0.5 : 0.5;
    }
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, NULL));
    return net;
}

static binnet_ctx *metered(meter *m, int64_t threads)
{
    binnet_ctx *ctx;
    meter_reset(m);
    OK(meter_ctx(m, &ctx));
    OK(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads));
    return ctx;
}

static void fail_each(int call, int kind, size_t n, int64_t threads, int keep_failing)
{
    meter m;
    binnet_ctx *ctx = metered(&m, threads);
    binnet_net *net = network(ctx, kind, n);
    uint32_t *map = malloc(sizeof *map << n);
    const size_t before = m.live;
    ck_assert(map != NULL);
    for (size_t k = 0;; k++) {
        int left;
        m.failures = 0;
        m.keep_failing = keep_failing;
        m.fail_at = m.calls + k;
        int32_t code = run(ctx, call, net, map, &left);
        m.fail_at = NEVER;
        m.keep_failing = 0;
        ck_assert_msg(m.live == before && !m.broken && !left, "%s, allocation %zu: %zd allocations are left",
                      names[call], k, (ptrdiff_t)(m.live - before));
        if (m.failures == 0) {
            ck_assert_int_eq(code, BINNET_OK);
            ck_assert_uint_gt(k, 0);
            break;
        }
        ck_assert_msg(code == BINNET_E_NOMEM && binnet_ctx_message(ctx)[0] != '\0', "%s, allocation %zu: %d",
                      names[call], k, (int)code);
    }
    free(map);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
}

START_TEST(each_allocation_fails)
{
    for (int kind = 0; kind < NETS; kind++)
        for (int64_t threads = 1; threads <= 2; threads++) {
            fail_each(_i, kind, 4, threads, 0);
            fail_each(_i, kind, kind == SELF ? 9 : 10, threads, 1); /* lists that grow */
        }
}
END_TEST

/* What is compared with the limit at once: all but the 4 bytes for each distinct successor. */
static int32_t estimate(binnet_ctx *ctx, int call, const binnet_net *net, uint64_t *least, uint64_t *most)
{
    uint64_t states;
    double work;
    int32_t code = call == SYNCHRONOUS ? binnet_attractors_estimate(ctx, &states, most, &work, net)
                                       : binnet_attractors_asynchronous_estimate(ctx, &states, most, &work, net);
    ck_assert(states == UINT64_C(1) << binnet_net_neurons(net) && work > 0);
    *least = *most - (call == SYNCHRONOUS ? 4 * states : 0);
    return code;
}

/* Is the number in the text, to 4 digits? */
static int mentions(const char *text, double value)
{
    char number[40];
    snprintf(number, sizeof number, "%.4g", value);
    return strstr(text, number) != NULL;
}

START_TEST(limits_are_kept)
{
    static const size_t sizes[] = {1, 3, 6, 10, 13};
    for (int call = SYNCHRONOUS; call <= ASYNCHRONOUS; call++)
        for (int kind = 0; kind < NETS; kind++)
            for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
                meter m;
                binnet_ctx *ctx = metered(&m, 1 + (int64_t)k % 2);
                binnet_net *net = network(ctx, kind, call == ASYNCHRONOUS && kind == SELF && k == 4 ? 11 : sizes[k]);
                uint64_t least, most;
                int left, enough = 0;
                OK(estimate(ctx, call, net, &least, &most));
                /* below the least nothing is allocated at all */
                OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)least - 1));
                size_t calls = m.calls, before = m.live, bytes = m.live_bytes;
                ck_assert_int_eq(run(ctx, call, net, NULL, &left), BINNET_E_LIMIT);
                ck_assert(m.calls == calls && !left);
                ck_assert_msg(mentions(binnet_ctx_message(ctx), (double)least), "%s", binnet_ctx_message(ctx));
                /* a call that succeeds has kept the limit, and one that fails leaks nothing; more is never worse */
                for (double limit = (double)least; !enough || limit < 4 * (double)most; limit = limit * 1.1 + 100) {
                    OK(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit));
                    m.peak_bytes = bytes;
                    int32_t code = run(ctx, call, net, NULL, &left);
                    ck_assert_msg(code == BINNET_OK || code == BINNET_E_LIMIT, "%d %s", (int)code,
                                  binnet_ctx_message(ctx));
                    ck_assert_msg((double)(m.peak_bytes - bytes) <= limit, "%s, net %d, n %zu: %zu bytes, limit %.0f",
                                  names[call], kind, sizes[k], m.peak_bytes - bytes, limit);
                    ck_assert(m.live == before && !left && (code == BINNET_OK || !enough));
                    enough = code == BINNET_OK;
                    if (kind == RANDOM && limit >= (double)most)
                        ck_assert_int_eq(code, BINNET_OK); /* its lists are short */
                }
                binnet_net_free(net);
                binnet_ctx_free(ctx);
                ck_assert(m.live == 0 && !m.broken);
            }
}
END_TEST

/* The promise of 5 bytes a state, by the estimate, from the size on where the tables no longer count. */
START_TEST(lean)
{
    binnet_ctx *ctx = new_ctx(2);
    for (size_t n = 24; n <= 30; n += 2) {
        binnet_net *net = network(ctx, RANDOM, n);
        uint64_t least, most;
        OK(estimate(ctx, SYNCHRONOUS, net, &least, &most));
        ck_assert_msg((double)most <= ldexp(4.6, (int)n) && (double)least <= ldexp(0.6, (int)n), "n %zu: %.0f to %.0f",
                      n, (double)least, (double)most);
        binnet_net_free(net);
    }
    binnet_net *net = network(ctx, RANDOM, 24);
    uint64_t most;
    OK(binnet_attractors_asynchronous_estimate(ctx, NULL, &most, NULL, net));
    ck_assert((double)most <= ldexp(4, 24));
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* --- the hook --- */

/* The promise is 100 ms between calls; ten times that allows for a loaded machine, not for a missing poll. */
static void check_stop(const watch *w, int32_t code, const char *what)
{
    double took = now() - w->began;
    ck_assert_msg(w->wrong == 0, "%s: the fraction was wrong %d times of %d", what, w->wrong, w->calls);
    ck_assert_msg(in_time(w->longest, 1), "%s: %g s without a call", what, w->longest);
    if (code == BINNET_OK) /* a machine so fast that it was not asked */
        ck_assert_msg(w->calls == 0 && in_time(took, 0.5), "%s: was not stopped", what);
    else
        ck_assert_msg(code == BINNET_E_INTERRUPTED && in_time(took, 2), "%s: %d after %g s", what, (int)code, took);
}

START_TEST(stops)
{
    static const size_t sizes[CALLS] = {[MAP] = 24, [TIES] = 29, [SYNCHRONOUS] = 26, [ASYNCHRONOUS] = 24};
    for (int kind = 0; kind < NETS && sizes[_i] > 0; kind++) {
        meter m;
        watch w;
        binnet_ctx *ctx = metered(&m, 2);
        int left;
        binnet_net *net = network(ctx, kind, sizes[_i]);
        uint32_t *map = _i == MAP ? malloc(sizeof *map << sizes[_i]) : NULL;
        size_t before = m.live;
        OK(binnet_ctx_set_hook(ctx, watch_hook, &w));
        watch_start(&w, 0);
        int32_t code = run(ctx, _i, net, map, &left);
        check_stop(&w, code, names[_i]);
        ck_assert(!left && m.live == before);
        free(map);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
        ck_assert(m.live == 0 && !m.broken);
    }
}
END_TEST

/* Questions to an attractor that can be long: a ring whose one cycle of 2^17 states is asked for its margins. */
START_TEST(questions_stop)
{
    enum { N = 17 };
    watch w;
    binnet_ctx *ctx = new_ctx(1);
    binnet_net *net = network(ctx, OPPOSITE, N);
    binnet_attractors *a;
    double down[N], up[N];
    static uint64_t state[1 << N];
    OK(binnet_attractors_new_asynchronous(ctx, &a, net));
    ck_assert(binnet_attractors_count(a) == 1 && binnet_attractors_period(a, 0) == 1 << N);
    OK(binnet_ctx_set_hook(ctx, watch_hook, &w));
    watch_start(&w, 0);
    int32_t code = binnet_attractors_neuron_margins(ctx, down, up, N, a, 0);
    check_stop(&w, code, "margins");
    watch_start(&w, 0);
    code = binnet_net_successors(ctx, state, 1 << N, net, state);
    check_stop(&w, code, "successors");
    binnet_attractors_free(a);
    binnet_net_free(net);
    binnet_ctx_free(ctx);
}
END_TEST

/* A call that runs to its end: asked, never wrong, the same result as without a hook. */
START_TEST(watching_changes_nothing)
{
    for (int kind = 0; kind < NETS; kind++)
        for (int call = SYNCHRONOUS; call <= ASYNCHRONOUS; call++) {
            binnet_ctx *ctx = new_ctx(2);
            watch w;
            binnet_net *net = network(ctx, kind, kind == SELF ? 10 : 16);
            binnet_attractors *a, *b;
            uint64_t same;
            OK(call == SYNCHRONOUS ? binnet_attractors_new(ctx, &a, net)
                                   : binnet_attractors_new_asynchronous(ctx, &a, net));
            OK(binnet_ctx_set_hook(ctx, watch_hook, &w));
            watch_start(&w, INFINITY);
            OK(call == SYNCHRONOUS ? binnet_attractors_new(ctx, &b, net)
                                   : binnet_attractors_new_asynchronous(ctx, &b, net));
            ck_assert_int_eq(w.wrong, 0);
            OK(binnet_attractors_match(ctx, NULL, &same, 0, a, b));
            ck_assert(same == binnet_attractors_count(a) && same == binnet_attractors_count(b));
            for (uint64_t k = 0; k < same; k++)
                ck_assert(binnet_attractors_basin(a, k) == binnet_attractors_basin(b, k));
            binnet_attractors_free(a);
            binnet_attractors_free(b);
            binnet_net_free(net);
            binnet_ctx_free(ctx);
        }
}
END_TEST

RUN_REPEATED("attractors and resources", {each_allocation_fails, CALLS}, {limits_are_kept, 1}, {lean, 1},
             {stops, CALLS}, {questions_stop, 1}, {watching_changes_nothing, 1})
