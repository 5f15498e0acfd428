/* binnet attractors: every fixed point and cycle at the given stimuli, basins, distances to bifurcations, audit of
 * ties. */
#include "commands/commands.h"
#include "settings/progress.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIES = 1000 }; /* states with ties that are listed */

typedef struct findings {
    const model *m;
    const options *o;
    int32_t update;
    binnet_attractors *attractors;
    uint64_t count;
    size_t n_pop;
    double *down, *up; /* [n_pop] of the attractor at hand */
    uint64_t ties, changed[3], *tie_state, *tie_neurons;
    size_t ties_listed;
    uint64_t others[3], kept[3]; /* under each tie rule: attractors, and how many of them are among ours */
    double seconds;
} findings;

static int32_t find(const findings *f, binnet_attractors **out, const binnet_net *net)
{
    return f->update == BINNET_UPDATE_ASYNCHRONOUS ? binnet_attractors_new_asynchronous(f->m->ctx, out, net)
                                                   : binnet_attractors_new(f->m->ctx, out, net);
}

/* What the attractors would be under the other tie rules. */
static int32_t other_ties(findings *f)
{
    binnet_ctx *ctx = f->m->ctx;
    int32_t status = BINNET_OK;
    for (int32_t tie = 0; tie < 3 && status == BINNET_OK; tie++) {
        binnet_net *net = NULL;
        binnet_attractors *a = NULL;
        if (tie == f->m->net.tie)
            continue;
        status = binnet_net_with_tie(ctx, &net, f->m->object, tie);
        if (status == BINNET_OK)
            status = find(f, &a, net);
        f->others[tie] = binnet_attractors_count(a);
        if (status == BINNET_OK)
            status = binnet_attractors_match(ctx, NULL, &f->kept[tie], f->others[tie], a, f->attractors);
        binnet_attractors_free(a);
        binnet_net_free(net);
    }
    return status;
}

static int32_t solve_all(findings *f)
{
    int32_t status = find(f, &f->attractors, f->m->object);
    f->count = binnet_attractors_count(f->attractors);
    f->n_pop = binnet_attractors_populations(f->attractors);
    if (status == BINNET_OK)
        status = binnet_net_ties(f->m->ctx, &f->ties, f->changed, f->tie_state, f->tie_neurons, TIES, f->m->object);
    f->ties_listed = f->ties < TIES ? (size_t)f->ties : TIES;
    return status == BINNET_OK && f->ties > 0 ? other_ties(f) : status;
}

static const char *population_name(const findings *f, size_t a)
{
    const network *net = &f->m->net;
    return net->n_sizes > 0 || net->n_populations > 0 ? net->population_name[a] : "all";
}

static int margins(findings *f, uint64_t k, failure *why)
{
    int32_t status = binnet_attractors_margins(f->m->ctx, f->down, f->up, f->n_pop, f->attractors, k);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, f->m->ctx, status);
}

static double fraction(const findings *f, uint64_t states)
{
    return (double)states / ldexp(1, (int)f->m->net.n);
}

/* --- the report --- */

static void report_head(const findings *f)
{
    uint64_t fixed = 0, longest = 0;
    char text[80];
    for (uint64_t k = 0; k < f->count; k++) {
        uint64_t period = binnet_attractors_period(f->attractors, k);
        fixed += period == 1;
        longest = period > longest ? period : longest;
    }
    double entropy = binnet_attractors_basin_entropy(f->attractors);
    int synchronous = f->update == BINNET_UPDATE_SYNCHRONOUS;
    printf("normalisation  %s\n", normalisation_text(text, &f->m->net));
    printf("attractors     %" PRIu64 ": %" PRIu64 " fixed point%s, %" PRIu64 " %s%s", f->count, fixed,
           fixed == 1 ? "" : "s", f->count - fixed, synchronous ? "cycle" : "set", f->count - fixed == 1 ? "" : "s");
    if (longest > 1)
        printf(" (%s %" PRIu64 ")", synchronous ? "longest period" : "most states", longest);
    printf("; %.3g s\n", f->seconds);
    printf("basin entropy  %.10g nats = %.10g bits\n", entropy, entropy / log(2));
    if (f->ties == 0) {
        printf("ties           no state has a drive of exactly 0\n");
        return;
    }
    printf("ties           %" PRIu64 " state%s a drive of exactly 0\n", f->ties, f->ties == 1 ? " has" : "s have");
    for (int32_t tie = 0; tie < 3; tie++)
        if (tie != f->m->net.tie)
            printf("               with --tie %s: %" PRIu64 " of them go elsewhere; attractors: %" PRIu64
                   ", as here: %" PRIu64 "\n",
                   tie_name(tie), f->changed[tie], f->others[tie], f->kept[tie]);
}

