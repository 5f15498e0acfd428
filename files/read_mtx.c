/* Matrix Market files: coordinate or array; real, integer or pattern; general, symmetric or skew-symmetric. */
#include "files/reading.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { MAX_WORDS = 6 };

/* A line cut into words; the words stay in the text. */
typedef struct lines {
    draft *d;
    const char *path, *at, *end;
    size_t line, next_line;
    const char *word[MAX_WORDS];
    size_t length[MAX_WORDS], words; /* words may be more than MAX_WORDS: the others are only counted */
} lines;

typedef struct shape {
    int coordinate, pattern, integer, symmetric, skew;
    int stated; /* orientation */
    size_t n, entries;
} shape;

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void cut_line(lines *l)
{
    l->line = l->next_line++;
    l->words = 0;
    while (l->at < l->end && *l->at != '\n') {
        if (is_space(*l->at)) {
            l->at++;
            continue;
        }
        const char *begin = l->at;
        while (l->at < l->end && *l->at != '\n' && !is_space(*l->at))
            l->at++;
        if (l->words < MAX_WORDS) {
            l->word[l->words] = begin;
            l->length[l->words] = (size_t)(l->at - begin);
        }
        l->words++;
    }
    if (l->at < l->end)
        l->at++;
}

/* The next line with words on it; comments are skipped. 0 at the end of the text. */
static int next_data(lines *l)
{
    while (l->at < l->end) {
        cut_line(l);
        if (l->words && l->word[0][0] != '%')
            return 1;
    }
    return 0;
}

static int word_is(const lines *l, size_t i, const char *text)
{
    return l->length[i] == strlen(text) && strncasecmp(l->word[i], text, l->length[i]) == 0;
}

static int word_fail(lines *l, size_t i, const char *what, const char *expected)
{
    int shown = l->length[i] < 60 ? (int)l->length[i] : 60;
    return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "%s is '%.*s'; %s", what, shown, l->word[i], expected);
}

int is_matrix_market(const char *text, size_t length)
{
    static const char word[] = "%%MatrixMarket";
    for (int k = 0; k < 2; k++)
        if (length >= sizeof word - 1 - (size_t)k && strncasecmp(text, word + k, sizeof word - 1 - (size_t)k) == 0)
            return 1;
    return 0;
}

static int read_banner(lines *l, shape *s)
{
    cut_line(l);
    if (l->words != 5 || !(word_is(l, 0, "%%MatrixMarket") || word_is(l, 0, "%MatrixMarket")))
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line,
                       "expected a first line such as %%%%MatrixMarket matrix coordinate real general");
    if (!word_is(l, 1, "matrix"))
        return word_fail(l, 1, "the object", "expected matrix");
    s->coordinate = word_is(l, 2, "coordinate");
    if (!s->coordinate && !word_is(l, 2, "array"))
        return word_fail(l, 2, "the format", "expected coordinate or array");
    s->pattern = word_is(l, 3, "pattern");
    s->integer = word_is(l, 3, "integer");
    if (!s->pattern && !s->integer && !word_is(l, 3, "real") && !word_is(l, 3, "double"))
        return word_fail(l, 3, "the field", "expected real, integer or pattern");
    if (s->pattern && !s->coordinate)
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "found array and pattern; expected values in an array");
    s->symmetric = word_is(l, 4, "symmetric");
    s->skew = word_is(l, 4, "skew-symmetric");
    if (!s->symmetric && !s->skew && !word_is(l, 4, "general"))
        return word_fail(l, 4, "the symmetry", "expected general, symmetric or skew-symmetric");
    if (s->skew && s->pattern)
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line,
                       "found pattern and skew-symmetric; expected values in a skew-symmetric matrix");
    return EXIT_DONE;
}

/* "% pre\post" or "% post\pre" among the comments says what the rows are. */
static int read_comments(lines *l, shape *s)
{
    while (l->at < l->end) {
        lines before = *l;
        cut_line(l);
        if (l->words && l->word[0][0] != '%') {
            *l = before;
            return EXIT_DONE;
        }
        int stated = l->words != 2 || l->length[0] != 1 ? ORIENTATION_NONE
                     : word_is(l, 1, "pre\\post")       ? ORIENTATION_PRE_ROWS
                     : word_is(l, 1, "post\\pre")       ? ORIENTATION_POST_ROWS
                                                        : ORIENTATION_NONE;
        if (stated != ORIENTATION_NONE && s->stated != ORIENTATION_NONE && stated != s->stated)
            return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "found both pre\\post and post\\pre; expected one");
        s->stated = stated != ORIENTATION_NONE ? stated : s->stated;
    }
    return EXIT_DONE;
}

/* A whole number from 1 (or 0) to max. */
static int read_count(lines *l, size_t i, const char *what, size_t least, size_t max, size_t *out)
{
    size_t value = 0;
    *out = 0;
    for (size_t k = 0; k < l->length[i]; k++) {
        if (l->word[i][k] < '0' || l->word[i][k] > '9' || value > max / 10)
            value = max + 1;
        else
            value = 10 * value + (size_t)(l->word[i][k] - '0');
        if (value > max)
            break;
    }
    if (value >= least && value <= max) {
        *out = value;
        return EXIT_DONE;
    }
    char expected[80];
    snprintf(expected, sizeof expected, "expected a whole number from %zu to %zu", least, max);
    return word_fail(l, i, what, expected);
}

