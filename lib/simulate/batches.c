/*
 * Samples in batches: how often neurons were active, and pairs of them some samples apart. 64 samples of a neuron are one word,
 * so a product of two neurons is counted by 64 at a time; counts are exact.
 * At most BNI_BATCHES batches; when they are full two become one, and batches are twice as long from then on.
 */
#include "simulate/simulate.h"

#include <string.h>

static void batch_buffers(bni_plan *plan, void *object)
{
    bni_batches *b = object;
    BNI_ZEROS(plan, b->history, b->depth * b->k);
    BNI_ZEROS(plan, b->sum, BNI_BATCHES * b->k);
    BNI_ZEROS(plan, b->product, BNI_BATCHES * b->n_lags * b->k * b->k);
    BNI_ZEROS(plan, b->population, (size_t)2 * BNI_BATCHES * b->n_pop);
}

double bni_batches_bytes(const bni_batches *b)
{
    bni_batches copy = *b;
    return bni_plan_bytes(batch_buffers, &copy);
}

int32_t bni_batches_make(binnet_ctx *ctx, bni_batches *b)
{
    return bni_plan_make(ctx, batch_buffers, b);
}

void bni_batches_release(const bni_allocator *mem, bni_batches *b)
{
    bni_plan_release(mem, batch_buffers, b);
}

uint64_t bni_batches_warm(const bni_batches *b)
{
    uint64_t most = 0;
    for (size_t l = 0; l < b->n_lags; l++)
        most = b->lag[l] > most ? b->lag[l] : most;
    return most;
}

/* Neuron c, `lag` samples before those in word 0 (its bit t is sample t of the word). */
static uint64_t lagged_word(const bni_batches *b, size_t c, uint64_t lag)
{
    size_t back = (size_t)(lag / 64), shift = (size_t)(lag % 64);
    const uint64_t *h = b->history + back * b->k + c;
    return shift == 0 ? h[0] : h[0] << shift | h[b->k] >> (64 - shift);
}

/* Samples of word 0 that are in no batch yet go into the present one. */
static void flush_word(bni_batches *b, int to)
{
    size_t k = b->k;
    uint64_t mask = (to < 64 ? (UINT64_C(1) << to) - 1 : UINT64_MAX) & ~((UINT64_C(1) << b->flushed) - 1);
    b->flushed = to;
    uint32_t *sum = b->sum + b->count * k;
    for (size_t j = 0; j < k; j++)
        sum[j] += (uint32_t)__builtin_popcountll(b->history[j] & mask);
    for (size_t l = 0; l < b->n_lags; l++)
        for (size_t i = 0; i < k; i++) {
            uint64_t x = lagged_word(b, i, b->lag[l]) & mask;
            uint32_t *product = b->product + ((b->count * b->n_lags + l) * k + i) * k;
            for (size_t j = 0; x != 0 && j < k; j++)
                product[j] += (uint32_t)__builtin_popcountll(x & b->history[j]);
        }
}

static void next_word(bni_batches *b)
{
    if (b->depth > 1)
        memmove(b->history + b->k, b->history, (b->depth - 1) * b->k * sizeof *b->history);
    memset(b->history, 0, b->k * sizeof *b->history);
    b->flushed = 0;
}

void bni_batches_add(bni_batches *b, const bni_walk *walk, int counted)
{
    int bit = (int)(b->seen % 64);
    if (bit == 0 && b->seen > 0)
        next_word(b);
    for (size_t c = 0; c < b->k; c++)
        b->history[c] |= (uint64_t)walk->active[b->neuron[c]] << bit;
    b->seen++;
    if (!counted) {
        b->flushed = bit + 1;
        return;
    }
    double *population = b->population + 2 * b->count * b->n_pop;
    for (size_t a = 0; a < b->n_pop; a++) {
        double share = (double)walk->count[a] / (double)b->size[a];
        population[a] += share;
        population[b->n_pop + a] += share * share;
    }
    int full = ++b->in_batch == b->length;
    if (full || bit == 63)
        flush_word(b, bit + 1);
    if (full) {
        b->in_batch = 0;
        b->count++;
    }
}

void bni_batches_merge(bni_batches *b)
{
    size_t counts = b->n_lags * b->k * b->k;
    for (size_t to = 0; to < BNI_BATCHES / 2; to++)
        for (size_t half = 0; half < 2; half++) {
            size_t from = 2 * to + half;
            for (size_t i = 0; i < b->k; i++)
                b->sum[to * b->k + i] = b->sum[from * b->k + i] + (half ? b->sum[to * b->k + i] : 0);
            for (size_t i = 0; i < counts; i++)
                b->product[to * counts + i] = b->product[from * counts + i] + (half ? b->product[to * counts + i] : 0);
            for (size_t i = 0; i < 2 * b->n_pop; i++)
                b->population[2 * to * b->n_pop + i] = b->population[2 * from * b->n_pop + i] +
                                                       (half ? b->population[2 * to * b->n_pop + i] : 0);
        }
    b->count = BNI_BATCHES / 2;
    memset(b->sum + b->count * b->k, 0, b->count * b->k * sizeof *b->sum);
    memset(b->product + b->count * counts, 0, b->count * counts * sizeof *b->product);
    memset(b->population + 2 * b->count * b->n_pop, 0, 2 * b->count * b->n_pop * sizeof *b->population);
    b->length *= 2;
}