static void report_states(const findings *f, uint64_t k, size_t most)
{
    const network *net = &f->m->net;
    uint64_t period = binnet_attractors_period(f->attractors, k);
    char bits[65];
    for (uint64_t step = 0; step < period && step < most; step++) {
        uint64_t state = binnet_attractors_state(f->attractors, k, step);
        printf("%8s %-12" PRIu64 " %s  ", "", state, state_bits(bits, state, net->n));
        print_active(net, state);
        printf("\n");
    }
    if (period > most)
        printf("%8s ... and %" PRIu64 " more states\n", "", period - most);
}

/* "none" when there is no bifurcation that way. */
static const char *distance(char text[32], double x)
{
    snprintf(text, 32, "%.6g", x);
    return isinf(x) ? "none" : text;
}

static int report(findings *f, failure *why)
{
    char down[32], up[32];
    size_t rows = f->o->limit >= 0 ? (size_t)f->o->limit : 20;
    int synchronous = f->update == BINNET_UPDATE_SYNCHRONOUS;
    report_head(f);
    printf("\nstates below each: number whose bit i is neuron i, from 0; 0/1, leftmost = first, %s; active neurons\n",
           f->m->net.name[0]);
    printf("%-8s %-8s %-12s %-11s %s\n", "number", synchronous ? "period" : "states", "basin", "fraction",
           synchronous ? "transient: longest, mean" : "states that can end here");
    for (uint64_t k = 0; k < f->count && k < rows; k++) {
        uint64_t basin = binnet_attractors_basin(f->attractors, k);
        printf("%-8" PRIu64 " %-8" PRIu64 " %-12" PRIu64 " %-11.6g ", k, binnet_attractors_period(f->attractors, k),
               basin, fraction(f, basin));
        if (synchronous)
            printf("%" PRIu64 ", %.6g\n", binnet_attractors_longest_transient(f->attractors, k),
                   binnet_attractors_mean_transient(f->attractors, k));
        else
            printf("%" PRIu64 "\n", binnet_attractors_weak_basin(f->attractors, k));
        report_states(f, k, 8);
        TRY(margins(f, k, why));
        printf("%8s nearest bifurcation:", "");
        for (size_t a = 0; a < f->n_pop && a < 8; a++)
            printf("%s I of %s down %s, up %s", a > 0 ? ";" : "", population_name(f, a), distance(down, f->down[a]),
                   distance(up, f->up[a]));
        printf("%s\n", f->n_pop > 8 ? "; ..." : "");
    }
    if (f->count > rows)
        printf("... and %" PRIu64 " more (--limit K)\n", f->count - rows);
    return EXIT_DONE;
}

/* --- files --- */

/* Where the update is not that of the file. */
static const char *of_file(char text[80], const findings *f)
{
    int32_t said = f->m->net.update;
    if (said == 0 || said == f->update)
        return "";
    snprintf(text, 80, " (the file says %s)", update_name(said));
    return text;
}

