/*
 * Sums and sizes of long vectors.
 */
#ifndef BNI_VECTORS_H
#define BNI_VECTORS_H

#include <stddef.h>

/* x . y, in an order that depends on n alone. */
double bni_dot(const double *x, const double *y, size_t n);
/* Sum of x: of terms of one sign with a relative error below 2^-47, however many there are. */
double bni_sum(const double *x, size_t n);
/* x[k] = x[2k] + x[2k + 1], k < n: the sums that bni_pair_add left. */
void bni_close_pairs(double *x, size_t n);
/* The largest |x|; NaN when there is one. */
double bni_largest_entry(const double *x, size_t n);

#endif
