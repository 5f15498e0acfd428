/*
 * The message of a ctx.
 */
#include "core/core.h"

#include <stdarg.h>
#include <stdio.h>

int32_t bni_fail(binnet_ctx *ctx, int32_t code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ctx->message, sizeof ctx->message, format, args);
    va_end(args);
    return code;
}
