/*
 * Steps and stationary laws of noisy networks against the rates of this machine, in one run: OpenBLAS dgemm 3000 x 3000, a
 * memory triad, and the dense route in numpy (bench/numpy_dense.py, when /usr/bin/python3 has numpy). Medians of 5.
 * usage: bench_chain SOURCE_DIR [quick | weak N [INPUTS] | inner N [INPUTS]]
 */
#include "bench.h"
#include "meter.h"

#include <binnet/binnet.h>

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- the machine --- */

typedef struct square {
    int n;
    double *a, *b, *c;
} square;

static void dgemm(void *arg)
{
    square *s = arg;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, s->n, s->n, s->n, 1, s->a, s->n, s->b, s->n, 0, s->c, s->n);
}

static double dgemm_rate(int threads)
{
    square s = {.n = 3000};
    size_t size = (size_t)s.n * (size_t)s.n;
    s.a = malloc(3 * size * sizeof(double));
    if (s.a == NULL)
        exit(1);
    s.b = s.a + size;
    s.c = s.b + size;
    for (size_t k = 0; k < 2 * size; k++)
        s.a[k] = 1 / (double)(k % 1000 + 1);
    openblas_set_num_threads(threads);
    double seconds = bench_median(dgemm, &s);
    free(s.a);
    return 2 * pow(s.n, 3) / seconds;
}

static void triad(void *arg)
{
    double *x = arg, *y = x + (1 << 24);
    for (size_t k = 0; k < 1 << 24; k++)
        y[k] += x[k];
}

/* --- networks --- */

typedef struct problem {
    binnet_ctx *ctx;
    double J[1024], theta[32], scale[32];
    binnet_chain *chain;
    size_t states;
    double *x, *y;
} problem;

/* Weights uniform in -1..1 without self-connections, thresholds in 0..0.3, noise of scale 0.7. */
static problem make(size_t n, int32_t update, int32_t noise_kind, int threads)
{
    problem p = {.states = (size_t)1 << n};
    binnet_net *net;
    binnet_noise *noise;
    for (size_t k = 0; k < n * n; k++)
        p.J[k] = 2 * uniform() - 1;
    for (size_t i = 0; i < n; i++) {
        p.J[i * n + i] = 0;
        p.theta[i] = 0.3 * uniform();
        p.scale[i] = 0.7;
    }
    if (binnet_ctx_new_alloc(&p.ctx, count_alloc, count_realloc, count_free, NULL) != BINNET_OK)
        exit(1);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, threads), p.ctx);
    must(binnet_net_new(p.ctx, &net, n, p.J, NULL, p.theta, NULL), p.ctx);
    must(noise_kind == BINNET_NOISE_GAUSSIAN ? binnet_noise_new_gaussian(p.ctx, &noise, n, p.scale)
                                             : binnet_noise_new_logistic(p.ctx, &noise, n, p.scale),
         p.ctx);
    must(binnet_chain_new(p.ctx, &p.chain, net, noise, update), p.ctx);
    binnet_net_free(net);
    binnet_noise_free(noise);
    p.x = malloc(2 * p.states * sizeof *p.x);
    if (p.x == NULL)
        exit(1);
    p.y = p.x + p.states;
    for (size_t s = 0; s < p.states; s++)
        p.x[s] = 1 / (double)p.states;
    return p;
}

/* Two patterns stored in weights that are not quite symmetric, Gaussian noise of scale 0.8: a few deep wells. inputs: of a
 * neuron, the next ones round a ring, with weights as large together; n: all. */
static problem make_wells(size_t n, size_t inputs, int threads)
{
    double J[1024], drive[32], scale[32], pattern[2][32];
    problem p = {.states = (size_t)1 << n};
    binnet_net *net;
    binnet_noise *noise;
    for (size_t i = 0; i < n; i++)
        for (int m = 0; m < 2; m++)
            pattern[m][i] = uniform() < 0.5 ? -1 : 1;
    for (size_t i = 0; i < n; i++) {
        scale[i] = 0.8;
        drive[i] = 0.02 * uniform() - 0.01;
        for (size_t j = 0; j < n; j++) {
            double stored = pattern[0][i] * pattern[0][j] + pattern[1][i] * pattern[1][j];
            double weight = (0.5 * stored + 0.2 * uniform() - 0.1) *
                            (inputs < n ? (double)(n - 1) / (double)inputs : 1);
            J[i * n + j] = i == j || (j + n - i) % n > inputs ? 0 : weight;
            drive[i] -= J[i * n + j] / 2;
        }
    }
    if (binnet_ctx_new_alloc(&p.ctx, count_alloc, count_realloc, count_free, NULL) != BINNET_OK)
        exit(1);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, threads), p.ctx);
    must(binnet_net_new(p.ctx, &net, n, J, NULL, NULL, drive), p.ctx);
    must(binnet_noise_new_gaussian(p.ctx, &noise, n, scale), p.ctx);
    must(binnet_chain_new(p.ctx, &p.chain, net, noise, BINNET_UPDATE_SYNCHRONOUS), p.ctx);
    binnet_net_free(net);
    binnet_noise_free(noise);
    return p;
}

