/*
 * The context: keyed parameters with their ranges, allocator, hook, message; and the checks every call starts with.
 */
#include "core/core.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct i64_param {
    int32_t key;
    size_t offset;
    int64_t least, greatest, initial;
} i64_param;

static const i64_param i64_params[] = {
    {BINNET_P_THREADS, offsetof(binnet_ctx, threads), 1, 256, 1},
    {BINNET_P_MEMORY_LIMIT, offsetof(binnet_ctx, memory_limit), 0, INT64_MAX, INT64_C(4) << 30},
    {BINNET_P_MAX_ITERATIONS, offsetof(binnet_ctx, max_iterations), 1, INT64_MAX, 100000},
    {BINNET_P_SEED, offsetof(binnet_ctx, seed), INT64_MIN, INT64_MAX, 1},
    {BINNET_P_METHOD, offsetof(binnet_ctx, method), BINNET_METHOD_AUTO, BINNET_METHOD_ITERATION, BINNET_METHOD_AUTO},
    {BINNET_P_MAX_PERIOD, offsetof(binnet_ctx, max_period), 0, INT64_MAX, 0},
    {BINNET_P_WORK_LIMIT, offsetof(binnet_ctx, work_limit), 0, INT64_MAX, 0},
};

typedef struct f64_param {
    int32_t key;
    const char *name;
    size_t offset;
    double least, greatest, initial;
} f64_param;

static const f64_param f64_params[] = {
    {BINNET_P_TOLERANCE, "tolerance", offsetof(binnet_ctx, tolerance), 1e-14, 1e-2, 1e-12},
    {BINNET_P_RELATIVE_TOLERANCE, "relative tolerance", offsetof(binnet_ctx, relative_tolerance), 1e-20, 1, 1e-8},
    {BINNET_P_ROW_ERROR, "row error", offsetof(binnet_ctx, row_error), 1e-12, 1, 1e-2},
};

static const f64_param *find_f64(int32_t key)
{
    for (size_t k = 0; k < sizeof f64_params / sizeof *f64_params; k++)
        if (f64_params[k].key == key)
            return &f64_params[k];
    return NULL;
}

static const i64_param *find_i64(int32_t key)
{
    for (size_t k = 0; k < sizeof i64_params / sizeof *i64_params; k++)
        if (i64_params[k].key == key)
            return &i64_params[k];
    return NULL;
}

static void *libc_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void *libc_realloc(void *user, void *ptr, size_t size)
{
    (void)user;
    return realloc(ptr, size);
}

