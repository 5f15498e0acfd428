/* A plain matrix of numbers from a file: CSV without names, Matrix Market, npy. */
#ifndef TOOL_MATRIX_H
#define TOOL_MATRIX_H

#include "files/reading.h"

typedef struct matrix {
    size_t rows, columns;
    double *v; /* [rows][columns] */
    file_memory memory;
} matrix;

/* format: "csv", "mtx", "npy", or NULL: by the ending of path and the first characters. *out is empty on failure. */
int matrix_read_text(matrix *out, const document *doc, const char *format, failure *why);
void matrix_free(matrix *m);

#endif
