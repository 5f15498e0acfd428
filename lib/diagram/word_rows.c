/*
 * Rows of words, each kept once, in the order in which they came; found by their hashes.
 */
#include "diagram/word_rows.h"

#include <string.h>

static int32_t rehash_rows(binnet_ctx *ctx, double *bytes, bni_word_rows *t)
{
    size_t slots = t->slots == 0 ? 64 : 2 * t->slots;
    BNI_TRY(bni_need_memory(ctx, *bytes + (double)slots * sizeof *t->slot, "the index of labels"));
    uint32_t *slot = bni_new(ctx, slots, sizeof *slot);
    if (slot == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < t->count; k++) {
        size_t at = (size_t)t->hash[k] & (slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)(k + 1);
    }
    bni_delete(&ctx->mem, t->slot);
    *bytes += (double)(slots - t->slots) * sizeof *slot;
    t->slot = slot;
    t->slots = slots;
    return BINNET_OK;
}

int32_t bni_word_rows_find(binnet_ctx *ctx, double *bytes, bni_word_rows *t, const uint64_t *row, uint64_t hash,
                           uint32_t *number)
{
    if (2 * (t->count + 1) > t->slots)
        BNI_TRY(rehash_rows(ctx, bytes, t));
    size_t at = (size_t)hash & (t->slots - 1);
    for (; t->slot[at] != 0; at = (at + 1) & (t->slots - 1)) {
        size_t k = t->slot[at] - 1;
        if (t->hash[k] == hash && memcmp(t->word + k * t->width, row, t->width * sizeof *row) == 0) {
            *number = (uint32_t)k;
            return BINNET_OK;
        }
    }
    BNI_TRY(bni_room(ctx, bytes, &t->word, &t->room, (t->count + 1) * t->width, sizeof *t->word, "the list of labels"));
    BNI_TRY(bni_room(ctx, bytes, &t->hash, &t->hash_room, t->count + 1, sizeof *t->hash, "the list of labels"));
    if (t->count >= UINT32_MAX - 1)
        return bni_fail(ctx, BINNET_E_LIMIT, "more than %lu different labels", (unsigned long)UINT32_MAX);
    memcpy(t->word + t->count * t->width, row, t->width * sizeof *row);
    t->hash[t->count] = hash;
    t->slot[at] = (uint32_t)(t->count + 1);
    *number = (uint32_t)t->count++;
    return BINNET_OK;
}

void bni_word_rows_free(const bni_allocator *mem, bni_word_rows *t)
{
    bni_delete(mem, t->word);
    bni_delete(mem, t->slot);
    bni_delete(mem, t->hash);
}
