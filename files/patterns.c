/* Patterns, sequences and cycles: text and PBM images. */
#include "files/patterns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct pattern_reader {
    patterns *to;
    const document *doc;
    uint64_t max_bytes;
    failure *why;
    size_t line;
    size_t room, path_room;
    uint8_t *row; /* the pattern that is being read */
    size_t row_count, row_room, row_line, row_width, rows;
    char row_name[MAX_NAME + 1];
    int signs; /* -1: some activity is -1; 1: some is 0; 0: neither so far */
    int open;  /* a pattern is being read */
} pattern_reader;

void patterns_free(patterns *p)
{
    for (size_t k = 0; k < p->count; k++)
        memory_free(&p->memory, p->name[k]);
    for (size_t k = 0; k < p->paths; k++)
        memory_free(&p->memory, p->path[k].pattern);
    memory_free(&p->memory, p->name);
    memory_free(&p->memory, p->line);
    memory_free(&p->memory, p->state);
    memory_free(&p->memory, p->path);
    *p = (patterns){.memory = p->memory};
}

int64_t patterns_find(const patterns *p, const char *name)
{
    for (size_t k = 0; k < p->count; k++)
        if (strcmp(p->name[k], name) == 0)
            return (int64_t)k;
    return -1;
}

/* --- rows --- */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}

/* A row of 0 and 1, -1 and 1, or . and X: at most `room` activities into state; *count how many. NULL, or what is wrong. */
static const char *parse_activities(uint8_t *state, size_t *count, size_t room, const char *text, size_t length,
                                    int *signs)
{
    *count = 0;
    for (size_t k = 0; k < length; k++) {
        char c = text[k];
        int value = c == '1' || c == 'X' ? 1 : 0, sign = c == '0' || c == '.' ? 1 : 0;
        if (is_space(c))
            continue;
        if ((c == '-' || c == '+') && k + 1 < length && text[k + 1] == '1') {
            value = c == '+';
            sign = c == '-' ? -1 : 0;
            k++;
            if (k + 1 < length && !is_space(text[k + 1]) && text[k + 1] != '-' && text[k + 1] != '+')
                return "expected a blank or a comma after -1 or +1";
        } else if (strchr("01.X", c) == NULL || c == '\0')
            return "expected activities: 0 and 1, -1 and 1, or . and X";
        if (sign != 0 && *signs == -sign)
            return "found both 0 and -1; expected activities 0 and 1, or -1 and 1";
        *signs = sign != 0 ? sign : *signs;
        if (*count == room)
            return "too many activities";
        state[(*count)++] = (uint8_t)value;
    }
    return NULL;
}

static int bad_line(pattern_reader *r, const char *text)
{
    return fail_at(r->why, EXIT_INPUT, r->doc->path, r->line, "%s", text);
}

static int no_memory(pattern_reader *r)
{
    return with_status(r->why, BINNET_E_NOMEM,
                       fail_at(r->why, EXIT_BUDGET, r->doc->path, r->line, "no memory for the patterns"));
}

/* More room in an array of items; NULL stays valid on failure. */
static int grow_list(const file_memory *m, void *list, size_t *room, size_t need, size_t item)
{
    void **p = list;
    if (need <= *room)
        return 1;
    size_t more = 2 * need + 16;
    void *larger = more <= SIZE_MAX / item ? memory_grow(m, *p, more * item) : NULL;
    if (larger == NULL)
        return 0;
    *p = larger;
    *room = more;
    return 1;
}

