/*
 * What the map of a mean field makes of a box of means: bounds of F and of its slopes.
 */
#ifndef BNI_ENCLOSURE_H
#define BNI_ENCLOSURE_H

#include "approx/approx.h"
#include "num/interval.h"

/* The input mu of unit a over the box of means, which lies in 0..1. */
bni_interval bni_enclose_input(const binnet_mean_field *f, size_t a, const bni_interval *box);
/* Its F where mu is known to be so, and the variance of the input what the box makes of it. */
bni_interval bni_enclose_map(const binnet_mean_field *f, size_t a, bni_interval mu, const bni_interval *box);

/* F - by_input mu - by_variance v is in rest; bend: how much of that is the curve of F along mu. */
typedef struct bni_envelope {
    double by_input, by_variance, bend;
    bni_interval rest;
} bni_envelope;
bni_envelope bni_enclose_linear(const binnet_mean_field *f, size_t a, bni_interval mu, const bni_interval *box);

/* Its slopes, [n]: F(x) - F(y) is in slope (x - y) for x, y in the box. 0 where they have no bound. */
int bni_enclose_slopes(const binnet_mean_field *f, size_t a, bni_interval *slope, const bni_interval *box);

#endif
