/* Ensemble files: whatever the text, the reader gives a sound ensemble that the library takes or refuses, or a message. */
#include "files/ensemble_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its very length, so that reading behind its end is seen. */
    char *copy = malloc(size ? size : 1);
    ensemble_file e;
    failure why = {0};
    must(copy != NULL, "malloc");
    memcpy(copy, data, size);
    int code = ensemble_read_text(&e, "fuzz", copy, size, &why);
    free(copy);
    if (code != EXIT_DONE) {
        must(why.code == code && *why.text && !strchr(why.text, '\n'), "a message");
        must(e.n_pop == 0 && e.name == NULL && e.p == NULL, "a failed read left something");
        return 0;
    }
    must(e.n_pop >= 1 && e.n >= (int64_t)e.n_pop, "populations");
    for (size_t k = 0; k < e.n_pop * e.n_pop; k++)
        must(e.p[k] >= 0 && e.p[k] <= 1 && e.kind[k] >= 1 && e.kind[k] <= 7, "wiring");
    binnet_ctx *ctx = NULL;
    binnet_ensemble *made = NULL;
    must(binnet_ctx_new(&ctx) == BINNET_OK, "ctx");
    code = ensemble_make(ctx, &made, &e, &why);
    must((code == EXIT_DONE) == (made != NULL), "ensemble_make");
    must(code == EXIT_DONE || *why.text, "a message of the library");
    binnet_ensemble_free(made);
    binnet_ctx_free(ctx);
    ensemble_file_free(&e);
    return 0;
}
