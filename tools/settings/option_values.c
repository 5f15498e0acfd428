/* Values of options, from their text. */
#include "settings/options.h"

#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Everything the options hold besides argv, in one list. */
typedef struct piece {
    struct piece *next;
} piece;

void *options_keep(options *o, size_t size)
{
    piece *p = calloc(1, sizeof *p + size);
    if (p == NULL)
        return NULL;
    p->next = o->memory_of;
    o->memory_of = p;
    return p + 1;
}

void options_free(options *o)
{
    for (piece *p = o->memory_of, *next; p != NULL; p = next) {
        next = p->next;
        free(p);
    }
    *o = (options){.tie = -1};
}

/* Place of a word in "one, two, three"; -1 with a message. */
static int find_word(const char *option, const char *text, const char *words, failure *why)
{
    size_t length = strlen(text);
    int k = 0;
    for (const char *at = words; *at != 0; k++) {
        size_t here = strcspn(at, ",");
        if (here == length && strncmp(at, text, here) == 0)
            return k;
        at += here;
        at += strspn(at, ", ");
    }
    fail(why, EXIT_USAGE, "--%s: found '%s', expected one of %s", option, text, words);
    return -1;
}

int option_flag(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o, (void)self, (void)text, (void)why;
    *(int *)field = 1;
    return EXIT_DONE;
}

int option_text(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o, (void)self, (void)why;
    *(const char **)field = text;
    return EXIT_DONE;
}

int option_name(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    if (find_word(self->name, text, self->words, why) < 0)
        return EXIT_USAGE;
    *(const char **)field = text;
    return EXIT_DONE;
}

int option_word(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    int k = find_word(self->name, text, self->words, why);
    if (k < 0)
        return EXIT_USAGE;
    *(int *)field = self->first + k;
    return EXIT_DONE;
}

static int read_number(double *out, const char *option, const char *text, double least, double most, failure *why)
{
    const char *wrong = parse_number(out, text, strlen(text));
    if (wrong != NULL)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected a number (%s)", option, text, wrong);
    if (*out < least || *out > most)
        return fail(why, EXIT_USAGE, "--%s: found %s, expected %g to %g", option, text, least, most);
    return EXIT_DONE;
}

int option_number(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    double least = self->least, most = self->most;
    if (self->param != 0)
        binnet_param_range_f64(self->param, &least, &most, NULL);
    return read_number(field, self->name, text, least, most, why);
}

int option_whole(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    double x = 0, most = self->most;
    int64_t end = INT64_C(1) << 52;
    if (self->param != 0) {
        binnet_param_range_i64(self->param, NULL, &end, NULL);
        most = fmin((double)end, (double)(INT64_C(1) << 52));
    }
    TRY(read_number(&x, self->name, text, self->least, most, why));
    if (x != floor(x))
        return fail(why, EXIT_USAGE, "--%s: found %s, expected a whole number", self->name, text);
    *(int64_t *)field = (int64_t)x;
    return EXIT_DONE;
}

/* Bytes, with K, M, G or T (powers of 1024) behind the number. */
int option_bytes(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    size_t length = strlen(text);
    double x = 0, unit = 1;
    const char *units = "KMGT", *at = length > 0 ? strchr(units, text[length - 1]) : NULL;
    if (at != NULL) {
        length--;
        for (const char *u = units; u <= at; u++)
            unit *= 1024;
    }
    if (parse_number(&x, text, length) != NULL || !(x > 0) || x * unit > 9e18)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected bytes such as 500M or 8G", self->name, text);
    *(int64_t *)field = (int64_t)(x * unit);
    return EXIT_DONE;
}

int option_noise(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)o;
    noise_choice *out = field;
    char kind[32] = "", scale[64] = "", dof[64] = "", rest = 0;
    int parts = sscanf(text, "%31[^:]:%63[^:]:%63[^:]%c", kind, scale, dof, &rest);
    if (parts < 2 || parts > 3)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected KIND:SCALE such as gaussian:0.5", self->name, text);
    int k = find_word(self->name, kind, "gaussian, logistic, uniform, laplace, student_t", why);
    if (k < 0)
        return EXIT_USAGE;
    *out = (noise_choice){.kind = BINNET_NOISE_GAUSSIAN + k};
    TRY(read_number(&out->common, self->name, scale, 0, 1e300, why));
    if ((out->kind == BINNET_NOISE_STUDENT_T) != (parts == 3))
        return fail(why, EXIT_USAGE, "--%s: found '%s'; student_t needs SCALE and DOF, the others SCALE only",
                    self->name, text);
    return parts == 3 ? read_number(&out->dof, self->name, dof, 1e-3, 1e6, why) : EXIT_DONE;
}

