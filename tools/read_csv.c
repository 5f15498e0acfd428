/* Networks from comma-separated values: a matrix with names, or a list of connections. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

/* --- matrix --- */

static int corner(const char *text)
{
    if (strcmp(text, "pre\\post") == 0)
        return ORIENTATION_PRE_ROWS;
    if (strcmp(text, "post\\pre") == 0)
        return ORIENTATION_POST_ROWS;
    return ORIENTATION_NONE;
}

static int matrix_header(draft *d, csv *c, int *orientation)
{
    int more;
    TRY(csv_next(c, &more));
    if (!more)
        return fail_at(d->why, EXIT_INPUT, c->path, 0, "has no rows; expected a row of names first");
    if (c->count < 2)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                       "found one field; expected pre\\post or post\\pre and the names, separated by commas");
    int stated = corner(csv_text(c, 0));
    if (strchr(csv_text(c, 0), '\\') && stated == ORIENTATION_NONE)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                       "the first cell is '%.60s'; expected pre\\post (rows are presynaptic) or post\\pre",
                       csv_text(c, 0));
    TRY(draft_orientation(d, orientation, stated, c->line));
    for (size_t i = 1; i < c->count; i++)
        TRY(draft_add_neuron(d, csv_text(c, i), c->line));
    return EXIT_DONE;
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
    TRY(matrix_header(d, c, &orientation));
    size_t n = d->names.count, rows = 0, *row_line = calloc(n, sizeof *row_line);
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
    free(row_line);
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
    int64_t pre, post, weight, sign; /* sign -1: none */
    size_t count;
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
        size_t room = seen->room ? 2 * seen->room : 8, *larger = realloc(seen->times, room * sizeof *larger);
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

static int edges_header(draft *d, csv *c, columns *at)
{
    const import_options *how = d->how;
    int more;
    TRY(csv_next(c, &more));
    if (!more)
        return fail_at(d->why, EXIT_INPUT, c->path, 0, "has no rows; expected the names of the columns first");
    at->count = c->count;
    TRY(need_column(c, how->pre_column, "pre", "--pre-column", &at->pre));
    TRY(need_column(c, how->post_column, "post", "--post-column", &at->post));
    TRY(need_column(c, how->weight_column, "weight", "--weight-column", &at->weight));
    /* An empty name: the signs of a sign column are not wanted. */
    if (how->sign_column && *how->sign_column)
        TRY(need_column(c, how->sign_column, NULL, "--sign-column", &at->sign));
    else if (how->sign_column)
        at->sign = -1;
    else
        TRY(csv_column(c, "sign", &at->sign));
    if (at->pre == at->post || at->pre == at->weight || at->post == at->weight || at->sign == at->pre ||
        at->sign == at->post || at->sign == at->weight)
        return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                       "one column is used twice; expected different columns for pre, post, weight and sign");
    if (at->sign >= 0 && how->transmitters)
        return fail(d->why, EXIT_USAGE,
                    "%.400s has the sign column '%.60s' and transmitters are given too; expected one "
                    "source of signs (--sign-column '' leaves the column out)",
                    c->path, csv_text(c, (size_t)at->sign));
    if (at->sign < 0 && how->unsigned_edges)
        return fail(d->why, EXIT_USAGE, "--unsigned is given, but %.400s is read without a sign column; expected one",
                    c->path);
    if (at->sign >= 0)
        TRY(network_note(d->net, d->why, "signs from column '%s'", csv_text(c, (size_t)at->sign)));
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

static int edges_rows(draft *d, csv *c, unsigned_texts *seen)
{
    columns at;
    int more;
    TRY(edges_header(d, c, &at));
    if (d->how->neurons_file)
        TRY(draft_read_names(d, d->how->neurons_file));
    for (;;) {
        int64_t pre, post;
        double weight;
        int keep;
        TRY(csv_next(c, &more));
        if (!more)
            return note_unsigned(d, seen);
        if (c->count != at.count)
            return fail_at(d->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu as in the header",
                           c->count, at.count);
        TRY(edge_neuron(d, c, at.pre, "presynaptic", &pre));
        TRY(edge_neuron(d, c, at.post, "postsynaptic", &post));
        TRY(csv_number(c, (size_t)at.weight, "the weight", &weight));
        TRY(edge_sign(d, c, at.sign, seen, &weight, &keep));
        if (keep)
            TRY(draft_connect(d, pre, post, weight, c->line));
    }
}

int read_csv_edges(draft *d, const document *doc)
{
    csv c;
    unsigned_texts seen = {0};
    csv_start(&c, doc, d->why);
    int code = edges_rows(d, &c, &seen);
    csv_free(&c);
    names_free(&seen.text);
    free(seen.times);
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
    if (code == EXIT_DONE && more && c.count > 1) {
        /* A name that occurs twice is for the reader to complain about. */
        for (size_t i = 0; i < c.count; i++) {
            pre = strcmp(csv_text(&c, i), pre_name) == 0 ? (int64_t)i : pre;
            post = strcmp(csv_text(&c, i), post_name) == 0 ? (int64_t)i : post;
        }
        if (pre >= 0 && post >= 0)
            *format = "edges";
        else if (corner(csv_text(&c, 0)) != ORIENTATION_NONE || how->orientation != ORIENTATION_NONE ||
                 csv_text(&c, 0)[0] == 0)
            *format = "matrix";
    }
    csv_free(&c);
    /* Only want of memory matters here: a file that cannot be cut into fields is of another kind. */
    return code == EXIT_BUDGET ? code : EXIT_DONE;
}
