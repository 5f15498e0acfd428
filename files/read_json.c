/* The project's own network files: JSON, read with Jansson and checked key by key. */
#include "files/json_values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- neurons and populations --- */

static int read_neurons(draft *d, const json_t *list)
{
    static const char *const keys[] = {"name", "threshold", "stimulus", "normalisation", "population", NULL};
    if (!json_is_array(list))
        return json_wrong_kind(d, "neurons", list, "a list of names or objects");
    d->list_name = "neurons";
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        json_place here = json_item("neurons", i, "");
        const json_t *name = item;
        if (json_is_object(item)) {
            TRY(json_check_keys(d, item, here.text, keys));
            name = json_object_get(item, "name");
            if (!json_is_string(name))
                return json_wrong_kind(d, json_item("neurons", i, "name").text, name, "a string");
        }
        if (!json_is_string(name))
            return json_wrong_kind(d, here.text, item, "a name or an object");
        TRY(draft_add_neuron(d, json_string_value(name), i));
    }
    return json_array_size(list) ? EXIT_DONE : json_bad(d, "neurons", "is empty; expected at least one neuron");
}

static int add_population_neurons(draft *d, const char *name, int64_t size, size_t place)
{
    char numbered[MAX_NAME + 24];
    if (size == 1)
        return draft_add_neuron(d, name, place);
    for (int64_t k = 1; k <= size; k++) {
        snprintf(numbered, sizeof numbered, "%s.%lld", name, (long long)k);
        TRY(draft_add_neuron(d, numbered, place));
    }
    return EXIT_DONE;
}

static int read_sizes(draft *d, const json_t *list, name_set *names)
{
    static const char *const keys[] = {"name", "size", "threshold", "stimulus", "normalisation", NULL};
    network *net = d->net;
    size_t count = json_array_size(list);
    int64_t n = 0;
    int fresh;
    if (!json_is_array(list))
        return json_wrong_kind(d, "populations", list, "a list of objects");
    if (count == 0 || count > BINNET_MAX_NETWORK)
        return json_bad(d, "populations", "found %zu; expected 1 to %d", count, BINNET_MAX_NETWORK);
    net->n_sizes = count;
    net->size = memory_new(memory_of(d->why), count, sizeof *net->size);
    if (!net->size)
        return fail_memory(d->why, d->doc->path);
    d->list_name = "populations";
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(list, i);
        json_place here = json_item("populations", i, ""), at_name = json_item("populations", i, "name"),
                   at_size = json_item("populations", i, "size");
        if (!json_is_object(item))
            return json_wrong_kind(d, here.text, item, "an object");
        TRY(json_check_keys(d, item, here.text, keys));
        const json_t *name = json_object_get(item, "name"), *size = json_object_get(item, "size");
        if (!json_is_string(name))
            return json_wrong_kind(d, at_name.text, name, "a string");
        if (!json_is_integer(size))
            return json_wrong_kind(d, at_size.text, size, "a whole number");
        net->size[i] = json_integer_value(size);
        if (net->size[i] < 1 || net->size[i] > BINNET_MAX_NETWORK - n)
            return json_bad(d, at_size.text, "found %lld; expected 1 or more, and at most %d neurons in all",
                            (long long)net->size[i], BINNET_MAX_NETWORK);
        n += net->size[i];
        TRY(draft_check_name(d, json_string_value(name), i));
        if (names_add(names, json_string_value(name), &fresh) < 0)
            return fail_memory(d->why, d->doc->path);
        if (!fresh)
            return json_bad(d, at_name.text, "two populations are named '%.60s'", json_string_value(name));
        TRY(add_population_neurons(d, json_string_value(name), net->size[i], i));
    }
    return EXIT_DONE;
}

/* The names of populations go over to the network. */
static void hand_over(network *net, name_set *set)
{
    net->n_populations = set->count;
    net->population_name = set->name;
    set->name = NULL;
    set->count = 0;
    names_free(set);
}

/* Threshold, stimulus and normalisation of the objects in a list of neurons or populations. */
static int read_parameters(draft *d, const json_t *list, const char *list_name)
{
    network *net = d->net;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const struct {
            const char *key;
            double *out;
        } wanted[] = {{"threshold", &net->threshold[i]},
                      {"stimulus", &net->stimulus[i]},
                      {"normalisation", &net->normalisation[i]}};
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted && json_is_object(item); k++) {
            const json_t *value = json_object_get(item, wanted[k].key);
            if (value)
                TRY(json_read_number(d, value, json_item(list_name, i, wanted[k].key).text, wanted[k].out));
        }
        if (!(net->normalisation[i] > 0))
            return json_bad(d, json_item(list_name, i, "normalisation").text, "found %g; expected more than 0",
                            net->normalisation[i]);
    }
    return EXIT_DONE;
}

