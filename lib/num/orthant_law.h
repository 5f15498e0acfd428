/* Inside of num: the normal law of an orthant, for the recursions over its dimension (orthant_many.c, orthant_all.c). */
#ifndef BNI_ORTHANT_LAW_H
#define BNI_ORTHANT_LAW_H

#include "num/orthant.h"

/* X_1 .. X_n standard normal with correlations r, bounds h. */
typedef struct bni_orthant_law {
    int n;
    double h[BNI_ORTHANT_MOST], r[BNI_ORTHANT_MOST][BNI_ORTHANT_MOST];
} bni_orthant_law;

/* The others given X_v = h_v and X_j = h_j, the correlations of v scaled by t: n - 2 variables. */
void bni_orthant_condition(bni_orthant_law *out, const bni_orthant_law *o, int v, int j, double t);
/* The others: n - 1 variables. */
void bni_orthant_without(bni_orthant_law *out, const bni_orthant_law *o, int v);
/* The squared multiple correlation of v with the others, by Cholesky; 1 when they are dependent to working precision. */
double bni_orthant_correlation(const bni_orthant_law *o, int v);

#endif
