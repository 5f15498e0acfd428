/* binnet passage: how long it takes from states to states, which are reached first, how a set is left. */
#include "commands/commands.h"
#include "report/costs.h"
#include "report/result.h"
#include "report/tables.h"
#include "settings/progress.h"
#include "settings/state_sets.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct passage_options {
    const char *from, *to, *against;
    int escape;
} passage_options;

typedef struct passage {
    const model *m;
    const options *o;
    binnet_set *from, *to, *against;
    size_t states;
    double *mean, *variance, *first; /* [states]; first: [2][states], with --against */
    double error, first_error;
    double all_mean, all_variance; /* from the states of `from`, each as likely */
    uint64_t *order;               /* the states of `from` outside of the target, longest time first */
    size_t count;
    binnet_law *law; /* quasi-stationary, with --escape */
    double rate, rate_error, seconds;
    uint64_t *top_state;
    double *top;
    size_t tops;
} passage;

static const passage_options *own(const options *o)
{
    return o->own;
}

static int32_t solve_passage(passage *w)
{
    binnet_ctx *ctx = w->m->ctx;
    int32_t status = BINNET_OK;
    if (w->to != NULL) {
        status = binnet_passage_times(ctx, w->mean, w->variance, w->states, &w->error, w->m->chain, w->to);
        if (status == BINNET_OK && w->against != NULL) {
            const binnet_set *sets[2] = {w->to, w->against};
            status = binnet_passage_probabilities(ctx, w->first, 2 * w->states, &w->first_error, w->m->chain, 2, sets);
        }
    }
    if (status == BINNET_OK && own(w->o)->escape)
        status = binnet_passage_quasi_stationary(ctx, &w->law, &w->rate, &w->rate_error, w->m->chain, w->from);
    return status;
}

/* E and Var over the states of `from`. */
static void average_times(passage *w)
{
    double each = 1 / (double)binnet_set_count(w->from);
    for (size_t s = 0; s < w->states; s++)
        if (binnet_set_contains(w->from, s))
            w->all_mean += each * w->mean[s];
    for (size_t s = 0; s < w->states; s++)
        if (binnet_set_contains(w->from, s))
            w->all_variance += isinf(w->all_mean)
                                   ? INFINITY
                                   : each * (w->variance[s] + (w->mean[s] - w->all_mean) * (w->mean[s] - w->all_mean));
}

/* Longest time first; equal ones by state: a heap, since a library's sort would take no argument. */
static int before(const passage *w, uint64_t a, uint64_t b)
{
    return w->mean[a] > w->mean[b] || (!(w->mean[a] < w->mean[b]) && a < b);
}

static void sink_state(const passage *w, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(w, w->order[child], w->order[child + 1]))
            child++; /* the root comes last */
        if (!before(w, w->order[at], w->order[child]))
            return;
        uint64_t swap = w->order[at];
        w->order[at] = w->order[child];
        w->order[child] = swap;
    }
}

static void order_states(passage *w)
{
    for (size_t s = 0; s < w->states; s++)
        if (binnet_set_contains(w->from, s) && !binnet_set_contains(w->to, s))
            w->order[w->count++] = s;
    for (size_t k = w->count / 2; k-- > 0;)
        sink_state(w, k, w->count);
    for (size_t left = w->count; left > 1; left--) {
        uint64_t swap = w->order[0];
        w->order[0] = w->order[left - 1];
        w->order[left - 1] = swap;
        sink_state(w, 0, left - 1);
    }
}

