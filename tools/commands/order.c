/* binnet order-stats: means, deviations and quantiles of the order statistics of independent variables, or their tails at points. */
#include "commands/commands.h"
#include "files/number_lists.h"
#include "files/output.h"
#include "plot/order.h"
#include "settings/progress.h"
#include "settings/settings.h"
#include "settings/context.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists as given: files/number_lists.h reads them. */
typedef struct order_options {
    number_list at;
    const char *quantiles, *ranks;
} order_options;

typedef struct study {
    const options *o;
    const order_options *own;
    binnet_ctx *ctx;
    size_t n; /* variables */
    binnet_order *order;
    size_t *rank, ranks;
    double *q;
    size_t quantiles;
    double *mean, *variance, *mean_error, *variance_error; /* of all n ranks, or of first .. last */
    double *x, *bound;                                     /* [ranks][quantiles] */
    size_t first;
    int together; /* moments of first .. last in one go */
} study;

static void study_free(study *s)
{
    binnet_order_free(s->order);
    binnet_ctx_free(s->ctx);
    free(s->rank);
    free(s->q);
    free(s->mean);
    free(s->x);
}

typedef struct variable {
    int32_t kind;
    double location, scale, dof;
} variable;

static variable variable_of(const study *s, size_t i)
{
    variable v = {0};
    (void)binnet_order_variable(s->ctx, &v.kind, &v.location, &v.scale, &v.dof, s->order, i);
    return v;
}

static void describe(const study *s)
{
    static const char *const names[] = {"gaussian", "logistic", "uniform", "laplace", "student_t"};
    printf("variables      %zu:", s->n);
    for (int k = 0, any = 0; k < 5; k++) {
        size_t count = 0;
        for (size_t i = 0; i < s->n; i++)
            count += variable_of(s, i).kind == BINNET_NOISE_GAUSSIAN + k;
        if (count > 0)
            printf("%s %zu %s", any++ ? "," : "", count, names[k]);
    }
    printf("\n");
}

/* --- at points --- */

static void print_tail(double p, double log_p)
{
    if (p > 0 && p < 1e-290)
        printf("  10^%-20.10f", log_p / log(10));
    else if (!(p > 0) && log_p > -INFINITY)
        printf("  10^%-20.10f", log_p / log(10));
    else
        printf("  %-23.15g", p);
}

