/* Files of a result: CSV tables, one JSON document, or .npy arrays; each says version, command line and conventions. */
#include "files/npy.h"
#include "files/reading.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const conventions[] = {
    "state: bit i of the integer is neuron i, counted from 0 (least significant first), 1 = active",
    "0/1 strings: first neuron leftmost; in tables behind a letter b, so that no reader takes them for numbers",
    "law: row vector, pi P = pi, P[s, t] = Pr(t next | s now), sum pi = 1",
    "drive: h_i = (1/M_i) sum_j J_ij A_j + I_i - theta_i, J_ij from j to i; p_i = 1 - F(-h_i/scale_i)",
};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static const char *units(const result *r)
{
    return r->o->spins ? "means and covariances are of spins S = 2A - 1 (-1, 1)"
                       : "means and covariances are of activities A (0, 1)";
}

static void csv_header(FILE *f, const result *r, const char *what)
{
    const model *m = r->m;
    csv_about(f, m, r->o, what);
    fprintf(
        f,
        "# update %s, tie %s, method %s, residual %.3g, relative %.3g, estimated relative error %.3g, steps %" PRIu64
        "\n",
        update_name(m->update), tie_name(m->net.tie), method_name(binnet_law_method(r->law)),
        binnet_law_residual(r->law), binnet_law_residual_relative(r->law), binnet_law_balance_error(r->law),
        binnet_law_iterations(r->law));
    double tolerance = 0;
    int64_t most = 0;
    binnet_ctx_get_f64(m->ctx, BINNET_P_TOLERANCE, &tolerance);
    binnet_ctx_get_i64(m->ctx, BINNET_P_MAX_ITERATIONS, &most);
    fprintf(f, "# asked for: method %s, at most %" PRId64 " steps, tolerance ", method_name(r->o->method), most);
    csv_real(f, tolerance);
    if (r->o->recurrent_class >= 0)
        fprintf(f, ", within recurrent class %" PRId64, r->o->recurrent_class);
    fprintf(f, "\n");
    for (int k = 0; k < CONVENTIONS; k++)
        fprintf(f, "# %s\n", conventions[k]);
    fprintf(f, "# %s\n", units(r));
}

static void csv_neurons(FILE *f, const result *r)
{
    const network *net = &r->m->net;
    fprintf(f, "neuron,mean,variance,noise_scale\n");
    for (size_t i = 0; i < net->n; i++) {
        csv_field(f, net->name[i]);
        fprintf(f, ",%.17g,%.17g,%.17g\n", r->mean[i], r->covariance[i * net->n + i], model_scale(r->m, i));
    }
}

static void csv_matrix(FILE *f, const result *r, const double *matrix)
{
    const network *net = &r->m->net;
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
    fprintf(f, "state,bits,probability,active\n");
    for (size_t k = 0; k < r->top; k++) {
        fprintf(f, "%" PRIu64 ",", r->state[k]);
        csv_bits(f, r->state[k], net->n);
        fprintf(f, ",%.17g,", r->probability[k]);
        csv_active(f, net, r->state[k]);
        fputc('\n', f);
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
        table t;
        TRY(table_open(&t, r->o, tables[k].ending, why));
        csv_header(t.file, r, tables[k].what);
        tables[k].write(t.file, r);
        TRY(table_close(&t, r->o, why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static json_t *json_matrix(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_numbers(v + i * n, n));
    return list;
}

static json_t *json_states(const result *r)
{
    const network *net = &r->m->net;
    json_t *list = json_array();
    char bits[65];
    for (size_t k = 0; k < r->top; k++) {
        json_array_append_new(list, json_pack("{s:I, s:s, s:f, s:o}", "state", (json_int_t)r->state[k], "bits",
                                              state_bits(bits, r->state[k], net->n), "probability", r->probability[k],
                                              "active", json_active(net, r->state[k])));
    }
    return list;
}

static int dump_json(const result *r, failure *why)
{
    const model *m = r->m;
    size_t n = m->net.n;
    json_t *lines = json_array(), *names = json_array(), *scale = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string(units(r)));
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(names, json_string(m->net.name[i]));
        json_array_append_new(scale, json_number(model_scale(m, i)));
    }
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:{s:s, s:o}, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
        "format", "binnet-stationary 1", "version", binnet_version(), "command", r->o->text, "conventions", lines,
        "title", m->net.title, "source", m->net.source, "import", json_notes(&m->net), "update", update_name(m->update),
        "noise", "kind", noise_name(binnet_noise_kind(m->noise)), "scale", scale, "tie", tie_name(m->net.tie), "method",
        method_name(binnet_law_method(r->law)), "residual", json_number(binnet_law_residual(r->law)),
        "residual_relative", json_number(binnet_law_residual_relative(r->law)), "balance_error",
        json_number(binnet_law_balance_error(r->law)), "steps", (json_int_t)binnet_law_iterations(r->law),
        "entropy_nats", json_number(r->entropy), "neurons", names, "mean", json_numbers(r->mean, n), "covariance",
        json_matrix(r->covariance, n), "correlation", json_matrix(r->correlation, n), "states", json_states(r));
    double tolerance = 0;
    binnet_ctx_get_f64(m->ctx, BINNET_P_TOLERANCE, &tolerance);
    json_t *settings = json_settings(m);
    json_object_set_new(settings, "tolerance", json_number(tolerance));
    if (r->o->recurrent_class >= 0)
        json_object_set_new(settings, "recurrent_class", json_integer((json_int_t)r->o->recurrent_class));
    if (binnet_noise_kind(m->noise) == BINNET_NOISE_STUDENT_T)
        json_object_set_new(settings, "dof", json_number(m->dof));
    json_object_set_new(all, "settings", settings);
    return json_save(all, r->o, ".json", why);
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
        char *path = file_name(r->o, arrays[k].ending);
        if (path == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        int code = npy_write(path, arrays[k].dimensions, arrays[k].shape, "<f8", arrays[k].data, why);
        if (code == EXIT_DONE && !r->o->quiet)
            printf("written        %s\n", path);
        free(path);
        TRY(code);
    }
    return dump_json(r, why); /* an array cannot say its conventions */
}

int result_write(const result *r, failure *why)
{
    const char *format = r->o->format != NULL ? r->o->format : "csv";
    return strcmp(format, "csv") == 0    ? dump_csv(r, why)
           : strcmp(format, "json") == 0 ? dump_json(r, why)
                                         : dump_npy(r, why);
}
