/*
 * Sparse matrices, m x n with m <= n: rows one after the other, the state being which of the columns that are met before and
 * after are used. f_i(S) = sum over columns j in row i, j in S, of a_ij f_(i-1)(S - j); a column whose last row is passed is
 * forgotten, and must have been used when m = n. In floating point nothing is subtracted where entries are >= 0; the sum of the
 * sizes of all terms is carried along as the bound, the values in about 106 bits. In integers modulo a power of 2^64.
 * Cost as the width of the frontier allows: banded matrices of any size.
 */
#include "permanent/permanent.h"
#include "num/double_double.h"

#include "num/special.h"
#include "num/words.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { WIDEST = 62, POLL = 1 << 19 /* words touched between polls */ };

static const uint64_t taken = UINT64_C(1) << 63; /* a place of the table in use */

/* --- the order of the rows --- */

/* Where the entries of each row are: column[first[i]] .. column[first[i + 1] - 1]; degree[j]: rows of column j. */
typedef struct lists {
    size_t m, n;
    int32_t *first, *degree, *column; /* [m + 1], [n], [entries] */
} lists;

static int32_t list_rows(binnet_ctx *ctx, lists *l, const double *a)
{
    int32_t count = 0;
    memset(l->degree, 0, l->n * sizeof *l->degree);
    for (size_t i = 0; i < l->m; i++) {
        l->first[i] = count;
        for (size_t j = 0; j < l->n; j++)
            if (a[i * l->n + j] != 0) {
                l->column[count++] = (int32_t)j;
                l->degree[j]++;
            }
        BNI_TRY(bni_poll(ctx, 0));
    }
    l->first[l->m] = count;
    return BINNET_OK;
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

/* The order in which each row widens the frontier least, from a first row on; stops where it is too wide, *fits = 0. */
static int32_t order_greedily(binnet_ctx *ctx, const lists *l, size_t first, int32_t *order, int *fits, int32_t *left,
                              int32_t *done)
{
    int width = 0;
    *fits = 1;
    memset(done, 0, l->m * sizeof *done);
    memcpy(left, l->degree, l->n * sizeof *left);
    for (size_t at = 0; at < l->m && *fits; at++) {
        int32_t best = (int32_t)first;
        int least = INT32_MAX, adds, ends, seen = 0;
        for (int32_t i = 0; i < (int32_t)l->m && at > 0; i++) {
            if (done[i])
                continue;
            touch(l, i, left, &adds, &ends);
            seen += l->first[i + 1] - l->first[i];
            if (adds - ends < least) {
                least = adds - ends;
                best = i;
            }
            if (seen > POLL) {
                seen = 0;
                BNI_TRY(bni_poll(ctx, 0));
            }
        }
        touch(l, best, left, &adds, &ends);
        *fits = width + adds <= WIDEST;
        width += adds - ends;
        done[best] = 1;
        order[at] = best;
        pass_row(l, best, left);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* Most states at once, and products in all, of an order of the rows; infinite: too wide. */
static void measure_order(const lists *l, const int32_t *order, int32_t *left, double *states, double *products)
{
    int width = 0, ended = 0, spare = (int)(l->n - l->m);
    double now = 1;
    *states = 1;
    *products = 0;
    memcpy(left, l->degree, l->n * sizeof *left);
    for (size_t at = 0; at < l->m; at++) {
        int32_t i = order[at];
        int adds, ends;
        touch(l, i, left, &adds, &ends);
        pass_row(l, i, left);
        *products += now * (l->first[i + 1] - l->first[i]);
        if (width + adds > WIDEST) {
            *states = *products = INFINITY;
            return;
        }
        width += adds - ends;
        ended += ends;
        now = 0;
        for (int unused = 0; unused <= spare && unused <= ended; unused++) /* of the columns that are ended */
            now += bni_choose(width, (int)at + 1 - ended + unused);
        *states = fmax(*states, now);
    }
}

/* An order good enough that no other is looked for: products for each entry. */
static const double few_products = 64;

int32_t bni_permanent_frontier_order(binnet_ctx *ctx, bni_frontier_cost *cost, size_t m, size_t n, const double *a,
                                     int32_t *order, int32_t *work, int32_t *entries)
{
    enum { STARTS = 3 };
    lists l = {m, n, work + 3 * n, work + 4 * n + 1, entries};
    int32_t *trial = work + 2 * n;
    size_t starts[STARTS] = {0, m / 2, m - 1};
    BNI_TRY(list_rows(ctx, &l, a));
    for (size_t i = 0; i < m; i++) /* as it stands: banded matrices */
        order[i] = (int32_t)i;
    measure_order(&l, order, work, &cost->states, &cost->products);
    for (int k = 0; k < STARTS && cost->products > few_products * (double)l.first[m]; k++) {
        double states, products;
        int fits;
        BNI_TRY(order_greedily(ctx, &l, starts[k], trial, &fits, work, work + n));
        if (!fits)
            continue;
        measure_order(&l, trial, work, &states, &products);
        if (products < cost->products) {
            *cost = (bni_frontier_cost){states, products};
            memcpy(order, trial, m * sizeof *order);
        }
    }
    return BINNET_OK;
}

/* --- the walk --- */

/* A place of the table: its key, then a value of `step` words; doubles high, low and the size of the terms in floating point. */
typedef struct frontier {
    size_t m, n, table, step;
    uint64_t *from, *to;  /* [table][1 + step] */
    const double *w;      /* [m][n] scaled, or NULL: `whole` */
    const double *a;      /* [m][n] whose zeros are the pattern, with w */
    const int64_t *whole; /* [m][n] */
    double most;          /* largest size of a state */
} frontier;

static double table_size(double states)
{
    double size = 16;
    while (size < 1.5 * states)
        size *= 2;
    return size;
}

enum { HIGH, LOW, SIZE, STEP };

static bni_cost walk_cost(size_t m, size_t n, bni_frontier_cost c, double step)
{
    if (!(c.states <= 0x1p40))
        return (bni_cost){INFINITY, INFINITY};
    return (bni_cost){16 * table_size(c.states) * (1 + step) + (double)(n + n + m) * sizeof(int32_t) +
                          8.0 * (WIDEST + 2),
                      c.products};
}

bni_cost bni_permanent_frontier_cost(size_t m, size_t n, bni_frontier_cost c)
{
    bni_cost cost = walk_cost(m, n, c, STEP);
    cost.bytes += 8.0 * (double)m * (double)n + 8.0 * BNI_SCALE_WORDS * (double)n;
    cost.flops *= 32;
    return cost;
}

bni_cost bni_permanent_frontier_words_cost(size_t m, size_t n, bni_frontier_cost c, size_t words)
{
    bni_cost cost = walk_cost(m, n, c, (double)words);
    cost.flops *= 16 + 2 * (double)words;
    return cost;
}

static uint64_t *table_place(uint64_t *table, size_t size, size_t step, uint64_t key)
{
    size_t k = (size_t)bni_hash(0, key) & (size - 1);
    while (table[k * (step + 1)] != 0 && table[k * (step + 1)] != key)
        k = (k + 1) & (size - 1);
    return table + k * (step + 1);
}

static double *values_of(uint64_t *place)
{
    return (double *)(void *)(place + 1);
}

/* Relative to the size of a term, its error is allowed more than 2^-105: so that much size covers what underflow costs, of
 * which a double loses 2^-1074 at most; and an entry that has lost bits has its own error, `off`, for which that counts. */
static const double underflow = 0x1p-900, cover = 0x1p-880, per_error = 0x1p106;

/* target += source v */
static void carry_value(frontier *f, double *target, const double *source, double v, double off)
{
    double size = source[SIZE] * (fabs(v) + off * per_error);
    bni_doubled p = bni_any_product(source[HIGH], v), s = bni_two_sum(target[HIGH], p.high);
    if (size < underflow) /* also what cancels may underflow */
        size += cover;
    target[LOW] += s.low + (p.low + source[LOW] * v);
    target[HIGH] = s.high;
    target[SIZE] += size;
    f->most = fmax(f->most, target[SIZE]);
}

static int32_t clear_table(binnet_ctx *ctx, const frontier *f, uint64_t *table)
{
    size_t all = f->table * (1 + f->step);
    for (size_t k = 0; k < all; k += POLL) {
        memset(table + k, 0, (all - k < POLL ? all - k : POLL) * sizeof *table);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* The entries of one row: which slots of the frontier their columns have, the values, and which slots end with it. */
typedef struct row {
    size_t entries;
    int slot[WIDEST + 1];
    double v[WIDEST + 1], off[WIDEST + 1];
    int64_t x[WIDEST + 1];
    uint64_t ends;
} row;

/* The row after `at` others. */
static int32_t pass_states(binnet_ctx *ctx, frontier *f, size_t at, const row *r)
{
    size_t busy = 0;
    uint64_t needed = f->m == f->n ? r->ends : 0;
    f->most = 0;
    BNI_TRY(clear_table(ctx, f, f->to));
    for (size_t k = 0; k < f->table; k++) {
        uint64_t *source = f->from + k * (1 + f->step);
        busy += 1 + f->step;
        if (busy > POLL) {
            busy = 0;
            BNI_TRY(bni_poll(ctx, ((double)at + (double)k / (double)f->table) / (double)f->m));
        }
        if (source[0] == 0)
            continue;
        for (size_t e = 0; e < r->entries; e++) {
            uint64_t bit = UINT64_C(1) << r->slot[e], key = source[0] | bit;
            if (source[0] & bit || (key & needed) != needed)
                continue;
            uint64_t *target = table_place(f->to, f->table, f->step, key & ~r->ends);
            target[0] = key & ~r->ends;
            busy += 8 + f->step;
            if (f->w != NULL)
                carry_value(f, values_of(target), values_of(source), r->v[e], r->off[e]);
            else
                bni_words_add_product(target + 1, source + 1, f->step, r->x[e]);
        }
    }
    uint64_t *swap = f->from;
    f->from = f->to;
    f->to = swap;
    return BINNET_OK;
}

static int is_entry(const frontier *f, size_t k)
{
    return f->w != NULL ? f->a[k] != 0 : f->whole[k] != 0;
}

/* All rows; *exponent: powers of two taken out. work: int32_t[2 n]. */
static int32_t walk_rows(binnet_ctx *ctx, frontier *f, const int32_t *order, int32_t *work, int64_t *exponent)
{
    size_t n = f->n;
    int32_t *left = work, *slot_of = work + n;
    uint64_t in_use = 0;
    row r;
    memset(left, 0, n * sizeof *left);
    for (size_t j = 0; j < n; j++)
        slot_of[j] = -1;
    for (size_t i = 0; i < f->m; i++) {
        for (size_t j = 0; j < n; j++)
            left[j] += is_entry(f, i * n + j);
        BNI_TRY(bni_poll(ctx, 0));
    }
    int shift = 0;
    for (size_t at = 0; at < f->m; at++) {
        size_t i = (size_t)order[at];
        r.ends = 0;
        r.entries = 0;
        for (size_t j = 0; j < n; j++) {
            if (!is_entry(f, i * n + j))
                continue;
            if (slot_of[j] < 0) {
                int s = 0;
                while (in_use >> s & 1)
                    s++;
                in_use |= UINT64_C(1) << s;
                slot_of[j] = s;
            }
            r.slot[r.entries] = slot_of[j];
            if (f->w != NULL) {
                r.v[r.entries] = ldexp(f->w[i * n + j], shift);
                r.off[r.entries++] = fabs(f->w[i * n + j]) < DBL_MIN ? ldexp(DBL_TRUE_MIN, shift) : 0;
            } else {
                r.x[r.entries++] = f->whole[i * n + j];
            }
            if (--left[j] == 0)
                r.ends |= UINT64_C(1) << slot_of[j];
        }
        *exponent -= shift;
        BNI_TRY(pass_states(ctx, f, at, &r));
        in_use &= ~r.ends;
        frexp(f->most, &shift);
        shift = f->most > 0 && shift < -50 ? -shift : 0;
    }
    return BINNET_OK;
}

/* Both tables, the first with the state of no row. */
static int32_t tables_new(binnet_ctx *ctx, frontier *f)
{
    f->from = bni_new_raw(ctx, f->table, (1 + f->step) * sizeof *f->from);
    f->to = bni_new_raw(ctx, f->table, (1 + f->step) * sizeof *f->to);
    if (f->from == NULL || f->to == NULL)
        return BINNET_E_NOMEM;
    BNI_TRY(clear_table(ctx, f, f->from));
    table_place(f->from, f->table, f->step, taken)[0] = taken;
    return BINNET_OK;
}

static void tables_drop(const binnet_ctx *ctx, frontier *f)
{
    bni_delete(&ctx->mem, f->from);
    bni_delete(&ctx->mem, f->to);
}

static int32_t count_row_entries(binnet_ctx *ctx, size_t *most, const frontier *f)
{
    *most = 0;
    for (size_t i = 0; i < f->m; i++) {
        size_t entries = 0;
        for (size_t j = 0; j < f->n; j++)
            entries += f->a[i * f->n + j] != 0;
        *most = entries > *most ? entries : *most;
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* The scaled matrix walked through, and what that is worth. */
static int32_t solve_scaled(binnet_ctx *ctx, frontier *f, bni_ball *out, int32_t *used, const int32_t *order,
                            int32_t *work, int lost)
{
    int64_t moved = 0;
    double *first = values_of(table_place(f->from, f->table, f->step, taken));
    size_t entries;
    first[HIGH] = first[SIZE] = 1;
    BNI_TRY(count_row_entries(ctx, &entries, f));
    BNI_TRY(walk_rows(ctx, f, order, work, &moved));
    uint64_t *last = table_place(f->from, f->table, f->step, taken);
    *used |= BINNET_PERMANENT_FRONTIER;
    *out = bni_ball_of(0, 0, 0, 0);
    if (last[0] == 0) /* no permutation without a zero */
        return BINNET_OK;
    double *v = values_of(last), per_row = (double)(entries + 8) * (double)(entries + 8) * 0x1p-105;
    *out = bni_ball_of(v[HIGH], v[LOW], (double)f->m * per_row * v[SIZE] * (1 + 1e-6), moved);
    return lost ? BINNET_OK : bni_permanent_integral(ctx, used, out, f->m, f->n, f->w);
}

int32_t bni_permanent_frontier(binnet_ctx *ctx, bni_ball *out, int32_t *used, size_t m, size_t n, const double *a,
                               const int32_t *order, double states)
{
    frontier f = {.m = m, .n = n, .table = (size_t)table_size(states), .step = STEP, .a = a};
    int64_t exponent = 0;
    int lost;
    int32_t *work = bni_new_raw(ctx, 2 * n, sizeof *work);
    int64_t *e = bni_new_raw(ctx, BNI_SCALE_WORDS * n, sizeof *e);
    double *w = bni_new_raw(ctx, m, n * sizeof *w);
    int32_t status = work == NULL || e == NULL || w == NULL ? BINNET_E_NOMEM : tables_new(ctx, &f);
    if (status == BINNET_OK && m == n)
        status = bni_permanent_scale(ctx, w, &exponent, &lost, n, a, e, 0);
    else if (status == BINNET_OK)
        status = bni_permanent_scale_rows(ctx, w, &exponent, &lost, m, n, a);
    f.w = w;
    if (status == BINNET_OK && lost == BNI_NO_TERM)
        *out = bni_ball_of(0, 0, 0, 0);
    else if (status == BINNET_OK)
        status = solve_scaled(ctx, &f, out, used, order, work, lost);
    if (status == BINNET_OK && (out->hi != 0 || out->radius != 0))
        out->exponent += exponent;
    tables_drop(ctx, &f);
    bni_delete(&ctx->mem, w);
    bni_delete(&ctx->mem, e);
    bni_delete(&ctx->mem, work);
    return status;
}

int32_t bni_permanent_frontier_words(binnet_ctx *ctx, uint64_t *out, size_t words, size_t m, size_t n, const int64_t *a,
                                     const int32_t *order, double states)
{
    frontier f = {.m = m, .n = n, .table = (size_t)table_size(states), .step = words, .whole = a};
    int64_t none = 0;
    int32_t *work = bni_new_raw(ctx, 2 * n, sizeof *work);
    int32_t status = work == NULL ? BINNET_E_NOMEM : tables_new(ctx, &f);
    if (status == BINNET_OK) {
        table_place(f.from, f.table, words, taken)[1] = 1;
        status = walk_rows(ctx, &f, order, work, &none);
    }
    if (status == BINNET_OK) {
        const uint64_t *last = table_place(f.from, f.table, words, taken);
        bni_words_copy(out, words, last + 1, words);
    }
    tables_drop(ctx, &f);
    bni_delete(&ctx->mem, work);
    return status;
}
