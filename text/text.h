/* Text of files, and places and numbers in it. */
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include "text/failure.h"

#include <stdint.h>
#include <stdio.h>

typedef struct document {
    const char *path, *text;
    size_t length;
} document;

/* A whole file, at most max_bytes (0: 256 MiB), with a 0 behind it that length does not count. */
int load_file(char **text, size_t *length, const char *path, uint64_t max_bytes, failure *why);
/* Text that is not empty, not binary, and UTF-8; a byte order mark is stepped over. */
int check_text(document *doc, failure *why);

/* Bytes of the blank that begins at `at`: a space, a tab, or one of Unicode's spaces, the no-break space among them, or
   characters without width; 0: none. */
size_t blank_length(const char *at, const char *end);

/* A finite decimal number, in any locale. NULL, or what is wrong with it. */
const char *parse_number(double *out, const char *text, size_t length);
/* Whether the text is meant as a number, well written or not: "1e400", "0,5", "1 000", a minus as a dash, nan, 0x1f. */
int looks_like_number(const char *text);
/* The shortest decimal that reads back as x. Returns out. */
char *print_number(char out[40], double x);

#endif
