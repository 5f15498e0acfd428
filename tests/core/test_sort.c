/*
 * The sort of the library: order, nothing lost, comparisons of O(n log n) on every pattern, and the poll of long lists.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/support.h"

#include "core/core.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t comparisons;

/* The key is the first byte, or the first 4 bytes of items that have them. */
static int by_byte(const void *a, const void *b, const void *unused)
{
    (void)unused;
    comparisons++;
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

static uint32_t key_of(const void *a)
{
    uint32_t x;
    memcpy(&x, a, sizeof x);
    return x;
}

static int by_uint32(const void *a, const void *b)
{
    return (key_of(a) > key_of(b)) - (key_of(a) < key_of(b));
}

static int by_key(const void *a, const void *b, const void *unused)
{
    (void)unused;
    comparisons++;
    return (key_of(a) > key_of(b)) - (key_of(a) < key_of(b));
}

enum { RANDOM, RISING, FALLING, EQUAL, FEW, ORGAN_PIPE, SAWTOOTH, NEARLY, PATTERNS };

static uint32_t item_of(dice *d, int pattern, size_t k, size_t n)
{
    switch (pattern) {
    case RISING:
        return (uint32_t)k;
    case FALLING:
        return (uint32_t)(n - k);
    case EQUAL:
        return 7;
    case FEW:
        return (uint32_t)roll_to(d, 3);
    case ORGAN_PIPE:
        return (uint32_t)(k < n - k ? k : n - k);
    case SAWTOOTH:
        return (uint32_t)(k % 17);
    case NEARLY:
        return (uint32_t)(roll(d) < 0.01 ? roll_to(d, n) : k);
    default:
        return (uint32_t)roll_to(d, UINT32_MAX);
    }
}

/* Items carry the key, then bytes that follow from the key and a number below 2^16, whose sum must stay. */
static void check_sort(size_t n, size_t size, int pattern, uint64_t seed)
{
    dice d = dice_of(seed);
    unsigned char *v = malloc(n * size + 1);
    ck_assert_ptr_nonnull(v);
    uint64_t sum = 0, after = 0;
    uint32_t *kept = calloc(n + 1, sizeof *kept);
    ck_assert_ptr_nonnull(kept);
    v[n * size] = 0xee;
    for (size_t k = 0; k < n; k++) {
        uint32_t key = item_of(&d, pattern, k, n);
        for (size_t b = 0; b < size; b++)
            v[k * size + b] = (unsigned char)(b < 4 ? key >> 8 * b : (key * 31 + b));
        if (size >= 4)
            memcpy(v + k * size, &key, 4); /* whichever way round its bytes are */
        kept[k] = size >= 4 ? key : v[k * size];
        for (size_t b = 0; b < size; b++)
            sum += (b + 1) * v[k * size + b];
    }
    comparisons = 0;
    bni_sort(NULL, v, n, size, size >= 4 ? by_key : by_byte, NULL);
    double most = 4 * (double)n * (log2((double)n + 1) + 2);
    ck_assert_msg((double)comparisons <= most, "%zu items, pattern %d: %.3g comparisons, %.3g allowed", n, pattern,
                  (double)comparisons, most);
    qsort(kept, n, sizeof *kept, by_uint32);
    size_t wrong = 0;
    for (size_t k = 0; k < n; k++) {
        uint32_t key = size >= 4 ? key_of(v + k * size) : v[k * size];
        wrong += key != kept[k];
        for (size_t b = 0; b < size; b++) {
            after += (b + 1) * v[k * size + b];
            wrong += b >= 4 && v[k * size + b] != (unsigned char)(key * 31 + b);
        }
    }
    ck_assert_msg(wrong == 0, "%zu items of %zu bytes, pattern %d, seed %d: %zu wrong", n, size, pattern, (int)seed,
                  wrong);
    ck_assert_uint_eq(sum, after);
    ck_assert_uint_eq(v[n * size], 0xee);
    free(kept);
    free(v);
}

START_TEST(every_pattern)
{
    static const size_t size[] = {1, 2, 3, 4, 8, 12, 24, 33};
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        for (size_t n = 0; n < 40; n++)
            check_sort(n, size[s], _i, n + 1);
        check_sort(1000, size[s], _i, 5);
        check_sort(20011, size[s], _i, 6);
    }
}
END_TEST

/* An adversary that answers so that each pivot splits as little as it can: McIlroy, Software: Practice and Experience 29
 * (1999) 341. Without the heap the comparisons would be quadratic. */
static int solid, candidate, gas;

static int by_spite(const void *a, const void *b, const void *values)
{
    int x = *(const int *)a, y = *(const int *)b, *value = *(int *const *)values;
    comparisons++;
    if (value[x] == gas && value[y] == gas)
        value[x == candidate ? x : y] = solid++;
    if (value[x] == gas)
        candidate = x;
    else if (value[y] == gas)
        candidate = y;
    return (value[x] > value[y]) - (value[x] < value[y]);
}

START_TEST(adversary)
{
    const int n = 30000;
    int *v = malloc((size_t)n * sizeof *v);
    int *value = malloc((size_t)n * sizeof *value);
    ck_assert(v != NULL && value != NULL);
    gas = n - 1;
    solid = candidate = 0;
    for (int k = 0; k < n; k++) {
        v[k] = k;
        value[k] = gas;
    }
    comparisons = 0;
    bni_sort(NULL, v, (size_t)n, sizeof *v, by_spite, &value);
    double most = 5 * n * log2(n);
    ck_assert_msg((double)comparisons <= most, "%.3g comparisons, %.3g allowed", (double)comparisons, most);
    int wrong = 0;
    for (int k = 1; k < n; k++)
        wrong += value[v[k - 1]] > value[v[k]];
    ck_assert_int_eq(wrong, 0);
    free(v);
    free(value);
}
END_TEST

