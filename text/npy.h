/* Arrays in numpy's .npy files (versions 1 and 2), of one or two dimensions. */
#ifndef TEXT_NPY_H
#define TEXT_NPY_H

#include "text/text.h"

typedef struct npy_array {
    size_t ndim, shape[2]; /* shape[1] = 1 when ndim is 1 */
    int fortran;
    char kind;                 /* f: float, i, u: integer, b: bool */
    int big;                   /* most significant byte first */
    size_t item;               /* bytes: 2, 4, 8 of floats, 1, 2, 4, 8 of integers, 1 of bools */
    const unsigned char *data; /* in the text that was parsed */
} npy_array;

/* Checks everything: header, sizes, the length of the data. */
int npy_parse(npy_array *out, const document *doc, failure *why);
/* Element (i, j) as a double; 64-bit integers beyond 2^53 are rounded. */
double npy_get(const npy_array *a, size_t i, size_t j);
/* What a file begins with, and how many bytes of data follow. */
typedef struct npy_text {
    char text[512];
    size_t length, bytes;
} npy_text;
/* C order, version 1; ndim 0..8; descr <f8, <f4, <i8, <i4, |i1 or |u1. `path` is named in messages. */
int npy_header(npy_text *out, const char *path, size_t ndim, const size_t *shape, const char *descr, failure *why);

#endif
