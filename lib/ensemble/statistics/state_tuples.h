/* Inside of the sums over tuples of states: what the sum (cycles.c) asks of one neuron (joint_currents*.c). */
#ifndef BNI_ENSEMBLE_STATISTICS_STATE_TUPLES_H
#define BNI_ENSEMBLE_STATISTICS_STATE_TUPLES_H

#include "ensemble/statistics/statistics.h"
#include "num/integrate.h"

/* Longest tuple. */
enum { BNI_MOST_TIMES = 8, BNI_MOST_PATTERNS = 1 << BNI_MOST_TIMES };

/* More than two states at once, weights that are neither Gaussian nor constant: most connections of a neuron with them. */
enum { BNI_MOST_TERMS = 3 };

/* Probabilities that were found, by numbers of present connections (joint_currents.c). */
typedef struct bni_joint_known bni_joint_known;

/*
 * T states A(0) .. A(T-1) at once: a neuron has the pattern s whose bit t is A_i(t); m[b * patterns + s] neurons of
 * population b have it. The joint law of the currents (c(A(0)), ..., c(A(T-1))) of one neuron depends on m only.
 */
typedef struct bni_joint {
    const binnet_ensemble *e;
    int times, patterns;
    int simple; /* all weights constant or Gaussian: a mixture of normal laws */
    /* the places b * patterns + s with neurons, rising, and their numbers; set by the caller */
    const size_t *filled;
    const int64_t *m;
    size_t fillings;
    double harmless;         /* an error of the next probability that does not matter; set by the caller */
    bni_stieltjes_rule rule; /* for the others */
    /* scratch: numbers of candidates and of present connections for each place that matters; at most n */
    size_t *place;
    int64_t *most, *present;
    double **pmf, *pmf_all;
    int64_t *numbers;            /* [n_pop] */
    double *ones, *zeros;        /* [n_pop][n_pop], [n_pop] */
    bni_joint_known *known;      /* or NULL */
    struct bni_joint_laws *laws; /* or NULL */
} bni_joint;

/* --- laws that are kept with a table of their cdf (joint_laws.c) --- */

typedef struct bni_joint_laws bni_joint_laws;
typedef struct bni_joint_law bni_joint_law;
/* Whether that is worth it: weights whose sums have no closed form. */
int bni_joint_keeps_laws(const binnet_ensemble *e);
double bni_joint_laws_bytes(const binnet_ensemble *e);
bni_joint_laws *bni_joint_laws_new(binnet_ctx *ctx);
void bni_joint_laws_free(binnet_ctx *ctx, bni_joint_laws *laws);
/* From here on those that were found before may be given up. */
void bni_joint_laws_next(bni_joint_laws *laws);
/* The law of c for these numbers of connections of the ensemble `given`; at most eight at a time. */
int32_t bni_joint_law_find(binnet_ctx *ctx, const bni_joint_law **out, const bni_joint *j, const binnet_ensemble *given,
                           size_t a, const int64_t *numbers);
/* The law itself, and its range (bni_joint_range). */
const binnet_current *bni_joint_law_current(const bni_joint_law *law, double *from, double *to);
/* Pr(c <= x), Pr(c > x) at count <= 15 points; *noise is raised to a bound of their errors. */
int32_t bni_joint_law_at(binnet_ctx *ctx, double *cdf, double *survival, double *noise, size_t count,
                         const bni_joint_law *law, const bni_stieltjes_rule *rule, const double *x);

int32_t bni_joint_new(binnet_ctx *ctx, bni_joint *j, const binnet_ensemble *e, int times);
void bni_joint_free(binnet_ctx *ctx, bni_joint *j);
double bni_joint_bytes(const binnet_ensemble *e, int times);
/* Whether the law is known for this ensemble and number of times, or a message. */
int32_t bni_joint_allowed(binnet_ctx *ctx, const binnet_ensemble *e, int times);

/* Pr that a neuron of population a with pattern s fires, at its stimulus, at the times of `target` and at no others; and a
 * bound of its error. */
int32_t bni_joint_probability(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target);

/* Connection candidates of a neuron of a with pattern s in the filled place k. */
int64_t bni_joint_candidates(const bni_joint *j, size_t a, int s, size_t k);
/* Whether the neuron fires at time t when its current is its stimulus. */
int bni_joint_fires_at_tie(const bni_joint *j, int s, int t);

/* --- given the numbers present[k] of connections from the places place[k], k < used --- */

/* M: the normalisation, that of the in-degree given the number present. */
double bni_joint_normalisation(const bni_joint *j, size_t a, size_t used);
/* Sign of S(t) - M (theta - I) of constant weights, exact. */
int bni_joint_exact_side(const bni_joint *j, size_t a, int t, size_t used, double M);
/* The probability; constant and Gaussian weights (joint_currents_normal.c), others (joint_currents_terms.c). */
int32_t bni_joint_normal(binnet_ctx *ctx, double *p, double *error, const bni_joint *j, size_t a, int s, int target,
                         size_t used);
int32_t bni_joint_terms(binnet_ctx *ctx, double *p, double *error, const bni_joint *j, size_t a, int s, int target,
                        size_t used);

/* --- other weights, one state (joint_currents_single.c) --- */

int32_t bni_joint_single(binnet_ctx *ctx, double *p, double *error, bni_joint *j, size_t a, int s, int target);
/* Where c is beyond with probability 1e-18 on each side. */
int32_t bni_joint_range(binnet_ctx *ctx, double *from, double *to, const binnet_current *c);

#endif
