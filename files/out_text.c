/* Text that grows in memory. */
#include "files/out_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for so many more bytes and a 0. */
static int make_text_room(out_text *out, size_t more)
{
    if (out->failed || more >= PTRDIFF_MAX / 4 - out->length)
        out->failed = 1;
    else if (out->length + more + 1 > out->room) {
        size_t room = 2 * (out->length + more) + 256;
        char *larger = memory_grow(&out->memory, out->text, room);
        out->failed = larger == NULL;
        out->text = larger != NULL ? larger : out->text;
        out->room = larger != NULL ? room : out->room;
    }
    return !out->failed;
}

void out_bytes(out_text *out, const void *bytes, size_t length)
{
    if (!make_text_room(out, length))
        return;
    if (length > 0)
        memcpy(out->text + out->length, bytes, length);
    out->length += length;
    out->text[out->length] = 0;
}

void out_string(out_text *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_char(out_text *out, int c)
{
    char one = (char)c;
    out_bytes(out, &one, 1);
}

void out_format(out_text *out, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        out->failed = 1;
    else if (make_text_room(out, (size_t)length)) {
        vsnprintf(out->text + out->length, (size_t)length + 1, format, again);
        out->length += (size_t)length;
    }
    va_end(again);
}

void out_free(out_text *out)
{
    memory_free(&out->memory, out->text);
    out->text = NULL;
    out->length = out->room = 0;
}
