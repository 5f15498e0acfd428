/*
 * Permanents against the machine's own rate of multiplications and additions (as wide as the kernels, measured in the same
 * run) and against a plain loop of Glynn's formula in double. Medians of 5, user time of this thread where one is used.
 * usage: bench_permanent [quick]
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* --- the machine: independent multiplications and additions, one of each in a pair --- */

enum { CHAINS = 6, ROUNDS = 1 << 18 };

#if defined(__x86_64__)
typedef double wide8 __attribute__((vector_size(64)));
typedef double wide4 __attribute__((vector_size(32)));

#define RATE(name, type, isa)                                                                                          \
    __attribute__((target(isa))) static double name(void)                                                              \
    {                                                                                                                  \
        type x[CHAINS], y[CHAINS];                                                                                     \
        type one = {0}, none = {0};                                                                                    \
        one += 0x1.0000001p0;                                                                                          \
        for (int k = 0; k < CHAINS; k++) {                                                                             \
            x[k] = one + k;                                                                                            \
            y[k] = none + k;                                                                                           \
        }                                                                                                              \
        for (int r = 0; r < ROUNDS; r++)                                                                               \
            for (int k = 0; k < CHAINS; k++) {                                                                         \
                x[k] *= one;                                                                                           \
                y[k] += one;                                                                                           \
            }                                                                                                          \
        double sum = 0;                                                                                                \
        for (int k = 0; k < CHAINS; k++)                                                                               \
            sum += x[k][0] + y[k][0];                                                                                  \
        return sum;                                                                                                    \
    }
RATE(rate_8, wide8, "avx512f")
RATE(rate_4, wide4, "avx2")
#endif

static double rate_1(void)
{
    double x[CHAINS], y[CHAINS], sum = 0;
    for (int k = 0; k < CHAINS; k++)
        x[k] = 1 + (y[k] = k);
    for (int r = 0; r < ROUNDS; r++)
        for (int k = 0; k < CHAINS; k++) {
            x[k] *= 0x1.0000001p0;
            y[k] += 0x1.0000001p0;
        }
    for (int k = 0; k < CHAINS; k++)
        sum += x[k] + y[k];
    return sum;
}

static double sink; /* keeps results alive */

/* Median over RUNS of the processor time of this thread: the other core's work and other programs do not count. */
static double median_own(void (*work)(void *), void *arg)
{
    double seconds[RUNS];
    work(arg);
    for (int k = 0; k < RUNS; k++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        work(arg);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        seconds[k] = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    }
    qsort(seconds, RUNS, sizeof *seconds, bench_order);
    return seconds[RUNS / 2];
}

static void rate_work(void *arg)
{
    (void)arg;
#if defined(__x86_64__)
    if (strcmp(binnet_kernels(), "avx512") == 0)
        sink += rate_8();
    else if (strcmp(binnet_kernels(), "avx2") == 0)
        sink += rate_4();
    else
#endif
        sink += rate_1();
}

static double machine_rate(void)
{
    double lanes = strcmp(binnet_kernels(), "avx512") == 0 ? 8 : strcmp(binnet_kernels(), "avx2") == 0 ? 4 : 1;
    return 2.0 * CHAINS * ROUNDS * lanes / median_own(rate_work, NULL);
}

/* --- matrices --- */

typedef struct problem {
    binnet_ctx *ctx;
    size_t m, n;
    int32_t method, used;
    int repeat; /* calls */
    const double *a;
    const int64_t *multiplicity;
    double mantissa, bound;
    int64_t exponent;
} problem;

static void ours(void *arg)
{
    problem *p = arg;
    for (int k = 0; k < p->repeat; k++)
        must(binnet_permanent_scaled(p->ctx, &p->mantissa, &p->exponent, &p->bound, &p->used, p->m, p->n, p->a,
                                     p->method),
             p->ctx);
}

static void by_kinds(void *arg)
{
    problem *p = arg;
    must(binnet_permanent_repeated_scaled(p->ctx, &p->mantissa, &p->exponent, &p->bound, p->n, p->m, p->a,
                                          p->multiplicity),
         p->ctx);
}

/* The yardstick: Glynn's formula as one would write it, signs in Gray-code order. */
static double plain_glynn(size_t n, const double *a)
{
    double s[64], total = 0, sign = 1;
    char minus[64] = {0};
    for (size_t i = 0; i < n; i++) {
        s[i] = 0;
        for (size_t j = 0; j < n; j++)
            s[i] += a[i * n + j];
    }
    for (uint64_t q = 1;; q++) {
        double t = sign;
        for (size_t i = 0; i < n; i++)
            t *= s[i];
        total += t;
        if (q >> (n - 1))
            break;
        size_t j = 0;
        while ((q >> j & 1) == 0)
            j++;
        double step = minus[j] ? 2 : -2;
        minus[j] = !minus[j];
        sign = -sign;
        for (size_t i = 0; i < n; i++)
            s[i] += step * a[i * n + j];
    }
    return ldexp(total, 1 - (int)n);
}

