/*
 * Sparse matrices: rows one after the other, the state being which of the columns that are met before and after are used.
 * f_i(S) = sum over columns j in row i, j in S, of a_ij f_(i-1)(S - j); a column whose last row is passed must be used and is
 * forgotten. Nothing is subtracted where entries are >= 0; the sum of the sizes of all terms is carried along as the bound,
 * the values in about 106 bits. Cost as the width of the frontier allows: banded matrices of any size.
 */
#include "disorder/permanent_parts.h"

#include <math.h>
#include <string.h>

enum { WIDEST = 62, POLL = 1 << 12 };

static const uint64_t taken = UINT64_C(1) << 63; /* a place of the table in use */

/* C(w, u) */
static double choose(int w, int u)
{
    double c = 1;
    for (int k = 1; k <= u; k++)
        c = c * (w - u + k) / k;
    return c;
}

/* Where the entries of each row are: column[first[i]] .. column[first[i + 1] - 1]; degree[j]: rows of column j. */
typedef struct lists {
    int32_t *first, *degree, *column; /* [n + 1], [n], [entries] */
} lists;

static void list(lists *l, size_t n, const double *a)
{
    int32_t count = 0;
    memset(l->degree, 0, n * sizeof *l->degree);
    for (size_t i = 0; i < n; i++) {
        l->first[i] = count;
        for (size_t j = 0; j < n; j++)
            if (a[i * n + j] != 0) {
                l->column[count++] = (int32_t)j;
                l->degree[j]++;
            }
    }
    l->first[n] = count;
}

/* Columns that row i adds to the frontier and those it ends. left[j]: rows of column j to come. */
static void touch(const lists *l, int32_t i, const int32_t *left, int *adds, int *ends)
{
    *adds = *ends = 0;
    for (int32_t k = l->first[i]; k < l->first[i + 1]; k++) {
        int32_t j = l->column[k];
        *adds += left[j] == l->degree[j];
        *ends += left[j] == 1;
    }
}

static void pass_row(const lists *l, int32_t i, int32_t *left)
{
    for (int32_t k = l->first[i]; k < l->first[i + 1]; k++)
        left[l->column[k]]--;
}

/* The order in which each row widens the frontier least, from a first row on. */
static void greedy(const lists *l, size_t n, size_t first, int32_t *order, int32_t *left, int32_t *done)
{
    memset(done, 0, n * sizeof *done);
    memcpy(left, l->degree, n * sizeof *left);
    for (size_t at = 0; at < n; at++) {
        int32_t best = (int32_t)first;
        int least = INT32_MAX;
        for (int32_t i = 0; i < (int32_t)n && at > 0; i++) {
            int adds, ends;
            if (done[i])
                continue;
            touch(l, i, left, &adds, &ends);
            if (adds - ends < least) {
                least = adds - ends;
                best = i;
            }
        }
        done[best] = 1;
        order[at] = best;
        pass_row(l, best, left);
    }
}

/* Most states at once, and products in all, of an order of the rows. */
static void measure(const lists *l, size_t n, const int32_t *order, int32_t *left, double *states, double *products)
{
    int width = 0, ended = 0;
    double now = 1;
    *states = 1;
    *products = 0;
    memcpy(left, l->degree, n * sizeof *left);
    for (size_t at = 0; at < n; at++) {
        int32_t i = order[at];
        int adds, ends;
        touch(l, i, left, &adds, &ends);
        pass_row(l, i, left);
        *products += now * (l->first[i + 1] - l->first[i]);
        if (width + adds > WIDEST)
            *products = INFINITY;
        width += adds - ends;
        ended += ends;
        int used = (int)at + 1 - ended;
        now = used < 0 || used > width ? 0 : choose(width, used);
        *states = fmax(*states, now);
    }
}

static double table_size(double states)
{
    double size = 16;
    while (size < 1.5 * states)
        size *= 2;
    return size;
}

typedef struct place {
    uint64_t key;
    double high, low, size;
} place;

bni_cost bni_permanent_frontier_order(size_t n, const double *a, int32_t *order, double *states, int32_t *work,
                                      int32_t *entries)
{
    enum { STARTS = 3 };
    double least = INFINITY, now;
    lists l = {work + 3 * n, work + 4 * n + 1, entries};
    int32_t *trial = work + 2 * n;
    size_t few[STARTS] = {0, n / 2, n - 1};
    list(&l, n, a);
    *states = INFINITY;
    for (int k = 0; k <= STARTS; k++) {
        double products;
        if (k == STARTS)
            for (size_t i = 0; i < n; i++) /* as it stands: banded matrices */
                trial[i] = (int32_t)i;
        else
            greedy(&l, n, few[k], trial, work, work + n);
        measure(&l, n, trial, work, &now, &products);
        if (products < least) {
            least = products;
            *states = now;
            memcpy(order, trial, n * sizeof *order);
        }
    }
    if (*states > 0x1p40)
        return (bni_cost){INFINITY, INFINITY};
    return (bni_cost){2 * table_size(*states) * sizeof(place) + 8.0 * (double)(n * n + WIDEST + 2) +
                          (double)n * (2 * sizeof(int32_t) + BNI_SCALE_WORDS * sizeof(int64_t)),
                      32 * least};
}

typedef struct frontier {
    size_t n, table;
    place *from, *to; /* [table] */
    double tiny;      /* what underflow may have cost */
    double most;      /* largest size of a state */
} frontier;

static place *find(place *table, size_t size, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    size_t k = (size_t)(h >> 20) & (size - 1);
    while (table[k].key != 0 && table[k].key != key)
        k = (k + 1) & (size - 1);
    return &table[k];
}