static int find_sets(passage *w, failure *why)
{
    const passage_options *say = own(w->o);
    const model *m = w->m;
    char text[BINNET_MAX_CHAIN_NEURONS + 1];
    if (say->to != NULL)
        TRY(states_named(&w->to, m, "to", say->to, why));
    if (w->to != NULL && binnet_set_count(w->to) == (uint64_t)1 << m->net.n)
        return fail(why, EXIT_USAGE, "--to: every state is in the target");
    if (say->against != NULL)
        TRY(states_named(&w->against, m, "against", say->against, why));
    for (uint64_t s = 0; w->against != NULL && s < (uint64_t)1 << m->net.n; s++)
        if (binnet_set_contains(w->to, s) && binnet_set_contains(w->against, s))
            return fail(why, EXIT_USAGE, "--against: --to and --against have state %s in common",
                        state_bits(text, s, m->net.n));
    if (say->from != NULL) {
        TRY(states_named(&w->from, m, "from", say->from, why));
        return say->escape && binnet_set_count(w->from) == (uint64_t)1 << m->net.n
                   ? fail(why, EXIT_USAGE, "--from: the set is every state: it is never left")
                   : EXIT_DONE;
    }
    int32_t status = binnet_set_new_complement(m->ctx, &w->from, w->to);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, m->ctx, status);
}

