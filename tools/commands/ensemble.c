/* binnet ensemble: what can be expected of networks with random wiring, and the same from networks drawn. */
#include "commands/commands.h"
#include "report/ensemble.h"
#include "settings/progress.h"
#include "settings/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In larger networks only the fixed points are looked for, by branch and bound. */
enum { MOST_SEARCHED = 20 };

/* --- what the command line changes --- */

static int64_t find(const ensemble_file *e, const char *name)
{
    for (size_t a = 0; a < e->n_pop; a++)
        if (strcmp(e->name[a], name) == 0)
            return (int64_t)a;
    return -1;
}

static int apply(double *values, const ensemble_file *e, const setting_list *list, const char *option, failure *why)
{
    for (size_t k = 0; k < list->count; k++) {
        const setting *s = &list->at[k];
        int64_t a = s->name != NULL ? find(e, s->name) : 0;
        if (a < 0)
            return fail(why, EXIT_USAGE, "--%s: there is no population '%s'", option, s->name);
        for (size_t b = 0; b < e->n_pop; b++)
            if (s->name == NULL || b == (size_t)a)
                values[b] = s->value;
    }
    return EXIT_DONE;
}

/* The axes: the populations of --vary, or else every population (of occurrence only). */
static int find_axes(ensemble_result *r, failure *why)
{
    const options *o = r->o;
    size_t n = r->e->n_pop;
    r->axis = calloc(n, sizeof *r->axis);
    if (r->axis == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t a = 0; a < n; a++)
        r->axis[a] = o->vary.count > 0 ? -1 : (int32_t)a;
    r->n_axes = o->vary.count > 0 ? o->vary.count : n;
    for (size_t k = 0; k < o->vary.count; k++) {
        int64_t a = find(r->e, o->vary.at[k].name);
        if (a < 0)
            return fail(why, EXIT_USAGE, "--vary: there is no population '%s'", o->vary.at[k].name);
        if (r->axis[a] >= 0)
            return fail(why, EXIT_USAGE, "--vary: population '%s' twice", o->vary.at[k].name);
        r->axis[a] = (int32_t)k;
        if (!r->own->mean_diagram)
            continue;
        if (o->vary.count > 2)
            return fail(why, EXIT_USAGE, "--diagram is over one or two stimuli, found %zu --vary", o->vary.count);
        if (!o->vary.at[k].bounded || !(o->vary.at[k].lo < o->vary.at[k].hi) || isinf(o->vary.at[k].lo) ||
            isinf(o->vary.at[k].hi))
            return fail(why, EXIT_USAGE, "--diagram needs --vary %s=LO:HI with LO < HI", o->vary.at[k].name);
        r->pop[k] = (size_t)a;
        r->lo[k] = o->vary.at[k].lo;
        r->hi[k] = o->vary.at[k].hi;
        r->points[k] = (size_t)r->own->grid;
    }
    if (r->own->mean_diagram && o->vary.count == 0)
        return fail(why, EXIT_USAGE, "--diagram needs one or two --vary NAME=LO:HI");
    if (r->e->n > MOST_SEARCHED && r->own->samples > 0 && (r->own->cycles > 0 || r->own->occurrence))
        return fail(why, EXIT_USAGE,
                    "--check-samples finds fixed points only for %" PRId64 " neurons; --cycles and "
                    "--occurrence can be checked up to %d neurons",
                    r->e->n, MOST_SEARCHED);
    if (o->plot != NULL && !r->own->mean_diagram)
        return fail(why, EXIT_USAGE, "--plot needs --diagram");
    return EXIT_DONE;
}

/* What to do about a law that does not converge. */
static int ensemble_failure(const ensemble_result *r, int32_t status, failure *why)
{
    double tolerance = 0;
    int code = library_failure(why, r->ctx, status);
    if (status != BINNET_E_NOCONV)
        return code;
    char reason[sizeof why->text];
    binnet_ctx_get_f64(r->ctx, BINNET_P_TOLERANCE, &tolerance);
    snprintf(reason, sizeof reason, "%s", why->text);
    return fail(why, code, "%.*s; try --tolerance %.0e (now %.0e: the error of the probabilities of currents)",
                (int)sizeof reason / 2, reason, fmin(1e3 * tolerance, 1e-2), tolerance);
}

