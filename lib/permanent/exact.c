/*
 * Permanents of integer matrices, exactly. In floating point first: where the bound leaves one integer, that is it. Else the same
 * structure once more in integers modulo a power of 2^64, which with the value and its bound leaves one number:
 * per A = C + ((R - C) mod 2^(64 L)) for the centre C, the residue R and |per A - C| < 2^(64 L - 1).
 * |per A| <= prod_i sum_j |a_ij|, and the same by columns when m = n.
 */
#include "permanent/permanent.h"

#include "num/words.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double limit_of_double = 9007199254740992.0; /* 2^53: below it every integer is one */

/* Bits of a bound below which the double, the compensated grade prove the integer whatever the matrix: their relative errors of
 * the product of the row sums are below 2^-47 and, for all that can be done, 2^-76. */
static const double bits_of_double = 46, bits_of_pairs = 75;

typedef struct integer {
    size_t m, n, words; /* the permanent fits as many */
    const int64_t *a;
    double *v;            /* [m][n] nearest doubles */
    int inexact;          /* not all are a */
    double rows, columns; /* log2 of the products of the sums; columns infinite when m < n */
} integer;

/* log2 prod sum |a|; -infinite with a line of zeros. */
static int32_t line_bits(binnet_ctx *ctx, double *bits, size_t lines, size_t count, size_t line_step, size_t step,
                         const int64_t *a)
{
    *bits = 0;
    for (size_t i = 0; i < lines; i++) {
        double sum = 0;
        for (size_t k = 0; k < count; k++)
            sum += fabs((double)a[i * line_step + k * step]);
        *bits += log2(sum * (1 + (double)count * DBL_EPSILON)) + 1e-9;
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static size_t words_for(double bits)
{
    return bits > 0 ? (size_t)((bits + 3) / 64) + 1 : 1;
}

static double least_bits(const integer *x)
{
    return fmin(x->rows, x->columns);
}

/* What is held while it is worked on: the doubles, the result, its centre. */
static double held_bytes(const integer *x)
{
    return 8.0 * ((double)x->m * (double)x->n + 2 * (double)x->words);
}

/* Bounds, and the matrix in doubles; *zero: a line of zeros. */
static int32_t integer_new(binnet_ctx *ctx, integer *x, int *zero, size_t m, size_t n, const int64_t *a)
{
    *x = (integer){.m = m, .n = n, .a = a, .columns = INFINITY};
    *zero = 0;
    BNI_TRY(line_bits(ctx, &x->rows, m, n, n, 1, a));
    if (m == n)
        BNI_TRY(line_bits(ctx, &x->columns, n, n, 1, n, a));
    *zero = isinf(x->rows) || x->columns == -INFINITY;
    x->words = *zero ? 1 : words_for(least_bits(x));
    BNI_TRY(bni_need_memory(ctx, held_bytes(x), "the matrix in doubles"));
    x->v = bni_new_raw(ctx, m, n * sizeof *x->v);
    if (x->v == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < m; i++) {
        for (size_t k = i * n; k < i * n + n; k++) {
            x->v[k] = (double)a[k];
            x->inexact |= fabs(x->v[k]) >= limit_of_double;
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- the integers: blocks --- */

/* Working memory of the blocks. */
typedef struct pieces {
    bni_structure s;
    int64_t *block, *other;   /* [n][n] each */
    uint64_t *part, *product; /* [words] each */
} pieces;

static double pieces_bytes(size_t n, size_t words)
{
    return bni_structure_bytes(n) + 16 * ((double)n * (double)n + (double)words);
}

static int32_t pieces_new(binnet_ctx *ctx, pieces *p, size_t n, const double *v, size_t words)
{
    *p = (pieces){.block = NULL};
    BNI_TRY(bni_need_memory(ctx, pieces_bytes(n, words), "the blocks"));
    BNI_TRY(bni_structure_new(ctx, &p->s, n, v));
    p->block = bni_new_raw(ctx, 2 * n, n * sizeof *p->block);
    p->part = bni_new_raw(ctx, 2 * words, sizeof *p->part);
    if (p->block == NULL || p->part == NULL)
        return BINNET_E_NOMEM;
    p->other = p->block + n * n;
    p->product = p->part + words;
    return BINNET_OK;
}

static void pieces_drop(const binnet_ctx *ctx, pieces *p)
{
    bni_structure_drop(ctx, &p->s);
    bni_delete(&ctx->mem, p->block);
    bni_delete(&ctx->mem, p->part);
}

static int32_t solve_kinds(binnet_ctx *ctx, uint64_t *out, size_t words, pieces *p, size_t n, const int64_t *a,
                           int columns)
{
    size_t k = p->s.kinds[columns];
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < k; q++) {
            size_t line = (size_t)p->s.first[columns][q];
            p->other[i * k + q] = columns ? a[i * n + line] : a[line * n + i];
        }
    return bni_permanent_counts_words(ctx, out, words, n, k, p->other, p->s.times[columns]);
}

static int32_t residue_of_block(binnet_ctx *ctx, uint64_t *out, size_t words, pieces *p, size_t n, const int64_t *a,
                                const bni_choice *c)
{
    switch (c->method) {
    case BINNET_PERMANENT_AUTO:
        bni_words_set(out, words, a[0]);
        return BINNET_OK;
    case BINNET_PERMANENT_RANK_ONE:
        bni_permanent_rank_one_words(out, words, n, a);
        return BINNET_OK;
    case BINNET_PERMANENT_REPEATED:
        return solve_kinds(ctx, out, words, p, n, a, c->columns);
    case BINNET_PERMANENT_FRONTIER:
        return bni_permanent_frontier_words(ctx, out, words, n, n, a, p->s.order, p->s.states);
    default:
        return bni_permanent_ryser(ctx, out, words, n, n, a);
    }
}

/* Block q, or the whole matrix, its method and the words it needs at most. */
static int32_t take_block(binnet_ctx *ctx, pieces *p, size_t q, const int64_t *a, int inexact, size_t words,
                          size_t *size, const int64_t **block, bni_choice *c, size_t *part)
{
    double rows, columns;
    int whole = p->s.blocks == 1;
    *size = p->s.n;
    if (!whole) {
        BNI_TRY(bni_structure_block(ctx, size, p->block, &p->s, a, sizeof *a, q));
        BNI_TRY(bni_structure_block(ctx, size, p->s.block, &p->s, p->s.a, sizeof *p->s.a, q));
    }
    *block = whole ? a : p->block;
    BNI_TRY(line_bits(ctx, &rows, *size, *size, *size, 1, *block));
    BNI_TRY(line_bits(ctx, &columns, *size, *size, 1, *size, *block));
    *part = words_for(fmin(rows, columns));
    *part = *part < words ? *part : words;
    return bni_structure_choose(ctx, c, &p->s, *size, whole ? p->s.a : p->s.block, (bni_arithmetic){*part, inexact});
}

static int32_t plan_square(binnet_ctx *ctx, bni_cost *cost, int32_t *used, pieces *p, const int64_t *a, int inexact,
                           size_t words)
{
    double most = 0;
    for (size_t q = 0; q < p->s.blocks; q++) {
        size_t size, part;
        const int64_t *block;
        bni_choice c;
        BNI_TRY(take_block(ctx, p, q, a, inexact, words, &size, &block, &c, &part));
        most = fmax(most, c.cost.bytes);
        cost->flops += c.cost.flops + (double)words * (double)part;
        *used |= c.method == BINNET_PERMANENT_GLYNN ? BINNET_PERMANENT_RYSER : c.method;
    }
    cost->bytes += most;
    return BINNET_OK;
}

static int32_t solve_square(binnet_ctx *ctx, uint64_t *out, pieces *p, const int64_t *a, int inexact, size_t words)
{
    bni_progress all = bni_progress_push(ctx);
    bni_words_set(out, words, p->s.blocks > 0);
    for (size_t q = 0; q < p->s.blocks; q++) {
        size_t size, part;
        const int64_t *block;
        bni_choice c;
        bni_progress_part(ctx, all, (double)q, (double)p->s.blocks);
        BNI_TRY(take_block(ctx, p, q, a, inexact, words, &size, &block, &c, &part));
        BNI_TRY(residue_of_block(ctx, p->part, part, p, size, block, &c));
        if (size == 1) {
            bni_words_times(out, words, block[0]);
            continue;
        }
        memcpy(p->product, out, words * sizeof *out);
        uint64_t *extended = p->part; /* in place: from the last word */
        uint64_t sign = bni_words_negative(p->part, part) ? UINT64_MAX : 0;
        for (size_t k = part; k < words; k++)
            extended[k] = sign;
        bni_words_multiply(out, p->product, extended, words);
    }
    bni_progress_pop(ctx, all);
    return BINNET_OK;
}

/* per modulo 2^(64 words), or with out NULL its cost. */
static int32_t square_residue(binnet_ctx *ctx, uint64_t *out, bni_cost *cost, int32_t *used, size_t n, const int64_t *a,
                              const double *v, int inexact, size_t words)
{
    pieces p;
    cost->bytes += pieces_bytes(n, words);
    int32_t status = pieces_new(ctx, &p, n, v, words);
    if (status == BINNET_OK)
        status = plan_square(ctx, cost, used, &p, a, inexact, words);
    if (status == BINNET_OK && out != NULL) {
        status = bni_permanent_need(ctx, cost, n, n);
        if (status == BINNET_OK)
            status = bni_need_memory(ctx, cost->bytes, "the permanent");
        if (status == BINNET_OK)
            status = solve_square(ctx, out, &p, a, inexact, words);
    }
    pieces_drop(ctx, &p);
    return status;
}

/* --- wide matrices --- */

static size_t words_with_ones(const integer *x)
{
    double bits = x->rows;
    for (size_t k = 2; k <= x->n - x->m; k++)
        bits += log2((double)k) + 1e-9;
    return words_for(bits);
}

static double extended_bytes(const integer *x)
{
    return 16.0 * (double)x->n * (double)x->n + 8.0 * (double)words_with_ones(x);
}

/* With n - m rows of ones: (n - m)! times the permanent. */
static int32_t with_ones(binnet_ctx *ctx, uint64_t *out, bni_cost *cost, int32_t *used, const integer *x)
{
    size_t m = x->m, n = x->n, words = words_with_ones(x);
    double bytes = extended_bytes(x);
    BNI_TRY(bni_need_memory(ctx, bytes, "rows of ones"));
    int64_t *a = bni_new_raw(ctx, n, n * sizeof *a);
    double *v = bni_new_raw(ctx, n, n * sizeof *v);
    uint64_t *all = bni_new_raw(ctx, words, sizeof *all);
    int32_t status = a == NULL || v == NULL || all == NULL ? BINNET_E_NOMEM : BINNET_OK;
    int64_t limit = bni_set_aside(ctx, bytes);
    for (size_t i = 0; i < n && status == BINNET_OK; i++) {
        for (size_t k = i * n; k < i * n + n; k++) {
            a[k] = i < m ? x->a[k] : 1;
            v[k] = i < m ? x->v[k] : 1;
        }
        status = bni_poll(ctx, 0);
    }
    if (status == BINNET_OK)
        status = square_residue(ctx, out != NULL ? all : NULL, cost, used, n, a, v, x->inexact, words);
    bni_give_back(ctx, limit);
    cost->bytes += bytes;
    if (status == BINNET_OK && out != NULL) {
        int negative = bni_words_negative(all, words);
        if (negative)
            bni_words_negate(all, words);
        for (size_t k = 2; k <= n - m; k++)
            bni_words_divide(all, words, k);
        if (negative)
            bni_words_negate(all, words);
        bni_words_copy(out, x->words, all, words);
    }
    bni_delete(&ctx->mem, all);
    bni_delete(&ctx->mem, v);
    bni_delete(&ctx->mem, a);
    return status;
}

static int32_t wide_residue(binnet_ctx *ctx, uint64_t *out, bni_cost *cost, int32_t *used, const integer *x)
{
    bni_wide_order w;
    bni_cost ones = {0, 0};
    int32_t by_ones = 0, status;
    BNI_TRY(bni_permanent_order_wide(ctx, &w, x->m, x->n, x->v));
    bni_cost sparse = bni_permanent_frontier_words_cost(x->m, x->n, w.found, x->words);
    int64_t limit = bni_set_aside(ctx, w.bytes);
    status = with_ones(ctx, NULL, &ones, &by_ones, x);
    bni_give_back(ctx, limit);
    if (status == BINNET_OK && sparse.flops <= ones.flops) {
        cost->bytes += w.bytes + fmax(sparse.bytes, extended_bytes(x) + pieces_bytes(x->n, words_with_ones(x)));
        cost->flops += sparse.flops;
        *used |= BINNET_PERMANENT_FRONTIER;
        if (out != NULL)
            status = bni_permanent_need(ctx, cost, x->m, x->n);
        if (status == BINNET_OK && out != NULL)
            status = bni_need_memory(ctx, cost->bytes, "the permanent");
        if (status == BINNET_OK && out != NULL)
            status = bni_permanent_frontier_words(ctx, out, x->words, x->m, x->n, x->a, w.order, w.found.states);
    } else if (status == BINNET_OK) {
        bni_delete(&ctx->mem, w.order);
        w.order = NULL;
        status = with_ones(ctx, out, cost, used, x);
        cost->bytes += w.bytes;
    }
    bni_delete(&ctx->mem, w.order);
    return status;
}

static int32_t residue(binnet_ctx *ctx, uint64_t *out, bni_cost *cost, int32_t *used, const integer *x, size_t words)
{
    return x->m < x->n ? wide_residue(ctx, out, cost, used, x)
                       : square_residue(ctx, out, cost, used, x->n, x->a, x->v, x->inexact, words);
}

/* --- from floating point --- */

/* The value with a bound as small as can be had; unbounded where that is not the permanent of these integers. */
static int32_t approximate(binnet_ctx *ctx, bni_ball *b, const integer *x)
{
    int32_t used = 0;
    *b = (bni_ball){0, 0, INFINITY, 0};
    if (x->inexact)
        return BINNET_OK;
    bni_request all_digits = {BINNET_PERMANENT_AUTO, 1e-40};
    BNI_TRY(bni_permanent_any(ctx, b, &used, x->m, x->n, x->v, all_digits));
    return bni_permanent_integral(ctx, &used, b, x->m, x->n, x->v);
}

/* hi 2^e, lo 2^e in words; what is not whole is cut off, twice less than 1 when the ball is not exact. */
static void set_centre(uint64_t *c, size_t words, bni_ball b)
{
    int e;
    bni_words_set(c, words, 0);
    bni_words_add_scaled(c, words, (int64_t)ldexp(b.hi, 53), b.exponent - 53);
    double low = frexp(b.lo, &e);
    bni_words_add_scaled(c, words, (int64_t)ldexp(low, 53), b.exponent + e - 53);
}

/* Words of a residue that tells which number within the bound it is. */
static size_t words_within(const integer *x, bni_ball b)
{
    double bits = isfinite(b.radius) ? log2(b.radius) + (double)b.exponent : INFINITY;
    return x->m == x->n && bits < 64.0 * (double)x->words - 3 ? words_for(bits) : x->words;
}

static int32_t by_residue(binnet_ctx *ctx, uint64_t *out, const integer *x, bni_ball b)
{
    size_t words = words_within(x, b), all = x->words;
    bni_cost cost = {0, 0};
    int32_t used = 0;
    uint64_t *centre = bni_new_raw(ctx, all, sizeof *centre);
    if (centre == NULL)
        return BINNET_E_NOMEM;
    int32_t status = residue(ctx, out, &cost, &used, x, words);
    if (status == BINNET_OK && words < all) {
        set_centre(centre, all, b);
        bni_words_negate(centre, all);
        bni_words_add(out, centre, words); /* R - C */
        bni_words_negate(centre, all);
        uint64_t sign = bni_words_negative(out, words) ? UINT64_MAX : 0;
        for (size_t k = words; k < all; k++)
            out[k] = sign;
        bni_words_add(out, centre, all);
    }
    bni_delete(&ctx->mem, centre);
    return status;
}

static int surely_beyond(bni_ball b, double bits)
{
    double least = fabs(b.hi) - b.radius - fabs(b.lo);
    return least > 0 && log2(least) + (double)b.exponent > bits + 1e-9;
}

static int32_t solve_integer(binnet_ctx *ctx, uint64_t *out, const integer *x, double most_bits)
{
    bni_ball b;
    bni_span(ctx, 0, 0.2);
    BNI_TRY(approximate(ctx, &b, x));
    bni_span(ctx, 0.2, 1);
    if (surely_beyond(b, most_bits))
        return bni_fail(ctx, BINNET_E_RANGE,
                        "the permanent, about %.6g * 2^%lld, does not fit: binnet_permanent_decimal", b.hi,
                        (long long)b.exponent);
    if (b.radius == 0) {
        set_centre(out, x->words, b);
        return BINNET_OK;
    }
    return by_residue(ctx, out, x, b);
}

/* *out: as many words as *count, to be freed; E_RANGE when it has surely more than that many bits. */
static int32_t whole_number(binnet_ctx *ctx, uint64_t **out, size_t *count, size_t m, size_t n, const int64_t *a,
                            double most_bits)
{
    integer x = {.words = 1};
    int zero = 0;
    *out = NULL;
    int32_t status = m > 0 ? integer_new(ctx, &x, &zero, m, n, a) : BINNET_OK;
    *count = x.words;
    if (status == BINNET_OK) {
        *out = bni_new_raw(ctx, x.words, sizeof **out);
        status = *out != NULL ? BINNET_OK : BINNET_E_NOMEM;
    }
    if (status == BINNET_OK && (m == 0 || zero)) {
        bni_words_set(*out, x.words, m == 0);
    } else if (status == BINNET_OK) {
        int64_t limit = bni_set_aside(ctx, held_bytes(&x));
        status = solve_integer(ctx, *out, &x, most_bits);
        bni_give_back(ctx, limit);
    }
    bni_delete(&ctx->mem, x.v);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, *out);
        *out = NULL;
    }
    return status;
}

/* --- public --- */

int32_t binnet_permanent_integer(binnet_ctx *ctx, int64_t *high, uint64_t *low, size_t m, size_t n, const int64_t *a)
{
    uint64_t *x, two[2], sign;
    size_t words;
    int fits = 1;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, high, "high"));
    BNI_TRY(bni_need(ctx, low, "low"));
    BNI_TRY(bni_permanent_check(ctx, m, n, a));
    BNI_TRY(whole_number(ctx, &x, &words, m, n, a, 127));
    bni_words_copy(two, 2, x, words);
    sign = bni_words_negative(two, 2) ? UINT64_MAX : 0;
    for (size_t k = 2; k < words; k++)
        fits &= x[k] == sign;
    bni_delete(&ctx->mem, x);
    if (!fits)
        return bni_fail(ctx, BINNET_E_RANGE, "the permanent does not fit 128 bits: binnet_permanent_decimal");
    *low = two[0];
    *high = (int64_t)two[1];
    return BINNET_OK;
}

