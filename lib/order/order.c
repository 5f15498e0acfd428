/*
 * Order statistics from numbers: the public calls for one point, their checks, and one rank at many points.
 * P(X_(r) <= x) = P(K >= r), K the number of variables <= x.   Source: THEORY 7; the engine is poisson_binomial.c.
 */
#include "order/order.h"

#include <math.h>
#include <string.h>

/* --- checks --- */

static int is_probability(double p)
{
    return p >= 0 && p <= 1;
}

static int32_t blame_probability(binnet_ctx *ctx, size_t n, const double *F, const double *G)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(F[i]) || (G != NULL && isnan(G[i])))
            return bni_fail(ctx, BINNET_E_NAN, "%s[%zu] is NaN", isnan(F[i]) ? "F" : "G", i);
        if (!is_probability(F[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "F[%zu] is %.17g, allowed is 0..1", i, F[i]);
        if (G != NULL && !is_probability(G[i]))
            return bni_fail(ctx, BINNET_E_RANGE, "G[%zu] is %.17g, allowed is 0..1", i, G[i]);
        if (G != NULL && !(fabs(F[i] + G[i] - 1) <= BINNET_ORDER_SLACK))
            return bni_fail(ctx, BINNET_E_RANGE, "F[%zu] + G[%zu] is %.17g, must be 1 within %g", i, i, F[i] + G[i],
                            BINNET_ORDER_SLACK);
    }
    return BINNET_OK;
}

static int32_t check_distributions(binnet_ctx *ctx, size_t n, const double *F, const double *G)
{
    size_t bad = 0; /* as wide as the numbers, which lets compilers take several at once */
    if (n < 1 || n > BINNET_MAX_ORDER)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_ORDER);
    BNI_TRY(bni_need(ctx, F, "F"));
    if (G == NULL)
        for (size_t i = 0; i < n; i++)
            bad += (size_t)(!(F[i] >= 0) | !(F[i] <= 1));
    else
        for (size_t i = 0; i < n; i++)
            bad += (size_t)(!(F[i] >= 0) | !(G[i] >= 0) | !(fabs(F[i] + G[i] - 1) <= BINNET_ORDER_SLACK) |
                            !(F[i] <= 1) | !(G[i] <= 1));
    return bad ? blame_probability(ctx, n, F, G) : BINNET_OK;
}

int32_t bni_order_check_rank(binnet_ctx *ctx, size_t r, size_t n)
{
    if (r >= 1 && r <= n)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_RANGE, "r is %zu, allowed is 1..%zu", r, n);
}

static int32_t check_density(binnet_ctx *ctx, size_t n, const double *f)
{
    BNI_TRY(bni_need(ctx, f, "f"));
    BNI_TRY(bni_need_finite(ctx, f, n, "f"));
    for (size_t i = 0; i < n; i++)
        if (f[i] < 0)
            return bni_fail(ctx, BINNET_E_RANGE, "f[%zu] is %g, must be >= 0", i, f[i]);
    return BINNET_OK;
}

/* --- one point --- */

/* Room for one law and for the G that was not given: on the stack for few variables. */
typedef struct desk {
    bni_order_work w;
    const double *G;
    double *memory;
    double small[2 * (BNI_ORDER_SMALL + 32) + 4 * BNI_ORDER_SMALL];
} desk;

static double desk_bytes(size_t n, int density)
{
    return n <= BNI_ORDER_SMALL ? 0 : 8.0 * (double)(bni_order_room(n, density) + n);
}

static int32_t open_desk(binnet_ctx *ctx, desk *d, size_t n, const double *F, const double *G, int density)
{
    BNI_TRY(check_distributions(ctx, n, F, G));
    BNI_TRY(bni_need_memory(ctx, desk_bytes(n, density), "an order statistic"));
    size_t room = bni_order_room(n, density);
    double *memory = d->small;
    d->memory = NULL;
    if (n > BNI_ORDER_SMALL && (memory = d->memory = bni_new_raw(ctx, room + n, sizeof *memory)) == NULL)
        return BINNET_E_NOMEM;
    bni_order_lay(&d->w, ctx, memory, n, density);
    d->G = G;
    if (G == NULL) {
        double *rest = memory + room;
        for (size_t i = 0; i < n; i++)
            rest[i] = 1 - F[i];
        d->G = rest;
    }
    return BINNET_OK;
}

static int32_t close_desk(binnet_ctx *ctx, desk *d, int32_t status)
{
    bni_delete(&ctx->mem, d->memory);
    return status;
}

