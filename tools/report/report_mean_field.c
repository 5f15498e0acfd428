/* Mean fields on standard output and in files. */
#include "report/mean_field.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 8, MOST_PAIRS = 12 };

const char *stability_text(double radius, double growth)
{
    return radius < 1 ? "stable" : growth < 1 ? "asynchronous only" : "unstable";
}

const char *special_text(int32_t kind)
{
    switch (kind) {
    case BINNET_POINT_FOLD:
        return "fold";
    case BINNET_POINT_CROSSING:
        return "crossing of branches";
    case BINNET_POINT_PERIOD_DOUBLING:
        return "period doubling";
    case BINNET_POINT_NEIMARK_SACKER:
        return "Neimark-Sacker";
    default:
        return "Hopf";
    }
}

static const char *input_text(const mean_field *f)
{
    return f->input == BINNET_INPUT_MEAN ? "naive (mean input)" : "Gaussian input";
}

/* --- report --- */

static void print_means(const mean_field *f, const double *mean)
{
    for (size_t a = 0; a < f->n && a < MOST_COLUMNS; a++)
        printf(" %-11.8f", mean[a]);
    printf("%s\n", f->n > MOST_COLUMNS ? " ..." : "");
}

static void report_points(const mean_field *f)
{
    printf("fixed points   %zu, %s, %" PRIu64 " boxes, %.3g s\n", f->count,
           f->complete ? "all there are (proved)" : "but perhaps more", f->boxes, f->seconds);
    printf("\n%-6s %-18s %-9s %-9s %-9s", "", "under updates", "radius", "growth", "error");
    for (size_t a = 0; a < f->n && a < MOST_COLUMNS; a++)
        printf(" %-11.11s", f->name[a]);
    printf("%s\n", f->n > MOST_COLUMNS ? " ..." : "");
    for (size_t k = 0; k < f->count; k++) {
        const mean_point *p = &f->point[k];
        printf("%-6zu %-18s %-9.5g %-9.5g %-9.1e", k + 1, stability_text(p->radius, p->growth), p->radius, p->growth,
               p->error);
        print_means(f, f->mean + k * f->n);
    }
    if (f->exact) {
        printf("%-6s %-18s %-9s %-9s %-9s", "exact", update_name(f->update), "", "", "");
        print_means(f, f->exact_mean);
    } else
        printf("exact          not here: %s\n", f->without);
}

/* The pairs of units with the greatest covariances at fixed point k. */
static void report_covariances(const mean_field *f, size_t k)
{
    const double *cov = f->cov + k * f->n * f->n;
    double before = INFINITY;
    size_t last = 0;
    printf("\ncovariances of two neurons around fixed point %zu, %s%s\n", k + 1, update_name(f->update),
           f->n * (f->n + 1) / 2 > MOST_PAIRS ? ": the greatest" : "");
    printf("%-25s %-14s %s\n", "", "linear noise", f->exact ? "exact" : "");
    for (size_t shown = 0; shown < MOST_PAIRS; shown++) {
        size_t best = SIZE_MAX;
        for (size_t c = 0; c < f->n * f->n; c++) {
            size_t a = c / f->n, b = c % f->n;
            int pair = f->populations ? a < b || (a == b && f->m->net.size[a] > 1) : a < b;
            int later = fabs(cov[c]) < before || (fabs(cov[c]) == before && c > last);
            if (pair && later && (best == SIZE_MAX || fabs(cov[c]) > fabs(cov[best])))
                best = c;
        }
        if (best == SIZE_MAX)
            break;
        before = fabs(cov[best]);
        last = best;
        printf("%-12.12s %-12.12s %-14.6g", f->name[best / f->n], f->name[best % f->n], cov[best]);
        if (f->exact)
            printf(" %.6g", f->exact_cov[best]);
        printf("\n");
    }
}

