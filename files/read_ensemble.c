/* Ensemble files: JSON, read with Jansson and checked key by key, as network files are. */
#include "files/ensemble_file.h"

#include "files/json_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POPULATIONS = 4096 };

static const struct {
    const char *name, *parameter[BINNET_WEIGHT_PARAMETERS + 1];
} laws[] = {{"constant", {"value"}},           {"gaussian", {"mean", "sd"}},  {"uniform", {"lo", "hi"}},
            {"exponential", {"mean"}},         {"gamma", {"shape", "scale"}}, {"lognormal", {"mu", "sigma", "sign"}},
            {"laplace", {"location", "scale"}}};
enum { LAWS = sizeof laws / sizeof *laws };

void ensemble_file_free(ensemble_file *e)
{
    for (size_t a = 0; e->name != NULL && a < e->n_pop; a++)
        memory_free(&e->memory, e->name[a]);
    memory_free(&e->memory, e->name);
    memory_free(&e->memory, e->title);
    memory_free(&e->memory, e->source);
    memory_free(&e->memory, e->size);
    memory_free(&e->memory, e->threshold);
    memory_free(&e->memory, e->stimulus);
    memory_free(&e->memory, e->normalisation);
    memory_free(&e->memory, e->p);
    memory_free(&e->memory, e->par);
    memory_free(&e->memory, e->kind);
    *e = (ensemble_file){.memory = e->memory};
}

static int allocate(draft *d, ensemble_file *e, size_t n_pop)
{
    e->n_pop = n_pop;
    e->name = memory_new(&e->memory, n_pop, sizeof *e->name);
    e->size = memory_new(&e->memory, n_pop, sizeof *e->size);
    e->threshold = memory_new(&e->memory, n_pop, sizeof *e->threshold);
    e->stimulus = memory_new(&e->memory, n_pop, sizeof *e->stimulus);
    e->normalisation = memory_new(&e->memory, n_pop, sizeof *e->normalisation);
    e->p = memory_new(&e->memory, n_pop * n_pop, sizeof *e->p);
    e->par = memory_new(&e->memory, n_pop * n_pop * BINNET_WEIGHT_PARAMETERS, sizeof *e->par);
    e->kind = memory_new(&e->memory, n_pop * n_pop, sizeof *e->kind);
    if (!e->name || !e->size || !e->threshold || !e->stimulus || !e->normalisation || !e->p || !e->par || !e->kind)
        return fail_memory(d->why, d->doc->path);
    return EXIT_DONE;
}

static int read_population(draft *d, ensemble_file *e, json_t *item, size_t a, int *own_normalisation)
{
    static const char *const keys[] = {"name", "size", "threshold", "stimulus", "normalisation", NULL};
    json_place here = json_item("populations", a, ""), at_size = json_item("populations", a, "size");
    if (!json_is_object(item))
        return json_wrong_kind(d, here.text, item, "an object");
    TRY(json_check_keys(d, item, here.text, keys));
    const json_t *name = json_object_get(item, "name"), *size = json_object_get(item, "size");
    if (!json_is_string(name))
        return json_wrong_kind(d, json_item("populations", a, "name").text, name, "a string");
    TRY(draft_check_name(d, json_string_value(name), a));
    for (size_t b = 0; b < a; b++)
        if (strcmp(e->name[b], json_string_value(name)) == 0)
            return json_bad(d, json_item("populations", a, "name").text, "two populations are named '%.60s'",
                            e->name[b]);
    e->name[a] = memory_raw(&e->memory, json_string_length(name) + 1);
    if (!e->name[a])
        return fail_memory(d->why, d->doc->path);
    memcpy(e->name[a], json_string_value(name), json_string_length(name) + 1);
    if (!json_is_integer(size))
        return json_wrong_kind(d, at_size.text, size, "a whole number");
    e->size[a] = json_integer_value(size);
    if (e->size[a] < 1 || e->size[a] > BINNET_MAX_NETWORK - e->n)
        return json_bad(d, at_size.text, "found %lld; expected 1 or more, and at most %d neurons in all",
                        (long long)e->size[a], BINNET_MAX_NETWORK);
    e->n += e->size[a];
    e->normalisation[a] = 1;
    const struct {
        const char *key;
        double *out;
    } wanted[] = {{"threshold", &e->threshold[a]},
                  {"stimulus", &e->stimulus[a]},
                  {"normalisation", &e->normalisation[a]}};
    for (size_t k = 0; k < 3; k++) {
        const json_t *value = json_object_get(item, wanted[k].key);
        if (value)
            TRY(json_read_number(d, value, json_item("populations", a, wanted[k].key).text, wanted[k].out));
        *own_normalisation |= value && k == 2;
    }
    if (!(e->normalisation[a] > 0))
        return json_bad(d, json_item("populations", a, "normalisation").text, "found %g; expected more than 0",
                        e->normalisation[a]);
    return EXIT_DONE;
}

