/* Signs of weights from the transmitters of the presynaptic neurons, by the user's rules. */
#include "files/reading.h"
#include "text/csv.h"

#include <stdlib.h>
#include <string.h>

/* The transmitters that occur, and which one each neuron has. */
typedef struct table {
    draft *d;
    const char *path;
    csv c;
    name_set kinds;
    int64_t *kind;   /* [n], -1: not in the table */
    size_t *sending; /* [n] connections going out */
    size_t *neurons; /* [kinds] neurons that send */
} table;

static int has_header(csv *c, const char *name_column)
{
    char list[400];
    return fail_at(c->why, EXIT_INPUT, c->path, c->line, "no column is named '%.60s'; expected one of: %s", name_column,
                   csv_list(c, list, sizeof list));
}

static int find_columns(table *t, size_t *name_column, size_t *kind_column)
{
    csv *c = &t->c;
    const char *wanted = t->d->how->transmitter_column;
    int64_t name, kind;
    TRY(csv_column(c, "neuron", &name));
    *name_column = name >= 0 ? (size_t)name : 0;
    TRY(csv_column(c, wanted ? wanted : "transmitter", &kind));
    if (kind < 0 && wanted)
        return has_header(c, wanted);
    if (kind < 0 && c->count == 2)
        kind = *name_column == 0 ? 1 : 0;
    char list[400];
    if (kind < 0)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "which column holds the transmitter? expected --transmitter-column with one of: %s",
                       csv_list(c, list, sizeof list));
    if ((size_t)kind == *name_column)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "the column '%.60s' has the names of the neurons; expected another for the transmitters",
                       csv_text(c, *name_column));
    *kind_column = (size_t)kind;
    const size_t used[] = {*name_column, *kind_column};
    snprintf(t->d->signs, sizeof t->d->signs, "transmitters, column '%.60s' of %.80s", csv_text(c, *kind_column),
             c->path);
    return network_note(t->d->net, t->d->why, "transmitters: neurons from column '%.60s'%s", csv_text(c, *name_column),
                        csv_unused(c, list, sizeof list, used, 2));
}

static int read_rows(table *t, const name_set *neurons)
{
    csv *c = &t->c;
    name_set seen = {.memory = t->kinds.memory};
    int more, code = csv_next(c, &more), fresh;
    size_t name_column = 0, kind_column = 0, columns = c->count;
    if (code == EXIT_DONE)
        code = more ? find_columns(t, &name_column, &kind_column)
                    : fail_at(c->why, EXIT_INPUT, c->path, 0,
                              "has no rows; expected a header and a row for each neuron");
    while (code == EXIT_DONE && (code = csv_next(c, &more)) == EXIT_DONE && more) {
        if (c->count != columns) {
            code = fail_at(c->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu as in the header",
                           c->count, columns);
            break;
        }
        const char *name = csv_text(c, name_column), *kind = csv_text(c, kind_column);
        if (names_add(&seen, name, &fresh) < 0)
            code = fail_memory(c->why, c->path);
        else if (!fresh)
            code = fail_at(c->why, EXIT_INPUT, c->path, c->line, "a second row for neuron '%.60s'", name);
        int64_t neuron = names_find(neurons, name);
        if (code != EXIT_DONE || neuron < 0)
            continue;
        t->kind[neuron] = names_add(&t->kinds, *kind ? kind : "unknown", &fresh);
        if (t->kind[neuron] < 0)
            code = fail_memory(c->why, c->path);
    }
    names_free(&seen);
    return code;
}

static const sign_rule *find_rule(const import_options *how, const char *transmitter)
{
    for (size_t i = 0; i < how->n_signs; i++)
        if (strcmp(how->sign[i].transmitter, transmitter) == 0)
            return &how->sign[i];
    return NULL;
}

/* A text that grows until it is full. */
typedef struct line_text {
    char text[800];
    size_t used;
} line_text;

static void append(line_text *l, const char *before, const char *text)
{
    int length = snprintf(l->text + l->used, sizeof l->text - l->used, "%s%.60s", before, text);
    l->used += length > 0 ? (size_t)length : 0;
    if (l->used >= sizeof l->text)
        l->used = sizeof l->text - 1;
}

/* The first neurons that send and have transmitter k (-1: none is known), and how many more there are. */
static void append_neurons(line_text *l, const table *t, int64_t k)
{
    enum { shown = 6 };
    size_t count = 0;
    for (size_t i = 0; i < t->d->net->n; i++)
        if (t->kind[i] == k && t->sending[i] && count++ < shown)
            append(l, count > 1 ? ", " : " ", t->d->net->name[i]);
    char more[40];
    snprintf(more, sizeof more, "%zu more", count - shown);
    if (count > shown)
        append(l, " and ", more);
}

