/*
 * Orthant probabilities of normal laws in two and three dimensions, also where they are small.
 */
#ifndef BNI_ORTHANT_H
#define BNI_ORTHANT_H

/* Pr(X > h, Y > k), standard normal with correlation r in -1..1; h, k finite or infinite. Relative error 1e-11 (1e-10 for
 * |r| within 1e-6 of 1), down to 1e-290; absolute 1e-15. */
double bni_bivariate(double h, double k, double r);

/* Pr(X_1 > h[0], X_2 > h[1], X_3 > h[2]) with correlations r[0] = r_12, r[1] = r_13, r[2] = r_23, a positive
 * semidefinite matrix. Relative error 1e-9 (1e-10 above 1e-5). */
double bni_trivariate(const double h[3], const double r[3]);

#endif