static void libc_free(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

int32_t binnet_ctx_new(binnet_ctx **out)
{
    return binnet_ctx_new_alloc(out, libc_alloc, libc_realloc, libc_free, NULL);
}

int32_t binnet_ctx_new_alloc(binnet_ctx **out, binnet_alloc_fn alloc, binnet_realloc_fn realloc_, binnet_free_fn free_,
                             void *user)
{
    if (out == NULL)
        return BINNET_E_NULL;
    *out = NULL;
    if (alloc == NULL || realloc_ == NULL || free_ == NULL)
        return BINNET_E_NULL;
    binnet_ctx *ctx = alloc(user, sizeof *ctx);
    if (ctx == NULL)
        return BINNET_E_NOMEM;
    *ctx = (binnet_ctx){.mem = {alloc, realloc_, free_, user}, .span = {0, 1}};
    for (size_t k = 0; k < sizeof i64_params / sizeof *i64_params; k++)
        *(int64_t *)(void *)((char *)ctx + i64_params[k].offset) = i64_params[k].initial;
    for (size_t k = 0; k < sizeof f64_params / sizeof *f64_params; k++)
        *(double *)(void *)((char *)ctx + f64_params[k].offset) = f64_params[k].initial;
    *out = ctx;
    return BINNET_OK;
}

void binnet_ctx_free(binnet_ctx *ctx)
{
    if (ctx != NULL)
        ctx->mem.free(ctx->mem.user, ctx);
}

int32_t binnet_ctx_set_i64(binnet_ctx *ctx, int32_t key, int64_t value)
{
    BNI_TRY(bni_begin(ctx));
    const i64_param *p = find_i64(key);
    if (p == NULL)
        return bni_fail(ctx, BINNET_E_KEY, "no integer parameter has the key %d", (int)key);
    if (value < p->least || value > p->greatest)
        return bni_fail(ctx, BINNET_E_RANGE, "parameter %d: %lld is not in %lld..%lld", (int)key, (long long)value,
                        (long long)p->least, (long long)p->greatest);
    *(int64_t *)(void *)((char *)ctx + p->offset) = value;
    return BINNET_OK;
}

int32_t binnet_ctx_set_f64(binnet_ctx *ctx, int32_t key, double value)
{
    BNI_TRY(bni_begin(ctx));
    const f64_param *p = find_f64(key);
    if (p == NULL)
        return bni_fail(ctx, BINNET_E_KEY, "no real parameter has the key %d", (int)key);
    if (!(value >= p->least && value <= p->greatest))
        return bni_fail(ctx, BINNET_E_RANGE, "%s: %g is not in %g..%g", p->name, value, p->least, p->greatest);
    *(double *)(void *)((char *)ctx + p->offset) = value;
    return BINNET_OK;
}

int32_t binnet_ctx_get_i64(const binnet_ctx *ctx, int32_t key, int64_t *value)
{
    if (ctx == NULL || value == NULL)
        return BINNET_E_NULL;
    const i64_param *p = find_i64(key);
    if (p == NULL)
        return BINNET_E_KEY;
    *value = *(const int64_t *)(const void *)((const char *)ctx + p->offset);
    return BINNET_OK;
}

int32_t binnet_ctx_get_f64(const binnet_ctx *ctx, int32_t key, double *value)
{
    if (ctx == NULL || value == NULL)
        return BINNET_E_NULL;
    const f64_param *p = find_f64(key);
    if (p == NULL)
        return BINNET_E_KEY;
    *value = *(const double *)(const void *)((const char *)ctx + p->offset);
    return BINNET_OK;
}

int32_t binnet_param_range_i64(int32_t key, int64_t *least, int64_t *greatest, int64_t *initial)
{
    const i64_param *p = find_i64(key);
    if (p == NULL)
        return BINNET_E_KEY;
    if (least != NULL)
        *least = p->least;
    if (greatest != NULL)
        *greatest = p->greatest;
    if (initial != NULL)
        *initial = p->initial;
    return BINNET_OK;
}

int32_t binnet_param_range_f64(int32_t key, double *least, double *greatest, double *initial)
{
    const f64_param *p = find_f64(key);
    if (p == NULL)
        return BINNET_E_KEY;
    if (least != NULL)
        *least = p->least;
    if (greatest != NULL)
        *greatest = p->greatest;
    if (initial != NULL)
        *initial = p->initial;
    return BINNET_OK;
}

int32_t binnet_ctx_set_hook(binnet_ctx *ctx, binnet_hook_fn hook, void *user)
{
    BNI_TRY(bni_begin(ctx));
    ctx->hook = hook;
    ctx->hook_user = user;
    return BINNET_OK;
}

const char *binnet_ctx_message(const binnet_ctx *ctx)
{
    return ctx == NULL ? "" : ctx->message;
}

int32_t binnet_ctx_allocator(const binnet_ctx *ctx, binnet_alloc_fn *alloc, binnet_realloc_fn *realloc_,
                             binnet_free_fn *free_, void **user)
{
    if (ctx == NULL)
        return BINNET_E_NULL;
    if (alloc != NULL)
        *alloc = ctx->mem.alloc;
    if (realloc_ != NULL)
        *realloc_ = ctx->mem.realloc;
    if (free_ != NULL)
        *free_ = ctx->mem.free;
    if (user != NULL)
        *user = ctx->mem.user;
    return BINNET_OK;
}

int32_t binnet_ctx_begin(binnet_ctx *ctx)
{
    return bni_begin(ctx);
}

int32_t binnet_ctx_poll(binnet_ctx *ctx, double fraction)
{
    if (ctx == NULL)
        return BINNET_E_NULL;
    if (!(fraction >= 0 && fraction <= 1))
        return bni_fail(ctx, BINNET_E_RANGE, "fraction is %g; expected 0..1", fraction);
    return fraction < 1 ? bni_poll(ctx, fraction) : bni_poll_end(ctx);
}

/* The text may be the message itself. */
int32_t binnet_ctx_fail(binnet_ctx *ctx, int32_t code, const char *text)
{
    if (ctx == NULL)
        return BINNET_E_NULL;
    size_t length = 0;
    for (; text != NULL && text[length] != '\0' && length + 1 < sizeof ctx->message; length++)
        ctx->message[length] = (unsigned char)text[length] < 0x20 || text[length] == 0x7f ? '?' : text[length];
    ctx->message[length] = '\0';
    return code;
}

int32_t bni_begin(binnet_ctx *ctx)
{
    if (ctx == NULL)
        return BINNET_E_NULL;
    ctx->message[0] = '\0';
    ctx->started = ctx->last_poll = ctx->hook != NULL ? bni_now() : 0;
    ctx->fraction = 0;
    bni_span(ctx, 0, 1);
    return BINNET_OK;
}

int32_t bni_need(binnet_ctx *ctx, const void *pointer, const char *name)
{
    return pointer != NULL ? BINNET_OK : bni_fail(ctx, BINNET_E_NULL, "%s is NULL", name);
}

int32_t bni_need_finite(binnet_ctx *ctx, const double *v, size_t n, const char *name)
{
    enum { PIECE = 1 << 16 }; /* between two polls */
    for (size_t from = 0, to; v != NULL && from < n; from = to) {
        double sum[4] = {0}; /* v - v is 0 or NaN: four at a time without branches; then which one it was */
        size_t k = from;
        to = n - from < PIECE ? n : from + PIECE;
        for (; k + 4 <= to; k += 4)
            for (size_t l = 0; l < 4; l++)
                sum[l] += v[k + l] - v[k + l];
        if ((sum[0] + sum[1]) + (sum[2] + sum[3]) != 0)
            k = from;
        for (; k < to; k++)
            if (!isfinite(v[k]))
                return bni_fail(ctx, BINNET_E_NAN, "%s[%zu] is %g", name, k, v[k]);
        if (to < n)
            BNI_TRY(bni_poll(ctx, 0));
    }
    return BINNET_OK;
}

int bni_fits_memory(const binnet_ctx *ctx, double bytes)
{
    return bytes <= (double)ctx->memory_limit && bytes < (double)SIZE_MAX;
}

int32_t bni_need_memory(binnet_ctx *ctx, double bytes, const char *what)
{
    if (bni_fits_memory(ctx, bytes))
        return BINNET_OK;
    return bni_fail(ctx, BINNET_E_LIMIT, "%s needs %.4g bytes (%.3g GiB), the memory limit is %lld", what, bytes,
                    bytes / 1073741824.0, (long long)ctx->memory_limit);
}

int64_t bni_set_aside(binnet_ctx *ctx, double bytes)
{
    int64_t limit = ctx->memory_limit;
    ctx->memory_limit = bytes < (double)limit ? limit - (int64_t)bytes : 0;
    return limit;
}

void bni_give_back(binnet_ctx *ctx, int64_t limit)
{
    ctx->memory_limit = limit;
}
