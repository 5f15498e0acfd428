/* The command line: one table of options serves reading and help. Parsing is getopt_long's. */
#define _GNU_SOURCE 1 /* getopt_long */
#include "settings/options.h"

#include "files/reading.h"

#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    S = 1 << COMMAND_STATIONARY,
    I = 1 << COMMAND_INFO,
    C = 1 << COMMAND_CONVERT,
    A = 1 << COMMAND_ATTRACTORS,
    D = 1 << COMMAND_DIAGRAM,
    F = 1 << COMMAND_FIXED_POINTS,
    ALL = S | I | C | A | D | F, /* with a NETWORK */
    E = 1 << COMMAND_ENSEMBLE
};
enum { P = 1 << COMMAND_PERMANENT, O = 1 << COMMAND_ORDER, PO = P | O };

static const struct {
    const char *name, *usage, *about;
} commands[COMMANDS] = {
    [COMMAND_STATIONARY] = {"stationary", "binnet stationary NETWORK --update RULE --noise KIND:SCALE [options]",
                            "stationary law of the noisy network: probable states, means, correlations"},
    [COMMAND_INFO] = {"info", "binnet info NETWORK [options]", "what is in a network file, and what it would cost"},
    [COMMAND_CONVERT] = {"convert", "binnet convert NETWORK -o FILE [--format FORMAT] [options]",
                         "the network in another file format"},
    [COMMAND_ATTRACTORS] = {"attractors", "binnet attractors NETWORK [options]",
                            "without noise: every fixed point and cycle at the given stimuli, with its basin"},
    [COMMAND_DIAGRAM] = {"diagram", "binnet diagram NETWORK --vary NAME[=LO:HI] [--vary NAME[=LO:HI]] [options]",
                         "without noise: every fixed point and cycle for all stimuli, regions and bifurcation points"},
    [COMMAND_FIXED_POINTS] = {"fixed-points", "binnet fixed-points NETWORK [--box NAME=LO:HI]... [options]",
                              "without noise: all fixed points of a large sparse network"},
    [COMMAND_PERMANENT] = {"permanent", "binnet permanent MATRIX [options]",
                           "permanent of a matrix of numbers, with its error bound"},
    [COMMAND_ORDER] = {"order-stats", "binnet order-stats LAWS [options]",
                       "means, deviations and quantiles of the order statistics of independent variables"},
    [COMMAND_ENSEMBLE] = {"ensemble",
                          "binnet ensemble FILE [--fixed-points] [--diagram --vary NAME=LO:HI ...] [options]",
                          "random wiring: expected fixed points and cycles, mean diagram, states that occur"},
};

/* Options without a letter are numbered from 256 by their place in the table. */
typedef struct description {
    const char *name;
    int letter; /* 0: none */
    const char *argument;
    int commands;
    const char *help;
} description;

enum {
    UPDATE,
    NOISE,
    TIE,
    NORMALISE,
    THRESHOLD,
    STIMULUS,
    METHOD,
    TOLERANCE,
    MAX_ITERATIONS,
    CLASS,
    TOP,
    SPINS,
    ESTIMATE,
    OUT,
    FORMAT,
    PLOT,
    TITLE,
    SIZE,
    FONT_SIZE,
    VARY,
    BY,
    MAX_PERIOD,
    BOX,
    LIMIT,
    COUNT_ONLY,
    WORK_LIMIT,
    THREADS,
    MEMORY,
    QUIET,
    FROM,
    ORIENTATION,
    NAMES,
    NUMBER_NAMES,
    TRANSMITTERS,
    COLUMN,
    SIGN,
    SCALE,
    PRE,
    POST,
    WEIGHT,
    SIGN_COLUMN,
    UNSIGNED,
    NEURONS,
    WHERE,
    UNDIRECTED,
    DUPLICATES,
    SPIN_WEIGHTS,
    MAX_SIZE,
    EXACT,
    REPEAT,
    AT,
    QUANTILES,
    RANKS,
    FIXED,
    VARIANCE,
    MEAN_DIAGRAM,
    GRID,
    OCCURRENCE,
    CYCLES,
    SAMPLES,
    SEED,
    HELP,
    OPTIONS
};

