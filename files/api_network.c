/* Networks as files hold them, for other programs. */
#include "files/api.h"
#include "files/reading.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

struct binnet_network_file {
    network net;
    path_list paths;
};

/* --- reading and freeing --- */

void binnet_network_file_free(binnet_network_file *file)
{
    if (file == NULL)
        return;
    file_memory m = file->net.memory;
    network_free(&file->net);
    api_free_paths(&m, &file->paths);
    memory_free(&m, file);
}

static int read_file(api_call *a, binnet_network_file **out, const char *path, const char *text, size_t length,
                     const binnet_import *given)
{
    import_options how = given != NULL ? given->how : (import_options){.weight_scale = 1};
    how.max_bytes = api_max_bytes(a, how.max_bytes);
    binnet_network_file *file = api_new(a, sizeof *file);
    if (file == NULL)
        return EXIT_BUDGET;
    file->net.memory = a->call.memory;
    int code = text != NULL && length > how.max_bytes
                   ? fail_at(&a->why, EXIT_BUDGET, path, 0, "has %zu bytes; the limit is %llu bytes (--max-file-size)",
                             length, (unsigned long long)how.max_bytes)
               : text != NULL ? network_read_text(&file->net, path, text, length, &how, &a->why)
                              : network_read(&file->net, path, &how, &a->why);
    file->net.memory = a->call.memory;
    if (code != EXIT_DONE) {
        binnet_network_file_free(file);
        return code;
    }
    file->paths = a->paths;
    a->paths = (path_list){0};
    *out = file;
    return EXIT_DONE;
}

int32_t binnet_network_file_read(binnet_ctx *ctx, binnet_network_file **out, const char *path, const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, path);
    return api_end(&a, read_file(&a, out, path, NULL, 0, how));
}

int32_t binnet_network_file_parse(binnet_ctx *ctx, binnet_network_file **out, const char *name, const char *text,
                                  size_t length, const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, name);
    API_NEED(ctx, text);
    /* The readers look at the byte behind the text. */
    char *copy = length < PTRDIFF_MAX ? memory_raw(&a.call.memory, length + 1) : NULL;
    if (copy == NULL)
        return api_end(&a, fail_memory(&a.why, name));
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = 0;
    int code = read_file(&a, out, name, copy, length, how);
    memory_free(&a.call.memory, copy);
    return api_end(&a, code);
}

/* --- of the library's objects --- */

static int32_t copy_sparse(binnet_ctx *ctx, network *net, const binnet_net *from)
{
    size_t n = net->n, entries = (size_t)binnet_net_entries(from);
    net->row_ptr = memory_new(&net->memory, n + 1, sizeof *net->row_ptr);
    net->col = memory_new(&net->memory, entries + 1, sizeof *net->col);
    net->weight = memory_new(&net->memory, entries + 1, sizeof *net->weight);
    if (!net->row_ptr || !net->col || !net->weight)
        return BINNET_E_NOMEM;
    return binnet_net_csr(ctx, net->row_ptr, net->col, net->weight, n, entries, from);
}

/* Sizes, first neurons and weights of homogeneous populations. */
static int32_t copy_homogeneous(network *net, const binnet_net *from)
{
    size_t p = net->n_populations, *first = memory_new(&net->memory, p, sizeof *first);
    net->n_sizes = p;
    net->self_connections = binnet_net_self_connections(from);
    net->size = memory_new(&net->memory, p, sizeof *net->size);
    net->J = p <= SIZE_MAX / p ? memory_new(&net->memory, p * p, sizeof *net->J) : NULL;
    if (!first || !net->size || !net->J) {
        memory_free(&net->memory, first);
        return BINNET_E_NOMEM;
    }
    for (size_t i = net->n; i-- > 0;) {
        net->size[net->population[i]]++;
        first[net->population[i]] = i;
    }
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            /* from another neuron of its own population, if there is one */
            net->J[a * p + b] = binnet_net_weight(from, first[a], first[b] + (a == b && net->size[a] > 1));
    memory_free(&net->memory, first);
    return BINNET_OK;
}

static int32_t copy_parameters(binnet_ctx *ctx, network *net, const binnet_net *from)
{
    size_t n = net->n;
    net->threshold = memory_new(&net->memory, n, sizeof *net->threshold);
    net->stimulus = memory_new(&net->memory, n, sizeof *net->stimulus);
    net->normalisation = memory_new(&net->memory, n, sizeof *net->normalisation);
    net->population = memory_new(&net->memory, n, sizeof *net->population);
    if (!net->threshold || !net->stimulus || !net->normalisation || !net->population)
        return BINNET_E_NOMEM;
    return binnet_net_parameters(ctx, net->normalisation, net->threshold, net->stimulus, net->population, n, from);
}

