/* binnet fixed-points: all fixed points of a network whose states are too many to number. */
#include "commands/commands.h"
#include "settings/progress.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixed_points_options {
    int count_only;
} fixed_points_options;

typedef struct found {
    const model *m;
    const options *o;
    binnet_fixed_points *points;
    /* with --box: stimuli of units, which are the neurons, or, when several neurons share the stimulus of a box, the
     * populations of `grouped`: the neurons of each box are one, every other neuron is its own */
    binnet_net *grouped;
    size_t units;
    double *lo, *hi;  /* [units] */
    int32_t *unit_of; /* [n] */
    size_t *box_unit; /* [n_boxes] */
    double seconds;
} found;

/* The neurons of a population, a neuron, or "all" hear the stimulus of box k; *several: more than one does. */
static int assign(found *f, size_t k, int *several, failure *why)
{
    const network *net = &f->m->net;
    const range *box = &f->o->box.at[k];
    size_t n_pop = net->n_sizes > 0 ? net->n_sizes : net->n_populations, members = 0;
    int32_t population = -1;
    if (!box->bounded || box->lo > box->hi)
        return fail(why, EXIT_USAGE, "--box: expected NAME=LO:HI such as %s=-1:1, the lower end first", box->name);
    for (size_t a = 0; a < n_pop; a++)
        if (strcmp(net->population_name[a], box->name) == 0)
            population = (int32_t)a;
    int64_t neuron = population < 0 ? network_find(net, box->name) : -1;
    if (population < 0 && neuron < 0 && strcmp(box->name, "all") != 0)
        return fail(why, EXIT_USAGE, "--box: there is no neuron or population '%s'", box->name);
    for (size_t i = 0; i < net->n; i++) {
        if (population >= 0 ? binnet_net_population(f->m->object, i) != population
                            : neuron >= 0 && (int64_t)i != neuron)
            continue;
        if (f->unit_of[i] >= 0)
            return fail(why, EXIT_USAGE, "--box: neuron '%s' is in two boxes", net->name[i]);
        f->unit_of[i] = (int32_t)k;
        members++;
    }
    *several |= members > 1;
    return EXIT_DONE;
}

static int make_units(found *f, failure *why)
{
    size_t n = f->m->net.n, boxes = f->o->box.count;
    int several = 0;
    f->lo = calloc(n + boxes, sizeof *f->lo);
    f->hi = calloc(n + boxes, sizeof *f->hi);
    f->unit_of = malloc(n * sizeof *f->unit_of);
    f->box_unit = calloc(boxes, sizeof *f->box_unit);
    if (f->lo == NULL || f->hi == NULL || f->unit_of == NULL || f->box_unit == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < n; i++)
        f->unit_of[i] = -1;
    for (size_t k = 0; k < boxes; k++)
        TRY(assign(f, k, &several, why));
    f->units = several ? boxes : 0;
    for (size_t i = 0; i < n; i++) {
        int32_t k = f->unit_of[i];
        size_t unit = k >= 0 && several ? (size_t)k : f->units++;
        f->lo[unit] = k >= 0 ? f->o->box.at[k].lo : binnet_net_stimulus(f->m->object, i);
        f->hi[unit] = k >= 0 ? f->o->box.at[k].hi : f->lo[unit];
        if (k >= 0)
            f->box_unit[k] = unit;
        f->unit_of[i] = (int32_t)unit;
    }
    if (!several)
        return EXIT_DONE;
    int32_t status = binnet_net_with_populations(f->m->ctx, &f->grouped, f->m->object, f->units, f->unit_of);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, f->m->ctx, status);
}

static int32_t search(found *f, size_t most)
{
    binnet_ctx *ctx = f->m->ctx;
    if (f->o->box.count == 0)
        return binnet_fixed_points_new(ctx, &f->points, f->m->object, most);
    if (f->grouped == NULL)
        return binnet_fixed_points_new_box(ctx, &f->points, f->m->object, f->lo, f->hi, f->units, most);
    return binnet_fixed_points_new_population_box(ctx, &f->points, f->grouped, f->lo, f->hi, f->units, most);
}