static const description table[OPTIONS] = {
    [UPDATE] = {"update", 0, "RULE", S | I | A,
                "synchronous, asynchronous (one neuron at a time) or sweep (0, 1, ..., n-1)"},
    [NOISE] = {"noise", 0, "KIND:SCALE", S | I,
               "gaussian, logistic, uniform, laplace; student_t:SCALE:DOF (see docs/command.md)"},
    [TIE] = {"tie", 0, "RULE", ALL | E, "a drive of exactly 0: active, silent or keep"},
    [NORMALISE] = {"normalise", 0, "HOW", ALL, "divide what a neuron receives by 1 (none), its indegree, or n"},
    [THRESHOLD] = {"threshold", 0, "[NAME=]X", ALL | E,
                   "thresholds: of all neurons, or of one neuron or population; may be repeated"},
    [STIMULUS] = {"stimulus", 0, "[NAME=]X", ALL | E, "stimuli, likewise"},
    [METHOD] = {"method", 0, "NAME", S | P, "auto, gth (elimination) or iteration"},
    [TOLERANCE] = {"tolerance", 0, "X", S | P | E, "largest residual ||pi P - pi||_1, default 1e-12"},
    [MAX_ITERATIONS] = {"max-iterations", 0, "K", S, "steps after which to give up, default 100000"},
    [CLASS] = {"class", 0, "K", S, "solve within recurrent class K when there are several"},
    [TOP] = {"top", 0, "K", S | E, "how many of the most probable states to show, default 20"},
    [SPINS] = {"spins", 0, NULL, S, "means and covariances of S = 2A - 1 (-1, 1) instead of A (0, 1)"},
    [ESTIMATE] = {"estimate", 0, NULL, S | A | D | F | PO | E, "only say what it would cost"},
    [OUT] = {"output", 'o', "PREFIX", (~I & ALL) | O | E, "write files with this beginning"},
    [FORMAT] = {"format", 0, "NAME", (~I & ALL) | E, "of the files: csv or json"},
    [PLOT] = {"plot", 0, "FILE", S | D | O | E, "picture: .svg, .png or .pdf (needs gnuplot)"},
    [TITLE] = {"title", 0, "TEXT", S | D | O | E, "of the picture, in place of the file's title"},
    [SIZE] = {"size", 0, "WxH", S | D | O | E, "of the picture, in pixels of 1/96 inch; default: as its content needs"},
    [FONT_SIZE] = {"font-size", 0, "X", S | D | O | E, "of the picture's text, in points, default 11"},
    [VARY] = {"vary", 0, "NAME[=LO:HI]", D | E,
              "the stimulus of a population or neuron, and the window to show; may be repeated"},
    [BY] = {"regions", 0, "HOW", D, "of equal label (default) or of equal attractors"},
    [MAX_PERIOD] = {"max-period", 0, "K", D, "longest cycles to look for, 1: fixed points only; default: any"},
    [BOX] = {"box", 0, "NAME=LO:HI", F, "a stimulus may be anything from LO to HI; may be repeated"},
    [LIMIT] = {"limit", 0, "K", A | D | F, "rows on the terminal, default 20"},
    [COUNT_ONLY] = {"count-only", 0, NULL, F, "count fixed points without listing them"},
    [WORK_LIMIT] = {"work-limit", 0, "W", D | F, "stop after W steps, with what was found"},
    [THREADS] = {"threads", 0, "K", (~C & ALL) | PO | E, "default: one for each processor"},
    [MEMORY] = {"memory", 0, "BYTES", (~C & ALL) | PO | E,
                "most to use, as 8G or 500M; default: three quarters of the machine's"},
    [QUIET] = {"quiet", 'q', NULL, ALL | PO | E, "no report on standard output, no progress"},
    [FROM] = {"from", 0, "FORMAT", ALL | P,
              "of NETWORK: json, matrix, edges, mtx, npy; default: by ending and first line"},
    [ORIENTATION] = {"orientation", 0, "HOW", ALL,
                     "of a matrix: pre-rows or post-rows (unless its first cell says so)"},
    [NAMES] = {"names", 0, "FILE", ALL, "neuron names for mtx, npy and matrices without names, one a line"},
    [NUMBER_NAMES] = {"number-names", 0, NULL, ALL,
                      "a matrix: its first row and column are names although they are numbers"},
    [TRANSMITTERS] = {"transmitters", 0, "FILE", ALL, "CSV table: neuron, transmitter"},
    [COLUMN] = {"transmitter-column", 0, "NAME", ALL, "its column to use"},
    [SIGN] = {"sign", 0, "T=F", ALL, "factor 1, -1 or 0 of weights from neurons with transmitter T; may be repeated"},
    [SCALE] = {"weights-scale", 0, "X", ALL, "multiply all weights"},
    [PRE] = {"pre-column", 0, "NAME", ALL, "edge lists: the column of the senders, default pre"},
    [POST] = {"post-column", 0, "NAME", ALL, "edge lists: of the receivers, default post"},
    [WEIGHT] = {"weight-column", 0, "NAME", ALL, "edge lists: of the weights, default weight; '': all weights are 1"},
    [SIGN_COLUMN] = {"sign-column", 0, "NAME", ALL,
                     "edge lists: of the signs, default sign if there is one; '': no signs"},
    [UNSIGNED] = {"unsigned", 0, "HOW", ALL,
                  "edge lists: connections of another sign than 1, -1, 0, +, -: drop, + or -"},
    [NEURONS] = {"neurons", 0, "FILE", ALL, "edge lists: all neurons in order, one a line"},
    [WHERE] = {"where", 0, "COLUMN=TEXT", ALL, "edge lists: only rows with this text in this column; may be repeated"},
    [UNDIRECTED] = {"undirected", 0, NULL, ALL,
                    "edge lists: every row is a connection in both directions (gap junctions)"},
    [DUPLICATES] = {"duplicates", 0, "sum", ALL, "edge lists, mtx coordinates: add up several entries for one pair"},
    [SPIN_WEIGHTS] = {"spin-weights", 0, NULL, ALL,
                      "weights, thresholds and stimuli are for spins S = 2A - 1 (-1, 1), not for activities"},
    [MAX_SIZE] = {"max-file-size", 0, "BYTES", ALL | PO | E, "refuse larger files, default 256M"},
    [EXACT] = {"exact", 0, NULL, P, "whole numbers: every digit"},
    [REPEAT] = {"repeat", 0, "M,M,...", P, "how often each column of MATRIX stands in the matrix meant, default 1"},
    [AT] = {"at", 0, "X", O, "P(X_(r) <= X) and P(X_(r) > X) instead; may be repeated"},
    [QUANTILES] = {"quantiles", 0, "Q,Q,...", O, "which to show, default 0.05,0.5,0.95"},
    [RANKS] = {"ranks", 0, "LIST", O, "which order statistics, as 1,5,10-20; default: all (plot: up to 9 of them)"},
    [FIXED] = {"fixed-points", 0, NULL, E, "expected fixed points, and the most probable classes of states (default)"},
    [VARIANCE] = {"variance", 0, NULL, E, "variance of their number, by pairs of states"},
    [MEAN_DIAGRAM] = {"diagram", 0, NULL, E, "expected fixed points over one or two stimuli (--vary)"},
    [GRID] = {"grid", 0, "K", E, "stimuli on each axis of the diagram, default 101"},
    [OCCURRENCE] = {"occurrence", 0, NULL, E,
                    "states that occur for some stimuli (of --vary, else of all populations)"},
    [CYCLES] = {"cycles", 0, "T", E, "expected cycles of the lengths 2 to T, T at most 8"},
    [SAMPLES] = {"check-samples", 0, "K", E, "draw K networks, find their attractors, and compare"},
    [SEED] = {"seed", 0, "K", E, "of the networks drawn, default 1"},
    [HELP] = {"help", 'h', NULL, ALL | PO | E, "this text"},
};

