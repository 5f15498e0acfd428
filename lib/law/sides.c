/*
 * How often each neuron is silent and active, from a vector over the states in one pass and without a copy: blocks of
 * consecutive states are added up for the lower neurons, and each one's own sum is kept for the upper neurons.
 * Source: THEORY 5.
 */
#include "law/law.h"

#include <string.h>

/* Accumulators by level: RUN sums of one level make one of the next, so that rounding stays small. */
enum { RUN_BITS = 6, LEVELS = 1 + (BINNET_MAX_CHAIN_NEURONS + RUN_BITS - 1) / RUN_BITS, LANES = 8 };

int bni_block_bits(size_t n)
{
    return n < BNI_BLOCK_BITS ? (int)n : BNI_BLOCK_BITS;
}

/* to += v; the sum of v. */
static double add_neuron_sides(double *restrict to, const double *restrict v, size_t count)
{
    double lane[LANES] = {0}, sum = 0;
    size_t s = 0;
    for (; s + LANES <= count; s += LANES)
        for (size_t l = 0; l < LANES; l++) {
            to[s + l] += v[s + l];
            lane[l] += v[s + l];
        }
    for (; s < count; s++) {
        to[s] += v[s];
        sum += v[s];
    }
    return sum + (((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])));
}

int32_t bni_cascade_open(binnet_ctx *ctx, bni_cascade *c, size_t n)
{
    int bits = bni_block_bits(n);
    size_t blocks = (size_t)1 << (n - (size_t)bits);
    c->size = (size_t)1 << bits;
    c->levels = 1;
    while (c->levels < LEVELS && blocks >> (RUN_BITS * (c->levels - 1)) > 1)
        c->levels++;
    c->level = bni_new(ctx, (size_t)c->levels * c->size, sizeof *c->level);
    return c->level == NULL ? BINNET_E_NOMEM : BINNET_OK;
}

void bni_cascade_carry(bni_cascade *c, size_t blocks)
{
    for (int l = 1; l < c->levels && blocks % ((size_t)1 << (RUN_BITS * l)) == 0; l++) {
        double *from = c->level + (size_t)(l - 1) * c->size;
        (void)add_neuron_sides(from + c->size, from, c->size);
        memset(from, 0, c->size * sizeof *from);
    }
}

void bni_cascade_close(binnet_ctx *ctx, double *sum, bni_cascade *c)
{
    for (int l = 1; l < c->levels; l++)
        (void)add_neuron_sides(c->level + (size_t)l * c->size, c->level + (size_t)(l - 1) * c->size, c->size);
    memcpy(sum, c->level + (size_t)(c->levels - 1) * c->size, c->size * sizeof *sum);
    bni_delete(&ctx->mem, c->level);
}

/* Blocks of consecutive states: within[k] = sum over the blocks of their k-th entry, block[u] = sum of block u. */
static int32_t sum_blocks(binnet_ctx *ctx, double *within, double *block, const double *v, size_t n)
{
    enum { BETWEEN_POLLS = 1 << 6, ROWS = 16 };
    const bni_law_kernels *kern = bni_kernels_get()->law;
    size_t size = (size_t)1 << bni_block_bits(n), blocks = ((size_t)1 << n) / size;
    bni_cascade sums;
    BNI_TRY(bni_cascade_open(ctx, &sums, n));
    int32_t status = BINNET_OK;
    size_t u = 0;
    for (size_t turn = 1; u + BNI_ADDED_BLOCKS <= blocks && status == BINNET_OK; turn++, u += BNI_ADDED_BLOCKS) {
        double row[BNI_ADDED_BLOCKS][ROWS];
        kern->add_rows(sums.level, row[0], v + u * size, ROWS, size / ROWS, BNI_ADDED_BLOCKS);
        bni_cascade_carry(&sums, turn);
        for (size_t b = 0; b < BNI_ADDED_BLOCKS; b++) {
            block[u + b] = 0;
            for (size_t r = 0; r < ROWS; r++)
                block[u + b] += row[b][r];
        }
        if (turn % BETWEEN_POLLS == 0)
            status = bni_poll(ctx, (double)u / (double)blocks);
    }
    for (; u < blocks && status == BINNET_OK; u++) { /* less than four */
        block[u] = add_neuron_sides(sums.level, v + u * size, size);
        bni_cascade_carry(&sums, u + 1);
    }
    bni_cascade_close(ctx, within, &sums);
    return status;
}

double bni_sum_blocks_bytes(size_t n)
{
    size_t bits = (size_t)bni_block_bits(n);
    return 8 * ((double)((size_t)1 << (n - bits)) + (double)((size_t)1 << bits) * (LEVELS + 1));
}

/* silent[b], active[b] from v[2^bits], which is folded in place. */
static void fold_sides(double *silent, double *active, double *v, int bits)
{
    for (int b = bits; b-- > 0;) {
        size_t m = (size_t)1 << b;
        double low = 0, high = 0;
        for (size_t s = 0; s < m; s++) {
            low += v[s];
            high += v[s + m];
            v[s] += v[s + m];
        }
        silent[b] = low;
        active[b] = high;
    }
}

int32_t bni_sums_by_neuron(binnet_ctx *ctx, double *silent, double *active, const double *v, size_t n)
{
    int bits = bni_block_bits(n);
    size_t size = (size_t)1 << bits, blocks = (size_t)1 << (n - (size_t)bits);
    double *within = bni_new_raw(ctx, size + blocks, sizeof *within);
    if (within == NULL)
        return BINNET_E_NOMEM;
    int32_t status = sum_blocks(ctx, within, within + size, v, n);
    if (status == BINNET_OK) {
        fold_sides(silent, active, within, bits);
        fold_sides(silent + bits, active + bits, within + size, (int)n - bits);
    }
    bni_delete(&ctx->mem, within);
    return status;
}

int32_t bni_law_sides(binnet_ctx *ctx, bni_sides *sides, const binnet_law *law)
{
    BNI_TRY(bni_sums_by_neuron(ctx, sides->silent, sides->active, law->p, law->n));
    for (size_t i = 0; i < law->n; i++) {
        double all = sides->silent[i] + sides->active[i];
        sides->silent[i] /= all;
        sides->active[i] /= all;
    }
    return BINNET_OK;
}