/* One entry for each homogeneous population instead of each neuron: the first of its neurons. */
static void keep_first_of_each(network *net)
{
    for (size_t i = 0; i < net->n; i++)
        if (i == 0 || net->population[i] != net->population[i - 1]) {
            size_t a = (size_t)net->population[i];
            net->threshold[a] = net->threshold[i];
            net->stimulus[a] = net->stimulus[i];
            net->normalisation[a] = net->normalisation[i];
        }
}

static int32_t make_names(network *net)
{
    char text[64];
    net->name = memory_new(&net->memory, net->n, sizeof *net->name);
    if (net->n_populations > 0)
        net->population_name = memory_new(&net->memory, net->n_populations, sizeof *net->population_name);
    if (!net->name || (net->n_populations > 0 && !net->population_name))
        return BINNET_E_NOMEM;
    for (size_t a = 0; a < net->n_populations; a++) {
        snprintf(text, sizeof text, "P%zu", a + 1);
        if ((net->population_name[a] = memory_text(&net->memory, text)) == NULL)
            return BINNET_E_NOMEM;
    }
    size_t k = 0;
    for (size_t i = 0; i < net->n; i++) {
        size_t a = net->n_sizes > 0 ? (size_t)net->population[i] : 0;
        k = i > 0 && net->n_sizes > 0 && net->population[i] == net->population[i - 1] ? k + 1 : 1;
        if (net->n_sizes == 0)
            snprintf(text, sizeof text, "%zu", i + 1);
        else if (net->size[a] == 1)
            snprintf(text, sizeof text, "P%zu", a + 1);
        else
            snprintf(text, sizeof text, "P%zu.%zu", a + 1, k);
        if ((net->name[i] = memory_text(&net->memory, text)) == NULL)
            return BINNET_E_NOMEM;
    }
    return BINNET_OK;
}

static int32_t copy_noise(binnet_ctx *ctx, network *net, const binnet_noise *noise)
{
    if (binnet_noise_neurons(noise) != net->n)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "the noise is not of as many neurons as the network");
    if (binnet_noise_kind(noise) == BINNET_NOISE_CUSTOM || binnet_noise_form(noise) != BINNET_NOISE_INDEPENDENT)
        return binnet_ctx_fail(ctx, BINNET_E_UNSUPPORTED,
                               "noise of a caller's law, or correlated: files of objects hold none");
    double *scale = memory_new(&net->memory, net->n, sizeof *scale);
    net->noise = (noise_choice){.kind = binnet_noise_kind(noise), .scale = scale};
    if (scale == NULL)
        return BINNET_E_NOMEM;
    if (net->noise.kind == BINNET_NOISE_STUDENT_T)
        net->noise.dof = binnet_noise_dof(noise);
    int32_t status = binnet_noise_scales(ctx, scale, net->n, noise);
    size_t alike = 1;
    while (alike < net->n && !(scale[alike] < scale[0] || scale[alike] > scale[0]))
        alike++;
    if (alike == net->n) {
        net->noise.common = scale[0];
        net->noise.scale = NULL;
        memory_free(&net->memory, scale);
    }
    return status;
}

static int32_t copy_objects(binnet_ctx *ctx, network *net, const binnet_net *from, const binnet_noise *noise,
                            int32_t update)
{
    int homogeneous = binnet_net_is_homogeneous(from);
    net->n = binnet_net_neurons(from);
    net->n_populations = homogeneous || binnet_net_populations(from) > 1 ? binnet_net_populations(from) : 0;
    net->tie = binnet_net_tie(from);
    net->update = update;
    int32_t status = copy_parameters(ctx, net, from);
    if (status == BINNET_OK)
        status = homogeneous ? copy_homogeneous(net, from) : copy_sparse(ctx, net, from);
    if (status == BINNET_OK)
        status = make_names(net);
    if (status == BINNET_OK && homogeneous)
        keep_first_of_each(net);
    if (status == BINNET_OK && noise != NULL)
        status = copy_noise(ctx, net, noise);
    return status;
}

