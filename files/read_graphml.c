/*
 * GraphML: <graph edgedefault="directed"> with <node id="..."> and <edge source="..." target="...">, whose data are named by
 * <key id="..." for="edge" attr.name="weight">: weight of edges; threshold, stimulus, normalisation of nodes. Nodes come before the edges
 * that name them. An edge goes from the sender to the receiver; in an undirected graph in both directions.
 */
#include "files/reading.h"

#ifdef BNF_EXPAT

#include <expat.h>
#include <string.h>
#include <strings.h>

enum { NOTHING, WEIGHT, THRESHOLD, STIMULUS, NORMALISATION, QUANTITIES, MAX_KEYS = 64, MOST_DEPTH = 64 };
static const char *const quantity_names[QUANTITIES] = {"", "weight", "threshold", "stimulus", "normalisation"};

typedef struct edge_read {
    int64_t pre, post;
    double weight;
    int directed;
    size_t line;
} edge_read;

typedef struct graph_reader {
    draft *d;
    XML_Parser parser;
    int code; /* of the first failure */
    size_t depth;
    int in_graph, graphs, directed, in_node, in_edge;
    struct {
        char id[64];
        int quantity, of_node;
        double otherwise;
        int has_otherwise;
    } key[MAX_KEYS];
    size_t keys;
    int quantity, default_of; /* of the <data> or <default> that is open; default_of: key + 1 */
    unsigned given;           /* quantities that the open node or edge has, by bits */
    char text[128];
    size_t length;
    edge_read edge;
    double *value[QUANTITIES]; /* of the nodes, NAN: not said; [room] */
    size_t room, nodes, unweighted, undirected;
} graph_reader;

static size_t line_of(const graph_reader *r)
{
    return (size_t)XML_GetCurrentLineNumber(r->parser);
}

static void stop_graph(graph_reader *r, int code)
{
    if (r->code == EXIT_DONE)
        r->code = code;
    if (code != EXIT_DONE)
        XML_StopParser(r->parser, XML_FALSE);
}

#define GRAPH_FAIL(r, ...) stop_graph(r, fail_at((r)->d->why, EXIT_INPUT, (r)->d->doc->path, line_of(r), __VA_ARGS__))

static const char *attribute(const XML_Char **list, const char *name)
{
    for (; *list != NULL; list += 2)
        if (strcmp(list[0], name) == 0)
            return list[1];
    return NULL;
}

/* Without the name of its space: "g:node". */
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static void begin_key(graph_reader *r, const XML_Char **list)
{
    const char *id = attribute(list, "id"), *of = attribute(list, "for"), *name = attribute(list, "attr.name");
    if (id == NULL || name == NULL)
        return;
    int quantity = NOTHING;
    for (int q = 1; q < QUANTITIES; q++)
        if (strcmp(quantity_names[q], name) == 0)
            quantity = q;
    int node = of == NULL || strcmp(of, "node") == 0 || strcmp(of, "all") == 0;
    int edge = of == NULL || strcmp(of, "edge") == 0 || strcmp(of, "all") == 0;
    if (quantity == NOTHING || !(quantity == WEIGHT ? edge : node))
        return;
    if (r->graphs > 0) {
        GRAPH_FAIL(r, "a key of the %s below the graph; expected it above", name);
        return;
    }
    if (r->keys == MAX_KEYS || strlen(id) >= sizeof r->key[0].id) {
        GRAPH_FAIL(r, "more than %d keys, or one of %zu bytes", MAX_KEYS, strlen(id));
        return;
    }
    strcpy(r->key[r->keys].id, id);
    r->key[r->keys].quantity = quantity;
    r->key[r->keys].of_node = quantity != WEIGHT;
    r->keys++;
}

