/*
 * What a permanent is computed by: structure first. The zero pattern splits a square matrix into blocks, each of which goes to
 * the method that costs least; wide matrices by subsets, by the frontier, or with rows of ones.
 */
#include "permanent/permanent.h"

#include <math.h>
#include <string.h>

/* Nanoseconds of an operation, roughly, relative to Glynn's formula. */
static const double counts_price = 15, frontier_price = 50;

static const bni_arithmetic in_doubles = {0, 0};

static int32_t find_zero_line(binnet_ctx *ctx, int *found, size_t lines, size_t count, size_t line_step, size_t step,
                              const double *a)
{
    *found = 0;
    for (size_t i = 0; i < lines && !*found; i++) {
        int any = 0;
        for (size_t k = 0; k < count && !any; k++)
            any = a[i * line_step + k * step] != 0;
        *found = !any;
        if (i % 64 == 63)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- one block --- */

/* Distinct lines side by side: other[i k + q] = entry i of kind q. */
static void lay_kinds(bni_structure *s, size_t n, const double *a, int columns)
{
    size_t k = s->kinds[columns];
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < k; q++) {
            size_t line = (size_t)s->first[columns][q];
            s->other[i * k + q] = columns ? a[i * n + line] : a[line * n + i];
        }
}

static bni_ball two_by_two(const bni_structure *s, size_t n, const double *a)
{
    double b[4];
    for (int k = 0; k < 4; k++)
        b[k] = a[(size_t)s->first[0][k / 2] * n + (size_t)s->first[1][k % 2]];
    return bni_permanent_two_by_two(s->times[0][0], s->times[0][1], s->times[1][0], b);
}

static int32_t solve_by_choice(binnet_ctx *ctx, bni_structure *s, bni_ball *out, int32_t *used, size_t n,
                               const double *a, double tolerance)
{
    if (n == 1) {
        *out = bni_ball_of(a[0], 0, 0, 0);
        return BINNET_OK;
    }
    bni_choice c;
    BNI_TRY(bni_structure_choose(ctx, &c, s, n, a, in_doubles));
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
        return bni_permanent_counts(ctx, out, used, n, s->kinds[c.columns], s->other, s->times[c.columns], tolerance);
    case BINNET_PERMANENT_FRONTIER:
        return bni_permanent_frontier(ctx, out, used, n, n, a, s->order, s->states);
    default:
        return bni_permanent_glynn(ctx, out, used, n, a, (bni_request){BINNET_PERMANENT_AUTO, tolerance});
    }
    return bni_permanent_integral(ctx, used, out, n, n, a);
}

int32_t bni_permanent_need(binnet_ctx *ctx, const bni_cost *cost, size_t m, size_t n)
{
    if (cost->flops < INFINITY)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_SIZE, "%zu x %zu: a part that nothing splits has more than %d rows or columns", m, n,
                    BINNET_MAX_PERMANENT);
}

/* --- blocks --- */

/* Costs of all blocks: the most bytes of one, all flops. */
static int32_t plan_blocks(binnet_ctx *ctx, bni_structure *s, bni_cost *cost, int32_t *used, size_t *large)
{
    *large = 0;
    for (size_t q = 0; q < s->blocks; q++) {
        size_t size = s->n;
        bni_choice c;
        if (s->blocks > 1)
            BNI_TRY(bni_structure_block(ctx, &size, s->block, s, s->a, sizeof *s->a, q));
        BNI_TRY(bni_structure_choose(ctx, &c, s, size, s->blocks == 1 ? s->a : s->block, in_doubles));
        cost->bytes = fmax(cost->bytes, c.cost.bytes);
        cost->flops += c.cost.flops;
        *used |= c.method;
        *large += size > 1;
    }
    if (s->blocks > 1)
        *used |= BINNET_PERMANENT_BLOCKS;
    return BINNET_OK;
}

static int32_t choose_block(binnet_ctx *ctx, bni_structure *s, size_t q, bni_ball *out, int32_t *used, double tolerance)
{
    size_t size = s->n;
    if (s->blocks > 1)
        BNI_TRY(bni_structure_block(ctx, &size, s->block, s, s->a, sizeof *s->a, q));
    return solve_by_choice(ctx, s, out, used, size, s->blocks == 1 ? s->a : s->block, tolerance);
}

static int32_t solve_blocks(binnet_ctx *ctx, bni_structure *s, size_t large, bni_ball *out, int32_t *used,
                            double tolerance)
{
    bni_progress whole = bni_progress_push(ctx);
    *out = bni_ball_of(1, 0, 0, 0);
    if (large > 1) /* of a product */
        tolerance *= 0.9 / (double)large;
    for (size_t q = 0; q < s->blocks; q++) {
        bni_ball b;
        bni_progress_part(ctx, whole, (double)q, (double)s->blocks);
        BNI_TRY(choose_block(ctx, s, q, &b, used, tolerance));
        *out = bni_ball_mul(*out, b);
    }
    bni_progress_pop(ctx, whole);
    if (s->blocks > 1)
        *used |= BINNET_PERMANENT_BLOCKS;
    return BINNET_OK;
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
static int is_plain(binnet_ctx *ctx, size_t n, const double *a)
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
    int rank_one; /* small: no poll */
    return bni_permanent_is_rank_one(ctx, &rank_one, n, a) == BINNET_OK && !rank_one;
}

