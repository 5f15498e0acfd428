/* Networks from separated values: a matrix with names or without, or a list of connections. */
#include "files/reading.h"
#include "text/csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- matrix --- */

static int corner(const char *text)
{
    if (strcmp(text, "pre\\post") == 0)
        return ORIENTATION_PRE_ROWS;
    if (strcmp(text, "post\\pre") == 0)
        return ORIENTATION_POST_ROWS;
    return ORIENTATION_NONE;
}

/* Is the first record, just read, a row of a matrix without names? Its first cell tells. */
static int is_plain(const csv *c, const import_options *how)
{
    return !how->number_names && looks_like_number(csv_text(c, 0));
}

/* And all others say the same. */
static int is_all_plain(const csv *c, const import_options *how)
{
    size_t i = 0;
    while (is_plain(c, how) && i < c->count && (!*csv_text(c, i) || looks_like_number(csv_text(c, i))))
        i++;
    return i == c->count;
}

static int matrix_header(draft *d, csv *c, int *orientation)
{
    if (c->count < 2)
        return fail_at(
            d->why, EXIT_INPUT, c->path, c->line,
            "found one field; expected pre\\post or post\\pre and the names, separated by commas, semicolons, "
            "tabs or blanks; or a row of numbers");
    int stated = corner(csv_text(c, 0));
    if (strchr(csv_text(c, 0), '\\') && stated == ORIENTATION_NONE)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                       "the first cell is '%.60s'; expected pre\\post (rows are presynaptic) or post\\pre",
                       csv_text(c, 0));
    if (d->how->names_file)
        return fail(d->why, EXIT_USAGE, "--names is given, but %.400s has names of its own; expected it without",
                    c->path);
    /* Numbers may be weights whose row or first cell went wrong: a neuron would be lost. */
    for (size_t i = 1; i < c->count && stated == ORIENTATION_NONE && !d->how->number_names; i++)
        if (looks_like_number(csv_text(c, i)))
            return fail_at(
                d->why, EXIT_INPUT, c->path, c->line,
                "the first row has the number '%.60s' in column %zu, where a name would be; expected numbers "
                "only, or names (pre\\post or post\\pre first, or --number-names, if these are names)",
                csv_text(c, i), i + 1);
    TRY(draft_orientation(d, orientation, stated, c->line));
    for (size_t i = 1; i < c->count; i++)
        TRY(draft_add_neuron(d, csv_text(c, i), c->line));
    return EXIT_DONE;
}

/* Numbers only; the first record is read. */
static int plain_rows(draft *d, csv *c)
{
    size_t n = c->count, rows = 0;
    int more = 1, orientation;
    TRY(draft_orientation(d, &orientation, ORIENTATION_NONE, c->line));
    for (; more; rows++) {
        if (c->count != n)
            return fail_at(d->why, EXIT_INPUT, c->path, c->line, "found %zu numbers; expected %zu as in the first row",
                           c->count, n);
        for (size_t i = 0; i < n; i++) {
            double weight;
            TRY(csv_number(c, i, "the weight", &weight));
            if (weight != 0 && rows < n)
                TRY(draft_enter(d, orientation, rows, i, weight, c->line));
        }
        TRY(csv_next(c, &more));
    }
    if (rows != n)
        return fail_at(
            d->why, EXIT_INPUT, c->path, 0,
            "%zu rows of %zu numbers; expected as many rows as columns (or above them the names of columns, as "
            "pre,post,weight, for a list of connections)",
            rows, n);
    if (!d->how->names_file)
        TRY(network_note(d->net, d->why, "a matrix of numbers only: its %zu neurons are named by their places", n));
    return draft_name_neurons(d, d->how->names_file, n);
}

static int matrix_row(draft *d, csv *c, int orientation, size_t *row_line)
{
    size_t n = d->names.count;
    const char *name = csv_text(c, 0);
    int64_t row = names_find(&d->names, name);
    if (row < 0)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                       "row '%.60s' has no column of that name; expected the same names for rows and columns", name);
    if (row_line[row])
        return fail_at(d->why, EXIT_INPUT, c->path, c->line, "a second row '%.60s'; the first is in line %zu", name,
                       row_line[row]);
    row_line[row] = c->line;
    if (c->count != n + 1)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line, "row '%.60s' has %zu values; expected %zu", name,
                       c->count - 1, n);
    for (size_t i = 0; i < n; i++) {
        double weight;
        TRY(csv_number(c, i + 1, "the weight", &weight));
        if (weight != 0)
            TRY(draft_enter(d, orientation, (size_t)row, i, weight, c->line));
    }
    return EXIT_DONE;
}

