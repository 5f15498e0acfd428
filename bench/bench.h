/* What the benchmarks share: clocks, medians of several runs, random numbers, the end at a failed call. */
#ifndef BENCH_H
#define BENCH_H

#include <binnet/binnet.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 5 };

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Processor time of all threads. */
static inline double bench_cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Uniform in 0..1, the same on every run. */
static uint64_t random_state = 88172645463325252u;

static inline double uniform(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (double)(random_state >> 11) * 0x1p-53;
}

static inline void must(int32_t status, const binnet_ctx *ctx)
{
    if (status == BINNET_OK)
        return;
    fprintf(stderr, "%s: %s\n", binnet_strerror(status), binnet_ctx_message(ctx));
    exit(1);
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
