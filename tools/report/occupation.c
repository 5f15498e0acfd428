/* From a law of occupation numbers to its figures, on standard output and in files. */
#include "report/occupation.h"

#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t occupation_count(const model *m, uint64_t state, size_t a)
{
    for (size_t b = 0; b < a; b++)
        state /= (uint64_t)m->net.size[b] + 1;
    return state % ((uint64_t)m->net.size[a] + 1);
}

/* The most probable states, first the likeliest; equal ones by number. */
static void find_top(occupation *r)
{
    const double *p = binnet_law_data(r->law);
    uint64_t states = binnet_law_size(r->law);
    size_t found = 0;
    for (uint64_t s = 0; s < states && r->top > 0; s++) {
        if (found == r->top && !(p[s] > p[r->state[found - 1]]))
            continue;
        size_t k = found < r->top ? found++ : found - 1;
        for (; k > 0 && p[s] > p[r->state[k - 1]]; k--)
            r->state[k] = r->state[k - 1];
        r->state[k] = s;
    }
}

int occupation_make(occupation *r, const model *m, const options *o, const binnet_law *law, failure *why)
{
    size_t P = m->net.n_sizes;
    uint64_t states = binnet_law_size(law);
    *r = (occupation){.m = m, .o = o, .law = law, .n_pop = P};
    r->top = (uint64_t)o->top < states ? (size_t)o->top : (size_t)states;
    r->mean = calloc(P, sizeof *r->mean);
    r->covariance = calloc(P * P, sizeof *r->covariance);
    r->activity = calloc(P, sizeof *r->activity);
    r->state = calloc(r->top + 1, sizeof *r->state);
    int enough = r->mean != NULL && r->covariance != NULL && r->activity != NULL && r->state != NULL;
    for (size_t a = 0; a < P && enough; a++)
        enough = (r->activity[a] = calloc((size_t)m->net.size[a] + 1, sizeof **r->activity)) != NULL;
    if (!enough)
        return fail(why, EXIT_BUDGET, "out of memory");
    int32_t status = binnet_occupation_mean(m->ctx, r->mean, P, law);
    if (status == BINNET_OK)
        status = binnet_occupation_covariance(m->ctx, r->covariance, P, law);
    if (status == BINNET_E_UNDEFINED) /* populations of one neuron */
        status = BINNET_OK;
    for (size_t a = 0; a < P && status == BINNET_OK; a++)
        status = binnet_occupation_activity(m->ctx, r->activity[a], (size_t)m->net.size[a] + 1, law, a);
    if (status == BINNET_OK)
        status = binnet_law_entropy(m->ctx, &r->entropy, law);
    if (status == BINNET_OK)
        status = binnet_occupation_entropy(m->ctx, &r->of_numbers, law);
    if (status != BINNET_OK)
        return library_failure(why, m->ctx, status);
    find_top(r);
    return EXIT_DONE;
}

void occupation_free(occupation *r)
{
    for (size_t a = 0; r->activity != NULL && a < r->n_pop; a++)
        free(r->activity[a]);
    free(r->activity);
    free(r->mean);
    free(r->covariance);
    free(r->state);
}

/* Standard deviation of a population's number. */
static double spread_of_number(const occupation *r, size_t a)
{
    double N = (double)r->m->net.size[a], mean = N * r->mean[a], sum = 0;
    for (int64_t k = 0; k <= r->m->net.size[a]; k++)
        sum += ((double)k - mean) * ((double)k - mean) * r->activity[a][k];
    return sqrt(sum);
}

void report_occupation(const occupation *r)
{
    const network *net = &r->m->net;
    int width = 10;
    for (size_t a = 0; a < r->n_pop; a++)
        width = (int)strlen(net->population_name[a]) > width ? (int)strlen(net->population_name[a]) : width;
    report_solved(r->law, r->seconds);
    printf("entropy        %.10g nats of the neurons, %.10g of the numbers of active ones\n\n", r->entropy,
           r->of_numbers);
    printf("%-*s  %-8s %-12s %-22s %s\n", width, "population", "neurons", "mean A", "active: mean, st. dev.",
           "correlation of two of its neurons");
    for (size_t a = 0; a < r->n_pop; a++) {
        double m = r->mean[a], v = m * (1 - m), N = (double)net->size[a];
        printf("%-*s  %-8" PRId64 " %-12.9g %-10.6g %-11.6g ", width, net->population_name[a], net->size[a], m, N * m,
               spread_of_number(r, a));
        if (net->size[a] > 1 && v > 0)
            printf("%.6g\n", r->covariance[a * r->n_pop + a] / v);
        else
            printf("-\n");
    }
    if (r->top == 0)
        return;
    printf("\nmost probable numbers of active neurons\n%-14s", "probability");
    for (size_t a = 0; a < r->n_pop; a++)
        printf(" %-*s", (int)strlen(net->population_name[a]) > 7 ? (int)strlen(net->population_name[a]) : 7,
               net->population_name[a]);
    printf("\n");
    for (size_t k = 0; k < r->top; k++) {
        printf("%-14.9g", binnet_law_data(r->law)[r->state[k]]);
        for (size_t a = 0; a < r->n_pop; a++)
            printf(" %-*" PRIu64, (int)strlen(net->population_name[a]) > 7 ? (int)strlen(net->population_name[a]) : 7,
                   occupation_count(r->m, r->state[k], a));
        printf("\n");
    }
}

