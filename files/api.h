/* What the public functions share: a call with the caller's context, and how its failures become codes. */
#ifndef FILES_API_H
#define FILES_API_H

#include "files/ensemble_file.h"
#include "files/matrix.h"
#include "files/network.h"
#include "files/patterns.h"
#include "files/variables.h"

#include <binnet/files.h>

#include <limits.h>

typedef struct path_list {
    char **path;
    size_t count;
} path_list;

typedef struct api_call {
    file_call call;
    failure why;
    path_list paths;          /* of files that were opened */
    const binnet_import *how; /* the caller's, or NULL */
} api_call;

/* Begins a call. */
#define API_ENTER(a, ctx)                                                                                              \
    do {                                                                                                               \
        int32_t status_ = api_begin(a, ctx);                                                                           \
        if (status_ != BINNET_OK)                                                                                      \
            return status_;                                                                                            \
    } while (0)
/* The same of one that makes *out, an object, or none (NULL). */
#define API_BEGIN(a, ctx, out)                                                                                         \
    do {                                                                                                               \
        if ((out) != NULL)                                                                                             \
            *(out) = NULL;                                                                                             \
        API_ENTER(a, ctx);                                                                                             \
        if ((out) == NULL)                                                                                             \
            return binnet_ctx_fail(ctx, BINNET_E_NULL, "out is NULL");                                                 \
    } while (0)
#define API_NEED(ctx, pointer)                                                                                         \
    do {                                                                                                               \
        if ((pointer) == NULL)                                                                                         \
            return binnet_ctx_fail(ctx, BINNET_E_NULL, #pointer " is NULL");                                           \
    } while (0)

int32_t api_begin(api_call *a, binnet_ctx *ctx);
/* The code of the library for a code of the readers, with its message left in the context; releases what the call holds. */
int32_t api_end(api_call *a, int code);
void api_free_paths(const file_memory *m, path_list *paths);
/* A zeroed object with the memory of the call. */
void *api_new(api_call *a, size_t size);
/* Most bytes of one file: the option, or 256 MiB, and what the context allows. */
uint64_t api_max_bytes(const api_call *a, uint64_t option);

struct binnet_import {
    file_memory memory;
    import_options how;
    char **kept; /* texts that how points to */
    size_t n_kept;
};

struct binnet_text {
    out_text out;
    char lost[512];
};

/* A text to be printed, as large as the context allows; what came of it: *out, and the code of the call. */
binnet_text *text_new(api_call *a);
int32_t text_end(api_call *a, binnet_text **out, binnet_text *text, int code);

/* A file to which text goes piece by piece. It takes its place at the end, when all went well; else that stays what it was. */
typedef struct saving {
    out_text out;
    failure *why;
    char place[PATH_MAX], part[PATH_MAX + 64];
    int descriptor, replaces; /* 0: a device or pipe, written as it is */
} saving;

int saving_begin(saving *s, const char *path, failure *why);
int saving_end(saving *s, int code);

#endif