static int matrix_rows(draft *d, csv *c)
{
    int more, orientation, code;
    TRY(csv_next(c, &more));
    if (!more)
        return fail_at(d->why, EXIT_INPUT, c->path, 0, "has no rows; expected a row of names first");
    if (is_plain(c, d->how))
        return plain_rows(d, c);
    TRY(matrix_header(d, c, &orientation));
    size_t n = d->names.count, rows = 0, *row_line = memory_new(memory_of(d->why), n, sizeof *row_line);
    if (!row_line)
        return fail_memory(d->why, c->path);
    while ((code = csv_next(c, &more)) == EXIT_DONE && more) {
        code = matrix_row(d, c, orientation, row_line);
        if (code != EXIT_DONE)
            break;
        rows++;
    }
    for (size_t i = 0; i < n && code == EXIT_DONE; i++)
        if (!row_line[i])
            code = fail_at(d->why, EXIT_INPUT, c->path, c->line,
                           "found %zu rows for %zu columns; expected a row for '%.60s' too", rows, n, d->names.name[i]);
    memory_free(memory_of(d->why), row_line);
    return code;
}

int read_csv_matrix(draft *d, const document *doc)
{
    csv c;
    csv_start(&c, doc, d->why);
    int code = matrix_rows(d, &c);
    csv_free(&c);
    TRY(code);
    return draft_finish(d);
}

/* --- connections --- */

typedef struct columns {
    int64_t pre, post, weight, sign; /* weight -1: all are 1; sign -1: none */
    int64_t *filter;                 /* [how->n_filters] */
    size_t count, rows, kept;
} columns;

/* Texts of the sign column that are not signs, and how often each came. */
typedef struct unsigned_texts {
    name_set text;
    size_t *times, room;
} unsigned_texts;

static int count_unsigned(draft *d, unsigned_texts *seen, const char *text)
{
    int fresh;
    int64_t k = names_add(&seen->text, *text ? text : "(empty)", &fresh);
    if (k < 0)
        return fail_memory(d->why, d->doc->path);
    if ((size_t)k >= seen->room) {
        size_t room = seen->room ? 2 * seen->room : 8,
               *larger = memory_grow(memory_of(d->why), seen->times, room * sizeof *larger);
        if (!larger)
            return fail_memory(d->why, d->doc->path);
        seen->times = larger;
        seen->room = room;
    }
    seen->times[k] = fresh ? 1 : seen->times[k] + 1;
    return EXIT_DONE;
}

/* "1415 connections of sign 'no pred' dropped (--unsigned drop)", one note for each text. */
static int note_unsigned(draft *d, const unsigned_texts *seen)
{
    static const char *const done[] = {"", "dropped (--unsigned drop)", "counted as + (--unsigned +)",
                                       "counted as - (--unsigned -)"};
    for (size_t k = 0; k < seen->text.count; k++)
        TRY(network_note(d->net, d->why, "%zu connection%s of sign '%.60s' %s", seen->times[k],
                         seen->times[k] == 1 ? "" : "s", seen->text.name[k], done[d->how->unsigned_edges]));
    return EXIT_DONE;
}

static int need_column(csv *c, const char *given, const char *usual, const char *option, int64_t *column)
{
    char list[400];
    TRY(csv_column(c, given ? given : usual, column));
    if (*column < 0)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "no column is named '%.60s'; expected %s with one of: %s",
                       given ? given : usual, option, csv_list(c, list, sizeof list));
    return EXIT_DONE;
}

