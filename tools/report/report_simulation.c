/* What is said and written of a simulation: means with their standard errors, populations, covariances. */
#include "report/simulation.h"
#include "report/result.h"
#include "report/tables.h"

#include <inttypes.h>
#include <string.h>

const char *simulated_name(const simulation *s, size_t i, char text[300])
{
    if (!simulation_options(s->o)->ensemble)
        return s->m.net.name[i];
    size_t a = (size_t)s->population[i], first = i;
    while (first > 0 && s->population[first - 1] == (int32_t)a)
        first--;
    snprintf(text, 300, "%.255s.%zu", s->e.name[a], i - first + 1);
    return text;
}

const char *simulated_population(const simulation *s, size_t a)
{
    return simulation_options(s->o)->ensemble ? s->e.name[a]
           : s->m.net.population_name != NULL ? s->m.net.population_name[a]
                                              : "all";
}

const char *simulated_title(const simulation *s)
{
    const char *title = simulation_options(s->o)->ensemble ? s->e.title : s->m.net.title;
    return title != NULL ? title : s->o->network;
}

const char *simulation_interval(const simulation *s, char text[80])
{
    if (simulation_options(s->o)->continuous)
        snprintf(text, 80, "every %g units of time", s->interval);
    else
        snprintf(text, 80, "every %.0f step%s", s->interval, s->interval > 1 ? "s" : "");
    return text;
}

void simulation_print_run(const simulation *s)
{
    char text[80];
    double events = (double)binnet_run_synaptic_events(s->run), flips = (double)binnet_run_flips(s->run);
    if (binnet_sim_synapses(s->sim) > 0)
        printf("synapses       %" PRIu64 "; made in %.3g s\n", binnet_sim_synapses(s->sim), s->made);
    printf("simulated      %" PRIu64 " trajectories of %" PRIu64 " samples, %s, after %" PRIu64 " left out; %.3g s\n",
           binnet_run_count(s->run), binnet_run_samples(s->run) / binnet_run_count(s->run),
           simulation_interval(s, text), binnet_run_burn_in(s->run), s->seconds);
    printf("work           %.4g flips, %.4g synapses gone through\n", flips, events);
    printf("error          largest standard error %.3g", binnet_run_largest_error(s->run));
    if (binnet_run_count(s->run) > 1)
        printf("; trajectories from different starts differ by %.2g of what would be too much",
               binnet_run_discrepancy(s->run));
    printf("\n");
    if (binnet_sim_drive_error(s->sim) > 0)
        printf("rounding       of weights: changes a drive by at most %.2g\n", binnet_sim_drive_error(s->sim));
}

void simulation_print_populations(const simulation *s)
{
    int width = 10;
    for (size_t a = 0; a < s->n_pop; a++)
        width = (int)strlen(simulated_population(s, a)) > width ? (int)strlen(simulated_population(s, a)) : width;
    printf("\n%-*s  %-9s %-14s %-12s %-14s %s\n", width, "population", "neurons", "share active", "error",
           "variance of it", "error");
    for (size_t a = 0; a < s->n_pop; a++)
        printf("%-*s  %-9" PRId64 " %-14.6g %-12.3g %-14.6g %.3g\n", width, simulated_population(s, a), s->size[a],
               s->share[a], s->share_error[a], s->variance[a], s->variance_error[a]);
}

void simulation_print_neurons(const simulation *s)
{
    size_t shown = (uint64_t)s->o->top < s->k ? (size_t)s->o->top : s->k;
    int width = 6;
    char text[300];
    for (size_t i = 0; i < shown; i++)
        width = (int)strlen(simulated_name(s, i, text)) > width ? (int)strlen(simulated_name(s, i, text)) : width;
    printf("\n%-*s  %-12s %-12s %s\n", width, "neuron", "mean A", "error", "independent samples");
    for (size_t i = 0; i < shown; i++)
        printf("%-*s  %-12.6g %-12.3g %.4g\n", width, simulated_name(s, i, text), s->mean[i], s->error[i],
               s->effective[i]);
    if (shown < s->n)
        printf("... and %zu more%s\n", s->n - shown, shown < s->k ? " (--top K, -o PREFIX)" : "");
}

/* --- files --- */

void simulation_about(FILE *f, const simulation *s, const char *what)
{
    char text[80];
    if (!simulation_options(s->o)->ensemble)
        csv_about(f, &s->m, s->o, what);
    else
        fprintf(f, "# %s\n# binnet %s\n# %s\n", what, binnet_version(), s->o->text);
    fprintf(f,
            "# update %s%s, seed %" PRId64 ", %" PRIu64 " trajectories of %" PRIu64 " samples, %s, after %" PRIu64
            " left out\n",
            update_name(s->update), simulation_options(s->o)->continuous ? " in continuous time" : "",
            simulation_options(s->o)->seed, binnet_run_count(s->run),
            binnet_run_samples(s->run) / binnet_run_count(s->run), simulation_interval(s, text),
            binnet_run_burn_in(s->run));
    if (s->unmixed)
        fprintf(f, "# NOT CONVERGED: %s\n", s->why_not);
    fprintf(
        f,
        "# error: standard error, autocorrelation allowed for; 95 %% intervals are 1.96 times as wide to each side\n");
}

static int csv_means(const simulation *s, failure *why)
{
    table t;
    char text[300];
    TRY(table_open(&t, s->o, "_means.csv", why));
    simulation_about(t.file, s, "means of simulated activities");
    fprintf(t.file, "neuron,mean,error,effective_samples\n");
    for (size_t i = 0; i < s->k; i++) {
        csv_field(t.file, simulated_name(s, i, text));
        fprintf(t.file, ",%.17g,%.6g,%.6g\n", s->mean[i], s->error[i], s->effective[i]);
    }
    return table_close(&t, why);
}

static int csv_populations(const simulation *s, failure *why)
{
    table t;
    TRY(table_open(&t, s->o, "_populations.csv", why));
    simulation_about(t.file, s, "share of each population that is active: mean and variance in time");
    fprintf(t.file, "population,neurons,mean,mean_error,variance,variance_error\n");
    for (size_t a = 0; a < s->n_pop; a++) {
        csv_field(t.file, simulated_population(s, a));
        fprintf(t.file, ",%" PRId64 ",%.17g,%.6g,%.17g,%.6g\n", s->size[a], s->share[a], s->share_error[a],
                s->variance[a], s->variance_error[a]);
    }
    return table_close(&t, why);
}

static int csv_covariances(const simulation *s, failure *why)
{
    table t;
    char text[300];
    TRY(table_open(&t, s->o, "_covariances.csv", why));
    simulation_about(t.file, s, "covariances of simulated activities");
    fprintf(t.file, "neuron,other,covariance,error\n");
    for (size_t i = 0; i < s->k; i++)
        for (size_t j = 0; j <= i; j++) {
            csv_field(t.file, simulated_name(s, i, text));
            fputc(',', t.file);
            csv_field(t.file, simulated_name(s, j, text));
            fprintf(t.file, ",%.17g,%.6g\n", s->cov[i * s->k + j], s->cov_error[i * s->k + j]);
        }
    return table_close(&t, why);
}

int simulation_write(const simulation *s, failure *why)
{
    TRY(csv_means(s, why));
    TRY(csv_populations(s, why));
    return simulation_options(s->o)->covariances ? csv_covariances(s, why) : EXIT_DONE;
}
