/* A network from a file of any format. */
#include "files/reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JSON = 1, MATRIX = 2, EDGES = 4, MTX = 8, NPY = 16 };

static const struct reader {
    const char *format;
    int (*read)(draft *d, const document *doc);
    int bit;
} readers[] = {{"json", read_json, JSON},
               {"matrix", read_csv_matrix, MATRIX},
               {"edges", read_csv_edges, EDGES},
               {"mtx", read_mtx, MTX},
               {"npy", read_npy, NPY}};

static const struct reader *find_reader(const char *format)
{
    for (size_t i = 0; format && i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].format, format) == 0)
            return &readers[i];
    return NULL;
}

static int ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), wanted = strlen(ending);
    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

/* By the file's ending, then by its first characters. *format = NULL: not known. */
static int detect(const char **format, const document *doc, const import_options *how, failure *why)
{
    static const char *const endings[][2] = {{".json", "json"}, {".mtx", "mtx"}, {".npy", "npy"}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(doc->path, endings[i][0])) {
            *format = endings[i][1];
            return EXIT_DONE;
        }
    document text = *doc;
    *format = "npy";
    if (doc->length >= 6 && memcmp(doc->text, "\x93NUMPY", 6) == 0)
        return EXIT_DONE;
    *format = NULL;
    if (check_text(&text, NULL) != EXIT_DONE)
        return EXIT_DONE;
    size_t first = 0;
    while (strchr(" \t\r\n\v\f", text.text[first]))
        first++;
    if (is_matrix_market(text.text, text.length))
        *format = "mtx";
    else if (text.text[first] == '{')
        *format = "json";
    else
        return detect_csv(format, &text, how, why);
    return EXIT_DONE;
}

static int check_options(const import_options *how, failure *why)
{
    if (!isfinite(how->weight_scale) || how->weight_scale == 0)
        return fail(why, EXIT_USAGE, "the weight scale is %g; expected a finite number that is not 0",
                    how->weight_scale);
    if (how->orientation < ORIENTATION_NONE || how->orientation > ORIENTATION_POST_ROWS)
        return fail(why, EXIT_USAGE, "the orientation is %d; expected pre-rows or post-rows", how->orientation);
    if (how->format && !find_reader(how->format))
        return fail(why, EXIT_USAGE, "the format is '%.60s'; expected json, matrix, edges, mtx or npy", how->format);
    if (how->n_signs && !how->transmitters)
        return fail(why, EXIT_USAGE, "--sign is given without --transmitters; expected both or none");
    if (how->transmitter_column && !how->transmitters)
        return fail(why, EXIT_USAGE, "--transmitter-column is given without --transmitters; expected both or none");
    return EXIT_DONE;
}

/* Options that say how to read one format go with no other. */
static int check_applies(const import_options *how, const struct reader *reader, failure *why)
{
    const struct {
        int given, formats;
        const char *option, *with;
    } limits[] = {
        {how->orientation != ORIENTATION_NONE, ~EDGES, "orientation", "matrices"},
        {how->names_file != NULL, MATRIX | MTX | NPY, "names", "mtx, npy and matrices without names"},
        {how->number_names, MATRIX, "number-names", "matrix"},
        {how->pre_column != NULL, EDGES, "pre-column", "edges"},
        {how->post_column != NULL, EDGES, "post-column", "edges"},
        {how->weight_column != NULL, EDGES, "weight-column", "edges"},
        {how->sign_column != NULL, EDGES, "sign-column", "edges"},
        {how->unsigned_edges != UNSIGNED_REFUSE, EDGES, "unsigned", "edges"},
        {how->neurons_file != NULL, EDGES, "neurons", "edges"},
        {how->n_filters > 0, EDGES, "where", "edges"},
        {how->undirected, EDGES, "undirected", "edges"},
        {how->sum_duplicates, EDGES | JSON | MTX, "duplicates", "edges, json and mtx"},
    };
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
        if (limits[k].given && !(limits[k].formats & reader->bit))
            return fail(why, EXIT_USAGE, "--%s is given with a file of format %s; expected it with %s only",
                        limits[k].option, reader->format, limits[k].with);
    return EXIT_DONE;
}

int network_read_text(network *out, const char *path, const char *text, size_t length, const import_options *how,
                      failure *why)
{
    static const import_options usual = {.weight_scale = 1};
    document doc = {.path = path, .text = text, .length = length};
    how = how ? how : &usual;
    memset(out, 0, sizeof *out);
    TRY(check_options(how, why));
    if (length == 0)
        return fail_at(why, EXIT_INPUT, path, 0, "is empty; expected a network");
    const char *format = how->format;
    if (!format)
        TRY(detect(&format, &doc, how, why));
    const struct reader *reader = find_reader(format);
    if (!reader)
        return fail_at(
            why, EXIT_INPUT, path, 0,
            "is neither JSON, Matrix Market nor npy, and its first line is neither that of a matrix (pre\\post "
            "or post\\pre and names, or numbers) nor of connections (pre, post, weight); expected one of them, or --from "
            "FORMAT");
    TRY(check_applies(how, reader, why));
    if (reader->bit != NPY)
        TRY(check_text(&doc, why));
    out->memory = *memory_of(why);
    draft d = {.net = out, .doc = &doc, .how = how, .why = why, .names = {.memory = out->memory}};
    if (reader->bit != JSON)
        snprintf(d.signs, sizeof d.signs, "the weights");
    int code = reader->read(&d, &doc);
    draft_free(&d);
    if (code != EXIT_DONE)
        network_free(out);
    return code;
}

int network_read(network *out, const char *path, const import_options *how, failure *why)
{
    char *text;
    size_t length;
    memset(out, 0, sizeof *out);
    if (strcmp(path, "-") == 0 && !(how && how->format))
        return fail(why, EXIT_USAGE, "the network comes from standard input; expected --from FORMAT with it");
    TRY(load_file(&text, &length, path, how ? how->max_bytes : 0, why));
    int code = network_read_text(out, strcmp(path, "-") == 0 ? "standard input" : path, text, length, how, why);
    memory_free(memory_of(why), text);
    return code;
}
