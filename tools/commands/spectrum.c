/* binnet spectrum: eigenvalues of the noisy network's chain, relaxation times, metastable sets. */
#include "commands/commands.h"
#include "report/costs.h"
#include "report/result.h"
#include "report/spectrum.h"
#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int allocate(spectrum *s, failure *why)
{
    size_t n = s->m->net.n, m = s->sets;
    s->states = (size_t)binnet_chain_states(s->m->chain);
    s->value = calloc(s->count, sizeof *s->value);
    s->mean_re = calloc(2 * s->count * n, sizeof *s->mean_re);
    int ok = s->value != NULL && s->mean_re != NULL;
    if (ok)
        s->mean_im = s->mean_re + s->count * n;
    if (ok && m > 0) {
        s->set = calloc(s->states, sizeof *s->set);
        s->corner = calloc(2 * m, sizeof *s->corner);
        s->weight = calloc(m * m + 3 * m, sizeof *s->weight);
        ok = s->set != NULL && s->corner != NULL && s->weight != NULL;
    }
    if (ok && m > 0) {
        s->members = s->corner + m;
        s->coarse_re = s->weight + m;
        s->coarse_im = s->coarse_re + m;
        s->coarse = s->coarse_im + m;
    }
    return ok ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
}

/* 1 - lambda, and the times that follow where it is known better than from the value. */
static int32_t read_gap(const spectrum *s, size_t k, eigenvalue *v)
{
    v->gap = v->gap_bound = NAN;
    if (v->im != 0)
        return BINNET_OK;
    v->gap = 1 - v->re;
    v->gap_bound = v->bound;
    if (k == 0 || !(v->re > 0.9999))
        return BINNET_OK;
    int32_t status = binnet_spectrum_gap(s->m->ctx, &v->gap, &v->gap_bound, s->found, s->m->chain, k);
    if (status == BINNET_OK && v->gap_bound < v->gap) {
        v->relaxation = -1 / log1p(-v->gap);
        v->shortest = -1 / log1p(-v->gap - v->gap_bound);
        v->longest = -1 / log1p(-v->gap + v->gap_bound);
    }
    return status;
}

static int32_t read_value(spectrum *s, size_t k, double *re, double *im)
{
    eigenvalue *v = &s->value[k];
    size_t n = s->m->net.n;
    binnet_spectrum_value(s->found, k, &v->re, &v->im, &v->bound);
    binnet_spectrum_times(s->found, k, &v->relaxation, &v->shortest, &v->longest, &v->period);
    binnet_spectrum_residual(s->found, k, &v->right, &v->left, &v->condition);
    int32_t status = read_gap(s, k, v);
    if (status == BINNET_OK)
        status = binnet_spectrum_left(s->m->ctx, re, im, s->states, s->found, k);
    for (size_t i = 0; i < n && status == BINNET_OK; i++)
        for (size_t a = 0; a < s->states; a++)
            if (a >> i & 1) {
                s->mean_re[k * n + i] += re[a];
                s->mean_im[k * n + i] += im[a];
            }
    return status;
}

static int32_t find_sets(spectrum *s, double *law_of)
{
    binnet_law *law = NULL;
    binnet_ctx *ctx = s->m->ctx;
    int32_t status = binnet_spectrum_sets(ctx, s->set, s->states, s->corner, s->sets, s->found);
    if (status == BINNET_OK)
        status = binnet_spectrum_left(ctx, law_of, NULL, s->states, s->found, 0);
    if (status == BINNET_OK)
        status = binnet_law_new(ctx, &law, s->m->net.n, law_of, s->states);
    if (status == BINNET_OK)
        status = binnet_chain_coarse(ctx, s->coarse, s->weight, &s->residual, s->coarse_re, s->coarse_im, s->sets,
                                     s->m->chain, law, s->set, s->states);
    for (size_t a = 0; a < s->states; a++)
        s->members[s->set[a]]++;
    binnet_law_free(law);
    return status;
}

static int read_all(spectrum *s, failure *why)
{
    s->count = binnet_spectrum_count(s->found);
    double last = 0;
    if (s->sets > 0)
        binnet_spectrum_value(s->found, s->sets - 1, NULL, &last, NULL);
    if (last > 0)
        return fail(why, EXIT_USAGE, "--sets %zu: modes %zu and %zu are a pair", s->sets, s->sets, s->sets + 1);
    TRY(allocate(s, why));
    double *re = malloc(2 * s->states * sizeof *re);
    if (re == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < s->count && status == BINNET_OK; k++)
        status = read_value(s, k, re, re + s->states);
    if (status == BINNET_OK && s->sets > 0)
        status = find_sets(s, re);
    free(re);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, s->m->ctx, status);
}

/* Seconds of an operation on long vectors, 0 without memory for two. */
static double seconds_on_vectors(size_t states)
{
    enum { TIMES = 4 };
    double *x = calloc(2 * states, sizeof *x), *y = x == NULL ? NULL : x + states;
    if (x == NULL)
        return 0;
    stopwatch w;
    stopwatch_start(&w);
    for (int k = 0; k < TIMES; k++)
        for (size_t s = 0; s < states; s++)
            y[s] += (k + 0.5) * x[s] + 1e-9;
    double took = stopwatch_seconds(&w) + 0 * y[0];
    free(x);
    return took / (2.0 * TIMES * (double)states);
}

