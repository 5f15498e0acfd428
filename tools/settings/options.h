/* What the user asked for on the command line, and the tables that say what may be asked for. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "settings/network.h"

#include <stddef.h>

enum { NORMALISE_FILE = 0, NORMALISE_NONE, NORMALISE_INDEGREE, NORMALISE_N };

/* "X" for all neurons (name NULL) or "NAME=X". */
typedef struct setting {
    char *name;
    double value;
} setting;

typedef struct setting_list {
    setting *at;
    size_t count;
} setting_list;

/* "NAME" (not bounded), "NAME=LO:HI" or "NAME=LO:HI:STEPS". */
typedef struct range {
    char *name;
    int bounded;
    double lo, hi; /* may be infinite */
    size_t steps;  /* 0: not given */
} range;

typedef struct range_list {
    range *at;
    size_t count;
} range_list;

typedef struct number_list {
    double *at;
    size_t count;
} number_list;

typedef struct text_list {
    const char **at;
    size_t count;
} text_list;

typedef struct command command;

/* What several commands share; what only one has is in its own structure, `own`. */
typedef struct options {
    const command *command;
    void *own;
    const char *network; /* file; also of a matrix or a table of laws */
    import_list import;
    int64_t max_bytes; /* of a file; 0: as usual; also in import */

    int update; /* 0: as the file says */
    noise_choice noise;
    int tie; /* -1: as the file says */
    int normalise;
    int spin_weights; /* of the file: for spins -1, 1 */
    setting_list threshold, stimulus;
    range_list vary, box;
    text_list show;    /* of a sweep */
    int by_attractors; /* regions */

    int method;
    double tolerance;
    int64_t max_iterations, threads, memory;
    int64_t recurrent_class; /* -1: the chain must have only one */

    int64_t max_period, work_limit; /* 0: none */
    int64_t limit;                  /* entries of a list; -1: as the command likes */
    int64_t top;
    int spins, estimate, quiet;
    const char *out, *format, *plot;
    const char *title;           /* of the picture; NULL: its own */
    int plot_width, plot_height; /* pixels; 0: as the picture needs */
    double font_size;            /* points; 0: the usual */

    char *text;      /* the command line, for the files written */
    size_t words;    /* of it: no list is longer */
    void *memory_of; /* everything allocated here */
} options;

/* --- tables --- */

/* One option. `read` puts the value into the field: of the options (SHARED) or of the command's own structure (OWN). */
typedef struct command_option {
    const char *name;
    const char *argument; /* as the help calls it; NULL: none */
    const char *help;
    int (*read)(options *o, void *field, const struct command_option *self, const char *text, failure *why);
    size_t field;
    int own;
    const char *words;  /* option_word, option_name: those allowed, as "one, two, three" */
    int first;          /* option_word: what the first word stands for, the others follow */
    double least, most; /* option_number, option_whole */
    int32_t param;      /* there: the ends not given are those of this parameter of the library */
    int letter;
} command_option;

#define SHARED(member) .field = offsetof(options, member)
#define OWN(type, member) .own = 1, .field = offsetof(type, member)

/* Readers. Each list says what its field is. */
int option_flag(options *, void *field, const command_option *, const char *, failure *);   /* int, 1 */
int option_text(options *, void *field, const command_option *, const char *, failure *);   /* const char * */
int option_name(options *, void *field, const command_option *, const char *, failure *);   /* const char *, of words */
int option_word(options *, void *field, const command_option *, const char *, failure *);   /* int, of words */
int option_number(options *, void *field, const command_option *, const char *, failure *); /* double */
int option_numbers(options *, void *field, const command_option *, const char *, failure *);   /* number_list */
int option_whole(options *, void *field, const command_option *, const char *, failure *);     /* int64_t */
int option_bytes(options *, void *field, const command_option *, const char *, failure *);     /* int64_t: 500M */
int option_max_bytes(options *, void *field, const command_option *, const char *, failure *); /* max_bytes */
int option_settings(options *, void *field, const command_option *, const char *, failure *);  /* setting_list */
int option_ranges(options *, void *field, const command_option *, const char *, failure *);    /* range_list */
int option_grid(options *, void *field, const command_option *, const char *, failure *);  /* range_list, with steps */
int option_texts(options *, void *field, const command_option *, const char *, failure *); /* text_list */
int option_noise(options *, void *field, const command_option *, const char *, failure *); /* noise_choice */
/* import_list: what libbinnet-files shall do; of words, or a number, where the option says so. */
int option_import(options *, void *field, const command_option *, const char *, failure *);