static int run_passage(passage *w, failure *why)
{
    w->states = (size_t)1 << w->m->net.n;
    w->mean = calloc(w->states, sizeof *w->mean);
    w->variance = calloc(w->states, sizeof *w->variance);
    w->first = calloc(2 * w->states, sizeof *w->first);
    w->order = calloc(w->states, sizeof *w->order);
    if (w->mean == NULL || w->variance == NULL || w->first == NULL || w->order == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    progress p;
    double began = work_clock();
    progress_begin(&p, w->m->ctx, w->o->quiet);
    int32_t status = solve_passage(w);
    int code = status == BINNET_OK ? EXIT_DONE : library_failure(why, w->m->ctx, status);
    progress_end(&p, w->m->ctx);
    w->seconds = work_clock() - began;
    TRY(code);
    if (w->to != NULL) {
        average_times(w);
        order_states(w);
    }
    if (w->law == NULL)
        return EXIT_DONE;
    w->tops = (uint64_t)w->o->top < binnet_set_count(w->from) ? (size_t)w->o->top : (size_t)binnet_set_count(w->from);
    w->top_state = calloc(w->tops + 1, sizeof *w->top_state);
    w->top = calloc(w->tops + 1, sizeof *w->top);
    if (w->top_state == NULL || w->top == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (w->tops > 0 && (status = binnet_law_top(w->m->ctx, w->top_state, w->top, w->tops, w->law)) != BINNET_OK)
        return library_failure(why, w->m->ctx, status);
    return EXIT_DONE;
}

static void passage_free(passage *w)
{
    binnet_set_free(w->from);
    binnet_set_free(w->to);
    binnet_set_free(w->against);
    binnet_law_free(w->law);
    free(w->mean);
    free(w->variance);
    free(w->first);
    free(w->order);
    free(w->top_state);
    free(w->top);
}

/* --- the report --- */

static void print_states(const passage *w)
{
    const network *net = &w->m->net;
    size_t shown = (uint64_t)w->o->top < w->count ? (size_t)w->o->top : w->count;
    char bits[65];
    printf("\nlongest first (leftmost digit = first neuron, %s)\n", net->name[0]);
    printf("%-14s %-14s ", "mean time", "deviation");
    if (w->against != NULL)
        printf("%-14s ", "Pr(to first)");
    printf("%-*s  active\n", (int)net->n > 5 ? (int)net->n : 5, "0/1");
    for (size_t k = 0; k < shown; k++) {
        uint64_t s = w->order[k];
        printf("%-14.9g %-14.9g ", w->mean[s], sqrt(w->variance[s]));
        if (w->against != NULL)
            printf("%-14.9g ", w->first[s]);
        printf("%-*s  ", (int)net->n > 5 ? (int)net->n : 5, state_bits(bits, s, net->n));
        print_active(net, s);
        printf("\n");
    }
    if (shown < w->count)
        printf("... and %zu more (-o PREFIX)\n", w->count - shown);
}

static void report_passage(const passage *w)
{
    const passage_options *say = own(w->o);
    const network *net = &w->m->net;
    char bits[65];
    printf("from           %s: %" PRIu64 " state%s\n", say->from != NULL ? say->from : "everywhere else",
           binnet_set_count(w->from), binnet_set_count(w->from) == 1 ? "" : "s");
    if (w->to != NULL)
        printf("to             %s: %" PRIu64 " state%s\n", say->to, binnet_set_count(w->to),
               binnet_set_count(w->to) == 1 ? "" : "s");
    if (w->against != NULL)
        printf("against        %s: %" PRIu64 " state%s\n", say->against, binnet_set_count(w->against),
               binnet_set_count(w->against) == 1 ? "" : "s");
    printf("solved         %.3g s, %s kernels\n", w->seconds, binnet_kernels());
    if (w->to != NULL) {
        printf("error          of a time, relative: %.2g", w->error);
        if (w->against != NULL)
            printf(", of a probability: %.2g", w->first_error);
        printf("\ntime           mean %.12g steps, deviation %.9g, from these states, each as likely\n", w->all_mean,
               sqrt(w->all_variance));
        print_states(w);
    }
    if (w->law == NULL)
        return;
    printf("\nescape         the set `from` is left at rate %.12g a step (relative error %.2g),\n"
           "               once in %.9g steps, when it has been kept for long\n",
           w->rate, w->rate_error, 1 / w->rate);
    printf("%-14s %-*s  active\n", "probability", (int)net->n > 5 ? (int)net->n : 5, "0/1");
    for (size_t k = 0; k < w->tops; k++) {
        printf("%-14.9g %-*s  ", w->top[k], (int)net->n > 5 ? (int)net->n : 5,
               state_bits(bits, w->top_state[k], net->n));
        print_active(net, w->top_state[k]);
        printf("\n");
    }
}

/* --- files --- */

static const char *const conventions[] = {
    "time: steps of the chain until a state of the target is first reached; inf: it may never be",
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost; in tables behind a letter b, so that no reader takes them for numbers",
    "to_first: Pr(the target is reached before `against`)",
    "quasi-stationary law v of a set: v Q = (1 - rate) v, Q the transitions within it",
    NULL};

static void about_passage(FILE *f, const passage *w, const char *what)
{
    const passage_options *say = own(w->o);
    csv_about(f, w->m, w->o, what);
    fprintf(f, "# update %s, from %s, to %s, against %s\n", update_name(w->m->update),
            say->from != NULL ? say->from : "everywhere else", say->to != NULL ? say->to : "-",
            say->against != NULL ? say->against : "-");
    for (int k = 0; conventions[k] != NULL; k++)
        fprintf(f, "# %s\n", conventions[k]);
}

static int csv_times(const passage *w, failure *why)
{
    table t;
    TRY(table_open(&t, w->o, "_times.csv", why));
    about_passage(t.file, w, "times to the target, longest first");
    fprintf(t.file, "# relative error of a time %.3g\nstate,bits,mean,deviation%s,active\n", w->error,
            w->against != NULL ? ",to_first" : "");
    for (size_t k = 0; k < w->count; k++) {
        uint64_t s = w->order[k];
        fprintf(t.file, "%" PRIu64 ",", s);
        csv_bits(t.file, s, w->m->net.n);
        fputc(',', t.file);
        csv_real(t.file, w->mean[s]);
        fputc(',', t.file);
        csv_real(t.file, sqrt(w->variance[s]));
        if (w->against != NULL)
            fprintf(t.file, ",%.17g", w->first[s]);
        fputc(',', t.file);
        csv_active(t.file, &w->m->net, s);
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

static int csv_escape(const passage *w, failure *why)
{
    table t;
    TRY(table_open(&t, w->o, "_escape.csv", why));
    about_passage(t.file, w, "quasi-stationary law of the set `from`");
    fprintf(t.file, "# rate %.17g a step, relative error %.3g\nstate,bits,probability,active\n", w->rate,
            w->rate_error);
    for (size_t k = 0; k < w->tops; k++) {
        fprintf(t.file, "%" PRIu64 ",", w->top_state[k]);
        csv_bits(t.file, w->top_state[k], w->m->net.n);
        fprintf(t.file, ",%.17g,", w->top[k]);
        csv_active(t.file, &w->m->net, w->top_state[k]);
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

static json_t *json_times(const passage *w)
{
    json_t *list = json_array();
    for (size_t k = 0; k < w->count; k++) {
        uint64_t s = w->order[k];
        json_t *one = json_pack("{s:I, s:o, s:o, s:o}", "state", (json_int_t)s, "mean", json_number(w->mean[s]),
                                "deviation", json_number(sqrt(w->variance[s])), "active", json_active(&w->m->net, s));
        if (w->against != NULL)
            json_object_set_new(one, "to_first", json_number(w->first[s]));
        json_array_append_new(list, one);
    }
    return list;
}

static int dump_json(const passage *w, failure *why)
{
    const passage_options *say = own(w->o);
    json_t *lines = json_array(), *names = json_array();
    for (int k = 0; conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    for (size_t i = 0; i < w->m->net.n; i++)
        json_array_append_new(names, json_string(w->m->net.name[i]));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:s?, s:s?, s:s?, s:o}", "format",
                            "binnet-passage 1", "version", binnet_version(), "command", w->o->text, "conventions",
                            lines, "title", w->m->net.title, "source", w->m->net.source, "import",
                            json_notes(&w->m->net), "settings", json_settings(w->m), "update",
                            update_name(w->m->update), "from", say->from, "to", say->to, "against", say->against,
                            "neurons", names);
    if (all != NULL && w->to != NULL) {
        json_object_set_new(all, "relative_error", json_number(w->error));
        json_object_set_new(all, "mean", json_number(w->all_mean));
        json_object_set_new(all, "deviation", json_number(sqrt(w->all_variance)));
        json_object_set_new(all, "times", json_times(w));
    }
    if (all != NULL && w->law != NULL) {
        json_t *list = json_array();
        for (size_t k = 0; k < w->tops; k++)
            json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "state", (json_int_t)w->top_state[k],
                                                  "probability", json_number(w->top[k]), "active",
                                                  json_active(&w->m->net, w->top_state[k])));
        json_object_set_new(all, "escape",
                            json_pack("{s:o, s:o, s:o}", "rate", json_number(w->rate), "relative_error",
                                      json_number(w->rate_error), "law", list));
    }
    return json_save(all, w->o, ".json", why);
}

static int write_passage(const passage *w, failure *why)
{
    if (w->o->format != NULL && strcmp(w->o->format, "json") == 0)
        return dump_json(w, why);
    if (w->to != NULL)
        TRY(csv_times(w, why));
    return w->law != NULL ? csv_escape(w, why) : EXIT_DONE;
}

/* What an iteration of passage times takes: a step of the chain is measured, where that costs the same (not when it goes by
 * elimination of variables). How many iterations there will be is not known. */
static int estimate_iterations(const passage *w, double flops, failure *why)
{
    const double most = 2e10;
    double seconds, of_step;
    char took[32];
    int32_t status = binnet_chain_apply_estimate(w->m->ctx, NULL, NULL, &of_step, w->m->chain);
    if (status == BINNET_OK)
        status = cost_step(&seconds, w->m->ctx, w->m->chain, of_step < 0.9 * flops ? 0 : most);
    if (status != BINNET_OK)
        return library_failure(why, w->m->ctx, status);
    printf("               by iteration, each of about %.3g floating-point operations\n", flops);
    if (seconds > 0)
        printf("time           %s an iteration, measured now; how many there will be is not known beforehand\n",
               duration_text(took, seconds));
    else
        printf("time           not known: an iteration is not measured, nor is it known how many there will be\n");
    return EXIT_DONE;
}

/* Operations of the elimination or, *iterates, of one iteration: then they are those of the method. */
static int32_t count_operations(const passage *w, const binnet_set *target, uint64_t *count, uint64_t *bytes,
                                double *flops, int *iterates)
{
    binnet_ctx *ctx = w->m->ctx;
    int64_t method;
    double other;
    int32_t status = binnet_passage_estimate(ctx, count, bytes, flops, w->m->chain, target);
    if (status == BINNET_OK)
        status = binnet_ctx_get_i64(ctx, BINNET_P_METHOD, &method);
    if (status != BINNET_OK)
        return status;
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, BINNET_METHOD_ITERATION);
    status = binnet_passage_estimate(ctx, NULL, NULL, &other, w->m->chain, target);
    binnet_ctx_set_i64(ctx, BINNET_P_METHOD, method);
    *iterates = method == BINNET_METHOD_ITERATION || !(*flops < other || *flops > other);
    return status;
}

static int estimate_passage(const passage *w, failure *why)
{
    uint64_t count, bytes;
    double flops;
    int64_t limit;
    int iterates;
    const model *m = w->m;
    binnet_set *outside = NULL;
    int32_t status = w->to == NULL ? binnet_set_new_complement(m->ctx, &outside, w->from) : BINNET_OK;
    if (status == BINNET_OK)
        status = count_operations(w, w->to != NULL ? w->to : outside, &count, &bytes, &flops, &iterates);
    binnet_set_free(outside);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    binnet_ctx_get_i64(m->ctx, BINNET_P_MEMORY_LIMIT, &limit);
    printf("estimate       %" PRIu64 " states outside of the target, at most %.4g MiB (limit %.4g MiB)", count,
           (double)bytes / 1048576, (double)limit / 1048576);
    if (!iterates) {
        printf(", about %.3g floating-point operations\n", flops);
        return EXIT_DONE;
    }
    printf("\n");
    return estimate_iterations(w, flops, why);
}

static int solve(passage *w, failure *why)
{
    TRY(find_sets(w, why));
    if (!w->o->quiet)
        report_network(w->m, w->o);
    if (w->o->estimate)
        return estimate_passage(w, why);
    TRY(run_passage(w, why));
    if (!w->o->quiet)
        report_passage(w);
    return w->o->out != NULL ? write_passage(w, why) : EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m;
    passage w = {.m = &m, .o = o};
    int code = model_read(&m, o, why);
    if (code == EXIT_DONE)
        code = model_chain(&m, o, why);
    if (code == EXIT_DONE)
        code = solve(&w, why);
    passage_free(&w);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const passage_options *say = own(o);
    if (say->to == NULL && !say->escape)
        return fail(why, EXIT_USAGE, "say --to STATES, or --from STATES --escape");
    if (say->escape && say->from == NULL)
        return fail(why, EXIT_USAGE, "--escape is from a set: --from STATES");
    if (say->against != NULL && say->to == NULL)
        return fail(why, EXIT_USAGE, "--against is for --to");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"from", "STATES",
     "0/1 of each neuron (x: either), attractor:K, or several with commas between; default: all but the target",
     option_text, OWN(passage_options, from)},
    {"to", "STATES", "the target, likewise", option_text, OWN(passage_options, to)},
    {"against", "STATES", "with --to: the probability that the target is reached before these", option_text,
     OWN(passage_options, against)},
    {"escape", NULL, "how the set --from is left: rate and quasi-stationary law", option_flag,
     OWN(passage_options, escape)},
    OPTION_TOP("how many states to show, default 20"),
    OPTION_ESTIMATE,
    {0}};

const command command_passage = {.name = "passage",
                                 .usage = "binnet passage NETWORK --update RULE --noise KIND:SCALE --from STATES --to "
                                          "STATES [options]",
                                 .about = "how long from states to states, which come first, how a set is left",
                                 .file = "NETWORK",
                                 .options = own_options,
                                 .groups = {&group_noise, &group_solver, &group_network, &group_output, &group_limits,
                                            &group_import},
                                 .own_size = sizeof(passage_options),
                                 .check = check_options,
                                 .run = run_command};
