/*
 * What a call allocates is what its estimate said, at most; a memory limit below the estimate stops the call before it
 * allocates, with both figures in the message; a limit of exactly the estimate is enough.
 */
#include "support/support.h"
#include "support/meter.h"

#include <stdio.h>
#include <string.h>

typedef struct scene {
    meter m;
    binnet_ctx *ctx;
    binnet_chain *chain;
    size_t n, states;
    double *x, *y;
} scene;

static void set_scene(scene *s, int net_kind, int noise_kind, int chain_kind, size_t n, int64_t method, int64_t threads)
{
    binnet_net *net;
    binnet_noise *noise;
    s->n = n;
    s->states = (size_t)1 << n;
    meter_reset(&s->m);
    ck_assert_int_eq(meter_ctx(&s->m, &s->ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s->ctx, BINNET_P_THREADS, threads), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s->ctx, BINNET_P_METHOD, method), BINNET_OK);
    ck_assert_int_eq(make_net(s->ctx, &net, net_kind, n, 17), BINNET_OK);
    ck_assert_int_eq(make_noise(s->ctx, &noise, noise_kind, n), BINNET_OK);
    ck_assert_int_eq(make_chain(s->ctx, &s->chain, chain_kind, net, noise), BINNET_OK);
    binnet_net_free(net);
    binnet_noise_free(noise);
    s->x = malloc(s->states * sizeof *s->x);
    s->y = malloc(s->states * sizeof *s->y);
    ck_assert(s->x != NULL && s->y != NULL);
    for (size_t k = 0; k < s->states; k++)
        s->x[k] = 1 / (double)s->states;
}

static void strike_scene(scene *s)
{
    free(s->x);
    free(s->y);
    binnet_chain_free(s->chain);
    binnet_ctx_free(s->ctx);
    ck_assert_uint_eq(s->m.live, 0);
    ck_assert_int_eq(s->m.broken, 0);
}

enum { APPLY, STATIONARY, SPECTRUM, CALLS };
static const char *const call_names[CALLS] = {"apply", "stationary", "spectrum"};

static uint64_t estimate(scene *s, int what)
{
    uint64_t states = 0, bytes = 0;
    double flops = -1;
    int32_t code = what == APPLY        ? binnet_chain_apply_estimate(s->ctx, &states, &bytes, &flops, s->chain)
                   : what == STATIONARY ? binnet_chain_stationary_estimate(s->ctx, &states, &bytes, &flops, s->chain)
                                        : binnet_spectrum_estimate(s->ctx, &states, &bytes, &flops, s->chain, 2);
    ck_assert_int_eq(code, BINNET_OK);
    ck_assert_uint_eq(states, s->states);
    ck_assert(isfinite(flops) && flops > 0);
    return bytes;
}

/* Runs the call; *most is what it had allocated at once, result included. */
static int32_t run(scene *s, int what, size_t *most)
{
    size_t before = s->m.live_bytes;
    s->m.peak_bytes = before;
    int32_t code;
    if (what == APPLY) {
        code = binnet_chain_apply(s->ctx, s->y, s->states, s->chain, s->x);
    } else if (what == SPECTRUM) {
        binnet_spectrum *spectrum = NULL;
        code = binnet_spectrum_new(s->ctx, &spectrum, s->chain, 2);
        ck_assert((code == BINNET_OK) == (spectrum != NULL));
        binnet_spectrum_free(spectrum);
    } else {
        binnet_law *law = NULL;
        code = binnet_chain_stationary(s->ctx, &law, s->chain);
        ck_assert((code == BINNET_OK) == (law != NULL));
        binnet_law_free(law);
    }
    *most = s->m.peak_bytes - before;
    ck_assert_uint_eq(s->m.live_bytes, before);
    return code;
}

/* Is there a number within 0.1 % of value in the text? */
static int mentions(const char *text, double value)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            continue;
        char *end;
        double number = strtod(c, &end);
        if (fabs(number - value) <= 1e-3 * value)
            return 1;
        c = end - 1;
    }
    return 0;
}

