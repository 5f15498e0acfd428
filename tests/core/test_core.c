/* The context: parameters and their ranges, messages, codes, allocators. (Hooks, limits, failing allocations: tests/resources.) */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

START_TEST(parameters)
{
    binnet_ctx *ctx = new_ctx(1);
    const int32_t whole[] = {BINNET_P_THREADS, BINNET_P_MEMORY_LIMIT, BINNET_P_MAX_ITERATIONS, BINNET_P_SEED,
                             BINNET_P_METHOD,  BINNET_P_MAX_PERIOD,   BINNET_P_WORK_LIMIT};
    for (size_t k = 0; k < sizeof whole / sizeof *whole; k++) {
        int64_t least, greatest, initial, value;
        OK(binnet_param_range_i64(whole[k], &least, &greatest, &initial));
        ck_assert(least <= initial && initial <= greatest);
        OK(binnet_ctx_get_i64(ctx, whole[k], &value));
        ck_assert(value == initial);
        OK(binnet_ctx_set_i64(ctx, whole[k], greatest));
        OK(binnet_ctx_set_i64(ctx, whole[k], least));
        OK(binnet_ctx_get_i64(ctx, whole[k], &value));
        ck_assert(value == least);
        if (least > INT64_MIN)
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, whole[k], least - 1), BINNET_E_RANGE);
        if (greatest < INT64_MAX)
            ck_assert_int_eq(binnet_ctx_set_i64(ctx, whole[k], greatest + 1), BINNET_E_RANGE);
        OK(binnet_ctx_get_i64(ctx, whole[k], &value));
        ck_assert(value == least);
        ck_assert_int_eq(binnet_ctx_set_f64(ctx, whole[k], 1), BINNET_E_KEY);
        ck_assert_int_eq(binnet_param_range_f64(whole[k], NULL, NULL, NULL), BINNET_E_KEY);
    }
    double least, greatest, initial, value;
    OK(binnet_param_range_f64(BINNET_P_TOLERANCE, &least, &greatest, &initial));
    OK(binnet_ctx_get_f64(ctx, BINNET_P_TOLERANCE, &value));
    ck_assert(value == initial && least < initial && initial < greatest);
    ck_assert_int_eq(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 0), BINNET_E_RANGE);
    ck_assert_int_eq(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, NAN), BINNET_E_RANGE);
    ck_assert(binnet_ctx_message(ctx)[0] != 0);
    OK(binnet_ctx_set_f64(ctx, BINNET_P_TOLERANCE, 1e-6));
    ck_assert_int_eq(binnet_ctx_set_i64(ctx, 999, 1), BINNET_E_KEY);
    ck_assert_int_eq(binnet_ctx_get_f64(ctx, 999, &value), BINNET_E_KEY);
    ck_assert_int_eq(binnet_ctx_set_i64(NULL, BINNET_P_SEED, 1), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ctx_get_i64(ctx, BINNET_P_SEED, NULL), BINNET_E_NULL);
    ck_assert_int_eq(binnet_ctx_new(NULL), BINNET_E_NULL);
    ck_assert(binnet_ctx_message(NULL) != NULL);
    binnet_ctx_free(NULL);
    binnet_ctx_free(ctx);
}
END_TEST

START_TEST(codes)
{
    const int32_t known[] = {0, 101, 102, 103, 104, 105, 106, 201, 202, 203, 204, 301, 302, 303, 304, 901};
    const char *unknown = binnet_strerror(12345);
    ck_assert(unknown != NULL);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        const char *text = binnet_strerror(known[k]);
        ck_assert(text != NULL && text[0] != 0 && strcmp(text, unknown) != 0);
        for (size_t j = 0; j < k; j++)
            ck_assert_msg(strcmp(text, binnet_strerror(known[j])) != 0, "%d and %d", known[k], known[j]);
    }
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", BINNET_VERSION_MAJOR, BINNET_VERSION_MINOR, BINNET_VERSION_PATCH);
    ck_assert_str_eq(binnet_version(), version);
    ck_assert(strcmp(binnet_kernels(), "reference") == 0 || strcmp(binnet_kernels(), "avx2") == 0 ||
              strcmp(binnet_kernels(), "avx512") == 0);
    ck_assert(binnet_blas() != NULL && binnet_blas()[0] != 0);
}
END_TEST

typedef struct ledger {
    int64_t blocks, calls;
} ledger;

static void *own_alloc(void *user, size_t size)
{
    ledger *l = user;
    l->blocks++;
    l->calls++;
    return malloc(size);
}

static void *own_realloc(void *user, void *ptr, size_t size)
{
    ledger *l = user;
    l->blocks += ptr == NULL;
    l->calls++;
    return realloc(ptr, size);
}

static void own_free(void *user, void *ptr)
{
    ledger *l = user;
    l->blocks -= ptr != NULL;
    free(ptr);
}

/* Objects outlive their ctx and are freed in any order. */
START_TEST(allocator)
{
    ledger l = {0, 0};
    binnet_ctx *ctx;
    binnet_net *net;
    binnet_noise *noise;
    binnet_chain *chain;
    binnet_law *law;
    const double J[4] = {0, 1, -1, 0}, scale[2] = {1, 1};
    ck_assert_int_eq(binnet_ctx_new_alloc(&ctx, own_alloc, NULL, own_free, &l), BINNET_E_NULL);
    ck_assert(ctx == NULL);
    OK(binnet_ctx_new_alloc(&ctx, own_alloc, own_realloc, own_free, &l));
    OK(binnet_net_new(ctx, &net, 2, J, NULL, NULL, NULL));
    OK(binnet_noise_new_gaussian(ctx, &noise, 2, scale));
    OK(binnet_chain_new(ctx, &chain, net, noise, BINNET_UPDATE_SYNCHRONOUS));
    binnet_net_free(net);
    OK(binnet_chain_stationary(ctx, &law, chain));
    binnet_ctx_free(ctx);
    ck_assert(binnet_law_size(law) == 4 && binnet_law_data(law)[0] > 0);
    binnet_chain_free(chain);
    binnet_noise_free(noise);
    binnet_law_free(law);
    ck_assert(l.blocks == 0 && l.calls > 0);
}
END_TEST

RUN_TESTS("core", parameters, codes, allocator)
