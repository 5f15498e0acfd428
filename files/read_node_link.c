/*
 * networkx's node-link JSON: {"directed": ..., "multigraph": ..., "graph": {...}, "nodes": [{"id": ...}, ...],
 * "links" or, since networkx 3.4, "edges": [{"source": ..., "target": ..., "weight": ...}, ...]}. An edge goes from the sender to
 * the receiver; in an undirected graph in both directions.
 */
#include "files/json_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* An id is a string or a whole number. */
static int id_text(draft *d, const json_t *id, const char *path, char *out, size_t size)
{
    if (json_is_string(id)) {
        if (json_string_length(id) >= size)
            return json_bad(d, path, "the id has %zu bytes; expected at most %d", json_string_length(id), MAX_NAME);
        strcpy(out, json_string_value(id));
        return EXIT_DONE;
    }
    if (!json_is_integer(id))
        return json_wrong_kind(d, path, id, "a string or a whole number");
    snprintf(out, size, "%lld", (long long)json_integer_value(id));
    return EXIT_DONE;
}

static int read_nodes(draft *d, const json_t *list)
{
    char name[MAX_NAME + 1];
    if (!json_is_array(list))
        return json_wrong_kind(d, "nodes", list, "a list of objects");
    d->list_name = "nodes";
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *node = json_array_get(list, i);
        if (!json_is_object(node))
            return json_wrong_kind(d, json_item("nodes", i, "").text, node, "an object");
        TRY(id_text(d, json_object_get(node, "id"), json_item("nodes", i, "id").text, name, sizeof name));
        TRY(draft_add_neuron(d, name, i));
    }
    return EXIT_DONE;
}

static int link_end(draft *d, const json_t *edge, const char *list, size_t i, const char *key, int64_t *neuron)
{
    char name[MAX_NAME + 1];
    json_place here = json_item(list, i, key);
    TRY(id_text(d, json_object_get(edge, key), here.text, name, sizeof name));
    *neuron = names_find(&d->names, name);
    return *neuron >= 0 ? EXIT_DONE : json_bad(d, here.text, "found '%.60s'; expected the id of a node", name);
}

static int read_links(draft *d, const json_t *list, const char *name, int directed)
{
    size_t unweighted = 0;
    if (!json_is_array(list))
        return json_wrong_kind(d, name, list, "a list of objects");
    d->list_name = name;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *edge = json_array_get(list, i);
        int64_t pre, post;
        double weight = 1;
        if (!json_is_object(edge))
            return json_wrong_kind(d, json_item(name, i, "").text, edge, "an object");
        TRY(link_end(d, edge, name, i, "source", &pre));
        TRY(link_end(d, edge, name, i, "target", &post));
        const json_t *value = json_object_get(edge, "weight");
        unweighted += value == NULL;
        if (value != NULL)
            TRY(json_read_number(d, value, json_item(name, i, "weight").text, &weight));
        TRY(draft_connect(d, pre, post, weight, i));
        if (!directed && pre != post)
            TRY(draft_connect(d, post, pre, weight, i));
    }
    if (unweighted > 0)
        TRY(network_note(d->net, d->why, "%zu edges without a weight have 1", unweighted));
    return directed ? EXIT_DONE
                    : network_note(d->net, d->why, "undirected: every edge is a connection in both directions");
}

/* Threshold, stimulus and normalisation of the nodes, where they have them. */
static int read_node_parameters(draft *d, const json_t *list)
{
    network *net = d->net;
    for (size_t i = 0; i < net->n; i++) {
        const json_t *node = json_array_get(list, i);
        const struct {
            const char *key;
            double *out;
        } wanted[] = {{"threshold", &net->threshold[i]},
                      {"stimulus", &net->stimulus[i]},
                      {"normalisation", &net->normalisation[i]}};
        for (size_t k = 0; k < 3; k++) {
            const json_t *value = json_object_get(node, wanted[k].key);
            if (value != NULL)
                TRY(json_read_number(d, value, json_item("nodes", i, wanted[k].key).text, wanted[k].out));
        }
        if (!(net->normalisation[i] > 0))
            return json_bad(d, json_item("nodes", i, "normalisation").text, "found %g; expected more than 0",
                            net->normalisation[i]);
    }
    return EXIT_DONE;
}

static int read_graph(draft *d, const json_t *root)
{
    if (!json_is_object(root))
        return json_wrong_kind(d, "", root, "an object");
    const json_t *links = json_object_get(root, "links"), *edges = json_object_get(root, "edges");
    const json_t *directed = json_object_get(root, "directed"),
                 *title = json_object_get(json_object_get(root, "graph"), "name");
    if (!links == !edges)
        return json_bad(d, "", "found %s links %s edges; expected one of them", links ? "both" : "neither",
                        links ? "and" : "nor");
    if (directed != NULL && !json_is_boolean(directed))
        return json_wrong_kind(d, "directed", directed, "true or false");
    if (d->how->orientation != ORIENTATION_NONE)
        return fail(d->why, EXIT_USAGE,
                    "--orientation is given, but %.400s lists connections; expected it with a matrix", d->doc->path);
    TRY(read_nodes(d, json_object_get(root, "nodes")));
    TRY(read_links(d, links ? links : edges, links ? "links" : "edges", json_is_true(directed)));
    TRY(draft_finish(d));
    TRY(read_node_parameters(d, json_object_get(root, "nodes")));
    return json_is_string(title) ? json_read_copy(d, json_object_get(root, "graph"), "name", &d->net->title)
                                 : EXIT_DONE;
}

int read_node_link(draft *d, const document *doc)
{
    json_t *root;
    TRY(json_load(d->why, doc, &root));
    int code = read_graph(d, root);
    json_decref(root);
    return code;
}

/* Is the word in the text? */
static int has_word(const char *text, size_t length, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = text, *end = text + length; (size_t)(end - at) >= size; at++) {
        at = memchr(at, word[0], (size_t)(end - at) - size + 1);
        if (at == NULL)
            return 0;
        if (memcmp(at, word, size) == 0)
            return 1;
    }
    return 0;
}

int is_node_link(const char *text, size_t length)
{
    json_error_t error;
    if (has_word(text, length, "\"binnet-") || !has_word(text, length, "\"nodes\""))
        return 0; /* without parsing it all */
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    int found = json_is_object(root) && json_object_get(root, "format") == NULL &&
                json_object_get(root, "nodes") != NULL;
    json_decref(root);
    return found;
}
