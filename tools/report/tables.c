/* Writing tables and documents: opening, quoting, what stands above them, and saying that they are written. */
#include "report/tables.h"

#include "files/output.h"
#include "text/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const dynamics_conventions[] = {
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost; in tables behind a letter b, so that no reader takes them for numbers",
    "drive: h_i = (1/M_i) sum_j J_ij A_j + I_i - theta_i, J_ij from j to i; next activity 1 if h_i > 0, 0 if h_i < 0",
    NULL};

char *file_name(const options *o, const char *ending)
{
    size_t size = strlen(o->out) + strlen(ending) + 1;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s", o->out, ending);
    return path;
}

static int no_memory(failure *why)
{
    return fail(why, EXIT_BUDGET, "out of memory");
}

static void say_written(const char *path)
{
    printf("written        %s\n", path);
}

int tables_commit(const options *o, failure *why)
{
    return output_commit_set(o->quiet ? NULL : say_written, why);
}

int table_open(table *t, const options *o, const char *ending, failure *why)
{
    t->path = file_name(o, ending);
    int code = t->path != NULL ? output_open(&t->file, t->path, why) : no_memory(why);
    if (code != EXIT_DONE)
        free(t->path);
    return code;
}

int table_finish(table *t, int code, failure *why)
{
    if (code != EXIT_DONE)
        output_drop(t->file);
    else
        code = output_hold(t->file, t->path, why);
    if (code != EXIT_DONE)
        output_drop_set();
    free(t->path);
    return code;
}

int table_close(table *t, failure *why)
{
    return table_finish(t, EXIT_DONE, why);
}

int json_save(json_t *all, const options *o, const char *ending, failure *why)
{
    table t;
    int code = all != NULL ? table_open(&t, o, ending, why) : no_memory(why);
    if (code == EXIT_DONE) {
        int bad = json_dumpf(all, t.file, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) != 0 && !ferror(t.file);
        code = table_finish(&t, bad ? no_memory(why) : EXIT_DONE, why);
    }
    json_decref(all);
    return code;
}