/* target += source v */
static void carry(frontier *f, place *target, uint64_t key, const place *source, double v)
{
    double p, q, s, rest;
    bni_two_product(&p, &q, source->high, v);
    if (source->size * fabs(v) < 0x1p-900) /* also what cancels may underflow */
        f->tiny += 0x1p-1000;
    target->key = key;
    bni_two_sum(&s, &rest, target->high, p);
    target->low += rest + (q + source->low * v);
    target->high = s;
    target->size += source->size * fabs(v);
    f->most = fmax(f->most, target->size);
}

/* The row after `at` others: `slot` of its columns, those that end with it in `ends`. */
static int32_t pass(binnet_ctx *ctx, frontier *f, size_t at, size_t entries, const double *v, const int *slot, uint64_t ends)
{
    f->most = 0;
    memset(f->to, 0, f->table * sizeof *f->to);
    for (size_t k = 0; k < f->table; k++) {
        const place *source = &f->from[k];
        if (k % POLL == 0)
            BNI_TRY(bni_poll(ctx, ((double)at + (double)k / (double)f->table) / (double)f->n));
        if (source->key == 0)
            continue;
        for (size_t e = 0; e < entries; e++) {
            uint64_t bit = UINT64_C(1) << slot[e], key = source->key | bit;
            if (source->key & bit || (key & ends) != ends)
                continue;
            place *target = find(f->to, f->table, key & ~ends);
            carry(f, target, key & ~ends, source, v[e]);
        }
    }
    place *swap = f->from;
    f->from = f->to;
    f->to = swap;
    return BINNET_OK;
}

/* All rows; *exponent: powers of two taken out. */
static int32_t walk(binnet_ctx *ctx, frontier *f, const double *w, const int32_t *order, int32_t *work, double *v,
                    int64_t *exponent)
{
    size_t n = f->n;
    int32_t *left = work, *slot_of = work + n;
    int slots[WIDEST + 1];
    uint64_t in_use = 0;
    for (size_t j = 0; j < n; j++) {
        left[j] = 0;
        slot_of[j] = -1;
        for (size_t i = 0; i < n; i++)
            left[j] += w[i * n + j] != 0;
    }
    find(f->from, f->table, taken)->key = taken;
    find(f->from, f->table, taken)->high = find(f->from, f->table, taken)->size = 1;
    int shift = 0;
    for (size_t at = 0; at < n; at++) {
        const double *row = w + (size_t)order[at] * n;
        uint64_t ends = 0;
        size_t entries = 0;
        for (size_t j = 0; j < n; j++) {
            if (row[j] == 0)
                continue;
            if (slot_of[j] < 0) {
                int s = 0;
                while (in_use >> s & 1)
                    s++;
                in_use |= UINT64_C(1) << s;
                slot_of[j] = s;
            }
            slots[entries] = slot_of[j];
            v[entries++] = ldexp(row[j], shift);
            if (--left[j] == 0)
                ends |= UINT64_C(1) << slot_of[j];
        }
        *exponent -= shift;
        f->tiny = ldexp(f->tiny, shift);
        BNI_TRY(pass(ctx, f, at, entries, v, slots, ends));
        in_use &= ~ends;
        frexp(f->most, &shift);
        shift = f->most > 0 && shift < -50 ? -shift : 0;
    }
    return BINNET_OK;
}

int32_t bni_permanent_frontier(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t n, const double *a,
                               const int32_t *order, double states)
{
    frontier f = {.n = n, .table = (size_t)table_size(states)};
    int64_t exponent = 0;
    double most_entries = 0;
    int lost;
    int32_t *work = bni_new_raw(ctx, 2 * n, sizeof *work);
    int64_t *e = bni_new_raw(ctx, BNI_SCALE_WORDS * n, sizeof *e);
    double *w = bni_new_raw(ctx, n * n + WIDEST + 2, sizeof *w);
    int32_t status = work == NULL || e == NULL || w == NULL ? BINNET_E_NOMEM : BINNET_OK;
    if (status == BINNET_OK) {
        f.from = bni_new(ctx, f.table, sizeof *f.from);
        f.to = bni_new_raw(ctx, f.table, sizeof *f.to);
        status = f.from == NULL || f.to == NULL ? BINNET_E_NOMEM : BINNET_OK;
    }
    if (status == BINNET_OK) {
        int64_t moved = 0;
        status = bni_permanent_scale(ctx, w, &exponent, &lost, n, a, e, 0);
        f.tiny = lost ? 0x1p-1000 : 0;
        for (size_t i = 0; i < n; i++) {
            double entries = 0;
            for (size_t j = 0; j < n; j++)
                entries += w[i * n + j] != 0;
            most_entries = fmax(most_entries, entries);
        }
        status = walk(ctx, &f, w, order, work, w + n * n, &moved);
        const place *last = find(f.from, f.table, taken);
        double per_row = (most_entries + 8) * (most_entries + 8) * 0x1p-105;
        *out = bni_ball_of(last->high, last->low, (double)n * per_row * last->size + f.tiny, moved);
        if (!lost && bni_permanent_integral(out, n, n, w))
            *used |= BINNET_PERMANENT_INTEGRAL;
        if (out->hi != 0 || out->radius != 0)
            out->exponent += exponent;
        *used |= BINNET_PERMANENT_FRONTIER;
    }
    bni_delete(&ctx->mem, f.to);
    bni_delete(&ctx->mem, f.from);
    bni_delete(&ctx->mem, w);
    bni_delete(&ctx->mem, e);
    bni_delete(&ctx->mem, work);
    return status;
}
