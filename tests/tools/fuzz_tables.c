/*
 * libFuzzer target for matrices and tables of laws: the first byte chooses the reader, the rest is the file. What is read is
 * finite and within its limits, and a matrix written as CSV reads back the same.
 */
#include "files/variables.h"
#include "files/matrix.h"

#include <math.h>
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

static void check_laws(const document *doc)
{
    laws l;
    failure why = {0};
    if (laws_read_text(&l, doc, &why) != EXIT_DONE) {
        must(why.text[0] != 0 && l.n == 0 && l.kind == NULL, "a failure without a message, or with a table");
        return;
    }
    must(l.n >= 1 && l.n <= BINNET_MAX_ORDER, "number of variables");
    for (size_t i = 0; i < l.n; i++) {
        must(l.kind[i] >= BINNET_NOISE_GAUSSIAN && l.kind[i] <= BINNET_NOISE_STUDENT_T, "kind");
        must(isfinite(l.location[i]) && isfinite(l.scale[i]) && l.scale[i] >= 0, "location and scale");
        must((l.kind[i] == BINNET_NOISE_STUDENT_T) == (l.dof[i] > 0), "dof");
    }
    laws_free(&l);
}

static void check_again(const matrix *m)
{
    char *text = malloc(m->rows * m->columns * 41 + 1), *at = text;
    must(text != NULL, "memory");
    *at = 0;
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++) {
            char number[40];
            at += sprintf(at, "%s%c", print_number(number, m->v[i * m->columns + j]), j + 1 < m->columns ? ',' : '\n');
        }
    document doc = {.path = "again.csv", .text = text, .length = (size_t)(at - text)};
    matrix n;
    failure why = {0};
    must(matrix_read_text(&n, &doc, "csv", &why) == EXIT_DONE, why.text);
    must(n.rows == m->rows && n.columns == m->columns, "shape");
    for (size_t k = 0; k < m->rows * m->columns; k++)
        must(!(n.v[k] < m->v[k]) && !(n.v[k] > m->v[k]), "a number that reads back as another");
    matrix_free(&n);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {NULL, "csv", "mtx", "npy"};
    if (size == 0)
        return 0;
    int reader = data[0] % 8;
    document doc = {.path = "fuzz.file", .text = (const char *)data + 1, .length = size - 1};
    if (data[0] == '%' || data[0] == 0x93 || data[0] >= '0') { /* a file as it is */
        doc.text--;
        doc.length++;
        reader = data[0] == 'k' ? 4 : 0;
    }
    if (reader >= 4) {
        check_laws(&doc);
        return 0;
    }
    matrix m;
    failure why = {0};
    if (matrix_read_text(&m, &doc, formats[reader], &why) != EXIT_DONE) {
        must(why.text[0] != 0 && m.v == NULL, "a failure without a message, or with a matrix");
        return 0;
    }
    for (size_t k = 0; k < m.rows * m.columns; k++)
        must(isfinite(m.v[k]), "a number that is not finite");
    if (m.rows > 0 && m.columns > 0 && m.rows * m.columns < 10000)
        check_again(&m);
    matrix_free(&m);
    return 0;
}
