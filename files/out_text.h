/* Text that is made: what the writers of formats write to. It grows in memory, or goes on in pieces to who takes it. */
#ifndef FILES_OUT_TEXT_H
#define FILES_OUT_TEXT_H

#include "files/private_names.h"
#include "text/failure.h"

#include <stdint.h>

typedef struct out_text {
    file_memory memory;
    char *text; /* with a 0 behind it, once something was written */
    size_t length, room;
    int failed;    /* no memory, interrupted, not taken: what follows is not kept */
    failure *why;  /* of the call; filled where it was not for memory */
    size_t unseen; /* bytes since the hook was asked */
    uint64_t most; /* bytes that the text may grow to; 0: any */
    /* EXIT_DONE, or a code with *why set. NULL: the text grows. */
    int (*take)(void *user, const char *bytes, size_t length, failure *why);
    void *user;
} out_text;

void out_bytes(out_text *out, const void *bytes, size_t length);
void out_string(out_text *out, const char *text);
void out_char(out_text *out, int c);
void out_format(out_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Before line i of n: asks the hook now and then; 0: nothing more is wanted. */
int out_goes_on(out_text *out, size_t i, size_t n);
/* The end: what waits is taken. EXIT_DONE, or a code with *why set; `path` is named where there was no memory. */
int out_end(out_text *out, const char *path);
void out_free(out_text *out);

#endif