static void drop(problem *p)
{
    binnet_chain_free(p->chain);
    binnet_ctx_free(p->ctx);
    free(p->x);
}

static void step(void *arg)
{
    problem *p = arg;
    must(binnet_chain_apply(p->ctx, p->y, p->states, p->chain, p->x), p->ctx);
}

static void stationary(void *arg)
{
    problem *p = arg;
    binnet_law *law;
    must(binnet_chain_stationary(p->ctx, &law, p->chain), p->ctx);
    binnet_law_free(law);
}

/* --- the figures --- */

static void synchronous(size_t n, double rate, double goal)
{
    problem p = make(n, BINNET_UPDATE_SYNCHRONOUS, BINNET_NOISE_GAUSSIAN, 2);
    size_t before = present;
    peak = present;
    double seconds = bench_median(step, &p), flops = 2 * pow((double)p.states, 2) / seconds;
    printf(
        "synchronous step, N = %zu, Gaussian, 2 threads      %8.3f s   %6.1f GFLOP/s = %3.0f%% of dgemm (at least %.0f%%), "
        "extra memory %.1f MiB (below 64)\n",
        n, seconds, flops * 1e-9, 100 * flops / rate, goal, (double)(peak - before) / 1048576);
    drop(&p);
}

static double asynchronous(size_t n, int32_t noise, int threads, double memory_rate)
{
    problem p = make(n, BINNET_UPDATE_ASYNCHRONOUS, noise, threads);
    double seconds = bench_median(step, &p), each = seconds * 1e9 / (double)p.states / (double)n;
    printf(
        "asynchronous step, N = %zu, %-8s, %d thread%s    %8.3f s   %6.3f ns per state and neuron; one sweep over memory "
        "takes %.3f s\n",
        n, noise == BINNET_NOISE_GAUSSIAN ? "Gaussian" : "logistic", threads, threads > 1 ? "s" : " ", seconds, each,
        24 * (double)p.states / memory_rate);
    drop(&p);
    return each;
}

static void elimination(double rate)
{
    problem p = make(12, BINNET_UPDATE_SYNCHRONOUS, BINNET_NOISE_GAUSSIAN, 2);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_METHOD, BINNET_METHOD_GTH), p.ctx);
    double seconds = bench_median(stationary, &p), flops = 2 * pow(4096, 3) / 3 / seconds;
    printf(
        "GTH elimination, N = 12, 2 threads, with the matrix  %8.3f s   %6.1f GFLOP/s = %3.0f%% of dgemm (at least 50%%)\n",
        seconds, flops * 1e-9, 100 * flops / rate);
    drop(&p);
}

/* numpy_dense.py on the network of the problem: seconds, bytes. */
static int run_numpy(const problem *p, size_t n, const char *source, double *seconds, double *bytes)
{
    char name[] = "/tmp/bench_chain.XXXXXX", command[1024];
    int fd = mkstemp(name), read = 0;
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f == NULL)
        return 0;
    fprintf(f, "%zu\n", n);
    for (size_t k = 0; k < n * n; k++)
        fprintf(f, "%.17g\n", p->J[k]);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%.17g\n", p->theta[i]);
    fprintf(f, "%.17g\n", p->scale[0]);
    fclose(f);
    snprintf(command, sizeof command, "/usr/bin/python3 '%s/bench/numpy_dense.py' %s 2>&1", source, name);
    if ((f = popen(command, "r")) != NULL) {
        read = fscanf(f, "%lf %lf", seconds, bytes) == 2;
        pclose(f);
    }
    remove(name);
    return read;
}

/* The law of 12 neurons, by the library and by what one would write with numpy. */
static void against_numpy(const char *source)
{
    problem p = make(12, BINNET_UPDATE_SYNCHRONOUS, BINNET_NOISE_GAUSSIAN, 2);
    size_t before = present;
    peak = present;
    double ours = bench_median(stationary, &p), ours_bytes = (double)(peak - before), theirs, theirs_bytes;
    printf("stationary law, N = 12, synchronous, 2 threads       %8.3f s   %6.1f MiB\n", ours, ours_bytes / 1048576);
    if (!run_numpy(&p, 12, source, &theirs, &theirs_bytes))
        printf("  (no numpy here: apt-get install python3-numpy)\n");
    else
        printf(
            "  dense route in numpy, power iteration to 1e-13     %8.3f s   %6.1f MiB: %.0f times slower (at least 30), %.0f "
            "times the memory (at least 50)\n",
            theirs, theirs_bytes / 1048576, theirs / ours, theirs_bytes / ours_bytes);
    drop(&p);
}

