/*
 * Inside of law: the linear system behind responses and autocorrelation times.
 */
#ifndef BNI_LAW_POISSON_H
#define BNI_LAW_POISSON_H

#include "chain/chain.h"
#include "law/law.h"

/* chain and law are borrowed. BINNET_P_METHOD chooses as for stationary laws. */
typedef struct bni_poisson bni_poisson;
int32_t bni_poisson_new(binnet_ctx *ctx, bni_poisson **out, const binnet_chain *chain, const binnet_law *law);
void bni_poisson_free(bni_poisson *p);
double bni_poisson_bytes(const binnet_ctx *ctx, const binnet_chain *chain);
/* (I - P) g = b, E b = 0, where the law has weight; 0 elsewhere. error[s]: bound of what is wrong with g(s) but for a constant;
 * size >= |b| + what rounding may have done to b over 2^-53. All [2^n]. */
int32_t bni_poisson_solve(binnet_ctx *ctx, bni_poisson *p, double *g, double *error, const double *b,
                          const double *size);
bni_expectation *bni_poisson_expectation(const bni_poisson *p);
/* The law is stationary: |law P - law|_1 <= 1e-8, or BINNET_E_RANGE. */
int32_t bni_need_stationary(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *law);
double bni_need_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain);

#endif
