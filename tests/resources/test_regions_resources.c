/*
 * Regions and bifurcation points when memory or patience ends: the k-th allocation fails, for every k; the memory
 * limit; the hook.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <string.h>

enum { PLANE, ATTRACTORS, LINE, POINTS, CALLS };

/* One call on a diagram; frees what it made. *left: a failed call left an object. */
static int32_t call(binnet_ctx *ctx, int what, const binnet_diagram *d, int *left)
{
    const int32_t axis[2] = {1, 0};
    const double at[2] = {0, 0.1};
    int32_t code;
    if (what == POINTS) {
        binnet_bifurcation_list *list = (binnet_bifurcation_list *)(void *)&left;
        code = binnet_bifurcation_list_new(ctx, &list, d, 0, at);
        *left = code != BINNET_OK && list != NULL;
        if (code == BINNET_OK)
            binnet_bifurcation_list_free(list);
    } else {
        binnet_regions *r = (binnet_regions *)(void *)&left;
        code = binnet_regions_new(ctx, &r, d, what == LINE ? 1 : 2, axis, at, NULL, NULL, what == ATTRACTORS);
        *left = code != BINNET_OK && r != NULL;
        if (code == BINNET_OK)
            binnet_regions_free(r);
    }
    return code;
}

/* A diagram of two stimuli, made through the ctx. */
static binnet_diagram *make_diagram(binnet_ctx *ctx, size_t n)
{
    binnet_net *net;
    binnet_diagram *d;
    int32_t axis[16];
    for (size_t i = 0; i < n; i++)
        axis[i] = (int32_t)(i % 2);
    ck_assert_int_eq(make_net(ctx, &net, NET_DENSE, n, 7), BINNET_OK);
    ck_assert_int_eq(binnet_diagram_new_grouped(ctx, &d, net, 2, axis), BINNET_OK);
    binnet_net_free(net);
    return d;
}

START_TEST(every_allocation_fails_once)
{
    for (int keep = 0; keep < 2; keep++) {
        meter m;
        binnet_ctx *ctx;
        int left;
        meter_reset(&m);
        ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
        binnet_diagram *d = make_diagram(ctx, 6);
        size_t live = m.live, k = 0;
        int32_t code;
        do {
            m.calls = 0;
            m.failures = 0;
            m.fail_at = k++;
            m.keep_failing = keep;
            code = call(ctx, _i, d, &left);
            if (m.failures > 0) {
                ck_assert_msg(code == BINNET_E_NOMEM, "allocation %zu: %d", k - 1, (int)code);
                ck_assert_str_ne(binnet_ctx_message(ctx), "");
            }
            ck_assert(!left);
            ck_assert_uint_eq(m.live, live);
            ck_assert(k < 1000);
        } while (m.failures > 0);
        ck_assert_int_eq(code, BINNET_OK);
        ck_assert_msg(k > 4, "only %zu allocations", k);
        m.fail_at = NEVER;
        binnet_diagram_free(d);
        binnet_ctx_free(ctx);
        ck_assert_uint_eq(m.live, 0);
        ck_assert_int_eq(m.broken, 0);
    }
}
END_TEST

/* With a limit of L bytes a call allocates at most L, whether it succeeds or not; and with a little it does not
 * begin. */
START_TEST(the_limit_is_kept)
{
    meter m;
    binnet_ctx *ctx;
    int left, done = 0, refused = 0;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    binnet_diagram *d = make_diagram(ctx, 9);
    for (int64_t limit = 100; limit < INT64_C(1) << 30; limit += limit / 8) {
        size_t before = m.live_bytes, calls = m.calls;
        m.peak_bytes = before;
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, limit), BINNET_OK);
        int32_t code = call(ctx, _i, d, &left);
        ck_assert(code == BINNET_OK || code == BINNET_E_LIMIT);
        ck_assert_msg(m.peak_bytes - before <= (size_t)limit, "allocates %zu of %lld", m.peak_bytes - before,
                      (long long)limit);
        ck_assert(!left);
        ck_assert_uint_eq(m.live_bytes, before);
        if (limit < 1000)
            ck_assert_uint_eq(m.calls, calls);
        ck_assert(done == 0 || code == BINNET_OK); /* more memory never hurts */
        done += code == BINNET_OK;
        refused += code == BINNET_E_LIMIT;
    }
    ck_assert(done > 0 && refused > 0);
    binnet_diagram_free(d);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
}
END_TEST

/* Many large boxes: tens of hook calls; stopping at any of the first leaves nothing behind. */
START_TEST(the_hook_stops_it)
{
    meter m;
    binnet_ctx *ctx;
    int left;
    meter_reset(&m);
    ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
    binnet_net *net;
    binnet_diagram *d;
    const int64_t size[2] = {400, 400};
    const double J[4] = {-1, -3, -2, -1};
    ck_assert_int_eq(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, NULL, NULL, 0), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MAX_PERIOD, 1), BINNET_OK);
    ck_assert_int_eq(binnet_diagram_new(ctx, &d, net), BINNET_OK);
    binnet_net_free(net);
    size_t live = m.live;
    for (int stop = 1; stop <= 2; stop++) {
        watch w;
        ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
        watch_start(&w, INFINITY);
        w.stop_at = stop;
        int32_t code = call(ctx, ATTRACTORS, d, &left);
        ck_assert_int_eq(w.wrong, 0);
        ck_assert_msg(w.calls == 0 || w.calls < stop || code == BINNET_E_INTERRUPTED, "%d calls, code %d", w.calls,
                      (int)code);
        ck_assert_msg(stop > 1 || w.calls == 1, "the hook was never called");
        ck_assert(!left);
        ck_assert_uint_eq(m.live, live);
    }
    ck_assert_int_eq(binnet_ctx_set_hook(ctx, NULL, NULL), BINNET_OK);
    binnet_diagram_free(d);
    binnet_ctx_free(ctx);
    ck_assert_uint_eq(m.live, 0);
}
END_TEST

RUN_REPEATED("regions resources", {every_allocation_fails_once, CALLS}, {the_limit_is_kept, CALLS},
             {the_hook_stops_it, 1})