/* What an option is in one command and not in the others. */
static const struct {
    int option, commands;
    const char *argument, *help;
} special[] = {
    {UPDATE, A, "RULE", "synchronous, or asynchronous (one neuron at a time)"},
    {METHOD, P, "NAME", "auto, glynn, compensated or subsets"},
    {TOLERANCE, P, "X", "largest relative error, default 1e-8"},
    {VARY, E, "NAME=LO:HI", "the stimulus of a population and the range to go through; may be repeated"},
    {TOLERANCE, E, "X", "largest error of probabilities of currents, default 1e-12"},
    {TOP, E, "K", "how many of the most probable classes of states to show, default 20"},
    {OUT, C, "FILE", "the file to write; - is standard output"},
    {FORMAT, C, "NAME", "of the file: json, matrix, edges, mtx, npy; default: by its ending"},
    {FORMAT, S, "NAME", "of the files: csv, json or npy"},
    {LIMIT, F, "K", "how many to list, default 1000"},
    {FROM, P, "FORMAT", "of MATRIX: csv, mtx, npy; default: by ending and first line"},
};

static void describe_option(int option, command which, const char **argument, const char **help)
{
    *argument = table[option].argument;
    *help = table[option].help;
    for (size_t k = 0; k < sizeof special / sizeof *special; k++)
        if (special[k].option == option && special[k].commands & 1 << which) {
            *argument = special[k].argument;
            *help = special[k].help;
        }
}

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

