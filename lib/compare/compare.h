/*
 * A comparison of approximations, inside of the room: a client of what the rooms below offer to everybody, with a ctx of its own
 * for each call, so that each keeps its message and the caller's progress goes on.
 */
#ifndef BNI_COMPARE_H
#define BNI_COMPARE_H

#include "core/core.h"

#include "binnet/binnet.h"

enum { BNI_APPROXIMATIONS = 12, BNI_QUANTITIES = 3 };

struct binnet_comparison {
    bni_allocator mem;
    size_t n;
    int32_t update, reference;
    int uneven; /* asynchronous, of a chain that does not draw its neurons uniformly */
    int32_t status[BNI_APPROXIMATIONS], has[BNI_APPROXIMATIONS];
    double seconds[BNI_APPROXIMATIONS];
    char message[BNI_APPROXIMATIONS][BNI_MESSAGE_SIZE];
    /* [method][n], [method][n][n]; method BNI_APPROXIMATIONS: the standard errors */
    double *mean, *cov, *lagged;
};

/* Whose moments are compared: chain and law when they are given, else what the comparison's reference says, to a precision. */
typedef struct bni_referee {
    const binnet_chain *chain;
    const binnet_law *law;
    double precision;
} bni_referee;

/* Where the moments of a method are. */
static inline double *bni_compared_mean(const binnet_comparison *c, int32_t method)
{
    return c->mean + (size_t)method * c->n;
}
static inline double *bni_compared_cov(const binnet_comparison *c, int32_t method)
{
    return c->cov + (size_t)method * c->n * c->n;
}
static inline double *bni_compared_lagged(const binnet_comparison *c, int32_t method)
{
    return c->lagged + (size_t)method * c->n * c->n;
}

/* A ctx with the caller's parameters and hook, less `held` bytes; its work is what the caller's span is. */
typedef struct bni_inner {
    binnet_ctx *outer, *ctx;
} bni_inner;
int32_t bni_inner_open(binnet_ctx *outer, bni_inner *inner, double held);
void bni_inner_close(bni_inner *inner);

/* Write the moments of one method and return a code; the message is in the ctx given. (approximations.c, reference.c) */
int32_t bni_approximate(binnet_ctx *ctx, binnet_comparison *c, int32_t method, const binnet_net *net,
                        const binnet_noise *noise);
/* AUTO becomes one of the others; why: one line. */
int32_t bni_reference_choose(binnet_ctx *ctx, int32_t *reference, char why[BNI_MESSAGE_SIZE], const binnet_net *net,
                             const binnet_noise *noise, int32_t update);
int32_t bni_reference_law(binnet_ctx *ctx, binnet_comparison *c, const binnet_chain *chain, const binnet_law *law);
int32_t bni_reference_exact(binnet_ctx *ctx, binnet_comparison *c, const binnet_net *net, const binnet_noise *noise);
int32_t bni_reference_sampled(binnet_ctx *ctx, binnet_comparison *c, const binnet_net *net, const binnet_noise *noise,
                              double precision);

#endif
