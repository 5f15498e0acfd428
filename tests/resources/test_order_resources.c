/*
 * Order statistics short of resources: every allocation fails once; memory stays within the estimate, and a limit below it
 * stops the call before it starts; the hook is asked often enough and stops a long call.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <stdio.h>
#include <string.h>

enum { N = 400, FEW = 8, POINTS = 600 };

typedef struct scene {
    meter m;
    binnet_ctx *ctx;
    binnet_noise *noise;
    binnet_order *order; /* of N variables */
    binnet_order *few;   /* of FEW */
    double F[N], G[N], f[N], out[4 * N + POINTS], x[POINTS], *grid, *grid_rest;
    double cell[3 * N], density[2 * N];
} scene;

static void set_scene(scene *s, int64_t threads)
{
    double scale[N], location[N];
    uint64_t seed = 7;
    meter_reset(&s->m);
    ck_assert_int_eq(meter_ctx(&s->m, &s->ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s->ctx, BINNET_P_THREADS, threads), BINNET_OK);
    for (int i = 0; i < N; i++) {
        s->F[i] = 0.5 + 0.5 * draw(&seed);
        s->G[i] = 1 - s->F[i];
        s->f[i] = 1;
        scale[i] = 1 + 0.5 * draw(&seed);
        location[i] = draw(&seed);
        s->cell[3 * i] = s->F[i] / 2;
        s->cell[3 * i + 1] = s->F[i] / 2;
        s->cell[3 * i + 2] = s->G[i];
        s->density[2 * i] = s->density[2 * i + 1] = 1;
    }
    for (int j = 0; j < POINTS; j++)
        s->x[j] = 3 * draw(&seed);
    s->grid = malloc(2 * sizeof(double) * FEW * POINTS);
    ck_assert_ptr_nonnull(s->grid);
    s->grid_rest = s->grid + FEW * POINTS;
    for (int k = 0; k < FEW * POINTS; k++) {
        s->grid[k] = k % 100 == 0 ? 1e-200 : 0.5 + 0.5 * draw(&seed);
        s->grid_rest[k] = 1 - s->grid[k];
    }
    ck_assert_int_eq(binnet_noise_new_gaussian(s->ctx, &s->noise, N, scale), BINNET_OK);
    const binnet_noise *part[1] = {s->noise};
    ck_assert_int_eq(binnet_order_new(s->ctx, &s->order, 1, part, location), BINNET_OK);
    binnet_noise *noise;
    ck_assert_int_eq(binnet_noise_new_laplace(s->ctx, &noise, FEW, scale), BINNET_OK);
    part[0] = noise;
    ck_assert_int_eq(binnet_order_new(s->ctx, &s->few, 1, part, location), BINNET_OK);
    binnet_noise_free(noise);
}

static void strike_scene(scene *s)
{
    binnet_ctx_free(s->ctx); /* first: objects outlive it */
    binnet_noise_free(s->noise);
    binnet_order_free(s->order);
    binnet_order_free(s->few);
    free(s->grid);
    ck_assert_uint_eq(s->m.live, 0);
    ck_assert_int_eq(s->m.broken, 0);
}

enum {
    CDF,
    PDF,
    LOG,
    ALL,
    PDF_ALL,
    COUNTS,
    MANY,
    MANY_SINGLE,
    JOINT_CDF,
    JOINT_PDF,
    NEW,
    MARGINALS,
    EVAL,
    EVAL_PDF,
    JOINT_EVAL,
    QUANTILE,
    MOMENTS,
    MOMENTS_ONE,
    MOMENTS_FEW,
    CALLS
};

static const size_t ranks[2] = {3, 395};
static const double two_points[2] = {-1.5, 2}, some_q[2] = {0.1, 0.9};

