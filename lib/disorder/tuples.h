/* Inside of the sums over tuples of states: what the sum (ensemble_tuples.c) asks of one neuron (ensemble_joint.c). */
#ifndef BNI_TUPLES_H
#define BNI_TUPLES_H

#include "disorder/stats.h"
#include "num/integrate.h"

/* Longest tuple. */
enum { BNI_MOST_TIMES = 4, BNI_MOST_PATTERNS = 1 << BNI_MOST_TIMES };

/*
 * T states A(0) .. A(T-1) at once: a neuron has the pattern s whose bit t is A_i(t); m[b * patterns + s] neurons of
 * population b have it. The joint law of the currents (c(A(0)), ..., c(A(T-1))) of one neuron depends on m only.
 */
typedef struct bni_joint {
    const binnet_ensemble *e;
    int times, patterns;
    int simple;              /* all weights constant or Gaussian: a mixture of normal laws */
    const int64_t *m;
    bni_stieltjes_rule rule; /* for the others */
    /* scratch: numbers of candidates and of present connections for each (b, s) that matters */
    size_t *place;
    int64_t *most, *present;
    double **pmf, *pmf_all;
    size_t pmf_room;
} bni_joint;

int32_t bni_joint_new(binnet_ctx *ctx, bni_joint *j, const binnet_ensemble *e, int times);
void bni_joint_free(binnet_ctx *ctx, bni_joint *j);
double bni_joint_bytes(const binnet_ensemble *e, int times);
/* Whether the law is known for this ensemble and number of times, or a message. */
int32_t bni_joint_allowed(binnet_ctx *ctx, const binnet_ensemble *e, int times);

/* Pr that a neuron of population a with pattern s fires, at stimulus x, at the times of `target` and at no others. */
int32_t bni_joint_probability(binnet_ctx *ctx, double *p, bni_joint *j, size_t a, int s, int target, double x);

#endif
