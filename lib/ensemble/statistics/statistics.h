/*
 * What the statistics of random networks share: classes of states by occupation numbers, firing
 * probabilities under the tie rule.
 */
#ifndef BNI_ENSEMBLE_STATISTICS_H
#define BNI_ENSEMBLE_STATISTICS_H

#include "ensemble/ensemble.h"

#include "binnet/ensemble_stats.h"

/* Most neurons of an ensemble whose classes are summed: numbers of states stay within double. */
enum { BNI_MOST_SUMMED = 1000 };

/* --- classes of states: n = (n_1, ..., n_P), 0 <= n_a <= size_a, the last population fastest (classes.c) --- */

/* Their number as a double (it may be beyond any address). */
double bni_class_count(const binnet_ensemble *e);
/* To the class behind n[n_pop]; 0 behind the last one. */
int bni_class_next(const binnet_ensemble *e, int64_t *n);
/* log of the states in class n: sum of log binomial(size_a, n_a); `choose` from bni_log_choose. */
double bni_log_states(const binnet_ensemble *e, const double *const *choose, const int64_t *n);
/* log binomial(n, k), k = 0..n, for each population: one block, rows at row[a]; NULL: no memory. */
double *bni_log_choose(binnet_ctx *ctx, const double ***row, const binnet_ensemble *e);

/* Occupation numbers within 0..size, or a message. */
int32_t bni_need_active(binnet_ctx *ctx, const binnet_ensemble *e, const int64_t *active);
/* NULL, or inputs that are not independent: correlated reciprocal weights, or connections present in pairs. */
int32_t bni_need_ensemble(binnet_ctx *ctx, const binnet_ensemble *e);
/* axis[n_pop] in -1..n_axes - 1, or NULL: the axes are the populations. */
int32_t bni_need_axis(binnet_ctx *ctx, const binnet_ensemble *e, size_t n_axes, const int32_t *axis);

/* The law of the current of an active (own = 1) or inactive neuron of population a in class n. */
int32_t bni_class_current(binnet_ctx *ctx, binnet_current **out, const binnet_ensemble *e, size_t a, const int64_t *n,
                          int own);

/* Pr(c <= x), Pr(c < x), Pr(c > x), Pr(c >= x) at count <= BNI_POINTS points, within a call that has begun, and bounds of their
 * absolute errors beyond rounding; any may be NULL. */
enum { BNI_POINTS = 15 };
int32_t bni_current_at(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least, double *error,
                       size_t count, const binnet_current *c, const double *x);

/*
 * The rule for every result of this part that comes with a bound of its error: one above 1e-6, or BINNET_P_TOLERANCE where that
 * is greater, of `size` is no result. `what` for the message.
 */
int32_t bni_need_bound(binnet_ctx *ctx, double value, double error, double size, const char *what);

/* log Pr that a neuron stays as it is, active (own = 1) or inactive, at stimulus x, under the tie rule; and by how much an
 * error of the law may raise it, or NULL. */
int32_t bni_log_stays(binnet_ctx *ctx, double *log_p, double *off, const binnet_ensemble *e, const binnet_current *c,
                      int own, double x);

/* sum of non-negative terms, in blocks so that the error stays near 1e-15. */
enum { BNI_SUM_BLOCK = 512 };
typedef struct bni_sum {
    double total, block;
    int left;
} bni_sum;
void bni_sum_add(bni_sum *s, double x);
double bni_sum_value(const bni_sum *s);

#endif