/* Tails of X_(r); *out is set on success only. */
static int32_t tails(binnet_ctx *ctx, bni_tails *out, size_t n, const double *F, const double *G, size_t r)
{
    desk d;
    BNI_TRY(bni_order_check_rank(ctx, r, n));
    BNI_TRY(open_desk(ctx, &d, n, F, G, 0));
    return close_desk(ctx, &d, bni_order_tails(&d.w, out, n, F, d.G, r));
}

int32_t binnet_order_cdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G, size_t r)
{
    bni_tails t;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(tails(ctx, &t, n, F, G, r));
    *out = bni_scaled_value(t.cdf);
    return BINNET_OK;
}

int32_t binnet_order_survival(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G, size_t r)
{
    bni_tails t;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(tails(ctx, &t, n, F, G, r));
    *out = bni_scaled_value(t.survival);
    return BINNET_OK;
}

/* Near 1 the logarithm comes from the other tail. */
static double log_tail(bni_scaled p, bni_scaled other)
{
    double q = bni_scaled_value(other);
    return q < 0.5 ? log1p(-q) : bni_scaled_log(p);
}

int32_t binnet_order_log_cdf(binnet_ctx *ctx, double *log_cdf, double *log_survival, size_t n, const double *F,
                             const double *G, size_t r)
{
    bni_tails t;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(tails(ctx, &t, n, F, G, r));
    if (log_cdf != NULL)
        *log_cdf = log_tail(t.cdf, t.survival);
    if (log_survival != NULL)
        *log_survival = log_tail(t.survival, t.cdf);
    return BINNET_OK;
}

static int32_t density_terms(binnet_ctx *ctx, bni_scaled *s, size_t n, const double *F, const double *G,
                             const double *f, size_t r)
{
    desk d;
    BNI_TRY(bni_order_check_rank(ctx, r, n));
    BNI_TRY(open_desk(ctx, &d, n, F, G, 1));
    int32_t status = check_density(ctx, n, f);
    if (status == BINNET_OK)
        status = bni_order_density(&d.w, s, n, F, d.G, f, r);
    return close_desk(ctx, &d, status);
}

int32_t binnet_order_pdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G, const double *f,
                         size_t r)
{
    bni_scaled s;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(density_terms(ctx, &s, n, F, G, f, r));
    *out = bni_scaled_value(s);
    return BINNET_OK;
}

int32_t binnet_order_log_pdf(binnet_ctx *ctx, double *out, size_t n, const double *F, const double *G, const double *f,
                             size_t r)
{
    bni_scaled s;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    BNI_TRY(density_terms(ctx, &s, n, F, G, f, r));
    *out = bni_scaled_log(s);
    return BINNET_OK;
}

/* --- all ranks --- */

int32_t binnet_order_cdf_all(binnet_ctx *ctx, double *cdf, double *survival, size_t n, const double *F, const double *G)
{
    desk d;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(open_desk(ctx, &d, n, F, G, 0));
    int32_t status = bni_order_counts(&d.w, n, F, d.G, NULL);
    if (status == BINNET_OK)
        bni_order_cumulate(&d.w, cdf, survival, n);
    return close_desk(ctx, &d, status);
}

int32_t binnet_order_pdf_all(binnet_ctx *ctx, double *pdf, size_t n, const double *F, const double *G, const double *f)
{
    desk d;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, pdf, "pdf"));
    BNI_TRY(open_desk(ctx, &d, n, F, G, 1));
    int32_t status = check_density(ctx, n, f);
    if (status == BINNET_OK)
        status = bni_order_counts(&d.w, n, F, d.G, f);
    if (status == BINNET_OK)
        memcpy(pdf, d.w.d, n * sizeof *pdf);
    return close_desk(ctx, &d, status);
}

int32_t binnet_order_counts(binnet_ctx *ctx, double *p, size_t len, size_t n, const double *F, const double *G)
{
    desk d;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, p, "p"));
    BNI_TRY(open_desk(ctx, &d, n, F, G, 0));
    if (len != n + 1)
        return close_desk(ctx, &d, bni_fail(ctx, BINNET_E_SIZE, "len is %zu, n + 1 is %zu", len, n + 1));
    int32_t status = bni_order_counts(&d.w, n, F, d.G, NULL);
    if (status == BINNET_OK)
        memcpy(p, d.w.p, len * sizeof *p);
    return close_desk(ctx, &d, status);
}

