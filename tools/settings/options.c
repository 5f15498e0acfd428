/* The command line: the tables of a command and of its groups serve reading and help. Parsing is getopt_long's. */
#define _GNU_SOURCE 1 /* getopt_long */
#include "settings/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *update_name(int32_t update)
{
    const char *name[] = {"not given", "synchronous", "asynchronous", "sweep", "blocks"};
    return update >= 0 && update <= 4 ? name[update] : "?";
}

const char *noise_name(int32_t kind)
{
    const char *name[] = {"not given", "gaussian", "logistic", "uniform", "laplace", "student_t"};
    return kind >= 0 && kind <= 5 ? name[kind] : "?";
}

const char *tie_name(int32_t tie)
{
    const char *name[] = {"active", "silent", "keep"};
    return tie >= 0 && tie <= 2 ? name[tie] : "?";
}

const char *method_name(int32_t method)
{
    const char *name[] = {"auto", "gth", "iteration"};
    return method >= 0 && method <= 2 ? name[method] : "?";
}

/* --- tables --- */

enum { MOST_OPTIONS = 96, MOST_GROUPS = COMMAND_GROUPS + 2 };

/* The command's own table as a group, its groups, and what all commands have. */
static size_t list_groups(option_group *out, const command *which)
{
    size_t count = 0;
    out[count++] = (option_group){"options", which->options};
    for (size_t k = 0; k < MOST_GROUPS - 2 && which->groups[k] != NULL; k++)
        out[count++] = *which->groups[k];
    out[count++] = group_common;
    return count;
}

/* The first option of a name counts. */
static int is_hidden(const command *which, const command_option *option)
{
    option_group groups[MOST_GROUPS];
    size_t count = list_groups(groups, which);
    for (size_t g = 0; g < count; g++)
        for (const command_option *d = groups[g].option; d->name != NULL; d++)
            if (strcmp(d->name, option->name) == 0)
                return d != option;
    return 0;
}

static size_t list_options(const command_option **out, const command *which)
{
    option_group groups[MOST_GROUPS];
    size_t count = 0, n = list_groups(groups, which);
    for (size_t g = 0; g < n; g++)
        for (const command_option *d = groups[g].option; d->name != NULL && count < MOST_OPTIONS; d++)
            if (!is_hidden(which, d))
                out[count++] = d;
    return count;
}

static void print_option(const command_option *d)
{
    char left[64], letter[8] = "";
    if (d->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", d->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, d->name, d->argument != NULL ? " " : "",
             d->argument != NULL ? d->argument : "");
    printf("  %-27s  %s\n", left, d->help);
}

void print_help(const command *which)
{
    option_group groups[MOST_GROUPS];
    size_t n = list_groups(groups, which);
    printf("usage: %s\n%s.\n", which->usage, which->about);
    for (size_t g = 0; g < n; g++) {
        int any = 0;
        for (const command_option *d = groups[g].option; d->name != NULL; d++) {
            if (is_hidden(which, d))
                continue;
            if (!any++)
                printf("\n%s:\n", groups[g].title);
            print_option(d);
        }
    }
}

/* --- reading --- */

/* The command line in one line, words with odd characters in quotes. */
static char *join_words(options *o, const char *name, int argc, char **argv)
{
    size_t size = strlen(name) + 8;
    for (int k = 1; k < argc; k++)
        size += strlen(argv[k]) + 3;
    char *text = options_keep(o, size);
    if (text == NULL)
        return NULL;
    char *at = text + snprintf(text, size, "binnet %s", name);
    for (int k = 1; k < argc; k++) {
        const char *quote = strpbrk(argv[k], " \t\n\\\"'*?$&|;<>()") != NULL || argv[k][0] == 0 ? "'" : "";
        at += sprintf(at, " %s", quote);
        for (const char *c = argv[k]; *c != 0; c++)
            *at++ = *c == '\n' || *c == '\r' ? ' ' : *c;
        at += sprintf(at, "%s", quote);
    }
    return text;
}