static void within_estimate(int net, int noise, int chain, size_t n, int64_t method, int64_t threads, int what)
{
    scene s;
    size_t most;
    char name[160];
    snprintf(name, sizeof name, "%s %s %s %s n = %zu method %d threads %d", call_names[what], net_names[net],
             noise_names[noise], chain_names[chain], n, (int)method, (int)threads);
    set_scene(&s, net, noise, chain, n, method, threads);
    uint64_t bytes = estimate(&s, what);
    int32_t code = run(&s, what, &most);
    ck_assert_msg(code == BINNET_OK, "%s: %d %s", name, (int)code, binnet_ctx_message(s.ctx));
    ck_assert_msg(most <= bytes, "%s: allocates %zu, the estimate is %zu", name, most, (size_t)bytes);
    if (getenv("BINNET_TEST_VERBOSE") != NULL)
        printf("%s: %zu of %zu (%.0f %%)\n", name, most, (size_t)bytes, 100 * (double)most / (double)bytes);

    ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes), BINNET_OK);
    code = run(&s, what, &most);
    ck_assert_msg(code == BINNET_OK, "%s, limit at the estimate: %d %s", name, (int)code, binnet_ctx_message(s.ctx));

    /* with less there is a leaner way, which the estimate knows of, or none */
    while (bytes > 0) {
        uint64_t limit = bytes - 1;
        ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit), BINNET_OK);
        bytes = estimate(&s, what);
        size_t calls = s.m.calls;
        code = run(&s, what, &most);
        const char *message = binnet_ctx_message(s.ctx);
        if (bytes <= limit) {
            ck_assert_msg(code == BINNET_OK, "%s, limit %zu: %d %s", name, (size_t)limit, (int)code, message);
            ck_assert_msg(most <= bytes, "%s: allocates %zu, the estimate is %zu", name, most, (size_t)bytes);
            continue;
        }
        ck_assert_msg(code == BINNET_E_LIMIT, "%s, limit below the estimate: %d %s", name, (int)code, message);
        ck_assert_msg(s.m.calls == calls, "%s: allocates %zu bytes before it finds the limit", name, most);
        ck_assert_msg(mentions(message, (double)bytes) && mentions(message, (double)limit), "%s: needs %zu, says '%s'",
                      name, (size_t)bytes, message);
        ck_assert_ptr_null(strchr(message, '\n'));
        break;
    }
    strike_scene(&s);
}

static const size_t sizes[] = {1, 2, 3, 5, 8, 9, 10};
enum { SIZES = sizeof sizes / sizeof *sizes };

START_TEST(apply_keeps_its_estimate)
{
    for (int net = 0; net < NET_KINDS; net++)
        for (int noise = 0; noise < NOISE_KINDS; noise++)
            for (size_t k = 1; k < SIZES; k++)
                within_estimate(net, noise, _i, sizes[k], BINNET_METHOD_AUTO, 1 + (int64_t)k % 3, APPLY);
    within_estimate(NET_DENSE, NOISE_GAUSSIAN, _i, 1, BINNET_METHOD_AUTO, 1, APPLY);
    within_estimate(NET_DENSE, NOISE_GAUSSIAN, _i, 12, BINNET_METHOD_AUTO, 2, APPLY);
}
END_TEST

START_TEST(stationary_keeps_its_estimate)
{
    static const int64_t methods[] = {BINNET_METHOD_AUTO, BINNET_METHOD_GTH, BINNET_METHOD_ITERATION};
    for (int net = 0; net < NET_KINDS; net++)
        for (int m = 0; m < 3; m++)
            for (size_t k = net == NET_DENSE ? 0 : 1; k < SIZES; k++)
                if (sizes[k] <= 9 || methods[m] != BINNET_METHOD_GTH)
                    within_estimate(net, k % 2 ? NOISE_GAUSSIAN : NOISE_LOGISTIC, _i, sizes[k], methods[m],
                                    1 + (int64_t)k % 2, STATIONARY);
}
END_TEST

START_TEST(spectrum_keeps_its_estimate)
{
    static const int64_t methods[] = {BINNET_METHOD_AUTO, BINNET_METHOD_GTH, BINNET_METHOD_ITERATION};
    for (int m = 0; m < 3; m++)
        for (size_t k = 0; k < SIZES; k++)
            if (sizes[k] <= (methods[m] == BINNET_METHOD_GTH ? 5 : 9))
                within_estimate(NET_DENSE, k % 2 ? NOISE_GAUSSIAN : NOISE_LOGISTIC, _i, sizes[k], methods[m],
                                1 + (int64_t)k % 2, SPECTRUM);
}
END_TEST