/* The pattern that was being read becomes one of the list. */
static int close_pattern(pattern_reader *r)
{
    patterns *p = r->to;
    if (!r->open)
        return EXIT_DONE;
    r->open = 0;
    size_t here = r->line;
    r->line = r->row_line;
    if (r->row_count == 0)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, r->row_line,
                       "'%.60s' has no activities; expected rows of 0 and 1 below it", r->row_name);
    if (p->count > 0 && r->row_count != p->n)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, r->row_line,
                       "pattern '%.60s' has %zu activities; expected %zu as in '%.60s' (line %zu)", r->row_name,
                       r->row_count, p->n, p->name[0], p->line[0]);
    if (patterns_find(p, r->row_name) >= 0)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, r->row_line, "a second pattern '%.60s'", r->row_name);
    if (p->count == 0) {
        p->n = r->row_count;
        p->width = r->rows > 1 ? r->row_width : 0;
    }
    size_t k = p->count, room = r->room, other = r->room, bytes = r->room * p->n;
    if (!grow_list(memory_of(r->why), &p->name, &room, k + 1, sizeof *p->name) ||
        !grow_list(memory_of(r->why), &p->line, &other, k + 1, sizeof *p->line) ||
        !grow_list(memory_of(r->why), &p->state, &bytes, room * p->n, 1) ||
        (p->name[k] = memory_raw(&p->memory, strlen(r->row_name) + 1)) == NULL)
        return no_memory(r);
    r->room = room;
    strcpy(p->name[k], r->row_name);
    p->line[k] = r->row_line;
    memcpy(p->state + k * p->n, r->row, p->n);
    p->count++;
    r->line = here;
    return EXIT_DONE;
}

static int open_pattern(pattern_reader *r, const char *name, size_t length)
{
    if (length == 0 || length > MAX_NAME)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, r->line, "a name of %zu bytes; expected 1 to %d", length,
                       MAX_NAME);
    memcpy(r->row_name, name, length);
    r->row_name[length] = '\0';
    r->row_line = r->line;
    r->row_count = r->rows = 0;
    r->open = 1;
    return EXIT_DONE;
}

static int add_row(pattern_reader *r, const char *text, size_t length)
{
    size_t count;
    if (!grow_list(memory_of(r->why), &r->row, &r->row_room, r->row_count + length, 1))
        return no_memory(r);
    const char *wrong = parse_activities(r->row + r->row_count, &count, length, text, length, &r->signs);
    if (wrong != NULL)
        return bad_line(r, wrong);
    if (r->rows > 0 && count != r->row_width)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, r->line,
                       "a row of %zu activities; expected %zu as in the row before (a blank line ends a pattern)",
                       count, r->row_width);
    r->row_width = count;
    r->row_count += count;
    r->rows++;
    return r->row_count <= BINNET_MAX_NETWORK ? EXIT_DONE : bad_line(r, "more than a million neurons");
}

/* --- images --- */

static int next_size(const char **at, const char *end, size_t *value)
{
    for (;;) {
        while (*at < end && isspace((unsigned char)**at))
            (*at)++;
        if (*at == end || **at != '#')
            break;
        while (*at < end && **at != '\n')
            (*at)++;
    }
    *value = 0;
    const char *start = *at;
    for (; *at < end && isdigit((unsigned char)**at) && *value <= BINNET_MAX_NETWORK; (*at)++)
        *value = 10 * *value + (size_t)(**at - '0');
    return *at > start;
}

/* P1, digits, or P4, bits; black is 1 in both. */
static int add_image(pattern_reader *r, const char *path, const char *text, size_t length)
{
    const char *at = text + 2, *end = text + length;
    size_t width, height;
    if (length < 3 || text[0] != 'P' || (text[1] != '1' && text[1] != '4') || !next_size(&at, end, &width) ||
        !next_size(&at, end, &height) || width == 0 || height == 0 || width > BINNET_MAX_NETWORK ||
        height > BINNET_MAX_NETWORK / width)
        return fail_at(r->why, EXIT_INPUT, path, 0, "is not a PBM image (P1 or P4) of at most a million pixels");
    size_t pixels = width * height, bytes = (width + 7) / 8;
    if (!grow_list(memory_of(r->why), &r->row, &r->row_room, pixels, 1))
        return no_memory(r);
    if (text[1] == '4') {
        at++; /* one blank */
        if (end - at < 0 || (size_t)(end - at) < bytes * height)
            return fail_at(r->why, EXIT_INPUT, path, 0, "ends before its %zu x %zu pixels", width, height);
        for (size_t k = 0; k < pixels; k++)
            r->row[k] = (unsigned char)at[k / width * bytes + k % width / 8] >> (7 - k % width % 8) & 1;
    } else {
        for (size_t k = 0; k < pixels; k++) {
            while (at < end && isspace((unsigned char)*at))
                at++;
            if (at == end || (*at != '0' && *at != '1'))
                return fail_at(r->why, EXIT_INPUT, path, 0, "has %zu of its %zu x %zu pixels", k, width, height);
            r->row[k] = *at++ == '1';
        }
    }
    r->row_count = pixels;
    r->row_width = width;
    r->rows = height > 1 ? 2 : 1; /* an image */
    return EXIT_DONE;
}