static int read_population_names(draft *d, const json_t *list)
{
    network *net = d->net;
    name_set set = {.memory = *memory_of(d->why)};
    int fresh, code = EXIT_DONE;
    int first = json_object_get(json_array_get(list, 0), "population") != NULL;
    d->list_name = "neurons";
    if (first) {
        net->population = memory_new(memory_of(d->why), net->n, sizeof *net->population);
        code = net->population ? EXIT_DONE : fail_memory(d->why, d->doc->path);
    }
    for (size_t i = 0; i < net->n && code == EXIT_DONE; i++) {
        const json_t *value = json_object_get(json_array_get(list, i), "population");
        json_place here = json_item("neurons", i, "population");
        if (!first != !value) {
            code = json_bad(d, json_item("neurons", i, "").text, "expected a population for every neuron or for none");
        } else if (value && !json_is_string(value)) {
            code = json_wrong_kind(d, here.text, value, "the name of a population");
        } else if (value) {
            code = draft_check_name(d, json_string_value(value), i);
            int64_t at = code == EXIT_DONE ? names_add(&set, json_string_value(value), &fresh) : 0;
            if (at < 0)
                code = fail_memory(d->why, d->doc->path);
            else
                net->population[i] = (int32_t)at;
        }
    }
    hand_over(net, &set);
    return code;
}

/* --- weights --- */

static int edge_end(draft *d, const json_t *edge, size_t index, const char *key, int64_t *neuron)
{
    const json_t *name = json_object_get(edge, key);
    if (!json_is_string(name))
        return json_wrong_kind(d, json_item("edges", index, key).text, name, "the name of a neuron");
    *neuron = names_find(&d->names, json_string_value(name));
    if (*neuron >= 0)
        return EXIT_DONE;
    return json_bad(d, json_item("edges", index, key).text, "found '%.60s'; expected one of the neurons",
                    json_string_value(name));
}

static int read_edges(draft *d, const json_t *list)
{
    static const char *const keys[] = {"pre", "post", "weight", NULL};
    if (!json_is_array(list))
        return json_wrong_kind(d, "edges", list, "a list of objects");
    d->list_name = "edges";
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *edge = json_array_get(list, i);
        int64_t pre, post;
        double weight;
        if (!json_is_object(edge))
            return json_wrong_kind(d, json_item("edges", i, "").text, edge, "an object with pre, post and weight");
        TRY(json_check_keys(d, edge, json_item("edges", i, "").text, keys));
        TRY(edge_end(d, edge, i, "pre", &pre));
        TRY(edge_end(d, edge, i, "post", &post));
        TRY(json_read_number(d, json_object_get(edge, "weight"), json_item("edges", i, "weight").text, &weight));
        TRY(draft_connect(d, pre, post, weight, i));
    }
    return EXIT_DONE;
}

/* n x n into the list of connections, or p x p into J. */
static int read_matrix(draft *d, const json_t *root, size_t n)
{
    static const char *const words[] = {"pre-rows", "post-rows", NULL};
    const json_t *rows = json_object_get(root, "matrix");
    int32_t stated = ORIENTATION_NONE;
    int orientation;
    if (!json_is_array(rows))
        return json_wrong_kind(d, "matrix", rows, "a list of rows");
    if (d->how->sum_duplicates)
        return fail(d->why, EXIT_USAGE, "--duplicates is given, but %.400s has a matrix; expected it with edges",
                    d->doc->path);
    if (!json_object_get(root, "orientation"))
        return json_bad(d, "orientation", "is missing; expected pre-rows (row = sender) or post-rows (row = receiver)");
    TRY(json_read_word(d, root, "orientation", "orientation", words, ORIENTATION_PRE_ROWS, &stated));
    TRY(draft_orientation(d, &orientation, stated, json_line(d->doc, "orientation")));
    if (json_array_size(rows) != n)
        return json_bad(d, "matrix", "found %zu rows; expected %zu", json_array_size(rows), n);
    d->list_name = "matrix";
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        json_place here = json_item("matrix", i, "");
        if (!json_is_array(row))
            return json_wrong_kind(d, here.text, row, "a list of numbers");
        if (json_array_size(row) != n)
            return json_bad(d, here.text, "found %zu values; expected %zu", json_array_size(row), n);
        for (size_t j = 0; j < n; j++) {
            double weight;
            char path[96];
            snprintf(path, sizeof path, "matrix[%zu][%zu]", i, j);
            TRY(json_read_number(d, json_array_get(row, j), path, &weight));
            if (d->net->n_sizes)
                d->net->J[orientation == ORIENTATION_PRE_ROWS ? j * n + i : i * n + j] = weight;
            else if (weight != 0)
                TRY(draft_enter(d, orientation, i, j, weight, i));
        }
    }
    return EXIT_DONE;
}

