/*
 * The first linear dependency among rows of integers, in integers: by elimination modulo primes below 2^62, numerators by
 * Cramer's rule as minors, put together by the Chinese remainder theorem up to Hadamard's bound. What is returned is only a
 * candidate: bni_contradiction_find verifies it in integers.
 * Source: von zur Gathen & Gerhard, Modern Computer Algebra, 5.5; products modulo p as P. L. Montgomery, Math. Comp. 44 (1985).
 */
#include "core/u128.h"
#include "num/words.h"
#include "storage/storage.h"

#include <math.h>

typedef struct field {
    uint64_t p, inverse, square; /* -1/p modulo 2^64; 2^128 modulo p */
} field;

static uint64_t field_multiply(const field *f, uint64_t a, uint64_t b)
{
    return bni_u128_reduce(a, b, f->p, f->inverse);
}

static uint64_t field_subtract(const field *f, uint64_t a, uint64_t b)
{
    return a >= b ? a - b : a + (f->p - b);
}

static uint64_t field_power(const field *f, uint64_t a, uint64_t e)
{
    uint64_t one = field_multiply(f, 1, f->square), power = one;
    for (; e > 0; e >>= 1) {
        if (e & 1)
            power = field_multiply(f, power, a);
        a = field_multiply(f, a, a);
    }
    return power;
}

static field field_of(uint64_t p)
{
    field f = {.p = p};
    uint64_t x = p; /* Newton for 1/p modulo 2^64, three bits at first */
    for (int k = 0; k < 6; k++)
        x *= 2 - p * x;
    f.inverse = (uint64_t)0 - x;
    f.square = bni_u128_square_of_radix(p);
    return f;
}

static uint64_t to_field(const field *f, uint64_t a)
{
    return field_multiply(f, a % f->p, f->square);
}

static uint64_t from_field(const field *f, uint64_t a)
{
    return field_multiply(f, a, 1);
}

/* The next number below that is a prime as far as Fermat's test to the bases 2 and 3 tells; the result is verified anyway. */
static field field_below(uint64_t p)
{
    for (p -= 2;; p -= 2) {
        field f = field_of(p);
        uint64_t one = to_field(&f, 1);
        if (field_power(&f, to_field(&f, 2), p - 1) == one && field_power(&f, to_field(&f, 3), p - 1) == one)
            return f;
    }
}

/* Rows a[count + 1][p], reduced one by one; multipliers go below the pivots. column[k] is the pivot of row k: found when
 * `find`, else given. *dependent is the row that came out as 0, or `rows`; SIZE_MAX when a given pivot is 0. */
static int32_t reduce_rows(binnet_ctx *ctx, uint64_t *a, size_t *column, uint64_t *factor, size_t *dependent,
                           size_t rows, size_t p, const field *f, int find)
{
    for (size_t k = 0; k < rows; k++) {
        uint64_t *row = a + k * p;
        BNI_TRY(bni_poll(ctx, 0));
        for (size_t e = 0; e < k; e++) {
            const uint64_t *pivot = a + e * p;
            uint64_t by = row[column[e]];
            if (by != 0) { /* pivot rows are scaled so that the pivot is 1 */
                for (size_t c = 0; c < p; c++)
                    row[c] = field_subtract(f, row[c], field_multiply(f, by, pivot[c]));
            }
            factor[k * rows + e] = by;
        }
        size_t at = find ? 0 : k < rows - 1 ? column[k] : p;
        while (find && at < p && row[at] == 0)
            at++;
        if (at == p) {
            *dependent = k;
            return BINNET_OK;
        }
        *dependent = SIZE_MAX;
        if (row[at] == 0)
            return BINNET_OK;
        column[k] = at;
        factor[k * rows + k] = row[at];
        uint64_t inverse = field_power(f, row[at], f->p - 2);
        for (size_t c = 0; c < p; c++)
            row[c] = field_multiply(f, row[c], inverse);
    }
    *dependent = rows;
    return BINNET_OK;
}

/* Row `last` is sum_e x_e (row e): residue[e] = -x_e det, residue[last] = det, det the product of the pivots. */
static void minors(uint64_t *residue, const uint64_t *factor, size_t last, size_t rows, const field *f)
{
    /* row k = sum_{e<=k} factor[k][e] U_e, U the scaled rows: x L = factor[last] */
    uint64_t det = to_field(f, 1);
    for (size_t k = 0; k < last; k++) {
        residue[k] = factor[last * rows + k];
        det = field_multiply(f, det, factor[k * rows + k]);
    }
    for (size_t k = last; k-- > 0;) {
        residue[k] = field_multiply(f, residue[k], field_power(f, factor[k * rows + k], f->p - 2));
        for (size_t e = 0; e < k; e++)
            residue[e] = field_subtract(f, residue[e], field_multiply(f, residue[k], factor[k * rows + e]));
    }
    for (size_t k = 0; k < last; k++)
        residue[k] = from_field(f, field_multiply(f, field_subtract(f, 0, residue[k]), det));
    residue[last] = from_field(f, det);
}

/* log2 of Hadamard's bound on the minors of the first `count` rows. */
static double minor_bits(const signed char *entry, size_t count, size_t p)
{
    double bits = 0;
    for (size_t k = 0; k < count; k++) {
        double full = 0;
        for (size_t c = 0; c < p; c++)
            full += entry[k * p + c] != 0;
        bits += 0.5 * log2(full + 1);
    }
    return bits;
}

