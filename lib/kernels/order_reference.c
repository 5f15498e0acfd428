/*
 * Laws of counts, portable: the inner loops of order statistics.
 * mix_down is one step of a dynamic programme over counts; count_lanes is the whole programme for BNI_LANES points at once.
 * All terms are non-negative where the caller's are.   Source: THEORY 7.
 */
#include "kernels/parts.h"

#include <math.h>
#include <string.h>

void bni_mix_down_reference(double *y, size_t n, const double *const *x, const double *c, size_t count)
{
    for (size_t k = n; k-- > 0;) {
        double sum = c[0] * x[0][k];
        for (size_t j = 1; j < count; j++)
            sum += c[j] * x[j][k];
        y[k] = sum;
    }
}

/* F and G of one trial at one point; 0 when they are no probabilities. */
static int trial(double *f, double *g, const double *F, const double *G, size_t at, double slack)
{
    *f = F != NULL ? F[at] : 1 - G[at];
    *g = G != NULL ? G[at] : 1 - *f;
    return *f >= 0 && *g >= 0 && *f <= 1 && *g <= 1 && fabs(*f + *g - 1) <= slack;
}

int bni_count_lanes_reference(double *low, double *high, double *p, const double *F, const double *G, size_t ld,
                              size_t n, size_t m, double slack)
{
    enum { W = BNI_LANES };
    size_t hi = 1; /* entries that are not 0 */
    int good = 1;
    memset(p, 0, (m + 4) * W * sizeof *p);
    p += 2 * W; /* two rows of zeros in front */
    for (size_t v = 0; v < W; v++) {
        p[v] = 1;
        high[v] = low[v] = 0;
    }
    for (size_t i = 0; i < n; i += 2, hi = hi + 2 < m ? hi + 2 : m)
        for (size_t v = 0; v < W; v++) {
            double f, g, f2 = 0, g2 = 1;
            good &= trial(&f, &g, F, G, i * ld + v, slack);
            if (i + 1 < n)
                good &= trial(&f2, &g2, F, G, (i + 1) * ld + v, slack);
            double c0 = g * g2, c1 = f * g2 + g * f2, c2 = f * f2;
            for (size_t k = hi + 2; k-- > 0;) {
                double *at = p + k * W + v;
                at[0] = c0 * at[0] + c1 * at[-W] + c2 * at[-2 * W];
            }
            high[v] += p[m * W + v] + p[(m + 1) * W + v];
            p[m * W + v] = p[(m + 1) * W + v] = 0;
        }
    for (size_t k = 0; k < m; k++)
        for (size_t v = 0; v < W; v++)
            low[v] += p[k * W + v];
    return good;
}
