/*
 * libFuzzer target for the readers of plain matrices and of tables of laws. A file that begins with the word "kind" is a
 * table, everything else a matrix in the format that its first characters say. What is read must be sound.
 */
#include "laws.h"
#include "matrix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void must_explain(const failure *why, int code)
{
    must(code != EXIT_DONE && why->code == code && *why->text != 0 && strchr(why->text, '\n') == NULL, "message");
}

static void check_laws(const document *doc)
{
    laws l;
    failure why = {0, ""};
    int code = laws_read_text(&l, doc, &why);
    if (code != EXIT_DONE) {
        must_explain(&why, code);
        must(l.n == 0 && l.kind == NULL && l.scale == NULL, "a failed read left something");
        return;
    }
    must(l.n >= 1, "no variables");
    for (size_t k = 0; k < l.n; k++)
        must(isfinite(l.location[k]) && isfinite(l.scale[k]) && l.scale[k] >= 0 && isfinite(l.dof[k]), "parameters");
    if (l.n <= 2000) {
        binnet_ctx *ctx = NULL;
        binnet_order *made = NULL;
        must(binnet_ctx_new(&ctx) == BINNET_OK, "ctx");
        must(laws_make(ctx, &made, &l, &why) == EXIT_DONE || *why.text != 0, "laws_make");
        binnet_order_free(made);
        binnet_ctx_free(ctx);
    }
    laws_free(&l);
}

static void check_matrix(const document *doc)
{
    matrix m;
    failure why = {0, ""};
    int code = matrix_read_text(&m, doc, NULL, &why);
    if (code != EXIT_DONE) {
        must_explain(&why, code);
        must(m.rows == 0 && m.v == NULL, "a failed read left something");
        return;
    }
    for (size_t k = 0; k < m.rows * m.columns; k++)
        must(isfinite(m.v[k]), "an entry that is not finite");
    matrix_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its very length, so that reading behind its end is seen. */
    char *copy = malloc(size > 0 ? size : 1);
    must(copy != NULL, "malloc");
    if (size > 0)
        memcpy(copy, data, size);
    document doc = {.path = "fuzz", .text = copy, .length = size};
    if (size >= 4 && memcmp(copy, "kind", 4) == 0)
        check_laws(&doc);
    else
        check_matrix(&doc);
    free(copy);
    return 0;
}
