/*
 * Wirings: which weights may be.
 */
#include "storage/storage.h"

#include <math.h>

static int32_t check_connections(binnet_ctx *ctx, size_t n, const uint8_t *mask, int32_t self_connections,
                                 const int32_t *sign, const double *least, const double *greatest, int32_t free_offset)
{
    if (self_connections != 0 && self_connections != 1)
        return bni_fail(ctx, BINNET_E_RANGE, "self_connections is %d, allowed is 0 or 1", (int)self_connections);
    if (free_offset < BINNET_FREE_NONE || free_offset > BINNET_FREE_STIMULUS)
        return bni_fail(ctx, BINNET_E_RANGE, "free_offset is %d, allowed is 0 (none), 1 (threshold), 2 (stimulus)",
                        (int)free_offset);
    for (size_t j = 0; sign != NULL && j < n; j++)
        if (sign[j] < BINNET_SIGN_INHIBITORY || sign[j] > BINNET_SIGN_FOUND)
            return bni_fail(ctx, BINNET_E_RANGE, "sign[%zu] is %d, allowed is -1, 0, 1 and 2 (to be found)", j,
                            (int)sign[j]);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            size_t at = i * n + j;
            if (mask != NULL && mask[at] > 1)
                return bni_fail(ctx, BINNET_E_RANGE, "mask[%zu][%zu] is %d, allowed is 0 or 1", i, j, (int)mask[at]);
            double low = least != NULL ? least[at] : -INFINITY, high = greatest != NULL ? greatest[at] : INFINITY;
            if (isnan(low) || isnan(high))
                return bni_fail(ctx, BINNET_E_NAN, "a bound of the weight from %zu to %zu is NaN", j, i);
            if (low > high || low == INFINITY || high == -INFINITY)
                return bni_fail(ctx, BINNET_E_RANGE, "the weight from %zu to %zu is to be in %g..%g", j, i, low, high);
        }
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

static int32_t copy_table(binnet_ctx *ctx, void *out, const void *from, size_t count, size_t size)
{
    void **to = out;
    if (from == NULL)
        return BINNET_OK;
    if ((*to = bni_new_raw(ctx, count, size)) == NULL)
        return BINNET_E_NOMEM;
    return bni_copy_bytes(ctx, *to, from, count, size);
}

int32_t binnet_wiring_new(binnet_ctx *ctx, binnet_wiring **out, size_t n, const uint8_t *mask, int32_t self_connections,
                          const int32_t *sign, const double *least, const double *greatest, const double *connectome,
                          int32_t free_offset)
{
    BNI_TRY(bni_begin(ctx));
    BNI_TRY(bni_need(ctx, out, "out"));
    *out = NULL;
    if (n < 1 || n > BINNET_MAX_NETWORK)
        return bni_fail(ctx, BINNET_E_RANGE, "n is %zu, allowed is 1..%d", n, BINNET_MAX_NETWORK);
    double each = (mask != NULL) + 8.0 * ((least != NULL) + (greatest != NULL) + (connectome != NULL));
    BNI_TRY(bni_need_memory(ctx, (double)sizeof(binnet_wiring) + each * (double)n * (double)n + 4 * (double)n + 64,
                            "a wiring"));
    BNI_TRY(check_connections(ctx, n, mask, self_connections, sign, least, greatest, free_offset));
    BNI_TRY(bni_need_finite(ctx, connectome, n * n, "connectome"));
    binnet_wiring *w = bni_new(ctx, 1, sizeof *w);
    if (w == NULL)
        return BINNET_E_NOMEM;
    w->mem = ctx->mem;
    w->n = n;
    w->self_connections = self_connections;
    w->free_offset = free_offset;
    int32_t status = copy_table(ctx, &w->mask, mask, n * n, sizeof *mask);
    if (status == BINNET_OK)
        status = copy_table(ctx, &w->sign, sign, n, sizeof *sign);
    if (status == BINNET_OK)
        status = copy_table(ctx, &w->least, least, n * n, sizeof *least);
    if (status == BINNET_OK)
        status = copy_table(ctx, &w->greatest, greatest, n * n, sizeof *greatest);
    if (status == BINNET_OK)
        status = copy_table(ctx, &w->connectome, connectome, n * n, sizeof *connectome);
    if (status != BINNET_OK) {
        binnet_wiring_free(w);
        return status;
    }
    *out = w;
    return BINNET_OK;
}

void binnet_wiring_free(binnet_wiring *w)
{
    if (w == NULL)
        return;
    bni_allocator mem = w->mem;
    bni_delete(&mem, w->mask);
    bni_delete(&mem, w->sign);
    bni_delete(&mem, w->least);
    bni_delete(&mem, w->greatest);
    bni_delete(&mem, w->connectome);
    bni_delete(&mem, w);
}

size_t bni_demand_inputs(const bni_demand *d, size_t i, uint32_t *input)
{
    const binnet_wiring *w = d->wiring;
    const uint8_t *mask = w != NULL && w->mask != NULL ? w->mask + i * d->n : NULL;
    int self = w != NULL && w->self_connections;
    size_t count = 0;
    for (size_t j = 0; j < d->n; j++)
        if ((mask == NULL || mask[j]) && (j != i || self))
            input[count++] = (uint32_t)j;
    return count;
}

int32_t bni_demand_free(const bni_demand *d)
{
    return d->wiring != NULL ? d->wiring->free_offset : BINNET_FREE_NONE;
}

double bni_demand_connectome(const bni_demand *d, size_t i, size_t j)
{
    return d->wiring != NULL && d->wiring->connectome != NULL ? d->wiring->connectome[i * d->n + j] : 0;
}
