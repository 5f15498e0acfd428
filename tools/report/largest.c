/* The largest entries of a matrix. */
#include "report/largest.h"

#include <math.h>
#include <stdlib.h>

typedef struct entry {
    double size;
    size_t place;
} entry;

static int by_size(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->size > y->size ? -1 : x->size < y->size ? 1 : x->place < y->place ? -1 : x->place > y->place;
}

size_t *largest_entries(size_t *count, const double *matrix, size_t n, double least, int upper)
{
    entry *list = malloc((n * n + 1) * sizeof *list);
    size_t *places = malloc((n * n + 1) * sizeof *places);
    *count = 0;
    for (size_t k = 0; list != NULL && places != NULL && k < n * n; k++)
        if (fabs(matrix[k]) > least && (!upper || k / n < k % n))
            list[(*count)++] = (entry){fabs(matrix[k]), k};
    if (list != NULL && places != NULL) {
        qsort(list, *count, sizeof *list, by_size);
        for (size_t k = 0; k < *count; k++)
            places[k] = list[k].place;
    } else {
        free(places);
        places = NULL;
    }
    free(list);
    return places;
}
