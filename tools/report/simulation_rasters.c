/* Who is active when in a simulation: a file of all samples, and a picture. */
#include "report/simulation.h"
#include "files/output.h"
#include "plot/gnuplot.h"
#include "plot/raster.h"
#include "report/result.h"
#include "report/tables.h"

#include <stdlib.h>
#include <string.h>

/* Neurons of a picture; rows that have their names in it. */
enum { MOST_DRAWN_NEURONS = 1000, NAMED_ROWS = 30 };

int simulation_path_ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static int write_raster(const simulation *s, const uint8_t *active, size_t samples, failure *why)
{
    const char *path = simulation_options(s->o)->raster;
    if (simulation_path_ends(path, ".npy")) {
        const size_t shape[2] = {samples, s->n};
        TRY(npy_write(path, 2, shape, "|u1", active, why));
        if (!s->o->quiet)
            printf("written        %s\n", path);
        return EXIT_DONE;
    }
    FILE *f;
    char text[300];
    TRY(output_open(&f, path, why));
    simulation_about(f, s, "who is active in which sample, trajectory 0");
    fprintf(f, "sample,neuron,name\n");
    for (size_t t = 0; t < samples; t++)
        for (size_t i = 0; i < s->n; i++)
            if (active[t * s->n + i]) {
                fprintf(f, "%zu,%zu,", t, i);
                csv_field(f, simulated_name(s, i, text));
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
    int code = population == NULL || name == NULL ? fail(why, EXIT_BUDGET, "out of memory") : EXIT_DONE;
    int named = !simulation_options(s->o)->ensemble && neurons <= NAMED_ROWS;
    for (size_t i = 0; i < neurons && code == EXIT_DONE; i++)
        population[i] = s->population[neuron[i]];
    for (size_t a = 0; a < s->n_pop && code == EXIT_DONE; a++)
        name[a] = (char *)(uintptr_t)simulated_population(s, a);
    for (size_t i = 0; i < neurons && code == EXIT_DONE && named; i++)
        name[s->n_pop + i] = s->m.net.name[neuron[i]];
    snprintf(about, sizeof about, "simulation, %s update, %s%zu of %zu neurons, %s", update_name(s->update),
             simulation_options(s->o)->continuous ? "continuous time, " : "", neurons, s->n,
             simulation_interval(s, text));
    const raster r = {.samples = samples,
                      .neurons = neurons,
                      .n_pop = s->n_pop,
                      .active = active,
                      .population = population,
                      .neuron = neuron,
                      .label = named ? name + s->n_pop : NULL,
                      .name = name,
                      .title = simulated_title(s),
                      .about = about,
                      .time = simulation_options(s->o)->continuous ? "time" : "step",
                      .step = s->interval};
    if (code == EXIT_DONE)
        code = plot_raster(&r, s->o, why);
    free(population);
    free(name);
    return code;
}

int simulation_rasters(const simulation *s, failure *why)
{
    const simulate_options *say = simulation_options(s->o);
    size_t samples = say->raster_samples > 0 ? (size_t)say->raster_samples : MOST_DRAWN_SAMPLES;
    int whole = say->raster != NULL;
    size_t neurons = whole || s->n <= MOST_DRAWN_NEURONS ? s->n : MOST_DRAWN_NEURONS;
    int32_t *neuron = malloc(neurons * sizeof *neuron);
    uint8_t *active = malloc(samples * neurons);
    int code = neuron == NULL || active == NULL ? fail(why, EXIT_BUDGET, "out of memory") : EXIT_DONE;
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
