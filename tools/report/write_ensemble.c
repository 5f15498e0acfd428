/* What `binnet ensemble` found: on the terminal, as CSV tables, as one JSON document. */
#include "report/ensemble.h"

#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const conventions[] = {
    "weights: J_ij = T_ij W_ij, independent, T_ij ~ Bernoulli(p), W_ij ~ law of the pair of populations",
    "drive: h_i = (1/M_i) sum_j J_ij A_j + I_i - theta_i; a state is a fixed point when no drive changes it",
    "class of states: active neurons in each population; states: how many states it has",
    "occurrence: probability that a state is a fixed point for some stimuli of the axes", NULL};

static const char *normalise_name(int32_t how)
{
    const char *names[] = {"1", "the given numbers", "the number of neurons", "the random in-degree"};
    return how >= 0 && how <= 3 ? names[how] : "?";
}

/* --- terminal --- */

static void report_ensemble(const ensemble_result *r)
{
    const ensemble_file *e = r->e;
    double connections = 0;
    printf("ensemble       %s\n", e->title != NULL ? e->title : r->o->network);
    if (e->source != NULL)
        printf("source         %s\n", e->source);
    for (size_t a = 0; a < e->n_pop; a++) {
        printf("%-14s %s: %" PRId64 " neuron%s, threshold %.6g, stimulus %.6g\n", a == 0 ? "populations" : "",
               e->name[a], e->size[a], e->size[a] == 1 ? "" : "s", e->threshold[a], e->stimulus[a]);
        for (size_t b = 0; b < e->n_pop; b++)
            connections += e->p[a * e->n_pop + b] * (double)e->size[a] *
                           ((double)e->size[b] - (a == b && !e->self_connections));
    }
    printf("wiring         %.6g connections expected, self-connections %s; divided by %s; tie %s\n", connections,
           e->self_connections ? "possible" : "never", normalise_name(e->normalise), tie_name(e->tie));
}

static void print_class(const ensemble_result *r, const class_row *row)
{
    for (size_t a = 0; a < r->e->n_pop; a++)
        printf("%s%" PRId64, a > 0 ? " " : "", row->active[a]);
}

static void report_fixed(const ensemble_result *r)
{
    printf("\nfixed points   %.10g expected at these stimuli\n", r->mean);
    if (!isnan(r->variance))
        printf("               variance %.6g (standard deviation %.6g)\n", r->variance, sqrt(fmax(r->variance, 0)));
    if (r->n_fixed > 0)
        printf("%-14s %-14s %-16s active of", "expected", "states", "log10 Pr(state)");
    for (size_t a = 0; r->n_fixed > 0 && a < r->e->n_pop; a++)
        printf(" %s", r->e->name[a]);
    printf("\n");
    for (size_t k = 0; k < r->n_fixed; k++) {
        printf("%-14.8g %-14.8g %-16.8g ", exp(r->fixed[k].log_expected), r->fixed[k].states,
               r->fixed[k].log_probability / log(10));
        print_class(r, &r->fixed[k]);
        printf("\n");
    }
}

static void report_occurrence(const ensemble_result *r)
{
    printf("\noccurrence     %.10g states expected to be fixed points for some stimuli of", r->occurring);
    for (size_t a = 0; a < r->e->n_pop; a++)
        if (r->axis[a] >= 0)
            printf(" %s", r->e->name[a]);
    printf("\n%-14s %-14s %-16s active\n", "expected", "states", "Pr(state)");
    for (size_t k = 0; k < r->n_occurs; k++) {
        printf("%-14.8g %-14.8g %-16.8g ", exp(r->occurs[k].log_expected), r->occurs[k].states,
               r->occurs[k].probability);
        print_class(r, &r->occurs[k]);
        printf("\n");
    }
}

