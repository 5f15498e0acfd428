/* What readers and writers of network files share: text and places in it, numbers, names, collecting connections. */
#ifndef TOOL_READING_H
#define TOOL_READING_H

#include "files/network.h"
#include "files/out_text.h"
#include "text/text.h"

#include <stdio.h>

/* Longest name of a neuron, in bytes. */
enum { MAX_NAME = 255 };

/* An index from names; the names are numbered as they come. */
typedef struct name_set {
    file_memory memory;
    char **name;
    size_t count, room;
    uint32_t *slot; /* number + 1 of the name, by hash; 0: free */
    size_t slots;
} name_set;

/* Number of the name, added when new (*fresh = 1); -1: no memory. */
int64_t names_add(name_set *set, const char *name, int *fresh);
int64_t names_find(const name_set *set, const char *name); /* -1: not there */
void names_free(name_set *set);

typedef struct connection {
    int32_t post, pre;
    double weight;
    size_t place; /* as draft_fail */
} connection;

/* A network being read. */
typedef struct draft {
    network *net;
    const document *doc;
    const import_options *how;
    failure *why;
    name_set names;
    connection *list;
    size_t count, room;
    const char *list_name; /* JSON: the list of which a place is an index; NULL: places are lines */
    int undecided;         /* nothing says what the rows of the matrix are: it must be symmetric */
    size_t undecided_line;
    char signs[200]; /* where they come from, for a note; "": no note */
} draft;

/* EXIT_INPUT at a place: a line, or an item of the JSON list `list_name` with its line. */
int draft_fail(draft *d, size_t place, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A name, checked: not empty, not too long, no control characters. */
int draft_check_name(draft *d, const char *name, size_t place);
/* A new neuron; a second one of that name is an error. */
int draft_add_neuron(draft *d, const char *name, size_t place);
int draft_connect(draft *d, int64_t pre, int64_t post, double weight, size_t place);
/* Entry (row, column) of a matrix with the orientation that draft_orientation found. */
int draft_enter(draft *d, int orientation, size_t row, size_t column, double weight, size_t place);
/* The orientation, from the file (stated, at line) and from how->orientation, which must agree. Where neither says it,
   draft_finish demands that the matrix is symmetric. */
int draft_orientation(draft *d, int *out, int stated, size_t line);
/* Names for n neurons from `path` (one a line), or "1", "2", ... when it is NULL. */
int draft_name_neurons(draft *d, const char *path, size_t n);
/* Every name of a file, each new: one a line, below a heading or not, or the column "neuron" or "name" of a table. */
int draft_read_names(draft *d, const char *path);
/* Hands the names over to the network and sets thresholds, stimuli and normalisations of n or n_sizes entries. */
int draft_finish_names(draft *d);
/* draft_finish_names, the transmitters' signs and the weight scale, and the compressed rows. d->signs says whose signs
   the weights have. */
int draft_finish(draft *d);
void draft_free(draft *d);
/* Multiplies the weights in the list by the factors of how->transmitters. */
int draft_apply_transmitters(draft *d);

int read_json(draft *d, const document *doc);
int read_csv_matrix(draft *d, const document *doc);
int read_csv_edges(draft *d, const document *doc);
/* Does it begin as a Matrix Market file? One % at the start is taken for two. */
int is_matrix_market(const char *text, size_t length);
int read_mtx(draft *d, const document *doc);
int read_npy(draft *d, const document *doc);
int read_node_link(draft *d, const document *doc);
/* Is JSON text a graph of networkx, rather than our own? */
int is_node_link(const char *text, size_t length);
int read_graphml(draft *d, const document *doc);
/* "matrix" or "edges" by the first row of a CSV file; NULL: neither. */
int detect_csv(const char **format, const document *doc, const import_options *how, failure *why);
/* Line of "edges[3].post" in JSON text that is known to be valid, or of what is there of it ("edges[3]"). */
size_t json_line(const document *doc, const char *path);

void write_json(const network *net, out_text *out);
void write_mtx(const network *net, out_text *out);
void write_node_link(const network *net, out_text *out);
void write_graphml(const network *net, out_text *out);
void write_bnet(const network *net, out_text *out);
/* Whether every neuron hears few enough others for write_bnet. */
int check_bnet(const network *net, const char *path, failure *why);
/* "text", with its quotes. */
void out_json_string(out_text *out, const char *text);
/* Weight from neuron j to i; 0 where there is none. */
double network_weight(const network *net, size_t i, size_t j);

#endif