static int at_points(study *s, failure *why)
{
    size_t n = s->n;
    double *F = malloc(4 * n * sizeof *F);
    if (F == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    double *G = F + n, *cdf = G + n, *survival = cdf + n;
    int32_t status = BINNET_OK;
    for (size_t k = 0; status == BINNET_OK && k < s->own->at.count; k++) {
        double x = s->own->at.at[k];
        status = binnet_order_marginals(s->ctx, F, G, NULL, n, s->order, x);
        if (status == BINNET_OK)
            status = binnet_order_cdf_all(s->ctx, cdf, survival, n, F, G);
        if (status == BINNET_OK)
            printf("%sx = %.10g\n%-8s  %-23s  %s\n", k > 0 ? "\n" : "", x, "r", "P(X_(r) <= x)", "P(X_(r) > x)");
        for (size_t j = 0; status == BINNET_OK && j < s->ranks; j++) {
            size_t r = s->rank[j];
            double log_cdf = 0, log_survival = 0;
            if (cdf[r - 1] < 1e-280 || survival[r - 1] < 1e-280)
                status = binnet_order_log_cdf(s->ctx, &log_cdf, &log_survival, n, F, G, r);
            printf("%-8zu", r);
            print_tail(cdf[r - 1], log_cdf);
            print_tail(survival[r - 1], log_survival);
            printf("\n");
        }
    }
    free(F);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
}

/* --- the table --- */

enum { STEPS_OF_QUANTILE = 25, SEVERAL = 50, LAW = 40 /* multiplications of F at a point */ };

/* Of so many ranks some are asked what they cost. */
static size_t asked_ranks(const study *s)
{
    return s->ranks < SEVERAL ? s->ranks : SEVERAL;
}

static size_t asked_rank(const study *s, size_t k)
{
    size_t asked = asked_ranks(s);
    return s->rank[asked > 1 ? k * (s->ranks - 1) / (asked - 1) : 0];
}

/* Moments of first .. last in one go, or of each rank by itself: what is cheaper. */
static int32_t choose_way(study *s)
{
    size_t n = s->n, asked = asked_ranks(s);
    double all = 0, each = 0, one = 0, law = LAW * (double)n;
    int32_t status = binnet_order_estimate(s->ctx, NULL, NULL, &all, n, 0, 0);
    for (size_t k = 0; status == BINNET_OK && k < asked; k++) {
        status = binnet_order_estimate(s->ctx, NULL, NULL, &one, n, asked_rank(s, k), 0);
        each += one + law;
    }
    s->first = s->rank[0];
    s->together = s->rank[s->ranks - 1] - s->rank[0] + 1 <= 3 * s->ranks &&
                  all + law <= each * (double)s->ranks / (double)asked;
    return status;
}

static int32_t find_moments(study *s)
{
    size_t last = s->rank[s->ranks - 1];
    if (s->together)
        return binnet_order_moments(s->ctx, s->mean, s->variance, s->mean_error, s->variance_error, s->order, s->first,
                                    last);
    int32_t worst = BINNET_OK;
    for (size_t j = 0; j < s->ranks; j++) {
        size_t k = s->rank[j] - s->first;
        int32_t status = binnet_order_moments(s->ctx, &s->mean[k], &s->variance[k], &s->mean_error[k],
                                              &s->variance_error[k], s->order, s->rank[j], s->rank[j]);
        worst = status != BINNET_OK && worst != BINNET_E_NOCONV ? status : worst;
        if (status != BINNET_OK && status != BINNET_E_UNDEFINED && status != BINNET_E_NOCONV)
            break;
    }
    return worst;
}

static int32_t find_quantiles(study *s)
{
    int32_t worst = BINNET_OK;
    for (size_t j = 0; j < s->ranks; j++) {
        int32_t status = binnet_order_quantile(s->ctx, s->x + j * s->quantiles, s->bound + j * s->quantiles,
                                               s->quantiles, s->order, s->rank[j], s->q);
        worst = status != BINNET_OK ? status : worst;
        if (status != BINNET_OK && status != BINNET_E_UNDEFINED)
            break;
    }
    return worst;
}

static void print_number_or_dash(double x)
{
    if (isnan(x))
        printf(" %14s", "-");
    else
        printf(" %14.9g", x);
}

static void print_table(const study *s)
{
    double worst_mean = 0, worst_sd = 0, worst_x = 0;
    printf("\n%-8s %14s %14s", "r", "mean", "sd");
    for (size_t k = 0; k < s->quantiles; k++) {
        char head[32];
        snprintf(head, sizeof head, "q %.6g", s->q[k]);
        printf(" %14s", head);
    }
    printf("\n");
    for (size_t j = 0; j < s->ranks; j++) {
        size_t i = s->rank[j] - s->first;
        double sd = sqrt(s->variance[i]);
        printf("%-8zu", s->rank[j]);
        print_number_or_dash(s->mean[i]);
        print_number_or_dash(sd);
        for (size_t k = 0; k < s->quantiles; k++) {
            print_number_or_dash(s->x[j * s->quantiles + k]);
            worst_x = fmax(worst_x, s->bound[j * s->quantiles + k]);
        }
        printf("\n");
        worst_mean = fmax(worst_mean, s->mean_error[i]);
        worst_sd = sd > 0 ? fmax(worst_sd, s->variance_error[i] / (2 * sd)) : worst_sd;
    }
    printf("\nerrors         means %.2g, deviations %.2g (estimates), quantiles %.2g (bound), at most\n", worst_mean,
           worst_sd, worst_x);
}

static int is_same(const variable *a, const variable *b)
{
    return a->kind == b->kind && a->location == b->location && a->scale == b->scale && !(a->dof > b->dof) &&
           !(a->dof < b->dof);
}

/* What the table was made of: equal laws in a row on one line. */
static void write_laws(FILE *f, const study *s)
{
    for (size_t k = 0, next; k < s->n; k = next) {
        variable of = variable_of(s, k);
        for (next = k + 1; next < s->n; next++) {
            variable other = variable_of(s, next);
            if (!is_same(&of, &other))
                break;
        }
        fprintf(f, "# %zu x %s, location %.17g, scale %.17g", next - k, noise_name(of.kind), of.location, of.scale);
        if (of.kind == BINNET_NOISE_STUDENT_T)
            fprintf(f, ", degrees of freedom %.17g", of.dof);
        fputc('\n', f);
    }
}

static int write_table(const study *s, failure *why)
{
    size_t size = strlen(s->o->out) + 16;
    char *path = malloc(size);
    if (path == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    snprintf(path, size, "%s_orders.csv", s->o->out);
    FILE *f;
    int code = output_open(&f, path, why);
    if (code != EXIT_DONE) {
        free(path);
        return code;
    }
    fprintf(
        f,
        "# order statistics of %zu independent variables; empty where a moment does not exist\n# binnet %s (%s kernels): %s\n"
        "# X_(1) is the smallest; errors of mean and variance are estimates, those of quantiles bounds\n",
        s->n, binnet_version(), binnet_kernels(), s->o->text);
    write_laws(f, s);
    fprintf(f, "r,mean,mean_error,variance,variance_error");
    for (size_t k = 0; k < s->quantiles; k++)
        fprintf(f, ",quantile_%.10g,quantile_%.10g_error", s->q[k], s->q[k]);
    for (size_t j = 0; j < s->ranks; j++) {
        size_t i = s->rank[j] - s->first;
        const double moments[] = {s->mean[i], s->mean_error[i], s->variance[i], s->variance_error[i]};
        fprintf(f, "\n%zu", s->rank[j]);
        for (int k = 0; k < 4; k++)
            fprintf(f, isnan(moments[k]) ? "," : ",%.17g", moments[k]);
        for (size_t k = 0; k < s->quantiles; k++) {
            double x = s->x[j * s->quantiles + k];
            fprintf(f, isnan(x) ? ",," : ",%.17g,%.3g", x, s->bound[j * s->quantiles + k]);
        }
    }
    fprintf(f, "\n");
    code = output_close(f, path, why);
    if (code == EXIT_DONE && !s->o->quiet)
        printf("written        %s\n", path);
    free(path);
    return code;
}

static int table(study *s, failure *why)
{
    size_t span = s->rank[s->ranks - 1] - s->rank[0] + 1;
    s->mean = calloc(4 * span, sizeof *s->mean);
    s->x = calloc(2 * s->ranks * s->quantiles, sizeof *s->x);
    if (s->mean == NULL || s->x == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    s->variance = s->mean + span;
    s->mean_error = s->variance + span;
    s->variance_error = s->mean_error + span;
    s->bound = s->x + s->ranks * s->quantiles;
    int32_t status = choose_way(s), quantile_status = BINNET_OK;
    if (status == BINNET_OK)
        status = find_moments(s);
    int code = status == BINNET_OK || status == BINNET_E_UNDEFINED ? EXIT_DONE : library_failure(why, s->ctx, status);
    if (code != EXIT_DONE && status != BINNET_E_NOCONV)
        return code;
    quantile_status = find_quantiles(s);
    if (quantile_status != BINNET_OK && quantile_status != BINNET_E_UNDEFINED)
        return library_failure(why, s->ctx, quantile_status);
    if (!s->o->quiet) {
        print_table(s);
        if (status == BINNET_E_UNDEFINED)
            printf("-              does not exist: the tails are too heavy\n");
        if (quantile_status == BINNET_E_UNDEFINED)
            printf("-              quantile beyond the range of double\n");
    }
    if (s->o->out != NULL)
        TRY(write_table(s, why));
    return code;
}

/* --- what it will cost --- */

/* As table() will go about it; of many ranks some are asked. */
static int32_t price_table(const study *s, uint64_t *bytes, double *flops)
{
    size_t asked = asked_ranks(s);
    int32_t status = BINNET_OK;
    if (s->together)
        status = binnet_order_moments_estimate(s->ctx, NULL, bytes, flops, s->order, s->rank[0], s->rank[s->ranks - 1]);
    for (size_t k = 0; status == BINNET_OK && k < asked; k++) {
        uint64_t some = 0;
        double moments = 0, one = 0;
        size_t r = asked_rank(s, k);
        status = binnet_order_estimate(s->ctx, NULL, NULL, &one, s->n, r, 0); /* an evaluation for a quantile */
        if (status == BINNET_OK && !s->together)
            status = binnet_order_moments_estimate(s->ctx, NULL, &some, &moments, s->order, r, r);
        *bytes = some > *bytes ? some : *bytes;
        *flops += (moments + one * STEPS_OF_QUANTILE * (double)s->quantiles) * (double)s->ranks / (double)asked;
    }
    return status;
}

static int print_estimate(study *s, failure *why)
{
    uint64_t bytes = 0;
    double flops = 0;
    int32_t status;
    if (s->own->at.count > 0) {
        status = binnet_order_estimate(s->ctx, NULL, &bytes, &flops, s->n, 0, 0);
        flops *= (double)s->own->at.count;
    } else {
        status = choose_way(s);
        if (status == BINNET_OK)
            status = price_table(s, &bytes, &flops);
    }
    if (status != BINNET_OK)
        return library_failure(why, s->ctx, status);
    printf("estimate       at most %.4g MiB (limit %.4g MiB), about %.3g multiplications\n", (double)bytes / 1048576,
           (double)s->o->memory / 1048576, flops);
    return EXIT_DONE;
}

static int read_variables(study *s, failure *why)
{
    binnet_import *import = NULL;
    TRY(import_make(&import, s->ctx, &s->o->import, why));
    int32_t status = binnet_order_read(s->ctx, &s->order, s->o->network, import);
    binnet_import_free(import);
    if (status != BINNET_OK)
        return file_failure(why, s->ctx, status);
    s->n = binnet_order_variables(s->order);
    return output_keep_path(s->o->network) == 0 ? EXIT_DONE : fail(why, EXIT_BUDGET, "out of memory");
}

static int run(study *s, failure *why)
{
    const options *o = s->o;
    TRY(work_ctx(&s->ctx, o, why));
    TRY(read_variables(s, why));
    TRY(list_ranks(&s->rank, &s->ranks, "ranks", s->own->ranks, s->n, why));
    TRY(list_numbers(&s->q, &s->quantiles, "quantiles", s->own->quantiles, 0, 1, 0, why));
    if (!o->quiet)
        describe(s);
    if (o->estimate)
        return print_estimate(s, why);
    progress p;
    progress_begin(&p, s->ctx, o->quiet);
    int code = s->own->at.count > 0                             ? at_points(s, why)
               : o->plot == NULL || !o->quiet || o->out != NULL ? table(s, why)
                                                                : EXIT_DONE;
    if (code == EXIT_DONE && o->plot != NULL)
        code = order_plot(o, s->ctx, s->order, s->rank, s->ranks, why);
    progress_end(&p, s->ctx);
    return code;
}

static int run_command(const options *o, failure *why)
{
    study s = {.o = o, .own = o->own};
    int code = run(&s, why);
    study_free(&s);
    return code;
}

static const command_option own_options[] = {
    {"at", "X", "P(X_(r) <= X) and P(X_(r) > X) instead; may be repeated", option_numbers, OWN(order_options, at)},
    {"quantiles", "Q,Q,...", "which to show, default 0.05,0.5,0.95", option_text, OWN(order_options, quantiles)},
    {"ranks", "LIST", "which order statistics, as 1,5,10-20; default: all (plot: up to 9 of them)", option_text,
     OWN(order_options, ranks)},
    OPTION_ESTIMATE,
    OPTION_OUTPUT,
    {0}};

const command command_order = {.name = "order-stats",
                               .usage = "binnet order-stats LAWS [options]",
                               .about =
                                   "means, deviations and quantiles of the order statistics of independent variables",
                               .file = "LAWS",
                               .options = own_options,
                               .groups = {&group_picture, &group_limits},
                               .own_size = sizeof(order_options),
                               .own = &(const order_options){.quantiles = "0.05,0.5,0.95"},
                               .run = run_command};
