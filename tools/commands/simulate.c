/* binnet simulate: time averages of a network's trajectories with standard errors; rasters. */
#include "commands/commands.h"
#include "settings/ensembles.h"
#include "files/output.h"
#include "plot/gnuplot.h"
#include "plot/raster.h"
#include "report/result.h"
#include "report/tables.h"
#include "settings/context.h"
#include "settings/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIRING_PROBABILITY = 1, WIRING_INDEGREE };
/* Entries of a raster file; neurons and samples of a picture. */
static const double most_raster = 2e9;
enum { MOST_DRAWN_NEURONS = 1000, MOST_DRAWN_SAMPLES = 500, MOST_WATCHED = 500, NAMED_ROWS = 30 };

typedef struct simulate_options {
    int64_t steps, most_steps, every, burn_in, runs, seed, index, raster_samples;
    double precision;
    int ensemble, continuous, covariances, wiring, redraw;
    const char *raster;
} simulate_options;

static const simulate_options defaults = {.burn_in = -1, .runs = 4, .seed = 1, .most_steps = -1};

typedef struct simulation {
    const options *o;
    model m;
    ensemble_file e; /* --ensemble */
    binnet_ctx *ctx; /* m.ctx, or its own */
    binnet_sim *sim;
    binnet_run *run;
    int32_t update;
    size_t n, n_pop, k;  /* k: neurons watched */
    int64_t *size;       /* [n_pop] */
    int32_t *population; /* [n] */
    double interval, seconds, made;
    uint64_t synapses, bytes; /* --estimate, of drawn populations; 0: the simulator is made */
    int unmixed;              /* the code was BINNET_E_NOCONV: what was reached is told */
    char why_not[300];        /* and what the library says to it */
    double *mean, *error, *effective, *cov, *cov_error;
    double *share, *share_error, *variance, *variance_error;
} simulation;

static const simulate_options *own(const options *o)
{
    return o->own;
}

static int no_memory(failure *why)
{
    return fail(why, EXIT_BUDGET, "out of memory");
}

/* --- the network --- */

/* Constant weights and no self-connections can be drawn population by population, two bytes a synapse. */
static int is_compact(const ensemble_file *e)
{
    int compact = !e->self_connections && e->normalise != BINNET_NORMALISE_INDEGREE;
    for (size_t k = 0; k < e->n_pop * e->n_pop; k++)
        compact &= !(e->p[k] > 0) || e->kind[k] == BINNET_WEIGHT_CONSTANT;
    return compact;
}

/* Populations as the library is told of them. */
typedef struct populations {
    double *J, *rate;
    int64_t *degree;
    const double *p; /* NULL: in-degrees */
} populations;

static void free_populations(populations *g)
{
    free(g->J);
    free(g->rate);
    free(g->degree);
}

static int list_wiring(populations *g, const simulation *s, failure *why)
{
    const ensemble_file *e = &s->e;
    size_t p = e->n_pop;
    g->J = calloc(p * p, sizeof *g->J);
    g->rate = calloc(p, sizeof *g->rate);
    g->degree = calloc(p * p, sizeof *g->degree);
    if (g->J == NULL || g->rate == NULL || g->degree == NULL)
        return no_memory(why);
    for (size_t a = 0; a < p; a++) {
        g->rate[a] = 1;
        double M = e->normalise == BINNET_NORMALISE_N ? (double)e->n : e->normalisation[a];
        for (size_t b = 0; b < p; b++) {
            g->J[a * p + b] = e->p[a * p + b] > 0 ? e->par[(a * p + b) * BINNET_WEIGHT_PARAMETERS] / M : 0;
            g->degree[a * p + b] = llround(e->p[a * p + b] * (double)(e->size[b] - (a == b)));
        }
    }
    g->p = own(s->o)->wiring == WIRING_INDEGREE ? NULL : e->p;
    return EXIT_DONE;
}

