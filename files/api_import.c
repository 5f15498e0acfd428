/* Options of reading by the names they have on the command line. */
#include "files/api.h"
#include "files/reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t binnet_import_new(binnet_ctx *ctx, binnet_import **out)
{
    api_call a;
    API_BEGIN(&a, ctx, out);
    binnet_import *how = api_new(&a, sizeof *how);
    if (how == NULL)
        return api_end(&a, EXIT_BUDGET);
    how->memory = a.call.memory;
    how->how.weight_scale = 1;
    *out = how;
    return api_end(&a, EXIT_DONE);
}

void binnet_import_free(binnet_import *how)
{
    if (how == NULL)
        return;
    file_memory m = how->memory;
    for (size_t k = 0; k < how->n_kept; k++)
        memory_free(&m, how->kept[k]);
    memory_free(&m, how->kept);
    memory_free(&m, (void *)how->how.sign);
    memory_free(&m, (void *)how->how.filter);
    memory_free(&m, how);
}

/* A copy that lives as long as the options; NULL: no memory. */
static char *keep_option_text(binnet_import *how, const char *text)
{
    char **larger = memory_grow(&how->memory, how->kept, (how->n_kept + 1) * sizeof *larger);
    if (larger == NULL)
        return NULL;
    how->kept = larger;
    char *copy = memory_text(&how->memory, text);
    if (copy != NULL)
        how->kept[how->n_kept++] = copy;
    return copy;
}

static int bad_value(failure *why, const char *option, const char *value, const char *expected)
{
    return fail(why, EXIT_USAGE, "%s: found '%.100s'; expected %s", option, value, expected);
}

static int no_room(failure *why)
{
    return with_status(why, BINNET_E_NOMEM, fail(why, EXIT_BUDGET, "out of memory"));
}

static int read_option_number(failure *why, const char *option, const char *value, double *out)
{
    const char *wrong = parse_number(out, value, strlen(value));
    return wrong == NULL ? EXIT_DONE : bad_value(why, option, value, "a number");
}

/* "left=right": both parts in one copy, parted by a 0. */
static int split_option(binnet_import *how, failure *why, const char *option, const char *value, const char *equals,
                        char **left, char **right)
{
    if (equals == NULL || equals == value)
        return bad_value(why, option, value, "NAME=VALUE");
    if ((*left = keep_option_text(how, value)) == NULL)
        return no_room(why);
    (*left)[equals - value] = 0;
    *right = *left + (equals - value) + 1;
    return EXIT_DONE;
}

static int add_sign(binnet_import *how, failure *why, const char *value)
{
    char *left = NULL, *right = NULL;
    double factor;
    TRY(split_option(how, why, "sign", value, strrchr(value, '='), &left, &right));
    TRY(read_option_number(why, "sign", right, &factor));
    size_t count = how->how.n_signs;
    sign_rule *larger = memory_grow(&how->memory, (void *)how->how.sign, (count + 1) * sizeof *larger);
    if (larger == NULL)
        return no_room(why);
    larger[count] = (sign_rule){left, factor};
    how->how.sign = larger;
    how->how.n_signs++;
    return EXIT_DONE;
}

static int add_filter(binnet_import *how, failure *why, const char *value)
{
    char *left = NULL, *right = NULL;
    TRY(split_option(how, why, "where", value, strchr(value, '='), &left, &right));
    size_t count = how->how.n_filters;
    row_filter *larger = memory_grow(&how->memory, (void *)how->how.filter, (count + 1) * sizeof *larger);
    if (larger == NULL)
        return no_room(why);
    larger[count] = (row_filter){left, right};
    how->how.filter = larger;
    how->how.n_filters++;
    return EXIT_DONE;
}

/* One of the words, which end with NULL, by its number from 1. */
static int read_option_word(failure *why, const char *option, const char *value, const char *const *words,
                            const char *expected, int *out)
{
    for (int k = 0; words[k] != NULL; k++)
        if (strcmp(words[k], value) == 0) {
            *out = k + 1;
            return EXIT_DONE;
        }
    return bad_value(why, option, value, expected);
}

static int set_option(binnet_import *how, failure *why, const char *option, const char *value)
{
    static const char *const ways[] = {"pre-rows", "post-rows", NULL}, *const signs[] = {"drop", "+", "-", NULL},
                             *const sums[] = {"sum", NULL};
    import_options *o = &how->how;
    const struct {
        const char *option, **text;
    } texts[] = {{"from", &o->format},
                 {"names", &o->names_file},
                 {"neurons", &o->neurons_file},
                 {"transmitters", &o->transmitters},
                 {"transmitter-column", &o->transmitter_column},
                 {"pre-column", &o->pre_column},
                 {"post-column", &o->post_column},
                 {"weight-column", &o->weight_column},
                 {"sign-column", &o->sign_column}};
    const struct {
        const char *option;
        int *flag;
    } flags[] = {{"number-names", &o->number_names}, {"undirected", &o->undirected}};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        if (strcmp(option, texts[k].option) == 0) {
            const char *copy = keep_option_text(how, value);
            if (copy == NULL)
                return no_room(why);
            *texts[k].text = copy;
            return EXIT_DONE;
        }
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
        if (strcmp(option, flags[k].option) == 0) {
            *flags[k].flag = 1;
            return EXIT_DONE;
        }
    if (strcmp(option, "orientation") == 0)
        return read_option_word(why, option, value, ways, "pre-rows or post-rows", &o->orientation);
    if (strcmp(option, "unsigned") == 0)
        return read_option_word(why, option, value, signs, "drop, + or -", &o->unsigned_edges);
    if (strcmp(option, "duplicates") == 0)
        return read_option_word(why, option, value, sums, "sum", &o->sum_duplicates);
    if (strcmp(option, "sign") == 0)
        return add_sign(how, why, value);
    if (strcmp(option, "where") == 0)
        return add_filter(how, why, value);
    double x;
    if (strcmp(option, "weights-scale") == 0) {
        TRY(read_option_number(why, option, value, &x));
        if (x == 0)
            return bad_value(why, option, value, "a number that is not 0");
        o->weight_scale = x;
        return EXIT_DONE;
    }
    if (strcmp(option, "max-file-size") == 0) {
        TRY(read_option_number(why, option, value, &x));
        if (!(x >= 1 && x <= 9e15 && x == floor(x)))
            return bad_value(why, option, value, "a whole number of bytes");
        o->max_bytes = (uint64_t)x;
        return EXIT_DONE;
    }
    return with_status(why, BINNET_E_KEY, fail(why, EXIT_USAGE, "there is no option '%.60s'", option));
}

int32_t binnet_import_set(binnet_ctx *ctx, binnet_import *how, const char *option, const char *value)
{
    api_call a;
    API_ENTER(&a, ctx);
    API_NEED(ctx, how);
    API_NEED(ctx, option);
    API_NEED(ctx, value);
    return api_end(&a, set_option(how, &a.why, option, value));
}
