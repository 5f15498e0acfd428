/* Files of a result: CSV tables, one JSON document, or .npy arrays; each says version, command line and conventions. */
#include "npy.h"
#include "reading.h"
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const conventions[] = {
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost",
    "law: row vector, pi P = pi, P[s, t] = Pr(t next | s now), sum pi = 1",
    "drive: h_i = (1/M_i) sum_j J_ij A_j + I_i - theta_i, J_ij from j to i; p_i = 1 - F(-h_i/scale_i)",
};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static const char *units(const result *r)
{
    return r->o->spins ? "means and covariances are of spins S = 2A - 1 (-1, 1)"
                       : "means and covariances are of activities A (0, 1)";
}

static char *file_name(const result *r, const char *ending)
{
    size_t size = strlen(r->o->out) + strlen(ending) + 1;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s", r->o->out, ending);
    return path;
}

static void written(const result *r, const char *path)
{
    if (!r->o->quiet)
        printf("written        %s\n", path);
}

/* A field of CSV. */
static void field(FILE *f, const char *text)
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

static void csv_header(FILE *f, const result *r, const char *what)
{
    const model *m = r->m;
    fprintf(f, "# %s\n# binnet %s (%s kernels): %s\n", what, binnet_version(), binnet_kernels(), r->o->text);
    if (m->net.source != NULL)
        fprintf(f, "# source: %s\n", m->net.source);
    for (size_t k = 0; k < m->net.n_notes; k++)
        fprintf(f, "# import: %s\n", m->net.note[k]);
    fprintf(f, "# update %s, noise %s, tie %s, method %s, residual %.3g, relative %.3g, steps %" PRIu64 "\n",
            update_name(m->update), noise_name(binnet_noise_kind(m->noise)), tie_name(m->net.tie),
            method_name(binnet_law_method(r->law)), binnet_law_residual(r->law),
            binnet_law_residual_relative(r->law), binnet_law_iterations(r->law));
    for (int k = 0; k < CONVENTIONS; k++)
        fprintf(f, "# %s\n", conventions[k]);
    fprintf(f, "# %s\n", units(r));
}

static void csv_neurons(FILE *f, const result *r)
{
    const network *net = &r->m->net;
    fprintf(f, "neuron,mean,variance,noise_scale\n");
    for (size_t i = 0; i < net->n; i++) {
        field(f, net->name[i]);
        fprintf(f, ",%.17g,%.17g,%.17g\n", r->mean[i], r->covariance[i * net->n + i], model_scale(r->m, i));
    }
}

