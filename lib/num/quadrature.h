/*
 * Integrals of many functions of one variable over one panel.
 */
#ifndef BNI_QUADRATURE_H
#define BNI_QUADRATURE_H

#include <stddef.h>

enum { BNI_NODES = 21, BNI_POINTS = BNI_NODES + 2 }; /* of the Gauss-Kronrod rule on a panel; and both ends */

/* The nodes on a..b, rising, then both ends: a, and the double below b, so that a jump at b is not seen. */
void bni_kronrod_points(double x[BNI_POINTS], double a, double b);

/*
 * Integrals over a panel, and estimates of their absolute errors, of `count` functions given by their values at its points,
 * v[BNI_POINTS][stride]; with weight[BNI_NODES], of their products with the function that has those values at the nodes.
 * half: half the width. smooth: the functions are, at the scale of the panel or where the estimate is large; else the
 * estimate is the whole difference of the two rules.
 */
void bni_kronrod(double *integral, double *error, size_t count, const double *v, size_t stride, const double *weight,
                 double half, int smooth);

#endif
