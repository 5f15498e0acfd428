/*
 * Orthant probabilities of normal laws: in two and three dimensions also where they are small; in up to eight.
 */
#ifndef BNI_ORTHANT_H
#define BNI_ORTHANT_H

#include "core/core.h"

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

/* --- all orthants at once, by integrals (orthant_all.c) --- */

/* p[m] = Pr(X_i > h_i for the bits i of m, X_i < h_i for the others), m < 2^n, n <= BNI_ORTHANT_MOST, correlations r[n][n], positive
 * definite; *error: an estimate of the greatest error of one, towards `tolerance`. BINNET_E_NOMEM, _INTERRUPTED. */
int32_t bni_all_orthants(binnet_ctx *ctx, double *p, double *error, int n, const double *h, const double *r,
                         double tolerance);
double bni_all_orthants_bytes(int n);

/* --- all orthants at once, by a randomised lattice (orthant_lattice.c) --- */

enum { BNI_LATTICE_MOST = 12, BNI_LATTICE_SHIFTS = 12 };

/*
 * X = L z, z standard normal, X_k and row k of L, [rank] entries of n, being those of variable order[k]; L[k][j] = 0 for j > k.
 * p[m] = Pr(X_i >= -h_i for the bits i of m, X_i < -h_i for the others), m < 2^n; error[m]: an estimate, seldom too small.
 * Until the errors add up to `goal`, or `most` points were taken of each of BNI_LATTICE_SHIFTS shifts; *points: how many in all.
 * key: of the shifts. BINNET_E_NOMEM, _INTERRUPTED.
 */
typedef struct bni_lattice {
    int n, rank;
    double L[BNI_LATTICE_MOST][BNI_LATTICE_MOST];
    int order[BNI_LATTICE_MOST];
} bni_lattice;
/* From the correlations r[n][n], positive semidefinite, by pivots; r is destroyed. */
int32_t bni_lattice_prepare(binnet_ctx *ctx, bni_lattice *lattice, int n, double *r);
double bni_lattice_bytes(int n);
int32_t bni_lattice_orthants(binnet_ctx *ctx, double *p, double *error, double *points, const bni_lattice *lattice,
                             const double *h, double goal, double most, const uint64_t key[2]);

#endif
