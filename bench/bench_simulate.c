/*
 * Large networks: ns a synapse of a synchronous step, against the rate of the machine's memory and scipy.sparse; of an asynchronous
 * one, a synapse of a neuron that flips.
 * usage: bench_simulate SOURCE_DIR [NEURONS [IN_DEGREE]]
 */
#include <binnet/binnet.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#include <pthread.h>

enum { STREAM = 1 << 26, THREADS = 2 }; /* bytes that a thread reads: more than any cache */

typedef struct reader {
    const uint64_t *from;
    uint64_t sum;
} reader;

static void *read_all(void *p)
{
    reader *r = p;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (size_t k = 0; k < STREAM / 8; k += 4) {
        a += r->from[k];
        b += r->from[k + 1];
        c += r->from[k + 2];
        d += r->from[k + 3];
    }
    r->sum = a + b + c + d;
    return NULL;
}

/* Bytes a second that two threads read, the best of five. */
static double memory_rate(void)
{
    reader r[THREADS];
    double best = 0;
    for (int t = 0; t < THREADS; t++) {
        uint64_t *v = malloc(STREAM);
        memset(v, t + 1, STREAM);
        r[t].from = v;
    }
    for (int k = 0; k < RUNS; k++) {
        pthread_t other;
        double from = bench_now();
        pthread_create(&other, NULL, read_all, &r[1]);
        read_all(&r[0]);
        pthread_join(other, NULL);
        double rate = (double)THREADS * STREAM / (bench_now() - from);
        best = rate > best ? rate : best;
    }
    for (int t = 0; t < THREADS; t++)
        free((void *)(uintptr_t)r[t].from);
    return best;
}

static void check(binnet_ctx *ctx, int32_t status)
{
    if (status != BINNET_OK) {
        printf("failed: %d %s\n", (int)status, binnet_ctx_message(ctx));
        exit(1);
    }
}

typedef struct figures {
    double seconds, processor, mean, events, steps;
} figures;

/* A balanced network: share `active` of the neurons fires. */
static void simulate(figures *f, int32_t update, int64_t n, int64_t degree, int threads, uint64_t samples,
                     double interval, double active)
{
    binnet_ctx *ctx;
    binnet_noise *noise;
    binnet_sim *sim;
    binnet_run *run = NULL;
    check(NULL, binnet_ctx_new(&ctx));
    binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads);
    double sigma = 1, J = -1 / (double)degree, z = -1.2816; /* Phi(z) = 0.1 */
    double theta = (active < 0.5 ? -z : 0) + J * (double)degree * active;
    check(ctx, binnet_noise_new_gaussian(ctx, &noise, 1, &sigma));
    double from = bench_now();
    check(ctx,
          binnet_sim_new_populations(ctx, &sim, 1, &n, &J, NULL, &degree, &theta, NULL, noise, 0, update, NULL, 0));
    double made = bench_now() - from, half[2], busy[2];
    for (int k = 0; k < 2; k++) { /* the difference of two lengths: without what both have */
        clock_t began = clock();
        from = bench_now();
        int32_t status = binnet_sim_run(ctx, &run, sim, 0, NULL, 0, NULL, interval, 0, samples * (uint64_t)(k + 1), 1);
        half[k] = bench_now() - from;
        busy[k] = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (status != BINNET_OK && status != BINNET_E_NOCONV)
            check(ctx, status);
        f->events = (double)binnet_run_synaptic_events(run) - (k ? f->events : 0);
        check(ctx, binnet_run_populations(ctx, &f->mean, NULL, NULL, NULL, 1, run));
        binnet_run_free(run);
    }
    f->seconds = half[1] - half[0];
    f->processor = busy[1] - busy[0];
    f->steps = (double)samples * interval;
    if (update == BINNET_UPDATE_SYNCHRONOUS)
        printf("%llu synapses drawn in %.3g s\n", (unsigned long long)binnet_sim_synapses(sim), made);
    binnet_sim_free(sim);
    binnet_noise_free(noise);
    binnet_ctx_free(ctx);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 2 ? atoll(argv[2]) : 100000, degree = argc > 3 ? atoll(argv[3]) : 1000;
    double synapses = (double)n * (double)degree;
    for (int half = 0; half < 2; half++) {
        double active = half ? 0.5 : 0.1, rate = memory_rate();
        figures s, a;
        simulate(&s, BINNET_UPDATE_SYNCHRONOUS, n, degree, THREADS, 64, 1, active);
        double step = s.seconds / s.steps, each = step / synapses;
        printf("%lld neurons, in-degree %lld, %.2f active, %d threads, %s kernels\n", (long long)n, (long long)degree,
               s.mean, THREADS, binnet_kernels());
        printf(
            "synchronous    %.3g ms a step, %.3g ns a synapse (%.3g of those gone through), 8 bytes each: %.3g GB/s; "
            "memory %.3g GB/s: %.0f %%\n",
            1e3 * step, 1e9 * each, 1e9 * s.seconds / s.events, 8e-9 / each, 1e-9 * rate, 100 * 8 / each / rate);
        simulate(&a, BINNET_UPDATE_ASYNCHRONOUS, n, degree, 1, 64, (double)n / 8, active);
        printf("asynchronous   %.3g us a step, %.3g ns for each of %.3g synaptic events\n", 1e6 * a.seconds / a.steps,
               1e9 * a.seconds / a.events, a.events);
        printf("processor time %.3g ms a synchronous step, %.3g ns a synapse gone through; asynchronous %.3g ns\n",
               1e3 * s.processor / s.steps, 1e9 * s.processor / s.events, 1e9 * a.processor / a.events);
        printf(
            "an asynchronous synaptic event takes %.2f times as long as a synapse of a synchronous step, %.2f times by processor time "
            "one gone through\n",
            a.seconds / a.events / each, a.processor / a.events / (s.processor / s.events));
        char command[1000];
        snprintf(command, sizeof command, "python3 %s/bench/scipy_step.py %lld %lld %g", argc > 1 ? argv[1] : ".",
                 (long long)n, (long long)degree, active);
        fflush(stdout);
        FILE *f = popen(command, "r");
        double scipy = 0, busy = 0;
        if (f != NULL && fscanf(f, "%lf %lf", &scipy, &busy) == 2)
            printf("scipy.sparse   %.3g ms a product, %.3g ms of processor time: %.1f times as long as a step, %.1f by "
                   "processor time over two threads\n",
                   1e3 * scipy, 1e3 * busy, scipy / step, busy / (s.processor / s.steps / THREADS));
        else
            printf("scipy.sparse   not there\n");
        if (f != NULL)
            pclose(f);
    }
    return 0;
}
