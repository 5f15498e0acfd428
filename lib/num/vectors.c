/*
 * Sums and sizes of long vectors.
 */
#include "num/vectors.h"

#include "num/double_double.h"

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

double bni_sum(const double *x, size_t n)
{
    enum { BLOCK = 256, LANES = 8 };
    double pair[2] = {0};
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t count = n - from < BLOCK ? n - from : BLOCK, k = 0;
        double lane[LANES] = {0};
        for (; k + LANES <= count; k += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += x[from + k + l];
        for (; k < count; k++)
            lane[k % LANES] += x[from + k];
        bni_pair_add(pair, ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])));
    }
    return pair[0] + pair[1];
}

void bni_close_pairs(double *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] = x[2 * k] + x[2 * k + 1];
}

double bni_largest_entry(const double *x, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fabs(x[k]) > most || isnan(x[k]) ? fabs(x[k]) : most;
    return most;
}
