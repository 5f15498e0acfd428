/*
 * Laws of sums of two numbers. Plain loops over vectors, compiled once for each instruction set; the file that includes this
 * defines BODY(name) and LANES. Terms are added in the same order by each.
 */
#include "kernels/parts.h"

#include <string.h>

typedef double lane __attribute__((vector_size(8 * LANES)));
enum { BLOCK = 4 * LANES };

static inline lane load(const double *p)
{
    lane v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Of fewer numbers than lanes; not by memcpy, which compilers make into one slow instruction here. */
static inline lane load_some(const double *p, size_t some)
{
    lane v = {0};
    for (size_t l = 0; l < LANES; l++)
        v[l] = l < some ? p[l] : 0;
    return v;
}

static inline void store_some(double *p, lane v, size_t some)
{
    for (size_t l = 0; l < LANES; l++)
        if (l < some)
            p[l] = v[l];
}

void BODY(bni_convolve)(double *f, const double *g, size_t n, const double *h, size_t m)
{
    for (size_t k = 0; k <= n + m; k += BLOCK) {
        lane sum[4] = {{0}};
        size_t first = k > m ? k - m : 0, last = k + BLOCK - 1 < n ? k + BLOCK - 1 : n;
        for (size_t i = first; i <= last; i++) {
            const double *at = h + (ptrdiff_t)k - (ptrdiff_t)i;
#pragma GCC unroll 4
            for (int b = 0; b < 4; b++)
                sum[b] += g[i] * load(at + b * LANES);
        }
        memcpy(f + k, sum, (n + m + 1 - k < BLOCK ? n + m + 1 - k : BLOCK) * sizeof *f);
    }
}

/* a product and the sum it goes to may be rounded once */
#if defined(__clang__)
#define FUSED
#else
#define FUSED __attribute__((optimize("fp-contract=fast")))
#endif

FUSED void BODY(bni_force)(double *f, size_t n, const double *shape, double power, double ratio, int down,
                           const double *c, size_t terms)
{
    const double *from = shape != NULL ? shape : f;
    double total = 0, at = 1;
    lane first, powers[4], sums = {0};
    for (int l = 0; l < LANES; l++) {
        first[l] = down ? (double)n - l : l;
        powers[0][l] = power * at;
        at *= ratio;
    }
    for (int b = 1; b < 4; b++)
        powers[b] = powers[b - 1] * at; /* ratio^LANES */
    at = at * at;
    at = at * at;
    for (size_t k = 0; k <= n; k += BLOCK) {
        lane x[4], s[4];
        for (int b = 0; b < 4; b++) {
            double ahead = (double)k + (double)(b * LANES);
            x[b] = first + (down ? -ahead : ahead) - (double)terms;
            s[b] = (lane){0} + c[terms];
        }
        for (size_t j = terms; j-- > 0;)
#pragma GCC unroll 4
            for (int b = 0; b < 4; b++) {
                x[b] += 1;
                s[b] = c[j] + x[b] * s[b];
            }
        for (int b = 0; b < 4 && k + (size_t)(b * LANES) <= n; b++) {
            size_t at_b = k + (size_t)(b * LANES), here = n + 1 - at_b;
            lane v = here >= LANES ? load(from + at_b) : load_some(from + at_b, here);
            if (shape != NULL)
                v *= powers[b];
            powers[b] *= at;
            v *= s[b];
            sums += v;
            if (here >= LANES)
                memcpy(f + at_b, &v, sizeof v);
            else
                store_some(f + at_b, v, here);
        }
    }
    for (int l = 0; l < LANES; l++)
        total += sums[l];
    double scale = 1 / total;
    for (size_t k = 0; k <= n; k++)
        f[k] *= scale;
}