/* Square by its structure; out NULL: the plan only. */
static int32_t square_by_structure(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t n,
                                   const double *a, bni_request want)
{
    if (is_plain(ctx, n, a)) {
        *cost = bni_permanent_glynn_cost(ctx, n, BINNET_PERMANENT_AUTO);
        *used = BINNET_PERMANENT_GLYNN;
        if (out == NULL)
            return BINNET_OK;
        *used = 0;
        BNI_TRY(bni_need_memory(ctx, cost->bytes, "the permanent"));
        return bni_permanent_glynn(ctx, out, used, n, a, want);
    }
    bni_structure s;
    size_t large = 0;
    BNI_TRY(bni_structure_new(ctx, &s, n, a));
    int32_t status = plan_blocks(ctx, &s, cost, used, &large);
    cost->bytes += bni_structure_bytes(n);
    if (status == BINNET_OK && out != NULL) {
        *used = 0;
        *out = bni_ball_of(0, 0, 0, 0);
        status = bni_permanent_need(ctx, cost, n, n);
        if (status == BINNET_OK)
            status = bni_need_memory(ctx, cost->bytes, "the permanent");
        if (status == BINNET_OK && s.blocks > 0)
            status = solve_blocks(ctx, &s, large, out, used, want.tolerance);
    }
    bni_structure_drop(ctx, &s);
    return status;
}

/* As asked for, or by structure. */
static int32_t forced_or_not(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t n, const double *a,
                             bni_request want)
{
    if (want.method == BINNET_PERMANENT_AUTO)
        return square_by_structure(ctx, out, cost, used, n, a, want);
    *cost = bni_permanent_glynn_cost(ctx, n, want.method);
    *used = want.method;
    if (out == NULL)
        return BINNET_OK;
    *used = 0;
    BNI_TRY(bni_need_memory(ctx, cost->bytes, "the permanent"));
    return bni_permanent_glynn(ctx, out, used, n, a, want);
}

static int32_t subsets(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n,
                       const double *a)
{
    *cost = bni_permanent_subsets_cost(m, n);
    *used = BINNET_PERMANENT_SUBSETS;
    if (out == NULL)
        return BINNET_OK;
    *used = 0;
    BNI_TRY(bni_need_memory(ctx, cost->bytes, "the recursion over subsets"));
    return bni_permanent_subsets(ctx, out, used, m, n, a);
}

static double ones_bytes(size_t n)
{
    return 8.0 * (double)n * (double)n;
}

/* n - m more rows of ones: (n - m)! times the permanent. */
static int32_t extended(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n,
                        const double *a, bni_request want)
{
    double bytes = ones_bytes(n);
    BNI_TRY(bni_need_memory(ctx, bytes, "rows of ones"));
    double *more = bni_new_raw(ctx, n, n * sizeof *more);
    if (more == NULL)
        return BINNET_E_NOMEM;
    memcpy(more, a, m * n * sizeof *more);
    for (size_t t = m * n; t < n * n; t++)
        more[t] = 1;
    int64_t limit = bni_set_aside(ctx, bytes);
    int32_t status = forced_or_not(ctx, out, cost, used, n, more, want);
    bni_give_back(ctx, limit);
    bni_delete(&ctx->mem, more);
    cost->bytes += bytes;
    for (size_t k = 2; k <= n - m && status == BINNET_OK && out != NULL; k++)
        *out = bni_ball_divide(*out, (double)k);
    return status;
}

int32_t bni_permanent_order_wide(binnet_ctx *ctx, bni_wide_order *w, size_t m, size_t n, const double *a)
{
    size_t entries = 0;
    *w = (bni_wide_order){.found = {INFINITY, INFINITY}};
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++)
            entries += a[i * n + j] != 0;
        BNI_TRY(bni_poll(ctx, 0));
    }
    if (2 * entries >= m * n || n > INT32_MAX / 16 || entries > INT32_MAX)
        return BINNET_OK;
    w->bytes = sizeof(int32_t) * ((double)m + 6 * (double)n + (double)entries);
    BNI_TRY(bni_need_memory(ctx, w->bytes, "looking at the structure"));
    w->order = bni_new_raw(ctx, m + 6 * n + entries, sizeof *w->order);
    if (w->order == NULL)
        return BINNET_E_NOMEM;
    int32_t status = bni_permanent_frontier_order(ctx, &w->found, m, n, a, w->order, w->order + m,
                                                  w->order + m + 6 * n);
    if (status != BINNET_OK)
        bni_delete(&ctx->mem, w->order);
    return status;
}

static double price_of_method(const bni_cost *cost, int32_t used)
{
    return cost->flops * (used & BINNET_PERMANENT_REPEATED   ? counts_price
                          : used & BINNET_PERMANENT_FRONTIER ? frontier_price
                                                             : 1);
}

