/*
 * What a permanent is computed by: structure first. The zero pattern splits a square matrix into blocks; each goes to the
 * method that costs least: rank one, kinds of equal rows or columns, the frontier of sparse rows, Glynn's formula.
 */
#include "disorder/permanent_parts.h"

#include <math.h>
#include <string.h>

/* Nanoseconds of an operation of each method, roughly, relative to Glynn's. */
static const double counts_price = 15, frontier_price = 50, mixed_price = 1.5;

/* What is needed to look at blocks of up to n rows. */
typedef struct scratch {
    double *block, *other;            /* [n][n] */
    int32_t *column, *label, *work;   /* [n], [n], [6 n] */
    int32_t *kind[2], *first[2];      /* [n] of rows and of columns */
    int32_t *order;                   /* [n] */
    int64_t *times[2];                /* [n] */
    uint64_t *marks;                  /* [n] */
    size_t kinds[2];
    double states; /* of the frontier */
} scratch;

typedef struct choice {
    int32_t method; /* one of BINNET_PERMANENT_* */
    int columns;    /* REPEATED: equal columns, not rows */
    bni_cost cost;
} choice;

static int zero_line(size_t lines, size_t count, size_t line_step, size_t step, const double *a)
{
    for (size_t i = 0; i < lines; i++) {
        int any = 0;
        for (size_t k = 0; k < count && !any; k++)
            any = a[i * line_step + k * step] != 0;
        if (!any)
            return 1;
    }
    return 0;
}

static size_t zeros_of(size_t count, const double *a)
{
    size_t zeros = 0;
    for (size_t k = 0; k < count; k++)
        zeros += a[k] == 0;
    return zeros;
}

/* --- one block --- */

static void group(scratch *s, size_t n, const double *a)
{
    for (int columns = 0; columns < 2; columns++)
        s->kinds[columns] = bni_permanent_group(n, n, columns ? 1 : n, columns ? n : 1, a, s->kind[columns],
                                                s->times[columns], s->first[columns], s->marks);
}

static void consider(choice *best, double *least, int32_t method, bni_cost cost, double price, int columns)
{
    if (cost.flops * price >= *least)
        return;
    *least = cost.flops * price;
    *best = (choice){method, columns, cost};
}

/* The method for a block without lines of zeros; its matrix grouped. */
static choice choose(const binnet_ctx *ctx, scratch *s, size_t n, const double *a)
{
    choice best = {BINNET_PERMANENT_AUTO, 0, {0, INFINITY}};
    double least = INFINITY;
    size_t zeros = zeros_of(n * n, a);
    if (n == 1 || (zeros == 0 && n > 2 && bni_permanent_is_rank_one(n, a)))
        return (choice){n == 1 ? 0 : BINNET_PERMANENT_RANK_ONE, 0, {0, 100 * (double)n}};
    group(s, n, a);
    if (zeros == 0 && s->kinds[0] == 2 && s->kinds[1] == 2 && n > 8)
        return (choice){BINNET_PERMANENT_CONSTANT, 0, {0, 200 * (double)n}};
    if (n <= BINNET_MAX_PERMANENT)
        consider(&best, &least, BINNET_PERMANENT_GLYNN, bni_permanent_glynn_cost(ctx, n, BINNET_PERMANENT_AUTO),
                 mixed_price, 0);
    for (int columns = 0; columns < 2; columns++)
        if (s->kinds[columns] < n)
            consider(&best, &least, BINNET_PERMANENT_REPEATED,
                     bni_permanent_counts_cost(n, s->kinds[columns], s->times[columns]), counts_price, columns);
    if (zeros >= n && (n >= 14 || (2 * zeros > n * n && n > 4)))
        consider(&best, &least, BINNET_PERMANENT_FRONTIER, bni_permanent_frontier_order(n, a, s->order, &s->states, s->work, (int32_t *)(void *)s->other),
                 frontier_price, 0);
    return best;
}

/* Distinct lines side by side: other[i k + q] = entry i of kind q. */
static void lay_kinds(scratch *s, size_t n, const double *a, int columns)
{
    size_t k = s->kinds[columns];
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < k; q++) {
            size_t line = (size_t)s->first[columns][q];
            s->other[i * k + q] = columns ? a[i * n + line] : a[line * n + i];
        }
}

