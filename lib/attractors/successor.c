/*
 * Successors of single states: A_i' = [sum_j J_ij A_j + M_i (I_i - theta_i) >= 0], decided exactly.
 * A rounded sum decides when it is farther from 0 than all its rounding errors; else the exact sum (num/exact.h).
 * Source: [FP19] sec. 2; error of a sum: Higham, "Accuracy and Stability of Numerical Algorithms", sec. 4.2.
 */
#include "attractors/attractors.h"

#include "num/exact.h"

#include <math.h>

double bni_successor_bytes(size_t n)
{
    return 8.0 * (double)(n * (n + 5));
}

int32_t bni_successor_new(binnet_ctx *ctx, bni_successor *rows, const binnet_net *net)
{
    size_t n = net->n;
    *rows = (bni_successor){.n = n, .tie = net->tie};
    rows->w = bni_new_raw(ctx, n * (n + 5), sizeof(double));
    if (rows->w == NULL)
        return BINNET_E_NOMEM;
    rows->M = rows->w + n * n;
    rows->theta = rows->M + n;
    rows->I = rows->theta + n;
    rows->base = rows->I + n;
    rows->margin = rows->base + n;
    for (size_t i = 0; i < n; i++) {
        size_t u = bni_net_unit(net, i);
        double M = net->M[u], theta = net->theta[u], I = net->I[u], sum = 0;
        bni_net_row(net, i, rows->w + i * n);
        for (size_t j = 0; j < n; j++)
            sum += fabs(rows->w[i * n + j]);
        sum += fabs(M * I) + fabs(M * theta);
        rows->M[i] = M;
        rows->theta[i] = theta;
        rows->I[i] = I;
        rows->base[i] = M * I - M * theta;
        /* n + 3 roundings of at most 2^-53 sum each, products that underflow; twice that for the rounding of `sum` */
        rows->margin[i] = 2 * (double)(n + 4) * 0x1p-53 * sum + 0x1p-1060;
    }
    return BINNET_OK;
}

void bni_successor_free(const bni_allocator *mem, bni_successor *rows)
{
    bni_delete(mem, rows->w);
    rows->w = NULL;
}

static int fires(const bni_successor *rows, size_t i, uint64_t state)
{
    const double *w = rows->w + i * rows->n;
    double h = rows->base[i];
    for (size_t j = 0; j < rows->n; j++)
        h += state >> j & 1 ? w[j] : 0;
    if (fabs(h) > rows->margin[i] && isfinite(h))
        return h > 0;
    int sign = bni_exact_drive_sign(w, rows->n, state, rows->M[i], rows->I[i], rows->theta[i]);
    if (sign != 0)
        return sign > 0;
    return rows->tie == BINNET_TIE_KEEP ? (int)(state >> i & 1) : rows->tie == BINNET_TIE_ACTIVE;
}

uint64_t bni_successor_next(const bni_successor *rows, uint64_t state)
{
    uint64_t next = 0;
    for (size_t i = 0; i < rows->n; i++)
        next |= (uint64_t)fires(rows, i, state) << i;
    return next;
}

int32_t bni_need_states(binnet_ctx *ctx, size_t n, size_t most)
{
    if (n <= most)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_RANGE, "the network has %zu neurons, here at most %zu are allowed", n, most);
}

int32_t bni_need_state(binnet_ctx *ctx, size_t n, uint64_t state, const char *name)
{
    if (state >> n == 0)
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_RANGE, "%s %llu has a neuron beyond the %zu of the network", name,
                    (unsigned long long)state, n);
}

int32_t binnet_net_successors(binnet_ctx *ctx, uint64_t *next, size_t count, const binnet_net *net,
                              const uint64_t *state)
{
    enum { BETWEEN_POLLS = 256 };
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, next, "next"));
    BNI_TRY(bni_need(ctx, net, "net"));
    BNI_TRY(bni_need(ctx, state, "state"));
    BNI_TRY(bni_need_states(ctx, net->n, BINNET_MAX_NEURONS));
    BNI_TRY(bni_need_memory(ctx, bni_successor_bytes(net->n), "a table of the weights"));
    for (size_t k = 0; k < count; k++)
        BNI_TRY(bni_need_state(ctx, net->n, state[k], "state"));
    bni_successor rows;
    BNI_TRY(bni_successor_new(ctx, &rows, net));
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < count && status == BINNET_OK; k++) {
        next[k] = bni_successor_next(&rows, state[k]);
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            status = bni_poll(ctx, (double)k / (double)count);
    }
    bni_successor_free(&ctx->mem, &rows);
    return status;
}

int32_t binnet_net_successor(binnet_ctx *ctx, uint64_t *next, const binnet_net *net, uint64_t state)
{
    return binnet_net_successors(ctx, next, 1, net, &state);
}
