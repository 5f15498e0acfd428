/* What the tests of the library share: random numbers with fixed seeds, and small random networks. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <binnet/binnet.h>

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* xorshift64*: the same numbers everywhere. */
typedef struct dice {
    uint64_t state;
} dice;

static inline double roll(dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (double)((d->state * UINT64_C(2685821657736338717)) >> 11) * 0x1p-53;
}

static inline double roll_in(dice *d, double from, double to)
{
    return from + (to - from) * roll(d);
}

static inline size_t roll_to(dice *d, size_t n)
{
    return (size_t)(roll(d) * (double)n);
}

static inline dice dice_of(uint64_t seed)
{
    dice d = {seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
    for (int k = 0; k < 8; k++)
        roll(&d);
    return d;
}

static inline binnet_ctx *new_ctx(int threads)
{
    binnet_ctx *ctx;
    ck_assert_int_eq(binnet_ctx_new(&ctx), BINNET_OK);
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads), BINNET_OK);
    return ctx;
}

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        int32_t status_ = (call);                                                                                      \
        ck_assert_msg(status_ == BINNET_OK, "%s: %d %s", #call, (int)status_, binnet_strerror(status_));               \
    } while (0)

/* A chain of n neurons, whose noise is of one kind and scale; theta, stimulus: NULL allowed. */
static inline binnet_chain *new_chain(binnet_ctx *ctx, size_t n, const double *J, const double *theta,
                                      const double *stimulus, int32_t kind, double scale, int32_t update)
{
    double each[BINNET_MAX_CHAIN_NEURONS];
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    for (size_t i = 0; i < n; i++)
        each[i] = scale;
    OK(binnet_net_new(ctx, &net, n, J, NULL, theta, stimulus));
    OK(binnet_noise_new(ctx, &noise, kind, n, each, 0));
    OK(binnet_chain_new(ctx, &chain, net, noise, update));
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

/* Runs the tests of the case, which it frees, as a suite of that name; returns how many failed. */
static inline int run_case(const char *name, TCase *tcase)
{
    tcase_set_timeout(tcase, 0); /* Meson's counts */
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}

/* Whether BINNET_TESTS, names with blanks between them, asks for the test; without it all are run. */
static inline bool is_asked_for(const TTest *test)
{
    const char *names = getenv("BINNET_TESTS");
    size_t length = strlen(test->name);
    for (const char *at = names; at != NULL && (at = strstr(at, test->name)) != NULL; at += length)
        if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
            return true;
    return names == NULL;
}

/* Of the tests asked for some must be here. */
static inline int run_asked(const char *name, TCase *tcase, size_t asked)
{
    if (asked == 0)
        fprintf(stderr, "%s: none of BINNET_TESTS is here\n", name);
    return run_case(name, tcase) + (asked == 0);
}

/* A test and how often it is run: with _i = 0, ..., times - 1. */
typedef struct repeated_test {
    const TTest *test;
    int times;
} repeated_test;

/* Like run_case, from lists. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    size_t asked = 0;
    for (size_t k = 0; k < count; k++)
        if (is_asked_for(tests[k])) {
            tcase_add_test(tcase, tests[k]);
            asked++;
        }
    return run_asked(name, tcase, asked);
}

static inline int run_repeated(const char *name, const repeated_test *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    size_t asked = 0;
    for (size_t k = 0; k < count; k++)
        if (is_asked_for(tests[k].test)) {
            tcase_add_loop_test(tcase, tests[k].test, 0, tests[k].times);
            asked++;
        }
    return run_asked(name, tcase, asked);
}

/* A program with one suite of the given tests. */
#define RUN_TESTS(name, ...)                                                                                           \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        const TTest *const tests[] = {__VA_ARGS__};                                                                    \
        return run_tests(name, tests, sizeof tests / sizeof *tests) != 0;                                              \
    }

/* The same of {test, times}. */
#define RUN_REPEATED(name, ...)                                                                                        \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        const repeated_test tests[] = {__VA_ARGS__};                                                                   \
        return run_repeated(name, tests, sizeof tests / sizeof *tests) != 0;                                           \
    }

#endif