static void report_diagram(const ensemble_result *r)
{
    size_t nx = r->points[0], ny = r->points[1] > 0 ? r->points[1] : 1, least = 0, most = 0;
    for (size_t k = 0; k < nx * ny; k++) {
        least = r->grid[k] < r->grid[least] ? k : least;
        most = r->grid[k] > r->grid[most] ? k : most;
    }
    const size_t ends[2] = {least, most};
    printf("\nmean diagram   %zu x %zu stimuli\n", nx, ny);
    for (int k = 0; k < 2; k++) {
        printf("%-14s %.8g fixed points at I of %s = %.8g", k == 0 ? "least" : "most", r->grid[ends[k]],
               r->e->name[r->pop[0]], r->x[0][ends[k] % nx]);
        if (r->points[1] > 0)
            printf(", of %s = %.8g", r->e->name[r->pop[1]], r->x[1][ends[k] / nx]);
        printf("\n");
    }
}

static double z_of(const check_row *c)
{
    return c->error > 0 ? (c->mean - c->want) / c->error : 0;
}

static void report_checks(const ensemble_result *r)
{
    printf("\n%" PRId64 " networks drawn, seed %" PRId64 "\n%-26s %-16s %-16s %-12s %s\n", r->networks, r->own->seed,
           "", "computed", "sampled", "std. error", "z");
    for (size_t k = 0; k < r->checks; k++) {
        const check_row *c = &r->check[k];
        printf("%-26s %-16.8g %-16.8g %-12.3g ", c->what, c->want, c->mean, c->error);
        if (c->error > 0)
            printf("%.2f\n", z_of(c));
        else
            printf("-\n");
    }
}

void ensemble_report(const ensemble_result *r)
{
    report_ensemble(r);
    if (r->own->fixed_points)
        report_fixed(r);
    for (int period = 2; period <= r->longest; period++)
        printf("%scycles of %d    %.10g expected (error at most %.1g)\n", period == 2 ? "\n" : "", period,
               r->cycles[period], r->cycles_error[period]);
    if (r->own->occurrence)
        report_occurrence(r);
    if (r->own->mean_diagram)
        report_diagram(r);
    if (r->checks > 0)
        report_checks(r);
    printf("time           %.3g s\n", r->seconds);
}

/* --- CSV --- */

static int begin(table *t, const ensemble_result *r, const char *ending, const char *what, failure *why)
{
    TRY(table_open(t, r->o, ending, why));
    fprintf(t->file, "# %s\n# binnet %s (%s kernels): %s\n", what, binnet_version(), binnet_kernels(), r->o->text);
    if (r->e->source != NULL)
        fprintf(t->file, "# source: %s\n", r->e->source);
    const struct {
        const char *what;
        const double *values;
    } lists[] = {{"thresholds theta", r->e->threshold}, {"stimuli I", r->e->stimulus}};
    for (int k = 0; k < 2; k++) {
        fprintf(t->file, "# %s: ", lists[k].what);
        for (size_t a = 0; a < r->e->n_pop; a++) {
            fputs(a > 0 ? ", " : "", t->file);
            csv_field(t->file, r->e->name[a]);
            fputc(' ', t->file);
            csv_real(t->file, lists[k].values[a]);
        }
        fputc('\n', t->file);
    }
    fprintf(t->file, "# tie %s; divided by %s; self-connections %s\n", tie_name(r->e->tie),
            normalise_name(r->e->normalise), r->e->self_connections ? "possible" : "never");
    for (int k = 0; conventions[k] != NULL; k++)
        fprintf(t->file, "# %s\n", conventions[k]);
    return EXIT_DONE;
}

static void population_fields(FILE *f, const ensemble_result *r)
{
    for (size_t a = 0; a < r->e->n_pop; a++) {
        if (a > 0)
            fputc(',', f);
        csv_field(f, r->e->name[a]);
    }
}

