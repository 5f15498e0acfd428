/* The largest entries of a matrix, for the tables on the screen. */
#ifndef TOOL_LARGEST_H
#define TOOL_LARGEST_H

#include <stddef.h>

/* Places row * n + column of matrix[n][n] with a size above `least`, the largest first, then by place; upper: those above the
   diagonal only. To be freed; NULL: out of memory. */
size_t *largest_entries(size_t *count, const double *matrix, size_t n, double least, int upper);

#endif