/* One step needs less than 64 MiB beside x and y, however large the chain. */
START_TEST(apply_is_lean)
{
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    for (size_t n = 12; n <= 24; n += 4) {
        uint64_t bytes;
        ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, 2), BINNET_OK);
        ck_assert_int_eq(make_net(ctx, &net, NET_DENSE, n, 2), BINNET_OK);
        ck_assert_int_eq(make_noise(ctx, &noise, NOISE_GAUSSIAN, n), BINNET_OK);
        ck_assert_int_eq(make_chain(ctx, &chain, _i, net, noise), BINNET_OK);
        ck_assert_int_eq(binnet_chain_apply_estimate(ctx, NULL, &bytes, NULL, chain), BINNET_OK);
        ck_assert_msg(bytes < (uint64_t)64 << 20, "%s n = %zu: %zu bytes", chain_names[_i], n, (size_t)bytes);
        binnet_chain_free(chain);
        binnet_noise_free(noise);
        binnet_net_free(net);
    }
    binnet_ctx_free(ctx);
}
END_TEST

/* Calls whose result alone is over the limit say so before they start. */
START_TEST(limit_stops_every_large_call)
{
    scene s;
    size_t calls;
    binnet_law *law = NULL, *later = (binnet_law *)(void *)&s;
    set_scene(&s, NET_DENSE, NOISE_GAUSSIAN, _i, 10, BINNET_METHOD_AUTO, 1);
    ck_assert_int_eq(binnet_law_new(s.ctx, &law, 10, s.x, s.states), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(s.ctx, BINNET_P_MEMORY_LIMIT, 1000), BINNET_OK);

    calls = s.m.calls;
    ck_assert_int_eq(binnet_chain_evolve(s.ctx, &later, s.chain, law, 2), BINNET_E_LIMIT);
    ck_assert_ptr_null(later);
    ck_assert_msg(mentions(binnet_ctx_message(s.ctx), 1000), "%s", binnet_ctx_message(s.ctx));
    later = (binnet_law *)(void *)&s;
    ck_assert_int_eq(binnet_chain_stationary(s.ctx, &later, s.chain), BINNET_E_LIMIT);
    ck_assert_ptr_null(later);
    later = (binnet_law *)(void *)&s;
    ck_assert_int_eq(binnet_law_new(s.ctx, &later, 10, s.x, s.states), BINNET_E_LIMIT);
    ck_assert_ptr_null(later);
    ck_assert_msg(mentions(binnet_ctx_message(s.ctx), 1000), "%s", binnet_ctx_message(s.ctx));
    ck_assert_uint_eq(s.m.calls, calls);
    binnet_law_free(law);
    strike_scene(&s);

    /* Networks as well. */
    binnet_ctx *ctx;
    binnet_net *net = (binnet_net *)(void *)&s;
    double *J = calloc(100 * 100, sizeof *J);
    ck_assert_ptr_nonnull(J);
    meter_reset(&s.m);
    ck_assert_int_eq(meter_ctx(&s.m, &ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_MEMORY_LIMIT, 10000), BINNET_OK);
    calls = s.m.calls;
    ck_assert_int_eq(binnet_net_new(ctx, &net, 100, J, NULL, NULL, NULL), BINNET_E_LIMIT);
    ck_assert_ptr_null(net);
    ck_assert_uint_eq(s.m.calls, calls);
    ck_assert_msg(mentions(binnet_ctx_message(ctx), 10000), "%s", binnet_ctx_message(ctx));
    free(J);
    binnet_ctx_free(ctx);
}
END_TEST

RUN_REPEATED("budget", {apply_keeps_its_estimate, CHAIN_KINDS}, {stationary_keeps_its_estimate, CHAIN_KINDS},
             {spectrum_keeps_its_estimate, CHAIN_KINDS}, {apply_is_lean, CHAIN_KINDS},
             {limit_stops_every_large_call, CHAIN_KINDS})
