/*
 * The parts of the order statistics, for this folder only.
 */
#ifndef BNI_ORDER_H
#define BNI_ORDER_H

#include "core/core.h"
#include "kernels/kernels.h"

#include "binnet/order.h"

/* m 2^e, m >= 0: numbers beyond the range of double. */
typedef struct bni_scaled {
    double m;
    int64_t e;
} bni_scaled;

double bni_scaled_value(bni_scaled s);
/* log(m 2^e), -INFINITY for 0. */
double bni_scaled_log(bni_scaled s);

/* Both tails of X_(r) at one point; the smaller one comes from a sum of its own. */
typedef struct bni_tails {
    bni_scaled cdf, survival;
} bni_tails;

/* Up to so many variables everything fits on the stack. */
enum { BNI_ORDER_SMALL = 256 };

/* Room for the law of a count of n trials. Not more than one thread at a time. */
typedef struct bni_order_work {
    const bni_order_kernels *kern;
    double *memory;
    size_t n;
    double *p, *d;      /* entries of the law and of its derivative */
    double *F, *G, *f;  /* tilted */
    binnet_ctx *ctx;    /* asked for interrupts; NULL in threads that are not the caller's */
    atomic_int *stop;   /* or NULL; set when one thread has been interrupted */
    int plain;          /* tails below 1e-280 need no digits, and may be 0 */
    double done, share; /* fraction of the span this law begins at, and takes */
} bni_order_work;

/* Doubles of room for n variables, with or without a density. */
size_t bni_order_room(size_t n, int density);
/* Lays the work out in memory[bni_order_room]. */
void bni_order_lay(bni_order_work *w, binnet_ctx *ctx, double *memory, size_t n, int density);

/* Interrupted? Asks when *work has reached 2^18 products, and sets it back. fraction: of the share. */
int32_t bni_order_ask(bni_order_work *w, size_t *work, double fraction);
/* Tails and density of X_(r), F, G, f as in binnet_order_pdf. BINNET_OK or BINNET_E_INTERRUPTED. */
int32_t bni_order_tails(bni_order_work *w, bni_tails *out, size_t n, const double *F, const double *G, size_t r);
int32_t bni_order_density(bni_order_work *w, bni_scaled *out, size_t n, const double *F, const double *G,
                          const double *f, size_t r);
/* w->p[k] = Pr(K = k), k = 0..n; and, when f is not NULL, w->d[k] = density of X_(k+1). */
int32_t bni_order_counts(bni_order_work *w, size_t n, const double *F, const double *G, const double *f);
/* cdf[r - 1] and survival[r - 1] of r = 1..n from w->p of bni_order_counts; each may be NULL. */
void bni_order_cumulate(const bni_order_work *w, double *cdf, double *survival, size_t n);
/* Multiplications of one law, about: what decides between ways and threads. */
double bni_order_cost(size_t n, size_t r);

/* Inputs of the public calls. G may be NULL. */
int32_t bni_order_check_rank(binnet_ctx *ctx, size_t r, size_t n);
int32_t bni_order_check_ranks(binnet_ctx *ctx, size_t n, size_t k, const size_t *r);
/* Joint cdf (f NULL) or density of checked inputs; held: bytes that the caller has already. */
int32_t bni_order_joint(binnet_ctx *ctx, double *out, size_t n, size_t k, const size_t *r, const double *cell,
                        const double *f, double held);

#endif
