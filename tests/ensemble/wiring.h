/* What the tests of random wiring share: ensembles of two populations, and laws by enumeration of connection patterns. */
#ifndef TEST_WIRING_H
#define TEST_WIRING_H

#include "support/support.h"

/* The law of c at x by going through all patterns of present connections: for each candidate whether it is active, its
 * probability and its weight, Gaussian of the given standard deviation (0: constant). At most 20 candidates. */
typedef struct candidate {
    int active;
    double p, mean, sd;
} candidate;

typedef struct oracle {
    double at_most, below, beyond, at_least, mean, square; /* E c, E c^2 */
} oracle;

/* normalise: BINNET_NORMALISE_INDEGREE or another, with M. Constants must be such that sums are exact. */
static inline oracle enumerate(const candidate *c, int n, double theta, int in_degree, double M, double x)
{
    oracle o = {0, 0, 0, 0, 0, 0};
    for (unsigned pattern = 0; pattern < 1u << n; pattern++) {
        double mass = 1, mean = 0, variance = 0;
        int present = 0;
        for (int j = 0; j < n; j++) {
            int on = pattern >> j & 1;
            mass *= on ? c[j].p : 1 - c[j].p;
            present += on;
            if (on && c[j].active) {
                mean += c[j].mean;
                variance += c[j].sd * c[j].sd;
            }
        }
        double m = !in_degree ? M : present > 0 ? present : 1, Y = m * (theta - x);
        double at_most = variance > 0 ? 0.5 * erfc((Y - mean) / sqrt(2 * variance)) : mean >= Y;
        double below = variance > 0 ? at_most : mean > Y;
        double beyond = variance > 0 ? 0.5 * erfc((mean - Y) / sqrt(2 * variance)) : mean < Y;
        o.at_most += mass * at_most;
        o.below += mass * below;
        o.beyond += mass * beyond;
        o.at_least += mass * (variance > 0 ? beyond : mean <= Y);
        o.mean += mass * (theta - mean / m);
        o.square += mass * ((theta - mean / m) * (theta - mean / m) + variance / (m * m));
    }
    return o;
}

#endif