static size_t wanted(const options *o)
{
    return ((const fixed_points_options *)o->own)->count_only ? 0 : o->limit >= 0 ? (size_t)o->limit : 1000;
}

static size_t active_count(const found *f, size_t k)
{
    size_t active = 0;
    for (size_t i = 0; i < f->m->net.n; i++)
        active += binnet_fixed_points_active(f->points, k, i) == 1;
    return active;
}

/* --- the report --- */

static void print_count(const found *f)
{
    uint64_t exact;
    printf("fixed points   ");
    if (!binnet_fixed_points_complete(f->points))
        printf("at least ");
    if (binnet_fixed_points_count_exact(f->points, &exact) == BINNET_OK)
        printf("%" PRIu64, exact);
    else
        printf("%.12g", binnet_fixed_points_count(f->points));
    printf("%s, %zu listed; %" PRIu64 " steps, %.3g s\n", f->o->box.count > 0 ? " for some stimuli of the box" : "",
           binnet_fixed_points_listed(f->points), binnet_fixed_points_steps(f->points), f->seconds);
    if (binnet_fixed_points_complete(f->points))
        printf("complete       every state was searched or excluded\n");
    else
        printf("incomplete     %.3g %% of the search was done; what is left are %zu sets of states\n",
               100 * binnet_fixed_points_searched(f->points), binnet_fixed_points_open_count(f->points));
}

/* The stimuli for which listed state k is a fixed point. */
static int stimuli_of(const found *f, size_t k, double *lo, double *hi, failure *why)
{
    int32_t status = binnet_fixed_points_box(f->m->ctx, lo, hi, f->units, f->points, k);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, f->m->ctx, status);
}

static int report(const found *f, double *lo, double *hi, failure *why)
{
    const network *net = &f->m->net;
    char text[80];
    size_t listed = binnet_fixed_points_listed(f->points);
    printf("normalisation  %s\n", normalisation_text(text, net));
    for (size_t k = 0; k < f->o->box.count; k++)
        printf("%-14s I of %s anything from %.10g to %.10g\n", k == 0 ? "stimuli" : "", f->o->box.at[k].name,
               f->o->box.at[k].lo, f->o->box.at[k].hi);
    print_count(f);
    for (size_t k = 0; k < listed && k < 20; k++) {
        size_t used = 0;
        printf("%s%-6zu %zu active:", k == 0 ? "\n" : "", k, active_count(f, k));
        for (size_t i = 0; i < net->n; i++)
            if (binnet_fixed_points_active(f->points, k, i) == 1) {
                if (used > 90) {
                    printf(" ...");
                    break;
                }
                printf(" %s", net->name[i]);
                used += strlen(net->name[i]) + 1;
            }
        printf("\n");
        if (f->o->box.count > 0)
            TRY(stimuli_of(f, k, lo, hi, why));
        for (size_t b = 0; b < f->o->box.count; b++)
            printf("       I of %s from %.10g to %.10g\n", f->o->box.at[b].name, lo[f->box_unit[b]],
                   hi[f->box_unit[b]]);
    }
    if (listed > 20)
        printf("... and %zu more in the list (-o PREFIX)\n", listed - 20);
    return EXIT_DONE;
}

/* --- files --- */

static const char *const conventions[] = {
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), for at most 63 neurons",
    "fixed point: every neuron's next activity is its activity; at a drive of exactly 0 as the tie rule says",
    "with --box: a state is listed when it is a fixed point for some stimuli in the box; lo and hi are these", NULL};

static uint64_t state_number(const found *f, size_t k)
{
    return binnet_fixed_points_state(f->points, k)[0];
}

