/*
 * The gamma law, and the quantile of the normal law.
 */
#ifndef BNI_GAMMA_H
#define BNI_GAMMA_H

/*
 * Of Gamma(shape, 1) at x: Pr(G < x), Pr(G > x), both with full relative accuracy (1e-13 for shapes from 1e-3 to 1e3,
 * then up to 1e-12), and the density. x finite or infinite; any output may be NULL.
 */
void bni_gamma_tails(double shape, double x, double *below, double *above, double *density);
/* exp(-x) x^a / Gamma(a + 1), a >= 0, x > 0: the Poisson mass at a of mean x. */
double bni_poisson(double a, double x);
/* log of n over k, 0 <= k <= n whole numbers; relative error some 1e-15. */
double bni_log_binomial(double n, double k);
/* The z with Pr(Z > z) = u, 0 < u <= 1/2; relative error some 1e-15. */
double bni_gaussian_upper(double u);

#endif
