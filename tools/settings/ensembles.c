/* Ensembles by the public interface of libbinnet-files. */
#include "settings/ensembles.h"

#include "files/output.h"

#include <stdlib.h>

static int take_ensemble(ensemble_file *e, const binnet_ensemble *from, failure *why)
{
    size_t p = binnet_ensemble_populations(from);
    e->n_pop = p;
    e->n = (int64_t)binnet_ensemble_neurons(from);
    e->title = binnet_ensemble_file_text(e->file, BINNET_TEXT_TITLE);
    e->source = binnet_ensemble_file_text(e->file, BINNET_TEXT_SOURCE);
    e->normalise = binnet_ensemble_normalise(from);
    e->tie = binnet_ensemble_tie(from);
    e->self_connections = binnet_ensemble_self_connections(from);
    e->name = calloc(p, sizeof *e->name);
    e->size = calloc(p, sizeof *e->size);
    e->threshold = calloc(p, sizeof *e->threshold);
    e->stimulus = calloc(p, sizeof *e->stimulus);
    e->normalisation = calloc(p, sizeof *e->normalisation);
    e->p = calloc(p * p, sizeof *e->p);
    e->par = calloc(p * p * BINNET_WEIGHT_PARAMETERS, sizeof *e->par);
    e->kind = calloc(p * p, sizeof *e->kind);
    if (!e->name || !e->size || !e->threshold || !e->stimulus || !e->normalisation || !e->p || !e->par || !e->kind)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t a = 0; a < p; a++) {
        e->name[a] = (char *)binnet_ensemble_file_population_name(e->file, a);
        e->size[a] = binnet_ensemble_size(from, a);
        e->threshold[a] = binnet_ensemble_threshold(from, a);
        e->stimulus[a] = binnet_ensemble_stimulus(from, a);
        e->normalisation[a] = binnet_ensemble_normalisation(from, a);
        for (size_t b = 0; b < p; b++) {
            e->p[a * p + b] = binnet_ensemble_probability(from, a, b);
            e->kind[a * p + b] = binnet_ensemble_kind(from, a, b);
            for (size_t k = 0; k < BINNET_WEIGHT_PARAMETERS; k++)
                e->par[(a * p + b) * BINNET_WEIGHT_PARAMETERS + k] = binnet_ensemble_parameter(from, a, b, k);
        }
    }
    return EXIT_DONE;
}

int ensemble_read(ensemble_file *e, const char *path, const import_list *how, failure *why)
{
    binnet_ctx *ctx = NULL;
    binnet_import *import = NULL;
    binnet_ensemble *made = NULL;
    *e = (ensemble_file){0};
    if (binnet_ctx_new(&ctx) != BINNET_OK)
        return fail(why, EXIT_BUDGET, "out of memory");
    int code = import_make(&import, ctx, how, why);
    if (code == EXIT_DONE) {
        int32_t status = binnet_ensemble_file_read(ctx, &e->file, path, import);
        code = status == BINNET_OK ? EXIT_DONE : file_failure(why, ctx, status);
    }
    if (code == EXIT_DONE) {
        int32_t status = binnet_ensemble_file_ensemble(ctx, &made, e->file);
        code = status == BINNET_OK ? take_ensemble(e, made, why) : object_failure(why, ctx, status);
    }
    if (code == EXIT_DONE && output_keep_path(path) != 0)
        code = fail(why, EXIT_BUDGET, "out of memory");
    binnet_ensemble_free(made);
    binnet_import_free(import);
    binnet_ctx_free(ctx);
    if (code != EXIT_DONE)
        ensemble_file_free(e);
    return code;
}

void ensemble_file_free(ensemble_file *e)
{
    free(e->name);
    free(e->size);
    free(e->threshold);
    free(e->stimulus);
    free(e->normalisation);
    free(e->p);
    free(e->par);
    free(e->kind);
    binnet_ensemble_file_free(e->file);
    *e = (ensemble_file){0};
}

int ensemble_make(binnet_ctx *ctx, binnet_ensemble **out, const ensemble_file *e, failure *why)
{
    binnet_ensemble *made = NULL;
    int32_t status = binnet_ensemble_new(ctx, &made, e->n_pop, e->size, e->p, e->kind, e->par, e->threshold,
                                         e->stimulus, e->normalise,
                                         e->normalise == BINNET_NORMALISE_FIXED ? e->normalisation : NULL,
                                         e->self_connections);
    if (status == BINNET_OK)
        status = binnet_ensemble_with_tie(ctx, out, made, e->tie);
    binnet_ensemble_free(made);
    if (status == BINNET_OK)
        return EXIT_DONE;
    return fail(why, status == BINNET_E_NOMEM || status == BINNET_E_LIMIT ? EXIT_BUDGET : EXIT_INPUT, "%s",
                binnet_ctx_message(ctx));
}
