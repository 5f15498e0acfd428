/* Networks by the public interface of libbinnet-files. */
#include "settings/network.h"

#include "files/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int object_failure(failure *why, const binnet_ctx *ctx, int32_t status)
{
    const char *message = binnet_ctx_message(ctx);
    int code = status == BINNET_E_NOMEM || status == BINNET_E_LIMIT || status == BINNET_E_THREAD ? EXIT_BUDGET
               : status == BINNET_E_INTERRUPTED                                                  ? EXIT_STOPPED
                                                                                                 : EXIT_INPUT;
    return fail(why, code, "%s", message[0] != 0 ? message : binnet_strerror(status));
}

int file_failure(failure *why, const binnet_ctx *ctx, int32_t status)
{
    int code = object_failure(why, ctx, status);
    return status == BINNET_E_RANGE || status == BINNET_E_KEY ? why->code = EXIT_USAGE : code;
}

static int no_memory(failure *why)
{
    return fail(why, EXIT_BUDGET, "out of memory");
}

int import_make(binnet_import **out, binnet_ctx *ctx, const import_list *how, failure *why)
{
    int32_t status = binnet_import_new(ctx, out);
    for (size_t k = 0; k < how->count && status == BINNET_OK; k++)
        status = binnet_import_set(ctx, *out, how->at[k].option, how->at[k].value);
    if (status == BINNET_OK)
        return EXIT_DONE;
    int code = file_failure(why, ctx, status);
    binnet_import_free(*out);
    *out = NULL;
    return code;
}

/* --- reading --- */

/* Files that were read are not written over. */
static int keep_read_files(const binnet_network_file *file, const char *path, failure *why)
{
    if (output_keep_path(path) != 0)
        return no_memory(why);
    for (size_t k = 0; k < binnet_network_file_paths(file); k++)
        if (output_keep_path(binnet_network_file_path(file, k)) != 0)
            return no_memory(why);
    return EXIT_DONE;
}

static int list_names(network *net)
{
    net->name = calloc(net->n, sizeof *net->name);
    if (net->n_populations > 0)
        net->population_name = calloc(net->n_populations, sizeof *net->population_name);
    if (net->name == NULL || (net->n_populations > 0 && net->population_name == NULL))
        return 0;
    for (size_t i = 0; i < net->n; i++)
        net->name[i] = (char *)binnet_network_file_name(net->file, i);
    for (size_t a = 0; a < net->n_populations; a++)
        net->population_name[a] = (char *)binnet_network_file_population_name(net->file, a);
    return 1;
}

/* Sizes and weights of homogeneous populations, and one entry of each for the numbers of neurons. */
static int take_homogeneous(network *net, const binnet_net *from)
{
    size_t p = net->n_sizes, *first = calloc(p, sizeof *first);
    net->size = calloc(p, sizeof *net->size);
    net->J = calloc(p * p, sizeof *net->J);
    int good = first != NULL && net->size != NULL && net->J != NULL;
    for (size_t i = net->n; good && i-- > 0;) {
        net->size[net->population[i]]++;
        first[net->population[i]] = i;
    }
    for (size_t a = 0; good && a < p; a++) {
        net->threshold[a] = net->threshold[first[a]];
        net->stimulus[a] = net->stimulus[first[a]];
        net->normalisation[a] = net->normalisation[first[a]];
        for (size_t b = 0; b < p; b++) /* from another neuron of its own population, if there is one */
            net->J[a * p + b] = binnet_net_weight(from, first[a], first[b] + (a == b && net->size[a] > 1));
    }
    free(first);
    return good;
}

static int take_numbers(network *net, const binnet_net *from, failure *why)
{
    size_t n = net->n, entries = net->n_sizes > 0 ? 0 : (size_t)binnet_net_entries(from);
    net->threshold = calloc(n, sizeof *net->threshold);
    net->stimulus = calloc(n, sizeof *net->stimulus);
    net->normalisation = calloc(n, sizeof *net->normalisation);
    net->population = calloc(n, sizeof *net->population);
    net->row_ptr = calloc(n + 1, sizeof *net->row_ptr);
    net->col = malloc((entries + 1) * sizeof *net->col);
    net->weight = malloc((entries + 1) * sizeof *net->weight);
    if (!net->threshold || !net->stimulus || !net->normalisation || !net->population || !net->row_ptr || !net->col ||
        !net->weight || !list_names(net))
        return no_memory(why);
    int32_t status = binnet_net_parameters(net->ctx, net->normalisation, net->threshold, net->stimulus, net->population,
                                           n, from);
    if (status == BINNET_OK && net->n_sizes == 0)
        status = binnet_net_csr(net->ctx, net->row_ptr, net->col, net->weight, n, entries, from);
    if (status != BINNET_OK)
        return file_failure(why, net->ctx, status);
    if (net->n_populations == 0) {
        free(net->population);
        net->population = NULL;
    }
    return net->n_sizes == 0 || take_homogeneous(net, from) ? EXIT_DONE : no_memory(why);
}

