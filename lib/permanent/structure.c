/*
 * What a square matrix splits into, and the method that costs least for each block: rank one, kinds of equal rows or columns,
 * the frontier of sparse rows, a sum over sign patterns or subsets. In floating point and in integers.
 */
#include "permanent/permanent.h"

#include <math.h>
#include <string.h>

/* Nanoseconds of an operation of each method, roughly, relative to Glynn's; in integers to Ryser's. */
static const double counts_price = 15, frontier_price = 50, mixed_price = 1.5, words_price = 2;

static size_t zeros_of(size_t count, const double *a)
{
    size_t zeros = 0;
    for (size_t k = 0; k < count; k++)
        zeros += a[k] == 0;
    return zeros;
}

/* Of the rows, with polls. */
static int32_t count_zeros(binnet_ctx *ctx, size_t *zeros, size_t n, const double *a)
{
    *zeros = 0;
    for (size_t i = 0; i < n; i++) {
        *zeros += zeros_of(n, a + i * n);
        if (i % 64 == 63)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

double bni_structure_bytes(size_t n)
{
    return 16.0 * (double)n * (double)n + (double)n * (14 * sizeof(int32_t) + 3 * sizeof(uint64_t)) + sizeof(int32_t);
}

static int32_t structure_alloc(binnet_ctx *ctx, bni_structure *s, size_t n)
{
    s->block = bni_new_raw(ctx, 2 * n, n * sizeof(double));
    s->column = bni_new_raw(ctx, 14 * n + 1, sizeof(int32_t));
    s->marks = bni_new_raw(ctx, 3 * n, sizeof(uint64_t));
    if (s->block == NULL || s->column == NULL || s->marks == NULL)
        return BINNET_E_NOMEM;
    s->other = s->block + n * n;
    s->label = s->column + n;
    s->order = s->label + n;
    for (size_t k = 0; k < 2; k++) {
        s->kind[k] = s->order + (1 + 2 * k) * n;
        s->first[k] = s->order + (2 + 2 * k) * n;
        s->times[k] = (int64_t *)(void *)(s->marks + (1 + k) * n);
    }
    s->work = s->order + 5 * n;
    return BINNET_OK;
}

int32_t bni_structure_new(binnet_ctx *ctx, bni_structure *s, size_t n, const double *a)
{
    size_t zeros;
    *s = (bni_structure){.n = n, .blocks = 1, .a = a};
    if (n > INT32_MAX / 16 || (double)n * (double)n > INT32_MAX)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu rows are too many", n);
    BNI_TRY(bni_need_memory(ctx, bni_structure_bytes(n), "looking at the structure"));
    int32_t status = structure_alloc(ctx, s, n);
    if (status == BINNET_OK)
        status = count_zeros(ctx, &zeros, n, a);
    if (status == BINNET_OK && zeros > 0)
        status = bni_permanent_pattern(ctx, &s->blocks, n, a, s->column, s->label, s->work,
                                       (int32_t *)(void *)s->other);
    if (status != BINNET_OK)
        bni_structure_drop(ctx, s);
    return status;
}

void bni_structure_drop(const binnet_ctx *ctx, bni_structure *s)
{
    bni_delete(&ctx->mem, s->block);
    bni_delete(&ctx->mem, s->column);
    bni_delete(&ctx->mem, s->marks);
    *s = (bni_structure){.n = 0};
}

int32_t bni_structure_block(binnet_ctx *ctx, size_t *size, void *block, const bni_structure *s, const void *a,
                            size_t item, size_t q)
{
    size_t n = s->n;
    char *to = block;
    const char *from = a;
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->label[i] != (int32_t)q)
            continue;
        (*size)++;
        for (size_t k = 0; k < n; k++)
            if (s->label[k] == (int32_t)q) {
                memcpy(to, from + (i * n + (size_t)s->column[k]) * item, item);
                to += item;
            }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return bni_poll(ctx, 0);
}

/* --- the method for a block --- */

static int32_t group_lines(binnet_ctx *ctx, bni_structure *s, size_t n, const double *a)
{
    for (int columns = 0; columns < 2; columns++)
        BNI_TRY(bni_permanent_group(ctx, &s->kinds[columns], n, n, columns ? 1 : n, columns ? n : 1, a,
                                    s->kind[columns], s->times[columns], s->first[columns], s->marks));
    return BINNET_OK;
}

static void consider_method(bni_choice *best, double *least, int32_t method, bni_cost cost, double price, int columns)
{
    if (!(cost.flops * price < *least))
        return;
    *least = cost.flops * price;
    *best = (bni_choice){method, columns, cost};
}

static int32_t consider_frontier(binnet_ctx *ctx, bni_choice *best, double *least, bni_structure *s, size_t n,
                                 const double *a, size_t words)
{
    bni_frontier_cost found;
    BNI_TRY(bni_permanent_frontier_order(ctx, &found, n, n, a, s->order, s->work, (int32_t *)(void *)s->other));
    s->states = found.states;
    if (words == 0)
        consider_method(best, least, BINNET_PERMANENT_FRONTIER, bni_permanent_frontier_cost(n, n, found),
                        frontier_price, 0);
    else
        consider_method(best, least, BINNET_PERMANENT_FRONTIER, bni_permanent_frontier_words_cost(n, n, found, words),
                        words_price, 0);
    return BINNET_OK;
}

int32_t bni_structure_choose(binnet_ctx *ctx, bni_choice *best, bni_structure *s, size_t n, const double *a,
                             bni_arithmetic arithmetic)
{
    double least = INFINITY;
    size_t zeros, words = arithmetic.words;
    int rank_one = 0;
    *best = (bni_choice){BINNET_PERMANENT_AUTO, 0, {0, INFINITY}};
    BNI_TRY(count_zeros(ctx, &zeros, n, a));
    if (n == 1) {
        best->cost.flops = 1 + (double)words;
        return BINNET_OK;
    }
    if (zeros == 0 && n > 2 && !arithmetic.inexact)
        BNI_TRY(bni_permanent_is_rank_one(ctx, &rank_one, n, a));
    if (rank_one) {
        *best = (bni_choice){BINNET_PERMANENT_RANK_ONE, 0, {0, 100 * (double)n * (double)(words + 1)}};
        return BINNET_OK;
    }
    s->kinds[0] = s->kinds[1] = n;
    if (!arithmetic.inexact)
        BNI_TRY(group_lines(ctx, s, n, a));
    if (zeros == 0 && s->kinds[0] == 2 && s->kinds[1] == 2 && n > 8 && words == 0) {
        *best = (bni_choice){BINNET_PERMANENT_CONSTANT, 0, {0, 200 * (double)n}};
        return BINNET_OK;
    }
    if (n <= BINNET_MAX_PERMANENT) {
        if (words == 0)
            consider_method(best, &least, BINNET_PERMANENT_GLYNN,
                            bni_permanent_glynn_cost(ctx, n, BINNET_PERMANENT_AUTO), mixed_price, 0);
        else
            consider_method(best, &least, BINNET_PERMANENT_GLYNN, bni_permanent_ryser_cost(ctx, n, n, words), 1, 0);
    }
    for (int columns = 0; columns < 2; columns++)
        if (s->kinds[columns] < n) {
            bni_cost cost = words == 0 ? bni_permanent_counts_cost(n, s->kinds[columns], s->times[columns])
                                       : bni_permanent_counts_words_cost(s->kinds[columns], s->times[columns], words);
            consider_method(best, &least, BINNET_PERMANENT_REPEATED, cost, words == 0 ? counts_price : words_price,
                            columns);
        }
    if (zeros >= n && (n >= 14 || (2 * zeros > n * n && n > 4)))
        BNI_TRY(consider_frontier(ctx, best, &least, s, n, a, words));
    return BINNET_OK;
}