static int write_classes(const ensemble_result *r, const class_row *rows, size_t count, int occurrence, failure *why)
{
    table t;
    TRY(begin(&t, r, occurrence ? "_occurrence.csv" : "_fixed_points.csv",
              occurrence ? "states that are fixed points for some stimuli" : "fixed points at the given stimuli", why));
    fprintf(t.file, "# expected in all: %.17g\n", occurrence ? r->occurring : r->mean);
    if (!occurrence && !isnan(r->variance))
        fprintf(t.file, "# variance of their number: %.17g\n", r->variance);
    population_fields(t.file, r);
    fprintf(t.file, ",states,expected,%s\n", occurrence ? "probability" : "log10_probability");
    for (size_t k = 0; k < count; k++) {
        for (size_t a = 0; a < r->e->n_pop; a++)
            fprintf(t.file, "%" PRId64 ",", rows[k].active[a]);
        csv_real(t.file, rows[k].states);
        fputc(',', t.file);
        csv_real(t.file, exp(rows[k].log_expected));
        fputc(',', t.file);
        csv_real(t.file, occurrence ? rows[k].probability : rows[k].log_probability / log(10));
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

static int write_cycles(const ensemble_result *r, failure *why)
{
    table t;
    TRY(begin(&t, r, "_cycles.csv", "expected cycles at the given stimuli", why));
    fprintf(t.file, "period,expected,error\n");
    for (int period = 2; period <= r->longest; period++)
        fprintf(t.file, "%d,%.17g,%.3g\n", period, r->cycles[period], r->cycles_error[period]);
    return table_close(&t, why);
}

static int write_diagram(const ensemble_result *r, failure *why)
{
    table t;
    size_t nx = r->points[0], ny = r->points[1] > 0 ? r->points[1] : 1;
    TRY(begin(&t, r, "_diagram.csv", "expected fixed points over the stimuli", why));
    csv_field(t.file, r->e->name[r->pop[0]]);
    fputc(',', t.file);
    if (r->points[1] > 0) {
        csv_field(t.file, r->e->name[r->pop[1]]);
        fputc(',', t.file);
    }
    fprintf(t.file, "expected\n");
    for (size_t k = 0; k < nx * ny; k++) {
        csv_real(t.file, r->x[0][k % nx]);
        fputc(',', t.file);
        if (r->points[1] > 0) {
            csv_real(t.file, r->x[1][k / nx]);
            fputc(',', t.file);
        }
        csv_real(t.file, r->grid[k]);
        fputc('\n', t.file);
    }
    return table_close(&t, why);
}

static int write_checks(const ensemble_result *r, failure *why)
{
    table t;
    TRY(begin(&t, r, "_check.csv", "computed figures beside those of networks drawn", why));
    fprintf(t.file, "# networks: %" PRId64 ", seed %" PRId64 "\nfigure,computed,sampled,standard_error,z\n",
            r->networks, r->own->seed);
    for (size_t k = 0; k < r->checks; k++) {
        const check_row *c = &r->check[k];
        fprintf(t.file, "%s,%.17g,%.17g,%.6g,%.4f\n", c->what, c->want, c->mean, c->error, z_of(c));
    }
    return table_close(&t, why);
}

/* --- JSON --- */

static json_t *classes_json(const ensemble_result *r, const class_row *rows, size_t count, int occurrence)
{
    json_t *list = json_array();
    for (size_t k = 0; k < count; k++) {
        json_t *active = json_array();
        for (size_t a = 0; a < r->e->n_pop; a++)
            json_array_append_new(active, json_integer((json_int_t)rows[k].active[a]));
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o}", "active", active, "states", json_number(rows[k].states), "expected",
                            json_number(exp(rows[k].log_expected)), occurrence ? "probability" : "log10_probability",
                            json_number(occurrence ? rows[k].probability : rows[k].log_probability / log(10))));
    }
    return list;
}

static json_t *names_json(const ensemble_result *r)
{
    json_t *names = json_array();
    for (size_t a = 0; a < r->e->n_pop; a++)
        json_array_append_new(names, json_string(r->e->name[a]));
    return names;
}