static int32_t run(scene *s, int what)
{
    const binnet_noise *parts[2] = {s->noise, s->noise};
    double location[2 * N] = {0};
    binnet_order *made = (binnet_order *)(void *)s;
    switch (what) {
    case CDF:
        return binnet_order_cdf(s->ctx, s->out, N, s->F, NULL, 200);
    case PDF:
        return binnet_order_pdf(s->ctx, s->out, N, s->F, s->G, s->f, 200);
    case LOG:
        return binnet_order_log_cdf(s->ctx, s->out, s->out + 1, N, s->F, s->G, 399);
    case ALL:
        return binnet_order_cdf_all(s->ctx, s->out, s->out + N, N, s->F, s->G);
    case PDF_ALL:
        return binnet_order_pdf_all(s->ctx, s->out, N, s->F, NULL, s->f);
    case COUNTS:
        return binnet_order_counts(s->ctx, s->out, N + 1, N, s->F, s->G);
    case MANY:
        return binnet_order_cdf_many(s->ctx, s->out, NULL, POINTS, FEW, s->grid, s->grid_rest, 2);
    case MANY_SINGLE:
        return binnet_order_cdf_many(s->ctx, s->out, NULL, 1, N, s->F, NULL, 2);
    case JOINT_CDF:
        return binnet_order_joint_cdf(s->ctx, s->out, N, 2, ranks, s->cell);
    case JOINT_PDF:
        return binnet_order_joint_pdf(s->ctx, s->out, N, 2, ranks, s->cell, s->density);
    case NEW: {
        int32_t code = binnet_order_new(s->ctx, &made, 2, parts, location);
        ck_assert((code == BINNET_OK) == (made != NULL));
        binnet_order_free(made);
        return code;
    }
    case MARGINALS:
        return binnet_order_marginals(s->ctx, s->out, NULL, s->out + N, N, s->order, 0.2);
    case EVAL:
        return binnet_order_eval(s->ctx, s->out, NULL, NULL, POINTS, s->order, 100, s->x);
    case EVAL_PDF:
        return binnet_order_eval(s->ctx, NULL, NULL, s->out, POINTS, s->few, 3, s->x);
    case JOINT_EVAL:
        return binnet_order_joint_eval(s->ctx, s->out, s->out + 1, s->order, 2, ranks, two_points);
    case QUANTILE:
        return binnet_order_quantile(s->ctx, s->out, s->out + 2, 2, s->order, 100, some_q);
    case MOMENTS:
        return binnet_order_moments(s->ctx, s->out, s->out + N, s->out + 2 * N, s->out + 3 * N, s->order, 1, N);
    case MOMENTS_ONE:
        return binnet_order_moments(s->ctx, s->out, s->out + 1, NULL, NULL, s->order, 390, 390);
    default:
        return binnet_order_moments(s->ctx, s->out, s->out + N, NULL, NULL, s->few, 1, FEW);
    }
}

START_TEST(each_allocation_fails)
{
    for (int64_t threads = 1; threads <= 2; threads++) {
        static scene s;
        set_scene(&s, threads);
        const size_t before = s.m.live;
        for (size_t k = 0;; k++) {
            s.m.failures = 0;
            s.m.fail_at = s.m.calls + k;
            int32_t code = run(&s, _i);
            s.m.fail_at = NEVER;
            ck_assert_uint_eq(s.m.live, before);
            ck_assert_int_eq(s.m.broken, 0);
            if (s.m.failures == 0) {
                ck_assert_msg(code == BINNET_OK, "call %d: %d %s", _i, (int)code, binnet_ctx_message(s.ctx));
                break;
            }
            ck_assert_msg(code == BINNET_E_NOMEM && binnet_ctx_message(s.ctx)[0] != '\0', "call %d, allocation %zu: %d",
                          _i, k, (int)code);
        }
        strike_scene(&s);
    }
}
END_TEST

/* The estimate of a call, where it has one. */
static int estimate(scene *s, int what, uint64_t *bytes)
{
    switch (what) {
    case CDF:
        return binnet_order_estimate(s->ctx, NULL, bytes, NULL, N, 200, 0) == BINNET_OK;
    case PDF:
        return binnet_order_estimate(s->ctx, NULL, bytes, NULL, N, 200, 1) == BINNET_OK;
    case ALL:
    case COUNTS:
        return binnet_order_estimate(s->ctx, NULL, bytes, NULL, N, 0, 0) == BINNET_OK;
    case PDF_ALL:
        return binnet_order_estimate(s->ctx, NULL, bytes, NULL, N, 0, 1) == BINNET_OK;
    case JOINT_CDF:
        return binnet_order_joint_estimate(s->ctx, NULL, bytes, NULL, N, 2, ranks, 0) == BINNET_OK;
    case JOINT_PDF:
        return binnet_order_joint_estimate(s->ctx, NULL, bytes, NULL, N, 2, ranks, 1) == BINNET_OK;
    case MOMENTS:
        return binnet_order_moments_estimate(s->ctx, NULL, bytes, NULL, s->order, 1, N) == BINNET_OK;
    case MOMENTS_ONE:
        return binnet_order_moments_estimate(s->ctx, NULL, bytes, NULL, s->order, 390, 390) == BINNET_OK;
    case MOMENTS_FEW:
        return binnet_order_moments_estimate(s->ctx, NULL, bytes, NULL, s->few, 1, FEW) == BINNET_OK;
    default:
        return 0;
    }
}

