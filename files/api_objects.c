/* Ensembles, patterns, laws, order statistics and matrices from files, for other programs. */
#include "files/api.h"
#include "files/reading.h"
#include "text/npy.h"

#include <string.h>

struct binnet_ensemble_file {
    ensemble_file e;
};

struct binnet_pattern_file {
    patterns p;
};

struct binnet_matrix_file {
    matrix m;
};

static uint64_t max_bytes_of(const api_call *a)
{
    return a->how != NULL ? a->how->how.max_bytes : 0;
}

/* Text of a file, or the caller's with a 0 behind it; *copy is to be freed. */
static int take_text(api_call *a, document *doc, char **copy, const char *path, const char *text, size_t length)
{
    uint64_t most = api_max_bytes(a, max_bytes_of(a));
    *copy = NULL;
    *doc = (document){.path = path};
    if (text == NULL)
        TRY(load_file(copy, &doc->length, path, most, &a->why));
    else if (length > most)
        return fail_at(&a->why, EXIT_BUDGET, path, 0, "has %zu bytes; the limit is %llu bytes", length,
                       (unsigned long long)most);
    else if ((*copy = memory_raw(&a->call.memory, length + 1)) == NULL)
        return fail_memory(&a->why, path);
    else {
        doc->length = length;
        if (length > 0)
            memcpy(*copy, text, length);
        (*copy)[length] = 0;
    }
    doc->text = *copy;
    return EXIT_DONE;
}

/* What `read` makes of that text goes to `to`. */
static int read_document(api_call *a, int (*read)(api_call *a, void *to, const document *doc), void *to,
                         const char *path, const char *text, size_t length)
{
    document doc;
    char *copy;
    int code = take_text(a, &doc, &copy, path, text, length);
    if (code == EXIT_DONE)
        code = read(a, to, &doc);
    memory_free(&a->call.memory, copy);
    return code;
}

/* --- ensembles --- */

void binnet_ensemble_file_free(binnet_ensemble_file *file)
{
    if (file == NULL)
        return;
    file_memory m = file->e.memory;
    ensemble_file_free(&file->e);
    memory_free(&m, file);
}

static int read_ensemble_text(api_call *a, void *to, const document *doc)
{
    binnet_ensemble_file *file = to;
    int code = ensemble_read_text(&file->e, doc->path, doc->text, doc->length, &a->why);
    file->e.memory = a->call.memory;
    return code;
}

static int32_t read_ensemble(binnet_ctx *ctx, binnet_ensemble_file **out, const char *path, const char *text,
                             size_t length, const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    a.how = how;
    API_NEED(ctx, path);
    binnet_ensemble_file *file = api_new(&a, sizeof *file);
    if (file == NULL)
        return api_end(&a, EXIT_BUDGET);
    file->e.memory = a.call.memory;
    int code = read_document(&a, read_ensemble_text, file, path, text, length);
    if (code == EXIT_DONE)
        *out = file;
    else
        binnet_ensemble_file_free(file);
    return api_end(&a, code);
}

int32_t binnet_ensemble_file_read(binnet_ctx *ctx, binnet_ensemble_file **out, const char *path,
                                  const binnet_import *how)
{
    return read_ensemble(ctx, out, path, NULL, 0, how);
}

int32_t binnet_ensemble_file_parse(binnet_ctx *ctx, binnet_ensemble_file **out, const char *name, const char *text,
                                   size_t length, const binnet_import *how)
{
    return read_ensemble(ctx, out, text != NULL ? name : NULL, text, length, how);
}

size_t binnet_ensemble_file_populations(const binnet_ensemble_file *file)
{
    return file != NULL ? file->e.n_pop : 0;
}

const char *binnet_ensemble_file_population_name(const binnet_ensemble_file *file, size_t a)
{
    return file != NULL && a < file->e.n_pop ? file->e.name[a] : NULL;
}

const char *binnet_ensemble_file_text(const binnet_ensemble_file *file, int32_t what)
{
    return file == NULL                 ? NULL
           : what == BINNET_TEXT_TITLE  ? file->e.title
           : what == BINNET_TEXT_SOURCE ? file->e.source
                                        : NULL;
}

int32_t binnet_ensemble_file_ensemble(binnet_ctx *ctx, binnet_ensemble **out, const binnet_ensemble_file *file)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, file);
    return api_end(&a, ensemble_make(ctx, out, &file->e, &a.why));
}

