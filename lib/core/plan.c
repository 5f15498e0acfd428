/*
 * Allocation plans: the buffers of an object are listed once, by a function that is run to count their bytes, to allocate
 * and to release them.
 */
#include "core/core.h"

#include <string.h>

enum { COUNT, MAKE, RELEASE };

struct bni_plan {
    int task;
    binnet_ctx *ctx;          /* MAKE */
    const bni_allocator *mem; /* RELEASE */
    double bytes;             /* COUNT */
    int32_t status;
};

void bni_buffer(bni_plan *p, void *pointer, double count, size_t size, int zero)
{
    void *buffer = NULL;
    count = count < 1 ? 1 : count;
    if (p->task == COUNT) {
        p->bytes += count * (double)size;
        return;
    }
    if (p->task == RELEASE) {
        memcpy(&buffer, pointer, sizeof buffer);
        bni_delete(p->mem, buffer);
        buffer = NULL;
    } else if (p->status == BINNET_OK) {
        buffer = bni_new_raw(p->ctx, count < (double)SIZE_MAX ? (size_t)count : SIZE_MAX, size);
        p->status = buffer == NULL ? BINNET_E_NOMEM : zero ? bni_clear(p->ctx, buffer, (size_t)count, size) : BINNET_OK;
    }
    memcpy(pointer, &buffer, sizeof buffer);
}

double bni_plan_bytes(bni_buffers buffers, void *object)
{
    bni_plan p = {.task = COUNT};
    buffers(&p, object);
    return p.bytes;
}

int32_t bni_plan_make(binnet_ctx *ctx, bni_buffers buffers, void *object)
{
    bni_plan p = {.task = MAKE, .ctx = ctx};
    buffers(&p, object);
    if (p.status != BINNET_OK)
        bni_plan_release(&ctx->mem, buffers, object);
    return p.status;
}

void bni_plan_release(const bni_allocator *mem, bni_buffers buffers, void *object)
{
    bni_plan p = {.task = RELEASE, .mem = mem};
    buffers(&p, object);
}
