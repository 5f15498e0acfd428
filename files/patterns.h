/* Patterns and the sequences and cycles they form, from a file: rows of 0 and 1 or -1 and 1, CSV, PBM images. */
#ifndef TOOL_PATTERNS_H
#define TOOL_PATTERNS_H

#include "files/reading.h"

/* "a -> b -> c", or the cycle "a -> b -> a", whose last name is not repeated; a pattern that stays is a cycle of one. */
typedef struct pattern_path {
    size_t count, line; /* line 0: a pattern that no line with an arrow names */
    size_t *pattern;    /* [count] */
    int cyclic;
} pattern_path;

typedef struct patterns {
    size_t n, count, width; /* neurons; patterns; neurons in a row of the image, 0: not an image */
    char **name;            /* [count] */
    size_t *line;           /* [count] where each begins */
    uint8_t *state;         /* [count][n] */
    size_t paths;
    pattern_path *path;
    file_memory memory;
} patterns;

/* Images that it names are looked for beside `path`. */
int patterns_read_text(patterns *out, const document *doc, uint64_t max_bytes, failure *why);
void patterns_free(patterns *p);
/* Number of the pattern of that name, or -1. */
int64_t patterns_find(const patterns *p, const char *name);

#endif