/* The line that asked for the image, before what was wrong with it. */
static int name_line(const pattern_reader *r, int code)
{
    failure *why = r->why;
    if (why == NULL || code == EXIT_STOPPED)
        return code;
    int32_t status = why->status; /* fail_at forgets it */
    return with_status(why, status, fail_at(why, code, r->doc->path, r->line, "%s", why->text));
}

/* The file beside the one that names it. */
static int load_image(pattern_reader *r, const char *name, size_t length)
{
    const char *slash = strrchr(r->doc->path, '/');
    size_t folder = slash != NULL && name[0] != '/' ? (size_t)(slash - r->doc->path) + 1 : 0;
    char *path = memory_raw(memory_of(r->why), folder + length + 1), *text = NULL;
    size_t size;
    if (path == NULL)
        return no_memory(r);
    memcpy(path, r->doc->path, folder);
    memcpy(path + folder, name, length);
    path[folder + length] = '\0';
    int code = load_file(&text, &size, path, r->max_bytes, r->why);
    if (code == EXIT_DONE)
        code = add_image(r, path, text, size);
    memory_free(memory_of(r->why), text);
    memory_free(memory_of(r->why), path);
    return code == EXIT_DONE ? code : name_line(r, code);
}

/* --- lines --- */

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && isspace((unsigned char)**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && isspace((unsigned char)(*text)[*length - 1]))
        (*length)--;
}

static const char *find_arrow(const char *text, size_t length)
{
    for (size_t k = 0; k + 1 < length; k++)
        if (text[k] == '-' && text[k + 1] == '>')
            return text + k;
    return NULL;
}

/* Names with arrows between; patterns may follow later, so that the names are kept as they are until the end. */
static int add_path(pattern_reader *r, const char *text, size_t length)
{
    patterns *p = r->to;
    if (!grow_list(memory_of(r->why), &p->path, &r->path_room, p->paths + 1, sizeof *p->path))
        return no_memory(r);
    pattern_path *path = &p->path[p->paths++];
    size_t room = 0;
    *path = (pattern_path){.line = r->line};
    for (const char *end = text + length; text <= end;) {
        const char *arrow = find_arrow(text, (size_t)(end - text)), *name = text;
        size_t size = (size_t)((arrow != NULL ? arrow : end) - text);
        char word[MAX_NAME + 1];
        trim(&name, &size);
        if (size == 0 || size > MAX_NAME)
            return bad_line(r, "expected a name on both sides of each ->");
        memcpy(word, name, size);
        word[size] = '\0';
        int64_t k = patterns_find(p, word);
        if (k < 0)
            return fail_at(r->why, EXIT_INPUT, r->doc->path, r->line, "there is no pattern '%.60s' above this line",
                           word);
        if (!grow_list(memory_of(r->why), &path->pattern, &room, path->count + 1, sizeof *path->pattern))
            return no_memory(r);
        path->pattern[path->count++] = (size_t)k;
        if (arrow == NULL)
            break;
        text = arrow + 2;
    }
    if (path->count > 1 && path->pattern[0] == path->pattern[path->count - 1]) {
        path->cyclic = 1;
        path->count--;
    }
    for (size_t k = 0; path->cyclic && k < path->count; k++)
        for (size_t e = 0; e < k; e++)
            if (path->pattern[e] == path->pattern[k])
                return fail_at(r->why, EXIT_INPUT, r->doc->path, r->line, "'%.60s' occurs twice in the cycle",
                               p->name[path->pattern[k]]);
    return EXIT_DONE;
}

