/*
 * Progress: the caller's hook, called often enough but not more, with the fraction done and the time left.
 */
#include "core/core.h"

#include <time.h>

/* Seconds between two calls of the hook. */
static const double interval = 0.05;

double bni_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bni_span(binnet_ctx *ctx, double from, double to)
{
    ctx->span = (bni_progress){from, to};
}

bni_progress bni_progress_push(const binnet_ctx *ctx)
{
    return ctx->span;
}

void bni_progress_parts(binnet_ctx *ctx, bni_progress whole, double k, double many, double count)
{
    double length = whole.to - whole.from;
    ctx->span = (bni_progress){whole.from + length * k / count, whole.from + length * (k + many) / count};
}

void bni_progress_part(binnet_ctx *ctx, bni_progress whole, double k, double count)
{
    bni_progress_parts(ctx, whole, k, 1, count);
}

void bni_progress_pop(binnet_ctx *ctx, bni_progress whole)
{
    ctx->span = whole;
}

void bni_progress_remain(binnet_ctx *ctx)
{
    if (ctx->fraction > ctx->span.from)
        ctx->span.from = ctx->fraction < ctx->span.to ? ctx->fraction : ctx->span.to;
}

int32_t bni_poll(binnet_ctx *ctx, double fraction)
{
    if (ctx->hook == NULL)
        return BINNET_OK;
    double now = bni_now();
    if (now - ctx->last_poll < interval)
        return BINNET_OK;
    ctx->last_poll = now;
    double whole = ctx->span.from + (ctx->span.to - ctx->span.from) * fraction;
    if (whole > 1)
        whole = 1;
    if (whole > ctx->fraction)
        ctx->fraction = whole;
    double elapsed = now - ctx->started;
    double left = ctx->fraction >= 0.01 ? elapsed * (1 - ctx->fraction) / ctx->fraction : -1;
    if (ctx->hook(ctx->hook_user, ctx->fraction, left) != 0)
        return bni_fail(ctx, BINNET_E_INTERRUPTED, "stopped by the hook after %.3g s, about %.0f%% done", elapsed,
                        100 * ctx->fraction);
    return BINNET_OK;
}

int32_t bni_poll_work(binnet_ctx *ctx, double fraction, uint64_t steps)
{
    ctx->unpolled += steps;
    if (ctx->unpolled < 20000)
        return BINNET_OK;
    ctx->unpolled = 0;
    return bni_poll(ctx, fraction);
}

int32_t bni_poll_end(binnet_ctx *ctx)
{
    if (ctx->hook == NULL || !(ctx->last_poll > ctx->started))
        return BINNET_OK;
    ctx->last_poll = ctx->started - interval; /* it is due */
    bni_span(ctx, 0, 1);
    return bni_poll(ctx, 1);
}
