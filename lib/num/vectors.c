/*
 * Sums and sizes of long vectors.
 */
#include "num/vectors.h"

#include <math.h>

double bni_dot(const double *x, const double *y, size_t n)
{
    enum { LANES = 8 };
    double lane[LANES] = {0}, sum = 0;
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += x[k + l] * y[k + l];
    for (; k < n; k++)
        lane[k % LANES] += x[k] * y[k];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

double bni_largest_entry(const double *x, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fabs(x[k]) > most || isnan(x[k]) ? fabs(x[k]) : most;
    return most;
}