static int read_sizes(lines *l, shape *s)
{
    size_t columns = 0, wanted = s->coordinate ? 3 : 2;
    if (!next_data(l))
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->next_line, "the file ends; expected a line with the sizes");
    if (l->words != wanted)
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "found %zu words; expected %s", l->words,
                       s->coordinate ? "rows, columns and entries" : "rows and columns");
    TRY(read_count(l, 0, "the number of rows", 1, BINNET_MAX_NETWORK, &s->n));
    TRY(read_count(l, 1, "the number of columns", 1, BINNET_MAX_NETWORK, &columns));
    if (columns != s->n)
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "%zu rows and %zu columns; expected a square matrix",
                       s->n, columns);
    if (s->coordinate)
        return read_count(l, 2, "the number of entries", 0, (size_t)1 << (sizeof(size_t) > 4 ? 40 : 26), &s->entries);
    if ((uint64_t)s->n * s->n > SIZE_MAX)
        return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "%zu x %zu entries do not fit an address", s->n, s->n);
    s->entries = s->skew ? s->n * (s->n - 1) / 2 : s->symmetric ? s->n * (s->n + 1) / 2 : s->n * s->n;
    return EXIT_DONE;
}

static int read_weight(lines *l, size_t i, const shape *s, double *weight)
{
    const char *problem = parse_number(weight, l->word[i], l->length[i]);
    if (!problem && s->integer && *weight != floor(*weight))
        problem = "expected a whole number, as the first line says";
    return problem ? word_fail(l, i, "the weight", problem) : EXIT_DONE;
}

static int enter(lines *l, const shape *s, int orientation, size_t row, size_t column, double weight)
{
    TRY(draft_enter(l->d, orientation, row, column, weight, l->line));
    if (row == column || !(s->symmetric || s->skew))
        return EXIT_DONE;
    return draft_enter(l->d, orientation, column, row, s->skew ? -weight : weight, l->line);
}

static int read_coordinates(lines *l, const shape *s, int orientation)
{
    size_t wanted = s->pattern ? 2 : 3, row = 0, column = 0;
    for (size_t k = 0; k < s->entries; k++) {
        double weight = 1;
        if (!next_data(l))
            return fail_at(l->d->why, EXIT_INPUT, l->path, l->next_line,
                           "the file ends after %zu entries; expected %zu", k, s->entries);
        if (l->words != wanted)
            return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "found %zu words; expected %s", l->words,
                           s->pattern ? "row and column" : "row, column and weight");
        TRY(read_count(l, 0, "the row", 1, s->n, &row));
        TRY(read_count(l, 1, "the column", 1, s->n, &column));
        if ((s->symmetric && row < column) || (s->skew && row <= column))
            return fail_at(l->d->why, EXIT_INPUT, l->path, l->line,
                           "entry (%zu, %zu); expected only entries %s the diagonal, the others follow from them", row,
                           column, s->skew ? "below" : "on or below");
        if (!s->pattern)
            TRY(read_weight(l, 2, s, &weight));
        TRY(enter(l, s, orientation, row - 1, column - 1, weight));
    }
    return EXIT_DONE;
}

/* Column by column; a symmetric matrix from the diagonal down, a skew one from below it. */
static int read_array(lines *l, const shape *s, int orientation)
{
    for (size_t column = 0; column < s->n; column++)
        for (size_t row = s->skew ? column + 1 : s->symmetric ? column : 0; row < s->n; row++) {
            double weight;
            if (!next_data(l))
                return fail_at(l->d->why, EXIT_INPUT, l->path, l->next_line,
                               "the file ends before entry (%zu, %zu); expected %zu values", row + 1, column + 1,
                               s->entries);
            if (l->words != 1)
                return fail_at(l->d->why, EXIT_INPUT, l->path, l->line, "found %zu words; expected one value",
                               l->words);
            TRY(read_weight(l, 0, s, &weight));
            if (weight != 0)
                TRY(enter(l, s, orientation, row, column, weight));
        }
    return EXIT_DONE;
}

int read_mtx(draft *d, const document *doc)
{
    lines l = {.d = d, .path = doc->path, .at = doc->text, .end = doc->text + doc->length, .next_line = 1};
    shape s = {0};
    int orientation = ORIENTATION_POST_ROWS;
    TRY(read_banner(&l, &s));
    TRY(read_comments(&l, &s));
    TRY(read_sizes(&l, &s));
    /* A value takes two characters at least: what the file cannot hold is refused before memory is taken for it. */
    if (s.entries > doc->length)
        return fail_at(d->why, EXIT_INPUT, doc->path, l.line,
                       "%zu entries are announced; expected no more than the file "
                       "of %zu bytes can hold",
                       s.entries, doc->length);
    if (d->how->sum_duplicates && !s.coordinate)
        return fail(d->why, EXIT_USAGE, "--duplicates is given, but %.400s is an array; expected it with coordinates",
                    doc->path);
    if (!s.symmetric)
        TRY(draft_orientation(d, &orientation, s.stated, l.line));
    TRY(s.coordinate ? read_coordinates(&l, &s, orientation) : read_array(&l, &s, orientation));
    if (next_data(&l))
        return fail_at(d->why, EXIT_INPUT, doc->path, l.line,
                       "found more behind the last of %zu entries; expected the end", s.entries);
    TRY(draft_name_neurons(d, d->how->names_file, s.n));
    return draft_finish(d);
}
