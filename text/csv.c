/* Separated values: quotes, line ends of both kinds, comments, blank lines; which separator it is. */
#include "text/csv.h"

#include <stdlib.h>
#include <string.h>

/* Over blank lines and comments; at the text of the first record, or at the end. */
static const char *first_record(const char *at, const char *end)
{
    while (at < end) {
        const char *begin = at;
        while (at < end && (blank_length(at, end) || *at == '\r' || *at == '\n'))
            at += blank_length(at, end) ? blank_length(at, end) : 1;
        if (at == end || *at != '#') {
            /* A tab that begins the record may be its first separator. */
            while (at > begin && at[-1] != '\n')
                at--;
            return at;
        }
        while (at < end && *at != '\n')
            at++;
    }
    return at;
}

static char find_separator(const char *at, const char *end)
{
    int quoted = 0, blank = 0, text = 0, parts = 0;
    for (at = first_record(at, end); at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
        quoted ^= *at == '"';
        if (!quoted && (*at == ',' || *at == ';' || *at == '\t'))
            return *at;
        size_t length = quoted ? 0 : blank_length(at, end);
        if (length) {
            blank = text;
            at += length - 1;
        } else {
            parts |= blank;
            text = 1;
        }
    }
    return parts ? ' ' : ',';
}

void csv_start(csv *c, const document *doc, failure *why)
{
    memset(c, 0, sizeof *c);
    c->path = doc->path;
    c->at = doc->text;
    c->end = doc->text + doc->length;
    c->length = doc->length;
    c->next_line = 1;
    c->separator = find_separator(c->at, c->end);
    c->why = why;
}

void csv_free(csv *c)
{
    memory_free(memory_of(c->why), c->field);
    memory_free(memory_of(c->why), c->buffer);
    c->field = NULL;
    c->buffer = NULL;
}

const char *csv_text(const csv *c, size_t field)
{
    return c->buffer + c->field[field].start;
}

static int put(csv *c, char character)
{
    if (c->used == c->buffer_room) {
        size_t room = c->buffer_room ? 2 * c->buffer_room : 256;
        char *larger = memory_grow(memory_of(c->why), c->buffer, room);
        if (!larger)
            return fail_memory(c->why, c->path);
        c->buffer = larger;
        c->buffer_room = room;
    }
    c->buffer[c->used++] = character;
    return EXIT_DONE;
}

static int open_field(csv *c)
{
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 32;
        csv_field *larger = memory_grow(memory_of(c->why), c->field, room * sizeof *larger);
        if (!larger)
            return fail_memory(c->why, c->path);
        c->field = larger;
        c->room = room;
    }
    c->field[c->count++].start = c->used;
    return EXIT_DONE;
}

static int close_field(csv *c)
{
    csv_field *f = &c->field[c->count - 1];
    f->length = c->used - f->start;
    return put(c, 0);
}

/* Bytes of a blank at c->at that is no separator. */
static size_t blank_here(const csv *c)
{
    return c->at < c->end && *c->at == '\t' && c->separator == '\t' ? 0 : blank_length(c->at, c->end);
}

static void skip_blanks(csv *c)
{
    for (size_t length; (length = blank_here(c)) != 0;)
        c->at += length;
}

static int at_line_end(const csv *c)
{
    return c->at == c->end || *c->at == '\n' || *c->at == '\r';
}

/* Behind the opening quote, to behind the closing one. */
static int quoted_field(csv *c)
{
    size_t opened = c->next_line;
    for (; c->at < c->end; c->at++) {
        if (*c->at == '"') {
            if (c->at + 1 == c->end || c->at[1] != '"') {
                c->at++;
                return EXIT_DONE;
            }
            c->at++;
        }
        c->next_line += *c->at == '\n';
        TRY(put(c, *c->at));
    }
    return fail_at(c->why, EXIT_INPUT, c->path, opened, "a quoted field is not closed; expected another \"");
}

static int plain_field(csv *c)
{
    size_t kept = c->used;
    while (!at_line_end(c) && *c->at != c->separator) {
        size_t blank = blank_here(c);
        if (blank && c->separator == ' ')
            break;
        if (*c->at == '"')
            return fail_at(c->why, EXIT_INPUT, c->path, c->next_line,
                           "found a quote inside field %zu; expected it around the whole field", c->count);
        for (size_t k = 0; k < (blank ? blank : 1); k++)
            TRY(put(c, *c->at++));
        if (!blank)
            kept = c->used;
    }
    c->used = kept;
    return EXIT_DONE;
}

