/* Calls of the public interface: memory, messages and codes. */
#include "files/api.h"

static int keep_path(void *user, const char *path, int descriptor)
{
    api_call *a = user;
    const file_memory *m = &a->call.memory;
    (void)descriptor;
    char *copy = memory_text(m, path);
    char **larger = copy != NULL ? memory_grow(m, a->paths.path, (a->paths.count + 1) * sizeof *larger) : NULL;
    if (larger == NULL) {
        memory_free(m, copy);
        return -1;
    }
    a->paths.path = larger;
    a->paths.path[a->paths.count++] = copy;
    return 0;
}

int32_t api_begin(api_call *a, binnet_ctx *ctx)
{
    int32_t status = binnet_ctx_begin(ctx);
    if (status != BINNET_OK)
        return status;
    *a = (api_call){.call = {.ctx = ctx, .opened = keep_path, .user = a}};
    a->why.call = &a->call;
    return binnet_ctx_allocator(ctx, &a->call.memory.alloc, &a->call.memory.realloc, &a->call.memory.free,
                                &a->call.memory.user);
}

void api_free_paths(const file_memory *m, path_list *paths)
{
    for (size_t k = 0; k < paths->count; k++)
        memory_free(m, paths->path[k]);
    memory_free(m, paths->path);
    *paths = (path_list){0};
}

int32_t api_end(api_call *a, int code)
{
    api_free_paths(&a->call.memory, &a->paths);
    if (code == EXIT_DONE)
        return BINNET_OK;
    int32_t status = a->why.status != 0     ? a->why.status
                     : code == EXIT_INPUT   ? BINNET_E_FORMAT
                     : code == EXIT_USAGE   ? BINNET_E_RANGE
                     : code == EXIT_BUDGET  ? BINNET_E_LIMIT
                     : code == EXIT_STOPPED ? BINNET_E_FILE
                                            : BINNET_E_INTERNAL;
    return binnet_ctx_fail(a->call.ctx, status, a->why.text);
}

void *api_new(api_call *a, size_t size)
{
    void *made = memory_new(&a->call.memory, 1, size);
    if (made == NULL)
        with_status(&a->why, BINNET_E_NOMEM, fail(&a->why, EXIT_BUDGET, "out of memory"));
    return made;
}

uint64_t api_max_bytes(const api_call *a, uint64_t option)
{
    int64_t limit = 0;
    uint64_t most = option != 0 ? option : (uint64_t)256 << 20;
    if (binnet_ctx_get_i64(a->call.ctx, BINNET_P_MEMORY_LIMIT, &limit) == BINNET_OK && (uint64_t)limit < most)
        most = (uint64_t)limit;
    return most;
}
