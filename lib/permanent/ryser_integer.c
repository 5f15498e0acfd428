/*
 * Ryser's formula in integers, modulo a power of 2^64 or a given number:
 * per A = sum over s of (-1)^(m-s) C(n-s, m-s) sum over sets of s columns of prod_i (row sum over the set).
 * Source: Ryser 1963, also for m < n.
 */
#include "permanent/permanent.h"

#include "kernels/ryser.h"
#include "num/words.h"

#include <math.h>
#include <string.h>

enum { FREE = 14 /* columns of a block */, MOST_BLOCKS = 256, THREADED = 16 };

typedef struct ryser {
    size_t m, n, free, words;       /* words of a sum */
    uint64_t first, count, modulus; /* 0: 2^(64 words) */
    const int64_t *a;
    const uint64_t *residues;
    uint64_t *total; /* [workers][m + 2][words], the last for scratch */
} ryser;

static uint64_t *worker_sums(const ryser *r, int worker)
{
    return r->total + (size_t)worker * (r->m + 2) * r->words;
}

static void run_subsets(void *arg, int worker, int workers)
{
    ryser *r = arg;
    uint64_t from, to, *total = worker_sums(r, worker);
    bni_share(r->count, 1, worker, workers, &from, &to);
    for (uint64_t t = from; t < to; t++)
        if (r->modulus == 0)
            bni_ryser_words(total, r->words, r->m, r->n, r->free, r->first + t, r->a, total + (r->m + 1) * r->words);
        else
            bni_ryser_residue(total, r->modulus, r->m, r->n, r->free, r->first + t, r->residues);
}

static int32_t walk_subsets(binnet_ctx *ctx, ryser *r, bni_team *team)
{
    uint64_t blocks = UINT64_C(1) << (r->n - r->free), round = (uint64_t)bni_team_size(team);
    for (r->first = 0; r->first < blocks; r->first += r->count) {
        double began = blocks > 1 ? bni_now() : 0;
        r->count = blocks - r->first < round ? blocks - r->first : round;
        bni_team_run(team, run_subsets, r);
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

/* The sums of all subsets by size, in those of worker 0. */
static int32_t add_up(binnet_ctx *ctx, ryser *r, bni_team *team, int workers)
{
    BNI_TRY(walk_subsets(ctx, r, team));
    uint64_t *all = worker_sums(r, 0);
    for (int w = 1; w < workers; w++)
        for (size_t s = 0; s <= r->m; s++)
            if (r->modulus == 0)
                bni_words_add(all + s * r->words, worker_sums(r, w) + s * r->words, r->words);
            else
                all[s] = (all[s] + worker_sums(r, w)[s]) % r->modulus;
    return BINNET_OK;
}

/* Columns of a block: fewer when a product takes longer. */
static size_t free_columns(size_t n, size_t words)
{
    size_t f = FREE;
    for (size_t w = words; w > 2 && f > 8; w /= 2)
        f--;
    return n < f ? n : f;
}

static int subset_workers(const binnet_ctx *ctx, size_t n, size_t words)
{
    return UINT64_C(1) << (n - free_columns(n, words)) < THREADED ? 1 : (int)ctx->threads;
}

static double ryser_bytes(const binnet_ctx *ctx, size_t m, size_t n, size_t words)
{
    int workers = subset_workers(ctx, n, words);
    return 8.0 * (double)workers * (double)(m + 2) * (double)words + (workers > 1 ? bni_team_bytes(workers) : 0);
}

bni_cost bni_permanent_ryser_cost(const binnet_ctx *ctx, size_t m, size_t n, size_t words)
{
    double products = (double)m * ldexp(1, (int)n), w = (double)words;
    /* the first factors have few words */
    return (bni_cost){ryser_bytes(ctx, m, n, words), products * (w < 3 ? w * w : 2 + w)};
}

static int32_t ryser_run(binnet_ctx *ctx, uint64_t *out, ryser *r)
{
    r->free = free_columns(r->n, r->words);
    int workers = subset_workers(ctx, r->n, r->words);
    bni_team *team = NULL;
    BNI_TRY(bni_need_memory(ctx, ryser_bytes(ctx, r->m, r->n, r->words), "Ryser's formula"));
    r->total = bni_new(ctx, (size_t)workers * (r->m + 2), r->words * sizeof *r->total);
    int32_t status = r->total == NULL ? BINNET_E_NOMEM : workers > 1 ? bni_team_new(ctx, &team, workers) : BINNET_OK;
    if (status == BINNET_OK)
        status = add_up(ctx, r, team, workers);
    bni_words_set(out, r->words, 0);
    for (size_t s = 0; s <= r->m && status == BINNET_OK; s++) {
        int64_t factor = binomial(r->n - s, r->m - s);
        if (r->modulus == 0) {
            bni_words_add_product(out, worker_sums(r, 0) + s * r->words, r->words, (r->m - s) % 2 ? -factor : factor);
        } else {
            uint64_t f = (uint64_t)factor % r->modulus, v = bni_multiply_modulo(f, worker_sums(r, 0)[s], r->modulus);
            out[0] = (out[0] + ((r->m - s) % 2 && v != 0 ? r->modulus - v : v)) % r->modulus;
        }
    }
    bni_team_free(team);
    bni_delete(&ctx->mem, r->total);
    return status;
}

int32_t bni_permanent_ryser(binnet_ctx *ctx, uint64_t *out, size_t words, size_t m, size_t n, const int64_t *a)
{
    ryser r = {.m = m, .n = n, .words = words, .a = a};
    return ryser_run(ctx, out, &r);
}

int32_t binnet_permanent_residue(binnet_ctx *ctx, uint64_t *residue, uint64_t modulus, size_t m, size_t n,
                                 const int64_t *a)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, residue, "residue"));
    BNI_TRY(bni_permanent_check(ctx, m, n, a));
    if (n > BINNET_MAX_PERMANENT)
        return bni_fail(ctx, BINNET_E_SIZE, "n = %zu columns, at most %d can be done", n, BINNET_MAX_PERMANENT);
    if (modulus < 3 || modulus % 2 == 0 || modulus >= UINT64_C(1) << 63)
        return bni_fail(ctx, BINNET_E_RANGE, "modulus = %llu is not odd and in 3..2^63", (unsigned long long)modulus);
    if (m == 0) {
        *residue = 1;
        return BINNET_OK;
    }
    BNI_TRY(bni_need_memory(ctx, 8 * (double)(m * n) + ryser_bytes(ctx, m, n, 1), "Ryser's formula"));
    uint64_t out = 0, *v = bni_new_raw(ctx, m * n, sizeof *v);
    if (v == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < m * n; k++) {
        uint64_t size = a[k] < 0 ? (uint64_t)0 - (uint64_t)a[k] : (uint64_t)a[k], rest = size % modulus;
        v[k] = a[k] < 0 && rest != 0 ? modulus - rest : rest;
    }
    ryser r = {.m = m, .n = n, .words = 1, .modulus = modulus, .residues = v};
    int32_t status = ryser_run(ctx, &out, &r);
    bni_delete(&ctx->mem, v);
    if (status == BINNET_OK)
        *residue = out;
    return status;
}
