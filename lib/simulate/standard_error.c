/*
 * Standard errors of time averages, from the means z_b of consecutive batches of several runs.
 * n Var(mean) = g_0 + 2 sum_k g_k, g_k the autocovariance of the batch means. Sums of two neighbours, G_m = g_2m + g_2m+1, are
 * positive and fall for a reversible chain, so they are added as long as they stand out of the noise that independent batches
 * would have, none above the one before (initial monotone sequence).   Source: [Ge92] sec. 3.3. Never less than g_0: batches that seem to alternate are taken as independent.
 */
#include "simulate/simulate.h"

#include <math.h>

/* g_lag: over pairs within a run, around the common mean. */
static double autocovariance(const double *z, size_t runs, size_t count, double mean, size_t lag)
{
    double sum = 0;
    for (size_t r = 0; r < runs; r++)
        for (size_t b = lag; b < count; b++)
            sum += (z[r * count + b] - mean) * (z[r * count + b - lag] - mean);
    return sum / (double)(runs * count);
}

double bni_standard_error(const double *z, size_t runs, size_t count, double *mean)
{
    double sum = 0, n = (double)(runs * count);
    for (size_t k = 0; k < runs * count; k++)
        sum += z[k];
    double m = sum / n, before = INFINITY, twice = 0;
    if (mean != NULL)
        *mean = m;
    double g0 = autocovariance(z, runs, count, m, 0);
    double noise = g0 * sqrt(2 / n); /* standard deviation of a G_m, m > 0 */
    for (size_t lag = 0; lag + 1 < count; lag += 2) {
        double pair = (lag == 0 ? g0 : autocovariance(z, runs, count, m, lag)) +
                      autocovariance(z, runs, count, m, lag + 1);
        if (!(pair > (lag == 0 ? 0 : noise)))
            break;
        before = fmin(pair, before);
        twice += 2 * before;
    }
    return sqrt(fmax(g0 * n / (n - 1), twice - g0) / n);
}