/* A list of pairs alone has weights of 1; beside other columns one of them may be the weight. */
static int find_weight(csv *c, const import_options *how, columns *at)
{
    char list[400];
    at->weight = -1;
    if (how->weight_column && !*how->weight_column)
        return EXIT_DONE;
    if (how->weight_column)
        return need_column(c, how->weight_column, NULL, "--weight-column", &at->weight);
    TRY(csv_column(c, "weight", &at->weight));
    size_t known = 2 + (at->sign >= 0);
    for (size_t k = 0; k < how->n_filters; k++) {
        int again = at->filter[k] == at->pre || at->filter[k] == at->post || at->filter[k] == at->sign;
        for (size_t m = 0; m < k; m++)
            again |= at->filter[m] == at->filter[k];
        known += !again;
    }
    if (at->weight >= 0 || c->count == known)
        return EXIT_DONE;
    return fail_at(
        c->why, EXIT_INPUT, c->path, c->line,
        "no column is named 'weight'; expected --weight-column with one of: %s (or with '': all weights are 1)",
        csv_list(c, list, sizeof list));
}

static int find_edge_columns(csv *c, const import_options *how, columns *at)
{
    at->count = c->count;
    TRY(need_column(c, how->pre_column, "pre", "--pre-column", &at->pre));
    TRY(need_column(c, how->post_column, "post", "--post-column", &at->post));
    /* An empty name: the signs of a sign column are not wanted. */
    if (how->sign_column && *how->sign_column)
        TRY(need_column(c, how->sign_column, NULL, "--sign-column", &at->sign));
    else if (how->sign_column)
        at->sign = -1;
    else
        TRY(csv_column(c, "sign", &at->sign));
    at->filter = memory_new(memory_of(c->why), how->n_filters + 1, sizeof *at->filter);
    if (!at->filter)
        return fail_memory(c->why, c->path);
    for (size_t k = 0; k < how->n_filters; k++)
        TRY(need_column(c, how->filter[k].column, NULL, "--where", &at->filter[k]));
    TRY(find_weight(c, how, at));
    if (at->pre == at->post || at->pre == at->weight || at->post == at->weight || at->sign == at->pre ||
        at->sign == at->post || (at->sign >= 0 && at->sign == at->weight))
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "one column is used twice; expected different columns for pre, post, weight and sign");
    return EXIT_DONE;
}

/* Which columns were used for what, and which were not. */
static int note_columns(draft *d, const csv *c, const columns *at)
{
    const import_options *how = d->how;
    char unused[500], weight[80] = "1 for all";
    size_t *used = memory_new(memory_of(d->why), how->n_filters + 4, sizeof *used), count = 2;
    if (!used)
        return fail_memory(d->why, c->path);
    used[0] = (size_t)at->pre;
    used[1] = (size_t)at->post;
    if (at->weight >= 0) {
        used[count++] = (size_t)at->weight;
        snprintf(weight, sizeof weight, "column '%.60s'", csv_text(c, (size_t)at->weight));
    }
    if (at->sign >= 0)
        used[count++] = (size_t)at->sign;
    for (size_t k = 0; k < how->n_filters; k++)
        used[count++] = (size_t)at->filter[k];
    csv_unused(c, unused, sizeof unused, used, count);
    memory_free(memory_of(d->why), used);
    if (at->sign >= 0)
        snprintf(d->signs, sizeof d->signs, "column '%.60s'", csv_text(c, (size_t)at->sign));
    return network_note(d->net, d->why, "connections from column '%.60s' to column '%.60s', weights %s%s",
                        csv_text(c, (size_t)at->pre), csv_text(c, (size_t)at->post), weight, unused);
}

static int has_text(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return 1;
    return 0;
}

/* A column of signs that nobody asked for: *name is its name, to be freed. */
static int find_forgotten_sign(draft *d, const csv *c, const columns *at, char **name)
{
    *name = NULL;
    if (at->sign >= 0 || d->how->sign_column || d->how->transmitters)
        return EXIT_DONE;
    for (size_t i = 0; i < c->count && !*name; i++)
        if ((int64_t)i != at->pre && (int64_t)i != at->post && (int64_t)i != at->weight &&
            has_text(csv_text(c, i), "sign")) {
            *name = memory_text(memory_of(d->why), csv_text(c, i));
            if (!*name)
                return fail_memory(d->why, c->path);
        }
    return EXIT_DONE;
}

