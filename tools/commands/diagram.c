/* binnet diagram: every fixed point and cycle over one, two or more stimuli, and what that makes of their plane. */
#include "commands/commands.h"
#include "report/diagram.h"
#include "settings/progress.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int print_estimate(const model *m, failure *why)
{
    uint64_t states, bytes;
    double work;
    int32_t status = binnet_diagram_estimate(m->ctx, &states, &bytes, &work, m->object);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    printf("estimate       %" PRIu64
           " states, %.4g MiB beside the lists, about %.3g steps (stimuli of the populations)\n",
           states, (double)bytes / 1048576, work);
    return EXIT_DONE;
}

static size_t shown(const options *o)
{
    return o->limit >= 0 ? (size_t)o->limit : 20;
}

static void report_head(const diagram_result *r)
{
    char text[160];
    double cycles = 0, members = 1;
    uint64_t longest = 0, period;
    for (uint64_t k = 0; k < binnet_diagram_cycle_count(r->diagram); k++) {
        binnet_diagram_cycle(r->diagram, k, &period, NULL, NULL);
        binnet_diagram_cycle_class(r->diagram, k, 0, NULL, &members);
        cycles += members;
        longest = period > longest ? period : longest;
    }
    for (size_t a = 0; a < r->axes; a++)
        printf("%-14s I of %s, %.10g to %.10g (%zu neuron%s)\n", a == 0 ? "stimuli" : "", r->axis[a].name,
               r->axis[a].lo, r->axis[a].hi, r->axis[a].neurons, r->axis[a].neurons == 1 ? "" : "s");
    printf("               replace the stimuli of the file; other neurons keep theirs\n");
    printf("update         %s\n", diagram_update(text, r));
    printf("normalisation  %s\n", normalisation_text(text, &r->m->net));
    printf("diagram        %.10g fixed point%s", r->states, r->states == 1 ? "" : "s");
    if (r->states > (double)binnet_diagram_fixed_count(r->diagram))
        printf(" in %" PRIu64 " class%s", binnet_diagram_fixed_count(r->diagram),
               binnet_diagram_fixed_count(r->diagram) == 1 ? "" : "es");
    printf(", %.10g cycle%s", cycles, cycles == 1 ? "" : "s");
    if (cycles > (double)binnet_diagram_cycle_count(r->diagram))
        printf(" in %" PRIu64 " class%s", binnet_diagram_cycle_count(r->diagram),
               binnet_diagram_cycle_count(r->diagram) == 1 ? "" : "es");
    if (longest > 0)
        printf(" (longest period %" PRIu64 ")", longest);
    printf(", for all stimuli; %.3g s\ncomplete       %s\n", r->seconds, diagram_completeness(text, r));
}

/* Labels by their share of the window: of area, or of length. */
typedef struct share {
    uint64_t region, regions; /* one that has it, and how many */
    double area;
} share;

static int by_area(const void *p, const void *q)
{
    const share *a = p, *b = q;
    return a->area > b->area ? -1 : a->area < b->area ? 1 : a->region < b->region ? -1 : 1;
}

