/*
 * Least squares of a Hessenberg matrix, column by column, by Givens rotations: the small problem of GMRES.
 * Source: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
 */
#ifndef BNI_ROTATIONS_H
#define BNI_ROTATIONS_H

#include <math.h>
#include <stddef.h>

enum { BNI_ROTATIONS_MOST = 32 };

/* H[k]: column k, made triangular; e: the right-hand side, |e[k]| after k columns being what is left of it, then the solution. */
typedef struct bni_rotations {
    double H[BNI_ROTATIONS_MOST][BNI_ROTATIONS_MOST + 1], c[BNI_ROTATIONS_MOST], s[BNI_ROTATIONS_MOST],
        e[BNI_ROTATIONS_MOST + 1];
} bni_rotations;

/* Column k, whose entries up to H[k][k] are set and whose entry below is `next`; taken when its part that is new is above `least`,
 * else 0 is given back and nothing is changed that counts. */
static inline int bni_rotations_take(bni_rotations *r, size_t k, double next, double least)
{
    double *h = r->H[k];
    for (size_t j = 0; j < k; j++) {
        double a = h[j], b = h[j + 1];
        h[j] = r->c[j] * a + r->s[j] * b;
        h[j + 1] = r->c[j] * b - r->s[j] * a;
    }
    double size = hypot(h[k], next);
    if (!(size > least))
        return 0;
    r->c[k] = h[k] / size;
    r->s[k] = next / size;
    h[k] = size;
    r->e[k + 1] = -r->s[k] * r->e[k];
    r->e[k] *= r->c[k];
    return 1;
}

/* The first k columns: the coefficients of the directions, in e. */
static inline void bni_rotations_solve(bni_rotations *r, size_t k)
{
    for (size_t j = k; j-- > 0;) {
        for (size_t i = j + 1; i < k; i++)
            r->e[j] -= r->H[i][j] * r->e[i];
        r->e[j] /= r->H[j][j];
    }
}

#endif
