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
    bni_order compare;
    const void *arg;
    unsigned steps; /* since the last poll */
} sorter;

static inline int order_of(const sorter *s, const void *a, const void *b)
{
    return s->compare(a, b, s->arg);
}

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
        for (char *at = base + k * s->size; at > base && order_of(s, at - s->size, at) > 0; at -= s->size)
            swap_items(at - s->size, at, s->size);
}

static void sift_item(const sorter *s, char *base, size_t k, size_t count)
{
    for (size_t child; (child = 2 * k + 1) < count; k = child) {
        if (child + 1 < count && order_of(s, base + child * s->size, base + (child + 1) * s->size) < 0)
            child++;
        if (order_of(s, base + k * s->size, base + child * s->size) >= 0)
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

static char *median_of(const sorter *s, char *a, char *b, char *c)
{
    if (order_of(s, a, b) < 0)
        return order_of(s, b, c) < 0 ? b : order_of(s, a, c) < 0 ? c : a;
    return order_of(s, a, c) < 0 ? a : order_of(s, b, c) < 0 ? c : b;
}

static char *choose_pivot(const sorter *s, char *base, size_t count)
{
    size_t size = s->size;
    char *first = base, *middle = base + count / 2 * size, *last = base + (count - 1) * size;
    if (count > LONG) {
        size_t step = count / 8 * size;
        first = median_of(s, first, first + step, first + 2 * step);
        middle = median_of(s, middle - step, middle, middle + step);
        last = median_of(s, last - 2 * step, last - step, last);
    }
    return median_of(s, first, middle, last);
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
        while (i < count && order_of(s, base + i * size, base) < 0);
        do
            j--;
        while (j > 0 && order_of(s, base + j * size, base) > 0);
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

int32_t bni_sort(binnet_ctx *ctx, void *base, size_t count, size_t size, bni_order compare, const void *arg)
{
    sorter s = {.ctx = ctx, .size = size, .compare = compare, .arg = arg};
    int depth = 0;
    for (size_t k = count; k > 1; k /= 2)
        depth += 2;
    sort_items(&s, base, count, depth);
    return s.status;
}

int bni_by_double(const void *a, const void *b, const void *unused)
{
    double x = *(const double *)a, y = *(const double *)b;
    (void)unused;
    return (x > y) - (x < y);
}

/* --- items behind functions: heap sort --- */

static void sift_place(size_t k, size_t count, const bni_places *p)
{
    for (size_t child; (child = 2 * k + 1) < count; k = child) {
        child += child + 1 < count && p->before(p->arg, child, child + 1);
        if (!p->before(p->arg, k, child))
            return;
        p->swap(p->arg, k, child);
    }
}

int32_t bni_sort_places(binnet_ctx *ctx, size_t count, const bni_places *p)
{
    enum { STEPS = 1 << 12 };
    for (size_t k = count / 2; k-- > 0;) {
        sift_place(k, count, p);
        if (ctx != NULL && k % STEPS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (size_t k = count; k-- > 1;) {
        p->swap(p->arg, 0, k);
        sift_place(0, k, p);
        if (ctx != NULL && k % STEPS == 0)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

/* --- pairs by key: radix sort, insertion for what is short --- */

static void insert_pairs(bni_pair *p, size_t n)
{
    for (size_t k = 1; k < n; k++) {
        bni_pair x = p[k];
        size_t at = k;
        for (; at > 0 && p[at - 1].key > x.key; at--)
            p[at] = p[at - 1];
        p[at] = x;
    }
}

static int32_t sort_by_byte(binnet_ctx *ctx, bni_pair *to, const bni_pair *from, size_t n, int shift)
{
    size_t at[257] = {0};
    for (size_t k = 0; k < n; k++) {
        at[(from[k].key >> shift & 255) + 1]++;
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (int b = 1; b < 256; b++)
        at[b] += at[b - 1];
    for (size_t k = 0; k < n; k++) {
        to[at[from[k].key >> shift & 255]++] = from[k];
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_sort_pairs(binnet_ctx *ctx, bni_pair *p, bni_pair *other, size_t n)
{
    enum { FEW = 32 };
    if (n <= FEW) {
        insert_pairs(p, n);
        return BINNET_OK;
    }
    bni_pair *from = p, *to = other;
    uint64_t differ = 0;
    for (size_t k = 0; k < n; k++) {
        differ |= p[k].key ^ p[0].key;
        if (k % BETWEEN_POLLS == BETWEEN_POLLS - 1)
            BNI_TRY(bni_poll(ctx, 0));
    }
    for (int shift = 0; shift < 64; shift += 8)
        if (differ >> shift & 255) {
            BNI_TRY(sort_by_byte(ctx, to, from, n, shift));
            bni_pair *swap = from;
            from = to;
            to = swap;
        }
    return from != p ? bni_copy_bytes(ctx, p, from, n, sizeof *p) : BINNET_OK;
}
