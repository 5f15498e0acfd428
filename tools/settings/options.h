/* What the user asked for on the command line. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "files/network.h"

typedef enum command {
    COMMAND_STATIONARY,
    COMMAND_INFO,
    COMMAND_CONVERT,
    COMMAND_ATTRACTORS,
    COMMAND_DIAGRAM,
    COMMAND_FIXED_POINTS,
    COMMAND_PERMANENT,
    COMMAND_ORDER,
    COMMAND_ENSEMBLE,
    COMMANDS
} command;

enum { NORMALISE_FILE = 0, NORMALISE_NONE, NORMALISE_INDEGREE, NORMALISE_N };

/* "X" for all neurons (name NULL) or "NAME=X". */
typedef struct setting {
    char *name;
    double value;
} setting;

/* "NAME" (not bounded) or "NAME=LO:HI". */
typedef struct range {
    char *name;
    int bounded;
    double lo, hi; /* may be infinite */
} range;

typedef struct options {
    command command;
    const char *network; /* file; also of a matrix or a table of laws */
    import_options import;
    row_filter *filter; /* import.filter, being filled */

    int32_t update; /* 0: as the file says */
    noise_choice noise;
    int tie; /* -1: as the file says */
    int normalise;
    int spin_weights; /* of the file: for spins -1, 1 */
    setting *threshold, *stimulus;
    size_t n_thresholds, n_stimuli;
    range *vary, *box;
    size_t n_vary, n_boxes;

    int32_t method;
    double tolerance;
    int64_t max_iterations, threads, memory;
    int64_t recurrent_class; /* -1: the chain must have only one */

    int64_t max_period, work_limit; /* 0: none */
    int64_t limit;                  /* entries of a list */
    int by_attractors;              /* regions */

    /* ensemble: what is asked for, points of a side of the diagram's grid, networks drawn */
    int fixed_points, variance, occurrence, mean_diagram;
    int64_t cycles, grid, samples, seed;

    size_t top;
    int spins, estimate, count_only, quiet;
    const char *out, *format, *plot;
    const char *title;           /* of the picture; NULL: its own */
    int plot_width, plot_height; /* pixels; 0: as the picture needs */
    double font_size;            /* points; 0: the usual */

    /* permanent; order-stats. Lists as given: tools/files/number_lists.h reads them. */
    int exact;
    const char *repeat, *quantiles, *ranks;
    double *at;
    size_t n_at;

    char *text;      /* the command line, for the files written */
    void *memory_of; /* everything allocated here */
} options;

/* Reads the arguments behind the command. EXIT_DONE; or a code with *why; *help: only help was wanted and is printed. */
int options_read(options *o, command which, int argc, char **argv, int *help, failure *why);
void options_free(options *o);

/* The command by its name, or COMMANDS. */
command command_find(const char *name);
void print_commands(void);
void print_help(command which);

/* Names of things, for reports. */
const char *update_name(int32_t update);
const char *noise_name(int32_t kind);
const char *tie_name(int32_t tie);
const char *method_name(int32_t method);

#endif