int32_t binnet_order_estimate(binnet_ctx *ctx, uint64_t *counts, uint64_t *bytes, double *flops, size_t n, size_t r,
                              int32_t with_density)
{
    BNI_TRY(bni_begin(ctx));
    if (n < 1 || n > BINNET_MAX_ORDER)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_ORDER);
    if (r > 0)
        BNI_TRY(bni_order_check_rank(ctx, r, n));
    if (bytes != NULL)
        *bytes = (uint64_t)desk_bytes(n, with_density != 0);
    if (counts != NULL)
        *counts = r == 0 ? n + 1 : r < n + 1 - r ? r : n + 1 - r;
    double all = (double)n * fmin((double)n, 60 * sqrt((double)n));
    if (flops != NULL)
        *flops = (with_density ? 3 : 1) * (r > 0 ? bni_order_cost(n, r) : all);
    return BINNET_OK;
}

/* --- one rank at many points --- */

/* All that the workers share. */
typedef struct many {
    double *cdf, *survival;
    size_t points, n, r, cap;
    const double *F, *G;
    int below; /* the counted side */
    double *memory;
    size_t room;        /* doubles of one worker */
    size_t first, last; /* points of this round */
    atomic_int bad;     /* a value that is no probability */
    const bni_order_kernels *kern;
} many;

static const double lanes_least = 1e-300; /* below, a point is done again by itself (NaN till then) */

static size_t many_room(size_t n, size_t cap)
{
    return (2 * n + cap + 4 + 2) * BNI_LANES;
}

/* The last columns of F or G, filled up with the last one; NULL stays. */
static const double *fill_up(const many *a, double *to, const double *from, size_t j)
{
    if (from == NULL)
        return NULL;
    size_t count = a->points - j;
    for (size_t i = 0; i < a->n; i++)
        for (size_t v = 0; v < BNI_LANES; v++)
            to[i * BNI_LANES + v] = from[i * a->points + j + (v < count ? v : count - 1)];
    return to;
}

static void put_order(double *out, size_t at, double value)
{
    if (out != NULL)
        out[at] = value;
}

static void many_work(void *arg, int worker, int workers)
{
    many *a = arg;
    uint64_t from, to;
    double *memory = a->memory + (size_t)worker * a->room, *low = memory, *high = low + BNI_LANES;
    double *F_room = high + BNI_LANES, *G_room = F_room + a->n * BNI_LANES, *p = G_room + a->n * BNI_LANES;
    bni_share(a->last - a->first, BNI_LANES, worker, workers, &from, &to);
    for (uint64_t at = a->first + from; at < a->first + to; at += BNI_LANES) {
        size_t j = (size_t)at, ld = a->points, count = a->points - j < BNI_LANES ? a->points - j : BNI_LANES;
        const double *F = a->F + j, *G = a->G != NULL ? a->G + j : NULL;
        if (count < BNI_LANES) {
            F = fill_up(a, F_room, a->F, j);
            G = fill_up(a, G_room, a->G, j);
            ld = BNI_LANES;
        }
        if (!a->kern->count_lanes(low, high, p, a->below ? F : G, a->below ? G : F, ld, a->n, a->cap,
                                  BINNET_ORDER_SLACK)) {
            atomic_store(&a->bad, 1);
            return;
        }
        const double *cdf = a->below ? high : low, *survival = a->below ? low : high;
        for (size_t v = 0; v < count; v++) {
            int good = low[v] >= lanes_least && high[v] >= lanes_least;
            put_order(a->cdf, j + v, good ? cdf[v] : NAN);
            put_order(a->survival, j + v, good ? survival[v] : NAN);
        }
    }
}

/* Point j by itself; column: room for 2 n. */
static int32_t single_rank(binnet_ctx *ctx, many *a, double *column, size_t j)
{
    bni_tails t;
    double *F = column, *G = column + a->n;
    for (size_t i = 0; i < a->n; i++) {
        F[i] = a->F[i * a->points + j];
        G[i] = a->G != NULL ? a->G[i * a->points + j] : 1 - F[i];
    }
    BNI_TRY(check_distributions(ctx, a->n, F, G));
    bni_order_work w;
    bni_order_lay(&w, ctx, column + 2 * a->n, a->n, 0);
    w.done = (double)j / (double)a->points;
    w.share = 0; /* within a point the fraction stands still */
    BNI_TRY(bni_order_tails(&w, &t, a->n, F, G, a->r));
    put_order(a->cdf, j, bni_scaled_value(t.cdf));
    put_order(a->survival, j, bni_scaled_value(t.survival));
    return BINNET_OK;
}

