/* binnet info: what is in a network file, neuron by neuron, and what solving it would cost. */
#include "commands/commands.h"
#include "report/costs.h"
#include "report/result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int column(const network *net)
{
    size_t width = 6;
    for (size_t i = 0; i < net->n; i++)
        width = strlen(net->name[i]) > width ? strlen(net->name[i]) : width;
    return (int)width;
}

static void print_populations(const network *net)
{
    printf("\n%-*s %8s %12s %12s %12s\n", column(net), "population", "neurons", "threshold", "stimulus",
           "normalisation");
    for (size_t a = 0; a < net->n_sizes; a++)
        printf("%-*s %8" PRId64 " %12.6g %12.6g %12.6g\n", column(net), net->population_name[a], net->size[a],
               net->threshold[a], net->stimulus[a], net->normalisation[a]);
    printf("\nweights, one neuron of the column to one neuron of the row\n%-*s", column(net), "");
    for (size_t b = 0; b < net->n_sizes; b++)
        printf(" %10s", net->population_name[b]);
    for (size_t a = 0; a < net->n_sizes; a++) {
        printf("\n%-*s", column(net), net->population_name[a]);
        for (size_t b = 0; b < net->n_sizes; b++)
            printf(" %10.5g", net->J[a * net->n_sizes + b]);
    }
    printf("\nself-connections: %s\n", net->self_connections ? "yes" : "no");
}

static int print_neurons(const network *net, const int32_t *layer, failure *why)
{
    double *out = calloc(net->n, sizeof *out), *excitation = calloc(net->n, sizeof *excitation);
    double *inhibition = calloc(net->n, sizeof *inhibition);
    int code = EXIT_DONE;
    if (out == NULL || excitation == NULL || inhibition == NULL)
        code = fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; code == EXIT_DONE && i < net->n; i++)
        for (int64_t k = net->row_ptr[i]; k < net->row_ptr[i + 1]; k++) {
            out[net->col[k]]++;
            *(net->weight[k] > 0 ? &excitation[i] : &inhibition[i]) += net->weight[k];
        }
    int width = column(net);
    if (code == EXIT_DONE)
        printf("\n%-*s %4s %4s %10s %10s %10s %10s %13s  %s\n", width, "neuron", "in", "out", "excitation",
               "inhibition", "threshold", "stimulus", "normalisation", "population");
    for (size_t i = 0; code == EXIT_DONE && i < net->n; i++)
        printf("%-*s %4" PRId64 " %4.0f %10.5g %10.5g %10.5g %10.5g %13.6g  %s%s\n", width, net->name[i],
               net->row_ptr[i + 1] - net->row_ptr[i], out[i], excitation[i], inhibition[i], net->threshold[i],
               net->stimulus[i], net->normalisation[i],
               net->n_populations > 0 ? net->population_name[net->population[i]] : "-",
               layer != NULL && layer[i] > 0 ? "  (influences no other neuron of the core)" : "");
    free(out);
    free(excitation);
    free(inhibition);
    return code;
}

static int print_costs(model *m, const options *o, failure *why)
{
    const network *net = &m->net;
    options guess = *o;
    int guessed = o->noise.kind == 0 && net->noise.kind == 0;
    if (guessed)
        guess.noise = (noise_choice){.kind = BINNET_NOISE_GAUSSIAN, .common = 1};
    if (net->n > BINNET_MAX_CHAIN_NEURONS) {
        printf("\nno stationary law: 2^%zu states; at most %d neurons\n", net->n, BINNET_MAX_CHAIN_NEURONS);
        return EXIT_DONE;
    }
    printf("\n%-14s %14s %14s %14s  %s\n", "stationary", "states", "MiB", "flops, about",
           guessed ? "time, with --noise gaussian:1" : "time");
    for (int32_t update = BINNET_UPDATE_SYNCHRONOUS; update <= BINNET_UPDATE_SWEEP; update++) {
        uint64_t states, bytes;
        double flops;
        guess.update = update;
        TRY(model_chain(m, &guess, why));
        int32_t status = binnet_chain_stationary_estimate(m->ctx, &states, &bytes, &flops, m->chain);
        if (status != BINNET_OK)
            return library_failure(why, m->ctx, status);
        cost c;
        char text[80];
        TRY(cost_stationary(&c, m, why));
        printf("%-14s %14" PRIu64 " %14.4g %14.3g  %s\n", update_name(update), states, (double)bytes / 1048576, flops,
               cost_text(text, &c));
        binnet_chain_free(m->chain);
        binnet_noise_free(m->noise);
        m->chain = NULL;
        m->noise = NULL;
    }
    return EXIT_DONE;
}

static int info(model *m, const options *o, failure *why)
{
    TRY(model_read(m, o, why));
    if (o->quiet)
        return EXIT_DONE; /* the file is good */
    const network *net = &m->net;
    report_network(m, o);
    if (net->update != 0)
        printf("update         %s (from the file)\n", update_name(net->update));
    if (net->noise.kind != 0)
        printf("noise          %s (from the file)\n", noise_name(net->noise.kind));
    if (net->n_sizes > 0) {
        print_populations(net);
    } else {
        int32_t *layer = NULL;
        if (net->n <= BINNET_MAX_NEURONS) {
            layer = calloc(net->n, sizeof *layer);
            if (layer != NULL && binnet_net_layers(m->ctx, layer, net->n, m->object) != BINNET_OK) {
                free(layer);
                layer = NULL;
            }
        }
        int code = print_neurons(net, layer, why);
        free(layer);
        TRY(code);
    }
    TRY(print_costs(m, o, why));
    report_blas();
    return EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m;
    int code = info(&m, o, why);
    model_free(&m);
    return code;
}

static const command_option own_options[] = {{0}};

const command command_info = {.name = "info",
                              .usage = "binnet info NETWORK [options]",
                              .about = "what is in a network file, and what it would cost",
                              .file = "NETWORK",
                              .options = own_options,
                              .groups = {&group_noise, &group_network, &group_limits, &group_import},
                              .run = run_command};
