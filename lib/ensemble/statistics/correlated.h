/*
 * Inside of ensembles with correlated reciprocal weights: the probability that all active neurons of some populations fire,
 *     E_u prod_a Phi((shift_a + u_a) / deviation_a)^count_a,   u ~ N(0, R), R not necessarily positive.
 */
#ifndef BNI_ENSEMBLE_STATISTICS_CORRELATED_H
#define BNI_ENSEMBLE_STATISTICS_CORRELATED_H

#include "ensemble/statistics/statistics.h"

#include <complex.h>

#undef I /* a name of the model */

/* Populations of one field: the most, and those of the plain sum. */
enum { BNI_FIELDS = 5, BNI_FIELDS_PLAIN = 2 };

typedef struct bni_field {
    int pops;
    double count[BNI_FIELDS], shift[BNI_FIELDS], deviation[BNI_FIELDS];
    double R[BNI_FIELDS][BNI_FIELDS];
} bni_field;

/* log Phi(z) of complex arguments (complex_normal_cdf.c). */
enum { BNI_PHI_TERMS = 64 };
typedef struct bni_phi {
    double L, a[BNI_PHI_TERMS];
} bni_phi;
void bni_phi_prepare(bni_phi *f);
double complex bni_log_phi(const bni_phi *f, double complex z);

/* One or two populations (correlated_trapezoidal.c); any number, by Fourier integrals (correlated_fourier.c). */
int32_t bni_field_plain(binnet_ctx *ctx, double *p, double *error, const bni_field *f, const bni_phi *phi);
int32_t bni_field_fourier(binnet_ctx *ctx, double *p, double *error, const bni_field *f, const bni_phi *phi);

/* Connections present at random (correlated_sparse.c): most neurons of the ensemble when the two of a pair are present together, or
 * independently. All active neurons of class n fire. */
enum { BNI_SPARSE_SAME = 5, BNI_SPARSE_INDEPENDENT = 4 };
int32_t bni_correlated_sparse(binnet_ctx *ctx, double *p, double *error, const binnet_ensemble *e, const double *rho,
                              const int64_t *n);

#endif
