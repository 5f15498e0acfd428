/* Stimuli and priors from the command line or from a table. */
#include "settings/stimuli.h"

#include "text/csv.h"
#include "files/number_lists.h"
#include "settings/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STIMULI = 100000 };

void stimuli_free(stimulus_set *s)
{
    for (size_t c = 0; c < s->columns && s->name != NULL; c++)
        free(s->name[c]);
    free(s->name);
    free(s->value);
    free(s->stimulus);
    free(s->prior);
    *s = (stimulus_set){0};
}

static int keep_name(stimulus_set *s, const char *name, size_t length, failure *why)
{
    char *kept = malloc(length + 1);
    if (kept == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(kept, name, length);
    kept[length] = 0;
    s->name[s->columns++] = kept;
    return EXIT_DONE;
}

/* "all" where nothing is called so. */
static int find_hearers(neuron_group *out, const model *m, const char *option, const char *name, failure *why)
{
    int code = group_named(out, m, option, name, why);
    if (code != EXIT_DONE && strcmp(name, "all") == 0) {
        group_all(out, m->net.n);
        return EXIT_DONE;
    }
    return code;
}

/* What every neuron hears at each stimulus. */
static int spread_values(stimulus_set *s, const model *m, const char *option, failure *why)
{
    size_t n = m->net.n;
    int64_t column[BINNET_MAX_CHAIN_NEURONS];
    for (size_t i = 0; i < n; i++)
        column[i] = -1;
    for (size_t c = 0; c < s->columns; c++) {
        neuron_group of;
        TRY(find_hearers(&of, m, option, s->name[c], why));
        for (size_t k = 0; k < of.count; k++) {
            if (column[of.neuron[k]] >= 0)
                return fail(why, EXIT_USAGE, "--%s: neuron '%s' would hear two stimuli, '%s' and '%s'", option,
                            m->net.name[of.neuron[k]], s->name[column[of.neuron[k]]], s->name[c]);
            column[of.neuron[k]] = (int64_t)c;
        }
    }
    s->stimulus = malloc(s->count * n * sizeof *s->stimulus);
    if (s->stimulus == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    for (size_t i = 0; i < n; i++) {
        s->heard[i] = column[i] >= 0;
        for (size_t k = 0; k < s->count && s->heard[i]; k++)
            s->stimulus[k * n + i] = s->value[k * s->columns + (size_t)column[i]];
    }
    stimuli_move(s, m);
    return EXIT_DONE;
}

void stimuli_move(stimulus_set *s, const model *to)
{
    size_t n = to->net.n;
    for (size_t k = 0; k < s->count; k++)
        for (size_t i = 0; i < n; i++)
            if (!s->heard[i])
                s->stimulus[k * n + i] = binnet_net_stimulus(to->object, i);
}

/* Equal where none were given. */
static int check_prior(stimulus_set *s, int given, int code, const char *of, failure *why)
{
    double sum = 0;
    if (s->count < 1)
        return fail(why, code, "%s: no stimuli", of);
    for (size_t k = 0; k < s->count; k++) {
        s->prior[k] = given ? s->prior[k] : 1 / (double)s->count;
        if (!(s->prior[k] >= 0))
            return fail(why, code, "%s: the prior of stimulus %zu is %g; expected 0 or more", of, k + 1, s->prior[k]);
        sum += s->prior[k];
    }
    if (given && !(fabs(sum - 1) <= 1e-12))
        return fail(why, code, "%s: the priors add up to %.15g; expected 1", of, sum);
    return EXIT_DONE;
}

int stimuli_read_text(stimulus_set *out, const model *m, const char *text, failure *why)
{
    static const char option[] = "stimulus-set";
    *out = (stimulus_set){0};
    const char *equals = strrchr(text, '=');
    if (equals == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--%s: found '%.200s', expected NAME=V,V,... or NAME=V,V,...:W,W,...", option,
                    text);
    char *values = malloc(strlen(equals));
    out->name = calloc(1, sizeof *out->name);
    int code = values != NULL && out->name != NULL ? keep_name(out, text, (size_t)(equals - text), why)
                                                   : fail(why, EXIT_BUDGET, "out of memory");
    if (code == EXIT_DONE) {
        strcpy(values, equals + 1);
        char *colon = strchr(values, ':');
        size_t priors = 0;
        if (colon != NULL)
            *colon = 0;
        code = list_numbers(&out->value, &out->count, option, values, -1e300, 1e300, 1, why);
        if (code == EXIT_DONE && colon != NULL)
            code = list_numbers(&out->prior, &priors, option, colon + 1, 0, 1, 1, why);
        else if (code == EXIT_DONE && (out->prior = calloc(out->count, sizeof *out->prior)) == NULL)
            code = fail(why, EXIT_BUDGET, "out of memory");
        if (code == EXIT_DONE && colon != NULL && priors != out->count)
            code = fail(why, EXIT_USAGE, "--%s: %zu stimuli and %zu priors; expected one for each", option, out->count,
                        priors);
        if (code == EXIT_DONE)
            code = check_prior(out, colon != NULL, EXIT_USAGE, "--stimulus-set", why);
    }
    free(values);
    return code == EXIT_DONE ? spread_values(out, m, option, why) : code;
}

/* --- a table --- */

static int grow_values(stimulus_set *s, size_t room, csv *c)
{
    double *value = realloc(s->value, room * s->columns * sizeof *value);
    s->value = value != NULL ? value : s->value;
    double *prior = value != NULL ? realloc(s->prior, room * sizeof *prior) : NULL;
    s->prior = prior != NULL ? prior : s->prior;
    return prior != NULL ? EXIT_DONE
                         : fail_at(c->why, EXIT_BUDGET, c->path, c->line, "no memory for %zu stimuli", room);
}

static int read_header(stimulus_set *s, int64_t *prior, size_t *fields, csv *c)
{
    int more;
    TRY(csv_next(c, &more));
    *prior = -1;
    if (more)
        TRY(csv_column(c, "prior", prior));
    *fields = more ? c->count : 0;
    if (*fields < (*prior >= 0 ? 2 : 1))
        return fail_at(c->why, EXIT_INPUT, c->path, c->line,
                       "expected a column for each neuron or population that hears the stimuli, and prior if wanted");
    s->name = calloc(*fields, sizeof *s->name);
    if (s->name == NULL)
        return fail_memory(c->why, c->path);
    for (size_t f = 0; f < *fields; f++)
        if ((int64_t)f != *prior)
            TRY(keep_name(s, csv_text(c, f), strlen(csv_text(c, f)), c->why));
    return EXIT_DONE;
}

static int read_stimulus(stimulus_set *s, int64_t prior, size_t fields, csv *c)
{
    if (c->count != fields)
        return fail_at(c->why, EXIT_INPUT, c->path, c->line, "found %zu fields; expected %zu", c->count, fields);
    double *value = s->value + s->count * s->columns;
    for (size_t f = 0; f < fields; f++)
        if ((int64_t)f == prior)
            TRY(csv_number(c, f, "prior", &s->prior[s->count]));
        else
            TRY(csv_number(c, f, "stimulus", value++));
    s->count++;
    return EXIT_DONE;
}

static int read_table(stimulus_set *s, int *has_prior, csv *c)
{
    int64_t prior;
    size_t fields, room = 0;
    TRY(read_header(s, &prior, &fields, c));
    *has_prior = prior >= 0;
    for (;;) {
        int more;
        TRY(csv_next(c, &more));
        if (!more)
            return EXIT_DONE;
        if (s->count == MOST_STIMULI)
            return fail_at(c->why, EXIT_INPUT, c->path, c->line, "more than %d stimuli", MOST_STIMULI);
        if (s->count == room)
            TRY(grow_values(s, room = 2 * room + 16, c));
        TRY(read_stimulus(s, prior, fields, c));
    }
}

int stimuli_read_file(stimulus_set *out, const model *m, const char *path, uint64_t max_bytes, failure *why)
{
    char *text = NULL;
    size_t length;
    int has_prior = 0;
    *out = (stimulus_set){0};
    TRY(load_file(&text, &length, path, max_bytes, why));
    document doc = {.path = path, .text = text, .length = length};
    csv c;
    int code = check_text(&doc, why);
    if (code == EXIT_DONE) {
        csv_start(&c, &doc, why);
        code = read_table(out, &has_prior, &c);
        csv_free(&c);
    }
    free(text);
    if (code == EXIT_DONE)
        code = check_prior(out, has_prior, EXIT_INPUT, path, why);
    if (code == EXIT_DONE && (code = spread_values(out, m, "stimuli", why)) == EXIT_USAGE) {
        failure said = *why;
        code = fail(why, EXIT_INPUT, "%s: %.900s", path, said.text);
    }
    return code;
}

char *stimulus_text(char *text, size_t size, const stimulus_set *s, size_t k)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t c = 0; c < s->columns; c++) {
        char one[320];
        int length = snprintf(one, sizeof one, "%s%s=%.6g", c > 0 ? ", " : "", s->name[c],
                              s->value[k * s->columns + c]);
        if (used + (size_t)length + 5 > size) {
            snprintf(text + used, size - used, " ...");
            break;
        }
        used += (size_t)snprintf(text + used, size - used, "%s", one);
    }
    return text;
}
