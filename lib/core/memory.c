/*
 * Allocation through the ctx, with checked sizes.
 */
#define _DEFAULT_SOURCE /* madvise */
#include "core/core.h"

#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* Large pages for large arrays: fresh small ones take longer to come than to be filled, and where an array is read here and there
 * a look-up of a page costs as much as its line. Only advice, and only for pages that are all inside, whoever allocated them. */
static void advise_pages(void *p, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = 4096, large = (uintptr_t)1 << 21;
    uintptr_t from = ((uintptr_t)p + page - 1) / page * page, to = ((uintptr_t)p + bytes) / page * page;
    if (bytes >= 2 * large)
        (void)madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
#else
    (void)p;
    (void)bytes;
#endif
}

void *bni_new_raw(binnet_ctx *ctx, size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    if (size != 0 && count > SIZE_MAX / size) {
        bni_fail(ctx, BINNET_E_NOMEM, "%zu items of %zu bytes do not fit an address", count, size);
        return NULL;
    }
    void *p = ctx->mem.alloc(ctx->mem.user, count * size);
    if (p == NULL)
        bni_fail(ctx, BINNET_E_NOMEM, "the allocator has no %zu bytes", count * size);
    else
        advise_pages(p, count * size);
    return p;
}

void *bni_new(binnet_ctx *ctx, size_t count, size_t size)
{
    void *p = bni_new_raw(ctx, count, size);
    if (p != NULL)
        memset(p, 0, (count == 0 ? 1 : count) * size);
    return p;
}

/* Bytes between two polls; fresh pages are slow. */
enum { BETWEEN_POLLS = 1 << 20 };

int32_t bni_clear(binnet_ctx *ctx, void *p, size_t count, size_t size)
{
    char *to = p;
    for (size_t left = count * size, step; left > 0; left -= step, to += step) {
        step = left < BETWEEN_POLLS ? left : BETWEEN_POLLS;
        memset(to, 0, step);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int32_t bni_copy_bytes(binnet_ctx *ctx, void *to, const void *from, size_t count, size_t size)
{
    char *y = to;
    const char *x = from;
    for (size_t left = count * size, step; left > 0; left -= step, y += step, x += step) {
        step = left < BETWEEN_POLLS ? left : BETWEEN_POLLS;
        memcpy(y, x, step);
        BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

void bni_delete(const bni_allocator *mem, void *p)
{
    if (p != NULL)
        mem->free(mem->user, p);
}

double *bni_copy(binnet_ctx *ctx, const double *v, size_t n, double otherwise)
{
    double *copy = bni_new_raw(ctx, n, sizeof *copy);
    if (copy == NULL)
        return NULL;
    for (size_t k = 0; k < n; k++)
        copy[k] = v != NULL ? v[k] : otherwise;
    return copy;
}

double *bni_align(double *p)
{
    return p + (-(uintptr_t)p % 64) / sizeof *p;
}

int32_t bni_room(binnet_ctx *ctx, double *bytes, void *list, size_t *room, size_t need, size_t item, const char *what)
{
    void *old;
    memcpy(&old, list, sizeof old);
    if (need <= *room)
        return BINNET_OK;
    size_t more = *room + *room / 2 > need ? *room + *room / 2 : need + 16;
    BNI_TRY(bni_need_memory(ctx, *bytes + (double)more * (double)item, what)); /* the old one still stands beside it */
    void *fresh = bni_new_raw(ctx, more, item);
    if (fresh == NULL)
        return BINNET_E_NOMEM;
    if (old != NULL)
        memcpy(fresh, old, *room * item);
    bni_delete(&ctx->mem, old);
    memcpy(list, &fresh, sizeof fresh);
    *bytes += (double)(more - *room) * (double)item;
    *room = more;
    return BINNET_OK;
}
