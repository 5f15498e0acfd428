/*
 * Both tails of the noise laws for arrays of z: members cdf_gaussian, cdf_logistic and odds of bni_kernels.
 * p and q do not overlap each other; either may be z (or e) itself. s is 0 or at least 2^-800.
 * z finite or infinite, +0 and -0 alike; a NaN stays in its own element. The result for one z depends on z and s only,
 * never on its place in the array; p(z) = q(-z) and p(0) = q(0) = s/2 to the bit.
 */
#ifndef BNI_CDF_H
#define BNI_CDF_H

#include <stddef.h>

void bni_cdf_gaussian_reference(double *p, double *q, const double *z, size_t n, double s);
void bni_cdf_logistic_reference(double *p, double *q, const double *z, size_t n, double s);
void bni_odds_reference(double *p, double *q, const double *e, double f, size_t n, double s);

/* Only where the library is built with BNI_HAVE_AVX2 or BNI_HAVE_AVX512, only to be called on such a machine. */
void bni_cdf_gaussian_avx2(double *p, double *q, const double *z, size_t n, double s);
void bni_cdf_logistic_avx2(double *p, double *q, const double *z, size_t n, double s);
void bni_odds_avx2(double *p, double *q, const double *e, double f, size_t n, double s);
void bni_cdf_gaussian_avx512(double *p, double *q, const double *z, size_t n, double s);
void bni_cdf_logistic_avx512(double *p, double *q, const double *z, size_t n, double s);
void bni_odds_avx512(double *p, double *q, const double *e, double f, size_t n, double s);

#endif