void csv_field(FILE *f, const char *text)
{
    if (strpbrk(text, ",\"\n\r#") == NULL) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (; *text != 0; text++) {
        if (*text == '"')
            fputc('"', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

void csv_real(FILE *f, double x)
{
    char text[40];
    fputs(print_number(text, x), f);
}

void csv_bits(FILE *f, uint64_t state, size_t n)
{
    fputc('b', f);
    for (size_t i = 0; i < n; i++)
        fputc(state >> i & 1 ? '1' : '0', f);
}

static int all_equal(const double *values, size_t count)
{
    size_t k = 1;
    while (k < count && values[k] == values[0])
        k++;
    return k >= count;
}

/* "# thresholds: 0.5 for all", or each with its neuron. */
static void csv_list_of(FILE *f, const char *what, const double *values, size_t count, char *const *name)
{
    fprintf(f, "# %s: ", what);
    int all = all_equal(values, count);
    for (size_t k = 0; k < (all ? 1 : count); k++) {
        if (!all) {
            fputs(k > 0 ? ", " : "", f);
            csv_field(f, name[k]);
            fputc(' ', f);
        }
        csv_real(f, values[k]);
    }
    fputs(all ? " for all\n" : "\n", f);
}

/* Scales of the noise of all neurons, to be freed; NULL without noise, or without memory. */
static double *noise_scales(const model *m)
{
    double *scale = m->noise != NULL ? malloc(m->net.n * sizeof *scale) : NULL;
    for (size_t i = 0; scale != NULL && i < m->net.n; i++)
        scale[i] = model_scale(m, i);
    return scale;
}

static void csv_settings(FILE *f, const model *m)
{
    const network *net = &m->net;
    size_t count = net->n_sizes > 0 ? net->n_sizes : net->n;
    char *const *name = net->n_sizes > 0 ? net->population_name : net->name;
    csv_list_of(f, "thresholds theta", net->threshold, count, name);
    csv_list_of(f, "stimuli I", net->stimulus, count, name);
    csv_list_of(f, "normalisation M", net->normalisation, count, name);
    double *scale = noise_scales(m);
    if (scale != NULL) {
        char what[80];
        int used = snprintf(what, sizeof what, "noise %s", noise_name(binnet_noise_kind(m->noise)));
        if (binnet_noise_kind(m->noise) == BINNET_NOISE_STUDENT_T)
            snprintf(what + used, sizeof what - (size_t)used, ", %.17g degrees of freedom", m->dof);
        strcat(what, ", scale");
        csv_list_of(f, what, scale, net->n, net->name);
    }
    free(scale);
}

void csv_matrix(FILE *f, const network *net, const double *matrix)
{
    fprintf(f, "neuron");
    for (size_t j = 0; j < net->n; j++) {
        fputc(',', f);
        csv_field(f, net->name[j]);
    }
    for (size_t i = 0; i < net->n; i++) {
        fputc('\n', f);
        csv_field(f, net->name[i]);
        for (size_t j = 0; j < net->n; j++) {
            double x = matrix[i * net->n + j];
            if (isnan(x))
                fputc(',', f); /* not defined: empty */
            else
                fprintf(f, ",%.17g", x);
        }
    }
    fputc('\n', f);
}

void csv_about(FILE *f, const model *m, const options *o, const char *what)
{
    fprintf(f, "# %s\n# binnet %s (%s kernels): %s\n", what, binnet_version(), binnet_kernels(), o->text);
    if (m->net.source != NULL)
        fprintf(f, "# source: %s\n", m->net.source);
    for (size_t k = 0; k < binnet_network_file_notes(m->net.file); k++)
        fprintf(f, "# import: %s\n", binnet_network_file_note(m->net.file, k));
    csv_settings(f, m);
}

void csv_active(FILE *f, const network *net, uint64_t state)
{
    int any = 0;
    fputc('"', f);
    for (size_t i = 0; i < net->n; i++)
        if (state >> i & 1) {
            fputs(any++ ? " " : "", f);
            for (const char *c = net->name[i]; *c != 0; c++) {
                if (*c == '"')
                    fputc('"', f);
                fputc(*c, f);
            }
        }
    fputc('"', f);
}

json_t *json_number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *json_numbers(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, json_number(v[k]));
    return list;
}

json_t *json_matrix(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_numbers(v + i * n, n));
    return list;
}

json_t *json_active(const network *net, uint64_t state)
{
    json_t *active = json_array();
    for (size_t i = 0; i < net->n; i++)
        if (state >> i & 1)
            json_array_append_new(active, json_string(net->name[i]));
    return active;
}

json_t *json_notes(const network *net)
{
    json_t *notes = json_array();
    for (size_t k = 0; k < binnet_network_file_notes(net->file); k++)
        json_array_append_new(notes, json_string(binnet_network_file_note(net->file, k)));
    return notes;
}

json_t *json_settings(const model *m)
{
    const network *net = &m->net;
    size_t count = net->n_sizes > 0 ? net->n_sizes : net->n;
    json_t *all = json_pack("{s:s, s:o, s:o, s:o}", "of", net->n_sizes > 0 ? "populations" : "neurons", "thresholds",
                            json_numbers(net->threshold, count), "stimuli", json_numbers(net->stimulus, count),
                            "normalisation", json_numbers(net->normalisation, count));
    json_t *names = json_array();
    for (size_t a = 0; a < net->n_sizes; a++)
        json_array_append_new(names, json_string(net->population_name[a]));
    if (net->n_sizes > 0)
        json_object_set(all, "populations", names);
    json_decref(names);
    return all;
}

char *normalisation_text(char text[80], const network *net)
{
    size_t count = net->n_sizes > 0 ? net->n_sizes : net->n;
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, net->normalisation[i]);
        most = fmax(most, net->normalisation[i]);
    }
    snprintf(text, 80, least < most ? "M_i from %.10g to %.10g" : "M_i = %.10g for all", least, most);
    return text;
}

void print_active(const network *net, uint64_t state)
{
    int any = 0;
    for (size_t i = 0; i < net->n; i++)
        if (state >> i & 1)
            printf("%s%s", any++ ? " " : "", net->name[i]);
    if (!any)
        printf("(none)");
}