static int subsets_suit(const binnet_ctx *ctx, size_t m, size_t n, double most)
{
    if (m > BNI_MOST_SUBSETS)
        return 0;
    bni_cost cost = bni_permanent_subsets_cost(m, n);
    double dense = n <= BINNET_MAX_PERMANENT ? bni_permanent_glynn_cost(ctx, n, BINNET_PERMANENT_AUTO).flops : INFINITY;
    return cost.flops * counts_price <= fmin(dense, most) && (cost.flops < 1e6 || n > 2 * m) &&
           bni_fits_memory(ctx, cost.bytes);
}

/* m < n: by subsets of the rows, by the frontier, or with rows of ones, also when the first was not good enough. */
static int32_t wide_by_choice(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n,
                              const double *a, bni_request want)
{
    bni_wide_order w;
    bni_cost other = {0, 0};
    int32_t ignored = 0;
    BNI_TRY(bni_permanent_order_wide(ctx, &w, m, n, a));
    bni_cost sparse = bni_permanent_frontier_cost(m, n, w.found);
    double price = sparse.flops * frontier_price;
    if (subsets_suit(ctx, m, n, price)) {
        bni_delete(&ctx->mem, w.order);
        BNI_TRY(subsets(ctx, out, cost, used, m, n, a));
        cost->bytes = fmax(cost->bytes, w.bytes);
        if (n > BINNET_MAX_PERMANENT || (out != NULL && out->radius <= want.tolerance * fabs(out->hi)))
            return BINNET_OK;
        if (out != NULL)
            return extended(ctx, out, cost, used, m, n, a, want);
        BNI_TRY(extended(ctx, NULL, &other, &ignored, m, n, a, want));
        cost->bytes = fmax(cost->bytes, other.bytes);
        return BINNET_OK;
    }
    int32_t status = BINNET_OK;
    if (price < INFINITY) {
        int64_t limit = bni_set_aside(ctx, w.bytes);
        status = extended(ctx, NULL, &other, &ignored, m, n, a, want);
        bni_give_back(ctx, limit);
    }
    if (status == BINNET_OK && price < INFINITY && price <= price_of_method(&other, ignored)) {
        *cost = (bni_cost){w.bytes + fmax(sparse.bytes, ones_bytes(n) + bni_structure_bytes(n)), sparse.flops};
        *used = BINNET_PERMANENT_FRONTIER;
        if (out != NULL) {
            *used = 0;
            status = bni_need_memory(ctx, cost->bytes, "the permanent");
            if (status == BINNET_OK)
                status = bni_permanent_frontier(ctx, out, used, m, n, a, w.order, w.found.states);
        }
        bni_delete(&ctx->mem, w.order);
        return status;
    }
    bni_delete(&ctx->mem, w.order);
    if (status == BINNET_OK)
        status = extended(ctx, out, cost, used, m, n, a, want);
    if (price < INFINITY) /* its plan was made beside the order */
        cost->bytes = fmax(cost->bytes, w.bytes + ones_bytes(n) + bni_structure_bytes(n));
    return status;
}

/* The cost is infinite where no method is for a part. */
static int32_t any(binnet_ctx *ctx, bni_ball *out, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                   bni_request want)
{
    int empty = 0;
    *cost = (bni_cost){0, 0};
    *used = 0;
    if (out != NULL)
        *out = bni_ball_of(m == 0, 0, 0, 0);
    if (m == 0)
        return BINNET_OK;
    BNI_TRY(find_zero_line(ctx, &empty, m, n, n, 1, a));
    if (!empty && m == n)
        BNI_TRY(find_zero_line(ctx, &empty, n, n, 1, n, a));
    if (empty)
        return BINNET_OK;
    if (want.method == BINNET_PERMANENT_SUBSETS)
        return subsets(ctx, out, cost, used, m, n, a);
    if (m == n)
        return forced_or_not(ctx, out, cost, used, n, a, want);
    if (want.method != BINNET_PERMANENT_AUTO)
        return extended(ctx, out, cost, used, m, n, a, want);
    return wide_by_choice(ctx, out, cost, used, m, n, a, want);
}

int32_t bni_permanent_any(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                          bni_request want)
{
    bni_cost cost;
    return any(ctx, out, &cost, used, m, n, a, want);
}

int32_t bni_permanent_plan(binnet_ctx *ctx, bni_cost *cost, int32_t *used, size_t m, size_t n, const double *a,
                           int32_t method)
{
    BNI_TRY(any(ctx, NULL, cost, used, m, n, a, (bni_request){method, ctx->relative_tolerance}));
    return bni_permanent_need(ctx, cost, m, n);
}

int32_t bni_permanent_kinds(binnet_ctx *ctx, bni_ball *out, size_t n, size_t k, const double *col,
                            const int64_t *multiplicity)
{
    int32_t used = 0;
    int empty;
    *out = bni_ball_of(n == 0, 0, 0, 0);
    BNI_TRY(find_zero_line(ctx, &empty, n, k, k, 1, col));
    if (n == 0 || empty)
        return BINNET_OK;
    return bni_permanent_counts(ctx, out, &used, n, k, col, multiplicity, ctx->relative_tolerance);
}
