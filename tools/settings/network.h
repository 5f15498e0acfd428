/* The network of a file as the command uses it: read by libbinnet-files, changed by options, made an object. */
#ifndef TOOL_SETTINGS_NETWORK_H
#define TOOL_SETTINGS_NETWORK_H

#include "text/failure.h"

#include <binnet/binnet.h>
#include <binnet/files.h>

#include <stddef.h>
#include <stdint.h>

/* The option --noise, or that of a file. */
typedef struct noise_choice {
    int32_t kind;                    /* BINNET_NOISE_*, 0: not given */
    double common, dof;              /* of an option: of all neurons; Student t */
    const binnet_network_file *file; /* whose it is, or NULL */
    int correlated;
} noise_choice;

/* An option of reading and its value, as binnet_import_set takes them. */
typedef struct import_setting {
    const char *option, *value;
} import_setting;

typedef struct import_list {
    import_setting *at;
    size_t count;
} import_list;

/*
 * Either edges (compressed rows, row i = what neuron i receives, presynaptic partners rising and unique), or, when
 * n_sizes > 0, homogeneous populations: size[p], J[p][p] from column to row, one entry for each population in
 * threshold, stimulus and normalisation, and n = sum of size.
 */
typedef struct network {
    binnet_ctx *ctx;           /* of its file */
    binnet_network_file *file; /* names and texts are its */
    const char *title, *source, *doubt;
    size_t n;
    char **name; /* [n] */

    int64_t *row_ptr; /* [n + 1] */
    int32_t *col;
    double *weight;

    size_t n_sizes;
    int64_t *size;
    double *J;
    int self_connections;

    double *threshold, *stimulus, *normalisation; /* [n], or [n_sizes] */
    int tie;                                      /* BINNET_TIE_* */

    size_t n_populations;   /* 0: none are named */
    char **population_name; /* or NULL */
    int32_t *population;    /* [n], or NULL */

    noise_choice noise;
    int32_t update; /* BINNET_UPDATE_*, 0: not given */
} network;

/* How files are read; of what is not a network only format and greatest size count. */
int import_make(binnet_import **out, binnet_ctx *ctx, const import_list *how, failure *why);
/* A code of libbinnet-files with its message: of reading, where options may be wrong; and of making objects of what was read. */
int file_failure(failure *why, const binnet_ctx *ctx, int32_t status);
int object_failure(failure *why, const binnet_ctx *ctx, int32_t status);

/* EXIT_DONE, or a code with *why set and *out empty. "-" is standard input. */
int network_read(network *out, const char *path, const import_list *how, failure *why);
void network_free(network *net);
/* The library's object. */
int network_make(binnet_ctx *ctx, binnet_net **out, const network *net, failure *why);
/* Its file holds the object's numbers from now on. */
int network_change(network *net, const binnet_net *object, failure *why);
/* Neuron by name, or -1. */
int64_t network_find(const network *net, const char *name);
int network_note(network *net, failure *why, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What a file holds in another format, to its place; *lost is what that cannot hold. */
int network_file_write(binnet_ctx *ctx, const binnet_network_file *file, const char *path, const char *format,
                       char *lost, size_t lost_size, failure *why);

/* Noise of k neurons (NULL: of the first k): the file's times a factor where that is correlated, else of these scales. */
int32_t noise_make_part(binnet_ctx *ctx, binnet_noise **out, const noise_choice *noise, size_t k, const size_t *neuron,
                        const double *scale, double dof, double factor);

#endif