static int report_labels(const diagram_result *r, failure *why)
{
    uint64_t count = binnet_regions_count(r->regions), labels = binnet_regions_labels(r->regions), label;
    share *list = calloc((size_t)labels, sizeof *list);
    double area, window = 0, fixed;
    char periods[60];
    int32_t broken;
    if (list == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (uint64_t k = 0; k < count; k++) {
        binnet_regions_label(r->regions, k, &label, NULL, NULL, NULL, NULL, &area);
        if (list[label].regions++ == 0)
            list[label].region = k;
        list[label].area += area;
        window += area;
    }
    qsort(list, (size_t)labels, sizeof *list, by_area);
    printf("regions        %" PRIu64 " in the window, of equal %s; %" PRIu64 " labels\n\n", count,
           r->o->by_attractors ? "attractors" : "label", labels);
    printf("%-12s %8s %13s  %-28s %s\n", "share", "regions", "fixed points", "periods (cycles)", "symmetry broken in");
    for (uint64_t k = 0; k < labels && k < shown(r->o); k++) {
        binnet_regions_label(r->regions, list[k].region, NULL, &fixed, NULL, NULL, &broken, NULL);
        printf("%-12.6g %8" PRIu64 " %13.10g  %-28s %s\n", list[k].area / window, list[k].regions, fixed,
               region_periods(periods, sizeof periods, r->regions, list[k].region), broken_text(broken));
    }
    if (labels > shown(r->o))
        printf("... and %" PRIu64 " more (--limit K)\n", labels - shown(r->o));
    if (binnet_regions_thin(r->regions) > 0)
        printf("%" PRIu64 " fixed points or cycles exist in the window on a line or in a point only\n",
               binnet_regions_thin(r->regions));
    free(list);
    return EXIT_DONE;
}

/* The intervals of one stimulus in order. */
static void report_intervals(const diagram_result *r)
{
    uint64_t count = binnet_regions_count(r->regions);
    printf("\n%-14s %-14s %13s  %-28s %s\n", "from", "to", "fixed points", "periods (cycles)", "symmetry broken in");
    for (uint64_t k = 0; k < count && k < shown(r->o); k++) {
        double lo, hi, fixed, last, unused;
        int32_t broken;
        char periods[60];
        binnet_regions_rectangle(r->regions, k, 0, &lo, &unused);
        binnet_regions_rectangle(r->regions, k, binnet_regions_rectangles(r->regions, k) - 1, &last, &hi);
        binnet_regions_label(r->regions, k, NULL, &fixed, NULL, NULL, &broken, NULL);
        printf("%-14.10g %-14.10g %13.10g  %-28s %s\n", lo, hi, fixed,
               region_periods(periods, sizeof periods, r->regions, k), broken_text(broken));
    }
    if (count > shown(r->o))
        printf("... and %" PRIu64 " more (--limit K)\n", count - shown(r->o));
}

static void print_changes(const diagram_result *r, uint64_t k, uint64_t changes, int appear)
{
    char text[80];
    int any = 0;
    for (uint64_t m = 0; m < changes; m++) {
        int32_t cycle, exists;
        uint64_t index, period = 1;
        binnet_bifurcation_list_change(r->bifurcations, k, m, &cycle, &index, &exists);
        int how = exists & BINNET_EXISTS_ABOVE ? 1 : exists & BINNET_EXISTS_BELOW ? 0 : 2;
        if (how != appear)
            continue;
        if (any++ == 0)
            printf("  %s", how == 1 ? "+" : how == 0 ? "-" : "here only");
        else
            printf(",");
        if (any > 6) {
            printf(" ...");
            break;
        }
        /* Two cycles may have this state in common: the number tells them apart. */
        if (cycle)
            printf(" cycle %" PRIu64, index);
        printf(" %s", attractor_text(text, sizeof text, r, cycle, index, 0));
        if (cycle) {
            binnet_diagram_cycle(r->diagram, index, &period, NULL, NULL);
            printf("(T=%" PRIu64 ")", period);
        }
    }
}

static void report_bifurcations(const diagram_result *r)
{
    uint64_t count = binnet_bifurcation_list_count(r->bifurcations), changes;
    double value;
    printf(
        "\n%" PRIu64
        " bifurcation points of I of %s: + appears, - disappears; fixed points as %s, cycles by number, one state, T=period\n",
        count, r->axis[0].name, r->m->net.n_sizes > 0 ? "active neurons of each population" : "states");
    for (uint64_t k = 0; k < count && k < shown(r->o); k++) {
        binnet_bifurcation_list_point(r->bifurcations, k, &value, &changes);
        printf("%-14.10g", value);
        for (int how = 0; how < 3; how++)
            print_changes(r, k, changes, how);
        printf("\n");
    }
    if (count > shown(r->o))
        printf("... and %" PRIu64 " more (--limit K)\n", count - shown(r->o));
}

/* "13", "cycle 3 (T=6, from 71360)": the number tells apart cycles that visit the same states in another order. */
static char *entry_text(char text[160], const diagram_result *r, int cycle, uint64_t index)
{
    char state[100];
    uint64_t period = 1;
    attractor_text(state, sizeof state, r, cycle, index, 0);
    if (cycle)
        binnet_diagram_cycle(r->diagram, index, &period, NULL, NULL);
    if (cycle)
        snprintf(text, 160, "cycle %" PRIu64 " (T=%" PRIu64 ", from %s)", index, period, state);
    else
        snprintf(text, 160, "%s", state);
    return text;
}

/* More than two stimuli: the boxes themselves, and what else there is. */
static int report_boxes(const diagram_result *r, failure *why)
{
    uint64_t fixed = binnet_diagram_fixed_count(r->diagram), all = fixed + binnet_diagram_cycle_count(r->diagram);
    double *lo = malloc(2 * r->axes * sizeof *lo), *hi = lo + r->axes;
    char text[160];
    if (lo == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    printf("regions        of one or two stimuli only, pictures too (--vary)\n\n%-34s box of stimuli\n",
           r->m->net.n_sizes > 0 ? "active neurons" : "state");
    for (uint64_t k = 0; k < all && k < shown(r->o); k++) {
        int cycle = k >= fixed;
        uint64_t index = cycle ? k - fixed : k;
        if (cycle)
            binnet_diagram_cycle(r->diagram, index, NULL, lo, hi);
        else
            binnet_diagram_fixed(r->diagram, index, NULL, lo, hi);
        printf("%-34s", entry_text(text, r, cycle, index));
        for (size_t a = 0; a < r->axes; a++)
            printf("%s %s %.10g to %.10g", a > 0 ? "," : "", r->axis[a].name, lo[a], hi[a]);
        printf("\n");
    }
    if (all > shown(r->o))
        printf("... and %" PRIu64 " more (--limit K)\n", all - shown(r->o));
    if (r->o->out == NULL)
        printf("-o PREFIX writes all of them, with which ends belong to each box\n");
    free(lo);
    return EXIT_DONE;
}

static int report(const diagram_result *r, failure *why)
{
    report_head(r);
    if (r->axes > 2)
        TRY(report_boxes(r, why));
    if (r->regions != NULL)
        TRY(report_labels(r, why));
    if (r->bifurcations != NULL) {
        report_intervals(r);
        report_bifurcations(r);
    }
    return EXIT_DONE;
}

static int solve(diagram_result *r, model *m, const options *o, failure *why)
{
    TRY(model_read(m, o, why));
    TRY(diagram_axes(r, m, o, why));
    if (o->plot != NULL && r->axes > 2)
        return fail(why, EXIT_USAGE, "--plot needs one or two stimuli that vary, not %zu", r->axes);
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return print_estimate(m, why);
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int code = diagram_solve(r, why);
    progress_end(&p, m->ctx);
    r->seconds = work_clock() - began;
    TRY(code);
    if (!o->quiet)
        TRY(report(r, why));
    if (o->out != NULL)
        TRY(diagram_write(r, why));
    if (o->plot != NULL)
        TRY(r->axes == 2 ? plot_plane(r, why) : plot_line(r, why));
    char text[160];
    if (!diagram_is_complete(r))
        return fail(why, EXIT_STOPPED, "the work limit was reached: the list has %s", diagram_completeness(text, r));
    return EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m = {0};
    diagram_result r = {0};
    int code = solve(&r, &m, o, why);
    diagram_free(&r);
    model_free(&m);
    return code;
}

static const command_option own_options[] = {
    {"vary", "NAME[=LO:HI]", "the stimulus of a population or neuron, and the window to show; may be repeated",
     option_ranges, SHARED(vary)},
    {"regions", "HOW", "of equal label (default) or of equal attractors", option_word, SHARED(by_attractors),
     .words = "label, attractors"},
    {"max-period", "K", "longest cycles to look for, 1: fixed points only; default: any", option_whole,
     SHARED(max_period), .least = 1, .most = 4503599627370496},
    OPTION_WORK_LIMIT,
    OPTION_LIMIT("rows on the terminal, default 20"),
    OPTION_ESTIMATE,
    {0}};

const command command_diagram = {
    .name = "diagram",
    .usage = "binnet diagram NETWORK --vary NAME[=LO:HI] [--vary NAME[=LO:HI]] [options]",
    .about = "without noise: every fixed point and cycle for all stimuli, regions and bifurcation points",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_network, &group_output, &group_picture, &group_limits, &group_import},
    .run = run_command};
