/*
 * The list of fixed points, in chunks that never move.
 */
#include "fixed_points/fixed_points.h"

/* Chunk c holds states BNI_FIRST_CHUNK (2^c - 1) .. BNI_FIRST_CHUNK (2^(c+1) - 1) - 1. */
static size_t chunk_of(size_t k, size_t *from)
{
    size_t c = 0, start = 0, room = BNI_FIRST_CHUNK;
    for (; k - start >= room; room *= 2, c++)
        start += room;
    *from = start;
    return c;
}

uint64_t *bni_points_state(const binnet_fixed_points *f, size_t k)
{
    size_t from, c = chunk_of(k, &from);
    return f->chunk[c] + (k - from) * f->words;
}

/* Room for state k of the list; at most `most` states in all. */
static int32_t make_room(binnet_ctx *ctx, binnet_fixed_points *f, size_t k)
{
    size_t from, c = chunk_of(k, &from), room = (size_t)BNI_FIRST_CHUNK << c;
    if (f->chunk[c] != NULL)
        return BINNET_OK;
    if (room > f->most - from)
        room = f->most - from;
    return (f->chunk[c] = bni_new_raw(ctx, room * f->words, sizeof(uint64_t))) != NULL ? BINNET_OK : BINNET_E_NOMEM;
}

int32_t bni_points_list(binnet_ctx *ctx, binnet_fixed_points *f, const unsigned char *state)
{
    if (f->listed == f->most)
        return BINNET_OK;
    BNI_TRY(make_room(ctx, f, f->listed));
    uint64_t *to = bni_points_state(f, f->listed++);
    for (size_t w = 0; w < f->words; w++)
        to[w] = 0;
    for (size_t i = 0; i < f->p->n; i++)
        to[i / 64] |= (uint64_t)state[i] << i % 64;
    return BINNET_OK;
}