/* --- the figures --- */

static int find_fixed(ensemble_result *r, failure *why)
{
    size_t n = r->e->n_pop, count = (size_t)r->o->top;
    uint64_t classes = binnet_ensemble_classes(r->object);
    count = classes < count ? (size_t)classes : count;
    double *expected = calloc(count + 1, sizeof *expected), *probability = calloc(count + 1, sizeof *probability);
    r->fixed = calloc(count + 1, sizeof *r->fixed);
    r->fixed_active = calloc((count + 1) * n, sizeof *r->fixed_active);
    int code = expected != NULL && probability != NULL && r->fixed != NULL && r->fixed_active != NULL
                   ? EXIT_DONE
                   : fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = code == EXIT_DONE ? binnet_ensemble_fixed_mean(r->ctx, &r->mean, r->object) : BINNET_OK;
    if (code == EXIT_DONE && status == BINNET_OK)
        status = binnet_ensemble_fixed_top(r->ctx, r->fixed_active, expected, probability, &count, r->object,
                                           BINNET_BY_CLASS);
    if (code == EXIT_DONE && status == BINNET_OK && r->own->variance)
        status = binnet_ensemble_fixed_variance(r->ctx, NULL, &r->variance, &r->variance_error, r->object);
    if (status != BINNET_OK)
        code = ensemble_failure(r, status, why);
    for (size_t k = 0; k < count && code == EXIT_DONE; k++)
        r->fixed[k] = (class_row){r->fixed_active + k * n, exp(expected[k] - probability[k]), expected[k], 0,
                                  probability[k]};
    r->n_fixed = code == EXIT_DONE ? count : 0;
    free(expected);
    free(probability);
    return code;
}

/* The classes with the most expected states, of all. */
static int find_occurrence(ensemble_result *r, failure *why)
{
    size_t n = r->e->n_pop;
    uint64_t classes = binnet_ensemble_classes(r->object);
    if (classes > 10000000)
        return fail(why, EXIT_BUDGET, "--occurrence: %" PRIu64 " classes of states; at most 10000000", classes);
    double *p = calloc((size_t)classes, sizeof *p);
    r->occurs = calloc((size_t)r->o->top + 1, sizeof *r->occurs);
    r->occurs_active = calloc(((size_t)r->o->top + 1) * n, sizeof *r->occurs_active);
    int64_t *at = calloc(n, sizeof *at);
    int code = p != NULL && r->occurs != NULL && r->occurs_active != NULL && at != NULL
                   ? EXIT_DONE
                   : fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = code == EXIT_DONE
                         ? binnet_ensemble_occurrence(r->ctx, p, (size_t)classes, r->object, r->n_axes, r->axis)
                         : BINNET_OK;
    if (status != BINNET_OK)
        code = ensemble_failure(r, status, why);
    for (uint64_t k = 0; k < classes && code == EXIT_DONE; k++) {
        double states = 1;
        uint64_t rest = k;
        for (size_t a = n; a-- > 0; rest /= (uint64_t)r->e->size[a] + 1) {
            at[a] = (int64_t)(rest % ((uint64_t)r->e->size[a] + 1));
            for (int64_t j = 0; j < at[a]; j++)
                states *= (double)(r->e->size[a] - j) / (double)(j + 1);
        }
        double expected = states * p[k];
        r->occurring += expected;
        size_t place = r->n_occurs < (size_t)r->o->top ? r->n_occurs : (size_t)r->o->top;
        while (place > 0 && exp(r->occurs[place - 1].log_expected) < expected)
            place--;
        if (place >= (size_t)r->o->top)
            continue;
        r->n_occurs += r->n_occurs < (size_t)r->o->top;
        memmove(r->occurs + place + 1, r->occurs + place, (r->n_occurs - 1 - place) * sizeof *r->occurs);
        memmove(r->occurs_active + (place + 1) * n, r->occurs_active + place * n,
                (r->n_occurs - 1 - place) * n * sizeof *r->occurs_active);
        r->occurs[place] = (class_row){NULL, states, log(expected), p[k], 0};
        memcpy(r->occurs_active + place * n, at, n * sizeof *at);
    }
    for (size_t k = 0; k < r->n_occurs; k++)
        r->occurs[k].active = r->occurs_active + k * n;
    free(p);
    free(at);
    return code;
}

