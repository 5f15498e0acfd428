/* Files of a spectrum: CSV tables or one JSON document. */
#include "report/result.h"
#include "report/spectrum.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const conventions[] = {
    "P[s, t] = Pr(t next | s now); right modes P r = lambda r, max |r| = 1; left modes l P = lambda l, sum |l| = 1",
    "error_bound: |lambda - true eigenvalue| is at most this; times in steps of the chain, relaxation -1/log |lambda|, period 2 pi/|arg lambda|",
    "mean_re, mean_im: sum over states of l(s) A_i(s): how the mean of a neuron differs while a mode decays; the first mode is the stationary law",
    "residual_right: max |P r - lambda r|; residual_left: sum |l P - lambda l|; condition: 1 / |sum l r|; gap: 1 - lambda of a real one"};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static void csv_numbers(FILE *f, const double *v, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        fputc(',', f);
        if (!isnan(v[k]))
            csv_real(f, v[k]);
    }
    fputc('\n', f);
}

static void csv_values(FILE *f, const spectrum *s)
{
    fprintf(f, "eigenvalue,re,im,modulus,error_bound,relaxation,relaxation_least,relaxation_most,period,residual_right,"
               "residual_left,condition,gap,gap_bound\n");
    for (size_t k = 0; k < s->count; k++) {
        const eigenvalue *v = &s->value[k];
        const double row[] = {v->re,         v->im,       hypot(v->re, v->im), v->bound,
                              v->relaxation, v->shortest, v->longest,          v->period,
                              v->right,      v->left,     v->condition};
        fprintf(f, "%zu", k + 1);
        csv_numbers(f, row, sizeof row / sizeof *row);
    }
}

static void csv_neurons(FILE *f, const spectrum *s)
{
    size_t n = s->m->net.n;
    fprintf(f, "eigenvalue,neuron,mean_re,mean_im\n");
    for (size_t k = 0; k < s->count; k++)
        for (size_t i = 0; i < n; i++) {
            const double row[] = {s->mean_re[k * n + i], s->mean_im[k * n + i]};
            fprintf(f, "%zu,", k + 1);
            csv_field(f, s->m->net.name[i]);
            csv_numbers(f, row, 2);
        }
}

static void csv_sets(FILE *f, const spectrum *s)
{
    fprintf(
        f, "# the probabilities to_... leave out or stay in a set within one step, in stationarity; lumping residual ");
    csv_real(f, s->residual);
    fprintf(f, "\nset,probability,states,corner,bits,active");
    for (size_t b = 0; b < s->sets; b++)
        fprintf(f, ",to_%zu", b + 1);
    fputc('\n', f);
    for (size_t a = 0; a < s->sets; a++) {
        fprintf(f, "%zu,", a + 1);
        csv_real(f, s->weight[a]);
        fprintf(f, ",%" PRIu64 ",%" PRIu64 ",", s->members[a], s->corner[a]);
        csv_bits(f, s->corner[a], s->m->net.n);
        fputc(',', f);
        csv_active(f, &s->m->net, s->corner[a]);
        csv_numbers(f, s->coarse + a * s->sets, s->sets);
    }
}

static void csv_states(FILE *f, const spectrum *s)
{
    fprintf(f, "state,bits,set\n");
    for (size_t a = 0; a < s->states; a++) {
        fprintf(f, "%zu,", a);
        csv_bits(f, a, s->m->net.n);
        fprintf(f, ",%d\n", (int)s->set[a] + 1);
    }
}