static int csv_points(FILE *out, const found *f, double *lo, double *hi, failure *why)
{
    const network *net = &f->m->net;
    char text[300];
    csv_about(out, f->m, f->o, "fixed points");
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        fprintf(out, "# %s\n", dynamics_conventions[k]);
    for (int k = 0; conventions[k] != NULL; k++)
        fprintf(out, "# %s\n", conventions[k]);
    fprintf(out, "# tie: next activity at a drive of exactly 0: %s\n", tie_name(net->tie));
    fprintf(out, "# found: %.17g, listed: %zu, complete: %s\n", binnet_fixed_points_count(f->points),
            binnet_fixed_points_listed(f->points), binnet_fixed_points_complete(f->points) ? "yes" : "no");
    fprintf(out, "index,n_active,state,bits,active");
    for (size_t b = 0; b < f->o->box.count; b++)
        for (int end = 0; end < 2; end++) {
            snprintf(text, sizeof text, "%s_%.255s", end ? "hi" : "lo", f->o->box.at[b].name);
            fputc(',', out);
            csv_field(out, text);
        }
    fputc('\n', out);
    for (size_t k = 0; k < binnet_fixed_points_listed(f->points); k++) {
        int any = 0;
        fprintf(out, "%zu,%zu,", k, active_count(f, k));
        if (net->n <= BINNET_MAX_NEURONS)
            fprintf(out, "%" PRIu64, state_number(f, k));
        fputs(",b", out);
        for (size_t i = 0; i < net->n; i++)
            fputc(binnet_fixed_points_active(f->points, k, i) == 1 ? '1' : '0', out);
        fprintf(out, ",\"");
        for (size_t i = 0; i < net->n; i++)
            if (binnet_fixed_points_active(f->points, k, i) == 1) {
                fputs(any++ ? " " : "", out);
                for (const char *c = net->name[i]; *c != 0; c++) {
                    if (*c == '"')
                        fputc('"', out);
                    fputc(*c, out);
                }
            }
        fputc('"', out);
        if (f->o->box.count > 0)
            TRY(stimuli_of(f, k, lo, hi, why));
        for (size_t b = 0; b < f->o->box.count; b++) {
            fputc(',', out);
            csv_real(out, lo[f->box_unit[b]]);
            fputc(',', out);
            csv_real(out, hi[f->box_unit[b]]);
        }
        fputc('\n', out);
    }
    return EXIT_DONE;
}

static int dump_csv(const found *f, double *lo, double *hi, failure *why)
{
    table t;
    TRY(table_open(&t, f->o, "_fixed_points.csv", why));
    return table_finish(&t, csv_points(t.file, f, lo, hi, why), why);
}

static int dump_json(const found *f, double *lo, double *hi, failure *why)
{
    const network *net = &f->m->net;
    json_t *lines = json_array(), *names = json_array(), *list = json_array(), *boxes = json_array();
    char text[80];
    int code = EXIT_DONE;
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(dynamics_conventions[k]));
    for (int k = 0; conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string("null in place of a number: infinite"));
    for (size_t i = 0; i < net->n; i++)
        json_array_append_new(names, json_string(net->name[i]));
    for (size_t b = 0; b < f->o->box.count; b++)
        json_array_append_new(boxes, json_pack("{s:s, s:o, s:o}", "name", f->o->box.at[b].name, "lo",
                                               json_number(f->o->box.at[b].lo), "hi", json_number(f->o->box.at[b].hi)));
    for (size_t k = 0; k < binnet_fixed_points_listed(f->points) && code == EXIT_DONE; k++) {
        json_t *active = json_array(), *point = json_object(), *stimuli = json_array();
        for (size_t i = 0; i < net->n; i++)
            if (binnet_fixed_points_active(f->points, k, i) == 1)
                json_array_append_new(active, json_string(net->name[i]));
        if (net->n <= BINNET_MAX_NEURONS)
            json_object_set_new(point, "state", json_integer((json_int_t)state_number(f, k)));
        json_object_set_new(point, "active", active);
        if (f->o->box.count > 0)
            code = stimuli_of(f, k, lo, hi, why);
        for (size_t b = 0; b < f->o->box.count; b++)
            json_array_append_new(stimuli, json_pack("{s:o, s:o}", "lo", json_number(lo[f->box_unit[b]]), "hi",
                                                     json_number(hi[f->box_unit[b]])));
        json_object_set_new(point, "stimuli", stimuli);
        json_array_append_new(list, point);
    }
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:s, s:o, s:o, s:o, s:b, s:o}", "format",
                            "binnet-fixed-points 1", "version", binnet_version(), "command", f->o->text, "conventions",
                            lines, "title", net->title, "source", net->source, "import", json_notes(net), "tie",
                            tie_name(net->tie), "normalisation", normalisation_text(text, net), "neurons", names,
                            "boxes", boxes, "found", json_number(binnet_fixed_points_count(f->points)), "complete",
                            binnet_fixed_points_complete(f->points), "fixed_points", list);
    if (code != EXIT_DONE) {
        json_decref(all);
        return code;
    }
    json_object_set_new(all, "settings", json_settings(f->m));
    return json_save(all, f->o, ".json", why);
}