static int grow_nodes(graph_reader *r)
{
    if (r->nodes < r->room)
        return EXIT_DONE;
    const file_memory *m = memory_of(r->d->why);
    size_t room = 2 * r->room + 64;
    for (int q = THRESHOLD; q < QUANTITIES; q++) {
        double *larger = memory_grow(m, r->value[q], room * sizeof *larger);
        if (larger == NULL)
            return fail_memory(r->d->why, r->d->doc->path);
        r->value[q] = larger;
    }
    r->room = room;
    return EXIT_DONE;
}

static double default_value(const graph_reader *r, int quantity, double otherwise)
{
    for (size_t k = 0; k < r->keys; k++)
        if (r->key[k].quantity == quantity && r->key[k].has_otherwise)
            return r->key[k].otherwise;
    return otherwise;
}

/* Whether the attribute is true, or else the second word; what is neither is wrong. */
static int read_choice(graph_reader *r, const char *name, const char *text, const char *const words[4])
{
    for (int k = 0; k < 4; k++)
        if (strcmp(words[k], text) == 0)
            return k % 2 == 0;
    GRAPH_FAIL(r, "%s is '%.60s'; expected %s or %s", name, text, words[0], words[1]);
    return 0;
}

static void begin_node(graph_reader *r, const XML_Char **list)
{
    const char *id = attribute(list, "id");
    if (id == NULL) {
        GRAPH_FAIL(r, "a node without an id");
        return;
    }
    int code = draft_add_neuron(r->d, id, line_of(r));
    if (code == EXIT_DONE)
        code = grow_nodes(r);
    if (code != EXIT_DONE) {
        stop_graph(r, code);
        return;
    }
    r->value[THRESHOLD][r->nodes] = default_value(r, THRESHOLD, 0);
    r->value[STIMULUS][r->nodes] = default_value(r, STIMULUS, 0);
    r->value[NORMALISATION][r->nodes] = default_value(r, NORMALISATION, 1);
    r->nodes++;
    r->in_node = 1;
    r->given = 0;
}

static void begin_edge(graph_reader *r, const XML_Char **list)
{
    static const char *const truths[] = {"true", "false", "1", "0"};
    const char *source = attribute(list, "source"), *target = attribute(list, "target"),
               *directed = attribute(list, "directed");
    r->edge = (edge_read){.pre = source ? names_find(&r->d->names, source) : -1,
                          .post = target ? names_find(&r->d->names, target) : -1,
                          .weight = default_value(r, WEIGHT, 1),
                          .directed = directed != NULL ? read_choice(r, "directed", directed, truths) : r->directed,
                          .line = line_of(r)};
    if (r->edge.pre < 0 || r->edge.post < 0) {
        const char *which = r->edge.pre < 0 ? source : target;
        GRAPH_FAIL(r, "an edge %s '%.60s'; expected a node above it", r->edge.pre < 0 ? "from" : "to",
                   which != NULL ? which : "");
        return;
    }
    r->in_edge = 1;
    r->given = 0;
}

static void begin_data(graph_reader *r, const XML_Char **list)
{
    const char *key = attribute(list, "key");
    r->quantity = NOTHING;
    r->length = 0;
    for (size_t k = 0; key != NULL && k < r->keys; k++)
        if (strcmp(r->key[k].id, key) == 0 && (r->key[k].of_node ? r->in_node : r->in_edge))
            r->quantity = r->key[k].quantity;
}

