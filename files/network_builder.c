/* A network being read: its neurons, its connections in any order, and the compressed rows they become. */
#include "files/reading.h"

#include "text/csv.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int draft_fail(draft *d, size_t place, const char *format, ...)
{
    char text[900], where[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!d->list_name)
        return fail_at(d->why, EXIT_INPUT, d->doc->path, place, "%s", text);
    snprintf(where, sizeof where, "%s[%zu]", d->list_name, place);
    return fail_at(d->why, EXIT_INPUT, d->doc->path, json_line(d->doc, where), "%s: %s", where, text);
}

int draft_check_name(draft *d, const char *name, size_t place)
{
    if (!*name)
        return draft_fail(d, place, "found an empty name; expected the name of a neuron or population");
    if (strlen(name) > MAX_NAME)
        return draft_fail(d, place, "the name '%.40s...' has %zu bytes; expected at most %d", name, strlen(name),
                          MAX_NAME);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return draft_fail(d, place, "the name '%.60s' has a control character; expected printable text", name);
    for (const char *c = name, *end = name + strlen(name); c < end; c++)
        if (*c != ' ' && blank_length(c, end))
            return draft_fail(d, place, "the name '%.60s' has a no-break or other invisible space; expected plain ones",
                              name);
    return EXIT_DONE;
}

int draft_add_neuron(draft *d, const char *name, size_t place)
{
    TRY(draft_check_name(d, name, place));
    if (d->names.count >= BINNET_MAX_NETWORK)
        return draft_fail(d, place, "found more neurons; expected at most %d", BINNET_MAX_NETWORK);
    int fresh;
    if (names_add(&d->names, name, &fresh) < 0)
        return fail_memory(d->why, d->doc->path);
    return fresh ? EXIT_DONE : draft_fail(d, place, "two neurons are named '%.60s'; expected unique names", name);
}

int draft_connect(draft *d, int64_t pre, int64_t post, double weight, size_t place)
{
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 256;
        connection *larger = room <= SIZE_MAX / sizeof *larger / 2
                                 ? memory_grow(memory_of(d->why), d->list, room * sizeof *larger)
                                 : NULL;
        if (!larger)
            return fail_memory(d->why, d->doc->path);
        d->list = larger;
        d->room = room;
    }
    d->list[d->count++] = (connection){.post = (int32_t)post, .pre = (int32_t)pre, .weight = weight, .place = place};
    return EXIT_DONE;
}

int draft_enter(draft *d, int orientation, size_t row, size_t column, double weight, size_t place)
{
    if (orientation == ORIENTATION_PRE_ROWS)
        return draft_connect(d, (int64_t)row, (int64_t)column, weight, place);
    return draft_connect(d, (int64_t)column, (int64_t)row, weight, place);
}

static const char *orientation_name(int orientation)
{
    return orientation == ORIENTATION_PRE_ROWS ? "pre-rows" : "post-rows";
}

int draft_orientation(draft *d, int *out, int stated, size_t line)
{
    int asked = d->how->orientation;
    if (stated != ORIENTATION_NONE && asked != ORIENTATION_NONE && stated != asked)
        return fail_at(d->why, EXIT_INPUT, d->doc->path, line, "the file says %s, the option says %s",
                       orientation_name(stated), orientation_name(asked));
    *out = stated != ORIENTATION_NONE ? stated : asked;
    if (*out == ORIENTATION_NONE) {
        *out = ORIENTATION_POST_ROWS;
        d->undecided = 1;
        d->undecided_line = line;
        return EXIT_DONE;
    }
    return network_note(d->net, d->why, "rows are %s, %s",
                        *out == ORIENTATION_PRE_ROWS ? "presynaptic" : "postsynaptic",
                        stated != ORIENTATION_NONE ? "as the file says" : "by option");
}

/* Names of the column with names, and headings above them. */
static int is_names_heading(const char *text)
{
    static const char *const words[] = {"neuron", "neurons", "name", "names"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcasecmp(text, words[k]) == 0)
            return 1;
    return 0;
}

/* The first record: a heading, which is noted, or the first name. */
static int names_heading(draft *d, csv *c, size_t *column)
{
    char list[400];
    for (*column = 0; *column < c->count; ++*column)
        if (is_names_heading(csv_text(c, *column)))
            return network_note(d->net, d->why, "names from column '%.60s' of %.200s", csv_text(c, *column), c->path);
    *column = 0;
    if (c->count == 1)
        return draft_add_neuron(d, csv_text(c, 0), c->line);
    return fail_at(d->why, EXIT_INPUT, c->path, c->line,
                   "found %zu fields; expected one name a line, or a column 'neuron' or 'name' among: %s", c->count,
                   csv_list(c, list, sizeof list));
}

