/* Where the memory comes from, and what else a call stands in: the context of the caller, who is told of opened files. */
#ifndef TEXT_MEMORY_H
#define TEXT_MEMORY_H

#include "text/private_names.h"

#include <binnet/binnet.h>

#include <stddef.h>

/* An allocator by value: what is made keeps a copy of it. All 0: malloc. */
typedef struct file_memory {
    binnet_alloc_fn alloc;
    binnet_realloc_fn realloc;
    binnet_free_fn free;
    void *user;
} file_memory;

typedef struct file_call {
    file_memory memory;
    binnet_ctx *ctx;
    /* A file was opened to be read; 0, or -1: no memory. NULL: nobody wants to know. */
    int (*opened)(void *user, const char *path, int descriptor);
    void *user;
} file_call;

/* count * size bytes, zeroed; NULL when there is no memory or the product overflows. */
void *memory_new(const file_memory *m, size_t count, size_t size);
void *memory_raw(const file_memory *m, size_t size);
void *memory_grow(const file_memory *m, void *p, size_t size);
void memory_free(const file_memory *m, void *p);
char *memory_text(const file_memory *m, const char *text);

#endif
