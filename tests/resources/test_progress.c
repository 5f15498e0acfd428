/*
 * What the hook is told of long calls: fractions rise, the last one is 1, and 1 comes at the end: in suite 'timing' no more than
 * a third of a call's time is left when the fraction passes 0.99. Nor does it stand still for long, in processor time.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"
#include "support/meter.h"
#include "support/watch.h"

#include <stdio.h>

typedef struct seen {
    watch w;
    double late; /* seconds from the beginning to the first fraction above 0.99; 0: none yet */
    int below;   /* calls with less than 0.99 */
} seen;

static int32_t see(void *user, double fraction, double seconds_left)
{
    seen *s = user;
    if (fraction > 0.99 && !(s->late > 0))
        s->late = now() - s->w.began;
    s->below += fraction < 0.99;
    return watch_hook(&s->w, fraction, seconds_left);
}

static void check_seen(const seen *s, const char *what)
{
    double all = now() - s->w.began;
    if (s->w.calls == 0) {
        printf("%s: too quick to be asked, %.3f s\n", what, all);
        return;
    }
    ck_assert_msg(s->w.wrong == 0, "%s: %d wrong fractions", what, s->w.wrong);
    ck_assert_msg(s->w.fraction >= 1 && s->w.fraction <= 1, "%s: the last fraction is %g", what, s->w.fraction);
    ck_assert_msg(s->below > 0, "%s: at the end from the beginning", what);
    ck_assert_msg(in_time(all - s->late, all / 3), "%s: %.2f of %.2f s with a fraction above 0.99", what, all - s->late,
                  all);
}

/* A network of `n` neurons, of which `sinks` influence nobody. */
static binnet_chain *make_scene(binnet_ctx *ctx, size_t n, size_t sinks, double scale, int32_t update)
{
    double J[20 * 20] = {0};
    dice d = dice_of(5);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n - sinks; j++)
            J[i * n + j] = i == j ? 0 : roll_in(&d, -1, 1);
    return new_chain(ctx, n, J, NULL, NULL, BINNET_NOISE_GAUSSIAN, scale, update);
}

