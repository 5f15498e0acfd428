/*
 * Rows of words, each kept once: the labels of regions, inside of the room.
 */
#ifndef BNI_DIAGRAM_WORD_ROWS_H
#define BNI_DIAGRAM_WORD_ROWS_H

#include "core/core.h"

typedef struct bni_word_rows {
    size_t width, count, room, slots;
    uint64_t *word;
    uint32_t *slot; /* 1 + number of the row; 0: free */
    uint64_t *hash; /* of each row */
    size_t hash_room;
} bni_word_rows;

/* Number of the row, which is added when it is new. hash: of the row; *bytes: what is in use, against the memory limit. */
int32_t bni_word_rows_find(binnet_ctx *ctx, double *bytes, bni_word_rows *t, const uint64_t *row, uint64_t hash,
                           uint32_t *number);
void bni_word_rows_free(const bni_allocator *mem, bni_word_rows *t);

#endif
