/*
 * Contradictions, verified: whole u >= 0 with sum_k u_k y_k = 0, and what rows so bound ask for. Gordan's and Farkas's
 * alternatives to weights.   Source: Schrijver 1986, 7.3, 7.8.
 */
#include "num/double_double.h"
#include "num/exact.h"
#include "num/words.h"
#include "storage/storage.h"

#include <math.h>
#include <string.h>

static bni_contradiction *new_contradiction(binnet_ctx *ctx, size_t rows, size_t words)
{
    bni_contradiction *c = bni_new(ctx, 1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->rows = rows;
    c->words = words;
    c->kind = bni_new(ctx, rows, sizeof *c->kind);
    c->index = bni_new(ctx, rows, sizeof *c->index);
    c->multiplier = bni_new(ctx, rows * words, sizeof *c->multiplier);
    if (c->kind == NULL || c->index == NULL || c->multiplier == NULL) {
        bni_contradiction_free(&ctx->mem, c);
        return NULL;
    }
    return c;
}

void bni_contradiction_free(const bni_allocator *mem, bni_contradiction *c)
{
    if (c == NULL)
        return;
    bni_delete(mem, c->kind);
    bni_delete(mem, c->index);
    bni_delete(mem, c->multiplier);
    bni_delete(mem, c);
}

static int is_zero(const uint64_t *v, size_t words)
{
    for (size_t k = 0; k < words; k++)
        if (v[k] != 0)
            return 0;
    return 1;
}

/* Words that all of them need, as numbers >= 0 with a sign bit. */
static size_t words_needed(const uint64_t *v, size_t count, size_t words)
{
    size_t need = 1;
    for (size_t e = 0; e < count; e++)
        for (size_t k = need; k < words; k++)
            if (v[e * words + k] != 0 || v[e * words + k - 1] >> 63)
                need = k + 1;
    return need;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* sum_e v[e] entry[e][c] = 0 for every c; sums of 400 numbers need 9 bits more: a word. */
static int32_t verify_dependency(binnet_ctx *ctx, int *holds, const uint64_t *v, size_t count, size_t words,
                                 const signed char *entry, size_t p)
{
    uint64_t *sum = bni_new(ctx, 2 * (words + 1), sizeof *sum);
    if (sum == NULL)
        return BINNET_E_NOMEM;
    uint64_t *term = sum + words + 1;
    int32_t status = BINNET_OK;
    *holds = 1;
    for (size_t c = 0; c < p && *holds && status == BINNET_OK; c++) {
        bni_words_set(sum, words + 1, 0);
        for (size_t e = 0; e < count; e++)
            if (entry[e * p + c] != 0) {
                bni_words_copy(term, words + 1, v + e * words, words);
                if (entry[e * p + c] < 0)
                    bni_words_negate(term, words + 1);
                bni_words_add(sum, term, words + 1);
            }
        *holds = is_zero(sum, words + 1);
        status = bni_poll(ctx, 0);
    }
    bni_delete(&ctx->mem, sum);
    return status;
}

/* One sign for all, made positive; 0 when there are both. */
static int make_positive(uint64_t *v, size_t count, size_t words)
{
    int negative = 0, positive = 0;
    for (size_t e = 0; e < count; e++) {
        int below = bni_words_negative(v + e * words, words);
        negative |= below;
        positive |= !below && !is_zero(v + e * words, words);
    }
    for (size_t e = 0; e < count && negative; e++)
        bni_words_negate(v + e * words, words);
    return negative != positive;
}

int32_t bni_contradiction_find(binnet_ctx *ctx, bni_contradiction **out, size_t *kept, const signed char *entry,
                               size_t rows, size_t p)
{
    uint64_t *v;
    size_t count, words;
    *out = NULL;
    BNI_TRY(bni_dependency(ctx, &v, &count, &words, entry, rows, p));
    if (v == NULL)
        return BINNET_OK;
    int holds = make_positive(v, count, words);
    int32_t status = holds ? verify_dependency(ctx, &holds, v, count, words, entry, p) : BINNET_OK;
    size_t left = 0, need = words_needed(v, count, words);
    for (size_t e = 0; e < count; e++)
        if (!is_zero(v + e * words, words))
            kept[left++] = e;
    if (status == BINNET_OK && holds && (*out = new_contradiction(ctx, left, need)) == NULL)
        status = BINNET_E_NOMEM;
    if (*out != NULL) {
        uint64_t divisor = 0, *to = (*out)->multiplier;
        for (size_t e = 0; e < left; e++) {
            memcpy(to + e * need, v + kept[e] * words, need * sizeof *v);
            divisor = common_divisor(to[e], divisor);
        }
        for (size_t e = 0; e < left && need == 1; e++)
            to[e] /= divisor;
    }
    bni_delete(&ctx->mem, v);
    return status;
}

/* e += u (a + b), u a whole number of many words, scaled by 2^-864 so that 1700 bits stay in range. */
static void add_multiple(bni_exact *e, const uint64_t *u, size_t words, double a, double b)
{
    for (size_t k = 0; k < 2 * words; k++) {
        double digit = ldexp((double)(uint32_t)(u[k / 2] >> (k % 2 * 32)), (int)(32 * k) - 864);
        bni_exact_add_product(e, digit, a);
        bni_exact_add_product(e, digit, b);
    }
}

/* Products whose two parts are exact, and which stay in range after that. */
static int splits_exactly(double v)
{
    return v == 0 || (fabs(v) > 0x1p-200 && fabs(v) < 0x1p200);
}

int32_t bni_contradiction_status(const bni_contradiction *c, const bni_demand *d, size_t i, double theta,
                                 double stimulus)
{
    if (c->words > 27)
        return BINNET_NOT_STORED;
    double M = bni_demand_M(d, i);
    if (!splits_exactly(M) || !splits_exactly(theta) || !splits_exactly(stimulus))
        return BINNET_NOT_STORED;
    bni_doubled high = bni_any_product(M, theta), low = bni_any_product(M, -stimulus);
    bni_exact any, asked; /* what is asked for with margin 0 and with the wanted ones */
    bni_exact_clear(&any);
    int transitions = 0;
    for (size_t k = 0; k < c->rows; k++) {
        const uint64_t *u = c->multiplier + k * c->words;
        double bound = 0;
        if (c->kind[k] == BINNET_ROW_TRANSITION) {
            double side = bni_demand_side(d, c->index[k], i);
            add_multiple(&any, u, c->words, side * high.high, side * high.low);
            add_multiple(&any, u, c->words, side * low.high, side * low.low);
            transitions = 1;
        } else if (c->kind[k] == BINNET_ROW_LEAST)
            bound = d->wiring->least[i * d->n + c->index[k]];
        else if (c->kind[k] == BINNET_ROW_GREATEST)
            bound = -d->wiring->greatest[i * d->n + c->index[k]];
        if (!splits_exactly(bound))
            return BINNET_NOT_STORED;
        add_multiple(&any, u, c->words, bound, 0);
    }
    asked = any;
    if (transitions && bni_exact_sign(&any) >= 0)
        return BINNET_IMPOSSIBLE;
    for (size_t k = 0; k < c->rows; k++)
        if (c->kind[k] == BINNET_ROW_TRANSITION) {
            double margin = bni_demand_margin(d, c->index[k], i);
            if (!splits_exactly(margin))
                return BINNET_NOT_STORED;
            bni_doubled more = bni_any_product(M, margin);
            add_multiple(&asked, c->multiplier + k * c->words, c->words, more.high, more.low);
        }
    return bni_exact_sign(&asked) > 0 ? BINNET_OUT_OF_REACH : BINNET_NOT_STORED;
}

int32_t binnet_storage_contradiction(binnet_ctx *ctx, int32_t *kind, size_t *index, uint64_t *multiplier, size_t words,
                                     const binnet_storage *s, size_t i, size_t k)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, s, "s"));
    size_t rows = binnet_storage_contradiction_rows(s, i);
    if (k >= rows)
        return bni_fail(ctx, BINNET_E_RANGE, "row %zu of neuron %zu: its contradiction has %zu rows", k, i, rows);
    const bni_contradiction *c = s->why[i];
    if (multiplier != NULL && words < c->words)
        return bni_fail(ctx, BINNET_E_SIZE, "words is %zu, the multipliers of neuron %zu take %zu", words, i, c->words);
    if (kind != NULL)
        *kind = c->kind[k];
    if (index != NULL)
        *index = c->index[k];
    if (multiplier != NULL) {
        memset(multiplier, 0, words * sizeof *multiplier);
        memcpy(multiplier, c->multiplier + k * c->words, c->words * sizeof *multiplier);
    }
    return BINNET_OK;
}

size_t binnet_storage_contradiction_rows(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n || s->why[i] == NULL ? 0 : s->why[i]->rows;
}

size_t binnet_storage_contradiction_words(const binnet_storage *s, size_t i)
{
    return s == NULL || i >= s->n || s->why[i] == NULL ? 0 : s->why[i]->words;
}
