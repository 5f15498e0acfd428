/* A network as files hold it, with its names; reading it, changing it, writing it. */
#ifndef TOOL_NETWORK_H
#define TOOL_NETWORK_H

#include "files/private_names.h"
#include "text/failure.h"
#include "files/out_text.h"

#include <binnet/binnet.h>

#include <stddef.h>
#include <stdint.h>

enum { ORIENTATION_NONE = 0, ORIENTATION_PRE_ROWS = 1, ORIENTATION_POST_ROWS = 2 };

/* How much of the noise and the update rule a file fixes; the command's options go before it. */
typedef struct noise_choice {
    int32_t kind;  /* BINNET_NOISE_*, 0: not given */
    double *scale; /* double[n], or NULL: `common` for all */
    double common;
    double dof; /* Student t */
    /* Gaussian and correlated: double[n][n], or double[n][n_factors] beside scale or common, what is a neuron's own */
    double *covariance, *factors;
    size_t n_factors;
} noise_choice;

/*
 * Either edges (compressed rows, row i = what neuron i receives, presynaptic partners rising and unique), or, when
 * n_sizes > 0, homogeneous populations: size[p], J[p][p] from column to row, one entry for each population in
 * threshold, stimulus, normalisation, and n = sum of size. The names of homogeneous neurons are the population's name
 * and a number from 1 ("L4E.1"), or the population's name alone where it has one neuron.
 */
typedef struct network {
    char *title;  /* or NULL */
    char *source; /* citation, or NULL */
    size_t n;
    char **name; /* [n], unique, none empty */

    int64_t *row_ptr; /* [n + 1] */
    int32_t *col;
    double *weight;

    size_t n_sizes;
    int64_t *size;
    double *J;
    int self_connections;

    double *threshold, *stimulus, *normalisation; /* [n], or [n_sizes]; never NULL */
    int tie;                                      /* BINNET_TIE_* */

    size_t n_populations; /* 0: none are named */
    char **population_name;
    int32_t *population; /* [n] */

    noise_choice noise;
    int32_t update; /* BINNET_UPDATE_*, 0: not given */

    char *doubt;    /* what the import did and may not have been meant, one line, or NULL; it is a note too */
    size_t n_notes; /* what the import decided, one line each: "glutamate counted as -1 (--sign Glu=-1)" */
    char **note;

    file_memory memory; /* of all that is above */
} network;

typedef struct sign_rule {
    const char *transmitter;
    double factor; /* +1, -1 or 0 */
} sign_rule;

/* Rows of an edge list to take: those with this text in this column; of several for one column, any. */
typedef struct row_filter {
    const char *column, *text;
} row_filter;

/* Connections whose sign is none of 1, -1, 0, +, -. */
enum { UNSIGNED_REFUSE = 0, UNSIGNED_DROP, UNSIGNED_PLUS, UNSIGNED_MINUS };

typedef struct import_options {
    const char *format;     /* "json", "matrix", "edges", "mtx", "npy", or NULL: by the file's ending and first line */
    int orientation;        /* matrix, mtx, npy; ORIENTATION_NONE: must be stated by the file (pre\post, post\pre) */
    const char *names_file; /* mtx, npy, a matrix without names: one name a line, or NULL: "1", "2", ... */
    int number_names;       /* matrix: the first row has names even where these are numbers */
    /* CSV with the transmitter of each presynaptic neuron, or NULL */
    const char *transmitters, *transmitter_column;
    const sign_rule *sign;
    size_t n_signs;
    /* edges; NULL: pre, post, weight, and sign if there is one; sign_column "": no signs even if there is one;
       weight_column "": every weight is 1, as where there is no other column that could hold it */
    const char *pre_column, *post_column, *weight_column, *sign_column;
    int unsigned_edges; /* edges with a sign column: UNSIGNED_* */
    int undirected;     /* edges: each is a connection in both directions */
    const row_filter *filter;
    size_t n_filters;
    /* edges: every neuron, one name a line, in the order wanted; NULL: in order of appearance */
    const char *neurons_file;
    int sum_duplicates;  /* several entries for a pair are added; otherwise they are an error */
    double weight_scale; /* 1; never 0 */
    uint64_t max_bytes;  /* of one file; 0: 256 MiB */
} import_options;

/* Returns EXIT_DONE, or a code with *why set and *out empty. `path` "-" is standard input (format then needed). */
int network_read(network *out, const char *path, const import_options *how, failure *why);
/* The same from memory; `path` is only named in messages. For the fuzz target too. */
int network_read_text(network *out, const char *path, const char *text, size_t length, const import_options *how,
                      failure *why);
void network_free(network *net);

/* The text of a file of a format (what is lost goes to *lost, or ""). *out is empty, or says who takes the text. `path` is named in
   messages. *out is empty on failure. */
int network_print(out_text *out, const network *net, const char *path, const char *format, char *lost, size_t lost_size,
                  failure *why);

/* The library's object. ctx messages become failures. */
int network_make(binnet_ctx *ctx, binnet_net **out, const network *net, failure *why);
/* The library's noise; dof is for Student t. Returns the library's code. */
int32_t noise_make(binnet_ctx *ctx, binnet_noise **out, int32_t kind, size_t n, const double *scale, double dof);

/* Correlated noise of k of the n neurons (NULL: of all), its standard deviations times `times`. */
int32_t noise_make_correlated(binnet_ctx *ctx, binnet_noise **out, const noise_choice *noise, size_t n, size_t k,
                              const size_t *neuron, double times);
static inline int noise_is_correlated(const noise_choice *noise)
{
    return noise->covariance || noise->factors;
}

/* Neuron by name, or -1. */
int64_t network_find(const network *net, const char *name);
int network_note(network *net, failure *why, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