static int read_law(draft *d, const char *path, json_t *value, int32_t *kind, double *par)
{
    char inside[128];
    if (json_is_number(value)) {
        *kind = BINNET_WEIGHT_CONSTANT;
        return json_read_number(d, value, path, &par[0]);
    }
    if (!json_is_object(value))
        return json_wrong_kind(d, path, value, "a number or an object with kind and parameters");
    const char *words[LAWS + 1] = {NULL};
    for (int k = 0; k < LAWS; k++)
        words[k] = laws[k].name;
    *kind = 0;
    snprintf(inside, sizeof inside, "%s.kind", path);
    TRY(json_read_word(d, value, "kind", inside, words, 1, kind));
    if (*kind == 0)
        return json_bad(d, path, "kind is missing");
    const char *const *parameter = laws[*kind - 1].parameter;
    const char *keys[BINNET_WEIGHT_PARAMETERS + 2] = {"kind"};
    for (int k = 0; parameter[k] != NULL; k++)
        keys[k + 1] = parameter[k];
    TRY(json_check_keys(d, value, path, keys));
    for (int k = 0; parameter[k] != NULL; k++) {
        snprintf(inside, sizeof inside, "%s.%s", path, parameter[k]);
        TRY(json_read_number(d, json_object_get(value, parameter[k]), inside, &par[k]));
    }
    return EXIT_DONE;
}

/* The entry of row i, column j into the place of (post, pre). */
static int read_entry(draft *d, ensemble_file *e, json_t *value, const char *path, int laws_wanted, size_t at)
{
    if (laws_wanted)
        return read_law(d, path, value, &e->kind[at], e->par + at * BINNET_WEIGHT_PARAMETERS);
    TRY(json_read_number(d, value, path, &e->p[at]));
    if (e->p[at] < 0 || e->p[at] > 1)
        return json_bad(d, path, "found %g; expected a probability, 0 to 1", e->p[at]);
    return EXIT_DONE;
}

/* A matrix of probabilities or of weight laws; one entry instead of the matrix holds for all pairs. */
static int read_matrix(draft *d, ensemble_file *e, const json_t *root, const char *key, int laws_wanted,
                       int32_t orientation)
{
    json_t *rows = json_object_get(root, key);
    size_t n = e->n_pop;
    char path[96];
    if (!rows)
        return json_wrong_kind(d, key, rows, "a list of rows, or one entry for all pairs");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array_get(rows, i);
        if (json_is_array(rows) && json_array_size(rows) != n)
            return json_bad(d, key, "found %zu rows; expected %zu", json_array_size(rows), n);
        if (json_is_array(rows) && !json_is_array(row))
            return json_wrong_kind(d, json_item(key, i, "").text, row, "a list");
        if (json_is_array(rows) && json_array_size(row) != n)
            return json_bad(d, json_item(key, i, "").text, "found %zu values; expected %zu", json_array_size(row), n);
        for (size_t j = 0; j < n; j++) {
            snprintf(path, sizeof path, json_is_array(rows) ? "%s[%zu][%zu]" : "%s", key, i, j);
            TRY(read_entry(d, e, json_is_array(rows) ? json_array_get(row, j) : rows, path, laws_wanted,
                           orientation == ORIENTATION_PRE_ROWS ? j * n + i : i * n + j));
        }
    }
    return EXIT_DONE;
}