static void report_branches(const mean_field *f)
{
    char text[320];
    size_t specials = binnet_mean_branches_special_count(f->branches), most = 0, least = SIZE_MAX, count;
    for (size_t k = 0; k < f->line.axis[0].steps; k++) {
        binnet_mean_branches_at(f->branches, k, NULL, &count, NULL);
        most = count > most ? count : most;
        least = count < least ? count : least;
    }
    printf("varied         %s, %g to %g\n", axis_text(text, &f->line.axis[0]), f->line.axis[0].lo, f->line.axis[0].hi);
    printf("branches       %zu, with %zu to %zu fixed points at one stimulus%s, %.3g s\n",
           binnet_mean_branches_count(f->branches), least, most,
           f->complete ? " (complete at all of them: proved)" : "", f->seconds);
    if (f->line.marks > 0)
        printf("without noise  %zu bifurcation points of the finite network\n", f->line.marks);
    if (f->line.unmarked[0] != 0)
        printf("without noise  %s\n", f->line.unmarked);
    if (!f->exact)
        printf("exact          not here: %s\n", f->without);
    if (specials > 0)
        printf("\n%-22s %-7s %-18s %-9s %-10s", "", "branch", "stimulus", "error", "angle");
    for (size_t a = 0; specials > 0 && a < f->n && a < MOST_COLUMNS; a++)
        printf(" %-11.11s", f->name[a]);
    printf("\n");
    double *mean = malloc(f->n * sizeof *mean);
    int synchronous = 0;
    for (size_t k = 0; mean != NULL && k < specials; k++) {
        int32_t kind;
        size_t branch;
        double x, error, angle;
        binnet_mean_branches_special(f->branches, k, &kind, &branch, &x, &error, mean, &angle);
        printf("%-22s %-7zu %-18.12g %-9.1e %-10.6g", special_text(kind), branch + 1, x, error, angle);
        print_means(f, mean);
        synchronous |= kind == BINNET_POINT_PERIOD_DOUBLING || kind == BINNET_POINT_NEIMARK_SACKER;
    }
    if (synchronous)
        printf(
            "(period doublings and Neimark-Sacker points are of synchronous updates, Hopf points of asynchronous ones)\n");
    free(mean);
}

void report_mean_field(const mean_field *f)
{
    printf("mean field     %s, of %zu %s\n", input_text(f), f->n, f->populations ? "populations" : "neurons");
    if (f->branches != NULL)
        report_branches(f);
    else {
        report_points(f);
        for (size_t k = 0; k < f->count; k++)
            if (f->point[k].noisy && (f->n > 1 || f->populations))
                report_covariances(f, k);
    }
}

/* --- files --- */

static const char *const conventions[] = {
    "mean field: m_a = Pr(mu_a + s_a B + sqrt(v_a) Z >= 0), mu = sum K w m + I - theta, v = sum K w^2 m (1 - m), or 0 if naive",
    "radius, growth: greatest size and greatest real part of the eigenvalues of the map's slopes; below 1: stable with synchronous, with asynchronous updates",
    "covariances are of two different neurons of the units, linear noise beside the exact stationary law",
    "error of a fixed point: proved bound of any mean; of a special point: estimate for its stimulus"};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static int open_table(table *t, const mean_field *f, const char *ending, const char *what, failure *why)
{
    TRY(table_open(t, f->o, ending, why));
    csv_about(t->file, f->m, f->o, what);
    fprintf(t->file, "# %s, update %s\n", input_text(f), update_name(f->update));
    for (int k = 0; k < CONVENTIONS; k++)
        fprintf(t->file, "# %s\n", conventions[k]);
    if (!f->complete)
        fprintf(t->file, "# not complete: %s\n", f->open);
    return EXIT_DONE;
}

static void csv_names(FILE *g, const mean_field *f)
{
    for (size_t a = 0; a < f->n; a++) {
        fputc(',', g);
        csv_field(g, f->name[a]);
    }
    fputc('\n', g);
}

static void csv_row(FILE *g, const double *v, size_t n, int end)
{
    for (size_t k = 0; k < n; k++) {
        fputc(',', g);
        if (!isnan(v[k]))
            csv_real(g, v[k]);
    }
    if (end)
        fputc('\n', g);
}

