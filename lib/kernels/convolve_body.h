/*
 * The law of a sum of two numbers. Plain loops over vectors, compiled once for each instruction set; the file that includes this
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