int32_t binnet_network_file_new(binnet_ctx *ctx, binnet_network_file **out, const binnet_net *net,
                                const binnet_noise *noise, int32_t update)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, net);
    if (update != 0 && (update < BINNET_UPDATE_SYNCHRONOUS || update > BINNET_UPDATE_SWEEP))
        return binnet_ctx_fail(ctx, BINNET_E_RANGE,
                               "update: expected BINNET_UPDATE_SYNCHRONOUS, _ASYNCHRONOUS, _SWEEP or 0");
    binnet_network_file *file = api_new(&a, sizeof *file);
    if (file == NULL)
        return api_end(&a, EXIT_BUDGET);
    file->net.memory = a.call.memory;
    int32_t status = copy_objects(ctx, &file->net, net, noise, update);
    if (status != BINNET_OK) {
        binnet_network_file_free(file);
        return status != BINNET_E_NOMEM ? status : binnet_ctx_fail(ctx, status, "not enough memory for this network");
    }
    *out = file;
    return BINNET_OK;
}

/* --- changing --- */

int32_t binnet_network_file_set_net(binnet_ctx *ctx, binnet_network_file *file, const binnet_net *net)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, net);
    network *to = &file->net, from = {.memory = to->memory};
    int32_t status = copy_objects(ctx, &from, net, NULL, to->update);
    int same = from.n == to->n && from.n_sizes == to->n_sizes && from.n_populations == to->n_populations;
    for (size_t i = 0; status == BINNET_OK && same && i < to->n && to->n_populations > 0 && to->n_sizes == 0; i++)
        same = from.population[i] == to->population[i];
    for (size_t p = 0; status == BINNET_OK && same && p < to->n_sizes; p++)
        same = from.size[p] == to->size[p];
    if (status == BINNET_OK && same) {
        network before = *to;
#define EXCHANGE(member) (to->member = from.member, from.member = before.member)
        EXCHANGE(row_ptr);
        EXCHANGE(col);
        EXCHANGE(weight);
        EXCHANGE(J);
        EXCHANGE(threshold);
        EXCHANGE(stimulus);
        EXCHANGE(normalisation);
#undef EXCHANGE
        to->tie = from.tie;
    }
    network_free(&from);
    if (status == BINNET_E_NOMEM)
        return binnet_ctx_fail(ctx, status, "not enough memory for this network");
    if (status == BINNET_OK && !same)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "the network has other neurons or populations than the file");
    return status;
}

static int add_checked_name(draft *d, const char *const *name, size_t i)
{
    return name[i] != NULL ? draft_add_neuron(d, name[i], i + 1)
                           : with_status(d->why, BINNET_E_NULL, fail(d->why, EXIT_USAGE, "name[%zu] is NULL", i));
}

/* The names of d, in place of those; the others go with d. */
static void exchange_names(draft *d, char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *before = names[i];
        names[i] = d->names.name[i];
        d->names.name[i] = before;
    }
}

static int set_names(binnet_network_file *file, size_t n, const char *const *name, failure *why)
{
    const document doc = {.path = "the names", .text = "", .length = 0};
    draft d = {.net = &file->net, .doc = &doc, .why = why, .names = {.memory = file->net.memory}};
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code == EXIT_DONE; i++)
        code = add_checked_name(&d, name, i);
    if (code == EXIT_DONE)
        exchange_names(&d, file->net.name, n);
    else if (code == EXIT_INPUT)
        why->status = BINNET_E_RANGE;
    draft_free(&d);
    return code;
}

int32_t binnet_network_file_set_names(binnet_ctx *ctx, binnet_network_file *file, size_t n, const char *const *name)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, name);
    if (n != file->net.n)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "n is not the number of neurons");
    if (file->net.n_sizes > 0)
        return binnet_ctx_fail(ctx, BINNET_E_UNSUPPORTED,
                               "neurons of homogeneous populations have the populations' names");
    return api_end(&a, set_names(file, n, name, &a.why));
}

static int set_population_names(binnet_network_file *file, size_t p, const char *const *name, failure *why)
{
    const document doc = {.path = "the names", .text = "", .length = 0};
    network *net = &file->net;
    draft populations = {.net = net, .doc = &doc, .why = why, .names = {.memory = net->memory}}, neurons = populations;
    char numbered[MAX_NAME + 24];
    int code = EXIT_DONE;
    for (size_t a = 0; a < p && code == EXIT_DONE; a++) {
        code = add_checked_name(&populations, name, a);
        for (int64_t k = 1; net->n_sizes > 0 && k <= net->size[a] && code == EXIT_DONE; k++) {
            snprintf(numbered, sizeof numbered, net->size[a] == 1 ? "%s" : "%s.%lld", name[a], (long long)k);
            code = draft_add_neuron(&neurons, numbered, a + 1);
        }
    }
    if (code == EXIT_DONE) {
        exchange_names(&populations, net->population_name, p);
        exchange_names(&neurons, net->name, net->n_sizes > 0 ? net->n : 0);
    } else if (code == EXIT_INPUT)
        why->status = BINNET_E_RANGE;
    draft_free(&populations);
    draft_free(&neurons);
    return code;
}

