/*
 * The lists of a diagram: they grow as fixed points and cycles are found, within the memory limit; and the order of
 * the cycles (period, least state, lower ends).
 */
#include "diagram/diagram.h"

#include <string.h>

static int32_t append_items(binnet_ctx *ctx, binnet_diagram *d, bni_grown *a, const void *items, uint64_t count)
{
    if (a->size == 0 || count == 0)
        return BINNET_OK;
    double bytes = d->beside + d->lists, before = bytes;
    BNI_TRY(bni_room(ctx, &bytes, &a->data, &a->room, (size_t)(a->count + count), a->size,
                     "the list of fixed points and cycles"));
    d->lists += bytes - before;
    memcpy((char *)a->data + a->count * a->size, items, count * a->size);
    a->count += count;
    return BINNET_OK;
}

int32_t bni_diagram_add_fixed(binnet_ctx *ctx, binnet_diagram *d, uint64_t state, const int64_t *active,
                              const bni_cut (*side)[2])
{
    BNI_TRY(append_items(ctx, d, &d->fixed_state, &state, 1));
    BNI_TRY(append_items(ctx, d, &d->fixed_active, active, 1));
    return append_items(ctx, d, &d->fixed_side, side, 1);
}

int32_t bni_diagram_add_cycle(binnet_ctx *ctx, binnet_diagram *d, uint64_t period, const uint64_t *state,
                              const int64_t *active, double members, const bni_cut (*side)[2])
{
    BNI_TRY(append_items(ctx, d, &d->cycle_first, &d->cycle_state.count, 1));
    BNI_TRY(append_items(ctx, d, &d->cycle_state, state, period));
    BNI_TRY(append_items(ctx, d, &d->cycle_active, active, period));
    BNI_TRY(append_items(ctx, d, &d->cycle_members, &members, 1));
    return append_items(ctx, d, &d->cycle_side, side, 1);
}

void bni_diagram_shorten(binnet_diagram *d, uint64_t cycles)
{
    if (cycles >= d->cycle_first.count)
        return;
    d->cycle_state.count = ((const uint64_t *)d->cycle_first.data)[cycles];
    d->cycle_first.count = d->cycle_side.count = cycles;
}

static uint64_t listed_period(const binnet_diagram *d, uint64_t c)
{
    const uint64_t *first = d->cycle_first.data;
    return (c + 1 < d->cycle_first.count ? first[c + 1] : d->cycle_state.count) - first[c];
}

/* Least states of classes: the occupation numbers, the last population first. */
static int by_cycle(const void *first_number, const void *second_number, const void *diagram)
{
    const binnet_diagram *d = diagram;
    uint64_t a = *(const uint64_t *)first_number, b = *(const uint64_t *)second_number;
    uint64_t pa = listed_period(d, a), pb = listed_period(d, b);
    if (pa != pb)
        return pa > pb ? 1 : -1;
    const uint64_t *first = d->cycle_first.data, *state = d->cycle_state.data;
    if (d->classes) {
        const int64_t *x = (const int64_t *)d->cycle_active.data + first[a] * d->n_pop;
        const int64_t *y = (const int64_t *)d->cycle_active.data + first[b] * d->n_pop;
        for (size_t k = d->n_pop; k-- > 0;)
            if (x[k] != y[k])
                return x[k] > y[k] ? 1 : -1;
    } else if (state[first[a]] != state[first[b]]) {
        return state[first[a]] > state[first[b]] ? 1 : -1;
    }
    const bni_cut *ca = (const bni_cut *)d->cycle_side.data + a * 2 * d->axes;
    const bni_cut *cb = (const bni_cut *)d->cycle_side.data + b * 2 * d->axes;
    for (size_t k = 0; k < d->axes; k++) {
        if (bni_cut_less(cb[2 * k], ca[2 * k]))
            return 1;
        if (bni_cut_less(ca[2 * k], cb[2 * k]))
            return -1;
    }
    return (a > b) - (a < b);
}

int32_t bni_diagram_sort(binnet_ctx *ctx, binnet_diagram *d)
{
    uint64_t count = d->cycle_first.count;
    BNI_TRY(bni_need_memory(ctx, d->beside + d->lists + 8.0 * (double)count, "the order of the cycles"));
    d->order = bni_new_raw(ctx, count, sizeof *d->order);
    if (d->order == NULL)
        return BINNET_E_NOMEM;
    for (uint64_t k = 0; k < count; k++)
        d->order[k] = k;
    return bni_sort(ctx, d->order, count, sizeof *d->order, by_cycle, d);
}
