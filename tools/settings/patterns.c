/* Patterns by the public interface of libbinnet-files. */
#include "settings/patterns.h"

#include "files/output.h"

#include <stdlib.h>

static int take_paths(patterns *p)
{
    p->paths = binnet_pattern_file_sequences(p->file);
    p->path = calloc(p->paths + 1, sizeof *p->path);
    for (size_t s = 0; p->path != NULL && s < p->paths; s++) {
        pattern_path *path = &p->path[s];
        path->count = binnet_pattern_file_sequence_length(p->file, s);
        path->line = binnet_pattern_file_sequence_line(p->file, s);
        path->cyclic = binnet_pattern_file_sequence_is_cycle(p->file, s);
        path->pattern = calloc(path->count + 1, sizeof *path->pattern);
        if (path->pattern == NULL)
            return 0;
        for (size_t e = 0; e < path->count; e++)
            path->pattern[e] = (size_t)binnet_pattern_file_sequence_pattern(p->file, s, e);
    }
    return p->path != NULL;
}

static int take_patterns(patterns *p, binnet_ctx *ctx, failure *why)
{
    p->n = binnet_pattern_file_neurons(p->file);
    p->count = binnet_pattern_file_count(p->file);
    p->width = binnet_pattern_file_width(p->file);
    p->name = calloc(p->count + 1, sizeof *p->name);
    p->line = calloc(p->count + 1, sizeof *p->line);
    p->state = calloc(p->count + 1, p->n + 1);
    if (p->name == NULL || p->line == NULL || p->state == NULL || !take_paths(p))
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; k < p->count; k++) {
        p->name[k] = (char *)binnet_pattern_file_name(p->file, k);
        p->line[k] = binnet_pattern_file_line(p->file, k);
    }
    int32_t status = binnet_pattern_file_states(ctx, p->state, p->count, p->n, p->file);
    return status == BINNET_OK ? EXIT_DONE : file_failure(why, ctx, status);
}

int patterns_read(patterns *out, const char *path, const import_list *how, failure *why)
{
    binnet_ctx *ctx = NULL;
    binnet_import *import = NULL;
    *out = (patterns){0};
    if (binnet_ctx_new(&ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int code = import_make(&import, ctx, how, why);
    if (code == EXIT_DONE) {
        int32_t status = binnet_pattern_file_read(ctx, &out->file, path, import);
        code = status == BINNET_OK ? take_patterns(out, ctx, why) : file_failure(why, ctx, status);
    }
    if (code == EXIT_DONE && output_keep_path(path) != 0)
        code = fail(why, EXIT_BUDGET, "out of memory");
    binnet_import_free(import);
    binnet_ctx_free(ctx);
    if (code != EXIT_DONE)
        patterns_free(out);
    return code;
}

void patterns_free(patterns *p)
{
    for (size_t s = 0; p->path != NULL && s < p->paths; s++)
        free(p->path[s].pattern);
    free(p->path);
    free(p->name);
    free(p->line);
    free(p->state);
    binnet_pattern_file_free(p->file);
    *p = (patterns){0};
}

int64_t patterns_find(const patterns *p, const char *name)
{
    return binnet_pattern_file_find(p->file, name);
}
