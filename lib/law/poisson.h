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
/* At most, of a chain of n of its neurons. */
double bni_poisson_part_bytes(const binnet_ctx *ctx, const binnet_chain *chain, size_t n);
/* (I - P) g = b, E b = 0, where the law has weight; 0 elsewhere. error[s]: bound of what is wrong with g(s) but for a constant;
 * size >= |b| + what rounding may have done to b over 2^-53. All [2^n]. */
int32_t bni_poisson_solve(binnet_ctx *ctx, bni_poisson *p, double *g, double *error, const double *b,
                          const double *size);
/* The next answers are good enough when the Euclidean norm of the residual is so small; 0: when it is small everywhere. */
void bni_poisson_aim(bni_poisson *p, double residual);
/* Euclidean norm of the error of the last answer, but for a constant: an estimate; infinite when there is none. */
double bni_poisson_error_norm(const bni_poisson *p);
bni_expectation *bni_poisson_expectation(const bni_poisson *p);
/* The law is stationary: |law P - law|_1 <= 1e-8, or BINNET_E_RANGE. */
int32_t bni_need_stationary(binnet_ctx *ctx, const binnet_chain *chain, const binnet_law *law);
double bni_need_stationary_bytes(const binnet_ctx *ctx, const binnet_chain *chain);

/* x becomes (I - P)^-1 x less its constant part, in place, for neurons that do not hear each other, updated one at a time; sides: how
 * often each is silent and active. */
typedef struct bni_independent {
    size_t n;
    bni_sides sides;
    double *low, *high, *tiles;
} bni_independent;

size_t bni_independent_doubles(size_t n, int workers);
void bni_independent_open(bni_independent *f, double *memory, size_t n, const double *select, const bni_sides *sides);
int32_t bni_independent_solve(binnet_ctx *ctx, const bni_independent *f, bni_team *team, double *x);

#endif
