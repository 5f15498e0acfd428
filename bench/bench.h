/* Timing for the benchmarks: medians of several runs. */
#ifndef BENCH_H
#define BENCH_H

#include <stdlib.h>
#include <time.h>

enum { RUNS = 5 };

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int bench_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of RUNS calls after one that is not counted. */
static inline double bench_median(void (*work)(void *), void *arg)
{
    double seconds[RUNS];
    work(arg);
    for (int k = 0; k < RUNS; k++) {
        double from = bench_now();
        work(arg);
        seconds[k] = bench_now() - from;
    }
    qsort(seconds, RUNS, sizeof *seconds, bench_order);
    return seconds[RUNS / 2];
}

#endif