static bni_ball two_by_two(const scratch *s, size_t n, const double *a)
{
    double b[4];
    for (int k = 0; k < 4; k++)
        b[k] = a[(size_t)s->first[0][k / 2] * n + (size_t)s->first[1][k % 2]];
    return bni_permanent_two_by_two(s->times[0][0], s->times[0][1], s->times[1][0], b);
}

static int32_t solve(binnet_ctx *ctx, scratch *s, bni_ball *out, int32_t *used, size_t n, const double *a)
{
    if (n == 1) {
        *out = bni_ball_of(a[0], 0, 0, 0);
        return BINNET_OK;
    }
    choice c = choose(ctx, s, n, a);
    switch (c.method) {
    case BINNET_PERMANENT_RANK_ONE:
        *used |= c.method;
        *out = bni_permanent_rank_one(n, a);
        break;
    case BINNET_PERMANENT_CONSTANT:
        *used |= c.method;
        *out = two_by_two(s, n, a);
        break;
    case BINNET_PERMANENT_REPEATED:
        lay_kinds(s, n, a, c.columns);
        return bni_permanent_counts(ctx, out, used, n, s->kinds[c.columns], s->other, s->times[c.columns]);
    case BINNET_PERMANENT_FRONTIER:
        return bni_permanent_frontier(ctx, out, used, n, a, s->order, s->states);
    default:
        return bni_permanent_glynn(ctx, out, used, n, a, BINNET_PERMANENT_AUTO);
    }
    if (bni_permanent_integral(out, n, n, a))
        *used |= BINNET_PERMANENT_INTEGRAL;
    return BINNET_OK;
}

static int32_t check(binnet_ctx *ctx, size_t n, const choice *c)
{
    if (c->cost.flops < INFINITY)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_SIZE, "%zu rows and columns that nothing splits, at most %d can be done", n,
                    BINNET_MAX_PERMANENT);
}

/* --- blocks --- */

/* Rows of block q and the columns matched with them, as a matrix; returns its size. */
static size_t extract(scratch *s, size_t n, const double *a, int32_t q)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        size += s->label[i] == q;
    for (size_t i = 0; i < n; i++) {
        if (s->label[i] != q)
            continue;
        for (size_t k = 0; k < n; k++)
            if (s->label[k] == q)
                s->block[at++] = a[i * n + (size_t)s->column[k]];
    }
    return size;
}

/* Costs of all blocks: the most bytes of one, all flops. */
static int32_t plan_blocks(binnet_ctx *ctx, scratch *s, size_t n, const double *a, size_t blocks, bni_cost *cost,
                           int32_t *used, size_t *large)
{
    *large = 0;
    for (size_t q = 0; q < blocks; q++) {
        size_t size = blocks == 1 ? n : extract(s, n, a, (int32_t)q);
        const double *block = blocks == 1 ? a : s->block;
        choice c = choose(ctx, s, size, block);
        BNI_TRY(check(ctx, size, &c));
        cost->bytes = fmax(cost->bytes, c.cost.bytes);
        cost->flops += c.cost.flops;
        *used |= c.method;
        *large += size > 1;
    }
    if (blocks > 1)
        *used |= BINNET_PERMANENT_BLOCKS;
    return BINNET_OK;
}

static int32_t solve_blocks(binnet_ctx *ctx, scratch *s, size_t n, const double *a, size_t blocks, size_t large,
                            bni_ball *out, int32_t *used)
{
    double tolerance = ctx->relative_tolerance, from = ctx->span_from, to = ctx->span_to;
    int32_t status = BINNET_OK;
    *out = bni_ball_of(1, 0, 0, 0);
    if (large > 1) /* of a product */
        ctx->relative_tolerance = 0.9 * tolerance / (double)large;
    for (size_t q = 0; q < blocks && status == BINNET_OK; q++) {
        bni_ball b;
        size_t size = blocks == 1 ? n : extract(s, n, a, (int32_t)q);
        bni_span(ctx, from + (to - from) * (double)q / (double)blocks, from + (to - from) * (double)(q + 1) / (double)blocks);
        status = solve(ctx, s, &b, used, size, blocks == 1 ? a : s->block);
        if (status == BINNET_OK)
            *out = bni_ball_mul(*out, b);
    }
    ctx->relative_tolerance = tolerance;
    bni_span(ctx, from, to);
    if (blocks > 1)
        *used |= BINNET_PERMANENT_BLOCKS;
    return status;
}

