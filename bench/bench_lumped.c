/*
 * Chains of occupation numbers: a synchronous step against a plain dgemm of its flops in the same run, and stationary laws against
 * independent populations in closed form. usage: bench_lumped [quick | steps]
 */
#include "bench.h"

#include <binnet/binnet.h>

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* openblas's own */
void openblas_set_num_threads(int threads);

typedef struct problem {
    binnet_ctx *ctx;
    binnet_chain *chain;
    binnet_law *from;
    double *a, *b, *c;
    int rows, columns, states;
} problem;

static void give_up(binnet_ctx *ctx)
{
    fprintf(stderr, "bench_lumped: %s\n", binnet_ctx_message(ctx));
    exit(1);
}

static binnet_chain *make_chain(binnet_ctx *ctx, size_t n_pop, const int64_t *size, const double *J,
                                const double *stimulus, int32_t self, int32_t update)
{
    int64_t n = 0;
    for (size_t a = 0; a < n_pop; a++)
        n += size[a];
    double *scale = malloc((size_t)n * sizeof *scale);
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    binnet_chain *chain = NULL;
    for (int64_t i = 0; scale != NULL && i < n; i++)
        scale[i] = 1;
    if (scale == NULL || binnet_net_new_homogeneous(ctx, &net, n_pop, size, J, NULL, NULL, stimulus, self) != 0 ||
        binnet_noise_new_logistic(ctx, &noise, (size_t)n, scale) != 0 ||
        binnet_chain_new_lumped(ctx, &chain, net, noise, update) != 0)
        give_up(ctx);
    free(scale);
    binnet_net_free(net);
    binnet_noise_free(noise);
    return chain;
}

/* Two populations; coupled unless J is NULL. */
static binnet_chain *make_pair(binnet_ctx *ctx, int64_t size, const double *J, const double *stimulus, int32_t self,
                               int32_t update)
{
    const int64_t sizes[2] = {size, size};
    const double none[4] = {0};
    return make_chain(ctx, 2, sizes, J != NULL ? J : none, stimulus, self, update);
}

static void multiply_plain(void *arg)
{
    problem *p = arg;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p->columns, p->rows, p->states, 1, p->a, p->columns, p->b,
                p->rows, 0, p->c, p->rows);
}

static void step_ten(void *arg)
{
    problem *p = arg;
    binnet_law *law;
    if (binnet_chain_evolve(p->ctx, &law, p->chain, p->from, 9) != 0) /* and one more for the residual */
        give_up(p->ctx);
    binnet_law_free(law);
}

static void step_once(void *arg)
{
    problem *p = arg;
    if (binnet_chain_apply(p->ctx, p->c, (size_t)p->states, p->chain, binnet_law_data(p->from)) != 0)
        give_up(p->ctx);
}

static double processor_seconds(void (*work)(void *), void *arg)
{
    double from = (double)clock();
    work(arg);
    return ((double)clock() - from) / CLOCKS_PER_SEC;
}

/* Until OpenBLAS's threads, which spin for a while, sleep: their time would count as the step's. */
static void rest(int threads)
{
    const struct timespec pause = {0, 200000000};
    if (threads > 1)
        nanosleep(&pause, NULL);
}

/* Medians of what steps take in a run and alone, each as a multiple of the dgemm just before it: others share the machine. */
static void compare_steps(double ratio[2], double *plain, problem *p, int threads)
{
    enum { PAIRS = 7 };
    double of[3][PAIRS];
    for (int k = 0; k < PAIRS; k++) {
        for (int alone = 0; alone < 2; alone++) {
            openblas_set_num_threads(threads);
            multiply_plain(
                p); /* a large release just before may cost the first reads of other pages too, in virtual machines */
            of[2][k] = processor_seconds(multiply_plain, p);
            openblas_set_num_threads(1);
            rest(threads);
            of[alone][k] = processor_seconds(alone ? step_once : step_ten, p) / (alone ? 1 : 10) / of[2][k];
        }
    }
    for (int m = 0; m < 3; m++)
        qsort(of[m], PAIRS, sizeof(double), bench_order);
    for (int alone = 0; alone < 2; alone++)
        ratio[alone] = of[alone][PAIRS / 2];
    *plain = of[2][PAIRS / 2];
}

