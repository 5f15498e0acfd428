/* Memory by the allocator of the caller's context, or malloc. */
#include "text/memory.h"

#include <stdlib.h>
#include <string.h>

void *memory_raw(const file_memory *m, size_t size)
{
    return m->alloc != NULL ? m->alloc(m->user, size > 0 ? size : 1) : malloc(size > 0 ? size : 1);
}

void *memory_new(const file_memory *m, size_t count, size_t size)
{
    if (m->alloc == NULL)
        return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    void *p = size == 0 || count <= PTRDIFF_MAX / size ? memory_raw(m, count * size) : NULL;
    if (p != NULL && count * size > 0)
        memset(p, 0, count * size);
    return p;
}

void *memory_grow(const file_memory *m, void *p, size_t size)
{
    if (p == NULL)
        return memory_raw(m, size);
    return m->realloc != NULL ? m->realloc(m->user, p, size > 0 ? size : 1) : realloc(p, size > 0 ? size : 1);
}

void memory_free(const file_memory *m, void *p)
{
    if (p == NULL)
        return;
    if (m->free != NULL)
        m->free(m->user, p);
    else
        free(p);
}

char *memory_text(const file_memory *m, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_raw(m, size);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}
