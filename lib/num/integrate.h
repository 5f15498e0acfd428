/*
 * Integrals of one variable: of a density-like function, and of one monotone function against another (Stieltjes).
 */
#ifndef BNI_INTEGRATE_H
#define BNI_INTEGRATE_H

typedef double (*bni_real_fn)(void *arg, double x);

/*
 * Integral of f over a..b, finite, a <= b: bisection on Gauss-Kronrod rules of 7 and 15 points until the difference of the
 * two is below relative times the whole (as far as it is known) or below least, or is rounding. At most some thousand panels;
 * *error is the sum of the differences, those given up included.
 */
double bni_integrate(bni_real_fn f, void *arg, double a, double b, double relative, double least, double *error);

/* Values at n <= 15 points: F, not decreasing, its complement C (F + C is constant; each without cancellation), and g. */
typedef void (*bni_pair_fn)(void *arg, int n, const double *x, double *F, double *C, double *g);

/* sum over j, k of g_j fine[j][k] F_k is the integral of g dF over -1..1. */
enum { BNI_STIELTJES_FINE = 16 };
typedef struct bni_stieltjes_rule {
    double fine[BNI_STIELTJES_FINE + 1][BNI_STIELTJES_FINE + 1];
    double coarse[BNI_STIELTJES_FINE / 2 + 1][BNI_STIELTJES_FINE / 2 + 1], point[BNI_STIELTJES_FINE + 1];
} bni_stieltjes_rule;
void bni_stieltjes_prepare(bni_stieltjes_rule *rule);

/*
 * Integral of g dF over the open interval a < x < b, where F has no jump; F and g are not evaluated at a and b: the limits
 * of F, C and g there are given. Each panel: F at 17 Chebyshev points, differentiated as a polynomial, times g, by
 * Clenshaw-Curtis; the same with every second point for the error; halved until that is below relative times the whole or
 * below least. Where g is monotone every panel is kept within the bounds that g at its ends times dF give.
 */
double bni_stieltjes(const bni_stieltjes_rule *rule, bni_pair_fn f, void *arg, int monotone, double a, double b,
                     const double at_a[3], const double at_b[3], double relative, double least, double *error);

#endif
