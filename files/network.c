/* A network in memory: freeing, searching it, and the library's object of it. */
#include "files/reading.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void network_free(network *net)
{
    if (!net)
        return;
    for (size_t i = 0; net->name && i < net->n; i++)
        memory_free(&net->memory, net->name[i]);
    for (size_t i = 0; net->population_name && i < net->n_populations; i++)
        memory_free(&net->memory, net->population_name[i]);
    for (size_t i = 0; net->note && i < net->n_notes; i++)
        memory_free(&net->memory, net->note[i]);
    memory_free(&net->memory, net->title);
    memory_free(&net->memory, net->source);
    memory_free(&net->memory, net->name);
    memory_free(&net->memory, net->row_ptr);
    memory_free(&net->memory, net->col);
    memory_free(&net->memory, net->weight);
    memory_free(&net->memory, net->size);
    memory_free(&net->memory, net->J);
    memory_free(&net->memory, net->threshold);
    memory_free(&net->memory, net->stimulus);
    memory_free(&net->memory, net->normalisation);
    memory_free(&net->memory, net->population_name);
    memory_free(&net->memory, net->population);
    memory_free(&net->memory, net->noise.scale);
    memory_free(&net->memory, net->noise.covariance);
    memory_free(&net->memory, net->noise.factors);
    memory_free(&net->memory, net->doubt);
    memory_free(&net->memory, net->note);
    *net = (network){.memory = net->memory};
}

int64_t network_find(const network *net, const char *name)
{
    for (size_t i = 0; i < net->n; i++)
        if (strcmp(net->name[i], name) == 0)
            return (int64_t)i;
    return -1;
}

int network_note(network *net, failure *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length >= 0 ? memory_raw(&net->memory, (size_t)length + 1) : NULL;
    char **notes = text ? memory_grow(&net->memory, net->note, (net->n_notes + 1) * sizeof *notes) : NULL;
    if (!notes) {
        memory_free(&net->memory, text);
        return with_status(why, BINNET_E_NOMEM, fail(why, EXIT_BUDGET, "not enough memory for a note on the network"));
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    net->note = notes;
    net->note[net->n_notes++] = text;
    return EXIT_DONE;
}

static size_t population_of(const network *net, size_t i)
{
    size_t a = 0;
    for (int64_t left = (int64_t)i; left >= net->size[a]; a++)
        left -= net->size[a];
    return a;
}

double network_weight(const network *net, size_t i, size_t j)
{
    if (net->n_sizes) {
        size_t a = net->population ? (size_t)net->population[i] : population_of(net, i);
        size_t b = net->population ? (size_t)net->population[j] : population_of(net, j);
        return i == j && !net->self_connections ? 0 : net->J[a * net->n_sizes + b];
    }
    int64_t low = net->row_ptr[i], high = net->row_ptr[i + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if ((size_t)net->col[middle] < j)
            low = middle + 1;
        else
            high = middle;
    }
    return low < net->row_ptr[i + 1] && (size_t)net->col[low] == j ? net->weight[low] : 0;
}

/* --- the library's object --- */

static int exit_code(int32_t code)
{
    switch (code) {
    case BINNET_E_NOMEM:
    case BINNET_E_LIMIT:
    case BINNET_E_THREAD:
        return EXIT_BUDGET;
    case BINNET_E_INTERRUPTED:
        return EXIT_STOPPED;
    default:
        return EXIT_INPUT;
    }
}

/* Puts the changed copy in the place of *net. */
static void replace(binnet_net **net, binnet_net *changed)
{
    binnet_net_free(*net);
    *net = changed;
}

int network_make(binnet_ctx *ctx, binnet_net **out, const network *net, failure *why)
{
    binnet_net *changed;
    int32_t code;
    *out = NULL;
    if (net->n_sizes)
        code = binnet_net_new_homogeneous(ctx, out, net->n_sizes, net->size, net->J, net->normalisation, net->threshold,
                                          net->stimulus, net->self_connections);
    else
        code = binnet_net_new_csr(ctx, out, net->n, net->row_ptr, net->col, net->weight, net->normalisation,
                                  net->threshold, net->stimulus);
    if (code == BINNET_OK && !net->n_sizes && net->n_populations) {
        code = binnet_net_with_populations(ctx, &changed, *out, net->n_populations, net->population);
        replace(out, changed);
    }
    if (code == BINNET_OK && net->tie != BINNET_TIE_ACTIVE) {
        code = binnet_net_with_tie(ctx, &changed, *out, net->tie);
        replace(out, changed);
    }
    if (code == BINNET_OK)
        return EXIT_DONE;
    binnet_net_free(*out);
    *out = NULL;
    return fail(why, exit_code(code), "%s", binnet_ctx_message(ctx));
}

int32_t noise_make(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale, double dof)
{
    switch (kind) {
    case BINNET_NOISE_GAUSSIAN:
        return binnet_noise_new_gaussian(ctx, out, n, scale);
    case BINNET_NOISE_LOGISTIC:
        return binnet_noise_new_logistic(ctx, out, n, scale);
    case BINNET_NOISE_UNIFORM:
        return binnet_noise_new_uniform(ctx, out, n, scale);
    case BINNET_NOISE_LAPLACE:
        return binnet_noise_new_laplace(ctx, out, n, scale);
    default:
        return binnet_noise_new_student_t(ctx, out, n, scale, dof);
    }
}

static file_memory ctx_memory(const binnet_ctx *ctx)
{
    file_memory m = {0};
    binnet_ctx_allocator(ctx, &m.alloc, &m.realloc, &m.free, &m.user);
    return m;
}

int32_t noise_make_correlated(binnet_ctx *ctx, binnet_noise **out, const noise_choice *noise, size_t n, size_t k,
                              const size_t *neuron, double times)
{
    file_memory memory = ctx_memory(ctx);
    size_t r = noise->covariance ? k : noise->n_factors;
    double *part = memory_new(&memory, k * r + k, sizeof *part), *own = part ? part + k * r : NULL;
    *out = NULL;
    if (!part)
        return BINNET_E_NOMEM;
    for (size_t a = 0; a < k; a++) {
        size_t i = neuron ? neuron[a] : a;
        for (size_t b = 0; b < r; b++)
            part[a * r + b] = noise->covariance ? times * times * noise->covariance[i * n + (neuron ? neuron[b] : b)]
                                                : times * noise->factors[i * r + b];
        own[a] = times * (noise->scale ? noise->scale[i] : noise->common);
    }
    int32_t status = noise->covariance ? binnet_noise_new_gaussian_cov(ctx, out, k, part)
                                       : binnet_noise_new_gaussian_factors(ctx, out, k, r, part, own);
    memory_free(&memory, part);
    return status;
}
