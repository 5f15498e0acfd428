/* Files of correlations: CSV tables or one JSON document. */
#include "report/correlations.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFINITION                                                                                                     \
    "correlation of k variables: E prod (X_i - q_i) / (prod E|X_i - q_i|^k)^(1/k), q_i = E X_i; k = 2: Pearson's"

const char *correlations_units(const correlations *c)
{
    return c->own->potentials ? "X: membrane potentials V_i(t) = (1/M_i) sum_j J_ij A_j(t-1) + I_i + noise; " DEFINITION
                              : "X: activities A (0, 1); " DEFINITION;
}

/* --- CSV --- */

/* ",x", or "," where it is not defined. */
static void csv_value(FILE *f, double x)
{
    fputc(',', f);
    if (!isnan(x))
        fprintf(f, "%.17g", x);
}

static void csv_neurons(FILE *f, const correlations *c)
{
    size_t n = c->m->net.n;
    fprintf(f, "neuron,mean,variance%s%s\n", c->time != NULL ? ",autocorrelation_time" : "",
            c->fano != NULL ? ",count_mean,count_variance,count_fano" : "");
    for (size_t i = 0; i < n; i++) {
        csv_field(f, c->m->net.name[i]);
        csv_value(f, c->mean[i]);
        csv_value(f, c->covariance[i * n + i]);
        if (c->time != NULL)
            csv_value(f, c->time[i]);
        if (c->fano != NULL) {
            csv_value(f, c->count_mean[i]);
            csv_value(f, c->count_covariance[i * n + i]);
            csv_value(f, c->fano[i]);
        }
        fputc('\n', f);
    }
}

static void csv_covariance(FILE *f, const correlations *c)
{
    csv_matrix(f, &c->m->net, c->covariance);
}

static void csv_correlation(FILE *f, const correlations *c)
{
    csv_matrix(f, &c->m->net, c->correlation);
}

static void csv_window(FILE *f, const correlations *c)
{
    csv_matrix(f, &c->m->net, c->count_covariance);
}

static void csv_response(FILE *f, const correlations *c)
{
    csv_matrix(f, &c->m->net, c->response);
}

static void csv_triples(FILE *f, const correlations *c)
{
    fprintf(f, "neuron_1,neuron_2,neuron_3,correlation,central_moment\n");
    for (size_t r = 0; r < c->ranked; r++) {
        for (int k = 0; k < 3; k++) {
            csv_field(f, c->m->net.name[c->strongest[r].neuron[k]]);
            fputs(k < 2 ? "," : "", f);
        }
        csv_value(f, c->strongest[r].correlation);
        csv_value(f, c->strongest[r].moment);
        fputc('\n', f);
    }
}

static void csv_groups(FILE *f, const correlations *c)
{
    char text[BINNET_MAX_CHAIN_NEURONS * 260];
    fprintf(f, "group,size,correlation,central_moment,cumulant\n");
    for (size_t g = 0; g < c->groups; g++) {
        const correlated_group *at = &c->group[g];
        csv_field(f, members_text(text, sizeof text, c, at->k, at->neuron));
        fprintf(f, ",%zu", at->k);
        csv_value(f, at->correlation);
        csv_value(f, at->moment);
        csv_value(f, at->cumulant);
        fputc('\n', f);
    }
}

static void csv_lagged(FILE *f, const correlations *c)
{
    size_t n = c->m->net.n;
    fprintf(f, "lag,earlier,later,covariance,correlation\n");
    for (int64_t l = 0; l <= c->own->lag; l++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                fprintf(f, "%" PRId64 ",", l);
                csv_field(f, c->m->net.name[i]);
                fputc(',', f);
                csv_field(f, c->m->net.name[j]);
                csv_value(f, c->lagged[((size_t)l * n + i) * n + j]);
                csv_value(f, correlation_at(c, (neuron_pair){i, j}, l));
                fputc('\n', f);
            }
}

static void csv_populations(FILE *f, const correlations *c)
{
    size_t p = c->populations;
    fprintf(f, "population,mean,variance%s%s\n", c->own->potentials ? "" : ",fano",
            c->fano != NULL ? ",count_fano" : "");
    for (size_t a = 0; a < p; a++) {
        csv_field(f, population_name_of(c, a));
        csv_value(f, c->population_mean[a]);
        csv_value(f, c->population_covariance[a * p + a]);
        if (!c->own->potentials)
            csv_value(f, c->population_fano[a]);
        if (c->fano != NULL)
            csv_value(f, c->population_count_fano[a]);
        fputc('\n', f);
    }
}

static void csv_population_pairs(FILE *f, const correlations *c)
{
    size_t p = c->populations;
    fprintf(f, "population_1,population_2,covariance,correlation,mean_covariance_of_two_neurons\n");
    for (size_t k = 0; k < p * p; k++) {
        csv_field(f, population_name_of(c, k / p));
        fputc(',', f);
        csv_field(f, population_name_of(c, k % p));
        csv_value(f, c->population_covariance[k]);
        csv_value(f, c->population_correlation[k]);
        csv_value(f, c->within[k]);
        fputc('\n', f);
    }
}