static void set_rows(uint64_t *a, const signed char *entry, size_t rows, size_t p, const size_t *column, size_t columns,
                     const field *f)
{
    uint64_t one = to_field(f, 1), minus = f->p - one;
    for (size_t k = 0; k < rows; k++)
        for (size_t c = 0; c < columns; c++) {
            signed char e = entry[k * p + (column != NULL ? column[c] : c)];
            a[k * columns + c] = e > 0 ? one : e < 0 ? minus : 0;
        }
}

/* value += modulus * ((residue - value) / modulus modulo the prime). */
static void add_residue(uint64_t *value, const uint64_t *modulus, size_t words, uint64_t residue, const field *f)
{
    uint64_t now = 0, scale = 0, base = to_field(f, UINT64_MAX);
    base = base + to_field(f, 1) >= f->p ? base + to_field(f, 1) - f->p : base + to_field(f, 1); /* 2^64 */
    for (size_t k = words; k-- > 0;) {
        now = field_subtract(f, field_multiply(f, now, base), f->p - to_field(f, value[k]));
        scale = field_subtract(f, field_multiply(f, scale, base), f->p - to_field(f, modulus[k]));
    }
    uint64_t t = field_multiply(f, field_subtract(f, to_field(f, residue), now % f->p),
                                field_power(f, scale % f->p, f->p - 2));
    bni_words_add_product(value, modulus, words, (int64_t)from_field(f, t));
}

typedef struct dependency_work {
    size_t rows, p;
    uint64_t *a, *factor, *residue;
    size_t *column, *order;
} dependency_work;

static void dependency_buffers(bni_plan *plan, void *object)
{
    dependency_work *w = object;
    BNI_BUFFER(plan, w->a, w->rows * (w->p + 1));
    BNI_BUFFER(plan, w->factor, w->rows * w->rows);
    BNI_BUFFER(plan, w->residue, w->rows);
    BNI_BUFFER(plan, w->column, w->rows);
    BNI_BUFFER(plan, w->order, w->rows);
}

static int32_t join_residues(binnet_ctx *ctx, uint64_t *value, uint64_t *modulus, size_t count, size_t words,
                             size_t primes, const signed char *entry, dependency_work *w, field f)
{
    for (size_t e = 0; e < count; e++)
        w->order[e] = e;
    bni_words_set(modulus, words, 1);
    for (size_t done = 0; done < primes; f = field_below(f.p)) {
        size_t dependent;
        set_rows(w->a, entry, count, w->p, w->column, count - 1, &f);
        BNI_TRY(reduce_rows(ctx, w->a, w->order, w->factor, &dependent, count, count - 1, &f, 0));
        if (dependent == SIZE_MAX)
            continue;
        minors(w->residue, w->factor, count - 1, count, &f);
        for (size_t e = 0; e < count; e++)
            add_residue(value + e * words, modulus, words, w->residue[e], &f);
        bni_words_times(modulus, words, (int64_t)f.p);
        done++;
    }
    return BINNET_OK;
}

/* Residues above half the modulus are negative numbers. */
static void sign_residues(uint64_t *value, uint64_t *minus, size_t count, size_t words)
{
    bni_words_negate(minus, words);
    for (size_t e = 0; e < count; e++) {
        uint64_t *v = value + e * words;
        uint64_t *twice = minus + words;
        bni_words_copy(twice, words, v, words);
        bni_words_times(twice, words, 2);
        bni_words_add(twice, minus, words);
        if (!bni_words_negative(twice, words))
            bni_words_add(v, minus, words);
    }
}

int32_t bni_dependency(binnet_ctx *ctx, uint64_t **multiplier, size_t *count, size_t *words, const signed char *entry,
                       size_t rows, size_t p)
{
    *multiplier = NULL;
    *count = *words = 0;
    dependency_work w = {.rows = rows, .p = p};
    BNI_TRY(bni_plan_make(ctx, dependency_buffers, &w));
    field f = field_below((UINT64_C(1) << 62) + 1);
    set_rows(w.a, entry, rows, p, NULL, p, &f);
    size_t dependent = rows;
    int32_t status = reduce_rows(ctx, w.a, w.column, w.factor, &dependent, rows, p, &f, 1);
    uint64_t *scratch = NULL;
    if (status == BINNET_OK && dependent < rows) {
        *count = dependent + 1;
        size_t primes = (size_t)((minor_bits(entry, *count, p) + 2) / 61) + 1;
        *words = primes + 1;
        *multiplier = bni_new(ctx, *count * *words, sizeof **multiplier);
        scratch = bni_new(ctx, 2 * *words, sizeof *scratch);
        status = *multiplier == NULL || scratch == NULL ? BINNET_E_NOMEM : BINNET_OK;
        if (status == BINNET_OK)
            status = join_residues(ctx, *multiplier, scratch, *count, *words, primes, entry, &w, f);
        if (status == BINNET_OK)
            sign_residues(*multiplier, scratch, *count, *words);
    }
    bni_delete(&ctx->mem, scratch);
    bni_plan_release(&ctx->mem, dependency_buffers, &w);
    if (status != BINNET_OK) {
        bni_delete(&ctx->mem, *multiplier);
        *multiplier = NULL;
    }
    return status;
}