command command_find(const char *name)
{
    int k = 0;
    while (k < COMMANDS && strcmp(commands[k].name, name) != 0)
        k++;
    return (command)k;
}

void print_commands(void)
{
    printf("binnet %s: the exact mathematics of small networks of binary neurons\n\nusage:\n", binnet_version());
    for (int k = 0; k < COMMANDS; k++)
        printf("  %s\n      %s\n", commands[k].usage, commands[k].about);
    printf(
        "\n`binnet help COMMAND` lists the options of a command.\n"
        "exit codes: 0 done, 1 no answer or not the whole (not converged, not unique, interrupted, work limit) or output\n"
        "            failed, 2 usage, 3 bad input, 4 over the memory limit\n");
}

void print_help(command which)
{
    printf("usage: %s\n%s.\n\noptions:\n", commands[which].usage, commands[which].about);
    for (int k = 0; k < OPTIONS; k++) {
        const description *d = &table[k];
        if (!(d->commands & 1 << which))
            continue;
        char left[64], letter[8] = "";
        const char *argument, *help;
        describe_option(k, which, &argument, &help);
        if (d->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", d->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, d->name, argument != NULL ? " " : "",
                 argument != NULL ? argument : "");
        printf("  %-28s %s\n", left, help);
    }
}

/* --- values --- */

/* One of a list of words, as its place; -1 with a message. */
static int word(const char *option, const char *text, const char *const *words, failure *why)
{
    char list[128] = "";
    for (int k = 0; words[k] != NULL; k++) {
        if (strcmp(words[k], text) == 0)
            return k;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k > 0 ? ", " : "", words[k]);
    }
    fail(why, EXIT_USAGE, "--%s: found '%s', expected one of %s", option, text, list);
    return -1;
}

static int number(const char *option, const char *text, double least, double most, double *out, failure *why)
{
    const char *wrong = parse_number(out, text, strlen(text));
    if (wrong != NULL)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected a number (%s)", option, text, wrong);
    if (*out < least || *out > most)
        return fail(why, EXIT_USAGE, "--%s: found %s, expected %g to %g", option, text, least, most);
    return EXIT_DONE;
}

static int whole(const char *option, const char *text, int64_t least, int64_t most, int64_t *out, failure *why)
{
    double x;
    TRY(number(option, text, (double)least, (double)most, &x, why));
    if (x != floor(x))
        return fail(why, EXIT_USAGE, "--%s: found %s, expected a whole number", option, text);
    *out = (int64_t)x;
    return EXIT_DONE;
}

