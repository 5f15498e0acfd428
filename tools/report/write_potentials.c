/* Files of potentials: CSV tables or one JSON document. */
#include "report/potentials.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char units[] =
    "V_i = (1/M_i) sum_j J_ij A_j + I_i + scale_i B_i, A one step before, B the noise; stationary";

/* A neuron's density at even points, or the values it takes. */
typedef struct points {
    size_t count;
    double *x, *cdf, *density, *probability; /* density or probability NaN */
} points;

static int make_points(points *out, const potentials *p, const potential *of, failure *why)
{
    binnet_ctx *ctx = p->m->ctx;
    out->count = of->single_values ? (size_t)of->components : (size_t)((const potential_options *)p->o->own)->points;
    out->x = malloc(4 * out->count * sizeof *out->x);
    if (out->x == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    out->cdf = out->x + out->count;
    out->density = out->cdf + out->count;
    out->probability = out->density + out->count;
    int32_t status = BINNET_OK;
    for (size_t k = 0; k < out->count && status == BINNET_OK; k++) {
        double t = (double)k / (double)(out->count - 1);
        out->x[k] = (1 - t) * of->least + t * of->most;
        out->density[k] = out->probability[k] = NAN;
        if (of->single_values)
            status = binnet_potential_marginal_component(ctx, &out->x[k], &out->probability[k], of->law, k);
    }
    if (status == BINNET_OK)
        status = binnet_potential_marginal_eval(ctx, out->cdf, NULL, of->single_values ? NULL : out->density, NULL,
                                                out->count, of->law, out->x);
    if (status == BINNET_OK)
        return EXIT_DONE;
    free(out->x);
    return library_failure(why, ctx, status);
}

static void csv_number_or_nothing(FILE *f, double x)
{
    fputc(',', f);
    if (!isnan(x))
        csv_real(f, x);
}

static int csv_neurons(FILE *f, const potentials *p, failure *why)
{
    (void)why;
    fprintf(f, "neuron,mean,sd,threshold,above_threshold,noise_scale,components");
    for (size_t k = 0; k < p->quantiles; k++)
        fprintf(f, ",quantile_%.10g", p->q[k]);
    for (size_t j = 0; j < p->group.count; j++) {
        const potential *of = &p->of[j];
        fputc('\n', f);
        csv_field(f, p->name[j]);
        const double figures[] = {of->mean, of->deviation, of->threshold, of->above, of->scale};
        for (int k = 0; k < 5; k++)
            csv_number_or_nothing(f, figures[k]);
        fprintf(f, ",%" PRIu64, of->components);
        for (size_t k = 0; k < p->quantiles; k++)
            csv_number_or_nothing(f, p->quantile[j * p->quantiles + k]);
    }
    fputc('\n', f);
    return EXIT_DONE;
}

static int csv_densities(FILE *f, const potentials *p, failure *why)
{
    fprintf(f, "neuron,potential,density,probability,cdf\n");
    for (size_t j = 0; j < p->group.count; j++) {
        points at;
        TRY(make_points(&at, p, &p->of[j], why));
        for (size_t k = 0; k < at.count; k++) {
            csv_field(f, p->name[j]);
            csv_number_or_nothing(f, at.x[k]);
            csv_number_or_nothing(f, at.density[k]);
            csv_number_or_nothing(f, at.probability[k]);
            csv_number_or_nothing(f, at.cdf[k]);
            fputc('\n', f);
        }
        free(at.x);
    }
    return EXIT_DONE;
}

static int csv_correlation(FILE *f, const potentials *p, failure *why)
{
    (void)why;
    network chosen = p->m->net;
    chosen.n = p->group.count;
    chosen.name = p->name;
    csv_matrix(f, &chosen, p->correlation);
    return EXIT_DONE;
}

static int dump_csv(const potentials *p, failure *why)
{
    const struct {
        const char *ending, *what;
        int (*write)(FILE *, const potentials *, failure *);
    } tables[] = {{"_potentials.csv", "membrane potentials of each neuron; empty: does not exist", csv_neurons},
                  {"_densities.csv",
                   "densities at even points; where a neuron has no noise its values and their probabilities",
                   csv_densities},
                  {"_correlation.csv", "Pearson correlations of potentials at one time; empty where not defined",
                   csv_correlation}};
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        table t;
        TRY(table_open(&t, p->o, tables[k].ending, why));
        csv_about_law(t.file, p->m, p->o, p->law, tables[k].what);
        fprintf(t.file, "# %s\n", units);
        TRY(table_finish(&t, tables[k].write(t.file, p, why), why));
    }
    return EXIT_DONE;
}

/* --- JSON --- */

static int json_neuron(json_t **out, const potentials *p, size_t j, failure *why)
{
    const potential *of = &p->of[j];
    points at;
    TRY(make_points(&at, p, of, why));
    *out = json_pack("{s:s, s:o, s:o, s:f, s:f, s:f, s:I, s:o, s:o, s:o, s:o}", "neuron", p->name[j], "mean",
                     json_number(of->mean), "sd", json_number(of->deviation), "threshold", of->threshold,
                     "above_threshold", of->above, "noise_scale", of->scale, "components", (json_int_t)of->components,
                     "quantiles", json_numbers(p->quantile + j * p->quantiles, p->quantiles), "potential",
                     json_numbers(at.x, at.count), of->single_values ? "probability" : "density",
                     json_numbers(of->single_values ? at.probability : at.density, at.count), "cdf",
                     json_numbers(at.cdf, at.count));
    free(at.x);
    return EXIT_DONE;
}

static int dump_json(const potentials *p, failure *why)
{
    json_t *all = json_about_law(p->m, p->o, p->law, "binnet-potentials 1", units), *list = json_array();
    int code = EXIT_DONE;
    for (size_t j = 0; j < p->group.count && code == EXIT_DONE; j++) {
        json_t *one = NULL;
        code = json_neuron(&one, p, j, why);
        json_array_append_new(list, one);
    }
    if (code != EXIT_DONE) {
        json_decref(all);
        json_decref(list);
        return code;
    }
    json_object_set_new(all, "quantiles_at", json_numbers(p->q, p->quantiles));
    json_object_set_new(all, "potentials", list);
    json_object_set_new(all, "covariance", json_matrix(p->covariance, p->group.count));
    json_object_set_new(all, "correlation", json_matrix(p->correlation, p->group.count));
    return json_save(all, p->o, ".json", why);
}

int potentials_write(const potentials *p, failure *why)
{
    return p->o->format != NULL && strcmp(p->o->format, "json") == 0 ? dump_json(p, why) : dump_csv(p, why);
}
