/* Files of a law on its way: means against time, the most probable states at some times. */
#include "report/evolution.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <string.h>

static const char *const conventions[] = {
    "time: steps from the start; the law at time t is p(0) P_0 P_1 ... P_(t-1); with --rates in units: p(0) exp(t q (P - 1))",
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost; in tables behind a letter b, so that no reader takes them for numbers", NULL};

static void about_evolution(FILE *f, const evolution *e, const char *what)
{
    const evolution_options *own = e->o->own;
    csv_about(f, e->m, e->o, what);
    fprintf(f, "# update %s, start %s, %s at the end at most %.3g\n", update_name(e->m->update), own->from,
            e->events > 0 ? "sum of the errors of all probabilities" : "relative error of a probability", e->error);
    if (e->events > 0)
        fprintf(f, "# continuous time: q = %.17g updates in a unit of time\n", e->events);
    for (int k = 0; conventions[k] != NULL; k++)
        fprintf(f, "# %s\n", conventions[k]);
}

static int csv_means(const evolution *e, failure *why)
{
    table t;
    const network *net = &e->m->net;
    TRY(table_open(&t, e->o, "_means.csv", why));
    about_evolution(t.file, e, "mean activity of each neuron");
    fprintf(t.file, "time");
    for (size_t i = 0; i < net->n; i++) {
        fputc(',', t.file);
        csv_field(t.file, net->name[i]);
    }
    fputc('\n', t.file);
    for (size_t k = 0; k < e->times; k++) {
        fprintf(t.file, "%" PRIu64, e->time[k]);
        for (size_t i = 0; i < net->n; i++)
            fprintf(t.file, ",%.17g", e->mean[k * net->n + i]);
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

static int csv_snapshots(const evolution *e, failure *why)
{
    table t;
    TRY(table_open(&t, e->o, "_states.csv", why));
    about_evolution(t.file, e, "the most probable states at some times");
    fprintf(t.file, "time,state,bits,probability,active\n");
    for (size_t k = 0; k < e->snapshots; k++)
        for (size_t j = 0; j < e->top; j++) {
            const snapshot *s = &e->snapshot[k];
            fprintf(t.file, "%" PRIu64 ",%" PRIu64 ",", s->time, s->state[j]);
            csv_bits(t.file, s->state[j], e->m->net.n);
            fprintf(t.file, ",%.17g,", s->probability[j]);
            csv_active(t.file, &e->m->net, s->state[j]);
            fputc('\n', t.file);
        }
    return table_close(&t, why);
}

static int dump_json(const evolution *e, failure *why)
{
    const evolution_options *own = e->o->own;
    size_t n = e->m->net.n;
    json_t *lines = json_array(), *names = json_array(), *times = json_array(), *means = json_array(),
           *snapshots = json_array();
    for (int k = 0; conventions[k] != NULL; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(names, json_string(e->m->net.name[i]));
    for (size_t k = 0; k < e->times; k++) {
        json_array_append_new(times, json_integer((json_int_t)e->time[k]));
        json_array_append_new(means, json_numbers(e->mean + k * n, n));
    }
    for (size_t k = 0; k < e->snapshots; k++) {
        const snapshot *s = &e->snapshot[k];
        json_t *states = json_array();
        for (size_t j = 0; j < e->top; j++)
            json_array_append_new(states, json_pack("{s:I, s:o, s:o}", "state", (json_int_t)s->state[j], "probability",
                                                    json_number(s->probability[j]), "active",
                                                    json_active(&e->m->net, s->state[j])));
        json_array_append_new(snapshots, json_pack("{s:I, s:o, s:o}", "time", (json_int_t)s->time, "entropy",
                                                   json_number(s->entropy), "states", states));
    }
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o}",
                            "format", "binnet-evolution 1", "version", binnet_version(), "command", e->o->text,
                            "conventions", lines, "title", e->m->net.title, "source", e->m->net.source, "import",
                            json_notes(&e->m->net), "settings", json_settings(e->m), "update",
                            update_name(e->m->update), "start", own->from, "schedule", own->schedule, "relative_error",
                            json_number(e->error), "neurons", names, "times", times, "means", means, "snapshots",
                            snapshots);
    if (all != NULL && e->events > 0) {
        json_object_set_new(all, "updates_per_unit", json_number(e->events));
        json_object_set_new(all, "error_sum", json_number(e->error));
        json_object_set_new(all, "relative_error", json_null());
    }
    return json_save(all, e->o, ".json", why);
}

int evolution_write(const evolution *e, failure *why)
{
    if (e->o->format != NULL && strcmp(e->o->format, "json") == 0)
        return dump_json(e, why);
    TRY(csv_means(e, why));
    return csv_snapshots(e, why);
}
