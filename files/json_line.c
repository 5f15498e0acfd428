/* The line of a value in JSON text that Jansson has accepted; Jansson itself does not keep it. */
#include "files/reading.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
        } else if (depth == 0 && strchr(",]} \t\r\n", *at)) {
            return at;
        } else {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            at++;
            if (depth == 0 && (at[-1] == '}' || at[-1] == ']'))
                return at;
            continue;
        }
        if (depth == 0)
            return at;
    }
    return end;
}

/* From behind a value to the value behind the next comma; NULL: there is none. */
static const char *next_value(const char *at, const char *end)
{
    at = skip_space(skip_value(at, end), end);
    return at < end && *at == ',' ? skip_space(at + 1, end) : NULL;
}

static const char *find_item(const char *at, const char *end, size_t index)
{
    at = skip_space(at + 1, end);
    while (at && at < end && index--)
        at = next_value(at, end);
    return at;
}

static const char *find_key(const char *at, const char *end, const char *key, size_t length)
{
    at = skip_space(at + 1, end);
    while (at && at < end && *at == '"') {
        const char *behind = skip_string(at, end);
        int found = (size_t)(behind - at) == length + 2 && memcmp(at + 1, key, length) == 0;
        at = skip_space(behind, end);
        if (at == end || *at != ':')
            return NULL;
        at = skip_space(at + 1, end);
        if (found)
            return at;
        at = next_value(at, end);
    }
    return NULL;
}

size_t json_line(const document *doc, const char *path)
{
    const char *end = doc->text + doc->length, *at = skip_space(doc->text, end), *found = at;
    while (*path && at && at < end) {
        if (*path == '[' && *at == '[') {
            char *behind;
            at = find_item(at, end, strtoul(path + 1, &behind, 10));
            path = *behind == ']' ? behind + 1 : behind;
        } else if (*path != '[' && *at == '{') {
            path += *path == '.';
            size_t length = strcspn(path, ".[");
            at = find_key(at, end, path, length);
            path += length;
        } else {
            break;
        }
        found = at && at < end ? at : found;
    }
    size_t line = 1;
    for (const char *c = doc->text; c < found; c++)
        line += *c == '\n';
    return line;
}
