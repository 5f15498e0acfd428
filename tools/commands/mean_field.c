/* binnet mean-field: fixed points of the mean field, their linear noise and branches, beside the exact law. */
#include "commands/commands.h"
#include "report/mean_field.h"
#include "report/result.h"
#include "settings/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact laws up to so many states; boxes of a search; stimuli by default. */
enum { MOST_STATES = 5000, MOST_NEURONS = 10, BOXES = 200000, STEPS = 41 };

static int is_linear_rule(int32_t update)
{
    return update == BINNET_UPDATE_SYNCHRONOUS || update == BINNET_UPDATE_ASYNCHRONOUS;
}

static int32_t choose_input(const mean_field *f)
{
    const mean_field_options *own = f->o->own;
    int32_t kind = binnet_noise_kind(f->m->noise);
    if (own->input != 0)
        return own->input;
    return kind == BINNET_NOISE_GAUSSIAN || kind == BINNET_NOISE_LOGISTIC ? BINNET_INPUT_GAUSSIAN : BINNET_INPUT_MEAN;
}

static int open_field(mean_field *f, const model *m, const options *o, failure *why)
{
    f->m = m;
    f->o = o;
    f->update = m->update;
    f->populations = m->net.n_sizes > 0;
    f->n = f->populations ? m->net.n_sizes : m->net.n;
    f->name = f->populations ? m->net.population_name : m->net.name;
    f->input = choose_input(f);
    int32_t status = f->populations
                         ? binnet_mean_field_new_populations(m->ctx, &f->field, m->object, m->noise, f->input)
                         : binnet_mean_field_new(m->ctx, &f->field, m->object, m->noise, f->input);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

/* --- the exact law --- */

static int is_exact_possible(mean_field *f)
{
    double states = f->populations ? 1 : ldexp(1, (int)fmin(1000, (double)f->m->net.n));
    for (size_t a = 0; f->populations && a < f->n; a++)
        states *= (double)f->m->net.size[a] + 1;
    if (f->populations ? states <= MOST_STATES && f->n <= BINNET_MAX_CHAIN_NEURONS : f->m->net.n <= MOST_NEURONS)
        return 1;
    snprintf(f->without, sizeof f->without, "%.3g states are too many here; see binnet stationary", states);
    return 0;
}

/* Means, and covariances when cov is not NULL, of the stationary law of a network. */
static int32_t solve_exact(const mean_field *f, double *mean, double *cov, const binnet_net *net)
{
    binnet_chain *chain = NULL;
    binnet_law *law = NULL;
    binnet_ctx *ctx = f->m->ctx;
    int32_t status = f->populations ? binnet_chain_new_lumped(ctx, &chain, net, f->m->noise, f->update)
                                    : binnet_chain_new(ctx, &chain, net, f->m->noise, f->update);
    if (status == BINNET_OK)
        status = binnet_chain_stationary(ctx, &law, chain);
    if (status == BINNET_OK)
        status = f->populations ? binnet_occupation_mean(ctx, mean, f->n, law) : binnet_law_mean(ctx, mean, f->n, law);
    if (status == BINNET_OK && cov != NULL) {
        status = f->populations ? binnet_occupation_covariance(ctx, cov, f->n, law)
                                : binnet_law_covariance(ctx, cov, f->n, law);
        if (status == BINNET_E_UNDEFINED)
            status = BINNET_OK;
    }
    binnet_law_free(law);
    binnet_chain_free(chain);
    return status;
}

static int find_exact(mean_field *f, failure *why)
{
    if (!is_exact_possible(f))
        return EXIT_DONE;
    f->exact_mean = calloc(f->n * (f->n + 1), sizeof *f->exact_mean);
    if (f->exact_mean == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    f->exact_cov = f->exact_mean + f->n;
    int32_t status = solve_exact(f, f->exact_mean, f->exact_cov, f->m->object);
    f->exact = status == BINNET_OK;
    if (status == BINNET_E_INTERRUPTED)
        return library_failure(why, f->m->ctx, status);
    if (!f->exact)
        snprintf(f->without, sizeof f->without, "%s", binnet_strerror(status));
    return EXIT_DONE;
}

/* --- at the stimuli of the network --- */

static int read_point(mean_field *f, size_t k, failure *why)
{
    binnet_ctx *ctx = f->m->ctx;
    double *mean = f->mean + k * f->n, *re = malloc(2 * f->n * sizeof *re);
    mean_point *p = &f->point[k];
    if (re == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_mean_field_stability(ctx, re, re + f->n, &p->radius, &p->growth, f->n, f->field, mean);
    free(re);
    if (status == BINNET_OK && is_linear_rule(f->update)) {
        double *cov = f->cov + k * f->n * f->n;
        int32_t code = f->populations ? binnet_linear_noise_populations(ctx, cov, NULL, f->n, f->field, mean, f->update)
                                      : binnet_linear_noise_covariance(ctx, cov, NULL, f->n, f->field, mean, f->update);
        p->noisy = code == BINNET_OK;
        if (code != BINNET_OK && code / 100 != 3)
            status = code;
    }
    return status == BINNET_OK || status / 100 == 3 ? EXIT_DONE : library_failure(why, ctx, status);
}

static int find_points(mean_field *f, failure *why)
{
    binnet_mean_points *points = NULL;
    binnet_ctx *ctx = f->m->ctx;
    int32_t status = binnet_mean_points_new(ctx, &points, f->field);
    if (status == BINNET_E_NOCONV)
        snprintf(f->open, sizeof f->open, "%s", binnet_ctx_message(ctx));
    else if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    f->count = binnet_mean_points_count(points);
    f->complete = binnet_mean_points_complete(points);
    f->boxes = binnet_mean_points_boxes(points);
    f->point = calloc(f->count + 1, sizeof *f->point);
    f->mean = calloc(f->count * f->n + f->n, sizeof *f->mean);
    f->cov = calloc(f->count * f->n * f->n + 1, sizeof *f->cov);
    int ok = f->point != NULL && f->mean != NULL && f->cov != NULL;
    double *error = f->mean + f->count * f->n;
    for (size_t k = 0; ok && k < f->count; k++) {
        binnet_mean_points_get(points, k, f->mean + k * f->n, error);
        for (size_t a = 0; a < f->n; a++)
            f->point[k].error = fmax(f->point[k].error, error[a]);
    }
    binnet_mean_points_free(points);
    int code = ok ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
    for (size_t k = 0; code == EXIT_DONE && k < f->count; k++)
        code = read_point(f, k, why);
    return code;
}

/* --- along a stimulus --- */

/* Whether a unit hears the stimulus NAME. */
static int is_heard(const mean_field *f, size_t a, const char *name)
{
    const network *net = &f->m->net;
    if (strcmp(name, "all") == 0 || strcmp(name, f->name[a]) == 0)
        return 1;
    return !f->populations && net->n_populations > 0 && strcmp(name, net->population_name[net->population[a]]) == 0;
}

static int read_line(mean_field *f, failure *why)
{
    const range *r = &f->o->vary.at[0];
    const network *net = &f->m->net;
    size_t heard = 0;
    f->direction = calloc(f->n, sizeof *f->direction);
    if (f->direction == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t a = 0; a < f->n; a++)
        heard += (f->direction[a] = is_heard(f, a, r->name)) > 0;
    if (heard == 0)
        return fail(why, EXIT_USAGE, "--vary: there is no neuron or population '%s'; %s", r->name,
                    f->populations ? "the populations are homogeneous: name one, or all" : "or say all");
    if (!isfinite(r->lo) || !isfinite(r->hi) || !(r->lo < r->hi))
        return fail(why, EXIT_USAGE, "--vary: %s from %g to %g, expected two numbers, the lower first", r->name, r->lo,
                    r->hi);
    f->line = (sweep){.m = f->m, .o = f->o, .axes = 1, .stimulus_axis = -1};
    sweep_axis *x = &f->line.axis[0];
    *x = (sweep_axis){
        .what = VARY_STIMULUS, .name = r->name, .lo = r->lo, .hi = r->hi, .steps = r->steps > 1 ? r->steps : STEPS};
    for (size_t i = 0; i < net->n && net->n <= BINNET_MAX_CHAIN_NEURONS; i++) {
        size_t a = f->populations ? (size_t)binnet_net_population(f->m->object, i) : i;
        if (f->direction[a] > 0)
            x->heard.neuron[x->heard.count++] = (int32_t)i;
    }
    return EXIT_DONE;
}

/* The network with stimulus x to those that hear it; as in a sweep it replaces theirs. */
static int32_t net_at(const mean_field *f, binnet_net **out, double x)
{
    size_t n = f->m->net.n;
    double *stimulus = malloc(n * sizeof *stimulus);
    if (stimulus == NULL)
        return BINNET_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t a = f->populations ? (size_t)binnet_net_population(f->m->object, i) : i;
        stimulus[i] = f->direction[a] > 0 ? x : binnet_net_stimulus(f->m->object, i);
    }
    int32_t status = binnet_net_with_stimuli(f->m->ctx, out, f->m->object, stimulus);
    free(stimulus);
    return status;
}

static int follow_branches(mean_field *f, failure *why)
{
    const sweep_axis *x = &f->line.axis[0];
    binnet_ctx *ctx = f->m->ctx;
    binnet_net *net = NULL;
    binnet_mean_field *field = NULL;
    int32_t status = net_at(f, &net, 0);
    if (status == BINNET_OK)
        status = f->populations ? binnet_mean_field_new_populations(ctx, &field, net, f->m->noise, f->input)
                                : binnet_mean_field_new(ctx, &field, net, f->m->noise, f->input);
    if (status == BINNET_OK)
        status = binnet_mean_branches_new(ctx, &f->branches, field, f->direction, f->n, x->lo, x->hi, x->steps - 1);
    f->complete = status == BINNET_OK;
    if (status == BINNET_E_NOCONV)
        snprintf(f->open, sizeof f->open, "%s", binnet_ctx_message(ctx));
    binnet_mean_field_free(field);
    binnet_net_free(net);
    return status == BINNET_OK || status == BINNET_E_NOCONV ? EXIT_DONE : library_failure(why, ctx, status);
}

static int find_exact_line(mean_field *f, progress *p, failure *why)
{
    const sweep_axis *x = &f->line.axis[0];
    if (!is_exact_possible(f))
        return EXIT_DONE;
    f->at = calloc(x->steps, sizeof *f->at);
    f->at_mean = calloc(x->steps * f->n, sizeof *f->at_mean);
    if (f->at == NULL || f->at_mean == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    f->stimuli = x->steps;
    for (size_t k = 0; k < f->stimuli; k++) {
        binnet_net *net = NULL;
        progress_span(p, 0.5 + 0.5 * (double)k / (double)f->stimuli, 0.5 + 0.5 * (double)(k + 1) / (double)f->stimuli);
        f->at[k].x = axis_value(x, k);
        int32_t status = net_at(f, &net, f->at[k].x);
        if (status == BINNET_OK)
            status = solve_exact(f, f->at_mean + k * f->n, NULL, net);
        binnet_net_free(net);
        f->at[k].known = status == BINNET_OK;
        if (status == BINNET_E_INTERRUPTED)
            return library_failure(why, f->m->ctx, status);
        f->exact |= status == BINNET_OK;
        if (status != BINNET_OK)
            snprintf(f->without, sizeof f->without, "%s", binnet_strerror(status));
    }
    return EXIT_DONE;
}

static int solve_line(mean_field *f, progress *p, failure *why)
{
    progress_span(p, 0, 0.5);
    TRY(follow_branches(f, why));
    TRY(find_exact_line(f, p, why));
    return EXIT_DONE;
}

static int solve(mean_field *f, model *m, const options *o, failure *why)
{
    TRY(model_read(m, o, why));
    TRY(model_noise(m, o, why));
    m->update = o->update != 0 ? o->update : m->net.update != 0 ? m->net.update : BINNET_UPDATE_ASYNCHRONOUS;
    int32_t status = binnet_ctx_set_i64(m->ctx, BINNET_P_WORK_LIMIT, o->work_limit > 0 ? o->work_limit : BOXES);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    TRY(open_field(f, m, o, why));
    if (o->vary.count > 0)
        TRY(read_line(f, why));
    if (!o->quiet)
        report_network(m, o);
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int code = o->vary.count > 0 ? solve_line(f, &p, why) : find_points(f, why);
    f->seconds = work_clock() - began;
    if (code == EXIT_DONE && o->vary.count == 0)
        code = find_exact(f, why);
    progress_end(&p, m->ctx);
    if (code == EXIT_DONE && o->vary.count > 0 && m->net.n <= BINNET_MAX_CHAIN_NEURONS)
        code = sweep_mark_bifurcations(&f->line, why);
    return code;
}

static int show(const mean_field *f, failure *why)
{
    if (!f->o->quiet)
        report_mean_field(f);
    if (f->o->out != NULL)
        TRY(mean_field_write(f, why));
    if (f->o->plot != NULL)
        TRY(mean_field_plot(f, why));
    return f->complete ? EXIT_DONE : fail(why, EXIT_STOPPED, "not complete: %s", f->open);
}

static int run_command(const options *o, failure *why)
{
    model m;
    mean_field f = {0};
    int code = solve(&f, &m, o, why);
    if (code == EXIT_DONE)
        code = show(&f, why);
    binnet_mean_branches_free(f.branches);
    binnet_mean_field_free(f.field);
    free(f.point);
    free(f.mean);
    free(f.cov);
    free(f.exact_mean);
    free(f.direction);
    free(f.at);
    free(f.at_mean);
    free(f.line.mark);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    if (o->vary.count > 1)
        return fail(why, EXIT_USAGE, "--vary: one stimulus can vary here");
    if (o->plot != NULL && o->vary.count == 0)
        return fail(why, EXIT_USAGE, "--plot is for branches: --vary NAME=LO:HI");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"input", "HOW", "mean (naive) or gaussian, the default with Gaussian and logistic noise and without", option_word,
     OWN(mean_field_options, input), .words = "mean, gaussian", .first = BINNET_INPUT_MEAN},
    {"vary", "NAME=LO:HI[:STEPS]",
     "branches along a stimulus, to a neuron, a population or all; STEPS values where all fixed points are found",
     option_grid, SHARED(vary)},
    {"work-limit", "W", "boxes that a search for fixed points may look at, default 200000", option_whole,
     SHARED(work_limit), .least = 1, .most = 4503599627370496},
    {0}};

const command command_mean_field = {
    .name = "mean-field",
    .usage = "binnet mean-field NETWORK [--noise KIND:SCALE] [--vary NAME=LO:HI] [options]",
    .about = "mean field: all fixed points, their stability and covariances, branches, beside the exact law",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_noise, &group_network, &group_output, &group_picture, &group_limits, &group_import},
    .own_size = sizeof(mean_field_options),
    .check = check_options,
    .run = run_command};
