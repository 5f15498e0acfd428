/* From --vary to a diagram: which neurons hear which stimulus, the window, the library's objects. */
#include "report/diagram.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- which stimuli --- */

static size_t populations(const network *net)
{
    return net->n_sizes > 0 ? net->n_sizes : net->n_populations;
}

/* Population of neuron i: of homogeneous networks too. */
static int32_t population_of(const network *net, const binnet_net *object, size_t i)
{
    return net->n_sizes > 0 ? binnet_net_population(object, i) : net->n_populations > 0 ? net->population[i] : -1;
}

/* The neurons of a population, a neuron, or all get the axis; an error when one has another. */
static int assign(diagram_result *r, int32_t axis, const char *name, failure *why)
{
    const network *net = &r->m->net;
    int32_t population = -1;
    for (size_t a = 0; a < populations(net); a++)
        if (strcmp(net->population_name[a], name) == 0)
            population = (int32_t)a;
    int64_t neuron = population < 0 ? network_find(net, name) : -1;
    if (population < 0 && neuron < 0 && strcmp(name, "all") != 0)
        return fail(why, EXIT_USAGE, "--vary: there is no neuron or population '%s'", name);
    for (size_t i = 0; i < net->n; i++) {
        if (population >= 0 ? population_of(net, r->m->object, i) != population : neuron >= 0 && (int64_t)i != neuron)
            continue;
        if (r->axis_of[i] >= 0)
            return fail(why, EXIT_USAGE, "--vary: neuron '%s' would hear two stimuli, %s and %s", net->name[i],
                        r->axis[r->axis_of[i]].name, name);
        r->axis_of[i] = axis;
        r->axis[axis].neurons++;
    }
    return EXIT_DONE;
}

/* What to write when it is not clear which stimuli are meant. */
static int explain(const network *net, failure *why)
{
    char list[160] = "";
    size_t count = populations(net) > 0 ? populations(net) : net->n;
    for (size_t k = 0; k < count && strlen(list) < 100; k++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%.40s", k > 0 ? ", " : "",
                 populations(net) > 0 ? net->population_name[k] : net->name[k]);
    return fail(why, EXIT_USAGE, "say which stimuli vary, as --vary %.40s=-10:10 --vary %.40s; there are %s%s",
                populations(net) > 0 ? net->population_name[0] : net->name[0],
                populations(net) > 0 ? net->population_name[1] : net->name[1], list,
                strlen(list) >= 100 ? ", ..." : "");
}

int diagram_axes(diagram_result *r, const model *m, const options *o, failure *why)
{
    const network *net = &m->net;
    size_t n_pop = populations(net);
    *r = (diagram_result){.m = m, .o = o, .axes = o->vary.count};
    if (r->axes == 0)
        r->axes = n_pop > 0 ? n_pop : net->n <= 2 ? net->n : 1;
    if (o->vary.count == 0 && r->axes > 2)
        return explain(net, why);
    if (r->axes > BINNET_MAX_AXES)
        return fail(why, EXIT_USAGE, "--vary: %zu stimuli, at most %d can vary", r->axes, BINNET_MAX_AXES);
    r->axis = calloc(r->axes, sizeof *r->axis);
    r->axis_of = malloc(net->n * sizeof *r->axis_of);
    if (r->axis == NULL || r->axis_of == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < net->n; i++)
        r->axis_of[i] = -1;
    for (size_t a = 0; a < r->axes; a++) {
        stimulus_axis *x = &r->axis[a];
        *x = (stimulus_axis){.lo = NAN, .hi = NAN};
        if (o->vary.count > 0) {
            x->name = o->vary.at[a].name;
            if (o->vary.at[a].bounded) {
                x->lo = o->vary.at[a].lo;
                x->hi = o->vary.at[a].hi;
            }
        } else {
            x->name = n_pop > 0 ? net->population_name[a] : net->n <= 2 ? net->name[a] : "all";
        }
        TRY(assign(r, (int32_t)a, x->name, why));
        if (x->lo >= x->hi || isinf(x->lo) || isinf(x->hi))
            return fail(why, EXIT_USAGE, "--vary: the window of %s is %g:%g, expected two numbers, the lower first",
                        x->name, x->lo, x->hi);
    }
    return EXIT_DONE;
}

/* --- the window --- */

/* Around all finite ends of boxes in a stimulus, with a margin, on a round step. */
static void find_window(diagram_result *r, size_t a)
{
    double *lo = malloc(2 * r->axes * sizeof *lo), *hi = lo + r->axes, least = INFINITY, most = -INFINITY;
    uint64_t fixed = binnet_diagram_fixed_count(r->diagram), cycles = binnet_diagram_cycle_count(r->diagram);
    for (uint64_t k = 0; lo != NULL && k < fixed + cycles; k++) {
        if (k < fixed)
            binnet_diagram_fixed(r->diagram, k, NULL, lo, hi);
        else
            binnet_diagram_cycle(r->diagram, k - fixed, NULL, lo, hi);
        const double ends[2] = {lo[a], hi[a]};
        for (int e = 0; e < 2; e++)
            if (isfinite(ends[e])) {
                least = fmin(least, ends[e]);
                most = fmax(most, ends[e]);
            }
    }
    free(lo);
    if (least > most)
        least = most = 0;
    double margin = most > least ? 0.12 * (most - least) : fmax(1, 0.1 * fabs(least));
    double step = pow(10, floor(log10(margin)));
    r->axis[a].lo = floor((least - margin) / step) * step;
    r->axis[a].hi = ceil((most + margin) / step) * step;
}

/* --- solving --- */

