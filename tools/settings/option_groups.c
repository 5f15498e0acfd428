/* The options that several commands share, in groups. */
#include "settings/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "960x720": a picture's width and height. */
static int read_sides(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    enum { LEAST = 100, MOST = 16384 };
    char rest = 0;
    int *width = field, *height = &o->plot_height;
    if (strspn(text, "0123456789x") != strlen(text) || strlen(text) > 11 ||
        sscanf(text, "%dx%d%c", width, height, &rest) != 2 || *width < LEAST || *width > MOST || *height < LEAST ||
        *height > MOST)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected pixels such as 960x720, each %d to %d", self->name,
                    text, LEAST, MOST);
    return EXIT_DONE;
}

/* "GABA=-1". */
static int read_sign(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    static const command_option factor = {.name = "sign", .least = -1, .most = 1};
    const char *equals = strrchr(text, '=');
    double x;
    if (equals == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected TRANSMITTER=1, -1 or 0", self->name, text);
    TRY(option_number(o, &x, &factor, equals + 1, why));
    if (x != floor(x))
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected a factor of 1, -1 or 0", self->name, text);
    return option_import(o, field, self, text, why);
}

/* "Type=Chemical". */
static int read_filter(options *o, void *field, const command_option *self, const char *text, failure *why)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return fail(why, EXIT_USAGE, "--%s: found '%s', expected COLUMN=TEXT such as Type=Chemical", self->name, text);
    return option_import(o, field, self, text, why);
}

static const command_option noise_options[] = {
    {"update", "RULE", "synchronous, asynchronous (one neuron at a time) or sweep (0, 1, ..., n-1)", option_word,
     SHARED(update), .words = "synchronous, asynchronous, sweep", .first = BINNET_UPDATE_SYNCHRONOUS},
    {"noise", "KIND:SCALE", "gaussian, logistic, uniform, laplace; student_t:SCALE:DOF (see docs/command.md)",
     option_noise, SHARED(noise)},
    {0}};

static const command_option network_options[] = {
    OPTION_TIE,
    {"normalise", "HOW", "divide what a neuron receives by 1 (none), its indegree, or n", option_word,
     SHARED(normalise), .words = "none, indegree, n", .first = NORMALISE_NONE},
    OPTION_THRESHOLD,
    OPTION_STIMULUS,
    {"spin-weights", NULL, "weights, thresholds and stimuli are for spins S = 2A - 1 (-1, 1), not for activities",
     option_flag, SHARED(spin_weights)},
    {0}};

static const command_option solver_options[] = {{"method", "NAME", "auto, gth (elimination) or iteration", option_word,
                                                 SHARED(method), .words = "auto, gth, iteration"},
                                                {"tolerance", "X", "largest residual ||pi P - pi||_1, default 1e-12",
                                                 option_number, SHARED(tolerance), .param = BINNET_P_TOLERANCE},
                                                {"max-iterations", "K",
                                                 "passes over all states after which to give up, default 100000",
                                                 option_whole, SHARED(max_iterations), .least = 1,
                                                 .param = BINNET_P_MAX_ITERATIONS},
                                                {"class", "K", "solve within recurrent class K when there are several",
                                                 option_whole, SHARED(recurrent_class), .most = 4294967296},
                                                {0}};

static const command_option output_options[] = {OPTION_OUTPUT,
                                                {"format", "NAME", "of the files: csv or json", option_name,
                                                 SHARED(format), .words = "csv, json"},
                                                {0}};

static const command_option picture_options[] = {
    {"plot", "FILE", "picture: .svg, .png or .pdf (needs gnuplot)", option_text, SHARED(plot)},
    {"title", "TEXT", "of the picture, in place of the file's title", option_text, SHARED(title)},
    {"size", "WxH", "of the picture, in pixels of 1/96 inch; default: as its content needs", read_sides,
     SHARED(plot_width)},
    {"font-size", "X", "of the picture's text, in points, default 11", option_number, SHARED(font_size), .least = 4,
     .most = 72},
    {0}};

static const command_option limit_options[] = {{"threads", "K", "default: one for each processor", option_whole,
                                                SHARED(threads), .least = 1, .param = BINNET_P_THREADS},
                                               {"memory", "BYTES",
                                                "most to use, as 8G or 500M; default: three quarters of the machine's",
                                                option_bytes, SHARED(memory)},
                                               {0}};

static const command_option import_options_table[] = {
    {"from", "FORMAT",
     "of NETWORK: json, matrix, edges, mtx, npy, node-link, graphml; default: by ending and first line", option_import,
     SHARED(import), .words = "json, matrix, edges, mtx, npy, node-link, graphml"},
    {"orientation", "HOW", "of a matrix: pre-rows or post-rows (unless its first cell says so)", option_import,
     SHARED(import), .words = "pre-rows, post-rows"},
    {"names", "FILE", "neuron names for mtx, npy and matrices without names, one a line", option_import,
     SHARED(import)},
    {"number-names", NULL, "a matrix: its first row and column are names although they are numbers", option_import,
     SHARED(import)},
    {"transmitters", "FILE", "CSV table: neuron, transmitter", option_import, SHARED(import)},
    {"transmitter-column", "NAME", "its column to use", option_import, SHARED(import)},
    {"sign", "T=F", "factor 1, -1 or 0 of weights from neurons with transmitter T; may be repeated", read_sign,
     SHARED(import)},
    {"weights-scale", "X", "multiply all weights", option_import, SHARED(import), .least = -1e300, .most = 1e300},
    {"pre-column", "NAME", "edge lists: the column of the senders, default pre", option_import, SHARED(import)},
    {"post-column", "NAME", "edge lists: of the receivers, default post", option_import, SHARED(import)},
    {"weight-column", "NAME", "edge lists: of the weights, default weight; '': all weights are 1", option_import,
     SHARED(import)},
    {"sign-column", "NAME", "edge lists: of the signs, default sign if there is one; '': no signs", option_import,
     SHARED(import)},
    {"unsigned", "HOW", "edge lists: connections of another sign than 1, -1, 0, +, -: drop, + or -", option_import,
     SHARED(import), .words = "drop, +, -"},
    {"neurons", "FILE", "edge lists: all neurons in order, one a line", option_import, SHARED(import)},
    {"where", "COLUMN=TEXT", "edge lists: only rows with this text in this column; may be repeated", read_filter,
     SHARED(import)},
    {"undirected", NULL, "edge lists: every row is a connection in both directions (gap junctions)", option_import,
     SHARED(import)},
    {"duplicates", "sum", "edge lists, mtx coordinates: add up several entries for one pair", option_import,
     SHARED(import), .words = "sum"},
    {0}};

static const command_option common_options[] = {{"max-file-size", "BYTES", "refuse larger files, default 256M",
                                                 option_max_bytes, SHARED(max_bytes)},
                                                {"quiet", NULL, "no report on standard output, no progress",
                                                 option_flag, SHARED(quiet), .letter = 'q'},
                                                {"help", NULL, "this text", NULL, .letter = 'h'},
                                                {0}};

const option_group group_noise = {"dynamics", noise_options};
const option_group group_network = {"changes to the network", network_options};
const option_group group_solver = {"stationary law", solver_options};
const option_group group_output = {"files", output_options};
const option_group group_picture = {"picture", picture_options};
const option_group group_limits = {"limits", limit_options};
const option_group group_import = {"reading NETWORK", import_options_table};
const option_group group_common = {"in every command", common_options};