int32_t binnet_network_file_set_population_names(binnet_ctx *ctx, binnet_network_file *file, size_t p,
                                                 const char *const *name)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, name);
    if (p != file->net.n_populations)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "p is not the number of populations");
    return api_end(&a, set_population_names(file, p, name, &a.why));
}

static char **text_place(binnet_network_file *file, int32_t what)
{
    return what == BINNET_TEXT_TITLE ? &file->net.title : what == BINNET_TEXT_SOURCE ? &file->net.source : NULL;
}

int32_t binnet_network_file_set_text(binnet_ctx *ctx, binnet_network_file *file, int32_t what, const char *text)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    char **place = text_place(file, what);
    if (place == NULL)
        return binnet_ctx_fail(ctx, BINNET_E_RANGE, "what: expected BINNET_TEXT_TITLE or _SOURCE");
    char *copy = text != NULL ? memory_text(&file->net.memory, text) : NULL;
    if (text != NULL && copy == NULL)
        return binnet_ctx_fail(ctx, BINNET_E_NOMEM, "out of memory");
    memory_free(&file->net.memory, *place);
    *place = copy;
    return BINNET_OK;
}

int32_t binnet_network_file_add_note(binnet_ctx *ctx, binnet_network_file *file, const char *note)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, note);
    return api_end(&a, network_note(&file->net, &a.why, "%s", note));
}

/* --- looking --- */

size_t binnet_network_file_neurons(const binnet_network_file *file)
{
    return file != NULL ? file->net.n : 0;
}

const char *binnet_network_file_name(const binnet_network_file *file, size_t i)
{
    return file != NULL && i < file->net.n ? file->net.name[i] : NULL;
}

const char *binnet_network_file_population_name(const binnet_network_file *file, size_t a)
{
    return file != NULL && a < file->net.n_populations ? file->net.population_name[a] : NULL;
}

const char *binnet_network_file_note(const binnet_network_file *file, size_t k)
{
    return file != NULL && k < file->net.n_notes ? file->net.note[k] : NULL;
}

const char *binnet_network_file_path(const binnet_network_file *file, size_t k)
{
    return file != NULL && k < file->paths.count ? file->paths.path[k] : NULL;
}

size_t binnet_network_file_populations(const binnet_network_file *file)
{
    return file != NULL ? file->net.n_populations : 0;
}

size_t binnet_network_file_notes(const binnet_network_file *file)
{
    return file != NULL ? file->net.n_notes : 0;
}

size_t binnet_network_file_paths(const binnet_network_file *file)
{
    return file != NULL ? file->paths.count : 0;
}

int64_t binnet_network_file_find(const binnet_network_file *file, const char *name)
{
    return file != NULL && name != NULL ? network_find(&file->net, name) : -1;
}

const char *binnet_network_file_text(const binnet_network_file *file, int32_t what)
{
    return file == NULL                  ? NULL
           : what == BINNET_TEXT_TITLE   ? file->net.title
           : what == BINNET_TEXT_SOURCE  ? file->net.source
           : what == BINNET_TEXT_WARNING ? file->net.doubt
                                         : NULL;
}

int32_t binnet_network_file_update(const binnet_network_file *file)
{
    return file != NULL ? file->net.update : 0;
}

int32_t binnet_network_file_noise_kind(const binnet_network_file *file)
{
    return file != NULL ? file->net.noise.kind : 0;
}

int32_t binnet_network_file_noise_form(const binnet_network_file *file)
{
    return file == NULL || file->net.noise.kind == 0 ? 0
           : file->net.noise.covariance != NULL      ? BINNET_NOISE_COVARIANCE
           : file->net.noise.factors != NULL         ? BINNET_NOISE_FACTORS
                                                     : BINNET_NOISE_INDEPENDENT;
}

/* --- the library's objects --- */

int32_t binnet_network_file_net(binnet_ctx *ctx, binnet_net **out, const binnet_network_file *file)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, file);
    return api_end(&a, network_make(ctx, out, &file->net, &a.why));
}

/* Noise of k neurons (NULL: of the first k), its scales times a factor. */
static int32_t make_noise_part(api_call *a, binnet_noise **out, const network *net, size_t k, const size_t *neuron,
                               double factor)
{
    const noise_choice *noise = &net->noise;
    if (noise->kind == 0)
        return binnet_ctx_fail(a->call.ctx, BINNET_E_UNSUPPORTED, "the file asks for no noise");
    if (noise_is_correlated(noise))
        return noise_make_correlated(a->call.ctx, out, noise, net->n, k, neuron, factor);
    double *scale = memory_new(&a->call.memory, k, sizeof *scale);
    if (scale == NULL)
        return binnet_ctx_fail(a->call.ctx, BINNET_E_NOMEM, "out of memory");
    for (size_t i = 0; i < k; i++)
        scale[i] = factor * (noise->scale != NULL ? noise->scale[neuron != NULL ? neuron[i] : i] : noise->common);
    int32_t status = noise_make(a->call.ctx, out, noise->kind, k, scale, noise->dof);
    memory_free(&a->call.memory, scale);
    return status;
}

