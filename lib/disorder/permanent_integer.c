/*
 * Permanents of integer matrices, exactly:
 * per A = sum over s of (-1)^(m-s) C(n-s, m-s) sum over sets of s columns of prod_i (row sum over the set),
 * modulo 2^128 or a given number. That the result fits 128 bits is known from floating point with its error bound.
 * Source: Ryser 1963, also for m < n.
 */
#include "disorder/permanent_parts.h"

#include "kernels/ryser.h"

#include <math.h>
#include <string.h>

enum { FREE = 14 /* columns of a block */, MOST_BLOCKS = 256, THREADED = 16 };

typedef struct ryser {
    size_t m, n, free;
    uint64_t first, count, modulus; /* 0: 2^128 */
    const int64_t *a;
    const uint64_t *residues;
    uint64_t (*total)[BNI_RYSER_SIZE + 1][2]; /* of each worker */
} ryser;

static void work(void *arg, int worker, int workers)
{
    ryser *r = arg;
    uint64_t from, to;
    bni_share(r->count, 1, worker, workers, &from, &to);
    for (uint64_t t = from; t < to; t++)
        if (r->modulus == 0)
            bni_ryser_wide(r->total[worker], r->m, r->n, r->free, r->first + t, r->a);
        else
            bni_ryser_residue(&r->total[worker][0][0], r->modulus, r->m, r->n, r->free, r->first + t, r->residues);
}

static int32_t walk(binnet_ctx *ctx, ryser *r, bni_team *team)
{
    uint64_t blocks = UINT64_C(1) << (r->n - r->free), round = (uint64_t)bni_team_size(team);
    for (r->first = 0; r->first < blocks; r->first += r->count) {
        double began = blocks > 1 ? bni_now() : 0;
        r->count = blocks - r->first < round ? blocks - r->first : round;
        bni_team_run(team, work, r);
        BNI_TRY(bni_poll(ctx, (double)(r->first + r->count) / (double)blocks));
        if (blocks > 1 && bni_now() - began < 0.01 && round < MOST_BLOCKS)
            round *= 2;
    }
    return BINNET_OK;
}

/* C(k, r), at most C(62, 31). */
static int64_t binomial(size_t k, size_t r)
{
    uint64_t row[BNI_RYSER_SIZE + 1] = {1};
    for (size_t i = 1; i <= k; i++)
        for (size_t j = i; j > 0; j--)
            row[j] += row[j - 1];
    return (int64_t)row[r];
}

/* The sums of all subsets by size, in total[0]. */
static int32_t sums(binnet_ctx *ctx, ryser *r, bni_team *team, int workers)
{
    BNI_TRY(walk(ctx, r, team));
    for (int w = 1; w < workers; w++)
        for (size_t s = 0; s <= r->m; s++)
            if (r->modulus == 0) {
                bni_add_product(r->total[0][s], r->total[w][s], 1);
            } else {
                uint64_t *flat = &r->total[0][0][0], *other = &r->total[w][0][0];
                flat[s] = (flat[s] + other[s]) % r->modulus;
            }
    return BINNET_OK;
}

static int32_t ryser_run(binnet_ctx *ctx, uint64_t out[2], ryser *r)
{
    r->free = r->n < FREE ? r->n : FREE;
    uint64_t blocks = UINT64_C(1) << (r->n - r->free);
    int workers = blocks < THREADED ? 1 : (int)ctx->threads;
    bni_team *team = NULL;
    BNI_TRY(bni_need_memory(ctx, (double)workers * sizeof *r->total + bni_team_bytes(workers), "Ryser's formula"));
    r->total = bni_new(ctx, (size_t)workers, sizeof *r->total);
    int32_t status = r->total == NULL ? BINNET_E_NOMEM : workers > 1 ? bni_team_new(ctx, &team, workers) : BINNET_OK;
    if (status == BINNET_OK)
        status = sums(ctx, r, team, workers);
    out[0] = out[1] = 0;
    for (size_t s = 0; s <= r->m && status == BINNET_OK; s++) {
        int64_t factor = binomial(r->n - s, r->m - s);
        if (r->modulus == 0) {
            bni_add_product(out, r->total[0][s], (r->m - s) % 2 ? -factor : factor);
        } else {
            uint64_t f = (uint64_t)factor % r->modulus, *flat = &r->total[0][0][0];
            uint64_t v = bni_multiply_modulo(f, flat[s], r->modulus);
            out[0] = (out[0] + ((r->m - s) % 2 && v != 0 ? r->modulus - v : v)) % r->modulus;
        }
    }
    bni_team_free(team);
    bni_delete(&ctx->mem, r->total);
    return status;
}