static void XMLCALL begin_element(void *user, const XML_Char *full, const XML_Char **list)
{
    static const char *const ways[] = {"directed", "undirected", "directed", "undirected"};
    graph_reader *r = user;
    const char *name = local_name(full);
    if (++r->depth > MOST_DEPTH) {
        GRAPH_FAIL(r, "elements are %d deep; expected fewer", MOST_DEPTH);
        return;
    }
    if (r->quantity != NOTHING) {
        GRAPH_FAIL(r, "the %s has elements; expected a number", quantity_names[r->quantity]);
        return;
    }
    if (strcmp(name, "key") == 0) {
        size_t before = r->keys;
        begin_key(r, list);
        r->default_of = r->keys > before ? (int)r->keys : 0;
    } else if (strcmp(name, "default") == 0) {
        r->quantity = r->default_of > 0 ? r->key[r->default_of - 1].quantity : NOTHING;
        r->length = 0;
    } else if (strcmp(name, "graph") == 0) {
        const char *way = attribute(list, "edgedefault");
        if (r->graphs++ > 0) {
            GRAPH_FAIL(r, "a second graph, or a graph in a graph; expected one");
            return;
        }
        r->directed = way == NULL || read_choice(r, "edgedefault", way, ways);
        r->in_graph = 1;
    } else if (strcmp(name, "hyperedge") == 0) {
        GRAPH_FAIL(r, "a hyperedge; expected edges between two nodes");
    } else if ((r->in_node || r->in_edge) && (strcmp(name, "node") == 0 || strcmp(name, "edge") == 0)) {
        GRAPH_FAIL(r, "%s in %s; expected one after the other", strcmp(name, "node") == 0 ? "a node" : "an edge",
                   r->in_node ? "a node" : "an edge");
    } else if (r->in_graph && strcmp(name, "node") == 0) {
        begin_node(r, list);
    } else if (r->in_graph && strcmp(name, "edge") == 0) {
        begin_edge(r, list);
    } else if (strcmp(name, "data") == 0) {
        begin_data(r, list);
    }
}

static void XMLCALL take_characters(void *user, const XML_Char *text, int length)
{
    graph_reader *r = user;
    if (r->quantity == NOTHING)
        return;
    if (r->length + (size_t)length >= sizeof r->text) {
        GRAPH_FAIL(r, "the %s has more than %zu characters; expected a number", quantity_names[r->quantity],
                   sizeof r->text - 1);
        return;
    }
    memcpy(r->text + r->length, text, (size_t)length);
    r->length += (size_t)length;
}

static int read_quantity(graph_reader *r, double *out)
{
    const char *begin = r->text, *end = r->text + r->length;
    while (begin < end && strchr(" \t\r\n", *begin))
        begin++;
    while (end > begin && strchr(" \t\r\n", end[-1]))
        end--;
    const char *wrong = parse_number(out, begin, (size_t)(end - begin));
    if (wrong != NULL)
        GRAPH_FAIL(r, "%s is '%.*s'; %s", quantity_names[r->quantity], (int)(end - begin), begin, wrong);
    return wrong == NULL;
}

static void end_data(graph_reader *r)
{
    int quantity = r->quantity;
    double x;
    if (quantity != NOTHING && read_quantity(r, &x)) {
        if (quantity == NORMALISATION && !(x > 0))
            GRAPH_FAIL(r, "normalisation is %g; expected more than 0", x);
        else if (r->given >> quantity & 1)
            GRAPH_FAIL(r, "a second %s; expected one", quantity_names[quantity]);
        else
            *(quantity == WEIGHT ? &r->edge.weight : &r->value[quantity][r->nodes - 1]) = x;
        r->given |= 1u << quantity;
    }
    r->quantity = NOTHING;
}

static void end_default(graph_reader *r)
{
    double x;
    if (r->quantity != NOTHING && read_quantity(r, &x)) {
        if (r->quantity == NORMALISATION && !(x > 0))
            GRAPH_FAIL(r, "normalisation is %g; expected more than 0", x);
        r->key[r->default_of - 1].otherwise = x;
        r->key[r->default_of - 1].has_otherwise = 1;
    }
    r->quantity = NOTHING;
}

static void end_edge(graph_reader *r)
{
    const edge_read *e = &r->edge;
    r->in_edge = 0;
    r->unweighted += !(r->given >> WEIGHT & 1);
    r->undirected += !e->directed;
    int code = draft_connect(r->d, e->pre, e->post, e->weight, e->line);
    if (code == EXIT_DONE && !e->directed && e->pre != e->post)
        code = draft_connect(r->d, e->post, e->pre, e->weight, e->line);
    stop_graph(r, code);
}