static int make_compact(simulation *s, const binnet_noise *noise, failure *why)
{
    const ensemble_file *e = &s->e;
    const simulate_options *say = own(s->o);
    populations g = {0};
    int code = list_wiring(&g, s, why);
    if (code == EXIT_DONE) {
        int none_kept = say->redraw || s->o->estimate;
        int32_t status = (none_kept ? binnet_sim_new_redrawn : binnet_sim_new_populations)(
            s->ctx, &s->sim, e->n_pop, e->size, g.J, g.p, g.p != NULL ? NULL : g.degree, e->threshold, e->stimulus,
            noise, e->tie, s->update, say->continuous ? g.rate : NULL, (uint64_t)say->index);
        if (status == BINNET_OK && s->o->estimate)
            status = binnet_sim_populations_estimate(s->ctx, &s->synapses, &s->bytes, NULL, e->n_pop, e->size, g.p,
                                                     g.p != NULL ? NULL : g.degree, s->update,
                                                     say->continuous ? g.rate : NULL, say->redraw);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
    }
    free_populations(&g);
    return code;
}

static int32_t simulator_of(simulation *s, const binnet_net *net, const binnet_noise *noise, const double *rate)
{
    return own(s->o)->continuous ? binnet_sim_new_continuous(s->ctx, &s->sim, net, noise, rate)
                                 : binnet_sim_new(s->ctx, &s->sim, net, noise, s->update);
}

/* A network drawn and kept, for weights that are not constant. */
static int make_sampled(simulation *s, const noise_choice *choice, failure *why)
{
    binnet_ensemble *ensemble = NULL;
    binnet_net *net = NULL;
    binnet_noise *noise = NULL;
    double *scale = malloc(2 * s->n * sizeof *scale);
    if (scale == NULL)
        return no_memory(why);
    for (size_t i = 0; i < s->n; i++) {
        scale[i] = choice->common;
        scale[s->n + i] = 1;
    }
    int code = ensemble_make(s->ctx, &ensemble, &s->e, why);
    if (code == EXIT_DONE) {
        int32_t status = binnet_ensemble_sample(s->ctx, &net, ensemble, (uint64_t)own(s->o)->index);
        if (status == BINNET_OK)
            status = binnet_noise_new(s->ctx, &noise, choice->kind, s->n, scale, choice->dof);
        if (status == BINNET_OK)
            status = simulator_of(s, net, noise, scale + s->n);
        code = status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
    }
    binnet_noise_free(noise);
    binnet_net_free(net);
    binnet_ensemble_free(ensemble);
    free(scale);
    return code;
}

static int open_ensemble(simulation *s, failure *why)
{
    const options *o = s->o;
    TRY(ensemble_read(&s->e, o->network, &o->import, why));
    TRY(work_ctx(&s->ctx, o, why));
    if (o->update == 0 || o->noise.kind == 0)
        return fail(why, EXIT_USAGE, "say --update RULE and --noise KIND:SCALE: the file of an ensemble gives none");
    if (o->threshold.count > 0 || o->stimulus.count > 0 || o->normalise != NORMALISE_FILE || o->spin_weights)
        return fail(why, EXIT_USAGE,
                    "--threshold, --stimulus, --normalise, --spin-weights: not for an ensemble; change "
                    "the file");
    if (o->tie >= 0)
        s->e.tie = o->tie;
    s->update = o->update;
    s->n = (size_t)s->e.n;
    s->n_pop = s->e.n_pop;
    return EXIT_DONE;
}

static int list_populations(simulation *s, failure *why)
{
    s->size = calloc(s->n_pop, sizeof *s->size);
    s->population = calloc(s->n, sizeof *s->population);
    if (s->size == NULL || s->population == NULL)
        return no_memory(why);
    if (own(s->o)->ensemble) {
        for (size_t a = 0, i = 0; a < s->n_pop; a++)
            for (int64_t k = 0; k < s->e.size[a]; k++)
                s->population[i++] = (int32_t)a;
    } else {
        for (size_t i = 0; i < s->n; i++)
            s->population[i] = binnet_net_population(s->m.object, i);
    }
    for (size_t i = 0; i < s->n; i++)
        s->size[s->population[i]]++;
    return EXIT_DONE;
}

