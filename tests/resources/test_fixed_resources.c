/*
 * Fixed points of sparse networks: every allocation fails once; what is allocated stays within the estimate, and a
 * limit below it stops the call before it allocates; the hook is called often enough and stops the search.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <string.h>

enum { POINT, BOX, POPULATIONS, WAYS };

static int32_t find(binnet_ctx *ctx, binnet_fixed_points **out, int way, const binnet_net *net, size_t most)
{
    double lo[64], hi[64];
    for (size_t i = 0; i < 64; i++) {
        lo[i] = -0.3;
        hi[i] = 0.3;
    }
    *out = (binnet_fixed_points *)(void *)lo;
    if (way == POINT)
        return binnet_fixed_points_new(ctx, out, net, most);
    if (way == BOX)
        return binnet_fixed_points_new_box(ctx, out, net, lo, hi, binnet_net_neurons(net), most);
    return binnet_fixed_points_new_population_box(ctx, out, net, lo, hi, binnet_net_populations(net), most);
}

/* The questions that allocate. */
static int32_t ask(binnet_ctx *ctx, const binnet_fixed_points *f, int way, const binnet_net *net)
{
    double lo[64], hi[64];
    if (binnet_fixed_points_listed(f) == 0)
        return BINNET_OK;
    size_t units = way == POPULATIONS ? binnet_net_populations(net) : binnet_net_neurons(net);
    return binnet_fixed_points_box(ctx, lo, hi, units, f, 0);
}

static int32_t find_and_ask(binnet_ctx *ctx, int way, const binnet_net *net, size_t most)
{
    binnet_fixed_points *f;
    int32_t status = find(ctx, &f, way, net, most);
    if (status != BINNET_OK) {
        ck_assert_ptr_null(f);
        return status;
    }
    status = ask(ctx, f, way, net);
    binnet_fixed_points_free(f);
    return status;
}

START_TEST(every_allocation_fails)
{
    for (int kind = 0; kind < NET_KINDS; kind++)
        for (int keep = 0; keep < 2; keep++)
            for (int64_t limit = 0; limit < 7; limit += 3) {
                meter m;
                binnet_ctx *ctx;
                binnet_net *net;
                meter_reset(&m);
                ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
                ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, limit), BINNET_OK);
                ck_assert_int_eq(make_net(ctx, &net, kind, 9, 4), BINNET_OK);
                size_t live = m.live, k = 0;
                for (;; k++) {
                    m.calls = m.failures = 0;
                    m.fail_at = k;
                    m.keep_failing = keep;
                    int32_t status = find_and_ask(ctx, _i, net, 100);
                    m.fail_at = NEVER;
                    ck_assert_uint_eq(m.live, live);
                    if (m.failures == 0) {
                        ck_assert_int_eq(status, BINNET_OK);
                        break;
                    }
                    ck_assert_int_eq(status, BINNET_E_NOMEM);
                    ck_assert(binnet_ctx_message(ctx)[0] != '\0');
                }
                ck_assert_uint_gt(k, 20);
                binnet_net_free(net);
                binnet_ctx_free(ctx);
                ck_assert(m.live == 0 && !m.broken);
            }
}
END_TEST

START_TEST(estimate_is_kept)
{
    static const size_t sizes[] = {2, 9, 24, 30}, lists[] = {0, 1, 100, 5000};
    for (int kind = 0; kind < NET_KINDS; kind++)
        for (size_t t = 0; t < 16; t++) {
            meter m;
            binnet_ctx *ctx;
            binnet_net *net;
            binnet_fixed_points *f;
            uint64_t bytes;
            size_t most = lists[t % 4];
            meter_reset(&m);
            ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_WORK_LIMIT, t % 3 == 0 ? 0 : 2000), BINNET_OK);
            ck_assert_int_eq(make_net(ctx, &net, kind, t / 4 == 3 && _i != POINT ? 14 : sizes[t / 4], t), BINNET_OK);
            size_t live = m.live_bytes;
            ck_assert_int_eq(binnet_fixed_points_estimate(ctx, NULL, &bytes, NULL, net, _i == POPULATIONS, most),
                             BINNET_OK);
            m.peak_bytes = live;
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
            ck_assert_int_eq(find(ctx, &f, _i, net, most), BINNET_OK);
            ck_assert_msg(m.peak_bytes - live <= bytes, "%s %zu: allocates %zu, the estimate is %zu", net_names[kind],
                          t, m.peak_bytes - live, (size_t)bytes);
            binnet_fixed_points_free(f);
            size_t calls = m.calls;
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
            ck_assert_int_eq(find(ctx, &f, _i, net, most), BINNET_E_LIMIT);
            ck_assert_ptr_null(f);
            ck_assert_uint_eq(m.calls, calls);
            binnet_net_free(net);
            binnet_ctx_free(ctx);
            ck_assert(m.live == 0 && !m.broken);
        }
}
END_TEST

/* --- the hook --- */

/* Dense, in its hard size: it would take longer than the test. */
START_TEST(hook_stops_it)
{
    enum { N = 300, INPUTS = 20 };
    static double w[N * INPUTS], theta[N];
    static int32_t col[N * INPUTS];
    static int64_t row[N + 1];
    uint64_t seed = 8;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < INPUTS; k++) {
            double x = fabs(draw(&seed));
            col[i * INPUTS + k] = (int32_t)(k * (N / INPUTS)) + (int32_t)(x * (N / INPUTS));
            w[i * INPUTS + k] = draw(&seed);
            theta[i] += w[i * INPUTS + k] / 2;
        }
        row[i + 1] = (int64_t)((i + 1) * INPUTS);
    }
    for (size_t most = 0; most < 2; most++) {
        meter m;
        binnet_ctx *ctx;
        binnet_net *net;
        binnet_fixed_points *f;
        meter_reset(&m);
        ck_assert_int_eq(meter_ctx(&m, &ctx), BINNET_OK);
        ck_assert_int_eq(binnet_net_new_csr(ctx, &net, N, row, col, w, NULL, theta, NULL), BINNET_OK);
        size_t live = m.live;
        watch seen;
        ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &seen), BINNET_OK);
        watch_start(&seen, 0.25);
        double lo[N], hi[N];
        for (size_t i = 0; i < N; i++) {
            lo[i] = _i == BOX ? -0.01 : -0.5;
            hi[i] = _i == BOX ? 0.01 : 0.5;
        }
        int32_t status = _i == POINT ? binnet_fixed_points_new(ctx, &f, net, most)
                         : _i == BOX ? binnet_fixed_points_new_box(ctx, &f, net, lo, hi, N, most)
                                     : binnet_fixed_points_new_population_box(ctx, &f, net, lo, hi, 1, most);
        ck_assert_int_eq(status, BINNET_E_INTERRUPTED);
        ck_assert_ptr_null(f);
        ck_assert(seen.calls > 1 && seen.wrong == 0);
        /* promised are 100 ms; ten times that allows for a loaded machine, not for a missing poll */
        ck_assert_msg(in_time(seen.longest, 1), "%g s without a call", seen.longest);
        ck_assert(now() - seen.began < 2);
        ck_assert_uint_eq(m.live, live);
        binnet_net_free(net);
        binnet_ctx_free(ctx);
        ck_assert(m.live == 0 && !m.broken);
    }
}
END_TEST

RUN_REPEATED("fixed points, resources", {every_allocation_fails, WAYS}, {estimate_is_kept, WAYS}, {hook_stops_it, WAYS})
