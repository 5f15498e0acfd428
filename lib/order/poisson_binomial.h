/* Products of factors G + F z, entry by entry (poisson_binomial.c). */
#ifndef BNI_POISSON_BINOMIAL_H
#define BNI_POISSON_BINOMIAL_H

#include "order/order.h"

/* What may be dropped where absolute errors of 1e-300 do not matter (denormal numbers are slow). */
#define BNI_DROP_TINY 0x1p-1000

typedef struct bni_window {
    size_t lo, hi;       /* entries lo .. hi - 1 are kept, those around are 0 */
    double over;         /* what went beyond the last entry */
    double lost, lost_d; /* dropped at the ends */
    double sum_f, sum_p; /* given; kept at the end */
} bni_window;

/*
 * Entries 0 .. cap - 1 of the law of all n variables in w->p (and the derivative in w->d when f is given); what goes beyond
 * is added to v->over. drop: most that may be dropped altogether (0: nothing), as a part of 1 and of sum f.
 */
int32_t bni_order_multiply(bni_order_work *w, bni_window *v, size_t n, const double *F, const double *G,
                           const double *f, size_t cap, double drop);
/*
 * The roundings of a law of many like variables all go one way. Nearly all of what they do is to change its total, which is
 * known: the product of the F + G. So results are divided by the computed total and multiplied by the exact one.
 */
double bni_window_total(const bni_window *v);
/* prod (F + G), which is 1 but for roundings of the inputs. */
double bni_factors_total(size_t n, const double *F, const double *G);

#endif