static char *conventions(char text[200], const findings *f, int which)
{
    char more[80];
    switch (which) {
    case 0:
        snprintf(text, 200, "update: %s%s", update_name(f->update), of_file(more, f));
        break;
    case 1:
        snprintf(text, 200, "tie: next activity at a drive of exactly 0: %s", tie_name(f->m->net.tie));
        break;
    case 2:
        snprintf(text, 200,
                 "basin: states that end there and nowhere else, its own included; weak_basin: that can end there");
        break;
    case 3:
        snprintf(text, 200,
                 "down, up: how far the stimulus of a population can fall or rise before it changes; infinite: any");
        break;
    default:
        return NULL;
    }
    return text;
}

static void header(FILE *out, const findings *f, const char *what)
{
    char text[200];
    csv_about(out, f->m, f->o, what);
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        fprintf(out, "# %s\n", dynamics_conventions[k]);
    for (int k = 0; conventions(text, f, k) != NULL; k++)
        fprintf(out, "# %s\n", text);
}

static int csv_attractors(FILE *out, findings *f, failure *why)
{
    char text[300];
    fprintf(out, "attractor,period,basin,fraction,weak_basin,longest_transient,mean_transient");
    for (size_t a = 0; a < f->n_pop; a++)
        for (int up = 0; up < 2; up++) {
            snprintf(text, sizeof text, "%s_%.255s", up ? "up" : "down", population_name(f, a));
            fputc(',', out);
            csv_field(out, text);
        }
    fputc('\n', out);
    for (uint64_t k = 0; k < f->count; k++) {
        const binnet_attractors *a = f->attractors;
        TRY(margins(f, k, why));
        fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", k, binnet_attractors_period(a, k),
                binnet_attractors_basin(a, k));
        csv_real(out, fraction(f, binnet_attractors_basin(a, k)));
        fprintf(out, ",%" PRIu64 ",", binnet_attractors_weak_basin(a, k));
        if (f->update == BINNET_UPDATE_SYNCHRONOUS)
            fprintf(out, "%" PRIu64, binnet_attractors_longest_transient(a, k));
        fputc(',', out);
        if (f->update == BINNET_UPDATE_SYNCHRONOUS)
            csv_real(out, binnet_attractors_mean_transient(a, k));
        for (size_t p = 0; p < f->n_pop; p++) {
            fputc(',', out);
            csv_real(out, f->down[p]);
            fputc(',', out);
            csv_real(out, f->up[p]);
        }
        fputc('\n', out);
    }
    return EXIT_DONE;
}

static int csv_states(FILE *out, findings *f, failure *why)
{
    (void)why;
    fprintf(out, "attractor,step,state,bits,active\n");
    for (uint64_t k = 0; k < f->count; k++)
        for (uint64_t step = 0; step < binnet_attractors_period(f->attractors, k); step++) {
            uint64_t state = binnet_attractors_state(f->attractors, k, step);
            fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", k, step, state);
            csv_bits(out, state, f->m->net.n);
            fputc(',', out);
            csv_active(out, &f->m->net, state);
            fputc('\n', out);
        }
    return EXIT_DONE;
}

static int csv_ties(FILE *out, findings *f, failure *why)
{
    (void)why;
    fprintf(out, "# the first %zu of %" PRIu64 " states\nstate,bits,neurons_with_drive_0\n", f->ties_listed, f->ties);
    for (size_t k = 0; k < f->ties_listed; k++) {
        fprintf(out, "%" PRIu64 ",", f->tie_state[k]);
        csv_bits(out, f->tie_state[k], f->m->net.n);
        fputc(',', out);
        csv_active(out, &f->m->net, f->tie_neurons[k]);
        fputc('\n', out);
    }
    return EXIT_DONE;
}

static int dump_csv(findings *f, failure *why)
{
    const struct {
        const char *ending, *what;
        int (*write)(FILE *, findings *, failure *);
    } tables[] = {{"_attractors.csv", "attractors", csv_attractors},
                  {"_states.csv", "states of the attractors", csv_states},
                  {"_ties.csv", "states in which a drive is exactly 0", csv_ties}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        TRY(table_open(&t, f->o, tables[k].ending, why));
        header(t.file, f, tables[k].what);
        TRY(table_finish(&t, tables[k].write(t.file, f, why), why));
    }
    return EXIT_DONE;
}