enum { GROUP = 19 /* decimal digits of a word */ };

/* Room for the digits of a number of so many bits, its sign and the end. */
static size_t room_for(double bits)
{
    return (bits > 0 ? (size_t)(bits * 0.30103) : 0) + 4;
}

/* The digits from the last, in groups; x is used up. Returns where they begin in digits[room]. */
static int32_t write_digits(binnet_ctx *ctx, char *digits, size_t room, size_t *begin, uint64_t *x, size_t words)
{
    int negative = bni_words_negative(x, words);
    size_t at = room - 1;
    if (negative)
        bni_words_negate(x, words);
    digits[at] = 0;
    do {
        uint64_t rest = bni_words_divide(x, words, UINT64_C(10000000000000000000));
        while (words > 1 && x[words - 1] == 0)
            words--;
        int last = words == 1 && x[0] == 0;
        for (int k = 0; k < GROUP && (!last || rest != 0 || k == 0); k++) {
            digits[--at] = (char)('0' + rest % 10);
            rest /= 10;
        }
        BNI_TRY(bni_poll(ctx, 1));
    } while (words > 1 || x[0] != 0);
    if (negative)
        digits[--at] = '-';
    *begin = at;
    return BINNET_OK;
}

int32_t binnet_permanent_decimal(binnet_ctx *ctx, char *text, size_t room, size_t *length, size_t m, size_t n,
                                 const int64_t *a)
{
    double rows = 0, columns = INFINITY;
    uint64_t *x;
    size_t words, begin;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, length, "length"));
    BNI_TRY(bni_permanent_check(ctx, m, n, a));
    BNI_TRY(line_bits(ctx, &rows, m, n, n, 1, a));
    if (m == n)
        BNI_TRY(line_bits(ctx, &columns, n, n, 1, n, a));
    size_t enough = room_for(fmin(rows, columns));
    if (text == NULL) {
        *length = enough;
        return BINNET_OK;
    }
    BNI_TRY(whole_number(ctx, &x, &words, m, n, a, INFINITY));
    char *digits = NULL;
    int32_t status = bni_need_memory(ctx, 8.0 * (double)words + (double)enough, "the digits");
    if (status == BINNET_OK && (digits = bni_new_raw(ctx, enough, 1)) == NULL)
        status = BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = write_digits(ctx, digits, enough, &begin, x, words);
    if (status == BINNET_OK) {
        size_t found = enough - 1 - begin;
        if (found >= room) {
            status = bni_fail(ctx, BINNET_E_SIZE, "room = %zu, and %zu characters with the one that ends them", room,
                              found + 1);
        } else {
            memcpy(text, digits + begin, found + 1);
            *length = found;
        }
    }
    bni_delete(&ctx->mem, x);
    bni_delete(&ctx->mem, digits);
    return status;
}

