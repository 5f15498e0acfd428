/*
 * The lists of a diagram: they grow as fixed points and cycles are found, within the memory limit; the order of the
 * cycles (period, least state, lower ends) by merge sort.
 */
#include "diagram/diagram.h"

#include <string.h>

enum { FIRST_ROOM = 16, BETWEEN_POLLS = 1 << 14 };

/* Room for `more` items; the bytes are checked before they are allocated. */
static int32_t widen(binnet_ctx *ctx, binnet_diagram *d, bni_grown *a, uint64_t more)
{
    if (a->count + more <= a->room)
        return BINNET_OK;
    uint64_t room = a->room + a->room / 2;
    if (room < a->count + more)
        room = a->count + more;
    if (room < FIRST_ROOM)
        room = FIRST_ROOM;
    double before = (double)a->room * (double)a->size, after = (double)room * (double)a->size;
    /* both copies may exist for a moment */
    BNI_TRY(bni_need_memory(ctx, d->beside + d->lists + after, "the list of fixed points and cycles"));
    if (room > SIZE_MAX / (a->size + 1))
        return bni_fail(ctx, BINNET_E_NOMEM, "the list of fixed points and cycles does not fit an address");
    void *data = a->data == NULL ? ctx->mem.alloc(ctx->mem.user, (size_t)room * a->size)
                                 : ctx->mem.realloc(ctx->mem.user, a->data, (size_t)room * a->size);
    if (data == NULL)
        return bni_fail(ctx, BINNET_E_NOMEM, "the allocator has no %.4g bytes", after);
    a->data = data;
    a->room = room;
    d->lists += after - before;
    return BINNET_OK;
}

static int32_t append(binnet_ctx *ctx, binnet_diagram *d, bni_grown *a, const void *items, uint64_t count)
{
    if (a->size == 0 || count == 0)
        return BINNET_OK;
    BNI_TRY(widen(ctx, d, a, count));
    memcpy((char *)a->data + a->count * a->size, items, count * a->size);
    a->count += count;
    return BINNET_OK;
}

int32_t bni_diagram_add_fixed(binnet_ctx *ctx, binnet_diagram *d, uint64_t state, const int64_t *active,
                              const bni_cut (*side)[2])
{
    BNI_TRY(append(ctx, d, &d->fixed_state, &state, 1));
    BNI_TRY(append(ctx, d, &d->fixed_active, active, 1));
    return append(ctx, d, &d->fixed_side, side, 1);
}

int32_t bni_diagram_add_cycle(binnet_ctx *ctx, binnet_diagram *d, uint64_t period, const uint64_t *state,
                              const int64_t *active, double members, const bni_cut (*side)[2])
{
    BNI_TRY(append(ctx, d, &d->cycle_first, &d->cycle_state.count, 1));
    BNI_TRY(append(ctx, d, &d->cycle_state, state, period));
    BNI_TRY(append(ctx, d, &d->cycle_active, active, period));
    BNI_TRY(append(ctx, d, &d->cycle_members, &members, 1));
    return append(ctx, d, &d->cycle_side, side, 1);
}

void bni_diagram_shorten(binnet_diagram *d, uint64_t cycles)
{
    if (cycles >= d->cycle_first.count)
        return;
    d->cycle_state.count = ((const uint64_t *)d->cycle_first.data)[cycles];
    d->cycle_first.count = d->cycle_side.count = cycles;
}

static uint64_t period_of(const binnet_diagram *d, uint64_t c)
{
    const uint64_t *first = d->cycle_first.data;
    return (c + 1 < d->cycle_first.count ? first[c + 1] : d->cycle_state.count) - first[c];
}

/* Does cycle a come after b? Least states of classes: the occupation numbers, the last population first. */
static int after(const binnet_diagram *d, uint64_t a, uint64_t b)
{
    uint64_t pa = period_of(d, a), pb = period_of(d, b);
    if (pa != pb)
        return pa > pb;
    const uint64_t *first = d->cycle_first.data, *state = d->cycle_state.data;
    if (d->classes) {
        const int64_t *x = (const int64_t *)d->cycle_active.data + first[a] * d->n_pop;
        const int64_t *y = (const int64_t *)d->cycle_active.data + first[b] * d->n_pop;
        for (size_t k = d->n_pop; k-- > 0;)
            if (x[k] != y[k])
                return x[k] > y[k];
    } else if (state[first[a]] != state[first[b]]) {
        return state[first[a]] > state[first[b]];
    }
    const bni_cut *ca = (const bni_cut *)d->cycle_side.data + a * 2 * d->axes;
    const bni_cut *cb = (const bni_cut *)d->cycle_side.data + b * 2 * d->axes;
    for (size_t k = 0; k < d->axes; k++) {
        if (bni_cut_less(cb[2 * k], ca[2 * k]))
            return 1;
        if (bni_cut_less(ca[2 * k], cb[2 * k]))
            return 0;
    }
    return a > b;
}

int32_t bni_diagram_sort(binnet_ctx *ctx, binnet_diagram *d)
{
    uint64_t count = d->cycle_first.count;
    BNI_TRY(bni_need_memory(ctx, d->beside + d->lists + 16.0 * (double)count, "the order of the cycles"));
    d->order = bni_new_raw(ctx, count, sizeof *d->order);
    uint64_t *spare = bni_new_raw(ctx, count, sizeof *spare);
    if (d->order == NULL || spare == NULL) {
        bni_delete(&ctx->mem, spare);
        return BINNET_E_NOMEM;
    }
    uint64_t *from = d->order, *to = spare;
    for (uint64_t k = 0; k < count; k++)
        from[k] = k;
    int32_t status = BINNET_OK;
    for (uint64_t run = 1; run < count && status == BINNET_OK; run *= 2) {
        for (uint64_t start = 0; start < count && status == BINNET_OK; start += 2 * run) {
            uint64_t middle = start + run < count ? start + run : count;
            uint64_t end = start + 2 * run < count ? start + 2 * run : count, i = start, j = middle;
            for (uint64_t k = start; k < end; k++) {
                to[k] = i < middle && (j == end || !after(d, from[i], from[j])) ? from[i++] : from[j++];
                if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1 && status == BINNET_OK)
                    status = bni_poll(ctx, 1);
            }
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    d->order = from;
    bni_delete(&ctx->mem, to);
    return status;
}