/* --- the command --- */

static int print_estimate(const found *f, failure *why)
{
    uint64_t bytes;
    const binnet_net *net = f->grouped != NULL ? f->grouped : f->m->object;
    int32_t status = binnet_fixed_points_estimate(f->m->ctx, NULL, &bytes, NULL, net, f->grouped != NULL, wanted(f->o));
    if (status != BINNET_OK)
        return library_failure(why, f->m->ctx, status);
    printf("estimate       at most %.4g MiB; how long it takes is not known beforehand (--work-limit W stops it)\n",
           (double)bytes / 1048576);
    return EXIT_DONE;
}

static int show(const found *f, failure *why)
{
    const options *o = f->o;
    double *lo = calloc(f->units + 1, sizeof *lo), *hi = calloc(f->units + 1, sizeof *hi);
    int code = lo == NULL || hi == NULL ? fail(why, EXIT_BUDGET, "out of memory") : EXIT_DONE;
    if (code == EXIT_DONE && !o->quiet)
        code = report(f, lo, hi, why);
    if (code == EXIT_DONE && o->out != NULL)
        code = o->format != NULL && strcmp(o->format, "json") == 0 ? dump_json(f, lo, hi, why)
                                                                   : dump_csv(f, lo, hi, why);
    free(lo);
    free(hi);
    TRY(code);
    if (!binnet_fixed_points_complete(f->points))
        return fail(why, EXIT_STOPPED, "the work limit was reached after %.3g %% of the search",
                    100 * binnet_fixed_points_searched(f->points));
    return EXIT_DONE;
}

static int run(found *f, model *m, const options *o, failure *why)
{
    *f = (found){.m = m, .o = o};
    TRY(model_read(m, o, why));
    if (o->box.count > 0)
        TRY(make_units(f, why));
    if (!o->quiet)
        report_network(m, o);
    if (o->estimate)
        return print_estimate(f, why);
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = search(f, wanted(o));
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    progress_end(&p, m->ctx);
    f->seconds = work_clock() - began;
    TRY(code);
    return show(f, why);
}

static int run_command(const options *o, failure *why)
{
    model m = {0};
    found f;
    int code = run(&f, &m, o, why);
    binnet_fixed_points_free(f.points);
    binnet_net_free(f.grouped);
    free(f.lo);
    free(f.hi);
    free(f.unit_of);
    free(f.box_unit);
    model_free(&m);
    return code;
}

static const command_option own_options[] = {
    {"box", "NAME=LO:HI", "a stimulus may be anything from LO to HI; may be repeated", option_ranges, SHARED(box)},
    OPTION_LIMIT("how many to list, default 1000"),
    {"count-only", NULL, "count fixed points without listing them", option_flag, OWN(fixed_points_options, count_only)},
    OPTION_WORK_LIMIT,
    OPTION_ESTIMATE,
    {0}};

const command command_fixed_points = {.name = "fixed-points",
                                      .usage = "binnet fixed-points NETWORK [--box NAME=LO:HI]... [options]",
                                      .about = "without noise: all fixed points of a large sparse network",
                                      .file = "NETWORK",
                                      .options = own_options,
                                      .groups = {&group_network, &group_output, &group_limits, &group_import},
                                      .own_size = sizeof(fixed_points_options),
                                      .run = run_command};
