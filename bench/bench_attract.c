/*
 * Attractors with their basins at given stimuli: time and memory for each state, and the ratio to a numpy route
 * (bench/numpy_attractors.py, when /usr/bin/python3 has numpy). Medians of 5.
 * usage: bench_attract SOURCE_DIR [quick | large]
 */
#include "bench.h"
#include "meter.h"

#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WEAK, BALANCED, DECIMAL, ENSEMBLES };
static const char *const names[ENSEMBLES] = {"thresholds 0..0.3", "thresholds half the weights", "multiples of 0.1"};

typedef struct problem {
    binnet_ctx *ctx;
    binnet_net *net;
    size_t n;
    int asynchronous;
    uint64_t count;
    double J[1024], theta[32];
    uint32_t *map;
} problem;

/* Weights uniform in -1..1 without self-connections. */
static problem make(size_t n, int ensemble, int threads)
{
    problem p = {.n = n};
    random_state = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            double w = i == j ? 0 : 2 * uniform() - 1;
            p.J[i * n + j] = ensemble == DECIMAL ? floor(10 * w) / 10 : w;
            sum += p.J[i * n + j];
        }
        p.theta[i] = ensemble == BALANCED ? sum / 2 : ensemble == DECIMAL ? floor(4 * uniform()) / 10 : 0.3 * uniform();
    }
    if (binnet_ctx_new_alloc(&p.ctx, count_alloc, count_realloc, count_free, NULL) != BINNET_OK)
        exit(1);
    must(binnet_ctx_set_i64(p.ctx, BINNET_P_THREADS, threads), p.ctx);
    must(binnet_net_new(p.ctx, &p.net, n, p.J, NULL, p.theta, NULL), p.ctx);
    return p;
}

static void drop(problem *p)
{
    binnet_net_free(p->net);
    binnet_ctx_free(p->ctx);
}

static void find(void *arg)
{
    problem *p = arg;
    binnet_attractors *a;
    must(p->asynchronous ? binnet_attractors_new_asynchronous(p->ctx, &a, p->net)
                         : binnet_attractors_new(p->ctx, &a, p->net),
         p->ctx);
    p->count = binnet_attractors_count(a);
    binnet_attractors_free(a);
}

static void map(void *arg)
{
    problem *p = arg;
    must(binnet_net_successor_map(p->ctx, p->map, (size_t)1 << p->n, p->net), p->ctx);
}

static double run(problem *p, int once, double *bytes)
{
    size_t before = present;
    peak = present;
    double from = bench_now(), seconds;
    if (once) {
        find(p);
        seconds = bench_now() - from;
    } else {
        seconds = bench_median(find, p);
    }
    *bytes = (double)(peak - before);
    return seconds;
}

static void attractors(size_t n, int ensemble, int threads, int asynchronous, int once)
{
    problem p = make(n, ensemble, threads);
    p.asynchronous = asynchronous;
    double bytes, seconds = run(&p, once, &bytes), states = ldexp(1, (int)n);
    printf("%-12s N = %zu, %d thread%s, %-27s %8.3f s  %7.3f ns a state  %6.3f bytes a state  %llu attractors\n",
           asynchronous ? "asynchronous" : "synchronous", n, threads, threads > 1 ? "s" : " ", names[ensemble], seconds,
           seconds * 1e9 / states, bytes / states, (unsigned long long)p.count);
    drop(&p);
}

static void successors(size_t n, int threads)
{
    problem p = make(n, WEAK, threads);
    p.map = malloc(sizeof *p.map << n);
    if (p.map == NULL)
        exit(1);
    double seconds = bench_median(map, &p);
    printf("successor map N = %zu, %d thread%s %40.3f s  %7.4f ns per state and neuron\n", n, threads,
           threads > 1 ? "s" : " ", seconds, seconds * 1e9 / ldexp((double)n, (int)n));
    free(p.map);
    drop(&p);
}

static void against_numpy(const char *source)
{
    problem p = make(20, WEAK, 2);
    double bytes, seconds = run(&p, 0, &bytes);
    char file[] = "/tmp/bench_attract_XXXXXX", command[1024];
    int fd = mkstemp(file);
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (f == NULL || fwrite(p.J, sizeof(double), 400, f) != 400 || fwrite(p.theta, sizeof(double), 20, f) != 20 ||
        fclose(f) != 0)
        exit(1);
    snprintf(command, sizeof command, "/usr/bin/python3 '%s/bench/numpy_attractors.py' 20 %s 2>&1", source, file);
    f = popen(command, "r");
    double theirs, their_bytes, count;
    printf("attractors, N = 20, 2 threads      %8.4f s   %6.1f MiB\n", seconds, bytes / 1048576);
    if (f == NULL || fscanf(f, "%lf %lf %lf", &theirs, &their_bytes, &count) != 3)
        printf("  (no numpy here: apt-get install python3-numpy)\n");
    else
        printf("  numpy, basins only               %8.4f s   %6.1f MiB: %.0f times slower, %.0f times the memory; %s\n",
               theirs, their_bytes / 1048576, theirs / seconds, their_bytes / bytes,
               count == (double)p.count ? "the same attractors" : "OTHER ATTRACTORS");
    if (f != NULL)
        pclose(f);
    remove(file);
    drop(&p);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2) {
        fprintf(stderr, "usage: bench_attract SOURCE_DIR [quick | large]\n");
        return 2;
    }
    int quick = argc > 2 && strcmp(argv[2], "quick") == 0, large = argc > 2 && strcmp(argv[2], "large") == 0;
    size_t n = quick ? 20 : 26;
    printf("kernels %s; at N = 26 with 2 threads: below 6 s and 5 bytes a state\n", binnet_kernels());
    successors(quick ? 20 : 24, 1);
    for (int e = 0; e < ENSEMBLES; e++)
        for (int threads = 1; threads <= 2; threads++)
            attractors(n, e, threads, 0, 0);
    against_numpy(argv[1]);
    attractors(quick ? 18 : 24, WEAK, 1, 1, !quick);
    attractors(quick ? 18 : 24, BALANCED, 1, 1, !quick);
    if (large)
        attractors(30, WEAK, 2, 0, 1);
    return 0;
}