/* Bytes, with K, M, G or T (powers of 1024) behind the number. */
static int bytes(const char *option, const char *text, int64_t *out, failure *why)
{
    size_t length = strlen(text);
    double x = 0, unit = 1;
    const char *units = "KMGT", *at = length > 0 ? strchr(units, text[length - 1]) : NULL;
    if (at != NULL) {
        length--;
        for (const char *u = units; u <= at; u++)
            unit *= 1024;
    }
    if (parse_number(&x, text, length) != NULL || !(x > 0) || x * unit > 9e18)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected bytes such as 500M or 8G", option, text);
    *out = (int64_t)(x * unit);
    return EXIT_DONE;
}

/* "960x720": a picture's width and height. */
static int picture_sides(const char *option, const char *text, options *o, failure *why)
{
    enum { LEAST = 100, MOST = 16384 };
    char rest = 0;
    if (strspn(text, "0123456789x") != strlen(text) || strlen(text) > 11 ||
        sscanf(text, "%dx%d%c", &o->plot_width, &o->plot_height, &rest) != 2 || o->plot_width < LEAST ||
        o->plot_width > MOST || o->plot_height < LEAST || o->plot_height > MOST)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected pixels such as 960x720, each %d to %d", option, text,
                    LEAST, MOST);
    return EXIT_DONE;
}

static int noise(noise_choice *out, const char *text, failure *why)
{
    const char *kinds[] = {"gaussian", "logistic", "uniform", "laplace", "student_t", NULL};
    char kind[32] = "", scale[64] = "", dof[64] = "", rest = 0;
    int parts = sscanf(text, "%31[^:]:%63[^:]:%63[^:]%c", kind, scale, dof, &rest);
    if (parts < 2 || parts > 3)
        return fail(why, EXIT_USAGE, "--noise: found '%s', expected KIND:SCALE such as gaussian:0.5", text);
    int k = word("noise", kind, kinds, why);
    if (k < 0)
        return EXIT_USAGE;
    *out = (noise_choice){.kind = BINNET_NOISE_GAUSSIAN + k};
    TRY(number("noise", scale, 0, 1e300, &out->common, why));
    if ((out->kind == BINNET_NOISE_STUDENT_T) != (parts == 3))
        return fail(why, EXIT_USAGE, "--noise: found '%s'; student_t needs SCALE and DOF, the others SCALE only", text);
    if (parts == 3)
        TRY(number("noise", dof, 1e-3, 1e6, &out->dof, why));
    return EXIT_DONE;
}

/* Everything the options hold besides argv, in one list. */
typedef struct piece {
    struct piece *next;
} piece;

static void *keep(options *o, size_t size)
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

static int add_setting(options *o, const char *option, setting *list, size_t *count, const char *text, failure *why)
{
    setting s = {0};
    const char *equals = strrchr(text, '=');
    if (equals != NULL) {
        size_t length = (size_t)(equals - text);
        s.name = keep(o, length + 1);
        if (s.name == NULL)
            return fail(why, EXIT_BUDGET, "out of memory");
        memcpy(s.name, text, length);
        text = equals + 1;
    }
    TRY(number(option, text, -1e300, 1e300, &s.value, why));
    list[(*count)++] = s;
    return EXIT_DONE;
}

/* LO:HI; `inf` and `-inf` are allowed. */
static int interval(const char *option, const char *text, double *lo, double *hi, failure *why)
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
            TRY(number(option, part, -1e300, 1e300, ends[k], why));
    }
    return EXIT_DONE;
}

