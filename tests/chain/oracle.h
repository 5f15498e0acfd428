/* The slow, obvious way: transition matrices from the definition, stationary laws by plain elimination in long double. */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include "support/support.h"

enum { MOST = 10 };

typedef struct system {
    size_t n;
    double J[MOST * MOST], M[MOST], theta[MOST], I[MOST], scale[MOST], select[MOST], dof;
    int32_t tie, update, noise, order[MOST], block[MOST];
    int cdf_alone; /* of BINNET_NOISE_CUSTOM: no survival function is given */
    size_t n_blocks;
} system_t;

/* A random one: sparse or dense, self-connections or not, every kind of noise; zero scales when `frozen`. BINNET_NOISE_CUSTOM is a
 * law that is not symmetric: F(x) = 0.3 exp(1.3 x) below 0, 1 - 0.7 exp(-0.6 x) above. */
system_t random_system(dice *d, size_t n, int32_t update, int32_t noise, int frozen);
/* The library's chain for it. */
binnet_chain *system_chain(binnet_ctx *ctx, const system_t *s);
/* P[s*S + t] from the definition. */
void oracle_matrix(double *P, const system_t *s);
/* Plain Grassmann-Taksar-Heyman elimination. P is destroyed. */
void oracle_stationary(double *pi, long double *P, size_t S);
/* Recurrent classes by reachability, numbered by least member; -1: transient. Returns how many. */
size_t oracle_classes(int32_t *class_of, const double *P, size_t S);

#endif