START_TEST(stationary_laws)
{
    static const struct {
        size_t n, sinks;
        double scale;
        int32_t update, method;
    } of[] = {{11, 0, 0.1, BINNET_UPDATE_SYNCHRONOUS, BINNET_METHOD_ITERATION},
              {11, 0, 0.7, BINNET_UPDATE_SYNCHRONOUS, BINNET_METHOD_ITERATION},
              {11, 0, 0.3, BINNET_UPDATE_SYNCHRONOUS, BINNET_METHOD_GTH},
              {13, 0, 0.1, BINNET_UPDATE_ASYNCHRONOUS, BINNET_METHOD_AUTO},
              {14, 3, 0.3, BINNET_UPDATE_ASYNCHRONOUS, BINNET_METHOD_AUTO},
              {14, 0, 0.2, BINNET_UPDATE_SWEEP, BINNET_METHOD_AUTO},
              {14, 4, 0.5, BINNET_UPDATE_SYNCHRONOUS, BINNET_METHOD_AUTO}};
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        binnet_ctx *ctx = new_ctx(1);
        seen s = {.below = 0};
        char what[80];
        snprintf(what, sizeof what, "law of %zu neurons, update %d, scale %g", of[k].n, (int)of[k].update, of[k].scale);
        OK(binnet_ctx_set_i64(ctx, BINNET_P_METHOD, of[k].method));
        binnet_chain *chain = make_scene(ctx, of[k].n, of[k].sinks, of[k].scale, of[k].update);
        binnet_law *law;
        OK(binnet_ctx_set_hook(ctx, see, &s));
        watch_start(&s.w, INFINITY);
        OK(binnet_chain_stationary(ctx, &law, chain));
        check_seen(&s, what);
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

/* How long the fraction stood, within `step` of where it was. */
typedef struct stands {
    watch w;
    double began, last, from, longest; /* processor time; the fraction when it last moved on */
} stands;

static int32_t see_stands(void *user, double fraction, double seconds_left)
{
    const double step = 0.005;
    stands *s = user;
    double t = thread_time();
    s->longest = fmax(s->longest, t - s->last);
    if (fraction >= s->from + step) {
        s->from = fraction;
        s->last = t;
    }
    return watch_hook(&s->w, fraction, seconds_left);
}

static void check_stands(binnet_ctx *ctx, const binnet_chain *chain, const char *what)
{
    const double part = 0.15, between = 0.1; /* of the time; the hook is called every 0.05 s */
    stands s = {.from = 0};
    binnet_law *law;
    OK(binnet_ctx_set_hook(ctx, see_stands, &s));
    watch_start(&s.w, INFINITY);
    s.began = s.last = thread_time();
    OK(binnet_chain_stationary(ctx, &law, chain));
    double all = thread_time() - s.began;
    s.longest = fmax(s.longest, thread_time() - s.last);
    printf("%s: %.2f s, of them %.2f without progress\n", what, all, s.longest);
    ck_assert_int_eq(s.w.wrong, 0);
    ck_assert_msg(s.longest <= part * all + between, "%s: for %.2f of %.2f s no progress", what, s.longest, all);
    binnet_law_free(law);
}

/* Two patterns in 17 neurons. */
static binnet_chain *make_wells(binnet_ctx *ctx, double scale, int32_t update)
{
    enum { N = 17, PATTERNS = 2 };
    double J[N * N] = {0}, drive[N], pattern[PATTERNS][N];
    dice d = dice_of(11);
    for (size_t i = 0; i < N; i++)
        for (size_t m = 0; m < PATTERNS; m++)
            pattern[m][i] = roll(&d) < 0.5 ? -1 : 1;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            J[i * N + j] = J[j * N + i] = 0.5 * (pattern[0][i] * pattern[0][j] + pattern[1][i] * pattern[1][j]) +
                                          roll_in(&d, -0.1, 0.1);
    for (size_t i = 0; i < N; i++) {
        drive[i] = roll_in(&d, -0.05, 0.05);
        for (size_t j = 0; j < N; j++)
            drive[i] -= J[i * N + j] / 2;
    }
    return new_chain(ctx, N, J, NULL, drive, BINNET_NOISE_LOGISTIC, scale, update);
}

static binnet_chain *make_populations(binnet_ctx *ctx)
{
    enum { SIZE = 350 };
    const int64_t size[2] = {SIZE, SIZE};
    const double J[4] = {1.5 / SIZE, -0.4 / SIZE, 0.9 / SIZE, -0.1 / SIZE}, theta[2] = {0}, drive[2] = {-0.2, -0.3};
    double scale[2 * SIZE];
    for (size_t i = 0; i < 2 * (size_t)SIZE; i++)
        scale[i] = 0.5;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    OK(binnet_net_new_homogeneous(ctx, &net, 2, size, J, NULL, theta, drive, 0));
    OK(binnet_noise_new_logistic(ctx, &noise, 2 * (size_t)SIZE, scale));
    OK(binnet_chain_new_lumped(ctx, &chain, net, noise, BINNET_UPDATE_ASYNCHRONOUS));
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

START_TEST(no_stands)
{
    binnet_ctx *ctx = new_ctx(1);
    binnet_chain *wells = make_wells(ctx, 0.3, BINNET_UPDATE_ASYNCHRONOUS), *populations = make_populations(ctx);
    check_stands(ctx, wells, "wells");
    check_stands(ctx, populations, "populations");
    binnet_chain_free(wells);
    binnet_chain_free(populations);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(responses)
{
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        size_t n = update == BINNET_UPDATE_SYNCHRONOUS ? 9 : 11;
        binnet_ctx *ctx = new_ctx(1);
        binnet_chain *chain = make_scene(ctx, n, 0, 0.5, update);
        binnet_law *law;
        double stimulus[20 * 20];
        seen s = {.below = 0};
        OK(binnet_chain_stationary(ctx, &law, chain));
        OK(binnet_ctx_set_hook(ctx, see, &s));
        watch_start(&s.w, INFINITY);
        OK(binnet_response_mean(ctx, stimulus, NULL, NULL, NULL, n, chain, law));
        check_seen(&s, "responses");
        binnet_law_free(law);
        binnet_chain_free(chain);
        binnet_ctx_free(ctx);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {stationary_laws, no_stands, responses};
    return run_tests("progress", tests, sizeof tests / sizeof *tests) != 0;
}