static int read_root(draft *d, ensemble_file *e, json_t *root)
{
    static const char *const keys[] = {"format",        "title",       "source",  "comment", "populations",
                                       "orientation",   "probability", "weights", "tie",     "self_connections",
                                       "normalisation", NULL};
    static const char *const ways[] = {"pre-rows", "post-rows", NULL}, *const ties[] = {"active", "silent", "keep",
                                                                                        NULL};
    static const char *const hows[] = {"none", "n", "indegree", NULL};
    int own = 0;
    int32_t orientation = ORIENTATION_NONE, how = -1;
    if (!json_is_object(root))
        return json_wrong_kind(d, "", root, "an object");
    const json_t *format = json_object_get(root, "format");
    if (!json_is_string(format) || strcmp(json_string_value(format), "binnet-ensemble 1") != 0)
        return json_bad(d, format ? "format" : "", "expected \"format\": \"binnet-ensemble 1\"");
    TRY(json_check_keys(d, root, "", keys));
    const json_t *list = json_object_get(root, "populations"), *self = json_object_get(root, "self_connections");
    size_t count = json_array_size(list);
    if (!json_is_array(list))
        return json_wrong_kind(d, "populations", list, "a list of objects");
    if (count == 0 || count > MOST_POPULATIONS || count > d->doc->length)
        return json_bad(d, "populations", "found %zu; expected 1 to %d", count, MOST_POPULATIONS);
    TRY(allocate(d, e, count));
    for (size_t a = 0; a < count; a++)
        TRY(read_population(d, e, json_array_get(list, a), a, &own));
    if (!json_is_boolean(self))
        return json_wrong_kind(d, "self_connections", self, "true or false");
    e->self_connections = json_is_true(self);
    TRY(json_read_word(d, root, "orientation", "orientation", ways, ORIENTATION_PRE_ROWS, &orientation));
    if (orientation == ORIENTATION_NONE && count > 1)
        return json_bad(d, "orientation", "is missing; expected pre-rows (row = sender) or post-rows (row = receiver)");
    TRY(read_matrix(d, e, root, "probability", 0, orientation));
    TRY(read_matrix(d, e, root, "weights", 1, orientation));
    TRY(json_read_word(d, root, "tie", "tie", ties, BINNET_TIE_ACTIVE, &e->tie));
    TRY(json_read_word(d, root, "normalisation", "normalisation", hows, 0, &how));
    if (how >= 0 && own)
        return json_bad(d, "normalisation", "found beside that of a population; expected one of them");
    static const int32_t codes[] = {BINNET_NORMALISE_NONE, BINNET_NORMALISE_N, BINNET_NORMALISE_INDEGREE};
    e->normalise = how >= 0 ? codes[how] : own ? BINNET_NORMALISE_FIXED : BINNET_NORMALISE_NONE;
    TRY(json_read_copy(d, root, "title", &e->title));
    return json_read_copy(d, root, "source", &e->source);
}

int ensemble_read_text(ensemble_file *e, const char *path, const char *text, size_t length, failure *why)
{
    document doc = {path, text, length};
    draft d = {.doc = &doc, .why = why, .list_name = "populations"};
    json_t *root;
    *e = (ensemble_file){.memory = *memory_of(why)};
    TRY(check_text(&doc, why));
    TRY(json_load(why, &doc, &root));
    int code = read_root(&d, e, root);
    json_decref(root);
    if (code != EXIT_DONE)
        ensemble_file_free(e);
    return code;
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
    return with_status(why, status,
                       fail(why, status == BINNET_E_NOMEM || status == BINNET_E_LIMIT ? EXIT_BUDGET : EXIT_INPUT, "%s",
                            binnet_ctx_message(ctx)));
}