/* --- scratch --- */

static double scratch_bytes(size_t n)
{
    return 16.0 * (double)n * (double)n + (double)n * (13 * sizeof(int32_t) + 2 * sizeof(int64_t) + sizeof(uint64_t));
}

static int32_t scratch_new(binnet_ctx *ctx, scratch *s, size_t n)
{
    *s = (scratch){.block = bni_new_raw(ctx, 2 * n, n * sizeof(double)), .column = bni_new_raw(ctx, 13 * n, sizeof(int32_t)),
                   .marks = bni_new_raw(ctx, 3 * n, sizeof(uint64_t))};
    if (s->block == NULL || s->column == NULL || s->marks == NULL)
        return BINNET_E_NOMEM;
    s->other = s->block + n * n;
    s->label = s->column + n;
    s->work = s->label + n;
    s->order = s->work + 6 * n;
    for (size_t k = 0; k < 2; k++) {
        s->kind[k] = s->order + (1 + 2 * k) * n;
        s->first[k] = s->order + (2 + 2 * k) * n;
        s->times[k] = (int64_t *)(void *)(s->marks + (1 + k) * n);
    }
    return BINNET_OK;
}

static void scratch_drop(const binnet_ctx *ctx, scratch *s)
{
    bni_delete(&ctx->mem, s->block);
    bni_delete(&ctx->mem, s->column);
    bni_delete(&ctx->mem, s->marks);
}

/* --- whole matrices --- */

/* Four at a time. */
static int has_zero(size_t count, const double *a)
{
    double least[4] = {1, 1, 1, 1};
    size_t k = 0;
    for (; k + 4 <= count; k += 4)
        for (size_t l = 0; l < 4; l++) {
            double v = fabs(a[k + l]);
            least[l] = v < least[l] ? v : least[l];
        }
    for (; k < count; k++)
        least[0] = a[k] == 0 ? 0 : least[0];
    return least[0] == 0 || least[1] == 0 || least[2] == 0 || least[3] == 0;
}

/* Without zeros or equal lines and not of rank one: nothing to look for, and no scratch needed. */
static int plain(size_t n, const double *a)
{
    if (n > BINNET_MAX_PERMANENT || n < 3)
        return 0;
    double first[BINNET_MAX_PERMANENT]; /* of each row; equal lines have equal first and second entries */
    int equal = 0;
    if (has_zero(n * n, a))
        return 0;
    for (size_t i = 0; i < n; i++)
        first[i] = a[i * n];
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            equal |= (first[i] == first[k]) | (a[i] == a[k]);
    for (size_t i = 1; i < n && equal; i++)
        for (size_t k = 0; k < i; k++)
            if ((a[i * n] == a[k * n] && a[i * n + 1] == a[k * n + 1]) || (a[i] == a[k] && a[n + i] == a[n + k]))
                return 0;
    return !bni_permanent_is_rank_one(n, a);
}

/* Square by its structure; out NULL: the plan only. */
static int32_t square(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t n, const double *a)
{
    if (plain(n, a)) {
        *cost = bni_permanent_glynn_cost(ctx, n, BINNET_PERMANENT_AUTO);
        *used = BINNET_PERMANENT_GLYNN;
        if (out == NULL)
            return BINNET_OK;
        *used = 0;
        BNI_TRY(bni_need_memory(ctx, cost->bytes, "the permanent"));
        return bni_permanent_glynn(ctx, out, used, n, a, BINNET_PERMANENT_AUTO);
    }
    scratch s;
    size_t blocks = 1, large = 0;
    if (n > INT32_MAX / 16)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu rows are too many", n);
    BNI_TRY(bni_need_memory(ctx, scratch_bytes(n), "looking at the structure"));
    int32_t status = scratch_new(ctx, &s, n);
    if (status == BINNET_OK && zeros_of(n * n, a) > 0)
        blocks = bni_permanent_pattern(n, a, s.column, s.label, s.work);
    if (status == BINNET_OK)
        status = plan_blocks(ctx, &s, n, a, blocks, cost, used, &large);
    cost->bytes += scratch_bytes(n);
    if (status == BINNET_OK && out != NULL) {
        *used = 0;
        *out = bni_ball_of(0, 0, 0, 0);
        status = bni_need_memory(ctx, cost->bytes, "the permanent");
        if (status == BINNET_OK && blocks > 0)
            status = solve_blocks(ctx, &s, n, a, blocks, large, out, used);
    }
    scratch_drop(ctx, &s);
    return status;
}

