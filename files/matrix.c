/* A plain matrix of numbers: separated values without names, Matrix Market (coordinate and array), npy. */
#include "files/matrix.h"

#include "files/reading.h"
#include "text/csv.h"
#include "text/npy.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Numbers of a coordinate file at most: its few bytes may announce any number. 1 GiB. */
enum { MOST_ANNOUNCED = 1 << 27 };

void matrix_free(matrix *m)
{
    memory_free(&m->memory, m->v);
    *m = (matrix){.memory = m->memory};
}

static int make_room(matrix *m, const char *path, failure *why)
{
    size_t count = m->columns != 0 && m->rows > SIZE_MAX / 16 / m->columns ? SIZE_MAX / 8 : m->rows * m->columns;
    m->v = memory_new(&m->memory, count > 0 ? count : 1, sizeof *m->v);
    return m->v != NULL ? EXIT_DONE
                        : with_status(why, BINNET_E_NOMEM,
                                      fail_at(why, EXIT_BUDGET, path, 0, "no memory for %zu x %zu numbers", m->rows,
                                              m->columns));
}

/* --- CSV --- */

static int read_records(matrix *m, csv *c)
{
    size_t room = 0;
    for (int more = 0;;) {
        TRY(csv_next(c, &more));
        if (!more)
            return EXIT_DONE;
        if (m->rows > 0 && c->count != m->columns)
            return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                           "found %zu numbers; expected %zu as in the rows before", c->count, m->columns);
        m->columns = c->count;
        if ((m->rows + 1) * m->columns > room) {
            room = 2 * (m->rows + 1) * m->columns;
            double *larger = memory_grow(&m->memory, m->v, room * sizeof *larger);
            if (larger == NULL)
                return with_status(c->why, BINNET_E_NOMEM,
                                   fail_at(c->why, EXIT_BUDGET, c->path, c->line, "no memory for %zu numbers", room));
            m->v = larger;
        }
        for (size_t j = 0; j < c->count; j++)
            TRY(csv_number(c, j, "an entry", &m->v[m->rows * m->columns + j]));
        m->rows++;
    }
}

static int read_csv(matrix *m, const document *doc, failure *why)
{
    csv c;
    csv_start(&c, doc, why);
    int code = read_records(m, &c);
    csv_free(&c);
    if (code == EXIT_DONE && m->rows == 0)
        return fail_at(why, EXIT_INPUT, doc->path, 0,
                       "has no rows; expected numbers separated by commas, semicolons, tabs or blanks");
    return code;
}

/* --- npy --- */

static int read_array(matrix *m, const document *doc, failure *why)
{
    npy_array a;
    TRY(npy_parse(&a, doc, why));
    if (a.ndim != 2)
        return fail_at(why, EXIT_INPUT, doc->path, 0, "%zu dimension%s; expected 2", a.ndim, a.ndim == 1 ? "" : "s");
    m->rows = a.shape[0];
    m->columns = a.shape[1];
    TRY(make_room(m, doc->path, why));
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++) {
            double x = npy_get(&a, i, j);
            if (!isfinite(x))
                return fail_at(why, EXIT_INPUT, doc->path, 0, "entry [%zu, %zu] is %g; expected a finite number", i, j,
                               x);
            m->v[i * m->columns + j] = x;
        }
    return EXIT_DONE;
}

/* --- Matrix Market --- */

typedef struct words {
    const document *doc;
    failure *why;
    const char *at, *end;
    size_t line;
    const char *word; /* the last one read */
    size_t length;
} words;

/* The next word, over line ends and comments; 0 at the end of the text. */
static int next_word(words *w)
{
    while (w->at < w->end && (isspace((unsigned char)*w->at) || *w->at == '%')) {
        if (*w->at == '%')
            while (w->at < w->end && *w->at != '\n')
                w->at++;
        else
            w->line += *w->at++ == '\n';
    }
    w->word = w->at;
    while (w->at < w->end && !isspace((unsigned char)*w->at))
        w->at++;
    w->length = (size_t)(w->at - w->word);
    return w->length > 0;
}

static int number_word(words *w, const char *what, double *out)
{
    if (!next_word(w))
        return fail_at(w->why, EXIT_INPUT, w->doc->path, w->line, "the file ends; expected %s", what);
    const char *problem = parse_number(out, w->word, w->length);
    if (problem == NULL)
        return EXIT_DONE;
    return fail_at(w->why, EXIT_INPUT, w->doc->path, w->line, "%s is '%.*s'; %s", what,
                   (int)(w->length < 60 ? w->length : 60), w->word, problem);
}

static int count_word(words *w, const char *what, size_t least, size_t most, size_t *out)
{
    double x = 0;
    TRY(number_word(w, what, &x));
    if (!(x >= (double)least && x <= (double)most) || x != floor(x))
        return fail_at(w->why, EXIT_INPUT, w->doc->path, w->line,
                       "%s is %.10g; expected a whole number from %zu to %zu", what, x, least, most);
    *out = (size_t)x;
    return EXIT_DONE;
}

typedef struct banner {
    int coordinate, pattern, symmetric, skew;
} banner;

