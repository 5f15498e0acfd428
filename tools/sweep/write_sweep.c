/* Files of a sweep: one CSV table, or one JSON document. */
#include "sweep/sweep.h"

#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const conventions[] = {
    "mean: Pr(active); population: average of its neurons' means; variance: of the average activity",
    "covariance, correlation (Pearson): average over all pairs of different neurons, one of each name",
    "residual: ||pi P - pi||_1; error: estimated largest relative error of a probability",
    "bifurcation points: of the network without noise, at which a fixed point (synchronous update: or cycle) begins or ceases",
};
/* The first OF_MOMENTS are about what plan_moments names; a plan with units of its own has others. */
enum { CONVENTIONS = sizeof conventions / sizeof *conventions, OF_MOMENTS = 2 };

static const char *units(const sweep *s)
{
    if (s->plan->units != NULL)
        return s->plan->units;
    return s->o->spins ? "means, variances and covariances are of spins S = 2A - 1 (-1, 1)"
                       : "means, variances and covariances are of activities A (0, 1)";
}

static double x_of(const sweep *s, size_t axis, size_t point)
{
    size_t columns = s->axis[0].steps;
    return axis_value(&s->axis[axis], axis == 0 ? point % columns : point / columns);
}

/* --- CSV --- */

static void csv_value(FILE *f, double x)
{
    fputc(',', f);
    if (!isnan(x)) /* not defined: empty */
        fprintf(f, "%.17g", x);
}

static void csv_head(FILE *f, const sweep *s)
{
    char text[320];
    csv_about(f, s->m, s->o, "sweep of stationary laws");
    fprintf(f, "# update %s, tie %s\n", update_name(s->m->update), tie_name(s->m->net.tie));
    for (size_t a = 0; a < s->axes; a++)
        fprintf(f, "# varied: %s, in place of what stands above\n", axis_text(text, &s->axis[a]));
    for (int k = s->plan->units != NULL ? OF_MOMENTS : 0; k < CONVENTIONS; k++)
        fprintf(f, "# %s\n", conventions[k]);
    fprintf(f, "# %s\n", units(s));
    if (s->unmarked[0] != 0)
        fprintf(f, "# bifurcation points left out: %s\n", s->unmarked);
    for (size_t k = 0; k < s->marks; k++) {
        fprintf(f, "# bifurcation point: ");
        csv_real(f, s->mark[k].value);
        fprintf(f, "%s\n", s->mark[k].broken ? ", symmetry broken" : "");
    }
    for (size_t a = 0; a < s->axes; a++) {
        csv_field(f, axis_text(text, &s->axis[a]));
        fputc(',', f);
    }
    for (size_t q = 0; q < s->plan->count; q++) {
        csv_field(f, s->plan->quantity[q].name);
        fputc(',', f);
    }
    fprintf(f, "residual,error,steps,note\n");
}

static int write_csv(const sweep *s, failure *why)
{
    table t;
    TRY(table_open(&t, s->o, "_sweep.csv", why));
    csv_head(t.file, s);
    for (size_t k = 0; k < s->points; k++) {
        const sweep_point *p = &s->point[k];
        for (size_t a = 0; a < s->axes; a++) {
            fputs(a > 0 ? "," : "", t.file);
            csv_real(t.file, x_of(s, a, k));
        }
        for (size_t q = 0; q < s->plan->count; q++)
            csv_value(t.file, s->value[k * s->plan->count + q]);
        csv_value(t.file, p->residual);
        csv_value(t.file, p->error);
        fprintf(t.file, ",%" PRIu64 ",", p->steps);
        csv_field(t.file, p->note != NULL ? p->note : "");
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

/* --- JSON --- */

static json_t *json_axes(const sweep *s)
{
    json_t *list = json_array();
    char text[320];
    for (size_t a = 0; a < s->axes; a++) {
        json_t *values = json_array(), *neurons = json_array();
        for (size_t k = 0; k < s->axis[a].steps; k++)
            json_array_append_new(values, json_real(axis_value(&s->axis[a], k)));
        for (size_t k = 0; k < s->axis[a].heard.count; k++)
            json_array_append_new(neurons, json_string(s->m->net.name[s->axis[a].heard.neuron[k]]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "name", s->axis[a].name, "what",
                                              axis_text(text, &s->axis[a]), "neurons", neurons, "values", values));
    }
    return list;
}

static json_t *json_quantities(const sweep *s)
{
    json_t *list = json_array();
    for (size_t q = 0; q < s->plan->count; q++) {
        json_t *values = json_array();
        for (size_t k = 0; k < s->points; k++)
            json_array_append_new(values, json_number(s->value[k * s->plan->count + q]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", s->plan->quantity[q].name, "family",
                                              s->plan->quantity[q].family, "values", values));
    }
    return list;
}

static json_t *json_marks(const sweep *s)
{
    if (s->unmarked[0] != 0 || s->stimulus_axis < 0)
        return json_null();
    json_t *list = json_array();
    for (size_t k = 0; k < s->marks; k++)
        json_array_append_new(list,
                              json_pack("{s:f, s:b}", "value", s->mark[k].value, "symmetry_broken", s->mark[k].broken));
    return list;
}

static int write_json(const sweep *s, failure *why)
{
    const model *m = s->m;
    json_t *lines = json_array(), *residual = json_array(), *error = json_array(), *steps = json_array(),
           *notes = json_array(), *scale = json_array();
    for (int k = s->plan->units != NULL ? OF_MOMENTS : 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    json_array_append_new(lines, json_string(units(s)));
    json_array_append_new(
        lines,
        json_string("values: one for each point, the first parameter runs fastest; null: no law, or not defined"));
    for (size_t k = 0; k < s->points; k++) {
        json_array_append_new(residual, json_number(s->point[k].residual));
        json_array_append_new(error, json_number(s->point[k].error));
        json_array_append_new(steps, json_integer((json_int_t)s->point[k].steps));
        json_array_append_new(notes, s->point[k].note != NULL ? json_string(s->point[k].note) : json_null());
    }
    for (size_t i = 0; i < m->net.n; i++)
        json_array_append_new(scale, json_number(model_scale(m, i)));
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:s, s:{s:s, s:o}, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "format", "binnet-sweep 1", "version", binnet_version(), "command", s->o->text, "conventions", lines, "title",
        m->net.title, "source", m->net.source, "import", json_notes(&m->net), "update", update_name(m->update), "noise",
        "kind", noise_name(binnet_noise_kind(m->noise)), "scale", scale, "tie", tie_name(m->net.tie), "settings",
        json_settings(m), "varied", json_axes(s), "quantities", json_quantities(s), "residual", residual, "error",
        error, "steps", steps, "notes", notes, "bifurcation_points", json_marks(s));
    return json_save(all, s->o, ".json", why);
}

int sweep_write(const sweep *s, failure *why)
{
    return s->o->format != NULL && strcmp(s->o->format, "json") == 0 ? write_json(s, why) : write_csv(s, why);
}