static json_t *diagram_json(const ensemble_result *r)
{
    json_t *axes = json_array(), *rows = json_array();
    for (size_t k = 0; k < 2 && r->points[k] > 0; k++)
        json_array_append_new(axes, json_pack("{s:s, s:o}", "population", r->e->name[r->pop[k]], "stimuli",
                                              json_numbers(r->x[k], r->points[k])));
    for (size_t j = 0; j < (r->points[1] > 0 ? r->points[1] : 1); j++)
        json_array_append_new(rows, json_numbers(r->grid + j * r->points[0], r->points[0]));
    return json_pack("{s:o, s:o}", "axes", axes, "expected", rows);
}

static int write_document(const ensemble_result *r, failure *why)
{
    json_t *all = json_pack("{s:s, s:s, s:o}", "binnet", binnet_version(), "command", r->o->text, "populations",
                            names_json(r));
    json_t *says = json_array();
    for (int k = 0; conventions[k] != NULL; k++)
        json_array_append_new(says, json_string(conventions[k]));
    json_object_set_new(all, "conventions", says);
    json_object_set_new(all, "settings",
                        json_pack("{s:o, s:o, s:s, s:s}", "thresholds", json_numbers(r->e->threshold, r->e->n_pop),
                                  "stimuli", json_numbers(r->e->stimulus, r->e->n_pop), "tie", tie_name(r->e->tie),
                                  "divided_by", normalise_name(r->e->normalise)));
    if (r->e->source != NULL)
        json_object_set_new(all, "source", json_string(r->e->source));
    if (r->own->fixed_points)
        json_object_set_new(all, "fixed_points",
                            json_pack("{s:o, s:o, s:o}", "expected", json_number(r->mean), "variance",
                                      json_number(r->variance), "classes", classes_json(r, r->fixed, r->n_fixed, 0)));
    if (r->longest > 0) {
        json_t *list = json_array();
        for (int period = 2; period <= r->longest; period++)
            json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "period", period, "expected",
                                                  json_number(r->cycles[period]), "error",
                                                  json_number(r->cycles_error[period])));
        json_object_set_new(all, "cycles", list);
    }
    if (r->own->occurrence)
        json_object_set_new(all, "occurrence",
                            json_pack("{s:o, s:o}", "expected", json_number(r->occurring), "classes",
                                      classes_json(r, r->occurs, r->n_occurs, 1)));
    if (r->own->mean_diagram)
        json_object_set_new(all, "diagram", diagram_json(r));
    if (r->checks > 0) {
        json_t *list = json_array();
        for (size_t k = 0; k < r->checks; k++)
            json_array_append_new(list,
                                  json_pack("{s:s, s:o, s:o, s:o, s:o}", "figure", r->check[k].what, "computed",
                                            json_number(r->check[k].want), "sampled", json_number(r->check[k].mean),
                                            "standard_error", json_number(r->check[k].error), "z",
                                            json_number(z_of(&r->check[k]))));
        json_object_set_new(all, "check",
                            json_pack("{s:I, s:I, s:o}", "networks", (json_int_t)r->networks, "seed",
                                      (json_int_t)r->own->seed, "figures", list));
    }
    return json_save(all, r->o, ".json", why);
}

int ensemble_write(const ensemble_result *r, failure *why)
{
    if (r->o->format != NULL && strcmp(r->o->format, "json") == 0)
        return write_document(r, why);
    if (r->own->fixed_points)
        TRY(write_classes(r, r->fixed, r->n_fixed, 0, why));
    if (r->longest > 0)
        TRY(write_cycles(r, why));
    if (r->own->occurrence)
        TRY(write_classes(r, r->occurs, r->n_occurs, 1, why));
    if (r->own->mean_diagram)
        TRY(write_diagram(r, why));
    return r->checks > 0 ? write_checks(r, why) : EXIT_DONE;
}