START_TEST(memory)
{
    static scene s;
    set_scene(&s, 2);
    const size_t live = s.m.live_bytes;
    uint64_t bytes = 0;
    s.m.peak_bytes = live;
    ck_assert_int_eq(run(&s, _i), BINNET_OK);
    size_t most = s.m.peak_bytes - live;
    if (estimate(&s, _i, &bytes)) {
        ck_assert_msg(most <= bytes, "call %d: allocates %zu, the estimate is %zu", _i, most, (size_t)bytes);
        ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
        ck_assert_int_eq(run(&s, _i), BINNET_OK);
        ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), BINNET_OK);
        size_t calls = s.m.calls;
        ck_assert_int_eq(run(&s, _i), BINNET_E_LIMIT);
        ck_assert_uint_eq(s.m.calls, calls);
    }
    ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, 100), BINNET_OK);
    size_t calls = s.m.calls;
    ck_assert_msg(most == 0 || run(&s, _i) == BINNET_E_LIMIT, "call %d does not know the limit", _i);
    ck_assert_uint_eq(s.m.calls, calls);
    strike_scene(&s);
}
END_TEST

/* --- the hook --- */

enum { LARGE = 300000, LONG_CALLS = 6 };

static int32_t long_call(binnet_ctx *ctx, int what, const double *F, double *out, const binnet_order *order)
{
    static double cell[3 * 2000];
    static const size_t middle[2] = {900, 1100};
    const double q[3] = {0.1, 0.5, 0.9};
    for (int i = 0; i < 6000; i++)
        cell[i] = i % 3 == 0 ? 0.5 : 0.25;
    switch (what) {
    case 0:
        return binnet_order_cdf(ctx, out, LARGE, F, NULL, LARGE / 2);
    case 1:
        return binnet_order_pdf_all(ctx, out, LARGE, F, NULL, F);
    case 2:
        return binnet_order_joint_cdf(ctx, out, 2000, 2, middle, cell);
    case 3:
        return binnet_order_quantile(ctx, out, NULL, 3, order, LARGE / 2, q);
    case 4:
        return binnet_order_moments(ctx, out, out + 1, NULL, NULL, order, LARGE / 2, LARGE / 2);
    default:
        return binnet_order_cdf_many(ctx, out, NULL, LARGE / 30, 30, F, NULL, 15);
    }
}

START_TEST(stops)
{
    for (int64_t threads = 1; threads <= 2; threads++) {
        binnet_ctx *ctx;
        binnet_noise *noise;
        binnet_order *order;
        watch w;
        double *F = malloc(LARGE * sizeof *F), *out = calloc(2 * LARGE, sizeof *out);
        ck_assert(F != NULL && out != NULL);
        for (int i = 0; i < LARGE; i++)
            F[i] = 0.2 + 0.6 * i / LARGE;
        ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads), BINNET_OK);
        ck_assert_int_eq(binnet_noise_new_gaussian(ctx, &noise, LARGE, F), BINNET_OK);
        const binnet_noise *part[1] = {noise};
        ck_assert_int_eq(binnet_order_new(ctx, &order, 1, part, F), BINNET_OK);
        ck_assert_int_eq(binnet_ctx_set_hook(ctx, watch_hook, &w), BINNET_OK);
        watch_start(&w, 0.12);
        int32_t code = long_call(ctx, _i, F, out, order);
        double took = now() - w.began;
        ck_assert_int_eq(w.wrong, 0);
        /* a machine so fast that it was over first: then within the promise */
        ck_assert_msg(code == BINNET_E_INTERRUPTED || (code == BINNET_OK && in_time(took, 0.6)),
                      "call %d: %d %s after %g s, %d calls", _i, (int)code, binnet_ctx_message(ctx), took, w.calls);
        /* promised are 100 ms; ten times that allows for a loaded machine, not for a missing question */
        ck_assert_msg(in_time(w.longest, 1) && in_time(took, 2), "call %d: %g s without a question, took %g s", _i,
                      w.longest, took);
        binnet_order_free(order);
        binnet_noise_free(noise);
        binnet_ctx_free(ctx);
        free(F);
        free(out);
    }
}
END_TEST

RUN_REPEATED("order resources", {each_allocation_fails, CALLS}, {memory, CALLS}, {stops, LONG_CALLS})