static int write_points(const mean_field *f, failure *why)
{
    table t;
    TRY(open_table(&t, f, "_points.csv", "fixed points of the mean field, the exact means last", why));
    fprintf(t.file, "point,stability,radius,growth,error");
    csv_names(t.file, f);
    for (size_t k = 0; k < f->count; k++) {
        const mean_point *p = &f->point[k];
        const double row[3] = {p->radius, p->growth, p->error};
        fprintf(t.file, "%zu,%s", k + 1, stability_text(p->radius, p->growth));
        csv_row(t.file, row, 3, 0);
        csv_row(t.file, f->mean + k * f->n, f->n, 1);
    }
    if (f->exact) {
        fprintf(t.file, "exact,,,,");
        csv_row(t.file, f->exact_mean, f->n, 1);
    }
    TRY(table_close(&t, why));
    TRY(open_table(&t, f, "_covariances.csv", "covariances around the fixed points", why));
    fprintf(t.file, "point,of,with,linear_noise,exact\n");
    for (size_t k = 0; k < f->count; k++)
        for (size_t c = 0; c < f->n * f->n && f->point[k].noisy; c++) {
            const double row[2] = {f->cov[k * f->n * f->n + c], f->exact ? f->exact_cov[c] : NAN};
            fprintf(t.file, "%zu,", k + 1);
            csv_field(t.file, f->name[c / f->n]);
            fputc(',', t.file);
            csv_field(t.file, f->name[c % f->n]);
            csv_row(t.file, row, 2, 1);
        }
    return table_close(&t, why);
}

static int write_branches(const mean_field *f, double *mean, failure *why)
{
    table t;
    TRY(open_table(&t, f, "_branches.csv", "branches of fixed points along the stimulus", why));
    fprintf(t.file, "branch,stimulus,radius,growth");
    csv_names(t.file, f);
    for (size_t k = 0; k < binnet_mean_branches_count(f->branches); k++)
        for (size_t i = 0; i < binnet_mean_branches_length(f->branches, k); i++) {
            double row[3];
            binnet_mean_branches_point(f->branches, k, i, &row[0], mean, &row[1], &row[2]);
            fprintf(t.file, "%zu", k + 1);
            csv_row(t.file, row, 3, 0);
            csv_row(t.file, mean, f->n, 1);
        }
    TRY(table_close(&t, why));
    TRY(open_table(&t, f, "_special.csv", "where stability changes along the stimulus", why));
    fprintf(t.file, "kind,branch,stimulus,error,angle");
    csv_names(t.file, f);
    for (size_t k = 0; k < binnet_mean_branches_special_count(f->branches); k++) {
        int32_t kind;
        size_t branch;
        double row[3];
        binnet_mean_branches_special(f->branches, k, &kind, &branch, &row[0], &row[1], mean, &row[2]);
        fprintf(t.file, "%s,%zu", special_text(kind), branch + 1);
        csv_row(t.file, row, 3, 0);
        csv_row(t.file, mean, f->n, 1);
    }
    TRY(table_close(&t, why));
    TRY(open_table(&t, f, "_exact.csv", "means of the exact stationary law along the stimulus", why));
    fprintf(t.file, "stimulus");
    csv_names(t.file, f);
    for (size_t k = 0; k < f->stimuli; k++)
        if (f->at[k].known) {
            csv_real(t.file, f->at[k].x);
            csv_row(t.file, f->at_mean + k * f->n, f->n, 1);
        }
    TRY(table_close(&t, why));
    TRY(open_table(&t, f, "_noiseless.csv", "bifurcation points of the finite network without noise", why));
    fprintf(t.file, "stimulus,symmetry_broken\n");
    for (size_t k = 0; k < f->line.marks; k++) {
        csv_real(t.file, f->line.mark[k].value);
        fprintf(t.file, ",%d\n", f->line.mark[k].broken);
    }
    return table_close(&t, why);
}

static json_t *json_points(const mean_field *f)
{
    json_t *list = json_array();
    for (size_t k = 0; k < f->count; k++) {
        const mean_point *p = &f->point[k];
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "stability",
                                              stability_text(p->radius, p->growth), "radius", json_number(p->radius),
                                              "growth", json_number(p->growth), "error", json_number(p->error), "mean",
                                              json_numbers(f->mean + k * f->n, f->n), "covariance",
                                              p->noisy ? json_matrix(f->cov + k * f->n * f->n, f->n) : json_null()));
    }
    return list;
}