/* Options that a command may name in a table of its own. */
#define OPTION_TIE                                                                                                     \
    {                                                                                                                  \
        "tie", "RULE", "a drive of exactly 0: active, silent or keep", option_word, SHARED(tie),                       \
            .words = "active, silent, keep"                                                                            \
    }
#define OPTION_THRESHOLD                                                                                               \
    {                                                                                                                  \
        "threshold", "[NAME=]X", "thresholds: of all neurons, or of one neuron or population; may be repeated",        \
            option_settings, SHARED(threshold)                                                                         \
    }
#define OPTION_STIMULUS                                                                                                \
    {                                                                                                                  \
        "stimulus", "[NAME=]X", "stimuli, likewise", option_settings, SHARED(stimulus)                                 \
    }
#define OPTION_VARY                                                                                                      \
    {                                                                                                                    \
        "vary", "NAME=LO:HI[:STEPS]",                                                                                    \
            "a sweep: the stimulus of a neuron or population, or of all; noise, noise-factor, weights; may be repeated", \
            option_grid, SHARED(vary)                                                                                    \
    }
#define OPTION_ESTIMATE                                                                                                \
    {                                                                                                                  \
        "estimate", NULL, "only say what it would cost", option_flag, SHARED(estimate)                                 \
    }
#define OPTION_OUTPUT                                                                                                  \
    {                                                                                                                  \
        "output", "PREFIX", "write files with this beginning", option_text, SHARED(out), .letter = 'o'                 \
    }
#define OPTION_LIMIT(text)                                                                                             \
    {                                                                                                                  \
        "limit", "K", text, option_whole, SHARED(limit), .most = 100000000                                             \
    }
#define OPTION_TOP(text)                                                                                               \
    {                                                                                                                  \
        "top", "K", text, option_whole, SHARED(top), .most = 1000000                                                   \
    }
#define OPTION_WORK_LIMIT                                                                                              \
    {                                                                                                                  \
        "work-limit", "W", "stop after W steps, with what was found", option_whole, SHARED(work_limit),                \
            .least = 1, .most = 4503599627370496                                                                       \
    }

/* Groups that a command lists by name. A table ends with an option without a name. */
typedef struct option_group {
    const char *title;
    const command_option *option;
} option_group;

extern const option_group group_noise;   /* update rule and noise */
extern const option_group group_network; /* tie rule, normalisation, thresholds, stimuli, spins */
extern const option_group group_solver;  /* of stationary laws */
extern const option_group group_output;  /* -o PREFIX as csv or json */
extern const option_group group_picture;
extern const option_group group_limits; /* threads and memory */
extern const option_group group_import; /* how a network file is read */
extern const option_group group_common; /* in every command, not to be listed */

enum { COMMAND_GROUPS = 8 };

/* One subcommand. An option of its own hides one of the same name in the groups. */
struct command {
    const char *name, *usage, *about;
    const char *file; /* what its one argument is: "NETWORK"; NULL: it has none */
    const command_option *options;
    const option_group *groups[COMMAND_GROUPS];
    size_t own_size;                              /* of the structure of its own */
    const void *own;                              /* what is in there to begin with; NULL: zeros */
    int (*check)(const options *o, failure *why); /* options that need or exclude each other; may be NULL */
    int (*run)(const options *o, failure *why);
};

/* Reads the arguments behind the command. EXIT_DONE; or a code with *why; *help: only help was wanted and is printed. */
int options_read(options *o, const command *which, int argc, char **argv, int *help, failure *why);
void options_free(options *o);
void print_help(const command *which);

/* Zeroed memory that lives as long as the options. */
void *options_keep(options *o, size_t size);

/* Names of things, for reports. */
const char *update_name(int32_t update);
const char *noise_name(int32_t kind);
const char *tie_name(int32_t tie);
const char *method_name(int32_t method);

#endif