/* What the machine has, as defaults. */
static void read_machine(options *o)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE), processors = sysconf(_SC_NPROCESSORS_ONLN);
    o->memory = pages > 0 && page > 0 ? (int64_t)pages * page / 4 * 3 : INT64_C(4) << 30;
    o->threads = processors > 0 ? processors : 1;
    int64_t most;
    binnet_param_range_i64(BINNET_P_THREADS, NULL, &most, NULL);
    o->threads = o->threads < most ? o->threads : most;
}

static int has_ending(const char *name, const char *const *endings)
{
    const char *dot = strrchr(name, '.');
    for (int k = 0; dot != NULL && endings[k] != NULL; k++)
        if (strcmp(dot, endings[k]) == 0)
            return 1;
    return 0;
}

/* What no table can say: options that need others, for every command. */
static int check_together(const options *o, failure *why)
{
    const char *pictures[] = {".svg", ".png", ".pdf", NULL};
    if (o->command->check != NULL)
        TRY(o->command->check(o, why));
    if (o->plot != NULL && !has_ending(o->plot, pictures))
        return fail(why, EXIT_USAGE, "--plot: found '%s', expected a name that ends in .svg, .png or .pdf", o->plot);
    if (o->plot == NULL && (o->title != NULL || o->plot_width > 0 || o->font_size > 0))
        return fail(why, EXIT_USAGE, "--title, --size and --font-size need --plot FILE");
    if (o->format != NULL && o->out == NULL)
        return fail(why, EXIT_USAGE, "--format needs -o PREFIX");
    return EXIT_DONE;
}

static int read_words(options *o, int argc, char **argv, int *help, failure *why)
{
    const char *name = o->command->name;
    const command_option *table[MOST_OPTIONS];
    size_t count = list_options(table, o->command), used = 1;
    struct option longs[MOST_OPTIONS + 1] = {{0}};
    char shorts[32] = ":";
    for (size_t k = 0; k < count; k++) {
        int has = table[k]->argument != NULL ? required_argument : no_argument;
        longs[k] = (struct option){table[k]->name, has, NULL, 256 + (int)k};
        if (table[k]->letter != 0 && used + 2 < sizeof shorts) {
            shorts[used++] = (char)table[k]->letter;
            if (has == required_argument)
                shorts[used++] = ':';
        }
    }
    optind = 1;
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        size_t k = 0;
        if (found == ':')
            return fail(why, EXIT_USAGE, "%s needs a value; see binnet %s --help", argv[optind - 1], name);
        if (found == '?' && optopt != 0)
            return fail(why, EXIT_USAGE, "unknown option -%c; see binnet %s --help", optopt, name);
        if (found == '?')
            return fail(why, EXIT_USAGE, "unknown option %s; see binnet %s --help", argv[optind - 1], name);
        while (found < 256 ? table[k]->letter != found : k != (size_t)found - 256)
            k++;
        if (table[k]->read == NULL) {
            *help = 1;
            print_help(o->command);
            return EXIT_DONE;
        }
        char *base = table[k]->own ? o->own : (char *)o;
        TRY(table[k]->read(o, base + table[k]->field, table[k], optarg, why));
    }
    if (o->command->file == NULL && optind != argc)
        return fail(why, EXIT_USAGE, "unexpected argument '%s'; see binnet %s --help", argv[optind], name);
    if (o->command->file == NULL)
        return EXIT_DONE;
    if (optind + 1 != argc)
        return fail(why, EXIT_USAGE, "expected one %s file, found %d; see binnet %s --help", o->command->file,
                    argc - optind, name);
    o->network = argv[optind];
    return EXIT_DONE;
}

int options_read(options *o, const command *which, int argc, char **argv, int *help, failure *why)
{
    *o = (options){.command = which, .words = (size_t)argc, .tie = -1, .top = 20, .limit = -1, .recurrent_class = -1};
    read_machine(o);
    *help = 0;
    o->text = join_words(o, which->name, argc, argv);
    o->own = options_keep(o, which->own_size);
    if (o->text == NULL || o->own == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    if (which->own != NULL)
        memcpy(o->own, which->own, which->own_size);
    TRY(read_words(o, argc, argv, help, why));
    return *help ? EXIT_DONE : check_together(o, why);
}
