/*
 * Orthant probabilities of normal laws: in two and three dimensions also where they are small; in up to eight.
 */
#ifndef BNI_ORTHANT_H
#define BNI_ORTHANT_H

/* Pr(X > h, Y > k), standard normal with correlation r in -1..1; h, k finite or infinite. Relative error 1e-11 (1e-10 for
 * |r| within 1e-6 of 1), down to 1e-290; absolute 1e-15. */
double bni_bivariate(double h, double k, double r);

/* The same to 1e-15 absolute. */
double bni_bivariate_quick(double h, double k, double r);

/* Pr(X_1 > h[0], X_2 > h[1], X_3 > h[2]) with correlations r[0] = r_12, r[1] = r_13, r[2] = r_23, a positive
 * semidefinite matrix. Relative error 1e-9 (1e-10 above 1e-5). */
double bni_trivariate(const double h[3], const double r[3]);

enum { BNI_ORTHANT_MOST = 8 };

/* Pr(X_i > h[i], i < n), 0 <= n <= BNI_ORTHANT_MOST, standard normal with the correlations r[n][n], positive definite; h finite or
 * infinite. Goal for the absolute error: tolerance >= 1e-16; *error is an estimate of what was reached. Nearly singular
 * matrices lose digits like 1e-16 times their condition number. */
double bni_orthant(int n, const double *h, const double *r, double tolerance, double *error);

/* n sums of independent normal variables: S_t = sum of the X_u with bit t of pattern[u] set, u < patterns, X_u of mean 0 and
 * variance[u] > 0. Pr(sign[t] S_t > h[t], t < n), sign 1 or -1. The sums may be dependent, also equal; each has a pattern. */
double bni_orthant_sums(int n, const int *sign, const double *h, int patterns, const unsigned *pattern,
                        const double *variance, double tolerance, double *error);

#endif