static json_t *json_branches(const mean_field *f, double *mean)
{
    json_t *list = json_array();
    for (size_t k = 0; k < binnet_mean_branches_count(f->branches); k++) {
        json_t *branch = json_array();
        for (size_t i = 0; i < binnet_mean_branches_length(f->branches, k); i++) {
            double x, radius, growth;
            binnet_mean_branches_point(f->branches, k, i, &x, mean, &radius, &growth);
            json_array_append_new(branch,
                                  json_pack("{s:f, s:o, s:o, s:o}", "stimulus", x, "radius", json_number(radius),
                                            "growth", json_number(growth), "mean", json_numbers(mean, f->n)));
        }
        json_array_append_new(list, branch);
    }
    return list;
}

static json_t *json_specials(const mean_field *f, double *mean)
{
    json_t *list = json_array();
    for (size_t k = 0; k < binnet_mean_branches_special_count(f->branches); k++) {
        int32_t kind;
        size_t branch;
        double x, error, angle;
        binnet_mean_branches_special(f->branches, k, &kind, &branch, &x, &error, mean, &angle);
        json_array_append_new(list, json_pack("{s:s, s:I, s:f, s:f, s:f, s:o}", "kind", special_text(kind), "branch",
                                              (json_int_t)(branch + 1), "stimulus", x, "error", error, "angle", angle,
                                              "mean", json_numbers(mean, f->n)));
    }
    return list;
}

static void add_line(json_t *all, const mean_field *f, double *mean)
{
    json_t *exact = json_array(), *marks = json_array();
    for (size_t k = 0; k < f->stimuli; k++)
        if (f->at[k].known)
            json_array_append_new(exact, json_pack("{s:f, s:o}", "stimulus", f->at[k].x, "mean",
                                                   json_numbers(f->at_mean + k * f->n, f->n)));
    for (size_t k = 0; k < f->line.marks; k++)
        json_array_append_new(marks, json_pack("{s:f, s:b}", "stimulus", f->line.mark[k].value, "symmetry_broken",
                                               f->line.mark[k].broken));
    json_object_set_new(all, "varied", json_string(f->line.axis[0].name));
    json_object_set_new(all, "branches", json_branches(f, mean));
    json_object_set_new(all, "special", json_specials(f, mean));
    json_object_set_new(all, "exact", exact);
    json_object_set_new(all, "noiseless_bifurcations", marks);
}

static int write_json(const mean_field *f, double *mean, failure *why)
{
    const model *m = f->m;
    json_t *lines = json_array(), *names = json_array();
    for (int k = 0; k < CONVENTIONS; k++)
        json_array_append_new(lines, json_string(conventions[k]));
    for (size_t a = 0; a < f->n; a++)
        json_array_append_new(names, json_string(f->name[a]));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?, s:o, s:o, s:s, s:s, s:s, s:o, s:b, s:s}", "format",
                            "binnet-mean-field 1", "version", binnet_version(), "command", f->o->text, "conventions",
                            lines, "title", m->net.title, "source", m->net.source, "import", json_notes(&m->net),
                            "settings", json_settings(m), "update", update_name(f->update), "noise",
                            noise_name(binnet_noise_kind(m->noise)), "input", input_text(f), "units", names, "complete",
                            f->complete, "open", f->open);
    if (f->branches != NULL)
        add_line(all, f, mean);
    else {
        json_object_set_new(all, "points", json_points(f));
        if (f->exact) {
            json_object_set_new(all, "exact_mean", json_numbers(f->exact_mean, f->n));
            json_object_set_new(all, "exact_covariance", json_matrix(f->exact_cov, f->n));
        }
    }
    return json_save(all, f->o, ".json", why);
}

int mean_field_write(const mean_field *f, failure *why)
{
    double *mean = malloc(f->n * sizeof *mean);
    if (mean == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    int code = f->o->format != NULL && strcmp(f->o->format, "json") == 0 ? write_json(f, mean, why)
               : f->branches != NULL                                     ? write_branches(f, mean, why)
                                                                         : write_points(f, why);
    free(mean);
    return code;
}
