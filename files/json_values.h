/* Values of a JSON file, checked; paths such as "neurons[3].threshold" name their place in messages. */
#ifndef TOOL_JSON_VALUES_H
#define TOOL_JSON_VALUES_H

#include "files/reading.h"

#include <jansson.h>

typedef struct json_place {
    char text[128];
} json_place;

json_place json_item(const char *list, size_t index, const char *key);
/* EXIT_INPUT with file, line and path. */
int json_bad(draft *d, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* value NULL: "is missing". */
int json_wrong_kind(draft *d, const char *path, const json_t *value, const char *expected);
/* An error for a key that is not among `keys`, which end with NULL. */
int json_check_keys(draft *d, json_t *object, const char *path, const char *const *keys);
int json_read_number(draft *d, const json_t *value, const char *path, double *out);
/* A copy of a string; the key may be missing. */
int json_read_copy(draft *d, const json_t *root, const char *key, char **out);
/* One of some words, which end with NULL, as its number counted from `first`; the key may be missing. */
int json_read_word(draft *d, const json_t *object, const char *key, const char *path, const char *const *words,
                   int32_t first, int32_t *out);

/* Normalisations by the word of the file ("none", "indegree", "n"). */
int json_default_normalisation(draft *d, const json_t *root);
/* Tie rule, update rule, noise, title, source. */
int json_read_settings(draft *d, const json_t *root);

#endif