static int check_complete(table *t)
{
    line_text list = {"", 0};
    const char *example = NULL;
    append_neurons(&list, t, -1);
    if (list.used)
        return fail_at(t->d->why, EXIT_INPUT, t->path, 0,
                       "has no row for these neurons, which have outgoing connections:%s", list.text);
    for (size_t k = 0; k < t->kinds.count; k++) {
        if (t->neurons[k] == 0 || find_rule(t->d->how, t->kinds.name[k]))
            continue;
        append(&list, example ? "; " : "", t->kinds.name[k]);
        append(&list, "", " of");
        append_neurons(&list, t, (int64_t)k);
        example = example ? example : t->kinds.name[k];
    }
    if (!example)
        return EXIT_DONE;
    return fail_at(t->d->why, EXIT_INPUT, t->path, 0,
                   "no sign is given for: %s. Expected +1, -1 or 0 for each of them, for instance --sign %.60s=-1",
                   list.text, example);
}

static int check_rules(const import_options *how, failure *why)
{
    for (size_t i = 0; i < how->n_signs; i++) {
        double f = how->sign[i].factor;
        const char *name = how->sign[i].transmitter;
        if (f != 1 && f != -1 && f != 0)
            return fail(why, EXIT_USAGE, "--sign %.60s=%g: expected +1, -1 or 0", name, f);
        if (find_rule(how, name) != &how->sign[i])
            return fail(why, EXIT_USAGE, "--sign %.60s is given twice", name);
    }
    return EXIT_DONE;
}

static const char *factor_text(double factor)
{
    return factor > 0 ? "+1" : factor < 0 ? "-1" : "0";
}

static int note_rules(table *t, size_t negative)
{
    const import_options *how = t->d->how;
    network *net = t->d->net;
    for (size_t i = 0; i < how->n_signs; i++) {
        int64_t k = names_find(&t->kinds, how->sign[i].transmitter);
        size_t count = k >= 0 ? t->neurons[k] : 0;
        TRY(network_note(net, t->d->why, "%s counted as %s (%zu neuron%s)", how->sign[i].transmitter,
                         factor_text(how->sign[i].factor), count, count == 1 ? "" : "s"));
    }
    if (negative)
        TRY(network_note(net, t->d->why, "%zu weights were negative before the transmitters' signs multiplied them",
                         negative));
    return EXIT_DONE;
}

static int apply(table *t, const name_set *neurons)
{
    draft *d = t->d;
    size_t n = d->net->n, negative = 0;
    t->kind = memory_raw(memory_of(d->why), n * sizeof *t->kind);
    t->sending = memory_new(memory_of(d->why), n, sizeof *t->sending);
    if (!t->kind || !t->sending)
        return fail_memory(d->why, t->path);
    for (size_t i = 0; i < n; i++)
        t->kind[i] = -1;
    for (size_t i = 0; i < d->count; i++) {
        t->sending[d->list[i].pre] += d->list[i].weight != 0;
        negative += d->list[i].weight < 0;
    }
    TRY(read_rows(t, neurons));
    t->neurons = memory_new(memory_of(d->why), t->kinds.count + 1, sizeof *t->neurons);
    if (!t->neurons)
        return fail_memory(d->why, t->path);
    for (size_t i = 0; i < n; i++)
        if (t->kind[i] >= 0 && t->sending[i])
            t->neurons[t->kind[i]]++;
    TRY(check_complete(t));
    for (size_t i = 0; i < d->count; i++) {
        int64_t k = t->kind[d->list[i].pre];
        const sign_rule *rule = k >= 0 ? find_rule(d->how, t->kinds.name[k]) : NULL;
        d->list[i].weight = rule ? d->list[i].weight * rule->factor : 0;
    }
    return note_rules(t, negative);
}

int draft_apply_transmitters(draft *d)
{
    TRY(check_rules(d->how, d->why));
    char *text;
    size_t length;
    table t = {.d = d, .path = d->how->transmitters, .kinds = {.memory = *memory_of(d->why)}};
    TRY(load_file(&text, &length, t.path, d->how->max_bytes, d->why));
    document doc = {.path = t.path, .text = text, .length = length};
    /* The names belong to the network by now; the set of the draft still has their hashes. */
    name_set neurons = d->names;
    neurons.count = d->net->n;
    int code = check_text(&doc, d->why);
    if (code == EXIT_DONE) {
        csv_start(&t.c, &doc, d->why);
        code = apply(&t, &neurons);
        csv_free(&t.c);
    }
    names_free(&t.kinds);
    memory_free(memory_of(d->why), t.kind);
    memory_free(memory_of(d->why), t.sending);
    memory_free(memory_of(d->why), t.neurons);
    memory_free(memory_of(d->why), text);
    return code;
}