static int open_network(simulation *s, failure *why)
{
    TRY(model_read(&s->m, s->o, why));
    TRY(model_update_and_noise(&s->m, s->o, why));
    s->ctx = s->m.ctx;
    s->update = s->m.update;
    s->n = s->m.net.n;
    s->n_pop = binnet_net_populations(s->m.object);
    return EXIT_DONE;
}

static int make_simulator(simulation *s, failure *why)
{
    if (!own(s->o)->ensemble) {
        double *rate = malloc(s->n * sizeof *rate);
        if (rate == NULL)
            return no_memory(why);
        for (size_t i = 0; i < s->n; i++)
            rate[i] = 1;
        int32_t status = simulator_of(s, s->m.object, s->m.noise, rate);
        free(rate);
        return status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
    }
    const noise_choice *choice = &s->o->noise;
    if (!is_compact(&s->e)) {
        if (own(s->o)->wiring == WIRING_INDEGREE || own(s->o)->redraw)
            return fail(why, EXIT_USAGE,
                        "--wiring indegree, --redraw: for constant weights, no self-connections and no "
                        "normalisation by the in-degree");
        return make_sampled(s, choice, why);
    }
    double *scale = malloc(s->n_pop * sizeof *scale);
    binnet_noise *noise = NULL;
    if (scale == NULL)
        return no_memory(why);
    for (size_t a = 0; a < s->n_pop; a++)
        scale[a] = choice->common;
    int32_t status = binnet_noise_new(s->ctx, &noise, choice->kind, s->n_pop, scale, choice->dof);
    int code = status == BINNET_OK ? make_compact(s, noise, why) : library_failure(why, s->ctx, status);
    binnet_noise_free(noise);
    free(scale);
    return code;
}

static const char *name_of(const simulation *s, size_t i, char text[300])
{
    if (!own(s->o)->ensemble)
        return s->m.net.name[i];
    size_t a = (size_t)s->population[i], first = i;
    while (first > 0 && s->population[first - 1] == (int32_t)a)
        first--;
    snprintf(text, 300, "%.255s.%zu", s->e.name[a], i - first + 1);
    return text;
}

static const char *population_name(const simulation *s, size_t a)
{
    return own(s->o)->ensemble ? s->e.name[a] : s->m.net.population_name != NULL ? s->m.net.population_name[a] : "all";
}

static const char *title_of(const simulation *s)
{
    const char *title = own(s->o)->ensemble ? s->e.title : s->m.net.title;
    return title != NULL ? title : s->o->network;
}

/* --- the run --- */

static int allocate_results(simulation *s, failure *why)
{
    size_t k = s->k + 1, p = s->n_pop;
    s->mean = calloc(3 * k, sizeof *s->mean);
    s->share = calloc(4 * p, sizeof *s->share);
    s->cov = calloc(own(s->o)->covariances ? 2 * k * k : 1, sizeof *s->cov);
    if (s->mean == NULL || s->share == NULL || s->cov == NULL)
        return no_memory(why);
    s->error = s->mean + k;
    s->effective = s->error + k;
    s->share_error = s->share + p;
    s->variance = s->share_error + p;
    s->variance_error = s->variance + p;
    s->cov_error = s->cov + (own(s->o)->covariances ? k * k : 0);
    return EXIT_DONE;
}

static uint64_t samples_of(int64_t steps, double interval)
{
    return (uint64_t)ceil((double)steps / interval);
}

static int32_t run_network(simulation *s)
{
    const simulate_options *say = own(s->o);
    const uint64_t lag[1] = {0};
    size_t lags = say->covariances ? 1 : 0;
    uint64_t burn_in = say->burn_in < 0 ? BINNET_BURN_IN_AUTO : samples_of(say->burn_in, s->interval);
    if (say->precision > 0)
        return binnet_sim_run_to_precision(s->ctx, &s->run, s->sim, s->k, NULL, lags, lag, s->interval, burn_in,
                                           say->precision,
                                           say->most_steps > 0 ? samples_of(say->most_steps, s->interval) : 1 << 24,
                                           (uint64_t)say->runs);
    return binnet_sim_run(s->ctx, &s->run, s->sim, s->k, NULL, lags, lag, s->interval, burn_in,
                          samples_of(say->steps, s->interval), (uint64_t)say->runs);
}

