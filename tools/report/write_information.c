/* Files of information: CSV tables or one JSON document. */
#include "report/information.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char units[] = "nats; bits are nats / 0.69314718055994531. Of a pair the first is earlier, or sends";

static double bits(double nats)
{
    return nats / 0.69314718055994530942;
}

static void csv_number_or_nothing(FILE *f, double x)
{
    if (!isnan(x))
        csv_real(f, x);
}

static void csv_amount(FILE *f, const char *what, double nats, const char *note)
{
    csv_field(f, what);
    fputc(',', f);
    csv_number_or_nothing(f, nats);
    fputc(',', f);
    csv_number_or_nothing(f, bits(nats));
    fputc(',', f);
    csv_field(f, note);
    fputc('\n', f);
}

static void csv_group(FILE *f, const char *what, const neuron_group *of, const network *net)
{
    fprintf(f, "# %s:", what);
    for (size_t k = 0; k < of->count; k++) {
        fputs(k > 0 ? ", " : " ", f);
        csv_field(f, net->name[of->neuron[k]]);
    }
    fputc('\n', f);
}

static void csv_figures(FILE *out, const information *f)
{
    csv_group(out, "group", &f->group, &f->m->net);
    if (f->two_groups) {
        csv_group(out, "source", &f->source, &f->m->net);
        csv_group(out, "target", &f->target, &f->m->net);
    }
    fprintf(out, "# lag %" PRIu64 " steps\nquantity,nats,bits,note\n", f->lag);
    csv_amount(out, "entropy", f->entropy.nats, "");
    csv_amount(out, "entropy_rate", f->rate.nats, "");
    csv_amount(out, "entropy_production", f->production.nats, f->production.why_not);
    csv_amount(out, "multi_information", f->multi.nats, f->multi.why_not);
    csv_amount(out, "mutual_information_with_later_self", f->memory.nats, f->memory.why_not);
    if (f->two_groups) {
        csv_amount(out, "mutual_information_source_target", f->between, "");
        csv_amount(out, "transfer_entropy_source_to_target", f->there, "");
        csv_amount(out, "transfer_entropy_target_to_source", f->back, "");
    }
    if (f->set.count > 0)
        csv_amount(out, "stimulus_information", f->told, "");
    for (int part = 0; part < BINNET_INFORMATION_PARTS && f->set.count > 0; part++)
        csv_amount(out, information_part_names[part], f->part[part], "part of stimulus_information");
}

static void csv_pairs(FILE *out, const information *f)
{
    size_t n = f->nodes;
    fprintf(out, "source,target,transfer_entropy,mutual_information_lag_%" PRIu64 "\n", f->lag);
    for (size_t k = 0; k < n * n; k++) {
        csv_field(out, f->name[k / n]);
        fputc(',', out);
        csv_field(out, f->name[k % n]);
        fputc(',', out);
        csv_number_or_nothing(out, f->transfer[k]);
        fputc(',', out);
        csv_real(out, f->mutual[k]);
        fputc('\n', out);
    }
}

/* Stimuli as given, and the mean activity of each neuron of the group. */
static void csv_responses(FILE *out, const information *f)
{
    const stimulus_set *s = &f->set;
    size_t k = f->group.count;
    char what[400];
    fprintf(out, "prior");
    for (size_t c = 0; c < s->columns; c++) {
        fputc(',', out);
        snprintf(what, sizeof what, "stimulus to %s", s->name[c]);
        csv_field(out, what);
    }
    for (size_t b = 0; b < k; b++) {
        fputc(',', out);
        snprintf(what, sizeof what, "mean %s", f->m->net.name[f->group.neuron[b]]);
        csv_field(out, what);
    }
    for (size_t i = 0; i < s->count; i++) {
        fputc('\n', out);
        csv_real(out, s->prior[i]);
        for (size_t c = 0; c < s->columns; c++) {
            fputc(',', out);
            csv_real(out, s->value[i * s->columns + c]);
        }
        for (size_t b = 0; b < k; b++) {
            fputc(',', out);
            csv_real(out, f->response[i * k + b]);
        }
    }
    fputc('\n', out);
}