static int read_line(pattern_reader *r, const char *text, size_t length)
{
    trim(&text, &length);
    if (length == 0)
        return close_pattern(r);
    if (text[0] == '#')
        return EXIT_DONE;
    if (find_arrow(text, length) != NULL) {
        TRY(close_pattern(r));
        return add_path(r, text, length);
    }
    const char *colon = memchr(text, ':', length);
    if (colon != NULL) {
        size_t name = (size_t)(colon - text), rest = length - name - 1;
        const char *value = colon + 1, *begin = text;
        trim(&value, &rest);
        trim(&begin, &name);
        TRY(close_pattern(r));
        TRY(open_pattern(r, begin, name));
        if (rest == 0)
            return EXIT_DONE; /* rows follow */
        if (rest > 4 && memcmp(value + rest - 4, ".pbm", 4) == 0)
            TRY(load_image(r, value, rest));
        else
            TRY(add_row(r, value, rest));
        return close_pattern(r);
    }
    if (r->open)
        return add_row(r, text, length);
    char number[32];
    int size = snprintf(number, sizeof number, "%zu", r->to->count + 1);
    TRY(open_pattern(r, number, (size_t)size));
    TRY(add_row(r, text, length));
    return close_pattern(r);
}

/* What no line with an arrow names stays as it is. */
static int add_staying(pattern_reader *r)
{
    patterns *p = r->to;
    char *named = memory_new(&p->memory, p->count + 1, 1);
    if (named == NULL)
        return no_memory(r);
    for (size_t k = 0; k < p->paths; k++)
        for (size_t e = 0; e < p->path[k].count; e++)
            named[p->path[k].pattern[e]] = 1;
    int code = EXIT_DONE;
    for (size_t k = 0; k < p->count && code == EXIT_DONE; k++) {
        if (named[k])
            continue;
        size_t *one = memory_raw(&p->memory, sizeof *one);
        if (one == NULL || !grow_list(memory_of(r->why), &p->path, &r->path_room, p->paths + 1, sizeof *p->path)) {
            memory_free(&p->memory, one);
            code = no_memory(r);
            break;
        }
        *one = k;
        p->path[p->paths++] = (pattern_path){1, 0, one, 1};
    }
    memory_free(&p->memory, named);
    return code;
}

static int read_lines(pattern_reader *r)
{
    const char *at = r->doc->text, *end = at + r->doc->length;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        r->line++;
        TRY(read_line(r, at, (size_t)((stop != NULL ? stop : end) - at)));
        at = stop != NULL ? stop + 1 : end;
    }
    TRY(close_pattern(r));
    if (r->to->count == 0)
        return fail_at(r->why, EXIT_INPUT, r->doc->path, 0, "has no patterns; expected rows such as 0110 or a: 0110");
    return EXIT_DONE;
}

int patterns_read_text(patterns *out, const document *doc, uint64_t max_bytes, failure *why)
{
    *out = (patterns){.memory = *memory_of(why)};
    pattern_reader r = {.to = out, .doc = doc, .max_bytes = max_bytes, .why = why};
    document text = *doc;
    int code;
    if (doc->length > 2 && doc->text[0] == 'P' && (doc->text[1] == '1' || doc->text[1] == '4') &&
        isspace((unsigned char)doc->text[2])) {
        r.line = 1;
        code = open_pattern(&r, "1", 1);
        if (code == EXIT_DONE)
            code = add_image(&r, doc->path, doc->text, doc->length);
        if (code == EXIT_DONE)
            code = close_pattern(&r);
    } else {
        code = check_text(&text, why);
        r.doc = &text;
        if (code == EXIT_DONE)
            code = read_lines(&r);
    }
    if (code == EXIT_DONE)
        code = add_staying(&r);
    memory_free(memory_of(why), r.row);
    if (code != EXIT_DONE)
        patterns_free(out);
    return code;
}