static json_t *json_attractor(findings *f, uint64_t k)
{
    const binnet_attractors *a = f->attractors;
    const network *net = &f->m->net;
    json_t *states = json_array(), *distance = json_object();
    char bits[65];
    for (uint64_t step = 0; step < binnet_attractors_period(a, k); step++) {
        uint64_t state = binnet_attractors_state(a, k, step);
        json_array_append_new(states, json_pack("{s:I, s:s, s:o}", "state", (json_int_t)state, "bits",
                                                state_bits(bits, state, net->n), "active", json_active(net, state)));
    }
    for (size_t p = 0; p < f->n_pop; p++)
        json_object_set_new(distance, population_name(f, p),
                            json_pack("{s:o, s:o}", "down", json_number(f->down[p]), "up", json_number(f->up[p])));
    json_t *all = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o}", "period", (json_int_t)binnet_attractors_period(a, k),
                            "basin", (json_int_t)binnet_attractors_basin(a, k), "fraction",
                            json_number(fraction(f, binnet_attractors_basin(a, k))), "weak_basin",
                            (json_int_t)binnet_attractors_weak_basin(a, k), "distance", distance, "states", states);
    if (f->update == BINNET_UPDATE_SYNCHRONOUS) {
        json_object_set_new(all, "longest_transient",
                            json_integer((json_int_t)binnet_attractors_longest_transient(a, k)));
        json_object_set_new(all, "mean_transient", json_number(binnet_attractors_mean_transient(a, k)));
    }
    return all;
}

static int dump_json(findings *f, failure *why)
{
    const network *net = &f->m->net;
    json_t *lines = json_array(), *names = json_array(), *list = json_array(), *ties = json_array(),
           *rules = json_object();
    char text[200];
    int code = EXIT_DONE;
    for (int k = 0; dynamics_conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(dynamics_conventions[k]));
    for (int k = 0; conventions(text, f, k) != NULL; k++)
        json_array_append_new(lines, json_string(text));
    json_array_append_new(lines, json_string("null in place of a number: infinite"));
    for (size_t i = 0; i < net->n; i++)
        json_array_append_new(names, json_string(net->name[i]));
    for (uint64_t k = 0; k < f->count && code == EXIT_DONE; k++) {
        code = margins(f, k, why);
        json_array_append_new(list, json_attractor(f, k));
    }
    for (size_t k = 0; k < f->ties_listed; k++)
        json_array_append_new(ties, json_pack("{s:I, s:o}", "state", (json_int_t)f->tie_state[k], "neurons",
                                              json_active(net, f->tie_neurons[k])));
    for (int32_t tie = 0; tie < 3 && f->ties > 0; tie++)
        if (tie != net->tie)
            json_object_set_new(rules, tie_name(tie),
                                json_pack("{s:I, s:I, s:I}", "states_that_go_elsewhere", (json_int_t)f->changed[tie],
                                          "attractors", (json_int_t)f->others[tie], "as_here",
                                          (json_int_t)f->kept[tie]));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:s, s:o, s:o, s:o, s:{s:I, s:o, s:o}}",
                            "format", "binnet-attractors 1", "version", binnet_version(), "command", f->o->text,
                            "conventions", lines, "title", net->title, "source", net->source, "import", json_notes(net),
                            "update", update_name(f->update), "tie", tie_name(net->tie), "neurons", names,
                            "basin_entropy_nats", json_number(binnet_attractors_basin_entropy(f->attractors)),
                            "attractors", list, "ties", "states", (json_int_t)f->ties, "first", ties,
                            "under_other_rules", rules);
    if (code != EXIT_DONE) {
        json_decref(all);
        return code;
    }
    json_object_set_new(all, "settings", json_settings(f->m));
    return json_save(all, f->o, ".json", why);
}

/* --- the command --- */