/* At the end of a line: steps over it. */
static int line_end(csv *c)
{
    if (c->at < c->end && *c->at == '\r') {
        if (c->at + 1 < c->end && c->at[1] != '\n')
            return fail_at(c->why, EXIT_INPUT, c->path, c->next_line,
                           "found a carriage return inside a line; expected lines that end in LF or CR LF");
        c->at++;
    }
    if (c->at < c->end) {
        c->at++;
        c->next_line++;
    }
    return EXIT_DONE;
}

static const char *separator_name(const csv *c)
{
    return c->separator == ','    ? "a comma"
           : c->separator == ';'  ? "a semicolon"
           : c->separator == '\t' ? "a tab"
                                  : "a blank";
}

static int read_record(csv *c)
{
    c->line = c->next_line;
    for (;;) {
        TRY(open_field(c));
        skip_blanks(c);
        if (c->at < c->end && *c->at == '"') {
            c->at++;
            TRY(quoted_field(c));
        } else {
            TRY(plain_field(c));
        }
        TRY(close_field(c));
        const char *behind = c->at;
        skip_blanks(c);
        if (at_line_end(c))
            return line_end(c);
        if (c->separator == ' ' ? c->at == behind : *c->at != c->separator)
            return fail_at(c->why, EXIT_INPUT, c->path, c->next_line,
                           "found '%c' behind the closing quote of field %zu; expected %s", *c->at, c->count,
                           separator_name(c));
        c->at += c->separator != ' ';
    }
}

int csv_next(csv *c, int *more)
{
    c->count = c->used = 0;
    *more = 0;
    while (c->at < c->end) {
        const char *begin = c->at;
        while (c->at < c->end && blank_length(c->at, c->end))
            c->at += blank_length(c->at, c->end);
        if (c->at < c->end && *c->at == '#')
            while (c->at < c->end && *c->at != '\n')
                c->at++;
        if (at_line_end(c)) {
            TRY(line_end(c));
            continue;
        }
        c->at = begin;
        *more = 1;
        TRY(poll_call(c->why, 0.9 * (1 - (double)(c->end - c->at) / (double)c->length)));
        return read_record(c);
    }
    return EXIT_DONE;
}

int csv_number(csv *c, size_t field, const char *what, double *out)
{
    const char *text = csv_text(c, field);
    const char *problem = parse_number(out, text, c->field[field].length);
    if (!problem)
        return EXIT_DONE;
    /* "0,5": numbers as some languages write them. */
    if (c->separator != ',' && strchr(text, ','))
        problem = "expected a decimal point, not a comma";
    return fail_at(c->why, EXIT_INPUT, c->path, c->line, "%s, in column %zu, is '%.60s'; %s", what, field + 1, text,
                   problem);
}

int csv_column(csv *c, const char *name, int64_t *column)
{
    *column = -1;
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(csv_text(c, i), name) != 0)
            continue;
        if (*column >= 0)
            return fail_at(c->why, EXIT_INPUT, c->path, c->line, "two columns are named '%.60s'", name);
        *column = (int64_t)i;
    }
    return EXIT_DONE;
}

const char *csv_unused(const csv *c, char *out, size_t size, const size_t *used, size_t count)
{
    size_t length = 0;
    int any = 0;
    out[0] = 0;
    for (size_t i = 0; i < c->count && length < size - 1; i++) {
        size_t k = 0;
        while (k < count && used[k] != i)
            k++;
        if (k < count)
            continue;
        int more = snprintf(out + length, size - length, "%s%.60s",
                            any++ ? ", " : "; columns not used: ", csv_text(c, i));
        length += more > 0 ? (size_t)more : 0;
    }
    return out;
}

const char *csv_list(const csv *c, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < c->count && used < size - 1; i++) {
        int length = snprintf(out + used, size - used, "%s%.60s", i ? ", " : "", csv_text(c, i));
        used += length > 0 ? (size_t)length : 0;
    }
    return out;
}