static int32_t single_ranks(binnet_ctx *ctx, many *a, double *column)
{
    const double *some = a->cdf != NULL ? a->cdf : a->survival;
    for (size_t j = a->first; j < a->last; j++)
        if (isnan(some[j])) {
            BNI_TRY(single_rank(ctx, a, column, j));
            BNI_TRY(bni_poll(ctx, (double)j / (double)a->points));
        }
    return BINNET_OK;
}

/* The first value that is no probability. */
static int32_t many_blame(binnet_ctx *ctx, const many *a)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < a->points; j++) {
            size_t k = i * a->points + j;
            double F = a->F[k], G = a->G != NULL ? a->G[k] : 1 - F;
            if (isnan(F) || isnan(G))
                return bni_fail(ctx, BINNET_E_NAN, "%s of variable %zu at point %zu is NaN", isnan(F) ? "F" : "G", i,
                                j);
            if (!is_probability(F) || !is_probability(G) || !(fabs(F + G - 1) <= BINNET_ORDER_SLACK))
                return bni_fail(ctx, BINNET_E_RANGE,
                                "variable %zu at point %zu: F is %.17g, G is %.17g, must be in 0..1 and add up to 1", i,
                                j, F, G);
        }
    return BINNET_E_INTERNAL;
}

static int32_t many_rounds(binnet_ctx *ctx, many *a, bni_team *team, double *column)
{
    /* A round of some 10 ms a worker between two polls. */
    double each = 0.2 * (double)a->n * (double)(a->cap + 20), size = 1e7 / each * bni_team_size(team);
    size_t step = size < BNI_LANES ? BNI_LANES : size < 1e6 ? (size_t)size / BNI_LANES * BNI_LANES : 1000000;
    for (a->first = 0; a->first < a->points; a->first = a->last) {
        a->last = a->points - a->first < step ? a->points : a->first + step;
        bni_team_run(team, many_work, a);
        if (atomic_load(&a->bad))
            return many_blame(ctx, a);
        BNI_TRY(single_ranks(ctx, a, column));
        BNI_TRY(bni_poll(ctx, (double)a->last / (double)a->points));
    }
    return BINNET_OK;
}

int32_t binnet_order_cdf_many(binnet_ctx *ctx, double *cdf, double *survival, size_t points, size_t n, const double *F,
                              const double *G, size_t r)
{
    BNI_TRY(bni_begin(ctx));
    if (n < 1 || n > BINNET_MAX_ORDER)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_ORDER);
    BNI_TRY(bni_order_check_rank(ctx, r, n));
    BNI_TRY(bni_need(ctx, F, "F"));
    if (points == 0 || (cdf == NULL && survival == NULL))
        return BINNET_OK;
    if (points > SIZE_MAX / 8 / n)
        return bni_fail(ctx, BINNET_E_RANGE, "%zu points of %zu variables do not fit an address", points, n);
    many a = {.cdf = cdf,
              .survival = survival,
              .points = points,
              .n = n,
              .r = r,
              .F = F,
              .G = G,
              .last = points,
              .below = r <= n - r + 1,
              .kern = bni_kernels_get()->order};
    a.cap = a.below ? r : n - r + 1;
    a.room = many_room(n, a.cap);
    int alone = bni_order_cost(n, r) < 0.5 * (double)n * (double)a.cap || n > 20000; /* the lanes know no band */
    int workers = (double)ctx->threads < (double)points / 256 ? (int)ctx->threads
                  : points >= 512                             ? (int)(points / 256)
                                                              : 1;
    if (alone)
        workers = 0;
    size_t column_room = 2 * n + bni_order_room(n, 0), lanes = (size_t)workers * a.room;
    BNI_TRY(bni_need_memory(ctx, 8.0 * (double)(column_room + lanes) + bni_team_bytes(workers),
                            "order statistics at many points"));
    double *memory = bni_new_raw(ctx, column_room + lanes, sizeof *memory);
    bni_team *team = NULL;
    int32_t status = memory == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK && workers > 1)
        status = bni_team_new(ctx, &team, workers);
    a.memory = memory != NULL ? memory + column_room : NULL;
    if (status == BINNET_OK && !alone)
        status = many_rounds(ctx, &a, team, memory);
    for (size_t j = 0; status == BINNET_OK && alone && j < points; j++)
        status = single_rank(ctx, &a, memory, j);
    bni_team_free(team);
    bni_delete(&ctx->mem, memory);
    return status;
}