/* --- files --- */

static void csv_populations(FILE *f, const occupation *r)
{
    const network *net = &r->m->net;
    fprintf(f, "population,neurons,mean");
    for (size_t a = 0; a < r->n_pop; a++) {
        fprintf(f, ",");
        csv_field(f, net->population_name[a]);
    }
    fprintf(f, "\n");
    for (size_t a = 0; a < r->n_pop; a++) {
        csv_field(f, net->population_name[a]);
        fprintf(f, ",%" PRId64 ",%.17g", net->size[a], r->mean[a]);
        for (size_t b = 0; b < r->n_pop; b++) {
            double v = r->covariance[a * r->n_pop + b];
            fprintf(f, isnan(v) ? "," : ",%.17g", v);
        }
        fprintf(f, "\n");
    }
}

static void csv_activity(FILE *f, const occupation *r)
{
    const network *net = &r->m->net;
    fprintf(f, "population,active,probability\n");
    for (size_t a = 0; a < r->n_pop; a++)
        for (int64_t k = 0; k <= net->size[a]; k++) {
            csv_field(f, net->population_name[a]);
            fprintf(f, ",%" PRId64 ",%.17g\n", k, r->activity[a][k]);
        }
}

static void csv_occupations(FILE *f, const occupation *r)
{
    fprintf(f, "probability");
    for (size_t a = 0; a < r->n_pop; a++) {
        fprintf(f, ",");
        csv_field(f, r->m->net.population_name[a]);
    }
    fprintf(f, "\n");
    for (size_t k = 0; k < r->top; k++) {
        fprintf(f, "%.17g", binnet_law_data(r->law)[r->state[k]]);
        for (size_t a = 0; a < r->n_pop; a++)
            fprintf(f, ",%" PRIu64, occupation_count(r->m, r->state[k], a));
        fprintf(f, "\n");
    }
}

static int write_json_file(const occupation *r, failure *why)
{
    const network *net = &r->m->net;
    json_t *all = json_about_law(r->m, r->o, r->law, "binnet-occupation 1",
                                 "covariances are of the activities A (0, 1) of two different neurons"),
           *list = json_array();
    for (size_t a = 0; a < r->n_pop; a++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o, s:o}", "population", net->population_name[a],
                                              "neurons", (json_int_t)net->size[a], "mean", json_number(r->mean[a]),
                                              "covariance", json_numbers(r->covariance + a * r->n_pop, r->n_pop),
                                              "activity", json_numbers(r->activity[a], (size_t)net->size[a] + 1)));
    json_object_set_new(all, "populations", list);
    json_object_set_new(all, "entropy_neurons", json_number(r->entropy));
    json_object_set_new(all, "entropy_numbers", json_number(r->of_numbers));
    return json_save(all, r->o, ".json", why);
}

int occupation_write(const occupation *r, failure *why)
{
    const struct {
        const char *ending, *what;
        void (*write)(FILE *, const occupation *);
    } tables[] = {{"_populations.csv",
                   "mean activity of a neuron of each population, and covariances of two different neurons; empty "
                   "where there is one",
                   csv_populations},
                  {"_activity.csv", "law of the number of active neurons of each population", csv_activity},
                  {"_states.csv", "most probable numbers of active neurons", csv_occupations}};
    if (r->o->format != NULL && strcmp(r->o->format, "json") == 0)
        return write_json_file(r, why);
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        TRY(table_open(&t, r->o, tables[k].ending, why));
        csv_about_law(t.file, r->m, r->o, r->law, tables[k].what);
        tables[k].write(t.file, r);
        TRY(table_close(&t, why));
    }
    return EXIT_DONE;
}
