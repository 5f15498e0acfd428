/* binnet convert: the network, with the changes asked for, in another file format. */
#include "commands/commands.h"
#include "files/output.h"
#include "settings/settings.h"

#include <stdio.h>
#include <string.h>

/* The format by the file's ending; CSV is a matrix. */
static const char *by_ending(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL)
        return NULL;
    return strcmp(dot, ".json") == 0      ? "json"
           : strcmp(dot, ".csv") == 0     ? "matrix"
           : strcmp(dot, ".mtx") == 0     ? "mtx"
           : strcmp(dot, ".npy") == 0     ? "npy"
           : strcmp(dot, ".graphml") == 0 ? "graphml"
           : strcmp(dot, ".bnet") == 0    ? "bnet"
                                          : NULL;
}

static int convert(model *m, const options *o, failure *why)
{
    const char *format = o->format != NULL ? o->format : by_ending(o->out);
    char lost[512] = "";
    if (format == NULL)
        return fail(why, EXIT_USAGE, "%s: say --format json, matrix, edges, mtx, npy, node-link, graphml or bnet",
                    o->out);
    TRY(model_read(m, o, why));
    TRY(network_file_write(m->net.ctx, m->net.file, o->out, format, lost, sizeof lost, why));
    if (!o->quiet && strcmp(o->out, "-") != 0)
        printf("written        %s (%s)\n", o->out, format);
    for (size_t k = 0; k < binnet_network_file_notes(m->net.file) && !o->quiet; k++)
        fprintf(stderr, "binnet: import: %s\n", binnet_network_file_note(m->net.file, k));
    if (lost[0] != 0)
        fprintf(stderr, "binnet: not in %s: %s\n", o->out, lost);
    return EXIT_DONE;
}

static int run_command(const options *o, failure *why)
{
    model m;
    int code = convert(&m, o, why);
    model_free(&m);
    return code;
}

static int check_options(const options *o, failure *why)
{
    return o->out != NULL ? EXIT_DONE : fail(why, EXIT_USAGE, "convert needs -o FILE");
}

static const command_option own_options[] = {
    {"output", "FILE", "the file to write; - is standard output", option_text, SHARED(out), .letter = 'o'},
    {"format", "NAME", "of the file: json, matrix, edges, mtx, npy, node-link, graphml, bnet; default: by its ending",
     option_name, SHARED(format), .words = "json, matrix, edges, mtx, npy, node-link, graphml, bnet"},
    {0}};

const command command_convert = {.name = "convert",
                                 .usage = "binnet convert NETWORK -o FILE [--format FORMAT] [options]",
                                 .about = "the network in another file format",
                                 .file = "NETWORK",
                                 .options = own_options,
                                 .groups = {&group_network, &group_import},
                                 .check = check_options,
                                 .run = run_command};
