/* An allocator that counts bytes present and at the peak. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Memory through the ctx: present and peak. */
static size_t present, peak;

static void *count_alloc(void *user, size_t size)
{
    (void)user;
    size_t *p = malloc(size + 16);
    if (p == NULL)
        return NULL;
    p[0] = size;
    present += size;
    peak = present > peak ? present : peak;
    return (char *)p + 16;
}

static void count_free(void *user, void *ptr)
{
    (void)user;
    if (ptr == NULL)
        return;
    size_t *p = (size_t *)(void *)((char *)ptr - 16);
    present -= p[0];
    free(p);
}

static void *count_realloc(void *user, void *ptr, size_t size)
{
    void *to = count_alloc(user, size);
    if (to != NULL && ptr != NULL) {
        size_t *p = (size_t *)(void *)((char *)ptr - 16);
        memcpy(to, ptr, p[0] < size ? p[0] : size);
        count_free(user, ptr);
    }
    return to;
}

#endif