static int dump_csv(const information *f, failure *why)
{
    const struct {
        const char *ending, *what;
        void (*write)(FILE *, const information *);
    } tables[] = {{"_information.csv", "information; empty where it was not computed", csv_figures},
                  {"_pairs.csv", "information of pairs", csv_pairs},
                  {"_stimuli.csv", "stimuli and responses", csv_responses}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables - (f->set.count == 0); k++) {
        table t;
        TRY(table_open(&t, f->o, tables[k].ending, why));
        csv_about_law(t.file, f->m, f->o, f->law, tables[k].what);
        fprintf(t.file, "# %s\n", units);
        tables[k].write(t.file, f);
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static json_t *json_group(const neuron_group *of, const network *net)
{
    json_t *list = json_array();
    for (size_t k = 0; k < of->count; k++)
        json_array_append_new(list, json_string(net->name[of->neuron[k]]));
    return list;
}

static json_t *json_names(char *const *name, size_t n)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, json_string(name[k]));
    return list;
}

static json_t *json_rows(const double *v, size_t rows, size_t columns)
{
    json_t *list = json_array();
    for (size_t k = 0; k < rows; k++)
        json_array_append_new(list, json_numbers(v + k * columns, columns));
    return list;
}

static json_t *json_stimuli(const information *f)
{
    const stimulus_set *s = &f->set;
    json_t *parts = json_object();
    for (int part = 0; part < BINNET_INFORMATION_PARTS; part++)
        json_object_set_new(parts, information_part_names[part], json_number(f->part[part]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "of", json_names(s->name, s->columns), "stimuli",
                     json_rows(s->value, s->count, s->columns), "prior", json_numbers(s->prior, s->count), "mean",
                     json_rows(f->response, s->count, f->group.count), "information", json_number(f->told), "parts",
                     parts);
}

static int dump_json(const information *f, failure *why)
{
    const network *net = &f->m->net;
    json_t *all = json_about_law(f->m, f->o, f->law, "binnet-information 1", units);
    json_t *figures = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "entropy",
                                json_number(f->entropy.nats), "entropy_rate", json_number(f->rate.nats),
                                "entropy_production", json_number(f->production.nats), "net_flow_against_balance",
                                json_number(f->net_flow), "largest_imbalance", json_number(f->imbalance), "group",
                                json_group(&f->group, net), "lag", (json_int_t)f->lag, "multi_information",
                                json_number(f->multi.nats), "mutual_information_with_later_self",
                                json_number(f->memory.nats), "pairs_of", json_names(f->name, f->nodes),
                                "transfer_entropy", json_rows(f->transfer, f->nodes, f->nodes), "mutual_information",
                                json_rows(f->mutual, f->nodes, f->nodes));
    if (f->two_groups && figures != NULL)
        json_object_set_new(figures, "groups",
                            json_pack("{s:o, s:o, s:o, s:o, s:o}", "source", json_group(&f->source, net), "target",
                                      json_group(&f->target, net), "mutual_information", json_number(f->between),
                                      "transfer_entropy_source_to_target", json_number(f->there),
                                      "transfer_entropy_target_to_source", json_number(f->back)));
    if (f->set.count > 0 && figures != NULL)
        json_object_set_new(figures, "about_stimuli", json_stimuli(f));
    if (all != NULL && (figures == NULL || json_object_update(all, figures) != 0)) {
        json_decref(all);
        all = NULL;
    }
    json_decref(figures);
    return json_save(all, f->o, ".json", why);
}

int information_write(const information *f, failure *why)
{
    return f->o->format != NULL && strcmp(f->o->format, "json") == 0 ? dump_json(f, why) : dump_csv(f, why);
}