/* Said when all weights came out positive. */
static int doubt_signs(draft *d, const char *name)
{
    static const char format[] =
        "column '%.60s' is not used and no weight is negative: expected --sign-column '%.60s', "
        "or '' for no signs";
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].weight < 0)
            return EXIT_DONE;
    size_t size = sizeof format + 120;
    d->net->doubt = memory_raw(memory_of(d->why), size);
    if (!d->net->doubt)
        return fail_memory(d->why, d->doc->path);
    snprintf(d->net->doubt, size, format, name, name);
    return network_note(d->net, d->why, "%s", d->net->doubt);
}

static int edges_header(draft *d, csv *c, columns *at)
{
    const import_options *how = d->how;
    int more;
    TRY(csv_next(c, &more));
    if (!more)
        return fail_at(d->why, EXIT_INPUT, c->path, 0, "has no rows; expected the names of the columns first");
    TRY(find_edge_columns(c, how, at));
    if (at->sign >= 0 && how->transmitters)
        return fail(d->why, EXIT_USAGE,
                    "%.400s has the sign column '%.60s' and transmitters are given too; expected one "
                    "source of signs (--sign-column '' leaves the column out)",
                    c->path, csv_text(c, (size_t)at->sign));
    if (at->sign < 0 && how->unsigned_edges)
        return fail(d->why, EXIT_USAGE, "--unsigned is given, but %.400s is read without a sign column; expected one",
                    c->path);
    if (how->undirected && how->transmitters)
        return fail(d->why, EXIT_USAGE,
                    "--undirected is given with --transmitters; expected one of them: only directed "
                    "connections have a presynaptic transmitter");
    return note_columns(d, c, at);
}

/* Does the record hold one of the texts wanted, in each column that has some? */
static int passes_filters(const csv *c, const import_options *how, const columns *at)
{
    for (size_t k = 0; k < how->n_filters; k++) {
        int passes = 0;
        for (size_t m = 0; m < how->n_filters; m++)
            passes |= at->filter[m] == at->filter[k] &&
                      strcmp(csv_text(c, (size_t)at->filter[k]), how->filter[m].text) == 0;
        if (!passes)
            return 0;
    }
    return 1;
}

static int note_filters(draft *d, const columns *at)
{
    const import_options *how = d->how;
    if (how->n_filters && !at->kept)
        return fail_at(d->why, EXIT_INPUT, d->doc->path, 0, "none of %zu rows has '%.60s' in column '%.60s'%s",
                       at->rows, how->filter[0].text, how->filter[0].column,
                       how->n_filters > 1 ? " and what else --where asks for" : "");
    for (size_t k = 0; k < how->n_filters; k++)
        TRY(network_note(d->net, d->why, "rows with %.60s = '%.60s'", how->filter[k].column, how->filter[k].text));
    if (how->n_filters)
        TRY(network_note(d->net, d->why, "%zu of %zu rows taken (--where)", at->kept, at->rows));
    if (how->undirected)
        TRY(network_note(d->net, d->why, "each connection counted in both directions (--undirected)"));
    return EXIT_DONE;
}

/* *keep = 0: the connection is dropped. */
static int edge_sign(draft *d, csv *c, int64_t column, unsigned_texts *seen, double *weight, int *keep)
{
    static const struct {
        const char *text;
        double factor;
    } known[] = {{"1", 1}, {"+1", 1}, {"+", 1}, {"-1", -1}, {"-", -1}, {"0", 0}};
    *keep = 1;
    if (column < 0)
        return EXIT_DONE;
    const char *text = csv_text(c, (size_t)column);
    if (*weight < 0)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "the weight is negative beside a sign column; expected 0 or more");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].text) == 0) {
            *weight *= known[i].factor;
            return EXIT_DONE;
        }
    if (d->how->unsigned_edges == UNSIGNED_REFUSE)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "the sign, in column %zu, is '%.60s'; expected 1, -1, 0, + or - (or --unsigned drop, + or -)",
                       (size_t)column + 1, text);
    *keep = d->how->unsigned_edges != UNSIGNED_DROP;
    *weight *= d->how->unsigned_edges == UNSIGNED_MINUS ? -1 : 1;
    return count_unsigned(d, seen, text);
}

