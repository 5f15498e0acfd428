/* A table of independent variables: CSV with the columns kind, location, scale, dof, count, name. */
#ifndef TOOL_LAWS_H
#define TOOL_LAWS_H

#include "files/reading.h"

typedef struct laws {
    size_t n;                       /* variables, counts included */
    int32_t *kind;                  /* BINNET_NOISE_* */
    double *location, *scale, *dof; /* dof: Student t only, else 0 */
    file_memory memory;
} laws;

int laws_read_text(laws *out, const document *doc, failure *why);
void laws_free(laws *l);
/* The library's object; its order of the variables is by kind. */
int laws_make(binnet_ctx *ctx, binnet_order **out, const laws *l, failure *why);

#endif