/* --- patterns --- */

void binnet_pattern_file_free(binnet_pattern_file *file)
{
    if (file == NULL)
        return;
    file_memory m = file->p.memory;
    patterns_free(&file->p);
    memory_free(&m, file);
}

static int read_patterns_text(api_call *a, void *to, const document *doc)
{
    binnet_pattern_file *file = to;
    int code = patterns_read_text(&file->p, doc, api_max_bytes(a, max_bytes_of(a)), &a->why);
    file->p.memory = a->call.memory;
    return code;
}

static int32_t read_patterns(binnet_ctx *ctx, binnet_pattern_file **out, const char *path, const char *text,
                             size_t length, const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    a.how = how;
    API_NEED(ctx, path);
    binnet_pattern_file *file = api_new(&a, sizeof *file);
    if (file == NULL)
        return api_end(&a, EXIT_BUDGET);
    file->p.memory = a.call.memory;
    int code = read_document(&a, read_patterns_text, file, path, text, length);
    if (code == EXIT_DONE)
        *out = file;
    else
        binnet_pattern_file_free(file);
    return api_end(&a, code);
}

int32_t binnet_pattern_file_read(binnet_ctx *ctx, binnet_pattern_file **out, const char *path, const binnet_import *how)
{
    return read_patterns(ctx, out, path, NULL, 0, how);
}

int32_t binnet_pattern_file_parse(binnet_ctx *ctx, binnet_pattern_file **out, const char *name, const char *text,
                                  size_t length, const binnet_import *how)
{
    return read_patterns(ctx, out, text != NULL ? name : NULL, text, length, how);
}

size_t binnet_pattern_file_neurons(const binnet_pattern_file *file)
{
    return file != NULL ? file->p.n : 0;
}

size_t binnet_pattern_file_width(const binnet_pattern_file *file)
{
    return file != NULL ? file->p.width : 0;
}

size_t binnet_pattern_file_count(const binnet_pattern_file *file)
{
    return file != NULL ? file->p.count : 0;
}

size_t binnet_pattern_file_transitions(const binnet_pattern_file *file)
{
    size_t count = 0;
    for (size_t k = 0; file != NULL && k < file->p.paths; k++)
        count += file->p.path[k].count - !file->p.path[k].cyclic;
    return count;
}

const char *binnet_pattern_file_name(const binnet_pattern_file *file, size_t k)
{
    return file != NULL && k < file->p.count ? file->p.name[k] : NULL;
}

size_t binnet_pattern_file_line(const binnet_pattern_file *file, size_t k)
{
    return file != NULL && k < file->p.count ? file->p.line[k] : 0;
}

size_t binnet_pattern_file_sequences(const binnet_pattern_file *file)
{
    return file != NULL ? file->p.paths : 0;
}

static const pattern_path *sequence_of(const binnet_pattern_file *file, size_t s)
{
    return file != NULL && s < file->p.paths ? &file->p.path[s] : NULL;
}

size_t binnet_pattern_file_sequence_length(const binnet_pattern_file *file, size_t s)
{
    const pattern_path *path = sequence_of(file, s);
    return path != NULL ? path->count : 0;
}

int32_t binnet_pattern_file_sequence_is_cycle(const binnet_pattern_file *file, size_t s)
{
    const pattern_path *path = sequence_of(file, s);
    return path != NULL && path->cyclic;
}

size_t binnet_pattern_file_sequence_line(const binnet_pattern_file *file, size_t s)
{
    const pattern_path *path = sequence_of(file, s);
    return path != NULL ? path->line : 0;
}

int64_t binnet_pattern_file_sequence_pattern(const binnet_pattern_file *file, size_t s, size_t e)
{
    const pattern_path *path = sequence_of(file, s);
    return path != NULL && e < path->count ? (int64_t)path->pattern[e] : -1;
}

int64_t binnet_pattern_file_find(const binnet_pattern_file *file, const char *name)
{
    return file != NULL && name != NULL ? patterns_find(&file->p, name) : -1;
}

int32_t binnet_pattern_file_states(binnet_ctx *ctx, uint8_t *state, size_t count, size_t n,
                                   const binnet_pattern_file *file)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    API_NEED(ctx, state);
    if (count != file->p.count || n != file->p.n)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "count or n is not that of the file");
    memcpy(state, file->p.state, count * n);
    return BINNET_OK;
}

