/* Files of a comparison: CSV tables or one JSON document. */
#include "report/comparison.h"
#include "report/result.h"
#include "report/tables.h"

#include <math.h>
#include <string.h>

static const char *const conventions[] = {
    "covariance: Cov(A_i(t), A_j(t)); lagged covariance: Cov(A_i(t), A_j(t+1)), a step of the chain; all in stationarity",
    "errors: a method less the reference; rms root mean square, largest in size; covariances of different neurons, lagged ones of all pairs",
    "standard_error: of the reference, 0 where it is exact; status: 0, or a code of the library, and reason",
    "mean fields and expansions: the solution found from means of 1/2"};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static const char *reference_name(const comparison *c)
{
    return binnet_comparison_reference(c->found) == BINNET_REFERENCE_EXACT ? "exact" : "Monte Carlo";
}

static void csv_number(FILE *f, double x)
{
    fputc(',', f);
    if (!isnan(x))
        csv_real(f, x);
}

static void csv_methods(FILE *f, const comparison *c)
{
    fprintf(f,
            "method,name,status,rms_means,largest_means,rms_covariances,largest_covariances,rms_lagged,largest_lagged,"
            "seconds,reason\n");
    for (size_t k = 0; k < c->methods; k++) {
        int32_t method = (int32_t)k;
        fprintf(f, "%zu,", k);
        csv_field(f, k == 0 ? reference_name(c) : binnet_approximation_name(method));
        fprintf(f, ",%d", (int)binnet_comparison_status(c->found, method));
        for (int q = 0; q < COMPARISON_QUANTITIES; q++) {
            csv_number(f, c->rms[k][q]);
            csv_number(f, c->largest[k][q]);
        }
        csv_number(f, binnet_comparison_seconds(c->found, method));
        fputc(',', f);
        csv_field(f, binnet_comparison_message(c->found, method));
        fputc('\n', f);
    }
}

/* Names of the columns that all tables of values end with, and the values: reference, its standard error, the methods. */
static void csv_value_names(FILE *f, const comparison *c)
{
    fprintf(f, ",reference,standard_error");
    for (size_t k = 1; k < c->methods; k++)
        if (binnet_comparison_has(c->found, (int32_t)k)) {
            fputc(',', f);
            csv_field(f, binnet_approximation_name((int32_t)k));
        }
    fputc('\n', f);
}

static void csv_values(FILE *f, const comparison *c, const double *value, size_t stride, size_t at)
{
    int referred = binnet_comparison_has(c->found, BINNET_APPROXIMATION_REFERENCE);
    csv_number(f, referred ? value[at] : NAN);
    csv_number(f, referred ? value[c->methods * stride + at] : NAN);
    for (size_t k = 1; k < c->methods; k++)
        if (binnet_comparison_has(c->found, (int32_t)k))
            csv_number(f, value[k * stride + at]);
    fputc('\n', f);
}

static void csv_neurons(FILE *f, const comparison *c)
{
    size_t n = c->m->net.n;
    fprintf(f, "neuron");
    csv_value_names(f, c);
    for (size_t i = 0; i < n; i++) {
        csv_field(f, c->m->net.name[i]);
        csv_values(f, c, c->mean, n, i);
    }
}

static void csv_pairs(FILE *f, const comparison *c)
{
    size_t n = c->m->net.n;
    const char *const *name = (const char *const *)c->m->net.name;
    fprintf(f, "quantity,first,second");
    csv_value_names(f, c);
    for (int lagged = 0; lagged < 2; lagged++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = lagged ? 0 : i; j < n; j++) {
                fprintf(f, "%s,", lagged ? "lagged" : "covariance");
                csv_field(f, name[i]);
                fputc(',', f);
                csv_field(f, name[j]);
                csv_values(f, c, lagged ? c->lagged : c->cov, n * n, i * n + j);
            }
}

static int dump_csv(const comparison *c, failure *why)
{
    static const struct {
        const char *ending, *what;
        void (*write)(FILE *, const comparison *);
    } tables[] = {{"_methods.csv", "errors of approximations", csv_methods},
                  {"_neurons.csv", "means by the reference and by each method", csv_neurons},
                  {"_pairs.csv", "covariances by the reference and by each method", csv_pairs}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        TRY(table_open(&t, c->o, tables[k].ending, why));
        csv_about(t.file, c->m, c->o, tables[k].what);
        fprintf(t.file, "# update %s, tie %s, reference %s\n", update_name(c->m->update), tie_name(c->m->net.tie),
                reference_name(c));
        for (int line = 0; line < CONVENTIONS; line++)
            fprintf(t.file, "# %s\n", conventions[line]);
        tables[k].write(t.file, c);
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}

static json_t *json_moments(const comparison *c, size_t k)
{
    size_t n = c->m->net.n;
    return json_pack("{s:o, s:o, s:o}", "means", json_numbers(c->mean + k * n, n), "covariances",
                     json_matrix(c->cov + k * n * n, n), "lagged_covariances", json_matrix(c->lagged + k * n * n, n));
}

static json_t *json_method(const comparison *c, size_t k)
{
    int32_t method = (int32_t)k;
    json_t *one = json_pack("{s:s, s:i, s:s, s:o}", "name",
                            k == 0 ? reference_name(c) : binnet_approximation_name(method), "status",
                            (int)binnet_comparison_status(c->found, method), "reason",
                            binnet_comparison_message(c->found, method), "seconds",
                            json_number(binnet_comparison_seconds(c->found, method)));
    if (!binnet_comparison_has(c->found, method))
        return one;
    json_object_set_new(one, "moments", json_moments(c, k));
    json_object_set_new(one, k == 0 ? "standard_errors" : "rms_errors",
                        k == 0 ? json_moments(c, c->methods) : json_numbers(c->rms[k], COMPARISON_QUANTITIES));
    if (k > 0)
        json_object_set_new(one, "largest_errors", json_numbers(c->largest[k], COMPARISON_QUANTITIES));
    return one;
}

static int dump_json(const comparison *c, failure *why)
{
    const network *net = &c->m->net;
    json_t *lines = json_array(), *names = json_array(), *scale = json_array(), *methods = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string("three errors: of means, covariances, lagged covariances"));
    for (size_t i = 0; i < net->n; i++) {
        json_array_append_new(names, json_string(net->name[i]));
        json_array_append_new(scale, json_number(model_scale(c->m, i)));
    }
    for (size_t k = 1; k < c->methods; k++)
        json_array_append_new(methods, json_method(c, k));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:{s:s, s:o}, s:s, s:o, s:o, s:o}",
                            "format", "binnet-comparison 1", "version", binnet_version(), "command", c->o->text,
                            "conventions", lines, "title", net->title, "source", net->source, "import", json_notes(net),
                            "settings", json_settings(c->m), "update", update_name(c->m->update), "noise", "kind",
                            noise_name(binnet_noise_kind(c->m->noise)), "scale", scale, "tie", tie_name(net->tie),
                            "neurons", names, "reference", json_method(c, 0), "methods", methods);
    return json_save(all, c->o, ".json", why);
}

int comparison_write(const comparison *c, failure *why)
{
    return c->o->format != NULL && strcmp(c->o->format, "json") == 0 ? dump_json(c, why) : dump_csv(c, why);
}