static int32_t read_results(simulation *s)
{
    int32_t status = binnet_run_mean(s->ctx, s->mean, s->error, s->effective, s->k, s->run);
    if (status == BINNET_OK)
        status = binnet_run_populations(s->ctx, s->share, s->share_error, s->variance, s->variance_error, s->n_pop,
                                        s->run);
    if (status == BINNET_OK && own(s->o)->covariances)
        status = binnet_run_covariance(s->ctx, s->cov, s->cov_error, s->k, s->run, 0);
    return status;
}

static int simulate_network(simulation *s, failure *why)
{
    progress p;
    double began = work_clock();
    progress_begin(&p, s->ctx, s->o->quiet);
    int code = make_simulator(s, why);
    s->made = work_clock() - began;
    began = work_clock();
    if (code == EXIT_DONE) {
        int32_t status = run_network(s);
        if (status == BINNET_E_NOCONV && s->run != NULL) {
            s->unmixed = 1;
            snprintf(s->why_not, sizeof s->why_not, "%s", binnet_ctx_message(s->ctx));
        } else if (status != BINNET_OK)
            code = library_failure(why, s->ctx, status);
    }
    progress_end(&p, s->ctx);
    s->seconds = work_clock() - began;
    if (code != EXIT_DONE)
        return code;
    int32_t status = read_results(s);
    return status == BINNET_OK ? EXIT_DONE : library_failure(why, s->ctx, status);
}

/* --- the report --- */

static const char *interval_text(const simulation *s, char text[80])
{
    if (own(s->o)->continuous)
        snprintf(text, 80, "every %g units of time", s->interval);
    else
        snprintf(text, 80, "every %.0f step%s", s->interval, s->interval > 1 ? "s" : "");
    return text;
}

static void print_run(const simulation *s)
{
    char text[80];
    double events = (double)binnet_run_synaptic_events(s->run), flips = (double)binnet_run_flips(s->run);
    if (binnet_sim_synapses(s->sim) > 0)
        printf("synapses       %" PRIu64 "; made in %.3g s\n", binnet_sim_synapses(s->sim), s->made);
    printf("simulated      %" PRIu64 " trajectories of %" PRIu64 " samples, %s, after %" PRIu64 " left out; %.3g s\n",
           binnet_run_count(s->run), binnet_run_samples(s->run) / binnet_run_count(s->run), interval_text(s, text),
           binnet_run_burn_in(s->run), s->seconds);
    printf("work           %.4g flips, %.4g synapses gone through\n", flips, events);
    printf("error          largest standard error %.3g", binnet_run_largest_error(s->run));
    if (binnet_run_count(s->run) > 1)
        printf("; trajectories from different starts differ by %.2g of what would be too much",
               binnet_run_discrepancy(s->run));
    printf("\n");
    if (binnet_sim_drive_error(s->sim) > 0)
        printf("rounding       of weights: changes a drive by at most %.2g\n", binnet_sim_drive_error(s->sim));
}

static void print_populations(const simulation *s)
{
    int width = 10;
    for (size_t a = 0; a < s->n_pop; a++)
        width = (int)strlen(population_name(s, a)) > width ? (int)strlen(population_name(s, a)) : width;
    printf("\n%-*s  %-9s %-14s %-12s %-14s %s\n", width, "population", "neurons", "share active", "error",
           "variance of it", "error");
    for (size_t a = 0; a < s->n_pop; a++)
        printf("%-*s  %-9" PRId64 " %-14.6g %-12.3g %-14.6g %.3g\n", width, population_name(s, a), s->size[a],
               s->share[a], s->share_error[a], s->variance[a], s->variance_error[a]);
}

static void print_neurons(const simulation *s)
{
    size_t shown = (uint64_t)s->o->top < s->k ? (size_t)s->o->top : s->k;
    int width = 6;
    char text[300];
    for (size_t i = 0; i < shown; i++)
        width = (int)strlen(name_of(s, i, text)) > width ? (int)strlen(name_of(s, i, text)) : width;
    printf("\n%-*s  %-12s %-12s %s\n", width, "neuron", "mean A", "error", "independent samples");
    for (size_t i = 0; i < shown; i++)
        printf("%-*s  %-12.6g %-12.3g %.4g\n", width, name_of(s, i, text), s->mean[i], s->error[i], s->effective[i]);
    if (shown < s->n)
        printf("... and %zu more%s\n", s->n - shown, shown < s->k ? " (--top K, -o PREFIX)" : "");
}