int32_t binnet_pattern_file_pairs(binnet_ctx *ctx, uint8_t *from, uint8_t *to, size_t transitions, size_t n,
                                  const binnet_pattern_file *file)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, file);
    const patterns *p = &file->p;
    if (transitions != binnet_pattern_file_transitions(file) || n != p->n)
        return binnet_ctx_fail(ctx, BINNET_E_SIZE, "transitions or n is not that of the file");
    if (transitions > 0) {
        API_NEED(ctx, from);
        API_NEED(ctx, to);
    }
    for (size_t k = 0, at = 0; k < p->paths; k++) {
        const pattern_path *path = &p->path[k];
        for (size_t e = 0; e + !path->cyclic < path->count; e++, at++) {
            memcpy(from + at * n, p->state + path->pattern[e] * n, n);
            memcpy(to + at * n, p->state + path->pattern[(e + 1) % path->count] * n, n);
        }
    }
    return BINNET_OK;
}

/* --- matrices and laws --- */

void binnet_matrix_file_free(binnet_matrix_file *file)
{
    if (file == NULL)
        return;
    file_memory m = file->m.memory;
    matrix_free(&file->m);
    memory_free(&m, file);
}

static int read_matrix_text(api_call *a, void *to, const document *doc)
{
    binnet_matrix_file *file = to;
    int code = matrix_read_text(&file->m, doc, a->how != NULL ? a->how->how.format : NULL, &a->why);
    file->m.memory = a->call.memory;
    return code;
}

static int32_t read_matrix_file(binnet_ctx *ctx, binnet_matrix_file **out, const char *path, const char *text,
                                size_t length, const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    a.how = how;
    API_NEED(ctx, path);
    binnet_matrix_file *file = api_new(&a, sizeof *file);
    if (file == NULL)
        return api_end(&a, EXIT_BUDGET);
    file->m.memory = a.call.memory;
    int code = read_document(&a, read_matrix_text, file, path, text, length);
    if (code == EXIT_DONE)
        *out = file;
    else
        binnet_matrix_file_free(file);
    return api_end(&a, code);
}

int32_t binnet_matrix_file_read(binnet_ctx *ctx, binnet_matrix_file **out, const char *path, const binnet_import *how)
{
    return read_matrix_file(ctx, out, path, NULL, 0, how);
}

int32_t binnet_matrix_file_parse(binnet_ctx *ctx, binnet_matrix_file **out, const char *name, const char *text,
                                 size_t length, const binnet_import *how)
{
    return read_matrix_file(ctx, out, text != NULL ? name : NULL, text, length, how);
}

size_t binnet_matrix_file_rows(const binnet_matrix_file *file)
{
    return file != NULL ? file->m.rows : 0;
}

size_t binnet_matrix_file_columns(const binnet_matrix_file *file)
{
    return file != NULL ? file->m.columns : 0;
}

const double *binnet_matrix_file_data(const binnet_matrix_file *file)
{
    return file != NULL ? file->m.v : NULL;
}

static int law_of_matrix(api_call *a, binnet_law **out, const matrix *m, const char *path)
{
    size_t count = m->rows * m->columns, n = 0;
    while (n < BINNET_MAX_CHAIN_NEURONS && (size_t)1 << n < count)
        n++;
    if ((m->rows != 1 && m->columns != 1) || n < 1 || (size_t)1 << n != count)
        return fail_at(&a->why, EXIT_INPUT, path, 0, "has %zu x %zu numbers; expected one row or column of 2^n",
                       m->rows, m->columns);
    int32_t status = binnet_law_new(a->call.ctx, out, n, m->v, count);
    if (status == BINNET_OK)
        return EXIT_DONE;
    char text[512];
    strncpy(text, binnet_ctx_message(a->call.ctx), sizeof text - 1);
    text[sizeof text - 1] = 0;
    int data = status == BINNET_E_RANGE || status == BINNET_E_NAN;
    return with_status(&a->why, data ? BINNET_E_FORMAT : status, fail_at(&a->why, EXIT_INPUT, path, 0, "%s", text));
}

