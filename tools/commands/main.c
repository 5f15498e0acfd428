/* binnet: the command. One function for each subcommand; failures are printed here, once. */
#include "commands/commands.h"
#include "plot/gnuplot.h"
#include "report/result.h"
#include "settings/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv, failure *why)
{
    if (argc < 2)
        return fail(why, EXIT_USAGE, "expected a command; see binnet --help");
    if (strcmp(argv[1], "--version") == 0) {
        printf("binnet %s, %s kernels\n", binnet_version(), binnet_kernels());
        report_blas();
        return EXIT_DONE;
    }
    int help_wanted = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0;
    if (help_wanted && argc < 3) {
        print_commands();
        return EXIT_DONE;
    }
    int (*const commands[COMMANDS])(const options *, failure *) = {
        [COMMAND_STATIONARY] = command_stationary, [COMMAND_INFO] = command_info,
        [COMMAND_CONVERT] = command_convert,       [COMMAND_ATTRACTORS] = command_attractors,
        [COMMAND_DIAGRAM] = command_diagram,       [COMMAND_FIXED_POINTS] = command_fixed_points,
        [COMMAND_PERMANENT] = command_permanent,   [COMMAND_ORDER] = command_order,
        [COMMAND_ENSEMBLE] = command_ensemble,
    };
    command which = command_find(argv[help_wanted ? 2 : 1]);
    if (which == COMMANDS)
        return fail(why, EXIT_USAGE, "unknown command '%s'; see binnet --help", argv[help_wanted ? 2 : 1]);
    if (help_wanted) {
        print_help(which);
        return EXIT_DONE;
    }
    options o;
    int help, code = options_read(&o, which, argc - 1, argv + 1, &help, why);
    if (code == EXIT_DONE && !help && o.plot != NULL && !o.estimate)
        code = picture_possible(&o, why);
    if (code == EXIT_DONE && !help)
        code = commands[which](&o, why);
    options_free(&o);
    return code;
}

int main(int argc, char **argv)
{
    failure why = {0};
    progress_signals();
    int code = run(argc, argv, &why);
    if (code == EXIT_DONE && progress_stopped())
        code = fail(&why, EXIT_STOPPED, "interrupted");
    if (fflush(stdout) != 0 && code == EXIT_DONE)
        code = fail(&why, EXIT_STOPPED, "standard output: %s", strerror(errno));
    if (code != EXIT_DONE)
        fprintf(stderr, "binnet: %s\n", why.text);
    return code;
}