static int add_range(options *o, const char *option, range *list, size_t *count, const char *text, failure *why)
{
    range r = {0};
    const char *equals = strrchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    r.name = keep(o, length + 1);
    if (r.name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(r.name, text, length);
    if (equals != NULL) {
        TRY(interval(option, equals + 1, &r.lo, &r.hi, why));
        r.bounded = 1;
    }
    list[(*count)++] = r;
    return EXIT_DONE;
}

static int add_sign(options *o, sign_rule *list, const char *text, failure *why)
{
    const char *equals = strrchr(text, '=');
    if (equals == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--sign: found '%s', expected TRANSMITTER=1, -1 or 0", text);
    size_t length = (size_t)(equals - text);
    char *name = keep(o, length + 1);
    if (name == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(name, text, length);
    sign_rule *rule = &list[o->import.n_signs];
    rule->transmitter = name;
    TRY(number("sign", equals + 1, -1, 1, &rule->factor, why));
    if (rule->factor != floor(rule->factor))
        return fail(why, EXIT_USAGE, "--sign: found '%s', expected a factor of 1, -1 or 0", text);
    o->import.n_signs++;
    return EXIT_DONE;
}

static int add_filter(options *o, const char *text, failure *why)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--where: found '%s', expected COLUMN=TEXT such as Type=Chemical", text);
    size_t length = (size_t)(equals - text);
    char *column = keep(o, length + 1);
    if (column == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    memcpy(column, text, length);
    o->filter[o->import.n_filters++] = (row_filter){column, equals + 1};
    return EXIT_DONE;
}

static int take(options *o, int which, const char *value, sign_rule *signs, failure *why)
{
    const char *updates[] = {"synchronous", "asynchronous", "sweep", NULL},
               *ties[] = {"active", "silent", "keep", NULL};
    const char *normalises[] = {"none", "indegree", "n", NULL}, *methods[] = {"auto", "gth", "iteration", NULL};
    const char *ways[] = {"pre-rows", "post-rows", NULL}, *sum[] = {"sum", NULL};
    const char *unsigned_ways[] = {"drop", "+", "-", NULL}, *regions[] = {"label", "attractors", NULL};
    const char *grades[] = {"auto", "glynn", "compensated", "subsets", NULL}, *matrices[] = {"csv", "mtx", "npy", NULL};
    const char *results[] = {"csv", "json", o->command == COMMAND_STATIONARY ? "npy" : NULL, NULL};
    const char *files[] = {"json", "matrix", "edges", "mtx", "npy", NULL}, *name = table[which].name;
    int k = 0;
    int64_t size = 0;
    switch (which) {
    case UPDATE:
        k = word(name, value, updates, why);
        o->update = BINNET_UPDATE_SYNCHRONOUS + k;
        break;
    case TIE:
        k = o->tie = word(name, value, ties, why);
        break;
    case NORMALISE:
        k = word(name, value, normalises, why);
        o->normalise = NORMALISE_NONE + k;
        break;
    case METHOD:
        k = o->method = word(name, value, o->command == COMMAND_PERMANENT ? grades : methods, why);
        break;
    case ORIENTATION:
        k = word(name, value, ways, why);
        o->import.orientation = ORIENTATION_PRE_ROWS + k;
        break;
    case FORMAT:
        k = word(name, value, o->command == COMMAND_CONVERT ? files : results, why);
        o->format = value;
        break;
    case FROM:
        k = word(name, value, o->command == COMMAND_PERMANENT ? matrices : files, why);
        o->import.format = value;
        break;
    case BY:
        k = o->by_attractors = word(name, value, regions, why);
        break;
    case DUPLICATES:
        k = word(name, value, sum, why);
        o->import.sum_duplicates = 1;
        break;
    case UNSIGNED:
        k = word(name, value, unsigned_ways, why);
        o->import.unsigned_edges = UNSIGNED_DROP + k;
        break;
    case NOISE:
        return noise(&o->noise, value, why);
    case THRESHOLD:
        return add_setting(o, name, o->threshold, &o->n_thresholds, value, why);
    case STIMULUS:
        return add_setting(o, name, o->stimulus, &o->n_stimuli, value, why);
    case VARY:
        return add_range(o, name, o->vary, &o->n_vary, value, why);
    case BOX:
        return add_range(o, name, o->box, &o->n_boxes, value, why);
    case MAX_PERIOD:
        return whole(name, value, 1, INT64_C(1) << 52, &o->max_period, why);
    case WORK_LIMIT:
        return whole(name, value, 1, INT64_C(1) << 52, &o->work_limit, why);
    case LIMIT:
        return whole(name, value, 0, 100000000, &o->limit, why);
    case SIGN:
        return add_sign(o, signs, value, why);
    case TOLERANCE: {
        double least, most;
        binnet_param_range_f64(o->command == COMMAND_PERMANENT ? BINNET_P_RELATIVE_TOLERANCE : BINNET_P_TOLERANCE,
                               &least, &most, NULL);
        return number(name, value, least, most, &o->tolerance, why);
    }
    case MAX_ITERATIONS: {
        int64_t most;
        binnet_param_range_i64(BINNET_P_MAX_ITERATIONS, NULL, &most, NULL);
        return whole(name, value, 1, most < INT64_C(1) << 52 ? most : INT64_C(1) << 52, &o->max_iterations, why);
    }
    case THREADS: {
        int64_t most;
        binnet_param_range_i64(BINNET_P_THREADS, NULL, &most, NULL);
        return whole(name, value, 1, most, &o->threads, why);
    }
    case CLASS:
        return whole(name, value, 0, INT64_C(1) << 32, &o->recurrent_class, why);
    case TOP: {
        int64_t top;
        TRY(whole(name, value, 0, 1000000, &top, why));
        o->top = (size_t)top;
        break;
    }
    case MEMORY:
        return bytes(name, value, &o->memory, why);
    case MAX_SIZE:
        TRY(bytes(name, value, &size, why));
        o->import.max_bytes = (uint64_t)size;
        break;
    case SCALE:
        return number(name, value, -1e300, 1e300, &o->import.weight_scale, why);
    case SPINS:
        o->spins = 1;
        break;
    case ESTIMATE:
        o->estimate = 1;
        break;
    case COUNT_ONLY:
        o->count_only = 1;
        break;
    case FIXED:
        o->fixed_points = 1;
        break;
    case VARIANCE:
        o->variance = 1;
        break;
    case MEAN_DIAGRAM:
        o->mean_diagram = 1;
        break;
    case OCCURRENCE:
        o->occurrence = 1;
        break;
    case GRID:
        return whole(name, value, 2, 2000, &o->grid, why);
    case CYCLES:
        return whole(name, value, 2, 8, &o->cycles, why);
    case SAMPLES:
        return whole(name, value, 2, 100000000, &o->samples, why);
    case SEED:
        return whole(name, value, -(INT64_C(1) << 52), INT64_C(1) << 52, &o->seed, why);
    case QUIET:
        o->quiet = 1;
        break;
    case OUT:
        o->out = value;
        break;
    case PLOT:
        o->plot = value;
        break;
    case TITLE:
        o->title = value;
        break;
    case SIZE:
        return picture_sides(name, value, o, why);
    case FONT_SIZE:
        return number(name, value, 4, 72, &o->font_size, why);
    case NAMES:
        o->import.names_file = value;
        break;
    case TRANSMITTERS:
        o->import.transmitters = value;
        break;
    case COLUMN:
        o->import.transmitter_column = value;
        break;
    case PRE:
        o->import.pre_column = value;
        break;
    case POST:
        o->import.post_column = value;
        break;
    case WEIGHT:
        o->import.weight_column = value;
        break;
    case SIGN_COLUMN:
        o->import.sign_column = value;
        break;
    case NEURONS:
        o->import.neurons_file = value;
        break;
    case NUMBER_NAMES:
        o->import.number_names = 1;
        break;
    case SPIN_WEIGHTS:
        o->spin_weights = 1;
        break;
    case UNDIRECTED:
        o->import.undirected = 1;
        break;
    case WHERE:
        return add_filter(o, value, why);
    case EXACT:
        o->exact = 1;
        break;
    case REPEAT:
        o->repeat = value;
        break;
    case QUANTILES:
        o->quantiles = value;
        break;
    case RANKS:
        o->ranks = value;
        break;
    case AT:
        return number(name, value, -1e300, 1e300, &o->at[o->n_at++], why);
    default:
        break;
    }
    return k < 0 ? EXIT_USAGE : EXIT_DONE;
}

/* The command line in one line, words with odd characters in quotes. */
static char *join(options *o, const char *name, int argc, char **argv)
{
    size_t size = strlen(name) + 8;
    for (int k = 1; k < argc; k++)
        size += strlen(argv[k]) + 3;
    char *text = keep(o, size);
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
static void machine(options *o)
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

int options_read(options *o, command which, int argc, char **argv, int *help, failure *why)
{
    *o = (options){.command = which,
                   .tie = -1,
                   .top = 20,
                   .limit = -1,
                   .grid = 101,
                   .seed = 1,
                   .recurrent_class = -1,
                   .import.weight_scale = 1};
    machine(o);
    *help = 0;
    struct option longs[OPTIONS + 1] = {{0}};
    char shorts[32] = ":";
    size_t used = 0;
    for (int k = 0; k < OPTIONS; k++) {
        if (!(table[k].commands & 1 << which))
            continue;
        longs[used++] = (struct option){table[k].name, table[k].argument != NULL ? required_argument : no_argument,
                                        NULL, table[k].letter != 0 ? table[k].letter : 256 + k};
        if (table[k].letter != 0) {
            char letter[3] = {(char)table[k].letter, table[k].argument != NULL ? ':' : 0, 0};
            strcat(shorts, letter);
        }
    }
    o->text = join(o, commands[which].name, argc, argv);
    sign_rule *signs = keep(o, (size_t)argc * sizeof *signs);
    o->threshold = keep(o, (size_t)argc * sizeof *o->threshold);
    o->stimulus = keep(o, (size_t)argc * sizeof *o->stimulus);
    o->vary = keep(o, (size_t)argc * sizeof *o->vary);
    o->box = keep(o, (size_t)argc * sizeof *o->box);
    o->at = keep(o, (size_t)argc * sizeof *o->at);
    o->import.filter = o->filter = keep(o, (size_t)argc * sizeof *o->filter);
    if (o->text == NULL || o->filter == NULL || signs == NULL || o->threshold == NULL || o->stimulus == NULL ||
        o->vary == NULL || o->box == NULL || o->at == NULL)
        return fail(why, EXIT_BUDGET, "out of memory");
    o->import.sign = signs;

    optind = 1;
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        int k = 0;
        if (found == ':')
            return fail(why, EXIT_USAGE, "%s needs a value; see binnet %s --help", argv[optind - 1],
                        commands[which].name);
        if (found == '?' && optopt != 0)
            return fail(why, EXIT_USAGE, "unknown option -%c; see binnet %s --help", optopt, commands[which].name);
        if (found == '?')
            return fail(why, EXIT_USAGE, "unknown option %s; see binnet %s --help", argv[optind - 1],
                        commands[which].name);
        while (k < OPTIONS && (table[k].letter != 0 ? table[k].letter : 256 + k) != found)
            k++;
        if (k == HELP) {
            print_help(which);
            *help = 1;
            return EXIT_DONE;
        }
        TRY(take(o, k, optarg, signs, why));
    }
    if (optind + 1 != argc)
        return fail(why, EXIT_USAGE, "expected one %s file, found %d; see binnet %s --help",
                    which == COMMAND_PERMANENT  ? "MATRIX"
                    : which == COMMAND_ORDER    ? "LAWS"
                    : which == COMMAND_ENSEMBLE ? "ENSEMBLE"
                                                : "NETWORK",
                    argc - optind, commands[which].name);
    o->network = argv[optind];
    if (which == COMMAND_CONVERT && o->out == NULL)
        return fail(why, EXIT_USAGE, "convert needs -o FILE");
    const char *pictures[] = {".svg", ".png", ".pdf", NULL};
    if (o->plot != NULL && !has_ending(o->plot, pictures))
        return fail(why, EXIT_USAGE, "--plot: found '%s', expected a name that ends in .svg, .png or .pdf", o->plot);
    if (o->plot == NULL && (o->title != NULL || o->plot_width > 0 || o->font_size > 0))
        return fail(why, EXIT_USAGE, "--title, --size and --font-size need --plot FILE");
    if (o->format != NULL && o->out == NULL)
        return fail(why, EXIT_USAGE, "--format needs -o PREFIX");
    return EXIT_DONE;
}