static void csv_matrix(FILE *f, const result *r, const double *matrix)
{
    const network *net = &r->m->net;
    fprintf(f, "neuron");
    for (size_t j = 0; j < net->n; j++) {
        fputc(',', f);
        field(f, net->name[j]);
    }
    for (size_t i = 0; i < net->n; i++) {
        fputc('\n', f);
        field(f, net->name[i]);
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

static void csv_covariance(FILE *f, const result *r)
{
    csv_matrix(f, r, r->covariance);
}

static void csv_correlation(FILE *f, const result *r)
{
    csv_matrix(f, r, r->correlation);
}

static void csv_states(FILE *f, const result *r)
{
    const network *net = &r->m->net;
    char bits[65];
    fprintf(f, "state,bits,probability,active\n");
    for (size_t k = 0; k < r->top; k++) {
        fprintf(f, "%" PRIu64 ",%s,%.17g,\"", r->state[k], state_bits(bits, r->state[k], net->n), r->probability[k]);
        int any = 0;
        for (size_t i = 0; i < net->n; i++)
            if (r->state[k] >> i & 1) {
                fputs(any++ ? " " : "", f);
                for (const char *c = net->name[i]; *c != 0; c++) {
                    if (*c == '"')
                        fputc('"', f);
                    fputc(*c, f);
                }
            }
        fprintf(f, "\"\n");
    }
}

static int dump_csv(const result *r, failure *why)
{
    const struct {
        const char *ending, *what;
        void (*write)(FILE *, const result *);
    } tables[] = {{"_neurons.csv", "mean and variance of each neuron", csv_neurons},
                  {"_covariance.csv", "covariances", csv_covariance},
                  {"_correlation.csv", "Pearson correlations; empty where a variance is 0", csv_correlation},
                  {"_states.csv", "most probable states", csv_states}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        char *path = file_name(r, tables[k].ending);
        FILE *f = path == NULL ? NULL : fopen(path, "w");
        int bad = f == NULL;
        if (f != NULL) {
            csv_header(f, r, tables[k].what);
            tables[k].write(f, r);
            bad = ferror(f);
            bad |= fclose(f) != 0;
        }
        if (!bad)
            written(r, path);
        else
            fail(why, EXIT_STOPPED, "%s: cannot be written: %s", path != NULL ? path : r->o->out, strerror(errno));
        free(path);
        if (bad)
            return EXIT_STOPPED;
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static json_t *real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *json_vector(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, real(v[k]));
    return list;
}

static json_t *json_matrix(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_vector(v + i * n, n));
    return list;
}

static json_t *json_states(const result *r)
{
    const network *net = &r->m->net;
    json_t *list = json_array();
    char bits[65];
    for (size_t k = 0; k < r->top; k++) {
        json_t *active = json_array();
        for (size_t i = 0; i < net->n; i++)
            if (r->state[k] >> i & 1)
                json_array_append_new(active, json_string(net->name[i]));
        json_array_append_new(list, json_pack("{s:I, s:s, s:f, s:o}", "state", (json_int_t)r->state[k], "bits",
                                              state_bits(bits, r->state[k], net->n), "probability",
                                              r->probability[k], "active", active));
    }
    return list;
}

static int dump_json(const result *r, failure *why)
{
    const model *m = r->m;
    size_t n = m->net.n;
    json_t *lines = json_array(), *names = json_array(), *notes = json_array(), *scale = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string(units(r)));
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(names, json_string(m->net.name[i]));
        json_array_append_new(scale, real(model_scale(m, i)));
    }
    for (size_t k = 0; k < m->net.n_notes; k++)
        json_array_append_new(notes, json_string(m->net.note[k]));
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:{s:s, s:o}, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
        "format", "binnet-stationary 1", "version", binnet_version(), "command", r->o->text, "conventions", lines,
        "title", m->net.title, "source", m->net.source, "import", notes, "update", update_name(m->update), "noise",
        "kind", noise_name(binnet_noise_kind(m->noise)), "scale", scale, "tie", tie_name(m->net.tie), "method",
        method_name(binnet_law_method(r->law)), "residual", real(binnet_law_residual(r->law)), "residual_relative",
        real(binnet_law_residual_relative(r->law)), "steps", (json_int_t)binnet_law_iterations(r->law),
        "entropy_nats", real(r->entropy), "neurons", names, "mean", json_vector(r->mean, n), "covariance",
        json_matrix(r->covariance, n), "correlation", json_matrix(r->correlation, n), "states", json_states(r));
    char *path = file_name(r, ".json");
    int bad = all == NULL || path == NULL || json_dump_file(all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) != 0;
    if (bad)
        fail(why, EXIT_STOPPED, "%s: cannot be written: %s", path != NULL ? path : r->o->out, strerror(errno));
    else
        written(r, path);
    json_decref(all);
    free(path);
    return bad ? EXIT_STOPPED : EXIT_DONE;
}

/* --- .npy --- */

static int dump_npy(const result *r, failure *why)
{
    size_t n = r->m->net.n, square[2] = {n, n}, states = (size_t)binnet_law_size(r->law);
    const struct {
        const char *ending;
        size_t dimensions;
        const size_t *shape;
        const double *data;
    } arrays[] = {{"_law.npy", 1, &states, binnet_law_data(r->law)},
                  {"_mean.npy", 1, &n, r->mean},
                  {"_covariance.npy", 2, square, r->covariance},
                  {"_correlation.npy", 2, square, r->correlation}};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        char *path = file_name(r, arrays[k].ending);
        if (path == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        int code = npy_write(path, arrays[k].dimensions, arrays[k].shape, "<f8", arrays[k].data, why);
        if (code == EXIT_DONE)
            written(r, path);
        free(path);
        TRY(code);
    }
    return dump_json(r, why); /* an array cannot say its conventions */
}

int result_write(const result *r, failure *why)
{
    const char *format = r->o->format != NULL ? r->o->format : "csv";
    return strcmp(format, "csv") == 0 ? dump_csv(r, why) : strcmp(format, "json") == 0 ? dump_json(r, why) : dump_npy(r, why);
}