static void bench_step(binnet_ctx *ctx, size_t n_pop, const int64_t *size, int threads)
{
    double J[9];
    const double strength[4] = {0.01, -0.02, 0.015, -0.01}, stimulus[3] = {0.3, -0.2, 0.1};
    problem p = {.ctx = ctx, .rows = (int)size[0] + 1, .columns = 1};
    for (size_t k = 0; k < n_pop * n_pop; k++)
        J[k] = strength[k % 4];
    for (size_t a = 1; a < n_pop; a++)
        p.columns *= (int)size[a] + 1;
    p.states = p.rows * p.columns;
    size_t S = (size_t)p.states, right = S * (size_t)p.rows, left = S * (size_t)p.columns;
    p.a = malloc((left + right + S) * sizeof *p.a);
    if (p.a == NULL)
        exit(1);
    p.b = p.a + left;
    p.c = p.b + right;
    for (size_t k = 0; k < left + right; k++)
        p.a[k] = 1 / (double)(k % 1000 + 1);
    for (size_t k = 0; k < S; k++)
        p.c[k] = 1 / (double)S;
    if (binnet_law_new_lumped(ctx, &p.from, n_pop, size, p.c, S) != 0)
        give_up(ctx);
    binnet_ctx_set_i64(ctx, BINNET_P_THREADS, threads);
    for (int self = 1; self >= 0; self--) {
        p.chain = make_chain(ctx, n_pop, size, J, stimulus, self, BINNET_UPDATE_SYNCHRONOUS);
        double ratio[2], plain;
        compare_steps(ratio, &plain, &p, threads);
        for (size_t a = 0; a < n_pop; a++)
            printf("%s%lld", a > 0 ? " + " : "", (long long)size[a]);
        printf(
            " synchronous, %s, %d thread%s: processor time of a step in a run of ten and alone, over that of a dgemm "
            "(%.4f s) in turn with it: %.2f and %.2f (at most 1.5)\n",
            self ? "self-connections" : "none", threads, threads > 1 ? "s" : "", plain, ratio[0], ratio[1]);
        fflush(stdout);
        binnet_chain_free(p.chain);
    }
    binnet_law_free(p.from);
    free(p.a);
}

/* Nobody drives anybody: binomials. */
static void bench_walk(binnet_ctx *ctx, int64_t size)
{
    const double stimulus[2] = {-0.8, 0.3};
    binnet_chain *chain = make_pair(ctx, size, NULL, stimulus, 1, BINNET_UPDATE_ASYNCHRONOUS);
    uint64_t bytes;
    double flops;
    binnet_law *law;
    binnet_chain_stationary_estimate(ctx, NULL, &bytes, &flops, chain);
    double from = bench_now();
    if (binnet_chain_stationary(ctx, &law, chain) != 0)
        give_up(ctx);
    double seconds = bench_now() - from, worst = 0, least = 1;
    const double *p = binnet_law_data(law);
    size_t L = (size_t)size + 1;
    long double *each = malloc(2 * L * sizeof *each);
    if (each == NULL)
        exit(1);
    for (int a = 0; a < 2; a++)
        for (size_t k = 0; k < L; k++) {
            long double up = -log1pl(expl(-(long double)stimulus[a])), down = -log1pl(expl((long double)stimulus[a]));
            each[(size_t)a * L + k] = lgammal((long double)size + 1) - lgammal((long double)k + 1) -
                                      lgammal((long double)(L - k)) + (long double)k * up +
                                      (long double)(L - 1 - k) * down;
        }
    size_t compared = 0;
    for (size_t i = 0; i < L; i++)
        for (size_t j = 0; j < L; j++) {
            double want = (double)expl(each[i] + each[L + j]);
            if (!(want > 1e-280))
                continue;
            compared++;
            least = want < least ? want : least;
            worst = fmax(worst, fabs(p[i + L * j] / want - 1));
        }
    printf(
        "2 x %lld asynchronous: stationary law in %.2f s (%.3g flops, %.0f MB said), worst relative error %.3g of %zu "
        "probabilities down to %.3g, told %.3g; residual %.3g\n",
        (long long)size, seconds, flops, (double)bytes / 1e6, worst, compared, least, binnet_law_balance_error(law),
        binnet_law_residual(law));
    free(each);
    binnet_law_free(law);
    binnet_chain_free(chain);
}

static void bench_iteration(binnet_ctx *ctx, int64_t size)
{
    const double J[4] = {0.01, -0.02, 0.015, -0.01}, stimulus[2] = {0.3, -0.2};
    binnet_chain *chain = make_pair(ctx, size, J, stimulus, 0, BINNET_UPDATE_SYNCHRONOUS);
    binnet_law *law;
    double from = bench_now();
    if (binnet_chain_stationary(ctx, &law, chain) != 0)
        give_up(ctx);
    printf("2 x %lld synchronous: stationary law in %.2f s, %llu steps, residual %.3g, told %.3g\n", (long long)size,
           bench_now() - from, (unsigned long long)binnet_law_iterations(law), binnet_law_residual(law),
           binnet_law_balance_error(law));
    binnet_law_free(law);
    binnet_chain_free(chain);
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0, steps = argc > 1 && strcmp(argv[1], "steps") == 0;
    binnet_ctx *ctx;
    if (binnet_ctx_new(&ctx) != 0)
        return 1;
    const int64_t sizes[][3] = {{60, 60}, {200, 200}, {100, 100}, {100, 300}, {40, 40, 40}};
    for (int threads = 1; threads <= 2; threads++)
        for (size_t k = quick ? 0 : 1; k < (quick ? 1 : sizeof sizes / sizeof *sizes); k++)
            bench_step(ctx, sizes[k][2] > 0 ? 3 : 2, sizes[k], threads);
    if (steps) {
        binnet_ctx_free(ctx);
        return 0;
    }
    bench_iteration(ctx, quick ? 40 : 100);
    bench_walk(ctx, quick ? 100 : 300);
    if (!quick)
        bench_walk(ctx, 1000);
    binnet_ctx_free(ctx);
    return 0;
}