static int dump_csv(const correlations *c, failure *why)
{
    const struct {
        int wanted;
        const char *ending, *what;
        void (*write)(FILE *, const correlations *);
    } tables[] = {
        {1, "_neurons.csv", "mean and variance of each neuron", csv_neurons},
        {1, "_covariance.csv", "covariances", csv_covariance},
        {1, "_correlation.csv", "Pearson correlations; empty where a variance is 0", csv_correlation},
        {c->own->order == 3, "_triples.csv", "correlations of all triples, strongest first", csv_triples},
        {c->groups > 0, "_groups.csv", "correlations, central moments and cumulants of groups", csv_groups},
        {c->lagged != NULL, "_lagged.csv", "Cov(X_earlier(t), X_later(t + lag)); lags in steps of the chain",
         csv_lagged},
        {c->populations > 0, "_populations.csv", "averages of X over populations", csv_populations},
        {c->populations > 0, "_population_pairs.csv", "averages of X over populations, in pairs", csv_population_pairs},
        {c->fano != NULL, "_counts.csv", "covariances of counts in a window (--window)", csv_window},
        {c->response != NULL, "_response.csv", "derivatives of the mean of the row's neuron by the column's stimulus",
         csv_response},
    };
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        if (!tables[k].wanted)
            continue;
        TRY(table_open(&t, c->o, tables[k].ending, why));
        csv_about_law(t.file, c->m, c->o, c->law, tables[k].what);
        fprintf(t.file, "# %s\n", correlations_units(c));
        tables[k].write(t.file, c);
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static json_t *json_members(const correlations *c, size_t k, const int32_t *neuron)
{
    json_t *list = json_array();
    for (size_t j = 0; j < k; j++)
        json_array_append_new(list, json_string(c->m->net.name[neuron[j]]));
    return list;
}

static json_t *json_groups(const correlations *c)
{
    json_t *list = json_array();
    for (size_t g = 0; g < c->groups; g++) {
        const correlated_group *at = &c->group[g];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "neurons", json_members(c, at->k, at->neuron),
                                              "correlation", json_number(at->correlation), "central_moment",
                                              json_number(at->moment), "cumulant", json_number(at->cumulant)));
    }
    return list;
}

static json_t *json_triples(const correlations *c)
{
    json_t *list = json_array();
    for (size_t r = 0; r < c->ranked; r++) {
        const ranked_group *at = &c->strongest[r];
        int32_t neuron[3] = {(int32_t)at->neuron[0], (int32_t)at->neuron[1], (int32_t)at->neuron[2]};
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "neurons", json_members(c, 3, neuron), "correlation",
                                              json_number(at->correlation), "central_moment", json_number(at->moment)));
    }
    return list;
}

static json_t *json_lagged(const correlations *c)
{
    size_t n = c->m->net.n;
    json_t *list = json_array();
    for (int64_t l = 0; l <= c->own->lag; l++)
        json_array_append_new(list, json_matrix(c->lagged + (size_t)l * n * n, n));
    return list;
}

static json_t *json_populations(const correlations *c)
{
    size_t p = c->populations;
    json_t *names = json_array();
    for (size_t a = 0; a < p; a++)
        json_array_append_new(names, json_string(population_name_of(c, a)));
    json_t *all = json_pack("{s:o, s:o, s:o, s:o, s:o}", "names", names, "mean", json_numbers(c->population_mean, p),
                            "covariance", json_matrix(c->population_covariance, p), "correlation",
                            json_matrix(c->population_correlation, p), "mean_covariance_of_two_neurons",
                            json_matrix(c->within, p));
    if (!c->own->potentials)
        json_object_set_new(all, "fano", json_numbers(c->population_fano, p));
    if (c->fano != NULL)
        json_object_set_new(all, "count_fano", json_numbers(c->population_count_fano, p));
    return all;
}

static int dump_json(const correlations *c, failure *why)
{
    size_t n = c->m->net.n;
    json_t *all = json_about_law(c->m, c->o, c->law, "binnet-correlations 1", correlations_units(c));
    json_object_set_new(all, "variables", json_string(c->own->potentials ? "potentials" : "activities"));
    json_object_set_new(all, "mean", json_numbers(c->mean, n));
    json_object_set_new(all, "covariance", json_matrix(c->covariance, n));
    json_object_set_new(all, "correlation", json_matrix(c->correlation, n));
    if (c->own->order == 3)
        json_object_set_new(all, "triples", json_triples(c));
    if (c->groups > 0)
        json_object_set_new(all, "groups", json_groups(c));
    if (c->lagged != NULL)
        json_object_set_new(all, "lagged_covariance", json_lagged(c));
    if (c->populations > 0)
        json_object_set_new(all, "populations", json_populations(c));
    if (c->fano != NULL)
        json_object_set_new(all, "counts",
                            json_pack("{s:I, s:o, s:o, s:o}", "steps", (json_int_t)c->own->window, "mean",
                                      json_numbers(c->count_mean, n), "covariance", json_matrix(c->count_covariance, n),
                                      "fano", json_numbers(c->fano, n)));
    if (c->time != NULL)
        json_object_set_new(all, "autocorrelation_time",
                            json_pack("{s:o, s:o, s:o}", "neurons", json_numbers(c->time, n), "mean_of_all",
                                      json_number(c->time_of_all), "error", json_number(c->time_error)));
    if (c->response != NULL)
        json_object_set_new(all, "response",
                            json_pack("{s:o, s:o}", "mean_by_stimulus", json_matrix(c->response, n), "error",
                                      json_number(c->response_error)));
    return json_save(all, c->o, ".json", why);
}

int correlations_write(const correlations *c, failure *why)
{
    return c->o->format != NULL && strcmp(c->o->format, "json") == 0 ? dump_json(c, why) : dump_csv(c, why);
}