/* Weak noise: with inner iterations, and, if asked, without them, in a byte less than these need. */
static void weak_noise(size_t n, size_t inputs, int compare)
{
    problem p = make_wells(n, inputs, 2);
    binnet_law *inner, *plain;
    uint64_t bytes;
    double wall[2], processor[2], most = 0;
    must(binnet_chain_stationary_estimate(p.ctx, NULL, &bytes, NULL, p.chain), p.ctx);
    double from = bench_now(), busy = (double)clock();
    must(binnet_chain_stationary(p.ctx, &inner, p.chain), p.ctx);
    wall[0] = bench_now() - from;
    processor[0] = ((double)clock() - busy) / CLOCKS_PER_SEC;
    printf(
        "weak noise, N = %zu, %zu inputs, synchronous, 2 threads: inner and outer iterations %.2f s (%.2f s of processor, "
        "%d passes, %.0f MiB); residual %.1g, imbalance %.1g, error of the basins' weights %.1g\n",
        n, inputs < n ? inputs : n - 1, wall[0], processor[0], (int)binnet_law_iterations(inner),
        (double)bytes / 1048576, binnet_law_residual(inner), binnet_law_residual_relative(inner),
        binnet_law_balance_error(inner));
    if (compare) {
        must(binnet_ctx_set_i64(p.ctx, BINNET_P_MEMORY_LIMIT, (int64_t)bytes - 1), p.ctx);
        from = bench_now();
        busy = (double)clock();
        must(binnet_chain_stationary(p.ctx, &plain, p.chain), p.ctx);
        wall[1] = bench_now() - from;
        processor[1] = ((double)clock() - busy) / CLOCKS_PER_SEC;
        for (size_t s = 0; s < p.states; s++)
            if (binnet_law_data(plain)[s] > 1e-280)
                most = fmax(most, fabs(binnet_law_data(inner)[s] / binnet_law_data(plain)[s] - 1));
        printf(
            "  plain ones %.2f s (%.2f s of processor, %d passes): %.2f times the time, %.2f of the processor's (at most "
            "0.33); the laws differ by %.1g at most, relative (at most 1e-10)\n",
            wall[1], processor[1], (int)binnet_law_iterations(plain), wall[0] / wall[1], processor[0] / processor[1],
            most);
        binnet_law_free(plain);
    }
    binnet_law_free(inner);
    drop(&p);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2) {
        fprintf(stderr, "usage: bench_chain SOURCE_DIR [quick | weak N [INPUTS] | inner N [INPUTS]]\n");
        return 2;
    }
    int quick = argc > 2 && strcmp(argv[2], "quick") == 0;
    int compare = argc > 2 && strcmp(argv[2], "weak") == 0;
    if (compare || (argc > 2 && strcmp(argv[2], "inner") == 0)) {
        weak_noise(argc > 3 ? (size_t)atoi(argv[3]) : 16, argc > 4 ? (size_t)atoi(argv[4]) : 32, compare);
        return 0;
    }
    double one = dgemm_rate(1), two = dgemm_rate(2);
    double *v = calloc((size_t)2 << 24, sizeof *v);
    if (v == NULL)
        return 1;
    double memory_rate = 3 * 8.0 * (1 << 24) / bench_median(triad, v);
    free(v);
    printf(
        "this machine: dgemm 3000 x 3000 %.1f / %.1f GFLOP/s on 1 / 2 threads; y += x at %.1f GB/s; kernels %s; %s\n",
        one * 1e-9, two * 1e-9, memory_rate * 1e-9, binnet_kernels(), binnet_blas());
    synchronous(16, two, 75);
    if (!quick)
        synchronous(18, two, 80);
    double logistic = asynchronous(24, BINNET_NOISE_LOGISTIC, 1, memory_rate);
    double gaussian = asynchronous(24, BINNET_NOISE_GAUSSIAN, 1, memory_rate);
    printf("  goals: logistic 0.5 ns; Gaussian within 3 times: %.2f times the logistic figure\n", gaussian / logistic);
    asynchronous(24, BINNET_NOISE_LOGISTIC, 2, memory_rate);
    asynchronous(20, BINNET_NOISE_LOGISTIC, 1, memory_rate);
    elimination(two);
    weak_noise(quick ? 13 : 16, 32, 1);
    against_numpy(argv[1]);
    return 0;
}
