/*
 * Groups of neurons: checked, and their law from that of all neurons, in doubles and in sums of two doubles.
 */
#include "law/law.h"

#include "law/total.h"

int32_t bni_need_group(binnet_ctx *ctx, const char *name, size_t n, size_t k, const int32_t *group, size_t least,
                       size_t most)
{
    if (k < least || k > most)
        return bni_fail(ctx, BINNET_E_RANGE, "%s has %zu neurons, allowed is %zu..%zu", name, k, least, most);
    if (k > 0)
        BNI_TRY(bni_need(ctx, group, name));
    for (size_t b = 0; b < k; b++) {
        int seen = 0;
        for (size_t c = 0; c < b; c++)
            seen |= group[c] == group[b];
        if (group[b] < 0 || (size_t)group[b] >= n || seen)
            return bni_fail(ctx, BINNET_E_RANGE, "%s[%zu] is %d: different neurons of 0..%zu are wanted", name, b,
                            (int)group[b], n - 1);
    }
    return BINNET_OK;
}

int32_t bni_need_law_group(binnet_ctx *ctx, const char *name, const binnet_law *law, size_t k, const int32_t *group,
                           size_t least, size_t most)
{
    size_t n = bni_law_neurons(law);
    return bni_need_group(ctx, name, n, k, group, least, n < most ? n : most);
}

int32_t bni_need_steps(binnet_ctx *ctx, const char *name, uint64_t steps, uint64_t least)
{
    if (steps < least || steps > BINNET_MAX_LAG)
        return bni_fail(ctx, BINNET_E_RANGE, "%s is %llu, allowed is %llu..%d", name, (unsigned long long)steps,
                        (unsigned long long)least, BINNET_MAX_LAG);
    return BINNET_OK;
}

int32_t bni_marginal(binnet_ctx *ctx, double *p, double *lost, const binnet_law *law, size_t k, const int32_t *group)
{
    enum { BETWEEN_POLLS = 1 << 16 };
    if (law->occupation != NULL)
        return bni_occupation_marginal(ctx, p, law, k, group);
    size_t S = (size_t)1 << law->n, len = (size_t)1 << k;
    BNI_TRY(bni_clear(ctx, p, len, sizeof *p));
    BNI_TRY(bni_clear(ctx, lost, len, sizeof *lost));
    for (uint64_t s = 0; s < S; s++) {
        uint64_t m = bni_group_state(s, k, group);
        bni_add_positive(&p[m], &lost[m], law->p[s]);
        if (s % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, (double)s / (double)S));
    }
    for (size_t m = 0; m < len; m++)
        p[m] += lost[m];
    return BINNET_OK;
}

int32_t bni_group_law(binnet_ctx *ctx, bni_doubled *cell, const binnet_law *law, size_t k, const int32_t *group)
{
    enum { ROW_BITS = 8, ROW = 1 << ROW_BITS, BETWEEN_POLLS = 1 << 8 };
    if (law->occupation != NULL)
        return bni_occupation_group_law(ctx, cell, law, k, group);
    size_t S = (size_t)1 << law->n, row = S < ROW ? S : ROW;
    uint64_t low[ROW]; /* of the states of a row */
    for (uint64_t s = 0; s < row; s++)
        low[s] = bni_group_state(s, k, group);
    BNI_TRY(bni_clear(ctx, cell, (size_t)1 << k, sizeof *cell));
    for (uint64_t first = 0; first < S; first += row) {
        bni_doubled *at = cell + bni_group_state(first, k, group);
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
