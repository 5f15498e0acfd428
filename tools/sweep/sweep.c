/* The points of a sweep one after the other, each from the laws before it; the report; what --estimate says. */
#include "sweep/sweep.h"

#include "report/costs.h"
#include "report/result.h"
#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* --- one point --- */

/* The weights of the file, and room for those of a point. */
typedef struct weights {
    double *file;
    size_t count;
} weights;

static double *weights_of(network *net)
{
    return net->n_sizes > 0 ? net->J : net->weight;
}

static int keep_weights(weights *w, network *net, failure *why)
{
    w->count = net->n_sizes > 0 ? net->n_sizes * net->n_sizes : (size_t)net->row_ptr[net->n];
    w->file = malloc((w->count + 1) * sizeof *w->file);
    if (w->file == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(w->file, weights_of(net), w->count * sizeof *w->file);
    return EXIT_DONE;
}

/* Network, noise and chain of a point, as its own. */
static int make_point(model *at, const sweep *s, const weights *file, const double *x, failure *why)
{
    const model *m = s->m;
    size_t n = m->net.n;
    double I[BINNET_MAX_CHAIN_NEURONS], scale[BINNET_MAX_CHAIN_NEURONS];
    double times = 1;
    int scaled = 0;
    *at = *m;
    at->object = NULL;
    at->noise = NULL;
    at->chain = NULL;
    for (size_t i = 0; i < n; i++) {
        I[i] = binnet_net_stimulus(m->object, i);
        scale[i] = model_scale(m, i);
    }
    for (size_t a = 0; a < s->axes; a++) {
        const sweep_axis *axis = &s->axis[a];
        for (size_t k = 0; k < axis->heard.count; k++)
            I[axis->heard.neuron[k]] = x[a];
        if (axis->what == VARY_NOISE && m->choice->correlated)
            return fail(why, EXIT_USAGE, "--vary noise: correlated noise has no single scale; vary noise-factor");
        times *= axis->what == VARY_NOISE_FACTOR ? x[a] : 1;
        for (size_t i = 0; i < n && axis->what == VARY_NOISE; i++)
            scale[i] = x[a];
        for (size_t i = 0; i < n && axis->what == VARY_NOISE_FACTOR; i++)
            scale[i] *= x[a];
        for (size_t k = 0; k < file->count && axis->what == VARY_WEIGHTS; k++)
            weights_of(&at->net)[k] = x[a] * file->file[k];
        scaled |= axis->what == VARY_WEIGHTS;
    }
    if (scaled)
        TRY(network_make(m->ctx, &at->object, &at->net, why));
    binnet_net *heard = NULL;
    int32_t status = binnet_net_with_stimuli(m->ctx, &heard, scaled ? at->object : m->object, I);
    binnet_net_free(at->object);
    at->object = heard;
    if (status == BINNET_OK)
        status = noise_make_part(m->ctx, &at->noise, m->choice, n, NULL, scale, m->dof, times);
    if (status == BINNET_OK)
        status = binnet_chain_new(m->ctx, &at->chain, at->object, at->noise, m->update);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

static void free_point(model *at)
{
    binnet_chain_free(at->chain);
    binnet_noise_free(at->noise);
    binnet_net_free(at->object);
}

/* A law that is not there leaves a gap. */
static int is_gap(int32_t status)
{
    return status == BINNET_E_REDUCIBLE || status == BINNET_E_NOCONV || status == BINNET_E_UNDERFLOW;
}

static int solve_point(sweep *s, size_t k, model *at, extrapolation *before, failure *why)
{
    sweep_point *p = &s->point[k];
    double *value = s->value + k * s->plan->count;
    binnet_law *start = extrapolation_next(at->ctx, before, at->net.n), *law = NULL;
    int32_t status = binnet_chain_stationary_from(at->ctx, &law, at->chain, start);
    binnet_law_free(start);
    p->residual = p->error = NAN;
    for (size_t q = 0; q < s->plan->count; q++)
        value[q] = NAN;
    if (is_gap(status)) {
        failure said = {0};
        library_failure(&said, at->ctx, status);
        p->note = malloc(SWEEP_NOTE);
        if (p->note == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        snprintf(p->note, SWEEP_NOTE, "%.*s", SWEEP_NOTE - 1, said.text);
        s->gaps++;
        extrapolation_forget(before);
        return EXIT_DONE;
    }
    if (status != BINNET_OK)
        return library_failure(why, at->ctx, status);
    p->residual = binnet_law_residual(law);
    p->error = binnet_law_balance_error(law);
    p->steps = binnet_law_iterations(law);
    int code = s->plan->evaluate(value, s->plan, at, law, why);
    if (code == EXIT_DONE)
        extrapolation_add(before, law);
    binnet_law_free(law);
    return code;
}

/* --- all points --- */

/* What the memory limit leaves beside the solver. */
static double spare_bytes(const sweep *s)
{
    int64_t limit = 0;
    uint64_t bytes = 0;
    binnet_ctx_get_i64(s->m->ctx, BINNET_P_MEMORY_LIMIT, &limit);
    binnet_chain_stationary_estimate(s->m->ctx, NULL, &bytes, NULL, s->m->chain);
    double copies = 40 * ldexp(1, (int)s->m->net.n); /* of the start */
    return limit > 0 ? (double)limit - (double)bytes - copies : 1e18;
}

/* The same large pieces are needed at each point: kept, not given back to the system, whose new pages cost more than a step. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
#endif
}

/* Rows there and back, so that each point is beside the one before it: where the point solved as number k is. */
static size_t place_of(const sweep *s, size_t k)
{
    size_t columns = s->axis[0].steps, row = k / columns, column = k % columns;
    return row * columns + (row % 2 ? columns - 1 - column : column);
}

/* After Ctrl-C: what is solved is kept. */
static int leave_rest(sweep *s, size_t solved, failure *why)
{
    static const char text[] = "interrupted";
    for (size_t k = solved; k < s->points; k++) {
        sweep_point *p = &s->point[place_of(s, k)];
        char *note = malloc(sizeof text);
        if (note == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        memcpy(note, text, sizeof text);
        *p = (sweep_point){.residual = NAN, .error = NAN, .note = note};
        for (size_t q = 0; q < s->plan->count; q++)
            s->value[place_of(s, k) * s->plan->count + q] = NAN;
        s->gaps++;
    }
    s->interrupted = 1;
    return EXIT_DONE;
}

static int solve_points(sweep *s, model *m, progress *shown, failure *why)
{
    weights file = {0};
    size_t columns = s->axis[0].steps, solved = 0;
    keep_memory();
    extrapolation *before = extrapolation_new((size_t)1 << m->net.n, spare_bytes(s));
    int code = keep_weights(&file, &m->net, why);
    while (solved < s->points && code == EXIT_DONE) {
        size_t k = place_of(s, solved), row = k / columns;
        double x[SWEEP_AXES] = {axis_value(&s->axis[0], k % columns), s->axes > 1 ? axis_value(&s->axis[1], row) : 0};
        model at;
        progress_span(shown, (double)solved / (double)s->points, (double)(solved + 1) / (double)s->points);
        if (solved % columns <= 1 && row > 0)
            extrapolation_turn(before);
        code = make_point(&at, s, &file, x, why);
        if (code == EXIT_DONE)
            code = solve_point(s, k, &at, before, why);
        free_point(&at);
        solved += code == EXIT_DONE;
        if (code == EXIT_DONE && solved < s->points && progress_step(shown, 0))
            code = fail(why, EXIT_STOPPED, "interrupted");
    }
    if (code == EXIT_STOPPED && progress_stopped() && solved > 0 && s->o->out != NULL)
        code = leave_rest(s, solved, why);
    if (file.file != NULL)
        memcpy(weights_of(&m->net), file.file, file.count * sizeof *file.file);
    free(file.file);
    extrapolation_free(before);
    return code;
}

/* --- report --- */

char *sweep_about(char text[200], const sweep *s)
{
    char noise[100];
    int varied = 0;
    for (size_t a = 0; a < s->axes; a++)
        varied |= s->axis[a].what == VARY_NOISE || s->axis[a].what == VARY_NOISE_FACTOR;
    snprintf(text, 200, "stationary law, %s update, noise %s", update_name(s->m->update),
             varied ? noise_name(binnet_noise_kind(s->m->noise)) : noise_text(noise, s->m));
    return text;
}

int sweep_range(double *least, double *most, const sweep *s, size_t quantity)
{
    int any = 0;
    for (size_t k = 0; k < s->points; k++) {
        double v = s->value[k * s->plan->count + quantity];
        if (isnan(v))
            continue;
        *least = any ? fmin(*least, v) : v;
        *most = any ? fmax(*most, v) : v;
        any = 1;
    }
    return any;
}

static void report_axes(const sweep *s)
{
    char text[320];
    for (size_t a = 0; a < s->axes; a++) {
        const sweep_axis *x = &s->axis[a];
        printf("%-14s %s, %.10g to %.10g, %zu values", a == 0 ? "varied" : "", axis_text(text, x), x->lo, x->hi,
               x->steps);
        if (x->what == VARY_STIMULUS)
            printf(" (%zu neuron%s)", x->heard.count, x->heard.count == 1 ? "" : "s");
        printf("\n");
    }
}

static void report_marks(const sweep *s)
{
    const char *what = s->cycles ? "fixed points and cycles" : "fixed points";
    if (s->unmarked[0] != 0)
        printf("bifurcations   not shown: %s\n", s->unmarked);
    else if (s->regions != NULL)
        printf("bifurcations   %" PRIu64 " regions of the noiseless network (%s)\n", binnet_regions_count(s->regions),
               what);
    else if (s->stimulus_axis >= 0)
        printf("bifurcations   %zu points of the noiseless network (%s)\n", s->marks, what);
}

/* "E=0.5, I=1" */
static void place_text(char text[400], const sweep *s, size_t k)
{
    size_t columns = s->axis[0].steps;
    int used = snprintf(text, 300, "%.150s=%.6g", s->axis[0].name, axis_value(&s->axis[0], k % columns));
    if (s->axes > 1)
        snprintf(text + used, 400 - (size_t)used, ", %.150s=%.6g", s->axis[1].name,
                 axis_value(&s->axis[1], k / columns));
}

static void report_quantities(const sweep *s)
{
    int width = 8;
    char text[400];
    for (size_t q = 0; q < s->plan->count; q++)
        if (s->plan->quantity[q].drawn && (int)strlen(s->plan->quantity[q].name) > width)
            width = (int)strlen(s->plan->quantity[q].name);
    printf("\n%-*s  %-12s %-28s %-12s at\n", width, "quantity", "least", "at", "largest");
    for (size_t q = 0; q < s->plan->count; q++) {
        size_t least = SIZE_MAX, most = SIZE_MAX;
        if (!s->plan->quantity[q].drawn)
            continue;
        for (size_t k = 0; k < s->points; k++) {
            double v = s->value[k * s->plan->count + q];
            if (isnan(v))
                continue;
            least = least == SIZE_MAX || v < s->value[least * s->plan->count + q] ? k : least;
            most = most == SIZE_MAX || v > s->value[most * s->plan->count + q] ? k : most;
        }
        printf("%-*s  ", width, s->plan->quantity[q].name);
        if (least == SIZE_MAX) {
            printf("not defined at any point\n");
            continue;
        }
        place_text(text, s, least);
        printf("%-12.6g %-28s ", s->value[least * s->plan->count + q], text);
        place_text(text, s, most);
        printf("%-12.6g %s\n", s->value[most * s->plan->count + q], text);
    }
}

static void report_sweep(const sweep *s)
{
    double residual = 0, error = 0;
    uint64_t steps = 0;
    for (size_t k = 0; k < s->points; k++) {
        steps += s->point[k].steps;
        residual = fmax(residual, s->point[k].residual);
        error = fmax(error, s->point[k].error);
    }
    printf("solved         %zu of %zu points, %" PRIu64 " steps, %.3g s, %s kernels\n", s->points - s->gaps, s->points,
           steps, s->seconds, binnet_kernels());
    if (s->gaps < s->points)
        printf("error          largest residual %.2g, largest estimated relative error of a probability %.2g\n",
               residual, error);
    report_marks(s);
    if (s->gaps < s->points)
        report_quantities(s);
    enum { SHOWN = 5 };
    size_t shown = 0;
    char text[400];
    for (size_t k = 0; k < s->points && shown < SHOWN; k++)
        if (s->point[k].note != NULL) {
            place_text(text, s, k);
            printf("%sno law         at %s: %s\n", shown++ == 0 ? "\n" : "", text, s->point[k].note);
        }
    if (s->gaps > SHOWN)
        printf("... and at %zu more points\n", s->gaps - SHOWN);
}

/* A start saves up to some three quarters of the time of a law. */
static int print_estimate(const sweep *s, failure *why)
{
    uint64_t states, bytes;
    cost c;
    char text[80];
    int32_t status = binnet_chain_stationary_estimate(s->m->ctx, &states, &bytes, NULL, s->m->chain);
    if (status != BINNET_OK)
        return library_failure(why, s->m->ctx, status);
    TRY(cost_stationary(&c, s->m, why));
    printf("estimate       %zu points of %" PRIu64
           " states, at most %.4g MiB for a law, and as much as %.4g MiB for the laws before\n",
           s->points, states, (double)bytes / 1048576,
           fmax(0, fmin(spare_bytes(s), 14 * 8 * (double)states)) / 1048576);
    c.from *= 0.25 * (double)s->points * (double)(1 + s->plan->more_laws);
    c.to *= (double)s->points * (double)(1 + s->plan->more_laws);
    printf("time           %s (a law as in the file, measured on %zu of its neurons, times the points%s)\n",
           cost_text(text, &c), c.part, s->plan->more_laws > 0 ? " and the stimuli" : "");
    return EXIT_DONE;
}

/* What the plan sets itself cannot vary; the values have room. */
static int check_plan(const sweep *s, failure *why)
{
    const sweep_plan *plan = s->plan;
    for (size_t a = 0; a < s->axes && plan->set != NULL; a++)
        for (size_t k = 0; k < s->axis[a].heard.count; k++)
            if (plan->set[s->axis[a].heard.neuron[k]])
                return fail(why, EXIT_USAGE, "--vary %s: neuron '%s' hears the stimuli of the set", s->axis[a].name,
                            s->m->net.name[s->axis[a].heard.neuron[k]]);
    double bytes = 8.0 * (double)s->points * (double)plan->count;
    if (s->o->memory > 0 && bytes > (double)s->o->memory)
        return fail(why, EXIT_BUDGET, "%zu values at %zu points take %.4g MiB (limit %.4g MiB)", plan->count, s->points,
                    bytes / 1048576, (double)s->o->memory / 1048576);
    return EXIT_DONE;
}

static int run(sweep *s, model *m, failure *why)
{
    TRY(sweep_read(s, why));
    TRY(check_plan(s, why));
    if (s->o->plot != NULL)
        TRY(plot_sweep_possible(s, why));
    if (!s->o->quiet) {
        report_network(m, s->o);
        report_axes(s);
    }
    if (s->o->estimate)
        return print_estimate(s, why);
    s->value = malloc(s->points * s->plan->count * sizeof *s->value + 1);
    s->point = calloc(s->points, sizeof *s->point);
    if (s->value == NULL || s->point == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, s->o->quiet);
    int code = solve_points(s, m, &p, why);
    progress_end(&p, m->ctx);
    s->seconds = work_clock() - began;
    TRY(code);
    if (s->interrupted)
        snprintf(s->unmarked, sizeof s->unmarked, "interrupted");
    else
        TRY(sweep_mark_bifurcations(s, why));
    if (!s->o->quiet)
        report_sweep(s);
    if (s->o->out != NULL)
        TRY(sweep_write(s, why));
    if (s->interrupted)
        return fail(why, EXIT_STOPPED, "interrupted; %zu of %zu points are solved and written", s->points - s->gaps,
                    s->points);
    if (s->o->plot != NULL)
        TRY(s->axes == 1 ? plot_sweep_line(s, why) : plot_sweep_map(s, why));
    char text[400];
    size_t k = 0;
    while (k < s->points && s->point[k].note == NULL)
        k++;
    if (s->gaps == 0)
        return EXIT_DONE;
    place_text(text, s, k);
    return fail(why, EXIT_STOPPED, "%zu of %zu points have no law, the first at %s: %s", s->gaps, s->points, text,
                s->point[k].note);
}

int sweep_run(model *m, const options *o, const sweep_plan *plan, failure *why)
{
    sweep s = {.m = m, .o = o, .plan = plan, .stimulus_axis = -1};
    int code = run(&s, m, why);
    for (size_t k = 0; s.point != NULL && k < s.points; k++)
        free(s.point[k].note);
    free(s.point);
    free(s.value);
    free(s.mark);
    binnet_regions_free(s.regions);
    return code;
}
