/*
 * Groups of neurons: checked, and their law from that of all neurons, in sums of two doubles.
 */
#include "law/law.h"

int32_t bni_need_group(binnet_ctx *ctx, size_t n, size_t k, const int32_t *group, size_t least, size_t most)
{
    BNI_TRY(bni_need(ctx, group, "group"));
    if (k < least || k > most)
        return bni_fail(ctx, BINNET_E_RANGE, "a group of %zu: allowed are %zu..%zu of the %zu neurons", k, least, most,
                        n);
    uint64_t seen = 0;
    for (size_t b = 0; b < k; b++) {
        if (group[b] < 0 || (size_t)group[b] >= n || (seen >> group[b] & 1))
            return bni_fail(ctx, BINNET_E_RANGE, "group[%zu] is %d: different neurons of 0..%zu are wanted", b,
                            (int)group[b], n - 1);
        seen |= UINT64_C(1) << group[b];
    }
    return BINNET_OK;
}

/* Activities of the group in a state. */
static uint64_t pick_bits(uint64_t s, size_t k, const int32_t *group)
{
    uint64_t m = 0;
    for (size_t b = 0; b < k; b++)
        m |= (s >> group[b] & 1) << b;
    return m;
}

int32_t bni_group_law(binnet_ctx *ctx, bni_doubled *cell, const binnet_law *law, size_t k, const int32_t *group)
{
    enum { ROW_BITS = 8, ROW = 1 << ROW_BITS, BETWEEN_POLLS = 1 << 8 };
    size_t S = (size_t)1 << law->n, row = S < ROW ? S : ROW;
    uint64_t low[ROW]; /* of the states of a row */
    for (uint64_t s = 0; s < row; s++)
        low[s] = pick_bits(s, k, group);
    BNI_TRY(bni_clear(ctx, cell, (size_t)1 << k, sizeof *cell));
    for (uint64_t first = 0; first < S; first += row) {
        bni_doubled *at = cell + pick_bits(first, k, group);
        const double *p = law->p + first;
        for (size_t s = 0; s < row; s++) {
            bni_doubled *c = at + low[s], sum = bni_two_sum(c->high, p[s]);
            double rest = sum.low + c->low;
            c->high = sum.high + rest;
            c->low = rest - (c->high - sum.high);
        }
        if (first / row % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, (double)first / (double)S));
    }
    return BINNET_OK;
}