/* As asked for, or by structure. */
static int32_t forced_or_not(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t n, const double *a,
                             int32_t method)
{
    if (method == BINNET_PERMANENT_AUTO)
        return square(ctx, out, cost, used, n, a);
    *cost = bni_permanent_glynn_cost(ctx, n, method);
    *used = method;
    if (out == NULL)
        return BINNET_OK;
    *used = 0;
    BNI_TRY(bni_need_memory(ctx, cost->bytes, "the permanent"));
    return bni_permanent_glynn(ctx, out, used, n, a, method);
}

static int32_t subsets(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a)
{
    *cost = bni_permanent_subsets_cost(m, n);
    *used = BINNET_PERMANENT_SUBSETS;
    if (out == NULL)
        return BINNET_OK;
    *used = 0;
    BNI_TRY(bni_need_memory(ctx, cost->bytes, "the recursion over subsets"));
    return bni_permanent_subsets(ctx, out, used, m, n, a);
}

/* n - m more rows of ones: (n - m)! times the permanent. */
static int32_t extended(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                        int32_t method)
{
    double bytes = 8.0 * (double)n * (double)n;
    BNI_TRY(bni_need_memory(ctx, bytes, "rows of ones"));
    double *more = bni_new_raw(ctx, n, n * sizeof *more);
    if (more == NULL)
        return BINNET_E_NOMEM;
    memcpy(more, a, m * n * sizeof *more);
    for (size_t t = m * n; t < n * n; t++)
        more[t] = 1;
    int64_t limit = ctx->memory_limit;
    ctx->memory_limit -= (int64_t)bytes;
    int32_t status = forced_or_not(ctx, out, cost, used, n, more, method);
    ctx->memory_limit = limit;
    bni_delete(&ctx->mem, more);
    cost->bytes += bytes;
    for (size_t k = 2; k <= n - m && status == BINNET_OK && out != NULL; k++)
        *out = bni_ball_divide(*out, (double)k);
    return status;
}

static int32_t any(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                   int32_t method)
{
    *cost = (bni_cost){0, 0};
    *used = 0;
    if (out != NULL)
        *out = bni_ball_of(m == 0, 0, 0, 0);
    if (m == 0 || zero_line(m, n, n, 1, a) || (m == n && zero_line(n, n, 1, n, a)))
        return BINNET_OK;
    if (method == BINNET_PERMANENT_SUBSETS)
        return subsets(ctx, out, cost, used, m, n, a);
    if (m == n)
        return forced_or_not(ctx, out, cost, used, n, a, method);
    if (method == BINNET_PERMANENT_AUTO && m <= BNI_MOST_SUBSETS) {
        bni_cost by_subsets = bni_permanent_subsets_cost(m, n);
        double dense = n <= BINNET_MAX_PERMANENT ? bni_permanent_glynn_cost(ctx, n, method).flops : INFINITY;
        if (by_subsets.flops * counts_price <= dense && (by_subsets.flops < 1e6 || n > 2 * m) &&
            by_subsets.bytes <= (double)ctx->memory_limit) {
            BNI_TRY(subsets(ctx, out, cost, used, m, n, a));
            if (out == NULL || out->radius <= ctx->relative_tolerance * fabs(out->hi) || n > BINNET_MAX_PERMANENT)
                return BINNET_OK;
        }
    }
    return extended(ctx, out, cost, used, m, n, a, method);
}

int32_t bni_permanent_any(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                          int32_t method)
{
    bni_cost cost;
    return any(ctx, out, &cost, used, m, n, a, method);
}

int32_t bni_permanent_plan(binnet_ctx *ctx, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                           int32_t method)
{
    return any(ctx, NULL, cost, used, m, n, a, method);
}

int32_t bni_permanent_kinds(binnet_ctx *ctx, bni_ball *out, size_t n, size_t k, const double *col,
                            const int64_t *multiplicity)
{
    int32_t used = 0;
    *out = bni_ball_of(n == 0, 0, 0, 0);
    if (n == 0 || zero_line(n, k, k, 1, col))
        return BINNET_OK;
    return bni_permanent_counts(ctx, out, &used, n, k, col, multiplicity);
}
