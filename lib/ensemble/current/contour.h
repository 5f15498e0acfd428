/* Sums of gamma variables of several scales (contour.c). */
#ifndef BNI_ENSEMBLE_CURRENT_CONTOUR_H
#define BNI_ENSEMBLE_CURRENT_CONTOUR_H

/* Shapes > 0 by signed scale; those of one scale are added up. */
enum { BNI_GAMMAS = 12 };
typedef struct bni_gammas {
    int count;
    double shape[BNI_GAMMAS], scale[BNI_GAMMAS];
} bni_gammas;
void bni_gammas_add(bni_gammas *g, double shape, double scale);

/* Pr(S > y), Pr(S < y), the density at y; NaN where the sum does not converge. */
void bni_contour_tails(const bni_gammas *g, double y, double *above, double *below, double *density);

#endif
