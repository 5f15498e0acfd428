/* Patterns and the sequences and cycles they form, of a file. */
#ifndef TOOL_SETTINGS_PATTERNS_H
#define TOOL_SETTINGS_PATTERNS_H

#include "settings/network.h"

/* "a -> b -> c", or the cycle "a -> b -> a", whose last name is not repeated; a pattern that stays is a cycle of one. */
typedef struct pattern_path {
    size_t count, line; /* line 0: a pattern that no line with an arrow names */
    size_t *pattern;    /* [count] */
    int cyclic;
} pattern_path;

typedef struct patterns {
    binnet_pattern_file *file;
    size_t n, count, width; /* neurons; patterns; neurons in a row of the image, 0: not an image */
    char **name;            /* [count] */
    size_t *line;           /* [count] where each begins */
    uint8_t *state;         /* [count][n] */
    size_t paths;
    pattern_path *path;
} patterns;

int patterns_read(patterns *out, const char *path, const import_list *how, failure *why);
void patterns_free(patterns *p);
/* Number of the pattern of that name, or -1. */
int64_t patterns_find(const patterns *p, const char *name);

#endif
