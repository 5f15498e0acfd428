/* Whole files, UTF-8, numbers. */
#include "text/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- whole files --- */

static int too_large(failure *why, const char *path, uint64_t max_bytes)
{
    return fail_at(why, EXIT_BUDGET, path, 0, "more than the limit of %llu bytes for a network file",
                   (unsigned long long)max_bytes);
}

static int cannot_read(failure *why, const char *path, const char *what, int number)
{
    int memory = number == ENOMEM;
    return with_status(why, memory ? BINNET_E_NOMEM : BINNET_E_FILE,
                       fail_at(why, memory ? EXIT_BUDGET : EXIT_INPUT, path, 0, "%s: %s", what, strerror(number)));
}

static int read_stream(char **text, size_t *length, FILE *in, const char *path, uint64_t max_bytes, size_t expected,
                       failure *why)
{
    size_t room = expected + 2, used = 0;
    const file_call *call = why->call;
    int told = call == NULL || call->opened == NULL || call->opened(call->user, path, fileno(in)) == 0;
    char *buffer = told ? memory_raw(memory_of(why), room) : NULL;
    if (!buffer)
        return fail_memory(why, path);
    for (;;) {
        used += fread(buffer + used, 1, room - 1 - used, in);
        if (used < room - 1 || used > max_bytes)
            break;
        room *= 2;
        char *larger = memory_grow(memory_of(why), buffer, room);
        if (!larger) {
            memory_free(memory_of(why), buffer);
            return fail_memory(why, path);
        }
        buffer = larger;
    }
    int code = EXIT_DONE;
    if (used > max_bytes)
        code = too_large(why, path, max_bytes);
    else if (ferror(in))
        code = cannot_read(why, path, "cannot be read", errno);
    if (code != EXIT_DONE) {
        memory_free(memory_of(why), buffer);
        return code;
    }
    buffer[used] = 0;
    *text = buffer;
    *length = used;
    return EXIT_DONE;
}

int load_file(char **text, size_t *length, const char *path, uint64_t max_bytes, failure *why)
{
    if (max_bytes == 0)
        max_bytes = (uint64_t)256 << 20;
    if (max_bytes > SIZE_MAX / 4)
        max_bytes = SIZE_MAX / 4;
    if (strcmp(path, "-") == 0)
        return read_stream(text, length, stdin, "standard input", max_bytes, 65536, why);
    struct stat about;
    if (stat(path, &about) != 0)
        return cannot_read(why, path, "cannot be read", errno);
    if (S_ISDIR(about.st_mode))
        return with_status(why, BINNET_E_FILE, fail_at(why, EXIT_INPUT, path, 0, "is a directory; expected a file"));
    /* Large files are refused unread; pipes only tell their size by being read. */
    int regular = S_ISREG(about.st_mode);
    if (regular && about.st_size > 0 && (uint64_t)about.st_size > max_bytes)
        return fail_at(why, EXIT_BUDGET, path, 0,
                       "has %llu bytes; the limit for a network file is %llu bytes (--max-file-size)",
                       (unsigned long long)about.st_size, (unsigned long long)max_bytes);
    FILE *in = fopen(path, "rb");
    if (!in)
        return cannot_read(why, path, "cannot be opened", errno);
    int code = read_stream(text, length, in, path, max_bytes, regular ? (size_t)about.st_size : 65536, why);
    fclose(in);
    return code;
}

/* Length of the UTF-8 character at `at`; 0: none. Overlong forms and surrogates are not UTF-8. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : 4;
    if (length > left || (length == 4 && (at[0] < 0xf0 || at[0] > 0xf4)))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if (length == 3 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f)))
        return 0;
    if (length == 4 && ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)))
        return 0;
    return length;
}

size_t blank_length(const char *at, const char *end)
{
    static const char *const wide[] = {"\xc2\xa0",     "\xc2\xad",     "\xe2\x80\xaf", "\xe2\x81\x9f",
                                       "\xe2\x81\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
    if (at < end && (*at == ' ' || *at == '\t'))
        return 1;
    for (size_t k = 0; k < sizeof wide / sizeof *wide; k++) {
        size_t length = strlen(wide[k]);
        if ((size_t)(end - at) >= length && memcmp(at, wide[k], length) == 0)
            return length;
    }
    /* U+2000 to U+200F: spaces of several widths, and marks without any */
    int run = end - at >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && (unsigned char)at[2] >= 0x80 &&
              (unsigned char)at[2] <= 0x8f;
    return run ? 3 : 0;
}

