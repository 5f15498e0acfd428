/* Messages of failures. */
#include "text/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

int fail(failure *why, int code, const char *format, ...)
{
    if (!why)
        return code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    why->code = code;
    why->status = 0;
    keep_one_line(why->text);
    return code;
}

int fail_at(failure *why, int code, const char *path, size_t line, const char *format, ...)
{
    /* A very long path must not push the message out. */
    enum { path_shown = 400 };
    char text[sizeof why->text];
    size_t length = strlen(path);
    const char *dots = length > path_shown ? "..." : "";
    path += length > path_shown ? length - path_shown : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (line)
        return fail(why, code, "%s%s:%zu: %s", dots, path, line, text);
    return fail(why, code, "%s%s: %s", dots, path, text);
}

int with_status(failure *why, int32_t status, int code)
{
    if (why != NULL)
        why->status = status;
    return code;
}

int poll_call(failure *why, double fraction)
{
    if (why == NULL || why->call == NULL || why->call->ctx == NULL ||
        binnet_ctx_poll(why->call->ctx, fraction) != BINNET_E_INTERRUPTED)
        return EXIT_DONE;
    return with_status(why, BINNET_E_INTERRUPTED, fail(why, EXIT_STOPPED, "interrupted by the hook"));
}

int fail_memory(failure *why, const char *path)
{
    return with_status(why, BINNET_E_NOMEM, fail_at(why, EXIT_BUDGET, path, 0, "not enough memory for this network"));
}
