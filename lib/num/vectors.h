/*
 * Sums and sizes of long vectors.
 */
#ifndef BNI_VECTORS_H
#define BNI_VECTORS_H

#include <stddef.h>

/* x . y, in an order that depends on n alone. */
double bni_dot(const double *x, const double *y, size_t n);
/* The largest |x|; NaN when there is one. */
double bni_largest_entry(const double *x, size_t n);

#endif
