/* Inside of the bifurcation laws: the object, and the product laws of its bounds (bifurcation_points.c). */
#ifndef BNI_ENSEMBLE_STATISTICS_BIFURCATION_POINTS_H
#define BNI_ENSEMBLE_STATISTICS_BIFURCATION_POINTS_H

#include "ensemble/statistics/statistics.h"

/* Neurons with one law of their current: all active or all inactive ones of a population. */
typedef struct bni_kin {
    binnet_current *current;
    double neurons;
} bni_kin;

/* One bound of one axis: Lambda, the greatest current of active neurons, or Xi, the least of inactive ones. */
typedef struct bni_bound {
    size_t kins;
    bni_kin *kin;
    size_t atoms, cuts;
    double *atom; /* where the law may jump, rising */
    double *cut;  /* its scales (scales.c), rising */
} bni_bound;

struct binnet_bifurcation_law {
    bni_allocator mem;
    size_t n_axes;
    int32_t tie;
    double log_fixed,
        fixed_off; /* log Pr that the neurons off the axes stay as they are at their own stimuli; its error */
    bni_kin *kin;  /* room of all bounds */
    size_t kins;
    bni_bound *bound; /* [n_axes][2]: Lambda, Xi */
    int continuous;   /* some law has a continuous part */
    double held;      /* bytes of all that */
};

/* Of the bound at count <= 15 points x: Pr(<= x), Pr(< x), Pr(> x), Pr(>= x), and bounds of their absolute errors beyond
 * rounding; each may be NULL. */
int32_t bni_bound_at(binnet_ctx *ctx, double *cdf, double *below, double *survival, double *at_least, double *error,
                     size_t count, const bni_bound *bound, int xi, const double *x);
/* A point and a width to begin searches with. */
int32_t bni_bound_centre(binnet_ctx *ctx, double *centre, double *width, const bni_bound *bound);
/* Least x with Pr(bound <= x) >= u, 0 < u < 1. */
int32_t bni_bound_quantile(binnet_ctx *ctx, double *x, const bni_bound *bound, int xi, double u);
/* The next of its atoms and scales, from x on in one direction; infinite after the last. */
double bni_bound_next_cut(const bni_bound *bound, double x, int up);
/* The object, its arguments checked; beside_bytes: what the caller holds meanwhile. */
int32_t bni_bifurcation_law_make(binnet_ctx *ctx, binnet_bifurcation_law **out, const binnet_ensemble *e,
                                 const int64_t *active, size_t n_axes, const int32_t *axis, double beside_bytes);
/* The bound of an axis, its arguments checked. */
int32_t bni_bound_pick(binnet_ctx *ctx, const bni_bound **bound, const binnet_bifurcation_law *b, size_t axis,
                       int32_t which);

#endif