/* The grades that are tried, and the integers unless these prove the number for sure. */
static int32_t plan_grades(binnet_ctx *ctx, bni_cost *cost, int32_t *used, const integer *x)
{
    bni_cost floating = {0, 0}, exact = {0, 0};
    double held = held_bytes(x), digits = 8.0 * (double)x->words + (double)room_for(least_bits(x));
    double bits = x->m == x->n ? fmax(x->rows, x->columns) : x->rows;
    if (!x->inexact) {
        BNI_TRY(bni_permanent_plan(ctx, &floating, used, x->m, x->n, x->v, BINNET_PERMANENT_AUTO));
        if (*used & BINNET_PERMANENT_GLYNN && bits > bits_of_double) {
            floating.flops *= 7.5;
            *used |= BINNET_PERMANENT_COMPENSATED;
        }
    }
    if (x->inexact || bits > bits_of_pairs) {
        BNI_TRY(residue(ctx, NULL, &exact, used, x, x->words));
        BNI_TRY(bni_permanent_need(ctx, &exact, x->m, x->n));
    }
    *cost = (bni_cost){fmax(held + fmax(floating.bytes, exact.bytes), digits), floating.flops + exact.flops};
    return BINNET_OK;
}

int32_t binnet_permanent_integer_estimate(binnet_ctx *ctx, uint64_t *terms, uint64_t *bytes, double *flops,
                                          int32_t *used, size_t m, size_t n, const int64_t *a)
{
    bni_cost cost = {0, 0};
    int32_t methods = 0, status = BINNET_OK;
    integer x = {.words = 1};
    int zero = 1;
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_permanent_check(ctx, m, n, a));
    if (m > 0)
        status = integer_new(ctx, &x, &zero, m, n, a);
    if (status == BINNET_OK && !zero)
        status = plan_grades(ctx, &cost, &methods, &x);
    bni_delete(&ctx->mem, x.v);
    if (status != BINNET_OK)
        return status;
    if (zero)
        cost.bytes = held_bytes(&x) + 8;
    if (terms != NULL)
        *terms = bni_permanent_terms(m, n);
    if (used != NULL)
        *used = methods;
    if (bytes != NULL)
        *bytes = cost.bytes < 0x1p63 ? (uint64_t)cost.bytes : UINT64_MAX;
    if (flops != NULL)
        *flops = cost.flops;
    return BINNET_OK;
}