static int find_cycles(ensemble_result *r, failure *why)
{
    for (int period = 2; period <= r->own->cycles; period++) {
        int32_t status = binnet_ensemble_cycles_mean(r->ctx, &r->cycles[period], &r->cycles_error[period], r->object,
                                                     period);
        if (status != BINNET_OK)
            return ensemble_failure(r, status, why);
        r->longest = period;
    }
    return EXIT_DONE;
}

static int find_diagram(ensemble_result *r, failure *why)
{
    size_t nx = r->points[0], ny = r->points[1];
    r->grid = calloc(nx * (ny > 0 ? ny : 1), sizeof *r->grid);
    for (size_t k = 0; k < 2; k++) {
        r->x[k] = calloc(r->points[k] + 1, sizeof *r->x[k]);
        if (r->grid == NULL || r->x[k] == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        for (size_t i = 0; i < r->points[k]; i++)
            r->x[k][i] = r->lo[k] + (r->hi[k] - r->lo[k]) * ((double)i / (double)(r->points[k] - 1));
    }
    int32_t status = binnet_ensemble_diagram(r->ctx, r->grid, nx * (ny > 0 ? ny : 1), r->object, r->axis, r->x[0], nx,
                                             ny > 0 ? r->x[1] : NULL, ny);
    return status == BINNET_OK ? EXIT_DONE : ensemble_failure(r, status, why);
}

/* --- networks drawn --- */

typedef struct tally {
    double sum, square;
} tally;

static void count(tally *t, double x)
{
    t->sum += x;
    t->square += x * x;
}

/* Numbers of fixed points and of cycles by period, and of states that occur for some stimuli of the axes. */
static int32_t examine(ensemble_result *r, const binnet_net *net, double *by_period, double *occurring)
{
    binnet_attractors *attractors;
    int32_t status;
    if (r->e->n > MOST_SEARCHED) {
        binnet_fixed_points *points;
        status = binnet_fixed_points_new(r->ctx, &points, net, 0);
        by_period[1] = binnet_fixed_points_count(points);
        binnet_fixed_points_free(points);
        return status;
    }
    status = binnet_attractors_new(r->ctx, &attractors, net);
    if (status != BINNET_OK)
        return status;
    for (uint64_t k = 0; k < binnet_attractors_count(attractors); k++)
        if (binnet_attractors_period(attractors, k) <= MOST_PERIOD)
            by_period[binnet_attractors_period(attractors, k)]++;
    binnet_attractors_free(attractors);
    if (!r->own->occurrence)
        return BINNET_OK;
    binnet_diagram *diagram;
    int32_t axis[MOST_SEARCHED];
    for (size_t i = 0; i < binnet_net_neurons(net); i++)
        axis[i] = r->axis[binnet_net_population(net, i)];
    status = binnet_diagram_new_grouped(r->ctx, &diagram, net, r->n_axes, axis);
    if (status == BINNET_OK)
        *occurring = (double)binnet_diagram_fixed_count(diagram);
    binnet_diagram_free(diagram);
    return status;
}

static void add_check(ensemble_result *r, double want, const tally *t, const char *what, int period)
{
    double n = (double)r->networks, mean = t->sum / n;
    check_row *c = &r->check[r->checks++];
    if (period > 0)
        snprintf(c->what, sizeof c->what, "%s %d", what, period);
    else
        snprintf(c->what, sizeof c->what, "%s", what);
    c->want = want;
    c->mean = mean;
    c->error = sqrt(fmax(t->square / n - mean * mean, 0) / (n - 1));
}

static int sample(ensemble_result *r, progress *p, failure *why)
{
    tally fixed = {0}, spread = {0}, cycles[MOST_PERIOD + 1] = {{0}}, occurs = {0};
    binnet_ctx_set_i64(r->ctx, BINNET_P_SEED, r->own->seed);
    binnet_ctx_set_i64(r->ctx, BINNET_P_MAX_PERIOD, 1); /* of the diagrams */
    for (r->networks = 0; r->networks < r->own->samples; r->networks++) {
        double by_period[MOST_PERIOD + 1] = {0}, occurring = 0;
        binnet_net *net = NULL;
        if (progress_step(p, (double)r->networks / (double)r->own->samples))
            return fail(why, EXIT_STOPPED, "stopped after %" PRId64 " networks", r->networks);
        int32_t status = binnet_ensemble_sample(r->ctx, &net, r->object, (uint64_t)r->networks);
        if (status == BINNET_OK)
            status = examine(r, net, by_period, &occurring);
        binnet_net_free(net);
        if (status != BINNET_OK)
            return ensemble_failure(r, status, why);
        count(&fixed, by_period[1]);
        count(&spread, (by_period[1] - r->mean) * (by_period[1] - r->mean));
        for (int k = 2; k <= r->longest; k++)
            count(&cycles[k], by_period[k]);
        count(&occurs, occurring);
    }
    if (r->own->fixed_points)
        add_check(r, r->mean, &fixed, "fixed points", 0);
    if (r->own->variance)
        add_check(r, r->variance, &spread, "variance of their number", 0);
    for (int k = 2; k <= r->longest; k++)
        add_check(r, r->cycles[k], &cycles[k], "cycles of length", k);
    if (r->own->occurrence)
        add_check(r, r->occurring, &occurs, "states that occur", 0);
    return EXIT_DONE;
}

/* --- the command --- */

static int print_estimate(const ensemble_result *r, failure *why)
{
    uint64_t classes, bytes, tuples;
    double terms, integrals;
    int32_t status = binnet_ensemble_diagram_estimate(r->ctx, &classes, &bytes, &terms, r->object, r->points[0],
                                                      r->points[1]);
    if (status != BINNET_OK)
        return ensemble_failure(r, status, why);
    printf("estimate       %" PRIu64 " classes of states, %.4g MiB", classes, (double)bytes / 1048576);
    if (r->own->mean_diagram)
        printf(", %.3g terms of the diagram", terms);
    printf("\n");
    for (int period = 2; period <= MOST_PERIOD && (period <= r->own->cycles || (period == 2 && r->own->variance));
         period++) {
        status = binnet_ensemble_tuples_estimate(r->ctx, &tuples, NULL, &integrals, r->object, period);
        if (status != BINNET_OK)
            return ensemble_failure(r, status, why);
        printf("               %.6g classes of %d states at once, %.3g integrals at most\n", (double)tuples, period,
               integrals);
    }
    return EXIT_DONE;
}

static int find_all(ensemble_result *r, progress *p, failure *why)
{
    if (r->own->fixed_points)
        TRY(find_fixed(r, why));
    TRY(find_cycles(r, why));
    if (r->own->occurrence)
        TRY(find_occurrence(r, why));
    if (r->own->mean_diagram)
        TRY(find_diagram(r, why));
    return r->own->samples > 0 ? sample(r, p, why) : EXIT_DONE;
}

static int show(ensemble_result *r, outline_list *lines, double seconds, failure *why)
{
    r->seconds = seconds;
    if (!r->o->quiet)
        ensemble_report(r);
    if (r->o->out != NULL)
        TRY(ensemble_write(r, why));
    return r->o->plot != NULL ? ensemble_plot(r, lines, why) : EXIT_DONE;
}

static int run(ensemble_result *r, ensemble_file *e, failure *why)
{
    const options *o = r->o;
    TRY(ensemble_read(e, o->network, &o->import, why));
    TRY(apply(e->threshold, e, &o->threshold, "threshold", why));
    TRY(apply(e->stimulus, e, &o->stimulus, "stimulus", why));
    if (o->tie >= 0)
        e->tie = o->tie;
    TRY(find_axes(r, why));
    if (binnet_ctx_new(&r->ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    binnet_ctx_set_i64(r->ctx, BINNET_P_THREADS, o->threads);
    binnet_ctx_set_i64(r->ctx, BINNET_P_MEMORY_LIMIT, o->memory);
    if (o->tolerance > 0)
        binnet_ctx_set_f64(r->ctx, BINNET_P_TOLERANCE, o->tolerance);
    TRY(ensemble_make(r->ctx, &r->object, e, why));
    if (o->estimate)
        return print_estimate(r, why);
    progress p;
    double began = work_clock();
    progress_begin(&p, r->ctx, o->quiet);
    int code = find_all(r, &p, why);
    outline_list *lines = NULL;
    if (code == EXIT_DONE && o->plot != NULL) {
        int32_t status = ensemble_outlines(&lines, r, &p);
        code = status == BINNET_OK ? EXIT_DONE : ensemble_failure(r, status, why);
    }
    progress_end(&p, r->ctx);
    if (code == EXIT_DONE)
        code = show(r, lines, work_clock() - began, why);
    ensemble_outlines_free(lines);
    return code;
}

static int run_command(const options *o, failure *why)
{
    ensemble_options asked = *(const ensemble_options *)o->own;
    ensemble_file e = {0};
    ensemble_result r = {.o = o, .own = &asked, .e = &e, .variance = NAN};
    if (asked.variance || asked.samples > 0 || (!asked.occurrence && !asked.mean_diagram && asked.cycles == 0))
        asked.fixed_points = 1;
    int code = run(&r, &e, why);
    free(r.fixed);
    free(r.fixed_active);
    free(r.occurs);
    free(r.occurs_active);
    free(r.axis);
    free(r.x[0]);
    free(r.x[1]);
    free(r.grid);
    binnet_ensemble_free(r.object);
    binnet_ctx_free(r.ctx);
    ensemble_file_free(&e);
    return code;
}

static const command_option own_options[] = {
    {"fixed-points", NULL, "expected fixed points, and the most probable classes of states (default)", option_flag,
     OWN(ensemble_options, fixed_points)},
    OPTION_TOP("how many of the most probable classes of states to show, default 20"),
    {"variance", NULL, "variance of their number, by pairs of states", option_flag, OWN(ensemble_options, variance)},
    {"cycles", "T", "expected cycles of the lengths 2 to T, T at most 8", option_whole, OWN(ensemble_options, cycles),
     .least = 2, .most = 8},
    {"occurrence", NULL, "states that occur for some stimuli (of --vary, else of all populations)", option_flag,
     OWN(ensemble_options, occurrence)},
    {"diagram", NULL, "expected fixed points over one or two stimuli (--vary)", option_flag,
     OWN(ensemble_options, mean_diagram)},
    {"vary", "NAME=LO:HI", "the stimulus of a population and the range to go through; may be repeated", option_ranges,
     SHARED(vary)},
    {"grid", "K", "stimuli on each axis of the diagram, default 101", option_whole, OWN(ensemble_options, grid),
     .least = 2, .most = 2000},
    {"check-samples", "K", "draw K networks, find their attractors, and compare", option_whole,
     OWN(ensemble_options, samples), .least = 2, .most = 100000000},
    {"seed", "K", "of the networks drawn, default 1", option_whole, OWN(ensemble_options, seed),
     .least = -4503599627370496, .most = 4503599627370496},
    OPTION_TIE,
    OPTION_THRESHOLD,
    OPTION_STIMULUS,
    {"tolerance", "X", "largest error of probabilities of currents, default 1e-12", option_number, SHARED(tolerance),
     .param = BINNET_P_TOLERANCE},
    OPTION_ESTIMATE,
    {0}};

const command command_ensemble = {
    .name = "ensemble",
    .usage = "binnet ensemble FILE [--fixed-points] [--diagram --vary NAME=LO:HI ...] [options]",
    .about = "random wiring: expected fixed points and cycles, mean diagram, states that occur",
    .file = "ENSEMBLE",
    .options = own_options,
    .groups = {&group_output, &group_picture, &group_limits},
    .own_size = sizeof(ensemble_options),
    .own = &(const ensemble_options){.grid = 101, .seed = 1},
    .run = run_command};
