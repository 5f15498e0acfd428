/*
 * Sorting in place: quicksort, heap sort where it would degenerate, insertion for what is short. The order of equal items
 * depends on the items alone.   Source: Musser, Software: Practice and Experience 27 (1997) 983.
 */
#include "core/core.h"

#include <string.h>

enum { SHORT = 12, LONG = 128 /* the pivot is chosen with more care */, BETWEEN_POLLS = 1 << 15 };

typedef struct sorter {
    binnet_ctx *ctx; /* polled; or NULL */
    int32_t status;
    size_t size;
    int (*compare)(const void *, const void *);
    unsigned steps; /* since the last poll */
} sorter;

/* Counts a step; 0 when the caller's hook wants to stop. */
static int go_on(sorter *s)
{
    if (s->status == BINNET_OK && ++s->steps == BETWEEN_POLLS) {
        s->steps = 0;
        s->status = s->ctx != NULL ? bni_poll(s->ctx, 0) : BINNET_OK;
    }
    return s->status == BINNET_OK;
}

static void swap_items(char *a, char *b, size_t size)
{
    uint64_t x, y;
    for (; size >= sizeof x; size -= sizeof x, a += sizeof x, b += sizeof x) {
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(a, &y, sizeof y);
        memcpy(b, &x, sizeof x);
    }
    for (; size > 0; size--) {
        char c = *a;
        *a++ = *b;
        *b++ = c;
    }
}

static void sort_short(const sorter *s, char *base, size_t count)
{
    for (size_t k = 1; k < count; k++)
        for (char *at = base + k * s->size; at > base && s->compare(at - s->size, at) > 0; at -= s->size)
            swap_items(at - s->size, at, s->size);
}

static void sift_item(const sorter *s, char *base, size_t k, size_t count)
{
    for (size_t child; (child = 2 * k + 1) < count; k = child) {
        if (child + 1 < count && s->compare(base + child * s->size, base + (child + 1) * s->size) < 0)
            child++;
        if (s->compare(base + k * s->size, base + child * s->size) >= 0)
            return;
        swap_items(base + k * s->size, base + child * s->size, s->size);
    }
}

static void sort_by_heap(sorter *s, char *base, size_t count)
{
    for (size_t k = count / 2; k-- > 0 && go_on(s);)
        sift_item(s, base, k, count);
    for (size_t k = count; k-- > 1 && go_on(s);) {
        swap_items(base, base + k * s->size, s->size);
        sift_item(s, base, 0, k);
    }
}

static char *median(const sorter *s, char *a, char *b, char *c)
{
    if (s->compare(a, b) < 0)
        return s->compare(b, c) < 0 ? b : s->compare(a, c) < 0 ? c : a;
    return s->compare(a, c) < 0 ? a : s->compare(b, c) < 0 ? c : b;
}

static char *choose_pivot(const sorter *s, char *base, size_t count)
{
    size_t size = s->size;
    char *first = base, *middle = base + count / 2 * size, *last = base + (count - 1) * size;
    if (count > LONG) {
        size_t step = count / 8 * size;
        first = median(s, first, first + step, first + 2 * step);
        middle = median(s, middle - step, middle, middle + step);
        last = median(s, last - 2 * step, last - step, last);
    }
    return median(s, first, middle, last);
}

/* Place of the pivot, with nothing greater before and nothing less behind it; equal items are shared out to both sides. */
static size_t split_items(sorter *s, char *base, size_t count)
{
    size_t size = s->size, i = 0, j = count;
    char *pivot = choose_pivot(s, base, count);
    if (pivot != base)
        swap_items(base, pivot, size);
    for (;;) {
        do
            i++;
        while (i < count && s->compare(base + i * size, base) < 0);
        do
            j--;
        while (j > 0 && s->compare(base + j * size, base) > 0);
        if (i >= j || !go_on(s))
            break;
        swap_items(base + i * size, base + j * size, size);
    }
    if (j > 0)
        swap_items(base, base + j * size, size);
    return j;
}

static void sort_items(sorter *s, char *base, size_t count, int depth)
{
    while (count > SHORT) {
        if (depth-- == 0 || !go_on(s)) {
            sort_by_heap(s, base, count);
            return;
        }
        size_t at = split_items(s, base, count), rest = count - at - 1;
        char *behind = base + (at + 1) * s->size;
        if (at < rest) {
            sort_items(s, base, at, depth);
            base = behind;
            count = rest;
        } else {
            sort_items(s, behind, rest, depth);
            count = at;
        }
    }
    sort_short(s, base, count);
}

int32_t bni_sort_polled(binnet_ctx *ctx, void *base, size_t count, size_t size,
                        int (*compare)(const void *, const void *))
{
    sorter s = {.ctx = ctx, .size = size, .compare = compare};
    int depth = 0;
    for (size_t k = count; k > 1; k /= 2)
        depth += 2;
    sort_items(&s, base, count, depth);
    return s.status;
}

void bni_sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    (void)bni_sort_polled(NULL, base, count, size, compare);
}
