/*
 * What the map of a mean field makes of a box of means: bounds of F and of its slopes.
 */
#ifndef BNI_ENCLOSURE_H
#define BNI_ENCLOSURE_H

#include "approx/approx.h"
#include "num/interval.h"

/* F of unit a over the box of means, which lies in 0..1. */
bni_interval bni_enclose_map(const binnet_mean_field *f, size_t a, const bni_interval *box);
/* Its slopes, [n]: F(x) - F(y) is in slope (x - y) for x, y in the box. 0 where they have no bound. */
int bni_enclose_slopes(const binnet_mean_field *f, size_t a, bni_interval *slope, const bni_interval *box);

#endif