/* --- files --- */

static void about_simulation(FILE *f, const simulation *s, const char *what)
{
    char text[80];
    if (!own(s->o)->ensemble)
        csv_about(f, &s->m, s->o, what);
    else
        fprintf(f, "# %s\n# binnet %s\n# %s\n", what, binnet_version(), s->o->text);
    fprintf(f,
            "# update %s%s, seed %" PRId64 ", %" PRIu64 " trajectories of %" PRIu64 " samples, %s, after %" PRIu64
            " left out\n",
            update_name(s->update), own(s->o)->continuous ? " in continuous time" : "", own(s->o)->seed,
            binnet_run_count(s->run), binnet_run_samples(s->run) / binnet_run_count(s->run), interval_text(s, text),
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
    about_simulation(t.file, s, "means of simulated activities");
    fprintf(t.file, "neuron,mean,error,effective_samples\n");
    for (size_t i = 0; i < s->k; i++) {
        csv_field(t.file, name_of(s, i, text));
        fprintf(t.file, ",%.17g,%.6g,%.6g\n", s->mean[i], s->error[i], s->effective[i]);
    }
    return table_close(&t, why);
}

static int csv_populations(const simulation *s, failure *why)
{
    table t;
    TRY(table_open(&t, s->o, "_populations.csv", why));
    about_simulation(t.file, s, "share of each population that is active: mean and variance in time");
    fprintf(t.file, "population,neurons,mean,mean_error,variance,variance_error\n");
    for (size_t a = 0; a < s->n_pop; a++) {
        csv_field(t.file, population_name(s, a));
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
    about_simulation(t.file, s, "covariances of simulated activities");
    fprintf(t.file, "neuron,other,covariance,error\n");
    for (size_t i = 0; i < s->k; i++)
        for (size_t j = 0; j <= i; j++) {
            csv_field(t.file, name_of(s, i, text));
            fputc(',', t.file);
            csv_field(t.file, name_of(s, j, text));
            fprintf(t.file, ",%.17g,%.6g\n", s->cov[i * s->k + j], s->cov_error[i * s->k + j]);
        }
    return table_close(&t, why);
}

static int write_simulation(const simulation *s, failure *why)
{
    TRY(csv_means(s, why));
    TRY(csv_populations(s, why));
    return own(s->o)->covariances ? csv_covariances(s, why) : EXIT_DONE;
}

/* --- rasters --- */

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static int write_raster(const simulation *s, const uint8_t *active, size_t samples, failure *why)
{
    const char *path = own(s->o)->raster;
    if (ends_with(path, ".npy")) {
        const size_t shape[2] = {samples, s->n};
        TRY(npy_write(path, 2, shape, "|u1", active, why));
        if (!s->o->quiet)
            printf("written        %s\n", path);
        return EXIT_DONE;
    }
    FILE *f;
    char text[300];
    TRY(output_open(&f, path, why));
    about_simulation(f, s, "who is active in which sample, trajectory 0");
    fprintf(f, "sample,neuron,name\n");
    for (size_t t = 0; t < samples; t++)
        for (size_t i = 0; i < s->n; i++)
            if (active[t * s->n + i]) {
                fprintf(f, "%zu,%zu,", t, i);
                csv_field(f, name_of(s, i, text));
                fputc('\n', f);
            }
    TRY(output_close(f, path, why));
    if (!s->o->quiet)
        printf("written        %s\n", path);
    return EXIT_DONE;
}

/* Neurons of a picture: evenly from the first to the last. */
static int draw_raster(const simulation *s, const uint8_t *active, const int32_t *neuron, size_t neurons,
                       size_t samples, failure *why)
{
    int32_t *population = calloc(neurons, sizeof *population);
    char **name = calloc(s->n_pop + neurons, sizeof *name), about[200], text[80];
    int code = population == NULL || name == NULL ? no_memory(why) : EXIT_DONE;
    int named = !own(s->o)->ensemble && neurons <= NAMED_ROWS;
    for (size_t i = 0; i < neurons && code == EXIT_DONE; i++)
        population[i] = s->population[neuron[i]];
    for (size_t a = 0; a < s->n_pop && code == EXIT_DONE; a++)
        name[a] = (char *)(uintptr_t)population_name(s, a);
    for (size_t i = 0; i < neurons && code == EXIT_DONE && named; i++)
        name[s->n_pop + i] = s->m.net.name[neuron[i]];
    snprintf(about, sizeof about, "simulation, %s update, %s%zu of %zu neurons, %s", update_name(s->update),
             own(s->o)->continuous ? "continuous time, " : "", neurons, s->n, interval_text(s, text));
    const raster r = {.samples = samples,
                      .neurons = neurons,
                      .n_pop = s->n_pop,
                      .active = active,
                      .population = population,
                      .neuron = neuron,
                      .label = named ? name + s->n_pop : NULL,
                      .name = name,
                      .title = title_of(s),
                      .about = about,
                      .time = own(s->o)->continuous ? "time" : "step",
                      .step = s->interval};
    if (code == EXIT_DONE)
        code = plot_raster(&r, s->o, why);
    free(population);
    free(name);
    return code;
}

static int make_rasters(const simulation *s, failure *why)
{
    const simulate_options *say = own(s->o);
    size_t samples = say->raster_samples > 0 ? (size_t)say->raster_samples : MOST_DRAWN_SAMPLES;
    int whole = say->raster != NULL;
    size_t neurons = whole || s->n <= MOST_DRAWN_NEURONS ? s->n : MOST_DRAWN_NEURONS;
    int32_t *neuron = malloc(neurons * sizeof *neuron);
    uint8_t *active = malloc(samples * neurons);
    int code = neuron == NULL || active == NULL ? no_memory(why) : EXIT_DONE;
    for (size_t i = 0; i < neurons && code == EXIT_DONE; i++)
        neuron[i] = (int32_t)(i * s->n / neurons);
    if (code == EXIT_DONE) {
        int32_t status = binnet_sim_raster(s->ctx, active, samples, neurons, neuron, s->sim, s->interval,
                                           binnet_run_burn_in(s->run), 0, NULL);
        if (status != BINNET_OK)
            code = library_failure(why, s->ctx, status);
    }
    if (code == EXIT_DONE && whole)
        code = write_raster(s, active, samples, why);
    size_t drawn = neurons < MOST_DRAWN_NEURONS ? neurons : MOST_DRAWN_NEURONS;
    size_t shown = samples < MOST_DRAWN_SAMPLES ? samples : MOST_DRAWN_SAMPLES;
    for (size_t t = 0; t < shown && code == EXIT_DONE && drawn < neurons; t++)
        for (size_t i = 0; i < drawn; i++) /* moves to the front: nothing is read after it was written over */
            active[t * drawn + i] = active[t * neurons + i * neurons / drawn];
    for (size_t i = 0; i < drawn && code == EXIT_DONE; i++)
        neuron[i] = neuron[i * neurons / drawn];
    if (code == EXIT_DONE && s->o->plot != NULL)
        code = draw_raster(s, active, neuron, drawn, shown, why);
    free(neuron);
    free(active);
    return code;
}

/* --- the command --- */

static int check_size(const simulation *s, failure *why)
{
    const simulate_options *say = own(s->o);
    double samples = say->raster_samples > 0 ? (double)say->raster_samples : MOST_DRAWN_SAMPLES;
    if (say->raster != NULL && samples * (double)s->n > most_raster)
        return fail(why, EXIT_BUDGET,
                    "--raster: %.4g samples of %zu neurons are %.3g entries, allowed are %.3g; say "
                    "--raster-samples",
                    samples, s->n, samples * (double)s->n, most_raster);
    if (say->covariances && s->n > MOST_WATCHED)
        return fail(why, EXIT_BUDGET, "--covariances: %zu neurons, allowed are %d", s->n, MOST_WATCHED);
    if (say->raster != NULL)
        TRY(output_check(say->raster, why));
    return say->raster != NULL ? output_check_folder(say->raster, why) : EXIT_DONE;
}

static int print_estimate(simulation *s, failure *why)
{
    const simulate_options *say = own(s->o);
    const uint64_t lag[1] = {0};
    uint64_t updates, bytes,
        taken = say->steps > 0        ? samples_of(say->steps, s->interval)
                : say->most_steps > 0 ? samples_of(say->most_steps, s->interval)
                                      : 1 << 24;
    double events;
    int code = make_simulator(s, why);
    if (code != EXIT_DONE)
        return code;
    int32_t status = binnet_sim_run_estimate(s->ctx, &updates, &bytes, &events, s->sim, s->k, say->covariances ? 1 : 0,
                                             lag, s->interval,
                                             say->burn_in < 0 ? BINNET_BURN_IN_AUTO
                                                              : samples_of(say->burn_in, s->interval),
                                             taken, (uint64_t)say->runs);
    if (status != BINNET_OK)
        return library_failure(why, s->ctx, status);
    printf("estimate       %.4g MiB for the run", (double)bytes / 1048576);
    if (s->bytes > 0)
        printf(", %.4g MiB for some %" PRIu64 " synapses", (double)s->bytes / 1048576, s->synapses);
    printf("\n               %s%.4g updates of neurons, some 20 ns each; ", say->steps > 0 ? "" : "at most ",
           (double)updates);
    if (say->redraw)
        printf("%.3g synapses drawn again, some 20 ns each\n", events);
    else
        printf("at most some %.3g synapses gone through, some 1 ns each\n", events);
    return EXIT_DONE;
}

static int solve(simulation *s, failure *why)
{
    const simulate_options *say = own(s->o);
    TRY(say->ensemble ? open_ensemble(s, why) : open_network(s, why));
    TRY(check_size(s, why));
    TRY(list_populations(s, why));
    if (binnet_ctx_set_i64(s->ctx, BINNET_P_SEED, say->seed) != BINNET_OK)
        return fail(why, EXIT_USAGE, "--seed: %s", binnet_ctx_message(s->ctx));
    int single = s->update == BINNET_UPDATE_ASYNCHRONOUS;
    if (say->continuous && !single)
        return fail(why, EXIT_USAGE, "--continuous is for --update asynchronous");
    s->interval = say->every > 0 ? (double)say->every : single && !say->continuous ? (double)s->n : 1;
    s->k = s->n <= 100000 ? s->n : 0;
    if (!s->o->quiet && !say->ensemble)
        report_network(&s->m, s->o);
    if (!s->o->quiet && say->ensemble)
        printf("ensemble       %s\nsize           %zu neurons in %zu populations, wiring number %" PRId64
               " of seed %" PRId64 "\n",
               title_of(s), s->n, s->n_pop, say->index, say->seed);
    if (!s->o->quiet && say->ensemble)
        printf("update         %s\n", update_name(s->update));
    if (!s->o->quiet && say->continuous)
        printf("time           continuous, each neuron at rate 1\n");
    if (s->o->estimate)
        return print_estimate(s, why);
    TRY(allocate_results(s, why));
    TRY(simulate_network(s, why));
    if (!s->o->quiet) {
        print_run(s);
        if (s->n_pop > 1 || s->k == 0 || s->n > 50)
            print_populations(s);
        if (s->k > 0)
            print_neurons(s);
    }
    if (s->o->out != NULL)
        TRY(write_simulation(s, why));
    if (say->raster != NULL || s->o->plot != NULL)
        TRY(make_rasters(s, why));
    return s->unmixed ? fail(why, EXIT_STOPPED, "%s", s->why_not) : EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    simulation s = {.o = o};
    int code = o->plot != NULL ? picture_possible(o, why) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = solve(&s, why);
    binnet_run_free(s.run);
    binnet_sim_free(s.sim);
    if (own(o)->ensemble)
        binnet_ctx_free(s.ctx);
    ensemble_file_free(&s.e);
    model_free(&s.m);
    free(s.size);
    free(s.population);
    free(s.mean);
    free(s.share);
    free(s.cov);
    return code;
}

static int check_options(const options *o, failure *why)
{
    const simulate_options *say = own(o);
    if ((say->steps > 0) == (say->precision > 0))
        return fail(why, EXIT_USAGE, "say one of --steps N and --precision P");
    if (say->most_steps > 0 && !(say->precision > 0))
        return fail(why, EXIT_USAGE, "--max-steps is for --precision");
    if (say->raster != NULL && !ends_with(say->raster, ".csv") && !ends_with(say->raster, ".npy"))
        return fail(why, EXIT_USAGE, "--raster: found '%s', expected a name that ends with .csv or .npy", say->raster);
    if (say->wiring != 0 && !say->ensemble)
        return fail(why, EXIT_USAGE, "--wiring is for --ensemble");
    if (say->redraw && !say->ensemble)
        return fail(why, EXIT_USAGE, "--redraw is for --ensemble");
    return EXIT_DONE;
}

static const command_option own_options[] = {
    {"steps", "N", "steps of each trajectory (asynchronous: updates of one neuron; continuous: units of time)",
     option_whole, OWN(simulate_options, steps), .least = 1, .most = 1e15},
    {"precision", "P", "in place of --steps: go on until every standard error is at most P", option_number,
     OWN(simulate_options, precision), .least = 1e-9, .most = 1},
    {"max-steps", "N", "with --precision: the most steps of a trajectory", option_whole,
     OWN(simulate_options, most_steps), .least = 1, .most = 1e15},
    {"every", "K", "steps between samples, default 1; asynchronous: the number of neurons", option_whole,
     OWN(simulate_options, every), .least = 1, .most = 1e12},
    {"burn-in", "N", "steps left out at the beginning of each trajectory, default an eighth", option_whole,
     OWN(simulate_options, burn_in), .most = 1e12},
    {"runs", "R", "trajectories: from silence, from all active, the others at random; default 4", option_whole,
     OWN(simulate_options, runs), .least = 1, .most = BINNET_MAX_RUNS},
    {"seed", "S", "default 1", option_whole, OWN(simulate_options, seed), .param = BINNET_P_SEED},
    {"continuous", NULL, "each neuron is updated at rate 1, with --update asynchronous", option_flag,
     OWN(simulate_options, continuous)},
    {"covariances", NULL, "of all pairs too: in the files of -o, and for --precision", option_flag,
     OWN(simulate_options, covariances)},
    {"ensemble", NULL, "the file is an ensemble (docs/ensembles.md): a network of it is drawn", option_flag,
     OWN(simulate_options, ensemble)},
    {"index", "K", "which network of the ensemble, default 0", option_whole, OWN(simulate_options, index),
     .most = 4503599627370496},
    {"wiring", "HOW", "of the ensemble: probability, or indegree (its mean, rounded, for every neuron)", option_word,
     OWN(simulate_options, wiring), .words = "probability, indegree", .first = WIRING_PROBABILITY},
    {"redraw", NULL, "of the ensemble: keep no synapses, draw them again at each update (same network, slower)",
     option_flag, OWN(simulate_options, redraw)},
    {"raster", "FILE", "who is active in which sample: .csv or .npy", option_text, OWN(simulate_options, raster)},
    {"raster-samples", "K", "of it and of the picture, default 500", option_whole,
     OWN(simulate_options, raster_samples), .least = 1, .most = 1e9},
    OPTION_TOP("how many neurons to show, default 20"),
    OPTION_ESTIMATE,
    OPTION_OUTPUT,
    {0}};

const command command_simulate = {
    .name = "simulate",
    .usage = "binnet simulate NETWORK --update RULE --noise KIND:SCALE --steps N [options]",
    .about = "Monte Carlo: means and covariances with standard errors, rasters",
    .file = "NETWORK",
    .options = own_options,
    .groups = {&group_noise, &group_network, &group_picture, &group_limits, &group_import},
    .own_size = sizeof(simulate_options),
    .own = &defaults,
    .check = check_options,
    .run = run_command};