static int print_estimate(const findings *f, failure *why)
{
    uint64_t states, bytes;
    double work;
    binnet_ctx *ctx = f->m->ctx;
    int32_t status = f->update == BINNET_UPDATE_ASYNCHRONOUS
                         ? binnet_attractors_asynchronous_estimate(ctx, &states, &bytes, &work, f->m->object)
                         : binnet_attractors_estimate(ctx, &states, &bytes, &work, f->m->object);
    if (status != BINNET_OK)
        return library_failure(why, ctx, status);
    printf("estimate       %" PRIu64 " states, at most %.4g MiB, about %.3g operations\n", states,
           (double)bytes / 1048576, work);
    return EXIT_DONE;
}

static int choose_update(findings *f, const model *m, const options *o, failure *why)
{
    int32_t from_file = m->net.update == BINNET_UPDATE_ASYNCHRONOUS ? m->net.update : BINNET_UPDATE_SYNCHRONOUS;
    f->update = o->update != 0 ? o->update : from_file;
    if (f->update != BINNET_UPDATE_SYNCHRONOUS && f->update != BINNET_UPDATE_ASYNCHRONOUS)
        return fail(why, EXIT_USAGE, "--update: attractors are for synchronous or asynchronous updates");
    size_t most = f->update == BINNET_UPDATE_ASYNCHRONOUS ? BINNET_MAX_ASYNCHRONOUS_NEURONS
                                                          : BINNET_MAX_ATTRACTOR_NEURONS;
    if (m->net.n > most)
        return fail(why, EXIT_BUDGET,
                    "%zu neurons have 2^%zu states; attractors with %s updates are for at most %zu neurons"
                    " (see fixed-points, and diagram for homogeneous populations)",
                    m->net.n, m->net.n, update_name(f->update), most);
    return EXIT_DONE;
}

static int run(findings *f, model *m, const options *o, failure *why)
{
    *f = (findings){.m = m, .o = o};
    TRY(model_read(m, o, why));
    TRY(choose_update(f, m, o, why));
    if (!o->quiet) {
        char text[80];
        report_network(m, o);
        printf("update         %s%s\n", update_name(f->update), of_file(text, f));
    }
    if (o->estimate)
        return print_estimate(f, why);
    f->tie_state = calloc(TIES, sizeof *f->tie_state);
    f->tie_neurons = calloc(TIES, sizeof *f->tie_neurons);
    f->down = calloc(m->net.n, sizeof *f->down);
    f->up = calloc(m->net.n, sizeof *f->up);
    if (f->tie_state == NULL || f->tie_neurons == NULL || f->down == NULL || f->up == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    progress p;
    double began = work_clock();
    progress_begin(&p, m->ctx, o->quiet);
    int32_t status = solve_all(f);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
    progress_end(&p, m->ctx);
    f->seconds = work_clock() - began;
    TRY(code);
    if (!o->quiet)
        TRY(report(f, why));
    if (o->out == NULL)
        return EXIT_DONE;
    return o->format != NULL && strcmp(o->format, "json") == 0 ? dump_json(f, why) : dump_csv(f, why);
}

static int run_command(const options *o, failure *why)
{
    model m = {0};
    findings f;
    int code = run(&f, &m, o, why);
    binnet_attractors_free(f.attractors);
    free(f.tie_state);
    free(f.tie_neurons);
    free(f.down);
    free(f.up);
    model_free(&m);
    return code;
}

static const command_option own_options[] = {{"update", "RULE", "synchronous, or asynchronous (one neuron at a time)",
                                              option_word, SHARED(update), .words = "synchronous, asynchronous, sweep",
                                              .first = BINNET_UPDATE_SYNCHRONOUS},
                                             OPTION_LIMIT("rows on the terminal, default 20"),
                                             OPTION_ESTIMATE,
                                             {0}};

const command command_attractors = {
    .name = "attractors",
    .usage = "binnet attractors NETWORK [options]",
    .about = "without noise: every fixed point and cycle at the given stimuli, with its basin",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_network, &group_output, &group_limits, &group_import},
    .run = run_command};
