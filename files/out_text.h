/* Text that grows in memory: what the writers of formats write to. */
#ifndef FILES_OUT_TEXT_H
#define FILES_OUT_TEXT_H

#include "files/private_names.h"
#include "text/memory.h"

typedef struct out_text {
    file_memory memory;
    char *text; /* with a 0 behind it, once something was written */
    size_t length, room;
    int failed; /* no memory: what follows is not kept */
} out_text;

void out_bytes(out_text *out, const void *bytes, size_t length);
void out_string(out_text *out, const char *text);
void out_char(out_text *out, int c);
void out_format(out_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_free(out_text *out);

#endif