/* The import option as libbinnet-files takes it. */
static int keep_import(options *o, import_list *list, const char *option, const char *value, failure *why)
{
    if (list->at == NULL && (list->at = options_keep(o, o->words * sizeof *list->at)) == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    list->at[list->count++] = (import_setting){option, value};
    return EXIT_DONE;
}

int option_import(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    double x;
    if (self->words != NULL && find_word(self->name, text, self->words, why) < 0)
        return EXIT_USAGE;
    if (self->least < self->most)
        TRY(read_number(&x, self->name, text, self->least, self->most, why));
    return keep_import(o, field, self->name, self->argument != NULL ? text : "yes", why);
}

int option_max_bytes(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    char *value = options_keep(o, 32);
    TRY(option_bytes(o, field, self, text, why));
    if (value == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    snprintf(value, 32, "%lld", (long long)o->max_bytes);
    return keep_import(o, &o->import, self->name, value, why);
}

/* --- lists --- */

/* Lists have room for as many entries as the command line has words. */

int option_numbers(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    number_list *list = field;
    if (list->at == NULL && (list->at = options_keep(o, o->words * sizeof *list->at)) == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    return read_number(&list->at[list->count++], self->name, text, -1e300, 1e300, why);
}

/* The text before the sign, or all of it. */
static int copy_name(options *o, char **name, const char *text, const char *equals, failure *why)
{
    size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    *name = options_keep(o, length + 1);
    if (*name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(*name, text, length);
    return EXIT_DONE;
}

int option_settings(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    setting_list *list = field;
    setting s = {0};
    const char *equals = strrchr(text, '=');
    if (list->at == NULL && (list->at = options_keep(o, o->words * sizeof *list->at)) == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (equals != NULL) {
        TRY(copy_name(o, &s.name, text, equals, why));
        text = equals + 1;
    }
    TRY(read_number(&s.value, self->name, text, -1e300, 1e300, why));
    list->at[list->count++] = s;
    return EXIT_DONE;
}

/* LO:HI; `inf` and `-inf` are allowed. */
static int read_interval(const char *option, const char *text, double *lo, double *hi, failure *why)
{
    const char *colon = strchr(text, ':');
    double *ends[2] = {lo, hi};
    if (colon == NULL)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected NAME=LO:HI such as E=-60:60", option, text);
    for (int k = 0; k < 2; k++) {
        char part[64];
        size_t length = k == 0 ? (size_t)(colon - text) : strlen(colon + 1);
        snprintf(part, sizeof part, "%.*s", (int)(length < 63 ? length : 63), k == 0 ? text : colon + 1);
        if (strcmp(part, k == 0 ? "-inf" : "inf") == 0)
            *ends[k] = k == 0 ? -INFINITY : INFINITY;
        else
            TRY(read_number(ends[k], option, part, -1e300, 1e300, why));
    }
    return EXIT_DONE;
}

int option_ranges(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    range_list *list = field;
    range r = {0};
    const char *equals = strrchr(text, '=');
    if (list->at == NULL && (list->at = options_keep(o, o->words * sizeof *list->at)) == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    TRY(copy_name(o, &r.name, text, equals, why));
    if (equals != NULL) {
        TRY(read_interval(self->name, equals + 1, &r.lo, &r.hi, why));
        r.bounded = 1;
    }
    list->at[list->count++] = r;
    return EXIT_DONE;
}

/* NAME=LO:HI or NAME=LO:HI:STEPS. */
int option_grid(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    enum { MOST_STEPS = 100000 };
    range_list *list = field;
    const char *equals = strrchr(text, '='), *colon = equals != NULL ? strchr(equals, ':') : NULL;
    const char *second = colon != NULL ? strchr(colon + 1, ':') : NULL;
    if (colon == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected NAME=LO:HI or NAME=LO:HI:STEPS such as E=-1:1:200",
                    self->name, text);
    size_t length = second != NULL ? (size_t)(second - text) : strlen(text);
    char *bounds = options_keep(o, length + 1);
    if (bounds == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(bounds, text, length);
    TRY(option_ranges(o, field, self, bounds, why));
    if (second == NULL)
        return EXIT_DONE;
    double steps = 0;
    TRY(read_number(&steps, self->name, second + 1, 2, MOST_STEPS, why));
    if (steps != floor(steps))
        return fail(why, EXIT_USAGE, "--%s: found %s, expected a whole number of values", self->name, second + 1);
    list->at[list->count - 1].steps = (size_t)steps;
    return EXIT_DONE;
}

int option_texts(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    (void)self;
    text_list *list = field;
    if (list->at == NULL && (list->at = options_keep(o, o->words * sizeof *list->at)) == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    list->at[list->count++] = text;
    return EXIT_DONE;
}