/* By what a step and work on vectors take now, with a factor to either side for the number of steps; not of a matrix. */
static int estimate_seconds(const spectrum *s, size_t k, double flops, failure *why)
{
    const double most = 2e10, spread = 3, steps = 300; /* as binnet_spectrum_estimate counts them */
    binnet_ctx *ctx = s->m->ctx;
    const binnet_chain *chain = s->m->chain;
    double step = 0, of_step = 0, of_law = 0, by_steps = flops;
    int64_t method;
    char text[80];
    binnet_ctx_get_i64(ctx, BINNET_P_METHOD, &method);
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION);
    int32_t status = binnet_spectrum_estimate(ctx, NULL, NULL, &by_steps, chain, k);
    if (status == BINNET_OK)
        status = binnet_chain_stationary_estimate(ctx, NULL, NULL, &of_law, chain);
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method);
    int matrix = by_steps < flops || by_steps > flops;
    if (status == BINNET_OK)
        status = binnet_chain_apply_estimate(ctx, NULL, NULL, &of_step, chain);
    if (status == BINNET_OK && !matrix)
        status = cost_step(&step, ctx, chain, most);
    if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    double on_vectors = fmax(flops - of_law - steps * of_step, 0);
    double seconds = step * (steps + of_law / of_step) +
                     on_vectors * seconds_on_vectors((size_t)binnet_chain_states(chain));
    cost c = {.from = step > 0 ? seconds / spread : 0, .to = step > 0 ? seconds * spread : INFINITY};
    printf("time           %s%s\n", cost_text(text, &c),
           matrix     ? ": the whole matrix is not tried"
           : step > 0 ? ", by what a step takes now"
                      : ": a step takes too long to be tried");
    return EXIT_DONE;
}

static int print_estimate(const spectrum *s, size_t k, failure *why)
{
    uint64_t states, bytes;
    double flops;
    int32_t status = binnet_spectrum_estimate(s->m->ctx, &states, &bytes, &flops, s->m->chain, k);
    if (status != BINNET_OK)
        return library_failure(why, s->m->ctx, status);
    printf("estimate       %" PRIu64 " states, at most %.4g MiB, about %.3g floating-point operations\n", states,
           (double)bytes / 1048576, flops);
    return estimate_seconds(s, k, flops, why);
}

static int solve(spectrum *s, const model *m, const options *o, failure *why)
{
    const spectrum_options *own = o->own;
    uint64_t states = binnet_chain_states(m->chain), k = (uint64_t)own->count;
    s->m = m;
    s->o = o;
    s->sets = (size_t)own->sets;
    k = k < states ? k : states;
    if (s->sets > states)
        return fail(why, EXIT_USAGE, "--sets %zu: %zu neurons have %llu states", s->sets,
                    binnet_chain_neurons(m->chain), (unsigned long long)states);
    if (s->sets > k)
        return fail(why, EXIT_USAGE, "--sets %zu needs as many eigenvalues: -k %zu", s->sets, s->sets);
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return print_estimate(s, (size_t)k, why);
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = binnet_spectrum_new(m->ctx, &s->found, m->chain, (size_t)k);
    int code = status == BINNET_OK ? read_all(s, why) : library_failure(why, m->ctx, status);
    progress_end(&p, m->ctx);
    s->seconds = work_clock() - began;
    return code;
}

static int show(const spectrum *s, failure *why)
{
    if (!s->o->quiet)
        report_spectrum(s);
    if (s->o->out != NULL)
        TRY(spectrum_write(s, why));
    if (s->o->plot != NULL)
        TRY(spectrum_plot(s, why));
    return EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m;
    spectrum s = {0};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE)
        code = model_chain(&m, o, why);
    if (code == EXIT_DONE)
        code = solve(&s, &m, o, why);
    if (code == EXIT_DONE && !o->estimate)
        code = show(&s, why);
    binnet_spectrum_free(s.found);
    free(s.value);
    free(s.mean_re);
    free(s.set);
    free(s.corner);
    free(s.weight);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    return o->recurrent_class >= 0 ? fail(why, EXIT_USAGE, "--class: a spectrum is of the whole chain") : EXIT_DONE;
}

static const command_option own_options[] = {
    {"count", "K", "eigenvalues, largest first, default 10 (a pair counts as two, and is never cut)", option_whole,
     OWN(spectrum_options, count), .least = 1, .most = 100000, .letter = 'k'},
    {"sets", "M", "metastable sets of states by the first M modes, and the chain between them", option_whole,
     OWN(spectrum_options, sets), .least = 1, .most = 512},
    OPTION_ESTIMATE,
    {0}};

const command command_spectrum = {
    .name = "spectrum",
    .usage = "binnet spectrum NETWORK --update RULE --noise KIND:SCALE [options]",
    .about = "eigenvalues of the noisy network: relaxation times, oscillations, metastable sets",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_picture, &group_limits,
               &group_import},
    .own_size = sizeof(spectrum_options),
    .own = &(const spectrum_options){.count = 10},
    .check = check_options,
    .run = run_command};