int diagram_solve(diagram_result *r, failure *why)
{
    binnet_ctx *ctx = r->m->ctx;
    int32_t status = binnet_diagram_new_grouped(ctx, &r->diagram, r->m->object, r->axes, r->axis_of);
    if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    binnet_diagram_complete(r->diagram, &r->fixed_complete, &r->period_complete);
    for (uint64_t k = 0; k < binnet_diagram_fixed_count(r->diagram); k++) {
        double members = 1;
        binnet_diagram_fixed_class(r->diagram, k, NULL, &members);
        r->states += members;
    }
    for (size_t a = 0; a < r->axes; a++)
        if (isnan(r->axis[a].lo))
            find_window(r, a);
    if (r->axes > 2)
        return EXIT_DONE;
    const int32_t axis[2] = {0, 1};
    const double lo[2] = {r->axis[0].lo, r->axes == 2 ? r->axis[1].lo : 0};
    const double hi[2] = {r->axis[0].hi, r->axes == 2 ? r->axis[1].hi : 0};
    int32_t by = r->o->by_attractors ? BINNET_REGIONS_BY_ATTRACTORS : BINNET_REGIONS_BY_LABEL;
    status = binnet_regions_new(ctx, &r->regions, r->diagram, r->axes, axis, NULL, lo, hi, by);
    if (status == BINNET_OK && r->axes == 1)
        status = binnet_bifurcation_list_new(ctx, &r->bifurcations, r->diagram, 0, NULL);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, ctx, status);
}

void diagram_free(diagram_result *r)
{
    binnet_bifurcation_list_free(r->bifurcations);
    binnet_regions_free(r->regions);
    binnet_diagram_free(r->diagram);
    free(r->axis);
    free(r->axis_of);
}

/* --- words for what was found --- */

int diagram_is_complete(const diagram_result *r)
{
    int64_t wanted = r->o->max_period > 0 ? r->o->max_period : INT64_MAX;
    return r->fixed_complete && (r->period_complete >= wanted || wanted == 1);
}

char *diagram_completeness(char text[160], const diagram_result *r)
{
    char cycles[80];
    if (r->period_complete == INT64_MAX)
        snprintf(cycles, sizeof cycles, "all cycles");
    else if (r->o->max_period == 1)
        snprintf(cycles, sizeof cycles, "no cycles (--max-period 1)");
    else if (r->period_complete >= 2)
        snprintf(cycles, sizeof cycles, "all cycles up to period %" PRId64, r->period_complete);
    else
        snprintf(cycles, sizeof cycles, "some cycles only");
    snprintf(text, 160, "%s, %s", r->fixed_complete ? "all fixed points" : "some fixed points only", cycles);
    return text;
}

char *region_periods(char *text, size_t size, const binnet_regions *regions, uint64_t k)
{
    uint64_t periods, period;
    double cycles;
    size_t used = 0;
    snprintf(text, size, "-");
    binnet_regions_label(regions, k, NULL, NULL, NULL, &periods, NULL, NULL);
    for (uint64_t p = 0; p < periods; p++) {
        char one[64];
        binnet_regions_period(regions, k, p, &period, &cycles, NULL);
        if (cycles > 1)
            snprintf(one, sizeof one, "%s%" PRIu64 " (%.9g)", p > 0 ? ", " : "", period, cycles);
        else
            snprintf(one, sizeof one, "%s%" PRIu64, p > 0 ? ", " : "", period);
        if (used + strlen(one) + 6 > size) {
            snprintf(text + used, size - used, ", ...");
            break;
        }
        used += (size_t)snprintf(text + used, size - used, "%s", one);
    }
    return text;
}

char *diagram_update(char text[160], const diagram_result *r)
{
    int32_t said = r->m->net.update;
    snprintf(text, 160, "synchronous");
    if (said != 0 && said != BINNET_UPDATE_SYNCHRONOUS)
        snprintf(text, 160, "synchronous, although the file says %s: its fixed points are the same, its cycles are not",
                 update_name(said));
    return text;
}

const char *broken_text(int32_t broken)
{
    const char *text[] = {"no", "fixed points", "cycles", "both"};
    return text[broken & 3];
}

char *attractor_text(char *text, size_t size, const diagram_result *r, int cycle, uint64_t k, uint64_t step)
{
    const network *net = &r->m->net;
    if (net->n_sizes == 0) {
        uint64_t state = 0;
        if (cycle)
            binnet_diagram_cycle_state(r->diagram, k, step, &state);
        else
            binnet_diagram_fixed(r->diagram, k, &state, NULL, NULL);
        snprintf(text, size, "%" PRIu64, state);
        return text;
    }
    int64_t *active = calloc(net->n_sizes, sizeof *active);
    size_t used = 0;
    text[0] = 0;
    if (active != NULL && cycle)
        binnet_diagram_cycle_class(r->diagram, k, step, active, NULL);
    else if (active != NULL)
        binnet_diagram_fixed_class(r->diagram, k, active, NULL);
    for (size_t a = 0; active != NULL && a < net->n_sizes && used + 1 < size; a++) {
        int wrote = snprintf(text + used, size - used, "%s%s=%" PRId64, a > 0 ? " " : "", net->population_name[a],
                             active[a]);
        used += (size_t)wrote < size - used ? (size_t)wrote : size - used - 1;
    }
    free(active);
    return text;
}

void diagram_heading(picture *p, const diagram_result *r, double x)
{
    char text[400], complete[160];
    const char *file = strrchr(r->o->network, '/');
    picture_heading(p, x, 0,
                    picture_title(r->o, r->m->net.title != NULL ? r->m->net.title
                                        : file != NULL          ? file + 1
                                                                : r->o->network));
    snprintf(text, sizeof text, "no noise, synchronous update, a drive of 0: %s; %s", tie_name(r->m->net.tie),
             diagram_completeness(complete, r));
    picture_heading(p, x, 1, text);
}