static int read_banner(words *w, banner *b)
{
    char kind[5][32] = {"", "", "", "", ""};
    char line[200] = "";
    size_t length = 0;
    while (w->at + length < w->end && w->at[length] != '\n' && length < sizeof line - 1)
        length++;
    memcpy(line, w->at, length);
    w->at += length;
    if (sscanf(line, "%31s %31s %31s %31s %31s", kind[0], kind[1], kind[2], kind[3], kind[4]) != 5 ||
        !is_matrix_market(kind[0], strlen(kind[0])) || strcasecmp(kind[1], "matrix") != 0)
        return fail_at(w->why, EXIT_INPUT, w->doc->path, 1,
                       "expected a first line such as %%%%MatrixMarket matrix coordinate real general");
    b->coordinate = strcasecmp(kind[2], "coordinate") == 0;
    b->pattern = strcasecmp(kind[3], "pattern") == 0;
    b->symmetric = strcasecmp(kind[4], "symmetric") == 0;
    b->skew = strcasecmp(kind[4], "skew-symmetric") == 0;
    int known = (b->coordinate || strcasecmp(kind[2], "array") == 0) &&
                (b->pattern || strcasecmp(kind[3], "real") == 0 || strcasecmp(kind[3], "double") == 0 ||
                 strcasecmp(kind[3], "integer") == 0) &&
                (b->symmetric || b->skew || strcasecmp(kind[4], "general") == 0);
    if (!known || (b->pattern && (!b->coordinate || b->skew)))
        return fail_at(
            w->why, EXIT_INPUT, w->doc->path, 1,
            "found '%.80s'; expected coordinate or array, real, integer or pattern, general, symmetric or skew-symmetric",
            line);
    return EXIT_DONE;
}

static void enter(matrix *m, const banner *b, size_t i, size_t j, double x)
{
    m->v[i * m->columns + j] += x;
    if (i != j && (b->symmetric || b->skew))
        m->v[j * m->columns + i] += b->skew ? -x : x;
}

static int read_entries(matrix *m, words *w, const banner *b, size_t entries)
{
    for (size_t k = 0; k < entries; k++) {
        size_t i = 0, j = 0;
        double x = 1;
        TRY(count_word(w, "the row", 1, m->rows, &i));
        TRY(count_word(w, "the column", 1, m->columns, &j));
        if (!b->pattern)
            TRY(number_word(w, "an entry", &x));
        if ((b->symmetric && i < j) || (b->skew && i <= j))
            return fail_at(w->why, EXIT_INPUT, w->doc->path, w->line,
                           "entry (%zu, %zu) is above the diagonal; expected the lower half", i, j);
        enter(m, b, i - 1, j - 1, x);
    }
    return EXIT_DONE;
}

static int read_columns(matrix *m, words *w, const banner *b)
{
    for (size_t j = 0; j < m->columns; j++)
        for (size_t i = b->symmetric ? j : b->skew ? j + 1 : 0; i < m->rows; i++) {
            double x = 0;
            TRY(number_word(w, "an entry", &x));
            enter(m, b, i, j, x);
        }
    return EXIT_DONE;
}

static int read_market(matrix *m, const document *doc, failure *why)
{
    words w = {.doc = doc, .why = why, .at = doc->text, .end = doc->text + doc->length, .line = 1};
    banner b = {0};
    size_t entries = 0;
    TRY(read_banner(&w, &b));
    TRY(count_word(&w, "the number of rows", 0, 1000000, &m->rows));
    TRY(count_word(&w, "the number of columns", 0, 1000000, &m->columns));
    if (b.coordinate)
        TRY(count_word(&w, "the number of entries", 0, doc->length, &entries));
    if ((b.symmetric || b.skew) && m->rows != m->columns)
        return fail_at(why, EXIT_INPUT, doc->path, w.line, "%zu rows and %zu columns; expected a square matrix",
                       m->rows, m->columns);
    if (!b.coordinate && (double)m->rows * (double)m->columns > 2 * (double)doc->length + 2)
        return fail_at(why, EXIT_INPUT, doc->path, w.line,
                       "%zu x %zu entries are announced; expected what the file can hold", m->rows, m->columns);
    if (b.coordinate && (double)m->rows * (double)m->columns > MOST_ANNOUNCED)
        return fail_at(why, EXIT_BUDGET, doc->path, w.line,
                       "%zu x %zu numbers, of which %zu are given; at most %d are read", m->rows, m->columns, entries,
                       (int)MOST_ANNOUNCED);
    TRY(make_room(m, doc->path, why));
    TRY(b.coordinate ? read_entries(m, &w, &b, entries) : read_columns(m, &w, &b));
    if (next_word(&w))
        return fail_at(why, EXIT_INPUT, doc->path, w.line, "found more behind the last entry; expected the end");
    return EXIT_DONE;
}

/* --- any --- */

int matrix_read_text(matrix *out, const document *given, const char *format, failure *why)
{
    document doc = *given;
    *out = (matrix){.memory = *memory_of(why)};
    const char *dot = strrchr(doc.path, '.');
    int npy = doc.length >= 6 && memcmp(doc.text, "\x93NUMPY", 6) == 0;
    int market = is_matrix_market(doc.text, doc.length);
    if (format == NULL)
        format = npy || (dot != NULL && strcmp(dot, ".npy") == 0)      ? "npy"
                 : market || (dot != NULL && strcmp(dot, ".mtx") == 0) ? "mtx"
                                                                       : "csv";
    int code = strcmp(format, "npy") == 0 ? EXIT_DONE : check_text(&doc, why);
    if (code == EXIT_DONE)
        code = strcmp(format, "npy") == 0   ? read_array(out, &doc, why)
               : strcmp(format, "mtx") == 0 ? read_market(out, &doc, why)
                                            : read_csv(out, &doc, why);
    if (code != EXIT_DONE)
        matrix_free(out);
    return code;
}
