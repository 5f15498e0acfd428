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

/*
 * --- panels of 17 Chebyshev points, for laws that have jumps nowhere inside a panel ---
 *
 * How far the polynomial through the values is from the function shows in its last Chebyshev coefficients: a step or a kink,
 * however narrow, leaves all of them large, at any place, since the functions are cumulative. The error of a panel is that
 * figure, or what monotony leaves open where that is less; halving two rules until they agree would trust an accident.
 * Laws much narrower than a panel cost halvings, so callers cut at the scales they know.
 */
enum { BNI_STIELTJES_FINE = 16, BNI_LAST_COEFFICIENTS = 5 };

typedef struct bni_stieltjes_rule {
    double point[BNI_STIELTJES_FINE + 1];
    double fine[BNI_STIELTJES_FINE + 1]
               [BNI_STIELTJES_FINE + 1]; /* sum over j, k of g_j fine[j][k] F_k: integral of g dF */
    double mass[BNI_STIELTJES_FINE + 1], lever[BNI_STIELTJES_FINE + 1]; /* integrals of f and of s f over -1..1 */
    double last[BNI_LAST_COEFFICIENTS][BNI_STIELTJES_FINE + 1];         /* the last Chebyshev coefficients */
} bni_stieltjes_rule;
void bni_stieltjes_prepare(bni_stieltjes_rule *rule);
/* How far the polynomial through f[17] may be from the function; its value at t, -1 <= t <= 1. */
double bni_chebyshev_distance(const bni_stieltjes_rule *rule, const double *f);
double bni_chebyshev_at(const bni_stieltjes_rule *rule, const double *f, double t);

/* Values at n <= 15 points: F, not decreasing, its complement C (F + C is constant; each without cancellation), and g. */
typedef void (*bni_pair_fn)(void *arg, int n, const double *x, double *F, double *C, double *g);

/*
 * Integral of g dF over the open interval a < x < b, where F and g have no jump; neither is evaluated at a and b: the limits
 * of F, C and g there are given. Halved until the error of a panel is below relative times the whole, or least, or rounding,
 * or what noise of the values makes of it; *error is the sum of the errors, those of panels given up included, but not what
 * noise adds to the values. monotone: g is.
 */
double bni_stieltjes(const bni_stieltjes_rule *rule, bni_pair_fn f, void *arg, int monotone, double a, double b,
                     const double at_a[3], const double at_b[3], double relative, double least, double noise,
                     double *error);

/* Values of a tail at n <= 15 points, monotone and >= 0, and *noise, raised to a bound of their absolute errors. */
typedef void (*bni_tail_fn)(void *arg, int n, const double *x, double *f, double *noise);

/* Integrals of f and of |x - centre| f, summed over intervals; total has at least what is known of the whole. */
typedef struct bni_tail_sum {
    double centre, relative, grain; /* grain: x is known to that, beside its own rounding */
    double value[2], error[2], total[2];
} bni_tail_sum;

/* Adds those over a..b, on one side of the centre, f given at the ends (limits from inside) with their noise. */
void bni_tail_add(const bni_stieltjes_rule *rule, bni_tail_sum *sum, bni_tail_fn f, void *arg, double a, double b,
                  double at_a, double at_b, double noise);

#endif