static int edge_neuron(draft *d, csv *c, int64_t column, const char *role, int64_t *neuron)
{
    const char *name = csv_text(c, (size_t)column);
    *neuron = names_find(&d->names, name);
    if (*neuron >= 0)
        return EXIT_DONE;
    if (d->how->neurons_file)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line, "the %s neuron '%.60s' is not in %.200s", role, name,
                       d->how->neurons_file);
    TRY(draft_add_neuron(d, name, c->line));
    *neuron = (int64_t)d->names.count - 1;
    return EXIT_DONE;
}

static int edge_record(draft *d, csv *c, const columns *at, unsigned_texts *seen)
{
    int64_t pre, post;
    double weight = 1;
    int keep;
    TRY(edge_neuron(d, c, at->pre, "presynaptic", &pre));
    TRY(edge_neuron(d, c, at->post, "postsynaptic", &post));
    if (at->weight >= 0)
        TRY(csv_number(c, (size_t)at->weight, "the weight", &weight));
    TRY(edge_sign(d, c, at->sign, seen, &weight, &keep));
    if (!keep)
        return EXIT_DONE;
    TRY(draft_connect(d, pre, post, weight, c->line));
    return d->how->undirected && pre != post ? draft_connect(d, post, pre, weight, c->line) : EXIT_DONE;
}

static int edges_records(draft *d, csv *c, columns *at, unsigned_texts *seen)
{
    int more;
    if (d->how->neurons_file)
        TRY(draft_read_names(d, d->how->neurons_file));
    for (;;) {
        TRY(csv_next(c, &more));
        if (!more)
            break;
        if (c->count != at->count)
            return fail_at(d->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu as in the header",
                           c->count, at->count);
        at->rows++;
        if (!passes_filters(c, d->how, at))
            continue;
        at->kept++;
        TRY(edge_record(d, c, at, seen));
    }
    TRY(note_filters(d, at));
    return note_unsigned(d, seen);
}

static int edges_rows(draft *d, csv *c, columns *at, unsigned_texts *seen)
{
    char *forgotten;
    TRY(edges_header(d, c, at));
    TRY(find_forgotten_sign(d, c, at, &forgotten));
    int code = edges_records(d, c, at, seen);
    if (code == EXIT_DONE && forgotten)
        code = doubt_signs(d, forgotten);
    memory_free(memory_of(d->why), forgotten);
    return code;
}

int read_csv_edges(draft *d, const document *doc)
{
    csv c;
    unsigned_texts seen = {.text = {.memory = *memory_of(d->why)}};
    columns at = {0};
    csv_start(&c, doc, d->why);
    int code = edges_rows(d, &c, &at, &seen);
    csv_free(&c);
    memory_free(memory_of(d->why), at.filter);
    names_free(&seen.text);
    memory_free(memory_of(d->why), seen.times);
    TRY(code);
    return draft_finish(d);
}

int detect_csv(const char **format, const document *doc, const import_options *how, failure *why)
{
    const char *pre_name = how->pre_column ? how->pre_column : "pre",
               *post_name = how->post_column ? how->post_column : "post";
    csv c;
    int more;
    int64_t pre = -1, post = -1;
    *format = NULL;
    csv_start(&c, doc, why);
    int code = csv_next(&c, &more);
    if (code == EXIT_DONE && more && is_all_plain(&c, how))
        *format = "matrix";
    else if (code == EXIT_DONE && more && c.count > 1) {
        /* A name that occurs twice is for the reader to complain about. */
        for (size_t i = 0; i < c.count; i++) {
            pre = strcmp(csv_text(&c, i), pre_name) == 0 ? (int64_t)i : pre;
            post = strcmp(csv_text(&c, i), post_name) == 0 ? (int64_t)i : post;
        }
        if (pre >= 0 && post >= 0)
            *format = "edges";
        else if (corner(csv_text(&c, 0)) != ORIENTATION_NONE || how->orientation != ORIENTATION_NONE ||
                 how->number_names || csv_text(&c, 0)[0] == 0)
            *format = "matrix";
    }
    csv_free(&c);
    /* Only want of memory matters here: a file that cannot be cut into fields is of another kind. */
    return code == EXIT_BUDGET ? code : EXIT_DONE;
}