int32_t binnet_network_file_noise(binnet_ctx *ctx, binnet_noise **out, const binnet_network_file *file)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, file);
    return make_noise_part(&a, out, &file->net, file->net.n, NULL, 1);
}

int32_t binnet_network_file_noise_part(binnet_ctx *ctx, binnet_noise **out, const binnet_network_file *file, size_t k,
                                       const size_t *neuron, double factor)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, file);
    if (k == 0 || k > file->net.n || (neuron == NULL && k != file->net.n))
        return binnet_ctx_fail(ctx, BINNET_E_SIZE,
                               "k is not 1 to the number of neurons, or with neuron NULL not that number");
    if (!(factor >= 0 && factor <= DBL_MAX))
        return binnet_ctx_fail(ctx, BINNET_E_RANGE, "factor: expected a finite number of 0 or more");
    unsigned char *seen = memory_new(&a.call.memory, file->net.n, 1);
    int32_t status = seen != NULL ? BINNET_OK : binnet_ctx_fail(ctx, BINNET_E_NOMEM, "out of memory");
    for (size_t i = 0; neuron != NULL && i < k && status == BINNET_OK; i++)
        if (neuron[i] >= file->net.n || seen[neuron[i]]++)
            status = binnet_ctx_fail(ctx, BINNET_E_RANGE, "neuron: expected different neurons of the file");
    memory_free(&a.call.memory, seen);
    return status == BINNET_OK ? make_noise_part(&a, out, &file->net, k, neuron, factor) : status;
}

int32_t binnet_network_file_print(binnet_ctx *ctx, binnet_text **out, const binnet_network_file *file,
                                  const char *format)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, file);
    API_NEED(ctx, format);
    binnet_text *text = text_new(&a);
    if (text == NULL)
        return api_end(&a, EXIT_BUDGET);
    return text_end(&a, out, text,
                    network_print(&text->out, &file->net, "the network", format, text->lost, sizeof text->lost,
                                  &a.why));
}

/* A caller's function that takes pieces. */
typedef struct taker {
    binnet_write_fn write;
    void *user;
} taker;

static int take_piece(void *user, const char *bytes, size_t length, failure *why)
{
    const taker *t = user;
    return t->write(t->user, bytes, length) == 0
               ? EXIT_DONE
               : with_status(why, BINNET_E_FILE,
                             fail(why, EXIT_STOPPED, "the caller's function did not take the text"));
}

int32_t binnet_network_file_write(binnet_ctx *ctx, char *lost, size_t lost_size, const binnet_network_file *file,
                                  const char *format, binnet_write_fn write, void *user)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, format);
    API_NEED(ctx, write);
    if (lost == NULL && lost_size > 0)
        return binnet_ctx_fail(ctx, BINNET_E_NULL, "lost is NULL");
    out_text out = {.take = take_piece, .user = &(taker){write, user}};
    int code = network_print(&out, &file->net, "the network", format, lost, lost_size, &a.why);
    out_free(&out);
    return api_end(&a, code);
}

int32_t binnet_network_file_save(binnet_ctx *ctx, char *lost, size_t lost_size, const binnet_network_file *file,
                                 const char *format, const char *path)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, format);
    API_NEED(ctx, path);
    if (lost == NULL && lost_size > 0)
        return binnet_ctx_fail(ctx, BINNET_E_NULL, "lost is NULL");
    saving s;
    int code = saving_begin(&s, path, &a.why);
    if (code == EXIT_DONE)
        code = saving_end(&s, network_print(&s.out, &file->net, path, format, lost, lost_size, &a.why));
    return api_end(&a, code);
}

const char *binnet_network_format(const char *path)
{
    static const char *const known[][2] = {{".json", "json"}, {".csv", "matrix"},      {".mtx", "mtx"},
                                           {".npy", "npy"},   {".graphml", "graphml"}, {".bnet", "bnet"}};
    const char *ending = path != NULL ? strrchr(path, '.') : NULL;
    for (size_t k = 0; ending != NULL && k < sizeof known / sizeof *known; k++)
        if (strcmp(ending, known[k][0]) == 0)
            return known[k][1];
    return NULL;
}