static void XMLCALL end_element(void *user, const XML_Char *full)
{
    graph_reader *r = user;
    const char *name = local_name(full);
    r->depth--;
    if (r->code != EXIT_DONE)
        return;
    if (strcmp(name, "data") == 0)
        end_data(r);
    else if (strcmp(name, "default") == 0)
        end_default(r);
    else if (strcmp(name, "key") == 0)
        r->default_of = 0;
    else if (strcmp(name, "node") == 0)
        r->in_node = 0;
    else if (strcmp(name, "edge") == 0 && r->in_edge)
        end_edge(r);
    else if (strcmp(name, "graph") == 0)
        r->in_graph = 0;
}

/* Entities of its own would let a small file grow without bound: there is no use for them here. */
static void XMLCALL refuse_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                                   int internal)
{
    (void)name;
    (void)system;
    (void)public;
    if (internal)
        GRAPH_FAIL((graph_reader *)user, "a document type with declarations of its own; expected none");
}

static int parse_graph(graph_reader *r, const document *doc)
{
    enum { PIECE = 1 << 20 }; /* expat takes an int */
    for (size_t at = 0; r->code == EXIT_DONE;) {
        size_t left = doc->length - at, length = left < PIECE ? left : PIECE;
        enum XML_Status status = XML_Parse(r->parser, doc->text + at, (int)length, left == length);
        if (r->code != EXIT_DONE)
            break;
        enum XML_Error error = status == XML_STATUS_OK ? XML_ERROR_NONE : XML_GetErrorCode(r->parser);
        if (error == XML_ERROR_NO_MEMORY)
            return fail_memory(r->d->why, doc->path);
        if (error != XML_ERROR_NONE)
            return fail_at(r->d->why, EXIT_INPUT, doc->path, line_of(r), "%s", XML_ErrorString(error));
        TRY(poll_call(r->d->why, 0.9 * (double)at / (double)doc->length));
        at += length;
        if (left == length)
            break;
    }
    return r->code;
}

static int finish_graph(graph_reader *r, const document *doc)
{
    draft *d = r->d;
    TRY(parse_graph(r, doc));
    if (r->graphs == 0)
        return fail_at(d->why, EXIT_INPUT, doc->path, 0, "has no graph");
    if (r->unweighted > 0)
        TRY(network_note(d->net, d->why, "%zu edges without a weight have %g", r->unweighted,
                         default_value(r, WEIGHT, 1)));
    if (r->undirected > 0)
        TRY(network_note(d->net, d->why, "%zu undirected edges are connections in both directions", r->undirected));
    TRY(draft_finish(d));
    memcpy(d->net->threshold, r->value[THRESHOLD], d->net->n * sizeof(double));
    memcpy(d->net->stimulus, r->value[STIMULUS], d->net->n * sizeof(double));
    memcpy(d->net->normalisation, r->value[NORMALISATION], d->net->n * sizeof(double));
    return EXIT_DONE;
}

int read_graphml(draft *d, const document *doc)
{
    const file_memory *m = memory_of(d->why);
    graph_reader *r = memory_new(m, 1, sizeof *r);
    if (r == NULL)
        return fail_memory(d->why, doc->path);
    r->d = d;
    r->parser = XML_ParserCreate(NULL);
    int code = EXIT_DONE;
    if (r->parser == NULL)
        code = fail_memory(d->why, doc->path);
    else {
        XML_SetUserData(r->parser, r);
        XML_SetElementHandler(r->parser, begin_element, end_element);
        XML_SetCharacterDataHandler(r->parser, take_characters);
        XML_SetStartDoctypeDeclHandler(r->parser, refuse_doctype);
        code = finish_graph(r, doc);
        XML_ParserFree(r->parser);
    }
    for (int q = THRESHOLD; q < QUANTITIES; q++)
        memory_free(m, r->value[q]);
    memory_free(m, r);
    return code;
}

#else

int read_graphml(draft *d, const document *doc)
{
    return fail_at(d->why, EXIT_USAGE, doc->path, 0, "is GraphML, which this program was built without (expat)");
}

#endif