static int read_homogeneous(draft *d, const json_t *root)
{
    network *net = d->net;
    const json_t *self = json_object_get(root, "self_connections");
    static const char *const excluded[] = {"neurons", "edges"};
    for (size_t i = 0; i < 2; i++)
        if (json_object_get(root, excluded[i]))
            return json_bad(d, excluded[i], "found beside populations; expected neurons, or populations with a matrix");
    name_set names = {.memory = *memory_of(d->why)};
    int code = read_sizes(d, json_object_get(root, "populations"), &names);
    hand_over(net, &names);
    TRY(code);
    if (!json_is_boolean(self))
        return json_wrong_kind(d, "self_connections", self, "true or false");
    net->self_connections = json_is_true(self);
    size_t p = net->n_sizes;
    /* The matrix must be in the file, so that its size is bounded by the file's. */
    if (json_array_size(json_object_get(root, "matrix")) == p) {
        net->J = p <= SIZE_MAX / sizeof *net->J / p && p <= d->doc->length / p
                     ? memory_new(memory_of(d->why), p * p, sizeof *net->J)
                     : NULL;
        if (!net->J && p > d->doc->length / p)
            return json_bad(d, "matrix", "expected %zu rows of %zu numbers", p, p);
        if (!net->J)
            return fail_memory(d->why, d->doc->path);
    }
    TRY(read_matrix(d, root, p));
    net->population = memory_new(memory_of(d->why), d->names.count, sizeof *net->population);
    if (!net->population)
        return fail_memory(d->why, d->doc->path);
    for (size_t a = 0, i = 0; a < p; a++)
        for (int64_t k = 0; k < net->size[a]; k++)
            net->population[i++] = (int32_t)a;
    return EXIT_DONE;
}

static int read_sparse(draft *d, const json_t *root)
{
    const json_t *edges = json_object_get(root, "edges"), *matrix = json_object_get(root, "matrix");
    if (json_object_get(root, "self_connections"))
        return json_bad(d, "self_connections", "found without populations; expected it only with them");
    if (!json_object_get(root, "neurons"))
        return json_bad(d, "", "neither neurons nor populations; expected one of them");
    TRY(read_neurons(d, json_object_get(root, "neurons")));
    if (!edges == !matrix)
        return json_bad(d, matrix ? "matrix" : "", "found %s edges %s matrix; expected one of them",
                        edges ? "both" : "neither", edges ? "and" : "nor");
    if (edges && d->how->orientation != ORIENTATION_NONE)
        return fail(d->why, EXIT_USAGE,
                    "--orientation is given, but %.400s lists connections; expected it with a matrix", d->doc->path);
    if (edges && json_object_get(root, "orientation"))
        return json_bad(d, "orientation", "found beside edges; expected it only with a matrix");
    return edges ? read_edges(d, edges) : read_matrix(d, root, d->names.count);
}

static int read_root(draft *d, json_t *root)
{
    static const char *const keys[] = {"format",        "title",  "source",      "comment",     "neurons",
                                       "edges",         "matrix", "orientation", "populations", "self_connections",
                                       "normalisation", "tie",    "noise",       "update",      NULL};
    if (!json_is_object(root))
        return json_wrong_kind(d, "", root, "an object");
    const json_t *format = json_object_get(root, "format");
    if (json_is_string(format) && strcmp(json_string_value(format), "binnet-ensemble 1") == 0)
        return json_bad(d, "format", "an ensemble of networks, for `binnet ensemble`; expected \"binnet-network 1\"");
    if (!json_is_string(format) || strcmp(json_string_value(format), "binnet-network 1") != 0)
        return json_bad(d, format ? "format" : "", "expected \"format\": \"binnet-network 1\"");
    TRY(json_check_keys(d, root, "", keys));
    const json_t *populations = json_object_get(root, "populations");
    TRY(populations ? read_homogeneous(d, root) : read_sparse(d, root));
    TRY(draft_finish(d));
    TRY(json_default_normalisation(d, root));
    const char *list_name = populations ? "populations" : "neurons";
    TRY(read_parameters(d, json_object_get(root, list_name), list_name));
    if (!populations)
        TRY(read_population_names(d, json_object_get(root, "neurons")));
    return json_read_settings(d, root);
}

int read_json(draft *d, const document *doc)
{
    json_error_t error;
    /* Jansson 2.14 goes on, or reports a syntax error, when memory ends in the midst of a word: errno tells. */
    errno = 0;
    json_t *root = json_loadb(doc->text, doc->length, JSON_REJECT_DUPLICATES, &error);
    if (errno == ENOMEM || (!root && json_error_code(&error) == json_error_out_of_memory)) {
        json_decref(root);
        return fail_memory(d->why, doc->path);
    }
    if (!root)
        return fail_at(d->why, EXIT_INPUT, doc->path, error.line > 0 ? (size_t)error.line : 0, "%s", error.text);
    int code = read_root(d, root);
    json_decref(root);
    return code;
}
