/* Ensembles of random networks as files hold them. */
#ifndef TOOL_ENSEMBLE_FILE_H
#define TOOL_ENSEMBLE_FILE_H

#include "files/network.h"

typedef struct ensemble_file {
    char *title, *source; /* or NULL */
    size_t n_pop;
    int64_t n; /* neurons */
    char **name;
    int64_t *size;
    double *threshold, *stimulus, *normalisation; /* [n_pop] */
    double *p, *par; /* [n_pop][n_pop], [n_pop][n_pop][BINNET_WEIGHT_PARAMETERS]; post, pre */
    int32_t *kind;
    int32_t normalise, tie;
    int self_connections;
    file_memory memory;
} ensemble_file;

/* EXIT_DONE, or a code with *why set and *e empty. */
int ensemble_read_text(ensemble_file *e, const char *path, const char *text, size_t length, failure *why);
void ensemble_file_free(ensemble_file *e);
/* The library's object. */
int ensemble_make(binnet_ctx *ctx, binnet_ensemble **out, const ensemble_file *e, failure *why);

#endif