static int dump_csv(const spectrum *s, failure *why)
{
    const struct {
        const char *ending, *what;
        void (*write)(FILE *, const spectrum *);
        int of_sets;
    } tables[] = {{"_eigenvalues.csv", "eigenvalues of the chain, by falling modulus", csv_values, 0},
                  {"_neurons.csv", "what each left mode is to the means of the neurons", csv_neurons, 0},
                  {"_sets.csv", "metastable sets and the chain between them", csv_sets, 1},
                  {"_states.csv", "the set of each state", csv_states, 1}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        if (tables[k].of_sets && s->sets == 0)
            continue;
        TRY(table_open(&t, s->o, tables[k].ending, why));
        csv_about(t.file, s->m, s->o, tables[k].what);
        fprintf(t.file, "# update %s, tie %s\n", update_name(s->m->update), tie_name(s->m->net.tie));
        for (int line = 0; line < CONVENTIONS; line++)
            fprintf(t.file, "# %s\n", conventions[line]);
        tables[k].write(t.file, s);
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}

static json_t *json_values(const spectrum *s)
{
    size_t n = s->m->net.n;
    json_t *list = json_array();
    for (size_t k = 0; k < s->count; k++) {
        const eigenvalue *v = &s->value[k];
        json_array_append_new(list,
                              json_pack("{s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "re",
                                        v->re, "im", v->im, "error_bound", v->bound, "relaxation",
                                        json_number(v->relaxation), "relaxation_least", json_number(v->shortest),
                                        "relaxation_most", json_number(v->longest), "period", json_number(v->period),
                                        "residual_right", v->right, "residual_left", v->left, "condition", v->condition,
                                        "gap", json_number(v->gap), "gap_bound", json_number(v->gap_bound), "mean_re",
                                        json_numbers(s->mean_re + k * n, n), "mean_im",
                                        json_numbers(s->mean_im + k * n, n)));
    }
    return list;
}

static json_t *json_sets(const spectrum *s)
{
    const network *net = &s->m->net;
    json_t *list = json_array(), *of_state = json_array();
    char bits[65];
    for (size_t a = 0; a < s->sets; a++)
        json_array_append_new(list, json_pack("{s:f, s:I, s:I, s:s, s:o, s:o}", "probability", s->weight[a], "states",
                                              (json_int_t)s->members[a], "corner", (json_int_t)s->corner[a], "bits",
                                              state_bits(bits, s->corner[a], net->n), "active",
                                              json_active(net, s->corner[a]), "to",
                                              json_numbers(s->coarse + a * s->sets, s->sets)));
    for (size_t a = 0; a < s->states; a++)
        json_array_append_new(of_state, json_integer(s->set[a] + 1));
    return json_pack("{s:o, s:f, s:o, s:o, s:o}", "sets", list, "lumping_residual", s->residual, "coarse_re",
                     json_numbers(s->coarse_re, s->sets), "coarse_im", json_numbers(s->coarse_im, s->sets),
                     "set_of_state", of_state);
}

static int dump_json(const spectrum *s, failure *why)
{
    const network *net = &s->m->net;
    json_t *lines = json_array(), *names = json_array(), *scale = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string("null in place of a number: infinite, or not known"));
    for (size_t i = 0; i < net->n; i++) {
        json_array_append_new(names, json_string(net->name[i]));
        json_array_append_new(scale, json_number(model_scale(s->m, i)));
    }
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:{s:s, s:o}, s:s, s:o, s:I, s:o}",
                            "format", "binnet-spectrum 1", "version", binnet_version(), "command", s->o->text,
                            "conventions", lines, "title", net->title, "source", net->source, "import", json_notes(net),
                            "settings", json_settings(s->m), "update", update_name(s->m->update), "noise", "kind",
                            noise_name(binnet_noise_kind(s->m->noise)), "scale", scale, "tie", tie_name(net->tie),
                            "neurons", names, "steps", (json_int_t)binnet_spectrum_steps(s->found), "eigenvalues",
                            json_values(s));
    if (s->sets > 0)
        json_object_set_new(all, "metastable", json_sets(s));
    return json_save(all, s->o, ".json", why);
}

int spectrum_write(const spectrum *s, failure *why)
{
    return s->o->format != NULL && strcmp(s->o->format, "json") == 0 ? dump_json(s, why) : dump_csv(s, why);
}