/* An .npy file of one dimension, or a matrix of one row or column. */
static int read_law_text(api_call *a, void *to, const document *doc)
{
    binnet_law **out = to;
    matrix m = {.memory = a->call.memory};
    npy_array array;
    int code;
    if (doc->length >= 6 && memcmp(doc->text, "\x93NUMPY", 6) == 0 &&
        (code = npy_parse(&array, doc, &a->why)) == EXIT_DONE && array.ndim == 1) {
        m.rows = array.shape[0];
        m.columns = 1;
        m.v = memory_new(&m.memory, m.rows, sizeof *m.v);
        for (size_t k = 0; m.v != NULL && k < m.rows; k++)
            m.v[k] = npy_get(&array, k, 0);
        code = m.v != NULL ? EXIT_DONE : fail_memory(&a->why, doc->path);
    } else
        code = matrix_read_text(&m, doc, a->how != NULL ? a->how->how.format : NULL, &a->why);
    m.memory = a->call.memory;
    if (code == EXIT_DONE)
        code = law_of_matrix(a, out, &m, doc->path);
    matrix_free(&m);
    return code;
}

static int32_t read_law(binnet_ctx *ctx, binnet_law **out, const char *path, const char *text, size_t length,
                        const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    a.how = how;
    API_NEED(ctx, path);
    return api_end(&a, read_document(&a, read_law_text, out, path, text, length));
}

int32_t binnet_law_read(binnet_ctx *ctx, binnet_law **out, const char *path, const binnet_import *how)
{
    return read_law(ctx, out, path, NULL, 0, how);
}

int32_t binnet_law_parse(binnet_ctx *ctx, binnet_law **out, const char *name, const char *text, size_t length,
                         const binnet_import *how)
{
    return read_law(ctx, out, text != NULL ? name : NULL, text, length, how);
}

static int print_law(api_call *a, out_text *out, const binnet_law *law, const char *format)
{
    const double *p = binnet_law_data(law);
    size_t count = (size_t)binnet_law_size(law);
    char text[40];
    out->memory = a->call.memory;
    out->why = &a->why;
    if (strcmp(format, "npy") == 0) {
        npy_text head;
        TRY(npy_header(&head, "the law", 1, &count, "<f8", &a->why));
        out_bytes(out, head.text, head.length);
        out_bytes(out, p, count * sizeof *p);
    } else if (strcmp(format, "csv") == 0)
        for (size_t k = 0; k < count && out_goes_on(out, k, count); k++)
            out_format(out, "%s\n", print_number(text, p[k]));
    else
        return fail(&a->why, EXIT_USAGE, "the format is '%.60s'; expected npy or csv", format);
    return out_end(out, "the law");
}

int32_t binnet_law_print(binnet_ctx *ctx, binnet_text **out, const binnet_law *law, const char *format)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    API_NEED(ctx, law);
    API_NEED(ctx, format);
    binnet_text *text = text_new(&a);
    if (text == NULL)
        return api_end(&a, EXIT_BUDGET);
    return text_end(&a, out, text, print_law(&a, &text->out, law, format));
}

int32_t binnet_law_save(binnet_ctx *ctx, const binnet_law *law, const char *format, const char *path)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, law);
    API_NEED(ctx, format);
    API_NEED(ctx, path);
    saving s;
    int code = saving_begin(&s, path, &a.why);
    if (code == EXIT_DONE)
        code = saving_end(&s, print_law(&a, &s.out, law, format));
    return api_end(&a, code);
}

/* --- order statistics --- */

static int read_order_text(api_call *a, void *to, const document *doc)
{
    laws l = {0};
    int code = laws_read_text(&l, doc, &a->why);
    l.memory = a->call.memory;
    if (code == EXIT_DONE)
        code = laws_make(a->call.ctx, to, &l, &a->why);
    laws_free(&l);
    return code;
}

static int32_t read_order(binnet_ctx *ctx, binnet_order **out, const char *path, const char *text, size_t length,
                          const binnet_import *how)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    a.how = how;
    API_NEED(ctx, path);
    return api_end(&a, read_document(&a, read_order_text, out, path, text, length));
}

int32_t binnet_order_read(binnet_ctx *ctx, binnet_order **out, const char *path, const binnet_import *how)
{
    return read_order(ctx, out, path, NULL, 0, how);
}

int32_t binnet_order_parse(binnet_ctx *ctx, binnet_order **out, const char *name, const char *text, size_t length,
                           const binnet_import *how)
{
    return read_order(ctx, out, text != NULL ? name : NULL, text, length, how);
}
