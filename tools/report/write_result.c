/* Files of a result: CSV tables, one JSON document, or .npy arrays; each says version, command line and conventions. */
#include "files/output.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *units(const result *r)
{
    return r->o->spins ? "means and covariances are of spins S = 2A - 1 (-1, 1)"
                       : "means and covariances are of activities A (0, 1)";
}

static void csv_header(FILE *f, const result *r, const char *what)
{
    csv_about_law(f, r->m, r->o, r->law, what);
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

static void csv_covariance(FILE *f, const result *r)
{
    csv_matrix(f, &r->m->net, r->covariance);
}

static void csv_correlation(FILE *f, const result *r)
{
    csv_matrix(f, &r->m->net, r->correlation);
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
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

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
    size_t n = r->m->net.n;
    json_t *all = json_about_law(r->m, r->o, r->law, "binnet-stationary 1", units(r));
    json_t *own = json_pack("{s:o, s:o, s:o, s:o, s:o}", "entropy_nats", json_number(r->entropy), "mean",
                            json_numbers(r->mean, n), "covariance", json_matrix(r->covariance, n), "correlation",
                            json_matrix(r->correlation, n), "states", json_states(r));
    json_object_update(all, own);
    json_decref(own);
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