static int names_records(draft *d, csv *c)
{
    size_t column = 0, fields = 0;
    for (int more = 1;;) {
        TRY(csv_next(c, &more));
        if (!more)
            return EXIT_DONE;
        if (fields && c->count != fields)
            return fail_at(d->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu", c->count, fields);
        if (fields)
            TRY(draft_add_neuron(d, csv_text(c, column), c->line));
        else
            TRY(names_heading(d, c, &column));
        fields = c->count;
    }
}

int draft_read_names(draft *d, const char *path)
{
    char *text;
    size_t length;
    TRY(load_file(&text, &length, path, d->how->max_bytes, d->why));
    document names = {.path = path, .text = text, .length = length};
    const document *kept = d->doc;
    const char *kept_list = d->list_name;
    csv c = {0};
    int code = check_text(&names, d->why);
    d->doc = &names;
    d->list_name = NULL;
    if (code == EXIT_DONE) {
        csv_start(&c, &names, d->why);
        c.separator = c.separator == ' ' ? ',' : c.separator; /* a name may have blanks */
        code = names_records(d, &c);
    }
    if (code == EXIT_DONE && d->names.count == 0)
        code = fail_at(d->why, EXIT_INPUT, path, 0, "has no names; expected one on each line");
    d->doc = kept;
    d->list_name = kept_list;
    csv_free(&c);
    memory_free(memory_of(d->why), text);
    return code;
}

int draft_name_neurons(draft *d, const char *path, size_t n)
{
    if (path) {
        TRY(draft_read_names(d, path));
        if (d->names.count != n)
            return fail_at(d->why, EXIT_INPUT, path, 0, "has %zu names; expected %zu, one for each row of %.200s",
                           d->names.count, n, d->doc->path);
        return EXIT_DONE;
    }
    for (size_t i = 1; i <= n; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        TRY(draft_add_neuron(d, name, 0));
    }
    return EXIT_DONE;
}

/* Two names that differ by spaces around them only are hardly two neurons. */
static int check_spaces(draft *d)
{
    char bare[MAX_NAME + 1];
    for (size_t i = 0; i < d->names.count; i++) {
        const char *name = d->names.name[i], *begin = name + strspn(name, " ");
        size_t length = strlen(begin);
        while (length && begin[length - 1] == ' ')
            length--;
        if (length == strlen(name))
            continue;
        memcpy(bare, begin, length);
        bare[length] = 0;
        if (names_find(&d->names, bare) >= 0)
            return fail_at(d->why, EXIT_INPUT, d->doc->path, 0,
                           "the neurons '%.60s' and '%.60s' differ by spaces only; expected one spelling", bare, name);
    }
    return EXIT_DONE;
}

int draft_finish_names(draft *d)
{
    network *net = d->net;
    if (d->names.count == 0)
        return fail_at(d->why, EXIT_INPUT, d->doc->path, 0, "has no neurons; expected at least one");
    TRY(check_spaces(d));
    net->n = d->names.count;
    net->name = memory_new(memory_of(d->why), net->n, sizeof *net->name);
    size_t entries = net->n_sizes ? net->n_sizes : net->n;
    net->threshold = memory_new(memory_of(d->why), entries, sizeof *net->threshold);
    net->stimulus = memory_new(memory_of(d->why), entries, sizeof *net->stimulus);
    net->normalisation = memory_new(memory_of(d->why), entries, sizeof *net->normalisation);
    if (!net->name || !net->threshold || !net->stimulus || !net->normalisation)
        return fail_memory(d->why, d->doc->path);
    for (size_t i = 0; i < entries; i++)
        net->normalisation[i] = 1;
    /* The strings change hands; the set keeps only its hash table until draft_free. */
    memcpy(net->name, d->names.name, net->n * sizeof *net->name);
    d->names.count = 0;
    return EXIT_DONE;
}

static int by_rows(const void *a, const void *b)
{
    const connection *x = a, *y = b;
    if (x->post != y->post)
        return x->post < y->post ? -1 : 1;
    if (x->pre != y->pre)
        return x->pre < y->pre ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static int bad_connection(draft *d, const connection *c, const char *text)
{
    return draft_fail(d, c->place, "%s from '%.60s' to '%.60s'", text, d->net->name[c->pre], d->net->name[c->post]);
}

/* Sorted connections: those of one pair become one. */
static int merge_pairs(draft *d)
{
    size_t kept = 0, merged = 0;
    for (size_t i = 0; i < d->count; i++) {
        connection *last = kept ? &d->list[kept - 1] : NULL, *now = &d->list[i];
        if (!last || last->post != now->post || last->pre != now->pre) {
            d->list[kept++] = *now;
            continue;
        }
        if (!d->how->sum_duplicates)
            return bad_connection(d, now, "found a second connection (--duplicates sum adds them)");
        last->weight += now->weight;
        if (!isfinite(last->weight))
            return bad_connection(d, now, "the sum of the weights is too large for a double");
        merged++;
    }
    d->count = kept;
    if (merged)
        TRY(network_note(d->net, d->why, "%zu duplicate connections were added to their first", merged));
    return EXIT_DONE;
}

static const connection *find_connection(const draft *d, int32_t post, int32_t pre)
{
    size_t low = 0, high = d->count;
    const connection wanted = {.post = post, .pre = pre};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const connection *c = &d->list[middle];
        if (c->post == post && c->pre == pre)
            return c;
        if (by_rows(c, &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Sorted and merged connections of a matrix that may be read either way only if both ways are the same. */
static int check_symmetric(draft *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const connection *c = &d->list[i], *mirror = find_connection(d, c->pre, c->post);
        if (c->weight != (mirror ? mirror->weight : 0))
            return fail_at(d->why, EXIT_INPUT, d->doc->path, d->undecided_line,
                           "is not symmetric and does not say whether its rows are presynaptic; expected --orientation "
                           "pre-rows (row = sender) or post-rows (row = receiver)");
    }
    return network_note(d->net, d->why, "the matrix is symmetric: its rows may be senders or receivers");
}

/* NULL, or what is wrong with the product, which replaces *weight. */
static const char *scale_weight(double *weight, double scale)
{
    double product = *weight * scale;
    if (!isfinite(product))
        return "the weight is too large for a double when scaled";
    if (product == 0 && *weight != 0)
        return "the weight is too small for a double when scaled";
    *weight = product + 0.0; /* no -0 */
    return NULL;
}

static int scale_weights(draft *d)
{
    double scale = d->how->weight_scale;
    char text[40];
    if (scale == 1)
        return EXIT_DONE;
    for (size_t i = 0; i < d->count; i++) {
        const char *problem = scale_weight(&d->list[i].weight, scale);
        if (problem)
            return bad_connection(d, &d->list[i], problem);
    }
    for (size_t i = 0; i < d->net->n_sizes * d->net->n_sizes; i++) {
        const char *problem = scale_weight(&d->net->J[i], scale);
        if (problem)
            return fail_at(d->why, EXIT_INPUT, d->doc->path, json_line(d->doc, "matrix"), "matrix: %s", problem);
    }
    return network_note(d->net, d->why, "weights multiplied by %s", print_number(text, scale));
}

static int note_signs(draft *d)
{
    size_t negative = 0, positive = 0;
    for (size_t i = 0; i < d->count; i++) {
        negative += d->list[i].weight < 0;
        positive += d->list[i].weight > 0;
    }
    if (!*d->signs)
        return EXIT_DONE;
    return network_note(d->net, d->why, "signs from %s: positive %zu, negative %zu", d->signs, positive, negative);
}

static int compress_rows(draft *d)
{
    network *net = d->net;
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].weight != 0)
            d->list[kept++] = d->list[i];
    d->count = kept;
    net->row_ptr = memory_new(memory_of(d->why), net->n + 1, sizeof *net->row_ptr);
    net->col = memory_raw(memory_of(d->why), (kept + 1) * sizeof *net->col);
    net->weight = memory_raw(memory_of(d->why), (kept + 1) * sizeof *net->weight);
    if (!net->row_ptr || !net->col || !net->weight)
        return fail_memory(d->why, d->doc->path);
    for (size_t i = 0; i < kept; i++) {
        net->row_ptr[d->list[i].post + 1]++;
        net->col[i] = d->list[i].pre;
        net->weight[i] = d->list[i].weight;
    }
    for (size_t i = 0; i < net->n; i++)
        net->row_ptr[i + 1] += net->row_ptr[i];
    return EXIT_DONE;
}

int draft_finish(draft *d)
{
    TRY(draft_finish_names(d));
    if (d->net->n_sizes) {
        if (d->how->transmitters)
            return fail(d->why, EXIT_USAGE, "transmitters go with single neurons; %.400s has homogeneous populations",
                        d->doc->path);
        return scale_weights(d);
    }
    if (d->count)
        qsort(d->list, d->count, sizeof *d->list, by_rows);
    TRY(merge_pairs(d));
    if (d->undecided)
        TRY(check_symmetric(d));
    if (d->how->transmitters)
        TRY(draft_apply_transmitters(d));
    TRY(scale_weights(d));
    TRY(note_signs(d));
    return compress_rows(d);
}

void draft_free(draft *d)
{
    names_free(&d->names);
    memory_free(memory_of(d->why), d->list);
    d->list = NULL;
}
