/*
 * The standard laws of one noise variable: F(x), 1 - F(x) and the density, each without cancellation.
 * Any output may be NULL; x finite, infinite or NaN (which gives NaN).
 */
#ifndef BNI_SPECIAL_H
#define BNI_SPECIAL_H

#include <stdint.h>

void bni_gaussian(double x, double *cdf, double *sf, double *pdf);
void bni_logistic(double x, double *cdf, double *sf, double *pdf);
/* On (-1, 1). */
void bni_uniform(double x, double *cdf, double *sf, double *pdf);
void bni_laplace(double x, double *cdf, double *sf, double *pdf);
/* dof in 0.05 .. 1e6. */
void bni_student_t(double x, double dof, double *cdf, double *sf, double *pdf);

/* n over k: 0 unless 0 <= k <= n, infinite beyond the range of double; exact below 2^53. */
double bni_choose(int64_t n, int64_t k);

#endif