static int32_t check(binnet_ctx *ctx, size_t m, size_t n, const int64_t *a)
{
    if (m > n)
        return bni_fail(ctx, BINNET_E_SIZE, "m = %zu rows are more than n = %zu columns", m, n);
    if (n > BINNET_MAX_PERMANENT)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu columns, at most %d can be done", n, BINNET_MAX_PERMANENT);
    return m > 0 ? bni_need(ctx, a, "a") : BINNET_OK;
}

int32_t binnet_permanent_residue(binnet_ctx *ctx, uint64_t *residue, uint64_t modulus, size_t m, size_t n, const int64_t *a)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, residue, "residue"));
    BNI_TRY(check(ctx, m, n, a));
    if (modulus < 3 || modulus % 2 == 0 || modulus >= UINT64_C(1) << 63)
        return bni_fail(ctx, BINNET_E_RANGE, "modulus = %llu is not odd and in 3..2^63", (unsigned long long)modulus);
    *residue = 1;
    if (m == 0)
        return BINNET_OK;
    uint64_t out[2], *v = bni_new_raw(ctx, m * n, sizeof *v);
    if (v == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < m * n; k++) {
        uint64_t size = a[k] < 0 ? (uint64_t)0 - (uint64_t)a[k] : (uint64_t)a[k], rest = size % modulus;
        v[k] = a[k] < 0 && rest != 0 ? modulus - rest : rest;
    }
    ryser r = {.m = m, .n = n, .modulus = modulus, .residues = v};
    int32_t status = ryser_run(ctx, out, &r);
    bni_delete(&ctx->mem, v);
    *residue = out[0];
    return status;
}

/* Largest size of the permanent, from floating point; inexact: entries that are not doubles. */
static int32_t size_of(binnet_ctx *ctx, bni_ball *size, size_t m, size_t n, const double *a, int inexact, double *absolute)
{
    int32_t used;
    double tolerance = ctx->relative_tolerance;
    ctx->relative_tolerance = 1; /* its error counts, not its relative error */
    int32_t status = bni_permanent_any(ctx, size, &used, m, n, a, BINNET_PERMANENT_AUTO);
    size->radius += fabs(size->hi);
    if (status == BINNET_OK && inexact) {
        bni_ball all;
        for (size_t k = 0; k < m * n; k++)
            absolute[k] = fabs(a[k]);
        status = bni_permanent_any(ctx, &all, &used, m, n, absolute, BINNET_PERMANENT_AUTO);
        int64_t by = all.exponent - size->exponent;
        size->radius += ldexp((all.hi + all.radius) * (double)m * 0x1p-51, by > 3000 ? 3000 : by < -3000 ? -3000 : (int)by);
    }
    ctx->relative_tolerance = tolerance;
    return status;
}

static int32_t must_fit(binnet_ctx *ctx, size_t m, size_t n, const int64_t *a)
{
    bni_ball size;
    double most = 1;
    int inexact = 0;
    for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            sum += fabs((double)a[i * n + j]);
            inexact |= a[i * n + j] > INT64_C(1) << 53 || a[i * n + j] < -(INT64_C(1) << 53);
        }
        most *= sum;
    }
    if (most < 0x1p126)
        return BINNET_OK;
    double *v = bni_new_raw(ctx, 2 * m * n, sizeof *v);
    if (v == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < m * n; k++)
        v[k] = (double)a[k];
    bni_span(ctx, 0, 0.2);
    int32_t status = size_of(ctx, &size, m, n, v, inexact, v + m * n);
    bni_span(ctx, 0.2, 1);
    bni_delete(&ctx->mem, v);
    if (status == BINNET_OK && !(size.exponent <= 127 && ldexp(size.radius, (int)size.exponent) < 0x1.fffp126))
        return bni_fail(ctx, BINNET_E_RANGE, "the permanent, about %.6g * 2^%lld, does not surely fit 128 bits", size.hi,
                        (long long)size.exponent);
    return status;
}

int32_t binnet_permanent_integer(binnet_ctx *ctx, int64_t *high, uint64_t *low, size_t m, size_t n, const int64_t *a)
{
    uint64_t out[2] = {1, 0};
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, high, "high"));
    BNI_TRY(bni_need(ctx, low, "low"));
    BNI_TRY(check(ctx, m, n, a));
    if (m > 0) {
        BNI_TRY(must_fit(ctx, m, n, a));
        ryser r = {.m = m, .n = n, .a = a};
        BNI_TRY(ryser_run(ctx, out, &r));
    }
    *low = out[0];
    *high = (int64_t)out[1];
    return BINNET_OK;
}