static double plain_value;

static void plain(void *arg)
{
    problem *p = arg;
    plain_value = plain_glynn(p->n, p->a);
}

/* --- the figures --- */

static void fill(double *a, size_t count, int kind)
{
    for (size_t k = 0; k < count; k++)
        a[k] = kind == 0 ? uniform() : 2 * uniform() - 1;
}

static void dense(size_t n, int kind, double rate, int with_plain)
{
    static double a[64 * 64];
    problem p = {.m = n, .n = n, .method = BINNET_PERMANENT_GLYNN, .repeat = n < 14 ? 1000 : 1, .a = a};
    must(binnet_ctx_new(&p.ctx), p.ctx);
    fill(a, n * n, kind);
    double glynn = median_own(ours, &p) / p.repeat, value = p.mantissa, bound = p.bound;
    p.method = BINNET_PERMANENT_COMPENSATED;
    double pairs = median_own(ours, &p) / p.repeat, flops = 2 * (double)n * ldexp(1, (int)n - 1);
    double error = fabs(value - p.mantissa) / fabs(p.mantissa);
    printf(
        "n = %2zu %s  double %10.3g s, %3.0f%% of the machine's rate, relative error %.1e, bound %.1e; compensated %10.3g s = "
        "%.2f times, bound %.1e",
        n, kind == 0 ? "uniform 0..1 " : "uniform -1..1", glynn, 100 * flops / glynn / rate, error, bound / fabs(value),
        pairs, pairs / glynn, p.bound / fabs(p.mantissa));
    if (with_plain) {
        double theirs = median_own(plain, &p);
        printf("; plain loop %.3g s = %.1f times, error %.1e", theirs, theirs / glynn,
               fabs(plain_value / ldexp(p.mantissa, (int)p.exponent) - 1));
    }
    printf("\n");
    binnet_ctx_free(p.ctx);
}

static void threads(size_t n)
{
    static double a[64 * 64];
    problem p = {.m = n, .n = n, .method = BINNET_PERMANENT_GLYNN, .repeat = 1, .a = a};
    must(binnet_ctx_new(&p.ctx), p.ctx);
    fill(a, n * n, 0);
    double one = bench_median(ours, &p);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, 2), p.ctx);
    double two = bench_median(ours, &p);
    printf("n = %2zu two threads %.3g s, %.2f times faster than one\n", n, two, one / two);
    binnet_ctx_free(p.ctx);
}

static void kinds(size_t n)
{
    double *a = malloc(3 * n * sizeof *a);
    if (a == NULL)
        exit(1);
    int64_t multiplicity[3] = {(int64_t)n / 3, (int64_t)n / 3, (int64_t)(n - 2 * (n / 3))};
    problem p = {.m = 3, .n = n, .repeat = 1, .a = a, .multiplicity = multiplicity};
    must(binnet_ctx_new(&p.ctx), p.ctx);
    fill(a, 3 * n, 0);
    double seconds = median_own(by_kinds, &p);
    printf("n = %4zu, 3 distinct columns: %.3g s, %.6g * 2^%lld\n", n, seconds, p.mantissa, (long long)p.exponent);
    free(a);
    binnet_ctx_free(p.ctx);
}

static void subsets(size_t n)
{
    static double a[64 * 64];
    problem p = {.m = n, .n = n, .method = BINNET_PERMANENT_SUBSETS, .repeat = 1, .a = a};
    must(binnet_ctx_new(&p.ctx), p.ctx);
    fill(a, n * n, 0);
    double seconds = median_own(ours, &p);
    printf("n = %2zu by subsets, uniform 0..1: %.3g s, bound %.1e\n", n, seconds, p.bound / p.mantissa);
    binnet_ctx_free(p.ctx);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    double rate = machine_rate();
    printf("this machine: %.1f GFLOP/s of multiplications and additions, one thread; kernels %s\n", rate * 1e-9,
           binnet_kernels());
    static const size_t small[] = {8, 10, 12}, large[] = {16, 18, 20, 22, 24, 26, 28, 30};
    for (size_t k = 0; k < sizeof small / sizeof *small; k++)
        dense(small[k], 0, rate, 0);
    for (size_t k = 0; k < sizeof large / sizeof *large && large[k] <= (quick ? 24 : 30); k++)
        dense(large[k], 0, rate, large[k] <= 24 || large[k] == 28);
    for (size_t n = 16; n <= 24; n += 4)
        dense(n, 1, rate, 0);
    threads(quick ? 24 : 28);
    subsets(20);
    kinds(200);
    kinds(2000 / (quick ? 4 : 1));
    return sink == 0;
}