int check_text(document *doc, failure *why)
{
    if (doc->length >= 3 && memcmp(doc->text, "\xef\xbb\xbf", 3) == 0) {
        doc->text += 3;
        doc->length -= 3;
    }
    size_t line = 1, blank = 0;
    for (size_t i = 0; i < doc->length;) {
        const unsigned char *at = (const unsigned char *)doc->text + i;
        if (*at == 0)
            return fail_at(why, EXIT_INPUT, doc->path, line, "found a zero byte; expected text");
        size_t length = utf8_length(at, doc->length - i);
        if (length == 0)
            return fail_at(why, EXIT_INPUT, doc->path, line, "found byte 0x%02x; expected UTF-8 text", *at);
        line += *at == '\n';
        blank += isspace(*at) != 0;
        i += length;
    }
    if (blank == doc->length)
        return fail_at(why, EXIT_INPUT, doc->path, 0, "is empty");
    return EXIT_DONE;
}

/* --- numbers --- */

static size_t count_digits(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && text[i] >= '0' && text[i] <= '9')
        i++;
    return i;
}

/* [sign] digits [. digits] [e [sign] digits]: what strtod reads also, without its hexadecimals, names and spaces. */
static int is_decimal(const char *text, size_t length)
{
    size_t i = length && (*text == '-' || *text == '+');
    size_t digits = count_digits(text + i, length - i);
    i += digits;
    if (i < length && text[i] == '.') {
        size_t more = count_digits(text + i + 1, length - i - 1);
        i += 1 + more;
        digits += more;
    }
    if (digits == 0)
        return 0;
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        i += i < length && (text[i] == '-' || text[i] == '+');
        size_t exponent = count_digits(text + i, length - i);
        if (exponent == 0)
            return 0;
        i += exponent;
    }
    return i == length;
}

int looks_like_number(const char *text)
{
    static const char *const dashes[] = {"\xe2\x88\x92", "\xe2\x80\x93", "\xe2\x80\x92"};
    const char *end = text + strlen(text);
    char *rest;
    (void)strtod(text, &rest);
    if (rest != text && *rest == 0)
        return 1; /* nan, inf and hexadecimals too */
    int digits = 0;
    for (const char *at = text; at < end;) {
        size_t length = blank_length(at, end);
        for (size_t k = 0; !length && k < sizeof dashes / sizeof *dashes; k++)
            length = strncmp(at, dashes[k], 3) == 0 ? 3 : 0;
        int digit = *at >= '0' && *at <= '9';
        if (!length && !digit && !strchr("+-.,'%/", *at) && !(digits && (*at == 'e' || *at == 'E')))
            return 0;
        digits |= digit;
        at += length ? length : 1;
    }
    return digits;
}

const char *parse_number(double *out, const char *text, size_t length)
{
    char copy[400];
    if (!is_decimal(text, length))
        return "expected a finite decimal number";
    const char *point = localeconv()->decimal_point;
    size_t used = 0, point_length = strlen(point);
    int something = 0, in_exponent = 0;
    if (length + point_length >= sizeof copy)
        return "expected a number of less than 400 characters";
    for (size_t i = 0; i < length; i++) {
        in_exponent |= text[i] == 'e' || text[i] == 'E';
        something |= !in_exponent && text[i] >= '1' && text[i] <= '9';
        if (text[i] == '.') {
            memcpy(copy + used, point, point_length);
            used += point_length;
        } else {
            copy[used++] = text[i];
        }
    }
    copy[used] = 0;
    *out = strtod(copy, NULL);
    if (!isfinite(*out))
        return "too large for a double; expected less than 1.8e308";
    if (*out == 0 && something)
        return "too small for a double; expected 0 or more than 4.9e-324";
    if (*out == 0)
        *out = 0; /* no -0 */
    return NULL;
}

/* A whole number below 1e15, as "%.15g" writes it; most entries of a matrix are. */
static char *print_whole(char out[40], double x)
{
    char digits[20], *to = out;
    int count = 0;
    uint64_t left = (uint64_t)fabs(x);
    if (x < 0)
        *to++ = '-';
    do
        digits[count++] = (char)('0' + left % 10);
    while (left /= 10);
    while (count > 0)
        *to++ = digits[--count];
    *to = 0;
    return out;
}

char *print_number(char out[40], double x)
{
    if (fabs(x) < 1e15 && x == floor(x) && !(x == 0 && signbit(x)))
        return print_whole(out, x);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            break;
    }
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") == 0 ? NULL : strstr(out, point);
    if (at) {
        *at = '.';
        memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
    }
    return out;
}