static int read_network_file(network *out, const char *path, const import_list *how, failure *why)
{
    binnet_import *import = NULL;
    binnet_net *net = NULL;
    if (binnet_ctx_new(&out->ctx) != BINNET_OK)
        return no_memory(why);
    TRY(import_make(&import, out->ctx, how, why));
    int32_t status = binnet_network_file_read(out->ctx, &out->file, path, import);
    binnet_import_free(import);
    if (status != BINNET_OK)
        return file_failure(why, out->ctx, status);
    status = binnet_network_file_net(out->ctx, &net, out->file);
    if (status != BINNET_OK)
        return object_failure(why, out->ctx, status);
    out->n = binnet_net_neurons(net);
    out->n_populations = binnet_network_file_populations(out->file);
    out->n_sizes = binnet_net_is_homogeneous(net) ? out->n_populations : 0;
    out->self_connections = binnet_net_self_connections(net);
    out->tie = binnet_net_tie(net);
    out->update = binnet_network_file_update(out->file);
    out->title = binnet_network_file_text(out->file, BINNET_TEXT_TITLE);
    out->source = binnet_network_file_text(out->file, BINNET_TEXT_SOURCE);
    out->doubt = binnet_network_file_text(out->file, BINNET_TEXT_WARNING);
    int code = take_numbers(out, net, why);
    binnet_net_free(net);
    TRY(code);
    out->noise = (noise_choice){.kind = binnet_network_file_noise_kind(out->file), .file = out->file};
    out->noise.correlated = binnet_network_file_noise_form(out->file) > BINNET_NOISE_INDEPENDENT;
    return keep_read_files(out->file, path, why);
}

int network_read(network *out, const char *path, const import_list *how, failure *why)
{
    *out = (network){0};
    int code = read_network_file(out, path, how, why);
    if (code != EXIT_DONE)
        network_free(out);
    return code;
}

void network_free(network *net)
{
    free(net->name);
    free(net->population_name);
    free(net->row_ptr);
    free(net->col);
    free(net->weight);
    free(net->size);
    free(net->J);
    free(net->threshold);
    free(net->stimulus);
    free(net->normalisation);
    free(net->population);
    binnet_network_file_free(net->file);
    binnet_ctx_free(net->ctx);
    *net = (network){0};
}

int64_t network_find(const network *net, const char *name)
{
    return binnet_network_file_find(net->file, name);
}

int network_note(network *net, failure *why, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int32_t status = binnet_network_file_add_note(net->ctx, net->file, text);
    return status == BINNET_OK ? EXIT_DONE : file_failure(why, net->ctx, status);
}

/* --- objects --- */

/* Puts the changed copy in the place of *net. */
static void replace_net(binnet_net **net, binnet_net *changed)
{
    binnet_net_free(*net);
    *net = changed;
}

int network_make(binnet_ctx *ctx, binnet_net **out, const network *net, failure *why)
{
    binnet_net *changed = NULL;
    *out = NULL;
    int32_t status = net->n_sizes > 0
                         ? binnet_net_new_homogeneous(ctx, out, net->n_sizes, net->size, net->J, net->normalisation,
                                                      net->threshold, net->stimulus, net->self_connections)
                         : binnet_net_new_csr(ctx, out, net->n, net->row_ptr, net->col, net->weight, net->normalisation,
                                              net->threshold, net->stimulus);
    if (status == BINNET_OK && net->n_sizes == 0 && net->n_populations > 0) {
        status = binnet_net_with_populations(ctx, &changed, *out, net->n_populations, net->population);
        replace_net(out, changed);
    }
    if (status == BINNET_OK && net->tie != BINNET_TIE_ACTIVE) {
        status = binnet_net_with_tie(ctx, &changed, *out, net->tie);
        replace_net(out, changed);
    }
    if (status == BINNET_OK)
        return EXIT_DONE;
    binnet_net_free(*out);
    *out = NULL;
    return object_failure(why, ctx, status);
}

int network_change(network *net, const binnet_net *object, failure *why)
{
    int32_t status = binnet_network_file_set_net(net->ctx, net->file, object);
    return status == BINNET_OK ? EXIT_DONE : file_failure(why, net->ctx, status);
}

int32_t noise_make_part(binnet_ctx *ctx, binnet_noise **out, const noise_choice *noise, size_t k, const size_t *neuron,
                        const double *scale, double dof, double factor)
{
    return noise->correlated ? binnet_network_file_noise_part(ctx, out, noise->file, k, neuron, factor)
                             : binnet_noise_new(ctx, out, noise->kind, k, scale, dof);
}

/* --- writing --- */

static int32_t write_piece(void *user, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, (FILE *)user) != length;
}

int network_file_write(binnet_ctx *ctx, const binnet_network_file *file, const char *path, const char *format,
                       char *lost, size_t lost_size, failure *why)
{
    FILE *out;
    TRY(output_open(&out, path, why));
    int32_t status = binnet_network_file_write(ctx, lost, lost_size, file, format, write_piece, out);
    if (status == BINNET_OK || ferror(out))
        return output_close(out, path, why);
    output_drop(out);
    return file_failure(why, ctx, status);
}