static int32_t stop_at_once(void *user, double fraction, double left)
{
    (void)fraction;
    (void)left;
    ++*(int *)user;
    return 1;
}

static int slowly(const void *a, const void *b, const void *unused)
{
    (void)unused;
    if (comparisons++ % 1024 == 0) {
        struct timespec t = {0, 500000};
        nanosleep(&t, NULL);
    }
    return (key_of(a) > key_of(b)) - (key_of(a) < key_of(b));
}

/* A stopped sort ends soon and has lost nothing. */
START_TEST(stops)
{
    enum { N = 1 << 18 };
    int asked = 0;
    binnet_ctx *ctx = new_ctx(1);
    uint32_t *v = malloc(N * sizeof *v);
    ck_assert_ptr_nonnull(v);
    dice d = dice_of(3);
    uint64_t sum = 0, after = 0;
    for (size_t k = 0; k < N; k++)
        sum += v[k] = (uint32_t)roll_to(&d, UINT32_MAX);
    OK(binnet_ctx_set_hook(ctx, stop_at_once, &asked));
    ck_assert_int_eq(bni_begin(ctx), BINNET_OK);
    comparisons = 0;
    ck_assert_int_eq(bni_sort(ctx, v, N, sizeof *v, slowly, NULL), BINNET_E_INTERRUPTED);
    ck_assert_int_eq(asked, 1);
    ck_assert_uint_lt(comparisons, 2 * N);
    for (size_t k = 0; k < N; k++)
        after += v[k];
    ck_assert_uint_eq(sum, after);
    OK(bni_sort(ctx, v, 100, sizeof *v, by_key, NULL));
    free(v);
    binnet_ctx_free(ctx);
}
END_TEST

/* Pairs come in the order of their keys, and of equal keys in the order given, which is that of their values. */
START_TEST(pairs)
{
    binnet_ctx *ctx = new_ctx(1);
    static const size_t size[] = {0, 1, 2, 3, 31, 32, 33, 34, 100, 1000, 70000};
    for (size_t m = 0; m < sizeof size / sizeof *size; m++)
        for (int shift = 0; shift < 64; shift += 7) {
            size_t n = size[m], wrong = 0;
            dice d = dice_of(n + 1);
            bni_pair *v = malloc((2 * n + 1) * sizeof *v);
            ck_assert_ptr_nonnull(v);
            uint64_t sum = 0;
            for (size_t k = 0; k < n; k++) {
                v[k] = (bni_pair){(uint64_t)item_of(&d, _i, k, n) << shift, k};
                sum += v[k].key;
            }
            OK(bni_sort_pairs(ctx, v, v + n, n));
            for (size_t k = 0; k < n; k++) {
                sum -= v[k].key;
                wrong += k > 0 &&
                         (v[k].key < v[k - 1].key || (v[k].key == v[k - 1].key && v[k].value <= v[k - 1].value));
            }
            ck_assert_uint_eq(sum, 0);
            ck_assert_msg(wrong == 0, "%zu pairs, shift %d: %zu wrong", n, shift, wrong);
            free(v);
        }
    binnet_ctx_free(ctx);
}
END_TEST

/* Two arrays side by side, sorted as one list. */
typedef struct columns {
    uint32_t *key;
    double *twice;
} columns;

static int before(void *arg, size_t a, size_t b)
{
    const columns *c = arg;
    comparisons++;
    return c->key[a] < c->key[b];
}

static void swap_rows(void *arg, size_t a, size_t b)
{
    columns *c = arg;
    uint32_t key = c->key[a];
    double twice = c->twice[a];
    c->key[a] = c->key[b];
    c->twice[a] = c->twice[b];
    c->key[b] = key;
    c->twice[b] = twice;
}

START_TEST(places)
{
    for (size_t n = 0; n < 3000; n = n < 40 ? n + 1 : 3 * n) {
        dice d = dice_of(n + 1);
        columns c = {malloc((n + 1) * sizeof *c.key), malloc((n + 1) * sizeof *c.twice)};
        ck_assert(c.key != NULL && c.twice != NULL);
        uint32_t sum = 0;
        for (size_t k = 0; k < n; k++) {
            c.key[k] = item_of(&d, _i, k, n);
            c.twice[k] = 2.0 * c.key[k];
            sum += c.key[k];
        }
        comparisons = 0;
        OK(bni_sort_places(NULL, n, &(bni_places){before, swap_rows, &c}));
        ck_assert((double)comparisons <= 4 * (double)n * (log2((double)n + 1) + 2));
        for (size_t k = 0; k < n; k++) {
            sum -= c.key[k];
            ck_assert(k == 0 || c.key[k - 1] <= c.key[k]);
            ck_assert(c.twice[k] == 2.0 * c.key[k]);
        }
        ck_assert_uint_eq(sum, 0);
        free(c.key);
        free(c.twice);
    }
}
END_TEST

RUN_REPEATED("sort", {every_pattern, PATTERNS}, {adversary, 1}, {stops, 1}, {pairs, PATTERNS}, {places, PATTERNS})
