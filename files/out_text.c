/* Text that grows in memory, or goes on in pieces. */
#include "files/out_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 1 << 16,        /* bytes that are taken at a time */
    BETWEEN_POLLS = 1 << 18 /* some 10,000 numbers, 3 ms */
};

static void send_piece(out_text *out)
{
    if (out->length > 0 && out->take(out->user, out->text, out->length, out->why) != EXIT_DONE)
        out->failed = 1;
    out->length = 0;
}

/* As much as is allowed, if that is enough. */
static int limit_room(out_text *out, size_t *room, size_t more)
{
    if (out->length + more + 1 <= out->most) {
        *room = (size_t)out->most;
        return 1;
    }
    out->failed = 1;
    fail(out->why, EXIT_BUDGET,
         "the text is longer than the memory limit of %llu bytes; it can be saved piece by piece",
         (unsigned long long)out->most);
    return 0;
}

/* Room for so many more bytes and a 0. */
static int make_text_room(out_text *out, size_t more)
{
    if (!out->failed && out->take != NULL && out->length + more > PIECE)
        send_piece(out);
    if (out->failed || more >= PTRDIFF_MAX / 4 - out->length)
        out->failed = 1;
    else if (out->length + more + 1 > out->room) {
        size_t room = 2 * (out->length + more) + 256;
        if (out->most > 0 && room > out->most && !limit_room(out, &room, more))
            return 0;
        char *larger = memory_grow(&out->memory, out->text, room);
        out->failed = larger == NULL;
        out->text = larger != NULL ? larger : out->text;
        out->room = larger != NULL ? room : out->room;
    }
    out->unseen += more;
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

int out_goes_on(out_text *out, size_t i, size_t n)
{
    if (!out->failed && out->unseen >= BETWEEN_POLLS) {
        out->unseen = 0;
        out->failed = poll_call(out->why, (double)i / (double)n) != EXIT_DONE;
    }
    return !out->failed;
}

int out_end(out_text *out, const char *path)
{
    if (!out->failed && out->take != NULL)
        send_piece(out);
    if (!out->failed)
        out->failed = poll_call(out->why, 1) != EXIT_DONE;
    if (!out->failed)
        return EXIT_DONE;
    out_free(out);
    return out->why != NULL && out->why->code != EXIT_DONE ? out->why->code : fail_memory(out->why, path);
}

void out_free(out_text *out)
{
    memory_free(&out->memory, out->text);
    out->text = NULL;
    out->length = out->room = 0;
}
