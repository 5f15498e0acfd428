/* Values of a JSON file, checked, with messages that name their place. */
#include "files/json_values.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

json_place json_item(const char *list, size_t index, const char *key)
{
    json_place p;
    snprintf(p.text, sizeof p.text, "%s[%zu]%s%s", list, index, *key ? "." : "", key);
    return p;
}

int json_bad(draft *d, const char *path, const char *format, ...)
{
    char text[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail_at(d->why, EXIT_INPUT, d->doc->path, json_line(d->doc, path), "%s%s%s", path, *path ? ": " : "", text);
}

static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

int json_wrong_kind(draft *d, const char *path, const json_t *value, const char *expected)
{
    if (!value)
        return json_bad(d, path, "is missing; expected %s", expected);
    return json_bad(d, path, "found %s; expected %s", kind_of(value), expected);
}

/* `keys` ends with NULL. */
int json_check_keys(draft *d, json_t *object, const char *path, const char *const *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char known[300] = "";
        size_t i, used = 0;
        for (i = 0; keys[i] && strcmp(keys[i], key) != 0; i++)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", keys[i]);
        if (!keys[i])
            return json_bad(d, path, "unknown key '%.60s'; known are %s", key, known);
    }
    return EXIT_DONE;
}

int json_read_number(draft *d, const json_t *value, const char *path, double *out)
{
    if (!json_is_number(value))
        return json_wrong_kind(d, path, value, "a number");
    *out = json_number_value(value) + 0.0; /* no -0 */
    return isfinite(*out) ? EXIT_DONE : json_bad(d, path, "expected a finite number");
}

int json_read_copy(draft *d, const json_t *root, const char *key, char **out)
{
    const json_t *value = json_object_get(root, key);
    if (!value)
        return EXIT_DONE;
    if (!json_is_string(value))
        return json_wrong_kind(d, key, value, "a string");
    size_t size = json_string_length(value) + 1;
    *out = memory_raw(memory_of(d->why), size);
    if (!*out)
        return fail_memory(d->why, d->doc->path);
    memcpy(*out, json_string_value(value), size);
    return EXIT_DONE;
}

/* One of some words ("a", "b" or "c" in `expected`), as its number from `first`. The key may be missing. */
int json_read_word(draft *d, const json_t *object, const char *key, const char *path, const char *const *words,
                   int32_t first, int32_t *out)
{
    const json_t *value = json_object_get(object, key);
    char expected[120] = "";
    size_t used = 0;
    for (int32_t i = 0; words[i]; i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), words[i]) == 0) {
            *out = first + i;
            return EXIT_DONE;
        }
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s", i ? ", " : "one of ", words[i]);
    }
    if (json_is_string(value))
        return json_bad(d, path, "found '%.60s'; expected %s", json_string_value(value), expected);
    return value ? json_wrong_kind(d, path, value, expected) : EXIT_DONE;
}
