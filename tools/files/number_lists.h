/* Lists of numbers on the command line. */
#ifndef TOOL_LISTS_H
#define TOOL_LISTS_H

#include "text/failure.h"

/* "0.05,0.5": numbers strictly between least and most (or from least to most when closed). *out is allocated. */
int list_numbers(double **out, size_t *count, const char *option, const char *text, double least, double most,
                 int closed, failure *why);
/* "1,5,10-20": whole numbers 1 .. most, rising. *out is allocated; NULL text: all of them. */
int list_ranks(size_t **out, size_t *count, const char *option, const char *text, size_t most, failure *why);

#endif
